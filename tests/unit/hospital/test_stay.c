/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/stay.c, bed.c, bed_board.c, place_tree.c and stay_code.c: movements and their rules, what a cancel brings back, beds and their rooms, establishments that close. */
#include "house.h"

#include "hospital/bed.h"
#include "hospital/place_tree.h"
#include "hospital/relation.h"
#include "hospital/stay_code.h"

#define ORG(id, part, type) "{\"resourceType\":\"Organization\",\"id\":\"" id "\",\"name\":\"" id "\"" type part "}"
#define PART(up) ",\"partOf\":{\"reference\":\"Organization/" up "\"}"
#define UF ",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"UF\"}]}]"
#define LOC(id, name, code, unit, more) "{\"resourceType\":\"Location\",\"id\":\"" id "\",\"status\":\"active\",\"name\":\"" name "\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-location-type\",\"code\":\"" code "\"}]}]," \
	"\"managingOrganization\":{\"reference\":\"Organization/" unit "\"}" more "}"
#define IN(room) ",\"partOf\":{\"reference\":\"Location/" room "\"}"

/* Two establishments of a group: one with two units of three and one beds, one with a unit of one bed. Room r1 has two beds. */
static void places(void)
{
	del("Location", "b2"); /* of the house of the other tests */
	del("Location", "b12");
	put(ORG("grp", "", ""));
	put(ORG("site1", PART("grp"), ""));
	put(ORG("site2", PART("grp"), ""));
	put(ORG("u1", PART("site1"), UF));
	put(ORG("u2", PART("site1"), UF));
	put(ORG("u3", PART("site2"), UF));
	put("{\"resourceType\":\"Location\",\"id\":\"w1\",\"name\":\"Service u1\",\"managingOrganization\":{\"reference\":\"Organization/u1\"}}");
	put(LOC("r1", "Chambre 1", "CHAM", "u1", IN("w1")));
	put(LOC("b1f", "Lit 1-F", "LIT", "u1", IN("r1")));
	put(LOC("b1p", "Lit 1-P", "LIT", "u1", IN("r1")));
	put(LOC("b3", "Lit 3", "LIT", "u1", ""));
	put(LOC("b4", "Lit 4", "LIT", "u2", ""));
	put(LOC("b9", "Lit 9", "LIT", "u3", ""));
	patient("ann", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	patient("bob", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	patient("eve", "Petit", "Eve", "1970-01-01", "female", "VALI", NULL);
	actor(ROLE_NURSE, 7, NULL, "u1");
}

static const char *kept(const char *name)
{
	static char at[8][80];
	static unsigned turn;
	char *to = at[turn++ % 8];
	snprintf(to, 80, "%s", getz("movement", 0, name));
	return to;
}

static void fine(enum rc rc)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", why_row(H.p.why)->name, H.p.where, H.p.detail);
}

/* Admits now; gives the stay. */
static const char *admitted(const char *who, const char *place)
{
	enum rc rc = act("stay_admit", "patient", who, "kind", "inpatient", "place", place, NULL);
	if (rc != RC_OK)
		fail_msg("admit: %s %s", why_row(H.p.why)->name, H.p.detail);
	return kept("stay");
}

static bool in_bed(const char *bed, const char *who)
{
	struct bed b;
	bool found;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(bed_find(H.c, &H.arena, str_of(bed), &found, &b, &H.p), RC_OK);
	int64_t patient = who ? record_patient_rid(H.c, str_of(who)) : 0;
	db_end(H.c);
	return found && b.patient == patient;
}

static bool opens(const char *who, const char *unit)
{
	struct fact f;
	struct actor before = H.who;
	actor(ROLE_NURSE, 99, NULL, unit);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	bool is = relation_find(H.c, &H.who, record_patient_rid(H.c, str_of(who)), H.now_ms, &f);
	db_end(H.c);
	H.who = before;
	return is;
}

static uint32_t no_rights(enum role role) { return role == ROLE_NONE; }

struct forget_job { struct db_job job; int64_t patient; };

static enum rc forget_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	(void)txn;
	return patient_forget(c, ((struct forget_job *)(void *)j)->patient, p);
}

static void refused(enum rc rc, enum why why)
{
	assert_int_not_equal(rc, RC_OK);
	assert_why(why);
}

static void an_admission_puts_the_person_in_the_bed_and_opens_the_chart_to_the_unit(void **s)
{
	(void)s;
	places();
	assert_false(opens("ann", "u1"));
	const char *stay = admitted("ann", "b3");
	assert_true(in_bed("b3", "ann"));
	assert_true(opens("ann", "u1"));
	assert_false(opens("ann", "u2"));
	assert_int_equal(view("stay_moves", "patient", "ann", NULL), RC_OK);
	assert_string_equal(getz("stays", 0, "state"), "present");
	assert_string_equal(getz("stays", 0, "stay"), stay);
	assert_string_equal(getz("moves", 0, "kind"), "A01");
	assert_int_equal(view("chart_admin", "patient", "ann", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "bed"), "Lit 3");
}

