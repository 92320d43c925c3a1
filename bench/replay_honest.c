/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/replay_honest.c: days of work. Everybody opens as many charts as 7.9 says of the job, by what the work is (WORK): who lies in the ward, who left it, who is
 * booked, whose order or stay waits; and some whom no fact joins. Whether the gate finds the link is measured, not assumed; who is asked for a reason gives one, who is
 * asked for a proof touches the key, who is stopped is freed by the security officer. Beside each person runs the bare machine of gate/ladder.h on the same events: where
 * gate and machine disagree is counted. Start at work_day.
 */
#include "replay.h"

#include "gate/authorise.h"

#define AFTER_STAY (48 * HOUR)       /* SECURITY 7.2 */
#define AROUND_BOOKING (7 * DAY)
#define LATE (10 * DAY)

/*
 * Assumptions of this project, no hospital's figures: of a hundred openings. What no fact joins (late: the stay or the booking is too long ago; none: advice by telephone,
 * a wrong click, somebody not registered yet) varies from day to day as in 7.9: beta-distributed, concentration 6. 7.9 itself takes higher shares for all but nurses and
 * physicians, which bench/ladder.c plays. What is asked, announced and on call is taken from here and booked, but for two: of the advice that physicians give (none) a fifth now comes with a
 * recorded request, and of the orders that a laboratory looks at long after (late) a quarter has a result that still waits to be validated. SECURITY 7.2 names both; the parts are this
 * project's guess.
 */
static const struct { double part[LINKS]; } WORK[N_STAFF] = {
	/*               here  left  booked  asked  announced  call  late  none */
	/* nurse */      { { 87.6, 5,    3,     0,      .4,      0,    2,    2 } },
	/* physician */  { { 60.4, 7,   27,    .7,       0,     .4,  2.5,    2 } },
	/* emergency */  { { 89.6, 5,    0,     0,      .4,      0,    2,    3 } },
	/* clerk */      { {  0,   0, 91.5,    .5,       0,      0,    4,    4 } },
	/* laboratory */ { { 95.5, 0,    0,     1,       0,      0,  1.5,    2 } },
	/* coder */      { { 93.5, 0,    0,    .5,       0,      0,    3,    3 } },
};
#define AWAY .01          /* days in another ward, of which */
#define DECLARED .9       /* are declared; on the others so much of the work is there */
#define AWAY_RATE .7

/* ---- who may be meant ---- */

static bool fits(const struct span *s, enum link link, bool booking, int64_t now)
{
	switch (link) {
	case LINK_HERE: return !booking && s->from <= now && now < s->to;
	case LINK_LEFT: return !booking && s->to <= now && now < s->to + AFTER_STAY - HOUR;
	case LINK_BOOKED: return booking && s->from - AROUND_BOOKING < now && now < s->from + AROUND_BOOKING;
	case LINK_ASKED:
	case LINK_ANNOUNCED:
	case LINK_CALL: return !booking && s->from <= now && now < s->to;
	case LINK_LATE: return booking ? s->from + AROUND_BOOKING + DAY < now && now < s->from + AROUND_BOOKING + LATE : s->to + AFTER_STAY + DAY < now && now < s->to + AFTER_STAY + LATE;
	case LINK_NONE:
	case LINKS: break;
	}
	return false;
}

static bool is_of_today(const struct person *x, uint32_t patient)
{
	for (unsigned i = 0; i < x->n_today; i++)
		if (x->today[i] == patient)
			return true;
	return false;
}

/* One of those that fit and were not met today, each as likely. */
static int64_t one_of(struct world *w, const struct person *x, const struct unit *u, enum link link, int64_t now)
{
	int64_t found = -1;
	unsigned n = 0;
	for (int booking = 0; booking < 2; booking++) {
		const struct spans *s = booking ? &u->booked : link == LINK_ASKED ? &u->asked : link == LINK_ANNOUNCED ? &u->announced : &u->here;
		for (size_t i = 0; i < s->n; i++)
			if (fits(&s->at[i], link, booking, now) && !is_of_today(x, s->at[i].patient) && below(&w->chance, ++n) == 0)
				found = s->at[i].patient;
	}
	return found;
}

