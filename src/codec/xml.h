/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/xml.h: XML 1.0 out, for documents that other houses read (CDA). Every text and every attribute goes through here: escaped, characters that XML forbids left out, bytes that are no
 * UTF-8 as U+FFFD. No document type, no entity, no comment, no processing instruction but the first line. Names are literals of ours. Pure; nothing here reads XML.
 *	xml_begin(&x, &b); xml_open(&x, "title"); xml_text(&x, title); xml_close(&x); … rc = xml_end(&x, p);
 */
#ifndef HYGIE_CODEC_XML_H
#define HYGIE_CODEC_XML_H

#include "base/str.h"

#define XML_DEPTH 32
struct xml { struct buf *out; const char *open[XML_DEPTH]; unsigned depth; bool in_tag, bad; };
void xml_begin(struct xml *x, struct buf *out);                         /* the declaration; out is not emptied */
void xml_open(struct xml *x, const char *name);
void xml_attr(struct xml *x, const char *name, struct str value);       /* of the element just opened */
void xml_attr_z(struct xml *x, const char *name, const char *value);
void xml_text(struct xml *x, struct str text);
void xml_base64(struct xml *x, struct str bytes);                       /* as text */
void xml_close(struct xml *x);
void xml_leaf(struct xml *x, const char *name, struct str text);        /* open, text, close */
/* LIMIT TOO_BIG: the buffer's maximum, or no memory. BROKEN: elements left open, an attribute out of place, a bug of the caller. */
enum rc xml_end(struct xml *x, struct problem *p) CHECKED;
#endif
