/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/lite_build.c: the tree of an empty table of a SQLite file written as pages, from the bottom up, out of rows that come in key order: only in a first load, where
 * nobody else has the file and nothing of it counts before its end. A tree made so has full pages (INSERT leaves an eighth of each empty) and costs a fifth of the time.
 * The format is SQLite's published one (sqlite.org/fileformat2.html §1.5, §1.6, §2); what it writes is what CREATE INDEX and VACUUM write.
 * Must never run while SQLite holds the file: it works between two transactions, and tells SQLite by the change counter that the file changed. Called by feed.c.
 * Start at build_run.
 */
#include "db/lite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE DB_PAGE_BYTES
#define LOCK_PAGE (0x40000000u / PAGE + 1)      /* SQLite locks bytes there and never stores any */
#define RECORD_MOST ((PAGE - 12) * 64 / 255 - 23) /* a larger one would overflow into pages of its own */
#define CELL_MOST (RECORD_MOST + 4 + 9 + 9)
#define LEVELS 12
#define OUT_PAGES 128
#define NAME_MOST 64

enum { LEAF_INDEX = 0x0A, INNER_INDEX = 0x02, LEAF_TABLE = 0x0D, INNER_TABLE = 0x05 };

/* The page of a level that is being filled. held: the cell that did not fit any more. It goes up as soon as another comes, which the next page begins with: no page is left empty. */
struct level {
	unsigned char page[PAGE];
	unsigned n, low, last_n;                     /* cells; where their bytes begin; bytes of the last */
	bool holds;
	unsigned char held[CELL_MOST];
	unsigned held_n;
};

struct build {
	int fd;
	bool by_rowid;                               /* a table's tree: the first cell of a row is its number */
	bool ignores;                                /* INSERT OR IGNORE */
	uint32_t root, pages, most;                  /* most: 0 no limit */
	struct level *level;
	unsigned tall;
	unsigned char *out; uint32_t out_first, out_n;
	struct db_cell last[DB_FEED_CELLS];          /* of the row before */
	struct buf last_text;
	unsigned columns;
	bool any;
	enum rc rc;
	struct problem *p;
};

static void fail(struct build *b, enum rc rc, enum why why, const char *what)
{
	if (b->rc == RC_OK)
		b->rc = problem_set(b->p, rc, why, NULL, "building a tree: %s, errno %d", what, errno);
}

/* ---- bytes ---- */

static void put_be(unsigned char *at, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (unsigned char)(v >> 8 * (n - 1 - i));
}

static uint32_t get_be32(const unsigned char *at) { return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]; }

/* 1 to 9 bytes, seven bits each, high ones first; the ninth has eight. */
static unsigned put_varint(unsigned char *at, uint64_t v)
{
	unsigned n = 1;
	if (v >> 56) {
		at[8] = (unsigned char)v;
		v >>= 8;
		for (int i = 7; i >= 0; i--, v >>= 7)
			at[i] = (unsigned char)(v | 0x80);
		return 9;
	}
	for (uint64_t rest = v >> 7; rest; rest >>= 7)
		n++;
	for (unsigned i = n; i-- > 0; v >>= 7)
		at[i] = (unsigned char)((v & 0x7f) | (i + 1 < n ? 0x80 : 0));
	return n;
}

static unsigned int_bytes(int64_t v)
{
	uint64_t m = (uint64_t)(v < 0 ? ~v : v);
	return m < 1u << 7 ? 1 : m < 1u << 15 ? 2 : m < 1u << 23 ? 3 : m < UINT64_C(1) << 31 ? 4 : m < UINT64_C(1) << 47 ? 6 : 8;
}

/* A number in the fewest bytes: its serial type, and its bytes at `at`. */
static unsigned put_int(unsigned char *at, int64_t v, unsigned *n_r)
{
	unsigned n = v == 0 || v == 1 ? 0 : int_bytes(v);
	put_be(at, (uint64_t)v, n);
	*n_r = n;
	return n == 0 ? 8 + (unsigned)v : n <= 4 ? n : n == 6 ? 5 : 6;
}

