/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/forget.h: who opened whom, where it is older than it is kept (SECURITY 2.2, retention): the lines that the base made of the ledger, and what was typed or handed over then.
 * The ledger's own part is ledger_erase_personal. Called by gate/forget.c. Start at forget_some.
 */
#ifndef HYGIE_HOSPITAL_FORGET_H
#define HYGIE_HOSPITAL_FORGET_H

#include "hospital/hospital.h"

/* before_ms: a moment; upto: the last number of the ledger before it. The rest is where the work stands: begins at zero. rows: so many went. */
struct forgetting { int64_t before_ms; uint64_t upto; unsigned table; int64_t account, at; uint64_t rows; };
/* A piece of it, on the writer: some thousand rows or a day. more_r: call again. Of a call that failed k says nothing: keep a copy. */
enum rc forget_some(struct db_conn *c, struct forgetting *k, bool *more_r, struct problem *p) CHECKED;
#endif
