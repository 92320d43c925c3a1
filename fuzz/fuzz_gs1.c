/* SPDX-License-Identifier: Apache-2.0 */
/* What is accepted lies within the input, holds what its kind allows, and reads the same again when it is written in brackets. */
#include "fuzz.h"
#include "codec/gs1.h"

static bool is_within(struct str part, struct str in)
{
	return part.n == 0 || (part.p >= in.p && part.p + part.n <= in.p + in.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct gs1 g;
	struct problem p;
	if (gs1_read(in, 2026, &g, &p) != RC_OK) {
		MUST(p.why == WHY_GS1_UNREADABLE);
		return 0;
	}
	MUST(n <= 1u << 20 && is_within(g.gtin, in) && is_within(g.lot, in) && is_within(g.serial, in));
	MUST((g.gtin.n == 0 || g.gtin.n == 14) && g.lot.n <= 20 && g.serial.n <= 20 && (g.expires_on[0] == '\0' || strlen(g.expires_on) == 10));
	struct str cip = gs1_cip13(&g);
	MUST(cip.n == 0 || cip.n == 13);
	if (g.gtin.n) {
		char text[64] = "(01)";
		struct gs1 again;
		memcpy(text + 4, g.gtin.p, 14);
		MUST(gs1_read((struct str){ text, 18 }, 2026, &again, &p) == RC_OK && again.gtin.n == 14 && memcmp(again.gtin.p, g.gtin.p, 14) == 0);
	}
	return 0;
}