/* A record of the row's cells, from the given one on; in a table's tree NULL stands for the row's number. Its length; 0: too long. */
static unsigned put_record(const struct build *b, const struct db_cell *cells, unsigned char out[RECORD_MOST])
{
	UNSET unsigned char head[1 + 9 * DB_FEED_CELLS], body[RECORD_MOST];
	unsigned h = 1, n = 0;
	for (unsigned i = 0; i < b->columns; i++) {
		const struct db_cell *x = &cells[i];
		unsigned bytes = 0;
		uint64_t kind = 0;
		if (i == 0 && b->by_rowid) {
			head[h++] = 0;
			continue;
		}
		if (n + (x->kind == DB_CELL_TEXT ? x->s.n : 8) > RECORD_MOST - sizeof head)
			return 0;
		if (x->kind == DB_CELL_I64) {
			kind = put_int(body + n, x->i, &bytes);
		} else if (x->kind == DB_CELL_F64) {
			uint64_t bits;
			memcpy(&bits, &x->f, 8);
			/* a REAL column keeps whole numbers as integers, which SQLite turns back (§2.1 there); minus zero stays what it is */
			if (x->f >= -1e14 && x->f <= 1e14 && x->f == (double)(int64_t)x->f && bits != (uint64_t)1 << 63) {
				kind = put_int(body + n, (int64_t)x->f, &bytes);
			} else {
				put_be(body + n, bits, bytes = 8);
				kind = 7;
			}
		} else {
			bytes = (unsigned)x->s.n;
			if (bytes)
				memcpy(body + n, x->s.p, bytes);
			kind = 13 + 2 * (uint64_t)bytes;
		}
		h += put_varint(head + h, kind);
		n += bytes;
	}
	head[0] = (unsigned char)h; /* fewer than 128 */
	memcpy(out, head, h);
	memcpy(out + h, body, n);
	return h + n;
}

/* ---- pages ---- */

static void write_at(struct build *b, const unsigned char *p, size_t n, uint32_t page)
{
	off_t at = (off_t)(page - 1) * PAGE;
	while (b->rc == RC_OK && n) {
		ssize_t k = pwrite(b->fd, p, n, at);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			fail(b, RC_BROKEN, errno == ENOSPC || errno == EFBIG || errno == EDQUOT ? WHY_DISK_FULL : WHY_BROKEN, "write");
			return;
		}
		p += k;
		n -= (size_t)k;
		at += k;
	}
}

static void out_flush(struct build *b)
{
	if (b->out_n)
		write_at(b, b->out, (size_t)b->out_n * PAGE, b->out_first);
	b->out_n = 0;
}

static uint32_t page_put(struct build *b, const unsigned char *page)
{
	if (b->pages + 1 == LOCK_PAGE) {
		out_flush(b);
		b->pages++; /* stays a hole */
	}
	if (b->most && b->pages >= b->most) {
		errno = 0;
		fail(b, RC_BROKEN, WHY_DISK_FULL, "pages");
		return 1;
	}
	b->pages++;
	if (!b->out_n)
		b->out_first = b->pages;
	memcpy(b->out + (size_t)b->out_n++ * PAGE, page, PAGE);
	if (b->out_n == OUT_PAGES)
		out_flush(b);
	return b->pages;
}

static unsigned head_of(unsigned at) { return at ? 12 : 8; }

static void level_clear(struct level *l, unsigned at)
{
	memset(l->page, 0, head_of(at));
	l->n = 0;
	l->low = PAGE;
}

static bool fits(const struct level *l, unsigned at, unsigned n) { return l->low >= head_of(at) + 2 * (l->n + 1) + n; }

static void cell_add(struct level *l, unsigned at, const unsigned char *cell, unsigned n)
{
	l->low -= n;
	memcpy(l->page + l->low, cell, n);
	put_be(l->page + head_of(at) + 2 * l->n, l->low, 2);
	l->n++;
	l->last_n = n;
}

