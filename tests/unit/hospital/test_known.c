/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/known.c: the lines follow the Patients in the same transaction, a rebuild finds the same, searches read by date and name only. */
#include "house.h"

#include "base/random.h"
#include "hospital/known.h"

static void dump_cell(void *b, int row, int col, const char *p, size_t n)
{
	(void)row;
	buf_ch(b, col ? '|' : '\n');
	buf_put(b, p ? p : "", n);
}

/* The derived tables as text, in key order. */
static char *dump(void)
{
	static const char *const ASK[] = { "SELECT born, patient, id, sex, trust, homonym, length(line) FROM known ORDER BY born, patient", "SELECT * FROM known_name ORDER BY born, key, patient", "SELECT patient, who, kind, source, made_by, born FROM relation ORDER BY 1, 2, 3, 4, 5" };
	struct buf b;
	buf_init(&b, 8u << 20);
	for (size_t i = 0; i < sizeof ASK / sizeof *ASK; i++) {
		test_base_sql(H.path, ASK[i], dump_cell, &b);
		buf_ch(&b, '\n');
	}
	buf_ch(&b, 0);
	assert_false(b.failed);
	return b.p;
}

static void rebuild(void)
{
	db_reader_close(&H.c);
	assert_int_equal(relation_rebuild(H.db, NULL, &H.p), RC_OK);
	assert_int_equal(db_reader(H.db, &H.c, &H.p), RC_OK);
}

static void assert_rebuild_changes_nothing(void)
{
	char *before = dump();
	rebuild();
	char *after = dump();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static int64_t raw_count(const char *sql) { return test_base_number(H.path, sql); }

/* Rows under what stands for this date. */
static int64_t born_count(const char *table, int64_t born)
{
	char ask[128];
	snprintf(ask, sizeof ask, "SELECT count(*) FROM %s WHERE born = %lld", table, (long long)known_key(born));
	return raw_count(ask);
}

static bool found(const char *born, const char *text, const char *id)
{
	assert_int_equal(view("patient_search", "birthdate", born, "text", text, NULL), RC_OK);
	return any_row("patients", "id", id);
}

static void a_deleted_patient_leaves_no_line_and_no_name(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_int_equal(born_count("relation", 19570214), 2); /* the unit, and the bed that it follows from */
	assert_int_equal(raw_count("SELECT count(*) FROM relation WHERE born = 19570214"), 0);
	del("Patient", "a");
	assert_int_equal(raw_count("SELECT count(*) FROM known"), 0);
	assert_int_equal(raw_count("SELECT count(*) FROM known_name"), 0);
	assert_int_equal(raw_count("SELECT count(*) FROM relation WHERE born > 0"), 0);
	assert_rebuild_changes_nothing();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	assert_true(found("1957-02-14", "dur", "a"));
	assert_true(has("patients", 0, "name"));
	assert_rebuild_changes_nothing();
}

static void an_edit_moves_the_line_and_drops_the_old_names(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	patient("a", "Lemoine", "Marie", "1957-02-15", "female", "VALI", NULL);
	assert_false(found("1957-02-14", "", "a"));
	assert_false(found("1957-02-15", "dur", "a"));
	assert_true(found("1957-02-15", "lem", "a"));
	assert_string_equal(getz("patients", 0, "explained"), "unit");
	assert_int_equal(born_count("known_name", 19570214), 0);
	assert_int_equal(born_count("known_name", 19570215), 5); /* lem, mar, their sounds, the whole */
	assert_rebuild_changes_nothing();
}

static void acts_keep_the_lines(void **s)
{
	(void)s;
	actor(ROLE_CLERK, 3, NULL, "u1");
	assert_int_equal(act("patient_create", "birth_name", "Le Goff", "used_name", "Martin", "given_names", "Marie Anne", "birthdate", "1957-02-14", "sex", "female", NULL), RC_OK);
	assert_true(view("patient_search", "birthdate", "1957-02-14", "text", "mar", NULL) == RC_OK && count("patients") == 1);
	char id[80];
	snprintf(id, sizeof id, "%s", getz("patients", 0, "id"));
	assert_true(found("1957-02-14", "leg", id));
	assert_true(found("1957-02-14", "ann", id)); /* the second given name */
	assert_rebuild_changes_nothing();
	assert_int_equal(act("patient_delete", "patient", id, "version", "1", "reason", "error", "text", "saisie", NULL), RC_OK);
	assert_false(found("1957-02-14", "leg", id));
	assert_rebuild_changes_nothing();
}

static void facts_that_came_before_the_patient_learn_its_date(void **s)
{
	(void)s;
	encounter("e", "late", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	patient("late", "Tard", "Venu", "1990-01-01", "male", "PROV", NULL);
	assert_true(found("1990-01-01", "", "late"));
	assert_string_equal(getz("patients", 0, "explained"), "unit");
	assert_rebuild_changes_nothing();
}

static void homonyms_come_and_go(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 0);
	patient("b", "DURAND", "Marié", "1957-02-14", "female", "PROV", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 2);
	patient("c", "durand", "marie", "1957-02-14", "female", "PROV", NULL);
	patient("d", "durand", "marie", "1957-02-14", "female", "PROV", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 4);
	assert_rebuild_changes_nothing();
	del("Patient", "d");
	patient("c", "durand", "marine", "1957-02-14", "female", "PROV", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 2);
	patient("b", "Durand", "Marie", "1957-02-15", "female", "PROV", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 0);
	assert_rebuild_changes_nothing();
}

static void whom_i_know_comes_first_however_many_strangers_share_the_day(void **s)
{
	(void)s;
	char id[12];
	for (int i = 0; i < 40; i++) {
		snprintf(id, sizeof id, "p%d", i);
		patient(id, i % 2 ? "Aberlin" : "Zola", "Marie", "1957-02-14", "female", "VALI", NULL);
	}
	patient("mine", "Zolade", "Anne", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "mine", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	for (int i = 0; i < 2; i++) {
		assert_true(found("1957-02-14", i ? "zol" : "", "mine"));
		assert_string_equal(getz("patients", 0, "id"), "mine");
		assert_int_equal(count("patients"), 10);
		assert_string_equal(getz("search", 0, "more"), "1");
		assert_string_equal(getz("patients", 1, "id"), "p0"); /* then as they came */
	}
	assert_false(found("1957-02-14", "abe", "mine"));
	assert_true(found("1957-02-14", "ann", "mine"));
	assert_int_equal(count("patients"), 1);
}

static void a_duplicate_is_found_on_a_crowded_day(void **s)
{
	(void)s;
	char id[12], family[24];
	for (int i = 0; i < 430; i++) {
		snprintf(id, sizeof id, "p%d", i);
		snprintf(family, sizeof family, "Zub%c%cor", 'a' + i % 26, 'a' + i / 26);
		patient(id, family, "Omar", "1980-01-01", "male", "PROV", NULL);
	}
	patient("late", "Lefebvre", "Marie", "1980-01-01", "female", "PROV", NULL);
	assert_int_equal(view("patient_duplicates", "birth_name", "Lefèvre", "given_names", "Marie", "birthdate", "1980-01-01", "sex", "female", NULL), RC_OK);
	assert_true(any_row("duplicates", "id", "late"));
}

static void partial_and_missing_dates_and_odd_names_have_a_line(void **s)
{
	(void)s;
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"y\",\"name\":[{\"family\":\"Durand\"}],\"birthDate\":\"1957\"}");
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"n\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"ZZ-12345\"}]}");
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"o\",\"name\":[{\"family\":\"a/b ; c~d|'\",\"given\":[\"%%\",\"王伟\"]}],\"birthDate\":\"1957-01-01\"}");
	assert_int_equal(raw_count("SELECT count(*) FROM known"), 3);
	assert_int_equal(born_count("known", 19570000), 1);
	assert_false(found("1957-01-01", "", "y"));
	assert_true(found("1957-01-01", "abc", "o"));
	assert_int_equal(view("patient_search", "text", "ZZ-12345", NULL), RC_OK);
	assert_int_equal(count("patients"), 1);
	assert_rebuild_changes_nothing();
	del("Patient", "o");
	assert_int_equal(born_count("known_name", 19570101), 0);
}

