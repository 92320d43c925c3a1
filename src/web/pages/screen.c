/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/screen.c: the frame of every screen, drawn from what was released. Menus and rails come from the page tables, filtered by the role's rights;
 * the gate decides again on each call. It must never show a name that the release does not hold.
 * Called by all of web/pages. Start at screen_init.
 */
#include "pages/screen.h"

#include <string.h>

#include "assets_names.h"

#define IDLE_S (15 * 60)
#define CHART "/patient/:patient"
#define TEXT_MAX 4000

static const struct shell_entry languages[] = {
	{ { "/lang/fr", 8 }, "Français", NULL, "fr", false },
	{ { "/lang/en", 8 }, "English", NULL, "en", false },
};

static bool
is_chart(const struct page *page)
{
	return page != NULL && strncmp(page->path, CHART, sizeof CHART - 1) == 0 && (page->path[sizeof CHART - 1] == '/' || page->path[sizeof CHART - 1] == '\0');
}

bool
screen_offers(const struct screen *sc, const struct page *page)
{
	bool page_surface = page->surface == 0 || page->surface == SURFACE_PAGE;
	bool get = page->method == 0 || page->method == HTTP_GET;
	if (page->may == MAY_READ_IDENTITY && is_chart(page) && release_may(sc->rel, MAY_READ_CHART))
		return false;                /* who reads charts has the same in their sections */
	return page->menu != NULL && page_surface && get && release_may(sc->rel, (enum may)page->may);
}

/* The entry's place: a chart section's with this patient's id. Into a slot of the screen, which outlives the drawing. */
static struct str
href_of(struct screen *sc, size_t slot, const struct page *page)
{
	if (!is_chart(page))
		return str_of(page->path);
	struct buf b;
	buf_init(&b, 512);
	buf_z(&b, "/patient/");
	url_part(&b, sc->rq->path.patient);
	buf_z(&b, page->path + sizeof CHART - 1);
	struct str made = buf_view(&b);
	size_t n = b.failed || made.n > sizeof sc->hrefs[0] ? 0 : made.n;
	memcpy(sc->hrefs[slot], made.p, n);
	buf_done(&b);
	return (struct str){ sc->hrefs[slot], n };
}

static void
fill_menus(struct screen *sc)
{
	const struct page *const *all;
	size_t n = front_pages(&all), n_rail = 0, n_menu = 0;
	bool in_chart = is_chart(sc->rq->page) && sc->rq->path.patient.n > 0;
	for (size_t i = 0; i < n; i++) {
		const struct page *page = all[i];
		if (!screen_offers(sc, page) || (is_chart(page) && !in_chart))
			continue;
		bool rail = is_chart(page);
		size_t *at = rail ? &n_rail : &n_menu;
		MUST(*at < SCREEN_ENTRIES);
		struct shell_entry *e = rail ? &sc->rail[*at] : &sc->menu[*at];
		*e = (struct shell_entry){ href_of(sc, *at, page), page->menu, page->icon, page->key, sc->rq->page != NULL && strcmp(page->path, sc->rq->page->path) == 0 };
		++*at;
	}
	sc->shell.menu = sc->menu;
	sc->shell.n_menu = n_menu;
	sc->shell.rail = sc->rail;
	sc->shell.n_rail = n_rail;
}

void
screen_init(struct screen *sc, const struct req *rq, const struct release *rel, struct reply *out)
{
	*sc = (struct screen){ .rq = rq, .rel = rel, .out = out };
	html_init(&sc->k.w, &out->body);
	sc->k.lang = (unsigned)rq->lang;
	sc->k.now_ms = rq->now_ms;
	sc->k.icons = ASSET_ICONS;
	sc->k.csrf = rq->csrf;
	struct shell *s = &sc->shell;
	s->bare = rq->fragment;
	s->css = ASSET_CSS;
	s->js = ASSET_JS;
	s->demo = rq->demo;
	s->print = rq->print;
	if (rq->method == HTTP_GET && rq->query.n > 0 && !rq->print) {
		struct buf b;
		buf_init(&b, 8192);
		buf_ch(&b, '?');
		buf_str(&b, rq->query);
		buf_z(&b, "&print=1");
		if (!b.failed)
			s->print_at = arena_str(rq->arena, buf_view(&b));
		buf_done(&b);
	}
	s->languages = languages;
	s->n_languages = sizeof languages / sizeof languages[0];
	s->idle_s = IDLE_S;
	const struct release_who *who = rel != NULL ? release_who(rel) : NULL;
	if (who == NULL || who->role == ROLE_NONE)
		return;
	s->signed_in = true;
	s->person = who->name.n > 0 ? who->name : who->login;
	s->role = str_of(tr(sc->k.lang, role_label(who->role)));
	s->unit = who->unit_name;
	s->opened = who->opened;
	s->opened_max = who->opened_max;
	s->plan_until_ms = who->plan_until_ms;
	s->notices = who->notices;
	s->levels = who->levels;
	s->can_search = release_may(rel, MAY_FIND_PATIENT);
	if (is_chart(rq->page))
		s->why = release_explained(rel, &s->why_until_ms);
	s->special = is_chart(rq->page) && release_special(rel);
	if (str_eq(s->why, "break_glass") || str_eq(s->why, "emergency"))
		s->mode = "glass-on";
	fill_menus(sc);
}

