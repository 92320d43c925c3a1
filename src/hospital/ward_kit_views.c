/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/ward_kit_views.c: the kits that one may see, each with what is missing, what expires and what may not be given any more; one kit with its list, its content, what to
 * take from a store, its seals and who checked it. No patient is named. Called by the gate through the rows at the end. Start at kit_view.
 */
#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/ward_kit.h"

#define KITS_MOST 1000
#define HISTORY_SHOWN 30

/* Kits of the stores at[n]. */
static enum rc kits_of(struct view_ctx *v, const struct stock_account *stores, size_t n_stores, struct stock_account **at_r, size_t *n_r, struct problem *p)
{
	struct stock_account *at = arena_array(v->arena, KITS_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_KITS);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, 0);
	db_bind_i64(s, 2, KITS_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		for (size_t i = 0; i < n_stores; i++)
			if (stores[i].no == db_i64(s, 5)) {
				at[n++] = (struct stock_account){ .no = db_i64(s, 0), .kind = arena_str(v->arena, db_text(s, 1)), .code = arena_str(v->arena, db_text(s, 2)), .unit = arena_str(v->arena, db_text(s, 3)), .store = true,
					.closed_ms = db_i64(s, 4), .of_store = db_i64(s, 5) };
				break;
			}
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

enum rc stock_holders_of(struct view_ctx *v, struct stock_account **at_r, size_t *n_r, struct problem *p)
{
	struct stock_account *stores = NULL, *kits = NULL;
	size_t n = 0, n_kits = 0;
	enum rc rc = stock_stores_of(v, &stores, &n, p);
	if (rc == RC_OK)
		rc = kits_of(v, stores, n, &kits, &n_kits, p);
	if (rc != RC_OK)
		return rc;
	struct stock_account *at = arena_array(v->arena, n + n_kits + 1, sizeof *at);
	if (!at)
		return arena_rc(v->arena, p);
	if (n)
		memcpy(at, stores, n * sizeof *at);
	if (n_kits)
		memcpy(at + n, kits, n_kits * sizeof *at);
	*at_r = at;
	*n_r = n + n_kits;
	return RC_OK;
}

/* ---- all kits ---- */

static enum rc col_checked(struct db_conn *c, struct rows *out, int64_t kit, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KIT_CHECKS);
	bool row = false;
	db_bind_i64(s, 1, kit);
	db_bind_i64(s, 2, INT64_MAX);
	db_bind_i64(s, 3, 1);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		rows_col(out, "outcome", db_text(s, 1));
		rows_col_i64(out, "checked_at", db_i64(s, 3));
	}
	db_reset(s);
	return rc;
}

static void cols_plan(struct rows *out, const struct kit_plan *plan)
{
	int64_t missing = 0, barred = 0, recalled = 0;
	for (size_t i = 0; i < plan->n_lines; i++)
		missing += plan->line[i].missing > 0;
	for (size_t i = 0; i < plan->n_lots; i++) {
		barred += plan->lot[i].barred;
		recalled += str_eq(plan->lot[i].held.lot.state, "recalled");
	}
	rows_col_i64(out, "products", (int64_t)plan->n_lines);
	rows_col_i64(out, "missing", missing);
	rows_col_i64(out, "barred", barred);
	rows_col_i64(out, "recalled", recalled);
	rows_col_i64(out, "lots", (int64_t)plan->n_lots);
	if (plan->n_lots)
		col(out, "expires_on", plan->lot[0].held.lot.expires_on);
	col_flag(out, "complete", plan->complete);
}

static void cols_seal(struct rows *out, const struct kit_seal *seal)
{
	if (!seal->no)
		return;
	rows_col(out, "seal", seal->number);
	rows_col_i64(out, "sealed_at", seal->made_ms);
	rows_col_i64(out, "sealed_version", seal->version);
}

