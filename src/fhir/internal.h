/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/internal.h: what the files of this room offer each other: primitives, numbers, references, narrative, invariants, and the state of a check.
 * For this room only. Start at struct check and check_found.
 */
#ifndef HYGIE_FHIR_INTERNAL_H
#define HYGIE_FHIR_INTERNAL_H

#include "model.h"

/* ---- primitive.c ---- */
bool primitive_ok(enum kind kind, struct str text);     /* string kinds but xhtml, and numbers; text already free of forbidden characters */
bool primitive_text_ok(struct str text);                     /* no control character but TAB, LF, CR */

/* ---- date.c ---- */
/* Parts of a date, dateTime or instant as written; precision: digits groups given (1 year, 2 month, 3 day, 5 minute, 6 second, 7 fraction). False when the form is wrong. */
struct date_parts { int year, month, day, hour, minute, second, ms, zone_min, precision; bool has_zone; };
bool date_parse(struct str text, bool partial_time, struct date_parts *m_r);
bool date_range(const struct date_parts *m, int64_t *low_r, int64_t *high_r);
bool date_time_ok(struct str text);

/* ---- number.c ---- */
/* The decimal as written and half a unit of its last digit either side: "100" → [99.5, 100.5). False when it is no decimal. */
bool number_range(struct str text, double *low_r, double *high_r);
bool number_value(struct str text, double *v_r);

/* ---- reference.c ---- */
enum ref_form { REF_BAD, REF_LOCAL, REF_ABSOLUTE, REF_URN, REF_FRAGMENT, REF_SEARCH };
struct ref { enum ref_form form; uint16_t type; struct str id; };
struct ref reference_parse(struct str text);   /* type: of REF_LOCAL and REF_SEARCH always, of REF_ABSOLUTE when its path ends in Type/id */

/* ---- narrative.c ---- */
bool narrative_ok(struct str xhtml);
void narrative_words(struct str xhtml, struct buf *out); /* its words without markup, folded as names are, a blank between */

/* ---- check.c ---- */
struct frame { const struct frame *up; struct str name; int index; /* -1: not in an array */ };
struct contained_ids { const struct json *of, **slot; size_t cap; bool wrong; /* an id is missing or there twice */ };
struct check {
	struct arena *a;
	const struct json *container;   /* the resource whose contained resources "#id" names */
	struct contained_ids *ids;      /* of the container asked last */
	bool contained;                 /* inside a contained resource */
	struct fhir_issue *first, **last;
	unsigned n;
	struct problem *p;
	enum rc rc;
};
#define CHECK_ISSUES 20
void check_found(struct check *ck, enum why why, const struct frame *at, const char *below /* may be NULL */, const char *rule /* may be NULL */);
bool check_contained_named(const struct check *ck); /* references.html#contained: each contained resource has an id of its own */
const struct json *check_contained(const struct check *ck, struct str id); /* the contained resource of this id, or NULL */

/* ---- invariant.c ---- */
void invariant_check(struct check *ck, uint16_t shape, const struct json *object, const struct frame *at);
bool invariant_sorted(void); /* the table is in the order of shapes: for the test */

#endif
