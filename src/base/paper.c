/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/paper.c: see paper.h. A paper is "HYP1", its head, then blocks: kind, length of what follows, texts (length, bytes) and small numbers, little-endian.
 * Must never let a length lead outside, nor a text through that would change how another reads. Start at paper_check.
 */
#include "base/paper.h"

#include <string.h>

#include "base/utf8.h"

#define MAGIC "HYP1"
#define TITLE_MOST 200
#define MADE_MOST INT64_C(253402300799) /* 9999-12-31 */

/* What a kind is made of: how many texts, and whether numbers stand before them. */
static const struct shape { unsigned texts; bool numbers; } SHAPE[PAPER_KIND__END] = {
	[PAPER_HEADING] = { 1, true }, [PAPER_TEXT] = { 1, false }, [PAPER_STRONG] = { 1, false }, [PAPER_SMALL] = { 1, false }, [PAPER_FIELD] = { 2, false }, [PAPER_ITEM] = { 1, false },
	[PAPER_TABLE] = { PAPER_COLUMNS, true }, [PAPER_ROW] = { PAPER_COLUMNS, false }, [PAPER_TABLE_END] = { 0, false }, [PAPER_ZONE] = { 1, false }, [PAPER_ZONE_END] = { 0, false },
	[PAPER_CODE] = { 2, false }, [PAPER_RULE] = { 0, false }, [PAPER_SIGNATURE] = { 2, false }, [PAPER_FOOT] = { 1, false }, [PAPER_BREAK] = { 0, false },
};

static bool
is_turning(uint32_t c)
{
	return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static bool
may_stand(uint32_t c)
{
	return c == '\n' || (c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0) && !is_turning(c));
}

/* ---- writing ---- */

static void
put_number(struct buf *b, uint64_t v, unsigned bytes)
{
	unsigned char at[8];

	for (unsigned i = 0; i < bytes; i++)
		at[i] = (unsigned char)(v >> (8 * i));
	buf_put(b, at, bytes);
}

static void
set_length(struct buf *b, size_t at)
{
	size_t n = b->n - at - 4;

	for (unsigned i = 0; i < 4 && !b->failed; i++)
		b->p[at + i] = (char)(n >> (8 * i));
}

static size_t
length_here(struct buf *b)
{
	size_t at = b->n;

	put_number(b, 0, 4);
	return at;
}

static void
put_text(struct buf *b, struct str s, size_t most)
{
	size_t length = length_here(b), from = b->n, at = 0;
	uint32_t c;

	while (utf8_next(s, &at, &c)) {
		size_t before = b->n;
		if (c == '\t')
			c = ' ';
		if (!may_stand(c))
			continue;
		utf8_put(b, c);
		if (b->n - from > most) {
			b->n = before;
			break;
		}
	}
	set_length(b, length);
}

static size_t
block(struct buf *b, enum paper_kind kind)
{
	put_number(b, kind, 1);
	return length_here(b);
}

static void
one_text(struct buf *b, enum paper_kind kind, struct str text)
{
	size_t at = block(b, kind);

	put_text(b, text, PAPER_TEXT_MOST);
	set_length(b, at);
}

static void
two_texts(struct buf *b, enum paper_kind kind, struct str one, struct str two)
{
	size_t at = block(b, kind);

	put_text(b, one, PAPER_TEXT_MOST);
	put_text(b, two, PAPER_TEXT_MOST);
	set_length(b, at);
}

static void
no_text(struct buf *b, enum paper_kind kind)
{
	set_length(b, block(b, kind));
}

void
paper_open(struct buf *b, const struct paper_head *h)
{
	buf_init(b, PAPER_MOST);
	buf_put(b, MAGIC, 4);
	put_number(b, h->format, 1);
	put_number(b, (uint64_t)h->made_s, 8);
	put_text(b, h->lang, 2);
	put_text(b, h->title, TITLE_MOST);
}

void
paper_heading(struct buf *b, unsigned level, struct str text)
{
	size_t at = block(b, PAPER_HEADING);

	put_number(b, level, 1);
	put_text(b, text, PAPER_TEXT_MOST);
	set_length(b, at);
}

