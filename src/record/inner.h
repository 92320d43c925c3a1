/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/inner.h: what the files of this room share. vocabulary: persisted numbers; facts: the search values of one resource in one blob;
 * rows: the same values as rows of the by_… tables; match: does a resource meet a clause; walk: a run along one table.
 * Must never be included from another room. Start at struct fact, then struct index_row.
 */
#ifndef HYGIE_RECORD_INNER_H
#define HYGIE_RECORD_INNER_H

#include "record/keys.h"
#include "record/record.h"

/* ---- vocabulary.c: numbers of this build ↔ numbers on disk. Set by record_open; read-only afterwards. ---- */
uint16_t stored_type(uint16_t fhir_type);
uint16_t stored_param(uint16_t fhir_param_no);
uint16_t fhir_type_stored(uint16_t stored);   /* 0 when this build does not know it */
bool param_is_phonetic(uint16_t fhir_param_no);
/*
 * Parameters whose values are those of others together (Observation.combo-code: code and component-code) have no rows of their own: the stored numbers of
 * the others, 0-ended; NULL for one that has its own rows. Facts hold all of them.
 */
#define SHARED_MOST 2
const uint16_t *rows_shared(uint16_t stored);
uint16_t param_count(void);                   /* of the table and of what the house posted */
const struct fhir_param *param_at(uint16_t fhir_param_no);
enum rc vocabulary_load(struct db *db, struct problem *p) CHECKED; /* by record_open, and after posted_settle */

/* ---- posted.c: SearchParameter resources in effect ---- */
enum rc posted_read(struct db_conn *c, struct fhir_extra **x_r, struct problem *p) CHECKED;   /* NULL when none is; needs the numbers of types */
enum rc posted_settle(struct db_conn *c, struct problem *p) CHECKED;                          /* on the writer: what is live now is in effect from the next vocabulary_load on */

/* hash_stable of "Type/id": names a resource in id_key, facts.key and by_reference.target. Not keyed: ids are in clear beside it. */
int64_t key_of(uint16_t fhir_type, struct str id);
int64_t hash_of(struct str s);                /* keys_hash: keyed, never 0 (0 says "none") */

/* ---- facts.c ---- */
/* Texts are kept up to these many bytes: what is longer is searched by its beginning. */
#define FACT_CODE 200
#define FACT_TEXT 64
#define FACT_STRING 240
#define FACT_URI 250
#define INDEX_STRING 96

struct fact {
	uint16_t param;        /* stored number */
	unsigned char kind;    /* enum value_kind */
	unsigned char part;
	uint16_t group;        /* 0: not of a composite */
	struct str code;       /* TOKEN */
	int64_t system;        /* TOKEN, QUANTITY: hash, 0 none */
	struct str text;       /* TOKEN: folded display; STRING: folded text */
	int64_t hash;          /* STRING: exact text; REFERENCE: target; URI: uri (its text too); QUANTITY: unit, 0 none */
	int64_t low, high;     /* DATE */
	double num_low, num_high; /* NUMBER, QUANTITY */
};
struct facts { struct fact *at; size_t n, cap; char *plain; size_t plain_cap; /* unsealed, by facts_open */ };
void facts_done(struct facts *f);
/* The blob of a resource's values; sorted by parameter, without repeats: equal values give equal bytes. */
enum rc facts_encode(const struct fhir_values *values, struct arena *a, struct str *data_r, struct problem *p) CHECKED;
enum rc facts_decode(struct facts *f, struct str data, struct problem *p) CHECKED; /* points into data */
/* Only the values of some parameters: what a search looks at. */
enum rc facts_decode_some(struct facts *f, struct str data, const uint16_t *only, size_t n_only, struct problem *p) CHECKED;
/* The part of a resource's facts that belong to one parameter: [*from_r, *to_r) */
void facts_of(const struct facts *f, uint16_t param, size_t *from_r, size_t *to_r);
/* Of a stored row: unsealed into f, which what is decoded points into. only NULL: all. GONE ERASED: the patient was erased. */
enum rc facts_open(struct facts *f, struct db_conn *c, int64_t rid, int64_t patient, int64_t updated_ms, struct str sealed, const uint16_t *only, size_t n_only, struct problem *p) CHECKED;
double number_mid(double low, double high);
bool fold_text(struct buf *out, struct str s, size_t most, bool phonetic); /* appends; false: no memory */

