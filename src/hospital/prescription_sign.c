/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription_sign.c: one signature: all lines of a basket become orders of the record, in one transaction, after everything was checked again on the writer. Must
 * never sign what the prescriber has not seen checked, sign twice, nor go on against an alert without its reason. Called by the gate through the rows at the end.
 * Start at sign_run.
 */
#include "hospital/prescription.h"

#include "hospital/compose.h"
#include "hospital/discharge.h"
#include "hospital/matters.h"

/* Why a prescriber goes on against an alert; each is stored, and counted by rule. */
static const struct choice REASONS[] = {
	{ "benefit",   "The benefit outweighs the risk" }, { "monitored", "Watched: laboratory or clinical follow-up is ordered" }, { "tolerated", "Known and tolerated before" },
	{ "adapted",   "Dose or times were adapted" },     { "no_other",  "No alternative" },                                   { "not_so",    "The alert does not apply to this person" },
	{ NULL, NULL } };

struct signing { struct act_ctx *x; struct orders *o; struct order_checked k; struct stay stay; struct str patient, reason, visit; /* the encounter of a consultation that lasts; empty: none */ int64_t patient_rid; struct buf body; bool urgent; };

static enum rc not_so(struct problem *p, enum rc rc, enum why why, const char *field)
{
	return problem_set(p, rc, why, field, "basket");
}

/* ---- may it be signed? ---- */

static enum rc lines_are_good(struct signing *g, struct problem *p)
{
	struct problem ignored;
	if (g->o->n == g->o->n_signed)
		return not_so(p, RC_BAD_INPUT, WHY_ORDER_EMPTY, "form");
	for (size_t i = g->o->n_signed; i < g->o->n; i++) {
		const struct order *o = &g->o->at[i];
		if (o->kind == ORDER_DRUG && !o->drug)
			return not_so(p, RC_BAD_INPUT, drug_base(&ignored) ? WHY_ORDER_DRUG : WHY_ORDER_NO_DRUGS, "form");
		if (o->kind == ORDER_DRUG ? !o->posology : !o->text.n)
			return not_so(p, RC_BAD_INPUT, WHY_ORDER_UNREADABLE, "form");
	}
	return RC_OK;
}

static enum rc alerts_are_answered(struct signing *g, struct problem *p)
{
	for (size_t i = 0; i < g->k.n_alerts; i++) {
		const struct order_alert *one = &g->k.alert[i];
		if (one->fresh && one->tier == ORDER_STOP)
			return not_so(p, RC_BAD_INPUT, WHY_ORDER_STOPPED, "form");
		if (one->fresh && one->tier == ORDER_INTERRUPT && !one->reason.n && !g->reason.n)
			return not_so(p, RC_BAD_INPUT, WHY_ORDER_REASON, "reason");
	}
	return RC_OK;
}

/* A consultation that lasts (HL7 v3 ActCode): a line for home names it. In a bed no encounter is named: the line is not of the discharge. */
static bool is_visit(const struct stay *s)
{
	struct str code = json_get_text(s->class_, "code");
	return s->id.n && (str_eq(code, "AMB") || str_eq(code, "VR") || str_eq(code, "HH"));
}

static enum rc look(struct signing *g, struct problem *p)
{
	struct act_ctx *x = g->x;
	enum rc rc = orders_active(x->db, x->arena, g->patient, x->now_ms, g->o, p);
	if (rc == RC_OK)
		rc = orders_basket(x->db, x->arena, x->who->account, g->patient_rid, x->now_ms, g->o, p);
	if (rc == RC_OK)
		rc = order_stay(x->db, x->arena, g->patient, x->now_ms, &g->stay, p);
	if (rc == RC_OK && is_visit(&g->stay))
		g->visit = g->stay.id;
	if (rc == RC_OK)
		rc = order_check(x->db, x->arena, g->patient, g->patient_rid, g->stay.id, x->now_ms, g->o, &g->k, p);
	if (rc == RC_OK)
		rc = lines_are_good(g, p);
	if (rc == RC_OK && !str_is(args_get(x->args, "seen"), orders_seen(x->arena, g->o, &g->k.allergies)))
		rc = not_so(p, RC_CONFLICT, WHY_ORDER_STALE, "seen");
	return rc == RC_OK ? alerts_are_answered(g, p) : rc;
}

/* ---- into the record ---- */

