/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/leaf.c: see leaf.h for the layouts and the contract. */
#include "ledger/leaf.h"
#include "ledger/tree.h"

#include <string.h>

static unsigned char *
put16(unsigned char *p, size_t v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
	return p + 2;
}

static unsigned char *
put32(unsigned char *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
	return p + 4;
}

static unsigned char *
put64(unsigned char *p, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (unsigned char)(v >> (8 * i));
	return p + 8;
}

static unsigned char *
put_bytes(unsigned char *p, const void *from, size_t n)
{
	if (n)
		memcpy(p, from, n);
	return p + n;
}

static unsigned char *
put_str8(unsigned char *p, struct str s)
{
	MUST(s.n <= LEAF_TEXT);
	*p++ = (unsigned char)s.n;
	return put_bytes(p, s.p, s.n);
}

static size_t
get16(const unsigned char *p)
{
	return (size_t)p[0] | (size_t)p[1] << 8;
}

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t
get64(const unsigned char *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* A length-prefixed piece inside [*at, end); false when it runs over. */
static bool
get_str8(const unsigned char **at, const unsigned char *end, size_t max, struct str *s_r)
{
	if (*at >= end)
		return false;
	size_t n = *(*at)++;
	if (n > max || n > (size_t)(end - *at))
		return false;
	*s_r = (struct str){ (const char *)*at, n };
	*at += n;
	return true;
}

static size_t
extra_size(unsigned char kind)
{
	switch (kind) {
	case LEDGER_GENESIS:    return 32;
	case LEDGER_BIND:       return 40;
	case LEDGER_CHECKPOINT: return 64;
	case LEDGER_EPOCH:      return 96;
	default:                return 0;
	}
}

enum rc
leaf_fits(const struct ledger_entry *e, struct problem *p)
{
	if (e->route.n > LEAF_TEXT)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "route", "%zu bytes", e->route.n);
	if (e->note.n > LEAF_TEXT)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "note", "%zu bytes", e->note.n);
	if (e->unit.n > LEAF_TEXT)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "unit", "%zu bytes", e->unit.n);
	if (e->from.n > LEAF_TEXT)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "from", "%zu bytes", e->from.n);
	if (e->text.n > LEAF_TYPED)
		return problem_set(p, RC_LIMIT, WHY_FIELD_TOO_LONG, "text", "%zu bytes", e->text.n);
	if (e->n_patients > LEAF_PATIENTS)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "patients", "%u patients", e->n_patients);
	return RC_OK;
}

size_t
leaf_personal_size(const struct ledger_entry *e)
{
	return PERSONAL_MIN + e->unit.n + e->from.n + e->text.n + (size_t)e->n_patients * LEAF_PATIENT;
}

void
leaf_personal_put(const struct ledger_entry *e, unsigned char *out)
{
	unsigned char *p = out;

	*p++ = 1;
	p = put32(p, e->account);
	p = put64(p, e->session);
	p = put_str8(p, e->unit);
	p = put_str8(p, e->from);
	p = put16(p, e->text.n);
	p = put_bytes(p, e->text.p, e->text.n);
	p = put32(p, e->n_patients);
	for (uint32_t i = 0; i < e->n_patients; i++) {
		const struct ledger_patient *one = &e->patients[i];
		MUST(one->explain <= EXPLAIN__LAST && one->tier <= TIER_SPECIAL);
		p = put64(p, (uint64_t)one->patient);
		*p++ = one->explain;
		*p++ = (unsigned char)(one->tier | (one->draw ? 0x80 : 0));
	}
	MUST((size_t)(p - out) == leaf_personal_size(e));
}

size_t
leaf_put(const struct ledger_entry *e, const unsigned char commitment[SHA_LEN], size_t personal_n, struct str extra, unsigned char out[LEAF_MAX])
{
	unsigned char *p = out;

	MUST(e->kind >= LEDGER_GENESIS && e->kind <= LEDGER_KIND_LAST && e->tier <= TIER_SPECIAL);
	MUST(e->rc < RC__END && e->why < WHY__END && extra.n == extra_size(e->kind));
	*p++ = 1;
	*p++ = e->kind;
	*p++ = e->surface;
	*p++ = e->rc;
	*p++ = e->tier;
	*p++ = e->reveals;
	memset(p, 0, 8 + 8 + 4 + SHA_LEN);
	p += 8 + 8 + 4 + SHA_LEN;
	p = put_bytes(p, commitment, SHA_LEN);
	p = put32(p, (uint32_t)personal_n);
	p = put32(p, e->rows);
	p = put32(p, e->draws);
	p = put32(p, e->draws_unexplained);
	p = put64(p, e->about);
	p = put_str8(p, e->route);
	p = put_str8(p, e->note);
	struct str why = e->why == WHY_NONE ? STR_NONE : str_of(why_row((enum why)e->why)->name);
	MUST(why.n <= LEAF_WHY);
	p = put_str8(p, why);
	p = put_str8(p, extra);
	p = put32(p, 0);
	return (size_t)(p - out);
}

