/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/special.h: specially sensitive data (SECURITY 7.1, T3: psychiatry, HIV, staff, VIP): whose chart holds any. It says so itself, by a label on a resource, or nobody knows:
 * no diagnosis, unit or medicine is ever taken for one. Kept in the transaction that writes the record. Called by relation.c, the gate (special_is), export*.c. Start at special_says.
 */
#ifndef HYGIE_HOSPITAL_SPECIAL_H
#define HYGIE_HOSPITAL_SPECIAL_H

#include "hospital/hospital.h"

/*
 * Does a resource say that it is? A coding of meta.security or DocumentReference.securityLabel, or Composition.confidentiality: HL7 v3 Confidentiality R or V (data/fhir_r4,
 * value set v3-ConfidentialityClassification), one of ActCode's codes of sensitivity, or a label of the house's own. One probe for each other coding.
 */
enum rc special_says(struct db_conn *c, const struct json *resource, bool *is_r, struct problem *p) CHECKED;
bool special_may_say(struct str body);        /* before parsing: false, it says nothing */
/* Brings what is stored of one resource to `is`, for each of its patients (on the writer). fresh: nothing was stored for it. */
enum rc special_settle(struct db_conn *c, int64_t source, const int64_t *patients, size_t n, bool is, bool fresh, struct problem *p) CHECKED;

bool special_any(struct db_conn *c);          /* of anybody: one probe */
bool special_is(struct db_conn *c, int64_t patient);
/* How many of these, ascending, are. One range read. */
enum rc special_count(struct db_conn *c, const int64_t *at, size_t n, int64_t *n_r, struct problem *p) CHECKED;
#endif
