/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stay.c: movements: pre-admission, admission, transfer (announced, done), leave and return, exit (announced, done), the cancelling of each, and another time for the last. Each is one row of
 * the movements and one version of the Encounter, in one transaction; care relations follow from the Encounter. Must never put two people in a bed nor one in two
 * (the keys of stay_now decide), never admit to a place that is closed, never turn a stay's time back. Called by the gate through the rows at the end. Start at begin.
 */
#include "base/clock.h"
#include "hospital/live.h"
#include "hospital/bed.h"
#include "hospital/known.h"
#include "hospital/matters.h"
#include "hospital/movement.h"
#include "hospital/place_tree.h"
#include "hospital/stay_write.h"

#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (24 * 60 * MINUTE_MS)
#define SLACK_MS (5 * MINUTE_MS)      /* clocks of desks differ */
#define AHEAD_MS (400 * DAY_MS)       /* what is announced lies within a year or so */

struct target { struct str unit, unit_name, location, location_name; bool is_bed; struct bed bed; };
struct move {
	struct act_ctx *x;
	int64_t patient;
	bool has; struct item stay; struct stay_now now;       /* the stay that is moved, and what it is now */
	int64_t at_ms;
	struct target to;
	struct str reason;
};

/* ---- arguments ---- */

/* "14:12", "14h12", "1412", "912". */
static bool read_hour(struct str typed, int *hour_r, int *minute_r)
{
	int digits[4], n = 0;
	for (size_t i = 0; i < typed.n; i++) {
		char c = typed.p[i];
		if (c >= '0' && c <= '9' && n < 4)
			digits[n++] = c - '0';
		else if (i == 0 || (c != ':' && c != 'h' && c != 'H') || (n != 1 && n != 2))
			return false;
	}
	if (n < 3)
		return false;
	*hour_r = n == 4 ? digits[0] * 10 + digits[1] : digits[0];
	*minute_r = digits[n - 2] * 10 + digits[n - 1];
	return *hour_r < 24 && *minute_r < 60;
}

/* Day and time of the form; neither: now. */
static enum rc time_arg(struct move *m, struct problem *p)
{
	struct str day = args_get(m->x->args, "day"), hour = str_trim(args_get(m->x->args, "time"));
	int64_t low = day.n ? when_low(day) : m->x->now_ms;
	int h = 0, min = 0;
	m->at_ms = m->x->now_ms;
	if (!day.n && !hour.n)
		return RC_OK;
	if (low == INT64_MIN)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "day", "no day");
	if (!read_hour(hour, &h, &min))
		return problem_set(p, RC_BAD_INPUT, WHY_MOVE_TIME, "time", "no time of day");
	struct civil c = civil_paris(day.n ? low + DAY_MS / 2 : low); /* a day has its noon in either zone */
	m->at_ms = civil_paris_to_ms((struct civil){ .year = c.year, .month = c.month, .day = c.day, .hour = h, .minute = min });
	return RC_OK;
}

static enum rc is_done(const struct move *m, struct problem *p)
{
	return m->at_ms <= m->x->now_ms + SLACK_MS ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_MOVE_FUTURE, "time", "%lld ms ahead", (long long)(m->at_ms - m->x->now_ms));
}

static enum rc is_to_come(const struct move *m, struct problem *p)
{
	bool ahead = m->at_ms >= m->x->now_ms && m->at_ms < m->x->now_ms + AHEAD_MS;
	return ahead ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_MOVE_PAST, "day", "%lld ms ahead", (long long)(m->at_ms - m->x->now_ms));
}

/* Where it is to go, open and existing: a bed, or a unit (without a bed). */
static enum rc target_arg(struct move *m, struct problem *p)
{
	struct act_ctx *x = m->x;
	struct str id = args_get(x->args, "place");
	struct names names = { x->db, x->arena, NULL };
	struct target *t = &m->to;
	struct item unit;
	bool found = false;
	enum rc rc = bed_find(x->db, x->arena, id, &t->is_bed, &t->bed, p);
	if (rc == RC_OK && t->is_bed)
		rc = bed_unit(x->db, x->arena, id, &found, &t->unit, p);
	if (rc == RC_OK && !t->is_bed)
		t->unit = id;
	found = false;
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "Organization", t->unit, &found, &unit, p);
	if (rc != RC_OK)
		return rc;
	if (!found || str_eq(json_get_text(unit.body, "active"), "false") || place_is_closed(x->db, t->unit) || (t->is_bed && (!t->bed.open || str_eq(t->bed.state, "closed"))))
		return problem_set(p, RC_BAD_INPUT, WHY_PLACE_CLOSED, "place", "closed, or no place");
	t->unit_name = name_of(&names, "Organization", t->unit);
	if (t->is_bed) {
		t->location = t->bed.id;
		t->location_name = t->bed.name;
		return RC_OK;
	}
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_UNIT_PLACE_GET);
	bool row = false;
	db_bind_str(s, 1, t->unit);
	rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		t->location = arena_str(x->arena, db_text(s, 0));
		t->location_name = t->unit_name;
	}
	db_reset(s);
	return rc;
}

/* Was the record deleted meanwhile? Nobody is given a bed who is no more. */
static enum rc is_kept(const struct move *m, struct problem *p)
{
	struct record_row row;
	enum rc rc = m->patient ? record_by_rid(m->x->db, m->patient, &row, p) : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	return rc == RC_OK && row.deleted ? problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "patient %lld is deleted", (long long)m->patient) : rc;
}

