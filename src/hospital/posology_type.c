/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/posology_type.c: what a prescriber types, as a posology. Tolerant of how (comma or point, a unit behind the number, « 1-0-1 », « matin soir », « 8h 20h »), never
 * of what: what can be read in two ways is refused, beside its field. Must never fill in a dose, a unit or an interval. Pure. Start at posology_type.
 */
#include "hospital/posology.h"

#include <string.h>

#include "codec/fold.h"

#define HOUR 60
#define DAY 1440
#define MINUTE_MS (60 * INT64_C(1000))
#define DAY_MS (DAY * MINUTE_MS)
#define TYPED 240               /* bytes of one field */
#define LATE_MS DAY_MS          /* a beginning further back, or further ahead, is a slip of the keyboard */
#define AHEAD_MS (366 * DAY_MS)

/* ---- a scanner over small letters without accents ---- */

struct typed { char text[TYPED + 1]; struct str s; };

static bool fold(struct typed *t, struct str s)
{
	struct buf b;
	buf_init(&b, TYPED);
	fold_bare(&b, str_trim(s));
	bool fits = !b.failed && b.n <= TYPED;
	t->s = (struct str){ t->text, fits ? b.n : 0 };
	if (fits && b.n)
		memcpy(t->text, b.p, b.n);
	buf_done(&b);
	return fits;
}

static bool is_digit(struct str s, size_t i) { return i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; }
static void skip(struct str *s, size_t n) { s->p += n; s->n -= n; }
static void blanks(struct str *s)
{
	while (s->n && (*s->p == ' ' || *s->p == '\t'))
		skip(s, 1);
}

static bool whole(struct str *s, unsigned most, uint64_t *v_r)
{
	size_t n = 0;
	blanks(s);
	while (is_digit(*s, n))
		n++;
	if (!n || n > most || str_u64((struct str){ s->p, n }, v_r) != RC_OK)
		return false;
	skip(s, n);
	return true;
}

/* Up to a digit, a blank or the end: "mg/h", "jours". */
static struct str word(struct str *s)
{
	size_t n = 0;
	blanks(s);
	while (n < s->n && !is_digit(*s, n) && s->p[n] != ' ' && s->p[n] != ',' && s->p[n] != ';')
		n++;
	struct str w = { s->p, n };
	skip(s, n);
	return w;
}

static bool one_of(struct str w, const char *words)
{
	struct str rest = str_of(words);
	while (rest.n)
		if (str_is(str_cut(rest, ',', &rest), w))
			return true;
	return false;
}

/* Three decimals behind a whole number may be a thousand: 1.000, 1,500. */
static enum why number(struct str *s, struct decimal *d_r)
{
	char text[40];
	size_t i = 0, n = 0, decimals = 0;
	blanks(s);
	while (is_digit(*s, i + 1) && s->p[i] == '0')
		i++;
	if (!is_digit(*s, i))
		text[n++] = '0'; /* ",5" */
	for (; is_digit(*s, i) && n < 12; i++)
		text[n++] = s->p[i];
	if (i < s->n && (s->p[i] == ',' || s->p[i] == '.') && is_digit(*s, i + 1)) {
		text[n++] = '.';
		for (i++; is_digit(*s, i) && n < 24; i++, decimals++)
			text[n++] = s->p[i];
	} else if (i == 0) {
		return WHY_POSOLOGY_DOSE;
	}
	bool half = i + 1 < s->n && s->p[i] == '/' && n == 1 && (memcmp(s->p + i, "/2", 2) == 0 || memcmp(s->p + i, "/4", 2) == 0);
	if (decimals == 3 && text[0] != '0')
		return WHY_POSOLOGY_THREE;
	if (i + 3 <= s->n && memcmp(s->p + i, "\u2044", 3) == 0) /* "1½", taken apart */
		return WHY_POSOLOGY_DOSE;
	if (is_digit(*s, i) || (i < s->n && (s->p[i] == '.' || (s->p[i] == '/' && !half))))
		return WHY_POSOLOGY_DOSE;
	if (decimal_parse((struct str){ text, n }, d_r) != RC_OK)
		return WHY_POSOLOGY_DOSE;
	if (half) {
		unsigned of = (unsigned)(s->p[i + 1] - '0'), numerator = (unsigned)d_r->coefficient;
		i += 2;
		if (is_digit(*s, i) || numerator >= of || numerator == 0)
			return WHY_POSOLOGY_DOSE;
		*d_r = (struct decimal){ .coefficient = numerator * (of == 2 ? 5 : 25), .exponent = of == 2 ? -1 : -2 };
	}
	skip(s, i);
	return WHY_NONE;
}

