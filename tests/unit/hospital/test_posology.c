/* SPDX-License-Identifier: Apache-2.0 */
/* Posologies: typed, said in French, as FHIR and back, and the instants at which they are due, over the days on which the hour changes. */
#include "hospital/posology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hospital/show.h"

/* 2026-11-18 10:00 in Paris */
#define NOW INT64_C(1794992400000)
#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

static struct posology Q;
static struct posology_bad bad[POSOLOGY_BAD];
static unsigned n_bad;

static void type(struct posology_typed t)
{
	posology_type(&t, NOW, &Q, bad, &n_bad);
}

static void good(struct posology_typed t)
{
	type(t);
	if (n_bad)
		fail_msg("%s: %s", bad[0].field, why_row(bad[0].why)->name);
}

static void refused(struct posology_typed t, const char *field, enum why why)
{
	type(t);
	for (unsigned i = 0; i < n_bad; i++)
		if (strcmp(bad[i].field, field) == 0) {
			if (bad[i].why != why)
				fail_msg("%s: %s instead of %s", field, why_row(bad[i].why)->name, why_row(why)->name);
			return;
		}
	fail_msg("%s was not refused (%u others)", field, n_bad);
}

static const char *text(bool route)
{
	static char out[2000];
	struct buf b;
	buf_init(&b, sizeof out - 1);
	posology_text(&b, &Q, route);
	memcpy(out, b.p, b.n);
	out[b.n] = 0;
	buf_done(&b);
	return out;
}

#define T(...) ((struct posology_typed){ __VA_ARGS__ })
#define M(d, t) .kind = STR("moments"), .dose = STR(d), .take = STR(t)

static int64_t paris(int y, int m, int d, int h, int min)
{
	return civil_paris_to_ms((struct civil){ .year = y, .month = m, .day = d, .hour = h, .minute = min });
}

static size_t times(int64_t from, int64_t until, struct posology_due *out, size_t max)
{
	return posology_times(&Q, NULL, 0, from, until, out, max);
}

/* "18 12:00 18 18:00 …" in Paris */
static const char *clocks(int64_t from, int64_t until)
{
	static char out[4000];
	struct posology_due at[100];
	size_t n = times(from, until, at, 100), used = 0;
	out[0] = 0;
	assert_true(n <= 100);
	for (size_t i = 0; i < n; i++) {
		struct civil c = civil_paris(at[i].at_ms);
		used += (size_t)snprintf(out + used, sizeof out - used, "%s%02d %02d:%02d", i ? " " : "", c.day, c.hour, c.minute);
	}
	return out;
}

/* ---- said ---- */

static void what_prescribers_type_is_said_in_french(void **state)
{
	(void)state;
	good(T(M("1 cp", "matin soir"), .during = STR("5 j")));
	assert_string_equal(text(false), "1 comprimé le matin et le soir pendant 5 jours");
	good(T(M("", "1-0-1"), .unit = STR("{comprime}"), .route = STR("orale")));
	assert_string_equal(text(true), "1 comprimé, voie orale, le matin et le soir");
	good(T(M("1 cp", "matin"), .route = STR("voie buccale autre")));
	assert_string_equal(text(true), "1 comprimé, voie buccale autre, le matin");
	good(T(M("", "2-0-1-0,5"), .unit = STR("{comprime}")));
	assert_string_equal(text(false), "2 comprimés le matin, 1 comprimé le soir et 0,5 comprimé au coucher");
	good(T(M("0.5 mg", "8h 20h30")));
	assert_string_equal(text(false), "0,5 mg à 8 h et à 20 h 30");
	good(T(M("1/2 cp", "midi"), .days = STR("2")));
	assert_string_equal(text(false), "0,5 comprimé le midi, un jour sur deux");
	good(T(M("1 gélule", "soir"), .days = STR("lun mer ven")));
	assert_string_equal(text(false), "1 gélule le soir, le lundi, le mercredi et le vendredi");
	good(T(.kind = STR("every"), .dose = STR("1,50 g"), .every = STR("8"), .run = STR("30"), .during = STR("48 h"), .start = STR("14h")));
	assert_string_equal(text(false), "1,5 g toutes les 8 heures, à passer en 30 minutes pendant 2 jours");
	good(T(.kind = STR("as_needed"), .dose = STR("1 g"), .gap = STR("6 h"), .most = STR("4"), .condition = STR("si douleur")));
	assert_string_equal(text(false), "1 g à la demande, au moins 6 heures entre deux prises, au plus 4 g par 24 heures, si douleur");
	good(T(.kind = STR("continuous"), .rate = STR("50 mL/h"), .during = STR("12 h")));
	assert_string_equal(text(false), "en continu, débit 50 mL par heure pendant 12 heures");
	good(T(.kind = STR("once"), .dose = STR("250 µg")));
	assert_string_equal(text(false), "250 microgrammes en une fois");
	good(T(.kind = STR("once"), .dose = STR("15000"), .unit = STR("[iU]")));
	assert_string_equal(text(false), "15\u00a0000 unités internationales en une fois");
	good(T(M("40 mg", "matin"), .during = STR("5 j"), .steps = STR("30 mg matin 5 j\n20 mg matin pendant 1 semaine\n10 mg matin")));
	assert_string_equal(text(false), "40 mg le matin pendant 5 jours, puis 30 mg le matin pendant 5 jours, puis 20 mg le matin pendant 7 jours, puis 10 mg le matin");
}

