/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a packed form holds, unpacking writes no more than it was asked for; what is packed comes back. */
#include "fuzz.h"
#include "codec/pack.h"

#define MOST ((size_t)4 << 20) /* what claims more is allowed, and not worth the fuzzer's time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct problem p;
	size_t size = pack_plain_size(in);
	MUST(size == SIZE_MAX || size <= PACK_MOST);
	if (size != SIZE_MAX && size <= MOST) {
		unsigned char *out = malloc(size); /* to the byte: the checker sees what is written behind it */
		MUST(out || size == 0);
		enum rc rc = pack_open(out, in, &p);
		MUST(rc == RC_OK || (rc == RC_BROKEN && p.why == WHY_CORRUPT));
		free(out);
	}
	for (int how = PACK_PLAIN; how <= PACK_BYTES; how++) {
		unsigned char *form = malloc(n + PACK_MORE), *back = malloc(n + 1);
		MUST(form && back);
		size_t packed = pack_put(form, (enum pack_how)how, in);
		struct str text = { (const char *)form, packed };
		MUST(packed > 0 && packed <= n + PACK_MORE && pack_plain_size(text) == n);
		MUST(pack_open(back, text, &p) == RC_OK && (n == 0 || memcmp(back, data, n) == 0));
		free(form);
		free(back);
	}
	return 0;
}
