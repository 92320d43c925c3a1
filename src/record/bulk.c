/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/bulk.c: the first load of an empty base. The feeding thread fills batches; two helpers parse, extract and write index rows as bytes;
 * the feeding thread appends finished batches in order of rid; index rows are sorted in runs (runs.c) and inserted in key order at the end.
 * Bodies of record_bulk_put are trusted to be valid FHIR of our own making; lines of record_bulk_line come from outside and are checked as every write is.
 * Nothing is durable before record_bulk_end, and a base whose load was interrupted is refused by db_open. Called by keeper: its demonstration, and a
 * first load. Start at record_bulk_put, batch_work, batch_append.
 */
#include "record/inner.h"
#include "base/clock.h"
#include "base/map.h"
#include "codec/sha.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_ITEMS 256
#define BATCH_BYTES (1u << 20)
#define BATCHES 6                /* being filled, worked on, waiting to be appended */
#define HELPERS 2
#define ARENA_MOST (256u << 20)
#define ENTRY_KEY TABLE__END     /* leads an entry of id_key among the entries of the tables */

struct item {
	uint16_t type;
	char id[65];
	int64_t rid, updated_ms, key;
	struct str body;             /* as given, then as stored, packed */
	struct str facts;            /* packed */
	const struct json *root;
	int64_t *patients; size_t n_patients; /* keys */
	struct str *patient_ids;
	bool line;                   /* from outside: */
	uint64_t tag, seq;
	struct str text;
	const struct problem *refused; /* by the helper */
	bool left;                   /* not stored: its entries are not either */
	size_t from, to;             /* its entries */
};
enum batch_state { BATCH_FREE, BATCH_QUEUED, BATCH_TAKEN, BATCH_READY };
struct batch {
	enum batch_state state;
	struct arena a;
	struct item item[BATCH_ITEMS];
	size_t n, bytes;
	struct buf entries;
	enum rc rc;
	struct problem problem;
	unsigned char digest[SHA_LEN]; /* of its lines */
};
/* Keys of what was taken up: a set, for a map of millions would be twice as large. 0 is no key that hashing gives. */
struct keyset { uint64_t *at; size_t n, cap; };
struct record_bulk {
	struct db *db;
	struct db_conn *c;
	struct batch batch[BATCHES];
	size_t fill, append;         /* batch being filled; oldest not yet appended */
	pthread_t helper[HELPERS];
	size_t helpers;
	pthread_mutex_t lock;
	pthread_cond_t queued, ready;
	bool stop, broken;
	struct map64 patients;       /* key of a Patient → rid */
	int64_t *owner; size_t owner_cap; /* by rid: whose it is; only for a server, whose rows say it */
	struct runs *runs;
	struct buf sealed, sealed_facts; /* of the item being appended */
	int64_t rid, txn;
	struct record_progress *progress;
	struct record_bulk_lines *lines; /* NULL: bodies of our own making */
	struct keyset seen;
	uint64_t seq;                /* lines given in this pass */
	unsigned char *wait; size_t wait_bytes; uint64_t waiting; /* a bit a line: its patient did not come before it */
	bool again;                  /* the second pass */
};

/* ---- helpers ---- */

static void entry_add(struct buf *out, const struct index_row *r)
{
	size_t at = out->n;
	buf_put(out, "\0\0", 2);
	row_encode(out, r);
	size_t n = out->n - at - 2;
	if (out->failed || n > UINT16_MAX) {
		out->failed = true;
		return;
	}
	out->p[at] = (char)(n >> 8);
	out->p[at + 1] = (char)(n & 0xff);
}

/* Facts packed and rows, of facts. */
static enum rc item_make(struct arena *a, struct item *it, struct facts *f, struct index_rows *rows, struct problem *p)
{
	struct str facts = it->facts; /* which f points into */
	enum rc rc = facts_decode(f, facts, p);
	if (rc == RC_OK)
		rc = keys_pack(SEALS_FACTS, 0, facts, a, &it->facts, p);
	return rc == RC_OK ? rows_of(rows, f, it->rid, stored_type(it->type), 0, it->updated_ms, p) : rc;
}

