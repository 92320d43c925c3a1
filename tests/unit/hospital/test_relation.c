/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/relation*.c: live facts at the edges of their windows, their makers, their upkeep, the rebuild. */
#include "house.h"

static bool joined(const char *id, struct fact *f)
{
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	bool is = relation_find(H.c, &H.who, record_patient_rid(H.c, str_of(id)), H.now_ms, f);
	db_end(H.c);
	return is;
}

static bool explained(const char *id)
{
	struct fact f;
	return joined(id, &f);
}

static void nothing_joins_a_stranger(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	assert_false(explained("a"));
	assert_false(explained("nobody"));
	actor(ROLE_NURSE, 7, NULL, NULL);
	assert_false(explained("a"));
}

static void a_cancelled_stay_joins_nobody(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "cancelled", "2026-11-10T08:00:00+01:00", NULL);
	assert_false(explained("a"));
	encounter("e", "a", "u1", "b2", "entered-in-error", "2026-11-10T08:00:00+01:00", NULL);
	assert_false(explained("a"));
}

static void a_patient_of_my_unit_is_explained_until_48_hours_after_the_stay(void **s)
{
	(void)s;
	struct fact f;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_PRESENT);
	assert_int_equal(f.made_by, 0);
	actor(ROLE_NURSE, 7, NULL, "u2");
	assert_false(explained("a"));
	actor(ROLE_NURSE, 7, NULL, "u1");
	encounter("e", "a", "u1", "b2", "finished", "2026-11-10T08:00:00+01:00", "2026-11-18T09:00:00+01:00");
	int64_t end = civil_to_ms((struct civil){ .year = 2026, .month = 11, .day = 18, .hour = 8 });
	house_now(end + 48 * HOUR);
	assert_true(explained("a"));
	house_now(end + 48 * HOUR + 2000); /* the end as written means its whole second */
	assert_false(explained("a"));
}

static void a_stay_explains_nothing_before_it_begins(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-18T12:00:00+01:00", NULL);
	assert_false(explained("a"));
	house_now(NOON + 2 * HOUR);
	assert_true(explained("a"));
}

static void an_announced_stay_counts_as_an_appointment(void **s)
{
	(void)s;
	struct fact f;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", NULL, "planned", "2026-11-20T08:00:00+01:00", NULL);
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_APPOINTMENT);
}

static void an_appointment_explains_seven_days_either_side(void **s)
{
	(void)s;
	struct fact f;
	int64_t at = civil_to_ms((struct civil){ .year = 2026, .month = 11, .day = 25, .hour = 9 });
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	appointment_as(0, "r", "a", "p1", "c1", "2026-11-25T10:00:00+01:00", "booked");
	actor(ROLE_PHYSICIAN, 8, "p1", NULL);
	house_now(at - 7 * DAY - 1);
	assert_false(explained("a"));
	house_now(at - 7 * DAY);
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_APPOINTMENT);
	house_now(at + 7 * DAY);
	assert_true(explained("a"));
	house_now(at + 7 * DAY + 2000);
	assert_false(explained("a"));
	house_now(at);
	actor(ROLE_NURSE, 9, NULL, "u2"); /* the unit that manages the room */
	assert_true(explained("a"));
	actor(ROLE_PHYSICIAN, 9, "p2", NULL);
	assert_false(explained("a"));
	appointment_as(0, "r", "a", "p1", "c1", "2026-11-25T10:00:00+01:00", "cancelled");
	actor(ROLE_PHYSICIAN, 8, "p1", NULL);
	assert_false(explained("a"));
}

static void who_wrote_stays_joined_though_the_note_is_deleted(void **s)
{
	(void)s;
	struct fact f;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	put("{\"resourceType\":\"Condition\",\"id\":\"c\",\"subject\":{\"reference\":\"Patient/a\"},\"code\":{\"text\":\"Asthme\"},\"recorder\":{\"reference\":\"Practitioner/p1\"}}");
	actor(ROLE_PHYSICIAN, 8, "p1", NULL);
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_AUTHOR);
	del("Condition", "c");
	assert_true(explained("a"));
}

