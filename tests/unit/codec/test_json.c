/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/unit.h"
#include "../base/nth_alloc.h"
#include "base/map.h"
#include "base/random.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "shared.h"

#ifdef HAVE_JSON_C
#include <json-c/json.h>
#endif

/* Parses a heap copy of the exact size; the copy and the arena stay until the next call. */
static struct arena arena;
static char *copy;
static struct problem problem;

static enum rc parse(struct str s, const struct json **root_r)
{
	free(copy);
	copy = malloc(s.n + (s.n == 0));
	if (s.n)
		memcpy(copy, s.p, s.n);
	arena_done(&arena);
	arena_init(&arena, 64 << 20);
	*root_r = NULL;
	return json_parse((struct str){ copy, s.n }, &arena, root_r, &problem);
}

static int tidy_up(void **state)
{
	(void)state;
	free(copy);
	copy = NULL;
	arena_done(&arena);
	return 0;
}

/* ---- what is accepted ---- */

static void wants_yes(const char *name, struct str s)
{
	const struct json *root;
	/* The one difference: RFC 8259 lets a reader refuse names that are not unique, and a record must. */
	bool twice = strstr(name, "duplicated_key") != NULL;
	enum rc rc = parse(s, &root);
	holds(rc == (twice ? RC_BAD_INPUT : RC_OK), name);
	if (twice)
		holds(problem.why == WHY_DUPLICATE_KEY, name);
}

static void wants_no(const char *name, struct str s)
{
	const struct json *root;
	holds(parse(s, &root) == RC_BAD_INPUT, name);
	holds(root == NULL, name);
}

static void wants_no_crash(const char *name, struct str s)
{
	const struct json *root;
	enum rc rc = parse(s, &root);
	holds(rc == RC_OK || rc == RC_BAD_INPUT || rc == RC_LIMIT, name);
}

static void test_suite(void **state)
{
	(void)state;
	if (!shared_is("data/entrees_hostiles/json"))
		return;
	assert_true(shared_each("data/entrees_hostiles/json", "y_", wants_yes) >= 40);
	assert_true(shared_each("data/entrees_hostiles/json", "n_", wants_no) >= 80);
	assert_true(shared_each("data/entrees_hostiles/json", "i_", wants_no_crash) >= 10);
	shared_each("data/entrees_hostiles/fhir", "", wants_no_crash);
	shared_each("data/entrees_hostiles/fuzzdb", "", wants_no_crash);
}

