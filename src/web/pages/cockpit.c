/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/cockpit.c: the first page of the security officer and of the data protection officer: six tiles, each a number, its last fortnight and the list that it leads to;
 * under them what was stopped today, and the numbers of the drawings. Calm when nothing waits. It must never name a person or a patient.
 * Called by front through the row at the end. Start at cockpit_show.
 */
#include "pages/cockpit.h"

#include "kit/spark.h"

struct tile {
	const char *code, *icon, *label, *trend, *done;   /* trend: what the drawing shows; done: said when the number is 0 */
	const char *href;
};
static const struct tile tiles[] = {
	{ "glass",     "glass",   N_("Break-glass to review"),     N_("Break-glass a day"),            N_("All are reviewed."),            "/review" },
	{ "volume",    "octagon", N_("Stopped accounts"),          N_("Alarms a day"),                 N_("No account is stopped."),      "/stops" },
	{ "approvals", "check",   N_("Waiting for a second person"), N_("Asked for a day"),            N_("Nothing waits for a signature."), "/exports/inbox" },
	{ "keys",      "key",     N_("People without a passkey"),  N_("People without a passkey"),     N_("Everybody has one."),           "/rules" },
	{ "to_tell",   "people",  N_("Patients to be told"),       N_("Patients waiting to be told"),  N_("Nobody is to be told."),        "/to-tell" },
};
#define TILES (sizeof tiles / sizeof tiles[0])
#define DAYS 60

static enum rc
cockpit_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "cockpit");
	ask_view(a, "trail");
	return RC_OK;
}

static struct row
row_of(const struct release *rel, const char *set, const char *code)
{
	struct row row = release_set(rel, set);
	while (row_is(row) && !str_eq(row_get(row, "code"), code))
		row = rows_next(row);
	return row;
}

/* The drawing of a set's rows: all of it, or those of one code. */
static void
draw_trend(struct screen *sc, const char *set, const char *code, const char *label)
{
	struct spark_point at[DAYS];
	size_t n = 0;
	for release_each (row, sc->rel, set)
		if (n < DAYS && (code == NULL || str_eq(row_get(row, "code"), code)))
			at[n++] = (struct spark_point){ row_i64(row, "at"), (double)row_i64(row, "n") };
	spark_draw(&sc->k, &(struct spark){ .label = label, .at = at, .n = n });
}

static void
tile_open(struct screen *sc, const char *href, const char *symbol, const char *label)
{
	struct kit *k = &sc->k;
	el_open(k, H_DIV, "tile");
	icon(k, symbol);
	html_z(&k->w, " ");
	link_to(k, NULL, str_of(href), label);
}

static void
tile_number(struct screen *sc, int64_t n, int64_t of)
{
	struct kit *k = &sc->k;
	struct digits a, b;
	html_open(&k->w, H_B);
	if (of > 0)
		say_with(k, N_("{1} of {2}"), digits_of(&a, n), digits_of(&b, of));
	else
		html_text(&k->w, digits_of(&a, n));
	html_close(&k->w, H_B);
}

static void
draw_tile(struct screen *sc, const struct tile *t)
{
	struct kit *k = &sc->k;
	struct row row = row_of(sc->rel, "tiles", t->code);
	int64_t n = row_is(row) ? row_i64(row, "n") : 0;
	tile_open(sc, t->href, t->icon, t->label);
	tile_number(sc, n, row_is(row) ? row_i64(row, "of") : 0);
	draw_trend(sc, "days", t->code, t->trend);
	el_open(k, H_SMALL, "hint");
	if (n == 0) {
		say(k, t->done);
	} else if (row_has(row, "oldest_at")) {
		struct words since = when_clinical_ms(k, row_i64(row, "oldest_at"));
		say_with(k, N_("the oldest since {1}"), words_view(&since));
	}
	html_close(&k->w, H_SMALL);
	if (t == &tiles[0] && row_get(release_set(sc->rel, "blocked"), "late").n > 0)
		status_chip(k, "critical", "clock", N_("Over 72 hours"));
	html_close(&k->w, H_DIV);
}

/* The access log: what the last verification from end to end read, and when. */
static void
draw_trail(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row row = release_set(sc->rel, "trail");
	bool ever = row_is(row) && row_has(row, "verified_at"), bad = row_is(row) && row_get(row, "bad").n > 0;
	tile_open(sc, "/help", "shield", N_("Access log verified"));
	tile_number(sc, ever ? row_i64(row, "verified") : 0, row_is(row) ? row_i64(row, "entries") : 0);
	draw_trend(sc, "checked", NULL, N_("Entries at each verification"));
	el_open(k, H_SMALL, "hint");
	if (ever) {
		struct words at = when_clinical_ms(k, row_i64(row, "verified_at"));
		say_with(k, N_("read from end to end {1}"), words_view(&at));
	} else {
		say(k, N_("never verified yet: hygie audit verify, on the server"));
	}
	html_close(&k->w, H_SMALL);
	if (bad)
		status_chip(k, "critical", "octagon", N_("The log is not whole: call whoever runs the server"));
	html_close(&k->w, H_DIV);
}

