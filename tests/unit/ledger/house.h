/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger's tests share: a directory of their own, entries that are easy to know again, whole files in memory. */
#ifndef HYGIE_TEST_LEDGER_HOUSE_H
#define HYGIE_TEST_LEDGER_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/ledger.h"

#define CASE(sentence, function) { (sentence), (function), NULL, NULL, NULL }
#define COUNT(table) (sizeof(table) / sizeof (table)[0])
#define SMALL (64u << 10) /* the smallest segment: rolls over after some 250 entries */

#define DIR_MAX 128
static inline void
dir_make(char dir[DIR_MAX])
{
	const char *base = getenv("TMPDIR");
	assert_true(snprintf(dir, DIR_MAX, "%s/hygie-ledger-XXXXXX", base ? base : "/tmp") < DIR_MAX);
	assert_non_null(mkdtemp(dir));
}

static inline void
dir_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *one;

	assert_non_null(d);
	while ((one = readdir(d)))
		(void)unlinkat(dirfd(d), one->d_name, 0);
	closedir(d);
}

static inline void
dir_remove(const char *dir)
{
	dir_empty(dir);
	assert_int_equal(rmdir(dir), 0);
}

static inline int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

/* With all that lies below. */
static inline void
tree_of_files_remove(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
dir_copy(const char *from, const char *to)
{
	DIR *d = opendir(from);
	int to_fd = open(to, O_RDONLY | O_DIRECTORY);
	struct dirent *one;
	static char bytes[1 << 20];

	assert_non_null(d);
	dir_empty(to);
	while ((one = readdir(d))) {
		struct stat st;
		if (fstatat(dirfd(d), one->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
			continue;
		int in = openat(dirfd(d), one->d_name, O_RDONLY), out = openat(to_fd, one->d_name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		ssize_t n;
		assert_true(in >= 0 && out >= 0);
		while ((n = read(in, bytes, sizeof bytes)) > 0)
			assert_int_equal(write(out, bytes, (size_t)n), n);
		close(in);
		close(out);
	}
	close(to_fd);
	closedir(d);
}

static inline struct ledger *
open_at(const char *dir, uint64_t segment_bytes)
{
	struct ledger_settings s = { .dir = dir, .segment_bytes = segment_bytes };
	struct ledger *l = NULL;
	struct problem p = { 0 };

	if (ledger_open(&s, &l, &p) != RC_OK) {
		print_error("open: %s: %s\n", p.where, p.detail);
		fail();
	}
	return l;
}

static inline enum rc
open_fails(const char *dir, struct problem *p)
{
	struct ledger_settings s = { .dir = dir, .segment_bytes = SMALL };
	struct ledger *l = NULL;
	enum rc rc = ledger_open(&s, &l, p);

	if (rc == RC_OK)
		ledger_close(&l);
	return rc;
}

static inline uint64_t
add(struct ledger *l, uint64_t mark)
{
	struct ledger_patient patients[2] = { { .patient = (int64_t)mark, .explain = EXPLAIN_UNIT, .tier = TIER_CLINICAL, .draw = true }, { .patient = 7, .explain = EXPLAIN_AUTHOR, .tier = TIER_IDENTITY } };
	struct ledger_entry e = { .kind = LEDGER_RELEASE, .surface = 1, .tier = TIER_CLINICAL, .reveals = REVEALS_ONE_PATIENT, .rows = (uint32_t)mark, .draws = 1, .about = mark,
		.route = STR("/patient/:patient"), .note = STR("read"), .account = 3, .session = mark, .unit = STR("CARDIO"), .from = STR("10.1.2.3"), .patients = patients, .n_patients = 2 };
	struct problem p = { 0 };

	if (ledger_append(l, &e, &p) != RC_OK) {
		print_error("append: %s: %s\n", p.where, p.detail);
		return 0;
	}
	return e.number;
}

/* n entries, the last one durable. */
static inline uint64_t
add_many(struct ledger *l, unsigned n)
{
	uint64_t last = 0;

	for (unsigned i = 0; i < n; i++)
		assert_true((last = add(l, 1000 + i)) != 0);
	assert_true(ledger_sync(l, last));
	return last;
}

struct count { struct ledger_each each; uint64_t n, first, last, erased; int64_t at_ms; bool back; };
static inline bool
count_entry(struct ledger_each *each, const struct ledger_entry *e)
{
	struct count *c = (struct count *)each;

	if (!c->n)
		c->first = e->number;
	c->back = c->back || (c->n && (e->at_ms < c->at_ms || e->number != c->last + 1));
	c->last = e->number;
	c->at_ms = e->at_ms;
	c->erased += e->erased;
	c->n++;
	return true;
}

static inline struct count
read_from(struct ledger *l, uint64_t first)
{
	struct count c = { .each = { count_entry } };
	struct problem p = { 0 };

	if (ledger_read(l, first, &c.each, &p) != RC_OK) {
		print_error("read: %s: %s\n", p.where, p.detail);
		fail();
	}
	assert_false(c.back);
	return c;
}

static inline struct ledger_verdict
verdict_on(const char *dir, const char *pub, uint64_t at_least)
{
	struct ledger_verdict v = { 0 };
	struct problem p = { 0 };

	if (ledger_verify(dir, pub, at_least, &v, &p) != RC_OK) {
		print_error("verify: %s: %s\n", p.where, p.detail);
		fail();
	}
	return v;
}

static inline void
verify_good(const char *dir)
{
	struct ledger_verdict v = verdict_on(dir, NULL, 0);

	if (!v.good) {
		print_error("entry %llu of %llu: %s\n", (unsigned long long)v.first_bad, (unsigned long long)v.entries, v.what);
		fail();
	}
}

struct file { unsigned char *p; size_t n; };
static inline struct file
file_get(const char *dir, const char *name)
{
	char path[2 * DIR_MAX];
	struct stat st;
	struct file f;

	assert_true(snprintf(path, sizeof path, "%s/%s", dir, name) < (int)sizeof path);
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	f.n = (size_t)st.st_size;
	f.p = malloc(f.n + 1);
	assert_non_null(f.p);
	assert_int_equal(read(fd, f.p, f.n), (ssize_t)f.n);
	close(fd);
	return f;
}

static inline void
file_put(const char *dir, const char *name, const void *p, size_t n)
{
	char path[2 * DIR_MAX];

	assert_true(snprintf(path, sizeof path, "%s/%s", dir, name) < (int)sizeof path);
	(void)unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (ssize_t)n);
	close(fd);
}

/* Only some bytes of it, in place. */
static inline void
file_poke(const char *dir, const char *name, size_t at, const void *p, size_t n)
{
	char path[2 * DIR_MAX];

	assert_true(snprintf(path, sizeof path, "%s/%s", dir, name) < (int)sizeof path);
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, p, n, (off_t)at), (ssize_t)n);
	close(fd);
}
#endif
