/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/gzip.c: see gzip.h. Must never give out more than the bound, whatever the ratio, nor accept a cut or trailing-garbage stream.
 * The packed form is the same for the same bytes (no time, no name). Called by http and record. Start at gzip_unpack.
 */
#include "codec/gzip.h"

#include <string.h>
#include <zlib.h>

#define CHUNK 16384
#define GZIP_ONLY (15 + 16) /* zlib: 32 KiB window, gzip framing */
#define LEVEL 6

bool gzip_is(struct str bytes)
{
	return bytes.n >= 2 && (unsigned char)bytes.p[0] == 0x1F && (unsigned char)bytes.p[1] == 0x8B;
}

/* zlib counts input in unsigned int and takes it as non-const. */
static enum rc feed(z_stream *z, struct str in, struct problem *p)
{
	if (in.n > UINT32_MAX)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "gzip: %zu bytes in", in.n);
	z->next_in = (z_const Bytef *)(uintptr_t)in.p;
	z->avail_in = (uInt)in.n;
	return RC_OK;
}

enum rc gzip_unpack(struct str packed, struct buf *out, struct problem *p)
{
	z_stream z = { 0 };
	size_t start = out->n;
	enum rc rc = feed(&z, packed, p);
	if (rc != RC_OK)
		return rc;
	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return problem_set(p, RC_LIMIT, WHY_BUSY, "", "gzip: no memory");
	unsigned char chunk[CHUNK];
	for (;;) {
		z.next_out = chunk;
		z.avail_out = sizeof chunk;
		int k = inflate(&z, Z_NO_FLUSH);
		buf_put(out, chunk, sizeof chunk - z.avail_out);
		if (out->failed) {
			rc = buf_rc(out, p);
			break;
		}
		if (k == Z_STREAM_END) {
			if (z.avail_in == 0)
				break;
			if (inflateReset(&z) == Z_OK) /* RFC 1952 §2.2: members one after the other */
				continue;
		}
		if (k == Z_OK && (z.avail_in > 0 || z.avail_out == 0))
			continue;
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "gzip: zlib says %d after %lu bytes out", k, z.total_out);
		break;
	}
	inflateEnd(&z);
	if (rc != RC_OK)
		out->n = start;
	return rc;
}

enum rc gzip_pack(struct str plain, struct buf *out, struct problem *p)
{
	z_stream z = { 0 };
	size_t start = out->n;
	enum rc rc = feed(&z, plain, p);
	if (rc != RC_OK)
		return rc;
	if (deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_ONLY, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return problem_set(p, RC_LIMIT, WHY_BUSY, "", "gzip: no memory");
	unsigned char chunk[CHUNK];
	int k;
	do {
		z.next_out = chunk;
		z.avail_out = sizeof chunk;
		k = deflate(&z, Z_FINISH);
		buf_put(out, chunk, sizeof chunk - z.avail_out);
	} while (k == Z_OK && !out->failed);
	deflateEnd(&z);
	rc = k == Z_STREAM_END || out->failed ? buf_rc(out, p) : problem_set(p, RC_BROKEN, WHY_BROKEN, "", "gzip: zlib says %d", k);
	if (rc != RC_OK)
		out->n = start;
	return rc;
}
