/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/calendar.c: calendars of the demonstration's physicians: hours, kinds of consultation, and what is booked in them from today on, out of the appointments of the record.
 * Must never invent an appointment that the record does not hold. Called by demo.c. Start at calendars_keep.
 */
#include "hospital/show.h"
#include "keeper/demo/demo.h"

#define AHEAD_DAYS 21
#define MEETINGS   20000

static bool
has_calendar(const struct demo *d, unsigned staff)
{
	return d->staff[staff].role == ROLE_PHYSICIAN && d->staff[staff].practitioner[0] != '\0';
}

enum rc
calendars_put(struct demo *d, struct problem *p)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < d->n_staff && rc == RC_OK; i++) {
		struct jw w;
		char id[40];
		if (!has_calendar(d, i))
			continue;
		demo_id(id, d->ask->seed, ID_SCHEDULE, i);
		compose_begin(&w, &d->out, "Schedule", str_of(id), NULL);
		jw_key(&w, "active");
		jw_bool(&w, true);
		jw_key(&w, "actor");
		jw_array(&w);
		compose_ref(&w, NULL, "Practitioner", str_of(d->staff[i].practitioner), STR_NONE);
		jw_end(&w, ']');
		jw_end(&w, '}');
		rc = demo_put(d, "Schedule", id, d->now_ms - 400 * DAY_MS, p);
	}
	return rc;
}

struct calendars_job { struct db_job job; struct demo *d; int32_t day; };

static enum rc
add_kinds(struct calendars_job *j, struct db_conn *c, const char *unit, struct problem *p)
{
	static const struct { const char *label; int minutes; } at[] = { { "Consultation", 20 }, { "Première consultation", 40 } };
	enum rc rc = RC_OK;

	for (size_t i = 0; i < sizeof at / sizeof at[0] && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_KIND_ADD);
		db_bind_str(s, 1, str_of(unit));
		db_bind_str(s, 2, str_of(at[i].label));
		db_bind_i64(s, 3, at[i].minutes);
		db_bind_i64(s, 4, 0);
		db_bind_i64(s, 5, j->d->now_ms);
		rc = db_run(s, p);
	}
	return rc;
}

static enum rc
add_calendar(struct calendars_job *j, struct db_conn *c, unsigned staff, struct problem *p)
{
	static const struct { int from, until; } parts[] = { { 480, 750 }, { 810, 1080 } }; /* 8:00 to 12:30, 13:30 to 18:00 */
	struct demo *d = j->d;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_ADD);
	char id[40];

	demo_id(id, d->ask->seed, ID_SCHEDULE, staff);
	db_bind_str(s, 1, str_of(d->unit[d->staff[staff].unit].id));
	db_bind_str(s, 2, STR("Practitioner"));
	db_bind_str(s, 3, str_of(d->staff[staff].practitioner));
	db_bind_str(s, 4, str_of(id));
	db_bind_i64(s, 5, 0);
	db_bind_i64(s, 6, d->now_ms);
	enum rc rc = db_run(s, p);
	int64_t no = rc == RC_OK ? db_last_rowid(c) : 0;
	for (int weekday = 1; weekday <= 5; weekday++)
		for (size_t i = 0; i < sizeof parts / sizeof parts[0] && rc == RC_OK; i++) {
			int64_t v[] = { no, weekday, parts[i].from, parts[i].until, 20, 0, j->day, j->day + 730, 0, d->now_ms };
			s = db_stmt(c, ST_HOSPITAL_AGENDA_HOURS_ADD);
			for (unsigned b = 0; b < sizeof v / sizeof v[0]; b++)
				db_bind_i64(s, b + 1, v[b]);
			rc = db_run(s, p);
		}
	return rc;
}

static enum rc
calendar_of(struct db_conn *c, struct str practitioner, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_OF_ACTOR);
	bool row = false;
	enum rc rc;

	db_bind_str(s, 1, STR("Practitioner"));
	db_bind_str(s, 2, practitioner);
	rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

struct book { struct item_each each; struct calendars_job *j; struct db_conn *c; int64_t once; };

static enum rc
is_taken(struct db_conn *c, int64_t agenda, int64_t from_ms, int64_t until_ms, bool *taken_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_APPOINTMENT_TAKEN);
	enum rc rc;

	db_bind_i64(s, 1, agenda);
	db_bind_i64(s, 2, from_ms - (until_ms - from_ms)); /* all of them last equally long */
	db_bind_i64(s, 3, until_ms);
	db_bind_i64(s, 4, 1);
	rc = db_step(s, taken_r, p);
	db_reset(s);
	return rc;
}

