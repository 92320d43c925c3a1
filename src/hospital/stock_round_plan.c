/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_round_plan.c: see stock_round.h: what a unit's lines need, and the lots that could be taken for it. Reads only. It must never count what the words of a prescription
 * do not say in units of the product, nor look at a patient whom no fact made by another joins to the reader. Called by stock_round.c. Start at round_read.
 */
#include "hospital/stock_round.h"

#include <stdlib.h>
#include <string.h>

#include "hospital/dose_draw.h"
#include "hospital/prescription.h"
#include "hospital/relation.h"

const char *round_kind_code(enum round_kind k)
{
	static const char *const CODE[] = { "counted", "amount", "needed", "unplanned", "no_code" };
	return CODE[k];
}

/* ---- what was dispensed, and what is left of it ---- */

static struct db_stmt *bound(struct db_conn *c, enum stmt which, int64_t since_ms)
{
	struct db_stmt *s = db_stmt(c, which);
	db_bind_i64(s, 2, since_ms);
	return s;
}

void dispensings_ahead(struct db_conn *c, const int64_t *patients, size_t n, int64_t since_ms)
{
	db_ahead(bound(c, ST_HOSPITAL_STOCK_DISPENSED, since_ms), 1, patients, n);
	db_ahead(bound(c, ST_HOSPITAL_DOSE_USED, since_ms), 1, patients, n);
}

static bool room(struct arena *a, void **at, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return true;
	size_t more = *cap ? *cap * 2 : 32;
	void *now = arena_array(a, more, size);
	if (!now)
		return false;
	if (n)
		memcpy(now, *at, n * size);
	*at = now;
	*cap = more;
	return true;
}

static enum rc one_record(struct db_conn *c, struct arena *a, int64_t patient, int64_t since_ms, struct dispensings *d, size_t cap[2], struct problem *p)
{
	struct db_stmt *s = bound(c, ST_HOSPITAL_STOCK_DISPENSED, since_ms);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, patient);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && room(a, (void **)&d->at, d->n, &cap[0], sizeof *d->at))
		d->at[d->n++] = (struct dispensed){ .no = db_i64(s, 0), .request = arena_str(a, db_text(s, 1)), .at_ms = db_i64(s, 2), .milli = db_i64(s, 3), .product = db_i64(s, 4), .by = (uint32_t)db_i64(s, 5), .counted = arena_str(a, db_text(s, 6)), .cis = (uint32_t)db_i64(s, 7) };
	db_reset(s);
	s = bound(c, ST_HOSPITAL_DOSE_USED, since_ms);
	db_bind_i64(s, 1, patient);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row && room(a, (void **)&d->used, d->n_used, &cap[1], sizeof *d->used))
		d->used[d->n_used++] = (struct used){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), arena_str(a, db_text(s, 3)) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static int by_time(const void *a, const void *b)
{
	const struct dispensed *x = a, *y = b;
	return x->at_ms < y->at_ms ? -1 : x->at_ms > y->at_ms ? 1 : x->no < y->no ? -1 : x->no > y->no;
}

static int by_given(const void *a, const void *b)
{
	const struct used *x = a, *y = b;
	return x->given_ms < y->given_ms ? -1 : x->given_ms > y->given_ms;
}

enum rc dispensings_of(struct db_conn *c, struct arena *a, int64_t patient, int64_t since_ms, struct dispensings *d_r, struct problem *p)
{
	struct dispensings d = { .n = 0 };
	int64_t same[MERGE_MOST];
	size_t cap[2] = { 0, 0 };
	unsigned n = merge_group(c, patient, same);
	enum rc rc = one_record(c, a, patient, since_ms, &d, cap, p);
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = one_record(c, a, same[i], since_ms, &d, cap, p);
	if (d.n > 1)
		qsort(d.at, d.n, sizeof *d.at, by_time);
	if (d.n_used > 1)
		qsort(d.used, d.n_used, sizeof *d.used, by_given);
	*d_r = d;
	return rc;
}

/* A dose in thousandths of the unit that this product is counted in. False: it does not say so many. */
static bool in_units(uint32_t cis, struct str counted, struct str unit, int64_t micro, int64_t *milli_r)
{
	struct drug_units units;
	bool same = stock_counts(counted, unit), whole = !same && dose_units(cis, unit, micro, &units) && stock_counts(counted, str_of(units.ucum));
	*milli_r = whole ? units.n * STOCK_UNIT_MILLI : micro / 1000;
	return same || whole;
}

