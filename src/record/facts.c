/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/facts.c: all search values of one resource in one blob: what a candidate is filtered by (one seek answers every clause), what an
 * update is compared with, and what the rows of the by_… tables are made from. Layout of a value: param (2 bytes, big-endian); in a composite
 * 0x80 and its group (2 bytes, big-endian); kind | part << 4 (1 byte); then by kind:
 *   TOKEN code-length code system[8] text-length text | STRING exact[8] length text | DATE low[8] high[8] | NUMBER low[8] high[8]
 *   QUANTITY low[8] high[8] unit[8] system[8] | REFERENCE target[8] | URI hash[8] length text        integers little-endian, lengths one byte
 * Must never be read as anything but derived data: bodies are the truth. Called by put, bulk, operator, plan. Start at facts_encode.
 */
#include "record/inner.h"
#include "codec/fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GROUPED 0x80

/* Cut to at most n bytes at the start of a UTF-8 sequence. */
static struct str cut(struct str s, size_t n)
{
	if (s.n <= n)
		return s;
	while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return (struct str){ s.p, n };
}

bool fold_text(struct buf *out, struct str s, size_t most, bool phonetic)
{
	size_t from = out->n;
	/* Folding may lengthen (ﬀ → ff), seldom fourfold: what is far longer than the limit need not be folded whole. */
	s = cut(s, most * 4);
	if (phonetic)
		fold_phonetic(out, s);
	else
		fold_key(out, s);
	if (out->failed)
		return false;
	out->n = from + cut((struct str){ out->p + from, out->n - from }, most).n;
	while (out->n > from && out->p[out->n - 1] == ' ')
		out->n--;
	return true;
}

double number_mid(double low, double high)
{
	if (isinf(low))
		return isinf(high) ? 0 : high;
	if (isinf(high))
		return low;
	double mid = low + (high - low) / 2;
	return mid == 0 ? 0 : mid; /* no negative zero */
}

static void put_u64(struct buf *b, uint64_t v)
{
	unsigned char x[8];
	for (int i = 0; i < 8; i++)
		x[i] = (unsigned char)(v >> (8 * i));
	buf_put(b, x, 8);
}

static void put_f64(struct buf *b, double d)
{
	uint64_t v;
	memcpy(&v, &d, 8);
	put_u64(b, v);
}

static void put_short(struct buf *b, struct str s)
{
	MUST(s.n <= 255);
	buf_ch(b, (char)s.n);
	buf_str(b, s);
}

static void put_folded(struct buf *b, struct str s, size_t most, bool phonetic)
{
	buf_ch(b, 0);
	size_t from = b->n;
	if (fold_text(b, s, most, phonetic) && from > 0)
		b->p[from - 1] = (char)(b->n - from);
}

/* A code longer than FACT_CODE is kept as its beginning and the hash of the whole: never confused with another. */
static void put_code(struct buf *b, struct str code)
{
	if (code.n <= FACT_CODE) {
		put_short(b, code);
		return;
	}
	char text[FACT_CODE];
	struct str head = cut(code, FACT_CODE - 20);
	memcpy(text, head.p, head.n);
	uint64_t h = (uint64_t)hash_of(code);
	for (int i = 0; i < 16; i++)
		text[head.n + (size_t)i] = "0123456789abcdef"[h >> (60 - 4 * i) & 15];
	put_short(b, (struct str){ text, head.n + 16 });
}

static int64_t exact_hash(struct str s, struct buf *scratch)
{
	buf_reset(scratch);
	fold_nfc(scratch, s);
	return hash_of(scratch->failed ? s : buf_view(scratch));
}

