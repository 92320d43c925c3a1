/* SPDX-License-Identifier: Apache-2.0 */
/* The counters: stops at the edge, caps, windows; and that folding the entries from any snapshot gives what the live counters hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "gate/budget.h"
#include "hospital/hospital.h"

#define T0 1795000000000LL
#define HOUR 3600000LL

/* A ledger in memory: whole copies of entries. */
struct book { struct budget_put put; struct ledger_entry *at; size_t n, cap; int64_t now; };

static void keep(struct book *k, const struct ledger_entry *e)
{
	if (k->n == k->cap)
		assert_non_null(k->at = realloc(k->at, (k->cap = k->cap ? k->cap * 2 : 64) * sizeof *k->at));
	struct ledger_entry *c = &k->at[k->n++];
	*c = *e;
	struct ledger_patient *list = malloc((e->n_patients + 1u) * sizeof *list);
	if (e->n_patients)
		memcpy(list, e->patients, e->n_patients * sizeof *list);
	c->patients = list;
	char *text = malloc(e->text.n + 1);
	if (e->text.n)
		memcpy(text, e->text.p, e->text.n);
	c->text.p = text;
	c->at_ms = k->now;
	c->number = k->n;
}

static enum rc put_entry(struct budget_put *w, struct ledger_entry *e, struct problem *p)
{
	(void)p;
	keep((struct book *)(void *)w, e);
	return RC_OK;
}

static void book_done(struct book *k)
{
	for (size_t i = 0; i < k->n; i++) {
		union { const void *in; void *out; } a = { k->at[i].patients }, b = { k->at[i].text.p };
		free(a.out);
		free(b.out);
	}
	free(k->at);
}

static unsigned alarms, crowds, stops, weeks; /* in all tests */
static struct str at_unit;                     /* where people work; empty: nowhere */

static void add(struct budget *b, struct book *k, const struct ledger_entry *e)
{
	keep(k, e);
	assert_true(budget_fold(b, &k->at[k->n - 1]));
}

/* As the gate does it: an alarm once, and no opening. */
static enum rc weigh(struct budget *b, struct book *k, uint32_t account, struct limits limits, const struct opening *o, uint64_t *mark_r)
{
	struct weighed w = budget_weigh(b, account, limits, o, 1, k->now);
	*mark_r = w.mark;
	if (w.verdict.step != LADDER_GO) {
		bool stop = w.verdict.step == LADDER_STOP;
		struct ledger_entry e = { .kind = LEDGER_ALARM, .account = account, .route = str_of(ladder_word(w.verdict.why)), .note = stop ? STR(BUDGET_STOP_NOTE) : STR(BUDGET_PROOF_NOTE) };
		if (!w.told)
			add(b, k, &e);
		alarms += !w.told;
		stops += !w.told && stop;
		return stop ? RC_OVER_BUDGET : RC_STEP_UP;
	}
	if (budget_crowd(b, o, 1, k->now)) {
		struct ledger_entry e = { .kind = LEDGER_ALARM, .route = STR(BUDGET_CROWD_ROUTE), .note = STR(BUDGET_STOP_NOTE) };
		crowds++;
		add(b, k, &e);
	}
	return RC_OK;
}

/* One opening as the gate does it: price, weigh, append, fold. */
static enum rc open_one(struct budget *b, struct book *k, uint32_t account, struct limits limits, int64_t patient, enum explain explain)
{
	struct opening o = { .patient = patient, .tier = TIER_CLINICAL, .explain = explain };
	struct problem p;
	size_t which;
	uint64_t mark = 0;
	limits.unit = budget_unit(at_unit);
	enum rc rc = budget_price(b, account, limits, &o, 1, k->now, &which, &p);
	struct ledger_entry week = { .kind = LEDGER_MARK, .route = STR(BUDGET_LEARNT_ROUTE), .unit = at_unit };
	if (rc == RC_OK && budget_learns(b, limits, k->now, &week.about)) {
		add(b, k, &week);
		weeks++;
	}
	if (rc == RC_OK)
		rc = weigh(b, k, account, limits, &o, &mark);
	if (rc != RC_OK)
		return rc;
	struct ledger_patient lp = { patient, (unsigned char)o.explain, TIER_CLINICAL, o.draw };
	struct ledger_entry e = { .kind = LEDGER_RELEASE, .account = account, .reveals = REVEALS_ONE_PATIENT, .about = mark, .unit = at_unit, .patients = &lp, .n_patients = 1 };
	add(b, k, &e);
	return RC_OK;
}

