/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/prepare.c: from text to something the writer can store without thinking: minified, checked, its search values extracted, id and meta
 * spliced in. Runs off the writer. Member order, number text and escapes of the input are kept byte for byte.
 * Must never touch the database. Called by the gate's workers, by bundles and by the bulk loader. Start at write_prepare.
 */
#include "record/inner.h"
#include "base/clock.h"
#include "base/random.h"
#include "fhir/extra.h"

#include <stdio.h>
#include <string.h>

#define BODY_MOST (64u << 20)
#define SCRATCH_MOST ((size_t)256 << 20)

static enum rc minified(struct str body, struct arena *a, struct str *out_r, struct problem *p)
{
	struct buf b;
	buf_init(&b, BODY_MOST);
	json_minify(body, &b);
	enum rc rc = buf_rc(&b, p);
	if (rc == RC_OK) {
		*out_r = arena_str(a, buf_view(&b));
		rc = arena_rc(a, p);
	}
	buf_done(&b);
	return rc;
}

/* ---- splicing ---- */

struct splice { struct buf out; size_t version_at, instant_at; bool first, id_done, meta_done; };

static void comma(struct splice *s)
{
	if (!s->first)
		buf_ch(&s->out, ',');
	s->first = false;
}

static void put_id(struct splice *s, const char *id)
{
	comma(s);
	buf_z(&s->out, "\"id\":\"");
	buf_z(&s->out, id);
	buf_ch(&s->out, '"');
	s->id_done = true;
}

/* The bytes of a member of an object in minified text: from its name's quote to its value's end. from: where the member before ended. */
static struct str member_text(const char *from, const struct json *m)
{
	from += *from == ',' || *from == '{';
	return (struct str){ from, (size_t)(m->raw.p + m->raw.n - from) };
}

static void put_meta(struct splice *s, const struct json *meta)
{
	comma(s);
	buf_z(&s->out, "\"meta\":{\"versionId\":\"");
	s->version_at = s->out.n;
	buf_z(&s->out, "\",\"lastUpdated\":\"");
	s->instant_at = s->out.n;
	buf_ch(&s->out, '"');
	const char *at = meta ? meta->raw.p : NULL;
	for json_each(m, meta) {
		struct str text = member_text(at, m);
		at = text.p + text.n;
		if (str_eq(m->name, "versionId") || str_eq(m->name, "lastUpdated") || str_eq(m->name, "_versionId") || str_eq(m->name, "_lastUpdated"))
			continue;
		buf_ch(&s->out, ',');
		buf_str(&s->out, text);
	}
	buf_ch(&s->out, '}');
	s->meta_done = true;
}

/* id and meta keep their places when the input has them; else they follow resourceType. */
static void splice_members(struct splice *s, const struct json *root, const char *id)
{
	const struct json *has_id = json_get(root, "id"), *has_meta = json_get(root, "meta");
	const char *at = root->raw.p;
	buf_ch(&s->out, '{');
	for json_each(m, root) {
		struct str text = member_text(at, m);
		at = text.p + text.n;
		if (m == has_id) {
			put_id(s, id);
		} else if (m == has_meta) {
			put_meta(s, m);
		} else {
			comma(s);
			buf_str(&s->out, text);
		}
		if (str_eq(m->name, "resourceType") && !has_id)
			put_id(s, id);
		if (!s->meta_done && !has_meta && (m == has_id || (!has_id && s->id_done)))
			put_meta(s, NULL);
	}
	buf_ch(&s->out, '}');
}

enum rc write_splice(struct record_write *w, struct arena *a, struct problem *p)
{
	struct splice s = { .first = true };
	buf_init(&s.out, BODY_MOST + 256);
	splice_members(&s, w->root, w->id);
	enum rc rc = buf_rc(&s.out, p);
	if (rc == RC_OK && !(s.id_done && s.meta_done))
		rc = problem_set(p, RC_BAD_INPUT, WHY_WRONG_TYPE, "resourceType", "no resourceType");
	if (rc == RC_OK) {
		struct str all = arena_str(a, buf_view(&s.out));
		w->seg[0] = (struct str){ all.p, s.version_at };
		w->seg[1] = (struct str){ all.p + s.version_at, s.instant_at - s.version_at };
		w->seg[2] = (struct str){ all.p + s.instant_at, all.n - s.instant_at };
		rc = arena_rc(a, p);
	}
	buf_done(&s.out);
	return rc;
}