static void nobody_is_in_two_beds_and_no_bed_has_two(void **s)
{
	(void)s;
	places();
	admitted("ann", "b3");
	refused(act("stay_admit", "patient", "bob", "kind", "inpatient", "place", "b3", NULL), WHY_BED_TAKEN);
	refused(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b1f", NULL), WHY_LIES_ELSEWHERE);
	refused(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "u1", NULL), WHY_LIES_ELSEWHERE);
	assert_true(in_bed("b3", "ann"));
	assert_true(in_bed("b1f", NULL));
	assert_int_equal(view("stay_moves", "patient", "bob", NULL), RC_OK);
	assert_int_equal(count("stays"), 0);
}

static void the_keys_of_the_table_decide_whatever_another_system_writes(void **s)
{
	(void)s;
	places();
	encounter("e1", "ann", "u1", "b3", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	encounter("e2", "bob", "u1", "b3", "in-progress", "2026-11-10T08:00:00+01:00", NULL); /* the record takes it; the bed does not */
	encounter("e3", "ann", "u1", "b1f", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_true(in_bed("b3", "ann"));
	assert_true(in_bed("b1f", NULL));
	assert_int_equal(view("bed_board", NULL), RC_OK);
	assert_int_equal(count("unplaced"), 2);
	refused(act("stay_transfer", "patient", "bob", "stay", "e2", "place", "b3", NULL), WHY_BED_TAKEN);
	fine(act("stay_transfer", "patient", "bob", "stay", "e2", "place", "b1p", NULL));
	assert_true(in_bed("b1p", "bob"));
}

static void a_place_may_come_after_the_stay_that_names_it(void **s)
{
	(void)s;
	places();
	encounter("e1", "ann", "u1", "b5", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	put(LOC("b5", "Lit 5", "LIT", "u1", ""));
	assert_true(in_bed("b5", "ann"));
}

static void the_tables_are_made_anew_from_the_record(void **s)
{
	(void)s;
	places();
	const char *stay = admitted("ann", "b3");
	fine(act("stay_exit_plan", "patient", "ann", "stay", stay, "day", "2026-11-19", "time", "09:00", NULL));
	assert_int_equal(bed_rebuild(H.db, &H.p), RC_OK);
	assert_true(in_bed("b3", "ann"));
	assert_int_equal(view("bed_board", NULL), RC_OK);
	assert_int_equal(count("beds"), 3);
	assert_string_equal(getz("board", 0, "exits"), "1");
}

static void a_transfer_moves_the_person_and_who_may_open_the_chart(void **s)
{
	(void)s;
	places();
	const char *stay = admitted("ann", "b3");
	house_now(NOON + HOUR);
	fine(act("stay_transfer", "patient", "ann", "stay", stay, "place", "b4", NULL));
	assert_true(in_bed("b4", "ann"));
	assert_true(in_bed("b3", NULL));
	assert_true(opens("ann", "u2"));
	assert_true(opens("ann", "u1"));
	house_now(NOON + 50 * HOUR);
	assert_false(opens("ann", "u1")); /* two days after it left */
	assert_true(opens("ann", "u2"));
	actor(ROLE_NURSE, 7, NULL, "u1");
	assert_int_equal(view("bed_board", NULL), RC_OK);
	assert_string_equal(getz("beds", row_with("beds", "bed", "b3"), "says"), "cleaning");
}

static uint32_t made_by(const char *who)
{
	struct fact f = { .made_by = UINT32_MAX };
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	(void)!relation_find(H.c, &H.who, record_patient_rid(H.c, str_of(who)), H.now_ms, &f);
	db_end(H.c);
	return f.made_by;
}

static void who_ends_a_stay_has_not_made_the_link_and_who_brings_it_back_has(void **s)
{
	(void)s;
	places();
	encounter_as(9, "e1", "ann", "u1", "b3", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_int_equal(made_by("ann"), 9);
	fine(act("stay_discharge", "patient", "ann", "stay", "e1", NULL));
	assert_int_equal(made_by("ann"), 9);
	const char *no = kept("no");
	fine(act("stay_cancel", "patient", "ann", "stay", "e1", "no", no, "reason", "not_done", NULL));
	assert_int_equal(made_by("ann"), H.who.account);
}

static void a_transfer_that_is_announced_keeps_the_bed_and_opens_the_chart_before(void **s)
{
	(void)s;
	places();
	const char *stay = admitted("ann", "b3");
	fine(act("stay_transfer_announce", "patient", "ann", "stay", stay, "place", "b4", "day", "2026-11-19", "time", "0900", NULL));
	assert_true(in_bed("b3", "ann"));
	assert_true(opens("ann", "u2"));
	actor(ROLE_NURSE, 8, NULL, "u2");
	assert_int_equal(view("bed_board", NULL), RC_OK);
	assert_string_equal(getz("beds", 0, "says"), "reserved");
	assert_string_equal(getz("coming", 0, "what"), "transfer");
	refused(act("stay_admit", "patient", "bob", "kind", "inpatient", "place", "b4", NULL), WHY_BED_TAKEN);
	fine(act("stay_transfer", "patient", "ann", "stay", stay, "place", "b4", NULL)); /* the unit that receives does it */
	assert_true(in_bed("b4", "ann"));
	assert_int_equal(view("bed_board", NULL), RC_OK);
	assert_int_equal(count("coming"), 0);
}

static void each_cancel_brings_back_the_state_before(void **s)
{
	(void)s;
	places();
	H.who.units[1] = STR("u2");
	H.who.n_units = 2;
	fine(act("stay_announce", "patient", "ann", "kind", "inpatient", "place", "b3", "day", "2026-11-19", "time", "09:00", NULL));
	const char *stay = kept("stay"), *planned = kept("no");
	static const struct { const char *act, *place, *state_after, *bed_before; } STEP[] = {
		{ "stay_admit",    "b3", "present", NULL },
		{ "stay_transfer", "b4", "present", "b3" },
		{ "stay_leave",    NULL, "leave",   "b4" },
		{ "stay_return",   NULL, "present", "b4" },
		{ "stay_discharge", NULL, "over",   "b4" },
	};
	const char *no[5], *before[5];
	for (unsigned i = 0; i < 5; i++) {
		static char state[5][20];
		house_now(NOON + (i + 1) * HOUR);
		assert_int_equal(view("stay_moves", "patient", "ann", NULL), RC_OK);
		snprintf(state[i], sizeof state[i], "%s", getz("stays", 0, "state"));
		before[i] = state[i];
		enum rc rc = STEP[i].place ? act(STEP[i].act, "patient", "ann", "stay", stay, "place", STEP[i].place, NULL) : act(STEP[i].act, "patient", "ann", "stay", stay, NULL);
		if (rc != RC_OK)
			fail_msg("%s: %s %s", STEP[i].act, why_row(H.p.why)->name, H.p.detail);
		no[i] = kept("no");
		assert_int_equal(view("stay_moves", "patient", "ann", NULL), RC_OK);
		assert_string_equal(getz("stays", 0, "state"), STEP[i].state_after);
	}
	refused(act("stay_cancel", "patient", "ann", "stay", stay, "no", no[1], "reason", "time", NULL), WHY_MOVE_NOT_LAST);
	for (unsigned i = 5; i-- > 0;) {
		enum rc rc = act("stay_cancel", "patient", "ann", "stay", stay, "no", no[i], "reason", "time", NULL);
		if (rc != RC_OK)
			fail_msg("cancel of %s: %s %s", STEP[i].act, why_row(H.p.why)->name, H.p.detail);
		assert_int_equal(view("stay_moves", "patient", "ann", NULL), RC_OK);
		assert_string_equal(getz("stays", 0, "state"), before[i]);
		assert_true(in_bed("b3", STEP[i].bed_before && strcmp(STEP[i].bed_before, "b3") == 0 ? "ann" : NULL));
		assert_true(in_bed("b4", STEP[i].bed_before && strcmp(STEP[i].bed_before, "b4") == 0 ? "ann" : NULL));
		refused(act("stay_cancel", "patient", "ann", "stay", stay, "no", no[i], "reason", "time", NULL), WHY_MOVE_NOT_LAST); /* once */
	}
	assert_int_equal(view("bed_board", NULL), RC_OK);
	assert_string_equal(getz("beds", row_with("beds", "bed", "b3"), "says"), "reserved"); /* neither lain in nor to be cleaned: kept, as before */
	assert_false(has("beds", row_with("beds", "bed", "b3"), "cleaning"));
	fine(act("stay_cancel", "patient", "ann", "stay", stay, "no", planned, "reason", "person", NULL));
	assert_int_equal(view("stay_moves", "patient", "ann", NULL), RC_OK);
	assert_string_equal(getz("stays", 0, "state"), "over");
	assert_int_equal(count("moves"), 12);
	assert_false(opens("ann", "u1"));
	assert_false(opens("ann", "u2"));
}

/* ---- another time ---- */

static enum rc retime(const char *stay, const char *no, const char *time) { return act("stay_retime", "patient", "ann", "stay", stay, "no", no, "time", time, "reason", "mistyped", NULL); }

/* What the Encounter says, as minutes of the day in Paris at "path" of its last place but `back`; -1: nothing. */
static int said_at(const char *stay, const char *path, unsigned back)
{
	struct item it;
	bool found = false;
	const struct json *of = NULL;
	unsigned n = 0, i = 0;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(item_find(H.c, &H.arena, "Encounter", str_of(stay), &found, &it, &H.p), RC_OK);
	db_end(H.c);
	assert_true(found);
	for json_each(l, json_get(it.body, "location"))
		n++;
	for json_each(l, json_get(it.body, "location"))
		if (++i + back == n)
			of = l;
	int64_t ms = when_low(text_at(back == 99 ? it.body : of, path));
	struct civil c = civil_paris(ms);
	return ms == INT64_MIN ? -1 : c.hour * 60 + c.minute;
}
#define OF_STAY 99

static void the_time_of_the_last_movement_is_corrected_in_one_act_and_what_was_stays(void **s)
{
	(void)s;
	places();
	H.who.units[1] = STR("u2");
	H.who.n_units = 2;
	fine(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b3", "time", "0800", NULL));
	const char *stay = kept("stay"), *no = kept("no");
	refused(retime(stay, no, "0800"), WHY_MOVE_SAME);
	refused(retime(stay, no, "1130"), WHY_MOVE_FUTURE);
	refused(retime(stay, no, "25h"), WHY_MOVE_TIME);
	fine(retime(stay, no, "0730"));
	assert_int_equal(said_at(stay, "period.start", OF_STAY), 450);
	assert_int_equal(said_at(stay, "period.start", 0), 450);
	assert_true(in_bed("b3", "ann"));
	refused(retime(stay, no, "0740"), WHY_MOVE_NOT_LAST); /* that row is cancelled */
	fine(act("stay_transfer", "patient", "ann", "stay", stay, "place", "b4", "time", "0900", NULL));
	const char *moved = kept("no");
	fine(act("bed_set", "bed", "b3", "state", "ready", NULL));
	admitted("eve", "b3"); /* the bed that was left is taken: a cancel could not be done, another time can */
	refused(act("stay_cancel", "patient", "ann", "stay", stay, "no", moved, "reason", "time", NULL), WHY_BED_TAKEN);
	refused(retime(stay, moved, "0700"), WHY_MOVE_ORDER); /* before she came */
	fine(retime(stay, moved, "0815"));
	moved = kept("no");
	assert_int_equal(said_at(stay, "period.end", 1), 495);
	assert_int_equal(said_at(stay, "period.start", 0), 495);
	assert_int_equal(said_at(stay, "period.start", OF_STAY), 450);
	assert_true(in_bed("b4", "ann") && in_bed("b3", "eve"));
	fine(act("stay_leave", "patient", "ann", "stay", stay, "time", "0830", NULL));
	const char *leave = kept("no");
	fine(retime(stay, leave, "0845"));
	fine(act("stay_cancel", "patient", "ann", "stay", stay, "no", kept("no"), "reason", "not_done", NULL)); /* what was corrected is cancelled as ever */
	fine(act("stay_discharge", "patient", "ann", "stay", stay, "time", "0930", NULL));
	const char *left = kept("no");
	refused(retime(stay, left, "0810"), WHY_MOVE_ORDER);
	fine(retime(stay, left, "0950"));
	assert_int_equal(said_at(stay, "period.end", OF_STAY), 590);
	assert_int_equal(said_at(stay, "period.end", 0), 590);
	assert_int_equal(view("stay_moves", "patient", "ann", NULL), RC_OK);
	assert_string_equal(getz("moves", 0, "kind"), "A03");
	assert_string_equal(getz("moves", 1, "kind"), "A13");
	assert_string_equal(getz("moves", 1, "reason"), "mistyped");
	assert_true(has("moves", 2, "cancelled_at") && has("moves", 2, "done_at")); /* what was typed first */
	fine(act("stay_cancel", "patient", "ann", "stay", stay, "no", getz("moves", 0, "no"), "reason", "not_done", NULL));
	assert_true(in_bed("b4", "ann"));
	assert_int_equal(said_at(stay, "period.end", OF_STAY), -1);
}

static void another_time_is_for_what_was_done_here_and_by_who_moves_people_there(void **s)
{
	(void)s;
	places();
	fine(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b3", "time", "0800", NULL));
	const char *stay = kept("stay"), *no = kept("no");
	actor(ROLE_NURSE, 9, NULL, "u2");
	assert_int_equal(retime(stay, no, "0730"), RC_DENIED);
	actor(ROLE_NURSE, 7, NULL, "u1");
	fine(act("stay_exit_plan", "patient", "ann", "stay", stay, "day", "2026-11-20", "time", "1000", NULL));
	const char *planned = kept("no");
	refused(retime(stay, no, "0730"), WHY_MOVE_NOT_LAST);
	refused(retime(stay, planned, "0730"), WHY_MOVE_ANNOUNCED);
	fine(act("stay_cancel", "patient", "ann", "stay", stay, "no", planned, "reason", "not_done", NULL));
	encounter(stay, "ann", "u1", "b1f", "in-progress", "2026-11-18T08:00:00+01:00", NULL);
	refused(retime(stay, no, "0730"), WHY_MOVE_STALE); /* another system wrote since */
}

static void a_cancelled_admission_opens_the_chart_to_nobody(void **s)
{
	(void)s;
	places();
	const char *stay = admitted("ann", "b3"), *no = kept("no");
	assert_true(opens("ann", "u1"));
	fine(act("stay_cancel", "patient", "ann", "stay", stay, "no", no, "reason", "person", NULL));
	assert_false(opens("ann", "u1"));
	assert_true(in_bed("b3", NULL));
}

static void a_discharge_is_not_cancelled_into_a_bed_that_is_taken(void **s)
{
	(void)s;
	places();
	const char *stay = admitted("ann", "b3");
	fine(act("stay_discharge", "patient", "ann", "stay", stay, NULL));
	const char *no = kept("no");
	fine(act("bed_set", "bed", "b3", "state", "ready", NULL));
	admitted("eve", "b3");
	refused(act("stay_cancel", "patient", "ann", "stay", stay, "no", no, "reason", "not_done", NULL), WHY_BED_TAKEN);
	assert_int_equal(view("stay_moves", "patient", "ann", NULL), RC_OK);
	assert_string_equal(getz("stays", 0, "state"), "over");
	assert_true(in_bed("b3", "eve"));
}

static void what_another_system_wrote_since_is_not_cancelled_away(void **s)
{
	(void)s;
	places();
	const char *stay = admitted("ann", "b3"), *no = kept("no");
	encounter(stay, "ann", "u1", "b1f", "in-progress", "2026-11-18T08:00:00+01:00", NULL);
	refused(act("stay_cancel", "patient", "ann", "stay", stay, "no", no, "reason", "time", NULL), WHY_MOVE_STALE);
	assert_true(in_bed("b1f", "ann"));
	fine(act("stay_leave", "patient", "ann", "stay", stay, NULL)); /* a movement of ours goes on from there, and back to there */
	const char *leave = kept("no");
	fine(act("stay_cancel", "patient", "ann", "stay", stay, "no", leave, "reason", "time", NULL));
	assert_true(in_bed("b1f", "ann"));
}

static void a_person_whose_record_is_erased_keeps_no_bed(void **s)
{
	(void)s;
	places();
	admitted("ann", "b3");
	struct forget_job k = { .job = { .run = forget_run }, .patient = 0 };
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	k.patient = record_patient_rid(H.c, STR("ann"));
	db_end(H.c);
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	assert_true(in_bed("b3", NULL));
}

static void a_stay_moves_in_the_order_of_time(void **s)
{
	(void)s;
	places();
	refused(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b3", "day", "2026-11-18", "time", "23:00", NULL), WHY_MOVE_FUTURE);
	fine(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b3", "day", "2026-11-18", "time", "08:00", NULL));
	const char *stay = kept("stay");
	refused(act("stay_discharge", "patient", "ann", "stay", stay, "day", "2026-11-18", "time", "07:59", NULL), WHY_MOVE_ORDER);
	refused(act("stay_transfer", "patient", "ann", "stay", stay, "place", "b1f", "day", "2026-11-17", "time", "12:00", NULL), WHY_MOVE_ORDER);
	fine(act("stay_transfer", "patient", "ann", "stay", stay, "place", "b1f", "day", "2026-11-18", "time", "09:00", NULL));
	refused(act("stay_leave", "patient", "ann", "stay", stay, "day", "2026-11-18", "time", "08:30", NULL), WHY_MOVE_ORDER);
	refused(act("stay_leave", "patient", "ann", "stay", stay, "day", "2026-11-18", "time", "25:00", NULL), WHY_MOVE_TIME);
	refused(act("stay_leave", "patient", "ann", "stay", stay, "day", "2026-11-18", NULL), WHY_MOVE_TIME);
	fine(act("stay_leave", "patient", "ann", "stay", stay, "time", "9h30", NULL));
	refused(act("stay_exit_plan", "patient", "ann", "stay", stay, "day", "2026-11-17", "time", "09:00", NULL), WHY_MOVE_PAST);
	refused(act("stay_announce", "patient", "bob", "kind", "inpatient", "place", "b3", "day", "2026-11-17", "time", "09:00", NULL), WHY_MOVE_PAST);
}

static void nobody_is_admitted_to_a_place_that_is_closed_or_gone(void **s)
{
	(void)s;
	places();
	refused(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "nowhere", NULL), WHY_PLACE_CLOSED);
	fine(act("bed_set", "bed", "b3", "state", "closed", NULL));
	refused(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b3", NULL), WHY_PLACE_CLOSED);
	fine(act("bed_set", "bed", "b3", "state", "ready", NULL));
	del("Location", "b3");
	refused(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b3", NULL), WHY_PLACE_CLOSED);
	put("{\"resourceType\":\"Location\",\"id\":\"b1f\",\"status\":\"suspended\",\"name\":\"Lit 1-F\",\"physicalType\":{\"coding\":[{\"code\":\"bd\"}]},\"managingOrganization\":{\"reference\":\"Organization/u1\"}}");
	refused(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b1f", NULL), WHY_PLACE_CLOSED);
	admitted("ann", "b1p");
	refused(act("bed_set", "bed", "b1p", "state", "closed", NULL), WHY_BED_TAKEN);
}

static void what_is_not_quite_right_asks_for_a_reason_or_is_never_right(void **s)
{
	(void)s;
	places();
	admitted("ann", "b1f");
	refused(act("stay_admit", "patient", "bob", "kind", "inpatient", "place", "b1p", NULL), WHY_BED_SEX);
	fine(act("bed_set", "bed", "b3", "state", "cleaning", NULL));
	refused(act("stay_admit", "patient", "bob", "kind", "inpatient", "place", "b3", NULL), WHY_BED_CLEANING);
	fine(act("bed_set", "bed", "b3", "state", "isolation", NULL));
	refused(act("stay_admit", "patient", "bob", "kind", "inpatient", "place", "b3", NULL), WHY_BED_ISOLATION);
	fine(act("room_rule_set", "bed", "b1p", "sex", "same", "hard", "1", NULL));
	refused(act("stay_admit", "patient", "bob", "kind", "inpatient", "place", "b1p", "reason", "couple", NULL), WHY_ROOM_SEX);
	fine(act("room_rule_set", "bed", "b1p", "sex", "any", NULL));
	fine(act("stay_admit", "patient", "bob", "kind", "inpatient", "place", "b1p", NULL));
	fine(act("stay_admit", "patient", "eve", "kind", "inpatient", "place", "b3", "reason", "care", NULL));
	assert_int_equal(view("stay_moves", "patient", "eve", NULL), RC_OK);
	assert_string_equal(getz("moves", 0, "reason"), "care");
}

static void one_moves_people_of_ones_own_units_and_a_clerk_those_of_the_establishment(void **s)
{
	(void)s;
	places();
	refused(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b4", NULL), WHY_MOVE_UNIT);
	refused(act("bed_set", "bed", "b4", "state", "cleaning", NULL), WHY_MOVE_UNIT);
	const char *stay = admitted("ann", "b3");
	actor(ROLE_NURSE, 9, NULL, "u3");
	refused(act("stay_discharge", "patient", "ann", "stay", stay, NULL), WHY_MOVE_UNIT);
	struct actor nurse = H.who;
	struct arena a;
	bool may = true;
	arena_init(&a, 1u << 20);
	static const struct { const char *unit; bool may; } CLERK[] = { { "u1", true }, { "u2", true }, { "u3", false }, { "none", false } };
	struct judge clerks = JUDGE;
	clerks.may = no_rights;
	nurse.units[0] = STR("u2");
	for (size_t i = 0; i < sizeof CLERK / sizeof *CLERK; i++) {
		assert_int_equal(db_begin(H.c, &H.p), RC_OK);
		assert_int_equal(place_may_move(H.c, &a, &nurse, &clerks, str_of(CLERK[i].unit), &may, &H.p), RC_OK);
		db_end(H.c);
		assert_int_equal(may, CLERK[i].may);
	}
	arena_done(&a);
}

static void two_who_look_at_the_same_stay_do_not_move_it_twice(void **s)
{
	(void)s;
	places();
	const char *stay = admitted("ann", "b3");
	fine(act("stay_transfer", "patient", "ann", "stay", stay, "version", "1", "place", "b1f", NULL));
	refused(act("stay_transfer", "patient", "ann", "stay", stay, "version", "1", "place", "b1p", NULL), WHY_MOVE_STALE);
	refused(act("stay_transfer", "patient", "ann", "stay", stay, "place", "b1f", NULL), WHY_MOVE_THERE); /* sent twice */
	refused(act("stay_return", "patient", "ann", "stay", stay, NULL), WHY_MOVE_STATE);
	fine(act("stay_discharge", "patient", "ann", "stay", stay, NULL));
	refused(act("stay_discharge", "patient", "ann", "stay", stay, NULL), WHY_MOVE_STATE);
	refused(act("stay_discharge", "patient", "bob", "stay", stay, NULL), WHY_NOT_FOUND); /* somebody else's */
}

static void a_resident_on_leave_keeps_the_bed_at_home_and_lies_in_hospital(void **s)
{
	(void)s;
	places();
	H.who.units[1] = STR("u3");
	H.who.n_units = 2;
	fine(act("stay_admit", "patient", "eve", "kind", "residence", "place", "b9", NULL));
	const char *home = kept("stay");
	refused(act("stay_admit", "patient", "eve", "kind", "inpatient", "place", "b3", NULL), WHY_LIES_ELSEWHERE);
	fine(act("stay_leave", "patient", "eve", "stay", home, NULL));
	const char *stay = admitted("eve", "b3");
	assert_true(in_bed("b9", "eve"));
	refused(act("stay_return", "patient", "eve", "stay", home, NULL), WHY_LIES_ELSEWHERE);
	fine(act("stay_discharge", "patient", "eve", "stay", stay, NULL));
	fine(act("stay_return", "patient", "eve", "stay", home, NULL));
}

static void an_arrival_has_a_level_of_triage_only_from_the_houses_own_scale(void **s)
{
	(void)s;
	places();
	refused(act("stay_admit", "patient", "ann", "kind", "emergency", "place", "u1", "triage", "1", NULL), WHY_MODE_UNKNOWN);
	fine(act("triage_add", "scale", "Essai", "level", "2", "label", "Niveau d'essai", "source", "Essai 2026", NULL));
	char no[24];
	snprintf(no, sizeof no, "%s", getz("level", 0, "no"));
	refused(act("triage_add", "scale", "Essai", "level", "2", "label", "Niveau d'essai", "source", "Essai 2026", NULL), WHY_DUPLICATE);
	fine(act("stay_admit", "patient", "ann", "kind", "emergency", "place", "u1", "triage", no, NULL));
	assert_int_equal(view("stay_moves", "patient", "ann", NULL), RC_OK);
	assert_string_equal(getz("stays", 0, "stay_status"), "triaged");
	assert_string_equal(getz("stays", 0, "bed"), "Service u1"); /* in the unit's own place, without a bed */
	house_now(NOON + HOUR);
	fine(act("triage_end", "no", no, NULL));
	refused(act("stay_admit", "patient", "eve", "kind", "emergency", "place", "u1", "triage", no, NULL), WHY_MODE_UNKNOWN);
}

static void modes_of_entry_and_exit_are_those_of_the_table(void **s)
{
	(void)s;
	places();
	assert_true(stay_code_known());
	refused(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b3", "mode", "5", NULL), WHY_MODE_UNKNOWN);
	fine(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b3", "mode", "8", "from", "5", NULL));
	const char *stay = kept("stay");
	refused(act("stay_discharge", "patient", "ann", "stay", stay, "mode", "N", NULL), WHY_MODE_UNKNOWN);
	fine(act("stay_discharge", "patient", "ann", "stay", stay, "mode", "6", "to", "2", NULL));
	assert_int_equal(view("stay_moves", "patient", "ann", NULL), RC_OK);
	assert_string_equal(getz("moves", 0, "mode_label"), "Mutation");
	assert_string_equal(getz("moves", 1, "mode_label"), "Domicile");
}

static void a_board_names_those_of_the_unit_worked_in_and_nobody_else(void **s)
{
	(void)s;
	places();
	const char *stay = admitted("ann", "b3");
	actor(ROLE_NURSE, 8, NULL, "u1");
	assert_int_equal(view("bed_board", NULL), RC_OK);
	assert_string_equal(getz("board", 0, "occupied"), "1");
	unsigned at = row_with("beds", "bed", "b3");
	assert_string_equal(getz("beds", at, "id"), "ann");
	assert_true(has("beds", at, "name"));
	assert_int_equal(view("bed_board", "corridor", "1", NULL), RC_OK);
	assert_false(rows_hold("Durand"));
	assert_false(rows_hold("DURAND"));
	assert_string_equal(getz("beds", at, "masked"), "D. A.");
	actor(ROLE_NURSE, 7, NULL, "u1"); /* who admitted her: a fact of one's own gives no name */
	assert_int_equal(view("bed_board", NULL), RC_OK);
	assert_false(has("beds", at, "name"));
	actor(ROLE_NURSE, 9, NULL, "u2");
	assert_int_equal(view("bed_board", "unit", "u1", NULL), RC_OK);
	assert_string_equal(getz("beds", at, "says"), "occupied");
	assert_false(has("beds", at, "id"));
	assert_false(has("beds", at, "masked"));
	assert_false(has("beds", at, "stay"));
	actor(ROLE_NURSE, 7, NULL, "u1");
	fine(act("stay_transfer_announce", "patient", "ann", "stay", stay, "place", "b4", "day", "2026-11-19", "time", "0900", NULL));
	actor(ROLE_NURSE, 9, NULL, "u2"); /* may open the chart now, and is not told in whose bed */
	fine(view("bed_board", "unit", "u1", NULL));
	assert_false(has("beds", at, "id"));
	assert_int_equal(view("bed_sites", NULL), RC_OK);
	assert_int_equal(count("units"), 3);
	assert_string_equal(getz("units", row_with("units", "id", "u1"), "occupied"), "1");
	assert_string_equal(getz("units", row_with("units", "id", "u3"), "site"), "site2");
}

static void an_establishment_closes_by_two_when_nobody_is_there_and_opens_nothing_any_more(void **s)
{
	(void)s;
	places();
	encounter("old", "bob", "u3", NULL, "finished", "2026-11-17T08:00:00+01:00", "2026-11-18T08:00:00+01:00");
	assert_int_equal(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "b9", NULL), RC_DENIED);
	actor(ROLE_NURSE, 7, NULL, "u3");
	const char *stay = admitted("ann", "b9");
	actor(ROLE_ADMIN, 20, NULL, NULL);
	refused(act("site_ask", "site", "site2", "change", "open", NULL), WHY_SITE_SO);
	refused(act("site_ask", "site", "u3", "change", "close", NULL), WHY_SITE_UNKNOWN);
	refused(act("site_ask", "site", "site2", "change", "close", NULL), WHY_SITE_FULL);
	actor(ROLE_NURSE, 7, NULL, "u3");
	fine(act("stay_discharge", "patient", "ann", "stay", stay, NULL));
	actor(ROLE_ADMIN, 20, NULL, NULL);
	fine(act("site_ask", "site", "site2", "change", "close", NULL));
	char no[24];
	snprintf(no, sizeof no, "%s", getz("closing", 0, "no"));
	refused(act("site_ask", "site", "site2", "change", "close", NULL), WHY_SITE_WAITS);
	refused(act("site_sign", "no", no, NULL), WHY_SITE_OWN);
	actor(ROLE_ADMIN, 21, NULL, NULL);
	fine(act("site_sign", "no", no, NULL));
	refused(act("site_sign", "no", no, NULL), WHY_SITE_OVER);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_false(unit_exists(H.c, STR("u3")));
	assert_true(unit_exists(H.c, STR("u1")));
	db_end(H.c);
	actor(ROLE_NURSE, 7, NULL, "u3");
	refused(act("stay_admit", "patient", "eve", "kind", "inpatient", "place", "b9", NULL), WHY_PLACE_CLOSED);
	actor(ROLE_ADMIN, 20, NULL, NULL);
	assert_int_equal(view("place_tree", NULL), RC_OK);
	assert_true(has("places", row_with("places", "id", "u3"), "closed"));
	assert_false(has("places", row_with("places", "id", "u1"), "closed"));
	fine(act("site_ask", "site", "site2", "change", "open", NULL));
	snprintf(no, sizeof no, "%s", getz("closing", 0, "no"));
	actor(ROLE_ADMIN, 21, NULL, NULL);
	fine(act("site_sign", "no", no, NULL));
	actor(ROLE_NURSE, 7, NULL, "u3");
	fine(act("bed_set", "bed", "b9", "state", "ready", NULL));
	admitted("eve", "b9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(an_admission_puts_the_person_in_the_bed_and_opens_the_chart_to_the_unit),
		HOUSE_TEST(nobody_is_in_two_beds_and_no_bed_has_two),
		HOUSE_TEST(the_keys_of_the_table_decide_whatever_another_system_writes),
		HOUSE_TEST(a_place_may_come_after_the_stay_that_names_it),
		HOUSE_TEST(the_tables_are_made_anew_from_the_record),
		HOUSE_TEST(a_transfer_moves_the_person_and_who_may_open_the_chart),
		HOUSE_TEST(who_ends_a_stay_has_not_made_the_link_and_who_brings_it_back_has),
		HOUSE_TEST(a_transfer_that_is_announced_keeps_the_bed_and_opens_the_chart_before),
		HOUSE_TEST(each_cancel_brings_back_the_state_before),
		HOUSE_TEST(the_time_of_the_last_movement_is_corrected_in_one_act_and_what_was_stays),
		HOUSE_TEST(another_time_is_for_what_was_done_here_and_by_who_moves_people_there),
		HOUSE_TEST(a_cancelled_admission_opens_the_chart_to_nobody),
		HOUSE_TEST(a_discharge_is_not_cancelled_into_a_bed_that_is_taken),
		HOUSE_TEST(what_another_system_wrote_since_is_not_cancelled_away),
		HOUSE_TEST(a_person_whose_record_is_erased_keeps_no_bed),
		HOUSE_TEST(a_stay_moves_in_the_order_of_time),
		HOUSE_TEST(nobody_is_admitted_to_a_place_that_is_closed_or_gone),
		HOUSE_TEST(what_is_not_quite_right_asks_for_a_reason_or_is_never_right),
		HOUSE_TEST(one_moves_people_of_ones_own_units_and_a_clerk_those_of_the_establishment),
		HOUSE_TEST(two_who_look_at_the_same_stay_do_not_move_it_twice),
		HOUSE_TEST(a_resident_on_leave_keeps_the_bed_at_home_and_lies_in_hospital),
		HOUSE_TEST(an_arrival_has_a_level_of_triage_only_from_the_houses_own_scale),
		HOUSE_TEST(modes_of_entry_and_exit_are_those_of_the_table),
		HOUSE_TEST(a_board_names_those_of_the_unit_worked_in_and_nobody_else),
		HOUSE_TEST(an_establishment_closes_by_two_when_nobody_is_there_and_opens_nothing_any_more),
	};
	char folder[400];
	snprintf(folder, sizeof folder, "%s/data/nomenclatures", getenv("HYGIE_SOURCE"));
	stay_code_folder(folder);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
