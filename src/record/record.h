/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/record.h: the FHIR record: versions, history, soft delete, search indexes, bundles. It knows no person and no right: only the gate calls it
 * (through hospital or directly), on a snapshot (reads) or on the writer's connection (writes).
 * Stored form: the input minified, id and meta.versionId/lastUpdated spliced in at write, so a read never parses.
 * A patient surrogate is the rid of the Patient resource; every resource row and index row of a patient's compartment carries it; 0 = no patient.
 */
#ifndef HYGIE_RECORD_RECORD_H
#define HYGIE_RECORD_RECORD_H

#include "db/db.h"
#include "fhir/fhir.h"

struct record_row {
	int64_t rid;
	int64_t patient;      /* surrogate, 0 when none */
	uint16_t type;
	struct str id;
	uint32_t version;
	int64_t updated_ms, txn;
	bool deleted;
	bool included;        /* of a search: no match, brought along by record_include */
	uint32_t since, since_now; /* of several patients, this version and the present one: since when they have the key that these patients share; 0: of one or none */
	unsigned char mark;   /* what record_mark_set's function said of this body when it was stored; with the body only */
	struct str body;      /* valid until the next call on the connection */
};

/* Once a connection's database is open: loads type and parameter numbers (vocabulary) and registers new ones. */
enum rc record_open(struct db *db, struct problem *p) CHECKED;
/* Search parameters that the house posted, as the last rebuild of the indexes took them up; NULL none. Made by record_open, never changes after. */
const struct fhir_extra *record_params(void);
/*
 * fhir_plan_parse or _lenient with these parameters. A parameter that is posted and waits for a rebuild is told by PARAMETER_WAITS (one search of the
 * SearchParameters, on the way to the refusal only).
 */
enum rc record_plan_parse(struct db_conn *c, uint16_t type, const struct pairs *query, bool lenient, struct arena *a, struct plan **plan_r, struct problem *p) CHECKED;

/* ---- reads (inside db_begin … db_end) ---- */
enum rc record_read(struct db_conn *c, uint16_t type, struct str id, struct record_row *row_r, struct problem *p) CHECKED;    /* NOT_FOUND, GONE */
enum rc record_vread(struct db_conn *c, uint16_t type, struct str id, uint32_t version, struct record_row *row_r, struct problem *p) CHECKED;
enum rc record_by_rid(struct db_conn *c, int64_t rid, struct record_row *row_r, struct problem *p) CHECKED;
void record_ahead(struct db_conn *c, const int64_t *rids, size_t n);   /* these will be read by rid before the snapshot ends: a server is asked once (db_ahead) */
/* Does the row concern more than row->patient? What follows then: record_patients. */
static inline bool record_is_of_several(const struct record_row *row) { return row->since || row->since_now; }
/*
 * The patients of a row, by their surrogates, each once, in the arena: row->patient (unless 0), then the others that this version and the present one have,
 * those erased left out (docs/decisions/0008). rid, patient, since and since_now of the row are looked at. Cost: one probe a patient of several; none else.
 */
enum rc record_patients(struct db_conn *c, const struct record_row *row, struct arena *a, const int64_t **at_r, size_t *n_r, struct problem *p) CHECKED;
/* Surrogate without the body; 0 when there is none. Cost: one index probe. */
int64_t record_patient_rid(struct db_conn *c, struct str patient_id);
/* each is called for every row, newest first for history; stops when it returns other than RC_OK. */
struct record_each { enum rc (*row)(struct record_each *e, const struct record_row *row, struct problem *p); };
enum rc record_history(struct db_conn *c, uint16_t type, struct str id, uint32_t limit, uint32_t before_version, struct record_each *e, struct problem *p) CHECKED;
/*
 * Versions of all resources of a type (0: of all types), newest first, each with until_ms, when the next version came (INT64_MAX: it is the present one).
 * Only those from since_ms on, and, with at_high > 0, those that were current within [at_low, at_high). Starts after the place that *updated_r and *rid_r
 * name (INT64_MAX both: at the newest) and leaves there where it stopped; looks at no more than looks versions. Stops after a row that sets *full_r.
 * more_r: there may be more. Cost: two index probes a version, and two for each type that takes part.
 */
