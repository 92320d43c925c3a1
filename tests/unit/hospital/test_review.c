/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/review.c: the access index, break-glass grants and their review by somebody else. */
#include "house.h"

struct call { struct db_job job; const struct access_row *row; const struct glass *glass; const struct account_new *account; int64_t no; uint32_t account_no; };

static enum rc call_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct call *k = (struct call *)(void *)j;
	(void)txn;
	if (k->row) {
		enum rc rc = access_index_put(c, k->row, p);
		return rc == RC_OK ? access_indexed_set(c, k->row->number, p) : rc;
	}
	return k->glass ? break_glass_add(c, k->glass, &k->no, p) : account_add(c, k->account, &k->account_no, p);
}

static enum rc call(struct call *k)
{
	k->job = (struct db_job){ .run = call_run };
	return db_write_now(H.db, &k->job, &H.p);
}

static void indexed(uint64_t number, int64_t patient_rid, uint32_t account, unsigned char kind, unsigned char explain, unsigned char rc)
{
	struct access_row row = { .number = number, .at_ms = NOON + (int64_t)number * 1000, .patient = patient_rid, .account = account, .role = ROLE_NURSE, .unit = STR("u1"), .kind = kind, .surface = 1, .explain = explain, .rc = rc, .route = STR("/patient/:patient") };
	struct call k = { .row = &row };
	assert_int_equal(call(&k), RC_OK);
	assert_int_equal(call(&k), RC_OK); /* twice changes nothing */
}

static int64_t glass(uint32_t account, int64_t patient_rid, const char *reason, int64_t at_ms)
{
	struct glass g = { .account = account, .patient = patient_rid, .unit = STR("u1"), .reason = str_of(reason), .text = STR("arrivé sans dossier"), .at_ms = at_ms, .until_ms = at_ms + BREAK_GLASS_MS };
	struct call k = { .glass = &g };
	assert_int_equal(call(&k), RC_OK);
	return k.no;
}

static uint32_t account(const char *login, const char *name)
{
	struct account_new n = { .login = str_of(login), .name = str_of(name), .role = ROLE_NURSE, .password_hash = STR("$argon2id$x") };
	struct call k = { .account = &n };
	assert_int_equal(call(&k), RC_OK);
	return k.account_no;
}

static void an_unknown_reason_or_too_long_a_text_is_refused(void **s)
{
	(void)s;
	struct glass g = { .account = 1, .patient = 5, .reason = STR("curious"), .at_ms = 1, .until_ms = 2 };
	struct call k = { .glass = &g };
	assert_int_equal(call(&k), RC_BAD_INPUT);
	assert_why(WHY_BREAK_GLASS_REASON);
	static char text[BREAK_GLASS_TEXT + 2];
	memset(text, 'x', sizeof text - 1);
	g.reason = STR("other");
	g.text = str_of(text);
	assert_int_equal(call(&k), RC_BAD_INPUT);
}

static void a_grant_lives_for_its_account_patient_and_span_only(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL), until;
	glass(4, a, "emergency", NOON);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_true(break_glass_live(H.c, 4, a, NOON, &until));
	assert_int_equal(until, NOON + BREAK_GLASS_MS);
	assert_true(break_glass_live(H.c, 4, a, NOON + BREAK_GLASS_MS - 1, &until));
	assert_false(break_glass_live(H.c, 4, a, NOON + BREAK_GLASS_MS, &until));
	assert_false(break_glass_live(H.c, 4, a, NOON - 1, &until));
	assert_false(break_glass_live(H.c, 5, a, NOON, &until));
	assert_false(break_glass_live(H.c, 4, a + 1, NOON, &until));
	db_end(H.c);
}