static void what_is_said_in_letters_has_no_figure_but_of_days_and_clocks(void **state)
{
	(void)state;
	static char out[2000];
	const struct { struct posology_typed t; const char *says; } L[] = {
		{ T(M("2 gélule", "matin soir"), .route = STR("orale"), .during = STR("21 j")), "deux gélules, voie orale, le matin et le soir pendant vingt et un jours" },
		{ T(M("1 gélule", "8h 20h")), "une gélule à 8 h et à 20 h" },
		{ T(M("", "2-0-1-0,5"), .unit = STR("{comprime}")), "deux comprimés le matin, un comprimé le soir et zéro virgule cinq comprimé au coucher" },
		{ T(M("1 cp", "midi"), .days = STR("3")), "un comprimé le midi, tous les trois jours" },
		{ T(.kind = STR("every"), .dose = STR("71 mg"), .every = STR("12"), .during = STR("7 j")), "soixante et onze milligrammes toutes les douze heures pendant sept jours" },
		{ T(.kind = STR("as_needed"), .dose = STR("1,5 mg"), .gap = STR("90 min"), .most = STR("80")), "un virgule cinq milligramme à la demande, au moins une heure trente entre deux prises, au plus quatre-vingts milligrammes par vingt-quatre heures" },
		{ T(.kind = STR("continuous"), .rate = STR("2 mg/h"), .during = STR("24 h")), "en continu, débit deux milligrammes par heure pendant un jour" },
	};
	for (size_t i = 0; i < sizeof L / sizeof L[0]; i++) {
		struct buf b = { .p = out, .cap = sizeof out, .max = sizeof out };
		good(L[i].t);
		posology_text_letters(&b, &Q, true);
		buf_ch(&b, 0);
		assert_string_equal(out, L[i].says);
	}
}

static void numbers_are_never_misread(void **state)
{
	static const struct { struct decimal d; const char *said; } CASES[] = {
		{ { .coefficient = 5, .exponent = -1 }, "0,5" }, { { .coefficient = 500, .exponent = -2 }, "5" }, { { .coefficient = 5, .exponent = -3 }, "0,005" }, { { .coefficient = 5, .exponent = 2 }, "500" },
		{ { .coefficient = 1234 }, "1234" }, { { .coefficient = 12345 }, "12\u00a0345" }, { { .coefficient = 1234567 }, "1\u00a0234\u00a0567" }, { { .coefficient = 0 }, "0" },
		{ { .coefficient = 125, .exponent = -2 }, "1,25" } };
	(void)state;
	for (size_t i = 0; i < N_OF(CASES); i++) {
		struct buf b;
		buf_init(&b, 100);
		posology_number(&b, CASES[i].d);
		if (!str_eq(buf_view(&b), CASES[i].said))
			fail_msg("%.*s instead of %s", STR_ARG(buf_view(&b)), CASES[i].said);
		buf_done(&b);
	}
}

