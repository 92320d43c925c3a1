/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted pairs, encoded again, decode to the same; valid text without NUL survives a path segment. */
#include "fuzz.h"
#include "base/utf8.h"
#include "codec/url.h"

static bool is_text(struct str s)
{
	return utf8_valid(s) && (s.n == 0 || !memchr(s.p, 0, s.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, part;
	struct arena a;
	struct buf b;
	struct problem p;
	struct pairs ps, again;
	arena_init(&a, 64 << 20);
	buf_init(&b, n * 6 + 100);
	enum rc rc = url_pairs(in, 64, &a, &ps, &p);
	if (rc == RC_OK) {
		MUST(ps.n <= 64);
		for (size_t i = 0; i < ps.n; i++) {
			MUST(is_text(ps.at[i].name) && is_text(ps.at[i].value));
			buf_z(&b, i ? "&" : "");
			url_part(&b, ps.at[i].name);
			buf_ch(&b, '=');
			url_part(&b, ps.at[i].value);
		}
		MUST(url_pairs(buf_view(&b), 64, &a, &again, &p) == RC_OK && again.n == ps.n);
		for (size_t i = 0; i < ps.n; i++)
			MUST(str_is(ps.at[i].name, again.at[i].name) && str_is(ps.at[i].value, again.at[i].value));
	} else {
		MUST(p.where[0] == '\0');
	}
	if (url_segment(in, &a, &part, &p) == RC_OK)
		MUST(is_text(part) && part.n <= n);
	buf_reset(&b);
	url_part(&b, in);
	rc = url_segment(buf_view(&b), &a, &part, &p);
	MUST((rc == RC_OK) == is_text(in));
	MUST(rc != RC_OK || str_is(part, in));
	buf_done(&b);
	arena_done(&a);
	return 0;
}
