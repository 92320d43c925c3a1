/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/copy.h: a whole base moved from one database to another, either way: table by table in key order, each portion one transaction, so that a copy that
 * was stopped goes on where it stood; then both sides are read again and compared by counts and digests. A target that is not whole is refused by db_open.
 * No server may work on either. Called by keeper. Start at db_copy.
 */
#ifndef HYGIE_DB_COPY_H
#define HYGIE_DB_COPY_H

#include "base/str.h"

struct db_copying { void (*at)(struct db_copying *g, const char *table, uint64_t done, uint64_t of); volatile bool stop; };
struct db_copied { uint64_t tables, rows, resumed_rows; char digest[65]; /* SHA-256 over all tables, hexadecimal */ };
/*
 * from, to: SQLite files or server's addresses. CONFLICT NOT_EMPTY: the target holds a base that is no unfinished copy. RETRY STOPPED: run it again.
 * BROKEN CORRUPT: the two differ after the copy; where says the table. The source is not changed.
 */
enum rc db_copy(const char *from, const char *to, struct db_copying *g, struct db_copied *c_r, struct problem *p) CHECKED;
#endif
