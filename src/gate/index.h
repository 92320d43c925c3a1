/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/index.h: the background thread: keeps hospital's access index behind the durable ledger by at most a second, writes snapshots, notes sessions' last
 * activity. Views of the index wait, parked, until it has reached the ledger's head of when they were asked. Called by local.c, decide.c. Start at tend().
 */
#ifndef HYGIE_GATE_INDEX_H
#define HYGIE_GATE_INDEX_H

#include "gate/inside.h"

enum rc index_open(struct gate *g, struct problem *p) CHECKED;
void index_close(struct gate *g);                            /* indexes what is durable, then ends */
bool index_is_view(struct str view);                         /* reads the access index */
bool index_park(struct gate *g, struct task *t);             /* true: the task waits here and is queued again; false: the index is there already */
#endif
