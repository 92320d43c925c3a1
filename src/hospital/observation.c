/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/observation.c: vital signs and what goes in and out, written as FHIR Observations, read as a table and as balances; corrected by a new version that says why, never
 * over. It must never judge a value, nor take the same entry twice. Called by the gate through the rows at the end. Start at measures and record_run.
 */
#include "hospital/observation.h"

#include <stdlib.h>
#include <string.h>

#include "hospital/matters.h"
#include "hospital/prescription.h"

#define READ_MAX 400        /* observations looked at for one page: ten days of hourly rounds of the usual five are 1,200, of eight a day 400 */
#define TIMES 8             /* columns of the table */
#define POINTS 60
#define KINDS 24
#define BALANCE_DAYS 7
#define FLUID_MAX 600
#define VERSIONS_MAX 50

/*
 * Bounds. Pressures: cuffs and lines show 0 to 400. Rates: counters show up to 400; nobody breathes 150 times. Temperature: thermometers for people show within 10 and 50 °C.
 * Saturation and Glasgow, pain: the ends of their scales. Weight 200 g to 650 kg, height 20 to 280 cm: the ends of what people were known to weigh and measure.
 * Glucose: meters show up to 10 g/L; 30 leaves a laboratory's. Volumes: 20 L in one entry is a slip of a digit.
 */
#define MILLI(n) ((n) * INT64_C(1000))
#define FLUID(name_, group_, label_) { name_, group_, CARE_OWN, "fluid-" name_, label_, "mL", "mL", NULL, 0, MILLI(1), MILLI(20000), NULL }
const struct measure measures[] = {
	{ "systolic",    MEASURE_VITAL, CARE_LOINC, "8480-6",  "Pression artérielle systolique",  "mm[Hg]", "mm[Hg]",  NULL, 0, 0, MILLI(400), "diastolic" },
	{ "diastolic",   MEASURE_VITAL, CARE_LOINC, "8462-4",  "Pression artérielle diastolique", "mm[Hg]", "mm[Hg]",  NULL, 0, 0, MILLI(400), NULL },
	{ "pulse",       MEASURE_VITAL, CARE_LOINC, "8867-4",  "Fréquence cardiaque",             "/min",   "/min",    "fr-core-observation-heart-rate", 0, 0, MILLI(400), NULL },
	{ "temperature", MEASURE_VITAL, CARE_LOINC, "8310-5",  "Température corporelle",          "°C",     "Cel",     "fr-core-observation-body-temperature", 1, MILLI(10), MILLI(50), NULL },
	{ "saturation",  MEASURE_VITAL, CARE_LOINC, "2708-6",  "Saturation en oxygène",           "%",      "%",       NULL, 0, 0, MILLI(100), NULL },
	{ "breaths",     MEASURE_VITAL, CARE_LOINC, "9279-1",  "Fréquence respiratoire",          "/min",   "/min",    NULL, 0, 0, MILLI(150), NULL },
	{ "pain",        MEASURE_VITAL, CARE_LOINC, "38208-5", "Sévérité de la douleur",          "/10",    "{score}", NULL, 0, 0, MILLI(10), NULL },
	{ "glasgow",     MEASURE_VITAL, CARE_LOINC, "9269-2",  "Score de Glasgow",                "/15",    "{score}", NULL, 0, MILLI(3), MILLI(15), NULL },
	{ "glucose",     MEASURE_VITAL, CARE_LOINC, "32016-8", "Glycémie capillaire",             "g/L",    "g/L",     NULL, 2, 0, MILLI(30), NULL },
	{ "weight",      MEASURE_VITAL, CARE_LOINC, "29463-7", "Poids corporel",                  "kg",     "kg",      "fr-core-observation-body-weight", 3, 200, MILLI(650), NULL },
	{ "height",      MEASURE_VITAL, CARE_LOINC, "8302-2",  "Taille",                          "cm",     "cm",      "fr-core-observation-body-height", 1, MILLI(20), MILLI(280), NULL },
	FLUID("drink",      MEASURE_IN,  "Boissons"),
	FLUID("infusion",   MEASURE_IN,  "Perfusions"),
	FLUID("transfusion", MEASURE_IN, "Transfusions"),
	FLUID("feeding",    MEASURE_IN,  "Nutrition entérale"),
	FLUID("other_in",   MEASURE_IN,  "Autres entrées"),
	FLUID("urine",      MEASURE_OUT, "Diurèse"),
	FLUID("stool",      MEASURE_OUT, "Selles"),
	FLUID("vomit",      MEASURE_OUT, "Vomissements"),
	FLUID("drain",      MEASURE_OUT, "Drains et aspirations"),
	FLUID("other_out",  MEASURE_OUT, "Autres sorties"),
	{ .name = NULL },
};
_Static_assert(N_OF(measures) <= MEASURES_MAX, "found by the order of measures");
#define PANEL_CODE "85354-9"
#define PANEL_LABEL "Pression artérielle"
#define PANEL_PROFILE "fr-core-observation-bp"

