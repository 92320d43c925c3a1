/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/fetch.h: FHIR asks: read, vread, history, search, plan. What may be seen of a type is the role's; which rows, the person's explained set.
 * Writes rows with their patients' marks into the release under construction; decide.c prices them. Called by decide.c. Start at fetch_run.
 */
#ifndef HYGIE_GATE_FETCH_H
#define HYGIE_GATE_FETCH_H

#include "gate/decide.h"

enum rc fetch_may(struct look *l, const struct ask *k, struct problem *p) CHECKED;  /* before anything runs */
enum rc fetch_run(struct look *l, const struct ask *k, struct rows *out, struct problem *p) CHECKED;
/* The patient that a query names, as an id; empty when it names none or several. */
struct str fetch_named_patient(const struct plan *plan);
/* BARRIER: a filter reveals too: parameters of elements that the role does not see are refused, and chains into types that it does not see whole. */
enum rc fetch_filters(enum role role, struct plan *plan, struct problem *p) CHECKED; /* of several types that a chain may lead to, the unseen are taken out */
/* What a role sees of what a search brings along (record_include): the types, and the references by which it comes. */
struct fetch_sight { struct record_sight sight; enum role role; };
struct fetch_sight fetch_sight_of(enum role role);
#endif
