/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription_check.c: everything that is checked about a patient's prescriptions and basket together: interactions (ANSM), allergies by substance and by ATC class
 * of level 4, the same substance or class twice, conditions of prescription (BDPM), and the house's own dated rules. Must never bring a medical number of its own, nor be
 * silent about what it could not check. Called by the basket, the signature and the pharmacist's page. Start at order_check.
 */
#include "hospital/prescription.h"

#include "hospital/pregnancy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "codec/fold.h"
#include "db/db.h"

#define ATC_CLASS 5           /* characters of level 4 */
#define ALLERGIES 60
#define NAMED_LETTERS 5       /* fewer are found within other words */
#define OF_NAME 40            /* specialities by which an allergy's classes are found */
#define CLASSES 8
#define RULES 500
#define UNRUN 200
#define REASONS 1000         /* of one stay */
#define LOINC "http://loinc.org"

struct check {
	struct db_conn *db;
	struct arena *a;
	const struct drugs *drugs;
	const struct orders *o;
	struct order_checked *k;
	struct str patient, stay;
	int64_t patient_rid, now_ms;
	struct str *part[2 * ORDERS_MOST];                        /* of each line: its substances' names, folded once */
	bool full; struct order_alert spare; /* takes what no longer fits; the whole is then refused */
};

static bool is_fresh(const struct check *w, size_t i) { return i >= w->o->n_signed; }

static void unrun(struct check *w, const char *check, const char *because, size_t of, struct str what)
{
	if (w->k->n_unrun < UNRUN)
		w->k->unrun[w->k->n_unrun++] = (struct order_unrun){ check, because, of, what };
}

/* "60002283" or "60002283+61266250", the smaller first. */
static struct str about(struct check *w, size_t a, size_t b)
{
	uint32_t x = w->o->at[a].cis, y = w->o->at[b].cis;
	char text[32];
	if (a == b || x == y)
		snprintf(text, sizeof text, "%u", x);
	else
		snprintf(text, sizeof text, "%u+%u", x < y ? x : y, x < y ? y : x);
	return arena_str(w->a, str_of(text));
}

static struct order_alert *alert(struct check *w, enum order_tier tier, const char *rule, size_t a, size_t b)
{
	if (w->k->n_alerts == ORDER_ALERTS) {
		w->full = true;
		return &w->spare;
	}
	struct order_alert *one = &w->k->alert[w->k->n_alerts++];
	*one = (struct order_alert){ .tier = tier, .rule = rule, .a = a, .b = b, .about = about(w, a, b), .fresh = is_fresh(w, a) || is_fresh(w, b) };
	return one;
}

/* ---- one against the other ---- */

/* What is for home after this stay is not given beside what is given in it: the one begins when the other ends. */
static bool follow_each_other(const struct check *w, size_t a, size_t b)
{
	const struct order *x = &w->o->at[a], *y = &w->o->at[b];
	const struct order *home = x->home ? x : y;
	return x->home != y->home && home->home_of.n && str_is(home->home_of, w->stay);
}