const struct measure *measure_named(struct str name)
{
	for (const struct measure *m = measures; m->name; m++)
		if (str_eq(name, m->name))
			return m;
	return NULL;
}

const struct measure *measure_of(const struct json *o)
{
	if (has_code(json_get(o, "code"), STR(CARE_LOINC), STR(PANEL_CODE)))
		return measures;
	for (const struct measure *m = measures; m->name; m++)
		if (has_code(json_get(o, "code"), str_of(m->system), str_of(m->code)))
			return m;
	return NULL;
}

bool observation_is_void(const struct json *o)
{
	struct str status = json_get_text(o, "status");
	return str_eq(status, "entered-in-error") || str_eq(status, "cancelled");
}

static struct str effective_of(const struct json *o)
{
	struct str when = json_get_text(o, "effectiveDateTime");
	if (!when.n)
		when = text_at(o, "effectivePeriod.start");
	return when.n ? when : json_get_text(o, "issued");
}

int64_t observation_at(const struct json *o)
{
	return when_low(effective_of(o));
}

struct str observation_value(const struct json *o, struct str *second_r)
{
	struct str value = text_at(o, "valueQuantity.value");
	const struct json *parts = json_get(o, "component");
	*second_r = STR_NONE;
	if (!value.n && parts && parts->n) {
		value = text_at(json_at(parts, 0), "valueQuantity.value");
		*second_r = text_at(json_at(parts, 1), "valueQuantity.value");
	}
	return value;
}

enum rc observation_newest(struct db_conn *c, struct arena *a, struct str patient, int64_t since_ms, struct measured found_r[MEASURES_MAX], struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { STR("category"), STR("vital-signs") }, { STR("_sort"), STR("-date") } };
	struct items s;
	enum rc rc = items_find(c, a, "Observation", query, N_OF(query), READ_MAX, &s, p);
	memset(found_r, 0, MEASURES_MAX * sizeof *found_r);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		s.at[i].sort_ms = observation_at(s.at[i].body);
	if (rc == RC_OK)
		items_newest_first(&s); /* of one instant, the one that was written last */
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		const struct json *o = s.at[i].body;
		const struct measure *m = measure_of(o);
		int64_t at = s.at[i].sort_ms, milli[2];
		struct str text[2];
		if (!m || observation_is_void(o) || at < since_ms)
			continue;
		text[0] = observation_value(o, &text[1]);
		for (unsigned k = 0; k < 2 && text[k].n; k++) {
			struct measured *to = &found_r[m - measures + (k && m->second ? 1 : 0)];
			if (care_scaled(text[k], MEASURE_MILLI, MEASURE_MILLI, &milli[k]) && !to->is)
				*to = (struct measured){ true, at, milli[k] };
		}
	}
	return rc;
}

/* ---- writing ---- */

struct entry { bool is; int64_t milli; struct str text; };
struct entries { int64_t at_ms; struct entry of[MEASURES_MAX]; };

static void put_panel_part(struct jw *w, const struct measure *m, struct str value)
{
	jw_object(w);
	compose_concept(w, "code", m->system, str_of(m->code), str_of(m->label), STR_NONE);
	care_quantity(w, "valueQuantity", value, m->unit, m->ucum);
	jw_end(w, '}');
}

static void put_values(struct jw *w, const struct measure *m, struct str first, struct str second)
{
	if (!m->second) {
		care_quantity(w, "valueQuantity", first, m->unit, m->ucum);
		return;
	}
	jw_key(w, "component");
	jw_array(w);
	put_panel_part(w, m, first);
	put_panel_part(w, m + 1, second);
	jw_end(w, ']');
}