/* right: of an inner page, the child that follows its last cell. */
static void head_put(const struct build *b, struct level *l, unsigned at, uint32_t right)
{
	unsigned from = head_of(at) + 2 * l->n;
	l->page[0] = at ? b->by_rowid ? INNER_TABLE : INNER_INDEX : b->by_rowid ? LEAF_TABLE : LEAF_INDEX;
	put_be(l->page + 3, l->n, 2);
	put_be(l->page + 5, l->low, 2);
	if (at)
		put_be(l->page + 8, right, 4);
	memset(l->page + from, 0, l->low - from);
}

static uint32_t level_flush(struct build *b, unsigned at, uint32_t right)
{
	struct level *l = &b->level[at];
	head_put(b, l, at, right);
	uint32_t page = page_put(b, l->page);
	level_clear(l, at);
	return page;
}

static void up(struct build *b, unsigned at, uint32_t left, const unsigned char *key, unsigned n);

/* A cell as the level stores it: on inner levels its first four bytes are the child before it. */
static void level_add(struct build *b, unsigned at, const unsigned char *cell, unsigned n)
{
	struct level *l = &b->level[at];
	if (l->holds) {
		unsigned skip = at ? 4 : 0;
		uint32_t page = level_flush(b, at, at ? get_be32(l->held) : 0);
		l->holds = false;
		up(b, at + 1, page, l->held + skip, l->held_n - skip);
	}
	if (fits(l, at, n)) {
		cell_add(l, at, cell, n);
		return;
	}
	memcpy(l->held, cell, n);
	l->held_n = n;
	l->holds = true;
}

static void up(struct build *b, unsigned at, uint32_t left, const unsigned char *key, unsigned n)
{
	UNSET unsigned char cell[CELL_MOST];
	MUST(at < LEVELS && n + 4 <= sizeof cell);
	if (at == b->tall)
		level_clear(&b->level[b->tall++], at);
	put_be(cell, left, 4);
	memcpy(cell + 4, key, n);
	level_add(b, at, cell, n + 4);
}

/* A leaf of a table's tree keeps all its rows; what goes up is the number of its last. */
static void leaf_up(struct build *b, int64_t last)
{
	unsigned char key[9];
	unsigned n = put_varint(key, (uint64_t)last);
	up(b, 1, level_flush(b, 0, 0), key, n);
}

static void row_add(struct build *b, const struct db_cell *cells)
{
	UNSET unsigned char record[RECORD_MOST], cell[CELL_MOST];
	unsigned n = put_record(b, cells, record), head;
	if (!n) {
		fail(b, RC_BROKEN, WHY_TOO_BIG, "row");
		return;
	}
	head = put_varint(cell, n);
	if (b->by_rowid)
		head += put_varint(cell + head, (uint64_t)cells[0].i);
	memcpy(cell + head, record, n);
	if (b->by_rowid && !fits(&b->level[0], 0, head + n))
		leaf_up(b, b->last[0].i);
	level_add(b, 0, cell, head + n);
}

/* The last page of each level; the highest becomes the root, which has its number since the table was made. */
static void finish(struct build *b)
{
	uint32_t child = 0;
	for (unsigned at = 0; b->rc == RC_OK; at++) {
		struct level *l = &b->level[at];
		if (l->holds) { /* nothing came after it: the page before gives its last cell away, so that both hold one */
			unsigned skip = at ? 4 : 0, n = l->last_n;
			unsigned char gone[CELL_MOST];
			memcpy(gone, l->page + l->low, n);
			l->n--;
			l->low += n;
			l->holds = false;
			up(b, at + 1, level_flush(b, at, at ? get_be32(gone) : 0), gone + skip, n - skip);
			cell_add(l, at, l->held, l->held_n);
		}
		if (at + 1 == b->tall) {
			head_put(b, l, at, child);
			out_flush(b);
			write_at(b, l->page, PAGE, b->root);
			return;
		}
		child = level_flush(b, at, child);
	}
}

/* ---- rows ---- */

static int cell_cmp(const struct db_cell *a, const struct db_cell *b)
{
	if (a->kind == DB_CELL_I64)
		return a->i < b->i ? -1 : a->i > b->i;
	if (a->kind == DB_CELL_F64)
		return a->f < b->f ? -1 : a->f > b->f;
	return str_cmp(a->s, b->s);
}

