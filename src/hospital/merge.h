/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/merge.h: two records of one person read as one (merge.c). Nothing of either moves: each is read with what lies in the others (show.c), facts that join
 * anybody to one join him to all (relation.c), and the gate opens them for one reason, each counted. Private to hospital; what the gate needs is in hospital.h. Start at merge_kept.
 */
#ifndef HYGIE_HOSPITAL_MERGE_H
#define HYGIE_HOSPITAL_MERGE_H

#include "hospital/show.h"

bool merge_is_kept(struct db_conn *c, int64_t patient);                      /* others are joined to it */
/* Did this account ask for the joining of either to the record that is kept, or do it? 0: nobody's. Two probes. */
bool merge_is_by(struct db_conn *c, int64_t one, int64_t other, uint32_t account);
/* "id" or "id,id…": what a search of the chart asks for, whichever of the records is opened. In a. Costs two probes, none before the first merge of the house. */
struct str merge_ids(struct db_conn *c, struct arena *a, struct str id);
/* Columns of a head or a line: merged_into (id of the kept record), merged (how many are joined to this one). */
void merge_cols(struct db_conn *c, struct rows *out, int64_t patient);
/* Is there any? Looked up once, when the base opens: most houses of a first day have none, and reads should not pay for them. */
void merge_open(struct db_conn *c);

/* ---- who looks after identities (identity_cell.c) ---- */
bool cell_has(struct db_conn *c, uint32_t account);
int64_t cell_number(const struct args *a, const char *name, int64_t otherwise);
/* One person as a masked line with the mark of its row; nothing when not known any more. */
enum rc cell_line(struct view_ctx *v, struct rows *out, int64_t patient, struct problem *p) CHECKED;

/* ---- records that are closed (record_seal.c) ---- */
bool record_seal_hides(struct db_conn *c, int64_t patient);                 /* sealed: no fact opens it */
enum rc record_seal_refuses(struct db_conn *c, const struct record_row *whose, struct arena *a, struct problem *p) CHECKED; /* DENIED RECORD_CLOSED: it is not written */
void record_seal_cols(struct db_conn *c, struct rows *out, int64_t patient); /* closed: archived, sealed */
void record_seal_open(struct db_conn *c);
#endif
