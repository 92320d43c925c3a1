/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/pack.c: see pack.h. One prepared dictionary for the process, two contexts a thread: preparing either costs more than a hundred texts.
 * Must never write past what a packed form was asked for, whatever its bytes are. Start at pack_open.
 */
#include "codec/pack.h"
#include "base/clock.h"
#include "codec/thin.h"
#include "pack_dictionaries.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#define ZSTD_STATIC_LINKING_ONLY /* for ZSTD_c_literalCompressionMode and frames without their magic number: the format is RFC 8878's but for these four bytes */
#include <zstd.h>

#define SHORT_BYTES 48   /* below it a frame's head takes what it saves */
#define JSON_LEVEL 3     /* letters stay as they are: with their codes too 14 % fewer bytes, but 2.5 µs more to pack and twice the time to unpack */
#define BYTES_LEVEL (-1) /* only repeats are taken out; letters stay as they are, which unpacks four times as fast */

/* The first byte of a packed form. DICT and BYTES are read for ever, and DICT is written of a text too long to be thinned. */
enum form { FORM_PLAIN, FORM_DICT, FORM_BYTES, FORM_THIN, FORM_BARE };
#define MAGIC 4          /* bytes that begin every frame; BARE and THIN leave them out */
#define THIN_MOST ((size_t)1 << 20)
#define HEAD_MOST 11     /* of THIN: kind, two numbers */
#define KEPT ((size_t)64 << 10)
#define INSTANT_TEXT 24

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static ZSTD_CDict *pack_with;
static ZSTD_DDict *open_with;

struct contexts { ZSTD_CCtx *out; ZSTD_DCtx *in; unsigned char *text; size_t cap; };

static void text_free(struct contexts *c)
{
	if (c->text)
		wipe(c->text, c->cap);
	free(c->text);
	c->text = NULL;
	c->cap = 0;
}

/* Room for n bytes, this thread's until its next text; what a long one took is given back. */
static unsigned char *text_room(struct contexts *c, size_t n)
{
	if (n <= c->cap && (c->cap <= KEPT || n > KEPT / 2))
		return c->text;
	text_free(c);
	c->cap = n < 8192 ? 8192 : n + n / 4;
	c->text = malloc(c->cap);
	if (!c->text)
		c->cap = 0;
	return c->text;
}

