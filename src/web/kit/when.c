/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/when.c: writes dates, ages and numbers for persons. It must never guess: a part that is not known is not written.
 * Called by components and pages. Start at when_parse and when_clinical.
 */
#include "kit/when.h"

#include "base/clock.h"

#define MINUTE_MS 60000
#define HOUR_MS   3600000
#define DAY_MS    86400000

/* Names by language: these are forms of writing, not sentences, so they live here and not in the .po files. */
static const char *const month_names[SAY__LANGS][12] = {
	[SAY_FR] = { "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc." },
	[SAY_EN] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" },
};
static const char *const day_names[SAY__LANGS][7] = {
	[SAY_FR] = { "dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam." },
	[SAY_EN] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" },
};

static bool
take_digits(struct str *s, size_t n, int *v_r)
{
	if (s->n < n)
		return false;
	int v = 0;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	*s = (struct str){ s->p + n, s->n - n };
	*v_r = v;
	return true;
}

static bool
take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = (struct str){ s->p + 1, s->n - 1 };
	return true;
}

/* "Z", "+01:00" or nothing (Paris): minutes east of UTC. */
static bool
take_zone(struct str *s, int *minutes_r, bool *given_r)
{
	*minutes_r = 0;
	*given_r = true;
	if (take_char(s, 'Z'))
		return true;
	bool west = take_char(s, '-');
	if (!west && !take_char(s, '+')) {
		*given_r = false;
		return true;
	}
	int h, m;
	if (!take_digits(s, 2, &h) || !take_char(s, ':') || !take_digits(s, 2, &m))
		return false;
	*minutes_r = west ? -(h * 60 + m) : h * 60 + m;
	return true;
}

bool
when_of_ms(int64_t ms, struct when *w_r)
{
	if (ms <= 0)
		return false;
	struct civil c = civil_paris(ms);
	*w_r = (struct when){ c.year, c.month, c.day, c.hour, c.minute, c.second, true, true, true, ms };
	return true;
}

bool
when_parse(struct str text, struct when *w_r)
{
	struct when w = { 0 };
	if (!take_digits(&text, 4, &w.year))
		return false;
	if (take_char(&text, '-')) {
		if (!take_digits(&text, 2, &w.month) || w.month < 1 || w.month > 12)
			return false;
		w.has_month = true;
		if (take_char(&text, '-')) {
			if (!take_digits(&text, 2, &w.day) || !date_exists(w.year, w.month, w.day))
				return false;
			w.has_day = true;
		}
	}
	w.ms = civil_paris_to_ms((struct civil){ .year = w.year, .month = w.has_month ? w.month : 1, .day = w.has_day ? w.day : 1 });
	if (w.has_day && take_char(&text, 'T')) {
		if (!take_digits(&text, 2, &w.hour) || !take_char(&text, ':') || !take_digits(&text, 2, &w.minute) || w.hour > 23 || w.minute > 59)
			return false;
		if (take_char(&text, ':') && (!take_digits(&text, 2, &w.second) || w.second > 60))
			return false;
		if (take_char(&text, '.'))
			for (int ignored; take_digits(&text, 1, &ignored);)
				continue;
		int east;
		bool zoned;
		if (!take_zone(&text, &east, &zoned))
			return false;
		struct civil c = { w.year, w.month, w.day, w.hour, w.minute, w.second, 0 };
		int64_t ms = zoned ? civil_to_ms(c) - (int64_t)east * MINUTE_MS : civil_paris_to_ms(c);
		if (!when_of_ms(ms, &w))
			return false;
	}
	if (text.n > 0)
		return false;
	*w_r = w;
	return true;
}

static void
put_two(struct words *ws, int v)
{
	char at[2] = { (char)('0' + v / 10 % 10), (char)('0' + v % 10) };
	words_add(ws, (struct str){ at, 2 });
}

static void
put_number(struct words *ws, int64_t v)
{
	struct digits d;
	words_add(ws, digits_of(&d, v));
}

static void
put_year(struct words *ws, int year)
{
	put_two(ws, year / 100);
	put_two(ws, year % 100);
}

/* "3 jours": the number inside its sentence. */
static void
put_counted(struct words *ws, const struct kit *k, int n, const char *one, const char *many)
{
	struct digits d;
	struct buf b;
	buf_init(&b, 200);
	say_buf(&b, tr_n(k->lang, (uint64_t)(n < 0 ? 0 : n), one, many), digits_of(&d, n));
	words_add(ws, buf_view(&b));
	buf_done(&b);
}

static unsigned
lang_of(const struct kit *k)
{
	return k->lang < SAY__LANGS ? k->lang : SAY_FR;
}

static void
put_day_month(struct words *ws, const struct kit *k, struct when w, bool with_year)
{
	unsigned lang = lang_of(k);
	const char *between = lang == SAY_FR ? " " : "-";
	if (w.has_day) {
		if (lang == SAY_FR)
			put_number(ws, w.day);
		else
			put_two(ws, w.day);
		if (lang == SAY_FR && w.day == 1)
			words_z(ws, "er");
		words_z(ws, between);
	}
	if (w.has_month) {
		words_z(ws, month_names[lang][w.month - 1]);
		if (with_year)
			words_z(ws, between);
	}
	if (with_year || !w.has_month)
		put_year(ws, w.year);
}

struct words
when_clinical(const struct kit *k, struct when w)
{
	struct words ws = { .n = 0 };
	struct civil now = civil_paris(k->now_ms);
	if (w.has_day) {
		int weekday = (int)((days_of(w.year, w.month, w.day) % 7 + 7 + 4) % 7);   /* 1970-01-01 was a Thursday */
		words_z(&ws, day_names[lang_of(k)][weekday]);
		words_z(&ws, " ");
	}
	put_day_month(&ws, k, w, w.year != now.year || !w.has_day);
	if (w.has_time) {
		words_z(&ws, " ");
		put_two(&ws, w.hour);
		words_z(&ws, ":");
		put_two(&ws, w.minute);
	}
	return ws;
}

