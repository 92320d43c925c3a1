/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription_home.c: what the ordonnance for home says: the signed lines for home that stand, of one stay or of one consultation, one paper for each prescriber and day, what is narcotic in
 * full letters; and which papers there are.
 * It must never take up what nobody signed, nor what was stopped, and never say by itself which medicine is narcotic: the conditions of prescription as published do (BDPM). Called by
 * the gate through the rows at the end. Start at home_view.
 */
#include "hospital/prescription.h"

#include <stdlib.h>
#include <string.h>

#include "base/numeral.h"
#include "hospital/letter.h"
#include "hospital/matters.h"
#include "hospital/tall_name.h"

#define LINES_MOST 120
#define DAY_TEXT 11

struct line { struct order o; struct str by, unit; char day[DAY_TEXT]; };
struct home { struct view_ctx *v; struct names names; int64_t patient; struct line *at; size_t n; struct str stay, unit; bool more; };

/* ---- which lines ---- */

/* By prescriber and day, newest paper first; within one in the order in which they were signed. */
static int by_paper(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int day = strcmp(y->day, x->day), by = str_cmp(x->by, y->by);
	return day ? day : by ? by : x->o.at_ms != y->o.at_ms ? (x->o.at_ms < y->o.at_ms ? -1 : 1) : str_cmp(x->o.id, y->o.id);
}

static bool same_paper(const struct line *x, const struct line *y)
{
	return strcmp(x->day, y->day) == 0 && str_is(x->by, y->by);
}

/* Of the same discharge, or outside of one. */
static bool same_reason(const struct line *x, const struct line *y)
{
	return x->o.out == y->o.out && str_is(x->o.home_of, y->o.home_of);
}

/* The unit it was prescribed from, said by a line outside of a discharge. */
static struct str unit_of(const struct json *request)
{
	struct str unit = STR_NONE;
	for json_each(e, json_get(request, "extension"))
		if (str_eq(json_get_text(e, "url"), ORDER_UNIT))
			(void)ref_of(json_get(e, "valueReference"), "Organization", &unit);
	return unit;
}

static enum rc read_line(struct home *h, const struct item *it, struct problem *p)
{
	struct line *l = &h->at[h->n];
	*l = (struct line){ .by = STR_NONE };
	enum rc rc = order_of_request(h->v->arena, it, &l->o, p);
	if (rc != RC_OK || !l->o.home || (l->o.posology && posology_end(l->o.posology) <= h->v->now_ms))
		return rc;
	(void)ref_of(json_get(it->body, "requester"), "Practitioner", &l->by);
	l->unit = unit_of(it->body);
	struct civil c = civil_paris(l->o.at_ms);
	struct buf b = { .p = l->day, .cap = DAY_TEXT, .max = DAY_TEXT };
	buf_fmt(&b, "%04d-%02d-%02d", c.year, c.month, c.day);
	h->n++;
	return RC_OK;
}

static enum rc read_all(struct home *h, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), args_get(h->v->args, "patient") }, { STR("status"), STR("active") } };
	struct items found;
	enum rc rc = items_find(h->v->db, h->v->arena, "MedicationRequest", query, N_OF(query), LINES_MOST, &found, p);
	for (size_t i = 0; rc == RC_OK && i < found.n; i++)
		rc = read_line(h, &found.at[i], p);
	if (rc == RC_OK)
		h->more = found.more;
	return rc;
}

/* The line that is asked for, else the one that was signed last; NULL: there is none. */
static const struct line *line_meant(const struct home *h)
{
	struct str id = args_get(h->v->args, "line");
	const struct line *newest = NULL;
	for (size_t i = 0; i < h->n; i++) {
		if (id.n && str_is(h->at[i].o.id, id))
			return &h->at[i];
		if (!newest || h->at[i].o.at_ms > newest->o.at_ms)
			newest = &h->at[i];
	}
	return id.n ? NULL : newest;
}

/* Those of the stay that is asked for, all its papers; else the paper with the line that is asked for; else what was signed last: the papers of its stay, or its one paper outside of one. */
static enum rc read_lines(struct home *h, struct problem *p)
{
	struct str stay = args_get(h->v->args, "stay");
	size_t kept = 0;
	enum rc rc = read_all(h, p);
	const struct line *meant = rc == RC_OK && !stay.n ? line_meant(h) : NULL;
	struct line like = meant ? *meant : (struct line){ .o = { .home_of = stay } };
	bool one = meant && (like.o.out || args_get(h->v->args, "line").n);
	if (rc != RC_OK)
		return rc;
	h->stay = like.o.home_of;
	h->unit = like.unit;
	for (size_t i = 0; i < h->n; i++)
		if ((meant || stay.n) && same_reason(&h->at[i], &like) && (!one || same_paper(&h->at[i], &like)))
			h->at[kept++] = h->at[i];
	h->n = kept;
	qsort(h->at, h->n, sizeof h->at[0], by_paper);
	return RC_OK;
}

/* ---- in full letters ---- */

