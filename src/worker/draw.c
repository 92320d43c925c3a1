/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker/draw.c: see draw.h. Every paper is gone through twice by the same code: dry, which counts its pages (and finds how small a label must be written), then drawn.
 * Lengths are points (1/72 inch). A row or a paragraph goes on over as many pages as it needs; nothing is cut. Start at draw_paper, then draw_block.
 */
#include "worker/draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define MM (72 / 25.4)
#define LABEL_LEAST 0.5  /* of the full size: smaller is not read */
#define KEEP 0.33        /* a row up to this part of a page is not parted */

static const struct format {
	double width, height, margin, foot; /* foot: kept free below for the page number */
	double text, small, head[4];        /* sizes of letters; head[1] to head[3] by level */
	double gap, label, code;            /* between blocks; width of a field's name (0: in the line); side of a barcode */
	bool narrow;                        /* a label or a band: one page is one piece, barcodes stand on the left */
} FORMATS[PAPER_FORMAT__END] = {
	[PAPER_A4]        = { 210 * MM, 297 * MM, 18 * MM, 9 * MM, 10, 8, { 0, 16, 12.5, 10.5 }, 5, 46 * MM, 22 * MM, false },
	[PAPER_LABEL]     = { 70 * MM, 36 * MM, 2.5 * MM, 0, 8, 6.5, { 0, 10, 9, 8 }, 1, 0, 17 * MM, true },
	[PAPER_WRISTBAND] = { 250 * MM, 25 * MM, 2.5 * MM, 0, 9, 7, { 0, 13, 11, 9 }, 1, 0, 19 * MM, true },
};

struct drawing {
	struct str paper;
	struct paper_head head;
	const struct format *f;
	PangoContext *context;
	cairo_t *cr;
	bool dry, failed;         /* failed: does not fit, or a code that is none */
	double scale;             /* of letters, on a label */
	unsigned page, pages;
	double y, left, right, bottom;
	struct str foot;
	bool in_zone, in_list, in_page;
	double zone_from;
	struct paper_block columns; bool has_columns; /* of the open table */
};
struct look { double size; bool bold; const char *tag; double grey; };

/* ---- texts ---- */