/* The same of a line, of which record_prepare has made them. */
static enum rc item_made(struct arena *a, struct item *it, const struct record_write *w, struct index_rows *rows, struct problem *p)
{
	it->facts = arena_str(a, w->facts_packed);
	rows_made(rows, w, it->rid, 0, it->updated_ms);
	return rows->failed ? problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory") : arena_rc(a, p);
}

/* What is to be written in its packed forms, and its index rows. */
static enum rc item_form(struct batch *b, struct item *it, const struct record_write *w, struct facts *f, struct index_rows *rows, struct problem *p)
{
	struct arena *a = &b->a;
	struct buf body;
	buf_init(&body, 128u << 20);
	write_body(w, &body, 1, it->updated_ms);
	enum rc rc = buf_rc(&body, p);
	if (rc == RC_OK)
		rc = keys_pack(SEALS_BODY, write_mark(it->root), buf_view(&body), a, &it->body, p);
	buf_done(&body);
	it->key = key_of(it->type, str_of(it->id));
	it->patients = arena_array(a, it->n_patients + 1, sizeof *it->patients);
	if (rc == RC_OK)
		rc = arena_rc(a, p);
	for (size_t i = 0; rc == RC_OK && i < it->n_patients; i++)
		it->patients[i] = key_of(fhir_type_of(STR("Patient")), it->patient_ids[i]);
	if (rc == RC_OK)
		rc = w->rows ? item_made(a, it, w, rows, p) : item_make(a, it, f, rows, p);
	for (size_t i = 0; rc == RC_OK && i < rows->n; i++)
		if (rows->at[i].table != BY_PATIENT) /* the patient's surrogate is known when appended */
			entry_add(&b->entries, &rows->at[i]);
	return rc;
}

static enum rc item_work(struct batch *b, struct item *it, struct facts *f, struct index_rows *rows, struct problem *p)
{
	struct arena *a = &b->a;
	struct fhir_values values = { 0 };
	struct record_write w = { .type = it->type };
	memcpy(w.id, it->id, sizeof w.id);
	enum rc rc = json_parse(it->body, a, &it->root, p);
	if (rc == RC_OK)
		rc = fhir_extract_with(record_params(), it->type, it->root, a, &values, p);
	if (rc == RC_OK)
		rc = facts_encode(&values, a, &it->facts, p);
	if (rc == RC_OK)
		rc = patients_of(it->type, &values, a, &it->patient_ids, &it->n_patients, p);
	w.root = it->root;
	if (rc == RC_OK)
		rc = write_splice(&w, a, p);
	return rc == RC_OK ? item_form(b, it, &w, f, rows, p) : rc;
}

/* Does the line begin with {"resourceType":"X","id":"Y" ? Nearly all do, and what is told here is checked against the whole afterwards. */
static bool token(struct str *s, const char *want)
{
	size_t n = strlen(want);
	*s = str_trim(*s);
	if (s->n < n || memcmp(s->p, want, n) != 0)
		return false;
	*s = (struct str){ s->p + n, s->n - n };
	return true;
}

static bool word(struct str *s, struct str *word_r)
{
	if (!token(s, "\""))
		return false;
	const char *end = memchr(s->p, '"', s->n);
	if (!end)
		return false;
	*word_r = (struct str){ s->p, (size_t)(end - s->p) };
	*s = (struct str){ end + 1, s->n - word_r->n - 1 };
	return true;
}

static bool head_told(struct str s, uint16_t *type_r, struct str *id_r)
{
	struct str type;
	if (!token(&s, "{") || !token(&s, "\"resourceType\"") || !token(&s, ":") || !word(&s, &type) || !token(&s, ",") || !token(&s, "\"id\"") || !token(&s, ":") || !word(&s, id_r))
		return false;
	*type_r = fhir_type_of(type);
	return *type_r && fhir_is_id(*id_r);
}

