/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/banner.h: the patient banner (UX §2.1 PAB rules, §7): FAMILY, given · born (age) · sex · INS or status · identity · allergies · bed · weight.
 * Full width, sticky, never on a screen of several patients. The INS shows only with a qualified identity. What is not known is said in words. Pure.
 */
#ifndef HYGIE_KIT_BANNER_H
#define HYGIE_KIT_BANNER_H

#include "kit/status.h"
#include "kit/when.h"

struct banner {
	struct str href;                      /* the chart */
	struct str name;                      /* "DURAND, Marie": used name, family upper case */
	struct str birth_name;                /* when it differs from the used one */
	struct str born, sex;                 /* FHIR */
	struct str status;                    /* PROV RECUP VALI QUAL */
	struct identity_marks marks;
	struct str ins;                       /* shown only with QUAL, whatever is given */
	bool clinical;                        /* false: no allergies, no weight (PAB-0008) */
	enum allergies allergies; struct str allergy_names;
	struct str unit, bed;                 /* present stay */
	struct str weight, weight_unit, weight_at;
	bool deceased; struct str died;       /* date or empty */
};
void banner_draw(struct kit *k, const struct banner *b);
/* "2 57 02 75 115 042 61": an INS number in its groups; other lengths in groups of four. */
struct words banner_ins(struct str ins);
#endif
