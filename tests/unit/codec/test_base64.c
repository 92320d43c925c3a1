/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/unit.h"
#include "../base/nth_alloc.h"
#include "base/random.h"
#include "codec/base64.h"

typedef void putter(struct buf *, struct str);
typedef enum rc getter(struct str, struct buf *);
static const struct { const char *name; putter *put; getter *get; } KIND[] = {
	{ "base64", base64_put, base64_get }, { "base64url", base64url_put, base64url_get }, { "base32", base32_put, base32_get }, { "hex", hex_put, hex_get },
};

static void vectors(void **state)
{
	(void)state;
	/* RFC 4648 §10 */
	static const struct { const char *plain, *form[4]; } T[] = {
		{ "",       { "",         "",         "",           "" } },
		{ "f",      { "Zg==",     "Zg",       "MY",         "66" } },
		{ "fo",     { "Zm8=",     "Zm8",      "MZXQ",       "666f" } },
		{ "foo",    { "Zm9v",     "Zm9v",     "MZXW6",      "666f6f" } },
		{ "foob",   { "Zm9vYg==", "Zm9vYg",   "MZXW6YQ",    "666f6f62" } },
		{ "fooba",  { "Zm9vYmE=", "Zm9vYmE",  "MZXW6YTB",   "666f6f6261" } },
		{ "foobar", { "Zm9vYmFy", "Zm9vYmFy", "MZXW6YTBOI", "666f6f626172" } },
		{ "\xFB\xFF\xBF", { "+/+/", "-_-_",   "7P736",      "fbffbf" } },
	};
	struct buf b;
	buf_init(&b, 100);
	for (size_t i = 0; i < COUNT(T); i++)
		for (size_t k = 0; k < COUNT(KIND); k++) {
			buf_reset(&b);
			KIND[k].put(&b, str_of(T[i].plain));
			same_text(buf_view(&b), T[i].form[k], KIND[k].name);
			buf_reset(&b);
			assert_int_equal(KIND[k].get(str_of(T[i].form[k]), &b), RC_OK);
			same_text(buf_view(&b), T[i].plain, KIND[k].name);
		}
	buf_reset(&b);
	assert_int_equal(hex_get(STR("FbFFbf"), &b), RC_OK);
	same_text(buf_view(&b), "\xFB\xFF\xBF", "hex in both cases");
	buf_done(&b);
}

static void refused(void **state)
{
	(void)state;
	static const struct { size_t kind; const char *z; } T[] = {
		{ 0, "Zg" }, { 0, "Zg=" }, { 0, "Zg===" }, { 0, "Z===" }, { 0, "====" }, { 0, "=" }, { 0, "Zh==" }, { 0, "Zm9=" }, { 0, "Zm9v\n" }, { 0, " Zm9v" },
		{ 0, "Zm 9v" }, { 0, "Zm9-" }, { 0, "Zm9_" }, { 0, "Zg==Zg==" }, { 0, "Zm=v" }, { 0, "\xC3\xA9==" },
		{ 1, "Zg==" }, { 1, "Z" }, { 1, "Zh" }, { 1, "Zm9+" }, { 1, "Zm9/" }, { 1, "Zm9vY" },
		{ 2, "M" }, { 2, "MZ1" }, { 2, "mzxq" }, { 2, "MZ" }, { 2, "MY======" }, { 2, "MZX" }, { 2, "M8" }, { 2, "M0" },
		{ 3, "6" }, { 3, "6g" }, { 3, "0x66" }, { 3, "66 " }, { 3, "@@" }, { 3, "``" }, { 3, ":/" },
	};
	struct buf b;
	buf_init(&b, 100);
	buf_z(&b, "before");
	for (size_t i = 0; i < COUNT(T); i++) {
		holds(KIND[T[i].kind].get(str_of(T[i].z), &b) == RC_BAD_INPUT, T[i].z);
		same_text(buf_view(&b), "before", T[i].z);
	}
	buf_done(&b);
}

static void round_trips(void **state)
{
	(void)state;
	struct stream s = stream_of(4, 4);
	struct buf text, bytes;
	buf_init(&text, 10000);
	buf_init(&bytes, 10000);
	for (size_t n = 0; n < 1500; n += n < 600 ? 1 : 37) {
		char z[1500];
		for (size_t i = 0; i < n; i++)
			z[i] = (char)stream_u64(&s);
		for (size_t k = 0; k < COUNT(KIND); k++) {
			buf_reset(&text);
			buf_reset(&bytes);
			KIND[k].put(&text, (struct str){ z, n });
			assert_int_equal(KIND[k].get(buf_view(&text), &bytes), RC_OK);
			assert_true(str_is(buf_view(&bytes), (struct str){ z, n }));
			/* One text for each value: a changed character means other bytes or a refusal. */
			if (text.n) {
				text.p[text.n - 1] = (text.p[text.n - 1] | 0x20) == 'b' ? 'C' : 'B';
				buf_reset(&bytes);
				if (KIND[k].get(buf_view(&text), &bytes) == RC_OK)
					assert_false(str_is(buf_view(&bytes), (struct str){ z, n }));
			}
		}
	}
	buf_done(&text);
	buf_done(&bytes);
}

static void no_room(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 2);
	assert_int_equal(base64_get(STR("Zm9v"), &b), RC_LIMIT);
	assert_int_equal(b.n, 0);
	buf_done(&b);
	buf_init(&b, 100);
	nth_alloc = 1;
	assert_int_equal(hex_get(STR("00"), &b), RC_LIMIT);
	nth_alloc = 0;
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("the vectors of RFC 4648 hold both ways", vectors),
		CASE("any other spelling is refused and leaves the output as it was", refused),
		CASE("any bytes come back, and from one text only", round_trips),
		CASE("a full output is a limit", no_room),
	};
	return cmocka_run_group_tests_name("codec/base64", tests, NULL, NULL);
}