static void give_grant(struct budget *b, struct book *k, uint32_t account, int64_t patient, enum explain why)
{
	struct ledger_patient lp = { patient, (unsigned char)why, 0, false };
	struct ledger_entry e = { .kind = LEDGER_INTENT, .account = account, .route = STR(BUDGET_GLASS_ROUTE), .patients = &lp, .n_patients = 1 };
	add(b, k, &e);
}

static void say(struct budget *b, struct book *k, uint32_t account, const char *note)
{
	struct ledger_entry e = { .kind = LEDGER_SESSION, .account = account, .note = str_of(note) };
	add(b, k, &e);
}

static void set_free(struct budget *b, struct book *k, uint32_t account, uint32_t by)
{
	struct ledger_entry e = { .kind = LEDGER_INTENT, .account = by, .route = STR(BUDGET_FREED_ROUTE), .about = account };
	add(b, k, &e);
}

static void the_opening_after_the_last_is_refused_and_one_seen_before_is_not(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	for (int i = 1; i <= 43; i++, k.now += 60000)
		assert_int_equal(open_one(b, &k, 1, nurse, i, EXPLAIN_UNIT), RC_OK);
	assert_int_equal(open_one(b, &k, 1, nurse, 54, EXPLAIN_UNIT), RC_STEP_UP);
	assert_int_equal(open_one(b, &k, 1, nurse, 54, EXPLAIN_UNIT), RC_STEP_UP);
	assert_int_equal(alarms, 1); /* told once */
	assert_int_equal(budget_standing(b, 1, k.now).due, LADDER_ALL);
	assert_int_equal(open_one(b, &k, 1, nurse, 7, EXPLAIN_UNIT), RC_OK); /* open already */
	assert_int_equal(open_one(b, &k, 2, nurse, 54, EXPLAIN_UNIT), RC_OK); /* another account */
	assert_int_equal(budget_opened(b, 1, k.now), 43);
	k.now += 23 * HOUR;
	assert_int_equal(open_one(b, &k, 1, nurse, 54, EXPLAIN_UNIT), RC_STEP_UP);
	k.now += 2 * HOUR;
	assert_int_equal(open_one(b, &k, 1, nurse, 54, EXPLAIN_UNIT), RC_STEP_UP); /* a night does not stand for a proof */
	say(b, &k, 1, BUDGET_PROVED_NOTE);
	assert_int_equal(open_one(b, &k, 1, nurse, 54, EXPLAIN_UNIT), RC_OK);
	book_done(&k);
	budget_free(&b);
}

static void a_window_is_never_shorter_than_a_day(void **state)
{
	(void)state;
	for (int64_t late = 0; late < HOUR; late += 7 * 60000) {
		struct budget *b = budget_new();
		struct book k = { .put = { put_entry }, .now = T0 - T0 % HOUR + late };
		struct limits nurse = authorise_limits(ROLE_NURSE);
		assert_int_equal(open_one(b, &k, 1, nurse, 1, EXPLAIN_UNIT), RC_OK);
		k.now += 24 * HOUR - 1;
		assert_int_equal(budget_opened(b, 1, k.now), 1);
		k.now += HOUR + 1;
		assert_int_equal(budget_opened(b, 1, k.now), 0);
		book_done(&k);
		budget_free(&b);
	}
}

static uint32_t draws(const struct book *k)
{
	uint32_t n = 0;
	for (size_t i = 0; i < k->n; i++)
		for (uint32_t p = 0; p < k->at[i].n_patients; p++)
			n += k->at[i].kind == LEDGER_RELEASE && k->at[i].patients[p].draw;
	return n;
}

