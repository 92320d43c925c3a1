/* SPDX-License-Identifier: Apache-2.0 */
/* fake.c: see fake.h. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/demo.h"

struct release {
	enum rc rc, act_rc;
	struct problem problem;
	struct rows rows;
	struct release_who who;
	uint32_t may;
	const char *explained;
	int64_t until_ms;
	bool closed;
};

static struct release rel;
static struct arena arena;
static char open_set[64];
static enum lang lang;
static bool fragment, demo;
struct req fake_rq;
struct reply fake_out;
static struct http_req http;
static struct str cookie;

/* ---- the gate's side ---- */

enum rc release_rc(const struct release *r) { return r->rc; }
enum rc release_act_rc(const struct release *r) { return r->act_rc; }
const struct problem *release_problem(const struct release *r) { return &r->problem; }
const struct release_who *release_who(const struct release *r) { return &r->who; }
uint64_t release_version(const struct release *r) { (void)r; return 1; }
void gate_watch(struct asks *a, struct str region, struct str key, uint64_t since) { (void)a; (void)region; (void)key; (void)since; }
bool release_may(const struct release *r, enum may may) { return (r->may & (uint32_t)may) != 0; }

struct str
release_rows(const struct release *r)
{
	if (!rel.closed) {
		rows_end(&rel.rows);
		rel.closed = true;
	}
	return buf_view(&r->rows.out);
}

bool
release_special(const struct release *r)
{
	(void)r;
	return false;
}

struct str
release_explained(const struct release *r, int64_t *until_ms_r)
{
	*until_ms_r = r->until_ms;
	return str_of(r->explained);
}

void asks_init(struct asks *a) { *a = (struct asks){ .n = 0 }; buf_init(&a->flat, 1 << 16); }
void asks_done(struct asks *a) { buf_done(&a->flat); }

static void
ask_line(struct asks *a, const char *kind, const char *name)
{
	a->n++;
	buf_z(&a->flat, kind);
	buf_ch(&a->flat, ' ');
	buf_z(&a->flat, name);
	buf_ch(&a->flat, ' ');
}

void ask_view(struct asks *a, const char *view) { ask_line(a, "view", view); }
void ask_act(struct asks *a, const char *act) { MUST(a->n == 0); ask_line(a, "act", act); }

void
ask_arg(struct asks *a, const char *name, struct str value)
{
	buf_z(&a->flat, name);
	buf_ch(&a->flat, '=');
	buf_str(&a->flat, value);
	buf_ch(&a->flat, ' ');
}

/* ---- the front's side ---- */

void
reply_header(struct reply *r, const char *name, struct str value)
{
	r->headers[r->n_headers++] = (struct http_header_out){ name, value };
}

void
reply_redirect(struct reply *r, struct str path)
{
	MUST(path.n > 0 && path.p[0] == '/' && (path.n == 1 || path.p[1] != '/'));
	r->status = 303;
	reply_header(r, "Location", arena_str(&arena, path));
}

void reply_cookie(struct reply *r, const struct req *rq, struct str token) { (void)rq; cookie = token; reply_header(r, "Set-Cookie", token); }
void reply_lang(struct reply *r, enum lang l) { reply_header(r, "Set-Lang", l == LANG_EN ? STR("en") : STR("fr")); }
struct str front_csrf(const struct req *rq, struct str token) { (void)rq; (void)token; return STR("NEWTOKEN"); }
struct str front_bound(const struct req *rq, const char *name) { (void)rq; (void)name; return STR_NONE; }

static const struct demo_person people[] = {
	{ ROLE_NURSE, "ide.martin", "ortie-violette-42", "JBSWY3DPEHPK3PXP", "Julie Martin", "u-1", "Médecine 2B" },
	{ ROLE_PHYSICIAN, "dr.bernard", "ortie-violette-43", "JBSWY3DPEHPK3PXP", "Paul Bernard", "u-1", "Médecine 2B" },
	{ ROLE_RSSI, "rssi", "ortie-violette-44", "JBSWY3DPEHPK3PXP", "Anne Leroy", "", "" },
};
static const struct demo_people offered = { people, 3 };
const struct demo_people *front_demo_people(void) { return demo ? &offered : NULL; }

