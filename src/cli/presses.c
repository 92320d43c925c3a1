/* SPDX-License-Identifier: Apache-2.0 */
/* cli/presses.c: see presses.h. It must never hand a press anything but the counters, and the folder of fonts to read. Start at start. */
#include "cli/presses.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define FONTS "/usr/share/fonts/truetype/dejavu" /* fonts-dejavu-core */
#define FIRST_FD 3                               /* worker/main.c counts from here */
#define AGAIN_MS 100
#define AGAIN_MOST_MS 20000

const char *
presses_program(void)
{
	return access(HYGIE_PRESS_INSTALLED, X_OK) == 0 ? HYGIE_PRESS_INSTALLED : HYGIE_PRESS;
}

bool
presses_open(struct presses *k, const char *sandbox)
{
	*k = (struct presses){ .vault = { -1, -1 }, .fronts = { -1, -1 } };
	snprintf(k->how, sizeof k->how, "%s", sandbox);
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, k->vault) == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, k->fronts) == 0;
}

/* Between fork and exec of a process that may have threads: system calls alone. */
_Noreturn static void
become(const struct presses *k, const char *program, pid_t parent)
{
	static char *const environment[] = { (char *)(uintptr_t)"LANG=C.UTF-8", NULL };
	char *const argv[] = { (char *)(uintptr_t)"hygie-press", (char *)(uintptr_t)FONTS, (char *)(uintptr_t)k->how, NULL };
	sigset_t none;

	if (k->uid != 0 && (setgroups(0, NULL) != 0 || setresgid(k->gid, k->gid, k->gid) != 0 || setresuid(k->uid, k->uid, k->uid) != 0))
		_exit(1);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(1);
	int first = fcntl(k->vault[1], F_DUPFD, 20), second = fcntl(k->fronts[1], F_DUPFD, 20); /* clear of the numbers they go to */
	if (first < 0 || second < 0 || dup2(first, FIRST_FD) < 0 || dup2(second, FIRST_FD + 1) < 0 || close_range(FIRST_FD + 2, ~0u, 0) != 0)
		_exit(1);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	execve(program, argv, environment);
	_exit(1);
}

static void
start(struct presses *k, struct press *w)
{
	const char *program = presses_program();
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(k, program, parent);
	w->pid = pid > 0 ? pid : 0;
	w->since_ns = clock_ns();
	w->again_ns = w->since_ns + AGAIN_MOST_MS * 1000000ull; /* should there be no process */
}

int
presses_start_due(struct presses *k)
{
	uint64_t now = clock_ns(), next = UINT64_MAX;

	for (unsigned i = 0; i < PRESSES && k->vault[1] >= 0; i++) {
		struct press *w = &k->at[i];
		if (w->pid == 0 && w->again_ns <= now)
			start(k, w);
		if (w->pid == 0)
			next = w->again_ns < next ? w->again_ns : next;
	}
	return next == UINT64_MAX ? -1 : (int)((next - now) / 1000000) + 1;
}

bool
presses_ended(struct presses *k, pid_t pid, int status)
{
	for (unsigned i = 0; i < PRESSES; i++) {
		struct press *w = &k->at[i];
		bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (w->pid != pid)
			continue;
		if (!good)
			log_event(LOG_ERROR, "press_ended", LOG_N("process", pid), LOG_N("code", WIFEXITED(status) ? WEXITSTATUS(status) : 0), LOG_N("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0), LOG_END);
		w->tries = good || WIFSIGNALED(status) ? 0 : w->tries < 8 ? w->tries + 1 : w->tries; /* by a signal: over a paper */
		uint64_t wait_ms = w->tries == 0 ? 0 : (uint64_t)AGAIN_MS << w->tries;
		w->again_ns = clock_ns() + (wait_ms < AGAIN_MOST_MS ? wait_ms : AGAIN_MOST_MS) * 1000000ull;
		w->pid = 0;
		return true;
	}
	return false;
}

void
presses_close(struct presses *k)
{
	for (unsigned i = 0; i < PRESSES; i++)
		if (k->at[i].pid > 0) {
			(void)kill(k->at[i].pid, SIGKILL);
			(void)waitpid(k->at[i].pid, NULL, 0);
			k->at[i].pid = 0;
		}
	for (unsigned i = 0; i < 2; i++) {
		if (k->vault[i] >= 0)
			(void)close(k->vault[i]);
		if (k->fronts[i] >= 0)
			(void)close(k->fronts[i]);
		k->vault[i] = k->fronts[i] = -1;
	}
}
