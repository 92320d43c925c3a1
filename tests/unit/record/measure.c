/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.c: figures of the record room on this machine: import with live indexes, first load, reads, searches, bytes.
 * measure DIR live|batch|bulk RESOURCES [JOB]      a tenth of the resources are Patients, the others Observations of them. batch: index rows at the end of
 * each job of JOB resources, as transaction bundles and imports do. With HYGIE_PG in the environment (tests/lib/postgres.py) on that server.
 */
#include "base/clock.h"
#include "base/random.h"
#include "record/keys.h"
#include "record/record.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const FAMILY[] = { "Durand", "Lefèvre", "Martin", "Bernard", "Petit", "Robert", "Richard", "Dubois", "Moreau", "Laurent", "Simon", "Michel", "Garcia", "Roux", "Fournier", "Girard" };
static const char *const GIVEN[] = { "Anne", "Éléonore", "Jean", "Luc", "Marie", "Chloé", "Paul", "Zoé" };
static const struct { const char *code, *display, *unit; int low, span; } CODES[] = {
	{ "8867-4", "Fréquence cardiaque", "/min", 50, 80 }, { "8310-5", "Température corporelle", "Cel", 36, 4 }, { "29463-7", "Poids corporel", "kg", 40, 80 },
	{ "8302-2", "Taille", "cm", 150, 50 }, { "2708-6", "Saturation en oxygène", "%", 88, 12 }, { "2339-0", "Glucose", "mg/dL", 60, 200 },
	{ "718-7", "Hémoglobine", "g/dL", 8, 10 }, { "2160-0", "Créatinine", "mg/dL", 1, 3 }, { "6690-2", "Leucocytes", "10*3/uL", 2, 15 }, { "777-3", "Plaquettes", "10*3/uL", 100, 400 },
};

static void patient_put(struct buf *b, uint64_t no)
{
	struct stream s = stream_of(7, no);
	const char *family = FAMILY[stream_below(&s, 16)], *given = GIVEN[stream_below(&s, 8)];
	int year = 1930 + (int)stream_below(&s, 90), month = 1 + (int)stream_below(&s, 12), day = 1 + (int)stream_below(&s, 28);
	buf_fmt(b, "{\"resourceType\":\"Patient\",\"id\":\"p%llu\",\"identifier\":[{\"use\":\"usual\",\"system\":\"urn:oid:1.2.250.1.213.1.4.8\",\"value\":\"%015llu\"},{\"system\":\"https://hospital.example/ipp\",\"value\":\"%010llu\"}],"
		"\"active\":true,\"name\":[{\"use\":\"official\",\"family\":\"%s%llu\",\"given\":[\"%s\",\"%s\"]}],\"telecom\":[{\"system\":\"phone\",\"value\":\"06%08u\"}],\"gender\":\"%s\",\"birthDate\":\"%04d-%02d-%02d\","
		"\"address\":[{\"use\":\"home\",\"line\":[\"%u rue des Lilas\"],\"city\":\"Lyon\",\"postalCode\":\"690%02u\",\"country\":\"FR\"}]}",
		(unsigned long long)no, (unsigned long long)(no * 7919), (unsigned long long)no, family, (unsigned long long)(no % 5000), given, GIVEN[stream_below(&s, 8)], stream_below(&s, 100000000),
		stream_below(&s, 2) ? "male" : "female", year, month, day, stream_below(&s, 200), stream_below(&s, 10));
}

static void observation_put(struct buf *b, uint64_t no, uint64_t patient)
{
	struct stream s = stream_of(8, no);
	size_t k = stream_below(&s, 10);
	int year = 2015 + (int)stream_below(&s, 11), month = 1 + (int)stream_below(&s, 12), day = 1 + (int)stream_below(&s, 28);
	buf_fmt(b, "{\"resourceType\":\"Observation\",\"id\":\"o%llu\",\"status\":\"final\",\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"%s\"}]}],"
		"\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"%s\",\"display\":\"%s\"}],\"text\":\"%s\"},\"subject\":{\"reference\":\"Patient/p%llu\"},\"encounter\":{\"reference\":\"Encounter/e%llu\"},"
		"\"effectiveDateTime\":\"%04d-%02d-%02dT%02u:%02u:00+01:00\",\"performer\":[{\"reference\":\"Practitioner/d%u\"}],\"valueQuantity\":{\"value\":%u.%u,\"unit\":\"%s\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"%s\"}}",
		(unsigned long long)no, k < 5 ? "vital-signs" : "laboratory", CODES[k].code, CODES[k].display, CODES[k].display, (unsigned long long)patient, (unsigned long long)(patient * 3 + stream_below(&s, 3)),
		year, month, day, stream_below(&s, 24), stream_below(&s, 60), stream_below(&s, 400), (unsigned)CODES[k].low + stream_below(&s, (uint32_t)CODES[k].span), stream_below(&s, 10), CODES[k].unit, CODES[k].unit);
}

