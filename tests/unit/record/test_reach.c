/* SPDX-License-Identifier: Apache-2.0 */
/* test_reach.c: searches that look beyond one resource: chains, _has, lists, includes; and what is found by value sets, address trees, typed identifiers. */
#include "base.h"

static struct base b;

#define REF(type, id) "{\"reference\":\"" type "/" id "\"}"

static int setup(void **s)
{
	(void)s;
	base_new(&b);
	put(&b, "org", "{\"resourceType\":\"Organization\",\"id\":\"org\",\"name\":\"CHU\"}");
	put(&b, "ward", "{\"resourceType\":\"Organization\",\"id\":\"ward\",\"name\":\"Cardiologie\",\"partOf\":" REF("Organization", "org") "}");
	put(&b, "far", "{\"resourceType\":\"Organization\",\"id\":\"far\",\"name\":\"Autre maison\"}");
	put(&b, "dr", "{\"resourceType\":\"Practitioner\",\"id\":\"dr\",\"name\":[{\"family\":\"Martin\"}]}");
	put(&b, "dr2", "{\"resourceType\":\"Practitioner\",\"id\":\"dr2\",\"name\":[{\"family\":\"Bernard\"}]}");
	put(&b, "p1", "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"gender\":\"female\",\"name\":[{\"family\":\"Durand\"}],\"managingOrganization\":" REF("Organization", "ward") ","
		"\"generalPractitioner\":[" REF("Practitioner", "dr") "],\"identifier\":[{\"type\":{\"coding\":[{\"system\":\"urn:t\",\"code\":\"MR\"}]},\"system\":\"urn:a\",\"value\":\"7\"},{\"system\":\"urn:b\",\"value\":\"8\"}]}");
	put(&b, "p2", "{\"resourceType\":\"Patient\",\"id\":\"p2\",\"gender\":\"male\",\"name\":[{\"family\":\"Petit\"}],\"managingOrganization\":" REF("Organization", "far") ","
		"\"identifier\":[{\"type\":{\"coding\":[{\"system\":\"urn:t\",\"code\":\"SS\"}]},\"system\":\"urn:a\",\"value\":\"7\"}]}");
	put(&b, "p3", "{\"resourceType\":\"Patient\",\"id\":\"p3\",\"name\":[{\"family\":\"Durand\"}],\"link\":[{\"other\":" REF("Patient", "p1") ",\"type\":\"seealso\"}]}");
	put(&b, "g", "{\"resourceType\":\"Group\",\"id\":\"g\",\"type\":\"person\",\"actual\":true,\"identifier\":[{\"value\":\"7\"}]}");
	put(&b, "e1", "{\"resourceType\":\"Encounter\",\"id\":\"e1\",\"status\":\"in-progress\",\"class\":{\"code\":\"IMP\"},\"subject\":" REF("Patient", "p1") ",\"participant\":[{\"individual\":" REF("Practitioner", "dr2") "}]}");
	put(&b, "e2", "{\"resourceType\":\"Encounter\",\"id\":\"e2\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":" REF("Patient", "p2") "}");
	put(&b, "e3", "{\"resourceType\":\"Encounter\",\"id\":\"e3\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":" REF("Group", "g") "}");
	static const struct { const char *id, *code, *subject, *more; } OBS[] = {
		{ "o1", "x", "Patient/p1", ",\"encounter\":" REF("Encounter", "e1") ",\"performer\":[" REF("Practitioner", "dr") "]" },
		{ "o2", "y", "Patient/p1", ",\"hasMember\":[" REF("Observation", "o1") "]" },
		{ "o3", "x", "Patient/p2", ",\"encounter\":" REF("Encounter", "e2") ",\"hasMember\":[" REF("Observation", "o2") "]" },
		{ "o4", "x", "Group/g", ",\"encounter\":{\"reference\":\"Encounter/gone\"}" },
	};
	for (size_t i = 0; i < 4; i++) {
		char body[700];
		snprintf(body, sizeof body, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"urn:c\",\"code\":\"%s\"}]},\"subject\":{\"reference\":\"%s\"}%s}",
			OBS[i].id, OBS[i].code, OBS[i].subject, OBS[i].more);
		put(&b, OBS[i].id, body);
	}
	put(&b, "l1", "{\"resourceType\":\"List\",\"id\":\"l1\",\"status\":\"current\",\"mode\":\"working\",\"subject\":" REF("Patient", "p1") ",\"entry\":[{\"item\":" REF("Patient", "p1") "},{\"item\":" REF("Observation", "o3") "},{\"item\":{\"reference\":\"Patient/nobody\"}}]}");
	put(&b, "l2", "{\"resourceType\":\"List\",\"id\":\"l2\",\"status\":\"current\",\"mode\":\"working\",\"entry\":[{\"item\":" REF("Patient", "p3") "}]}");
	static const char *const URL[] = { "http://x.example/fhir/vs/one", "http://x.example/fhir/vs", "http://x.example/fhirworks/vs", "urn:oid:1.2.3" };
	for (int i = 0; i < 4; i++) {
		char body[300], id[8];
		snprintf(id, sizeof id, "v%d", i + 1);
		snprintf(body, sizeof body, "{\"resourceType\":\"ValueSet\",\"id\":\"%s\",\"url\":\"%s\",\"status\":\"%s\"}", id, URL[i], i == 3 ? "draft" : "active");
		put(&b, id, body);
	}
	return 0;
}
static int teardown(void **s) { (void)s; base_end(&b); return 0; }

