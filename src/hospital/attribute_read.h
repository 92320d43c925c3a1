/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/attribute_read.h: a sample of unknown origin into rows: CSV with a heading, JSON (an array, a Bundle, a resource), NDJSON, or any text in which ids stand.
 * What cannot be read is passed over: it may be destroyed, or be somebody else's. Pure; fed with hostile bytes. Called by gate/attribute.c.
 */
#ifndef HYGIE_HOSPITAL_ATTRIBUTE_READ_H
#define HYGIE_HOSPITAL_ATTRIBUTE_READ_H

#include "hospital/attribute.h"

#define ATTRIBUTE_ROWS 1000000u
enum attribute_form { ATTRIBUTE_TEXT, ATTRIBUTE_CSV, ATTRIBUTE_JSON };
/* Rows with an id, a number (IPP), or a name and a birth date; in the arena. RC_LIMIT: over ATTRIBUTE_ROWS. */
enum rc attribute_read(struct str text, struct arena *a, struct attribute_row **rows_r, size_t *n_r, enum attribute_form *form_r, struct problem *p) CHECKED;
#endif
