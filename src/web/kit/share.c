/* SPDX-License-Identifier: Apache-2.0 */
/* kit/share.c: see share.h. Must never be the only place of a number. */
#include "kit/share.h"

#define WIDTH 120
#define SLIVER 3

static void
rect(struct kit *k, const char *class_, uint64_t width)
{
	html_open(&k->w, H_RECT);
	html_attr_z(&k->w, "class", class_);
	html_attr_u(&k->w, "width", width);
	html_attr_z(&k->w, "height", "10");
	html_close(&k->w, H_RECT);
}

void
share_draw(struct kit *k, uint64_t part, uint64_t whole)
{
	uint64_t width = whole == 0 ? 0 : part >= whole ? WIDTH : part * WIDTH / whole;
	if (part > 0 && width < SLIVER)
		width = SLIVER;
	el_open(k, H_SVG, "share");
	html_attr_z(&k->w, "viewBox", "0 0 120 10");
	html_attr_z(&k->w, "width", "120");
	html_attr_z(&k->w, "height", "10");
	html_attr_z(&k->w, "aria-hidden", "true");
	rect(k, "whole", WIDTH);
	if (width > 0)
		rect(k, "part", width);
	html_close(&k->w, H_SVG);
}