struct record_span { uint16_t type; int64_t since_ms, at_low, at_high; uint32_t looks; const bool *types; /* by type, NULL all */ };
struct record_changed { enum rc (*row)(struct record_changed *e, const struct record_row *row, int64_t until_ms, bool *full_r, struct problem *p); };
enum rc record_changes(struct db_conn *c, const struct record_span *span, int64_t *updated_r, int64_t *rid_r, struct record_changed *e, bool *more_r, struct problem *p) CHECKED;
/* Live resources of one type in a patient's compartment, in order of surrogate, after after_rid; at most limit; *more_r: there are more. */
enum rc record_compartment(struct db_conn *c, int64_t patient, uint16_t type, int64_t after_rid, uint32_t limit, struct record_each *e, bool *more_r, struct problem *p) CHECKED;
/*
 * Runs a plan. within: NULL, or the sorted surrogates that hits must belong to (a person's explained set); rows of no patient pass when
 * house_rows is set. A resource of several patients must belong to one of them, and each of its patients must be open: asked of `open`, for such resources alone;
 * without it each must be within. Reads at most plan->count + 1 hits. cursor_r: continuation for the next page, empty at the end. total_r: -1 unless asked.
 * Never scans a table of resources or indexes: a plan without any indexed clause walks the type by its key.
 */
struct record_scope {
	const int64_t *within; size_t n; bool house_rows;
	const unsigned char *house; /* by type: not 0 where rows of no patient pass too; NULL: none */
	bool (*open)(void *of, int64_t patient); void *of; /* on the connection of the search, between its steps */
};
enum rc record_search(struct db_conn *c, const struct plan *plan, const struct record_scope *scope, struct record_each *e, struct buf *cursor_r, int64_t *total_r, struct problem *p) CHECKED;

/*
 * After a page is fixed: what plan->includes bring along for these hits, each once, at most 1000 (*cut_r: there were more). Only what is in scope and, where
 * sight is given, of a type that is seen, by references that are seen. Rows come with included set.
 */
struct record_sight { bool (*type)(const struct record_sight *s, uint16_t type); bool (*param)(const struct record_sight *s, const struct fhir_param *param); };
enum rc record_include(struct db_conn *c, const struct plan *plan, const int64_t *rids, size_t n, const struct record_scope *scope, const struct record_sight *sight,
	struct record_each *e, bool *cut_r, struct problem *p) CHECKED;

/* ---- writes: prepared on any thread, then put by the writer ---- */
struct record_write;  /* parsed, checked, extracted resource, in an arena of the caller */
/* id: required id (update), or empty: body's id is ignored and a new one is made (create). RC_BAD_INPUT with findings in *issues_r. */
enum rc record_prepare(struct str body, uint16_t type, struct str id, struct arena *a, struct record_write **w_r, struct fhir_issue **issues_r, struct problem *p) CHECKED;
struct record_done { int64_t rid, patient; uint32_t since; /* as record_row's; of a deletion: what was deleted */ uint16_t type; char id[65]; uint32_t version; bool created, unchanged; int64_t updated_ms; };
/* Whose it is, for record_patients. */
static inline struct record_row record_done_row(const struct record_done *d) { return (struct record_row){ .rid = d->rid, .patient = d->patient, .since = d->since }; }
struct record_if {
	bool has_version; uint32_t version; /* If-Match: the current version must be this; a resource that does not exist fails too */
	bool none_exists;                   /* If-None-Match: * */
	bool keep_if_same;                  /* equal body: no new version */
	bool revive;                        /* an update of a deleted resource makes it live again; else GONE */
};
/* Distinct ids of live resources that meet a query ("identifier=…|…"), at most two: *n_r is 0, 1 or 2 (several). For If-None-Exist, conditional
 * update and delete, conditional references. On a snapshot or on the writer. id_r: 65 bytes, set when *n_r is 1. */
