/* SPDX-License-Identifier: Apache-2.0 */
/* What an act answers with draws on a person's budget as a read does: each patient once, explained or not, and an answer that goes too far undoes the act. */
#include "gate/act_fhir.h"
#include "house.h"

#include <sys/mman.h>

static struct house h;

static struct gate_call *patch(const char *token, const char *type, const char *id, const char *ops)
{
	struct gate_call *c = call_new(token, "/fhir/:type/:id");
	ask_act(&c->asks, "fhir_patch");
	ask_arg(&c->asks, "type", str_of(type));
	ask_arg(&c->asks, "id", str_of(id));
	ask_arg(&c->asks, "patch", str_of(ops));
	gate_run(h.g, c);
	return c;
}

#define ACTIVE "[{\"op\":\"add\",\"path\":\"/active\",\"value\":true}]"
static enum rc patched(const char *token, const char *type, const char *id, enum why *why_r)
{
	struct gate_call *c = patch(token, type, id, strcmp(type, "Patient") == 0 ? ACTIVE : "[{\"op\":\"add\",\"path\":\"/criticality\",\"value\":\"high\"}]");
	enum rc rc = release_rc(c->release);
	const struct problem *p = release_problem(c->release);
	*why_r = rc == RC_OK ? WHY_NONE : p->why;
	if (rc != RC_OK)
		assert_int_equal(rows_count(release_rows(c->release), "written"), 0);
	gate_call_done(&c);
	return rc;
}

/* As every page tells it. */
static uint32_t opened(const char *token)
{
	struct gate_call *c = call_new(token, "/me");
	ask_view(&c->asks, "my_notices");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	uint32_t n = release_who(c->release)->opened;
	gate_call_done(&c);
	return n;
}

static int64_t version(const char *type, const char *id)
{
	struct gate_call *c = call_new(MACHINE_TOKEN, "/fhir/:type/:id");
	c->surface = SURFACE_API;
	c->bearer = true;
	ask_read(&c->asks, "rows", str_of(type), str_of(id));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	int64_t n = row_i64(rows_first(release_rows(c->release), "rows"), "version");
	gate_call_done(&c);
	return n;
}

static void an_answer_counts_each_patient_once_as_a_read_does(void **state)
{
	(void)state;
	char token[64];
	enum why why;
	house_sign_in(&h, "nurse", token);
	assert_int_equal(opened(token), 0);
	assert_int_equal(patched(token, "Patient", "p1", &why), RC_OK);
	assert_int_equal(opened(token), 1);
	assert_int_equal(patched(token, "AllergyIntolerance", "a1", &why), RC_OK);
	assert_int_equal(patched(token, "Patient", "p1", &why), RC_OK);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK);
	assert_int_equal(opened(token), 1); /* open already */
	assert_int_equal(patched(token, "AllergyIntolerance", "a2", &why), RC_OK);
	assert_int_equal(opened(token), 2);
}

static void a_resource_of_two_people_opens_both(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "nurse", token);
	uint32_t before = opened(token);
	struct gate_call *c = call_new(token, "/fhir/:type");
	ask_act(&c->asks, "fhir_create");
	ask_arg(&c->asks, "type", STR("Observation"));
	ask_arg(&c->asks, "body", STR("{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/p10\"},\"performer\":[{\"reference\":\"Patient/p11\"}]}"));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	gate_call_done(&c);
	assert_int_equal(opened(token), before + 2);
}

static void strangers_by_a_reason_go_no_further_by_writing_than_by_reading(void **state)
{
	(void)state;
	char token[64], id[16];
	enum why why = WHY_NONE;
	unsigned n = 0;
	house_sign_in(&h, "physician", token);
	for (unsigned i = 0; i < 8; i++) { /* of the other unit */
		house_wait(20000);
		snprintf(id, sizeof id, "p%u", h.patients - 8 + i);
		assert_int_equal(patched(token, "Patient", id, &why), RC_NOT_FOUND);
		if (break_glass_for(&h, token, id, "advice") != RC_OK)
			break;
		if (patched(token, "Patient", id, &why) != RC_OK)
			break;
		n++;
	}
	assert_in_range(n, 1, 6); /* the seventh is the alarm (SECURITY 7.3) */
	assert_int_equal(why, WHY_PROOF_DUE);
	assert_int_equal(version("Patient", id), 1); /* and nothing was written */
	assert_int_equal(opened(token), n);
	assert_int_equal(read_rc(&h, token, "Patient", id), RC_STEP_UP);
}

