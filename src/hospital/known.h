/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/known.h: the people known, by date of birth: one line a person with all that a masked line shows and all that a comparison of names needs,
 * so that a search reads no resource. Derived from the Patients that are not deleted. Private to hospital. Start at known_day.
 */
#ifndef HYGIE_HOSPITAL_KNOWN_H
#define HYGIE_HOSPITAL_KNOWN_H

#include "hospital/traits.h"

struct known {
	int64_t born;                  /* yyyymmdd; month and day 0 when not recorded; 0 no date */
	int64_t born_key;              /* what stands for it on disk: known_key */
	int64_t patient;
	struct str id, masked;
	int sex;                       /* 0 not recorded */
	enum trust trust;
	bool homonym, twin;            /* declared; another person of that date has the same names */
	bool doubtful, fictive;
	bool collision;                /* somebody said that two people's data are in this record, and the identity cell has not looked yet */
	struct str names;              /* see known_names_read */
};

int64_t known_key(int64_t born);                              /* keyed hash, > 0; 0 for 0 */
int64_t known_born(struct str date);                          /* YYYY, YYYY-MM, YYYY-MM-DD; 0 for anything else */
int known_sex(struct str code);
/* What a line says of these traits; strings live in the arena. twin and collision are false: only the table knows. */
void known_line(const struct traits *t, struct arena *a, struct known *k_r);
/* Columns of a masked line: id, masked, birth_year, sex, status; flags homonym (declared or found), doubtful, fictive, collision. */
void known_masked(struct rows *out, const struct known *k);
/* A list that shows a person shows whether a namesake was found and a collision is suspected too: t->homonym, t->collision. One probe. */
void known_beware(struct db_conn *c, struct traits *t);
/* On the writer, after a collision was told of, or looked into (identity_task): the line says so. */
enum rc known_collision(struct db_conn *c, int64_t patient, struct problem *p) CHECKED;
struct known known_kept(struct arena *a, const struct known *k);

/* ---- names: pairs of folded letters and their sound ---- */
#define KNOWN_FAMILIES 2           /* of birth, used */
#define KNOWN_GIVEN 3              /* first of birth, used, all of birth in one */
#define KNOWN_OTHERS 4             /* second given name of birth and so on; a fifth is not searched by */
struct known_name { struct str letters, sound; };
struct known_names { struct known_name family[KNOWN_FAMILIES], given[KNOWN_GIVEN], other[KNOWN_OTHERS]; unsigned n_family, n_given, n_other; };
void known_names_read(struct str names, struct known_names *n_r); /* points into names */

/* ---- reading: each is called in turn; *go_on false stops. The line's strings are valid during the call. ---- */
struct known_each { enum rc (*line)(struct known_each *e, const struct known *k, bool *go_on, struct problem *p); };
/* All of one date, in order of surrogate. One range read. */
enum rc known_day(struct db_conn *c, int64_t born, struct known_each *e, struct problem *p) CHECKED;
/* Everybody, in order of surrogate. */
enum rc known_all(struct db_conn *c, struct known_each *e, struct problem *p) CHECKED;
/* Those of one date with a name, or the sound of one, that begins so. Three letters or more: one range read and a probe beside it for each; fewer: all of
 * that date are unsealed and looked at. In order of surrogate. */
enum rc known_begins(struct db_conn *c, int64_t born, struct str letters, bool by_sound, struct known_each *e, struct problem *p) CHECKED;
bool known_begins_so(const struct known *k, struct str letters, bool by_sound);
/* One person; found_r false when not known. */
enum rc known_find(struct db_conn *c, int64_t patient, struct arena *a, bool *found_r, struct known *k_r, struct problem *p) CHECKED;

/* ---- upkeep (on the writer) ---- */
struct known_birth { int64_t patient, born_key; }; /* whose date of birth is at hand */
/* New people of a batch whose namesakes are looked for together: later, but before anyone else's line changes, so that the outcome is the same. */
struct known_news { struct known_new { int64_t born_key, whole, patient, same[3]; unsigned n; } *at; size_t n, cap; };
enum rc known_news_settle(struct db_conn *c, struct known_news *news, struct problem *p) CHECKED;
/* Brings the line of a Patient to what its resource says now; body NULL: deleted; alone: as record_change has it. news NULL: nothing is put off. born_r: NULL,
 * or who was settled last. */
enum rc known_settle(struct db_conn *c, int64_t patient, struct str id, const struct json *body, bool alone, struct known_news *news, struct known_birth *born_r, struct arena *scratch, struct problem *p) CHECKED;
/* All lines made anew: after a bulk load, and as an operator's verb. Until it ends, searches may miss people. */
enum rc known_rebuild(struct db *db, struct record_progress *g, struct problem *p) CHECKED;

#endif
