/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/reference.h: tables of others that the house reads and never writes (data/README.md: medicines, places, names, codes): tab-separated UTF-8, the first line
 * names the columns, cells point into the file's bytes. Called by drug.c and by the demonstration. Start at reference_read.
 */
#ifndef HYGIE_HOSPITAL_REFERENCE_H
#define HYGIE_HOSPITAL_REFERENCE_H

#include "base/str.h"

struct reference { char *bytes; size_t n_bytes; struct str *cell; unsigned columns; size_t rows; /* the heading is row 0 */ };
/* BROKEN NO_DATA when the file is absent, or a row is shorter than the first. One pass over the file; free with reference_done. */
enum rc reference_read(const char *dir, const char *file, struct reference *t_r, struct problem *p) CHECKED;
void reference_done(struct reference *t);
void reference_fold(struct reference *t);                                    /* the cells go, the bytes stay for what points into them */
struct str reference_cell(const struct reference *t, size_t row, unsigned column);
int reference_column(const struct reference *t, const char *name);           /* MUST exist: of tables that come with the program */
int reference_find(const struct reference *t, const char *name);             /* -1: there is none: of tables that a hospital brings */
double reference_number(const struct reference *t, size_t row, unsigned column); /* 0 when empty */
#endif
