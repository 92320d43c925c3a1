/* SPDX-License-Identifier: Apache-2.0 */
/* "Document LF patch": what comes out of a patch is JSON again, as deep as the parser takes; a patch without operations changes nothing; a refusal names an operation. */
#include "fuzz.h"
#include "fhir/patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, patch, doc = str_cut(in, '\n', &patch);
	struct arena a;
	struct buf out, same;
	struct problem p = { 0 };
	const struct json *root;
	if (!patch.p)
		return 0;
	arena_init(&a, 16 << 20);
	buf_init(&out, 4 << 20);
	buf_init(&same, 4 << 20);
	enum rc rc = patch_apply(doc, patch, &a, &out, &p);
	if (rc == RC_OK)
		MUST(json_parse(buf_view(&out), &a, &root, &p) == RC_OK || p.rc == RC_LIMIT);
	else
		MUST(rc == RC_BAD_INPUT || rc == RC_LIMIT);
	MUST(rc != RC_BAD_INPUT || (p.why != WHY_PATCH_PATH && p.why != WHY_PATCH_TEST) || memcmp(p.where, "patch[", 6) == 0);
	if (json_parse(doc, &a, &root, &p) == RC_OK && patch_apply(doc, STR("[]"), &a, &same, &p) == RC_OK)
		MUST(str_is(buf_view(&same), root->raw));
	buf_done(&out);
	buf_done(&same);
	arena_done(&a);
	return 0;
}
