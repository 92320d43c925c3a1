/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/pmsi_month.c: see pmsi.h: the stays of a month in an establishment: how many lines each file would have, each stay that is not written with its reason, and whom a file holds.
 * Must never leave a stay out without saying so. Called by the gate through the row at the end, and by export.c (pmsi_freeze). Start at month_view.
 */
#include "hospital/pmsi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "hospital/billing.h"
#include "hospital/matters.h"

#define LEFT_SHOWN 200
#define LINE_BYTES 200000

/* ---- the stays of a month ---- */

struct walk { struct item_each each; struct db_conn *c; const struct pmsi_ask *k; struct pmsi_each *to; };

static enum rc on_stay(struct item_each *e, const struct item *it, struct arena *scratch, struct problem *p)
{
	struct walk *w = (struct walk *)(void *)e;
	bool is = false;
	enum rc rc = pmsi_is_of(w->c, scratch, w->k, it, &is, p);
	return rc == RC_OK && is ? w->to->stay(w->to, it, scratch, p) : rc;
}

/* The first day of the month after it. */
static struct str next_month(struct arena *a, struct str month)
{
	char text[48];
	int year = (month.p[0] - '0') * 1000 + (month.p[1] - '0') * 100 + (month.p[2] - '0') * 10 + (month.p[3] - '0'), m = (month.p[5] - '0') * 10 + (month.p[6] - '0');
	(void)snprintf(text, sizeof text, "lt%04d-%02d-01", m == 12 ? year + 1 : year, m == 12 ? 1 : m + 1);
	return arena_str(a, str_of(text));
}

enum rc pmsi_month_each(struct db_conn *c, struct arena *a, const struct pmsi_ask *k, struct pmsi_each *e, bool *more_r, struct problem *p)
{
	struct walk w = { .each = { on_stay }, .c = c, .k = k, .to = e };
	const struct str *unit;
	size_t n = 0;
	char from[16];
	struct arena scratch;
	enum rc rc = pmsi_units(c, a, k->establishment, &unit, &n, p);
	(void)snprintf(from, sizeof from, "ge%.*s-01", STR_ARG(k->month));
	struct str until = next_month(a, k->month);
	*more_r = false;
	arena_init(&scratch, (size_t)64 << 20);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		const struct pair query[] = { { STR("service-provider"), unit[i] }, { STR("date"), str_of(from) }, { STR("date"), until } };
		bool more = false;
		rc = items_each(c, &scratch, "Encounter", query, N_OF(query), PMSI_STAYS, &w.each, &more, p);
		*more_r = *more_r || more;
		arena_reset(&scratch);
	}
	arena_done(&scratch);
	return rc;
}

/* ---- whom a file holds ---- */

struct holding { struct pmsi_each each; struct db_conn *c; struct arena *a; const struct pmsi_ask *k; struct buf line; int64_t *at; size_t n, cap; };

static enum rc hold(struct pmsi_each *e, const struct item *stay, struct arena *scratch, struct problem *p)
{
	struct holding *h = (struct holding *)(void *)e;
	struct pmsi_left left;
	unsigned n = 0;
	buf_reset(&h->line);
	enum rc rc = pmsi_lines(h->c, scratch, h->k, stay, NULL, &h->line, &n, &left, p);
	if (rc != RC_OK || !n)
		return rc;
	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 256;
		int64_t *to = arena_array(h->a, cap, sizeof *to);
		if (!to)
			return arena_rc(h->a, p);
		if (h->n)
			memcpy(to, h->at, h->n * sizeof *to);
		h->at = to;
		h->cap = cap;
	}
	h->at[h->n++] = stay->patient;
	return RC_OK;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

enum rc pmsi_freeze(struct db_conn *c, struct arena *a, const struct pmsi_ask *k, const int64_t **at_r, size_t *n_r, struct problem *p)
{
	struct holding h = { .each = { hold }, .c = c, .a = a, .k = k };
	bool more = false;
	size_t n = 0;
	buf_init(&h.line, LINE_BYTES);
	enum rc rc = pmsi_month_each(c, a, k, &h.each, &more, p);
	buf_done_wiped(&h.line);
	if (rc == RC_OK && more)
		rc = problem_set(p, RC_LIMIT, WHY_NARROWER, "cohort", "over %d stays of a unit", PMSI_STAYS);
	if (rc != RC_OK)
		return rc;
	if (h.n)
		qsort(h.at, h.n, sizeof *h.at, by_number);
	for (size_t i = 0; i < h.n; i++)
		if (n == 0 || h.at[n - 1] != h.at[i])
			h.at[n++] = h.at[i];
	*at_r = h.at;
	*n_r = n;
	return RC_OK;
}

/* ---- view ---- */

#define FILES 4
struct one_left { struct str stay; int64_t patient; unsigned file; struct pmsi_left why; };
struct counting {
	struct pmsi_each each; struct view_ctx *v; struct pmsi_ask ask[FILES];
	struct buf line; int64_t stays, lines[FILES], left[FILES]; struct one_left *at; size_t n;
};

