/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/around.c and wishes.c: the people around a patient in FR Core form, one trusted person at a time, nothing else of the record touched; dated wishes, of which the newest counts. */
#include "house.h"

#define NOS "https://mos.esante.gouv.fr/NOS/"
#define CATEGORY FRC "StructureDefinition/fr-core-patient-contact-relationship-category"

static void someone(void)
{
	actor(ROLE_NURSE, 7, "p1", "u1");
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
}

static const char *version(void)
{
	assert_int_equal(view("people_around", "patient", "a", NULL), RC_OK);
	return getz("around_state", 0, "version");
}

static enum rc add_named(const char *once, const char *family, const char *given, const char *phone, const char *role, const char *relation)
{
	const char *seen = version();
	return act("around_put", "patient", "a", "once", once, "version", seen, "family", family, "given", given, "phone", phone, "role", role, "relation", relation, NULL);
}

static enum rc add(const char *once, const char *family, const char *role) { return add_named(once, family, "Paul", "06 39 98 00 01", role, "SONC"); }

static const char *ref_named(const char *family)
{
	assert_int_equal(view("people_around", "patient", "a", NULL), RC_OK);
	return getz("around", row_with("around", "family", family), "ref");
}

static unsigned standing(void)
{
	unsigned n = 0;
	assert_int_equal(view("people_around", "patient", "a", NULL), RC_OK);
	for (unsigned i = 0; i < count("around"); i++)
		if (!has("around", i, "over"))
			n++;
	return n;
}

static void somebody_is_added_in_fr_core_form(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add_named("form1", "Durand", "Paul", "06 39 98 00 01", "ECON", "SONC"), RC_OK);
	const char *body = house_stored("Patient", "a");
	house_holds(body, "{\"extension\":[{\"url\":\"" CATEGORY "\",\"valueCode\":\"role\"}],\"coding\":[{\"system\":\"" NOS "TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass\",\"code\":\"ECON\",\"display\":\"personne à prévenir en cas d'urgence\"}]}");
	house_holds(body, "{\"extension\":[{\"url\":\"" CATEGORY "\",\"valueCode\":\"relationType\"}],\"coding\":[{\"system\":\"" NOS "TRE_R216-HL7RoleCode/FHIR/TRE-R216-HL7RoleCode\",\"code\":\"SONC\",\"display\":\"Fils\"}]}");
	house_holds(body, "\"name\":{\"family\":\"Durand\",\"given\":[\"Paul\"]},\"telecom\":[{\"system\":\"phone\",\"value\":\"06 39 98 00 01\"}],\"period\":{\"start\":\"2026-11-18T10:00:00+01:00\"}");
	assert_int_equal(add_named("form2", "Martin", "", "", "TUTEUR", ""), RC_OK);
	house_holds(house_stored("Patient", "a"), "\"system\":\"" NOS "TRE_R217-ProtectionJuridique/FHIR/TRE-R217-ProtectionJuridique\",\"code\":\"TUTEUR\"");
	assert_int_equal(view("people_around", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("around"), 2);
	assert_string_equal(getz("around", 0, "name"), "DURAND, Paul");
	assert_string_equal(getz("around", 0, "phone"), "06 39 98 00 01");
	assert_string_equal(getz("around", 0, "role"), "ECON");
	assert_string_equal(getz("around", 0, "relation"), "SONC");
	assert_string_equal(getz("around", 1, "name"), "MARTIN");
	assert_false(has("around", 1, "relation") || has("around", 1, "phone") || has("around_state", 0, "trusted"));
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("people"), 0);
}

static size_t alone(void)
{
	assert_int_equal(view("people_around", "patient", "a", NULL), RC_OK);
	return count("around_alone");
}

static void a_minor_whom_nobody_represents_is_told_of(void **s)
{
	(void)s;
	actor(ROLE_NURSE, 7, "p1", "u1");
	patient("a", "Durand", "Marie", "2008-11-19", "female", "VALI", NULL);
	assert_int_equal(alone(), 1);
	assert_int_equal(add("form1", "Tante", "ECON"), RC_OK); /* to be told is not to represent */
	assert_int_equal(alone(), 1);
	assert_int_equal(add("form2", "Mere", "GUARD"), RC_OK);
	assert_int_equal(alone(), 0);
	const char *ref = ref_named("Mere"), *seen = version();
	assert_int_equal(act("around_end", "patient", "a", "version", seen, "ref", ref, NULL), RC_OK);
	assert_int_equal(alone(), 1);
	house_now(NOON + DAY); /* eighteen */
	assert_int_equal(alone(), 0);
	house_now(NOON);
}

