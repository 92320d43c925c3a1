/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/narrative.c: is this Narrative.div well formed and harmless? Elements and attributes of narrative.html (R4): HTML chapters 7-11 (without
 * section 4 of chapter 9) and 15, plus a and img; no script, no event attribute, no address that runs code, no document type, no processing
 * instruction. Rules txt-1 (allowed markup) and txt-2 (some content).
 * It must never repair or echo anything: it says yes or no. A page still escapes what it shows. Called by check.c. Start at narrative_ok.
 */
#include "internal.h"
#include "base/utf8.h"
#include "codec/fold.h"

#include <string.h>

#define NESTED_MAX 64

/* Sorted: searched by halves. */
#define N(literal) { literal, sizeof(literal) - 1 }
static const struct str element_names[] = {
	N("a"), N("abbr"), N("acronym"), N("address"), N("b"), N("bdo"), N("big"), N("blockquote"), N("br"), N("caption"), N("cite"), N("code"),
	N("col"), N("colgroup"), N("dd"), N("dfn"), N("div"), N("dl"), N("dt"), N("em"), N("h1"), N("h2"), N("h3"), N("h4"), N("h5"), N("h6"),
	N("hr"), N("i"), N("img"), N("kbd"), N("li"), N("ol"), N("p"), N("pre"), N("q"), N("samp"), N("small"), N("span"), N("strong"), N("sub"),
	N("sup"), N("table"), N("tbody"), N("td"), N("tfoot"), N("th"), N("thead"), N("tr"), N("tt"), N("ul"), N("var"),
};
static const struct str attribute_names[] = {
	N("abbr"), N("accesskey"), N("align"), N("alt"), N("axis"), N("border"), N("cellhalign"), N("cellpadding"), N("cellspacing"),
	N("cellvalign"), N("char"), N("charoff"), N("charset"), N("cite"), N("class"), N("colspan"), N("compact"), N("coords"), N("dir"),
	N("frame"), N("headers"), N("height"), N("href"), N("hreflang"), N("hspace"), N("id"), N("idref"), N("lang"), N("longdesc"), N("name"),
	N("nowrap"), N("rel"), N("rev"), N("rowspan"), N("rules"), N("scope"), N("shape"), N("span"), N("src"), N("start"), N("style"),
	N("summary"), N("tabindex"), N("title"), N("type"), N("valign"), N("value"), N("vspace"), N("width"), N("xml:id"), N("xml:lang"),
	N("xml:space"),
};

struct scan {
	const char *at, *end;
	struct str open[NESTED_MAX];
	unsigned depth;
	bool content;    /* txt-2: a character that is no blank, or an image */
};

static bool
listed(const struct str *names, size_t n, struct str s)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = str_cmp(s, names[mid]);

		if (c == 0)
			return true;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
blanks(struct scan *s)
{
	while (s->at < s->end && is_blank(*s->at))
		s->at++;
}

static bool
take(struct scan *s, const char *literal)
{
	size_t n = strlen(literal);

	if ((size_t)(s->end - s->at) < n || memcmp(s->at, literal, n) != 0)
		return false;
	s->at += n;
	return true;
}

static struct str
name(struct scan *s)
{
	const char *start = s->at;

	while (s->at < s->end) {
		char c = *s->at;

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '_' || c == '.'))
			break;
		s->at++;
	}
	return (struct str){ start, (size_t)(s->at - start) };
}

/* &name; &#123; &#x1F; The names are those of HTML: checked for form, a reader that does not know one shows it as text. */
static bool
entity(struct scan *s)
{
	const char *start = ++s->at;

	if (s->at < s->end && *s->at == '#') {
		s->at++;
		if (s->at < s->end && *s->at == 'x')
			s->at++;
	}
	for (start = s->at; s->at < s->end && *s->at != ';'; s->at++) {
		char c = *s->at;

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			return false;
	}
	return s->at < s->end && s->at > start && s->at++ - start <= 12;
}