static enum rc count(struct pmsi_each *e, const struct item *stay, struct arena *scratch, struct problem *p)
{
	struct counting *k = (struct counting *)(void *)e;
	enum rc rc = RC_OK;
	k->stays++;
	for (unsigned i = 0; i < FILES && rc == RC_OK; i++) {
		struct pmsi_left left;
		unsigned n = 0;
		buf_reset(&k->line);
		rc = pmsi_lines(k->v->db, scratch, &k->ask[i], stay, NULL, &k->line, &n, &left, p);
		k->lines[i] += n;
		if (left.why == PMSI_WRITTEN)
			continue;
		k->left[i]++;
		if (k->n < LEFT_SHOWN)
			k->at[k->n++] = (struct one_left){ arena_str(k->v->arena, stay->id), stay->patient, i, left };
	}
	return rc;
}

static void never(struct rows *out)
{
	rows_set(out, "never");
	for (size_t i = 0;; i++) {
		const struct pmsi_zone *z = pmsi_zone_at(i);
		if (!z)
			return;
		if (pmsi_fills(z->file, z->name) || z->fixed.n || str_eq(z->name, "FILLER") || str_eq(z->name, "RESERV") || str_eq(z->file, "ficum"))
			continue;
		rows_row(out);
		rows_col(out, "file", z->file);
		rows_col(out, "zone", z->name);
		rows_col(out, "label", z->label);
		col_flag(out, "must", z->must);
	}
}

/*
 * "pmsi_month": month (YYYY-MM). Of the establishment worked in. Set "place": establishment, name, month, stays, finess, absent (flag: no layouts), more (flag: more stays than are looked at).
 * Set "files": file, cohort (as an export asks for it), lines, left. Set "left" (the first 200): file, stay, patient, why, nth (of the passage, where it is one of several), zone, label, and the columns of billing_who. Set "never": zones
 * that nothing ever fills: file, zone, label, must (flag: the layout wants it).
 */
static enum rc month_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct counting k = { .each = { count }, .v = v };
	struct names names = { v->db, v->arena, NULL };
	struct pmsi_place place = { .version = 0 };
	struct str here = STR_NONE, month = args_get(v->args, "month"), cohort[FILES];
	bool more = false;
	enum rc rc = billing_establishment(v->db, v->arena, v->who->unit, &here, p);
	if (rc == RC_OK && !here.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "month", "no establishment");
	for (unsigned i = 0; i < FILES && rc == RC_OK; i++) {
		char text[200];
		(void)snprintf(text, sizeof text, "PMSI/%s/%.*s/%.*s", pmsi_files[i], STR_ARG(here), STR_ARG(month));
		cohort[i] = arena_str(v->arena, str_of(text));
		if (!pmsi_ask_of(cohort[i], &k.ask[i]))
			rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "month", "no month");
	}
	if (rc == RC_OK)
		rc = pmsi_place_get(v->db, v->arena, here, &place, p);
	k.at = rc == RC_OK ? arena_array(v->arena, LEFT_SHOWN, sizeof *k.at) : NULL;
	if (rc == RC_OK)
		rc = arena_rc(v->arena, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&k.line, LINE_BYTES);
	if (pmsi_known())
		rc = pmsi_month_each(v->db, v->arena, &k.ask[0], &k.each, &more, p);
	buf_done_wiped(&k.line);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "place");
	rows_row(out);
	rows_col(out, "establishment", here);
	col(out, "name", name_of(&names, "Organization", here));
	rows_col(out, "month", month);
	rows_col_i64(out, "stays", k.stays);
	col(out, "finess", place.finess);
	col_flag(out, "absent", !pmsi_known());
	col_flag(out, "more", more);
	rows_set(out, "files");
	for (unsigned i = 0; i < FILES; i++) {
		rows_row(out);
		col_z(out, "file", pmsi_files[i]);
		rows_col(out, "cohort", cohort[i]);
		rows_col_i64(out, "lines", k.lines[i]);
		rows_col_i64(out, "left", k.left[i]);
	}
	rows_set(out, "left");
	for (size_t i = 0; i < k.n && rc == RC_OK; i++) {
		const struct one_left *l = &k.at[i];
		rows_row(out);
		col_z(out, "file", pmsi_files[l->file]);
		rows_col(out, "stay", l->stay);
		col_z(out, "why", pmsi_why(l->why.why));
		if (l->why.nth)
			rows_col_i64(out, "nth", l->why.nth);
		if (l->why.zone) {
			rows_col(out, "zone", l->why.zone->name);
			rows_col(out, "label", l->why.zone->label);
		}
		rc = billing_who(v, out, l->patient, p);
	}
	if (rc == RC_OK)
		never(out);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

const struct view pmsi_month_views[] = {
	{ .name = "pmsi_month", .may = MAY_BILL, .reveals = REVEALS_WORK_LIST, .run = month_view },
	{ .name = NULL },
};