static void somebody_of_age_or_of_unknown_age_is_not_asked_for_a_representative(void **s)
{
	(void)s;
	someone();
	assert_int_equal(alone(), 0);
	patient("a", "Durand", "Marie", "2015", "female", "PROV", NULL);
	assert_int_equal(alone(), 0);
}

static void one_form_is_one_person_and_a_version_that_was_not_seen_is_not_written_over(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "Durand", "ECON"), RC_OK);
	assert_false(has("person", 0, "again"));
	assert_int_equal(act("around_put", "patient", "a", "once", "form1", "version", "1", "family", "Durand", "given", "Paul", "phone", "06 39 98 00 01", "role", "ECON", "relation", "SONC", NULL), RC_OK);
	assert_true(has("person", 0, "again"));
	assert_int_equal(act("around_put", "patient", "a", "once", "form1", "version", "2", "family", "Autre", "role", "ECON", NULL), RC_CONFLICT);
	assert_why(WHY_CARE_SENT);
	assert_int_equal(act("around_put", "patient", "a", "once", "form2", "version", "1", "family", "Autre", "role", "ECON", NULL), RC_PRECONDITION);
	assert_why(WHY_VERSION_CONFLICT);
	assert_int_equal(act("around_put", "patient", "a", "once", "form2", "family", "Autre", "role", "ECON", NULL), RC_PRECONDITION);
	assert_int_equal(act("around_end", "patient", "a", "version", "1", "ref", ref_named("Durand"), NULL), RC_PRECONDITION);
	assert_int_equal(standing(), 1);
}

static void there_is_one_trusted_person_and_a_new_one_says_whose_place_it_takes(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "Durand", "NOK"), RC_OK);
	assert_false(has("person", 0, "replaced"));
	assert_int_equal(add("form2", "Martin", "NOK"), RC_OK);
	assert_string_equal(getz("person", 0, "replaced"), "DURAND, Paul");
	assert_int_equal(view("people_around", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("around_state", 0, "trusted"), "MARTIN, Paul");
	assert_true(has("around", 0, "over") && has("around", 0, "until_at") && !has("around", 1, "over"));
	assert_int_equal(add("form3", "Petit", "ECON"), RC_OK);
	const char *ref = ref_named("Petit"), *seen = version();
	assert_int_equal(act("around_put", "patient", "a", "once", "form4", "version", seen, "ref", ref, "family", "Petit", "given", "Paul", "phone", "06 39 98 00 01", "role", "NOK", "relation", "SONC", NULL), RC_OK);
	assert_string_equal(getz("person", 0, "replaced"), "MARTIN, Paul");
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("people", 0, "trusted"), "PETIT, Paul");
	assert_string_equal(getz("people", 0, "trusted_phone"), "06 39 98 00 01");
	assert_int_equal(standing(), 1);
}

#define THEIRS "{\"extension\":[{\"url\":\"urn:x\",\"valueDecimal\":1.50}],\"relationship\":[{\"coding\":[{\"system\":\"" NOS "TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass\",\"code\":\"QUAL\"}]},{\"text\":\"marraine\"}]," \
	"\"name\":{\"prefix\":[\"Mme\"],\"family\":\"Loin\",\"given\":[\"Anne\",\"Lise\"]},\"telecom\":[{\"system\":\"email\",\"value\":\"a@exemple.test\"},{\"use\":\"work\",\"system\":\"phone\",\"value\":\"01 99 00 00 01\"}]," \
	"\"address\":{\"text\":\"3\\u00a0rue\"},\"period\":{\"start\":\"2020-01\"}}"