/* ---- rows.c ---- */
enum table { BY_TYPE, BY_UPDATED, BY_PATIENT, BY_TOKEN, BY_STRING, BY_DATE, BY_DATE_END, BY_NUMBER, BY_REFERENCE, BY_URI, BY_VEILED, TABLE__END };
/* One row of a by_… table. Which fields count, and in which order, is in COLUMNS (rows.c). */
struct index_row {
	unsigned char table;
	uint16_t param;        /* or the stored type */
	int64_t group;
	int64_t value;         /* hash; BY_PATIENT: the patient */
	int64_t i1, i2;        /* DATE low, high; DATE_END high, low; UPDATED i1; TOKEN i2 system; NUMBER i2 unit */
	double f;
	struct str s;
	int64_t rid;
};
struct index_rows { struct index_row *at; size_t n, cap; bool failed; };
void rows_free(struct index_rows *r);
void rows_add(struct index_rows *out, struct index_row r);
/* Rows of one parameter's facts (composites paired by group). */
void rows_of_param(struct index_rows *out, const struct facts *f, size_t from, size_t to, int64_t rid);
/* All rows of a live resource, sorted, without repeats. */
enum rc rows_of(struct index_rows *out, const struct facts *f, int64_t rid, uint16_t type, int64_t patient, int64_t updated_ms, struct problem *p) CHECKED;
/* Of a resource of several patients: a row of the compartment of each other than `patient`, put among the rows that rows_of made, in order. since 0: none. */
enum rc rows_share(struct db_conn *c, struct index_rows *out, int64_t rid, uint16_t type, int64_t patient, uint32_t since, struct problem *p) CHECKED;
int row_cmp(const struct index_row *a, const struct index_row *b); /* table, then the table's key order */
enum rc row_put(struct db_conn *c, const struct index_row *r, struct problem *p) CHECKED;
enum rc rows_put(struct db_conn *c, const struct index_row *rows, size_t n, struct problem *p) CHECKED; /* sorted */
void row_cells(const struct index_row *r, struct db_cell *cells);
enum rc row_del(struct db_conn *c, const struct index_row *r, struct problem *p) CHECKED;
enum rc row_exists(struct db_conn *c, const struct index_row *r, bool *is_r, struct problem *p) CHECKED;
void row_bind(struct db_stmt *s, const struct index_row *r);
struct db_stmt *row_all(struct db_conn *c, enum table t);          /* a walk of the whole table */
bool row_read(struct db_stmt *s, enum table t, struct index_row *r); /* of that walk, text valid until its next step; false: none that we could have written */
uint64_t row_hash(const struct index_row *r, const uint64_t key[2]); /* of all that the table holds of it, with a key of the caller's */
void row_encode(struct buf *out, const struct index_row *r);       /* bytes that sort as row_cmp does */
bool row_decode(struct str bytes, struct index_row *r);            /* s points into bytes */
void row_put_be(struct buf *b, uint64_t v, int bytes);
enum stmt row_feed_stmt(enum table t);
enum stmt row_clear_stmt(enum table t);
/* The token row that serves "system|" */
int64_t system_value(int64_t system_hash);
/* A hash in 48 bits, which a row of SQLite holds in six bytes: only where a wrong meeting is seen (decisions/0009). Never 0, which stays what it is. */
int64_t short_hash(int64_t hash);
/*
 * by_date is in order of the low bound. What ends after a moment began at most DATE_SHORT_MS before it, or is the civil day that holds the moment, or has a row
 * in by_date_end: so the walk of what ends after a moment meets nothing else, whatever was recorded that day.
 */
#define DATE_SHORT_MS ((int64_t)1000)         /* instants, and dates known to the second */
bool date_is_day(int64_t low, int64_t high);  /* from midnight to midnight in the house's civil time */
bool date_day_of(int64_t at, int64_t *midnight_r); /* false beyond the years that a date can have */

/* ---- veiled.c ---- */
enum veil { VEIL_NONE, VEIL_TEXT, VEIL_NAME, VEIL_PLACE, VEIL_BIRTH };
enum veil veil_of_param(uint16_t fhir_param_no);
enum veil veil_of(uint16_t stored_param);     /* vocabulary.c */
void veil_text_rows(struct index_rows *out, enum veil veil, uint16_t param, int64_t group, struct str text, int64_t rid);
void veil_date_rows(struct index_rows *out, uint16_t param, int64_t group, int64_t low, int64_t high, int64_t rid);

