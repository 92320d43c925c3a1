/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/paper.h: what a paper is made of, before anybody drew it: one flat list of blocks (headings, fields, tables …) that says nothing of fonts and places.
 * Whoever has something to print (a page, an act) writes it; the press (src/worker, base/press.h) alone reads it and makes the PDF. Same bytes, same PDF.
 * The writer cleans what it is given: control characters and signs that turn the direction of what follows (U+202A-202E, U+2066-2069) are left out, bytes that are no UTF-8
 * become U+FFFD. The reader refuses what a writer would not have written. Pure. Start at paper_open; for the press, at paper_check.
 *
 *	struct buf b;
 *	paper_open(&b, &(struct paper_head){ .title = STR("Ordonnance"), .lang = STR("fr"), .format = PAPER_A4, .made_s = signed_s });
 *	paper_heading(&b, 1, STR("Ordonnance"));
 *	paper_field(&b, STR("Patient"), name);
 *	…
 *	if ((rc = paper_close(&b, p)) == RC_OK)
 *		rc = press_pdf(buf_view(&b), &pdf, p);
 */
#ifndef HYGIE_BASE_PAPER_H
#define HYGIE_BASE_PAPER_H

#include "base/str.h"

#define PAPER_MOST (128u << 10)  /* bytes of one paper */
#define PAPER_BLOCKS 4000u
#define PAPER_TEXT_MOST 16384u   /* bytes of one text */
#define PAPER_COLUMNS 12u
#define PAPER_CODE_MOST 300u     /* characters of a DataMatrix: ASCII */

enum paper_format {
	PAPER_A4 = 1,       /* pages of 210 × 297 mm with title, foot and page numbers */
	PAPER_LABEL,        /* a roll: each page is one label, 70 × 36 mm */
	PAPER_WRISTBAND,    /* one band, 250 × 25 mm */
	PAPER_FORMAT__END
};

struct paper_head {
	struct str title;   /* of the document, at most 200 bytes: what a reader's window shows. The name of a patient does not belong here: windows and queues show it */
	struct str lang;    /* "fr" or "en" */
	enum paper_format format;
	int64_t made_s;     /* the document's own date, seconds since 1970 UTC: signed, posted, asked for. 0 to 9999-12-31 */
};

/* A column of a table: its head, its part of the width (1 to 100), and where its texts stand. */
struct paper_column { struct str name; unsigned parts; bool right; };

/* ---- writing. The first error sticks in the buffer (b->failed) or in the order of calls, which paper_close tells ---- */

void paper_open(struct buf *b, const struct paper_head *h);             /* begins an empty buffer: it is initialised here, and freed by buf_done */
void paper_heading(struct buf *b, unsigned level, struct str text);     /* 1 to 3 */
void paper_text(struct buf *b, struct str text);                        /* a paragraph; '\n' begins a line */
void paper_strong(struct buf *b, struct str text);                      /* a paragraph that stands out: a warning, a mention that the law asks for */
void paper_small(struct buf *b, struct str text);                       /* one in small letters: a source, a note */
void paper_field(struct buf *b, struct str label, struct str value);
void paper_item(struct buf *b, struct str text);                        /* of a list; items that follow each other are one list */
void paper_table(struct buf *b, const struct paper_column *columns, unsigned n); /* its head is repeated on each page */
void paper_row(struct buf *b, const struct str *cells, unsigned n);     /* n as many as the table has */
void paper_table_end(struct buf *b);
void paper_zone(struct buf *b, struct str title);                       /* what follows stands in a frame under this title, until */
void paper_zone_end(struct buf *b);
void paper_code(struct buf *b, struct str text, struct str alt);        /* a DataMatrix of printable ASCII; alt: what a reading machine says of it */
void paper_rule(struct buf *b);                                         /* a line across */
void paper_signature(struct buf *b, struct str who, struct str what);   /* a place to sign: who signs, and what was signed when, or empty */
void paper_foot(struct buf *b, struct str text);                        /* at the foot of each page, beside its number; the last one said counts, for all pages */
void paper_break(struct buf *b);                                        /* next page, next label */
/* LIMIT PAPER_LARGE: over PAPER_MOST or PAPER_BLOCKS, or no memory. BROKEN: calls in a wrong order, a bug of the caller. Cost: one walk. */
enum rc paper_close(struct buf *b, struct problem *p) CHECKED;

/* ---- reading ---- */

enum paper_kind {
	PAPER_HEADING = 1, PAPER_TEXT, PAPER_STRONG, PAPER_SMALL, PAPER_FIELD, PAPER_ITEM, PAPER_TABLE, PAPER_ROW, PAPER_TABLE_END, PAPER_ZONE, PAPER_ZONE_END, PAPER_CODE, PAPER_RULE,
	PAPER_SIGNATURE, PAPER_FOOT, PAPER_BREAK, PAPER_KIND__END
};
struct paper_block {
	enum paper_kind kind;
	unsigned level;                 /* of a heading */
	unsigned n;                     /* texts; columns of a table */
	struct str text[PAPER_COLUMNS]; /* into the paper; in the order of the writer's arguments */
	unsigned parts[PAPER_COLUMNS];  /* of a table */
	bool right[PAPER_COLUMNS];
};
struct paper_reader { struct str left; };
/* BAD_INPUT PAPER_BAD: not a paper as the writer makes them: lengths, counts, order, UTF-8, signs. Cost: one walk. */
enum rc paper_check(struct str paper, struct problem *p) CHECKED;
/* Of a paper that was checked; the strings point into it. */
void paper_begin(struct str paper, struct paper_head *h_r, struct paper_reader *r);
bool paper_next(struct paper_reader *r, struct paper_block *b_r);
#endif
