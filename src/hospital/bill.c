/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/bill.c: drafts of invoices: the captured acts of a stay and what the tables price, who pays what of each line, and what stands against posting it. A line without a price says
 * why; nothing is priced by a guess. Called by the gate through the rows at the end, by invoice.c and coding.c. Start at draft_open and blocked.
 */
#include "hospital/billing.h"
#include "hospital/matters.h"

/* ---- reading ---- */

enum rc bill_get(struct db_conn *c, struct arena *a, int64_t no, int64_t patient, struct bill *b_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BILL_GET);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*b_r = (struct bill){ .no = no, .stay = arena_str(a, db_text(s, 0)), .patient = db_i64(s, 1), .establishment = arena_str(a, db_text(s, 2)), .state = arena_str(a, db_text(s, 3)),
			.block = arena_str(a, db_text(s, 4)), .version = db_i64(s, 5), .shared = db_i64(s, 6) != 0 };
	db_reset(s);
	if (rc == RC_OK && (!row || b_r->patient != patient))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such draft of this patient");
	return rc;
}

enum rc bill_lines_get(struct db_conn *c, struct arena *a, enum stmt which, int64_t no, struct line **at_r, size_t *n_r, struct problem *p)
{
	struct line *at = arena_array(a, BILL_LINES, sizeof *at);
	struct db_stmt *s = db_stmt(c, which);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(a, p);
	db_bind_i64(s, 1, no);
	while (rc == RC_OK && n < BILL_LINES && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct line){ .place = db_i64(s, 0), .act = db_i64(s, 1), .kind = arena_str(a, db_text(s, 2)), .code = arena_str(a, db_text(s, 3)), .detail = arena_str(a, db_text(s, 4)),
			.grid = db_i64(s, 5), .done_on = arena_str(a, db_text(s, 6)), .quantity = db_i64(s, 7), .price = db_i64(s, 8), .amount = db_i64(s, 9), .share = { 0, db_i64(s, 10), db_i64(s, 11), db_i64(s, 12) },
			.rule = arena_str(a, db_text(s, 13)), .block = arena_str(a, db_text(s, 14)) };
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* ---- drafts ---- */

/* Why it cannot be posted as it stands; empty: it can. */
static struct str blocked(const struct bill *b, const struct line *at, size_t n, const struct billing_stay *stay)
{
	int64_t total = 0;
	bool grouped = false;
	for (size_t i = 0; i < n; i++) {
		if (at[i].amount < 0)
			return at[i].block;
		total += at[i].amount;
		grouped = grouped || str_eq(at[i].kind, "ghs");
	}
	if (n == 0)
		return STR("empty");
	if (total == 0)
		return STR("zero");
	if (grouped && !str_eq(stay->state, "coded"))
		return STR("coding");
	return b->shared ? STR("") : STR("shares");
}

static enum rc stale(struct problem *p) { return problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "version", "another was quicker"); }

enum rc bill_step(struct act_ctx *x, const struct bill *b, const char *state, struct str block, bool shared, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILL_STEP);
	db_bind_i64(s, 1, b->no);
	db_bind_i64(s, 2, b->version);
	db_bind_str(s, 3, str_of(state));
	db_bind_str(s, 4, block);
	db_bind_i64(s, 5, shared);
	enum rc rc = db_run(s, p);
	return rc == RC_OK && db_changes(x->db) != 1 ? stale(p) : rc;
}

/* After each change of a line: a draft again, with what stands against it now. */
static enum rc settle(struct act_ctx *x, struct bill *b, bool shared, struct problem *p)
{
	struct billing_stay stay;
	struct line *at;
	size_t n;
	bool found;
	enum rc rc = bill_lines_get(x->db, x->arena, ST_HOSPITAL_BILL_LINES, b->no, &at, &n, p);
	if (rc == RC_OK)
		rc = billing_stay_get(x->db, x->arena, b->stay, &found, &stay, p);
	if (rc != RC_OK)
		return rc;
	b->shared = shared;
	return bill_step(x, b, "draft", blocked(b, at, n, &stay), shared, p);
}

