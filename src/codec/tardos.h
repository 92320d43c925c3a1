/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/tardos.h: code words that a few who mix their copies cannot get rid of (G. Tardos 2003; the symmetric scores of Škorić, Katzenbeisser and Celik 2008), for
 * coalitions of TARDOS_COALITION. Each place of the code has a bias drawn once for the house; a word's bit there is 1 with that chance. Where all of a coalition have the same
 * bit, every mixture has it; so agreement weighs, and weighs more where it is rare. Pure: a key in, bits and scores out. Start at tardos_bit.
 */
#ifndef HYGIE_CODEC_TARDOS_H
#define HYGIE_CODEC_TARDOS_H

#include "base/str.h"

#define TARDOS_KEY 16
#define TARDOS_COALITION 3

double tardos_bias(const unsigned char key[TARDOS_KEY], unsigned place);
unsigned tardos_bit(const unsigned char key[TARDOS_KEY], uint64_t word, unsigned place, double bias);
/*
 * What a bit that was seen at a place says for a word that has `bit` there. Of a word that has nothing to do with it the mean is 0 and the variance 1, whatever was
 * seen: the sum over n places lies above z·√n with the chance of a normal law, and c who mixed have about 2·n/(π·c) each.
 */
double tardos_score(double bias, unsigned bit, unsigned seen);
#endif
