/* SPDX-License-Identifier: Apache-2.0 */
/* codec/fill.c: see fill.h. Must never read what was put in as a field again. Start at fill_next. */
#include "codec/fill.h"

#include "base/utf8.h"

#include <string.h>

static const char *
find(struct str s, const char *two)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == two[0] && s.p[i + 1] == two[1])
			return s.p + i;
	return NULL;
}

bool
fill_next(struct str *rest, struct str *before_r, struct str *name_r)
{
	const char *open = find(*rest, "{{"), *end = rest->p + rest->n;
	if (open == NULL) {
		*before_r = *rest;
		*rest = STR_NONE;
		return false;
	}
	struct str left = { open + 2, (size_t)(end - open) - 2 }, line = left;
	const char *nl = left.n > 0 ? memchr(left.p, '\n', left.n) : NULL;
	if (nl != NULL)
		line.n = (size_t)(nl - left.p);
	const char *close = find(line, "}}");
	*before_r = (struct str){ rest->p, (size_t)(open - rest->p) };
	if (close != NULL && (size_t)(close - line.p) <= FILL_NAME_MOST) {
		*name_r = str_trim((struct str){ line.p, (size_t)(close - line.p) });
		*rest = (struct str){ close + 2, (size_t)(end - close) - 2 };
		return true;
	}
	struct str whole = { open, line.n + 2 };
	*name_r = (struct str){ open, utf8_floor(whole, FILL_NAME_MOST) };
	*rest = left;
	return true;
}

void
fill_put(struct buf *out, struct str text, struct fill *f)
{
	struct str rest = text, before, name;
	while (fill_next(&rest, &before, &name)) {
		const char *behind = rest.p;
		buf_str(out, before);
		if (!f->value(f, name, out))
			buf_put(out, before.p + before.n, (size_t)(behind - (before.p + before.n)));
	}
	buf_str(out, before);
}

enum fill_line
fill_line(struct str line, struct str *text_r, unsigned *level_r)
{
	struct str rest = str_trim(line), before, name;
	unsigned level = 0;

	*text_r = line;
	*level_r = 0;
	if (rest.n == 0)
		return FILL_BLANK;
	while (level < line.n && level < 3 && line.p[level] == '#')
		level++;
	struct str words = str_trim((struct str){ line.p + level, line.n - level });
	if (level > 0 && words.n > 0) {
		*text_r = words;
		*level_r = level;
		return FILL_HEADING;
	}
	if (line.n > 2 && line.p[0] == '-' && line.p[1] == ' ') {
		*text_r = str_trim((struct str){ line.p + 2, line.n - 2 });
		return FILL_ITEM;
	}
	if (fill_next(&rest, &before, &name) && before.n == 0 && str_trim(rest).n == 0) {
		*text_r = name;
		return FILL_ALONE;
	}
	return FILL_TEXT;
}
