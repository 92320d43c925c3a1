/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_acts.c: what pharmacists and nurses do with a stock: stores, products, thresholds; what comes in, goes to another store, is lost, destroyed or put right;
 * what is dispensed to a patient and what a patient brings; lots put aside or called back; shortages settled. Nurses reach the stores of their own units, for what their
 * work asks, and no other. Every movement carries the key of its form: sent twice it is done once. Called by the gate through the rows at the end. Start at move_run.
 */
#include <string.h>

#include "hospital/compose.h"
#include "hospital/matters.h"
#include "hospital/stock_inner.h"

/* ---- the pharmacy's tables ---- */

enum rc stock_store_next(struct act_ctx *x, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ACCOUNT_LAST);
	bool row = false;
	db_bind_i64(s, 1, 0);
	enum rc rc = db_step(s, &row, p);
	int64_t last = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	*no_r = last < STOCK_FIRST_STORE ? STOCK_FIRST_STORE : last + 1;
	return rc;
}

/* "stock_store_add": label (its code), kind, unit → set "store": store. A central store may be of no unit; any other belongs to one. */
static enum rc store_add(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str kind = args_get(x->args, "kind"), unit = args_get(x->args, "unit");
	int64_t no = 0;
	enum rc rc = stock_outside_need(x, p);
	if (rc == RC_OK)
		rc = stock_store_next(x, &no, p);
	if (rc == RC_OK && !(unit.n == 0 && str_eq(kind, "central")) && !unit_exists(x->db, unit))
		rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "unit", "unknown unit");
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ACCOUNT_ADD);
	db_bind_i64(s, 1, no);
	db_bind_str(s, 2, kind);
	db_bind_i64(s, 3, 0);
	db_bind_str(s, 4, args_get(x->args, "label"));
	db_bind_str(s, 5, unit.n ? unit : STR(""));
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_STOCK_CODE_TAKEN, "label", "a code twice");
	if (rc == RC_OK) {
		rows_set(out, "store");
		rows_row(out);
		rows_col_i64(out, "store", no);
	}
	return rc;
}

static enum rc any_row(struct db_conn *c, enum stmt which, int64_t store, bool limited, bool *any_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, which);
	db_bind_i64(s, 1, store);
	if (limited)
		db_bind_i64(s, 2, 1);
	enum rc rc = db_step(s, any_r, p);
	db_reset(s);
	return rc;
}

/*
 * "stock_store_close": store → set "store": store. For good: what it did stays, its code stays taken, nothing goes in any more. CONFLICT STOCK_HELD while it holds anything (what: the view
 * "stock"), STOCK_EXPECTED while an order is under way, STOCK_COUNTING while it is being counted, KIT_LEFT while it has a kit, STOCK_CLOSED when it is closed already.
 */
static enum rc store_close(struct act_ctx *x, struct rows *out, struct problem *p)
{
	static const struct { enum stmt which; bool limited; enum why why; } AGAINST[] = {
		{ ST_HOSPITAL_KITS_OPEN, true, WHY_KIT_LEFT }, { ST_HOSPITAL_STOCK_STORE_HELD, true, WHY_STOCK_HELD }, { ST_HOSPITAL_STOCK_ON_ORDER, false, WHY_STOCK_EXPECTED }, { ST_HOSPITAL_STOCK_COUNTING, false, WHY_STOCK_COUNTING },
	};
	struct stock_account store;
	enum rc rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	for (size_t i = 0; i < N_OF(AGAINST) && rc == RC_OK; i++) {
		bool any = false;
		rc = any_row(x->db, AGAINST[i].which, store.no, AGAINST[i].limited, &any, p);
		if (rc == RC_OK && any)
			rc = problem_set(p, RC_CONFLICT, AGAINST[i].why, "store", "store %lld", (long long)store.no);
	}
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ACCOUNT_END);
	db_bind_i64(s, 1, store.no);
	db_bind_i64(s, 2, x->now_ms);
	db_bind_i64(s, 3, x->who->account);
	rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "store");
		rows_row(out);
		rows_col_i64(out, "store", store.no);
	}
	return rc;
}