static void table(void **state)
{
	(void)state;
	static const struct { const char *z; enum why why; const char *where; } T[] = {
		{ "null",                              WHY_NONE, "" },
		{ " \t\r\n1 ",                         WHY_NONE, "" },
		{ "\"\\u0000\"",                       WHY_NONE, "" },
		{ "[]",                                WHY_NONE, "" },
		{ "{\"\":{}}",                         WHY_NONE, "" },
		{ "[-0,0.0,1e5,1E-5,-1.5e+10]",        WHY_NONE, "" },
		{ "\"\x7F\"",                          WHY_NONE, "" },
		{ "",                                  WHY_BAD_JSON, "" },
		{ " ",                                 WHY_BAD_JSON, "" },
		{ "\xEF\xBB\xBFnull",                  WHY_BAD_JSON, "" }, /* a byte order mark */
		{ "nul",                               WHY_BAD_JSON, "" },
		{ "nullx",                             WHY_BAD_JSON, "" },
		{ "1 2",                               WHY_BAD_JSON, "" },
		{ "01",                                WHY_BAD_JSON, "" },
		{ "{\"a\":1,}",                        WHY_BAD_JSON, "a" },
		{ "{\"a\" 1}",                         WHY_BAD_JSON, "a" },
		{ "{a:1}",                             WHY_BAD_JSON, "" },
		{ "{\"name\":[{\"family\":\"x\"},{\"family\":tru}]}", WHY_BAD_JSON, "name[1].family" },
		{ "[1,2,}",                            WHY_BAD_JSON, "[2]" },
		{ "[[1],[2,[3,x]]]",                   WHY_BAD_JSON, "[1][1][1]" },
		{ "[1}",                               WHY_BAD_JSON, "[1]" },
		{ "{\"a\":1]",                         WHY_BAD_JSON, "a" },
		{ "{\"a\":\"b\nc\"}",                  WHY_BAD_JSON, "a" },
		{ "{\"a\":\"\\x\"}",                   WHY_BAD_JSON, "a" },
		{ "{\"a\":\"\\u12g4\"}",               WHY_BAD_JSON, "a" },
		{ "{\"a\":\"\\ud800\"}",               WHY_BAD_JSON, "a" },
		{ "{\"a\":\"\\udc00\\ud800\"}",        WHY_BAD_JSON, "a" },
		{ "{\"a\":\"\\ud800\\u0041\"}",        WHY_BAD_JSON, "a" },
		{ "{\"a\":\"open}",                    WHY_BAD_JSON, "a" },
		{ "{\"a\":\"open\\",                   WHY_BAD_JSON, "a" },
		{ "{\"a\":{\"Dupont 1957\":x}}",       WHY_BAD_JSON, "a.?" }, /* an outside name is not shown */
		{ "{\"a\":1,\"b\":2,\"a\":3}",         WHY_DUPLICATE_KEY, "a" },
		{ "{\"p\":{\"a\":1,\"\\u0061\":3}}",   WHY_DUPLICATE_KEY, "p.a" },
		{ "{\"\":1,\"\":3}",                   WHY_DUPLICATE_KEY, "?" },
		{ "{\"_a\":1,\"a\":[{\"x\":1,\"x\":2}]}", WHY_DUPLICATE_KEY, "a[0].x" },
		{ "{\"a\":\"\xFF\"}",                  WHY_BAD_UTF8, "a" },
		{ "{\"a\":1,\"b\":[0,\"a very long text that goes on \xC3\"]}", WHY_BAD_UTF8, "b[1]" },
		{ "{\"a\":x,\"b\":\"\xC3\"}",          WHY_BAD_JSON, "a" }, /* the first fault is told */
		{ "1 \xC0",                            WHY_BAD_UTF8, "" },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		const struct json *root;
		memset(&problem, 0, sizeof problem);
		enum rc rc = parse(str_of(T[i].z), &root);
		holds(rc == (T[i].why == WHY_NONE ? RC_OK : RC_BAD_INPUT), T[i].z);
		holds(problem.why == T[i].why, T[i].z);
		same_text(str_of(problem.where), T[i].where, T[i].z);
	}
	const struct json *root;
	assert_int_equal(parse(STR_NONE, &root), RC_BAD_INPUT);
	assert_int_equal(parse((struct str){ "\"a\0b\"", 5 }, &root), RC_BAD_INPUT);
	assert_int_equal(json_parse(STR("x"), &arena, &root, NULL), RC_BAD_INPUT);
}

static void tree(void **state)
{
	(void)state;
	const struct json *root;
	assert_int_equal(parse(STR(" {\"resourceType\":\"Patient\", \"n\\u0061me\" : [ {\"family\":\"D\\u00e9\\ud83d\\ude00\\n\\/\\\"\"} , null ],"
				   "\"value\":5.40e0,\"active\":true,\"deceased\":false}"), &root), RC_OK);
	assert_int_equal(root->kind, JSON_OBJECT);
	assert_int_equal(root->n, 5);
	same_text(json_get_text(root, "resourceType"), "Patient", "text");
	same_text(json_get_text(root, "value"), "5.40e0", "number as written");
	same_text(json_get_text(root, "active"), "true", "true");
	same_text(json_get_text(root, "deceased"), "false", "false");
	const struct json *names = json_get(root, "name");
	assert_int_equal(names->kind, JSON_ARRAY);
	assert_int_equal(names->n, 2);
	same_text(names->raw, "[ {\"family\":\"D\\u00e9\\ud83d\\ude00\\n\\/\\\"\"} , null ]", "raw of an array");
	same_text(json_get_text(json_at(names, 0), "family"), "D\xC3\xA9\xF0\x9F\x98\x80\n/\"", "unescaped");
	same_text(json_get(json_at(names, 0), "family")->raw, "\"D\\u00e9\\ud83d\\ude00\\n\\/\\\"\"", "raw of a string");
	assert_int_equal(json_at(names, 1)->kind, JSON_NULL);
	assert_null(json_at(names, 2));
	assert_null(json_get(root, "absent"));
	assert_null(json_get(names, "family"));
	assert_null(json_get(NULL, "family"));
	assert_null(json_at(root, 0));
	assert_null(json_at(NULL, 0));
	assert_null(json_text(NULL).p);
	assert_null(json_text(root).p);
	assert_null(json_get_text(root, "absent").p);
	static const char *const ORDER[] = { "resourceType", "name", "value", "active", "deceased" };
	unsigned i = 0;
	for json_each(c, root)
		same_text(c->name, ORDER[i++], "order");
	assert_int_equal(i, 5);
	assert_true(json_get(root, "resourceType")->text.p >= copy && json_get(root, "resourceType")->text.p < copy + 200);
}

