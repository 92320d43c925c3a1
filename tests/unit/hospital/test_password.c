/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/password.c: which passwords are taken, by which rule the others fall, and that all of one counts. */
#include "house.h"

#include "hospital/password.h"

static const struct str HOUSE[] = { { "Hôpital Saint-Exupéry", 23 }, { "Chirurgie viscérale", 20 }, { "Pôle Nord-Est", 14 } };
static struct password_owner OWNER = { .role = ROLE_NURSE, .login = { "dupont.m", 8 }, .name = { "Marie-Ève Dupont", 17 }, .house = HOUSE, .n_house = 3 };

static enum why why_of(enum role role, struct str password)
{
	struct password_owner of = OWNER;
	struct problem p = { .why = WHY_NONE };
	of.role = role;
	enum rc rc = password_rules(&of, password, &p);
	assert_true(rc == (p.why == WHY_NONE ? RC_OK : RC_BAD_INPUT));
	assert_string_equal(p.where, p.why == WHY_NONE ? "" : "password");
	return p.why;
}

struct expected { enum role role; const char *password; enum why why; };

static void each_says(const struct expected *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum why why = why_of(c[i].role, str_of(c[i].password));
		if (why != c[i].why)
			print_message("# %s: %s, not %s (%.1f bits)\n", c[i].password, why_row(why)->name, why_row(c[i].why)->name, password_bits(str_of(c[i].password)));
		assert_int_equal(why, c[i].why);
	}
}
#define EACH_SAYS(table) each_says(table, sizeof(table) / sizeof *(table))

static void the_length_is_that_of_the_role_in_characters(void **s)
{
	(void)s;
	static const struct expected C[] = {
		{ ROLE_NURSE, "", WHY_PASSWORD_SHORT },                        { ROLE_NURSE, "xK7#pQ9$mL2", WHY_PASSWORD_SHORT },       { ROLE_NURSE, "xK7#pQ9$mL2v", WHY_NONE },
		{ ROLE_ADMIN, "xK7#pQ9$mL2v", WHY_PASSWORD_SHORT },            { ROLE_RSSI, "xK7#pQ9$mL2vR4t", WHY_PASSWORD_SHORT },    { ROLE_ADMIN, "xK7#pQ9$mL2vR4t!", WHY_NONE },
		{ ROLE_RSSI, "xK7#pQ9$mL2vR4t!", WHY_NONE },                   { ROLE_PHYSICIAN, "xK7#pQ9$mL2v", WHY_NONE },
		{ ROLE_NURSE, "éàùçèôîüœëï", WHY_PASSWORD_SHORT },             /* 11 characters of two bytes */
		{ ROLE_NURSE, "e\xCC\x81" "a\xCC\x80" "u\xCC\x82" "o\xCC\x82" "i\xCC\x88" "xkq", WHY_PASSWORD_SHORT }, /* 8 characters, however spelt */
		{ ROLE_NURSE, "\xEF\xB7\xBA\xEF\xB7\xBA\xEF\xB7\xBA", WHY_PASSWORD_SHORT }, /* 3 ligatures, 54 characters in NFKC */
	};
	EACH_SAYS(C);
}

static void nothing_is_asked_of_a_password_but_that_it_is_hard_to_guess(void **s)
{
	(void)s;
	static const struct expected C[] = {
		{ ROLE_NURSE, "trois chats gris dorment", WHY_NONE },  { ROLE_NURSE, "un cheval sans selle 42", WHY_NONE }, { ROLE_NURSE, "tulipevapeurcadran", WHY_NONE },
		{ ROLE_ADMIN, "correct horse battery staple", WHY_NONE }, { ROLE_NURSE, "gnbbucqpqldk", WHY_NONE },         { ROLE_NURSE, "GNBBUCQPQLDK", WHY_NONE },
		{ ROLE_NURSE, "été châtaigne brouillard", WHY_NONE },  { ROLE_NURSE, "кошка спит на крыше", WHY_NONE },     { ROLE_ADMIN, "demo-aB3dE6gH9jK2mN5p", WHY_NONE },
	};
	EACH_SAYS(C);
}