bool
demo_code(const struct demo_person *who, int64_t now_ms, char out[7])
{
	(void)who;
	(void)now_ms;
	memcpy(out, "123456", 7);
	return true;
}

static const struct page *all[1024];

size_t
fake_pages(const struct page *const **all_r)
{
	size_t n = 0;
	for (size_t t = 0; pages_all[t] != NULL; t++)
		for (const struct page *p = pages_all[t]; p->path != NULL; p++) {
			MUST(n < sizeof all / sizeof all[0]);
			all[n++] = p;
		}
	*all_r = all;
	return n;
}

size_t front_pages(const struct page *const **all_r) { return fake_pages(all_r); }

/* ---- the test's side ---- */

/* The rights of each role, as the gate's table has them. */
static uint32_t
rights_of(enum role role)
{
	const uint32_t person = MAY_ANYONE | MAY_SIGNED_IN;
	const uint32_t care = person | MAY_FIND_PATIENT | MAY_READ_IDENTITY | MAY_READ_CHART | MAY_WRITE_IDENTITY | MAY_WRITE_CHART | MAY_BREAK_GLASS | MAY_WORK_LIST;
	switch (role) {
	case ROLE_NURSE: return care | MAY_ADMINISTER | MAY_STOCK | MAY_MOVE;
	case ROLE_PHYSICIAN: return care | MAY_PRESCRIBE | MAY_ADMINISTER | MAY_MOVE | MAY_EXPORT_ASK;
	case ROLE_PHARMACIST: return (care & ~(uint32_t)MAY_WRITE_IDENTITY) | MAY_PHARMACY | MAY_STOCK;
	case ROLE_CLERK: return person | MAY_FIND_PATIENT | MAY_READ_IDENTITY | MAY_WRITE_IDENTITY | MAY_BREAK_GLASS | MAY_WORK_LIST | MAY_MOVE;
	case ROLE_BILLING: return person | MAY_FIND_PATIENT | MAY_READ_IDENTITY | MAY_BREAK_GLASS | MAY_WORK_LIST | MAY_BILL;
	case ROLE_RSSI: return person | MAY_REVIEW;
	case ROLE_DPO: return person | MAY_REVIEW | MAY_FIND_PATIENT | MAY_READ_IDENTITY | MAY_BREAK_GLASS;
	case ROLE_ADMIN: return person | MAY_MANAGE;
	case ROLE_TECHNICIAN: return person | MAY_SUPPLY;
	default: return MAY_ANYONE;
	}
}

uint32_t fake_rights(void) { return rel.may; }

void
fake_begin(enum role role)
{
	rows_done(&rel.rows);
	arena_done(&arena);
	arena_init(&arena, (size_t)16 << 20);
	rel = (struct release){ .explained = "", .may = rights_of(role) };
	if (role != ROLE_NONE)
		rel.who = (struct release_who){ .role = role, .login = STR("someone"), .name = STR("Julie Martin"), .unit = STR("u-1"), .unit_name = STR("Médecine 2B"), .opened = 12, .opened_max = role == ROLE_RSSI || role == ROLE_ADMIN ? 0 : 53 };
	rows_init(&rel.rows, (size_t)8 << 20);
	open_set[0] = '\0';
	cookie = STR_NONE;
	lang = LANG_FR;
	fragment = demo = false;
}

void fake_act_rc(enum rc rc, enum why why, const char *where)
{
	rel.act_rc = rc;
	(void)!problem_set(&rel.problem, rc, why, where, "test");
}

