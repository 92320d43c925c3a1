/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/agenda_free.c and agenda_book.c: the days on which clocks change, and what the search for the first free time finds, over one calendar and several. */
#include "house.h"

#include "hospital/agenda.h"
#include "hospital/tariff.h"

#define MINUTE INT64_C(60000)
#define SPRING 20905 /* 2027-03-28, last Sunday of March: 02:00 becomes 03:00 */
#define AUTUMN 20751 /* 2026-10-25, last Sunday of October: 03:00 becomes 02:00 */

static int64_t utc(int32_t day, int hour, int minute)
{
	return (int64_t)day * DAY + hour * HOUR + minute * MINUTE;
}

static void a_day_lasts_23_24_or_25_hours_and_each_morning_begins_at_eight(void **s)
{
	(void)s;
	struct civil spring = civil_of_days(SPRING), autumn = civil_of_days(AUTUMN);
	assert_int_equal(spring.year * 10000 + spring.month * 100 + spring.day, 20270328);
	assert_int_equal(autumn.year * 10000 + autumn.month * 100 + autumn.day, 20261025);
	assert_int_equal(agenda_weekday(SPRING), 7);
	assert_int_equal(agenda_weekday(AUTUMN), 7);
	static const struct { int32_t day; int hours, eight_utc; } AT[] = {
		{ SPRING - 1, 24, 7 }, { SPRING, 23, 6 }, { SPRING + 1, 24, 6 }, { AUTUMN - 1, 24, 6 }, { AUTUMN, 25, 7 }, { AUTUMN + 1, 24, 7 },
	};
	for (size_t i = 0; i < N_OF(AT); i++) {
		assert_int_equal((agenda_instant(AT[i].day, 1440) - agenda_instant(AT[i].day, 0)) / HOUR, AT[i].hours);
		assert_true(agenda_instant(AT[i].day, 8 * 60) == utc(AT[i].day, AT[i].eight_utc, 0));
		assert_true(agenda_instant(AT[i].day, 1440) == agenda_instant(AT[i].day + 1, 0));
		for (int64_t at = agenda_instant(AT[i].day, 0); at < agenda_instant(AT[i].day, 1440); at += 10 * MINUTE)
			assert_int_equal(agenda_day(at), AT[i].day);
		assert_int_equal(agenda_day(agenda_instant(AT[i].day, 0) - 1), AT[i].day - 1);
	}
}

static void every_year_to_come_changes_on_the_last_sundays(void **s)
{
	(void)s;
	for (int year = 2026; year < 2046; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= (month == 2 ? 28 : 30); day++) {
				int32_t d = days_of(year, month, day);
				bool last = agenda_weekday(d) == 7 && day + 7 > 31;
				int64_t hours = (agenda_instant(d, 1440) - agenda_instant(d, 0)) / HOUR;
				assert_int_equal(hours, last && month == 3 ? 23 : last && month == 10 ? 25 : 24);
			}
}

/* ---- searching ---- */

static const char *add(const char *type, const char *actor_id)
{
	static char at[8][24];
	static unsigned turn;
	char *no = at[turn++ % 8];
	assert_int_equal(act("agenda_add", "type", type, "actor", actor_id, NULL), RC_OK);
	snprintf(no, 24, "%s", getz("agenda", 0, "no"));
	return no;
}

static void hours(const char *no, const char *days, const char *begin, const char *end, const char *minutes, const char *from)
{
	enum rc rc = act("agenda_hours_add", "agenda", no, "days", days, "begin", begin, "end", end, "minutes", minutes, "from", from, NULL);
	if (rc != RC_OK)
		fail_msg("hours: %s %s", why_row(H.p.why)->name, H.p.detail);
}

static struct agenda_slots S;

static void search(int32_t from_day, int32_t until_day, int minutes, bool rooms)
{
	struct agendas all = { 0 }, people = { 0 }, places = { 0 };
	fresh_rows();
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(agendas_of_unit(H.c, &H.arena, STR_NONE, &all, &H.p), RC_OK);
	people.at = arena_array(&H.arena, all.n + 1, sizeof *people.at);
	places.at = arena_array(&H.arena, all.n + 1, sizeof *places.at);
	for (size_t i = 0; i < all.n; i++)
		if (str_eq(all.at[i].type, "Practitioner"))
			people.at[people.n++] = all.at[i];
		else if (rooms)
			places.at[places.n++] = all.at[i];
	int64_t from = agenda_instant(from_day, 0);
	struct agenda_ask q = { .people = people, .rooms = places, .from_ms = from > H.now_ms ? from : H.now_ms, .minutes = minutes, .until_day = until_day };
	assert_int_equal(agenda_find(H.c, &H.arena, &q, &S, &H.p), RC_OK);
	db_end(H.c);
}

