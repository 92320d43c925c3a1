/* SPDX-License-Identifier: Apache-2.0 */
/* pages/prescription.h: the prescriptions of a chart, the basket and its signature, the pharmacist's pages; and what they draw alike. */
#ifndef HYGIE_PAGES_PRESCRIPTION_H
#define HYGIE_PAGES_PRESCRIPTION_H

#include "pages/chart.h"

/* Substance in bold, then the name as authorised, never cut; then DOSE and the posology. */
void order_draw_line(struct screen *sc, struct row row);
/* Whether it is for home, and of the long illness. */
void order_draw_home(struct screen *sc, struct row row);
/* What a pharmacist said of a line, and whether it is of this version; nothing said: so. */
void order_draw_opinion(struct screen *sc, struct row row);
/* Sets "alerts" and "unrun": what could not be checked first, then alerts, strongest first, each with its source and its day. Of what stands; of the basket. */
void order_draw_checks(struct screen *sc);
void order_draw_fresh(struct screen *sc);
void order_draw_standing(struct screen *sc);         /* the alerts alone */
const char *order_rule_label(struct str rule);
const char *order_reason_label(struct str code);      /* why a prescriber went on against an alert */

extern const struct page pages_prescription[], pages_prescribe[], pages_pharmacy[], pages_discharge[];
#endif
