/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of fhir/patch.c: the cases of RFC 6902, appendix A, and what a hostile patch would try. */
#include "fhir_unit.h"

#include "fhir/patch.h"

struct row { const char *document, *patch, *wanted; enum why why; const char *where; };

static void
try_row(const struct row *r)
{
	struct arena a;
	struct buf out;
	struct problem p = { 0 };
	arena_init(&a, 8u << 20);
	buf_init(&out, 1u << 20);
	enum rc rc = patch_apply(str_of(r->document), str_of(r->patch), &a, &out, &p);
	if (r->wanted) {
		assert_int_equal(rc, RC_OK);
		buf_ch(&out, '\0');
		assert_string_equal(out.p, r->wanted);
	} else {
		assert_int_equal(rc, RC_BAD_INPUT);
		assert_int_equal(p.why, r->why);
		if (r->where)
			assert_string_equal(p.where, r->where);
	}
	buf_done(&out);
	arena_done(&a);
}

#define TRY(rows) for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) try_row(&rows[i])

static void
what_is_no_patch_is_refused(void **state)
{
	static const struct row rows[] = {
		{ "{}", "{}", NULL, WHY_PATCH_FORM, "patch" },
		{ "{}", "[", NULL, WHY_BAD_JSON, NULL },
		{ "{}", "[1]", NULL, WHY_PATCH_FORM, "patch[0].op" },
		{ "{}", "[{\"op\":\"spread\",\"path\":\"/a\"}]", NULL, WHY_PATCH_FORM, "patch[0].op" },
		{ "{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", NULL, WHY_PATCH_FORM, "patch[0].value" },
		{ "{}", "[{\"op\":\"add\",\"value\":1}]", NULL, WHY_PATCH_FORM, "patch[0].path" },
		{ "{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]", NULL, WHY_PATCH_FORM, "patch[0].path" },
		{ "{}", "[{\"op\":\"add\",\"path\":\"/a~2\",\"value\":1}]", NULL, WHY_PATCH_FORM, "patch[0].path" },
		{ "{}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1},{\"op\":\"copy\",\"path\":\"/b\"}]", NULL, WHY_PATCH_FORM, "patch[1].from" },
	};
	(void)state;
	TRY(rows);
}

static void
a_place_that_is_not_there_is_refused(void **state)
{
	static const struct row rows[] = {
		{ "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]", NULL, WHY_PATCH_PATH, "patch[0].path" },
		{ "{\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]", NULL, WHY_PATCH_PATH, "patch[0].path" },
		{ "{\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"\"}]", NULL, WHY_PATCH_PATH, "patch[0].path" },
		{ "{\"foo\":\"bar\"}", "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":1}]", NULL, WHY_PATCH_PATH, "patch[0].path" },
		{ "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":1}]", NULL, WHY_PATCH_PATH, "patch[0].path" },
		{ "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/00\",\"value\":1}]", NULL, WHY_PATCH_PATH, "patch[0].path" },
		{ "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/x\",\"value\":1}]", NULL, WHY_PATCH_PATH, "patch[0].path" },
		{ "{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a/-\"}]", NULL, WHY_PATCH_PATH, "patch[0].path" },
		{ "{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", NULL, WHY_PATCH_PATH, "patch[0].path" },
		{ "{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/a\"}]", NULL, WHY_PATCH_PATH, "patch[0].from" },
	};
	(void)state;
	TRY(rows);
}

static void
a_test_that_does_not_hold_undoes_all(void **state)
{
	static const struct row rows[] = {
		{ "{\"baz\":\"qux\"}", "[{\"op\":\"add\",\"path\":\"/x\",\"value\":1},{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]", NULL, WHY_PATCH_TEST, "patch[1].path" },
		{ "{\"/\":9}", "[{\"op\":\"test\",\"path\":\"/~1\",\"value\":\"9\"}]", NULL, WHY_PATCH_TEST, NULL },
		{ "{\"a\":[1,2]}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":[2,1]}]", NULL, WHY_PATCH_TEST, NULL },
		{ "{\"a\":{\"b\":1}}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"b\":1,\"c\":2}}]", NULL, WHY_PATCH_TEST, NULL },
	};
	(void)state;
	TRY(rows);
}

