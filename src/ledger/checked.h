/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/checked.h: when this house's ledger was last read from end to end, and what came of it: DIR/checked, a line a verification ("1764400000000 5120 good"), the newest
 * sixty. A word to people who look at a screen, no proof: an auditor verifies for himself. Called by keeper (writes) and the gate (reads).
 */
#ifndef HYGIE_LEDGER_CHECKED_H
#define HYGIE_LEDGER_CHECKED_H

#include "ledger/ledger.h"

#define LEDGER_CHECKED 60
struct ledger_checked { int64_t at_ms; uint64_t entries; bool good; };
/* dir: of the ledger. Adds a line; the file is the old one or the new one after a crash. */
enum rc ledger_checked_add(const char *dir, const struct ledger_checked *c, struct problem *p) CHECKED;
/* Oldest first into at, which has room for LEDGER_CHECKED. None yet: RC_OK and 0. A line that cannot be read is passed over. */
enum rc ledger_checked_read(const char *dir, struct ledger_checked *at, size_t *n_r, struct problem *p) CHECKED;
#endif
