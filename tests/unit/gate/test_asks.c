/* SPDX-License-Identifier: Apache-2.0 */
/* The flat form of asks and of frames: what is written is read back, anything else is refused without reading past the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "gate/asks.h"
#include "gate/listen.h"

static void fill(struct asks *a)
{
	asks_init(a);
	ask_act(a, "break_glass");
	ask_arg(a, "patient", STR("p1"));
	ask_arg(a, "text", (struct str){ "a\0b", 3 });
	ask_view(a, "chart_head");
	ask_arg(a, "patient", STR("p1"));
	ask_read(a, "rows", STR("Patient"), STR("p1"));
	ask_vread(a, "old", STR("Patient"), STR("p1"), STR("3"));
	ask_history(a, "past", STR("Patient"), STR("p1"), 10, 7);
	ask_search(a, "hits", STR("Observation"), STR("patient=p1&code=x"), 20);
	ask_plan(a, "plan", STR("Condition"), STR(""), 5000);
}

static void any_cut_of_a_good_value_is_refused(void **state)
{
	(void)state;
	struct asks a;
	struct arena m;
	struct ask_list list;
	struct problem p;
	fill(&a);
	arena_init(&m, 1 << 20);
	unsigned whole = 0;
	for (size_t n = 0; n < a.flat.n; n++) {
		char *copy = malloc(n ? n : 1); /* exact size: a sanitizer sees the first byte too many */
		memcpy(copy, a.flat.p, n);
		whole += asks_read((struct str){ copy, n }, &m, &list, &p) == RC_OK;
		free(copy);
		arena_reset(&m);
	}
	assert_int_equal(whole, 10); /* the places where a record ends, and the empty value */
	arena_done(&m);
	asks_done(&a);
}

static void random_bytes_never_break_the_reader(void **state)
{
	(void)state;
	struct asks a;
	struct arena m;
	struct ask_list list;
	struct problem p;
	struct frame_call f;
	struct stream r = stream_of(7, 1);
	fill(&a);
	arena_init(&m, 1 << 20);
	for (int turn = 0; turn < 20000; turn++) {
		char *copy = malloc(a.flat.n);
		memcpy(copy, a.flat.p, a.flat.n);
		for (uint32_t i = 0; i < 1 + stream_below(&r, 4); i++)
			copy[stream_below(&r, (uint32_t)a.flat.n)] = (char)stream_below(&r, 256);
		(void)!asks_read((struct str){ copy, a.flat.n }, &m, &list, &p);
		(void)!frame_read((struct str){ copy, a.flat.n }, FROM_OPERATOR, &f, &p);
		free(copy);
		arena_reset(&m);
	}
	arena_done(&m);
	asks_done(&a);
}

static void an_act_comes_first_and_arguments_belong_to_something(void **state)
{
	(void)state;
	struct asks a;
	struct arena m;
	struct ask_list list;
	struct problem p;
	arena_init(&m, 1 << 20);
	asks_init(&a);
	ask_view(&a, "chart_head");
	ask_act(&a, "lock");
	assert_int_equal(asks_read(buf_view(&a.flat), &m, &list, &p), RC_BAD_INPUT);
	asks_done(&a);
	asks_init(&a);
	ask_arg(&a, "patient", STR("p1"));
	assert_int_equal(asks_read(buf_view(&a.flat), &m, &list, &p), RC_BAD_INPUT);
	asks_done(&a);
	asks_init(&a);
	ask_read(&a, "rows", STR("Patient"), STR("../etc/passwd"));
	assert_int_equal(asks_read(buf_view(&a.flat), &m, &list, &p), RC_NOT_FOUND);
	asks_done(&a);
	arena_done(&m);
}