static void compose_measure(struct jw *w, struct buf *out, const struct act_ctx *x, struct str id, const struct measure *m, const struct entries *k, struct str stay)
{
	const struct entry *e = &k->of[m - measures];
	bool vital = m->group == MEASURE_VITAL;
	compose_begin(w, out, "Observation", id, m->second ? PANEL_PROFILE : m->profile);
	jw_member(w, "status", STR("final"));
	jw_key(w, "category");
	jw_array(w);
	compose_concept(w, NULL, vital ? CARE_TERM "observation-category" : CARE_OWN, vital ? STR("vital-signs") : STR("fluid"), STR_NONE, STR_NONE);
	jw_end(w, ']');
	compose_concept(w, "code", m->system, str_of(m->second ? PANEL_CODE : m->code), str_of(m->second ? PANEL_LABEL : m->label), STR_NONE);
	compose_ref(w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	if (stay.n)
		compose_ref(w, "encounter", "Encounter", stay, STR_NONE);
	compose_instant(w, "effectiveDateTime", k->at_ms);
	jw_key(w, "performer");
	jw_array(w);
	care_unit(w, NULL, x->who);
	care_who(w, NULL, x->who);
	jw_end(w, ']');
	put_values(w, m, e->text, m->second ? e[1].text : STR_NONE);
	jw_end(w, '}');
}

/* The request came before: is it the same, as it was written then? A correction since does not matter. */
static enum rc same_as_sent(struct act_ctx *x, const struct item *it, const struct measure *m, const struct entries *k, struct problem *p)
{
	struct record_row row;
	const struct json *first;
	enum rc rc = record_vread(x->db, fhir_type_of(STR("Observation")), it->id, 1, &row, p);
	if (rc == RC_OK)
		rc = json_parse(arena_str(x->arena, row.body), x->arena, &first, p);
	if (rc != RC_OK)
		return rc;
	const struct entry *e = &k->of[m - measures];
	struct str second, value = observation_value(first, &second);
	bool same = str_is(value, e->text) && (!m->second || str_is(second, e[1].text)) && observation_at(first) / 60000 == k->at_ms / 60000;
	return same ? RC_OK : problem_set(p, RC_CONFLICT, WHY_CARE_SENT, m->name, "other values under one key");
}

static enum rc put_measure(struct act_ctx *x, const struct measure *m, const struct entries *k, struct str stay, bool *again, struct problem *p)
{
	struct str id = care_id(x, "observation", str_of(m->name));
	struct item it;
	bool found = false;
	enum rc rc = item_find(x->db, x->arena, "Observation", id, &found, &it, p);
	if (rc != RC_OK)
		return rc;
	if (found) {
		*again = true;
		return same_as_sent(x, &it, m, k, p);
	}
	if (*again) /* the first time there was no such value */
		return problem_set(p, RC_CONFLICT, WHY_CARE_SENT, m->name, "more values under one key");
	struct jw w;
	struct buf body;
	struct record_done done;
	buf_init(&body, 16384);
	compose_measure(&w, &body, x, id, m, k, stay);
	rc = compose_put(x, "Observation", id, &body, &(struct record_if){ .none_exists = true }, &done, p);
	buf_done(&body);
	return rc;
}

static void issue(struct rows *issues, enum why why, const char *field, unsigned *n)
{
	if (issues && (*n)++ == 0)
		rows_set(issues, "issues");
	if (issues)
		issue_row(issues, why, field);
}

/* A typed value of a measure: NONE, or why it cannot be one. text_r: the shortest way to write it, as stored. */
static enum why value_of(const struct measure *m, struct str typed, struct arena *a, struct entry *e_r)
{
	int64_t milli;
	char small[32];
	struct buf b = { .p = small, .cap = sizeof small, .max = sizeof small }; /* over the stack: it never grows */
	if (!care_scaled(typed, m->places, MEASURE_MILLI, &milli))
		return WHY_FIELD_NUMBER;
	if (milli < m->low || milli > m->high)
		return WHY_CARE_BOUNDS;
	care_number(&b, milli, MEASURE_MILLI);
	*e_r = (struct entry){ true, milli, arena_str(a, buf_view(&b)) };
	return WHY_NONE;
}

static enum rc record_prepare_group(struct view_ctx *v, bool vital, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct entries *k = ARENA_NEW(v->arena, struct entries);
	struct care_patient who;
	struct problem when;
	unsigned n_bad = 0, n = 0;
	enum rc rc = k ? care_patient(v->db, v->arena, v->args, &who, p) : arena_rc(v->arena, p);
	if (rc != RC_OK)
		return rc;
	if (care_when(v->args, care_born(&who), v->now_ms, &k->at_ms, &when) != RC_OK)
		issue(issues, when.why, when.where[0] == 'd' ? "day" : "time", &n_bad);
	const struct measure *first = NULL;
	for (const struct measure *m = measures; m->name; m++) {
		struct str typed = args_get(v->args, m->name);
		if ((m->group == MEASURE_VITAL) != vital)
			continue;
		first = first ? first : m;
		if (!typed.n)
			continue;
		n++;
		enum why why = value_of(m, typed, v->arena, &k->of[m - measures]);
		if (why != WHY_NONE)
			issue(issues, why, m->name, &n_bad);
	}
	for (const struct measure *m = measures; m->name; m++) {
		const struct entry *e = &k->of[m - measures];
		if (!m->second || args_get(v->args, m->name).n + args_get(v->args, m->second).n == 0)
			continue;
		if (!args_get(v->args, m->name).n || !args_get(v->args, m->second).n)
			issue(issues, WHY_CARE_PAIR, args_get(v->args, m->name).n ? m->second : m->name, &n_bad);
		else if (e->is && e[1].is && e[1].milli > e->milli)
			issue(issues, WHY_CARE_PRESSURE, m->second, &n_bad);
	}
	if (n == 0)
		issue(issues, WHY_CARE_EMPTY, first->name, &n_bad);
	*prepared_r = k;
	return n_bad ? problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "%u fields", n_bad) : arena_rc(v->arena, p);
}

