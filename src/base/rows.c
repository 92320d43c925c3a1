/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/rows.c: see rows.h. Must never be read before rows_check said yes, when the bytes came from outside of the process.
 *
 * The flat form; all numbers little-endian and unaligned, every size counts from the start of its own record:
 *   head    u32 magic "HYR1"   u32 bytes of the whole
 *   set     u32 size (the set with its rows)   u8 'S'   u8 bytes of name   u32 rows   name   row…
 *   row     u32 size   u8 'R'   u8 tier   u16 columns   i64 patient (0: none)   column…
 *   column  u16 bytes of name   u32 bytes of value   name   value
 * Sets of the same name are allowed; readers by name find the first. Start at check_set (the grammar) and rows_get.
 */
#include "base/rows.h"

#include <string.h>

#define MAGIC 0x31525948u
#define HEAD 8
#define SET_HEAD 10
#define ROW_HEAD 16
#define COL_HEAD 6
#define EXPECTED 4000 /* one resource with its columns: most answers grow no more */

static uint64_t get(const char *p, int bytes)
{
	uint64_t v = 0;
	for (int i = bytes - 1; i >= 0; i--)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static uint32_t get32(const char *p)
{
	return (uint32_t)get(p, 4);
}

static void set(char *p, int bytes, uint64_t v)
{
	for (int i = 0; i < bytes; i++, v >>= 8)
		p[i] = (char)(unsigned char)v;
}

/* Writer */

static void begin(struct rows *r)
{
	r->set_at = r->row_at = SIZE_MAX;
	r->names = NULL;
	if (r->out.max >= EXPECTED)
		buf_expect(&r->out, EXPECTED);
	char *p = buf_room(&r->out, HEAD);
	if (p)
		set(p, 4, MAGIC);
}

void rows_init(struct rows *r, size_t max_bytes)
{
	buf_init(&r->out, max_bytes < UINT32_MAX ? max_bytes : UINT32_MAX);
	begin(r);
}

void rows_reopen(struct rows *r, size_t max_bytes)
{
	buf_reset(&r->out);
	r->out.max = max_bytes < UINT32_MAX ? max_bytes : UINT32_MAX;
	begin(r);
}

void rows_done(struct rows *r)
{
	buf_done(&r->out);
	r->set_at = r->row_at = SIZE_MAX;
	r->names = NULL;
}

static void close_row(struct rows *r)
{
	if (r->row_at != SIZE_MAX)
		set(r->out.p + r->row_at, 4, r->out.n - r->row_at);
	r->row_at = SIZE_MAX;
}

static void close_set(struct rows *r)
{
	close_row(r);
	if (r->set_at != SIZE_MAX)
		set(r->out.p + r->set_at, 4, r->out.n - r->set_at);
	r->set_at = SIZE_MAX;
}

void rows_set(struct rows *r, const char *name)
{
	size_t n = strlen(name);
	MUST(n > 0 && n <= UINT8_MAX);
	if (r->out.failed)
		return;
	close_set(r);
	size_t at = r->out.n;
	char *p = buf_room(&r->out, SET_HEAD + n);
	if (!p)
		return;
	p[4] = 'S';
	set(p + 5, 1, n);
	memcpy(p + SET_HEAD, name, n);
	r->set_at = at;
}

void rows_row(struct rows *r)
{
	if (r->out.failed)
		return;
	MUST(r->set_at != SIZE_MAX);
	close_row(r);
	size_t at = r->out.n;
	char *p = buf_room(&r->out, ROW_HEAD);
	if (!p)
		return;
	p[4] = 'R';
	r->row_at = at;
	char *rows = r->out.p + r->set_at + 6;
	set(rows, 4, (uint64_t)get32(rows) + 1);
}

void rows_patient(struct rows *r, int64_t patient, enum tier tier)
{
	if (r->out.failed)
		return;
	MUST(r->row_at != SIZE_MAX && patient > 0 && tier > TIER_NONE && tier <= TIER_SPECIAL);
	char *p = r->out.p + r->row_at;
	p[5] = (char)tier;
	set(p + 8, 8, (uint64_t)patient);
}

void rows_col(struct rows *r, const char *name, struct str value)
{
	size_t n = strlen(name);
	MUST(n > 0 && n <= UINT16_MAX);
	if (r->out.failed)
		return;
	MUST(r->row_at != SIZE_MAX);
	if (value.n > UINT32_MAX || get(r->out.p + r->row_at + 6, 2) == UINT16_MAX) {
		r->out.failed = true;
		return;
	}
	char head[COL_HEAD];
	set(head, 2, n);
	set(head + 2, 4, value.n);
	buf_put(&r->out, head, sizeof head);
	buf_put(&r->out, name, n);
	buf_str(&r->out, value);
	if (r->out.failed)
		return;
	char *columns = r->out.p + r->row_at + 6;
	set(columns, 2, get(columns, 2) + 1);
}

void rows_col_i64(struct rows *r, const char *name, int64_t v)
{
	char z[24];
	struct buf b = { .p = z, .cap = sizeof z, .max = sizeof z }; /* over the stack: 20 bytes at most, it never grows */
	buf_i64(&b, v);
	rows_col(r, name, buf_view(&b));
}

void rows_end(struct rows *r)
{
	if (r->out.failed)
		return;
	close_set(r);
	set(r->out.p + 4, 4, r->out.n);
}

/* Reader */

/* BARRIER: the bytes may come from another process; nothing below may be trusted before this. */
static bool check_row(const char *p, size_t n)
{
	if (n < ROW_HEAD || get32(p) != n || p[4] != 'R' || (unsigned char)p[5] > TIER_SPECIAL)
		return false;
	if (get(p + 8, 8) > INT64_MAX)
		return false;
	size_t at = ROW_HEAD;
	for (uint64_t columns = get(p + 6, 2); columns > 0; columns--) {
		if (n - at < COL_HEAD)
			return false;
		uint64_t name = get(p + at, 2), value = get32(p + at + 2);
		if (name == 0 || name + value > n - at - COL_HEAD)
			return false;
		at += COL_HEAD + (size_t)(name + value);
	}
	return at == n;
}

static bool check_set(const char *p, size_t n)
{
	if (n < SET_HEAD || p[4] != 'S')
		return false;
	size_t name = (unsigned char)p[5];
	if (name == 0 || name > n - SET_HEAD)
		return false;
	size_t at = SET_HEAD + name;
	for (uint32_t rows = get32(p + 6); rows > 0; rows--) {
		if (n - at < ROW_HEAD)
			return false;
		uint32_t size = get32(p + at);
		if (size > n - at || !check_row(p + at, size))
			return false;
		at += size;
	}
	return at == n;
}

bool rows_check(struct str flat)
{
	if (flat.n < HEAD || flat.n > UINT32_MAX || get32(flat.p) != MAGIC || get32(flat.p + 4) != flat.n)
		return false;
	for (size_t at = HEAD; at < flat.n;) {
		if (flat.n - at < SET_HEAD)
			return false;
		uint32_t size = get32(flat.p + at);
		if (size > flat.n - at || !check_set(flat.p + at, size))
			return false;
		at += size;
	}
	return true;
}

/* Offset of the set header, 0 when there is none. */
static size_t find_set(struct str flat, const char *name)
{
	for (size_t at = HEAD; at < flat.n; at += get32(flat.p + at))
		if (str_eq((struct str){ flat.p + at + SET_HEAD, (unsigned char)flat.p[at + 5] }, name))
			return at;
	return 0;
}

struct row rows_first(struct str flat, const char *set_name)
{
	size_t at = find_set(flat, set_name);
	if (at == 0 || get32(flat.p + at + 6) == 0)
		return (struct row){ STR_NONE, 0 };
	return (struct row){ flat, at + SET_HEAD + (unsigned char)flat.p[at + 5] };
}

struct row rows_next(struct row row)
{
	if (!row_is(row))
		return row;
	row.at += get32(row.flat.p + row.at);
	if (row.at >= row.flat.n || row.flat.p[row.at + 4] != 'R') /* the end, or the next set */
		return (struct row){ STR_NONE, 0 };
	return row;
}

bool row_is(struct row row)
{
	return row.flat.p != NULL;
}

size_t rows_count(struct str flat, const char *set_name)
{
	size_t at = find_set(flat, set_name);
	return at ? get32(flat.p + at + 6) : 0;
}

static bool row_find(struct row row, const char *name, struct str *value_r)
{
	if (!row_is(row))
		return false;
	size_t n = strlen(name);
	const char *p = row.flat.p + row.at;
	uint64_t columns = get(p + 6, 2);
	for (p += ROW_HEAD; columns > 0; columns--) {
		size_t name_n = (size_t)get(p, 2), value_n = get32(p + 2);
		p += COL_HEAD;
		if (name_n == n && memcmp(p, name, n) == 0) {
			*value_r = (struct str){ p + name_n, value_n };
			return true;
		}
		p += name_n + value_n;
	}
	return false;
}

struct str row_get(struct row row, const char *name)
{
	struct str value;
	return row_find(row, name, &value) ? value : STR_NONE;
}

bool row_has(struct row row, const char *name)
{
	struct str value;
	return row_find(row, name, &value);
}

int64_t row_i64(struct row row, const char *name)
{
	int64_t v;
	return str_i64(row_get(row, name), &v) == RC_OK ? v : 0;
}

/* Offset of the next row header at or after *at (any record boundary, 0 to begin), in any set. */
static bool next_row(const char *p, size_t n, size_t *at)
{
	if (*at == 0)
		*at = HEAD;
	while (*at < n) {
		if (p[*at + 4] == 'R')
			return true;
		*at += SET_HEAD + (unsigned char)p[*at + 5];
	}
	return false;
}

bool rows_next_mark(struct str flat, size_t *cursor, int64_t *patient_r, enum tier *tier_r)
{
	while (next_row(flat.p, flat.n, cursor)) {
		const char *p = flat.p + *cursor;
		*cursor += get32(p);
		int64_t patient = (int64_t)get(p + 8, 8);
		if (patient == 0)
			continue;
		*patient_r = patient;
		*tier_r = (enum tier)p[5];
		return true;
	}
	return false;
}

void rows_unmark(char *flat, size_t n)
{
	for (size_t at = 0; next_row(flat, n, &at); at += get32(flat + at))
		memset(flat + at + 8, 0, 8);
}
