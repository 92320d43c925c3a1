/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_forget.c: who saw whom is forgotten where it is older than it is kept: the ledger still verifies, its index and what was typed go with it, and nothing that still counts or waits
 * for somebody goes: a stop, a reason that nobody reviewed, what is younger than six months.
 */
#include "house.h"

#define DAY INT64_C(86400000)
static struct house h;

struct telling { struct gate_progress in; uint64_t rows, entries; };

static void tell(struct gate_progress *in, uint64_t done, uint64_t of)
{
	struct telling *t = (struct telling *)(void *)in;
	if (of == 0)
		t->rows = done;
	else
		t->entries = done;
}

static enum rc forget(struct gate *g, int64_t before_ms, struct telling *t, struct problem *p)
{
	*t = (struct telling){ .in = { .at = tell } };
	return gate_forget(g, before_ms, &t->in, p);
}

/* An account that slept is opened again by the operator of the machine. */
static void wake(const char *login)
{
	struct buf token;
	struct problem p = { 0 };
	buf_init(&token, 128);
	must_ok(gate_operator(h.g, &token, &p), &p);
	struct gate_call *c = gate_call_new();
	c->surface = SURFACE_CLI;
	c->route = "operator";
	c->token = buf_view(&token);
	ask_act(&c->asks, "account_enable");
	ask_arg(&c->asks, "login", str_of(login));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	gate_call_done(&c);
	buf_done(&token);
}

static enum why opens(const char *token, const char *id)
{
	struct gate_call *c = read_one(&h, token, "Patient", id);
	enum why why = release_rc(c->release) == RC_OK ? WHY_NONE : release_problem(c->release)->why;
	gate_call_done(&c);
	return why;
}

static size_t lines(const char *token, const char *view, const char *set, const char *patient)
{
	struct gate_call *c = call_new(token, "/lines");
	ask_view(&c->asks, view);
	if (patient)
		ask_arg(&c->asks, "patient", str_of(patient));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	size_t n = rows_count(release_rows(c->release), set);
	gate_call_done(&c);
	return n;
}

static void prove(char token[64], const char *login)
{
	char now[8];
	house_wait(31000);
	code_now(login, now);
	struct gate_call *c = call_new(token, "/prove");
	ask_act(&c->asks, "prove");
	ask_arg(&c->asks, "reason", STR("other"));
	ask_arg(&c->asks, "text", STR("renfort de nuit"));
	ask_arg(&c->asks, "code", str_of(now));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	token_of(c, token);
}

/* A nurse of another unit opens strangers until the ladder stops her. */
static void stop_nurse2(void)
{
	char token[64], id[16];
	enum why why = WHY_NONE;
	house_sign_in(&h, "nurse2", token);
	for (unsigned n = 0; why != WHY_STOPPED_ACCOUNT; house_wait(240000)) {
		snprintf(id, sizeof id, "p%u", n);
		if (why == WHY_NONE)
			assert_int_equal(break_glass_for(&h, token, id, "advice"), RC_OK);
		why = opens(token, id);
		n += why == WHY_NONE;
		if (why == WHY_PROOF_DUE)
			prove(token, "nurse2");
		assert_true(n < 40);
	}
}

static void verified(uint64_t *erased_r)
{
	struct ledger_verdict v = { 0 };
	struct problem p = { 0 };
	char dir[DIR_BASE];
	snprintf(dir, sizeof dir, "%s/ledger", h.dir);
	must_ok(ledger_verify(dir, NULL, 0, &v, &p), &p);
	if (!v.good)
		fail_msg("entry %llu: %s", (unsigned long long)v.first_bad, v.what);
	*erased_r = v.erased;
}

static void what_is_older_is_forgotten_and_what_counts_or_waits_stays(void **state)
{
	(void)state;
	char nurse[64], rssi[64], other[64];
	struct problem p = { 0 };
	struct telling t;
	uint64_t erased;
	int64_t then = house_now;
	house_sign_in(&h, "nurse", nurse);
	assert_int_equal(opens(nurse, "p1"), WHY_NONE);
	assert_int_equal(break_glass(&h, nurse, "p88"), RC_OK); /* an emergency, which nobody reviews in this test */
	assert_int_equal(opens(nurse, "p88"), WHY_NONE);
	assert_int_equal(lines(nurse, "who_looked", "accesses", "p1"), 1);
	stop_nurse2();
	/* younger than six months nothing goes, whoever asks */
	assert_int_equal(forget(h.g, house_now - 30 * DAY, &t, &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_KEPT_LONGER);
	house_wait(150 * DAY);
	wake("nurse");
	house_sign_in(&h, "nurse", nurse);
	assert_int_equal(opens(nurse, "p2"), WHY_NONE); /* this stays */
	house_wait(50 * DAY);
	wake("nurse");
	wake("nurse2");
	wake("rssi");
	house_sign_in(&h, "nurse", nurse);
	house_sign_in(&h, "rssi", rssi);
	assert_true(lines(nurse, "who_looked", "accesses", "p1") >= 1);
	size_t broken = lines(rssi, "break_glass_list", "break_glass", NULL);
	must_ok(forget(h.g, then + 2 * DAY, &t, &p), &p);
	assert_true(t.entries > 10 && t.rows > 5);
	assert_int_equal(lines(nurse, "who_looked", "accesses", "p1"), 1); /* her look a moment ago, by this very page */
	assert_true(lines(nurse, "who_looked", "accesses", "p2") >= 1);
	assert_int_equal(lines(rssi, "stops", "stops", NULL), 1);
	assert_true(lines(rssi, "break_glass_list", "break_glass", NULL) < broken);
	assert_true(lines(rssi, "review_list", "break_glass", NULL) >= 1); /* the emergency that waits for review */
	/* again: nothing is left to do, and nothing more goes */
	must_ok(forget(h.g, then + 2 * DAY, &t, &p), &p);
	assert_int_equal(t.entries + t.rows, 0);
	gate_close(&h.g);
	verified(&erased);
	assert_true(erased > 10);
	/* over a restart: the ledger folds, the stop stands, the index has what it had */
	house_open(&h);
	house_sign_in(&h, "nurse2", other);
	assert_int_equal(opens(other, "p3"), WHY_UNEXPLAINED);
	assert_int_equal(break_glass_for(&h, other, "p3", "advice"), RC_OVER_BUDGET);
	house_sign_in(&h, "rssi", rssi);
	assert_int_equal(lines(rssi, "stops", "stops", NULL), 1);
	house_sign_in(&h, "nurse", nurse);
	assert_true(lines(nurse, "who_looked", "accesses", "p2") >= 1);
}

static void the_order_goes_through_the_operators_socket_too(void **state)
{
	(void)state;
	struct problem p = { 0 };
	struct gate *far = NULL;
	struct telling t;
	must_ok(gate_listen(h.g, &p), &p);
	must_ok(gate_connect(h.dir, &far, &p), &p);
	assert_int_equal(forget(far, house_now - 30 * DAY, &t, &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_KEPT_LONGER);
	house_wait(200 * DAY);
	must_ok(forget(far, house_now - 190 * DAY, &t, &p), &p);
	assert_true(t.entries > 0);
	gate_close(&far);
}

static int open_house(void **state)
{
	(void)state;
	house_new(&h, 90);
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	house_done(&h);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_older_is_forgotten_and_what_counts_or_waits_stays),
		cmocka_unit_test(the_order_goes_through_the_operators_socket_too),
	};
	return cmocka_run_group_tests(tests, open_house, close_house);
}