static void contexts_free(void *p)
{
	struct contexts *c = p;
	ZSTD_freeCCtx(c->out);
	ZSTD_freeDCtx(c->in);
	text_free(c);
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
	/* one dictionary there is: the form's number tells which */
	if (c && (ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_literalCompressionMode, ZSTD_ps_disable)) || ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_dictIDFlag, 0)) || ZSTD_isError(ZSTD_CCtx_refCDict(c, pack_with)))) {
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

/* A text that did not fit its room leaves the context in the middle of it, where no setting is taken. */
static bool format_set(struct contexts *c, ZSTD_format_e format)
{
	return !ZSTD_isError(ZSTD_CCtx_reset(c->out, ZSTD_reset_session_only)) && !ZSTD_isError(ZSTD_CCtx_setParameter(c->out, ZSTD_c_format, format));
}

/* head | table | frame; 0: it would be longer than the room, or there is no memory. */
static size_t thin_put(unsigned char *out, size_t room, struct contexts *c, struct str plain)
{
	unsigned char *text = text_room(c, plain.n * 2), *table = text + plain.n, head[HEAD_MOST];
	size_t text_n = 0, table_n = 0;
	if (!text)
		return 0;
	thin(plain, text, &text_n, table, &table_n);
	head[0] = FORM_THIN;
	size_t head_n = (size_t)(thin_number_put(thin_number_put(head + 1, plain.n), table_n) - head);
	if (head_n + table_n >= room || !format_set(c, ZSTD_f_zstd1_magicless))
		return 0;
	size_t n = ZSTD_compress2(c->out, out + head_n + table_n, room - head_n - table_n, text, text_n);
	if (ZSTD_isError(n))
		return 0;
	memcpy(out, head, head_n);
	memcpy(out + head_n, table, table_n);
	return head_n + table_n + n;
}

static size_t dict_put(unsigned char *out, struct contexts *c, struct str plain)
{
	if (!format_set(c, ZSTD_f_zstd1))
		return 0;
	size_t n = ZSTD_compress2(c->out, out + 1, plain.n, plain.p, plain.n);
	out[0] = FORM_DICT;
	return ZSTD_isError(n) || n >= plain.n ? 0 : n + 1;
}

static size_t bare_put(unsigned char *out, struct contexts *c, struct str plain)
{
	size_t n = ZSTD_compressCCtx(c->out, out + 1, plain.n, plain.p, plain.n, BYTES_LEVEL);
	if (ZSTD_isError(n) || n >= plain.n)
		return 0;
	memmove(out + 1, out + 1 + MAGIC, n - MAGIC);
	out[0] = FORM_BARE;
	return n - MAGIC + 1;
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
	size_t n = how == PACK_BYTES ? bare_put(out, c, plain) : plain.n > THIN_MOST ? dict_put(out, c, plain) : thin_put(out, plain.n, c, plain);
	return n ? n : plain_put(out, plain);
}

/* ---- unpacking ---- */

/* What a form holds, read without being believed. */
struct form_parts { enum form form; size_t plain_n, text_n; struct str table, frame; };

static size_t content_size(struct str frame, ZSTD_format_e format)
{
	ZSTD_frameHeader h;
	if (ZSTD_getFrameHeader_advanced(&h, frame.p, frame.n, format) != 0 || h.frameType != ZSTD_frame || h.frameContentSize > PACK_MOST) /* unknown is the largest number */
		return SIZE_MAX;
	return (size_t)h.frameContentSize;
}

static bool parts_of(struct str packed, struct form_parts *f)
{
	if (!packed.n)
		return false;
	*f = (struct form_parts){ .form = (unsigned char)packed.p[0], .frame = { packed.p + 1, packed.n - 1 } };
	if (f->form == FORM_PLAIN) {
		f->plain_n = f->text_n = f->frame.n;
		return f->plain_n <= PACK_MOST;
	}
	if (f->form == FORM_THIN) {
		const unsigned char *at = (const unsigned char *)f->frame.p, *end = at + f->frame.n;
		uint64_t plain_n = 0, table_n = 0;
		at = thin_number(at, end, &plain_n);
		at = at ? thin_number(at, end, &table_n) : NULL;
		if (!at || plain_n > THIN_MOST || table_n > (size_t)(end - at))
			return false;
		f->plain_n = (size_t)plain_n;
		f->table = (struct str){ (const char *)at, (size_t)table_n };
		f->frame = (struct str){ f->table.p + table_n, (size_t)(end - at) - (size_t)table_n };
		f->text_n = content_size(f->frame, ZSTD_f_zstd1_magicless);
		return f->text_n <= f->plain_n;
	}
	if (f->form != FORM_DICT && f->form != FORM_BYTES && f->form != FORM_BARE)
		return false;
	f->plain_n = f->text_n = content_size(f->frame, f->form == FORM_BARE ? ZSTD_f_zstd1_magicless : ZSTD_f_zstd1);
	return f->plain_n != SIZE_MAX;
}

bool pack_instant_set(unsigned char *packed, size_t n, size_t at, int64_t ms)
{
	struct form_parts f;
	struct buf text;
	char room[32];
	if (!parts_of((struct str){ (const char *)packed, n }, &f))
		return false;
	if (f.form == FORM_THIN)
		return thin_instant_set(packed + ((const unsigned char *)f.table.p - packed), f.table.n, at, ms);
	if (f.form != FORM_PLAIN || at > f.plain_n || f.plain_n - at < INSTANT_TEXT)
		return false;
	text = (struct buf){ .p = room, .cap = sizeof room, .max = sizeof room };
	buf_instant(&text, ms);
	memcpy(packed + 1 + at, text.p, INSTANT_TEXT);
	return true;
}

size_t pack_plain_size(struct str packed)
{
	struct form_parts f;
	return parts_of(packed, &f) ? f.plain_n : SIZE_MAX;
}

enum rc pack_open(unsigned char *out, struct str packed, struct problem *p)
{
	struct form_parts f;
	if (!parts_of(packed, &f))
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "packed text of %zu bytes", packed.n);
	if (f.form == FORM_PLAIN) {
		if (f.plain_n)
			memcpy(out, f.frame.p, f.plain_n);
		return RC_OK;
	}
	struct contexts *c = contexts();
	if (c && !c->in)
		c->in = ZSTD_createDCtx();
	bool thinned = f.form == FORM_THIN && f.table.n > 0;
	unsigned char *to = c && thinned ? text_room(c, f.text_n + 1) : out;
	if (!c || !c->in || !to || ZSTD_isError(ZSTD_DCtx_reset(c->in, ZSTD_reset_session_only)) || ZSTD_isError(ZSTD_DCtx_setParameter(c->in, ZSTD_d_format, f.form >= FORM_THIN ? ZSTD_f_zstd1_magicless : ZSTD_f_zstd1)))
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory to unpack with");
	bool dictionary = f.form == FORM_DICT || f.form == FORM_THIN;
	size_t got = dictionary ? ZSTD_decompress_usingDDict(c->in, to, f.text_n, f.frame.p, f.frame.n, open_with) : ZSTD_decompressDCtx(c->in, to, f.text_n, f.frame.p, f.frame.n);
	if (got == f.text_n && (thinned ? thin_back((struct str){ (const char *)to, f.text_n }, f.table, out, f.plain_n) : f.text_n == f.plain_n))
		return RC_OK;
	return problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "packed text: %zu bytes of %zu", ZSTD_isError(got) ? 0 : got, f.text_n);
}
