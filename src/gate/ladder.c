/* SPDX-License-Identifier: Apache-2.0 */
/* gate/ladder.c: see ladder.h. Must stay free of anything that two machines could compute differently. */
#include "gate/ladder.h"

#include <string.h>

#define DAY_MS (24 * 3600 * 1000LL)

static const struct ladder_scale SCALE[JOBS] = {
	/*                    up    down  day: proof, stop; unexplained: proof, stop; thirty days; means of a shift */
	[JOB_NONE]        = { 2197, -2197,   0,   0,   0,   0,   0,    0,    0 },
	[JOB_NURSE]       = { 1504, -2079,  43,  53,  16,  24,  94, 1200,   70 },  /* p0 0.20 */
	[JOB_PHYSICIAN]   = { 1504, -2079,  60,  74,  22,  33, 139, 1700,  110 },
	[JOB_EMERGENCY]   = {  811, -1792,  97, 121,  44,  60, 339, 2500,  510 },  /* 0.40 */
	[JOB_CLERK]       = {  944, -1872, 135, 168,  56,  78, 416, 3500,  540 },  /* 0.35 */
	[JOB_LABORATORY]  = { 1099, -1946, 154, 191,  58,  86, 395, 4000,  420 },  /* 0.30 */
	[JOB_CODER]       = {  588, -1609, 192, 240,  92, 123, 743, 5000, 1270 },  /* 0.50 */
};

const struct ladder_scale *ladder_scale(enum ladder_job job) { return &SCALE[(unsigned)job < JOBS ? job : JOB_NONE]; }

static const char *const WORD[LADDER_WHYS] = {
	[LADDER_NONE] = "", [LADDER_EVIDENCE] = "ladder:evidence", [LADDER_ALL] = "ladder:all", [LADDER_APART] = "ladder:unexplained", [LADDER_MONTH] = "ladder:month",
	[LADDER_RHYTHM_WHY] = "ladder:rhythm", [LADDER_CANARY] = "ladder:canary",
};

const char *ladder_word(enum ladder_why why) { return (unsigned)why < LADDER_WHYS ? WORD[why] : ""; }

enum ladder_why ladder_of_word(struct str word)
{
	for (unsigned i = 1; i < LADDER_WHYS; i++)
		if (str_eq(word, WORD[i]))
			return (enum ladder_why)i;
	return LADDER_NONE;
}

/* ---- a person's own ---- */

static uint32_t within(uint64_t share) { return share > LADDER_OWN_MOST ? LADDER_OWN_MOST : share < LADDER_OWN_LEAST ? LADDER_OWN_LEAST : (uint32_t)share; }

/* Thousandths of the job's mean: (sum + 20 means) / (shifts + 20), within bounds; the means are the job's, or those that the unit's weeks say (unit, thousandths). */
static uint32_t share_of(uint32_t sum, uint32_t shifts, uint32_t mean, uint32_t unit)
{
	if (mean == 0)
		return 1000;
	if (shifts < LADDER_LEARNT)
		return within(unit);
	return within((1000 * 100 * (uint64_t)sum + (uint64_t)LADDER_LEARNT * mean * unit) / ((uint64_t)(shifts + LADDER_LEARNT) * mean));
}

static uint32_t times(uint32_t budget, uint32_t share) { return (budget * share + 999) / 1000; }

struct ladder_scale ladder_own(const struct ladder_scale *job, const struct ladder *l)
{
	struct ladder_scale s = *job;
	uint32_t all = share_of(l->all_sum, l->shifts, job->all_mean, job->unit ? job->unit : 1000), apart = share_of(l->apart_sum, l->shifts, job->apart_mean, 1000);
	s.all_step = times(s.all_step, all);
	s.all_stop = times(s.all_stop, all);
	s.apart_step = times(s.apart_step, apart);
	s.apart_stop = times(s.apart_stop, apart);
	s.apart_month = times(s.apart_month, apart > 1000 ? apart : 1000); /* a quiet month is no promise of the next */
	return s;
}

