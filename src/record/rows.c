/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/rows.c: the by_… tables, described once in COLUMNS: how facts become rows, how rows are bound, ordered, and written as bytes that sort.
 * Must never know a resource type. Called by put, bulk, operator and plan. Start at COLUMNS, then rows_of_param.
 */
#include "record/inner.h"
#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Columns in key order: p param (or type), g group, v value, 1 i1, 2 i2, f number, s text, r rid.
 * The same letters order rows (row_cmp), bind statements (row_bind) and write bytes (row_encode).
 */
static const struct {
	const char *columns;
	enum stmt put, del, feed, exists, all, clear;
} COLUMNS[TABLE__END] = {
#define T(name, columns) [BY_##name] = { columns, ST_RECORD_I_##name, ST_RECORD_D_##name, ST_RECORD_F_##name, ST_RECORD_X_##name, ST_RECORD_A_##name, ST_RECORD_Z_##name }
	T(TYPE,      "pr"),
	T(UPDATED,   "p1r"),
	T(PATIENT,   "vpr"),
	T(TOKEN,     "pgvr2"),
	T(STRING,    "pgsr"),
	T(DATE,      "pg12r"),
	T(DATE_END,  "pg12r"),
	T(NUMBER,    "pgf2r"),
	T(REFERENCE, "pvr"),
	T(URI,       "pvr"),
	T(VEILED,    "pvr"),
#undef T
};

enum stmt row_feed_stmt(enum table t) { return COLUMNS[t].feed; }
enum stmt row_clear_stmt(enum table t) { return COLUMNS[t].clear; }

/* ---- facts → rows ---- */

void rows_add(struct index_rows *out, struct index_row r)
{
	if (out->n == out->cap) {
		size_t cap = out->cap ? out->cap * 2 : 64;
		struct index_row *at = realloc(out->at, cap * sizeof *at);
		if (!at) {
			out->failed = true;
			return;
		}
		out->at = at;
		out->cap = cap;
	}
	out->at[out->n++] = r;
}

void rows_free(struct index_rows *r)
{
	free(r->at);
	*r = (struct index_rows){ 0 };
}

int64_t short_hash(int64_t hash)
{
	int64_t h = (int64_t)((uint64_t)hash << 16) >> 16; /* its sign goes along: the smallest form of a number of that size */
	return h || !hash ? h : 2;
}

int64_t system_value(int64_t system_hash)
{
	char text[9] = "|";
	memcpy(text + 1, &system_hash, 8);
	return short_hash(hash_of((struct str){ text, sizeof text }));
}

static struct str head_of(struct str s)
{
	if (s.n <= INDEX_STRING)
		return s;
	size_t n = INDEX_STRING;
	while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return (struct str){ s.p, n };
}

static void rows_of_text(struct index_rows *out, const struct fact *f, int64_t group, int64_t rid)
{
	enum veil veil = veil_of(f->param);
	if (veil != VEIL_NONE)
		veil_text_rows(out, veil, f->param, group, f->text, rid);
	else
		rows_add(out, (struct index_row){ .table = BY_STRING, .param = f->param, .group = group, .s = head_of(f->text), .rid = rid });
}

#define DATE_FIRST_MS ((int64_t)-62167305600000) /* the year 0 */
#define DATE_LAST_MS ((int64_t)253402387200000)  /* the end of the year 9999 */

static int64_t midnight(struct civil c) { return civil_paris_to_ms((struct civil){ .year = c.year, .month = c.month, .day = c.day }); }

bool date_day_of(int64_t at, int64_t *midnight_r)
{
	if (at < DATE_FIRST_MS || at > DATE_LAST_MS)
		return false;
	*midnight_r = midnight(civil_paris(at));
	return true;
}

bool date_is_day(int64_t low, int64_t high)
{
	uint64_t length = (uint64_t)high - (uint64_t)low, hour = 3600000;
	int64_t start;
	if (length < 23 * hour || length > 25 * hour || !date_day_of(low, &start) || start != low)
		return false;
	struct civil c = civil_paris(low), next = civil_of_days(days_of(c.year, c.month, c.day) + 1);
	return midnight(next) == high;
}