/* The n-th resource: each tenth a Patient, then nine Observations of it. */
static void resource_put(struct buf *b, uint64_t n)
{
	buf_reset(b);
	if (n % 10 == 0)
		patient_put(b, n / 10);
	else
		observation_put(b, n, n / 10);
}

static uint16_t type_of(uint64_t n) { return fhir_type_of(n % 10 ? STR("Observation") : STR("Patient")); }
static void id_of(uint64_t n, char out[65]) { snprintf(out, 65, n % 10 ? "o%llu" : "p%llu", (unsigned long long)(n % 10 ? n : n / 10)); }

static void must(enum rc rc, const struct problem *p, const char *what)
{
	if (rc == RC_OK)
		return;
	fprintf(stderr, "%s: rc %d %s where '%s' detail '%s'\n", what, rc, why_row(p->why)->name, p->where, p->detail);
	exit(1);
}

/* Processor seconds of all threads: what the machine's other work does not blur. */
static double cpu(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* ---- live import: prepared on this thread and a helper, put by the writer ---- */

struct load {
	struct db_job job;
	struct arena a;
	struct record_write **w;
	size_t n;
	bool busy;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static uint64_t next_no, of_no;
static size_t per_job = 200;
static bool batched;

static enum rc load_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct load *l = (struct load *)job;
	struct record_batch *b = batched ? record_batch_new() : NULL;
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < l->n; i++) {
		struct record_done d;
		rc = b ? record_batch_put(b, c, txn, l->w[i], NULL, &d, p) : record_put(c, txn, l->w[i], NULL, &d, p);
	}
	if (rc == RC_OK && b)
		rc = record_batch_end(b, c, p);
	if (b)
		record_batch_free(&b);
	return rc;
}

static void load_done(struct db_job *job)
{
	struct load *l = (struct load *)job;
	must(job->rc, &job->problem, "put");
	pthread_mutex_lock(&lock);
	l->busy = false;
	pthread_cond_broadcast(&freed);
	pthread_mutex_unlock(&lock);
}

static struct load *load_next(struct load *loads, size_t n, uint64_t *from)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		if (next_no >= of_no) {
			pthread_mutex_unlock(&lock);
			return NULL;
		}
		for (size_t i = 0; i < n; i++)
			if (!loads[i].busy) {
				loads[i].busy = true;
				*from = next_no;
				next_no += per_job;
				pthread_mutex_unlock(&lock);
				return &loads[i];
			}
		pthread_cond_wait(&freed, &lock);
	}
}

struct feeder { struct db *db; struct load *loads; size_t n; };

static void *feed(void *arg)
{
	struct feeder *f = arg;
	struct buf body;
	uint64_t from;
	struct load *l;
	buf_init(&body, 1u << 20);
	while ((l = load_next(f->loads, f->n, &from))) {
		struct problem p;
		arena_reset(&l->a);
		l->w = arena_array(&l->a, per_job, sizeof *l->w);
		l->n = 0;
		for (uint64_t no = from; no < from + per_job && no < of_no; no++) {
			char id[65];
			struct fhir_issue *issues;
			resource_put(&body, no);
			id_of(no, id);
			struct str text = arena_str(&l->a, buf_view(&body));
			must(record_prepare(text, type_of(no), str_of(id), &l->a, &l->w[l->n++], &issues, &p), &p, "prepare");
		}
		l->job = (struct db_job){ .run = load_run, .done = load_done };
		db_submit(f->db, &l->job);
	}
	buf_done(&body);
	return NULL;
}