static void bad_input_is_refused_beside_its_field(void **state)
{
	(void)state;
	refused(T(M("", "matin"), .unit = STR("mg")), "dose", WHY_FIELD_REQUIRED);
	refused(T(M("abc", "matin")), "dose", WHY_POSOLOGY_DOSE);
	refused(T(M("-1 mg", "matin")), "dose", WHY_POSOLOGY_DOSE);
	refused(T(M("0 mg", "matin")), "dose", WHY_POSOLOGY_DOSE);
	refused(T(M("1.500 mg", "matin")), "dose", WHY_POSOLOGY_THREE);
	refused(T(M("1,000 mg", "matin")), "dose", WHY_POSOLOGY_THREE);
	refused(T(M("11/2 cp", "matin")), "dose", WHY_POSOLOGY_DOSE);
	refused(T(M("1½ cp", "matin")), "dose", WHY_POSOLOGY_DOSE);
	refused(T(M("1 bidule", "matin")), "dose", WHY_POSOLOGY_UNIT);
	refused(T(M("1", "matin")), "unit", WHY_POSOLOGY_UNIT);
	type(T(M("1,000 cp", "matin")));
	assert_int_equal(n_bad, 1); /* the unit is there: nothing more is asked */
	refused(T(M("1 mg", "matin"), .unit = STR("g")), "unit", WHY_POSOLOGY_UNIT_TWICE);
	refused(T(M("0.0000001 mg", "matin")), "dose", WHY_POSOLOGY_DOSE);
	refused(T(M("1 mg", "matin bidule")), "take", WHY_POSOLOGY_TAKE);
	refused(T(M("1 mg", "")), "take", WHY_POSOLOGY_TAKE);
	refused(T(M("1 mg", "matin matin")), "take", WHY_POSOLOGY_WHOLE);
	refused(T(M("1 mg", "25h")), "take", WHY_POSOLOGY_TAKE);
	refused(T(M("2 cp", "1-0-2")), "dose", WHY_POSOLOGY_DOSE_TWICE);
	refused(T(M("1 mg", "matin"), .days = STR("0")), "days", WHY_POSOLOGY_DAYS);
	refused(T(M("1 mg", "matin"), .during = STR("3 mois")), "during", WHY_POSOLOGY_LENGTH);
	refused(T(M("1 mg", "matin"), .start = STR("31/02/2027")), "start", WHY_POSOLOGY_START);
	refused(T(M("1 mg", "matin"), .start = STR("01/01/2020")), "start", WHY_POSOLOGY_FAR);
	refused(T(M("1 mg", "matin"), .start = STR("01/01/2030")), "start", WHY_POSOLOGY_FAR);
	refused(T(M("1 mg", "matin"), .start = STR("20/11/2026"), .stop = STR("19/11/2026")), "stop", WHY_POSOLOGY_STOP);
	refused(T(M("1 mg", "matin"), .steps = STR("0,5 mg matin")), "during", WHY_POSOLOGY_STEPS);
	refused(T(M("1 mg", "matin"), .during = STR("5 j"), .steps = STR("0,5 g matin")), "steps", WHY_POSOLOGY_STEPS);
	refused(T(.kind = STR("every"), .dose = STR("1 g")), "every", WHY_FIELD_REQUIRED);
	refused(T(.kind = STR("every"), .dose = STR("1 g"), .every = STR("0 h")), "every", WHY_POSOLOGY_LENGTH);
	refused(T(.kind = STR("every"), .dose = STR("1 g"), .every = STR("8h"), .start = STR("demain")), "start", WHY_POSOLOGY_START);
	refused(T(.kind = STR("as_needed"), .dose = STR("1 g"), .most = STR("0,5 g")), "most", WHY_POSOLOGY_MOST);
	refused(T(.kind = STR("continuous")), "rate", WHY_POSOLOGY_RATE);
	refused(T(.kind = STR("continuous"), .rate = STR("50")), "rate", WHY_POSOLOGY_RATE);
	refused(T(.kind = STR("continuous"), .rate = STR("50 mg")), "rate", WHY_POSOLOGY_RATE);
	refused(T(.dose = STR("1 mg")), "kind", WHY_FIELD_REQUIRED);
}

