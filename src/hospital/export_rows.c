/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/export_rows.c: the column sets of exports and one line of each, in CSV. What stands in the resources was cut down to what the requester's role sees
 * before it comes here; a column that is not seen is empty. Marks are set here and nowhere else; must never mark a clinical value. Called by gate/stream.c. Start at export_sets.
 */
#include <stdlib.h>
#include <string.h>

#include "hospital/export.h"
#include "hospital/traits.h"
#include "record/keys.h"

const struct export_set export_sets[] = {
	{ "contact",   "Names and contacts: one line a person",                "Patient",   "ipp,birth_name,used_name,given_name,birth_date,sex,phone,email,address,postal_code,city" },
	{ "stays",     "Stays: dates, kind and unit, without names",           "Encounter", "ipp,birth_date,sex,start,end,status,class,unit" },
	{ "diagnoses", "Diagnoses: code, text and date, without names",        "Condition", "ipp,birth_date,sex,code,text,clinical_status,date" },
	{ "pmsi",      "File of the PMSI of a month, by billing",              "Encounter", NULL },
	{ NULL, NULL, NULL, NULL },
};
const struct choice export_kinds[] = {
	{ "contact",   "Names and contacts: one line a person" },
	{ "stays",     "Stays: dates, kind and unit, without names" },
	{ "diagnoses", "Diagnoses: code, text and date, without names" },
	{ "pmsi",      "File of the PMSI of a month, by billing" },
	{ "fhir",      "FHIR resources of the types below (NDJSON)" },
	{ NULL, NULL },
};

const struct export_set *export_set_of(struct str kind)
{
	for (const struct export_set *s = export_sets; s->code; s++)
		if (str_eq(kind, s->code))
			return s;
	return NULL;
}

/* ---- marks ---- */

void export_mark_of(int64_t no, struct mark *m_r)
{
	static const char *const PART[MARK_KEY / 8] = { "export mark, rows, 1", "export mark, rows, 2", "export mark, code, 1", "export mark, code, 2" };
	*m_r = (struct mark){ .no = (uint64_t)no };
	for (size_t i = 0; i < N_OF(PART); i++) {
		int64_t part = keys_house_hash(str_of(PART[i]));
		memcpy(m_r->key + 8 * i, &part, 8);
	}
}

/* Columns that carry a mark; never a clinical one. */
static const struct { const char *column; enum mark_kind kind; } MARKED[] = { { "phone", MARK_PHONE }, { "address", MARK_STREET }, { "city", MARK_TOWN }, { "unit", MARK_TOWN } /* its name in capitals or not */ };

/* id: of the person, the same in every export. */
static struct str export_mark(struct arena *a, const struct mark *m, struct str id, enum mark_kind kind, struct str text)
{
	struct buf b;
	buf_init(&b, 3 * text.n + 64);
	(void)mark_put(kind, mark_form(m, id, kind), text, &b);
	struct str out = b.failed ? text : arena_str(a, buf_view(&b));
	buf_done(&b);
	return out;
}

/* A string of a Patient that is written without escapes: what of it changes, where it stands. */
struct change { struct str was, is; };
static void change(struct arena *a, const struct mark *m, struct str id, enum mark_kind kind, const struct json *text, struct change *at, unsigned *n)
{
	if (!text || text->kind != JSON_STRING || text->raw.n != text->text.n + 2)
		return;
	struct str is = export_mark(a, m, id, kind, text->text);
	if (is.p && !str_is(is, text->text))
		at[(*n)++] = (struct change){ { text->raw.p + 1, text->text.n }, is };
}

static int by_place(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	return (x->was.p > y->was.p) - (x->was.p < y->was.p);
}

