/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription_basket.c: the basket: draft lines of one prescriber for one patient, each a row of its own, so that two tabs never lose each other's, and kept
 * until signed or taken out, whatever becomes of the session. Must never show one prescriber's drafts to another, nor choose a medicine or a dose. Called by the gate through
 * the rows at the end. Start at basket_view and add_run.
 */
#include "hospital/prescription.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "hospital/discharge.h"
#include "hospital/matters.h"
#include "record/keys.h"
#include "hospital/tall_name.h"

#define TYPED_MOST 20000

/* ---- a form's fields, kept as typed ---- */

static const struct choice KINDS[] = { { "drug", "Medicine" }, { "lab", "Laboratory" }, { "imaging", "Imaging" }, { "care", "Care" }, { "diet", "Diet" }, { NULL, NULL } };
static const struct choice HOW[] = { { "moments", "At moments of the day" }, { "every", "At intervals" }, { "as_needed", "As needed" }, { "once", "Once" }, { "continuous", "Continuously" }, { NULL, NULL } };

static const struct field ADD_FIELDS[] = {
	{ .name = "patient",   .label = "Patient", .kind = FIELD_ID,    .required = true },
	{ .name = "form",      .label = "Form",    .kind = FIELD_TOKEN, .min = 8, .max = 100, .required = true },
	{ .name = "kind",      .label = "Kind",    .kind = FIELD_CODE,  .choices = KINDS, .required = true },
	{ .name = "cis",       .label = "Medicine", .kind = FIELD_INT,  .min = 1, .max = 99999999 },
	{ .name = "replaces",  .label = "Replaces", .kind = FIELD_ID },
	{ .name = "what",      .label = "Order",   .kind = FIELD_TEXT,  .max = 200 },
	{ .name = "note",      .label = "Note",    .kind = FIELD_LINES, .max = 1000 },
	{ .name = "urgent",    .label = "Urgent",  .kind = FIELD_FLAG },
	{ .name = "how",       .label = "How",     .kind = FIELD_CODE,  .choices = HOW },
	{ .name = "dose",      .label = "Dose",    .kind = FIELD_TEXT,  .max = 40 },
	{ .name = "unit",      .label = "Unit",    .kind = FIELD_TEXT,  .max = 40 },
	{ .name = "route",     .label = "Route",   .kind = FIELD_TEXT,  .max = 100 },
	{ .name = "take",      .label = "When",    .kind = FIELD_TEXT,  .max = 100 },
	{ .name = "days",      .label = "Days",    .kind = FIELD_TEXT,  .max = 60 },
	{ .name = "every",     .label = "Every",   .kind = FIELD_TEXT,  .max = 40 },
	{ .name = "gap",       .label = "At least between two", .kind = FIELD_TEXT, .max = 40 },
	{ .name = "most",      .label = "At most in 24 hours",  .kind = FIELD_TEXT, .max = 40 },
	{ .name = "rate",      .label = "Rate",    .kind = FIELD_TEXT,  .max = 40 },
	{ .name = "run",       .label = "Given over", .kind = FIELD_TEXT, .max = 40 },
	{ .name = "start",     .label = "Begins",  .kind = FIELD_TEXT,  .max = 40 },
	{ .name = "during",    .label = "During",  .kind = FIELD_TEXT,  .max = 40 },
	{ .name = "stop",      .label = "Until",   .kind = FIELD_TEXT,  .max = 40 },
	{ .name = "condition", .label = "Condition", .kind = FIELD_TEXT, .max = 200 },
	{ .name = "steps",     .label = "Then",    .kind = FIELD_LINES, .max = 1000 },
	{ .name = "home",      .label = "For home after the stay", .kind = FIELD_ID },
	{ .name = "out",       .label = "For home at once", .kind = FIELD_FLAG },
	{ .name = "ald",       .label = "Of the long illness", .kind = FIELD_FLAG },
	{ .name = "qsp",       .label = "Quantity for", .kind = FIELD_TEXT, .max = 40 },
	{ .name = "renewals",  .label = "To be renewed", .kind = FIELD_INT, .min = 0, .max = ORDER_RENEWALS_MOST },
	FIELDS_END,
};
/* What is kept of it, sealed; the others are columns. */
static const char *const KEPT[] = { "what", "note", "urgent", "how", "dose", "unit", "route", "take", "days", "every", "gap", "most", "rate", "run", "start", "during", "stop", "condition", "steps", "renews", "home", "out", "ald", "qsp", "renewals", "continues" };