static void put_common(struct jw *w, const struct signing *g, const struct order *o, const char *subject)
{
	compose_ref(w, subject, "Patient", g->patient, STR_NONE);
	struct str stay = o->out ? g->visit : o->home ? o->home_of : g->stay.id;
	if (stay.n)
		compose_ref(w, "encounter", "Encounter", stay, STR_NONE);
}

static void put_note(struct jw *w, struct str note)
{
	if (!note.n)
		return;
	jw_key(w, "note");
	jw_array(w);
	jw_object(w);
	jw_member(w, "text", note);
	jw_end(w, '}');
	jw_end(w, ']');
}

static void put_medication(struct jw *w, const struct drug *d)
{
	struct buf text;
	char cis[16];
	buf_init(&text, 8000);
	order_name(&text, d);
	size_t n = 0;
	for (uint32_t v = d->cis, p10 = 10000000; p10; p10 /= 10)
		if (v / p10 || n)
			cis[n++] = (char)('0' + v / p10 % 10);
	jw_key(w, "medicationCodeableConcept");
	jw_object(w);
	jw_key(w, "coding");
	jw_array(w);
	compose_coding(w, ORDER_BDPM, (struct str){ cis, n }, d->name);
	if (d->atc.n)
		compose_coding(w, ORDER_ATC, d->atc, STR_NONE);
	jw_end(w, ']');
	jw_member(w, "text", buf_view(&text));
	jw_end(w, '}');
	buf_done(&text);
}

static bool is_urgent(const struct order *o) { return json_get_text(o->typed, "urgent").n > 0; }

static void put_extensions(struct jw *w, const struct signing *g, const struct order *o)
{
	bool unit = o->out && g->x->who->unit.n;
	if (!o->ald && !unit)
		return;
	jw_key(w, "extension");
	jw_array(w);
	if (o->ald) {
		jw_object(w);
		jw_member(w, "url", STR(ORDER_ALD));
		jw_key(w, "valueBoolean");
		jw_raw(w, STR("true"));
		jw_end(w, '}');
	}
	if (unit) {
		jw_object(w);
		jw_member(w, "url", STR(ORDER_UNIT));
		compose_ref(w, "valueReference", "Organization", g->x->who->unit, STR_NONE);
		jw_end(w, '}');
	}
	jw_end(w, ']');
}

static void put_home(struct jw *w, bool out)
{
	jw_key(w, "category");
	jw_array(w);
	compose_concept(w, NULL, ORDER_CATEGORY, out ? STR("community") : STR("outpatient"), out ? STR("Community") : STR("Outpatient"), STR_NONE);
	jw_end(w, ']');
}

static void put_supply(struct jw *w, const struct order *o)
{
	struct order_supply s;
	order_supply(o, &s);
	order_supply_write(w, &s);
}

static enum rc write_drug(struct signing *g, const struct order *o, struct problem *p)
{
	struct record_done done;
	struct jw w;
	compose_begin(&w, &g->body, "MedicationRequest", STR_NONE, NULL);
	put_extensions(&w, g, o);
	jw_member(&w, "status", STR("active"));
	jw_member(&w, "intent", STR("order"));
	if (o->home)
		put_home(&w, o->out);
	if (is_urgent(o))
		jw_member(&w, "priority", STR("urgent"));
	put_medication(&w, o->drug);
	put_common(&w, g, o, "subject");
	compose_instant(&w, "authoredOn", g->x->now_ms);
	compose_ref(&w, "requester", "Practitioner", g->x->who->practitioner, g->x->who->name);
	put_note(&w, json_get_text(o->typed, "note"));
	jw_key(&w, "dosageInstruction");
	posology_write(&w, o->posology);
	if (o->home)
		put_supply(&w, o);
	if (o->replaces.n)
		compose_ref(&w, "priorPrescription", "MedicationRequest", o->replaces, STR_NONE);
	jw_end(&w, '}');
	enum rc rc = compose_put(g->x, "MedicationRequest", STR_NONE, &g->body, NULL, &done, p);
	if (rc != RC_OK || !o->home || o->out)
		return rc;
	struct discharge_decision d = { .stay = o->home_of, .patient = g->patient_rid, .source = o->replaces, .home = str_of(done.id),
		.outcome = json_get_text(o->typed, "continues").n ? STR("continue") : o->replaces.n ? STR("change") : STR("new") };
	return discharge_decision_add(g->x, &d, p);
}