/* A day on which somebody was opened is over. What a stopped account did teaches nothing. */
static void learn(struct ladder *l)
{
	if (l->today_all > 0 && !l->stopped) {
		l->shifts++;
		l->all_sum += l->today_all;
		l->apart_sum += l->day[0];
	}
	if (l->shifts >= LADDER_SHIFTS) {
		l->shifts /= 2;
		l->all_sum /= 2;
		l->apart_sum /= 2;
	}
	l->today_all = 0;
}

/* ---- time ---- */

static uint32_t day_of(int64_t ms) { return ms > 0 ? (uint32_t)(ms / DAY_MS) : 0; }

static void roll_days(struct ladder *l, uint32_t day)
{
	if (day <= l->today)
		return;
	uint32_t by = day - l->today;
	learn(l);
	for (unsigned i = LADDER_DAYS; i-- > 0;)
		l->day[i] = i >= by ? l->day[i - by] : 0;
	l->today = day;
}

void ladder_roll(struct ladder *l, int64_t now_ms)
{
	roll_days(l, day_of(now_ms));
	if (l->proved_ms && l->proved_ms + LADDER_PROOF_MS <= now_ms) {
		l->proved_ms = 0;
		l->granted = 0;
		l->rooms = l->freed = 0;
	}
	unsigned n = 0;
	for (unsigned i = 0; i < l->calls; i++)
		if (l->call[i] + LADDER_RHYTHM_MS > now_ms)
			l->call[n++] = l->call[i];
	l->calls = n;
}

uint32_t ladder_month(const struct ladder *l, int64_t now_ms)
{
	uint32_t sum = 0, gone = day_of(now_ms) > l->today ? day_of(now_ms) - l->today : 0;
	for (unsigned i = 0; i + gone < LADDER_DAYS; i++)
		sum += l->day[i];
	return sum;
}

bool ladder_is_fresh(const struct ladder *l)
{
	return !l->evidence && !l->granted && !l->due && !l->stopped && !l->proved_ms && !l->calls && !ladder_month(l, 0) && !l->today_all && !l->shifts;
}

/* ---- a call ---- */

/* The first verdict stands, but a stop stands over a proof. */
static void say(struct ladder_call *c, enum ladder_step step, enum ladder_why why)
{
	if (step > c->verdict.step)
		c->verdict = (struct ladder_verdict){ step, why };
}

void ladder_begin(struct ladder_call *c, const struct ladder *l, const struct ladder_scale *job, uint32_t all, uint32_t apart, int64_t now_ms)
{
	*c = (struct ladder_call){ .l = *l, .all = all, .apart = apart, .now_ms = now_ms };
	ladder_roll(&c->l, now_ms);
	c->scale = ladder_own(job, &c->l);
	if (c->l.stopped)
		say(c, LADDER_STOP, (enum ladder_why)c->l.stopped);
	if (c->l.due)
		say(c, LADDER_PROVE, (enum ladder_why)c->l.due);
	if (c->l.calls == LADDER_RHYTHM)
		say(c, c->l.proved_ms ? LADDER_STOP : LADDER_PROVE, LADDER_RHYTHM_WHY);
}

/* Up to where the day's total goes: the role's step, with a proof the role's stop, with another half as much again where most is explained. */
static void open_all(struct ladder_call *c)
{
	const struct ladder_scale *s = &c->scale;
	uint32_t room = c->l.rooms == 0 ? s->all_step : c->l.rooms == 1 ? s->all_stop : s->all_stop + s->all_stop / 2 + LADDER_GRANT * c->l.freed;
	if (c->all <= room)
		return;
	bool explained = 2 * c->apart <= c->all; /* much work, not a walk through the base: a proof rather than a stop (SECURITY 7.9, sensitivity) */
	say(c, c->l.rooms == 0 || (c->l.rooms == 1 && explained) ? LADDER_PROVE : LADDER_STOP, LADDER_ALL);
}

