/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_round.c: dispensing by round: what the lines of a unit's patients need until an hour, with the lots of a store; all that was ticked dispensed by name in one
 * transaction; and what was dispensed to one patient, line by line. It must never dispense anything but what was ticked, another lot than was shown, or half of a sheet; nor choose
 * what stands in for a medicine. Called by the gate through the rows at the end. Start at round_view, then dispense_run.
 */
#include "hospital/stock_round.h"

#include <string.h>

#include "base/map.h"

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/place_tree.h"
#include "hospital/prescription.h"
#include "hospital/tall_name.h"

#define UNITS_MOST 200
#define OTHERS_MOST 4 /* that could stand in for one line */

/* ---- which units ---- */

struct serving { struct str unit, pharmacy; };
struct servings { struct serving at[UNITS_MOST]; size_t n; };

/* Which pharmacy sees what a unit signs: the last word on each unit, and on the house (unit ""). */
static enum rc servings_read(struct db_conn *c, struct arena *a, struct servings *s_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PHARMACY_ALL);
	bool row = false;
	enum rc rc;
	s_r->n = 0;
	db_bind_i64(s, 1, 0);
	db_bind_i64(s, 2, 10000);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		size_t i = 0;
		while (i < s_r->n && !str_is(s_r->at[i].unit, db_text(s, 1)))
			i++;
		if (i == UNITS_MOST)
			continue;
		s_r->at[i] = (struct serving){ arena_str(a, db_text(s, 1)), arena_str(a, db_text(s, 2)) };
		s_r->n = i == s_r->n ? i + 1 : s_r->n;
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* The reader's pharmacy sees the unit's prescriptions, or nobody has said which one does, or the reader works there. */
static bool is_served(const struct servings *s, const struct actor *who, struct str unit)
{
	struct str pharmacy = STR_NONE;
	for (size_t i = 0; i < s->n; i++)
		if (str_is(s->at[i].unit, unit) || (!s->at[i].unit.n && !pharmacy.n))
			pharmacy = s->at[i].pharmacy;
	bool mine = !pharmacy.n || str_is(pharmacy, who->unit);
	for (unsigned i = 0; i < who->n_units; i++)
		mine = mine || str_is(who->units[i], unit);
	return mine;
}

static enum rc unit_of(struct db_conn *c, struct arena *a, const struct actor *who, struct str unit, struct problem *p)
{
	struct servings *s = ARENA_NEW(a, struct servings);
	enum rc rc = s ? servings_read(c, a, s, p) : arena_rc(a, p);
	if (rc == RC_OK && (!unit.n || !is_served(s, who, unit)))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "unit", "no unit that account %u serves", who->account);
	return rc;
}

/* "stock_round_units": set "units": id, name, part_of (name): those that the reader's pharmacy serves. */
static enum rc units_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	const struct pair query[] = { { STR("type"), STR("UF") } };
	struct servings *served = ARENA_NEW(v->arena, struct servings);
	struct names names = { v->db, v->arena, NULL };
	struct items s = { .n = 0 };
	enum rc rc = served ? servings_read(v->db, v->arena, served, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = items_find(v->db, v->arena, "Organization", query, N_OF(query), UNITS_MOST, &s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "units");
	for (size_t i = 0; i < s.n; i++)
		if (is_served(served, v->who, s.at[i].id) && !place_is_closed(v->db, s.at[i].id)) {
			rows_row(out);
			rows_col(out, "id", s.at[i].id);
			rows_col(out, "name", json_get_text(s.at[i].body, "name"));
			col(out, "part_of", name_ref(&names, json_get(s.at[i].body, "partOf")));
		}
	return arena_rc(v->arena, p);
}

/* ---- the sheet ---- */

/* What is sent to dispense a line: which version of it, what had been dispensed for it, which medicine, which lots. */
static struct str tick_of(struct arena *a, const struct round_line *l, uint32_t cis, const struct round_picks *k)
{
	struct buf b;
	buf_init(&b, 1024);
	buf_str(&b, l->line->item.id);
	buf_fmt(&b, "~%u~%lld~%u~", l->line->item.version, (long long)l->last, cis);
	for (unsigned i = 0; i < k->n; i++)
		buf_fmt(&b, "%s%lld:%lld", i ? "," : "", (long long)k->at[i].held->held.lot.no, (long long)k->at[i].milli);
	struct str tick = arena_str(a, buf_view(&b));
	buf_done(&b);
	return tick;
}

