/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/letter_field.c: what a template may name: values of the person, the stay and who writes, and blocks of the record, each line with its source and date. It must never know a field
 * that is not in the list, nor put a clinical fact in without saying since when and by whom it is recorded. Called by letter.c and letter_template.c. Start at letter_fields.
 */
#include "hospital/letter.h"

#include <stdio.h>

#include "codec/fill.h"
#include "hospital/merge.h"

const struct letter_field letter_fields[] = {
	{ "patient.nom", false },
	{ "patient.prenom", false },
	{ "patient.nom_naissance", false },
	{ "patient.naissance", false },
	{ "patient.age", false },
	{ "patient.sexe", false },
	{ "patient.ipp", false },
	{ "sejour.entree", false },
	{ "sejour.sortie", false },
	{ "sejour.unite", false },
	{ "medecin_traitant.nom", false },
	{ "auteur.nom", false },
	{ "date.jour", false },
	{ "bloc.problemes", true },
	{ "bloc.allergies", true },
	{ "bloc.traitements", true },
	{ "bloc.constantes", true },
	{ "bloc.resultats", true },
	{ "bloc.sejour", true },
	{ NULL, false },
};

const struct letter_field *letter_field_of(struct str name)
{
	for (const struct letter_field *f = letter_fields; f->name; f++)
		if (str_eq(name, f->name))
			return f;
	return NULL;
}

enum rc letter_text_check(struct str text, const char *where, struct problem *p)
{
	struct str rest = text, before, name;
	while (fill_next(&rest, &before, &name))
		if (!letter_field_of(name))
			return problem_set(p, RC_BAD_INPUT, WHY_LETTER_FIELD, where, "no such field");
	return RC_OK;
}

/* ---- values ---- */

static enum rc last_stay(struct db_conn *c, struct arena *a, struct letter_patient *k, int64_t now_ms, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), k->who.item.id }, { STR("_sort"), STR("-date") } };
	const struct item *best = NULL;
	struct items s;
	enum rc rc = items_find(c, a, "Encounter", query, N_OF(query), 20, &s, p);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		struct str status = json_get_text(s.at[i].body, "status");
		s.at[i].sort_ms = when_low(text_at(s.at[i].body, "period.start"));
		if (str_eq(status, "cancelled") || str_eq(status, "entered-in-error") || str_eq(status, "planned"))
			continue;
		bool present = stay_is_present(s.at[i].body, now_ms), had = best && stay_is_present(best->body, now_ms);
		if (!best || (present && !had) || (present == had && s.at[i].sort_ms > best->sort_ms))
			best = &s.at[i];
	}
	if (rc == RC_OK && best) {
		stay_of(&k->names, best->body, now_ms, &k->stay);
		k->stay.id = best->id;
	}
	return rc;
}

enum rc letter_patient(struct db_conn *c, struct arena *a, const struct args *args, int64_t now_ms, struct letter_patient *k_r, struct problem *p)
{
	*k_r = (struct letter_patient){ .names = { c, a, NULL } };
	enum rc rc = care_patient(c, a, args, &k_r->who, p);
	return rc == RC_OK ? last_stay(c, a, k_r, now_ms, p) : rc;
}

static void put_date(struct buf *out, struct str date)
{
	int64_t low = date.n >= 10 ? when_low(date) : INT64_MIN;
	if (date.n == 10)
		buf_fmt(out, "%.2s/%.2s/%.4s", date.p + 8, date.p + 5, date.p);
	else if (low != INT64_MIN) {
		struct civil day = civil_paris(low);
		buf_fmt(out, "%02d/%02d/%04d", day.day, day.month, day.year);
	} else
		buf_str(out, date); /* a year, a month: as recorded */
}

static void put_age(struct buf *out, struct str born_on, int64_t now_ms)
{
	struct civil now = civil_paris(now_ms);
	uint64_t y = 0, m = 0, d = 0;
	if (born_on.n == 10 && str_u64((struct str){ born_on.p, 4 }, &y) == RC_OK && str_u64((struct str){ born_on.p + 5, 2 }, &m) == RC_OK && str_u64((struct str){ born_on.p + 8, 2 }, &d) == RC_OK)
		buf_i64(out, now.year - (int64_t)y - (now.month < (int)m || (now.month == (int)m && now.day < (int)d)));
}

struct filling { struct fill head; const struct actor *who; struct letter_patient *k; int64_t now_ms; };

/* Letters are French: so are these words, whatever the screen's language. */
static struct str sex_word(struct str sex)
{
	return str_eq(sex, "female") ? STR("féminin") : str_eq(sex, "male") ? STR("masculin") : STR_NONE;
}

