/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#include <math.h>

/* Every value of one parameter as one line: "kind:a|b[text]", joined by blanks; dates and numbers by their ends; composites "g1.0". */
static struct str lines_of(struct room *r, const char *text, const char *code)
{
	static struct buf b;
	const struct json *root = parsed(r, str_of(text));
	uint16_t type = fhir_type_of(json_get_text(root, "resourceType"));
	const struct fhir_param *param = fhir_param_find(type, str_of(code));
	struct fhir_values v;

	buf_done(&b);
	buf_init(&b, 1 << 16);
	holds(param != NULL && param->indexed, code);
	assert_int_equal(fhir_extract(type, root, &r->a, &v, &r->p), RC_OK);
	for (size_t i = 0; i < v.n; i++) {
		const struct fhir_value *x = &v.at[i];

		if (x->param != param->no)
			continue;
		if (b.n > 0)
			buf_ch(&b, ' ');
		if (x->group > 0)
			buf_fmt(&b, "g%u.%u:", (unsigned)x->group, (unsigned)x->part);
		switch ((enum value_kind)x->kind) {
		case VALUE_STRING: buf_str(&b, x->a); break;
		case VALUE_URI:    buf_fmt(&b, "<%.*s>", STR_ARG(x->a)); break;
		case VALUE_TOKEN:
			buf_fmt(&b, "%.*s|%.*s", STR_ARG(x->a), STR_ARG(x->b));
			if (x->text.n > 0)
				buf_fmt(&b, "[%.*s]", STR_ARG(x->text));
			break;
		case VALUE_DATE:      buf_fmt(&b, "%lld..%lld", (long long)x->low, (long long)x->high); break;
		case VALUE_NUMBER:    buf_fmt(&b, "%g..%g", x->num_low, x->num_high); break;
		case VALUE_QUANTITY:  buf_fmt(&b, "%g..%g %.*s|%.*s", x->num_low, x->num_high, STR_ARG(x->a), STR_ARG(x->b)); break;
		case VALUE_REFERENCE: buf_fmt(&b, "%.*s=%s/%.*s", STR_ARG(x->a), fhir_type_name(x->ref_type), STR_ARG(x->ref_id)); break;
		}
	}
	return buf_view(&b);
}

#define P(rest) "{\"resourceType\":\"Patient\"," rest "}"
#define O(rest) "{\"resourceType\":\"Observation\",\"status\":\"final\"," rest "}"
#define SPECIAL "http://terminology.hl7.org/CodeSystem/special-values"

