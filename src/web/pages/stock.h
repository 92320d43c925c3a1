/* SPDX-License-Identifier: Apache-2.0 */
/* pages/stock.h: the screens of the pharmacy's stock, and what they share: quantities and amounts in words, products, lots and stores as cells. */
#ifndef HYGIE_PAGES_STOCK_H
#define HYGIE_PAGES_STOCK_H

#include "pages/screen.h"

#define STOCK_ROLES (MAY_PHARMACY | MAY_STOCK)               /* what a patient may stand behind: doses given, a lot's people, the register */
#define STOCK_GOODS (STOCK_ROLES | MAY_SUPPLY)               /* goods alone */
#define STOCK_SUPPLY (MAY_PHARMACY | MAY_SUPPLY)             /* what the pharmacy does with them */
#define STOCK_CIS_FIELD { "cis", N_("Medicine (CIS or CIP13)"), FIELD_INT, .min = 1, .max = INT64_C(9999999999999), .required = true }
#define STOCK_STORE_FIELD { "store", N_("Store"), FIELD_INT, .min = 100, .max = INT64_MAX, .required = true }
#define STOCK_NO_FIELD { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define STOCK_LOT_FIELD { "lot", N_("Lot"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define STOCK_KEY_FIELD { "key", N_("Key of the form"), FIELD_TOKEN, .max = 60, .required = true }
#define STOCK_QUANTITY_FIELD { "quantity", N_("Quantity"), FIELD_TEXT, .max = 20, .required = true }
#define STOCK_SCAN_FIELD { "scan", N_("Scan of the pack"), FIELD_SCAN, .max = 200 }
#define STOCK_FAULTS 8
#define STOCK_FILLED 16

/* The act with every declared field that was filled in; only for a form without a fault and without a scan. True: it was asked. */
bool stock_ask_act(const struct req *rq, struct asks *a, const char *act);
/* The one of these that the page's path sends; none for a page that only shows. */
struct stock_send { const char *path, *act; };
void stock_ask_sent(const struct req *rq, struct asks *a, const struct stock_send *sends, size_t n);
/* A form of this page, with what was typed where it was the one that was sent. */
struct sheet stock_sheet(struct screen *sc, struct fault faults[STOCK_FAULTS], const char *action, const char *id, const struct field *fields);
bool stock_was_sent(const struct screen *sc, const char *path);     /* this page is drawn again after that form was refused */


/* ---- a scanner (stock_scan.c) ---- */
struct stock_filled { struct fault faults[STOCK_FAULTS]; struct pair now[STOCK_FILLED]; bool filled; }; /* filled: the form comes back with what a pack says */
bool stock_scanned(const struct req *rq);                            /* the form was sent with a scan: it is filled, not carried out */
/* The view that reads it; way: "in", "out", NULL: only looked for (hospital/stock_scan.c); store may be empty. True: it was asked. */
bool stock_ask_scan(const struct req *rq, struct asks *a, const char *way, struct str store);
struct fault stock_scan_fault(const struct screen *sc);              /* field NULL: the scan was read */
/* stock_sheet for a form with STOCK_SCAN_FIELD; f lives as long as the sheet. */
struct sheet stock_scan_sheet(struct screen *sc, struct stock_filled *f, const char *action, const char *id, const struct field *fields);
void stock_scan_input(struct screen *sc, const struct sheet *s, const struct stock_filled *f); /* the field, and what was read; f NULL: of a form that it does not fill */

struct words stock_number(const struct kit *k, int64_t milli);      /* thousandths: "2,5" */
struct words stock_quantity(const struct kit *k, int64_t milli, struct str counted); /* "2,5 ampoules" */
struct words stock_euros(const struct kit *k, int64_t cents);
void stock_cell_quantity(struct kit *k, int64_t milli, struct str counted);
void stock_cell_euros(struct kit *k, int64_t cents);
void stock_cell_product(struct screen *sc, struct row row);         /* substance in bold, then the name, with its marks */
void stock_cell_account(struct screen *sc, struct row row);         /* a store by code and unit, or what lies outside of them */
void stock_lot_words(struct screen *sc, struct row row);            /* number, expiry and chips; no cell */
struct words stock_store_name(struct screen *sc, struct row row);   /* "PUI · Médecine 2B" */
const char *stock_kind(struct str code);                            /* msgid: kinds of accounts and of movements */
void stock_link(struct screen *sc, const char *path, const char *name, struct str value, const char *msgid);  /* a quiet link to path?name=value */

extern const struct choice stock_counted_choices[];
extern const struct page pages_stock[], pages_stock_lot[], pages_stock_count[], pages_stock_order[], pages_stock_round[], pages_ward_kit[], pages_tall_name[];
#endif
