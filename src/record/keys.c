/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/keys.c: see keys.h. Keys in memory: the house's and the index key for the life of the process; those of patients in a table of fixed
 * size, where a key takes the place of whichever stood there. Must never hand a key out, nor keep one that was erased.
 * Start at keys_open, then key_get.
 */
#include "record/keys.h"
#include "base/map.h"
#include "base/random.h"
#include "base/wall.h"
#include "codec/sha.h"
#include "record/key_file.h"
#include "record/scratch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of sealed_key that are no patient's. */
#define ROW_HOUSE  0
#define ROW_INDEX  (-1)

/* 48 bytes each, touched only when used: 3 MB hold the charts open in a day. */
#define SLOTS 65536u
#define STRIPES 64u

struct wrap { int64_t no; struct seal_key key; };            /* no 0: none */
struct slot { int64_t patient; struct seal_key key; };

static struct {
	pthread_mutex_t lock;                                /* wraps and erased */
	pthread_mutex_t stripe[STRIPES];
	char dir[KEY_PATH];
	bool placed;
	const char *folder;                                  /* as the settings say; NULL: as keys_place says */
	struct db *db;                                       /* the base opened last */
	int64_t rewrapped;                                   /* where the rotation stands */
	int64_t *erased; size_t n_erased;                    /* in this process: a reader of an older snapshot must not keep such a key again */
} keys;
static struct slot slots[SLOTS];
/* What opens everything lies apart, out of reach of the kernel's other readers where it can (wall_secret); keys of single patients do not. */
static struct {
	struct wrap now, before;                             /* keys are wrapped by now; before: until a rotation has ended */
	struct seal_key house, index;
	uint64_t k0, k1;                                     /* of the index key */
	struct seal_key look_up;                             /* made from the house's, as which it never changes */
} *held;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_once(void)
{
	seal_init();
	scratch_init();
	MUST((held = wall_secret(sizeof *held)) != NULL);
	MUST(pthread_mutex_init(&keys.lock, NULL) == 0);
	for (size_t i = 0; i < STRIPES; i++)
		MUST(pthread_mutex_init(&keys.stripe[i], NULL) == 0);
}

static enum rc no_memory(struct problem *p) { return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory"); }

/* ---- keys of patients in memory ---- */

static size_t slot_of(int64_t patient) { return (size_t)((uint64_t)patient * UINT64_C(0x9E3779B97F4A7C15) >> 48) % SLOTS; }

static bool slot_find(int64_t patient, struct seal_key *k_r)
{
	size_t at = slot_of(patient);
	pthread_mutex_lock(&keys.stripe[at % STRIPES]);
	bool is = slots[at].patient == patient;
	if (is)
		*k_r = slots[at].key;
	pthread_mutex_unlock(&keys.stripe[at % STRIPES]);
	return is;
}

static void slot_put(int64_t patient, const struct seal_key *k)
{
	size_t at = slot_of(patient);
	bool erased = false;
	pthread_mutex_lock(&keys.lock);
	for (size_t i = 0; i < keys.n_erased && !erased; i++)
		erased = keys.erased[i] == patient;
	pthread_mutex_lock(&keys.stripe[at % STRIPES]);
	if (!erased)
		slots[at] = (struct slot){ patient, *k };
	pthread_mutex_unlock(&keys.stripe[at % STRIPES]);
	pthread_mutex_unlock(&keys.lock);
}

static void slot_drop(int64_t patient)
{
	size_t at = slot_of(patient);
	pthread_mutex_lock(&keys.stripe[at % STRIPES]);
	if (slots[at].patient == patient)
		wipe(&slots[at], sizeof slots[at]);
	pthread_mutex_unlock(&keys.stripe[at % STRIPES]);
}

/* ---- wrapping ---- */

#define BOUND_BYTES 17
static struct str bound_text(struct keys_bound b, char out[BOUND_BYTES])
{
	out[0] = (char)b.kind;
	for (int i = 0; i < 8; i++) {
		out[1 + i] = (char)((uint64_t)b.row >> (8 * i));
		out[9 + i] = (char)((uint64_t)b.more >> (8 * i));
	}
	return (struct str){ out, BOUND_BYTES };
}

#define WRAPPED_MOST (SEAL_KEY + SEAL_MORE)
static struct str wrap_key(const struct wrap *w, int64_t row, const struct seal_key *k, unsigned char out[WRAPPED_MOST])
{
	char bound[BOUND_BYTES];
	seal_put(out, &w->key, bound_text((struct keys_bound){ SEALS_KEY, row, w->no }, bound), (struct str){ (const char *)k->b, SEAL_KEY });
	return (struct str){ (const char *)out, seal_size(SEAL_KEY) };
}

static enum rc corrupt(struct problem *p, const char *what, int64_t row)
{
	return problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "%s, row %lld: does not open", what, (long long)row);
}

