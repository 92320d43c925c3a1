/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/spark.c: places points in a 160 × 32 box. It must never join points over a gap nor invent one.
 * Called by web/pages/chart.c. Start at spark_draw.
 */
#include "kit/spark.h"

#define BOX_W 160
#define BOX_H 32
#define EDGE  4      /* so that dots and strokes at the rim are whole */

bool
spark_number(struct str text, double *v_r)
{
	double v = 0, unit = 1;
	bool point = false, any = false, negative = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '-' && i == 0) {
			negative = true;
		} else if ((c == '.' || c == ',') && !point) {
			point = true;
		} else if (c >= '0' && c <= '9' && i < 16) {
			any = true;
			if (point)
				unit /= 10;
			v = point ? v + (c - '0') * unit : v * 10 + (c - '0');
		} else {
			return false;
		}
	}
	if (!any)
		return false;
	*v_r = negative ? -v : v;
	return true;
}

struct scale { double low, high; int64_t from_ms, to_ms; };

static int
x_of(const struct scale *s, int64_t at_ms)
{
	if (s->to_ms <= s->from_ms)
		return BOX_W - EDGE;
	return EDGE + (int)((double)(at_ms - s->from_ms) / (double)(s->to_ms - s->from_ms) * (BOX_W - 2 * EDGE));
}

static int
y_of(const struct scale *s, double v)
{
	if (s->high <= s->low)
		return BOX_H / 2;
	double share = (v - s->low) / (s->high - s->low);
	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return BOX_H - EDGE - (int)(share * (BOX_H - 2 * EDGE));
}

static struct scale
scale_of(const struct spark *s)
{
	struct scale c = { s->at[0].value, s->at[0].value, s->at[0].at_ms, s->at[s->n - 1].at_ms };
	for (size_t i = 1; i < s->n; i++) {
		c.low = s->at[i].value < c.low ? s->at[i].value : c.low;
		c.high = s->at[i].value > c.high ? s->at[i].value : c.high;
	}
	return c;
}

static void
draw_line(struct kit *k, const struct spark *s, const struct scale *c)
{
	struct buf d;
	buf_init(&d, 16 * SPARK_POINTS);
	for (size_t i = 0; i < s->n && i < SPARK_POINTS; i++) {
		bool broken = i == 0 || (s->gap_ms > 0 && s->at[i].at_ms - s->at[i - 1].at_ms > s->gap_ms);
		buf_ch(&d, broken ? 'M' : 'L');
		buf_u64(&d, (uint64_t)x_of(c, s->at[i].at_ms));
		buf_ch(&d, ' ');
		buf_u64(&d, (uint64_t)y_of(c, s->at[i].value));
	}
	html_open(&k->w, H_PATH);
	html_attr_z(&k->w, "class", "line");
	html_attr(&k->w, "d", buf_view(&d));
	html_close(&k->w, H_PATH);
	buf_done(&d);
}

void
spark_draw(struct kit *k, const struct spark *s)
{
	if (s->n == 0)
		return;
	struct spark cut = *s;
	if (cut.n > SPARK_POINTS) {           /* the newest ones */
		cut.at += cut.n - SPARK_POINTS;
		cut.n = SPARK_POINTS;
	}
	struct scale c = scale_of(&cut);
	struct digits d;
	el_open(k, H_SVG, "spark");
	html_attr_z(&k->w, "viewBox", "0 0 160 32");
	html_attr_z(&k->w, "width", "160");
	html_attr_z(&k->w, "height", "32");
	html_attr_z(&k->w, "role", "img");
	html_open(&k->w, H_TITLE);
	say_with(k, N_("{1}: {2} measures, oldest left"), str_of(tr(k->lang, s->label)), digits_of(&d, (int64_t)cut.n));
	html_close(&k->w, H_TITLE);
	draw_line(k, &cut, &c);
	html_open(&k->w, H_CIRCLE);
	html_attr_z(&k->w, "class", "dot");
	html_attr_u(&k->w, "cx", (uint64_t)x_of(&c, cut.at[cut.n - 1].at_ms));
	html_attr_u(&k->w, "cy", (uint64_t)y_of(&c, cut.at[cut.n - 1].value));
	html_attr_z(&k->w, "r", "3");
	html_close(&k->w, H_CIRCLE);
	html_close(&k->w, H_SVG);
}
