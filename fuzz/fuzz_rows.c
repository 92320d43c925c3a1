/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that the check accepts are safe to walk to the end, and stay accepted without their marks. */
#include "fuzz.h"
#include "base/rows.h"

static uint64_t sum;

static void touch(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str flat = { (const char *)data, n };
	if (!rows_check(flat))
		return 0;
	size_t marks = 0;
	int64_t patient;
	enum tier tier;
	for (size_t at = 0; rows_next_mark(flat, &at, &patient, &tier); marks++)
		MUST(patient > 0 && tier <= TIER_SPECIAL && at <= n);
	static const char *const NAMES[] = { "s", "people", "a" };
	for (int i = 0; i < 3; i++) {
		size_t rows = 0;
		for (struct row row = rows_first(flat, NAMES[i]); row_is(row); row = rows_next(row), rows++)
			for (int k = 0; k < 3; k++) {
				touch(row_get(row, NAMES[k]));
				sum += (uint64_t)row_i64(row, NAMES[k]) + row_has(row, NAMES[k]);
			}
		MUST(rows == rows_count(flat, NAMES[i]));
	}
	char *copy = malloc(n);
	MUST(copy);
	memcpy(copy, data, n);
	rows_unmark(copy, n);
	MUST(rows_check((struct str){ copy, n }));
	size_t at = 0;
	MUST(!rows_next_mark((struct str){ copy, n }, &at, &patient, &tier));
	free(copy);
	return 0;
}
