/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle under the gate's guard as a person would run it: a search in it finds, brings along and shows what the plain search does. No role has the right to one today. */
#include "../hospital/house.h"

#include "gate/act_fhir.h"

static char answer[60000];

/* The act itself: who may call it is asked before. */
static enum rc bundle(const char *type, const char *entries)
{
	static char body[8000];
	struct pair at[] = { { STR("body"), STR_NONE } };
	struct args args = { at, 1 };
	struct act_job k = { .job = { .run = act_run }, .args = &args };
	for (k.act = act_own; k.act->name && strcmp(k.act->name, "fhir_bundle") != 0;)
		k.act++;
	snprintf(body, sizeof body, "{\"resourceType\":\"Bundle\",\"type\":\"%s\",\"entry\":[%s]}", type, entries);
	at[0].value = str_of(body);
	fresh_rows();
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	struct view_ctx ctx = { H.c, &H.who, &args, &H.arena, H.now_ms, 200 };
	enum rc rc = k.act->prepare(&ctx, &k.prepared, &H.issues, &H.p);
	db_end(H.c);
	if (rc == RC_OK)
		rc = db_write_now(H.db, &k.job, &H.p);
	rows_end(&H.rows);
	answer[0] = '\0';
	if (rc == RC_OK)
		snprintf(answer, sizeof answer, "%.*s", STR_ARG(get("bundle", 0, "body")));
	return rc;
}

#define GET(url) "{\"request\":{\"method\":\"GET\",\"url\":\"" url "\"}}"
static bool says(const char *text) { return strstr(answer, text) != NULL; }

/* Whom the answer names to the ledger. */
static bool is_priced(int64_t patient)
{
	size_t cursor = 0;
	int64_t of;
	enum tier tier;
	while (rows_next_mark(buf_view(&H.rows.out), &cursor, &of, &tier))
		if (of == patient)
			return true;
	return false;
}

static int64_t mine, other;

/* a is p1's patient, b nobody's; a's stay, and an observation of a that names one of b. */
static void fill(void)
{
	mine = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	other = patient("b", "Martin", "Anne", "1961-05-01", "female", "VALI", NULL);
	put("{\"resourceType\":\"Encounter\",\"id\":\"e\",\"status\":\"in-progress\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/a\"},\"serviceProvider\":{\"reference\":\"Organization/u1\"},"
		"\"reasonCode\":[{\"text\":\"Pneumopathie\"}],\"period\":{\"start\":\"2026-11-17T08:00:00Z\"}}");
	put("{\"resourceType\":\"Observation\",\"id\":\"theirs\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/b\"}}");
	put("{\"resourceType\":\"Observation\",\"id\":\"own\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/a\"},\"encounter\":{\"reference\":\"Encounter/e\"},"
		"\"performer\":[{\"reference\":\"Practitioner/p1\"}],\"hasMember\":[{\"reference\":\"Observation/theirs\"}]}");
	put("{\"resourceType\":\"Observation\",\"id\":\"two\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/a\"},\"performer\":[{\"reference\":\"Patient/b\"}]}");
}

static void a_persons_bundle_brings_along_what_the_search_would(void **s)
{
	(void)s;
	fill();
	actor(ROLE_PHYSICIAN, 8, "p1", "u1");
	assert_int_equal(bundle("batch", GET("Observation?patient=a&_include=*") "," GET("Patient?_id=a&_revinclude=Observation:patient&_revinclude=Encounter:patient")), RC_OK);
	assert_true(says("\"id\":\"own\"") && says("\"id\":\"e\"") && says("\"id\":\"p1\"") && says("\"mode\":\"include\""));
	assert_false(says("\"id\":\"theirs\"") || says("\"id\":\"b\"") || says("Martin"));
	assert_false(says("\"id\":\"two\"")); /* of a and b */
	assert_true(is_priced(mine));
	assert_false(is_priced(other));
	assert_int_equal(bundle("batch", GET("Observation/two") "," GET("Observation?patient=b&_include=*") "," GET("Observation?_id=theirs&_include=*")), RC_OK);
	assert_false(says("\"id\":\"two\"") || says("\"id\":\"theirs\"") || says("Martin"));
	assert_int_equal(bundle("batch", GET("Practitioner?_id=p1&_revinclude=Observation:performer") "," GET("Practitioner?_id=p1")), RC_OK); /* from the house into a record: refused */
	assert_true(says("\"status\":\"403\"") && says("\"status\":\"200 OK\""));
	assert_false(says("\"id\":\"own\""));
}

static void a_role_sees_in_a_bundle_what_it_sees_in_a_read(void **s)
{
	(void)s;
	fill();
	actor(ROLE_CLERK, 9, NULL, "u1");
	assert_int_equal(bundle("batch", GET("Encounter?patient=a&_include=Encounter:patient") "," GET("Patient?_id=a&_revinclude=Encounter:patient") "," GET("Encounter/e")), RC_OK);
	assert_true(says("\"id\":\"e\"") && says("SUBSETTED") && says("Durand"));
	assert_false(says("Pneumopathie")); /* never why */
	assert_int_equal(bundle("batch", GET("Observation?patient=a") "," GET("Observation/own") "," GET("Observation/none") "," GET("Patient?_id=a&_revinclude=Observation:patient")), RC_OK);
	assert_false(says("\"id\":\"own\"") || says("200 OK"));
	assert_int_equal(bundle("batch", GET("Encounter?patient=a&_include=Encounter:diagnosis")), RC_OK); /* by an element that is not seen */
	assert_true(says("\"status\":\"403\""));
	assert_int_equal(bundle("batch", GET("Encounter?patient=a&_include=*") "," GET("Encounter?patient=a&_summary=true&_include=Encounter:patient")), RC_OK);
	assert_true(says("Durand"));
	assert_false(says("Pneumopathie"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_persons_bundle_brings_along_what_the_search_would),
		HOUSE_TEST(a_role_sees_in_a_bundle_what_it_sees_in_a_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
