/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/posology.c: see posology.h. Moments and units as tables, what may be said, and the instants at which a dose is due. Must never round a dose, and never plan
 * what was not said. Called by prescription and by the plan of care. Start at posology_times.
 */
#include "hospital/posology.h"

#include <string.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])
#define MINUTE_MS (60 * INT64_C(1000))
#define DAY_MIN 1440
#define YEAR_MS (366 * INT64_C(86400000))
#define DAYS_MOST 3660          /* of one step: ten years */

/* ---- moments ---- */

static const struct { const char *code, *words; } MOMENTS[MOMENT__END] = {
	[MOMENT_WAKE]  = { "WAKE",  "au réveil" },
	[MOMENT_ACM]   = { "ACM",   "avant le petit déjeuner" },
	[MOMENT_MORN]  = { "MORN",  "le matin" },
	[MOMENT_CM]    = { "CM",    "pendant le petit déjeuner" },
	[MOMENT_PCM]   = { "PCM",   "après le petit déjeuner" },
	[MOMENT_ACD]   = { "ACD",   "avant le déjeuner" },
	[MOMENT_NOON]  = { "NOON",  "le midi" },
	[MOMENT_CD]    = { "CD",    "pendant le déjeuner" },
	[MOMENT_PCD]   = { "PCD",   "après le déjeuner" },
	[MOMENT_AFT]   = { "AFT",   "l’après-midi" },
	[MOMENT_ACV]   = { "ACV",   "avant le dîner" },
	[MOMENT_EVE]   = { "EVE",   "le soir" },
	[MOMENT_CV]    = { "CV",    "pendant le dîner" },
	[MOMENT_PCV]   = { "PCV",   "après le dîner" },
	[MOMENT_HS]    = { "HS",    "au coucher" },
	[MOMENT_NIGHT] = { "NIGHT", "la nuit" },
};
#define H(hour, minute) ((hour) * 60 + (minute))
const struct posology_clock posology_house = { INT32_MIN, {
	[MOMENT_WAKE] = H(7, 0), [MOMENT_ACM] = H(7, 30), [MOMENT_MORN] = H(8, 0), [MOMENT_CM] = H(8, 0), [MOMENT_PCM] = H(8, 30),
	[MOMENT_ACD] = H(11, 30), [MOMENT_NOON] = H(12, 0), [MOMENT_CD] = H(12, 0), [MOMENT_PCD] = H(12, 30), [MOMENT_AFT] = H(16, 0),
	[MOMENT_ACV] = H(17, 30), [MOMENT_EVE] = H(18, 0), [MOMENT_CV] = H(18, 0), [MOMENT_PCV] = H(18, 30), [MOMENT_HS] = H(21, 0), [MOMENT_NIGHT] = H(0, 0) } };

const char *posology_moment_code(enum posology_moment m) { return m < MOMENT__END ? MOMENTS[m].code : ""; }
const char *posology_moment_words(enum posology_moment m) { return m < MOMENT__END ? MOMENTS[m].words : ""; }

enum posology_moment posology_moment_of(struct str code)
{
	unsigned m = 0;
	while (m < MOMENT__END && !str_eq(code, MOMENTS[m].code))
		m++;
	return (enum posology_moment)m;
}

/* ---- units ---- */