/* The rows of one value; group 0 for a plain parameter. A composite's token needs neither "system|" nor text rows. */
static void rows_of_fact(struct index_rows *out, const struct fact *f, int64_t group, int64_t rid)
{
	struct index_row r = { .param = f->param, .group = group, .rid = rid };
	switch (f->kind) {
	case VALUE_TOKEN:
		r.table = BY_TOKEN;
		if (f->code.n) {
			r.value = hash_of(f->code);
			r.i2 = short_hash(f->system);
			rows_add(out, r);
		}
		if (f->system && !group) {
			r.value = system_value(f->system);
			r.i2 = 1;
			rows_add(out, r);
		}
		if (f->text.n && !group)
			rows_of_text(out, f, 0, rid);
		break;
	case VALUE_STRING:
		rows_of_text(out, f, group, rid);
		break;
	case VALUE_DATE:
		if (veil_of(f->param) == VEIL_BIRTH) {
			veil_date_rows(out, f->param, group, f->low, f->high, rid);
			break;
		}
		r.table = BY_DATE;
		r.group = short_hash(group);
		r.i1 = f->low;
		r.i2 = f->high;
		rows_add(out, r);
		/* Written so that it cannot overflow: an open end is near the edge of the type. */
		if (f->high > DATE_SHORT_MS + INT64_MIN && f->high - DATE_SHORT_MS > f->low && !date_is_day(f->low, f->high)) {
			r.table = BY_DATE_END;
			r.i1 = f->high;
			r.i2 = f->low;
			rows_add(out, r);
		}
		break;
	case VALUE_NUMBER:
	case VALUE_QUANTITY:
		r.table = BY_NUMBER;
		r.group = short_hash(group);
		r.f = number_mid(f->num_low, f->num_high);
		r.i2 = short_hash(f->hash);
		rows_add(out, r);
		break;
	case VALUE_REFERENCE:
	case VALUE_URI:
		if (group)
			break; /* a composite's reference is met by its facts alone */
		r.table = f->kind == VALUE_REFERENCE ? BY_REFERENCE : BY_URI;
		r.value = f->hash;
		rows_add(out, r);
		if (f->kind == VALUE_URI && veil_of(f->param) == VEIL_NONE) /* for :below */
			rows_add(out, (struct index_row){ .table = BY_STRING, .param = f->param, .s = head_of(f->text), .rid = rid });
		break;
	default:
		break;
	}
}

/* The code that leads a composite: 0 when its first component cannot be sought by equality. */
static int64_t lead_of(const struct fact *f)
{
	if (f->kind == VALUE_TOKEN)
		return f->code.n ? hash_of(f->code) : 0;
	return f->kind == VALUE_REFERENCE || f->kind == VALUE_URI ? f->hash : 0;
}

static void rows_of_group(struct index_rows *out, const struct fact *from, const struct fact *to, int64_t rid)
{
	for (const struct fact *x = from; x < to && x->part == 0; x++) {
		int64_t lead = lead_of(x);
		for (const struct fact *y = from; lead && y < to; y++)
			if (y->part == 1)
				rows_of_fact(out, y, lead, rid);
	}
}

void rows_of_param(struct index_rows *out, const struct facts *f, size_t from, size_t to, int64_t rid)
{
	while (from < to) {
		const struct fact *x = &f->at[from];
		if (!x->group) {
			rows_of_fact(out, x, 0, rid);
			from++;
			continue;
		}
		size_t end = from;
		while (end < to && f->at[end].group == x->group)
			end++;
		rows_of_group(out, x, f->at + end, rid);
		from = end;
	}
}

static int row_cmp_void(const void *a, const void *b) { return row_cmp(a, b); }