/* Scheme letters of an address as a browser hears them: blanks and entities are refused where a scheme could hide. */
static bool
address_ok(struct str v, bool image)
{
	size_t i = 0;

	while (i < v.n && v.p[i] != ':' && v.p[i] != '/' && v.p[i] != '?' && v.p[i] != '#') {
		if (is_blank(v.p[i]) || v.p[i] == '&' || (unsigned char)v.p[i] < 0x20)
			return false;
		i++;
	}
	if (i == v.n || v.p[i] != ':')
		return true;
	v.n = i;
	if (str_eq_nocase(v, "data"))
		return image;
	return str_eq_nocase(v, "http") || str_eq_nocase(v, "https") || (!image && (str_eq_nocase(v, "mailto") || str_eq_nocase(v, "tel") ||
	       str_eq_nocase(v, "ftp") || str_eq_nocase(v, "urn")));
}

/* Where needle (its first a small letter) begins in v, whatever the case; v.n when nowhere. */
static size_t
find_nocase(struct str v, const char *needle)
{
	size_t n = strlen(needle);

	for (size_t i = 0; i + n <= v.n; i++) {
		if ((v.p[i] | 0x20) == needle[0] && str_eq_nocase((struct str){ v.p + i, n }, needle))
			return i;
	}
	return v.n;
}

/* Styles carry layout only: nothing that computes, nothing fetched but an image held in the style itself. */
static bool
style_ok(struct str v)
{
	static const char *const banned[] = { "expression", "import", "behavior", "binding" };
	size_t at;

	for (size_t i = 0; i < sizeof banned / sizeof *banned; i++) {
		if (find_nocase(v, banned[i]) < v.n)
			return false;
	}
	if (memchr(v.p, '\\', v.n) || memchr(v.p, '&', v.n))
		return false;
	while ((at = find_nocase(v, "url")) < v.n) {
		v = (struct str){ v.p + at + 3, v.n - at - 3 };
		if (v.n < 6 || !str_eq_nocase((struct str){ v.p, 6 }, "(data:"))
			return false;
		v = str_trim((struct str){ v.p + 6, v.n - 6 });
		if (v.n < 6 || !str_eq_nocase((struct str){ v.p, 6 }, "image/"))
			return false;
	}
	return true;
}

static bool
attribute_ok(struct str element, struct str attribute, struct str value)
{
	if (str_eq(attribute, "xmlns"))
		return str_eq(value, "http://www.w3.org/1999/xhtml");
	if (!listed(attribute_names, sizeof attribute_names / sizeof *attribute_names, attribute))
		return false;
	if (str_eq(attribute, "href"))
		return str_eq(element, "a") && address_ok(value, false);
	if (str_eq(attribute, "src"))
		return str_eq(element, "img") && address_ok(value, true);
	if (str_eq(attribute, "cite") || str_eq(attribute, "longdesc"))
		return address_ok(value, false);
	if (str_eq(attribute, "style"))
		return style_ok(value);
	return true;
}

/* name="value" or name='value'; no attribute twice (checked against the start of the tag). */
static bool
attribute(struct scan *s, struct str element, bool *xmlns_r)
{
	struct str n = name(s), value;
	char quote;

	blanks(s);
	if (n.n == 0 || s->at == s->end || *s->at++ != '=')
		return false;
	blanks(s);
	if (s->at == s->end || (*s->at != '"' && *s->at != '\''))
		return false;
	quote = *s->at++;
	value.p = s->at;
	while (s->at < s->end && *s->at != quote) {
		if (*s->at == '<')
			return false;
		if (*s->at != '&')
			s->at++;
		else if (!entity(s))
			return false;
	}
	if (s->at == s->end)
		return false;
	value.n = (size_t)(s->at++ - value.p);
	if (str_eq(n, "xmlns"))
		*xmlns_r = true;
	return attribute_ok(element, n, value);
}

static bool
repeated(struct str *seen, unsigned n, struct str attribute_name)
{
	for (unsigned i = 0; i < n; i++) {
		if (str_is(seen[i], attribute_name))
			return true;
	}
	return false;
}