/* "stock_product_set": cis, counted, ucd → set "product": cis. Lists it, or says how it is counted; not once quantities were posted under another unit of count. */
static enum rc product_set(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_product product;
	struct stock_pool pool = { 0, 0 };
	uint32_t cis = 0;
	struct str ucd = args_get(x->args, "ucd"), counted = args_get(x->args, "counted");
	enum rc rc = stock_cis(x->args, "cis", &cis, p);
	if (rc == RC_OK)
		rc = stock_product_need(x, cis, &product, p);
	if (rc == RC_OK)
		rc = stock_pool_get(x->db, product.no, &pool, p);
	if (rc == RC_OK && pool.milli > 0 && !str_is(counted, product.counted))
		rc = problem_set(p, RC_CONFLICT, WHY_DUPLICATE, "counted", "product %lld is held as it was counted", (long long)product.no);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_PRODUCT_SET);
	db_bind_i64(s, 1, product.no);
	db_bind_str(s, 2, ucd.n ? ucd : STR(""));
	db_bind_str(s, 3, counted);
	rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "product");
		rows_row(out);
		rows_col_i64(out, "cis", cis);
	}
	return rc;
}

/* "stock_level_set": store, cis, critical, minimum, optimum, maximum → set "level": store. */
static enum rc level_set(struct act_ctx *x, struct rows *out, struct problem *p)
{
	static const char *const NAMES[] = { "critical", "minimum", "optimum", "maximum" };
	struct stock_account store;
	struct stock_product product = { .no = 0 };
	int64_t level[4] = { 0, 0, 0, 0 };
	uint32_t cis = 0;
	enum rc rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	if (rc == RC_OK)
		rc = stock_cis(x->args, "cis", &cis, p);
	for (int i = 0; i < 4 && rc == RC_OK; i++) {
		rc = stock_milli(x->args, NAMES[i], true, &level[i], p);
		if (rc == RC_OK && i && level[i] < level[i - 1])
			rc = problem_set(p, RC_BAD_INPUT, WHY_STOCK_LEVELS, NAMES[i], "a threshold under the one before");
	}
	if (rc == RC_OK)
		rc = stock_product_need(x, cis, &product, p);
	if (rc != RC_OK)
		return rc;
	const int64_t at[] = { store.no, product.no, level[0], level[1], level[2], level[3], x->who->account, x->now_ms };
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LEVEL_PUT);
	for (size_t i = 0; i < N_OF(at); i++)
		db_bind_i64(s, (int)i + 1, at[i]);
	rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "level");
		rows_row(out);
		rows_col_i64(out, "store", store.no);
	}
	return rc;
}

/* ---- what comes in ---- */

static void row_movement(struct rows *out, int64_t movement, bool again)
{
	rows_set(out, "movement");
	rows_row(out);
	rows_col_i64(out, "movement", movement);
	col_flag(out, "again", again);
}

static enum rc expires_ok(struct act_ctx *x, struct problem *p)
{
	struct str on = args_get(x->args, "expires");
	bool over = on.n && str_cmp(on, day_of(x->arena, x->now_ms)) < 0;
	return over ? problem_set(p, RC_BAD_INPUT, WHY_STOCK_EXPIRED, "expires", "over") : RC_OK;
}

static const struct { const char *code; int account; bool expired; } SOURCES[] = { { "delivery", STOCK_SUPPLIER, false }, { "opening", STOCK_CORRECTION, true }, { "found", STOCK_CORRECTION, true } };

/* "stock_receive": key, store, cis, number, serial, expires, quantity, amount (of all of it), source (delivery; a pharmacist's: opening, found) → set "movement": movement, again. */
static enum rc receive_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_account store, from;
	struct stock_product product = { .no = 0 };
	struct stock_lot lot;
	struct str source = args_get(x->args, "source");
	int64_t milli = 0, cents = 0, movement = 0;
	uint32_t cis = 0;
	size_t i = 0;
	bool again = false;
	while (i + 1 < N_OF(SOURCES) && !str_eq(source, SOURCES[i].code))
		i++;
	enum rc rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	if (rc == RC_OK && SOURCES[i].account == STOCK_CORRECTION && !stock_is_pharmacy(x->who, x->judge))
		rc = problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "source", "role %d", (int)x->who->role);
	if (rc == RC_OK)
		rc = stock_cis(x->args, "cis", &cis, p);
	if (rc == RC_OK && !SOURCES[i].expired)
		rc = expires_ok(x, p);
	if (rc == RC_OK)
		rc = stock_milli(x->args, "quantity", false, &milli, p);
	if (rc == RC_OK)
		rc = stock_cents(x->args, "amount", &cents, p);
	if (rc == RC_OK)
		rc = stock_product_need(x, cis, &product, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "receive", .key = stock_form_key(x->arena, "receive", args_get(x->args, "key")), .reason = source }, &movement, &again, p);
	if (rc == RC_OK && !again)
		rc = stock_lot_need(x, product.no, args_get(x->args, "number"), args_get(x->args, "serial"), args_get(x->args, "expires"), 0, &lot, p);
	if (rc == RC_OK && !again) {
		from = stock_outside(SOURCES[i].account);
		rc = stock_post(x, movement, &product, &lot, &from, &store, milli, cents, p);
	}
	if (rc == RC_OK && !again)
		rc = stock_levels_moved(x, movement, movement, p);
	if (rc == RC_OK)
		row_movement(out, movement, again);
	return rc;
}

