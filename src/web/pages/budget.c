/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/budget.c: for the security officer: what each job may open before it is asked or stopped, where accounts stand now, and the simulator: what can this
 * account not do? It must never name a patient. Called by front through the rows at the end. Start at budgets_show.
 */
#include "pages/budget.h"

#include <string.h>

#include "pages/access.h"

struct named { const char *code, *name; };
static const struct named jobs[] = {
	{ "nurse", N_("Nurse") }, { "physician", N_("Physician") }, { "emergency", N_("Emergency, on call") }, { "clerk", N_("Admission clerk") },
	{ "laboratory", N_("Laboratory, pharmacy, imaging") }, { "coder", N_("Coding, billing, quality") },
};

static const char *
job_name(struct str code)
{
	for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
		if (str_eq(code, jobs[i].code))
			return jobs[i].name;
	return N_("No record at all");
}

/* "43 · 53": where a proof is asked for, where it stops. */
static void
cell_two(struct kit *k, struct row row, const char *step, const char *stop)
{
	cell_open(k, "num");
	html_text(&k->w, row_get(row, step));
	html_z(&k->w, " · ");
	html_text(&k->w, row_get(row, stop));
	cell_close(k);
}

/* A number and its bar: the bar is never the only way to read it. */
static void
cell_bar(struct kit *k, struct row row, const char *column, uint64_t most)
{
	int64_t n = row_i64(row, column);
	cell_open(k, NULL);
	html_open(&k->w, H_METER);
	html_attr_u(&k->w, "min", 0);
	html_attr_u(&k->w, "max", most);
	html_attr_u(&k->w, "value", n > 0 ? (uint64_t)n : 0);
	html_attr(&k->w, "aria-label", row_get(row, column));
	html_close(&k->w, H_METER);
	html_z(&k->w, " ");
	html_text(&k->w, row_get(row, column));
	cell_close(k);
}

/* ---- the table of the house ---- */

static enum rc
budgets_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "budgets");
	ask_view(a, "meters");
	return RC_OK;
}

static uint64_t
most_of(const struct release *rel, const char *set, const char *column)
{
	int64_t most = 1;
	for release_each (row, rel, set)
		most = row_i64(row, column) > most ? row_i64(row, column) : most;
	return (uint64_t)most;
}

/* What a session of one kind may open, and what a thief gets of it. budgets: the set; taken: the columns of set "jobs". */
struct kind { const char *caption, *budgets, *taken[3]; };
static const struct kind kinds[] = {
	{ N_("A session by passkey: what each work may open; from the twentieth shift on it follows the person, before that the unit's weeks, at most one and a half times this"), "jobs",
		{ "without_proof", "with_proof", "hidden" } },
	{ N_("A session by password and code: half of the room without a link"), "jobs_code", { "code_without_proof", "code_with_proof", "code_hidden" } },
};

