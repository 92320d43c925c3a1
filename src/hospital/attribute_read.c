/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/attribute_read.c: see attribute_read.h. Must never fail for what a thief wrote: a row that cannot be read is none. Start at attribute_read. */
#include "hospital/attribute_read.h"

#include <stdlib.h>
#include <string.h>

#include "codec/fold.h"
#include "codec/json.h"
#include "fhir/fhir.h"
#include "hospital/export.h"

struct reading { struct arena *a; struct attribute_row *at; size_t n, cap; };

static struct attribute_row none_of(uint32_t line)
{
	struct attribute_row r = { .line = line };
	memset(r.seen, -1, sizeof r.seen);
	return r;
}

static enum rc add(struct reading *r, const struct attribute_row *row, struct problem *p)
{
	if (row->id.n == 0 && row->ipp.n == 0 && (row->family.n == 0 || row->born_on.n == 0))
		return RC_OK;
	if (r->n == ATTRIBUTE_ROWS)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "sample", "over %u rows", ATTRIBUTE_ROWS);
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 256;
		struct attribute_row *at = arena_array(r->a, cap, sizeof *at);
		if (!at)
			return arena_rc(r->a, p);
		if (r->n)
			memcpy(at, r->at, r->n * sizeof *at);
		r->at = at;
		r->cap = cap;
	}
	r->at[r->n++] = *row;
	return RC_OK;
}

/* YYYY-MM-DD, DD/MM/YYYY, YYYYMMDD. */
static struct str date_of(struct arena *a, struct str t)
{
	char iso[11];
	t = str_trim(t);
	if (t.n == 10 && t.p[4] == '-' && t.p[7] == '-')
		return t;
	if (t.n == 10 && (t.p[2] == '/' || t.p[2] == '.' || t.p[2] == '-') && t.p[5] == t.p[2])
		memcpy(iso, (char[]){ t.p[6], t.p[7], t.p[8], t.p[9], '-', t.p[3], t.p[4], '-', t.p[0], t.p[1] }, 10);
	else if (t.n == 8)
		memcpy(iso, (char[]){ t.p[0], t.p[1], t.p[2], t.p[3], '-', t.p[4], t.p[5], '-', t.p[6], t.p[7] }, 10);
	else
		return STR_NONE;
	return arena_str(a, (struct str){ iso, 10 });
}

/* ---- what a heading or a member's name means ---- */

enum means { MEANS_NOTHING, MEANS_ID, MEANS_IPP, MEANS_FAMILY, MEANS_GIVEN, MEANS_BORN, MEANS_PHONE, MEANS_STREET, MEANS_TOWN };
static const struct { const char *word; enum means means; } WORD[] = {
	{ "id", MEANS_ID }, { "patient", MEANS_ID }, { "patient id", MEANS_ID }, { "identifiant", MEANS_ID },
	{ "ipp", MEANS_IPP }, { "numero ipp", MEANS_IPP },
	{ "nom", MEANS_FAMILY }, { "family", MEANS_FAMILY }, { "birth name", MEANS_FAMILY }, { "nom de naissance", MEANS_FAMILY }, { "nom naissance", MEANS_FAMILY }, { "name", MEANS_FAMILY },
	{ "prenom", MEANS_GIVEN }, { "given", MEANS_GIVEN }, { "given name", MEANS_GIVEN }, { "prenoms", MEANS_GIVEN }, { "first name", MEANS_GIVEN }, { "given names", MEANS_GIVEN },
	{ "naissance", MEANS_BORN }, { "birthdate", MEANS_BORN }, { "birth date", MEANS_BORN }, { "born on", MEANS_BORN }, { "date de naissance", MEANS_BORN }, { "date naissance", MEANS_BORN },
	{ "telephone", MEANS_PHONE }, { "phone", MEANS_PHONE }, { "tel", MEANS_PHONE }, { "mobile", MEANS_PHONE },
	{ "adresse", MEANS_STREET }, { "rue", MEANS_STREET }, { "line", MEANS_STREET }, { "street", MEANS_STREET }, { "address", MEANS_STREET }, { "voie", MEANS_STREET },
	{ "ville", MEANS_TOWN }, { "city", MEANS_TOWN }, { "commune", MEANS_TOWN }, { "town", MEANS_TOWN },
	{ "unit", MEANS_TOWN }, { "unite", MEANS_TOWN }, /* of stays: a name that carries the same form */
};

static enum means means_of(struct str name)
{
	char text[64];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	enum means m = MEANS_NOTHING;
	if (name.n > 40)
		return m;
	fold_key(&b, name);
	for (size_t i = 0; i < sizeof WORD / sizeof *WORD && !b.failed; i++)
		if (str_eq(buf_view(&b), WORD[i].word))
			m = WORD[i].means;
	return m;
}