static bool value(struct fill *f, struct str name, struct buf *out)
{
	struct filling *w = (struct filling *)f;
	const struct traits *t = &w->k->who.traits;
	size_t before = out->n;
	if (str_eq(name, "patient.nom"))
		buf_str(out, t->used_name.n ? t->used_name : t->birth_name);
	else if (str_eq(name, "patient.prenom"))
		buf_str(out, t->used_given.n ? t->used_given : t->given);
	else if (str_eq(name, "patient.nom_naissance"))
		buf_str(out, t->birth_name);
	else if (str_eq(name, "patient.naissance"))
		put_date(out, t->born_on);
	else if (str_eq(name, "patient.age"))
		put_age(out, t->born_on, w->now_ms);
	else if (str_eq(name, "patient.sexe"))
		buf_str(out, sex_word(t->sex));
	else if (str_eq(name, "patient.ipp"))
		buf_str(out, t->ipp);
	else if (str_eq(name, "sejour.entree"))
		put_date(out, w->k->stay.start);
	else if (str_eq(name, "sejour.sortie"))
		put_date(out, w->k->stay.end);
	else if (str_eq(name, "sejour.unite"))
		buf_str(out, w->k->stay.unit_name);
	else if (str_eq(name, "medecin_traitant.nom"))
		buf_str(out, name_of(&w->k->names, "Practitioner", t->treating));
	else if (str_eq(name, "auteur.nom"))
		buf_str(out, w->who->name);
	else if (str_eq(name, "date.jour"))
		put_date(out, day_of(w->k->names.arena, w->now_ms));
	return out->n > before;
}