enum rc bill_recheck(struct act_ctx *x, struct str stay, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILL_OPEN_OF);
	struct billing_stay of;
	struct bill b;
	bool row = false, found = false;
	db_bind_str(s, 1, stay);
	enum rc rc = db_step(s, &row, p);
	int64_t no = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	if (rc != RC_OK || !no)
		return rc;
	rc = billing_stay_get(x->db, x->arena, stay, &found, &of, p);
	if (rc == RC_OK)
		rc = bill_get(x->db, x->arena, no, of.patient, &b, p);
	return rc == RC_OK ? settle(x, &b, b.shared, p) : rc;
}

/* The draft that the form was filled in on, as it still stands. */
static enum rc bill_of_args(struct act_ctx *x, struct bill *b, struct problem *p)
{
	enum rc rc = bill_get(x->db, x->arena, billing_i64(x->args, "no"), record_patient_rid(x->db, args_get(x->args, "patient")), b, p);
	if (rc == RC_OK && (b->version != billing_i64(x->args, "version") || (!str_eq(b->state, "draft") && !str_eq(b->state, "checked"))))
		rc = stale(p);
	return rc;
}

void bill_told(struct rows *out, const struct bill *b, int64_t invoice)
{
	rows_set(out, "bill");
	rows_row(out);
	rows_patient(out, b->patient, TIER_IDENTITY);
	rows_col_i64(out, "no", b->no);
	if (invoice)
		rows_col_i64(out, "invoice", invoice);
}

static enum rc line_put(struct act_ctx *x, int64_t bill, struct line *l, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILL_LINE_LAST);
	bool row = false;
	db_bind_i64(s, 1, bill);
	enum rc rc = db_step(s, &row, p);
	l->place = rc == RC_OK && row ? db_i64(s, 0) + 1 : 0;
	db_reset(s);
	if (rc == RC_OK && l->place > BILL_LINES)
		rc = problem_set(p, RC_BAD_INPUT, WHY_BILL_FULL, "kind", "over %d lines", BILL_LINES);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_BILL_LINE_ADD);
	db_bind_i64(s, 1, bill);
	db_bind_i64(s, 2, l->place);
	if (l->act)
		db_bind_i64(s, 3, l->act);
	else
		db_bind_null(s, 3);
	db_bind_str(s, 4, l->kind);
	db_bind_str(s, 5, l->code);
	db_bind_str(s, 6, l->detail.n ? l->detail : STR(""));
	db_bind_i64(s, 7, l->grid);
	db_bind_str(s, 8, l->done_on);
	db_bind_i64(s, 9, l->quantity);
	if (l->price >= 0)
		db_bind_i64(s, 10, l->price);
	else
		db_bind_null(s, 10);
	if (l->amount >= 0)
		db_bind_i64(s, 11, l->amount);
	else
		db_bind_null(s, 11);
	for (int i = PAYER_COMPULSORY; i <= PAYERS; i++)
		db_bind_i64(s, 11 + i, l->share[i]);
	db_bind_str(s, 15, l->rule.n ? l->rule : STR(""));
	db_bind_str(s, 16, l->block.n ? l->block : STR(""));
	return db_run(s, p);
}

/* A price by a table: its amount, all of it the first payer's until somebody says who pays what; or why there is none. */
static void priced(struct act_ctx *x, struct line *l, const struct tariff *t, const char *table)
{
	struct buf b;
	l->price = t->price_milli;
	l->amount = t->why == TARIFF_PRICED ? tariff_cents(t->price_milli, l->quantity) : -1;
	l->block = str_of(tariff_why(t->why));
	l->share[PAYER_COMPULSORY] = l->amount > 0 ? l->amount : 0;
	buf_init(&b, 200);
	buf_z(&b, table);
	if (t->from.n) {
		buf_ch(&b, ' ');
		buf_str(&b, t->from);
	}
	if (l->grid)
		buf_fmt(&b, " grille %d", (int)l->grid);
	l->rule = arena_str(x->arena, buf_view(&b));
	buf_done(&b);
}