static void who_looked_tells_who_when_why_and_what(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL), b = patient("b", "Petit", "Jean", "1957-02-14", "male", "VALI", NULL);
	uint32_t no = account("moreau.a", "Ali Moreau");
	for (uint64_t i = 1; i <= 60; i++)
		indexed(i, i % 6 ? a : b, no, 4, 1, 0);
	indexed(61, a, no, 5, 0, RC_DENIED);
	glass(no, a, "emergency", NOON);
	assert_int_equal(view("who_looked", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("accesses"), 50);
	assert_string_equal(getz("accesses", 0, "refused"), "denied");
	assert_string_equal(getz("accesses", 1, "by_name"), "Ali Moreau");
	assert_string_equal(getz("accesses", 1, "explained"), "unit");
	assert_string_equal(getz("accesses", 1, "unit_name"), "Médecine 2B");
	assert_string_equal(getz("accesses", 1, "what"), "/patient/:patient");
	assert_string_equal(getz("accesses", 1, "kind"), "read");
	assert_int_equal(count("grants"), 1);
	char next[32], record[32];
	snprintf(record, sizeof record, "%lld", (long long)a);
	assert_string_equal(getz("page", 0, "record"), record);
	snprintf(next, sizeof next, "%s", getz("page", 0, "next"));
	assert_int_equal(view("who_looked", "patient", "a", "before", next, NULL), RC_OK);
	assert_int_equal(count("accesses"), 1);
	assert_false(has("page", 0, "next"));
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(access_indexed(H.c), 61);
	db_end(H.c);
}

static void my_accesses_are_mine_and_masked(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durandmarque", "Marie", "1957-02-14", "female", "VALI", NULL);
	indexed(1, a, 7, 4, 1, 0);
	indexed(2, a, 8, 4, 1, 0);
	indexed(3, 0, 7, 3, 0, 0);
	assert_int_equal(view("my_accesses", NULL), RC_OK);
	assert_int_equal(count("accesses"), 2);
	assert_string_equal(getz("accesses", 1, "masked"), "D. M.");
	assert_false(has("accesses", 1, "id"));
	assert_false(has("accesses", 0, "masked"));
	assert_false(rows_hold("arque"));
}

static void the_reviewer_sees_masked_lines_flags_refusals_and_stops(void **s)
{
	(void)s;
	int64_t a = patient("a", "Moreau-Marque", "Lina", "2001-02-14", "female", "VALI", NULL), b = patient("b", "Petit", "Jean", "1957-02-14", "male", "VALI", NULL);
	uint32_t no = account("moreau.a", "Ali Moreau");
	glass(no, a, "emergency", NOON - 4 * DAY);
	glass(no, b, "emergency", NOON - DAY);
	encounter("e", "b", "u1", "b2", "in-progress", "2026-11-17T12:00:00+01:00", NULL);
	indexed(1, a, no, 5, 0, RC_DENIED);
	indexed(2, a, no, 5, 0, RC_OVER_BUDGET);
	indexed(2, b, no, 5, 0, RC_OVER_BUDGET);
	indexed(3, a, no, 4, 6, 0);
	actor(ROLE_RSSI, 90, NULL, NULL);
	assert_int_equal(view("review_list", NULL), RC_OK);
	assert_int_equal(count("break_glass"), 2);
	assert_string_equal(getz("break_glass", 0, "masked"), "M. L.");
	assert_string_equal(getz("break_glass", 0, "by_name"), "Ali Moreau");
	assert_string_equal(getz("break_glass", 0, "same_surname"), "1");
	assert_string_equal(getz("break_glass", 0, "no_later_care"), "1");
	assert_string_equal(getz("break_glass", 0, "text"), "arrivé sans dossier");
	assert_true(has("break_glass", 0, "late") && !has("break_glass", 1, "late")); /* over 72 hours */
	assert_false(has("break_glass", 1, "same_surname") || has("break_glass", 1, "no_later_care"));
	assert_false(has("break_glass", 0, "id"));
	assert_int_equal(count("refusals"), 1);
	assert_int_equal(count("stops"), 1);
	assert_false(rows_hold("arque") || rows_hold("Petit") || rows_hold("PETIT"));
}

