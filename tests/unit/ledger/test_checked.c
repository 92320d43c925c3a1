/* SPDX-License-Identifier: Apache-2.0 */
/* The note of a house's own verifications: kept in order, cut at sixty, and what a hand spoilt is passed over. */
#include "house.h"

#include "ledger/checked.h"

static char dir[DIR_MAX];
static struct problem p;

static int begin(void **state)
{
	(void)state;
	dir_make(dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	dir_remove(dir);
	return 0;
}

static void the_newest_sixty_verifications_are_kept_in_order(void **state)
{
	struct ledger_checked at[LEDGER_CHECKED];
	size_t n = 9;
	(void)state;
	assert_int_equal(ledger_checked_read(dir, at, &n, &p), RC_OK);
	assert_int_equal(n, 0); /* none yet is no trouble */
	for (int i = 1; i <= LEDGER_CHECKED + 5; i++)
		assert_int_equal(ledger_checked_add(dir, &(struct ledger_checked){ 1000 * i, (uint64_t)i, i % 7 != 0 }, &p), RC_OK);
	assert_int_equal(ledger_checked_read(dir, at, &n, &p), RC_OK);
	assert_int_equal(n, LEDGER_CHECKED);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(at[i].entries, i + 6);
		assert_int_equal(at[i].at_ms, 1000 * ((int64_t)i + 6));
		assert_int_equal(at[i].good, (i + 6) % 7 != 0);
	}
}

static void a_line_that_cannot_be_read_is_passed_over(void **state)
{
	static const char TEXT[] = "5000 7 good\nnonsense\n6000 x good\n7000 8 perhaps\n-1 9 good\n8000 9 bad";
	struct ledger_checked at[LEDGER_CHECKED];
	char path[DIR_MAX + 16];
	size_t n = 0;
	(void)state;
	snprintf(path, sizeof path, "%s/checked", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, TEXT, sizeof TEXT - 1), sizeof TEXT - 1);
	close(fd);
	assert_int_equal(ledger_checked_read(dir, at, &n, &p), RC_OK);
	assert_int_equal(n, 2);
	assert_true(at[0].good && at[0].entries == 7 && !at[1].good && at[1].entries == 9);
	assert_int_equal(ledger_checked_read("/nowhere/at/all", at, &n, &p), RC_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_sixty_verifications_are_kept_in_order),
		cmocka_unit_test(a_line_that_cannot_be_read_is_passed_over),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