/* Nothing to do: said in one line, so that a calm page is read in a second. */
static bool
is_calm(const struct release *rel)
{
	struct row trail = release_set(rel, "trail");
	for (size_t i = 0; i < TILES; i++) {
		struct row row = row_of(rel, "tiles", tiles[i].code);
		if (row_is(row) && row_i64(row, "n") > 0 && !str_eq(row_get(row, "code"), "keys"))
			return false;
	}
	if (row_is(release_set(rel, "blocked")) && row_i64(release_set(rel, "blocked"), "special") + row_i64(release_set(rel, "blocked"), "accounts") > 0)
		return false;
	return !row_is(trail) || row_get(trail, "bad").n == 0;
}

/* The numbers of the drawings. */
static void
draw_days(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct col cols[TILES + 1] = { { N_("24 hours up to"), "time" } };
	for (size_t i = 0; i < TILES; i++)
		cols[i + 1] = (struct col){ tiles[i].trend, "num" };
	html_open(&k->w, H_DETAILS);
	html_open(&k->w, H_SUMMARY);
	say(k, N_("The numbers of the drawings"));
	html_close(&k->w, H_SUMMARY);
	table_open(k, N_("The last fourteen days, oldest first"), cols, TILES + 1);
	for release_each (row, sc->rel, "days") {
		if (!str_eq(row_get(row, "code"), tiles[0].code))
			continue;
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		for (size_t i = 0; i < TILES; i++) {
			struct row of = row_of(sc->rel, "days", tiles[i].code);
			while (row_is(of) && (row_i64(of, "at") != row_i64(row, "at") || !str_eq(row_get(of, "code"), tiles[i].code)))
				of = rows_next(of);
			cell_open(k, "num");
			html_text(&k->w, row_is(of) ? row_get(of, "n") : STR_NONE);
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
	html_close(&k->w, H_DETAILS);
}

static enum rc
cockpit_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct digits a, b;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Security cockpit"));
	struct kit *k = &sc.k;
	struct row blocked = release_set(rel, "blocked");
	el(k, H_H1, NULL, N_("Security cockpit"));
	if (is_calm(rel))
		el(k, H_P, "note", N_("Nothing to deal with."));
	el_open(k, H_DIV, "tiles three");
	for (size_t i = 0; i < TILES; i++)
		draw_tile(&sc, &tiles[i]);
	draw_trail(&sc);
	html_close(&k->w, H_DIV);
	if (row_is(blocked)) {
		el_open(k, H_P, NULL);
		say_with(k, N_("Held back in the last 24 hours: {1} calls refused, {2} alarms of the counters."), digits_of(&a, row_i64(blocked, "refused")), digits_of(&b, row_i64(blocked, "alarms")));
		html_z(&k->w, " ");
		link_to(k, NULL, STR("/review"), N_("Security review"));
		html_z(&k->w, " · ");
		link_to(k, NULL, STR("/budgets"), N_("What can this account not do?"));
		html_close(&k->w, H_P);
	}
	if (row_is(blocked) && row_i64(blocked, "special") > 0) {
		el_open(k, H_P, NULL);
		say_with(k, N_("Openings of specially sensitive charts that wait for review: {1}."), digits_of(&a, row_i64(blocked, "special")));
		html_z(&k->w, " ");
		link_to(k, NULL, STR("/special/openings"), N_("Openings to review"));
		html_close(&k->w, H_P);
	}
	if (row_is(blocked) && row_i64(blocked, "accounts") > 0) {
		el_open(k, H_P, NULL);
		say_with(k, N_("Accounts that wait for a second person: {1}."), digits_of(&a, row_i64(blocked, "accounts")));
		html_z(&k->w, " ");
		link_to(k, NULL, STR("/accounts/waiting"), N_("Accounts to confirm"));
		html_close(&k->w, H_P);
	}
	draw_days(&sc);
	return screen_end(&sc);
}

const struct page pages_cockpit[] = {
	{ HTTP_GET, "/cockpit", MAY_REVIEW, REVEALS_META, .ask = cockpit_ask, .show = cockpit_show, .menu = N_("Security cockpit"), .icon = "home", .key = "g b" },
	{ .path = NULL },
};