static const struct { const char *type, *query, *ids; } FOUND[] = {
	/* chains */
	{ "Observation", "subject:Patient.organization.name=cardio",           "o1 o2" },
	{ "Observation", "subject:Patient.organization.partof.name=chu",       "o1 o2" },
	{ "Observation", "subject:Patient.organization.partof._id=org",        "o1 o2" },
	{ "Observation", "patient.organization.partof:missing=true",           "o3" },
	{ "Observation", "subject.identifier=7",                               "o1 o2 o3 o4" },      /* of Patients and of the Group */
	{ "Observation", "subject:Group.identifier=7",                         "o4" },
	{ "Observation", "subject.gender=female",                              "o1 o2" },
	{ "Observation", "encounter.subject:Patient.name=durand",              "o1" },
	{ "Observation", "encounter.patient.general-practitioner:Practitioner.name=martin", "o1" },
	{ "Observation", "has-member.has-member.code=x",                       "o3" },
	{ "Observation", "has-member.has-member.has-member.code=x",            "" },
	{ "Observation", "patient.name=nobody",                                "" },
	{ "Observation", "patient.name=durand&code=x",                         "o1" },
	{ "Observation", "patient.name=durand,petit&code:not=x",               "o2" },
	/* _has */
	{ "Patient", "_has:Observation:patient:code=x",                        "p1 p2" },
	{ "Patient", "_has:Observation:patient:code=urn:c|y",                  "p1" },
	{ "Patient", "_has:Observation:patient:code=x&_has:Observation:patient:code=y", "p1" },
	{ "Patient", "_has:Observation:patient:code=z",                        "" },
	{ "Patient", "_has:Observation:patient:_id=o3",                        "p2" },
	{ "Patient", "_has:Observation:patient:code:not=x",                    "p1" },
	{ "Patient", "_has:Patient:link:name=durand",                          "p1" },
	{ "Patient", "_has:Encounter:patient:_has:Observation:encounter:code=x", "p1 p2" },
	{ "Patient", "_has:Encounter:patient:_has:Observation:encounter:performer:Practitioner.name=martin", "p1" },
	{ "Patient", "_has:Observation:patient:encounter.class=AMB",           "p2" },
	{ "Practitioner", "_has:Patient:general-practitioner:organization.name=cardio", "dr" },
	{ "Observation", "patient._has:Encounter:patient:class=AMB",           "o3" },
	{ "Organization", "_has:Patient:organization:_has:Observation:patient:code=y", "ward" },
	{ "Patient", "_has:Observation:patient:code=x&gender=male",            "p2" },
	/* lists */
	{ "Patient", "_list=l1",                                               "p1" },
	{ "Patient", "_list=l1,l2",                                            "p1 p3" },
	{ "Observation", "_list=l1",                                           "o3" },
	{ "Encounter", "_list=l1",                                             "" },
	{ "Patient", "_list=none",                                             "" },
	{ "Patient", "_list=l1,l2&name=durand&gender:missing=true",            "p3" },
	/* value sets */
	{ "Patient", "gender:in=http://hl7.org/fhir/ValueSet/administrative-gender", "p1 p2" },
	{ "Patient", "gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender", "p3" },
	{ "Encounter", "status:in=http://hl7.org/fhir/ValueSet/encounter-status&class=AMB", "e2 e3" },
	{ "Observation", "code:in=http://hl7.org/fhir/ValueSet/encounter-status", "" },
	/* address trees */
	{ "ValueSet", "url:below=http://x.example/fhir",                       "v1 v2" },
	{ "ValueSet", "url:below=http://x.example/fhir/",                      "v1 v2" },
	{ "ValueSet", "url:below=http://x.example",                            "v1 v2 v3" },
	{ "ValueSet", "url:below=http://x.example/fhir/vs/one",                "v1" },
	{ "ValueSet", "url:below=http://x.exam",                               "" },
	{ "ValueSet", "url:above=http://x.example/fhir/vs/one/more",           "v1 v2" },
	{ "ValueSet", "url:above=http://x.example/fhir",                       "" },
	{ "ValueSet", "url:below=http://x.example/fhir&url:above=http://x.example/fhir/vs", "v2" },
	{ "ValueSet", "url=urn:oid:1.2.3",                                     "v4" },
	/* identifiers by their type */
	{ "Patient", "identifier:of-type=urn:t|MR|7",                          "p1" },
	{ "Patient", "identifier:of-type=urn:t|SS|7",                          "p2" },
	{ "Patient", "identifier:of-type=urn:t|MR|8",                          "" },
	{ "Patient", "identifier=7",                                           "p1 p2" },
	{ "Patient", "identifier=urn:a|7",                                     "p1 p2" },
	{ "Patient", "identifier=urn:t|7",                                     "" },
	{ "Patient", "identifier=|7",                                          "" },
	{ "Patient", "identifier:not=7",                                       "p3" },
};

