/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/posology_text.c: a posology as a French prescriber writes it. Must never abbreviate, and never write a number that can be misread: decimal comma, a zero
 * before it, no zero behind, no symbol for microgram or unit (NHS CUI, MEDi). Pure. Called by prescription, posology_fhir.c. Start at posology_text.
 */
#include "hospital/posology.h"

#include <stdio.h>

#include "base/numeral.h"

#define HOUR 60
#define DAY 1440

void posology_number(struct buf *b, struct decimal d)
{
	char digits[48];
	unsigned n = 0;
	int e = d.exponent;
	unsigned __int128 v = d.coefficient;
	for (; v && v % 10 == 0 && e < 0; e++)
		v /= 10;
	if (!v)
		e = 0;
	do {
		digits[n++] = (char)('0' + (int)(v % 10));
		v /= 10;
	} while (v && n < sizeof digits);
	for (; e > 0 && n < sizeof digits; e--) {
		for (unsigned i = n++; i; i--)
			digits[i] = digits[i - 1];
		digits[0] = '0';
	}
	while (e < 0 && n <= (unsigned)-e && n < sizeof digits)
		digits[n++] = '0';
	if (d.negative)
		buf_ch(b, '-');
	unsigned whole = n - (unsigned)-e;
	for (unsigned i = 0; i < n; i++) {
		unsigned left = n - i - (unsigned)-e; /* digits of the whole part that are still to come */
		if (i == whole)
			buf_ch(b, ',');
		else if (i && i < whole && whole > 4 && left % 3 == 0)
			buf_z(b, "\u00a0");
		buf_ch(b, digits[n - 1 - i]);
	}
}

void posology_amount(struct buf *b, struct decimal d, const char *ucum)
{
	const struct posology_unit *u = posology_unit_of(str_of(ucum));
	posology_number(b, d);
	if (!u)
		return;
	buf_ch(b, ' ');
	buf_z(b, decimal_cmp(d, (struct decimal){ .coefficient = 2 }) >= 0 ? u->many : u->one); /* French: plural from two on */
}

/* ---- in letters ---- */

static bool is_feminine(const char *ucum)
{
	static const char *const SHE[] = { "[iU]", "mmol", "[drp]", "{gelule}", "{capsule}", "{ampoule}", "{seringue}", "{poche}", "{bouffee}", "{inhalation}", "{pulverisation}", "{application}", "{dose}",
		"{cuillere}", "[iU]/h", "mmol/h", NULL };
	for (const char *const *one = SHE; *one; one++)
		if (str_eq(str_of(ucum), *one))
			return true;
	return false;
}

void posology_unit_letters(struct buf *b, struct str words, bool many)
{
	static const struct { const char *symbol, *name; } NAMES[] = { { "mg", "milligramme" }, { "g", "gramme" }, { "mL", "millilitre" }, { "ml", "millilitre" }, { "L", "litre" }, { "l", "litre" },
		{ "mmol", "millimole" }, { "mEq", "milliéquivalent" }, { "MBq", "mégabecquerel" }, { "µg", "microgramme" }, { "μg", "microgramme" } };
	struct str rest, first = str_cut(words, ' ', &rest);
	for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
		if (str_eq(first, NAMES[i].symbol)) {
			buf_z(b, NAMES[i].name);
			buf_z(b, many ? "s" : "");
			buf_z(b, rest.n ? " " : "");
			buf_str(b, rest);
			return;
		}
	buf_str(b, words);
}

static void put_amount(struct buf *b, struct decimal d, const char *ucum, bool letters)
{
	const struct posology_unit *u = posology_unit_of(str_of(ucum));
	bool many = decimal_cmp(d, (struct decimal){ .coefficient = 2 }) >= 0;
	if (!letters || !u || !numeral_french(b, d, is_feminine(ucum))) {
		posology_amount(b, d, ucum);
		return;
	}
	buf_ch(b, ' ');
	posology_unit_letters(b, str_of(many ? u->many : u->one), many);
}

void posology_amount_letters(struct buf *b, struct decimal d, const char *ucum)
{
	put_amount(b, d, ucum, true);
}

static void put_count(struct buf *b, int32_t n, bool feminine, bool letters)
{
	if (!letters || !numeral_french(b, (struct decimal){ .coefficient = (unsigned)n }, feminine))
		buf_fmt(b, "%d", (int)n);
}

static void put_clock(struct buf *b, int minute)
{
	buf_fmt(b, minute % HOUR ? "%d h %02d" : "%d h", minute / HOUR, minute % HOUR);
}

/* "8 heures", "2 jours", "30 minutes", "1 heure 30". */
static void put_length(struct buf *b, int32_t minutes, bool letters)
{
	int32_t n = minutes % DAY == 0 ? minutes / DAY : minutes >= HOUR ? minutes / HOUR : minutes;
	const char *word = minutes % DAY == 0 ? "jour" : minutes >= HOUR ? "heure" : "minute";
	put_count(b, n, minutes % DAY != 0, letters);
	buf_fmt(b, " %s%s", word, n >= 2 ? "s" : "");
	if (minutes % DAY && minutes > HOUR && minutes % HOUR) {
		buf_ch(b, ' ');
		if (letters)
			put_count(b, minutes % HOUR, true, true);
		else
			buf_fmt(b, "%02d", (int)(minutes % HOUR));
	}
}

