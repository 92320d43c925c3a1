/* SPDX-License-Identifier: Apache-2.0 */
/* test_router.c: from a path to its route: what finds nothing, what is allowed there, precedence, bound segments. */
#include "http/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static void
start(struct http_req *rq)
{
	(void)rq;
}

static const struct http_route rows[] = {
	{ HTTP_GET,    "/",                          0, start, "root" },
	{ HTTP_GET,    "/patient/:patient",          0, start, "patient" },
	{ HTTP_POST,   "/patient/:patient",          9, start, "patient-post" },
	{ HTTP_GET,    "/patient/new",               0, start, "new" },
	{ HTTP_GET,    "/patient/:patient/allergies", 0, start, "allergies" },
	{ HTTP_GET,    "/fhir/metadata",             0, start, "metadata" },
	{ HTTP_GET,    "/fhir/:type/:id",            0, start, "read" },
	{ HTTP_PUT,    "/fhir/:type/:id",            9, start, "update" },
	{ HTTP_DELETE, "/fhir/:type/:id",            0, start, "delete" },
	{ HTTP_POST,   "/fhir/:type/_search",        9, start, "search" },
	{ HTTP_GET,    "/fhir/:type/:id/_history/:vid", 0, start, "vread" },
	{ HTTP_GET,    "/files/:name/*",             0, start, "files" },
	{ 0 },
};
static const struct http_route *const tables[] = { rows };
static struct router *router;
static struct pair bound[8];
static size_t n_bound;
static unsigned allowed;

static const char *
find(enum http_method m, const char *path)
{
	n_bound = 99;
	allowed = 0;
	const struct http_route *r = router_find(router, m, str_of(path), bound, &n_bound, &allowed);
	return r ? r->tag : "none";
}

static void
paths_that_no_row_takes_find_nothing(void **state)
{
	static const char *const paths[] = { "/x", "/patient", "/patient/", "/patient/a/b", "/patient/a/allergies/", "/fhir", "/fhir/Patient/1/_history", "/fhir/Patient/1/_history/",
		"/files/x", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t" };
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		assert_string_equal(find(HTTP_GET, paths[i]), "none");
		assert_int_equal(allowed, 0);
	}
}

static void
another_method_is_told_what_is_allowed(void **state)
{
	char z[64];
	(void)state;
	assert_string_equal(find(HTTP_POST, "/fhir/Patient/1"), "none");
	router_allow(allowed, z);
	assert_string_equal(z, "GET, HEAD, PUT, DELETE");
	assert_string_equal(find(HTTP_DELETE, "/patient/new"), "none");
	router_allow(allowed, z);
	assert_string_equal(z, "GET, HEAD, POST");
	router_allow(~0u, z);
	assert_string_equal(z, "GET, HEAD, POST, PUT, PATCH, DELETE");
}

static void
a_literal_goes_before_a_bound_segment_and_falls_back_to_it(void **state)
{
	(void)state;
	assert_string_equal(find(HTTP_GET, "/patient/new"), "new");
	assert_string_equal(find(HTTP_POST, "/patient/new"), "patient-post");
	assert_string_equal(find(HTTP_GET, "/patient/new/allergies"), "allergies");
	assert_string_equal(find(HTTP_GET, "/fhir/metadata"), "metadata");
	assert_string_equal(find(HTTP_GET, "/fhir/metadata/1"), "read");
	assert_string_equal(find(HTTP_POST, "/fhir/Patient/_search"), "search");
}

static void
bound_segments_come_with_the_names_of_their_row(void **state)
{
	(void)state;
	assert_string_equal(find(HTTP_GET, "/fhir/Patient/a-1/_history/2"), "vread");
	assert_int_equal(n_bound, 3);
	assert_true(str_eq(bound[0].name, "type") && str_eq(bound[0].value, "Patient"));
	assert_true(str_eq(bound[1].name, "id") && str_eq(bound[1].value, "a-1"));
	assert_true(str_eq(bound[2].name, "vid") && str_eq(bound[2].value, "2"));
	assert_string_equal(find(HTTP_GET, "/patient/x%20y"), "patient");
	assert_true(n_bound == 1 && str_eq(bound[0].name, "patient") && str_eq(bound[0].value, "x%20y"));
	assert_string_equal(find(HTTP_GET, "/files/a/b/c.txt"), "files");
	assert_true(n_bound == 2 && str_eq(bound[1].name, "*") && str_eq(bound[1].value, "b/c.txt"));
}

static void
head_is_answered_by_the_get_row(void **state)
{
	(void)state;
	assert_string_equal(find(HTTP_HEAD, "/"), "root");
	assert_string_equal(find(HTTP_HEAD, "/fhir/Patient/1"), "read");
	assert_string_equal(find(HTTP_HEAD, "/fhir/Patient/_search"), "read");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_that_no_row_takes_find_nothing),
		cmocka_unit_test(another_method_is_told_what_is_allowed),
		cmocka_unit_test(a_literal_goes_before_a_bound_segment_and_falls_back_to_it),
		cmocka_unit_test(bound_segments_come_with_the_names_of_their_row),
		cmocka_unit_test(head_is_answered_by_the_get_row),
	};
	router = router_new(tables, 1);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	router_free(&router);
	return failed;
}
