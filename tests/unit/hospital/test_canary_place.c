/* SPDX-License-Identifier: Apache-2.0 */
/* Where canaries stand: in each order a walk meets one among any 256 consecutive people, on small bases and on one of 758,912. No base, no gate: keys alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "hospital/canary_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena A;
static struct canary_names N;

#define FAMILIES 20000
#define GIVEN 900
static int32_t today(void) { return days_of(2026, 11, 18); }

static int by_letters(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

/* Names of syllables, some much more frequent than others. */
static struct str word(struct stream *s, unsigned syllables)
{
	static const char *const PART[] = { "ba", "ber", "chan", "co", "da", "du", "fer", "gan", "gi", "lan", "le", "ma", "mar", "mo", "nar", "ni", "pe", "ri", "ro", "sa", "tal", "tin", "val", "vi" };
	char text[64] = "";
	for (unsigned i = 0; i < syllables; i++)
		strncat(text, PART[stream_below(s, sizeof PART / sizeof *PART)], sizeof text - strlen(text) - 1);
	return arena_str(&A, str_of(text));
}

static int begin(void **state)
{
	(void)state;
	struct stream s = stream_of(7, 7);
	struct canary_family *f = NULL;
	struct canary_given *g = NULL;
	size_t n_f = 0, n_g = 0;
	arena_init(&A, (size_t)2 << 30);
	f = arena_array(&A, FAMILIES, sizeof *f);
	g = arena_array(&A, GIVEN, sizeof *g);
	assert_true(f && g);
	for (size_t i = 0; i < FAMILIES; i++)
		f[i].letters = f[i].shown = word(&s, 3 + stream_below(&s, 2));
	for (size_t i = 0; i < GIVEN; i++) {
		g[i].letters = g[i].shown = word(&s, 2 + stream_below(&s, 2));
		g[i].sex = i % 2 ? 'F' : 'M';
	}
	qsort(f, FAMILIES, sizeof *f, by_letters);
	qsort(g, GIVEN, sizeof *g, by_letters);
	for (size_t i = 0; i < FAMILIES; i++)
		if (n_f == 0 || !str_is(f[n_f - 1].letters, f[i].letters))
			f[n_f++] = f[i];
	for (size_t i = 0; i < GIVEN; i++)
		if (n_g == 0 || !str_is(g[n_g - 1].letters, g[i].letters))
			g[n_g++] = g[i];
	N = (struct canary_names){ f, n_f, g, n_g };
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_done(&A);
	return 0;
}

/* People whose ids are of one of three forms. Half of them have one of two hundred family names. */
enum form { TIME_ORDERED, RANDOM_TEXT, NUMBERS_WITH_ROOM };

static struct canary_row *people(size_t n, enum form form, uint64_t seed)
{
	struct canary_row *at = calloc(n, sizeof *at);
	struct stream s = stream_of(seed, 1);
	assert_non_null(at);
	for (size_t i = 0; i < n; i++) {
		char id[65], name[130];
		uint64_t r = stream_u64(&s);
		if (form == TIME_ORDERED)
			snprintf(id, sizeof id, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)((0x19a00000000ull + i * 37) >> 16), (unsigned)((0x19a00000000ull + i * 37) & 0xffff), (unsigned)(r >> 52), (unsigned)(0x8000 | (r >> 38 & 0x3fff)), (unsigned long long)(r & 0xffffffffffffull));
		else if (form == RANDOM_TEXT)
			snprintf(id, sizeof id, "Pat%016llX", (unsigned long long)r);
		else
			snprintf(id, sizeof id, "%010llu", (unsigned long long)i * 90 + r % 90);
		const struct canary_family *f = &N.family[stream_below(&s, 2) ? stream_below(&s, (uint32_t)N.n_family) : stream_below(&s, 200) * 97 % N.n_family];
		const struct canary_given *g = &N.given[stream_below(&s, 3) ? stream_below(&s, 60) * 13 % N.n_given : stream_below(&s, (uint32_t)N.n_given)];
		snprintf(name, sizeof name, "%.*s %.*s", STR_ARG(f->letters), STR_ARG(g->letters));
		at[i] = (struct canary_row){ arena_str(&A, str_of(id)), arena_str(&A, str_of(name)), stream_below(&s, 200) == 0 ? CANARY_UNBORN : today() - (int32_t)stream_below(&s, 36000), false };
	}
	return at;
}

static struct canary_row *with(const struct canary_row *at, size_t n, const struct canary_new *more, size_t n_more)
{
	struct canary_row *all = calloc(n + n_more, sizeof *all);
	assert_non_null(all);
	memcpy(all, at, n * sizeof *at);
	for (size_t i = 0; i < n_more; i++) {
		char name[130];
		snprintf(name, sizeof name, "%.*s %.*s", STR_ARG(N.family[more[i].family].letters), STR_ARG(N.given[more[i].given].letters));
		all[n + i] = (struct canary_row){ arena_str(&A, str_of(more[i].id)), arena_str(&A, str_of(name)), more[i].born, true };
	}
	return all;
}

/* Plants, and says the longest gap of all orders; in *apart_r whether everybody is apart from everybody. */
static uint32_t longest(const struct canary_row *at, size_t n, size_t *planted_r)
{
	struct canary_new *more = NULL;
	size_t n_more = 0;
	uint32_t gap[CANARY_ORDERS], most = 0;
	struct problem p = { 0 };
	assert_int_equal(canary_place(at, n, &N, today(), 11, &more, &n_more, &p), RC_OK);
	struct canary_row *all = with(at, n, more, n_more);
	assert_int_equal(canary_gaps(all, n + n_more, gap, &p), RC_OK);
	for (int o = 0; o < CANARY_ORDERS; o++)
		most = gap[o] > most ? gap[o] : most;
	*planted_r = n_more;
	free(all);
	free(more);
	return most;
}

