/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/drug_views.c: medicines as screens ask for them: found by words, one in full, and several held against each other. Nothing of a patient is asked or told.
 * Where no tables are, each view says so and nothing else. Called by the gate through the rows at the end. Start at drug_search.
 */
#include "base/log.h"
#include "hospital/drug.h"
#include "hospital/matters.h"
#include "hospital/show.h"
#include "hospital/tall_name.h"

#define SHOWN 10
#define SHOWN_ALL 200
#define LIST 30           /* of one check */
#define GROUP 60

/* Set "editions": bdpm, ansm (dates), or absent (flag): the tables are not there. False: absent, and RC_OK; the reason is in the log of who reads them. */
static const struct drugs *editions(struct rows *out, struct problem *p)
{
	const struct drugs *d = drug_base(p);
	if (!d)
		log_problem(LOG_ERROR, "drugs_absent", p);
	rows_set(out, "editions");
	rows_row(out);
	col_flag(out, "absent", !d);
	if (d) {
		col(out, "bdpm_on", drug_edition(d, "bdpm"));
		col(out, "ansm_on", drug_edition(d, "ansm"));
	}
	return d;
}

/* cis, dci, name, form, routes, atc; atc_derived, market, watched (flags); supply, supply_since_on, supply_until_on. */
static void row_drug(struct rows *out, const struct drug *one)
{
	rows_row(out);
	rows_col_i64(out, "cis", one->cis);
	col_medicine(out, "dci", one->dci);
	col_medicine(out, "name", one->name);
	col(out, "form", one->form);
	col(out, "routes", one->routes);
	col(out, "atc", one->atc);
	col_flag(out, "atc_derived", one->atc_derived);
	col_flag(out, "market", one->marketed);
	col_flag(out, "watched", one->watched);
	col(out, "supply", one->supply);
	col(out, "supply_since_on", one->supply_since);
	col(out, "supply_until_on", one->supply_until);
}

/* "drug_search": text, all (flag: up to two hundred instead of ten). Set "editions"; set "drugs": as row_drug; set "drugs_page": total, shown. */
static enum rc drug_search(struct view_ctx *v, struct rows *out, struct problem *p)
{
	const struct drugs *d = editions(out, p);
	const struct drug **at = arena_array(v->arena, SHOWN_ALL, sizeof(struct drug *));
	size_t most = args_get(v->args, "all").n ? SHOWN_ALL : SHOWN, total, shown;
	if (!at)
		return arena_rc(v->arena, p);
	if (!d)
		return RC_OK;
	total = drug_find(d, args_get(v->args, "text"), at, most);
	shown = total < most ? total : most;
	rows_set(out, "drugs");
	for (size_t i = 0; i < shown; i++)
		row_drug(out, at[i]);
	rows_set(out, "drugs_page");
	rows_row(out);
	rows_col_i64(out, "total", (int64_t)total);
	rows_col_i64(out, "shown", (int64_t)shown);
	return RC_OK;
}

/* ---- one ---- */

static void put_parts(struct rows *out, const struct drug *one)
{
	rows_set(out, "parts");
	for (unsigned i = 0; i < one->n_parts; i++) {
		const struct drug_part *part = &one->part[i];
		rows_row(out);
		rows_col(out, "name", part->name);
		col(out, "dose", part->dose);
		col(out, "per", part->per);
		col_flag(out, "moiety", part->moiety);
		col_flag(out, "known", part->known);
	}
	rows_set(out, "conditions");
	for (unsigned i = 0; i < one->n_conditions; i++) {
		rows_row(out);
		rows_col(out, "text", one->condition[i]);
	}
	rows_set(out, "packs");
	for (unsigned i = 0; i < one->n_packs; i++) {
		const struct drug_pack *pack = &one->pack[i];
		rows_row(out);
		rows_col(out, "cip13", pack->cip13);
		col(out, "label", pack->label);
		col(out, "state", pack->state);
		col(out, "rate", pack->rate);
		if (pack->price_cents >= 0)
			rows_col_i64(out, "price_cents", pack->price_cents);
	}
}

/*
 * "drug": cis. Set "editions"; set "drug": as row_drug, and holder, group, group_kind; sets "parts": name, dose, per, moiety, known (flags); "conditions": text;
 * "packs": cip13, label, state, rate, price_cents; "same_group": as row_drug: on the market, of the same generic group.
 */
