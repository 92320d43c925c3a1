/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/special.c: see special.h. Labels of the house's own can be added, dated, never taken away: what was held to be special would be opened by that. Must never say which
 * label a chart carries, nor take one for granted that no resource and no person named. Start at special_says.
 */
#include "hospital/special.h"

#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/show.h"

#define LABELS_SHOWN 200

static const char CONFIDENTIALITY[] = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", CONFIDENTIALITY_OID[] = "urn:oid:2.16.840.1.113883.5.25";
static const char ACT_CODE[] = "http://terminology.hl7.org/CodeSystem/v3-ActCode", ACT_CODE_OID[] = "urn:oid:2.16.840.1.113883.5.4";

/* HL7 v3, as FHIR R4 names them in its value set security-labels. What a source labels with one of them it says itself to be sensitive. */
static const struct { const char *system, *oid, *code; } LABEL[] = {
	{ CONFIDENTIALITY, CONFIDENTIALITY_OID, "R"      }, /* restricted */
	{ CONFIDENTIALITY, CONFIDENTIALITY_OID, "V"      }, /* very restricted */
	{ ACT_CODE,        ACT_CODE_OID,        "ETH"    }, /* substance abuse */
	{ ACT_CODE,        ACT_CODE_OID,        "GDIS"   }, /* genetic disease */
	{ ACT_CODE,        ACT_CODE_OID,        "HIV"    },
	{ ACT_CODE,        ACT_CODE_OID,        "PSY"    }, /* psychiatry */
	{ ACT_CODE,        ACT_CODE_OID,        "SCA"    }, /* sickle cell */
	{ ACT_CODE,        ACT_CODE_OID,        "SDV"    }, /* sexual assault, abuse or domestic violence */
	{ ACT_CODE,        ACT_CODE_OID,        "SEX"    }, /* sexuality and reproductive health */
	{ ACT_CODE,        ACT_CODE_OID,        "STD"    }, /* sexually transmitted disease */
	{ ACT_CODE,        ACT_CODE_OID,        "TBOO"   }, /* taboo */
	{ ACT_CODE,        ACT_CODE_OID,        "SICKLE" },
	{ ACT_CODE,        ACT_CODE_OID,        "CEL"    }, /* celebrity */
	{ ACT_CODE,        ACT_CODE_OID,        "EMP"    }, /* employee: staff of the house */
};

static bool is_label(struct str system, struct str code)
{
	for (size_t i = 0; i < N_OF(LABEL); i++)
		if (str_eq(code, LABEL[i].code) && (str_eq(system, LABEL[i].system) || str_eq(system, LABEL[i].oid)))
			return true;
	return false;
}

static enum rc coding_says(struct db_conn *c, const struct json *coding, bool *is, struct problem *p)
{
	struct str system = json_get_text(coding, "system"), code = json_get_text(coding, "code");
	if (*is || code.n == 0)
		return RC_OK;
	if ((*is = is_label(system, code)))
		return RC_OK;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SPECIAL_LABEL);
	db_bind_str(s, 1, system.n ? system : STR(""));
	db_bind_str(s, 2, code);
	enum rc rc = db_step(s, is, p);
	db_reset(s);
	return rc;
}

enum rc special_says(struct db_conn *c, const struct json *resource, bool *is_r, struct problem *p)
{
	enum rc rc = RC_OK;
	struct str whole = json_get_text(resource, "confidentiality");
	*is_r = str_eq(json_get_text(resource, "resourceType"), "Composition") && is_label(STR(CONFIDENTIALITY), whole);
	for json_each (label, json_get(json_get(resource, "meta"), "security"))
		if (rc == RC_OK)
			rc = coding_says(c, label, is_r, p);
	for json_each (label, json_get(resource, "securityLabel"))
		for json_each (coding, json_get(label, "coding"))
			if (rc == RC_OK)
				rc = coding_says(c, coding, is_r, p);
	return rc;
}

bool special_may_say(struct str body)
{
	return memmem(body.p, body.n, "\"security", sizeof "\"security" - 1) || memmem(body.p, body.n, "\"confidentiality\"", sizeof "\"confidentiality\"" - 1);
}

