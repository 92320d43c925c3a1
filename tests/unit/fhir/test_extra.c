/* SPDX-License-Identifier: Apache-2.0 */
/* test_extra.c: posted search parameters: what is refused and where, and that run time compiles every expression of R4's own table as build time did. */
#include "fhir_unit.h"

#include "fhir/extra.h"
#include "internal.h"

#define SP(base, code, type, rest) "{\"resourceType\":\"SearchParameter\",\"url\":\"http://hygie.test/sp/" code "\",\"name\":\"N\",\"status\":\"active\",\"description\":\"d\",\"base\":[" base "],\"code\":\"" code "\",\"type\":\"" type "\"" rest "}"
#define EXPR(text) ",\"expression\":\"" text "\""

static const struct { const char *text; enum why why; const char *where; } REFUSED[] = {
	/* kinds of expression that the table of R4 does not use */
	{ SP("\"Patient\"", "a", "token", EXPR("Patient.name.first().family")), WHY_SEARCH_EXPRESSION, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "token", EXPR("Patient.extension('http://x')")), WHY_SEARCH_EXPRESSION, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "string", EXPR("Patient.name.where(use='official' and text='x').family")), WHY_SEARCH_EXPRESSION, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "string", EXPR("Patient.name.")), WHY_SEARCH_EXPRESSION, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "string", EXPR("(Patient.name")), WHY_SEARCH_EXPRESSION, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "string", EXPR("Patient.name | ")), WHY_SEARCH_EXPRESSION, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "token", EXPR("Patient.name.exists()")), WHY_SEARCH_EXPRESSION, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "token", EXPR("%resource.id")), WHY_SEARCH_EXPRESSION, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "string", ""), WHY_SEARCH_EXPRESSION, "SearchParameter.expression" },
	/* elements that are not there */
	{ SP("\"Patient\"", "a", "string", EXPR("Patient.nom")), WHY_SEARCH_ELEMENT, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "string", EXPR("Observation.code")), WHY_SEARCH_ELEMENT, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "string", EXPR("Patient.birthDate.year")), WHY_SEARCH_ELEMENT, "SearchParameter.expression" },
	{ SP("\"Observation\"", "a", "quantity", EXPR("Observation.value as Quantite")), WHY_SEARCH_ELEMENT, "SearchParameter.expression" },
	{ SP("\"Observation\"", "a", "reference", EXPR("Observation.subject.where(resolve() is Malade)")), WHY_SEARCH_ELEMENT, "SearchParameter.expression" },
	/* what the expression cannot give */
	{ SP("\"Patient\"", "a", "date", EXPR("Patient.name")), WHY_SEARCH_VALUES, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "reference", EXPR("Patient.gender")), WHY_SEARCH_VALUES, "SearchParameter.expression" },
	{ SP("\"Patient\"", "a", "date", EXPR("Patient.birthDate | Patient.name.period")), WHY_SEARCH_VALUES, "SearchParameter.expression" },
	/* the rest of it */
	{ SP("\"Malade\"", "a", "string", EXPR("Malade.name")), WHY_SEARCH_BASE, "SearchParameter.base" },
	{ SP("\"Patient\"", "a", "special", EXPR("Patient.name")), WHY_SEARCH_KIND, "SearchParameter.type" },
	{ SP("\"Patient\"", "a.b", "string", EXPR("Patient.name")), WHY_SEARCH_CODE, "SearchParameter.code" },
	{ SP("\"Patient\"", "_a", "string", EXPR("Patient.name")), WHY_SEARCH_CODE, "SearchParameter.code" },
	{ SP("\"Patient\"", "name", "string", EXPR("Patient.contact.name")), WHY_SEARCH_TAKEN, "SearchParameter.code" },
	{ SP("\"Patient\"", "gender", "string", EXPR("Patient.gender")), WHY_SEARCH_TAKEN, "SearchParameter.code" },
	{ SP("\"Observation\"", "a", "composite", EXPR("Observation")), WHY_SEARCH_COMPONENT, "SearchParameter.component" },
	{ SP("\"Observation\"", "a", "composite", EXPR("Observation") ",\"component\":[{\"definition\":\"http://hygie.test/sp/nowhere\",\"expression\":\"code\"},{\"definition\":\"http://hl7.org/fhir/SearchParameter/clinical-code\",\"expression\":\"code\"}]"),
	  WHY_SEARCH_COMPONENT, "SearchParameter.component.definition" },
	{ SP("\"Observation\"", "a", "composite", EXPR("Observation") ",\"component\":[{\"definition\":\"http://hl7.org/fhir/SearchParameter/clinical-code\",\"expression\":\"kode\"},{\"definition\":\"http://hl7.org/fhir/SearchParameter/clinical-code\",\"expression\":\"code\"}]"),
	  WHY_SEARCH_ELEMENT, "SearchParameter.component.expression" },
};

