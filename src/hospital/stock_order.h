/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_order.h: an order to a supplier as the files that work on it see it: the order itself (stock_order.c) and the check of its invoice (stock_invoice.c). Private to them.
 * Start at stock_order_seen.
 */
#ifndef HYGIE_HOSPITAL_STOCK_ORDER_H
#define HYGIE_HOSPITAL_STOCK_ORDER_H

#include "hospital/stock_inner.h"

#define STOCK_ORDER_LINES 1000         /* of one order */

struct stock_order { int64_t no, store, version, by, made_ms, sent_ms, invoice_cents; struct str supplier, state, invoice; };
struct stock_order_line { int64_t product, ordered, received /* thousandths */, received_cents, price_cents /* of all that is ordered */; };

enum rc stock_order_get(struct db_conn *c, struct arena *a, int64_t no, struct stock_order *o, struct problem *p) CHECKED; /* NOT_FOUND "no" */
/* Arguments no and version: the order as the form saw it. CONFLICT VERSION_CONFLICT: somebody who changed it meanwhile is not overwritten. */
enum rc stock_order_seen(struct act_ctx *x, struct stock_order *o, struct problem *p) CHECKED;
enum rc stock_order_is(const struct stock_order *o, const char *one, const char *other, struct problem *p) CHECKED; /* CONFLICT STOCK_ORDER_STATE: it is in neither state */
enum rc stock_order_lines(struct db_conn *c, struct arena *a, int64_t order, struct stock_order_line **at_r, size_t *n_r, struct problem *p) CHECKED;
const struct stock_order_line *stock_order_line_of(const struct stock_order_line *at, size_t n, int64_t product); /* NULL: none */
/* Its state from now on, and the next version. */
enum rc stock_order_state(struct act_ctx *x, const struct stock_order *o, const char *state, struct problem *p) CHECKED;
/* What so much of a line costs at the price of the order, half up. */
int64_t stock_order_worth(const struct stock_order_line *l, int64_t milli);
/* Set "order": no, again (flag). */
void stock_order_row(struct rows *out, int64_t no, bool again);
/* Sets of one order's invoices, in view "stock_order": see stock_invoice.c. */
enum rc stock_invoice_rows(struct view_ctx *v, struct rows *out, const struct stock_order *o, const struct stock_order_line *at, size_t n, struct problem *p) CHECKED;

#endif