/* Who works on the same list two days running does not look like a thief for it. */
static void an_explained_chart_counts_once_a_shift_and_lowers_evidence_then(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 - T0 % HOUR };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	struct meter m;
	for (int i = 1; i <= 3; i++) {
		give_grant(b, &k, 1, 100 + i, EXPLAIN_BREAK_GLASS);
		assert_int_equal(open_one(b, &k, 1, nurse, 100 + i, EXPLAIN_NONE), RC_OK);
	}
	assert_int_equal(open_one(b, &k, 1, nurse, 1, EXPLAIN_UNIT), RC_OK);
	budget_meter(b, 1, k.now, &m);
	int32_t evidence = m.ladder.evidence;
	assert_int_equal(draws(&k), 4);
	for (int i = 0; i < 100; i++) /* again and again in the same shift: nothing */
		assert_int_equal(open_one(b, &k, 1, nurse, 1, EXPLAIN_UNIT), RC_OK);
	k.now += 11 * HOUR;
	assert_int_equal(open_one(b, &k, 1, nurse, 1, EXPLAIN_UNIT), RC_OK);
	budget_meter(b, 1, k.now, &m);
	assert_int_equal(m.ladder.evidence, evidence);
	k.now += HOUR;
	assert_int_equal(open_one(b, &k, 1, nurse, 1, EXPLAIN_UNIT), RC_OK);
	budget_meter(b, 1, k.now, &m);
	assert_int_equal(m.ladder.evidence, evidence + ladder_scale(JOB_NURSE)->down);
	assert_int_equal(m.opened, 4); /* distinct patients: no more than before */
	assert_int_equal(draws(&k), 5);
	give_grant(b, &k, 1, 101, EXPLAIN_BREAK_GLASS); /* a stranger who is open is not met again: his evidence stands already */
	assert_int_equal(open_one(b, &k, 1, nurse, 101, EXPLAIN_NONE), RC_OK);
	assert_int_equal(open_one(b, &k, 1, nurse, 102, EXPLAIN_UNIT), RC_OK); /* nor does a fact that came since take him out of the count */
	budget_meter(b, 1, k.now, &m);
	assert_int_equal(m.unexplained, 3);
	assert_int_equal(draws(&k), 5);
	book_done(&k);
	budget_free(&b);
}

static void emergency_staff_have_budgets_of_their_own(void **state)
{
	(void)state;
	struct limits doctor = authorise_emergency(authorise_limits(ROLE_PHYSICIAN)), clerk = authorise_emergency(authorise_limits(ROLE_CLERK));
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	unsigned n = 0;
	assert_int_equal(doctor.job, JOB_EMERGENCY);
	assert_int_equal(doctor.all, 121);
	assert_int_equal(doctor.unexplained, 60);
	assert_int_equal(doctor.glass, 15); /* SECURITY 7.4 */
	assert_int_equal(clerk.job, JOB_CLERK);
	assert_int_equal(authorise_emergency(authorise_limits(ROLE_ADMIN)).all, 0);
	for (;; k.now += 240000, n++) {
		give_grant(b, &k, 1, 1 + n, EXPLAIN_BREAK_GLASS);
		if (open_one(b, &k, 1, doctor, 1 + n, EXPLAIN_NONE) != RC_OK)
			break;
	}
	assert_int_equal(n, 12); /* the thirteenth asks for a proof */
	book_done(&k);
	budget_free(&b);
}

static void a_units_week_is_learnt_from_the_ledger_and_survives_a_snapshot(void **state)
{
	(void)state;
	struct budget *b = budget_new(), *again = budget_new(), *after = budget_new();
	struct book k = { .put = { put_entry } };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	int64_t monday = T0 / (7 * 24 * HOUR) * (7 * 24 * HOUR);
	unsigned before = weeks;
	struct problem p;
	/* numbers of both signs stand in a snapshot */
	static const char *const UNITS[] = { "CARDIO", "PNEUMO", "URG", "CHIR", "GERIA", "NEURO" };
	for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
		at_unit = str_of(UNITS[i]);
		k.now = monday;
		assert_int_equal(open_one(b, &k, 100 + (uint32_t)i, nurse, 1, EXPLAIN_UNIT), RC_OK);
	}
	at_unit = STR("CARDIO");
	for (int day = 0; day < 8; day++) /* five nurses, eighteen charts each */
		for (uint32_t who = 1; who <= 5 && (day < 5 || day == 7); who++)
			for (int i = 0; i < 18; i++) {
				k.now = monday + (24 * day + 8) * HOUR + i * 20 * 60000 + who * 1000;
				assert_int_equal(open_one(b, &k, who, nurse, 100 * who + i, EXPLAIN_UNIT), RC_OK);
			}
	assert_int_equal(weeks - before, 1);
	assert_int_equal(budget_share(b, budget_unit(at_unit), JOB_NURSE), 1251);
	assert_int_equal(budget_share(b, budget_unit(at_unit), JOB_PHYSICIAN), 0);
	assert_int_equal(budget_share(b, budget_unit(STR("PNEUMO")), JOB_NURSE), 0);
	for (size_t i = 0; i < k.n; i++)
		assert_true(budget_fold(again, &k.at[i]));
	assert_true(budget_same(b, again, k.now));
	size_t first = k.n;
	for (size_t i = 0; i < budget_accounts(b); i++)
		assert_int_equal(budget_snapshot(b, i, k.now, &k.put, &p), RC_OK);
	assert_int_equal(budget_snapshot_house(b, &k.put, &p), RC_OK);
	for (size_t i = first; i < k.n; i++)
		assert_true(budget_fold(after, &k.at[i]));
	assert_true(budget_same(b, after, k.now));
	/* a nurse of this unit, who never came before, may open 54 before a proof is asked for: 43 × 1.251 */
	unsigned n = 0;
	for (k.now += HOUR; open_one(b, &k, 9, nurse, 5000 + n, EXPLAIN_UNIT) == RC_OK; k.now += 60000)
		n++;
	assert_int_equal(n, 54);
	at_unit = STR_NONE;
	book_done(&k);
	budget_free(&b);
	budget_free(&again);
	budget_free(&after);
}

