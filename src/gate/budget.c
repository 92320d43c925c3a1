/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/budget.c: see budget.h. One counter an identity, made at its first draw. A seen patient is one map slot: hour of the draw and how it was explained.
 * Must never be changed but by budget_fold. Old hours go when the hour turns.
 */
#include "gate/budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "gate/crowd.h"
#include "hospital/hospital.h"

#define HOUR_MS 3600000LL
#define MINUTE_MS 60000LL
#define WINDOW_HOURS 24   /* the hour now and the 24 before: never less than 24 h */
#define SHIFT_APART 12    /* an explained chart that is open already counts again so many hours later: the next shift's first look at it (docs/decisions/0023) */
#define MACHINE_KEPT 4000 /* patients of a machine that a snapshot names: more than the budget of one that has one (hospital/machine.h) */
#define MACHINE_SEEN_MAX (1u << 20) /* a machine's distinct patients are only counted: beyond, all draw */
#define SNAPSHOT_PATIENTS 400 /* an entry's text holds a letter for each: how many hours ago */

struct grant { int64_t patient, at_ms, why; /* enum explain: a reason, or an emergency */ };
struct counter {
	uint32_t account, hour;
	struct map64 seen;          /* patient → hour << 8 | explain */
	uint32_t by[16];            /* seen, by explain */
	bool machine;
	struct grant grant[GRANTS_MAX]; unsigned n_grants;
	uint32_t search[LIMIT_SEARCHES]; unsigned n_searches; /* minutes, oldest first */
	struct ladder ladder;
};
struct volume { uint64_t key; /* key_of */ struct ladder_volume v; };
struct budget {
	struct map64 index; struct counter **at; size_t n, cap;
	struct map64 volume_index; struct volume *volume; size_t n_volumes, cap_volumes; /* of units, by job */
	struct crowd crowd;
	int64_t plan_until_ms;
};

struct budget *budget_new(void)
{
	struct budget *b = calloc(1, sizeof *b);
	if (b) {
		map64_init(&b->index);
		map64_init(&b->volume_index);
	}
	return b;
}

static void counter_free(struct counter *c)
{
	map64_done(&c->seen);
	free(c);
}

void budget_free(struct budget **b)
{
	if (!*b)
		return;
	for (size_t i = 0; i < (*b)->n; i++)
		counter_free((*b)->at[i]);
	free((*b)->at);
	map64_done(&(*b)->index);
	map64_done(&(*b)->volume_index);
	free((*b)->volume);
	free(*b);
	*b = NULL;
}

static struct counter *find(const struct budget *b, uint32_t account)
{
	uint64_t i;
	return map64_find(&b->index, account, &i) ? b->at[i] : NULL;
}

static struct counter *make(struct budget *b, uint32_t account)
{
	struct counter *c = find(b, account);
	if (c)
		return c;
	if (b->n == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;
		struct counter **at = realloc(b->at, cap * sizeof(struct counter *));
		if (!at)
			return NULL;
		b->at = at;
		b->cap = cap;
	}
	c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->account = account;
	map64_init(&c->seen);
	if (!map64_put(&b->index, account, b->n)) {
		counter_free(c);
		return NULL;
	}
	b->at[b->n++] = c;
	return c;
}

/* ---- the weeks of units ---- */

static uint64_t key_of(uint64_t unit, unsigned job) { return unit * JOBS + job; }

static struct volume *volume_find(const struct budget *b, uint64_t key)
{
	uint64_t i;
	return map64_find(&b->volume_index, key, &i) ? &b->volume[i] : NULL;
}

static struct volume *volume_make(struct budget *b, uint64_t key)
{
	struct volume *v = volume_find(b, key);
	if (v)
		return v;
	if (b->n_volumes == b->cap_volumes) {
		size_t cap = b->cap_volumes ? b->cap_volumes * 2 : 64;
		struct volume *at = realloc(b->volume, cap * sizeof *at);
		if (!at)
			return NULL;
		b->volume = at;
		b->cap_volumes = cap;
	}
	if (!map64_put(&b->volume_index, key, b->n_volumes))
		return NULL;
	v = &b->volume[b->n_volumes++];
	*v = (struct volume){ .key = key };
	return v;
}

uint64_t budget_unit(struct str unit) { return unit.n ? hash_stable(unit) : 0; }

uint32_t budget_share(const struct budget *b, uint64_t unit, enum ladder_job job)
{
	const struct volume *v = unit ? volume_find(b, key_of(unit, job)) : NULL;
	return v ? v->v.share : 0;
}