static enum rc unwrap_key(int64_t row, int64_t by, struct str wrapped, struct seal_key *k_r, struct problem *p)
{
	char bound[BOUND_BYTES];
	struct wrap w = { 0 };
	if (!wrapped.n)
		return problem_set(p, RC_GONE, WHY_ERASED, NULL, "key of %lld", (long long)row);
	pthread_mutex_lock(&keys.lock);
	if (by == held->now.no)
		w = held->now;
	else if (by == held->before.no)
		w = held->before;
	pthread_mutex_unlock(&keys.lock);
	bool good = w.no && seal_plain_size(wrapped) == SEAL_KEY && seal_open(k_r->b, &w.key, bound_text((struct keys_bound){ SEALS_KEY, row, by }, bound), wrapped);
	wipe(&w, sizeof w);
	return good ? RC_OK : corrupt(p, "key", row);
}

static enum rc key_row_put(struct db_conn *c, enum stmt id, int64_t row, const struct seal_key *k, struct problem *p)
{
	unsigned char wrapped[WRAPPED_MOST];
	struct wrap w;
	pthread_mutex_lock(&keys.lock);
	w = held->now;
	pthread_mutex_unlock(&keys.lock);
	struct db_stmt *s = db_stmt(c, id);
	db_bind_i64(s, 1, row);
	db_bind_i64(s, 2, w.no);
	db_bind_blob(s, 3, wrap_key(&w, row, k, wrapped));
	wipe(&w, sizeof w);
	return db_run(s, p);
}

/* Wrapped by a key that a rotation has put out of use since this snapshot was taken? */
static bool outlived(int64_t by)
{
	pthread_mutex_lock(&keys.lock);
	bool is = held->now.no && by < held->now.no && by != held->before.no;
	pthread_mutex_unlock(&keys.lock);
	return is;
}

static enum rc key_row_seen(struct db_conn *c, int64_t row, bool *late_r, struct seal_key *k_r, struct problem *p)
{
	bool is = false;
	struct db_stmt *s = db_stmt(c, ST_RECORD_SEALED_KEY);
	db_bind_i64(s, 1, row);
	enum rc rc = db_step(s, &is, p);
	*late_r = rc == RC_OK && is && db_text(s, 1).n > 0 && outlived(db_i64(s, 0));
	if (rc == RC_OK && !*late_r)
		rc = is ? unwrap_key(row, db_i64(s, 0), db_text(s, 1), k_r, p) : corrupt(p, "no key", row);
	db_reset(s);
	return rc;
}

/* A snapshot older than the end of a rotation shows the key as it was wrapped before: the same key is read as it is wrapped now. */
static enum rc key_row_read(struct db_conn *c, int64_t row, struct seal_key *k_r, struct problem *p)
{
	struct db_conn *fresh = NULL;
	bool late = false;
	enum rc rc = key_row_seen(c, row, &late, k_r, p);
	if (rc != RC_OK || !late)
		return rc;
	rc = db_reader(keys.db, &fresh, p);
	if (rc == RC_OK)
		rc = key_row_seen(fresh, row, &late, k_r, p);
	if (rc == RC_OK && late)
		rc = corrupt(p, "key", row);
	db_reader_close(&fresh);
	return rc;
}

static enum rc key_get(struct db_conn *c, int64_t patient, struct seal_key *k_r, struct problem *p)
{
	MUST(patient >= 0);
	if (patient == 0) {
		*k_r = held->house;
		return RC_OK;
	}
	if (slot_find(patient, k_r))
		return RC_OK;
	enum rc rc = key_row_read(c, patient, k_r, p);
	if (rc == RC_OK)
		slot_put(patient, k_r);
	return rc;
}

bool keys_lacks(int64_t patient)
{
	struct seal_key k;
	bool lacks = patient > 0 && !slot_find(patient, &k);
	wipe(&k, sizeof k);
	return lacks;
}

/* ---- resources of several patients ---- */

#define SHARED_HEAD 5 /* 0x80 and since, before the sealed form: the first byte of any other is an algorithm's number */
static struct keys_bound shared_bound(int64_t rid, int64_t since) { return (struct keys_bound){ SEALS_SHARED, rid, since }; }