static void the_treating_physician_follows_the_record(void **s)
{
	(void)s;
	struct fact f;
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"family\":\"X\"}],\"generalPractitioner\":[{\"reference\":\"Practitioner/p1\"}]}");
	actor(ROLE_PHYSICIAN, 8, "p1", NULL);
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_TREATING);
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"family\":\"X\"}],\"generalPractitioner\":[{\"reference\":\"Practitioner/p2\"}]}");
	assert_false(explained("a"));
	actor(ROLE_PHYSICIAN, 8, "p2", NULL);
	assert_true(explained("a"));
	del("Patient", "a");
	assert_false(explained("a"));
}

#define ASK(status) "{\"resourceType\":\"ServiceRequest\",\"id\":\"q\",\"status\":\"" status "\",\"intent\":\"order\",\"subject\":{\"reference\":\"Patient/a\"}," \
	"\"performer\":[{\"reference\":\"Practitioner/p2\"},{\"reference\":\"Organization/u2\"}]}"

static void who_is_asked_is_joined_while_the_request_is_open(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	put(ASK("active"));
	actor(ROLE_PHYSICIAN, 8, "p2", NULL);
	assert_true(explained("a"));
	actor(ROLE_NURSE, 8, NULL, "u2");
	assert_true(explained("a"));
	put(ASK("completed"));
	assert_false(explained("a"));
}

#define TASK(status, more) "{\"resourceType\":\"Task\",\"id\":\"t\",\"status\":\"" status "\",\"intent\":\"order\",\"for\":{\"reference\":\"Patient/a\"}," more \
	"\"owner\":{\"reference\":\"Organization/u2\"}}"

static void a_task_in_my_units_queue_joins_it_until_48_hours_after_it_was_done(void **s)
{
	(void)s;
	struct fact f;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	put(TASK("requested", ""));
	actor(ROLE_CLERK, 8, NULL, "u2");
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_ASKED);
	put_as(8, TASK("accepted", ""));
	assert_true(joined("a", &f));
	assert_int_equal(f.made_by, 0); /* what another asked for stays theirs, whoever takes it up */
	put(TASK("completed", "\"executionPeriod\":{\"end\":\"2026-11-18T09:00:00+01:00\"},"));
	int64_t end = civil_to_ms((struct civil){ .year = 2026, .month = 11, .day = 18, .hour = 8 });
	house_now(end + 48 * HOUR);
	assert_true(explained("a"));
	house_now(end + 48 * HOUR + 2000);
	assert_false(explained("a"));
	put(TASK("cancelled", "\"executionPeriod\":{\"end\":\"2026-11-20T09:00:00+01:00\"},"));
	assert_false(explained("a"));
	put_as(8, TASK("requested", "")); /* for one's own queue, by oneself */
	assert_true(joined("a", &f));
	assert_int_equal(f.made_by, 8);
}

#define REPORT(status, more) "{\"resourceType\":\"DiagnosticReport\",\"id\":\"r\",\"status\":\"" status "\",\"subject\":{\"reference\":\"Patient/a\"},\"code\":{\"text\":\"NFS\"}," more \
	"\"performer\":[{\"reference\":\"Organization/u2\"}],\"resultsInterpreter\":[{\"reference\":\"Practitioner/p2\"}]}"

