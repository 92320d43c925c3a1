/* SPDX-License-Identifier: Apache-2.0 */
/* tests of base/paper.c: what is written is read, what a person typed cannot change the paper, what no writer wrote is refused. */
#include "unit.h"
#include "base/paper.h"

static const struct paper_head HEAD = { .title = { "Ordonnance", 10 }, .lang = { "fr", 2 }, .format = PAPER_A4, .made_s = 1764490000 };
static const struct paper_column TWO[] = { { { "Médicament", 11 }, 3, false }, { { "Prix", 4 }, 1, true } };
static struct problem P;

/* A paper with one of everything. */
static void write_all(struct buf *b)
{
	paper_open(b, &HEAD);
	paper_heading(b, 1, STR("Ordonnance"));
	paper_field(b, STR("Patient"), STR("D'ÀLENÇON Éloïse"));
	paper_text(b, STR("une\ndeux"));
	paper_strong(b, STR("fort"));
	paper_small(b, STR("petit"));
	paper_zone(b, STR("Affection"));
	paper_item(b, STR("un"));
	paper_zone_end(b);
	paper_table(b, TWO, 2);
	paper_row(b, (const struct str[]){ STR("a"), STR("1,00 €") }, 2);
	paper_table_end(b);
	paper_code(b, STR("0123"), STR("numéro"));
	paper_rule(b);
	paper_signature(b, STR("Dr B"), STR(""));
	paper_break(b);
	paper_foot(b, STR("pied"));
}

static void reads_back(void **state)
{
	struct paper_reader r;
	struct paper_head h;
	struct paper_block k;
	struct buf b;
	unsigned seen = 0, n = 0;
	(void)state;
	write_all(&b);
	assert_int_equal(paper_close(&b, &P), RC_OK);
	paper_begin(buf_view(&b), &h, &r);
	same_text(h.title, "Ordonnance", "title");
	same_text(h.lang, "fr", "lang");
	assert_int_equal(h.format, PAPER_A4);
	assert_int_equal(h.made_s, 1764490000);
	for (; paper_next(&r, &k); n++) {
		seen |= 1u << k.kind;
		if (k.kind == PAPER_FIELD)
			same_text(k.text[1], "D'ÀLENÇON Éloïse", "field");
		if (k.kind == PAPER_TABLE) {
			assert_int_equal(k.n, 2);
			assert_int_equal(k.parts[0], 3);
			assert_true(!k.right[0] && k.right[1]);
		}
		if (k.kind == PAPER_ROW)
			same_text(k.text[1], "1,00 €", "cell");
	}
	assert_int_equal(n, 16);
	assert_int_equal(seen, (1u << PAPER_KIND__END) - 2);
	buf_done(&b);
}

static void cleans(void **state)
{
	struct paper_reader r;
	struct paper_head h;
	struct paper_block k;
	struct buf b;
	(void)state;
	paper_open(&b, &HEAD);
	paper_text(&b, (struct str){ "a\0b\x1b[0m\tc\xff\xe2\x80\xae" "d\xc2\x85\x7f", 17 });
	assert_int_equal(paper_close(&b, &P), RC_OK);
	paper_begin(buf_view(&b), &h, &r);
	assert_true(paper_next(&r, &k));
	same_text(k.text[0], "ab[0m c\xef\xbf\xbd" "d", "cleaned");
	assert_false(paper_next(&r, &k));
	buf_done(&b);
}