/* The patient, and the stay where one is named: live or not, the caller looks. */
static enum rc begin(struct act_ctx *x, struct move *m, bool wants_stay, struct problem *p)
{
	struct str stay = args_get(x->args, "stay"), version = args_get(x->args, "version");
	bool found = false;
	uint64_t v = 0;
	*m = (struct move){ .x = x, .patient = record_patient_rid(x->db, args_get(x->args, "patient")), .reason = args_get(x->args, "reason") };
	enum rc rc = is_kept(m, p);
	if (rc != RC_OK)
		return rc;
	if (!stay.n)
		return wants_stay ? problem_set(p, RC_BAD_INPUT, WHY_MOVE_STATE, "stay", "no stay") : RC_OK;
	rc = item_find(x->db, x->arena, "Encounter", stay, &found, &m->stay, p);
	if (rc != RC_OK)
		return rc;
	if (!found || merge_kept(x->db, m->stay.patient) != merge_kept(x->db, m->patient))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "stay", "no such stay of patient %lld", (long long)m->patient);
	m->patient = m->stay.patient; /* of two records that were joined the one that has the stay keeps it */
	if (str_u64(version, &v) == RC_OK && v != m->stay.version)
		return problem_set(p, RC_CONFLICT, WHY_MOVE_STALE, "version", "version %u, not %llu", m->stay.version, (unsigned long long)v);
	return stay_now_find(x->db, x->arena, m->stay.rid, &m->has, &m->now, p);
}

static enum rc wants_state(const struct move *m, const char *one, const char *other, struct problem *p)
{
	if (m->has && (str_eq(m->now.state, one) || (other && str_eq(m->now.state, other))))
		return RC_OK;
	return problem_set(p, RC_CONFLICT, WHY_MOVE_STATE, "stay", "stay %lld is in another state", (long long)m->stay.rid);
}

/* ---- rules ---- */

static enum rc may_move_in(const struct move *m, struct str one, struct str other, struct problem *p)
{
	struct act_ctx *x = m->x;
	bool may = false;
	enum rc rc = one.n ? place_may_move(x->db, x->arena, x->who, x->judge, one, &may, p) : RC_OK;
	if (rc == RC_OK && !may && other.n)
		rc = place_may_move(x->db, x->arena, x->who, x->judge, other, &may, p);
	if (rc == RC_OK && !may)
		rc = problem_set(p, RC_DENIED, WHY_MOVE_UNIT, "place", "account %u moves nobody there", x->who->account);
	return rc;
}

static void later(int64_t *latest, int64_t ms)
{
	if (ms != INT64_MIN && ms > *latest)
		*latest = ms;
}

/* The last thing that happened in the stay, as its movements (but one) and an Encounter say; e NULL: the movements alone. 0: nothing. */
static enum rc latest_of(const struct move *m, const struct json *e, int64_t but, int64_t *latest_r, struct problem *p)
{
	struct movement *at;
	size_t n = 0;
	*latest_r = 0;
	enum rc rc = movements_of(m->x->db, m->x->arena, m->stay.rid, &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (!at[i].cancels && !at[i].cancelled_by && at[i].done_ms && at[i].no != but)
			later(latest_r, at[i].done_ms);
	if (!e)
		return rc;
	later(latest_r, when_low(text_at(e, "period.start")));
	for json_each(l, json_get(e, "location")) {
		struct str status = json_get_text(l, "status");
		if (str_eq(status, "planned") || str_eq(status, "reserved"))
			continue;
		later(latest_r, when_low(text_at(l, "period.start")));
		later(latest_r, when_low(text_at(l, "period.end")));
	}
	return rc;
}

/* Not before that; in the same minute, as it is typed, right after it. */
static enum rc after(struct move *m, int64_t latest, struct problem *p)
{
	if (m->at_ms <= latest - MINUTE_MS)
		return problem_set(p, RC_BAD_INPUT, WHY_MOVE_ORDER, "time", "%lld ms before", (long long)(latest - m->at_ms));
	later(&m->at_ms, latest);
	return RC_OK;
}

static enum rc in_order(struct move *m, struct problem *p)
{
	int64_t latest;
	enum rc rc = latest_of(m, str_eq(m->now.state, "planned") ? NULL : m->stay.body, 0, &latest, p);
	return rc == RC_OK ? after(m, latest, p) : rc;
}

/* Another stay in which the person is now: one is at one place. */
static enum rc nowhere_else(const struct move *m, struct problem *p)
{
	int64_t same[MERGE_MOST + 1];
	unsigned n = merge_group(m->x->db, m->patient, same);
	bool row = false, elsewhere = false;
	enum rc rc = RC_OK;
	same[n++] = m->patient;
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(m->x->db, ST_HOSPITAL_STAY_OF_PATIENT);
		db_bind_i64(s, 1, same[i]);
		while ((rc = db_step(s, &row, p)) == RC_OK && row)
			elsewhere = elsewhere || (db_i64(s, 0) != m->stay.rid && str_eq(db_text(s, 1), "present"));
		db_reset(s);
	}
	if (rc == RC_OK && elsewhere)
		rc = problem_set(p, RC_CONFLICT, WHY_LIES_ELSEWHERE, "place", "patient %lld is in another stay", (long long)m->patient);
	return rc;
}

static enum rc sex_of(const struct move *m, int64_t patient, int *sex_r, struct problem *p)
{
	struct known k;
	bool found = false;
	enum rc rc = known_find(m->x->db, patient, m->x->arena, &found, &k, p);
	*sex_r = rc == RC_OK && found ? k.sex : 0;
	return rc;
}