static void every_256_consecutive_people_hold_one_in_each_order_whatever_the_form_of_ids(void **state)
{
	(void)state;
	static const size_t SIZE[] = { 0, 1, 199, 256, 1000, 20000 };
	for (size_t k = 0; k < sizeof SIZE / sizeof *SIZE; k++)
		for (enum form form = TIME_ORDERED; form <= NUMBERS_WITH_ROOM; form++) {
			struct canary_row *at = people(SIZE[k], form, 100 + k);
			size_t planted;
			assert_in_range(longest(at, SIZE[k], &planted), 0, CANARY_BLOCK - 1);
			assert_in_range(planted, SIZE[k] / CANARY_BLOCK, SIZE[k] / 80);
			free(at);
		}
}

static void the_same_holds_for_758912_people(void **state)
{
	(void)state;
	size_t n = 758912, planted;
	struct canary_row *at = people(n, TIME_ORDERED, 5);
	uint32_t gap = longest(at, n, &planted);
	print_message("# 758,912 people: %zu canaries, longest gap %u\n", planted, gap);
	assert_in_range(gap, 1, CANARY_BLOCK - 1);
	free(at);
}

static void they_are_apart_from_everybody_and_no_search_for_a_person_shows_one(void **state)
{
	(void)state;
	size_t n = 8000, n_more;
	struct canary_row *at = people(n, RANDOM_TEXT, 3);
	struct canary_new *more = NULL;
	struct problem p = { 0 };
	assert_int_equal(canary_place(at, n, &N, today(), 12, &more, &n_more, &p), RC_OK);
	struct canary_row *all = with(at, n, more, n_more);
	assert_in_range(n_more, 30, 100);
	for (size_t i = 0; i < n_more; i++) {
		const struct canary_row *c = &all[n + i];
		assert_true(c->born <= today());
		for (size_t k = 0; k < n + n_more; k++) {
			if (k == n + i)
				continue;
			assert_true(canary_apart(c->name, c->born, &all[k]));
			assert_false(str_is(c->id, all[k].id));
			assert_false(all[k].born == c->born && !all[k].canary && strncmp(all[k].name.p, c->name.p, 3) == 0);
		}
	}
	free(all);
	free(more);
	free(at);
}

static void a_base_that_grew_gets_those_that_are_missing_and_no_more(void **state)
{
	(void)state;
	size_t n = 12000, old = 8000, n_first, n_second, n_third;
	struct canary_row *at = people(n, RANDOM_TEXT, 9);
	struct canary_new *first = NULL, *second = NULL, *third = NULL;
	uint32_t gap[CANARY_ORDERS];
	struct problem p = { 0 };
	assert_int_equal(canary_place(at, old, &N, today(), 1, &first, &n_first, &p), RC_OK);
	struct canary_row *grown = with(at, n, first, n_first);
	assert_int_equal(canary_place(grown, n + n_first, &N, today(), 2, &second, &n_second, &p), RC_OK);
	struct canary_row *all = with(grown, n + n_first, second, n_second);
	assert_int_equal(canary_gaps(all, n + n_first + n_second, gap, &p), RC_OK);
	for (int o = 0; o < CANARY_ORDERS; o++)
		assert_in_range(gap[o], 1, CANARY_BLOCK - 1);
	assert_in_range(n_second, 1, n_first);
	assert_int_equal(canary_place(all, n + n_first + n_second, &N, today(), 3, &third, &n_third, &p), RC_OK);
	assert_int_equal(n_third, 0);
	free(all);
	free(grown);
	free(first);
	free(second);
	free(third);
	free(at);
}

static void an_id_lies_between_two_and_has_their_form(void **state)
{
	(void)state;
	static const struct { const char *low, *high; bool room; } CASE[] = {
		{ "0192f3a0-1111-7abc-8123-0123456789ab", "0192f3a0-1112-7abc-8123-0123456789ab", true },
		{ "0192f3a0-1111-7abc-8123-0123456789ab", "0192f3a0-1111-7abc-8123-0123456789ac", false },
		{ "p-0001", "p-0002", false }, { "p-0001", "p-0007", true }, { "a", "b", false }, { "ABCD12", "ABCE12", true }, { "x", "x", false }, { "b", "a", false },
	};
	struct stream s = stream_of(1, 1);
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++)
		for (int k = 0; k < 200; k++) {
			char out[65];
			struct str low = str_of(CASE[i].low), high = str_of(CASE[i].high);
			assert_int_equal(canary_id(low, high, &s, out), CASE[i].room);
			if (!CASE[i].room)
				continue;
			assert_true(str_cmp(low, str_of(out)) < 0 && str_cmp(str_of(out), high) < 0);
			assert_int_equal(strlen(out), low.n);
			for (size_t c = 0; c < low.n; c++)
				assert_int_equal(out[c] == '-', low.p[c] == '-');
			if (low.n == 36)
				assert_int_equal(out[14], '7');
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_256_consecutive_people_hold_one_in_each_order_whatever_the_form_of_ids),
		cmocka_unit_test(the_same_holds_for_758912_people),
		cmocka_unit_test(they_are_apart_from_everybody_and_no_search_for_a_person_shows_one),
		cmocka_unit_test(a_base_that_grew_gets_those_that_are_missing_and_no_more),
		cmocka_unit_test(an_id_lies_between_two_and_has_their_form),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