static void import_live(struct db *db, uint64_t n)
{
	enum { LOADS = 8 };
	static struct load loads[LOADS];
	struct feeder f = { db, loads, LOADS };
	pthread_t t[2];
	for (size_t i = 0; i < LOADS; i++)
		arena_init(&loads[i].a, 256u << 20);
	uint64_t start = clock_ns(), last = start, at = 0;
	double used = cpu();
	while (at < n) {
		uint64_t to = at + 100000 < n ? at + 100000 : n;
		next_no = at;
		of_no = to;
		for (int i = 0; i < 2; i++)
			pthread_create(&t[i], NULL, feed, &f);
		for (int i = 0; i < 2; i++)
			pthread_join(t[i], NULL);
		pthread_mutex_lock(&lock);
		for (size_t i = 0; i < LOADS; i++)
			while (loads[i].busy)
				pthread_cond_wait(&freed, &lock);
		pthread_mutex_unlock(&lock);
		uint64_t now = clock_ns();
		printf("live %8llu: %6.0f/s (all: %6.0f/s, %.1f us of processor each)\n", (unsigned long long)to, (double)(to - at) * 1e9 / (double)(now - last), (double)to * 1e9 / (double)(now - start),
			(cpu() - used) * 1e6 / (double)(to - at));
		used = cpu();
		fflush(stdout);
		last = now;
		at = to;
	}
}

static void import_bulk(struct db *db, uint64_t n)
{
	struct record_bulk *k = NULL;
	struct problem p;
	struct buf body;
	buf_init(&body, 1u << 20);
	uint64_t start = clock_ns();
	double used = cpu();
	must(record_bulk_open(db, &k, &p), &p, "open");
	for (uint64_t i = 0; i < n; i++) {
		char id[65];
		resource_put(&body, i);
		id_of(i, id);
		must(record_bulk_put(k, type_of(i), str_of(id), buf_view(&body), 1700000000000 + (int64_t)i, &p), &p, "put");
	}
	uint64_t fed = clock_ns();
	double used_fed = cpu();
	must(record_bulk_end(&k, NULL, &p), &p, "end");
	uint64_t end = clock_ns();
	printf("bulk %llu: %.0f/s (fed in %.1f s, merged in %.1f s)\n", (unsigned long long)n, (double)n * 1e9 / (double)(end - start), (double)(fed - start) / 1e9, (double)(end - fed) / 1e9);
	printf("processor: %.1f us each fed, %.1f us each merged\n", (used_fed - used) * 1e6 / (double)n, (cpu() - used_fed) * 1e6 / (double)n);
	buf_done(&body);
}

/* ---- reads and searches ---- */

struct count { struct record_each e; unsigned n; };
static enum rc count_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	(void)row, (void)p;
	((struct count *)e)->n++;
	return RC_OK;
}

static int u64_cmp(const void *a, const void *b) { return *(const uint64_t *)a < *(const uint64_t *)b ? -1 : *(const uint64_t *)a > *(const uint64_t *)b; }

static void search(struct db_conn *c, const char *type, const char *query)
{
	enum { N = 200 };
	static uint64_t ns[N];
	struct arena a;
	struct problem p;
	unsigned hits = 0;
	int64_t total = -1;
	arena_init(&a, 1u << 20);
	int n = 0;
	uint64_t begun = clock_ns();
	double used = cpu();
	for (; n < N && (n < 5 || clock_ns() - begun < 2000000000u); n++) {
		struct pairs pairs;
		struct plan *plan;
		struct buf cursor;
		struct count k = { .e = { count_row } };
		arena_reset(&a);
		buf_init(&cursor, 16384);
		uint64_t from = clock_ns();
		must(db_begin(c, &p), &p, "begin");
		must(url_pairs(str_of(query), 50, &a, &pairs, &p), &p, query);
		must(fhir_plan_parse(fhir_type_of(str_of(type)), &pairs, &a, &plan, &p), &p, query);
		enum rc rc = record_search(c, plan, NULL, &k.e, &cursor, &total, &p);
		db_end(c);
		ns[n] = clock_ns() - from;
		hits = k.n;
		buf_done(&cursor);
		if (rc != RC_OK) {
			printf("  %-12s %-70s refused: %s\n", type, query, why_row(p.why)->name);
			arena_done(&a);
			return;
		}
	}
	qsort(ns, (size_t)n, sizeof *ns, u64_cmp);
	printf("  %-12s %-70s %3u hits, total %7lld, processor %8.1f us, median %8.1f us, p99 %8.1f us\n", type, query, hits, (long long)total, (cpu() - used) * 1e6 / n, (double)ns[n / 2] / 1e3, (double)ns[n - 1 - n / 100] / 1e3);
	arena_done(&a);
}

