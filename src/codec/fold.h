/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/fold.h: text made comparable. Uses utf8proc. Pure.
 * fold_key: NFKD, marks dropped, case folded, œ→oe æ→ae ß→ss, every run of non-alphanumerics one space, trimmed: "Éléonore d'Arc-Œuf" → "eleonore d arc oeuf".
 * fold_bare: the same letters, with all else kept as it stands: "Été 2024 !" → "ete 2024 !". For guessing how a password was made.
 * fold_opaque: OpaqueString of RFC 8265 §4.2.2, what is hashed of a password: spaces of any kind become U+0020, then NFC, so that it is the same from each
 * keyboard. What is no UTF-8 is left as it is.
 * fold_nfc: NFC only (for :exact). fold_phonetic: a French phonetic key (documented rule by rule in fold.c) so that likely spellings meet:
 * "Lefèvre" = "Lefebvre", "Dupond" = "Dupont", "Philippe" = "Filipe".
 */
#ifndef HYGIE_CODEC_FOLD_H
#define HYGIE_CODEC_FOLD_H

#include "base/arena.h"
#include "base/str.h"

/* Keys are stored in indexes: when a rule changes this goes up, and an index made by another version is made again. */
#define FOLD_VERSION 1

void fold_key(struct buf *out, struct str s);
struct str fold_kept(struct arena *a, struct str s);   /* fold_key, kept in the arena; empty when it is over 8,000 bytes or there is no memory */
void fold_bare(struct buf *out, struct str s);
void fold_opaque(struct buf *out, struct str s);
void fold_nfc(struct buf *out, struct str s);
void fold_phonetic(struct buf *out, struct str s);
void fold_upper(struct buf *out, struct str s);        /* display: DURAND, keeps accents */
double fold_jaro_winkler(struct str a, struct str b);  /* 0 … 1, on bytes of folded keys */
#define FOLD_DAMERAU_MOST 64
unsigned fold_damerau(struct str a, struct str b, unsigned at_most); /* edit distance with transpositions; at_most + 1 when over; at_most ≤ 64 */
#endif
