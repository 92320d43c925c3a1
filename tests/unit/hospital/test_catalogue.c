/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital's rows and statements: each row says who may and what it reveals; no statement scans a table. */
#include "house.h"

#include <sqlite3.h>

static void no_statement_of_this_room_scans_a_table(void **s)
{
	(void)s;
	sqlite3 *raw;
	unsigned seen = 0;
	if (test_base_is_server())
		return; /* test_db asks the server for every plan */
	assert_int_equal(sqlite3_open_v2(H.path, &raw, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	for (unsigned id = 0; id < ST__END; id++) {
		if (strncmp(db_stmt_name((enum stmt)id), "HOSPITAL_", 9) != 0)
			continue;
		char sql[4096];
		sqlite3_stmt *st;
		seen++;
		snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", db_stmt_sql((enum stmt)id));
		assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &st, NULL), SQLITE_OK);
		while (sqlite3_step(st) == SQLITE_ROW) {
			const char *detail = (const char *)sqlite3_column_text(st, 3);
			if (strcmp(db_stmt_name((enum stmt)id), "HOSPITAL_KNOWN_COUNT") == 0) /* all people are counted over one index, when an export is looked at */
				continue;
			if (strcmp(db_stmt_name((enum stmt)id), "HOSPITAL_STOCK_LEVELS_OVER") == 0 && strcmp(detail, "SCAN v") == 0) /* all thresholds of the house, by night */
				continue;
			if (strcmp(detail, "SCAN CONSTANT ROW") == 0) /* no table: a row of subqueries, each of which says its own */
				continue;
			if (strncmp(detail, "SCAN", 4) == 0 || strstr(detail, "TEMP B-TREE"))
				fail_msg("%s: %s", db_stmt_name((enum stmt)id), detail);
		}
		sqlite3_finalize(st);
	}
	sqlite3_close(raw);
	assert_true(seen > 50);
}

static void every_row_says_who_may_and_what_it_reveals_and_has_a_name_of_its_own(void **s)
{
	(void)s;
	unsigned n = 0;
	for (const struct view *const *t = hospital_views; *t; t++)
		for (const struct view *v = *t; v->name; v++, n++) {
			assert_true(v->may != 0 && v->reveals != REVEALS_UNSAID && v->run);
			assert_ptr_equal(view_find(str_of(v->name)), v);
		}
	for (const struct act *const *t = hospital_acts; *t; t++)
		for (const struct act *a = *t; a->name; a++, n++) {
			assert_true(a->may != 0 && a->reveals != REVEALS_UNSAID && a->fields && (a->run || a->prepare));
			assert_ptr_equal(act_find(str_of(a->name)), a);
			bool names = false;
			for (const struct field *f = a->fields; f->name; f++)
				names = names || (strcmp(f->name, "patient") == 0 && f->required && f->kind == FIELD_ID);
			if (a->reveals == REVEALS_ONE_PATIENT)
				assert_true(names);
		}
	assert_true(n > 25);
	assert_null(view_find(STR("nonsense")));
	assert_null(act_find(STR("")));
}

static void views_answer_hostile_arguments_without_breaking(void **s)
{
	(void)s;
	static const char *const HOSTILE[] = { "", "'", "\"; DROP TABLE resource; --", "%00", "../../etc/passwd", "\xF0\x9F\x92\xA9", "99999999999999999999", "-1", "a,b|c$d\\", "<script>" };
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	for (const struct view *const *t = hospital_views; *t; t++)
		for (const struct view *v = *t; v->name; v++)
			for (size_t i = 0; i < sizeof HOSTILE / sizeof *HOSTILE; i++) {
				const char *h = HOSTILE[i];
				enum rc rc = view(v->name, "patient", i % 2 ? "a" : h, "text", h, "birthdate", h, "before", h, "after", h, "kind", h, "login", h, "birth_name", h, "given_names", h, NULL);
				if (rc == RC_BROKEN || rc == RC_LIMIT)
					fail_msg("%s on argument %zu: %s %s", v->name, i, why_row(H.p.why)->name, H.p.detail);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(no_statement_of_this_room_scans_a_table),
		HOUSE_TEST(every_row_says_who_may_and_what_it_reveals_and_has_a_name_of_its_own),
		HOUSE_TEST(views_answer_hostile_arguments_without_breaking),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