#define SHARED_MOST 16
/* Does the room's rule speak against this person? What is not known speaks against nobody. */
static enum rc room_minds(const struct move *m, bool *minds_r, struct problem *p)
{
	const struct bed *b = &m->to.bed;
	struct str rule = b->sex.n ? b->sex : STR("same");
	int64_t others[SHARED_MOST];
	unsigned n = 0;
	int sex = 0, other = 0;
	bool row = false;
	*minds_r = false;
	if (str_eq(rule, "any") || !b->room.n)
		return RC_OK;
	enum rc rc = sex_of(m, m->patient, &sex, p);
	if (rc != RC_OK || !sex)
		return rc;
	if (!str_eq(rule, "same")) {
		*minds_r = sex != known_sex(rule);
		return RC_OK;
	}
	struct db_stmt *s = db_stmt(m->x->db, ST_HOSPITAL_BED_SHARED);
	db_bind_str(s, 1, b->room);
	db_bind_str(s, 2, b->id);
	while (n < SHARED_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		others[n++] = db_i64(s, 0);
	db_reset(s);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		rc = others[i] == m->patient ? RC_OK : sex_of(m, others[i], &other, p);
		*minds_r = *minds_r || (rc == RC_OK && others[i] != m->patient && other && other != sex);
	}
	return rc;
}

/* Free for this stay; what is not quite right is passed over with a reason, unless the house says that it never is. */
static enum rc bed_suits(const struct move *m, struct problem *p)
{
	const struct bed *b = &m->to.bed;
	bool minds = false;
	if (!m->to.is_bed)
		return RC_OK;
	if ((b->stay && b->stay != m->stay.rid) || (b->held && b->held != m->stay.rid))
		return problem_set(p, RC_CONFLICT, WHY_BED_TAKEN, "place", "stay %lld has it", (long long)(b->stay ? b->stay : b->held));
	enum rc rc = room_minds(m, &minds, p);
	if (rc != RC_OK)
		return rc;
	if (minds && b->hard)
		return problem_set(p, RC_BAD_INPUT, WHY_ROOM_SEX, "place", "the room's rule");
	enum why why = minds ? WHY_BED_SEX : str_eq(b->state, "cleaning") ? WHY_BED_CLEANING : str_eq(b->state, "isolation") ? WHY_BED_ISOLATION : WHY_NONE;
	return why == WHY_NONE || m->reason.n ? RC_OK : problem_set(p, RC_BAD_INPUT, why, "reason", "no reason");
}

/* ---- writing ---- */

/* The keys of stay_now decided: what was asked for was got, or all is taken back. */
static enum rc got_bed(const struct move *m, int64_t rid, struct str bed, bool held, struct problem *p)
{
	struct stay_now n;
	bool found = false;
	enum rc rc = stay_now_find(m->x->db, m->x->arena, rid, &found, &n, p);
	if (rc != RC_OK || !bed.n)
		return rc;
	if (found && str_is(held ? n.next_bed : n.bed, bed))
		return RC_OK;
	return problem_set(p, RC_CONFLICT, WHY_BED_TAKEN, "place", "stay %lld did not get it", (long long)rid);
}

static enum rc bed_mark(struct act_ctx *x, enum stmt which, struct str bed, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, which);
	db_bind_str(s, 1, bed);
	if (which == ST_HOSPITAL_BED_STATE_LEFT) {
		db_bind_i64(s, 2, x->now_ms);
		db_bind_i64(s, 3, x->who->account);
	}
	return db_run(s, p);
}

static enum rc answer(struct rows *out, int64_t no, struct str stay)
{
	rows_set(out, "movement");
	rows_row(out);
	rows_col_i64(out, "no", no);
	rows_col(out, "stay", stay);
	return RC_OK;
}

/* The Encounter, then its row. n NULL: the stay there is. */
static enum rc write_move(struct move *m, const struct stay_new *n, const struct stay_change *c, struct movement *row, struct rows *out, struct problem *p)
{
	struct act_ctx *x = m->x;
	struct record_done d;
	struct buf body;
	struct str bed = m->to.is_bed ? m->to.bed.id : STR_NONE;
	int64_t no = 0;
	buf_init(&body, 4u << 20);
	if (n)
		stay_write_new(&body, n, c);
	else
		stay_write_over(&body, m->stay.body, c);
	enum rc rc = compose_put(x, "Encounter", n ? STR_NONE : m->stay.id, &body, NULL, &d, p);
	buf_done(&body);
	if (rc == RC_OK && c->place != PLACE_KEPT && c->place != PLACE_LEFT)
		rc = got_bed(m, d.rid, bed, c->place == PLACE_AHEAD, p);
	if (rc != RC_OK)
		return rc;
	row->stay = d.rid;
	row->patient = m->patient;
	row->recorded_ms = x->now_ms;
	row->made_by = x->who->account;
	row->reason = m->reason;
	row->version = d.version;
	row->before = n ? 0 : m->stay.version;
	rc = movement_add(x->db, row, &no, p);
	return rc == RC_OK ? answer(out, no, arena_str(x->arena, str_of(d.id))) : rc;
}

static struct stay_change to_target(const struct move *m, enum place_change how, const char *status)
{
	return (struct stay_change){ .status = status, .place = how, .at_ms = m->at_ms, .location = m->to.location, .location_name = m->to.location_name,
		.unit = how == PLACE_AHEAD && m->has ? STR_NONE : m->to.unit, .unit_name = m->to.unit_name };
}

/* ---- coming ---- */

