/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/attribute.h: which export or which accounts a leaked sample came from (SECURITY 7.6). Three ways, from the surest on:
 *   canaries  people who were written into one export only: one of them in the sample names it
 *   marks     the harmless forms of codec/mark.h: an innocent export agrees with half of what is seen; whoever agrees far oftener was copied
 *   guilt     without marks: who opened these charts (Papadimitriou and Garcia-Molina 2011, from the ledger)
 * Pure but for attribute_openers. Called by gate/attribute.c. Start at attribute_marks.
 *
 * Exports come through struct attribute_exports: attribute_exports_read says which there are, attribute_exports_own finds their canaries in a sample,
 * attribute_exports_hold who of a sample was in which.
 */
#ifndef HYGIE_HOSPITAL_ATTRIBUTE_H
#define HYGIE_HOSPITAL_ATTRIBUTE_H

#include "base/arena.h"
#include "codec/mark.h"
#include "db/db.h"

/* The chance that anybody innocent is named, over all exports together. */
#define ATTRIBUTE_INNOCENT 1e-6

/* One row of a sample. id: FHIR id of the Patient, empty until it is known. seen: by mark_seen. ours: a canary of an export. */
struct attribute_row { struct str id, ipp, family, given, born_on; signed char seen[MARK_KINDS]; uint32_t line; bool ours; };

#define ATTRIBUTE_APPROVED 4
struct attribute_export {
	uint64_t no; struct str recipient;
	const struct str *canaries; size_t n_canaries; /* ids */
	uint32_t asked, approved[ATTRIBUTE_APPROVED]; unsigned n_approved; /* accounts */
};
struct attribute_exports {
	const unsigned char *key;                 /* MARK_KEY bytes: what mark_form had */
	const struct attribute_export *at; size_t n;
	/* Was this patient's row in the export? NULL: not known, each is taken to have had all. */
	bool (*holds)(const struct attribute_exports *of, size_t i, struct str id);
	const struct attribute_row *own; size_t n_own; /* canaries of all, as people; names in letters */
	const struct attribute_held *held;        /* holds' own */
};

struct attribute_suspect {
	size_t export_;                           /* index among the exports */
	uint32_t rows;                            /* of the sample that it had */
	uint32_t marks, agree;                    /* plain marks that were seen, and that are its own */
	double chance;                            /* log10: that an innocent export agrees so often, times the number of exports */
	uint32_t places; double score, limit;     /* of the code word: groups seen, what it has, what an innocent one does not reach */
	uint32_t canaries;
	bool by_marks, by_code, by_canaries;      /* proven so */
};
/*
 * All exports that are proven, else the one that comes nearest; the surest first, in the arena. Each row of the sample counts once. M exports are tried: a plain mark proves at
 * chance · M ≤ ATTRIBUTE_INNOCENT, a code word above the normal law's limit for it. Cost: rows · exports.
 */
enum rc attribute_marks(const struct attribute_exports *of, const struct attribute_row *rows, size_t n, struct arena *a, struct attribute_suspect **out_r, size_t *n_r, struct problem *p) CHECKED;
/* log10 of the chance of k or more heads of n. */
double attribute_tail(uint32_t n, uint32_t k);
/* How far from its mean a normal value does not come but with this chance (one side). */
double attribute_normal(double chance);

/* Guilt: of a row that `holders` could have given away and that is got elsewhere with chance p, the share that one of them keeps being innocent; guilt = 1 - product. */
double attribute_innocence(double elsewhere, unsigned holders);
struct attribute_reader { uint32_t account; uint32_t rows, only; /* that nobody else opened */ double innocent_half, innocent_most; /* p = 0.5, 0.9 */ };
/* Who opened whom: readers counted over rows, the guiltiest first. opened: for each row its accounts, each once. */
struct attribute_opened { const uint32_t *account; unsigned n; };
enum rc attribute_guilt(const struct attribute_opened *rows, size_t n, struct arena *a, struct attribute_reader **out_r, size_t *n_r, struct problem *p) CHECKED;

/* Accounts to which this patient's identity or chart was released, each once, in the arena; at most OPENERS. From the index of the ledger. */
#define ATTRIBUTE_OPENERS 2000
enum rc attribute_openers(struct db_conn *c, int64_t patient, struct arena *a, struct attribute_opened *out_r, struct problem *p) CHECKED;
/* The row's id where it has none: by its number (IPP), else by name and birth date, one person known of that date and names; else it stays empty. */
enum rc attribute_resolve(struct db_conn *c, struct attribute_row *row, struct arena *a, struct problem *p) CHECKED;
/* The exports that this house sealed, with their canaries. */
enum rc attribute_exports_read(struct db_conn *c, struct arena *a, struct attribute_exports *out_r, struct problem *p) CHECKED;
/* Rows that are an export's own canary get its id and ours: by id, number (IPP), or names and birth date. */
enum rc attribute_exports_own(const struct attribute_exports *of, struct arena *a, struct attribute_row *rows, size_t n, struct problem *p) CHECKED;
/* From then on holds knows of these rows. A bit for each row and export. */
enum rc attribute_exports_hold(struct db_conn *c, struct arena *a, const struct attribute_row *rows, size_t n, struct attribute_exports *of, struct problem *p) CHECKED;
#endif