static void a_thousand_random_writes_equal_a_rebuild(void **s)
{
	(void)s;
	static const char *const FAMILY[] = { "Durand", "Dupont", "Dupond", "Le Goff", "Œuf", "Petit" }, *const GIVEN[] = { "Marie", "Jean Paul", "Léa", "" };
	struct stream r = { 7, 7, 0 };
	for (int i = 0; i < 1000; i++) {
		char id[8], born[12];
		snprintf(id, sizeof id, "r%u", stream_below(&r, 60));
		snprintf(born, sizeof born, "1957-02-1%u", stream_below(&r, 3));
		uint32_t what = stream_below(&r, 10);
		if (what == 0 && raw_count("SELECT count(*) FROM known") > 0) {
			char ask[80];
			snprintf(ask, sizeof ask, "SELECT count(*) FROM known WHERE id = '%s'", id);
			if (raw_count(ask))
				del("Patient", id);
		} else if (what < 3) {
			char e[8];
			snprintf(e, sizeof e, "e%u", stream_below(&r, 60));
			encounter(e, id, stream_below(&r, 2) ? "u1" : "u2", NULL, "in-progress", "2026-11-10T08:00:00+01:00", NULL);
		} else {
			patient(id, FAMILY[stream_below(&r, 6)], GIVEN[stream_below(&r, 3)], born, stream_below(&r, 2) ? "female" : "male", "VALI", NULL);
		}
	}
	assert_true(raw_count("SELECT count(*) FROM known") > 20);
	assert_rebuild_changes_nothing();
}

static void an_emptied_table_is_filled_by_a_rebuild(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	char *before = dump();
	test_base_sql(H.path, "DELETE FROM known; DELETE FROM known_name; DELETE FROM relation", NULL, NULL);
	assert_false(found("1957-02-14", "", "a"));
	rebuild();
	char *after = dump();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_deleted_patient_leaves_no_line_and_no_name),
		HOUSE_TEST(an_edit_moves_the_line_and_drops_the_old_names),
		HOUSE_TEST(acts_keep_the_lines),
		HOUSE_TEST(facts_that_came_before_the_patient_learn_its_date),
		HOUSE_TEST(homonyms_come_and_go),
		HOUSE_TEST(whom_i_know_comes_first_however_many_strangers_share_the_day),
		HOUSE_TEST(a_duplicate_is_found_on_a_crowded_day),
		HOUSE_TEST(partial_and_missing_dates_and_odd_names_have_a_line),
		HOUSE_TEST(a_thousand_random_writes_equal_a_rebuild),
		HOUSE_TEST(an_emptied_table_is_filled_by_a_rebuild),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