bool budget_learns(const struct budget *b, struct limits limits, int64_t now_ms, uint64_t *about_r)
{
	const struct volume *v = limits.unit && !limits.by_ticket ? volume_find(b, key_of(limits.unit, limits.job)) : NULL;
	uint32_t share;
	if (!v || !ladder_volume_due(&v->v, ladder_scale(limits.job), now_ms, &share))
		return false;
	*about_r = (uint64_t)limits.job << 16 | share;
	return true;
}

static uint32_t hour_of(int64_t ms)
{
	return ms > 0 ? (uint32_t)(ms / HOUR_MS) : 0;
}

static uint32_t minute_of(int64_t ms)
{
	return ms > 0 ? (uint32_t)(ms / MINUTE_MS) : 0;
}

/* Let go what lies before the window. Without memory everything stays: that is the strict side. */
static void roll_hour(struct counter *c, uint32_t hour)
{
	if (hour <= c->hour)
		return;
	struct map64 kept;
	map64_init(&kept);
	uint32_t by[16] = { 0 };
	uint64_t patient, value;
	for (size_t i = 0; map64_next(&c->seen, &i, &patient, &value);) {
		if ((value >> 8) + WINDOW_HOURS < hour)
			continue;
		if (!map64_put(&kept, patient, value)) {
			map64_done(&kept);
			return;
		}
		by[value & 15]++;
	}
	map64_done(&c->seen);
	c->seen = kept;
	memcpy(c->by, by, sizeof by);
	c->hour = hour;
}

static void roll(struct counter *c, int64_t now_ms)
{
	roll_hour(c, hour_of(now_ms));
	unsigned n = 0;
	for (unsigned i = 0; i < c->n_grants; i++)
		if (c->grant[i].at_ms + SHIFT_HOURS * HOUR_MS > now_ms)
			c->grant[n++] = c->grant[i];
	c->n_grants = n;
	n = 0;
	for (unsigned i = 0; i < c->n_searches; i++)
		if (c->search[i] + 60 >= minute_of(now_ms))
			c->search[n++] = c->search[i];
	c->n_searches = n;
	ladder_roll(&c->ladder, now_ms);
}

static uint32_t unexplained(const struct counter *c)
{
	return c->by[EXPLAIN_NONE] + c->by[EXPLAIN_BREAK_GLASS];
}

/* The live grant for a patient, an emergency before another; NULL none. */
static const struct grant *grant_of(const struct counter *c, int64_t patient, int64_t now_ms)
{
	const struct grant *best = NULL;
	for (unsigned i = c->n_grants; i-- > 0;)
		if (c->grant[i].patient == patient && c->grant[i].at_ms + GLASS_MS > now_ms && (!best || c->grant[i].why > best->why))
			best = &c->grant[i];
	return best;
}
_Static_assert(EXPLAIN_EMERGENCY > EXPLAIN_BREAK_GLASS, "an emergency comes before another reason");

/* How far from a care link: an opening that is further than the one it was drawn for draws anew. */
static unsigned distance(unsigned explain)
{
	return explain == EXPLAIN_EMERGENCY ? 1 : explain == EXPLAIN_NONE || explain == EXPLAIN_BREAK_GLASS ? 2 : 0;
}

/* Open already for what one made oneself, or in this shift for what others made: it takes none of the five. */
static bool stays_explained(uint64_t value, int64_t now_ms)
{
	return (value & 15) == EXPLAIN_SELF_MADE || (distance(value & 15) == 0 && hour_of(now_ms) < (value >> 8) + SHIFT_APART);
}

/* How this opening is explained once caps and grants are known. */
static void explain_one(const struct counter *c, struct opening *o, bool seen, uint64_t value, uint32_t *self_made, int64_t now_ms)
{
	if (o->made && (o->explain == EXPLAIN_NONE || o->explain == EXPLAIN_SELF_MADE)) {
		o->explain = EXPLAIN_CREATED;
		o->until_ms = 0;
	}
	if (o->explain == EXPLAIN_SELF_MADE && !(seen && stays_explained(value, now_ms))) {
		if (*self_made < LIMIT_SELF_MADE)
			++*self_made;
		else
			o->explain = EXPLAIN_NONE;
	}
	const struct grant *g = c ? grant_of(c, o->patient, now_ms) : NULL, *of_kept = c && o->kept && o->kept != o->patient ? grant_of(c, o->kept, now_ms) : NULL;
	if (of_kept && (!g || of_kept->why > g->why))
		g = of_kept;
	if (g && o->closed && g->why != EXPLAIN_EMERGENCY) /* an emergency comes first where there is one */
		g = NULL;
	if (g && (o->explain == EXPLAIN_NONE || (g->why == EXPLAIN_EMERGENCY && c->ladder.stopped))) { /* who is stopped opens by emergency only */
		o->explain = (enum explain)g->why;
		o->until_ms = g->at_ms + GLASS_MS;
	}
}

