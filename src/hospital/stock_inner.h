/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_inner.h: the postings engine as the files stock_*.c see it: accounts, products, lots, movements, postings. Private to them. Every change of a quantity goes
 * through stock_post, which alone writes postings, balances, the pool and the narcotics register, in one transaction. Start at stock_begin and stock_post.
 */
#ifndef HYGIE_HOSPITAL_STOCK_INNER_H
#define HYGIE_HOSPITAL_STOCK_INNER_H

#include "hospital/show.h"
#include "hospital/stock.h"

/* Accounts outside of the stores have fixed numbers; stores follow from STOCK_FIRST_STORE. */
enum { STOCK_SUPPLIER = 1, STOCK_PATIENT, STOCK_LOSS, STOCK_DESTRUCTION, STOCK_DISCREPANCY, STOCK_CORRECTION, STOCK_OWN, STOCK_USE, STOCK_FIRST_STORE = 100 };
#define STOCK_STORES_MOST 500
#define STOCK_FORM_KEY 60              /* bytes of the key of a form */
#define STOCK_LOTS_MOST 2000           /* of one store, on one page */
#define STOCK_PRODUCTS_MOST 20000

struct stock_account { int64_t no; struct str kind, code, unit; bool store; int64_t closed_ms; /* 0: open, or not looked at */ int64_t of_store; /* a kit of that ward's store (ward_kit.h); 0: none, or not looked at */ };
struct stock_product { int64_t no; uint32_t cis; struct str ucd, counted; bool narcotic, listed; };
struct stock_lot { int64_t no, product, patient; struct str number, serial, expires_on, state; };
struct stock_held { struct stock_lot lot; int64_t milli; };
struct stock_pool { int64_t milli, cents; };
/* Of a store's product. told: the rank that was told last; -1: none since the thresholds were set. */
struct stock_level { bool there; int64_t critical, minimum, told; };
enum stock_rank { STOCK_IN_ORDER, STOCK_LOW /* at the minimum or under it */, STOCK_CRITICAL, STOCK_NONE /* nothing left */, STOCK_RANK__END };

extern const struct choice stock_counted[];      /* units of count; ends with code NULL */

/* ---- reading; texts live in the arena ---- */
enum rc stock_account_get(struct db_conn *c, struct arena *a, int64_t no, struct stock_account *r, struct problem *p) CHECKED;         /* NOT_FOUND "store" */
enum rc stock_account_of_unit(struct db_conn *c, struct arena *a, struct str unit, struct stock_account *r, struct problem *p) CHECKED; /* no 0: none; ward before cabinet and home */
enum rc stock_product_get(struct db_conn *c, struct arena *a, int64_t no, struct stock_product *r, struct problem *p) CHECKED;         /* NOT_FOUND "cis" */
enum rc stock_product_of(struct db_conn *c, struct arena *a, uint32_t cis, struct stock_product *r, struct problem *p) CHECKED;        /* no 0: none */
enum rc stock_lot_get(struct db_conn *c, struct arena *a, int64_t no, struct stock_lot *r, struct problem *p) CHECKED;                 /* NOT_FOUND "lot" */
/* Lots of a product that an account holds more than nothing of, soonest expiry first; without a date last. */
enum rc stock_held_of(struct db_conn *c, struct arena *a, int64_t account, int64_t product, struct stock_held **at_r, size_t *n_r, struct problem *p) CHECKED;
enum rc stock_pool_get(struct db_conn *c, int64_t product, struct stock_pool *r, struct problem *p) CHECKED;
enum rc stock_balance_get(struct db_conn *c, int64_t account, const struct stock_lot *lot, int64_t *milli_r, struct problem *p) CHECKED;
int64_t stock_worth(const struct stock_pool *pool, int64_t milli);           /* cents at the average weighted cost, half up; all for all */
bool stock_may_give(const struct stock_lot *lot, struct str today);          /* usable and not past its last day */

/* ---- who: pharmacists and their technicians every store, others those of their units. NOT_FOUND, as if there were none. ---- */
bool stock_is_pharmacy(const struct actor *who, const struct judge *judge); /* a pharmacist: decides */
bool stock_sees_all(const struct actor *who, const struct judge *judge);
enum rc stock_store_mine(struct db_conn *c, struct arena *a, const struct actor *who, const struct judge *judge, int64_t no, struct stock_account *r, struct problem *p) CHECKED;
/* The same of a store that is open and no kit. CONFLICT STOCK_CLOSED, KIT_ONLY "store". */
enum rc stock_store_open(struct act_ctx *x, int64_t no, struct stock_account *r, struct problem *p) CHECKED;

/* Of structs that begin with a stock_held: soonest last day first, without one last. */
void stock_sooner_first(void *at, size_t n, size_t size);

/* ---- writing, on the writer ---- */
/* The number that the next store or kit gets. */
enum rc stock_store_next(struct act_ctx *x, int64_t *no_r, struct problem *p) CHECKED;
struct stock_deed { const char *kind; struct str key, reason, request, text; int64_t patient, at_ms; };
/* The accounts outside of the stores: made with the first store, or by the first dose of a house that has none. */
enum rc stock_outside_need(struct act_ctx *x, struct problem *p) CHECKED;
/* The movement. again_r: the key was there; no_r is its movement, and nothing is to be posted. */
enum rc stock_begin(struct act_ctx *x, const struct stock_deed *d, int64_t *no_r, bool *again_r, struct problem *p) CHECKED;
struct stock_account stock_outside(int no);
/*
 * from to, one lot; once all is posted, stock_levels_moved. cents: what came in costs (from a supplier); -1: the average cost. CONFLICT STOCK_SHORT "quantity": a store would go under zero; the whole act is then
 * undone by its caller's failing. CONFLICT STOCK_CLOSED "to": nothing goes into a closed store.
 */