/* The published conditions ask for it: « stupéfiants », or « prescription en toutes lettres sur ordonnance sécurisée ». */
static bool wants_letters(const struct drug *d)
{
	static const char *const ASKED[] = { "stupéfiants", "en toutes lettres" };
	for (unsigned i = 0; d && i < d->n_conditions; i++)
		for (size_t k = 0; k < N_OF(ASKED); k++)
			if (memmem(d->condition[i].p, d->condition[i].n, ASKED[k], strlen(ASKED[k])))
				return true;
	return false;
}

/* "4,125 mg" → « quatre virgule cent vingt-cinq milligrammes »; what does not begin with one plain number stays as published. */
static void put_strength(struct buf *b, struct str dose)
{
	char digits[24];
	size_t n = 0, at = 0;
	struct decimal d;
	for (; at < dose.n && n < sizeof digits && ((dose.p[at] >= '0' && dose.p[at] <= '9') || dose.p[at] == ',' || dose.p[at] == '.'); at++)
		digits[n++] = dose.p[at] == ',' ? '.' : dose.p[at];
	struct str unit = str_trim((struct str){ dose.p + at, dose.n - at });
	bool plain = n && unit.n && (unsigned char)unit.p[0] != 0xc2 && (unsigned char)unit.p[0] != 0xe2 && !(unit.p[0] >= '0' && unit.p[0] <= '9'); /* "1 000 UI" is no plain one */
	if (!plain || decimal_parse((struct str){ digits, n }, &d) != RC_OK || !numeral_french(b, d, false)) {
		buf_str(b, dose);
		return;
	}
	buf_ch(b, ' ');
	posology_unit_letters(b, unit, decimal_cmp(d, (struct decimal){ .coefficient = 2 }) >= 0);
}

/* « dix milligrammes par comprimé (sulfate de morphine) », as the composition is published; doses are said of the moiety where there is one. */
static void col_strength(struct rows *out, const struct drug *d)
{
	bool moiety = false;
	struct buf b;
	buf_init(&b, 4000);
	for (unsigned i = 0; i < d->n_parts; i++)
		moiety = moiety || (d->part[i].moiety && d->part[i].dose.n);
	for (unsigned i = 0; i < d->n_parts; i++) {
		const struct drug_part *part = &d->part[i];
		if (part->moiety != moiety || !part->dose.n)
			continue;
		buf_z(&b, b.n ? " ; " : "");
		buf_str(&b, part->name);
		buf_z(&b, " : ");
		put_strength(&b, part->dose);
		if (part->per.n) {
			buf_z(&b, " pour ");
			buf_str(&b, part->per);
		}
	}
	col(out, "strength", buf_view(&b));
	buf_done(&b);
}

static void col_conditions(struct rows *out, const struct drug *d)
{
	struct buf b;
	buf_init(&b, 4000);
	for (unsigned i = 0; i < d->n_conditions; i++) {
		buf_z(&b, i ? " ; " : "");
		buf_str(&b, d->condition[i]);
	}
	col(out, "conditions", buf_view(&b));
	buf_done(&b);
}

/* ---- rows ---- */

static void row_line(struct home *h, struct rows *out, const struct line *l, int64_t paper)
{
	const struct order *o = &l->o;
	struct problem none;
	struct buf b;
	bool letters = wants_letters(o->drug);
	struct order_supply supply;
	rows_row(out);
	rows_patient(out, h->patient, TIER_CLINICAL);
	rows_col_i64(out, "paper", paper);
	col_flag(out, "ald", o->ald);
	if (o->drug) {
		col_medicine(out, "dci", o->drug->dci);
		col_medicine(out, "name", o->drug->name);
	} else {
		col(out, "name", o->text);
	}
	buf_init(&b, 4000);
	if (o->posology)
		posology_text(&b, o->posology, true);
	else
		buf_str(&b, text_at(o->body, "dosageInstruction.text"));
	col(out, "dosage", buf_view(&b));
	buf_reset(&b);
	if (letters && o->posology)
		posology_text_letters(&b, o->posology, true);
	col(out, "letters", buf_view(&b));
	order_supply(o, &supply);
	buf_reset(&b);
	order_supply_text(&b, &supply, letters);
	col(out, "supply", buf_view(&b));
	buf_reset(&b);
	if (letters)
		order_supply_text(&b, &supply, false);
	col(out, "supply_figures", buf_view(&b));
	buf_done(&b);
	col_flag(out, "narcotic", letters);
	if (letters) {
		col_strength(out, o->drug);
		col_conditions(out, o->drug);
		col(out, "edition_on", drug_edition(drug_base(&none), "bdpm"));
	}
	col_flag(out, "endless", o->posology && posology_end(o->posology) == INT64_MAX && !supply.qsp_days);
	col(out, "note", text_at(o->body, "note.text"));
}