static void a_review_is_done_once_and_by_somebody_else(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	char no[32];
	snprintf(no, sizeof no, "%lld", (long long)glass(90, a, "emergency", NOON - DAY));
	actor(ROLE_RSSI, 90, NULL, NULL);
	assert_int_equal(act("break_glass_review", "no", no, "verdict", "justified", NULL), RC_DENIED);
	assert_why(WHY_REVIEW_OWN);
	actor(ROLE_DPO, 91, NULL, NULL);
	assert_int_equal(act("break_glass_review", "no", "999", "verdict", "justified", NULL), RC_NOT_FOUND);
	assert_int_equal(act("break_glass_review", "no", no, "verdict", "doubtful", "comment", "à revoir <b>", NULL), RC_OK);
	assert_int_equal(act("break_glass_review", "no", no, "verdict", "justified", NULL), RC_CONFLICT);
	assert_why(WHY_REVIEW_DONE);
	assert_int_equal(view("review_list", NULL), RC_OK);
	assert_int_equal(count("break_glass"), 0);
	assert_int_equal(view("break_glass_list", NULL), RC_OK);
	assert_int_equal(count("break_glass"), 1);
	assert_string_equal(getz("break_glass", 0, "verdict"), "doubtful");
	assert_string_equal(getz("break_glass", 0, "comment"), "à revoir <b>");
}

static void opened(uint64_t number, int64_t patient_rid, uint32_t account, enum tier tier, unsigned char explain, bool draw)
{
	struct access_row row = { .number = number, .at_ms = NOON - DAY + (int64_t)number, .patient = patient_rid, .account = account, .role = ROLE_NURSE, .unit = STR("u1"), .kind = 4, .surface = 1, .explain = explain, .route = STR("/patient/:patient"), .tier = tier, .draw = draw };
	struct call k = { .row = &row };
	assert_int_equal(call(&k), RC_OK);
	assert_int_equal(call(&k), RC_OK); /* twice changes nothing */
}

static void of_explained_openings_of_sensitive_charts_one_in_ten_is_reviewed_and_each_where_names_are_shared(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL), cousin = patient("b", "Moreau", "Jean", "1957-02-14", "male", "VALI", NULL);
	uint32_t no = account("moreau.a", "Ali Moreau");
	char next[32], number[32];
	for (uint64_t i = 1; i <= 400; i++)
		opened(i, a, no, TIER_SPECIAL, 1, true);
	for (uint64_t i = 401; i <= 800; i++) {
		opened(i, a, no, TIER_CLINICAL, 1, true);     /* not such a chart */
		opened(i + 400, a, no, TIER_SPECIAL, 6, true); /* a reason: stands among broken glass */
		opened(i + 800, a, no, TIER_SPECIAL, 1, false); /* open already */
	}
	actor(ROLE_RSSI, 90, NULL, NULL);
	assert_int_equal(view("special_openings", NULL), RC_OK);
	assert_int_equal(count("openings"), 10);
	int waiting = atoi(getz("page", 0, "waiting"));
	assert_true(waiting >= 20 && waiting <= 70); /* 40 in the mean */
	assert_string_equal(getz("openings", 0, "masked"), "D. M.");
	assert_string_equal(getz("openings", 0, "explained"), "unit");
	assert_string_equal(getz("openings", 0, "by_name"), "Ali Moreau");
	assert_false(has("openings", 0, "id") || has("openings", 0, "same_surname") || rows_hold("Durand") || rows_hold("DURAND"));
	snprintf(next, sizeof next, "%s", getz("page", 0, "next"));
	assert_int_equal(view("special_openings", "after", next, NULL), RC_OK);
	assert_int_equal(count("openings"), 10);
	for (uint64_t i = 2001; i <= 2005; i++)
		opened(i, cousin, no, TIER_SPECIAL, 1, true);
	assert_int_equal(view("special_openings", NULL), RC_OK);
	assert_int_equal(atoi(getz("page", 0, "waiting")), waiting + 5);
	/* one key a line, once, and nobody his own */
	snprintf(number, sizeof number, "%s", getz("openings", 0, "no"));
	actor(ROLE_RSSI, no, NULL, NULL);
	assert_int_equal(act("special_review", "no", number, "verdict", "justified", NULL), RC_DENIED);
	assert_why(WHY_REVIEW_OWN);
	actor(ROLE_DPO, 91, NULL, NULL);
	assert_int_equal(act("special_review", "no", number, "verdict", "justified", NULL), RC_OK);
	assert_int_equal(act("special_review", "no", number, "verdict", "doubtful", NULL), RC_CONFLICT);
	assert_int_equal(act("special_review", "no", "99999", "verdict", "doubtful", NULL), RC_NOT_FOUND);
	assert_int_equal(view("special_openings", NULL), RC_OK);
	assert_int_equal(atoi(getz("page", 0, "waiting")), waiting + 4);
}