static const struct drug *drug_arg(const struct args *args, struct problem *p)
{
	uint64_t cis = 0;
	const struct drugs *d = drug_base(p);
	return d && str_u64(args_get(args, "cis"), &cis) == RC_OK && cis <= UINT32_MAX ? drug_by_cis(d, (uint32_t)cis) : NULL;
}

static enum rc refuse(struct rows *issues, enum why why, const char *field, struct problem *p)
{
	rows_set(issues, "issues");
	issue_row(issues, why, field);
	return problem_set(p, RC_BAD_INPUT, why, field, "order line");
}

static const char *field_of_posology(const char *field) { return strcmp(field, "kind") == 0 ? "how" : field; }

static struct str arg_of(const void *of, const char *name) { return args_get(of, name); }

/* From a form as from a kept line: the same names. */
static void typed_of(struct str (*get)(const void *of, const char *name), const void *of, const struct drug *d, struct posology_typed *t_r)
{
	struct { const char *name; struct str *to; } at[] = { { "how", &t_r->kind }, { "dose", &t_r->dose }, { "unit", &t_r->unit }, { "route", &t_r->route }, { "take", &t_r->take }, { "days", &t_r->days },
		{ "every", &t_r->every }, { "gap", &t_r->gap }, { "most", &t_r->most }, { "rate", &t_r->rate }, { "run", &t_r->run }, { "start", &t_r->start }, { "stop", &t_r->stop }, { "during", &t_r->during },
		{ "condition", &t_r->condition }, { "steps", &t_r->steps } };
	for (size_t i = 0; i < N_OF(at); i++)
		*at[i].to = get(of, at[i].name);
	if (!t_r->route.n && d && d->routes.n && !memchr(d->routes.p, ';', d->routes.n))
		t_r->route = d->routes; /* the only one that it has */
}

static struct str member_of(const void *of, const char *name) { return json_get_text(of, name); }

void order_typed(const struct json *typed, const struct drug *d, struct posology_typed *t_r)
{
	typed_of(member_of, typed, d, t_r);
}

static enum rc add_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	enum order_kind kind = order_kind_of(args_get(v->args, "kind"));
	struct posology_bad bad[POSOLOGY_BAD];
	struct posology_typed typed;
	struct posology read;
	unsigned n = 0;
	int32_t qsp_days;
	*prepared_r = NULL;
	if (kind != ORDER_DRUG)
		return str_trim(args_get(v->args, "what")).n ? RC_OK : refuse(issues, WHY_FIELD_REQUIRED, "what", p);
	const struct drug *d = drug_arg(v->args, p);
	if (!d)
		return refuse(issues, p->why == WHY_NO_DATA ? WHY_ORDER_NO_DRUGS : WHY_ORDER_DRUG, "cis", p);
	typed_of(arg_of, v->args, d, &typed);
	posology_type(&typed, v->now_ms, &read, bad, &n);
	rows_set(issues, "issues");
	if (d->routes.n && !typed.route.n) { /* several, none said */
		issue_row(issues, WHY_FIELD_REQUIRED, "route");
		if (!n)
			return problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "route", "order line");
	}
	for (unsigned i = 0; i < n; i++)
		issue_row(issues, bad[i].why, field_of_posology(bad[i].field));
	if (!posology_days_typed(args_get(v->args, "qsp"), &qsp_days)) {
		issue_row(issues, WHY_ORDER_QSP, "qsp");
		if (!n)
			return problem_set(p, RC_BAD_INPUT, WHY_ORDER_QSP, "qsp", "order line");
	}
	return n ? problem_set(p, RC_BAD_INPUT, bad[0].why, field_of_posology(bad[0].field), "order line") : RC_OK;
}

