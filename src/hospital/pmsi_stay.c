/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/pmsi_stay.c: see pmsi.h: what one stay brings to each file, zone by zone, from the coding, the captured acts, the posted invoices, the passages and the traits: a RUM for each passage; and why it brings
 * nothing. What no source of this house holds stays blank (pmsi_fills says which zones these are). Must never write a part of a stay, nor a value that somebody did not record.
 * Start at pmsi_lines.
 */
#include "hospital/pmsi.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "hospital/billing.h"
#include "hospital/traits.h"

#define ACTS 200

static const char *const WHY[PMSI_WHYS] = { [PMSI_WRITTEN] = "", [PMSI_TO_CODE] = "to_code", [PMSI_FINESS] = "finess", [PMSI_UNIT] = "unit", [PMSI_UNITS] = "units",
	[PMSI_ELSEWHERE] = "elsewhere", [PMSI_PASSAGE] = "passage", [PMSI_MOVED] = "moved", [PMSI_ACT] = "act", [PMSI_ZONE] = "zone", [PMSI_OVERFLOW] = "overflow", [PMSI_DRAFT] = "draft" };
const char *pmsi_why(enum pmsi_why why) { return WHY[why]; }

/* What is filled where it is known. All else stays blank. */
static const struct { const char *file, *zones[24]; } FILLED[] = {
	{ "rum", { "FINESS", "NRSS", "NADL", "NRUM", "DNAIS", "SEXE", "NUM", "DEUM", "MEUM", "PROV", "DSUM", "MSUM", "DEST", "CPRE", "NDA", "NDAD", "NZA", "DP", "DR" } },
	{ "rum_da", { "TDA" } },
	{ "rum_za", { "DREAL", "CCCA", "PHAS", "ACTI", "MODIF", "NREAL" } },
	{ "vidhosp", { "DNAIS", "SEXE", "NADL", "NFVH", "FINESS", "DTH", "NENT", "DENT", "DSOR", "IPP", "INS" } },
	{ "les", { "FINESS", "NADL", "DTADM", "CUCD", "NBADM" } },
	{ "dmi", { "FINESS", "NADL", "DDEB", "CDE", "NB" } },
};

bool pmsi_fills(struct str file, struct str zone)
{
	for (size_t i = 0; i < N_OF(FILLED); i++)
		for (size_t z = 0; str_eq(file, FILLED[i].file) && z < N_OF(FILLED[i].zones) && FILLED[i].zones[z]; z++)
			if (str_eq(zone, FILLED[i].zones[z]))
				return true;
	return false;
}

/* ---- numbers ---- */

enum rc pmsi_number_give(struct db_conn *c, struct str stay, int64_t nth, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PMSI_NUMBER_ADD);
	db_bind_str(s, 1, stay);
	db_bind_i64(s, 2, nth);
	return db_run(s, p);
}

enum rc pmsi_number(struct db_conn *c, struct str stay, int64_t nth, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PMSI_NUMBER_GET);
	bool row = false;
	db_bind_str(s, 1, stay);
	db_bind_i64(s, 2, nth);
	enum rc rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/* ---- is it of that month ---- */

/* The day in Paris on which it ended, of a stay that is over; empty: it goes on, or never was. */
static struct str ended_on(struct arena *a, const struct item *stay)
{
	int64_t until = str_eq(json_get_text(stay->body, "status"), "finished") ? when_low(text_at(stay->body, "period.end")) : INT64_MIN;
	return until == INT64_MIN || when_low(text_at(stay->body, "period.start")) == INT64_MIN ? STR_NONE : day_of(a, until);
}

enum rc pmsi_is_of(struct db_conn *c, struct arena *a, const struct pmsi_ask *k, const struct item *stay, bool *is_r, struct problem *p)
{
	struct names names = { c, a, NULL };
	struct stay s;
	struct str place = STR_NONE, on = ended_on(a, stay);
	*is_r = false;
	if (!str_starts(on, k->month) || !billing_in_bed(json_get(stay->body, "class")))
		return RC_OK;
	stay_of(&names, stay->body, 0, &s);
	enum rc rc = s.unit.n ? billing_establishment(c, a, s.unit, &place, p) : RC_OK;
	*is_r = rc == RC_OK && str_is(place, k->establishment);
	return rc;
}