/* Is the row to be stored? One that is there already is passed over or refused, as the statement says. */
static bool row_follows(struct build *b, const struct db_cell *cells)
{
	int d = b->any ? 0 : 1;
	for (unsigned i = 0; i < (b->by_rowid ? 1 : b->columns) && d == 0; i++) {
		MUST(cells[i].kind == b->last[i].kind);
		d = cell_cmp(&cells[i], &b->last[i]);
	}
	errno = 0;
	if (d < 0)
		fail(b, RC_BROKEN, WHY_BROKEN, "rows are not in order");
	else if (d == 0 && !b->ignores)
		fail(b, RC_CONFLICT, WHY_DUPLICATE, "the row is there");
	return d > 0;
}

static void row_keep(struct build *b, const struct db_cell *cells)
{
	buf_reset(&b->last_text);
	for (unsigned i = 0; i < b->columns; i++)
		if (cells[i].kind == DB_CELL_TEXT)
			buf_str(&b->last_text, cells[i].s);
	size_t at = 0;
	for (unsigned i = 0; i < b->columns; i++) {
		b->last[i] = cells[i];
		if (cells[i].kind == DB_CELL_TEXT) {
			b->last[i].s.p = b->last_text.p ? b->last_text.p + at : "";
			at += cells[i].s.n;
		}
	}
	b->any = true;
	if (b->last_text.failed)
		fail(b, RC_LIMIT, WHY_BUSY, "no memory");
}

static void rows_take(struct build *b, struct db_conn *c, struct db_feed *f)
{
	while (b->rc == RC_OK && f->next(f, c->cells)) {
		if (!row_follows(b, c->cells))
			continue;
		row_add(b, c->cells);
		row_keep(b, c->cells);
	}
	if (b->any)
		finish(b);
}

/* ---- the file ---- */

static void file_open(struct build *b, const char *path, unsigned char head[100])
{
	b->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (b->fd < 0 || pread(b->fd, head, 100, 0) != 100) {
		fail(b, RC_BROKEN, WHY_BROKEN, "open");
		return;
	}
	b->pages = get_be32(head + 28);
	off_t end = lseek(b->fd, 0, SEEK_END);
	if ((head[16] << 8 | head[17]) != PAGE || head[20] != 0 || get_be32(head + 52) != 0 || end != (off_t)b->pages * PAGE)
		fail(b, RC_BROKEN, WHY_CORRUPT, "head of the file");
}

/* SQLite compares these bytes before it trusts what it has in memory. */
static void file_tell(struct build *b, unsigned char head[100])
{
	uint32_t counter = get_be32(head + 24) + 1;
	put_be(head + 24, counter, 4);
	put_be(head + 28, b->pages, 4);
	put_be(head + 92, counter, 4);
	if (b->rc == RC_OK && pwrite(b->fd, head, 100, 0) != 100)
		fail(b, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, "head");
}

/* The one number that a question about a table gives. */
static enum rc ask(struct db_conn *c, const char *sql, const char *name, int64_t *v_r, struct problem *p)
{
	sqlite3_stmt *h = NULL;
	int code = sqlite3_prepare_v2(c->h, sql, -1, &h, NULL);
	if (code == SQLITE_OK && sqlite3_bind_parameter_count(h) > 0)
		code = sqlite3_bind_text(h, 1, name, -1, SQLITE_STATIC);
	if (code == SQLITE_OK && (code = sqlite3_step(h)) == SQLITE_ROW)
		*v_r = sqlite3_column_int64(h, 0);
	enum rc rc = code == SQLITE_ROW ? RC_OK : sqlite_problem(c->h, code, p);
	sqlite3_finalize(h);
	return rc;
}

