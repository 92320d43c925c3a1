/* SPDX-License-Identifier: Apache-2.0 */
/* gate/order.c: see order.h. Must never append without folding, nor fold what was not appended. */
#include "gate/order.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "record/keys.h"

#define WORDS_MAX 20000u   /* units and routes of a house; over it a row says "other" */
#define ADDRESSES_MAX 20000u /* seen since the start: their sealed forms are kept, so that an entry costs a look */
#define ADDRESS_MOST 64u     /* as text */

struct order {
	pthread_mutex_t lock;
	pthread_mutex_t snapshots;      /* one group at a time; taken before lock */
	struct budget *budget;
	int64_t now_ms;
	uint64_t since_snapshot;
	bool down;
	/* rows for the access index */
	struct order_row *row; size_t n, cap;
	uint64_t dropped_upto;          /* rows up to here were dropped: the ledger has them */
	struct maps *words; char **word; size_t n_words, cap_words;
	struct maps *addresses; struct address { unsigned char n; char sealed[ADDRESS_MOST + SEAL_MORE]; } *address; size_t n_addresses, cap_addresses;
};

struct order *order_new(struct gate *g)
{
	(void)g;
	struct order *o = calloc(1, sizeof *o);
	if (!o)
		return NULL;
	pthread_mutexattr_t brief;
	pthread_mutexattr_init(&brief);
	pthread_mutexattr_settype(&brief, PTHREAD_MUTEX_ADAPTIVE_NP); /* held for a microsecond or two: to sleep and be waked takes twenty times that */
	pthread_mutex_init(&o->lock, &brief);
	pthread_mutexattr_destroy(&brief);
	pthread_mutex_init(&o->snapshots, NULL);
	o->budget = budget_new();
	o->words = maps_new();
	o->addresses = maps_new();
	if (!o->budget || !o->words || !o->addresses)
		order_free(&o);
	return o;
}

void order_free(struct order **o)
{
	if (!*o)
		return;
	pthread_mutex_destroy(&(*o)->lock);
	pthread_mutex_destroy(&(*o)->snapshots);
	budget_free(&(*o)->budget);
	maps_free(&(*o)->words);
	for (size_t i = 0; i < (*o)->n_words; i++)
		free((*o)->word[i]);
	free((*o)->word);
	maps_free(&(*o)->addresses);
	free((*o)->address);
	free((*o)->row);
	free(*o);
	*o = NULL;
}

void order_lock(struct gate *g) { pthread_mutex_lock(&g->order->lock); }
void order_unlock(struct gate *g) { pthread_mutex_unlock(&g->order->lock); }
struct budget *order_budget(struct gate *g) { return g->order->budget; }

int64_t order_now(struct gate *g)
{
	int64_t now = clock_ms();
	return now > g->order->now_ms ? now : g->order->now_ms;
}

/* ---- rows for the access index ---- */

/* One copy of each unit and route for as long as the gate lives. */
static struct str keep_word(struct order *o, struct str s)
{
	uint64_t i;
	if (s.n == 0)
		return STR_NONE;
	if (maps_find(o->words, s, &i))
		return (struct str){ o->word[i], s.n };
	if (o->n_words >= WORDS_MAX)
		return STR("other");
	if (o->n_words == o->cap_words) {
		size_t cap = o->cap_words ? o->cap_words * 2 : 256;
		char **word = realloc(o->word, cap * sizeof(char *));
		if (!word)
			return STR("other");
		o->word = word;
		o->cap_words = cap;
	}
	char *copy = malloc(s.n);
	if (!copy || !maps_put(o->words, s, o->n_words)) {
		free(copy);
		return STR("other");
	}
	memcpy(copy, s.p, s.n);
	o->word[o->n_words++] = copy;
	return (struct str){ copy, s.n };
}

static bool is_indexed(const struct ledger_entry *e, enum role role)
{
	switch (e->kind) {
	case LEDGER_RELEASE: return str_eq(e->note, LEDGER_ANSWER_NOTE) ? false : role != ROLE_MACHINE ? e->reveals >= REVEALS_MASKED || e->n_patients > 0 : e->draws > 0;
	case LEDGER_REFUSAL: return role != ROLE_MACHINE || e->rc == RC_DENIED || e->rc == RC_OVER_BUDGET;
	case LEDGER_OUTCOME: return e->account != 0 || e->n_patients > 0;
	case LEDGER_SESSION: return e->rc != RC_OK;
	case LEDGER_ALARM: return true;
	case LEDGER_MARK: return str_eq(e->route, BUDGET_LEARNT_ROUTE);
	default: return false;
	}
}