/* ---- rows ---- */

static enum rc line_of_form(struct db_conn *c, uint32_t account, int64_t patient, struct str form, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BASKET_FORM);
	bool row = false;
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, patient);
	db_bind_str(s, 3, form);
	enum rc rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

static enum rc basket_count(struct db_conn *c, uint32_t account, int64_t patient, int64_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BASKET_COUNT);
	bool row = false;
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, patient);
	enum rc rc = db_step(s, &row, p);
	*n_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

enum rc order_line_add(struct act_ctx *x, int64_t patient, const struct order_line *l, int64_t *no_r, struct problem *p)
{
	int64_t n = 0;
	enum rc rc = line_of_form(x->db, x->who->account, patient, l->form, no_r, p);
	if (rc != RC_OK || *no_r)
		return rc;
	rc = basket_count(x->db, x->who->account, patient, &n, p);
	if (rc == RC_OK && n >= ORDERS_MOST)
		rc = problem_set(p, RC_LIMIT, WHY_ORDER_FULL, "form", "%d lines", ORDERS_MOST);
	struct buf sealed;
	buf_init(&sealed, TYPED_MOST + 1000);
	if (rc == RC_OK)
		rc = keys_seal(x->db, patient, (struct keys_bound){ SEALS_BASKET, x->now_ms, keys_house_hash(l->form) }, l->typed, &sealed, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BASKET_ADD);
		db_bind_i64(s, 1, x->who->account);
		db_bind_i64(s, 2, patient);
		db_bind_str(s, 3, l->form);
		db_bind_str(s, 4, str_of(order_kind_code(l->kind)));
		if (l->kind == ORDER_DRUG)
			db_bind_i64(s, 5, l->cis);
		else
			db_bind_null(s, 5);
		db_bind_str(s, 6, l->replaces.n ? l->replaces : STR_NONE);
		db_bind_i64(s, 7, x->now_ms);
		db_bind_blob(s, 8, buf_view(&sealed));
		rc = db_run(s, p);
		*no_r = rc == RC_OK ? db_last_rowid(x->db) : 0;
	}
	buf_done(&sealed);
	return rc;
}

static void answer_line(struct rows *out, int64_t patient, int64_t no)
{
	rows_set(out, "line");
	rows_row(out);
	rows_patient(out, patient, TIER_MASKED);
	rows_col_i64(out, "no", no);
}

/* Is it a current prescription of this patient? */
static enum rc replaced(struct act_ctx *x, int64_t patient, struct str id, struct problem *p)
{
	struct item it;
	bool found = false;
	enum rc rc = item_find(x->db, x->arena, "MedicationRequest", id, &found, &it, p);
	if (rc == RC_OK && (!found || it.patient != patient))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "replaces", "no such prescription of this patient");
	struct str status = rc == RC_OK ? json_get_text(it.body, "status") : STR_NONE;
	return rc != RC_OK || str_eq(status, "active") || str_eq(status, "on-hold") ? rc : problem_set(p, RC_CONFLICT, WHY_ORDER_ENDED, "replaces", "ended already");
}

