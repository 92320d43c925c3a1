/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_lot.c: one lot and whom it was given to, and one product over the stores with what may stand in for it. BARRIER: of a lot's patients those are named whom
 * somebody else's work joins to the reader; of the others it is told how many there are and in which unit, and the units are told by tasks. Called by the gate through the
 * rows at the end. Start at lot_view and tell_run.
 */
#include <string.h>

#include "hospital/account.h"
#include "hospital/compose.h"
#include "hospital/matters.h"
#include "hospital/stock_inner.h"
#include "hospital/traits.h"

#define GIVEN_MOST 2000     /* postings of a lot that are looked at */
#define TOLD_MOST 300       /* tasks of one recall */
#define BLOCKED_SHOWN 100
#define GROUP_MOST 60       /* others of a generic group */

/* ---- whom it was given to ---- */

struct given { int64_t patient, milli, first_ms, last_ms, store; struct str unit; /* that gave it, where no store did */ };
struct givens { struct given *at; size_t n; bool more; };
struct went { int64_t movement, from, to, milli; };

static void given_add(struct givens *g, int64_t patient, int64_t store, int64_t milli, int64_t at_ms)
{
	size_t i = 0;
	while (i < g->n && g->at[i].patient != patient)
		i++;
	if (i == g->n)
		g->at[g->n++] = (struct given){ .patient = patient, .first_ms = at_ms, .last_ms = at_ms, .store = store };
	if (g->at[i].store < STOCK_FIRST_STORE) /* a store tells more than the discrepancy account */
		g->at[i].store = store;
	g->at[i].milli += milli;
	g->at[i].first_ms = at_ms < g->at[i].first_ms ? at_ms : g->at[i].first_ms;
	g->at[i].last_ms = at_ms > g->at[i].last_ms ? at_ms : g->at[i].last_ms;
}

/* A dose that was on no books is known by its shortage. */
static enum rc unit_of_missing(struct db_conn *c, struct arena *a, int64_t movement, struct str *unit_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_SHORTAGE_UNIT);
	bool row = false;
	db_bind_i64(s, 1, movement);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*unit_r = arena_str(a, db_text(s, 0));
	db_reset(s);
	return rc;
}

static enum rc given_one(struct db_conn *c, struct arena *a, struct givens *g, const struct went *w, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_MOVEMENT);
	bool row = false, out = w->to == STOCK_PATIENT;
	db_bind_i64(s, 1, w->movement);
	enum rc rc = db_step(s, &row, p);
	int64_t patient = rc == RC_OK && row ? db_i64(s, 2) : 0, at_ms = patient ? db_i64(s, 6) : 0;
	db_reset(s);
	if (rc == RC_OK && patient)
		given_add(g, patient, out ? w->from : w->to, out ? w->milli : -w->milli, at_ms);
	for (size_t i = 0; rc == RC_OK && i < g->n; i++)
		if (g->at[i].patient == patient && g->at[i].store < STOCK_FIRST_STORE && g->at[i].unit.n == 0)
			rc = unit_of_missing(c, a, w->movement, &g->at[i].unit, p);
	return rc;
}

/* Given and not taken back, by patient. */
static enum rc givens_of(struct db_conn *c, struct arena *a, int64_t lot, struct givens *g, struct problem *p)
{
	struct went *at = arena_array(a, GIVEN_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_POSTINGS_LOT);
	size_t n = 0, kept = 0;
	bool row = false;
	g->at = arena_array(a, GIVEN_MOST, sizeof *g->at);
	enum rc rc = at && g->at ? RC_OK : arena_rc(a, p);
	db_bind_i64(s, 1, lot);
	db_bind_i64(s, 2, INT64_MAX);
	db_bind_i64(s, 3, GIVEN_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct went){ db_i64(s, 1), db_i64(s, 4), db_i64(s, 5), db_i64(s, 6) };
	db_reset(s);
	g->more = n == GIVEN_MOST;
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		if (at[i].to == STOCK_PATIENT || at[i].from == STOCK_PATIENT)
			rc = given_one(c, a, g, &at[i], p);
	for (size_t i = 0; i < g->n; i++)
		if (g->at[i].milli > 0)
			g->at[kept++] = g->at[i];
	g->n = kept;
	return rc;
}