/* ---- compiled clauses: match.c ---- */
struct want {                  /* one value of a clause: commas are OR */
	enum prefix prefix;
	struct str code; bool any_code;
	int64_t system; bool any_system;   /* system 0 with any_system false: none */
	struct str text;           /* folded */
	int64_t hash;              /* exact text, uri, unit */
	bool any_unit;
	int64_t low, high;
	double num_low, num_high;
	int64_t *targets; size_t n_targets;
	struct want *parts; size_t n_parts; /* composite */
	unsigned char kind;
};
struct clause {
	const struct plan_clause *of;
	enum clause_what what;
	uint16_t param;            /* stored */
	unsigned char kind;        /* enum param_kind */
	enum modifier modifier;
	bool missing;
	struct want *wants; size_t n_wants;
	struct clause *chain;      /* one clause on the target; CLAUSE_HAS: on what points here */
	struct clause *other;      /* in a chain: the same on another type */
	uint16_t type;             /* stored: of the resources it is asked of */
};
struct candidate { int64_t rid, patient, updated_ms; uint16_t type; uint32_t since; /* as record_row's */ struct facts facts; };
enum rc clause_compile(const struct plan_clause *of, struct arena *a, struct clause *out, struct problem *p) CHECKED;
/* scope: what a chain or a _has passes must be inside it too. looked: how many resources beside the candidates were read. */
struct looker { struct db_conn *c; const struct record_scope *scope; uint64_t looked; };
enum rc clause_matches(struct looker *l, const struct clause *cl, const struct candidate *k, bool *is_r, struct problem *p) CHECKED;
bool scope_has(const struct record_scope *scope, uint16_t type /* stored */, int64_t patient);
/* A resource: of its facts, all but the facts themselves is looked at. Of one patient: scope_has. Of several: one is within, and each is open (docs/decisions/0008). */
enum rc scope_takes(struct db_conn *c, const struct record_scope *scope, const struct candidate *k, bool *is_r, struct problem *p) CHECKED;
/* Facts of another resource, in memory of their own so that the next can be read meanwhile. *is_r false: not there, deleted or erased. Freed by known_done. */
struct known { struct candidate k; };
enum rc known_by_key(struct db_conn *c, int64_t key, struct known *out, bool *is_r, struct problem *p) CHECKED;
enum rc known_by_rid(struct db_conn *c, int64_t rid, struct known *out, bool *is_r, struct problem *p) CHECKED;
void known_done(struct known *n);
enum rc rid_of_key(struct db_conn *c, int64_t key, int64_t *rid_r, struct problem *p) CHECKED; /* 0 when not stored */
enum rc key_of_rid(struct db_conn *c, int64_t rid, int64_t *key_r, struct problem *p) CHECKED; /* 0 when not live */
/* Resources that point to a key by a parameter, after a rid, at most n: ascending rids. */
enum rc pointers_of(struct db_conn *c, uint16_t param, int64_t key, int64_t after, int64_t *rids, size_t n, size_t *n_r, struct problem *p) CHECKED;
/* places.c: once a clause is compiled, the targets of its references and of those in its chains grow by what :above and :below mean. RC_LIMIT: too many. */
enum rc places_expand(struct db_conn *c, const struct record_scope *scope, struct clause *cl, struct arena *a, struct problem *p) CHECKED;
#define NUMBER_SLACK 1e-12

/* ---- walk.c: runs along one table ---- */
/*
 * Rows with the prefix of start (its param, group, value), after start in walking order and up to limit. A source is a list of ranges; the
 * first range and row that meet a resource stand for it, so that it comes once.
 */
