/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/verify_main.c: hygie-verify, the auditor's binary: a ledger directory (or a copy of one) and a public key in, one verdict out. It is linked with
 * base, codec and ledger only, opens no network, writes nothing. Exit: 0 good, 1 bad, 2 could not be read.
 */
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdio.h>

static int
usage(void)
{
	fputs("usage: hygie-verify LEDGER-DIRECTORY [PUBLIC-KEY-FILE [AT-LEAST]]\n"
	      "Reads every entry and says whether the access log is whole and unchanged.\n"
	      "PUBLIC-KEY-FILE: the copy of ledger.pub that you keep. Without it the one in the directory is used, which proves less.\n"
	      "AT-LEAST: the size on a checkpoint that you keep: the log must not be shorter.\n"
	      "Exit status: 0 good, 1 bad, 2 could not be read.\n", stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	struct ledger_verdict v;
	struct problem p = { 0 };
	uint64_t at_least = 0;

	if (argc < 2 || argc > 4 || argv[1][0] == '-' || (argc == 4 && str_u64(str_of(argv[3]), &at_least) != RC_OK))
		return usage();
	if (ledger_verify(argv[1], argc > 2 ? argv[2] : NULL, at_least, &v, &p) != RC_OK) {
		fprintf(stderr, "hygie-verify: cannot read: %s: %s\n", p.where, p.detail);
		return 2;
	}
	printf("%s\nentries %" PRIu64 "\ncheckpoints %" PRIu64 "\nerased personal parts %" PRIu64 "\nhead %s\nroot %s\n", v.good ? "GOOD" : "BAD",
		v.entries, v.checkpoints, v.erased, v.head, v.root);
	if (!v.good)
		printf("first bad entry %" PRIu64 ": %s\n", v.first_bad, v.what);
	return v.good ? 0 : 1;
}