/* An opening that counts. */
static bool draws(const struct opening *o, bool seen, uint64_t value, int64_t now_ms)
{
	if (o->explain == EXPLAIN_CREATED)
		return false;
	if (!seen || distance(o->explain) > distance(value & 15))
		return true;
	return distance(o->explain) == 0 && distance(value & 15) == 0 && hour_of(now_ms) >= (value >> 8) + SHIFT_APART;
}

/* Whether who is stopped may still read this one. */
static bool stays_open(const struct counter *c, const struct opening *o, bool seen, int64_t now_ms)
{
	return o->explain == EXPLAIN_EMERGENCY || ((seen || o->explain == EXPLAIN_CREATED) && now_ms < c->ladder.stopped_ms + LADDER_GRACE_MS);
}

enum rc budget_price(struct budget *b, uint32_t account, struct limits limits, struct opening *at, size_t n, int64_t now_ms, size_t *which_r, struct problem *p)
{
	struct counter *c = find(b, account);
	if (c)
		roll(c, now_ms);
	uint32_t self_made = c ? c->by[EXPLAIN_SELF_MADE] : 0;
	size_t fresh = 0;
	for (size_t i = 0; i < n; i++) {
		struct opening *o = &at[i];
		uint64_t value = 0;
		bool seen = c && map64_find(&c->seen, (uint64_t)o->patient, &value);
		if (limits.by_ticket) {
			o->draw = !seen;
			fresh += !seen;
			*which_r = i;
			if (o->explain != EXPLAIN_TICKET)
				return problem_set(p, RC_DENIED, WHY_UNEXPLAINED, "", "outside of the ticket");
			if (c && c->ladder.stopped) /* by a canary: nothing else stops a machine, and nothing stays open to one */
				return problem_set(p, RC_OVER_BUDGET, WHY_STOPPED_ACCOUNT, "", "stopped by %s", ladder_word((enum ladder_why)c->ladder.stopped));
			if (limits.all > 0 && (c ? c->seen.n : 0) + fresh > limits.all)
				return problem_set(p, RC_OVER_BUDGET, WHY_OVER_BUDGET, "", "a machine's %u patients a day", limits.all);
			continue;
		}
		explain_one(c, o, seen, value, &self_made, now_ms);
		if (o->explain == EXPLAIN_NONE) {
			*which_r = i;
			return problem_set(p, RC_DENIED, o->closed ? WHY_CLOSED_CHART : WHY_UNEXPLAINED, "", "no live fact");
		}
		if (c && c->ladder.stopped && !stays_open(c, o, seen, now_ms)) {
			*which_r = i;
			return problem_set(p, RC_OVER_BUDGET, WHY_STOPPED_ACCOUNT, "", "stopped by %s", ladder_word((enum ladder_why)c->ladder.stopped));
		}
		o->draw = draws(o, seen, value, now_ms);
	}
	if (!limits.by_ticket && n > 0 && limits.all == 0)
		return problem_set(p, RC_OVER_BUDGET, WHY_OVER_BUDGET, "", "role has no record budget");
	return RC_OK;
}

/* What the fold needs to know of a call: evidence and what is granted after it, and the job whose budgets it had. */
static uint64_t mark_of(const struct ladder *l, enum ladder_job job) { return (uint64_t)job << 48 | (uint64_t)l->granted << 32 | (uint32_t)l->evidence; }

struct weighed budget_weigh(struct budget *b, uint32_t account, struct limits limits, const struct opening *at, size_t n, int64_t now_ms)
{
	static const struct ladder none;
	struct weighed w = { { LADDER_GO, LADDER_NONE }, false, 0 };
	struct ladder_scale scale = authorise_scale(limits);
	struct counter *c = find(b, account);
	struct ladder_call call;
	scale.unit = budget_share(b, limits.unit, limits.job);
	if (limits.by_ticket || limits.all == 0)
		return w;
	if (c)
		roll(c, now_ms);
	ladder_begin(&call, c ? &c->ladder : &none, &scale, c ? (uint32_t)c->seen.n - c->by[EXPLAIN_EMERGENCY] : 0, c ? unexplained(c) : 0, now_ms);
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		uint64_t value;
		if (!at[i].draw)
			continue;
		w.mark = mark_of(&call.l, limits.job);
		if (at[i].explain == EXPLAIN_EMERGENCY)
			continue;
		any = true;
		ladder_open(&call, at[i].explain == EXPLAIN_BREAK_GLASS, !c || !map64_find(&c->seen, (uint64_t)at[i].patient, &value));
		w.mark = mark_of(&call.l, limits.job);
	}
	if (!any)
		return w;
	w.verdict = call.verdict;
	w.told = c && (c->ladder.stopped || (c->ladder.due && w.verdict.step == LADDER_PROVE));
	return w;
}

