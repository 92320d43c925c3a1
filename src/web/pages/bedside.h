/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/bedside.h: what the screens of the bedside share: a form's key, which makes a request that comes twice one; what a form sends to its act; day and time. Private to web/pages.
 * Start at bedside_ask.
 */
#ifndef HYGIE_PAGES_BEDSIDE_H
#define HYGIE_PAGES_BEDSIDE_H

#include "pages/chart.h"

#define BEDSIDE_FAULTS 24
extern const struct page pages_bedside[];
#define BEDSIDE_ONCE { "once", N_("Form"), FIELD_TOKEN, .min = 4, .max = 40, .required = true }
#define BEDSIDE_WRISTBAND { "wristband", N_("Scan of the wristband"), FIELD_TEXT, .max = 100 }
#define BEDSIDE_WHEN { "day", N_("Day"), FIELD_DATE }, { "time", N_("Time"), FIELD_TEXT, .max = 8 }

/* for bedside_each (cell, rel, "cells") … : as release_each, under a name of its own, for loops that lie in one another. */
#define bedside_each(name, rel, set) (struct row name = release_set((rel), (set)); row_is(name); name = rows_next(name))

/* The act with the patient of the path and every value of the form, in its order; nothing when the form has problems. */
void bedside_ask(const struct req *rq, struct asks *a, const char *act);
/* Opens the form and its summary; the key: made now, or the one that came, while the form is corrected. */
void bedside_open(struct kit *k, const struct sheet *s);
/* The wristband first: another patient's is refused before anything is written. */
void bedside_wristband(struct kit *k, const struct sheet *s);
/* A list takes a scanned wristband, also while no field has the focus, and opens that patient. Nothing where the reader may not find patients. */
void bedside_scan(struct screen *sc);
/* Day and time on one line; empty: now. */
void bedside_when(struct kit *k, const struct sheet *s);
/* A sheet of this form: what was typed and what was found, when it is the one that was sent (by the end of its path). */
struct sheet bedside_sheet(const struct req *rq, const struct release *rel, const char *tail, const char *id, const struct field *fields, struct fault faults[BEDSIDE_FAULTS]);
/* A word that was a slip: unfolds to a button that strikes it out, by an act that takes id and version (of the row) and the flag; nothing where the row names no entry. */
#define BEDSIDE_SLIP { "id", N_("Entry"), FIELD_ID, .required = true }, { "version", N_("Version"), FIELD_INT, .min = 1, .max = UINT32_MAX, .required = true }
void bedside_slip(struct screen *sc, struct row row, const char *tail, const char *flag);
/* "1 h 20", "45 min" */
struct words bedside_minutes(const struct kit *k, int64_t minutes);
/* What a state is said by: a shape and words of its own. kind, symbol as status_chip. */
void bedside_chip(struct kit *k, const char *kind, const char *symbol, struct str text);
#endif
