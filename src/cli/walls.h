/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/walls.h: what each kind of process of `hygie serve` gives up before the first request: the tables of system calls and files over base/wall.h.
 * Called by supervise.c, vault.c and front.c. Start at the tables of walls_table.h.
 */
#ifndef HYGIE_CLI_WALLS_H
#define HYGIE_CLI_WALLS_H

#include "base/wall.h"

enum walls_kind { WALLS_FRONT, WALLS_VAULT, WALLS_SUPERVISOR /* its children inherit its walls, and put up theirs within them */ };
/* A list of paths that stay open, ended by an empty one; NULL and "" are passed over: a setting that is not set. More than fit is a bug of ours. */
#define WALLS_PATHS 24
void walls_path(struct wall_path list[WALLS_PATHS], unsigned *n, const char *path, enum wall_use use);
/* how: the setting walls.sandbox. Files first, before any thread; what on cannot be had is the problem. Each says in the log what it reached. */
enum rc walls_files(enum walls_kind kind, const char *how, const struct wall_path *list, bool connects, struct problem *p) CHECKED;
/* For all threads. connects (vault): to a database server. A front calls it before its threads start, and walls_threads after. */
enum rc walls_calls(enum walls_kind kind, const char *how, bool connects, struct problem *p) CHECKED;
enum rc walls_threads(const char *how, struct problem *p) CHECKED;     /* no further thread */
#endif