bool budget_crowd(struct budget *b, const struct opening *at, size_t n, int64_t now_ms)
{
	uint32_t apart = 0;
	for (size_t i = 0; i < n; i++)
		apart += at[i].draw && at[i].explain == EXPLAIN_BREAK_GLASS;
	return crowd_weigh(&b->crowd, apart, now_ms);
}

struct standing budget_standing(struct budget *b, uint32_t account, int64_t now_ms)
{
	struct counter *c = find(b, account);
	if (!c)
		return (struct standing){ LADDER_NONE, LADDER_NONE, 0, 0 };
	roll(c, now_ms);
	return (struct standing){ (enum ladder_why)c->ladder.due, (enum ladder_why)c->ladder.stopped, c->ladder.wrong, c->ladder.stopped_ms };
}

static void meter_of(struct counter *c, int64_t now_ms, struct meter *m_r)
{
	roll(c, now_ms);
	*m_r = (struct meter){ c->account, (uint32_t)c->seen.n, unexplained(c), c->by[EXPLAIN_EMERGENCY], c->ladder };
}

void budget_meter(struct budget *b, uint32_t account, int64_t now_ms, struct meter *m_r)
{
	struct counter *c = find(b, account);
	*m_r = (struct meter){ .account = account };
	if (c)
		meter_of(c, now_ms, m_r);
}

bool budget_meter_nth(struct budget *b, size_t nth, int64_t now_ms, struct meter *m_r)
{
	if (b->at[nth]->machine)
		return false;
	meter_of(b->at[nth], now_ms, m_r);
	return true;
}

enum rc budget_search(struct budget *b, uint32_t account, int64_t now_ms, struct problem *p)
{
	struct counter *c = find(b, account);
	if (c)
		roll(c, now_ms);
	if (c && c->n_searches >= LIMIT_SEARCHES)
		return problem_set(p, RC_OVER_BUDGET, WHY_OVER_SEARCHES, "", "%u in the hour", c->n_searches);
	return RC_OK;
}

enum rc budget_glass(struct budget *b, uint32_t account, bool emergency, unsigned limit, int64_t now_ms, struct problem *p)
{
	struct counter *c = find(b, account);
	unsigned given = 0;
	if (!c)
		return RC_OK;
	roll(c, now_ms);
	if (!emergency)
		return c->ladder.stopped ? problem_set(p, RC_OVER_BUDGET, WHY_STOPPED_ACCOUNT, "", "stopped by %s", ladder_word((enum ladder_why)c->ladder.stopped)) : RC_OK;
	for (unsigned i = 0; i < c->n_grants; i++)
		given += c->grant[i].why == EXPLAIN_EMERGENCY;
	return given >= (now_ms < b->plan_until_ms ? PLAN_TIMES * limit : limit) ? problem_set(p, RC_OVER_BUDGET, WHY_OVER_GLASS, "", "%u in the shift", given) : RC_OK;
}

int64_t budget_grant(struct budget *b, uint32_t account, int64_t patient, bool emergency, int64_t now_ms)
{
	struct counter *c = find(b, account);
	const struct grant *g = c ? grant_of(c, patient, now_ms) : NULL;
	return g && (!emergency || g->why == EXPLAIN_EMERGENCY) ? g->at_ms + GLASS_MS : 0;
}

size_t budget_grants(struct budget *b, uint32_t account, int64_t now_ms, int64_t *patients, size_t max)
{
	struct counter *c = find(b, account);
	size_t n = 0;
	for (unsigned i = 0; c && i < c->n_grants && n < max; i++)
		if (c->grant[i].at_ms + GLASS_MS > now_ms)
			patients[n++] = c->grant[i].patient;
	return n;
}

uint32_t budget_opened(struct budget *b, uint32_t account, int64_t now_ms)
{
	struct counter *c = find(b, account);
	if (!c)
		return 0;
	roll_hour(c, hour_of(now_ms));
	return (uint32_t)c->seen.n;
}