static void put_value(struct buf *b, const struct fhir_value *v, struct buf *scratch)
{
	uint16_t param = stored_param(v->param);
	buf_ch(b, (char)(param >> 8));
	buf_ch(b, (char)(param & 0xff));
	if (v->group) {
		buf_ch(b, (char)GROUPED);
		buf_ch(b, (char)(v->group >> 8));
		buf_ch(b, (char)(v->group & 0xff));
	}
	buf_ch(b, (char)(v->kind | (v->part & 7) << 4));
	switch (v->kind) {
	case VALUE_TOKEN:
		put_code(b, v->b);
		put_u64(b, v->a.n ? (uint64_t)hash_of(v->a) : 0);
		put_folded(b, v->text, FACT_TEXT, false);
		break;
	case VALUE_STRING:
		put_u64(b, (uint64_t)exact_hash(v->a, scratch));
		put_folded(b, v->a, FACT_STRING, param_is_phonetic(v->param));
		break;
	case VALUE_DATE:
		put_u64(b, (uint64_t)v->low);
		put_u64(b, (uint64_t)v->high);
		break;
	case VALUE_QUANTITY:
	case VALUE_NUMBER:
		put_f64(b, v->num_low);
		put_f64(b, v->num_high);
		if (v->kind == VALUE_QUANTITY) {
			put_u64(b, v->b.n ? (uint64_t)hash_of(v->b) : 0);
			put_u64(b, v->a.n ? (uint64_t)hash_of(v->a) : 0);
		}
		break;
	case VALUE_REFERENCE:
		put_u64(b, (uint64_t)(v->ref_type && v->ref_id.n ? key_of(v->ref_type, v->ref_id) : hash_of(v->a)));
		break;
	default:
		put_u64(b, (uint64_t)hash_of(v->a));
		put_short(b, cut(v->a, FACT_URI));
	}
}

