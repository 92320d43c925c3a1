/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/act_fhir.h: the gate's own acts: writes by FHIR (create, update, delete, bundle, import) and break_glass. Rows like hospital's. Called by act.c.
 * A person's FHIR write needs an explanation for the patient before and after it, like a read. Start at act_own in act_fhir.c.
 */
#ifndef HYGIE_GATE_ACT_FHIR_H
#define HYGIE_GATE_ACT_FHIR_H

#include "gate/act.h"

bool act_fhir_is(const struct act *act);       /* takes its bytes as they are, and decides each write by itself */
bool act_fhir_is_slow(const struct act *act);
enum rc act_fhir_args(const struct act *act, const struct args *args, struct problem *p) CHECKED; /* declared, none twice */
enum rc act_shared(struct db_conn *c, int64_t patient, uint32_t account, struct problem *p) CHECKED; /* another identity added to a chart */
enum rc act_shared_each(struct act_ctx *x, const struct record_done *d, struct problem *p) CHECKED;     /* the same for each patient of what was written */

/* Was a bundle of this digest imported before? If not, notes it: with the same transaction as what it holds. */
enum rc import_once(struct act_ctx *x, const unsigned char digest[32], bool *was_r, struct problem *p) CHECKED;
enum rc import_note(struct act_ctx *x, const unsigned char digest[32], struct problem *p) CHECKED; /* of one that was not there */

/* import.c */
enum rc import_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p) CHECKED;
enum rc import_run(struct act_ctx *x, struct rows *out, struct problem *p) CHECKED;
#endif
