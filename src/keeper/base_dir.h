/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/base_dir.h: a data directory opened for an operator's verb: lock, database, ledger mark. On failure of a first fill all is taken away again.
 * Called by the verbs of this room only.
 */
#ifndef HYGIE_KEEPER_BASE_DIR_H
#define HYGIE_KEEPER_BASE_DIR_H

#include "db/dir.h"
#include "keeper/keeper.h"
#include "record/record.h"

struct base_dir { struct dir dir; bool fresh; /* made by this verb: removed when it fails */ };
enum rc base_dir_new(const char *root, struct base_dir *b_r, struct problem *p) CHECKED;                  /* CONFLICT NOT_EMPTY, IN_USE */
enum rc base_dir_have(const char *root, struct base_dir *b_r, struct problem *p) CHECKED;                 /* NOT_FOUND */
/* Database with its tables and the record's vocabulary; bulk: first load, durable only at its end. */
enum rc base_dir_open(struct base_dir *b, bool bulk, struct db **db_r, struct problem *p) CHECKED;
/* One LEDGER_MARK entry that names the verb, durable when this returns; and a new directory remembers a server's address. */
enum rc base_dir_mark(struct base_dir *b, const char *verb, struct problem *p) CHECKED;
struct ledger_entry;
enum rc base_dir_entry(struct base_dir *b, struct ledger_entry *e, struct problem *p) CHECKED; /* the same with an entry of the caller's */
void base_dir_close(struct base_dir *b, bool good);

/* The record's progress told through the keeper's. */
struct base_progress { struct record_progress in; struct keeper_progress *out; const char *step; };
struct record_progress *base_dir_progress(struct base_progress *b);
#endif
