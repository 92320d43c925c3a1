/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/agenda_free.c: see agenda.h. No future minute is stored: what is open follows from weekly hours and closings, computed in local time so that a morning begins at
 * eight on the days when clocks change too. Must never call a time free that a booking touches. Start at agenda_find.
 */
#include "base/clock.h"
#include "hospital/agenda.h"

#include <stdlib.h>
#include <string.h>

#define HOURS_MAX  60
#define CLOSED_MAX 60
#define TAKEN_MAX  700   /* of one calendar and window: a hundred a day */
#define WINDOW     7     /* days read at once, at most: the first windows are of 1, 2 and 4 */

/* ---- days ---- */

int64_t agenda_instant(int32_t day, int minute)
{
	struct civil c = civil_of_days(minute == 1440 ? day + 1 : day);
	c.hour = minute == 1440 ? 0 : minute / 60;
	c.minute = minute % 60;
	return civil_paris_to_ms(c);
}

int32_t agenda_day(int64_t ms)
{
	struct civil c = civil_paris(ms);
	return days_of(c.year, c.month, c.day);
}

int agenda_weekday(int32_t day) { return (int)(((int64_t)day + 3) % 7 + 7) % 7 + 1; } /* 1970-01-01 was a Thursday */

/* ---- reading ---- */

static struct agenda agenda_row(struct db_stmt *s, struct arena *a)
{
	return (struct agenda){ .no = db_i64(s, 0), .unit = arena_str(a, db_text(s, 1)), .type = arena_str(a, db_text(s, 2)), .actor = arena_str(a, db_text(s, 3)), .full_until_ms = db_i64(s, 4) };
}

enum rc agenda_get(struct db_conn *c, struct arena *a, int64_t no, bool *found_r, struct agenda *g_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_GET);
	*found_r = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*g_r = agenda_row(s, a);
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc agendas_of_unit(struct db_conn *c, struct arena *a, struct str unit, struct agendas *g_r, struct problem *p)
{
	size_t max = unit.n ? AGENDA_OF_UNIT : AGENDA_MOST;
	*g_r = (struct agendas){ .at = arena_array(a, max, sizeof *g_r->at) };
	if (!g_r->at)
		return arena_rc(a, p);
	struct db_stmt *s = db_stmt(c, unit.n ? ST_HOSPITAL_AGENDA_OF_UNIT : ST_HOSPITAL_AGENDA_ALL);
	if (unit.n)
		db_bind_str(s, 1, unit);
	db_bind_i64(s, unit.n ? 2 : 1, (int64_t)max);
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		g_r->at[g_r->n++] = agenda_row(s, a);
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

struct str agenda_name(struct names *n, const struct agenda *g)
{
	struct item it;
	bool found = false;
	if (str_eq(g->type, "Practitioner"))
		return name_of(n, "Practitioner", g->actor);
	if (str_eq(g->type, "Location"))
		return name_of(n, "Location", g->actor);
	struct problem ignored = { 0 };
	return item_find(n->db, n->arena, "Device", g->actor, &found, &it, &ignored) == RC_OK && found ? text_at(it.body, "deviceName.name") : STR_NONE;
}

enum rc agenda_kind_get(struct db_conn *c, struct arena *a, int64_t no, bool *found_r, struct agenda_kind *k_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_KIND_GET);
	*found_r = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*k_r = (struct agenda_kind){ .no = no, .unit = arena_str(a, db_text(s, 1)), .label = arena_str(a, db_text(s, 2)), .minutes = (int)db_i64(s, 3) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static enum rc read_hours(struct db_conn *c, struct calendar *k, int64_t no, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_HOURS_OF);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, no);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && k->n_hours < HOURS_MAX)
		k->hours[k->n_hours++] = (struct agenda_hours){ .no = db_i64(s, 0), .weekday = (int)db_i64(s, 1), .from_min = (int)db_i64(s, 2), .until_min = (int)db_i64(s, 3), .step_min = (int)db_i64(s, 4),
			.kind = db_i64(s, 5), .from_day = (int32_t)db_i64(s, 6), .until_day = (int32_t)db_i64(s, 7) };
	db_reset(s);
	return rc;
}