/* Forms are counted: UCUM's annotation of the unity (UCUM §6, curly braces), in ASCII. */
const struct posology_unit posology_units[] = {
	{ "mg",             "mg",                  "mg",                   "milligramme,milligrammes", false },
	{ "g",              "g",                   "g",                    "gramme,grammes,gr", false },
	{ "ug",             "microgramme",         "microgrammes",         "µg,μg,mcg,microg", false },
	{ "ng",             "nanogramme",          "nanogrammes",          "", false },
	{ "mL",             "mL",                  "mL",                   "ml,millilitre,millilitres,cc", false },
	{ "L",              "L",                   "L",                    "l,litre,litres", false },
	{ "[iU]",           "unité internationale", "unités internationales", "ui,iu,unite,unites", false },
	{ "mmol",           "mmol",                "mmol",                 "millimole,millimoles", false },
	{ "meq",            "mEq",                 "mEq",                  "", false },
	{ "MBq",            "MBq",                 "MBq",                  "", false },
	{ "[drp]",          "goutte",              "gouttes",              "gtt,gttes", false },
	{ "{comprime}",     "comprimé",            "comprimés",            "cp,cpr,cps,comp", false },
	{ "{gelule}",       "gélule",              "gélules",              "gel,gelu", false },
	{ "{capsule}",      "capsule",             "capsules",             "caps", false },
	{ "{sachet}",       "sachet",              "sachets",              "sach", false },
	{ "{ampoule}",      "ampoule",             "ampoules",             "amp", false },
	{ "{flacon}",       "flacon",              "flacons",              "fl", false },
	{ "{seringue}",     "seringue",            "seringues",            "ser", false },
	{ "{poche}",        "poche",               "poches",               "", false },
	{ "{suppositoire}", "suppositoire",        "suppositoires",        "supp,suppo", false },
	{ "{ovule}",        "ovule",               "ovules",               "", false },
	{ "{patch}",        "dispositif transdermique", "dispositifs transdermiques", "patch,patchs,dispositif,dispositifs", false },
	{ "{bouffee}",      "bouffée",             "bouffées",             "bouf", false },
	{ "{inhalation}",   "inhalation",          "inhalations",          "inh", false },
	{ "{pulverisation}","pulvérisation",       "pulvérisations",       "pulv", false },
	{ "{application}",  "application",         "applications",         "appli,app", false },
	{ "{dose}",         "dose",                "doses",                "", false },
	{ "{cuillere}",     "cuillère-mesure",     "cuillères-mesures",    "cuillere,cuilleres", false },
	{ "{lavement}",     "lavement",            "lavements",            "", false },
	{ "mL/h",           "mL par heure",        "mL par heure",         "ml/h", true },
	{ "mg/h",           "mg par heure",        "mg par heure",         "", true },
	{ "ug/h",           "microgrammes par heure", "microgrammes par heure", "µg/h,μg/h,mcg/h", true },
	{ "g/h",            "g par heure",         "g par heure",          "", true },
	{ "[iU]/h",         "unités internationales par heure", "unités internationales par heure", "ui/h", true },
	{ "mmol/h",         "mmol par heure",      "mmol par heure",       "", true },
	{ "mL/min",         "mL par minute",       "mL par minute",        "ml/min", true },
	{ "mg/min",         "mg par minute",       "mg par minute",        "", true },
	{ "L/min",          "L par minute",        "L par minute",         "l/min", true },
	{ NULL, NULL, NULL, NULL, false },
};

const struct posology_unit *posology_unit_of(struct str ucum)
{
	for (const struct posology_unit *u = posology_units; u->ucum; u++)
		if (str_eq(ucum, u->ucum))
			return u;
	return NULL;
}

/* ---- what may be said ---- */

int64_t posology_micro(struct decimal d)
{
	unsigned __int128 v = d.coefficient;
	int e = d.exponent + 6;
	if (d.negative)
		return -1;
	for (; e > 0 && v && v <= INT64_MAX; e--)
		v *= 10;
	for (; e < 0 && v; e++) {
		if (v % 10)
			return -1;
		v /= 10;
	}
	return v <= INT64_MAX ? (int64_t)v : -1;
}

static enum rc bad(struct problem *why, const char *field)
{
	return problem_set(why, RC_BAD_INPUT, WHY_BAD_VALUE, field, "posology");
}

