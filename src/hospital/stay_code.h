/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stay_code.h: what a stay is coded by: modes of entry and exit, where from and where to (the PMSI's own table, data/nomenclatures), and the scale of triage
 * that the establishment brings. Where a table is absent or empty, nothing is checked and the page says so. Private to hospital; the gate says where the folder is.
 */
#ifndef HYGIE_HOSPITAL_STAY_CODE_H
#define HYGIE_HOSPITAL_STAY_CODE_H

#include "hospital/hospital.h"

/* Where the nomenclatures are; before the first use. NULL or empty: there are none. */
void stay_code_folder(const char *folder);
bool stay_code_known(void);                                        /* the table is there */
struct str stay_code_label(const char *type, struct str code);     /* type: me, prov, ms, dest; empty: no such code */
void stay_code_rows(struct rows *out);                             /* set "modes": type, code, label */

struct triage { struct str scale, code, label; };
/* The level of that number (triage_level.no, as a form sends it), valid at the instant; found_r false: none. */
enum rc triage_find(struct db_conn *c, struct arena *a, struct str no, int64_t now_ms, bool *found_r, struct triage *t_r, struct problem *p) CHECKED;
/* Set "triage": no, scale, code, label, source, from_at, until_at (absent: no end): those that hold now. */
enum rc triage_rows(struct db_conn *c, struct rows *out, int64_t now_ms, struct problem *p) CHECKED;
#endif