/* A nurse's account opens strangers with a reason each, until it is stopped: the 7th asks for a proof, which gives fifteen more; then the stop. */
static unsigned run_until_stopped(struct budget *b, struct book *k, uint32_t account, int64_t from)
{
	struct limits nurse = authorise_limits(ROLE_NURSE);
	unsigned n = 0;
	for (;;) {
		give_grant(b, k, account, from + n, EXPLAIN_BREAK_GLASS);
		enum rc rc = open_one(b, k, account, nurse, from + n, EXPLAIN_NONE);
		if (rc == RC_OVER_BUDGET)
			return n;
		if (rc == RC_STEP_UP)
			say(b, k, account, BUDGET_PROVED_NOTE);
		else
			n++;
		k->now += 240000;
	}
}

static void who_is_stopped_keeps_what_was_open_for_a_quarter_of_an_hour_and_emergencies(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	struct problem p;
	assert_int_equal(open_one(b, &k, 1, nurse, 500, EXPLAIN_UNIT), RC_OK);
	assert_int_equal(run_until_stopped(b, &k, 1, 1), 24); /* padded by one explained: the day's stop, not the evidence, comes first */
	assert_int_equal(open_one(b, &k, 1, nurse, 500, EXPLAIN_UNIT), RC_OK);
	assert_int_equal(open_one(b, &k, 1, nurse, 3, EXPLAIN_NONE), RC_OK);
	assert_int_equal(open_one(b, &k, 1, nurse, 501, EXPLAIN_UNIT), RC_OVER_BUDGET); /* of the own unit, but not open */
	assert_int_equal(budget_glass(b, 1, false, LIMIT_GLASS, k.now, &p), RC_OVER_BUDGET);
	assert_int_equal(p.why, WHY_STOPPED_ACCOUNT);
	say(b, &k, 1, BUDGET_PROVED_NOTE); /* a code frees nobody */
	assert_int_equal(open_one(b, &k, 1, nurse, 501, EXPLAIN_UNIT), RC_OVER_BUDGET);
	k.now += LADDER_GRACE_MS;
	assert_int_equal(open_one(b, &k, 1, nurse, 500, EXPLAIN_UNIT), RC_OVER_BUDGET);
	for (int i = 0; i < LIMIT_GLASS; i++) {
		assert_int_equal(budget_glass(b, 1, true, LIMIT_GLASS, k.now, &p), RC_OK);
		give_grant(b, &k, 1, 600 + i, EXPLAIN_EMERGENCY);
		assert_int_equal(open_one(b, &k, 1, nurse, 600 + i, EXPLAIN_NONE), RC_OK);
	}
	assert_int_equal(budget_glass(b, 1, true, LIMIT_GLASS, k.now, &p), RC_OVER_BUDGET);
	assert_int_equal(p.why, WHY_OVER_GLASS);
	for (int i = LIMIT_GLASS; i < LIMIT_COSIGNED; i++) { /* a colleague signs too */
		assert_int_equal(budget_glass(b, 1, true, LIMIT_COSIGNED, k.now, &p), RC_OK);
		give_grant(b, &k, 1, 600 + i, EXPLAIN_EMERGENCY);
	}
	assert_int_equal(budget_glass(b, 1, true, LIMIT_COSIGNED, k.now, &p), RC_OVER_BUDGET);
	/* nobody frees himself; a second person does, and what was counted stays counted */
	set_free(b, &k, 1, 1);
	assert_int_equal(open_one(b, &k, 1, nurse, 500, EXPLAIN_UNIT), RC_OVER_BUDGET);
	set_free(b, &k, 1, 2);
	assert_int_equal(open_one(b, &k, 1, nurse, 500, EXPLAIN_UNIT), RC_OK);
	assert_int_equal(open_one(b, &k, 1, nurse, 501, EXPLAIN_UNIT), RC_OK);
	unsigned before = stops;
	assert_int_equal(run_until_stopped(b, &k, 1, 700), LADDER_GRANT);
	assert_int_equal(stops, before + 1);
	book_done(&k);
	budget_free(&b);
}

