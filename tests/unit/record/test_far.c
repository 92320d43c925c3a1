/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_far.c: how often a search waits for a server: what is known before it is read is asked for together. On SQLite nothing is far, and nothing is counted.
 */
#include "base.h"

static struct base b;

#define PATIENTS 60
#define OBSERVATIONS 240

static int setup(void **s)
{
	char id[32], body[900];
	(void)s;
	base_new(&b);
	for (int i = 0; i < PATIENTS; i++) {
		snprintf(id, sizeof id, "p%d", i);
		snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"active\":%s,\"name\":[{\"family\":\"Loin%d\"}],\"managingOrganization\":{\"reference\":\"Organization/none%d\"}}", id, i % 2 ? "true" : "false", i, i);
		put(&b, id, body);
	}
	for (int i = 0; i < OBSERVATIONS; i++) {
		snprintf(id, sizeof id, "o%d", i);
		snprintf(body, sizeof body, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"%s\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8867-4\"}]},"
			"\"subject\":{\"reference\":\"Patient/p%d\"},\"effectiveDateTime\":\"2024-02-%02d\"}", id, i % 3 ? "final" : "amended", i % PATIENTS, 1 + i % 28);
		put(&b, id, body);
	}
	/* a new start: no key of a patient is in memory */
	base_reopen(&b);
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	base_end(&b);
	return 0;
}

struct page { struct record_each e; int64_t rids[1000]; size_t n, included; };
static enum rc page_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct page *g = (struct page *)e;
	(void)p;
	assert_true(str_starts(row->body, STR("{")));
	g->included += row->included;
	if (!row->included)
		g->rids[g->n++] = row->rid;
	return RC_OK;
}

/* One page, with what it brings along, in one snapshot; tells how often the server was waited for. */
static uint64_t trips_of(const char *type, const char *query, struct page *g)
{
	struct pairs pairs;
	struct plan *plan = NULL;
	struct buf next;
	int64_t total = 0;
	bool cut = false;
	*g = (struct page){ .e = { page_row } };
	buf_init(&next, 8000);
	uint64_t before = db_traffic(b.c).trips;
	OK(db_begin(b.c, pp));
	OK(url_pairs(arena_str(&b.a, str_of(query)), 50, &b.a, &pairs, pp));
	OK(fhir_plan_parse(T(type), &pairs, &b.a, &plan, pp));
	OK(record_search(b.c, plan, NULL, &g->e, &next, &total, pp));
	int64_t hits[1000];
	size_t n = g->n;
	memcpy(hits, g->rids, n * sizeof *hits);
	OK(record_include(b.c, plan, hits, n, NULL, NULL, &g->e, &cut, pp));
	db_end(b.c);
	buf_done(&next);
	return db_traffic(b.c).trips - before;
}

/* At first the server is asked for keys and for the types of each statement's parameters too. */
static void at_most(const char *type, const char *query, size_t hits, size_t included, uint64_t at_first, uint64_t later)
{
	struct page g;
	base_reopen(&b); /* no key of a patient is in memory */
	uint64_t first = trips_of(type, query, &g), again = trips_of(type, query, &g);
	print_message("# %s?%s: %zu hits, %zu included, %llu trips at first, then %llu\n", type, query, g.n, g.included, (unsigned long long)first, (unsigned long long)again);
	assert_int_equal(g.n, hits);
	assert_int_equal(g.included, included);
	assert_true(first <= at_first && again <= later);
	assert_true(test_base_is_server() ? again >= 3 : first == 0);
}

static void a_page_of_fifty_waits_for_a_server_a_handful_of_times(void **s)
{
	(void)s;
	at_most("Observation", "code=8867-4&_count=50", 50, 0, 24, 14);
	at_most("Observation", "code=8867-4&status=amended&_count=50", 50, 0, 24, 14);
	at_most("Observation", "_count=50", 50, 0, 24, 14);
	at_most("Observation", "date=ge2024-02-10&_sort=date&_count=50", 50, 0, 24, 14);
	at_most("Patient", "name=loin&_count=50", 50, 0, 24, 14);
	at_most("Patient", "name=loin&_sort=family&_count=50", 50, 0, 24, 14);
}

static void what_a_page_brings_along_does_not_cost_a_trip_each(void **s)
{
	(void)s;
	at_most("Observation", "code=8867-4&_count=50&_include=Observation:subject", 50, 50, 30, 13);
	at_most("Patient", "active=true&_count=50&_revinclude=Observation:subject", 30, 120, 30, 15);
	at_most("Patient", "active=true&_count=50&_revinclude=Observation:subject&_revinclude=Observation:patient", 30, 120, 32, 16);
}

static void a_snapshot_never_answers_from_the_one_before(void **s)
{
	struct page g;
	(void)s;
	trips_of("Observation", "code=8867-4&status=amended&_count=100", &g);
	size_t before = g.n;
	put(&b, "o0", "{\"resourceType\":\"Observation\",\"id\":\"o0\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8867-4\"}]}}");
	trips_of("Observation", "code=8867-4&status=amended&_count=100", &g);
	assert_int_equal(g.n, before - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_of_fifty_waits_for_a_server_a_handful_of_times),
		cmocka_unit_test(what_a_page_brings_along_does_not_cost_a_trip_each),
		cmocka_unit_test(a_snapshot_never_answers_from_the_one_before),
	};
	return cmocka_run_group_tests_name("record/far", tests, setup, teardown);
}