/* "order_add": patient, form (a key of this form, that makes a second sending add nothing), kind, and the fields of the line → set "line": no. */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t patient = 0, no = 0;
	struct order_line l = { .form = args_get(x->args, "form"), .replaces = args_get(x->args, "replaces"), .kind = order_kind_of(args_get(x->args, "kind")) };
	uint64_t cis = 0;
	struct buf typed;
	struct jw w;
	enum rc rc = order_patient(x->db, x->args, &patient, p);
	struct str home = args_get(x->args, "home");
	bool out_now = args_get(x->args, "out").n > 0;
	if (rc == RC_OK && home.n && out_now)
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "out", "after a stay and outside of one");
	if (rc == RC_OK && home.n)
		rc = discharge_stay(x->db, x->arena, patient, home, NULL, p);
	if (rc == RC_OK && l.replaces.n && !home.n) /* what is for home may follow a line that ended with the stay */
		rc = replaced(x, patient, l.replaces, p);
	if (l.kind == ORDER_DRUG && str_u64(args_get(x->args, "cis"), &cis) == RC_OK)
		l.cis = (int64_t)cis;
	if (l.kind != ORDER_DRUG)
		l.replaces = STR_NONE;
	buf_init(&typed, TYPED_MOST);
	jw_init(&w, &typed);
	jw_object(&w);
	for (size_t i = 0; i < N_OF(KEPT); i++)
		if (args_get(x->args, KEPT[i]).n)
			jw_member(&w, KEPT[i], args_get(x->args, KEPT[i]));
	jw_end(&w, '}');
	l.typed = buf_view(&typed);
	if (rc == RC_OK)
		rc = buf_rc(&typed, p);
	if (rc == RC_OK)
		rc = order_line_add(x, patient, &l, &no, p);
	buf_done(&typed);
	if (rc == RC_OK)
		answer_line(out, patient, no);
	return rc;
}

/* ---- out of the basket ---- */

static const struct field DROP_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID,  .required = true },
	{ .name = "no",      .label = "Line",    .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	FIELDS_END,
};

static enum rc heeded(struct act_ctx *x, int64_t patient, int64_t no, struct problem *p)
{
	struct orders *o = ARENA_NEW(x->arena, struct orders);
	struct order_checked k;
	struct stay s;
	enum rc rc = o ? orders_active(x->db, x->arena, args_get(x->args, "patient"), x->now_ms, o, p) : arena_rc(x->arena, p);
	if (rc == RC_OK)
		rc = orders_basket(x->db, x->arena, x->who->account, patient, x->now_ms, o, p);
	if (rc == RC_OK)
		rc = order_stay(x->db, x->arena, args_get(x->args, "patient"), x->now_ms, &s, p);
	if (rc == RC_OK)
		rc = order_check(x->db, x->arena, args_get(x->args, "patient"), patient, s.id, x->now_ms, o, &k, p);
	for (size_t i = 0; rc == RC_OK && i < k.n_alerts; i++) {
		const struct order_alert *one = &k.alert[i];
		bool of_line = (one->a >= o->n_signed && o->at[one->a].no == no) || (one->b >= o->n_signed && o->at[one->b].no == no);
		if (of_line && one->tier >= ORDER_INTERRUPT && !one->reason.n)
			rc = order_alert_add(x, patient, s.id, one, "heeded", STR(""), p);
	}
	return rc;
}

enum rc order_alert_add(struct act_ctx *x, int64_t patient, struct str stay, const struct order_alert *one, const char *outcome, struct str reason, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ORDER_ALERT_ADD);
	db_bind_i64(s, 1, patient);
	db_bind_str(s, 2, stay.n ? stay : STR(""));
	db_bind_str(s, 3, str_of(one->rule));
	db_bind_str(s, 4, one->about);
	db_bind_i64(s, 5, one->tier);
	db_bind_str(s, 6, str_of(outcome));
	db_bind_str(s, 7, reason.n ? reason : STR(""));
	db_bind_i64(s, 8, x->who->account);
	db_bind_i64(s, 9, x->now_ms);
	return db_run(s, p);
}

/* "order_drop": patient, no → set "line": no. Of one's own basket only; gone already: nothing. Alerts that it had count as heeded. */
static enum rc drop_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t patient = 0;
	uint64_t no = 0;
	if (str_u64(args_get(x->args, "no"), &no) != RC_OK)
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "no", "no number");
	enum rc rc = order_patient(x->db, x->args, &patient, p);
	if (rc == RC_OK)
		rc = heeded(x, patient, (int64_t)no, p);
	if (rc == RC_OK || rc == RC_LIMIT) { /* an unreadable basket can still be emptied */
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BASKET_DROP);
		db_bind_i64(s, 1, (int64_t)no);
		db_bind_i64(s, 2, x->who->account);
		db_bind_i64(s, 3, patient);
		rc = db_run(s, p);
	}
	if (rc == RC_OK)
		answer_line(out, patient, (int64_t)no);
	return rc;
}

