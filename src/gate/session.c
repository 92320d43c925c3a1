/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/session.c: see session.h. A table of chains by the token's hash (uniform, so no keyed hashing is needed) under one read-write lock; the moment of last
 * activity is atomic, so that reading calls share the lock. Must never hold a token, nor be asked under another lock of the gate.
 */
#include "gate/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "codec/base64.h"
#include "codec/sha.h"
#include "gate/budget.h"
#include "hospital/notice.h"
#include "hospital/place_tree.h"

#define CHAINS 4096u           /* 1,400 people and their machines: chains of one */
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define ENDED_MOST 8192u       /* 1,400 people who come and go four times in twelve hours */
#define ENDED_MS (12 * HOUR_MS)
#define TOUCH_MS 1000          /* activity is noted once a second: a busy session's line stays shared between the workers' caches */

struct session {
	unsigned char hash[HASH_BYTES], form[HASH_BYTES]; /* form: of the token of its forms, once it is signed out; else zeros, which is no hash of anything */
	uint64_t no;
	uint32_t account;
	struct seat *seat;
	_Atomic int64_t last_ms, saved_ms;
	atomic_bool locked;
	int64_t started_ms;
	bool machine;
	unsigned char network_n; char network[47]; /* it was opened or unlocked in; under the lock */
	struct session *next;
};
struct ended { unsigned char hash[HASH_BYTES], form[HASH_BYTES]; uint32_t account; int64_t at_ms; };
struct sessions {
	pthread_rwlock_t lock;
	int64_t idle_ms, absolute_ms;
	size_t n;
	void (*turned)(void *of, uint64_t session, uint32_t account);
	void *of;
	struct session *chain[CHAINS];
	struct ended ended[ENDED_MOST]; size_t n_ended; /* a ring */
};

/* ---- seats ---- */

