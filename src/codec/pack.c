/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/pack.c: see pack.h. One prepared dictionary for the process, two contexts a thread: preparing either costs more than a hundred texts.
 * Must never write past what a packed form was asked for, whatever its bytes are. Start at pack_open.
 */
#include "codec/pack.h"
#include "pack_dictionaries.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#define ZSTD_STATIC_LINKING_ONLY /* for ZSTD_c_literalCompressionMode: a way of packing only, the format is RFC 8878's */
#include <zstd.h>

#define SHORT_BYTES 48   /* below it a frame's head takes what it saves */
#define JSON_LEVEL 3     /* letters stay as they are: with their codes too 14 % fewer bytes, but 2.5 µs more to pack and twice the time to unpack */
#define BYTES_LEVEL (-1) /* only repeats are taken out; letters stay as they are, which unpacks four times as fast */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static ZSTD_CDict *pack_with;
static ZSTD_DDict *open_with;

struct contexts { ZSTD_CCtx *out; ZSTD_DCtx *in; };

static void contexts_free(void *p)
{
	struct contexts *c = p;
	ZSTD_freeCCtx(c->out);
	ZSTD_freeDCtx(c->in);
	free(c);
}

static void init_once(void)
{
	MUST(pthread_key_create(&thread_key, contexts_free) == 0);
	MUST(pack_dictionaries_count == 1);
	pack_with = ZSTD_createCDict(pack_dictionaries[0].bytes, pack_dictionaries[0].n, JSON_LEVEL);
	open_with = ZSTD_createDDict(pack_dictionaries[0].bytes, pack_dictionaries[0].n);
	MUST(pack_with && open_with);
}

static struct contexts *contexts(void)
{
	MUST(pthread_once(&once, init_once) == 0);
	struct contexts *c = pthread_getspecific(thread_key);
	if (c)
		return c;
	c = calloc(1, sizeof *c);
	if (c && pthread_setspecific(thread_key, c) != 0) {
		free(c);
		c = NULL;
	}
	return c;
}

/* PACK_JSON's settings; PACK_BYTES passes over them (ZSTD_compressCCtx). */
static ZSTD_CCtx *packer(void)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	if (c && (ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_literalCompressionMode, ZSTD_ps_disable)) || ZSTD_isError(ZSTD_CCtx_refCDict(c, pack_with)))) {
		ZSTD_freeCCtx(c);
		c = NULL;
	}
	return c;
}

static size_t plain_put(unsigned char *out, struct str plain)
{
	out[0] = PACK_PLAIN;
	if (plain.n)
		memcpy(out + 1, plain.p, plain.n);
	return plain.n + 1;
}

size_t pack_put(unsigned char *out, enum pack_how how, struct str plain)
{
	if (plain.n > PACK_MOST)
		return 0;
	struct contexts *c = plain.n < SHORT_BYTES || how == PACK_PLAIN ? NULL : contexts();
	if (c && !c->out)
		c->out = packer();
	if (!c || !c->out) /* no memory to pack with: stored as it is */
		return plain_put(out, plain);
	size_t n = how == PACK_JSON ? ZSTD_compress2(c->out, out + 1, plain.n, plain.p, plain.n)
	                            : ZSTD_compressCCtx(c->out, out + 1, plain.n, plain.p, plain.n, BYTES_LEVEL);
	if (ZSTD_isError(n) || n >= plain.n)
		return plain_put(out, plain);
	out[0] = (unsigned char)how;
	return n + 1;
}

size_t pack_plain_size(struct str packed)
{
	if (!packed.n)
		return SIZE_MAX;
	if (packed.p[0] == PACK_PLAIN)
		return packed.n - 1 <= PACK_MOST ? packed.n - 1 : SIZE_MAX;
	if (packed.p[0] != PACK_JSON && packed.p[0] != PACK_BYTES)
		return SIZE_MAX;
	unsigned long long n = ZSTD_getFrameContentSize(packed.p + 1, packed.n - 1); /* its two error values are beyond PACK_MOST */
	return n <= PACK_MOST ? (size_t)n : SIZE_MAX;
}

enum rc pack_open(unsigned char *out, struct str packed, struct problem *p)
{
	size_t n = pack_plain_size(packed), got;
	if (n == SIZE_MAX)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "packed text of %zu bytes", packed.n);
	if (packed.p[0] == PACK_PLAIN) {
		if (n)
			memcpy(out, packed.p + 1, n);
		return RC_OK;
	}
	struct contexts *c = contexts();
	if (c && !c->in)
		c->in = ZSTD_createDCtx();
	if (!c || !c->in)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory to unpack with");
	if (packed.p[0] == PACK_JSON)
		got = ZSTD_decompress_usingDDict(c->in, out, n, packed.p + 1, packed.n - 1, open_with);
	else
		got = ZSTD_decompressDCtx(c->in, out, n, packed.p + 1, packed.n - 1);
	return got == n ? RC_OK : problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "packed text: %zu bytes of %zu", ZSTD_isError(got) ? 0 : got, n);
}