static void what_another_system_wrote_stays_byte_for_byte_but_for_what_the_form_says(void **s)
{
	(void)s;
	someone();
	put("{\"contact\":[" THEIRS "],\"resourceType\":\"Patient\",\"id\":\"a\",\"multipleBirthInteger\":2,\"name\":[{\"family\":\"Du\\u0072and\",\"use\":\"official\"}],\"extension\":[{\"url\":\"urn:y\",\"valueDecimal\":0.10}],\"gender\":\"female\"}");
	assert_int_equal(view("people_around", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("around", 0, "ref"), "at-0");
	assert_string_equal(getz("around", 0, "role"), "NOK");
	assert_string_equal(getz("around_state", 0, "trusted"), "LOIN, Anne");
	assert_int_equal(add("form1", "Proche", "ECON"), RC_OK);
	const char *body = house_stored("Patient", "a");
	house_holds(body, THEIRS);
	house_holds(body, "\"multipleBirthInteger\":2,\"name\":[{\"family\":\"Du\\u0072and\",\"use\":\"official\"}],\"extension\":[{\"url\":\"urn:y\",\"valueDecimal\":0.10}],\"gender\":\"female\"");
	const char *seen = version();
	assert_int_equal(act("around_put", "patient", "a", "once", "form2", "version", seen, "ref", "at-0", "family", "Loin", "given", "Anne", "phone", "01 99 00 00 02", "role", "NOK", NULL), RC_OK);
	body = house_stored("Patient", "a");
	house_holds(body, "{\"extension\":[{\"url\":\"urn:x\",\"valueDecimal\":1.50}],\"relationship\":[{\"coding\":[{\"system\":\"" NOS "TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass\",\"code\":\"QUAL\"}]},{\"text\":\"marraine\"}],\"name\":{\"prefix\":[\"Mme\"],\"family\":\"Loin\",\"given\":[\"Anne\",\"Lise\"]}");
	house_holds(body, "\"telecom\":[{\"system\":\"email\",\"value\":\"a@exemple.test\"},{\"system\":\"phone\",\"value\":\"01 99 00 00 02\"}]");
	seen = version();
	assert_int_equal(act("around_put", "patient", "a", "once", "form3", "version", seen, "ref", "at-0", "family", "Loin", "given", "Anne", "phone", "01 99 00 00 02", "role", "NOK", "relation", "FRND", NULL), RC_OK);
	house_holds(house_stored("Patient", "a"), "\"code\":\"QUAL\"}]},{\"text\":\"marraine\"},{\"extension\":[{\"url\":\"" CATEGORY "\",\"valueCode\":\"relationType\"}]");
	assert_int_equal(add("form4", "Neuve", "NOK"), RC_OK);
	assert_string_equal(getz("person", 0, "replaced"), "LOIN, Anne");
	house_holds(house_stored("Patient", "a"), "\"period\":{\"start\":\"2020-01\",\"end\":\"2026-11-18T10:00:00+01:00\"}");
}

static void who_ended_stays_in_the_list_and_ends_once(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "Durand", "ECON"), RC_OK);
	const char *ref = ref_named("Durand"), *seen = version();
	assert_int_equal(act("around_end", "patient", "a", "version", seen, "ref", ref, NULL), RC_OK);
	assert_int_equal(standing(), 0);
	assert_int_equal(count("around"), 1);
	assert_true(has("around", 0, "until_at"));
	seen = version();
	assert_int_equal(act("around_end", "patient", "a", "version", seen, "ref", ref, NULL), RC_CONFLICT);
	assert_why(WHY_AROUND_GONE);
	assert_int_equal(act("around_put", "patient", "a", "once", "form2", "version", seen, "ref", ref, "family", "Durand", "role", "ECON", NULL), RC_CONFLICT);
	assert_why(WHY_AROUND_GONE);
	assert_int_equal(act("around_put", "patient", "a", "once", "form2", "version", seen, "ref", "none", "family", "Durand", "role", "ECON", NULL), RC_CONFLICT);
	assert_int_equal(act("around_end", "patient", "a", "version", seen, "ref", "at-7", NULL), RC_CONFLICT);
}

static void ten_stand_and_of_those_who_ended_twenty_stay(void **s)
{
	(void)s;
	char once[16], family[16];
	someone();
	for (int i = 0; i < 10; i++) {
		snprintf(once, sizeof once, "form%d", i);
		snprintf(family, sizeof family, "Nom%c", 'a' + i);
		assert_int_equal(add(once, family, i == 0 ? "NOK" : "ECON"), RC_OK);
	}
	assert_int_equal(add("form10", "Nomk", "ECON"), RC_CONFLICT);
	assert_why(WHY_AROUND_MOST);
	for (int i = 0; i < 23; i++) { /* each takes the place of the one before */
		snprintf(once, sizeof once, "next%d", i);
		snprintf(family, sizeof family, "Suite%c", 'a' + i);
		assert_int_equal(add(once, family, "NOK"), RC_OK);
	}
	assert_int_equal(standing(), 10);
	assert_int_equal(count("around"), 30);
	assert_false(any_row("around", "family", "Noma"));
	assert_true(any_row("around", "family", "Suitew") && any_row("around", "family", "Nomb") && any_row("around", "family", "Suitec") && !any_row("around", "family", "Suiteb"));
}