static enum rc row_given(struct view_ctx *v, struct rows *out, struct names *names, struct given *g, bool *named_r, struct problem *p)
{
	struct item it;
	struct traits t;
	struct fact f;
	struct stock_account store;
	bool found = false;
	*named_r = false;
	if (!relation_find(v->db, v->who, g->patient, v->now_ms, &f) || f.made_by == v->who->account)
		return RC_OK;
	enum rc rc = item_by_rid(v->db, v->arena, g->patient, &found, &it, p);
	if (rc == RC_OK && found)
		rc = stock_account_get(v->db, v->arena, g->store, &store, p);
	if (rc != RC_OK || !found)
		return rc;
	store.unit = store.unit.n ? store.unit : g->unit;
	traits_read(&it, v->arena, &t);
	rows_row(out);
	rows_patient(out, g->patient, TIER_MASKED);
	traits_named(out, &t, v->now_ms);
	rows_col_i64(out, "milli", g->milli);
	rows_col_i64(out, "first_at", g->first_ms);
	rows_col_i64(out, "last_at", g->last_ms);
	stock_cols_account(out, names, &store);
	*named_r = true;
	return RC_OK;
}

/* Sets "given" and "elsewhere". */
static enum rc rows_given(struct view_ctx *v, struct rows *out, struct names *names, int64_t lot, struct problem *p)
{
	struct givens g = { .n = 0 };
	size_t others = 0;
	enum rc rc = givens_of(v->db, v->arena, lot, &g, p);
	rows_set(out, "given");
	for (size_t i = 0; i < g.n && rc == RC_OK; i++) {
		bool named = false;
		rc = row_given(v, out, names, &g.at[i], &named, p);
		if (!named)
			g.at[others++] = g.at[i];
	}
	rows_set(out, "elsewhere");
	for (size_t i = 0; i < others && rc == RC_OK; i++) {
		struct stock_account store;
		int64_t people = 0;
		if (g.at[i].patient == 0)
			continue;
		for (size_t k = i; k < others; k++)
			if (g.at[k].patient && g.at[k].store == g.at[i].store && str_is(g.at[k].unit, g.at[i].unit)) {
				people++;
				if (k > i)
					g.at[k].patient = 0;
			}
		rc = stock_account_get(v->db, v->arena, g.at[i].store, &store, p);
		if (rc != RC_OK)
			break;
		store.unit = store.unit.n ? store.unit : g.at[i].unit;
		rows_row(out);
		rows_col_i64(out, "people", people);
		stock_cols_account(out, names, &store);
	}
	rows_set(out, "cut");
	if (g.more) {
		rows_row(out);
		rows_col_i64(out, "postings", GIVEN_MOST);
	}
	return rc;
}

/* ---- one lot ---- */

static enum rc rows_where(struct view_ctx *v, struct rows *out, struct names *names, int64_t lot, bool *any_r, struct problem *p)
{
	struct { int64_t account, milli; } *at = arena_array(v->arena, STOCK_STORES_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_LOT_WHERE);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, lot);
	db_bind_i64(s, 2, STOCK_STORES_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		if (db_i64(s, 0) >= STOCK_FIRST_STORE) {
			at[n].account = db_i64(s, 0);
			at[n++].milli = db_i64(s, 1);
		}
	db_reset(s);
	rows_set(out, "where");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct stock_account store;
		struct problem hidden;
		if (stock_store_mine(v->db, v->arena, v->who, v->judge, at[i].account, &store, &hidden) != RC_OK)
			continue;
		*any_r = true;
		if (at[i].milli == 0)
			continue;
		rows_row(out);
		rows_col_i64(out, "milli", at[i].milli);
		stock_cols_account(out, names, &store);
	}
	return rc;
}