/* As they come, repeats too. */
static enum rc rows_any_order(struct index_rows *out, const struct facts *f, int64_t rid, uint16_t type, int64_t patient, int64_t updated_ms, struct problem *p)
{
	out->n = 0;
	out->failed = false;
	rows_add(out, (struct index_row){ .table = BY_TYPE, .param = type, .rid = rid });
	rows_add(out, (struct index_row){ .table = BY_UPDATED, .param = type, .i1 = updated_ms, .rid = rid });
	rows_add(out, (struct index_row){ .table = BY_PATIENT, .param = type, .value = patient, .rid = rid });
	for (size_t from = 0, to; from < f->n && !out->failed; from = to) {
		for (to = from; to < f->n && f->at[to].param == f->at[from].param; to++)
			continue;
		if (!rows_shared(f->at[from].param))
			rows_of_param(out, f, from, to, rid);
	}
	return out->failed ? problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory") : RC_OK;
}

enum rc rows_of(struct index_rows *out, const struct facts *f, int64_t rid, uint16_t type, int64_t patient, int64_t updated_ms, struct problem *p)
{
	enum rc rc = rows_any_order(out, f, rid, type, patient, updated_ms, p);
	if (rc != RC_OK)
		return rc;
	qsort(out->at, out->n, sizeof *out->at, row_cmp_void);
	size_t n = 0;
	for (size_t i = 0; i < out->n; i++)
		if (n == 0 || row_cmp(&out->at[n - 1], &out->at[i]) != 0)
			out->at[n++] = out->at[i];
	out->n = n;
	return RC_OK;
}

enum rc rows_share(struct db_conn *c, struct index_rows *out, int64_t rid, uint16_t type, int64_t patient, uint32_t since, struct problem *p)
{
	enum rc rc = RC_OK;
	for (int64_t other = 0; rc == RC_OK && since;) {
		rc = keys_shared_next(c, rid, since, other, &other, p);
		if (rc != RC_OK || !other)
			break;
		if (other != patient)
			rows_add(out, (struct index_row){ .table = BY_PATIENT, .param = type, .value = other, .rid = rid });
	}
	if (rc == RC_OK && out->failed)
		rc = problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	if (rc == RC_OK && since)
		qsort(out->at, out->n, sizeof *out->at, row_cmp_void);
	return rc;
}

/* ---- order, binding, bytes ---- */

int row_cmp(const struct index_row *a, const struct index_row *b)
{
#define CMP(x, y) if ((x) != (y)) return (x) < (y) ? -1 : 1
	CMP(a->table, b->table);
	for (const char *k = COLUMNS[a->table].columns; *k; k++) {
		int d;
		switch (*k) {
		case 'p': CMP(a->param, b->param); break;
		case 'g': CMP(a->group, b->group); break;
		case 'v': CMP(a->value, b->value); break;
		case '1': CMP(a->i1, b->i1); break;
		case '2': CMP(a->i2, b->i2); break;
		case 'f': CMP(a->f, b->f); break;
		case 's':
			d = str_cmp(a->s, b->s);
			if (d)
				return d;
			break;
		default: CMP(a->rid, b->rid);
		}
	}
#undef CMP
	return 0;
}

void row_bind(struct db_stmt *s, const struct index_row *r)
{
	int i = 1;
	for (const char *k = COLUMNS[r->table].columns; *k; k++, i++) {
		switch (*k) {
		case 'p': db_bind_i64(s, i, r->param); break;
		case 'g': db_bind_i64(s, i, r->group); break;
		case 'v': db_bind_i64(s, i, r->value); break;
		case '1': db_bind_i64(s, i, r->i1); break;
		case '2': db_bind_i64(s, i, r->i2); break;
		case 'f': db_bind_f64(s, i, r->f); break;
		case 's': db_bind_str(s, i, r->s.p ? r->s : STR("")); break;
		default: db_bind_i64(s, i, r->rid);
		}
	}
}

struct db_stmt *row_all(struct db_conn *c, enum table t)
{
	struct db_stmt *s = db_stmt(c, COLUMNS[t].all);
	row_bind(s, &(struct index_row){ .table = t, .group = INT64_MIN, .value = INT64_MIN, .i1 = INT64_MIN, .i2 = INT64_MIN, .f = -INFINITY, .rid = INT64_MIN });
	db_bind_i64(s, 1, INT64_MIN); /* no row comes before this one */
	return s;
}

