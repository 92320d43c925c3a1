/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/unit.h"
#include "../base/nth_alloc.h"
#include "base/clock.h"
#include "codec/form.h"

static const struct choice SEX[] = { { "female", "Female" }, { "male", "Male" }, { NULL, NULL } };
static const struct field FIELDS[] = {
	{ .name = "name",   .kind = FIELD_TEXT, .min = 2, .max = 10, .required = true },
	{ .name = "notes",  .kind = FIELD_LINES },
	{ .name = "born",   .kind = FIELD_DATE },
	{ .name = "beds",   .kind = FIELD_INT, .min = -5, .max = 20 },
	{ .name = "free",   .kind = FIELD_INT },
	{ .name = "sex",    .kind = FIELD_CODE, .choices = SEX },
	{ .name = "ward",   .kind = FIELD_ID, .many = true },
	{ .name = "csrf",   .kind = FIELD_TOKEN, .max = 8 },
	{ .name = "secret", .kind = FIELD_SECRET, .min = 3 },
	{ .name = "urgent", .kind = FIELD_FLAG },
	FIELDS_END
};

static int64_t today(void)
{
	return civil_to_ms((struct civil){ 2026, 11, 22, 12, 0, 0, 0 });
}

static enum rc read_form(const char *query, struct arena *a, struct form *f, struct problem *p)
{
	struct pairs ps;
	assert_int_equal(url_pairs(str_of(query), 100, a, &ps, p), RC_OK);
	return form_read(FIELDS, &ps, today(), a, f, p);
}

static void single_values(void **state)
{
	(void)state;
	static const struct { const char *name, *typed; enum why why; const char *value; /* NULL: absent */ } T[] = {
		{ "name",   "Durand",            WHY_NONE, "Durand" },
		{ "name",   "+Durand+",          WHY_NONE, " Durand " },
		{ "name",   "D%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9", WHY_NONE, "D\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9" },
		{ "name",   "12345678901",       WHY_FIELD_TOO_LONG, NULL },
		{ "name",   "x",                 WHY_FIELD_TOO_SHORT, NULL },
		{ "name",   "a%09b",             WHY_NONE, "a\tb" },
		{ "name",   "a%0Ab",             WHY_FIELD_CHARS, NULL },
		{ "name",   "a%0Db",             WHY_FIELD_CHARS, NULL },
		{ "name",   "a%07b",             WHY_FIELD_CHARS, NULL },
		{ "name",   "a%7Fb",             WHY_FIELD_CHARS, NULL },
		{ "name",   "a%C2%85b",          WHY_FIELD_CHARS, NULL },
		{ "name",   "a%EF%BF%BFb",       WHY_FIELD_CHARS, NULL },
		{ "name",   "%3Cb%3E%27%22%3B",  WHY_NONE, "<b>'\";" },
		{ "notes",  "a%0D%0Ab%0Dc%0Ad",  WHY_NONE, "a\nb\nc\nd" },
		{ "notes",  "%0D%0A+",           WHY_NONE, NULL },
		{ "notes",  "a%1Bb",             WHY_FIELD_CHARS, NULL },
		{ "born",   "+14%2F2%2F57+",     WHY_NONE, "1957-02-14" },
		{ "born",   "31%2F2%2F57",       WHY_FIELD_DATE, NULL },
		{ "beds",   "20",                WHY_NONE, "20" },
		{ "beds",   "+-05+",             WHY_NONE, "-5" },
		{ "beds",   "21",                WHY_FIELD_NUMBER, NULL },
		{ "beds",   "-6",                WHY_FIELD_NUMBER, NULL },
		{ "beds",   "1.5",               WHY_FIELD_NUMBER, NULL },
		{ "beds",   "99999999999999999999", WHY_FIELD_NUMBER, NULL },
		{ "free",   "-9223372036854775808", WHY_NONE, "-9223372036854775808" },
		{ "sex",    "female",            WHY_NONE, "female" },
		{ "sex",    "Female",            WHY_FIELD_CHOICE, NULL },
		{ "sex",    "fem",               WHY_FIELD_CHOICE, NULL },
		{ "sex",    "",                  WHY_NONE, NULL },
		{ "ward",   "a.B-9",             WHY_NONE, "a.B-9" },
		{ "ward",   "a_b",               WHY_FIELD_CHARS, NULL },
		{ "ward",   "..%2F..",           WHY_FIELD_CHARS, NULL },
		{ "ward",   "1234567890123456789012345678901234567890123456789012345678901234", WHY_NONE,
			    "1234567890123456789012345678901234567890123456789012345678901234" },
		{ "ward",   "12345678901234567890123456789012345678901234567890123456789012345", WHY_FIELD_TOO_LONG, NULL },
		{ "csrf",   "aZ09-_~",           WHY_NONE, "aZ09-_~" },
		{ "csrf",   "a+b",               WHY_FIELD_CHARS, NULL },
		{ "csrf",   "123456789",         WHY_FIELD_TOO_LONG, NULL },
		{ "csrf",   "%C3%A9",            WHY_FIELD_CHARS, NULL },
		{ "secret", "+++",               WHY_NONE, "   " },
		{ "secret", "a%07%C3%A9",        WHY_NONE, "a\a\xC3\xA9" },
		{ "secret", "ab",                WHY_FIELD_TOO_SHORT, NULL },
		{ "urgent", "1",                 WHY_NONE, "1" },
		{ "urgent", "on",                WHY_NONE, "1" },
		{ "urgent", "",                  WHY_NONE, NULL },
		{ "urgent", "0",                 WHY_FIELD_CHOICE, NULL },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		struct arena a;
		struct form f;
		struct problem p;
		char query[300];
		arena_init(&a, 1 << 16);
		snprintf(query, sizeof query, "%s%s=%s", strcmp(T[i].name, "name") ? "name=Ok&" : "", T[i].name, T[i].typed);
		holds(read_form(query, &a, &f, &p) == RC_OK, query);
		holds(f.n_bad == (T[i].why != WHY_NONE), query);
		if (f.n_bad)
			holds(f.bad[0].why == T[i].why && strcmp(f.bad[0].field, T[i].name) == 0, query);
		if (T[i].value)
			same_text(form_get(&f, T[i].name), T[i].value, query);
		else
			holds(form_get(&f, T[i].name).p == NULL, query);
		arena_done(&a);
	}
}

