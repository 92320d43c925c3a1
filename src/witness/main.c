/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness/main.c: hygie-witness: keeps other houses honest about their ledgers (ledger/witness.h). What it signs comes by standard input, so that a forced command of
 * ssh or a mail filter may stand before it, or over HTTP (serve.h). It knows public keys, sizes and hashes, and no database.
 */
#include "witness/serve.h"

#include "base/clock.h"
#include "ledger/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PLAIN_PORT 8480 /* of serve without words: loopback */

static int
usage(void)
{
	fputs("usage: hygie-witness make STATE NAME          a new witness; prints its public key for verifiers\n"
	      "       hygie-witness trust STATE LEDGER.PUB   one more ledger to witness\n"
	      "       hygie-witness epochs STATE             reads the file `epochs` of a ledger's static files: its later keys\n"
	      "       hygie-witness cosign STATE             reads what hygie audit grown printed, prints the signature line\n"
	      "       hygie-witness serve STATE [--plain-port N] [--port N --address A --certificate PEM --key PEM]\n"
	      "                                              POST /add-checkpoint and /add-epochs, until it is stopped\n"
	      "NAME: an address without scheme, as in witness.hospital.test/w1.\n"
	      "serve: plain HTTP on this machine's loopback (port 8480 when none is said), for a proxy that has TLS before it; or TLS by itself.\n"
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

static int
cosign(const char *state)
{
	struct buf body, line;
	struct problem p = { 0 };
	char piece[4096];
	uint64_t last;
	int code = 0;

	buf_init(&body, SERVE_BODY_MAX);
	buf_init(&line, 1024);
	for (size_t n; (n = fread(piece, 1, sizeof piece, stdin)) > 0;)
		buf_put(&body, piece, n);
	enum rc rc = ferror(stdin) ? problem_set(&p, RC_BROKEN, WHY_BROKEN, "input", "cannot be read") : body.failed ? problem_set(&p, RC_BAD_INPUT, WHY_TOO_BIG, "input", "over %u bytes", SERVE_BODY_MAX) : RC_OK;
	if (rc == RC_OK)
		rc = witness_cosign(state, buf_view(&body), clock_ms() / 1000, &line, &last, &p);
	if (rc == RC_OK) {
		fwrite(line.p, 1, line.n, stdout);
	} else {
		code = failed(&p);
		if (serve_status(rc)) {
			code = 1;
			printf("%u\n", serve_status(rc));
		}
		if (rc == RC_CONFLICT)
			printf("%" PRIu64 "\n", last);
	}
	buf_done(&body);
	buf_done(&line);
	return fflush(stdout) == 0 ? code : 2;
}

static int
epochs(const char *state)
{
	struct buf list;
	struct problem p = { 0 };
	char piece[4096];

	buf_init(&list, SERVE_EPOCHS_MAX);
	for (size_t n; (n = fread(piece, 1, sizeof piece, stdin)) > 0;)
		buf_put(&list, piece, n);
	enum rc rc = ferror(stdin) || list.failed ? problem_set(&p, RC_BROKEN, WHY_BROKEN, "input", "cannot be read, or over %u bytes", SERVE_EPOCHS_MAX) : witness_epochs(state, buf_view(&list), &p);
	buf_done(&list);
	if (rc == RC_OK)
		return 0;
	return serve_status(rc) ? (failed(&p), 1) : failed(&p);
}

static int
make(const char *state, const char *name)
{
	struct problem p = { 0 };
	struct buf line;

	buf_init(&line, 1024);
	enum rc rc = witness_make(state, name, &p);
	if (rc == RC_OK)
		rc = witness_pub(state, &line, &p);
	if (rc == RC_OK)
		fwrite(line.p, 1, line.n, stdout);
	buf_done(&line);
	return rc == RC_OK ? 0 : failed(&p);
}

static int
serve(int argc, char **argv)
{
	struct serve s = { .state = argv[2], .address = "127.0.0.1" };
	struct problem p = { 0 };
	uint64_t n;

	for (int i = 3; i < argc; i += 2) {
		bool plain = strcmp(argv[i], "--plain-port") == 0, port = strcmp(argv[i], "--port") == 0;
		if (i + 1 == argc)
			return usage();
		if (plain || port) {
			if (str_u64(str_of(argv[i + 1]), &n) != RC_OK || n == 0 || n > 65535)
				return usage();
			*(plain ? &s.plain_port : &s.port) = (uint16_t)n;
		} else if (strcmp(argv[i], "--address") == 0) {
			s.address = argv[i + 1];
		} else if (strcmp(argv[i], "--certificate") == 0) {
			s.certificate = argv[i + 1];
		} else if (strcmp(argv[i], "--key") == 0) {
			s.key = argv[i + 1];
		} else {
			return usage();
		}
	}
	if (!s.port && !s.plain_port)
		s.plain_port = PLAIN_PORT;
	if ((s.port != 0) != (s.certificate && s.key))
		return usage();
	return serve_run(&s, &p) == RC_OK ? 0 : failed(&p);
}

int
main(int argc, char **argv)
{
	struct problem p = { 0 };

	if (argc == 4 && strcmp(argv[1], "make") == 0)
		return make(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "trust") == 0)
		return witness_trust(argv[2], argv[3], &p) == RC_OK ? 0 : failed(&p);
	if (argc == 3 && strcmp(argv[1], "epochs") == 0)
		return epochs(argv[2]);
	if (argc == 3 && strcmp(argv[1], "cosign") == 0)
		return cosign(argv[2]);
	if (argc >= 3 && strcmp(argv[1], "serve") == 0)
		return serve(argc, argv);
	return usage();
}
