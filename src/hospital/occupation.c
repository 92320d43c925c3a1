/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/occupation.c: how full a unit, or the units of an establishment, were on each day of a period; who came, left and moved, and how long stays lasted that ended.
 * Numbers only: nobody is named. Counted from the movements that were recorded here and from the stays that are not over: a stay that ended elsewhere is not seen
 * (docs/decisions/0045). Called by the gate through the row at the end. Start at occupation_view.
 */
#include "hospital/agenda.h"
#include "hospital/bed.h"
#include "hospital/matters.h"
#include "hospital/place_tree.h"

#include <string.h>

#define DAYS_MOST  366      /* of a unit's period */
#define SITE_DAYS_MOST 92   /* of an establishment's: of sixty units a year would keep a worker of the gate for three seconds */
#define DAYS_FIRST 7        /* of the one that nobody chose */
#define MOVES_MOST 500000   /* of one unit that are looked at; some 7,000 a year leave a unit of thirty beds */
#define HOUR_MS     (3600 * INT64_C(1000))

struct day { int64_t there, came, moved_in, moved_out, left, lasted, lasted_ms; };
struct period {
	struct view_ctx *v;
	int32_t from, until, today;
	int64_t from_ms, end_ms; /* the first instant, and the one after the last day or now */
	struct day *at;
	bool more;
};

static int32_t day_arg(const struct args *a, const char *name, int32_t otherwise)
{
	int64_t ms = when_low(args_get(a, name));
	return ms == INT64_MIN ? otherwise : agenda_day(ms + 12 * HOUR_MS);
}

static struct day *day_at(struct period *o, int64_t ms)
{
	int32_t day = agenda_day(ms);
	return day >= o->from && day <= o->until ? &o->at[day - o->from] : NULL;
}

/* Who is there at the end of a day: came before it is over, and left on a later one. left_ms 0: is there still. */
static void there(struct period *o, int64_t came_ms, int64_t left_ms)
{
	int32_t first = came_ms > 0 ? agenda_day(came_ms) : o->from, end = left_ms ? agenda_day(left_ms) : o->until + 1;
	for (int32_t d = first < o->from ? o->from : first; d < end && d <= o->until; d++)
		o->at[d - o->from].there++;
}

struct left { int64_t stay, at_ms, came_ms, begun_ms; bool ends; };

/* When the stay itself says that it began: of those that no movement here began. 0: not known any more. */
static enum rc begun(struct period *o, int64_t stay, int64_t *ms_r, struct problem *p)
{
	struct item it;
	bool found = false;
	enum rc rc = item_by_rid(o->v->db, o->v->arena, stay, &found, &it, p);
	int64_t ms = rc == RC_OK && found ? when_low(text_at(it.body, "period.start")) : INT64_MIN;
	*ms_r = ms == INT64_MIN ? 0 : ms;
	return rc == RC_NOT_FOUND || rc == RC_GONE ? RC_OK : rc;
}

static enum rc count_left(struct period *o, struct left l, struct problem *p)
{
	int64_t start = 0;
	struct day *d = day_at(o, l.at_ms);
	enum rc rc = l.came_ms && (l.begun_ms || !l.ends) ? RC_OK : begun(o, l.stay, &start, p);
	there(o, l.came_ms ? l.came_ms : start, l.at_ms);
	if (!d)
		return rc;
	d->moved_out += !l.ends;
	d->left += l.ends;
	start = l.begun_ms ? l.begun_ms : start;
	if (l.ends && start > 0 && start <= l.at_ms) {
		d->lasted++;
		d->lasted_ms += l.at_ms - start;
	}
	return rc;
}