static void
the_operations_do_what_the_rfc_says(void **state)
{
	static const struct row rows[] = {
		{ "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]", "{\"foo\":\"bar\",\"baz\":\"qux\"}", 0, NULL },
		{ "{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]", "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", 0, NULL },
		{ "{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]", "{\"foo\":\"bar\"}", 0, NULL },
		{ "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]", "{\"foo\":[\"bar\",\"baz\"]}", 0, NULL },
		{ "{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]", "{\"baz\":\"boo\",\"foo\":\"bar\"}", 0, NULL },
		{ "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}", "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
			"{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}", 0, NULL },
		{ "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}", "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]", "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}", 0, NULL },
		{ "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]",
			"{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}", 0, NULL },
		{ "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}},\"xyz\":123}]", "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}", 0, NULL },
		{ "{\"foo\":[\"bar\"]}", "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]", "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}", 0, NULL },
		{ "{\"foo\":1}", "[{\"op\":\"add\",\"path\":\"/foo\",\"value\":2}]", "{\"foo\":2}", 0, NULL },
		{ "{\"foo\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[2]}]", "[2]", 0, NULL },
		{ "{\"a\":{\"b\":1},\"c\":0}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"},{\"op\":\"replace\",\"path\":\"/c/b\",\"value\":2}]", "{\"a\":{\"b\":1},\"c\":{\"b\":2}}", 0, NULL },
		{ "{\"~1\":1,\"a/b\":2}", "[{\"op\":\"remove\",\"path\":\"/~01\"},{\"op\":\"replace\",\"path\":\"/a~1b\",\"value\":3}]", "{\"a/b\":3}", 0, NULL },
		{ "{\"a\":{\"x\":1,\"y\":[1.50]}}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"y\":[1.5],\"x\":1.0}}]", "{\"a\":{\"x\":1,\"y\":[1.50]}}", 0, NULL },
	};
	(void)state;
	TRY(rows);
}

static void
the_text_of_what_is_not_touched_stays(void **state)
{
	static const struct row row = { "{\"v\":1.50,\"s\":\"\\u00e9\",\"w\":[1e2, 3],\"t\":0}", "[{\"op\":\"replace\",\"path\":\"/t\",\"value\":2.00}]",
		"{\"v\":1.50,\"s\":\"\\u00e9\",\"w\":[1e2, 3],\"t\":2.00}", 0, NULL };
	(void)state;
	try_row(&row);
}

static void
copies_that_double_end_at_the_limit(void **state)
{
	struct arena a;
	struct buf patch, out;
	struct problem p = { 0 };
	(void)state;
	arena_init(&a, 4u << 20);
	buf_init(&patch, 1u << 20);
	buf_init(&out, 1u << 20);
	buf_ch(&patch, '[');
	for (int i = 0; i < 60; i++)
		buf_z(&patch, i ? ",{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/-\"}" : "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/-\"}");
	buf_ch(&patch, ']');
	enum rc rc = patch_apply(STR("{\"a\":[1,2,3]}"), buf_view(&patch), &a, &out, &p);
	assert_true(rc == RC_LIMIT || (rc == RC_BAD_INPUT && p.why == WHY_TOO_DEEP));
	buf_done(&patch);
	buf_done(&out);
	arena_done(&a);
}

/* Asked: a text that begins with "u:" becomes longer, one with "x:" is refused; all others stay. */
static enum rc
asked(struct patch_brought *b, struct str was, struct str *now_r, struct problem *p)
{
	(void)b;
	*now_r = str_starts(was, STR("u:")) ? STR("Patient/\"1\"") : STR_NONE;
	return str_starts(was, STR("x:")) ? problem_set(p, RC_BAD_INPUT, WHY_UNRESOLVED, "", "asked") : RC_OK;
}

