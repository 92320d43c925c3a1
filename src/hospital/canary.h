/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/canary.h: canary patients in the base: which they are (sealed, so that the file alone does not say it), the people that they are placed among, and their
 * bodies. Who may know which they are is the gate alone; what touching one does is its matter too (gate/decide.c). Planted by keeper/canary.c.
 * Start at canary_list.
 */
#ifndef HYGIE_HOSPITAL_CANARY_H
#define HYGIE_HOSPITAL_CANARY_H

#include "base/map.h"
#include "hospital/canary_place.h"
#include "hospital/hospital.h"

/* Their surrogates, as keys of the map. */
enum rc canary_list(struct db_conn *c, struct map64 *out, struct problem *p) CHECKED;
/* On the writer, in the transaction that stores them: at most CANARY_BATCH. */
#define CANARY_BATCH 64
enum rc canary_keep(struct db_conn *c, const int64_t *patients, size_t n, struct problem *p) CHECKED;
/* Everybody known, as rows to place among; strings in the arena (some 100 bytes a person). Erased people are in none. */
enum rc canary_rows(struct db_conn *c, const struct map64 *canaries, struct arena *a, struct canary_row **at_r, size_t *n_r, struct problem *p) CHECKED;

/* A Patient of FR Core as the house itself makes them: provisional, without INS, with nothing that would join anybody to it. The number (IPP) is the next of the house. */
struct canary_person { struct str family, given; char sex; int32_t born; struct str birth_code, birth_city, line, postal, city, phone, mail; };
enum rc canary_body(struct db_conn *c, const struct canary_person *who, struct buf *out, struct problem *p) CHECKED; /* on the writer */
#endif
