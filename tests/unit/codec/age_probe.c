/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/codec/age_probe.c: `age_probe RECIPIENT STEP < plain > sealed`: the age writer alone, fed STEP bytes at a time. Called by tests/gate/test_age.py. */
#include <stdio.h>
#include <stdlib.h>

#include "codec/age.h"

int main(int argc, char **argv)
{
	static char plain[1u << 20];
	unsigned char key[AGE_KEY];
	struct age *a = NULL;
	struct buf out;
	struct problem p;
	int64_t step = 0;
	if (argc != 3 || !age_recipient(str_of(argv[1]), key) || str_i64(str_of(argv[2]), &step) != RC_OK || step < 1)
		return 2;
	size_t n = fread(plain, 1, sizeof plain, stdin);
	buf_init(&out, 2u << 20);
	enum rc rc = age_new(key, &a, &out, &p);
	for (size_t at = 0; rc == RC_OK && at < n; at += (size_t)step)
		rc = age_put(a, (struct str){ plain + at, n - at < (size_t)step ? n - at : (size_t)step }, &out, &p);
	if (rc == RC_OK)
		rc = age_end(a, &out, &p);
	if (rc == RC_OK && fwrite(out.p, 1, out.n, stdout) != out.n)
		rc = RC_BROKEN;
	age_free(&a);
	buf_done(&out);
	return rc == RC_OK ? 0 : 1;
}
