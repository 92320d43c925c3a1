/* SPDX-License-Identifier: Apache-2.0 */
/* pages/letter.h: letters of a patient, their templates, and the documents of a chart. */
#ifndef HYGIE_PAGES_LETTER_H
#define HYGIE_PAGES_LETTER_H

#include "pages/screen.h"

extern const struct page pages_letter[], pages_letter_template[], pages_document[];
extern const struct choice letter_page_kinds[];       /* discharge, consultation, free */
const char *letter_kind_label(struct str code);       /* msgid */
struct str letter_field_label(const struct kit *k, struct str name);   /* translated; the name itself when it is none of the list */
/*
 * What two people wrote over one draft, side by side: title, recipients and each line of the text that one of them has alone, in order, with the lines around; what both have is left away. typed: the
 * form that was sent; saved: the row of "letter". Pure; n·m steps over the lines that differ, at most LETTER_COMPARE_LINES each, else the texts as they are.
 */
#define LETTER_COMPARE_LINES 700
void letter_draw_compare(struct screen *sc, const struct form *typed, struct row saved);
#endif