/* ---- as it could be typed again ---- */

static void member_length(struct jw *w, const char *name, int32_t minutes)
{
	char text[24];
	if (minutes <= 0)
		return;
	snprintf(text, sizeof text, minutes % 1440 == 0 ? "%d j" : minutes % 60 == 0 ? "%d h" : "%d min", (int)(minutes % 1440 == 0 ? minutes / 1440 : minutes % 60 == 0 ? minutes / 60 : minutes));
	jw_member(w, name, str_of(text));
}

static void member_number(struct jw *w, const char *name, struct decimal d, const char *unit)
{
	struct buf b;
	if (!d.coefficient)
		return;
	buf_init(&b, 200);
	buf_decimal(&b, d);
	if (unit)
		buf_fmt(&b, " %s", unit);
	jw_member(w, name, buf_view(&b));
	buf_done(&b);
}

/* Moments and doses as one field: codes and clock times where the dose is the same, else "2-0-1-0". False: there is no such way to type it. */
static bool put_takes(struct buf *b, const struct posology_step *s, bool *same_r)
{
	static const enum posology_moment AT[] = { MOMENT_MORN, MOMENT_NOON, MOMENT_EVE, MOMENT_HS };
	bool same = true;
	for (unsigned i = 1; i < s->n_takes; i++)
		same = same && decimal_cmp(s->take[i].dose, s->take[0].dose) == 0;
	*same_r = same;
	for (unsigned i = 0; same && i < s->n_takes; i++) {
		if (s->take[i].at == MOMENT_CLOCK)
			buf_fmt(b, "%s%dh%02d", i ? " " : "", s->take[i].minute / 60, s->take[i].minute % 60);
		else
			buf_fmt(b, "%s%s", i ? " " : "", posology_moment_code(s->take[i].at));
	}
	unsigned placed = 0;
	for (size_t k = 0; !same && k < N_OF(AT); k++) {
		struct decimal dose = { 0 };
		for (unsigned i = 0; i < s->n_takes; i++)
			if (s->take[i].at == AT[k]) {
				dose = s->take[i].dose;
				placed++;
			}
		if (k)
			buf_ch(b, '-');
		buf_decimal(b, dose);
	}
	return same || placed == s->n_takes;
}

static bool put_stages(struct buf *b, const struct posology *q)
{
	for (unsigned i = 1; i < q->n_steps; i++) {
		const struct posology_step *s = &q->step[i];
		bool same;
		if (s->kind != POSOLOGY_MOMENTS || s->every_days != 1 || s->week_days || s->rate.coefficient || s->run_min)
			return false;
		struct buf when;
		buf_init(&when, 400);
		bool typed = put_takes(&when, s, &same);
		if (same) {
			buf_decimal(b, s->take[0].dose);
			buf_ch(b, ' ');
		}
		buf_str(b, buf_view(&when));
		buf_done(&when);
		if (!typed)
			return false;
		if (s->for_days)
			buf_fmt(b, " pendant %d j", (int)s->for_days);
		else if (s->for_min)
			buf_fmt(b, " pendant %d min", (int)s->for_min);
		buf_ch(b, '\n');
	}
	return true;
}