void write_body(const struct record_write *w, struct buf *out, uint32_t version, int64_t updated_ms)
{
	buf_str(out, w->seg[0]);
	buf_u64(out, version);
	buf_str(out, w->seg[1]);
	buf_instant(out, updated_ms);
	buf_str(out, w->seg[2]);
}

/* ---- patients ---- */

static bool has_id(const struct str *at, size_t n, struct str id)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(at[i], id))
			return true;
	return false;
}

enum rc patients_of(uint16_t type, const struct fhir_values *v, struct arena *a, struct str **at_r, size_t *n_r, struct problem *p)
{
	uint16_t patient = fhir_type_of(STR("Patient"));
	size_t n = 0, most = 0;
	*at_r = NULL;
	*n_r = 0;
	if (type == patient)
		return RC_OK;
	const uint16_t *params = fhir_compartment_params(type);
	for (size_t i = 0; i < v->n; i++)
		most += v->at[i].kind == VALUE_REFERENCE && v->at[i].ref_type == patient;
	if (!most)
		return RC_OK;
	struct str *at = arena_array(a, most, sizeof *at);
	if (!at)
		return arena_rc(a, p);
	for (; params && *params; params++)
		for (size_t i = 0; i < v->n; i++)
			if (v->at[i].param == *params && v->at[i].kind == VALUE_REFERENCE && v->at[i].ref_type == patient && v->at[i].ref_id.n && !has_id(at, n, v->at[i].ref_id))
				at[n++] = v->at[i].ref_id;
	*at_r = at;
	*n_r = n;
	return RC_OK;
}

/* ---- the whole ---- */

enum rc facts_of_body(struct str body, uint16_t type, struct arena *a, struct str *facts_r, const struct json **root_r, struct problem *p)
{
	struct fhir_values values = { 0 };
	const struct json *root = NULL;
	enum rc rc = json_parse(body, a, &root, p);
	if (rc == RC_OK)
		rc = fhir_extract_with(record_params(), type, root, a, &values, p);
	if (rc == RC_OK)
		rc = facts_encode(&values, a, facts_r, p);
	if (rc == RC_OK && root_r)
		*root_r = root;
	return rc;
}

/* A fresh id replaces whatever id the body has; an id of an update must be the body's. */
static enum rc settle_id(struct record_write *w, struct str id, bool fresh, struct problem *p)
{
	w->fresh_id = fresh || !id.n;
	if (!id.n) {
		random_id(w->id);
	} else {
		if (!fhir_is_id(id))
			return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "id", "not an id");
		const struct json *has = json_get(w->root, "id");
		if (has && !fresh && !str_is(has->text, id))
			return problem_set(p, RC_BAD_INPUT, WHY_ID_MISMATCH, "id", NULL);
		memcpy(w->id, id.p, id.n);
		w->id[id.n] = '\0';
	}
	w->key = key_of(w->type, str_of(w->id));
	return RC_OK;
}

void rows_made(struct index_rows *out, const struct record_write *w, int64_t rid, int64_t patient, int64_t updated_ms)
{
	out->n = 0;
	out->failed = false;
	for (size_t i = 0; i < w->n_rows; i++) {
		struct index_row r = w->rows[i];
		r.rid = rid;
		if (r.table == BY_UPDATED)
			r.i1 = updated_ms;
		if (r.table == BY_PATIENT)
			r.value = patient;
		rows_add(out, r);
	}
}

/* The facts as they are stored, and the rows that they make, whose texts lie in the facts. */
static enum rc rows_make(struct record_write *w, struct str facts, struct arena *scratch, struct arena *a, struct problem *p)
{
	struct facts f = { 0 };
	struct index_rows rows = { 0 };
	struct str packed = STR_NONE;
	w->facts = arena_str(a, facts);
	enum rc rc = arena_rc(a, p);
	if (rc == RC_OK)
		rc = facts_decode(&f, w->facts, p);
	if (rc == RC_OK)
		rc = rows_of(&rows, &f, 0, stored_type(w->type), 0, 0, p);
	if (rc == RC_OK)
		rc = keys_pack(SEALS_FACTS, 0, w->facts, scratch, &packed, p);
	if (rc == RC_OK) {
		w->facts_packed = arena_str(a, packed);
		w->rows = arena_array(a, rows.n + 1, sizeof *w->rows);
		rc = arena_rc(a, p);
	}
	if (rc == RC_OK)
		memcpy(w->rows, rows.at, (w->n_rows = rows.n) * sizeof *rows.at);
	facts_done(&f);
	rows_free(&rows);
	return rc;
}

