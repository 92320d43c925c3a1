/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/posted.c: which SearchParameter resources are in effect. A rebuild of the indexes notes those that are live and not retired, by id and version, in
 * the vocabulary (kind 3); record_open compiles exactly these into one object that does not change any more. What is posted or withdrawn after takes effect
 * at the next rebuild, so that indexes and searches never disagree.
 * It must never judge by what is live now. Called by vocabulary.c at open, by operator.c at a rebuild. Start at posted_read, posted_settle, record_plan_parse.
 */
#include "record/inner.h"
#include "fhir/extra.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_POSTED 3
#define POSTED_MOST 2000
#define NAME_MOST 96          /* id, '/', version */

/* ---- at open ---- */

struct names { char (*at)[NAME_MOST]; size_t n; };

static enum rc names_read(struct db_conn *c, struct names *out, struct arena *a, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_POSTED);
	bool row = false;
	enum rc rc;
	out->at = arena_array(a, POSTED_MOST, sizeof *out->at);
	if (!out->at)
		return arena_rc(a, p);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && out->n < POSTED_MOST) {
		struct str name = db_text(s, 0);
		if (name.n < NAME_MOST)
			memcpy(out->at[out->n++], name.p, name.n);
	}
	db_reset(s);
	return rc;
}

static enum rc one_read(struct db_conn *c, const char *name, struct arena *a, const struct json **root_r, struct problem *p)
{
	struct str version, id = str_cut(str_of(name), '/', &version);
	struct record_row row;
	uint64_t no = 0;
	enum rc rc = str_u64(version, &no);
	if (rc == RC_OK)
		rc = record_vread(c, fhir_type_of(STR("SearchParameter")), id, (uint32_t)no, &row, p);
	if (rc == RC_OK) {
		struct str body = arena_str(a, row.body);
		rc = body.p ? json_parse(body, a, root_r, p) : arena_rc(a, p);
	}
	return rc;
}

enum rc posted_read(struct db_conn *c, struct fhir_extra **x_r, struct problem *p)
{
	struct arena a;
	struct names names = { 0 };
	const struct json **roots = NULL;
	size_t n = 0;
	arena_init(&a, 256u << 20);
	*x_r = NULL;
	enum rc rc = names_read(c, &names, &a, p);
	if (rc == RC_OK && names.n) {
		roots = arena_array(&a, names.n, sizeof *roots);
		rc = arena_rc(&a, p);
	}
	for (size_t i = 0; rc == RC_OK && i < names.n; i++) {
		rc = one_read(c, names.at[i], &a, &roots[n], p);
		n += rc == RC_OK;
		if (rc == RC_NOT_FOUND || rc == RC_GONE) /* without it the parameter is not known, and refused: no reason not to open */
			rc = RC_OK;
	}
	if (rc == RC_OK && n)
		rc = extra_new(roots, n, x_r, p);
	arena_done(&a);
	return rc;
}

/* ---- at a rebuild ---- */

static bool is_retired(struct str body, struct arena *a)
{
	const struct json *root = NULL;
	struct problem none;
	return json_parse(body, a, &root, &none) != RC_OK || str_eq(json_get_text(root, "status"), "retired");
}

static enum rc name_add(struct db_conn *c, int64_t no, const char *name, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_WORD_ADD);
	db_bind_i64(s, 1, WORD_POSTED);
	db_bind_i64(s, 2, no);
	db_bind_str(s, 3, str_of(name));
	return db_run(s, p);
}

struct live { struct names names; struct arena a; };

static enum rc live_row(struct db_conn *c, int64_t rid, struct live *l, struct problem *p)
{
	struct record_row row;
	enum rc rc = record_by_rid(c, rid, &row, p);
	if (rc != RC_OK || row.deleted)
		return rc;
	struct arena scratch;
	arena_init(&scratch, 64u << 20);
	if (!is_retired(row.body, &scratch))
		snprintf(l->names.at[l->names.n++], NAME_MOST, "%.*s/%u", STR_ARG(row.id), row.version);
	arena_done(&scratch);
	return RC_OK;
}

enum rc posted_settle(struct db_conn *c, struct problem *p)
{
	struct live l = { .names = { 0 } };
	struct range all = range_of_type(stored_type(fhir_type_of(STR("SearchParameter"))));
	struct walk w;
	struct index_row row = { 0 };
	bool is = true;
	enum rc rc = RC_OK;
	int64_t *rids = NULL;
	size_t n = 0;
	arena_init(&l.a, 16u << 20);
	l.names.at = arena_array(&l.a, POSTED_MOST, sizeof *l.names.at);
	rids = arena_array(&l.a, POSTED_MOST, sizeof *rids);
	if (!l.names.at || !rids)
		rc = arena_rc(&l.a, p);
	if (rc == RC_OK) {
		walk_open(&w, c, &all, NULL);
		while (n < POSTED_MOST && (rc = walk_next(&w, &row, &is, p)) == RC_OK && is)
			rids[n++] = row.rid;
		walk_close(&w);
	}
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = live_row(c, rids[i], &l, p);
	if (rc == RC_OK)
		rc = db_run(db_stmt(c, ST_RECORD_Z_POSTED), p);
	for (size_t i = 0; rc == RC_OK && i < l.names.n; i++)
		rc = name_add(c, (int64_t)i + 1, l.names.at[i], p);
	arena_done(&l.a);
	return rc;
}

/* ---- plans ---- */

static bool in_effect(struct str code)
{
	const struct fhir_extra *x = record_params();
	for (uint16_t i = 1; i <= extra_count(x); i++)
		if (str_eq(code, extra_at(x, (uint16_t)(fhir_param_count() + i))->code))
			return true;
	return false;
}

/* Is one of the names in "subject:Patient.code" that of a parameter that is posted and not in effect? */
static bool waits(struct db_conn *c, uint16_t type, const char *name)
{
	struct str rest = str_of(name);
	bool plain = rest.n && !memchr(rest.p, '.', rest.n) && !str_starts(rest, STR("_has"));
	while (rest.n) {
		size_t n = 0;
		char query[PROBLEM_WHERE + 160], id[65];
		unsigned found = 0;
		struct problem none;
		while (n < rest.n && rest.p[n] != '.' && rest.p[n] != ':')
			n++;
		struct str code = { rest.p, n };
		rest = n < rest.n ? (struct str){ rest.p + n + 1, rest.n - n - 1 } : STR_NONE;
		if (!code.n || in_effect(code))
			continue;
		int len = snprintf(query, sizeof query, "code=%.*s&status:not=retired", STR_ARG(code));
		if (plain)
			len += snprintf(query + len, sizeof query - (size_t)len, "&base=%s,Resource,DomainResource", fhir_type_name(type));
		if (record_match(c, fhir_type_of(STR("SearchParameter")), (struct str){ query, (size_t)len }, &found, id, &none) == RC_OK && found)
			return true;
	}
	return false;
}

enum rc record_plan_parse(struct db_conn *c, uint16_t type, const struct pairs *query, bool lenient, struct arena *a, struct plan **plan_r, struct problem *p)
{
	enum rc rc = fhir_plan_parse_with(record_params(), type, query, lenient, a, plan_r, p);
	if (rc == RC_BAD_INPUT && p && p->why == WHY_UNKNOWN_PARAMETER && waits(c, type, p->where))
		p->why = WHY_PARAMETER_WAITS;
	return rc;
}
