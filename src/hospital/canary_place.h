/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/canary_place.h: where canary patients must stand, so that whoever walks the base by id, by name or by birth date meets one among any CANARY_BLOCK
 * consecutive people, and who they may be (SECURITY 7.6). Pure: rows in, people out; one seed, one answer. Called by keeper/canary.c and the demonstration.
 * Start at canary_place. docs/decisions/0017 says which orders there are and why these three.
 */
#ifndef HYGIE_HOSPITAL_CANARY_PLACE_H
#define HYGIE_HOSPITAL_CANARY_PLACE_H

#include "base/arena.h"
#include "base/random.h"

#define CANARY_BLOCK 256
/* One is placed behind so many people without any, at latest, and CANARY_PLAY earlier at most: between two lie SPACE + PLAY = 230 in the worst case and 180 in the mean, so
 * that 26 more may come between any two before check asks for another. */
#define CANARY_SPACE 180u
#define CANARY_PLAY 50u
/* So many letters and digits at least part a canary from every person: name and birth date written one behind the other. */
#define CANARY_APART 3u

/* name: letters of the family name of birth, a blank, letters of the first given name (canary_name). born: days since 1970; CANARY_UNBORN: no whole date. */
#define CANARY_UNBORN INT32_MIN
struct canary_row { struct str id, name; int32_t born; bool canary; };
enum canary_order { CANARY_BY_ID, CANARY_BY_NAME, CANARY_BY_BIRTH, CANARY_ORDERS };
const char *canary_order_name(enum canary_order order);

/* "Le Goff", "Anne-Marie" → "legoff annemarie", in the arena. */
struct str canary_name(struct arena *a, struct str family, struct str given);

/* The longest run of people without a canary in each order; rows without a date count in the first two only. RC_LIMIT: no memory. */
enum rc canary_gaps(const struct canary_row *at, size_t n, uint32_t gap_r[CANARY_ORDERS], struct problem *p) CHECKED;

/* Names to choose from; letters as in canary_name, both sorted by them, each once. */
struct canary_family { struct str letters, shown; };
struct canary_given { struct str letters, shown; char sex; /* 'M' 'F' */ };
struct canary_names { const struct canary_family *family; size_t n_family; const struct canary_given *given; size_t n_given; };

struct canary_new {
	uint32_t family, given;       /* of the names */
	int32_t born;
	char id[65];                  /* of the form of its neighbours, and between them */
	uint32_t after;               /* so many of the rows given stand before it by id */
};
/*
 * Who must be added so that no gap is longer than CANARY_BLOCK - 1, in *new_r (the caller frees it). today: days; nobody is born later. Distinct (name, born), CANARY_APART from every
 * row; no row of the same birth date begins its family name with the same three letters, so that a search for a person shows none.
 * What cannot be placed (ids without room between them, no name of the table in a stretch) is left: canary_gaps tells. Cost: n log n; 758,912 rows take some seconds.
 */
enum rc canary_place(const struct canary_row *at, size_t n, const struct canary_names *names, int32_t today, uint64_t seed, struct canary_new **new_r, size_t *n_r, struct problem *p) CHECKED;

/* An id between two, of the same form; false when there is no room. out: 65 bytes. */
bool canary_id(struct str low, struct str high, struct stream *s, char *out);
/* Is (name, born) CANARY_APART from this row? */
bool canary_apart(struct str name, int32_t born, const struct canary_row *row);
#endif