static void a_name_has_a_letter_and_hostile_words_are_words(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "...", "ECON"), RC_BAD_INPUT);
	assert_why(WHY_NAME_LETTERS);
	assert_string_equal(H.p.where, "family");
	assert_int_equal(add_named("form1", "Durand", "-- 1", "", "ECON", ""), RC_BAD_INPUT);
	assert_string_equal(H.p.where, "given");
	assert_int_equal(add_named("form1", "O'\"Neil\\<b>", "محمد", "',--\"", "ECON", "FRND"), RC_OK);
	assert_int_equal(view("people_around", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("around", 0, "family"), "O'\"Neil\\<b>");
	assert_string_equal(getz("around", 0, "given"), "محمد");
	assert_string_equal(getz("around", 0, "phone"), "',--\"");
}

static void the_traits_are_corrected_beside_them(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "Durand", "NOK"), RC_OK);
	assert_int_equal(act("patient_edit", "patient", "a", "version", "2", "city", "Nantes", NULL), RC_OK);
	assert_int_equal(standing(), 1);
	assert_string_equal(getz("around_state", 0, "version"), "3");
}

/* ---- wishes ---- */

static enum rc said(const char *once, const char *directives, const char *kept, const char *organs, const char *day)
{
	return act("wishes_record", "patient", "a", "once", once, "directives", directives, "kept", kept, "organs", organs, "said_by", "patient", "day", day, "time", day[0] ? "8" : "", NULL);
}

static const char *counts(const char *what)
{
	assert_int_equal(view("wishes", "patient", "a", NULL), RC_OK);
	for (unsigned i = 0; i < count("wishes"); i++)
		if (has("wishes", i, "counts") && str_eq(get("wishes", i, "what"), what))
			return getz("wishes", i, "says");
	return "";
}

static bool in_force(const char *id) { return strstr(house_stored("Consent", id), "\"status\":\"active\"") != NULL; }

/* The only Consent that says where. */
static const char *consent_with(const char *kept)
{
	static char id[80];
	struct record_row row;
	id[0] = '\0';
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	for (int64_t rid = 1; rid < 60 && !id[0]; rid++)
		if (record_by_rid(H.c, rid, &row, &H.p) == RC_OK && row.type == fhir_type_of(STR("Consent")) && memmem(row.body.p, row.body.n, kept, strlen(kept)))
			snprintf(id, sizeof id, "%.*s", (int)row.id.n, row.id.p);
	db_end(H.c);
	assert_true(id[0]);
	return id;
}