bool order_typed_again(struct jw *w, const struct posology *q, struct str start)
{
	static const char *const CODES[] = { "", "once", "moments", "every", "as_needed", "continuous" };
	const struct posology_step *s = &q->step[0];
	struct buf when, stages;
	bool same = true, typed = true;
	buf_init(&when, 400);
	buf_init(&stages, 4000);
	jw_member(w, "how", str_of(CODES[s->kind]));
	if (s->kind == POSOLOGY_MOMENTS) {
		typed = put_takes(&when, s, &same) && s->every_days >= 1;
		jw_member(w, "take", buf_view(&when));
		if (s->every_days > 1) {
			jw_key(w, "days");
			char days[12];
			snprintf(days, sizeof days, "%u", s->every_days);
			jw_z(w, days);
		}
		typed = typed && !(s->every_days > 1 && s->week_days);
		static const char *const WEEK[7] = { "lun ", "mar ", "mer ", "jeu ", "ven ", "sam ", "dim " };
		char week[40] = "";
		size_t n = 0;
		for (unsigned d = 0; d < 7; d++)
			if (s->week_days >> d & 1) {
				memcpy(week + n, WEEK[d], 4);
				n += 4;
			}
		if (n && s->every_days == 1)
			jw_member(w, "days", (struct str){ week, n - 1 });
	}
	member_number(w, "dose", s->kind == POSOLOGY_MOMENTS ? (same ? s->take[0].dose : (struct decimal){ 0 }) : s->dose, NULL);
	if (q->unit)
		jw_member(w, "unit", str_of(q->unit));
	if (q->route.n)
		jw_member(w, "route", q->route);
	if (q->condition.n)
		jw_member(w, "condition", q->condition);
	if (s->kind == POSOLOGY_EVERY)
		member_length(w, "every", s->every_min);
	member_length(w, "gap", s->kind == POSOLOGY_AS_NEEDED ? s->gap_min : 0);
	member_number(w, "most", s->day_most, NULL);
	member_number(w, "rate", s->rate, s->rate_unit);
	member_length(w, "run", s->run_min);
	member_length(w, "during", s->for_days ? s->for_days * 1440 : s->for_min);
	if (start.n)
		jw_member(w, "start", start);
	typed = put_stages(&stages, q) && typed;
	if (stages.n)
		jw_member(w, "steps", buf_view(&stages));
	buf_done(&when);
	buf_done(&stages);
	return typed;
}

/* ---- renewal ---- */

static const struct field PATIENT_FIELDS[] = { { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }, FIELDS_END };

static enum rc renew_one(struct act_ctx *x, int64_t patient, const struct order *o, bool *done_r, struct problem *p)
{
	int64_t end = posology_end(o->posology), no;
	struct civil c = civil_paris(end);
	char start[40] = "", form[120];
	struct buf typed;
	struct jw w;
	enum rc rc = RC_OK;
	if (end > x->now_ms)
		snprintf(start, sizeof start, "%02d/%02d/%04d %dh%02d", c.day, c.month, c.year, c.hour, c.minute);
	snprintf(form, sizeof form, "renew-%.*s-%u", STR_ARG(o->id), o->version);
	buf_init(&typed, TYPED_MOST);
	jw_init(&w, &typed);
	jw_object(&w);
	*done_r = order_typed_again(&w, o->posology, str_of(start));
	jw_member(&w, "renews", STR("1"));
	jw_end(&w, '}');
	struct order_line l = { .form = str_of(form), .replaces = o->id, .typed = buf_view(&typed), .kind = ORDER_DRUG, .cis = o->cis };
	if (*done_r)
		rc = buf_rc(&typed, p);
	if (*done_r && rc == RC_OK)
		rc = order_line_add(x, patient, &l, &no, p);
	buf_done(&typed);
	return rc;
}

/*
 * "order_renew": patient → set "renewed": n, left (lines that have an end and must be written by hand). Each current medicine that has an end comes into the basket once more,
 * with the same posology, beginning where it ends; the signature is the second action. Twice the same adds nothing.
 */