/* "1/0 F": activity, phase, modifiers. */
static struct str act_detail(struct arena *a, int64_t activity, int64_t phase, struct str modifiers)
{
	struct buf b;
	buf_init(&b, 100);
	buf_fmt(&b, "%d/%d", (int)activity, (int)phase);
	if (modifiers.n) {
		buf_ch(&b, ' ');
		buf_str(&b, modifiers);
	}
	struct str s = arena_str(a, buf_view(&b));
	buf_done(&b);
	return s;
}

static struct str house_rule(struct arena *a, const struct house_price *h)
{
	struct buf b;
	buf_init(&b, 100);
	buf_fmt(&b, "Table de l'hôpital n° %lld du ", (long long)h->no);
	buf_str(&b, h->from);
	struct str s = arena_str(a, buf_view(&b));
	buf_done(&b);
	return s;
}

/* Acts of the stay that no draft has yet become lines. Modifiers are kept; no table gives their amounts, nor rules of association: the line says the act alone. */
static enum rc acts_take(struct act_ctx *x, const struct bill *b, size_t *n_r, struct problem *p)
{
	struct act_row { int64_t no, activity, phase; struct str code, modifiers, done_on; } *at = arena_array(x->arena, BILL_LINES, sizeof *at);
	struct problem absent;
	const struct tariffs *t = tariff_base(&absent);
	struct billing_place place;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILLING_ACT_OF);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(x->arena, p);
	db_bind_str(s, 1, b->stay);
	while (rc == RC_OK && n < BILL_LINES && (rc = db_step(s, &row, p)) == RC_OK && row)
		if (str_eq(db_text(s, 7), "captured"))
			at[n++] = (struct act_row){ db_i64(s, 0), db_i64(s, 2), db_i64(s, 3), arena_str(x->arena, db_text(s, 1)), arena_str(x->arena, db_text(s, 4)), arena_str(x->arena, db_text(s, 5)) };
	db_reset(s);
	if (rc == RC_OK)
		rc = billing_place_get(x->db, b->establishment, &place, p);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct line l = { .act = at[i].no, .kind = STR("ccam"), .code = at[i].code, .grid = place.grid, .done_on = at[i].done_on, .quantity = 1000,
			.detail = act_detail(x->arena, at[i].activity, at[i].phase, at[i].modifiers) };
		struct tariff price = { .why = TARIFF_NO_DATA, .price_milli = -1 };
		if (t)
			price = place.grid ? tariff_ccam(t, at[i].code, at[i].activity, at[i].phase, place.grid, at[i].done_on) : (struct tariff){ .why = TARIFF_NO_KIND, .price_milli = -1 };
		priced(x, &l, &price, "CCAM");
		rc = line_put(x, b->no, &l, p);
		if (rc != RC_OK)
			break;
		s = db_stmt(x->db, ST_HOSPITAL_BILLING_ACT_TAKE);
		db_bind_i64(s, 1, at[i].no);
		db_bind_i64(s, 2, b->no);
		rc = db_run(s, p);
	}
	*n_r = n;
	return rc;
}

static enum rc line_away(struct act_ctx *x, int64_t bill, const struct line *l, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILL_LINE_DROP);
	db_bind_i64(s, 1, bill);
	db_bind_i64(s, 2, l->place);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK || !l->act)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_BILLING_ACT_FREE_1);
	db_bind_i64(s, 1, l->act);
	return db_run(s, p);
}

