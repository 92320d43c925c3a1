/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/agenda_book.c: appointments of a person: the first free times, booking over several calendars at once, moving, cancelling, arrival, no-show. Each is one version of
 * the FHIR Appointment and what it takes of its calendars, in one transaction. Must never take a time twice but where it is booked over with a reason, nor take one of several calendars alone,
 * nor do one request twice. Called by the gate through the rows at the end. Start at book_run.
 */
#include "base/clock.h"
#include "hospital/agenda.h"
#include "hospital/care.h"
#include "hospital/matters.h"
#include "hospital/merge.h"

#include <stdio.h>
#include <string.h>

#define SLACK_MS (15 * AGENDA_MINUTE_MS)        /* somebody who comes without an appointment is booked for now */
#define AHEAD_MS (732 * CARE_DAY_MS)
#define LIST_MAX 60
#define ACTORS   3                              /* person, room, device */

struct meeting { int64_t no, resource, patient, start_ms, end_ms, kind, version; struct str unit, state, over, reason; };
struct wish {
	struct act_ctx *x;
	struct care_patient who;
	struct agenda at[ACTORS]; size_t n;
	struct agenda_kind kind; bool has_kind;
	int64_t start_ms, end_ms;
	struct str over;
};

/* ---- rows ---- */

static struct meeting meeting_row(struct db_stmt *s, struct arena *a)
{
	return (struct meeting){ .no = db_i64(s, 0), .resource = db_i64(s, 1), .patient = db_i64(s, 2), .unit = arena_str(a, db_text(s, 3)), .state = arena_str(a, db_text(s, 4)), .start_ms = db_i64(s, 5),
		.end_ms = db_i64(s, 6), .kind = db_i64(s, 7), .over = arena_str(a, db_text(s, 8)), .reason = arena_str(a, db_text(s, 9)), .version = db_i64(s, 10) };
}

static enum rc meeting_find(struct db_conn *c, struct arena *a, unsigned statement, int64_t key, bool *found_r, struct meeting *m_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, statement);
	*found_r = false;
	db_bind_i64(s, 1, key);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*m_r = meeting_row(s, a);
	db_reset(s);
	return rc;
}

static void tell(struct rows *out, const struct meeting *m)
{
	rows_set(out, "appointment");
	rows_row(out);
	rows_col_i64(out, "no", m->no);
	rows_col_i64(out, "at", m->start_ms);
	rows_col_i64(out, "version", m->version);
}

/* ---- rules ---- */

static bool keeps(const struct act_ctx *x, struct str unit)
{
	for (unsigned i = 0; i < x->who->n_units; i++)
		if (str_is(x->who->units[i], unit))
			return x->judge && (x->judge->may(x->who->role) & MAY_AGENDA);
	return false;
}

/* The calendars, by the fields that name them: each of its own type, at least one. */
static enum rc wish_places(struct wish *w, struct problem *p)
{
	static const struct { const char *field, *type; } AT[ACTORS] = { { "person", "Practitioner" }, { "room", "Location" }, { "device", "Device" } };
	for (size_t i = 0; i < ACTORS; i++) {
		int64_t no = (int64_t)care_arg(w->x->args, AT[i].field);
		bool found = false;
		if (!no)
			continue;
		enum rc rc = agenda_get(w->x->db, w->x->arena, no, &found, &w->at[w->n], p);
		if (rc != RC_OK)
			return rc;
		if (!found || !str_eq(w->at[w->n].type, AT[i].type))
			return problem_set(p, RC_BAD_INPUT, WHY_AGENDA_ACTOR, AT[i].field, "no such calendar");
		w->n++;
	}
	return w->n ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "person", "no calendar");
}

/* As a slot says it ("start", ms), or as typed ("day", "time"). */
static enum rc read_start(struct wish *w, struct problem *p)
{
	int64_t at = (int64_t)care_arg(w->x->args, "start");
	enum rc rc = at ? RC_OK : args_get(w->x->args, "time").n ? care_instant(w->x->args, w->x->now_ms, &at, p) : problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "time", "no time");
	if (rc == RC_OK)
		w->start_ms = at / AGENDA_MINUTE_MS * AGENDA_MINUTE_MS;
	return rc;
}