static void all_at_once(void **state)
{
	(void)state;
	struct arena a;
	struct form f;
	struct problem p;
	arena_init(&a, 1 << 16);
	assert_int_equal(read_form("born=x&beds=99&sex=?&ward=a&ward=_&ward=b&secret=no&notes=a%0D%0Ab", &a, &f, &p), RC_OK);
	static const struct { const char *field; enum why why; } BAD[] = {
		{ "name", WHY_FIELD_REQUIRED }, { "born", WHY_FIELD_DATE }, { "beds", WHY_FIELD_NUMBER }, { "sex", WHY_FIELD_CHOICE },
		{ "ward", WHY_FIELD_CHARS }, { "secret", WHY_FIELD_TOO_SHORT },
	};
	assert_int_equal(f.n_bad, COUNT(BAD));
	for (size_t i = 0; i < COUNT(BAD); i++) {
		assert_string_equal(f.bad[i].field, BAD[i].field);
		assert_int_equal(f.bad[i].why, BAD[i].why);
	}
	same_text(form_typed(&f, "born"), "x", "typed is kept");
	same_text(form_typed(&f, "notes"), "a\nb", "line ends");
	assert_null(form_typed(&f, "secret").p);
	assert_null(form_typed(&f, "csrf").p);
	assert_null(form_get(&f, "not_declared").p);
	assert_int_equal(f.n, 12); /* ten declared, one of them thrice */
	same_text(form_get(&f, "ward"), "a", "first good one");
	size_t wards = 0;
	for (size_t i = 0; i < f.n; i++)
		wards += strcmp(f.at[i].field->name, "ward") == 0 && f.at[i].value.p;
	assert_int_equal(wards, 2);
	assert_int_equal(read_form("name=++&urgent=1", &a, &f, &p), RC_OK);
	assert_true(f.n_bad == 1 && f.bad[0].why == WHY_FIELD_REQUIRED);
	arena_done(&a);
}

