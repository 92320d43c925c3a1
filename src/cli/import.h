/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/import.h: a file of FHIR JSON cut into what the gate takes: single resources as lines that all carry an id, and whole transaction or batch bundles.
 * Files are JSON or NDJSON, plain or gzip; folders are walked in the order of names. Knows no gate. Start at import_read.
 */
#ifndef HYGIE_CLI_IMPORT_H
#define HYGIE_CLI_IMPORT_H

#include <stdio.h>

#include "codec/json.h"
#include "gate/gate.h"

struct import_file { char *path; uint64_t bytes; };
struct import_files { struct import_file *at; size_t n; };
/* Adds PATH, or all .json, .ndjson, .json.gz, .ndjson.gz below it (never .refused.ndjson). */
enum rc import_find(const char *path, struct import_files *files, struct problem *p) CHECKED;
void import_files_done(struct import_files *files);

/* What was refused of a file, beside it: PATH.refused.ndjson, made by the first. Zeroed before; closed and opened again as the caller likes. */
struct import_refusals { FILE *to; bool began; };
enum rc import_refused(struct import_refusals *r, const char *path, uint64_t number, struct str why, struct str where, struct str body, struct problem *p) CHECKED;
enum rc import_refused_end(struct import_refusals *r, struct problem *p) CHECKED;

/* `hygie import --bulk`. Returns an exit code. */
struct options;
int import_bulk(const struct options *o);

struct import_sink {
	void *owner;
	bool apart; /* a transaction that asks nothing comes as lines, entry by entry; lines that need nothing done to them are not parsed */
	uint64_t bytes_read;
	bool (*line)(struct import_sink *s, uint64_t number, struct str resource);      /* false: stop */
	/* asks: what it does hangs on what is stored before it (conditions, reads), or parts of it may fail (type batch) */
	bool (*bundle)(struct import_sink *s, uint64_t number, struct str bundle, bool asks);
	void (*refused)(struct import_sink *s, uint64_t number, const struct problem *p, struct str text);
};
/* source goes into derived ids. Failures are of the file as a whole: missing, too big, gzip damaged. */
enum rc import_read(const char *path, const char *source, struct import_sink *sink, struct problem *p) CHECKED;
#endif