static enum rc wish_time(struct wish *w, struct problem *p)
{
	int64_t now = w->x->now_ms;
	if (w->start_ms < now - SLACK_MS)
		return problem_set(p, RC_BAD_INPUT, WHY_AGENDA_PAST, "time", "%lld ms ago", (long long)(now - w->start_ms));
	if (w->start_ms > now + AHEAD_MS)
		return problem_set(p, RC_BAD_INPUT, WHY_AGENDA_FAR, "day", "%lld ms ahead", (long long)(w->start_ms - now));
	return RC_OK;
}

/* Open and free in each; or booked over, by who keeps each of them. own: what it takes itself is dropped before. */
static enum rc wish_rules(struct wish *w, bool *over_r, struct problem *p)
{
	enum rc rc = RC_OK;
	*over_r = false;
	for (size_t i = 0; i < w->n && rc == RC_OK; i++) {
		struct calendar k = { 0 };
		rc = calendar_read(w->x->db, w->x->arena, &w->at[i], w->start_ms, w->end_ms, &k, p);
		if (rc != RC_OK)
			break;
		bool open = calendar_is_open(&k, w->has_kind ? w->kind.no : 0, w->start_ms, w->end_ms), free_ = calendar_is_free(&k, w->start_ms, w->end_ms);
		if (open && free_)
			continue;
		*over_r = true;
		if (!w->over.n)
			rc = open ? problem_set(p, RC_CONFLICT, WHY_AGENDA_TAKEN, "start", "calendar %lld is taken", (long long)w->at[i].no)
				: problem_set(p, RC_BAD_INPUT, WHY_AGENDA_CLOSED, "start", "calendar %lld is closed", (long long)w->at[i].no);
		else if (!keeps(w->x, w->at[i].unit))
			rc = problem_set(p, RC_DENIED, WHY_AGENDA_OVER, "over", "calendar %lld is another's", (long long)w->at[i].no);
	}
	return rc;
}

static enum rc take(struct wish *w, int64_t no, bool over, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; i < w->n && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(w->x->db, ST_HOSPITAL_APPOINTMENT_PLACE_ADD);
		int64_t v[] = { w->at[i].no, w->start_ms, no, w->end_ms, over };
		for (unsigned b = 0; b < N_OF(v); b++)
			db_bind_i64(s, b + 1, v[b]);
		rc = db_run(s, p);
		if (rc == RC_OK)
			rc = agenda_filled(w->x->db, w->x->arena, w->at[i].no, w->x->now_ms, p);
	}
	return rc;
}

enum rc agenda_left(struct db_conn *c, int64_t appointment, int64_t start_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_FREED);
	db_bind_i64(s, 1, appointment);
	db_bind_i64(s, 2, start_ms);
	enum rc rc = db_run(s, p);
	s = db_stmt(c, ST_HOSPITAL_APPOINTMENT_PLACE_DROP);
	db_bind_i64(s, 1, appointment);
	return rc == RC_OK ? db_run(s, p) : rc;
}

/* ---- the resource ---- */

static void write_participant(struct jw *w, const char *type, struct str id, struct str name)
{
	jw_object(w);
	compose_ref(w, "actor", type, id, name);
	jw_member(w, "status", STR("accepted"));
	jw_end(w, '}');
}

/* Everybody who takes part: the patient, the calendars, and the unit's own place where no room says which unit it is. */
static enum rc write_participants(struct jw *w, struct wish *h, struct problem *p)
{
	struct names names = { h->x->db, h->x->arena, NULL };
	char type[16];
	bool row = false;
	jw_key(w, "participant");
	jw_array(w);
	write_participant(w, "Patient", h->who.item.id, STR_NONE);
	for (size_t i = 0; i < h->n; i++) {
		(void)snprintf(type, sizeof type, "%.*s", (int)h->at[i].type.n, h->at[i].type.p);
		write_participant(w, type, h->at[i].actor, agenda_name(&names, &h->at[i]));
	}
	struct db_stmt *s = db_stmt(h->x->db, ST_HOSPITAL_UNIT_PLACE_GET);
	db_bind_str(s, 1, h->at[0].unit);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		write_participant(w, "Location", arena_str(h->x->arena, db_text(s, 0)), name_of(&names, "Organization", h->at[0].unit));
	db_reset(s);
	jw_end(w, ']');
	return rc;
}

