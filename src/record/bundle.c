/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/bundle.c: batch and transaction (http.html#transaction R4). Prepared off the writer: entries parsed, checked, ids given, references to
 * other entries rewritten. On the writer: conditions resolved up front, each once; then DELETE, POST, PUT, GET; all or nothing for a
 * transaction, entry by entry for a batch. Entries that hang on a condition are rewritten and extracted there, checked before.
 * Must never leave part of a transaction, and may be run again from its beginning. Called by the gate. Start at record_bundle_prepare.
 */
#include "record/bundle.h"
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MOST 10000

static const char *const METHODS[] = { "DELETE", "POST", "PUT", "PATCH", "GET", "HEAD" };

/* ---- reading the entries ---- */

static enum rc at_entry(size_t i, const char *where, struct problem *p)
{
	char text[PROBLEM_WHERE];
	snprintf(text, sizeof text, "Bundle.entry[%zu].%.110s", i, where);
	return problem_set(p, p->rc, p->why, text, NULL);
}

static enum rc bad(size_t i, const char *where, enum why why, struct problem *p)
{
	char text[PROBLEM_WHERE];
	snprintf(text, sizeof text, "Bundle.entry[%zu].%s", i, where);
	return problem_set(p, RC_BAD_INPUT, why, text, NULL);
}

/* "Type", "Type/id", "Type/id/_history/3", "Type?query" */
static enum rc entry_url(struct entry *e, size_t i, struct problem *p)
{
	struct str query, id, rest, history, version, path = str_cut(e->url, '?', &query);
	struct str type = str_cut(path, '/', &id);
	uint64_t v;
	e->type = fhir_type_of(type);
	e->query = query.p ? query : STR_NONE;
	if (!e->type)
		return bad(i, "request.url", WHY_UNKNOWN_TYPE, p);
	if (!id.p)
		return RC_OK;
	id = str_cut(id, '/', &rest);
	if (!fhir_is_id(id))
		return bad(i, "request.url", WHY_FORMAT, p);
	e->url_id = id;
	if (!rest.p)
		return RC_OK;
	history = str_cut(rest, '/', &version);
	if (!str_eq(history, "_history") || str_u64(version, &v) != RC_OK || v == 0 || v > UINT32_MAX)
		return bad(i, "request.url", WHY_FORMAT, p);
	e->version = (uint32_t)v;
	return RC_OK;
}

static enum rc entry_conditions(struct entry *e, const struct json *request, size_t i, struct problem *p)
{
	struct str match = json_get_text(request, "ifMatch"), none = json_get_text(request, "ifNoneMatch");
	uint64_t v;
	if (str_starts(match, STR("W/")))
		match = (struct str){ match.p + 2, match.n - 2 };
	if (match.n) {
		if (match.n < 3 || match.p[0] != '"' || match.p[match.n - 1] != '"' || str_u64((struct str){ match.p + 1, match.n - 2 }, &v) != RC_OK || v > UINT32_MAX)
			return bad(i, "request.ifMatch", WHY_FORMAT, p);
		e->cond.has_version = true;
		e->cond.version = (uint32_t)v;
	}
	e->cond.none_exists = str_eq(none, "*");
	e->cond.revive = true;
	e->if_none_match = none;
	e->if_none_exist = json_get_text(request, "ifNoneExist");
	if (e->if_none_exist.n && e->if_none_exist.p[0] == '?')
		e->if_none_exist = (struct str){ e->if_none_exist.p + 1, e->if_none_exist.n - 1 };
	return RC_OK;
}

static enum rc entry_shape(const struct entry *e, size_t i, struct problem *p)
{
	bool has = e->resource != NULL;
	switch (e->method) {
	case METHOD_POST:
		if (!has || e->url_id.n || e->query.p)
			return bad(i, has ? "request.url" : "resource", has ? WHY_FORMAT : WHY_CARDINALITY, p);
		break;
	case METHOD_PUT:
		if (!has || e->version || (!e->url_id.n && !e->query.n))
			return bad(i, has ? "request.url" : "resource", has ? WHY_FORMAT : WHY_CARDINALITY, p);
		break;
	case METHOD_PATCH:
		if (!has || e->version || (!e->url_id.n && !e->query.n))
			return bad(i, has ? "request.url" : "resource", has ? WHY_FORMAT : WHY_CARDINALITY, p);
		return RC_OK;
	case METHOD_DELETE:
		if (e->version || (!e->url_id.n && !e->query.n))
			return bad(i, "request.url", WHY_FORMAT, p);
		break;
	default:
		break;
	}
	if (has && !str_eq(json_get_text(e->resource, "resourceType"), fhir_type_name(e->type)))
		return bad(i, "resource.resourceType", WHY_WRONG_TYPE, p);
	return RC_OK;
}

static enum rc entry_read(struct record_bundle *b, struct entry *e, const struct json *from, size_t i, struct problem *p)
{
	const struct json *request = json_get(from, "request"), *resource = json_get(from, "resource");
	struct str method = json_get_text(request, "method");
	e->method = METHOD__END;
	for (int m = 0; m < METHOD__END; m++)
		if (str_eq(method, METHODS[m]))
			e->method = (enum method)m;
	if (!request || e->method == METHOD__END)
		return bad(i, "request.method", request ? WHY_METHOD : WHY_CARDINALITY, p);
	e->resource = resource && resource->kind == JSON_OBJECT ? resource : NULL;
	e->full_url = json_get_text(from, "fullUrl");
	e->url = json_get_text(request, "url");
	enum rc rc = entry_url(e, i, p);
	if (rc == RC_OK)
		rc = entry_conditions(e, request, i, p);
	if (rc == RC_OK)
		rc = entry_shape(e, i, p);
	if (rc == RC_OK && e->method == METHOD_PATCH && (rc = bundle_patch_read(b, e, p)) == RC_BAD_INPUT)
		rc = bad(i, p->why == WHY_PATCH_MEDIA ? "resource" : "resource.data", p->why, p);
	return rc;
}

/* ---- references ---- */

static int link_cmp(const void *a, const void *b) { return str_cmp(((const struct link *)a)->url, ((const struct link *)b)->url); }

/* Entries by fullUrl. */
static enum rc links_make(struct record_bundle *b, struct problem *p)
{
	b->links = arena_array(b->a, b->n + 1, sizeof *b->links);
	for (size_t i = 0; b->links && i < b->n; i++) {
		const struct entry *e = &b->at[i];
		if (e->full_url.n && (e->method == METHOD_POST || e->method == METHOD_PUT))
			b->links[b->n_links++] = (struct link){ e->full_url, i };
	}
	if (b->links)
		qsort(b->links, b->n_links, sizeof *b->links, link_cmp);
	for (size_t i = 1; b->links && i < b->n_links; i++)
		if (b->is_transaction && str_is(b->links[i].url, b->links[i - 1].url))
			return bad(b->links[i].entry, "fullUrl", WHY_DUPLICATE, p);
	return arena_rc(b->a, p);
}

static bool link_find(const struct record_bundle *b, struct str url, size_t *i_r)
{
	struct link key = { url, 0 };
	const struct link *l = b->n_links ? bsearch(&key, b->links, b->n_links, sizeof key, link_cmp) : NULL;
	if (l)
		*i_r = l->entry;
	return l != NULL;
}

static bool is_conditional(struct str ref)
{
	struct str query, type = str_cut(ref, '?', &query);
	return query.n && fhir_type_of(type);
}

static bool id_is_fixed(const struct entry *e)
{
	return e->id[0] != '\0';
}

/* Path of a value inside of a resource, "Observation.performer[1].reference"; false when it is not in there. */
static bool path_below(const struct json *v, const struct json *wanted, struct buf *out)
{
	size_t kept = out->n, i = 0;
	if (v == wanted)
		return true;
	for json_each(c, v) {
		if (v->kind == JSON_ARRAY) {
			buf_fmt(out, "[%zu]", i++);
		} else {
			buf_ch(out, '.');
			buf_str(out, c->name);
		}
		if (path_below(c, wanted, out))
			return true;
		out->n = kept;
	}
	return false;
}

enum rc bundle_unresolved(const struct entry *e, const struct json *ref, enum rc rc, enum why why, struct problem *p)
{
	char text[PROBLEM_WHERE];
	struct buf path;
	buf_init(&path, 4096);
	buf_str(&path, json_get_text(e->resource, "resourceType"));
	bool found = path_below(e->resource, ref, &path);
	snprintf(text, sizeof text, "%.*s", found && !path.failed ? (int)(path.n < 100 ? path.n : 100) : 0, path.p ? path.p : "");
	buf_done(&path);
	return problem_set(p, rc, why, text, "reference");
}

enum rc bundle_ref_text(struct record_bundle *b, const struct entry *e, const struct json *at, bool run, struct str *out, bool *open_r, struct problem *p)
{
	struct str ref = at->text;
	size_t i;
	char text[160];
	const char *id = NULL;
	uint16_t type = 0;
	*out = STR_NONE;
	if (link_find(b, ref, &i)) {
		type = b->at[i].type;
		id = b->at[i].id;
		if (!id_is_fixed(&b->at[i]))
			id = "open", *open_r = true;
	} else if (is_conditional(ref)) {
		struct str query;
		type = fhir_type_of(str_cut(ref, '?', &query));
		id = "open";
		*open_r = true;
		struct condition *c = condition_of(b, type, query);
		if (!c)
			return arena_rc(b->a, p);
		if (run)
			id = c->id;
	} else if (str_starts(ref, STR("urn:uuid:")) || str_starts(ref, STR("urn:oid:"))) {
		return bundle_unresolved(e, at, RC_BAD_INPUT, WHY_UNRESOLVED, p);
	} else {
		return RC_OK;
	}
	snprintf(text, sizeof text, "%s/%s", fhir_type_name(type), id);
	*out = arena_str(b->a, str_of(text));
	return arena_rc(b->a, p);
}

static enum rc entry_text(struct record_bundle *b, struct entry *e, bool run, struct str *text_r, struct problem *p)
{
	struct fhir_refs refs;
	struct buf out;
	struct str raw = e->resource->raw;
	const char *at = raw.p;
	bool open = false;
	enum rc rc = fhir_references(e->resource, b->a, &refs, p);
	*text_r = raw;
	if (rc != RC_OK || !refs.n)
		return rc;
	buf_init(&out, raw.n * 4 + 4096);
	for (size_t i = 0; rc == RC_OK && i < refs.n; i++) {
		struct str now;
		if (refs.at[i]->raw.p < at)
			continue;
		rc = bundle_ref_text(b, e, refs.at[i], run, &now, &open, p);
		if (rc != RC_OK || !now.p)
			continue;
		buf_put(&out, at, (size_t)(refs.at[i]->raw.p - at));
		json_str(&out, now);
		at = refs.at[i]->raw.p + refs.at[i]->raw.n;
	}
	buf_put(&out, at, (size_t)(raw.p + raw.n - at));
	if (rc == RC_OK)
		rc = buf_rc(&out, p);
	if (rc == RC_OK && at != raw.p)
		*text_r = arena_str(b->a, buf_view(&out));
	buf_done(&out);
	e->open = open;
	return rc == RC_OK ? arena_rc(b->a, p) : rc;
}

struct condition *condition_of(struct record_bundle *b, uint16_t type, struct str query)
{
	for (struct condition *c = b->conditions; c; c = c->next)
		if (c->type == type && str_is(c->query, query))
			return c;
	struct condition *c = ARENA_NEW(b->a, struct condition);
	if (!c)
		return NULL;
	c->type = type;
	c->query = query;
	c->next = b->conditions;
	b->conditions = c;
	return c;
}

/* ---- preparing ---- */

static enum rc entry_id(struct record_bundle *b, struct entry *e, struct problem *p)
{
	if (e->method == METHOD_POST && !e->if_none_exist.n) {
		random_id(e->id);
		e->fresh = true;
	} else if ((e->method == METHOD_PUT || e->method == METHOD_PATCH) && e->url_id.n) {
		memcpy(e->id, e->url_id.p, e->url_id.n);
		e->id[e->url_id.n] = '\0';
	}
	if (e->method == METHOD_POST && e->if_none_exist.n)
		e->condition = condition_of(b, e->type, e->if_none_exist);
	else if (e->query.n && e->method != METHOD_GET && e->method != METHOD_HEAD)
		e->condition = condition_of(b, e->type, e->query);
	if (e->condition && e->method == METHOD_DELETE)
		e->condition->all = true;
	return arena_rc(b->a, p);
}

enum rc entry_write(struct record_bundle *b, struct entry *e, bool run, struct fhir_issue **issues_r, struct problem *p)
{
	struct str text;
	enum rc rc = entry_text(b, e, run, &text, p);
	bool known = id_is_fixed(e);
	if (rc == RC_OK)
		rc = write_prepare(text, e->type, str_of(e->id), e->fresh || !known, !run, b->a, &e->write, issues_r, p);
	e->later = e->open || !known;
	return rc;
}

static enum rc entries_read(struct record_bundle *b, const struct json *list, struct problem *p)
{
	b->n = list ? list->n : 0;
	if (b->n > ENTRIES_MOST)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "Bundle.entry", "%zu entries", b->n);
	b->at = arena_array(b->a, b->n + 1, sizeof *b->at);
	if (!b->at)
		return arena_rc(b->a, p);
	size_t i = 0;
	for json_each(e, list) {
		struct entry *x = &b->at[i];
		enum rc rc = entry_read(b, x, e, i, p);
		if (rc == RC_OK)
			rc = entry_id(b, x, p);
		if (rc == RC_BAD_INPUT && !b->is_transaction) {
			x->failed = x->refused = true;
			x->problem = *p;
			rc = RC_OK;
		}
		if (rc != RC_OK)
			return rc;
		i++;
	}
	return RC_OK;
}

