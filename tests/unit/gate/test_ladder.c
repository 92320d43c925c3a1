/* SPDX-License-Identifier: Apache-2.0 */
/* test_ladder.c: where the alarms stand (SECURITY 7.3), what a proof and a second person give, and that time and order of calls buy nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gate/ladder.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

struct who { struct ladder l; const struct ladder_scale *s; uint32_t all, apart; int64_t now; };
static struct who who_of(enum ladder_job job) { return (struct who){ .s = ladder_scale(job), .now = 100 * DAY }; }

static struct ladder_verdict one(struct who *w, bool unexplained)
{
	struct ladder_call c;
	ladder_begin(&c, &w->l, w->s, w->all, w->apart, w->now);
	ladder_open(&c, unexplained, true);
	if (c.verdict.step == LADDER_GO) {
		ladder_went(&w->l, c.l.evidence, c.l.granted, unexplained, c.drawn, w->now);
		w->all++;
		w->apart += unexplained;
	}
	w->now += 4 * MINUTE;
	return c.verdict;
}

static unsigned until(struct who *w, bool unexplained, struct ladder_verdict *v)
{
	unsigned n = 0;
	while ((*v = one(w, unexplained)).step == LADDER_GO)
		n++;
	return n;
}

/* "Alarm at unexplained record 7 (nurse), 7 (physician), 9 (lab), 11 (clerk), 13 (ED), 17 (coder); the draw that trips it is not released." */
static void the_alarm_is_given_where_the_published_table_has_it(void **state)
{
	static const struct { enum ladder_job job; unsigned at; } ROWS[] = { { JOB_NURSE, 7 }, { JOB_PHYSICIAN, 7 }, { JOB_LABORATORY, 9 }, { JOB_CLERK, 11 }, { JOB_EMERGENCY, 13 }, { JOB_CODER, 17 } };
	(void)state;
	for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
		struct who w = who_of(ROWS[i].job);
		struct ladder_verdict v;
		assert_int_equal(until(&w, true, &v), ROWS[i].at - 1);
		assert_int_equal(v.step, LADDER_PROVE);
		assert_int_equal(v.why, LADDER_EVIDENCE);
	}
}

static void a_proof_gives_fifteen_more_and_the_second_alarm_stops(void **state)
{
	(void)state;
	struct who w = who_of(JOB_PHYSICIAN);
	struct ladder_verdict v;
	assert_int_equal(until(&w, true, &v), 6);
	ladder_asked(&w.l, v.why);
	assert_int_equal(one(&w, false).step, LADDER_PROVE); /* nothing more before it is given */
	ladder_proved(&w.l, w.now);
	assert_int_equal(until(&w, true, &v), 15 + 6);
	assert_int_equal(v.step, LADDER_STOP);
	assert_int_equal(v.why, LADDER_EVIDENCE);
	/* a day later an alarm is the first again */
	w.now += DAY;
	w.all = w.apart = 0;
	v = one(&w, true);
	assert_int_equal(v.step, LADDER_PROVE);
}

static void explained_work_takes_evidence_away_but_no_budget(void **state)
{
	(void)state;
	struct who w = who_of(JOB_NURSE);
	struct ladder_verdict v = { LADDER_GO, LADDER_NONE };
	unsigned unexplained = 0;
	while (v.step == LADDER_GO) { /* one explained for each unexplained: evidence never grows */
		if ((v = one(&w, true)).step == LADDER_GO) {
			unexplained++;
			v = one(&w, false);
		}
		assert_true(w.l.evidence < LADDER_ALARM);
	}
	assert_int_equal(v.step, LADDER_PROVE);
	assert_int_equal(v.why, LADDER_APART);
	assert_int_equal(unexplained, w.s->apart_step);
	ladder_asked(&w.l, v.why);
	ladder_proved(&w.l, w.now);
	for (v.step = LADDER_GO; v.step == LADDER_GO;) {
		v = one(&w, true);
		unexplained += v.step == LADDER_GO;
	}
	assert_int_equal(v.step, LADDER_STOP);
	assert_int_equal(unexplained, w.s->apart_stop);
}