static void nothing_said_is_no_answer(void **s)
{
	(void)s;
	someone();
	assert_int_equal(view("wishes", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("wishes"), 0);
	assert_int_equal(said("form1", "", "", "", ""), RC_BAD_INPUT);
	assert_why(WHY_FIELD_REQUIRED);
	assert_int_equal(said("form1", "exist", "  ", "", ""), RC_BAD_INPUT);
	assert_why(WHY_FIELD_REQUIRED);
	assert_string_equal(H.p.where, "kept");
	assert_int_equal(said("form1", "none", "au coffre", "", ""), RC_BAD_INPUT);
	assert_why(WHY_WISHES_KEPT);
	assert_int_equal(said("form1", "none", "", "", "2026-11-19"), RC_BAD_INPUT);
	assert_why(WHY_CARE_FUTURE);
}

static void the_newest_word_counts_and_older_ones_stay(void **s)
{
	(void)s;
	someone();
	assert_int_equal(said("form1", "none", "", "not_asked", "2026-11-10"), RC_OK);
	assert_int_equal(row_i64(nth("recorded", 0), "n"), 2);
	assert_string_equal(counts("directives"), "none");
	assert_string_equal(counts("organs"), "not_asked");
	assert_int_equal(said("form2", "exist", "chez sa fille", "", "2026-11-12"), RC_OK);
	assert_string_equal(counts("directives"), "exist");
	char first[80];
	snprintf(first, sizeof first, "%s", consent_with("chez sa fille"));
	assert_true(in_force(first));
	const char *body = house_stored("Consent", first);
	house_holds(body, "\"scope\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/consentscope\",\"code\":\"adr\"}]}");
	house_holds(body, "\"code\":\"acd\"");
	house_holds(body, "{\"url\":\"urn:hygie:wishes:said-by\",\"valueCode\":\"patient\"}");
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_true(has("people", 0, "directives") && !has("people", 0, "trusted"));
	assert_string_equal(getz("people", 0, "kept"), "chez sa fille");
	assert_int_equal(said("form3", "exist", "avant elle", "refusal", "2026-11-11"), RC_OK); /* told later, of an earlier day */
	assert_false(in_force(consent_with("avant elle")));
	assert_true(in_force(first));
	assert_string_equal(counts("organs"), "refusal");
	assert_int_equal(view("wishes", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("wishes", 0, "kept"), "chez sa fille");
	assert_true(has("wishes", 0, "counts") && !has("wishes", row_with("wishes", "kept", "avant elle"), "counts"));
	assert_string_equal(getz("wishes", 0, "said_by"), "patient");
	assert_int_equal(said("form4", "unknown", "", "", ""), RC_OK);
	assert_string_equal(counts("directives"), "unknown");
	assert_false(in_force(first));
	assert_int_equal(count("wishes"), 6);
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("people"), 0);
}

static enum rc struck(const char *id, const char *version, const char *consent) { return act("wish_strike", "patient", "a", "id", id, "version", version, "consent", consent, NULL); }

static void a_word_that_was_a_slip_is_struck_out_and_the_one_before_counts_again(void **s)
{
	(void)s;
	char first[80], slip[80], version[20];
	someone();
	patient("b", "Martin", "Paul", "1960-01-01", "male", "VALI", NULL);
	assert_int_equal(said("form1", "exist", "chez sa fille", "no_refusal", "2026-11-10"), RC_OK);
	snprintf(first, sizeof first, "%s", consent_with("chez sa fille"));
	assert_int_equal(said("form2", "none", "", "refusal", "2026-11-12"), RC_OK);
	assert_false(in_force(first));
	assert_string_equal(counts("directives"), "none");
	unsigned at = row_with("wishes", "says", "none");
	snprintf(slip, sizeof slip, "%s", getz("wishes", at, "id"));
	snprintf(version, sizeof version, "%s", getz("wishes", at, "version"));
	assert_int_equal(struck(slip, "7", ""), RC_PRECONDITION);
	assert_int_equal(act("wish_strike", "patient", "b", "id", slip, "version", version, NULL), RC_NOT_FOUND);
	assert_int_equal(struck(slip, version, ""), RC_OK);
	assert_string_equal(counts("directives"), "exist");
	assert_true(in_force(first));
	assert_string_equal(counts("organs"), "refusal"); /* its own word */
	assert_int_equal(view("wishes", "patient", "a", NULL), RC_OK);
	at = row_with("wishes", "says", "none");
	assert_true(has("wishes", at, "struck") && !has("wishes", at, "id"));
	assert_int_equal(struck(slip, "2", ""), RC_CONFLICT);
	assert_why(WHY_CARE_STRUCK);
	assert_string_equal(counts("directives"), "exist");
	at = row_with("wishes", "says", "exist");
	assert_true(has("wishes", at, "consent"));
	snprintf(version, sizeof version, "%s", getz("wishes", at, "version"));
	assert_int_equal(struck(first, version, "1"), RC_OK);
	assert_string_equal(counts("directives"), ""); /* nothing was ever said */
	assert_false(in_force(first));
	house_holds(house_stored("Consent", first), "\"status\":\"entered-in-error\"");
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("people"), 0);
	assert_int_equal(said("form3", "exist", "au coffre", "", "2026-11-13"), RC_OK);
	assert_string_equal(counts("directives"), "exist");
}

static void no_other_entry_is_struck_out_as_a_word(void **s)
{
	(void)s;
	someone();
	put("{\"resourceType\":\"Observation\",\"id\":\"pulse\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8867-4\"}]},\"subject\":{\"reference\":\"Patient/a\"},\"effectiveDateTime\":\"2026-11-10T08:00:00+01:00\",\"valueQuantity\":{\"value\":80,\"unit\":\"/min\"}}");
	put("{\"resourceType\":\"Consent\",\"id\":\"theirs\",\"status\":\"active\",\"scope\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/consentscope\",\"code\":\"adr\"}]},\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/consentcategorycodes\",\"code\":\"acd\"}]}],\"patient\":{\"reference\":\"Patient/a\"},\"dateTime\":\"2026-11-10\",\"policyRule\":{\"text\":\"x\"}}");
	assert_int_equal(struck("pulse", "1", ""), RC_NOT_FOUND);
	assert_int_equal(act("pregnancy_strike", "patient", "a", "id", "pulse", "version", "1", NULL), RC_NOT_FOUND);
	assert_int_equal(struck("theirs", "1", "1"), RC_NOT_FOUND);
	assert_string_equal(counts("directives"), "exist");
	assert_false(has("wishes", 0, "id"));
}

