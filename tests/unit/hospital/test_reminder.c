/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/reminder.c: who is reminded, once a day, by which words, and that a letter says for ever what it said. */
#include "bill_house.h"

#define LATER (30 * DAY)

static void lives_at(const char *line)
{
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"use\":\"official\",\"family\":\"Durand\",\"given\":[\"Marie\"]}],\"gender\":\"female\",\"birthDate\":\"1957-02-14\","
		"\"address\":[{\"use\":\"home\",\"line\":[\"%s\"],\"postalCode\":\"49000\",\"city\":\"Angers\"}]}", line);
}

static enum rc make(const char *form, const char *days) { return act("reminders_make", "form", form, "days", days, NULL); }

static const char *letter(const char *name)
{
	assert_int_equal(view("reminders_of", "patient", "a", "no", invoice_no, NULL), RC_OK);
	return count("letters") ? getz("letters", 0, name) : "";
}

static void owed(void)
{
	people();
	posted("1");
	lives_at("3 rue des Lilas");
}

static void who_owes_for_long_enough_is_written_to_once_a_day(void **s)
{
	(void)s;
	owed();
	assert_int_equal(view("reminders", NULL), RC_OK);
	assert_int_equal(count("due"), 0); /* nobody said since when */
	assert_int_equal(view("reminders", "days", "30", NULL), RC_OK);
	assert_int_equal(count("due"), 0);
	assert_int_equal(make("form-0001", "30"), RC_BAD_INPUT);
	assert_why(WHY_REMINDER_NONE);
	house_now(H.now_ms + LATER);
	assert_int_equal(view("reminders", "days", "31", NULL), RC_OK);
	assert_int_equal(count("due"), 0);
	assert_int_equal(view("reminders", "days", "30", NULL), RC_OK);
	assert_int_equal(count("due"), 1); /* the patient's part: the house has no address of who else pays */
	assert_string_equal(getz("due", 0, "cents"), "10000");
	assert_int_equal(make("form-0001", "30"), RC_OK);
	assert_string_equal(getz("batch", 0, "n"), "1");
	assert_int_equal(make("form-0001", "30"), RC_OK); /* sent twice: the same batch */
	assert_string_equal(getz("batch", 0, "no"), "1");
	assert_int_equal(make("form-0002", "0"), RC_BAD_INPUT); /* no second one on this day, whatever is typed */
	assert_why(WHY_REMINDER_NONE);
	assert_string_equal(claim("patient", "reminders"), "1");
	assert_string_equal(claim("compulsory", "reminders"), "0");
	assert_int_equal(view("reminders", "days", "30", NULL), RC_OK);
	assert_int_equal(count("due"), 0);
	assert_int_equal(count("batches"), 1);
	house_now(H.now_ms + 29 * DAY);
	assert_int_equal(make("form-0003", "30"), RC_BAD_INPUT); /* reminded since */
	assert_int_equal(make("form-0003", "29"), RC_OK);
	assert_string_equal(letter("nth"), "2");
	assert_int_equal(count("letters"), 2);
	assert_int_equal(differences(), 0);
}

static void a_letter_says_for_ever_what_it_said(void **s)
{
	(void)s;
	char kept_words[4000];
	owed();
	assert_int_equal(paid("patient", "40", "1"), RC_OK);
	house_now(H.now_ms + LATER);
	assert_int_equal(make("form-0001", "30"), RC_OK);
	assert_string_equal(letter("due_cents"), "6000");
	assert_string_equal(letter("paid_cents"), "4000");
	assert_string_equal(letter("amount_cents"), "10000");
	assert_string_equal(letter("to"), "Marie Durand");
	assert_string_equal(letter("town"), "49000 Angers");
	snprintf(kept_words, sizeof kept_words, "%s", letter("words"));
	assert_null(strstr(kept_words, "intérêt"));
	assert_null(strstr(kept_words, "poursuite"));
	lives_at("9 place Neuve");
	assert_int_equal(paid("patient", "60", "3"), RC_OK);
	assert_int_equal(act("reminder_wording_add", "from", "2026-01-01", "words", "Autres mots.\nDeux lignes.", "code", "x", NULL), RC_OK);
	assert_string_equal(letter("line"), "3 rue des Lilas");
	assert_string_equal(letter("due_cents"), "6000");
	assert_string_equal(letter("words"), kept_words);
	assert_int_equal(make("form-0002", "1"), RC_BAD_INPUT); /* all is paid */
	if (!test_base_is_server()) {
		assert_false(sql("UPDATE reminder SET due_cents = 1, amount_cents = 4001"));
		assert_false(sql("DELETE FROM reminder"));
		assert_false(sql("UPDATE reminder_wording SET from_on = '2020-01-01'"));
	}
}