struct dispensed_left dispensed_left(const struct dispensings *d, int64_t line, struct str request)
{
	struct dispensed_left r = { .all = 0 };
	const struct dispensed *of = NULL;
	size_t k = 0;
	for (size_t i = 0; i <= d->n; i++) {
		const struct dispensed *one = i < d->n ? &d->at[i] : NULL;
		if (one && !str_is(one->request, request))
			continue;
		for (; k < d->n_used && (!one || d->used[k].given_ms < one->at_ms); k++) {
			const struct used *u = &d->used[k];
			int64_t milli;
			if (u->line != line || !of)
				continue;
			if (!in_units(of->cis, of->counted, u->unit, u->micro, &milli))
				r.unsaid = true;
			else
				r.left = r.left > milli ? r.left - milli : 0; /* more was given: it came from the ward's shelf */
		}
		if (!one)
			break;
		of = one;
		r.left += one->milli;
		r.all += one->milli;
		r.last = one->no > r.last ? one->no : r.last;
	}
	return r;
}

/* ---- what the store holds ---- */

enum rc round_holding(struct db_conn *c, struct arena *a, int64_t store, struct round_holding *h_r, struct problem *p)
{
	struct round_holding h = { .n = 0 };
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_ROUND_HELD);
	size_t cap = 0;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, store);
	db_bind_i64(s, 2, ROUND_HELD + 1);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && room(a, (void **)&h.at, h.n, &cap, sizeof *h.at)) {
		h.more = h.n == ROUND_HELD;
		if (h.more)
			break;
		h.at[h.n++] = (struct round_held){
			.held = { .milli = db_i64(s, 0), .lot = { .no = db_i64(s, 1), .product = db_i64(s, 2), .number = arena_str(a, db_text(s, 3)), .serial = arena_str(a, db_text(s, 4)),
				.expires_on = arena_str(a, db_text(s, 5)), .patient = db_i64(s, 6), .state = arena_str(a, db_text(s, 7)) } },
			.product = { .no = db_i64(s, 2), .cis = (uint32_t)db_i64(s, 8), .ucd = arena_str(a, db_text(s, 9)), .counted = arena_str(a, db_text(s, 10)), .narcotic = db_i64(s, 11) != 0, .listed = db_i64(s, 12) != 0 },
			.pool = { db_i64(s, 13), db_i64(s, 14) }, .free_milli = db_i64(s, 0) };
	}
	db_reset(s);
	stock_sooner_first(h.at, h.n, sizeof *h.at);
	*h_r = h;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

void round_take(struct round_holding *h, uint32_t cis, struct str today, int64_t milli, struct round_picks *r)
{
	*r = (struct round_picks){ .n = 0 };
	for (size_t i = 0; i < h->n && r->milli < milli && r->n < ROUND_LOTS; i++) {
		struct round_held *one = &h->at[i];
		int64_t left = milli - r->milli, take = one->free_milli < left ? one->free_milli : left;
		if (one->product.cis != cis || one->held.lot.patient || take < 1 || !stock_may_give(&one->held.lot, today))
			continue;
		one->free_milli -= take;
		r->at[r->n++] = (struct round_pick){ one, take };
		r->milli += take;
	}
}

/* ---- what a line needs ---- */

static bool is_recorded(const struct doses *d, int64_t line, const struct line_due *l)
{
	for (size_t i = 0; i < d->n; i++)
		if (!d->at[i].needed && d->at[i].state != DOSE_VOID && d->at[i].line == line && d->at[i].slot_ms == l->slot_ms && d->at[i].step == l->due.step && d->at[i].nth == l->nth)
			return true;
	return false;
}

/* Its doses are said in the unit that its product is counted in. */
static bool is_counted(const struct round_line *one)
{
	const char *unit = one->line->planned ? one->line->posology.unit : NULL;
	return unit && stock_counts(one->counted, str_of(unit));
}

/* Day by day: of one day no line has more than DUES_MAX. */
static void add_dues(const struct round *r, const struct care_clocks *clocks, const struct doses *d, struct round_line *one)
{
	struct line_due at[DUES_MAX];
	for (int64_t from = r->from_ms; from < r->until_ms; from += CARE_DAY_MS) {
		int64_t until = from + CARE_DAY_MS < r->until_ms ? from + CARE_DAY_MS : r->until_ms;
		size_t n = line_dues(one->line, clocks, from, until, at);
		for (size_t i = 0; i < n; i++) {
			int64_t micro = posology_micro(at[i].due.dose);
			if (is_recorded(d, one->line->item.rid, &at[i]))
				continue;
			int64_t milli = 0;
			one->unsaid = one->unsaid || !in_units(one->line->cis, one->counted, str_of(one->line->posology.unit), micro, &milli);
			one->due_milli += one->unsaid || one->due_milli > STOCK_MOST_MILLI ? 0 : milli;
			one->doses++;
			one->due_micro += micro > 0 && one->due_micro < INT64_MAX / 2 - micro ? micro : 0;
		}
	}
}