static void a_result_to_validate_joins_the_laboratory_until_48_hours_after_it_was_issued(void **s)
{
	(void)s;
	struct fact f;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	put(REPORT("preliminary", ""));
	actor(ROLE_PHARMACIST, 8, NULL, "u2");
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_ASKED);
	actor(ROLE_PHARMACIST, 8, NULL, "u1");
	assert_false(explained("a"));
	put(REPORT("final", "\"issued\":\"2026-11-18T09:00:00+01:00\","));
	actor(ROLE_PHARMACIST, 8, NULL, "u2");
	assert_true(explained("a"));
	house_now(NOON + 49 * HOUR);
	assert_false(explained("a"));
	actor(ROLE_PHYSICIAN, 9, "p2", NULL); /* who interpreted wrote it: for ever */
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_AUTHOR);
	put(REPORT("entered-in-error", ""));
	actor(ROLE_PHARMACIST, 8, NULL, "u2");
	house_now(NOON + 50 * HOUR);
	assert_false(explained("a"));
}

#define MOVE(status, state) "{\"resourceType\":\"Encounter\",\"id\":\"e\",\"status\":\"" status "\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/a\"}," \
	"\"serviceProvider\":{\"reference\":\"Organization/u1\"},\"period\":{\"start\":\"2026-11-10T08:00:00Z\"},\"location\":[{\"location\":{\"reference\":\"Location/c1\"}," \
	"\"status\":\"" state "\",\"period\":{\"start\":\"2026-11-22T10:00:00+01:00\"}}]}"

static void a_move_that_was_announced_joins_the_unit_that_waits_two_days_either_side(void **s)
{
	(void)s;
	struct fact f;
	int64_t at = civil_to_ms((struct civil){ .year = 2026, .month = 11, .day = 22, .hour = 9 });
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	put(MOVE("in-progress", "planned"));
	actor(ROLE_NURSE, 9, NULL, "u2"); /* the unit that manages the room */
	assert_false(explained("a"));
	house_now(at - 48 * HOUR);
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_TRANSFER);
	house_now(at + 48 * HOUR);
	assert_true(explained("a"));
	house_now(at + 48 * HOUR + 1);
	assert_false(explained("a")); /* it did not come */
	house_now(at);
	put(MOVE("finished", "planned"));
	assert_false(explained("a"));
	put(MOVE("in-progress", "active"));
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_PRESENT);
}

static void a_fact_says_who_made_it_and_others_come_first(void **s)
{
	(void)s;
	struct fact f;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	actor(ROLE_PHYSICIAN, 8, "p1", "u1");
	appointment_as(8, "r", "a", "p1", "c1", "2026-11-18T10:00:00+01:00", "booked");
	assert_true(joined("a", &f));
	assert_int_equal(f.made_by, 8);
	encounter_as(8, "e", "a", "u1", "b2", "in-progress", "2026-11-18T08:00:00+01:00", NULL);
	assert_true(joined("a", &f));
	assert_int_equal(f.made_by, 8);
	appointment_as(3, "r2", "a", "p1", "c1", "2026-11-19T10:00:00+01:00", "booked");
	assert_true(joined("a", &f));
	assert_int_equal(f.made_by, 3);
}

static void editing_for_oneself_makes_only_what_changed_self_made(void **s)
{
	(void)s;
	struct fact f;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	actor(ROLE_PHYSICIAN, 8, "p1", NULL);
	appointment_as(3, "r", "a", "p1", "c1", "2026-11-20T10:00:00+01:00", "booked");
	appointment_as(8, "r", "a", "p1", "c1", "2026-11-20T10:00:00+01:00", "arrived"); /* the same span */
	assert_true(joined("a", &f));
	assert_int_equal(f.made_by, 3);
	appointment_as(8, "r", "a", "p1", "c1", "2026-11-21T10:00:00+01:00", "arrived"); /* moved by myself */
	assert_true(joined("a", &f));
	assert_int_equal(f.made_by, 8);
	patient("b", "Petit", "Jean", "1957-02-14", "male", "VALI", NULL);
	actor(ROLE_NURSE, 7, NULL, "u1");
	encounter_as(3, "e", "b", "u1", "b2", "in-progress", "2026-11-25T08:00:00+01:00", NULL);
	assert_false(explained("b"));
	encounter_as(7, "e", "b", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL); /* only the beginning was moved */
	assert_true(joined("b", &f));
	assert_int_equal(f.made_by, 7);
}