static void what_cannot_be_taken_up_is_refused_with_its_element_and_its_reason(void **s)
{
	struct room r = { 0 };

	(void)s;
	for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
		arena_init(&r.a, 16u << 20);
		holds(checked(&r, REFUSED[i].text) == RC_OK || REFUSED[i].why == WHY_SEARCH_BASE, REFUSED[i].text); /* a SearchParameter as R4 has them */
		holds(extra_check(parsed(&r, str_of(REFUSED[i].text)), NULL, &r.a, &r.issues, &r.p) == RC_BAD_INPUT, REFUSED[i].text);
		holds(r.p.why == REFUSED[i].why && r.issues->why == REFUSED[i].why, REFUSED[i].text);
		holds(strcmp(r.issues->where, REFUSED[i].where) == 0, REFUSED[i].text);
		arena_done(&r.a);
	}
}

static const char *const TAKEN[] = {
	SP("\"Patient\"", "a", "token", EXPR("Patient.extension.where(url='http://x|y').value as Coding")),
	SP("\"Patient\"", "a", "token", EXPR("Patient.extension.where(url = 'http://x').value.ofType(Coding)")),
	SP("\"Patient\"", "a", "string", EXPR("name.given[0]")),
	SP("\"Observation\",\"Condition\"", "a", "reference", EXPR("Observation.note.author as Reference | (Condition.note.author as Reference)")),
	SP("\"Patient\"", "name", "string", EXPR("Patient.name")),
	SP("\"DomainResource\"", "a", "token", EXPR("DomainResource.text.status")),
	SP("\"Resource\"", "a", "uri", EXPR("Resource.implicitRules")),
	"{\"resourceType\":\"SearchParameter\",\"url\":\"http://x\",\"name\":\"N\",\"status\":\"retired\",\"description\":\"d\",\"base\":[\"Patient\"],\"code\":\"a\",\"type\":\"token\",\"expression\":\"%\"}",
};

static void what_is_of_the_kinds_of_r4_is_taken(void **s)
{
	struct room r = { 0 };

	(void)s;
	for (size_t i = 0; i < sizeof TAKEN / sizeof *TAKEN; i++) {
		arena_init(&r.a, 16u << 20);
		holds(checked(&r, TAKEN[i]) == RC_OK, TAKEN[i]);
		holds(extra_check(parsed(&r, str_of(TAKEN[i])), NULL, &r.a, &r.issues, &r.p) == RC_OK, TAKEN[i]);
		arena_done(&r.a);
	}
}

/* ---- against the table ---- */

static bool same_branch(const struct code *ac, const struct branch *a, const struct code *bc, const struct branch *b)
{
	if (a->step_n != b->step_n || a->kind != b->kind || a->shape != b->shape || a->system != b->system)
		return false;
	for (unsigned i = 0; i < a->step_n; i++) {
		const struct step *x = &ac->steps[a->step_first + i], *y = &bc->steps[b->step_first + i];

		if (x->op != y->op || x->arg != y->arg || x->name_n != y->name_n || x->value_n != y->value_n
			|| memcmp(ac->pool + x->name, bc->pool + y->name, x->name_n) != 0 || memcmp(ac->pool + x->value, bc->pool + y->value, x->value_n) != 0)
			return false;
	}
	return true;
}

