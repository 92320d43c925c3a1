/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/pmsi_stay.c: see pmsi.h: what one stay brings to each file, zone by zone, from the coding, the captured acts, the posted invoices, the movements and the traits; and why it brings
 * nothing. What no source of this house holds stays blank (pmsi_fills says which zones these are). Must never write a part of a stay, nor a value that somebody did not record.
 * Start at pmsi_lines.
 */
#include "hospital/pmsi.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "hospital/billing.h"
#include "hospital/movement.h"
#include "hospital/traits.h"

#define UNITS 8
#define ACTS 200

static const char *const WHY[PMSI_WHYS] = { [PMSI_WRITTEN] = "", [PMSI_TO_CODE] = "to_code", [PMSI_FINESS] = "finess", [PMSI_UNIT] = "unit", [PMSI_UNITS] = "units", [PMSI_ZONE] = "zone",
	[PMSI_OVERFLOW] = "overflow", [PMSI_DRAFT] = "draft" };
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

enum rc pmsi_number_give(struct db_conn *c, struct str stay, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PMSI_STAY_ADD);
	db_bind_str(s, 1, stay);
	return db_run(s, p);
}

enum rc pmsi_number(struct db_conn *c, struct str stay, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PMSI_STAY_GET);
	bool row = false;
	db_bind_str(s, 1, stay);
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
	struct traits t; struct billing_stay b; struct pmsi_place place; struct pmsi_unit unit;
	struct str number, from, until, unit_id, came_from, went_to; unsigned units;
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
		*f->left = (struct pmsi_left){ why, zone ? pmsi_zone_find(str_of(file), str_of(zone)) : NULL };
}

static void add_unit(struct str *at, unsigned *n, struct str unit)
{
	for (unsigned i = 0; i < *n; i++)
		if (str_is(at[i], unit))
			return;
	if (unit.n && *n < UNITS)
		at[(*n)++] = unit;
}

/* Its units, and where from and where to: of movements that stand; where none was recorded here, of the places that the stay itself names. */
static enum rc places(struct facts *f, struct problem *p)
{
	struct names names = { f->c, f->a, NULL };
	struct movement *at = NULL;
	struct str units[UNITS];
	struct stay s;
	size_t n = 0;
	unsigned n_units = 0;
	enum rc rc = movements_of(f->c, f->a, f->stay->rid, &at, &n, p);
	stay_of(&names, f->stay->body, 0, &s);
	f->unit_id = s.unit;
	add_unit(units, &n_units, s.unit);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct movement *m = &at[i];
		if (m->cancels || m->cancelled_by || !m->done_ms)
			continue;
		if (str_eq(m->kind, "A01") || str_eq(m->kind, "A02"))
			add_unit(units, &n_units, m->unit);
		if (str_eq(m->kind, "A02"))
			add_unit(units, &n_units, m->from_unit);
		if (str_eq(m->kind, "A01") && str_is(m->mode, f->b.entry))
			f->came_from = m->place;
		if (str_eq(m->kind, "A03") && str_is(m->mode, f->b.exit))
			f->went_to = m->place;
	}
	for json_each (l, json_get(f->stay->body, "location")) {
		struct str id, owner;
		struct item place;
		bool found = false;
		if (rc != RC_OK || str_eq(json_get_text(l, "status"), "planned") || !ref_of(json_get(l, "location"), "Location", &id))
			continue;
		rc = item_find(f->c, f->a, "Location", id, &found, &place, p);
		if (rc == RC_OK && found && ref_of(json_get(place.body, "managingOrganization"), "Organization", &owner))
			add_unit(units, &n_units, owner);
	}
	f->units = n_units;
	return rc;
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
		rc = pmsi_number(f->c, f->stay->id, &no, p);
	if (rc == RC_OK)
		rc = pmsi_place_get(f->c, f->a, f->k->establishment, &f->place, p);
	if (rc == RC_OK)
		rc = places(f, p);
	if (rc == RC_OK && f->unit_id.n)
		rc = pmsi_unit_get(f->c, f->a, f->unit_id, &f->unit, p);
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

struct done_act { int64_t activity, phase; struct str code, modifiers, on; };

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
		at[n++] = (struct done_act){ db_i64(s, 2), db_i64(s, 3), arena_str(f->a, db_text(s, 1)), arena_str(f->a, db_text(s, 4)), pmsi_day(f->a, arena_str(f->a, db_text(s, 5))) };
	}
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(f->a, p) : rc;
}

static enum rc rum(struct facts *f, struct problem *p)
{
	struct done_act *act = NULL;
	size_t n = 0, others = 0;
	if (!str_eq(f->b.state, "coded"))
		blame(f, PMSI_TO_CODE, NULL, NULL);
	if (f->units > 1)
		blame(f, PMSI_UNITS, NULL, NULL);
	if (!f->unit.code.n)
		blame(f, PMSI_UNIT, NULL, NULL);
	if (!is_postal(f->t.postal))
		blame(f, PMSI_ZONE, "rum", "CPRE");
	enum rc rc = acts_of(f, &act, &n, p);
	for (struct str rest = f->b.das; rest.n; others++)
		(void)str_cut(rest, ' ', &rest);
	if (rc != RC_OK || f->left->why != PMSI_WRITTEN)
		return rc;
	const struct pmsi_value head[] = {
		{ "FINESS", f->place.finess }, { "NRSS", f->number }, { "NADL", f->number }, { "NRUM", f->number }, { "DNAIS", pmsi_day(f->a, f->t.born_on) }, { "SEXE", sex_of(&f->t) },
		{ "NUM", f->unit.code }, { "DEUM", f->from }, { "MEUM", f->b.entry }, { "PROV", f->came_from }, { "DSUM", f->until }, { "MSUM", f->b.exit }, { "DEST", f->went_to },
		{ "CPRE", f->t.postal }, { "NDA", text_of(f->a, (int64_t)others) }, { "NDAD", STR("0") }, { "NZA", text_of(f->a, (int64_t)n) }, { "DP", f->b.dp }, { "DR", f->b.dr },
	};
	rc = put(f, "rum", head, N_OF(head), p);
	for (struct str rest = f->b.das; rest.n && rc == RC_OK;) {
		const struct pmsi_value one[] = { { "TDA", str_cut(rest, ' ', &rest) } };
		rc = put(f, "rum_da", one, 1, p);
	}
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		const struct pmsi_value one[] = { { "DREAL", act[i].on }, { "CCCA", act[i].code }, { "PHAS", text_of(f->a, act[i].phase) }, { "ACTI", text_of(f->a, act[i].activity) },
			{ "MODIF", act[i].modifiers }, { "NREAL", STR("1") } };
		rc = put(f, "rum_za", one, N_OF(one), p);
	}
	f->n = 1;
	buf_z(f->out, "\r\n");
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
		*f->left = (struct pmsi_left){ PMSI_WRITTEN, NULL };
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
	*left_r = (struct pmsi_left){ PMSI_WRITTEN, NULL };
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