static enum rc drug_one(struct view_ctx *v, struct rows *out, struct problem *p)
{
	const struct drugs *d = editions(out, p);
	uint64_t cis = 0;
	const struct drug *one = d && str_u64(args_get(v->args, "cis"), &cis) == RC_OK && cis <= UINT32_MAX ? drug_by_cis(d, (uint32_t)cis) : NULL;
	if (!d)
		return RC_OK;
	if (!one)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "cis", "no such speciality");
	rows_set(out, "drug");
	row_drug(out, one);
	col(out, "holder", one->holder);
	col(out, "group", one->group);
	if (one->group_no)
		rows_col_i64(out, "group_kind", one->group_kind);
	put_parts(out, one);
	rows_set(out, "same_group");
	unsigned n = 0;
	for (const struct drug *other = one->group_no ? drug_next(d, NULL) : NULL; other && n < GROUP; other = drug_next(d, other))
		if (other->group_no == one->group_no && other != one && other->marketed) {
			row_drug(out, other);
			n++;
		}
	return RC_OK;
}

/* ---- several ---- */

static enum rc list_of(const struct drugs *d, struct str text, const struct drug **list, size_t *n_r, unsigned *gone_r, struct problem *p)
{
	size_t n = 0;
	*gone_r = 0;
	for (struct str rest = text; rest.n;) {
		struct str next, word = str_trim(str_cut(rest, ',', &next));
		uint64_t cis;
		if (str_u64(word, &cis) != RC_OK || cis > UINT32_MAX)
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "with", "no CIS");
		const struct drug *one = drug_by_cis(d, (uint32_t)cis);
		bool twice = false;
		for (size_t i = 0; i < n; i++)
			twice = twice || list[i] == one;
		if (one && !twice && n == LIST)
			return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "with", "over %d specialities", LIST);
		if (one && !twice)
			list[n++] = one;
		*gone_r += !one;
		rest = next;
	}
	*n_r = n;
	return RC_OK;
}

/* Names of substances that the thesaurus does not know, which were therefore not checked. */
static void put_unknown(struct rows *out, const struct drug *one)
{
	struct buf b;
	buf_init(&b, 8000);
	for (unsigned i = 0; i < one->n_parts; i++)
		if (!one->part[i].known) {
			if (b.n)
				buf_z(&b, ", ");
			buf_str(&b, one->part[i].name);
		}
	if (!b.failed)
		col(out, "unknown", buf_view(&b));
	buf_done(&b);
	col_flag(out, "nothing_said", one->n_parts == 0);
}

/*
 * "drug_check": list (CIS by commas, at most thirty). Set "editions"; set "list": as row_drug, and unknown (substances that were not checked), nothing_said (flag:
 * none is published); set "interactions", strongest first: level (1 to 4), levels (as published: several by dose or substance), a, b (names), a_as, b_as (as the
 * thesaurus calls them), mechanism, advice; set "twice": a, b, substance, or atc (level 4) and derived (flag); set "gone": n, CIS that are no longer there.
 */
static enum rc drug_check_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	const struct drugs *d = editions(out, p);
	const struct drug *list[LIST];
	struct drug_checked c = { .n_hits = 0 };
	size_t n = 0;
	unsigned gone = 0;
	if (!d)
		return RC_OK;
	enum rc rc = list_of(d, args_get(v->args, "list"), list, &n, &gone, p);
	if (rc == RC_OK)
		rc = drug_check(d, list, n, v->arena, &c, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "list");
	for (size_t i = 0; i < n; i++) {
		row_drug(out, list[i]);
		put_unknown(out, list[i]);
	}
	rows_set(out, "interactions");
	for (size_t i = 0; i < c.n_hits; i++) {
		const struct drug_hit *h = &c.hit[i];
		rows_row(out);
		rows_col_i64(out, "level", h->level);
		rows_col(out, "levels", h->levels);
		rows_col(out, "a", list[h->a]->name);
		rows_col(out, "b", list[h->b]->name);
		rows_col(out, "a_as", h->one);
		rows_col(out, "b_as", h->other);
		col(out, "mechanism", h->mechanism);
		col(out, "advice", h->advice);
	}
	rows_set(out, "twice");
	for (size_t i = 0; i < c.n_twice; i++) {
		const struct drug_double *t = &c.twice[i];
		rows_row(out);
		rows_col(out, "a", list[t->a]->name);
		rows_col(out, "b", list[t->b]->name);
		rows_col(out, t->substance ? "substance" : "atc", t->name);
		col_flag(out, "derived", t->derived);
	}
	rows_set(out, "gone");
	rows_row(out);
	rows_col_i64(out, "n", gone);
	return RC_OK;
}

const struct view drug_views[] = {
	{ .name = "drug_search", .may = MAY_READ_CHART, .reveals = REVEALS_META, .run = drug_search },
	{ .name = "drug",        .may = MAY_READ_CHART, .reveals = REVEALS_META, .run = drug_one },
	{ .name = "drug_check",  .may = MAY_READ_CHART, .reveals = REVEALS_META, .run = drug_check_view },
	{ .name = NULL },
};
