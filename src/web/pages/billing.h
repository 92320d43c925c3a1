/* SPDX-License-Identifier: Apache-2.0 */
/* pages/billing.h: the billing desk, its tables, cash desk and journal; and what the pages of drafts, invoices and coding share. */
#ifndef HYGIE_PAGES_BILLING_H
#define HYGIE_PAGES_BILLING_H

#include "pages/screen.h"

struct words billing_money(const struct kit *k, int64_t cents);      /* 1 234,56 € */
struct words billing_typed(const struct kit *k, int64_t cents);      /* 1234,56: as it is typed into a field */
struct words billing_price(const struct kit *k, int64_t milli);      /* 12,345 €: thousandths, with as many places as it has */
const char *billing_why(struct str block);                           /* msgid: why a draft or a line stands still */
const char *billing_payer(struct str code);                          /* msgid */
const char *billing_means(struct str code);                          /* msgid */
void billing_cell_money(struct kit *k, struct row row, const char *name);   /* « Non renseigné » when absent */
void billing_cell_person(struct kit *k, struct row row);             /* a name where the release has one, else that a reason is asked for */
void billing_cell_open(struct kit *k, struct str to);                /* what a line does first: « Ouvrir » */
/* "/patient/ID/tail?no=N". */
struct str billing_path(const struct req *rq, struct str patient, const char *tail, struct str no);
/* The view "head" of who bills: identity, nothing clinical. After it the page's own asks. */
void billing_begin(struct screen *sc, const struct req *rq, const struct release *rel, struct reply *out, const char *title);
/* Asks for the act with what its form declares; nothing when the form is bad. patient: the path's goes along. */
void billing_ask_act(const struct req *rq, struct asks *a, const char *act, bool patient);
struct fault;
/* A form of this page: what was typed and found only when it is the one that was sent. */
struct sheet billing_sheet(struct screen *sc, struct str action, const char *id, const struct field *fields, struct fault *faults, size_t max);
/* What was written on paper of this invoice's patient's part: the set "letters" of the view "reminders_of"; nothing when there is none. */
void reminder_draw_of(struct screen *sc);
extern const struct page pages_billing[], pages_reminder[];
#endif