uint32_t keys_since(struct str sealed)
{
	const unsigned char *at = (const unsigned char *)sealed.p + 1;
	if (sealed.n <= SHARED_HEAD || (unsigned char)sealed.p[0] != 0x80)
		return 0;
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static enum rc shared_last(struct db_conn *c, int64_t rid, int64_t *since_r, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_RECORD_SHARED_LAST);
	db_bind_i64(s, 1, rid);
	enum rc rc = db_step(s, &row, p);
	*since_r = rc == RC_OK && row ? db_i64(s, 0) : -1;
	db_reset(s);
	return rc;
}

/* The row of the next patient; *patient_r 0 at the end. */
static enum rc shared_row(struct db_conn *c, int64_t rid, int64_t since, int64_t after, int64_t *patient_r, unsigned char wrapped[WRAPPED_MOST], size_t *n_r, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_RECORD_SHARED_KEY);
	db_bind_i64(s, 1, rid);
	db_bind_i64(s, 2, since);
	db_bind_i64(s, 3, after);
	enum rc rc = db_step(s, &row, p);
	*patient_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	struct str text = *patient_r ? db_text(s, 1) : STR_NONE;
	*n_r = text.n;
	if (text.n > WRAPPED_MOST)
		rc = corrupt(p, "shared key", rid);
	else if (text.n)
		memcpy(wrapped, text.p, text.n);
	db_reset(s);
	return rc;
}

/* The own key of a resource, by the first of its patients who was not erased. */
static enum rc shared_get(struct db_conn *c, int64_t rid, int64_t since, struct seal_key *k_r, struct problem *p)
{
	unsigned char wrapped[WRAPPED_MOST];
	char bound[BOUND_BYTES];
	struct seal_key of_patient;
	int64_t patient = 0;
	size_t n = 0;
	for (;;) {
		enum rc rc = shared_row(c, rid, since, patient, &patient, wrapped, &n, p);
		if (rc != RC_OK)
			return rc;
		if (!patient)
			return problem_set(p, RC_GONE, WHY_ERASED, NULL, "all patients of %lld", (long long)rid);
		rc = key_get(c, patient, &of_patient, p);
		if (rc == RC_GONE)
			continue;
		struct str sealed = { (const char *)wrapped, n };
		if (rc == RC_OK && (seal_plain_size(sealed) != SEAL_KEY || !seal_open(k_r->b, &of_patient, bound_text(shared_bound(rid, since), bound), sealed)))
			rc = corrupt(p, "shared key", rid);
		wipe(&of_patient, sizeof of_patient);
		return rc;
	}
}

enum rc keys_shared_next(struct db_conn *c, int64_t rid, uint32_t since, int64_t after, int64_t *patient_r, struct problem *p)
{
	unsigned char wrapped[WRAPPED_MOST];
	int64_t last = since;
	size_t n;
	enum rc rc = since ? RC_OK : shared_last(c, rid, &last, p);
	*patient_r = 0;
	return rc == RC_OK && last > 0 ? shared_row(c, rid, last, after, patient_r, wrapped, &n, p) : rc;
}

static enum rc shared_add(struct db_conn *c, int64_t rid, int64_t since, int64_t patient, const struct seal_key *own, struct problem *p)
{
	unsigned char wrapped[WRAPPED_MOST];
	char bound[BOUND_BYTES];
	struct seal_key of_patient;
	enum rc rc = key_get(c, patient, &of_patient, p);
	if (rc != RC_OK)
		return rc;
	seal_put(wrapped, &of_patient, bound_text(shared_bound(rid, since), bound), (struct str){ (const char *)own->b, SEAL_KEY });
	wipe(&of_patient, sizeof of_patient);
	struct db_stmt *s = db_stmt(c, ST_RECORD_SHARED_ADD);
	db_bind_i64(s, 1, rid);
	db_bind_i64(s, 2, since);
	db_bind_i64(s, 3, patient);
	db_bind_blob(s, 4, (struct str){ (const char *)wrapped, seal_size(SEAL_KEY) });
	return db_run(s, p);
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* Are these the patients of the key that there is? */
static enum rc shared_same(struct db_conn *c, int64_t rid, int64_t since, const int64_t *patients, size_t n, bool *is_r, struct problem *p)
{
	unsigned char wrapped[WRAPPED_MOST];
	int64_t patient = 0;
	size_t bytes, i = 0;
	enum rc rc = RC_OK;
	for (; (rc = shared_row(c, rid, since, patient, &patient, wrapped, &bytes, p)) == RC_OK && patient; i++)
		if (i >= n || patients[i] != patient)
			break;
	*is_r = rc == RC_OK && !patient && i == n;
	return rc;
}

enum rc keys_share(struct db_conn *c, int64_t rid, uint32_t since, int64_t *patients, size_t n, uint32_t *since_r, int64_t *one_r, struct problem *p)
{
	struct seal_key k;
	size_t kept = 0;
	int64_t last = -1;
	bool same = false;
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		rc = key_get(c, patients[i], &k, p);
		if (rc == RC_OK)
			patients[kept++] = patients[i];
		rc = rc == RC_GONE ? RC_OK : rc;
	}
	bool is = kept >= 2;
	*one_r = kept ? patients[0] : 0;
	qsort(patients, kept, sizeof *patients, by_number);
	if (rc == RC_OK && is)
		rc = shared_last(c, rid, &last, p);
	if (rc == RC_OK && is && last >= 0)
		rc = shared_same(c, rid, last, patients, kept, &same, p);
	random_bytes(k.b, sizeof k.b);
	*since_r = !is ? 0 : same ? (uint32_t)last : since;
	for (size_t i = 0; rc == RC_OK && is && !same && i < kept; i++)
		rc = shared_add(c, rid, since, patients[i], &k, p);
	wipe(&k, sizeof k);
	return rc;
}