static enum rc vitals_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	return record_prepare_group(v, true, prepared_r, issues, p);
}

static enum rc fluids_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	return record_prepare_group(v, false, prepared_r, issues, p);
}

/* "vitals_record", "fluids_record": what was typed → set "recorded": n, again (flag: the same request had come before, and nothing was written now). */
static enum rc record_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct entries *k = x->prepared;
	struct stay stay;
	bool again = false;
	int64_t n = 0;
	enum rc rc = order_stay(x->db, x->arena, args_get(x->args, "patient"), x->now_ms, &stay, p);
	for (const struct measure *m = measures; m->name && rc == RC_OK; m++)
		if (k->of[m - measures].is && !(m > measures && m[-1].second)) {
			rc = put_measure(x, m, k, stay.id, &again, p);
			n++;
		}
	if (rc != RC_OK)
		return rc;
	care_recorded(out, 0, n, again);
	return RC_OK;
}

/* ---- correcting ---- */

static const struct choice REASONS[] = {
	{ "typing", "erreur de saisie" }, { "patient", "autre patient" }, { "time", "autre heure" }, { "device", "mesure ou appareil en défaut" }, { "other", "autre motif" }, { NULL, NULL },
};

static const char *words_of(const struct choice *c, struct str code)
{
	while (c->code && !str_eq(code, c->code))
		c++;
	return c->code ? c->label : "";
}

static void put_note(struct jw *w, const struct act_ctx *x)
{
	struct buf b;
	buf_init(&b, 4096);
	buf_z(&b, words_of(REASONS, args_get(x->args, "reason")));
	if (args_get(x->args, "text").n) {
		buf_z(&b, " : ");
		buf_str(&b, args_get(x->args, "text"));
	}
	jw_object(w);
	jw_member(w, "authorString", x->who->name.n ? x->who->name : x->who->login);
	compose_instant(w, "time", x->now_ms);
	jw_member(w, "text", buf_view(&b));
	jw_end(w, '}');
	buf_done(&b);
}

/* The same Observation with another status, value, and one note more; the rest byte for byte. m NULL: the value stays. */
static void write_over(struct buf *out, const struct act_ctx *x, const struct json *o, const char *status, const struct measure *m, struct str first, struct str second)
{
	struct jw w;
	jw_init(&w, out);
	jw_object(&w);
	for json_each (part, o) {
		if (str_eq(part->name, "status") || str_eq(part->name, "note") || (m && (str_eq(part->name, "valueQuantity") || str_eq(part->name, "component"))))
			continue;
		jw_key(&w, arena_z(x->arena, part->name));
		jw_raw(&w, part->raw);
	}
	jw_member(&w, "status", str_of(status));
	if (m)
		put_values(&w, m, first, second);
	jw_key(&w, "note");
	jw_array(&w);
	for json_each (note, json_get(o, "note"))
		jw_raw(&w, note->raw);
	put_note(&w, x);
	jw_end(&w, ']');
	jw_end(&w, '}');
}