static const char *unit_typed(struct str w, bool rate)
{
	struct typed one;
	for (const struct posology_unit *u = posology_units; w.n && u->ucum; u++) {
		if (u->rate != rate)
			continue;
		if (one_of(w, u->typed) || (fold(&one, str_of(u->ucum)) && str_is(one.s, w)) || (fold(&one, str_of(u->one)) && str_is(one.s, w)) ||
		    (fold(&one, str_of(u->many)) && str_is(one.s, w)))
			return u->ucum;
	}
	return NULL;
}

/* ---- what is wrong ---- */

struct reader { const struct posology_typed *t; int64_t now_ms; struct posology *p; struct posology_bad *bad; unsigned *n; };

static bool is_wrong(const struct reader *r, const char *field)
{
	for (unsigned i = 0; i < *r->n; i++)
		if (strcmp(r->bad[i].field, field) == 0)
			return true;
	return false;
}

static void wrong(struct reader *r, const char *field, enum why why)
{
	if (!is_wrong(r, field) && *r->n < POSOLOGY_BAD)
		r->bad[(*r->n)++] = (struct posology_bad){ field, why };
}

/* ---- lengths of time ---- */

enum { IN_MINUTES = 1, IN_HOURS = HOUR, IN_DAYS = DAY };

/* "8 h", "1h30", "30 min", "5 jours", "2 semaines". A month is none: it has no length. days_r: said in days. */
static bool length(struct str *s, int32_t alone, int32_t *minutes_r, bool *days_r)
{
	uint64_t n, more = 0;
	if (!whole(s, 5, &n) || n == 0)
		return false;
	struct str w = word(s);
	int32_t per = w.n == 0 ? alone : one_of(w, "min,mn,minute,minutes") ? 1 : one_of(w, "h,heure,heures") ? HOUR : one_of(w, "j,jr,jrs,jour,jours,d") ? DAY : one_of(w, "sem,semaine,semaines,s") ? 7 * DAY : 0;
	if (per == HOUR && w.n && is_digit(*s, 0) && (!whole(s, 2, &more) || more > 59))
		return false;
	if (!per || n > (uint64_t)(366 * DAY) / (unsigned)per * 10)
		return false;
	*minutes_r = (int32_t)(n * (unsigned)per + more);
	*days_r = per >= DAY;
	return true;
}

static int32_t length_field(struct reader *r, const char *field, struct str typed, int32_t alone, bool required)
{
	struct typed t;
	int32_t minutes = 0;
	bool days;
	if (!str_trim(typed).n) {
		if (required)
			wrong(r, field, WHY_FIELD_REQUIRED);
		return 0;
	}
	bool good = fold(&t, typed) && length(&t.s, alone, &minutes, &days);
	blanks(&t.s);
	if (!good || t.s.n || minutes > 366 * DAY)
		wrong(r, field, WHY_POSOLOGY_LENGTH);
	return good ? minutes : 0;
}

bool posology_days_typed(struct str typed, int32_t *days_r)
{
	struct typed t;
	int32_t minutes = 0;
	bool days = true;
	*days_r = 0;
	if (!str_trim(typed).n)
		return true;
	if (!fold(&t, typed) || !length(&t.s, IN_DAYS, &minutes, &days) || !days)
		return false;
	blanks(&t.s);
	*days_r = minutes / DAY;
	return !t.s.n && *days_r <= 366;
}

/* "pendant 5 j", "5 j": into the step. */
static bool during(struct str *s, struct posology_step *step)
{
	struct str before = *s;
	int32_t minutes;
	bool days;
	if (!one_of(word(s), "pendant,x,durant"))
		*s = before;
	if (!length(s, IN_DAYS, &minutes, &days))
		return false;
	step->for_days = days ? minutes / DAY : 0;
	step->for_min = days ? 0 : minutes;
	return true;
}

/* ---- clock and calendar ---- */