static void col_due(struct rows *out, const struct round_line *one)
{
	struct buf b;
	const char *unit = one->line->planned ? one->line->posology.unit : NULL;
	if (one->due_micro < 1 || !unit)
		return;
	buf_init(&b, 200);
	posology_amount(&b, dose_decimal(one->due_micro), unit);
	col(out, "due", buf_view(&b));
	buf_done(&b);
}

static void row_line(struct view_ctx *v, struct rows *out, struct names *names, const struct round *r, const struct round_line *one)
{
	const struct care_line *l = one->line;
	const struct json *concept = json_get(l->item.body, "medicationCodeableConcept");
	struct str text = json_get_text(concept, "text");
	rows_row(out);
	rows_patient(out, r->ward->at[one->who].patient, TIER_CLINICAL);
	rows_col(out, "patient", r->ward->at[one->who].item.id);
	rows_col(out, "line", l->item.id);
	if (text.n)
		col_medicine(out, "drug", text);
	else if (concept)
		col_medicine_display(out, "drug", concept);
	else
		col_medicine(out, "drug", name_ref(names, json_get(l->item.body, "medicationReference")));
	if (l->cis)
		rows_col_i64(out, "cis", l->cis);
	col(out, "dosage", text_at(l->item.body, "dosageInstruction.text"));
	col_z(out, "kind", round_kind_code(one->kind));
	if (one->doses)
		rows_col_i64(out, "doses", one->doses);
	col_due(out, one);
	if (one->dispensed_milli)
		rows_col_i64(out, "dispensed", one->dispensed_milli);
	if (one->left_milli)
		rows_col_i64(out, "left", one->left_milli);
	rows_col_i64(out, "need", one->need_milli);
	rows_col_i64(out, "found", one->picks.milli);
	col_flag(out, "validated", l->verified);
	col_flag(out, "modify", l->modify);
	col_flag(out, "narcotic", one->narcotic);
	col_flag(out, "ticked", one->ticked);
	if (one->picks.n) {
		col(out, "counted", one->picks.at[0].held->product.counted);
		col(out, "tick", tick_of(v->arena, one, l->cis, &one->picks));
	}
}

static void rows_picks(struct rows *out, const struct round *r, const struct round_line *one, const struct round_picks *k)
{
	for (unsigned i = 0; i < k->n; i++) {
		const struct round_held *held = k->at[i].held;
		rows_row(out);
		rows_patient(out, r->ward->at[one->who].patient, TIER_CLINICAL);
		rows_col(out, "line", one->line->item.id);
		stock_cols_product(out, &held->product);
		stock_cols_lot(out, &held->held.lot, r->today);
		rows_col_i64(out, "milli", k->at[i].milli);
	}
}

/* What could stand in for what is lacking, out of what no line of the sheet takes: shown, and taken when it is ticked. Its lots are in "picks". */
static void rows_substitutes(struct view_ctx *v, struct rows *out, struct round *r, struct round_picks (*took)[OTHERS_MOST])
{
	struct problem absent;
	const struct drugs *base = drug_base(&absent);
	for (size_t i = 0; base && i < r->n; i++) {
		const struct round_line *one = &r->at[i];
		unsigned n = 0;
		if (one->need_milli <= one->picks.milli || !one->drug || !one->drug->group_no)
			continue;
		for (size_t k = 0; k < r->holding.n && n < OTHERS_MOST; k++) {
			const struct round_held *held = &r->holding.at[k];
			const struct drug *other = held->product.cis != one->line->cis ? drug_by_cis(base, held->product.cis) : NULL;
			bool said = false;
			for (unsigned j = 0; j < n; j++)
				said = said || took[i][j].at[0].held->product.cis == held->product.cis;
			if (!other || other->group_no != one->drug->group_no || said || !stock_counts(held->product.counted, str_of(one->line->posology.unit))) /* need: units of the dose, of this product as well */
				continue;
			round_take(&r->holding, other->cis, r->today, one->need_milli - one->picks.milli, &took[i][n]);
			for (unsigned j = 0; j < took[i][n].n; j++) /* shown to every line that lacks: who presses first has it */
				r->holding.at[took[i][n].at[j].held - r->holding.at].free_milli += took[i][n].at[j].milli;
			if (!took[i][n].n)
				continue;
			rows_row(out);
			rows_patient(out, r->ward->at[one->who].patient, TIER_CLINICAL);
			rows_col(out, "line", one->line->item.id);
			stock_cols_product(out, &held->product);
			rows_col_i64(out, "found", took[i][n].milli);
			col(out, "tick", tick_of(v->arena, one, other->cis, &took[i][n]));
			n++;
		}
	}
}

