/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/sha.h: SHA-256 over one or two pieces, and CRC-32C. Pure. Called by ledger, gate and front. Chain, commitments and tokens are SHA-256; the CRC only
 * names a damaged entry at once, it proves nothing against a person.
 */
#ifndef HYGIE_CODEC_SHA_H
#define HYGIE_CODEC_SHA_H

#include "base/str.h"

#define SHA_LEN 32
void sha_two(unsigned char out[SHA_LEN], const void *a, size_t a_n, const void *b, size_t b_n); /* SHA-256(a || b) */

/* Several digests that do not depend on each other: out = SHA-256(a || b) of each. About half the time of one after the other where the processor has SHA-NI (sha_lanes.c). */
struct sha_job { unsigned char *out; const void *a; size_t a_n; const void *b; size_t b_n; };
void sha_many(const struct sha_job *jobs, size_t n);

uint32_t sha_crc32c(const void *bytes, size_t n);
bool sha_all_zero(const unsigned char *p, size_t n);
#endif
