/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#include <math.h>

static enum rc plan_of(struct room *r, const char *type, const char *query, struct plan **plan_r)
{
	struct pairs pairs;

	r->p = (struct problem){ 0 };
	arena_reset(&r->a);
	assert_int_equal(url_pairs(str_of(query), 64, &r->a, &pairs, &r->p), RC_OK);
	return fhir_plan_parse(fhir_type_of(str_of(type)), &pairs, &r->a, plan_r, &r->p);
}

static const struct { const char *type, *query; enum why why; const char *where; } BAD[] = {
	{ "Patient", "nam=a",                          WHY_UNKNOWN_PARAMETER, "nam" },
	{ "Patient", "Name=a",                         WHY_UNKNOWN_PARAMETER, "Name" },
	{ "Patient", "name&x y=1",                     WHY_BAD_VALUE,         "name" },
	{ "Patient", "x y=1",                          WHY_UNKNOWN_PARAMETER, "" },
	{ "Patient", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1", WHY_UNKNOWN_PARAMETER, "" },
	{ "Patient", "_text=-",                        WHY_BAD_VALUE,         "_text" },
	{ "Patient", "_text:exact=a",                  WHY_UNKNOWN_MODIFIER,  "_text:exact" },
	{ "Patient", "_text=a b,c",                    WHY_BAD_VALUE,         "_text" },
	{ "Patient", "_content=a",                     WHY_PARAMETER_UNSERVED, "_content" },
	{ "Patient", "_filter=a",                      WHY_UNKNOWN_PARAMETER, "_filter" },
	{ "Location", "near=1|2",                      WHY_PARAMETER_UNSERVED, "near" },
	{ "Patient", "name:foo=a",                     WHY_UNKNOWN_MODIFIER,  "name:foo" },
	{ "Patient", "name:=a",                        WHY_UNKNOWN_MODIFIER,  "name:" },
	{ "Patient", "name:not=a",                     WHY_UNKNOWN_MODIFIER,  "name:not" },
	{ "Patient", "gender:exact=male",              WHY_UNKNOWN_MODIFIER,  "gender:exact" },
	{ "Patient", "birthdate:exact=2020",           WHY_UNKNOWN_MODIFIER,  "birthdate:exact" },
	{ "Patient", "_id:not=a",                      WHY_UNKNOWN_MODIFIER,  "_id:not" },
	{ "Patient", "_lastUpdated:missing=true",      WHY_UNKNOWN_MODIFIER,  "_lastUpdated:missing" },
	{ "Encounter", "subject:Observation=1",        WHY_UNKNOWN_MODIFIER,  "subject:Observation" },
	{ "Encounter", "subject:Thing=1",              WHY_UNKNOWN_MODIFIER,  "subject:Thing" },
	{ "Encounter", "status:Patient=1",             WHY_UNKNOWN_MODIFIER,  "status:Patient" },
	{ "Patient", "name=",                          WHY_BAD_VALUE,         "name" },
	{ "Patient", "name=a,",                        WHY_BAD_VALUE,         "name" },
	{ "Patient", "name=a\\",                       WHY_BAD_VALUE,         "name" },
	{ "Patient", "name=a\\x",                      WHY_BAD_VALUE,         "name" },
	{ "Patient", "name=a%01",                      WHY_BAD_VALUE,         "name" },
	{ "Patient", "gender=|",                       WHY_BAD_VALUE,         "gender" },
	{ "Patient", "gender=a|b|c",                   WHY_BAD_VALUE,         "gender" },
	{ "Patient", "birthdate=1957-02-30",           WHY_BAD_VALUE,         "birthdate" },
	{ "Patient", "birthdate=xx1957",               WHY_BAD_VALUE,         "birthdate" },
	{ "Patient", "birthdate=gt",                   WHY_BAD_VALUE,         "birthdate" },
	{ "Patient", "name:missing=yes",               WHY_BAD_VALUE,         "name:missing" },
	{ "Patient", "_id=a b",                        WHY_BAD_VALUE,         "_id" },
	{ "Patient", "_lastUpdated=yesterday",         WHY_BAD_VALUE,         "_lastUpdated" },
	{ "Patient", "_count=-1",                      WHY_BAD_VALUE,         "_count" },
	{ "Patient", "_count=a",                       WHY_BAD_VALUE,         "_count" },
	{ "Patient", "_count=1&_count=2",              WHY_BAD_VALUE,         "_count" },
	{ "Patient", "_sort=",                         WHY_BAD_VALUE,         "_sort" },
	{ "Patient", "_sort=nam",                      WHY_BAD_VALUE,         "_sort" },
	{ "Patient", "_sort=name,",                    WHY_BAD_VALUE,         "_sort" },
	{ "Observation", "_sort=code-value-quantity",  WHY_BAD_VALUE,         "_sort" },
	{ "Patient", "_cursor=",                       WHY_BAD_VALUE,         "_cursor" },
	{ "Encounter", "subject=Observation/1",        WHY_BAD_VALUE,         "subject" },
	{ "Encounter", "subject=Patient/1/2",          WHY_BAD_VALUE,         "subject" },
	{ "Encounter", "subject:Patient=Group/1",      WHY_BAD_VALUE,         "subject:Patient" },
	{ "Encounter", "subject:Patient.nam=a",        WHY_UNKNOWN_PARAMETER, "subject:Patient.nam" },
	{ "Encounter", "status.name=a",                WHY_UNKNOWN_PARAMETER, "status.name" },
	{ "Encounter", "patient:missing.name=a",       WHY_UNKNOWN_MODIFIER,  "patient:missing.name" },
	{ "Encounter", "patient.name:foo=a",           WHY_UNKNOWN_MODIFIER,  "patient.name:foo" },
	{ "Encounter", "patient.=a",                   WHY_UNKNOWN_PARAMETER, "patient." },
	{ "Observation", "value-quantity=a",           WHY_BAD_VALUE,         "value-quantity" },
	{ "Observation", "value-quantity=5|mg",        WHY_BAD_VALUE,         "value-quantity" },
	{ "Observation", "value-quantity=5|a|",        WHY_BAD_VALUE,         "value-quantity" },
	{ "Observation", "code-value-quantity=a",      WHY_BAD_VALUE,         "code-value-quantity" },
	{ "Observation", "code-value-quantity=a$b$c",  WHY_BAD_VALUE,         "code-value-quantity" },
	{ "Observation", "code-value-quantity=a$",     WHY_BAD_VALUE,         "code-value-quantity" },
	{ "Patient", "_has=a",                         WHY_UNKNOWN_PARAMETER, "_has" },
	{ "Patient", "_has:=a",                        WHY_UNKNOWN_PARAMETER, "_has:" },
	{ "Patient", "_has:Observation=a",             WHY_UNKNOWN_PARAMETER, "_has:Observation" },
	{ "Patient", "_has:Observation:patient=a",     WHY_UNKNOWN_PARAMETER, "_has:Observation:patient" },
	{ "Patient", "_has:Observation:patient:=a",    WHY_UNKNOWN_PARAMETER, "_has:Observation:patient:" },
	{ "Patient", "_has:Observation:code:code=a",   WHY_UNKNOWN_PARAMETER, "_has:Observation:code:code" },
	{ "Patient", "_has:Observation:encounter:code=a", WHY_UNKNOWN_PARAMETER, "_has:Observation:encounter:code" }, /* points to no Patient */
	{ "Patient", "_has:Thing:patient:code=a",      WHY_UNKNOWN_PARAMETER, "_has:Thing:patient:code" },
	{ "Patient", "_has:Observation:patient:cod=a", WHY_UNKNOWN_PARAMETER, "_has:Observation:patient:cod" },
	{ "Patient", "_has:Observation:patient:date=x", WHY_BAD_VALUE,        "_has:Observation:patient:date" },
	{ "Patient", "_has:Observation:patient:_list=1", WHY_UNKNOWN_PARAMETER, "_has:Observation:patient:_list" },
	{ "Encounter", "subject.birthdate=zz",         WHY_BAD_VALUE,         "subject.birthdate" },
	{ "Encounter", "patient.organization.nam=a",   WHY_UNKNOWN_PARAMETER, "patient.organization.nam" },
	{ "Patient", "gender:in=http://nowhere.example/vs", WHY_NO_VALUE_SET,    "gender:in" },
	{ "Patient", "gender:in=a",                    WHY_NO_VALUE_SET,         "gender:in" },
	{ "Patient", "name:in=a",                      WHY_UNKNOWN_MODIFIER,  "name:in" },
	{ "Patient", "gender:below=a",                 WHY_NO_HIERARCHY, "gender:below" },
	{ "Observation", "code:above=a",               WHY_NO_HIERARCHY, "code:above" },
	{ "Observation", "subject:below=Patient/1",    WHY_NO_HIERARCHY, "subject:below" },
	{ "ValueSet", "url:below=urn:oid:1.2",         WHY_BAD_VALUE,         "url:below" },
	{ "ValueSet", "url:above=abc",                 WHY_BAD_VALUE,         "url:above" },
	{ "ValueSet", "url:below=http://",             WHY_BAD_VALUE,         "url:below" },
	{ "Patient", "gender:of-type=a|b|c",           WHY_UNKNOWN_MODIFIER,  "gender:of-type" },
	{ "Patient", "identifier:of-type=a|b",         WHY_BAD_VALUE,         "identifier:of-type" },
	{ "Patient", "identifier:of-type=a||c",        WHY_BAD_VALUE,         "identifier:of-type" },
	{ "Patient", "identifier:of-type=a|b|c|d",     WHY_BAD_VALUE,         "identifier:of-type" },
	{ "Patient", "_list=$current-allergies",       WHY_BAD_VALUE,         "_list" },
	{ "Patient", "_list:not=1",                    WHY_UNKNOWN_MODIFIER,  "_list:not" },
	{ "Patient", "_include=organization",          WHY_BAD_VALUE,         "_include" },
	{ "Patient", "_include=Patient:name",          WHY_BAD_VALUE,         "_include" },
	{ "Patient", "_include=Patient:organization:Thing", WHY_BAD_VALUE,    "_include" },
	{ "Patient", "_include=Patient:organization:Location", WHY_BAD_VALUE, "_include" },
	{ "Patient", "_include=Observation:patient",   WHY_BAD_VALUE,         "_include" },                /* no match is an Observation */
	{ "Patient", "_include:recurse=Patient:link",  WHY_UNKNOWN_MODIFIER,  "_include:recurse" },
	{ "Patient", "_revinclude=*",                  WHY_BAD_VALUE,         "_revinclude" },
	{ "Patient", "_revinclude=a",                  WHY_BAD_VALUE,         "_revinclude" },
	{ "Patient", "_revinclude=Observation:encounter", WHY_BAD_VALUE,      "_revinclude" },
	{ "Patient", "_elements=nam",                  WHY_BAD_VALUE,         "_elements" },
	{ "Patient", "_summary=all",                   WHY_BAD_VALUE,         "_summary" },
	{ "Patient", "_summary=text&_include=Patient:organization", WHY_BAD_VALUE, "_summary" },
	{ "Patient", "_total=exact",                   WHY_BAD_VALUE,         "_total" },
	{ "Patient", "_contained=true",                WHY_PARAMETER_UNSERVED, "_contained" },
	{ "Patient", "_containedType=container",       WHY_PARAMETER_UNSERVED, "_containedType" },
	{ "Patient", "_query=a",                       WHY_PARAMETER_UNSERVED, "_query" },
};

static void what_is_not_understood_is_refused_by_name(void **state)
{
	struct room *r = *state;
	struct plan *plan;

	for (size_t i = 0; i < COUNT(BAD); i++) {
		holds(plan_of(r, BAD[i].type, BAD[i].query, &plan) == RC_BAD_INPUT, BAD[i].query);
		if (r->p.why != BAD[i].why)
			print_error("%s\n", why_row(r->p.why)->name);
		holds(r->p.why == BAD[i].why, BAD[i].query);
		same_text(str_of(r->p.where), BAD[i].where, BAD[i].query);
	}
}

static void too_many_alternatives_are_refused(void **state)
{
	struct room *r = *state;
	struct plan *plan;
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_z(&b, "_id=0");
	for (int i = 1; i < 500; i++)
		buf_fmt(&b, ",%d", i);
	buf_ch(&b, '\0');
	assert_int_equal(plan_of(r, "Patient", b.p, &plan), RC_OK);
	b.n--;
	buf_z(&b, ",500");
	buf_ch(&b, '\0');
	assert_int_equal(plan_of(r, "Patient", b.p, &plan), RC_LIMIT);
	buf_done(&b);
}

/* One clause as text, so that a table can hold what is expected. */
static void put_str(struct buf *b, struct str s)
{
	if (s.p == NULL)
		buf_z(b, "-");
	else
		buf_fmt(b, "'%.*s'", STR_ARG(s));
}

static void put_value(struct buf *b, const struct plan_value *v)
{
	static const char *const prefixes[] = { "", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap" };

	buf_z(b, prefixes[v->prefix]);
	switch ((enum value_kind)v->kind) {
	case VALUE_STRING:
	case VALUE_URI:       put_str(b, v->a); break;
	case VALUE_TOKEN:     put_str(b, v->a); buf_ch(b, '|'); put_str(b, v->b); break;
	case VALUE_DATE:      buf_fmt(b, "%lld..%lld", (long long)v->low, (long long)v->high); break;
	case VALUE_NUMBER:    buf_fmt(b, "%g..%g", v->num_low, v->num_high); break;
	case VALUE_QUANTITY:  buf_fmt(b, "%g..%g ", v->num_low, v->num_high); put_str(b, v->a); buf_ch(b, '|'); put_str(b, v->b); break;
	case VALUE_REFERENCE: put_str(b, v->a); buf_fmt(b, "=%s/", fhir_type_name(v->ref_type)); put_str(b, v->ref_id); break;
	}
	if (v->part) {
		buf_ch(b, '$');
		put_value(b, v->part);
	}
	if (v->next) {
		buf_z(b, " or ");
		put_value(b, v->next);
	}
}

static void put_clause(struct buf *b, const struct plan_clause *c)
{
	buf_z(b, c->what == CLAUSE_ID ? "_id" : c->what == CLAUSE_LIST ? "_list" : c->what == CLAUSE_LAST_UPDATED ? "_lastUpdated" : c->param->code);
	if (c->modifier != MOD_NONE)
		buf_fmt(b, ":%d%s", (int)c->modifier, fhir_type_name(c->mod_type));
	if (c->modifier == MOD_MISSING)
		buf_z(b, c->missing ? " true" : " false");
	for (const struct plan_clause *in = c->chain; in; in = in->other) {
		buf_fmt(b, "%s%s.", c->what == CLAUSE_HAS ? "<" : ">", fhir_type_name(in->type));
		put_clause(b, in);
	}
	if (c->values) {
		buf_ch(b, ' ');
		put_value(b, c->values);
	}
	if (c->next) {
		buf_z(b, " and ");
		put_clause(b, c->next);
	}
}

static const struct { const char *type, *query, *want; } GOOD[] = {
	{ "Patient", "name=Dupont",                     "name 'Dupont'" },
	{ "Patient", "name:exact=Du%C2%A0pont&family:contains=a,b", "name:1 'Du\xC2\xA0pont' and family:2 'a' or 'b'" },
	{ "Patient", "name=a\\,b\\|c\\$d\\\\e",         "name 'a,b|c$d\\e'" },
	{ "Patient", "name=eq2",                        "name 'eq2'" },
	{ "Patient", "gender=male",                     "gender -|'male'" },
	{ "Patient", "gender=s|male,|a,s|",             "gender 's'|'male' or ''|'a' or 's'|-" },
	{ "Patient", "gender:not=male",                 "gender:4 -|'male'" },
	{ "Observation", "code:text=poids",             "code:3 'poids'" },
	{ "Patient", "identifier=s\\|t|v",              "identifier 's|t'|'v'" },
	{ "Patient", "birthdate=ge1970-01-01T00:00:00Z&birthdate=lt1970-01-01T00:01Z", "birthdate ge0..1000 and birthdate lt60000..120000" },
	{ "Patient", "name:missing=true&gender:missing=false", "name:5 true and gender:5 false" },
	{ "Patient", "_id=a,b&_lastUpdated=gt1970-01-01T00:00:00Z", "_id -|'a' or -|'b' and _lastUpdated gt0..1000" },
	{ "Patient", "_tag=s|c&_profile=http://a",      "_tag 's'|'c' and _profile 'http://a'" },
	{ "RiskAssessment", "probability=0.5,gt0.5,ap10", "probability 0.45..0.55 or gt0.5..0.5 or ap9..11" },
	{ "Observation", "value-quantity=5.4|u|mg,5.4||mg,le5,sa-1e2", "value-quantity 5.35..5.45 'u'|'mg' or 5.35..5.45 -|'mg' or le5..5 -|- or sa-100..-100 -|-" },
	{ "Observation", "subject=Patient/1,2,http://a/b", "subject 'Patient/1'=Patient/'1' or '2'=/'2' or 'http://a/b'=/-" },
	{ "Observation", "patient=1",                   "patient '1'=Patient/'1'" },
	{ "Observation", "subject:Patient=1",           "subject:7Patient '1'=Patient/'1'" },
	{ "Observation", "subject:identifier=s|v",      "subject:6 's'|'v'" },
	{ "Observation", "subject:Patient.name=a",      "subject:7Patient>Patient.name 'a'" },
	{ "Observation", "patient.birthdate=gt1970-01-01T00:00:00Z", "patient>Patient.birthdate gt0..1000" },
	{ "Observation", "patient.name:exact=a",        "patient>Patient.name:1 'a'" },
	{ "Observation", "patient._id=a",               "patient>Patient._id -|'a'" },
	{ "Observation", "subject.birthdate=1970-01-01T00:00:00Z", "subject>Patient.birthdate 0..1000" }, /* only Patient has it */
	{ "Observation", "code-value-quantity=s|c$gt5||mg,d$6", "code-value-quantity 's'|'c'$gt5..5 -|'mg' or -|'d'$5.5..6.5 -|-" },
	{ "QuestionnaireResponse", "questionnaire=http://a|2", "questionnaire 'http://a|2'=/-" },
	{ "ValueSet", "url=http://a,urn:oid:1.2",       "url 'http://a' or 'urn:oid:1.2'" },
	{ "Observation", "subject.identifier=a",        "subject>Device.identifier -|'a'>Group.identifier -|'a'>Location.identifier -|'a'>Patient.identifier -|'a'" },
	{ "Encounter", "patient.organization.name=a",   "patient>Patient.organization>Organization.name 'a'" },
	{ "Encounter", "patient:Patient.general-practitioner:Organization.partof.name=a",
		"patient:7Patient>Patient.general-practitioner:7Organization>Organization.partof>Organization.name 'a'" },
	{ "Patient", "_has:Observation:patient:code=s|c,d", "patient<Observation.code 's'|'c' or -|'d'" },
	{ "Patient", "_has:Observation:patient:code:not=c", "patient<Observation.code:4 -|'c'" },
	{ "Patient", "_has:Observation:patient:_id=a",  "patient<Observation._id -|'a'" },
	{ "Patient", "_has:Observation:patient:encounter.class=AMB", "patient<Observation.encounter>Encounter.class -|'AMB'" },
	{ "Patient", "_has:Encounter:patient:_has:Observation:encounter:code=c", "patient<Encounter.encounter<Observation.code -|'c'" },
	{ "Observation", "patient._has:Encounter:patient:class=AMB", "patient>Patient.patient<Encounter.class -|'AMB'" },
	{ "Patient", "_list=1,2",                       "_list -|'1' or -|'2'" },
	{ "Patient", "gender:in=http://hl7.org/fhir/ValueSet/administrative-gender", "gender:10 'http://hl7.org/fhir/administrative-gender'|'female' or "
		"'http://hl7.org/fhir/administrative-gender'|'male' or 'http://hl7.org/fhir/administrative-gender'|'other' or 'http://hl7.org/fhir/administrative-gender'|'unknown'" },
	{ "ValueSet", "url:below=http://a.example/x",   "url:9 'http://a.example/x'" },
	{ "ValueSet", "url:above=http://a.example/x/y", "url:8 'http://a.example/x/y' or 'http://a.example/x/' or 'http://a.example/x' or 'http://a.example/' or 'http://a.example'" },
	{ "Patient", "identifier:of-type=s|MR|1",       "identifier:12 '\x02s|MR'|'1'" },
	{ "Patient", "",                                "" },
};

static void what_the_standard_allows_becomes_clauses(void **state)
{
	struct room *r = *state;
	struct plan *plan;
	struct buf b;

	for (size_t i = 0; i < COUNT(GOOD); i++) {
		if (plan_of(r, GOOD[i].type, GOOD[i].query, &plan) != RC_OK)
			print_error("%s at %s\n", why_row(r->p.why)->name, r->p.where);
		holds(r->p.rc == RC_OK, GOOD[i].query);
		buf_init(&b, 4096);
		if (plan->clauses)
			put_clause(&b, plan->clauses);
		same_text(buf_view(&b), GOOD[i].want, GOOD[i].query);
		buf_done(&b);
	}
}

static void result_parameters_are_read(void **state)
{
	struct room *r = *state;
	struct plan *plan;

	assert_int_equal(plan_of(r, "Patient", "_count=7&_sort=-birthdate,name,_id,-_lastUpdated&_summary=count&_total=accurate&_cursor=abc&_format=json&_pretty=true", &plan), RC_OK);
	assert_int_equal(plan->count, 7);
	assert_true(plan->summary_count && plan->total);
	same_text(plan->cursor, "abc", "cursor");
	same_text(str_of(plan->sort->param->code), "birthdate", "first");
	assert_true(plan->sort->descending && !plan->sort->next->descending && plan->sort->next->next->id && plan->sort->next->next->next->last_updated);
	assert_int_equal(plan_of(r, "Patient", "_count=1000", &plan), RC_OK);
	assert_int_equal(plan->count, 200);
	assert_int_equal(plan_of(r, "Patient", "_count=0&_total=none&_summary=false", &plan), RC_OK);
	assert_true(plan->summary_count && !plan->total);
	assert_int_equal(plan_of(r, "Patient", "", &plan), RC_OK);
	assert_true(plan->count == 20 && !plan->summary_count && !plan->total && plan->cursor.p == NULL);
}

static void put_includes(struct buf *b, const struct plan_include *i)
{
	for (; i; i = i->next)
		buf_fmt(b, "%s%s%s:%s:%s ", i->reverse ? "<" : ">", i->iterate ? "+" : "", fhir_type_name(i->source), i->param ? i->param->code : "*", fhir_type_name(i->target));
}

static const struct { const char *type, *query, *want; } INCLUDES[] = {
	{ "Patient", "_include=Patient:organization",             ">Patient:organization: " },
	{ "Patient", "_include=Patient:organization:Organization&_include=Patient:link", ">Patient:organization:Organization >Patient:link: " },
	{ "Patient", "_include=*&_include=Patient:*",             ">Patient:*: >Patient:*: " },
	{ "Patient", "_include:iterate=*",                        ">+:*: " },
	{ "Patient", "_revinclude=Observation:patient",           "<Observation:patient: " },
	{ "Patient", "_revinclude=Observation:*",                 "<Observation:*: " },
	{ "Patient", "_revinclude=Observation:patient&_include:iterate=Observation:performer:Practitioner", "<Observation:patient: >+Observation:performer:Practitioner " },
	{ "Patient", "_revinclude:iterate=Observation:encounter", "<+Observation:encounter: " },
};

static void includes_are_read(void **state)
{
	struct room *r = *state;
	struct plan *plan;
	struct buf b;

	for (size_t i = 0; i < COUNT(INCLUDES); i++) {
		holds(plan_of(r, INCLUDES[i].type, INCLUDES[i].query, &plan) == RC_OK, INCLUDES[i].query);
		buf_init(&b, 4096);
		put_includes(&b, plan->includes);
		same_text(buf_view(&b), INCLUDES[i].want, INCLUDES[i].query);
		buf_done(&b);
	}
}

static void lenient_leaves_out_unknown_names_alone(void **state)
{
	struct room *r = *state;
	struct plan *plan;
	struct pairs pairs;

	arena_reset(&r->a);
	assert_int_equal(url_pairs(STR("colour=red&gender=male&patient.x=1&_count=3&_has:Observation:patient:x=1"), 64, &r->a, &pairs, &r->p), RC_OK);
	assert_int_equal(fhir_plan_parse_lenient(fhir_type_of(STR("Patient")), &pairs, &r->a, &plan, &r->p), RC_OK);
	same_text(plan->self, "gender=male&_count=3", "self");
	assert_true(plan->clauses && !plan->clauses->next);
	static const char *const bad[] = { "gender:foo=male", "birthdate=zz", "_count=a", "_sort=x", "_include=x" };
	for (size_t i = 0; i < COUNT(bad); i++) {
		arena_reset(&r->a);
		r->p = (struct problem){ 0 };
		assert_int_equal(url_pairs(str_of(bad[i]), 64, &r->a, &pairs, &r->p), RC_OK);
		holds(fhir_plan_parse_lenient(fhir_type_of(STR("Patient")), &pairs, &r->a, &plan, &r->p) == RC_BAD_INPUT, bad[i]);
		holds(r->p.where[0] != '\0', bad[i]);
	}
}

static void too_many_conditions_are_refused(void **state)
{
	struct room *r = *state;
	struct plan *plan;
	struct buf b;

	buf_init(&b, 8000);
	buf_z(&b, "subject");
	for (int i = 0; i < 12; i++)
		buf_z(&b, ".general-practitioner.organization");
	buf_z(&b, ".name=a");
	buf_ch(&b, '\0');
	assert_int_not_equal(plan_of(r, "Observation", b.p, &plan), RC_OK);
	buf_reset(&b);
	for (int i = 0; i < 60; i++)
		buf_z(&b, "subject.identifier=a&");
	buf_ch(&b, '\0');
	assert_int_equal(plan_of(r, "Observation", b.p, &plan), RC_LIMIT);
	buf_done(&b);
}

static void the_self_link_says_what_was_understood(void **state)
{
	struct room *r = *state;
	struct plan *plan;

	assert_int_equal(plan_of(r, "Patient", "name:exact=A+b%26c&_format=json&_cursor=x&_sort=-name&_count=5", &plan), RC_OK);
	same_text(plan->self, "name:exact=A%20b%26c&_sort=-name&_count=5", "self");
	assert_int_equal(plan_of(r, "Patient", "", &plan), RC_OK);
	same_text(plan->self, "", "self of nothing");
}

int main(void)
{
	struct CMUnitTest tests[] = {
		CASE("what is not understood is refused by name", what_is_not_understood_is_refused_by_name),
		CASE("too many alternatives are refused", too_many_alternatives_are_refused),
		CASE("what the standard allows becomes clauses", what_the_standard_allows_becomes_clauses),
		CASE("result parameters are read", result_parameters_are_read),
		CASE("includes are read", includes_are_read),
		CASE("lenient leaves out unknown names alone", lenient_leaves_out_unknown_names_alone),
		CASE("too many conditions are refused", too_many_conditions_are_refused),
		CASE("the self link says what was understood", the_self_link_says_what_was_understood),
	};
	struct room r = { 0 };
	int failed;

	arena_init(&r.a, 1 << 22);
	for (size_t i = 0; i < COUNT(tests); i++)
		tests[i].initial_state = &r;
	failed = cmocka_run_group_tests_name("fhir/plan", tests, NULL, NULL);
	arena_done(&r.a);
	return failed;
}
