/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/challenge.c: see challenge.h. Two tables of fixed size, so that whoever asks without a session never pushes out what a session waits for. A search goes
 * along a table: 8 µs at most, which nobody notices beside a signature. Must never give a challenge twice, nor leave one that was looked up.
 */
#include "gate/challenge.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/random.h"

#define SLOTS 4096u            /* of each table: 14 a second for five minutes */
#define OF_SESSION 8u          /* a page and its overlay in a few windows */
#define OF_ADDRESS 512u        /* a hospital behind one address at the change of shift */

struct slot { enum challenge_for what; uint64_t who, session; int64_t at_ms; unsigned char bytes[CHALLENGE_BYTES], user[CHALLENGE_USER]; };
struct challenges { pthread_mutex_t lock; struct slot nobody[SLOTS], seated[SLOTS]; };

struct challenges *challenges_new(void)
{
	struct challenges *c = calloc(1, sizeof *c);
	if (c)
		pthread_mutex_init(&c->lock, NULL);
	return c;
}

void challenges_free(struct challenges **c)
{
	if (*c) {
		pthread_mutex_destroy(&(*c)->lock);
		wipe(*c, sizeof **c);
	}
	free(*c);
	*c = NULL;
}

/* A clock that was put back ends it too. */
static bool is_live(const struct slot *s, int64_t now_ms)
{
	return s->what && now_ms >= s->at_ms && now_ms - s->at_ms < CHALLENGE_MS;
}

/* The oldest of one's own where one has as many as may be; else a free one; else the oldest of all. */
static struct slot *room(struct slot *table, uint64_t who, unsigned most, int64_t now_ms)
{
	struct slot *spare = NULL, *own = NULL, *oldest = &table[0];
	unsigned n = 0;
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *s = &table[i];
		if (!is_live(s, now_ms)) {
			spare = spare ? spare : s;
			continue;
		}
		n += s->who == who;
		if (s->who == who && (!own || s->at_ms < own->at_ms))
			own = s;
		if (!is_live(oldest, now_ms) || s->at_ms < oldest->at_ms)
			oldest = s;
	}
	return n >= most ? own : spare ? spare : oldest;
}

void challenge_make(struct challenges *c, const struct challenge_wanted *w, int64_t now_ms, unsigned char out[CHALLENGE_BYTES])
{
	struct slot made = { .what = w->what, .who = w->session ? w->session : hash_bytes(w->from), .session = w->session, .at_ms = now_ms };
	random_bytes(made.bytes, sizeof made.bytes);
	if (w->user)
		memcpy(made.user, w->user, sizeof made.user);
	memcpy(out, made.bytes, sizeof made.bytes);
	pthread_mutex_lock(&c->lock);
	*room(w->session ? c->seated : c->nobody, made.who, w->session ? OF_SESSION : OF_ADDRESS, now_ms) = made;
	pthread_mutex_unlock(&c->lock);
}

static struct slot *find(struct slot *table, const char *bytes)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (table[i].what && same_bytes(table[i].bytes, bytes, CHALLENGE_BYTES))
			return &table[i];
	return NULL;
}

bool challenge_take(struct challenges *c, enum challenge_for what, uint64_t session, struct str bytes, int64_t now_ms, unsigned char user_r[CHALLENGE_USER])
{
	if (bytes.n != CHALLENGE_BYTES)
		return false;
	pthread_mutex_lock(&c->lock);
	struct slot *s = find(c->nobody, bytes.p);
	s = s ? s : find(c->seated, bytes.p);
	bool good = s && is_live(s, now_ms) && s->what == what && s->session == session;
	if (good && user_r)
		memcpy(user_r, s->user, CHALLENGE_USER);
	if (s)
		wipe(s, sizeof *s);
	pthread_mutex_unlock(&c->lock);
	return good;
}