static void write_times(struct jw *w, const struct wish *h)
{
	compose_instant(w, "start", h->start_ms);
	compose_instant(w, "end", h->end_ms);
	jw_key(w, "minutesDuration");
	jw_i64(w, (h->end_ms - h->start_ms) / AGENDA_MINUTE_MS);
}

static enum rc write_new(struct buf *body, struct wish *h, struct problem *p)
{
	struct jw w;
	struct str about = args_get(h->x->args, "about");
	compose_begin(&w, body, "Appointment", STR_NONE, "fr-core-appointment");
	jw_member(&w, "status", STR("booked"));
	if (h->has_kind) {
		jw_key(&w, "serviceType");
		jw_array(&w);
		compose_concept(&w, NULL, NULL, STR_NONE, STR_NONE, h->kind.label);
		jw_end(&w, ']');
	}
	if (about.n || h->has_kind)
		jw_member(&w, "description", about.n ? about : h->kind.label);
	write_times(&w, h);
	compose_instant(&w, "created", h->x->now_ms);
	enum rc rc = write_participants(&w, h, p);
	jw_end(&w, '}');
	return rc;
}

static enum rc put(struct act_ctx *x, struct str id, const struct buf *body, struct record_done *d_r, struct problem *p)
{
	agenda_own(true);
	enum rc rc = compose_put(x, "Appointment", id, body, NULL, d_r, p);
	agenda_own(false);
	return rc;
}

/* ---- booking ---- */

/*
 * "appointment_book": patient, once, person, room, device (numbers of calendars), start (ms) or day and time as typed, kind or minutes, about, over (reason for booking over). Set "appointment": no, at, version.
 * CONFLICT AGENDA_TAKEN; BAD_INPUT AGENDA_CLOSED, AGENDA_PAST, AGENDA_FAR, AGENDA_ACTOR; DENIED AGENDA_OVER. The same request again: the first answer, and nothing is written.
 */
static enum rc book_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct wish w = { .x = x, .over = args_get(x->args, "over") };
	struct meeting m = { .no = 0 };
	struct record_done d;
	bool found = false, over = false;
	int64_t once = care_once(x, "appointment", STR_NONE);
	enum rc rc = read_start(&w, p);
	if (rc == RC_OK)
		rc = meeting_find(x->db, x->arena, ST_HOSPITAL_APPOINTMENT_ONCE, once, &found, &m, p);
	if (rc == RC_OK && found) {
		if (m.start_ms != w.start_ms)
			return problem_set(p, RC_CONFLICT, WHY_AGENDA_AGAIN, "start", "appointment %lld has this key", (long long)m.no);
		tell(out, &m);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = care_patient(x->db, x->arena, x->args, &w.who, p);
	if (rc == RC_OK)
		rc = wish_places(&w, p);
	if (rc == RC_OK && care_arg(x->args, "kind"))
		rc = agenda_kind_get(x->db, x->arena, (int64_t)care_arg(x->args, "kind"), &w.has_kind, &w.kind, p);
	if (rc == RC_OK)
		rc = wish_time(&w, p);
	if (rc != RC_OK)
		return rc;
	int64_t minutes = (int64_t)care_arg(x->args, "minutes");
	if (!minutes && !w.has_kind)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "minutes", "neither kind nor minutes");
	w.end_ms = w.start_ms + (minutes ? minutes : w.kind.minutes) * AGENDA_MINUTE_MS;
	if ((rc = wish_rules(&w, &over, p)) != RC_OK)
		return rc;
	struct buf body;
	buf_init(&body, 16000);
	rc = write_new(&body, &w, p);
	if (rc == RC_OK)
		rc = put(x, STR_NONE, &body, &d, p);
	buf_done(&body);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_APPOINTMENT_ADD);
	db_bind_i64(s, 1, d.rid);
	db_bind_i64(s, 2, w.who.item.rid);
	db_bind_str(s, 3, w.at[0].unit);
	db_bind_i64(s, 4, w.start_ms);
	db_bind_i64(s, 5, w.end_ms);
	db_bind_i64(s, 6, w.has_kind ? w.kind.no : 0);
	db_bind_str(s, 7, over ? w.over : STR(""));
	db_bind_i64(s, 8, once);
	db_bind_i64(s, 9, d.version);
	db_bind_i64(s, 10, x->who->account);
	db_bind_i64(s, 11, x->now_ms);
	if ((rc = db_run(s, p)) != RC_OK)
		return rc;
	m = (struct meeting){ .no = db_last_rowid(x->db), .start_ms = w.start_ms, .version = d.version };
	if ((rc = take(&w, m.no, over, p)) == RC_OK)
		tell(out, &m);
	return rc;
}

