/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/directory.c: practitioners and units of the house, for choices in forms. Must never name a patient. Called by the gate through the rows at
 * the end. Start at practitioners_find.
 */
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/place_tree.h"
#include "hospital/show.h"

#include <string.h>

#define FOUND_MAX 20
#define UNITS_MAX 200
#define WORDS_MAX 4

/* A word as a FHIR search value: the characters that separate values are escaped (search.html#escaping). */
static struct str search_value(struct arena *a, struct str word)
{
	struct buf b;
	buf_init(&b, 1000);
	for (size_t i = 0; i < word.n; i++) {
		if (strchr("\\,|$", word.p[i]) && word.p[i])
			buf_ch(&b, '\\');
		buf_ch(&b, word.p[i]);
	}
	struct str v = arena_str(a, buf_view(&b));
	buf_done(&b);
	return v;
}

/* Each word of a typed text becomes one clause: "sophie lec" finds Sophie Leclerc whatever the order. */
static unsigned add_words(struct arena *a, struct str text, struct str param, struct pair *query, unsigned n, unsigned max)
{
	for (struct str rest = str_trim(text); rest.n && n < max;) {
		struct str next, word = str_cut(rest, ' ', &next);
		if (word.n)
			query[n++] = (struct pair){ param, search_value(a, word) };
		rest = next;
	}
	return n;
}

static void row_practitioner(struct rows *out, const struct item *it)
{
	const struct json *name = json_at(json_get(it->body, "name"), 0);
	struct buf b;
	buf_init(&b, 2000);
	struct str family = json_get_text(name, "family"), given = text_at(name, "given");
	buf_str(&b, given);
	if (given.n && family.n)
		buf_ch(&b, ' ');
	buf_str(&b, family);
	rows_row(out);
	rows_col(out, "id", it->id);
	rows_col(out, "name", b.n ? buf_view(&b) : json_get_text(name, "text"));
	buf_done(&b);
	col(out, "title", text_at(name, "suffix"));
	for json_each(q, json_get(it->body, "qualification")) {
		const struct json *code = json_get(q, "code");
		if (json_get_text(code, "text").n || text_at(code, "coding.display").n) {
			col_display(out, "qualification", code);
			break;
		}
	}
}

/* "practitioners_find": text. Set "practitioners": id, name, title, qualification; set "search": more (flag). */
static enum rc practitioners_find(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct pair query[WORDS_MAX + 1];
	struct items s = { .n = 0 };
	unsigned n = add_words(v->arena, args_get(v->args, "text"), STR("name"), query, 0, WORDS_MAX);
	enum rc rc = n ? items_find(v->db, v->arena, "Practitioner", query, n, FOUND_MAX, &s, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	rows_set(out, "practitioners");
	for (size_t i = 0; i < s.n; i++)
		row_practitioner(out, &s.at[i]);
	rows_set(out, "search");
	rows_row(out);
	col_flag(out, "more", s.more);
	return arena_rc(v->arena, p);
}

/* "units": text (optional). Functional units of the house. Set "units": id, name, part_of (name); set "search": more (flag). */
static enum rc units(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct pair query[WORDS_MAX + 1] = { { STR("type"), STR("UF") } };
	struct names names = { v->db, v->arena, NULL };
	struct items s = { .n = 0 };
	unsigned n = add_words(v->arena, args_get(v->args, "text"), STR("name"), query, 1, WORDS_MAX);
	enum rc rc = items_find(v->db, v->arena, "Organization", query, n, UNITS_MAX, &s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "units");
	for (size_t i = 0; i < s.n; i++) {
		if (place_is_closed(v->db, s.at[i].id))
			continue; /* nobody works there */
		rows_row(out);
		rows_col(out, "id", s.at[i].id);
		rows_col(out, "name", json_get_text(s.at[i].body, "name"));
		col(out, "part_of", name_ref(&names, json_get(s.at[i].body, "partOf")));
	}
	rows_set(out, "search");
	rows_row(out);
	col_flag(out, "more", s.more);
	return arena_rc(v->arena, p);
}

const struct view directory_views[] = {
	{ .name = "practitioners_find", .may = MAY_SIGNED_IN, .reveals = REVEALS_META, .run = practitioners_find },
	{ .name = "units",              .may = MAY_SIGNED_IN, .reveals = REVEALS_META, .run = units },
	{ .name = NULL },
};
