/* SPDX-License-Identifier: Apache-2.0 */
/* test_touched.c: how many rows a search touches. What ends after a moment: those of what it finds, whatever was recorded that day, and nothing long is missed. A name: not all
 * that begin alike. A day: not what ends on another. */
#include "base.h"

#include "record/inner.h"

static struct base b;
static int setup(void **s) { (void)s; base_new(&b); return 0; }
static int teardown(void **s) { (void)s; base_end(&b); clock_set(0); return 0; }

static void observe(const char *id, const char *effective)
{
	char body[400];
	snprintf(body, sizeof body, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"code\":{\"text\":\"a\"},%s}", id, effective);
	put(&b, id, body);
}

#define AT(text) "\"effectiveDateTime\":\"" text "\""

/* Rows that the database gives for all ranges of the query's one clause, and how many of them may be hits. */
static uint64_t touched_of(const char *type, const char *query, uint64_t *rows_r)
{
	struct pairs pairs;
	struct plan *plan;
	struct clause cl;
	struct ranges ranges;
	uint64_t n = 0;
	*rows_r = 0;
	OK(db_begin(b.c, pp));
	OK(url_pairs(arena_str(&b.a, str_of(query)), 50, &b.a, &pairs, pp));
	OK(fhir_plan_parse(T(type), &pairs, &b.a, &plan, pp));
	OK(clause_compile(plan->clauses, &b.a, &cl, pp));
	OK(ranges_of_clause(&cl, stored_type(T(type)), &b.a, &ranges, pp));
	assert_false(ranges.none);
	for (size_t i = 0; i < ranges.n; i++) {
		if (ranges.at[i].n_also && !db_is_far(b.c))
			OK(range_rarest(b.c, &ranges.at[i], &b.a, pp));
		struct walk w;
		struct index_row row = { 0 };
		bool is = true;
		walk_open(&w, b.c, &ranges.at[i], NULL);
		for (;;) {
			OK(walk_next(&w, &row, &is, pp));
			if (!is)
				break;
			++*rows_r;
		}
		n += w.touched;
		walk_close(&w);
	}
	db_end(b.c);
	return n;
}

static uint64_t touched(const char *query, uint64_t *rows_r) { return touched_of("Observation", query, rows_r); }

static void a_name_of_five_letters_looks_at_few_who_begin_alike(void **s)
{
	(void)s;
	uint64_t rows;
	for (int i = 0; i < 200; i++) {
		static const char *const NAME[] = { "Bernard", "Bertin", "Berdon", "Beraud" };
		char id[16], body[200];
		snprintf(id, sizeof id, "p%d", i);
		snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"name\":[{\"family\":\"%s\",\"given\":[\"Marie\"]}]}", id, NAME[i % 4]);
		put(&b, id, body);
	}
	put(&b, "x", "{\"resourceType\":\"Patient\",\"id\":\"x\",\"name\":[{\"family\":\"Berdeaux\"}]}");
	put(&b, "y", "{\"resourceType\":\"Patient\",\"id\":\"y\",\"name\":[{\"family\":\"Bernard\",\"given\":[\"Lepotier\"]}]}");
	uint64_t n = touched_of("Patient", "name=berde", &rows);
	assert_int_equal(rows, db_is_far(b.c) ? 202 : 1); /* a server gives all: each further look would be a wait */
	assert_int_equal(n, rows); /* along the rarest three letters */
	FINDS(&b, "Patient", "name=berde", "x");
	FINDS(&b, "Patient", "name:contains=erdea", "x");
	FINDS(&b, "Patient", "name=berde,lepot", "x y"); /* who begins like one of two names is found by the other */
	FINDS(&b, "Patient", "name=berdeaux", "x");
	FINDS(&b, "Patient", "name=berdeauxa", "");
}

static void a_small_town_looks_at_few_of_a_large_one_that_begins_alike(void **s)
{
	(void)s;
	uint64_t rows;
	static const char *const TOWN[] = { "Orléans", "Paris", "Saint-Denis", "Saint-Dizier", "Chalon-sur-Saône" };
	char id[16], body[200];
	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof id, "p%d", i);
		snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"address\":[{\"city\":\"%s\"}]}", id, TOWN[i % 5]);
		put(&b, id, body);
	}
	put(&b, "o", "{\"resourceType\":\"Patient\",\"id\":\"o\",\"address\":[{\"city\":\"Orly\"}]}");
	put(&b, "v", "{\"resourceType\":\"Patient\",\"id\":\"v\",\"address\":[{\"city\":\"Parassy\"}]}");
	put(&b, "w", "{\"resourceType\":\"Patient\",\"id\":\"w\",\"address\":[{\"city\":\"Chalon-sur-Vesle\"}]}");
	static const struct { const char *query, *hits; unsigned touched; } CASES[] = {
		{ "address=orly", "o", 1 }, { "address-city=orly", "o", 1 }, { "address=paras", "v", 1 }, { "address-city=Parassy", "v", 1 }, { "address=chalon-sur-vesle", "w", 1 },
		{ "address=chalon-sur-v", "w", 1 }, { "address=saint-dizier", NULL, 20 },
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		assert_int_equal(touched_of("Patient", CASES[i].query, &rows), CASES[i].touched);
		if (CASES[i].hits)
			FINDS(&b, "Patient", CASES[i].query, CASES[i].hits);
	}
	FINDS(&b, "Patient", "address-city=orlya", "");
	whole(&b);
}