static enum rc head_of(struct str text, struct arena *scratch, uint16_t *type_r, struct str *id_r, struct problem *p)
{
	const struct json *root;
	if (head_told(text, type_r, id_r))
		return RC_OK;
	enum rc rc = json_parse(text, scratch, &root, p);
	if (rc != RC_OK)
		return rc;
	*type_r = fhir_type_of(json_get_text(root, "resourceType"));
	*id_r = json_get_text(root, "id");
	if (!*type_r)
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_TYPE, "resourceType", "line");
	return fhir_is_id(*id_r) ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "id", "line without a usable id");
}

/* A line alone is refused, never its batch; of the tree nothing is kept. */
static void line_work(struct batch *b, struct item *it, struct arena *scratch, struct facts *f, struct index_rows *rows)
{
	struct fhir_issue *issues = NULL;
	struct record_write *w = NULL;
	struct problem found = { 0 };
	struct str id = STR_NONE;
	unsigned char so_far[SHA_LEN];
	memcpy(so_far, b->digest, sizeof so_far);
	sha_two(b->digest, so_far, sizeof so_far, it->text.p, it->text.n);
	arena_reset(scratch);
	it->from = b->entries.n;
	enum rc rc = head_of(it->text, scratch, &it->type, &id, &found);
	if (rc == RC_OK)
		rc = record_prepare(it->text, it->type, id, scratch, &w, &issues, &found);
	if (rc != RC_OK && issues && issues->where && strlen(issues->where) < sizeof found.where) {
		memcpy(found.where, issues->where, strlen(issues->where) + 1);
		found.why = issues->why;
	}
	if (rc == RC_OK) {
		memcpy(it->id, w->id, sizeof it->id);
		it->root = w->root;
		it->facts = w->facts;
		it->patient_ids = w->patients;
		it->n_patients = w->n_patients;
		rc = item_form(b, it, w, f, rows, &found);
		it->root = NULL;
		it->patient_ids = NULL;
	}
	if (rc == RC_OK && b->entries.failed)
		rc = problem_set(&found, RC_LIMIT, WHY_TOO_BIG, "resource", "search values");
	if (rc != RC_OK) {
		b->entries.failed = false;
		b->entries.n = it->from;
		found.rc = rc;
		struct problem *kept = ARENA_NEW(&b->a, struct problem);
		if (kept)
			*kept = found;
		it->refused = kept;
		if (!kept)
			b->rc = arena_rc(&b->a, &b->problem);
	}
	it->to = b->entries.n;
}

static void batch_work(struct batch *b, struct arena *scratch, struct facts *f, struct index_rows *rows)
{
	b->rc = RC_OK;
	memset(b->digest, 0, sizeof b->digest);
	for (size_t i = 0; b->rc == RC_OK && i < b->n; i++) {
		if (b->item[i].line)
			line_work(b, &b->item[i], scratch, f, rows);
		else
			b->rc = item_work(b, &b->item[i], f, rows, &b->problem);
	}
	if (b->rc == RC_OK)
		b->rc = buf_rc(&b->entries, &b->problem);
}

static struct batch *take(struct record_bulk *k)
{
	for (size_t i = 0; i < BATCHES; i++) {
		struct batch *b = &k->batch[(k->append + i) % BATCHES];
		if (b->state == BATCH_QUEUED) {
			b->state = BATCH_TAKEN;
			return b;
		}
	}
	return NULL;
}

static void *helper_loop(void *arg)
{
	struct record_bulk *k = arg;
	struct facts f = { 0 };
	struct index_rows rows = { 0 };
	struct arena scratch;
	arena_init(&scratch, ARENA_MOST);
	pthread_mutex_lock(&k->lock);
	while (!k->stop) {
		struct batch *b = take(k);
		if (!b) {
			pthread_cond_wait(&k->queued, &k->lock);
			continue;
		}
		pthread_mutex_unlock(&k->lock);
		batch_work(b, &scratch, &f, &rows);
		pthread_mutex_lock(&k->lock);
		b->state = BATCH_READY;
		pthread_cond_signal(&k->ready);
	}
	pthread_mutex_unlock(&k->lock);
	arena_done(&scratch);
	facts_done(&f);
	rows_free(&rows);
	return NULL;
}

/* ---- appending, in order ---- */