static bool holds_all(const struct code *ac, const struct program *a, const struct code *bc, const struct program *b)
{
	for (unsigned i = 0; i < a->branch_n; i++) {
		bool found = false;

		for (unsigned k = 0; k < b->branch_n && !found; k++)
			found = same_branch(ac, &ac->branches[a->branch_first + i], bc, &bc->branches[b->branch_first + k]);
		if (!found)
			return false;
	}
	return true;
}

static void every_expression_of_the_table_is_compiled_at_run_time_as_it_was_at_build_time(void **s)
{
	static const char *const kinds[] = { "", "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special" };
	struct room r = { 0 };
	unsigned same = 0, refused = 0;

	(void)s;
	for (uint16_t no = 1; no <= fhir_param_count(); no++) {
		const struct fhir_param *param = fhir_param_at(no);
		struct fhir_extra *x = NULL;
		struct buf b;
		const struct json *root;

		if (param->kind == PARAM_COMPOSITE || param->kind == PARAM_SPECIAL || param->expression[0] == '\0')
			continue;
		arena_init(&r.a, 16u << 20);
		buf_init(&b, 1 << 16);
		buf_fmt(&b, "{\"resourceType\":\"SearchParameter\",\"url\":\"http://hygie.test/x\",\"status\":\"active\",\"base\":[\"%s\"],\"code\":\"x-x\",\"type\":\"%s\",\"expression\":", fhir_type_name(param->type), kinds[param->kind]);
		json_str(&b, str_of(param->expression));
		buf_ch(&b, '}');
		root = parsed(&r, buf_view(&b));
		holds((extra_check(root, NULL, &r.a, &r.issues, &r.p) == RC_OK) == param->indexed, param->expression);
		assert_int_equal(extra_new(&root, 1, &x, &r.p), RC_OK);
		if (param->indexed) {
			const struct code *was_code, *now_code;
			const struct program *was = model_program(NULL, no, &was_code), *now;
			const struct fhir_param *got = extra_find(x, param->type, STR("x-x"));

			holds(got != NULL && got->no == fhir_param_count() + 1 && got->kind == param->kind, param->expression);
			now = model_program(x, got->no, &now_code);
			holds(holds_all(was_code, was, now_code, now) && holds_all(now_code, now, was_code, was), param->expression);
			same++;
		} else {
			refused++;
			assert_int_equal(extra_count(x), 0);
		}
		extra_free(&x);
		buf_done(&b);
		arena_done(&r.a);
	}
	print_message("# %u the same, %u refused by both\n", same, refused);
	assert_true(same > 1500);
}

/* ---- effect ---- */

static struct fhir_extra *made(struct room *r, const char *const *texts, size_t n)
{
	const struct json *roots[8];
	struct fhir_extra *x = NULL;

	for (size_t i = 0; i < n; i++)
		roots[i] = parsed(r, str_of(texts[i]));
	assert_int_equal(extra_new(roots, n, &x, &r->p), RC_OK);
	return x;
}

static unsigned values_of(struct room *r, const struct fhir_extra *x, const char *text, const char *code, struct fhir_value *last_r)
{
	const struct json *root = parsed(r, str_of(text));
	uint16_t type = fhir_type_of(json_get_text(root, "resourceType"));
	const struct fhir_param *param = extra_find(x, type, str_of(code));
	struct fhir_values v;
	unsigned n = 0;

	holds(param != NULL, code);
	assert_int_equal(fhir_extract_with(x, type, root, &r->a, &v, &r->p), RC_OK);
	for (size_t i = 0; i < v.n; i++) {
		if (v.at[i].param == param->no) {
			n++;
			*last_r = v.at[i];
		}
	}
	return n;
}

