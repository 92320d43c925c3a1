/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/proof.h: proofs as texts. Of one entry (C2SP tlog-proof): name, "extra" with the entry's bytes, "index", the hashes from the leaf up, an empty line, the
 * signed checkpoint. Of growth (C2SP tlog-witness, what add-checkpoint asks for): "old" and a size, the hashes, an empty line, the signed checkpoint.
 * Pure. Called by prove.c and fuzzed. Must never read two texts as the same proof. note_r points into the text and is not judged.
 */
#ifndef HYGIE_LEDGER_PROOF_H
#define HYGIE_LEDGER_PROOF_H

#include "ledger/tree.h"

void proof_put(struct buf *out, struct str entry, uint64_t index, const struct tree_proof *proof, struct str note);
/* False unless every byte is as proof_put writes it. entry: an empty buf. */
bool proof_read(struct str text, struct buf *entry, uint64_t *index_r, struct tree_proof *proof, struct str *note_r);

void growth_put(struct buf *out, uint64_t old_size, const struct tree_proof *proof, struct str note);
bool growth_read(struct str text, uint64_t *old_size_r, struct tree_proof *proof, struct str *note_r);
#endif
