/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/identity_status.c, identity_source.c and insi.c: which statuses and attributes go together, what a status follows from, when an INS comes and goes, what waits for the cell. */
#include "house.h"

#include "hospital/known.h"
#include "hospital/identity_status.h"

static void clerk(void)
{
	actor(ROLE_CLERK, 3, NULL, "u1");
	(void)insi_use_named(STR("simulator"));
}

static const char *status(const char *id)
{
	assert_int_equal(view("patient_identity", "patient", id, NULL), RC_OK);
	return getz("identity", 0, "status");
}

static bool shows_ins(const char *id)
{
	assert_int_equal(view("patient_identity", "patient", id, NULL), RC_OK);
	return has("identity", 0, "ins");
}

static void document(const char *id, const char *proof)
{
	assert_int_equal(act("identity_source_add", "patient", id, "proof", proof, "seen_on", "2026-11-17", NULL), RC_OK);
}

static const char *insi(const char *id)
{
	assert_int_equal(act("insi_call", "patient", id, NULL), RC_OK);
	return getz("insi", 0, "outcome");
}

/* RNIV EXI SI 09, said once more in other words than the table's. */
static void the_combinations_of_status_and_attributes_are_those_of_the_rniv(void **s)
{
	(void)s;
	for (unsigned i = 0; i < 32; i++) {
		enum trust trust = (enum trust)(i & 3);
		bool homonym = i & 4, doubtful = i & 8, fictive = i & 16;
		bool legal = doubtful && fictive ? false : doubtful || fictive ? trust == TRUST_PROV : true;
		assert_int_equal(identity_is_legal(trust, homonym, doubtful, fictive), legal);
		assert_int_equal(identity_may_ask(doubtful, fictive), !doubtful && !fictive);
	}
	for (unsigned i = 0; i < 16; i++) {
		struct evidence e = { i & 1, i & 2 };
		bool doubtful = i & 4, fictive = i & 8;
		enum trust t = doubtful || fictive ? TRUST_PROV : e.insi && e.document ? TRUST_QUAL : e.insi ? TRUST_RECUP : e.document ? TRUST_VALI : TRUST_PROV;
		assert_int_equal(identity_trust(e, doubtful, fictive), t);
	}
}

static void documents_are_those_of_fr_core_and_only_some_validate(void **s)
{
	(void)s;
	unsigned n = 0, validate = 0;
	for (const struct choice *c = proof_choices; c->code; c++, n++) {
		assert_int_not_equal(proof_worth(str_of(c->code)), PROOF_UNKNOWN);
		validate += proof_worth(str_of(c->code)) == PROOF_VALIDATES;
	}
	assert_int_equal(n, 13);
	assert_int_equal(validate, 5);
	assert_int_equal(proof_worth(STR("XX")), PROOF_UNKNOWN);
}