static enum rc check_pairs(struct check *w, struct problem *p)
{
	static const enum order_tier TIER[] = { [DRUG_APEC] = ORDER_ICON, [DRUG_PE] = ORDER_INLINE, [DRUG_AD] = ORDER_INTERRUPT, [DRUG_CI] = ORDER_INTERRUPT };
	const struct drug *list[2 * ORDERS_MOST];
	size_t place[2 * ORDERS_MOST], n = 0;
	struct drug_checked c;
	for (size_t i = 0; i < w->o->n; i++)
		if (w->o->at[i].drug) {
			list[n] = w->o->at[i].drug;
			place[n++] = i;
		}
	enum rc rc = drug_check(w->drugs, list, n, w->a, &c, p);
	if (rc == RC_LIMIT) {
		unrun(w, "interaction", "too_many", SIZE_MAX, STR_NONE);
		return RC_OK;
	}
	for (size_t i = 0; rc == RC_OK && i < c.n_hits; i++) {
		const struct drug_hit *h = &c.hit[i];
		if (follow_each_other(w, place[h->a], place[h->b]))
			continue;
		struct order_alert *one = alert(w, TIER[h->level], "interaction", place[h->a], place[h->b]);
		one->level = h->level;
		one->levels = h->levels;
		one->what = h->one;
		one->other = h->other;
		one->why = h->mechanism;
		one->advice = h->advice;
		one->source = STR("ANSM");
		one->edition_on = drug_edition(w->drugs, "ansm");
	}
	for (size_t i = 0; rc == RC_OK && i < c.n_twice; i++) {
		const struct drug_double *t = &c.twice[i];
		/* A line that takes the place of another is not given beside it. */
		const struct order *a = &w->o->at[place[t->a]], *b = &w->o->at[place[t->b]];
		if ((a->replaces.n && str_is(a->replaces, b->id)) || (b->replaces.n && str_is(b->replaces, a->id)) || follow_each_other(w, place[t->a], place[t->b]))
			continue;
		struct order_alert *one = alert(w, t->substance ? ORDER_INTERRUPT : ORDER_INLINE, t->substance ? "double" : "double_class", place[t->a], place[t->b]);
		one->what = t->name;
		one->derived = t->derived;
		one->source = STR("BDPM");
		one->edition_on = drug_edition(w->drugs, "bdpm");
	}
	return rc;
}

/* What the thesaurus does not know was not checked; what has no code was checked for nothing. */
static void say_unknown(struct check *w)
{
	for (size_t i = 0; i < w->o->n; i++) {
		const struct order *o = &w->o->at[i];
		if (o->kind != ORDER_DRUG)
			continue;
		if (!o->drug)
			unrun(w, "interaction", "no_code", i, STR_NONE);
		else if (!o->drug->n_parts)
			unrun(w, "interaction", "unknown_substance", i, STR_NONE);
		for (unsigned k = 0; o->drug && k < o->drug->n_parts; k++)
			if (!o->drug->part[k].known)
				unrun(w, "interaction", "unknown_substance", i, o->drug->part[k].name);
	}
}

/* ---- allergies ---- */

struct allergen { struct str key, name, atc[CLASSES]; unsigned n_atc; bool by_name /* its classes were found by its substance */, known, high; };

static bool has_words(struct str key, struct str words)
{
	for (size_t i = 0; words.n && i + words.n <= key.n; i++)
		if ((i == 0 || key.p[i - 1] == ' ') && (i + words.n == key.n || key.p[i + words.n] == ' ') && memcmp(key.p + i, words.p, words.n) == 0)
			return true;
	return false;
}

static bool has_substance(struct check *w, const struct drug *d, struct str key)
{
	for (unsigned i = 0; key.n >= NAMED_LETTERS && i < d->n_parts; i++)
		if (has_words(fold_kept(w->a, d->part[i].name), key))
			return true;
	return false;
}

static bool line_has(const struct check *w, size_t i, struct str key)
{
	const struct drug *d = w->o->at[i].drug;
	for (unsigned k = 0; d && w->part[i] && key.n >= NAMED_LETTERS && k < d->n_parts; k++)
		if (has_words(w->part[i][k], key))
			return true;
	return false;
}

static void fold_parts(struct check *w)
{
	for (size_t i = 0; i < w->o->n; i++) {
		const struct drug *d = w->o->at[i].drug;
		w->part[i] = d ? arena_array(w->a, d->n_parts + 1, sizeof(struct str)) : NULL;
		for (unsigned k = 0; d && w->part[i] && k < d->n_parts; k++)
			w->part[i][k] = fold_kept(w->a, d->part[k].name);
	}
}

static void add_class(struct allergen *g, struct str atc)
{
	for (unsigned i = 0; i < g->n_atc; i++)
		if (memcmp(g->atc[i].p, atc.p, ATC_CLASS) == 0)
			return;
	if (g->n_atc < CLASSES)
		g->atc[g->n_atc++] = (struct str){ atc.p, ATC_CLASS };
}