static void rows_people(struct view_ctx *v, struct rows *out, const struct round *r)
{
	rows_set(out, "people");
	for (unsigned i = 0; i < r->ward->n; i++) {
		bool any = false;
		for (size_t k = 0; k < r->n; k++)
			any = any || r->at[k].who == i;
		if (!any)
			continue;
		rows_row(out);
		ward_cols(v, out, &r->ward->at[i]);
		rows_patient(out, r->ward->at[i].patient, TIER_CLINICAL);
	}
}

/* Until when: as typed, a day from now where nothing is; no further than ROUND_MOST_MS, and after now. */
static enum rc until_of(const struct view_ctx *v, int64_t *until_r, struct problem *p)
{
	*until_r = v->now_ms + ROUND_SPAN_MS;
	if (!args_get(v->args, "day").n && !str_trim(args_get(v->args, "time")).n)
		return RC_OK;
	enum rc rc = care_instant(v->args, v->now_ms, until_r, p);
	return rc == RC_OK && (*until_r <= v->now_ms || *until_r > v->now_ms + ROUND_MOST_MS) ? problem_set(p, RC_BAD_INPUT, WHY_ROUND_SPAN, args_get(v->args, "day").n ? "day" : "time", "no span") : rc;
}

static void row_sheet(struct view_ctx *v, struct rows *out, struct names *names, const struct round_asked *q, const struct round *r)
{
	rows_set(out, "sheet");
	rows_row(out);
	rows_col(out, "unit", q->unit);
	col(out, "unit_name", name_of(names, "Organization", q->unit));
	rows_col_i64(out, "from_at", q->from_ms);
	rows_col_i64(out, "until_at", q->until_ms);
	rows_col_i64(out, "others", r->others);
	col_flag(out, "more", r->more || r->holding.more);
	stock_col_key(out, v->who, v->now_ms);
}

/* Set "done": lines, milli (units of count, whatever each counts): what the reader dispensed by the sheet of that key; none: no such sheet. */
static enum rc rows_dispensed(struct view_ctx *v, struct rows *out, struct str key, struct problem *p)
{
	struct str lines = stock_form_key(v->arena, "dispense", key);
	struct buf low, high;
	int64_t n = 0, milli = 0, last = 0;
	bool row = false;
	enum rc rc;
	buf_init(&low, 4 * STOCK_KEY);
	buf_init(&high, 4 * STOCK_KEY);
	buf_str(&low, lines);
	buf_ch(&low, '.'); /* line_key: each line's number stands behind a point, and a stroke comes after it */
	buf_str(&high, lines);
	buf_ch(&high, '/');
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_ROUND_DONE);
	db_bind_str(s, 1, buf_view(&low));
	db_bind_str(s, 2, buf_view(&high));
	db_bind_i64(s, 3, v->who->account);
	db_bind_i64(s, 4, ROUND_LINES * ROUND_LOTS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		n += db_i64(s, 0) != last;
		milli += db_i64(s, 1);
		last = db_i64(s, 0);
	}
	db_reset(s);
	rows_set(out, "done");
	if (rc == RC_OK && n) {
		rows_row(out);
		rows_col_i64(out, "lines", n);
		rows_col_i64(out, "milli", milli);
	}
	buf_done(&low);
	buf_done(&high);
	return rc;
}

/*
 * "stock_round": unit, store, day, time (until when; both empty: the next 24 hours), done (the key of a sheet that was dispensed just now). Set "sheet": unit, unit_name, from_at, until_at, others (people who lie there and whom no fact joins to the
 * reader: nothing is said of them), more (flag: there is more than is read); or why and field, when these are no span, and nothing else. Set "store": store's columns. Set "people", by bed: id,
 * name, born_on, age, sex, status, bed. Set "lines", by bed: patient, line, drug, cis, dosage, kind (counted, amount: doses in no unit of the product, needed: on demand, by its most of a day,
 * unplanned: its words say no times, no_code), doses, due, dispensed (all that was, thousandths), left (of it, not given), need (whole units, thousandths), found (in the store), counted,
 * validated, modify, narcotic, ticked (flags), tick (what dispenses it). Set "picks": line, milli, product's and lot's columns, soonest last day first; those of a substitute have its cis. Set
 * "substitutes": line, product's columns, found, tick: of the same generic group, never chosen by themselves. Set "form": key; set
 * "done": see rows_dispensed.
 */