/* "8h", "20h30", "08:00". */
static bool clock_time(struct str *s, int *minute_r)
{
	struct str t = *s;
	uint64_t h, m = 0;
	if (!whole(&t, 2, &h) || h > 23 || !t.n || (*t.p != 'h' && *t.p != ':'))
		return false;
	bool colon = *t.p == ':';
	skip(&t, 1);
	if (is_digit(t, 0) ? !is_digit(t, 1) || !whole(&t, 2, &m) || m > 59 : colon)
		return false;
	if (colon && t.n > 2 && *t.p == ':' && is_digit(t, 1) && is_digit(t, 2))
		skip(&t, 3);
	if (t.n && *t.p != ' ' && *t.p != ',' && *t.p != ';')
		return false;
	*s = t;
	*minute_r = (int)(h * HOUR + m);
	return true;
}

/* "demain", "12/03", "12/03/2027", "12/03/27", "2027-03-12". *s goes behind it. */
static bool day_typed(struct str *s, int32_t today, int32_t *day_r)
{
	static const struct { const char *words; int more; } NAMED[] = { { "aujourd'hui,aujourd’hui,j", 0 }, { "demain", 1 }, { "apres-demain", 2 } };
	struct str t = *s, w = word(&t);
	uint64_t a, b, c = 0;
	for (size_t i = 0; i < sizeof NAMED / sizeof NAMED[0]; i++)
		if (one_of(w, NAMED[i].words)) {
			*day_r = today + NAMED[i].more;
			*s = t;
			return true;
		}
	t = *s;
	if (!whole(&t, 4, &a) || !t.n || !strchr("/.-", *t.p))
		return false;
	char sep = *t.p;
	skip(&t, 1);
	if (!whole(&t, 2, &b))
		return false;
	struct civil now = civil_of_days(today);
	bool iso = a > 31, year = t.n && *t.p == sep;
	if (year) {
		skip(&t, 1);
		if (!whole(&t, 4, &c))
			return false;
	}
	if (iso ? !year || sep != '-' : false)
		return false;
	int y = iso ? (int)a : year ? (int)(c < 100 ? c + 2000 : c) : now.year, d = iso ? (int)c : (int)a;
	if (!date_exists(y, (int)b, d) || y < 2000 || y > 2200)
		return false;
	*day_r = days_of(y, (int)b, d);
	if (!iso && !year && *day_r < today - 180)
		*day_r = date_exists(y + 1, (int)b, d) ? days_of(y + 1, (int)b, d) : *day_r; /* "3/1" typed in December */
	if (t.n && *t.p == 't')
		skip(&t, 1);
	*s = t;
	return true;
}

/* 0: nothing typed; -1: not readable. timed_r: an hour was said. */
static int64_t instant(struct str typed, int64_t now_ms, bool *timed_r)
{
	struct typed t;
	struct civil c = civil_paris(now_ms);
	int32_t today = days_of(c.year, c.month, c.day), day = today;
	int minute = 0;
	*timed_r = false;
	if (!fold(&t, typed))
		return -1;
	if (!t.s.n)
		return 0;
	*timed_r = clock_time(&t.s, &minute);
	if (!*timed_r) {
		if (!day_typed(&t.s, today, &day))
			return -1;
		struct str before = t.s;
		if (!str_eq(word(&t.s), "a"))
			t.s = before;
		blanks(&t.s);
		*timed_r = t.s.n && clock_time(&t.s, &minute);
	}
	blanks(&t.s);
	if (t.s.n)
		return -1;
	c = civil_of_days(day);
	c.hour = minute / HOUR;
	c.minute = minute % HOUR;
	return civil_paris_to_ms(c);
}

static void read_span(struct reader *r)
{
	bool timed, stop_timed;
	int64_t start = instant(r->t->start, r->now_ms, &timed), stop = instant(r->t->stop, r->now_ms, &stop_timed);
	if (start == 0)
		start = r->now_ms - r->now_ms % MINUTE_MS;
	else if (start < 0 || (!timed && r->p->step[0].kind != POSOLOGY_MOMENTS))
		wrong(r, "start", WHY_POSOLOGY_START);
	else if (start < r->now_ms - LATE_MS || start > r->now_ms + AHEAD_MS)
		wrong(r, "start", WHY_POSOLOGY_FAR);
	if (stop > 0 && !stop_timed) {
		struct civil c = civil_paris(stop), next = civil_of_days(days_of(c.year, c.month, c.day) + 1); /* that day still */
		stop = civil_paris_to_ms(next);
	}
	if (stop < 0)
		wrong(r, "stop", WHY_POSOLOGY_START);
	else if (stop && start > 0 && stop <= start)
		wrong(r, "stop", WHY_POSOLOGY_STOP);
	r->p->start_ms = start;
	r->p->stop_ms = stop;
}

