/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/agenda_visit.c: the visit that an appointment became, as an Encounter of class AMB (HL7 v3 ActCode) that names its Appointment: from then on its acts are captured and billed as those of a stay.
 * It is written once the appointment is over: an Encounter that runs would be a stay, in which orders are signed and with which they end. Must never take away a visit whose billing was begun.
 * Called by agenda_book.c, on the writer. Start at visit_over.
 */
#include "hospital/agenda.h"
#include "hospital/billing.h"
#include "hospital/compose.h"

#include <stdio.h>

#define ACT_CODE "http://terminology.hl7.org/CodeSystem/v3-ActCode"

static enum rc visit_find(struct act_ctx *x, const struct visit *v, bool *found_r, struct item *it_r, struct problem *p)
{
	char reference[80];
	struct items found;
	(void)snprintf(reference, sizeof reference, "Appointment/%.*s", STR_ARG(v->appointment));
	const struct pair query[] = { { STR("patient"), v->patient }, { STR("appointment"), str_of(reference) } };
	enum rc rc = items_find(x->db, x->arena, "Encounter", query, N_OF(query), 1, &found, p);
	*found_r = rc == RC_OK && found.n > 0;
	if (*found_r)
		*it_r = found.at[0];
	return rc;
}

/* From when it was booked for until now; said over on a later day, until when it was booked for. */
static void write_period(struct jw *w, const struct visit *v, int64_t now_ms)
{
	int64_t start = v->start_ms < now_ms ? v->start_ms : now_ms, end = agenda_day(now_ms) == agenda_day(start) ? now_ms : v->end_ms;
	jw_key(w, "period");
	jw_object(w);
	compose_instant(w, "start", start);
	compose_instant(w, "end", end);
	jw_end(w, '}');
}

static void write_new(struct jw *w, struct buf *body, const struct visit *v, struct names *names)
{
	compose_begin(w, body, "Encounter", STR_NONE, "fr-core-encounter");
	jw_key(w, "class");
	compose_coding(w, ACT_CODE, STR("AMB"), STR("ambulatory"));
	if (v->kind.n) {
		jw_key(w, "type");
		jw_array(w);
		compose_concept(w, NULL, NULL, STR_NONE, STR_NONE, v->kind);
		jw_end(w, ']');
	}
	compose_ref(w, "subject", "Patient", v->patient, STR_NONE);
	if (v->practitioner.n) {
		jw_key(w, "participant");
		jw_array(w);
		jw_object(w);
		compose_ref(w, "individual", "Practitioner", v->practitioner, name_of(names, "Practitioner", v->practitioner));
		jw_end(w, '}');
		jw_end(w, ']');
	}
	jw_key(w, "appointment");
	jw_array(w);
	compose_ref(w, NULL, "Appointment", v->appointment, STR_NONE);
	jw_end(w, ']');
	compose_ref(w, "serviceProvider", "Organization", v->unit, name_of(names, "Organization", v->unit));
}

static enum rc put(struct act_ctx *x, const struct visit *v, const struct item *was, const char *status, struct problem *p)
{
	struct names names = { x->db, x->arena, NULL };
	struct record_done done;
	struct buf body;
	struct jw w;
	buf_init(&body, 1u << 20);
	if (was) {
		jw_init(&w, &body);
		jw_object(&w);
		compose_keep(&w, was->body, (const char *const[]){ "status", "period", NULL });
	} else {
		write_new(&w, &body, v, &names);
	}
	jw_member(&w, "status", str_of(status));
	write_period(&w, v, x->now_ms);
	jw_end(&w, '}');
	enum rc rc = compose_put(x, "Encounter", was ? was->id : STR_NONE, &body, NULL, &done, p);
	buf_done(&body);
	return rc;
}

enum rc visit_over(struct act_ctx *x, const struct visit *v, struct problem *p)
{
	struct item was;
	bool found = false;
	enum rc rc = visit_find(x, v, &found, &was, p);
	return rc == RC_OK ? put(x, v, found ? &was : NULL, "finished", p) : rc;
}

enum rc visit_slip(struct act_ctx *x, const struct visit *v, struct problem *p)
{
	struct billing_stay stay;
	struct item was;
	bool found = false, billed = false;
	enum rc rc = visit_find(x, v, &found, &was, p);
	if (rc != RC_OK || !found)
		return rc;
	rc = billing_stay_get(x->db, x->arena, was.id, &billed, &stay, p);
	if (rc == RC_OK && billed)
		return problem_set(p, RC_CONFLICT, WHY_AGENDA_BILLED, "state", "its billing was begun");
	return rc == RC_OK ? put(x, v, &was, "entered-in-error", p) : rc;
}
