/* SPDX-License-Identifier: Apache-2.0 */
/* gate/throttle.c: see throttle.h. Fixed tables of slots, found by keyed hash; a full neighbourhood gives up its oldest slot. */
#include "gate/throttle.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"

#define SLOTS 8192u
#define NEAR 8u
#define WINDOW_MS (15 * 60 * 1000LL)
#define FREE_LOGIN 5
#define FREE_ADDRESS 40      /* a ward's terminals share one address */
#define FIRST_WAIT_MS 5000
#define LONGEST_WAIT_MS (15 * 60 * 1000LL)

struct slot { uint64_t key; unsigned failures; int64_t last_ms; };
#define NOTES_A_SECOND 20
struct throttle { pthread_mutex_t lock; int64_t second; unsigned notes; uint32_t skipped; struct slot slot[SLOTS]; };

struct throttle *throttle_new(void)
{
	struct throttle *t = calloc(1, sizeof *t);
	if (t)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

void throttle_free(struct throttle **t)
{
	if (*t)
		pthread_mutex_destroy(&(*t)->lock);
	free(*t);
	*t = NULL;
}

static struct slot *find(struct throttle *t, uint64_t key, int64_t now_ms)
{
	struct slot *oldest = NULL;
	for (unsigned i = 0; i < NEAR; i++) {
		struct slot *s = &t->slot[(key + i) % SLOTS];
		if (s->key == key) {
			if (now_ms - s->last_ms >= WINDOW_MS)
				s->failures = 0;
			return s;
		}
		if (!oldest || s->last_ms < oldest->last_ms)
			oldest = s;
	}
	*oldest = (struct slot){ .key = key };
	return oldest;
}

static int64_t wait_ms(unsigned failures, unsigned free_ones)
{
	if (failures < free_ones)
		return 0;
	int64_t wait = FIRST_WAIT_MS;
	for (unsigned i = free_ones; i < failures && wait < LONGEST_WAIT_MS; i++)
		wait *= 2;
	return wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS;
}

/* Logins as they are typed: case and blanks around do not make another account. */
static uint64_t login_key(struct str login)
{
	char folded[64];
	size_t n = 0;
	login = str_trim(login);
	for (; n < login.n && n < sizeof folded; n++)
		folded[n] = login.p[n] >= 'A' && login.p[n] <= 'Z' ? (char)(login.p[n] + 32) : login.p[n];
	return hash_bytes((struct str){ folded, n }) | 1;
}

static uint64_t address_key(struct str from)
{
	return (hash_bytes(from) & ~1ull) | 2;
}

bool throttle_try(struct throttle *t, struct str login, struct str from, int64_t now_ms)
{
	pthread_mutex_lock(&t->lock);
	struct slot *a = find(t, login_key(login), now_ms), *b = find(t, address_key(from), now_ms);
	bool may = now_ms - a->last_ms >= wait_ms(a->failures, FREE_LOGIN) && now_ms - b->last_ms >= wait_ms(b->failures, FREE_ADDRESS);
	if (may) {
		a->failures++;
		b->failures++;
		a->last_ms = b->last_ms = now_ms;
	}
	pthread_mutex_unlock(&t->lock);
	return may;
}

bool throttle_note(struct throttle *t, int64_t now_ms, uint32_t *skipped_r)
{
	pthread_mutex_lock(&t->lock);
	if (t->second != now_ms / 1000) {
		t->second = now_ms / 1000;
		t->notes = 0;
	}
	bool may = t->notes < NOTES_A_SECOND;
	*skipped_r = may ? t->skipped : 0;
	t->skipped = may ? 0 : t->skipped + 1;
	t->notes += may;
	pthread_mutex_unlock(&t->lock);
	return may;
}

void throttle_good(struct throttle *t, struct str login, struct str from)
{
	pthread_mutex_lock(&t->lock);
	uint64_t la = login_key(login), lb = address_key(from);
	for (unsigned i = 0; i < NEAR; i++) {
		struct slot *a = &t->slot[(la + i) % SLOTS], *b = &t->slot[(lb + i) % SLOTS];
		if (a->key == la)
			a->failures = 0;
		if (b->key == lb && b->failures > 0)
			b->failures--;
	}
	pthread_mutex_unlock(&t->lock);
}