enum range_kind { RANGE_ROWS, RANGE_KEY, RANGE_LIST };
struct range {
	enum range_kind kind;
	struct index_row start, limit;     /* RANGE_ROWS; limit: its leading value column */
	bool down;
	int64_t past;                      /* BY_DATE: rows that end by then are passed over; 0: none */
	int64_t until;                     /* BY_DATE: rows that end later are passed over; 0: none */
	uint16_t without;                  /* > 0: only resources without any value of this parameter (the tail of a sorted walk) */
	const int64_t *also; size_t n_also; /* BY_VEILED: values that the resource must have too */
	int64_t key;                       /* RANGE_KEY */
	const int64_t *list; size_t n;     /* RANGE_LIST: rids, ascending */
};
struct ranges { struct range *at; size_t n, cap; bool none; /* the clause cannot drive */ bool chained; /* BY_REFERENCE, in order of value */ };
enum rc ranges_of_clause(const struct clause *cl, uint16_t type, struct arena *a, struct ranges *out, struct problem *p) CHECKED;
/* Of the values that a resource must all have, the rarest is walked and the others are probed, rare ones first. Some ten microseconds for each. */
enum rc range_rarest(struct db_conn *c, struct range *r, struct arena *a, struct problem *p) CHECKED;
enum rc ranges_add(struct ranges *r, struct range x, struct arena *a, struct problem *p) CHECKED;
enum rc veil_text_ranges(struct ranges *out, enum veil veil, uint16_t param, int64_t group, struct str text, enum modifier m, struct arena *a, struct problem *p) CHECKED;
enum rc veil_date_ranges(struct ranges *out, uint16_t param, int64_t group, const struct want *w, struct arena *a, struct problem *p) CHECKED;
#define VEIL_DATE_TEXT 11
/* How a date of birth of these bounds is written; 0: they are no whole day, month or year. */
size_t veil_date_text(int64_t low, int64_t high, char text[VEIL_DATE_TEXT]);
struct range range_of_type(uint16_t stored);
struct range range_of_patient(int64_t patient, uint16_t stored);
bool range_has(const struct range *r, const struct index_row *row);
bool range_by_rid(const struct range *r);  /* rows come in order of rid */
bool range_has_once(const struct range *r); /* its rows are told apart by the rid alone: a resource has one of them at most */
/* All values of a parameter in order; false when the kind cannot be walked in order. */
bool range_of_sort(const struct plan_sort *sort, uint16_t type, struct range *out);
struct walk { struct db_conn *c; const struct range *r; struct db_stmt *s; size_t at; bool over, counts /* also is passed over */; uint64_t touched; /* rows that the database gave */ };
void walk_open(struct walk *w, struct db_conn *c, const struct range *r, const struct index_row *after); /* after: NULL from the start */
enum rc walk_next(struct walk *w, struct index_row *row_r, bool *is_r, struct problem *p) CHECKED; /* row_r.s valid until the next step */
void walk_close(struct walk *w);
/* The resources that come are each looked up by id next: a server is asked for many at once. */
void walk_ahead(struct walk *w, enum stmt id);
/* The same for rids from at on: a portion of them; gives the place from which the next portion is to be asked for. */
size_t rids_ahead(struct db_conn *c, enum stmt id, const int64_t *rids, size_t at, size_t n);
/* How many rows, up to most. */
enum rc walk_count(struct db_conn *c, const struct ranges *r, uint64_t most, uint64_t *n_r, struct problem *p) CHECKED;

/* ---- cursor.c ---- */
struct cursor {
	bool is;
	unsigned char mode;
	uint16_t source, range;
	int64_t rid, top, txn;
	struct str last;                   /* encoded row, or sort keys */
};
void cursor_put(struct buf *out, const struct cursor *k, uint64_t fingerprint);
enum rc cursor_get(struct str text, uint64_t fingerprint, struct arena *a, struct cursor *k, struct problem *p) CHECKED;
uint64_t plan_fingerprint(const struct plan *plan);

/* ---- operator.c ---- */
/* One resource, its facts and rows made fresh from its body. deleted: or erased, it has neither. */
struct fresh { struct arena a; struct facts facts; struct index_rows rows; int64_t rid, patient, updated_ms, key; uint16_t type; uint32_t since; bool deleted, erased, is; struct str data; };
enum rc fresh_read(struct db_conn *c, struct record_row *r, struct fresh *o, struct problem *p) CHECKED; /* r: as row_of_stmt gives it */
void fresh_done(struct fresh *o);
enum rc number_of(struct db_conn *c, enum stmt id, uint64_t *n_r, struct problem *p) CHECKED; /* what a count says */

/* ---- runs.c: sorting more rows than memory holds ---- */
struct runs;
struct runs *runs_new(const char *beside);                          /* temp files go where this file lies */
void runs_free(struct runs **r);
enum rc runs_add(struct runs *r, struct str entries, struct problem *p) CHECKED; /* entries: (2 bytes length, bytes)*; may wait for a sort */
/* Sorted, after the last add. bytes: valid until the next call, p NULL at the end. */
enum rc runs_sort(struct runs *r, struct problem *p) CHECKED;
enum rc runs_next(struct runs *r, struct str *bytes_r, struct problem *p) CHECKED;
uint64_t runs_count(const struct runs *r);