/* HL7 v3 ActCode; a residence in a home is a stay without acute care, said so by its type. */
static const struct { const char *kind, *code, *label; bool residence; } KIND[] = {
	{ "inpatient", "IMP",   "inpatient encounter", false },
	{ "day",       "SS",    "short stay",          false },
	{ "emergency", "EMER",  "emergency",           false },
	{ "residence", "NONAC", "inpatient non-acute", true },
};

static struct stay_new new_stay(const struct move *m)
{
	struct str kind = args_get(m->x->args, "kind");
	size_t i = 0;
	while (i + 1 < N_OF(KIND) && !str_eq(kind, KIND[i].kind))
		i++;
	return (struct stay_new){ args_get(m->x->args, "patient"), KIND[i].code, KIND[i].label, KIND[i].residence };
}

static bool is_emergency(const struct move *m)
{
	return m->has ? str_eq(m->now.class_, "EMER") : str_eq(args_get(m->x->args, "kind"), "emergency");
}

static enum rc code_arg(const struct act_ctx *x, const char *name, const char *type, struct stay_code *c_r, struct problem *p)
{
	struct str code = args_get(x->args, name);
	*c_r = (struct stay_code){ type, code };
	if (code.n && stay_code_known() && !stay_code_label(type, code).n)
		return problem_set(p, RC_BAD_INPUT, WHY_MODE_UNKNOWN, name, "no code of the table");
	return RC_OK;
}

/* "stay_announce": patient, kind, place, day, time → set "movement": no, stay. Pre-admission (A05). */
static enum rc announce_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct move m;
	enum rc rc = begin(x, &m, false, p);
	if (rc == RC_OK && m.stay.id.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_MOVE_STATE, "stay", "a stay is there already");
	if (rc == RC_OK)
		rc = time_arg(&m, p);
	if (rc == RC_OK)
		rc = is_to_come(&m, p);
	if (rc == RC_OK)
		rc = target_arg(&m, p);
	if (rc == RC_OK)
		rc = may_move_in(&m, m.to.unit, STR_NONE, p);
	if (rc == RC_OK && m.to.is_bed && m.to.bed.held)
		rc = problem_set(p, RC_CONFLICT, WHY_BED_TAKEN, "place", "stay %lld holds it", (long long)m.to.bed.held);
	if (rc != RC_OK)
		return rc;
	struct stay_new n = new_stay(&m);
	struct stay_change c = to_target(&m, PLACE_AHEAD, "planned");
	c.start_ms = m.at_ms;
	struct movement row = { .kind = STR("A05"), .unit = m.to.unit, .bed = m.to.is_bed ? m.to.bed.id : STR_NONE, .intended_ms = m.at_ms };
	return write_move(&m, &n, &c, &row, out, p);
}

static enum rc admit_codes(struct move *m, struct stay_change *c, struct triage *t, struct problem *p)
{
	struct act_ctx *x = m->x;
	struct str level = args_get(x->args, "triage");
	bool found = false;
	enum rc rc = code_arg(x, "mode", "me", &c->code[0], p);
	if (rc == RC_OK)
		rc = code_arg(x, "from", "prov", &c->code[1], p);
	if (rc == RC_OK && level.n)
		rc = triage_find(x->db, x->arena, level, x->now_ms, &found, t, p);
	if (rc == RC_OK && level.n && !found)
		rc = problem_set(p, RC_BAD_INPUT, WHY_MODE_UNKNOWN, "triage", "no level that holds");
	c->triage = found ? t : NULL;
	return rc;
}

/* "stay_admit": patient, stay (that was announced), kind, place, day, time, mode, from, triage, reason, version → set "movement": no, stay. Admission, arrival (A01). */
static enum rc admit_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct move m;
	struct triage t;
	enum rc rc = begin(x, &m, false, p);
	if (rc == RC_OK && m.stay.id.n)
		rc = wants_state(&m, "planned", NULL, p);
	if (rc == RC_OK && !m.stay.id.n && !args_get(x->args, "kind").n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "kind", "what kind of stay");
	if (rc == RC_OK)
		rc = time_arg(&m, p);
	if (rc == RC_OK)
		rc = is_done(&m, p);
	if (rc == RC_OK)
		rc = target_arg(&m, p);
	if (rc == RC_OK)
		rc = may_move_in(&m, m.to.unit, STR_NONE, p);
	if (rc == RC_OK)
		rc = nowhere_else(&m, p);
	if (rc == RC_OK)
		rc = bed_suits(&m, p);
	if (rc != RC_OK)
		return rc;
	struct stay_new n = new_stay(&m);
	struct stay_change c = to_target(&m, PLACE_MOVED, !is_emergency(&m) ? "in-progress" : args_get(x->args, "triage").n ? "triaged" : "arrived");
	c.start_ms = m.at_ms;
	rc = admit_codes(&m, &c, &t, p);
	struct movement row = { .kind = STR("A01"), .unit = m.to.unit, .bed = m.to.is_bed ? m.to.bed.id : STR_NONE, .from_unit = m.now.next_unit, .from_bed = m.now.next_bed,
		.mode = c.code[0].code, .place = c.code[1].code, .intended_ms = m.now.next_ms, .done_ms = m.at_ms };
	return rc == RC_OK ? write_move(&m, m.has ? NULL : &n, &c, &row, out, p) : rc;
}

/* ---- within ---- */