/* ---- what goes from one place to another ---- */

/* may: who (a row's right let them in); to: an account outside, 0: another store. free: lots that may not be given may go this way. in: it comes from there instead. */
#define OF_ALL (MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY)
static const struct move { const char *code; uint32_t may; int to; bool free, in, reason, own; } MOVES[] = {
	{ "transfer",    MAY_PHARMACY | MAY_SUPPLY, 0,                 false, false, false, false },
	{ "return",      OF_ALL,                    0,                 true,  false, false, false },
	{ "use",         MAY_PHARMACY | MAY_STOCK,  STOCK_USE,         false, false, false, false },
	{ "loss",        OF_ALL,                    STOCK_LOSS,        true,  false, true,  true  },
	{ "destruction", MAY_PHARMACY,              STOCK_DESTRUCTION, true,  false, true,  true  },
	{ "less",        MAY_PHARMACY,              STOCK_CORRECTION,  true,  false, true,  true  },
	{ "more",        MAY_PHARMACY,              STOCK_CORRECTION,  true,  true,  true,  true  },
	{ "give_back",   MAY_PHARMACY | MAY_STOCK,  STOCK_OWN,         true,  false, false, true  },
};

static const struct move *move_of(struct str code)
{
	for (size_t i = 0; i < N_OF(MOVES); i++)
		if (str_eq(code, MOVES[i].code))
			return &MOVES[i];
	return NULL;
}

/* Where it goes: an account outside, or a store; a nurse's returns go to any store of the house but are told by no more than its number. */
static enum rc move_to(struct act_ctx *x, const struct move *m, const struct stock_account *from, struct stock_account *to, struct problem *p)
{
	if (m->to) {
		*to = stock_outside(m->to);
		return RC_OK;
	}
	int64_t no = stock_no(x->args, "to");
	enum rc rc = stock_account_get(x->db, x->arena, no, to, p);
	if (rc == RC_OK && to->of_store)
		return problem_set(p, RC_CONFLICT, WHY_KIT_ONLY, "to", "store %lld is a kit", (long long)no);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && (!to->store || to->no == from->no || (str_eq(STR("return"), m->code) && !str_eq(to->kind, "central")))))
		return problem_set(p, RC_BAD_INPUT, WHY_STOCK_PLACE, "to", "store %lld", (long long)no);
	return rc;
}

static enum rc move_is_good(struct act_ctx *x, const struct move *m, const struct stock_lot *lot, struct problem *p)
{
	if (!(x->judge->may(x->who->role) & m->may))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "kind", "role %d", (int)x->who->role);
	if (m->reason && args_get(x->args, "reason").n == 0)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "reason", "none");
	if (!m->free && !stock_may_give(lot, day_of(x->arena, x->now_ms)))
		return problem_set(p, RC_CONFLICT, WHY_STOCK_BLOCKED, "kind", "lot %lld", (long long)lot->no);
	if ((lot->patient && !m->own) || (!lot->patient && m->to == STOCK_OWN))
		return problem_set(p, RC_BAD_INPUT, WHY_STOCK_OWN, "kind", "lot %lld", (long long)lot->no);
	return RC_OK;
}