static void a_status_follows_from_what_was_shown_and_what_insi_knows(void **s)
{
	(void)s;
	clerk();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	document("a", "PC"); /* recorded, and proves nothing */
	assert_string_equal(status("a"), "PROV");
	document("a", "CN");
	assert_string_equal(status("a"), "VALI");
	assert_false(shows_ins("a"));
	assert_string_equal(insi("a"), "found");
	assert_string_equal(status("a"), "QUAL");
	assert_true(shows_ins("a"));
	assert_string_equal(getz("identity", 0, "ins"), "257027511504261");
	assert_string_equal(getz("identity", 0, "birth_place"), "75115"); /* INSi knows it, and the other given name */
	assert_string_equal(getz("identity", 0, "given_names"), "MARIE ANNE");
	assert_int_equal(view("identity_sources", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("sources"), 3);
	assert_false(rows_hold("257027511504261"));
}

static void a_document_that_is_sent_twice_is_kept_once(void **s)
{
	(void)s;
	clerk();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	document("a", "CN");
	document("a", "CN");
	assert_int_equal(view("identity_sources", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("sources"), 1);
	assert_int_equal(act("identity_source_add", "patient", "a", "proof", "CN", "seen_on", "2026-11-19", NULL), RC_BAD_INPUT); /* to come */
	assert_int_equal(act("identity_source_add", "patient", "a", "proof", "CN", "seen_on", "1950-01-01", NULL), RC_BAD_INPUT);
}

static void a_retrieved_identity_holds_its_ins_and_shows_it_to_nobody(void **s)
{
	(void)s;
	clerk();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	assert_string_equal(insi("a"), "found");
	assert_string_equal(status("a"), "RECUP");
	assert_false(shows_ins("a"));
	assert_false(rows_hold("257027511504261"));
	document("a", "PA");
	assert_string_equal(status("a"), "QUAL");
	assert_true(shows_ins("a"));
}

static void another_trait_takes_the_status_and_the_old_one_gives_it_back(void **s)
{
	(void)s;
	clerk();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	(void)insi("a");
	document("a", "CN");
	assert_string_equal(status("a"), "QUAL");
	assert_int_equal(act("patient_edit", "patient", "a", "birthdate", "1957-02-15", NULL), RC_OK);
	assert_string_equal(getz("patient", 0, "status"), "PROV");
	assert_string_equal(getz("patient", 0, "dropped"), "1");
	assert_false(shows_ins("a"));
	assert_int_equal(act("patient_edit", "patient", "a", "birthdate", "1957-02-14", NULL), RC_OK);
	assert_string_equal(status("a"), "QUAL");
	assert_true(shows_ins("a"));
}

static void a_doubtful_identity_is_provisional_and_insi_is_not_asked(void **s)
{
	(void)s;
	clerk();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	(void)insi("a");
	document("a", "CN");
	assert_int_equal(act("identity_mark", "patient", "a", "doubtful", "1", "fictive", "1", NULL), RC_BAD_INPUT);
	assert_why(WHY_IDENTITY_ATTRIBUTES);
	assert_int_equal(act("identity_mark", "patient", "a", "doubtful", "1", NULL), RC_OK);
	assert_string_equal(status("a"), "PROV");
	assert_string_equal(getz("identity", 0, "doubtful"), "1");
	assert_false(shows_ins("a"));
	assert_int_equal(act("insi_call", "patient", "a", NULL), RC_BAD_INPUT);
	assert_why(WHY_INSI_BARRED);
	document("a", "PA");
	assert_string_equal(status("a"), "PROV");
	assert_int_equal(act("identity_mark", "patient", "a", "homonym", "1", NULL), RC_OK); /* a namesake goes with every status */
	assert_string_equal(status("a"), "QUAL");
	assert_string_equal(getz("identity", 0, "homonym"), "1");
	assert_int_equal(act("identity_mark", "patient", "a", "fictive", "1", NULL), RC_OK);
	assert_string_equal(status("a"), "PROV");
}

static void a_document_that_is_withdrawn_counts_no_more(void **s)
{
	(void)s;
	clerk();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	patient("b", "Martin", "Luc", "1960-01-01", "male", "PROV", NULL);
	(void)insi("a");
	document("a", "CN");
	assert_int_equal(view("identity_sources", "patient", "a", NULL), RC_OK);
	const char *no = getz("sources", 0, "no");
	char keep[24];
	snprintf(keep, sizeof keep, "%s", no);
	assert_int_equal(act("identity_source_end", "patient", "b", "no", keep, NULL), RC_NOT_FOUND);
	assert_int_equal(act("identity_source_end", "patient", "a", "no", keep, NULL), RC_OK);
	assert_string_equal(status("a"), "RECUP");
	assert_int_equal(act("identity_source_end", "patient", "a", "no", keep, NULL), RC_NOT_FOUND);
}

static void a_status_that_came_from_elsewhere_counts_until_a_trait_changes(void **s)
{
	(void)s;
	clerk();
	patient("a", "Petit", "Jean", "1960-01-01", "male", "QUAL", "160017511500153");
	document("a", "PC");
	assert_string_equal(status("a"), "QUAL");
	assert_int_equal(act("patient_edit", "patient", "a", "birth_name", "Petot", NULL), RC_OK);
	assert_string_equal(status("a"), "PROV");
	assert_int_equal(act("patient_edit", "patient", "a", "birth_name", "Petit", NULL), RC_OK);
	assert_string_equal(status("a"), "PROV"); /* nothing here proves it */
}

static void what_insi_does_not_confirm_changes_nothing_and_waits(void **s)
{
	(void)s;
	clerk();
	patient("a", "Inconnue", "Anne", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Bernard", "Léa", "2003-05-05", "female", "VALI", NULL);
	patient("c", "Durand", "Marie Claude", "1957-02-14", "female", "VALI", NULL);
	assert_string_equal(insi("a"), "none");
	assert_string_equal(insi("b"), "several");
	assert_string_equal(insi("c"), "differs");
	assert_string_equal(getz("differs", 0, "field"), "given_names");
	for (const char *const *id = (const char *const[]){ "a", "b", "c", NULL }; *id; id++) {
		assert_string_equal(status(*id), "VALI");
		assert_int_equal(view("identity_sources", "patient", *id, NULL), RC_OK);
		assert_int_equal(count("tasks"), 1);
		assert_string_equal(getz("tasks", 0, "kind"), "insi");
	}
	assert_int_equal(act("patient_edit", "patient", "c", "given_names", "Marie Anne", NULL), RC_OK);
	assert_string_equal(insi("c"), "found");
	assert_int_equal(view("identity_sources", "patient", "c", NULL), RC_OK);
	assert_int_equal(count("tasks"), 0);
}

static void no_service_is_asked_where_none_is_set(void **s)
{
	(void)s;
	clerk();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	assert_false(insi_use_named(STR("https://example.test/insi")));
	assert_true(insi_use_named(STR("off")));
	assert_int_equal(act("insi_call", "patient", "a", NULL), RC_BAD_INPUT);
	assert_why(WHY_INSI_UNAVAILABLE);
	assert_string_equal(status("a"), "PROV");
}

static void a_version_that_is_old_is_refused(void **s)
{
	(void)s;
	clerk();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	assert_int_equal(act("identity_source_add", "patient", "a", "version", "1", "proof", "CN", "seen_on", "2026-11-17", NULL), RC_OK);
	assert_int_equal(act("identity_mark", "patient", "a", "version", "1", "doubtful", "1", NULL), RC_PRECONDITION);
	assert_why(WHY_VERSION_CONFLICT);
	assert_string_equal(status("a"), "VALI");
}

static void the_record_refuses_what_the_rniv_forbids_whoever_writes(void **s)
{
	(void)s;
	static const struct { const char *codes[3]; bool good; } CASE[] = {
		{ { "PROV", "DOUT" }, true }, { { "PROV", "FICT", "HOMA" }, true }, { { "QUAL", "HOMA" }, true }, { { "VALI", "DOUT" }, false }, { { "QUAL", "FICT" }, false }, { { "PROV", "DOUT", "FICT" }, false },
	};
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
		char body[2000];
		int n = snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"extension\":[");
		for (size_t k = 0; k < 3 && CASE[i].codes[k]; k++)
			n += snprintf(body + n, sizeof body - (size_t)n, "%s{\"url\":\"" FRC "StructureDefinition/fr-core-identity-reliability\",\"extension\":[{\"url\":\"identityStatus\",\"valueCoding\":{\"code\":\"%s\"}}]}", k ? "," : "", CASE[i].codes[k]);
		snprintf(body + n, sizeof body - (size_t)n, "]}");
		const struct json *v;
		struct fhir_issue *issues = NULL;
		arena_reset(&H.arena);
		assert_int_equal(json_parse(str_of(body), &H.arena, &v, &H.p), RC_OK);
		assert_int_equal(ins_check(v, &H.arena, &issues, &H.p), CASE[i].good ? RC_OK : RC_BAD_INPUT);
	}
}

static void a_suspected_collision_waits_once(void **s)
{
	(void)s;
	clerk();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	assert_int_equal(act("identity_collision", "patient", "a", "text", "Deux groupes sanguins différents", NULL), RC_OK);
	assert_int_equal(act("identity_collision", "patient", "a", "text", "encore", NULL), RC_OK);
	assert_int_equal(view("identity_sources", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("tasks"), 1);
}

static void every_list_says_that_a_namesake_exists(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-17T08:00:00+01:00", NULL);
	actor(ROLE_NURSE, 7, NULL, "u1");
	assert_int_equal(view("unit_present", NULL), RC_OK);
	assert_string_equal(getz("present", 0, "homonym"), "1");
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "homonym"), "1");
	assert_int_equal(view("patient_search", "text", "14021957 dur", NULL), RC_OK);
	assert_string_equal(getz("patients", 0, "homonym"), "1");
	assert_string_equal(getz("patients", 1, "homonym"), "1");
	assert_int_equal(view("patient_duplicates", "birth_name", "Durand", "given_names", "Marie", "birthdate", "1957-02-14", "sex", "female", NULL), RC_OK);
	assert_string_equal(getz("duplicates", 0, "homonym"), "1");
	clerk();
	assert_int_equal(act("identity_mark", "patient", "b", "fictive", "1", NULL), RC_OK);
	assert_int_equal(view("patient_search", "text", "14021957 dur", NULL), RC_OK);
	assert_string_equal(getz("patients", 1, "fictive"), "1");
	assert_string_equal(getz("patients", 1, "homonym"), "1");
}

