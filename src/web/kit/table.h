/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/table.h: data tables: caption, column heads with scope, rows of 32 px, the state line above, and empty states that say why and what next. Pure.
 *   table_open(k, N_("Patients present"), cols, 3); table_row(k); cell_head…; cell(k, text); table_row_end(k); table_close(k);
 */
#ifndef HYGIE_KIT_TABLE_H
#define HYGIE_KIT_TABLE_H

#include "base/rows.h"
#include "kit/when.h"

struct col { const char *label; const char *class_; };       /* label: msgid; class_: "num" "time" "shape", NULL */
void table_open(struct kit *k, const char *caption, const struct col *cols, size_t n);
void table_row(struct kit *k);
void table_row_end(struct kit *k);
void table_close(struct kit *k);

void cell_open(struct kit *k, const char *class_);            /* then anything; then cell_close */
void cell_close(struct kit *k);
void cell(struct kit *k, struct str text);                    /* empty: « Non renseigné » in grey */
void cell_blank(struct kit *k);                             /* nothing is to be said there */
void cell_say(struct kit *k, const char *msgid);
void cell_figure(struct kit *k, struct row row, const char *column);   /* a figure of the row, to the right */
void cell_time(struct kit *k, struct str fhir_time);
void cell_time_ms(struct kit *k, int64_t ms);
/* The head of a row: a link to what the row opens. The first one of a table gets the row keys (j/k, Enter). */
void cell_link(struct kit *k, struct str href, struct str text);

/* Above a list: how many, how filtered and sorted, when read. */
void state_line(struct kit *k, uint64_t count, const char *one, const char *many, const char *sorted);
/* Empty: why there is nothing, and what to do. action_href empty: none. */
void empty_state(struct kit *k, const char *why, struct str action_href, const char *action);
void not_recorded(struct kit *k);
/* <dt><dd> pairs. */
void pair_open(struct kit *k, const char *label);
void pair_close(struct kit *k);
void pair_text(struct kit *k, const char *label, struct str value);
#endif