void
leaf_seal(unsigned char *leaf, size_t n, uint64_t number, int64_t at_ms, uint32_t joined, const unsigned char prev[SHA_LEN])
{
	put64(leaf + 6, number);
	put64(leaf + 14, (uint64_t)at_ms);
	put32(leaf + 22, joined);
	memcpy(leaf + 26, prev, SHA_LEN);
	put32(leaf + n - 4, sha_crc32c(leaf, n - 4));
}

size_t
leaf_record_size(size_t leaf_n, size_t personal_n)
{
	return 2 + leaf_n + 4 + LEAF_SALT + personal_n;
}

void
leaf_record_put(unsigned char *out, const unsigned char *leaf, size_t leaf_n, const unsigned char salt[LEAF_SALT], const unsigned char *personal, size_t personal_n)
{
	unsigned char *p = out;

	*p++ = (unsigned char)(leaf_n >> 8);
	*p++ = (unsigned char)leaf_n;
	p = put_bytes(p, leaf, leaf_n);
	p = put32(p, (uint32_t)personal_n);
	p = put_bytes(p, salt, LEAF_SALT);
	put_bytes(p, personal, personal_n);
}

/* Names are few and refusals are rare: a walk through the table will do. A name that this version no longer has reads as NONE. */
static enum why
why_of(struct str name)
{
	for (unsigned i = 1; name.n && i < WHY__END; i++)
		if (str_eq(name, why_row((enum why)i)->name))
			return (enum why)i;
	return WHY_NONE;
}

enum rc
leaf_parse(const unsigned char *p, size_t n, struct leaf *leaf_r)
{
	struct leaf leaf = { 0 };
	struct str why;

	if (n < LEAF_MIN || n > LEAF_MAX || p[0] != 1)
		return RC_BAD_INPUT;
	if (p[1] < LEDGER_GENESIS || p[1] > LEDGER_KIND_LAST || p[3] >= RC__END || p[4] > TIER_SPECIAL || p[5] > REVEALS_MANY)
		return RC_BAD_INPUT;
	if (get32(p + n - 4) != sha_crc32c(p, n - 4))
		return RC_BAD_INPUT;
	const unsigned char *at = p + LEAF_FIXED, *end = p + n - 4;
	leaf.e = (struct ledger_entry){ .kind = p[1], .surface = p[2], .rc = p[3], .tier = p[4], .reveals = p[5], .number = get64(p + 6),
		.at_ms = (int64_t)get64(p + 14), .rows = get32(p + 94), .draws = get32(p + 98), .draws_unexplained = get32(p + 102), .about = get64(p + 106) };
	leaf.joined = get32(p + 22);
	leaf.prev = p + 26;
	leaf.commitment = p + 58;
	leaf.personal_n = get32(p + 90);
	if (!get_str8(&at, end, LEAF_TEXT, &leaf.e.route) || !get_str8(&at, end, LEAF_TEXT, &leaf.e.note) ||
	    !get_str8(&at, end, LEAF_WHY, &why) || !get_str8(&at, end, LEAF_EXTRA, &leaf.extra) || at != end)
		return RC_BAD_INPUT;
	if (leaf.extra.n != extra_size(leaf.e.kind) || leaf.personal_n < PERSONAL_MIN || leaf.personal_n > PERSONAL_MAX)
		return RC_BAD_INPUT;
	if (leaf.e.number == 0 || leaf.joined >= leaf.e.number)
		return RC_BAD_INPUT;
	leaf.e.why = (uint16_t)why_of(why);
	*leaf_r = leaf;
	return RC_OK;
}

