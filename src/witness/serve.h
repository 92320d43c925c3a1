/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness/serve.h: the witness over HTTP (C2SP tlog-witness): POST PREFIX/add-checkpoint, PREFIX being the root. Judging and state are ledger/witness.h's; here are the
 * socket and the status. Nobody signs in: what is signed must be signed by a ledger that is trusted already. Called by main.c. Start at serve_run.
 */
#ifndef HYGIE_WITNESS_SERVE_H
#define HYGIE_WITNESS_SERVE_H

#include "base/str.h"

#define SERVE_EPOCHS_MAX (4u << 20) /* 12,000 keys: one a day for thirty years */
#define SERVE_BODY_MAX 16384u /* a proof has at most 63 lines of 45 bytes; the rest is the checkpoint with whatever others signed under it */

/* address: of the TLS port, whose certificate is needed then; the plain port is loopback's alone. */
struct serve { const char *state, *address, *certificate, *key; uint16_t port, plain_port; };
/* Serves until SIGTERM or SIGINT; says on standard output where. */
enum rc serve_run(const struct serve *s, struct problem *p) CHECKED;
/* The status that the protocol gives a refusal; 0: it is none, and could not be done. */
unsigned serve_status(enum rc rc);
#endif