/* On demand: the most of each day that begins in the span. */
static void add_most(const struct round *r, unsigned step, struct round_line *one)
{
	int64_t day = posology_day_micro(&one->line->posology, step), days = (r->until_ms - r->from_ms + CARE_DAY_MS - 1) / CARE_DAY_MS;
	one->due_micro = day > 0 && day < INT64_MAX / 8 ? day * days : 0;
}

static int64_t whole(int64_t milli) { return milli > 0 ? (milli + STOCK_UNIT_MILLI - 1) / STOCK_UNIT_MILLI * STOCK_UNIT_MILLI : 0; }

/* False: nothing is to be said of it. */
static bool line_needs(const struct round *r, const struct care_clocks *clocks, const struct doses *d, const struct dispensings *was, struct round_line *one)
{
	const struct care_line *l = one->line;
	unsigned step = 0;
	if (l->held || l->refused || r->from_ms >= l->until_ms)
		return false;
	bool needed = line_needed(l, r->from_ms, &step) != NULL, counted = l->cis && is_counted(one);
	struct dispensed_left left = dispensed_left(was, l->item.rid, l->item.id);
	one->left_milli = left.left;
	one->dispensed_milli = left.all;
	one->last = left.last;
	if (needed)
		add_most(r, step, one);
	else
		add_dues(r, clocks, d, one);
	bool weighed = l->cis && !counted && !needed && one->doses && !one->unsaid; /* each dose is whole units, not their sum alone */
	int64_t due_milli = counted ? one->due_micro / 1000 : weighed ? one->due_milli : 0;
	one->kind = !l->planned ? ROUND_UNPLANNED : !l->cis ? ROUND_NO_CODE : needed ? ROUND_NEEDED : counted || weighed ? ROUND_COUNTED : ROUND_AMOUNT;
	if (due_milli <= STOCK_MOST_MILLI)
		one->need_milli = whole(due_milli - one->left_milli);
	return one->kind == ROUND_UNPLANNED || needed || one->doses > 0;
}

/* ---- a unit ---- */

/* BARRIER: who is looked at is joined to the reader by a fact that another made; how many others lie there is all that is said of them. */
static void keep_joined(struct view_ctx *v, struct round *r, int64_t *patients)
{
	struct ward *w = r->ward;
	unsigned kept = 0;
	for (unsigned i = 0; i < w->n; i++)
		patients[i] = w->at[i].patient;
	relation_ahead(v->db, v->who, patients, w->n, v->now_ms);
	for (unsigned i = 0; i < w->n; i++) {
		struct fact f;
		if (relation_find(v->db, v->who, w->at[i].patient, v->now_ms, &f) && (f.made_by == 0 || f.made_by != v->who->account)) {
			patients[kept] = w->at[i].patient;
			w->at[i].self_made = false;
			w->at[kept++] = w->at[i];
		}
	}
	r->others = w->n - kept;
	w->n = kept;
}

enum rc round_people(struct view_ctx *v, struct str unit, struct round *r, int64_t *patients, struct problem *p)
{
	enum rc rc = ward_of(v, unit, &r->ward, p);
	if (rc != RC_OK)
		return rc;
	r->more = r->ward->more;
	keep_joined(v, r, patients);
	return RC_OK;
}

static unsigned place_of(struct view_ctx *v, const struct ward *w, int64_t patient)
{
	unsigned i = 0;
	while (i < w->n && w->at[i].patient != patient && merge_kept(v->db, w->at[i].patient) != merge_kept(v->db, patient))
		i++;
	return i;
}

static int by_bed(const void *a, const void *b)
{
	const struct round_line *x = a, *y = b;
	return x->who != y->who ? (x->who < y->who ? -1 : 1) : x->line->item.rid < y->line->item.rid ? -1 : x->line->item.rid > y->line->item.rid;
}