static void take(struct arena *a, enum means means, struct str value, struct attribute_row *row)
{
	struct str rest, type = str_cut(value, '/', &rest);
	switch (means) {
	case MEANS_ID: row->id = str_eq(type, "Patient") ? rest : value; break;
	case MEANS_IPP: row->ipp = str_trim(value); break;
	case MEANS_FAMILY: row->family = value; break;
	case MEANS_GIVEN: row->given = str_cut(str_trim(value), ' ', &rest); break;
	case MEANS_BORN: row->born_on = date_of(a, value); break;
	case MEANS_PHONE: row->seen[MARK_PHONE] = (signed char)mark_seen(MARK_PHONE, value); break;
	case MEANS_STREET: row->seen[MARK_STREET] = (signed char)mark_seen(MARK_STREET, value); break;
	case MEANS_TOWN: row->seen[MARK_TOWN] = (signed char)mark_seen(MARK_TOWN, value); break;
	default: break;
	}
	if (row->id.n && !fhir_is_id(row->id))
		row->id = STR_NONE;
}

/* ---- CSV ---- */

#define COLUMNS 200

/* One record: fields as they stand, with quotes. false at the end. */
static unsigned record(struct str *text, char sep, struct str out[COLUMNS], uint32_t *line)
{
	unsigned n = 0;
	size_t i = 0, from = 0;
	bool quoted = false;
	for (; i <= text->n; i++) {
		bool end = i == text->n;
		char c = end ? '\n' : text->p[i];
		if (c == '"' && !end)
			quoted = !quoted;
		if (c == '\n')
			++*line;
		if (!end && quoted && c != '"')
			continue;
		if (!end && c != sep && c != '\n')
			continue;
		struct str field = { text->p + from, i - from };
		if (field.n && field.p[field.n - 1] == '\r')
			field.n--;
		if (n < COLUMNS)
			out[n++] = field;
		from = i + 1;
		if (c == '\n' || end)
			break;
	}
	*text = i < text->n ? (struct str){ text->p + i + 1, text->n - i - 1 } : STR_NONE;
	return n;
}

static struct str unquoted(struct arena *a, struct str field)
{
	field = str_trim(field);
	if (field.n < 2 || field.p[0] != '"' || field.p[field.n - 1] != '"')
		return field;
	struct str in = { field.p + 1, field.n - 2 };
	char *at = arena_bytes(a, in.n + 1);
	size_t n = 0;
	for (size_t i = 0; at && i < in.n; i++) {
		at[n++] = in.p[i];
		if (in.p[i] == '"' && i + 1 < in.n && in.p[i + 1] == '"')
			i++;
	}
	return at ? (struct str){ at, n } : STR_NONE;
}

static char separator(struct str text)
{
	static const char SEP[] = { ';', '\t', ',' };
	struct str rest, head = str_cut(text, '\n', &rest);
	for (size_t s = 0; s < sizeof SEP; s++)
		if (head.n && memchr(head.p, SEP[s], head.n))
			return SEP[s];
	return 0;
}

/* A row's quotes: what most of the fields show that could do without. */
static signed char quotes(const struct str *field, unsigned n)
{
	int votes = 0;
	for (unsigned i = 0; i < n; i++) {
		int seen = mark_csv_seen(field[i]);
		votes += seen > 0 ? 1 : seen == 0 ? -1 : 0;
	}
	return votes > 0 ? 1 : votes < 0 ? 0 : -1;
}

static enum rc read_csv(struct reading *r, struct str text, bool *is_r, struct problem *p)
{
	struct str field[COLUMNS];
	enum means column[COLUMNS];
	uint32_t line = 0;
	unsigned known = 0;
	char sep = separator(text);
	enum rc rc = RC_OK;
	*is_r = false;
	if (!sep)
		return RC_OK;
	unsigned n_head = record(&text, sep, field, &line);
	for (unsigned i = 0; i < n_head; i++)
		known += (column[i] = means_of(unquoted(r->a, field[i]))) != MEANS_NOTHING;
	if (known < 1)
		return RC_OK;
	*is_r = true;
	while (text.p && rc == RC_OK) {
		struct attribute_row row = none_of(line + 1);
		unsigned n = record(&text, sep, field, &line);
		for (unsigned i = 0; i < n && i < n_head; i++)
			take(r->a, column[i], unquoted(r->a, field[i]), &row);
		row.seen[MARK_QUOTE] = quotes(field, n);
		rc = add(r, &row, p);
	}
	return rc;
}

/* ---- JSON ---- */