static void any_length(void **state)
{
	(void)state;
	/* Strings of every length around the words of the scanner, with a fault or an escape at each place. */
	char z[80];
	const struct json *root;
	for (size_t n = 0; n < 70; n++) {
		memset(z, 'x', sizeof z);
		z[0] = z[n + 1] = '"';
		assert_int_equal(parse((struct str){ z, n + 2 }, &root), RC_OK);
		assert_int_equal(root->text.n, n);
		for (size_t at = 0; at < n; at++) {
			memset(z + 1, 'x', n);
			z[1 + at] = '\x1F';
			assert_int_equal(parse((struct str){ z, n + 2 }, &root), RC_BAD_INPUT);
			if (at + 1 < n) {
				z[1 + at] = '\\';
				z[2 + at] = 't';
				assert_int_equal(parse((struct str){ z, n + 2 }, &root), RC_OK);
				assert_int_equal(root->text.n, n - 1);
				assert_int_equal(root->text.p[at], '\t');
			}
			z[1 + at] = '"';
			assert_int_equal(parse((struct str){ z, n + 2 }, &root), RC_BAD_INPUT);
		}
		memset(z, ' ', sizeof z);
		z[n] = '1';
		assert_int_equal(parse((struct str){ z, sizeof z }, &root), RC_OK);
		z[n / 2] = n ? '\v' : '1';
		assert_int_equal(parse((struct str){ z, sizeof z }, &root), n ? RC_BAD_INPUT : RC_OK);
	}
}

static void large_objects(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 32 << 20);
	const struct json *root;
	static const unsigned SIZES[] = { 15, 16, 17, 18, 33, 1000, 300000 };
	for (size_t i = 0; i < COUNT(SIZES); i++) {
		unsigned last_duplicate = SIZES[i] > 10000 ? 2 : SIZES[i];
		for (unsigned duplicate = 0; duplicate < last_duplicate; duplicate += 1 + SIZES[i] / 40) {
			buf_reset(&b);
			buf_z(&b, "{\"deep\":{");
			for (unsigned k = 0; k < SIZES[i]; k++)
				buf_fmt(&b, "%s\"key%u\":%u", k ? "," : "", duplicate && k == SIZES[i] - 1 ? duplicate - 1 : k, k);
			buf_z(&b, "}}");
			enum rc rc = parse(buf_view(&b), &root);
			assert_int_equal(rc, duplicate ? RC_BAD_INPUT : RC_OK);
			if (duplicate) {
				assert_int_equal(problem.why, WHY_DUPLICATE_KEY);
				assert_string_equal(problem.where, "deep.?");
			} else {
				assert_int_equal(json_get(root, "deep")->n, SIZES[i]);
			}
		}
	}
	buf_done(&b);
}

static void depth(void **state)
{
	(void)state;
	const struct json *root;
	for (unsigned n = JSON_DEPTH - 1; n < JSON_DEPTH + 3; n++)
		for (int kind = 0; kind < 2; kind++) {
			struct buf b;
			buf_init(&b, 10000);
			for (unsigned i = 0; i < n; i++)
				buf_z(&b, kind ? "{\"a\":" : "[");
			buf_ch(&b, '1');
			for (unsigned i = 0; i < n; i++)
				buf_ch(&b, kind ? '}' : ']');
			assert_int_equal(parse(buf_view(&b), &root), n <= JSON_DEPTH ? RC_OK : RC_BAD_INPUT);
			if (n > JSON_DEPTH)
				assert_int_equal(problem.why, WHY_TOO_DEEP);
			buf_done(&b);
		}
}

