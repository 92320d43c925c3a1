/* SPDX-License-Identifier: Apache-2.0 */
/* gate/crowd.c: see crowd.h. Must stay free of anything that two machines could compute differently. */
#include "gate/crowd.h"

#define WEEK_SLOTS (CROWD_HOURS * 6)

static void learn(struct crowd_hour *h, uint32_t slots, uint64_t n)
{
	h->slots += slots;
	h->sum += n;
	h->squares += n * n;
}

static unsigned hour_of(int64_t slot) { return (unsigned)(slot / 6 % CROWD_HOURS); }

/* What ended is learnt: the slot that ran, and those in which nothing was opened. After a week of silence nothing more is to be learnt from it. */
static void roll(struct crowd *c, int64_t now_ms)
{
	int64_t slot = now_ms > 0 ? now_ms / CROWD_SLOT_MS : 0;
	if (slot <= c->slot)
		return;
	if (c->slot) {
		learn(&c->hour[hour_of(c->slot)], 1, c->n);
		learn(&c->all, 1, c->n);
		for (int64_t s = c->slot + 1; s < slot && s <= c->slot + WEEK_SLOTS; s++) {
			learn(&c->hour[hour_of(s)], 1, 0);
			learn(&c->all, 1, 0);
		}
	}
	c->slot = slot;
	c->n = 0;
	c->told = false;
}

/* n > mean + 6 sigma, in whole numbers: all is multiplied by the slots. Never less scattered than chance (Poisson) would be, nor than one. */
static bool is_much(const struct crowd_hour *h, uint64_t n)
{
	uint64_t slots = h->slots, over = n * slots > h->sum ? n * slots - h->sum : 0;
	uint64_t scatter = slots * h->squares - h->sum * h->sum, chance = slots * h->sum;
	scatter = scatter > chance ? scatter : chance;
	scatter = scatter > slots * slots ? scatter : slots * slots;
	return (unsigned __int128)over * over > (unsigned __int128)(CROWD_SIGMAS * CROWD_SIGMAS) * scatter;
}

static bool is_much_in(const struct crowd *c, uint64_t n)
{
	const struct crowd_hour *h = &c->hour[hour_of(c->slot)];
	if (h->slots >= CROWD_LEARNT)
		return is_much(h, n);
	return c->all.slots >= CROWD_DAY && is_much(&c->all, n);
}

/* What ended meanwhile is learnt first, on a copy of four kilobytes: only the fold changes what is counted. One call that opens ten and more at once, at the head of a slot. */
static bool is_much_after(const struct crowd *c, uint64_t n, int64_t now_ms)
{
	struct crowd now = *c;
	roll(&now, now_ms);
	return is_much_in(&now, n);
}

bool crowd_weigh(const struct crowd *c, uint32_t more, int64_t now_ms)
{
	bool ended = now_ms / CROWD_SLOT_MS > c->slot; /* the slot that is counted; the next begins at nothing */
	uint64_t n = (ended ? 0 : (uint64_t)c->n) + more;
	if (!more || n < CROWD_LEAST || (!ended && c->told))
		return false;
	return ended ? is_much_after(c, n, now_ms) : is_much_in(c, n);
}

void crowd_went(struct crowd *c, uint32_t opened, int64_t at_ms)
{
	roll(c, at_ms);
	c->n += opened;
}

void crowd_told(struct crowd *c, int64_t at_ms)
{
	roll(c, at_ms);
	c->told = true;
}

static bool same_hour(const struct crowd_hour *a, const struct crowd_hour *b) { return a->slots == b->slots && a->sum == b->sum && a->squares == b->squares; }

bool crowd_same(const struct crowd *a, const struct crowd *b, int64_t now_ms)
{
	struct crowd x = *a, y = *b;
	roll(&x, now_ms);
	roll(&y, now_ms);
	bool same = x.n == y.n && x.told == y.told && same_hour(&x.all, &y.all);
	for (unsigned i = 0; i < CROWD_HOURS && same; i++)
		same = same_hour(&x.hour[i], &y.hour[i]);
	return same;
}

/* ---- as text: "slot,n,told" and then "hour,slots,sum,squares" for each hour that has any, the sum of all as hour 168 ---- */

static void numbers_put(struct buf *out, const uint64_t *at, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (out->n)
			buf_ch(out, ',');
		buf_u64(out, at[i]);
	}
}

bool crowd_put(const struct crowd *c, unsigned *at, struct buf *out)
{
	unsigned from = *at;
	if (from == 0)
		numbers_put(out, (uint64_t[]){ (uint64_t)c->slot, c->n, c->told }, 3);
	for (; *at <= CROWD_HOURS && out->n + 60 < CROWD_TEXT; ++*at) {
		const struct crowd_hour *h = *at < CROWD_HOURS ? &c->hour[*at] : &c->all;
		if (h->slots)
			numbers_put(out, (uint64_t[]){ *at, h->slots, h->sum, h->squares }, 4);
	}
	return from <= CROWD_HOURS && out->n > 0;
}

bool crowd_get(struct crowd *c, struct str text)
{
	uint64_t at[CROWD_TEXT / 2];
	unsigned n = 0;
	for (struct str left = text; left.n > 0; n++)
		if (n == sizeof at / sizeof *at || str_u64(str_cut(left, ',', &left), &at[n]) != RC_OK)
			return false;
	unsigned i = 0;
	if (n % 4 == 3) { /* the first part */
		*c = (struct crowd){ .slot = (int64_t)at[0], .n = (uint32_t)at[1], .told = at[2] != 0 };
		i = 3;
	} else if (n % 4) {
		return false;
	}
	for (; i < n; i += 4) {
		if (at[i] > CROWD_HOURS)
			return false;
		*(at[i] < CROWD_HOURS ? &c->hour[at[i]] : &c->all) = (struct crowd_hour){ (uint32_t)at[i + 1], at[i + 2], at[i + 3] };
	}
	return true;
}