enum rc keys_share_more(struct db_conn *c, int64_t rid, uint32_t since, int64_t *patients, size_t n, uint32_t *since_r, int64_t *one_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_SHARED_AWAY);
	db_bind_i64(s, 1, rid);
	db_bind_i64(s, 2, since);
	enum rc rc = db_run(s, p);
	return rc == RC_OK ? keys_share(c, rid, since, patients, n, since_r, one_r, p) : rc;
}

enum rc keys_make(struct db_conn *c, int64_t patient, struct problem *p)
{
	struct seal_key k;
	MUST(patient > 0);
	random_bytes(k.b, sizeof k.b);
	enum rc rc = key_row_put(c, ST_RECORD_SEALED_KEY_NEW, patient, &k, p);
	if (rc == RC_OK)
		slot_put(patient, &k); /* in place of what a job that was undone may have left in memory */
	else
		slot_drop(patient);
	wipe(&k, sizeof k);
	return rc;
}

enum rc keys_erase(struct db_conn *c, int64_t patient, struct problem *p)
{
	MUST(patient > 0);
	pthread_mutex_lock(&keys.lock);
	int64_t *at = realloc(keys.erased, (keys.n_erased + 1) * sizeof *at);
	if (at) {
		keys.erased = at;
		keys.erased[keys.n_erased++] = patient;
	}
	pthread_mutex_unlock(&keys.lock);
	if (!at)
		return no_memory(p);
	slot_drop(patient);
	struct db_stmt *s = db_stmt(c, ST_RECORD_SEALED_KEY_ERASE);
	db_bind_i64(s, 1, patient);
	db_bind_blob(s, 2, STR(""));
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && db_changes(c) != 1)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, NULL, "no key of %lld", (long long)patient);
	return rc;
}

/* ---- sealing ---- */

/* What is stored in great numbers is packed first: what is sealed cannot be made smaller any more. */
static enum pack_how packed_how(enum keys_kind kind)
{
	return kind == SEALS_BODY ? PACK_JSON : kind == SEALS_FACTS ? PACK_BYTES : PACK_PLAIN;
}

/* Bytes before the packed form: a body's mark. */
static size_t head_bytes(enum keys_kind kind) { return kind == SEALS_BODY; }

enum rc keys_pack(enum keys_kind kind, unsigned char mark, struct str plain, struct arena *a, struct str *packed_r, struct problem *p)
{
	size_t head = head_bytes(kind);
	char *at = arena_bytes(a, head + plain.n + PACK_MORE);
	MUST(packed_how(kind) != PACK_PLAIN);
	if (!at)
		return arena_rc(a, p);
	if (head)
		at[0] = (char)mark;
	size_t n = pack_put((unsigned char *)at + head, packed_how(kind), plain);
	*packed_r = (struct str){ at, head + n };
	return n ? RC_OK : problem_set(p, RC_LIMIT, WHY_TOO_BIG, NULL, "too much to pack");
}

bool keys_packed_instant(enum keys_kind kind, struct str packed, size_t at, int64_t ms)
{
	size_t head = head_bytes(kind);
	return packed.n > head && pack_instant_set((unsigned char *)(uintptr_t)packed.p + head, packed.n - head, at, ms);
}

