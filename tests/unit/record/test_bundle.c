/* SPDX-License-Identifier: Apache-2.0 */
/* test_bundle.c: transactions and batches. */
#include "base.h"

static struct base b;
static int setup(void **s) { (void)s; base_new(&b); return 0; }
static int teardown(void **s) { (void)s; base_end(&b); return 0; }

struct bundle_job { struct db_job job; struct record_bundle *bundle; struct buf out; };
static enum rc bundle_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct bundle_job *j = (struct bundle_job *)job;
	buf_reset(&j->out);
	return record_bundle_run(c, txn, j->bundle, &j->out, p);
}

static char answer[20000];
static struct record_bundle *last;

static enum rc run(const char *body, struct problem *p)
{
	struct bundle_job j = { .job = { .run = bundle_run } };
	struct fhir_issue *issues;
	enum rc rc = record_bundle_prepare(arena_str(&b.a, str_of(body)), &b.a, &j.bundle, &issues, p);
	buf_init(&j.out, 1u << 20);
	if (rc == RC_OK)
		rc = db_write_now(b.db, &j.job, p);
	last = j.bundle;
	snprintf(answer, sizeof answer, "%.*s", STR_ARG(buf_view(&j.out)));
	buf_done(&j.out);
	return rc;
}

static void must_say(const char *text) { if (!strstr(answer, text)) fail_msg("no '%s' in %s", text, answer); }

#define PAT(family, ident) "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"" ident "\"}],\"name\":[{\"family\":\"" family "\"}]}"
#define OBS(subject) "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"" subject "\"}}"
#define POST(type, extra, resource) "{" extra "\"resource\":" resource ",\"request\":{\"method\":\"POST\",\"url\":\"" type "\"}}"
#define U1 "urn:uuid:11111111-1111-4111-8111-111111111111"
#define BUNDLE(type, entries) "{\"resourceType\":\"Bundle\",\"type\":\"" type "\",\"entry\":[" entries "]}"