/* Several patients that are known: a key of its own, for each of them, and a row in the compartment of each but the first, whose is written with every other's. */
static enum rc share(struct record_bulk *k, const struct item *it, int64_t first, struct buf *entries, uint32_t *since_r, struct problem *p)
{
	int64_t *at = calloc(it->n_patients, sizeof *at), one;
	size_t n = 0;
	if (!at)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	for (size_t i = 0; i < it->n_patients; i++) {
		uint64_t known = 0;
		if (map64_find(&k->patients, (uint64_t)it->patients[i], &known))
			at[n++] = (int64_t)known;
	}
	enum rc rc = n > 1 ? keys_share(k->c, it->rid, 1, at, n, since_r, &one, p) : RC_OK;
	for (size_t i = 0; rc == RC_OK && *since_r && i < n; i++)
		if (at[i] != first)
			entry_add(entries, &(struct index_row){ .table = BY_PATIENT, .param = stored_type(it->type), .value = at[i], .rid = it->rid });
	free(at);
	return rc;
}

static enum rc owner_note(struct record_bulk *k, int64_t rid, int64_t patient, struct problem *p)
{
	if (!db_is_far(k->c))
		return RC_OK;
	if ((size_t)rid >= k->owner_cap) {
		size_t cap = k->owner_cap ? k->owner_cap * 2 : 1 << 16;
		while (cap <= (size_t)rid)
			cap *= 2;
		int64_t *at = realloc(k->owner, cap * sizeof *at);
		if (!at)
			return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		memset(at + k->owner_cap, 0, (cap - k->owner_cap) * sizeof *at);
		k->owner = at;
		k->owner_cap = cap;
	}
	k->owner[rid] = patient;
	return RC_OK;
}

static enum rc item_append(struct record_bulk *k, struct item *it, struct buf *entries, struct problem *p)
{
	uint16_t patient_type = fhir_type_of(STR("Patient"));
	uint64_t patient = it->type == patient_type ? (uint64_t)it->rid : 0;
	for (size_t i = 0; i < it->n_patients && !patient; i++)
		map64_find(&k->patients, (uint64_t)it->patients[i], &patient);
	enum rc rc = owner_note(k, it->rid, (int64_t)patient, p);
	uint32_t since = 0;
	if (rc == RC_OK && it->n_patients > 1)
		rc = share(k, it, (int64_t)patient, entries, &since, p);
	int64_t owner = since ? KEYS_SHARED(it->rid) : (int64_t)patient;
	for (size_t i = 0; rc == RC_OK && i < it->n_patients && (!patient || it->n_patients > 1); i++) {
		uint64_t known;
		if (patient && map64_find(&k->patients, (uint64_t)it->patients[i], &known))
			continue;
		struct db_stmt *s = db_stmt(k->c, ST_RECORD_WAIT_ADD);
		db_bind_i64(s, 1, it->patients[i]);
		db_bind_i64(s, 2, it->rid);
		rc = db_run(s, p);
	}
	if (rc == RC_OK && it->type == patient_type)
		rc = keys_make(k->c, it->rid, p);
	buf_reset(&k->sealed);
	buf_reset(&k->sealed_facts);
	if (rc == RC_OK)
		rc = keys_seal_packed(k->c, owner, (struct keys_bound){ SEALS_BODY, it->rid, 1 }, it->body, &k->sealed, p);
	if (rc == RC_OK)
		rc = keys_seal_packed(k->c, owner, (struct keys_bound){ SEALS_FACTS, it->rid, it->updated_ms }, it->facts, &k->sealed_facts, p);
	struct db_stmt *s = db_stmt(k->c, ST_RECORD_ADD);
	db_bind_i64(s, 1, it->rid);
	db_bind_i64(s, 2, stored_type(it->type));
	db_bind_str(s, 3, str_of(it->id));
	db_bind_i64(s, 4, 1);
	db_bind_i64(s, 5, k->txn);
	db_bind_i64(s, 6, it->updated_ms);
	db_bind_i64(s, 7, 0);
	db_bind_i64(s, 8, (int64_t)patient);
	db_bind_blob(s, 9, buf_view(&k->sealed));
	if (rc == RC_OK)
		rc = db_run(s, p);
	s = db_stmt(k->c, ST_RECORD_FACTS_NEW);
	db_bind_i64(s, 1, it->rid);
	db_bind_i64(s, 2, it->key);
	db_bind_i64(s, 3, stored_type(it->type));
	db_bind_i64(s, 4, (int64_t)patient);
	db_bind_i64(s, 5, it->updated_ms);
	db_bind_blob(s, 6, buf_view(&k->sealed_facts));
	if (rc == RC_OK)
		rc = db_run(s, p);
	struct index_row row = { .table = BY_PATIENT, .param = stored_type(it->type), .value = (int64_t)patient, .rid = it->rid };
	entry_add(entries, &row);
	buf_put(entries, "\0\x0f", 2);
	buf_ch(entries, ENTRY_KEY);
	row_put_be(entries, (uint64_t)it->key ^ (uint64_t)1 << 63, 8);
	row_put_be(entries, (uint64_t)it->rid, 6);
	struct record_watch *watch = write_watcher();
	struct record_change ch = { .type = it->type, .rid = it->rid, .patient = (int64_t)patient, .since = since, .id = str_of(it->id), .now = it->root, .created = true, .txn = k->txn };
	if (rc == RC_OK && watch)
		rc = watch->changed(watch, k->c, &ch, p);
	return rc;
}