static void a_search_after_a_moment_touches_what_it_finds(void **s)
{
	(void)s;
	char id[16], text[80];
	uint64_t rows;
	for (int i = 0; i < 600; i++) { /* a day of signs before the moment */
		snprintf(id, sizeof id, "i%d", i);
		snprintf(text, sizeof text, "\"effectiveDateTime\":\"2026-03-10T%02d:%02d:%02d+01:00\"", i / 60, i % 60, i % 60);
		observe(id, text);
	}
	observe("a-later", AT("2026-03-10T21:00:00+01:00"));
	observe("b-day", AT("2026-03-10"));
	observe("c-month", AT("2026-03"));
	observe("d-span", "\"effectivePeriod\":{\"start\":\"2026-03-01\",\"end\":\"2026-03-20\"}");
	observe("e-open", "\"effectivePeriod\":{\"start\":\"2020-03-01\"}");
	observe("f-hours", "\"effectivePeriod\":{\"start\":\"2026-03-10T08:00:00+01:00\",\"end\":\"2026-03-10T22:00:00+01:00\"}");
	observe("g-same", AT("2026-03-10T20:00:10+01:00"));
	observe("h-abroad", AT("2026-03-10T00:00:00-09:00"));
	observe("x-yesterday", AT("2026-03-09"));
	observe("y-over", "\"effectivePeriod\":{\"start\":\"2026-03-10T08:00:00+01:00\",\"end\":\"2026-03-10T12:00:00+01:00\"}");
	FINDS(&b, "Observation", "date=gt2026-03-10T20:00:10%2B01:00", "a-later b-day c-month d-span e-open f-hours");
	FINDS(&b, "Observation", "date=ge2026-03-10T20:00:10%2B01:00", "a-later b-day c-month d-span e-open f-hours g-same");
	FINDS(&b, "Observation", "date=gt2026-03-10T23:30:00%2B01:00", "b-day c-month d-span e-open");
	FINDS(&b, "Observation", "date=gt2026-03-10", "c-month d-span e-open");
	uint64_t n = touched("date=gt2026-03-10T20:00:10%2B01:00", &rows);
	print_message("# %llu rows touched for 6 hits among 610\n", (unsigned long long)n);
	assert_true(n <= 9 && n >= rows && rows >= 6);
	n = touched("date=gt2026-03-10", &rows);
	assert_true(n <= 4 && rows >= 3);
	whole(&b);
}

static void a_day_gives_no_row_of_what_ends_on_another(void **s)
{
	(void)s;
	char id[16];
	uint64_t rows;
	for (int i = 0; i < 30; i++) {
		snprintf(id, sizeof id, "s%d", i);
		observe(id, "\"effectivePeriod\":{\"start\":\"2026-03-11T08:00:00+01:00\",\"end\":\"2026-03-14T08:00:00+01:00\"}");
	}
	observe("a-inside", "\"effectivePeriod\":{\"start\":\"2026-03-11T09:00:00+01:00\",\"end\":\"2026-03-11T23:59:59.999+01:00\"}");
	observe("b-day", AT("2026-03-11"));
	observe("c-month", AT("2026-03"));
	FINDS(&b, "Observation", "date=2026-03-11", "a-inside b-day");
	FINDS(&b, "Observation", "date=eb2026-03-12", "a-inside b-day");
	(void)touched("date=2026-03-11", &rows);
	assert_int_equal(rows, 2);
	(void)touched("date=eb2026-03-12", &rows);
	assert_int_equal(rows, 2);
}

static void a_day_is_a_day_of_the_house(void **s)
{
	(void)s;
	int64_t low, high, day;
	static const char *const days[] = { "2026-03-10", "2026-03-29", "2026-10-25", "1931-01-01", "0001-01-01", "9999-12-31" };
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		assert_int_equal(fhir_date_range(str_of(days[i]), &low, &high), RC_OK);
		if (!date_is_day(low, high))
			fail_msg("%s", days[i]);
		assert_true(date_day_of(high - 1, &day) && day == low);
		assert_false(date_is_day(low + 1, high + 1));
		assert_false(date_is_day(low, high + 1));
	}
	assert_false(date_is_day(INT64_MIN, INT64_MAX));
	assert_false(date_is_day(INT64_MIN, INT64_MIN + 86400000));
	assert_false(date_day_of(INT64_MAX, &day));
	assert_false(date_day_of(INT64_MIN, &day));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_name_of_five_letters_looks_at_few_who_begin_alike, setup, teardown),
		cmocka_unit_test_setup_teardown(a_small_town_looks_at_few_of_a_large_one_that_begins_alike, setup, teardown),
		cmocka_unit_test_setup_teardown(a_search_after_a_moment_touches_what_it_finds, setup, teardown),
		cmocka_unit_test_setup_teardown(a_day_gives_no_row_of_what_ends_on_another, setup, teardown),
		cmocka_unit_test(a_day_is_a_day_of_the_house),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