enum rc
leaf_personal_parse(const unsigned char *p, size_t n, struct ledger_entry *e, struct ledger_patient *patients)
{
	struct str unit, from, text;

	if (n < PERSONAL_MIN || n > PERSONAL_MAX || p[0] != 1)
		return RC_BAD_INPUT;
	const unsigned char *at = p + 13, *end = p + n;
	if (!get_str8(&at, end, LEAF_TEXT, &unit) || !get_str8(&at, end, LEAF_TEXT, &from) || end - at < 2)
		return RC_BAD_INPUT;
	text = (struct str){ (const char *)at + 2, get16(at) };
	at += 2;
	if (text.n > LEAF_TYPED || (size_t)(end - at) < text.n + 4)
		return RC_BAD_INPUT;
	at += text.n;
	uint32_t count = get32(at);
	at += 4;
	if (count > LEAF_PATIENTS || (size_t)(end - at) != (size_t)count * LEAF_PATIENT)
		return RC_BAD_INPUT;
	for (uint32_t i = 0; i < count; i++, at += LEAF_PATIENT) {
		if (at[8] > EXPLAIN__LAST || (at[9] & 0x7F) > TIER_SPECIAL)
			return RC_BAD_INPUT;
		patients[i] = (struct ledger_patient){ .patient = (int64_t)get64(at), .explain = at[8], .tier = at[9] & 0x7F, .draw = at[9] >> 7 };
	}
	e->account = get32(p + 1);
	e->session = get64(p + 5);
	e->unit = unit;
	e->from = from;
	e->text = text;
	e->patients = count ? patients : NULL;
	e->n_patients = count;
	return RC_OK;
}

enum rc
leaf_record_parse(const unsigned char *p, size_t n, struct record *r, struct leaf *leaf)
{
	if (n < 2)
		return RC_NOT_FOUND;
	size_t leaf_n = (size_t)p[0] << 8 | p[1];
	if (leaf_n == 0)
		return RC_NOT_FOUND;
	if (leaf_n < LEAF_MIN || leaf_n > LEAF_MAX)
		return RC_BAD_INPUT;
	if (n - 2 < leaf_n + 4 + LEAF_SALT)
		return RC_LIMIT;
	if (leaf_parse(p + 2, leaf_n, leaf) != RC_OK || get32(p + 2 + leaf_n) != leaf->personal_n)
		return RC_BAD_INPUT;
	*r = (struct record){ .leaf = p + 2, .leaf_n = leaf_n, .salt = p + 2 + leaf_n + 4, .personal = p + 2 + leaf_n + 4 + LEAF_SALT,
		.personal_n = leaf->personal_n, .n = leaf_record_size(leaf_n, leaf->personal_n) };
	return r->n > n ? RC_LIMIT : RC_OK;
}

size_t
leaf_record_skip(const unsigned char *p, size_t n)
{
	MUST(n >= RECORD_MIN);
	size_t leaf_n = (size_t)p[0] << 8 | p[1];
	MUST(leaf_n >= LEAF_MIN && leaf_n + 6 + LEAF_SALT < n);
	size_t whole = leaf_record_size(leaf_n, get32(p + 2 + leaf_n));
	MUST(whole <= n);
	return whole;
}

bool
leaf_record_wiped(const struct record *r)
{
	return sha_all_zero(r->salt, LEAF_SALT + r->personal_n); /* the salt lies right before the personal part */
}

const char *
leaf_chain_next(struct chain *c, const struct record *r, const struct leaf *leaf, bool *wiped_r, unsigned char *hash_r)
{
	unsigned char commitment[SHA_LEN], head[SHA_LEN];

	if (leaf->e.number != c->number + 1)
		return "number";
	if (memcmp(leaf->prev, c->head, SHA_LEN) != 0)
		return "chain";
	if (leaf->e.at_ms < c->at_ms)
		return "time";
	const struct sha_job jobs[] = { { head, leaf->prev, SHA_LEN, r->leaf, r->leaf_n }, { commitment, r->salt, LEAF_SALT + r->personal_n, NULL, 0 }, tree_leaf_job(hash_r, r->leaf, r->leaf_n) };
	sha_many(jobs, hash_r ? 3 : 2);
	*wiped_r = false;
	if (memcmp(commitment, leaf->commitment, SHA_LEN) != 0) {
		if (!leaf_record_wiped(r))
			return "commitment";
		*wiped_r = true;
	}
	memcpy(c->head, head, SHA_LEN);
	c->number = leaf->e.number;
	c->at_ms = leaf->e.at_ms;
	return NULL;
}