static enum rc rows_events(struct view_ctx *v, struct rows *out, int64_t lot, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct { struct str state, reason; int64_t by, at_ms; } *at = arena_array(v->arena, BLOCKED_SHOWN, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_EVENTS);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, lot);
	db_bind_i64(s, 2, 0);
	db_bind_i64(s, 3, BLOCKED_SHOWN);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		at[n].state = arena_str(v->arena, db_text(s, 0));
		at[n].reason = arena_str(v->arena, db_text(s, 1));
		at[n].by = db_i64(s, 2);
		at[n++].at_ms = db_i64(s, 3);
	}
	db_reset(s);
	rows_set(out, "events");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rows_col(out, "state", at[i].state);
		rows_col(out, "reason", at[i].reason);
		rows_col_i64(out, "at", at[i].at_ms);
		col(out, "by_name", person_of(&people, (uint32_t)at[i].by).name);
	}
	return rc;
}

/*
 * "stock_lot": lot. Set "lot": the product's and the lot's columns; set "where": the reader's stores that hold it: milli, store's columns; set "events": state, reason, at, by_name; set
 * "given": those whom it was given to and whom a fact joins to the reader: id, name, born_on, age, sex, status, milli, first_at, last_at, store's columns; set "elsewhere": people
 * (how many others), store's columns; set "cut": postings, where only the newest were looked at. Others than pharmacists see lots that one of their stores held.
 */
