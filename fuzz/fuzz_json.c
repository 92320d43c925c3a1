/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted JSON: written, minified and parsed again it is the same tree; minifying is idempotent; raw bytes lie in the input. Any bytes become
 * a string that parses. */
#include "fuzz.h"
#include "base/utf8.h"
#include "codec/json.h"

static void write_tree(struct jw *w, const struct json *v)
{
	if (v->kind == JSON_OBJECT) {
		jw_object(w);
		for json_each(c, v) {
			jw_str(w, c->name); /* as list items: a name may hold NUL */
			write_tree(w, c);
		}
		jw_end(w, '}');
	} else if (v->kind == JSON_ARRAY) {
		jw_array(w);
		for json_each(c, v)
			write_tree(w, c);
		jw_end(w, ']');
	} else if (v->kind == JSON_STRING) {
		jw_str(w, v->text);
	} else {
		jw_raw(w, v->raw);
	}
}

static void check_tree(const struct json *v, struct str in, unsigned depth)
{
	MUST(depth <= JSON_DEPTH);
	MUST(v->raw.n > 0 && v->raw.p >= in.p && v->raw.p + v->raw.n <= in.p + in.n);
	MUST(utf8_valid(v->text) && utf8_valid(v->name));
	unsigned n = 0;
	for (const struct json *c = v->first; c; c = c->next, n++) {
		for (const struct json *e = v->first; v->n < 40 && v->kind == JSON_OBJECT && e != c; e = e->next)
			MUST(!str_is(e->name, c->name));
		check_tree(c, v->raw, depth + 1);
	}
	MUST(n == v->n && (n == 0 || v->kind >= JSON_ARRAY));
}

/* The tree as one text, to compare trees by. */
static void print(struct buf *out, const struct json *v)
{
	struct jw w;
	jw_init(&w, out);
	write_tree(&w, v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct arena a;
	struct buf mini, again, text[2];
	struct problem p;
	const struct json *root, *other;
	arena_init(&a, 64 << 20);
	buf_init(&mini, n + 1);
	buf_init(&again, n + 1);
	buf_init(&text[0], n * 8 + 100);
	buf_init(&text[1], n * 8 + 100);
	json_minify(in, &mini);
	MUST(!mini.failed && mini.n <= n);
	enum rc rc = json_parse(in, &a, &root, &p);
	if (rc == RC_OK) {
		MUST(utf8_valid(in));
		check_tree(root, in, 0);
		json_minify(buf_view(&mini), &again);
		MUST(str_is(buf_view(&mini), buf_view(&again)));
		MUST(json_parse(buf_view(&mini), &a, &other, &p) == RC_OK);
		print(&text[0], root);
		print(&text[1], other);
		MUST(str_is(buf_view(&text[0]), buf_view(&text[1])));
	} else {
		MUST(rc == RC_BAD_INPUT && p.why != WHY_NONE);
		MUST(strspn(p.where, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_?.[]0123456789") == strlen(p.where));
	}
	buf_reset(&text[0]);
	json_str(&text[0], in);
	MUST(json_parse(buf_view(&text[0]), &a, &root, &p) == RC_OK && root->kind == JSON_STRING);
	MUST(!utf8_valid(in) || str_is(root->text, in));
	buf_done(&mini);
	buf_done(&again);
	buf_done(&text[0]);
	buf_done(&text[1]);
	arena_done(&a);
	return 0;
}
