/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/problem.c: what a person has and has had, as FHIR Conditions (https://hl7.org/fhir/R4/condition.html): problems of today and the history (« antécédents »), each in words, with a CIM-10 code
 * where somebody chose one, since when as exactly as it is known; its end, what it was taken for wrongly, and its return. Nothing is taken away: what ended stays readable. It must never complete a date,
 * nor choose a code by itself, nor take the same problem twice. Of the family's history nothing is here: that is another resource (FamilyMemberHistory), which no form writes.
 * Called by the gate through the rows at the end. Start at add_run.
 */
#include "hospital/problem.h"

#include <stdio.h>

#include "codec/fold.h"
#include "hospital/care.h"
#include "hospital/matters.h"
#include "hospital/prescription.h"
#include "hospital/tariff.h"

#define PATIENT_FIELD { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define SHOWN 200
#define CLINICAL     CARE_TERM "condition-clinical"
#define VERIFICATION CARE_TERM "condition-ver-status"
#define CATEGORY     CARE_TERM "condition-category"
#define LISTED       "problem-list-item"
#define HISTORY      "history"  /* of CARE_OWN: R4's categories have the list of problems and a stay's diagnoses, and none for what is past */
#define CIM10        "http://hl7.org/fhir/sid/icd-10"
#define CIM10_FR     "http://hl7.org/fhir/sid/icd-10-fr"
#define CODE_MOST    12

/* ---- what stands ---- */

bool problem_is_history(const struct json *c) { return has_code(json_get(c, "category"), STR(CARE_OWN), STR(HISTORY)); }
static bool is_error(const struct json *c) { return has_code(json_get(c, "verificationStatus"), STR_NONE, STR("entered-in-error")); }
static bool is_refuted(const struct json *c) { return is_error(c) || has_code(json_get(c, "verificationStatus"), STR_NONE, STR("refuted")); }

static bool is_over(const struct json *c)
{
	const struct json *s = json_get(c, "clinicalStatus");
	return is_refuted(c) || has_code(s, STR_NONE, STR("inactive")) || has_code(s, STR_NONE, STR("resolved")) || has_code(s, STR_NONE, STR("remission"));
}

static struct str code_of(const struct json *c)
{
	for json_each (coding, json_get(json_get(c, "code"), "coding"))
		if (str_eq(json_get_text(coding, "system"), CIM10) || str_eq(json_get_text(coding, "system"), CIM10_FR))
			return json_get_text(coding, "code");
	return STR_NONE;
}

static enum rc conditions(struct db_conn *c, struct arena *a, struct str patient, struct items *s_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { STR("_sort"), STR("-recorded-date") } };
	return items_find(c, a, "Condition", query, N_OF(query), SHOWN, s_r, p);
}

/* ---- as it is typed ---- */

struct entry { struct str label, code, said; char since[11]; bool history, unsure; };

static bool digits(struct str s, size_t from, size_t n, int *v_r)
{
	*v_r = 0;
	for (size_t i = from; i < from + n; i++) {
		if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
			return false;
		*v_r = *v_r * 10 + (s.p[i] - '0');
	}
	return true;
}

/* 2019, 03/2019, 14/03/2019, and as FHIR writes them: no more is stored than was said. */
static bool since_read(struct str s, char out[11])
{
	int y = 0, m = 1, d = 1, n = 0;
	bool good = (s.n == 4 && digits(s, 0, 4, &y)) || (s.n == 7 && s.p[2] == '/' && digits(s, 0, 2, &m) && digits(s, 3, 4, &y)) || (s.n == 7 && s.p[4] == '-' && digits(s, 0, 4, &y) && digits(s, 5, 2, &m)) ||
		(s.n == 10 && s.p[2] == '/' && s.p[5] == '/' && digits(s, 0, 2, &d) && digits(s, 3, 2, &m) && digits(s, 6, 4, &y)) ||
		(s.n == 10 && s.p[4] == '-' && s.p[7] == '-' && digits(s, 0, 4, &y) && digits(s, 5, 2, &m) && digits(s, 8, 2, &d));
	if (!good || y < 1850 || !date_exists(y, m, d))
		return false;
	n = s.n == 4 ? snprintf(out, 11, "%04d", y) : s.n == 7 ? snprintf(out, 11, "%04d-%02d", y, m) : snprintf(out, 11, "%04d-%02d-%02d", y, m, d);
	return n == (int)s.n;
}

/* As far as both are known: 2019 is neither before nor after 2019-03. Days as they are said, in no zone. */
static int order(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	return str_cmp((struct str){ a.p, n }, (struct str){ b.p, n });
}