static void what_attackers_try_first_is_refused(void **s)
{
	(void)s;
	static const struct expected C[] = {
		{ ROLE_NURSE, "motdepasse2024", WHY_PASSWORD_COMMON },   { ROLE_NURSE, "MotDePasse2024!", WHY_PASSWORD_COMMON },  { ROLE_NURSE, "M0tDeP@sse2024", WHY_PASSWORD_COMMON },
		{ ROLE_NURSE, "password1234", WHY_PASSWORD_COMMON },     { ROLE_NURSE, "p@$$w0rd2024", WHY_PASSWORD_COMMON },     { ROLE_NURSE, "1234-password-1", WHY_PASSWORD_COMMON },
		{ ROLE_NURSE, "azertyuiop123", WHY_PASSWORD_COMMON },    { ROLE_NURSE, "Azerty123456!", WHY_PASSWORD_COMMON },    { ROLE_NURSE, "soleilsoleil", WHY_PASSWORD_COMMON },
		{ ROLE_NURSE, "soleil soleil soleil", WHY_PASSWORD_COMMON }, { ROLE_NURSE, "christophe1985", WHY_PASSWORD_COMMON }, { ROLE_NURSE, "Marseille2024", WHY_PASSWORD_COMMON },
		{ ROLE_NURSE, "infirmière2024!", WHY_PASSWORD_COMMON },  { ROLE_ADMIN, "administrateur2024", WHY_PASSWORD_COMMON },
	};
	EACH_SAYS(C);
}

static void words_of_the_house_and_of_the_person_are_refused(void **s)
{
	(void)s;
	static const struct expected C[] = {
		{ ROLE_NURSE, "my Dupont.M word is this", WHY_PASSWORD_HOUSE },  { ROLE_NURSE, "tulipe DUPONT cadran", WHY_PASSWORD_HOUSE },   { ROLE_NURSE, "vapeur marie cadran", WHY_PASSWORD_HOUSE },
		{ ROLE_NURSE, "d.u.p.o.n.t-vapeur", WHY_PASSWORD_HOUSE },        { ROLE_NURSE, "hopital tulipe cadran", WHY_PASSWORD_HOUSE },  { ROLE_NURSE, "Hôpital tulipe cadran", WHY_PASSWORD_HOUSE },
		{ ROLE_NURSE, "H0p1tal tulipe cadran", WHY_PASSWORD_HOUSE },     { ROLE_NURSE, "cliniquevapeurcadran", WHY_PASSWORD_HOUSE },   { ROLE_NURSE, "c11n1que-vapeur-tulipe", WHY_NONE },
		{ ROLE_NURSE, "hygie tulipe cadran", WHY_PASSWORD_HOUSE },       { ROLE_NURSE, "Exupery tulipe cadran", WHY_PASSWORD_HOUSE },  { ROLE_NURSE, "vapeur viscerale 42!", WHY_PASSWORD_HOUSE },
		{ ROLE_NURSE, "tulipe nord cadran", WHY_PASSWORD_HOUSE },        { ROLE_NURSE, "tulipe saint cadran", WHY_NONE },              { ROLE_NURSE, "tulipe pole cadran", WHY_NONE },
	};
	EACH_SAYS(C);
	struct password_owner nobody = { .role = ROLE_NURSE };
	struct problem p;
	assert_int_equal(password_rules(&nobody, STR("tulipe DUPONT cadran"), &p), RC_OK);
	nobody.login = STR("ab");
	assert_int_equal(password_rules(&nobody, STR("tulipe abattoir cadran"), &p), RC_OK);
}