static void much_explained_work_is_asked_for_proofs_before_it_is_stopped(void **state)
{
	(void)state;
	struct who w = who_of(JOB_NURSE);
	struct ladder_verdict v;
	assert_int_equal(until(&w, false, &v), w.s->all_step);
	for (int proof = 0; proof < 2; proof++) {
		assert_int_equal(v.step, LADDER_PROVE);
		assert_int_equal(v.why, LADDER_ALL);
		ladder_asked(&w.l, v.why);
		ladder_proved(&w.l, w.now);
		(void)until(&w, false, &v);
	}
	assert_int_equal(w.all, w.s->all_stop + w.s->all_stop / 2);
	assert_int_equal(v.step, LADDER_STOP);
	assert_int_equal(v.why, LADDER_ALL);
}

static void thirty_days_of_a_few_a_day_are_stopped(void **state)
{
	(void)state;
	struct who w = who_of(JOB_NURSE);
	struct ladder_verdict v = { LADDER_GO, LADDER_NONE };
	unsigned days = 0;
	for (; v.step == LADDER_GO && days < 60; days++) {
		int64_t day = w.now;
		w.all = w.apart = 0;
		for (int i = 0; i < 5 && v.step == LADDER_GO; i++) {
			v = one(&w, true);
			for (int k = 0; k < 2 && v.step == LADDER_GO; k++)
				v = one(&w, false);
		}
		w.now = day + DAY;
	}
	assert_int_equal(v.why, LADDER_MONTH);
	assert_int_equal(days, 94 / 5 + 1);
	w.l.stopped = 0;
	w.now += 30 * DAY;
	assert_int_equal(ladder_month(&w.l, w.now), 0);
}

/* At a chart a second: until a proof is asked for or the stop. */
static unsigned race(struct who *w, struct ladder_verdict *v)
{
	unsigned n = 0;
	for (v->step = LADDER_GO; v->step == LADDER_GO; w->now -= 4 * MINUTE - 1000)
		n += (*v = one(w, false)).step == LADDER_GO;
	return n;
}

static void nobody_opens_a_chart_every_second(void **state)
{
	(void)state;
	struct who w = who_of(JOB_CODER);
	struct ladder_verdict v;
	assert_int_equal(race(&w, &v), LADDER_RHYTHM);
	assert_int_equal(v.step, LADDER_PROVE);
	assert_int_equal(v.why, LADDER_RHYTHM_WHY);
	ladder_asked(&w.l, v.why);
	ladder_proved(&w.l, w.now);
	assert_int_equal(race(&w, &v), LADDER_RHYTHM); /* a proof lets work go on; the same again is the stop */
	assert_int_equal(v.step, LADDER_STOP);
	assert_int_equal(v.why, LADDER_RHYTHM_WHY);
}

/* Days of so many explained and unexplained openings, none of which asks for anything. */
static void live(struct who *w, unsigned days, unsigned explained, unsigned unexplained)
{
	for (unsigned d = 0; d < days; d++) {
		int64_t day = w->now;
		w->all = w->apart = 0;
		for (unsigned i = 0; i < explained + unexplained; i++)
			assert_int_equal(one(w, i % (explained / (unexplained + 1) + 1) == explained / (unexplained + 1) && w->apart < unexplained).step, LADDER_GO);
		w->now = day + DAY;
	}
	w->all = w->apart = 0;
}

static void budgets_follow_the_person_from_the_twentieth_shift_on_and_never_far(void **state)
{
	(void)state;
	const struct ladder_scale *nurse = ladder_scale(JOB_NURSE);
	struct who w = who_of(JOB_NURSE);
	live(&w, 20, 24, 0);
	struct ladder_scale own = ladder_own(nurse, &w.l); /* the twentieth day is not over yet */
	assert_int_equal(own.all_step, nurse->all_step);
	live(&w, 1, 24, 0);
	own = ladder_own(nurse, &w.l);
	assert_int_equal(own.all_step, 65); /* (20 × 24 + 20 × 12) / 40 = 18 a day: one and a half times the job's 43 */
	assert_int_equal(own.all_stop, 80);
	assert_int_equal(own.apart_step, 12); /* none of it unexplained: three quarters of the job's, not less */
	assert_int_equal(own.apart_month, nurse->apart_month);
	live(&w, 60, 40, 0);
	own = ladder_own(nurse, &w.l);
	assert_int_equal(own.all_step, 65); /* however much more */
	struct ladder_verdict v;
	w.now += DAY;
	assert_int_equal(until(&w, false, &v), 65);
	assert_int_equal(v.why, LADDER_ALL);
	/* a quiet year counts more than a loud month before it */
	live(&w, 0, 0, 0);
	ladder_asked(&w.l, v.why);
	ladder_proved(&w.l, w.now);
	live(&w, 300, 4, 0);
	own = ladder_own(nurse, &w.l);
	assert_int_equal(own.all_step, 33); /* three quarters */
	assert_true(w.l.shifts < LADDER_SHIFTS);
}

