/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/export_rows.c: the column sets of exports and one line of each, in CSV. What stands in the resources was cut down to what the requester's role sees
 * before it comes here; a column that is not seen is empty. Must never put a cell past the one place where marks are set. Called by gate/stream.c. Start at export_sets.
 */
#include <string.h>

#include "hospital/export.h"
#include "hospital/traits.h"

const struct export_set export_sets[] = {
	{ "contact",   "Names and contacts: one line a person",                "Patient",   "ipp,birth_name,used_name,given_name,birth_date,sex,phone,email,address,postal_code,city" },
	{ "stays",     "Stays: dates, kind and unit, without names",           "Encounter", "ipp,birth_date,sex,start,end,status,class,unit" },
	{ "diagnoses", "Diagnoses: code, text and date, without names",        "Condition", "ipp,birth_date,sex,code,text,clinical_status,date" },
	{ NULL, NULL, NULL, NULL },
};
const struct choice export_kinds[] = {
	{ "contact",   "Names and contacts: one line a person" },
	{ "stays",     "Stays: dates, kind and unit, without names" },
	{ "diagnoses", "Diagnoses: code, text and date, without names" },
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

/* The one place where a file is marked. Nothing is: the text as it is. id: of the person, the same in every export. */
static struct str export_mark(const struct export_marks *m, struct str id, const char *column, struct str text)
{
	(void)m;
	(void)id;
	(void)column;
	return text;
}

struct line { const struct export_marks *m; struct str id; struct str heads; struct buf *out; size_t from; };

/* RFC 4180: quoted where it must be. A cell that a spreadsheet would take for a formula is text. */
static void cell(struct line *l, struct str text)
{
	char name[24] = "";
	struct str head = str_cut(l->heads, ',', &l->heads);
	if (head.n < sizeof name)
		memcpy(name, head.p, head.n);
	text = export_mark(l->m, l->id, name, text);
	if (l->out->n > l->from)
		buf_ch(l->out, ',');
	bool quoted = false, formula = text.n && memchr("=+-@\t\r", text.p[0], 6);
	for (size_t i = 0; i < text.n; i++)
		quoted = quoted || memchr(",\"\r\n;", text.p[i], 5);
	if (!text.n) {
		buf_z(l->out, "\"\"");
		return;
	}
	if (quoted || formula)
		buf_ch(l->out, '"');
	if (formula)
		buf_ch(l->out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_ch(l->out, '"');
		buf_ch(l->out, text.p[i]);
	}
	if (quoted || formula)
		buf_ch(l->out, '"');
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

enum rc export_line(struct db_conn *c, struct arena *a, const struct export_set *set, const struct export_marks *m, struct str id, const struct json *patient, const struct json *one, struct buf *out, struct problem *p)
{
	struct line l = { m, id, str_of(set->head), out, out->n };
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