/* ---- the fold ---- */

static bool see(struct counter *c, int64_t patient, uint32_t hour, unsigned explain)
{
	uint64_t old;
	explain &= 15;
	if (explain == EXPLAIN_TICKET) {
		c->machine = true;
		if (c->seen.n >= MACHINE_SEEN_MAX)
			return true;
	}
	bool had = map64_find(&c->seen, (uint64_t)patient, &old);
	if (!map64_put(&c->seen, (uint64_t)patient, (uint64_t)hour << 8 | explain))
		return false;
	if (had)
		c->by[old & 15]--;
	c->by[explain]++;
	return true;
}

static void grant(struct counter *c, int64_t patient, int64_t at_ms, unsigned why)
{
	if (c->n_grants == GRANTS_MAX)
		memmove(c->grant, c->grant + 1, sizeof *c->grant * --c->n_grants);
	c->grant[c->n_grants++] = (struct grant){ patient, at_ms, why == EXPLAIN_EMERGENCY ? EXPLAIN_EMERGENCY : EXPLAIN_BREAK_GLASS };
}

static void search(struct counter *c, uint32_t minute)
{
	if (c->n_searches == LIMIT_SEARCHES)
		memmove(c->search, c->search + 1, sizeof *c->search * --c->n_searches);
	c->search[c->n_searches++] = minute;
}

static bool fold_draws(struct budget *b, struct counter *c, const struct ledger_entry *e)
{
	uint32_t apart = 0, drawn = 0;
	roll_hour(c, hour_of(e->at_ms));
	for (uint32_t i = 0; i < e->n_patients; i++) {
		if (e->patients[i].draw && !see(c, e->patients[i].patient, hour_of(e->at_ms), e->patients[i].explain))
			return false;
		apart += e->patients[i].draw && e->patients[i].explain == EXPLAIN_BREAK_GLASS;
		drawn += e->patients[i].draw && e->patients[i].explain != EXPLAIN_EMERGENCY;
	}
	if (apart)
		crowd_went(&b->crowd, apart, e->at_ms);
	if (c->machine || e->kind == LEDGER_OUTCOME)
		return true;
	unsigned job = (unsigned)(e->about >> 48);
	struct volume *v = job > JOB_NONE && job < JOBS && e->unit.n && drawn ? volume_make(b, key_of(budget_unit(e->unit), job)) : NULL;
	if (v)
		ladder_volume_went(&v->v, drawn, ladder_comes(&c->ladder, e->at_ms), e->at_ms);
	ladder_went(&c->ladder, (int32_t)(e->about & 0xffffffff), (uint16_t)(e->about >> 32), apart, drawn, e->at_ms);
	return true;
}

static void fold_alarm(struct counter *c, const struct ledger_entry *e)
{
	enum ladder_why why = ladder_of_word(e->route);
	if (str_eq(e->note, BUDGET_PROOF_NOTE))
		ladder_asked(&c->ladder, why);
	else if (str_eq(e->note, BUDGET_STOP_NOTE))
		ladder_stopped(&c->ladder, why, e->at_ms);
}

static bool is_proved(struct str note) { return str_eq(note, BUDGET_PROVED_NOTE) || str_eq(note, BUDGET_PROVED_KEY_NOTE); }
static bool is_signed_in(struct str note) { return str_eq(note, BUDGET_SIGN_IN_NOTE) || str_eq(note, BUDGET_SIGN_IN_KEY_NOTE); }

static void fold_session(struct counter *c, const struct ledger_entry *e)
{
	if (is_proved(e->note))
		ladder_proved(&c->ladder, e->at_ms);
	else if (str_eq(e->note, BUDGET_UNPROVED_NOTE))
		ladder_failed(&c->ladder);
	else
		c->ladder.wrong = 0; /* signed in: with a password and a code, or with a passkey */
}

