/* SPDX-License-Identifier: Apache-2.0 */
/* base/random.h: bytes from the kernel (getrandom), time-ordered ids, and a counter-based stream for deterministic data (demo, tests). */
#ifndef HYGIE_BASE_RANDOM_H
#define HYGIE_BASE_RANDOM_H

#include "base/str.h"

void random_bytes(void *p, size_t n);          /* MUST succeed */
uint64_t random_u64(void);
#define ID_LEN 36
/* Time-ordered identifier in UUID version 7 text form, lower case, NUL-terminated (RFC 9562 §5.7). */
void random_id(char out[ID_LEN + 1]);

/* Counter-based stream: the n-th value depends on (seed, stream, n) only. */
struct stream { uint64_t seed, stream, n; };
struct stream stream_of(uint64_t seed, uint64_t stream);
uint64_t stream_u64(struct stream *s);
uint32_t stream_below(struct stream *s, uint32_t bound); /* 0 … bound-1 */
double stream_unit(struct stream *s);                    /* [0, 1) */

#endif
