/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#include "internal.h"

#define DIV(inside) "<div xmlns=\"http://www.w3.org/1999/xhtml\">" inside "</div>"

static void markup_that_could_run_or_is_not_well_formed_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "text", "<div>text</div>", "<p xmlns=\"http://www.w3.org/1999/xhtml\">a</p>", "<div xmlns=\"http://www.w3.org/1999/xhtmlx\">a</div>",
		DIV(""), DIV(" \n\t"), DIV("<p> </p>"), DIV("<!-- only a comment -->"),
		DIV("a<script>x</script>"), DIV("a<SCRIPT>x</SCRIPT>"), DIV("a<iframe/>"), DIV("a<object>b</object>"), DIV("a<form>b</form>"), DIV("a<input/>"),
		DIV("a<style>b</style>"), DIV("a<link/>"), DIV("a<svg></svg>"), DIV("a<video/>"), DIV("a<base/>"), DIV("a<meta/>"),
		DIV("a<p onclick=\"x\">b</p>"), DIV("a<p ONCLICK=\"x\">b</p>"), DIV("<img src=\"a\" onerror=\"b\"/>"),
		DIV("<a href=\"javascript:x\">b</a>"), DIV("<a href=\"JavaScript:x\">b</a>"), DIV("<a href=\" javascript:x\">b</a>"), DIV("<a href=\"java&#115;cript:x\">b</a>"),
		DIV("<a href=\"java\tscript:x\">b</a>"), DIV("<a href=\"vbscript:x\">b</a>"), DIV("<a href=\"data:text/html,x\">b</a>"), DIV("<img src=\"javascript:x\"/>"),
		DIV("a<p href=\"http://a\">b</p>"), DIV("a<div src=\"http://a\">b</div>"),
		DIV("a<p style=\"background:url(http://a)\">b</p>"), DIV("a<p style=\"width:expression(x)\">b</p>"), DIV("a<p style=\"a:\\75rl(b)\">b</p>"), DIV("a<p style=\"b:url(data:text/html,x)\">b</p>"),
		DIV("a<p style=\"b:u&#114;l(b)\">b</p>"),
		DIV("<p>a"), DIV("<p>a</b>"), DIV("a</p>"), DIV("a<p"), DIV("a<p "), DIV("a<p class>b</p>"), DIV("a<p class=b>c</p>"), DIV("a<p class=\"b>c</p>"),
		DIV("a<p class=\"b\"class=\"c\">d</p>"), DIV("a<p class=\"b\" class=\"c\">d</p>"), DIV("a<p class=\"<\">d</p>"), DIV("a<p class=\"&lt;<\">d</p>"),
		DIV("a & b"), DIV("a &; b"), DIV("a &lt b"), DIV("a &#x; b"), DIV("a<br>"), DIV("<!DOCTYPE a>b"), DIV("<?php x ?>b"), DIV("<![CDATA[b]]>c"), DIV("<!-- a -- b -->c"), DIV("<!-- c"),
		DIV("a") DIV("b"), DIV("a") "b", "<?xml version=\"1.0\"?>" DIV("a"), DIV("a<x:p>b</x:p>"), DIV("a< p>b</p>"), DIV("a</ p>"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		holds(!narrative_ok(str_of(bad[i])), bad[i]);
}

static void deeper_than_sixty_four_is_refused(void **state)
{
	struct buf b;

	(void)state;
	for (int depth = 62; depth <= 66; depth++) {
		buf_init(&b, 1 << 16);
		buf_z(&b, "<div xmlns=\"http://www.w3.org/1999/xhtml\">");
		for (int i = 1; i < depth; i++)
			buf_z(&b, "<b>");
		buf_z(&b, "x");
		for (int i = 1; i < depth; i++)
			buf_z(&b, "</b>");
		buf_z(&b, "</div>");
		assert_int_equal(narrative_ok(buf_view(&b)), depth <= 64);
		buf_done(&b);
	}
}

static void the_narrative_of_the_standard_is_accepted(void **state)
{
	static const char *const good[] = {
		DIV("a"), DIV("<p>a</p>"), "\n " DIV("a") " \n", DIV("<!-- c -->a<br/><br />b"), DIV("&eacute; &amp; &#233; &#xE9;"), DIV("<img src=\"#a\" alt=\"b\"/>"),
		DIV("<img src=\"data:image/png;base64,AAAA\"/>"), DIV("<img src=\"a.png\"/>"), DIV("<a href=\"#x\">b</a>"), DIV("<a href=\"Patient/1\">b</a>"), DIV("<a href=\"https://a/?b=c&amp;d\" title='e'>b</a>"),
		DIV("<table class=\"grid\"><thead><tr><th colspan=\"2\">a</th></tr></thead><tbody><tr><td style=\"color: red\">b</td></tr></tbody></table>"),
		DIV("<p lang=\"fr\" xml:lang=\"fr\" id=\"x\">é</p>"), DIV("<ol start=\"3\" type=\"a\"><li>b</li></ol>"), DIV("<p style=\"background: url(data:image/png;base64,AA==)\">a</p>"),
		"<div xmlns='http://www.w3.org/1999/xhtml' class = 'x' >a</div >",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		holds(narrative_ok(str_of(good[i])), good[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("markup that could run, or is not well formed, is refused", markup_that_could_run_or_is_not_well_formed_is_refused),
		CASE("markup nested deeper than sixty-four is refused", deeper_than_sixty_four_is_refused),
		CASE("the narrative that the standard allows is accepted", the_narrative_of_the_standard_is_accepted),
	};
	return cmocka_run_group_tests_name("fhir/narrative", tests, NULL, NULL);
}
