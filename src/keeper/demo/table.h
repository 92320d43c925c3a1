/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/table.h: the shipped TSV tables as the generator wants them: columns of text, and weighted draws. Read once, kept for the run.
 */
#ifndef HYGIE_KEEPER_DEMO_TABLE_H
#define HYGIE_KEEPER_DEMO_TABLE_H

#include "base/random.h"
#include "base/str.h"

struct table { char *bytes; size_t n_bytes; struct str *cell; unsigned columns; size_t rows; };
/* First line names the columns. BROKEN when the file is absent or a row is short. */
enum rc table_read(const char *dir, const char *file, struct table *t_r, struct problem *p) CHECKED;
void table_done(struct table *t);
struct str table_cell(const struct table *t, size_t row, unsigned column);
int table_column(const struct table *t, const char *name);           /* MUST exist */
double table_number(const struct table *t, size_t row, unsigned column); /* 0 when empty */

/* "MARIE-FRANÇOISE" to "Marie-Françoise", in place. */
void table_title_case(struct table *t, unsigned column);

/* A weighted choice among items: cumulative sums, binary search. */
struct draw { uint32_t *item; double *upto; size_t n; };
void draw_add(struct draw *d, uint32_t item, double weight);         /* MUST have memory: a generator, not a server */
uint32_t draw_pick(const struct draw *d, struct stream *s);
void draw_done(struct draw *d);
#endif