/* False: it was there. No memory: *full_r. */
static bool keyset_add(struct keyset *s, uint64_t key, bool *full_r)
{
	*full_r = false;
	if (s->n + s->n / 4 >= s->cap) {
		struct keyset more = { .cap = s->cap ? s->cap * 2 : 1 << 16 };
		more.at = calloc(more.cap, sizeof *more.at);
		if (!more.at) {
			*full_r = true;
			return false;
		}
		for (size_t i = 0; i < s->cap; i++)
			if (s->at[i])
				keyset_add(&more, s->at[i], full_r);
		free(s->at);
		*s = more;
	}
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (s->cap - 1);
	for (; s->at[i] && s->at[i] != key; i = (i + 1) & (s->cap - 1))
		continue;
	if (s->at[i])
		return false;
	s->at[i] = key;
	s->n++;
	return true;
}

static void line_refuse(struct record_bulk *k, struct item *it, const struct problem *why)
{
	it->left = true;
	k->lines->refused_n++;
	k->lines->refused(k->lines, it->tag, why, it->text);
}

static bool waits(const struct record_bulk *k, const struct item *it)
{
	uint64_t rid;
	for (size_t i = 0; i < it->n_patients; i++)
		if (!map64_find(&k->patients, (uint64_t)it->patients[i], &rid))
			return true;
	return false;
}

static enum rc wait_mark(struct record_bulk *k, struct item *it, struct problem *p)
{
	size_t at = (size_t)(it->seq / 8);
	if (at >= k->wait_bytes) {
		size_t n = at * 2 + 4096;
		unsigned char *more = realloc(k->wait, n);
		if (!more)
			return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		memset(more + k->wait_bytes, 0, n - k->wait_bytes);
		k->wait = more;
		k->wait_bytes = n;
	}
	k->wait[at] |= (unsigned char)(1u << it->seq % 8);
	k->waiting++;
	it->left = true;
	return RC_OK;
}

/* In the first pass what names a patient that was not there yet is left for the second: then every Patient is known, and rows are written once. */
static enum rc line_append(struct record_bulk *k, struct item *it, struct buf *entries, struct problem *p)
{
	bool full = false;
	if (it->refused) {
		line_refuse(k, it, it->refused);
		return RC_OK;
	}
	if (!k->again && !keyset_add(&k->seen, (uint64_t)it->key, &full)) {
		struct problem twice = { .rc = RC_CONFLICT, .why = WHY_LOAD_TWICE };
		if (full)
			return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		line_refuse(k, it, &twice);
		return RC_OK;
	}
	if (!k->again && waits(k, it))
		return wait_mark(k, it, p);
	if (it->type == fhir_type_of(STR("Patient")) && !map64_put(&k->patients, (uint64_t)it->key, (uint64_t)it->rid))
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	k->lines->stored++;
	return item_append(k, it, entries, p);
}

