/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

/* What we send is checked by our own check. */
static const struct json *checked_output(struct room *r, const struct buf *b)
{
	const struct json *root = parsed(r, buf_view(b));

	if (fhir_check(root, &r->a, &r->type, &r->issues, &r->p) != RC_OK)
		print_error("%s %s at %s\n", why_row(r->p.why)->name, r->p.detail, r->p.where);
	assert_int_equal(r->p.rc, RC_OK);
	return root;
}

static void an_outcome_names_the_element_and_never_the_detail(void **state)
{
	struct room *r = *state;
	struct buf b;
	struct problem p = { 0 };
	const struct json *issue;

	buf_init(&b, 1 << 16);
	assert_int_equal(problem_set(&p, RC_BAD_INPUT, WHY_FORMAT, "Patient.birthDate", "secret detail"), RC_BAD_INPUT);
	fhir_outcome(&b, &p, NULL);
	assert_null(memmem(b.p, b.n, "secret", 6));
	issue = json_at(json_get(checked_output(r, &b), "issue"), 0);
	same_text(json_get_text(issue, "severity"), "error", "severity");
	same_text(json_get_text(issue, "code"), "value", "code");
	same_text(json_text(json_at(json_get(issue, "expression"), 0)), "Patient.birthDate", "expression");
	buf_done(&b);
}

static void an_outcome_holds_every_finding(void **state)
{
	struct room *r = *state;
	struct buf b;
	const struct json *root;

	buf_init(&b, 1 << 16);
	assert_int_equal(checked(r, "{\"resourceType\":\"Patient\",\"bad\":1,\"extension\":[{\"url\":\"a\"}]}"), RC_BAD_INPUT);
	fhir_outcome(&b, &r->p, r->issues);
	root = checked_output(r, &b);
	assert_int_equal(json_get(root, "issue")->n, 2);
	same_text(json_get_text(json_at(json_get(root, "issue"), 1), "diagnostics"), "ext-1", "rule");
	buf_done(&b);
}

static void every_reason_makes_a_valid_outcome(void **state)
{
	struct room *r = *state;

	for (int why = 0; why < WHY__END; why++) {
		struct problem p = { .rc = RC_BAD_INPUT, .why = (enum why)why };
		struct buf b;

		arena_reset(&r->a);
		buf_init(&b, 1 << 16);
		fhir_outcome(&b, &p, NULL);
		holds(json_get(checked_output(r, &b), "issue")->n == 1, why_row((enum why)why)->name);
		buf_done(&b);
	}
}

static void the_capability_statement_is_valid_and_lists_what_is_searched(void **state)
{
	struct room *r = *state;
	struct buf b;
	const struct json *root, *rest, *patient = NULL;
	bool birthdate = false, text = false, content = false;

	arena_reset(&r->a);
	buf_init(&b, 4 << 20);
	fhir_capability(&b, STR("https://hygie.test/fhir"), STR("0.1.0"), 0);
	assert_false(b.failed);
	root = checked_output(r, &b);
	same_text(json_get_text(root, "fhirVersion"), "4.0.1", "version");
	same_text(json_get_text(root, "date"), "1970-01-01T00:00:00.000Z", "date");
	rest = json_at(json_get(root, "rest"), 0);
	assert_int_equal(json_get(rest, "resource")->n, fhir_type_count());
	for json_each(c, json_get(rest, "resource")) {
		if (str_eq(json_get_text(c, "type"), "Patient"))
			patient = c;
	}
	assert_int_equal(json_get(patient, "interaction")->n, 9);
	assert_int_equal(json_get(patient, "operation")->n, 3);
	for json_each(c, json_get(patient, "searchParam")) {
		birthdate = birthdate || (str_eq(json_get_text(c, "name"), "birthdate") && str_eq(json_get_text(c, "type"), "date"));
		text = text || str_eq(json_get_text(c, "name"), "_text");
		content = content || str_eq(json_get_text(c, "name"), "_content");
	}
	assert_true(birthdate && text && !content);
	print_message("# CapabilityStatement: %zu bytes\n", b.n);
	buf_done(&b);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		CASE("an outcome names the element and never the detail", an_outcome_names_the_element_and_never_the_detail),
		CASE("an outcome holds every finding", an_outcome_holds_every_finding),
		CASE("every reason makes a valid outcome", every_reason_makes_a_valid_outcome),
		CASE("the capability statement is valid and lists what is searched", the_capability_statement_is_valid_and_lists_what_is_searched),
	};
	struct room r = { 0 };
	int failed;

	arena_init(&r.a, 64 << 20);
	for (size_t i = 0; i < COUNT(tests); i++)
		tests[i].initial_state = &r;
	failed = cmocka_run_group_tests_name("fhir/outcome", tests, NULL, NULL);
	arena_done(&r.a);
	return failed;
}