static void hostile_bytes_never_break_what_reads_them(void **state)
{
	static const char *const HOSTILE[] = { "", " ", "-", "--", "1-", "-1-", "1-1-1-1-1", "\xF0\x9F\x92\xA9", "\xff\xfe", "99999999999999999999", "0.", ".", ",", "1e9", "'", "\"; DROP TABLE", "1/0", "1/2/3", "8h8h8h8h8h8h8h8h8h8h",
		"matin midi soir coucher nuit réveil 1h 2h 3h 4h", "2027-13-45", "1/1/1/1", "demain demain", "j+1", "9999 semaines", "\n\n\n", "h", ":", "8:", "8:6", "24:00" };
	(void)state;
	for (size_t i = 0; i < N_OF(HOSTILE); i++) {
		struct str h = str_of(HOSTILE[i]);
		static const char *const KINDS[] = { "moments", "every", "as_needed", "once", "continuous" };
		for (size_t k = 0; k < N_OF(KINDS); k++) {
			type((struct posology_typed){ .kind = str_of(KINDS[k]), .dose = h, .unit = h, .take = h, .days = h, .every = h, .gap = h, .most = h, .rate = h, .run = h, .start = h, .stop = h, .during = h, .condition = h, .steps = h });
			type((struct posology_typed){ .kind = str_of(KINDS[k]), .dose = STR("1 mg"), .take = h, .days = h, .every = h, .start = h, .during = h, .steps = h });
			if (!n_bad) {
				struct posology_due at[4];
				(void)times(NOW, NOW + 400 * DAY, at, 4);
				(void)text(true);
			}
		}
	}
}

/* ---- when ---- */

static void moments_are_due_at_the_houses_hours_from_the_beginning_on(void **state)
{
	(void)state;
	good(T(M("1 cp", "matin midi soir"), .during = STR("2 j")));
	/* from 10:00 on the 18th for two days: to 10:00 on the 20th */
	assert_string_equal(clocks(NOW - DAY, NOW + 10 * DAY), "18 12:00 18 18:00 19 08:00 19 12:00 19 18:00 20 08:00");
	assert_string_equal(clocks(NOW + DAY, NOW + DAY + 4 * HOUR), "19 12:00");
	good(T(M("1 cp", "matin"), .days = STR("2"), .start = STR("18/11")));
	assert_string_equal(clocks(NOW - DAY, NOW + 5 * DAY), "18 08:00 20 08:00 22 08:00");
	good(T(M("1 cp", "matin"), .days = STR("ven"), .stop = STR("27/11")));
	assert_string_equal(clocks(NOW, NOW + 30 * DAY), "20 08:00 27 08:00");
	good(T(M("1 cp", "nuit coucher")));
	assert_string_equal(clocks(NOW, NOW + DAY), "18 21:00 19 00:00");
}

static void intervals_are_elapsed_time_and_whole_days_go_by_the_clock(void **state)
{
	(void)state;
	/* The night of 24 to 25 October 2026 has 25 hours, that of 27 to 28 March 2027 23. */
	good(T(.kind = STR("every"), .dose = STR("1 g"), .every = STR("8 h")));
	Q.start_ms = paris(2026, 10, 24, 20, 0);
	assert_string_equal(clocks(Q.start_ms, Q.start_ms + DAY + HOUR), "24 20:00 25 03:00 25 11:00 25 19:00");
	Q.start_ms = paris(2027, 3, 27, 20, 0);
	assert_string_equal(clocks(Q.start_ms, Q.start_ms + DAY), "27 20:00 28 05:00 28 13:00");
	good(T(.kind = STR("every"), .dose = STR("1 g"), .every = STR("1 j")));
	Q.start_ms = paris(2026, 10, 24, 20, 0);
	assert_string_equal(clocks(Q.start_ms, Q.start_ms + 3 * DAY), "24 20:00 25 20:00 26 20:00");
	struct posology_due at[3];
	assert_int_equal(times(Q.start_ms, Q.start_ms + 3 * DAY, at, 3), 3);
	assert_int_equal(at[1].at_ms - at[0].at_ms, 25 * HOUR);
}

