/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/witnesses.h: asks witnesses over HTTP for their signature under a new head (C2SP tlog-witness, add-checkpoint). All are asked at once, each within a time;
 * one that is away, or refuses, is told on stderr and holds nothing up. What they answer is nobody's word until the keeper has verified it.
 * Called by audit.c. Start at witnesses_ask.
 */
#ifndef HYGIE_CLI_WITNESSES_H
#define HYGIE_CLI_WITNESSES_H

#include "cli/cli.h"

#define WITNESSES 16
struct witnesses { struct keeper_asks in; /* first */ const char *urls[WITNESSES]; unsigned n, answered; long wait_ms; const char *ca; /* PEM, NULL the system's */ };
bool witnesses_add(struct witnesses *w, const char *url); /* kept, not copied; prints its sentence when false */
void witnesses_ask(struct keeper_asks *a, const struct keeper_head *h, struct buf *lines);
#endif
