/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/asks.c: see asks.h and gate.h. Flat form: records one after another, numbers little-endian:
 *   u8 kind   then by kind:  ACT, VIEW name | ARG name value | READ name type id | VREAD name type id version |
 *   HISTORY name type id u32 limit u32 before | SEARCH, PLAN name type query u32 limit |
 *   COMPARTMENT, EVERYTHING, LASTN, MATCH, CHANGES name type id query u32 flag | KEEP form text, once and last
 * where a text is u32 n, n bytes, NUL; a name holds no NUL itself. Must never read past the buffer nor accept what the writer cannot write.
 */
#include "gate/asks.h"

#include <string.h>

void asks_init(struct asks *a)
{
	buf_init(&a->flat, ASKS_BYTES);
	a->n = 0;
}

void asks_done(struct asks *a)
{
	buf_done_wiped(&a->flat); /* a sign-in's password was in it */
	a->n = 0;
}

static void put_u32(struct asks *a, uint32_t v)
{
	unsigned char b[4] = { (unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16), (unsigned char)(v >> 24) };
	buf_put(&a->flat, b, 4);
}

static void put_text(struct asks *a, struct str s)
{
	if (s.n > ASKS_BYTES) {
		a->flat.failed = true;
		return;
	}
	put_u32(a, (uint32_t)s.n);
	buf_str(&a->flat, s);
	buf_ch(&a->flat, 0);
}

static void put_kind(struct asks *a, enum ask_kind kind, const char *name)
{
	buf_ch(&a->flat, (char)kind);
	put_text(a, str_of(name));
	if (kind != ASK_ARG)
		a->n++;
}

void ask_keep(struct asks *a, struct str form, struct str text)
{
	buf_ch(&a->flat, ASK_KEEP);
	put_text(a, form);
	put_text(a, text);
}

void ask_view(struct asks *a, const char *view) { put_kind(a, ASK_VIEW, view); }
void ask_act(struct asks *a, const char *act) { put_kind(a, ASK_ACT, act); }

void ask_arg(struct asks *a, const char *name, struct str value)
{
	put_kind(a, ASK_ARG, name);
	put_text(a, value);
}

bool asks_is_read(const struct asks *a)
{
	return a->flat.n > 0 && a->flat.p[0] == ASK_READ;
}

bool asks_is_act(const struct asks *a)
{
	return a->flat.n > 0 && a->flat.p[0] == ASK_ACT;
}

void ask_read(struct asks *a, const char *name, struct str type, struct str id)
{
	put_kind(a, ASK_READ, name);
	put_text(a, type);
	put_text(a, id);
}

void ask_vread(struct asks *a, const char *name, struct str type, struct str id, struct str version)
{
	put_kind(a, ASK_VREAD, name);
	put_text(a, type);
	put_text(a, id);
	put_text(a, version);
}

void ask_history(struct asks *a, const char *name, struct str type, struct str id, uint32_t limit, uint32_t before_version)
{
	put_kind(a, ASK_HISTORY, name);
	put_text(a, type);
	put_text(a, id);
	put_u32(a, limit);
	put_u32(a, before_version);
}

static void put_search(struct asks *a, enum ask_kind kind, const char *name, struct str type, struct str query, uint32_t limit)
{
	put_kind(a, kind, name);
	put_text(a, type);
	put_text(a, query);
	put_u32(a, limit);
}

void ask_search(struct asks *a, const char *name, struct str type, struct str query, uint32_t limit) { put_search(a, ASK_SEARCH, name, type, query, limit); }
void ask_plan(struct asks *a, const char *name, struct str type, struct str query, uint32_t limit) { put_search(a, ASK_PLAN, name, type, query, limit); }

/* kind name type id query u32 flags */
static void put_wide(struct asks *a, enum ask_kind kind, const char *name, struct str type, struct str id, struct str query, uint32_t limit)
{
	put_kind(a, kind, name);
	put_text(a, type);
	put_text(a, id);
	put_text(a, query);
	put_u32(a, limit);
}

void ask_compartment(struct asks *a, const char *name, struct str type, struct str patient, struct str query) { put_wide(a, ASK_COMPARTMENT, name, type, patient, query, 0); }
void ask_everything(struct asks *a, const char *name, struct str patient, struct str query, bool with_patient) { put_wide(a, ASK_EVERYTHING, name, STR("Patient"), patient, query, with_patient); }
void ask_stay(struct asks *a, const char *name, struct str encounter, struct str query) { put_wide(a, ASK_EVERYTHING, name, STR("Encounter"), encounter, query, true); }
void ask_lastn(struct asks *a, const char *name, struct str query) { put_wide(a, ASK_LASTN, name, STR("Observation"), STR("x"), query, 0); }
void ask_match(struct asks *a, const char *name, struct str body) { put_wide(a, ASK_MATCH, name, STR("Patient"), STR("x"), body, 0); }
void ask_changes(struct asks *a, const char *name, struct str type, struct str query) { put_wide(a, ASK_CHANGES, name, type.n ? type : STR("Patient"), STR("x"), query, type.n == 0); }

/* ---- reading ---- */

