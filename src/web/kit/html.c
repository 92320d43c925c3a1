/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/html.c: the HTML writer. The only file that puts markup into an answer; whatever comes from outside goes through escape() here.
 * It must never offer a way to write bytes as they are, an event attribute, an inline style or a script's text.
 * Called by every component of the kit and by web/pages. Start at html_open, then escape.
 */
#include "kit/html.h"

#include <string.h>

#include "base/utf8.h"

static const struct { const char *text; bool is_void; } tags[H__END] = {
#define T(name, text, is_void) [H_##name] = { text, is_void },
#include "kit/tags.def"
#undef T
};

void
html_init(struct html *w, struct buf *out)
{
	*w = (struct html){ .out = out };
}

static void
end_tag(struct html *w)
{
	if (w->in_tag) {
		buf_ch(w->out, '>');
		w->in_tag = false;
	}
}

void
html_open(struct html *w, enum tag tag)
{
	MUST(tag < H__END);
	end_tag(w);
	buf_ch(w->out, '<');
	buf_z(w->out, tags[tag].text);
	w->in_tag = true;
	if (tags[tag].is_void)
		return;
	MUST(w->depth < sizeof w->open);
	w->open[w->depth++] = (unsigned char)tag;
}

/* What a byte costs in text and attributes alike: 0 as it is, 1 named or numbered, 2 not for a page (control characters). */
static unsigned char
class_of(unsigned char c)
{
	switch (c) {
	case '&': case '<': case '>': case '"': case '\'': case '\r': case '`':
		return 1;
	case '\t': case '\n':
		return 0;
	default:
		return c < 0x20 || c == 0x7f ? 2 : 0;
	}
}

static void
put_special(struct buf *out, unsigned char c)
{
	switch (c) {
	case '&': buf_z(out, "&amp;"); break;
	case '<': buf_z(out, "&lt;"); break;
	case '>': buf_z(out, "&gt;"); break;
	case '"': buf_z(out, "&#34;"); break;
	case '\'': buf_z(out, "&#39;"); break;
	case '`': buf_z(out, "&#96;"); break;
	case '\r': buf_z(out, "&#13;"); break;
	default: utf8_put(out, UTF8_REPLACEMENT); break;
	}
}

/* Valid UTF-8: plain runs are copied whole. C1 controls (U+0080 … U+009F) and noncharacters are kept as text: a parser gives them no meaning. */
static void
escape_valid(struct buf *out, struct str s)
{
	size_t from = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (class_of(c) == 0)
			continue;
		buf_put(out, s.p + from, i - from);
		put_special(out, c);
		from = i + 1;
	}
	if (from < s.n)
		buf_put(out, s.p + from, s.n - from);
}

/* BARRIER: outside text becomes page text here. Bytes that are no UTF-8 become U+FFFD one by one. */
static void
escape(struct buf *out, struct str s)
{
	while (s.n > 0) {
		size_t good = utf8_bad_at(s);
		escape_valid(out, (struct str){ s.p, good });
		s.p += good;
		s.n -= good;
		if (s.n > 0) {
			utf8_put(out, UTF8_REPLACEMENT);
			s.p++;
			s.n--;
		}
	}
}

static bool
is_url_name(const char *name)
{
	return strcmp(name, "href") == 0 || strcmp(name, "src") == 0 || strcmp(name, "action") == 0 || strcmp(name, "formaction") == 0;
}

/* Our own places only: "/…" but not "//…" or "/\…" (another host to a browser), "#…", "?…". */
static bool
is_own_url(struct str v)
{
	if (v.n == 0)
		return true;
	if (v.p[0] == '#' || v.p[0] == '?')
		return true;
	if (v.p[0] != '/')
		return false;
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] <= 0x20 || v.p[i] == '\\')
			return false;
	return v.n == 1 || v.p[1] != '/';
}

void
html_attr(struct html *w, const char *name, struct str value)
{
	MUST(w->in_tag);
	MUST(strncmp(name, "on", 2) != 0 && strcmp(name, "style") != 0 && strcmp(name, "srcdoc") != 0);
	if (is_url_name(name) && !is_own_url(value))
		value = STR("#");
	buf_ch(w->out, ' ');
	buf_z(w->out, name);
	buf_z(w->out, "=\"");
	escape(w->out, value);
	buf_ch(w->out, '"');
}

void
html_attr_z(struct html *w, const char *name, const char *literal)
{
	html_attr(w, name, str_of(literal));
}

void
html_attr_u(struct html *w, const char *name, uint64_t v)
{
	MUST(w->in_tag);
	buf_ch(w->out, ' ');
	buf_z(w->out, name);
	buf_z(w->out, "=\"");
	buf_u64(w->out, v);
	buf_ch(w->out, '"');
}

void
html_flag(struct html *w, const char *name)
{
	MUST(w->in_tag);
	buf_ch(w->out, ' ');
	buf_z(w->out, name);
}

void
html_text(struct html *w, struct str text)
{
	end_tag(w);
	MUST(w->depth == 0 || w->open[w->depth - 1] != H_SCRIPT);
	escape(w->out, text);
}

void
html_z(struct html *w, const char *literal_or_translation)
{
	html_text(w, str_of(literal_or_translation));
}

void
html_u(struct html *w, uint64_t v)
{
	end_tag(w);
	buf_u64(w->out, v);
}

void
html_close(struct html *w, enum tag tag)
{
	MUST(w->depth > 0 && w->open[w->depth - 1] == (unsigned char)tag);
	end_tag(w);
	buf_z(w->out, "</");
	buf_z(w->out, tags[tag].text);
	buf_ch(w->out, '>');
	w->depth--;
}

void
html_doctype(struct html *w)
{
	MUST(w->depth == 0 && !w->in_tag);
	buf_z(w->out, "<!doctype html>\n");
}

enum rc
html_end(struct html *w, struct problem *p)
{
	end_tag(w);
	MUST(w->depth == 0);
	return buf_rc(w->out, p);
}