static void every_list_says_that_a_collision_is_suspected(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-17T08:00:00+01:00", NULL);
	clerk();
	assert_int_equal(act("identity_collision", "patient", "a", "text", "Deux groupes sanguins différents", NULL), RC_OK);
	for (int round = 0; round < 3; round++) {
		actor(ROLE_NURSE, 7, NULL, "u1");
		assert_int_equal(view("unit_present", NULL), RC_OK);
		assert_string_equal(getz("present", 0, "collision"), "1");
		assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
		assert_string_equal(getz("head", 0, "collision"), "1");
		assert_int_equal(view("patient_search", "text", "14021957 dur", NULL), RC_OK);
		assert_string_equal(getz("patients", 0, "collision"), "1");
		assert_int_equal(view("patient_duplicates", "birth_name", "Durand", "given_names", "Marie", "birthdate", "1957-02-14", "sex", "female", NULL), RC_OK);
		assert_string_equal(getz("duplicates", 0, "collision"), "1");
		if (round == 0) { /* it outlives another name, and a line that is made anew */
			clerk();
			patient("b", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
			assert_int_equal(act("identity_mark", "patient", "a", "homonym", "1", NULL), RC_OK);
		} else if (round == 1) {
			assert_int_equal(known_rebuild(H.db, NULL, &H.p), RC_OK);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(the_combinations_of_status_and_attributes_are_those_of_the_rniv),
		HOUSE_TEST(documents_are_those_of_fr_core_and_only_some_validate),
		HOUSE_TEST(a_status_follows_from_what_was_shown_and_what_insi_knows),
		HOUSE_TEST(a_document_that_is_sent_twice_is_kept_once),
		HOUSE_TEST(a_retrieved_identity_holds_its_ins_and_shows_it_to_nobody),
		HOUSE_TEST(another_trait_takes_the_status_and_the_old_one_gives_it_back),
		HOUSE_TEST(a_doubtful_identity_is_provisional_and_insi_is_not_asked),
		HOUSE_TEST(a_document_that_is_withdrawn_counts_no_more),
		HOUSE_TEST(a_status_that_came_from_elsewhere_counts_until_a_trait_changes),
		HOUSE_TEST(what_insi_does_not_confirm_changes_nothing_and_waits),
		HOUSE_TEST(no_service_is_asked_where_none_is_set),
		HOUSE_TEST(a_version_that_is_old_is_refused),
		HOUSE_TEST(the_record_refuses_what_the_rniv_forbids_whoever_writes),
		HOUSE_TEST(a_suspected_collision_waits_once),
		HOUSE_TEST(every_list_says_that_a_namesake_exists),
		HOUSE_TEST(every_list_says_that_a_collision_is_suspected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
