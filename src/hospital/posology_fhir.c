/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/posology_fhir.c: a posology as FHIR R4 dosageInstruction, and back (https://hl7.org/fhir/R4/datatypes.html#Timing, dosage.html). One Dosage for each step and,
 * within it, for each dose: `sequence` is the step, the same sequence is at the same time (dosage.html). Must never read more into an instruction than it says: what
 * has no word here is refused, not guessed. Pure. Start at posology_write and posology_read.
 */
#include "hospital/compose.h"
#include "hospital/posology.h"
#include "hospital/show.h"

#include <stdio.h>
#include <string.h>

#define UCUM "http://unitsofmeasure.org"
#define HOUR 60
#define DAY 1440
#define MINUTE_MS (60 * INT64_C(1000))

static const char *const WEEK[7] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* ---- out ---- */

static void member_decimal(struct jw *w, const char *key, struct decimal d)
{
	struct buf b;
	buf_init(&b, 96);
	buf_decimal(&b, d);
	jw_key(w, key);
	jw_raw(w, buf_view(&b));
	buf_done(&b);
}

static void quantity(struct jw *w, const char *key, struct decimal d, const char *ucum)
{
	const struct posology_unit *u = posology_unit_of(str_of(ucum));
	jw_key(w, key);
	jw_object(w);
	member_decimal(w, "value", d);
	if (u)
		jw_member(w, "unit", str_of(u->one));
	jw_member(w, "system", STR(UCUM));
	jw_member(w, "code", str_of(ucum));
	jw_end(w, '}');
}

/* A length: in days, hours or minutes, whichever is whole. */
static void length(struct jw *w, const char *key, const char *unit_key, int32_t minutes)
{
	bool days = minutes % DAY == 0, hours = minutes % HOUR == 0;
	jw_key(w, key);
	jw_i64(w, days ? minutes / DAY : hours ? minutes / HOUR : minutes);
	jw_member(w, unit_key, str_of(days ? "d" : hours ? "h" : "min"));
}

static void bounds(struct jw *w, const struct posology *p, unsigned step)
{
	int64_t until = posology_step_at(p, step + 1), end = posology_end(p);
	until = until < end ? until : end;
	jw_key(w, "boundsPeriod");
	jw_object(w);
	compose_instant(w, "start", posology_step_at(p, step));
	if (until != INT64_MAX)
		compose_instant(w, "end", until);
	jw_end(w, '}');
}

static bool same_group(const struct posology_take *a, const struct posology_take *b)
{
	return (a->at == MOMENT_CLOCK) == (b->at == MOMENT_CLOCK) && decimal_cmp(a->dose, b->dose) == 0;
}

static void write_takes(struct jw *w, const struct posology_step *s, const struct posology_take *group)
{
	jw_key(w, group->at == MOMENT_CLOCK ? "timeOfDay" : "when");
	jw_array(w);
	for (unsigned i = 0; i < s->n_takes; i++) {
		char clock[24];
		if (!same_group(&s->take[i], group))
			continue;
		snprintf(clock, sizeof clock, "%02d:%02d:00", s->take[i].minute / HOUR, s->take[i].minute % HOUR);
		jw_z(w, group->at == MOMENT_CLOCK ? clock : posology_moment_code(s->take[i].at));
	}
	jw_end(w, ']');
}

/* Timing.repeat; group: the takes of one dose, of MOMENTS only. */
static void write_repeat(struct jw *w, const struct posology *p, unsigned step, const struct posology_take *group)
{
	const struct posology_step *s = &p->step[step];
	jw_key(w, "repeat");
	jw_object(w);
	bounds(w, p, step);
	if (s->run_min && s->kind != POSOLOGY_CONTINUOUS)
		length(w, "duration", "durationUnit", s->run_min);
	if (s->kind == POSOLOGY_EVERY || (s->kind == POSOLOGY_AS_NEEDED && s->gap_min)) {
		jw_key(w, "frequency");
		jw_i64(w, 1);
		length(w, "period", "periodUnit", s->kind == POSOLOGY_EVERY ? s->every_min : s->gap_min);
	}
	if (group) {
		length(w, "period", "periodUnit", (int32_t)s->every_days * DAY);
		if (s->week_days) {
			jw_key(w, "dayOfWeek");
			jw_array(w);
			for (unsigned d = 0; d < 7; d++)
				if (s->week_days >> d & 1)
					jw_z(w, WEEK[d]);
			jw_end(w, ']');
		}
		write_takes(w, s, group);
	}
	jw_end(w, '}');
}

static void write_event(struct jw *w, int64_t at_ms)
{
	struct buf one;
	struct jw v;
	buf_init(&one, 128);
	jw_init(&v, &one);
	jw_object(&v);
	compose_instant(&v, "at", at_ms);
	struct str text = buf_view(&one); /* {"at":"…" */
	jw_key(w, "event");
	jw_array(w);
	jw_raw(w, (struct str){ text.p + 6, text.n - 6 });
	jw_end(w, ']');
	buf_done(&one);
}

static void write_amount(struct jw *w, const struct posology *p, const struct posology_step *s, struct decimal dose)
{
	if (!dose.coefficient && !s->rate.coefficient)
		return;
	jw_key(w, "doseAndRate");
	jw_array(w);
	jw_object(w);
	if (dose.coefficient && p->unit)
		quantity(w, "doseQuantity", dose, p->unit);
	if (s->rate.coefficient)
		quantity(w, "rateQuantity", s->rate, s->rate_unit);
	jw_end(w, '}');
	jw_end(w, ']');
}

static void write_asked(struct jw *w, const struct posology *p, const struct posology_step *s)
{
	if (s->kind == POSOLOGY_AS_NEEDED && p->condition.n) {
		compose_concept(w, "asNeededCodeableConcept", NULL, STR_NONE, STR_NONE, p->condition);
	} else if (s->kind == POSOLOGY_AS_NEEDED) {
		jw_key(w, "asNeededBoolean");
		jw_bool(w, true);
	} else if (p->condition.n) {
		jw_key(w, "additionalInstruction");
		jw_array(w);
		compose_concept(w, NULL, NULL, STR_NONE, STR_NONE, p->condition);
		jw_end(w, ']');
	}
}

static void write_one(struct jw *w, const struct posology *p, unsigned step, const struct posology_take *group, struct str text)
{
	const struct posology_step *s = &p->step[step];
	jw_object(w);
	jw_key(w, "sequence");
	jw_i64(w, step + 1);
	jw_member(w, "text", text);
	jw_key(w, "timing");
	jw_object(w);
	if (s->kind == POSOLOGY_ONCE)
		write_event(w, posology_step_at(p, step));
	write_repeat(w, p, step, group);
	jw_end(w, '}');
	write_asked(w, p, s);
	if (p->route.n)
		compose_concept(w, "route", NULL, STR_NONE, STR_NONE, p->route);
	write_amount(w, p, s, group ? group->dose : s->dose);
	if (s->day_most.coefficient && p->unit) {
		jw_key(w, "maxDosePerPeriod");
		jw_object(w);
		quantity(w, "numerator", s->day_most, p->unit);
		quantity(w, "denominator", (struct decimal){ .coefficient = 1 }, "d");
		jw_end(w, '}');
	}
	jw_end(w, '}');
}

void posology_write(struct jw *w, const struct posology *p)
{
	struct buf text;
	buf_init(&text, 4000);
	posology_text(&text, p, false);
	jw_array(w);
	for (unsigned i = 0; i < p->n_steps && posology_step_at(p, i) < posology_end(p); i++) {
		const struct posology_step *s = &p->step[i];
		for (unsigned k = 0; s->kind == POSOLOGY_MOMENTS && k < s->n_takes; k++) {
			unsigned before = 0;
			while (before < k && !same_group(&s->take[before], &s->take[k]))
				before++;
			if (before == k)
				write_one(w, p, i, &s->take[k], buf_view(&text));
		}
		if (s->kind != POSOLOGY_MOMENTS)
			write_one(w, p, i, NULL, buf_view(&text));
	}
	jw_end(w, ']');
	buf_done(&text);
}

/* ---- in ---- */

static enum rc no_word(struct problem *why, const char *element)
{
	return problem_set(why, RC_BAD_INPUT, WHY_BAD_VALUE, element, "no such posology");
}

/* A whole number of minutes; 0: absent. False: of another unit, or no whole number. */
static bool minutes(const struct json *repeat, const char *key, const char *unit_key, int32_t *minutes_r)
{
	const struct json *v = json_get(repeat, key);
	struct str unit = json_get_text(repeat, unit_key);
	int64_t n = 0;
	*minutes_r = 0;
	if (!v)
		return true;
	if (str_i64(json_text(v), &n) != RC_OK || n < 1 || n > DAY * 366)
		return false;
	n *= str_eq(unit, "min") ? 1 : str_eq(unit, "h") ? HOUR : str_eq(unit, "d") ? DAY : str_eq(unit, "wk") ? 7 * DAY : 0;
	*minutes_r = n > 0 && n <= DAY * 366 ? (int32_t)n : 0;
	return *minutes_r > 0;
}

static bool amount(const struct json *q, struct decimal *d_r, const char **unit_r)
{
	const struct posology_unit *u = posology_unit_of(json_get_text(q, "code"));
	if (!str_eq(json_get_text(q, "system"), UCUM) || !u || json_get(q, "comparator") || (*unit_r && *unit_r != u->ucum))
		return false;
	*unit_r = u->ucum;
	return decimal_parse(json_get_text(q, "value"), d_r) == RC_OK;
}

static bool read_takes(const struct json *repeat, struct posology_step *s, struct decimal dose)
{
	const struct json *when = json_get(repeat, "when"), *clock = json_get(repeat, "timeOfDay");
	for json_each(c, when ? when : clock) {
		struct posology_take take = { .dose = dose, .at = MOMENT_CLOCK };
		struct str t = json_text(c);
		if (s->n_takes == POSOLOGY_TAKES)
			return false;
		if (when && (take.at = posology_moment_of(t)) == MOMENT__END)
			return false;
		if (!when) {
			uint64_t h, m;
			if (t.n < 5 || str_u64((struct str){ t.p, 2 }, &h) != RC_OK || str_u64((struct str){ t.p + 3, 2 }, &m) != RC_OK || h > 23 || m > 59)
				return false;
			take.minute = (int16_t)(h * HOUR + m);
		}
		s->take[s->n_takes++] = take;
	}
	return true;
}

static bool read_week(const struct json *repeat, struct posology_step *s)
{
	for json_each(c, json_get(repeat, "dayOfWeek")) {
		unsigned d = 0;
		while (d < 7 && !str_eq(json_text(c), WEEK[d]))
			d++;
		if (d == 7)
			return false;
		s->week_days |= (unsigned char)(1u << d);
	}
	return true;
}

static bool says_more(const struct json *repeat)
{
	static const char *const MORE[] = { "boundsDuration", "boundsRange", "count", "countMax", "durationMax", "frequencyMax", "periodMax", "offset" };
	for (size_t i = 0; i < N_OF(MORE); i++)
		if (json_get(repeat, MORE[i]))
			return true;
	struct str f = json_get_text(repeat, "frequency");
	return f.n && !str_eq(f, "1");
}

/* Start and length from the bounds: whole days by the clock where they are, else minutes. */
static bool read_bounds(const struct json *repeat, int64_t *begin_r, struct posology_step *s)
{
	const struct json *b = json_get(repeat, "boundsPeriod");
	int64_t begin = when_low(json_get_text(b, "start")), end = when_low(json_get_text(b, "end"));
	if (begin == INT64_MIN || json_get_text(b, "start").n < 11)
		return false;
	*begin_r = begin;
	if (end == INT64_MIN)
		return true;
	struct civil one = civil_paris(begin), other = civil_paris(end);
	int64_t days = days_of(other.year, other.month, other.day) - days_of(one.year, one.month, one.day), length_ms = end - begin;
	if (length_ms <= 0 || length_ms % MINUTE_MS)
		return false;
	if (days > 0 && one.hour == other.hour && one.minute == other.minute)
		s->for_days = days < 100000 ? (int32_t)days : 100000;
	else
		s->for_min = length_ms / MINUTE_MS < INT32_MAX ? (int32_t)(length_ms / MINUTE_MS) : INT32_MAX;
	return true;
}

static bool read_kind(const struct json *d, const struct json *repeat, struct posology_step *s, struct decimal dose)
{
	bool asked = json_get(d, "asNeededCodeableConcept") || str_eq(json_get_text(d, "asNeededBoolean"), "true");
	int32_t period;
	if (says_more(repeat) || !minutes(repeat, "duration", "durationUnit", &s->run_min) || !minutes(repeat, "period", "periodUnit", &period) || !read_week(repeat, s))
		return false;
	s->dose = dose;
	if (asked) {
		s->kind = POSOLOGY_AS_NEEDED;
		s->gap_min = period;
		return !json_get(repeat, "when") && !json_get(repeat, "timeOfDay") && !s->week_days;
	}
	if (json_get(repeat, "when") || json_get(repeat, "timeOfDay")) {
		s->kind = POSOLOGY_MOMENTS;
		s->dose = (struct decimal){ 0 };
		s->every_days = period ? (unsigned)period / DAY : 1;
		return period % DAY == 0 && read_takes(repeat, s, dose);
	}
	s->kind = json_get(json_get(d, "timing"), "event") ? POSOLOGY_ONCE : period ? POSOLOGY_EVERY : POSOLOGY_CONTINUOUS;
	s->every_min = s->kind == POSOLOGY_EVERY ? period : 0;
	return !s->week_days && (s->kind == POSOLOGY_EVERY || !period);
}

static bool read_most(const struct json *d, struct posology *p, struct posology_step *s)
{
	const struct json *most = json_get(d, "maxDosePerPeriod"), *per = json_get(most, "denominator");
	if (!most)
		return true;
	return str_eq(json_get_text(per, "code"), "d") && str_eq(json_get_text(per, "value"), "1") && amount(json_get(most, "numerator"), &s->day_most, &p->unit);
}

/* One Dosage into its step: the second one of a sequence brings further takes only. */
static const char *read_one(const struct json *d, struct posology *p, bool more, int64_t *begin_r)
{
	const struct json *repeat = json_get(json_get(d, "timing"), "repeat"), *amounts = json_get(d, "doseAndRate"), *first = json_at(amounts, 0);
	struct posology_step read = { 0 }, *s = &read;
	struct decimal dose = { 0 };
	if (!repeat || (amounts && amounts->n != 1) || json_get(d, "maxDosePerAdministration") || json_get(d, "maxDosePerLifetime") || json_get(first, "doseRange") ||
	    json_get(first, "rateRange") || json_get(first, "rateRatio"))
		return "dosageInstruction";
	if (json_get(first, "doseQuantity") && !amount(json_get(first, "doseQuantity"), &dose, &p->unit))
		return "dosageInstruction.doseAndRate.dose";
	if (json_get(first, "rateQuantity") && !amount(json_get(first, "rateQuantity"), &s->rate, &s->rate_unit))
		return "dosageInstruction.doseAndRate.rate";
	if (!read_bounds(repeat, begin_r, s) || !read_kind(d, repeat, s, dose))
		return "dosageInstruction.timing";
	if (!read_most(d, p, s))
		return "dosageInstruction.maxDosePerPeriod";
	struct posology_step *last = more ? &p->step[p->n_steps - 1] : NULL;
	if (!more) {
		if (p->n_steps == POSOLOGY_STEPS)
			return "dosageInstruction";
		p->step[p->n_steps++] = read;
		return NULL;
	}
	if (last->kind != POSOLOGY_MOMENTS || read.kind != POSOLOGY_MOMENTS || last->every_days != read.every_days || last->week_days != read.week_days ||
	    last->n_takes + read.n_takes > POSOLOGY_TAKES)
		return "dosageInstruction.sequence";
	memcpy(&last->take[last->n_takes], read.take, read.n_takes * sizeof read.take[0]);
	last->n_takes += read.n_takes;
	return NULL;
}

/* Takes as a day goes, whatever the order in which doses were written. */
static void order_takes(struct posology_step *s)
{
	for (unsigned i = 1; i < s->n_takes; i++)
		for (unsigned k = i; k; k--) {
			struct posology_take *a = &s->take[k - 1], *b = &s->take[k], swap = *a;
			if (a->at < b->at || (a->at == b->at && a->minute <= b->minute))
				break;
			*a = *b;
			*b = swap;
		}
}

enum rc posology_read(const struct json *dosage_instruction, struct posology *p_r, struct problem *why)
{
	struct posology p = { .n_steps = 0 };
	struct str before = STR_NONE;
	int64_t begin = 0;
	for json_each(d, dosage_instruction) {
		struct str sequence = json_get_text(d, "sequence");
		bool more = p.n_steps && str_is(sequence, before);
		const char *element = read_one(d, &p, more, &begin);
		if (!element && p.n_steps == 1 && !more)
			p.start_ms = begin;
		if (!element && begin != posology_step_at(&p, p.n_steps - 1))
			element = "dosageInstruction.timing.repeat.bounds";
		if (element)
			return no_word(why, element);
		before = sequence;
		struct str words = text_at(d, "asNeededCodeableConcept.text");
		p.condition = words.n ? words : text_at(d, "additionalInstruction.text");
		p.route = text_at(d, "route.text");
	}
	for (unsigned i = 0; i < p.n_steps; i++)
		order_takes(&p.step[i]);
	if (posology_check(&p, why) != RC_OK)
		return no_word(why, "dosageInstruction");
	*p_r = p;
	return RC_OK;
}