/* Entries of lines that were left are left too. */
static enum rc entries_give(struct record_bulk *k, const struct batch *b, struct problem *p)
{
	size_t start = 0;
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < b->n; i++) {
		const struct item *it = &b->item[i];
		if (!it->left)
			continue;
		if (it->from > start)
			rc = runs_add(k->runs, (struct str){ b->entries.p + start, it->from - start }, p);
		start = it->to;
	}
	return rc == RC_OK && b->entries.n > start ? runs_add(k->runs, (struct str){ b->entries.p + start, b->entries.n - start }, p) : rc;
}

static enum rc batch_append(struct record_bulk *k, struct batch *b, struct problem *p)
{
	enum rc rc = b->rc;
	if (rc != RC_OK)
		*p = b->problem;
	for (size_t i = 0; rc == RC_OK && i < b->n; i++)
		rc = (b->item[i].line ? line_append : item_append)(k, &b->item[i], &b->entries, p);
	if (rc == RC_OK && k->lines && !k->again) {
		unsigned char so_far[SHA_LEN];
		memcpy(so_far, k->lines->digest, sizeof so_far);
		sha_two(k->lines->digest, so_far, sizeof so_far, b->digest, sizeof b->digest);
	}
	if (rc == RC_OK)
		rc = buf_rc(&b->entries, p);
	if (rc == RC_OK)
		rc = entries_give(k, b, p);
	buf_reset(&b->entries);
	arena_reset(&b->a);
	b->n = b->bytes = 0;
	return rc;
}

/* Appends what is ready; waits for the oldest while more than `left` batches are out. */
static enum rc drain(struct record_bulk *k, size_t left, struct problem *p)
{
	enum rc rc = RC_OK;
	pthread_mutex_lock(&k->lock);
	for (;;) {
		struct batch *b = &k->batch[k->append];
		size_t out = (k->fill + BATCHES - k->append) % BATCHES;
		if (!out || rc != RC_OK)
			break;
		if (b->state != BATCH_READY) {
			if (out <= left)
				break;
			pthread_cond_wait(&k->ready, &k->lock);
			continue;
		}
		pthread_mutex_unlock(&k->lock);
		rc = batch_append(k, b, p);
		pthread_mutex_lock(&k->lock);
		b->state = BATCH_FREE;
		k->append = (k->append + 1) % BATCHES;
	}
	pthread_mutex_unlock(&k->lock);
	k->broken = k->broken || rc != RC_OK;
	return rc;
}

static enum rc batch_send(struct record_bulk *k, struct problem *p)
{
	if (!k->batch[k->fill].n)
		return RC_OK;
	pthread_mutex_lock(&k->lock);
	k->batch[k->fill].state = BATCH_QUEUED;
	k->fill = (k->fill + 1) % BATCHES;
	pthread_cond_signal(&k->queued);
	pthread_mutex_unlock(&k->lock);
	return drain(k, BATCHES - 2, p); /* the next one to fill must be free */
}

/* ---- the door ---- */

static void bulk_free(struct record_bulk *k)
{
	pthread_mutex_lock(&k->lock);
	k->stop = true;
	pthread_cond_broadcast(&k->queued);
	pthread_mutex_unlock(&k->lock);
	for (size_t i = 0; i < k->helpers; i++)
		pthread_join(k->helper[i], NULL);
	for (size_t i = 0; i < BATCHES; i++) {
		arena_done(&k->batch[i].a);
		buf_done(&k->batch[i].entries);
	}
	map64_done(&k->patients);
	free(k->owner);
	free(k->seen.at);
	free(k->wait);
	buf_done(&k->sealed);
	buf_done(&k->sealed_facts);
	runs_free(&k->runs);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->queued);
	pthread_cond_destroy(&k->ready);
	free(k);
}

struct empty { struct db_job job; int64_t txn; };

