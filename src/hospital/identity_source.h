/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/identity_source.h: what an identity's status stands on: sources, each with the traits it proved. Private to hospital. Start at identity_settle. */
#ifndef HYGIE_HOSPITAL_IDENTITY_SOURCE_H
#define HYGIE_HOSPITAL_IDENTITY_SOURCE_H

#include "hospital/identity_status.h"

/* traits: the five strict ones, and ins of an INSi source. */
struct source { int64_t no, patient; struct str method, proof, seen_on; struct traits traits; uint32_t made_by, ended_by; int64_t made_ms, ended_ms; };
/* On the writer. The same proof of the same day by the same account, for the same traits, is kept once. */
enum rc identity_source_put(struct act_ctx *x, const struct source *s, struct problem *p) CHECKED;
/*
 * Sets status, document, INS of `now` from the sources that stand and prove the traits that `now` has. Where no source of a kind was ever recorded here, what `was`
 * says (of an import, another system) goes on counting, as long as no strict trait changes. One range read.
 */
enum rc identity_settle(struct db_conn *c, struct arena *a, const struct traits *was, struct traits *now, struct problem *p) CHECKED;

enum task_kind { TASK_COLLISION, TASK_INSI };
extern const char *const task_codes[];
struct identity_task { int64_t no, patient; struct str kind, detail, text; uint32_t made_by; int64_t made_ms; };
struct identity_task identity_task_row(struct db_stmt *s, struct db_conn *c, struct arena *a);
#endif