enum rc stock_post(struct act_ctx *x, int64_t movement, const struct stock_product *product, const struct stock_lot *lot, const struct stock_account *from, const struct stock_account *to, int64_t milli, int64_t cents,
	struct problem *p) CHECKED;
/*
 * For whoever has looked for all of it at once and posts much: a movement under the next number (stock_begin gives the first, each goes up by one: there is one writer), whose key
 * nobody has; and a posting of what from is known to hold, with the product's pool as it is now, which is kept up. Where it holds less the table refuses.
 */
enum rc stock_movement_put(struct act_ctx *x, const struct stock_deed *d, int64_t no, struct problem *p) CHECKED;
enum rc stock_post_known(struct act_ctx *x, int64_t movement, const struct stock_product *product, const struct stock_lot *lot, const struct stock_account *from, const struct stock_account *to, int64_t milli, int64_t cents,
	struct stock_pool *known, struct problem *p) CHECKED;
bool stock_is_narcotic(const struct drug *drug);     /* as its conditions of prescription say; drug may be NULL */
/* The product of a speciality, listed or not (then as one that the pharmacy never listed). BAD_INPUT UNKNOWN_DRUG "cis": the tables are there and do not know it. */
enum rc stock_product_need(struct act_ctx *x, uint32_t cis, struct stock_product *r, struct problem *p) CHECKED;
/* The lot, made when it is new. A date that was not known is kept from now on; CONFLICT STOCK_EXPIRY "expires": another is known. */
enum rc stock_lot_need(struct act_ctx *x, int64_t product, struct str number, struct str serial, struct str expires_on, int64_t patient, struct stock_lot *r, struct problem *p) CHECKED;

/*
 * ---- thresholds that tell (stock_level.c) ----
 * Of what may be given: of the house, usable, not past its last day. Who posts says so once all of it is posted, so that what comes and goes within one movement tells nothing.
 */
enum stock_rank stock_level_rank(const struct stock_level *l, int64_t usable);
/* What may be given of the product in a store went from before to after. Cost: nothing while its rank is what was told last. */
enum rc stock_level_moved(struct act_ctx *x, int64_t store, const struct stock_product *product, const struct stock_level *l, int64_t before, int64_t after, struct problem *p) CHECKED;
/* All that the movements first … last took or brought, in one statement. A drawing has its own look and does not ask. */
enum rc stock_levels_moved(struct act_ctx *x, int64_t first, int64_t last, struct problem *p) CHECKED;
/* A lot was put aside, or given free again: wherever it lies. */
enum rc stock_levels_of_lot(struct act_ctx *x, const struct stock_lot *lot, bool usable, struct problem *p) CHECKED;
/* What passed its last day in the last days, of all stores: it moves nothing, and is told by night (books.c). Cost: the thresholds of the house and what is held of them. */
enum rc stock_levels_over(struct act_ctx *x, struct problem *p) CHECKED;

/* ---- arguments ---- */
int64_t stock_no(const struct args *a, const char *name);                    /* 0: absent or no number */
/* "2,5" or "2.5" as thousandths; at most three decimals, no sign. BAD_INPUT FIELD_NUMBER naming the field. */
enum rc stock_milli(const struct args *a, const char *name, bool zero, int64_t *milli_r, struct problem *p) CHECKED;
/* "12,50" as cents, at most two decimals. absent: -1. */
enum rc stock_cents(const struct args *a, const char *name, int64_t *cents_r, struct problem *p) CHECKED;
/* A CIS, or the CIP13 of one of its packs. BAD_INPUT UNKNOWN_DRUG. A CIP13 costs one pass over the packs. */
enum rc stock_cis(const struct args *a, const char *name, uint32_t *cis_r, struct problem *p) CHECKED;
/* The key that a form came with, under the act's name: it can never be that of another kind of deed. */
struct str stock_form_key(struct arena *a, const char *act, struct str key);

/* Set "form": key: one that no form had before, so that sent twice it is done once. */
void stock_col_key(struct rows *out, const struct actor *who, int64_t now_ms);

/* ---- columns: cis, name, dci, counted; narcotic, unlisted (flags) ---- */
void stock_cols_product(struct rows *out, const struct stock_product *product);
/* lot (no), number, serial, expires_on, state, own (flag), expired (flag) */
void stock_cols_lot(struct rows *out, const struct stock_lot *lot, struct str today);
/* store (no), kind, code, unit, unit_name, closed_at; of_store: it is a kit of that store */
void stock_cols_account(struct rows *out, struct names *names, const struct stock_account *account);
/* The stores that the reader may see, in the arena; and any accounts as a set. stock_views.c */
enum rc stock_stores_of(struct view_ctx *v, struct stock_account **at_r, size_t *n_r, struct problem *p) CHECKED;
/* The same, and the kits of these stores. ward_kit_views.c */
enum rc stock_holders_of(struct view_ctx *v, struct stock_account **at_r, size_t *n_r, struct problem *p) CHECKED;
void stock_rows_accounts(struct view_ctx *v, struct rows *out, const char *set, const struct stock_account *at, size_t n);

/* ---- everything anew from the postings (stock_check.c) ---- */
struct stock_checked { int64_t postings, balances, wrong_balances, wrong_pools, wrong_registers, not_zero; };
/* Reads all postings once and holds what they add up to against balances, pools and registers. A walk of some 1 µs a posting. LIMIT: no memory. */
enum rc stock_recompute(struct db_conn *c, struct stock_checked *r, struct problem *p) CHECKED;

#endif
