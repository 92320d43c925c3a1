/* SPDX-License-Identifier: Apache-2.0 */
/* What a front writes to the vault: a frame is taken whole or not at all, its texts lie inside it, and only pages and API speak; the same bytes are read the same way in pieces. */
#include "fuzz.h"
#include "gate/door.h"

static uint64_t sum;

static void touch(struct str s, struct str frame)
{
	if (s.n == 0)
		return;
	MUST(s.p >= frame.p && s.p + s.n <= frame.p + frame.n);
	for (size_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str left = { (const char *)data, n };
	for (;;) {
		struct frame_call f, g;
		enum frame_kind kind, again;
		uint32_t number, other;
		long took = door_frame(left, &number, &kind, &f);
		if (took <= 0)
			break;
		MUST((size_t)took <= left.n && (kind == FRAME_CALL || kind == FRAME_FIGURES || kind == FRAME_PARAMS));
		struct str frame = { left.p, (size_t)took };
		if (kind == FRAME_CALL) {
			MUST(f.surface == SURFACE_PAGE || f.surface == SURFACE_API || f.surface == SURFACE_PRINT);
			MUST(f.route.n > 0 && f.route.n <= 100 && f.token.n <= 512 && f.from.n <= 64);
			touch(f.route, frame);
			touch(f.token, frame);
			touch(f.from, frame);
			touch(f.asks, frame);
		}
		MUST(door_frame((struct str){ frame.p, frame.n - 1 }, &other, &again, &g) == 0);
		MUST(door_frame(frame, &other, &again, &g) == took && other == number && again == kind);
		left.p += took;
		left.n -= (size_t)took;
	}
	return 0;
}