/* Issues found inside an entry are told with the entry's place. */
static void issues_place(struct record_bundle *b, struct fhir_issue *list, size_t i)
{
	for (; list; list = list->next) {
		char text[PROBLEM_WHERE + 40];
		int n = snprintf(text, sizeof text, "Bundle.entry[%zu].resource: %s", i, list->where ? list->where : "");
		const char *z = n > 0 ? arena_z(b->a, str_of(text)) : NULL;
		if (z)
			list->where = z;
	}
}

enum rc record_bundle_prepare(struct str body, struct arena *a, struct record_bundle **b_r, struct fhir_issue **issues_r, struct problem *p)
{
	const struct json *root = NULL;
	struct record_bundle *b = ARENA_NEW(a, struct record_bundle);
	*issues_r = NULL;
	if (!b)
		return arena_rc(a, p);
	b->a = a;
	enum rc rc = json_parse(body, a, &root, p);
	if (rc != RC_OK)
		return rc;
	struct str type = json_get_text(root, "type");
	b->is_transaction = str_eq(type, "transaction");
	if (!str_eq(json_get_text(root, "resourceType"), "Bundle"))
		return problem_set(p, RC_BAD_INPUT, WHY_WRONG_TYPE, "resourceType", "not a Bundle");
	if (!b->is_transaction && !str_eq(type, "batch"))
		return problem_set(p, RC_BAD_INPUT, WHY_BUNDLE_TYPE, "Bundle.type", NULL);
	rc = entries_read(b, json_get(root, "entry"), p);
	if (rc == RC_OK)
		rc = links_make(b, p);
	for (size_t i = 0; rc == RC_OK && i < b->n; i++) {
		struct entry *e = &b->at[i];
		struct fhir_issue *issues = NULL;
		struct str patch;
		if (e->failed || (e->method != METHOD_POST && e->method != METHOD_PUT && e->method != METHOD_PATCH))
			continue;
		rc = e->method == METHOD_PATCH ? bundle_patch_text(b, e, false, &patch, p) : entry_write(b, e, false, &issues, p);
		if (rc == RC_BAD_INPUT && !b->is_transaction) {
			e->failed = e->refused = true;
			e->problem = *p;
			e->issues = issues;
			rc = RC_OK;
		} else if (rc == RC_BAD_INPUT) {
			issues_place(b, issues, i);
			*issues_r = issues;
			char where[PROBLEM_WHERE];
			snprintf(where, sizeof where, "resource: %.100s", p->where);
			rc = at_entry(i, where, p);
		}
	}
	if (rc == RC_OK)
		*b_r = b;
	return rc;
}

const struct problem *record_bundle_problem(const struct record_bundle *b, size_t i)
{
	return i < b->n && b->at[i].failed ? &b->at[i].problem : NULL;
}

void record_bundle_returns(struct record_bundle *b, enum bundle_returns returns)
{
	b->returns = returns;
}

void record_bundle_guard(struct record_bundle *b, struct record_guard *g)
{
	b->guard = g;
}

void record_bundle_gone(struct record_bundle *b, struct record_gone *g)
{
	b->gone = g;
}

size_t record_bundle_patients(const struct record_bundle *b, const int64_t **at_r)
{
	*at_r = b->patients;
	return b->n_patients;
}