static void put_day_and_time(struct buf *b, int64_t ms)
{
	struct civil c = civil_paris(ms);
	buf_fmt(b, "%02d/%02d/%04d à ", c.day, c.month, c.year);
	put_clock(b, c.hour * HOUR + c.minute);
}

static void put_take(struct buf *b, const struct posology_take *t)
{
	if (t->at != MOMENT_CLOCK) {
		buf_z(b, posology_moment_words(t->at));
		return;
	}
	buf_z(b, "à ");
	put_clock(b, t->minute);
}

static bool one_dose(const struct posology_step *s)
{
	for (unsigned i = 1; s->kind == POSOLOGY_MOMENTS && i < s->n_takes; i++)
		if (decimal_cmp(s->take[i].dose, s->take[0].dose))
			return false;
	return true;
}

static const char *between(unsigned i, unsigned n) { return i == 0 ? "" : i + 1 == n ? " et " : ", "; }

static void put_days(struct buf *b, const struct posology_step *s, bool letters)
{
	static const char *const WEEK[7] = { "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche" };
	unsigned n = 0, at = 0;
	for (unsigned d = 0; d < 7; d++)
		n += s->week_days >> d & 1;
	for (unsigned d = 0; d < 7; d++)
		if (s->week_days >> d & 1) {
			buf_fmt(b, "%sle %s", at ? between(at, n) : ", ", WEEK[d]);
			at++;
		}
	if (s->every_days == 2) {
		buf_z(b, ", un jour sur deux");
	} else if (s->every_days > 2) {
		buf_z(b, ", tous les ");
		put_length(b, (int32_t)s->every_days * DAY, letters);
	}
}

static void put_moments(struct buf *b, const struct posology *p, const struct posology_step *s, bool letters)
{
	bool same = one_dose(s);
	for (unsigned i = 0; i < s->n_takes; i++) {
		buf_z(b, between(i, s->n_takes));
		if (!same) {
			put_amount(b, s->take[i].dose, p->unit, letters);
			buf_ch(b, ' ');
		}
		put_take(b, &s->take[i]);
	}
	put_days(b, s, letters);
}

static void put_when(struct buf *b, const struct posology *p, const struct posology_step *s, bool letters)
{
	switch (s->kind) {
	case POSOLOGY_MOMENTS:
		put_moments(b, p, s, letters);
		return;
	case POSOLOGY_EVERY:
		buf_z(b, s->every_min == HOUR ? "toutes les heures" : s->every_min == DAY ? "tous les jours" : s->every_min % DAY ? "toutes les " : "tous les ");
		if (s->every_min != HOUR && s->every_min != DAY)
			put_length(b, s->every_min, letters);
		return;
	case POSOLOGY_AS_NEEDED:
		buf_z(b, "à la demande");
		if (s->gap_min) {
			buf_z(b, ", au moins ");
			put_length(b, s->gap_min, letters);
			buf_z(b, " entre deux prises");
		}
		if (s->day_most.coefficient) {
			buf_z(b, ", au plus ");
			put_amount(b, s->day_most, p->unit, letters);
			buf_z(b, letters ? " par vingt-quatre heures" : " par 24 heures");
		}
		return;
	case POSOLOGY_CONTINUOUS:
		buf_z(b, "en continu");
		return;
	case POSOLOGY_ONCE:
		buf_z(b, "en une fois");
		return;
	}
}

static void put_step(struct buf *b, const struct posology *p, const struct posology_step *s, bool with_route, bool letters)
{
	struct decimal dose = s->kind == POSOLOGY_MOMENTS ? s->take[0].dose : s->dose;
	if (one_dose(s) && dose.coefficient && p->unit) {
		put_amount(b, dose, p->unit, letters);
		buf_z(b, with_route && p->route.n ? ", " : " ");
	}
	if (with_route && p->route.n) {
		if (!str_starts(p->route, STR("voie"))) /* some are published with the word */
			buf_z(b, "voie ");
		buf_str(b, p->route);
		buf_z(b, ", ");
	}
	put_when(b, p, s, letters);
	if (s->rate.coefficient) {
		buf_z(b, ", débit ");
		put_amount(b, s->rate, s->rate_unit, letters);
	}
	if (s->run_min && s->kind != POSOLOGY_CONTINUOUS) {
		buf_z(b, ", à passer en ");
		put_length(b, s->run_min, letters);
	}
	if (s->for_days || s->for_min) {
		buf_z(b, " pendant ");
		put_length(b, s->for_days ? s->for_days * DAY : s->for_min, letters);
	}
}

static void put_text(struct buf *b, const struct posology *p, bool with_route, bool letters)
{
	for (unsigned i = 0; i < p->n_steps; i++) {
		if (i)
			buf_z(b, ", puis ");
		put_step(b, p, &p->step[i], with_route && i == 0, letters);
	}
	if (p->stop_ms) {
		buf_z(b, ", jusqu’au ");
		put_day_and_time(b, p->stop_ms);
	}
	if (p->condition.n) {
		buf_z(b, ", ");
		buf_str(b, p->condition);
	}
}

void posology_text(struct buf *b, const struct posology *p, bool with_route)
{
	put_text(b, p, with_route, false);
}

void posology_text_letters(struct buf *b, const struct posology *p, bool with_route)
{
	put_text(b, p, with_route, true);
}
