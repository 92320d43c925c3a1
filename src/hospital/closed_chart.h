/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/closed_chart.h: charts of establishments that are closed: of people whose stays are all there, and who are expected nowhere. No care link opens them, not even "I wrote":
 * what is left is an emergency, which is reviewed, or a ticket by two people (docs/decisions/0040). Private to hospital; what the gate asks (closed_chart_is) is in hospital.h. Start at closed_chart_take.
 */
#ifndef HYGIE_HOSPITAL_CLOSED_CHART_H
#define HYGIE_HOSPITAL_CLOSED_CHART_H

#include "hospital/show.h"

/* One probe once any establishment was closed since the base was opened, nothing before. What cannot be read is held to be closed. */
bool closed_chart_hides(struct db_conn *c, int64_t patient);
/* At opening: is there any? */
void closed_chart_open(struct db_conn *c);
/* On the writer, once the units are closed: all whose stays are in closed units only. Cost: each stay of the units is read once, then those of each person found. */
enum rc closed_chart_take(struct act_ctx *x, struct str site, const struct str *units, size_t n, struct problem *p) CHECKED;
/* On the writer: the establishment opens again. */
enum rc closed_chart_give(struct act_ctx *x, struct str site, struct problem *p) CHECKED;
/* By the record's watch: a stay elsewhere, or an appointment, brings the chart back. */
enum rc closed_chart_follow(struct db_conn *c, const struct record_change *ch, struct problem *p) CHECKED;
/* On the writer, before a patient is erased. */
enum rc closed_chart_forget(struct db_conn *c, int64_t patient, struct problem *p) CHECKED;
#endif
