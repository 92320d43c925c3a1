/* SPDX-License-Identifier: Apache-2.0 */
/* api/inner.h: what the files of src/api share. Start at api_formats. */
#ifndef HYGIE_API_INNER_H
#define HYGIE_API_INNER_H

#include "api/api.h"
#include "fhir/fhir.h"
#include "fhir/subset.h"

#define FHIR_JSON "application/fhir+json; charset=utf-8"

/* Type known and id well formed (id empty: not asked for): else RC_NOT_FOUND. */
enum rc api_names(const struct req *rq, bool with_id, struct problem *p) CHECKED;
/* Answer format (Accept, _format): RC_BAD_INPUT NOT_ACCEPTABLE for all but JSON. Interactions other than search take no parameter but these: others are refused. */
enum rc api_formats(const struct req *rq, bool is_search, struct problem *p) CHECKED;
enum rc api_formats_subset(const struct req *rq, bool is_search, struct subset *subset, struct problem *p) CHECKED; /* _summary and _elements too; subset NULL: refused */
/* Prefer (R4 http.html#ops, #return): what a write answers with; unknown parameters left out instead of refused. */
struct api_prefer { enum { RETURN_BODY, RETURN_NOTHING, RETURN_OUTCOME } returns; bool lenient, asked; /* return was said */ };
struct api_prefer api_prefers(const struct req *rq);
/* Parameters of the address and of a form count together (R4 http.html#search). RC_BAD_INPUT MEDIA_TYPE when the body is no form. */
enum rc api_query(const struct req *rq, struct str *query_r, struct problem *p) CHECKED;
/* The query of the address as a condition, without _format and _pretty. RC_BAD_INPUT NO_CONDITION when nothing is left. */
enum rc api_condition(const struct req *rq, struct str *query_r, struct problem *p) CHECKED;
void api_done(const struct req *rq, struct reply *out);              /* last of every show: _pretty */
const struct fhir_issue *api_issues(const struct req *rq, const struct release *rel); /* all findings of a refused write; NULL none */
enum rc api_body(const struct req *rq, struct problem *p) CHECKED;   /* Content-Type of a FHIR body */
void api_base(const struct req *rq, struct buf *out);                /* "https://host/fhir" */
/* "Type/id" or, with version, "Type/id/_history/version" after the base. */
void api_url(const struct req *rq, struct buf *out, struct str type, struct str id, struct str version);

/* read.c */
enum rc read_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc vread_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc read_show(const struct req *rq, const struct release *rel, struct reply *out);
enum rc history_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc history_show(const struct req *rq, const struct release *rel, struct reply *out);
/* One link of a Bundle: {"relation","url"}; url is emptied. fullUrl of a row's resource, the opening of an entry: {"fullUrl":… */
void api_link(struct buf *b, bool *comma, const char *relation, struct buf *url);
void api_full_url(const struct req *rq, struct buf *b, struct buf *url, struct row row);
/* search.c */
enum rc search_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc search_form_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc search_show(const struct req *rq, const struct release *rel, struct reply *out);
/* write.c */
enum rc create_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc update_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc patch_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc delete_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc bundle_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc write_show(const struct req *rq, const struct release *rel, struct reply *out);
enum rc delete_show(const struct req *rq, const struct release *rel, struct reply *out);
enum rc bundle_show(const struct req *rq, const struct release *rel, struct reply *out);
/* wide.c: compartments, operations, history by time */
enum rc changes_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc changes_show(const struct req *rq, const struct release *rel, struct reply *out);
void history_entry(const struct req *rq, struct buf *b, struct buf *url, struct row row);   /* read.c */
enum rc compartment_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc everything_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc stay_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc lastn_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc match_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc match_show(const struct req *rq, const struct release *rel, struct reply *out);
enum rc validate_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc validate_show(const struct req *rq, const struct release *rel, struct reply *out);
enum rc export_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc export_show(const struct req *rq, const struct release *rel, struct reply *out);
/* bulk.c: the export of a Group on a ticket */
enum rc bulk_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc bulk_show(const struct req *rq, const struct release *rel, struct reply *out);
enum rc bulk_status_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc bulk_status_show(const struct req *rq, const struct release *rel, struct reply *out);
enum rc bulk_cancel_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc bulk_cancel_show(const struct req *rq, const struct release *rel, struct reply *out);
enum rc bulk_file_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc bulk_file_show(const struct req *rq, const struct release *rel, struct reply *out);
/* token.c */
enum rc token_ask(const struct req *rq, struct asks *a, struct problem *p);
enum rc token_show(const struct req *rq, const struct release *rel, struct reply *out);
void token_fail(const struct problem *p, struct reply *out);
enum rc smart_configuration(const struct req *rq, struct reply *out);
#endif
