/* SPDX-License-Identifier: Apache-2.0 */
/* codec/xml.c: see xml.h. Must never let a text end the place it stands in. Start at put_escaped. */
#include "codec/xml.h"

#include "base/utf8.h"
#include "codec/base64.h"

/* XML 1.0, 2.2: tab, line end, and all from U+0020 but surrogates, U+FFFE and U+FFFF. A carriage return would be read as a line end: it is left out. */
static bool
is_char(uint32_t c)
{
	return c == '\t' || c == '\n' || (c >= 0x20 && c < 0xfffe && (c < 0xd800 || c > 0xdfff)) || c >= 0x10000;
}

static void
put_escaped(struct buf *out, struct str s, bool attribute)
{
	size_t at = 0;
	uint32_t c;
	while (utf8_next(s, &at, &c)) {
		const char *as = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : attribute && c == '"' ? "&quot;" : attribute && c == '\n' ? "&#10;" : attribute && c == '\t' ? "&#9;" : NULL;
		if (as != NULL)
			buf_z(out, as);
		else if (is_char(c))
			utf8_put(out, c);
	}
}

static void
end_tag(struct xml *x)
{
	if (x->in_tag)
		buf_ch(x->out, '>');
	x->in_tag = false;
}

void
xml_begin(struct xml *x, struct buf *out)
{
	*x = (struct xml){ .out = out };
	buf_z(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

void
xml_open(struct xml *x, const char *name)
{
	end_tag(x);
	if (x->depth == XML_DEPTH) {
		x->bad = true;
		return;
	}
	x->open[x->depth++] = name;
	buf_ch(x->out, '<');
	buf_z(x->out, name);
	x->in_tag = true;
}

void
xml_attr(struct xml *x, const char *name, struct str value)
{
	x->bad = x->bad || !x->in_tag;
	buf_ch(x->out, ' ');
	buf_z(x->out, name);
	buf_z(x->out, "=\"");
	put_escaped(x->out, value, true);
	buf_ch(x->out, '"');
}

void
xml_attr_z(struct xml *x, const char *name, const char *value)
{
	xml_attr(x, name, str_of(value));
}

void
xml_text(struct xml *x, struct str text)
{
	x->bad = x->bad || x->depth == 0;
	end_tag(x);
	put_escaped(x->out, text, false);
}

void
xml_base64(struct xml *x, struct str bytes)
{
	x->bad = x->bad || x->depth == 0;
	end_tag(x);
	base64_put(x->out, bytes);
}

void
xml_close(struct xml *x)
{
	if (x->depth == 0) {
		x->bad = true;
		return;
	}
	const char *name = x->open[--x->depth];
	if (x->in_tag) {
		buf_z(x->out, "/>");
		x->in_tag = false;
		return;
	}
	buf_z(x->out, "</");
	buf_z(x->out, name);
	buf_ch(x->out, '>');
}

void
xml_leaf(struct xml *x, const char *name, struct str text)
{
	xml_open(x, name);
	xml_text(x, text);
	xml_close(x);
}

enum rc
xml_end(struct xml *x, struct problem *p)
{
	if (x->bad || x->depth > 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "xml: %u elements open", x->depth);
	return x->out->failed ? problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "xml: too long") : RC_OK;
}