void paper_text(struct buf *b, struct str text) { one_text(b, PAPER_TEXT, text); }
void paper_strong(struct buf *b, struct str text) { one_text(b, PAPER_STRONG, text); }
void paper_small(struct buf *b, struct str text) { one_text(b, PAPER_SMALL, text); }
void paper_field(struct buf *b, struct str label, struct str value) { two_texts(b, PAPER_FIELD, label, value); }
void paper_item(struct buf *b, struct str text) { one_text(b, PAPER_ITEM, text); }
void paper_table_end(struct buf *b) { no_text(b, PAPER_TABLE_END); }
void paper_zone(struct buf *b, struct str title) { one_text(b, PAPER_ZONE, title); }
void paper_zone_end(struct buf *b) { no_text(b, PAPER_ZONE_END); }
void paper_code(struct buf *b, struct str text, struct str alt) { two_texts(b, PAPER_CODE, text, alt); }
void paper_rule(struct buf *b) { no_text(b, PAPER_RULE); }
void paper_signature(struct buf *b, struct str who, struct str what) { two_texts(b, PAPER_SIGNATURE, who, what); }
void paper_foot(struct buf *b, struct str text) { one_text(b, PAPER_FOOT, text); }
void paper_break(struct buf *b) { no_text(b, PAPER_BREAK); }

void
paper_table(struct buf *b, const struct paper_column *columns, unsigned n)
{
	size_t at = block(b, PAPER_TABLE);

	put_number(b, n, 1);
	for (unsigned i = 0; i < n && i < PAPER_COLUMNS; i++) {
		put_number(b, columns[i].parts, 1);
		put_number(b, columns[i].right, 1);
		put_text(b, columns[i].name, PAPER_TEXT_MOST);
	}
	set_length(b, at);
}

void
paper_row(struct buf *b, const struct str *cells, unsigned n)
{
	size_t at = block(b, PAPER_ROW);

	put_number(b, n, 1);
	for (unsigned i = 0; i < n && i < PAPER_COLUMNS; i++)
		put_text(b, cells[i], PAPER_TEXT_MOST);
	set_length(b, at);
}

enum rc
paper_close(struct buf *b, struct problem *p)
{
	struct problem found = { .rc = RC_OK };

	if (b->failed)
		return problem_set(p, RC_LIMIT, WHY_PAPER_LARGE, "", "paper: over %u bytes", PAPER_MOST);
	if (paper_check(buf_view(b), &found) == RC_OK)
		return RC_OK;
	if (found.rc == RC_LIMIT)
		return problem_set(p, RC_LIMIT, WHY_PAPER_LARGE, "", "paper: over %u blocks", PAPER_BLOCKS);
	return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "%s", found.detail);
}

/* ---- reading ---- */

static bool
take_number(struct str *s, unsigned bytes, uint64_t *v_r)
{
	uint64_t v = 0;

	if (s->n < bytes)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		v |= (uint64_t)(unsigned char)s->p[i] << (8 * i);
	s->p += bytes;
	s->n -= bytes;
	*v_r = v;
	return true;
}

static bool
take_text(struct str *s, struct str *text_r)
{
	uint64_t n;

	if (!take_number(s, 4, &n) || n > s->n || n > PAPER_TEXT_MOST)
		return false;
	*text_r = (struct str){ s->p, n };
	s->p += n;
	s->n -= n;
	return true;
}

static bool
take_head(struct str *s, struct paper_head *h)
{
	uint64_t format, made;

	if (s->n < 4 || memcmp(s->p, MAGIC, 4) != 0)
		return false;
	s->p += 4;
	s->n -= 4;
	if (!take_number(s, 1, &format) || !take_number(s, 8, &made) || !take_text(s, &h->lang) || !take_text(s, &h->title))
		return false;
	h->format = (enum paper_format)format;
	h->made_s = (int64_t)made;
	return true;
}