/* ---- doses and moments ---- */

/* A number and, behind it, its unit. Blank: nothing is said. */
static bool dose_field(struct reader *r, const char *field, struct str typed, bool rate, struct decimal *d_r, const char **unit_r)
{
	struct typed t;
	if (!str_trim(typed).n)
		return false;
	enum why why = fold(&t, typed) ? number(&t.s, d_r) : WHY_FIELD_TOO_LONG;
	blanks(&t.s);
	const char *unit = !why && t.s.n ? unit_typed(t.s, rate) : NULL;
	if (why)
		wrong(r, field, why);
	else if (d_r->coefficient == 0 || posology_micro(*d_r) < 0)
		wrong(r, field, WHY_POSOLOGY_DOSE);
	else if (t.s.n && !unit)
		wrong(r, field, rate ? WHY_POSOLOGY_RATE : WHY_POSOLOGY_UNIT);
	else if (unit && *unit_r && *unit_r != unit)
		wrong(r, rate ? field : "unit", WHY_POSOLOGY_UNIT_TWICE);
	else if (unit)
		*unit_r = unit;
	return true;
}

/* "1-0-1", "1-0-1-0": in the morning, at noon, in the evening, at bedtime. */
static bool pattern(struct str *s, struct posology_step *step)
{
	static const enum posology_moment AT[] = { MOMENT_MORN, MOMENT_NOON, MOMENT_EVE, MOMENT_HS };
	struct str t = *s;
	struct decimal dose[4];
	unsigned n = 0;
	for (;; skip(&t, 1)) {
		if (n == 4 || number(&t, &dose[n++]) != WHY_NONE)
			return false;
		blanks(&t);
		if (!t.n || *t.p != '-')
			break;
	}
	if (n < 3)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (dose[i].coefficient)
			step->take[step->n_takes++] = (struct posology_take){ AT[i], 0, dose[i] };
	*s = t;
	return step->n_takes > 0;
}

static enum posology_moment moment_typed(struct str w)
{
	static const struct { const char *words; enum posology_moment at; } WORDS[] = {
		{ "matin", MOMENT_MORN }, { "midi", MOMENT_NOON }, { "soir", MOMENT_EVE }, { "coucher", MOMENT_HS }, { "nuit", MOMENT_NIGHT }, { "reveil", MOMENT_WAKE },
		{ "gouter,apres-midi,l'apres-midi,l’apres-midi", MOMENT_AFT } };
	struct typed code;
	for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
		if (one_of(w, WORDS[i].words))
			return WORDS[i].at;
	for (unsigned m = 0; m < MOMENT__END; m++)
		if (fold(&code, str_of(posology_moment_code((enum posology_moment)m))) && str_is(code.s, w))
			return (enum posology_moment)m;
	return MOMENT__END;
}

/* Words and times, until something else comes. */
static bool moments(struct str *s, struct posology_step *step, struct decimal dose)
{
	for (;;) {
		struct posology_take take = { .at = MOMENT_CLOCK, .dose = dose };
		int minute;
		while (s->n && strchr(" ,;+", *s->p))
			skip(s, 1);
		struct str before = *s;
		if (!s->n)
			return step->n_takes > 0;
		if (clock_time(s, &minute)) {
			take.minute = (int16_t)minute;
		} else {
			struct str w = word(s);
			if (one_of(w, "et,le,la,au,a,les") && s->n)
				continue;
			take.at = moment_typed(w);
			if (take.at == MOMENT__END) {
				*s = before;
				return step->n_takes > 0;
			}
		}
		if (step->n_takes == POSOLOGY_TAKES)
			return false;
		step->take[step->n_takes++] = take;
	}
}

static void order(struct posology_step *step)
{
	for (unsigned i = 1; i < step->n_takes; i++)
		for (unsigned k = i; k; k--) {
			struct posology_take *a = &step->take[k - 1], *b = &step->take[k], swap = *a;
			if (a->at < b->at || (a->at == b->at && a->minute <= b->minute))
				break;
			*a = *b;
			*b = swap;
		}
}

