/* SPDX-License-Identifier: Apache-2.0 */
/* test_guard.c: the framing guard as a pure function: what is refused and with which status, then what passes. Start at the tables. */
#include "http/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

#define H(n, v) { { n, sizeof n - 1 }, { v, sizeof v - 1 } }
#define HOST H("Host", "hygie.test:8443")

static unsigned
judge(const char *method, struct str target, const char *version, const struct guard_header *headers, size_t n, struct guard_seen *seen)
{
	struct guard_request q = { str_of(method), target, str_of(version), headers, n };
	struct guard_seen unused;
	return guard_check(&q, seen ? seen : &unused);
}

static void
heads_that_could_be_read_in_two_ways_are_refused(void **state)
{
	static const struct { const char *what; unsigned status; struct guard_header h[4]; size_t n; } rows[] = {
		{ "no Host",                     400, { H("Accept", "x") }, 1 },
		{ "two Hosts",                   400, { HOST, HOST }, 2 },
		{ "two differing Hosts",         400, { HOST, H("host", "other") }, 2 },
		{ "Host with a path",            400, { H("Host", "a/b") }, 1 },
		{ "Host with a user",            400, { H("Host", "a@b") }, 1 },
		{ "empty Host",                  400, { H("Host", "") }, 1 },
		{ "two equal lengths",           400, { HOST, H("Content-Length", "1"), H("Content-Length", "1") }, 3 },
		{ "two differing lengths",       400, { HOST, H("Content-Length", "1"), H("content-length", "2") }, 3 },
		{ "a list of lengths",           400, { HOST, H("Content-Length", "1, 1") }, 2 },
		{ "a signed length",             400, { HOST, H("Content-Length", "+1") }, 2 },
		{ "a hexadecimal length",        400, { HOST, H("Content-Length", "0x1") }, 2 },
		{ "an empty length",             400, { HOST, H("Content-Length", "") }, 2 },
		{ "a length of twenty digits",   400, { HOST, H("Content-Length", "99999999999999999999") }, 2 },
		{ "length and coding",           400, { HOST, H("Content-Length", "1"), H("Transfer-Encoding", "chunked") }, 3 },
		{ "coding alone",                411, { HOST, H("Transfer-Encoding", "chunked") }, 2 },
		{ "strange coding",              411, { HOST, H("Transfer-Encoding", "xchunked") }, 2 },
		{ "two codings",                 400, { HOST, H("Transfer-Encoding", "chunked"), H("Transfer-Encoding", "identity") }, 3 },
		{ "control byte in a value",     400, { HOST, H("X", "a\001b") }, 2 },
		{ "NUL in a value",              400, { HOST, H("X", "a\0b") }, 2 },
		{ "CR in a value",               400, { HOST, H("X", "a\rb") }, 2 },
		{ "blank in a name",             400, { HOST, H("X Y", "a") }, 2 },
		{ "blank after a name",          400, { HOST, H("X ", "a") }, 2 },
		{ "NUL in a name",               400, { HOST, H("X\0Y", "a") }, 2 },
		{ "empty name",                  400, { HOST, H("", "a") }, 2 },
		{ "two Authorizations",          400, { HOST, H("Authorization", "Bearer a"), H("authorization", "Bearer b") }, 3 },
		{ "two Cookies",                 400, { HOST, H("Cookie", "a=1"), H("Cookie", "a=2") }, 3 },
		{ "two Content-Types",           400, { HOST, H("Content-Type", "a"), H("Content-Type", "b") }, 3 },
		{ "two If-Match",                400, { HOST, H("If-Match", "\"1\""), H("If-Match", "\"2\"") }, 3 },
		{ "an unknown expectation",      417, { HOST, H("Expect", "gold") }, 2 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned got = judge("GET", STR("/x"), "HTTP/1.1", rows[i].h, rows[i].n, NULL);
		if (got != rows[i].status)
			fail_msg("%s: %u instead of %u", rows[i].what, got, rows[i].status);
	}
}

static void
targets_that_are_not_one_plain_path_are_refused(void **state)
{
	static const struct str rows[] = {
		STR(""), STR("*"), STR("x"), STR("http://hygie.test/x"), STR("hygie.test:443"), STR("//x"), STR("/a//b"), STR("/a/./b"), STR("/a/../b"), STR("/.."), STR("/."),
		STR("/a/%2e%2e/b"), STR("/a/%2E./b"), STR("/a/%2e"), STR("/a%2fb"), STR("/a%2Fb"), STR("/a%5cb"), STR("/a\\b"), STR("/a%00b"), STR("/a?x=%00"), STR("/a%0ab"),
		STR("/a%"), STR("/a%4"), STR("/a%zz"), STR("/a?b=%g1"), STR("/a#b"), STR("/a b"), STR("/a\tb"), STR("/a\0b"), STR("/\303\251"), STR("/a?b=\177"),
	};
	static const struct guard_header host = HOST;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (judge("GET", rows[i], "HTTP/1.1", &host, 1, NULL) != 400)
			fail_msg("row %zu \"%.*s\" passed", i, STR_ARG(rows[i]));
}

static void
other_versions_and_methods_that_are_no_token_are_refused(void **state)
{
	static const struct guard_header host = HOST;
	static const char *const versions[] = { "HTTP/0.9", "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "http/1.1", "HTTP/1.10", "HTTP/1.1 ", "", "ICY/1.1" };
	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		assert_int_equal(judge("GET", STR("/"), versions[i], &host, 1, NULL), 505);
	assert_int_equal(judge("", STR("/"), "HTTP/1.1", &host, 1, NULL), 400);
	assert_int_equal(judge("GE(T", STR("/"), "HTTP/1.1", &host, 1, NULL), 400);
}

static void
what_is_too_large_is_refused_and_what_just_fits_passes(void **state)
{
	static char target[GUARD_TARGET_MAX + 1], value[GUARD_HEADERS_MAX];
	struct guard_header h[GUARD_HEADERS + 1] = { HOST };
	(void)state;
	memset(target, 'a', sizeof target);
	target[0] = '/';
	memset(value, 'v', sizeof value);
	assert_int_equal(judge("GET", (struct str){ target, GUARD_TARGET_MAX + 1 }, "HTTP/1.1", h, 1, NULL), 414);
	assert_int_equal(judge("GET", (struct str){ target, GUARD_TARGET_MAX }, "HTTP/1.1", h, 1, NULL), 0);
	for (size_t i = 1; i <= GUARD_HEADERS; i++)
		h[i] = (struct guard_header)H("X", "1");
	assert_int_equal(judge("GET", STR("/"), "HTTP/1.1", h, GUARD_HEADERS + 1, NULL), 431);
	assert_int_equal(judge("GET", STR("/"), "HTTP/1.1", h, GUARD_HEADERS, NULL), 0);
	h[1] = (struct guard_header){ STR("X"), { value, GUARD_HEADERS_MAX - 1 - 4 - 15 } };
	assert_int_equal(judge("GET", STR("/"), "HTTP/1.1", h, 2, NULL), 0);
	h[1].value.n++;
	assert_int_equal(judge("GET", STR("/"), "HTTP/1.1", h, 2, NULL), 431);
}

static void
a_plain_request_passes_with_its_parts(void **state)
{
	static const struct guard_header h[] = { HOST, H("Content-Length", "42"), H("Accept", "a"), H("Accept", "b"), H("Expect", "100-Continue"), H("X", "t\ta \303\251") };
	struct guard_seen seen;
	(void)state;
	assert_int_equal(judge("POST", STR("/a/b%20c/?q=1&r=%2F..//"), "HTTP/1.1", h, 6, &seen), 0);
	assert_true(str_eq(seen.path, "/a/b%20c/"));
	assert_true(str_eq(seen.query, "q=1&r=%2F..//"));
	assert_true(seen.has_length);
	assert_int_equal(seen.length, 42);
	assert_int_equal(judge("GET", STR("/"), "HTTP/1.0", NULL, 0, &seen), 0);
	assert_int_equal(judge("GET", STR("/..a/.b./%2e%2ea/..."), "HTTP/1.1", h, 1, &seen), 0);
	assert_null(seen.query.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_that_could_be_read_in_two_ways_are_refused),
		cmocka_unit_test(targets_that_are_not_one_plain_path_are_refused),
		cmocka_unit_test(other_versions_and_methods_that_are_no_token_are_refused),
		cmocka_unit_test(what_is_too_large_is_refused_and_what_just_fits_passes),
		cmocka_unit_test(a_plain_request_passes_with_its_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
