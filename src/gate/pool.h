/* SPDX-License-Identifier: Apache-2.0 */
/* gate/pool.h: two threads for slow work (a password's hash, an import's parsing) with a bounded queue, so that they never hold up a gate worker. */
#ifndef HYGIE_GATE_POOL_H
#define HYGIE_GATE_POOL_H

#include "gate/inside.h"

enum rc pool_open(struct gate *g, struct problem *p) CHECKED;
void pool_close(struct gate *g);                             /* runs what is queued */
bool pool_post(struct gate *g, struct task *t);              /* false: full; the task is still the caller's. Else the pool decides the call on a desk of its own */
bool pool_is_here(const struct desk *d);                     /* this desk is one of the pool's */
#endif