bool row_read(struct db_stmt *s, enum table t, struct index_row *r)
{
	int i = 0;
	bool ours = true;
	*r = (struct index_row){ .table = t };
	for (const char *k = COLUMNS[t].columns; *k; k++, i++) {
		switch (*k) {
		case 'p':
			r->param = (uint16_t)db_i64(s, i);
			ours = r->param == db_i64(s, i);
			break;
		case 'g': r->group = db_i64(s, i); break;
		case 'v': r->value = db_i64(s, i); break;
		case '1': r->i1 = db_i64(s, i); break;
		case '2': r->i2 = db_i64(s, i); break;
		case 'f': r->f = db_f64(s, i); break;
		case 's': r->s = db_text(s, i); break;
		default: r->rid = db_i64(s, i);
		}
	}
	return ours;
}

/* Two words of 64 bits, multiplied and folded. */
static uint64_t fold_two(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t hash_text(uint64_t h, struct str s, uint64_t key)
{
	uint64_t word;
	for (size_t at = 0; at < s.n; at += sizeof word) {
		word = 0;
		memcpy(&word, s.p + at, s.n - at < sizeof word ? s.n - at : sizeof word);
		h = fold_two(h ^ word, key);
	}
	return fold_two(h ^ s.n, key);
}

uint64_t row_hash(const struct index_row *r, const uint64_t key[2])
{
	uint64_t h = fold_two(key[0] ^ r->table, key[1]);
	double f = r->f + 0.0; /* one zero */
	uint64_t bits;
	memcpy(&bits, &f, sizeof bits);
	for (const char *k = COLUMNS[r->table].columns; *k; k++) {
		switch (*k) {
		case 'p': h = fold_two(h ^ r->param, key[1]); break;
		case 'g': h = fold_two(h ^ (uint64_t)r->group, key[1]); break;
		case 'v': h = fold_two(h ^ (uint64_t)r->value, key[1]); break;
		case '1': h = fold_two(h ^ (uint64_t)r->i1, key[1]); break;
		case '2': h = fold_two(h ^ (uint64_t)r->i2, key[1]); break;
		case 'f': h = fold_two(h ^ bits, key[1]); break;
		case 's': h = hash_text(h, r->s, key[1]); break;
		default:  h = fold_two(h ^ (uint64_t)r->rid, key[1]);
		}
	}
	return fold_two(h ^ key[0], key[1]);
}

enum rc row_put(struct db_conn *c, const struct index_row *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, COLUMNS[r->table].put);
	row_bind(s, r);
	return db_run(s, p);
}

void row_cells(const struct index_row *r, struct db_cell *x)
{
	for (const char *k = COLUMNS[r->table].columns; *k; k++, x++) {
		x->kind = *k == 'f' ? DB_CELL_F64 : *k == 's' ? DB_CELL_TEXT : DB_CELL_I64;
		switch (*k) {
		case 'p': x->i = r->param; break;
		case 'g': x->i = r->group; break;
		case 'v': x->i = r->value; break;
		case '1': x->i = r->i1; break;
		case '2': x->i = r->i2; break;
		case 'f': x->f = r->f; break;
		case 's': x->s = r->s; break;
		default:  x->i = r->rid;
		}
	}
}

struct list_feed { struct db_feed f; const struct index_row *at, *end; };

static bool list_next(struct db_feed *f, struct db_cell *cells)
{
	struct list_feed *l = (struct list_feed *)f;
	if (l->at == l->end)
		return false;
	row_cells(l->at++, cells);
	return true;
}

enum rc rows_put(struct db_conn *c, const struct index_row *rows, size_t n, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t from = 0, to; rc == RC_OK && from < n; from = to) {
		for (to = from + 1; to < n && rows[to].table == rows[from].table; to++)
			continue;
		if (to - from == 1) {
			rc = row_put(c, &rows[from], p);
		} else {
			struct list_feed l = { { .next = list_next }, rows + from, rows + to };
			rc = db_feed_run(c, COLUMNS[rows[from].table].feed, &l.f, p);
		}
	}
	return rc;
}