enum rc record_match(struct db_conn *c, uint16_t type, struct str query, unsigned *n_r, char *id_r, struct problem *p) CHECKED;
/* All of them, in the arena, at most most + 1, so that too many can be told. */
enum rc record_matches(struct db_conn *c, uint16_t type, struct str query, unsigned most, struct arena *a, struct str **ids_r, unsigned *n_r, struct problem *p) CHECKED;
/* On the writer, inside its savepoint. CONFLICT, PRECONDITION, GONE (update of a deleted resource re-creates it: allowed when cond.revive). */
enum rc record_put(struct db_conn *c, int64_t txn, struct record_write *w, const struct record_if *cond, struct record_done *d_r, struct problem *p) CHECKED;
/*
 * Many puts of one job: as record_put one by one, but rows of the search indexes are gathered and stored by record_batch_end in key order, which must
 * end the job (what fails there fails the job). Until then searches do not see them; reads by id, conditions and compartments do. Nothing else may
 * make resources in the same job meanwhile. A put that failed, or is to be taken back: undo the caller's savepoint, then record_batch_undo with the
 * mark taken when it was opened.
 */
struct record_batch;
struct record_mark { size_t bytes, rows, owners; int64_t rid; };
struct record_batch *record_batch_new(void);   /* NULL: no memory */
void record_batch_free(struct record_batch **b);
enum rc record_batch_put(struct record_batch *b, struct db_conn *c, int64_t txn, struct record_write *w, const struct record_if *cond, struct record_done *d_r, struct problem *p) CHECKED;
struct record_mark record_batch_mark(const struct record_batch *b);
void record_batch_undo(struct record_batch *b, struct record_mark mark);
/*
 * Where the base is far: what is stored of these writes' ids, and of the patients they name, is asked for together, so that puts need not ask one by one.
 * It holds until the next record_batch_expect, an undo or the end. Only a hint.
 */
void record_batch_expect(struct record_batch *b, const struct record_write *w);
enum rc record_batch_look(struct record_batch *b, struct db_conn *c, struct problem *p) CHECKED;
/* What the watch put off is done: before each mark, so that an undo takes back what follows it only; and by record_batch_end. */
enum rc record_batch_settle(struct record_batch *b, struct db_conn *c, struct problem *p) CHECKED;
bool record_batch_made(const struct record_batch *b, int64_t rid); /* a surrogate that was none before this batch */
enum rc record_batch_end(struct record_batch *b, struct db_conn *c, struct problem *p) CHECKED;
enum rc record_delete(struct db_conn *c, int64_t txn, uint16_t type, struct str id, const struct record_if *cond, struct record_done *d_r, struct problem *p) CHECKED;

/* Bundles: batch and transaction (FHIR R4 http.html#transaction): order DELETE, POST, PUT, GET; urn:uuid and conditional references resolved up front. */
struct record_bundle; /* prepared */
enum rc record_bundle_prepare(struct str body, struct arena *a, struct record_bundle **b_r, struct fhir_issue **issues_r, struct problem *p) CHECKED;
/*
 * What the gate has to say while a bundle runs: which resources meet a condition, what a search may find, whether a resource of a patient may be touched (before
 * and after a write; created: the Patient itself was made), and what of a resource may be shown. Without one, everything is open.
 */