int64_t somebody(struct world *w, struct person *x, enum link link, int64_t now)
{
	if (link == LINK_NONE) {
		uint32_t p;
		do
			p = anybody(w, x->house);
		while (is_of_today(x, p));
		return p;
	}
	if (link == LINK_CALL && x->call < 0)
		return -1;
	return one_of(w, x, &w->unit[x->house][link == LINK_CALL ? (unsigned)x->call : x->away], link, now);
}

static enum link link_of(struct world *w, const struct person *x, double apart)
{
	const double *part = WORK[x->job].part;
	double u = uniform(&w->chance), rest = 0;
	for (int i = LINK_HERE; i < LINK_LATE; i++)
		rest += part[i];
	if (u < apart)
		return uniform(&w->chance) < part[LINK_LATE] / (part[LINK_LATE] + part[LINK_NONE]) ? LINK_LATE : LINK_NONE;
	u = uniform(&w->chance) * rest;
	for (int i = LINK_HERE; i < LINK_CALL; i++)
		if ((u -= part[i]) < 0)
			return (enum link)i;
	return part[LINK_CALL] > 0 ? LINK_CALL : LINK_HERE;
}

/* ---- the machine beside the gate ---- */

static uint32_t hour_of(int64_t ms) { return (uint32_t)(ms / HOUR); }

static struct seen *seen_of(const struct twin *t, uint32_t patient, uint32_t hour, uint32_t *all_r, uint32_t *apart_r)
{
	struct seen *found = NULL;
	*all_r = *apart_r = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (t->seen[i].hour + 24 < hour)
			continue;
		++*all_r;
		*apart_r += t->seen[i].apart;
		if (t->seen[i].patient == patient)
			found = &t->seen[i];
	}
	return found;
}

/* The budgets that the gate gives the session of somebody who came by a key, in a house whose rules are the native ones: its job's, whole, and as the unit's weeks say. */
static struct ladder_scale scale_of(const struct person *x)
{
	struct ladder_scale s = *ladder_scale(STAFF[x->twin.job].job);
	s.unit = x->twin.volume->share;
	return s;
}

/* What the unit's week taught holds before the next opening there. */
static void learn_week(const struct person *x, int64_t now)
{
	uint32_t share;
	if (ladder_volume_due(x->twin.volume, ladder_scale(STAFF[x->twin.job].job), now, &share))
		ladder_volume_learnt(x->twin.volume, share, now);
}

#define SHIFT_APART 12 /* gate/budget.c: an explained chart counts again */

static bool twin_call(const struct person *x, uint32_t patient, bool apart, int64_t now, struct ladder_call *c)
{
	uint32_t all, n_apart;
	const struct seen *s = seen_of(&x->twin, patient, hour_of(now), &all, &n_apart);
	bool again = s && !s->apart && !apart && hour_of(now) >= s->hour + SHIFT_APART;
	struct ladder_scale scale = scale_of(x);
	if (s && (s->apart || !apart) && !again)
		return false; /* open already */
	ladder_begin(c, &x->twin.l, &scale, all, n_apart, now);
	ladder_open(c, apart, !s);
	return true;
}

/* Where the account works now, and as what: on call it has the budgets of emergency staff. */
void twin_place(struct world *w, struct person *x)
{
	x->twin.job = x->call >= 0 ? EMERGENCY_STAFF : x->job;
	x->twin.volume = &w->unit[x->house][x->away].volume[x->twin.job];
}

bool twin_goes(const struct person *x, uint32_t patient, bool apart, int64_t now, struct ladder_verdict *v_r)
{
	struct ladder_call c = { .verdict = { LADDER_GO, LADDER_NONE } };
	learn_week(x, now);
	(void)twin_call(x, patient, apart, now, &c);
	*v_r = c.verdict;
	return c.verdict.step == LADDER_GO;
}