static enum rc write_service(struct signing *g, const struct order *o, struct problem *p)
{
	struct record_done done;
	struct jw w;
	compose_begin(&w, &g->body, "ServiceRequest", STR_NONE, NULL);
	jw_member(&w, "status", STR("active"));
	jw_member(&w, "intent", STR("order"));
	jw_key(&w, "category");
	jw_array(&w);
	compose_concept(&w, NULL, ORDER_KINDS, str_of(order_kind_code(o->kind)), STR_NONE, STR_NONE);
	jw_end(&w, ']');
	if (is_urgent(o))
		jw_member(&w, "priority", STR("urgent"));
	compose_concept(&w, "code", NULL, STR_NONE, STR_NONE, o->text);
	put_common(&w, g, o, "subject");
	compose_instant(&w, "authoredOn", g->x->now_ms);
	compose_ref(&w, "requester", "Practitioner", g->x->who->practitioner, g->x->who->name);
	put_note(&w, json_get_text(o->typed, "note"));
	jw_end(&w, '}');
	return compose_put(g->x, "ServiceRequest", STR_NONE, &g->body, NULL, &done, p);
}

static enum rc write_diet(struct signing *g, const struct order *o, struct problem *p)
{
	struct record_done done;
	struct jw w;
	compose_begin(&w, &g->body, "NutritionOrder", STR_NONE, NULL);
	jw_member(&w, "status", STR("active"));
	jw_member(&w, "intent", STR("order"));
	put_common(&w, g, o, "patient");
	compose_instant(&w, "dateTime", g->x->now_ms);
	compose_ref(&w, "orderer", "Practitioner", g->x->who->practitioner, g->x->who->name);
	jw_key(&w, "oralDiet");
	jw_object(&w);
	jw_key(&w, "type");
	jw_array(&w);
	compose_concept(&w, NULL, NULL, STR_NONE, STR_NONE, o->text);
	jw_end(&w, ']');
	jw_end(&w, '}');
	put_note(&w, json_get_text(o->typed, "note"));
	jw_end(&w, '}');
	return compose_put(g->x, "NutritionOrder", STR_NONE, &g->body, NULL, &done, p);
}

/* What another line takes the place of. A renewal begins where the old one ends: that one runs out by itself. */
static enum rc close_replaced(struct signing *g, const struct order *o, struct problem *p)
{
	struct record_done done;
	struct item it;
	struct order old;
	bool found = false;
	enum rc rc = item_find(g->x->db, g->x->arena, "MedicationRequest", o->replaces, &found, &it, p);
	if (rc == RC_OK && (!found || it.patient != g->patient_rid))
		rc = not_so(p, RC_CONFLICT, WHY_ORDER_STALE, "seen");
	if (rc == RC_OK)
		rc = order_of_request(g->x->arena, &it, &old, p);
	if (rc != RC_OK)
		return rc;
	if (o->out && !old.home) /* what is given in the house goes on beside it */
		return RC_OK;
	bool renews = json_get_text(o->typed, "renews").n > 0;
	if (renews && str_eq(old.status, "completed")) /* filed away meanwhile */
		return RC_OK;
	if (!str_eq(old.status, "active") && !str_eq(old.status, "on-hold"))
		return not_so(p, RC_CONFLICT, WHY_ORDER_ENDED, "form");
	if (renews)
		return old.posology && posology_end(old.posology) > g->x->now_ms ? RC_OK : order_close(g->x, &it, "completed", STR("done"), &done, p);
	return order_close(g->x, &it, "stopped", STR("changed"), &done, p);
}

static enum rc drop(struct signing *g, int64_t no, struct problem *p)
{
	struct db_stmt *s = db_stmt(g->x->db, ST_HOSPITAL_BASKET_DROP);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, g->x->who->account);
	db_bind_i64(s, 3, g->patient_rid);
	return db_run(s, p);
}

static enum rc write_lines(struct signing *g, int64_t *drugs_r, struct problem *p)
{
	enum rc rc = RC_OK;
	*drugs_r = 0;
	for (size_t i = g->o->n_signed; rc == RC_OK && i < g->o->n; i++) {
		const struct order *o = &g->o->at[i];
		rc = o->kind == ORDER_DRUG ? write_drug(g, o, p) : o->kind == ORDER_DIET ? write_diet(g, o, p) : write_service(g, o, p);
		if (rc == RC_OK && o->kind == ORDER_DRUG && o->replaces.n && (!o->home || o->out)) /* the stay's own line goes on until the stay ends */
			rc = close_replaced(g, o, p);
		if (rc == RC_OK)
			rc = drop(g, o->no, p);
		*drugs_r += o->kind == ORDER_DRUG && !o->home;
		g->urgent = g->urgent || (o->kind == ORDER_DRUG && !o->home && is_urgent(o));
	}
	return rc;
}

