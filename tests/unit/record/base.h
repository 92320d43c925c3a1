/* SPDX-License-Identifier: Apache-2.0 */
/* base.h: a fresh base in a directory of its own, and short ways to put, read and search in it. For the tests of db and record. */
#ifndef HYGIE_TEST_RECORD_BASE_H
#define HYGIE_TEST_RECORD_BASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "record/keys.h"
#include "record/record.h"
#include "test_base.h"

struct base { char dir[64], path[TEST_BASE_PATH]; struct db *db; struct db_conn *c; struct arena a; };

static inline void ok_(enum rc rc, const struct problem *p, const char *what, int line)
{
	if (rc != RC_OK)
		fail_msg("line %d: %s: rc %d %s where '%s' detail '%s'", line, what, rc, why_row(p->why)->name, p->where, p->detail);
}
#define OK(call) do { struct problem p_ = { 0 }; struct problem *pp = &p_; ok_((call), pp, #call, __LINE__); } while (0)

static inline void base_reopen(struct base *b)
{
	struct db_settings set = { .path = b->path };
	db_reader_close(&b->c);
	db_close(&b->db);
	OK(db_open(&set, true, &b->db, pp));
	keys_place(b->dir);
	OK(record_open(b->db, pp));
	OK(db_reader(b->db, &b->c, pp));
}

static inline void base_new(struct base *b)
{
	*b = (struct base){ 0 };
	snprintf(b->dir, sizeof b->dir, "/tmp/hygie-test-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	test_base_at(b->dir, b->path);
	arena_init(&b->a, 64u << 20);
	base_reopen(b);
}

static inline void base_end(struct base *b)
{
	db_reader_close(&b->c);
	db_close(&b->db);
	test_base_gone(b->path);
	test_folder_gone(b->dir);
	arena_done(&b->a);
}

static inline uint16_t T(const char *type) { uint16_t t = fhir_type_of(str_of(type)); assert_int_not_equal(t, 0); return t; }

/* ---- writes ---- */

struct put_job { struct db_job job; struct record_write *w; struct record_if cond; struct record_done done; uint16_t type; const char *id; };

static inline enum rc put_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct put_job *j = (struct put_job *)job;
	return j->w ? record_put(c, txn, j->w, &j->cond, &j->done, p) : record_delete(c, txn, j->type, str_of(j->id), &j->cond, &j->done, p);
}

static inline enum rc try_put(struct base *b, const char *body, const char *id, struct record_if cond, struct record_done *d, struct problem *p)
{
	struct put_job j = { .job = { .run = put_run }, .cond = cond };
	struct fhir_issue *issues = NULL;
	struct str text = arena_str(&b->a, str_of(body));
	const struct json *root = NULL;
	enum rc rc = json_parse(text, &b->a, &root, p);
	if (rc == RC_OK)
		rc = record_prepare(text, fhir_type_of(json_get_text(root, "resourceType")), str_of(id), &b->a, &j.w, &issues, p);
	if (rc == RC_OK)
		rc = db_write_now(b->db, &j.job, p);
	if (d)
		*d = j.done;
	return rc;
}

static inline struct record_done put(struct base *b, const char *id, const char *body)
{
	struct record_done d;
	struct problem p = { 0 };
	enum rc rc = try_put(b, body, id, (struct record_if){ .revive = true }, &d, &p);
	ok_(rc, &p, body, 0);
	return d;
}

static inline enum rc try_delete(struct base *b, const char *type, const char *id, struct record_if cond, struct problem *p)
{
	struct put_job j = { .job = { .run = put_run }, .cond = cond, .type = T(type), .id = id };
	return db_write_now(b->db, &j.job, p);
}

/* ---- searches: ids in order, joined by blanks ---- */

struct ids { struct record_each e; char text[8192]; };
static inline enum rc ids_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct ids *i = (struct ids *)e;
	(void)p;
	size_t n = strlen(i->text);
	snprintf(i->text + n, sizeof i->text - n, "%s%.*s", n ? " " : "", STR_ARG(row->id));
	return RC_OK;
}