/* Order of id and meta. */
static enum rc put_head(struct arena *a, const struct mark *m, struct str id, struct str body, struct str *marked_r, struct problem *p)
{
	struct buf out;
	buf_init(&out, body.n + 64);
	(void)mark_head(mark_form(m, id, MARK_HEAD), body, &out);
	enum rc rc = buf_rc(&out, p);
	*marked_r = rc == RC_OK ? arena_str(a, buf_view(&out)) : STR_NONE;
	buf_done(&out);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

bool export_subject(const struct json *resource, struct str *id_r)
{
	const struct json *who = json_get(resource, "subject") ? json_get(resource, "subject") : json_get(resource, "patient");
	return ref_of(who, "Patient", id_r);
}

enum rc export_person(struct arena *a, const struct mark *m, struct str id, struct str body, struct str *marked_r, struct problem *p)
{
	const struct json *root, *address, *phone = NULL;
	struct change at[3];
	struct buf changed, out;
	unsigned n = 0;
	enum rc rc = json_parse(body, a, &root, p);
	if (rc != RC_OK)
		return rc;
	for json_each (t, json_get(root, "telecom")) /* the first that can carry one, as whoever reads a sample looks */
		if (!phone && str_eq(json_get_text(t, "system"), "phone") && mark_seen(MARK_PHONE, json_get_text(t, "value")) >= 0)
			phone = json_get(t, "value");
	address = json_at(json_get(root, "address"), 0);
	change(a, m, id, MARK_PHONE, phone, at, &n);
	change(a, m, id, MARK_STREET, json_at(json_get(address, "line"), 0), at, &n);
	change(a, m, id, MARK_TOWN, json_get(address, "city"), at, &n);
	qsort(at, n, sizeof *at, by_place);
	buf_init(&changed, 2 * body.n + 4096);
	buf_init(&out, 2 * body.n + 4096);
	const char *from = body.p;
	for (unsigned i = 0; i < n; i++) {
		buf_put(&changed, from, (size_t)(at[i].was.p - from));
		buf_str(&changed, at[i].is);
		from = at[i].was.p + at[i].was.n;
	}
	buf_put(&changed, from, (size_t)(body.p + body.n - from));
	(void)mark_json(mark_form(m, id, MARK_ORDER), buf_view(&changed), &out);
	rc = changed.failed ? buf_rc(&changed, p) : buf_rc(&out, p);
	struct str ordered = rc == RC_OK ? arena_str(a, buf_view(&out)) : STR_NONE;
	buf_done(&changed);
	buf_done(&out);
	if (rc == RC_OK)
		rc = arena_rc(a, p);
	return rc == RC_OK ? put_head(a, m, id, ordered, marked_r, p) : rc;
}

enum rc export_resource(struct arena *a, const struct mark *m, struct str body, struct str *marked_r, struct problem *p)
{
	const struct json *root;
	struct str id;
	enum rc rc = json_parse(body, a, &root, p);
	*marked_r = body;
	return rc == RC_OK && export_subject(root, &id) ? put_head(a, m, id, body, marked_r, p) : rc;
}

/* ---- lines ---- */

struct line { struct arena *a; const struct mark *m; struct str id; struct str heads; struct buf *out; bool begun; };

/* RFC 4180: quoted where it must be, or throughout the line where its mark says so. A cell that a spreadsheet would take for a formula is text. */
static void cell(struct line *l, struct str text)
{
	struct str head = str_cut(l->heads, ',', &l->heads);
	bool formula = text.n && memchr("=+-@\t\r", text.p[0], 6);
	for (size_t i = 0; i < N_OF(MARKED); i++)
		if (str_eq(head, MARKED[i].column))
			text = export_mark(l->a, l->m, l->id, MARKED[i].kind, text);
	if (l->begun)
		buf_ch(l->out, ',');
	l->begun = true;
	if (formula) {
		struct buf b;
		buf_init(&b, text.n + 2);
		buf_ch(&b, '\'');
		buf_str(&b, text);
		text = arena_str(l->a, buf_view(&b));
		buf_done(&b);
	}
	mark_csv(formula || mark_form(l->m, l->id, MARK_QUOTE), text, l->out);
}

static void cells_contact(struct line *l, const struct traits *t)
{
	const struct str at[] = { t->birth_name, t->used_name, t->given, t->born_on, t->sex, t->phone, t->email, t->line, t->postal, t->city };
	for (size_t i = 0; i < N_OF(at); i++)
		cell(l, at[i]);
}

static void cells_stay(struct line *l, struct db_conn *c, struct arena *a, const struct json *one)
{
	struct names names = { c, a, NULL };
	struct stay s;
	stay_of(&names, one, 0, &s);
	const struct str at[] = { s.start, s.end, s.status, text_at(one, "class.code"), s.unit_name };
	for (size_t i = 0; i < N_OF(at); i++)
		cell(l, at[i]);
}

static void cells_diagnosis(struct line *l, const struct json *one)
{
	struct str text = text_at(one, "code.text"), on = text_at(one, "onsetDateTime");
	const struct str at[] = { text_at(one, "code.coding.code"), text.n ? text : text_at(one, "code.coding.display"), text_at(one, "clinicalStatus.coding.code"), on.n ? on : text_at(one, "recordedDate") };
	for (size_t i = 0; i < N_OF(at); i++)
		cell(l, at[i]);
}

enum rc export_line(struct db_conn *c, struct arena *a, const struct export_set *set, const struct mark *m, struct str id, const struct json *patient, const struct json *one, struct buf *out, struct problem *p)
{
	struct line l = { a, m, id, str_of(set->head), out, false };
	struct item person = { .id = id, .body = patient };
	struct traits t;
	traits_read(&person, a, &t);
	cell(&l, t.ipp);
	if (!one) {
		cells_contact(&l, &t);
	} else {
		cell(&l, t.born_on);
		cell(&l, t.sex);
		if (str_eq(str_of(set->type), "Encounter"))
			cells_stay(&l, c, a, one);
		else
			cells_diagnosis(&l, one);
	}
	buf_z(out, "\r\n");
	enum rc rc = arena_rc(a, p);
	return rc == RC_OK ? buf_rc(out, p) : rc;
}
