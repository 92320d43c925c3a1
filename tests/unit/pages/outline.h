/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outline.h: a small HTML tokenizer, written apart from the writer: the sequence of elements and attributes of a page, without any text or value.
 * Two pages of the same data shape have the same outline, whatever the data says; hostile text that changed it would have escaped.
 */
#ifndef HYGIE_TEST_OUTLINE_H
#define HYGIE_TEST_OUTLINE_H

#include "base/str.h"

/* "<p class><a href>…</a></p>". false: the bytes are no well-formed sequence of tags (bad nesting, a stray '<', an unquoted value). */
bool outline_of(struct str page, struct buf *out);
/* Text content and attribute values with character references resolved, joined by '\n': what a person, or a form, gets back. */
void outline_texts(struct str page, struct buf *out);
/* No script but by src, no style element or attribute, no event attribute, no address but ours. Prints what it finds. */
bool outline_is_strict(struct str page);
/* Every string of a hostile list: blns.json and the fuzzdb text files. Fails loudly (returns false) when the shared data is not there. */

bool outline_each_hostile(void (*each)(void *ctx, struct str text), void *ctx, size_t *count_r);
#endif
