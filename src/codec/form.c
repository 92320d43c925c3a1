/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/form.c: see form.h. The result has one entry a value in the order of the declaration, and one with value.p NULL for a field that is
 * absent (or blank), so that a page can show the form again. Must never echo a secret (typed stays empty), never trim or fold a text.
 * FIELD_FLAG: "1" or "on" is true; blank is absent; anything else is refused. A field that may not repeat and does is refused whole.
 * Called by the kit before any handler runs. Start at form_read.
 */
#include "codec/form.h"
#include "base/clock.h"
#include "base/utf8.h"

#include <string.h>

#define MOST_LINES 4000
#define MOST_OTHERS 200
#define MOST_ID 64

/* CRLF and lone CR become LF. Points into s when there is nothing to do. */
static struct str with_lf(struct str s, struct arena *a)
{
	if (s.n == 0 || !memchr(s.p, '\r', s.n))
		return s;
	char *to = arena_bytes(a, s.n);
	if (!to)
		return STR_NONE;
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\r')
			to[n++] = s.p[i];
		else if (i + 1 == s.n || s.p[i + 1] != '\n')
			to[n++] = '\n';
	}
	return (struct str){ to, n };
}

/* A record may not hold: C0 but TAB and LF (FHIR R4 datatypes.html#string), DEL, C1, and what XML 1.0 has no place for (U+FFFE, U+FFFF). */
static bool is_recordable(struct str s, bool lines)
{
	uint32_t c;
	for (size_t at = 0; utf8_next(s, &at, &c);)
		if ((c < 0x20 && c != '\t' && !(c == '\n' && lines)) || (c >= 0x7F && c <= 0x9F) || c == 0xFFFE || c == 0xFFFF)
			return false;
	return true;
}

static enum why check_length(const struct field *f, struct str s)
{
	int64_t most = f->max > 0 ? f->max : f->kind == FIELD_LINES ? MOST_LINES : MOST_OTHERS;
	int64_t n = (int64_t)utf8_count(s);
	return n > most ? WHY_FIELD_TOO_LONG : n < f->min ? WHY_FIELD_TOO_SHORT : WHY_NONE;
}

static bool is_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' || c == '-'))
			return false;
	}
	return true;
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7F)
			return false;
	return true;
}

/* GS may stand anywhere: gs1_read says where it belongs. */
static bool is_scan(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != 0x1D && ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7F))
			return false;
	return true;
}

static enum why check_int(const struct field *f, struct str *s, struct arena *a)
{
	int64_t v;
	bool ranged = f->min != 0 || f->max != 0;
	if (str_i64(*s, &v) != RC_OK || (ranged && (v < f->min || v > f->max)))
		return WHY_FIELD_NUMBER;
	char z[24];
	struct buf b = { .p = z, .cap = sizeof z, .max = sizeof z }; /* over the stack: it never grows */
	buf_i64(&b, v);
	*s = arena_str(a, buf_view(&b));
	return WHY_NONE;
}

static enum why check_date(struct str *s, int64_t today_ms, struct arena *a)
{
	char z[11];
	if (form_date(*s, today_ms, z) != RC_OK)
		return WHY_FIELD_DATE;
	*s = arena_str(a, (struct str){ z, 10 });
	return WHY_NONE;
}

static enum why check_choice(const struct field *f, struct str s)
{
	for (const struct choice *c = f->choices; c && c->code; c++)
		if (str_eq(s, c->code))
			return WHY_NONE;
	return WHY_FIELD_CHOICE;
}