static bool is_one(struct decimal d) { return decimal_cmp(d, (struct decimal){ .coefficient = 1 }) == 0; }

/* A dose beside « 1-0-1 »: the ones say when, the dose says how much. Other numbers say it twice. */
static bool apply_dose(struct posology_step *step, struct decimal dose)
{
	for (unsigned i = 0; i < step->n_takes; i++) {
		if (!is_one(step->take[i].dose) && !is_one(dose))
			return false;
		if (is_one(step->take[i].dose))
			step->take[i].dose = dose;
	}
	return true;
}

static void read_takes(struct reader *r, struct posology_step *step, bool dosed)
{
	struct typed t;
	if (!str_trim(r->t->take).n) {
		wrong(r, "take", WHY_POSOLOGY_TAKE);
		return;
	}
	bool read = fold(&t, r->t->take), by_pattern = read && pattern(&t.s, step);
	if (!by_pattern)
		read = read && moments(&t.s, step, step->dose);
	blanks(&t.s);
	if (!read || t.s.n)
		wrong(r, "take", WHY_POSOLOGY_TAKE);
	else if (by_pattern ? dosed && !apply_dose(step, step->dose) : !dosed)
		wrong(r, "dose", by_pattern ? WHY_POSOLOGY_DOSE_TWICE : WHY_FIELD_REQUIRED);
	order(step);
	step->dose = (struct decimal){ 0 };
}

/* "", "1", "2" (one day in two), "1 jour sur 3", "lun mer ven". */
static void read_days(struct reader *r, struct posology_step *step)
{
	static const char *const WEEK[7] = { "lun", "mar", "mer", "jeu", "ven", "sam", "dim" };
	struct typed t;
	uint64_t n;
	bool good = fold(&t, r->t->days);
	step->every_days = 1;
	if (good && is_digit(t.s, 0)) {
		good = whole(&t.s, 3, &n) && n >= 1 && n <= 366;
		blanks(&t.s);
		if (good && t.s.n) {
			struct str w = word(&t.s);
			good = n == 1 && one_of(w, "jour,j") && str_eq(word(&t.s), "sur") && whole(&t.s, 3, &n) && n >= 1 && n <= 366;
		}
		step->every_days = good ? (unsigned)n : 1;
	}
	while (good && t.s.n) {
		while (t.s.n && strchr(" ,;", *t.s.p))
			skip(&t.s, 1);
		struct str w = word(&t.s);
		unsigned d = 0;
		while (d < 7 && !(w.n >= 3 && memcmp(w.p, WEEK[d], 3) == 0))
			d++;
		if (d < 7)
			step->week_days |= (unsigned char)(1u << d);
		else if (w.n || t.s.n)
			good = one_of(w, "et,le");
	}
	if (!good)
		wrong(r, "days", WHY_POSOLOGY_DAYS);
}

/* Further stages of a taper, one a line: « 20 mg matin 5 j », « 1-0-0 pendant 5 j »; the last may be without end. */
static bool read_stage(struct reader *r, struct str line, struct posology_step *step)
{
	struct typed t;
	struct decimal dose;
	step->kind = POSOLOGY_MOMENTS;
	step->every_days = 1;
	if (!fold(&t, line))
		return false;
	if (!pattern(&t.s, step)) {
		if (number(&t.s, &dose) != WHY_NONE || dose.coefficient == 0)
			return false;
		struct str before = t.s;
		const char *unit = unit_typed(word(&t.s), false);
		if (!unit)
			t.s = before;
		if (unit && r->p->unit && unit != r->p->unit)
			return false;
		if (!moments(&t.s, step, dose))
			return false;
	}
	blanks(&t.s);
	bool good = !t.s.n || during(&t.s, step);
	blanks(&t.s);
	order(step);
	return good && !t.s.n;
}

static void read_stages(struct reader *r)
{
	struct str rest = r->t->steps;
	while (str_trim(rest).n) {
		struct str line = str_trim(str_cut(rest, '\n', &rest));
		if (!line.n)
			continue;
		if (r->p->n_steps == POSOLOGY_STEPS || r->p->step[0].kind != POSOLOGY_MOMENTS || !read_stage(r, line, &r->p->step[r->p->n_steps++])) {
			wrong(r, "steps", WHY_POSOLOGY_STEPS);
			return;
		}
	}
	for (unsigned i = 0; i + 1 < r->p->n_steps; i++)
		if (!r->p->step[i].for_days && !r->p->step[i].for_min)
			wrong(r, i ? "steps" : "during", WHY_POSOLOGY_STEPS);
}