/* Also those who left after the period: they were there in it. */
static enum rc read_left(struct period *o, struct str unit, struct problem *p)
{
	struct db_stmt *s = db_stmt(o->v->db, ST_HOSPITAL_UNIT_LEFT_SINCE);
	struct left *asks = NULL;
	size_t n = 0, cap = 0, seen = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, o->from_ms);
	db_bind_i64(s, 3, MOVES_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct left l = { .stay = db_i64(s, 0), .ends = str_eq(db_text(s, 1), "A03"), .at_ms = db_i64(s, 2), .came_ms = db_i64(s, 3), .begun_ms = db_i64(s, 4) };
		seen++;
		if (l.came_ms && (l.begun_ms || !l.ends)) {
			rc = count_left(o, l, p);
			continue;
		}
		if (n == cap) { /* their stays are read when the statement is done */
			struct left *to = arena_array(o->v->arena, cap = cap ? cap * 2 : 64, sizeof *to);
			if (!to)
				break;
			if (n)
				memcpy(to, asks, n * sizeof *to);
			asks = to;
		}
		asks[n++] = l;
	}
	db_reset(s);
	o->more = o->more || seen == MOVES_MOST;
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = count_left(o, asks[i], p);
	return rc == RC_OK ? arena_rc(o->v->arena, p) : rc;
}

static enum rc read_came(struct period *o, struct str unit, struct problem *p)
{
	struct db_stmt *s = db_stmt(o->v->db, ST_HOSPITAL_UNIT_CAME);
	bool row = false;
	enum rc rc;
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, o->from_ms);
	db_bind_i64(s, 3, o->end_ms);
	db_bind_i64(s, 4, MOVES_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct day *d = day_at(o, db_i64(s, 1));
		bool admitted = str_eq(db_text(s, 0), "A01");
		if (d) {
			d->came += admitted;
			d->moved_in += !admitted;
		}
	}
	db_reset(s);
	return rc;
}

static enum rc read_there(struct period *o, struct str unit, struct problem *p)
{
	struct db_stmt *s = db_stmt(o->v->db, ST_HOSPITAL_UNIT_THERE);
	bool row = false;
	enum rc rc;
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, MOVES_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		there(o, db_i64(s, 2) ? db_i64(s, 2) : db_i64(s, 1), 0);
	db_reset(s);
	return rc;
}

static enum rc read_unit(struct period *o, struct str unit, int64_t *beds_r, struct problem *p)
{
	struct bed_count n;
	enum rc rc = bed_count(o->v->db, unit, o->v->now_ms, &n, p);
	if (rc == RC_OK)
		*beds_r += (int64_t)n.beds - (int64_t)n.closed;
	if (rc == RC_OK)
		rc = read_there(o, unit, p);
	if (rc == RC_OK)
		rc = read_left(o, unit, p);
	return rc == RC_OK ? read_came(o, unit, p) : rc;
}

static void cols_day(struct rows *out, const struct day *d, int64_t beds)
{
	rows_col_i64(out, "beds", beds);
	rows_col_i64(out, "there", d->there);
	rows_col_i64(out, "admissions", d->came);
	rows_col_i64(out, "discharges", d->left);
	rows_col_i64(out, "transfers_in", d->moved_in);
	rows_col_i64(out, "transfers_out", d->moved_out);
	rows_col_i64(out, "ended", d->lasted);
	if (d->lasted)
		rows_col_i64(out, "mean_hours", (d->lasted_ms / d->lasted + HOUR_MS / 2) / HOUR_MS);
}

static void rows_days(struct period *o, struct rows *out, int64_t beds)
{
	struct day sum = { .there = 0 };
	rows_set(out, "days");
	for (int32_t d = o->from; d <= o->until; d++) {
		const struct day *at = &o->at[d - o->from];
		int64_t noon = agenda_instant(d, 720);
		rows_row(out);
		rows_col(out, "day_on", day_of(o->v->arena, noon));
		rows_col_i64(out, "at", noon);
		col_flag(out, "today", d == o->today);
		cols_day(out, at, beds);
		sum.there += at->there;
		sum.came += at->came;
		sum.left += at->left;
		sum.moved_in += at->moved_in;
		sum.moved_out += at->moved_out;
		sum.lasted += at->lasted;
		sum.lasted_ms += at->lasted_ms;
	}
	rows_set(out, "sum");
	rows_row(out);
	cols_day(out, &sum, beds * (o->until - o->from + 1));
}