static void resources_that_came_before_their_patient_join_it_when_it_comes(void **s)
{
	(void)s;
	encounter("e", "late", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_false(explained("late"));
	patient("late", "Tard", "Venu", "1990-01-01", "male", "PROV", NULL);
	assert_true(explained("late"));
}

static void the_set_is_sorted_distinct_and_without_what_i_made_for_myself(void **s)
{
	(void)s;
	int64_t rid[6];
	for (int i = 0; i < 6; i++) {
		char id[8];
		snprintf(id, sizeof id, "s%d", i);
		rid[i] = patient(id, "Serie", "Une", "1990-01-01", "male", "PROV", NULL);
		char e[8];
		snprintf(e, sizeof e, "e%d", i);
		if (i < 4)
			encounter(e, id, "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	}
	appointment_as(8, "mine", "s4", "p1", "c1", "2026-11-18T10:00:00+01:00", "booked");
	appointment_as(3, "r", "s0", "p1", "c1", "2026-11-18T10:00:00+01:00", "booked");
	actor(ROLE_PHYSICIAN, 8, "p1", "u1");
	const int64_t *at;
	size_t n;
	fresh_rows();
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(relation_set(H.c, &H.who, H.now_ms, 100, &H.arena, &at, &n, &H.p), RC_OK);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(at[i], rid[i]);
	assert_int_equal(relation_set(H.c, &H.who, H.now_ms, 3, &H.arena, &at, &n, &H.p), RC_LIMIT);
	db_end(H.c);
}

static void a_rebuild_finds_the_same_facts_and_keeps_their_makers(void **s)
{
	(void)s;
	struct fact f;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Petit", "Jean", "1957-02-14", "male", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	actor(ROLE_PHYSICIAN, 8, "p1", NULL);
	appointment_as(8, "r", "b", "p1", "c1", "2026-11-20T10:00:00+01:00", "booked");
	putf(8, "{\"resourceType\":\"Condition\",\"id\":\"c\",\"subject\":{\"reference\":\"Patient/b\"},\"code\":{\"text\":\"Asthme\"},\"recorder\":{\"reference\":\"Practitioner/p1\"}}");
	db_reader_close(&H.c);
	assert_int_equal(relation_rebuild(H.db, NULL, &H.p), RC_OK);
	assert_int_equal(db_reader(H.db, &H.c, &H.p), RC_OK);
	assert_true(joined("b", &f));
	assert_int_equal(f.made_by, 8);
	actor(ROLE_NURSE, 7, NULL, "u1");
	assert_true(joined("a", &f));
	assert_int_equal(f.made_by, 0);
}

static void references_by_role_and_by_place_are_followed(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	put("{\"resourceType\":\"PractitionerRole\",\"id\":\"pr\",\"practitioner\":{\"reference\":\"Practitioner/p2\"},\"organization\":{\"reference\":\"Organization/u2\"}}");
	put("{\"resourceType\":\"Appointment\",\"id\":\"r\",\"status\":\"booked\",\"start\":\"2026-11-18T11:00:00+01:00\",\"end\":\"2026-11-18T11:30:00+01:00\",\"participant\":[{\"actor\":{\"reference\":\"Patient/a\"},\"status\":\"accepted\"},{\"actor\":{\"reference\":\"PractitionerRole/pr\"},\"status\":\"accepted\"}]}");
	actor(ROLE_PHYSICIAN, 8, "p2", NULL);
	assert_true(explained("a"));
	actor(ROLE_NURSE, 9, NULL, "u2");
	assert_true(explained("a"));
}

#define MEETING "{\"resourceType\":\"Appointment\",\"id\":\"r\",\"status\":\"booked\",\"start\":\"2026-11-18T11:00:00+01:00\",\"end\":\"2026-11-18T11:30:00+01:00\",\"participant\":[{\"actor\":{\"reference\":\"Patient/a\"},\"status\":\"accepted\"},{\"actor\":{\"reference\":\"Location/late\"},\"status\":\"accepted\"}]}"
#define NOTE "{\"resourceType\":\"Observation\",\"id\":\"o\",\"status\":\"final\",\"code\":{\"text\":\"Poids\"},\"subject\":{\"reference\":\"Patient/a\"},\"performer\":[{\"reference\":\"PractitionerRole/pr\"}]}"

static void a_place_that_comes_later_or_moves_joins_what_names_it(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	put(MEETING);
	actor(ROLE_NURSE, 9, NULL, "u2");
	assert_false(explained("a"));
	put("{\"resourceType\":\"Location\",\"id\":\"late\",\"managingOrganization\":{\"reference\":\"Organization/u2\"}}");
	assert_true(explained("a"));
	put("{\"resourceType\":\"Location\",\"id\":\"late\",\"managingOrganization\":{\"reference\":\"Organization/u1\"}}");
	assert_false(explained("a"));
	actor(ROLE_NURSE, 9, NULL, "u1");
	assert_true(explained("a"));
	del("Location", "late");
	assert_false(explained("a"));
	put("{\"resourceType\":\"Location\",\"id\":\"late\",\"managingOrganization\":{\"reference\":\"Organization/u1\"}}");
	assert_true(explained("a"));
	del("Appointment", "r");
	assert_false(explained("a"));
}

static void what_was_written_in_a_role_joins_its_person_once_the_role_is_known(void **s)
{
	(void)s;
	struct fact f;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	put(NOTE);
	actor(ROLE_PHYSICIAN, 8, "p2", NULL);
	assert_false(explained("a"));
	put("{\"resourceType\":\"PractitionerRole\",\"id\":\"pr\",\"practitioner\":{\"reference\":\"Practitioner/p2\"}}");
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_AUTHOR);
	put("{\"resourceType\":\"PractitionerRole\",\"id\":\"pr\",\"practitioner\":{\"reference\":\"Practitioner/p1\"}}");
	assert_true(explained("a")); /* the role went to another: who wrote wrote */
	actor(ROLE_PHYSICIAN, 8, "p1", NULL);
	assert_false(explained("a"));
}

#define SESSION(id, practitioner, x, y) "{\"resourceType\":\"Appointment\",\"id\":\"" id "\",\"status\":\"booked\",\"start\":\"2026-11-18T11:00:00+01:00\",\"end\":\"2026-11-18T12:00:00+01:00\",\"participant\":[" \
	"{\"actor\":{\"reference\":\"Practitioner/" practitioner "\"},\"status\":\"accepted\"},{\"actor\":{\"reference\":\"Patient/" x "\"},\"status\":\"accepted\"},{\"actor\":{\"reference\":\"Patient/" y "\"},\"status\":\"accepted\"}]}"
#define NOTE_OF_TWO "{\"resourceType\":\"Observation\",\"id\":\"n\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/a\"},\"performer\":[{\"reference\":\"Practitioner/p2\"},{\"reference\":\"Patient/b\"}]}"

static void rebuild(void)
{
	db_reader_close(&H.c);
	assert_int_equal(relation_rebuild(H.db, NULL, &H.p), RC_OK);
	assert_int_equal(db_reader(H.db, &H.c, &H.p), RC_OK);
}

/* Who leads a group sees the appointment: each of its patients is joined to him by it, as long as it names him. */
static void what_concerns_several_patients_joins_each_of_them(void **s)
{
	struct fact f;
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Martin", "Anne", "1961-05-01", "female", "VALI", NULL);
	put_as(8, SESSION("g", "p1", "a", "b"));
	put_as(8, SESSION("late", "p2", "c", "a"));
	actor(ROLE_PHYSICIAN, 9, "p1", NULL);
	for (int round = 0; round < 2; round++) {
		assert_true(explained("a"));
		assert_true(joined("b", &f));
		assert_int_equal(f.made_by, 8);
		rebuild(); /* the same, and whose they were */
	}
	patient("c", "Petit", "Jean", "1971-05-01", "male", "VALI", NULL); /* comes after it */
	put_as(7, SESSION("g", "p1", "b", "c")); /* a left, c came: what stays keeps its maker */
	assert_false(explained("a"));
	assert_true(joined("b", &f));
	assert_int_equal(f.made_by, 8);
	assert_true(joined("c", &f));
	assert_int_equal(f.made_by, 7);
	actor(ROLE_PHYSICIAN, 9, "p2", NULL);
	assert_true(explained("c"));
	assert_true(explained("a"));
	del("Appointment", "late");
	assert_false(explained("c"));
	assert_false(explained("a"));
	put_as(7, NOTE_OF_TWO); /* who wrote wrote, of both */
	assert_true(joined("b", &f));
	assert_int_equal(f.kind, FACT_AUTHOR);
	rebuild();
	assert_true(joined("a", &f));
	assert_int_equal(f.made_by, 7);
}

/* ---- many: the portions of a rebuild ---- */

#define MANY 45000 /* over two portions; each tenth a Patient, and there are surrogates that are nobody's */
static size_t nth_resource(char *out, size_t n, int i)
{
	if (i % 10 == 0)
		return (size_t)snprintf(out, n, "{\"resourceType\":\"Patient\",\"id\":\"p%d\"}", i);
	if (i % 10 == 9)
		return (size_t)snprintf(out, n, "{\"resourceType\":\"Encounter\",\"id\":\"e%d\",\"status\":\"in-progress\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/p%d\"},"
			"\"serviceProvider\":{\"reference\":\"Organization/u%d\"},\"period\":{\"start\":\"2026-11-10T08:00:00Z\"}}", i, i / 10 * 10, i % 97);
	return (size_t)snprintf(out, n, "{\"resourceType\":\"Observation\",\"id\":\"o%d\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/p%d\"},\"performer\":[{\"reference\":\"Practitioner/d%d\"}]}", i, i / 10 * 10, i % 89);
}

static long long number(const char *sql) { return test_base_number(H.path, sql); }

static void load_many(void)
{
	char body[600], id[20];
	struct record_bulk *k = NULL;
	db_reader_close(&H.c);
	assert_int_equal(record_bulk_open(H.db, &k, &H.p), RC_OK);
	for (int i = 0; i < MANY; i++) {
		size_t n = nth_resource(body, sizeof body, i);
		snprintf(id, sizeof id, "%c%d", i % 10 == 0 ? 'p' : i % 10 == 9 ? 'e' : 'o', i);
		assert_int_equal(record_bulk_put(k, fhir_type_of(str_of(i % 10 == 0 ? "Patient" : i % 10 == 9 ? "Encounter" : "Observation")), str_of(id), (struct str){ body, n }, NOON, &H.p), RC_OK);
	}
	assert_int_equal(record_bulk_end(&k, NULL, &H.p), RC_OK);
}

#define SUMS 4
static void sums_of(long long sums[SUMS])
{
	static const char *const SQL[SUMS] = { "SELECT count(*) FROM relation", "SELECT sum(patient * 31 + kind * 7 + source * 3 + made_by) FROM relation", "SELECT sum(who % 1000003 * (patient % 1009)) FROM relation",
		"SELECT sum(since_ms % 1000003 + until_ms % 1000003 + born) FROM relation" };
	for (size_t i = 0; i < SUMS; i++)
		sums[i] = number(SQL[i]);
}

/* The watch makes the facts of one resource after the other, on one thread; the rebuild's helpers make the same. */
static void a_rebuild_of_many_portions_is_what_one_thread_makes_of_it(void **s)
{
	long long watched[SUMS], made[SUMS];
	load_many();
	sums_of(watched);
	assert_int_equal(watched[0], MANY / 10 * 9); /* one a stay, one a note */
	house_close(s);
	house_new(s);
	record_watch_set(NULL);
	load_many();
	assert_int_equal(number("SELECT count(*) FROM relation"), 0);
	for (int round = 0; round < 2; round++) { /* from nothing, then beside what stands */
		assert_int_equal(relation_rebuild(H.db, NULL, &H.p), RC_OK);
		sums_of(made);
		assert_memory_equal(made, watched, sizeof made);
	}
}

static void a_rebuild_follows_a_stay_through_many_places(void **s)
{
	(void)s;
	static char body[8000];
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	int n = snprintf(body, sizeof body, "{\"resourceType\":\"Encounter\",\"id\":\"e\",\"status\":\"in-progress\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/a\"},\"location\":[");
	for (int i = 0; i < 12; i++) {
		putf(0, "{\"resourceType\":\"Location\",\"id\":\"place%d\",\"managingOrganization\":{\"reference\":\"Organization/unit%d\"},\"description\":\"%02000d\"}", i, i, i);
		n += snprintf(body + n, sizeof body - (size_t)n, "%s{\"location\":{\"reference\":\"Location/place%d\"}}", i ? "," : "", i);
	}
	snprintf(body + n, sizeof body - (size_t)n, "],\"period\":{\"start\":\"2026-11-10T08:00:00Z\"}}");
	put(body);
	long long before = number("SELECT sum(who % 1000003) FROM relation WHERE source > 0"), rows = number("SELECT count(*) FROM relation WHERE source > 0");
	rebuild();
	assert_int_equal(number("SELECT count(*) FROM relation WHERE source > 0"), rows);
	assert_int_equal(number("SELECT sum(who % 1000003) FROM relation WHERE source > 0"), before);
	for (int i = 0; i < 12; i++) {
		char unit[20];
		snprintf(unit, sizeof unit, "unit%d", i);
		actor(ROLE_NURSE, 7, NULL, unit);
		assert_true(explained("a"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(nothing_joins_a_stranger),
		HOUSE_TEST(a_cancelled_stay_joins_nobody),
		HOUSE_TEST(a_patient_of_my_unit_is_explained_until_48_hours_after_the_stay),
		HOUSE_TEST(a_stay_explains_nothing_before_it_begins),
		HOUSE_TEST(an_announced_stay_counts_as_an_appointment),
		HOUSE_TEST(an_appointment_explains_seven_days_either_side),
		HOUSE_TEST(who_wrote_stays_joined_though_the_note_is_deleted),
		HOUSE_TEST(the_treating_physician_follows_the_record),
		HOUSE_TEST(who_is_asked_is_joined_while_the_request_is_open),
		HOUSE_TEST(a_task_in_my_units_queue_joins_it_until_48_hours_after_it_was_done),
		HOUSE_TEST(a_result_to_validate_joins_the_laboratory_until_48_hours_after_it_was_issued),
		HOUSE_TEST(a_move_that_was_announced_joins_the_unit_that_waits_two_days_either_side),
		HOUSE_TEST(a_fact_says_who_made_it_and_others_come_first),
		HOUSE_TEST(editing_for_oneself_makes_only_what_changed_self_made),
		HOUSE_TEST(resources_that_came_before_their_patient_join_it_when_it_comes),
		HOUSE_TEST(the_set_is_sorted_distinct_and_without_what_i_made_for_myself),
		HOUSE_TEST(a_rebuild_finds_the_same_facts_and_keeps_their_makers),
		HOUSE_TEST(references_by_role_and_by_place_are_followed),
		HOUSE_TEST(a_place_that_comes_later_or_moves_joins_what_names_it),
		HOUSE_TEST(what_was_written_in_a_role_joins_its_person_once_the_role_is_known),
		HOUSE_TEST(what_concerns_several_patients_joins_each_of_them),
		cmocka_unit_test_setup_teardown(a_rebuild_of_many_portions_is_what_one_thread_makes_of_it, house_new, house_close),
		HOUSE_TEST(a_rebuild_follows_a_stay_through_many_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