static void open_apart(struct ladder_call *c)
{
	const struct ladder_scale *s = &c->scale;
	struct ladder *l = &c->l;
	uint32_t more = LADDER_GRANT * l->freed;
	c->apart++;
	if (c->apart > s->apart_stop + more)
		say(c, LADDER_STOP, LADDER_APART);
	else if (c->apart > s->apart_step && !l->proved_ms)
		say(c, LADDER_PROVE, LADDER_APART);
	if (l->day[0] < UINT16_MAX)
		l->day[0]++;
	if (ladder_month(l, c->now_ms) > s->apart_month + more)
		say(c, LADDER_STOP, LADDER_MONTH);
	if (l->granted) {
		l->granted--;
		return;
	}
	l->evidence += s->up;
	if (l->evidence >= LADDER_ALARM)
		say(c, l->proved_ms ? LADDER_STOP : LADDER_PROVE, LADDER_EVIDENCE);
}

void ladder_open(struct ladder_call *c, bool unexplained, bool more)
{
	if (unexplained) {
		open_apart(c);
	} else {
		c->l.evidence += c->scale.down;
		if (c->l.evidence < 0)
			c->l.evidence = 0;
	}
	c->all += more;
	c->drawn++;
	if (more)
		open_all(c);
}

/* ---- the fold ---- */

void ladder_went(struct ladder *l, int32_t evidence, uint16_t granted, uint32_t unexplained, uint32_t drawn, int64_t at_ms)
{
	ladder_roll(l, at_ms);
	l->evidence = evidence;
	l->granted = granted;
	l->day[0] = (uint16_t)(l->day[0] + unexplained < UINT16_MAX ? l->day[0] + unexplained : UINT16_MAX);
	l->today_all = (uint16_t)(l->today_all + drawn < UINT16_MAX ? l->today_all + drawn : UINT16_MAX);
	if (l->calls == LADDER_RHYTHM)
		memmove(l->call, l->call + 1, sizeof *l->call * --l->calls);
	l->call[l->calls++] = at_ms;
}

void ladder_asked(struct ladder *l, enum ladder_why why)
{
	l->due = (unsigned char)why;
	l->wrong = 0;
}

void ladder_proved(struct ladder *l, int64_t at_ms)
{
	ladder_roll(l, at_ms);
	if (!l->due)
		return;
	if (l->due == LADDER_ALL && l->rooms < 2)
		l->rooms++;
	if (l->due != LADDER_ALL) {
		l->evidence = 0;
		l->granted = LADDER_GRANT;
	}
	l->calls = 0;
	l->due = l->wrong = 0;
	l->proved_ms = at_ms;
}

void ladder_failed(struct ladder *l)
{
	if (l->wrong < UINT8_MAX)
		l->wrong++;
}

void ladder_stopped(struct ladder *l, enum ladder_why why, int64_t at_ms)
{
	l->stopped = (unsigned char)why;
	l->stopped_ms = at_ms;
}

/* What was counted stays counted: who goes on beyond a stop has a little room to work, and then meets it again. */
void ladder_freed(struct ladder *l, int64_t at_ms)
{
	ladder_roll(l, at_ms);
	if (!l->stopped)
		return;
	l->stopped = l->due = l->wrong = 0;
	l->stopped_ms = 0;
	l->evidence = 0;
	l->calls = 0;
	l->granted = LADDER_GRANT;
	l->proved_ms = at_ms;
	l->rooms = 2;
	if (l->freed < UINT8_MAX)
		l->freed++;
}

/* ---- the weeks of a unit ---- */

static uint32_t week_of(int64_t ms) { return day_of(ms) / 7; }

bool ladder_comes(const struct ladder *l, int64_t at_ms) { return day_of(at_ms) > l->today || l->today_all == 0; }

void ladder_volume_went(struct ladder_volume *v, uint32_t drawn, bool comes, int64_t at_ms)
{
	if (v->week == 0)
		v->week = week_of(at_ms);
	v->sum += drawn;
	v->shifts += comes;
}

