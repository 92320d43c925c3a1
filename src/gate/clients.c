/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/clients.c: see clients.h. Slots found by client and reason; one that is taken in this minute is nobody else's. When a neighbourhood is full, what comes is counted in the
 * last slot, as of no client: more than SLOTS + 1 entries a minute, and as many sums, are never made. Must never keep a word of what was sent.
 */
#include "gate/clients.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "gate/order.h"

#define SLOTS 1024u              /* machines of a house times reasons met in one minute; a reason is one of some twenty */
#define NEAR 16u
#define OTHERS SLOTS
static const char OTHERS_REASON[] = "others";

struct slot { const char *reason; uint32_t account, left; /* counted and not told */ int64_t minute; };
struct clients { pthread_mutex_t lock; struct slot slot[SLOTS + 1]; };

struct clients *clients_new(void)
{
	struct clients *r = calloc(1, sizeof *r);
	if (r)
		pthread_mutex_init(&r->lock, NULL);
	return r;
}

void clients_free(struct clients **r)
{
	if (*r)
		pthread_mutex_destroy(&(*r)->lock);
	free(*r);
	*r = NULL;
}

static bool is_free(const struct slot *s, int64_t minute) { return !s->reason || (s->left == 0 && s->minute != minute); }

static struct slot *find(struct clients *r, uint32_t account, const char *reason, int64_t minute)
{
	uint64_t at = hash_bytes(str_of(reason)) + account * UINT64_C(0x9e3779b97f4a7c15);
	struct slot *room = NULL;
	for (unsigned i = 0; i < NEAR; i++) {
		struct slot *s = &r->slot[(at + i) % SLOTS];
		if (s->reason && s->account == account && str_is(str_of(s->reason), str_of(reason)))
			return s;
		if (!room && is_free(s, minute))
			room = s;
	}
	if (!room) {
		room = &r->slot[OTHERS];
		account = 0;
		reason = OTHERS_REASON;
	}
	if (!room->reason || room->account != account || room->reason != reason)
		*room = (struct slot){ .reason = reason, .account = account, .minute = -1 };
	return room;
}

bool clients_first(struct clients *r, uint32_t account, const char *reason, int64_t now_ms, uint32_t *rows_r)
{
	int64_t minute = now_ms / CLIENTS_MINUTE_MS;
	pthread_mutex_lock(&r->lock);
	struct slot *s = find(r, account, reason, minute);
	bool first = s->minute != minute;
	*rows_r = first ? s->left + 1 : 0;
	s->left = first ? 0 : s->left + (s->left < UINT32_MAX);
	s->minute = minute;
	pthread_mutex_unlock(&r->lock);
	return first;
}

void clients_tell(struct gate *g, bool all)
{
	struct clients *r = g->clients;
	int64_t minute = clock_ms() / CLIENTS_MINUTE_MS;
	struct problem p;
	for (unsigned i = 0; r && i <= SLOTS; i++) {
		struct slot *s = &r->slot[i];
		pthread_mutex_lock(&r->lock);
		struct ledger_entry e = { .kind = LEDGER_SESSION, .surface = SURFACE_API, .rc = RC_BAD_INPUT, .why = WHY_CLIENT_REFUSED, .route = STR(CLIENTS_ROUTE), .note = STR(CLIENTS_NOTE), .account = s->account, .rows = s->left };
		bool due = s->left > 0 && (all || s->minute != minute);
		if (due) {
			e.text = str_of(s->reason);
			s->left = 0;
		}
		pthread_mutex_unlock(&r->lock);
		if (due && order_append(g, &e, ROLE_MACHINE, &p) != RC_OK)
			log_problem(LOG_ERROR, "refusals_not_recorded", &p);
	}
}