static enum rc renew_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t patient = 0, n = 0, left = 0;
	struct orders *o = ARENA_NEW(x->arena, struct orders);
	enum rc rc = order_patient(x->db, x->args, &patient, p);
	if (rc == RC_OK)
		rc = o ? orders_active(x->db, x->arena, args_get(x->args, "patient"), x->now_ms, o, p) : arena_rc(x->arena, p);
	for (size_t i = 0; rc == RC_OK && i < o->n; i++) {
		bool done = false;
		if (o->at[i].home || (o->at[i].posology && posology_end(o->at[i].posology) == INT64_MAX))
			continue;
		if (o->at[i].drug && o->at[i].posology && o->at[i].posology->step[0].kind != POSOLOGY_ONCE)
			rc = renew_one(x, patient, &o->at[i], &done, p);
		n += done;
		left += !done;
	}
	if (rc != RC_OK)
		return rc;
	rows_set(out, "renewed");
	rows_row(out);
	rows_patient(out, patient, TIER_MASKED);
	rows_col_i64(out, "n", n);
	rows_col_i64(out, "left", left);
	return RC_OK;
}

/* ---- the basket as the page shows it ---- */

static void row_line(struct rows *out, const struct order *o, int64_t patient)
{
	struct buf b;
	buf_init(&b, 4000);
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col_i64(out, "no", o->no);
	col_z(out, "kind", order_kind_code(o->kind));
	if (o->drug) {
		col_medicine(out, "dci", o->drug->dci);
		col_medicine(out, "name", o->drug->name);
	}
	if (o->cis)
		rows_col_i64(out, "cis", o->cis);
	if (o->posology)
		posology_text(&b, o->posology, true);
	col(out, "dosage", buf_view(&b));
	if (o->posology)
		rows_col_i64(out, "start_at", o->posology->start_ms);
	if (o->posology && posology_end(o->posology) != INT64_MAX)
		rows_col_i64(out, "end_at", posology_end(o->posology));
	col_flag(out, "unreadable", o->kind == ORDER_DRUG && (!o->posology || !o->drug));
	col(out, "what", json_get_text(o->typed, "what"));
	col(out, "note", json_get_text(o->typed, "note"));
	col(out, "urgent", json_get_text(o->typed, "urgent"));
	col(out, "replaces", o->replaces);
	col_flag(out, "home", o->home);
	col_flag(out, "out", o->out);
	col_flag(out, "ald", o->ald);
	buf_reset(&b);
	if (o->home) {
		struct order_supply supply;
		order_supply(o, &supply);
		order_supply_text(&b, &supply, false);
	}
	col(out, "supply", buf_view(&b));
	col(out, "renews", json_get_text(o->typed, "renews"));
	buf_done(&b);
}

/* The fields by which a prescription that stands could be typed again. */
static enum rc rows_again(struct view_ctx *v, struct rows *out, int64_t patient, struct problem *p)
{
	struct str id = args_get(v->args, "replaces");
	struct item it;
	struct order o;
	bool found = false;
	enum rc rc = item_find(v->db, v->arena, "MedicationRequest", id, &found, &it, p);
	if (rc != RC_OK || !found || it.patient != patient)
		return rc;
	rc = order_of_request(v->arena, &it, &o, p);
	if (rc != RC_OK || !o.posology)
		return rc;
	struct buf b;
	struct jw w;
	struct order_supply supply;
	const struct json *typed = NULL;
	buf_init(&b, TYPED_MOST);
	jw_init(&w, &b);
	jw_object(&w);
	(void)order_typed_again(&w, o.posology, STR_NONE);
	order_supply(&o, &supply);
	if (supply.qsp_days)
		member_length(&w, "qsp", supply.qsp_days * 1440);
	if (supply.renewals) {
		char digits[12];
		snprintf(digits, sizeof digits, "%d", (int)supply.renewals);
		jw_member(&w, "renewals", str_of(digits));
	}
	jw_end(&w, '}');
	rc = buf_rc(&b, p);
	if (rc == RC_OK)
		rc = json_parse(arena_str(v->arena, buf_view(&b)), v->arena, &typed, p);
	buf_done(&b);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	if (o.cis)
		rows_col_i64(out, "cis", o.cis);
	for (size_t i = 0; i < N_OF(KEPT); i++)
		col(out, KEPT[i], json_get_text(typed, KEPT[i]));
	return RC_OK;
}