enum rc special_settle(struct db_conn *c, int64_t source, const int64_t *patients, size_t n, bool is, bool fresh, struct problem *p)
{
	enum rc rc = RC_OK;
	if (!fresh) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SPECIAL_DROP);
		db_bind_i64(s, 1, source);
		rc = db_run(s, p);
	}
	for (size_t i = 0; is && i < n && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SPECIAL_PUT);
		db_bind_i64(s, 1, patients[i]);
		db_bind_i64(s, 2, source);
		rc = db_run(s, p);
	}
	return rc;
}

/* What cannot be read is held to be there. */
static bool is_there(struct db_stmt *s)
{
	struct problem ignored;
	bool row = true;
	if (db_step(s, &row, &ignored) != RC_OK)
		row = true;
	db_reset(s);
	return row;
}

bool special_any(struct db_conn *c) { return is_there(db_stmt(c, ST_HOSPITAL_SPECIAL_ANY)); }

bool special_is(struct db_conn *c, int64_t patient)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SPECIAL_IS);
	db_bind_i64(s, 1, patient);
	return is_there(s);
}

enum rc special_count(struct db_conn *c, const int64_t *at, size_t n, int64_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SPECIAL_AMONG);
	bool row = false;
	size_t i = 0;
	enum rc rc = RC_OK;
	*n_r = 0;
	if (n == 0)
		return RC_OK;
	db_bind_i64(s, 1, at[0]);
	db_bind_i64(s, 2, at[n - 1]);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		int64_t patient = db_i64(s, 0);
		while (i < n && at[i] < patient)
			i++;
		*n_r += i < n && at[i] == patient;
	}
	db_reset(s);
	return rc;
}

/* ---- labels of the house's own ---- */

/* "special_labels": set "labels": system, code, since_at, by_name; what HL7's own are is not in it. */
static enum rc labels_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct { struct str system, code; int64_t since_ms; uint32_t by; } at[LABELS_SHOWN];
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_SPECIAL_LABELS);
	size_t n = 0;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, LABELS_SHOWN);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < LABELS_SHOWN) {
		at[n].system = arena_str(v->arena, db_text(s, 0));
		at[n].code = arena_str(v->arena, db_text(s, 1));
		at[n].since_ms = db_i64(s, 2);
		at[n++].by = (uint32_t)db_i64(s, 3);
	}
	db_reset(s);
	rows_set(out, "labels");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rows_col(out, "system", at[i].system);
		rows_col(out, "code", at[i].code);
		rows_col_i64(out, "since_at", at[i].since_ms);
		col(out, "by_name", person_of(&people, at[i].by).name);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "special_label_add": system, code → set "label": code. Stricter: one person's word, at once, for what is written from now on. */
static enum rc label_add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SPECIAL_LABEL_ADD);
	struct str code = str_trim(args_get(x->args, "label"));
	db_bind_str(s, 1, str_trim(args_get(x->args, "system")));
	db_bind_str(s, 2, code);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_i64(s, 4, x->who->account);
	enum rc rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_DUPLICATE, "label", "a label twice");
	if (rc == RC_OK) {
		rows_set(out, "label");
		rows_row(out);
		rows_col(out, "code", code);
	}
	return rc;
}

static const struct field ADD_FIELDS[] = {
	{ .name = "system", .label = "Code system", .kind = FIELD_TOKEN, .min = 3, .max = 200, .required = true },
	{ .name = "label",  .label = "Code",        .kind = FIELD_TOKEN, .min = 1, .max = 64, .required = true },
	{ .name = "code",   .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};

const struct view special_views[] = {
	{ .name = "special_labels", .may = MAY_REVIEW, .reveals = REVEALS_META, .run = labels_view },
	{ .name = NULL },
};
const struct act special_acts[] = {
	{ .name = "special_label_add", .may = MAY_REVIEW, .reveals = REVEALS_META, .fields = ADD_FIELDS, .fresh = true, .run = label_add_run },
	{ .name = NULL },
};