static enum rc row_paper(struct home *h, struct rows *out, const struct line *last, int64_t paper, struct problem *p)
{
	struct item it;
	bool found = false;
	enum rc rc = last->by.n ? item_find(h->v->db, h->v->arena, "Practitioner", last->by, &found, &it, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_patient(out, h->patient, TIER_CLINICAL);
	rows_col_i64(out, "paper", paper);
	rows_col_i64(out, "signed_at", last->o.at_ms);
	rows_col(out, "signed_on", str_of(last->day));
	col(out, "by_name", name_ref(&h->names, json_get(last->o.body, "requester")));
	if (found)
		col(out, "rpps", letter_identifier(it.body, LETTER_RPPS));
	return RC_OK;
}

static enum rc row_house(struct home *h, struct rows *out, struct problem *p)
{
	struct letter_house house;
	struct stay stay = { .id = STR_NONE };
	struct item it;
	bool found = false;
	enum rc rc = h->stay.n ? item_find(h->v->db, h->v->arena, "Encounter", h->stay, &found, &it, p) : RC_OK;
	if (rc == RC_OK && found && it.patient == h->patient)
		stay_of(&h->names, it.body, h->v->now_ms, &stay);
	if (rc == RC_OK)
		rc = letter_house_of(h->v->db, h->v->arena, h->unit.n ? h->unit : stay.unit.n ? stay.unit : h->v->who->unit, &house, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "home");
	rows_row(out);
	rows_patient(out, h->patient, TIER_CLINICAL);
	col(out, "unit_name", house.unit);
	col(out, "site_name", house.site);
	col(out, "finess", house.finess);
	col_flag(out, "more", h->more);
	return RC_OK;
}

/*
 * "prescription_home": patient, stay (all papers of its discharge), or line (the paper that has this line); both empty: of the line for home that was signed last. Set "home": unit_name, site_name, finess, more (flag: the patient has more open lines than are read:
 * nothing may be printed as if it were all). Set "papers", one for each prescriber and day, newest first: paper, signed_at (of its last line), signed_on, by_name, rpps. Set "lines", in the order of the
 * papers: paper, ald (flag), dci, name, dosage, note, endless (flag: no length and no end is said), supply (how much of it, French; in words where full letters are asked for, and then supply_figures), narcotic (flag: the published conditions ask for full letters); with it letters (the dosage in
 * words; empty: only words were written), strength, conditions and edition_on of the BDPM. No line: nothing is signed for home.
 */
static enum rc home_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct home h = { .v = v, .names = { v->db, v->arena, NULL }, .at = arena_array(v->arena, LINES_MOST, sizeof *h.at) };
	enum rc rc = h.at ? order_patient(v->db, v->args, &h.patient, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = read_lines(&h, p);
	if (rc == RC_OK)
		rc = row_house(&h, out, p);
	rows_set(out, "papers");
	for (size_t i = 0, paper = 1; rc == RC_OK && i < h.n; i++)
		if (i + 1 == h.n || !same_paper(&h.at[i], &h.at[i + 1]))
			rc = row_paper(&h, out, &h.at[i], (int64_t)paper++, p);
	rows_set(out, "lines");
	for (size_t i = 0, paper = 1; rc == RC_OK && i < h.n; i++) {
		row_line(&h, out, &h.at[i], (int64_t)paper);
		paper += i + 1 < h.n && !same_paper(&h.at[i], &h.at[i + 1]);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* By reason (outside of a discharge first, then by stay), then by paper. */
static int by_reason(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int stay = (int)y->o.out - (int)x->o.out;
	stay = stay ? stay : str_cmp(x->o.home_of, y->o.home_of);
	return stay ? stay : by_paper(a, b);
}

/*
 * "prescription_papers": patient. Which papers could be printed now. Set "ordonnances", outside of a discharge first, newest first: line (any of its lines, for "prescription_home"), out (flag: outside of a
 * discharge), signed_at (of its last line), by_name, n (medicines). Nothing is signed for home: none.
 */
static enum rc papers_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct home h = { .v = v, .names = { v->db, v->arena, NULL }, .at = arena_array(v->arena, LINES_MOST, sizeof *h.at) };
	enum rc rc = h.at ? order_patient(v->db, v->args, &h.patient, p) : arena_rc(v->arena, p);
	int64_t n = 0;
	if (rc == RC_OK)
		rc = read_all(&h, p);
	rows_set(out, "ordonnances");
	if (rc != RC_OK)
		return rc;
	qsort(h.at, h.n, sizeof h.at[0], by_reason);
	for (size_t i = 0; i < h.n; i++) {
		const struct line *l = &h.at[i];
		n++;
		if (i + 1 < h.n && same_reason(l, l + 1) && same_paper(l, l + 1))
			continue;
		rows_row(out);
		rows_patient(out, h.patient, TIER_CLINICAL);
		rows_col(out, "line", l->o.id);
		col_flag(out, "out", l->o.out);
		rows_col_i64(out, "signed_at", l->o.at_ms);
		col(out, "by_name", name_ref(&h.names, json_get(l->o.body, "requester")));
		rows_col_i64(out, "n", n);
		n = 0;
	}
	return arena_rc(v->arena, p);
}

const struct view home_views[] = {
	{ .name = "prescription_home",   .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = home_view },
	{ .name = "prescription_papers", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = papers_view },
	{ .name = NULL },
};