/* A snapshot stands instead of all that was folded for the identity before it. */
static bool fold_snapshot(struct counter *c, const struct ledger_entry *e)
{
	if (str_eq(e->note, "draws")) {
		map64_done(&c->seen);
		map64_init(&c->seen);
		memset(c->by, 0, sizeof c->by);
		c->n_grants = c->n_searches = 0;
		c->ladder = (struct ladder){ .evidence = 0 };
		c->hour = (uint32_t)e->about;
	}
	if (str_eq(e->note, "ladder") && !ladder_get(&c->ladder, (int64_t)e->about, e->text))
		return false;
	if (str_eq(e->note, "draws") || str_eq(e->note, "draws_more"))
		for (uint32_t i = 0; i < e->n_patients && i < e->text.n; i++)
			if (!see(c, e->patients[i].patient, (uint32_t)e->about - (uint32_t)(e->text.p[i] - 'a'), e->patients[i].explain))
				return false;
	if (str_eq(e->note, "grant") && e->n_patients == 1)
		grant(c, e->patients[0].patient, (int64_t)e->about, e->patients[0].explain);
	if (str_eq(e->note, "searches"))
		for (struct str left = e->text; left.n > 0;) {
			uint64_t age;
			if (str_u64(str_cut(left, ',', &left), &age) != RC_OK)
				break;
			search(c, (uint32_t)(e->about - age));
		}
	return true;
}

int64_t budget_plan(const struct budget *b) { return b->plan_until_ms; }

/* What a unit's week taught, as it was said: about holds the job and the share. */
static bool fold_learnt(struct budget *b, const struct ledger_entry *e)
{
	unsigned job = (unsigned)(e->about >> 16);
	struct volume *v = e->unit.n && job < JOBS ? volume_make(b, key_of(budget_unit(e->unit), job)) : NULL;
	if (v)
		ladder_volume_learnt(&v->v, (uint32_t)(e->about & 0xffff), e->at_ms);
	return v != NULL || e->unit.n == 0;
}

/* "key,week,shifts,sum,share" */
static bool fold_volume(struct budget *b, struct str text)
{
	int64_t at[5];
	for (size_t i = 0; i < 5; i++)
		if (str_i64(str_cut(text, ',', &text), &at[i]) != RC_OK)
			return false;
	struct volume *v = volume_make(b, (uint64_t)at[0]);
	if (v)
		v->v = (struct ladder_volume){ (uint32_t)at[1], (uint32_t)at[2], (uint32_t)at[3], (uint32_t)at[4] };
	return v != NULL;
}

/* Entries of no account. */
static bool fold_house(struct budget *b, const struct ledger_entry *e)
{
	if (e->kind == LEDGER_SNAPSHOT && str_eq(e->note, "plan"))
		b->plan_until_ms = (int64_t)e->about;
	if (e->kind == LEDGER_ALARM && str_eq(e->route, BUDGET_CROWD_ROUTE))
		crowd_told(&b->crowd, e->at_ms);
	if (e->kind == LEDGER_MARK && str_eq(e->route, BUDGET_LEARNT_ROUTE))
		return fold_learnt(b, e);
	if (e->kind == LEDGER_SNAPSHOT && str_eq(e->note, "volume"))
		return fold_volume(b, e->text);
	return e->kind != LEDGER_SNAPSHOT || !str_eq(e->note, "crowd") || crowd_get(&b->crowd, e->text);
}

/* What an entry does to the counters of its account. */
enum does { DOES_DRAW = 1, DOES_GRANT = 2, DOES_SEARCH = 4, DOES_SNAPSHOT = 8, DOES_ALARM = 16, DOES_PROOF = 32 };
static unsigned does(const struct ledger_entry *e)
{
	unsigned d = 0;
	switch (e->kind) {
	case LEDGER_SNAPSHOT: return DOES_SNAPSHOT;
	case LEDGER_ALARM: return DOES_ALARM;
	case LEDGER_SESSION: return is_proved(e->note) || str_eq(e->note, BUDGET_UNPROVED_NOTE) || (e->rc == RC_OK && is_signed_in(e->note)) ? DOES_PROOF : 0;
	case LEDGER_RELEASE: d = str_eq(e->note, BUDGET_SEARCH_NOTE) ? DOES_SEARCH : 0; break;
	case LEDGER_INTENT: d = str_eq(e->route, BUDGET_GLASS_ROUTE) && e->n_patients > 0 ? DOES_GRANT : 0; break;
	case LEDGER_OUTCOME: break;
	default: return 0;
	}
	for (uint32_t i = 0; i < e->n_patients; i++)
		if (e->patients[i].draw)
			return d | DOES_DRAW;
	return d;
}

