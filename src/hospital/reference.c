/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/reference.c: see reference.h. Must never change a table. Start at reference_read. */
#include "hospital/reference.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char *whole_file(const char *path, size_t *n_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes = NULL;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && st.st_size > 0 && (bytes = malloc((size_t)st.st_size + 1)) != NULL) {
		size_t at = 0;
		while (at < (size_t)st.st_size) {
			ssize_t got = read(fd, bytes + at, (size_t)st.st_size - at);
			if (got <= 0)
				break;
			at += (size_t)got;
		}
		bytes[at] = '\0';
		*n_r = at;
	}
	close(fd);
	return bytes;
}

static size_t count_byte(struct str s, char c)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

enum rc reference_read(const char *dir, const char *file, struct reference *t_r, struct problem *p)
{
	char path[1024];
	struct reference t = { 0 };
	(void)snprintf(path, sizeof path, "%s/%s", dir, file);
	t.bytes = whole_file(path, &t.n_bytes);
	if (!t.bytes)
		return problem_set(p, RC_BROKEN, WHY_NO_DATA, file, "errno %d", errno);
	struct str rest = { t.bytes, t.n_bytes };
	struct str head = str_cut(rest, '\n', &rest);
	t.columns = (unsigned)count_byte(head, '\t') + 1;
	size_t lines = count_byte((struct str){ t.bytes, t.n_bytes }, '\n') + 1;
	t.cell = calloc(lines * t.columns, sizeof *t.cell);
	if (!t.cell) {
		reference_done(&t);
		return problem_set(p, RC_LIMIT, WHY_BUSY, file, "no memory");
	}
	for (struct str line = head; line.n > 0; line = str_cut(rest, '\n', &rest)) {
		struct str left = line;
		for (unsigned c = 0; c < t.columns; c++) {
			if (!left.p) {
				size_t row = t.rows;
				reference_done(&t);
				return problem_set(p, RC_BROKEN, WHY_NO_DATA, file, "row %zu is short", row);
			}
			t.cell[t.rows * t.columns + c] = str_cut(left, '\t', &left);
		}
		t.rows++;
		if (!rest.p)
			break;
	}
	*t_r = t;
	return RC_OK;
}

void reference_done(struct reference *t)
{
	free(t->bytes);
	free(t->cell);
	*t = (struct reference){ 0 };
}

void reference_fold(struct reference *t)
{
	free(t->cell);
	t->cell = NULL;
	t->rows = t->columns = 0;
}

struct str reference_cell(const struct reference *t, size_t row, unsigned column)
{
	MUST(row < t->rows && column < t->columns);
	return t->cell[row * t->columns + column];
}

int reference_find(const struct reference *t, const char *name)
{
	for (unsigned c = 0; c < t->columns; c++)
		if (str_eq(t->cell[c], name))
			return (int)c;
	return -1;
}

int reference_column(const struct reference *t, const char *name)
{
	int at = reference_find(t, name);
	MUST(at >= 0);
	return at;
}

double reference_number(const struct reference *t, size_t row, unsigned column)
{
	uint64_t v;
	return str_u64(reference_cell(t, row, column), &v) == RC_OK ? (double)v : 0.0;
}
