/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/demo/draw.c: weighted draws over the rows of shipped tables, and names as people write them. Start at draw_add. */
#include "keeper/demo/draw.h"

#include <stdlib.h>

/* "MARIE-FRANÇOISE" to "Marie-Françoise", in place: the register's capitals are ASCII and the Latin-1 letters C3 80 … C3 9E of UTF-8. */
void
draw_title_case(struct reference *t, unsigned column)
{
	for (size_t r = 1; r < t->rows; r++) {
		struct str name = reference_cell(t, r, column);
		char *at = t->bytes + (name.p - t->bytes);
		bool first = true;
		for (size_t i = 0; i < name.n; i++) {
			unsigned char c = (unsigned char)at[i];
			if (c == 0xc3 && i + 1 < name.n) {
				unsigned char low = (unsigned char)at[++i];
				if (!first && low >= 0x80 && low <= 0x9e && low != 0x97)
					at[i] = (char)(low + 0x20);
				first = false;
			} else if (c >= 'A' && c <= 'Z') {
				at[i] = first ? at[i] : (char)(c + 0x20);
				first = false;
			} else {
				first = true;
			}
		}
	}
}

void
draw_add(struct draw *d, uint32_t item, double weight)
{
	if (weight <= 0)
		return;
	if ((d->n & (d->n - 1)) == 0) { /* grow at powers of two */
		size_t cap = d->n == 0 ? 1 : d->n * 2;
		d->item = realloc(d->item, cap * sizeof *d->item);
		d->upto = realloc(d->upto, cap * sizeof *d->upto);
		MUST(d->item != NULL && d->upto != NULL);
	}
	d->item[d->n] = item;
	d->upto[d->n] = (d->n == 0 ? 0.0 : d->upto[d->n - 1]) + weight;
	d->n++;
}

uint32_t
draw_pick(const struct draw *d, struct stream *s)
{
	MUST(d->n > 0);
	double at = stream_unit(s) * d->upto[d->n - 1];
	size_t low = 0, high = d->n - 1;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (d->upto[mid] > at)
			high = mid;
		else
			low = mid + 1;
	}
	return d->item[low];
}

void
draw_done(struct draw *d)
{
	free(d->item);
	free(d->upto);
	*d = (struct draw){ 0 };
}