/* Neither ahead nor before birth. */
static enum rc since_good(const struct act_ctx *x, const struct care_patient *who, const char *field, struct str typed, char out[11], struct problem *p)
{
	out[0] = '\0';
	if (!typed.n)
		return RC_OK;
	if (!since_read(typed, out))
		return problem_set(p, RC_BAD_INPUT, WHY_PROBLEM_SINCE, field, "no such date");
	if (order(str_of(out), day_of(x->arena, x->now_ms)) > 0)
		return problem_set(p, RC_BAD_INPUT, WHY_CARE_FUTURE, field, "ahead");
	return who->traits.born_on.n && order(str_of(out), who->traits.born_on) < 0 ? problem_set(p, RC_BAD_INPUT, WHY_CARE_PAST, field, "before birth") : RC_OK;
}

/* The code with its dot, as the record writes it, and its label; the words that were typed are kept as they are. */
static enum rc code_good(struct arena *a, struct str typed, struct entry *e, struct problem *p)
{
	char bare[CODE_MOST + 1], dotted[CODE_MOST + 2];
	const struct tariffs *t = tariff_base(p);
	size_t n = 0;
	int use;
	if (!t)
		return RC_BROKEN;
	for (size_t i = 0; i < typed.n && n < CODE_MOST; i++)
		if (typed.p[i] != '.')
			bare[n++] = (char)(typed.p[i] >= 'a' && typed.p[i] <= 'z' ? typed.p[i] - 'a' + 'A' : typed.p[i]);
	bare[n] = '\0';
	if (!tariff_diagnosis(t, (struct str){ bare, n }, &e->said, &use))
		return problem_set(p, RC_BAD_INPUT, WHY_BILL_DIAGNOSIS, "code", "no such code");
	int m = n > 3 ? snprintf(dotted, sizeof dotted, "%.3s.%s", bare, bare + 3) : snprintf(dotted, sizeof dotted, "%s", bare);
	e->code = arena_str(a, (struct str){ dotted, (size_t)m });
	return RC_OK;
}

static enum rc entry_read(const struct act_ctx *x, const struct care_patient *who, struct entry *e, struct problem *p)
{
	struct str code = str_trim(args_get(x->args, "code"));
	*e = (struct entry){ .label = str_trim(args_get(x->args, "label")), .history = args_get(x->args, "history").n > 0, .unsure = args_get(x->args, "unsure").n > 0 };
	enum rc rc = since_good(x, who, "since", str_trim(args_get(x->args, "since")), e->since, p);
	if (rc == RC_OK && code.n)
		rc = code_good(x->arena, code, e, p);
	if (rc == RC_OK && !e->label.n && !e->code.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "label", "neither words nor code");
	return rc;
}

/* The same words, or the same code, of the same kind: it stands, and is not written a second time. */
static enum rc is_new(struct act_ctx *x, const struct entry *e, struct problem *p)
{
	struct items s;
	struct str words = fold_kept(x->arena, e->label.n ? e->label : e->said);
	enum rc rc = conditions(x->db, x->arena, args_get(x->args, "patient"), &s, p);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		const struct json *c = s.at[i].body;
		if (is_over(c) || problem_is_history(c) != e->history)
			continue;
		if (e->code.n ? str_is(code_of(c), e->code) : str_is(fold_kept(x->arena, concept_in_words(x->arena, json_get(c, "code"))), words))
			rc = problem_set(p, RC_CONFLICT, WHY_PROBLEM_TWICE, e->code.n ? "code" : "label", "stands already");
	}
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

/* ---- writing ---- */

static void put_code(struct jw *w, const struct entry *e)
{
	jw_key(w, "code");
	jw_object(w);
	if (e->code.n) {
		jw_key(w, "coding");
		jw_array(w);
		compose_coding(w, CIM10, e->code, e->said);
		jw_end(w, ']');
	}
	jw_member(w, "text", e->label.n ? e->label : e->said);
	jw_end(w, '}');
}

