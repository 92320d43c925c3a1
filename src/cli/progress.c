/* SPDX-License-Identifier: Apache-2.0 */
/* cli/progress.c: how long work tells where it is: a bar with rate and time left on a terminal, plain lines every five seconds otherwise. */
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static volatile sig_atomic_t asked_to_stop;

static void
ask_stop(int sig)
{
	(void)sig;
	asked_to_stop = 1;
}

static void
told(struct keeper_progress *g, const char *step, uint64_t done, uint64_t of)
{
	bar_at((struct bar *)g, step, done, of);
}

void
bar_start(struct bar *b)
{
	struct sigaction sa = { .sa_handler = ask_stop };

	*b = (struct bar){ .in.at = told, .tty = isatty(2), .started_ns = clock_ns() };
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static void
draw(struct bar *b, uint64_t done, uint64_t of, double seconds)
{
	double rate = seconds > 0 ? (double)done / seconds : 0;
	unsigned cells = of > 0 ? (unsigned)(done * 30 / of) : 0;
	long left_s = rate > 0 && of > done ? (long)((double)(of - done) / rate) : 0;

	if (!b->tty) {
		fprintf(stderr, "%s: %llu of %llu, %.0f/s, %ld s left\n", b->step, (unsigned long long)done, (unsigned long long)of, rate, left_s);
		return;
	}
	fprintf(stderr, "\r%-10s [%.*s%.*s] %llu/%llu  %.0f/s  %ld:%02ld left \033[K", b->step, (int)(cells > 30 ? 30 : cells), "##############################",
	        (int)(30 - (cells > 30 ? 30 : cells)), "..............................", (unsigned long long)done, (unsigned long long)of, rate, left_s / 60, left_s % 60);
}

void
bar_at(struct bar *b, const char *step, uint64_t done, uint64_t of)
{
	uint64_t now = clock_ns();

	if (b->step == NULL || strcmp(b->step, step) != 0) {
		if (b->step != NULL && b->tty)
			fputc('\n', stderr);
		b->step = step;
		b->started_ns = now;
		b->told_ns = 0;
		b->full = false;
	}
	b->in.stop = asked_to_stop;
	bool last = done == of && !b->full; /* the end is told at once, and once */
	b->full = done == of;
	if (now - b->told_ns < (b->tty ? 200000000u : 5000000000u) && !last)
		return;
	b->told_ns = now;
	draw(b, done, of, (double)(now - b->started_ns) / 1e9);
}

void
bar_end(struct bar *b)
{
	if (b->tty && b->step != NULL)
		fputc('\n', stderr);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}
