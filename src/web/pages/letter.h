/* SPDX-License-Identifier: Apache-2.0 */
/* pages/letter.h: letters of a patient, their templates, and the documents of a chart. */
#ifndef HYGIE_PAGES_LETTER_H
#define HYGIE_PAGES_LETTER_H

#include "pages/screen.h"

extern const struct page pages_letter[], pages_letter_template[], pages_document[];
extern const struct choice letter_page_kinds[];       /* discharge, consultation, free */
const char *letter_kind_label(struct str code);       /* msgid */
struct str letter_field_label(const struct kit *k, struct str name);   /* translated; the name itself when it is none of the list */
#endif