struct words
when_clinical_text(const struct kit *k, struct str text)
{
	struct when w;
	return when_parse(text, &w) ? when_clinical(k, w) : (struct words){ .n = 0 };
}

struct words
when_clinical_ms(const struct kit *k, int64_t ms)
{
	struct when w;
	return when_of_ms(ms, &w) ? when_clinical(k, w) : (struct words){ .n = 0 };
}

struct words
when_day(const struct kit *k, struct str text)
{
	struct words ws = { .n = 0 };
	struct when w;
	if (when_parse(text, &w))
		put_day_month(&ws, k, w, true);
	return ws;
}

struct words
when_short(const struct kit *k, struct str text)
{
	struct words ws = { .n = 0 };
	struct when w;
	if (when_parse(text, &w))
		put_day_month(&ws, k, w, w.year != civil_paris(k->now_ms).year || !w.has_day);
	return ws;
}

struct words
when_hour(const struct kit *k, struct str text)
{
	(void)k;
	struct words ws = { .n = 0 };
	struct when w;
	if (when_parse(text, &w) && w.has_time) {
		put_two(&ws, w.hour);
		words_z(&ws, ":");
		put_two(&ws, w.minute);
	}
	return ws;
}

struct words
when_identity(const struct kit *k, struct str text)
{
	struct words ws = { .n = 0 };
	struct when w;
	if (!when_parse(text, &w))
		return ws;
	if (lang_of(k) == SAY_EN) {
		put_day_month(&ws, k, w, true);
		return ws;
	}
	if (w.has_day) {
		put_two(&ws, w.day);
		words_z(&ws, "/");
	}
	if (w.has_month) {
		put_two(&ws, w.month);
		words_z(&ws, "/");
	}
	put_year(&ws, w.year);
	return ws;
}

struct words
when_born(const struct kit *k, struct str text)
{
	return when_day(k, text);
}

struct words
when_age(const struct kit *k, struct str born, struct str on)
{
	struct words ws = { .n = 0 };
	struct when b, o;
	if (!when_parse(born, &b))
		return ws;
	if (on.n == 0 || !when_parse(on, &o))
		when_of_ms(k->now_ms, &o);
	if (!b.has_day) {          /* only the year or the month is known: whole years at most */
		put_counted(&ws, k, o.year - b.year, N_("about {1} year"), N_("about {1} years"));
		return ws;
	}
	int years = age_years((struct civil){ .year = b.year, .month = b.month, .day = b.day }, (struct civil){ .year = o.year, .month = o.month, .day = o.day });
	int months = (o.year - b.year) * 12 + o.month - b.month - (o.day < b.day ? 1 : 0);
	int days = days_of(o.year, o.month, o.day) - days_of(b.year, b.month, b.day);
	if (days < 0)
		return ws;
	if (months < 1) {
		put_counted(&ws, k, days, N_("{1} day"), N_("{1} days"));
	} else if (years < 2) {
		put_counted(&ws, k, months, N_("{1} month"), N_("{1} months"));
	} else {
		put_counted(&ws, k, years, N_("{1} year"), N_("{1} years"));
	}
	return ws;
}

struct words
when_ago(const struct kit *k, int64_t ms)
{
	struct words ws = { .n = 0 };
	int64_t d = k->now_ms - ms;
	if (ms <= 0 || d < 0)
		return ws;
	struct digits g;
	struct buf b;
	buf_init(&b, 200);
	if (d < MINUTE_MS)
		buf_z(&b, tr(k->lang, N_("just now")));
	else if (d < HOUR_MS)
		say_buf(&b, tr(k->lang, N_("{1} min ago")), digits_of(&g, d / MINUTE_MS));
	else if (d < 2 * DAY_MS)
		say_buf(&b, tr(k->lang, N_("{1} h ago")), digits_of(&g, d / HOUR_MS));
	else
		say_buf(&b, tr(k->lang, N_("{1} days ago")), digits_of(&g, d / DAY_MS));
	words_add(&ws, buf_view(&b));
	buf_done(&b);
	return ws;
}

void
when_time_tag(struct kit *k, struct str text)
{
	struct words ws = when_clinical_text(k, text);
	if (ws.n == 0)
		return;
	html_open(&k->w, H_TIME);
	html_attr(&k->w, "datetime", text);
	html_text(&k->w, words_view(&ws));
	html_close(&k->w, H_TIME);
}

void
when_time_tag_ms(struct kit *k, int64_t ms)
{
	struct words ws = when_clinical_ms(k, ms);
	if (ws.n == 0)
		return;
	struct buf iso;
	buf_init(&iso, 64);
	buf_instant(&iso, ms);
	html_open(&k->w, H_TIME);
	html_attr(&k->w, "datetime", buf_view(&iso));
	html_text(&k->w, words_view(&ws));
	html_close(&k->w, H_TIME);
	buf_done(&iso);
}

struct words
when_number(const struct kit *k, struct str text)
{
	struct words ws = { .n = 0 };
	bool plain = text.n > 0;
	for (size_t i = 0; i < text.n; i++)
		plain = plain && ((text.p[i] >= '0' && text.p[i] <= '9') || text.p[i] == '.' || (i == 0 && text.p[i] == '-'));
	if (!plain || lang_of(k) != SAY_FR) {
		words_add(&ws, text);
		return ws;
	}
	for (size_t i = 0; i < text.n; i++)
		words_add(&ws, text.p[i] == '.' ? STR(",") : (struct str){ text.p + i, 1 });
	return ws;
}
