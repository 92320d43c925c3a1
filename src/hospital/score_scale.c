/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/score_scale.c: see score_scale.h: the order of a score's second scale (as NEWS2 has one for saturation, RCP 2017), and its end. It must never be made by anybody but a
 * prescriber, nor where no signed score has a second scale. Called by score.c and by the gate through the rows at the end. Start at order_run.
 */
#include "hospital/score_scale.h"

#include "hospital/care.h"
#include "hospital/compose.h"
#include "hospital/matters.h"
#include "hospital/observation.h"

#define SYSTEM SCORE_SCALE_ORDER
#define CODE "second-scale"
#define LABEL "Seconde \xc3\xa9" "chelle du score d'alerte (saturation)"

enum rc score_scale_of(struct db_conn *c, struct arena *a, struct str patient, struct score_scale *r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { STR("code"), STR(SYSTEM "|" CODE) }, { STR("status"), STR("active") } };
	struct names names = { c, a, NULL };
	struct items s;
	*r = (struct score_scale){ .ordered = false };
	enum rc rc = items_find(c, a, "ServiceRequest", query, N_OF(query), 2, &s, p);
	if (rc != RC_OK || s.n == 0)
		return rc;
	r->ordered = true;
	r->id = s.at[0].id;
	r->version = s.at[0].version;
	r->at_ms = when_low(text_at(s.at[0].body, "authoredOn"));
	r->by_name = name_ref(&names, json_get(s.at[0].body, "requester"));
	return arena_rc(a, p);
}

static void answer(struct rows *out, int64_t patient, struct str id, bool again)
{
	rows_set(out, "scale");
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col(out, "id", id);
	col_flag(out, "again", again);
}

static void order_write(struct buf *body, const struct act_ctx *x, struct str id)
{
	struct jw w;
	compose_begin(&w, body, "ServiceRequest", id, NULL);
	jw_member(&w, "status", STR("active"));
	jw_member(&w, "intent", STR("order"));
	compose_concept(&w, "code", SYSTEM, STR(CODE), STR_NONE, STR(LABEL));
	compose_ref(&w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_instant(&w, "authoredOn", x->now_ms);
	care_who(&w, "requester", x->who);
	jw_end(&w, '}');
}

/* "score_scale_order": patient, once → set "scale": id, again. CONFLICT SCALE_ORDERED: it is already; SCALE_NONE: no score that is computed has a second scale. */
static enum rc order_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct score_scale now;
	struct item it;
	struct buf body;
	struct record_done done;
	struct str id = care_id(x, "second-scale", STR_NONE);
	bool found = false, any = false;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "ServiceRequest", id, &found, &it, p);
	if (rc == RC_OK && found) {
		answer(out, who.item.rid, id, true);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = score_has_second(x->db, x->arena, &any, p);
	if (rc == RC_OK && !any)
		rc = problem_set(p, RC_CONFLICT, WHY_SCALE_NONE, "once", "no second scale");
	if (rc == RC_OK)
		rc = score_scale_of(x->db, x->arena, who.item.id, &now, p);
	if (rc == RC_OK && now.ordered)
		rc = problem_set(p, RC_CONFLICT, WHY_SCALE_ORDERED, "once", "ordered");
	if (rc != RC_OK)
		return rc;
	buf_init(&body, 1u << 16);
	order_write(&body, x, id);
	rc = compose_put(x, "ServiceRequest", id, &body, &(struct record_if){ .none_exists = true }, &done, p);
	buf_done(&body);
	if (rc == RC_OK)
		answer(out, who.item.rid, id, false);
	return rc;
}

/* "score_scale_end": patient, version (of the order that was seen) → set "scale": id. CONFLICT SCALE_NOT_ORDERED: it is not, or another one. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	static const char *const STATES[] = { "status", NULL };
	struct care_patient who;
	struct score_scale now;
	struct item it;
	struct buf body;
	struct jw w;
	struct record_done done;
	bool found = false;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = score_scale_of(x->db, x->arena, who.item.id, &now, p);
	if (rc == RC_OK && (!now.ordered || now.version != (uint32_t)care_arg(x->args, "version")))
		rc = problem_set(p, RC_CONFLICT, WHY_SCALE_NOT_ORDERED, "version", "not that one");
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "ServiceRequest", now.id, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc == RC_OK ? problem_set(p, RC_CONFLICT, WHY_SCALE_NOT_ORDERED, "version", "gone") : rc;
	buf_init(&body, 1u << 16);
	jw_init(&w, &body);
	jw_object(&w);
	compose_keep(&w, it.body, STATES);
	jw_member(&w, "status", STR("revoked"));
	jw_end(&w, '}');
	rc = compose_put(x, "ServiceRequest", it.id, &body, &(struct record_if){ .has_version = true, .version = it.version }, &done, p);
	buf_done(&body);
	if (rc == RC_OK)
		answer(out, who.item.rid, it.id, false);
	return rc;
}

#define PATIENT_FIELD { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
static const struct field ORDER_FIELDS[] = { PATIENT_FIELD, CARE_ONCE_FIELD, FIELDS_END };
static const struct field END_FIELDS[] = { PATIENT_FIELD, { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_C(4000000000), .required = true }, FIELDS_END };

const struct act score_scale_acts[] = {
	{ .name = "score_scale_order", .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = ORDER_FIELDS, .run = order_run },
	{ .name = "score_scale_end",   .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = END_FIELDS,   .run = end_run },
	{ .name = NULL },
};