static enum rc round_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct round_asked q = { .unit = args_get(v->args, "unit"), .store = stock_no(v->args, "store"), .from_ms = v->now_ms };
	struct names names = { v->db, v->arena, NULL };
	struct stock_account store;
	struct round *r = NULL;
	struct problem span;
	enum rc rc = unit_of(v->db, v->arena, v->who, q.unit, p);
	if (rc == RC_OK)
		rc = stock_store_mine(v->db, v->arena, v->who, v->judge, q.store, &store, p);
	if (rc == RC_OK && (store.of_store || store.closed_ms))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "store", "store %lld gives nothing", (long long)q.store);
	if (rc == RC_OK && until_of(v, &q.until_ms, &span) != RC_OK) {
		rows_set(out, "sheet");
		rows_row(out);
		col_z(out, "why", why_row(span.why)->name);
		col_z(out, "field", span.where);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = round_read(v, &q, &r, p);
	struct round_picks (*took)[OTHERS_MOST] = rc == RC_OK ? arena_array(v->arena, r->n + 1, sizeof *took) : NULL;
	if (!took)
		return rc == RC_OK ? arena_rc(v->arena, p) : rc;
	row_sheet(v, out, &names, &q, r);
	stock_rows_accounts(v, out, "store", &store, 1);
	rows_people(v, out, r);
	rows_set(out, "lines");
	for (size_t i = 0; i < r->n; i++)
		row_line(v, out, &names, r, &r->at[i]);
	rows_set(out, "substitutes");
	rows_substitutes(v, out, r, took);
	rows_set(out, "picks");
	for (size_t i = 0; i < r->n; i++) {
		rows_picks(out, r, &r->at[i], &r->at[i].picks);
		for (unsigned k = 0; k < OTHERS_MOST; k++)
			rows_picks(out, r, &r->at[i], &took[i][k]);
	}
	if (args_get(v->args, "done").n)
		rc = rows_dispensed(v, out, args_get(v->args, "done"), p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- all that was ticked ---- */

struct ticked { struct str line; uint32_t version, cis; int64_t last, patient; struct { int64_t lot, milli; } at[ROUND_LOTS]; unsigned n; };
struct wanted { struct ticked at[ROUND_LINES]; size_t n; struct str digest; /* of all that was ticked */ };

static enum rc changed(const struct ticked *t, const char *what, struct problem *p)
{
	return problem_set(p, RC_CONFLICT, WHY_ROUND_CHANGED, "ticks", "line %.*s: %s", (int)t->line.n, t->line.p, what);
}

static bool number(struct str s, int64_t most, int64_t *v_r)
{
	uint64_t v = 0;
	if (str_u64(s, &v) != RC_OK || v > (uint64_t)most)
		return false;
	*v_r = (int64_t)v;
	return true;
}

static bool tick_read(struct str s, struct ticked *t)
{
	struct str version, last, cis, lots, number_of, rest;
	int64_t ver = 0, code = 0;
	t->line = str_cut(s, '~', &version);
	version = str_cut(version, '~', &last);
	last = str_cut(last, '~', &cis);
	cis = str_cut(cis, '~', &lots);
	if (!fhir_is_id(t->line) || !number(version, UINT32_MAX, &ver) || !number(last, INT64_MAX, &t->last) || !number(cis, 99999999, &code) || !code)
		return false;
	t->version = (uint32_t)ver;
	t->cis = (uint32_t)code;
	for (rest = lots; rest.n; t->n++) {
		struct str milli, one = str_cut(rest, ',', &rest);
		number_of = str_cut(one, ':', &milli);
		if (t->n == ROUND_LOTS || !number(number_of, INT64_MAX, &t->at[t->n].lot) || !number(milli, STOCK_MOST_MILLI, &t->at[t->n].milli) || t->at[t->n].milli < 1)
			return false;
	}
	return t->n > 0;
}

static enum rc ticks_read(struct arena *arena, const struct args *a, struct wanted *w, struct problem *p)
{
	struct buf all, digest;
	buf_init(&all, 1u << 18);
	for (size_t i = 0; i < a->n; i++)
		if (str_eq(a->at[i].name, "ticks")) {
			buf_str(&all, a->at[i].value);
			buf_ch(&all, ' ');
		}
	buf_init(&digest, 40);
	buf_u64(&digest, hash_stable(buf_view(&all)));
	w->digest = arena_str(arena, buf_view(&digest));
	buf_done(&digest);
	buf_done(&all);
	for (size_t i = 0; i < a->n; i++) {
		struct ticked t = { .n = 0 };
		if (!str_eq(a->at[i].name, "ticks") || !a->at[i].value.n)
			continue;
		bool good = w->n < ROUND_LINES && tick_read(a->at[i].value, &t);
		for (size_t k = 0; k < w->n; k++)
			good = good && !(str_is(w->at[k].line, t.line) && w->at[k].cis == t.cis);
		if (!good)
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "ticks", "tick %zu", w->n);
		w->at[w->n++] = t;
	}
	return w->n ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_ROUND_NONE, "ticks", "none");
}

