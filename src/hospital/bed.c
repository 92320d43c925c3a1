/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/bed.c: see bed.h. Must never let a stay that the record holds be refused or lost here: what cannot lie in its bed is kept without one. Start at stay_follow. */
#include "hospital/bed.h"

#include <string.h>

#include "base/clock.h"
#include "hospital/discharge.h"
#include "hospital/live.h"
#include "record/record.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define LEVELS 4            /* of partOf, up to what a unit manages */
#define REBUILD_MOST 1000000
#define UNIT_BEDS 1000
#define ALL_BEDS 100000

/* ---- Locations ---- */

/* FR Core's kinds of places (fr-core-cs-location-type LIT), or HL7's (location-physical-type bd). */
static bool is_bed(const struct json *location)
{
	return has_code(json_get(location, "type"), STR_NONE, STR("LIT")) || has_code(json_get(location, "physicalType"), STR_NONE, STR("bd"));
}

/* The unit that manages it, itself or what it is part of. id: in the arena. */
static enum rc manager_of(struct db_conn *c, struct arena *a, const struct json *location, struct str *unit_r, struct problem *p)
{
	const struct json *at = location;
	enum rc rc = RC_OK;
	*unit_r = STR_NONE;
	for (unsigned i = 0; at && i < LEVELS && rc == RC_OK; i++) {
		struct item it;
		struct str up;
		bool found = false;
		if (ref_of(json_get(at, "managingOrganization"), "Organization", unit_r))
			return RC_OK;
		if (ref_of(json_get(at, "partOf"), "Location", &up))
			rc = item_find(c, a, "Location", up, &found, &it, p);
		at = rc == RC_OK && found ? it.body : NULL;
	}
	return rc;
}

static enum rc put_bed(struct db_conn *c, struct str id, struct str unit, const struct json *location, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BED_PUT);
	struct str room = STR(""), name = json_get_text(location, "name"), status = json_get_text(location, "status");
	(void)ref_of(json_get(location, "partOf"), "Location", &room);
	db_bind_str(s, 1, id);
	db_bind_str(s, 2, unit.n ? unit : STR(""));
	db_bind_str(s, 3, room);
	db_bind_str(s, 4, name.n ? name : id);
	db_bind_i64(s, 5, !status.n || str_eq(status, "active"));
	return db_run(s, p);
}

static enum rc drop_place(struct db_conn *c, enum stmt which, struct str id, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, which);
	db_bind_str(s, 1, id);
	return db_run(s, p);
}

enum rc bed_follow(struct db_conn *c, struct str id, const struct json *location, struct problem *p)
{
	struct arena scratch;
	struct str unit = STR_NONE;
	enum rc rc = drop_place(c, ST_HOSPITAL_UNIT_PLACE_DROP, id, p);
	if (rc == RC_OK && (!location || !is_bed(location)))
		rc = drop_place(c, ST_HOSPITAL_BED_DROP, id, p);
	if (rc != RC_OK || !location)
		return rc;
	arena_init(&scratch, 16u << 20);
	rc = manager_of(c, &scratch, location, &unit, p);
	live_touch_unit(LIVE_BEDS, unit);
	if (rc == RC_OK && is_bed(location)) {
		rc = put_bed(c, id, unit, location, p);
	} else if (rc == RC_OK && unit.n && !json_get(location, "partOf")) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_UNIT_PLACE_PUT);
		db_bind_str(s, 1, unit);
		db_bind_str(s, 2, id);
		rc = db_run(s, p);
	}
	arena_done(&scratch);
	return rc;
}

/* ---- Encounters ---- */

static bool is_ahead(const struct json *location)
{
	struct str status = json_get_text(location, "status");
	return str_eq(status, "planned") || str_eq(status, "reserved");
}

/* Where the person is: the last place that is neither to come nor over. Where to, announced: the last that is to come; of a planned stay any. */
static void places_of(const struct json *encounter, bool planned, const struct json **here_r, const struct json **next_r)
{
	*here_r = *next_r = NULL;
	for json_each(l, json_get(encounter, "location")) {
		if (planned || is_ahead(l))
			*next_r = l;
		else if (!str_eq(json_get_text(l, "status"), "completed") && !text_at(l, "period.end").n)
			*here_r = l;
	}
}

enum rc bed_unit(struct db_conn *c, struct arena *a, struct str id, bool *found_r, struct str *unit_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BED_GET);
	*found_r = false;
	if (!id.n)
		return RC_OK;
	db_bind_str(s, 1, id);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*unit_r = arena_str(a, db_text(s, 0));
	db_reset(s);
	return rc;
}