static void values_are_extracted_for_each_base_and_composites_by_group(void **s)
{
	static const char *const texts[] = {
		SP("\"Observation\",\"Condition\"", "writer", "reference", EXPR("Observation.note.author as Reference | (Condition.note.author as Reference)")),
		SP("\"Observation\"", "method-and-unit", "composite", EXPR("Observation")
			",\"component\":[{\"definition\":\"http://hygie.test/sp/unit\",\"expression\":\"value.as(Quantity).extension.value.as(code)\"},{\"definition\":\"http://hl7.org/fhir/SearchParameter/clinical-code\",\"expression\":\"method\"}]"),
		SP("\"Observation\"", "unit", "token", EXPR("(Observation.value as Quantity).extension.value.as(code)")),
	};
	struct room r = { 0 };
	struct fhir_value v = { 0 };

	(void)s;
	arena_init(&r.a, 16u << 20);
	struct fhir_extra *x = made(&r, texts, 3);

	assert_int_equal(extra_count(x), 4);
	assert_int_equal(values_of(&r, x, "{\"resourceType\":\"Condition\",\"note\":[{\"text\":\"t\",\"authorReference\":{\"reference\":\"Practitioner/p\"}}]}", "writer", &v), 1);
	assert_true(str_eq(v.ref_id, "p"));
	assert_int_equal(values_of(&r, x, "{\"resourceType\":\"Observation\",\"note\":[{\"text\":\"t\",\"authorString\":\"x\"}]}", "writer", &v), 0);
	assert_int_equal(values_of(&r, x, "{\"resourceType\":\"Observation\",\"method\":{\"coding\":[{\"code\":\"m\"}]},\"valueQuantity\":{\"value\":1,\"extension\":[{\"url\":\"u\",\"valueCode\":\"c\"}]}}", "method-and-unit", &v), 2);
	assert_int_equal(v.group, 1);
	assert_true(str_eq(v.b, "m"));
	assert_int_equal(extra_find(x, fhir_type_of(STR("Condition")), STR("writer"))->targets[0] != 0, 1); /* of the element: Practitioner, Patient, … */
	extra_free(&x);
	assert_null(x);
	arena_done(&r.a);
}

static void plans_and_the_capability_statement_know_them_when_handed_over(void **s)
{
	static const char *const texts[] = { SP("\"Observation\"", "writer", "reference", EXPR("Observation.note.author as Reference")) };
	static const char *const queries[] = { "writer=Practitioner/p", "writer:missing=true", "writer.name=a", "_include=Observation:writer" };
	struct room r = { 0 };
	struct pairs pairs;
	struct plan *plan;
	struct buf b;

	(void)s;
	arena_init(&r.a, 16u << 20);
	struct fhir_extra *x = made(&r, texts, 1);
	uint16_t type = fhir_type_of(STR("Observation"));

	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
		assert_int_equal(url_pairs(str_of(queries[i]), 50, &r.a, &pairs, &r.p), RC_OK);
		holds(fhir_plan_parse(type, &pairs, &r.a, &plan, &r.p) == RC_BAD_INPUT, queries[i]);
		holds(fhir_plan_parse_with(x, type, &pairs, false, &r.a, &plan, &r.p) == RC_OK, queries[i]);
	}
	assert_int_equal(url_pairs(STR("_has:Observation:writer:status=final"), 50, &r.a, &pairs, &r.p), RC_OK);
	assert_int_equal(fhir_plan_parse_with(x, fhir_type_of(STR("Practitioner")), &pairs, false, &r.a, &plan, &r.p), RC_OK);
	buf_init(&b, 16u << 20);
	fhir_capability_with(x, &b, STR_NONE, STR_NONE, 0);
	assert_non_null(memmem(b.p, b.n, "http://hygie.test/sp/writer", 27));
	assert_non_null(memmem(b.p, b.n, "\"Observation:writer\"", 20));
	assert_non_null(memmem(b.p, b.n, "\"_list\"", 7));
	buf_done(&b);
	extra_free(&x);
	arena_done(&r.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_taken_up_is_refused_with_its_element_and_its_reason),
		cmocka_unit_test(what_is_of_the_kinds_of_r4_is_taken),
		cmocka_unit_test(every_expression_of_the_table_is_compiled_at_run_time_as_it_was_at_build_time),
		cmocka_unit_test(values_are_extracted_for_each_base_and_composites_by_group),
		cmocka_unit_test(plans_and_the_capability_statement_know_them_when_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