bool budget_fold(struct budget *b, const struct ledger_entry *e)
{
	if (e->account == 0)
		return fold_house(b, e);
	if (e->kind == LEDGER_INTENT && str_eq(e->route, BUDGET_FREED_ROUTE)) {
		struct counter *whom = find(b, (uint32_t)e->about);
		if (whom && whom->account != e->account) /* nobody frees himself, whatever an entry says */
			ladder_freed(&whom->ladder, e->at_ms);
		return true;
	}
	if (e->kind == LEDGER_INTENT && str_eq(e->route, BUDGET_PLAN_ROUTE))
		b->plan_until_ms = e->at_ms + PLAN_MS;
	bool unsigned_yet = e->kind == LEDGER_OUTCOME && e->rc != RC_OK && str_eq(e->route, BUDGET_PLAN_ROUTE); /* refused on the writer: another ended it meanwhile */
	if (unsigned_yet || (e->kind == LEDGER_INTENT && str_eq(e->route, BUDGET_PLAN_END_ROUTE)))
		b->plan_until_ms = 0;
	unsigned d = does(e);
	if (d == DOES_PROOF && !find(b, e->account) && !str_eq(e->note, BUDGET_UNPROVED_NOTE))
		return true; /* nothing was counted yet: nothing to take back */
	struct counter *c = d ? make(b, e->account) : NULL;
	if (!c)
		return d == 0;
	if (d & DOES_SNAPSHOT)
		return fold_snapshot(c, e);
	if (d & DOES_ALARM)
		fold_alarm(c, e);
	if (d & DOES_PROOF)
		fold_session(c, e);
	if (d & DOES_DRAW && !fold_draws(b, c, e))
		return false;
	if (d & DOES_GRANT)
		grant(c, e->patients[0].patient, e->at_ms, e->patients[0].explain);
	if (d & DOES_SEARCH)
		search(c, minute_of(e->at_ms));
	return true;
}

/* ---- snapshots ---- */

size_t budget_accounts(const struct budget *b)
{
	return b->n;
}

static enum rc put_draws(struct counter *c, struct budget_put *w, struct problem *p)
{
	struct ledger_patient list[SNAPSHOT_PATIENTS];
	char hours[SNAPSHOT_PATIENTS];
	struct ledger_entry e = { .kind = LEDGER_SNAPSHOT, .account = c->account, .about = c->hour, .note = STR("draws"), .patients = list };
	uint64_t patient, value;
	for (size_t i = 0; map64_next(&c->seen, &i, &patient, &value);) {
		hours[e.n_patients] = (char)('a' + (char)(c->hour - (value >> 8))); /* 0 … 24 */
		list[e.n_patients++] = (struct ledger_patient){ .patient = (int64_t)patient, .explain = (unsigned char)(value & 15), .draw = true };
		e.text = (struct str){ hours, e.n_patients };
		if (e.n_patients < SNAPSHOT_PATIENTS)
			continue;
		enum rc rc = w->put(w, &e, p);
		if (rc != RC_OK)
			return rc;
		e.n_patients = 0;
		e.note = STR("draws_more");
	}
	return e.n_patients > 0 || str_eq(e.note, "draws") ? w->put(w, &e, p) : RC_OK;
}

static enum rc put_searches(struct counter *c, int64_t now_ms, struct budget_put *w, struct problem *p)
{
	char text[LIMIT_SEARCHES * 4];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	for (unsigned i = 0; i < c->n_searches; i++) {
		if (i)
			buf_ch(&b, ',');
		buf_u64(&b, minute_of(now_ms) - c->search[i]); /* at most 60: two digits and a comma */
	}
	struct ledger_entry e = { .kind = LEDGER_SNAPSHOT, .account = c->account, .about = minute_of(now_ms), .note = STR("searches"), .text = buf_view(&b) };
	return w->put(w, &e, p);
}

static enum rc put_ladder(struct counter *c, int64_t now_ms, struct budget_put *w, struct problem *p)
{
	char text[LADDER_TEXT];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	ladder_put(&c->ladder, now_ms, &b);
	struct ledger_entry e = { .kind = LEDGER_SNAPSHOT, .account = c->account, .about = (uint64_t)now_ms, .note = STR("ladder"), .text = buf_view(&b) };
	return w->put(w, &e, p);
}

static bool is_empty(const struct counter *c) { return c->seen.n == 0 && c->n_grants == 0 && c->n_searches == 0 && ladder_is_fresh(&c->ladder); }