/* The line's own medicine, or one of its generic group that somebody ticked. */
static bool may_stand_in(uint32_t for_cis, uint32_t cis)
{
	struct problem absent;
	const struct drugs *base = drug_base(&absent);
	const struct drug *one = base ? drug_by_cis(base, for_cis) : NULL, *other = base ? drug_by_cis(base, cis) : NULL;
	return for_cis == cis || (one && other && one->group_no && one->group_no == other->group_no);
}

static enum rc tick_is_good(struct ticked *t, const struct round *r, struct care_line *const *line, size_t n, struct db_conn *c, struct problem *p)
{
	size_t i = 0;
	while (i < n && !str_is(line[i]->item.id, t->line))
		i++;
	if (i == n)
		return changed(t, "no line of this unit that stands", p);
	if (line[i]->item.version != t->version || line[i]->held || line[i]->refused)
		return changed(t, "another version, on hold or refused", p);
	if (!may_stand_in(line[i]->cis, t->cis))
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "ticks", "medicine %u is not that of the line", t->cis);
	for (unsigned k = 0; k < r->ward->n && !t->patient; k++)
		if (merge_kept(c, r->ward->at[k].patient) == merge_kept(c, line[i]->item.patient))
			t->patient = r->ward->at[k].patient;
	return t->patient ? RC_OK : changed(t, "nobody of this unit", p);
}

/* Off the writer: the lines that were ticked stand, in this unit, of people whom a fact joins to the pharmacist. What two could take at once is looked at on the writer. */
static enum rc dispense_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct wanted *w = ARENA_NEW(v->arena, struct wanted);
	struct round r = { .n = 0 };
	struct str unit = args_get(v->args, "unit");
	struct care_line **line = NULL;
	int64_t patients[WARD_MAX];
	size_t n = 0;
	bool more = false;
	*prepared_r = w;
	enum rc rc = w ? ticks_read(v->arena, v->args, w, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = unit_of(v->db, v->arena, v->who, unit, p);
	if (rc == RC_OK)
		rc = round_people(v, unit, &r, patients, p);
	if (rc == RC_OK)
		rc = lines_of_ward(v->db, v->arena, r.ward, INT64_MAX, &line, &n, &more, p);
	for (size_t i = 0; rc == RC_OK && i < w->n; i++)
		rc = tick_is_good(&w->at[i], &r, line, n, v->db, p);
	if (rc == RC_BAD_INPUT || rc == RC_CONFLICT) {
		rows_set(issues, "issues");
		issue_row(issues, p->why, "ticks");
	}
	return rc;
}

/* Was anything dispensed for a line since the sheet was drawn? All lines in one round trip. */
struct since { struct db_many many; const struct wanted *w; int64_t since_ms; };

static void since_bind(struct db_many *m, struct db_stmt *s, size_t i)
{
	const struct since *k = (const struct since *)(const void *)m;
	db_bind_i64(s, 1, k->w->at[i].patient);
	db_bind_i64(s, 2, k->since_ms);
}

static enum rc since_row(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p)
{
	const struct since *k = (const struct since *)(const void *)m;
	const struct ticked *t = &k->w->at[i];
	return str_is(db_text(s, 1), t->line) && db_i64(s, 0) > t->last ? changed(t, "dispensed meanwhile", p) : RC_OK;
}