static enum rc empty_check(struct db_conn *c, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_RECORD_TOP);
	enum rc rc = db_step(s, &row, p);
	bool empty = rc == RC_OK && (!row || db_is_null(s, 0));
	db_reset(s);
	return rc == RC_OK && !empty ? problem_set(p, RC_CONFLICT, WHY_LOAD_NOT_EMPTY, NULL, "the base holds resources") : rc;
}

static enum rc empty_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	((struct empty *)(void *)job)->txn = txn;
	return empty_check(c, p);
}

enum rc record_empty(struct db *db, struct problem *p)
{
	struct db_conn *c = NULL;
	enum rc rc = db_reader(db, &c, p);
	if (rc == RC_OK)
		rc = db_begin(c, p);
	if (rc == RC_OK) {
		rc = empty_check(c, p);
		db_end(c);
	}
	db_reader_close(&c);
	return rc;
}

enum rc record_bulk_open(struct db *db, struct record_bulk **b_r, struct problem *p)
{
	struct empty empty = { .job.run = empty_run };
	enum rc rc = db_write_now(db, &empty.job, p); /* asked before anything is changed */
	if (rc != RC_OK)
		return rc;
	struct record_bulk *k = calloc(1, sizeof *k);
	if (!k)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	k->db = db;
	k->txn = empty.txn + 1;
	map64_init(&k->patients);
	buf_init(&k->sealed, 129u << 20);
	buf_init(&k->sealed_facts, 65u << 20);
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->queued, NULL);
	pthread_cond_init(&k->ready, NULL);
	for (size_t i = 0; i < BATCHES; i++) {
		arena_init(&k->batch[i].a, ARENA_MOST);
		buf_init(&k->batch[i].entries, 256u << 20);
	}
	k->runs = runs_new(db_scratch(db));
	rc = k->runs ? db_bulk_begin(db, &k->c, p) : problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	for (size_t i = 0; rc == RC_OK && i < HELPERS; i++) {
		if (pthread_create(&k->helper[i], NULL, helper_loop, k) != 0)
			rc = problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "no thread");
		else
			k->helpers++;
	}
	if (rc != RC_OK) {
		bulk_free(k);
		return rc;
	}
	*b_r = k;
	return RC_OK;
}

enum rc record_bulk_put(struct record_bulk *k, uint16_t type, struct str id, struct str body, int64_t updated_ms, struct problem *p)
{
	if (k->broken)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "the load failed before");
	if (!fhir_is_id(id))
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "id", "not an id");
	struct batch *b = &k->batch[k->fill];
	struct item *it = &b->item[b->n];
	*it = (struct item){ .type = type, .rid = ++k->rid, .updated_ms = updated_ms };
	memcpy(it->id, id.p, id.n);
	it->body = arena_str(&b->a, body);
	if (!it->body.p)
		return arena_rc(&b->a, p);
	if (type == fhir_type_of(STR("Patient")) && !map64_put(&k->patients, (uint64_t)key_of(type, id), (uint64_t)it->rid))
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	b->n++;
	b->bytes += body.n;
	return b->n == BATCH_ITEMS || b->bytes >= BATCH_BYTES ? batch_send(k, p) : RC_OK;
}

enum rc record_bulk_line(struct record_bulk *k, uint64_t tag, struct str text, struct problem *p)
{
	uint64_t seq = k->seq++;
	MUST(k->lines != NULL);
	if (k->again && (seq / 8 >= k->wait_bytes || !(k->wait[seq / 8] >> seq % 8 & 1)))
		return RC_OK;
	if (k->broken)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "the load failed before");
	struct batch *b = &k->batch[k->fill];
	struct item *it = &b->item[b->n];
	*it = (struct item){ .line = true, .tag = tag, .seq = seq, .rid = ++k->rid, .updated_ms = clock_ms() };
	it->text = arena_str(&b->a, text);
	if (!it->text.p)
		return arena_rc(&b->a, p);
	b->n++;
	b->bytes += text.n;
	return b->n == BATCH_ITEMS || b->bytes >= BATCH_BYTES ? batch_send(k, p) : RC_OK;
}

enum rc record_bulk_flush(struct record_bulk *k, struct problem *p)
{
	enum rc rc = k->broken ? problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "the load failed before") : batch_send(k, p);
	return rc == RC_OK ? drain(k, 0, p) : rc;
}

