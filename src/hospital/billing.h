/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/billing.h: what the files of billing share: which establishment a stay belongs to, the stay as coders and billers know it, the hospital's own dated tables, drafts'
 * lines, what a payer owes and the journal. Private to hospital. Start at billing_stay_open, journal_post.
 */
#ifndef HYGIE_HOSPITAL_BILLING_H
#define HYGIE_HOSPITAL_BILLING_H

#include "hospital/show.h"
#include "hospital/tariff.h"

enum payer { PAYER_COMPULSORY = 1, PAYER_COMPLEMENTARY, PAYER_PATIENT };
#define PAYERS 3
enum posting_kind { POSTING_INVOICE = 1, POSTING_PAYMENT, POSTING_CREDIT, POSTING_REFUND };
enum account_no { ACCOUNT_CARE = 10, ACCOUNT_MEANS = 20 /* and the means: 21 cash, 22 card, 23 cheque, 24 transfer */ }; /* 1 to 3: what a payer owes */
#define MEANS 4
#define BILL_LINES 200

int64_t billing_i64(const struct args *a, const char *name);       /* 0 when absent */
/* A typed amount, "12,50", as cents. BAD_INPUT FIELD_NUMBER with the field. Empty: 0, when it may be. */
enum rc billing_amount(const struct args *a, const char *name, bool may_be_empty, int64_t *cents_r, struct problem *p) CHECKED;

/* ---- places ---- */
/* Up from a unit: the Organization typed GEOGRAPHICAL-ENTITY or LEGAL-ENTITY (FR Core v2-3307) that comes first; else the one under the top, or the top. Empty: no such unit. */
enum rc billing_establishment(struct db_conn *c, struct arena *a, struct str unit, struct str *id_r, struct problem *p) CHECKED;
struct billing_place { enum place_kind kind; int64_t grid; };       /* grid 0: nobody said */
enum rc billing_place_get(struct db_conn *c, struct str establishment, struct billing_place *p_r, struct problem *p) CHECKED;

/* ---- the hospital's dated tables ---- */
struct house_price { int64_t no; /* 0: none for this day */ int64_t value; struct str from; };
enum rc house_price_find(struct db_conn *c, struct arena *a, const char *kind, struct str code, struct str day, struct house_price *h_r, struct problem *p) CHECKED;

/* ---- stays ---- */
/* dp, dr, das: of its first passage (pmsi.h), which began in first_unit when that was coded; empty: nobody said. */
struct billing_stay { bool open; struct str stay, establishment, task, state, dp, dr, das, entry, exit, ghm, ghs, first_unit; int64_t patient, version, coded_by, coded_ms; };
enum rc billing_stay_get(struct db_conn *c, struct arena *a, struct str stay, bool *found_r, struct billing_stay *s_r, struct problem *p) CHECKED;
/*
 * On the writer: the stay of this patient, made known to the coders when it was not: a Task asks them, so that their work opens the record as another's word; and opened again when it was settled.
 * NOT_FOUND: no such stay of this patient.
 */
enum rc billing_stay_open(struct act_ctx *x, int64_t patient, struct str stay, struct billing_stay *s_r, struct problem *p) CHECKED;
/* After what may have been the last thing to do for a stay: when nothing is left (to code, to bill, owed), its Task is completed, and what it opened closes two days later. */
enum rc billing_stay_settle(struct act_ctx *x, struct str stay, struct problem *p) CHECKED;
bool billing_in_bed(const struct json *class_);                     /* the class of an Encounter: a stay in a bed, which is grouped */
/* First and last day (Paris; the last empty while it goes on) and the nights between. */
enum rc billing_stay_days(struct db_conn *c, struct arena *a, struct str stay, int64_t now_ms, struct str *from_r, struct str *until_r, int64_t *nights_r, struct problem *p) CHECKED;

/* Marks and names the open row for a work list, where somebody else's fact joins the reader to the patient; else only the id, so that the record can be asked for. */
enum rc billing_who(struct view_ctx *v, struct rows *out, int64_t patient, struct problem *p) CHECKED;

/* ---- coding (coding.c) ---- */
struct pmsi_passages;
struct coding { int64_t nth; struct str unit /* in which the passage began then; empty: nobody said */, dp, dr, das; };
/* Of each passage that has codes, by its number, from 1 on without a gap: the first one's are the stay's own, and are there even when they are empty. */
enum rc codings_of(struct db_conn *c, struct arena *a, struct str stay, const struct billing_stay *s, struct coding **at_r, size_t *n_r, struct problem *p) CHECKED;
/* What a passage waits for: a main diagnosis; or it was coded while movements said that it was of another medical unit. */
enum coding_lack { LACK_NONE, LACK_MAIN, LACK_MOVED };
enum rc coding_lacks(struct db_conn *c, struct arena *a, const struct pmsi_passages *k, const struct coding *code, size_t n, size_t at, enum coding_lack *lack_r, struct problem *p) CHECKED;

