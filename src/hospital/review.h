/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/review.h: what the lists of who looked at whom share: a line of the access index, a patient as a masked line, flags of one. Private to hospital. */
#ifndef HYGIE_HOSPITAL_REVIEW_H
#define HYGIE_HOSPITAL_REVIEW_H

#include "hospital/account.h"
#include "hospital/traits.h"

#define ACCESS_ALARM 13 /* the ledger's number of the kind: stored, never renumbered */

/* other: the account or the patient, as the statement has it. */
struct access_line { int64_t number, at_ms, other; int role, kind, surface, explain, rc; int64_t unit, route; };
struct access_line access_line(struct db_stmt *s);
/* Columns number, at, role, unit_name, kind, surface, what, explained, refused. */
void access_cols(struct view_ctx *v, struct rows *out, struct names *names, const struct access_line *l);
struct str access_word(struct db_conn *c, struct arena *a, int64_t no);   /* a word of the access index: a unit's id, a route; empty when there is none */
/* Newest first, numbers below before; which: a statement by patient or by account. */
enum rc access_lines(struct view_ctx *v, enum stmt which, int64_t key, int64_t before, struct access_line *at, unsigned max, unsigned *n_r, struct problem *p) CHECKED;

/* The masked line of a patient, without the id: a reviewer has nothing to open. Of a deleted one nothing is left to say. */
enum rc review_masked(struct view_ctx *v, struct rows *out, int64_t patient, struct traits *t, bool *found_r, struct problem *p) CHECKED;
bool review_same_surname(struct arena *a, struct str person, const struct traits *t);
/* Nothing was done for this patient from the hour before the access on. */
enum rc review_no_later_care(struct view_ctx *v, struct str patient_id, int64_t at_ms, bool *none_r, struct problem *p) CHECKED;

const char *access_explained(int explain); /* the word of a number of enum explain */
enum rc special_opened(struct db_conn *c, const struct access_row *row, int64_t unit, struct problem *p) CHECKED; /* on the writer, with the line of the index (special_review.c) */
enum rc stop_put(struct db_conn *c, int64_t number, struct problem *p) CHECKED; /* an account was stopped: on the writer, with the line of the index */
enum rc tell_add(struct db_conn *c, int64_t patient, int64_t stop, uint32_t made_by, int64_t at_ms, struct problem *p) CHECKED; /* to be told; twice the same changes nothing (tell.c) */
/* Set "proofs" of a reviewer's page (stop.c): at, by, by_name, reason, unit_name, text; newest first. */
enum rc stop_proofs(struct view_ctx *v, struct rows *out, unsigned max, struct problem *p) CHECKED;
#endif