/* Its unit, and its bed where it is one. */
static enum rc place_says(struct db_conn *c, struct arena *a, const struct json *location, struct str *unit_r, struct str *bed_r, struct problem *p)
{
	struct str id = STR_NONE;
	struct item it;
	bool found = false;
	*unit_r = *bed_r = STR_NONE;
	if (!ref_of(json_get(location, "location"), "Location", &id))
		return RC_OK;
	enum rc rc = bed_unit(c, a, id, &found, unit_r, p);
	if (rc != RC_OK)
		return rc;
	if (found) {
		*bed_r = id;
		return RC_OK;
	}
	rc = item_find(c, a, "Location", id, &found, &it, p);
	return rc == RC_OK && found ? manager_of(c, a, it.body, unit_r, p) : rc;
}

static void bind_text(struct db_stmt *s, int i, struct str v)
{
	if (v.n)
		db_bind_str(s, i, v);
	else
		db_bind_null(s, i);
}

/* Who claims no bed meets nobody: nobody waits for that row. */
static enum rc put_stay(struct db_conn *c, const struct stay_now *n, bool *put_r, struct problem *p)
{
	bool claims = n->bed.n || n->next_bed.n;
	struct db_stmt *s = db_stmt(c, claims ? ST_HOSPITAL_STAY_NOW_PUT : ST_HOSPITAL_STAY_NOW_ADD);
	db_bind_i64(s, 1, n->rid);
	db_bind_i64(s, 2, n->patient);
	db_bind_str(s, 3, n->state);
	db_bind_str(s, 4, n->class_.n ? n->class_ : STR(""));
	db_bind_str(s, 5, n->unit.n ? n->unit : STR(""));
	bind_text(s, 6, n->bed);
	db_bind_i64(s, 7, n->since_ms);
	bind_text(s, 8, n->next_unit);
	bind_text(s, 9, n->next_bed);
	if (n->next_ms)
		db_bind_i64(s, 10, n->next_ms);
	else
		db_bind_null(s, 10);
	*put_r = !claims;
	if (!claims)
		return db_run(s, p);
	enum rc rc = db_step(s, put_r, p);
	db_reset(s);
	return rc;
}

/* Not over, as its status and its end say; the state in our words, empty when it is over. */
static struct str state_of(const struct json *encounter)
{
	static const char *const HERE[] = { "arrived", "triaged", "in-progress" };
	struct str status = json_get_text(encounter, "status");
	int64_t end = when_high(text_at(encounter, "period.end"));
	if (str_eq(status, "planned"))
		return STR("planned");
	if (end != INT64_MIN && end <= clock_ms())
		return STR_NONE;
	if (str_eq(status, "onleave"))
		return STR("leave");
	for (size_t i = 0; i < N_OF(HERE); i++)
		if (str_eq(status, HERE[i]))
			return STR("present");
	return STR_NONE;
}

static enum rc read_stay(struct db_conn *c, struct arena *a, const struct json *e, struct stay_now *n, struct problem *p)
{
	const struct json *here, *next;
	struct str unit = STR_NONE, owner = STR_NONE;
	int64_t start = when_low(text_at(e, "period.start"));
	bool planned = str_eq(n->state, "planned");
	places_of(e, planned, &here, &next);
	n->class_ = text_at(e, "class.code");
	n->since_ms = start == INT64_MIN ? 0 : start;
	(void)ref_of(json_get(e, "serviceProvider"), "Organization", &unit);
	enum rc rc = planned ? RC_OK : place_says(c, a, here, &owner, &n->bed, p);
	if (rc == RC_OK)
		rc = place_says(c, a, next, &n->next_unit, &n->next_bed, p);
	if (planned) {
		n->next_unit = unit.n ? unit : n->next_unit;
		n->next_ms = n->since_ms;
	} else {
		int64_t at = when_low(text_at(next, "period.start"));
		n->unit = unit.n ? unit : owner;
		n->next_ms = n->next_unit.n && at != INT64_MIN ? at : 0;
	}
	if (!n->next_unit.n)
		n->next_bed = STR_NONE;
	return rc;
}

/* What ends with a stay, and what comes back with it, is looked at once all that is written with it stands. */
static enum rc notice(struct db_conn *c, int64_t rid, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STAY_NOW_GET);
	bool row = false;
	db_bind_i64(s, 1, rid);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK)
		discharge_saw(rid, row && !str_eq(db_text(s, 1), "planned"), row ? db_text(s, 3) : STR_NONE);
	db_reset(s);
	return rc;
}