/* What extraction needs is far more than what is kept of it: it works in memory of its own, so that thousands of prepared resources may wait. */
static enum rc extract(struct record_write *w, struct arena *a, struct problem *p)
{
	struct fhir_values values = { 0 };
	struct arena scratch;
	struct str facts = STR_NONE, *patients = NULL;
	arena_init(&scratch, SCRATCH_MOST);
	enum rc rc = fhir_extract_with(record_params(), w->type, w->root, &scratch, &values, p);
	if (rc == RC_OK)
		rc = facts_encode(&values, &scratch, &facts, p);
	if (rc == RC_OK)
		rc = patients_of(w->type, &values, &scratch, &patients, &w->n_patients, p);
	if (rc == RC_OK)
		rc = rows_make(w, facts, &scratch, a, p);
	if (rc == RC_OK) {
		w->patients = arena_array(a, w->n_patients + 1, sizeof *w->patients);
		for (size_t i = 0; w->patients && i < w->n_patients; i++)
			w->patients[i] = arena_str(a, patients[i]);
		rc = arena_rc(a, p);
	}
	arena_done(&scratch);
	return rc;
}

/* The body of a first version, packed before its instant is known. */
static enum rc body_pack(struct record_write *w, struct arena *a, struct problem *p)
{
	struct buf body;
	struct arena scratch;
	struct str packed = STR_NONE;
	buf_init(&body, BODY_MOST + 256);
	arena_init(&scratch, SCRATCH_MOST);
	write_body(w, &body, 1, 0);
	w->instant_at = w->seg[0].n + 1 + w->seg[1].n;
	enum rc rc = buf_rc(&body, p);
	if (rc == RC_OK)
		rc = keys_pack(SEALS_BODY, w->mark, buf_view(&body), &scratch, &packed, p);
	if (rc == RC_OK && keys_packed_instant(SEALS_BODY, packed, w->instant_at, 0)) {
		w->packed = arena_str(a, packed);
		rc = arena_rc(a, p);
	}
	buf_done(&body);
	arena_done(&scratch);
	return rc;
}

static enum rc (*house_rule)(const struct json *resource, struct arena *a, struct fhir_issue **issues_r, struct problem *p);

void record_rule_set(enum rc (*rule)(const struct json *resource, struct arena *a, struct fhir_issue **issues_r, struct problem *p))
{
	house_rule = rule;
}

static unsigned char (*house_mark)(const struct json *resource);

void record_mark_set(unsigned char (*mark)(const struct json *resource)) { house_mark = mark; }
unsigned char write_mark(const struct json *root) { return house_mark ? house_mark(root) : 0; }

enum rc write_prepare(struct str body, uint16_t type, struct str id, bool fresh, bool check, struct arena *a, struct record_write **w_r, struct fhir_issue **issues_r, struct problem *p)
{
	struct record_write *w = ARENA_NEW(a, struct record_write);
	struct str text = STR_NONE;
	uint16_t found = type;
	if (issues_r)
		*issues_r = NULL;
	if (!w)
		return arena_rc(a, p);
	w->type = type;
	/* The tree is made once from the minified text; what is broken enough to confuse minifying is refused by the parser all the same. */
	enum rc rc = minified(body, a, &text, p);
	if (rc == RC_OK)
		rc = json_parse(text, a, &w->root, p);
	if (rc == RC_OK && check)
		rc = fhir_check(w->root, a, &found, issues_r, p);
	if (rc == RC_OK && check && type == fhir_type_of(STR("SearchParameter")) && found == type)
		rc = extra_check(w->root, record_params(), a, issues_r, p);
	if (rc == RC_OK && check && house_rule)
		rc = house_rule(w->root, a, issues_r, p);
	if (rc == RC_OK && found != type)
		rc = problem_set(p, RC_BAD_INPUT, WHY_WRONG_TYPE, "resourceType", "type %u instead of %u", found, type);
	if (rc == RC_OK)
		rc = settle_id(w, id, fresh, p);
	if (rc == RC_OK)
		rc = extract(w, a, p);
	if (rc == RC_OK)
		rc = write_splice(w, a, p);
	if (rc == RC_OK)
		w->mark = write_mark(w->root);
	if (rc == RC_OK && w->fresh_id)
		rc = body_pack(w, a, p);
	if (rc == RC_OK)
		*w_r = w;
	return rc;
}

enum rc record_prepare(struct str body, uint16_t type, struct str id, struct arena *a, struct record_write **w_r, struct fhir_issue **issues_r, struct problem *p)
{
	return write_prepare(body, type, id, false, true, a, w_r, issues_r, p);
}