static enum rc closes(void (*write)(struct buf *b))
{
	struct buf b;
	paper_open(&b, &HEAD);
	write(&b);
	enum rc rc = paper_close(&b, &P);
	buf_done(&b);
	return rc;
}
static void row_alone(struct buf *b) { paper_row(b, (const struct str[]){ STR("a") }, 1); }
static void row_short(struct buf *b) { paper_table(b, TWO, 2); paper_row(b, (const struct str[]){ STR("a") }, 1); paper_table_end(b); }
static void table_open(struct buf *b) { paper_table(b, TWO, 2); }
static void text_in_table(struct buf *b) { paper_table(b, TWO, 2); paper_text(b, STR("x")); paper_table_end(b); }
static void zone_twice(struct buf *b) { paper_zone(b, STR("a")); paper_zone(b, STR("b")); paper_zone_end(b); }
static void zone_open(struct buf *b) { paper_zone(b, STR("a")); }
static void level_four(struct buf *b) { paper_heading(b, 4, STR("a")); }
static void code_accent(struct buf *b) { paper_code(b, STR("é"), STR("")); }
static void code_empty(struct buf *b) { paper_code(b, STR(""), STR("")); }
static void width_zero(struct buf *b) { paper_table(b, (const struct paper_column[]){ { STR("a"), 0, false } }, 1); paper_table_end(b); }
static void many(struct buf *b) { for (unsigned i = 0; i <= PAPER_BLOCKS; i++) paper_rule(b); }
static void large(struct buf *b) { static char text[PAPER_TEXT_MOST]; memset(text, 'x', sizeof text); for (unsigned i = 0; i < 9; i++) paper_text(b, (struct str){ text, sizeof text }); }
static void full(struct buf *b) { static char text[PAPER_TEXT_MOST + 50]; memset(text, 'x', sizeof text); paper_text(b, (struct str){ text, sizeof text }); }

static void refuses(void **state)
{
	static const struct { const char *name; void (*write)(struct buf *b); enum rc rc; } CASES[] = {
		{ "a row without a table", row_alone, RC_BROKEN }, { "a row with too few cells", row_short, RC_BROKEN }, { "a table that is not ended", table_open, RC_BROKEN },
		{ "a text within a table", text_in_table, RC_BROKEN }, { "a zone in a zone", zone_twice, RC_BROKEN }, { "a zone that is not ended", zone_open, RC_BROKEN },
		{ "a fourth level", level_four, RC_BROKEN }, { "a code with an accent", code_accent, RC_BROKEN }, { "an empty code", code_empty, RC_BROKEN }, { "a column without width", width_zero, RC_BROKEN },
		{ "too many blocks", many, RC_LIMIT }, { "too many bytes", large, RC_LIMIT }, { "a text that is cut at its limit", full, RC_OK },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(CASES); i++)
		holds(closes(CASES[i].write) == CASES[i].rc, CASES[i].name);
}

/* Each byte of a paper changed to each of some values, each cut: refused, or safe to walk. */
static void hostile(void **state)
{
	static const unsigned char VALUES[] = { 0, 1, 2, 0x0b, 0x7f, 0x80, 0xc3, 0xff };
	struct buf b;
	size_t refused = 0, tried = 0;
	(void)state;
	write_all(&b);
	assert_false(b.failed);
	for (size_t at = 0; at < b.n; at++) {
		char was = b.p[at];
		for (size_t v = 0; v < COUNT(VALUES); v++, tried++) {
			struct paper_reader r;
			struct paper_head h;
			struct paper_block k;
			b.p[at] = (char)VALUES[v];
			if (paper_check(buf_view(&b), &P) != RC_OK) {
				refused++;
				continue;
			}
			paper_begin(buf_view(&b), &h, &r);
			while (paper_next(&r, &k))
				for (unsigned i = 0; i < k.n; i++)
					assert_true(k.text[i].p >= b.p && k.text[i].p + k.text[i].n <= b.p + b.n);
		}
		b.p[at] = was;
		if (at < b.n - 1)
			refused += paper_check((struct str){ b.p, at }, &P) != RC_OK;
	}
	assert_true(refused > tried / 2);
	assert_int_equal(paper_check((struct str){ b.p, b.n - 1 }, &P), RC_BAD_INPUT);
	assert_int_equal(P.why, WHY_PAPER_BAD);
	assert_int_equal(paper_check(STR_NONE, &P), RC_BAD_INPUT);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("what was written is read back, block by block", reads_back),
		CASE("control characters, turned directions and bytes that are no text do not reach the paper", cleans),
		CASE("calls in a wrong order and papers that are too large are told", refuses),
		CASE("bytes that no writer wrote are refused or safe to walk", hostile),
	};
	return cmocka_run_group_tests_name("base/paper", tests, NULL, NULL);
}