static void take_patient(struct arena *a, const struct json *o, struct attribute_row *row)
{
	const struct json *name = json_at(json_get(o, "name"), 0), *address = json_at(json_get(o, "address"), 0);
	row->id = json_get_text(o, "id");
	row->family = json_get_text(name, "family");
	row->given = json_text(json_at(json_get(name, "given"), 0));
	row->born_on = date_of(a, json_get_text(o, "birthDate"));
	for json_each(t, json_get(o, "telecom"))
		if (str_eq(json_get_text(t, "system"), "phone") && row->seen[MARK_PHONE] < 0)
			take(a, MEANS_PHONE, json_get_text(t, "value"), row);
	take(a, MEANS_STREET, json_text(json_at(json_get(address, "line"), 0)), row);
	take(a, MEANS_TOWN, json_get_text(address, "city"), row);
	row->seen[MARK_ORDER] = (signed char)mark_json_seen(o->raw);
	row->seen[MARK_HEAD] = (signed char)mark_head_seen(o->raw);
}

static enum rc take_object(struct reading *r, const struct json *o, uint32_t line, struct problem *p)
{
	struct attribute_row row = none_of(line);
	const struct json *in = json_get(o, "resource");
	struct str type = json_get_text(o, "resourceType");
	enum rc rc = RC_OK;
	if (in && in->kind == JSON_OBJECT)
		return take_object(r, in, line, p);
	if (str_eq(type, "Bundle")) {
		for (const struct json *e = json_get(o, "entry") ? json_get(o, "entry")->first : NULL; e && rc == RC_OK; e = e->next)
			rc = take_object(r, e, line, p);
		return rc;
	}
	if (str_eq(type, "Patient")) {
		take_patient(r->a, o, &row);
	} else if (type.n) {
		if (export_subject(o, &row.id))
			row.seen[MARK_HEAD] = (signed char)mark_head_seen(o->raw);
	} else {
		for json_each(m, o)
			take(r->a, means_of(m->name), json_text(m), &row);
		row.seen[MARK_ORDER] = (signed char)mark_json_seen(o->raw);
	}
	return add(r, &row, p);
}

static enum rc read_json(struct reading *r, struct str text, struct problem *p)
{
	const struct json *root;
	struct problem ignored;
	enum rc rc = RC_OK;
	uint32_t line = 0;
	if (json_parse(text, r->a, &root, &ignored) == RC_OK) {
		if (root->kind == JSON_OBJECT)
			return take_object(r, root, 1, p);
		for (const struct json *e = root->first; e && rc == RC_OK; e = e->next)
			rc = e->kind == JSON_OBJECT ? take_object(r, e, ++line, p) : RC_OK;
		return rc;
	}
	for (struct str left = text; left.p && rc == RC_OK;) { /* a line each; those that are torn are passed over */
		struct str one = str_trim(str_cut(left, '\n', &left));
		line++;
		if (one.n && one.p[one.n - 1] == ',')
			one.n--;
		if (one.n && json_parse(one, r->a, &root, &ignored) == RC_OK && root->kind == JSON_OBJECT)
			rc = take_object(r, root, line, p);
	}
	return rc == RC_OK ? arena_rc(r->a, p) : rc;
}

/* ---- any text ---- */

#define ID_LEAST 16 /* shorter words are words */

static bool is_id_sign(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; }

static enum rc read_text(struct reading *r, struct str text, struct problem *p)
{
	uint32_t line = 0;
	enum rc rc = RC_OK;
	for (struct str left = text; left.p && rc == RC_OK;) {
		struct str one = str_cut(left, '\n', &left);
		line++;
		for (size_t i = 0; i < one.n && rc == RC_OK;) {
			size_t from = i;
			bool digit = false;
			for (; i < one.n && is_id_sign(one.p[i]); i++)
				digit = digit || (one.p[i] >= '0' && one.p[i] <= '9');
			struct attribute_row row = none_of(line);
			row.id = (struct str){ one.p + from, i - from };
			if (digit && row.id.n >= ID_LEAST && fhir_is_id(row.id))
				rc = add(r, &row, p);
			i += i == from;
		}
	}
	return rc;
}

enum rc attribute_read(struct str text, struct arena *a, struct attribute_row **rows_r, size_t *n_r, enum attribute_form *form_r, struct problem *p)
{
	struct reading r = { .a = a };
	struct str t = str_trim(text);
	bool csv = false;
	enum rc rc;
	if (str_starts(t, STR("\xEF\xBB\xBF")))
		t = (struct str){ t.p + 3, t.n - 3 };
	*form_r = ATTRIBUTE_JSON;
	if (t.n && (t.p[0] == '{' || t.p[0] == '[')) {
		rc = read_json(&r, t, p);
	} else {
		rc = read_csv(&r, t, &csv, p);
		*form_r = csv ? ATTRIBUTE_CSV : ATTRIBUTE_TEXT;
		if (rc == RC_OK && !csv)
			rc = read_text(&r, t, p);
	}
	*rows_r = r.at;
	*n_r = r.n;
	return rc;
}