static void the_name_of_a_colleague_is_marked_by_name_and_by_birth_date_where_both_are_known(void **s)
{
	(void)s;
	static const struct { const char *id, *family, *given, *born; bool is; } C[] = {
		{ "a", "Le Goff", "Éléonore", "1980-05-06", true }, { "b", "LE GOFF", "Eleonore", "1957-02-14", true }, { "c", "Le Goff", "Anne", "1980-05-06", false },
		{ "d", "Moreau", "Ali", "1980-05-06", true }, { "e", "Moreau", "Ali", "1957-02-14", false }, { "f", "Moreau", "Aline", "1980-05-06", false },
	};
	struct account_new n = { .login = STR("moreau.a"), .name = STR("Dr Ali Moreau"), .role = ROLE_PHYSICIAN, .password_hash = STR("$argon2id$x"), .practitioner = STR("moreau") };
	struct call k = { .account = &n };
	put("{\"resourceType\":\"Practitioner\",\"id\":\"moreau\",\"birthDate\":\"1980-05-06\"}");
	assert_int_equal(call(&k), RC_OK);
	account("legoff.e", "Eléonore Le Goff");
	uint32_t other = account("petit.j", "Jean Petit");
	for (size_t i = 0; i < sizeof C / sizeof *C; i++)
		glass(other, patient(C[i].id, C[i].family, C[i].given, C[i].born, "female", "VALI", NULL), "emergency", NOON - DAY + (int64_t)i);
	actor(ROLE_RSSI, 90, NULL, NULL);
	assert_int_equal(view("break_glass_list", NULL), RC_OK);
	assert_int_equal(count("break_glass"), 6);
	for (size_t i = 0; i < sizeof C / sizeof *C; i++)
		if (has("break_glass", (unsigned)(5 - i), "colleague") != C[i].is) /* newest first */
			fail_msg("%s %s %s", C[i].family, C[i].given, C[i].born);
	/* they come first */
	assert_int_equal(view("review_list", NULL), RC_OK);
	assert_true(has("break_glass", 0, "colleague") && has("break_glass", 2, "colleague") && !has("break_glass", 3, "colleague"));
}

static void the_list_to_review_pages_by_ten(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	for (int i = 0; i < 13; i++)
		glass(4, a, "emergency", NOON - DAY + i);
	assert_int_equal(view("review_list", NULL), RC_OK);
	assert_int_equal(count("break_glass"), 10);
	char next[32];
	snprintf(next, sizeof next, "%s", getz("break_glass_page", 0, "next"));
	assert_int_equal(view("review_list", "after", next, NULL), RC_OK);
	assert_int_equal(count("break_glass"), 3);
}

