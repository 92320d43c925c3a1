/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/condition.h: the condition of a conditional write (If-None-Exist, PUT, PATCH and DELETE by a search): which resources meet it, as far as the one who
 * acts may know. That something matches reveals it: so it is scoped like a search by the same one. On the writer, in the transaction itself.
 * Called by act_fhir.c, and by bundles through it. Start at condition_match.
 */
#ifndef HYGIE_GATE_CONDITION_H
#define HYGIE_GATE_CONDITION_H

#include "hospital/hospital.h"

/* A person, or a machine held to its cohort: sees only patients that a live fact joins to it. */
bool condition_is_held(const struct actor *who);
/* Is the patient open to who acts: a fact, a chart begun, a live grant. True for all others than held ones. */
bool condition_open(struct act_ctx *x, int64_t patient);
/*
 * Ids of live resources that meet the query, at most most + 1 of them (then there are too many). RC_BAD_INPUT: NO_CONDITION, or what a search would say;
 * RC_DENIED as a search would (a parameter of an unseen element, patients looked for by a person).
 */
enum rc condition_match(struct act_ctx *x, uint16_t type, struct str query, unsigned most, struct str **ids_r, unsigned *n_r, struct problem *p) CHECKED;
/* What a search by a held one may find: the patient that it names when he is open, else all that facts and own charts join. RC_DENIED: patients looked for by a person. */
enum rc condition_scope(struct act_ctx *x, const struct plan *plan, struct record_scope *scope, struct problem *p) CHECKED;
#endif