/* ---- what is booked ---- */

/* The appointment of the form, of this patient, in the version that was seen. */
static enum rc booked(struct act_ctx *x, struct wish *w, struct meeting *m, struct item *it, struct problem *p)
{
	bool found = false;
	*w = (struct wish){ .x = x };
	enum rc rc = care_patient(x->db, x->arena, x->args, &w->who, p);
	if (rc == RC_OK)
		rc = meeting_find(x->db, x->arena, ST_HOSPITAL_APPOINTMENT_GET, (int64_t)care_arg(x->args, "no"), &found, m, p);
	if (rc == RC_OK && (!found || merge_kept(x->db, m->patient) != merge_kept(x->db, w->who.item.rid)))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such appointment of this patient");
	if (rc == RC_OK && m->version != (int64_t)care_arg(x->args, "version"))
		return problem_set(p, RC_CONFLICT, WHY_AGENDA_STATE, "version", "it is version %lld", (long long)m->version);
	if (rc == RC_OK && m->patient != w->who.item.rid) /* of a record that was joined: it stays that one's, so that all goes back when they are parted */
		rc = item_by_rid(x->db, x->arena, m->patient, &found, &w->who.item, p);
	return rc == RC_OK ? care_own(x->db, x->arena, m->resource, m->patient, it, p) : rc;
}

static enum rc keep(struct act_ctx *x, struct meeting *m, const struct item *it, const struct buf *body, struct rows *out, struct problem *p)
{
	struct record_done d;
	enum rc rc = put(x, it->id, body, &d, p);
	if (rc != RC_OK)
		return rc;
	m->version = d.version;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_APPOINTMENT_SET);
	db_bind_i64(s, 1, m->no);
	db_bind_str(s, 2, m->state);
	db_bind_i64(s, 3, m->start_ms);
	db_bind_i64(s, 4, m->end_ms);
	db_bind_str(s, 5, m->over.n ? m->over : STR(""));
	db_bind_str(s, 6, m->reason.n ? m->reason : STR(""));
	db_bind_i64(s, 7, m->version);
	db_bind_i64(s, 8, x->who->account);
	db_bind_i64(s, 9, x->now_ms);
	if ((rc = db_run(s, p)) == RC_OK)
		tell(out, m);
	return rc;
}

/* Column waiting: how many of the unit wait for a time before theirs, which the freed one is. */
static enum rc tell_waiting(struct act_ctx *x, struct rows *out, struct str unit, int64_t freed_ms, struct problem *p)
{
	unsigned n = 0;
	enum rc rc = freed_ms > x->now_ms ? wish_count(x->db, unit, freed_ms, &n, p) : RC_OK;
	if (n)
		rows_col_i64(out, "waiting", n);
	return rc;
}