static void the_budget_of_all_follows_the_units_weeks_and_no_other_does(void **state)
{
	(void)state;
	static const struct ladder fresh;
	const struct ladder_scale *nurse = ladder_scale(JOB_NURSE);
	struct ladder_volume v = { 0 };
	int64_t monday = 700 * DAY;
	uint32_t share = 0;
	for (int i = 0; i < 25; i++)
		ladder_volume_went(&v, 18, true, monday + i % 5 * DAY);
	assert_false(ladder_volume_due(&v, nurse, monday + 7 * DAY - 1, &share));
	assert_true(ladder_volume_due(&v, nurse, monday + 7 * DAY, &share));
	assert_int_equal(share, 1277); /* (25 × 18 + 20 × 12) / 45 = 15.33 a day, of 12 */
	ladder_volume_learnt(&v, share, monday + 7 * DAY);
	assert_false(ladder_volume_due(&v, nurse, monday + 13 * DAY, &share));
	struct ladder_scale s = *nurse;
	s.unit = v.share;
	struct ladder_scale own = ladder_own(&s, &fresh); /* from the first day on, of whom nothing is known yet */
	assert_int_equal(own.all_step, 55);
	assert_int_equal(own.apart_step, nurse->apart_step);
	assert_int_equal(own.apart_stop, nurse->apart_stop);
	assert_int_equal(own.apart_month, nurse->apart_month);
	for (int week = 1; week < 9; week++) { /* however much more, never further than half as much again */
		for (int i = 0; i < 50; i++)
			ladder_volume_went(&v, 90, true, monday + (7 * week + i % 7) * DAY);
		assert_true(ladder_volume_due(&v, nurse, monday + 7 * (week + 1) * DAY, &share));
		ladder_volume_learnt(&v, share, monday + 7 * (week + 1) * DAY);
	}
	assert_int_equal(v.share, LADDER_OWN_MOST);
	/* who was learnt is drawn towards the unit's mean, not the job's */
	struct who w = who_of(JOB_NURSE);
	live(&w, 21, 12, 0);
	s.unit = 1500;
	assert_int_equal(ladder_own(nurse, &w.l).all_step, 43);
	assert_int_equal(ladder_own(&s, &w.l).all_step, 54); /* (20 × 12 + 20 × 18) / 40 = 15 */
}

static void a_week_of_few_shifts_waits_for_more(void **state)
{
	(void)state;
	struct ladder_volume v = { 0 };
	uint32_t share = 0;
	for (int i = 0; i < 19; i++)
		ladder_volume_went(&v, 30, true, 700 * DAY);
	assert_false(ladder_volume_due(&v, ladder_scale(JOB_NURSE), 720 * DAY, &share));
	ladder_volume_went(&v, 30, true, 720 * DAY);
	ladder_volume_went(&v, 30, false, 720 * DAY); /* the same shift */
	assert_true(ladder_volume_due(&v, ladder_scale(JOB_NURSE), 720 * DAY, &share));
}

static void days_of_a_stopped_account_teach_nothing(void **state)
{
	(void)state;
	struct who w = who_of(JOB_NURSE);
	live(&w, 5, 10, 0);
	w.now += DAY;
	ladder_roll(&w.l, w.now);
	assert_int_equal(w.l.shifts, 5);
	assert_int_equal(one(&w, false).step, LADDER_GO);
	ladder_stopped(&w.l, LADDER_EVIDENCE, w.now);
	w.now += DAY;
	ladder_roll(&w.l, w.now);
	assert_int_equal(w.l.shifts, 5);
	assert_int_equal(w.l.today_all, 0);
}

static void a_proof_that_nobody_asked_for_gives_nothing(void **state)
{
	(void)state;
	struct who w = who_of(JOB_NURSE);
	struct ladder_verdict v;
	(void)one(&w, true);
	ladder_proved(&w.l, w.now);
	ladder_freed(&w.l, w.now);
	assert_int_equal(w.l.granted, 0);
	assert_int_equal(until(&w, true, &v), 5);
	assert_int_equal(v.step, LADDER_PROVE);
}

static void who_was_freed_has_a_little_room_and_meets_the_stop_again(void **state)
{
	(void)state;
	struct who w = who_of(JOB_NURSE);
	struct ladder_verdict v;
	w.apart = w.all = w.s->apart_stop;
	v = one(&w, true);
	assert_int_equal(v.step, LADDER_STOP);
	ladder_stopped(&w.l, v.why, w.now);
	ladder_freed(&w.l, w.now);
	assert_int_equal(until(&w, true, &v), LADDER_GRANT);
	assert_int_equal(v.step, LADDER_STOP);
}