static const char *bad_step(const struct posology *p, const struct posology_step *s, bool last)
{
	bool dosed = s->dose.coefficient && posology_micro(s->dose) > 0, rated = s->rate.coefficient && posology_micro(s->rate) > 0;
	if ((s->dose.coefficient && !dosed) || s->dose.negative)
		return "dose";
	if ((s->rate.coefficient && !rated) || s->rate.negative || (rated && !s->rate_unit))
		return "rate";
	if (s->run_min < 0 || s->run_min > 31 * DAY_MIN)
		return "run";
	if (s->for_days < 0 || s->for_min < 0 || s->for_days > DAYS_MOST || s->for_min > 31 * DAY_MIN || (s->for_days && s->for_min))
		return "during";
	if (!last && !s->for_days && !s->for_min)
		return "steps";
	switch (s->kind) {
	case POSOLOGY_MOMENTS:
		if (!s->n_takes || s->n_takes > POSOLOGY_TAKES)
			return "take";
		for (unsigned i = 0; i < s->n_takes; i++) {
			if (posology_micro(s->take[i].dose) <= 0)
				return "dose";
			if (s->take[i].at > MOMENT_CLOCK || (s->take[i].at == MOMENT_CLOCK && (s->take[i].minute < 0 || s->take[i].minute >= DAY_MIN)))
				return "take";
			for (unsigned k = 0; k < i; k++)
				if (s->take[k].at == s->take[i].at && (s->take[i].at != MOMENT_CLOCK || s->take[k].minute == s->take[i].minute))
					return "take";
		}
		return s->every_days < 1 || s->every_days > 366 || s->week_days > 127 ? "days" : p->unit ? NULL : "unit";
	case POSOLOGY_EVERY:
		return !dosed ? "dose" : s->every_min < 1 || s->every_min > 366 * DAY_MIN ? "every" : p->unit ? NULL : "unit";
	case POSOLOGY_AS_NEEDED:
		if (!dosed)
			return "dose";
		if (s->gap_min < 0 || s->gap_min > 31 * DAY_MIN)
			return "gap";
		if (s->day_most.coefficient && (posology_micro(s->day_most) < 0 || decimal_cmp(s->day_most, s->dose) < 0))
			return "most";
		return p->unit ? NULL : "unit";
	case POSOLOGY_CONTINUOUS:
		return !rated ? "rate" : dosed && !p->unit ? "unit" : NULL;
	case POSOLOGY_ONCE:
		return !dosed ? "dose" : p->unit ? NULL : "unit";
	}
	return "kind";
}

enum rc posology_check(const struct posology *p, struct problem *why)
{
	if (!p->n_steps || p->n_steps > POSOLOGY_STEPS)
		return bad(why, "steps");
	if (p->start_ms <= 0)
		return bad(why, "start");
	if (p->stop_ms && p->stop_ms <= p->start_ms)
		return bad(why, "stop");
	for (unsigned i = 0; i < p->n_steps; i++) {
		const char *field = bad_step(p, &p->step[i], i + 1 == p->n_steps);
		if (field)
			return bad(why, field);
	}
	return RC_OK;
}

/* ---- when ---- */

static int32_t day_at(int64_t ms)
{
	struct civil c = civil_paris(ms);
	return days_of(c.year, c.month, c.day);
}

/* A minute of a Paris day, as an instant. */
static int64_t at_minute(int32_t day, int minute)
{
	struct civil c = civil_of_days(day);
	c.hour = minute / 60;
	c.minute = minute % 60;
	return civil_paris_to_ms(c);
}

/* The same time of the clock, days later. An instant in the hour that comes twice stays itself for no day. */
static int64_t days_later(int64_t ms, int64_t days)
{
	struct civil c = civil_paris(ms), d = civil_of_days(days_of(c.year, c.month, c.day) + (int32_t)days);
	c.year = d.year;
	c.month = d.month;
	c.day = d.day;
	return days ? civil_paris_to_ms(c) : ms;
}

int64_t posology_step_at(const struct posology *p, unsigned i)
{
	int64_t at = p->start_ms;
	for (unsigned k = 0; k < i; k++) {
		const struct posology_step *s = &p->step[k];
		if (!s->for_days && !s->for_min)
			return INT64_MAX;
		at = s->for_days ? days_later(at, s->for_days) : at + s->for_min * MINUTE_MS;
	}
	return at;
}

int64_t posology_end(const struct posology *p)
{
	int64_t end = posology_step_at(p, p->n_steps);
	return p->stop_ms && p->stop_ms < end ? p->stop_ms : end;
}

struct span { int64_t begin, low, high; }; /* the step begins; what is wanted of it is [low, high) */
struct sink { struct posology_due *out; size_t max, n; };

static void due(struct sink *k, int64_t at, struct decimal dose, unsigned step, int32_t run_min, enum posology_moment moment)
{
	if (k->n < k->max)
		k->out[k->n] = (struct posology_due){ at, dose, step, run_min, moment };
	k->n++;
}

static const struct posology_clock *clock_of(const struct posology_clock *clocks, size_t n, int32_t day)
{
	for (size_t i = 0; i < n; i++)
		if (clocks[i].since_day <= day)
			return &clocks[i];
	return &posology_house;
}

static bool counts(const struct posology_step *s, int32_t day, int32_t first)
{
	unsigned week_day = (unsigned)(((day + 3) % 7 + 7) % 7); /* day 0 was a Thursday; 0 Monday */
	return (day - first) % (int32_t)s->every_days == 0 && (!s->week_days || (s->week_days >> week_day & 1));
}