/* Acts that were not priced are taken anew: the establishment's kind may have been said meanwhile. */
static enum rc unpriced_away(struct act_ctx *x, const struct bill *b, struct problem *p)
{
	struct line *at;
	size_t n;
	enum rc rc = bill_lines_get(x->db, x->arena, ST_HOSPITAL_BILL_LINES, b->no, &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (at[i].act && at[i].amount < 0)
			rc = line_away(x, b->no, &at[i], p);
	return rc;
}

/* "bill_open": patient, stay → set "bill": no. The one draft of a stay: made when there is none; what was captured since becomes lines of it, what was not priced is priced anew. */
static enum rc draft_open(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t patient = record_patient_rid(x->db, args_get(x->args, "patient")), no = 0;
	struct billing_stay stay;
	struct bill b;
	size_t n = 0;
	bool row = false;
	enum rc rc = billing_stay_open(x, patient, args_get(x->args, "stay"), &stay, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILL_OPEN_OF);
	db_bind_str(s, 1, stay.stay);
	rc = db_step(s, &row, p);
	no = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	if (rc == RC_OK && !no) {
		s = db_stmt(x->db, ST_HOSPITAL_BILL_ADD);
		db_bind_str(s, 1, stay.stay);
		db_bind_i64(s, 2, patient);
		db_bind_str(s, 3, stay.establishment);
		db_bind_i64(s, 4, x->who->account);
		db_bind_i64(s, 5, x->now_ms);
		rc = db_run(s, p);
		no = rc == RC_OK ? db_last_rowid(x->db) : 0;
	}
	if (rc == RC_OK)
		rc = bill_get(x->db, x->arena, no, patient, &b, p);
	if (rc == RC_OK)
		rc = unpriced_away(x, &b, p);
	if (rc == RC_OK)
		rc = acts_take(x, &b, &n, p);
	if (rc == RC_OK && n)
		rc = settle(x, &b, false, p);
	if (rc == RC_OK)
		bill_told(out, &b, 0);
	return rc;
}

/* The stay's group, by the establishment's table and the day of discharge; days over the upper bound are a line of their own. */
static enum rc stay_lines(struct act_ctx *x, const struct bill *b, const struct tariffs *t, struct problem *p)
{
	struct billing_stay stay;
	struct billing_place place;
	struct house_price effect = { .no = 0 };
	struct str from, until;
	int64_t nights;
	bool found;
	enum rc rc = billing_stay_get(x->db, x->arena, b->stay, &found, &stay, p);
	if (rc == RC_OK)
		rc = billing_stay_days(x->db, x->arena, b->stay, x->now_ms, &from, &until, &nights, p);
	if (rc == RC_OK)
		rc = billing_place_get(x->db, b->establishment, &place, p);
	if (rc == RC_OK && !stay.ghs.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_BILL_BLOCKED, "kind", "no group was typed");
	if (rc == RC_OK && !until.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_BILL_BLOCKED, "kind", "the stay goes on");
	if (rc == RC_OK)
		rc = house_price_find(x->db, x->arena, "effect", STR("ghs_prive"), until, &effect, p);
	if (rc != RC_OK)
		return rc;
	bool public = place.kind == PLACE_PUBLIC;
	struct tariff_stay g = tariff_ghs(t, place.kind, stay.ghm, stay.ghs, until, effect.from, nights);
	struct line l = { .kind = STR("ghs"), .code = stay.ghs, .detail = stay.ghm, .done_on = until, .quantity = 1000 };
	priced(x, &l, &g.base, public ? "GHS public" : "GHS privé");
	rc = line_put(x, b->no, &l, p);
	if (rc != RC_OK || !g.days_over)
		return rc;
	struct line more = { .kind = STR("exh"), .code = stay.ghs, .detail = stay.ghm, .done_on = until, .quantity = g.days_over * 1000 };
	struct tariff over = { .why = TARIFF_PRICED, .price_milli = g.over_milli, .from = g.base.from };
	priced(x, &more, &over, public ? "GHS public, borne haute" : "GHS privé, borne haute");
	return line_put(x, b->no, &more, p);
}

static enum rc other_line(struct act_ctx *x, const struct bill *b, const struct tariffs *t, struct line *l, struct problem *p)
{
	struct tariff price = { .why = TARIFF_NO_TABLE, .price_milli = -1 };
	struct billing_place place;
	struct house_price h = { .no = 0 };
	enum rc rc = billing_place_get(x->db, b->establishment, &place, p);
	if (rc != RC_OK)
		return rc;
	if (str_eq(l->kind, "ucd")) {
		price = tariff_ucd(t, l->code, l->done_on);
		priced(x, l, &price, "UCD en sus, hors taxe");
	} else if (str_eq(l->kind, "lpp")) {
		price = tariff_lpp(t, l->code, l->done_on);
		priced(x, l, &price, "LPP en sus, sans prix");
		if (l->quantity % 1000)
			rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "quantity", "a part of a device");
	} else if (str_eq(l->kind, "sup")) {
		rc = house_price_find(x->db, x->arena, "effect", STR("supplements"), l->done_on, &h, p);
		price = tariff_supplement(t, place.kind, l->code, l->done_on, h.from);
		priced(x, l, &price, "Suppléments");
	} else {
		rc = house_price_find(x->db, x->arena, arena_z(x->arena, l->kind), l->code, l->done_on, &h, p);
		if (h.no)
			price = (struct tariff){ .why = TARIFF_PRICED, .price_milli = h.value, .from = h.from };
		priced(x, l, &price, "Table de l'hôpital");
		if (h.no)
			l->rule = house_rule(x->arena, &h);
	}
	return rc;
}