static void what_is_easy_to_guess_is_refused(void **s)
{
	(void)s;
	static const struct expected C[] = {
		{ ROLE_NURSE, "aaaaaaaaaaaa", WHY_PASSWORD_COMMON },     { ROLE_NURSE, "xqxqxqxqxqxq", WHY_PASSWORD_WEAK },         { ROLE_NURSE, "abcabcabcabc", WHY_PASSWORD_WEAK },
		{ ROLE_NURSE, "123456789012", WHY_PASSWORD_WEAK },       { ROLE_NURSE, "éééééééééééé", WHY_PASSWORD_WEAK },         { ROLE_NURSE, "19851985198519851985", WHY_PASSWORD_WEAK },
		{ ROLE_NURSE, "bonjourmarseille", WHY_PASSWORD_WEAK },   { ROLE_NURSE, "jevousaimetous", WHY_PASSWORD_WEAK },       { ROLE_NURSE, "anticonstitutionnellement", WHY_PASSWORD_WEAK },
		{ ROLE_NURSE, "parapluie chaussette", WHY_PASSWORD_WEAK }, { ROLE_NURSE, "chaussette-12", WHY_PASSWORD_WEAK },      { ROLE_NURSE, "another good one", WHY_PASSWORD_WEAK },
		{ ROLE_NURSE, "liberte egalite fraternite", WHY_PASSWORD_WEAK },
	};
	EACH_SAYS(C);
}

static void controls_and_what_is_no_text_are_refused(void **s)
{
	(void)s;
	static const struct expected C[] = {
		{ ROLE_NURSE, "trois chats\tgris dorment", WHY_FIELD_CHARS }, { ROLE_NURSE, "trois chats\x7Fgris dorment", WHY_FIELD_CHARS }, { ROLE_NURSE, "trois chats \xFFgris dorment", WHY_FIELD_CHARS },
		{ ROLE_NURSE, "trois chats \xC2\x85gris dorment", WHY_FIELD_CHARS },
	};
	EACH_SAYS(C);
	assert_int_equal(why_of(ROLE_NURSE, (struct str){ "trois chats\0gris dorment", 24 }), WHY_FIELD_CHARS);
}

static void a_long_one_is_taken_whole(void **s)
{
	(void)s;
	char z[PASSWORD_BYTES + 1];
	uint32_t x = 7;
	for (size_t i = 0; i < sizeof z; i++) {
		x = x * 1103515245u + 12345u;
		z[i] = (char)('a' + (x >> 16) % 26);
	}
	assert_int_equal(why_of(ROLE_ADMIN, (struct str){ z, 64 }), WHY_NONE);
	assert_int_equal(why_of(ROLE_ADMIN, (struct str){ z, PASSWORD_BYTES }), WHY_NONE);
	assert_int_equal(why_of(ROLE_ADMIN, (struct str){ z, PASSWORD_BYTES + 1 }), WHY_FIELD_TOO_LONG);
	struct problem p;
	static const size_t N[] = { 73, 129, PASSWORD_BYTES };
	for (size_t i = 0; i < sizeof N / sizeof *N; i++) {
		struct buf hash;
		buf_init(&hash, 256);
		assert_int_equal(password_hash((struct str){ z, N[i] }, &hash, &p), RC_OK);
		assert_true(password_is(buf_view(&hash), (struct str){ z, N[i] }));
		assert_false(password_is(buf_view(&hash), (struct str){ z, N[i] - 1 }));
		z[N[i] - 1] ^= 1; /* the last byte matters */
		assert_false(password_is(buf_view(&hash), (struct str){ z, N[i] }));
		buf_done(&hash);
	}
}

static void a_password_opens_from_every_keyboard(void **s)
{
	(void)s;
	struct problem p;
	struct buf hash;
	buf_init(&hash, 256);
	assert_int_equal(password_hash(STR("été châtaigne brume"), &hash, &p), RC_OK);
	assert_true(password_is(buf_view(&hash), STR("e\xCC\x81te\xCC\x81 cha\xCC\x82taigne brume")));     /* accents apart */
	assert_true(password_is(buf_view(&hash), STR("été\xC2\xA0" "châtaigne\xE2\x80\xAF" "brume")));    /* no-break spaces of AltGr */
	assert_false(password_is(buf_view(&hash), STR("ete chataigne brume")));
	assert_false(password_is(buf_view(&hash), STR("Été châtaigne brume")));
	assert_false(password_is(buf_view(&hash), STR("\xFFt\xE9")));
	buf_done(&hash);
}

static void no_problem_holds_a_word_of_the_password(void **s)
{
	(void)s;
	struct problem p;
	assert_int_equal(password_rules(&OWNER, STR("tulipe DUPONT cadran"), &p), RC_BAD_INPUT);
	assert_null(strcasestr(p.detail, "dupont"));
	assert_null(strcasestr(p.detail, "tulipe"));
}

