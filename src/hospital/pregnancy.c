/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/pregnancy.c: pregnancy and breastfeeding as FHIR Observations with the day they are of, and for how long the house lets such a word hold. It must never take silence
 * for « no », nor an old answer for today's: what is too old, or of a house that has not said what old is, is not known. Codes: LOINC of the data (JDV_ObservationGrossesse_CISIS).
 * Called by prescription_check.c, score.c and by the gate through the rows at the end. Start at pregnancy_read.
 */
#include "hospital/pregnancy.h"

#include "hospital/care.h"
#include "hospital/matters.h"
#include "hospital/observation.h"

#define READ_MOST 40 /* answers looked at, newest first: those struck out are passed over */

static const struct { const char *name, *code, *label; } WHAT[PREGNANCY__END] = {
	[PREGNANCY_PREGNANT]      = { "pregnancy",     "11449-6", "Statut de grossesse" },
	[PREGNANCY_BREASTFEEDING] = { "breastfeeding", "63895-7", "Allaitement" },
};

/* 0: the house has not said. */
static enum rc age_of(struct db_conn *c, int64_t *days_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PREGNANCY_AGE);
	bool row = false;
	enum rc rc = db_step(s, &row, p);
	*days_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/* Every answer, the newest first; of one day, what was written last. */
static enum rc answers(struct db_conn *c, struct arena *a, struct str patient, const char *code, struct items *s_r, struct problem *p)
{
	struct buf b;
	buf_init(&b, 100);
	buf_z(&b, CARE_LOINC "|");
	buf_z(&b, code);
	const struct pair query[] = { { STR("patient"), patient }, { STR("code"), arena_str(a, buf_view(&b)) }, { STR("_sort"), STR("-date") } };
	buf_done(&b);
	enum rc rc = items_find(c, a, "Observation", query, N_OF(query), READ_MOST, s_r, p);
	for (size_t i = 0; rc == RC_OK && i < s_r->n; i++)
		s_r->at[i].sort_ms = observation_at(s_r->at[i].body);
	if (rc == RC_OK)
		items_newest_first(s_r);
	return rc;
}

/* Another system's words, which are neither yes nor no: not known, and not what was said before them. */
static enum pregnancy_says says_of(const struct json *observation)
{
	const struct json *value = json_get(observation, "valueBoolean");
	return value && str_eq(value->raw, "true") ? PREGNANCY_YES : value && str_eq(value->raw, "false") ? PREGNANCY_NO : PREGNANCY_UNKNOWN;
}

static enum rc newest(struct db_conn *c, struct arena *a, struct str patient, const char *code, struct pregnancy *one, struct problem *p)
{
	struct items s;
	enum rc rc = answers(c, a, patient, code, &s, p);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		if (observation_is_void(s.at[i].body) || s.at[i].sort_ms == INT64_MIN)
			continue;
		one->at_ms = s.at[i].sort_ms;
		one->recorded = says_of(s.at[i].body);
		break;
	}
	return rc;
}

bool pregnancy_is_asked(struct str gender) { return !str_eq(gender, "male"); }

enum rc pregnancy_read(struct db_conn *c, struct arena *a, struct str patient, int64_t now_ms, struct pregnancy of_r[PREGNANCY__END], struct problem *p)
{
	int64_t days = 0;
	enum rc rc = age_of(c, &days, p);
	for (unsigned i = 0; i < PREGNANCY__END && rc == RC_OK; i++) {
		of_r[i] = (struct pregnancy){ .says = PREGNANCY_UNKNOWN };
		rc = newest(c, a, patient, WHAT[i].code, &of_r[i], p);
		if (rc == RC_OK && days > 0 && now_ms - of_r[i].at_ms <= days * CARE_DAY_MS)
			of_r[i].says = of_r[i].recorded;
		of_r[i].old = days > 0 && of_r[i].recorded != of_r[i].says;
	}
	return rc;
}