/* How the product of each line is counted: asked for all at once where a server is far. */
static enum rc counted_of(struct view_ctx *v, struct care_line *const *lines, size_t n, struct str *counted, struct problem *p)
{
	int64_t *cis = arena_array(v->arena, n + 1, sizeof *cis);
	enum rc rc = cis ? RC_OK : arena_rc(v->arena, p);
	for (size_t i = 0; cis && i < n; i++)
		cis[i] = lines[i]->cis;
	if (rc == RC_OK)
		db_ahead(db_stmt(v->db, ST_HOSPITAL_STOCK_PRODUCT_CIS), 1, cis, n);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct stock_product product = { .no = 0 };
		rc = lines[i]->cis ? stock_product_of(v->db, v->arena, lines[i]->cis, &product, p) : RC_OK;
		counted[i] = product.no ? product.counted : STR(STOCK_UNLISTED);
	}
	return rc;
}

static enum rc read_lines(struct view_ctx *v, const struct round_asked *q, struct round *r, const int64_t *patients, struct problem *p)
{
	struct ward *w = r->ward;
	struct care_clocks clocks;
	struct care_line **lines = NULL;
	struct doses *doses = arena_array(v->arena, w->n + 1, sizeof *doses);
	struct dispensings *was = arena_array(v->arena, w->n + 1, sizeof *was);
	struct problem absent;
	const struct drugs *base = drug_base(&absent);
	int64_t since = r->from_ms - ROUND_BACK_MS;
	size_t n = 0;
	enum rc rc = doses && was ? orders_clocks(v->db, v->arena, q->unit, &clocks.at, &clocks.n, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = lines_of_ward(v->db, v->arena, w, INT64_MAX, &lines, &n, &r->more, p);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_DOSE_OF_PATIENT);
	db_bind_i64(s, 2, r->from_ms);
	db_bind_i64(s, 3, r->until_ms);
	db_ahead(s, 1, patients, w->n);
	dispensings_ahead(v->db, patients, w->n, since);
	for (unsigned i = 0; i < w->n && rc == RC_OK; i++) {
		rc = doses_of_patient(v->db, v->arena, patients[i], r->from_ms, r->until_ms, &doses[i], p);
		if (rc == RC_OK)
			rc = dispensings_of(v->db, v->arena, patients[i], since, &was[i], p);
	}
	struct str *counted = rc == RC_OK ? arena_array(v->arena, n + 1, sizeof *counted) : NULL;
	if (counted)
		rc = counted_of(v, lines, n, counted, p);
	r->at = rc == RC_OK ? arena_array(v->arena, n + 1, sizeof *r->at) : NULL;
	if (!r->at || !counted)
		return rc == RC_OK ? arena_rc(v->arena, p) : rc;
	for (size_t i = 0; i < n; i++) {
		struct round_line one = { .line = lines[i], .counted = counted[i], .who = place_of(v, w, lines[i]->item.patient), .drug = base && lines[i]->cis ? drug_by_cis(base, lines[i]->cis) : NULL };
		if (one.who == w->n || !line_needs(r, &clocks, &doses[one.who], &was[one.who], &one))
			continue;
		one.narcotic = stock_is_narcotic(one.drug);
		r->at[r->n++] = one;
	}
	if (r->n > 1)
		qsort(r->at, r->n, sizeof *r->at, by_bed);
	return RC_OK;
}

/* Lots go first to what is proposed, so that what waits for a pharmacist's word takes none away from it. */
static void propose(struct round *r)
{
	for (int proposed = 1; proposed >= 0; proposed--)
		for (size_t i = 0; i < r->n; i++) {
			struct round_line *one = &r->at[i];
			bool first = one->kind == ROUND_COUNTED && one->line->verified && !one->narcotic;
			if (first == (proposed == 1) && one->need_milli > 0)
				round_take(&r->holding, one->line->cis, r->today, one->need_milli, &one->picks);
			one->ticked = first && one->picks.n > 0;
		}
}

enum rc round_read(struct view_ctx *v, const struct round_asked *q, struct round **r_r, struct problem *p)
{
	struct round *r = ARENA_NEW(v->arena, struct round);
	int64_t patients[WARD_MAX];
	*r_r = r;
	if (!r)
		return arena_rc(v->arena, p);
	*r = (struct round){ .from_ms = q->from_ms, .until_ms = q->until_ms, .today = day_of(v->arena, v->now_ms) };
	enum rc rc = round_people(v, q->unit, r, patients, p);
	if (rc == RC_OK)
		rc = read_lines(v, q, r, patients, p);
	if (rc == RC_OK && q->store)
		rc = round_holding(v->db, v->arena, q->store, &r->holding, p);
	if (rc == RC_OK)
		propose(r);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}