enum rc budget_snapshot_house(struct budget *b, struct budget_put *w, struct problem *p)
{
	struct ledger_entry plan = { .kind = LEDGER_SNAPSHOT, .note = STR("plan"), .about = (uint64_t)b->plan_until_ms };
	enum rc rc = b->plan_until_ms ? w->put(w, &plan, p) : RC_OK;
	for (size_t i = 0; i < b->n_volumes && rc == RC_OK; i++) {
		const struct volume *v = &b->volume[i];
		char text[120];
		struct buf out = { .p = text, .cap = sizeof text, .max = sizeof text };
		buf_fmt(&out, "%lld,%u,%u,%u,%u", (long long)v->key, v->v.week, v->v.shifts, v->v.sum, v->v.share);
		struct ledger_entry e = { .kind = LEDGER_SNAPSHOT, .note = STR("volume"), .text = buf_view(&out) };
		rc = w->put(w, &e, p);
	}
	for (unsigned at = 0; rc == RC_OK;) {
		char text[CROWD_TEXT];
		struct buf out = { .p = text, .cap = sizeof text, .max = sizeof text };
		if (!crowd_put(&b->crowd, &at, &out))
			break;
		struct ledger_entry e = { .kind = LEDGER_SNAPSHOT, .note = STR("crowd"), .text = buf_view(&out) };
		rc = w->put(w, &e, p);
	}
	return rc;
}

enum rc budget_snapshot(struct budget *b, size_t nth, int64_t now_ms, struct budget_put *w, struct problem *p)
{
	struct counter *c = b->at[nth];
	if (c->machine && c->seen.n > MACHINE_KEPT) /* its draws are counted in its entries: its ticket alone holds it, and a canary that stopped it */
		return c->ladder.stopped ? put_ladder(c, now_ms, w, p) : RC_OK;
	roll(c, now_ms);
	if (is_empty(c))
		return RC_OK;
	enum rc rc = put_draws(c, w, p);
	if (rc == RC_OK && !ladder_is_fresh(&c->ladder))
		rc = put_ladder(c, now_ms, w, p);
	for (unsigned i = 0; i < c->n_grants && rc == RC_OK; i++) {
		struct ledger_patient one = { .patient = c->grant[i].patient, .explain = (unsigned char)c->grant[i].why };
		struct ledger_entry e = { .kind = LEDGER_SNAPSHOT, .account = c->account, .about = (uint64_t)c->grant[i].at_ms, .note = STR("grant"), .patients = &one, .n_patients = 1 };
		rc = w->put(w, &e, p);
	}
	if (rc == RC_OK && c->n_searches > 0)
		rc = put_searches(c, now_ms, w, p);
	return rc;
}

static bool same_ladder(const struct counter *a, const struct counter *b, int64_t now_ms)
{
	char text[2][LADDER_TEXT];
	struct buf x = { .p = text[0], .cap = LADDER_TEXT, .max = LADDER_TEXT }, y = { .p = text[1], .cap = LADDER_TEXT, .max = LADDER_TEXT };
	ladder_put(&a->ladder, now_ms, &x);
	ladder_put(&b->ladder, now_ms, &y);
	return !x.failed && !y.failed && str_is(buf_view(&x), buf_view(&y));
}

static bool same_counter(struct counter *a, struct counter *b, int64_t now_ms)
{
	uint64_t patient, va, vb;
	if (!same_ladder(a, b, now_ms))
		return false;
	if (a->seen.n != b->seen.n || a->n_grants != b->n_grants || a->n_searches != b->n_searches || memcmp(a->by, b->by, sizeof a->by) != 0)
		return false;
	for (size_t i = 0; map64_next(&a->seen, &i, &patient, &va);)
		if (!map64_find(&b->seen, patient, &vb) || va != vb)
			return false;
	return memcmp(a->grant, b->grant, sizeof *a->grant * a->n_grants) == 0 && memcmp(a->search, b->search, sizeof *a->search * a->n_searches) == 0;
}

static bool within(struct budget *a, struct budget *b, int64_t now_ms)
{
	for (size_t i = 0; i < a->n; i++) {
		struct counter *c = a->at[i], *d = find(b, c->account);
		if (c->machine)
			continue;
		roll(c, now_ms);
		if (d)
			roll(d, now_ms);
		if (d ? !same_counter(c, d, now_ms) : !is_empty(c))
			return false;
	}
	return true;
}

static bool volumes_within(const struct budget *a, const struct budget *b)
{
	for (size_t i = 0; i < a->n_volumes; i++) {
		const struct volume *v = volume_find(b, a->volume[i].key);
		if (!v || memcmp(&v->v, &a->volume[i].v, sizeof v->v) != 0)
			return false;
	}
	return true;
}

bool budget_same(struct budget *a, struct budget *b, int64_t now_ms)
{
	return volumes_within(a, b) && volumes_within(b, a) && crowd_same(&a->crowd, &b->crowd, now_ms) && a->plan_until_ms == b->plan_until_ms && within(a, b, now_ms) && within(b, a, now_ms);
}