struct found { struct ids ids; int64_t total; char cursor[8192]; };
static inline enum rc try_search(struct base *b, const char *type, const char *query, const struct record_scope *scope, const char *cursor, struct found *f, struct problem *p)
{
	struct pairs pairs;
	struct plan *plan = NULL;
	struct buf next;
	*f = (struct found){ .ids = { .e = { ids_row } } };
	buf_init(&next, 8000);
	OK(db_begin(b->c, pp));
	enum rc rc = url_pairs(arena_str(&b->a, str_of(query)), 50, &b->a, &pairs, p);
	if (rc == RC_OK)
		rc = record_plan_parse(b->c, T(type), &pairs, false, &b->a, &plan, p);
	if (rc == RC_OK) {
		plan->cursor = str_of(cursor);
		rc = record_search(b->c, plan, scope, &f->ids.e, &next, &f->total, p);
	}
	db_end(b->c);
	memcpy(f->cursor, next.p ? next.p : "", next.n);
	f->cursor[next.n] = '\0';
	buf_done(&next);
	return rc;
}

static inline int word_cmp(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static inline void sort_words(char *text)
{
	char copy[8192], *word[1000];
	size_t n = 0, at = 0;
	snprintf(copy, sizeof copy, "%s", text);
	for (char *w = copy; w && *w && n < 1000;) {
		char *blank = strchr(w, ' ');
		if (blank)
			*blank = '\0';
		word[n++] = w;
		w = blank ? blank + 1 : NULL;
	}
	qsort(word, n, sizeof *word, word_cmp);
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, 8192 - at, "%s%s", i ? " " : "", word[i]);
}

static inline void finds_(struct base *b, const char *type, const char *query, const char *ids, bool ordered, int line)
{
	struct found f;
	struct problem p = { 0 };
	enum rc rc = try_search(b, type, query, NULL, "", &f, &p);
	if (rc != RC_OK)
		fail_msg("line %d: %s?%s: rc %d %s '%s'", line, type, query, rc, why_row(p.why)->name, p.where);
	if (!ordered)
		sort_words(f.ids.text);
	if (strcmp(f.ids.text, ids) != 0)
		fail_msg("line %d: %s?%s found '%s', not '%s'", line, type, query, f.ids.text, ids);
}
#define FINDS(b, type, query, ids) finds_((b), (type), (query), (ids), false, __LINE__)
#define FINDS_IN_ORDER(b, type, query, ids) finds_((b), (type), (query), (ids), true, __LINE__)

static inline void refused_(struct base *b, const char *type, const char *query, enum why why, int line)
{
	struct found f;
	struct problem p = { 0 };
	enum rc rc = try_search(b, type, query, NULL, "", &f, &p);
	if (rc == RC_OK || p.why != why)
		fail_msg("line %d: %s?%s: rc %d %s", line, type, query, rc, why_row(p.why)->name);
}
#define REFUSED(b, type, query, why) refused_((b), (type), (query), WHY_##why, __LINE__)

static inline void whole(struct base *b)
{
	uint64_t n = 99;
	OK(record_check(b->db, NULL, &n, pp));
	assert_int_equal(n, 0);
	OK(db_check(b->db, pp));
	if (!test_base_is_server())
		return;
	/* rows and facts lie with the patient of their resource */
	static const char *const OF_PATIENT[] = { "by_token", "by_string", "by_date", "by_date_end", "by_number", "by_reference", "by_uri", "by_veiled", "facts" };
	for (size_t i = 0; i < sizeof OF_PATIENT / sizeof OF_PATIENT[0]; i++) {
		char sql[300];
		snprintf(sql, sizeof sql, "SELECT count(*) FROM %s t WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.rid=t.rid AND r.patient=t.patient)", OF_PATIENT[i]);
		if (test_base_number(b->path, sql))
			fail_msg("%s: rows that lie with another patient than their resource", OF_PATIENT[i]);
	}
}
#endif