static enum rc lot_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct stock_lot lot;
	struct stock_product product;
	bool any = stock_is_pharmacy(v->who, v->judge);
	enum rc rc = stock_lot_get(v->db, v->arena, stock_no(v->args, "lot"), &lot, p);
	if (rc == RC_OK)
		rc = stock_product_get(v->db, v->arena, lot.product, &product, p);
	if (rc == RC_OK)
		rc = rows_where(v, out, &names, lot.no, &any, p);
	if (rc == RC_OK && !any)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "lot", "no lot %lld of account %u", (long long)lot.no, v->who->account);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "lot");
	rows_row(out);
	stock_cols_product(out, &product);
	stock_cols_lot(out, &lot, day_of(v->arena, v->now_ms));
	rc = rows_events(v, out, lot.no, p);
	if (rc == RC_OK)
		rc = rows_given(v, out, &names, lot.no, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "stock_blocked": set "lots", the newest first: lots in quarantine or called back, with their product's columns. */
static enum rc blocked_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct stock_lot *at = arena_array(v->arena, BLOCKED_SHOWN, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_LOTS_BLOCKED);
	struct str today = day_of(v->arena, v->now_ms);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, INT64_MAX);
	db_bind_i64(s, 2, BLOCKED_SHOWN);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct stock_lot){ .no = db_i64(s, 0), .product = db_i64(s, 1), .number = arena_str(v->arena, db_text(s, 2)), .serial = arena_str(v->arena, db_text(s, 3)),
			.expires_on = arena_str(v->arena, db_text(s, 4)), .patient = db_i64(s, 5), .state = arena_str(v->arena, db_text(s, 6)) };
	db_reset(s);
	rows_set(out, "lots");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct stock_product product;
		rc = stock_product_get(v->db, v->arena, at[i].product, &product, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		stock_cols_product(out, &product);
		stock_cols_lot(out, &at[i], today);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "stock_find_lots": cis (or CIP13). Set "lots": all lots of it that were ever here, with the product's columns: by which a recall begins. */
static enum rc find_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct stock_product product = { .no = 0 };
	struct stock_lot *at = arena_array(v->arena, STOCK_LOTS_MOST, sizeof *at);
	struct str today = day_of(v->arena, v->now_ms);
	uint32_t cis = 0;
	size_t n = 0;
	bool row = false;
	if (args_get(v->args, "cis").n == 0)
		return RC_OK;
	enum rc rc = at ? stock_cis(v->args, "cis", &cis, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = stock_product_of(v->db, v->arena, cis, &product, p);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_LOTS_OF);
	db_bind_i64(s, 1, product.no);
	db_bind_i64(s, 2, STOCK_LOTS_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct stock_lot){ .no = db_i64(s, 0), .product = db_i64(s, 1), .number = arena_str(v->arena, db_text(s, 2)), .serial = arena_str(v->arena, db_text(s, 3)),
			.expires_on = arena_str(v->arena, db_text(s, 4)), .patient = db_i64(s, 5), .state = arena_str(v->arena, db_text(s, 6)) };
	db_reset(s);
	rows_set(out, "found");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		stock_cols_product(out, &product);
		stock_cols_lot(out, &at[i], today);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the units are told ---- */

static void task_write(struct buf *body, struct str patient, struct str unit, const struct stock_product *product, const struct stock_lot *lot)
{
	struct problem absent;
	const struct drugs *base = drug_base(&absent);
	const struct drug *drug = base ? drug_by_cis(base, product->cis) : NULL;
	struct buf text;
	struct jw w;
	buf_init(&text, 2000);
	buf_z(&text, "Lot rappel\xc3\xa9 : ");
	if (drug)
		buf_str(&text, drug->name);
	buf_z(&text, ", lot ");
	buf_str(&text, lot->number);
	buf_z(&text, ". Une dose de ce lot a \xc3\xa9t\xc3\xa9 donn\xc3\xa9" "e ou dispens\xc3\xa9" "e \xc3\xa0 cette personne.");
	compose_begin(&w, body, "Task", STR_NONE, NULL);
	jw_member(&w, "status", STR("requested"));
	jw_member(&w, "intent", STR("order"));
	jw_member(&w, "priority", STR("urgent"));
	jw_member(&w, "description", buf_view(&text));
	compose_ref(&w, "for", "Patient", patient, STR_NONE);
	compose_ref(&w, "owner", "Organization", unit, STR_NONE);
	jw_end(&w, '}');
	buf_done(&text);
}

static enum rc tell_one(struct act_ctx *x, const struct given *g, const struct stock_product *product, const struct stock_lot *lot, bool *told_r, struct problem *p)
{
	struct stock_account store;
	struct item it;
	struct record_done done;
	struct buf body;
	bool found = false;
	*told_r = false;
	enum rc rc = stock_account_get(x->db, x->arena, g->store, &store, p);
	if (rc == RC_OK)
		rc = item_by_rid(x->db, x->arena, g->patient, &found, &it, p);
	struct str unit = rc == RC_OK && store.unit.n ? store.unit : g->unit;
	if (rc != RC_OK || !found || unit.n == 0)
		return rc;
	buf_init(&body, 8000);
	task_write(&body, it.id, unit, product, lot);
	rc = compose_put(x, "Task", STR_NONE, &body, NULL, &done, p);
	buf_done(&body);
	*told_r = rc == RC_OK;
	return rc;
}

/*
 * "stock_recall_tell": lot → set "told": told, untold (no unit is known), again (flag). A task for the unit where each of them was given it: urgent, once a lot. The lot must be
 * called back.
 */
static enum rc tell_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct givens g = { .n = 0 };
	struct stock_lot lot;
	struct stock_product product;
	struct buf key;
	int64_t movement = 0, told = 0, untold = 0;
	bool again = false;
	enum rc rc = stock_lot_get(x->db, x->arena, stock_no(x->args, "lot"), &lot, p);
	if (rc == RC_OK && !str_eq(lot.state, "recalled"))
		rc = problem_set(p, RC_CONFLICT, WHY_STOCK_NOT_SIGNED, "lot", "lot %lld is not called back", (long long)lot.no);
	if (rc == RC_OK)
		rc = stock_product_get(x->db, x->arena, lot.product, &product, p);
	if (rc == RC_OK)
		rc = givens_of(x->db, x->arena, lot.no, &g, p);
	if (rc == RC_OK && g.n > TOLD_MOST)
		rc = problem_set(p, RC_LIMIT, WHY_TOO_BIG, "lot", "over %d people", TOLD_MOST);
	buf_init(&key, 40);
	buf_i64(&key, lot.no);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "recall", .key = stock_form_key(x->arena, "recall", buf_view(&key)) }, &movement, &again, p);
	buf_done(&key);
	for (size_t i = 0; i < g.n && rc == RC_OK && !again; i++) {
		bool done = false;
		rc = tell_one(x, &g.at[i], &product, &lot, &done, p);
		told += done;
		untold += !done;
	}
	if (rc != RC_OK)
		return rc;
	rows_set(out, "told");
	rows_row(out);
	rows_col_i64(out, "told", told);
	rows_col_i64(out, "untold", untold);
	col_flag(out, "again", again);
	return RC_OK;
}

