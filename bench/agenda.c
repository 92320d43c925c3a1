/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/agenda.c: the first free times over 300 calendars and a year (hospital/agenda_free.c), on a base where each calendar has 24 times of twenty minutes on every working day: nothing taken;
 * one time in five free, and an hour asked for there too; all taken for eleven months and it is not known from when on something is free; the same and it is known, as bookings leave it.
 * Prints `name value unit` lines. Takes a minute and 150 MB of disk in the directory for temporary files. Start at main.
 */
#include "../tests/unit/hospital/house.h"
#include "hospital/agenda.h"

#define CALENDARS 300
#define DAYS      366
#define FULL_DAYS 330
#define ROUNDS    60

static void sql(const char *text)
{
	test_base_sql(H.path, text, NULL, NULL);
}

/* Every time of every working day but those that `free` says; places of one appointment that stands for all. */
static void fill(int days, const char *but)
{
	char text[900];
	sql("DELETE FROM appointment_place");
	sql("UPDATE agenda SET full_until_ms = 0");
	for (int d = 0; d < days; d++) {
		int32_t day = agenda_day(H.now_ms) + d;
		if (agenda_weekday(day) > 5)
			continue;
		snprintf(text, sizeof text, "INSERT INTO appointment_place(agenda, start_ms, appointment, end_ms, over) WITH RECURSIVE t(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM t WHERE i < 23) "
			"SELECT a.no, %lld + t.i * 1200000, 1, %lld + t.i * 1200000 + 1200000, 0 FROM agenda a, t WHERE %s ORDER BY 1, 2", (long long)agenda_instant(day, 9 * 60), (long long)agenda_instant(day, 9 * 60), but);
		sql(text);
	}
}

struct know_job { struct db_job job; int64_t no; };
static enum rc know_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	enum rc rc = RC_OK;
	(void)txn;
	for (int i = 0; i < DAYS / 7 && rc == RC_OK; i++)
		rc = agenda_filled(c, &H.arena, ((struct know_job *)(void *)j)->no, H.now_ms, p);
	arena_reset(&H.arena);
	return rc;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void measure(const char *name, int minutes)
{
	double ms[ROUNDS];
	struct agenda_slots found = { .n = 0 };
	for (int i = 0; i < ROUNDS; i++) {
		struct agendas all = { 0 };
		fresh_rows();
		assert_int_equal(db_begin(H.c, &H.p), RC_OK);
		uint64_t from = clock_ns();
		assert_int_equal(agendas_of_unit(H.c, &H.arena, STR_NONE, &all, &H.p), RC_OK);
		struct agenda_ask q = { .people = all, .from_ms = H.now_ms, .minutes = minutes, .until_day = agenda_day(H.now_ms) + AGENDA_DAYS };
		assert_int_equal(agenda_find(H.c, &H.arena, &q, &found, &H.p), RC_OK);
		ms[i] = (double)(clock_ns() - from) / 1e6;
		db_end(H.c);
		assert_int_equal(all.n, CALENDARS);
	}
	qsort(ms, ROUNDS, sizeof *ms, by_size);
	printf("agenda_%s_p50 %.2f ms\nagenda_%s_p95 %.2f ms\nagenda_%s_found %zu times\n", name, ms[ROUNDS / 2], name, ms[ROUNDS * 95 / 100], name, found.n);
	fflush(stdout);
}

static void all_of_it(void **s)
{
	(void)s;
	char text[400];
	snprintf(text, sizeof text, "INSERT INTO agenda(unit, type, actor, schedule, made_by, made_ms) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT 'u' || (i %% 10), 'Practitioner', 'p' || i, 's' || i, 1, 0 FROM n", CALENDARS);
	sql(text);
	sql("INSERT INTO agenda_hours(agenda, weekday, from_min, until_min, step_min, kind, from_day, until_day, made_by, made_ms) WITH RECURSIVE d(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM d WHERE i < 5) SELECT no, i, 540, 1020, 20, 0, 0, 40000, 1, 0 FROM agenda, d");
	sql("INSERT INTO appointment(no, resource, patient, unit, state, start_ms, end_ms, kind, over, reason, once, version, made_by, made_ms, changed_by, changed_ms) VALUES (1, 1, 1, 'u1', 'booked', 1, 2, 0, '', '', 1, 1, 1, 0, 1, 0)");
	measure("nothing_taken", 20);
	fill(30, "(a.no * 2654435761 + t.i * 40503 + a.no * t.i) % 5 > 0");
	measure("one_in_five_free", 20);
	measure("one_in_five_free_an_hour_asked", 60);
	fill(FULL_DAYS, "1 = 1");
	measure("full_for_eleven_months_not_known", 20);
	for (int64_t no = 1; no <= CALENDARS; no++) {
		struct know_job k = { .job = { .run = know_run }, .no = no };
		assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	}
	measure("full_for_eleven_months", 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = { HOUSE_TEST(all_of_it) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