/* "stock_move": key, store, lot, kind, quantity, to (a store), reason, text → set "movement": movement, again. */
static enum rc move_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct move *m = move_of(args_get(x->args, "kind"));
	struct stock_account store = { .no = 0 }, other = { .no = 0 };
	struct stock_product product;
	struct stock_lot lot;
	int64_t milli = 0, movement = 0;
	bool again = false;
	if (!m)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_CHOICE, "kind", "none of the kinds");
	enum rc rc = stock_store_mine(x->db, x->arena, x->who, x->judge, stock_no(x->args, "store"), &store, p);
	if (rc == RC_OK && store.of_store)
		rc = problem_set(p, RC_CONFLICT, WHY_KIT_ONLY, "store", "store %lld is a kit", (long long)store.no);
	if (rc == RC_OK)
		rc = stock_lot_get(x->db, x->arena, stock_no(x->args, "lot"), &lot, p);
	if (rc == RC_OK)
		rc = stock_product_get(x->db, x->arena, lot.product, &product, p);
	if (rc == RC_OK)
		rc = move_is_good(x, m, &lot, p);
	if (rc == RC_OK)
		rc = stock_milli(x->args, "quantity", false, &milli, p);
	if (rc == RC_OK)
		rc = move_to(x, m, &store, &other, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = m->code, .key = stock_form_key(x->arena, "move", args_get(x->args, "key")), .reason = args_get(x->args, "reason"), .text = args_get(x->args, "text") }, &movement,
			&again, p);
	if (rc == RC_OK && !again)
		rc = stock_post(x, movement, &product, &lot, m->in ? &other : &store, m->in ? &store : &other, milli, -1, p);
	if (rc == RC_OK && !again)
		rc = stock_levels_moved(x, movement, movement, p);
	if (rc == RC_OK)
		row_movement(out, movement, again);
	return rc;
}

/* ---- to and from a patient ---- */

/* A line of the prescription is this patient's, or of a record joined to his; NOT_FOUND where it is not. Empty: dispensed for none. */
static enum rc line_of_patient(struct act_ctx *x, struct str line, int64_t patient, struct problem *p)
{
	struct item it;
	bool found = false;
	enum rc rc = line.n ? item_find(x->db, x->arena, "MedicationRequest", line, &found, &it, p) : RC_OK;
	if (rc == RC_OK && line.n && (!found || merge_kept(x->db, it.patient) != merge_kept(x->db, patient)))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "request", "no such prescription of this patient");
	return rc;
}

/* "stock_dispense": patient, key, store, cis, quantity, request, number → set "dispensed": movement, drawn, missing (thousandths), again. Never refuses for shortage. */
static enum rc dispense_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_account store;
	struct stock_drawn drawn = { .movement = 0 };
	struct stock_want w = { .patient = record_patient_rid(x->db, args_get(x->args, "patient")), .request = args_get(x->args, "request"), .lot = args_get(x->args, "number") };
	enum rc rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	if (rc == RC_OK)
		rc = stock_cis(x->args, "cis", &w.cis, p);
	if (rc == RC_OK)
		rc = stock_milli(x->args, "quantity", false, &w.quantity_milli, p);
	if (rc == RC_OK)
		rc = line_of_patient(x, w.request, w.patient, p);
	if (rc != RC_OK)
		return rc;
	w.key = stock_form_key(x->arena, "dispense", args_get(x->args, "key"));
	w.store = store.no;
	w.unit = store.unit;
	rc = stock_draw(x, &w, &drawn, p);
	if (rc == RC_OK && !drawn.movement)
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_DRUG, "cis", "no speciality %u", w.cis);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "dispensed");
	rows_row(out);
	rows_patient(out, w.patient, TIER_IDENTITY);
	rows_col_i64(out, "movement", drawn.movement);
	rows_col_i64(out, "drawn", drawn.drawn_milli);
	rows_col_i64(out, "missing", drawn.missing_milli);
	col_flag(out, "again", drawn.again);
	return RC_OK;
}

/* "stock_own_in": patient, key, store, cis, number, expires, quantity → set "movement". What a patient brought: kept apart, given to that patient alone, worth nothing here. */
static enum rc own_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_account store, from = stock_outside(STOCK_OWN);
	struct stock_product product = { .no = 0 };
	struct stock_lot lot;
	int64_t patient = record_patient_rid(x->db, args_get(x->args, "patient")), milli = 0, movement = 0;
	uint32_t cis = 0;
	bool again = false;
	enum rc rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	if (rc == RC_OK)
		rc = stock_cis(x->args, "cis", &cis, p);
	if (rc == RC_OK)
		rc = expires_ok(x, p);
	if (rc == RC_OK)
		rc = stock_milli(x->args, "quantity", false, &milli, p);
	if (rc == RC_OK)
		rc = stock_product_need(x, cis, &product, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "own", .key = stock_form_key(x->arena, "own", args_get(x->args, "key")), .patient = patient }, &movement, &again, p);
	if (rc == RC_OK && !again)
		rc = stock_lot_need(x, product.no, args_get(x->args, "number"), STR_NONE, args_get(x->args, "expires"), patient, &lot, p);
	if (rc == RC_OK && !again)
		rc = stock_post(x, movement, &product, &lot, &from, &store, milli, -1, p);
	if (rc != RC_OK)
		return rc;
	row_movement(out, movement, again);
	rows_patient(out, patient, TIER_IDENTITY);
	return RC_OK;
}