static enum rc find_own(struct db_conn *c, struct arena *a, const struct args *args, struct item *it_r, const struct measure **m_r, struct problem *p)
{
	bool found = false;
	enum rc rc = item_find(c, a, "Observation", args_get(args, "id"), &found, it_r, p);
	if (rc == RC_OK && (!found || it_r->patient == 0 || it_r->patient != record_patient_rid(c, args_get(args, "patient"))))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no such observation of this patient");
	*m_r = rc == RC_OK ? measure_of(it_r->body) : NULL;
	if (rc == RC_OK && !*m_r)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no measure of the bedside");
	return rc;
}

/*
 * "observation_correct": id, version (the one that was looked at), wrong (flag: struck out) or value and second, reason, text → set "corrected": id, version.
 * PRECONDITION when somebody changed it meanwhile; CONFLICT CARE_STRUCK when it was struck out already.
 */
static enum rc correct_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	const struct measure *m;
	struct entry e[2] = { { .is = false }, { .is = false } };
	bool wrong = args_get(x->args, "wrong").n > 0;
	enum rc rc = find_own(x->db, x->arena, x->args, &it, &m, p);
	if (rc != RC_OK)
		return rc;
	if (it.version != care_arg(x->args, "version"))
		return problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, "version", "version %u is current", it.version);
	if (observation_is_void(it.body))
		return problem_set(p, RC_CONFLICT, WHY_CARE_STRUCK, "wrong", "struck out already");
	static const char *const FIELD[] = { "value", "second" };
	for (unsigned i = 0; !wrong && i < (m->second ? 2u : 1u); i++) {
		enum why why = args_get(x->args, FIELD[i]).n ? value_of(m + i, args_get(x->args, FIELD[i]), x->arena, &e[i]) : WHY_FIELD_REQUIRED;
		if (why != WHY_NONE)
			return problem_set(p, RC_BAD_INPUT, why, FIELD[i], "value");
	}
	if (!wrong && m->second && e[1].milli > e[0].milli)
		return problem_set(p, RC_BAD_INPUT, WHY_CARE_PRESSURE, "second", "pressures");
	struct buf body;
	struct record_done done;
	buf_init(&body, 1u << 20);
	write_over(&body, x, it.body, wrong ? "entered-in-error" : "corrected", wrong ? NULL : m, e[0].text, e[1].text);
	rc = compose_put(x, "Observation", it.id, &body, &(struct record_if){ .has_version = true, .version = it.version }, &done, p);
	buf_done(&body);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "corrected");
	rows_row(out);
	rows_patient(out, it.patient, TIER_CLINICAL);
	rows_col(out, "id", it.id);
	rows_col_i64(out, "version", done.version);
	return RC_OK;
}

/* ---- reading ---- */

struct kind { struct str code; const struct json *label; struct str unit; const char *name; int64_t last_ms; unsigned n; };
struct value { unsigned kind; const struct item *it; int64_t at_ms; struct str text, second; };
struct table { struct view_ctx *v; int64_t patient; struct names names; struct kind kind[KINDS]; unsigned n_kinds; struct value *at; size_t n; int64_t time[TIMES]; unsigned n_times; bool more; };

static unsigned kind_for(struct table *t, const struct json *o)
{
	struct str code = text_at(o, "code.coding.code");
	for (unsigned i = 0; i < t->n_kinds; i++)
		if (str_is(t->kind[i].code, code))
			return i;
	if (t->n_kinds == KINDS || !code.n)
		return KINDS;
	const struct measure *m = measure_of(o);
	struct str unit = text_at(o, "valueQuantity.unit");
	if (!unit.n)
		unit = text_at(json_at(json_get(o, "component"), 0), "valueQuantity.unit");
	t->kind[t->n_kinds] = (struct kind){ .code = code, .label = json_get(o, "code"), .unit = unit, .name = m ? m->name : NULL };
	return t->n_kinds++;
}

static void take(struct table *t, const struct item *it)
{
	struct str second, text = observation_value(it->body, &second);
	int64_t at = observation_at(it->body);
	if (observation_is_void(it->body) || !text.n || at == INT64_MIN)
		return;
	unsigned k = kind_for(t, it->body);
	if (k == KINDS)
		return;
	t->at[t->n++] = (struct value){ k, it, at, text, second };
	if (!t->kind[k].n++)
		t->kind[k].last_ms = at;
	int64_t minute = at / 60000;
	if (t->n_times && t->time[t->n_times - 1] == minute)
		return;
	if (t->n_times < TIMES)
		t->time[t->n_times++] = minute;
	else
		t->more = true;
}