enum rc row_del(struct db_conn *c, const struct index_row *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, COLUMNS[r->table].del);
	row_bind(s, r);
	return db_run(s, p);
}

enum rc row_exists(struct db_conn *c, const struct index_row *r, bool *is_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, COLUMNS[r->table].exists);
	row_bind(s, r);
	enum rc rc = db_step(s, is_r, p);
	db_reset(s);
	return rc;
}

void row_put_be(struct buf *b, uint64_t v, int bytes)
{
	unsigned char x[8];
	for (int i = 0; i < bytes; i++)
		x[i] = (unsigned char)(v >> (8 * (bytes - 1 - i)));
	buf_put(b, x, (size_t)bytes);
}

static uint64_t get_be(struct str *s, int bytes)
{
	uint64_t v = 0;
	if (s->n < (size_t)bytes) {
		s->n = 0;
		return 0;
	}
	for (int i = 0; i < bytes; i++)
		v = v << 8 | (unsigned char)s->p[i];
	s->p += bytes;
	s->n -= (size_t)bytes;
	return v;
}

#define FLIP ((uint64_t)1 << 63)

static uint64_t f64_bits(double d)
{
	uint64_t v;
	memcpy(&v, &d, 8);
	return v & FLIP ? ~v : v | FLIP;
}

static double f64_of(uint64_t v)
{
	double d;
	v = v & FLIP ? v & ~FLIP : ~v;
	memcpy(&d, &v, 8);
	return d;
}

/* rid and patient in 6 bytes (2^48), group and system with a flag byte when zero: index bytes are what a first load sorts and spills. */
static void put_sparse(struct buf *b, int64_t v)
{
	/* order of signed numbers: negative 0, zero 1, positive 2 */
	buf_ch(b, v < 0 ? 0 : v == 0 ? 1 : 2);
	if (v)
		row_put_be(b, (uint64_t)v ^ FLIP, 8);
}

static int64_t get_sparse(struct str *s)
{
	return get_be(s, 1) == 1 ? 0 : (int64_t)(get_be(s, 8) ^ FLIP);
}

void row_encode(struct buf *b, const struct index_row *r)
{
	buf_ch(b, (char)r->table);
	for (const char *k = COLUMNS[r->table].columns; *k; k++) {
		switch (*k) {
		case 'p': row_put_be(b, r->param, 2); break;
		case 'g': put_sparse(b, r->group); break;
		case 'v': row_put_be(b, (uint64_t)r->value ^ FLIP, 8); break;
		case '1': row_put_be(b, (uint64_t)r->i1 ^ FLIP, 8); break;
		case '2': put_sparse(b, r->i2); break;
		case 'f': row_put_be(b, f64_bits(r->f), 8); break;
		case 's': buf_str(b, r->s); buf_ch(b, 0); break; /* folded text holds no NUL */
		default: row_put_be(b, (uint64_t)r->rid, 6);
		}
	}
}

bool row_decode(struct str bytes, struct index_row *r)
{
	*r = (struct index_row){ .table = (unsigned char)get_be(&bytes, 1) };
	if (r->table >= TABLE__END)
		return false;
	for (const char *k = COLUMNS[r->table].columns; *k; k++) {
		const char *end;
		if (!bytes.n)
			return false;
		switch (*k) {
		case 'p': r->param = (uint16_t)get_be(&bytes, 2); break;
		case 'g': r->group = get_sparse(&bytes); break;
		case 'v': r->value = (int64_t)(get_be(&bytes, 8) ^ FLIP); break;
		case '1': r->i1 = (int64_t)(get_be(&bytes, 8) ^ FLIP); break;
		case '2': r->i2 = get_sparse(&bytes); break;
		case 'f': r->f = f64_of(get_be(&bytes, 8)); break;
		case 's':
			end = memchr(bytes.p, 0, bytes.n);
			if (!end)
				return false;
			r->s = (struct str){ bytes.p, (size_t)(end - bytes.p) };
			bytes.n -= r->s.n + 1;
			bytes.p = end + 1;
			break;
		default: r->rid = (int64_t)get_be(&bytes, 6);
		}
	}
	return bytes.n == 0;
}
