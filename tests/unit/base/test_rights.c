/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "base/rights.h"

static void codes(void **state)
{
	(void)state;
	static const char *const CODE[ROLE__END] = { "", "clerk", "nurse", "physician", "pharmacist", "billing", "rssi", "dpo", "admin", "machine", "operator", "technician" };
	for (int i = 1; i < ROLE__END; i++) {
		assert_string_equal(role_code((enum role)i), CODE[i]);
		assert_int_equal(role_of(CODE[i]), i);
		assert_true(strlen(role_label((enum role)i)) > 3);
	}
	static const char *const NOBODY[] = { "", "Nurse", "nurse ", "root", NULL };
	for (size_t i = 0; i < COUNT(NOBODY); i++)
		assert_int_equal(role_of(NOBODY[i]), ROLE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { CASE("each role has a stored code and a label, and no other word is a role", codes) };
	return cmocka_run_group_tests_name("base/rights", tests, NULL, NULL);
}