static enum rc keep_alerts(struct signing *g, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < g->k.n_alerts; i++) {
		const struct order_alert *one = &g->k.alert[i];
		if (one->fresh && one->tier == ORDER_INTERRUPT && !one->reason.n)
			rc = order_alert_add(g->x, g->patient_rid, g->stay.id, one, "overridden", g->reason, p);
	}
	return rc;
}

/* ---- once ---- */

static enum rc signed_before(struct act_ctx *x, int64_t patient, int64_t *lines_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ORDER_SIGNED);
	bool row = false;
	db_bind_i64(s, 1, x->who->account);
	db_bind_str(s, 2, args_get(x->args, "form"));
	enum rc rc = db_step(s, &row, p);
	*lines_r = rc == RC_OK && row ? db_i64(s, 1) : 0;
	if (rc == RC_OK && row && db_i64(s, 2) != patient)
		rc = not_so(p, RC_CONFLICT, WHY_ORDER_STALE, "form");
	db_reset(s);
	return rc;
}

static enum rc keep_signature(struct signing *g, int64_t lines, struct problem *p)
{
	struct db_stmt *s = db_stmt(g->x->db, ST_HOSPITAL_ORDER_SIGN);
	db_bind_i64(s, 1, g->x->who->account);
	db_bind_i64(s, 2, g->patient_rid);
	db_bind_str(s, 3, args_get(g->x->args, "form"));
	db_bind_i64(s, 4, g->x->now_ms);
	db_bind_i64(s, 5, lines);
	return db_run(s, p);
}

/*
 * "prescription_sign": patient, form (key of this signature), seen (of the view "order_basket"), reason → set "signed": lines, again (flag: this form was signed before, nothing was
 * written). CONFLICT ORDER_STALE: something changed since the checks were seen; ORDER_ENDED: what a line takes the place of was stopped; BAD_INPUT: ORDER_REASON, ORDER_STOPPED, ORDER_UNREADABLE, ORDER_EMPTY.
 */
static enum rc sign_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct signing g = { .x = x, .patient = args_get(x->args, "patient"), .reason = args_get(x->args, "reason"), .o = ARENA_NEW(x->arena, struct orders) };
	int64_t lines = 0, drugs = 0;
	enum rc rc = order_patient(x->db, x->args, &g.patient_rid, p);
	if (rc == RC_OK)
		rc = g.o ? signed_before(x, g.patient_rid, &lines, p) : arena_rc(x->arena, p);
	bool again = lines > 0;
	if (rc == RC_OK && !again && !x->who->practitioner.n)
		rc = not_so(p, RC_CONFLICT, WHY_ORDER_NO_NAME, "form");
	if (rc == RC_OK && !again)
		rc = look(&g, p);
	buf_init(&g.body, 65536);
	if (rc == RC_OK && !again)
		rc = write_lines(&g, &drugs, p);
	if (rc == RC_OK && !again)
		rc = keep_alerts(&g, p);
	if (rc == RC_OK && !again)
		rc = keep_signature(&g, lines = (int64_t)(g.o->n - g.o->n_signed), p);
	if (rc == RC_OK && !again)
		rc = orders_close_over(x, g.patient, p);
	if (rc == RC_OK && !again && drugs)
		rc = order_tell_pharmacy(x, g.patient_rid, g.patient, &g.stay, drugs, g.urgent, p);
	buf_done(&g.body);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "signed");
	rows_row(out);
	rows_patient(out, g.patient_rid, TIER_MASKED);
	rows_col_i64(out, "lines", lines);
	col_flag(out, "again", again);
	return RC_OK;
}

static const struct field SIGN_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID,    .required = true },
	{ .name = "form",    .label = "Form",    .kind = FIELD_TOKEN, .min = 8, .max = 100, .required = true },
	{ .name = "seen",    .label = "Seen",    .kind = FIELD_TOKEN, .min = 8, .max = 40, .required = true },
	{ .name = "reason",  .label = "Reason",  .kind = FIELD_CODE,  .choices = REASONS },
	FIELDS_END,
};

const struct act sign_acts[] = {
	{ .name = "prescription_sign", .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = SIGN_FIELDS, .run = sign_run },
	{ .name = NULL },
};
