/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/witness.h: a witness of other houses' ledgers (C2SP tlog-witness, tlog-cosignature): of each ledger it keeps the newest checkpoint that it signed, and signs
 * a further one only when a proof shows that the ledger grew from that. So a house that rewrites its ledger, or shows two, finds no witness.
 * It runs elsewhere than the ledger, knows public keys only, and sees nothing but sizes and hashes. Called by hygie-witness. Start at witness_cosign.
 *
 * STATE/witness.key (0400)   its own key, 32 bytes in hex         STATE/<16 hex>.pub         a ledger that it is trusted with: ledger.pub
 * STATE/witness.pub          name+key hash+base64, for verifiers  STATE/<16 hex>.checkpoint  the newest that it signed
 *                                                                 STATE/<16 hex>.epochs      its later keys, each certified by the one before (ledger/epochs.h)
 */
#ifndef HYGIE_LEDGER_WITNESS_H
#define HYGIE_LEDGER_WITNESS_H

#include "base/str.h"

/* A state with a new key (made if absent). RC_CONFLICT when it has one; RC_BAD_INPUT unless name is 1 to 128 printable bytes without blank or plus: an address without scheme. */
enum rc witness_make(const char *state, const char *name, struct problem *p) CHECKED;
/* From now on it knows the ledger of this public key. RC_CONFLICT when it knew it already. */
enum rc witness_trust(const char *state, const char *pub_path, struct problem *p) CHECKED;

/* Its public key as a line, at the end of line_r. RC_NOT_FOUND when the state has none; RC_BROKEN CORRUPT when what is there is no key. */
enum rc witness_pub(const char *state, struct buf *line_r, struct problem *p) CHECKED;

/*
 * A ledger's list of keys, as it publishes it: those that follow from the key that is trusted are believed from now on, and the list only grows. RC_NOT_FOUND no such ledger,
 * RC_BAD_INPUT not certified, RC_CONFLICT another key for an epoch that is known: the ledger went two ways.
 */
enum rc witness_epochs(const char *state, struct str list, struct problem *p) CHECKED;

/*
 * What add-checkpoint does. body: "old", size, proof, checkpoint (ledger/proof.h); the signature line at the end of line_r. Two at once of one ledger: one after the other.
 * The state is on the disk before the line is given. What is refused leaves it as it was:
 *   RC_NOT_FOUND no such ledger | RC_DENIED not signed by it | RC_BAD_INPUT cannot be read, or old above the size | RC_PRECONDITION it does not prove growth
 *   RC_CONFLICT old is not the size signed last, which *last_r then holds, or the same size has another root
 */
enum rc witness_cosign(const char *state, struct str body, int64_t now_s, struct buf *line_r, uint64_t *last_r, struct problem *p) CHECKED;
#endif
