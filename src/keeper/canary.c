/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/canary.c: plants canary patients in a base, and says how long the longest stretch without one is. A run that was stopped or cut goes on when called
 * again: what stands is counted, and only what is missing is made. Must never print, log or write in clear which they are. Start at keeper_canary_plant.
 */
#include "keeper/canary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "hospital/canary.h"
#include "keeper/base_dir.h"

#define ROWS_MAX ((size_t)4 << 30)
#define NAMES_MAX (64u << 20)
#define FAMILY_LEAST 300   /* births of the name in a century: some 30,000 names */
#define GIVEN_LEAST 3000   /* some 1,800 */
#define DAY_MS INT64_C(86400000)

/* ---- names ---- */

static int
by_letters(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static struct str
letters_of(struct arena *a, struct str name)
{
	struct str all = canary_name(a, name, STR_NONE); /* "letters " */

	MUST(all.n > 0);
	all.n--;
	return all;
}

void
canary_names_of(const struct reference *families, const struct reference *given, struct arena *a, struct canary_names *n_r)
{
	struct canary_family *f = arena_array(a, families->rows, sizeof *f);
	struct canary_given *g = arena_array(a, given->rows, sizeof *g);
	size_t n_f = 0, n_g = 0, kept = 0;

	MUST(f != NULL && g != NULL);
	for (size_t r = 1; r < families->rows; r++)
		if (reference_number(families, r, 1) >= FAMILY_LEAST)
			f[n_f++] = (struct canary_family){ letters_of(a, reference_cell(families, r, 0)), reference_cell(families, r, 0) };
	for (size_t r = 1; r < given->rows; r++)
		if (reference_number(given, r, 2) >= GIVEN_LEAST && reference_cell(given, r, 1).n > 2)
			g[n_g++] = (struct canary_given){ letters_of(a, reference_cell(given, r, 1)), reference_cell(given, r, 1), reference_cell(given, r, 0).p[0] };
	qsort(f, n_f, sizeof *f, by_letters);
	qsort(g, n_g, sizeof *g, by_letters);
	for (size_t i = 0; i < n_f; i++)
		if (f[i].letters.n > 0 && (kept == 0 || !str_is(f[kept - 1].letters, f[i].letters)))
			f[kept++] = f[i];
	n_f = kept;
	kept = 0;
	for (size_t i = 0; i < n_g; i++)
		if (g[i].letters.n > 0 && (kept == 0 || !str_is(g[kept - 1].letters, g[i].letters)))
			g[kept++] = g[i];
	*n_r = (struct canary_names){ f, n_f, g, kept };
}

/* ---- one run ---- */

struct planting {
	struct base_dir dir;
	struct db *db;
	struct arena rows_of, names_of;
	struct reference families, given, streets, communes;
	struct draw street, home, birth;
	struct canary_names names;
	struct map64 canaries;
	struct canary_row *rows; size_t n_rows;
	struct canary_new *new; size_t n_new;
	const char *domain;
	struct stream s;
};

static enum rc
look(struct planting *k, struct problem *p)
{
	struct db_conn *c = NULL;
	enum rc rc = db_reader(k->db, &c, p);

	map64_done(&k->canaries);
	map64_init(&k->canaries);
	free(k->rows);
	k->rows = NULL;
	arena_reset(&k->rows_of);
	if (rc == RC_OK && (rc = db_begin(c, p)) == RC_OK) {
		rc = canary_list(c, &k->canaries, p);
		if (rc == RC_OK)
			rc = canary_rows(c, &k->canaries, &k->rows_of, &k->rows, &k->n_rows, p);
		db_end(c);
	}
	if (c != NULL)
		db_reader_close(&c);
	return rc;
}

static enum rc
tables(struct planting *k, const char *data_dir, struct problem *p)
{
	const struct { const char *file; struct reference *t; } all[] = { { "identites/noms.tsv", &k->families }, { "identites/prenoms.tsv", &k->given }, { "identites/voies.tsv", &k->streets }, { "lieux/communes.tsv", &k->communes } };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		enum rc rc = reference_read(data_dir, all[i].file, all[i].t, p);
		if (rc != RC_OK)
			return rc;
	}
	draw_title_case(&k->given, 1);
	canary_names_of(&k->families, &k->given, &k->names_of, &k->names);
	int type = reference_column(&k->communes, "type"), people = reference_column(&k->communes, "population");
	for (uint32_t r = 1; r < k->streets.rows; r++)
		draw_add(&k->street, r, reference_number(&k->streets, r, 2));
	for (uint32_t r = 1; r < k->communes.rows; r++) {
		if (!str_eq(reference_cell(&k->communes, r, (unsigned)type), "COM"))
			continue;
		draw_add(&k->birth, r, reference_number(&k->communes, r, (unsigned)people));
		if (reference_cell(&k->communes, r, 6).n >= 5)
			draw_add(&k->home, r, reference_number(&k->communes, r, (unsigned)people));
	}
	return RC_OK;
}

