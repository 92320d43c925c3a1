/* SPDX-License-Identifier: Apache-2.0 */
/* The naughty strings and the payload lists through every reader: nothing crashes, and legal text comes back as typed. */
#include "../base/unit.h"
#include "base/utf8.h"
#include "codec/fold.h"
#include "codec/form.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "shared.h"

static const struct field FIELDS[] = {
	{ .name = "text",   .kind = FIELD_LINES, .max = 1 << 20 },
	{ .name = "born",   .kind = FIELD_DATE },
	{ .name = "number", .kind = FIELD_INT },
	{ .name = "id",     .kind = FIELD_ID },
	{ .name = "token",  .kind = FIELD_TOKEN },
	{ .name = "secret", .kind = FIELD_SECRET, .max = 1 << 20 },
	{ .name = "urgent", .kind = FIELD_FLAG },
	FIELDS_END
};

static size_t strings_seen, kept;

static void through_json(struct str s, struct arena *a)
{
	struct buf b;
	buf_init(&b, 8 << 20);
	json_str(&b, s);
	const struct json *v;
	assert_int_equal(json_parse(buf_view(&b), a, &v, NULL), RC_OK);
	if (utf8_valid(s))
		assert_true(str_is(v->text, s));
	struct buf out;
	buf_init(&out, 8 << 20);
	json_minify(s, &out); /* not JSON: must only not crash */
	if (json_parse(s, a, &v, NULL) == RC_OK)
		assert_true(v->raw.n <= s.n);
	buf_done(&out);
	buf_done(&b);
}

static void through_url_and_form(struct str s, struct arena *a)
{
	struct buf b;
	struct problem p;
	buf_init(&b, 8 << 20);
	url_part(&b, s);
	struct str back;
	bool legal = utf8_valid(s) && (s.n == 0 || !memchr(s.p, 0, s.n));
	assert_int_equal(url_segment(buf_view(&b), a, &back, &p), legal ? RC_OK : RC_BAD_INPUT);
	if (legal)
		assert_true(str_is(back, s));

	struct pairs ps;
	enum rc rc = url_pairs(s, 1000, a, &ps, &p); /* the raw string as a query */
	assert_true(rc == RC_OK || rc == RC_BAD_INPUT || rc == RC_LIMIT);
	struct form form;
	if (rc == RC_OK && form_read(FIELDS, &ps, 0, a, &form, &p) != RC_OK)
		assert_true(strlen(p.where) <= 32);

	for (const struct field *f = FIELDS; f->name; f++) {
		struct buf query;
		buf_init(&query, 8 << 20);
		buf_fmt(&query, "%s=", f->name);
		url_part(&query, s);
		rc = url_pairs(buf_view(&query), 1000, a, &ps, &p);
		assert_int_equal(rc, legal ? RC_OK : RC_BAD_INPUT);
		if (legal) {
			assert_int_equal(form_read(FIELDS, &ps, 0, a, &form, &p), RC_OK);
			struct str v = form_get(&form, f->name);
			if (f->kind == FIELD_SECRET && v.p && !memchr(s.p, '\r', s.n))
				assert_true(str_is(v, s));
			if (f->kind == FIELD_LINES && v.p) {
				if (!memchr(s.p, '\r', s.n)) /* line ends alone may change */
					assert_true(str_is(v, s));
				kept++;
			}
		}
		buf_done(&query);
	}
	buf_done(&b);
}

static void through_all(struct str s)
{
	/* A heap copy of the exact size. */
	char *copy = malloc(s.n + (s.n == 0));
	if (s.n)
		memcpy(copy, s.p, s.n);
	s.p = copy;
	struct arena a;
	arena_init(&a, 64 << 20);
	through_json(s, &a);
	through_url_and_form(s, &a);
	static void (*const FOLD[])(struct buf *, struct str) = { fold_key, fold_nfc, fold_phonetic, fold_upper };
	struct buf key[2];
	for (size_t i = 0; i < COUNT(FOLD); i++) {
		buf_init(&key[0], 8 << 20);
		buf_init(&key[1], 8 << 20);
		FOLD[i](&key[0], s);
		assert_false(key[0].failed);
		assert_true(utf8_valid(buf_view(&key[0])));
		if (FOLD[i] == fold_key || FOLD[i] == fold_nfc) {
			FOLD[i](&key[1], buf_view(&key[0]));
			assert_true(str_is(buf_view(&key[0]), buf_view(&key[1])));
		}
		buf_done(&key[0]);
		buf_done(&key[1]);
	}
	struct buf out;
	buf_init(&out, 1 << 20);
	enum rc rc = gzip_unpack(s, &out, NULL);
	assert_true(rc == RC_BAD_INPUT || rc == RC_OK || rc == RC_LIMIT);
	buf_done(&out);
	arena_done(&a);
	free(copy);
	strings_seen++;
}

static void naughty_strings(void **state)
{
	(void)state;
	char path[1024];
	if (!shared_is("data/entrees_hostiles/chaines/blns.json"))
		return;
	struct str text = read_whole(shared_path(path, "data/entrees_hostiles/chaines/blns.json"));
	struct arena a;
	arena_init(&a, 64 << 20);
	const struct json *root;
	struct problem p;
	assert_int_equal(json_parse(text, &a, &root, &p), RC_OK);
	assert_true(root->n > 200);
	strings_seen = kept = 0;
	for json_each(c, root)
		through_all(c->text);
	assert_true(strings_seen == root->n && kept > 200);
	arena_done(&a);
	free_str(text);
}

static void each_line(const char *name, struct str bytes)
{
	(void)name;
	through_all(bytes);
	struct str line, rest = bytes;
	int most = 3000;
	while (rest.p && most--) {
		line = str_cut(rest, '\n', &rest);
		through_all(line);
	}
}

static void payload_lists(void **state)
{
	(void)state;
	if (!shared_is("data/entrees_hostiles/fuzzdb"))
		return;
	strings_seen = 0;
	assert_true(shared_each("data/entrees_hostiles/fuzzdb", "", each_line) > 20);
	assert_true(strings_seen > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("the big list of naughty strings goes through every reader and comes back", naughty_strings),
		CASE("the payload lists of fuzzdb go through every reader", payload_lists),
	};
	return cmocka_run_group_tests_name("codec/hostile", tests, NULL, NULL);
}