static void no_memory(void **state)
{
	(void)state;
	const struct json *root;
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_z(&b, "[\"an \\u0065scape\",{");
	for (int i = 0; i < 100; i++)
		buf_fmt(&b, "%s\"k%d\":[\"\\n\"]", i ? "," : "", i);
	buf_z(&b, "}]");
	bool ok = false;
	for (size_t limit = 0; !ok; limit += 500) {
		struct arena a;
		arena_init(&a, limit);
		enum rc rc = json_parse(buf_view(&b), &a, &root, &problem);
		assert_true(rc == RC_OK || rc == RC_LIMIT);
		ok = rc == RC_OK;
		arena_done(&a);
		assert_true(limit < 100000);
	}
	for (long n = 1;; n++) {
		struct arena a;
		arena_init(&a, 1 << 20);
		nth_alloc = n;
		enum rc rc = json_parse(buf_view(&b), &a, &root, &problem);
		bool done = nth_alloc > 0;
		nth_alloc = 0;
		assert_int_equal(rc, done ? RC_OK : RC_LIMIT);
		arena_done(&a);
		if (done)
			break;
	}
	buf_done(&b);
}

/* ---- writing ---- */

static void minified(void **state)
{
	(void)state;
	static const struct { const char *z, *want; } T[] = {
		{ " { \"a b\" : [ 1.50 , \"x \\\" \\u0041 y\" ] , \"c\" : null }\n", "{\"a b\":[1.50,\"x \\\" \\u0041 y\"],\"c\":null}" },
		{ "{\"a\":1}", "{\"a\":1}" },
		{ "\r\n\t 1 \r\n", "1" },
		{ "\"\\\\\" ", "\"\\\\\"" },
		{ "", "" },
		{ "\"open ", "\"open " },
		{ "\"open \\", "\"open \\" },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		struct buf b;
		buf_init(&b, 1000);
		json_minify(str_of(T[i].z), &b);
		same_text(buf_view(&b), T[i].want, T[i].z);
		buf_done(&b);
	}
}

