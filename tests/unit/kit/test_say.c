/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kit/locale.h"
#include "kit/say.h"

static void
an_unknown_sentence_or_language_gives_the_msgid(void **state)
{
	(void)state;
	assert_string_equal(tr(SAY_FR, "This sentence is in no table."), "This sentence is in no table.");
	assert_string_equal(tr(99, "Sign in"), "Sign in");
	assert_null(tr(SAY_FR, NULL));
}

static void
tables_are_sorted_so_that_every_sentence_is_found(void **state)
{
	(void)state;
	for (unsigned lang = 0; lang < SAY__LANGS; lang++) {
		assert_true(locale_tables[lang].n > 300);
		for (size_t i = 0; i < locale_tables[lang].n; i++)
			assert_ptr_equal(tr(lang, locale_tables[lang].at[i].msgid), locale_tables[lang].at[i].text);
	}
}

/* The French rule: a narrow no-break space before ; : ! ? and inside « »; typographic apostrophes. */
static void
french_sentences_follow_french_typography(void **state)
{
	(void)state;
	const struct locale_table *fr = &locale_tables[SAY_FR];
	for (size_t i = 0; i < fr->n; i++) {
		const char *text = fr->at[i].text;
		bool bad = strchr(text, '\'') != NULL;
		for (const char *p = text; *p != '\0'; p++) {
			bool mark = strchr(";:!?", *p) != NULL && (p[1] == ' ' || p[1] == '\0');
			if (mark && (p - text < 3 || memcmp(p - 3, "\xE2\x80\xAF", 3) != 0))
				bad = true;
		}
		if (bad)
			print_message("# %s\n", text);
		assert_false(bad);
	}
}

static void
places_are_filled_and_values_are_never_read_as_places(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	say_buf(&b, "{2} before {1}, {3}, {x} {}", STR("{2}"), STR("<b>"));
	assert_true(str_eq(buf_view(&b), "<b> before {2}, , {x} {}"));
	buf_done(&b);
	struct buf page;
	buf_init(&page, 1000);
	struct kit k = { .lang = SAY_EN };
	html_init(&k.w, &page);
	html_open(&k.w, H_P);
	say_with(&k, "Born {1}", STR("<b>"));
	html_close(&k.w, H_P);
	assert_true(str_eq(buf_view(&page), "<p>Born &lt;b&gt;</p>"));
	buf_done(&page);
}

static void
zero_is_singular_in_french_and_plural_in_english(void **state)
{
	(void)state;
	assert_string_equal(tr_n(SAY_FR, 0, "a", "b"), "a");
	assert_string_equal(tr_n(SAY_FR, 1, "a", "b"), "a");
	assert_string_equal(tr_n(SAY_FR, 2, "a", "b"), "b");
	assert_string_equal(tr_n(SAY_EN, 0, "a", "b"), "b");
	assert_string_equal(tr_n(SAY_EN, 1, "a", "b"), "a");
}

static void
digits_and_words_hold_at_their_edges(void **state)
{
	(void)state;
	struct digits d;
	assert_true(str_eq(digits_of(&d, INT64_MIN), "-9223372036854775808"));
	assert_true(str_eq(digits_of(&d, 0), "0"));
	struct words ws = { .n = 0 };
	for (int i = 0; i < 300; i++)
		words_z(&ws, "\xC3\xA9");
	assert_int_equal(ws.n, sizeof ws.at / 2 * 2);
	words_z(&ws, "x");
	assert_int_equal(ws.n, sizeof ws.at);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_sentence_or_language_gives_the_msgid),
		cmocka_unit_test(french_sentences_follow_french_typography),
		cmocka_unit_test(tables_are_sorted_so_that_every_sentence_is_found),
		cmocka_unit_test(places_are_filled_and_values_are_never_read_as_places),
		cmocka_unit_test(zero_is_singular_in_french_and_plural_in_english),
		cmocka_unit_test(digits_and_words_hold_at_their_edges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