enum rc record_bulk_again(struct record_bulk *k, bool *again_r, struct problem *p)
{
	enum rc rc = record_bulk_flush(k, p);
	k->seq = 0;
	k->again = true;
	*again_r = k->waiting > 0;
	return rc;
}

void record_bulk_lines(struct record_bulk *k, struct record_bulk_lines *lines) { k->lines = lines; }

void record_bulk_drop(struct record_bulk **kp)
{
	if (*kp)
		bulk_free(*kp);
	*kp = NULL;
}

uint64_t record_bulk_count(const struct record_bulk *k) { return (uint64_t)k->rid; }

/* The merged entries as rows of one table after the other. */
struct merge { struct db_feed f; struct record_bulk *k; struct str now; int64_t rid; /* of the row handed out last */ int table; uint64_t done; enum rc rc; struct problem *p; };

static bool merge_step(struct merge *m)
{
	struct record_progress *g = m->k->progress;
	m->rc = runs_next(m->k->runs, &m->now, m->p);
	if (++m->done % 100000 == 0 && g && g->at)
		g->at(g, m->done, runs_count(m->k->runs));
	if (m->rc == RC_OK && g && g->stop)
		m->rc = problem_set(m->p, RC_RETRY, WHY_STOPPED, NULL, "stopped");
	return m->rc == RC_OK && m->now.p;
}

static uint64_t be(const char *p, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

/* Hands out the entry in hand while it belongs to the table, then takes the next. */
static bool merge_next(struct db_feed *f, struct db_cell *cells)
{
	struct merge *m = (struct merge *)f;
	struct index_row row;
	if (m->table < 0) { /* the row before was taken: move on */
		m->table = -1 - m->table;
		if (!merge_step(m))
			return false;
	}
	if (!m->now.p || m->now.p[0] != m->table)
		return false;
	if (m->table == ENTRY_KEY) {
		cells[0] = (struct db_cell){ .kind = DB_CELL_I64, .i = (int64_t)(be(m->now.p + 1, 8) ^ (uint64_t)1 << 63) };
		cells[1] = (struct db_cell){ .kind = DB_CELL_I64, .i = (int64_t)be(m->now.p + 9, 6) };
	} else if (row_decode(m->now, &row)) {
		row_cells(&row, cells);
		m->rid = row.rid;
	} else {
		m->rc = problem_set(m->p, RC_BROKEN, WHY_BROKEN, NULL, "run entry");
		return false;
	}
	m->table = -1 - m->table;
	return true;
}

static int64_t merge_owner(struct db_feed *f)
{
	const struct merge *m = (const struct merge *)f;
	return (size_t)m->rid < m->k->owner_cap ? m->k->owner[m->rid] : 0;
}

static enum rc merge_all(struct record_bulk *k, struct problem *p)
{
	struct merge m = { .f = { .next = merge_next, .owner = merge_owner }, .k = k, .p = p };
	m.rc = runs_sort(k->runs, p);
	if (m.rc != RC_OK || !merge_step(&m))
		return m.rc;
	while (m.rc == RC_OK && m.now.p) {
		m.table = m.now.p[0];
		enum rc rc = db_feed_run(k->c, m.table == ENTRY_KEY ? ST_RECORD_F_KEY : row_feed_stmt((enum table)m.table), &m.f, p);
		if (rc != RC_OK)
			return rc;
	}
	return m.rc;
}

enum rc record_bulk_end(struct record_bulk **kp, struct record_progress *g, struct problem *p)
{
	struct record_bulk *k = *kp;
	k->progress = g;
	enum rc rc = record_bulk_flush(k, p);
	if (rc == RC_OK)
		rc = merge_all(k, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(k->c, ST_DB_TXN_SET);
		db_bind_i64(s, 1, k->txn);
		rc = db_run(s, p);
	}
	if (rc == RC_OK && k->lines)
		rc = relations_due(k->c, p);
	if (rc == RC_OK)
		rc = db_bulk_end(k->db, p);
	bulk_free(k);
	*kp = NULL;
	return rc;
}