static bool
open_tag(struct scan *s)
{
	struct str element = name(s), seen[16];
	unsigned n = 0;
	bool xmlns = false, root = s->depth == 0;

	if (!listed(element_names, sizeof element_names / sizeof *element_names, element) || (root && !str_eq(element, "div")))
		return false;
	for (;;) {
		const char *before = s->at;
		struct str attribute_name;

		blanks(s);
		if (s->at == s->end)
			return false;
		if (*s->at == '>' || *s->at == '/')
			break;
		if (before == s->at || n == sizeof seen / sizeof *seen)
			return false;
		before = s->at;
		attribute_name = name(s);
		s->at = before;
		if (repeated(seen, n, attribute_name) || !attribute(s, element, &xmlns))
			return false;
		seen[n++] = attribute_name;
	}
	if (root && !xmlns)
		return false;
	if (str_eq(element, "img"))
		s->content = true;
	if (*s->at == '/')
		return take(s, "/>");
	s->at++;
	if (s->depth == NESTED_MAX)
		return false;
	s->open[s->depth++] = element;
	return true;
}

static bool
close_tag(struct scan *s)
{
	struct str element = name(s);

	blanks(s);
	if (s->at == s->end || *s->at++ != '>' || s->depth == 0)
		return false;
	return str_is(element, s->open[--s->depth]);
}

static bool
comment(struct scan *s)
{
	const char *end = memmem(s->at, (size_t)(s->end - s->at), "--", 2);

	if (end == NULL || s->end - end < 3 || end[2] != '>')
		return false;
	s->at = end + 3;
	return true;
}

bool
narrative_ok(struct str xhtml)
{
	struct scan s = { .at = xhtml.p, .end = xhtml.p + xhtml.n };
	bool begun = false;

	blanks(&s);
	while (s.at < s.end && (!begun || s.depth > 0)) {
		bool ok = true;

		if (take(&s, "<!--"))
			ok = comment(&s);
		else if (take(&s, "</"))
			ok = close_tag(&s);
		else if (*s.at == '<') {
			s.at++;
			ok = open_tag(&s);
			begun = true;
		} else if (*s.at == '&') {
			ok = s.depth > 0 && entity(&s);
			s.content = true;
		} else {
			if (!is_blank(*s.at)) {
				ok = s.depth > 0;
				s.content = true;
			} else {
				ok = begun;
			}
			s.at++;
		}
		if (!ok)
			return false;
	}
	blanks(&s);
	return begun && s.depth == 0 && s.at == s.end && s.content;
}

/* ---- words ---- */

/* A letter with a mark stands for the letter: what is made of it is folded. Other names are no letters. */
static void
entity_text(struct str name, struct buf *out)
{
	static const char *const marks[] = { "acute", "grave", "circ", "uml", "cedil", "tilde", "ring", "slash", "caron" };
	uint32_t code = 0;
	char c;

	if (name.n > 1 && name.p[0] == '#') {
		bool hex = name.p[1] == 'x';

		for (size_t i = hex ? 2 : 1; i < name.n && code < 0x110000; i++) {
			c = name.p[i];
			code = code * (hex ? 16 : 10) + (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
		}
		if (code < 0x110000)
			utf8_put(out, code);
		return;
	}
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		if (name.n > 1 && str_eq((struct str){ name.p + 1, name.n - 1 }, marks[i])) {
			buf_ch(out, name.p[0]);
			return;
		}
	}
	if (str_ends(name, STR("lig")) && name.n == 5) /* aelig oelig szlig */
		buf_str(out, name.p[0] == 's' ? STR("ss") : (struct str){ name.p, 2 });
	else
		buf_ch(out, ' ');
}

void
narrative_words(struct str xhtml, struct buf *out)
{
	struct buf plain;
	size_t i = 0;

	buf_init(&plain, xhtml.n + 16);
	while (i < xhtml.n) {
		const char *at = xhtml.p + i, *end = *at == '<' ? memchr(at, '>', xhtml.n - i) : *at == '&' ? memchr(at, ';', xhtml.n - i) : NULL;

		if (end == NULL) {
			buf_ch(&plain, *at);
			i++;
			continue;
		}
		if (*at == '<')
			buf_ch(&plain, ' ');
		else
			entity_text((struct str){ at + 1, (size_t)(end - at) - 1 }, &plain);
		i += (size_t)(end - at) + 1;
	}
	if (!plain.failed)
		fold_key(out, buf_view(&plain));
	buf_done(&plain);
}