enum rc stay_follow(struct db_conn *c, int64_t rid, int64_t patient, const struct json *encounter, bool fresh, struct problem *p)
{
	struct stay_now n = { .rid = rid, .patient = patient, .state = encounter ? state_of(encounter) : STR_NONE };
	struct arena scratch;
	bool put = false;
	enum rc rc = live_touch_stay(c, rid, p);
	if (rc == RC_OK && !fresh && encounter)
		rc = notice(c, rid, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STAY_NOW_DROP);
	db_bind_i64(s, 1, rid);
	rc = db_run(s, p);
	if (rc != RC_OK || !n.state.n || patient <= 0)
		return rc;
	arena_init(&scratch, 16u << 20);
	rc = read_stay(c, &scratch, encounter, &n, p);
	while (rc == RC_OK && !put) {
		rc = put_stay(c, &n, &put, p);
		if (!put)
			*(n.next_bed.n ? &n.next_bed : &n.bed) = STR_NONE; /* somebody else has that bed: in the unit all the same */
	}
	arena_done(&scratch);
	if (rc == RC_OK)
		rc = live_touch_stay(c, rid, p);
	return rc;
}

/* ---- made anew ---- */

struct again { struct item_each each; struct db_conn *c; bool stays; };

static enum rc again_one(struct item_each *e, const struct item *it, struct arena *scratch, struct problem *p)
{
	struct again *k = (struct again *)(void *)e;
	(void)scratch;
	return k->stays ? stay_follow(k->c, it->rid, it->patient, it->body, true, p) : bed_follow(k->c, it->id, it->body, p);
}

static enum rc rebuild_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	static const enum stmt EMPTY[] = { ST_HOSPITAL_STAY_NOW_CLEAR, ST_HOSPITAL_BED_CLEAR, ST_HOSPITAL_UNIT_PLACE_CLEAR };
	static const struct pair OPEN[] = { { STR("status"), STR("planned,arrived,triaged,in-progress,onleave") } };
	struct again k = { .each = { again_one }, .c = c };
	struct arena a;
	bool more = false;
	enum rc rc = RC_OK;
	(void)j;
	(void)txn;
	arena_init(&a, 16u << 20);
	for (size_t i = 0; i < N_OF(EMPTY) && rc == RC_OK; i++)
		rc = db_run(db_stmt(c, EMPTY[i]), p);
	if (rc == RC_OK)
		rc = items_each(c, &a, "Location", NULL, 0, REBUILD_MOST, &k.each, &more, p);
	k.stays = true;
	if (rc == RC_OK)
		rc = items_each(c, &a, "Encounter", OPEN, N_OF(OPEN), REBUILD_MOST, &k.each, &more, p);
	arena_done(&a);
	return rc;
}

enum rc bed_rebuild(struct db *db, struct problem *p)
{
	struct db_job job = { .run = rebuild_run };
	return db_write_now(db, &job, p);
}

/* ---- reading ---- */

static struct bed bed_row(struct db_stmt *s, struct arena *a)
{
	struct bed b = { .id = db_text(s, 0), .name = db_text(s, 1), .room = db_text(s, 2), .open = db_i64(s, 3) != 0, .state = db_text(s, 4), .stay = db_i64(s, 5), .patient = db_i64(s, 6),
		.since_ms = db_i64(s, 8), .exit_ms = db_i64(s, 9), .held = db_i64(s, 10), .held_patient = db_i64(s, 11), .held_ms = db_i64(s, 12), .sex = db_text(s, 13), .hard = db_i64(s, 14) != 0 };
	b.leave = str_eq(db_text(s, 7), "leave");
	if (a) {
		b.id = arena_str(a, b.id);
		b.name = arena_str(a, b.name);
		b.room = arena_str(a, b.room);
		b.state = arena_str(a, b.state);
		b.sex = arena_str(a, b.sex);
	}
	return b;
}

enum rc bed_find(struct db_conn *c, struct arena *a, struct str id, bool *found_r, struct bed *b_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BED_ONE);
	*found_r = false;
	if (!id.n)
		return RC_OK;
	db_bind_str(s, 1, id);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*b_r = bed_row(s, a);
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

const char *bed_says(const struct bed *b)
{
	if (b->stay)
		return b->leave ? "leave" : "occupied";
	if (!b->open || str_eq(b->state, "closed"))
		return "closed";
	if (b->held)
		return "reserved";
	return str_eq(b->state, "cleaning") ? "cleaning" : str_eq(b->state, "isolation") ? "isolation" : "free";
}

static void count_one(const struct bed *b, int64_t now_ms, struct bed_count *n)
{
	struct str says = str_of(bed_says(b));
	n->beds++;
	n->occupied += str_eq(says, "occupied");
	n->leave += str_eq(says, "leave");
	n->closed += str_eq(says, "closed");
	n->reserved += str_eq(says, "reserved");
	n->cleaning += str_eq(says, "cleaning");
	n->free += str_eq(says, "free") || str_eq(says, "isolation");
	n->isolation += str_eq(b->state, "isolation");
	n->exits += b->stay && b->exit_ms && b->exit_ms < now_ms + DAY_MS;
}