/* ---- a stay, as far as the files need it ---- */

struct facts {
	struct db_conn *c; struct arena *a; const struct pmsi_ask *k; const struct item *stay;
	struct pmsi_left *left; struct buf *out; unsigned n;
	struct traits t; struct billing_stay b; struct pmsi_place place; struct pmsi_passages passages;
	struct str number, from, until;
};

static struct str text_of(struct arena *a, int64_t n)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%lld", (long long)n);
	return arena_str(a, str_of(text));
}

static void blame(struct facts *f, enum pmsi_why why, const char *file, const char *zone)
{
	if (f->left->why == PMSI_WRITTEN)
		*f->left = (struct pmsi_left){ why, zone ? pmsi_zone_find(str_of(file), str_of(zone)) : NULL, 0 };
}

/* The same of one passage; of a stay that has one, it is the stay's. */
static void blame_passage(struct facts *f, enum pmsi_why why, size_t at)
{
	if (f->left->why == PMSI_WRITTEN)
		*f->left = (struct pmsi_left){ why, NULL, f->passages.n > 1 ? (unsigned)at + 1 : 0 };
}

static enum rc gather(struct facts *f, const struct json *patient, struct problem *p)
{
	struct item it = { .rid = f->stay->patient, .body = patient };
	int64_t no = 0;
	bool found = true;
	enum rc rc = patient ? RC_OK : item_by_rid(f->c, f->a, f->stay->patient, &found, &it, p);
	if (rc == RC_OK && found)
		traits_read(&it, f->a, &f->t);
	if (rc == RC_OK)
		rc = billing_stay_get(f->c, f->a, f->stay->id, &found, &f->b, p);
	if (rc == RC_OK && !found)
		f->b = (struct billing_stay){ .state = STR("to_code") };
	if (rc == RC_OK)
		rc = pmsi_number(f->c, f->stay->id, 1, &no, p);
	if (rc == RC_OK)
		rc = pmsi_place_get(f->c, f->a, f->k->establishment, &f->place, p);
	if (rc == RC_OK)
		rc = pmsi_passages(f->c, f->a, f->stay, &f->passages, p);
	if (rc != RC_OK)
		return rc;
	f->number = no ? text_of(f->a, no) : STR_NONE;
	f->from = pmsi_day(f->a, day_of(f->a, when_low(text_at(f->stay->body, "period.start"))));
	f->until = pmsi_day(f->a, ended_on(f->a, f->stay));
	if (!f->number.n)
		blame(f, PMSI_TO_CODE, NULL, NULL);
	if (!f->place.finess.n)
		blame(f, PMSI_FINESS, NULL, NULL);
	return arena_rc(f->a, p);
}

/* 1 man, 2 woman, 3 not determined (the layout's own words); FHIR's "unknown" is how the house keeps the third (RNIV). */
static struct str sex_of(const struct traits *t) { return str_eq(t->sex, "male") ? STR("1") : str_eq(t->sex, "female") ? STR("2") : str_eq(t->sex, "unknown") ? STR("3") : STR_NONE; }

static bool is_postal(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n == 5;
}

/* A record into the line; what does not fit is told, not an error. */
static enum rc put(struct facts *f, const char *file, const struct pmsi_value *at, size_t n, struct problem *p)
{
	for (size_t i = 0; i < n; i++) {
		const struct pmsi_zone *z = pmsi_zone_find(str_of(file), str_of(at[i].zone));
		MUST(pmsi_fills(str_of(file), str_of(at[i].zone)));
		if (z && z->must && !at[i].text.n && !str_eq(str_of(file), "vidhosp"))
			blame(f, PMSI_ZONE, file, at[i].zone);
	}
	if (f->left->why != PMSI_WRITTEN)
		return RC_OK;
	enum rc rc = pmsi_put(file, at, n, f->out, p);
	if (rc == RC_BAD_INPUT) {
		blame(f, PMSI_OVERFLOW, file, p->where);
		rc = RC_OK;
	}
	return rc;
}

/* ---- RUM ---- */

struct done_act { int64_t activity, phase; struct str code, modifiers, on, unit; size_t of; /* its passage */ };

