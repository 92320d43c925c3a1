/* SPDX-License-Identifier: Apache-2.0 */
/* tests of base/press.c: what a caller gets from a press that answers, breaks, refuses, says too much or does not answer. The press here is a thread. */
#include "unit.h"
#include "base/press.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum how { ANSWERS, BREAKS, BREAKS_WITHIN, REFUSES, SAYS_TOO_MUCH, LIES };
static struct { int counter; enum how how; size_t pdf; } PRESS;
static struct problem P;

static void put(int fd, const void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = write(fd, (const char *)p + at, n - at);
		if (k <= 0)
			return;
		at += (size_t)k;
	}
}

static void *press(void *arg)
{
	static char paper[PAPER_MOST];
	int answer;
	(void)arg;
	for (ssize_t n; (n = press_read(PRESS.counter, paper, sizeof paper, &answer)) < 0;)
		usleep(1000);
	char *pdf = malloc(PRESS.pdf + 1);
	memset(pdf, 'p', PRESS.pdf + 1);
	struct press_answer head = { .state = PRESS.how == REFUSES ? PRESS_REFUSED : PRESS_DONE, .n = PRESS.how == LIES ? UINT32_MAX : (uint32_t)PRESS.pdf };
	(void)fcntl(answer, F_SETFL, 0);
	if (PRESS.how != BREAKS)
		put(answer, &head, sizeof head);
	if (PRESS.how == BREAKS_WITHIN)
		put(answer, pdf, PRESS.pdf / 2);
	if (PRESS.how == ANSWERS || PRESS.how == SAYS_TOO_MUCH || PRESS.how == LIES)
		put(answer, pdf, PRESS.pdf + (PRESS.how == SAYS_TOO_MUCH));
	(void)close(answer);
	free(pdf);
	return NULL;
}

static enum rc print(enum how how, size_t n)
{
	pthread_t t;
	struct buf pdf;
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	PRESS.counter = pair[1];
	PRESS.how = how;
	PRESS.pdf = n;
	press_use(pair[0]);
	assert_int_equal(pthread_create(&t, NULL, press, NULL), 0);
	enum rc rc = press_pdf(STR("paper"), &pdf, &P);
	pthread_join(t, NULL);
	if (rc == RC_OK)
		assert_int_equal(pdf.n, n);
	buf_done(&pdf);
	press_use(-1);
	close(pair[0]);
	close(pair[1]);
	return rc;
}

static void answers(void **state)
{
	(void)state;
	assert_int_equal(print(ANSWERS, 5), RC_OK);
	assert_int_equal(print(ANSWERS, 300000), RC_OK);
	assert_int_equal(print(ANSWERS, PRESS_PDF_MOST), RC_OK);
}

static void breaks(void **state)
{
	static const struct { enum how how; size_t n; } CASES[] = { { BREAKS, 0 }, { BREAKS_WITHIN, 100000 }, { REFUSES, 0 }, { SAYS_TOO_MUCH, 10 }, { LIES, 10 }, { ANSWERS, 0 }, { ANSWERS, PRESS_PDF_MOST + 1 } };
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < COUNT(CASES); i++) {
		assert_int_equal(print(CASES[i].how, CASES[i].n), RC_BAD_INPUT);
		assert_int_equal(P.why, WHY_PAPER_BAD);
	}
}

static void nobody(void **state)
{
	struct buf pdf;
	int pair[2];
	struct press_order o;
	unsigned n = 0;
	(void)state;
	assert_int_equal(press_pdf(STR("paper"), &pdf, &P), RC_RETRY);
	assert_int_equal(P.why, WHY_PRESS_AWAY);
	buf_done(&pdf);
	/* A counter that nobody reads takes some orders, and then says so at once. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	press_use(pair[0]);
	for (enum rc rc = RC_OK; rc == RC_OK && n < 1000; n++) {
		rc = press_ask(STR("paper"), &o, &P);
		if (rc != RC_OK)
			assert_int_equal(P.why, WHY_PRESS_AWAY);
		press_drop(&o);
	}
	assert_true(n > 1 && n < 1000);
	press_use(-1);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("a press that answers gives the PDF, whatever its size", answers),
		CASE("a press that breaks, refuses or lies is a paper that cannot be printed", breaks),
		CASE("where no press is, or none takes more, printing is away", nobody),
	};
	return cmocka_run_group_tests_name("base/press", tests, NULL, NULL);
}
