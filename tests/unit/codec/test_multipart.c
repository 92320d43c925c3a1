/* SPDX-License-Identifier: Apache-2.0 */
/* tests of codec/multipart.c: what browsers send is read; what two readers could read two ways is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "codec/multipart.h"

#define TYPE "multipart/form-data; boundary=B"
#define D "Content-Disposition: form-data; name="
#define ONE(head, value) "--B\r\n" head "\r\n\r\n" value "\r\n"
#define END "--B--\r\n"
#define BYTES(literal) { literal, sizeof literal - 1 }

static struct arena A;
static struct parts G;
static struct problem P;

static enum rc rd(struct str type, struct str body)
{
	arena_done(&A);
	arena_init(&A, 1u << 20);
	return multipart_read(type, body, &A, &G, &P);
}

static void what_browsers_send_is_read(void **s)
{
	(void)s;
	assert_int_equal(rd(STR("Multipart/Form-Data; boundary=\"B\""), STR(ONE(D "\"a\"", "x") ONE(D "\"file\"; filename=\"c%22\\d.pdf\"\r\nContent-Type: application/pdf", "\0\r\n--\r\n--C") ONE(D "\"b\"", "") END)), RC_OK);
	assert_int_equal(G.n, 3);
	assert_true(str_eq(G.at[0].name, "a") && str_eq(G.at[0].value, "x") && !G.at[0].file);
	assert_true(G.at[1].file && str_is(G.at[1].value, STR("\0\r\n--\r\n--C")));
	assert_true(G.at[2].value.n == 0 && !G.at[2].file);
	assert_int_equal(rd(STR(TYPE), STR(ONE(D "\"a\"", "x") "--B--")), RC_OK);
}

static void a_header_without_one_good_boundary_is_refused(void **s)
{
	static const char *const types[] = { "", "multipart/form-data", "multipart/form-data;", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=\"B", "multipart/mixed; boundary=B",
		"multipart/form-data; boundary=B; boundary=C", "multipart/form-data; charset=x; boundary=B", "multipart/form-data; boundary=B\x01", "multipart/form-data; boundary=\"B \"",
		"multipart/form-data; boundary=BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", "multipart/form-datax; boundary=B" };
	(void)s;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		assert_int_equal(rd(str_of(types[i]), STR(ONE(D "\"a\"", "x") END)), RC_BAD_INPUT);
}

static void what_is_not_whole_or_not_a_form_is_refused(void **s)
{
	static const struct str bodies[] = {
		BYTES(""), BYTES("--B"), BYTES("--B--\r\n"), BYTES("--B\r\n"), BYTES("x" ONE(D "\"a\"", "x") END) /* preamble */, BYTES("\r\n" ONE(D "\"a\"", "x") END), BYTES(ONE(D "\"a\"", "x") END "x") /* epilogue */,
		BYTES(ONE(D "\"a\"", "x")), BYTES(ONE(D "\"a\"", "x") "--B-"), BYTES(ONE(D "\"a\"", "x\r\n--BC") END) /* a delimiter that goes on */, BYTES("--B \r\n" D "\"a\"\r\n\r\nx\r\n" END),
		BYTES(ONE("Content-Type: text/plain", "x") END) /* no name */, BYTES("--B\r\n\r\nx\r\n" END), BYTES("--B\n" D "\"a\"\n\nx\n--B--\n"), BYTES(ONE(D "\"a\"\r\n" D "\"b\"", "x") END), BYTES(ONE(D "\"a\"; name=\"b\"", "x") END),
		BYTES(ONE(D "\"a\"; filename=\"x\"; filename=\"y\"", "x") END), BYTES(ONE(D "\"a\"; filename*=utf-8''x", "x") END), BYTES(ONE(D "\"a\"; other=x", "x") END), BYTES(ONE(D "\"a", "x") END), BYTES(ONE(D "\"\"", "x") END),
		BYTES(ONE(D "\"A\"", "x") END), BYTES(ONE(D "\"a b\"", "x") END), BYTES(ONE(D "\"a\0\"", "x") END), BYTES(ONE(D "\"a\"; filename=\"x\0y\"", "x") END), BYTES(ONE(D "\"a\"; filename=\"x\ry\"", "x") END),
		BYTES(ONE(D "\"a\"\r\nContent-Type: multipart/mixed; boundary=C", "--C") END) /* nested */, BYTES(ONE(D "\"a\"\r\nContent-Type: MULTIPART/x", "x") END), BYTES(ONE(D "\"a\"\r\nContent-Transfer-Encoding: base64", "eA==") END),
		BYTES(ONE(D "\"a\"\r\nX: y", "x") END), BYTES(ONE(D "\"a\"\r\nContent-Type: a/b\r\nContent-Type: c/d", "x") END), BYTES(ONE("Content-Disposition: attachment; name=\"a\"", "x") END), BYTES(ONE(" " D "\"a\"", "x") END),
		BYTES(ONE(D "\"a\"", "x\0") END) /* NUL in a text */,
		BYTES(ONE(D "\"a123456789012345678901234567890123\"", "x") END),
	};
	(void)s;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		if (rd(STR(TYPE), bodies[i]) != RC_BAD_INPUT)
			print_error("body %zu was read\n", i);
		assert_int_equal(P.why, WHY_BAD_REQUEST);
		assert_int_equal(P.rc, RC_BAD_INPUT);
		P = (struct problem){ .rc = RC_OK };
	}
}

static void heads_and_parts_have_their_limits(void **s)
{
	struct buf b;
	(void)s;
	buf_init(&b, 1u << 18);
	buf_z(&b, "--B\r\n" D "\"a\"; filename=\"");
	for (int i = 0; i < 100000; i++)
		buf_ch(&b, 'x');
	buf_z(&b, "\"\r\n\r\nx\r\n" END);
	assert_int_equal(rd(STR(TYPE), buf_view(&b)), RC_LIMIT);
	for (int most = MULTIPART_PARTS; most <= MULTIPART_PARTS + 1; most++) {
		buf_reset(&b);
		for (int i = 0; i < most; i++)
			buf_z(&b, ONE(D "\"a\"", "x"));
		buf_z(&b, END);
		assert_int_equal(rd(STR(TYPE), buf_view(&b)), most == MULTIPART_PARTS ? RC_OK : RC_LIMIT);
	}
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_browsers_send_is_read),
		cmocka_unit_test(a_header_without_one_good_boundary_is_refused),
		cmocka_unit_test(what_is_not_whole_or_not_a_form_is_refused),
		cmocka_unit_test(heads_and_parts_have_their_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