static enum rc acts_of(struct facts *f, struct done_act **at_r, size_t *n_r, struct problem *p)
{
	struct done_act *at = arena_array(f->a, ACTS, sizeof *at);
	struct db_stmt *s = db_stmt(f->c, ST_HOSPITAL_BILLING_ACT_OF);
	bool row = false;
	size_t n = 0;
	enum rc rc = at ? RC_OK : arena_rc(f->a, p);
	db_bind_str(s, 1, f->stay->id);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		if (str_eq(db_text(s, 7), "retracted"))
			continue;
		if (n == ACTS) {
			blame(f, PMSI_OVERFLOW, "rum", "NZA");
			break;
		}
		at[n++] = (struct done_act){ db_i64(s, 2), db_i64(s, 3), arena_str(f->a, db_text(s, 1)), arena_str(f->a, db_text(s, 4)), arena_str(f->a, db_text(s, 5)), arena_str(f->a, db_text(s, 10)), 0 };
	}
	db_reset(s);
	for (size_t i = 0; i < n && rc == RC_OK && f->passages.n; i++) {
		rc = pmsi_passage_of_act(f->c, f->a, &f->passages, at[i].on, at[i].unit, &at[i].of, p);
		if (rc == RC_OK && at[i].of == f->passages.n)
			blame(f, PMSI_ACT, NULL, NULL);
	}
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(f->a, p) : rc;
}

/* What keeps the passages from being written: where they were, their numbers, their codes. */
static enum rc passages_good(struct facts *f, const struct coding *code, size_t n, struct problem *p)
{
	const struct pmsi_passages *k = &f->passages;
	enum rc rc = RC_OK;
	if (k->several)
		blame(f, PMSI_UNITS, NULL, NULL);
	if (!k->n)
		blame(f, PMSI_UNIT, NULL, NULL);
	for (size_t i = 0; i < k->n; i++) {
		if (!k->at[i].code.n)
			blame_passage(f, PMSI_UNIT, i);
		else if (k->n > 1 && !str_is(k->at[i].establishment, f->k->establishment))
			blame_passage(f, PMSI_ELSEWHERE, i);
	}
	for (size_t i = 0; i < k->n && rc == RC_OK; i++) {
		enum coding_lack lack;
		rc = coding_lacks(f->c, f->a, k, code, n, i, &lack, p);
		if (rc == RC_OK && lack != LACK_NONE)
			blame_passage(f, lack == LACK_MOVED ? PMSI_MOVED : PMSI_PASSAGE, i);
	}
	if (k->n && n > k->n) /* codes of a passage that is no more */
		blame(f, PMSI_MOVED, NULL, NULL);
	return rc;
}

/* Between two units: the mode that the table calls a mutation. */
static struct str mutation(const char *type)
{
	struct problem absent;
	struct str label;
	const struct tariffs *t = tariff_base(&absent);
	return t && tariff_mode(t, type, STR("6"), &label) ? STR("6") : STR_NONE;
}

