/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/spark.h: a small line of measures as SVG, drawn by classes (no style), with title and description.
 * A table beside it holds the numbers: the drawing is never the only way to read them. Gaps stay gaps. At most 400 points. Pure.
 */
#ifndef HYGIE_KIT_SPARK_H
#define HYGIE_KIT_SPARK_H

#include "kit/say.h"

#define SPARK_POINTS 400
struct spark_point { int64_t at_ms; double value; };
struct spark {
	const char *label;                       /* msgid */
	const struct spark_point *at; size_t n;  /* oldest first */
	int64_t gap_ms;                          /* a longer silence breaks the line; 0 never */
};
void spark_draw(struct kit *k, const struct spark *s);
/* "142,5" or "142.5" as a number; false when it is none. For drawing only: doses never pass here. */
bool spark_number(struct str text, double *v_r);
#endif