void
screen_live(struct screen *sc, const char *region, struct str key)
{
	struct digits d;
	struct buf b;
	if (sc->rq->method != HTTP_GET || sc->rq->print || sc->rel == NULL || key.n == 0)
		return;
	buf_init(&b, 400);
	buf_z(&b, "/live/");
	buf_z(&b, region);
	buf_ch(&b, '/');
	url_part(&b, key);
	buf_z(&b, "?since=");
	buf_str(&b, digits_of(&d, (int64_t)release_version(sc->rel)));
	if (!b.failed)
		sc->shell.live = arena_str(sc->rq->arena, buf_view(&b));
	buf_done(&b);
}

static bool
flag(struct row row, const char *name)
{
	return row_get(row, name).n > 0;
}

static enum allergies
allergies_of(struct str state)
{
	if (str_eq(state, "known"))
		return ALLERGIES_KNOWN;
	if (str_eq(state, "none_known"))
		return ALLERGIES_NONE_KNOWN;
	if (str_eq(state, "not_recorded"))
		return ALLERGIES_NOT_RECORDED;
	return ALLERGIES_UNAVAILABLE;
}

struct identity_marks
screen_marks(struct row row)
{
	return (struct identity_marks){ row_has(row, "homonym"), row_has(row, "doubtful"), row_has(row, "fictive"), row_has(row, "collision") };
}

void
screen_patient(struct screen *sc)
{
	struct row row = release_set(sc->rel, "head");
	if (!row_is(row))
		return;
	sc->name = row_get(row, "name");
	sc->banner = (struct banner){
		.href = screen_path(sc->rq, row_get(row, "id"), screen_chart_tail(sc->rel)),
		.name = sc->name, .birth_name = row_get(row, "birth_name"),
		.born = row_get(row, "born_on"), .sex = row_get(row, "sex"), .status = row_get(row, "status"), .ins = row_get(row, "ins"),
		.marks = screen_marks(row),
		.clinical = row_has(row, "allergy_state"),
		.allergies = allergies_of(row_get(row, "allergy_state")), .allergy_names = row_get(row, "allergies"),
		.unit = row_get(row, "unit_name"), .bed = row_get(row, "bed"),
		.weight = row_get(row, "weight"), .weight_unit = row_get(row, "weight_unit"), .weight_at = row_get(row, "weight_on"),
		.deceased = flag(row, "deceased"), .died = row_get(row, "deceased_on"),
	};
	sc->shell.banner = &sc->banner;
}

/* What whoever opens the record must know before anything else: it is not the one to work in, or it is closed. */
static void
draw_standing(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row head = sc->rel != NULL && sc->name.n > 0 ? release_set(sc->rel, "head") : (struct row){ .at = 0 };
	if (!row_is(head))
		return;
	if (row_has(head, "merged_into")) {
		el_open(k, H_P, "note warn");
		html_attr_z(&k->w, "role", "alert");
		icon(k, "link");
		html_z(&k->w, " ");
		say(k, N_("This record was joined to another one, which is the one to work in."));
		html_z(&k->w, " ");
		link_to(k, NULL, screen_path(sc->rq, row_get(head, "merged_into"), screen_chart_tail(sc->rel)), N_("Open that one"));
		html_close(&k->w, H_P);
	}
	if (row_has(head, "merged"))
		el(k, H_P, "note", N_("Another record of this person was joined to this one: both are read here."));
	if (row_has(head, "closed"))
		el(k, H_P, "note warn", str_eq(row_get(head, "closed"), "sealed") ? N_("This record is sealed: it was opened for a reason, and nothing is written in it.") : N_("This record is archived: it is read, and nothing is written in it."));
}

void
screen_begin(struct screen *sc, const char *section)
{
	sc->title = shell_title(&sc->k, section, sc->name, sc->shell.unit.n > 0 ? sc->shell.unit : STR("Hygie"));
	sc->shell.title = words_view(&sc->title);
	shell_open(&sc->k, &sc->shell);
	draw_standing(sc);
}

enum rc
screen_end(struct screen *sc)
{
	shell_close(&sc->k, &sc->shell);
	return html_end(&sc->k.w, NULL);
}

void
screen_ask_head(const struct req *rq, struct asks *a)
{
	ask_view(a, "chart_head");
	ask_arg(a, "patient", rq->path.patient);
}

void
screen_ask_admin(const struct req *rq, struct asks *a)
{
	ask_view(a, "chart_admin");
	ask_arg(a, "patient", rq->path.patient);
}

const char *
screen_chart_tail(const struct release *rel)
{
	return rel != NULL && release_may(rel, MAY_READ_CHART) ? "" : "/admin";
}