static enum rc read_closed(struct db_conn *c, struct calendar *k, int64_t from_ms, int64_t until_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_CLOSING_OF);
	bool row = false;
	enum rc rc;
	db_bind_str(s, 1, k->of.unit);
	db_bind_i64(s, 2, from_ms);
	db_bind_i64(s, 3, until_ms);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && k->n_closed < CLOSED_MAX)
		if (db_i64(s, 1) == 0 || db_i64(s, 1) == k->of.no)
			k->closed[k->n_closed++] = (struct agenda_span){ db_i64(s, 2), db_i64(s, 3) };
	db_reset(s);
	return rc;
}

static enum rc read_taken(struct db_conn *c, struct calendar *k, int64_t from_ms, int64_t until_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_APPOINTMENT_TAKEN);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, k->of.no);
	db_bind_i64(s, 2, from_ms - AGENDA_LONG_MS);
	db_bind_i64(s, 3, until_ms);
	db_bind_i64(s, 4, TAKEN_MAX + 1);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		if (k->n_taken == TAKEN_MAX) {
			rc = problem_set(p, RC_LIMIT, WHY_BROKEN, "", "calendar %lld holds too much", (long long)k->of.no);
			break;
		}
		k->taken[k->n_taken++] = (struct agenda_span){ db_i64(s, 0), db_i64(s, 1) };
	}
	db_reset(s);
	return rc;
}

enum rc calendar_read(struct db_conn *c, struct arena *a, const struct agenda *g, int64_t from_ms, int64_t until_ms, struct calendar *k_r, struct problem *p)
{
	if (!k_r->taken) /* the room for a window is used again by the next one */
		*k_r = (struct calendar){ .hours = arena_array(a, HOURS_MAX, sizeof *k_r->hours), .closed = arena_array(a, CLOSED_MAX, sizeof *k_r->closed), .taken = arena_array(a, TAKEN_MAX, sizeof *k_r->taken) };
	if (!k_r->hours || !k_r->closed || !k_r->taken)
		return arena_rc(a, p);
	enum rc rc = RC_OK;
	if (k_r->of.no != g->no || !k_r->has_hours) {
		k_r->n_hours = 0;
		rc = read_hours(c, k_r, g->no, p);
		k_r->has_hours = rc == RC_OK;
	}
	k_r->of = *g;
	k_r->n_closed = k_r->n_taken = 0;
	if (rc == RC_OK)
		rc = read_closed(c, k_r, from_ms, until_ms, p);
	return rc == RC_OK ? read_taken(c, k_r, from_ms, until_ms, p) : rc;
}

/* ---- open and free ---- */

static bool touches(const struct agenda_span *s, size_t n, int64_t from_ms, int64_t until_ms)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].from_ms < until_ms && s[i].until_ms > from_ms)
			return true;
	return false;
}

bool calendar_is_free(const struct calendar *k, int64_t from_ms, int64_t until_ms)
{
	size_t low = 0, high = k->n_taken; /* by beginning: those that can still run begin AGENDA_LONG_MS before at most */
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (k->taken[mid].from_ms <= from_ms - AGENDA_LONG_MS)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t i = low; i < k->n_taken && k->taken[i].from_ms < until_ms; i++)
		if (k->taken[i].until_ms > from_ms)
			return false;
	return true;
}

static bool stands(const struct agenda_hours *h, int64_t kind, int32_t day)
{
	return h->weekday == agenda_weekday(day) && day >= h->from_day && day <= h->until_day && (!h->kind || !kind || h->kind == kind);
}

bool calendar_is_open(const struct calendar *k, int64_t kind, int64_t from_ms, int64_t until_ms)
{
	int32_t day = agenda_day(from_ms);
	if (touches(k->closed, k->n_closed, from_ms, until_ms))
		return false;
	if (!k->n_hours && !str_eq(k->of.type, "Practitioner"))
		return true;
	for (size_t i = 0; i < k->n_hours; i++)
		if (stands(&k->hours[i], kind, day) && agenda_instant(day, k->hours[i].from_min) <= from_ms && until_ms <= agenda_instant(day, k->hours[i].until_min))
			return true;
	return false;
}

/* ---- the first free ---- */

struct search { const struct agenda_ask *ask; struct calendar *people, *rooms, *devices; struct agenda_slots *out; };

