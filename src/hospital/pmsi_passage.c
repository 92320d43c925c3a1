/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/pmsi_passage.c: see pmsi.h: a stay's passages through medical units, counted from the movements that stand and, where none was recorded here, from the places that the stay names with
 * their days; to which of them an act belongs. Must never guess where somebody was: what is not said, or contradicts itself, is no passage. Called by coding.c, billing_act.c and
 * pmsi_stay.c. Start at pmsi_passages.
 */
#include "hospital/pmsi.h"

#include <string.h>

#include "hospital/movement.h"

/* Where the stay was from when on, as somebody said it; neighbours may be the same unit. */
struct step { struct str unit; int64_t from_ms; };
struct walk {
	struct db_conn *c; struct arena *a; struct pmsi_passages *k; const struct item *stay;
	struct str unit;                        /* as the stay itself says it: where it is, or ended */
	int64_t start_ms, end_ms;               /* end 0: it goes on */
	struct step at[MOVEMENTS_MOST + 1]; size_t n;
	bool others, lost;                      /* a unit beside that one is named; what is said is not whole, or contradicts itself */
};

static void seen(struct walk *w, struct str unit) { w->others = w->others || (unit.n && !str_is(unit, w->unit)); }

static void step(struct walk *w, struct str unit, int64_t from_ms)
{
	if (w->n == N_OF(w->at) || !unit.n || (w->n && from_ms < w->at[w->n - 1].from_ms)) {
		w->lost = true;
		return;
	}
	w->at[w->n++] = (struct step){ unit, from_ms };
}

/* One that stands and was done. A leave and a return change no unit. */
static void on_movement(struct walk *w, const struct movement *m)
{
	if (str_eq(m->kind, "A01")) {
		seen(w, m->unit);
		w->lost = w->lost || w->n > 0;
		w->k->entry_mode = m->mode;
		w->k->came_from = m->place;
		step(w, m->unit, w->start_ms);
	} else if (str_eq(m->kind, "A02")) {
		seen(w, m->unit);
		seen(w, m->from_unit);
		if (!w->n)
			step(w, m->from_unit, w->start_ms);
		w->lost = w->lost || !w->n || !str_is(w->at[w->n - 1].unit, m->from_unit);
		step(w, m->unit, m->done_ms);
	} else if (str_eq(m->kind, "A03")) {
		w->k->exit_mode = m->mode;
		w->k->went_to = m->place;
	}
}

static enum rc by_movements(struct walk *w, struct problem *p)
{
	struct movement *at = NULL;
	size_t n = 0;
	enum rc rc = movements_of(w->c, w->a, w->stay->rid, &at, &n, p);
	w->lost = n == MOVEMENTS_MOST; /* older ones may not have been read */
	for (size_t i = n; rc == RC_OK && i-- > 0;)
		if (!at[i].cancels && !at[i].cancelled_by && at[i].done_ms)
			on_movement(w, &at[i]);
	return rc;
}

static bool was_in(const struct walk *w, struct str unit)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_is(w->at[i].unit, unit))
			return true;
	return false;
}

/* The places that the stay names. With movements they only must not name a unit that no movement knows; without, they are the steps, by their days. */
static enum rc by_places(struct walk *w, struct problem *p)
{
	bool moved = w->n > 0;
	enum rc rc = RC_OK;
	for json_each (l, json_get(w->stay->body, "location")) {
		struct str id, owner, status = json_get_text(l, "status");
		struct item place;
		bool found = false;
		if (rc != RC_OK || str_eq(status, "planned") || str_eq(status, "reserved") || !ref_of(json_get(l, "location"), "Location", &id))
			continue;
		rc = item_find(w->c, w->a, "Location", id, &found, &place, p);
		if (rc != RC_OK || !found || !ref_of(json_get(place.body, "managingOrganization"), "Organization", &owner))
			continue;
		seen(w, owner);
		if (moved) {
			w->lost = w->lost || !was_in(w, owner);
			continue;
		}
		int64_t from = when_low(text_at(l, "period.start"));
		if (!w->n)
			step(w, owner, w->start_ms);
		else if (!str_is(w->at[w->n - 1].unit, owner)) {
			w->lost = w->lost || from == INT64_MIN;
			step(w, owner, from);
		}
	}
	return rc;
}

