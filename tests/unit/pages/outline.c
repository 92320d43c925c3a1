/* SPDX-License-Identifier: Apache-2.0 */
/* outline.c: see outline.h. Strict where a browser is lenient: whatever a browser could read in two ways is refused here. */
#include "outline.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"

static const char *const voids[] = { "meta", "link", "input", "br", "hr" };

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static bool
is_void(struct str name)
{
	for (size_t i = 0; i < sizeof voids / sizeof voids[0]; i++)
		if (str_eq(name, voids[i]))
			return true;
	return false;
}

static struct str
take_name(struct str *s)
{
	size_t n = 0;
	while (n < s->n && is_name(s->p[n]))
		n++;
	struct str name = { s->p, n };
	*s = (struct str){ s->p + n, s->n - n };
	return name;
}

static bool
take(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = (struct str){ s->p + 1, s->n - 1 };
	return true;
}

/* One tag after its '<'. attr is called for each attribute. */
struct tag_reader { void (*attr)(void *ctx, struct str element, struct str name, struct str raw_value); void *ctx; };

static bool
read_tag(struct str *s, struct str *name_r, bool *end_r, const struct tag_reader *r)
{
	*end_r = take(s, '/');
	*name_r = take_name(s);
	if (name_r->n == 0)
		return false;
	while (take(s, ' ')) {
		struct str attr = take_name(s), value = STR_NONE;
		if (attr.n == 0 || *end_r)
			return false;
		if (take(s, '=')) {
			if (!take(s, '"'))
				return false;
			size_t n = 0;
			while (n < s->n && s->p[n] != '"')
				n++;
			if (n == s->n || memchr(s->p, '<', n) != NULL)
				return false;
			value = (struct str){ s->p, n };
			*s = (struct str){ s->p + n + 1, s->n - n - 1 };
		}
		if (r != NULL)
			r->attr(r->ctx, *name_r, attr, value);
	}
	return take(s, '>');
}

static void
put_attr(void *ctx, struct str element, struct str name, struct str raw)
{
	(void)element;
	(void)raw;
	struct buf *out = ctx;
	buf_ch(out, ' ');
	buf_str(out, name);
}

bool
outline_of(struct str page, struct buf *out)
{
	struct str open[128];
	size_t depth = 0;
	if (str_starts(page, STR("<!doctype html>\n")))
		page = (struct str){ page.p + 16, page.n - 16 };
	while (page.n > 0) {
		char c = page.p[0];
		page = (struct str){ page.p + 1, page.n - 1 };
		if (c == '>' || c == '\0')
			return false;
		if (c != '<')
			continue;
		struct str name;
		bool end;
		struct buf attrs;
		buf_init(&attrs, 4096);
		struct tag_reader r = { put_attr, &attrs };
		bool good = read_tag(&page, &name, &end, &r);
		buf_z(out, end ? "</" : "<");
		buf_str(out, name);
		buf_str(out, buf_view(&attrs));
		buf_ch(out, '>');
		buf_done(&attrs);
		if (!good)
			return false;
		if (end && (depth == 0 || !str_is(open[--depth], name)))
			return false;
		if (!end && !is_void(name)) {
			if (depth == sizeof open / sizeof open[0])
				return false;
			open[depth++] = name;
		}
	}
	return depth == 0;
}

/* The references that the writer uses; any other '&' is an error that shows as "&?". */
static void
put_decoded(struct buf *out, struct str raw)
{
	static const struct { const char *ref; char c; } refs[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&#34;", '"' }, { "&#39;", '\'' }, { "&#96;", '`' }, { "&#13;", '\r' },
	};
	while (raw.n > 0) {
		size_t used = 1;
		char c = raw.p[0];
		for (size_t i = 0; c == '&' && used == 1 && i < sizeof refs / sizeof refs[0]; i++)
			if (str_starts(raw, str_of(refs[i].ref))) {
				used = strlen(refs[i].ref);
				buf_ch(out, refs[i].c);
			}
		if (used == 1)
			buf_ch(out, c);
		if (used == 1 && c == '&')
			buf_ch(out, '?');
		raw = (struct str){ raw.p + used, raw.n - used };
	}
}

static void
put_value(void *ctx, struct str element, struct str name, struct str raw)
{
	(void)element;
	(void)name;
	put_decoded(ctx, raw);
	buf_ch(ctx, '\n');
}

