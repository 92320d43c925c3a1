/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/ward_kit.h: kits of a ward (emergency trolley, full-empty box): a named, versioned list of products and quantities that belongs to a ward's store. What a kit holds
 * stands on an account of its own (stock_account.of_store), so that its lots are found by a recall and sum up with all others. It is prepared from a store in one movement,
 * sealed with a number, opened into the ward's stock. Private to the files ward_kit*.c; what the rest of the stock asks is in stock_inner.h. Start at kit_plan.
 */
#ifndef HYGIE_HOSPITAL_WARD_KIT_H
#define HYGIE_HOSPITAL_WARD_KIT_H

#include "hospital/stock_inner.h"

#define KIT_LINES 100       /* products of one list */
#define KIT_LOTS 1500       /* of one kit: a preparation that would go over it is refused, so that an opening always takes all */
#define KIT_PICKED 12       /* lots of one product on a pick list */

struct kit_seal { int64_t no, version, by, made_ms, opened_by, opened_ms; struct str number, expires_on; };
struct kit { struct stock_account account, store; int64_t version; struct kit_seal seal; /* no 0: not sealed now */ };

/* wanted by the list; kept: of its content what stays (usable, up to what is wanted); missing: both apart; found: of that what the store to take from can give. Thousandths. */
struct kit_line { int64_t product, wanted, kept, missing, found, by, made_ms; };
struct kit_lot { struct stock_held held; int64_t out; /* of it, what does not belong here: expired, blocked, over the list */ bool barred; };
struct kit_plan {
	struct kit_line line[KIT_LINES]; size_t n_lines;
	struct kit_lot lot[KIT_LOTS]; size_t n_lots;                      /* what it holds, soonest last day first */
	struct stock_held pick[KIT_LINES * KIT_PICKED]; size_t n_picks;   /* what is to be taken, soonest last day first within a product; milli: so much of it */
	bool complete;                                                    /* nothing is missing, nothing must leave */
	int64_t lacking;                                                  /* how many products the store cannot give whole */
	int64_t seen;                                                     /* a digest of what would move: who saw another plan is told */
};

/* NOT_FOUND "kit": no kit of that number that one may see; closed ones are found. */
enum rc kit_get(struct db_conn *c, struct arena *a, const struct actor *who, const struct judge *judge, int64_t no, struct kit *k, struct problem *p) CHECKED;
/* What the kit holds against its list of now; from 0: nothing is picked. The plan lives in the arena. Cost: one statement a product and three more. */
enum rc kit_plan(struct db_conn *c, struct arena *a, const struct kit *k, int64_t from, int64_t now_ms, struct kit_plan **r, struct problem *p) CHECKED;

#endif