enum rc keys_seal(struct db_conn *c, int64_t patient, struct keys_bound b, struct str plain, struct buf *out, struct problem *p)
{
	return keys_seal_marked(c, patient, b, 0, plain, out, p);
}

enum rc keys_seal_marked(struct db_conn *c, int64_t patient, struct keys_bound b, unsigned char mark, struct str plain, struct buf *out, struct problem *p)
{
	size_t head = head_bytes(b.kind);
	struct str form = plain;
	enum rc rc = packed_how(b.kind) != PACK_PLAIN ? scratch_pack(packed_how(b.kind), head, &form, p) : RC_OK;
	if (rc == RC_OK && head)
		((char *)(uintptr_t)form.p)[0] = (char)mark; /* the scratch is this thread's own */
	return rc == RC_OK ? keys_seal_packed(c, patient, b, form, out, p) : rc;
}

enum rc keys_seal_packed(struct db_conn *c, int64_t patient, struct keys_bound b, struct str plain, struct buf *out, struct problem *p)
{
	char bound[BOUND_BYTES];
	struct seal_key k;
	int64_t since = -1;
	enum rc rc = patient < 0 ? shared_last(c, -patient, &since, p) : key_get(c, patient, &k, p);
	if (rc == RC_OK && patient < 0)
		rc = shared_get(c, -patient, since, &k, p);
	if (rc != RC_OK)
		return rc;
	if (patient < 0) {
		buf_ch(out, (char)0x80);
		for (int i = 0; i < 4; i++)
			buf_ch(out, (char)(unsigned char)(since >> 8 * i));
	}
	size_t n = seal_size(plain.n);
	buf_expect(out, n);
	if (!out->failed && out->cap - out->n >= n) {
		seal_put((unsigned char *)out->p + out->n, &k, bound_text(b, bound), plain);
		out->n += n;
	} else {
		out->failed = true;
	}
	wipe(&k, sizeof k);
	return buf_rc(out, p);
}

static enum rc unseal(struct db_conn *c, int64_t patient, struct keys_bound b, struct str sealed, char **at, size_t *cap, struct str *plain_r, unsigned char *mark_r, struct problem *p)
{
	char bound[BOUND_BYTES];
	struct seal_key k;
	uint32_t since = keys_since(sealed);
	if (since)
		sealed = (struct str){ sealed.p + SHARED_HEAD, sealed.n - SHARED_HEAD };
	size_t n = seal_plain_size(sealed);
	if (n == SIZE_MAX)
		return corrupt(p, "sealed text", b.row);
	bool packed = packed_how(b.kind) != PACK_PLAIN;
	char *to = NULL;
	enum rc rc = packed ? scratch_between(n + 1, &to, p) : scratch_grow(at, cap, n + 1, p);
	to = packed ? to : *at;
	if (rc == RC_OK)
		rc = since ? shared_get(c, b.row, since, &k, p) : key_get(c, patient, &k, p);
	if (rc != RC_OK)
		return rc;
	bool opens = seal_open((unsigned char *)to, &k, bound_text(b, bound), sealed);
	wipe(&k, sizeof k);
	if (!opens)
		return corrupt(p, "sealed text", b.row);
	size_t head = head_bytes(b.kind);
	if (n < head)
		return corrupt(p, "sealed text", b.row);
	if (head && mark_r)
		*mark_r = (unsigned char)to[0];
	if (packed)
		return scratch_unpack((struct str){ to + head, n - head }, at, cap, plain_r, p);
	*plain_r = (struct str){ *at, n };
	return RC_OK;
}

enum rc keys_unseal_into(struct db_conn *c, int64_t patient, struct keys_bound b, struct str sealed, char **at, size_t *cap, struct str *plain_r, struct problem *p)
{
	return unseal(c, patient, b, sealed, at, cap, plain_r, NULL, p);
}

enum rc keys_unseal_marked(struct db_conn *c, int64_t patient, struct keys_bound b, struct str sealed, struct str *plain_r, unsigned char *mark_r, struct problem *p)
{
	struct scratch_block *s = scratch_next();
	return s ? unseal(c, patient, b, sealed, &s->p, &s->cap, plain_r, mark_r, p) : no_memory(p);
}

enum rc keys_unseal(struct db_conn *c, int64_t patient, struct keys_bound b, struct str sealed, struct str *plain_r, struct problem *p)
{
	return keys_unseal_marked(c, patient, b, sealed, plain_r, NULL, p);
}

int64_t keys_hash(struct str s)
{
	int64_t h = (int64_t)hash_keyed(s, held->k0, held->k1);
	return h ? h : 1;
}

