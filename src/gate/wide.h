/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/wide.h: FHIR reads that are wider than a search: all of a patient, the newest of each code, who may be this person, versions by time. Their rows go
 * through the same door as a search's (fetch_row), so sight, masking, marks and price are the same. Called by fetch.c. Start at wide_run.
 */
#ifndef HYGIE_GATE_WIDE_H
#define HYGIE_GATE_WIDE_H

#include "fhir/subset.h"
#include "gate/fetch.h"

/* One FHIR ask being answered. */
struct fetch {
	struct record_each each;    /* first */
	struct look *l;
	const struct ask *k;
	struct rows *out;
	uint16_t type;
	enum sight sight;
	bool open_world;            /* no restriction by patient: a machine whose ticket covers all */
	enum tier tier;             /* of a search: the least that a hit costs, by what its conditions look at */
	const struct subset *subset, *subset_included; /* NULL: whole */
	int64_t *hits; size_t n_hits;
	uint32_t n;
	const struct buf *file;     /* the row's body is this Binary instead of the stored resource; NULL but for a document's file */
};
/* fetch.c */
bool fetch_is_held(const struct look *l);                 /* a person, or a machine held to its cohort */
bool fetch_is_open(struct fetch *f, int64_t patient);
/*
 * May the row be shown? Its patient is open; of several patients each of them (docs/decisions/0008). *shut_r: the first that is not, 0 none. Asks other statements of
 * the connection.
 */
enum rc fetch_opens(struct fetch *f, const struct record_row *row, bool *is_r, int64_t *shut_r, struct problem *p) CHECKED;
/* record_scope's: asked of each patient of a resource of several. of: the fetch. */
bool fetch_scope_open(void *of, int64_t patient);
/* Puts a row as the role sees it, marked, and opens the other patients that it shows; its last columns are still open for more. Not for a type that the role does not see. */
enum rc fetch_row(struct fetch *f, const struct record_row *row, struct problem *p) CHECKED;
/* record said NOT_FOUND or GONE, or it is not open: the refusal that tells nothing to one who may not know. */
enum rc fetch_absent(struct fetch *f, enum rc rc, struct problem *p) CHECKED;
/* The patient of this id, known and open; it is counted as opened even when nothing is found. Else the refusal that tells nothing. */
enum rc fetch_patient(struct fetch *f, struct str id, int64_t *patient_r, struct problem *p) CHECKED;
/* wide.c */
enum rc wide_run(struct fetch *f, struct problem *p) CHECKED;
#endif
