/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches and transactions from outside, run on a small base and thrown away. What is refused leaves nothing; what is taken is whole: a response an entry,
 * a version a write, each stored body FHIR, and no chart written that is closed. Blanks after the bundle choose how it is run: of their number mod 3 what
 * writes answer with, then with or without a guard, then gathered (record_batch) where it may be. The base is made once a process: start at base_make.
 */
#include "fuzz.h"
#include "record/bundle.h"

#include <stdio.h>
#include <unistd.h>

static const char SEEDS[] = "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":["
#define SEED(type, id, rest) "{\"resource\":{\"resourceType\":\"" type "\",\"id\":\"" id "\"," rest "},\"request\":{\"method\":\"PUT\",\"url\":\"" type "/" id "\"}}"
#define SEED_PATIENT(id, value) SEED("Patient", id, "\"identifier\":[{\"system\":\"urn:x\",\"value\":\"" value "\"}],\"name\":[{\"family\":\"Seed\"}],\"birthDate\":\"1970-01-01\"")
#define SEED_VALUE(id, patient) SEED("Observation", id, "\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8867-4\"}]},\"subject\":{\"reference\":\"Patient/" patient "\"}")
	SEED_PATIENT("p1", "1") "," SEED_PATIENT("p2", "2") "," SEED_PATIENT("twin", "2") "," SEED_PATIENT("closed", "3") ","
	SEED_VALUE("o1", "p1") "," SEED_VALUE("o2", "p2") "," SEED_VALUE("o3", "closed") ","
	SEED("Practitioner", "d1", "\"identifier\":[{\"system\":\"urn:x\",\"value\":\"1\"}]") "," SEED_PATIENT("gone", "4") "]}";
static const char GONE[] = "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"DELETE\",\"url\":\"Patient/gone\"}}]}";

static struct db *db;
static char dir[64];
static int64_t closed;                     /* surrogate of the patient whom the guard keeps closed */
static int64_t open_ones[8]; static size_t n_open;

static const enum stmt COUNTED[] = { ST_RECORD_A_RESOURCE, ST_RECORD_A_FACTS, ST_RECORD_A_KEY, ST_RECORD_A_TYPE, ST_RECORD_A_UPDATED, ST_RECORD_A_PATIENT, ST_RECORD_A_TOKEN,
	ST_RECORD_A_STRING, ST_RECORD_A_DATE, ST_RECORD_A_NUMBER, ST_RECORD_A_REFERENCE, ST_RECORD_A_URI };
#define N_COUNTS (sizeof COUNTED / sizeof COUNTED[0])
struct counts { int64_t at[N_COUNTS]; };
static struct counts at_start;

static struct counts counts_of(struct db_conn *c)
{
	struct counts n;
	struct problem p;
	for (size_t i = 0; i < N_COUNTS; i++) {
		bool row = true;
		struct db_stmt *s = db_stmt(c, COUNTED[i]);
		db_bind_i64(s, 1, INT64_MIN); /* what leads the key alone decides */
		for (n.at[i] = -1; row; n.at[i]++)
			MUST(db_step(s, &row, &p) == RC_OK);
	}
	return n;
}

/* ---- who may what ---- */

struct guard { struct record_guard g; struct db_conn *c; struct arena *a; };
struct ids { struct record_each e; struct guard *g; struct str *at; unsigned n, most; };

static enum rc ids_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct ids *i = (struct ids *)e;
	if (i->n < i->most)
		i->at[i->n++] = arena_str(i->g->a, row->id);
	return arena_rc(i->g->a, p);
}

static enum rc guard_scope(struct record_guard *g, struct plan *plan, struct record_scope *scope, bool *scoped_r, struct problem *p)
{
	(void)g, (void)plan, (void)p;
	*scope = (struct record_scope){ .within = open_ones, .n = n_open, .house_rows = true };
	*scoped_r = true;
	return RC_OK;
}