/* Check one value that is not blank, and normalise it in place. */
static enum why check(const struct field *f, struct str *s, int64_t today_ms, struct arena *a)
{
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_LINES:
		return is_recordable(*s, f->kind == FIELD_LINES) ? check_length(f, *s) : WHY_FIELD_CHARS;
	case FIELD_SECRET:
		return check_length(f, *s);
	case FIELD_FILE:
		return (int64_t)s->n > f->max ? WHY_FIELD_FILE_LARGE : WHY_NONE;
	case FIELD_DATE:
		return check_date(s, today_ms, a);
	case FIELD_INT:
		*s = str_trim(*s);
		return check_int(f, s, a);
	case FIELD_CODE:
		*s = str_trim(*s);
		return check_choice(f, *s);
	case FIELD_ID:
		*s = str_trim(*s);
		return s->n > MOST_ID ? WHY_FIELD_TOO_LONG : is_id(*s) ? WHY_NONE : WHY_FIELD_CHARS;
	case FIELD_TOKEN:
		*s = str_trim(*s);
		return is_token(*s) ? check_length(f, *s) : WHY_FIELD_CHARS;
	case FIELD_SCAN:
		*s = str_trim(*s);
		return is_scan(*s) ? check_length(f, *s) : WHY_FIELD_CHARS;
	case FIELD_FLAG:
		*s = str_trim(*s);
		if (!str_eq(*s, "1") && !str_eq(*s, "on"))
			return WHY_FIELD_CHOICE;
		*s = STR("1");
		return WHY_NONE;
	}
	MUST(f->kind == FIELD_FLAG); /* a declaration of ours without a kind */
	return WHY_BROKEN;
}

static const struct field *find_field(const struct field *fields, struct str name)
{
	for (; fields->name; fields++)
		if (str_eq(name, fields->name))
			return fields;
	return NULL;
}

/* An undeclared name is shown only when it looks like one of ours. */
static enum rc refuse_unknown(struct str name, struct problem *p)
{
	char where[33] = "";
	bool ours = name.n > 0 && name.n <= 32;
	for (size_t i = 0; i < name.n && ours; i++)
		ours = (name.p[i] >= 'a' && name.p[i] <= 'z') || name.p[i] == '_';
	if (ours)
		memcpy(where, name.p, name.n);
	return problem_set(p, RC_BAD_INPUT, WHY_FIELD_UNKNOWN, where, "form: undeclared field of %zu bytes", name.n);
}

static enum rc check_names(const struct field *fields, const struct pairs *input, struct problem *p)
{
	for (size_t i = 0; i < input->n; i++) {
		const struct field *f = find_field(fields, input->at[i].name);
		if (!f)
			return refuse_unknown(input->at[i].name, p);
		if (f->kind != FIELD_FILE && !utf8_valid(input->at[i].value))
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_UTF8, f->name, "form: bad UTF-8");
	}
	return RC_OK;
}

enum rc form_read(const struct field *fields, const struct pairs *input, int64_t today_ms, struct arena *a, struct form *out_r, struct problem *p)
{
	enum rc rc = check_names(fields, input, p);
	if (rc != RC_OK)
		return rc;
	size_t most = input->n;
	for (const struct field *f = fields; f->name; f++)
		most++;
	struct form out = { .at = arena_array(a, most, sizeof *out.at), .bad = arena_array(a, most, sizeof *out.bad) };
	if (!out.at || !out.bad)
		return arena_rc(a, p);
	for (const struct field *f = fields; f->name; f++) {
		size_t given = 0, filled = 0;
		for (size_t i = 0; i < input->n; i++) {
			if (!str_eq(input->at[i].name, f->name))
				continue;
			if (given++ && !f->many)
				return problem_set(p, RC_BAD_INPUT, WHY_DUPLICATE_KEY, f->name, "form: field given twice");
			bool kept = f->kind == FIELD_SECRET || f->kind == FIELD_FILE;
			struct str typed = f->kind == FIELD_FILE ? input->at[i].value : with_lf(input->at[i].value, a);
			bool blank = kept ? typed.n == 0 : str_trim(typed).n == 0;
			struct form_value *v = &out.at[out.n++];
			*v = (struct form_value){ .field = f, .typed = kept ? STR_NONE : typed };
			if (blank)
				continue;
			struct str value = typed;
			enum why why = check(f, &value, today_ms, a);
			filled++;
			if (why == WHY_NONE)
				v->value = value;
			else
				out.bad[out.n_bad++] = (struct form_problem){ f->name, why };
		}
		if (given == 0)
			out.at[out.n++] = (struct form_value){ .field = f };
		if (filled == 0 && f->required)
			out.bad[out.n_bad++] = (struct form_problem){ f->name, WHY_FIELD_REQUIRED };
	}
	rc = arena_rc(a, p);
	if (rc == RC_OK)
		*out_r = out;
	return rc;
}