static void own_patients_go_as_far_as_the_day_lets_and_the_next_is_undone(void **state)
{
	(void)state;
	char token[64], id[16];
	enum why why = WHY_NONE;
	enum rc rc = RC_OK;
	unsigned n = 0;
	house_sign_in(&h, "clerk", token);
	for (unsigned i = 0; i < h.patients - 8 && rc == RC_OK; i++) {
		house_wait(4000);
		snprintf(id, sizeof id, "p%u", i);
		n += (rc = patched(token, "Patient", id, &why)) == RC_OK;
	}
	assert_int_equal(rc, RC_STEP_UP);
	assert_int_equal(why, WHY_PROOF_DUE);
	assert_int_equal(n, 135); /* a clerk's day */
	assert_int_equal(version("Patient", id), 1);
}

/* No role may post a bundle: the row is opened for this process, which is this test's own. */
static void let_persons_post_bundles(void)
{
	for (const struct act *a = act_own; a->name; a++)
		if (strcmp(a->name, "fhir_bundle") == 0) {
			long page = sysconf(_SC_PAGESIZE);
			union { const void *in; char *out; uintptr_t at; } row = { a }, from = { .at = (uintptr_t)a / (uintptr_t)page * (uintptr_t)page };
			assert_int_equal(mprotect(from.out, (size_t)(2 * page), PROT_READ | PROT_WRITE), 0);
			uint32_t may = a->may | MAY_WRITE_CHART;
			memcpy(row.out + offsetof(struct act, may), &may, sizeof may);
			return;
		}
	fail();
}

static enum rc bundle(const char *token, unsigned from, unsigned n, unsigned times, enum why *why_r)
{
	static char body[200000];
	size_t at = (size_t)snprintf(body, sizeof body, "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[");
	for (unsigned i = 0; i < n * times; i++)
		at += (size_t)snprintf(body + at, sizeof body - at, "%s{\"request\":{\"method\":\"GET\",\"url\":\"%s%u\"}}", i ? "," : "", i / n % 2 ? "AllergyIntolerance/a" : "Patient/p", from + i % n);
	snprintf(body + at, sizeof body - at, "]}");
	struct gate_call *c = call_new(token, "/fhir");
	ask_act(&c->asks, "fhir_bundle");
	ask_arg(&c->asks, "body", str_of(body));
	gate_run(h.g, c);
	enum rc rc = release_rc(c->release);
	*why_r = rc == RC_OK ? WHY_NONE : release_problem(c->release)->why;
	if (rc != RC_OK)
		assert_int_equal(rows_count(release_rows(c->release), "bundle"), 0);
	gate_call_done(&c);
	return rc;
}

static void a_persons_bundle_counts_each_patient_once_and_is_no_export(void **state)
{
	(void)state;
	char token[64];
	enum why why;
	let_persons_post_bundles();
	house_wait(25 * 3600000LL);
	house_sign_in(&h, "nurse", token);
	uint32_t before = opened(token);
	assert_int_equal(bundle(token, 20, 3, 4, &why), RC_OK); /* each as Patient and as allergy, twice */
	assert_int_equal(opened(token), before + 3);
	assert_int_equal(bundle(token, 20, 5, 1, &why), RC_OK);
	assert_int_equal(opened(token), before + 5);
	assert_int_equal(bundle(token, 30, 51, 1, &why), RC_LIMIT);
	assert_int_equal(why, WHY_NARROWER);
	assert_int_equal(opened(token), before + 5);
	assert_int_equal(bundle(token, 30, 45, 1, &why), RC_STEP_UP); /* beyond the day's 43 */
	assert_int_equal(why, WHY_PROOF_DUE);
	assert_int_equal(opened(token), before + 5); /* all of it or nothing */
	unsigned strangers = h.patients - 8;
	house_sign_in(&h, "physician", token);
	before = opened(token);
	assert_int_equal(bundle(token, strangers, 8, 1, &why), RC_OK); /* none of them is told: each entry says not found */
	assert_int_equal(opened(token), before);
}

static void what_was_answered_is_counted_after_a_restart(void **state)
{
	(void)state;
	char token[64];
	enum why why;
	house_sign_in(&h, "nurse2", token);
	char id[16];
	snprintf(id, sizeof id, "p%u", h.patients - 1);
	assert_int_equal(patched(token, "Patient", id, &why), RC_OK);
	assert_int_equal(opened(token), 1);
	gate_close(&h.g);
	house_open(&h);
	house_sign_in(&h, "nurse2", token);
	assert_int_equal(opened(token), 1);
}

static int setup(void **state) { (void)state; house_new(&h, 160); return 0; }
static int teardown(void **state) { (void)state; house_done(&h); return 0; }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_counts_each_patient_once_as_a_read_does),
		cmocka_unit_test(a_resource_of_two_people_opens_both),
		cmocka_unit_test(strangers_by_a_reason_go_no_further_by_writing_than_by_reading),
		cmocka_unit_test(own_patients_go_as_far_as_the_day_lets_and_the_next_is_undone),
		cmocka_unit_test(a_persons_bundle_counts_each_patient_once_and_is_no_export),
		cmocka_unit_test(what_was_answered_is_counted_after_a_restart),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
