/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests/gate/test_passkey_differential.py asks: one case a line, thirteen fields between tabs, base64url where they are bytes:
 *   check|register  stored key  stored id  stored user  stored count  stored BE  challenge  required UV  id  client data  authenticator data|attestation  signature  user handle
 * Answers a line: "ok", or "refused" and the name of the check. With -t N: the first line is checked N times and the microseconds of one are printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/base64.h"
#include "codec/passkey.h"
#include "codec/seal.h"

#define FIELDS 13
enum { VERB, KEY, STORED_ID, STORED_USER, COUNT, ELIGIBLE, CHALLENGE, VERIFIED, ANSWER_ID, CLIENT, AUTH, SIGNATURE, USER };

static struct buf decoded[CHALLENGE + 1];

static struct str bytes(const struct str *field, int which)
{
	buf_reset(&decoded[which]);
	MUST(base64url_get(field[which], &decoded[which]) == RC_OK);
	return buf_view(&decoded[which]);
}

static enum passkey_fault verdict(const struct str *field, struct arena *a)
{
	static const struct str ORIGINS[] = { { "https://dpi.hopital.test", 24 } };
	enum passkey_fault fault;
	struct problem p;
	uint64_t count;
	struct passkey made, stored = { .id = bytes(field, STORED_ID), .key = bytes(field, KEY), .user = bytes(field, STORED_USER), .backup_eligible = str_eq(field[ELIGIBLE], "1") };
	struct passkey_used used;
	struct passkey_asked asked = { .challenge = bytes(field, CHALLENGE), .rp_id = STR("dpi.hopital.test"), .origins = ORIGINS, .n_origins = 1,
		.verified = str_eq(field[VERIFIED], "1"), .ids = &stored.id, .n_ids = 1 };
	MUST(str_u64(field[COUNT], &count) == RC_OK);
	stored.count = (uint32_t)count;
	enum rc rc;
	if (str_eq(field[VERB], "check")) {
		struct passkey_shown answer = { field[ANSWER_ID], field[CLIENT], field[AUTH], field[SIGNATURE], field[USER] };
		rc = passkey_check(&asked, &stored, &answer, a, &used, &fault, &p);
	} else {
		struct passkey_made answer = { field[ANSWER_ID], field[CLIENT], field[AUTH] };
		rc = passkey_register(&asked, &answer, a, &made, &fault, &p);
	}
	MUST((rc == RC_OK) == (fault == PASSKEY_SOUND));
	arena_reset(a);
	return fault;
}

static double now_us(void)
{
	struct timespec t;
	MUST(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	static char line[1 << 17];
	int times = argc == 3 && strcmp(argv[1], "-t") == 0 ? (int)strtol(argv[2], NULL, 10) : 0;
	struct arena a;
	seal_init(); /* libsodium's start */
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof decoded / sizeof *decoded; i++)
		buf_init(&decoded[i], 1 << 16);
	while (fgets(line, sizeof line, stdin)) {
		struct str field[FIELDS], rest = str_trim(str_of(line));
		rest.n = strcspn(line, "\n"); /* empty fields at the end count */
		for (int i = 0; i < FIELDS; i++)
			field[i] = str_cut(rest, '\t', &rest);
		double start = now_us();
		for (int i = 1; i < times; i++)
			(void)verdict(field, &a);
		enum passkey_fault fault = verdict(field, &a);
		if (times)
			printf("%s %.1f us\n", passkey_fault_name(fault), (now_us() - start) / times);
		else if (fault == PASSKEY_SOUND)
			puts("ok");
		else
			printf("refused %s\n", passkey_fault_name(fault));
	}
	for (size_t i = 0; i < sizeof decoded / sizeof *decoded; i++)
		buf_done(&decoded[i]);
	arena_done(&a);
	return 0;
}
