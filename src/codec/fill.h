/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/fill.h: {{name}} in a text: merge fields of templates that a house writes. There is nothing else in them: no condition, no loop, no call. Pure.
 * What stands for a name is the caller's matter; what is put in is never read again. Start at fill_next.
 */
#ifndef HYGIE_CODEC_FILL_H
#define HYGIE_CODEC_FILL_H

#include "base/str.h"

#define FILL_NAME_MOST 40

/*
 * The next field of *rest: its name (blanks around it dropped) and the text before it; *rest goes on behind it. False: there is none, before_r is all that was left.
 * "{{" that is not closed on its line, or holds over FILL_NAME_MOST bytes, is a field whose name begins with it, cut at FILL_NAME_MOST: no list has it.
 */
bool fill_next(struct str *rest, struct str *before_r, struct str *name_r);
/* The text with each field replaced by what `value` says; false of it: the field stays as it stands. */
struct fill { bool (*value)(struct fill *f, struct str name, struct buf *out); };
void fill_put(struct buf *out, struct str text, struct fill *f);

/* The only other markup: what a line is. text_r: the heading, the item, the name of the field that stands alone on its line, or the line. level_r: of a heading, 1 to 3. */
enum fill_line { FILL_BLANK, FILL_TEXT, FILL_HEADING /* # words */, FILL_ITEM /* - words */, FILL_ALONE /* {{name}} */ };
enum fill_line fill_line(struct str line, struct str *text_r, unsigned *level_r);
#endif