bool ladder_volume_due(const struct ladder_volume *v, const struct ladder_scale *job, int64_t now_ms, uint32_t *share_r)
{
	if (v->shifts < LADDER_LEARNT || job->all_mean == 0 || week_of(now_ms) <= v->week)
		return false;
	*share_r = share_of(v->sum, v->shifts, job->all_mean, 1000);
	return true;
}

/* Weeks weigh half of the one after them. */
void ladder_volume_learnt(struct ladder_volume *v, uint32_t share, int64_t at_ms)
{
	v->share = within(share);
	v->week = week_of(at_ms);
	v->shifts /= 2;
	v->sum /= 2;
}

/* ---- as text ---- */

#define WRONG_UNIT 16
_Static_assert(LADDER_WHYS <= WRONG_UNIT, "a why and the failed proofs share a number");

/* Every number that counts, in one order. Moments as how long ago, 0 for none. */
static size_t numbers(const struct ladder *l, int64_t now_ms, int64_t *out)
{
	size_t n = 0;
	out[n++] = l->evidence;
	out[n++] = l->granted;
	out[n++] = l->rooms;
	out[n++] = l->freed;
	out[n++] = l->due;
	out[n++] = l->stopped + WRONG_UNIT * l->wrong;
	out[n++] = l->proved_ms ? now_ms - l->proved_ms + 1 : 0;
	out[n++] = l->stopped_ms ? now_ms - l->stopped_ms + 1 : 0;
	out[n++] = l->today;
	out[n++] = l->today_all;
	out[n++] = l->shifts;
	out[n++] = l->all_sum;
	out[n++] = l->apart_sum;
	for (unsigned i = 0; i < LADDER_DAYS; i++)
		out[n++] = l->day[i];
	for (unsigned i = 0; i < l->calls; i++)
		out[n++] = now_ms - l->call[i];
	return n;
}

#define FIXED 13         /* numbers before the thirty days */
#define FIXED_BEFORE 9   /* of a text without FORM: before people were learnt */
#define FORM "b,"
#define HEAD (FIXED + LADDER_DAYS)

void ladder_put(const struct ladder *l, int64_t now_ms, struct buf *out)
{
	int64_t at[HEAD + LADDER_RHYTHM];
	size_t n = numbers(l, now_ms, at);
	buf_z(out, FORM);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_ch(out, ',');
		buf_i64(out, at[i]);
	}
}

bool ladder_get(struct ladder *l, int64_t then_ms, struct str text)
{
	int64_t at[HEAD + LADDER_RHYTHM];
	bool before = !str_starts(text, STR(FORM));
	struct str left = before ? text : (struct str){ text.p + sizeof FORM - 1, text.n - (sizeof FORM - 1) };
	size_t n = 0;
	for (; left.n > 0; n++) {
		if (before && n == FIXED_BEFORE)
			for (; n < FIXED; n++)
				at[n] = 0;
		uint64_t v;
		if (n == HEAD + LADDER_RHYTHM || str_u64(str_cut(left, ',', &left), &v) != RC_OK)
			return false;
		at[n] = (int64_t)v;
	}
	if (n < HEAD)
		return false;
	*l = (struct ladder){ .evidence = (int32_t)at[0], .granted = (uint16_t)at[1], .rooms = (unsigned char)at[2], .freed = (unsigned char)at[3], .due = (unsigned char)at[4],
		.stopped = (unsigned char)(at[5] % WRONG_UNIT), .wrong = (unsigned char)(at[5] / WRONG_UNIT), .proved_ms = at[6] ? then_ms - at[6] + 1 : 0, .stopped_ms = at[7] ? then_ms - at[7] + 1 : 0,
		.today = (uint32_t)at[8], .today_all = (uint16_t)at[9], .shifts = (uint16_t)at[10], .all_sum = (uint32_t)at[11], .apart_sum = (uint32_t)at[12] };
	for (unsigned i = 0; i < LADDER_DAYS; i++)
		l->day[i] = (uint16_t)at[FIXED + i];
	for (size_t i = HEAD; i < n; i++)
		l->call[l->calls++] = then_ms - at[i];
	return true;
}
