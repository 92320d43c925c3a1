/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/password.h: which passwords are taken, and how they are kept. It must never name a password, a part of it or a word of it in a problem, never cut
 * one short, and asks for no kinds of characters and for no change after a time: both make people write worse ones (NIST SP 800-63B-4 §3.1.1.2; ANSSI,
 * Recommandations relatives à l'authentification multifacteur et aux mots de passe, v2.0, 2021, R23 and R24).
 * Called by the acts on accounts, by the keeper and by the gate (password_is). Start at password_rules.
 */
#ifndef HYGIE_HOSPITAL_PASSWORD_H
#define HYGIE_HOSPITAL_PASSWORD_H

#include "hospital/hospital.h"

#define PASSWORD_LEAST 12           /* characters: ANSSI 2021, beside a second factor that is always on */
#define PASSWORD_LEAST_POWERFUL 16  /* administrators and security officers */
#define PASSWORD_BYTES 1000         /* accepted whole; ASVS 5.0 6.2.9 asks for 64 characters. Argon2id reads all of it (6.2.8) */
/* Guesses that an attacker needs who knows how people choose: 10^10, the highest class of zxcvbn (Wheeler, USENIX Security 2016, §5). With a stolen hash and
 * Argon2id at 0.07 s a guess that is 22 years of one core; at the sign-in page it is never reached. */
#define PASSWORD_GUESSES_BITS 33.2

/* Whose password it is to be. house: names of the units and establishments this person works in (password_house), any number; texts may be empty. */
struct password_owner { enum role role; struct str login, name; const struct str *house; unsigned n_house; int32_t least; /* characters that the rules of the establishment ask for; 0: the native ones */ };

/*
 * RC_BAD_INPUT with where "password" and the rule that failed in why:
 *   FIELD_CHARS      control characters, or no UTF-8
 *   PASSWORD_SHORT   fewer characters than the role asks for. Counted are code points of the text as it is hashed (fold_opaque: NFC): what is typed counts
 *                    once, however the keyboard spells an accent. Not NFKC: it would count one ligature of Arabic for eighteen
 *   PASSWORD_RULE    fewer than the rules of the person's establishments ask for
 *   FIELD_TOO_LONG   over PASSWORD_BYTES
 *   PASSWORD_HOUSE   holds a word (4 letters or more) of the login, the person's name, the house's names, or one that every hospital has
 *   PASSWORD_COMMON  is, but for what stands before and after its letters, a password of the lists, a first name or a town, once or several times
 *   PASSWORD_WEAK    one motif over and over, or under PASSWORD_GUESSES_BITS
 * Accents, case and digits that stand for letters do not hide a word. The lists take 10 to 40 µs; guesses are counted in 1 to 10 ms for 12 to 30
 * characters, some 50 ms for 100 and more: less than password_hash takes, and off the writer like it.
 */
enum rc password_rules(const struct password_owner *of, struct str password, struct problem *p) CHECKED;

/* The names and the rule for an owner's house: the establishments, and each unit with what it is part of. Lives in the arena. Off the writer, on a snapshot. */
enum rc password_house(struct db_conn *c, struct arena *a, const struct str *units, unsigned n_units, struct password_owner *of, struct problem *p) CHECKED;

/* Logarithm to base 2 of the guesses that this password takes: for tests and measurements. 0 when it cannot be told (no memory). */
double password_bits(struct str password);

enum rc password_hash(struct str password, struct buf *out, struct problem *p) CHECKED;  /* Argon2id 64 MiB, 2 passes: about 0.1 s; never on the writer */
bool password_is(struct str hash, struct str password);                                 /* the same cost; false for a hash that cannot be read */
#endif
