/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/dir.h: a data directory: the names of what it holds, and the one lock that says who works on it. Called by gate (the vault) and keeper (operator's
 * verbs); never by a reader. Nothing here opens a database. Start at dir_take.
 */
#ifndef HYGIE_DB_DIR_H
#define HYGIE_DB_DIR_H

#include "base/str.h"

#define DIR_PATH 512
struct dir {
	char root[DIR_PATH];       /* 0700 */
	char base[DIR_PATH + 16];  /* ROOT/hygie.db */
	char ledger[DIR_PATH + 16];/* ROOT/ledger */
	char socket[DIR_PATH + 16];/* ROOT/gate.sock */
	int lock_fd;               /* ROOT/lock, flock; -1 when not taken */
};
/* Names only, nothing touched. RC_LIMIT when the path is too long. */
enum rc dir_name(const char *root, struct dir *d_r, struct problem *p) CHECKED;
/* Names it, makes it when asked (0700), takes the lock. CONFLICT (IN_USE) when another process has it; NOT_FOUND when there is none and make is false. */
enum rc dir_take(const char *root, bool make, struct dir *d_r, struct problem *p) CHECKED;
bool dir_has_base(const struct dir *d);   /* a file of no bytes is none */
void dir_release(struct dir *d);
#endif
