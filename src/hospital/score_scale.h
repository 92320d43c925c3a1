/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/score_scale.h: whether a prescriber ordered the second scale of a score for a patient. The order is a ServiceRequest: active until a prescriber ends it, or the care
 * order is stopped. Nothing switches it by itself. Private to hospital. See score_scale.c.
 */
#ifndef HYGIE_HOSPITAL_SCORE_SCALE_H
#define HYGIE_HOSPITAL_SCORE_SCALE_H

#include "hospital/show.h"

#define SCORE_SCALE_ORDER "urn:hygie:care:order" /* system of its code: of no stay, so that none ends it */

struct score_scale { bool ordered; struct str id; uint32_t version; int64_t at_ms; struct str by_name; };
/* One search. patient: FHIR id. Texts live in the arena. */
enum rc score_scale_of(struct db_conn *c, struct arena *a, struct str patient, struct score_scale *r, struct problem *p) CHECKED;
#endif