struct cursor { struct str left; bool bad; };

static uint32_t get_u32(struct cursor *c)
{
	if (c->bad || c->left.n < 4) {
		c->bad = true;
		return 0;
	}
	const unsigned char *p = (const unsigned char *)c->left.p;
	c->left.p += 4;
	c->left.n -= 4;
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static struct str get_text(struct cursor *c)
{
	uint32_t n = get_u32(c);
	if (c->bad || c->left.n < (size_t)n + 1 || c->left.p[n] != 0) {
		c->bad = true;
		return STR_NONE;
	}
	struct str s = { c->left.p, n };
	c->left.p += (size_t)n + 1;
	c->left.n -= (size_t)n + 1;
	return s;
}

bool asks_is_name(struct str s)
{
	if (s.n == 0 || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
		if (!letter && (i == 0 || !((ch >= '0' && ch <= '9') || ch == '_' || ch == '.' || ch == '-' || ch == ':')))
			return false;
	}
	return true;
}

static bool is_word(struct str s, size_t max) /* types and ids: letters, digits, '-', '.'; the record's own rules come later */
{
	if (s.n == 0 || s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '.'))
			return false;
	}
	return true;
}

static enum rc bad(struct problem *p, const char *what)
{
	return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "asks: %s", what);
}

/* What a form said: nothing may follow it. */
static enum rc read_keep(struct cursor *c, struct ask_keep *keep, struct problem *p)
{
	keep->form = get_text(c);
	keep->text = get_text(c);
	return c->bad || c->left.n > 0 || keep->form.n > KEEP_FORM_MAX || keep->text.n == 0 || keep->text.n > KEEP_MAX ? bad(p, "keep") : RC_OK;
}

/* One record that is not an argument. What a person typed into an address (type, id, version) is judged here, so it gets the public answer of its kind. */
static enum rc read_one(struct cursor *c, enum ask_kind kind, struct ask *k, struct problem *p)
{
	k->kind = kind;
	k->name = get_text(c);
	if (kind >= ASK_READ)
		k->type = get_text(c);
	bool wide = kind >= ASK_COMPARTMENT, has_id = kind == ASK_READ || kind == ASK_VREAD || kind == ASK_HISTORY || wide;
	if (has_id)
		k->id = get_text(c);
	if (kind == ASK_VREAD)
		k->version = get_text(c);
	if (kind == ASK_SEARCH || kind == ASK_PLAN || wide)
		k->query = get_text(c);
	if (kind >= ASK_HISTORY)
		k->limit = get_u32(c);
	if (kind == ASK_HISTORY)
		k->before = get_u32(c);
	if (c->bad || !asks_is_name(k->name))
		return bad(p, "record");
	if (kind >= ASK_SEARCH) {
		k->lenient = (k->limit & SEARCH_LENIENT) != 0;
		k->limit &= ~SEARCH_LENIENT;
	}
	if (k->limit > ASK_ROWS_MAX)
		k->limit = ASK_ROWS_MAX;
	if (kind >= ASK_READ && !is_word(k->type, 64))
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_TYPE, "", "type is not a word");
	if (has_id && !is_word(k->id, 64))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "id is not one");
	return RC_OK;
}

enum rc asks_read(struct str flat, struct arena *a, struct ask_list *out_r, struct problem *p)
{
	struct ask *at = arena_array(a, ASKS_MAX, sizeof *at);
	struct pair *args = NULL;
	struct ask_keep keep = { STR_NONE, STR_NONE };
	size_t n = 0, n_args = 0;
	if (!at)
		return arena_rc(a, p);
	struct cursor c = { flat, false };
	while (c.left.n > 0) {
		enum ask_kind kind = (enum ask_kind)(unsigned char)c.left.p[0];
		c.left.p++;
		c.left.n--;
		if (kind == ASK_ARG) {
			if (n == 0 || at[n - 1].kind > ASK_VIEW || at[n - 1].n_args == ASK_ARGS_MAX)
				return bad(p, "argument without act or view");
			if (!args && !(args = arena_array(a, ASK_ARGS_MAX, sizeof *args)))
				return arena_rc(a, p);
			if (n_args == ASK_ARGS_MAX)
				return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "asks: arguments");
			struct pair *pair = &args[n_args];
			pair->name = get_text(&c);
			pair->value = get_text(&c);
			if (c.bad || !asks_is_name(pair->name))
				return bad(p, "argument");
			if (at[n - 1].n_args == 0)
				at[n - 1].args = pair;
			at[n - 1].n_args++;
			n_args++;
			continue;
		}
		if (kind == ASK_KEEP) {
			enum rc rc = read_keep(&c, &keep, p);
			if (rc != RC_OK)
				return rc;
			continue;
		}
		if (kind < ASK_ACT || kind >= ASK__END || (kind == ASK_ACT && n > 0))
			return bad(p, "kind");
		if (n == ASKS_MAX)
			return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "asks: number");
		enum rc rc = read_one(&c, kind, &at[n++], p);
		if (rc != RC_OK)
			return rc;
	}
	*out_r = (struct ask_list){ at, n, keep };
	return RC_OK;
}