static struct seat *seat_keep(struct seat *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void seat_drop(struct seat **s)
{
	struct seat *seat = *s;
	*s = NULL;
	if (seat && atomic_fetch_sub_explicit(&seat->refs, 1, memory_order_acq_rel) == 1) {
		free(seat->block);
		free(seat);
	}
}

static struct str place(char **at, struct str s)
{
	struct str out = { *at, s.n };
	if (s.n)
		memcpy(*at, s.p, s.n);
	(*at)[s.n] = 0;
	*at += s.n + 1;
	return out;
}

/* Name of the unit for the banner; empty when the record does not know it. */
static struct str unit_name(struct db_conn *c, struct str unit, struct arena *a)
{
	struct record_row row;
	struct problem p;
	const struct json *root;
	if (unit.n == 0 || record_read(c, fhir_type_of(STR("Organization")), unit, &row, &p) != RC_OK)
		return STR_NONE;
	struct str body = arena_str(a, row.body);
	if (!body.p || json_parse(body, a, &root, &p) != RC_OK)
		return STR_NONE;
	struct str name = json_get_text(root, "name");
	return name.n <= 200 ? name : STR_NONE;
}

enum rc seat_new(struct db_conn *c, const struct account *acc, struct str unit, uint64_t session, struct arena *a, struct seat **seat_r, struct problem *p)
{
	if (unit.n == 0)
		unit = acc->unit;
	if (unit.n > 0 && place_is_closed(c, unit)) /* BARRIER: also of a session that was open when its establishment closed */
		unit = STR_NONE;
	struct str name = unit_name(c, unit, a);
	struct rules rules;
	enum rc rc = rules_of(c, acc, a, &rules, p);
	if (rc != RC_OK)
		return rc;
	size_t bytes = acc->login.n + acc->name.n + acc->lang.n + acc->practitioner.n + unit.n + name.n + 6;
	for (unsigned i = 0; i < acc->n_units; i++)
		bytes += acc->units[i].n + 1;
	for (unsigned i = 0; i < acc->n_calls; i++)
		bytes += acc->calls[i].unit.n + 1;
	struct seat *s = calloc(1, sizeof *s);
	char *at = s ? malloc(bytes) : NULL;
	if (!at) {
		free(s);
		return problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory for a seat");
	}
	s->block = at;
	atomic_init(&s->refs, 1);
	s->session = session;
	s->epoch = account_epoch(c);
	s->until_ms = acc->until_ms;
	s->rules = rules;
	s->patients = acc->patients;
	s->notices = notices_unseen(c, acc->no, &s->levels);
	s->unit_name = place(&at, name);
	s->actor = (struct actor){
		.account = acc->no, .role = acc->role, .login = place(&at, acc->login), .name = place(&at, acc->name), .lang = place(&at, acc->lang),
		.practitioner = place(&at, acc->practitioner), .practitioner_rid = acc->practitioner_rid, .unit = place(&at, unit), .session = session,
		.machine = acc->role == ROLE_MACHINE, .work = acc->work,
	};
	for (unsigned i = 0; i < acc->n_units; i++)
		if (!place_is_closed(c, acc->units[i])) /* BARRIER: a unit that is closed by itself stays with the account, for the day when it opens again, and serves for nothing until then */
			s->actor.units[s->actor.n_units++] = place(&at, acc->units[i]);
	for (; s->actor.n_calls < acc->n_calls; s->actor.n_calls++)
		s->actor.calls[s->actor.n_calls] = (struct on_call){ place(&at, acc->calls[s->actor.n_calls].unit), acc->calls[s->actor.n_calls].from_ms, acc->calls[s->actor.n_calls].until_ms };
	*seat_r = s;
	return RC_OK;
}

struct seat *seat_operator(uint64_t session)
{
	struct seat *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	atomic_init(&s->refs, 1);
	s->session = session;
	s->operator_ = true;
	s->epoch = INT64_MAX; /* no account row stands behind it */
	s->rules = rules_native;
	s->actor = (struct actor){ .role = ROLE_OPERATOR, .login = STR("operator"), .name = STR("operator"), .lang = STR("fr"), .session = session };
	return s;
}

struct limits seat_limits(const struct seat *seat)
{
	struct limits n = authorise_limits(seat ? seat->actor.role : ROLE_NONE);
	if (seat && n.by_ticket)
		n.all = seat->patients;
	if (!seat || n.by_ticket || seat->operator_)
		return n;
	bool by_code = seat->actor.factor != FACTOR_KEY;
	n.glass = (unsigned)seat->rules.at[RULE_EMERGENCIES];
	if (account_is_emergency(seat->actor.work, seat->actor.calls, seat->actor.n_calls, clock_ms()))
		n = authorise_emergency(n);
	n.unit = budget_unit(seat->actor.unit);
	n.all_pct = (unsigned)seat->rules.at[RULE_BUDGET];
	n.apart_pct = by_code ? n.all_pct * LIMIT_CODE_PCT / 100 : n.all_pct;
	if (by_code && n.glass > LIMIT_GLASS_CODE)
		n.glass = LIMIT_GLASS_CODE;
	struct ladder_scale scale = authorise_scale(n);
	n.all = scale.all_stop;
	n.unexplained = scale.apart_stop;
	return n;
}

/* ---- tokens ---- */

void session_hash(struct str token, unsigned char hash[HASH_BYTES])
{
	sha_two(hash, token.p, token.n, NULL, 0);
}

void session_token(char token[TOKEN_TEXT + 1])
{
	unsigned char raw[TOKEN_BYTES];
	random_bytes(raw, sizeof raw);
	struct buf b;
	buf_init(&b, 64);
	base64url_put(&b, (struct str){ (const char *)raw, sizeof raw });
	MUST(!b.failed && b.n == TOKEN_TEXT);
	memcpy(token, b.p, TOKEN_TEXT);
	token[TOKEN_TEXT] = 0;
	buf_done_wiped(&b);
	wipe(raw, sizeof raw);
}

void session_form(struct str token, char form[FORM_TEXT + 1])
{
	unsigned char sum[HASH_BYTES];
	struct buf b;
	sha_two(sum, "csrf", 4, token.p, token.n);
	buf_init(&b, 64);
	base64url_put(&b, (struct str){ (const char *)sum, sizeof sum });
	MUST(!b.failed && b.n >= FORM_TEXT);
	memcpy(form, b.p, FORM_TEXT);
	form[FORM_TEXT] = 0;
	buf_done_wiped(&b);
}

uint64_t session_number(void)
{
	return (random_u64() >> 16) | 1;
}

/* ---- the table ---- */

struct sessions *sessions_new(int64_t idle_ms, int64_t absolute_ms)
{
	struct sessions *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	pthread_rwlock_init(&s->lock, NULL);
	s->idle_ms = idle_ms;
	s->absolute_ms = absolute_ms;
	return s;
}

void sessions_tell(struct sessions *s, void (*turned)(void *of, uint64_t session, uint32_t account), void *of)
{
	s->turned = turned;
	s->of = of;
}

static void tell(const struct sessions *s, uint64_t no, uint32_t account)
{
	if (s->turned)
		s->turned(s->of, no, account);
}

static void session_free(struct session *one)
{
	seat_drop(&one->seat);
	free(one);
}

void sessions_free(struct sessions **s)
{
	if (!*s)
		return;
	for (unsigned i = 0; i < CHAINS; i++)
		for (struct session *one = (*s)->chain[i], *next; one; one = next) {
			next = one->next;
			session_free(one);
		}
	pthread_rwlock_destroy(&(*s)->lock);
	free(*s);
	*s = NULL;
}

static void network_set(struct session *one, struct str from)
{
	struct str network = network_of(from);
	one->network_n = network.n <= sizeof one->network ? (unsigned char)network.n : 0;
	if (one->network_n)
		memcpy(one->network, network.p, one->network_n);
}

static bool is_elsewhere(const struct session *one, struct str from)
{
	return one->network_n && from.n && !str_is(network_of(from), (struct str){ one->network, one->network_n });
}

static struct session **chain_of(struct sessions *s, const unsigned char *hash)
{
	return &s->chain[((unsigned)hash[0] | (unsigned)hash[1] << 8) % CHAINS];
}

static struct session *look(struct sessions *s, const unsigned char *hash)
{
	for (struct session *one = *chain_of(s, hash); one; one = one->next)
		if (memcmp(one->hash, hash, HASH_BYTES) == 0)
			return one;
	return NULL;
}

/* The caller holds the lock for writing. */
static void let_go(struct sessions *s, struct session *one)
{
	if (!one->machine && one->account != 0) {
		struct ended *e = &s->ended[s->n_ended++ % ENDED_MOST];
		memcpy(e->hash, one->hash, HASH_BYTES);
		memcpy(e->form, one->form, HASH_BYTES);
		e->account = one->account;
		e->at_ms = clock_ms();
	}
	session_free(one);
	s->n--;
}

/* Takes out all that match; the caller holds the lock for writing. */
static unsigned take_out(struct sessions *s, uint64_t no, uint32_t account)
{
	unsigned n = 0;
	for (unsigned i = 0; i < CHAINS; i++)
		for (struct session **at = &s->chain[i]; *at;) {
			struct session *one = *at;
			if (no ? one->no != no : one->account != account) {
				at = &one->next;
				continue;
			}
			*at = one->next;
			let_go(s, one);
			n++;
		}
	return n;
}

enum session_state sessions_judge(const struct sessions *s, const struct seat *seat, int64_t age_ms, int64_t idle_ms)
{
	int64_t absolute = seat->rules.at[RULE_SESSION] * HOUR_MS, idle = seat->rules.at[RULE_IDLE] * MINUTE_MS;
	if (age_ms >= (absolute < s->absolute_ms ? absolute : s->absolute_ms))
		return SESSION_OVER;
	return idle_ms >= (idle < s->idle_ms ? idle : s->idle_ms) && !seat->operator_ ? SESSION_LOCKED : SESSION_LIVE;
}

struct session_found sessions_find(struct sessions *s, const unsigned char hash[HASH_BYTES], bool bearer, bool touch, struct str from, int64_t now_ms)
{
	struct session_found f = { .state = SESSION_NONE };
	pthread_rwlock_rdlock(&s->lock);
	struct session *one = look(s, hash);
	/* BARRIER: a cookie is no bearer token, a bearer token no cookie. */
	if (!one || one->machine != bearer)
		goto out;
	int64_t last = atomic_load_explicit(&one->last_ms, memory_order_relaxed);
	f.age_ms = now_ms - one->started_ms;
	f.idle_ms = now_ms - last;
	enum session_state judged = one->machine ? SESSION_LIVE : sessions_judge(s, one->seat, f.age_ms, f.idle_ms);
	if (one->machine) {
		if (now_ms - one->started_ms >= MACHINE_FRESH_MS)
			goto out;
		f.state = SESSION_LIVE;
	} else if (judged == SESSION_OVER) {
		f.state = SESSION_OVER;
	} else if (atomic_load_explicit(&one->locked, memory_order_relaxed)) {
		f.state = SESSION_LOCKED;
	} else if (judged == SESSION_LOCKED || is_elsewhere(one, from)) {
		f.state = SESSION_LOCKED;
		f.turned = !atomic_exchange(&one->locked, true);
		f.moved = judged != SESSION_LOCKED;
	} else {
		f.state = SESSION_LIVE;
		if (touch && now_ms - last >= TOUCH_MS)
			atomic_store_explicit(&one->last_ms, now_ms, memory_order_relaxed);
	}
	f.seat = seat_keep(one->seat);
out:
	pthread_rwlock_unlock(&s->lock);
	if (f.state == SESSION_OVER)
		sessions_end(s, f.seat->session);
	if (f.turned)
		tell(s, f.seat->session, 0);
	return f;
}

static void link_in(struct sessions *s, struct session *one)
{
	struct session **chain = chain_of(s, one->hash);
	one->next = *chain;
	*chain = one;
}

bool sessions_add(struct sessions *s, const struct session_new *n)
{
	struct session *one = calloc(1, sizeof *one);
	if (!one) {
		struct seat *seat = n->seat;
		seat_drop(&seat);
		return false;
	}
	memcpy(one->hash, n->hash, HASH_BYTES);
	one->no = n->seat->session;
	one->account = n->seat->actor.account;
	one->seat = n->seat;
	one->started_ms = n->started_ms;
	one->machine = n->machine;
	if (!n->machine)
		network_set(one, n->from);
	atomic_init(&one->last_ms, n->seen_ms);
	atomic_init(&one->saved_ms, n->seen_ms);
	atomic_init(&one->locked, n->locked);
	pthread_rwlock_wrlock(&s->lock);
	if (look(s, n->hash)) /* a machine's token resolved again */
		take_out(s, one->no, 0);
	link_in(s, one);
	s->n++;
	pthread_rwlock_unlock(&s->lock);
	return true;
}

static struct session **by_number(struct sessions *s, uint64_t no)
{
	for (unsigned i = 0; i < CHAINS; i++)
		for (struct session **at = &s->chain[i]; *at; at = &(*at)->next)
			if ((*at)->no == no)
				return at;
	return NULL;
}

bool sessions_turn(struct sessions *s, uint64_t no, const unsigned char hash[HASH_BYTES], struct seat *seat, struct str from, int64_t now_ms)
{
	pthread_rwlock_wrlock(&s->lock);
	struct session **at = by_number(s, no), *one = at ? *at : NULL;
	if (one) {
		if (from.n)
			network_set(one, from);
		*at = one->next;
		memcpy(one->hash, hash, HASH_BYTES);
		link_in(s, one);
		struct seat *old = one->seat;
		one->seat = seat;
		seat = old;
		atomic_store(&one->last_ms, now_ms);
		atomic_store(&one->locked, false);
	}
	pthread_rwlock_unlock(&s->lock);
	seat_drop(&seat);
	tell(s, no, 0);
	return one != NULL;
}

bool sessions_reseat(struct sessions *s, uint64_t no, struct seat *seat)
{
	pthread_rwlock_wrlock(&s->lock);
	struct session **at = by_number(s, no), *one = at ? *at : NULL;
	if (one) {
		struct seat *old = one->seat;
		one->seat = seat;
		seat = old;
	}
	pthread_rwlock_unlock(&s->lock);
	seat_drop(&seat);
	return one != NULL;
}

void sessions_lock(struct sessions *s, uint64_t no)
{
	pthread_rwlock_rdlock(&s->lock);
	struct session **at = by_number(s, no);
	if (at)
		atomic_store(&(*at)->locked, true);
	pthread_rwlock_unlock(&s->lock);
	tell(s, no, 0);
}

void sessions_end(struct sessions *s, uint64_t no)
{
	pthread_rwlock_wrlock(&s->lock);
	take_out(s, no, 0);
	pthread_rwlock_unlock(&s->lock);
	tell(s, no, 0);
}

void sessions_leave(struct sessions *s, uint64_t no, struct str token)
{
	char form[FORM_TEXT + 1];
	session_form(token, form);
	pthread_rwlock_wrlock(&s->lock);
	struct session **at = by_number(s, no);
	if (at)
		session_hash((struct str){ form, FORM_TEXT }, (*at)->form);
	take_out(s, no, 0);
	pthread_rwlock_unlock(&s->lock);
	tell(s, no, 0);
}

uint32_t sessions_ended(struct sessions *s, struct str token, int64_t now_ms)
{
	unsigned char hash[HASH_BYTES];
	uint32_t account = 0;
	if (token.n == 0)
		return 0;
	session_hash(token, hash);
	pthread_rwlock_rdlock(&s->lock);
	for (size_t i = 0; i < ENDED_MOST && i < s->n_ended && account == 0; i++) {
		const struct ended *e = &s->ended[i];
		if ((memcmp(e->hash, hash, HASH_BYTES) == 0 || memcmp(e->form, hash, HASH_BYTES) == 0) && now_ms - e->at_ms < ENDED_MS)
			account = e->account;
	}
	pthread_rwlock_unlock(&s->lock);
	return account;
}

unsigned sessions_end_account(struct sessions *s, uint32_t account)
{
	MUST(account != 0);
	pthread_rwlock_wrlock(&s->lock);
	unsigned n = take_out(s, 0, account);
	pthread_rwlock_unlock(&s->lock);
	tell(s, 0, account);
	return n;
}

void sessions_sweep(struct sessions *s, int64_t now_ms)
{
	pthread_rwlock_wrlock(&s->lock);
	for (unsigned i = 0; i < CHAINS; i++)
		for (struct session **at = &s->chain[i]; *at;) {
			struct session *one = *at;
			if (now_ms - one->started_ms < (one->machine ? MACHINE_FRESH_MS : s->absolute_ms)) {
				at = &one->next;
				continue;
			}
			*at = one->next;
			let_go(s, one);
		}
	pthread_rwlock_unlock(&s->lock);
}

size_t sessions_count(struct sessions *s)
{
	pthread_rwlock_rdlock(&s->lock);
	size_t n = s->n;
	pthread_rwlock_unlock(&s->lock);
	return n;
}

size_t sessions_seen(struct sessions *s, struct session_seen *out, size_t max)
{
	size_t n = 0;
	pthread_rwlock_rdlock(&s->lock);
	for (unsigned i = 0; i < CHAINS && n < max; i++)
		for (struct session *one = s->chain[i]; one && n < max; one = one->next) {
			int64_t last = atomic_load(&one->last_ms);
			if (one->machine || one->account == 0 || atomic_exchange(&one->saved_ms, last) >= last)
				continue;
			out[n++] = (struct session_seen){ one->no, last };
		}
	pthread_rwlock_unlock(&s->lock);
	return n;
}