static void words_and_numbers_are_the_same(void **state)
{
	(void)state;
	for (int i = 1; i < LADDER_WHYS; i++)
		assert_int_equal(ladder_of_word(str_of(ladder_word((enum ladder_why)i))), i);
	assert_int_equal(ladder_of_word(STR("evidence")), LADDER_NONE);
}

static void a_ladder_comes_back_from_its_text(void **state)
{
	(void)state;
	struct who w = who_of(JOB_EMERGENCY);
	struct ladder back;
	char text[2][LADDER_TEXT];
	for (int i = 0; i < 60; i++) {
		struct ladder_verdict v = one(&w, i % 3 == 0);
		if (v.step == LADDER_PROVE) {
			ladder_asked(&w.l, v.why);
			ladder_proved(&w.l, w.now);
		}
		if (i % 9 == 8)
			ladder_failed(&w.l);
		w.now -= i % 2 ? 4 * MINUTE - 3000 : 0;
		if (i == 40)
			ladder_stopped(&w.l, LADDER_MONTH, w.now - 5);
		if (i == 50)
			w.now += DAY;
		struct buf x = { .p = text[0], .cap = LADDER_TEXT, .max = LADDER_TEXT }, y = { .p = text[1], .cap = LADDER_TEXT, .max = LADDER_TEXT };
		ladder_put(&w.l, w.now, &x);
		assert_false(x.failed);
		assert_true(ladder_get(&back, w.now, buf_view(&x)));
		ladder_put(&back, w.now + 7, &y);
		assert_true(ladder_get(&back, w.now + 7, buf_view(&y)));
		y.n = 0;
		ladder_put(&back, w.now, &y);
		assert_true(str_is(buf_view(&x), buf_view(&y)));
	}
	/* a text of before people were learnt */
	assert_true(ladder_get(&back, 1000, STR("1504,3,1,0,0,1,101,0,20,7,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,11,10")));
	assert_true(back.evidence == 1504 && back.stopped == 1 && back.proved_ms == 900 && back.today == 20 && back.day[0] == 7 && back.shifts == 0 && back.calls == 2 && back.call[1] == 990);
	assert_false(ladder_get(&back, 0, STR("1,2,3")));
	assert_false(ladder_get(&back, 0, STR("x")));
	struct ladder full = { .evidence = 9739, .granted = 15, .proved_ms = 1, .stopped_ms = 1, .today = UINT32_MAX, .calls = LADDER_RHYTHM, .today_all = UINT16_MAX, .shifts = LADDER_SHIFTS, .all_sum = UINT32_MAX, .apart_sum = UINT32_MAX, .stopped = LADDER_MONTH, .wrong = UINT8_MAX };
	memset(full.day, 0xff, sizeof full.day);
	struct buf x = { .p = text[0], .cap = LADDER_TEXT, .max = LADDER_TEXT };
	ladder_put(&full, 59999, &x); /* the longest */
	assert_false(x.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_alarm_is_given_where_the_published_table_has_it),
		cmocka_unit_test(a_proof_gives_fifteen_more_and_the_second_alarm_stops),
		cmocka_unit_test(explained_work_takes_evidence_away_but_no_budget),
		cmocka_unit_test(much_explained_work_is_asked_for_proofs_before_it_is_stopped),
		cmocka_unit_test(thirty_days_of_a_few_a_day_are_stopped),
		cmocka_unit_test(nobody_opens_a_chart_every_second),
		cmocka_unit_test(who_was_freed_has_a_little_room_and_meets_the_stop_again),
		cmocka_unit_test(a_proof_that_nobody_asked_for_gives_nothing),
		cmocka_unit_test(budgets_follow_the_person_from_the_twentieth_shift_on_and_never_far),
		cmocka_unit_test(days_of_a_stopped_account_teach_nothing),
		cmocka_unit_test(the_budget_of_all_follows_the_units_weeks_and_no_other_does),
		cmocka_unit_test(a_week_of_few_shifts_waits_for_more),
		cmocka_unit_test(a_ladder_comes_back_from_its_text),
		cmocka_unit_test(words_and_numbers_are_the_same),
	};
	return cmocka_run_group_tests_name("gate/ladder", tests, NULL, NULL);
}