struct str
screen_path(const struct req *rq, struct str patient, const char *tail)
{
	struct buf b;
	buf_init(&b, TEXT_MAX);
	buf_z(&b, "/patient/");
	url_part(&b, patient);
	buf_z(&b, tail);
	struct str made = b.failed ? STR_NONE : arena_str(rq->arena, buf_view(&b));
	buf_done(&b);
	return made;
}

struct str
screen_join(const struct req *rq, struct str a, struct str b)
{
	char *at = arena_bytes(rq->arena, a.n + b.n + 1);
	if (at == NULL)
		return STR_NONE;
	if (a.n > 0)
		memcpy(at, a.p, a.n);
	if (b.n > 0)
		memcpy(at + a.n, b.p, b.n);
	return (struct str){ at, a.n + b.n };
}

struct str
screen_text(const struct screen *sc, const char *msgid, const struct str *v, size_t n)
{
	struct buf b;
	buf_init(&b, TEXT_MAX);
	say_buf_at(&b, tr(sc->k.lang, msgid), v, n);
	struct str made = arena_str(sc->rq->arena, buf_view(&b));
	buf_done(&b);
	return made;
}

bool
screen_done(const struct req *rq, const struct release *rel)
{
	return rq->form.n_bad == 0 && rel != NULL && release_rc(rel) == RC_OK && release_act_rc(rel) == RC_OK;
}

void
screen_refusal(struct screen *sc)
{
	struct kit *k = &sc->k;
	if (sc->rq->method != HTTP_POST || release_act_rc(sc->rel) == RC_OK)
		return;
	el_open(k, H_DIV, "faults");
	html_attr_z(&k->w, "role", "alert");
	say_why(k, release_problem(sc->rel)->why, release_problem(sc->rel)->about);
	html_close(&k->w, H_DIV);
}

enum why
screen_why(struct str symbol)
{
	for (int w = 0; w < WHY__END; w++)
		if (str_eq(symbol, why_row((enum why)w)->name))
			return (enum why)w;
	return WHY_BAD_REQUEST;
}

size_t
screen_faults(const struct req *rq, const struct release *rel, struct fault *at, size_t max)
{
	size_t n = 0;
	if (rel == NULL || release_act_rc(rel) == RC_OK)
		return 0;
	for release_each (row, rel, "issues") {
		if (n == max)
			break;
		struct str where = row_get(row, "where");
		at[n++] = (struct fault){ where.n > 0 ? arena_z(rq->arena, where) : NULL, screen_why(row_get(row, "why")), NULL };
	}
	if (n == 0 && max > 0) {
		const struct problem *p = release_problem(rel);
		at[n++] = (struct fault){ p->where[0] != '\0' ? p->where : NULL, p->why, p->about };
	}
	return n;
}

struct words
screen_when(const struct kit *k, struct row row, const char *name)
{
	char column[64];
	size_t n = strlen(name);
	MUST(n + 4 < sizeof column);
	memcpy(column, name, n);
	memcpy(column + n, "_at", 4);
	int64_t ms = row_i64(row, column);
	if (ms > 0)
		return when_clinical_ms(k, ms);
	memcpy(column + n, "_on", 4);
	return when_clinical_text(k, row_get(row, column));
}

void
screen_cell_kind(struct kit *k, struct str code)
{
	const char *word = status_known(code);
	if (word != NULL)
		cell_say(k, word);
	else
		cell(k, code);
}

void
screen_cell_when(struct kit *k, struct row row, const char *name)
{
	struct words ws = screen_when(k, row, name);
	cell_open(k, "time");
	if (ws.n > 0)
		html_text(&k->w, words_view(&ws));
	else
		not_recorded(k);
	cell_close(k);
}

void
screen_cell_identity(struct screen *sc, struct row row)
{
	cell_open(&sc->k, "shape");
	status_identity(&sc->k, row_get(row, "status"), true);
	cell_close(&sc->k);
}

/* Beside the name: a shape and a word, never one without the other. */
static void
draw_beware(struct kit *k, struct row row)
{
	struct identity_marks marks = screen_marks(row);
	if (!marks.homonym && !marks.doubtful && !marks.fictive && !marks.collision)
		return;
	html_z(&k->w, " ");
	status_identity_marks(k, marks);
}

void
screen_cell_patient(struct screen *sc, struct row row, const char *tail)
{
	struct str name = row_get(row, "name");
	struct str id = row_has(row, "patient") ? row_get(row, "patient") : row_get(row, "id");
	if (name.n == 0)
		name = row_get(row, "masked");
	if (name.n == 0)
		name = str_of(tr(sc->k.lang, N_("Name not recorded")));
	struct kit *k = &sc->k;
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", screen_path(sc->rq, id, tail));
	html_flag(&k->w, "data-row");
	el_name(k, name);
	html_close(&k->w, H_A);
	draw_beware(k, row);
	html_close(&k->w, H_TH);
}