static const struct { const char *text, *code, *want; } T[] = {
	/* nothing to find */
	{ P("\"active\":true"), "name", "" },
	{ P("\"name\":[{\"use\":\"official\"}]"), "name", "" },
	{ P("\"managingOrganization\":{\"reference\":\"#o\"}"), "organization", "" },
	{ O("\"valueString\":\"a\""), "value-quantity", "" },
	{ O("\"code\":{\"text\":\"a\"}"), "code-value-quantity", "" },
	{ "{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":\"Group/1\"}}", "patient", "" },
	{ "{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":\"urn:uuid:c757873d-ec9a-4326-a141-556f43239520\"}}", "patient", "" },
	/* strings */
	{ P("\"name\":[{\"text\":\"T\",\"family\":\"F\",\"given\":[\"G\",null,\"H\"],\"prefix\":[\"P\"],\"suffix\":[\"S\"]},{\"family\":\"I\"}]"), "name", "T F G H P S I" },
	{ P("\"name\":[{\"family\":\"F\",\"given\":[\"G\",\"H\"]}]"), "given", "G H" },
	{ P("\"address\":[{\"line\":[\"l\"],\"city\":\"c\",\"postalCode\":\"p\",\"country\":\"f\",\"district\":\"d\",\"state\":\"s\",\"text\":\"t\",\"use\":\"home\"}]"), "address", "t l c d s p f" },
	{ O("\"valueCodeableConcept\":{\"text\":\"a\"}"), "value-string", "a" },
	/* tokens */
	{ P("\"active\":false"), "active", SPECIAL "|false" },
	{ P("\"gender\":\"female\""), "gender", "http://hl7.org/fhir/administrative-gender|female" },
	{ P("\"identifier\":[{\"system\":\"s\",\"value\":\"v\",\"type\":{\"text\":\"t\"}},{\"value\":\"w\"},{\"use\":\"old\"}]"), "identifier", "s|v[t] |w" },
	{ P("\"telecom\":[{\"system\":\"phone\",\"value\":\"01\"},{\"system\":\"email\",\"value\":\"a@b\"}]"), "phone", "phone|01" },
	{ P("\"telecom\":[{\"system\":\"phone\",\"value\":\"01\"},{\"system\":\"email\",\"value\":\"a@b\"}]"), "telecom", "phone|01 email|a@b" },
	{ P("\"active\":true"), "deceased", SPECIAL "|false" },
	{ P("\"deceasedBoolean\":false"), "deceased", SPECIAL "|false" },
	{ P("\"deceasedBoolean\":true"), "deceased", SPECIAL "|true" },
	{ P("\"deceasedDateTime\":\"2020\""), "deceased", SPECIAL "|true" },
	{ O("\"code\":{\"coding\":[{\"system\":\"s\",\"code\":\"c\",\"display\":\"d\"},{\"code\":\"e\"}],\"text\":\"t\"}"), "code", "s|c[d] |e[t]" },
	{ O("\"code\":{\"coding\":[{\"system\":\"s\",\"code\":\"c\",\"display\":\"d\"}],\"text\":\"t\"}"), "code", "s|c[d] |[t]" },
	{ O("\"code\":{\"text\":\"t\"}"), "code", "|[t]" },
	{ P("\"meta\":{\"tag\":[{\"system\":\"s\",\"code\":\"c\"}]}"), "_tag", "s|c" },
	{ P("\"communication\":[{\"language\":{\"coding\":[{\"code\":\"fr\"}]}}]"), "language", "|fr" },
	/* dates */
	{ P("\"deceasedDateTime\":\"1970-01-01T00:00:00Z\""), "death-date", "0..1000" },
	{ O("\"effectivePeriod\":{\"start\":\"1970-01-01T00:00:00Z\"}"), "date", "0..9223372036854775807" },
	{ O("\"effectivePeriod\":{\"end\":\"1970-01-01T00:00:00Z\"}"), "date", "-9223372036854775808..1000" },
	{ O("\"effectiveInstant\":\"1970-01-01T00:00:01Z\""), "date", "1000..2000" },
	{ O("\"effectiveTiming\":{\"event\":[\"1970-01-01T00:00:01Z\",\"1970-01-01T00:00:00Z\"]}"), "date", "0..2000" },
	{ O("\"effectiveTiming\":{\"repeat\":{\"boundsPeriod\":{\"start\":\"1970-01-01T00:00:00Z\",\"end\":\"1970-01-01T00:00:09Z\"}}}"), "date", "0..10000" },
	/* numbers and quantities */
	{ O("\"valueQuantity\":{\"value\":72,\"unit\":\"kg\"}"), "value-quantity", "71.5..72.5 |kg" },
	{ O("\"valueQuantity\":{\"value\":72.0,\"unit\":\"kilo\",\"system\":\"u\",\"code\":\"kg\"}"), "value-quantity", "71.95..72.05 u|kg" },
	{ O("\"valueQuantity\":{\"value\":5,\"comparator\":\"<\"}"), "value-quantity", "-inf..5.5 |" },
	{ O("\"valueQuantity\":{\"value\":5,\"comparator\":\">=\"}"), "value-quantity", "4.5..inf |" },
	{ O("\"valueSampledData\":{\"origin\":{\"value\":10,\"unit\":\"mV\"},\"period\":1,\"dimensions\":1,\"factor\":2,\"data\":\"1 E -3 U 4\"}"), "value-quantity", "4..18 |mV" },
	{ "{\"resourceType\":\"Condition\",\"onsetRange\":{\"low\":{\"value\":40,\"code\":\"a\",\"system\":\"u\"}}}", "onset-age", "39.5..inf u|a" },
	{ "{\"resourceType\":\"Invoice\",\"totalNet\":{\"value\":12.50,\"currency\":\"EUR\"}}", "totalnet", "12.495..12.505 urn:iso:std:iso:4217|EUR" },
	{ "{\"resourceType\":\"RiskAssessment\",\"prediction\":[{\"probabilityDecimal\":0.5}]}", "probability", "0.45..0.55" },
	/* references and addresses */
	{ "{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":\"Patient/1\"}}", "patient", "Patient/1=Patient/1" },
	{ "{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":\"Patient/1/_history/2\"}}", "subject", "Patient/1/_history/2=Patient/1" },
	{ "{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":\"http://a/Patient/1\"}}", "patient", "http://a/Patient/1=/" },
	{ "{\"resourceType\":\"Encounter\",\"subject\":{\"identifier\":{\"system\":\"s\",\"value\":\"v\"}}}", "subject", "s|v" },
	{ "{\"resourceType\":\"Encounter\",\"subject\":{\"reference\":\"urn:uuid:c757873d-ec9a-4326-a141-556f43239520\",\"type\":\"Patient\"}}", "patient", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520=/" },
	{ "{\"resourceType\":\"QuestionnaireResponse\",\"questionnaire\":\"http://a|2\"}", "questionnaire", "http://a|2=/ http://a=/" },
	{ "{\"resourceType\":\"ValueSet\",\"url\":\"http://a\"}", "url", "<http://a>" },
	{ P("\"meta\":{\"profile\":[\"http://a|2\"]}"), "_profile", "<http://a|2> <http://a>" },
	{ "{\"resourceType\":\"Library\",\"relatedArtifact\":[{\"type\":\"depends-on\",\"resource\":\"http://a\"},{\"type\":\"successor\",\"resource\":\"http://b\"}]}", "depends-on", "http://a=/" },
	/* composites */
	{ O("\"code\":{\"coding\":[{\"system\":\"s\",\"code\":\"c\"}]},\"valueQuantity\":{\"value\":1,\"unit\":\"u\"}"), "code-value-quantity", "g1.0:s|c g1.1:0.5..1.5 |u" },
	{ O("\"component\":[{\"code\":{\"text\":\"a\"},\"valueQuantity\":{\"value\":1}},{\"code\":{\"text\":\"b\"}},{\"code\":{\"text\":\"c\"},\"valueQuantity\":{\"value\":2}}]"),
	  "component-code-value-quantity", "g1.0:|[a] g1.1:0.5..1.5 | g2.0:|[c] g2.1:1.5..2.5 |" },
	{ O("\"code\":{\"text\":\"z\"},\"valueQuantity\":{\"value\":9},\"component\":[{\"code\":{\"text\":\"a\"},\"valueQuantity\":{\"value\":1}}]"),
	  "combo-code-value-quantity", "g1.0:|[z] g1.1:8.5..9.5 | g2.0:|[a] g2.1:0.5..1.5 |" },
};

static void each_datatype_gives_the_values_that_the_standard_says(void **state)
{
	struct room *r = *state;

	for (size_t i = 0; i < COUNT(T); i++) {
		arena_reset(&r->a);
		same_text(lines_of(r, T[i].text, T[i].code), T[i].want, T[i].text);
	}
}

static void a_full_arena_is_a_limit(void **state)
{
	struct room *r = *state;
	const struct json *root = parsed(r, STR(P("\"name\":[{\"family\":\"a\"}]")));
	struct arena small;
	struct fhir_values v;

	arena_init(&small, 64);
	assert_int_equal(fhir_extract(fhir_type_of(STR("Patient")), root, &small, &v, &r->p), RC_LIMIT);
	arena_done(&small);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		CASE("a full arena is a limit", a_full_arena_is_a_limit),
		CASE("each datatype gives the values that the standard says", each_datatype_gives_the_values_that_the_standard_says),
	};
	struct room r = { 0 };
	int failed;

	arena_init(&r.a, 1 << 22);
	for (size_t i = 0; i < COUNT(tests); i++)
		tests[i].initial_state = &r;
	failed = cmocka_run_group_tests_name("fhir/extract", tests, NULL, NULL);
	arena_done(&r.a);
	return failed;
}