/* "bill_line_add": patient, no, version, kind, what (code), day, quantity → set "bill". */
static enum rc line_add(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct tariffs *t = tariff_base(p);
	struct bill b;
	struct line l = { .kind = args_get(x->args, "kind"), .code = str_trim(args_get(x->args, "what")), .done_on = args_get(x->args, "day"), .quantity = 1000 };
	if (!t)
		return RC_BROKEN;
	enum rc rc = bill_of_args(x, &b, p);
	if (rc != RC_OK)
		return rc;
	if (str_eq(l.kind, "ghs")) {
		rc = stay_lines(x, &b, t, p);
	} else {
		if (!l.code.n || !l.done_on.n)
			return problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, l.code.n ? "day" : "what", "no code or day");
		if (args_get(x->args, "quantity").n && (!tariff_number(args_get(x->args, "quantity"), 3, &l.quantity) || l.quantity <= 0 || l.quantity > INT64_C(100000000)))
			return problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "quantity", "no quantity");
		if (str_cmp(l.done_on, day_of(x->arena, x->now_ms)) > 0)
			return problem_set(p, RC_BAD_INPUT, WHY_BILL_FUTURE, "day", "a day to come");
		rc = other_line(x, &b, t, &l, p);
		if (rc == RC_OK && str_eq(l.block, "no_code"))
			rc = problem_set(p, RC_BAD_INPUT, WHY_BILL_CODE, "what", "no such code");
		if (rc == RC_OK)
			rc = line_put(x, b.no, &l, p);
	}
	if (rc == RC_OK)
		rc = settle(x, &b, false, p);
	if (rc == RC_OK)
		bill_told(out, &b, 0);
	return rc;
}

static enum rc line_store(struct act_ctx *x, int64_t bill, const struct line *l, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILL_LINE_SET);
	db_bind_i64(s, 1, bill);
	db_bind_i64(s, 2, l->place);
	db_bind_i64(s, 3, l->amount);
	for (int i = PAYER_COMPULSORY; i <= PAYERS; i++)
		db_bind_i64(s, 3 + i, l->share[i]);
	db_bind_str(s, 7, l->rule);
	return db_run(s, p);
}

static struct line *line_find(struct line *at, size_t n, int64_t place)
{
	for (size_t i = 0; i < n; i++)
		if (at[i].place == place)
			return &at[i];
	return NULL;
}

/* "bill_line_set": patient, no, version, place, amount → set "bill": an amount typed by hand, where no table gives it. */
static enum rc line_set(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct bill b;
	struct line *at, *l = NULL;
	size_t n;
	int64_t cents = 0;
	enum rc rc = bill_of_args(x, &b, p);
	if (rc == RC_OK)
		rc = billing_amount(x->args, "amount", false, &cents, p);
	if (rc == RC_OK)
		rc = bill_lines_get(x->db, x->arena, ST_HOSPITAL_BILL_LINES, b.no, &at, &n, p);
	if (rc == RC_OK && !(l = line_find(at, n, billing_i64(x->args, "place"))))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "place", "no such line");
	if (rc != RC_OK)
		return rc;
	l->amount = l->share[PAYER_COMPULSORY] = cents;
	l->share[PAYER_COMPLEMENTARY] = l->share[PAYER_PATIENT] = 0;
	l->rule = STR("Saisi à la main");
	rc = line_store(x, b.no, l, p);
	if (rc == RC_OK)
		rc = settle(x, &b, false, p);
	if (rc == RC_OK)
		bill_told(out, &b, 0);
	return rc;
}

