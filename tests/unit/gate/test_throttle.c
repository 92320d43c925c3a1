/* SPDX-License-Identifier: Apache-2.0 */
/* test_throttle.c: how many guesses at passwords are looked at at all, from however many places they come (ASVS 5.0, 6.3.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gate/throttle.h"

#define START 1795000000000LL
#define SECOND 1000LL

static bool guess(struct throttle *t, unsigned account, unsigned source, int64_t at_ms)
{
	char login[32], from[32];
	snprintf(login, sizeof login, "agent%u.essai", account);
	snprintf(from, sizeof from, "192.0.2.%u", source);
	return throttle_try(t, str_of(login), str_of(from), at_ms);
}

/* One a millisecond, as a script would: each account is tried by many places, each place tries many accounts. */
static void ten_thousand_guesses_over_a_thousand_accounts_from_two_hundred_places_are_few_for_each(void **state)
{
	static unsigned tried[1000];
	struct throttle *t = throttle_new();
	unsigned all = 0, most = 0;
	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		unsigned account = i * 7 % 1000;
		bool is = guess(t, account, (i * 13 + i / 1000) % 200, START + i);
		all += is;
		tried[account] += is;
		most = tried[account] > most ? tried[account] : most;
	}
	assert_in_range(most, 1, 10); /* 100 are allowed */
	assert_true(all <= 200 * 40 + 200); /* what a ward's shared address has free, and one more each */
	throttle_free(&t);
}

/* Two hundred places that take turns at one account are one guesser. */
static void an_account_is_guessed_at_no_oftener_from_many_places_than_from_one(void **state)
{
	struct throttle *t = throttle_new();
	unsigned tried = 0;
	(void)state;
	for (unsigned i = 0; i < 3600; i++)
		tried += guess(t, 1, i % 200, START + i * SECOND);
	assert_in_range(tried, 6, 30); /* of an hour */
	assert_true(guess(t, 2, 250, START + 3600 * SECOND)); /* and nobody else waits for it */
	throttle_free(&t);
}

/* The person whose account is guessed at comes in when the wait is over, and starts anew. */
static void who_is_right_is_forgiven(void **state)
{
	struct throttle *t = throttle_new();
	(void)state;
	for (unsigned i = 0; i < 5; i++)
		assert_true(guess(t, 1, 1, START + i));
	assert_false(guess(t, 1, 2, START + 10));
	assert_false(throttle_try(t, STR("  AGENT1.essai "), STR("192.0.2.9"), START + 11)); /* however it is typed */
	assert_true(guess(t, 1, 2, START + 6 * SECOND));
	throttle_good(t, STR("agent1.essai"), STR("192.0.2.2"));
	assert_true(guess(t, 1, 2, START + 6 * SECOND + 1));
	throttle_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_thousand_guesses_over_a_thousand_accounts_from_two_hundred_places_are_few_for_each),
		cmocka_unit_test(an_account_is_guessed_at_no_oftener_from_many_places_than_from_one),
		cmocka_unit_test(who_is_right_is_forgiven),
	};
	return cmocka_run_group_tests_name("gate/throttle", tests, NULL, NULL);
}
