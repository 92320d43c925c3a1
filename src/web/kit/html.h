/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/kit/html.h: the HTML writer. Escapes by destination: there is no raw variant outside html.c, no format string, no inline script or style.
 * Elements are enum values; void elements close themselves; html_end MUST find all closed. Writes into a buf whose error sticks.
 */
#ifndef HYGIE_KIT_HTML_H
#define HYGIE_KIT_HTML_H

#include "base/str.h"

enum tag {
#define T(name, text, is_void) H_##name,
#include "kit/tags.def"
#undef T
	H__END
};
struct html { struct buf *out; unsigned depth; unsigned char open[64]; bool in_tag; };
void html_init(struct html *w, struct buf *out);
void html_open(struct html *w, enum tag tag);
void html_attr(struct html *w, const char *name, struct str value);      /* right after html_open; name is a literal; href/src/action values: only own paths ("/…", "#…", "?…"); others become "#" */
void html_attr_z(struct html *w, const char *name, const char *literal);
void html_flag(struct html *w, const char *name);                        /* boolean attribute */
void html_text(struct html *w, struct str text);
void html_z(struct html *w, const char *literal_or_translation);
void html_u(struct html *w, uint64_t v);                                 /* decimal */
void html_attr_u(struct html *w, const char *name, uint64_t v);
void html_close(struct html *w, enum tag tag);                           /* MUST match */
void html_doctype(struct html *w);
enum rc html_end(struct html *w, struct problem *p) CHECKED;
#endif