static void row_of(struct table *t, struct rows *out)
{
	rows_row(out);
	rows_patient(out, t->patient, TIER_CLINICAL);
}

static void rows_table(struct table *t, struct rows *out)
{
	rows_set(out, "times");
	for (unsigned i = 0; i < t->n_times; i++) {
		row_of(t, out);
		rows_col_i64(out, "at", t->time[i] * 60000);
	}
	rows_set(out, "kinds");
	for (unsigned i = 0; i < t->n_kinds; i++) {
		row_of(t, out);
		rows_col(out, "code", t->kind[i].code);
		col_z(out, "kind", t->kind[i].name);
		col_display(out, "label", t->kind[i].label);
		col(out, "unit", t->kind[i].unit);
		rows_col_i64(out, "last_at", t->kind[i].last_ms);
	}
	rows_set(out, "values");
	for (size_t i = 0; i < t->n; i++) {
		const struct value *x = &t->at[i];
		unsigned slot = 0;
		while (slot < t->n_times && t->time[slot] != x->at_ms / 60000)
			slot++;
		if (slot == t->n_times)
			continue;
		row_of(t, out);
		rows_col(out, "code", t->kind[x->kind].code);
		rows_col_i64(out, "slot", slot);
		rows_col_i64(out, "at", x->at_ms);
		rows_col(out, "value", x->text);
		col(out, "second", x->second);
		rows_col(out, "id", x->it->id);
		rows_col_i64(out, "version", x->it->version);
		col_flag(out, "changed", x->it->version > 1);
	}
}

static void rows_points(struct table *t, struct rows *out)
{
	rows_set(out, "points");
	for (size_t i = t->n; i > 0; i--) {
		const struct value *x = &t->at[i - 1];
		if (t->kind[x->kind].n-- > POINTS)
			continue;
		row_of(t, out);
		rows_col(out, "code", t->kind[x->kind].code);
		rows_col_i64(out, "at", x->at_ms);
		rows_col(out, "value", x->text);
		col(out, "second", x->second);
	}
}

/*
 * "vitals": patient, before (ms: what is older than that; empty: the newest). The newest left. Set "times": at, up to 8; set "kinds": code, kind (its field, when it is typed
 * here), label, unit, last_at; set "values": code, slot (place in times), at, value, second, id, version, changed (flag: it is not the first version); set "points":
 * code, at, value, second, oldest first; set "page": last_at (of all), before (ms, where there is more).
 */
static enum rc vitals(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct care_patient who;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	if (rc != RC_OK)
		return rc;
	int64_t before = (int64_t)care_arg(v->args, "before");
	struct buf until;
	struct items s;
	buf_init(&until, 64);
	buf_z(&until, "lt");
	buf_instant(&until, before > 0 && before < v->now_ms ? before : v->now_ms + CARE_DAY_MS);
	const struct pair query[] = { { STR("patient"), who.item.id }, { STR("category"), STR("vital-signs") }, { STR("date"), buf_view(&until) }, { STR("_sort"), STR("-date") } };
	rc = items_find(v->db, v->arena, "Observation", query, N_OF(query), READ_MAX, &s, p);
	buf_done(&until);
	if (rc != RC_OK)
		return rc;
	struct table *t = ARENA_NEW(v->arena, struct table);
	struct value *at = arena_array(v->arena, s.n + 1, sizeof *at);
	if (!t || !at)
		return arena_rc(v->arena, p);
	*t = (struct table){ .v = v, .patient = who.item.rid, .names = { v->db, v->arena, NULL }, .at = at, .more = s.more };
	for (size_t i = 0; i < s.n; i++)
		s.at[i].sort_ms = observation_at(s.at[i].body);
	items_newest_first(&s);
	for (size_t i = 0; i < s.n; i++)
		take(t, &s.at[i]);
	rows_set(out, "page");
	row_of(t, out);
	if (t->n)
		rows_col_i64(out, "last_at", t->at[0].at_ms);
	if (t->more && t->n_times)
		rows_col_i64(out, "before", t->time[t->n_times - 1] * 60000);
	rows_table(t, out);
	rows_points(t, out);
	return arena_rc(v->arena, p);
}

struct history { struct record_each each; struct view_ctx *v; struct rows *out; int64_t patient; };