/* A class as published with the allergy, else those of specialities that hold nothing but the substance. */
static void read_allergen(struct check *w, const struct json *allergy, struct allergen *g)
{
	const struct drug *at[OF_NAME];
	struct buf b;
	buf_init(&b, 2000);
	fhir_display(&b, json_get(allergy, "code"));
	*g = (struct allergen){ .name = arena_str(w->a, buf_view(&b)), .high = str_eq(json_get_text(allergy, "criticality"), "high") };
	buf_done(&b);
	g->key = fold_kept(w->a, g->name);
	for json_each(c, json_get(json_get(allergy, "code"), "coding")) {
		struct str code = json_get_text(c, "code");
		if (str_eq(json_get_text(c, "system"), ORDER_ATC) && code.n >= ATC_CLASS) {
			add_class(g, code);
			g->known = true;
		}
	}
	size_t n = g->key.n >= NAMED_LETTERS ? drug_find(w->drugs, g->name, at, OF_NAME) : 0;
	for (size_t i = 0; i < n && i < OF_NAME; i++) {
		if (!has_substance(w, at[i], g->key))
			continue;
		g->known = true;
		if (at[i]->atc.n >= ATC_CLASS && !memchr(at[i]->dci.p ? at[i]->dci.p : "", '+', at[i]->dci.n)) {
			g->by_name = true;
			add_class(g, at[i]->atc);
		}
	}
}

static void check_allergen(struct check *w, const struct allergen *g)
{
	for (size_t i = 0; i < w->o->n; i++) {
		const struct drug *d = w->o->at[i].drug;
		struct order_alert *one = NULL;
		if (!d)
			continue;
		if (line_has(w, i, g->key)) {
			one = alert(w, g->high ? ORDER_STOP : ORDER_INTERRUPT, "allergy", i, i);
		} else if (d->atc.n >= ATC_CLASS) {
			unsigned k = 0;
			while (k < g->n_atc && memcmp(g->atc[k].p, d->atc.p, ATC_CLASS) != 0)
				k++;
			if (k == g->n_atc)
				continue;
			one = alert(w, ORDER_INTERRUPT, "allergy_class", i, i);
			one->other = g->atc[k];
			one->derived = g->by_name || d->atc_derived;
		}
		if (!one)
			continue;
		one->what = g->name;
		one->source = STR("BDPM");
		one->edition_on = drug_edition(w->drugs, "bdpm");
	}
}

static bool is_verified(const struct json *allergy)
{
	const struct json *v = json_get(allergy, "verificationStatus"), *c = json_get(allergy, "clinicalStatus");
	return !has_code(v, STR_NONE, STR("refuted")) && !has_code(v, STR_NONE, STR("entered-in-error")) && !has_code(c, STR_NONE, STR("inactive")) && !has_code(c, STR_NONE, STR("resolved"));
}

/* SNOMED CT: no known allergy, no known drug allergy. */
static bool says_none(const struct json *allergy)
{
	static const char *const CODES[] = { "716186003", "409137002" };
	for (size_t i = 0; i < N_OF(CODES); i++)
		if (has_code(json_get(allergy, "code"), STR("http://snomed.info/sct"), str_of(CODES[i])))
			return true;
	return false;
}

static void check_allergies(struct check *w)
{
	const struct items *s = &w->k->allergies;
	bool any = false;
	for (size_t i = 0; i < s->n; i++) {
		const struct json *b = s->at[i].body;
		const struct json *category = json_get(b, "category");
		struct allergen g;
		if (!is_verified(b))
			continue;
		any = true;
		if (says_none(b))
			continue;
		read_allergen(w, b, &g);
		check_allergen(w, &g);
		bool medicine = !category || (category->first && str_eq(json_text(category->first), "medication"));
		if (!g.known && medicine)
			unrun(w, "allergy", "allergy_unknown", SIZE_MAX, g.name);
	}
	if (!any)
		unrun(w, "allergy", "allergies_not_recorded", SIZE_MAX, STR_NONE);
}

/* ---- conditions of prescription, as published ---- */

