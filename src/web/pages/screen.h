/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/screen.h: what every show() begins and ends with: the frame around the page, menus made from the page tables, the patient's banner,
 * and small readers of released rows. Private to web/pages. Start at screen_open.
 */
#ifndef HYGIE_PAGES_SCREEN_H
#define HYGIE_PAGES_SCREEN_H

#include "front/front.h"
#include "kit/shell.h"
#include "kit/table.h"

#define SCREEN_ENTRIES 64
#define SCREEN_ROWS    50           /* one page of a list; more come by its cursor */

struct screen {
	struct kit k;
	struct shell shell;
	struct banner banner;
	struct words title, section;
	const struct req *rq;
	const struct release *rel;      /* may be NULL: nothing reached the gate */
	struct reply *out;
	struct str name;                /* of the patient, "DURAND, Marie"; empty without one */
	struct shell_entry menu[SCREEN_ENTRIES], rail[SCREEN_ENTRIES];
	char hrefs[SCREEN_ENTRIES][96];
};
/* Sets up writer, language, menus. Nothing is written before screen_begin. */
void screen_init(struct screen *sc, const struct req *rq, const struct release *rel, struct reply *out);
/* Takes the patient of the set "head" (views chart_head, chart_admin) for banner, title and buttons. */
void screen_patient(struct screen *sc);
struct identity_marks screen_marks(struct row row);        /* of whoever a row shows */
/* Before screen_begin: the page is read again whenever the region (gate_watch) changes. key: a unit or a patient; "-" of the house; empty: it is not live. */
void screen_live(struct screen *sc, const char *region, struct str key);
void screen_begin(struct screen *sc, const char *section);
enum rc screen_end(struct screen *sc);

/* The banner: chart_head for pages of those who read charts; chart_admin, without anything clinical, for pages that clerks open too. */
void screen_ask_head(const struct req *rq, struct asks *a);
void screen_ask_admin(const struct req *rq, struct asks *a);
bool screen_offers(const struct screen *sc, const struct page *page);   /* is it an entry of this person's menus? */
/* Where this role opens a patient: the summary, or the administrative page. */
const char *screen_chart_tail(const struct release *rel);
/* "/patient/ID/tail"; in the request's arena. tail begins with '/' or is "". */
struct str screen_path(const struct req *rq, struct str patient, const char *tail);
struct str screen_join(const struct req *rq, struct str a, struct str b);
/* A translated sentence with its values, in the request's arena. */
struct str screen_text(const struct screen *sc, const char *msgid, const struct str *v, size_t n);
#define screen_say(sc, msgid, ...) screen_text((sc), (msgid), (const struct str[]){ __VA_ARGS__ }, sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str))

/* The act went through: the form was good and the gate did it. */
bool screen_done(const struct req *rq, const struct release *rel);
/* The act's own findings as faults of the form. */
size_t screen_faults(const struct req *rq, const struct release *rel, struct fault *at, size_t max);
/* Above a list whose rows are forms: why the act that was sent was refused, in one sentence; nothing when none was. */
void screen_refusal(struct screen *sc);
enum why screen_why(struct str symbol);

/* "X_at" (ms) when there is one, else "X_on" (a date): as a clinical time. */
struct words screen_when(const struct kit *k, struct row row, const char *name);
void screen_cell_kind(struct kit *k, struct str code);      /* a FHIR code or its English display, in the page's language when known */
void screen_cell_when(struct kit *k, struct row row, const char *name);
/* The name column of a row of persons: named rows link to the chart, masked ones show initials and birth year. */
void screen_cell_identity(struct screen *sc, struct row row);
void screen_cell_patient(struct screen *sc, struct row row, const char *tail);
#define release_set(rel, set) rows_first(release_rows(rel), (set))
#endif