/* ---- batch.c ---- */
struct put_scratch { struct facts old_facts, now_facts; struct index_rows old_rows, now_rows; };
struct put_scratch *batch_scratch(struct record_batch *b);
int64_t *batch_rid(struct record_batch *b);  /* the last surrogate given, 0 when none was yet */
void batch_begins(struct record_batch *b, int64_t last); /* the last surrogate that was there before it; the first word counts */
struct last_patient { int64_t key, rid; };   /* the Patient found last: lines of one chart follow each other */
struct last_patient *batch_patient(struct record_batch *b);
void **batch_kept(struct record_batch *b);   /* the watch's own */
struct looks *batch_looks(struct record_batch *b);
bool *batch_waits(struct record_batch *b);   /* something in it named a Patient who is not stored */
enum batch_change { ROW_ADD, ROW_DROP, ROW_DONE /* whatever was noted: it is in its table, or not, as it shall be */ };
void batch_add(struct record_batch *b, const struct index_row *r, enum batch_change what);
void batch_owner(struct record_batch *b, int64_t rid, int64_t patient); /* whose the rows of this resource are; the last word counts */

/* ---- looks.c: what was asked for together, of ids that a batch puts or names ---- */
struct look {
	int64_t key;
	uint16_t type; struct str id;  /* the caller's */
	bool fresh;                    /* an id that was made here: not asked for */
	bool there;                    /* something is stored under the key */
	bool waited;                   /* a Patient who is not there, and for whom something waits */
	int64_t rid;                   /* of what is stored; 0: look for it */
};
struct looks { struct look *at; size_t n, cap; size_t *waiters; bool asked; };
void looks_done(struct looks *k);
void looks_drop(struct looks *k);                                  /* what was asked is not so any more */
void looks_add(struct looks *k, const struct record_write *w);     /* to be asked for; drops what was asked before */
enum rc looks_ask(struct looks *k, struct db_conn *c, struct problem *p) CHECKED;
struct look *looks_find(const struct looks *k, uint16_t type, struct str id, int64_t key); /* NULL: it was not asked for */

/* ---- put.c ---- */
struct record_write {
	uint16_t type;
	char id[65];
	bool fresh_id;                   /* made here: nothing can be stored under it */
	int64_t key;
	struct str seg[3];               /* body = seg0 version seg1 instant seg2 */
	const struct json *root;         /* of the minified input */
	unsigned char mark;              /* write_mark of root */
	struct str facts;
	struct str *patients; size_t n_patients; /* ids of Patients whose compartment this may be in, by rank */
	/* Work that the writer need not do: */
	struct str facts_packed;
	struct index_row *rows; size_t n_rows; /* as rows_of gives them, without rid, patient and instant */
	struct str packed;               /* of a fresh id: the body of version 1, its instant yet to be set at instant_at; p NULL: none */
	size_t instant_at;
};
/* As record_prepare. fresh: id was made here, the body's own is ignored. check: false for text that was checked before and only had references rewritten. */
enum rc write_prepare(struct str body, uint16_t type, struct str id, bool fresh, bool check, struct arena *a, struct record_write **w_r, struct fhir_issue **issues_r, struct problem *p) CHECKED;
enum rc write_splice(struct record_write *w, struct arena *a, struct problem *p) CHECKED; /* seg from root (of minified text) and id */
unsigned char write_mark(const struct json *root); /* what the house's mark says; 0 without one */
struct record_watch *write_watcher(void);
void rows_made(struct index_rows *out, const struct record_write *w, int64_t rid, int64_t patient, int64_t updated_ms); /* rows of a prepared write, now that these are known: as rows_of */
void write_body(const struct record_write *w, struct buf *out, uint32_t version, int64_t updated_ms);
enum rc facts_of_body(struct str body, uint16_t type, struct arena *a, struct str *facts_r, const struct json **root_r, struct problem *p) CHECKED;
/* Patients of a resource by rank: ids in the arena. */
enum rc patients_of(uint16_t type, const struct fhir_values *v, struct arena *a, struct str **at_r, size_t *n_r, struct problem *p) CHECKED;
enum rc patient_find(struct db_conn *c, struct str id, int64_t *rid_r, struct problem *p) CHECKED; /* 0 when not stored */
void row_of_stmt(struct db_stmt *s, struct record_row *r); /* columns of RECORD_BY_RID; the body still sealed */
enum rc row_open(struct db_conn *c, struct record_row *r, struct problem *p) CHECKED; /* unseals the body of a live row */
enum rc is_reindexing(struct db_conn *c, struct problem *p) CHECKED;
enum rc relations_due(struct db_conn *c, struct problem *p) CHECKED; /* on the writer: what the house derives is made anew, by the next start if by nobody before */

#endif
