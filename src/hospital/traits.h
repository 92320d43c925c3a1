/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/traits.h: a person's identity as the house thinks of it, read from a FHIR Patient and written back into one in FR Core form
 * (fr-core-patient, fr-core-patient-ins): what the French rules call traits (RNIV), with the trust status and what depends on it.
 * Private to hospital. Start at struct traits.
 */
#ifndef HYGIE_HOSPITAL_TRAITS_H
#define HYGIE_HOSPITAL_TRAITS_H

#include "hospital/show.h"

/* RNIV EXI SI 07. Unknown or absent counts as provisional: neither asked of the national service nor checked on a document. */
enum trust { TRUST_PROV, TRUST_RECUP, TRUST_VALI, TRUST_QUAL };

struct traits {
	struct str id;
	int64_t rid;
	uint32_t version;
	struct str birth_name, given, given_list;     /* official: family, first given name, all given names of birth */
	struct str used_name, used_given;             /* usual; empty when the same is used */
	struct str born_on, sex;                      /* FHIR date; male female unknown other */
	struct str birth_code, birth_city;            /* INSEE code of commune or country, name */
	enum trust trust;
	bool homonym, doubtful, fictive;              /* attributes of an identity, beside its status */
	bool collision;                               /* suspected: known_beware tells, no body does */
	struct str proof, proof_on;                   /* document that was checked (fr-core-cs-mode-validation-identity), and when */
	struct str method, collected_on;              /* how the INS came (fr-core-cs-method-collection), and when */
	struct str ins, ins_system;                   /* matricule; to be shown only when trust is QUAL */
	struct str ipp;
	struct str line, postal, city, phone, email;
	struct str treating;                          /* Practitioner id */
	bool deceased; struct str deceased_at;
};
/* Strings point into the tree or into a. */
void traits_read(const struct item *patient, struct arena *a, struct traits *t_r);
const char *trust_code(enum trust trust);

/* A new Patient body. ipp set. */
void traits_write_new(struct buf *out, const struct traits *t);
/* The same resource with now's traits: what did not change between before and now is kept byte for byte, as is all that traits do not name. */
void traits_write_over(struct buf *out, const struct json *patient, const struct traits *before, const struct traits *now);
/* Birth name, given names of birth, birth date, sex, birth place: do they differ? (the traits that the national service locks) */
bool traits_strict_differ(const struct traits *a, const struct traits *b);

/* Status, attributes, what they stand on, INS. */
bool traits_reliability_differ(const struct traits *a, const struct traits *b);

/* The next internal identifier of the house, on the writer, and how it is written. */
enum rc patient_number_next(struct db_conn *c, int64_t *number_r, struct problem *p) CHECKED;
void patient_number(struct buf *out, int64_t number);

/* ---- columns ---- */
void traits_mask(struct buf *out, const struct traits *t);                         /* initials of the names used */
void traits_initials(struct rows *out, const struct traits *t);                  /* T0: masked (initials), birth_year, sex, status */
void traits_masked(struct rows *out, const struct traits *t);                    /* the same with the id, for whoever may go on to ask for the chart */
void traits_named(struct rows *out, const struct traits *t, int64_t now_ms);     /* name, born_on, age, sex, status */
void traits_full(struct rows *out, const struct traits *t, int64_t now_ms);      /* named, and every trait, contacts, INS when QUAL */

/* ---- comparing ---- */
/* fold_key without the blanks, in the arena: "Le Goff" → "legoff". */
struct str letters_of(struct arena *a, struct str name);
struct str sound_of(struct arena *a, struct str name);                           /* fold_phonetic, the same way */
bool name_has_letter(struct str name);

#endif