static enum rc history_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct history *h = (struct history *)(void *)e;
	const struct json *o, *note = NULL;
	enum rc rc = row->deleted ? RC_OK : json_parse(arena_str(h->v->arena, row->body), h->v->arena, &o, p);
	if (rc != RC_OK || row->deleted)
		return rc;
	struct str second, value = observation_value(o, &second);
	for json_each (n, json_get(o, "note"))
		note = n;
	rows_row(h->out);
	rows_patient(h->out, h->patient, TIER_CLINICAL);
	rows_col_i64(h->out, "version", row->version);
	rows_col_i64(h->out, "written_at", row->updated_ms);
	rows_col_i64(h->out, "measured_at", observation_at(o));
	col(h->out, "value", value);
	col(h->out, "second", second);
	col(h->out, "status", json_get_text(o, "status"));
	col(h->out, "why", json_get_text(note, "text"));
	col(h->out, "by_name", note ? json_get_text(note, "authorString") : STR_NONE);
	return RC_OK;
}

/*
 * "observation": patient, id. Set "observation": id, version, kind (name of the field), label, unit, value, second, status, measured_at; set "versions", newest first: version,
 * written_at, measured_at, value, second, status, why, by_name (who wrote that version; the first: who measured). Empty where this patient has no such entry.
 */
