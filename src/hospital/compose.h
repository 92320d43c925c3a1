/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/compose.h: FHIR resources that acts write: the few shapes they are made of, and the way into the record. Nothing here knows a matter or a right.
 * Called by the files of this room and by keeper/demo. Start at compose_begin, end at compose_put.
 */
#ifndef HYGIE_HOSPITAL_COMPOSE_H
#define HYGIE_HOSPITAL_COMPOSE_H

#include "base/clock.h"
#include "codec/json.h"
#include "hospital/hospital.h"

#define COMPOSE_FRCORE "https://hl7.fr/ig/fhir/core/StructureDefinition/"

/* Empties out and opens the resource. id empty: the record gives one (compose_put without id). profile: of FR Core, its last word; NULL none. Close with jw_end(w, '}'). */
void compose_begin(struct jw *w, struct buf *out, const char *type, struct str id, const char *profile);
void compose_coding(struct jw *w, const char *system, struct str code, struct str display);       /* an object; system NULL and display empty are left out */
/* key NULL: the object alone, as of an array. Without code: text only. */
void compose_concept(struct jw *w, const char *key, const char *system, struct str code, struct str display, struct str text);
void compose_ref(struct jw *w, const char *key, const char *type, struct str id, struct str display);
void compose_instant(struct jw *w, const char *key, int64_t ms);                                   /* with the Paris offset */
void compose_date(struct jw *w, const char *key, struct civil day);

/*
 * On the writer: checks the body against the R4 tables and stores it, in the name of who acts (what follows from it for care relations was made by that account).
 * id empty: a new resource with an id of the record's; else an update (or a create with that id). cond: NULL, or versions that must hold.
 * BAD_INPUT: the body is no legal resource; CONFLICT, PRECONDITION: as record_put. Costs one parse of the body.
 */
enum rc compose_put(struct act_ctx *x, const char *type, struct str id, const struct buf *body, const struct record_if *cond, struct record_done *d_r, struct problem *p) CHECKED;

struct item; /* show.h */
/* The same resource with another status and nothing else changed; as it was looked at: PRECONDITION else. */
enum rc compose_status(struct act_ctx *x, const char *type, const struct item *it, const char *status, struct problem *p) CHECKED;

/* For a resource that is written over: opens nothing, copies each member of it but those named (ended by NULL), byte for byte; of meta all but version and instant. */
void compose_keep(struct jw *w, const struct json *resource, const char *const *but);
#endif
