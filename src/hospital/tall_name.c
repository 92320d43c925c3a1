/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/tall_name.c: see tall_name.h: the table, its acts, and words written by it. It must never change more of a name than the case of its letters. Called by the gate through the
 * rows at the end. Start at tall_write.
 */
#include "hospital/tall_name.h"

#include <string.h>

#include "fhir/fhir.h"
#include "hospital/account.h"
#include "hospital/matters.h"

#define TALL_MOST 1000
#define WORD_MOST 60        /* bytes of one name */

struct tall { struct view_ctx *v; bool read; size_t n; struct { struct str plain, tall; } *at; };

/* ---- words ---- */

static bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' ? (c | 0x20) <= 'z' : false;
}

static unsigned char small(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

/* Letters of French names are those of ASCII or two bytes of UTF-8 (0xC3 and one more): a word ends before anything else. */
static size_t word_at(struct str s, size_t from)
{
	size_t n = from;
	while (n < s.n && (is_letter((unsigned char)s.p[n]) || ((unsigned char)s.p[n] == 0xC3 && n + 1 < s.n)))
		n += (unsigned char)s.p[n] == 0xC3 ? 2 : 1;
	return n - from;
}

static unsigned char folded(struct str s, size_t i)
{
	unsigned char c = (unsigned char)s.p[i];
	bool second = i > 0 && (unsigned char)s.p[i - 1] == 0xC3; /* U+00C0 … U+00DE and their small ones are 0x20 apart */
	return second ? (c >= 0x80 && c <= 0x9E && c != 0x97 ? (unsigned char)(c | 0x20) : c) : small(c);
}

static bool same_word(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (folded(a, i) != folded(b, i))
			return false;
	return true;
}

/* The table is read at the first name; a table that cannot be read leaves names as they are published. */
static void tall_read(struct tall *t)
{
	struct problem p;
	struct db_stmt *s = db_stmt(t->v->db, ST_HOSPITAL_TALL_NAMES);
	bool row = false;
	t->read = true;
	db_bind_str(s, 1, STR(""));
	db_bind_i64(s, 2, TALL_MOST);
	while (db_step(s, &row, &p) == RC_OK && row) {
		if (!t->at && !(t->at = arena_array(t->v->arena, TALL_MOST, sizeof *t->at)))
			break;
		t->at[t->n].tall = arena_str(t->v->arena, db_text(s, 1));
		t->at[t->n++].plain = arena_str(t->v->arena, db_text(s, 2));
	}
	db_reset(s);
}

static void tall_write(const struct tall *t, struct str text, struct buf *b)
{
	for (size_t i = 0; i < text.n;) {
		struct str word = { text.p + i, word_at(text, i) };
		size_t k = 0;
		if (word.n == 0) {
			buf_ch(b, text.p[i++]);
			continue;
		}
		while (k < t->n && !same_word(t->at[k].plain, word))
			k++;
		buf_str(b, k < t->n ? t->at[k].tall : word);
		i += word.n;
	}
}

void col_medicine(struct rows *out, const char *name, struct str text)
{
	struct tall *t = out->names;
	struct buf b;
	if (t && !t->read)
		tall_read(t);
	if (!t || !t->n || !text.n) {
		col(out, name, text);
		return;
	}
	buf_init(&b, text.n + 1);
	tall_write(t, text, &b);
	col(out, name, b.failed ? text : buf_view(&b));
	buf_done(&b);
}

void col_medicine_display(struct rows *out, const char *name, const struct json *concept)
{
	struct buf b;
	if (!concept)
		return;
	buf_init(&b, 16384);
	fhir_display(&b, concept);
	if (!b.failed)
		col_medicine(out, name, buf_view(&b));
	buf_done(&b);
}

enum rc view_run(const struct view *view, struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct tall t = { .v = v };
	void *before = out->names;
	out->names = &t;
	enum rc rc = view->run(v, out, p);
	out->names = before;
	return rc;
}

/* ---- the table ---- */

/* One word, three letters at least, capitals and small letters both. */
static bool is_tall(struct str s)
{
	bool tall = false, low = false;
	size_t letters = 0;
	if (s.n > WORD_MOST || word_at(s, 0) != s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		bool second = i > 0 && (unsigned char)s.p[i - 1] == 0xC3, first = (unsigned char)s.p[i] == 0xC3;
		letters += !second;
		tall = tall || (!first && folded(s, i) != (unsigned char)s.p[i]);
		low = low || (!first && (second ? (unsigned char)s.p[i] >= 0xA0 : is_letter((unsigned char)s.p[i])) && folded(s, i) == (unsigned char)s.p[i]);
	}
	return letters >= 3 && tall && low;
}

static struct str plain_of(struct arena *a, struct str s)
{
	char *p = arena_array(a, s.n + 1, 1);
	for (size_t i = 0; p && i < s.n; i++)
		p[i] = (char)folded(s, i);
	return p ? (struct str){ p, s.n } : STR_NONE;
}

/* "tall_name_add": tall, source → set "tall": no. */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str tall = str_trim(args_get(x->args, "tall")), plain = plain_of(x->arena, tall);
	bool row = false;
	if (!is_tall(tall))
		return problem_set(p, RC_BAD_INPUT, WHY_TALL_LETTERS, "tall", "%zu bytes", tall.n);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_TALL_FIND);
	db_bind_str(s, 1, plain);
	enum rc rc = db_step(s, &row, p);
	db_reset(s);
	if (rc == RC_OK && row)
		rc = problem_set(p, RC_CONFLICT, WHY_TALL_TWICE, "tall", "twice");
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_TALL_ADD);
	db_bind_str(s, 1, tall);
	db_bind_str(s, 2, plain);
	db_bind_str(s, 3, str_trim(args_get(x->args, "source")));
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "tall");
		rows_row(out);
		rows_col_i64(out, "no", db_last_rowid(x->db));
	}
	return rc;
}