static void undeclared(void **state)
{
	(void)state;
	static const struct { const char *query; enum why why; const char *where; } T[] = {
		{ "name=Ok&extra=1",        WHY_FIELD_UNKNOWN, "extra" },
		{ "name=Ok&Extra=1",        WHY_FIELD_UNKNOWN, "" },
		{ "name=Ok&%3Cscript%3E=1", WHY_FIELD_UNKNOWN, "" },
		{ "=1",                     WHY_FIELD_UNKNOWN, "" },
		{ "abcdefghijklmnopqrstuvwxyz_abcdef=1", WHY_FIELD_UNKNOWN, "" },
		{ "abcdefghijklmnopqrstuvwxyz_abcde=1", WHY_FIELD_UNKNOWN, "abcdefghijklmnopqrstuvwxyz_abcde" },
		{ "name=Ok&name=Ok",        WHY_DUPLICATE_KEY, "name" },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		struct arena a;
		struct form f;
		struct problem p;
		arena_init(&a, 1 << 16);
		holds(read_form(T[i].query, &a, &f, &p) == RC_BAD_INPUT, T[i].query);
		holds(p.why == T[i].why, T[i].query);
		same_text(str_of(p.where), T[i].where, T[i].query);
		arena_done(&a);
	}
	struct arena a;
	struct form f;
	struct problem p;
	arena_init(&a, 1 << 16);
	struct pair bad = { STR("name"), STR("\xFFx") };
	struct pairs ps = { &bad, 1 };
	assert_int_equal(form_read(FIELDS, &ps, today(), &a, &f, &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_BAD_UTF8);
	arena_done(&a);
}

static void no_memory(void **state)
{
	(void)state;
	struct pair at[] = { { STR("name"), STR("Durand") }, { STR("notes"), STR("a\r\nb") }, { STR("beds"), STR("07") }, { STR("born"), STR("j") } };
	struct pairs ps = { at, COUNT(at) };
	bool ok = false;
	for (size_t limit = 0; !ok; limit++) {
		struct arena a;
		struct form f;
		struct problem p;
		arena_init(&a, limit);
		enum rc rc = form_read(FIELDS, &ps, today(), &a, &f, &p);
		assert_true(rc == RC_OK || rc == RC_LIMIT);
		ok = rc == RC_OK;
		assert_true(limit < 10000);
		arena_done(&a);
	}
	struct arena a;
	struct form f;
	arena_init(&a, 10000);
	nth_alloc = 1;
	assert_int_equal(form_read(FIELDS, &ps, today(), &a, &f, NULL), RC_LIMIT);
	nth_alloc = 0;
	arena_done(&a);
}

static void dates(void **state)
{
	(void)state;
	static const struct { const char *typed, *want; /* NULL: refused */ } T[] = {
		{ "140257",       "1957-02-14" },
		{ "14021957",     "1957-02-14" },
		{ "14/2/57",      "1957-02-14" },
		{ "14/02/1957",   "1957-02-14" },
		{ "14.02.1957",   "1957-02-14" },
		{ "14-02-1957",   "1957-02-14" },
		{ "14 02 1957",   "1957-02-14" },
		{ "1957-02-14",   "1957-02-14" },
		{ "1957/2/14",    "1957-02-14" },
		{ " 14/2/57\t",   "1957-02-14" },
		{ "j",            "2026-11-22" },
		{ "J",            "2026-11-22" },
		{ "j-3",          "2026-11-19" },
		{ "j - 3",        "2026-11-19" },
		{ "j+10",         "2026-12-02" },
		{ "J-365",        "2025-11-22" },
		{ "010126",       "2026-01-01" }, /* the latest year that is not in the future */
		{ "311226",       "2026-12-31" },
		{ "010127",       "1927-01-01" },
		{ "010100",       "2000-01-01" },
		{ "29/02/2024",   "2024-02-29" },
		{ "29/02/2023",   NULL },
		{ "290223",       NULL },
		{ "32/01/2023",   NULL },
		{ "00/01/2023",   NULL },
		{ "01/13/2023",   NULL },
		{ "01/00/2023",   NULL },
		{ "1/1/1",        NULL },
		{ "1/1/123",      NULL },
		{ "1/1/12345",    NULL },
		{ "1/1/0057",     NULL },
		{ "001/1/2020",   NULL },
		{ "1/001/2020",   NULL },
		{ "2020/1/001",   NULL },
		{ "14/02.1957",   NULL },
		{ "14//02/1957",  NULL },
		{ "14/02",        NULL },
		{ "14/02/1957/1", NULL },
		{ "1402",         NULL },
		{ "1402195",      NULL },
		{ "140219577",    NULL },
		{ "-140257",      NULL },
		{ "j3",           NULL },
		{ "j-",           NULL },
		{ "j--3",         NULL },
		{ "j-100000",     NULL },
		{ "jj",           NULL },
		{ "",             NULL },
		{ "demain",       NULL },
		{ "14/02/1957 ;", NULL },
		{ "\xD9\xA1/2/57", NULL },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		char out[11] = "untouched!";
		holds(form_date(str_of(T[i].typed), today(), out) == (T[i].want ? RC_OK : RC_BAD_INPUT), T[i].typed);
		holds(strcmp(out, T[i].want ? T[i].want : "untouched!") == 0, T[i].typed);
	}
	char out[11];
	assert_int_equal(form_date(STR_NONE, today(), out), RC_BAD_INPUT);
	/* Today is the day in Paris: 23:30 UTC in summer is the day after. */
	assert_int_equal(form_date(STR("j"), civil_to_ms((struct civil){ 2026, 7, 13, 22, 30, 0, 0 }), out), RC_OK);
	assert_string_equal(out, "2026-07-14");
	assert_int_equal(form_date(STR("j-99999"), civil_to_ms((struct civil){ 1200, 1, 1, 12, 0, 0, 0 }), out), RC_BAD_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("each kind of field is checked and normalised by its rule", single_values),
		CASE("all problems are told at once, what was typed is kept, a secret is never echoed", all_at_once),
		CASE("what is not declared is refused and named only when it looks like ours", undeclared),
		CASE("a lack of memory is a limit", no_memory),
		CASE("dates are read as the French type them", dates),
	};
	return cmocka_run_group_tests_name("codec/form", tests, NULL, NULL);
}