static void a_transaction_leaves_nothing_when_one_entry_fails(void **s)
{
	(void)s;
	struct problem p;
	assert_int_equal(run(BUNDLE("transaction", POST("Patient", "", PAT("Rien", "1")) "," "{\"request\":{\"method\":\"GET\",\"url\":\"Patient/none\"}}"), &p), RC_NOT_FOUND);
	assert_non_null(strstr(p.where, "Bundle.entry[1]"));
	FINDS(&b, "Patient", "family=rien", "");
	assert_int_equal(run(BUNDLE("transaction", POST("Patient", "", PAT("Rien", "1")) "," POST("Patient", "", "{\"resourceType\":\"Patient\",\"nom\":1}")), &p), RC_BAD_INPUT);
	assert_non_null(strstr(p.where, "Bundle.entry[1]"));
	assert_int_equal(run(BUNDLE("transaction", POST("Observation", "", OBS(U1))), &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_UNRESOLVED);
	assert_int_equal(run(BUNDLE("transaction", POST("Observation", "", OBS("Patient?identifier=urn:x|none"))), &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_UNRESOLVED);
	assert_int_equal(run(BUNDLE("history", ""), &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_BUNDLE_TYPE);
	assert_int_equal(run(BUNDLE("transaction", "{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"a\"},\"request\":{\"method\":\"PUT\",\"url\":\"Patient/a\"}},"
		"{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/a\"}}"), &p), RC_BAD_INPUT);
	whole(&b);
}

static void references_between_entries_are_rewritten(void **s)
{
	(void)s;
	OK(run(BUNDLE("transaction", POST("Observation", "", OBS(U1)) "," POST("Patient", "\"fullUrl\":\"" U1 "\",", PAT("Lien", "7"))), pp));
	must_say("\"type\":\"transaction-response\"");
	must_say("\"status\":\"201 Created\"");
	must_say("\"location\":\"Patient/");
	const int64_t *at;
	assert_int_equal(record_bundle_patients(last, &at), 1);
	struct found f;
	OK(try_search(&b, "Observation", "subject:Patient.family=lien", NULL, "", &f, pp));
	assert_int_equal(strlen(f.ids.text), 36);
	struct record_row row;
	OK(record_read(b.c, T("Observation"), str_of(f.ids.text), &row, pp));
	assert_int_equal(row.patient, at[0]);
	assert_null(memmem(row.body.p, row.body.n, "urn:uuid", 8));
	whole(&b);
}

static void conditions_are_answered_before_anything_is_written(void **s)
{
	(void)s;
	struct problem p;
	put(&b, "k", "{\"resourceType\":\"Patient\",\"id\":\"k\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"42\"}]}");
#define NEW "{\"fullUrl\":\"" U1 "\",\"resource\":" PAT("Autre", "42") ",\"request\":{\"method\":\"POST\",\"url\":\"Patient\",\"ifNoneExist\":\"identifier=urn:x|42\"}}"
	OK(run(BUNDLE("transaction", NEW "," POST("Observation", "", OBS(U1)) "," POST("Observation", "", OBS("Patient?identifier=urn:x|42"))), pp));
	must_say("\"status\":\"200 OK\",\"location\":\"Patient/k/_history/1\"");
	struct found f;
	OK(try_search(&b, "Observation", "subject=Patient/k&_summary=count", NULL, "", &f, pp));
	assert_int_equal(f.total, 2);
	FINDS(&b, "Patient", "family=autre", "");
	put(&b, "k2", "{\"resourceType\":\"Patient\",\"id\":\"k2\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"42\"}]}");
	assert_int_equal(run(BUNDLE("transaction", NEW), &p), RC_PRECONDITION);
	assert_int_equal(p.why, WHY_MULTIPLE_MATCHES);
	OK(run(BUNDLE("transaction", "{\"resource\":" PAT("Cond", "43") ",\"request\":{\"method\":\"PUT\",\"url\":\"Patient?identifier=urn:x|43\"}}"), pp));
	must_say("201 Created");
	OK(run(BUNDLE("transaction", "{\"resource\":" PAT("Cond2", "43") ",\"request\":{\"method\":\"PUT\",\"url\":\"Patient?identifier=urn:x|43\"}}"), pp));
	must_say("200 OK");
	must_say("_history/2");
	OK(run(BUNDLE("transaction", "{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient?identifier=urn:x|43\"}},{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient?identifier=urn:x|nobody\"}}"), pp));
	must_say("204 No Content");
	FINDS(&b, "Patient", "identifier=urn:x|43", "");
	whole(&b);
}

#define DEL(url) "{\"request\":{\"method\":\"DELETE\",\"url\":\"" url "\"}}"

/* As the REST interaction, with a guard or without one (an import has none). */
static void a_conditional_delete_takes_all_that_match_or_none(void **s)
{
	struct problem p;
	char body[200], id[20];
	(void)s;
	for (int i = 0; i < BUNDLE_DELETE_MOST + 1; i++) {
		snprintf(id, sizeof id, "m%d", i);
		snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"gender\":\"female\",\"active\":%s}", id, i < 3 ? "true" : "false");
		put(&b, id, body);
	}
	assert_int_equal(run(BUNDLE("transaction", DEL("Patient?gender=female")), &p), RC_PRECONDITION);
	assert_int_equal(p.why, WHY_TOO_MANY_MATCHES);
	assert_int_equal(run(BUNDLE("transaction", DEL("Patient?active=true") "," DEL("Patient/m1")), &p), RC_BAD_INPUT); /* one resource twice */
	OK(run(BUNDLE("transaction", DEL("Patient?active=true") "," DEL("Patient?active=true&gender=male")), pp));
	must_say("\"status\":\"204 No Content\"");
	FINDS(&b, "Patient", "active=true", "");
	OK(run(BUNDLE("batch", DEL("Patient?gender=female")), pp)); /* 98 are left */
	must_say("\"status\":\"204 No Content\"");
	FINDS(&b, "Patient", "gender=female", "");
	whole(&b);
	assert_int_equal(run(BUNDLE("transaction", DEL("Patient?gender=female&_include=*")), &p), RC_BAD_INPUT);
}

static void a_batch_keeps_what_succeeds(void **s)
{
	(void)s;
	OK(run(BUNDLE("batch", "{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"a\"},\"request\":{\"method\":\"PUT\",\"url\":\"Patient/a\"}},"
		"{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"c\"},\"request\":{\"method\":\"PUT\",\"url\":\"Patient/c\",\"ifMatch\":\"W/\\\"3\\\"\"}},"
		POST("Patient", "", "{\"resourceType\":\"Patient\",\"nom\":1}") ","
		"{\"request\":{\"method\":\"GET\",\"url\":\"Patient/a\"}},{\"request\":{\"method\":\"GET\",\"url\":\"Patient?_id=a\"}}"), pp));
	must_say("\"type\":\"batch-response\"");
	must_say("\"status\":\"412\"");
	must_say("\"status\":\"400\"");
	must_say("\"type\":\"searchset\"");
	FINDS(&b, "Patient", "", "a");
	whole(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_transaction_leaves_nothing_when_one_entry_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(references_between_entries_are_rewritten, setup, teardown),
		cmocka_unit_test_setup_teardown(conditions_are_answered_before_anything_is_written, setup, teardown),
		cmocka_unit_test_setup_teardown(a_conditional_delete_takes_all_that_match_or_none, setup, teardown),
		cmocka_unit_test_setup_teardown(a_batch_keeps_what_succeeds, setup, teardown),
	};
	return cmocka_run_group_tests_name("record/bundle", tests, NULL, NULL);
}