static PangoLayout *
lay_out(struct drawing *d, struct str text, const struct look *k, double width)
{
	PangoLayout *l = pango_layout_new(d->context);
	PangoFontDescription *font = pango_font_description_copy(pango_context_get_font_description(d->context));

	pango_font_description_set_absolute_size(font, k->size * d->scale * PANGO_SCALE);
	pango_font_description_set_weight(font, k->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(l, font);
	pango_font_description_free(font);
	pango_layout_set_width(l, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(l, text.n > 0 ? text.p : "", (int)text.n);
	return l;
}

static double
height_of(PangoLayout *l)
{
	int w, h;

	pango_layout_get_size(l, &w, &h);
	return (double)h / PANGO_SCALE;
}

static void
tag_begin(struct drawing *d, const char *tag)
{
	if (!d->dry && tag != NULL)
		cairo_tag_begin(d->cr, tag, NULL);
}

static void
tag_end(struct drawing *d, const char *tag)
{
	if (!d->dry && tag != NULL)
		cairo_tag_end(d->cr, tag);
}

static void
ink(struct drawing *d, double grey)
{
	cairo_set_source_rgb(d->cr, grey, grey, grey);
}

/* ---- pages ---- */

static void
line_across(struct drawing *d, double y, double width, double grey)
{
	if (d->dry)
		return;
	ink(d, grey);
	cairo_set_line_width(d->cr, width);
	cairo_move_to(d->cr, d->left, y);
	cairo_line_to(d->cr, d->right, y);
	cairo_stroke(d->cr);
}

static void
frame_piece(struct drawing *d)
{
	if (d->dry || !d->in_zone)
		return;
	ink(d, 0);
	cairo_set_line_width(d->cr, 1);
	cairo_rectangle(d->cr, d->left - 6, d->zone_from, d->right - d->left + 12, d->y - d->zone_from);
	cairo_stroke(d->cr);
}

static void
draw_foot(struct drawing *d)
{
	const struct look small = { 8, false, NULL, 0.3 };
	double from = d->f->margin, to = d->f->width - d->f->margin, y = d->f->height - d->f->margin - 2;
	char number[40];

	if (d->dry || d->f->narrow)
		return;
	snprintf(number, sizeof number, "%u/%u", d->page, d->pages);
	PangoLayout *right = lay_out(d, str_of(number), &small, 60), *left = lay_out(d, d->foot, &small, to - from - 70);
	pango_layout_set_alignment(right, PANGO_ALIGN_RIGHT);
	pango_layout_set_height(left, -1); /* one line; a longer one ends with an ellipsis */
	pango_layout_set_ellipsize(left, PANGO_ELLIPSIZE_END);
	ink(d, small.grey);
	cairo_move_to(d->cr, from, y);
	pango_cairo_show_layout(d->cr, left);
	cairo_move_to(d->cr, to - 60, y);
	pango_cairo_show_layout(d->cr, right);
	g_object_unref(left);
	g_object_unref(right);
}

static void
page_end(struct drawing *d)
{
	if (!d->in_page)
		return;
	frame_piece(d);
	draw_foot(d);
	if (!d->dry)
		cairo_show_page(d->cr);
	d->in_page = false;
}

static void
page_begin(struct drawing *d)
{
	if (d->in_page)
		return;
	d->in_page = true;
	d->failed = d->failed || ++d->page > DRAW_PAGES_MOST;
	d->y = d->f->margin;
	d->left = d->f->margin + (d->in_zone ? 8 : 0);
	d->right = d->f->width - d->f->margin - (d->in_zone ? 8 : 0);
	d->bottom = d->f->height - d->f->margin - d->f->foot;
	d->zone_from = d->y - 2;
}

static void table_head(struct drawing *d);

static void
next_page(struct drawing *d)
{
	if (d->f->narrow) { /* a label is one piece */
		d->failed = true;
		return;
	}
	page_end(d);
	page_begin(d);
}

static void
need(struct drawing *d, double height)
{
	page_begin(d);
	if (d->y + height > d->bottom && d->y > d->f->margin && !d->failed)
		next_page(d);
}

/* ---- texts that go on over pages: of several columns, beside each other, line by line ---- */

struct cell { PangoLayout *l; PangoLayoutIter *at; double x; bool right; double width; bool over; };

static double
line_height(const struct cell *c)
{
	int from, to;

	pango_layout_iter_get_line_yrange(c->at, &from, &to);
	return (double)(to - from) / PANGO_SCALE;
}

static void
show_line(struct drawing *d, struct cell *c, double y, const struct look *k)
{
	PangoRectangle size;
	int from, to;

	if (d->dry)
		return;
	pango_layout_iter_get_line_extents(c->at, NULL, &size);
	pango_layout_iter_get_line_yrange(c->at, &from, &to);
	ink(d, k->grey);
	cairo_move_to(d->cr, c->x + (double)size.x / PANGO_SCALE, y + (double)(pango_layout_iter_get_baseline(c->at) - from) / PANGO_SCALE);
	pango_cairo_show_layout_line(d->cr, pango_layout_iter_get_line_readonly(c->at));
}

/* As many lines of this cell as fit above the bottom; where it ended. */
static double
show_lines(struct drawing *d, struct cell *c, const struct look *k)
{
	double y = d->y;

	tag_begin(d, k->tag);
	while (!c->over && y + line_height(c) <= d->bottom + 0.01) {
		show_line(d, c, y, k);
		y += line_height(c);
		c->over = !pango_layout_iter_next_line(c->at);
	}
	tag_end(d, k->tag);
	return y;
}

/* n cells beside each other. again: a table's head is repeated where they go on. */
static void
show_cells(struct drawing *d, struct cell *cells, unsigned n, const struct look *looks, const char *row, bool again)
{
	bool left = true;

	while (left && !d->failed) {
		double low = d->y;
		left = false;
		tag_begin(d, row);
		for (unsigned i = 0; i < n; i++) {
			double y = show_lines(d, &cells[i], &looks[i]);
			low = y > low ? y : low;
			left = left || !cells[i].over;
		}
		tag_end(d, row);
		d->y = low;
		if (left) {
			next_page(d);
			if (again)
				table_head(d);
		}
	}
}

static struct cell
cell_new(struct drawing *d, struct str text, const struct look *k, double x, double width, bool right)
{
	struct cell c = { .x = x, .width = width, .right = right };

	c.l = lay_out(d, text, k, width);
	if (right)
		pango_layout_set_alignment(c.l, PANGO_ALIGN_RIGHT);
	c.at = pango_layout_get_iter(c.l);
	return c;
}

static void
cell_done(struct cell *c)
{
	pango_layout_iter_free(c->at);
	g_object_unref(c->l);
}

static void
paragraph(struct drawing *d, struct str text, struct look k, double indent)
{
	page_begin(d);
	struct cell c = cell_new(d, text, &k, d->left + indent, d->right - d->left - indent, false);
	double all = height_of(c.l), page = d->bottom - d->f->margin;

	/* short ones stay whole; of a long one two lines at least begin on this page */
	need(d, all < page * KEEP ? all : 2 * line_height(&c));
	show_cells(d, &c, 1, &k, NULL, false);
	d->y += d->f->gap;
	cell_done(&c);
}

/* ---- blocks ---- */

static void
heading(struct drawing *d, const struct paper_block *b)
{
	static const char *const TAGS[] = { NULL, "H1", "H2", "H3" };
	struct look k = { d->f->head[b->level], true, TAGS[b->level], 0 };

	if (!d->f->narrow) {
		need(d, k.size * 4); /* not alone at the bottom */
		d->y += d->y > d->f->margin + 3 ? (b->level == 1 ? 8 : 5) : 0;
	}
	paragraph(d, b->text[0], k, 0);
}

static void
field(struct drawing *d, const struct paper_block *b)
{
	const struct look looks[2] = { { d->f->text, false, "Lbl", 0.3 }, { d->f->text, false, "LBody", 0 } };

	page_begin(d);
	if (d->f->label == 0) { /* in one line: "name : value" */
		struct buf line;
		buf_init(&line, 2 * PAPER_TEXT_MOST + 8);
		buf_str(&line, b->text[0]);
		buf_z(&line, b->text[0].n == 0 ? "" : str_eq(d->head.lang, "fr") ? "\u00a0: " : ": ");
		buf_str(&line, b->text[1]);
		if (line.failed)
			d->failed = true;
		else
			paragraph(d, buf_view(&line), (struct look){ d->f->text, false, "P", 0 }, 0);
		buf_done(&line);
		return;
	}
	double at = d->left + d->f->label;
	struct cell cells[2] = { cell_new(d, b->text[0], &looks[0], d->left, d->f->label - 6, false), cell_new(d, b->text[1], &looks[1], at, d->right - at, false) };
	double all = height_of(cells[0].l) > height_of(cells[1].l) ? height_of(cells[0].l) : height_of(cells[1].l);
	need(d, all < (d->bottom - d->f->margin) * KEEP ? all : 24);
	show_cells(d, cells, 2, looks, "LI", false);
	d->y += d->f->gap / 2;
	cell_done(&cells[0]);
	cell_done(&cells[1]);
}

static void
row(struct drawing *d, const struct str *texts, const struct look *k, const char *tag, bool again)
{
	const struct paper_block *c = &d->columns;
	struct cell cells[PAPER_COLUMNS];
	struct look looks[PAPER_COLUMNS];
	unsigned parts = 0;
	double x = d->left, all = 0;

	for (unsigned i = 0; i < c->n; i++)
		parts += c->parts[i];
	for (unsigned i = 0; i < c->n; i++) {
		double width = (d->right - d->left) * c->parts[i] / parts;
		looks[i] = *k;
		cells[i] = cell_new(d, texts[i], k, x, width - 6, c->right[i]);
		all = height_of(cells[i].l) > all ? height_of(cells[i].l) : all;
		x += width;
	}
	if (again) { /* not the head itself */
		unsigned before = d->page;
		need(d, (all < (d->bottom - d->f->margin) * KEEP ? all : 24) + 4);
		if (d->page != before)
			table_head(d);
	}
	d->y += 2;
	show_cells(d, cells, c->n, looks, tag, again);
	d->y += 2;
	line_across(d, d->y, again ? 0.4 : 1, again ? 0.6 : 0);
	for (unsigned i = 0; i < c->n; i++)
		cell_done(&cells[i]);
}

static void
table_head(struct drawing *d)
{
	const struct look k = { d->f->text - 1, true, "TH", 0 };

	if (d->has_columns && !d->failed)
		row(d, d->columns.text, &k, "TR", false);
}

static void
table(struct drawing *d, const struct paper_block *b)
{
	need(d, 50);
	d->columns = *b;
	d->has_columns = true;
	tag_begin(d, "Table");
	table_head(d);
}

static void
table_end(struct drawing *d)
{
	tag_end(d, "Table");
	d->has_columns = false;
	d->y += d->f->gap;
}

static void
zone(struct drawing *d, const struct paper_block *b)
{
	need(d, 70);
	d->y += 2;
	d->in_zone = true;
	d->zone_from = d->y;
	d->left += 8;
	d->right -= 8;
	d->y += 4;
	paragraph(d, b->text[0], (struct look){ d->f->text, true, "H2", 0 }, 0);
	line_across(d, d->y - 2, 0.5, 0);
	d->y += 3;
}

static void
zone_end(struct drawing *d)
{
	page_begin(d);
	frame_piece(d);
	d->in_zone = false;
	d->left -= 8;
	d->right += 8;
	d->y += 2 * d->f->gap;
}

static void
code(struct drawing *d, const struct paper_block *b)
{
	double side = d->f->code;

	need(d, side);
	tag_begin(d, "Figure");
	if (!d->dry && !barcode_draw(d->cr, b->text[0], d->left, d->y, side))
		d->failed = true;
	tag_end(d, "Figure");
	if (d->f->narrow) {
		d->left += side + 2 * MM; /* what follows stands beside it */
		return;
	}
	if (b->text[1].n > 0) {
		PangoLayout *l = lay_out(d, b->text[1], &(struct look){ d->f->small, false, NULL, 0 }, d->right - d->left - side - 8);
		if (!d->dry) {
			tag_begin(d, "P");
			ink(d, 0);
			cairo_move_to(d->cr, d->left + side + 8, d->y + 2);
			pango_cairo_show_layout(d->cr, l);
			tag_end(d, "P");
		}
		g_object_unref(l);
	}
	d->y += side + d->f->gap;
}

static void
signature(struct drawing *d, const struct paper_block *b)
{
	double half = (d->f->width - 2 * d->f->margin) / 2;

	need(d, 80);
	d->y += 10;
	paragraph(d, b->text[0], (struct look){ d->f->text, true, "P", 0 }, half - (d->in_zone ? 8 : 0));
	if (b->text[1].n > 0)
		paragraph(d, b->text[1], (struct look){ d->f->small, false, "P", 0 }, half - (d->in_zone ? 8 : 0));
	d->y += 34;
}

/* Fields and items that follow each other are one list. */
static void
list_until(struct drawing *d, bool is_list)
{
	if (is_list && !d->in_list) {
		page_begin(d);
		tag_begin(d, "L");
	} else if (!is_list && d->in_list) {
		tag_end(d, "L");
		if (!d->f->narrow)
			d->y += d->f->gap / 2;
	}
	d->in_list = is_list;
}

static void
item(struct drawing *d, const struct paper_block *b)
{
	const struct look looks[2] = { { d->f->text, false, "Lbl", 0 }, { d->f->text, false, "LBody", 0 } };

	page_begin(d);
	struct cell cells[2] = { cell_new(d, STR("–"), &looks[0], d->left, 10, false), cell_new(d, b->text[0], &looks[1], d->left + 12, d->right - d->left - 12, false) };
	need(d, height_of(cells[1].l) < (d->bottom - d->f->margin) * KEEP ? height_of(cells[1].l) : 24);
	show_cells(d, cells, 2, looks, "LI", false);
	d->y += d->f->gap / 2;
	cell_done(&cells[0]);
	cell_done(&cells[1]);
}

static void
draw_block(struct drawing *d, const struct paper_block *b)
{
	list_until(d, (b->kind == PAPER_FIELD && !d->f->narrow) || b->kind == PAPER_ITEM || (b->kind == PAPER_FOOT && d->in_list));
	switch (b->kind) {
	case PAPER_HEADING: heading(d, b); break;
	case PAPER_TEXT: paragraph(d, b->text[0], (struct look){ d->f->text, false, "P", 0 }, 0); break;
	case PAPER_STRONG: paragraph(d, b->text[0], (struct look){ d->f->text, true, "P", 0 }, 0); break;
	case PAPER_SMALL: paragraph(d, b->text[0], (struct look){ d->f->small, false, "P", 0.2 }, 0); break;
	case PAPER_FIELD: field(d, b); break;
	case PAPER_ITEM: item(d, b); break;
	case PAPER_TABLE: table(d, b); break;
	case PAPER_ROW: row(d, b->text, &(struct look){ d->f->text - 1, false, "TD", 0 }, "TR", true); break;
	case PAPER_TABLE_END: table_end(d); break;
	case PAPER_ZONE: zone(d, b); break;
	case PAPER_ZONE_END: zone_end(d); break;
	case PAPER_CODE: code(d, b); break;
	case PAPER_RULE:
		need(d, 8);
		line_across(d, d->y + 2, 0.7, 0);
		d->y += 4 + d->f->gap;
		break;
	case PAPER_SIGNATURE: signature(d, b); break;
	case PAPER_FOOT: break; /* read before */
	case PAPER_BREAK: page_end(d); break;
	case PAPER_KIND__END: break;
	}
}

/* ---- the whole ---- */

static void
go_through(struct drawing *d)
{
	struct paper_reader r;
	struct paper_block b;

	d->page = 0;
	d->in_page = d->in_list = d->in_zone = d->has_columns = d->failed = false;
	tag_begin(d, "Document");
	paper_begin(d->paper, &d->head, &r);
	while (!d->failed && paper_next(&r, &b))
		draw_block(d, &b);
	list_until(d, false);
	if (d->page == 0)
		page_begin(d);
	page_end(d);
	tag_end(d, "Document");
}

static void
find_foot(struct drawing *d)
{
	struct paper_reader r;
	struct paper_block b;

	paper_begin(d->paper, &d->head, &r);
	while (paper_next(&r, &b))
		if (b.kind == PAPER_FOOT)
			d->foot = b.text[0];
}

static cairo_status_t
take(void *ctx, const unsigned char *bytes, unsigned n)
{
	struct buf *pdf = ctx;

	buf_put(pdf, bytes, n);
	return pdf->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

/* The document's own date, never today's: the same paper is the same bytes. */
static void
describe(struct drawing *d, cairo_surface_t *s)
{
	struct civil on = civil_utc(d->head.made_s * 1000);
	char title[256], made[64];

	snprintf(title, sizeof title, "%.*s", STR_ARG(d->head.title));
	snprintf(made, sizeof made, "%04d-%02d-%02dT%02d:%02d:%02dZ", on.year, on.month, on.day, on.hour, on.minute, on.second);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_TITLE, title);
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATOR, "Hygie");
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, made);
}

