/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/bundle.h: a prepared bundle, shared by bundle.c (off the writer) and bundle_run.c (on it). Start at struct entry.
 */
#ifndef HYGIE_RECORD_BUNDLE_H
#define HYGIE_RECORD_BUNDLE_H

#include "record/inner.h"

enum method { METHOD_DELETE, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_GET, METHOD_HEAD, METHOD__END }; /* in order of running */

/* A query that must be answered before anything is written; each once, however many entries hang on it. */
struct condition { uint16_t type; struct str query; bool all; /* a DELETE hangs on it */ unsigned n; char id[65]; struct str *ids; /* n of them, at most 2; all: BUNDLE_DELETE_MOST + 1 */ struct problem problem; /* rc other than RC_OK: it cannot be answered */ struct condition *next; };

struct entry {
	enum method method;
	struct str url, url_id, query, full_url, if_none_exist, if_none_match;
	struct str patch;                  /* PATCH: the operations */
	uint16_t type;
	uint32_t version;                  /* GET Type/id/_history/version */
	const struct json *resource;
	struct record_if cond;
	char id[65];                       /* "" until a condition is answered */
	bool fresh;                        /* id was made here */
	bool open;                         /* a reference in it hangs on a condition */
	bool later;                        /* write is made again on the writer */
	struct condition *condition;       /* If-None-Exist, or the query of a PUT or DELETE */
	bool matched;                      /* If-None-Exist met: nothing is written */
	struct record_write *write;
	struct fhir_issue *issues;
	bool failed; struct problem problem; /* batch: this entry alone */
	bool refused;                      /* failed before it came to the writer */
	struct record_done done;
	struct str answer;                 /* GET, or a write that is answered with it: resource JSON */
	bool same;                         /* GET: the version is the one that the client has */
	bool deleted_nothing;
};
struct link { struct str url; size_t entry; };
struct record_bundle {
	struct arena *a;
	bool is_transaction;
	struct entry *at; size_t n;
	struct link *links; size_t n_links;
	struct condition *conditions;
	struct record_guard *guard;        /* NULL: everything is open */
	struct record_gone *gone;          /* NULL: everybody may be deleted */
	enum bundle_returns returns;
	struct record_batch *batch;        /* NULL: index rows are stored at once */
	int64_t *patients; size_t n_patients, cap_patients;
};
struct condition *condition_of(struct record_bundle *b, uint16_t type, struct str query); /* NULL: arena full */
/* A reference that names nothing, or too much: told with its element. */
enum rc bundle_unresolved(const struct entry *e, const struct json *ref, enum rc rc, enum why why, struct problem *p) CHECKED;
/* The text that replaces one reference; STR_NONE: it stays. run: conditions are answered; else ids that are not known yet are a placeholder and *open_r is set. */
enum rc bundle_ref_text(struct record_bundle *b, const struct entry *e, const struct json *at, bool run, struct str *out, bool *open_r, struct problem *p) CHECKED;
/*
 * What a patch of this bundle brings into a reference out of the stored resource: as bundle_ref_text while the bundle runs. What a condition would have to be asked
 * for is refused: conditions are answered before anything is written.
 */
enum rc bundle_ref_brought(struct record_bundle *b, const struct entry *e, struct str was, struct str *now_r, struct problem *p) CHECKED;
/* A conditional reference names exactly one; other texts pass. */
enum rc bundle_ref_met(const struct record_bundle *b, const struct entry *e, const struct json *at, struct problem *p) CHECKED;
/* bundle_patch.c: what a PATCH entry carries; and its operations with the references in them as they are stored. */
enum rc bundle_patch_read(struct record_bundle *b, struct entry *e, struct problem *p) CHECKED;
enum rc bundle_patch_text(struct record_bundle *b, struct entry *e, bool run, struct str *text_r, struct problem *p) CHECKED;
/* Rewrites the entry's references and prepares its write. run: conditions are answered. */
enum rc entry_write(struct record_bundle *b, struct entry *e, bool run, struct fhir_issue **issues_r, struct problem *p) CHECKED;
#endif
