/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/ins.c: the INS number (RNIV, FR Core PatientINS): kept on retrieved and qualified identities only, told with a qualified one only; and what attributes forbid beside a status. A masked number
 * keeps its place in the list, so that a patch still means what it names. It must never let a number through because its identity cannot be read.
 * Called by record before every write (through the rule set by hospital_open) and by the gate on every Patient that leaves. Start at ins_veil.
 */
#include "hospital/hospital.h"

#include <stdio.h>
#include <string.h>

#define FRCORE "https://hl7.fr/ig/fhir/core/"
#define ABSENT "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
#define INS_ROOT "1.2.250.1.213.1.4."

/* NIR, NIA, and the test and demonstration NIR. */
static bool is_ins(const struct json *identifier)
{
	static const char *const systems[] = { "urn:oid:" INS_ROOT "8", "urn:oid:" INS_ROOT "9", "urn:oid:" INS_ROOT "10", "urn:oid:" INS_ROOT "11" };
	struct str system = json_get_text(identifier, "system");
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
		if (str_eq(system, systems[i]))
			return true;
	return false;
}

/* The status that the identity's reliability says; empty when it says none. */
static struct str status_of(const struct json *patient)
{
	struct str status = STR_NONE;
	for json_each(e, json_get(patient, "extension")) {
		if (!str_eq(json_get_text(e, "url"), FRCORE "StructureDefinition/fr-core-identity-reliability"))
			continue;
		for json_each(part, json_get(e, "extension")) {
			struct str code = json_get_text(json_get(part, "valueCoding"), "code");
			bool known = str_eq(code, "PROV") || str_eq(code, "VALI") || str_eq(code, "RECUP") || str_eq(code, "QUAL");
			if (str_eq(json_get_text(part, "url"), "identityStatus") && known)
				status = status.n && !str_is(status, code) ? STR("?") : code; /* two statuses are none */
		}
	}
	return status;
}

static bool is_masked(const struct json *identifier)
{
	for json_each(e, json_get(json_get(identifier, "_value"), "extension"))
		if (str_eq(json_get_text(e, "url"), ABSENT) && str_eq(json_get_text(e, "valueCode"), "masked"))
			return true;
	return false;
}

static bool has_attribute(const struct json *patient, const char *code)
{
	for json_each(e, json_get(patient, "extension"))
		for json_each(part, str_eq(json_get_text(e, "url"), FRCORE "StructureDefinition/fr-core-identity-reliability") ? json_get(e, "extension") : NULL)
			if (str_eq(json_get_text(part, "url"), "identityStatus") && str_eq(json_get_text(json_get(part, "valueCoding"), "code"), code))
				return true;
	return false;
}

static enum rc found_at(enum why why, const char *prefix, const char *tail, struct arena *a, struct fhir_issue **issues_r, struct problem *p)
{
	char where[PROBLEM_WHERE];
	struct fhir_issue *issue = ARENA_NEW(a, struct fhir_issue);
	snprintf(where, sizeof where, "%s%s", prefix, tail);
	const char *z = arena_z(a, str_of(where));
	if (issue && z && issues_r) {
		issue->why = why;
		issue->where = z;
		*issues_r = issue;
	}
	return problem_set(p, RC_BAD_INPUT, why, where, "rule of the INS");
}

static enum rc found(enum why why, const char *prefix, unsigned i, struct arena *a, struct fhir_issue **issues_r, struct problem *p)
{
	char tail[40];
	snprintf(tail, sizeof tail, ".identifier[%u]", i);
	return found_at(why, prefix, tail, a, issues_r, p);
}

static enum rc check_one(const struct json *patient, const char *prefix, struct arena *a, struct fhir_issue **issues_r, struct problem *p)
{
	struct str status = status_of(patient);
	bool kept = str_eq(status, "RECUP") || str_eq(status, "QUAL");
	bool doubtful = has_attribute(patient, "DOUT"), fictive = has_attribute(patient, "FICT");
	if ((doubtful && fictive) || ((doubtful || fictive) && status.n && !str_eq(status, "PROV"))) /* RNIV, EXI SI 09 */
		return found_at(WHY_IDENTITY_ATTRIBUTES, prefix, ".extension", a, issues_r, p);
	unsigned i = 0;
	for json_each(identifier, json_get(patient, "identifier")) {
		if (is_ins(identifier) && is_masked(identifier))
			return found(WHY_MASKED, prefix, i, a, issues_r, p);
		if (is_ins(identifier) && !kept)
			return found(WHY_INS_STATUS, prefix, i, a, issues_r, p);
		i++;
	}
	return RC_OK;
}

