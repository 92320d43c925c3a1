/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/show.h: what every view needs: resources read and parsed into an arena, paths into their JSON, and columns written from FHIR values.
 * Private to hospital. Knows no view and no right. Start at items_find and col_when.
 */
#ifndef HYGIE_HOSPITAL_SHOW_H
#define HYGIE_HOSPITAL_SHOW_H

#include "hospital/hospital.h"

/* ---- resources, parsed, living in the arena ---- */
struct item { int64_t rid, patient; uint32_t since; /* as record_row's */ struct str id; uint32_t version; int64_t updated_ms; const struct json *body; int64_t sort_ms; };
struct items { struct item *at; size_t n, cap; bool more; int64_t total; };

/* A search as const pairs ("patient": the record and those joined to it, merge.h): {"patient", id}, {"_sort", "-date"} … At most max hits are kept; more says that there were others.
 * Add {"_total", "accurate"} to get total; else -1. */
enum rc items_find(struct db_conn *c, struct arena *a, const char *type, const struct pair *query, size_t n_query, uint32_t max, struct items *out_r, struct problem *p) CHECKED;
/* The same without keeping: each hit is parsed in a scratch arena that is reset after the call. */
struct item_each { enum rc (*item)(struct item_each *e, const struct item *it, struct arena *scratch, struct problem *p); };
enum rc items_each(struct db_conn *c, struct arena *a, const char *type, const struct pair *query, size_t n_query, uint32_t max, struct item_each *e, bool *more_r, struct problem *p) CHECKED;
/* One resource. found_r false (and RC_OK) when it is absent or deleted: what a reference points to may be missing. */
enum rc item_find(struct db_conn *c, struct arena *a, const char *type, struct str id, bool *found_r, struct item *out_r, struct problem *p) CHECKED;
enum rc item_by_rid(struct db_conn *c, struct arena *a, int64_t rid, bool *found_r, struct item *out_r, struct problem *p) CHECKED;
void items_newest_first(struct items *s);                 /* by sort_ms, then rid; stable order between runs */

/* ---- JSON paths: "period.start", "code.coding.code": an array on the way stands for its first element ---- */
const struct json *at_path(const struct json *v, const char *path);
struct str text_at(const struct json *v, const char *path);
bool has_code(const struct json *concepts, struct str system, struct str code); /* a CodeableConcept or an array of these; system n 0: any */
struct str concept_in_words(struct arena *a, const struct json *concept);           /* fhir_display; empty when nothing is said, or too much */
/* A relative reference "Type/id" (a version after it is dropped). False for anything else. */
bool ref_split(struct str reference, struct str *type_r, struct str *id_r);
bool ref_of(const struct json *reference, const char *type, struct str *id_r);      /* of a Reference element, when it is of that type */
int64_t when_low(struct str text);                        /* ms, INT64_MIN when not readable */
int64_t when_high(struct str text);                       /* exclusive end of what the text means */

/* ---- columns ---- */
void col(struct rows *out, const char *name, struct str v);              /* nothing when empty */
void col_z(struct rows *out, const char *name, const char *v);
void col_flag(struct rows *out, const char *name, bool v);
void col_display(struct rows *out, const char *name, const struct json *v);         /* fhir_display; nothing when empty */
/* An instant (…_at) when the text has a time, always the date (…_on) as recorded. */
void col_when(struct rows *out, const char *at, const char *on, struct str text);
void put_day(struct buf *b, int64_t ms);                                             /* YYYY-MM-DD in Paris */
struct str day_of(struct arena *a, int64_t ms);

/* ---- names of units, places, practitioners: read once a view ---- */
struct names { struct db_conn *db; struct arena *arena; struct name_slot *first; };
struct str name_of(struct names *n, const char *type, struct str id);     /* empty when unknown */
struct str name_ref(struct names *n, const struct json *reference);      /* display of the reference, else name_of what it points to */

/* ---- a stay ---- */
struct stay { struct str id, status, unit, bed, unit_name, bed_name, bed_id; int64_t since_ms, until_ms; bool present; struct str start, end; const struct json *type, *class_; };
/* Reads an Encounter's columns; unit: serviceProvider, else the unit that manages its last location. */
void stay_of(struct names *n, const struct json *encounter, int64_t now_ms, struct stay *s_r);
bool stay_is_present(const struct json *encounter, int64_t now_ms);
void stay_cols(struct rows *out, const struct stay *s);

/* Columns "with" (practitioners) and "place" of an Appointment. */
void meeting_with(struct rows *out, struct names *n, const struct json *appointment);

/* Sets "issues" rows for a refused act: why symbol and field. */
void issue_row(struct rows *issues, enum why why, const char *field);

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

#endif