void fake_refuse(enum rc rc, enum why why)
{
	rel.rc = rc;
	(void)!problem_set(&rel.problem, rc, why, "", "test");
}

void fake_explained(const char *why, int64_t until_ms) { rel.explained = why; rel.until_ms = until_ms; }
void fake_lang(enum lang l) { lang = l; }
void fake_fragment(bool on) { fragment = on; }
void fake_demo(bool on) { demo = on; }

void
fake_row(const char *set)
{
	if (strcmp(open_set, set) != 0) {
		rows_set(&rel.rows, set);
		snprintf(open_set, sizeof open_set, "%s", set);
	}
	rows_row(&rel.rows);
}

void fake_col(const char *name, struct str value) { rows_col(&rel.rows, name, value); }
void fake_col_z(const char *name, const char *value) { rows_col(&rel.rows, name, str_of(value)); }
void fake_col_i(const char *name, int64_t value) { rows_col_i64(&rel.rows, name, value); }

const struct page *
fake_page(enum http_method method, const char *path)
{
	const struct page *const *pages;
	size_t n = fake_pages(&pages);
	for (size_t i = 0; i < n; i++)
		if (strcmp(pages[i]->path, path) == 0 && (pages[i]->method == method || (pages[i]->method == 0 && method == HTTP_GET)))
			return pages[i];
	return NULL;
}

/* The page's own fields and the implicit ones of front. */
static const struct field *
fields_with_implicit(const struct page *page)
{
	size_t n = 0;
	while (page != NULL && page->fields != NULL && page->fields[n].name != NULL)
		n++;
	struct field *f = arena_array(&arena, n + 4, sizeof *f);
	if (n > 0)
		memcpy(f, page->fields, n * sizeof *f);
	f[n++] = (struct field){ .name = "csrf", .label = "Form token", .kind = FIELD_TOKEN, .max = 64 };
	f[n++] = (struct field){ .name = "next", .label = "Next page", .kind = FIELD_TEXT, .max = 1000 };
	f[n] = (struct field){ .name = NULL };
	return f;
}