static void
draw_jobs(struct screen *sc, const struct kind *kind)
{
	static const struct col cols[] = {
		{ N_("Work"), NULL }, { N_("24 h: proof · stop"), "num" }, { N_("Without a link"), "num" }, { N_("30 days"), "num" },
		{ N_("Taken without the second factor"), NULL }, { N_("Taken with it"), NULL }, { N_("Taken in hiding"), NULL },
	};
	struct kit *k = &sc->k;
	uint64_t most = most_of(sc->rel, "jobs", "hidden");
	struct row row = release_set(sc->rel, kind->budgets), taken = release_set(sc->rel, "jobs");
	table_open(k, kind->caption, cols, sizeof cols / sizeof cols[0]);
	for (; row_is(row) && row_is(taken); row = rows_next(row), taken = rows_next(taken)) {
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		say(k, job_name(row_get(row, "job")));
		html_close(&k->w, H_TH);
		cell_two(k, row, "all_step", "all_stop");
		cell_two(k, row, "apart_step", "apart_stop");
		cell_figure(k, row, "apart_month");
		for (size_t i = 0; i < sizeof kind->taken / sizeof kind->taken[0]; i++)
			cell_bar(k, taken, kind->taken[i], most);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_roles(struct screen *sc)
{
	struct kit *k = &sc->k;
	el_open(k, H_P, "hint");
	for release_each (row, sc->rel, "roles") {
		const char *role = role_label(role_of(arena_z(sc->rq->arena, row_get(row, "role")))), *job = job_name(row_get(row, "job"));
		if (strcmp(role, job) == 0)
			continue;
		say_with(k, N_("{1}: {2}."), str_of(tr(k->lang, role)), str_of(tr(k->lang, job)));
		html_z(&k->w, " ");
	}
	html_close(&k->w, H_P);
	struct row house = release_set(sc->rel, "house");
	el_open(k, H_P, "hint");
	say_with(k, N_("Emergencies in a shift: {1}; searches for patients in an hour: {2}; openings a minute before a proof is asked for: {3}."), row_get(house, "emergencies"), row_get(house, "searches"), row_get(house, "rhythm"));
	html_close(&k->w, H_P);
	el_open(k, H_P, "hint");
	say_with(k, N_("Emergencies of who came in by password and code: {1}; of emergency staff: {2}. Facts that a person made for himself explain at most {3} openings a day."),
		row_get(house, "emergencies_code"), row_get(house, "emergencies_staff"), row_get(house, "self_made"));
	html_close(&k->w, H_P);
	el(k, H_P, "hint", N_("Nurses and physicians have the limits of emergency work where their account says so, and while they are on call."));
}

static void
draw_meters(struct screen *sc)
{
	static const struct col cols[] = {
		{ N_("Who"), NULL }, { N_("Patients in 24 h"), "num" }, { N_("Without a care link"), "num" }, { N_("Emergencies"), "num" }, { N_("In 30 days"), "num" },
		{ N_("Evidence, % of the alarm"), NULL }, { N_("State"), NULL },
	};
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Where accounts stand"));
	if (rows_count(release_rows(sc->rel), "meters") == 0) {
		empty_state(k, N_("Nobody has opened anything yet."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("The loudest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "meters") {
		table_row(k);
		cell_link(k, screen_join(sc->rq, STR("/budget?login="), row_get(row, "login")), row_get(row, "name"));
		cell_figure(k, row, "opened");
		cell_figure(k, row, "unexplained");
		cell_figure(k, row, "emergencies");
		cell_figure(k, row, "month");
		cell_bar(k, row, "evidence", 100);
		cell_open(k, NULL);
		if (row_has(row, "stopped"))
			status_chip(k, "critical", "octagon", N_("Stopped"));
		else if (row_has(row, "due"))
			status_chip(k, "warn", "warn", N_("Proof asked"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
budgets_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Limits"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Limits"));
	el(k, H_P, NULL, N_("No account, whatever its rights, opens more than this in a day. Nobody can make a limit wider here; the numbers are those of the house's security plan."));
	el(k, H_P, NULL, N_("Taken: what a thief gets in a day from an account that opened nobody yet: without the second factor, with it, and with it among patients who have a care link."));
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		draw_jobs(&sc, &kinds[i]);
	draw_roles(&sc);
	draw_meters(&sc);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/budgets/journal"), N_("What the limits did"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- the simulator ---- */

static const struct field one_fields[] = { { "login", N_("Login"), FIELD_TOKEN, .max = 64, .required = true }, FIELDS_END };

static enum rc
budget_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "meter");
	ask_arg(a, "login", form_get(&rq->form, "login"));
	return RC_OK;
}

/* What a role lacks, and what nobody has. */
static const struct { uint32_t may; const char *cannot; } rights[] = {
	{ MAY_READ_IDENTITY,  N_("open the identity of a patient") },
	{ MAY_READ_CHART,     N_("open anything clinical") },
	{ MAY_WRITE_IDENTITY, N_("create or change an identity") },
	{ MAY_WRITE_CHART,    N_("write into a chart") },
	{ MAY_FIND_PATIENT,   N_("search for a patient, even masked") },
	{ MAY_REVIEW,         N_("see who looked at whom, or these limits") },
	{ MAY_RELEASE,        N_("end the stop of another account") },
	{ MAY_EXPORT_ASK,     N_("ask for an export of more than 50 patients") },
	{ MAY_EXPORT_APPROVE, N_("approve an export of another unit") },
	{ MAY_MANAGE,         N_("create, change or close accounts") },
	{ MAY_API_READ,       N_("read through the interface of machines") },
	{ MAY_IMPORT,         N_("load a file of records") },
	{ 0,                  N_("take more than 50 patients out of the house without a second person of another unit") },
	{ 0,                  N_("end the stop of the own account, or open a second day by another session, a restart or the clock") },
	{ 0,                  N_("erase the trace of what it opened") },
};

static void
draw_cannot(struct screen *sc, uint32_t may)
{
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("What this account cannot do"));
	html_open(&k->w, H_UL);
	for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++)
		if ((rights[i].may & may) == 0)
			el(k, H_LI, NULL, rights[i].cannot);
	html_close(&k->w, H_UL);
}

static void
draw_reach(struct screen *sc, struct row m)
{
	static const struct col cols[] = { { N_("Whoever holds this account now, in the next 24 hours"), NULL }, { N_("Records that leave, by passkey"), NULL }, { N_("By password and code"), NULL } };
	static const struct { const char *column, *by_code, *who; } rows[] = {
		{ "without_proof", "code_without_proof", N_("has the open session, not the second factor: strangers, one after the other") },
		{ "with_proof",    "code_with_proof",    N_("has the second factor too: strangers, until the account is stopped") },
		{ "hidden",        "code_hidden",        N_("the same, and hides them among patients with a care link") },
		{ "explained",     "code_explained",     N_("has the second factor, and opens patients with a care link only") },
	};
	struct kit *k = &sc->k;
	uint64_t most = 1;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		most = row_i64(m, rows[i].column) > (int64_t)most ? (uint64_t)row_i64(m, rows[i].column) : most;
	table_open(k, N_("From where the account stands now; one chart every four minutes"), cols, sizeof cols / sizeof cols[0]);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		table_row(k);
		cell_say(k, rows[i].who);
		cell_bar(k, m, rows[i].column, most);
		cell_bar(k, m, rows[i].by_code, most);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
budget_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row m = release_set(rel, "meter");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("What can this account not do?"));
	struct kit *k = &sc.k;
	el_open(k, H_H1, NULL);
	el_name(k, row_get(m, "name"));
	html_close(&k->w, H_H1);
	el_open(k, H_P, NULL);
	const char *role = role_label(role_of(arena_z(rq->arena, row_get(m, "role")))), *job = job_name(row_get(m, "job"));
	say(k, role);
	html_z(&k->w, " · ");
	if (strcmp(role, job) != 0) {
		say(k, job);
		html_z(&k->w, " · ");
	}
	if (row_get(m, "learnt").n > 0)
		say_with(k, N_("limits learnt from {1} shifts"), row_get(m, "shifts"));
	else
		say_with(k, N_("{1} shifts seen: the limits are those of the work"), row_get(m, "shifts"));
	if (row_has(m, "unit_pct")) {
		html_z(&k->w, " · ");
		say_with(k, N_("the weeks of its unit: {1} % of the work's usual volume"), row_get(m, "unit_pct"));
	}
	html_close(&k->w, H_P);
	if (row_has(m, "stopped") || row_has(m, "due")) {
		el_open(k, H_P, "note");
		status_chip(k, row_has(m, "stopped") ? "critical" : "warn", row_has(m, "stopped") ? "octagon" : "warn", row_has(m, "stopped") ? N_("Stopped") : N_("Proof asked"));
		html_z(&k->w, " ");
		say(k, access_counter(row_get(m, row_has(m, "stopped") ? "stopped" : "due")));
		html_close(&k->w, H_P);
	}
	if (row_i64(m, "all_stop") > 0) {
		el_open(k, H_P, NULL);
		say_with(k, N_("Opened in 24 hours: {1}, of these without a care link: {2}; in 30 days: {3}."), row_get(m, "opened"), row_get(m, "unexplained"), row_get(m, "month"));
		html_z(&k->w, " ");
		say_with(k, N_("Asked for a proof at {1} and {2}, stopped at {3} without a care link."), row_get(m, "all_step"), row_get(m, "apart_step"), row_get(m, "apart_stop"));
		html_z(&k->w, " ");
		say_with(k, N_("By password and code: at {1}, stopped at {2}."), row_get(m, "code_apart_step"), row_get(m, "code_apart_stop"));
		html_close(&k->w, H_P);
		draw_reach(&sc, m);
	} else {
		el(k, H_P, "note", row_get(m, "by_ticket").n > 0 ? N_("A machine: what its contract names, and nothing else.") : N_("This role opens no record of a patient at all."));
	}
	draw_cannot(&sc, (uint32_t)row_i64(m, "may"));
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/budgets"), N_("Limits"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

const struct page pages_budget[] = {
	{ HTTP_GET, "/budgets", MAY_REVIEW, REVEALS_META, .ask = budgets_ask, .show = budgets_show, .menu = N_("Limits"), .icon = "shield" },
	{ HTTP_GET, "/budget",  MAY_REVIEW, REVEALS_META, .fields = one_fields, .ask = budget_ask, .show = budget_show },
	{ .path = NULL },
};