/* The medical unit of a unit of the house; without a row there it is one of its own, which has no number. */
static enum rc medical_of(struct db_conn *c, struct arena *a, struct str unit, struct pmsi_unit *u_r, struct str *medical_r, struct problem *p)
{
	enum rc rc = pmsi_unit_get(c, a, unit, u_r, p);
	*medical_r = rc == RC_OK && u_r->part_of.n ? u_r->part_of : unit;
	return rc;
}

/* Neighbours of one medical unit are one passage. */
static enum rc join(struct walk *w, struct problem *p)
{
	struct pmsi_passages *k = w->k;
	enum rc rc = RC_OK;
	k->at = arena_array(w->a, w->n < PMSI_PASSAGES ? w->n : PMSI_PASSAGES, sizeof *k->at);
	if (!k->at)
		return arena_rc(w->a, p);
	for (size_t i = 0; i < w->n && rc == RC_OK; i++) {
		struct pmsi_unit u;
		struct str medical;
		if (i && str_is(w->at[i].unit, w->at[i - 1].unit))
			continue;
		rc = medical_of(w->c, w->a, w->at[i].unit, &u, &medical, p);
		if (rc != RC_OK || (k->n && str_is(k->at[k->n - 1].medical, medical)))
			continue;
		if (k->n == PMSI_PASSAGES) {
			w->lost = true;
			break;
		}
		if (k->n)
			k->at[k->n - 1].until_ms = w->at[i].from_ms;
		k->at[k->n++] = (struct pmsi_passage){ .unit = w->at[i].unit, .medical = medical, .code = u.code, .establishment = u.establishment, .from_ms = w->at[i].from_ms, .until_ms = w->end_ms };
	}
	for (size_t i = 0; i < k->n; i++) {
		k->at[i].from_on = day_of(w->a, k->at[i].from_ms);
		k->at[i].until_on = k->at[i].until_ms ? day_of(w->a, k->at[i].until_ms) : STR_NONE;
	}
	return rc == RC_OK ? arena_rc(w->a, p) : rc;
}

enum rc pmsi_passages(struct db_conn *c, struct arena *a, const struct item *stay, struct pmsi_passages *k_r, struct problem *p)
{
	struct names names = { c, a, NULL };
	struct stay s;
	struct walk w;
	*k_r = (struct pmsi_passages){ .n = 0 };
	int64_t start = when_low(text_at(stay->body, "period.start")), end = when_low(text_at(stay->body, "period.end"));
	stay_of(&names, stay->body, 0, &s);
	w = (struct walk){ .c = c, .a = a, .k = k_r, .stay = stay, .unit = s.unit, .start_ms = start, .end_ms = end == INT64_MIN ? 0 : end };
	if (start == INT64_MIN || !s.unit.n)
		return RC_OK;
	enum rc rc = by_movements(&w, p);
	if (rc == RC_OK)
		rc = by_places(&w, p);
	if (rc == RC_OK && !w.others) { /* one unit, whatever moved within it */
		w.n = 0;
		w.lost = false;
		step(&w, s.unit, start);
	}
	w.lost = w.lost || !w.n || !str_is(w.at[w.n - 1].unit, s.unit) || (w.end_ms && w.n > 1 && w.at[w.n - 1].from_ms > w.end_ms);
	if (rc == RC_OK && !w.lost)
		rc = join(&w, p);
	k_r->several = w.lost;
	if (w.lost)
		k_r->n = 0;
	return rc;
}

enum rc pmsi_same_unit(struct db_conn *c, struct arena *a, const struct pmsi_passage *of, struct str unit, bool *is_r, struct problem *p)
{
	struct pmsi_unit u;
	struct str medical;
	enum rc rc = medical_of(c, a, unit, &u, &medical, p);
	*is_r = rc == RC_OK && str_is(medical, of->medical);
	return rc;
}

enum rc pmsi_passage_of_act(struct db_conn *c, struct arena *a, const struct pmsi_passages *k, struct str day, struct str unit, size_t *at_r, struct problem *p)
{
	enum rc rc = RC_OK;
	*at_r = k->n;
	if (k->n == 1 && !unit.n) {
		*at_r = 0;
		return RC_OK;
	}
	for (size_t i = k->n; i-- > 0 && rc == RC_OK && *at_r == k->n;) {
		bool is = str_cmp(day, k->at[i].from_on) >= 0 && (!k->at[i].until_on.n || str_cmp(day, k->at[i].until_on) <= 0);
		if (is && unit.n)
			rc = pmsi_same_unit(c, a, &k->at[i], unit, &is, p);
		if (rc == RC_OK && is)
			*at_r = i;
	}
	return rc;
}