/* "appointment_move": no, version, start or day and time, and person, room, device where they change (none named: the same). As long as before. Refused as booking is. */
static enum rc move_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct wish w;
	struct meeting m;
	struct item it;
	bool over = false;
	enum rc rc = booked(x, &w, &m, &it, p);
	if (rc == RC_OK && !str_eq(m.state, "booked"))
		return problem_set(p, RC_CONFLICT, WHY_AGENDA_STATE, "no", "no longer booked");
	w.over = args_get(x->args, "over");
	if (rc == RC_OK && (care_arg(x->args, "person") || care_arg(x->args, "room") || care_arg(x->args, "device")))
		rc = wish_places(&w, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_APPOINTMENT_PLACES);
	bool row = rc == RC_OK && !w.n;
	db_bind_i64(s, 1, m.no);
	while (row && (rc = db_step(s, &row, p)) == RC_OK && row && w.n < ACTORS)
		w.at[w.n++].no = db_i64(s, 0);
	db_reset(s);
	for (size_t i = 0; i < w.n && rc == RC_OK && !w.at[i].type.n; i++) {
		bool found = false;
		rc = agenda_get(x->db, x->arena, w.at[i].no, &found, &w.at[i], p);
		if (rc == RC_OK && !found)
			rc = problem_set(p, RC_BAD_INPUT, WHY_AGENDA_ACTOR, "person", "its calendar ended");
	}
	if (rc == RC_OK)
		rc = read_start(&w, p);
	if (rc == RC_OK)
		rc = wish_time(&w, p);
	if (rc == RC_OK && m.kind)
		rc = agenda_kind_get(x->db, x->arena, m.kind, &w.has_kind, &w.kind, p);
	if (rc != RC_OK)
		return rc;
	int64_t before_ms = m.start_ms;
	w.end_ms = w.start_ms + (m.end_ms - m.start_ms);
	rc = agenda_left(x->db, m.no, m.start_ms, p); /* it does not stand in its own way; refused, the act is taken back whole */
	if (rc == RC_OK)
		rc = wish_rules(&w, &over, p);
	if (rc == RC_OK)
		rc = take(&w, m.no, over, p);
	if (rc != RC_OK)
		return rc;
	m.start_ms = w.start_ms;
	m.end_ms = w.end_ms;
	m.over = over ? w.over : STR("");
	struct buf body;
	struct jw j;
	buf_init(&body, 64000);
	jw_init(&j, &body);
	jw_object(&j);
	compose_keep(&j, it.body, (const char *const[]){ "start", "end", "minutesDuration", "participant", "slot", NULL });
	write_times(&j, &w);
	rc = write_participants(&j, &w, p);
	jw_end(&j, '}');
	if (rc == RC_OK)
		rc = keep(x, &m, &it, &body, out, p);
	buf_done(&body);
	if (rc == RC_OK && w.start_ms < before_ms)
		rc = wish_end(x, m.no, "met", p);
	return rc == RC_OK ? tell_waiting(x, out, m.unit, before_ms, p) : rc;
}

static enum rc set_status(struct act_ctx *x, struct meeting *m, const struct item *it, const char *status, struct rows *out, struct problem *p)
{
	struct buf body;
	struct jw j;
	buf_init(&body, 64000);
	jw_init(&j, &body);
	jw_object(&j);
	compose_keep(&j, it->body, (const char *const[]){ "status", "cancelationReason", NULL });
	jw_member(&j, "status", str_of(status));
	if (m->reason.n)
		compose_concept(&j, "cancelationReason", "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", m->reason, STR_NONE, STR_NONE);
	jw_end(&j, '}');
	m->state = str_of(status);
	enum rc rc = keep(x, m, it, &body, out, p);
	buf_done(&body);
	return rc;
}

/* "appointment_cancel": no, version, reason. Frees its calendars. */
static enum rc cancel_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct wish w;
	struct meeting m;
	struct item it;
	enum rc rc = booked(x, &w, &m, &it, p);
	if (rc == RC_OK && !str_eq(m.state, "booked"))
		return problem_set(p, RC_CONFLICT, WHY_AGENDA_STATE, "no", "no longer booked");
	m.reason = args_get(x->args, "reason");
	if (rc == RC_OK)
		rc = agenda_left(x->db, m.no, m.start_ms, p);
	if (rc == RC_OK)
		rc = set_status(x, &m, &it, "cancelled", out, p);
	if (rc == RC_OK)
		rc = wish_end(x, m.no, "ended", p);
	return rc == RC_OK ? tell_waiting(x, out, m.unit, m.start_ms, p) : rc;
}

/* What the visit is made of: who it was with, where, for what. */
static enum rc visit_of(struct act_ctx *x, const struct wish *w, const struct meeting *m, const struct item *it, struct visit *v_r, struct problem *p)
{
	struct agenda_kind kind = { .label = STR_NONE };
	bool row = false;
	enum rc rc = m->kind ? agenda_kind_get(x->db, x->arena, m->kind, &row, &kind, p) : RC_OK;
	*v_r = (struct visit){ .appointment = it->id, .patient = w->who.item.id, .unit = m->unit, .kind = kind.label, .start_ms = m->start_ms, .end_ms = m->end_ms };
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_APPOINTMENT_PLACES);
	db_bind_i64(s, 1, m->no);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		if (str_eq(db_text(s, 1), "Practitioner"))
			v_r->practitioner = arena_str(x->arena, db_text(s, 2));
	db_reset(s);
	return rc;
}

