/* SPDX-License-Identifier: Apache-2.0 */
/* test_base.c: see test_base.h. */
#include "test_base.h"

#include <ftw.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what, const char *said)
{
	fprintf(stderr, "# %s: %s\n", what, said);
	abort();
}

bool test_base_is_server(void)
{
	const char *at = getenv("HYGIE_PG");
	return at && at[0];
}

static PGconn *connect_to(const char *url)
{
	PGconn *h = PQconnectdb(url);
	if (PQstatus(h) != CONNECTION_OK)
		die("connect", PQerrorMessage(h));
	return h;
}

static void server(const char *sql)
{
	PGconn *h = connect_to(getenv("HYGIE_PG"));
	PGresult *r = PQexec(h, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		die(sql, PQerrorMessage(h));
	PQclear(r);
	PQfinish(h);
}

void test_base_at(const char *dir, char path[TEST_BASE_PATH])
{
	static unsigned count;
	char sql[100], name[40];
	if (!test_base_is_server()) {
		snprintf(path, TEST_BASE_PATH, "%s/test.db", dir);
		return;
	}
	snprintf(name, sizeof name, "t%ld_%u", (long)getpid(), ++count);
	snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE template0", name);
	server(sql);
	/* postgresql://user@/postgres?host=… */
	const char *url = getenv("HYGIE_PG"), *at = strstr(url, "@/"), *question = strchr(url, '?');
	if (!at || !question)
		die("HYGIE_PG", "postgresql://USER@/NAME?host=DIR is expected");
	snprintf(path, TEST_BASE_PATH, "%.*s%s%s", (int)(at - url) + 2, url, name, question);
}

void test_base_copy(const char *from, const char *to)
{
	char sql[200], byte[4096];
	size_t n;
	test_base_gone(to);
	if (test_base_is_server()) {
		const char *a = strstr(from, "@/") + 2, *b = strstr(to, "@/") + 2;
		snprintf(sql, sizeof sql, "CREATE DATABASE %.*s TEMPLATE %.*s", (int)strcspn(b, "?"), b, (int)strcspn(a, "?"), a);
		server(sql);
		return;
	}
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	if (!in || !out)
		die(to, "cannot be copied");
	while ((n = fread(byte, 1, sizeof byte, in)) > 0)
		if (fwrite(byte, 1, n, out) != n)
			die(to, "cannot be written");
	fclose(in);
	if (fclose(out) != 0)
		die(to, "cannot be written");
}

void test_base_gone(const char *path)
{
	static const char *const TAIL[] = { "", "-wal", "-shm", "-journal" };
	char text[TEST_BASE_PATH + 60];
	const char *at = strstr(path, "@/"), *question = strchr(path, '?');
	if (test_base_is_server() && at && question) {
		snprintf(text, sizeof text, "DROP DATABASE IF EXISTS %.*s WITH (FORCE)", (int)(question - at) - 2, at + 2);
		server(text);
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof text, "%s%s", path, TAIL[i]);
		unlink(text);
	}
}

static void server_sql(const char *path, const char *sql, void (*each)(void *, int, int, const char *, size_t), void *ctx)
{
	PGconn *h = connect_to(path);
	PGresult *r = PQexec(h, "SET search_path=hygie; SET client_min_messages=error");
	PQclear(r);
	r = PQexec(h, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		die(sql, PQerrorMessage(h));
	for (int i = 0; each && i < PQntuples(r); i++)
		for (int k = 0; k < PQnfields(r); k++) {
			const char *v = PQgetisnull(r, i, k) ? NULL : PQgetvalue(r, i, k);
			size_t n = (size_t)PQgetlength(r, i, k);
			unsigned char *bytes = v && PQftype(r, k) == 17 ? PQunescapeBytea((const unsigned char *)v, &n) : NULL;
			each(ctx, i, k, bytes ? (const char *)bytes : v, n);
			PQfreemem(bytes);
		}
	PQclear(r);
	PQfinish(h);
}

void test_base_sql(const char *path, const char *sql, void (*each)(void *, int, int, const char *, size_t), void *ctx)
{
	sqlite3 *h = NULL;
	if (test_base_is_server()) {
		server_sql(path, sql, each, ctx);
		return;
	}
	if (sqlite3_open(path, &h) != SQLITE_OK)
		die(path, "cannot be opened");
	for (const char *rest = sql; *rest;) {
		sqlite3_stmt *s = NULL;
		int code, row = 0;
		if (sqlite3_prepare_v2(h, rest, -1, &s, &rest) != SQLITE_OK)
			die(sql, sqlite3_errmsg(h));
		while (s && (code = sqlite3_step(s)) != SQLITE_DONE) {
			if (code != SQLITE_ROW)
				die(sql, sqlite3_errmsg(h));
			for (int k = 0; each && k < sqlite3_column_count(s); k++)
				each(ctx, row, k, sqlite3_column_blob(s, k), (size_t)sqlite3_column_bytes(s, k));
			row++;
		}
		sqlite3_finalize(s);
	}
	sqlite3_close(h);
}

static void number(void *ctx, int row, int col, const char *p, size_t n)
{
	char text[32];
	if (row || col || !p)
		return;
	snprintf(text, sizeof text, "%.*s", (int)n, p);
	*(long long *)ctx = strtoll(text, NULL, 10);
}

long long test_base_number(const char *path, const char *sql)
{
	long long v = 0;
	test_base_sql(path, sql, number, &v);
	return v;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

void test_folder_gone(const char *dir) { (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS); }