/* A row a patient opened; a machine's repeated looks within its day are told by the first. One row of no patient for what concerns none; of machines for alarms alone. */
size_t order_rows_of(const struct ledger_entry *e, enum role role, struct access_row *out, size_t max)
{
	size_t n = 0;
	if (!is_indexed(e, role))
		return 0;
	struct access_row row = { .number = e->number, .at_ms = e->at_ms, .account = e->account, .role = role, .unit = e->unit,
		.kind = e->kind, .surface = e->surface, .rc = e->rc, .route = e->route };
	for (uint32_t i = 0; i < e->n_patients && n < max; i++) {
		const struct ledger_patient *lp = &e->patients[i];
		if ((e->kind == LEDGER_RELEASE && lp->tier < TIER_IDENTITY) || (role == ROLE_MACHINE && !lp->draw && e->kind == LEDGER_RELEASE))
			continue;
		row.patient = lp->patient;
		row.explain = lp->explain;
		row.tier = (enum tier)lp->tier;
		row.draw = lp->draw;
		out[n++] = row;
	}
	if (n == 0 && max > 0 && (role != ROLE_MACHINE || e->kind == LEDGER_ALARM))
		out[n++] = row;
	return n;
}

static void drop_rows(struct order *o, uint64_t upto)
{
	o->n = 0;
	o->dropped_upto = upto;
}

static bool room(struct order *o, size_t n)
{
	if (o->n + n <= o->cap)
		return true;
	size_t cap = o->cap ? o->cap : 1024;
	while (cap < o->n + n)
		cap *= 2;
	struct order_row *row = realloc(o->row, cap * sizeof *row);
	if (!row)
		return false;
	o->row = row;
	o->cap = cap;
	return true;
}

static void index_entry(struct order *o, const struct ledger_entry *e, enum role role)
{
	size_t most = e->n_patients + 1u;
	if (!is_indexed(e, role))
		return;
	if (o->n + most > ORDER_WAITING_MAX || !room(o, most)) {
		drop_rows(o, e->number);
		return;
	}
	struct ledger_entry kept = *e;
	kept.unit = keep_word(o, e->unit);
	kept.route = keep_word(o, e->route);
	struct access_row row[8], *at = row;
	if (most > 8 && !(at = malloc(most * sizeof *at))) {
		drop_rows(o, e->number);
		return;
	}
	size_t n = order_rows_of(&kept, role, at, most);
	for (size_t i = 0; i < n; i++)
		o->row[o->n++].row = at[i];
	if (at != row)
		free(at);
}

bool order_swap(struct gate *g, struct order_rows *mine, uint64_t *upto_r)
{
	struct order *o = g->order;
	order_lock(g);
	struct order_rows theirs = { o->row, o->n, o->cap };
	o->row = mine->at;
	o->cap = mine->cap;
	o->n = 0;
	*upto_r = o->dropped_upto;
	o->dropped_upto = 0;
	order_unlock(g);
	*mine = theirs;
	return *upto_r == 0;
}

void order_read_again(struct gate *g, uint64_t upto)
{
	order_lock(g);
	uint64_t head = ledger_head(g->ledger); /* what waits here goes too: the ledger has all of it */
	drop_rows(g->order, head > upto ? head : upto);
	order_unlock(g);
}

/* ---- append ---- */

static bool keep_address(struct order *o, struct str plain, const struct address *a)
{
	if (o->n_addresses >= ADDRESSES_MAX)
		return false;
	if (o->n_addresses == o->cap_addresses) {
		size_t cap = o->cap_addresses ? o->cap_addresses * 2 : 64;
		struct address *at = realloc(o->address, cap * sizeof *at);
		if (!at)
			return false;
		o->address = at;
		o->cap_addresses = cap;
	}
	if (!maps_put(o->addresses, plain, o->n_addresses))
		return false;
	o->address[o->n_addresses++] = *a;
	return true;
}

/* Who sat where is told to nobody who has the ledger without the house's key; it is verified without any. */
static enum rc seal_address(struct order *o, struct str plain, struct address *a_r, struct problem *p)
{
	uint64_t i;
	if (maps_find(o->addresses, plain, &i)) {
		*a_r = o->address[i];
		return RC_OK;
	}
	struct buf sealed;
	buf_init(&sealed, 1024);
	enum rc rc = keys_seal(NULL, 0, (struct keys_bound){ SEALS_ADDRESS, 0, 0 }, (struct str){ plain.p, plain.n < ADDRESS_MOST ? plain.n : ADDRESS_MOST }, &sealed, p);
	if (rc == RC_OK) {
		MUST(sealed.n <= sizeof a_r->sealed);
		a_r->n = (unsigned char)sealed.n;
		memcpy(a_r->sealed, sealed.p, sealed.n);
		(void)keep_address(o, plain, a_r);
	}
	buf_done(&sealed);
	return rc;
}

