/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/identity.c: what a search needs, what it masks, likely duplicates, the opened identity. */
#include "house.h"

static void a_search_without_date_or_identifier_is_refused(void **s)
{
	(void)s;
	assert_int_equal(view("patient_search", NULL), RC_BAD_INPUT);
	assert_why(WHY_SEARCH_NEEDS_DATE);
	assert_int_equal(view("patient_search", "text", "durand", NULL), RC_BAD_INPUT);
	assert_why(WHY_SEARCH_NEEDS_DATE);
	assert_int_equal(view("patient_search", "text", "%' OR 1=1 --", NULL), RC_BAD_INPUT);
	assert_int_equal(view("patient_search", "birthdate", "1957-02-31", NULL), RC_BAD_INPUT);
	assert_why(WHY_FIELD_DATE);
}

static void a_stranger_is_shown_by_initials_year_sex_and_status_only(void **s)
{
	(void)s;
	patient("a", "Durand-Zyxw", "Mariette", "1957-02-14", "female", "QUAL", "257027511504261");
	assert_int_equal(view("patient_search", "birthdate", "1957-02-14", NULL), RC_OK);
	assert_int_equal(count("patients"), 1);
	assert_string_equal(getz("patients", 0, "id"), "a");
	assert_string_equal(getz("patients", 0, "masked"), "D. M.");
	assert_string_equal(getz("patients", 0, "birth_year"), "1957");
	assert_string_equal(getz("patients", 0, "sex"), "female");
	assert_string_equal(getz("patients", 0, "status"), "QUAL");
	assert_false(rows_hold("Zyxw") || rows_hold("ZYXW") || rows_hold("Mariette") || rows_hold("25702") || rows_hold("Lilas") || rows_hold("01 99"));
}

static void a_patient_of_mine_is_shown_by_name(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Dupont", "Jean", "1957-02-14", "male", "PROV", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_int_equal(view("patient_search", "birthdate", "1957-02-14", NULL), RC_OK);
	assert_int_equal(count("patients"), 2);
	assert_string_equal(getz("patients", 0, "name"), "DURAND, Marie");
	assert_string_equal(getz("patients", 0, "explained"), "unit");
	assert_string_equal(getz("patients", 1, "masked"), "D. J.");
	assert_false(has("patients", 1, "name"));
}

static void what_i_made_for_myself_opens_no_name(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter_as(7, "e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_int_equal(view("patient_search", "birthdate", "1957-02-14", NULL), RC_OK);
	assert_false(has("patients", 0, "name"));
}

static void only_three_letters_count_and_used_names_and_sounds_are_found(void **s)
{
	(void)s;
	patient("a", "Lefèvre", "Anne", "1960-05-01", "female", "VALI", NULL);
	patient("b", "Martin", "Philippe", "1960-05-01", "male", "VALI", NULL);
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"c\",\"name\":[{\"use\":\"official\",\"family\":\"Bernard\",\"given\":[\"Zoé\"]},{\"use\":\"usual\",\"family\":\"d'Arc\",\"given\":[\"Zoé\"]}],\"gender\":\"female\",\"birthDate\":\"1960-05-01\"}");
	assert_int_equal(view("patient_search", "birthdate", "1960-05-01", "text", "lefebvre", NULL), RC_OK);
	assert_string_equal(getz("search", 0, "letters"), "lef");
	assert_int_equal(count("patients"), 1);
	assert_string_equal(getz("patients", 0, "id"), "a");
	assert_int_equal(view("patient_search", "birthdate", "1960-05-01", "text", "Fil", NULL), RC_OK);
	assert_int_equal(count("patients"), 1);
	assert_string_equal(getz("patients", 0, "id"), "b");
	assert_string_equal(getz("patients", 0, "phonetic"), "1");
	assert_int_equal(view("patient_search", "birthdate", "1960-05-01", "text", "DAR", NULL), RC_OK);
	assert_int_equal(count("patients"), 1);
	assert_string_equal(getz("patients", 0, "id"), "c");
	assert_int_equal(view("patient_search", "birthdate", "1960-05-01", "text", "zo", NULL), RC_OK);
	assert_int_equal(count("patients"), 1);
	assert_int_equal(view("patient_search", "birthdate", "1960-05-01", "text", "'%_", NULL), RC_OK);
	assert_int_equal(count("patients"), 0);
}