static void
make_request(enum http_method method, const char *path, const struct pair *pairs, size_t n)
{
	struct problem p;
	const struct page *page = fake_page(method, path);
	static char real[200];
	const char *at = strstr(path, ":patient");
	if (at != NULL)
		snprintf(real, sizeof real, "%.*sp-1%s", (int)(at - path), path, at + 8);
	else
		snprintf(real, sizeof real, "%s", path);
	http = (struct http_req){ .method = method, .path = str_of(real), .tls = true };
	fake_rq = (struct req){ .page = page, .method = method, .lang = lang, .csrf = STR("CSRFTOKEN"), .fragment = fragment, .demo = demo, .secure = true, .now_ms = FAKE_NOW, .http = &http, .arena = &arena };
	if (at != NULL)
		fake_rq.path.patient = STR("p-1");
	struct pair *copy = arena_array(&arena, n + 1, sizeof *copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = pairs[i];
	struct pairs ps = { copy, n };
	MUST(form_read(fields_with_implicit(page), &ps, FAKE_NOW, &arena, &fake_rq.form, &p) == RC_OK);
	buf_done(&fake_out.body);
	fake_out = (struct reply){ .status = 200, .arena = &arena };
	buf_init(&fake_out.body, (size_t)8 << 20);
}

struct str
fake_show(enum http_method method, const char *path, const struct pair *pairs, size_t n)
{
	make_request(method, path, pairs, n);
	MUST(fake_rq.page != NULL);
	MUST(fake_rq.page->show(&fake_rq, &rel, &fake_out) == RC_OK);
	return buf_view(&fake_out.body);
}

struct str
fake_ask(enum http_method method, const char *path, const struct pair *pairs, size_t n)
{
	struct asks a;
	struct problem p;
	make_request(method, path, pairs, n);
	MUST(fake_rq.page != NULL);
	asks_init(&a);
	MUST(fake_rq.page->ask(&fake_rq, &a, &p) == RC_OK);
	struct str text = arena_str(&arena, buf_view(&a.flat));
	asks_done(&a);
	return text;
}

struct str
fake_fail(enum http_method method, const char *path, const struct pair *pairs, size_t n, enum rc rc, enum why why, const char *where)
{
	struct problem p = { 0 };
	(void)!problem_set(&p, rc, why, where, "test");
	make_request(method, path, pairs, n);
	fake_out.status = why_row(why)->http;
	rel.rc = rc;
	rel.problem = p;
	pages_voice.fail(&fake_rq, &p, &rel, &fake_out);
	return buf_view(&fake_out.body);
}

bool
fake_holds(const char *z)
{
	buf_ch(&fake_out.body, '\0');
	bool found = strstr(fake_out.body.p, z) != NULL;
	fake_out.body.n--;
	return found;
}

struct str
fake_location(void)
{
	for (unsigned i = 0; i < fake_out.n_headers; i++)
		if (strcmp(fake_out.headers[i].name, "Location") == 0)
			return fake_out.headers[i].value;
	return STR_NONE;
}

/* ---- invented persons ---- */

static struct str hostile;

/* Free text: what a person typed or a record holds. */
static void
free_text(const char *name, const char *value)
{
	fake_col(name, hostile.n > 0 ? hostile : str_of(value));
}

static void
person(const char *id, const char *name, const char *born, const char *sex, const char *status)
{
	fake_col_z("id", id);
	free_text("name", name);
	fake_col_z("born_on", born);
	fake_col(("birth_year"), (struct str){ born, 4 });
	fake_col_z("sex", sex);
	fake_col_z("status", status);
}

static void
masked(const char *id, const char *letters, const char *year, const char *sex, const char *status)
{
	fake_col_z("id", id);
	free_text("masked", letters);
	fake_col_z("birth_year", year);
	fake_col_z("sex", sex);
	fake_col_z("status", status);
}

static void
fill_chart(void)
{
	fake_row("head");
	person("p-1", "DURAND, Marie", "1957-02-14", "female", "QUAL");
	fake_col_i("age", 69);
	free_text("birth_name", "MARTIN");
	fake_col_z("ins", "257027511504261");
	fake_col_z("homonym", "1");
	fake_col_z("allergy_state", "known");
	free_text("allergies", "Pénicilline, latex");
	free_text("unit_name", "Médecine 2B");
	free_text("bed", "212-P");
	fake_col_z("present", "1");
	fake_col_z("weight", "71.5");
	free_text("weight_unit", "kg");
	fake_col_z("weight_on", "2026-11-20");
	fake_col_z("version", "3");
	fake_col_z("treating", "pr-1");
	free_text("treating_name", "Dr Paul Bernard");
	fake_row("identity");
	person("p-1", "DURAND, Marie", "1957-02-14", "female", "QUAL");
	fake_col_z("version", "3");
	free_text("birth_name", "MARTIN");
	free_text("given_names", "Marie Jeanne Louise");
	free_text("used_name", "DURAND");
	fake_col_z("birth_place", "75056");
	free_text("birth_city", "Paris");
	fake_col_z("ins", "257027511504261");
	free_text("ipp", "H00001234");
	free_text("address", "12 rue des Acacias");
	free_text("postal_code", "69003");
	free_text("city", "Lyon");
	free_text("phone", "06 39 98 12 34");
	free_text("email", "marie@example.org");
	free_text("treating_name", "Dr Paul Bernard");
	fake_row("state");
	fake_col_z("allergy_state", "known");
	fake_row("allergies");
	free_text("code", "Pénicilline");
	fake_col_z("criticality", "high");
	fake_col_z("verification", "confirmed");
	free_text("reaction", "Œdème de Quincke");
	fake_col_z("recorded_on", "2019-05-02");
	fake_row("allergies");
	free_text("code", "Latex");
	fake_col_z("recorded_on", "2021");
	fake_row("problems");
	free_text("label", "Insuffisance cardiaque congestive");
	fake_col_z("code", "I50.0");
	fake_col_z("clinical", "active");
	fake_col_z("onset_on", "2018-03");
	fake_row("problems");
	free_text("label", "Diabète de type 2, sans complication");
	fake_col_z("code", "E11.9");
	fake_col_z("clinical", "active");
	fake_row("treatments");
	free_text("drug", "furosémide LASILIX 40 mg comprimé");
	free_text("dosage", "1 comprimé le matin, voie orale");
	fake_col_z("status", "active");
	fake_col_z("since_on", "2026-11-18");
	free_text("by_name", "Dr Paul Bernard");
	fake_row("treatments");
	free_text("drug", "metformine GLUCOPHAGE 1 000 mg comprimé");
	free_text("dosage", "1 comprimé matin et soir pendant le repas");
	fake_col_z("status", "on-hold");
	fake_col_z("since_on", "2026-11-18");
}

static void
fill_vitals(void)
{
	static const struct { const char *code, *label, *unit, *value, *second; } T[] = {
		{ "8867-4", "Fréquence cardiaque", "/min", "112", NULL }, { "85354-9", "Pression artérielle", "mmHg", "138", "82" }, { "8310-5", "Température", "°C", "37.4", NULL },
		{ "59408-5", "SpO2", "%", "92", NULL }, { "29463-7", "Poids", "kg", "71.5", NULL },
	};
	for (size_t i = 0; i < 5; i++) {
		fake_row("vitals");
		fake_col_z("code", T[i].code);
		free_text("label", T[i].label);
		fake_col_z("value", T[i].value);
		if (T[i].second != NULL)
			fake_col_z("second", T[i].second);
		free_text("unit", T[i].unit);
		fake_col_i("at", FAKE_NOW - 3 * 3600000);
	}
	for (size_t i = 0; i < 5; i++)
		for (int j = 0; j < 12; j++) {
			char value[16];
			snprintf(value, sizeof value, "%d", 80 + (j * 7 + (int)i * 3) % 25);
			fake_row("vital_points");
			fake_col_z("code", T[i].code);
			fake_col_i("at", FAKE_NOW - (12 - j) * (int64_t)8 * 3600000);
			fake_col_z("value", value);
		}
	fake_row("documents");
	free_text("title", "Compte rendu de consultation de cardiologie");
	fake_col_i("dated_at", FAKE_NOW - (int64_t)9 * 86400000);
	free_text("by_name", "Dr Paul Bernard");
}

static void
fill_stays(void)
{
	static const char *const kinds[] = { "stay", "document", "result", "measure", "prescription", "problem", "appointment" };
	fake_row("stays");
	fake_col_z("present", "1");
	fake_col_z("stay_status", "in-progress");
	free_text("unit_name", "Médecine 2B");
	free_text("bed", "212-P");
	free_text("stay_class", "Hospitalisation");
	fake_col_i("since_at", FAKE_NOW - (int64_t)4 * 86400000);
	fake_row("stays");
	fake_col_z("stay_status", "finished");
	free_text("unit_name", "Chirurgie A");
	free_text("stay_class", "Hospitalisation");
	fake_col_z("since_on", "2019-06-01");
	fake_col_z("until_on", "2019-06-09");
	fake_row("appointments");
	fake_col_z("status", "booked");
	fake_col_i("start_at", FAKE_NOW + (int64_t)6 * 86400000);
	free_text("with", "Dr Paul Bernard");
	free_text("description", "Consultation de suivi");
	for (size_t i = 0; i < 7; i++) {
		fake_row("counts");
		fake_col_z("kind", kinds[i]);
		fake_col_i("count", (int64_t)i * 3 + 1);
	}
	for (int i = 0; i < 12; i++) {
		char day[16];
		snprintf(day, sizeof day, "2026-11-%02d", 21 - i / 3);
		fake_row("lines");
		fake_col_z("day", day);
		fake_col_z("kind", kinds[i % 7]);
		fake_col_i("at", FAKE_NOW - (int64_t)(i / 3 + 1) * 86400000 - i * 600000);
		free_text("title", "Constantes");
		fake_col_i("count", 3);
		free_text("detail", "furosémide 40 mg");
		free_text("by_name", "Julie Martin");
		fake_col_z("state", i == 5 ? "entered-in-error" : "final");
	}
	fake_row("page");
	fake_col_z("next", "2026-11-17");
}

static void
fill_lists(void)
{
	static const struct { const char *id, *name, *born, *sex, *status, *bed; } T[] = {
		{ "p-1", "DURAND, Marie", "1957-02-14", "female", "QUAL", "201-P" }, { "p-2", "N’GUYEN-LE GOFF, Anne-Sophie", "1988-12-01", "female", "VALI", "201-F" },
		{ "p-3", "BEN AMAR, Youssef", "2001-01-31", "male", "PROV", "202-P" }, { "p-4", "ŒUVRARD, Léon", "1934-07-07", "male", "RECUP", "202-F" },
		{ "p-5", "DURAND, Marie", "1961-02-14", "female", "QUAL", "203-P" },
	};
	fake_row("unit");
	free_text("unit_name", "Médecine 2B");
	for (size_t i = 0; i < 5; i++) {
		fake_row("present");
		person(T[i].id, T[i].name, T[i].born, T[i].sex, T[i].status);
		free_text("bed", T[i].bed);
		free_text("stay_class", "Hospitalisation");
		fake_col_i("since_at", FAKE_NOW - (int64_t)(i + 1) * 86400000);
	}
	static const char *const sets[] = { "agenda", "arrivals" };
	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; i < 3; i++) {
			fake_row(sets[s]);
			person(T[i].id, T[i].name, T[i].born, T[i].sex, T[i].status);
			fake_col_z("kind", i == 1 ? "admission" : "appointment");
			fake_col_i("at", FAKE_NOW + (int64_t)i * 1800000);
			fake_col_z("state", "booked");
			free_text("with", "Dr Paul Bernard");
			free_text("description", "Consultation de suivi");
		}
	fake_row("search");
	fake_col_z("by", "birthdate");
	fake_col_z("born_on", "1957-02-14");
	fake_col_z("more", "1");
	fake_row("patients");
	person("p-1", "DURAND, Marie", "1957-02-14", "female", "QUAL");
	fake_col_z("explained", "unit");
	fake_col_z("homonym", "1");
	for (size_t i = 0; i < 3; i++) {
		fake_row("patients");
		masked("p-9", "D. M.", "1957", "female", i == 0 ? "QUAL" : "PROV");
		if (i == 1)
			fake_col_z("phonetic", "1");
	}
	fake_row("duplicates");
	masked("p-7", "D. M.", "1957", "female", "VALI");
	fake_col_i("score", 94);
	fake_col_z("same_date", "1");
	fake_row("deletions");
	fake_col_i("deletion", 5);
	masked("p-8", "B. Y.", "2001", "male", "PROV");
	fake_col_z("reason", "duplicate");
	free_text("by_name", "Paul Bernard");
	fake_col_i("deleted_at", FAKE_NOW - 86400000);
	fake_row("deletions");
	fake_col_i("deletion", 4);
	masked("p-8", "B. Y.", "2001", "male", "PROV");
	fake_col_z("reason", "error");
	fake_col_z("mine", "1");
	fake_row("units");
	fake_col_z("id", "u-1");
	free_text("name", "Médecine 2B");
	fake_col_z("current", "1");
	fake_row("units");
	fake_col_z("id", "u-2");
	free_text("name", "Chirurgie A");
	fake_row("practitioners");
	fake_col_z("id", "pr-1");
	free_text("name", "Paul Bernard");
	free_text("qualification", "Cardiologie");
}