static enum rc guard_match(struct record_guard *g, uint16_t type, struct str query, unsigned most, struct str **ids_r, unsigned *n_r, struct problem *p)
{
	struct guard *x = (struct guard *)g;
	struct pairs pairs;
	struct plan *plan = NULL;
	struct record_scope scope;
	struct buf cursor;
	bool scoped;
	int64_t total;
	struct ids ids = { .e = { ids_row }, .g = x, .at = arena_array(x->a, most + 1, sizeof *ids.at), .most = most + 1 };
	buf_init(&cursor, 16384);
	enum rc rc = ids.at ? url_pairs(query, 100, x->a, &pairs, p) : arena_rc(x->a, p);
	if (rc == RC_OK)
		rc = record_plan_parse(x->c, type, &pairs, false, x->a, &plan, p);
	if (rc == RC_OK)
		rc = guard_scope(g, plan, &scope, &scoped, p);
	if (rc == RC_OK) {
		plan->count = most + 1;
		rc = record_search(x->c, plan, &scope, &ids.e, &cursor, &total, p);
	}
	buf_done(&cursor);
	*ids_r = ids.at;
	*n_r = rc == RC_OK ? ids.n : 0;
	return rc;
}

static enum rc guard_touch(struct record_guard *g, int64_t patient, bool created, struct problem *p)
{
	(void)g, (void)created;
	return patient == closed ? problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, NULL, "closed") : RC_OK;
}

static enum rc guard_show(struct record_guard *g, const struct record_row *row, struct str *body_r, struct problem *p)
{
	(void)body_r;
	return guard_touch(g, row->patient, false, p);
}

/* ---- what a run left ---- */

struct made { struct record_changed e; struct arena *a; int64_t txn; uint64_t versions; bool guarded, copies; };

static enum rc made_row(struct record_changed *e, const struct record_row *row, int64_t until_ms, bool *full_r, struct problem *p)
{
	struct made *m = (struct made *)e;
	(void)until_ms, (void)full_r;
	if (row->txn != m->txn)
		return RC_OK;
	m->versions++;
	MUST(!m->guarded || row->patient != closed);
	if (row->deleted)
		return RC_OK;
	const struct json *root = NULL;
	struct fhir_issue *issues = NULL;
	struct str body = arena_str(m->a, row->body);
	uint16_t type = 0;
	if (!body.p)
		return arena_rc(m->a, p);
	enum rc rc = json_parse(body, m->a, &root, p);
	MUST(rc == RC_OK || m->a->failed);
	if (rc == RC_OK) {
		rc = fhir_check(root, m->a, &type, &issues, p);
		MUST(m->a->failed || (rc == RC_OK && type == row->type && str_is(json_get_text(root, "id"), row->id)));
	}
	struct fhir_refs refs = { 0 };
	if (rc == RC_OK)
		rc = fhir_references(root, m->a, &refs, p);
	for (size_t i = 0; rc == RC_OK && i < refs.n && !m->copies; i++)
		MUST(!str_starts(refs.at[i]->text, STR("urn:uuid:")) && !str_starts(refs.at[i]->text, STR("Patient?"))); /* names of the bundle's own are not stored */
	return rc;
}

/* A patch may copy any text of the record to where a reference stands, as it may outside of a bundle: that is not looked into. */
static bool has_copy(const struct record_bundle *b, struct arena *a)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct json *ops = NULL;
		struct problem p;
		if (b->at[i].failed || b->at[i].method != METHOD_PATCH)
			continue;
		if (json_parse(b->at[i].patch, a, &ops, &p) != RC_OK)
			return true;
		for json_each(op, ops)
			if (str_eq(json_get_text(op, "op"), "copy") || str_eq(json_get_text(op, "op"), "move"))
				return true;
	}
	return false;
}

