/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker/draw.h: the drawing of one paper (base/paper.h) as PDF: pages, breaks, tables, frames, barcodes, the tags that reading machines walk by. Fonts are fonts.c's, barcodes
 * barcode.c's, what the drawing library cannot say of a document finish.c's. Same bytes in, same bytes out. Called by main.c. Start at draw_paper.
 */
#ifndef HYGIE_WORKER_DRAW_H
#define HYGIE_WORKER_DRAW_H

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "base/paper.h"

#define DRAW_PAGES_MOST 200u

/*
 * paper: checked. pdf is appended to. BAD_INPUT PAPER_BAD: over DRAW_PAGES_MOST pages, a label or band that its texts do not fit even when small, a code that is no DataMatrix.
 * LIMIT: no memory, or over the buffer's limit. Cost: about 2 ms a page of text, twice laid out (the number of pages stands on each).
 */
enum rc draw_paper(struct str paper, struct buf *pdf, struct problem *p) CHECKED;

/* fonts.c: the two faces that every paper is set in, read once, so that the libraries are ready. false: they are not there. */
bool fonts_open(const char *folder);
PangoContext *fonts_context(const char *lang);

/* barcode.c: the text as a square DataMatrix of side points at x, y, its quiet zone within. false: the text does not fit one. */
bool barcode_draw(cairo_t *cr, struct str text, double x, double y, double side);

/* finish.c: writes the language of a document into what the drawing library made. BROKEN: it is not as that library writes it. */
enum rc finish_document(struct buf *pdf, struct str lang, struct problem *p) CHECKED;
#endif
