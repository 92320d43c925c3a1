/* SPDX-License-Identifier: Apache-2.0 */
/* pages/stock_invoice.h: the part of an order's page that checks its invoice line by line. Private to stock_order.c, which asks for "stock_order" and has the rows of the page. */
#ifndef HYGIE_PAGES_STOCK_INVOICE_H
#define HYGIE_PAGES_STOCK_INVOICE_H

#include "pages/stock.h"

#define STOCK_VERSION_FIELD { "version", N_("Version"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
extern const struct field stock_invoice_fields[], stock_billed_fields[];
void stock_invoice_draw(struct screen *sc, struct str no, struct str version); /* the forms: a pharmacist's, of an order that came */
void stock_invoice_draw_checks(struct screen *sc);                             /* what was decided before */

#endif