/* Over, it is a visit in the record; over by a slip, it is none. */
static enum rc state_turn(struct act_ctx *x, const struct wish *w, struct meeting *m, const struct item *it, const char *to, struct rows *out, struct problem *p)
{
	bool was = str_eq(m->state, "fulfilled"), is = strcmp(to, "fulfilled") == 0;
	struct visit v;
	enum rc rc = was || is ? visit_of(x, w, m, it, &v, p) : RC_OK;
	if (rc == RC_OK && is)
		rc = visit_over(x, &v, p);
	else if (rc == RC_OK && was)
		rc = visit_slip(x, &v, p);
	return rc == RC_OK ? set_status(x, m, it, to, out, p) : rc;
}

/* "appointment_state": no, version, state: arrived, fulfilled, noshow, or booked again where one of these was a slip. Nobody stays away from, nor finishes, what has not begun. */
static enum rc state_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	static const struct { const char *from, *to; bool begun; } AT[] = {
		{ "booked", "arrived", false }, { "booked", "noshow", true }, { "booked", "fulfilled", true }, { "arrived", "fulfilled", false }, { "arrived", "booked", false }, { "noshow", "booked", false },
		{ "noshow", "arrived", false }, { "fulfilled", "arrived", false },
	};
	struct wish w;
	struct meeting m;
	struct item it;
	struct str to = args_get(x->args, "state");
	enum rc rc = booked(x, &w, &m, &it, p);
	for (size_t i = 0; rc == RC_OK && i < N_OF(AT); i++)
		if (str_eq(m.state, AT[i].from) && str_eq(to, AT[i].to)) {
			bool early = (AT[i].begun && x->now_ms < m.start_ms) || (str_eq(to, "arrived") && agenda_day(x->now_ms) < agenda_day(m.start_ms));
			return early ? problem_set(p, RC_BAD_INPUT, WHY_AGENDA_EARLY, "state", "it begins later") : state_turn(x, &w, &m, &it, AT[i].to, out, p);
		}
	return rc == RC_OK ? problem_set(p, RC_CONFLICT, WHY_AGENDA_STATE, "state", "from another state") : rc;
}

/* ---- views ---- */

static enum rc places_of(struct view_ctx *v, struct rows *out, struct names *names, int64_t no, struct problem *p)
{
	static const struct { const char *type, *number, *name; } AT[] = { { "Practitioner", "person", "person_name" }, { "Location", "room", "room_name" }, { "Device", "device", "device_name" } };
	struct agenda at[ACTORS + 1];
	size_t n = 0;
	bool row = false;
	enum rc rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_APPOINTMENT_PLACES);
	db_bind_i64(s, 1, no);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < N_OF(at))
		at[n++] = (struct agenda){ .no = db_i64(s, 0), .type = arena_str(v->arena, db_text(s, 1)), .actor = arena_str(v->arena, db_text(s, 2)) };
	db_reset(s);
	for (size_t i = 0; i < n; i++)
		for (size_t t = 0; t < N_OF(AT); t++)
			if (str_eq(at[i].type, AT[t].type)) {
				rows_col_i64(out, AT[t].number, at[i].no);
				col(out, AT[t].name, agenda_name(names, &at[i]));
			}
	return rc;
}

static void newest_first(struct meeting *at, size_t *n, struct meeting m)
{
	size_t i = *n;
	if (i == LIST_MAX && at[i - 1].start_ms >= m.start_ms)
		return;
	i -= i == LIST_MAX;
	for (*n = i + 1; i > 0 && at[i - 1].start_ms < m.start_ms; i--)
		at[i] = at[i - 1];
	at[i] = m;
}

/*
 * "appointments": of a patient and of the records joined to it, newest first. Set "appointments": no, version, state, at, end_at, kind, over, reason, unit_name, person, person_name, room, room_name, device, device_name,
 * early (flag: it has not begun), wish (flag: an earlier time is waited for). What other systems wrote into the record alone is in the chart's list only.
 */