/* "bill_line_drop": patient, no, version, place → set "bill". Its act is captured again, for another draft. */
static enum rc line_drop(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct bill b;
	struct line *at, *l = NULL;
	size_t n;
	enum rc rc = bill_of_args(x, &b, p);
	if (rc == RC_OK)
		rc = bill_lines_get(x->db, x->arena, ST_HOSPITAL_BILL_LINES, b.no, &at, &n, p);
	if (rc == RC_OK && !(l = line_find(at, n, billing_i64(x->args, "place"))))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "place", "no such line");
	if (rc != RC_OK)
		return rc;
	rc = line_away(x, b.no, l, p);
	if (rc == RC_OK)
		rc = settle(x, &b, false, p);
	if (rc == RC_OK)
		bill_told(out, &b, 0);
	return rc;
}

/* Takes so much of what is left of a line for one payer. */
static void share_take(struct line *l, enum payer payer, int64_t *left)
{
	int64_t most = l->share[PAYER_COMPULSORY], take = *left < most ? *left : most;
	l->share[payer] = take;
	l->share[PAYER_COMPULSORY] -= take;
	*left -= take;
}

/*
 * "bill_share": patient, no, version; rate (a code of the hospital's table), covered (flag: the complementary payer takes what the rate leaves), or own and complementary (amounts of the whole)
 * → set "bill". By a rate each line is rounded once and the rest is the compulsory payer's; typed amounts are taken from the lines in their order: both make the whole, to the cent.
 */
static enum rc share(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str rate = str_trim(args_get(x->args, "rate"));
	int64_t own = 0, complementary = 0;
	struct bill b;
	struct line *at = NULL;
	size_t n = 0;
	enum rc rc = bill_of_args(x, &b, p);
	if (rc == RC_OK)
		rc = billing_amount(x->args, "own", true, &own, p);
	if (rc == RC_OK)
		rc = billing_amount(x->args, "complementary", true, &complementary, p);
	if (rc == RC_OK)
		rc = bill_lines_get(x->db, x->arena, ST_HOSPITAL_BILL_LINES, b.no, &at, &n, p);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct line *l = &at[i];
		struct house_price h;
		if (l->amount < 0)
			continue;
		l->share[PAYER_COMPULSORY] = l->amount;
		l->share[PAYER_COMPLEMENTARY] = l->share[PAYER_PATIENT] = 0;
		if (rate.n) {
			rc = house_price_find(x->db, x->arena, "rate", rate, l->done_on, &h, p);
			if (rc == RC_OK && !h.no)
				rc = problem_set(p, RC_BAD_INPUT, WHY_BILL_RATE, "rate", "no rate on line %d", (int)l->place);
			int64_t part = rc == RC_OK ? tariff_share(l->amount, h.value) : 0;
			share_take(l, args_get(x->args, "covered").n ? PAYER_COMPLEMENTARY : PAYER_PATIENT, &part);
		} else {
			share_take(l, PAYER_PATIENT, &own);
			share_take(l, PAYER_COMPLEMENTARY, &complementary);
		}
		if (rc == RC_OK)
			rc = line_store(x, b.no, l, p);
	}
	if (rc == RC_OK && !rate.n && own + complementary > 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_BILL_SHARES, own ? "own" : "complementary", "over the amount");
	if (rc == RC_OK)
		rc = settle(x, &b, true, p);
	if (rc == RC_OK)
		bill_told(out, &b, 0);
	return rc;
}

