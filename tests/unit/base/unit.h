/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka, and cases whose name is a sentence. */
#ifndef HYGIE_TEST_UNIT_H
#define HYGIE_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"

#define CASE(sentence, function) { (sentence), (function), NULL, NULL, NULL }
#define COUNT(table) (sizeof(table) / sizeof (table)[0])

/* Compares bytes and says which row of a table was wrong. */
static inline void same_text_(struct str got, const char *want, const char *file, int line, const char *row)
{
	if (!str_eq(got, want)) {
		print_error("%s: got \"%.*s\", want \"%s\"\n", row, STR_ARG(got), want);
		_fail(file, line);
	}
}
#define same_text(got, want, row) same_text_((got), (want), __FILE__, __LINE__, (row))
#define holds(x, row) \
	do { \
		if (!(x)) { \
			print_error("%s: %s does not hold\n", (row), #x); \
			fail(); \
		} \
	} while (0)

#endif
