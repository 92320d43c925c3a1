/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/home.c: where each role's day begins: "/" leads to the role's own list; patients present in my unit, my agenda, today's arrivals.
 * Lists name only patients whom a live fact joins to the person. Called by front through the rows at the end. Start at home_of.
 */
#include "pages/home.h"

#include <string.h>

#include "pages/bedside.h"

/* The first screen of a role (UX §8). */
static const char *
home_of(enum role role)
{
	switch (role) {
	case ROLE_NURSE: case ROLE_PHARMACIST: return "/unit";
	case ROLE_PHYSICIAN: return "/my-patients";
	case ROLE_CLERK: case ROLE_BILLING: return "/arrivals";
	case ROLE_RSSI: case ROLE_DPO: return "/cockpit";
	case ROLE_ADMIN: return "/accounts";
	case ROLE_TECHNICIAN: return "/stock";
	default: return "/accesses";
	}
}

static enum rc
home_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "my_units");
	return RC_OK;
}

static enum rc
home_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rq;
	reply_redirect(out, str_of(home_of(release_who(rel)->role)));
	return RC_OK;
}

/* ---- patients present in my unit ---- */

static void
draw_present_row(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct words born = when_identity(k, row_get(row, "born_on")), age = when_age(k, row_get(row, "born_on"), STR_NONE);
	table_row(k);
	cell(k, row_get(row, "bed"));
	screen_cell_identity(sc, row);
	screen_cell_patient(sc, row, screen_chart_tail(sc->rel));
	cell_open(k, "num");
	html_text(&k->w, words_view(&born));
	if (age.n > 0) {
		html_z(&k->w, " (");
		html_text(&k->w, words_view(&age));
		html_z(&k->w, ")");
	}
	cell_close(k);
	cell_say(k, status_sex(row_get(row, "sex")));
	screen_cell_when(k, row, "since");
	screen_cell_kind(k, row_get(row, "stay_class"));
	table_row_end(k);
}

static void
draw_present(struct screen *sc)
{
	static const struct col cols[] = {
		{ N_("Bed"), NULL }, { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("Born"), "num" }, { N_("Sex"), NULL }, { N_("Since"), "time" }, { N_("Kind"), NULL },
	};
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), "present");
	struct row unit = release_set(sc->rel, "unit");
	if (n == 0) {
		empty_state(k, sc->shell.unit.n > 0 ? N_("Nobody is present in your unit now.") : N_("You have not said in which unit you work."), STR("/unit/choose"), N_("Choose my unit"));
		return;
	}
	state_line(k, n, N_("{1} patient present"), N_("{1} patients present"), N_("sorted by bed"));
	table_open(k, N_("Patients present in my unit"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "present")
		draw_present_row(sc, row);
	table_close(k);
	if (row_is(unit) && row_get(unit, "more").n > 0)
		el(k, H_P, "note warn", N_("There are more patients than this list shows: choose a smaller unit."));
}

static void
page_begin(struct screen *sc, const struct req *rq, const struct release *rel, struct reply *out, const char *section)
{
	screen_init(sc, rq, rel, out);
	screen_begin(sc, section);
	struct kit *k = &sc->k;
	el_open(k, H_H1, NULL);
	say(k, section);
	if (sc->shell.unit.n > 0) {
		html_z(&k->w, " — ");
		html_text(&k->w, sc->shell.unit);
	}
	html_close(&k->w, H_H1);
}

static enum rc
unit_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "unit_present");
	return RC_OK;
}

static enum rc
unit_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	page_begin(&sc, rq, rel, out, N_("Patients present"));
	bedside_scan(&sc);
	draw_present(&sc);
	return screen_end(&sc);
}

/* ---- agenda ---- */

static void
draw_agenda_row(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct words born = when_identity(k, row_get(row, "born_on"));
	bool admission = str_eq(row_get(row, "kind"), "admission");
	table_row(k);
	cell_time_ms(k, row_i64(row, "at"));
	screen_cell_identity(sc, row);
	screen_cell_patient(sc, row, screen_chart_tail(sc->rel));
	cell(k, words_view(&born));
	cell_open(k, NULL);
	icon(k, admission ? "bed" : "calendar");
	html_z(&k->w, " ");
	say(k, admission ? N_("Admission") : N_("Appointment"));
	cell_close(k);
	cell(k, row_has(row, "with") ? row_get(row, "with") : row_get(row, "place"));
	cell(k, row_has(row, "description") ? row_get(row, "description") : row_get(row, "bed"));
	cell_say(k, status_word(row_get(row, "state")));
	table_row_end(k);
}

static void
draw_agenda(struct screen *sc, const char *set, const char *caption, const char *none)
{
	static const struct col cols[] = {
		{ N_("When"), "time" }, { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("Born"), NULL }, { N_("Kind"), NULL }, { N_("With"), NULL }, { N_("About"), NULL }, { N_("State"), NULL },
	};
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), set);
	if (n == 0) {
		empty_state(k, none, release_may(sc->rel, MAY_FIND_PATIENT) ? STR("/search") : STR_NONE, N_("Find a patient"));
		return;
	}
	state_line(k, n, N_("{1} line"), N_("{1} lines"), N_("sorted by hour"));
	table_open(k, caption, cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, set)
		draw_agenda_row(sc, row);
	table_close(k);
}

static enum rc
mine_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "agenda_today");
	ask_view(a, "unit_present");
	return RC_OK;
}

static enum rc
mine_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	page_begin(&sc, rq, rel, out, N_("My patients"));
	el(&sc.k, H_H2, NULL, N_("My appointments today"));
	draw_agenda(&sc, "agenda", N_("My appointments today"), N_("No appointment today."));
	el(&sc.k, H_H2, NULL, N_("Patients present in my unit"));
	draw_present(&sc);
	return screen_end(&sc);
}

static enum rc
agenda_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "agenda_today");
	return RC_OK;
}

static enum rc
agenda_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	page_begin(&sc, rq, rel, out, N_("Agenda of the day"));
	draw_agenda(&sc, "agenda", N_("Appointments of the day"), N_("No appointment today."));
	return screen_end(&sc);
}

static enum rc
arrivals_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "arrivals_today");
	return RC_OK;
}

static enum rc
arrivals_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	page_begin(&sc, rq, rel, out, N_("Arrivals today"));
	draw_agenda(&sc, "arrivals", N_("Arrivals today"), N_("No arrival planned today."));
	return screen_end(&sc);
}

const struct page pages_home[] = {
	{ HTTP_GET, "/",            MAY_SIGNED_IN, REVEALS_META,      .ask = home_ask,     .show = home_show },
	{ HTTP_GET, "/my-patients", MAY_WORK_LIST, REVEALS_WORK_LIST, .ask = mine_ask,     .show = mine_show,     .menu = N_("My patients"), .icon = "people", .key = "F8" },
	{ HTTP_GET, "/unit",        MAY_WORK_LIST, REVEALS_WORK_LIST, .ask = unit_ask,     .show = unit_show,     .menu = N_("Patients present"), .icon = "bed", .key = "g l" },
	{ HTTP_GET, "/agenda",      MAY_WORK_LIST, REVEALS_WORK_LIST, .ask = agenda_ask,   .show = agenda_show,   .menu = N_("Agenda of the day"), .icon = "calendar", .key = "g t" },
	{ HTTP_GET, "/arrivals",    MAY_WORK_LIST, REVEALS_WORK_LIST, .ask = arrivals_ask, .show = arrivals_show, .menu = N_("Arrivals today"), .icon = "arrive", .key = "g e" },
	{ .path = NULL },
};
