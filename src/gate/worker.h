/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/worker.h: lists of calls in, lists of answers out. What is brief of a front's turn is one list to one worker: one snapshot, one wait for the ledger, one wake-up.
 * A call that may take long (a search, a page) is taken alone, so that others of its turn are answered by whoever is free.
 * No thread waits for a flush. Called by call.c (gate_post), act.c, enter.c, index.c. Start at worker_answer.
 */
#ifndef HYGIE_GATE_WORKER_H
#define HYGIE_GATE_WORKER_H

#include "gate/inside.h"

enum rc workers_open(struct gate *g, unsigned n, struct problem *p) CHECKED;
void workers_close(struct gate *g);                          /* runs what is queued, then ends the threads */
void worker_queue(struct gate *g, struct task *list);        /* to the workers: a list by call.next, all of one lane */
/* The answers of a list are decided: hand them to their lane once the highest task.number among them is durable, and what was read for them too. */
void worker_answer(struct gate *g, struct task *list);
/* The same for an act, told by the writer once its group is durable: it saw nothing later. */
void worker_told(struct gate *g, struct task *t);
void worker_refuse_down(struct gate *g, struct task *t);     /* the ledger failed: this call's answer becomes LEDGER_DOWN */
struct gate_stats worker_stats(struct gate *g);              /* decision times */
void lane_back(struct gate_lane *lane, struct gate_call *head, struct gate_call *tail, unsigned n);
#endif