static void what_is_beyond_is_found(void **s)
{
	(void)s;
	for (size_t i = 0; i < sizeof FOUND / sizeof *FOUND; i++) {
		struct found f;
		char query[600];
		FINDS(&b, FOUND[i].type, FOUND[i].query, FOUND[i].ids);
		snprintf(query, sizeof query, "%s%s_summary=count", FOUND[i].query, FOUND[i].query[0] ? "&" : "");
		OK(try_search(&b, FOUND[i].type, query, NULL, "", &f, pp));
		size_t words = FOUND[i].ids[0] != 0;
		for (const char *c = FOUND[i].ids; *c; c++)
			words += *c == ' ';
		if (f.total != (int64_t)words)
			fail_msg("%s?%s counts %lld", FOUND[i].type, FOUND[i].query, (long long)f.total);
		snprintf(query, sizeof query, "%s&_count=1", FOUND[i].query);
		char all[8192] = "", cursor[8192] = "";
		do { /* page by page the same */
			OK(try_search(&b, FOUND[i].type, query, NULL, cursor, &f, pp));
			snprintf(all + strlen(all), sizeof all - strlen(all), "%s%.60s", all[0] && f.ids.text[0] ? " " : "", f.ids.text);
			memcpy(cursor, f.cursor, sizeof cursor);
		} while (cursor[0]);
		sort_words(all);
		if (strcmp(all, FOUND[i].ids) != 0)
			fail_msg("%s?%s by pages: '%s'", FOUND[i].type, FOUND[i].query, all);
	}
}

/* p1 alone is in scope; types of the house are open. */
static void a_scope_holds_beyond_too(void **s)
{
	(void)s;
	int64_t within[1] = { record_patient_rid(b.c, STR("p1")) };
	unsigned char house[256] = { 0 };
	house[T("Practitioner")] = house[T("Organization")] = 1;
	struct record_scope scope = { .within = within, .n = 1, .house = house };
	static const struct { const char *type, *query, *ids; } INSIDE[] = {
		{ "Observation", "subject:Patient.organization.name=cardio", "o1 o2" },
		{ "Observation", "subject:Patient.organization.name=autre",  "" },
		{ "Observation", "subject.identifier=7",                     "o1 o2" },
		{ "Patient", "_has:Observation:patient:code=x",              "p1" },
		{ "Practitioner", "_has:Patient:general-practitioner:name=durand", "dr" },
		{ "Organization", "_has:Patient:organization:name=petit",    "" },
		{ "Observation", "_list=l1",                                 "" },
		{ "Patient", "_list=l2",                                     "" },
		{ "Patient", "_list=l1",                                     "p1" },
		{ "Organization", "",                                        "far org ward" },
		{ "Group", "",                                               "" },
	};
	for (size_t i = 0; i < sizeof INSIDE / sizeof *INSIDE; i++) {
		struct found f;
		OK(try_search(&b, INSIDE[i].type, INSIDE[i].query, &scope, "", &f, pp));
		sort_words(f.ids.text);
		if (strcmp(f.ids.text, INSIDE[i].ids) != 0)
			fail_msg("%s?%s in scope: '%s'", INSIDE[i].type, INSIDE[i].query, f.ids.text);
		char query[400];
		snprintf(query, sizeof query, "%s&_summary=count", INSIDE[i].query);
		OK(try_search(&b, INSIDE[i].type, INSIDE[i].query[0] ? query : "_summary=count", &scope, "", &f, pp));
		size_t words = INSIDE[i].ids[0] != 0;
		for (const char *c = INSIDE[i].ids; *c; c++)
			words += *c == ' ';
		assert_int_equal(f.total, words);
	}
}