struct batch { struct db_job job; struct planting *k; size_t from, n; };

/* Telephone numbers of the ranges that are kept free for fiction; a street and a town that exist; no more than three of four have a mail. */
static enum rc
one_body(struct planting *k, struct db_conn *c, const struct canary_new *new, struct buf *out, struct problem *p)
{
	static const char *const prefixes[] = { "06 39 98", "06 39 98", "06 39 98", "01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49" };
	const struct canary_given *given = &k->names.given[new->given];
	const struct canary_family *family = &k->names.family[new->family];
	uint32_t home = draw_pick(&k->home, &k->s), birth = draw_pick(&k->birth, &k->s), street = draw_pick(&k->street, &k->s);
	char line[160], phone[20], mail[200];
	struct str rest;

	snprintf(line, sizeof line, "%u %.*s %.*s", 1 + stream_below(&k->s, 180), STR_ARG(reference_cell(&k->streets, street, 0)), STR_ARG(reference_cell(&k->streets, street, 1)));
	snprintf(phone, sizeof phone, "%s %02u %02u", prefixes[stream_below(&k->s, 8)], stream_below(&k->s, 100), stream_below(&k->s, 100));
	snprintf(mail, sizeof mail, "%.*s.%.*s%u@%s", STR_ARG(given->letters), STR_ARG(family->letters), stream_below(&k->s, 100), k->domain);
	struct canary_person who = { .family = family->shown, .given = given->shown, .sex = given->sex, .born = new->born,
		.birth_code = reference_cell(&k->communes, birth, 0), .birth_city = reference_cell(&k->communes, birth, 1), .line = str_of(line), .city = reference_cell(&k->communes, home, 1),
		.postal = str_cut(reference_cell(&k->communes, home, 6), ' ', &rest), .phone = str_of(phone), .mail = stream_below(&k->s, 100) < 75 ? str_of(mail) : STR_NONE };
	return canary_body(c, &who, out, p);
}

static enum rc
one(struct planting *k, struct db_conn *c, int64_t txn, const struct canary_new *new, struct arena *a, int64_t *patient_r, struct problem *p)
{
	struct record_if cond = { .none_exists = true };
	struct record_write *w = NULL;
	struct fhir_issue *issues = NULL;
	struct record_done d;
	struct buf body;

	buf_init(&body, 65536);
	enum rc rc = one_body(k, c, new, &body, p);
	if (rc == RC_OK)
		rc = record_prepare(arena_str(a, buf_view(&body)), fhir_type_of(STR("Patient")), str_of(new->id), a, &w, &issues, p);
	if (rc == RC_OK)
		rc = record_put(c, txn, w, &cond, &d, p);
	if (rc == RC_OK)
		*patient_r = d.rid;
	buf_done(&body);
	return rc;
}

