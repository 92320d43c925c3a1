/* SPDX-License-Identifier: Apache-2.0 */
/* tests of codec/fill.c and codec/xml.c: what is put in ends nothing and is read no second time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec/fill.h"
#include "codec/xml.h"

static bool value(struct fill *f, struct str name, struct buf *out)
{
	(void)f;
	if (str_eq(name, "a"))
		buf_z(out, "{{b}}");
	return str_eq(name, "a");
}

static void what_is_put_in_is_not_read_again_and_the_unknown_stays(void **s)
{
	static const struct { const char *text, *filled; } cases[] = {
		{ "", "" }, { "x", "x" }, { "{{a}}", "{{b}}" }, { "1{{ a }}2{{c}}3", "1{{b}}2{{c}}3" }, { "{{a", "{{a" }, { "{{a\n}}", "{{a\n}}" }, { "{{{a}}", "{{{a}}" }, { "}}{{", "}}{{" }, { "{{{{a}}", "{{{{a}}" },
	};
	(void)s;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fill f = { value };
		struct buf b;
		buf_init(&b, 200);
		fill_put(&b, str_of(cases[i].text), &f);
		buf_ch(&b, '\0');
		assert_string_equal(b.p, cases[i].filled);
		buf_done(&b);
	}
}

static void a_field_that_is_not_closed_is_a_field_of_no_list(void **s)
{
	struct str rest = STR("a {{patient.nom b\n}}"), before, name;
	(void)s;
	assert_true(fill_next(&rest, &before, &name));
	assert_true(str_eq(name, "{{patient.nom b"));
	rest = STR("{{é}} x");
	assert_true(fill_next(&rest, &before, &name));
	assert_true(str_eq(name, "é"));
	assert_false(fill_next(&rest, &before, &name));
	assert_true(str_eq(before, " x"));
}

static void a_line_is_a_heading_an_item_a_field_or_text(void **s)
{
	static const struct { const char *line; enum fill_line kind; const char *text; unsigned level; } cases[] = {
		{ "", FILL_BLANK, "", 0 }, { "  ", FILL_BLANK, "  ", 0 }, { "# Motif ", FILL_HEADING, "Motif", 1 }, { "### x", FILL_HEADING, "x", 3 }, { "#", FILL_TEXT, "#", 0 }, { "- un", FILL_ITEM, "un", 0 },
		{ "-un", FILL_TEXT, "-un", 0 }, { " {{ bloc.x }} ", FILL_ALONE, "bloc.x", 0 }, { "a {{x}}", FILL_TEXT, "a {{x}}", 0 }, { "{{x}} a", FILL_TEXT, "{{x}} a", 0 },
	};
	(void)s;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str text;
		unsigned level;
		assert_int_equal(fill_line(str_of(cases[i].line), &text, &level), cases[i].kind);
		assert_true(str_eq(text, cases[i].text));
		assert_int_equal(level, cases[i].level);
	}
}

static void xml_lets_no_text_end_its_place(void **s)
{
	struct problem p;
	struct xml x;
	struct buf b;
	(void)s;
	buf_init(&b, 1000);
	xml_begin(&x, &b);
	xml_open(&x, "a");
	xml_attr(&x, "b", STR("\"<&>\n'\x01\xff"));
	xml_leaf(&x, "c", STR("]]><!-- &amp; \x0b\r\xef\xbf\xbf" "é"));
	xml_open(&x, "d");
	xml_close(&x);
	xml_close(&x);
	assert_int_equal(xml_end(&x, &p), RC_OK);
	buf_ch(&b, '\0');
	assert_string_equal(b.p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&quot;&lt;&amp;&gt;&#10;'\xef\xbf\xbd\"><c>]]&gt;&lt;!-- &amp;amp; é</c><d/></a>");
	buf_done(&b);
}

static void xml_tells_what_was_left_open_or_out_of_place(void **s)
{
	struct problem p;
	struct xml x;
	struct buf b;
	(void)s;
	buf_init(&b, 1000);
	xml_begin(&x, &b);
	xml_open(&x, "a");
	assert_int_equal(xml_end(&x, &p), RC_BROKEN);
	xml_text(&x, STR("t"));
	xml_attr_z(&x, "late", "v");
	xml_close(&x);
	assert_int_equal(xml_end(&x, &p), RC_BROKEN);
	buf_done(&b);
	buf_init(&b, 50);
	xml_begin(&x, &b);
	xml_leaf(&x, "a", STR("longer than there is room for"));
	assert_int_equal(xml_end(&x, &p), RC_LIMIT);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_in_is_not_read_again_and_the_unknown_stays), cmocka_unit_test(a_field_that_is_not_closed_is_a_field_of_no_list),
		cmocka_unit_test(a_line_is_a_heading_an_item_a_field_or_text), cmocka_unit_test(xml_lets_no_text_end_its_place), cmocka_unit_test(xml_tells_what_was_left_open_or_out_of_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