/* ---- lots put aside or called back ---- */

/* "stock_lot_state": lot, state, reason → set "lot": lot. From now on it is proposed nowhere; who was given any of it is in the view "stock_lot". */
static enum rc lot_state_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_lot lot;
	struct str state = args_get(x->args, "state");
	enum rc rc = stock_lot_get(x->db, x->arena, stock_no(x->args, "lot"), &lot, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LOT_STATE);
	db_bind_i64(s, 1, lot.no);
	db_bind_str(s, 2, state);
	rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) > 0) {
		s = db_stmt(x->db, ST_HOSPITAL_STOCK_EVENT_ADD);
		db_bind_i64(s, 1, lot.no);
		db_bind_str(s, 2, state);
		db_bind_str(s, 3, args_get(x->args, "reason"));
		db_bind_i64(s, 4, x->who->account);
		db_bind_i64(s, 5, x->now_ms);
		rc = db_run(s, p);
		if (rc == RC_OK && str_eq(lot.state, "usable") != str_eq(state, "usable"))
			rc = stock_levels_of_lot(x, &lot, str_eq(state, "usable"), p);
	}
	if (rc == RC_OK) {
		rows_set(out, "lot");
		rows_row(out);
		rows_col_i64(out, "lot", lot.no);
	}
	return rc;
}

/* ---- shortages ---- */

struct shortage { int64_t no, movement, product, store, milli, settled_ms; struct str unit; };

static enum rc shortage_get(struct act_ctx *x, int64_t no, struct shortage *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_SHORTAGE);
	bool row = false, mine = stock_is_pharmacy(x->who, x->judge);
	*r = (struct shortage){ .no = 0 };
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*r = (struct shortage){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 3), db_i64(s, 5), db_i64(s, 7), arena_str(x->arena, db_text(s, 4)) };
	db_reset(s);
	for (unsigned i = 0; i < x->who->n_units; i++)
		mine = mine || (r->unit.n && str_is(x->who->units[i], r->unit));
	if (rc == RC_OK && (!r->no || !mine))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such shortage of account %u", x->who->account);
	return rc == RC_OK && r->settled_ms ? problem_set(p, RC_CONFLICT, WHY_STOCK_DONE, "no", "settled") : rc;
}

/* The lot under which the missing quantity stands. */
static enum rc lot_missing(struct act_ctx *x, int64_t movement, struct stock_lot *lot, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_POSTINGS_OF);
	int64_t no = 0;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, movement);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		no = db_i64(s, 2) == STOCK_DISCREPANCY ? db_i64(s, 1) : no;
	db_reset(s);
	return rc == RC_OK ? stock_lot_get(x->db, x->arena, no, lot, p) : rc;
}

static struct str settle_key(struct act_ctx *x, int64_t no)
{
	struct buf b;
	buf_init(&b, 40);
	buf_i64(&b, no);
	struct str key = stock_form_key(x->arena, "settle", buf_view(&b));
	buf_done(&b);
	return key;
}

/*
 * "stock_settle": no, lot → set "shortage": no. With a lot of the store: it was taken from that one after all. Without: nothing is there; the pharmacy writes it off as a
 * correction. Both leave the discrepancy account at nothing for this dose.
 */
