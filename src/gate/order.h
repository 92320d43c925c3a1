/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/order.h: the one lock under which a price is agreed, its entry appended and the charge taken, so that the ledger's order is the counters' order and
 * no two calls can both have the last opening. Held for about a microsecond; never while waiting for anything. Also feeds the access index, in order.
 * Called by decide.c, act.c, enter.c, index.c. Start at order_lock and order_append.
 */
#ifndef HYGIE_GATE_ORDER_H
#define HYGIE_GATE_ORDER_H

#include "gate/inside.h"

struct order *order_new(struct gate *g);
void order_free(struct order **o);
void order_lock(struct gate *g);
void order_unlock(struct gate *g);
int64_t order_now(struct gate *g);                          /* locked: ledger time, never goes back */
struct budget *order_budget(struct gate *g);                /* locked */
/* Locked: append, fold, index. RC_BROKEN LEDGER_DOWN for ever after a failure. role: for the access index. */
enum rc order_append_locked(struct gate *g, struct ledger_entry *e, enum role role, struct problem *p) CHECKED;
enum rc order_append(struct gate *g, struct ledger_entry *e, enum role role, struct problem *p) CHECKED;
enum rc order_rebuild(struct gate *g, struct problem *p) CHECKED;   /* at start: fold from the last snapshot */
enum rc order_snapshot(struct gate *g, struct problem *p) CHECKED;  /* a snapshot group */
uint64_t order_since_snapshot(struct gate *g);              /* entries */

/* ---- for index.c: rows that wait for the access index, in ledger order ---- */
#define ORDER_WAITING_MAX 200000u
struct order_row { struct access_row row; };                /* its strings live as long as the order */
/*
 * Swaps the caller's used-up list for all rows that were appended since: no copying under the lock. false: some were dropped because too many waited; the
 * ledger has them, up to *upto_r; the rows given come after that.
 */
struct order_rows { struct order_row *at; size_t n, cap; };
bool order_swap(struct gate *g, struct order_rows *mine, uint64_t *upto_r);
void order_read_again(struct gate *g, uint64_t upto);        /* the ledger has what comes before: at start */
size_t order_rows_of(const struct ledger_entry *e, enum role role, struct access_row *out, size_t max);
#endif