int64_t keys_house_hash(struct str s)
{
	uint64_t k[2];
	memcpy(k, held->look_up.b, sizeof k);
	int64_t h = (int64_t)hash_keyed(s, k[0], k[1]);
	return h ? h : 1;
}

void keys_house_digest(const unsigned char digest[32], unsigned char out[32])
{
	sha_two(out, held->look_up.b, sizeof held->look_up.b, digest, 32);
}

static void index_key_set(const struct seal_key *k)
{
	held->index = *k;
	memcpy(&held->k0, k->b, 8);
	memcpy(&held->k1, k->b + 8, 8);
}

enum rc keys_index_renew(struct db_conn *c, struct problem *p)
{
	struct seal_key k;
	random_bytes(k.b, sizeof k.b);
	enum rc rc = key_row_put(c, ST_RECORD_SEALED_KEY_PUT, ROW_INDEX, &k, p);
	if (rc == RC_OK)
		index_key_set(&k);
	wipe(&k, sizeof k);
	return rc;
}

/* ---- opening ---- */

void keys_place(const char *dir)
{
	keys.placed = dir != NULL || keys.folder;
	if (keys.folder)
		snprintf(keys.dir, sizeof keys.dir, "%s", keys.folder);
	else if (dir)
		snprintf(keys.dir, sizeof keys.dir, "%s/keys", dir);
}

void keys_use_folder(const char *folder) { keys.folder = folder; }

enum rc keys_look(const char *dir, char path[KEYS_PATH], struct problem *p)
{
	struct seal_key k;
	keys_place(dir);
	if (!key_file_place(keys.dir, KEY_NOW, path))
		return problem_set(p, RC_LIMIT, WHY_KEY_MISSING, "instance key", "path too long");
	enum rc rc = key_file_read(keys.dir, KEY_NOW, &k, p);
	wipe(&k, sizeof k);
	return rc;
}

static void place_of(struct db *db)
{
	const char *path = db_path(db), *slash = strrchr(path, '/');
	if (!keys.placed)
		snprintf(keys.dir, sizeof keys.dir, "%.*skeys", slash ? (int)(slash - path + 1) : 0, path);
}

/* An instance key wraps nothing itself: what wraps is made from it, so that its other uses stay apart. */
static void wrap_of(struct wrap *w, int64_t no, const struct seal_key *instance)
{
	w->no = no;
	seal_derive(&w->key, instance, "hygie wrap");
}

struct marks { int64_t no[2]; unsigned char mark[2][SEAL_CHECK]; unsigned n; };

static enum rc marks_read(struct db_conn *c, struct marks *m, struct problem *p)
{
	bool row = false;
	enum rc rc;
	*m = (struct marks){ .n = 0 };
	struct db_stmt *s = db_stmt(c, ST_RECORD_INSTANCE_KEYS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && m->n < 2) {
		struct str mark = db_text(s, 1);
		if (mark.n != SEAL_CHECK)
			return corrupt(p, "mark of instance key", db_i64(s, 0));
		m->no[m->n] = db_i64(s, 0);
		memcpy(m->mark[m->n++], mark.p, SEAL_CHECK);
	}
	db_reset(s);
	return rc;
}

/* Which of the files holds the key of this mark? */
static bool mark_is(const struct seal_key *instance, bool is, const unsigned char *mark)
{
	unsigned char own[SEAL_CHECK];
	if (is)
		seal_check(own, instance);
	return is && seal_same(own, mark, SEAL_CHECK);
}

struct files { struct seal_key now, next; bool has_now, has_next; };

