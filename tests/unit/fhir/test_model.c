/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#include "internal.h"

static void unknown_names_find_nothing(void **state)
{
	static const char *const bad[] = { "", "patient", "Patien", "Patients", "Resource", "DomainResource", "HumanName", "SubscriptionStatus", "A", "zzz" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		holds(fhir_type_of(str_of(bad[i])) == 0, bad[i]);
	assert_null(fhir_param_find(fhir_type_of(STR("Patient")), STR("nam")));
	assert_null(fhir_param_find(fhir_type_of(STR("Patient")), STR("")));
	assert_null(fhir_param_find(0, STR("name")));
	assert_null(fhir_param_find(fhir_type_of(STR("DetectedIssue")), STR("status"))); /* not in 4.0.1 */
	assert_null(model_member(&model_shapes[SHAPE_Meta], STR("project")));            /* not in 4.0.1 */
}

static void every_type_is_found_under_its_name(void **state)
{
	(void)state;
	assert_int_equal(fhir_type_count(), 146);
	for (uint16_t t = 1; t <= fhir_type_count(); t++)
		holds(fhir_type_of(str_of(fhir_type_name(t))) == t, fhir_type_name(t));
}

static void every_parameter_is_found_under_its_code_and_number(void **state)
{
	unsigned indexed = 0;

	(void)state;
	for (uint16_t no = 1; no <= fhir_param_count(); no++) {
		const struct fhir_param *p = fhir_param_at(no);

		holds(p->no == no && fhir_param_find(p->type, str_of(p->code)) == p, p->code);
		indexed += p->indexed;
	}
	/* not indexed: _text, _content, _query of each type, near, Bundle's inline references, two composites that reach outside their context */
	print_message("# %u parameters, %u indexed\n", (unsigned)fhir_param_count(), indexed);
	assert_true(fhir_param_count() - indexed < 445);
}

static void the_compartment_of_an_observation_is_subject_and_performer(void **state)
{
	const uint16_t *list = fhir_compartment_params(fhir_type_of(STR("Observation")));

	(void)state;
	same_text(str_of(fhir_param_at(list[0])->code), "subject", "first");
	same_text(str_of(fhir_param_at(list[1])->code), "performer", "second");
	assert_int_equal(list[2], 0);
	assert_int_equal(*fhir_compartment_params(fhir_type_of(STR("Medication"))), 0);
}

static void members_are_sorted_and_found(void **state)
{
	(void)state;
	for (unsigned s = 1; s < SHAPE__END; s++) {
		const struct shape *shape = &model_shapes[s];

		for (unsigned i = 0; i < shape->member_n; i++) {
			const struct member *m = &model_members[shape->member_first + i];

			holds(model_member(shape, (struct str){ model_pool + m->name, m->len }) == m, model_pool + m->name);
		}
	}
}

static void a_code_is_known_with_its_system(void **state)
{
	const struct member *m = model_member(&model_shapes[SHAPE_Patient], STR("gender"));

	(void)state;
	assert_false(model_code_is(m->codes, STR("mal"), STR_NONE));
	assert_false(model_code_is(m->codes, STR(""), STR_NONE));
	assert_false(model_code_is(m->codes, STR("male"), STR("http://a")));
	assert_true(model_code_is(m->codes, STR("male"), STR_NONE));
	assert_true(model_code_is(m->codes, STR("male"), STR("http://hl7.org/fhir/administrative-gender")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("unknown names find nothing", unknown_names_find_nothing),
		CASE("every type is found under its name", every_type_is_found_under_its_name),
		CASE("every parameter is found under its code and its number", every_parameter_is_found_under_its_code_and_number),
		CASE("the compartment of an observation is its subject and performer", the_compartment_of_an_observation_is_subject_and_performer),
		CASE("members are sorted and found", members_are_sorted_and_found),
		CASE("a code is known with its system", a_code_is_known_with_its_system),
	};
	return cmocka_run_group_tests_name("fhir/model", tests, NULL, NULL);
}