static const struct form_value *find_value(const struct form *f, const char *name)
{
	const struct form_value *first = NULL;
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->at[i].field->name, name) != 0)
			continue;
		if (f->at[i].value.p)
			return &f->at[i];
		first = first ? first : &f->at[i];
	}
	return first;
}

struct str form_get(const struct form *f, const char *name)
{
	const struct form_value *v = find_value(f, name);
	return v ? v->value : STR_NONE;
}

struct str form_typed(const struct form *f, const char *name)
{
	const struct form_value *v = find_value(f, name);
	return v ? v->typed : STR_NONE;
}

/* ---- dates ---- */

static enum rc put_date(struct civil c, char out[11])
{
	if (c.year < 1000 || !date_exists(c.year, c.month, c.day))
		return RC_BAD_INPUT;
	int v[3] = { c.year, c.month, c.day }, at[3] = { 3, 6, 9 }, width[3] = { 4, 2, 2 };
	memcpy(out, "0000-00-00", 11);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < width[i]; k++, v[i] /= 10)
			out[at[i] - k] = (char)('0' + v[i] % 10);
	return RC_OK;
}

/* A run of digits at most four long. */
static bool take_number(struct str *s, int *v_r, size_t *digits_r)
{
	size_t n = 0;
	int v = 0;
	while (n < s->n && n < 5 && s->p[n] >= '0' && s->p[n] <= '9')
		v = v * 10 + (s->p[n++] - '0');
	s->p += n;
	s->n -= n;
	*v_r = v;
	*digits_r = n;
	return n >= 1 && n <= 4;
}

/* "j", "j-3", "J + 10": days from today. */
static enum rc relative_date(struct str s, struct civil today, char out[11])
{
	s.p++, s.n--;
	s = str_trim(s);
	int64_t days = 0;
	if (s.n) {
		bool back = s.p[0] == '-';
		if (!back && s.p[0] != '+')
			return RC_BAD_INPUT;
		s.p++, s.n--;
		uint64_t v;
		if (str_u64(str_trim(s), &v) != RC_OK || v > 99999)
			return RC_BAD_INPUT;
		days = back ? -(int64_t)v : (int64_t)v;
	}
	return put_date(civil_of_days((int32_t)(days_of(today.year, today.month, today.day) + days)), out);
}

/* Two digits: the latest year that is not in the future. */
static int whole_year(int year, size_t digits, struct civil today)
{
	if (digits != 2)
		return digits == 4 ? year : 0;
	year += today.year / 100 * 100;
	return year > today.year ? year - 100 : year;
}

enum rc form_date(struct str typed, int64_t today_ms, char out[11])
{
	struct str s = str_trim(typed);
	struct civil today = civil_paris(today_ms), c = { 0 };
	if (s.n && (s.p[0] | 0x20) == 'j')
		return relative_date(s, today, out);

	uint64_t all;
	if ((s.n == 6 || s.n == 8) && str_u64(s, &all) == RC_OK) { /* 140257, 14021957 */
		int year = (int)(all % (s.n == 6 ? 100 : 10000)), month_day = (int)(all / (s.n == 6 ? 100 : 10000));
		c = (struct civil){ .year = whole_year(year, s.n - 4, today), .month = month_day % 100, .day = month_day / 100 };
		return put_date(c, out);
	}
	int v[3];
	size_t digits[3];
	char sep = 0;
	for (int i = 0; i < 3; i++) {
		if (i > 0) {
			if (s.n == 0 || !memchr("/.- ", s.p[0], 4) || (sep && s.p[0] != sep))
				return RC_BAD_INPUT;
			sep = s.p[0];
			s.p++, s.n--;
		}
		if (!take_number(&s, &v[i], &digits[i]))
			return RC_BAD_INPUT;
	}
	bool year_first = digits[0] == 4;
	if (s.n != 0 || digits[1] > 2 || digits[year_first ? 2 : 0] > 2)
		return RC_BAD_INPUT;
	int y = year_first ? 0 : 2;
	c = (struct civil){ .year = whole_year(v[y], digits[y], today), .month = v[1], .day = v[2 - y] };
	return put_date(c, out);
}