static void what_is_marked_is_reviewed_first_and_nothing_is_passed_over(void **s)
{
	(void)s;
	int64_t plain = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL), cousin = patient("b", "Moreau", "Jean", "1957-02-14", "male", "VALI", NULL);
	int64_t alone = patient("c", "Petit", "Paul", "1957-02-14", "male", "VALI", NULL);
	uint32_t no = account("moreau.a", "Ali Moreau");
	encounter("ea", "a", "u1", "b1", "in-progress", "2026-11-17T12:00:00+01:00", NULL); /* care went on */
	encounter("eb", "b", "u1", "b2", "in-progress", "2026-11-17T12:00:00+01:00", NULL);
	for (int i = 0; i < 61; i++)
		glass(no, plain, "emergency", NOON - DAY + i);
	int64_t marked[2] = { glass(no, alone, "emergency", NOON - DAY + 100), glass(no, cousin, "emergency", NOON - DAY + 101) };
	actor(ROLE_RSSI, 90, NULL, NULL);
	char next[32] = "0", words[32];
	int seen = 0, at = 0, pages = 0;
	do {
		assert_int_equal(view("review_list", "after", next, NULL), RC_OK);
		for (int i = 0; i < (int)count("break_glass"); i++, seen++)
			if (!at && has("break_glass", i, "same_surname")) {
				at = seen;
				snprintf(words, sizeof words, "%lld", (long long)marked[1]);
				assert_string_equal(getz("break_glass", i, "no"), words);
				assert_true(i == 0 && has("break_glass", 1, "no_later_care")); /* then the one without care, then the oldest */
				snprintf(words, sizeof words, "%lld", (long long)marked[0]);
				assert_string_equal(getz("break_glass", 1, "no"), words);
			}
		snprintf(next, sizeof next, "%s", has("break_glass_page", 0, "next") ? getz("break_glass_page", 0, "next") : "");
		pages++;
	} while (next[0]);
	assert_int_equal(seen, 63); /* each once: five pages of the fifty oldest, two of the others */
	assert_int_equal(at, 50);   /* the marked ones are among the younger thirteen, and first of those */
	assert_int_equal(pages, 7);
	/* with the fifty gone, they are the first of all */
	for (int64_t i = 1; i <= 61; i++) {
		snprintf(words, sizeof words, "%lld", (long long)i);
		assert_int_equal(act("break_glass_review", "no", words, "verdict", "justified", NULL), RC_OK);
	}
	glass(no, plain, "emergency", NOON - DAY + 102);
	assert_int_equal(view("review_list", NULL), RC_OK);
	assert_int_equal(count("break_glass"), 3);
	assert_true(has("break_glass", 0, "same_surname") && has("break_glass", 1, "no_later_care") && !has("break_glass", 2, "no_later_care"));
}

static void every_emergency_is_reviewed_and_of_other_reasons_a_sample(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	char next[32] = "0";
	int n = 0;
	for (int i = 0; i < 300; i++)
		glass(4, a, i % 2 ? "other" : "advice", NOON - DAY + i);
	do {
		assert_int_equal(view("review_list", "after", next, NULL), RC_OK);
		n += (int)count("break_glass");
		snprintf(next, sizeof next, "%s", has("break_glass_page", 0, "next") ? getz("break_glass_page", 0, "next") : "");
	} while (next[0]);
	assert_in_range(n, 10, 60); /* 30 in the mean, whatever the house's key: five times the scatter and more */
	assert_int_equal(view("break_glass_list", NULL), RC_OK);
	assert_int_equal(count("break_glass"), 10); /* all of them stand in the other list */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(an_unknown_reason_or_too_long_a_text_is_refused),
		HOUSE_TEST(every_emergency_is_reviewed_and_of_other_reasons_a_sample),
		HOUSE_TEST(a_grant_lives_for_its_account_patient_and_span_only),
		HOUSE_TEST(who_looked_tells_who_when_why_and_what),
		HOUSE_TEST(my_accesses_are_mine_and_masked),
		HOUSE_TEST(the_reviewer_sees_masked_lines_flags_refusals_and_stops),
		HOUSE_TEST(a_review_is_done_once_and_by_somebody_else),
		HOUSE_TEST(of_explained_openings_of_sensitive_charts_one_in_ten_is_reviewed_and_each_where_names_are_shared),
		HOUSE_TEST(the_name_of_a_colleague_is_marked_by_name_and_by_birth_date_where_both_are_known),
		HOUSE_TEST(the_list_to_review_pages_by_ten),
		HOUSE_TEST(what_is_marked_is_reviewed_first_and_nothing_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