static struct round_held *lot_in(struct round_holding *h, int64_t lot)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->at[i].held.lot.no == lot)
			return &h->at[i];
	return NULL;
}

/* One pool a product, whichever of its lots is taken. */
static struct stock_pool *pool_in(struct round_holding *h, int64_t product)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->at[i].product.no == product)
			return &h->at[i].pool;
	return NULL;
}

/* All of it is there, before the first posting: else the line is named. */
static enum rc lots_are_there(struct round_holding *h, const struct wanted *w, struct str today, struct problem *p)
{
	for (size_t i = 0; i < w->n; i++)
		for (unsigned k = 0; k < w->at[i].n; k++) {
			struct round_held *held = lot_in(h, w->at[i].at[k].lot);
			if (!held || held->product.cis != w->at[i].cis || held->held.lot.patient || held->free_milli < w->at[i].at[k].milli || !stock_may_give(&held->held.lot, today))
				return changed(&w->at[i], "a lot is lacking", p);
			held->free_milli -= w->at[i].at[k].milli;
		}
	return RC_OK;
}

static struct str line_key(struct act_ctx *x, size_t i)
{
	struct buf b;
	buf_init(&b, 4 * STOCK_KEY);
	buf_str(&b, args_get(x->args, "key"));
	buf_fmt(&b, ".%zu", i);
	struct str key = stock_form_key(x->arena, "dispense", buf_view(&b));
	buf_done(&b);
	return key;
}

/* A movement a line, so that each is found with its patient and prescription as if it had been dispensed alone; a posting a lot. */
static enum rc post_all(struct act_ctx *x, int64_t sheet, const struct stock_account *store, struct round_holding *h, const struct wanted *w, struct problem *p)
{
	struct stock_account patient = stock_outside(STOCK_PATIENT);
	enum rc rc = RC_OK;
	for (size_t i = 0; i < w->n && rc == RC_OK; i++) {
		const struct ticked *t = &w->at[i];
		int64_t no = sheet + 1 + (int64_t)i;
		rc = stock_movement_put(x, &(struct stock_deed){ .kind = "draw", .key = line_key(x, i), .request = t->line, .patient = t->patient }, no, p);
		for (unsigned k = 0; k < t->n && rc == RC_OK; k++) {
			struct round_held *held = lot_in(h, t->at[k].lot);
			rc = stock_post_known(x, no, &held->product, &held->held.lot, store, &patient, t->at[k].milli, -1, pool_in(h, held->product.no), p);
		}
	}
	return rc;
}

/* The key was there: it is the same sheet sent twice, or another set of lines under it, which was not dispensed. */
static enum rc is_same(struct act_ctx *x, int64_t sheet, const struct wanted *w, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_MOVEMENT);
	bool row = false, same = false;
	db_bind_i64(s, 1, sheet);
	enum rc rc = db_step(s, &row, p);
	same = rc == RC_OK && row && str_is(db_text(s, 1), w->digest);
	db_reset(s);
	return rc == RC_OK && !same ? problem_set(p, RC_CONFLICT, WHY_ROUND_CHANGED, "ticks", "other lines under the key of sheet %lld", (long long)sheet) : rc;
}

/*
 * "stock_round_dispense": key (of the sheet), unit, store, ticks (of view "stock_round", ROUND_LINES at most) → set "round": lines, again; set "dispensed": line, marked with its patient. All or
 * nothing. CONFLICT ROUND_CHANGED "ticks": a line changed, ended or was dispensed meanwhile, its patient left, or a lot holds less, is put aside or is over; nothing is done.
 */