struct record_guard {
	/* at most most + 1 ids (arena of the bundle), so that too many can be told */
	enum rc (*match)(struct record_guard *g, uint16_t type, struct str query, unsigned most, struct str **ids_r, unsigned *n_r, struct problem *p);
	enum rc (*scope)(struct record_guard *g, struct plan *plan, struct record_scope *scope, bool *scoped_r, struct problem *p);
	enum rc (*touch)(struct record_guard *g, int64_t patient, bool created, struct problem *p);
	enum rc (*show)(struct record_guard *g, const struct record_row *row, struct str *body_r, struct problem *p);
	const struct record_sight *sight; /* of what a search brings along; NULL: all is seen */
};
void record_bundle_guard(struct record_bundle *b, struct record_guard *g);
/* Asked after a Patient was deleted, and after what is deleted beside it in a transaction: may it be? Whatever the guard says. */
struct record_gone { enum rc (*gone)(struct record_gone *g, int64_t patient, struct problem *p); };
void record_bundle_gone(struct record_bundle *b, struct record_gone *g);
/* What the entry of a write answers with beside its status (Prefer, R4 http.html#return). A resource that may not be shown is left out. */
enum bundle_returns { BUNDLE_STATUS, BUNDLE_RESOURCE, BUNDLE_OUTCOME };
void record_bundle_returns(struct record_bundle *b, enum bundle_returns returns);
/* A conditional DELETE of an entry takes all that match, at most so many; over it none. */
#define BUNDLE_DELETE_MOST 100
/* response: the response Bundle as JSON; NULL: not wanted. */
enum rc record_bundle_run(struct db_conn *c, int64_t txn, struct record_bundle *b, struct buf *response, struct problem *p) CHECKED;
/* Nothing in it asks what a search would find: a transaction of creates and updates without conditions. */
bool record_bundle_is_plain(const struct record_bundle *b);
/* A plain one only: its puts go into a batch of the same job, as record_batch_put's do. When the run fails: undo the savepoint and the batch. */
void record_bundle_batch(struct record_bundle *b, struct record_batch *batch);
void record_bundle_expect(const struct record_bundle *b, struct record_batch *batch); /* of a plain one: its writes */
size_t record_bundle_entries(const struct record_bundle *b);
/* Distinct patients touched by the last run, for the gate's price. */
size_t record_bundle_patients(const struct record_bundle *b, const int64_t **at_r);
/* Why an entry of a batch was refused, NULL when it was not: what checking refused from prepare on, all of it after run. */
const struct problem *record_bundle_problem(const struct record_bundle *b, size_t i);

/* ---- who wants to know of writes (hospital keeps its care relations so): called in the same transaction, on the writer ---- */
struct record_change { uint16_t type; int64_t rid, patient; uint32_t since; /* as record_row's; 0 when deleted */ struct str id; const struct json *now; /* NULL when deleted */ bool created; bool alone; /* a new Patient whom nothing stored names yet */ int64_t txn; void **kept; /* what the watch keeps of a batch, NULL at first; no batch: NULL */ };
struct record_watch {
	enum rc (*changed)(struct record_watch *w, struct db_conn *c, const struct record_change *ch, struct problem *p);
	/* Of a batch in which changed kept something; NULL where it never does. */
	enum rc (*settle)(struct record_watch *w, struct db_conn *c, void *kept, struct problem *p); /* what changed put off is done now */
	void (*drop)(struct record_watch *w, void *kept);      /* what was put off since is taken back, and what was read for it holds no more */
	void (*forget)(struct record_watch *w, void *kept);    /* the batch ends */
};
void record_watch_set(struct record_watch *w);  /* once, before the first write */
/* A rule of the house over what FHIR allows, asked of each resource that record_prepare and bundles check (not of what is loaded as it is). RC_BAD_INPUT with findings. */
void record_rule_set(enum rc (*rule)(const struct json *resource, struct arena *a, struct fhir_issue **issues_r, struct problem *p)); /* once, before the first write */
/* What a house wants to know of a body at every read without parsing it: asked once, at the write, and sealed with the body. The same call, the same time. */
void record_mark_set(unsigned char (*mark)(const struct json *resource));