static enum rc
put_batch(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct batch *b = (struct batch *)job;
	int64_t patients[CANARY_BATCH];
	struct arena a;
	enum rc rc = RC_OK;

	arena_init(&a, 64u << 20);
	for (size_t i = 0; i < b->n && rc == RC_OK; i++)
		rc = one(b->k, c, txn, &b->k->new[b->from + i], &a, &patients[i], p);
	if (rc == RC_OK)
		rc = canary_keep(c, patients, b->n, p);
	arena_done(&a);
	return rc;
}

static enum rc
plant(struct planting *k, struct keeper_progress *g, struct problem *p)
{
	enum rc rc = RC_OK;

	for (size_t at = 0; at < k->n_new && rc == RC_OK; at += CANARY_BATCH) {
		struct batch b = { { .run = put_batch }, k, at, k->n_new - at < CANARY_BATCH ? k->n_new - at : CANARY_BATCH };
		rc = db_write_now(k->db, &b.job, p);
		if (g != NULL)
			g->at(g, "canaries", at + b.n, k->n_new);
		if (rc == RC_OK && g != NULL && g->stop)
			rc = problem_set(p, RC_RETRY, WHY_STOPPED, "canary", "after %zu", at + b.n);
	}
	return rc;
}

static enum rc
open_base(struct planting *k, const char *root, struct problem *p)
{
	*k = (struct planting){ .dir.dir.lock_fd = -1 };
	map64_init(&k->canaries);
	arena_init(&k->rows_of, ROWS_MAX);
	arena_init(&k->names_of, NAMES_MAX);
	k->s = stream_of(random_u64(), 0);
	enum rc rc = base_dir_have(root, &k->dir, p);
	return rc == RC_OK ? base_dir_open(&k->dir, false, &k->db, p) : rc;
}

static void
done(struct planting *k)
{
	struct reference *all[] = { &k->families, &k->given, &k->streets, &k->communes };

	db_close(&k->db);
	base_dir_close(&k->dir, true);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		reference_done(all[i]);
	draw_done(&k->street);
	draw_done(&k->home);
	draw_done(&k->birth);
	map64_done(&k->canaries);
	free(k->rows);
	free(k->new);
	arena_done(&k->rows_of);
	arena_done(&k->names_of);
}

static enum rc
count(struct planting *k, struct keeper_canaries *n_r, struct problem *p)
{
	enum rc rc = look(k, p);

	if (rc == RC_OK)
		rc = canary_gaps(k->rows, k->n_rows, n_r->gap, p);
	n_r->people = k->n_rows - k->canaries.n;
	n_r->canaries = k->canaries.n;
	return rc;
}

enum rc
keeper_canary_plant(const char *root, const char *data_dir, const char *domain, struct keeper_progress *g, struct keeper_canaries *n_r, struct problem *p)
{
	struct planting k;
	enum rc rc = open_base(&k, root, p);

	*n_r = (struct keeper_canaries){ .people = 0 };
	k.domain = domain;
	if (rc == RC_OK)
		rc = tables(&k, data_dir, p);
	if (rc == RC_OK)
		rc = look(&k, p);
	if (rc == RC_OK)
		rc = canary_place(k.rows, k.n_rows, &k.names, (int32_t)(clock_ms() / DAY_MS), random_u64(), &k.new, &k.n_new, p);
	if (rc == RC_OK)
		rc = plant(&k, g, p);
	if (rc == RC_OK)
		rc = count(&k, n_r, p);
	n_r->planted = k.n_new;
	if (rc == RC_OK && k.n_new > 0) {
		db_close(&k.db);
		rc = base_dir_mark(&k.dir, "canary_plant", p);
	}
	done(&k);
	return rc;
}

enum rc
keeper_canary_check(const char *root, struct keeper_canaries *n_r, struct problem *p)
{
	struct planting k;
	enum rc rc = open_base(&k, root, p);

	*n_r = (struct keeper_canaries){ .people = 0 };
	if (rc == RC_OK)
		rc = count(&k, n_r, p);
	done(&k);
	return rc;
}