static void an_emergency_is_neither_counted_as_unexplained_nor_lets_anything_out_of_the_count(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	for (int i = 1; i <= 20; i++, k.now += 240000) { /* more than the evidence of a nurse would bear */
		give_grant(b, &k, 1, i, EXPLAIN_EMERGENCY);
		assert_int_equal(open_one(b, &k, 1, nurse, i, EXPLAIN_NONE), RC_OK);
	}
	assert_int_equal(budget_opened(b, 1, k.now), 20);
	k.now += GLASS_MS; /* the emergencies are over: the same patients for another reason count as anybody's */
	for (int i = 1; i <= 7; i++, k.now += 240000) {
		give_grant(b, &k, 1, i, EXPLAIN_BREAK_GLASS);
		assert_int_equal(open_one(b, &k, 1, nurse, i, EXPLAIN_NONE), i < 7 ? RC_OK : RC_STEP_UP);
	}
	book_done(&k);
	budget_free(&b);
}

static void a_plan_blanc_widens_emergencies_for_twelve_hours_or_until_it_ends(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct ledger_entry sign = { .kind = LEDGER_INTENT, .account = 9, .route = STR(BUDGET_PLAN_ROUTE) }, end = { .kind = LEDGER_INTENT, .account = 8, .route = STR(BUDGET_PLAN_END_ROUTE) };
	struct problem p;
	int64_t n = 0;
	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < LIMIT_GLASS; i++)
			give_grant(b, &k, 1, ++n, EXPLAIN_EMERGENCY);
		assert_int_equal(budget_glass(b, 1, true, LIMIT_GLASS, k.now, &p), RC_OVER_BUDGET);
		add(b, &k, &sign);
		for (unsigned i = LIMIT_GLASS; i < PLAN_TIMES * LIMIT_GLASS; i++) {
			assert_int_equal(budget_glass(b, 1, true, LIMIT_GLASS, k.now, &p), RC_OK);
			give_grant(b, &k, 1, ++n, EXPLAIN_EMERGENCY);
		}
		assert_int_equal(budget_glass(b, 1, true, LIMIT_GLASS, k.now, &p), RC_OVER_BUDGET);
		/* what is known of it outlives the vault */
		struct problem q;
		size_t from = k.n;
		assert_int_equal(budget_snapshot_house(b, &k.put, &q), RC_OK);
		struct budget *again = budget_new();
		for (size_t i = from; i < k.n; i++)
			assert_true(budget_fold(again, &k.at[i]));
		assert_int_equal(budget_plan(again), k.now + PLAN_MS);
		budget_free(&again);
		if (round == 0)
			k.now += PLAN_MS; /* over by itself, and the shift too */
		else
			add(b, &k, &end);
		assert_true(budget_plan(b) <= k.now);
	}
	assert_int_equal(budget_glass(b, 1, true, LIMIT_GLASS, k.now, &p), RC_OVER_BUDGET);
	/* a signature that the writer refused widens nothing */
	struct ledger_entry refused = { .kind = LEDGER_OUTCOME, .account = 9, .rc = RC_CONFLICT, .route = STR(BUDGET_PLAN_ROUTE) };
	add(b, &k, &sign);
	assert_true(budget_plan(b) > k.now);
	add(b, &k, &refused);
	assert_int_equal(budget_plan(b), 0);
	book_done(&k);
	budget_free(&b);
}

static void failed_proofs_are_counted_until_one_is_right_or_somebody_signs_in(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	for (unsigned i = 1; i <= 3; i++) {
		say(b, &k, 1, BUDGET_UNPROVED_NOTE);
		assert_int_equal(budget_standing(b, 1, k.now).wrong, i);
	}
	say(b, &k, 1, BUDGET_SIGN_IN_NOTE);
	assert_int_equal(budget_standing(b, 1, k.now).wrong, 0);
	say(b, &k, 2, BUDGET_SIGN_IN_NOTE);
	assert_int_equal(budget_accounts(b), 1); /* who only signs in needs no counter */
	book_done(&k);
	budget_free(&b);
}