void twin_opened(struct person *x, uint32_t patient, bool apart, int64_t now)
{
	struct ladder_call c;
	struct twin *t = &x->twin;
	uint32_t all, n_apart, hour = hour_of(now);
	if (!twin_call(x, patient, apart, now, &c))
		return;
	ladder_volume_went(t->volume, c.drawn, ladder_comes(&t->l, now), now);
	ladder_went(&t->l, c.l.evidence, c.l.granted, apart, c.drawn, now);
	struct seen *s = seen_of(t, patient, hour, &all, &n_apart);
	size_t kept = 0;
	if (!s) {
		for (size_t i = 0; i < t->n; i++)
			if (t->seen[i].hour + 24 >= hour)
				t->seen[kept++] = t->seen[i];
		t->n = kept;
		if (t->n == t->cap) {
			t->cap = t->cap ? t->cap * 2 : 64;
			t->seen = reallocarray(t->seen, t->cap, sizeof *t->seen);
			if (!t->seen)
				die("no memory", NULL);
		}
		s = &t->seen[t->n++];
	}
	*s = (struct seen){ patient, hour, apart };
}

static bool agrees(const struct ladder_verdict *v, enum why why)
{
	return why == (v->step == LADDER_GO ? WHY_NONE : v->step == LADDER_PROVE ? WHY_PROOF_DUE : WHY_STOPPED_ACCOUNT);
}

/* ---- one opening ---- */