static void moments(const struct posology_step *s, unsigned step, const struct posology_clock *clocks, size_t n_clocks, struct span t, struct sink *k)
{
	int32_t first = day_at(t.begin), last = day_at(t.high - 1);
	for (int32_t day = day_at(t.low); day <= last; day++) {
		const struct posology_clock *clock = clock_of(clocks, n_clocks, day);
		struct { int64_t at; unsigned take; } row[POSOLOGY_TAKES];
		unsigned n = 0;
		for (unsigned i = 0; counts(s, day, first) && i < s->n_takes; i++) {
			const struct posology_take *take = &s->take[i];
			int64_t at = at_minute(day, take->at == MOMENT_CLOCK ? take->minute : clock->minute[take->at]);
			unsigned to = n++;
			for (; to && row[to - 1].at > at; to--)
				row[to] = row[to - 1];
			row[to].at = at;
			row[to].take = i;
		}
		for (unsigned i = 0; i < n; i++)
			if (row[i].at >= t.low && row[i].at < t.high)
				due(k, row[i].at, s->take[row[i].take].dose, step, s->run_min, s->take[row[i].take].at == MOMENT_CLOCK ? MOMENT__END : s->take[row[i].take].at);
	}
}

static void every(const struct posology_step *s, unsigned step, struct span t, struct sink *k)
{
	int64_t period = s->every_min * MINUTE_MS;
	int64_t i = (t.low - t.begin) / period;
	bool by_days = s->every_min % DAY_MIN == 0;
	for (i = i > 0 ? i - 1 : 0;; i++) {
		int64_t at = by_days ? days_later(t.begin, i * (s->every_min / DAY_MIN)) : t.begin + i * period;
		if (at >= t.high)
			return;
		if (at >= t.low)
			due(k, at, s->dose, step, s->run_min, MOMENT__END);
	}
}

size_t posology_times(const struct posology *p, const struct posology_clock *clocks, size_t n_clocks, int64_t from_ms, int64_t until_ms, struct posology_due *out, size_t max)
{
	struct sink k = { .out = out, .max = max };
	int64_t end = posology_end(p);
	if (until_ms - YEAR_MS > from_ms)
		until_ms = from_ms + YEAR_MS;
	for (unsigned i = 0; i < p->n_steps; i++) {
		const struct posology_step *s = &p->step[i];
		int64_t begin = posology_step_at(p, i), next = posology_step_at(p, i + 1);
		next = next < end ? next : end;
		struct span t = { begin, begin > from_ms ? begin : from_ms, next < until_ms ? next : until_ms };
		if (t.low >= t.high)
			continue;
		if (s->kind == POSOLOGY_MOMENTS && s->every_days)
			moments(s, i, clocks, n_clocks, t, &k);
		else if (s->kind == POSOLOGY_EVERY && s->every_min > 0)
			every(s, i, t, &k);
		else if ((s->kind == POSOLOGY_ONCE || s->kind == POSOLOGY_CONTINUOUS) && t.low == begin)
			due(&k, begin, s->dose, i, s->kind == POSOLOGY_CONTINUOUS ? -1 : s->run_min, MOMENT__END);
	}
	return k.n;
}

int64_t posology_day_micro(const struct posology *p, unsigned step)
{
	const struct posology_step *s = &p->step[step];
	int64_t one = posology_micro(s->dose), sum = 0, times = 1;
	if (s->kind == POSOLOGY_MOMENTS) {
		for (unsigned i = 0; i < s->n_takes; i++) {
			int64_t take = posology_micro(s->take[i].dose);
			if (take < 0 || __builtin_add_overflow(sum, take, &sum))
				return -1;
		}
		return sum;
	}
	if (s->kind == POSOLOGY_AS_NEEDED && s->day_most.coefficient)
		return posology_micro(s->day_most);
	int32_t apart = s->kind == POSOLOGY_EVERY ? s->every_min : s->kind == POSOLOGY_AS_NEEDED ? s->gap_min : DAY_MIN;
	if (apart <= 0 || one < 0 || s->kind == POSOLOGY_CONTINUOUS)
		return -1;
	times = apart >= DAY_MIN ? 1 : (DAY_MIN + apart - 1) / apart;
	return __builtin_mul_overflow(one, times, &sum) ? -1 : sum;
}