/* "stay_transfer": patient, stay, place, day, time, reason, version → set "movement". Done (A02). */
static enum rc transfer_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct move m;
	enum rc rc = begin(x, &m, true, p);
	if (rc == RC_OK)
		rc = wants_state(&m, "present", NULL, p);
	if (rc == RC_OK)
		rc = time_arg(&m, p);
	if (rc == RC_OK)
		rc = is_done(&m, p);
	if (rc == RC_OK)
		rc = target_arg(&m, p);
	if (rc == RC_OK)
		rc = may_move_in(&m, m.now.unit, m.to.unit, p);
	if (rc == RC_OK)
		rc = in_order(&m, p);
	if (rc == RC_OK && str_is(m.to.unit, m.now.unit) && (m.to.is_bed ? str_is(m.to.bed.id, m.now.bed) : !m.now.bed.n))
		rc = problem_set(p, RC_CONFLICT, WHY_MOVE_THERE, "place", "stay %lld is there", (long long)m.stay.rid);
	if (rc == RC_OK)
		rc = bed_suits(&m, p);
	if (rc != RC_OK)
		return rc;
	struct stay_change c = to_target(&m, PLACE_MOVED, "in-progress");
	struct movement row = { .kind = STR("A02"), .unit = m.to.unit, .bed = m.to.is_bed ? m.to.bed.id : STR_NONE, .from_unit = m.now.unit, .from_bed = m.now.bed,
		.intended_ms = m.now.next_ms, .done_ms = m.at_ms };
	rc = write_move(&m, NULL, &c, &row, out, p);
	return rc == RC_OK && m.now.bed.n ? bed_mark(x, ST_HOSPITAL_BED_STATE_LEFT, m.now.bed, p) : rc;
}

/* "stay_transfer_announce": patient, stay, place, day, time, version → set "movement" (A15). The bed is kept for the stay; the unit may open the chart two days before. */
static enum rc transfer_announce_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct move m;
	enum rc rc = begin(x, &m, true, p);
	if (rc == RC_OK)
		rc = wants_state(&m, "present", "leave", p);
	if (rc == RC_OK)
		rc = time_arg(&m, p);
	if (rc == RC_OK)
		rc = is_to_come(&m, p);
	if (rc == RC_OK)
		rc = target_arg(&m, p);
	if (rc == RC_OK)
		rc = may_move_in(&m, m.now.unit, STR_NONE, p);
	if (rc == RC_OK && !m.to.location.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_PLACE_CLOSED, "place", "a unit without a place of its own");
	if (rc == RC_OK && m.to.is_bed && m.to.bed.held && m.to.bed.held != m.stay.rid)
		rc = problem_set(p, RC_CONFLICT, WHY_BED_TAKEN, "place", "stay %lld holds it", (long long)m.to.bed.held);
	if (rc != RC_OK)
		return rc;
	struct stay_change c = to_target(&m, PLACE_AHEAD, NULL);
	struct movement row = { .kind = STR("A15"), .unit = m.to.unit, .bed = m.to.is_bed ? m.to.bed.id : STR_NONE, .from_unit = m.now.unit, .from_bed = m.now.bed, .intended_ms = m.at_ms };
	return write_move(&m, NULL, &c, &row, out, p);
}

/* A change of state where one is: leave and return. */
static enum rc leave_or_return(struct act_ctx *x, bool leaves, struct rows *out, struct problem *p)
{
	struct move m;
	enum rc rc = begin(x, &m, true, p);
	if (rc == RC_OK)
		rc = wants_state(&m, leaves ? "present" : "leave", NULL, p);
	if (rc == RC_OK)
		rc = time_arg(&m, p);
	if (rc == RC_OK)
		rc = is_done(&m, p);
	if (rc == RC_OK)
		rc = may_move_in(&m, m.now.unit, STR_NONE, p);
	if (rc == RC_OK)
		rc = in_order(&m, p);
	if (rc == RC_OK && !leaves)
		rc = nowhere_else(&m, p);
	if (rc != RC_OK)
		return rc;
	struct stay_change c = { .status = leaves ? "onleave" : "in-progress", .place = PLACE_KEPT };
	struct movement row = { .kind = leaves ? STR("A21") : STR("A22"), .unit = m.now.unit, .bed = m.now.bed, .done_ms = m.at_ms };
	return write_move(&m, NULL, &c, &row, out, p);
}

/* "stay_leave", "stay_return": patient, stay, day, time, version → set "movement" (A21, A22). The bed is kept. */
static enum rc leave_run(struct act_ctx *x, struct rows *out, struct problem *p) { return leave_or_return(x, true, out, p); }
static enum rc return_run(struct act_ctx *x, struct rows *out, struct problem *p) { return leave_or_return(x, false, out, p); }

/* ---- going ---- */

static enum rc exit_known(struct act_ctx *x, int64_t stay, int64_t exit_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STAY_NOW_EXIT);
	db_bind_i64(s, 1, stay);
	if (exit_ms)
		db_bind_i64(s, 2, exit_ms);
	else
		db_bind_null(s, 2);
	enum rc rc = db_run(s, p);
	return rc == RC_OK ? live_touch_stay(x->db, stay, p) : rc;
}

/* "stay_exit_plan": patient, stay, day, time, version → set "movement" (A16). Nothing of the Encounter changes: R4 has no place for an end that is only meant. */
static enum rc exit_plan_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct move m;
	int64_t no = 0;
	enum rc rc = begin(x, &m, true, p);
	if (rc == RC_OK)
		rc = wants_state(&m, "present", "leave", p);
	if (rc == RC_OK)
		rc = time_arg(&m, p);
	if (rc == RC_OK)
		rc = is_to_come(&m, p);
	if (rc == RC_OK)
		rc = may_move_in(&m, m.now.unit, STR_NONE, p);
	struct movement row = { .stay = m.stay.rid, .patient = m.patient, .kind = STR("A16"), .unit = m.now.unit, .bed = m.now.bed, .intended_ms = m.at_ms, .recorded_ms = x->now_ms,
		.made_by = x->who->account, .version = m.stay.version, .before = m.stay.version };
	if (rc == RC_OK)
		rc = movement_add(x->db, &row, &no, p);
	if (rc == RC_OK)
		rc = exit_known(x, m.stay.rid, m.at_ms, p);
	return rc == RC_OK ? answer(out, no, m.stay.id) : rc;
}

