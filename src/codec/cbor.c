/* SPDX-License-Identifier: Apache-2.0 */
/* codec/cbor.c: see cbor.h. Must never read past the input, nor call itself deeper than CBOR_DEPTH. Start at item. */
#include "codec/cbor.h"
#include "base/utf8.h"

/* Major type 6 is tags and 7 holds the simple values: RFC 8949 §3.1. */
#define MAJOR_TAG 6
#define MAJOR_SIMPLE 7

/* Type and argument. The shortest of the five lengths only (RFC 8949 §4.2.1): 24 is never written in two bytes less than needed. */
static bool head(struct str *in, unsigned *major_r, uint64_t *n_r)
{
	if (!in->n)
		return false;
	unsigned first = (unsigned char)in->p[0], low = first & 31;
	size_t more = low < 24 ? 0 : low < 28 ? (size_t)1 << (low - 24) : SIZE_MAX;
	if (more > in->n - 1)
		return false;
	uint64_t n = more ? 0 : low;
	for (size_t i = 1; i <= more; i++)
		n = n << 8 | (unsigned char)in->p[i];
	static const uint64_t LEAST[] = { 0, 24, 1u << 8, 0, 1u << 16, 0, 0, 0, UINT64_C(1) << 32 };
	if (n < LEAST[more])
		return false;
	in->p += 1 + more;
	in->n -= 1 + more;
	*major_r = first >> 5;
	*n_r = n;
	return true;
}

static enum rc item(struct str *in, unsigned depth, struct cbor *item_r);

static enum rc members(struct str *in, uint64_t n, unsigned depth)
{
	struct str keys[CBOR_MEMBERS];
	struct cbor key, value;
	if (n > CBOR_MEMBERS)
		return RC_LIMIT;
	for (uint64_t i = 0; i < n; i++) {
		enum rc rc = item(in, depth, &key);
		if (rc == RC_OK)
			rc = item(in, depth, &value);
		if (rc != RC_OK)
			return rc;
		for (uint64_t k = 0; k < i; k++)
			if (str_is(keys[k], key.raw)) /* one value has one spelling here: equal keys are equal bytes */
				return RC_CONFLICT;
		keys[i] = key.raw;
	}
	return RC_OK;
}

static enum rc elements(struct str *in, uint64_t n, unsigned depth)
{
	struct cbor each;
	enum rc rc = RC_OK;
	for (uint64_t i = 0; i < n && rc == RC_OK; i++) /* ends with the input at the latest: an element has one byte or more */
		rc = item(in, depth, &each);
	return rc;
}

static enum rc item(struct str *in, unsigned depth, struct cbor *item_r)
{
	struct str rest = *in;
	unsigned major;
	uint64_t n;
	enum rc rc = RC_OK;
	if (!head(&rest, &major, &n) || major == MAJOR_TAG)
		return RC_BAD_INPUT;
	const char *inside = rest.p;
	if (major == CBOR_BYTES || major == CBOR_TEXT) {
		if (n > rest.n || (major == CBOR_TEXT && !utf8_valid((struct str){ rest.p, (size_t)n })))
			return RC_BAD_INPUT;
		rest.p += n;
		rest.n -= n;
	} else if (major == CBOR_ARRAY || major == CBOR_MAP) {
		if (depth == CBOR_DEPTH)
			return RC_LIMIT;
		rc = major == CBOR_MAP ? members(&rest, n, depth + 1) : elements(&rest, n, depth + 1);
	} else if (major == MAJOR_SIMPLE && (n < 20 || n > 22 || inside != in->p + 1)) {
		return RC_BAD_INPUT;
	}
	if (rc != RC_OK)
		return rc;
	*item_r = (struct cbor){ .kind = major == MAJOR_SIMPLE ? CBOR_SIMPLE : (enum cbor_kind)major, .n = n,
		.inside = { inside, (size_t)(rest.p - inside) }, .raw = { in->p, (size_t)(rest.p - in->p) } };
	*in = rest;
	return RC_OK;
}

enum rc cbor_read(struct str *in, struct cbor *item_r) { return item(in, 0, item_r); }

bool cbor_int(const struct cbor *i, int64_t *v_r)
{
	if ((i->kind != CBOR_UINT && i->kind != CBOR_NINT) || i->n > INT64_MAX)
		return false;
	*v_r = i->kind == CBOR_UINT ? (int64_t)i->n : -1 - (int64_t)i->n;
	return true;
}

static bool find(const struct cbor *map, bool (*same)(const struct cbor *key, const void *wanted), const void *wanted, struct cbor *value_r)
{
	struct str rest = map->inside;
	struct cbor key, value;
	for (uint64_t i = 0; map->kind == CBOR_MAP && i < map->n; i++) {
		if (item(&rest, 0, &key) != RC_OK || item(&rest, 0, &value) != RC_OK)
			return false;
		if (same(&key, wanted)) {
			*value_r = value;
			return true;
		}
	}
	return false;
}

static bool same_int(const struct cbor *key, const void *wanted)
{
	int64_t v;
	return cbor_int(key, &v) && v == *(const int64_t *)wanted;
}

static bool same_text(const struct cbor *key, const void *wanted) { return key->kind == CBOR_TEXT && str_eq(key->inside, wanted); }

bool cbor_find_int(const struct cbor *map, int64_t key, struct cbor *value_r) { return find(map, same_int, &key, value_r); }
bool cbor_find_text(const struct cbor *map, const char *key, struct cbor *value_r) { return find(map, same_text, key, value_r); }