/* The RUM of one passage: its own days, codes and acts. The stay's own modes stand at its ends only. */
static enum rc rum_of(struct facts *f, size_t i, const struct coding *code, const struct done_act *act, size_t n_acts, struct problem *p)
{
	const struct pmsi_passages *k = &f->passages;
	const struct pmsi_passage *at = &k->at[i];
	bool first = i == 0, last = i == k->n - 1;
	int64_t no = 0, others = 0, acts = 0;
	enum rc rc = first ? RC_OK : pmsi_number(f->c, f->stay->id, (int64_t)i + 1, &no, p);
	if (rc == RC_OK && !first && !no)
		blame_passage(f, PMSI_PASSAGE, i);
	if (rc != RC_OK || f->left->why != PMSI_WRITTEN)
		return rc;
	for (struct str rest = code->das; rest.n; others++)
		(void)str_cut(rest, ' ', &rest);
	for (size_t a = 0; a < n_acts; a++)
		acts += act[a].of == i;
	const struct pmsi_value head[] = {
		{ "FINESS", f->place.finess }, { "NRSS", f->number }, { "NADL", f->number }, { "NRUM", first ? f->number : text_of(f->a, no) }, { "DNAIS", pmsi_day(f->a, f->t.born_on) }, { "SEXE", sex_of(&f->t) },
		{ "NUM", at->code }, { "DEUM", pmsi_day(f->a, at->from_on) }, { "MEUM", first ? f->b.entry : mutation("me") }, { "PROV", first && str_is(k->entry_mode, f->b.entry) ? k->came_from : STR_NONE },
		{ "DSUM", pmsi_day(f->a, at->until_on) }, { "MSUM", last ? f->b.exit : mutation("ms") }, { "DEST", last && str_is(k->exit_mode, f->b.exit) ? k->went_to : STR_NONE },
		{ "CPRE", f->t.postal }, { "NDA", text_of(f->a, others) }, { "NDAD", STR("0") }, { "NZA", text_of(f->a, acts) }, { "DP", code->dp }, { "DR", code->dr },
	};
	rc = put(f, "rum", head, N_OF(head), p);
	for (struct str rest = code->das; rest.n && rc == RC_OK;) {
		const struct pmsi_value one[] = { { "TDA", str_cut(rest, ' ', &rest) } };
		rc = put(f, "rum_da", one, 1, p);
	}
	for (size_t a = 0; a < n_acts && rc == RC_OK; a++) {
		const struct pmsi_value one[] = { { "DREAL", pmsi_day(f->a, act[a].on) }, { "CCCA", act[a].code }, { "PHAS", text_of(f->a, act[a].phase) }, { "ACTI", text_of(f->a, act[a].activity) },
			{ "MODIF", act[a].modifiers }, { "NREAL", STR("1") } };
		if (act[a].of == i)
			rc = put(f, "rum_za", one, N_OF(one), p);
	}
	buf_z(f->out, "\r\n");
	return rc;
}

static enum rc rum(struct facts *f, struct problem *p)
{
	struct done_act *act = NULL;
	struct coding *code = NULL;
	size_t n = 0, n_codes = 0;
	if (!str_eq(f->b.state, "coded"))
		blame(f, PMSI_TO_CODE, NULL, NULL);
	enum rc rc = codings_of(f->c, f->a, f->stay->id, &f->b, &code, &n_codes, p);
	if (rc == RC_OK)
		rc = passages_good(f, code, n_codes, p);
	if (!is_postal(f->t.postal))
		blame(f, PMSI_ZONE, "rum", "CPRE");
	if (rc == RC_OK)
		rc = acts_of(f, &act, &n, p);
	for (size_t i = 0; i < f->passages.n && rc == RC_OK && f->left->why == PMSI_WRITTEN; i++) {
		rc = rum_of(f, i, &code[i], act, n, p);
		if (f->passages.n > 1 && f->left->why != PMSI_WRITTEN && !f->left->nth)
			f->left->nth = (unsigned)i + 1;
	}
	f->n = (unsigned)f->passages.n;
	return rc;
}

/* ---- VID-HOSP ---- */

static enum rc vidhosp(struct facts *f, struct problem *p)
{
	struct str born = pmsi_day(f->a, f->t.born_on);
	if (!f->place.vidhosp.n)
		blame(f, PMSI_ZONE, "vidhosp", "NFVH");
	if (!born.n)
		blame(f, PMSI_ZONE, "vidhosp", "DNAIS");
	if (!sex_of(&f->t).n)
		blame(f, PMSI_ZONE, "vidhosp", "SEXE");
	/* DTH: the day on which being in hospital began, in whichever hospital: this one's where the coder says that the person came from home. */
	const struct pmsi_value at[] = {
		{ "DNAIS", born }, { "SEXE", sex_of(&f->t) }, { "NADL", f->number }, { "NFVH", f->place.vidhosp }, { "FINESS", f->place.finess }, { "DTH", str_eq(f->b.entry, "8") ? f->from : STR_NONE },
		{ "NENT", f->number }, { "DENT", f->from }, { "DSOR", f->until }, { "IPP", f->t.ipp }, { "INS", f->t.trust == TRUST_QUAL ? f->t.ins : STR_NONE },
	};
	enum rc rc = put(f, "vidhosp", at, N_OF(at), p);
	f->n = 1;
	buf_z(f->out, "\r\n");
	return rc;
}

/* ---- medicines and devices paid beside the stay ---- */