static void check_conditions(struct check *w)
{
	static const struct { const char *has; const char *rule; enum order_tier tier; } WORDS[] = {
		{ "stupefiants", "narcotic", ORDER_INLINE }, { "reserve a l usage hospitalier", "hospital_only", ORDER_ICON }, { "prescription hospitaliere", "hospital_only", ORDER_ICON } };
	for (size_t i = 0; i < w->o->n; i++) {
		const struct drug *d = w->o->at[i].drug;
		for (unsigned k = 0; d && k < d->n_conditions; k++) {
			struct str key = fold_kept(w->a, d->condition[k]);
			for (size_t r = 0; r < N_OF(WORDS); r++)
				if (str_starts(key, str_of(WORDS[r].has))) {
					struct order_alert *one = alert(w, WORDS[r].tier, WORDS[r].rule, i, i);
					one->what = d->condition[k];
					one->source = STR("BDPM");
					one->edition_on = drug_edition(w->drugs, "bdpm");
				}
		}
	}
}

/* ---- the house's own rules ---- */

static const char *const RULES_OF_HOUSE[] = { "dose_once", "dose_day", "renal", "pregnancy", "breastfeeding", "high_risk" };

bool order_rule_known(struct str rule)
{
	static const char *const OTHERS[] = { "interaction", "allergy", "allergy_class", "double", "double_class", "narcotic", "hospital_only" };
	for (size_t i = 0; i < N_OF(OTHERS); i++)
		if (str_eq(rule, OTHERS[i]))
			return true;
	for (size_t i = 0; i < N_OF(RULES_OF_HOUSE); i++)
		if (str_eq(rule, RULES_OF_HOUSE[i]))
			return true;
	return false;
}

struct house_rule { const char *rule; struct str kind, code, unit, source, key; int64_t limit_micro, age_from, age_until, gfr_below, since_ms; enum order_tier tier; bool per_kg; };

static const char *rule_name(struct str stored)
{
	for (size_t i = 0; i < N_OF(RULES_OF_HOUSE); i++)
		if (str_eq(stored, RULES_OF_HOUSE[i]))
			return RULES_OF_HOUSE[i];
	return "";
}

static int64_t or_none(struct db_stmt *s, int i) { return db_is_null(s, i) ? -1 : db_i64(s, i); }

static enum rc read_rules(struct check *w, struct house_rule **at_r, size_t *n_r, struct problem *p)
{
	struct house_rule *at = arena_array(w->a, RULES, sizeof *at);
	struct db_stmt *s = db_stmt(w->db, ST_HOSPITAL_ORDER_RULES_ALL);
	enum rc rc = at ? RC_OK : arena_rc(w->a, p);
	size_t n = 0;
	bool row = false;
	db_bind_i64(s, 1, RULES + 1);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row && n < RULES)
		at[n++] = (struct house_rule){ .rule = rule_name(db_text(s, 1)), .kind = arena_str(w->a, db_text(s, 2)), .code = arena_str(w->a, db_text(s, 3)), .limit_micro = or_none(s, 4),
			.unit = arena_str(w->a, db_text(s, 5)), .per_kg = db_i64(s, 6) != 0, .age_from = or_none(s, 7), .age_until = or_none(s, 8), .gfr_below = or_none(s, 9),
			.tier = (enum order_tier)db_i64(s, 10), .source = arena_str(w->a, db_text(s, 11)), .since_ms = db_i64(s, 12) };
	bool more = rc == RC_OK && row;
	db_reset(s);
	for (size_t k = 0; k < n; k++)
		at[k].key = fold_kept(w->a, at[k].code);
	for (size_t i = 0; i < N_OF(RULES_OF_HOUSE); i++) {
		size_t k = 0;
		while (k < n && at[k].rule != RULES_OF_HOUSE[i])
			k++;
		if (k == n || more)
			unrun(w, RULES_OF_HOUSE[i], more ? "too_many" : "not_provided", SIZE_MAX, STR_NONE);
	}
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(w->a, p) : rc;
}

struct measures { int64_t age, weight_g, gfr_micro; bool woman; /* -1: not known */ struct pregnancy pregnancy[PREGNANCY__END]; };