static enum rc files_read(struct files *f, struct problem *p)
{
	*f = (struct files){ .has_now = false };
	enum rc rc = key_file_read(keys.dir, KEY_NOW, &f->now, p);
	f->has_now = rc == RC_OK;
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		rc = key_file_read(keys.dir, KEY_NEXT, &f->next, p);
	f->has_next = rc == RC_OK;
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* The wraps of a base that has keys. settled_r: instance.next is the key, the rename alone is missing. */
static enum rc wraps_find(const struct marks *m, const struct files *f, bool *settled_r, struct problem *p)
{
	struct wrap found[2] = { { 0 } };
	for (unsigned i = 0; i < m->n; i++) {
		bool by_next = mark_is(&f->next, f->has_next, m->mark[i]), by_now = mark_is(&f->now, f->has_now, m->mark[i]);
		if (!by_next && !by_now) /* BARRIER: nothing is opened, made or changed without the key that belongs to this base */
			return problem_set(p, RC_BROKEN, f->has_now ? WHY_KEY_WRONG : WHY_KEY_MISSING, "instance key", "key number %lld of this base", (long long)m->no[i]);
		wrap_of(&found[i], m->no[i], by_now ? &f->now : &f->next);
		*settled_r = m->n == 1 && !by_now;
	}
	held->now = found[m->n - 1];
	held->before = m->n == 2 ? found[0] : (struct wrap){ 0 };
	wipe(found, sizeof found);
	return RC_OK;
}

static enum rc mark_add(struct db_conn *c, int64_t no, const struct seal_key *instance, struct problem *p)
{
	unsigned char mark[SEAL_CHECK];
	seal_check(mark, instance);
	struct db_stmt *s = db_stmt(c, ST_RECORD_INSTANCE_KEY_ADD);
	db_bind_i64(s, 1, no);
	db_bind_blob(s, 2, (struct str){ (const char *)mark, sizeof mark });
	return db_run(s, p);
}

struct first { struct db_job job; const struct seal_key *instance; };

static enum rc first_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct first *x = (struct first *)job;
	enum rc rc = mark_add(c, 1, x->instance, p);
	(void)txn;
	for (int64_t row = ROW_INDEX; rc == RC_OK && row <= ROW_HOUSE; row++) {
		struct seal_key k;
		random_bytes(k.b, sizeof k.b);
		rc = key_row_put(c, ST_RECORD_SEALED_KEY_PUT, row, &k, p);
		wipe(&k, sizeof k);
	}
	return rc;
}

static enum rc first_keys(struct db *db, struct files *f, struct problem *p)
{
	enum rc rc = f->has_now ? RC_OK : key_file_make(keys.dir, KEY_NOW, &f->now, p);
	struct first x = { .job = { .run = first_run }, .instance = &f->now };
	if (rc != RC_OK)
		return rc;
	wrap_of(&held->now, 1, &f->now);
	held->before = (struct wrap){ 0 };
	return db_write_now(db, &x.job, p);
}

static void forget(void)
{
	wipe(slots, sizeof slots);
	free(keys.erased);
	keys.erased = NULL;
	keys.n_erased = 0;
	keys.rewrapped = INT64_MIN;
}

enum rc keys_open(struct db *db, struct problem *p)
{
	struct db_conn *c = NULL;
	struct files f;
	struct marks m;
	struct seal_key index;
	bool settled = false;
	pthread_once(&once, init_once);
	place_of(db);
	forget();
	keys.db = db;
	enum rc rc = files_read(&f, p);
	if (rc == RC_OK)
		rc = db_reader(db, &c, p);
	if (rc == RC_OK)
		rc = marks_read(c, &m, p);
	db_reader_close(&c);
	if (rc == RC_OK)
		rc = m.n ? wraps_find(&m, &f, &settled, p) : first_keys(db, &f, p);
	wipe(&f, sizeof f);
	if (rc == RC_OK && settled)
		rc = key_file_settle(keys.dir, p);
	if (rc == RC_OK)
		rc = db_reader(db, &c, p);
	if (rc == RC_OK)
		rc = key_row_read(c, ROW_HOUSE, &held->house, p);
	seal_derive(&held->look_up, &held->house, "hygie look up");
	if (rc == RC_OK)
		rc = key_row_read(c, ROW_INDEX, &index, p);
	if (rc == RC_OK)
		index_key_set(&index);
	wipe(&index, sizeof index);
	db_reader_close(&c);
	return rc;
}

/* ---- another instance key ---- */

bool keys_rotating(void)
{
	pthread_mutex_lock(&keys.lock);
	bool is = held->before.no != 0;
	pthread_mutex_unlock(&keys.lock);
	return is;
}

enum rc keys_next_make(struct problem *p)
{
	struct seal_key k;
	enum rc rc = key_file_make(keys.dir, KEY_NEXT, &k, p);
	wipe(&k, sizeof k);
	return rc == RC_CONFLICT ? RC_OK : rc; /* a rotation that was cut goes on with the key it had */
}

/* Takes notice of what instance_key says; begins the rotation when it names one key and there is a next. The next is used from the call after that on: it
 * must be in the base, committed, before anything is wrapped by it. over_r: all is wrapped by the next, which need only be settled. */