static const struct agenda *first_free(const struct calendar *at, size_t n, int64_t kind, int64_t from_ms, int64_t until_ms)
{
	for (size_t i = 0; i < n; i++)
		if (calendar_is_open(&at[i], kind, from_ms, until_ms) && calendar_is_free(&at[i], from_ms, until_ms))
			return &at[i].of;
	return NULL;
}

/* Keeps the answer by time; the first found of two at one time stands first. */
static void keep(struct agenda_slots *s, struct agenda_slot slot)
{
	size_t i = s->n;
	for (size_t k = 0; k < s->n; k++)
		if (s->at[k].at_ms == slot.at_ms && s->at[k].person == slot.person)
			return;
	if (i == AGENDA_SLOTS && s->at[i - 1].at_ms <= slot.at_ms)
		return;
	i = i == AGENDA_SLOTS ? i - 1 : i;
	while (i > 0 && s->at[i - 1].at_ms > slot.at_ms) {
		s->at[i] = s->at[i - 1];
		i--;
	}
	s->at[i] = slot;
	s->n += s->n < AGENDA_SLOTS;
}

static void look_at(struct search *f, size_t who, const struct agenda_hours *h, int32_t day)
{
	const struct agenda_ask *q = f->ask;
	const struct calendar *k = &f->people[who];
	int64_t end = agenda_instant(day, h->until_min), long_ms = q->minutes * AGENDA_MINUTE_MS;
	for (int m = h->from_min; m < h->until_min; m += h->step_min) {
		int64_t at = agenda_instant(day, m);
		if (at < q->from_ms || at + long_ms > end)
			continue;
		if (f->out->n == AGENDA_SLOTS && at >= f->out->at[AGENDA_SLOTS - 1].at_ms)
			return;
		if (touches(k->closed, k->n_closed, at, at + long_ms) || !calendar_is_free(k, at, at + long_ms))
			continue;
		struct agenda_slot s = { .at_ms = at, .person = &q->people.at[who] };
		s.room = q->rooms.n ? first_free(f->rooms, q->rooms.n, q->kind, at, at + long_ms) : NULL;
		s.device = q->devices.n ? first_free(f->devices, q->devices.n, q->kind, at, at + long_ms) : NULL;
		if ((!q->rooms.n || s.room) && (!q->devices.n || s.device))
			keep(f->out, s);
	}
}

static enum rc read_window(struct db_conn *c, struct arena *a, const struct agendas *g, struct calendar *at, int64_t from_ms, int64_t until_ms, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; i < g->n && rc == RC_OK; i++)
		rc = calendar_read(c, a, &g->at[i], from_ms, until_ms, &at[i], p);
	return rc;
}

/* Whose turn it is: by the time from which a calendar can have anything free, then as they were named. */
struct turn { size_t i; int64_t from_ms; };

static int by_turn(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	return x->from_ms != y->from_ms ? (x->from_ms > y->from_ms) - (x->from_ms < y->from_ms) : (x->i > y->i) - (x->i < y->i);
}

static enum rc look_in(struct search *f, struct db_conn *c, struct arena *a, const struct turn *t, int32_t first, int32_t last, struct problem *p)
{
	struct calendar *k = &f->people[t->i];
	enum rc rc = calendar_read(c, a, &f->ask->people.at[t->i], agenda_instant(first, 0), agenda_instant(last + 1, 0), k, p);
	for (int32_t day = first; day <= last && rc == RC_OK; day++)
		for (size_t h = 0; h < k->n_hours; h++)
			if (stands(&k->hours[h], f->ask->kind, day))
				look_at(f, t->i, &k->hours[h], day);
	return rc;
}

static enum rc look_window(struct search *f, struct db_conn *c, struct arena *a, const struct turn *turns, int32_t first, int32_t last, struct problem *p)
{
	const struct agenda_ask *q = f->ask;
	int64_t from = agenda_instant(first, 0), until = agenda_instant(last + 1, 0);
	enum rc rc = RC_OK;
	if (q->people.n && turns[0].from_ms < until) {
		rc = read_window(c, a, &q->rooms, f->rooms, from, until, p);
		if (rc == RC_OK)
			rc = read_window(c, a, &q->devices, f->devices, from, until, p);
	}
	for (size_t i = 0; i < q->people.n && rc == RC_OK; i++) {
		const struct agenda_slots *s = f->out;
		if (turns[i].from_ms >= until || (s->n == AGENDA_SLOTS && turns[i].from_ms >= s->at[AGENDA_SLOTS - 1].at_ms))
			break; /* nor any after it */
		rc = look_in(f, c, a, &turns[i], first, last, p);
	}
	return rc;
}