enum rc bed_count(struct db_conn *c, struct str unit, int64_t now_ms, struct bed_count *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BED_OF_UNIT);
	bool row = false;
	enum rc rc;
	*n_r = (struct bed_count){ .beds = 0 };
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, UNIT_BEDS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct bed b = bed_row(s, NULL);
		count_one(&b, now_ms, n_r);
	}
	db_reset(s);
	return rc;
}

/* Counted where the rows are: on a server some thousand beds would otherwise travel. The words are those of bed_says and count_one. */
static enum rc count_units(struct db_conn *c, struct bed_each *e, int64_t now_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BED_OF_ALL);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, ALL_BEDS);
	db_bind_i64(s, 2, now_ms + DAY_MS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct bed_count n = { .beds = (unsigned)db_i64(s, 1), .occupied = (unsigned)db_i64(s, 2), .leave = (unsigned)db_i64(s, 3), .closed = (unsigned)db_i64(s, 4), .reserved = (unsigned)db_i64(s, 5),
			.cleaning = (unsigned)db_i64(s, 6), .isolation = (unsigned)db_i64(s, 7), .exits = (unsigned)db_i64(s, 8) };
		n.free = n.beds - n.occupied - n.leave - n.closed - n.reserved - n.cleaning;
		e->unit(e, db_text(s, 0), &n);
	}
	db_reset(s);
	return rc;
}

enum rc bed_count_all(struct db_conn *c, struct bed_each *e, int64_t now_ms, int64_t until_ms, struct problem *p)
{
	bool row = false;
	enum rc rc = count_units(c, e, now_ms, p);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STAY_COMING_ALL);
	db_bind_i64(s, 1, until_ms);
	db_bind_i64(s, 2, ALL_BEDS);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		e->coming(e, db_text(s, 0), db_i64(s, 1));
	db_reset(s);
	return rc;
}

enum rc stay_now_find(struct db_conn *c, struct arena *a, int64_t rid, bool *found_r, struct stay_now *s_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STAY_NOW_GET);
	*found_r = false;
	db_bind_i64(s, 1, rid);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*s_r = (struct stay_now){ .rid = rid, .patient = db_i64(s, 0), .state = arena_str(a, db_text(s, 1)), .class_ = arena_str(a, db_text(s, 2)), .unit = arena_str(a, db_text(s, 3)),
			.bed = arena_str(a, db_text(s, 4)), .since_ms = db_i64(s, 5), .next_unit = arena_str(a, db_text(s, 6)), .next_bed = arena_str(a, db_text(s, 7)), .next_ms = db_i64(s, 8), .exit_ms = db_i64(s, 9) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* "Chirurgie, Lit 12", as the house names them; empty: no name is known. */
static struct str place_named(struct db_conn *c, struct arena *a, struct str unit, struct str bed)
{
	struct names names = { c, a, NULL };
	struct str one = name_of(&names, "Organization", unit), other = name_of(&names, "Location", bed);
	struct buf b;
	if (!one.n || !other.n)
		return one.n ? one : other;
	buf_init(&b, PROBLEM_ABOUT * 2);
	buf_str(&b, one);
	buf_z(&b, ", ");
	buf_str(&b, other);
	struct str both = b.failed ? one : arena_str(a, buf_view(&b));
	buf_done(&b);
	return both;
}

enum rc bed_lets_go(struct db_conn *c, struct arena *a, int64_t patient, const char *where, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STAY_OF_PATIENT);
	struct str unit = STR_NONE, bed = STR_NONE;
	bool row = false, runs = false, any = false;
	enum rc rc;
	db_bind_i64(s, 1, patient);
	while (!runs && (rc = db_step(s, &row, p)) == RC_OK && row) {
		runs = !str_eq(db_text(s, 1), "planned");
		any = true;
		unit = arena_str(a, db_text(s, runs ? 3 : 5));
		bed = arena_str(a, db_text(s, runs ? 4 : 7));
	}
	db_reset(s);
	if (rc != RC_OK || !any)
		return rc;
	rc = problem_set(p, RC_CONFLICT, runs ? WHY_STAY_RUNS : WHY_STAY_EXPECTED, where, "a stay of patient %lld is not over", (long long)patient);
	struct str at = place_named(c, a, unit, bed);
	return at.n ? problem_about(p, rc, at.p, at.n) : rc;
}

enum rc beds_of(struct db_conn *c, struct arena *a, struct str unit, struct bed **at_r, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BED_OF_UNIT);
	struct bed *at = NULL;
	size_t n = 0, cap = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, UNIT_BEDS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		if (n == cap) {
			struct bed *more = arena_array(a, cap ? cap * 2 : 64, sizeof *more);
			if (!more)
				break;
			if (n)
				memcpy(more, at, n * sizeof *at);
			at = more;
			cap = cap ? cap * 2 : 64;
		}
		at[n++] = bed_row(s, a);
	}
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}