/* Each write that says it was made made one version, and nothing else did. */
static void left_check(struct db_conn *c, int64_t txn, struct record_bundle *b, struct arena *a)
{
	static bool types[65536];
	struct made m = { .e = { made_row }, .a = a, .txn = txn, .guarded = b->guard, .copies = has_copy(b, a) };
	struct record_span span = { .looks = UINT32_MAX, .types = types };
	struct problem p = { 0 };
	int64_t updated = INT64_MAX, rid = INT64_MAX;
	uint64_t versions = 0;
	bool more;
	memset(types, 0, sizeof types);
	for (size_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->at[i];
		MUST(!e->failed || (!b->is_transaction && e->problem.rc != RC_OK && e->problem.rc != RC_BROKEN));
		types[e->type] = true;
		if (e->failed || e->method >= METHOD_GET || (e->done.unchanged && e->method != METHOD_DELETE))
			continue;
		if (e->method != METHOD_DELETE)
			versions++;
		else if (!e->deleted_nothing)
			versions += e->condition && e->condition->n > 1 ? e->condition->n : 1;
	}
	bool many = false; /* of several by one condition, another entry of a batch may have taken some before */
	for (size_t i = 0; i < b->n; i++)
		many |= !b->is_transaction && b->at[i].method == METHOD_DELETE && b->at[i].condition && b->at[i].condition->n > 1;
	if (record_changes(c, &span, &updated, &rid, &m.e, &more, &p) == RC_OK)
		MUST(many ? m.versions <= versions : m.versions == versions);
	else
		MUST(a->failed);
	struct counts n = counts_of(c);
	MUST(n.at[1] == n.at[3] && n.at[3] == n.at[4]); /* live: facts, by type, by time */
	MUST(n.at[0] == n.at[2]);
	static const char *const CLOSED[][2] = { { "Patient", "closed" }, { "Observation", "o3" } };
	for (size_t i = 0; i < 2 && b->guard; i++) { /* nor was what belongs to a closed chart moved out of it */
		struct record_row row;
		MUST(record_read(c, fhir_type_of(str_of(CLOSED[i][0])), str_of(CLOSED[i][1]), &row, &p) == RC_OK && row.version == 1 && row.patient == closed);
	}
}

static void answer_check(struct record_bundle *b, struct str text, struct arena *a)
{
	const struct json *root = NULL;
	struct problem p = { 0 };
	size_t n = 0;
	if (json_parse(text, a, &root, &p) != RC_OK) {
		MUST(p.rc == RC_LIMIT);
		return;
	}
	MUST(str_eq(json_get_text(root, "type"), b->is_transaction ? "transaction-response" : "batch-response"));
	for json_each(e, json_get(root, "entry"))
		MUST(++n <= b->n && json_get_text(json_get(e, "response"), "status").n >= 3);
	MUST(n == b->n && record_bundle_entries(b) == n);
}

/* ---- running ---- */

struct run { struct db_job job; struct record_bundle *bundle; struct arena *a; struct buf out; unsigned how; bool keep, taken; };

static enum rc run_here(struct run *r, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct guard guard = { .g = { guard_match, guard_scope, guard_touch, guard_show }, .c = c, .a = r->a };
	struct record_batch *batch = NULL;
	record_bundle_returns(r->bundle, (enum bundle_returns)(r->how % 3));
	record_bundle_guard(r->bundle, r->how / 3 % 2 ? &guard.g : NULL);
	if (r->how / 6 % 2 && record_bundle_is_plain(r->bundle))
		MUST((batch = record_batch_new()) != NULL);
	if (batch)
		record_bundle_batch(r->bundle, batch);
	enum rc rc = record_bundle_run(c, txn, r->bundle, &r->out, p);
	if (rc == RC_OK && batch)
		rc = record_batch_end(batch, c, p);
	if (batch)
		record_bundle_batch(r->bundle, NULL);
	record_batch_free(&batch);
	r->taken = rc == RC_OK;
	if (rc == RC_OK && !r->keep) {
		left_check(c, txn, r->bundle, r->a);
		answer_check(r->bundle, buf_view(&r->out), r->a);
	}
	record_bundle_guard(r->bundle, NULL);
	return rc;
}

static enum rc run_job(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct run *r = (struct run *)job;
	if (!r->keep) {
		struct counts n = counts_of(c);
		MUST(memcmp(&n, &at_start, sizeof n) == 0); /* the input before left nothing */
	}
	buf_reset(&r->out);
	enum rc rc = run_here(r, c, txn, p);
	return rc == RC_OK && !r->keep ? problem_set(p, RC_CONFLICT, WHY_NONE, NULL, "thrown away") : rc;
}