enum rc bill_is_free(struct act_ctx *x, const struct bill *b, struct line **at_r, size_t *n_r, struct problem *p)
{
	struct billing_stay stay;
	bool found;
	enum rc rc = bill_lines_get(x->db, x->arena, ST_HOSPITAL_BILL_LINES, b->no, at_r, n_r, p);
	if (rc == RC_OK)
		rc = billing_stay_get(x->db, x->arena, b->stay, &found, &stay, p);
	if (rc == RC_OK && blocked(b, *at_r, *n_r, &stay).n)
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_BLOCKED, "no", "draft %lld", (long long)b->no);
	return rc;
}

/* "bill_check": patient, no, version → set "bill". */
static enum rc check(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct bill b;
	struct line *at;
	size_t n;
	enum rc rc = bill_of_args(x, &b, p);
	if (rc == RC_OK)
		rc = bill_is_free(x, &b, &at, &n, p);
	if (rc == RC_OK)
		rc = bill_step(x, &b, "checked", STR(""), true, p);
	if (rc == RC_OK)
		bill_told(out, &b, 0);
	return rc;
}

/* "bill_drop": patient, no, version → set "bill". Its acts are captured again. */
static enum rc drop(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct bill b;
	enum rc rc = bill_of_args(x, &b, p);
	if (rc == RC_OK)
		rc = bill_step(x, &b, "dropped", b.block, b.shared, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILLING_ACT_FREE);
	db_bind_i64(s, 1, b.no);
	if (rc == RC_OK)
		rc = db_run(s, p);
	if (rc == RC_OK)
		rc = billing_stay_settle(x, b.stay, p);
	if (rc == RC_OK)
		bill_told(out, &b, 0);
	return rc;
}

/* ---- view ---- */

void bill_line_rows(struct rows *out, int64_t patient, const struct line *at, size_t n)
{
	int64_t total[PAYERS + 1] = { 0 };
	rows_set(out, "lines");
	for (size_t i = 0; i < n; i++) {
		const struct line *l = &at[i];
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col_i64(out, "place", l->place);
		rows_col(out, "kind", l->kind);
		rows_col(out, "code", l->code);
		col(out, "detail", l->detail);
		rows_col(out, "done_on", l->done_on);
		rows_col_i64(out, "quantity_milli", l->quantity);
		if (l->price >= 0)
			rows_col_i64(out, "price_milli", l->price);
		col(out, "rule", l->rule);
		col(out, "block", l->block);
		if (l->block.n)
			continue;
		rows_col_i64(out, "amount_cents", l->amount);
		rows_col_i64(out, "amo_cents", l->share[PAYER_COMPULSORY]);
		rows_col_i64(out, "amc_cents", l->share[PAYER_COMPLEMENTARY]);
		rows_col_i64(out, "patient_cents", l->share[PAYER_PATIENT]);
		for (int j = PAYER_COMPULSORY; j <= PAYERS; j++)
			total[j] += l->share[j];
	}
	rows_set(out, "total");
	rows_row(out);
	rows_col_i64(out, "amount_cents", total[1] + total[2] + total[3]);
	rows_col_i64(out, "amo_cents", total[PAYER_COMPULSORY]);
	rows_col_i64(out, "amc_cents", total[PAYER_COMPLEMENTARY]);
	rows_col_i64(out, "patient_cents", total[PAYER_PATIENT]);
}

/*
 * "bill": patient, no. Set "bill": no, stay, state, block, version, kind, grid, ghm, ghs, coded (flag), invoice. Set "lines": place, kind, code, detail, done_on, quantity_milli, price_milli, rule,
 * block, amount_cents, amo_cents, amc_cents, patient_cents. Set "total": the four sums.
 */
