/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/letter_compare.c: what two people wrote over one draft of a letter, side by side. It must never leave out a line that only one of them has. Pure; called by letter.c.
 * Start at letter_draw_compare.
 */
#include "pages/letter.h"

struct lines { struct str *at; size_t n; bool cut; };

static struct lines
lines_of(struct arena *a, struct str text)
{
	struct lines l = { .at = arena_array(a, LETTER_COMPARE_LINES, sizeof *l.at) };
	struct str rest = text;
	while (l.at != NULL && rest.p != NULL && l.n < LETTER_COMPARE_LINES) {
		struct str line = str_cut(rest, '\n', &rest);
		if (str_ends(line, STR("\r")))
			line.n--;
		l.at[l.n++] = line;
	}
	l.cut = l.at == NULL || rest.p != NULL;
	return l;
}

/* Left: what was typed; right: what was saved. A text that the other has not is bold. */
static void
draw_pair(struct kit *k, struct str label, struct str left, struct str right, bool differ)
{
	table_row(k);
	cell_open(k, NULL);
	html_text(&k->w, label);
	cell_close(k);
	for (int side = 0; side < 2; side++) {
		struct str text = side == 0 ? left : right;
		cell_open(k, NULL);
		if (differ && text.n > 0)
			el_text(k, H_STRONG, NULL, text);
		else
			html_text(&k->w, text);
		cell_close(k);
	}
	table_row_end(k);
}

static void
draw_line(struct kit *k, size_t number, struct str left, struct str right)
{
	struct digits d;
	draw_pair(k, digits_of(&d, (int64_t)number), left, right, true);
}

/* Longest common lines by the usual table, of what is left between the lines that stand alike at both ends. */
static void
draw_lines(struct screen *sc, struct str typed, struct str saved)
{
	struct kit *k = &sc->k;
	struct arena *arena = sc->rq->arena;
	struct lines a = lines_of(arena, typed), b = lines_of(arena, saved);
	size_t from = 0;
	if (a.cut || b.cut) {
		draw_pair(k, str_of(tr(k->lang, N_("Text"))), typed, saved, true);
		return;
	}
	while (from < a.n && from < b.n && str_is(a.at[from], b.at[from]))
		from++;
	while (a.n > from && b.n > from && str_is(a.at[a.n - 1], b.at[b.n - 1])) {
		a.n--;
		b.n--;
	}
	size_t n = a.n - from, m = b.n - from;
	uint16_t *most = arena_array(arena, (n + 1) * (m + 1), sizeof *most);
	if (most == NULL)
		return; /* the arena says so at the page's end */
	for (size_t i = n + 1; i-- > 0;)
		for (size_t j = m + 1; j-- > 0;) {
			uint16_t *at = &most[i * (m + 1) + j];
			if (i == n || j == m)
				*at = 0;
			else if (str_is(a.at[from + i], b.at[from + j]))
				*at = (uint16_t)(at[m + 2] + 1);
			else
				*at = at[m + 1] > at[1] ? at[m + 1] : at[1];
		}
	for (size_t i = 0, j = 0; i < n || j < m;) {
		const uint16_t *at = &most[i * (m + 1) + j];
		bool same = i < n && j < m && str_is(a.at[from + i], b.at[from + j]);
		bool left = !same && i < n && (j == m || at[m + 1] == *at), right = !same && j < m && (i == n || at[1] == *at);
		if (!same)
			draw_line(k, from + (left ? i : j) + 1, left ? a.at[from + i] : STR_NONE, right ? b.at[from + j] : STR_NONE);
		i += same || left;
		j += same || right;
	}
}

void
letter_draw_compare(struct screen *sc, const struct form *typed, struct row saved)
{
	static const struct col cols[] = { { N_("Line"), "num" }, { N_("What you typed"), NULL }, { N_("What was saved meanwhile"), NULL } };
	static const struct { const char *name, *label; } ONE[] = { { "title", N_("Title") }, { "to", N_("Recipients") } };
	struct kit *k = &sc->k;
	table_open(k, N_("Where the two differ"), cols, sizeof cols / sizeof cols[0]);
	for (size_t i = 0; i < sizeof ONE / sizeof ONE[0]; i++)
		if (!str_is(form_typed(typed, ONE[i].name), row_get(saved, ONE[i].name)))
			draw_pair(k, str_of(tr(k->lang, ONE[i].label)), form_typed(typed, ONE[i].name), row_get(saved, ONE[i].name), true);
	draw_lines(sc, form_typed(typed, "text"), row_get(saved, "text"));
	table_close(k);
}
