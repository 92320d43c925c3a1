/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/wall.h: what a process gives up for good before it meets the outside: files (Landlock), system calls (seccomp), memory that others could look into.
 * Nothing here can be undone, nor should a caller be able to ask for it back. Which process gives up what is the caller's table. Called by cli. Start at wall_calls.
 */
#ifndef HYGIE_BASE_WALL_H
#define HYGIE_BASE_WALL_H

#include "base/rc.h"

#if defined __SANITIZE_ADDRESS__
#define WALL_WATCHED true   /* AddressSanitizer opens its own files, stops threads, and asks for more calls and memory than any table of ours gives */
#else
#define WALL_WATCHED false
#endif

/* No core dump, no other process of the same user looks in (PR_SET_DUMPABLE 0), no privilege by any program that is started (no_new_privs). */
void wall_self(void);

/* Files: under these folders or of these files, and nothing else. Binds the calling thread and what it starts: before any other thread. */
enum wall_use { WALL_READ = 1, WALL_WRITE, WALL_RUN /* read, and start as a program: only where a list names it may one be started */ };
struct wall_path { const char *path; enum wall_use use; };            /* list ended by path NULL; what is not there is left out */
int wall_files_level(void);                                           /* Landlock's version on this kernel; 0 none */
enum rc wall_files(const struct wall_path *list, bool connects, struct problem *p) CHECKED; /* also no signal to others and, unless it connects, no TCP socket bound or connected: where the kernel knows how */

/*
 * System calls: those of the list, any other ends the process. Binds all threads of the process, now and later. A rule looks at one argument; refused is told as an
 * error number instead of the end. Rows of the same call stand together, the first that fits decides; none fits: the end.
 */
enum wall_rule { WALL_ANY, WALL_IS /* argument == value */, WALL_WITHOUT /* no bit of value */, WALL_WITH /* all bits of value */, WALL_NOT_BOTH /* not all bits of value together */ };
struct wall_call { int nr; enum wall_rule rule; unsigned argument; unsigned value; int refused; /* 0: may; else the error number */ };
#define WALL_CALLS_MOST 200
bool wall_calls_work(void);                                           /* this kernel ends a process for a call that is not listed */
enum rc wall_calls(const struct wall_call *list, size_t n, struct problem *p) CHECKED;

/*
 * n bytes for keys: out of reach of the kernel's own mistakes (memfd_secret), else locked in memory and left out of dumps; zero, never freed, never in a file.
 * Which of the two: wall_secret_is_hidden. NULL: no memory.
 */
void *wall_secret(size_t n);
bool wall_secret_is_hidden(void);
#endif
