/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/dir.h: a data directory: the names of what it holds, and the one lock that says who works on it. Called by gate (the vault) and keeper (operator's
 * verbs); never by a reader. Nothing here opens a database. Start at dir_take.
 */
#ifndef HYGIE_DB_DIR_H
#define HYGIE_DB_DIR_H

#include "base/str.h"

#define DIR_PATH 512
#define DIR_BASE 1024
struct dir {
	char root[DIR_PATH];       /* 0700 */
	char base[DIR_BASE];       /* ROOT/hygie.db; or the address of a server: what dir_use_base said, else what ROOT/base.url holds */
	char ledger[DIR_PATH + 16];/* ROOT/ledger */
	char socket[DIR_PATH + 16];/* ROOT/gate.sock */
	int lock_fd;               /* ROOT/lock, flock; -1 when not taken */
};
/* Names only; reads base.url. RC_LIMIT when a path is too long, BROKEN when base.url cannot be read. */
enum rc dir_name(const char *root, struct dir *d_r, struct problem *p) CHECKED;
/* Names it, makes it when asked (0700), takes the lock, for which it waits two seconds at most. CONFLICT (IN_USE) when another process has it; NOT_FOUND when there is none and make is false. */
enum rc dir_take(const char *root, bool make, struct dir *d_r, struct problem *p) CHECKED;
/* The base of this process is on a server, whatever base.url says; at start, before any thread. NULL: as the directory says. Kept, not copied. */
void dir_use_base(const char *url);
/*
 * Writes the address in force to ROOT/base.url (0600: it may hold a password), so that later commands need no --db. For the
 * directory's own file: base.url goes away.
 */
enum rc dir_keep_base(const struct dir *d, struct problem *p) CHECKED;
void dir_release(struct dir *d);
#endif