/* Each answer of one question, also those that were struck out. */
static enum rc said_rows(struct view_ctx *v, struct rows *out, struct names *names, const struct care_patient *who, unsigned what, struct problem *p)
{
	struct items s;
	enum rc rc = answers(v->db, v->arena, who->item.id, WHAT[what].code, &s, p);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		const struct json *b = s.at[i].body, *performer = json_get(b, "performer");
		enum pregnancy_says says = says_of(b);
		if (s.at[i].sort_ms == INT64_MIN)
			continue;
		rows_row(out);
		rows_patient(out, who->item.rid, TIER_CLINICAL);
		col_z(out, "what", WHAT[what].name);
		col_z(out, "says", says == PREGNANCY_YES ? "yes" : says == PREGNANCY_NO ? "no" : "");
		rows_col_i64(out, "at", s.at[i].sort_ms);
		col(out, "by_name", name_ref(names, performer && performer->n ? json_at(performer, 0) : NULL));
		col_flag(out, "struck", observation_is_void(b));
		if (observation_is_void(b))
			continue;
		rows_col(out, "id", s.at[i].id);
		rows_col_i64(out, "version", s.at[i].version);
	}
	return rc;
}

/*
 * "pregnancy": patient → set "pregnancy", a row each: what, says (yes, no; absent: never recorded), at, old (flag: no longer counted); set "pregnancy_age": days (absent: not provided); set
 * "pregnancy_said", each answer, the newest first of each question: what, says (absent: in other words), at, by_name, struck (flag: an error of entry), and of those that stand id, version.
 */
static enum rc pregnancy_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct pregnancy of[PREGNANCY__END];
	struct care_patient who;
	int64_t days = 0;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	if (rc == RC_OK)
		rc = pregnancy_read(v->db, v->arena, who.item.id, v->now_ms, of, p);
	if (rc == RC_OK)
		rc = age_of(v->db, &days, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "pregnancy");
	for (unsigned i = 0; i < PREGNANCY__END; i++) {
		rows_row(out);
		rows_patient(out, who.item.rid, TIER_CLINICAL);
		col_z(out, "what", WHAT[i].name);
		if (of[i].recorded == PREGNANCY_UNKNOWN)
			continue;
		col_z(out, "says", of[i].recorded == PREGNANCY_YES ? "yes" : "no");
		rows_col_i64(out, "at", of[i].at_ms);
		col_flag(out, "old", of[i].says == PREGNANCY_UNKNOWN);
	}
	rows_set(out, "pregnancy_age");
	rows_row(out);
	if (days)
		rows_col_i64(out, "days", days);
	rows_set(out, "pregnancy_said");
	for (unsigned i = 0; i < PREGNANCY__END && rc == RC_OK; i++)
		rc = said_rows(v, out, &names, &who, i, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static void status(struct buf *out, const struct act_ctx *x, struct str id, unsigned what, bool yes, int64_t at_ms)
{
	struct jw w;
	compose_begin(&w, out, "Observation", id, NULL);
	jw_member(&w, "status", STR("final"));
	compose_concept(&w, "code", CARE_LOINC, str_of(WHAT[what].code), STR_NONE, str_of(WHAT[what].label));
	compose_ref(&w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_instant(&w, "effectiveDateTime", at_ms);
	jw_key(&w, "performer");
	jw_array(&w);
	care_who(&w, NULL, x->who);
	jw_end(&w, ']');
	jw_key(&w, "valueBoolean");
	jw_raw(&w, yes ? STR("true") : STR("false"));
	jw_end(&w, '}');
}

static enum rc put_status(struct act_ctx *x, unsigned what, struct str said, int64_t at_ms, bool *again_r, struct problem *p)
{
	struct str id = care_id(x, "pregnancy", str_of(WHAT[what].name));
	struct item it;
	struct buf body;
	struct record_done done;
	bool found = false, yes = str_eq(said, "yes");
	enum rc rc = item_find(x->db, x->arena, "Observation", id, &found, &it, p);
	if (rc != RC_OK || found) {
		const struct json *was = rc == RC_OK ? json_get(it.body, "valueBoolean") : NULL;
		*again_r = true;
		return rc == RC_OK && (!was || !str_eq(was->raw, yes ? "true" : "false")) ? problem_set(p, RC_CONFLICT, WHY_CARE_SENT, WHAT[what].name, "another answer under one key") : rc;
	}
	buf_init(&body, 1u << 16);
	status(&body, x, id, what, yes, at_ms);
	rc = compose_put(x, "Observation", id, &body, &(struct record_if){ .none_exists = true }, &done, p);
	buf_done(&body);
	return rc;
}

/* "pregnancy_record": once, pregnancy, breastfeeding (yes, no; one at least), day, time → set "recorded": n, again (flag). The newest day counts. */
static enum rc record_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	int64_t at_ms = 0, n = 0;
	bool again = false;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = care_when(x->args, care_born(&who), x->now_ms, &at_ms, p);
	for (unsigned i = 0; i < PREGNANCY__END && rc == RC_OK; i++) {
		struct str said = args_get(x->args, WHAT[i].name);
		if (!said.n)
			continue;
		n++;
		rc = put_status(x, i, said, at_ms, &again, p);
	}
	if (rc == RC_OK && n == 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, WHAT[0].name, "neither");
	if (rc != RC_OK)
		return rc;
	care_recorded(out, who.item.rid, n, again);
	return RC_OK;
}

static bool is_answer(const struct json *b)
{
	return has_code(json_get(b, "code"), STR(CARE_LOINC), str_of(WHAT[PREGNANCY_PREGNANT].code)) || has_code(json_get(b, "code"), STR(CARE_LOINC), str_of(WHAT[PREGNANCY_BREASTFEEDING].code));
}

/* "pregnancy_strike": id, version → set "struck": id. The answer before counts again. */
static enum rc strike_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	enum rc rc = care_strike(x, "Observation", is_answer, &it, p);
	if (rc == RC_OK)
		care_struck(out, &it);
	return rc;
}