static void condition(struct buf *out, const struct act_ctx *x, struct str id, struct str stay, const struct entry *e)
{
	struct jw w;
	struct str note = str_trim(args_get(x->args, "note"));
	compose_begin(&w, out, "Condition", id, NULL);
	compose_concept(&w, "clinicalStatus", CLINICAL, STR("active"), STR_NONE, STR_NONE);
	compose_concept(&w, "verificationStatus", VERIFICATION, e->unsure ? STR("provisional") : STR("confirmed"), STR_NONE, STR_NONE);
	jw_key(&w, "category");
	jw_array(&w);
	compose_concept(&w, NULL, CATEGORY, STR(LISTED), STR_NONE, STR_NONE);
	if (e->history)
		compose_concept(&w, NULL, CARE_OWN, STR(HISTORY), STR_NONE, STR("Antécédent"));
	jw_end(&w, ']');
	put_code(&w, e);
	compose_ref(&w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	if (stay.n)
		compose_ref(&w, "encounter", "Encounter", stay, STR_NONE);
	if (e->since[0])
		jw_member(&w, "onsetDateTime", str_of(e->since));
	compose_instant(&w, "recordedDate", x->now_ms);
	care_who(&w, "recorder", x->who);
	if (note.n) {
		jw_key(&w, "note");
		jw_array(&w);
		jw_object(&w);
		jw_member(&w, "text", note);
		jw_end(&w, '}');
		jw_end(&w, ']');
	}
	jw_end(&w, '}');
}

/*
 * "problem_add": once, label or code (CIM-10, with or without its dot) or both, history (flag), unsure (flag), since (2019, 03/2019, 14/03/2019), note → set "problem": id, again (flag: the same
 * request had come before). BAD_INPUT: the field; CONFLICT PROBLEM_TWICE: it stands; CARE_SENT: other words under one key.
 */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct record_done done;
	struct entry e;
	struct stay stay = { .status = STR_NONE };
	struct item it;
	struct buf body;
	bool found = false;
	struct str id = care_id(x, "problem", STR(""));
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = entry_read(x, &who, &e, p);
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "Condition", id, &found, &it, p);
	if (rc == RC_OK && found && !str_is(text_at(it.body, "code.text"), e.label.n ? e.label : e.said))
		rc = problem_set(p, RC_CONFLICT, WHY_CARE_SENT, "label", "other words under one key");
	if (rc == RC_OK && !found)
		rc = is_new(x, &e, p);
	if (rc == RC_OK && !found)
		rc = order_stay(x->db, x->arena, args_get(x->args, "patient"), x->now_ms, &stay, p);
	if (rc != RC_OK)
		return rc;
	if (!found) {
		buf_init(&body, 1u << 16);
		condition(&body, x, id, stay.id, &e);
		rc = compose_put(x, "Condition", id, &body, &(struct record_if){ .none_exists = true }, &done, p);
		buf_done(&body);
	}
	if (rc == RC_OK)
		care_answer(out, "problem", who.item.rid, id, found);
	return rc;
}

static void put_state(struct jw *w, struct str how)
{
	bool error = str_eq(how, "entered-in-error"), back = str_eq(how, "recurrence");
	/* R4, con-3 and con-5: an error of entry has no clinical status, anything else of the list has one */
	if (!error)
		compose_concept(w, "clinicalStatus", CLINICAL, back ? STR("recurrence") : str_eq(how, "resolved") ? STR("resolved") : STR("inactive"), STR_NONE, STR_NONE);
	compose_concept(w, "verificationStatus", VERIFICATION, error || str_eq(how, "refuted") ? how : STR("confirmed"), STR_NONE, STR_NONE);
}

/* Over since a day that is typed, by this act alone; R4, con-4: what came back has no end. */
static enum rc abated(const struct act_ctx *x, struct str how, const struct care_patient *who, char on[11], struct problem *p)
{
	struct str typed = str_trim(args_get(x->args, "on"));
	on[0] = '\0';
	return typed.n && str_eq(how, "resolved") ? since_good(x, who, "on", typed, on, p) : RC_OK;
}

/*
 * "problem_end": id, version (that was looked at), how (resolved, with on: since when; refuted, entered-in-error; recurrence: what was over is there again) → set "problem": id. PRECONDITION: changed
 * meanwhile; CONFLICT CARE_STRUCK: it ended already, or stands where it is said to be back.
 */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	static const char *const STATES[] = { "clinicalStatus", "verificationStatus", "abatementDateTime", "abatementAge", "abatementPeriod", "abatementRange", "abatementString", NULL };
	static const char *const KEPT[] = { "clinicalStatus", "verificationStatus", NULL };
	struct care_patient who;
	struct record_done done;
	struct item it;
	struct jw w;
	struct buf body;
	char on[11] = "";
	bool found = false;
	struct str how = args_get(x->args, "how");
	bool back = str_eq(how, "recurrence");
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "Condition", args_get(x->args, "id"), &found, &it, p);
	if (rc == RC_OK && (!found || it.patient == 0 || merge_kept(x->db, it.patient) != merge_kept(x->db, who.item.rid)))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no such problem of this patient");
	if (rc == RC_OK && it.version != care_arg(x->args, "version"))
		rc = problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, "version", "version %u is current", it.version);
	if (rc == RC_OK && (back ? !is_over(it.body) || is_refuted(it.body) : is_over(it.body) && !(str_eq(how, "entered-in-error") && !is_refuted(it.body))))
		rc = problem_set(p, RC_CONFLICT, WHY_CARE_STRUCK, "how", "not in that state");
	if (rc == RC_OK)
		rc = abated(x, how, &who, on, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&body, 1u << 20);
	jw_init(&w, &body);
	jw_object(&w);
	compose_keep(&w, it.body, back || on[0] ? STATES : KEPT);
	put_state(&w, how);
	if (on[0])
		jw_member(&w, "abatementDateTime", str_of(on));
	jw_end(&w, '}');
	rc = compose_put(x, "Condition", it.id, &body, &(struct record_if){ .has_version = true, .version = it.version }, &done, p);
	buf_done(&body);
	if (rc == RC_OK)
		care_answer(out, "problem", it.patient, it.id, false);
	return rc;
}

