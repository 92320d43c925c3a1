/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/agenda_fhir.c: appointments that other systems write through FHIR take the time of the calendars that they name, or are refused where it is taken; cancelled or deleted they free it.
 * Must never take a time twice, nor touch what the house's own acts do in the same transaction. Called by the record's watch (relation.c), on the writer. Start at agenda_follow.
 */
#include "base/clock.h"
#include "hospital/agenda.h"
#include "hospital/relation.h"

#define PLACES_MOST 8 /* calendars of one appointment */

static _Thread_local bool own; /* an act of the house writes: it keeps the calendars itself */
void agenda_own(bool is) { own = is; }

struct follow { struct db_conn *c; struct arena *a; const struct record_change *ch; int64_t no, start_ms, end_ms, version; struct agenda at[PLACES_MOST]; size_t n; };

/* A state of the house; NULL: it takes no time. */
static const char *state_of(struct str status)
{
	static const struct { const char *fhir, *own; } AT[] = { { "booked", "booked" }, { "pending", "booked" }, { "arrived", "arrived" }, { "checked-in", "arrived" }, { "fulfilled", "fulfilled" }, { "noshow", "noshow" } };
	for (size_t i = 0; i < N_OF(AT); i++)
		if (str_eq(status, AT[i].fhir))
			return AT[i].own;
	return NULL;
}

static enum rc calendar_of(struct follow *f, const struct json *reference, struct problem *p)
{
	struct str type, id;
	bool found = false;
	if (f->n == PLACES_MOST || !ref_split(json_get_text(reference, "reference"), &type, &id))
		return RC_OK;
	struct db_stmt *s = db_stmt(f->c, ST_HOSPITAL_AGENDA_OF_ACTOR);
	db_bind_str(s, 1, type);
	db_bind_str(s, 2, id);
	enum rc rc = db_step(s, &found, p);
	int64_t no = rc == RC_OK && found ? db_i64(s, 0) : 0;
	db_reset(s);
	return no ? agenda_get(f->c, f->a, no, &found, &f->at[f->n++], p) : rc;
}

static enum rc calendars(struct follow *f, struct problem *p)
{
	enum rc rc = RC_OK;
	for json_each (one, json_get(f->ch->now, "participant"))
		if (rc == RC_OK && !str_eq(json_get_text(one, "status"), "declined"))
			rc = calendar_of(f, json_get(one, "actor"), p);
	return rc;
}

static enum rc kept(struct follow *f, struct problem *p)
{
	struct db_stmt *s = db_stmt(f->c, ST_HOSPITAL_APPOINTMENT_RESOURCE);
	bool row = false;
	db_bind_i64(s, 1, f->ch->rid);
	enum rc rc = db_step(s, &row, p);
	f->no = rc == RC_OK && row ? db_i64(s, 0) : 0;
	f->start_ms = f->no ? db_i64(s, 1) : 0;
	f->end_ms = f->no ? db_i64(s, 2) : 0;
	f->version = f->no ? db_i64(s, 3) : 0;
	db_reset(s);
	return rc;
}

static enum rc set(struct follow *f, const char *state, int64_t now_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(f->c, ST_HOSPITAL_APPOINTMENT_SET);
	db_bind_i64(s, 1, f->no);
	db_bind_str(s, 2, str_of(state));
	db_bind_i64(s, 3, f->start_ms);
	db_bind_i64(s, 4, f->end_ms);
	db_bind_str(s, 5, STR(""));
	db_bind_str(s, 6, str_eq(str_of(state), "cancelled") ? STR("other") : STR(""));
	db_bind_i64(s, 7, f->version + 1);
	db_bind_i64(s, 8, relation_writer());
	db_bind_i64(s, 9, now_ms);
	return db_run(s, p);
}

static enum rc add(struct follow *f, const char *state, int64_t now_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(f->c, ST_HOSPITAL_APPOINTMENT_ADD);
	db_bind_i64(s, 1, f->ch->rid);
	db_bind_i64(s, 2, f->ch->patient > 0 ? f->ch->patient : 0);
	db_bind_str(s, 3, f->at[0].unit);
	db_bind_i64(s, 4, f->start_ms);
	db_bind_i64(s, 5, f->end_ms);
	db_bind_i64(s, 6, 0);
	db_bind_str(s, 7, STR(""));
	db_bind_i64(s, 8, -f->ch->rid); /* the house's own forms have keyed hashes here */
	db_bind_i64(s, 9, 1);
	db_bind_i64(s, 10, relation_writer());
	db_bind_i64(s, 11, now_ms);
	enum rc rc = db_run(s, p);
	f->no = rc == RC_OK ? db_last_rowid(f->c) : 0;
	f->version = 0;
	return rc == RC_OK ? set(f, state, now_ms, p) : rc;
}

/* Each calendar free, and taken. Whether it lies within the hours is the other system's to say: the day marks what does not. */
static enum rc taken(struct follow *f, int64_t now_ms, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; i < f->n && rc == RC_OK; i++) {
		struct calendar k = { 0 };
		rc = calendar_read(f->c, f->a, &f->at[i], f->start_ms, f->end_ms, &k, p);
		if (rc == RC_OK && !calendar_is_free(&k, f->start_ms, f->end_ms))
			rc = problem_set(p, RC_CONFLICT, WHY_AGENDA_TAKEN, "start", "calendar %lld is taken", (long long)f->at[i].no);
		if (rc != RC_OK)
			break;
		struct db_stmt *s = db_stmt(f->c, ST_HOSPITAL_APPOINTMENT_PLACE_ADD);
		int64_t v[] = { f->at[i].no, f->start_ms, f->no, f->end_ms, 0 };
		for (unsigned b = 0; b < N_OF(v); b++)
			db_bind_i64(s, b + 1, v[b]);
		rc = db_run(s, p);
		if (rc == RC_OK)
			rc = agenda_filled(f->c, f->a, f->at[i].no, now_ms, p);
	}
	return rc;
}

enum rc agenda_follow(struct db_conn *c, const struct record_change *ch, struct arena *a, struct problem *p)
{
	struct follow f = { .c = c, .a = a, .ch = ch };
	int64_t now = clock_ms();
	if (own)
		return RC_OK;
	const char *state = ch->now ? state_of(json_get_text(ch->now, "status")) : NULL;
	enum rc rc = kept(&f, p);
	if (rc == RC_OK && state)
		rc = calendars(&f, p);
	if (rc == RC_OK && f.no)
		rc = agenda_left(f.c, f.no, f.start_ms, p);
	if (rc != RC_OK || (!f.no && !f.n))
		return rc;
	if (!state || !f.n) /* it takes no time any more */
		return set(&f, state ? state : "cancelled", now, p);
	int64_t start = when_low(json_get_text(ch->now, "start")), end = when_low(json_get_text(ch->now, "end"));
	if (!f.no && end != INT64_MIN && end < now)
		return RC_OK; /* what is over takes nothing */
	if (start == INT64_MIN || end <= start || end > start + AGENDA_LONG_MS)
		return problem_set(p, RC_BAD_INPUT, WHY_AGENDA_LENGTH, "end", "%lld ms with a calendar", (long long)(end - start));
	f.start_ms = start;
	f.end_ms = end;
	rc = f.no ? set(&f, state, now, p) : add(&f, state, now, p);
	return rc == RC_OK ? taken(&f, now, p) : rc;
}