static void the_hours_of_a_day_when_clocks_change_are_offered_once_each(void **s)
{
	(void)s;
	house_now(utc(AUTUMN - 5, 9, 0));
	const char *no = add("Practitioner", "p1");
	hours(no, "7", "0:00", "8:00", "30", "2026-10-01");
	search(AUTUMN, AUTUMN, 30, false);
	assert_int_equal(S.n, 16);
	for (size_t i = 1; i < S.n; i++)
		assert_true(S.at[i].at_ms >= S.at[i - 1].at_ms + 30 * MINUTE);
	assert_true(S.at[0].at_ms == utc(AUTUMN - 1, 22, 0));
	assert_true(S.at[15].at_ms == utc(AUTUMN, 6, 30));
	assert_true(S.at[4].at_ms == utc(AUTUMN, 0, 0)); /* two o'clock, the first time */
	assert_true(S.at[6].at_ms == utc(AUTUMN, 2, 0)); /* three: the second two o'clock is not offered */
	search(SPRING, SPRING, 30, false);
	assert_int_equal(S.n, 14); /* two o'clock does not exist */
	assert_true(S.at[3].at_ms == utc(SPRING, 0, 30));
	assert_true(S.at[4].at_ms == utc(SPRING, 1, 0)); /* three o'clock follows half past one */
	assert_true(S.at[13].at_ms == utc(SPRING, 5, 30));
}

static void hours_that_do_not_exist_offer_nothing_and_the_hour_that_comes_twice_is_open_both_times(void **s)
{
	(void)s;
	struct agenda g;
	struct calendar k = { 0 };
	bool found;
	house_now(utc(AUTUMN - 5, 9, 0));
	const char *no = add("Practitioner", "p1");
	hours(no, "7", "2:00", "3:00", "30", "2026-10-01");
	search(SPRING, SPRING, 30, false);
	assert_int_equal(S.n, 0);
	search(AUTUMN, AUTUMN, 30, false);
	assert_int_equal(S.n, 2);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(agenda_get(H.c, &H.arena, atoll(no), &found, &g, &H.p), RC_OK);
	assert_int_equal(calendar_read(H.c, &H.arena, &g, utc(AUTUMN, 0, 0), utc(AUTUMN, 3, 0), &k, &H.p), RC_OK);
	assert_true(calendar_is_open(&k, 0, utc(AUTUMN, 1, 0), utc(AUTUMN, 2, 0)));
	assert_false(calendar_is_open(&k, 0, utc(AUTUMN, 1, 30), utc(AUTUMN, 2, 30)));
	db_end(H.c);
}