enum rc letter_fill(struct db_conn *c, struct arena *a, const struct actor *who, struct letter_patient *k, int64_t now_ms, struct str text, struct str *filled_r, struct problem *p)
{
	struct filling w = { { value }, who, k, now_ms };
	struct buf b;
	(void)c;
	buf_init(&b, 4u << 20);
	fill_put(&b, text, &w.head);
	enum rc rc = buf_rc(&b, p);
	if (rc == RC_OK)
		*filled_r = arena_str(a, buf_view(&b));
	buf_done(&b);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* ---- blocks ---- */

static struct str joined(struct arena *a, struct str x, const char *between, struct str y)
{
	struct buf b;
	if (!y.n)
		return x;
	buf_init(&b, 8192);
	buf_str(&b, x);
	buf_z(&b, between);
	buf_str(&b, y);
	struct str s = b.failed ? x : arena_str(a, buf_view(&b));
	buf_done(&b);
	return s;
}

static bool is_out(const struct json *r)
{
	const struct json *v = json_get(r, "verificationStatus");
	struct str status = json_get_text(r, "status");
	return has_code(v, STR_NONE, STR("refuted")) || has_code(v, STR_NONE, STR("entered-in-error")) || str_eq(status, "entered-in-error") || str_eq(status, "cancelled");
}

static bool is_over(const struct json *r)
{
	const struct json *c = json_get(r, "clinicalStatus");
	return c && !has_code(c, STR_NONE, STR("active")) && !has_code(c, STR_NONE, STR("recurrence")) && !has_code(c, STR_NONE, STR("relapse"));
}

static struct str drug_of(struct db_conn *c, struct arena *a, const struct json *m)
{
	const struct json *concept = json_get(m, "medicationCodeableConcept"), *reference = json_get(m, "medicationReference");
	struct str id;
	struct item it;
	bool found = false;
	struct problem ignored; /* a medication that cannot be read leaves what its reference shows */
	if (concept)
		return concept_in_words(a, concept);
	if (!json_get_text(reference, "display").n && ref_of(reference, "Medication", &id) && item_find(c, a, "Medication", id, &found, &it, &ignored) == RC_OK && found)
		return concept_in_words(a, json_get(it.body, "code"));
	return json_get_text(reference, "display");
}

static struct str measured(struct arena *a, const struct json *o)
{
	const struct json *q = json_get(o, "valueQuantity"), *parts = json_get(o, "component");
	struct str v = json_get_text(q, "value"), unit = json_get_text(q, "unit");
	if (!v.n && parts && parts->n > 1) {
		q = json_get(json_at(parts, 0), "valueQuantity");
		v = joined(a, json_get_text(q, "value"), "/", text_at(json_at(parts, 1), "valueQuantity.value"));
		unit = json_get_text(q, "unit");
	}
	if (!v.n)
		v = json_get_text(o, "valueString").n ? json_get_text(o, "valueString") : concept_in_words(a, json_get(o, "valueCodeableConcept"));
	return v.n ? joined(a, v, " ", unit) : STR_NONE;
}

static struct str first_of(struct str a, struct str b) { return a.n ? a : b; }

/* Where a block's lines come from: type, one more clause of the search, how many are read. */
struct source { const char *name, *type, *clause, *is, *sort; uint32_t most; };
static const struct source SOURCES[] = {
	{ "bloc.problemes",   "Condition",          NULL,       NULL,             "-recorded-date", 100 },
	{ "bloc.allergies",   "AllergyIntolerance", NULL,       NULL,             "-date",          100 },
	{ "bloc.traitements", "MedicationRequest",  "status",   "active,on-hold", "-authoredon",    100 },
	{ "bloc.constantes",  "Observation",        "category", "vital-signs",    "-date",          120 },
	{ "bloc.resultats",   "Observation",        "category", "laboratory",     "-date",          120 },
};

static bool has_code_already(const struct letter_block *b, struct str label)
{
	for (unsigned i = 0; i < b->n; i++)
		if (str_starts(b->line[i].what, label) && b->line[i].what.n > label.n && b->line[i].what.p[label.n] == ':')
			return true;
	return false;
}

static bool line_of(struct db_conn *c, struct arena *a, struct letter_patient *k, const struct source *s, const struct item *it, const struct letter_block *b, struct letter_line *l_r)
{
	const struct json *r = it->body;
	bool measure = str_eq(str_of(s->type), "Observation");
	if (is_out(r) || (!measure && is_over(r)))
		return false;
	if (measure) {
		struct str label = concept_in_words(a, json_get(r, "code")), v = measured(a, r);
		if (!v.n || (str_eq(str_of(s->name), "bloc.constantes") && has_code_already(b, label)))
			return false; /* the last of each sign */
		*l_r = (struct letter_line){ joined(a, label, ": ", v), name_ref(&k->names, json_at(json_get(r, "performer"), 0)), first_of(json_get_text(r, "effectiveDateTime"), json_get_text(r, "issued")) };
	} else if (str_eq(str_of(s->type), "MedicationRequest")) {
		*l_r = (struct letter_line){ joined(a, drug_of(c, a, r), ": ", text_at(r, "dosageInstruction.text")), name_ref(&k->names, json_get(r, "requester")), json_get_text(r, "authoredOn") };
	} else {
		struct str more = str_eq(str_of(s->type), "AllergyIntolerance") ? concept_in_words(a, at_path(r, "reaction.manifestation")) : STR_NONE;
		*l_r = (struct letter_line){ joined(a, concept_in_words(a, json_get(r, "code")), ": ", more), name_ref(&k->names, json_get(r, "recorder")), json_get_text(r, "recordedDate") };
	}
	return l_r->what.n > 0;
}

static void of_stay(struct arena *a, const struct letter_patient *k, struct letter_block *b)
{
	struct { const char *label; struct str date; } at[] = { { "Entrée: ", k->stay.start }, { "Sortie: ", k->stay.end } };
	for (size_t i = 0; i < N_OF(at); i++) {
		struct buf t;
		if (!k->stay.id.n || !at[i].date.n)
			continue;
		buf_init(&t, 200);
		buf_z(&t, at[i].label);
		put_date(&t, at[i].date);
		b->line[b->n++] = (struct letter_line){ t.failed ? STR_NONE : arena_str(a, buf_view(&t)), k->stay.unit_name, at[i].date };
		buf_done(&t);
	}
}

enum rc letter_pull(struct db_conn *c, struct arena *a, struct letter_patient *k, const struct letter_field *f, int64_t now_ms, struct letter_block *b_r, struct problem *p)
{
	const struct source *s = NULL;
	struct items found = { .n = 0 };
	*b_r = (struct letter_block){ .name = str_of(f->name), .at_ms = now_ms };
	for (size_t i = 0; i < N_OF(SOURCES); i++)
		if (str_eq(str_of(f->name), SOURCES[i].name))
			s = &SOURCES[i];
	if (!s) {
		of_stay(a, k, b_r);
		return arena_rc(a, p);
	}
	struct pair query[3] = { { STR("patient"), k->who.item.id }, { STR("_sort"), str_of(s->sort) } };
	size_t n = 2;
	if (s->clause)
		query[n++] = (struct pair){ str_of(s->clause), str_of(s->is) };
	enum rc rc = items_find(c, a, s->type, query, n, s->most, &found, p);
	b_r->more = rc == RC_OK && found.more;
	for (size_t i = 0; rc == RC_OK && i < found.n; i++) {
		if (b_r->n == LETTER_LINES) {
			b_r->more = true;
			break;
		}
		b_r->n += line_of(c, a, k, s, &found.at[i], b_r, &b_r->line[b_r->n]);
	}
	return rc == RC_OK ? arena_rc(a, p) : rc;
}