/* Units that are in service, below their establishments, and these. */
static void rows_places(struct rows *out, const struct places *t)
{
	rows_set(out, "places");
	for (size_t i = 0; i < t->n; i++) {
		const struct place *at = &t->at[i];
		bool site = at->site == at && !at->group && !at->unit;
		if (!site && !at->unit)
			continue;
		rows_row(out);
		rows_col(out, "id", at->id);
		col(out, "name", at->name.n ? at->name : at->id);
		if (at->unit && at->site != at)
			col(out, "site_name", at->site->name);
		col_flag(out, "unit", at->unit);
	}
}

/* The place that is meant, else the unit worked in, else the first establishment. NULL: none of the house. */
static const struct place *place_meant(const struct view_ctx *v, const struct places *t)
{
	struct str id = args_get(v->args, "place");
	const struct place *at = place_find(t, id.n ? id : v->who->unit);
	for (size_t i = 0; !at && !id.n && i < t->n; i++)
		if (t->at[i].site == &t->at[i] && !t->at[i].group)
			at = &t->at[i];
	return at;
}

/*
 * "occupation": place (a unit or an establishment; else the unit worked in), from, until (days; else the last seven). Set "period": place, name, unit (flag), own (flag: the
 * unit worked in), from_on, until_on; why and field when these days are no period: then nothing is counted. Set "days",
 * oldest first: day_on, at (its noon), today (flag), beds (open now), there (at the end of the day, of today now), admissions, discharges, transfers_in, transfers_out,
 * ended, mean_hours (of the ended whose begin is known). Set "sum": the same over all days. Set "places": id, name, site_name, unit (flag). Set
 * "more" (most): a unit had more movements than are counted.
 * Cost: of each unit its beds, its stays and what left it since the first day, three probes each.
 */
static enum rc occupation_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct places t;
	int32_t today = agenda_day(v->now_ms), until = day_arg(v->args, "until", today), from = day_arg(v->args, "from", until - DAYS_FIRST + 1);
	struct period o = { .v = v, .from = from, .until = until, .today = today };
	int64_t beds = 0;
	enum rc rc = place_tree_read(v->db, v->arena, &t, p);
	if (rc != RC_OK)
		return rc;
	const struct place *place = place_meant(v, &t);
	bool good = until <= today && from <= until && until - from < (place && !place->unit ? SITE_DAYS_MOST : DAYS_MOST);
	rows_places(out, &t);
	rows_set(out, "period");
	rows_row(out);
	if (place) {
		rows_col(out, "place", place->id);
		col(out, "name", place->name.n ? place->name : place->id);
		col_flag(out, "unit", place->unit);
		col_flag(out, "own", str_is(place->id, v->who->unit));
	}
	rows_col(out, "from_on", day_of(v->arena, agenda_instant(from, 720)));
	rows_col(out, "until_on", day_of(v->arena, agenda_instant(until, 720)));
	if (!good) {
		col_z(out, "why", why_row(WHY_OCCUPATION_DAYS)->name);
		col_z(out, "field", until > today ? "until" : "from");
	}
	if (!good || !place)
		return arena_rc(v->arena, p);
	o.from_ms = agenda_instant(from, 0);
	o.end_ms = agenda_instant(until + 1, 0);
	o.at = arena_array(v->arena, (size_t)(until - from + 1), sizeof *o.at);
	if (!o.at)
		return arena_rc(v->arena, p);
	memset(o.at, 0, (size_t)(until - from + 1) * sizeof *o.at);
	for (size_t i = 0; i < t.n && rc == RC_OK; i++)
		if (&t.at[i] == place || (!place->unit && t.at[i].unit && t.at[i].site == place))
			rc = read_unit(&o, t.at[i].id, &beds, p);
	if (rc != RC_OK)
		return rc;
	if (o.more) {
		rows_set(out, "more");
		rows_row(out);
		rows_col_i64(out, "most", MOVES_MOST);
	}
	rows_days(&o, out, beds);
	return arena_rc(v->arena, p);
}

const struct view occupation_views[] = {
	{ .name = "occupation", .may = MAY_MOVE | MAY_MANAGE, .reveals = REVEALS_META, .run = occupation_view },
	{ .name = NULL },
};
