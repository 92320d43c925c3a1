/* SPDX-License-Identifier: Apache-2.0 */
/* gate/wire.h: little-endian numbers and length-led texts of a frame; reading never passes the end, one bad flag sticks. Called by release.c, listen.c. */
#ifndef HYGIE_GATE_WIRE_H
#define HYGIE_GATE_WIRE_H

#include "base/str.h"

static inline void wire_un(struct buf *b, uint64_t v, int bytes)
{
	unsigned char at[8];
	for (int i = 0; i < bytes; i++, v >>= 8)
		at[i] = (unsigned char)v;
	buf_put(b, at, (size_t)bytes);
}
static inline void wire_u8(struct buf *b, uint8_t v) { wire_un(b, v, 1); }
static inline void wire_u32(struct buf *b, uint32_t v) { wire_un(b, v, 4); }
static inline void wire_u64(struct buf *b, uint64_t v) { wire_un(b, v, 8); }
static inline void wire_text(struct buf *b, struct str s)
{
	if (s.n > UINT32_MAX) {
		b->failed = true;
		return;
	}
	wire_u32(b, (uint32_t)s.n);
	buf_str(b, s);
}

struct wire { struct str left; bool bad; };
static inline uint64_t wire_get_un(struct wire *w, unsigned bytes)
{
	if (w->bad || w->left.n < bytes) {
		w->bad = true;
		return 0;
	}
	uint64_t v = 0;
	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | (unsigned char)w->left.p[i];
	w->left.p += bytes;
	w->left.n -= bytes;
	return v;
}
static inline uint8_t wire_get_u8(struct wire *w) { return (uint8_t)wire_get_un(w, 1); }
static inline uint32_t wire_get_u32(struct wire *w) { return (uint32_t)wire_get_un(w, 4); }
static inline uint64_t wire_get_u64(struct wire *w) { return wire_get_un(w, 8); }
static inline struct str wire_get_text(struct wire *w)
{
	uint32_t n = wire_get_u32(w);
	if (w->bad || w->left.n < n) {
		w->bad = true;
		return STR_NONE;
	}
	struct str s = { w->left.p, n };
	w->left.p += n;
	w->left.n -= n;
	return s;
}
#endif
