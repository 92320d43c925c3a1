/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/around.h: the people around a patient, as the record of that patient names them (around.c). Private to hospital. */
#ifndef HYGIE_HOSPITAL_AROUND_H
#define HYGIE_HOSPITAL_AROUND_H

#include "hospital/show.h"

/* Name and phone of the trusted person who stands now, of this record or of one that is joined to it; both empty: none. In a. One more read for each joined record. */
enum rc around_trusted(struct db_conn *c, struct arena *a, const struct item *patient, int64_t now_ms, struct str *name_r, struct str *phone_r, struct problem *p) CHECKED;
#endif
