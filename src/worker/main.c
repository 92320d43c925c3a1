/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker/main.c: hygie-press: one paper in, its PDF out, the end. Started beforehand by `hygie serve` (cli/presses.c): opens its fonts, puts up its walls, then waits at the
 * counters (descriptors 3 and on) for one order. BARRIER: what a page or an act wrote is drawn here by large libraries; whoever breaks in through them finds no file, no
 * network, no program, no other paper than this one, and two seconds. Start at main.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/press.h"
#include "base/wall.h"
#include "worker/draw.h"
#include "worker/walls.h"

#define COUNTERS 3              /* the first of them */
#define COUNTERS_MOST 2
#define MEMORY (64ul << 20)     /* bytes that it may write to, libraries' own included */
#define STACK  (512ul << 10)    /* of a thread: the text library starts one for each size of letters, and a busy machine lets them pile up; eight MB each, as is usual, would be MEMORY */

static char paper[PAPER_MOST + 1];
static int n_counters;

static void
limit(int what, rlim_t most)
{
	struct rlimit l = { most, most };

	(void)setrlimit(what, &l);
}

static void
small_threads(void)
{
	pthread_attr_t a;

	if (pthread_attr_init(&a) != 0)
		return;
	if (pthread_attr_setstacksize(&a, STACK) == 0)
		(void)pthread_setattr_default_np(&a);
	(void)pthread_attr_destroy(&a);
}

static void
limits(void)
{
	small_threads();
	if (!WALL_WATCHED)
		limit(RLIMIT_DATA, MEMORY);
	limit(RLIMIT_CPU, PRESS_RENDER_MS / 1000 + 1); /* counted from its start */
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, 64);
}

/* The next paper of any counter, the first of them first; whichever press is quicker has it. */
static size_t
wait_for_paper(int *answer_r)
{
	struct pollfd fd[COUNTERS_MOST];

	for (int i = 0; i < n_counters; i++)
		fd[i] = (struct pollfd){ .fd = COUNTERS + i, .events = POLLIN };
	for (;;) {
		if (poll(fd, (nfds_t)n_counters, -1) < 0)
			continue;
		for (int i = 0; i < n_counters; i++) {
			ssize_t got = fd[i].revents & POLLIN ? press_read(fd[i].fd, paper, sizeof paper, answer_r) : -1;
			if (got >= 0)
				return (size_t)got;
			if (fd[i].revents & (POLLHUP | POLLERR))
				exit(0); /* nobody can ask any more */
		}
	}
}

static void
answer(int to, const struct press_answer *head, const struct buf *pdf)
{
	const char *at[2] = { (const char *)head, pdf->p };
	size_t n[2] = { sizeof *head, head->n };

	(void)fcntl(to, F_SETFL, 0); /* wait where the pipe is full; the alarm ends that too */
	for (unsigned i = 0; i < 2; i++)
		for (ssize_t put; n[i] > 0; at[i] += put, n[i] -= (size_t)put)
			if ((put = write(to, at[i], n[i])) <= 0)
				return;
}

static int
fail(const struct problem *p)
{
	log_problem(LOG_ERROR, "press", p);
	return 1;
}

int
main(int argc, char **argv)
{
	struct itimerval soon = { .it_value = { PRESS_RENDER_MS / 1000, PRESS_RENDER_MS % 1000 * 1000 } };
	struct press_answer head = { .state = PRESS_REFUSED };
	struct problem p = { 0 };
	struct buf pdf;
	int to = -1;

	while (n_counters < COUNTERS_MOST && fcntl(COUNTERS + n_counters, F_GETFD) >= 0)
		n_counters++;
	if (argc != 3 || n_counters == 0) {
		fputs("hygie-press: this part of the server is started by `hygie serve`\n", stderr);
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	limits();
	if (walls_files(argv[2], argv[1], &p) != RC_OK)
		return fail(&p);
	if (!fonts_open(argv[1])) {
		fputs("hygie-press: its fonts are not there: install fonts-dejavu-core\n", stderr);
		return 1;
	}
	if (walls_calls(argv[2], &p) != RC_OK)
		return fail(&p);
	size_t n = wait_for_paper(&to);
	for (int i = 0; i < n_counters; i++)
		(void)close(COUNTERS + i); /* this one paper, and no other */
	(void)setitimer(ITIMER_REAL, &soon, NULL);
	buf_init(&pdf, PRESS_PDF_MOST);
	struct str s = { paper, n };
	if (paper_check(s, &p) == RC_OK && draw_paper(s, &pdf, &p) == RC_OK)
		head = (struct press_answer){ .state = PRESS_DONE, .n = (uint32_t)pdf.n };
	else
		log_problem(LOG_WARN, "paper_refused", &p);
	answer(to, &head, &pdf);
	_exit(0);
}