static void one_box_takes_a_date_as_people_type_it(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	static const char *const TYPED[] = { "14021957", "14/02/1957", "14/02/1957 dur", "140257 MAR", "1957-02-14 du", "14/2/57" };
	for (size_t i = 0; i < sizeof TYPED / sizeof *TYPED; i++) {
		assert_int_equal(view("patient_search", "text", TYPED[i], NULL), RC_OK);
		assert_int_equal(count("patients"), 1);
		assert_string_equal(getz("search", 0, "born_on"), "1957-02-14");
	}
}

static void an_exact_identifier_finds_and_a_part_of_one_does_not(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "QUAL", "257027511504261");
	assert_int_equal(view("patient_search", "text", "IPP-a-77001", NULL), RC_OK);
	assert_int_equal(count("patients"), 1);
	assert_string_equal(getz("search", 0, "by"), "identifier");
	assert_int_equal(view("patient_search", "text", "2 57 02 75 115 042 61", NULL), RC_OK);
	assert_int_equal(count("patients"), 1);
	assert_false(rows_hold("257027511504261"));
	assert_int_equal(view("patient_search", "text", "IPP-a-7700", NULL), RC_OK);
	assert_int_equal(count("patients"), 0);
	assert_int_equal(view("patient_search", "text", "2570275115042", NULL), RC_OK);
	assert_int_equal(count("patients"), 0);
}

static void more_than_ten_are_ten_and_a_flag(void **s)
{
	(void)s;
	for (int i = 0; i < 13; i++) {
		char id[8], name[16];
		snprintf(id, sizeof id, "p%d", i);
		snprintf(name, sizeof name, "%s%c", i < 5 ? "Aber" : "Zola", 'a' + i);
		patient(id, name, "Marie", "1957-02-14", "female", "VALI", NULL);
	}
	assert_int_equal(view("patient_search", "birthdate", "1957-02-14", NULL), RC_OK);
	assert_int_equal(count("patients"), 10);
	assert_string_equal(getz("search", 0, "more"), "1");
	assert_int_equal(view("patient_search", "birthdate", "1957-02-14", "text", "abe", NULL), RC_OK);
	assert_int_equal(count("patients"), 5);
	assert_false(has("search", 0, "more"));
}

static void homonyms_are_flagged(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "DURAND", "Marié", "1957-02-14", "female", "PROV", NULL);
	patient("c", "Durand", "Paul", "1957-02-14", "male", "PROV", NULL);
	assert_int_equal(view("patient_search", "birthdate", "1957-02-14", NULL), RC_OK);
	assert_string_equal(getz("patients", row_with("patients", "id", "a"), "homonym"), "1");
	assert_string_equal(getz("patients", row_with("patients", "id", "b"), "homonym"), "1");
	assert_false(has("patients", row_with("patients", "id", "c"), "homonym"));
}

static void a_deleted_patient_is_not_found(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	del("Patient", "a");
	assert_int_equal(view("patient_search", "birthdate", "1957-02-14", NULL), RC_OK);
	assert_int_equal(count("patients"), 0);
	assert_int_equal(view("patient_identity", "patient", "a", NULL), RC_NOT_FOUND);
}

