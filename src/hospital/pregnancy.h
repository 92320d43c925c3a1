/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/pregnancy.h: whether somebody is pregnant or breastfeeds, as it was recorded, for the rules of prescribing. Private to hospital. See pregnancy.c. */
#ifndef HYGIE_HOSPITAL_PREGNANCY_H
#define HYGIE_HOSPITAL_PREGNANCY_H

#include "hospital/show.h"

enum pregnancy_says { PREGNANCY_UNKNOWN /* never asked, or too long ago, or the house has not said how long it holds */, PREGNANCY_NO, PREGNANCY_YES };
enum pregnancy_what { PREGNANCY_PREGNANT, PREGNANCY_BREASTFEEDING, PREGNANCY__END };
struct pregnancy { enum pregnancy_says says, recorded; int64_t at_ms; bool old; }; /* recorded: whatever its age; at_ms: when it was so; old: older than the house lets it hold, where it said */
/* Is somebody of that sex (FHIR code) asked at all? Everybody but whom the record has as male. */
bool pregnancy_is_asked(struct str gender);
/* Both statuses of a patient. One read of the table, one search each. */
enum rc pregnancy_read(struct db_conn *c, struct arena *a, struct str patient, int64_t now_ms, struct pregnancy of_r[PREGNANCY__END], struct problem *p) CHECKED;
#endif
