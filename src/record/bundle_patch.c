/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/bundle_patch.c: PATCH entries of a bundle: a JSON Patch travels as a Binary (R4 http.html#transaction), and references in its values to other
 * entries, or by a condition, become those that are stored, as in a resource; what copy and move bring into a reference is asked for while the patch is applied
 * (bundle_ref_brought). Must never touch a path, nor a text that is no reference.
 * Called by bundle.c (checked) and bundle_run.c (made). Start at bundle_patch_text.
 */
#include "record/bundle.h"
#include "codec/base64.h"

enum rc bundle_patch_read(struct record_bundle *b, struct entry *e, struct problem *p)
{
	struct str type = json_get_text(e->resource, "contentType"), rest;
	const struct json *ops;
	struct buf text;
	if (!str_eq(json_get_text(e->resource, "resourceType"), "Binary") || !str_eq_nocase(str_trim(str_cut(type, ';', &rest)), "application/json-patch+json"))
		return problem_set(p, RC_BAD_INPUT, WHY_PATCH_MEDIA, "", "content of a patch entry");
	buf_init(&text, 1u << 20);
	enum rc rc = base64_get(json_get_text(e->resource, "data"), &text) == RC_OK ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "data", "base64 of a patch");
	if (rc == RC_OK)
		rc = buf_rc(&text, p);
	if (rc == RC_OK) {
		e->patch = arena_str(b->a, buf_view(&text));
		rc = arena_rc(b->a, p);
	}
	buf_done(&text);
	if (rc == RC_OK)
		rc = json_parse(e->patch, b->a, &ops, p);
	if (rc == RC_OK && ops->kind != JSON_ARRAY)
		rc = problem_set(p, RC_BAD_INPUT, WHY_PATCH_FORM, "", "not an array");
	return rc == RC_BAD_INPUT ? problem_set(p, rc, WHY_PATCH_FORM, "", "patch of an entry") : rc;
}

struct rewriting { struct record_bundle *b; const struct entry *e; bool run; const char *at; struct buf out; };

static enum rc rewrite(struct rewriting *w, const struct json *v, struct problem *p)
{
	struct str now;
	bool open = false;
	enum rc rc = w->run ? bundle_ref_met(w->b, w->e, v, p) : RC_OK;
	if (rc == RC_OK)
		rc = bundle_ref_text(w->b, w->e, v, w->run, &now, &open, p);
	if (rc != RC_OK || !now.p)
		return rc;
	buf_put(&w->out, w->at, (size_t)(v->raw.p - w->at));
	json_str(&w->out, now);
	w->at = v->raw.p + v->raw.n;
	return RC_OK;
}

/* In document order: what is before a value is copied when the value is met. Depth is the parser's. */
static enum rc walk(struct rewriting *w, const struct json *v, bool is_reference, struct problem *p)
{
	enum rc rc = RC_OK;
	if (v->kind == JSON_STRING)
		return is_reference ? rewrite(w, v, p) : RC_OK;
	for json_each(c, v)
		if (rc == RC_OK)
			rc = walk(w, c, v->kind == JSON_OBJECT && str_eq(c->name, "reference"), p);
	return rc;
}

enum rc bundle_patch_text(struct record_bundle *b, struct entry *e, bool run, struct str *text_r, struct problem *p)
{
	const struct json *ops;
	struct rewriting w = { .b = b, .e = e, .run = run, .at = e->patch.p };
	enum rc rc = json_parse(e->patch, b->a, &ops, p);
	if (rc != RC_OK)
		return rc;
	*text_r = e->patch;
	buf_init(&w.out, e->patch.n * 4 + 4096);
	for json_each(op, ops) {
		const struct json *value = json_get(op, "value");
		if (rc == RC_OK && value)
			rc = walk(&w, value, str_ends(json_get_text(op, "path"), STR("/reference")), p);
	}
	buf_put(&w.out, w.at, (size_t)(e->patch.p + e->patch.n - w.at));
	if (rc == RC_OK)
		rc = buf_rc(&w.out, p);
	if (rc == RC_OK && w.at != e->patch.p)
		*text_r = arena_str(b->a, buf_view(&w.out));
	buf_done(&w.out);
	return rc == RC_OK ? arena_rc(b->a, p) : rc;
}