static enum rc settle_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct shortage h;
	struct stock_account from = stock_outside(STOCK_CORRECTION), to = stock_outside(STOCK_DISCREPANCY);
	struct stock_product product;
	struct stock_lot lot = { .no = 0 };
	int64_t no = stock_no(x->args, "lot"), movement = 0;
	bool again = false;
	enum rc rc = shortage_get(x, stock_no(x->args, "no"), &h, p);
	if (rc == RC_OK && !no && !stock_is_pharmacy(x->who, x->judge))
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "lot", "none");
	if (rc == RC_OK && no)
		rc = stock_store_mine(x->db, x->arena, x->who, x->judge, h.store, &from, p);
	if (rc == RC_OK)
		rc = no ? stock_lot_get(x->db, x->arena, no, &lot, p) : lot_missing(x, h.movement, &lot, p);
	if (rc == RC_OK && (lot.product != h.product || (no && lot.patient)))
		rc = problem_set(p, RC_BAD_INPUT, WHY_NOT_FOUND, "lot", "lot %lld is of something else", (long long)lot.no);
	if (rc == RC_OK)
		rc = stock_product_get(x->db, x->arena, h.product, &product, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "settle", .key = settle_key(x, h.no) }, &movement, &again, p);
	if (rc == RC_OK && !again)
		rc = stock_post(x, movement, &product, &lot, &from, &to, h.milli, -1, p);
	if (rc == RC_OK && !again)
		rc = stock_levels_moved(x, movement, movement, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_SHORTAGE_END);
	db_bind_i64(s, 1, h.no);
	db_bind_str(s, 2, no ? STR("lot") : STR("count"));
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "shortage");
		rows_row(out);
		rows_col_i64(out, "no", h.no);
	}
	return rc;
}

/* ---- rows ---- */

static const struct choice KINDS[] = { { "central", "Central store" }, { "ward", "Ward store" }, { "cabinet", "Cabinet" }, { "home", "Nursing home" }, { NULL, NULL } };
static const struct choice SOURCE[] = { { "delivery", "Delivery" }, { "opening", "Opening of the books" }, { "found", "Found" }, { NULL, NULL } };
static const struct choice MOVED[] = { { "transfer", "" }, { "return", "" }, { "use", "" }, { "loss", "" }, { "destruction", "" }, { "less", "" }, { "more", "" }, { "give_back", "" }, { NULL, NULL } };
static const struct choice REASONS[] = { { "broken", "" }, { "expired", "" }, { "cold", "" }, { "recalled", "" }, { "unused", "" }, { "error", "" }, { "found", "" }, { "other", "" }, { NULL, NULL } };
static const struct choice STATES[] = { { "usable", "" }, { "quarantine", "" }, { "recalled", "" }, { NULL, NULL } };
static const struct choice STATE_REASONS[] = { { "authority", "" }, { "supplier", "" }, { "quality", "" }, { "cold", "" }, { "checked", "" }, { "other", "" }, { NULL, NULL } };

#define KEY_FIELD { .name = "key", .label = "Key of the form", .kind = FIELD_TOKEN, .max = STOCK_FORM_KEY, .required = true }
#define STORE_FIELD { .name = "store", .label = "Store", .kind = FIELD_INT, .min = STOCK_FIRST_STORE, .max = INT64_MAX, .required = true }
#define CIS_FIELD { .name = "cis", .label = "Medicine", .kind = FIELD_INT, .min = 1, .max = INT64_C(9999999999999), .required = true }
#define LOT_FIELD { .name = "lot", .label = "Lot", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define QUANTITY_FIELD { .name = "quantity", .label = "Quantity", .kind = FIELD_TEXT, .max = 20, .required = true }