static void
fill_reviews(void)
{
	for (size_t i = 0; i < 2; i++) {
		fake_row("break_glass");
		fake_col_i("no", (int64_t)i + 1);
		fake_col_i("at", FAKE_NOW - (int64_t)(i + 1) * 7200000);
		free_text("by_name", "Julie Martin");
		fake_col_z("by_role", "nurse");
		free_text("unit_name", "Médecine 2B");
		fake_col_z("reason", "emergency");
		free_text("text", "Chute dans le couloir, allergies à connaître");
		masked("p-1", "D. M.", "1957", "female", "QUAL");
		fake_col_z("same_surname", "1");
		if (i == 0)
			fake_col_z("no_later_care", "1");
	}
	static const char *const sets[] = { "refusals", "stops", "accesses" };
	for (size_t s = 0; s < 3; s++)
		for (size_t i = 0; i < 3; i++) {
			fake_row(sets[s]);
			fake_col_i("number", 100 - (int64_t)i);
			fake_col_i("at", FAKE_NOW - (int64_t)(i + 1) * 600000);
			free_text("by_name", "Julie Martin");
			fake_col_z("role", "nurse");
			free_text("unit_name", "Médecine 2B");
			fake_col_z("kind", s < 2 ? "refusal" : "read");
			fake_col_z("surface", i == 1 ? "print" : "page");
			fake_col_z("what", i == 2 ? "/fhir/:type/:id" : "/patient/:patient");
			if (s < 2)
				fake_col_z("refused", s == 0 ? "denied" : "over_budget");
			else
				fake_col_z("explained", i == 0 ? "break_glass" : "unit");
			if (s == 2)
				masked("p-1", "D. M.", "1957", "female", "QUAL");
		}
	fake_row("grants");
	fake_col_i("at", FAKE_NOW - 7200000);
	free_text("by_name", "Julie Martin");
	fake_col_z("reason", "advice");
	fake_col_z("verdict", "justified");
	for (size_t i = 0; i < 2; i++) {
		fake_row("keys");
		fake_col_i("no", (int64_t)i + 1);
		free_text("label", i == 0 ? "Clé du badge" : "Celle du tiroir");
		fake_col_i("made_at", FAKE_NOW - 86400000);
		if (i == 0)
			fake_col_i("used_at", FAKE_NOW - 600000);
		else
			fake_col_z("synced", "1");
	}
	for (size_t i = 0; i < 2; i++) {
		fake_row("to_tell");
		fake_col_i("no", (int64_t)i + 1);
		fake_col_i("at", FAKE_NOW - 86400000);
		fake_col_i("stop", 77);
		free_text("by_name", "Julie Martin");
		masked("p-1", "D. M.", "1957", "female", "QUAL");
		fake_col_i("told_at", FAKE_NOW - 3600000);
		free_text("told_by_name", "Anne Leroy");
		fake_col_z("how", i == 0 ? "letter" : "not_told");
		free_text("comment", "Adresse inconnue");
	}
	for (size_t i = 0; i < 2; i++) {
		fake_row("accounts");
		free_text("login", i == 0 ? "dr.bernard" : "ide.martin");
		free_text("name", i == 0 ? "Paul Bernard" : "Julie Martin");
		fake_col_z("role", i == 0 ? "physician" : "nurse");
		free_text("unit_name", "Médecine 2B");
		if (i == 1)
			fake_col_z("disabled", "1");
	}
}

void
fake_fill(struct str text)
{
	hostile = text;
	fill_chart();
	fill_vitals();
	fill_stays();
	fill_lists();
	fill_reviews();
	fake_row("file");
	fake_col_z("format", "pdf");
	fake_col_z("bytes", "%PDF-1.7");
}
