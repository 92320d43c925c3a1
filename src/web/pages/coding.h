/* SPDX-License-Identifier: Apache-2.0 */
/* pages/coding.h: stays to be coded, and the codes of one. */
#ifndef HYGIE_PAGES_CODING_H
#define HYGIE_PAGES_CODING_H

#include "pages/billing.h"

const char *coding_file_name(struct str file);        /* msgid: of a file of the PMSI */
struct str coding_month_said(const struct req *rq, struct str month);   /* "2026-11" → "11/2026" */
extern const struct page pages_coding[], pages_coding_files[];
#endif