void
outline_texts(struct str page, struct buf *out)
{
	while (page.n > 0) {
		if (page.p[0] != '<') {
			size_t n = 0;
			while (n < page.n && page.p[n] != '<')
				n++;
			put_decoded(out, (struct str){ page.p, n });
			buf_ch(out, '\n');
			page = (struct str){ page.p + n, page.n - n };
			continue;
		}
		page = (struct str){ page.p + 1, page.n - 1 };
		struct str name;
		bool end;
		struct tag_reader r = { put_value, out };
		if (!read_tag(&page, &name, &end, &r))
			continue;
	}
}

static void
check_attr(void *ctx, struct str element, struct str name, struct str raw)
{
	bool *good = ctx;
	bool bad = str_eq(element, "style") || str_starts(name, STR("on")) || str_eq(name, "style") || str_eq(name, "srcdoc") || str_eq(name, "nonce");
	bool address = str_eq(name, "href") || str_eq(name, "src") || str_eq(name, "action") || str_eq(name, "formaction");
	if (address && !(raw.n > 0 && (raw.p[0] == '#' || raw.p[0] == '?' || (raw.p[0] == '/' && (raw.n == 1 || raw.p[1] != '/')))))
		bad = true;
	if (bad)
		printf("# not strict: <%.*s %.*s=\"%.*s\">\n", STR_ARG(element), STR_ARG(name), STR_ARG(raw));
	*good = *good && !bad;
}

bool
outline_is_strict(struct str page)
{
	bool good = true, script = false;
	while (page.n > 0) {
		bool tag = page.p[0] == '<';
		if (script && !(tag && str_starts(page, STR("</script>"))))
			return false;
		page = (struct str){ page.p + 1, page.n - 1 };
		if (!tag || (page.n > 0 && page.p[0] == '!'))
			continue;
		struct str name;
		bool end;
		struct tag_reader r = { check_attr, &good };
		if (!read_tag(&page, &name, &end, &r))
			return false;
		script = str_eq(name, "script") && !end;
		if (str_eq(name, "style") || str_eq(name, "iframe") || str_eq(name, "object") || str_eq(name, "embed") || str_eq(name, "base"))
			return false;
	}
	return good;
}

/* ---- hostile lists ---- */

static bool
read_whole(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	char chunk[4096];
	size_t n;
	if (f == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_put(out, chunk, n);
	fclose(f);
	return !out->failed;
}

static size_t
each_line(struct str all, void (*each)(void *ctx, struct str text), void *ctx)
{
	size_t count = 0;
	while (all.n > 0) {
		struct str rest, line = str_cut(all, '\n', &rest);
		if (line.n > 0) {
			each(ctx, line);
			count++;
		}
		all = rest;
	}
	return count;
}

static const char *
shared_dir(void)
{
	static char path[1024];
	const char *shared = getenv("HYGIE_SHARED"), *source = getenv("HYGIE_SOURCE");
	if (shared != NULL)
		snprintf(path, sizeof path, "%s", shared);
	else
		snprintf(path, sizeof path, "%s/../shared", source != NULL ? source : ".");
	return path;
}

bool
outline_each_hostile(void (*each)(void *ctx, struct str text), void *ctx, size_t *count_r)
{
	char path[1400];
	struct buf all;
	struct arena a;
	const struct json *root;
	struct problem p;
	*count_r = 0;
	snprintf(path, sizeof path, "%s/data/entrees_hostiles/chaines/blns.json", shared_dir());
	buf_init(&all, (size_t)8 << 20);
	arena_init(&a, (size_t)32 << 20);
	bool good = read_whole(path, &all) && json_parse(buf_view(&all), &a, &root, &p) == RC_OK;
	for json_each (item, good ? root : NULL) {
		each(ctx, item->text);
		++*count_r;
	}
	arena_done(&a);
	buf_done(&all);
	snprintf(path, sizeof path, "%s/data/entrees_hostiles/fuzzdb", shared_dir());
	DIR *dir = good ? opendir(path) : NULL;
	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/data/entrees_hostiles/fuzzdb/%s", shared_dir(), e->d_name);
		buf_init(&all, (size_t)8 << 20);
		if (read_whole(path, &all))
			*count_r += each_line(buf_view(&all), each, ctx);
		buf_done(&all);
	}
	if (dir != NULL)
		closedir(dir);
	if (!good || dir == NULL)
		printf("# NOT TESTED: hostile lists are not at %s/data/entrees_hostiles\n", shared_dir());
	return good && dir != NULL;
}
