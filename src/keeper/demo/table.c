/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/demo/table.c: shipped TSV tables in memory, and weighted draws over their rows. Start at table_read. */
#include "keeper/demo/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
whole_file(const char *path, size_t *n_r)
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

static size_t
count_byte(struct str s, char c)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

enum rc
table_read(const char *dir, const char *file, struct table *t_r, struct problem *p)
{
	char path[1024];
	struct table t = { 0 };

	snprintf(path, sizeof path, "%s/%s", dir, file);
	t.bytes = whole_file(path, &t.n_bytes);
	if (t.bytes == NULL)
		return problem_set(p, RC_BROKEN, WHY_NO_DATA, file, "errno %d", errno);
	struct str rest = { t.bytes, t.n_bytes };
	struct str head = str_cut(rest, '\n', &rest);
	t.columns = (unsigned)count_byte(head, '\t') + 1;
	size_t lines = count_byte((struct str){ t.bytes, t.n_bytes }, '\n') + 1;
	t.cell = calloc(lines * t.columns, sizeof *t.cell);
	MUST(t.cell != NULL);
	for (struct str line = head; line.n > 0; line = str_cut(rest, '\n', &rest)) {
		struct str left = line;
		for (unsigned c = 0; c < t.columns; c++) {
			if (left.p == NULL) {
				table_done(&t);
				return problem_set(p, RC_BROKEN, WHY_NO_DATA, file, "row %zu is short", t.rows);
			}
			t.cell[t.rows * t.columns + c] = str_cut(left, '\t', &left);
		}
		t.rows++;
		if (rest.p == NULL)
			break;
	}
	*t_r = t;
	return RC_OK;
}

void
table_done(struct table *t)
{
	free(t->bytes);
	free(t->cell);
	*t = (struct table){ 0 };
}

struct str
table_cell(const struct table *t, size_t row, unsigned column)
{
	MUST(row < t->rows && column < t->columns);
	return t->cell[row * t->columns + column];
}

int
table_column(const struct table *t, const char *name)
{
	for (unsigned c = 0; c < t->columns; c++)
		if (str_eq(t->cell[c], name))
			return (int)c;
	MUST(!"a shipped table lacks a column");
	return -1;
}

double
table_number(const struct table *t, size_t row, unsigned column)
{
	struct str s = table_cell(t, row, column);
	uint64_t v;

	return str_u64(s, &v) == RC_OK ? (double)v : 0.0;
}

/* "MARIE-FRANÇOISE" to "Marie-Françoise", in place: the register's capitals are ASCII and the Latin-1 letters C3 80 … C3 9E of UTF-8. */
void
table_title_case(struct table *t, unsigned column)
{
	for (size_t r = 1; r < t->rows; r++) {
		struct str name = table_cell(t, r, column);
		char *at = t->bytes + (name.p - t->bytes);
		bool first = true;
		for (size_t i = 0; i < name.n; i++) {
			unsigned char c = (unsigned char)at[i];
			if (c == 0xc3 && i + 1 < name.n) {
				unsigned char low = (unsigned char)at[++i];
				if (!first && low >= 0x80 && low <= 0x9e && low != 0x97)
					at[i] = (char)(low + 0x20);
				first = false;
			} else if (c >= 'A' && c <= 'Z') {
				at[i] = first ? at[i] : (char)(c + 0x20);
				first = false;
			} else {
				first = true;
			}
		}
	}
}

void
draw_add(struct draw *d, uint32_t item, double weight)
{
	if (weight <= 0)
		return;
	if ((d->n & (d->n - 1)) == 0) { /* grow at powers of two */
		size_t cap = d->n == 0 ? 1 : d->n * 2;
		d->item = realloc(d->item, cap * sizeof *d->item);
		d->upto = realloc(d->upto, cap * sizeof *d->upto);
		MUST(d->item != NULL && d->upto != NULL);
	}
	d->item[d->n] = item;
	d->upto[d->n] = (d->n == 0 ? 0.0 : d->upto[d->n - 1]) + weight;
	d->n++;
}

uint32_t
draw_pick(const struct draw *d, struct stream *s)
{
	MUST(d->n > 0);
	double at = stream_unit(s) * d->upto[d->n - 1];
	size_t low = 0, high = d->n - 1;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (d->upto[mid] > at)
			high = mid;
		else
			low = mid + 1;
	}
	return d->item[low];
}

void
draw_done(struct draw *d)
{
	free(d->item);
	free(d->upto);
	*d = (struct draw){ 0 };
}
