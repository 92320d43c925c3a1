/* SPDX-License-Identifier: Apache-2.0 */
/* gate/restore.h: sessions over a restart: read from the base at start, and when each was last active written to it now and then. Called by local.c. */
#ifndef HYGIE_GATE_RESTORE_H
#define HYGIE_GATE_RESTORE_H

#include "gate/inside.h"

enum rc restore_sessions(struct gate *g, struct problem *p) CHECKED;
void restore_save_seen(struct gate *g);    /* and old sessions out: by the background thread */
#endif