/*
 * "order_basket": patient, replaces (optional: a prescription to be written again). Set "lines" (one's own drafts): no, kind, dci, name, cis, dosage, start_at, end_at, unreadable
 * (flag), what, note, urgent, replaces, home, out, ald (flags; out: for home at once), supply (how much of it, French), renews (flags "1"); set "basket": form (a key for the next form), seen (what the signature must say again), stay (flag: present), signed (how
 * many stand); set "units": code, label; set "again": the fields of the replaced one; sets "alerts": tier, rule, a, b, line, line_b, about, level, levels, what, other, why, advice, source, edition_on, derived, fresh,
 * reason, reason_at; "unrun": check, because, of, what.
 */
static enum rc basket_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct str patient = args_get(v->args, "patient");
	int64_t patient_rid = 0;
	struct orders *o = ARENA_NEW(v->arena, struct orders);
	struct order_checked k;
	struct stay s;
	unsigned char key[12];
	char form[2 * sizeof key + 1];
	enum rc rc = order_patient(v->db, v->args, &patient_rid, p);
	if (rc == RC_OK)
		rc = o ? orders_active(v->db, v->arena, patient, v->now_ms, o, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = orders_basket(v->db, v->arena, v->who->account, patient_rid, v->now_ms, o, p);
	if (rc == RC_OK)
		rc = order_stay(v->db, v->arena, patient, v->now_ms, &s, p);
	if (rc == RC_OK)
		rc = order_check(v->db, v->arena, patient, patient_rid, s.id, v->now_ms, o, &k, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "lines");
	for (size_t i = o->n_signed; i < o->n; i++)
		row_line(out, &o->at[i], patient_rid);
	random_bytes(key, sizeof key);
	for (size_t i = 0; i < sizeof key; i++)
		snprintf(form + 2 * i, 3, "%02x", key[i]);
	rows_set(out, "basket");
	rows_row(out);
	rows_patient(out, patient_rid, TIER_CLINICAL);
	rows_col(out, "form", str_of(form));
	rows_col(out, "seen", orders_seen(v->arena, o, &k.allergies));
	col_flag(out, "stay", s.id.n > 0);
	rows_col_i64(out, "signed", (int64_t)o->n_signed);
	rows_set(out, "units");
	for (const struct posology_unit *u = posology_units; u->ucum; u++)
		if (!u->rate) {
			rows_row(out);
			col_z(out, "code", u->ucum);
			col_z(out, "label", u->one);
		}
	rows_set(out, "again");
	if (args_get(v->args, "replaces").n)
		rc = rows_again(v, out, patient_rid, p);
	order_checked_rows(out, o, &k, patient_rid);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "order_checks": patient. What is checked about the prescriptions that stand. Sets "alerts", "unrun" as above. */
static enum rc checks_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct str patient = args_get(v->args, "patient");
	int64_t patient_rid = 0;
	struct orders *o = ARENA_NEW(v->arena, struct orders);
	struct order_checked k;
	struct stay s;
	enum rc rc = order_patient(v->db, v->args, &patient_rid, p);
	if (rc == RC_OK)
		rc = o ? orders_active(v->db, v->arena, patient, v->now_ms, o, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = order_stay(v->db, v->arena, patient, v->now_ms, &s, p);
	if (rc == RC_OK)
		rc = order_check(v->db, v->arena, patient, patient_rid, s.id, v->now_ms, o, &k, p);
	if (rc == RC_OK)
		order_checked_rows(out, o, &k, patient_rid);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

const struct view basket_views[] = {
	{ .name = "order_basket", .may = MAY_PRESCRIBE,  .reveals = REVEALS_ONE_PATIENT, .run = basket_view },
	{ .name = "order_checks", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = checks_view },
	{ .name = NULL },
};
const struct act basket_acts[] = {
	{ .name = "order_add",   .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = ADD_FIELDS,     .prepare = add_prepare, .run = add_run },
	{ .name = "order_drop",  .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = DROP_FIELDS,    .run = drop_run },
	{ .name = "order_renew", .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = PATIENT_FIELDS, .run = renew_run },
	{ .name = NULL },
};