/* Its texts and numbers; false: lengths or counts that do not fit. */
static bool
take_block(struct str *s, struct paper_block *b)
{
	uint64_t kind, n, number = 0;
	struct str in;

	*b = (struct paper_block){ .level = 0 };
	if (!take_number(s, 1, &kind) || kind == 0 || kind >= PAPER_KIND__END || !take_number(s, 4, &n) || n > s->n)
		return false;
	in = (struct str){ s->p, n };
	s->p += n;
	s->n -= n;
	b->kind = (enum paper_kind)kind;
	b->n = SHAPE[kind].texts;
	bool counted = b->n == PAPER_COLUMNS;
	if ((counted || SHAPE[kind].numbers) && !take_number(&in, 1, &number))
		return false;
	if (counted && (number == 0 || number > PAPER_COLUMNS))
		return false;
	if (counted)
		b->n = (unsigned)number;
	else
		b->level = (unsigned)number;
	for (unsigned i = 0; i < b->n; i++) {
		uint64_t parts = 0, right = 0;
		if (kind == PAPER_TABLE && (!take_number(&in, 1, &parts) || !take_number(&in, 1, &right)))
			return false;
		b->parts[i] = (unsigned)parts;
		b->right[i] = right == 1;
		if (right > 1 || !take_text(&in, &b->text[i]))
			return false;
	}
	return in.n == 0;
}

static bool
is_clean(struct str s)
{
	uint32_t c;

	if (!utf8_valid(s))
		return false;
	for (size_t at = 0; utf8_next(s, &at, &c);)
		if (!may_stand(c))
			return false;
	return true;
}

static bool
is_code(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return s.n > 0 && s.n <= PAPER_CODE_MOST;
}

/* What stands open: a table, a zone. */
struct order { unsigned columns; bool zone; };

static bool
is_in_order(const struct paper_block *b, struct order *o)
{
	if (b->kind == PAPER_ROW)
		return o->columns != 0 && b->n == o->columns;
	if (b->kind == PAPER_TABLE_END) {
		bool open = o->columns != 0;
		o->columns = 0;
		return open;
	}
	if (o->columns != 0)
		return false;
	if (b->kind == PAPER_TABLE) {
		o->columns = b->n;
		for (unsigned i = 0; i < b->n; i++)
			if (b->parts[i] == 0 || b->parts[i] > 100)
				return false;
	}
	if (b->kind == PAPER_ZONE || b->kind == PAPER_ZONE_END) {
		bool fits = o->zone == (b->kind == PAPER_ZONE_END);
		o->zone = b->kind == PAPER_ZONE;
		return fits;
	}
	return b->kind != PAPER_HEADING || (b->level >= 1 && b->level <= 3);
}

static enum rc
bad(const char *what, struct problem *p)
{
	return problem_set(p, RC_BAD_INPUT, WHY_PAPER_BAD, "", "paper: %s", what);
}

enum rc
paper_check(struct str paper, struct problem *p)
{
	struct paper_head h = { .made_s = 0 };
	struct paper_block b;
	struct order o = { 0, false };
	struct str left = paper;
	unsigned blocks = 0;

	if (paper.n > PAPER_MOST)
		return bad("too long", p);
	if (!take_head(&left, &h) || h.format == 0 || h.format >= PAPER_FORMAT__END || h.made_s < 0 || h.made_s > MADE_MOST || (!str_eq(h.lang, "fr") && !str_eq(h.lang, "en")) || h.title.n > TITLE_MOST || !is_clean(h.title))
		return bad("head", p);
	while (left.n > 0) {
		if (++blocks > PAPER_BLOCKS)
			return problem_set(p, RC_LIMIT, WHY_PAPER_LARGE, "", "paper: too many blocks");
		if (!take_block(&left, &b))
			return bad("a length or a count", p);
		if (!is_in_order(&b, &o))
			return bad("order", p);
		for (unsigned i = 0; i < b.n; i++)
			if (!is_clean(b.text[i]))
				return bad("a sign", p);
		if (b.kind == PAPER_CODE && !is_code(b.text[0]))
			return bad("a code", p);
	}
	return o.columns != 0 || o.zone ? bad("not ended", p) : RC_OK;
}

void
paper_begin(struct str paper, struct paper_head *h_r, struct paper_reader *r)
{
	r->left = paper;
	MUST(take_head(&r->left, h_r));
}

bool
paper_next(struct paper_reader *r, struct paper_block *b_r)
{
	if (r->left.n == 0)
		return false;
	MUST(take_block(&r->left, b_r));
	return true;
}
