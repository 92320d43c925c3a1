/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "base/utf8.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void every_row(void **state)
{
	(void)state;
	for (int i = 0; i < WHY__END; i++) {
		const struct why_row *r = why_row((enum why)i);
		holds(r->name && r->name[0], "row");
		holds(r->http >= 200 && r->http < 600, r->name);
		holds(r->issue && r->issue[0], r->name);
		holds(r->sentence && strlen(r->sentence) > 3, r->name);
		holds(strchr(".?!", r->sentence[strlen(r->sentence) - 1]), r->name);
		for (int j = 0; j < i; j++)
			holds(strcmp(r->name, why_row((enum why)j)->name) != 0, r->name);
	}
}

static void filled(void **state)
{
	(void)state;
	struct problem p;
	assert_int_equal(problem_set(&p, RC_LIMIT, WHY_TOO_BIG, "Patient.name[0]", "%d of %s", 7, "x"), RC_LIMIT);
	assert_int_equal(p.rc, RC_LIMIT);
	assert_int_equal(p.why, WHY_TOO_BIG);
	assert_string_equal(p.where, "Patient.name[0]");
	assert_string_equal(p.detail, "7 of x");
	assert_int_equal(problem_set(NULL, RC_RETRY, WHY_BUSY, "", "unused"), RC_RETRY);
	assert_int_equal(problem_set(&p, RC_GONE, WHY_NOT_FOUND, NULL, "%s", ""), RC_GONE);
	assert_string_equal(p.where, "");
	assert_string_equal(p.detail, "");
}

static void cut_at_code_point(void **state)
{
	(void)state;
	char z[1024];
	for (size_t lead = 0; lead < 4; lead++) {
		memset(z, 'x', lead);
		for (size_t i = lead; i + 3 < sizeof z; i += 3)
			memcpy(z + i, "\xE2\x82\xAC", 4); /* € */
		struct problem p;
		memset(&p, 0xAA, sizeof p);
		assert_int_equal(problem_set(&p, RC_BROKEN, WHY_BROKEN, z, "%s", z), RC_BROKEN);
		assert_true(memchr(p.where, 0, sizeof p.where) && memchr(p.detail, 0, sizeof p.detail));
		assert_true(utf8_valid(str_of(p.where)) && utf8_valid(str_of(p.detail)));
		assert_true(strlen(p.where) > PROBLEM_WHERE - 5 && strlen(p.detail) > PROBLEM_DETAIL - 5);
	}
}

static void says_what_it_is_about(void **state)
{
	struct problem p;
	char says[PROBLEM_SAYS], wide[PROBLEM_ABOUT * 2];
	(void)state;
	assert_int_equal(problem_set(&p, RC_CONFLICT, WHY_STAY_RUNS, "", "x"), RC_CONFLICT);
	assert_string_equal(p.about, "");
	problem_says(&p, says);
	assert_string_equal(says, why_row(WHY_STAY_RUNS)->sentence);
	assert_int_equal(problem_about(&p, RC_CONFLICT, "Chirurgie", 9), RC_CONFLICT);
	size_t n = problem_says(&p, says);
	assert_int_equal(n, strlen(says));
	assert_string_equal(says, "This person's stay in Chirurgie is not over: end it, or cancel it, first.");
	assert_int_equal(problem_count(&p, RC_CONFLICT, 12), RC_CONFLICT);
	assert_string_equal(p.about, "12");
	memset(wide, 'x', sizeof wide);
	memcpy(wide + PROBLEM_ABOUT - 2, "\xc3\xa9", 2);
	assert_int_equal(problem_about(&p, RC_CONFLICT, wide, sizeof wide), RC_CONFLICT);
	assert_int_equal(strlen(p.about), PROBLEM_ABOUT - 2);
	assert_int_equal(problem_about(NULL, RC_GONE, "x", 1), RC_GONE);
	assert_int_equal(problem_set(&p, RC_CONFLICT, WHY_DUPLICATE, "", "x"), RC_CONFLICT);
	assert_string_equal(p.about, "");
	for (int w = 0; w < WHY__END; w++)
		if (why_about((enum why)w))
			assert_non_null(strstr(why_about((enum why)w), "{1}"));
}

static void invariant_ends(void **state)
{
	(void)state;
	MUST(1 + 1 == 2);
	pid_t pid = fork();
	if (pid == 0) {
		close(2);
		MUST(1 + 1 == 3);
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) || (WIFEXITED(status) && WEXITSTATUS(status) == 134));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("every reason has a name of its own, a status, an issue type and a sentence", every_row),
		CASE("a problem takes the return code, the reason, the place and the detail", filled),
		CASE("a problem that is too long is cut between code points and ends with NUL", cut_at_code_point),
		CASE("a problem says what it is about in the place of its sentence, and nothing of the problem before", says_what_it_is_about),
		CASE("a broken invariant ends the process", invariant_ends),
	};
	return cmocka_run_group_tests_name("base/rc", tests, NULL, NULL);
}
