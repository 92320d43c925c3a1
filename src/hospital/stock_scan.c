/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_scan.c: what a scan of a pack (GS1 DataMatrix, codec/gs1.h) says of a product, a lot, its expiry and serial number, held against what the books know: the forms of
 * the stock are filled by it. It writes nothing. Called by the gate through the row at the end. Start at scan_view.
 */
#include "base/clock.h"
#include "codec/gs1.h"
#include "hospital/matters.h"
#include "hospital/stock_inner.h"

#define SCAN_LOTS 2000 /* lots of one product that are looked through */

/* lot: of this number, held by the store that was named; of several the one with the serial number that was scanned, else the first. */
struct known { struct stock_lot lot; int64_t milli; bool other_expiry, blocked; };

static enum rc known_lots(struct view_ctx *v, const struct stock_product *product, const struct gs1 *g, struct known *k, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_LOTS_OF);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, product->no);
	db_bind_i64(s, 2, SCAN_LOTS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct str expires_on = db_text(s, 4);
		if (!str_is(db_text(s, 2), g->lot) || db_i64(s, 5))
			continue;
		k->other_expiry = k->other_expiry || (g->expires_on[0] && expires_on.n && !str_eq(expires_on, g->expires_on));
		k->blocked = k->blocked || !str_eq(db_text(s, 6), "usable");
	}
	db_reset(s);
	return rc;
}

static enum rc held_lot(struct view_ctx *v, int64_t store, const struct stock_product *product, const struct gs1 *g, struct known *k, struct problem *p)
{
	struct stock_held *at = NULL;
	size_t n = 0;
	enum rc rc = stock_held_of(v->db, v->arena, store, product->no, &at, &n, p);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		bool same = str_is(at[i].lot.serial, g->serial.n ? g->serial : STR(""));
		if (str_is(at[i].lot.number, g->lot) && at[i].lot.patient == 0 && (!k->lot.no || same)) {
			k->lot = at[i].lot;
			k->milli = at[i].milli;
		}
	}
	return rc;
}

/* What speaks against it. way: in and out: it comes in or goes to somebody; else: it is only looked for. */
static enum why against(const struct gs1 *g, const struct known *k, struct str way, struct str today, bool store)
{
	bool strict = str_eq(way, "in") || str_eq(way, "out");
	if (k->other_expiry)
		return WHY_SCAN_EXPIRY;
	if (strict && k->blocked)
		return WHY_SCAN_BLOCKED;
	if (strict && g->expires_on[0] && str_cmp(str_of(g->expires_on), today) < 0)
		return WHY_SCAN_EXPIRED;
	if (!strict && store && !k->lot.no)
		return WHY_SCAN_NOT_HELD;
	return WHY_NONE;
}

static void row_why(struct rows *out, enum why why)
{
	rows_set(out, "scan");
	rows_row(out);
	col_z(out, "why", why_row(why)->name);
}

/*
 * "stock_scan": scan, way (in: it comes in; out: it goes to somebody or into a kit; empty: it is looked for), store (optional). Set "scan", one row: why (a public sentence's symbol) where it is refused; else the
 * product's columns, number, serial, expires_on as scanned (those that the code has), lot and milli: of that number in the store, when it holds any.
 */
static enum rc scan_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct problem absent;
	struct gs1 g;
	struct known k = { .milli = 0 };
	struct stock_account store = { .no = 0 };
	struct stock_product product = { .no = 0 };
	const struct drugs *base = drug_base(&absent);
	enum rc rc = args_get(v->args, "store").n ? stock_store_mine(v->db, v->arena, v->who, v->judge, stock_no(v->args, "store"), &store, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	if (gs1_read(args_get(v->args, "scan"), civil_paris(v->now_ms).year, &g, &absent) != RC_OK) {
		row_why(out, WHY_SCAN_UNREADABLE);
		return RC_OK;
	}
	const struct drug *drug = base ? drug_by_cip(base, gs1_cip13(&g)) : NULL;
	if (!drug) {
		row_why(out, WHY_SCAN_UNKNOWN);
		return RC_OK;
	}
	rc = stock_product_of(v->db, v->arena, drug->cis, &product, p);
	if (rc == RC_OK && product.no && g.lot.n)
		rc = known_lots(v, &product, &g, &k, p);
	if (rc == RC_OK && product.no && g.lot.n && store.no)
		rc = held_lot(v, store.no, &product, &g, &k, p);
	if (rc != RC_OK)
		return rc;
	enum why why = against(&g, &k, args_get(v->args, "way"), day_of(v->arena, v->now_ms), store.no != 0);
	if (why != WHY_NONE) {
		row_why(out, why);
		return RC_OK;
	}
	product.cis = drug->cis;
	product.counted = product.no ? product.counted : STR(STOCK_UNLISTED);
	rows_set(out, "scan");
	rows_row(out);
	stock_cols_product(out, &product);
	col(out, "number", g.lot);
	col(out, "serial", g.serial);
	col_z(out, "expires_on", g.expires_on);
	if (k.lot.no) {
		rows_col_i64(out, "lot", k.lot.no);
		rows_col_i64(out, "milli", k.milli);
	}
	return arena_rc(v->arena, p);
}

const struct view stock_scan_views[] = {
	{ .name = "stock_scan", .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .run = scan_view },
	{ .name = NULL },
};