static enum rc list_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct meeting *at = arena_array(v->arena, LIST_MAX, sizeof *at);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	if (rc != RC_OK)
		return rc;
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient")), of[MERGE_MOST + 1] = { patient };
	unsigned n_of = 1 + merge_group(v->db, patient, of + 1);
	for (unsigned i = 0; i < n_of && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_APPOINTMENT_OF);
		db_bind_i64(s, 1, of[i]);
		db_bind_i64(s, 2, LIST_MAX);
		while ((rc = db_step(s, &row, p)) == RC_OK && row)
			newest_first(at, &n, meeting_row(s, v->arena));
		db_reset(s);
	}
	rows_set(out, "appointments");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct agenda_kind kind = { .label = STR_NONE };
		bool found = false;
		rc = agenda_kind_get(v->db, v->arena, at[i].kind, &found, &kind, p);
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col_i64(out, "no", at[i].no);
		rows_col_i64(out, "version", at[i].version);
		rows_col_i64(out, "at", at[i].start_ms);
		rows_col_i64(out, "end_at", at[i].end_ms);
		col(out, "state", at[i].state);
		col(out, "over", at[i].over);
		col(out, "reason", at[i].reason);
		col(out, "unit_name", name_of(&names, "Organization", at[i].unit));
		col_flag(out, "early", v->now_ms < at[i].start_ms);
		if (rc == RC_OK)
			rc = wish_waits(v->db, at[i].no, &found, p);
		col_flag(out, "wish", found);
		found = kind.label.n > 0;
		if (found)
			col(out, "kind", kind.label);
		if (rc == RC_OK)
			rc = places_of(v, out, &names, at[i].no, p);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* Of all: those of a type; with a number that one alone. any false and no 0: none. */
static struct agendas choose(struct view_ctx *v, const struct agendas *all, const char *type, uint64_t no, bool any)
{
	struct agendas g = { .at = arena_array(v->arena, all->n + 1, sizeof *g.at) };
	for (size_t i = 0; g.at && i < all->n; i++)
		if (str_eq(all->at[i].type, type) && (no ? all->at[i].no == (int64_t)no : any))
			g.at[g.n++] = all->at[i];
	return g;
}

/*
 * "agenda_free": the first free times. unit (else mine; "all": of the house), kind or minutes (neither: 20), person, room, device (numbers; absent: any person, no room, no device), any_room (flag),
 * from (day; else now), until. Set "slots": at, end_at, person, person_name, room, room_name, device, device_name, minutes. Sets "calendars": no, type, name, and "kinds": no, label, minutes, for choosing.
 */
static enum rc free_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct str unit = args_get(v->args, "unit").n ? args_get(v->args, "unit") : v->who->unit;
	struct agendas all = { 0 };
	struct agenda_kind kind = { .minutes = 20 };
	struct agenda_slots found = { .n = 0 };
	bool has = false;
	int64_t from = when_low(args_get(v->args, "from")), until = when_low(args_get(v->args, "until"));
	enum rc rc = unit.n ? agendas_of_unit(v->db, v->arena, str_eq(unit, "all") ? STR_NONE : unit, &all, p) : RC_OK;
	if (rc == RC_OK && care_arg(v->args, "kind"))
		rc = agenda_kind_get(v->db, v->arena, (int64_t)care_arg(v->args, "kind"), &has, &kind, p);
	if (rc != RC_OK)
		return rc;
	struct agenda_ask q = { .people = choose(v, &all, "Practitioner", care_arg(v->args, "person"), true), .rooms = choose(v, &all, "Location", care_arg(v->args, "room"), args_get(v->args, "any_room").n > 0),
		.devices = choose(v, &all, "Device", care_arg(v->args, "device"), false), .kind = has ? kind.no : 0, .minutes = care_arg(v->args, "minutes") ? (int)care_arg(v->args, "minutes") : kind.minutes };
	q.from_ms = from == INT64_MIN || from < v->now_ms ? v->now_ms : from;
	q.until_day = until == INT64_MIN ? agenda_day(q.from_ms) + AGENDA_DAYS : agenda_day(until + 12 * CARE_HOUR_MS);
	bool nowhere = (care_arg(v->args, "room") && !q.rooms.n) || (args_get(v->args, "any_room").n && !q.rooms.n) || (care_arg(v->args, "device") && !q.devices.n);
	if (q.people.n && !nowhere && q.minutes > 0 && q.minutes <= 720)
		rc = agenda_find(v->db, v->arena, &q, &found, p);
	rows_set(out, "slots");
	for (size_t i = 0; i < found.n && rc == RC_OK; i++) {
		const struct agenda_slot *s = &found.at[i];
		const struct { const char *number, *name; const struct agenda *of; } PART[] = { { "person", "person_name", s->person }, { "room", "room_name", s->room }, { "device", "device_name", s->device } };
		rows_row(out);
		rows_col_i64(out, "at", s->at_ms);
		rows_col_i64(out, "end_at", s->at_ms + q.minutes * AGENDA_MINUTE_MS);
		rows_col_i64(out, "minutes", q.minutes);
		for (size_t k = 0; k < N_OF(PART); k++)
			if (PART[k].of) {
				rows_col_i64(out, PART[k].number, PART[k].of->no);
				col(out, PART[k].name, agenda_name(&names, PART[k].of));
			}
	}
	rows_set(out, "calendars");
	for (size_t i = 0; i < all.n && i < AGENDA_OF_UNIT && rc == RC_OK; i++) {
		rows_row(out);
		rows_col_i64(out, "no", all.at[i].no);
		col(out, "type", all.at[i].type);
		col(out, "name", agenda_name(&names, &all.at[i]));
	}
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_AGENDA_KIND_OF);
	bool row = false;
	db_bind_str(s, 1, unit.n ? unit : STR(""));
	rows_set(out, "kinds");
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		rows_row(out);
		rows_col_i64(out, "no", db_i64(s, 0));
		col(out, "label", db_text(s, 2));
		rows_col_i64(out, "minutes", db_i64(s, 3));
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct choice OVER[] = { { "urgent", "It cannot wait" }, { "short", "It takes a moment only" }, { "together", "They come together" }, { "asked", "The practitioner asks for it" }, { NULL, NULL } };
static const struct choice CANCEL[] = { { "pat", "The patient" }, { "prov", "The practitioner" }, { "maint", "Room or device" }, { "other", "Another reason" }, { NULL, NULL } };
static const struct choice STATES[] = { { "arrived", "Arrived" }, { "fulfilled", "Over" }, { "noshow", "Did not come" }, { "booked", "Booked" }, { NULL, NULL } };
#define PATIENT { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define NUMBER(name_, label_, required_) { .name = name_, .label = label_, .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = required_ }
#define PLACES NUMBER("person", "With", false), NUMBER("room", "Room", false), NUMBER("device", "Device", false), NUMBER("start", "Time", false), CARE_WHEN_FIELDS, \
	{ .name = "over", .label = "Reason for booking over", .kind = FIELD_CODE, .choices = OVER }