enum rc agenda_find(struct db_conn *c, struct arena *a, const struct agenda_ask *ask, struct agenda_slots *s_r, struct problem *p)
{
	struct search f = { .ask = ask, .out = s_r, .people = arena_array(a, ask->people.n + 1, sizeof *f.people), .rooms = arena_array(a, ask->rooms.n + 1, sizeof *f.rooms), .devices = arena_array(a, ask->devices.n + 1, sizeof *f.devices) };
	struct turn *turns = arena_array(a, ask->people.n + 1, sizeof *turns);
	int32_t first = agenda_day(ask->from_ms), last = ask->until_day < first + AGENDA_DAYS ? ask->until_day : first + AGENDA_DAYS, days = 1;
	enum rc rc = f.people && f.rooms && f.devices && turns ? RC_OK : arena_rc(a, p);
	s_r->n = 0;
	for (size_t i = 0; i < ask->people.n && rc == RC_OK; i++)
		turns[i] = (struct turn){ i, ask->people.at[i].full_until_ms > ask->from_ms ? ask->people.at[i].full_until_ms : ask->from_ms };
	if (rc == RC_OK)
		qsort(turns, ask->people.n, sizeof *turns, by_turn);
	for (int32_t day = first; day <= last && rc == RC_OK && s_r->n < AGENDA_SLOTS; day += days, days = days * 2 < WINDOW ? days * 2 : WINDOW)
		rc = look_window(&f, c, a, turns, day, day + days - 1 < last ? day + days - 1 : last, p);
	return rc;
}

/* ---- how far it is full ---- */

/* The first beginning of a step, from from_ms on and within [day, last], at which the shortest appointment fits; INT64_MAX: none. */
static int64_t first_gap(const struct calendar *k, int32_t day, int32_t last, int64_t from_ms)
{
	int64_t least = INT64_MAX;
	for (; day <= last && least == INT64_MAX; day++)
		for (size_t h = 0; h < k->n_hours; h++)
			for (int m = k->hours[h].from_min; stands(&k->hours[h], 0, day) && m < k->hours[h].until_min; m += k->hours[h].step_min) {
				int64_t at = agenda_instant(day, m);
				if (at < from_ms || at >= least || at + AGENDA_SHORT_MS > agenda_instant(day, k->hours[h].until_min) || touches(k->closed, k->n_closed, at, at + AGENDA_SHORT_MS) || !calendar_is_free(k, at, at + AGENDA_SHORT_MS))
					continue;
				least = at;
				break;
			}
	return least;
}

enum rc agenda_filled(struct db_conn *c, struct arena *a, int64_t no, int64_t now_ms, struct problem *p)
{
	struct calendar k = { 0 };
	struct agenda g;
	bool found = false;
	enum rc rc = agenda_get(c, a, no, &found, &g, p); /* as it is in this transaction: what was freed in it set it back */
	if (rc != RC_OK || !found)
		return rc;
	int64_t from = g.full_until_ms > now_ms ? g.full_until_ms : now_ms;
	int32_t day = agenda_day(from), last = day + WINDOW - 1;
	for (; day <= last && rc == RC_OK; day++) {
		rc = calendar_read(c, a, &g, agenda_instant(day, 0), agenda_instant(day + 1, 0), &k, p);
		if (rc != RC_OK || !k.n_hours) /* open at all times: nothing to bound */
			return rc;
		int64_t gap = first_gap(&k, day, day, from);
		from = gap == INT64_MAX ? agenda_instant(day + 1, 0) : gap;
		if (gap != INT64_MAX)
			break;
	}
	if (rc != RC_OK || from <= g.full_until_ms)
		return rc;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_FULL);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, from);
	return db_run(s, p);
}