static enum rc dispense_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct wanted *w = x->prepared;
	struct since k = { { since_bind, since_row }, w, x->now_ms - ROUND_BACK_MS };
	struct stock_account store;
	struct round_holding h;
	int64_t sheet = 0;
	bool again = false;
	enum rc rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "round", .key = stock_form_key(x->arena, "round", args_get(x->args, "key")), .reason = w->digest }, &sheet, &again, p);
	if (rc == RC_OK && again)
		rc = is_same(x, sheet, w, p);
	if (rc == RC_OK && !again) {
		rc = db_each(x->db, ST_HOSPITAL_STOCK_DISPENSED, &k.many, w->n, p);
		if (rc == RC_OK)
			rc = round_holding(x->db, x->arena, store.no, &h, p);
		if (rc == RC_OK)
			rc = lots_are_there(&h, w, day_of(x->arena, x->now_ms), p);
		if (rc == RC_OK)
			rc = post_all(x, sheet, &store, &h, w, p);
		if (rc == RC_OK)
			rc = stock_levels_moved(x, sheet, sheet + (int64_t)w->n, p);
	}
	if (rc != RC_OK)
		return rc;
	rows_set(out, "round");
	rows_row(out);
	rows_col_i64(out, "lines", (int64_t)w->n);
	col_flag(out, "again", again);
	rows_set(out, "dispensed");
	for (size_t i = 0; i < w->n; i++) {
		rows_row(out);
		rows_patient(out, w->at[i].patient, TIER_MASKED);
		rows_col(out, "line", w->at[i].line);
	}
	return RC_OK;
}

/* ---- one patient ---- */

/*
 * "stock_dispensed": patient. What was dispensed by name in the last ROUND_BACK_MS. Set "dispensed", newest first: at, by_name, milli, line (absent: for none), product's columns. Set
 * "line_left": line, dispensed, left (not given), both thousandths; unsaid (flag: doses were given since that are not said in the unit of the product, which use nothing up).
 */
static enum rc dispensed_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct dispensings d;
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient")), said = 0;
	enum rc rc = dispensings_of(v->db, v->arena, patient, v->now_ms - ROUND_BACK_MS, &d, p);
	rows_set(out, "dispensed");
	for (size_t i = d.n; i-- > 0 && rc == RC_OK;) {
		struct stock_product product;
		rc = stock_product_get(v->db, v->arena, d.at[i].product, &product, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		rows_patient(out, patient, TIER_CLINICAL);
		rows_col_i64(out, "at", d.at[i].at_ms);
		rows_col_i64(out, "milli", d.at[i].milli);
		col(out, "line", d.at[i].request);
		col(out, "by_name", person_of(&people, d.at[i].by).name);
		stock_cols_product(out, &product);
	}
	rows_set(out, "line_left");
	for (size_t i = 0; i < d.n && rc == RC_OK; i++) {
		struct item it;
		bool found = false;
		rc = d.at[i].request.n ? item_find(v->db, v->arena, "MedicationRequest", d.at[i].request, &found, &it, p) : RC_OK;
		if (rc != RC_OK || !found)
			continue;
		struct dispensed_left left = dispensed_left(&d, it.rid, d.at[i].request);
		if (left.last != d.at[i].no || said == left.last)
			continue; /* once a line, however many lots its last movement took */
		said = left.last;
		rows_row(out);
		rows_patient(out, patient, TIER_CLINICAL);
		rows_col(out, "line", d.at[i].request);
		rows_col_i64(out, "dispensed", left.all);
		rows_col_i64(out, "left", left.left);
		col_flag(out, "unsaid", left.unsaid);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct field DISPENSE_FIELDS[] = {
	{ .name = "key",   .label = "Key of the form", .kind = FIELD_TOKEN, .max = STOCK_FORM_KEY, .required = true },
	{ .name = "unit",  .label = "Unit",  .kind = FIELD_ID,  .required = true },
	{ .name = "store", .label = "Store", .kind = FIELD_INT, .min = STOCK_FIRST_STORE, .max = INT64_MAX, .required = true },
	{ .name = "ticks", .label = "Lines", .kind = FIELD_TOKEN, .max = 400, .many = true, .required = true },
	FIELDS_END,
};

const struct view stock_round_views[] = {
	{ .name = "stock_round_units", .may = MAY_PHARMACY,             .reveals = REVEALS_META,        .run = units_view },
	{ .name = "stock_round",       .may = MAY_PHARMACY,             .reveals = REVEALS_MANY,        .run = round_view },
	{ .name = "stock_dispensed",   .may = MAY_PHARMACY | MAY_STOCK, .reveals = REVEALS_ONE_PATIENT, .run = dispensed_view },
	{ .name = NULL },
};
const struct act stock_round_acts[] = {
	{ .name = "stock_round_dispense", .may = MAY_PHARMACY, .reveals = REVEALS_WORK_LIST, .fields = DISPENSE_FIELDS, .prepare = dispense_prepare, .run = dispense_run },
	{ .name = NULL },
};