static enum rc observation(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct item it;
	const struct measure *m;
	struct names names = { v->db, v->arena, NULL };
	enum rc rc = find_own(v->db, v->arena, v->args, &it, &m, p);
	if (rc == RC_NOT_FOUND) /* none of this patient's: nothing to show, and alike whether it is another's or nobody's */
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	struct str second, value = observation_value(it.body, &second), by = STR_NONE;
	for json_each (who, json_get(it.body, "performer"))
		by = name_ref(&names, who);
	rows_set(out, "observation");
	rows_row(out);
	rows_patient(out, it.patient, TIER_CLINICAL);
	rows_col(out, "id", it.id);
	rows_col_i64(out, "version", it.version);
	rows_col(out, "kind", str_of(m->name));
	col_display(out, "label", json_get(it.body, "code"));
	rows_col(out, "unit", str_of(m->unit));
	col(out, "value", value);
	col(out, "second", second);
	col(out, "status", json_get_text(it.body, "status"));
	rows_col_i64(out, "measured_at", observation_at(it.body));
	col(out, "by_name", by);
	rows_set(out, "versions");
	struct history h = { { history_row }, v, out, it.patient };
	rc = record_history(v->db, fhir_type_of(STR("Observation")), it.id, VERSIONS_MAX, UINT32_MAX, &h.each, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- in and out ---- */

struct balance { struct str day; int64_t in_ml, out_ml; unsigned n; };

static void add(struct balance *b, const struct measure *m, int64_t milli)
{
	*(m->group == MEASURE_IN ? &b->in_ml : &b->out_ml) += milli / 1000;
	b->n++;
}

static void balance_cols(struct rows *out, const struct balance *b, int64_t patient)
{
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	col(out, "on", b->day);
	rows_col_i64(out, "in_ml", b->in_ml);
	rows_col_i64(out, "out_ml", b->out_ml);
	rows_col_i64(out, "balance_ml", b->in_ml - b->out_ml);
	rows_col_i64(out, "n", b->n);
}

static void entry_cols(struct rows *out, const struct item *it, const struct measure *m, struct str value)
{
	rows_row(out);
	rows_patient(out, it->patient, TIER_CLINICAL);
	rows_col(out, "id", it->id);
	rows_col_i64(out, "version", it->version);
	rows_col(out, "kind", str_of(m->name));
	col_z(out, "way", m->group == MEASURE_IN ? "in" : "out");
	rows_col(out, "ml", value);
	rows_col_i64(out, "at", it->sort_ms);
	col_flag(out, "changed", it->version > 1);
}

/*
 * "fluids": patient. Of the last seven days: set "last24": in_ml, out_ml, balance_ml, n, of the 24 hours before now; set "days" (days in Paris, newest first): on, the same;
 * set "entries", newest first: id, version, kind (its field), way (in, out), ml, at, changed. more (flag of last24): there was more than is read.
 */
static enum rc fluids(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct buf since;
	struct items s;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&since, 64);
	buf_z(&since, "ge");
	buf_instant(&since, v->now_ms - BALANCE_DAYS * CARE_DAY_MS);
	const struct pair query[] = { { STR("patient"), who.item.id }, { STR("category"), STR(CARE_OWN "|fluid") }, { STR("date"), buf_view(&since) }, { STR("_sort"), STR("-date") } };
	rc = items_find(v->db, v->arena, "Observation", query, N_OF(query), FLUID_MAX, &s, p);
	buf_done(&since);
	if (rc != RC_OK)
		return rc;
	struct balance last = { .n = 0 }, day[BALANCE_DAYS + 1];
	unsigned n_days = 0;
	for (size_t i = 0; i < s.n; i++)
		s.at[i].sort_ms = observation_at(s.at[i].body);
	items_newest_first(&s);
	rows_set(out, "entries");
	for (size_t i = 0; i < s.n; i++) {
		const struct measure *m = measure_of(s.at[i].body);
		int64_t milli;
		struct str second, value = observation_value(s.at[i].body, &second), on = day_of(v->arena, s.at[i].sort_ms);
		if (!m || observation_is_void(s.at[i].body) || !care_scaled(value, MEASURE_MILLI, MEASURE_MILLI, &milli))
			continue;
		if (n_days == 0 || !str_is(day[n_days - 1].day, on)) {
			if (n_days == N_OF(day))
				break;
			day[n_days++] = (struct balance){ .day = on };
		}
		add(&day[n_days - 1], m, milli);
		if (s.at[i].sort_ms > v->now_ms - CARE_DAY_MS && s.at[i].sort_ms <= v->now_ms)
			add(&last, m, milli);
		entry_cols(out, &s.at[i], m, value);
	}
	rows_set(out, "last24");
	balance_cols(out, &last, who.item.rid);
	col_flag(out, "more", s.more);
	rows_set(out, "days");
	for (unsigned i = 0; i < n_days; i++)
		balance_cols(out, &day[i], who.item.rid);
	return arena_rc(v->arena, p);
}

#define VALUE(name_, label_) { .name = name_, .label = label_, .kind = FIELD_TEXT, .max = 12 }
static const struct field VITALS_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	CARE_ONCE_FIELD,
	CARE_WHEN_FIELDS,
	VALUE("systolic", "Systolic pressure"), VALUE("diastolic", "Diastolic pressure"), VALUE("pulse", "Heart rate"), VALUE("temperature", "Temperature"), VALUE("saturation", "Oxygen saturation"),
	VALUE("breaths", "Breathing rate"), VALUE("pain", "Pain"), VALUE("glasgow", "Glasgow"), VALUE("glucose", "Glucose"), VALUE("weight", "Weight"), VALUE("height", "Height"),
	FIELDS_END,
};
static const struct field FLUIDS_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	CARE_ONCE_FIELD,
	CARE_WHEN_FIELDS,
	VALUE("drink", "Drinks"), VALUE("infusion", "Infusions"), VALUE("transfusion", "Transfusions"), VALUE("feeding", "Tube feeding"), VALUE("other_in", "Other, in"),
	VALUE("urine", "Urine"), VALUE("stool", "Stools"), VALUE("vomit", "Vomit"), VALUE("drain", "Drains and suction"), VALUE("other_out", "Other, out"),
	FIELDS_END,
};
static const struct field CORRECT_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	{ .name = "id",      .label = "Entry",   .kind = FIELD_ID, .required = true },
	{ .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = UINT32_MAX, .required = true },
	VALUE("value", "Right value"), VALUE("second", "Right diastolic pressure"),
	{ .name = "wrong",   .label = "Strike it out", .kind = FIELD_FLAG },
	{ .name = "reason",  .label = "Reason",  .kind = FIELD_CODE, .required = true, .choices = REASONS },
	{ .name = "text",    .label = "In a few words", .kind = FIELD_TEXT, .max = 200 },
	FIELDS_END,
};

const struct view observation_views[] = {
	{ .name = "vitals",      .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = vitals },
	{ .name = "observation", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = observation },
	{ .name = "fluids",      .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = fluids },
	{ .name = NULL },
};
const struct act observation_acts[] = {
	{ .name = "vitals_record",       .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = VITALS_FIELDS,  .prepare = vitals_prepare, .run = record_run },
	{ .name = "fluids_record",       .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = FLUIDS_FIELDS,  .prepare = fluids_prepare, .run = record_run },
	{ .name = "observation_correct", .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = CORRECT_FIELDS, .run = correct_run },
	{ .name = NULL },
};
