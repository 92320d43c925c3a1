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
#define CLOSED_ROWS 400  /* closings of a unit and window: as many as the statement gives */
#define PORTION    64    /* calendars read together */

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

static void add_hours(struct calendar *k, struct db_stmt *s)
{
	if (k->n_hours < HOURS_MAX)
		k->hours[k->n_hours++] = (struct agenda_hours){ .no = db_i64(s, 0), .weekday = (int)db_i64(s, 1), .from_min = (int)db_i64(s, 2), .until_min = (int)db_i64(s, 3), .step_min = (int)db_i64(s, 4),
			.kind = db_i64(s, 5), .from_day = (int32_t)db_i64(s, 6), .until_day = (int32_t)db_i64(s, 7) };
}

static enum rc read_hours(struct db_conn *c, struct calendar *k, int64_t no, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_AGENDA_HOURS_OF);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, no);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		add_hours(k, s);
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

static void bind_taken(struct db_stmt *s, int64_t no, int64_t from_ms, int64_t until_ms)
{
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, from_ms - AGENDA_LONG_MS);
	db_bind_i64(s, 3, until_ms);
	db_bind_i64(s, 4, TAKEN_MAX + 1);
}

static enum rc add_taken(struct calendar *k, struct db_stmt *s, struct problem *p)
{
	if (k->n_taken == TAKEN_MAX)
		return problem_set(p, RC_LIMIT, WHY_BROKEN, "", "calendar %lld holds too much", (long long)k->of.no);
	k->taken[k->n_taken++] = (struct agenda_span){ db_i64(s, 0), db_i64(s, 1) };
	return RC_OK;
}

static enum rc read_taken(struct db_conn *c, struct calendar *k, int64_t from_ms, int64_t until_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_APPOINTMENT_TAKEN);
	bool row = false;
	enum rc rc;
	bind_taken(s, k->of.no, from_ms, until_ms);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		if ((rc = add_taken(k, s, p)) != RC_OK)
			break;
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

