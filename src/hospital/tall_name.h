/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/tall_name.h: names of medicines with tall letters, as the pharmacist's table has them (shipped empty): in what is shown, a word that the table knows is written as there.
 * What is stored, searched and sent stays as published. Called by the gate, which runs each view through view_run, and by whoever shows a medicine. Start at col_medicine.
 */
#ifndef HYGIE_HOSPITAL_TALL_NAME_H
#define HYGIE_HOSPITAL_TALL_NAME_H

#include "hospital/show.h"

/* Runs a view whose names of medicines are written with tall letters. The table is read at the first name, once a view: one statement. */
enum rc view_run(const struct view *view, struct view_ctx *v, struct rows *out, struct problem *p) CHECKED;
/* As col: a name or the substances of a medicine; nothing when empty. Outside of view_run it is written as it is. */
void col_medicine(struct rows *out, const char *name, struct str text);
void col_medicine_display(struct rows *out, const char *name, const struct json *concept); /* the same of a FHIR value, as col_display */
#endif