static int span_cmp(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static bool worth(const struct fhir_value *v)
{
	switch (v->kind) {
	case VALUE_NUMBER:
	case VALUE_QUANTITY: return !isnan(v->num_low) && !isnan(v->num_high);
	case VALUE_STRING:   return v->a.n > 0;
	case VALUE_TOKEN:    return v->a.n > 0 || v->b.n > 0 || v->text.n > 0;
	case VALUE_DATE:     return v->low <= v->high;
	default:             return v->a.n > 0 || v->ref_id.n > 0;
	}
}

enum rc facts_encode(const struct fhir_values *values, struct arena *a, struct str *data_r, struct problem *p)
{
	struct buf b, scratch;
	buf_init(&b, 64u << 20);
	buf_init(&scratch, 64u << 20);
	size_t *ends = arena_array(a, values->n + 1, sizeof *ends), n = 0;
	struct str *spans = arena_array(a, values->n + 1, sizeof *spans);
	for (size_t i = 0; ends && spans && i < values->n; i++) {
		if (!worth(&values->at[i]))
			continue;
		put_value(&b, &values->at[i], &scratch);
		ends[n++] = b.n;
	}
	enum rc rc = arena_rc(a, p);
	if (rc == RC_OK)
		rc = buf_rc(&b, p);
	char *out = rc == RC_OK ? arena_bytes(a, b.n + 1) : NULL;
	if (rc == RC_OK && !out)
		rc = arena_rc(a, p);
	if (rc == RC_OK) {
		for (size_t i = 0; i < n; i++)
			spans[i] = (struct str){ b.p + (i ? ends[i - 1] : 0), ends[i] - (i ? ends[i - 1] : 0) };
		qsort(spans, n, sizeof *spans, span_cmp);
		size_t at = 0;
		for (size_t i = 0; i < n; i++) {
			if (i && str_is(spans[i], spans[i - 1]))
				continue;
			memcpy(out + at, spans[i].p, spans[i].n);
			at += spans[i].n;
		}
		*data_r = (struct str){ out, at };
	}
	buf_done(&b);
	buf_done(&scratch);
	return rc;
}

/* ---- reading ---- */

struct in { const unsigned char *at, *end; bool bad; };

static const unsigned char *take(struct in *in, size_t n)
{
	if ((size_t)(in->end - in->at) < n) {
		in->bad = true;
		return NULL;
	}
	const unsigned char *p = in->at;
	in->at += n;
	return p;
}

static uint64_t take_u64(struct in *in)
{
	const unsigned char *p = take(in, 8);
	uint64_t v = 0;
	for (int i = 7; p && i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static double take_f64(struct in *in)
{
	uint64_t v = take_u64(in);
	double d;
	memcpy(&d, &v, 8);
	return d;
}

static struct str take_short(struct in *in)
{
	const unsigned char *n = take(in, 1);
	const unsigned char *p = n ? take(in, *n) : NULL;
	return p ? (struct str){ (const char *)p, *n } : STR_NONE;
}

static void take_value(struct in *in, struct fact *f)
{
	const unsigned char *head = take(in, 3);
	if (!head)
		return;
	*f = (struct fact){ .param = (uint16_t)(head[0] << 8 | head[1]) };
	unsigned char what = head[2];
	if (what == GROUPED) {
		const unsigned char *g = take(in, 3);
		if (!g)
			return;
		f->group = (uint16_t)(g[0] << 8 | g[1]);
		what = g[2];
	}
	f->kind = what & 15;
	f->part = what >> 4 & 7;
	switch (f->kind) {
	case VALUE_TOKEN:
		f->code = take_short(in);
		f->system = (int64_t)take_u64(in);
		f->text = take_short(in);
		break;
	case VALUE_STRING:
		f->hash = (int64_t)take_u64(in);
		f->text = take_short(in);
		break;
	case VALUE_DATE:
		f->low = (int64_t)take_u64(in);
		f->high = (int64_t)take_u64(in);
		break;
	case VALUE_NUMBER:
	case VALUE_QUANTITY:
		f->num_low = take_f64(in);
		f->num_high = take_f64(in);
		if (f->kind == VALUE_QUANTITY) {
			f->hash = (int64_t)take_u64(in);
			f->system = (int64_t)take_u64(in);
		}
		break;
	case VALUE_REFERENCE:
		f->hash = (int64_t)take_u64(in);
		break;
	case VALUE_URI:
		f->hash = (int64_t)take_u64(in);
		f->text = take_short(in);
		break;
	default:
		in->bad = true;
	}
}

/* Moves over a value without reading it. */
static void skip_value(struct in *in)
{
	size_t at = 2, left = (size_t)(in->end - in->at);
	if (left > 2 && in->at[2] == GROUPED)
		at = 5;
	if (left <= at) {
		in->bad = true;
		return;
	}
	switch (in->at[at++] & 15) {
	case VALUE_TOKEN:
		at += 1 + (size_t)(at < left ? in->at[at] : 0) + 8;
		at += 1 + (size_t)(at < left ? in->at[at] : 0);
		break;
	case VALUE_STRING:
	case VALUE_URI:
		at += 8;
		at += 1 + (size_t)(at < left ? in->at[at] : 0);
		break;
	case VALUE_DATE:
	case VALUE_NUMBER:   at += 16; break;
	case VALUE_QUANTITY: at += 32; break;
	default:             at += 8;
	}
	in->bad = at > left;
	in->at += in->bad ? left : at;
}

static bool wanted(uint16_t param, const uint16_t *only, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (only[i] == param)
			return true;
	return false;
}

enum rc facts_decode(struct facts *f, struct str data, struct problem *p) { return facts_decode_some(f, data, NULL, 0, p); }

enum rc facts_decode_some(struct facts *f, struct str data, const uint16_t *only, size_t n_only, struct problem *p)
{
	struct in in = { (const unsigned char *)data.p, (const unsigned char *)data.p + data.n, false };
	f->n = 0;
	while (in.at < in.end && !in.bad) {
		if (only && in.end - in.at > 2 && !wanted((uint16_t)(in.at[0] << 8 | in.at[1]), only, n_only)) {
			skip_value(&in);
			continue;
		}
		if (f->n == f->cap) {
			size_t cap = f->cap ? f->cap * 2 : 64;
			struct fact *at = realloc(f->at, cap * sizeof *at);
			if (!at)
				return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
			f->at = at;
			f->cap = cap;
		}
		take_value(&in, &f->at[f->n]);
		f->n++;
	}
	return in.bad ? problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "facts cannot be read") : RC_OK;
}

enum rc facts_open(struct facts *f, struct db_conn *c, int64_t rid, int64_t patient, int64_t updated_ms, struct str sealed, const uint16_t *only, size_t n_only, struct problem *p)
{
	struct str plain;
	enum rc rc = keys_unseal_into(c, patient, (struct keys_bound){ SEALS_FACTS, rid, updated_ms }, sealed, &f->plain, &f->plain_cap, &plain, p);
	return rc == RC_OK ? facts_decode_some(f, plain, only, n_only, p) : rc;
}

void facts_done(struct facts *f)
{
	if (f->plain)
		wipe(f->plain, f->plain_cap);
	free(f->plain);
	free(f->at);
	*f = (struct facts){ 0 };
}

void facts_of(const struct facts *f, uint16_t param, size_t *from_r, size_t *to_r)
{
	size_t lo = 0, hi = f->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (f->at[mid].param < param)
			lo = mid + 1;
		else
			hi = mid;
	}
	size_t to = lo;
	while (to < f->n && f->at[to].param == param)
		to++;
	*from_r = lo;
	*to_r = to;
}