static void the_ins_is_shown_when_qualified_and_never_else(void **s)
{
	(void)s;
	static const char *const STATUS[] = { "PROV", "VALI", "RECUP", "QUAL" };
	for (int i = 0; i < 4; i++) {
		record_rule_set(NULL); /* loaded as it is, as a bulk load does: what may not be stored any more may stand in a base */
		patient(STATUS[i], "Durand", "Marie", "1957-02-14", "female", STATUS[i], "257027511504261");
		record_rule_set(ins_check);
		assert_int_equal(view("patient_identity", "patient", STATUS[i], NULL), RC_OK);
		assert_string_equal(getz("identity", 0, "status"), STATUS[i]);
		assert_int_equal(rows_hold("257027511504261"), i == 3);
		assert_int_equal(view("chart_head", "patient", STATUS[i], NULL), RC_OK);
		assert_int_equal(rows_hold("257027511504261"), i == 3);
		assert_int_equal(view("chart_admin", "patient", STATUS[i], NULL), RC_OK);
		assert_int_equal(rows_hold("257027511504261"), i == 3);
	}
}

static void an_opened_identity_has_all_traits(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	assert_int_equal(view("patient_identity", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("identity", 0, "birth_name"), "Durand");
	assert_string_equal(getz("identity", 0, "given_names"), "Marie");
	assert_string_equal(getz("identity", 0, "phone"), "01 99 00 12 34");
	assert_string_equal(getz("identity", 0, "address"), "3 rue des Lilas");
	assert_string_equal(getz("identity", 0, "ipp"), "IPP-a-77001");
	assert_int_equal(row_i64(nth("identity", 0), "age"), 69);
	assert_int_equal(row_i64(nth("identity", 0), "version"), 1);
}

/* ---- duplicates ---- */

static bool likely(const char *family, const char *given, const char *born, const char *sex)
{
	assert_int_equal(view("patient_duplicates", "birth_name", family, "given_names", given, "birthdate", born, "sex", sex, NULL), RC_OK);
	return any_row("duplicates", "id", "a");
}

static void duplicates_are_found_through_slips_and_sounds(void **s)
{
	(void)s;
	patient("a", "Lefèvre", "Marie Jeanne", "1957-02-11", "female", "VALI", NULL);
	assert_true(likely("LEFEVRE", "Marie", "1957-02-11", "female"));
	assert_true(likely("Lefebvre", "Marie", "1957-02-11", "female"));  /* sound */
	assert_true(likely("Lefevre", "Maire", "1957-02-11", "female"));   /* letters exchanged */
	assert_true(likely("Lefevre", "Marie", "1957-11-02", "female"));   /* day and month exchanged */
	assert_true(likely("Lefevre", "Marie", "1957-02-14", "female"));   /* one digit */
	assert_true(likely("Lefevre", "Marie", "1975-02-11", "female"));   /* digits of the year exchanged */
	assert_true(likely("Marie", "Lefevre", "1957-02-11", "female"));   /* names in each other's field */
	assert_true(likely("Lefevre", "Marie", "1957-02-11", "male"));     /* a wrong box ticked */
	assert_false(rows_hold("Lef") || rows_hold("LEF"));
}

/* The same name is worth more than one that sounds so, and that more than one with a slip; the best stands first. */
static void duplicates_are_graded_and_the_best_stands_first(void **s)
{
	(void)s;
	static const struct { const char *id, *family; } AT[] = { { "same", "Lefebvre" }, { "sound", "Lefèvre" }, { "slip", "Lefebvru" } };
	for (size_t i = 0; i < N_OF(AT); i++)
		patient(AT[i].id, AT[i].family, "Marie", "1957-02-11", "female", "VALI", NULL);
	patient("born", "Lefebvre", "Marie", "1957-02-14", "female", "VALI", NULL); /* the same name, one digit of the date */
	assert_int_equal(view("patient_duplicates", "birth_name", "Lefebvre", "given_names", "Marie", "birthdate", "1957-02-11", "sex", "female", NULL), RC_OK);
	int64_t score[4];
	static const char *const ID[] = { "same", "sound", "slip", "born" };
	for (size_t i = 0; i < N_OF(ID); i++)
		score[i] = row_i64(nth("duplicates", row_with("duplicates", "id", ID[i])), "score");
	assert_string_equal(getz("duplicates", 0, "id"), "same");
	assert_int_equal(score[0], 100);
	assert_true(score[0] > score[1] && score[0] > score[2] && score[0] > score[3]);
	for (unsigned i = 1; i < count("duplicates"); i++)
		assert_true(row_i64(nth("duplicates", i - 1), "score") >= row_i64(nth("duplicates", i), "score"));
	assert_true(has("duplicates", 0, "same_date") && !has("duplicates", row_with("duplicates", "id", "born"), "same_date"));
}

static void strangers_of_one_day_and_namesakes_of_another_are_not_duplicates(void **s)
{
	(void)s;
	patient("a", "Lefèvre", "Marie", "1957-02-11", "female", "VALI", NULL);
	assert_false(likely("Dubois", "Chantal", "1957-02-11", "female"));
	assert_false(likely("Martin", "Marie", "1957-02-11", "female"));
	assert_false(likely("Lefevre", "Paul", "1957-02-11", "male")); /* a twin of another name */
	assert_false(likely("Lefevre", "Marie", "1983-08-27", "female"));
	assert_false(likely("Lefevre", "Bernard", "1957-02-17", "male"));
}

static void twins_and_married_names_are_shown(void **s)
{
	(void)s;
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"use\":\"official\",\"family\":\"Petit\",\"given\":[\"Léa\"]},{\"use\":\"usual\",\"family\":\"Garnier\",\"given\":[\"Léa\"]}],\"gender\":\"female\",\"birthDate\":\"1990-07-09\"}");
	assert_true(likely("Garnier", "Léa", "1990-07-09", "female"));
	assert_true(likely("Petit", "Léo", "1990-07-09", "male"));
}

