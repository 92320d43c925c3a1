/* SPDX-License-Identifier: Apache-2.0 */
/* test_crowd.c: what the whole house opens without a care link: learnt by the hour of the week, told once in ten minutes, back from its text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "gate/crowd.h"

#define WEEK (CROWD_HOURS * 6 * CROWD_SLOT_MS)
#define START (2800 * WEEK)

/* Weeks of a house: four in ten minutes by day, one in two by night, with chance. */
static void live(struct crowd *c, unsigned weeks)
{
	struct stream r = stream_of(7, 1);
	for (int64_t at = START; at < START + weeks * WEEK; at += CROWD_SLOT_MS) {
		bool day = at / (CROWD_SLOT_MS * 6) % 24 >= 7 && at / (CROWD_SLOT_MS * 6) % 24 < 20;
		uint32_t n = 0;
		for (int i = 0; i < 8; i++)
			n += stream_below(&r, 16) < (day ? 8 : 1);
		if (n)
			crowd_went(c, n, at + 1000);
	}
}

/* How many more, one after the other, until it is told; 0: never within 1,000. */
static unsigned told_at(struct crowd c, int64_t at)
{
	for (unsigned n = 1; n <= 1000; n++) {
		if (crowd_weigh(&c, 1, at))
			return n;
		crowd_went(&c, 1, at);
	}
	return 0;
}

static void an_hour_is_measured_by_its_own_past(void **state)
{
	(void)state;
	static struct crowd c;
	c = (struct crowd){ .slot = 0 };
	live(&c, 6);
	int64_t monday = START + 7 * WEEK + 4 * 24 * 6 * CROWD_SLOT_MS; /* weeks begin on Thursday */
	unsigned noon = told_at(c, monday + 12 * 6 * CROWD_SLOT_MS), night = told_at(c, monday + 3 * 6 * CROWD_SLOT_MS);
	assert_in_range(noon, 13, 18);   /* 4 and six times the scatter of chance, which is 2 */
	assert_int_equal(night, CROWD_LEAST);
}

static void a_house_that_has_learnt_nothing_is_silent_and_then_measured_as_a_whole(void **state)
{
	(void)state;
	struct crowd c = { .slot = 0 };
	assert_int_equal(told_at(c, START), 0);
	for (int i = 0; i <= CROWD_DAY; i++)
		crowd_went(&c, 2, START + i * CROWD_SLOT_MS);
	assert_in_range(told_at(c, START + (CROWD_DAY + 1) * CROWD_SLOT_MS), 10, 12);
}

static void it_is_told_once_in_ten_minutes(void **state)
{
	(void)state;
	struct crowd c = { .slot = 0 };
	for (int i = 0; i <= CROWD_DAY; i++)
		crowd_went(&c, 1, START + i * CROWD_SLOT_MS);
	int64_t at = START + (CROWD_DAY + 1) * CROWD_SLOT_MS;
	crowd_went(&c, 50, at);
	assert_true(crowd_weigh(&c, 1, at));
	crowd_told(&c, at);
	assert_false(crowd_weigh(&c, 1, at));
	crowd_went(&c, 50, at + CROWD_SLOT_MS);
	assert_true(crowd_weigh(&c, 1, at + CROWD_SLOT_MS));
	assert_false(crowd_weigh(&c, 0, at + CROWD_SLOT_MS));
}

static void it_comes_back_from_its_text(void **state)
{
	(void)state;
	static struct crowd c, back;
	c = (struct crowd){ .slot = 0 };
	memset(&back, 7, sizeof back);
	live(&c, 3);
	crowd_told(&c, START + 3 * WEEK);
	char text[CROWD_TEXT];
	unsigned at = 0, parts = 0;
	for (;; parts++) {
		struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
		if (!crowd_put(&c, &at, &b))
			break;
		assert_false(b.failed);
		assert_true(crowd_get(&back, buf_view(&b)));
	}
	assert_in_range(parts, 2, 12);
	assert_int_equal(back.slot, c.slot);
	assert_true(back.told);
	assert_true(crowd_same(&back, &c, START + 3 * WEEK));
	crowd_went(&back, 1, START + 3 * WEEK);
	assert_false(crowd_same(&back, &c, START + 3 * WEEK));
	assert_false(crowd_get(&back, STR("1,2")));
	assert_false(crowd_get(&back, STR("169,1,1,1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_hour_is_measured_by_its_own_past),
		cmocka_unit_test(a_house_that_has_learnt_nothing_is_silent_and_then_measured_as_a_whole),
		cmocka_unit_test(it_is_told_once_in_ten_minutes),
		cmocka_unit_test(it_comes_back_from_its_text),
	};
	return cmocka_run_group_tests_name("gate/crowd", tests, NULL, NULL);
}
