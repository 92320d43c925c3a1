/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/keep.h: what a form said when its session turned out to be locked or over (ask_keep): sealed with the house's key for the one account whose session it was, carried by the page,
 * opened when that account comes in again. Nothing is stored here, nothing of it is in the ledger, and a text that does not open is passed over in silence: whoever else sits down learns
 * nothing from it. Called by decide.c (keep_seal) and enter.c (keep_open). docs/decisions/0046.
 */
#ifndef HYGIE_GATE_KEEP_H
#define HYGIE_GATE_KEEP_H

#include "gate/decide.h"

/* After a call was refused: set "kept" into the refusal where there is something to keep and somebody to keep it for. */
void keep_seal(struct look *l);
/* After this account came in: set "kept" into its answer where the text belongs to it and is younger than twelve hours. */
void keep_open(struct release *r, uint32_t account, struct str kept, int64_t now_ms);
#endif
