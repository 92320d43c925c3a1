/* SPDX-License-Identifier: Apache-2.0 */
/* codec/sha.c: see sha.h. */
/*
 * OpenSSL's plain SHA256_* functions, marked deprecated in 3.0 in favour of EVP: an EVP context costs an allocation and a fetch for each digest,
 * which for pieces of 300 bytes is as much as the digest itself. They use SHA-NI where the processor has it, as EVP does.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "codec/sha.h"

#include <openssl/sha.h>
#include <string.h>

void
sha_two(unsigned char out[SHA_LEN], const void *a, size_t a_n, const void *b, size_t b_n)
{
	SHA256_CTX c;

	MUST(SHA256_Init(&c) == 1);
	if (a_n)
		MUST(SHA256_Update(&c, a, a_n) == 1);
	if (b_n)
		MUST(SHA256_Update(&c, b, b_n) == 1);
	MUST(SHA256_Final(out, &c) == 1);
}

/* Castagnoli polynomial, reflected (RFC 3720 §12.1), four bits at a time: small, and the usual processor has the instruction anyway. */
#define CRC_POLY 0x82F63B78u
#define CRC_BIT(v) (((v) >> 1) ^ (((v) & 1u) ? CRC_POLY : 0u))
#define CRC_ROW(v) CRC_BIT(CRC_BIT(CRC_BIT(CRC_BIT((uint32_t)(v)))))
static const uint32_t crc_nibble[16] = {
	CRC_ROW(0), CRC_ROW(1), CRC_ROW(2), CRC_ROW(3), CRC_ROW(4), CRC_ROW(5), CRC_ROW(6), CRC_ROW(7),
	CRC_ROW(8), CRC_ROW(9), CRC_ROW(10), CRC_ROW(11), CRC_ROW(12), CRC_ROW(13), CRC_ROW(14), CRC_ROW(15),
};

static uint32_t
crc_plain(const unsigned char *p, size_t n)
{
	uint32_t crc = ~0u;

	for (; n; n--, p++) {
		crc ^= *p;
		crc = (crc >> 4) ^ crc_nibble[crc & 15];
		crc = (crc >> 4) ^ crc_nibble[crc & 15];
	}
	return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t
crc_sse(const unsigned char *p, size_t n)
{
	uint64_t crc = ~0u;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t v;
		memcpy(&v, p, 8);
		crc = __builtin_ia32_crc32di(crc, v);
	}
	for (; n; n--, p++)
		crc = __builtin_ia32_crc32qi((uint32_t)crc, *p);
	return ~(uint32_t)crc;
}
#endif

uint32_t
sha_crc32c(const void *bytes, size_t n)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return crc_sse(bytes, n);
#endif
	return crc_plain(bytes, n);
}

bool
sha_all_zero(const unsigned char *p, size_t n)
{
	uint64_t v;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&v, p, 8);
		if (v)
			return false;
	}
	for (; n; n--, p++)
		if (*p)
			return false;
	return true;
}