static void
what_is_brought_to_a_named_member_is_asked_about(void **state)
{
#define DOC "{\"n\":\"u:1\",\"bad\":\"x:1\",\"of\":{\"ref\":\"kept\"},\"l\":[{\"ref\":\"u:2\",\"t\":1.50}],\"old\":{\"ref\":\"x:2\"}}"
#define NOW "\"Patient/\\\"1\\\"\""
	static const struct row rows[] = {
		{ DOC, "[{\"op\":\"copy\",\"from\":\"/n\",\"path\":\"/of/ref\"},{\"op\":\"test\",\"path\":\"/of/ref\",\"value\":" NOW "}]",
		  "{\"n\":\"u:1\",\"bad\":\"x:1\",\"of\":{\"ref\":" NOW "},\"l\":[{\"ref\":\"u:2\",\"t\":1.50}],\"old\":{\"ref\":\"x:2\"}}", 0, NULL },
		{ DOC, "[{\"op\":\"move\",\"from\":\"/n\",\"path\":\"/of/ref\"}]",
		  "{\"bad\":\"x:1\",\"of\":{\"ref\":" NOW "},\"l\":[{\"ref\":\"u:2\",\"t\":1.50}],\"old\":{\"ref\":\"x:2\"}}", 0, NULL },
		{ DOC, "[{\"op\":\"copy\",\"from\":\"/l\",\"path\":\"/m\"}]", /* inside of what is brought; what is brought from stays */
		  "{\"n\":\"u:1\",\"bad\":\"x:1\",\"of\":{\"ref\":\"kept\"},\"l\":[{\"ref\":\"u:2\",\"t\":1.50}],\"old\":{\"ref\":\"x:2\"},\"m\":[{\"ref\":" NOW ",\"t\":1.50}]}", 0, NULL },
		{ DOC, "[{\"op\":\"copy\",\"from\":\"/n\",\"path\":\"/of/other\"},{\"op\":\"add\",\"path\":\"/of/ref\",\"value\":\"u:9\"},{\"op\":\"remove\",\"path\":\"/l\"}]", /* no such member; the caller's value */
		  "{\"n\":\"u:1\",\"bad\":\"x:1\",\"of\":{\"ref\":\"u:9\",\"other\":\"u:1\"},\"old\":{\"ref\":\"x:2\"}}", 0, NULL },
		{ DOC, "[{\"op\":\"test\",\"path\":\"/n\",\"value\":\"u:1\"},{\"op\":\"copy\",\"from\":\"/bad\",\"path\":\"/of/ref\"}]", NULL, WHY_UNRESOLVED, "patch[1].path" },
		{ DOC, "[{\"op\":\"move\",\"from\":\"/old\",\"path\":\"/new\"}]", NULL, WHY_UNRESOLVED, "patch[0].path" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct patch_brought brought = { "ref", asked };
		struct arena a;
		struct buf out;
		struct problem p = { 0 };
		arena_init(&a, 1u << 20);
		buf_init(&out, 1u << 16);
		enum rc rc = patch_apply_asking(str_of(rows[i].document), str_of(rows[i].patch), &brought, &a, &out, &p);
		buf_ch(&out, '\0');
		if (rows[i].wanted) {
			assert_int_equal(rc, RC_OK);
			assert_string_equal(out.p, rows[i].wanted);
		} else {
			assert_int_equal(rc, RC_BAD_INPUT);
			assert_int_equal(p.why, rows[i].why);
			assert_string_equal(p.where, rows[i].where);
		}
		buf_done(&out);
		arena_done(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_patch_is_refused),
		cmocka_unit_test(a_place_that_is_not_there_is_refused),
		cmocka_unit_test(a_test_that_does_not_hold_undoes_all),
		cmocka_unit_test(copies_that_double_end_at_the_limit),
		cmocka_unit_test(the_operations_do_what_the_rfc_says),
		cmocka_unit_test(the_text_of_what_is_not_touched_stays),
		cmocka_unit_test(what_is_brought_to_a_named_member_is_asked_about),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