static enum rc append(struct gate *g, struct ledger_entry *e, struct problem *p)
{
	struct address a;
	struct str plain = e->from;
	enum rc rc = plain.n ? seal_address(g->order, plain, &a, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	if (plain.n)
		e->from = (struct str){ a.sealed, a.n };
	rc = ledger_append(g->ledger, e, p);
	e->from = plain;
	return rc;
}

enum rc order_append_locked(struct gate *g, struct ledger_entry *e, enum role role, struct problem *p)
{
	struct order *o = g->order;
	if (o->down)
		return problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "", "ledger failed before");
	enum rc rc = append(g, e, p);
	if (rc == RC_OK && !budget_fold(o->budget, e))
		rc = problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "", "no memory for counters");
	if (rc != RC_OK) {
		if (rc == RC_BROKEN) { /* an entry that cannot be written at all is a bug of its maker (RC_BAD_INPUT): it stops that call, not the house */
			o->down = true;
			log_event(LOG_ERROR, "ledger_down", LOG_N("rc", rc), LOG_END);
		}
		return rc;
	}
	if (e->at_ms > o->now_ms)
		o->now_ms = e->at_ms;
	o->since_snapshot++;
	atomic_store(&g->plan_until_ms, budget_plan(o->budget));
	index_entry(o, e, role);
	return RC_OK;
}

enum rc order_append(struct gate *g, struct ledger_entry *e, enum role role, struct problem *p)
{
	order_lock(g);
	enum rc rc = order_append_locked(g, e, role, p);
	order_unlock(g);
	return rc;
}

uint64_t order_since_snapshot(struct gate *g)
{
	order_lock(g);
	uint64_t n = g->order->since_snapshot;
	order_unlock(g);
	return n;
}

/* ---- at start, and snapshots ---- */

struct rebuild { struct ledger_each each; struct order *o; bool good; };

static bool fold_entry(struct ledger_each *each, const struct ledger_entry *e)
{
	struct rebuild *r = (struct rebuild *)(void *)each;
	r->good = budget_fold(r->o->budget, e);
	if (e->at_ms > r->o->now_ms)
		r->o->now_ms = e->at_ms;
	r->o->since_snapshot++;
	return r->good;
}

enum rc order_rebuild(struct gate *g, struct problem *p)
{
	uint64_t first = ledger_last_snapshot(g->ledger);
	struct rebuild r = { { fold_entry }, g->order, true };
	enum rc rc = ledger_read(g->ledger, first ? first : 1, &r.each, p);
	if (rc == RC_OK && !r.good)
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for counters");
	atomic_store(&g->plan_until_ms, budget_plan(g->order->budget));
	return rc;
}

struct snapshot { struct budget_put put; struct gate *g; uint64_t first; };

static enum rc put_entry(struct budget_put *w, struct ledger_entry *e, struct problem *p)
{
	struct snapshot *s = (struct snapshot *)(void *)w;
	enum rc rc = ledger_append(s->g->ledger, e, p); /* not folded: it is what the counters already say */
	if (rc == RC_OK && s->first == 0)
		s->first = e->number;
	if (rc == RC_BROKEN)
		s->g->order->down = true;
	return rc;
}

/*
 * The group is written identity by identity, each under the lock for itself, so calls go on between. Its first entry says where folding starts; what others
 * append in between is folded too, and an identity's own entries stand instead of what came before them.
 */
static enum rc write_group(struct gate *g, struct problem *p)
{
	struct snapshot s = { { put_entry }, g, 0 };
	struct ledger_entry begin = { .kind = LEDGER_SNAPSHOT, .note = STR("begin") };
	order_lock(g);
	enum rc rc = put_entry(&s.put, &begin, p);
	size_t n = budget_accounts(g->order->budget);
	order_unlock(g);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		order_lock(g);
		rc = budget_snapshot(g->order->budget, i, order_now(g), &s.put, p);
		order_unlock(g);
	}
	if (rc != RC_OK)
		return rc;
	struct ledger_entry end = { .kind = LEDGER_SNAPSHOT_END, .about = s.first };
	order_lock(g);
	rc = budget_snapshot_house(g->order->budget, &s.put, p); /* last: what came since the group began was folded before every account was known */
	if (rc == RC_OK)
		rc = put_entry(&s.put, &end, p);
	if (rc == RC_OK)
		g->order->since_snapshot = 0;
	order_unlock(g);
	return rc;
}

enum rc order_snapshot(struct gate *g, struct problem *p)
{
	pthread_mutex_lock(&g->order->snapshots);
	enum rc rc = write_group(g, p);
	pthread_mutex_unlock(&g->order->snapshots);
	return rc;
}