/* The last value, in millionths of the unit. -1: none, or in another unit. */
static enum rc last_value(struct check *w, struct str codes, const char *ucum, int64_t *micro_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), w->patient }, { STR("code"), codes }, { STR("_sort"), STR("-date") } };
	struct items s;
	struct decimal d;
	enum rc rc = items_find(w->db, w->a, "Observation", query, N_OF(query), 1, &s, p);
	*micro_r = -1;
	if (rc == RC_OK && s.n && str_eq(text_at(s.at[0].body, "valueQuantity.code"), ucum) && decimal_parse(text_at(s.at[0].body, "valueQuantity.value"), &d) == RC_OK)
		*micro_r = posology_micro(d);
	return rc;
}

static enum rc measure(struct check *w, struct measures *m, struct problem *p)
{
	struct item it;
	bool found = false;
	int64_t kg_micro = -1;
	*m = (struct measures){ .age = -1, .weight_g = -1, .gfr_micro = -1, .woman = true };
	enum rc rc = item_find(w->db, w->a, "Patient", w->patient, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc;
	struct str born = json_get_text(it.body, "birthDate");
	int64_t born_ms = born.n == 10 ? when_low(born) : INT64_MIN;
	if (born_ms != INT64_MIN)
		m->age = age_years(civil_utc(born_ms + 12 * 3600 * INT64_C(1000)), civil_paris(w->now_ms));
	m->woman = pregnancy_is_asked(json_get_text(it.body, "gender"));
	rc = last_value(w, STR(LOINC "|29463-7"), "kg", &kg_micro, p);
	m->weight_g = kg_micro < 0 ? -1 : kg_micro / 1000;
	if (rc == RC_OK) /* estimated GFR: MDRD, CKD-EPI 2009 and 2021 */
		rc = last_value(w, STR(LOINC "|33914-3," LOINC "|62238-1," LOINC "|98979-8"), "mL/min/{1.73_m2}", &m->gfr_micro, p);
	if (rc == RC_OK)
		rc = pregnancy_read(w->db, w->a, w->patient, w->now_ms, m->pregnancy, p);
	return rc;
}

static bool names(const struct check *w, const struct house_rule *r, size_t i)
{
	const struct order *o = &w->o->at[i];
	char cis[16];
	if (str_eq(r->kind, "cis")) {
		snprintf(cis, sizeof cis, "%u", o->cis);
		return str_eq(r->code, cis);
	}
	if (str_eq(r->kind, "atc"))
		return o->drug->atc.n >= r->code.n && memcmp(o->drug->atc.p, r->code.p, r->code.n) == 0;
	return line_has(w, i, r->key);
}

/* What one intake, or 24 hours, of any stage bring at most; -1: nothing says. */
static int64_t dose_of(const struct posology *q, bool day)
{
	int64_t most = -1;
	for (unsigned i = 0; i < q->n_steps; i++) {
		const struct posology_step *s = &q->step[i];
		int64_t v = day ? posology_day_micro(q, i) : s->kind == POSOLOGY_MOMENTS ? -1 : posology_micro(s->dose);
		for (unsigned k = 0; !day && s->kind == POSOLOGY_MOMENTS && k < s->n_takes; k++) {
			int64_t one = posology_micro(s->take[k].dose);
			v = one > v ? one : v;
		}
		if (v <= 0)
			return -1;
		most = v > most ? v : most;
	}
	return most;
}

/* What is not known warns, and says that nobody asked. What was answered holds whatever sex is recorded; unanswered, a man is not asked. */
static bool may_be(struct check *w, const struct house_rule *r, const struct measures *m, const struct pregnancy *s, size_t i)
{
	if (s->says == PREGNANCY_UNKNOWN && m->woman)
		unrun(w, r->rule, "no_status", i, STR_NONE);
	return s->says == PREGNANCY_YES || (s->says == PREGNANCY_UNKNOWN && m->woman);
}

static bool breaks(struct check *w, const struct house_rule *r, const struct measures *m, size_t i)
{
	const struct order *o = &w->o->at[i];
	if (strcmp(r->rule, "high_risk") == 0)
		return true;
	if (strcmp(r->rule, "pregnancy") == 0)
		return may_be(w, r, m, &m->pregnancy[PREGNANCY_PREGNANT], i);
	if (strcmp(r->rule, "breastfeeding") == 0)
		return may_be(w, r, m, &m->pregnancy[PREGNANCY_BREASTFEEDING], i);
	if (strcmp(r->rule, "renal") == 0) {
		if (m->gfr_micro < 0)
			unrun(w, r->rule, "no_gfr", i, STR_NONE);
		return m->gfr_micro >= 0 && m->gfr_micro / 1000000 < r->gfr_below;
	}
	int64_t dose = o->posology ? dose_of(o->posology, strcmp(r->rule, "dose_day") == 0) : -1, limit = r->limit_micro;
	if (dose < 0) {
		unrun(w, r->rule, "not_bounded", i, STR_NONE);
		return false;
	}
	if (!o->posology->unit || !str_eq(r->unit, o->posology->unit)) {
		unrun(w, r->rule, "other_unit", i, STR_NONE);
		return false;
	}
	if (r->per_kg && m->weight_g < 0) {
		unrun(w, r->rule, "no_weight", i, STR_NONE);
		return false;
	}
	if (r->per_kg && __builtin_mul_overflow(limit, m->weight_g, &limit))
		return false;
	return dose > (r->per_kg ? limit / 1000 : limit);
}

static enum rc check_house(struct check *w, struct problem *p)
{
	struct house_rule *at = NULL;
	struct measures m;
	size_t n = 0;
	enum rc rc = read_rules(w, &at, &n, p);
	if (rc != RC_OK || n == 0)
		return rc;
	rc = measure(w, &m, p);
	for (size_t i = 0; rc == RC_OK && i < w->o->n; i++) {
		if (!w->o->at[i].drug)
			continue;
		for (size_t k = 0; k < n; k++) {
			const struct house_rule *r = &at[k];
			if (!names(w, r, i))
				continue;
			if ((r->age_from >= 0 || r->age_until >= 0) && m.age < 0) {
				unrun(w, r->rule, "no_age", i, STR_NONE);
				continue;
			}
			if ((r->age_from >= 0 && m.age < r->age_from) || (r->age_until >= 0 && m.age > r->age_until) || !breaks(w, r, &m, i))
				continue;
			struct order_alert *one = alert(w, r->tier, r->rule, i, i);
			one->what = r->code;
			one->source = r->source;
			one->edition_on = day_of(w->a, r->since_ms);
		}
	}
	return rc;
}

/* ---- all of it ---- */

static int strongest_first(const void *a, const void *b)
{
	const struct order_alert *x = a, *y = b;
	if (x->tier != y->tier)
		return x->tier > y->tier ? -1 : 1;
	if (x->fresh != y->fresh)
		return x->fresh ? -1 : 1;
	return x->a != y->a ? (x->a < y->a ? -1 : 1) : x->b < y->b ? -1 : x->b > y->b;
}

/* A reason is given once a stay. */
static enum rc given_reasons(struct check *w, struct problem *p)
{
	struct db_stmt *s = db_stmt(w->db, ST_HOSPITAL_ORDER_REASONS);
	enum rc rc = RC_OK;
	bool row = false;
	if (!w->stay.n)
		return RC_OK;
	db_bind_i64(s, 1, w->patient_rid);
	db_bind_str(s, 2, w->stay);
	db_bind_i64(s, 3, REASONS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		for (size_t i = 0; i < w->k->n_alerts; i++) {
			struct order_alert *one = &w->k->alert[i];
			if (one->tier != ORDER_INTERRUPT || one->reason.n || !str_eq(db_text(s, 0), one->rule) || !str_is(db_text(s, 1), one->about))
				continue;
			one->reason = arena_str(w->a, db_text(s, 2));
			one->reason_ms = db_i64(s, 3);
		}
	db_reset(s);
	return rc;
}

enum rc order_check(struct db_conn *c, struct arena *a, struct str patient, int64_t patient_rid, struct str stay, int64_t now_ms, const struct orders *o, struct order_checked *k_r, struct problem *p)
{
	*k_r = (struct order_checked){ .alert = arena_array(a, ORDER_ALERTS, sizeof *k_r->alert), .unrun = arena_array(a, UNRUN, sizeof *k_r->unrun) };
	struct check w = { .db = c, .a = a, .o = o, .k = k_r, .patient = patient, .stay = stay, .patient_rid = patient_rid, .now_ms = now_ms };
	const struct pair query[] = { { STR("patient"), patient } };
	enum rc rc = arena_rc(a, p);
	if (rc == RC_OK)
		rc = items_find(c, a, "AllergyIntolerance", query, N_OF(query), ALLERGIES, &k_r->allergies, p);
	if (rc != RC_OK)
		return rc;
	w.drugs = drug_base(p);
	if (!w.drugs) {
		log_problem(LOG_ERROR, "drugs_absent", p);
		unrun(&w, "interaction", "no_tables", SIZE_MAX, STR_NONE);
		unrun(&w, "allergy", "no_tables", SIZE_MAX, STR_NONE);
		unrun(&w, "conditions", "no_tables", SIZE_MAX, STR_NONE);
		return RC_OK;
	}
	if (o->more)
		unrun(&w, "interaction", "too_many", SIZE_MAX, STR_NONE);
	rc = check_pairs(&w, p);
	if (rc != RC_OK)
		return rc;
	fold_parts(&w);
	say_unknown(&w);
	check_allergies(&w);
	check_conditions(&w);
	rc = check_house(&w, p);
	if (rc == RC_OK)
		rc = given_reasons(&w, p);
	if (rc == RC_OK && w.full)
		rc = problem_set(p, RC_LIMIT, WHY_TOO_BIG, "alerts", "over %d", ORDER_ALERTS);
	qsort(k_r->alert, k_r->n_alerts, sizeof k_r->alert[0], strongest_first);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* ---- columns ---- */

static void col_line(struct rows *out, const char *name, const struct orders *o, size_t i)
{
	struct buf b;
	if (i >= o->n)
		return;
	buf_init(&b, 4000);
	if (o->at[i].drug)
		order_name(&b, o->at[i].drug);
	else
		buf_str(&b, o->at[i].text);
	col(out, name, buf_view(&b));
	buf_done(&b);
}

void order_checked_rows(struct rows *out, const struct orders *o, const struct order_checked *k, int64_t patient_rid)
{
	rows_set(out, "alerts");
	for (size_t i = 0; i < k->n_alerts; i++) {
		const struct order_alert *one = &k->alert[i];
		rows_row(out);
		rows_patient(out, patient_rid, TIER_CLINICAL);
		rows_col_i64(out, "tier", one->tier);
		col_z(out, "rule", one->rule);
		col_line(out, "a", o, one->a);
		if (one->b != one->a)
			col_line(out, "b", o, one->b);
		if (one->a >= o->n_signed && one->a < o->n)
			rows_col_i64(out, "line", o->at[one->a].no);
		if (one->b >= o->n_signed && one->b < o->n)
			rows_col_i64(out, "line_b", o->at[one->b].no);
		col(out, "about", one->about);
		if (one->level)
			rows_col_i64(out, "level", one->level);
		col(out, "levels", one->levels);
		col(out, "what", one->what);
		col(out, "other", one->other);
		col(out, "why", one->why);
		col(out, "advice", one->advice);
		col(out, "source", one->source);
		col(out, "edition_on", one->edition_on);
		col_flag(out, "derived", one->derived);
		col_flag(out, "fresh", one->fresh);
		col(out, "reason", one->reason);
		if (one->reason.n)
			rows_col_i64(out, "reason_at", one->reason_ms);
	}
	rows_set(out, "unrun");
	for (size_t i = 0; i < k->n_unrun; i++) {
		const struct order_unrun *u = &k->unrun[i];
		rows_row(out);
		rows_patient(out, patient_rid, TIER_CLINICAL);
		col_z(out, "check", u->check);
		col_z(out, "because", u->because);
		if (u->of != SIZE_MAX)
			col_line(out, "of", o, u->of);
		col(out, "what", u->what);
	}
}