static void a_moment_that_does_not_exist_moves_and_one_that_comes_twice_is_due_once(void **state)
{
	(void)state;
	good(T(M("1 cp", "2h30")));
	Q.start_ms = paris(2027, 3, 27, 12, 0);
	assert_string_equal(clocks(Q.start_ms, Q.start_ms + 3 * DAY), "28 03:30 29 02:30 30 02:30");
	Q.start_ms = paris(2026, 10, 24, 12, 0);
	assert_string_equal(clocks(Q.start_ms, Q.start_ms + 2 * DAY + HOUR), "25 02:30 26 02:30");
	struct posology_due at[2];
	assert_int_equal(times(Q.start_ms, Q.start_ms + DAY, at, 2), 1);
	assert_int_equal(at[0].at_ms, INT64_C(1792888200000)); /* 2026-10-25T00:30:00Z: the first of the two */
	/* five days are five mornings, whatever the nights are long */
	good(T(M("1 cp", "matin"), .during = STR("5 j")));
	Q.start_ms = paris(2026, 10, 23, 8, 0);
	assert_string_equal(clocks(Q.start_ms - DAY, Q.start_ms + 20 * DAY), "23 08:00 24 08:00 25 08:00 26 08:00 27 08:00");
}

static void a_taper_goes_from_stage_to_stage_without_gap_or_overlap(void **state)
{
	struct posology_due at[40];
	(void)state;
	good(T(M("40 mg", "matin"), .during = STR("3 j"), .start = STR("19/11 8h"), .steps = STR("20 mg matin soir 2 j\n10 mg matin 1 j")));
	size_t n = times(NOW, NOW + 60 * DAY, at, 40);
	assert_int_equal(n, 3 + 4 + 1);
	assert_string_equal(clocks(NOW, NOW + 60 * DAY), "19 08:00 20 08:00 21 08:00 22 08:00 22 18:00 23 08:00 23 18:00 24 08:00");
	assert_int_equal((int)at[2].dose.coefficient, 40);
	assert_int_equal((int)at[3].dose.coefficient, 20);
	assert_int_equal((int)at[7].dose.coefficient, 10);
	assert_int_equal(posology_end(&Q), paris(2026, 11, 25, 8, 0));
	assert_int_equal(posology_day_micro(&Q, 0), 40000000);
	assert_int_equal(posology_day_micro(&Q, 1), 40000000);
}

static void what_is_on_demand_is_never_due_and_says_what_bounds_it(void **state)
{
	(void)state;
	good(T(.kind = STR("as_needed"), .dose = STR("1 g"), .gap = STR("6 h"), .most = STR("3 g")));
	assert_string_equal(clocks(NOW, NOW + 10 * DAY), "");
	assert_int_equal(posology_day_micro(&Q, 0), 3000000);
	good(T(.kind = STR("as_needed"), .dose = STR("1 g"), .gap = STR("5 h")));
	assert_int_equal(posology_day_micro(&Q, 0), 5000000);
	good(T(.kind = STR("as_needed"), .dose = STR("1 g")));
	assert_int_equal(posology_day_micro(&Q, 0), -1);
}

static void an_infusion_is_due_once_and_says_how_long_it_runs(void **state)
{
	struct posology_due at[4];
	(void)state;
	good(T(.kind = STR("continuous"), .rate = STR("50 mL/h"), .during = STR("12 h"), .start = STR("14h")));
	assert_int_equal(times(NOW, NOW + DAY, at, 4), 1);
	assert_int_equal(at[0].at_ms, paris(2026, 11, 18, 14, 0));
	assert_int_equal(at[0].run_min, -1);
	assert_int_equal(times(NOW + 5 * HOUR, NOW + DAY, at, 4), 0);
	good(T(.kind = STR("every"), .dose = STR("1 g"), .every = STR("8h"), .run = STR("1h30")));
	assert_int_equal(times(NOW, NOW + DAY, at, 4), 3);
	assert_int_equal(at[1].run_min, 90);
}