static void without_explanation_nothing_opens_but_by_a_live_grant(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	assert_int_equal(open_one(b, &k, 1, nurse, 5, EXPLAIN_NONE), RC_DENIED);
	give_grant(b, &k, 1, 5, EXPLAIN_BREAK_GLASS);
	assert_int_equal(open_one(b, &k, 1, nurse, 5, EXPLAIN_NONE), RC_OK);
	assert_int_equal(open_one(b, &k, 1, nurse, 6, EXPLAIN_NONE), RC_DENIED);
	assert_int_equal(open_one(b, &k, 2, nurse, 5, EXPLAIN_NONE), RC_DENIED);
	k.now += GLASS_MS;
	assert_int_equal(open_one(b, &k, 1, nurse, 5, EXPLAIN_NONE), RC_DENIED);
	book_done(&k);
	budget_free(&b);
}

static void an_explained_chart_opened_without_a_link_counts_apart(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	for (int i = 1; i <= 8; i++, k.now += 240000)
		assert_int_equal(open_one(b, &k, 1, nurse, i, EXPLAIN_UNIT), RC_OK);
	for (int i = 1; i <= 7; i++, k.now += 240000) {
		give_grant(b, &k, 1, i, EXPLAIN_BREAK_GLASS);
		assert_int_equal(open_one(b, &k, 1, nurse, i, EXPLAIN_NONE), i < 7 ? RC_OK : RC_STEP_UP);
	}
	assert_int_equal(budget_opened(b, 1, k.now), 8);
	book_done(&k);
	budget_free(&b);
}

static void facts_one_made_oneself_explain_five_a_day(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	for (int i = 1; i <= 5; i++)
		assert_int_equal(open_one(b, &k, 1, nurse, i, EXPLAIN_SELF_MADE), RC_OK);
	assert_int_equal(open_one(b, &k, 1, nurse, 6, EXPLAIN_SELF_MADE), RC_DENIED);
	assert_int_equal(open_one(b, &k, 1, nurse, 3, EXPLAIN_SELF_MADE), RC_OK);
	/* many in one answer do not slip through together */
	struct opening o[6];
	struct problem p;
	size_t which;
	for (int i = 0; i < 6; i++)
		o[i] = (struct opening){ .patient = 100 + i, .tier = TIER_CLINICAL, .explain = EXPLAIN_SELF_MADE };
	assert_int_equal(budget_price(b, 9, nurse, o, 6, k.now, &which, &p), RC_DENIED);
	assert_int_equal(which, 5);
	book_done(&k);
	budget_free(&b);
}

static void a_joined_record_counts_as_each_of_its_parts_and_one_reason_opens_them(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	struct opening o[3] = { { .patient = 1, .kept = 1, .tier = TIER_CLINICAL, .explain = EXPLAIN_UNIT }, { .patient = 2, .kept = 1, .tier = TIER_CLINICAL, .explain = EXPLAIN_UNIT },
		{ .patient = 3, .kept = 1, .tier = TIER_CLINICAL, .explain = EXPLAIN_NONE } };
	struct problem p;
	size_t which;
	assert_int_equal(budget_price(b, 1, nurse, o, 2, k.now, &which, &p), RC_OK);
	assert_true(o[0].draw && o[1].draw);
	assert_int_equal(budget_price(b, 1, nurse, o, 3, k.now, &which, &p), RC_DENIED);
	assert_int_equal(which, 2);
	give_grant(b, &k, 1, 1, EXPLAIN_BREAK_GLASS); /* of the record that is kept */
	o[2].explain = EXPLAIN_NONE;
	assert_int_equal(budget_price(b, 1, nurse, o, 3, k.now, &which, &p), RC_OK);
	assert_true(o[2].draw && o[2].explain == EXPLAIN_BREAK_GLASS);
	assert_int_equal(o[1].explain, EXPLAIN_UNIT);
	o[2].kept = 3; /* of somebody else the reason opens nothing */
	o[2].explain = EXPLAIN_NONE;
	assert_int_equal(budget_price(b, 1, nurse, o, 3, k.now, &which, &p), RC_DENIED);
	book_done(&k);
	budget_free(&b);
}