/* Of invoices that stand: posted, and not taken back. */
static enum rc beside(struct facts *f, bool medicine, struct problem *p)
{
	struct str kind = medicine ? STR("ucd") : STR("lpp");
	struct used { struct str code, on; int64_t quantity; } *at = arena_array(f->a, BILL_LINES, sizeof *at);
	struct db_stmt *s = db_stmt(f->c, ST_HOSPITAL_PMSI_BESIDE);
	bool row = false, drafted = false;
	size_t n = 0;
	enum rc rc = at ? RC_OK : arena_rc(f->a, p);
	db_bind_str(s, 1, f->stay->id);
	db_bind_str(s, 2, kind);
	while (rc == RC_OK && n < BILL_LINES && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct used){ arena_str(f->a, db_text(s, 0)), pmsi_day(f->a, arena_str(f->a, db_text(s, 1))), db_i64(s, 2) };
	db_reset(s);
	s = db_stmt(f->c, ST_HOSPITAL_PMSI_DRAFTED);
	db_bind_str(s, 1, f->stay->id);
	db_bind_str(s, 2, kind);
	if (rc == RC_OK)
		rc = db_step(s, &drafted, p);
	db_reset(s);
	if (rc == RC_OK && !n && !drafted) { /* nothing of this kind: no line, and nothing is missing */
		*f->left = (struct pmsi_left){ PMSI_WRITTEN, NULL, 0 };
		return RC_OK;
	}
	if (drafted)
		blame(f, PMSI_DRAFT, NULL, NULL);
	for (size_t i = 0; i < n && rc == RC_OK && f->left->why == PMSI_WRITTEN; i++) {
		/* Thousandths of one are the 7+3 of medicines; devices are counted whole (10+0). */
		const struct pmsi_value drug[] = { { "FINESS", f->place.finess }, { "NADL", f->number }, { "DTADM", at[i].on }, { "CUCD", at[i].code }, { "NBADM", text_of(f->a, at[i].quantity) } };
		const struct pmsi_value device[] = { { "FINESS", f->place.finess }, { "NADL", f->number }, { "DDEB", at[i].on }, { "CDE", at[i].code }, { "NB", text_of(f->a, at[i].quantity / 1000) } };
		rc = medicine ? put(f, "les", drug, N_OF(drug), p) : put(f, "dmi", device, N_OF(device), p);
		buf_z(f->out, "\r\n");
		f->n++;
	}
	return rc;
}

enum rc pmsi_lines(struct db_conn *c, struct arena *a, const struct pmsi_ask *k, const struct item *stay, const struct json *patient, struct buf *out, unsigned *n_r, struct pmsi_left *left_r, struct problem *p)
{
	struct facts f = { .c = c, .a = a, .k = k, .stay = stay, .left = left_r, .out = out };
	struct str file = str_of(k->file);
	size_t before = out->n;
	bool is = false;
	*left_r = (struct pmsi_left){ PMSI_WRITTEN, NULL, 0 };
	*n_r = 0;
	enum rc rc = pmsi_known() ? pmsi_is_of(c, a, k, stay, &is, p) : problem_set(p, RC_BROKEN, WHY_NO_DATA, "pmsi", "no layouts");
	if (rc == RC_OK && is)
		rc = gather(&f, patient, p);
	if (rc == RC_OK && is)
		rc = str_eq(file, "rum") ? rum(&f, p) : str_eq(file, "vidhosp") ? vidhosp(&f, p) : beside(&f, str_eq(file, "les"), p);
	if (rc == RC_OK)
		rc = buf_rc(out, p);
	if (rc != RC_OK || left_r->why != PMSI_WRITTEN)
		out->n = before; /* a stay goes whole or not */
	else
		*n_r = f.n;
	return rc;
}

enum rc pmsi_record(struct db_conn *c, struct arena *a, struct str cohort, const struct record_row *row, const struct json *patient, struct buf *out, unsigned *n_r, bool *clinical_r, struct problem *p)
{
	struct item stay = { .rid = row->rid, .patient = row->patient, .id = row->id };
	struct pmsi_ask k;
	struct pmsi_left left;
	*n_r = 0;
	if (!pmsi_ask_of(cohort, &k))
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "cohort", "no file of a month");
	*clinical_r = !str_eq(str_of(k.file), "vidhosp");
	enum rc rc = json_parse(row->body, a, &stay.body, p);
	return rc == RC_OK ? pmsi_lines(c, a, &k, &stay, patient, out, n_r, &left, p) : rc;
}
