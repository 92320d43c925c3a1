/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of a form lies within its bytes, has a name of ours, holds no delimiter; and the same parts written again read the same. The first line is the header. */
#include "fuzz.h"
#include "codec/multipart.h"

static struct str again(const struct parts *ps, struct arena *a)
{
	struct buf b;
	buf_init(&b, 1u << 22);
	for (size_t i = 0; i < ps->n; i++) {
		buf_z(&b, "--fuzzfuzzfuzzfuzz\r\nContent-Disposition: form-data; name=\"");
		buf_str(&b, ps->at[i].name);
		buf_z(&b, ps->at[i].file ? "\"; filename=\"x\"\r\n\r\n" : "\"\r\n\r\n");
		buf_str(&b, ps->at[i].value);
		buf_z(&b, "\r\n");
	}
	buf_z(&b, "--fuzzfuzzfuzzfuzz--\r\n");
	struct str s = b.failed ? STR_NONE : arena_str(a, buf_view(&b));
	buf_done(&b);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str body, type = str_cut((struct str){ (const char *)data, n }, '\n', &body);
	struct arena a;
	struct problem p;
	struct parts ps, twice;
	arena_init(&a, 64 << 20);
	if (!body.p)
		body = STR("");
	enum rc rc = multipart_read(type, body, &a, &ps, &p);
	MUST(rc == RC_OK || rc == RC_BAD_INPUT || rc == RC_LIMIT);
	for (size_t i = 0; rc == RC_OK && i < ps.n; i++) {
		struct part t = ps.at[i];
		MUST(ps.n <= MULTIPART_PARTS && t.name.n > 0 && t.name.n <= MULTIPART_NAME && t.value.p >= body.p && t.value.p + t.value.n <= body.p + body.n);
		MUST(t.file || t.value.n == 0 || !memchr(t.value.p, '\0', t.value.n));
	}
	struct str made = rc == RC_OK ? again(&ps, &a) : STR_NONE;
	if (made.n && !memmem(body.p, body.n, "fuzzfuzzfuzzfuzz", 16)) {
		MUST(multipart_read(STR("multipart/form-data; boundary=fuzzfuzzfuzzfuzz"), made, &a, &twice, &p) == RC_OK && twice.n == ps.n);
		for (size_t i = 0; i < ps.n; i++)
			MUST(str_is(twice.at[i].name, ps.at[i].name) && str_is(twice.at[i].value, ps.at[i].value) && twice.at[i].file == ps.at[i].file);
	}
	arena_done(&a);
	return 0;
}