/* "stay_discharge": patient, stay, day, time, mode, to, version → set "movement" (A03). The bed waits for its cleaning; what was ordered in the stay ends with it (discharge_end.c). */
static enum rc discharge_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct move m;
	struct stay_change c = { .status = "finished", .place = PLACE_LEFT, .exit = true };
	enum rc rc = begin(x, &m, true, p);
	if (rc == RC_OK)
		rc = wants_state(&m, "present", "leave", p);
	if (rc == RC_OK)
		rc = time_arg(&m, p);
	if (rc == RC_OK)
		rc = is_done(&m, p);
	if (rc == RC_OK)
		rc = may_move_in(&m, m.now.unit, STR_NONE, p);
	if (rc == RC_OK)
		rc = in_order(&m, p);
	if (rc == RC_OK)
		rc = code_arg(x, "mode", "ms", &c.code[0], p);
	if (rc == RC_OK)
		rc = code_arg(x, "to", "dest", &c.code[1], p);
	if (rc != RC_OK)
		return rc;
	c.at_ms = m.at_ms;
	c.end_ms = m.at_ms < x->now_ms ? m.at_ms : x->now_ms; /* a stay that ends in some minutes would be there until then */
	struct movement row = { .kind = STR("A03"), .unit = m.now.unit, .bed = m.now.bed, .from_unit = m.now.unit, .from_bed = m.now.bed, .mode = c.code[0].code, .place = c.code[1].code,
		.intended_ms = m.now.exit_ms, .done_ms = m.at_ms };
	rc = write_move(&m, NULL, &c, &row, out, p);
	return rc == RC_OK && m.now.bed.n ? bed_mark(x, ST_HOSPITAL_BED_STATE_LEFT, m.now.bed, p) : rc;
}

/* ---- cancelling ---- */

/* The Encounter as it was before the movement. */
static enum rc version_before(struct move *m, const struct movement *last, const struct json **was_r, struct problem *p)
{
	struct record_row old;
	enum rc rc = record_vread(m->x->db, fhir_type_of(STR("Encounter")), m->stay.id, last->before, &old, p);
	return rc == RC_OK ? json_parse(arena_str(m->x->arena, old.body), m->x->arena, was_r, p) : rc;
}

/* As it was; a stay that began with the movement is cancelled. */
static enum rc put_back(struct move *m, const struct movement *last, struct record_done *d, struct problem *p)
{
	struct act_ctx *x = m->x;
	const struct json *was = m->stay.body;
	struct stay_change gone = { .status = "cancelled", .place = PLACE_LEFT, .at_ms = x->now_ms };
	struct buf body;
	struct jw w;
	enum rc rc = last->before ? version_before(m, last, &was, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	buf_init(&body, 4u << 20);
	if (last->before) {
		jw_init(&w, &body);
		jw_object(&w);
		compose_keep(&w, was, (const char *const[]){ NULL });
		jw_end(&w, '}');
	} else {
		stay_write_over(&body, was, &gone);
	}
	rc = compose_put(x, "Encounter", m->stay.id, &body, NULL, d, p);
	buf_done(&body);
	return rc;
}

/* Back in the bed that was left: what it waited for is over. */
static enum rc beds_back(struct move *m, const struct movement *last, struct problem *p)
{
	struct stay_now n;
	bool found = false;
	if (!last->from_bed.n || (!str_eq(last->kind, "A02") && !str_eq(last->kind, "A03")))
		return RC_OK;
	struct bed bed;
	enum rc rc = bed_find(m->x->db, m->x->arena, last->from_bed, &found, &bed, p);
	if (rc == RC_OK && ((found && !bed.open) || place_is_closed(m->x->db, last->from_unit)))
		rc = problem_set(p, RC_CONFLICT, WHY_PLACE_CLOSED, "no", "it was closed since");
	if (rc == RC_OK)
		rc = bed_mark(m->x, ST_HOSPITAL_BED_STATE_BACK, last->from_bed, p);
	if (rc == RC_OK)
		rc = stay_now_find(m->x->db, m->x->arena, m->stay.rid, &found, &n, p);
	if (rc == RC_OK && (!found || !str_is(n.bed, last->from_bed)))
		rc = problem_set(p, RC_CONFLICT, WHY_BED_TAKEN, "no", "the bed that it had is taken");
	return rc;
}

/* The intention that stood before an announced exit that is called off. */
static int64_t exit_before(const struct movement *at, size_t n, int64_t no)
{
	for (size_t i = 0; i < n; i++)
		if (at[i].no != no && str_eq(at[i].kind, "A16") && !at[i].cancelled_by)
			return at[i].intended_ms;
	return 0;
}

/* The last movement that stands, if that is the one that is named, the stay is as it left it, and this person moves people there. */
static enum rc last_meant(struct act_ctx *x, struct move *m, struct movement **at_r, size_t *n_r, const struct movement **last_r, struct problem *p)
{
	uint64_t no = 0;
	enum rc rc = begin(x, m, true, p);
	if (rc == RC_OK)
		rc = movements_of(x->db, x->arena, m->stay.rid, at_r, n_r, p);
	if (rc != RC_OK)
		return rc;
	const struct movement *last = *last_r = movement_last(*at_r, *n_r);
	if (!last || str_u64(args_get(x->args, "no"), &no) != RC_OK || (int64_t)no != last->no)
		return problem_set(p, RC_CONFLICT, WHY_MOVE_NOT_LAST, "no", "movement %llu of stay %lld", (unsigned long long)no, (long long)m->stay.rid);
	if ((*at_r)[0].version != m->stay.version)
		return problem_set(p, RC_CONFLICT, WHY_MOVE_STALE, "no", "version %u, not %u", m->stay.version, (*at_r)[0].version);
	return may_move_in(m, last->unit, last->from_unit, p);
}

/* "stay_cancel": patient, stay, no, reason → set "movement" (A38, A11, A12, A26, A25, A52, A53, A13). The last that stands, and only while the stay is as it left it. */
static enum rc cancel_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct move m;
	struct movement *at = NULL;
	const struct movement *last = NULL;
	struct record_done d;
	size_t n = 0;
	int64_t made = 0;
	enum rc rc = last_meant(x, &m, &at, &n, &last, p);
	if (rc != RC_OK)
		return rc;
	bool plan = str_eq(last->kind, "A16"), arrives = str_eq(last->kind, "A21") || str_eq(last->kind, "A03");
	if (rc == RC_OK && arrives)
		rc = nowhere_else(&m, p);
	if (rc == RC_OK && plan)
		d = (struct record_done){ .rid = m.stay.rid, .version = m.stay.version };
	else if (rc == RC_OK)
		rc = put_back(&m, last, &d, p);
	if (rc == RC_OK)
		rc = beds_back(&m, last, p);
	if (rc != RC_OK)
		return rc;
	struct movement row = { .stay = m.stay.rid, .patient = m.patient, .kind = str_of(movement_cancel(last->kind)), .unit = last->unit, .bed = last->bed, .from_unit = last->from_unit,
		.from_bed = last->from_bed, .recorded_ms = x->now_ms, .made_by = x->who->account, .reason = m.reason, .cancels = last->no, .version = d.version, .before = m.stay.version };
	row.intended_ms = plan ? exit_before(at, n, last->no) : 0;
	rc = movement_add(x->db, &row, &made, p);
	if (rc == RC_OK && plan)
		rc = exit_known(x, m.stay.rid, row.intended_ms, p);
	return rc == RC_OK ? answer(out, made, m.stay.id) : rc;
}

