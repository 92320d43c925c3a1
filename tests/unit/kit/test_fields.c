/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../pages/outline.h"
#include "kit/fields.h"

static const struct choice colours[] = { { "a", "First" }, { "b", "Second" }, { NULL, NULL } };
static const struct field fields[] = {
	{ "name",   "Name",     FIELD_TEXT,   .required = true },
	{ "born",   "Birth date", FIELD_DATE },
	{ "secret", "Password", FIELD_SECRET },
	{ "kind",   "Kind",     FIELD_CODE, .choices = colours },
	{ "lines",  "Explain",  FIELD_LINES },
	{ "flag",   "In use",   FIELD_FLAG },
	FIELDS_END
};

static struct buf out;
static struct arena arena;
static struct form form;
static struct kit k;

static void
fresh(struct pair *pairs, size_t n)
{
	struct problem p;
	buf_done(&out);
	buf_init(&out, 1 << 20);
	arena_done(&arena);
	arena_init(&arena, 1 << 20);
	k = (struct kit){ .lang = SAY_EN, .icons = "/i", .csrf = STR("TOKEN") };
	html_init(&k.w, &out);
	struct pairs ps = { pairs, n };
	assert_int_equal(form_read(fields, &ps, 1795353127000, &arena, &form, &p), RC_OK);
}

static void
draw(const struct sheet *s)
{
	struct problem p;
	fields_open(&k, s);
	fields_summary(&k, s);
	for (const struct field *f = fields; f->name != NULL; f++)
		fields_input(&k, s, f->name, NULL);
	fields_submit(&k, "primary", NULL, STR("Go"));
	fields_close(&k);
	assert_int_equal(html_end(&k.w, &p), RC_OK);
	assert_true(outline_is_strict(buf_view(&out)));
}

static bool
holds(const char *z)
{
	buf_ch(&out, '\0');
	bool found = strstr(out.p, z) != NULL;
	out.n--;
	return found;
}

static void
a_secret_is_never_written_back(void **state)
{
	(void)state;
	struct pair pairs[] = { { STR("secret"), STR("hunter2hunter2") } };
	fresh(pairs, 1);
	struct sheet s = { .action = STR("/x"), .id = "f", .fields = fields, .form = &form };
	draw(&s);
	assert_false(holds("hunter2"));
	assert_true(holds("type=\"password\""));
}

static void
errors_stand_beside_the_field_and_in_a_linked_summary_and_what_was_typed_stays(void **state)
{
	(void)state;
	struct pair pairs[] = { { STR("born"), STR("31/02/1957<") }, { STR("kind"), STR("z") }, { STR("lines"), STR("\nun\r\ndeux") } };
	fresh(pairs, 3);
	struct sheet s = { .action = STR("/x"), .id = "f", .fields = fields, .form = &form };
	draw(&s);
	assert_true(holds("href=\"#f-born\""));
	assert_true(holds("id=\"f-born-error\""));
	assert_true(holds("aria-describedby=\"f-born-error\""));
	assert_true(holds("value=\"31/02/1957&lt;\""));
	assert_true(holds("href=\"#f-name\""));
	assert_true(holds("3 points to correct"));
	assert_true(holds(">\n\nun\ndeux</textarea>"));
	assert_true(holds("name=\"csrf\" value=\"TOKEN\""));
	assert_true(holds("method=\"post\""));
}

static void
faults_of_the_act_are_shown_like_those_of_the_form(void **state)
{
	(void)state;
	struct pair pairs[] = { { STR("name"), STR("x") } };
	fresh(pairs, 1);
	struct fault faults[] = { { "name", WHY_NAME_LETTERS }, { NULL, WHY_DUPLICATE }, { "elsewhere", WHY_DUPLICATE } };
	struct sheet s = { .action = STR("/x"), .id = "f", .fields = fields, .form = &form, .faults = faults, .n_faults = 3 };
	draw(&s);
	assert_true(holds("id=\"f-name-error\""));
	assert_true(holds(why_row(WHY_DUPLICATE)->sentence));
}

static void
present_values_fill_a_form_that_was_not_sent(void **state)
{
	(void)state;
	fresh(NULL, 0);
	struct pair now[] = { { STR("name"), STR("DURAND") }, { STR("kind"), STR("b") }, { STR("secret"), STR("hunter2") }, { STR("flag"), STR("1") } };
	struct sheet s = { .action = STR("/x"), .id = "f", .fields = fields, .now = now, .n_now = 4 };
	draw(&s);
	assert_true(holds("value=\"DURAND\""));
	assert_true(holds("value=\"b\" checked"));
	assert_true(holds("value=\"1\" id=\"f-flag\" checked"));
	assert_false(holds("hunter2"));
	assert_false(holds("role=\"alert\""));
}

static void
what_the_record_has_by_now_stands_beside_what_was_typed(void **state)
{
	(void)state;
	struct pair pairs[] = { { STR("name"), STR("DURANT") }, { STR("kind"), STR("a") }, { STR("lines"), STR("un") } };
	fresh(pairs, 3);
	struct pair now[] = { { STR("name"), STR("DURAND <x>") }, { STR("kind"), STR("b") }, { STR("lines"), STR("un") }, { STR("secret"), STR("hunter2") }, { STR("version"), STR("8") } };
	struct fault stale = { "version", WHY_VERSION_CONFLICT }, other = { "name", WHY_NAME_LETTERS };
	struct sheet s = { .action = STR("/x"), .id = "f", .fields = fields, .form = &form, .now = now, .n_now = 5, .faults = &stale, .n_faults = 1 };
	draw(&s);
	assert_true(holds("value=\"DURANT\""));
	assert_true(holds("In the record by now: DURAND &lt;x&gt;"));
	assert_true(holds("f-name-meanwhile\""));
	assert_true(holds("id=\"f-kind-meanwhile\""));
	assert_false(holds("id=\"f-lines-meanwhile\"")); /* the same words */
	assert_false(holds("hunter2"));
	assert_true(str_eq(fields_value(&s, "version"), "8"));
	s.faults = &other;
	fresh(pairs, 3);
	draw(&s);
	assert_false(holds("In the record by now"));
}

static void
every_input_has_a_label_that_names_it(void **state)
{
	(void)state;
	fresh(NULL, 0);
	struct sheet s = { .action = STR("/x"), .id = "f", .fields = fields };
	draw(&s);
	static const char *const labels[] = { "for=\"f-name\"", "for=\"f-born\"", "for=\"f-secret\"", "for=\"f-lines\"" };
	for (size_t i = 0; i < 4; i++)
		assert_true(holds(labels[i]));
	assert_true(holds("<fieldset"));
	assert_true(holds("<legend"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_never_written_back),
		cmocka_unit_test(errors_stand_beside_the_field_and_in_a_linked_summary_and_what_was_typed_stays),
		cmocka_unit_test(faults_of_the_act_are_shown_like_those_of_the_form),
		cmocka_unit_test(present_values_fill_a_form_that_was_not_sent),
		cmocka_unit_test(what_the_record_has_by_now_stands_beside_what_was_typed),
		cmocka_unit_test(every_input_has_a_label_that_names_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