/* By a second person who saw the list. */
static void free_person(struct world *w, struct person *x)
{
	char number[24] = "", account[24] = "", upto[24] = "", code[8];
	struct gate_call *c = call_of(w, &w->officer, "/stops");
	ask_view(&c->asks, "stops");
	gate_run(w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("stops", c->release);
	for release_each (row, c->release, "stops")
		if (str_eq(row_get(row, "by"), x->login) && !*number)
			snprintf(number, sizeof number, "%lld", (long long)row_i64(row, "number"));
	gate_call_done(&c);
	c = call_of(w, &w->officer, "/stop");
	ask_view(&c->asks, "stop");
	ask_arg(&c->asks, "number", str_of(number));
	gate_run(w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("stop", c->release);
	struct row row = rows_first(release_rows(c->release), "stop");
	snprintf(account, sizeof account, "%lld", (long long)row_i64(row, "account"));
	snprintf(upto, sizeof upto, "%lld", (long long)row_i64(row, "upto"));
	gate_call_done(&c);
	fresh_code(w, &w->officer, code);
	c = call_of(w, &w->officer, "/stop");
	ask_act(&c->asks, "stop_release");
	ask_arg(&c->asks, "number", str_of(number));
	ask_arg(&c->asks, "account", str_of(account));
	ask_arg(&c->asks, "upto", str_of(upto));
	ask_arg(&c->asks, "comment", STR("vu avec le cadre du service"));
	ask_arg(&c->asks, "code", str_of(code));
	gate_run(w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("stop_release", c->release);
	gate_call_done(&c);
	ladder_freed(&x->twin.l, w->now);
}

/* A proof or a release was needed: the machine is told what the gate was. */
static void go_on(struct world *w, struct person *x, enum why why, const struct ladder_verdict *v, struct tally *t)
{
	if (why == WHY_PROOF_DUE) {
		t->proofs++;
		ladder_asked(&x->twin.l, v->why);
		if (prove(w, x, "other", "") != WHY_NONE)
			die("a proof was refused", NULL);
		ladder_proved(&x->twin.l, w->now);
		return;
	}
	t->stops++;
	t->why[v->why]++;
	ladder_stopped(&x->twin.l, v->why, w->now);
	free_person(w, x);
}

static void opens(struct world *w, struct person *x, uint32_t patient, struct tally *t)
{
	bool reason = false, explained = false;
	for (unsigned tries = 0; tries < 8; tries++) {
		struct ladder_verdict v;
		(void)twin_goes(x, patient, reason, w->now, &v);
		uint64_t from = clock_ns();
		enum why why = read_chart(w, x, patient, &explained);
		t->read_us += (double)(clock_ns() - from) / 1e3;
		t->reads++;
		if (why == WHY_UNEXPLAINED && !reason) {
			static const char *const REASON[] = { "advice", "arrival", "other" };
			reason = true;
			t->reasons++;
			if (give_reason(w, x, patient, REASON[below(&w->chance, 3)]) != WHY_NONE)
				die("a reason was refused", NULL);
			continue;
		}
		t->differs += !agrees(&v, why);
		if (why == WHY_NONE) {
			t->openings++;
			t->explained += explained;
			twin_opened(x, patient, !explained, w->now);
			return;
		}
		if (why != WHY_PROOF_DUE && why != WHY_STOPPED_ACCOUNT)
			die(why_row(why)->name, NULL);
		go_on(w, x, why, &v, t);
	}
	die("a chart that does not open", NULL);
}

/* ---- the day ---- */

struct event { int64_t at; uint32_t person, nth; };

static int earlier(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->person != y->person ? (x->person < y->person ? -1 : 1) : x->nth < y->nth ? -1 : 1;
}

static void declare(struct world *w, struct person *x)
{
	struct gate_call *c = call_of(w, x, "/unit");
	ask_act(&c->asks, "declare_unit");
	ask_arg(&c->asks, "unit", str_of(w->unit[x->house][x->away].id));
	gate_run(w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("declare_unit", c->release);
	struct str token = row_get(rows_first(release_rows(c->release), "session"), "token");
	memcpy(x->token, token.p, token.n);
	x->token[token.n] = 0;
	gate_call_done(&c);
}

/* Comes to work: signs in, now and then in another ward. Gives the share of the day's openings that no fact joins. */
static double comes(struct world *w, struct person *x)
{
	double mean = (WORK[x->job].part[LINK_LATE] + WORK[x->job].part[LINK_NONE]) / 100;
	bool ward = x->unit <= WARD_D, away = uniform(&w->chance) < AWAY, declared = away && uniform(&w->chance) < DECLARED;
	unsigned home = x->away;
	sign_in(w, x);
	x->away = ward && declared ? (x->unit + 1 + below(&w->chance, 3)) % 4 : x->unit;
	if (x->away != home) /* the unit last worked in is remembered */
		declare(w, x);
	twin_place(w, x);
	x->n_today = 0;
	x->over = false;
	return away && !declared ? AWAY_RATE : beta_of(&w->chance, mean, 6);
}

void work_day(struct world *w, unsigned day, struct tally t[N_STAFF])
{
	int64_t from = w->start + day * DAY + 8 * HOUR;
	struct event *events = NULL;
	size_t n = 0, cap = 0;
	double *apart = calloc(w->n_person, sizeof *apart);
	world_at(w, from - 30 * MINUTE);
	sign_in(w, &w->officer);
	for (size_t i = 0; apart && i < w->n_person; i++) {
		struct person *x = &w->person[i];
		if (((day + i) * 22) % 30 >= 22) /* twenty-two shifts in thirty days */
			continue;
		unsigned charts = openings_of(&w->chance, &STAFF[x->job], 1);
		apart[i] = comes(w, x);
		t[x->job].staff_days++;
		x->today = reallocarray(x->today, charts + 1, sizeof *x->today);
		if (n + charts > cap) {
			cap = (n + charts) * 2;
			events = reallocarray(events, cap, sizeof *events);
		}
		if (!x->today || (cap && !events))
			die("no memory", NULL);
		for (unsigned k = 0; k < charts; k++)
			events[n++] = (struct event){ from + (int64_t)k * 8 * HOUR / charts, (uint32_t)i, k };
	}
	if (!apart)
		die("no memory", NULL);
	if (n)
		qsort(events, n, sizeof *events, earlier);
	for (size_t i = 0; i < n; i++) {
		struct person *x = &w->person[events[i].person];
		struct tally *of = &t[x->job];
		world_at(w, events[i].at);
		if (x->over) {
			of->ran_out++;
			continue;
		}
		enum link link = link_of(w, x, apart[events[i].person]);
		int64_t whom = somebody(w, x, link, w->now);
		for (int other = LINK_HERE; whom < 0 && other <= LINK_BOOKED; other++) /* of another kind */
			whom = somebody(w, x, (enum link)other, w->now);
		if (whom < 0) { /* nobody is left to work for */
			x->over = true;
			of->ran_out++;
			continue;
		}
		x->today[x->n_today++] = (uint32_t)whom;
		opens(w, x, (uint32_t)whom, of);
	}
	free(events);
	free(apart);
}