static void reads(struct db *db, uint64_t n)
{
	struct db_conn *c = NULL;
	struct problem p;
	struct stream s = stream_of(1, 1);
	enum { R = 200000 };
	must(db_reader(db, &c, &p), &p, "reader");
	for (int pass = 0; pass < 2; pass++) {
		double used = cpu();
		for (int i = 0; i < R; i++) {
			char id[65];
			struct record_row row;
			uint64_t no = stream_below(&s, (uint32_t)n);
			id_of(no, id);
			must(db_begin(c, &p), &p, "begin");
			must(record_read(c, type_of(no), str_of(id), &row, &p), &p, "read");
			db_end(c);
		}
		if (pass)
			printf("read by id, one snapshot each: %.2f us\n", (cpu() - used) / R * 1e6);
	}
	search(c, "Observation", "subject=Patient/p12");
	search(c, "Observation", "patient=Patient/p12&code=http://loinc.org|8867-4");
	search(c, "Observation", "patient=p12&_sort=-date");
	search(c, "Observation", "code=8867-4");
	search(c, "Observation", "code=http://loinc.org|8867-4&date=ge2025-06-01");
	search(c, "Observation", "code=8867-4,8310-5&date=2024-05-17");
	search(c, "Observation", "date=2024-05-17");
	search(c, "Observation", "date=ge2025-12-20");
	search(c, "Observation", "category=laboratory&_sort=-date");
	search(c, "Observation", "code-value-quantity=http://loinc.org|8867-4$gt128");
	search(c, "Observation", "value-quantity=gt490");
	search(c, "Observation", "value-quantity=100|http://unitsofmeasure.org|kg");
	search(c, "Observation", "_lastUpdated=gt2020-01-01");
	search(c, "Observation", "code=8867-4&category=laboratory");
	search(c, "Observation", "code=8867-4&_total=accurate");
	search(c, "Observation", "encounter=Encounter/e37");
	search(c, "Observation", "subject:Patient.identifier=0000000012");
	search(c, "Observation", "code:text=glucose");
	search(c, "Patient", "family=durand12");
	search(c, "Patient", "name=lef&birthdate=1957-02-14");
	search(c, "Patient", "birthdate=ge1990&gender=female&family=martin");
	search(c, "Patient", "identifier=https://hospital.example/ipp|0000000012");
	search(c, "Patient", "phone=0612345678");
	search(c, "Patient", "_sort=birthdate");
	search(c, "Patient", "_sort=-birthdate&gender=male");
	search(c, "Patient", "family:contains=urand&gender=male");
	search(c, "Patient", "_summary=count");
	search(c, "Patient", "gender=male&_summary=count");
	db_reader_close(&c);
}

static void memory(const char *when)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "RssAnon", 7) == 0 || strncmp(line, "VmHWM", 5) == 0)
			printf("%s %s", when, line);
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "measure DIR live|batch|bulk|read RESOURCES [JOB]\n");
		return 2;
	}
	char path[4096];
	struct db *db = NULL;
	struct problem p;
	uint64_t n = strtoull(argv[3], NULL, 10);
	if (argc > 4)
		per_job = strtoull(argv[4], NULL, 10);
	const char *server = getenv("HYGIE_PG");
	if (server && server[0])
		snprintf(path, sizeof path, "%s", server);
	else
		snprintf(path, sizeof path, "%s/measure.db", argv[1]);
	keys_place(argv[1]);
	batched = strcmp(argv[2], "batch") == 0;
	struct db_settings set = { .path = path, .writer_cache_bytes = 128u << 20 };
	must(db_open(&set, true, &db, &p), &p, "open");
	must(record_open(db, &p), &p, "vocabulary");
	if (batched || strcmp(argv[2], "live") == 0)
		import_live(db, n);
	else if (strcmp(argv[2], "bulk") == 0)
		import_bulk(db, n);
	memory("loaded");
	db_close(&db);
	struct stat st;
	if (stat(path, &st) == 0)
		printf("%.0f bytes a resource\n", (double)st.st_size / (double)n);
	set.writer_cache_bytes = 0;
	must(db_open(&set, true, &db, &p), &p, "open");
	must(record_open(db, &p), &p, "vocabulary");
	reads(db, n);
	memory("read");
	db_close(&db);
	return 0;
}
