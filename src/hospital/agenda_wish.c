/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/agenda_wish.c: the waiting list: who would come earlier than he is booked, and what is free for him now in the same calendars. Must never book anything by itself, nor name somebody:
 * the list says initials, as other days of a unit do. Called by the gate through the rows at the end. Start at waiting_view.
 */
#include "hospital/agenda.h"
#include "hospital/care.h"
#include "hospital/known.h"
#include "hospital/matters.h"
#include "hospital/merge.h"

#define WISHES 50

struct wish_row { int64_t no, from_ms, made_ms, appointment, patient, start_ms, end_ms, kind, version; uint32_t made_by; };

enum rc wish_waits(struct db_conn *c, int64_t appointment, bool *is_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_WISH_OF);
	db_bind_i64(s, 1, appointment);
	enum rc rc = db_step(s, is_r, p);
	db_reset(s);
	return rc;
}

static enum rc wishes(struct db_conn *c, struct str unit, int64_t after_ms, struct wish_row at[WISHES], unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_WISH_WAITS);
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, after_ms);
	db_bind_i64(s, 3, WISHES);
	*n_r = 0;
	while (*n_r < WISHES && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[(*n_r)++] = (struct wish_row){ .no = db_i64(s, 0), .from_ms = db_i64(s, 1), .made_ms = db_i64(s, 2), .made_by = (uint32_t)db_i64(s, 3), .appointment = db_i64(s, 4), .patient = db_i64(s, 5),
			.start_ms = db_i64(s, 6), .end_ms = db_i64(s, 7), .kind = db_i64(s, 8), .version = db_i64(s, 9) };
	db_reset(s);
	return rc;
}

enum rc wish_count(struct db_conn *c, struct str unit, int64_t after_ms, unsigned *n_r, struct problem *p)
{
	struct wish_row at[WISHES];
	return wishes(c, unit, after_ms, at, n_r, p);
}

enum rc wish_end(struct act_ctx *x, int64_t appointment, const char *state, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_WISH_END);
	db_bind_i64(s, 1, appointment);
	db_bind_str(s, 2, str_of(state));
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	return db_run(s, p);
}

/* The appointment of the form, of this patient or of a record joined to it: its unit, state and beginning. */
struct wished { int64_t no, start_ms; struct str unit, state; };
static enum rc wished(struct act_ctx *x, struct wished *w_r, struct problem *p)
{
	struct care_patient who;
	bool found = false;
	int64_t patient = 0;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_APPOINTMENT_GET);
	db_bind_i64(s, 1, (int64_t)care_arg(x->args, "no"));
	rc = db_step(s, &found, p);
	if (rc == RC_OK && found) {
		*w_r = (struct wished){ .no = db_i64(s, 0), .start_ms = db_i64(s, 5), .unit = arena_str(x->arena, db_text(s, 3)), .state = arena_str(x->arena, db_text(s, 4)) };
		patient = db_i64(s, 2);
	}
	db_reset(s);
	if (rc == RC_OK && (!found || merge_kept(x->db, patient) != merge_kept(x->db, who.item.rid)))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such appointment of this patient");
	return rc;
}

/* "appointment_wish": patient, no, from (day, not before; none: from now on). Once only: sent again it changes nothing. BAD_INPUT AGENDA_WISH: not booked, or begun. */
static enum rc wish_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct wished w;
	bool waits = false;
	int64_t from = when_low(args_get(x->args, "from"));
	(void)out;
	enum rc rc = wished(x, &w, p);
	if (rc == RC_OK && (!str_eq(w.state, "booked") || w.start_ms <= x->now_ms))
		return problem_set(p, RC_BAD_INPUT, WHY_AGENDA_WISH, "no", "not to come");
	if (rc == RC_OK)
		rc = wish_waits(x->db, w.no, &waits, p);
	if (rc != RC_OK || waits)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_WISH_ADD);
	db_bind_i64(s, 1, w.no);
	db_bind_str(s, 2, w.unit);
	db_bind_i64(s, 3, from == INT64_MIN || from < x->now_ms ? x->now_ms : from);
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	return db_run(s, p);
}

/* "appointment_wish_end": patient, no. Not waited for any more; where nothing was, nothing changes. */
static enum rc wish_end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct wished w;
	(void)out;
	enum rc rc = wished(x, &w, p);
	return rc == RC_OK ? wish_end(x, w.no, "ended", p) : rc;
}