static void the_houses_words_hold_from_their_day_on(void **s)
{
	(void)s;
	owed();
	assert_int_equal(view("reminders", NULL), RC_OK);
	assert_string_equal(getz("words", 0, "shipped"), "1");
	assert_int_equal(act("reminder_wording_add", "from", "2026-12-10", "words", "Les mots de décembre.", "code", "x", NULL), RC_OK);
	assert_int_equal(act("reminder_wording_add", "from", "2027-02-01", "words", "Les mots de février.", "code", "x", NULL), RC_OK);
	assert_int_equal(act("reminder_wording_add", "from", "2027-02-01", "words", "  ", "code", "x", NULL), RC_BAD_INPUT);
	assert_int_equal(view("reminders", NULL), RC_OK);
	assert_string_equal(getz("words", 0, "shipped"), "1"); /* none holds yet */
	house_now(H.now_ms + LATER);
	assert_int_equal(view("reminders", NULL), RC_OK);
	assert_string_equal(getz("words", 0, "words"), "Les mots de décembre.");
	assert_int_equal(count("wordings"), 2);
	assert_string_equal(getz("wordings", row_with("wordings", "from_on", "2026-12-10"), "holds"), "1");
	assert_int_equal(make("form-0001", "30"), RC_OK);
	assert_string_equal(letter("words"), "Les mots de décembre.");
}

static void nothing_is_written_without_an_address_or_to_somebody_who_died(void **s)
{
	(void)s;
	people();
	posted("1");
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"use\":\"official\",\"family\":\"Durand\",\"given\":[\"Marie\"]}],\"gender\":\"female\",\"birthDate\":\"1957-02-14\"}");
	house_now(H.now_ms + LATER);
	assert_int_equal(view("reminders", "days", "30", NULL), RC_OK);
	assert_int_equal(count("due"), 1);
	assert_int_equal(make("form-0001", "30"), RC_BAD_INPUT);
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"a\",\"deceasedBoolean\":true,\"name\":[{\"use\":\"official\",\"family\":\"Durand\",\"given\":[\"Marie\"]}],\"gender\":\"female\",\"birthDate\":\"1957-02-14\","
		"\"address\":[{\"use\":\"home\",\"line\":[\"3 rue des Lilas\"],\"postalCode\":\"49000\",\"city\":\"Angers\"}]}");
	assert_int_equal(make("form-0002", "30"), RC_BAD_INPUT);
	assert_why(WHY_REMINDER_NONE);
	assert_string_equal(claim("patient", "reminders"), "0");
	lives_at("3 rue des Lilas");
	assert_int_equal(make("form-0003", "30"), RC_OK);
}

static void a_batch_names_whom_a_fact_joins_to_the_reader_and_counts_the_others(void **s)
{
	(void)s;
	owed();
	house_now(H.now_ms + LATER);
	assert_int_equal(make("form-0001", "30"), RC_OK);
	assert_int_equal(view("reminder_batch", "batch", "1", NULL), RC_OK);
	assert_int_equal(count("letters") + (unsigned)row_i64(nth("letters_page", 0), "left"), 1);
	actor(ROLE_BILLING, 77, NULL, "u9"); /* of nowhere that has to do with her */
	assert_int_equal(view("reminder_batch", "batch", "1", NULL), RC_NOT_FOUND);
	as(ROLE_BILLING, BILLER);
	assert_int_equal(view("reminder_batch", "batch", "2", NULL), RC_NOT_FOUND);
	assert_int_equal(view("reminders_of", "patient", "b", "no", invoice_no, NULL), RC_OK);
	assert_int_equal(count("letters"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(who_owes_for_long_enough_is_written_to_once_a_day),
		HOUSE_TEST(a_letter_says_for_ever_what_it_said),
		HOUSE_TEST(the_houses_words_hold_from_their_day_on),
		HOUSE_TEST(nothing_is_written_without_an_address_or_to_somebody_who_died),
		HOUSE_TEST(a_batch_names_whom_a_fact_joins_to_the_reader_and_counts_the_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