/* "pregnancy_age_set": days, source → set "pregnancy_age": days. */
static enum rc age_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PREGNANCY_AGE_ADD);
	db_bind_i64(s, 1, (int64_t)care_arg(x->args, "days"));
	db_bind_str(s, 2, str_trim(args_get(x->args, "source")));
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "pregnancy_age");
	rows_row(out);
	rows_col_i64(out, "days", (int64_t)care_arg(x->args, "days"));
	return RC_OK;
}

static const struct choice SAYS[] = { { "yes", "Yes" }, { "no", "No" }, { NULL, NULL } };
static const struct field RECORD_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	CARE_ONCE_FIELD, CARE_WHEN_FIELDS,
	{ .name = "pregnancy",     .label = "Pregnancy",     .kind = FIELD_CODE, .choices = SAYS },
	{ .name = "breastfeeding", .label = "Breastfeeding", .kind = FIELD_CODE, .choices = SAYS },
	FIELDS_END,
};
static const struct field STRIKE_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	CARE_STRIKE_FIELDS,
	FIELDS_END,
};
static const struct field AGE_FIELDS[] = {
	{ .name = "days",   .label = "Days",   .kind = FIELD_INT,  .min = 1, .max = 366, .required = true },
	{ .name = "source", .label = "Source", .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true },
	FIELDS_END,
};

/* "pregnancy_age": set "age": days, source; no row: not provided. */
static enum rc age_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_PREGNANCY_AGE);
	bool row = false;
	enum rc rc = db_step(s, &row, p);
	rows_set(out, "age");
	if (rc == RC_OK && row) {
		rows_row(out);
		rows_col_i64(out, "days", db_i64(s, 0));
		col(out, "source", db_text(s, 1));
	}
	db_reset(s);
	return rc;
}

const struct view pregnancy_views[] = {
	{ .name = "pregnancy", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = pregnancy_view },
	{ .name = "pregnancy_age", .may = MAY_PHARMACY, .reveals = REVEALS_META, .run = age_view },
	{ .name = NULL },
};
const struct act pregnancy_acts[] = {
	{ .name = "pregnancy_record",  .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = RECORD_FIELDS, .run = record_run },
	{ .name = "pregnancy_strike",  .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = STRIKE_FIELDS, .run = strike_run },
	{ .name = "pregnancy_age_set", .may = MAY_PHARMACY,    .reveals = REVEALS_META,        .fields = AGE_FIELDS,    .run = age_run },
	{ .name = NULL },
};