enum rc ins_check(const struct json *resource, struct arena *a, struct fhir_issue **issues_r, struct problem *p)
{
	unsigned i = 0;
	char prefix[64];
	if (str_eq(json_get_text(resource, "resourceType"), "Patient")) {
		enum rc rc = check_one(resource, "Patient", a, issues_r, p);
		if (rc != RC_OK)
			return rc;
	}
	for json_each(c, json_get(resource, "contained")) {
		snprintf(prefix, sizeof prefix, "%.32s.contained[%u]", fhir_type_name(fhir_type_of(json_get_text(resource, "resourceType"))), i++);
		enum rc rc = str_eq(json_get_text(c, "resourceType"), "Patient") ? check_one(c, prefix, a, issues_r, p) : RC_OK;
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* ---- veiling ---- */

static bool names_ins(struct str body)
{
	/* BARRIER: a number's system may be written with escapes, which the record keeps */
	return body.p && body.n > sizeof INS_ROOT && (memmem(body.p, body.n, INS_ROOT, sizeof INS_ROOT - 1) != NULL || memmem(body.p, body.n, "\\u", 2) != NULL);
}

static void put_veiled(const struct json *identifier, struct buf *out)
{
	bool first = true;
	buf_ch(out, '{');
	for json_each(m, identifier) {
		if (str_eq(m->name, "value") || str_eq(m->name, "_value"))
			continue;
		if (!first)
			buf_ch(out, ',');
		first = false;
		json_str(out, m->name);
		buf_ch(out, ':');
		buf_str(out, m->raw);
	}
	buf_z(out, first ? "" : ",");
	buf_z(out, "\"_value\":{\"extension\":[{\"url\":\"" ABSENT "\",\"valueCode\":\"masked\"}]}}");
}

static bool hides_from(const struct json *v)
{
	return v->kind == JSON_OBJECT && str_eq(json_get_text(v, "resourceType"), "Patient") && !str_eq(status_of(v), "QUAL");
}

/* Is there a number to veil? Recursion as deep as the parser allows. */
static bool hides(const struct json *v)
{
	if (hides_from(v))
		for json_each(i, json_get(v, "identifier"))
			if (is_ins(i))
				return true;
	for json_each(c, v)
		if (c->kind >= JSON_ARRAY && hides(c))
			return true;
	return false;
}

unsigned char ins_mark(const struct json *resource)
{
	return hides(resource) ? INS_UNKNOWN : INS_NOTHING_HIDES;
}

/* Copies text between from and the end of v, v's own bytes replaced where a number hides in it. Recursion as deep as the parser allows. */
static void veil_in(const struct json *v, const char **from, struct buf *out)
{
	const struct json *list = hides_from(v) ? json_get(v, "identifier") : NULL;
	for json_each(i, list) {
		if (!is_ins(i))
			continue;
		buf_put(out, *from, (size_t)(i->raw.p - *from));
		put_veiled(i, out);
		*from = i->raw.p + i->raw.n;
	}
	for json_each(c, v)
		if (c->kind >= JSON_ARRAY && c != list && c->raw.p >= *from)
			veil_in(c, from, out);
}

enum rc ins_veil(struct str body, unsigned char mark, struct arena *a, struct str *out_r, struct problem *p)
{
	const struct json *root;
	struct buf out;
	*out_r = body;
	if (mark == INS_NOTHING_HIDES || !names_ins(body))
		return RC_OK;
	struct str kept = arena_str(a, body);
	if (!kept.p)
		return arena_rc(a, p);
	enum rc rc = json_parse(kept, a, &root, p);
	if (rc != RC_OK)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "stored body does not parse");
	const char *from = kept.p;
	buf_init(&out, 64u << 20);
	veil_in(root, &from, &out);
	buf_put(&out, from, (size_t)(kept.p + kept.n - from));
	rc = buf_rc(&out, p);
	if (rc == RC_OK) {
		*out_r = arena_str(a, buf_view(&out));
		rc = arena_rc(a, p);
	}
	buf_done(&out);
	return rc;
}
