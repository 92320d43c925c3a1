/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_round.h: what the lines of medicine of a unit's patients need until an hour, what was dispensed for them by name already, and which lots a store could give, soonest
 * last day first (docs/decisions/0049). Private to the files stock_round*.c. Start at round_read.
 */
#ifndef HYGIE_HOSPITAL_STOCK_ROUND_H
#define HYGIE_HOSPITAL_STOCK_ROUND_H

#include "hospital/dose.h"
#include "hospital/stock_inner.h"

#define ROUND_LINES 240                 /* that one sheet dispenses: thirty beds of eight lines */
#define ROUND_LOTS 6                    /* of one line: a seventh lot is left for the next sheet */
#define ROUND_HELD 20000                /* lots of the store that are looked at */
#define ROUND_BACK_MS (35 * CARE_DAY_MS) /* how far back what was dispensed and given is looked at */
#define ROUND_SPAN_MS (24 * CARE_HOUR_MS)
#define ROUND_MOST_MS (72 * CARE_HOUR_MS)

/* What a line says of quantities. Only what is counted (or each dose of which is a whole number of units, dose_units), or on demand by its most of a day, can be asked of a store: another dose in mg does not
 * say how many units hold it. */
enum round_kind { ROUND_COUNTED, ROUND_AMOUNT, ROUND_NEEDED, ROUND_UNPLANNED, ROUND_NO_CODE };
const char *round_kind_code(enum round_kind k);

/* What was dispensed by name of one record, and how much of a line is still with the patient. */
struct dispensed { int64_t no, at_ms, milli, product; struct str request, counted; uint32_t by, cis; };
struct used { int64_t line, given_ms, micro; struct str unit; /* UCUM; micro: millionths of it */ };
struct dispensings { struct dispensed *at; size_t n; struct used *used; size_t n_used; };
/* Of all records of one person, each pair of which was asked for ahead where it is one of many. */
enum rc dispensings_of(struct db_conn *c, struct arena *a, int64_t patient, int64_t since_ms, struct dispensings *d_r, struct problem *p) CHECKED;
void dispensings_ahead(struct db_conn *c, const int64_t *patients, size_t n, int64_t since_ms);
/* Of a line: all that was dispensed, and less what was given since, never under nothing at any time; last: the number of the last movement; unsaid: doses were given since that are neither said in the unit of the
 * product (stock_counts) nor whole units of it (dose_units), which use nothing up. */
struct dispensed_left { int64_t all, left, last; bool unsaid; };
struct dispensed_left dispensed_left(const struct dispensings *d, int64_t line, struct str request);

struct round_held { struct stock_held held; struct stock_product product; struct stock_pool pool; int64_t free_milli; };
struct round_holding { struct round_held *at; size_t n; bool more; };  /* by soonest last day */
/* All that a store holds, one statement. */
enum rc round_holding(struct db_conn *c, struct arena *a, int64_t store, struct round_holding *h_r, struct problem *p) CHECKED;

struct round_pick { const struct round_held *held; int64_t milli; };
struct round_picks { struct round_pick at[ROUND_LOTS]; unsigned n; int64_t milli; };
/* Takes so much of a medicine out of what is free, soonest last day first; lots of a patient's own are nobody else's and not taken. */
void round_take(struct round_holding *h, uint32_t cis, struct str today, int64_t milli, struct round_picks *r);

struct round_line {
	const struct care_line *line; unsigned who;       /* place in the ward */
	enum round_kind kind;
	const struct drug *drug;                          /* NULL: not published */
	struct str counted;                               /* how its product is counted */
	bool narcotic, ticked;                            /* ticked: proposed, as it is counted, validated and no narcotic */
	unsigned doses; int64_t due_micro;                /* planned in the span and not recorded, in the line's unit */
	int64_t due_milli; bool unsaid;                   /* the same of a weight, in units of the product; unsaid: one of them is no whole number */
	int64_t dispensed_milli, left_milli, last;        /* see dispensed_left */
	int64_t need_milli;                               /* whole units of the product */
	struct round_picks picks;
};
struct round {
	struct ward *ward;                                /* those whom a fact joins to the reader */
	unsigned others;                                  /* how many more lie there */
	struct round_line *at; size_t n;                  /* by bed */
	struct round_holding holding;
	int64_t from_ms, until_ms;
	struct str today;
	bool more;
};
/* ward, others: who lies there; patients: WARD_MAX of them, as they stand in ward. */
enum rc round_people(struct view_ctx *v, struct str unit, struct round *r, int64_t *patients, struct problem *p) CHECKED;
/* unit, store: as asked for, looked at by the caller. store 0: no lots. Cost: a few statements for the unit, on a server some two waits a patient (see the page of 0049). */
struct round_asked { struct str unit; int64_t store, from_ms, until_ms; };
enum rc round_read(struct view_ctx *v, const struct round_asked *q, struct round **r, struct problem *p) CHECKED;

#endif