static void what_a_form_said_comes_once_and_last_and_counts_as_nothing(void **state)
{
	(void)state;
	struct asks a;
	struct arena m;
	struct ask_list list;
	struct problem p;
	struct buf long_;
	arena_init(&m, 1 << 20);
	fill(&a);
	unsigned n = a.n;
	ask_keep(&a, STR("form"), STR("/patients/new?name=A"));
	assert_int_equal(a.n, n);
	assert_int_equal(asks_read(buf_view(&a.flat), &m, &list, &p), RC_OK);
	assert_int_equal(list.n, 7);
	assert_true(str_eq(list.keep.form, "form") && str_eq(list.keep.text, "/patients/new?name=A"));
	ask_keep(&a, STR("form"), STR("twice"));
	assert_int_equal(asks_read(buf_view(&a.flat), &m, &list, &p), RC_BAD_INPUT);
	asks_done(&a);
	buf_init(&long_, 1 << 20);
	for (unsigned i = 0; i <= KEEP_MAX; i++)
		buf_ch(&long_, 'x');
	struct { struct str form, text; bool more; enum rc rc; } CASE[] = {
		{ STR_NONE, STR("x"), false, RC_OK }, { STR_NONE, STR_NONE, false, RC_BAD_INPUT }, { STR_NONE, STR("x"), true, RC_BAD_INPUT },
		{ STR_NONE, { long_.p, KEEP_MAX }, false, RC_OK }, { STR_NONE, { long_.p, KEEP_MAX + 1 }, false, RC_BAD_INPUT }, { { long_.p, KEEP_FORM_MAX + 1 }, STR("x"), false, RC_BAD_INPUT },
	};
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
		asks_init(&a);
		ask_keep(&a, CASE[i].form, CASE[i].text);
		if (CASE[i].more)
			ask_view(&a, "chart_head");
		assert_int_equal(asks_read(buf_view(&a.flat), &m, &list, &p), CASE[i].rc);
		asks_done(&a);
		arena_reset(&m);
	}
	buf_done(&long_);
	arena_done(&m);
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	struct asks a;
	struct arena m;
	struct ask_list list;
	struct problem p;
	fill(&a);
	arena_init(&m, 1 << 20);
	assert_int_equal(asks_read(buf_view(&a.flat), &m, &list, &p), RC_OK);
	assert_int_equal(list.n, 7);
	assert_int_equal(list.at[0].n_args, 2);
	assert_int_equal(list.at[0].args[1].value.n, 3);
	assert_true(str_eq(list.at[1].name, "chart_head"));
	assert_true(str_eq(list.at[1].args[0].value, "p1"));
	assert_true(str_eq(list.at[3].version, "3"));
	assert_int_equal(list.at[4].limit, 10);
	assert_int_equal(list.at[4].before, 7);
	assert_true(str_eq(list.at[5].query, "patient=p1&code=x"));
	assert_int_equal(list.at[6].limit, ASK_ROWS_MAX);
	arena_done(&m);
	asks_done(&a);
}

static void a_frame_from_a_page_or_with_an_address_in_its_route_is_refused(void **state)
{
	(void)state;
	struct problem p;
	struct frame_call f;
	struct { enum surface surface; const char *route; enum rc rc; } CASE[] = {
		{ SURFACE_PAGE, "import", RC_BAD_INPUT }, { SURFACE_API, "import", RC_BAD_INPUT }, { SURFACE_CLI, "/patient/0193", RC_BAD_INPUT },
		{ SURFACE_CLI, "", RC_BAD_INPUT }, { SURFACE_CLI, "audit", RC_OK }, { SURFACE_IMPORT, "import", RC_OK },
	};
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
		struct gate_call *c = gate_call_new();
		struct buf b;
		buf_init(&b, 4096);
		c->surface = CASE[i].surface;
		c->route = CASE[i].route;
		frame_write(c, &b);
		assert_int_equal(frame_read(buf_view(&b), FROM_OPERATOR, &f, &p), CASE[i].rc);
		if (CASE[i].rc == RC_OK)
			assert_int_equal(frame_read(buf_view(&b), FROM_FRONT, &f, &p), RC_BAD_INPUT);
		buf_done(&b);
		gate_call_done(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_cut_of_a_good_value_is_refused),
		cmocka_unit_test(random_bytes_never_break_the_reader),
		cmocka_unit_test(an_act_comes_first_and_arguments_belong_to_something),
		cmocka_unit_test(a_frame_from_a_page_or_with_an_address_in_its_route_is_refused),
		cmocka_unit_test(what_a_form_said_comes_once_and_last_and_counts_as_nothing),
		cmocka_unit_test(what_is_written_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