/* ---- grouping ---- */
struct grouped { struct str ghm, ghs, said; };                      /* said: what stands beside the group on every screen */
/* What makes a group of patients of a coded stay. One that is official would be another row; there is none. */
struct grouper { const char *name; bool official; enum rc (*group)(const struct tariffs *t, const struct billing_stay *s, const struct args *typed, struct grouped *g_r, struct problem *p); };
extern const struct grouper grouper_by_hand;
/* A file that would leave the house for who pays or counts (those of the PMSI: pmsi.h). write NULL: its layout is in no table of this house, or the official function makes it: the coding page says so. */
struct filing { const char *name, *lacks; enum rc (*write)(struct view_ctx *v, struct str stay, struct buf *out, struct problem *p); };
extern const struct filing filings[];                               /* ended by name NULL */

/* ---- claims and the journal (payment.c) ---- */
struct claim { int64_t invoice, patient, amount, paid, credited, refunded, version, reminders; enum payer payer; struct str establishment, state, reason, since_on; };
int64_t claim_due(const struct claim *k);                           /* under 0: too much was paid */
enum rc claim_get(struct db_conn *c, struct arena *a, int64_t invoice, int64_t payer, bool *found_r, struct claim *k_r, struct problem *p) CHECKED;
enum rc claim_add(struct act_ctx *x, const struct claim *k, struct problem *p) CHECKED;
/* Stores it as it stands now, with the state that follows from the amounts; CONFLICT STALE_VERSION when another was quicker. */
enum rc claim_put(struct act_ctx *x, struct claim *k, struct problem *p) CHECKED;
/* One row of the journal and its two sums of the day. */
enum rc journal_post(struct act_ctx *x, const struct claim *k, enum posting_kind kind, int64_t debit, int64_t credit, int64_t cents, struct problem *p) CHECKED;

/* ---- the count (billing_desk.c) ---- */
#define DIFFERENCES_SHOWN 50
struct journal_found { const char *what; int64_t invoice, payer; };
struct journal_counted { int64_t postings, differences, took_ms; size_t n; struct journal_found found[DIFFERENCES_SHOWN]; };
/* Every figure anew from lines and journal, in the caller's snapshot, and what differs. One pass over each table: a million invoices in 13 s. LIMIT: no memory. */
enum rc journal_recompute(struct db_conn *db, struct journal_counted *done, struct problem *p) CHECKED;
/* On the writer: that it was counted, as the journal's page tells. */
enum rc journal_recounted(struct act_ctx *x, const struct journal_counted *done, struct problem *p) CHECKED;

/* ---- drafts and lines (bill.c) ---- */
struct line { int64_t place, act, grid, quantity, price /* -1: none */, amount /* -1: not priced */, share[PAYERS + 1]; struct str kind, code, detail, done_on, rule, block; };
struct bill { int64_t no, patient, version; bool shared; struct str stay, establishment, state, block; };
/* NOT_FOUND: no draft of this patient under that number. */
enum rc bill_get(struct db_conn *c, struct arena *a, int64_t no, int64_t patient, struct bill *b_r, struct problem *p) CHECKED;
/* Lines of a draft (ST_HOSPITAL_BILL_LINES) or of an invoice (ST_HOSPITAL_INVOICE_LINES). */
enum rc bill_lines_get(struct db_conn *c, struct arena *a, enum stmt which, int64_t no, struct line **at_r, size_t *n_r, struct problem *p) CHECKED;
/* Its lines, when nothing stands against posting it; CONFLICT BILL_BLOCKED. */
enum rc bill_is_free(struct act_ctx *x, const struct bill *b, struct line **at_r, size_t *n_r, struct problem *p) CHECKED;
/* The next state of that version; CONFLICT BILL_STATE when another was quicker. */
enum rc bill_step(struct act_ctx *x, const struct bill *b, const char *state, struct str block, bool shared, struct problem *p) CHECKED;
void bill_told(struct rows *out, const struct bill *b, int64_t invoice);
/* Sets "lines" and "total", as the view "bill" says. */
void bill_line_rows(struct rows *out, int64_t patient, const struct line *at, size_t n);
/* What a draft waits for may have changed: the stay's open one is judged anew. Nothing when it has none. */
enum rc bill_recheck(struct act_ctx *x, struct str stay, struct problem *p) CHECKED;

/* ---- invoices (invoice.c) ---- */
struct invoice { int64_t no, bill, credits, patient, year, number, n_lines, amount, posted_by, posted_ms; struct str stay, establishment, day; };
enum rc invoice_get(struct db_conn *c, struct arena *a, int64_t no, bool *found_r, struct invoice *i_r, struct problem *p) CHECKED;
/* The next number of its establishment and year is taken, and the row stored: no, year, number and day are set. */
enum rc invoice_add(struct act_ctx *x, struct invoice *i, struct problem *p) CHECKED;

#endif