static void a_unit_has_its_own_hours_from_the_day_they_were_set(void **state)
{
	struct posology_clock later = posology_house;
	struct posology_due at[4];
	(void)state;
	later.since_day = days_of(2026, 11, 20);
	later.minute[MOMENT_MORN] = 6 * 60 + 30;
	good(T(M("1 cp", "matin"), .start = STR("18/11")));
	assert_int_equal(posology_times(&Q, &later, 1, paris(2026, 11, 19, 0, 0), paris(2026, 11, 21, 0, 0), at, 4), 2);
	assert_int_equal(at[0].at_ms, paris(2026, 11, 19, 8, 0));
	assert_int_equal(at[1].at_ms, paris(2026, 11, 20, 6, 30));
}

static void more_than_fit_are_counted_and_no_span_is_endless(void **state)
{
	struct posology_due at[2];
	(void)state;
	good(T(.kind = STR("every"), .dose = STR("1 mL"), .every = STR("1 min")));
	assert_int_equal(times(NOW, NOW + HOUR, at, 2), 60);
	assert_int_equal(times(NOW, INT64_MAX - 1, at, 2), 366 * 24 * 60);
}

/* ---- FHIR ---- */

static void what_is_written_as_fhir_is_read_back_with_the_same_instants(void **state)
{
	static const struct posology_typed CASES[] = {
		{ M("1 cp", "matin soir"), .during = STR("5 j"), .condition = STR("à jeun"), .route = STR("orale") },
		{ M("", "2-0-1-0,5"), .unit = STR("{comprime}") },
		{ M("0,5 mg", "8h 20h30"), .days = STR("lun mer") },
		{ M("1 g", "soir"), .days = STR("3"), .stop = STR("12/12") },
		{ .kind = STR("every"), .dose = STR("1 g"), .every = STR("8"), .run = STR("30"), .rate = STR("100 mL/h"), .during = STR("48 h") },
		{ .kind = STR("every"), .dose = STR("1 g"), .every = STR("2 j") },
		{ .kind = STR("as_needed"), .dose = STR("1 g"), .gap = STR("6 h"), .most = STR("4"), .condition = STR("si douleur") },
		{ .kind = STR("as_needed"), .dose = STR("1 g") },
		{ .kind = STR("continuous"), .rate = STR("50 mL/h"), .during = STR("12 h") },
		{ .kind = STR("once"), .dose = STR("250 ug"), .run = STR("30 min") },
		{ M("40 mg", "matin"), .during = STR("5 j"), .steps = STR("1-0-1 5 j\n10 mg matin"), .unit = STR("mg") },
	};
	(void)state;
	for (size_t i = 0; i < N_OF(CASES); i++) {
		struct buf b;
		struct jw w;
		struct arena a;
		const struct json *root;
		struct problem p = { 0 };
		struct posology back;
		struct posology_due x[200], y[200];
		good(CASES[i]);
		buf_init(&b, 65536);
		arena_init(&a, 1 << 20);
		jw_init(&w, &b);
		posology_write(&w, &Q);
		assert_int_equal(json_parse(buf_view(&b), &a, &root, &p), RC_OK);
		if (posology_read(root, &back, &p) != RC_OK)
			fail_msg("case %zu: %s in %.*s", i, p.where, STR_ARG(buf_view(&b)));
		size_t n = posology_times(&Q, NULL, 0, NOW - DAY, NOW + 30 * DAY, x, 200);
		assert_int_equal(posology_times(&back, NULL, 0, NOW - DAY, NOW + 30 * DAY, y, 200), n);
		for (size_t k = 0; k < n && k < 200; k++) {
			assert_int_equal(x[k].at_ms, y[k].at_ms);
			assert_int_equal(decimal_cmp(x[k].dose, y[k].dose), 0);
			assert_int_equal(x[k].run_min, y[k].run_min);
		}
		assert_int_equal(posology_end(&Q), posology_end(&back));
		assert_true(str_is(Q.condition, back.condition) && str_is(Q.route, back.route));
		assert_ptr_equal(Q.unit, back.unit);
		assert_int_equal(posology_day_micro(&Q, 0), posology_day_micro(&back, 0));
		buf_done(&b);
		arena_done(&a);
	}
}