static void who_was_open_for_a_fact_in_this_shift_takes_none_of_the_five(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct limits nurse = authorise_limits(ROLE_NURSE);
	assert_int_equal(open_one(b, &k, 1, nurse, 50, EXPLAIN_REVIEW), RC_OK);
	for (int i = 1; i <= 5; i++)
		assert_int_equal(open_one(b, &k, 1, nurse, i, EXPLAIN_SELF_MADE), RC_OK);
	assert_int_equal(open_one(b, &k, 1, nurse, 50, EXPLAIN_SELF_MADE), RC_OK);
	assert_int_equal(open_one(b, &k, 1, nurse, 6, EXPLAIN_SELF_MADE), RC_DENIED);
	k.now += 13 * HOUR;
	assert_int_equal(open_one(b, &k, 1, nurse, 50, EXPLAIN_SELF_MADE), RC_DENIED); /* the next shift's look is self-made */
	book_done(&k);
	budget_free(&b);
}

static void a_price_is_no_charge(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct limits nurse = authorise_limits(ROLE_NURSE);
	struct opening o[60];
	struct problem p;
	size_t which;
	for (int i = 0; i < 60; i++)
		o[i] = (struct opening){ .patient = 10 + i, .tier = TIER_CLINICAL, .explain = EXPLAIN_UNIT };
	assert_int_equal(budget_price(b, 1, nurse, o, 60, T0, &which, &p), RC_OK);
	assert_int_equal(budget_weigh(b, 1, nurse, o, 60, T0).verdict.step, LADDER_PROVE); /* all of one answer together */
	assert_int_equal(budget_weigh(b, 1, nurse, o, 43, T0).verdict.step, LADDER_GO);
	assert_int_equal(budget_opened(b, 1, T0), 0);
	assert_int_equal(budget_price(b, 1, authorise_limits(ROLE_ADMIN), o, 1, T0, &which, &p), RC_OVER_BUDGET);
	budget_free(&b);
}

static void sixty_searches_an_hour(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct problem p;
	struct ledger_entry e = { .kind = LEDGER_RELEASE, .account = 1, .reveals = REVEALS_MASKED, .note = STR(BUDGET_SEARCH_NOTE) };
	for (int i = 0; i < 60; i++) {
		assert_int_equal(budget_search(b, 1, k.now, &p), RC_OK);
		keep(&k, &e);
		assert_true(budget_fold(b, &k.at[k.n - 1]));
		k.now += 10000;
	}
	assert_int_equal(budget_search(b, 1, k.now, &p), RC_OVER_BUDGET);
	k.now = T0 + HOUR - 1;
	assert_int_equal(budget_search(b, 1, k.now, &p), RC_OVER_BUDGET);
	k.now = T0 + HOUR + 120000;
	assert_int_equal(budget_search(b, 1, k.now, &p), RC_OK);
	book_done(&k);
	budget_free(&b);
}

static void a_reviewer_may_reload_a_masked_list_as_often_as_he_likes(void **state)
{
	(void)state;
	struct budget *b = budget_new();
	struct book k = { .put = { put_entry }, .now = T0 };
	struct problem p;
	struct ledger_entry e = { .kind = LEDGER_RELEASE, .account = 1, .reveals = REVEALS_MASKED, .route = STR("/review") };
	for (int i = 0; i < 200; i++) {
		keep(&k, &e);
		assert_true(budget_fold(b, &k.at[i]));
	}
	assert_int_equal(budget_search(b, 1, k.now, &p), RC_OK);
	book_done(&k);
	budget_free(&b);
}

/* What a start does: fold from the first entry of the last whole snapshot group. */
static struct budget *refold(const struct book *k, size_t from)
{
	struct budget *b = budget_new();
	for (size_t i = from; i < k->n; i++)
		assert_true(budget_fold(b, &k->at[i]));
	return b;
}