static const struct field STORE_FIELDS[] = {
	{ .name = "label", .label = "Code", .kind = FIELD_TOKEN, .min = 2, .max = 20, .required = true }, { .name = "kind", .label = "Kind", .kind = FIELD_CODE, .choices = KINDS, .required = true },
	{ .name = "unit", .label = "Unit", .kind = FIELD_ID }, FIELDS_END,
};
static const struct field CLOSE_FIELDS[] = { STORE_FIELD, FIELDS_END };
static const struct field PRODUCT_FIELDS[] = {
	CIS_FIELD, { .name = "counted", .label = "Counted in", .kind = FIELD_CODE, .choices = stock_counted, .required = true }, { .name = "ucd", .label = "Code UCD", .kind = FIELD_TOKEN, .max = 13 }, FIELDS_END,
};
static const struct field LEVEL_FIELDS[] = {
	STORE_FIELD, CIS_FIELD, { .name = "critical", .label = "Critical", .kind = FIELD_TEXT, .max = 20, .required = true }, { .name = "minimum", .label = "Minimum", .kind = FIELD_TEXT, .max = 20, .required = true },
	{ .name = "optimum", .label = "Optimum", .kind = FIELD_TEXT, .max = 20, .required = true }, { .name = "maximum", .label = "Maximum", .kind = FIELD_TEXT, .max = 20, .required = true }, FIELDS_END,
};
static const struct field RECEIVE_FIELDS[] = {
	KEY_FIELD, STORE_FIELD, CIS_FIELD, { .name = "number", .label = "Lot number", .kind = FIELD_TOKEN, .max = 20, .required = true }, { .name = "serial", .label = "Serial number", .kind = FIELD_TOKEN, .max = 20 },
	{ .name = "expires", .label = "Expires on", .kind = FIELD_DATE, .required = true }, QUANTITY_FIELD, { .name = "amount", .label = "Amount", .kind = FIELD_TEXT, .max = 20 },
	{ .name = "source", .label = "Where it comes from", .kind = FIELD_CODE, .choices = SOURCE, .required = true }, FIELDS_END,
};
static const struct field MOVE_FIELDS[] = {
	KEY_FIELD, STORE_FIELD, LOT_FIELD, { .name = "kind", .label = "What happens", .kind = FIELD_CODE, .choices = MOVED, .required = true }, QUANTITY_FIELD,
	{ .name = "to", .label = "To", .kind = FIELD_INT, .min = STOCK_FIRST_STORE, .max = INT64_MAX }, { .name = "reason", .label = "Reason", .kind = FIELD_CODE, .choices = REASONS },
	{ .name = "text", .label = "Remark", .kind = FIELD_TEXT, .max = 300 }, FIELDS_END,
};
static const struct field DISPENSE_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }, KEY_FIELD, STORE_FIELD, CIS_FIELD, QUANTITY_FIELD, { .name = "request", .label = "Prescription line", .kind = FIELD_ID },
	{ .name = "number", .label = "Lot number", .kind = FIELD_TOKEN, .max = 20 }, FIELDS_END,
};
static const struct field OWN_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }, KEY_FIELD, STORE_FIELD, CIS_FIELD, QUANTITY_FIELD, { .name = "number", .label = "Lot number", .kind = FIELD_TOKEN, .max = 20 },
	{ .name = "expires", .label = "Expires on", .kind = FIELD_DATE }, FIELDS_END,
};
static const struct field STATE_FIELDS[] = {
	LOT_FIELD, { .name = "state", .label = "State", .kind = FIELD_CODE, .choices = STATES, .required = true }, { .name = "reason", .label = "Reason", .kind = FIELD_CODE, .choices = STATE_REASONS, .required = true }, FIELDS_END,
};
static const struct field SETTLE_FIELDS[] = {
	{ .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, { .name = "lot", .label = "Lot", .kind = FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END,
};

const struct act stock_acts[] = {
	{ .name = "stock_store_add",   .may = MAY_PHARMACY,                          .reveals = REVEALS_META,        .fields = STORE_FIELDS,    .run = store_add },
	{ .name = "stock_product_set", .may = MAY_PHARMACY,                          .reveals = REVEALS_META,        .fields = PRODUCT_FIELDS,  .run = product_set },
	{ .name = "stock_level_set",   .may = MAY_PHARMACY,                          .reveals = REVEALS_META,        .fields = LEVEL_FIELDS,    .run = level_set },
	{ .name = "stock_receive",     .may = MAY_PHARMACY | MAY_SUPPLY,             .reveals = REVEALS_META,        .fields = RECEIVE_FIELDS,  .run = receive_run },
	{ .name = "stock_move",        .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META,        .fields = MOVE_FIELDS,     .run = move_run },
	{ .name = "stock_dispense",    .may = MAY_PHARMACY | MAY_STOCK,              .reveals = REVEALS_ONE_PATIENT, .fields = DISPENSE_FIELDS, .run = dispense_run },
	{ .name = "stock_own_in",      .may = MAY_PHARMACY | MAY_STOCK,              .reveals = REVEALS_ONE_PATIENT, .fields = OWN_FIELDS,      .run = own_run },
	{ .name = "stock_lot_state",   .may = MAY_PHARMACY,                          .reveals = REVEALS_META,        .fields = STATE_FIELDS,    .run = lot_state_run },
	{ .name = "stock_settle",      .may = MAY_PHARMACY | MAY_STOCK,              .reveals = REVEALS_META,        .fields = SETTLE_FIELDS,   .run = settle_run },
	{ .name = "stock_store_close", .may = MAY_PHARMACY,                          .reveals = REVEALS_META,        .fields = CLOSE_FIELDS,    .run = store_close },
	{ .name = NULL },
};