static void what_says_more_than_there_are_words_for_is_not_planned(void **state)
{
	static const char *const CASES[] = {
		"[]", "[{\"text\":\"1 le matin\"}]",
		"[{\"timing\":{\"repeat\":{\"boundsPeriod\":{\"start\":\"2026-11-18T10:00:00+01:00\"},\"frequency\":3,\"period\":1,\"periodUnit\":\"d\"}},\"doseAndRate\":[{\"doseQuantity\":{\"value\":1,\"system\":\"http://unitsofmeasure.org\",\"code\":\"mg\"}}]}]",
		"[{\"timing\":{\"repeat\":{\"boundsPeriod\":{\"start\":\"2026-11-18T10:00:00+01:00\"},\"frequency\":1,\"period\":8,\"periodUnit\":\"h\"}},\"doseAndRate\":[{\"doseRange\":{\"low\":{\"value\":1}}}]}]",
		"[{\"timing\":{\"repeat\":{\"boundsPeriod\":{\"start\":\"2026-11-18T10:00:00+01:00\"},\"frequency\":1,\"period\":8,\"periodUnit\":\"mo\"}},\"doseAndRate\":[{\"doseQuantity\":{\"value\":1,\"system\":\"http://unitsofmeasure.org\",\"code\":\"mg\"}}]}]",
		"[{\"timing\":{\"repeat\":{\"boundsPeriod\":{\"start\":\"2026-11-18\"},\"when\":[\"MORN\"]}},\"doseAndRate\":[{\"doseQuantity\":{\"value\":1,\"system\":\"http://unitsofmeasure.org\",\"code\":\"mg\"}}]}]",
		"[{\"timing\":{\"repeat\":{\"boundsPeriod\":{\"start\":\"2026-11-18T10:00:00+01:00\"},\"when\":[\"MORN\"],\"offset\":30}},\"doseAndRate\":[{\"doseQuantity\":{\"value\":1,\"system\":\"http://unitsofmeasure.org\",\"code\":\"mg\"}}]}]",
		"[{\"timing\":{\"repeat\":{\"boundsPeriod\":{\"start\":\"2026-11-18T10:00:00+01:00\"},\"when\":[\"MORN\"]}},\"doseAndRate\":[{\"doseQuantity\":{\"value\":1,\"unit\":\"pincée\"}}]}]",
	};
	(void)state;
	for (size_t i = 0; i < N_OF(CASES); i++) {
		struct arena a;
		const struct json *root;
		struct problem p = { 0 };
		struct posology back;
		arena_init(&a, 1 << 20);
		assert_int_equal(json_parse(str_of(CASES[i]), &a, &root, &p), RC_OK);
		if (posology_read(root, &back, &p) != RC_BAD_INPUT)
			fail_msg("case %zu was read", i);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_prescribers_type_is_said_in_french),
		cmocka_unit_test(what_is_said_in_letters_has_no_figure_but_of_days_and_clocks),
		cmocka_unit_test(numbers_are_never_misread),
		cmocka_unit_test(bad_input_is_refused_beside_its_field),
		cmocka_unit_test(hostile_bytes_never_break_what_reads_them),
		cmocka_unit_test(moments_are_due_at_the_houses_hours_from_the_beginning_on),
		cmocka_unit_test(intervals_are_elapsed_time_and_whole_days_go_by_the_clock),
		cmocka_unit_test(a_moment_that_does_not_exist_moves_and_one_that_comes_twice_is_due_once),
		cmocka_unit_test(a_taper_goes_from_stage_to_stage_without_gap_or_overlap),
		cmocka_unit_test(what_is_on_demand_is_never_due_and_says_what_bounds_it),
		cmocka_unit_test(an_infusion_is_due_once_and_says_how_long_it_runs),
		cmocka_unit_test(a_unit_has_its_own_hours_from_the_day_they_were_set),
		cmocka_unit_test(more_than_fit_are_counted_and_no_span_is_endless),
		cmocka_unit_test(what_is_written_as_fhir_is_read_back_with_the_same_instants),
		cmocka_unit_test(what_says_more_than_there_are_words_for_is_not_planned),
	};
	return cmocka_run_group_tests_name("posology", tests, NULL, NULL);
}
