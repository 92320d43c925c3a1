/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/witness_main.c: hygie-witness: keeps other houses honest about their ledgers (ledger/witness.h). It opens no network: what it signs comes by standard input, so
 * that a web server, a forced command of ssh or a mail filter stands before it, as the house likes. Linked with base, codec and ledger only.
 */
#include "ledger/witness.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BODY_MAX 16384

static int
usage(void)
{
	fputs("usage: hygie-witness make STATE NAME          a new witness; prints its public key for verifiers\n"
	      "       hygie-witness trust STATE LEDGER.PUB   one more ledger to witness\n"
	      "       hygie-witness cosign STATE             reads what hygie audit grown printed, prints the signature line\n"
	      "NAME: an address without scheme, as in witness.hospital.test/w1.\n"
	      "A ledger's first checkpoint comes as \"old 0\", an empty line and the checkpoint.\n"
	      "Exit status: 0 signed, 1 refused (on standard output the status that C2SP tlog-witness gives it, with 409 the size signed last), 2 could not be done.\n", stderr);
	return 2;
}

static int
failed(const struct problem *p)
{
	fprintf(stderr, "hygie-witness: %s: %s: %s\n", p->where, why_row(p->why)->sentence, p->detail);
	return 2;
}

static unsigned
status_of(enum rc rc)
{
	switch (rc) {
	case RC_BAD_INPUT:    return 400;
	case RC_DENIED:       return 403;
	case RC_NOT_FOUND:    return 404;
	case RC_CONFLICT:     return 409;
	case RC_PRECONDITION: return 422;
	default:              return 0;
	}
}

static int
cosign(const char *state)
{
	struct buf body, line;
	struct problem p = { 0 };
	char piece[4096];
	uint64_t last;
	int code = 0;

	buf_init(&body, BODY_MAX);
	buf_init(&line, 1024);
	for (size_t n; (n = fread(piece, 1, sizeof piece, stdin)) > 0;)
		buf_put(&body, piece, n);
	enum rc rc = ferror(stdin) ? problem_set(&p, RC_BROKEN, WHY_BROKEN, "input", "cannot be read") : body.failed ? problem_set(&p, RC_BAD_INPUT, WHY_TOO_BIG, "input", "over %d bytes", BODY_MAX) : RC_OK;
	if (rc == RC_OK)
		rc = witness_cosign(state, buf_view(&body), clock_ms() / 1000, &line, &last, &p);
	if (rc == RC_OK) {
		fwrite(line.p, 1, line.n, stdout);
	} else {
		code = failed(&p);
		if (status_of(rc)) {
			code = 1;
			printf("%u\n", status_of(rc));
		}
		if (rc == RC_CONFLICT)
			printf("%" PRIu64 "\n", last);
	}
	buf_done(&body);
	buf_done(&line);
	return fflush(stdout) == 0 ? code : 2;
}

static int
make(const char *state, const char *name)
{
	struct problem p = { 0 };
	char path[4096], line[512];

	if (witness_make(state, name, &p) != RC_OK)
		return failed(&p);
	FILE *f = snprintf(path, sizeof path, "%s/witness.pub", state) < (int)sizeof path ? fopen(path, "r") : NULL;
	if (!f || !fgets(line, sizeof line, f)) {
		if (f)
			fclose(f);
		return 2;
	}
	fclose(f);
	fputs(line, stdout);
	return 0;
}

int
main(int argc, char **argv)
{
	struct problem p = { 0 };

	if (argc == 4 && strcmp(argv[1], "make") == 0)
		return make(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "trust") == 0)
		return witness_trust(argv[2], argv[3], &p) == RC_OK ? 0 : failed(&p);
	if (argc == 3 && strcmp(argv[1], "cosign") == 0)
		return cosign(argv[2]);
	return usage();
}