static void strings(void **state)
{
	(void)state;
	static const struct { const char *z, *want; } T[] = {
		{ "", "\"\"" },
		{ "a/b", "\"a/b\"" },
		{ "\" \\ \b\f\n\r\t \x01\x1F\x7F", "\"\\\" \\\\ \\b\\f\\n\\r\\t \\u0001\\u001f\x7F\"" },
		{ "\xC3\xA9\xE2\x82\xAC", "\"\xC3\xA9\xE2\x82\xAC\"" },
		{ "a\xFFz\xC3", "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"" },
		{ "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
		{ "0123456789abcdef\"0123456789abcdef\xC0", "\"0123456789abcdef\\\"0123456789abcdef\xEF\xBF\xBD\"" },
	};
	struct buf b;
	buf_init(&b, 100000);
	for (size_t i = 0; i < COUNT(T); i++) {
		buf_reset(&b);
		json_str(&b, str_of(T[i].z));
		same_text(buf_view(&b), T[i].want, T[i].z);
	}
	/* Any bytes give a string that parses; valid bytes come back. */
	struct stream s = stream_of(9, 9);
	for (int turn = 0; turn < 5000; turn++) {
		char z[64];
		size_t n = stream_below(&s, sizeof z);
		uint32_t mask = turn % 2 ? 0x7F : 0xFF;
		for (size_t i = 0; i < n; i++)
			z[i] = (char)(stream_u64(&s) & mask);
		buf_reset(&b);
		json_str(&b, (struct str){ z, n });
		const struct json *root;
		assert_int_equal(parse(buf_view(&b), &root), RC_OK);
		if (utf8_valid((struct str){ z, n }))
			assert_true(str_is(root->text, (struct str){ z, n }));
	}
	buf_done(&b);
}

static void writer(void **state)
{
	(void)state;
	struct buf b;
	struct jw w;
	buf_init(&b, 10000);
	jw_init(&w, &b);
	jw_object(&w);
	jw_key(&w, "list");
	jw_array(&w);
	jw_i64(&w, -1);
	jw_bool(&w, true);
	jw_object(&w);
	jw_end(&w, '}');
	jw_array(&w);
	jw_end(&w, ']');
	jw_raw(&w, STR("5.40"));
	jw_end(&w, ']');
	jw_member(&w, "a", STR("\n"));
	jw_key(&w, "b");
	jw_z(&w, "z");
	jw_key(&w, "c");
	jw_bool(&w, false);
	jw_key(&w, "o");
	jw_object(&w);
	jw_member(&w, "x", STR_NONE);
	jw_member(&w, "y", STR("1"));
	jw_end(&w, '}');
	jw_end(&w, '}');
	same_text(buf_view(&b), "{\"list\":[-1,true,{},[],5.40],\"a\":\"\\n\",\"b\":\"z\",\"c\":false,\"o\":{\"x\":\"\",\"y\":\"1\"}}", "writer");
	buf_reset(&b);
	jw_init(&w, &b);
	for (int i = 0; i < 63; i++)
		jw_array(&w);
	assert_int_equal(buf_rc(&b, NULL), RC_OK);
	jw_array(&w);
	assert_int_equal(buf_rc(&b, NULL), RC_LIMIT);
	buf_done(&b);
}

/* ---- round trip, and the second opinion ---- */

static void write_tree(struct jw *w, const struct json *v)
{
	switch (v->kind) {
	case JSON_OBJECT:
		jw_object(w);
		for json_each(c, v) {
			struct buf name;
			buf_init(&name, 1 << 20);
			buf_str(&name, c->name);
			buf_ch(&name, '\0');
			jw_key(w, name.p);
			write_tree(w, c);
			buf_done(&name);
		}
		jw_end(w, '}');
		break;
	case JSON_ARRAY:
		jw_array(w);
		for json_each(c, v)
			write_tree(w, c);
		jw_end(w, ']');
		break;
	case JSON_STRING: jw_str(w, v->text); break;
	default: jw_raw(w, v->raw);
	}
}

#ifdef HAVE_JSON_C
static void same_tree(const struct json *v, struct json_object *o, const char *row)
{
	switch (v->kind) {
	case JSON_NULL: holds(o == NULL, row); break;
	case JSON_TRUE: holds(json_object_is_type(o, json_type_boolean) && json_object_get_boolean(o), row); break;
	case JSON_FALSE: holds(json_object_is_type(o, json_type_boolean) && !json_object_get_boolean(o), row); break;
	case JSON_NUMBER: holds(json_object_is_type(o, json_type_int) || json_object_is_type(o, json_type_double), row); break;
	case JSON_STRING:
		holds(json_object_is_type(o, json_type_string), row);
		holds(str_is(v->text, (struct str){ json_object_get_string(o), (size_t)json_object_get_string_len(o) }), row);
		break;
	case JSON_ARRAY: {
		holds(json_object_is_type(o, json_type_array) && json_object_array_length(o) == v->n, row);
		size_t i = 0;
		for json_each(c, v)
			same_tree(c, json_object_array_get_idx(o, i++), row);
		break;
	}
	case JSON_OBJECT:
		holds(json_object_is_type(o, json_type_object) && (unsigned)json_object_object_length(o) == v->n, row);
		for json_each(c, v) {
			char name[512];
			if (c->name.n >= sizeof name || memchr(c->name.p, 0, c->name.n))
				continue;
			snprintf(name, sizeof name, "%.*s", STR_ARG(c->name));
			struct json_object *child;
			holds(json_object_object_get_ex(o, name, &child), row);
			same_tree(c, child, row);
		}
	}
}
#endif

static void both_ways(const char *row, struct str s)
{
	const struct json *root;
	if (parse(s, &root) != RC_OK)
		return;
	struct buf written, minified_, again;
	buf_init(&written, 8 << 20);
	buf_init(&minified_, 8 << 20);
	buf_init(&again, 8 << 20);
	struct jw w;
	jw_init(&w, &written);
	write_tree(&w, root);
#ifdef HAVE_JSON_C
	/* An escaped NUL in a name ends it for json-c. */
	if (!memmem(s.p, s.n, "\\u0000", 6)) {
		struct json_tokener *t = json_tokener_new_ex(JSON_DEPTH + 2);
		json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		struct str flat = { copy, s.n };
		struct json_object *o = json_tokener_parse_ex(t, flat.p, (int)flat.n);
		if (json_tokener_get_error(t) == json_tokener_continue)
			o = json_tokener_parse_ex(t, "", 1); /* a number ends at the NUL */
		if (json_tokener_get_error(t) != json_tokener_success)
			print_error("json-c: %s\n", json_tokener_error_desc(json_tokener_get_error(t)));
		holds(json_tokener_get_error(t) == json_tokener_success, row);
		same_tree(root, o, row);
		json_object_put(o);
		json_tokener_free(t);
	}
#endif
	json_minify(s, &minified_);
	json_minify(buf_view(&minified_), &again);
	holds(str_is(buf_view(&minified_), buf_view(&again)), row);
	holds(parse(buf_view(&minified_), &root) == RC_OK, row);
	buf_reset(&again);
	jw_init(&w, &again);
	write_tree(&w, root);
	holds(str_is(buf_view(&written), buf_view(&again)), row);
	if (!written.failed && !memmem(s.p, s.n, "\\u0000", 6)) {
		holds(parse(buf_view(&written), &root) == RC_OK, row);
		buf_reset(&again);
		jw_init(&w, &again);
		write_tree(&w, root);
		holds(str_is(buf_view(&written), buf_view(&again)), row);
	}
	buf_done(&written);
	buf_done(&minified_);
	buf_done(&again);
}

static void mutate(const char *row, struct str s)
{
	both_ways(row, s);
	struct stream r = stream_of(hash_stable(str_of(row)), 1);
	char *z = malloc(s.n + 1);
	static const char ODD[] = "\"\\{}[],: \n0-9e.untf\x80\xC3\xA9";
	for (int turn = 0; turn < 60 && s.n && s.n < 100000; turn++) {
		memcpy(z, s.p, s.n);
		for (uint32_t k = stream_below(&r, 3) + 1; k > 0; k--)
			z[stream_below(&r, (uint32_t)s.n)] = ODD[stream_below(&r, sizeof ODD - 1)];
		both_ways(row, (struct str){ z, s.n });
	}
	free(z);
}

static void round_trips(void **state)
{
	(void)state;
#ifndef HAVE_JSON_C
	fprintf(stderr, "SKIPPED: the second opinion of json-c, which is not installed\n");
#endif
	static const char *const SMALL[] = { "{\"a\":[1,2,{\"b\":\"\\u00e9\\\\\"}],\"\":null}", "[true,false,null,\"\",0,-1.5e-7]", "\"x\"", "12" };
	for (size_t i = 0; i < COUNT(SMALL); i++)
		mutate(SMALL[i], str_of(SMALL[i]));
	if (!shared_is("data/fr_core/exemples"))
		return;
	assert_true(shared_each("data/fr_core/exemples", "", mutate) > 10);
	shared_each("data/entrees_hostiles/json", "y_", both_ways);
	shared_each("data/entrees_hostiles/fhir", "", both_ways);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("the JSON test suite is accepted and refused as it asks", test_suite),
		CASE("each fault is refused with its reason and place, and no outside name is shown", table),
		CASE("the tree keeps order, text, number text and raw bytes", tree),
		CASE("strings and blanks of any length are scanned right", any_length),
		CASE("duplicate names are refused in objects of any size without quadratic work", large_objects),
		CASE("nesting is accepted up to the limit and refused beyond", depth),
		CASE("a lack of memory is a limit and never a crash", no_memory),
		CASE("minifying drops blanks outside of strings only", minified),
		CASE("any bytes are written as a valid JSON string", strings),
		CASE("the writer sets commas", writer),
		CASE("what is parsed is written, minified and parsed again to the same, and json-c agrees", round_trips),
	};
	return cmocka_run_group_tests_name("codec/json", tests, NULL, tidy_up);
}