/* The first that can still run then, by beginning: AGENDA_LONG_MS before at most. */
static size_t taken_from(const struct calendar *k, int64_t at_ms)
{
	size_t low = 0, high = k->n_taken;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (k->taken[mid].from_ms <= at_ms - AGENDA_LONG_MS)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool calendar_is_free(const struct calendar *k, int64_t from_ms, int64_t until_ms)
{
	for (size_t i = taken_from(k, from_ms); i < k->n_taken && k->taken[i].from_ms < until_ms; i++)
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

/* ---- calendars read together ---- */

/* Closings of a unit in the window: its calendars share them. */
struct closing { int64_t agenda; struct agenda_span span; };
struct unit { struct str id; struct closing *at; size_t n; };
struct units { struct unit *at; size_t n; };

struct reading { struct db_many m; struct calendar **at; struct unit *units; int64_t from_ms, until_ms; };

static void hours_bind(struct db_many *m, struct db_stmt *s, size_t i) { db_bind_i64(s, 1, ((struct reading *)(void *)m)->at[i]->of.no); }

static enum rc hours_row(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p)
{
	(void)p;
	add_hours(((struct reading *)(void *)m)->at[i], s);
	return RC_OK;
}

static void taken_bind(struct db_many *m, struct db_stmt *s, size_t i)
{
	const struct reading *r = (struct reading *)(void *)m;
	bind_taken(s, r->at[i]->of.no, r->from_ms, r->until_ms);
}

static enum rc taken_row(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p) { return add_taken(((struct reading *)(void *)m)->at[i], s, p); }

static void closing_bind(struct db_many *m, struct db_stmt *s, size_t i)
{
	const struct reading *r = (struct reading *)(void *)m;
	db_bind_str(s, 1, r->units[i].id);
	db_bind_i64(s, 2, r->from_ms);
	db_bind_i64(s, 3, r->until_ms);
}

static enum rc closing_row(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p)
{
	struct unit *u = &((struct reading *)(void *)m)->units[i];
	(void)p;
	if (u->n < CLOSED_ROWS)
		u->at[u->n++] = (struct closing){ db_i64(s, 1), { db_i64(s, 2), db_i64(s, 3) } };
	return RC_OK;
}

static enum rc units_read(struct db_conn *c, struct units *u, int64_t from_ms, int64_t until_ms, struct problem *p)
{
	struct reading r = { .m = { closing_bind, closing_row }, .units = u->at, .from_ms = from_ms, .until_ms = until_ms };
	for (size_t i = 0; i < u->n; i++)
		u->at[i].n = 0;
	return db_each(c, ST_HOSPITAL_AGENDA_CLOSING_OF, &r.m, u->n, p);
}

static struct unit *unit_of(struct units *u, struct str id)
{
	size_t i = 0;
	while (i < u->n && !str_is(u->at[i].id, id))
		i++;
	return i < u->n ? &u->at[i] : NULL;
}

static enum rc units_add(struct arena *a, struct units *u, const struct agendas *g, struct problem *p)
{
	for (size_t i = 0; i < g->n; i++)
		if (!unit_of(u, g->at[i].unit))
			u->at[u->n++] = (struct unit){ g->at[i].unit, arena_array(a, CLOSED_ROWS, sizeof(struct closing)), 0 };
	return arena_rc(a, p);
}

static void close_by(struct calendar *k, const struct unit *u)
{
	k->n_closed = 0;
	for (size_t i = 0; u && i < u->n && k->n_closed < CLOSED_MAX; i++)
		if (u->at[i].agenda == 0 || u->at[i].agenda == k->of.no)
			k->closed[k->n_closed++] = u->at[i].span;
}

/* The window of n calendars, which have their room: one statement for the hours of those that have none yet, one for what is taken. A server is waited for once each. */
static enum rc read_together(struct db_conn *c, struct units *u, struct calendar **at, size_t n, int64_t from_ms, int64_t until_ms, struct problem *p)
{
	struct calendar *lacks[PORTION];
	struct reading r = { .m = { hours_bind, hours_row }, .at = lacks, .from_ms = from_ms, .until_ms = until_ms };
	size_t n_lacks = 0;
	for (size_t i = 0; i < n; i++) {
		at[i]->n_taken = 0;
		close_by(at[i], unit_of(u, at[i]->of.unit));
		if (!at[i]->has_hours)
			lacks[n_lacks++] = at[i];
	}
	enum rc rc = db_each(c, ST_HOSPITAL_AGENDA_HOURS_OF, &r.m, n_lacks, p);
	for (size_t i = 0; i < n_lacks; i++)
		lacks[i]->has_hours = rc == RC_OK;
	r.m = (struct db_many){ taken_bind, taken_row };
	r.at = at;
	return rc == RC_OK ? db_each(c, ST_HOSPITAL_APPOINTMENT_TAKEN, &r.m, n, p) : rc;
}

/* ---- the first free ---- */

/* A local day of the window. plain: 24 hours long, so that its minutes follow each other. */
struct day { int32_t no; int64_t start_ms; bool plain; };
/* What is free of rooms or devices at a beginning, looked up once: many people have the same hours. */
#define GRID (WINDOW * 24 * 12 + 12)
struct grid { const struct agendas *of; struct calendar *at; const struct agenda **first; bool *known; };
struct search {
	struct db_conn *c;
	struct arena *a;
	const struct agenda_ask *ask;
	struct units units;
	struct calendar *people;
	struct grid rooms, devices;
	struct day days[WINDOW];
	size_t n_days;
	int64_t from_ms, until_ms; /* of the window */
	struct agenda_slots *out;
};

static bool is_full(const struct agenda_slots *s, int64_t at_ms) { return s->n == AGENDA_SLOTS && at_ms >= s->at[AGENDA_SLOTS - 1].at_ms; }

static const struct agenda *first_free(const struct grid *g, int64_t kind, int64_t from_ms, int64_t until_ms)
{
	for (size_t i = 0; i < g->of->n; i++)
		if (calendar_is_open(&g->at[i], kind, from_ms, until_ms) && calendar_is_free(&g->at[i], from_ms, until_ms))
			return &g->at[i].of;
	return NULL;
}

static const struct agenda *free_at(struct search *f, struct grid *g, int64_t at_ms)
{
	int64_t until_ms = at_ms + f->ask->minutes * AGENDA_MINUTE_MS, off = at_ms - f->from_ms;
	size_t i = off >= 0 && off % AGENDA_SHORT_MS == 0 ? (size_t)(off / AGENDA_SHORT_MS) : GRID;
	if (i >= GRID)
		return first_free(g, f->ask->kind, at_ms, until_ms);
	if (!g->known[i]) {
		g->first[i] = first_free(g, f->ask->kind, at_ms, until_ms);
		g->known[i] = true;
	}
	return g->first[i];
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

/* The person is free: with a room and a device, where they are asked for. */
static void offer(struct search *f, size_t who, int64_t at_ms)
{
	const struct agenda_ask *q = f->ask;
	struct agenda_slot s = { .at_ms = at_ms, .person = &q->people.at[who] };
	s.room = q->rooms.n ? free_at(f, &f->rooms, at_ms) : NULL;
	s.device = q->devices.n && (s.room || !q->rooms.n) ? free_at(f, &f->devices, at_ms) : NULL;
	if ((!q->rooms.n || s.room) && (!q->devices.n || s.device))
		keep(f->out, s);
}

/* When the last closing that touches the span is over; INT64_MIN: none does. */
static int64_t closed_until(const struct calendar *k, int64_t from_ms, int64_t until_ms)
{
	int64_t last = INT64_MIN;
	for (size_t i = 0; i < k->n_closed; i++)
		if (k->closed[i].from_ms < until_ms && k->closed[i].until_ms > from_ms && k->closed[i].until_ms > last)
			last = k->closed[i].until_ms;
	return last;
}

static int64_t step_from(int64_t at_ms, int64_t from_ms, int64_t step_ms)
{
	return from_ms <= at_ms ? at_ms : at_ms + (from_ms - at_ms + step_ms - 1) / step_ms * step_ms;
}

/* One sweep over what is taken, in its order: from what is in the way to the first beginning after it. Each row is looked at once, however many beginnings it covers. */
static void sweep(struct search *f, size_t who, const struct agenda_hours *h, int64_t day_ms)
{
	const struct calendar *k = &f->people[who];
	int64_t long_ms = f->ask->minutes * AGENDA_MINUTE_MS, step = h->step_min * AGENDA_MINUTE_MS, last = day_ms + h->until_min * AGENDA_MINUTE_MS - long_ms, busy = INT64_MIN;
	int64_t at = step_from(day_ms + h->from_min * AGENDA_MINUTE_MS, f->ask->from_ms, step);
	size_t i = taken_from(k, at);
	while (at <= last && !is_full(f->out, at)) {
		for (; i < k->n_taken && k->taken[i].from_ms < at + long_ms; i++)
			busy = k->taken[i].until_ms > busy ? k->taken[i].until_ms : busy;
		int64_t closed = k->n_closed ? closed_until(k, at, at + long_ms) : INT64_MIN, until = busy > closed ? busy : closed;
		if (until <= at) {
			offer(f, who, at);
			at += step;
		} else {
			at = step_from(at, until, step);
		}
	}
}

/* A day on which clocks change: its minutes do not follow each other, so each beginning is asked by itself. */
static void look_at_each(struct search *f, size_t who, const struct agenda_hours *h, int32_t day)
{
	const struct calendar *k = &f->people[who];
	int64_t end = agenda_instant(day, h->until_min), long_ms = f->ask->minutes * AGENDA_MINUTE_MS;
	for (int m = h->from_min; m < h->until_min; m += h->step_min) {
		int64_t at = agenda_instant(day, m);
		if (at >= f->ask->from_ms && at + long_ms <= end && !is_full(f->out, at) && !touches(k->closed, k->n_closed, at, at + long_ms) && calendar_is_free(k, at, at + long_ms))
			offer(f, who, at);
	}
}

static void look_in(struct search *f, size_t who)
{
	const struct calendar *k = &f->people[who];
	for (size_t d = 0; d < f->n_days; d++)
		for (size_t h = 0; h < k->n_hours; h++) {
			if (!stands(&k->hours[h], f->ask->kind, f->days[d].no))
				continue;
			if (f->days[d].plain)
				sweep(f, who, &k->hours[h], f->days[d].start_ms);
			else
				look_at_each(f, who, &k->hours[h], f->days[d].no);
		}
}

/* Whose turn it is: by the time from which a calendar can have anything free, then as they were named. */
struct turn { size_t i; int64_t from_ms; };

static int by_turn(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	return x->from_ms != y->from_ms ? (x->from_ms > y->from_ms) - (x->from_ms < y->from_ms) : (x->i > y->i) - (x->i < y->i);
}

/* Room of a calendar, used again by each window. */
static enum rc room_for(struct search *f, struct calendar *k, const struct agenda *g, struct problem *p)
{
	if (!k->taken)
		*k = (struct calendar){ .hours = arena_array(f->a, HOURS_MAX, sizeof *k->hours), .closed = arena_array(f->a, CLOSED_MAX, sizeof *k->closed), .taken = arena_array(f->a, TAKEN_MAX, sizeof *k->taken) };
	k->of = *g;
	return arena_rc(f->a, p);
}

static enum rc read_grid(struct search *f, struct grid *g, struct problem *p)
{
	struct calendar *at[PORTION];
	enum rc rc = RC_OK;
	memset(g->known, 0, GRID * sizeof *g->known);
	for (size_t i = 0; i < g->of->n && rc == RC_OK;) {
		size_t n = 0;
		for (; n < PORTION && i < g->of->n && rc == RC_OK; i++, n++) {
			at[n] = &g->at[i];
			rc = room_for(f, at[n], &g->of->at[i], p);
		}
		if (rc == RC_OK)
			rc = read_together(f->c, &f->units, at, n, f->from_ms, f->until_ms, p);
	}
	return rc;
}

static void window_of(struct search *f, int32_t first, int32_t last)
{
	f->n_days = (size_t)(last - first + 1);
	f->from_ms = agenda_instant(first, 0);
	f->until_ms = agenda_instant(last + 1, 0);
	for (size_t i = 0; i < f->n_days; i++) {
		int32_t no = first + (int32_t)i;
		int64_t start = agenda_instant(no, 0);
		f->days[i] = (struct day){ no, start, agenda_instant(no + 1, 0) - start == 24 * 60 * AGENDA_MINUTE_MS };
	}
}

/* By portions, so that what the first find bounds what of the next is looked at. */
static enum rc look_window(struct search *f, const struct turn *turns, struct problem *p)
{
	const struct agenda_ask *q = f->ask;
	if (!q->people.n || turns[0].from_ms >= f->until_ms)
		return RC_OK;
	enum rc rc = units_read(f->c, &f->units, f->from_ms, f->until_ms, p);
	if (rc == RC_OK)
		rc = read_grid(f, &f->rooms, p);
	if (rc == RC_OK)
		rc = read_grid(f, &f->devices, p);
	for (size_t i = 0, n; i < q->people.n && rc == RC_OK; i += n) {
		struct calendar *at[PORTION];
		for (n = 0; n < PORTION && i + n < q->people.n && rc == RC_OK && turns[i + n].from_ms < f->until_ms && !is_full(f->out, turns[i + n].from_ms); n++) {
			at[n] = &f->people[turns[i + n].i];
			rc = room_for(f, at[n], &q->people.at[turns[i + n].i], p);
		}
		if (!n)
			break; /* nor any after it */
		if (rc == RC_OK)
			rc = read_together(f->c, &f->units, at, n, f->from_ms, f->until_ms, p);
		for (size_t t = i; t < i + n && rc == RC_OK && !is_full(f->out, turns[t].from_ms); t++)
			look_in(f, turns[t].i);
	}
	return rc;
}

static struct grid grid_new(struct arena *a, const struct agendas *of)
{
	return (struct grid){ of, arena_array(a, of->n + 1, sizeof(struct calendar)), arena_array(a, GRID, sizeof(const struct agenda *)), arena_array(a, GRID, sizeof(bool)) };
}

enum rc agenda_find(struct db_conn *c, struct arena *a, const struct agenda_ask *ask, struct agenda_slots *s_r, struct problem *p)
{
	const struct agendas *all[] = { &ask->people, &ask->rooms, &ask->devices };
	struct search f = { .c = c, .a = a, .ask = ask, .out = s_r, .people = arena_array(a, ask->people.n + 1, sizeof *f.people), .rooms = grid_new(a, &ask->rooms), .devices = grid_new(a, &ask->devices),
		.units = { arena_array(a, ask->people.n + ask->rooms.n + ask->devices.n + 1, sizeof *f.units.at), 0 } };
	struct turn *turns = arena_array(a, ask->people.n + 1, sizeof *turns);
	int32_t first = agenda_day(ask->from_ms), last = ask->until_day < first + AGENDA_DAYS ? ask->until_day : first + AGENDA_DAYS, days = 1;
	enum rc rc = arena_rc(a, p);
	s_r->n = 0;
	for (size_t i = 0; i < N_OF(all) && rc == RC_OK; i++)
		rc = units_add(a, &f.units, all[i], p);
	for (size_t i = 0; i < ask->people.n && rc == RC_OK; i++)
		turns[i] = (struct turn){ i, ask->people.at[i].full_until_ms > ask->from_ms ? ask->people.at[i].full_until_ms : ask->from_ms };
	if (rc == RC_OK)
		qsort(turns, ask->people.n, sizeof *turns, by_turn);
	for (int32_t day = first; day <= last && rc == RC_OK && s_r->n < AGENDA_SLOTS; day += days, days = days * 2 < WINDOW ? days * 2 : WINDOW) {
		window_of(&f, day, day + days - 1 < last ? day + days - 1 : last);
		rc = look_window(&f, turns, p);
	}
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
