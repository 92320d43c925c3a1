/* SPDX-License-Identifier: Apache-2.0 */
/* base/wall.c as it is built for a processor that no list is for (HYGIE_TEST_NO_ARCH): it says that it has no walls, and a server that wants them does not start. */
#include "base/wall.h"
#include "unit.h"

static void a_processor_without_lists_has_no_walls_and_says_so(void **state)
{
	static const struct wall_call NONE[] = { { 0 } };
	struct problem p = { 0 };
	(void)state;
	assert_false(wall_calls_work());
	assert_int_equal(wall_calls(NONE, 1, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_NO_SANDBOX);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_processor_without_lists_has_no_walls_and_says_so) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
