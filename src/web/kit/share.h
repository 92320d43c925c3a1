/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/share.h: a small bar: how many of how many, as SVG, drawn by classes. The numbers stand beside it in words, so it is hidden from assistive tools: the drawing is
 * never the only way to read them. Pure.
 */
#ifndef HYGIE_KIT_SHARE_H
#define HYGIE_KIT_SHARE_H

#include "kit/say.h"

void share_draw(struct kit *k, uint64_t part, uint64_t whole);   /* part above whole is drawn as whole; a part that is not 0 shows at least a sliver */
#endif