static void an_answer_on_pregnancy_that_was_a_slip_is_not_known_again(void **s)
{
	(void)s;
	char id[80], version[20];
	someone();
	assert_int_equal(act("pregnancy_record", "patient", "a", "once", "preg1", "pregnancy", "yes", NULL), RC_OK);
	assert_int_equal(view("pregnancy", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("pregnancy", 0, "says"), "yes");
	snprintf(id, sizeof id, "%s", getz("pregnancy_said", 0, "id"));
	snprintf(version, sizeof version, "%s", getz("pregnancy_said", 0, "version"));
	assert_int_equal(act("pregnancy_strike", "patient", "a", "id", id, "version", version, NULL), RC_OK);
	assert_int_equal(view("pregnancy", "patient", "a", NULL), RC_OK);
	assert_false(has("pregnancy", 0, "says"));
	assert_true(has("pregnancy_said", 0, "struck") && !has("pregnancy_said", 0, "id"));
	assert_int_equal(act("pregnancy_strike", "patient", "a", "id", id, "version", "2", NULL), RC_CONFLICT);
}

static void the_same_form_twice_is_one_word(void **s)
{
	(void)s;
	someone();
	assert_int_equal(said("form1", "exist", "au coffre", "no_refusal", ""), RC_OK);
	assert_false(has("recorded", 0, "again"));
	assert_int_equal(said("form1", "exist", "au coffre", "no_refusal", ""), RC_OK);
	assert_true(has("recorded", 0, "again"));
	assert_int_equal(said("form1", "exist", "ailleurs", "", ""), RC_CONFLICT);
	assert_why(WHY_CARE_SENT);
	assert_int_equal(said("form1", "none", "", "", ""), RC_CONFLICT);
	assert_int_equal(view("wishes", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("wishes"), 2);
}

static void what_another_system_says_of_directives_is_read_and_left_as_it_is(void **s)
{
	(void)s;
	someone();
	static const char *const STATES[] = { "draft", "entered-in-error", "active" };
	for (int i = 0; i < 3; i++)
		putf(0, "{\"resourceType\":\"Consent\",\"id\":\"c%d\",\"status\":\"%s\",\"scope\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/consentscope\",\"code\":\"adr\"}]},"
			"\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/consentcategorycodes\",\"code\":\"dnr\"}]}],\"patient\":{\"reference\":\"Patient/a\"},\"dateTime\":\"2026-11-1%d\",\"policyRule\":{\"text\":\"x\"}}", i, STATES[i], 5 - i);
	assert_string_equal(counts("directives"), "exist");
	assert_int_equal(count("wishes"), 2); /* an error of entry is readable, struck out */
	assert_true(has("wishes", 0, "struck") && !has("wishes", 0, "counts") && !has("wishes", 1, "struck"));
	assert_int_equal(said("form1", "none", "", "", ""), RC_OK);
	assert_string_equal(counts("directives"), "none");
	assert_true(in_force("c2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(somebody_is_added_in_fr_core_form),
		HOUSE_TEST(a_minor_whom_nobody_represents_is_told_of),
		HOUSE_TEST(somebody_of_age_or_of_unknown_age_is_not_asked_for_a_representative),
		HOUSE_TEST(one_form_is_one_person_and_a_version_that_was_not_seen_is_not_written_over),
		HOUSE_TEST(there_is_one_trusted_person_and_a_new_one_says_whose_place_it_takes),
		HOUSE_TEST(what_another_system_wrote_stays_byte_for_byte_but_for_what_the_form_says),
		HOUSE_TEST(who_ended_stays_in_the_list_and_ends_once),
		HOUSE_TEST(ten_stand_and_of_those_who_ended_twenty_stay),
		HOUSE_TEST(a_name_has_a_letter_and_hostile_words_are_words),
		HOUSE_TEST(the_traits_are_corrected_beside_them),
		HOUSE_TEST(nothing_said_is_no_answer),
		HOUSE_TEST(the_newest_word_counts_and_older_ones_stay),
		HOUSE_TEST(a_word_that_was_a_slip_is_struck_out_and_the_one_before_counts_again),
		HOUSE_TEST(no_other_entry_is_struck_out_as_a_word),
		HOUSE_TEST(an_answer_on_pregnancy_that_was_a_slip_is_not_known_again),
		HOUSE_TEST(the_same_form_twice_is_one_word),
		HOUSE_TEST(what_another_system_says_of_directives_is_read_and_left_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