/* ---- one product over the stores ---- */

static enum rc rows_product(struct view_ctx *v, struct rows *out, const struct stock_account *stores, size_t n_stores, const struct stock_product *product, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct str today = day_of(v->arena, v->now_ms);
	enum rc rc = RC_OK;
	for (size_t i = 0; i < n_stores && rc == RC_OK; i++) {
		struct stock_held *at = NULL;
		size_t n = 0;
		int64_t usable = 0;
		rc = stock_held_of(v->db, v->arena, stores[i].no, product->no, &at, &n, p);
		for (size_t k = 0; k < n; k++)
			usable += at[k].lot.patient == 0 && stock_may_give(&at[k].lot, today) ? at[k].milli : 0;
		if (rc != RC_OK || n == 0)
			continue;
		rows_row(out);
		stock_cols_product(out, product);
		rows_col_i64(out, "usable", usable);
		stock_cols_account(out, &names, &stores[i]);
	}
	return rc;
}

/*
 * "stock_product": cis. Set "product": its columns; set "where": usable, product's and store's columns, a row a store of the reader's that holds it; set "substitutes": the same of
 * others of its generic group: proposed, never taken by themselves.
 */
static enum rc product_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct problem absent;
	const struct drugs *base = drug_base(&absent);
	struct stock_product product = { .no = 0 };
	struct stock_account *stores = NULL;
	uint32_t cis = 0;
	size_t n = 0;
	unsigned others = 0;
	enum rc rc = stock_cis(v->args, "cis", &cis, p);
	if (rc == RC_OK)
		rc = stock_product_of(v->db, v->arena, cis, &product, p);
	if (rc == RC_OK)
		rc = stock_holders_of(v, &stores, &n, p);
	const struct drug *drug = base && rc == RC_OK ? drug_by_cis(base, cis) : NULL;
	if (rc == RC_OK && !product.no && !drug)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "cis", "no speciality %u", cis);
	if (rc != RC_OK)
		return rc;
	product.cis = cis;
	product.counted = product.no ? product.counted : STR("unit");
	rows_set(out, "product");
	rows_row(out);
	stock_cols_product(out, &product);
	rows_set(out, "where");
	rc = product.no ? rows_product(v, out, stores, n, &product, p) : RC_OK;
	rows_set(out, "substitutes");
	for (const struct drug *one = drug && drug->group_no ? drug_next(base, NULL) : NULL; one && others < GROUP_MOST && rc == RC_OK; one = drug_next(base, one)) {
		struct stock_product other = { .no = 0 };
		if (one->group_no != drug->group_no || one == drug)
			continue;
		others++;
		rc = stock_product_of(v->db, v->arena, one->cis, &other, p);
		if (rc == RC_OK && other.no)
			rc = rows_product(v, out, stores, n, &other, p);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct field TELL_FIELDS[] = { { .name = "lot", .label = "Lot", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct view stock_lot_views[] = {
	{ .name = "stock_lot",       .may = MAY_PHARMACY | MAY_STOCK,              .reveals = REVEALS_WORK_LIST, .run = lot_view },
	{ .name = "stock_blocked",   .may = MAY_PHARMACY | MAY_SUPPLY,             .reveals = REVEALS_META,      .run = blocked_view },
	{ .name = "stock_find_lots", .may = MAY_PHARMACY | MAY_SUPPLY,             .reveals = REVEALS_META,      .run = find_view },
	{ .name = "stock_product",   .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META,      .run = product_view },
	{ .name = NULL },
};
const struct act stock_lot_acts[] = {
	{ .name = "stock_recall_tell", .may = MAY_PHARMACY, .reveals = REVEALS_META, .fields = TELL_FIELDS, .run = tell_run },
	{ .name = NULL },
};