/* ---- another time ---- */

/* Which instants of the Encounter a movement of this kind wrote; leave and return wrote none. */
static struct stay_times times_of(const struct movement *last, int64_t at_ms, int64_t now_ms)
{
	bool in = str_eq(last->kind, "A01"), within = str_eq(last->kind, "A02"), out = str_eq(last->kind, "A03");
	return (struct stay_times){ .starts = in, .ends = out, .arrives = in || within, .leaves = within || out, .old_ms = last->done_ms, .at_ms = at_ms, .end_ms = at_ms < now_ms ? at_ms : now_ms };
}

static enum rc write_times(struct move *m, const struct movement *last, struct record_done *d, struct problem *p)
{
	struct stay_times t = times_of(last, m->at_ms, m->x->now_ms);
	struct buf body;
	*d = (struct record_done){ .rid = m->stay.rid, .version = m->stay.version };
	if (!t.arrives && !t.leaves)
		return RC_OK;
	buf_init(&body, 4u << 20);
	stay_write_times(&body, m->stay.body, &t);
	enum rc rc = compose_put(m->x, "Encounter", m->stay.id, &body, NULL, d, p);
	buf_done(&body);
	return rc;
}

/* Not before what happened before it. */
static enum rc still_in_order(struct move *m, const struct movement *last, struct problem *p)
{
	const struct json *was = NULL;
	int64_t latest;
	enum rc rc = last->before && !str_eq(last->kind, "A01") ? version_before(m, last, &was, p) : RC_OK;
	if (rc == RC_OK)
		rc = latest_of(m, was, last->no, &latest, p);
	return rc == RC_OK ? after(m, latest, p) : rc;
}

/*
 * "stay_retime": patient, stay, no, day, time, reason → set "movement": no (of the one that stands now), stay. Another time for the last movement that stands, in one act: the row that was is cancelled by
 * a row with the reason, and stands again with the right time; the Encounter says it in one version, so nobody loses a bed in between. CONFLICT MOVE_NOT_LAST, MOVE_STALE, MOVE_ANNOUNCED (what is only
 * announced is announced anew); BAD_INPUT MOVE_SAME, MOVE_ORDER, MOVE_FUTURE.
 */
