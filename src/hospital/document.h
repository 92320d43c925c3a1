/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/document.h: the bytes of a document beside the DocumentReference that names them (document.c). Private to hospital, but for what the gate asks of a file at the end. */
#ifndef HYGIE_HOSPITAL_DOCUMENT_H
#define HYGIE_HOSPITAL_DOCUMENT_H

#include "hospital/compose.h"
#include "hospital/show.h"

enum document_part { DOCUMENT_READ = 1, DOCUMENT_CDA };
#define DOCUMENT_MOST (4u << 20)  /* bytes of one file */

/* On the writer: sealed with the patient's key. format: "pdf", "text", "cda". */
enum rc document_file_put(struct act_ctx *x, int64_t source, int64_t patient, enum document_part part, const char *format, struct str bytes, struct problem *p) CHECKED;
enum rc document_file_get(struct db_conn *c, struct arena *a, int64_t source, enum document_part part, struct str *format_r, struct str *bytes_r, struct problem *p) CHECKED; /* NOT_FOUND */
/* On the writer: the bytes go, of a document that leaves the record. */
enum rc document_file_drop(struct act_ctx *x, int64_t source, struct problem *p) CHECKED;
/* The content elements of a DocumentReference: an attachment that names the part. */
void document_content(struct jw *w, struct str id, enum document_part part, const char *format, size_t bytes, struct str title, int64_t made_ms, struct str made_on /* a date alone; none: made_ms */);
/* A DocumentReference that this patient's chart shows, the records joined to it too. NOT_FOUND. */
enum rc document_of(struct db_conn *c, struct arena *a, struct str patient, struct str id, struct item *it_r, struct problem *p) CHECKED;
/* One row of a list: id, title (else its type), type, status, content_type, dated_at or dated_on, by_name. */
void document_row(struct rows *out, struct names *names, const struct item *it, int64_t patient);

/* ---- for FHIR: Binary/ID.1 is what is read, Binary/ID.2 the CDA ---- */
bool document_binary_id(struct str binary, struct str *document_r, enum document_part *part_r); /* "ID.1" → ID, 1; false: no such id */
/*
 * The file of the DocumentReference source as a Binary (R4 binary.html): contentType, securityContext, data in base64, version and instant of the DocumentReference. Who calls judged and prices that
 * one. NOT_FOUND: it has no such file. Begins out: buf_done by the caller in every case. At most 5.4 MiB; one probe.
 */
enum rc document_binary(struct db_conn *c, struct arena *a, int64_t source, struct str document, enum document_part part, uint32_t version, int64_t updated_ms, struct buf *out, struct problem *p) CHECKED;
/* For an export by ticket: the body with the bytes of each file in its attachment (`data` beside `url`). In the arena; the same body where nothing is beside it. */
enum rc document_with_files(struct db_conn *c, struct arena *a, int64_t source, struct str body, struct str *body_r, struct problem *p) CHECKED;
#endif