static void duplicates_need_a_date_and_letters(void **s)
{
	(void)s;
	assert_int_equal(view("patient_duplicates", "birth_name", "X", "given_names", "Y", NULL), RC_BAD_INPUT);
	assert_int_equal(view("patient_duplicates", "birth_name", "--", "given_names", "Y", "birthdate", "1990-07-09", NULL), RC_BAD_INPUT);
	assert_why(WHY_NAME_LETTERS);
}

static void a_name_is_masked_by_its_first_letters_whatever_it_holds(void **s)
{
	(void)s;
	static const struct { const char *family, *given, *masked; } CASE[] = {
		{ "Durand", "Marie", "D. M." }, { "élan", "ünal", "É. Ü." }, { "'; DROP", "<b>x", "D. B." }, { "", "Marie", "M." }, { "--", "", "" }, { "王", "伟", "王. 伟." },
	};
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
		struct buf b;
		buf_init(&b, 200);
		mask_name(&b, str_of(CASE[i].family), str_of(CASE[i].given));
		buf_ch(&b, 0);
		assert_string_equal(b.p, CASE[i].masked);
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_search_without_date_or_identifier_is_refused),
		HOUSE_TEST(a_stranger_is_shown_by_initials_year_sex_and_status_only),
		HOUSE_TEST(a_patient_of_mine_is_shown_by_name),
		HOUSE_TEST(what_i_made_for_myself_opens_no_name),
		HOUSE_TEST(only_three_letters_count_and_used_names_and_sounds_are_found),
		HOUSE_TEST(one_box_takes_a_date_as_people_type_it),
		HOUSE_TEST(an_exact_identifier_finds_and_a_part_of_one_does_not),
		HOUSE_TEST(more_than_ten_are_ten_and_a_flag),
		HOUSE_TEST(homonyms_are_flagged),
		HOUSE_TEST(a_deleted_patient_is_not_found),
		HOUSE_TEST(the_ins_is_shown_when_qualified_and_never_else),
		HOUSE_TEST(an_opened_identity_has_all_traits),
		HOUSE_TEST(duplicates_are_found_through_slips_and_sounds),
		HOUSE_TEST(duplicates_are_graded_and_the_best_stands_first),
		HOUSE_TEST(strangers_of_one_day_and_namesakes_of_another_are_not_duplicates),
		HOUSE_TEST(twins_and_married_names_are_shown),
		HOUSE_TEST(duplicates_need_a_date_and_letters),
		cmocka_unit_test(a_name_is_masked_by_its_first_letters_whatever_it_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
