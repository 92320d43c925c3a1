/* SPDX-License-Identifier: Apache-2.0 */
/* codec/pretty.c: minified JSON spread over lines for a person's eye; number text, escapes and order stay. Never fed with what was not written by us. Start at json_pretty. */
#include "codec/json.h"

static void line(struct buf *out, unsigned depth)
{
	buf_ch(out, '\n');
	for (unsigned i = 0; i < depth; i++)
		buf_z(out, "  ");
}

void json_pretty(struct str text, struct buf *out)
{
	unsigned depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (quoted) {
			buf_ch(out, c);
			if (c == '\\' && i + 1 < text.n)
				buf_ch(out, text.p[++i]);
			else
				quoted = c != '"';
			continue;
		}
		bool empty = (c == '{' || c == '[') && i + 1 < text.n && (text.p[i + 1] == '}' || text.p[i + 1] == ']');
		if (empty) {
			buf_put(out, text.p + i++, 2);
			continue;
		}
		if (c == '}' || c == ']')
			line(out, depth = depth ? depth - 1 : 0);
		buf_ch(out, c);
		quoted = c == '"';
		if (c == '{' || c == '[')
			line(out, ++depth);
		else if (c == ',')
			line(out, depth);
		else if (c == ':')
			buf_ch(out, ' ');
	}
	if (text.n)
		buf_ch(out, '\n');
}
