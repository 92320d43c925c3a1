/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/act.h: acts: declared input checked, patient decided, prepared on the deciding thread, intent appended and charged, run by the one writer once the
 * intent is durable, outcome appended, reads after it. Called by decide.c (start), pool.c (slow ones), local.c (what a crash left open). Start at act_start.
 */
#ifndef HYGIE_GATE_ACT_H
#define HYGIE_GATE_ACT_H

#include "gate/decide.h"

enum act_step { ACT_TAKEN, ACT_ANSWERED, ACT_READS /* findings: the reads go on, release.act_rc says why */ };
enum act_step act_start(struct look *l, const struct ask *k);
#define ACT_PATIENTS 2000 /* whom one act's answer may name */
/* On the writer: this act is committed with these patients in its answer. In a: bytes for the statement. */
enum rc act_note(struct db_conn *c, struct arena *a, uint64_t intent, const struct ledger_patient *list, uint32_t n, struct problem *p) CHECKED;
/* Closes at start the intents that have no outcome: done when their number is in act_done, else not done. */
enum rc act_close_open(struct gate *g, struct problem *p) CHECKED;
enum rc act_prune(struct gate *g) CHECKED;

/* An act's row wherever it comes from: hospital's table or the gate's own. */
extern const struct act act_own[];   /* break_glass, fhir_create …: ended by name NULL (act_fhir.c, enter.c) */
const struct act *act_row(struct str name);
bool act_is_slow(const struct act *act);   /* a password to hash, an import to parse: goes to the pool */

/* What act functions of the gate's own find around the context that is handed to them. canary: they touched one without naming it in their answer. */
struct act_inside { struct act_ctx x; /* first */ const struct gate *g; bool canary; };
static inline struct act_inside *act_inside(struct act_ctx *x) { return (struct act_inside *)(void *)x; }
#endif
