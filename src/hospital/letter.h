/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/letter.h: what the files of letters share: the closed list of merge fields and blocks, a letter as it is kept, what it still lacks, and its two forms: a paper for the press,
 * and the CDA beside the PDF. Private to hospital. Start at struct letter.
 */
#ifndef HYGIE_HOSPITAL_LETTER_H
#define HYGIE_HOSPITAL_LETTER_H

#include "base/paper.h"
#include "hospital/care.h"

#define LETTER_TEXT_MOST   12000   /* characters that a person writes: four pages */
#define LETTER_TITLE_MOST  120
#define LETTER_TO_MOST     600
#define LETTER_LINES       60      /* of one block */
#define LETTER_MISSING     24

extern const struct choice letter_kinds[];         /* discharge, consultation, free */
/* LOINC's code and words of the kind, as the CI-SIS examples have it (data/letters/README.md); code NULL: none is known, the text alone is said. */
struct letter_type { const char *kind, *loinc, *display; };
const struct letter_type *letter_type(struct str kind);

/* ---- merge fields (letter_field.c) ---- */

/* {{patient.nom}} …: the whole list. is_block: a part of the record, which is drawn as a table with its sources. */
struct letter_field { const char *name; bool is_block; };
extern const struct letter_field letter_fields[];  /* ends with name NULL */
const struct letter_field *letter_field_of(struct str name);
/* BAD_INPUT LETTER_FIELD at `where` when the text names one that is not in the list. */
enum rc letter_text_check(struct str text, const char *where, struct problem *p) CHECKED;

struct letter_patient { struct care_patient who; struct stay stay; /* the present one, else the last; id empty: none */ struct names names; };
enum rc letter_patient(struct db_conn *c, struct arena *a, const struct args *args, int64_t now_ms, struct letter_patient *k_r, struct problem *p) CHECKED;
/* The text with each field that has a value replaced by it; blocks and fields without one stay. In the arena. */
enum rc letter_fill(struct db_conn *c, struct arena *a, const struct actor *who, struct letter_patient *k, int64_t now_ms, struct str text, struct str *filled_r, struct problem *p) CHECKED;

/* One line of a block: what, who recorded it, when it was recorded (a FHIR date or instant). */
struct letter_line { struct str what, source, when; };
struct letter_block { struct str name; int64_t at_ms; struct letter_line line[LETTER_LINES]; unsigned n; bool more; };
/* Reads a block from the record now. One search. */
enum rc letter_pull(struct db_conn *c, struct arena *a, struct letter_patient *k, const struct letter_field *f, int64_t now_ms, struct letter_block *b_r, struct problem *p) CHECKED;

/* ---- a letter (letter.c) ---- */

enum { LETTER_BLOCKS = 6 };
struct letter {
	int64_t no, patient, replaces, template_no, template_version, saved, version, made_ms, saved_ms, signed_ms, ended_ms, once;
	uint32_t made_by, saved_by, signed_by, ended_by;
	struct str kind, state, document, hash;
	struct str title, to, text;
	struct letter_block *block[LETTER_BLOCKS]; unsigned n_blocks;
};
/* NOT_FOUND: none of this number, or of another patient. */
enum rc letter_find(struct db_conn *c, struct arena *a, int64_t no, int64_t patient, struct letter *l_r, struct problem *p) CHECKED;
enum rc letter_content(const struct letter *l, struct buf *out, struct problem *p) CHECKED;    /* what is sealed */
const struct letter_block *letter_block_of(const struct letter *l, struct str name);
/* The next row of a view is this letter's columns. */
void letter_cols(struct rows *out, const struct letter *l, const char *by_name, struct str name);

/* What keeps it from being signed: a field without value, a block that was never pulled, a heading that the house requires and that has no words. */
enum letter_lack { LACK_FIELD, LACK_BLOCK, LACK_HEADING };
struct letter_missing { enum letter_lack lack; struct str what, source; };
enum rc letter_missing(struct db_conn *c, struct arena *a, const struct letter *l, struct letter_missing at[LETTER_MISSING], unsigned *n_r, struct problem *p) CHECKED;

/* ---- templates (letter_template.c) ---- */
/* no 0: the one that is shipped with this kind. version_r 0 then. Strings in the arena. */
enum rc letter_template(struct db_conn *c, struct arena *a, struct str kind, int64_t no, struct str *text_r, int64_t *version_r, struct problem *p) CHECKED;
struct letter_need { int64_t no, made_ms; struct str kind, heading, source; uint32_t made_by; };
enum rc letter_needs(struct db_conn *c, struct arena *a, struct str kind /* empty: all */, struct letter_need *at, unsigned most, unsigned *n_r, struct problem *p) CHECKED;

/* ---- its forms (letter_form.c, letter_cda.c) ---- */
struct letter_signer { struct str name, rpps; /* empty: not recorded */ };
struct letter_house { struct str unit, site, finess; };
#define LETTER_RPPS "urn:oid:1.2.250.1.71.4.2.1"
/* A unit and what it is part of, up to the top: the site. Where the unit is not known, all is empty. */
enum rc letter_house_of(struct db_conn *c, struct arena *a, struct str unit, struct letter_house *h_r, struct problem *p) CHECKED;
struct str letter_identifier(const struct json *resource, const char *system); /* empty: none of this system */
struct letter_out { const struct letter *l; const struct letter_patient *k; struct letter_signer by; struct letter_house house; int64_t now_ms; struct str document, set, before; /* ids: its own, of its first version, of the one it replaces */ };
enum rc letter_paper(const struct letter_out *o, struct buf *out, struct problem *p) CHECKED;      /* begins out: buf_done by the caller in every case */
/*
 * HL7 CDA R2 level 1 with the header of the French CI-SIS: the PDF as nonXMLBody. The INS stands in it when the identity is qualified, and never else. What the house does not hold
 * (RPPS, FINESS, addresses) is said by nullFlavor, not invented.
 */
enum rc letter_cda(const struct letter_out *o, struct str pdf, struct buf *out, struct problem *p) CHECKED;
/* "2.25." and the number of a UUID (ITU-T X.667): an OID that needs no registry. */
void letter_oid(struct buf *out, struct str uuid);

#endif
