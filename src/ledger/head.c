/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/head.c: see head.h. BARRIER: a text that comes back may be a stranger's: bounded, and only printable ASCII becomes part of a note. */
#include "ledger/head.h"

#include <string.h>

#define DASH      "\xE2\x80\x94 "
#define WORD_MAX  350 /* four of them fit a line */
#define PAIRS_MAX 16

static bool
is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' || s.p[i] == '\\') /* the two that quoting receivers would change */
			return false;
	return s.n > 0 && s.n <= WORD_MAX;
}

static bool
signature_cut(struct str *rest, struct str *name_r, struct str *sig_r)
{
	struct str after, line = str_cut(*rest, '\n', &after);

	if (!after.p || !str_starts(line, STR(DASH)))
		return false;
	*name_r = str_cut((struct str){ line.p + sizeof DASH - 1, line.n - (sizeof DASH - 1) }, ' ', sig_r);
	*rest = after;
	return true;
}

static void
word_put(struct buf *out, struct str word)
{
	buf_ch(out, ' ');
	buf_str(out, word);
}

bool
head_put(struct str note, struct buf *out)
{
	struct str rest = note, origin = str_cut(rest, '\n', &rest), size = str_cut(rest, '\n', &rest), root = str_cut(rest, '\n', &rest), empty = str_cut(rest, '\n', &rest), name, sig;
	size_t from = out->n;

	if (!rest.p || empty.n || !is_word(origin) || !is_word(size) || !is_word(root))
		return false;
	buf_z(out, HEAD_WORD);
	word_put(out, origin);
	word_put(out, size);
	word_put(out, root);
	for (unsigned i = 0; rest.n; i++) {
		if (!signature_cut(&rest, &name, &sig) || (i == 0 && (!str_is(name, origin) || !is_word(sig))))
			return false;
		if (i == 0) {
			word_put(out, sig);
		} else if (i <= PAIRS_MAX && is_word(name) && is_word(sig) && out->n - from + name.n + sig.n + 2 <= HEAD_LINE) {
			word_put(out, name);
			word_put(out, sig);
		}
	}
	return out->n > from + sizeof HEAD_WORD + origin.n + size.n + root.n + 3 && !out->failed;
}

/* A word up to the next blank; what cannot stand in one ends it. */
static bool
word_take(struct str *rest, struct str *word_r)
{
	size_t n = 0;

	while (n < rest->n && is_word((struct str){ rest->p + n, 1 }))
		n++;
	*word_r = (struct str){ rest->p, n };
	*rest = (struct str){ rest->p + n, rest->n - n };
	if (rest->n && rest->p[0] == ' ')
		*rest = (struct str){ rest->p + 1, rest->n - 1 };
	return n > 0 && n <= WORD_MAX;
}

static void
line_put(struct buf *out, struct str name, struct str sig)
{
	buf_z(out, DASH);
	buf_str(out, name);
	buf_ch(out, ' ');
	buf_str(out, sig);
	buf_ch(out, '\n');
}

static bool
note_take(struct str rest, struct buf *note)
{
	struct str origin, size, root, sig, name;

	if (!word_take(&rest, &origin) || !word_take(&rest, &size) || !word_take(&rest, &root) || !word_take(&rest, &sig))
		return false;
	buf_reset(note);
	buf_str(note, origin);
	buf_ch(note, '\n');
	buf_str(note, size);
	buf_ch(note, '\n');
	buf_str(note, root);
	buf_z(note, "\n\n");
	line_put(note, origin, sig);
	for (unsigned i = 0; i < PAIRS_MAX && word_take(&rest, &name) && word_take(&rest, &sig); i++)
		line_put(note, name, sig);
	return !note->failed;
}

bool
head_next(struct str *rest, struct buf *note_r)
{
	static const char word[] = HEAD_WORD " ";
	const char *at;

	while (rest->n && (at = memmem(rest->p, rest->n, word, sizeof word - 1)) != NULL) {
		at += sizeof word - 1;
		*rest = (struct str){ at, rest->n - (size_t)(at - rest->p) };
		const char *end = memchr(rest->p, '\n', rest->n);
		if (note_take((struct str){ rest->p, end ? (size_t)(end - rest->p) : rest->n }, note_r))
			return true;
	}
	*rest = STR_NONE;
	return false;
}