/* ---- includes ---- */

struct hits { struct record_each e; int64_t rid[200]; size_t n; };
static enum rc hit_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct hits *h = (struct hits *)e;
	(void)p;
	h->rid[h->n++] = row->rid;
	return RC_OK;
}

struct blind { struct record_sight sight; uint16_t type; const char *code; };
static bool blind_type(const struct record_sight *s, uint16_t type) { return type != ((const struct blind *)s)->type; }
static bool blind_param(const struct record_sight *s, const struct fhir_param *param)
{
	const struct blind *k = (const struct blind *)s;
	return !k->code || strcmp(param->code, k->code) != 0;
}

static enum rc included_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	assert_true(row->included);
	return ids_row(e, row, p);
}

static void include(const char *type, const char *query, const struct record_scope *scope, const struct record_sight *sight, struct ids *out, bool *cut)
{
	struct pairs pairs;
	struct plan *plan = NULL;
	struct buf cursor;
	struct hits hits = { .e = { hit_row } };
	*out = (struct ids){ .e = { included_row } };
	buf_init(&cursor, 8000);
	OK(url_pairs(arena_str(&b.a, str_of(query)), 50, &b.a, &pairs, pp));
	OK(fhir_plan_parse(T(type), &pairs, &b.a, &plan, pp));
	OK(db_begin(b.c, pp));
	OK(record_search(b.c, plan, scope, &hits.e, &cursor, NULL, pp));
	OK(record_include(b.c, plan, hits.rid, hits.n, scope, sight, &out->e, cut, pp));
	db_end(b.c);
	buf_done(&cursor);
	sort_words(out->text);
}

static const struct { const char *type, *query, *ids; } ALONG[] = {
	{ "Observation", "code=x",                                                             "" },
	{ "Observation", "_id=o1&_include=Observation:patient",                                "p1" },
	{ "Observation", "_id=o1,o2&_include=Observation:patient",                             "p1" },
	{ "Observation", "_id=o1&_include=Observation:subject:Group",                          "" },
	{ "Observation", "_id=o1,o4&_include=Observation:subject:Group",                       "g" },
	{ "Observation", "_id=o1&_include=Observation:performer&_include=Observation:encounter", "dr e1" },
	{ "Observation", "_id=o1&_include=*",                                                  "dr e1 p1" },
	{ "Observation", "_id=o1&_include=Observation:*",                                      "dr e1 p1" },
	{ "Observation", "_id=o4&_include=Observation:encounter",                              "" },        /* not stored */
	{ "Observation", "_id=o3&_include=Observation:has-member",                             "o2" },
	{ "Observation", "_id=o3&_include:iterate=Observation:has-member",                     "o1 o2" },
	{ "Observation", "_id=o3,o2&_include=Observation:has-member",                          "o1" },      /* o2 is a match */
	{ "Observation", "_id=o1&_include=Observation:patient&_include:iterate=Patient:organization", "p1 ward" },
	{ "Observation", "_id=o1&_include=Observation:patient&_include:iterate=Patient:organization&_include:iterate=Organization:partof", "org p1 ward" },
	{ "Observation", "_id=o1&_include=Observation:patient&_include:iterate=*",             "dr dr2 e1 org p1 ward" },
	{ "Patient", "_id=p1&_revinclude=Observation:patient",                                 "o1 o2" },
	{ "Patient", "_id=p1,p2&_revinclude=Observation:subject",                              "o1 o2 o3" },
	{ "Patient", "_id=p1&_revinclude=Observation:*",                                       "o1 o2" },
	{ "Patient", "_id=p1&_revinclude=Encounter:patient&_revinclude:iterate=Observation:encounter", "e1 o1" },
	{ "Patient", "_id=p1&_revinclude=Encounter:patient&_include:iterate=Encounter:participant:Practitioner", "dr2 e1" },
	{ "Patient", "_id=p1&_revinclude=Patient:link&_include:iterate=Patient:link",          "p3" },
	{ "Organization", "_id=org&_revinclude:iterate=Organization:partof&_revinclude:iterate=Patient:organization", "p1 ward" },
	{ "Patient", "_id=nobody&_revinclude=Observation:patient",                             "" },
};