/* ---- all of it ---- */

static enum posology_kind kind_of(struct str code)
{
	static const char *const CODES[] = { "", "once", "moments", "every", "as_needed", "continuous" };
	for (unsigned k = POSOLOGY_ONCE; k <= POSOLOGY_CONTINUOUS; k++)
		if (str_eq(code, CODES[k]))
			return (enum posology_kind)k;
	return 0;
}

static void read_rest(struct reader *r, struct posology_step *step, bool dosed)
{
	const struct posology_typed *t = r->t;
	const char *most_unit = r->p->unit, *rate_unit = NULL;
	struct typed length_typed;
	if (step->kind == POSOLOGY_MOMENTS) {
		read_takes(r, step, dosed);
		read_days(r, step);
	} else if (step->kind != POSOLOGY_CONTINUOUS && !dosed) {
		wrong(r, "dose", WHY_FIELD_REQUIRED);
	}
	if (step->kind == POSOLOGY_EVERY)
		step->every_min = length_field(r, "every", t->every, IN_HOURS, true);
	if (step->kind == POSOLOGY_AS_NEEDED) {
		step->gap_min = length_field(r, "gap", t->gap, IN_HOURS, false);
		if (dose_field(r, "most", t->most, false, &step->day_most, &most_unit) && dosed && decimal_cmp(step->day_most, step->dose) < 0)
			wrong(r, "most", WHY_POSOLOGY_MOST);
	}
	if (dose_field(r, "rate", t->rate, true, &step->rate, &rate_unit) && !rate_unit)
		wrong(r, "rate", WHY_POSOLOGY_RATE);
	step->rate_unit = rate_unit;
	if (step->kind == POSOLOGY_CONTINUOUS && !str_trim(t->rate).n)
		wrong(r, "rate", WHY_POSOLOGY_RATE);
	step->run_min = step->kind == POSOLOGY_CONTINUOUS ? 0 : length_field(r, "run", t->run, IN_MINUTES, false);
	if (str_trim(t->during).n) {
		bool read = fold(&length_typed, t->during) && during(&length_typed.s, step);
		blanks(&length_typed.s);
		if (!read || length_typed.s.n)
			wrong(r, "during", WHY_POSOLOGY_LENGTH);
	}
}

void posology_type(const struct posology_typed *t, int64_t now_ms, struct posology *p_r, struct posology_bad bad[POSOLOGY_BAD], unsigned *n_r)
{
	struct reader r = { t, now_ms, p_r, bad, n_r };
	struct posology_step *step = &p_r->step[0];
	struct problem why;
	*n_r = 0;
	*p_r = (struct posology){ .n_steps = 1, .route = str_trim(t->route), .condition = str_trim(t->condition) };
	step->kind = kind_of(t->kind);
	if (!step->kind)
		wrong(&r, "kind", WHY_FIELD_REQUIRED);
	const struct posology_unit *u = posology_unit_of(t->unit);
	p_r->unit = u && !u->rate ? u->ucum : NULL;
	bool dosed = dose_field(&r, "dose", t->dose, false, &step->dose, &p_r->unit);
	if (step->kind)
		read_rest(&r, step, dosed);
	if (!p_r->unit && !is_wrong(&r, "dose") && (dosed || step->kind != POSOLOGY_CONTINUOUS))
		wrong(&r, "unit", WHY_POSOLOGY_UNIT);
	read_span(&r);
	read_stages(&r);
	if (!*n_r && posology_check(p_r, &why) != RC_OK) {
		static const char *const FIELDS[] = { "dose", "take", "every", "gap", "most", "rate", "run", "during", "start", "stop", "steps", "days", "unit" };
		for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++)
			if (strcmp(why.where, FIELDS[i]) == 0)
				wrong(&r, FIELDS[i], WHY_POSOLOGY_WHOLE);
		if (!*n_r)
			wrong(&r, "kind", WHY_POSOLOGY_WHOLE);
	}
}
