/* SPDX-License-Identifier: Apache-2.0 */
/* test_server.c: the whole server driven by raw bytes: framing tricks, limits, routing, bodies, pipelining, the unix socket. Failures first. */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct server *s;

#define RAW(z) { z, sizeof z - 1 }
/* The twelve malformed or ambiguous requests of the probe, then the eight chunk tricks: none may reach a handler, each must end its connection. */
static const struct { const char *what; struct str bytes; } tricks[] = {
	{ "length and coding",          RAW("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ "two differing lengths",      RAW("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 3\r\n\r\nabcde") },
	{ "a signed length",            RAW("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nabcde") },
	{ "bare LF",                    RAW("GET /now HTTP/1.1\nHost: a\n\n") },
	{ "a bare LF after one header", RAW("GET /now HTTP/1.1\r\nHost: a\r\nX: 1\nY: 2\r\n\r\n") },
	{ "a folded line",              RAW("GET /now HTTP/1.1\r\nHost: a\r\nX: 1\r\n  folded\r\n\r\n") },
	{ "two Hosts",                  RAW("GET /now HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") },
	{ "no Host",                    RAW("GET /now HTTP/1.1\r\nX: 1\r\n\r\n") },
	{ "NUL in a value",             RAW("GET /now HTTP/1.1\r\nHost: a\r\nX: a\0b\r\nY: 1\r\n\r\n") },
	{ "NUL in the last value",      RAW("GET /now HTTP/1.1\r\nX: 1\r\nHost: a\0b\r\n\r\n") },
	{ "NUL in a name",              RAW("GET /now HTTP/1.1\r\nHost: a\r\nX\0Y: a\r\n\r\n") },
	{ "NUL in the target",          RAW("GET /now\0/x HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ "HTTP/1.9",                   RAW("GET /now HTTP/1.9\r\nHost: a\r\n\r\n") },
	{ "blank before the colon",     RAW("GET /now HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n") },
	{ "an absolute target",         RAW("GET http://b/now HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ "a blank in the target",      RAW("GET /now x HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ "no version",                 RAW("GET /now\r\nHost: a\r\n\r\n") },
	{ "chunks",                     RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n") },
	{ "a chunk size with 0x",       RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n") },
	{ "a signed chunk size",        RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n") },
	{ "a negative chunk size",      RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n") },
	{ "a chunk size too large",     RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nabcde\r\n0\r\n\r\n") },
	{ "chunks without CRLF",        RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdeX\r\n0\r\n\r\n") },
	{ "chunk lines with LF only",   RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nabcde\n0\n\n") },
	{ "a chunk extension with NUL", RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\0\r\nabcde\r\n0\r\n\r\n") },
	{ "coding spelt differently",   RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \tchunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n") },
	{ "coding identity",            RAW("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\nabc") },
};

static void
framing_tricks_are_refused_and_the_connection_closes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++) {
		int fd = wire_open(server_port(s));
		wire_put(fd, tricks[i].bytes.p, tricks[i].bytes.n);
		struct heard r = wire_read(fd, NULL, 0);
		if (strstr(r.text, "HTTP/1.1 200"))
			fail_msg("%s: answered 200", tricks[i].what);
		if (!r.closed)
			fail_msg("%s: connection left open", tricks[i].what);
		free(r.text);
		(void)close(fd);
	}
}

static unsigned
ask(const char *z, bool *closed)
{
	return wire_status(server_port(s), z, strlen(z), closed);
}

static void
what_is_too_large_is_refused(void **state)
{
	static char big[40000];
	bool closed;
	(void)state;
	memset(big, 'a', sizeof big - 1);
	memcpy(big, "GET /", 5);
	memcpy(big + 9000, " HTTP/1.1\r\nHost: a\r\n\r\n", 23);
	assert_int_equal(ask(big, &closed), 414);
	assert_true(closed);
	memset(big, 'a', sizeof big - 1);
	memcpy(big, "GET /now HTTP/1.1\r\nHost: a\r\nX: ", 31);
	memcpy(big + 17000, "\r\n\r\n", 5);
	assert_int_equal(ask(big, &closed), 431);
	assert_true(closed);
	size_t at = (size_t)snprintf(big, sizeof big, "GET /now HTTP/1.1\r\nHost: a\r\n");
	for (unsigned i = 0; i < 64; i++)
		at += (size_t)snprintf(big + at, sizeof big - at, "X-%u: 1\r\n", i);
	(void)snprintf(big + at, sizeof big - at, "\r\n");
	assert_int_equal(ask(big, &closed), 431);
	assert_true(closed);
	assert_int_equal(ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", &closed), 413);
	assert_true(closed);
	assert_int_equal(ask("GET /now HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", &closed), 413);
	assert_true(closed);
}

static void
unknown_paths_are_404_and_unknown_methods_405_with_allow(void **state)
{
	bool closed;
	(void)state;
	assert_int_equal(ask("GET /nope HTTP/1.1\r\nHost: a\r\n\r\n", &closed), 404);
	assert_false(closed);
	assert_int_equal(ask("BREW /nope HTTP/1.1\r\nHost: a\r\n\r\n", &closed), 404);
	assert_int_equal(ask("OPTIONS /now HTTP/1.1\r\nHost: a\r\n\r\n", &closed), 405);
	int fd = wire_open(server_port(s));
	wire_z(fd, "DELETE /later/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	struct heard r = wire_read(fd, NULL, 0);
	assert_int_equal(status_of(r.text), 405);
	assert_non_null(strstr(r.text, "Allow: GET, HEAD, POST\r\n"));
	free(r.text);
	(void)close(fd);
	assert_int_equal(ask("GET /later/%ff HTTP/1.1\r\nHost: a\r\n\r\n", &closed), 400);
}

static void
a_body_shorter_than_promised_never_reaches_the_handler(void **state)
{
	(void)state;
	int fd = wire_open(server_port(s));
	wire_z(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
	(void)shutdown(fd, SHUT_WR);
	struct heard r = wire_read(fd, NULL, 0);
	assert_null(strstr(r.text, "HTTP/1.1 200"));
	assert_true(r.closed);
	free(r.text);
	(void)close(fd);
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	(void)state;
	int fd = wire_open(server_port(s));
	wire_z(fd, "GET /later/one HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nthree"
		"GET /later/four HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	struct heard r = wire_read(fd, NULL, 0);
	assert_int_equal(count_of(r.text, "HTTP/1.1 200"), 4);
	const char *one = strstr(r.text, "\r\n\r\none"), *two = strstr(r.text, "\r\n\r\nnow"), *three = strstr(r.text, "\r\n\r\nthree"), *four = strstr(r.text, "\r\n\r\nfour");
	assert_true(one && two && three && four && one < two && two < three && three < four);
	free(r.text);
	(void)close(fd);
}

static void
a_request_that_comes_byte_by_byte_is_answered(void **state)
{
	static const char z[] = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nxyz";
	(void)state;
	int fd = wire_open(server_port(s));
	for (size_t i = 0; i < sizeof z - 1; i++) {
		wire_put(fd, z + i, 1);
		(void)usleep(500);
	}
	struct heard r = wire_read(fd, NULL, 0);
	assert_int_equal(status_of(r.text), 200);
	assert_non_null(strstr(r.text, "\r\n\r\nxyz"));
	free(r.text);
	(void)close(fd);
}

static void
a_large_body_comes_whole_while_others_wait(void **state)
{
	size_t n = 8 << 20;
	char *body = malloc(n), head[128];
	(void)state;
	for (size_t i = 0; i < n; i++)
		body[i] = (char)('a' + i % 26);
	server_hold(s, true);
	int waiting = wire_open(server_port(s)), waiting2 = wire_open(server_port(s)), fd = wire_open(server_port(s));
	wire_z(waiting, "GET /later/w HTTP/1.1\r\nHost: a\r\n\r\n");
	wire_z(waiting2, "GET /later/w HTTP/1.1\r\nHost: a\r\n\r\n");
	(void)snprintf(head, sizeof head, "POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", n);
	wire_z(fd, head);
	wire_put(fd, body, n);
	struct heard r = wire_read(fd, NULL, 0);
	assert_int_equal(status_of(r.text), 200);
	const char *got = strstr(r.text, "\r\n\r\n");
	assert_non_null(got);
	assert_int_equal(r.n - (size_t)(got + 4 - r.text), n);
	assert_memory_equal(got + 4, body, n);
	server_hold(s, false);
	free(r.text);
	free(body);
	(void)close(fd);
	(void)close(waiting);
	(void)close(waiting2);
}

static void
expect_continue_is_answered_before_the_body_or_refused_at_once(void **state)
{
	(void)state;
	int fd = wire_open(server_port(s));
	wire_z(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
	struct heard r = wire_read(fd, "\r\n\r\n", 1);
	assert_int_equal(status_of(r.text), 100);
	free(r.text);
	wire_z(fd, "abc");
	r = wire_read(fd, NULL, 0);
	assert_int_equal(status_of(r.text), 200);
	free(r.text);
	(void)close(fd);
	assert_int_equal(ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\nExpect: 100-continue\r\n\r\n", NULL), 413);
}

static void
head_has_the_length_and_no_body(void **state)
{
	(void)state;
	int fd = wire_open(server_port(s));
	wire_z(fd, "HEAD /later/abcdef HTTP/1.1\r\nHost: a\r\n\r\nHEAD /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	struct heard r = wire_read(fd, NULL, 0);
	assert_int_equal(count_of(r.text, "HTTP/1.1 200"), 2);
	assert_non_null(strstr(r.text, "Content-Length: 6\r\n"));
	assert_null(strstr(r.text, "abcdef"));
	free(r.text);
	(void)close(fd);
}

static void
http_1_0_is_answered_and_closed(void **state)
{
	bool closed;
	(void)state;
	assert_int_equal(ask("GET /now HTTP/1.0\r\n\r\n", &closed), 200);
	assert_true(closed);
}

static void
blanks_around_values_and_empty_values_pass(void **state)
{
	(void)state;
	assert_int_equal(ask("GET /now HTTP/1.1\r\nHost:a\r\nX:  \t 1 \t \r\nEmpty:\r\nEmpty2: \r\nY: \303\251\r\n\r\n", NULL), 200);
	assert_int_equal(ask("GET /now?a=b&c HTTP/1.1\r\nHost: a\r\nLast:\r\n\r\n", NULL), 200);
}

static void
cookies_are_found_by_name_and_a_contradiction_is_nobody_s(void **state)
{
	static const struct { const char *cookie, *want; } rows[] = {
		{ "a=1", "\r\n\r\n1" }, { "b=2; a=1; c=3", "\r\n\r\n1" }, { "a=1; a=1", "\r\n\r\n1" }, { "a=x=y", "\r\n\r\nx=y" },
		{ "a=1; a=2", "Content-Length: 0" }, { "xa=1", "Content-Length: 0" }, { "a", "Content-Length: 0" }, { ";;; ;", "Content-Length: 0" }, { "A=1", "Content-Length: 0" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char z[256];
		int fd = wire_open(server_port(s));
		(void)snprintf(z, sizeof z, "GET /cookie HTTP/1.1\r\nHost: a\r\nCookie: %s\r\nConnection: close\r\n\r\n", rows[i].cookie);
		wire_z(fd, z);
		struct heard r = wire_read(fd, NULL, 0);
		if (!strstr(r.text, rows[i].want))
			fail_msg("%s gave %s", rows[i].cookie, r.text);
		free(r.text);
		(void)close(fd);
	}
}

static void
path_parameters_are_decoded_once(void **state)
{
	(void)state;
	int fd = wire_open(server_port(s));
	wire_z(fd, "GET /who/a%20b+%2541/rest HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	struct heard r = wire_read(fd, NULL, 0);
	assert_non_null(strstr(r.text, "\r\n\r\na b+%41|rest"));
	free(r.text);
	(void)close(fd);
}

static void
the_unix_socket_answers_and_is_closed_to_others(void **state)
{
	struct stat st;
	(void)state;
	assert_int_equal(stat(server_socket(s), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	int fd = wire_open_unix(server_socket(s));
	assert_true(fd >= 0);
	wire_z(fd, "GET /later/u HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
	struct heard r = wire_read(fd, NULL, 0);
	assert_int_equal(status_of(r.text), 200);
	assert_non_null(strstr(r.text, "X-From: local\r\n"));
	free(r.text);
	(void)close(fd);
}

static void
counters_count_what_happened(void **state)
{
	(void)state;
	struct http_stats st = http_stats(server_http(s));
	assert_true(st.requests > 30);
	assert_true(st.refused_framing >= 10);
	assert_true(st.answers_2xx > 10 && st.answers_4xx > 10 && st.answers_5xx == 1 /* HTTP/1.9 */);
	assert_true(st.us_p50 <= st.us_p95 && st.us_p95 <= st.us_p99);
}

static int
up(void **state)
{
	(void)state;
	s = server_up(true);
	return 0;
}

static int
down(void **state)
{
	(void)state;
	server_down(s, 500);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(framing_tricks_are_refused_and_the_connection_closes),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(unknown_paths_are_404_and_unknown_methods_405_with_allow),
		cmocka_unit_test(a_body_shorter_than_promised_never_reaches_the_handler),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(a_request_that_comes_byte_by_byte_is_answered),
		cmocka_unit_test(a_large_body_comes_whole_while_others_wait),
		cmocka_unit_test(expect_continue_is_answered_before_the_body_or_refused_at_once),
		cmocka_unit_test(head_has_the_length_and_no_body),
		cmocka_unit_test(http_1_0_is_answered_and_closed),
		cmocka_unit_test(blanks_around_values_and_empty_values_pass),
		cmocka_unit_test(cookies_are_found_by_name_and_a_contradiction_is_nobody_s),
		cmocka_unit_test(path_parameters_are_decoded_once),
		cmocka_unit_test(the_unix_socket_answers_and_is_closed_to_others),
		cmocka_unit_test(counters_count_what_happened),
	};
	return cmocka_run_group_tests(tests, up, down);
}