static void a_page_brings_along_what_was_asked(void **s)
{
	(void)s;
	struct ids found;
	bool cut;
	for (size_t i = 0; i < sizeof ALONG / sizeof *ALONG; i++) {
		include(ALONG[i].type, ALONG[i].query, NULL, NULL, &found, &cut);
		if (strcmp(found.text, ALONG[i].ids) != 0)
			fail_msg("%s?%s brings '%s', not '%s'", ALONG[i].type, ALONG[i].query, found.text, ALONG[i].ids);
		assert_false(cut);
	}
}

static void nothing_out_of_scope_or_sight_comes_along(void **s)
{
	(void)s;
	struct ids found;
	bool cut;
	int64_t within[1] = { record_patient_rid(b.c, STR("p3")) };
	unsigned char house[256] = { 0 };
	house[T("Practitioner")] = house[T("Organization")] = 1;
	struct record_scope scope = { .within = within, .n = 1, .house = house };
	include("Patient", "_id=p3&_include:iterate=Patient:link&_include:iterate=Patient:organization", &scope, NULL, &found, &cut);
	assert_string_equal(found.text, ""); /* p1 is another's, and is not followed either */
	within[0] = record_patient_rid(b.c, STR("p1"));
	include("Patient", "_id=p1&_include=*&_revinclude=Observation:patient&_revinclude=Patient:link", &scope, NULL, &found, &cut);
	assert_string_equal(found.text, "dr o1 o2 ward");
	struct blind blind = { { blind_type, blind_param }, T("Observation"), NULL };
	include("Patient", "_id=p1&_revinclude=Observation:patient&_include:iterate=Observation:performer&_include=Patient:organization", NULL, &blind.sight, &found, &cut);
	assert_string_equal(found.text, "ward");
	blind = (struct blind){ { blind_type, blind_param }, 0, "general-practitioner" };
	include("Patient", "_id=p1&_include=*", NULL, &blind.sight, &found, &cut);
	assert_string_equal(found.text, "ward");
}

static void what_one_page_brings_along_is_capped_and_said(void **s)
{
	(void)s;
	struct base own = b;
	struct ids *found = calloc(1, sizeof *found);
	bool cut = false;
	base_new(&b);
	put(&b, "m", "{\"resourceType\":\"Patient\",\"id\":\"m\"}");
	for (int i = 0; i < 1005; i++) {
		char body[300];
		snprintf(body, sizeof body, "{\"resourceType\":\"Flag\",\"id\":\"%d\",\"status\":\"active\",\"code\":{\"text\":\"x\"},\"subject\":" REF("Patient", "m") "}", i);
		put(&b, "", body);
	}
	struct pairs pairs;
	struct plan *plan = NULL;
	struct buf cursor;
	struct hits hits = { .e = { hit_row } };
	found->e.row = included_row;
	buf_init(&cursor, 8000);
	OK(url_pairs(STR("_id=m&_revinclude=Flag:patient"), 50, &b.a, &pairs, pp));
	OK(fhir_plan_parse(T("Patient"), &pairs, &b.a, &plan, pp));
	OK(db_begin(b.c, pp));
	OK(record_search(b.c, plan, NULL, &hits.e, &cursor, NULL, pp));
	OK(record_include(b.c, plan, hits.rid, hits.n, NULL, NULL, &found->e, &cut, pp));
	db_end(b.c);
	assert_true(cut);
	base_end(&b);
	b = own;
	base_reopen(&b); /* its keys */
	free(found);
}

static void the_indexes_are_whole(void **s) { (void)s; whole(&b); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_beyond_is_found), cmocka_unit_test(a_scope_holds_beyond_too), cmocka_unit_test(a_page_brings_along_what_was_asked),
		cmocka_unit_test(nothing_out_of_scope_or_sight_comes_along), cmocka_unit_test(what_one_page_brings_along_is_capped_and_said),
		cmocka_unit_test(the_indexes_are_whole),
	};
	return cmocka_run_group_tests_name("record/reach", tests, setup, teardown);
}
