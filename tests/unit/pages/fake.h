/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake.h: a gate and a front that only remember: asks become lines of text, a release is made of rows that the test writes.
 * Linked in place of the real ones, so that pages are tested by what they ask and what they draw.
 */
#ifndef HYGIE_TEST_FAKE_H
#define HYGIE_TEST_FAKE_H

#include "front/front.h"
#include "pages/pages.h"

#define FAKE_NOW INT64_C(1795353127000)         /* 22 November 2026, 14:12:07 in Paris */

void fake_begin(enum role role);                /* forgets all; a live session of this role */
uint32_t fake_rights(void);                     /* of that role */
void fake_act_rc(enum rc rc, enum why why, const char *where);
void fake_refuse(enum rc rc, enum why why);
void fake_explained(const char *why, int64_t until_ms);
void fake_row(const char *set);                 /* a row of a set; the same set again: the next row */
void fake_col(const char *name, struct str value);
void fake_col_z(const char *name, const char *value);
void fake_col_i(const char *name, int64_t value);
/* A whole plausible chart, lists and reviews: every set that any page reads. text is put into every free text column when it is not empty. */
void fake_fill(struct str text);

extern struct req fake_rq;                      /* the last request made */
extern struct reply fake_out;
/* Draws a page by method and template, with form fields given as pairs. Path parameter :patient is "p-1". */
struct str fake_show(enum http_method method, const char *path, const struct pair *pairs, size_t n);
struct str fake_ask(enum http_method method, const char *path, const struct pair *pairs, size_t n);    /* "act x(a=1) view y(b=2) " */
struct str fake_fail(enum http_method method, const char *path, const struct pair *pairs, size_t n, enum rc rc, enum why why, const char *where);
const struct page *fake_page(enum http_method method, const char *path);
bool fake_holds(const char *z);                 /* the last page drawn */
struct str fake_location(void);
void fake_lang(enum lang lang);
void fake_fragment(bool on);
void fake_demo(bool on);
size_t fake_pages(const struct page *const **all_r);
#endif