static enum rc row_kit(struct view_ctx *v, struct rows *out, struct names *names, struct arena *scratch, const struct stock_account *account, struct problem *p)
{
	struct kit k;
	struct kit_plan *plan = NULL;
	enum rc rc = kit_get(v->db, scratch, v->who, v->judge, account->no, &k, p);
	if (rc == RC_OK)
		rc = kit_plan(v->db, scratch, &k, 0, v->now_ms, &plan, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_col_i64(out, "kit", account->no);
	rows_col(out, "label", account->code);
	rows_col_i64(out, "version", k.version);
	cols_seal(out, &k.seal);
	cols_plan(out, plan);
	rc = col_checked(v->db, out, account->no, p);
	stock_cols_account(out, names, &k.store);
	return rc;
}

/*
 * "stock_kits": set "kits", of the stores that one may see, those that were ended left out: kit, label, version (of its list), products, missing (how many of them), lots, barred (lots that may not be given), recalled
 * (of these), expires_on (the soonest), complete, seal, sealed_at, sealed_version, outcome and checked_at of the last check, the ward store's columns; set "stores": where a kit may be made.
 */
static enum rc kits_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct stock_account *stores = NULL, *kits = NULL;
	struct arena scratch;
	size_t n = 0, n_kits = 0, kept = 0;
	enum rc rc = stock_stores_of(v, &stores, &n, p);
	if (rc == RC_OK)
		rc = kits_of(v, stores, n, &kits, &n_kits, p);
	if (rc != RC_OK)
		return rc;
	arena_init(&scratch, 8u << 20);
	rows_set(out, "kits");
	for (size_t i = 0; i < n_kits && rc == RC_OK; i++) {
		arena_reset(&scratch);
		if (!kits[i].closed_ms)
			rc = row_kit(v, out, &names, &scratch, &kits[i], p);
	}
	arena_done(&scratch);
	for (size_t i = 0; i < n; i++)
		if (!str_eq(stores[i].kind, "central") && !stores[i].closed_ms)
			stores[kept++] = stores[i];
	stock_rows_accounts(v, out, "stores", stores, kept);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- one kit ---- */

static enum rc rows_lines(struct view_ctx *v, struct rows *out, const struct kit_plan *plan, bool picked, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	enum rc rc = RC_OK;
	rows_set(out, "lines");
	for (size_t i = 0; i < plan->n_lines && rc == RC_OK; i++) {
		const struct kit_line *line = &plan->line[i];
		struct stock_product product;
		rc = stock_product_get(v->db, v->arena, line->product, &product, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		stock_cols_product(out, &product);
		rows_col_i64(out, "wanted", line->wanted);
		rows_col_i64(out, "kept", line->kept);
		rows_col_i64(out, "missing", line->missing);
		if (picked && line->found < line->missing)
			rows_col_i64(out, "lacking", line->missing - line->found);
		col(out, "by_name", person_of(&people, (uint32_t)line->by).name);
		rows_col_i64(out, "at", line->made_ms);
	}
	return rc;
}

static enum rc row_lot(struct view_ctx *v, struct rows *out, const struct stock_held *held, int64_t milli, struct problem *p)
{
	struct stock_product product;
	enum rc rc = stock_product_get(v->db, v->arena, held->lot.product, &product, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	stock_cols_product(out, &product);
	stock_cols_lot(out, &held->lot, day_of(v->arena, v->now_ms));
	rows_col_i64(out, "milli", milli);
	return RC_OK;
}

static enum rc rows_content(struct view_ctx *v, struct rows *out, const struct kit_plan *plan, struct problem *p)
{
	enum rc rc = RC_OK;
	rows_set(out, "content");
	for (size_t i = 0; i < plan->n_lots && rc == RC_OK; i++) {
		rc = row_lot(v, out, &plan->lot[i].held, plan->lot[i].held.milli, p);
		if (rc == RC_OK && plan->lot[i].out)
			rows_col_i64(out, "out", plan->lot[i].out);
		if (rc == RC_OK)
			col_flag(out, "barred", plan->lot[i].barred);
	}
	rows_set(out, "picks");
	for (size_t i = 0; i < plan->n_picks && rc == RC_OK; i++)
		rc = row_lot(v, out, &plan->pick[i], plan->pick[i].milli, p);
	return rc;
}

static enum rc rows_history(struct view_ctx *v, struct rows *out, int64_t kit, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct kit_seal *seals = arena_array(v->arena, HISTORY_SHOWN, sizeof *seals);
	struct { struct str number, outcome; int64_t by, at_ms; } *checks = arena_array(v->arena, HISTORY_SHOWN, sizeof *checks);
	size_t n_seals = 0, n_checks = 0;
	bool row = false;
	enum rc rc = seals && checks ? RC_OK : arena_rc(v->arena, p);
	for (int i = 0; i < 2 && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(v->db, i ? ST_HOSPITAL_KIT_CHECKS : ST_HOSPITAL_KIT_SEALS);
		db_bind_i64(s, 1, kit);
		db_bind_i64(s, 2, INT64_MAX);
		db_bind_i64(s, 3, HISTORY_SHOWN);
		while ((rc = db_step(s, &row, p)) == RC_OK && row) {
			if (i) {
				checks[n_checks].number = arena_str(v->arena, db_text(s, 0));
				checks[n_checks].outcome = arena_str(v->arena, db_text(s, 1));
				checks[n_checks].by = db_i64(s, 2);
				checks[n_checks++].at_ms = db_i64(s, 3);
			} else {
				seals[n_seals++] = (struct kit_seal){ .no = db_i64(s, 0), .number = arena_str(v->arena, db_text(s, 1)), .version = db_i64(s, 2), .expires_on = arena_str(v->arena, db_text(s, 3)), .by = db_i64(s, 4),
					.made_ms = db_i64(s, 5), .opened_by = db_is_null(s, 6) ? 0 : db_i64(s, 6), .opened_ms = db_is_null(s, 7) ? 0 : db_i64(s, 7) };
			}
		}
		db_reset(s);
	}
	rows_set(out, "seals");
	for (size_t i = 0; i < n_seals; i++) {
		rows_row(out);
		rows_col(out, "number", seals[i].number);
		rows_col_i64(out, "version", seals[i].version);
		col(out, "expires_on", seals[i].expires_on);
		rows_col_i64(out, "at", seals[i].made_ms);
		col(out, "by_name", person_of(&people, (uint32_t)seals[i].by).name);
		if (seals[i].opened_ms) {
			rows_col_i64(out, "opened_at", seals[i].opened_ms);
			col(out, "opened_name", person_of(&people, (uint32_t)seals[i].opened_by).name);
		}
	}
	rows_set(out, "checks");
	for (size_t i = 0; i < n_checks; i++) {
		rows_row(out);
		col(out, "number", checks[i].number);
		rows_col(out, "outcome", checks[i].outcome);
		rows_col_i64(out, "at", checks[i].at_ms);
		col(out, "by_name", person_of(&people, (uint32_t)checks[i].by).name);
	}
	return rc;
}

/* Central stores, and the ward's own: for who may prepare. */
static enum rc rows_places(struct view_ctx *v, struct rows *out, const struct kit *k, struct problem *p)
{
	struct stock_account *places = NULL;
	size_t n = 0, kept = 0;
	enum rc rc = stock_stores_of(v, &places, &n, p);
	for (size_t i = 0; i < n; i++)
		if (rc == RC_OK && stock_sees_all(v->who, v->judge) && !places[i].closed_ms && (str_eq(places[i].kind, "central") || places[i].no == k->store.no))
			places[kept++] = places[i];
	if (rc == RC_OK)
		stock_rows_accounts(v, out, "places", places, kept);
	return rc;
}

/*
 * "stock_kit": kit, from (a store to take from). Set "kit": as in stock_kits, and seen (a digest of what would move), sealed_by, ended (flag); set "form": key; set "lines", the list of now: product's columns, wanted,
 * kept, missing, lacking (what the store named by from has not, of what is missing), by_name, at; set "content", soonest first: product's and lot's columns, milli, out (of it, what must leave), barred; set "picks": product's
 * and lot's columns, milli: what to take; set "places": stores to take from; sets "seals" (number, version, expires_on, at, by_name, opened_at, opened_name) and "checks" (number, outcome, at, by_name), the newest first.
 */
static enum rc kit_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct people people = { v->db, v->arena, NULL };
	struct stock_account from = { .no = 0 };
	struct kit k;
	struct kit_plan *plan = NULL;
	enum rc rc = kit_get(v->db, v->arena, v->who, v->judge, stock_no(v->args, "kit"), &k, p);
	if (rc == RC_OK && args_get(v->args, "from").n)
		rc = stock_store_mine(v->db, v->arena, v->who, v->judge, stock_no(v->args, "from"), &from, p);
	if (rc == RC_OK)
		rc = kit_plan(v->db, v->arena, &k, from.no, v->now_ms, &plan, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "kit");
	rows_row(out);
	rows_col_i64(out, "kit", k.account.no);
	rows_col(out, "label", k.account.code);
	rows_col_i64(out, "version", k.version);
	rows_col_i64(out, "seen", plan->seen);
	col_flag(out, "ended", k.account.closed_ms != 0);
	cols_seal(out, &k.seal);
	if (k.seal.no)
		col(out, "sealed_by", person_of(&people, (uint32_t)k.seal.by).name);
	cols_plan(out, plan);
	rc = col_checked(v->db, out, k.account.no, p);
	stock_cols_account(out, &names, &k.store);
	stock_col_key(out, v->who, v->now_ms);
	if (rc == RC_OK)
		rc = rows_lines(v, out, plan, from.no != 0, p);
	if (rc == RC_OK)
		rc = rows_content(v, out, plan, p);
	if (rc == RC_OK)
		rc = rows_history(v, out, k.account.no, p);
	if (rc == RC_OK)
		rc = rows_places(v, out, &k, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

const struct view kit_views[] = {
	{ .name = "stock_kits", .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .run = kits_view },
	{ .name = "stock_kit",  .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .run = kit_view },
	{ .name = NULL },
};