/* "INSERT [OR IGNORE] INTO name[(columns)] SELECT c1, …, cn FROM feed" */
static bool sql_told(struct build *b, const char *sql, char name[NAME_MOST])
{
	static const char *const ORDER[DB_FEED_CELLS] = { "c1", "c1, c2", "c1, c2, c3", "c1, c2, c3, c4", "c1, c2, c3, c4, c5" };
	const char *into = strstr(sql, " INTO "), *select = strstr(sql, " SELECT "), *from = strstr(sql, " FROM feed");
	if (!into || !select || !from || strcmp(from, " FROM feed") != 0)
		return false;
	size_t n = strcspn(into + 6, " (");
	if (n == 0 || n >= NAME_MOST)
		return false;
	memcpy(name, into + 6, n);
	name[n] = '\0';
	b->ignores = strstr(sql, "OR IGNORE") != NULL;
	for (unsigned i = 0; i < DB_FEED_CELLS; i++)
		if (strlen(ORDER[i]) == (size_t)(from - select - 8) && strncmp(ORDER[i], select + 8, (size_t)(from - select - 8)) == 0)
			b->columns = i + 1;
	return b->columns > 0;
}

/* An empty table that is one tree, its columns in the order of the tree. */
static enum rc table_told(struct build *b, struct db_conn *c, const char *name, bool *is_r, struct problem *p)
{
	int64_t root = 0, others = 0, columns = 0, keyed = 0, rows = 1, without = 0;
	char any[NAME_MOST + 64];
	*is_r = false;
	snprintf(any, sizeof any, "SELECT count(*) FROM (SELECT 1 FROM %s LIMIT 1)", name);
	enum rc rc = ask(c, "SELECT rootpage FROM sqlite_schema WHERE type='table' AND name=?1", name, &root, p);
	if (rc == RC_OK)
		rc = ask(c, "SELECT count(*) FROM sqlite_schema WHERE tbl_name=?1 AND type<>'table'", name, &others, p);
	if (rc == RC_OK)
		rc = ask(c, "SELECT count(*) FROM pragma_table_xinfo(?1) WHERE hidden=0", name, &columns, p);
	if (rc == RC_OK)
		rc = ask(c, "SELECT count(*) FROM pragma_table_xinfo(?1) WHERE pk=cid+1", name, &keyed, p);
	if (rc == RC_OK)
		rc = ask(c, "SELECT wr FROM pragma_table_list WHERE schema='main' AND name=?1", name, &without, p);
	if (rc == RC_OK)
		rc = ask(c, any, name, &rows, p);
	if (rc != RC_OK || rows != 0 || others != 0 || columns != b->columns || root < 2)
		return rc;
	b->root = (uint32_t)root;
	b->by_rowid = !without;
	*is_r = without ? keyed == columns : keyed == 1;
	return RC_OK;
}

static enum rc run(struct db_conn *c, const char *sql, struct problem *p)
{
	int code = sqlite3_exec(c->h, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? RC_OK : sqlite_problem(c->h, code, p);
}

enum rc build_run(struct db_conn *c, const char *sql, struct db_feed *f, bool *built_r, struct problem *p)
{
	struct build b = { .fd = -1, .p = p, .tall = 1 };
	unsigned char head[100];
	char name[NAME_MOST];
	bool fit = false;
	*built_r = false;
	if (!sql_told(&b, sql, name))
		return RC_OK;
	enum rc rc = table_told(&b, c, name, &fit, p);
	if (rc != RC_OK || !fit)
		return rc;
	*built_r = true;
	b.most = c->db->set.max_pages > 0 ? (uint32_t)c->db->set.max_pages : 0;
	b.level = malloc(LEVELS * sizeof *b.level);
	b.out = malloc((size_t)OUT_PAGES * PAGE);
	buf_init(&b.last_text, 1u << 20);
	if (!b.level || !b.out)
		fail(&b, RC_LIMIT, WHY_BUSY, "no memory");
	if (b.rc == RC_OK)
		b.rc = run(c, "COMMIT", p);
	if (b.rc == RC_OK)
		file_open(&b, c->db->path, head);
	if (b.rc == RC_OK) {
		for (unsigned i = 0; i < LEVELS; i++)
			b.level[i].holds = false;
		level_clear(&b.level[0], 0);
		rows_take(&b, c, f);
		file_tell(&b, head);
	}
	if (b.fd >= 0 && close(b.fd) != 0)
		fail(&b, RC_BROKEN, WHY_BROKEN, "close");
	buf_done(&b.last_text);
	free(b.level);
	free(b.out);
	return b.rc == RC_OK ? run(c, "BEGIN EXCLUSIVE", p) : b.rc;
}