static void folding_from_any_snapshot_gives_the_live_counters(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct stream r = stream_of(seed, 1);
		struct budget *b = budget_new();
		struct book k = { .put = { put_entry }, .now = T0 };
		size_t snapshot = 0, restarts = 0;
		at_unit = STR("CARDIO");
		struct limits limits = authorise_limits(ROLE_NURSE);
		for (int step = 0; step < 1500; step++) {
			uint32_t account = 1 + stream_below(&r, 6), dice = stream_below(&r, 100);
			static const enum explain KIND[] = { EXPLAIN_UNIT, EXPLAIN_AUTHOR, EXPLAIN_SELF_MADE, EXPLAIN_NONE };
			struct problem p;
			k.now += stream_below(&r, 400000);
			if (dice < 80) {
				enum rc rc = open_one(b, &k, account, limits, 1 + stream_below(&r, 90), KIND[stream_below(&r, 4)]);
				assert_true(rc == RC_OK || rc == RC_DENIED || rc == RC_OVER_BUDGET || rc == RC_STEP_UP);
				if (rc == RC_STEP_UP && stream_below(&r, 4))
					say(b, &k, account, stream_below(&r, 3) ? BUDGET_PROVED_NOTE : BUDGET_UNPROVED_NOTE);
				if (rc == RC_OVER_BUDGET && stream_below(&r, 8) == 0)
					set_free(b, &k, account, 1 + account % 6);
			} else if (dice < 84) {
				bool emergency = stream_below(&r, 2);
				if (budget_glass(b, account, emergency, LIMIT_GLASS, k.now, &p) == RC_OK)
					give_grant(b, &k, account, 1 + stream_below(&r, 90), emergency ? EXPLAIN_EMERGENCY : EXPLAIN_BREAK_GLASS);
			} else if (dice < 96 && budget_search(b, account, k.now, &p) == RC_OK) {
				struct ledger_entry e = { .kind = LEDGER_RELEASE, .account = account, .reveals = REVEALS_MASKED, .note = STR(BUDGET_SEARCH_NOTE) };
				keep(&k, &e);
				assert_true(budget_fold(b, &k.at[k.n - 1]));
			} else if (dice >= 99) {
				size_t first = k.n;
				for (size_t i = 0, of = budget_accounts(b); i < of; i++) {
					assert_int_equal(budget_snapshot(b, i, k.now, &k.put, &p), RC_OK);
					if (stream_below(&r, 3) == 0) /* others go on between the identities */
						(void)open_one(b, &k, 1 + stream_below(&r, 6), limits, 1 + stream_below(&r, 90), EXPLAIN_UNIT);
				}
				assert_int_equal(budget_snapshot_house(b, &k.put, &p), RC_OK);
				snapshot = first;
			}
			for (unsigned i = 0; step % 400 == 399 && i < 18; i++) { /* all of them at once: an alarm of the house */
				int64_t patient = 100 + stream_below(&r, 900);
				give_grant(b, &k, 1 + i % 6, patient, EXPLAIN_BREAK_GLASS);
				(void)open_one(b, &k, 1 + i % 6, limits, patient, EXPLAIN_NONE);
			}
			if (stream_below(&r, 50) == 0) { /* a crash: what is live is lost, the entries are not */
				struct budget *again = refold(&k, snapshot);
				if (!budget_same(b, again, k.now))
					fail_msg("seed %d step %d: the fold differs", (int)seed, step);
				budget_free(&b);
				b = again;
				restarts++;
			}
		}
		assert_true(restarts > 0);
		at_unit = STR_NONE;
		assert_true(seed < 40 || (alarms > 0 && crowds > 0 && stops > 0 && weeks > 1)); /* each seed in turn: some of both were folded */
		book_done(&k);
		budget_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_explanation_nothing_opens_but_by_a_live_grant),
		cmocka_unit_test(the_opening_after_the_last_is_refused_and_one_seen_before_is_not),
		cmocka_unit_test(a_window_is_never_shorter_than_a_day),
		cmocka_unit_test(an_explained_chart_counts_once_a_shift_and_lowers_evidence_then),
		cmocka_unit_test(emergency_staff_have_budgets_of_their_own),
		cmocka_unit_test(a_units_week_is_learnt_from_the_ledger_and_survives_a_snapshot),
		cmocka_unit_test(an_explained_chart_opened_without_a_link_counts_apart), cmocka_unit_test(who_is_stopped_keeps_what_was_open_for_a_quarter_of_an_hour_and_emergencies),
		cmocka_unit_test(an_emergency_is_neither_counted_as_unexplained_nor_lets_anything_out_of_the_count), cmocka_unit_test(a_plan_blanc_widens_emergencies_for_twelve_hours_or_until_it_ends),
		cmocka_unit_test(failed_proofs_are_counted_until_one_is_right_or_somebody_signs_in),
		cmocka_unit_test(facts_one_made_oneself_explain_five_a_day),
		cmocka_unit_test(a_joined_record_counts_as_each_of_its_parts_and_one_reason_opens_them),
		cmocka_unit_test(who_was_open_for_a_fact_in_this_shift_takes_none_of_the_five),
		cmocka_unit_test(a_price_is_no_charge),
		cmocka_unit_test(sixty_searches_an_hour), cmocka_unit_test(a_reviewer_may_reload_a_masked_list_as_often_as_he_likes),
		cmocka_unit_test(folding_from_any_snapshot_gives_the_live_counters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
