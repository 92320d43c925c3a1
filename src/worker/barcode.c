/* SPDX-License-Identifier: Apache-2.0 */
/* worker/barcode.c: see draw.h. The encoder's matrix is drawn by ourselves, module by module: no picture, no file. Start at barcode_draw. */
#include "worker/draw.h"

#include <zint.h>

#define QUIET 2 /* modules around: ISO/IEC 16022 asks for one at least */

static bool
is_dark(const struct zint_symbol *z, int x, int y)
{
	return (z->encoded_data[y][x / 8] >> (x % 8)) & 1;
}

/* Runs of dark modules as one piece: a reader sees no seams. */
static void
draw_row(cairo_t *cr, const struct zint_symbol *z, int y, double left, double top, double module)
{
	for (int x = 0; x < z->width; x++) {
		int from = x;
		while (x < z->width && is_dark(z, x, y))
			x++;
		if (x > from)
			cairo_rectangle(cr, left + from * module, top + y * module, (x - from) * module, module);
	}
}

bool
barcode_draw(cairo_t *cr, struct str text, double x, double y, double side)
{
	struct zint_symbol *z = ZBarcode_Create();
	bool good = false;

	if (z == NULL)
		return false;
	z->symbology = BARCODE_DATAMATRIX;
	z->option_3 = DM_SQUARE;
	if (ZBarcode_Encode(z, (const unsigned char *)text.p, (int)text.n) < ZINT_ERROR && z->width > 0 && z->rows > 0) {
		double module = side / (z->width + 2 * QUIET);
		for (int row = 0; row < z->rows; row++)
			draw_row(cr, z, row, x + QUIET * module, y + QUIET * module, module);
		cairo_set_source_rgb(cr, 0, 0, 0);
		cairo_fill(cr);
		good = true;
	}
	ZBarcode_Delete(z);
	return good;
}