static enum rc count_job(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct record_row row;
	(void)job, (void)txn;
	at_start = counts_of(c);
	MUST(record_read(c, fhir_type_of(STR("Patient")), STR("closed"), &row, p) == RC_OK);
	closed = row.rid;
	static const char *const OPEN[] = { "p1", "p2", "twin" }; /* in order of their making: sorted */
	for (size_t i = 0; i < 3; i++) {
		MUST(record_read(c, fhir_type_of(STR("Patient")), str_of(OPEN[i]), &row, p) == RC_OK);
		open_ones[n_open++] = row.rid;
	}
	return RC_OK;
}

static void base_end(void)
{
	static const char *const FILES[] = { "base.sqlite", "base.sqlite-wal", "base.sqlite-shm", "keys/instance.key" };
	char path[128];
	db_close(&db);
	for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, FILES[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/keys", dir);
	rmdir(path);
	rmdir(dir);
}

static void base_make(void)
{
	static char path[128];
	struct problem p = { 0 };
	struct arena a;
	snprintf(dir, sizeof dir, "%s/hygie-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	MUST(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/base.sqlite", dir);
	struct db_settings set = { .path = path };
	MUST(db_open(&set, true, &db, &p) == RC_OK);
	atexit(base_end);
	keys_place(dir);
	MUST(record_open(db, &p) == RC_OK);
	arena_init(&a, 16 << 20);
	for (int i = 0; i < 2; i++) {
		struct run r = { .job = { .run = run_job }, .a = &a, .keep = true };
		struct fhir_issue *issues;
		buf_init(&r.out, 1 << 20);
		MUST(record_bundle_prepare(str_of(i ? GONE : SEEDS), &a, &r.bundle, &issues, &p) == RC_OK);
		MUST(db_write_now(db, &r.job, &p) == RC_OK);
		buf_done(&r.out);
	}
	struct db_job count = { .run = count_job };
	MUST(db_write_now(db, &count, &p) == RC_OK);
	arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct run r = { .job = { .run = run_job } };
	struct fhir_issue *issues = NULL;
	struct problem p = { 0 };
	struct arena a;
	if (!db)
		base_make();
	while (r.how < n && (data[n - r.how - 1] == ' ' || data[n - r.how - 1] == '\n'))
		r.how++;
	arena_init(&a, 64 << 20);
	r.a = &a;
	enum rc rc = record_bundle_prepare((struct str){ (const char *)data, n }, &a, &r.bundle, &issues, &p);
	MUST(rc == RC_OK || (p.rc == rc && p.why != WHY_NONE && rc != RC_BROKEN && memchr(p.where, 0, sizeof p.where)));
	if (rc == RC_OK) {
		buf_init(&r.out, 16 << 20);
		rc = db_write_now(db, &r.job, &p);
		MUST(rc != RC_OK && rc != RC_BROKEN && rc != RC_RETRY && p.rc == rc);
		bool taken = r.taken;
		enum why why = p.why;
		MUST(db_write_now(db, &r.job, &p) == rc && r.taken == taken && p.why == why); /* a job may be run again from its beginning */
		buf_done(&r.out);
	}
	arena_done(&a);
	return 0;
}

/* ---- inputs that stay JSON: three of four mutations change one value of the bundle for another ---- */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

static const char *const VALUES[] = { "\"Patient/p1\"", "\"Patient/p2\"", "\"Patient/closed\"", "\"Patient/gone\"", "\"Patient/neuf\"", "\"Observation/o1\"", "\"Observation/o3\"", "\"Patient\"",
	"\"Observation\"", "\"Binary\"", "\"Bundle\"", "\"Patient?identifier=urn:x|1\"", "\"Patient?identifier=urn:x|2\"", "\"Patient?identifier=urn:x|3\"", "\"Patient?identifier=urn:x|9\"",
	"\"Patient?family=seed\"", "\"Observation?subject=Patient/p1\"", "\"Observation?subject=Patient/closed\"", "\"identifier=urn:x|2\"", "\"Patient/p1/_history/1\"", "\"Practitioner/d1\"",
	"\"urn:uuid:11111111-1111-4111-8111-111111111111\"", "\"urn:uuid:21111111-1111-4111-8111-111111111111\"", "\"urn:oid:1.2\"", "\"W/\\\"1\\\"\"", "\"W/\\\"2\\\"\"", "\"*\"", "\"#c\"", "\"DELETE\"", "\"POST\"",
	"\"PUT\"", "\"PATCH\"", "\"GET\"", "\"HEAD\"", "\"batch\"", "\"transaction\"", "\"p1\"", "\"closed\"", "\"1\"", "\"2\"", "\"\"", "\"\\u00e9\"", "\"\\ud83d\\ude00\"", "null", "true", "{}", "[]", "0", "1e9",
	"{\"reference\":\"Patient/p1\"}", "{\"method\":\"DELETE\",\"url\":\"Patient/p1\"}", "{\"method\":\"GET\",\"url\":\"Patient?_id=p1\"}", "[{\"reference\":\"Patient?identifier=urn:x|1\"}]" };
static const char *const MEMBERS[] = { "fullUrl", "ifMatch", "ifNoneMatch", "ifNoneExist", "id", "meta", "contained", "subject", "performer", "identifier", "reference", "link", "active", "url", "method" };

struct nodes { const struct json *at[4096]; size_t n; };

static void nodes_of(struct nodes *all, const struct json *v)
{
	if (all->n == sizeof all->at / sizeof all->at[0])
		return;
	all->at[all->n++] = v;
	for json_each(c, v)
		nodes_of(all, c);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	static struct nodes all;
	struct arena a;
	struct buf out;
	struct problem p;
	const struct json *root = NULL;
	struct str text = { (const char *)data, size };
	size_t n = 0;
	all.n = 0;
	arena_init(&a, 16 << 20);
	if (seed % 4 && size && json_parse(text, &a, &root, &p) == RC_OK)
		nodes_of(&all, root);
	buf_init(&out, most + 1);
	if (all.n) {
		srand(seed);
		const struct json *v = all.at[(size_t)rand() % all.n], *other = all.at[(size_t)rand() % all.n];
		const char *end = text.p + size, *after = v->raw.p + v->raw.n;
		bool in_list = v->kind == JSON_OBJECT || v->kind == JSON_ARRAY;
		int what = rand() % 8;
		buf_put(&out, text.p, (size_t)(v->raw.p - text.p));
		if (what == 0 && v->kind == JSON_OBJECT && v->n) { /* one member more, at its head */
			buf_fmt(&out, "{\"%s\":%s,", MEMBERS[(size_t)rand() % (sizeof MEMBERS / sizeof MEMBERS[0])], VALUES[(size_t)rand() % (sizeof VALUES / sizeof VALUES[0])]);
			buf_put(&out, v->raw.p + 1, v->raw.n - 1);
		} else if (what == 1 && v->kind == JSON_ARRAY && v->n) { /* one of it twice, or two in the other order */
			const struct json *twice = json_at(v, (unsigned)rand() % v->n);
			buf_ch(&out, '[');
			buf_str(&out, twice->raw);
			buf_ch(&out, ',');
			buf_put(&out, v->raw.p + 1, v->raw.n - 1);
		} else if (what == 2 && v->kind == JSON_ARRAY && v->n > 1) { /* one less */
			const struct json *less = json_at(v, (unsigned)rand() % v->n);
			bool any = false;
			buf_ch(&out, '[');
			for json_each(c, v) {
				if (c == less)
					continue;
				if (any)
					buf_ch(&out, ',');
				any = true;
				buf_str(&out, c->raw);
			}
			buf_ch(&out, ']');
		} else if (what < 5) {
			buf_str(&out, other->raw);
		} else if (what < 7 && !in_list) {
			buf_z(&out, VALUES[(size_t)rand() % (sizeof VALUES / sizeof VALUES[0])]);
		} else {
			buf_str(&out, v->raw);
			while (end > after && (end[-1] == '\n' || end[-1] == ' '))
				end--;
		}
		buf_put(&out, after, (size_t)(end - after));
		for (int i = what == 7 ? rand() % 12 : 0; i > 0; i--)
			buf_ch(&out, '\n');
		if (!out.failed && out.n <= most)
			memcpy(data, out.p, n = out.n);
	}
	buf_done(&out);
	arena_done(&a);
	return n ? n : LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, most) : size;
}
