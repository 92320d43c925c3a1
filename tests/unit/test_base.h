/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_base.h: where a test's base stands: a SQLite file in the test's directory, or, when HYGIE_PG holds the address of a server (tests/lib/postgres.py),
 * a database of its own there. Raw SQL beside the driver, for what a test must see or spoil itself. Linked as test_base.
 */
#ifndef HYGIE_TEST_BASE_H
#define HYGIE_TEST_BASE_H

#include <stdbool.h>
#include <stddef.h>

#define TEST_BASE_PATH 300
bool test_base_is_server(void);
void test_base_at(const char *dir, char path[TEST_BASE_PATH]);   /* an empty one */
void test_base_copy(const char *from, const char *to);           /* the second becomes the same as the first; nobody may have either open */
void test_base_gone(const char *path);                           /* takes it away, and the file's tails */
void test_folder_gone(const char *dir);                          /* with all that lies below */
/* Runs it; every value of every row is handed over as bytes (NULL: n = 0, p = NULL; numbers as text). each may be NULL. Ends the test when it fails. */
void test_base_sql(const char *path, const char *sql, void (*each)(void *ctx, int row, int col, const char *p, size_t n), void *ctx);
long long test_base_number(const char *path, const char *sql);
#endif