#define SEEN PATIENT, NUMBER("no", "Appointment", true), NUMBER("version", "Version", true)
static const struct field BOOK_FIELDS[] = {
	PATIENT, CARE_ONCE_FIELD, PLACES, NUMBER("kind", "Kind of consultation", false), { .name = "minutes", .label = "Minutes", .kind = FIELD_INT, .min = 5, .max = 720 },
	{ .name = "about", .label = "About", .kind = FIELD_TEXT, .max = 200 }, FIELDS_END,
};
static const struct field MOVE_FIELDS[] = { SEEN, PLACES, FIELDS_END };
static const struct field CANCEL_FIELDS[] = { SEEN, { .name = "reason", .label = "Because of", .kind = FIELD_CODE, .choices = CANCEL, .required = true }, FIELDS_END };
static const struct field STATE_FIELDS[] = { SEEN, { .name = "state", .label = "State", .kind = FIELD_CODE, .choices = STATES, .required = true }, FIELDS_END };

const struct view appointment_views[] = {
	{ .name = "appointments", .may = MAY_BOOK, .reveals = REVEALS_ONE_PATIENT, .run = list_view },
	{ .name = "agenda_free",  .may = MAY_BOOK, .reveals = REVEALS_META,        .run = free_view },
	{ .name = NULL },
};
const struct act appointment_acts[] = {
	{ .name = "appointment_book",   .may = MAY_BOOK, .reveals = REVEALS_ONE_PATIENT, .fields = BOOK_FIELDS,   .run = book_run },
	{ .name = "appointment_move",   .may = MAY_BOOK, .reveals = REVEALS_ONE_PATIENT, .fields = MOVE_FIELDS,   .run = move_run },
	{ .name = "appointment_cancel", .may = MAY_BOOK, .reveals = REVEALS_ONE_PATIENT, .fields = CANCEL_FIELDS, .run = cancel_run },
	{ .name = "appointment_state",  .may = MAY_BOOK, .reveals = REVEALS_ONE_PATIENT, .fields = STATE_FIELDS,  .run = state_run },
	{ .name = NULL },
};