static enum rc
drawn(struct drawing *d, struct buf *pdf, struct problem *p)
{
	cairo_surface_t *s = cairo_pdf_surface_create_for_stream(take, pdf, d->f->width, d->f->height);

	describe(d, s);
	d->cr = cairo_create(s);
	d->dry = false;
	go_through(d);
	bool good = cairo_status(d->cr) == CAIRO_STATUS_SUCCESS;
	cairo_destroy(d->cr);
	cairo_surface_finish(s);
	good = good && cairo_surface_status(s) == CAIRO_STATUS_SUCCESS;
	cairo_surface_destroy(s);
	if (d->failed)
		return problem_set(p, RC_BAD_INPUT, WHY_PAPER_BAD, "", "draw: a code that is none");
	return good ? finish_document(pdf, d->head.lang, p) : problem_set(p, RC_LIMIT, WHY_PAPER_LARGE, "", "draw: the drawing library");
}

enum rc
draw_paper(struct str paper, struct buf *pdf, struct problem *p)
{
	struct drawing d = { .paper = paper, .dry = true, .scale = 1 };
	enum rc rc;

	find_foot(&d);
	d.f = &FORMATS[d.head.format];
	d.context = fonts_context(str_eq(d.head.lang, "fr") ? "fr" : "en");
	go_through(&d);
	while (d.failed && d.f->narrow && d.scale > LABEL_LEAST) {
		d.scale *= 0.94;
		go_through(&d);
	}
	d.pages = d.page;
	rc = d.failed ? problem_set(p, RC_BAD_INPUT, WHY_PAPER_BAD, "", "draw: does not fit") : drawn(&d, pdf, p);
	g_object_unref(d.context);
	return rc;
}