/* ---- operator ---- */
struct record_progress { void (*at)(struct record_progress *g, uint64_t done, uint64_t of); bool stop; };
enum rc record_reindex(struct db *db, struct record_progress *g, struct problem *p) CHECKED;     /* rebuilds index tables from bodies; restartable */
/* The same after the index key was changed: what was hashed with the old one is dropped with the first row. */
enum rc record_reindex_anew(struct db *db, struct record_progress *g, struct problem *p) CHECKED;
/*
 * On the writer: a patient's key is erased. Search values of the chart go, bodies stay as bytes that nobody can read: every read of them answers GONE (ERASED),
 * here and in every copy of the base whose key row is replaced by this one's. NOT_FOUND when there is no such patient, GONE when it was done before.
 */
enum rc record_erase(struct db_conn *c, int64_t patient, struct problem *p) CHECKED;
/* A rebuild that was cut: in the indexes, or between them and what the house derives from the bodies with the same index key (relations, people known).
 * Over: said by who made these anew. */
enum record_rebuild { REBUILD_NONE, REBUILD_INDEXES, REBUILD_RELATIONS };
enum rc record_rebuild_due(struct db *db, enum record_rebuild *due_r, struct problem *p) CHECKED;
enum rc record_rebuild_over(struct db *db, struct problem *p) CHECKED;
/* Another instance key (record/keys.h): batches on the writer, readers and other writers go on. Stopped or cut anywhere, the next call goes on; one at a time. */
enum rc record_keys_rotate(struct db *db, struct record_progress *g, struct problem *p) CHECKED;
/* Indexes against a fresh extraction, in one snapshot: every table is read once, in its order. Progress: each resource counts twice. Memory: 8 MB. */
enum rc record_check(struct db *db, struct record_progress *g, uint64_t *differences_r, struct problem *p) CHECKED;
/* First load of an empty base: rows in, indexes built at the end in key order. One thread feeds; extraction is spread by record itself. Not durable until the end. */
struct record_bulk;
enum rc record_bulk_open(struct db *db, struct record_bulk **b_r, struct problem *p) CHECKED;
enum rc record_bulk_put(struct record_bulk *b, uint16_t type, struct str id, struct str body, int64_t updated_ms, struct problem *p) CHECKED; /* body: minified, with id, without meta.versionId; a Patient before its compartment */
enum rc record_bulk_end(struct record_bulk **b, struct record_progress *g, struct problem *p) CHECKED;
uint64_t record_bulk_count(const struct record_bulk *b);
/*
 * The same with lines from outside: each a resource with its id, checked as record_prepare does. What is refused is told on the feeding thread, in the order of the
 * lines, during a later call or at the end: tag is the caller's, the text lives during the call. An id that came before is refused (LOAD_TWICE). A line may come before
 * its Patient: record_bulk_again says whether any did, and then all the same lines are given once more in the same order; those that waited are stored then,
 * and what names a patient who never came waits for him as after any other write. Afterwards the relations are due (record_rebuild_due).
 * Memory: 11 to 22 bytes a line, 40 a patient, and 300 MB.
 */
struct record_bulk_lines {
	void (*refused)(struct record_bulk_lines *l, uint64_t tag, const struct problem *p, struct str text);
	uint64_t stored, refused_n;      /* kept by record */
	unsigned char digest[32];        /* SHA-256 chain over all lines of the first pass, refused ones too: the same lines give the same */
};
void record_bulk_lines(struct record_bulk *b, struct record_bulk_lines *lines); /* once, before the first line; lives as long as the load */
enum rc record_bulk_line(struct record_bulk *b, uint64_t tag, struct str text, struct problem *p) CHECKED;
enum rc record_bulk_again(struct record_bulk *b, bool *again_r, struct problem *p) CHECKED;
enum rc record_bulk_flush(struct record_bulk *b, struct problem *p) CHECKED; /* all that was given is stored or refused: counts and digest are final */
void record_bulk_drop(struct record_bulk **b);  /* without an end: the base is not whole, its maker takes it away */
enum rc record_empty(struct db *db, struct problem *p) CHECKED; /* CONFLICT LOAD_NOT_EMPTY when there is or was a resource */
#endif