/* ---- reading ---- */

/*
 * "problems": patient → set "problem_list", what was recorded last first: id, version, label, code, history, over, struck (an error of entry), refuted, unsure (flags), back (flag: it was over and came
 * again), onset_at or onset_on, ended_at or ended_on, recorded_at or recorded_on, note, by_name; set "problem_more": a row where there are more than are shown.
 */
static enum rc problems_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct care_patient who;
	struct items s;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	if (rc == RC_OK)
		rc = conditions(v->db, v->arena, who.item.id, &s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "problem_list");
	for (size_t i = 0; i < s.n; i++) {
		const struct json *c = s.at[i].body, *status = json_get(c, "verificationStatus");
		rows_row(out);
		rows_patient(out, who.item.rid, TIER_CLINICAL);
		rows_col(out, "id", s.at[i].id);
		rows_col_i64(out, "version", s.at[i].version);
		col_display(out, "label", json_get(c, "code"));
		col(out, "code", code_of(c));
		col_flag(out, "history", problem_is_history(c));
		col_flag(out, "over", is_over(c));
		col_flag(out, "struck", is_error(c));
		col_flag(out, "refuted", is_refuted(c));
		col_flag(out, "unsure", has_code(status, STR_NONE, STR("provisional")) || has_code(status, STR_NONE, STR("differential")) || has_code(status, STR_NONE, STR("unconfirmed")));
		col_flag(out, "back", has_code(json_get(c, "clinicalStatus"), STR_NONE, STR("recurrence")) || has_code(json_get(c, "clinicalStatus"), STR_NONE, STR("relapse")));
		col_when(out, "onset_at", "onset_on", json_get_text(c, "onsetDateTime"));
		col_when(out, "ended_at", "ended_on", json_get_text(c, "abatementDateTime"));
		col_when(out, "recorded_at", "recorded_on", json_get_text(c, "recordedDate"));
		col(out, "note", json_get_text(json_at(json_get(c, "note"), 0), "text"));
		col(out, "by_name", name_ref(&names, json_get(c, "recorder")));
	}
	rows_set(out, "problem_more");
	if (s.more) {
		rows_row(out);
		rows_patient(out, who.item.rid, TIER_CLINICAL);
		rows_col_i64(out, "shown", (int64_t)s.n);
	}
	return arena_rc(v->arena, p);
}

static const struct choice ENDS[] = { { "resolved", "" }, { "refuted", "" }, { "entered-in-error", "" }, { "recurrence", "" }, { NULL, NULL } };
static const struct field ADD_FIELDS[] = {
	PATIENT_FIELD, CARE_ONCE_FIELD,
	{ .name = "label",   .label = "Problem", .kind = FIELD_TEXT,  .min = 2, .max = 200 },
	{ .name = "code",    .label = "CIM-10",  .kind = FIELD_TOKEN, .max = CODE_MOST },
	{ .name = "history", .label = "History", .kind = FIELD_FLAG },
	{ .name = "unsure",  .label = "Not confirmed", .kind = FIELD_FLAG },
	{ .name = "since",   .label = "Since",   .kind = FIELD_TEXT,  .max = 10 },
	{ .name = "note",    .label = "Note",    .kind = FIELD_TEXT,  .max = 500 },
	FIELDS_END,
};
static const struct field END_FIELDS[] = {
	PATIENT_FIELD, CARE_STRIKE_FIELDS,
	{ .name = "how", .label = "How",       .kind = FIELD_CODE, .required = true, .choices = ENDS },
	{ .name = "on",  .label = "Over since", .kind = FIELD_TEXT, .max = 10 },
	FIELDS_END,
};
const struct view problem_views[] = {
	{ .name = "problems", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = problems_view },
	{ .name = NULL },
};
const struct act problem_acts[] = {
	{ .name = "problem_add", .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = ADD_FIELDS, .run = add_run },
	{ .name = "problem_end", .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = END_FIELDS, .run = end_run },
	{ .name = NULL },
};