/* "tall_name_end": no → set "tall": no. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	uint64_t no = 0;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_TALL_END);
	if (str_u64(args_get(x->args, "no"), &no) != RC_OK || no > INT64_MAX)
		no = 0;
	db_bind_i64(s, 1, (int64_t)no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_TALL_GONE, "no", "row %llu", (unsigned long long)no);
	if (rc == RC_OK) {
		rows_set(out, "tall");
		rows_row(out);
		rows_col_i64(out, "no", (int64_t)no);
	}
	return rc;
}

/* "tall_names": set "tall", by name: no, tall, source, by_name, at. No row: not provided. */
static enum rc names_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct { int64_t no, by, at_ms; struct str tall, source; } *at = arena_array(v->arena, TALL_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_TALL_NAMES);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_str(s, 1, STR(""));
	db_bind_i64(s, 2, TALL_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		at[n].no = db_i64(s, 0);
		at[n].tall = arena_str(v->arena, db_text(s, 1));
		at[n].source = arena_str(v->arena, db_text(s, 3));
		at[n].by = db_i64(s, 4);
		at[n++].at_ms = db_i64(s, 5);
	}
	db_reset(s);
	rows_set(out, "tall");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		rows_col(out, "tall", at[i].tall);
		col(out, "source", at[i].source);
		col(out, "by_name", person_of(&people, (uint32_t)at[i].by).name);
		rows_col_i64(out, "at", at[i].at_ms);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct field ADD_FIELDS[] = {
	{ .name = "tall",   .label = "Name with its tall letters", .kind = FIELD_TEXT, .max = WORD_MOST, .required = true },
	{ .name = "source", .label = "Source",                     .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true },
	FIELDS_END,
};
static const struct field END_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct view tall_views[] = {
	{ .name = "tall_names", .may = MAY_PHARMACY, .reveals = REVEALS_META, .run = names_view },
	{ .name = NULL },
};
const struct act tall_acts[] = {
	{ .name = "tall_name_add", .may = MAY_PHARMACY, .reveals = REVEALS_META, .fields = ADD_FIELDS, .run = add_run },
	{ .name = "tall_name_end", .may = MAY_PHARMACY, .reveals = REVEALS_META, .fields = END_FIELDS, .run = end_run },
	{ .name = NULL },
};