static void an_appointment_of_a_changing_day_keeps_its_length_and_its_place(void **s)
{
	(void)s;
	char start[24];
	house_now(utc(AUTUMN - 5, 9, 0));
	patient("a", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	const char *no = add("Practitioner", "p1");
	hours(no, "7", "0:00", "8:00", "30", "2026-10-01");
	snprintf(start, sizeof start, "%lld", (long long)utc(AUTUMN, 0, 30)); /* half past two, the first time, for two hours: until half past three */
	assert_int_equal(act("appointment_book", "patient", "a", "once", "form1", "person", no, "start", start, "minutes", "120", NULL), RC_OK);
	search(AUTUMN, AUTUMN, 30, false);
	for (size_t i = 0; i < S.n; i++)
		assert_true(S.at[i].at_ms + 30 * MINUTE <= utc(AUTUMN, 0, 30) || S.at[i].at_ms >= utc(AUTUMN, 2, 30));
	assert_int_equal(S.n, 14);
	snprintf(start, sizeof start, "%lld", (long long)utc(AUTUMN, 1, 30)); /* the second half past two */
	assert_int_equal(act("appointment_book", "patient", "a", "once", "form2", "person", no, "start", start, "minutes", "30", NULL), RC_CONFLICT);
	assert_why(WHY_AGENDA_TAKEN);
}

/* 2026-11-23 is a Monday. */
#define MONDAY 20780

static void the_search_keeps_to_hours_breaks_closings_and_what_is_taken(void **s)
{
	(void)s;
	char start[24];
	assert_int_equal(agenda_weekday(MONDAY), 1);
	patient("a", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	const char *no = add("Practitioner", "p1");
	search(MONDAY, MONDAY, 30, false);
	assert_int_equal(S.n, 0); /* who has no hours is never free */
	hours(no, "1", "8:00", "10:00", "30", "2026-11-01");
	hours(no, "1", "14:00", "15:00", "30", "2026-11-01");
	search(MONDAY, MONDAY, 30, false);
	assert_int_equal(S.n, 6);
	assert_true(S.at[4].at_ms == agenda_instant(MONDAY, 14 * 60)); /* the break lies between two lines of hours */
	search(MONDAY, MONDAY, 90, false);
	assert_int_equal(S.n, 2); /* 8:00, 8:30: nothing runs over the end of its hours */
	snprintf(start, sizeof start, "%lld", (long long)agenda_instant(MONDAY, 8 * 60 + 30));
	assert_int_equal(act("appointment_book", "patient", "a", "once", "form1", "person", no, "start", start, "minutes", "45", NULL), RC_OK);
	search(MONDAY, MONDAY, 30, false);
	assert_int_equal(S.n, 4); /* 8:00, 9:30, 14:00, 14:30: nine o'clock is touched */
	assert_int_equal(act("agenda_close", "agenda", no, "from", "2026-11-23", "begin", "14:00", "end", "14:30", "reason", "leave", NULL), RC_OK);
	search(MONDAY, MONDAY, 30, false);
	assert_int_equal(S.n, 3);
	search(MONDAY + 1, MONDAY + 6, 30, false);
	assert_int_equal(S.n, 0);
	search(MONDAY, MONDAY + 60, 30, false);
	assert_int_equal(S.n, AGENDA_SLOTS);
}

static void of_several_the_first_free_is_told_and_a_room_must_be_free_with_it(void **s)
{
	(void)s;
	char start[24];
	patient("a", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	const char *one = add("Practitioner", "p1"), *two = add("Practitioner", "p2"), *room = add("Location", "c1");
	hours(one, "1", "10:00", "11:00", "20", "2026-11-01");
	hours(two, "1", "9:00", "10:20", "20", "2026-11-01");
	search(MONDAY, MONDAY, 20, false);
	assert_int_equal(S.n, 7);
	assert_int_equal(S.at[0].person->no, atoll(two));
	assert_true(S.at[0].at_ms == agenda_instant(MONDAY, 9 * 60));
	for (size_t i = 1; i < S.n; i++)
		assert_true(S.at[i].at_ms >= S.at[i - 1].at_ms);
	snprintf(start, sizeof start, "%lld", (long long)agenda_instant(MONDAY, 9 * 60));
	assert_int_equal(act("appointment_book", "patient", "a", "once", "form1", "room", room, "start", start, "minutes", "60", NULL), RC_OK);
	search(MONDAY, MONDAY, 20, true);
	assert_int_equal(S.n, 4); /* the room has no hours: open at all times but when it is taken */
	assert_true(S.at[0].at_ms == agenda_instant(MONDAY, 10 * 60));
	assert_int_equal(S.at[0].room->no, atoll(room));
	char booked[24];
	snprintf(booked, sizeof booked, "%lld", (long long)agenda_instant(MONDAY, 10 * 60));
	assert_int_equal(act("appointment_book", "patient", "a", "once", "form2", "person", one, "room", room, "start", start, "minutes", "20", NULL), RC_BAD_INPUT);
	assert_why(WHY_AGENDA_CLOSED); /* one of several that is not open refuses all */
	assert_int_equal(act("appointment_book", "patient", "a", "once", "form3", "person", one, "room", room, "start", booked, "minutes", "20", NULL), RC_OK);
	search(MONDAY, MONDAY, 20, true);
	assert_int_equal(S.n, 2);
}

static void a_device_is_booked_with_its_practitioner_or_neither_is(void **s)
{
	(void)s;
	char start[24];
	put("{\"resourceType\":\"Device\",\"id\":\"d1\",\"status\":\"active\",\"deviceName\":[{\"name\":\"Scanner 1\",\"type\":\"user-friendly-name\"}]}");
	patient("a", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	const char *one = add("Practitioner", "p1"), *two = add("Practitioner", "p2"), *device = add("Device", "d1");
	hours(one, "1", "9:00", "10:00", "20", "2026-11-01");
	hours(two, "1", "9:00", "10:00", "20", "2026-11-01");
	snprintf(start, sizeof start, "%lld", (long long)agenda_instant(MONDAY, 9 * 60));
	assert_int_equal(act("appointment_book", "patient", "a", "once", "form1", "person", one, "device", device, "start", start, "minutes", "20", NULL), RC_OK);
	assert_int_equal(act("appointment_book", "patient", "b", "once", "form2", "person", two, "device", device, "start", start, "minutes", "20", NULL), RC_CONFLICT);
	assert_why(WHY_AGENDA_TAKEN);
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM appointment_place"), 2);
	assert_int_equal(act("appointment_book", "patient", "b", "once", "form3", "person", two, "start", start, "minutes", "20", NULL), RC_OK);
}

/* What a search finds is the same whether it begins where a calendar is known to be full or looks at every day: after each booking, move, cancellation and change of hours. */
static void check_bound(void)
{
	struct agenda_slots known;
	char sql[80];
	search(MONDAY, MONDAY + 200, 20, false);
	known = S;
	long long bound = test_base_number(H.path, "SELECT max(full_until_ms) FROM agenda");
	snprintf(sql, sizeof sql, "UPDATE agenda SET full_until_ms = 0");
	test_base_sql(H.path, "CREATE TABLE kept_bound AS SELECT no, full_until_ms FROM agenda", NULL, NULL);
	test_base_sql(H.path, sql, NULL, NULL);
	search(MONDAY, MONDAY + 200, 20, false);
	assert_int_equal(known.n, S.n);
	for (size_t i = 0; i < S.n; i++) {
		assert_true(known.at[i].at_ms == S.at[i].at_ms);
	}
	test_base_sql(H.path, "UPDATE agenda SET full_until_ms = (SELECT k.full_until_ms FROM kept_bound k WHERE k.no = agenda.no)", NULL, NULL);
	test_base_sql(H.path, "DROP TABLE kept_bound", NULL, NULL);
	assert_true(bound >= 0);
}

static void a_full_calendar_is_passed_over_and_looked_at_again_when_a_time_is_freed(void **s)
{
	(void)s;
	char start[24], no[24], version[24], once[24];
	patient("a", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	const char *one = add("Practitioner", "p1"), *two = add("Practitioner", "p2");
	hours(one, "1", "9:00", "10:00", "20", "2026-11-01");
	hours(two, "1", "9:00", "10:00", "20", "2026-11-01");
	for (int i = 0; i < 18; i++) { /* both, three Mondays */
		snprintf(start, sizeof start, "%lld", (long long)agenda_instant(MONDAY + 7 * (i / 6), 9 * 60 + 20 * (i % 3)));
		snprintf(once, sizeof once, "fill%d", i);
		assert_int_equal(act("appointment_book", "patient", "a", "once", once, "person", i % 6 < 3 ? one : two, "start", start, "minutes", "20", NULL), RC_OK);
		check_bound();
	}
	assert_true(test_base_number(H.path, "SELECT min(full_until_ms) FROM agenda") >= agenda_instant(MONDAY + 14, 10 * 60));
	assert_int_equal(view("appointments", "patient", "a", NULL), RC_OK);
	unsigned last = (unsigned)count("appointments") - 1; /* the newest stand first */
	snprintf(no, sizeof no, "%s", getz("appointments", last, "no"));
	snprintf(version, sizeof version, "%s", getz("appointments", last, "version"));
	snprintf(start, sizeof start, "%lld", (long long)agenda_instant(MONDAY + 28, 9 * 60));
	assert_int_equal(act("appointment_move", "patient", "a", "no", no, "version", version, "start", start, NULL), RC_OK);
	check_bound();
	search(MONDAY, MONDAY + 200, 20, false);
	assert_true(S.at[0].at_ms == agenda_instant(MONDAY, 9 * 60)); /* what the move freed */
	assert_int_equal(view("appointments", "patient", "a", NULL), RC_OK);
	unsigned at = row_with("appointments", "state", "booked");
	while (atoll(getz("appointments", at, "at")) != agenda_instant(MONDAY + 7, 9 * 60 + 40))
		at++;
	snprintf(no, sizeof no, "%s", getz("appointments", at, "no"));
	snprintf(version, sizeof version, "%s", getz("appointments", at, "version"));
	assert_int_equal(act("appointment_cancel", "patient", "a", "no", no, "version", version, "reason", "pat", NULL), RC_OK);
	check_bound();
	hours(two, "1", "8:00", "9:00", "20", "2026-11-01");
	check_bound();
	search(MONDAY, MONDAY + 200, 20, false);
	assert_true(S.at[0].at_ms == agenda_instant(MONDAY, 8 * 60));
}

/* ---- the search against the plain way ---- */

static uint64_t dice;
static int64_t roll(int64_t n)
{
	dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int64_t)((dice >> 33) % (uint64_t)n);
}

/* Statements that are run together. */
static char gathered[1 << 19];
static size_t n_gathered;

static void sql(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(gathered + n_gathered, sizeof gathered - n_gathered, fmt, ap);
	va_end(ap);
	n_gathered += (size_t)n;
	assert_true(n > 0 && n_gathered + 2 < sizeof gathered);
	memcpy(gathered + n_gathered, ";", 2);
	n_gathered++;
}

static void sql_run(void)
{
	sql("COMMIT");
	test_base_sql(H.path, gathered, NULL, NULL);
	n_gathered = 0;
}

#define SOME 9     /* calendars: six people, two rooms, a device */
#define SPAN 24    /* days that hold anything */

/* Hours of all kinds that may lie over each other, times taken to the minute and beside each other, closings of a unit and of one calendar; a room without hours. */
static void strew(int32_t first)
{
	static const char *const EMPTY[] = { "agenda_closing", "appointment_place", "agenda_hours", "agenda" };
	sql("BEGIN");
	for (size_t t = 0; t < N_OF(EMPTY); t++)
		sql("DELETE FROM %s", EMPTY[t]);
	sql("INSERT INTO appointment(no, resource, patient, unit, state, start_ms, end_ms, kind, over, reason, once, version, made_by, made_ms, changed_by, changed_ms) VALUES (1, 1, 1, 'u1', 'booked', 1, 2, 0, '', '', 1, 1, 1, 0, 1, 0) ON CONFLICT DO NOTHING");
	for (int i = 0; i < SOME; i++) {
		sql("INSERT INTO agenda(no, unit, type, actor, schedule, made_by, made_ms) VALUES (%d, 'u%d', '%s', 'a%d', 's%d', 1, 0)", i + 1, 1 + i % 2, i < 6 ? "Practitioner" : i < 8 ? "Location" : "Device", i, i);
		for (int64_t h = i == 7 ? 0 : 4 + roll(8); h > 0; h--) {
			int64_t from = roll(20) * 60 + roll(12) * 5, until = from + 30 + roll(8) * 60;
			sql("INSERT INTO agenda_hours(agenda, weekday, from_min, until_min, step_min, kind, from_day, until_day, made_by, made_ms) VALUES (%d, %d, %d, %d, %d, %d, %d, %d, 1, 0)", i + 1, 1 + (int)roll(7), (int)from, (int)(until > 1440 ? 1440 : until),
				(int)(5 + roll(12) * 5 + (roll(6) == 0 ? roll(5) : 0)), (int)roll(3), (int)(first + roll(9)), (int)(first + 10 + roll(30)));
		}
		for (int64_t n = roll(120); n > 0; n--) {
			int64_t start = agenda_instant(first + (int32_t)roll(SPAN), 0) + roll(288) * 5 * MINUTE + (roll(8) == 0 ? roll(5) * MINUTE : 0);
			sql("INSERT INTO appointment_place(agenda, start_ms, appointment, end_ms, over) VALUES (%d, %lld, 1, %lld, 1) ON CONFLICT DO NOTHING", i + 1, (long long)start, (long long)(start + (roll(12) ? 5 + roll(20) * 5 : roll(720) + 1) * MINUTE));
		}
	}
	for (int64_t n = roll(6); n > 0; n--) {
		int64_t from = agenda_instant(first + (int32_t)roll(SPAN), (int)roll(1440));
		sql("INSERT INTO agenda_closing(unit, agenda, from_ms, until_ms, reason, made_by, made_ms) VALUES ('u%d', %d, %lld, %lld, 'leave', 1, 0)", 1 + (int)roll(2), roll(2) ? 0 : 1 + (int)roll(SOME), (long long)from, (long long)(from + (1 + roll(2000)) * MINUTE));
	}
	sql_run();
}

struct plain { int64_t at_ms; size_t turn; const struct agenda *person, *room, *device; };
static struct plain plain[200000];

static int by_time(const void *a, const void *b)
{
	const struct plain *x = a, *y = b;
	return x->at_ms != y->at_ms ? (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms) : (x->turn > y->turn) - (x->turn < y->turn);
}

static const struct agenda *any_free(const struct agendas *g, struct calendar *at, int64_t kind, int64_t from, int64_t until)
{
	for (size_t i = 0; i < g->n; i++)
		if (calendar_is_open(&at[i], kind, from, until) && calendar_is_free(&at[i], from, until))
			return &g->at[i];
	return NULL;
}

static void read_some(const struct agendas *g, struct calendar *at, int64_t from, int64_t until)
{
	for (size_t i = 0; i < g->n; i++)
		assert_int_equal(calendar_read(H.c, &H.arena, &g->at[i], from, until, &at[i], &H.p), RC_OK);
}

/* Every beginning of every day asked by itself, all of them sorted. */
static size_t find_plainly(const struct agenda_ask *q)
{
	static struct calendar people[SOME], rooms[SOME], devices[SOME];
	int64_t long_ms = q->minutes * MINUTE;
	size_t n = 0;
	memset(people, 0, sizeof people);
	memset(rooms, 0, sizeof rooms);
	memset(devices, 0, sizeof devices);
	for (int32_t day = agenda_day(q->from_ms); day <= q->until_day; day++) {
		read_some(&q->people, people, agenda_instant(day, 0), agenda_instant(day + 1, 0));
		read_some(&q->rooms, rooms, agenda_instant(day, 0), agenda_instant(day + 1, 0));
		read_some(&q->devices, devices, agenda_instant(day, 0), agenda_instant(day + 1, 0));
		for (size_t i = 0; i < q->people.n; i++)
			for (size_t h = 0; h < people[i].n_hours; h++) {
				const struct agenda_hours *r = &people[i].hours[h];
				if (r->weekday != agenda_weekday(day) || day < r->from_day || day > r->until_day || (r->kind && q->kind && r->kind != q->kind))
					continue;
				for (int m = r->from_min; m < r->until_min; m += r->step_min) {
					struct plain one = { .at_ms = agenda_instant(day, m), .turn = i, .person = &q->people.at[i] };
					bool closed = false;
					for (size_t k = 0; k < people[i].n_closed; k++)
						closed = closed || (people[i].closed[k].from_ms < one.at_ms + long_ms && people[i].closed[k].until_ms > one.at_ms);
					if (one.at_ms < q->from_ms || one.at_ms + long_ms > agenda_instant(day, r->until_min) || closed || !calendar_is_free(&people[i], one.at_ms, one.at_ms + long_ms))
						continue;
					one.room = any_free(&q->rooms, rooms, q->kind, one.at_ms, one.at_ms + long_ms);
					one.device = any_free(&q->devices, devices, q->kind, one.at_ms, one.at_ms + long_ms);
					bool twice = false;
					for (size_t k = n; k > 0 && plain[k - 1].turn == i && !twice; k--)
						twice = plain[k - 1].at_ms == one.at_ms;
					if ((!q->rooms.n || one.room) && (!q->devices.n || one.device) && !twice) {
						assert_true(n < N_OF(plain));
						plain[n++] = one;
					}
				}
			}
	}
	qsort(plain, n, sizeof *plain, by_time);
	return n < AGENDA_SLOTS ? n : AGENDA_SLOTS;
}

static void search_both(int32_t first)
{
	static const int MINUTES[] = { 5, 10, 20, 25, 45, 60, 90, 180, 7, 720 };
	struct agendas all = { 0 };
	struct agenda_slots found = { .n = 0 };
	fresh_rows();
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(agendas_of_unit(H.c, &H.arena, STR_NONE, &all, &H.p), RC_OK);
	assert_int_equal(all.n, SOME);
	struct agenda people[SOME], rooms[SOME], devices[SOME];
	struct agenda_ask q = { .people.at = people, .rooms.at = rooms, .devices.at = devices, .kind = roll(3), .minutes = MINUTES[roll((int64_t)N_OF(MINUTES))], .from_ms = agenda_instant(first, 0) + roll(5 * 1440) * MINUTE + roll(2) * 17 };
	bool any_room = roll(3) == 0, any_device = roll(4) == 0;
	q.until_day = agenda_day(q.from_ms) + (int32_t)roll(40);
	for (size_t i = 0; i < all.n; i++) {
		struct agendas *to = str_eq(all.at[i].type, "Practitioner") ? &q.people : str_eq(all.at[i].type, "Location") ? &q.rooms : &q.devices;
		if (to == &q.people ? roll(5) > 0 : to == &q.rooms ? any_room : any_device)
			to->at[to->n++] = all.at[i];
	}
	assert_int_equal(agenda_find(H.c, &H.arena, &q, &found, &H.p), RC_OK);
	size_t n = find_plainly(&q);
	db_end(H.c);
	assert_int_equal(found.n, n);
	for (size_t i = 0; i < n; i++) {
		if (found.at[i].at_ms != plain[i].at_ms || found.at[i].person != plain[i].person)
			fail_msg("%d minutes, number %zu: %lld of %lld, not %lld of %lld", q.minutes, i, (long long)found.at[i].at_ms, (long long)found.at[i].person->no, (long long)plain[i].at_ms, (long long)plain[i].person->no);
		assert_int_equal(found.at[i].room ? found.at[i].room->no : 0, plain[i].room ? plain[i].room->no : 0);
		assert_int_equal(found.at[i].device ? found.at[i].device->no : 0, plain[i].device ? plain[i].device->no : 0);
	}
}

static void the_sweep_finds_what_asking_every_beginning_finds(void **s)
{
	(void)s;
	static const int32_t FIRST[] = { AUTUMN - 6, SPRING - 9, MONDAY };
	for (int i = 0; i < 12; i++) {
		dice = (uint64_t)(20261118 + i);
		house_now(agenda_instant(FIRST[i % 3], 0));
		strew(FIRST[i % 3]);
		for (int k = 0; k < 40; k++)
			search_both(FIRST[i % 3]);
	}
}

/* ---- the waiting list ---- */

static void booked_at(const char *who, const char *once, const char *person, int32_t day, int minute, char no[24])
{
	char start[24];
	snprintf(start, sizeof start, "%lld", (long long)agenda_instant(day, minute));
	assert_int_equal(act("appointment_book", "patient", who, "once", once, "person", person, "start", start, "minutes", "20", NULL), RC_OK);
	snprintf(no, 24, "%s", getz("appointment", 0, "no"));
}

static void who_would_come_earlier_is_offered_what_is_freed_and_nothing_is_moved_by_itself(void **s)
{
	(void)s;
	char first[24], later[24];
	patient("a", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	const char *one = add("Practitioner", "p1");
	hours(one, "1", "9:00", "9:20", "20", "2026-11-01");
	booked_at("a", "form1", one, MONDAY, 540, first);
	booked_at("b", "form2", one, MONDAY + 7, 540, later);
	assert_int_equal(act("appointment_wish", "patient", "a", "no", later, NULL), RC_NOT_FOUND); /* another's */
	assert_int_equal(act("appointment_wish", "patient", "b", "no", later, NULL), RC_OK);
	assert_int_equal(act("appointment_wish", "patient", "b", "no", later, NULL), RC_OK); /* once */
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM appointment_wish"), 1);
	assert_int_equal(view("agenda_waiting", NULL), RC_OK);
	assert_int_equal(count("waiting"), 1);
	assert_false(has("waiting", 0, "free_at"));
	assert_false(has("waiting", 0, "name"));
	assert_int_equal(view("appointments", "patient", "b", NULL), RC_OK);
	assert_true(has("appointments", 0, "wish"));
	assert_int_equal(act("appointment_cancel", "patient", "a", "no", first, "version", "1", "reason", "pat", NULL), RC_OK);
	assert_string_equal(getz("appointment", 0, "waiting"), "1");
	assert_int_equal(view("agenda_waiting", NULL), RC_OK);
	assert_true(atoll(getz("waiting", 0, "free_at")) == agenda_instant(MONDAY, 540));
	assert_int_equal(view("appointments", "patient", "b", NULL), RC_OK);
	assert_true(atoll(getz("appointments", 0, "at")) == agenda_instant(MONDAY + 7, 540));
	char start[24];
	snprintf(start, sizeof start, "%lld", (long long)agenda_instant(MONDAY, 540));
	assert_int_equal(act("appointment_move", "patient", "b", "no", later, "version", "1", "start", start, NULL), RC_OK);
	assert_int_equal(view("agenda_waiting", NULL), RC_OK);
	assert_int_equal(count("waiting"), 0);
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM appointment_wish WHERE state = 'met'"), 1);
	assert_int_equal(act("appointment_wish", "patient", "a", "no", first, NULL), RC_BAD_INPUT);
	assert_why(WHY_AGENDA_WISH);
}

static enum rc came(const char *no, const char *version, const char *state) { return act("appointment_state", "patient", "a", "no", no, "version", version, "state", state, NULL); }

static void who_does_not_come_is_said_once_it_began_and_a_slip_is_taken_back(void **s)
{
	(void)s;
	char no[24];
	patient("a", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	const char *one = add("Practitioner", "p1");
	hours(one, "1", "9:00", "10:00", "20", "2026-11-01");
	booked_at("a", "form1", one, MONDAY, 540, no);
	assert_int_equal(came(no, "1", "noshow"), RC_BAD_INPUT); /* days before */
	assert_why(WHY_AGENDA_EARLY);
	house_now(agenda_instant(MONDAY, 541));
	assert_int_equal(came(no, "7", "noshow"), RC_CONFLICT); /* not what was looked at */
	assert_int_equal(came(no, "1", "noshow"), RC_OK);
	assert_int_equal(view("appointments", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("appointments", 0, "state"), "noshow");
	assert_int_equal(came(no, "2", "fulfilled"), RC_CONFLICT); /* who was not there did not finish */
	assert_why(WHY_AGENDA_STATE);
	assert_int_equal(act("appointment_cancel", "patient", "a", "no", no, "version", "2", "reason", "pat", NULL), RC_CONFLICT);
	assert_int_equal(came(no, "2", "arrived"), RC_OK); /* late, and here */
	assert_int_equal(came(no, "3", "fulfilled"), RC_OK);
	assert_int_equal(view("appointments", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("appointments", 0, "state"), "fulfilled");
}

static size_t visits(void)
{
	assert_int_equal(view("acts_captured", "patient", "a", NULL), RC_OK);
	return count("stays");
}

static void what_is_over_is_a_visit_whose_acts_are_captured_and_a_slip_is_none(void **s)
{
	(void)s;
	char no[24], stay[80], day[12];
	char codes[600], drugs[600];
	(void)snprintf(codes, sizeof codes, "%s/data/nomenclatures", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".");
	(void)snprintf(drugs, sizeof drugs, "%s/data/medicaments", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".");
	tariff_folder(codes, drugs);
	patient("a", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	const char *one = add("Practitioner", "p1");
	hours(one, "1", "9:00", "10:00", "20", "2026-11-01");
	booked_at("a", "form1", one, MONDAY, 540, no);
	house_now(agenda_instant(MONDAY, 545));
	assert_int_equal(came(no, "1", "arrived"), RC_OK);
	assert_int_equal(visits(), 0); /* a visit that runs would be a stay */
	house_now(agenda_instant(MONDAY, 565));
	assert_int_equal(came(no, "2", "fulfilled"), RC_OK);
	assert_int_equal(visits(), 1);
	snprintf(stay, sizeof stay, "%s", getz("stays", 0, "stay"));
	assert_true(atoll(getz("stays", 0, "since_at")) == agenda_instant(MONDAY, 540));
	assert_true(atoll(getz("stays", 0, "until_at")) == agenda_instant(MONDAY, 565));
	assert_false(has("stays", 0, "present"));
	assert_int_equal(came(no, "3", "arrived"), RC_OK);
	assert_int_equal(visits(), 0);
	house_now(agenda_instant(MONDAY + 1, 60)); /* said over the next day only: until when it was booked for */
	assert_int_equal(came(no, "4", "fulfilled"), RC_OK);
	assert_int_equal(visits(), 1);
	assert_string_equal(getz("stays", 0, "stay"), stay);
	assert_true(atoll(getz("stays", 0, "until_at")) == agenda_instant(MONDAY, 560));
	struct civil c = civil_of_days(MONDAY);
	snprintf(day, sizeof day, "%04d-%02d-%02d", c.year, c.month, c.day);
	assert_int_equal(act("act_capture", "patient", "a", "stay", stay, "act", "AAFA001", "activity", "1", "phase", "0", "day", day, NULL), RC_OK);
	assert_int_equal(came(no, "5", "arrived"), RC_CONFLICT);
	assert_why(WHY_AGENDA_BILLED);
	assert_int_equal(visits(), 1);
}

/* ---- what other systems write ---- */

static enum rc put_try(const char *id, const char *who, const char *practitioner, const char *status, int64_t start, int64_t end)
{
	static char body[2000];
	struct buf from, until;
	buf_init(&from, 64);
	buf_init(&until, 64);
	buf_instant(&from, start);
	buf_instant(&until, end);
	snprintf(body, sizeof body, "{\"resourceType\":\"Appointment\",\"id\":\"%s\",\"status\":\"%s\",\"start\":\"%.*s\",\"end\":\"%.*s\",\"participant\":[{\"actor\":{\"reference\":\"Patient/%s\"},\"status\":\"accepted\"},"
		"{\"actor\":{\"reference\":\"Practitioner/%s\"},\"status\":\"accepted\"}]}", id, status, (int)from.n, from.p, (int)until.n, until.p, who, practitioner);
	buf_done(&from);
	buf_done(&until);
	struct put_job k = { .job = { .run = put_run }, .body = body, .as = 5 };
	return db_write_now(H.db, &k.job, &H.p);
}

static void what_the_api_writes_takes_its_time_or_is_refused(void **s)
{
	(void)s;
	char no[24];
	int64_t nine = agenda_instant(MONDAY, 540), twenty = 20 * MINUTE;
	patient("a", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	const char *one = add("Practitioner", "p1");
	hours(one, "1", "9:00", "10:00", "20", "2026-11-01");
	assert_int_equal(put_try("x1", "a", "p1", "booked", nine, nine + twenty), RC_OK);
	search(MONDAY, MONDAY, 20, false);
	assert_int_equal(S.n, 2);
	char start[24];
	snprintf(start, sizeof start, "%lld", (long long)nine);
	assert_int_equal(act("appointment_book", "patient", "a", "once", "form1", "person", one, "start", start, "minutes", "20", NULL), RC_CONFLICT);
	assert_int_equal(put_try("x2", "a", "p1", "booked", nine + 10 * MINUTE, nine + 30 * MINUTE), RC_CONFLICT);
	assert_why(WHY_AGENDA_TAKEN);
	assert_int_equal(put_try("x2", "a", "p2", "booked", nine, nine + twenty), RC_OK); /* who has no calendar is booked by nobody's rule */
	assert_int_equal(put_try("x3", "a", "p1", "proposed", nine, nine + twenty), RC_OK);
	assert_int_equal(put_try("x4", "a", "p1", "booked", nine + twenty, nine + 13 * HOUR), RC_BAD_INPUT);
	assert_why(WHY_AGENDA_LENGTH);
	booked_at("a", "form2", one, MONDAY, 560, no);
	assert_int_equal(put_try("x1", "a", "p1", "booked", nine + twenty, nine + 2 * twenty), RC_CONFLICT); /* moved onto another: refused, and it stays where it was */
	search(MONDAY, MONDAY, 20, false);
	assert_int_equal(S.n, 1);
	assert_int_equal(put_try("x1", "a", "p1", "booked", nine + 2 * twenty, nine + 3 * twenty), RC_OK);
	search(MONDAY, MONDAY, 20, false);
	assert_int_equal(S.n, 1);
	assert_true(S.at[0].at_ms == nine);
	assert_int_equal(put_try("x1", "a", "p1", "cancelled", nine + 2 * twenty, nine + 3 * twenty), RC_OK);
	search(MONDAY, MONDAY, 20, false);
	assert_int_equal(S.n, 2);
	assert_int_equal(put_try("x5", "a", "p1", "booked", nine, nine + twenty), RC_OK);
	del("Appointment", "x5");
	search(MONDAY, MONDAY, 20, false);
	assert_int_equal(S.n, 2);
	assert_int_equal(put_try("x6", "a", "p1", "booked", nine - 400 * DAY, nine - 400 * DAY + twenty), RC_OK); /* what is over takes nothing */
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM appointment_place"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_day_lasts_23_24_or_25_hours_and_each_morning_begins_at_eight),
		HOUSE_TEST(every_year_to_come_changes_on_the_last_sundays),
		HOUSE_TEST(the_hours_of_a_day_when_clocks_change_are_offered_once_each),
		HOUSE_TEST(hours_that_do_not_exist_offer_nothing_and_the_hour_that_comes_twice_is_open_both_times),
		HOUSE_TEST(an_appointment_of_a_changing_day_keeps_its_length_and_its_place),
		HOUSE_TEST(the_search_keeps_to_hours_breaks_closings_and_what_is_taken),
		HOUSE_TEST(a_full_calendar_is_passed_over_and_looked_at_again_when_a_time_is_freed),
		HOUSE_TEST(the_sweep_finds_what_asking_every_beginning_finds),
		HOUSE_TEST(who_would_come_earlier_is_offered_what_is_freed_and_nothing_is_moved_by_itself),
		HOUSE_TEST(a_device_is_booked_with_its_practitioner_or_neither_is),
		HOUSE_TEST(who_does_not_come_is_said_once_it_began_and_a_slip_is_taken_back),
		HOUSE_TEST(what_is_over_is_a_visit_whose_acts_are_captured_and_a_slip_is_none),
		HOUSE_TEST(what_the_api_writes_takes_its_time_or_is_refused),
		HOUSE_TEST(of_several_the_first_free_is_told_and_a_room_must_be_free_with_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
