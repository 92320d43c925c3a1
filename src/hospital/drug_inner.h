/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/drug_inner.h: what drug.c (the specialities) and drug_check.c (the thesaurus) share of the base. Private to these two. Start at struct drugs. */
#ifndef HYGIE_HOSPITAL_DRUG_INNER_H
#define HYGIE_HOSPITAL_DRUG_INNER_H

#include "base/map.h"
#include "hospital/drug.h"
#include "hospital/reference.h"

struct drug_actor { uint32_t id, via; };     /* a protagonist of the thesaurus, and the substance that leads to it: itself, or a member of that class */
struct drug_row { struct str levels, one, other, mechanism, advice; uint32_t a, b; enum drug_level level; bool others; /* "autres …": another one of the same class */ };
struct drug_member { uint32_t substance, of; };

struct thesaurus {
	struct maps *names;                      /* folded name → id + 1 */
	unsigned char *is_class; uint32_t n_names, cap_names;
	struct drug_member *member; size_t n_members, cap_members; /* sorted */
	struct drug_row *row; size_t n_rows;
	struct map64 pairs;                      /* two ids → row + 1 */
	size_t unplaced;                         /* rows of "autres …" that name no class of the list */
};

struct drug_word { struct str text; uint32_t first, n; }; /* which specialities have it: a range of drugs.post */
struct drug_edition { struct str table, date; };
#define DRUG_TABLES 12
struct drugs {
	struct arena life;
	struct reference table[DRUG_TABLES]; unsigned n_tables; /* their bytes, which everything points into */
	struct drug_edition edition[8]; unsigned n_editions;
	struct drug *at; size_t n;               /* in the order of lists */
	uint32_t *by_cis;                        /* places in at */
	struct drug_word *word; size_t n_words;  /* sorted */
	uint32_t *post;
	struct thesaurus t;
};

/* One more table of the base: its columns by name, in the order asked for. The cells stay until drug_tables_fold. */
enum rc drug_table(struct drugs *d, const char *folder, const char *file, const char *const *names, int *column, unsigned n, const struct reference **t_r, struct problem *p) CHECKED;

enum rc thesaurus_read(struct drugs *d, const char *folder, struct problem *p) CHECKED;
/* The protagonists that a substance of the BDPM stands for, by its exact name or, unless exact, by the names of the thesaurus within it ("chlorhydrate de tramadol"); none: it is not known. */
enum rc thesaurus_actors(struct drugs *d, struct str name, bool exact, struct drug_actor *at, unsigned max, unsigned *n_r, struct problem *p) CHECKED;
void thesaurus_done(struct thesaurus *t);
#endif
