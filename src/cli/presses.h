/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/presses.h: the presses of a server: some processes (hygie-press) that wait, each for one paper, at two counters: the vault's and the fronts'. One that drew its paper is
 * followed by a new one at once; one that cannot start is tried again later and later. Called by supervise.c, and by serve.c where all is one process. Start at presses_open.
 */
#ifndef HYGIE_CLI_PRESSES_H
#define HYGIE_CLI_PRESSES_H

#include <sys/types.h>

#include "base/rc.h"

#define PRESSES 2
struct press { pid_t pid; unsigned tries; uint64_t since_ns, again_ns; };
struct presses {
	struct press at[PRESSES];
	int vault[2], fronts[2];         /* each: to ask, to take from; -1: none */
	unsigned uid, gid;               /* whom they run as; 0: as whoever started them */
	char how[16];                    /* walls.sandbox */
};
const char *presses_program(void);       /* its path */
bool presses_open(struct presses *k, const char *sandbox);
int presses_start_due(struct presses *k); /* ms until the next is due; -1: none is */
bool presses_ended(struct presses *k, pid_t pid, int status); /* false: it was none of them */
void presses_close(struct presses *k);   /* ends them */
#endif