/* The first time before the appointment at which all its calendars are free together. */
static enum rc earlier(struct view_ctx *v, const struct wish_row *w, struct agenda_slots *s_r, struct problem *p)
{
	struct agenda at[4];
	size_t n = 0;
	bool row = false, found = false;
	enum rc rc = RC_OK;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_APPOINTMENT_PLACES);
	db_bind_i64(s, 1, w->appointment);
	while (n < N_OF(at) && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++].no = db_i64(s, 0);
	db_reset(s);
	struct agenda_ask q = { .kind = w->kind, .from_ms = w->from_ms > v->now_ms ? w->from_ms : v->now_ms, .minutes = (int)((w->end_ms - w->start_ms) / AGENDA_MINUTE_MS), .until_day = agenda_day(w->start_ms) };
	struct agenda *all = arena_array(v->arena, 3 * N_OF(at), sizeof *all); /* a time that is found points to its person's */
	if (!all)
		return arena_rc(v->arena, p);
	q.people.at = all;
	q.rooms.at = all + N_OF(at);
	q.devices.at = all + 2 * N_OF(at);
	s_r->n = 0;
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rc = agenda_get(v->db, v->arena, at[i].no, &found, &at[i], p);
		struct agendas *to = str_eq(at[i].type, "Practitioner") ? &q.people : str_eq(at[i].type, "Location") ? &q.rooms : &q.devices;
		if (rc == RC_OK && found)
			to->at[to->n++] = at[i];
	}
	return rc == RC_OK && q.people.n ? agenda_find(v->db, v->arena, &q, s_r, p) : rc;
}

static enum rc waiting_row(struct view_ctx *v, struct rows *out, struct names *names, const struct wish_row *w, struct problem *p)
{
	struct agenda_slots slots = { .n = 0 };
	struct item it;
	struct traits traits;
	bool found = false;
	int64_t patient = merge_kept(v->db, w->patient);
	enum rc rc = item_by_rid(v->db, v->arena, patient, &found, &it, p);
	if (rc == RC_OK && found)
		rc = earlier(v, w, &slots, p);
	if (rc != RC_OK || !found)
		return rc;
	traits_read(&it, v->arena, &traits);
	known_beware(v->db, &traits);
	rows_row(out);
	rows_patient(out, patient, TIER_MASKED);
	traits_masked(out, &traits);
	rows_col_i64(out, "no", w->appointment);
	rows_col_i64(out, "version", w->version);
	rows_col_i64(out, "at", w->start_ms);
	rows_col_i64(out, "since_at", w->made_ms);
	if (slots.n && slots.at[0].at_ms < w->start_ms) {
		rows_col_i64(out, "free_at", slots.at[0].at_ms);
		col(out, "free_with", agenda_name(names, slots.at[0].person));
	}
	return arena_rc(v->arena, p);
}

/*
 * "agenda_waiting": of my unit, who waits longest first, at most 50. Set "waiting": id, masked, birth_year, sex, status, no, version (of the appointment), at (when
 * it is), since_at, free_at and free_with (absent: nothing earlier is free in its calendars). A search of the first free time each.
 */
static enum rc waiting_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct wish_row at[WISHES];
	unsigned n = 0;
	enum rc rc = v->who->unit.n ? wishes(v->db, v->who->unit, v->now_ms, at, &n, p) : RC_OK;
	rows_set(out, "waiting");
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = waiting_row(v, out, &names, &at[i], p);
	return rc;
}

#define OF_PATIENT { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }, { .name = "no", .label = "Appointment", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
static const struct field WISH_FIELDS[] = { OF_PATIENT, { .name = "from", .label = "Not before", .kind = FIELD_DATE }, FIELDS_END };
static const struct field WISH_END_FIELDS[] = { OF_PATIENT, FIELDS_END };

const struct view agenda_wish_views[] = {
	{ .name = "agenda_waiting", .may = MAY_BOOK, .reveals = REVEALS_WORK_LIST, .run = waiting_view },
	{ .name = NULL },
};
const struct act agenda_wish_acts[] = {
	{ .name = "appointment_wish",     .may = MAY_BOOK, .reveals = REVEALS_ONE_PATIENT, .fields = WISH_FIELDS,     .run = wish_run },
	{ .name = "appointment_wish_end", .may = MAY_BOOK, .reveals = REVEALS_ONE_PATIENT, .fields = WISH_END_FIELDS, .run = wish_end_run },
	{ .name = NULL },
};