static enum rc rotation_notice(struct db_conn *c, bool *begun_r, bool *over_r, struct problem *p)
{
	struct files f;
	struct marks m;
	bool settled = false;
	enum rc rc = files_read(&f, p);
	if (rc == RC_OK)
		rc = marks_read(c, &m, p);
	*begun_r = rc == RC_OK && m.n == 2;
	*over_r = rc == RC_OK && m.n == 1 && mark_is(&f.next, f.has_next, m.mark[0]);
	if (*begun_r) {
		pthread_mutex_lock(&keys.lock);
		rc = wraps_find(&m, &f, &settled, p);
		pthread_mutex_unlock(&keys.lock);
	} else if (rc == RC_OK && m.n == 1 && f.has_next && !*over_r) {
		rc = mark_add(c, m.no[0] + 1, &f.next, p);
	} else if (rc == RC_OK) {
		rc = problem_set(p, RC_CONFLICT, WHY_KEY_MISSING, "instance key", "no next key");
	}
	wipe(&f, sizeof f);
	return rc;
}

static enum rc number_read(struct db_conn *c, enum stmt id, int64_t with, uint64_t *n_r, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, id);
	db_bind_i64(s, 1, with);
	enum rc rc = db_step(s, &row, p);
	*n_r = rc == RC_OK && row ? (uint64_t)db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

static enum rc rewrap_row(struct db_conn *c, int64_t row, int64_t by, struct str wrapped, struct problem *p)
{
	struct seal_key k;
	if (!wrapped.n) { /* erased: there is nothing to wrap, the row goes along */
		struct db_stmt *s = db_stmt(c, ST_RECORD_SEALED_KEY_MOVE);
		db_bind_i64(s, 1, row);
		db_bind_i64(s, 2, held->now.no);
		return db_run(s, p);
	}
	enum rc rc = unwrap_key(row, by, wrapped, &k, p);
	if (rc == RC_OK)
		rc = key_row_put(c, ST_RECORD_SEALED_KEY_PUT, row, &k, p);
	wipe(&k, sizeof k);
	return rc;
}

enum rc keys_rewrap(struct db_conn *c, unsigned most, uint64_t *left_r, struct problem *p)
{
	bool begun = false, over = false, row = true;
	enum rc rc = rotation_notice(c, &begun, &over, p);
	unsigned n = 0;
	*left_r = 0;
	if (rc != RC_OK || over)
		return rc;
	while (rc == RC_OK && begun && row && n < most) {
		struct str wrapped = STR_NONE;
		char copy[WRAPPED_MOST];
		int64_t by = 0;
		struct db_stmt *s = db_stmt(c, ST_RECORD_SEALED_KEY_NEXT);
		db_bind_i64(s, 1, keys.rewrapped);
		rc = db_step(s, &row, p);
		if (rc == RC_OK && row) {
			keys.rewrapped = db_i64(s, 0);
			by = db_i64(s, 1);
			wrapped = db_text(s, 2);
			if (wrapped.n > sizeof copy)
				rc = corrupt(p, "key", keys.rewrapped);
			else if (wrapped.n)
				memcpy(copy, wrapped.p, wrapped.n);
			wrapped.p = copy;
		}
		db_reset(s);
		if (rc == RC_OK && row && by != held->now.no) {
			rc = rewrap_row(c, keys.rewrapped, by, wrapped, p);
			n++;
		}
	}
	if (rc == RC_OK)
		rc = number_read(c, begun && row ? ST_RECORD_SEALED_KEYS : ST_RECORD_SEALED_KEYS_OLD, begun && row ? keys.rewrapped : begun ? held->now.no : INT64_MIN, left_r, p);
	if (rc == RC_OK && begun && !row) {
		keys.rewrapped = INT64_MIN; /* should a group of ours have been undone, the walk begins anew */
		struct db_stmt *s = db_stmt(c, ST_RECORD_INSTANCE_KEY_END);
		db_bind_i64(s, 1, held->now.no);
		if (!*left_r)
			rc = db_run(s, p);
	} else if (rc == RC_OK && !*left_r) {
		*left_r = 1; /* the last call alone says nothing is left */
	}
	return rc;
}

enum rc keys_next_settle(struct db *db, struct problem *p)
{
	struct db_conn *c = NULL;
	struct marks m;
	enum rc rc = db_reader(db, &c, p);
	if (rc == RC_OK)
		rc = marks_read(c, &m, p);
	db_reader_close(&c);
	if (rc == RC_OK && m.n != 1)
		return problem_set(p, RC_CONFLICT, WHY_BUSY, NULL, "a rotation is under way");
	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&keys.lock);
	wipe(&held->before, sizeof held->before);
	pthread_mutex_unlock(&keys.lock);
	return key_file_settle(keys.dir, p);
}
