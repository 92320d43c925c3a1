/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/password_words.h: the tables that tools/gen_passwords.py makes of data/passwords: sorted fingerprints (FNV-1a, 32 bits) of folded words. */
#ifndef HYGIE_HOSPITAL_PASSWORD_WORDS_H
#define HYGIE_HOSPITAL_PASSWORD_WORDS_H

#include <stddef.h>
#include <stdint.h>

extern const uint32_t password_near[]; /* what attackers try first: leaked passwords, first names, towns */
extern const size_t password_near_count;
extern const uint32_t password_far[];  /* French words */
extern const size_t password_far_count;
#endif