static void the_houses_names_come_from_its_units_upwards(void **s)
{
	(void)s;
	put("{\"resourceType\":\"Organization\",\"id\":\"top\",\"name\":\"Centre Beausoleil\"}");
	put("{\"resourceType\":\"Organization\",\"id\":\"pole\",\"name\":\"Pôle Glycine\",\"partOf\":{\"reference\":\"Organization/top\"}}");
	put("{\"resourceType\":\"Organization\",\"id\":\"ward\",\"name\":\"Unité Mimosa\",\"partOf\":{\"reference\":\"Organization/pole\"}}");
	put("{\"resourceType\":\"Organization\",\"id\":\"round\",\"name\":\"Tournesol\",\"partOf\":{\"reference\":\"Organization/round\"}}");
	static const struct { const char *unit, *password; enum why why; } C[] = {
		{ "ward", "cadran mimosa vapeur", WHY_PASSWORD_HOUSE },  { "ward", "cadran glycine vapeur", WHY_PASSWORD_HOUSE }, { "ward", "cadran beausoleil vapeur", WHY_PASSWORD_HOUSE },
		{ NULL, "cadran beausoleil vapeur", WHY_PASSWORD_HOUSE }, { NULL, "cadran glycine vapeur", WHY_NONE },             { "nowhere", "cadran glycine vapeur", WHY_NONE },
		{ "round", "cadran tournesol vapeur", WHY_PASSWORD_HOUSE },
	};
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	for (size_t i = 0; i < sizeof C / sizeof *C; i++) {
		struct password_owner of = { .role = ROLE_NURSE };
		struct str unit = str_of(C[i].unit);
		struct problem p = { .why = WHY_NONE };
		assert_int_equal(password_house(H.c, &H.arena, &unit, C[i].unit != NULL, &of, &p), RC_OK);
		enum rc rc = password_rules(&of, str_of(C[i].password), &p);
		assert_int_equal(rc == RC_OK ? WHY_NONE : p.why, C[i].why);
	}
	db_end(H.c);
}

static void an_act_names_the_field_and_the_rule(void **s)
{
	(void)s;
	static const struct { const char *password; enum why why; } C[] = {
		{ "trop court", WHY_PASSWORD_SHORT }, { "motdepasse2024", WHY_PASSWORD_COMMON }, { "cadran petit vapeur", WHY_PASSWORD_HOUSE }, { "cadran medecine vapeur", WHY_PASSWORD_HOUSE },
		{ "parapluie chaussette", WHY_PASSWORD_WEAK },
	};
	actor(ROLE_ADMIN, 1, NULL, NULL);
	for (size_t i = 0; i < sizeof C / sizeof *C; i++) {
		assert_int_equal(act("account_add", "login", "petit.j", "name", "Jean Petit", "role", "nurse", "units", "u1", "password", C[i].password, NULL), RC_BAD_INPUT);
		assert_why(C[i].why);
		assert_string_equal(H.p.where, "password");
		assert_int_equal(rows_count(buf_view(&H.issues.out), "issues"), 1);
	}
	assert_int_equal(act("account_add", "login", "petit.j", "name", "Jean Petit", "role", "nurse", "units", "u1", "password", "cadran tulipe vapeur", NULL), RC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_length_is_that_of_the_role_in_characters),
		cmocka_unit_test(nothing_is_asked_of_a_password_but_that_it_is_hard_to_guess),
		cmocka_unit_test(what_attackers_try_first_is_refused),
		cmocka_unit_test(words_of_the_house_and_of_the_person_are_refused),
		cmocka_unit_test(what_is_easy_to_guess_is_refused),
		cmocka_unit_test(controls_and_what_is_no_text_are_refused),
		cmocka_unit_test(a_long_one_is_taken_whole),
		cmocka_unit_test(a_password_opens_from_every_keyboard),
		cmocka_unit_test(no_problem_holds_a_word_of_the_password),
		HOUSE_TEST(the_houses_names_come_from_its_units_upwards),
		HOUSE_TEST(an_act_names_the_field_and_the_rule),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