static enum rc bill_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct bill b;
	struct billing_stay stay;
	struct billing_place place;
	struct line *at;
	size_t n;
	bool found = false, row = false;
	enum rc rc = bill_get(v->db, v->arena, billing_i64(v->args, "no"), record_patient_rid(v->db, args_get(v->args, "patient")), &b, p);
	if (rc == RC_OK)
		rc = bill_lines_get(v->db, v->arena, ST_HOSPITAL_BILL_LINES, b.no, &at, &n, p);
	if (rc == RC_OK)
		rc = billing_stay_get(v->db, v->arena, b.stay, &found, &stay, p);
	if (rc == RC_OK)
		rc = billing_place_get(v->db, b.establishment, &place, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "bill");
	rows_row(out);
	rows_patient(out, b.patient, TIER_IDENTITY);
	rows_col_i64(out, "no", b.no);
	rows_col(out, "stay", b.stay);
	rows_col(out, "state", b.state);
	col(out, "block", b.block);
	rows_col_i64(out, "version", b.version);
	col_z(out, "kind", place.kind == PLACE_PUBLIC ? "public" : place.kind == PLACE_PRIVATE ? "private" : "");
	rows_col_i64(out, "grid", place.grid);
	col(out, "ghm", stay.ghm);
	col(out, "ghs", stay.ghs);
	col_flag(out, "coded", str_eq(stay.state, "coded"));
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_INVOICE_OF_BILL);
	db_bind_i64(s, 1, b.no);
	rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		rows_col_i64(out, "invoice", db_i64(s, 0));
	db_reset(s);
	if (rc == RC_OK)
		bill_line_rows(out, b.patient, at, n);
	return rc;
}

static const struct choice LINE_KINDS[] = { { "ghs", "Stay (GHS)" }, { "sup", "Supplement of a stay" }, { "room", "Room supplement" }, { "day", "Daily charge" }, { "ngap", "Letter of the NGAP" },
	{ "ucd", "Medicine beside the stay (UCD)" }, { "lpp", "Device beside the stay (LPP)" }, { NULL, NULL } };
#define OF_BILL { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }, { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define VERSION { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define PLACE { .name = "place", .label = "Line", .kind = FIELD_INT, .min = 1, .max = BILL_LINES, .required = true }
static const struct field OPEN_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	{ .name = "stay",    .label = "Stay",    .kind = FIELD_ID, .required = true },
	FIELDS_END,
};
static const struct field ADD_FIELDS[] = {
	OF_BILL, VERSION,
	{ .name = "kind",     .label = "Kind of line", .kind = FIELD_CODE, .choices = LINE_KINDS, .required = true },
	{ .name = "what",     .label = "Code",         .kind = FIELD_TOKEN, .max = 16 },
	{ .name = "day",      .label = "Day",          .kind = FIELD_DATE },
	{ .name = "quantity", .label = "Quantity",     .kind = FIELD_TOKEN, .max = 12 },
	FIELDS_END,
};
static const struct field SET_FIELDS[] = { OF_BILL, VERSION, PLACE, { .name = "amount", .label = "Amount", .kind = FIELD_TOKEN, .max = 16, .required = true }, FIELDS_END };
static const struct field DROP_FIELDS[] = { OF_BILL, VERSION, PLACE, FIELDS_END };
static const struct field SHARE_FIELDS[] = {
	OF_BILL, VERSION,
	{ .name = "rate",          .label = "Rate of the patient's share", .kind = FIELD_TOKEN, .max = 16 },
	{ .name = "covered",       .label = "The complementary payer takes it", .kind = FIELD_FLAG },
	{ .name = "own",           .label = "Patient", .kind = FIELD_TOKEN, .max = 16 },
	{ .name = "complementary", .label = "Complementary payer", .kind = FIELD_TOKEN, .max = 16 },
	FIELDS_END,
};
static const struct field STEP_FIELDS[] = { OF_BILL, VERSION, FIELDS_END };

const struct view bill_views[] = {
	{ .name = "bill", .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .run = bill_view },
	{ .name = NULL },
};

const struct act bill_acts[] = {
	{ .name = "bill_open",      .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = OPEN_FIELDS,  .run = draft_open },
	{ .name = "bill_line_add",  .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = ADD_FIELDS,   .run = line_add },
	{ .name = "bill_line_set",  .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = SET_FIELDS,   .run = line_set },
	{ .name = "bill_line_drop", .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = DROP_FIELDS,  .run = line_drop },
	{ .name = "bill_share",     .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = SHARE_FIELDS, .run = share },
	{ .name = "bill_check",     .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = STEP_FIELDS,  .run = check },
	{ .name = "bill_drop",      .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = STEP_FIELDS,  .run = drop },
	{ .name = NULL },
};