static enum rc retime_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct move m;
	struct movement *at = NULL;
	const struct movement *last = NULL;
	struct record_done d;
	size_t n = 0;
	int64_t gone = 0, made = 0;
	enum rc rc = last_meant(x, &m, &at, &n, &last, p);
	if (rc == RC_OK && !last->done_ms)
		rc = problem_set(p, RC_CONFLICT, WHY_MOVE_ANNOUNCED, "no", "movement %lld is announced", (long long)last->no);
	if (rc == RC_OK)
		rc = time_arg(&m, p);
	if (rc == RC_OK)
		rc = is_done(&m, p);
	if (rc == RC_OK && m.at_ms / MINUTE_MS == last->done_ms / MINUTE_MS)
		rc = problem_set(p, RC_BAD_INPUT, WHY_MOVE_SAME, "time", "the time that it has");
	if (rc == RC_OK)
		rc = still_in_order(&m, last, p);
	if (rc == RC_OK)
		rc = write_times(&m, last, &d, p);
	if (rc != RC_OK)
		return rc;
	struct movement again = *last, row = { .stay = m.stay.rid, .patient = m.patient, .kind = str_of(movement_cancel(last->kind)), .unit = last->unit, .bed = last->bed,
		.from_unit = last->from_unit, .from_bed = last->from_bed, .recorded_ms = x->now_ms, .made_by = x->who->account, .reason = m.reason, .cancels = last->no, .version = d.version, .before = m.stay.version };
	again.patient = m.patient;
	again.done_ms = m.at_ms;
	again.recorded_ms = x->now_ms;
	again.made_by = x->who->account;
	again.version = d.version;
	rc = movement_add(x->db, &row, &gone, p);
	if (rc == RC_OK)
		rc = movement_add(x->db, &again, &made, p);
	return rc == RC_OK ? answer(out, made, m.stay.id) : rc;
}

/* ---- rows ---- */

static const struct choice KINDS[] = { { "inpatient", "Hospital stay" }, { "day", "Day stay" }, { "emergency", "Emergency" }, { "residence", "Residence (nursing home)" }, { NULL, NULL } };
static const struct choice REASONS[] = {
	{ "no_bed", "No other bed is free" }, { "couple", "They know each other and wish it" }, { "care", "Care asks for it" }, { "ready", "It is ready, whatever is said" }, { NULL, NULL },
};
static const struct choice CANCELS[] = {
	{ "person", "Wrong person" }, { "place", "Wrong place" }, { "time", "Wrong time" }, { "not_done", "It did not happen" }, { NULL, NULL },
};

static const struct choice RETIMES[] = { { "mistyped", "It was typed wrong" }, { "learned", "The right time became known later" }, { NULL, NULL } };

#define PATIENT { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define STAY    { .name = "stay", .label = "Stay", .kind = FIELD_ID, .required = true }
#define PLACE   { .name = "place", .label = "Bed or unit", .kind = FIELD_ID, .required = true }
#define DAY     { .name = "day", .label = "Day", .kind = FIELD_DATE }
#define TIME    { .name = "time", .label = "Time", .kind = FIELD_TEXT, .max = 8 }
#define REASON  { .name = "reason", .label = "Reason", .kind = FIELD_CODE, .choices = REASONS }
#define VERSION { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = UINT32_MAX }
#define CODE(name_, label_) { .name = name_, .label = label_, .kind = FIELD_TOKEN, .max = 4 }

static const struct field ANNOUNCE_FIELDS[] = {
	PATIENT, PLACE, { .name = "kind", .label = "Kind of stay", .kind = FIELD_CODE, .choices = KINDS, .required = true }, DAY, TIME, FIELDS_END,
};
static const struct field ADMIT_FIELDS[] = {
	PATIENT, { .name = "stay", .label = "Stay", .kind = FIELD_ID }, PLACE, { .name = "kind", .label = "Kind of stay", .kind = FIELD_CODE, .choices = KINDS }, DAY, TIME,
	CODE("mode", "Mode of entry"), CODE("from", "Comes from"), { .name = "triage", .label = "Triage", .kind = FIELD_INT, .min = 1, .max = INT64_MAX }, REASON, VERSION, FIELDS_END,
};
static const struct field TRANSFER_FIELDS[] = { PATIENT, STAY, PLACE, DAY, TIME, REASON, VERSION, FIELDS_END };
static const struct field STATE_FIELDS[] = { PATIENT, STAY, DAY, TIME, VERSION, FIELDS_END };
static const struct field DISCHARGE_FIELDS[] = { PATIENT, STAY, DAY, TIME, CODE("mode", "Mode of exit"), CODE("to", "Goes to"), VERSION, FIELDS_END };
static const struct field CANCEL_FIELDS[] = {
	PATIENT, STAY, { .name = "no", .label = "Movement", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "reason", .label = "Reason", .kind = FIELD_CODE, .choices = CANCELS, .required = true }, FIELDS_END,
};

static const struct field RETIME_FIELDS[] = {
	PATIENT, STAY, { .name = "no", .label = "Movement", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, DAY, { .name = "time", .label = "Time", .kind = FIELD_TEXT, .max = 8, .required = true },
	{ .name = "reason", .label = "Reason", .kind = FIELD_CODE, .choices = RETIMES, .required = true }, FIELDS_END,
};

const struct act stay_acts[] = {
	{ .name = "stay_announce",          .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = ANNOUNCE_FIELDS,  .run = announce_run },
	{ .name = "stay_admit",             .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = ADMIT_FIELDS,     .run = admit_run },
	{ .name = "stay_transfer",          .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = TRANSFER_FIELDS,  .run = transfer_run },
	{ .name = "stay_transfer_announce", .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = TRANSFER_FIELDS,  .run = transfer_announce_run },
	{ .name = "stay_leave",             .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = STATE_FIELDS,     .run = leave_run },
	{ .name = "stay_return",            .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = STATE_FIELDS,     .run = return_run },
	{ .name = "stay_exit_plan",         .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = STATE_FIELDS,     .run = exit_plan_run },
	{ .name = "stay_discharge",         .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = DISCHARGE_FIELDS, .run = discharge_run },
	{ .name = "stay_retime",            .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = RETIME_FIELDS,    .run = retime_run },
	{ .name = "stay_cancel",            .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .fields = CANCEL_FIELDS,    .run = cancel_run },
	{ .name = NULL },
};