static enum rc
is_over(struct book *b, int64_t no, int64_t start, int64_t end, bool over, uint32_t version, struct problem *p)
{
	struct db_stmt *s = db_stmt(b->c, ST_HOSPITAL_APPOINTMENT_SET);

	db_bind_i64(s, 1, no);
	db_bind_str(s, 2, STR("fulfilled"));
	db_bind_i64(s, 3, start);
	db_bind_i64(s, 4, end);
	db_bind_str(s, 5, over ? STR("asked") : STR(""));
	db_bind_str(s, 6, STR(""));
	db_bind_i64(s, 7, version);
	db_bind_i64(s, 8, 0);
	db_bind_i64(s, 9, b->j->d->now_ms);
	return db_run(s, p);
}

/* One appointment of the record; of two at one time the second is booked over. */
static enum rc
book_one(struct item_each *e, const struct item *it, struct arena *scratch, struct problem *p)
{
	struct book *b = (struct book *)e;
	int64_t start = when_low(json_get_text(it->body, "start")), end = when_low(json_get_text(it->body, "end")), agenda = 0;
	bool over = false;
	struct str id;
	enum rc rc = RC_OK;

	(void)scratch;
	for json_each (part, json_get(it->body, "participant"))
		if (agenda == 0 && rc == RC_OK && ref_of(json_get(part, "actor"), "Practitioner", &id))
			rc = calendar_of(b->c, id, &agenda, p);
	if (rc != RC_OK || agenda == 0 || start == INT64_MIN || end <= start)
		return rc;
	if ((rc = is_taken(b->c, agenda, start, end, &over, p)) != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(b->c, ST_HOSPITAL_AGENDA_GET);
	bool row = false;
	char unit[80] = "";
	db_bind_i64(s, 1, agenda);
	rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		snprintf(unit, sizeof unit, "%.*s", STR_ARG(db_text(s, 1)));
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(b->c, ST_HOSPITAL_APPOINTMENT_ADD);
	db_bind_i64(s, 1, it->rid);
	db_bind_i64(s, 2, it->patient);
	db_bind_str(s, 3, str_of(unit));
	db_bind_i64(s, 4, start);
	db_bind_i64(s, 5, end);
	db_bind_i64(s, 6, 0);
	db_bind_str(s, 7, over ? STR("asked") : STR(""));
	db_bind_i64(s, 8, ++b->once);
	db_bind_i64(s, 9, it->version);
	db_bind_i64(s, 10, 0);
	db_bind_i64(s, 11, b->j->d->now_ms);
	if ((rc = db_run(s, p)) != RC_OK)
		return rc;
	int64_t v[] = { agenda, start, db_last_rowid(b->c), end, over };
	if (str_eq(json_get_text(it->body, "status"), "fulfilled") && (rc = is_over(b, v[2], start, end, over, it->version, p)) != RC_OK)
		return rc;
	s = db_stmt(b->c, ST_HOSPITAL_APPOINTMENT_PLACE_ADD);
	for (unsigned i = 0; i < sizeof v / sizeof v[0]; i++)
		db_bind_i64(s, i + 1, v[i]);
	return db_run(s, p);
}

static enum rc
add_all(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct calendars_job *j = (struct calendars_job *)job;
	struct demo *d = j->d;
	struct book b = { .each.item = book_one, .j = j, .c = c };
	struct arena a;
	bool more = false;
	enum rc rc = RC_OK;
	char from[24], until[24];
	struct civil first = civil_of_days(j->day), last = civil_of_days(j->day + AHEAD_DAYS);

	(void)txn;
	for (unsigned u = 0; u < d->n_units && rc == RC_OK; u++)
		rc = add_kinds(j, c, d->unit[u].id, p);
	for (unsigned i = 0; i < d->n_staff && rc == RC_OK; i++)
		if (has_calendar(d, i))
			rc = add_calendar(j, c, i, p);
	if (rc != RC_OK)
		return rc;
	snprintf(from, sizeof from, "ge%04d-%02d-%02d", first.year, first.month, first.day);
	snprintf(until, sizeof until, "lt%04d-%02d-%02d", last.year, last.month, last.day);
	struct pair q[] = { { STR("date"), str_of(from) }, { STR("date"), str_of(until) } };
	arena_init(&a, (size_t)1 << 28);
	rc = items_each(c, &a, "Appointment", q, 2, MEETINGS, &b.each, &more, p);
	arena_done(&a);
	return rc;
}

enum rc
calendars_keep(struct demo *d, struct db *db, struct problem *p)
{
	struct civil today = civil_paris(d->now_ms);
	struct calendars_job j = { .job.run = add_all, .d = d, .day = days_of(today.year, today.month, today.day) };

	return db_write_now(db, &j.job, p);
}
