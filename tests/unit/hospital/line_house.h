/* SPDX-License-Identifier: Apache-2.0 */
/* The pharmacy of stock_house.h with people in beds and lines of medicine for them, for tests of what is dispensed and given. */
#ifndef HYGIE_TEST_LINE_HOUSE_H
#define HYGIE_TEST_LINE_HOUSE_H

#include "stock_house.h"

#include "hospital/compose.h"
#include "hospital/posology.h"

static inline struct decimal dec(int64_t v, int exponent) { return (struct decimal){ .coefficient = (unsigned __int128)v, .exponent = exponent }; }

static inline struct posology every(const char *unit, struct decimal dose, int32_t minutes)
{
	struct posology q = { .unit = unit, .start_ms = NOON - 2 * DAY, .n_steps = 1 };
	q.step[0] = (struct posology_step){ .kind = POSOLOGY_EVERY, .dose = dose, .every_min = minutes };
	return q;
}

static inline void order(const char *who, const char *id, struct posology q, const char *cis)
{
	struct buf body;
	struct jw w;
	buf_init(&body, 65536);
	done(posology_check(&q, &H.p));
	compose_begin(&w, &body, "MedicationRequest", str_of(id), NULL);
	jw_member(&w, "status", STR("active"));
	jw_member(&w, "intent", STR("order"));
	compose_concept(&w, "medicationCodeableConcept", "https://base-donnees-publique.medicaments.gouv.fr", str_of(cis), STR_NONE, STR("essai"));
	compose_ref(&w, "subject", "Patient", str_of(who), STR_NONE);
	compose_instant(&w, "authoredOn", q.start_ms);
	jw_key(&w, "dosageInstruction");
	posology_write(&w, &q);
	jw_end(&w, '}');
	buf_ch(&body, '\0');
	put(body.p);
	buf_done(&body);
}

static inline void someone(const char *who, const char *family, const char *bed)
{
	char stay[40];
	snprintf(stay, sizeof stay, "e-%s", who);
	patient(who, family, "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter(stay, who, "u1", bed, "in-progress", "2026-11-10T08:00:00+01:00", NULL);
}

#endif
