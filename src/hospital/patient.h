/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/patient.h: reading and changing a Patient in an act, shared by the acts on identities. Private to hospital. */
#ifndef HYGIE_HOSPITAL_PATIENT_H
#define HYGIE_HOSPITAL_PATIENT_H

#include "hospital/traits.h"

/* The argument "patient". NOT_FOUND; CONFLICT MERGED: it was joined to another, which is the one to change. */
enum rc patient_read(struct act_ctx *x, struct item *it, struct traits *t, struct problem *p) CHECKED;
/* The changed Patient, or the same one untouched when nothing changed. PRECONDITION: the argument "version" is not the present one. */
enum rc patient_write_over(struct act_ctx *x, const struct item *it, const struct traits *was, const struct traits *now, struct record_done *d_r, struct problem *p) CHECKED;
/* Set "patient": id, version, status. */
void patient_result(struct rows *out, const struct record_done *d, const struct traits *t, enum tier tier);
struct record_if patient_version(const struct args *a);
#endif
