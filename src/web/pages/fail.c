/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/fail.c: the voice of the screens when something was refused or went wrong: what happened, why, what to do now, how long it lasts.
 * It must never say more than the problem's public sentence: to one who may not know that a record exists, refused and absent read the same.
 * Called by front. Start at fail.
 */
#include "pages/fail.h"

#include <string.h>

#include "pages/glass.h"
#include "pages/patient.h"
#include "pages/prove.h"
#include "pages/session.h"

struct advice { enum why why; const char *title, *now; };

/* Titles and what to do, by reason; the sentence of the reason itself comes from base/why.def. */
static const struct advice advices[] = {
	{ WHY_NOT_FOUND,        N_("Not here"),                    N_("Check the address, or find the patient again with F2.") },
	{ WHY_GONE,             N_("Deleted record"),              N_("Someone in charge of identities other than who deleted it can bring it back.") },
	{ WHY_NOT_ALLOWED,      N_("Not open to your role"),       N_("If your work needs it, ask the administrator for the right. Nothing was opened.") },
	{ WHY_CSRF,             N_("This form is too old"),        N_("Go back, open the page again and send it once more. Nothing was changed.") },
	{ WHY_OVER_BUDGET,      N_("Daily limit reached"),         N_("The count slides over 24 hours: openings come free again as those of yesterday grow old. Charts already opened stay open. For care that cannot wait, call the security officer.") },
	{ WHY_OVER_UNEXPLAINED, N_("Daily limit reached"),         N_("The count slides over 24 hours: openings come free again as those of yesterday grow old. Patients of your unit still open. For care that cannot wait, call the security officer.") },
	{ WHY_PROOF_DUE,        N_("A proof is asked"),            N_("Nothing was changed. Open the list of your work: the page that asks for the code comes with the next chart that you open.") },
	{ WHY_STOPPED_ACCOUNT,  N_("Account stopped"),             N_("What you had open stays readable for 15 minutes. The security officer, or a physician of your unit, can end the stop once they have seen what was opened. In an emergency, open the patient with that reason: it is never stopped.") },
	{ WHY_OVER_SEARCHES,    N_("Too many searches"),           N_("The count slides over one hour. Your work list needs no search.") },
	{ WHY_OVER_GLASS,       N_("Too many emergencies"),        N_("The count slides over one shift of 12 hours. Give another reason if there is one; a colleague of the patient's unit can open the chart.") },
	{ WHY_CLOSED_CHART,     N_("Chart of a closed establishment"), N_("Go back to your work list.") },
	{ WHY_THROTTLED,        N_("Too many attempts"),           N_("Wait a few minutes before the next attempt.") },
	{ WHY_BUSY,             N_("Busy for a moment"),           N_("Try again in a few seconds. Nothing was lost.") },
	{ WHY_STOPPING,         N_("The server restarts"),         N_("Try again in a minute. Nothing was lost.") },
	{ WHY_LEDGER_DOWN,      N_("The access log has stopped"),  N_("Call support now. Until it writes again, no record can be shown. Use the paper kit of your ward.") },
	{ WHY_BASE_DOWN,        N_("The database has stopped"),    N_("Call support now: the server must be started again. Then look whether what you saved last is there. Until then use the paper kit of your ward.") },
	{ WHY_BROKEN,           N_("Something failed on our side"), N_("Try again. If it happens again, call support and give the hour.") },
	{ WHY_VERSION_CONFLICT, N_("Changed meanwhile"),           N_("Open the page again to see the new version, then make your change once more.") },
	{ WHY_METHOD,           N_("Not here"),                    N_("Go back to your work list.") },
	{ WHY_TOO_BIG,          N_("Too long"),                    N_("Shorten the text and send it again.") },
};

static const struct advice *
advice_of(enum why why)
{
	static const struct advice other = { WHY_NONE, N_("This cannot be done"), N_("Go back to the page before. Nothing was changed.") };
	for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
		if (advices[i].why == why)
			return &advices[i];
	return &other;
}

static void
draw_plain(const struct req *rq, const struct problem *p, const struct release *rel, struct reply *out)
{
	struct screen sc;
	const struct advice *a = advice_of(p->why);
	screen_init(&sc, rq, rel, out);
	sc.shell.why = STR_NONE;
	screen_begin(&sc, a->title);
	struct kit *k = &sc.k;
	el_open(k, H_SECTION, "sheet narrow");
	el(k, H_H1, NULL, a->title);
	el_open(k, H_P, NULL);
	html_attr_z(&k->w, "role", "alert");
	say_why(k, p->why, p->about);
	html_close(&k->w, H_P);
	el(k, H_P, NULL, a->now);
	el_open(k, H_P, "actions");
	link_to(k, "button primary", STR("/"), N_("Back to my work"));
	html_close(&k->w, H_P);
	struct words at = when_clinical_ms(k, rq->now_ms);
	struct digits d;
	el_open(k, H_P, "hint");
	say_with(k, N_("Answer {1}, {2}."), digits_of(&d, out->status), words_view(&at));
	html_close(&k->w, H_P);
	html_close(&k->w, H_SECTION);
	(void)!screen_end(&sc);
}

static bool
is_page(const struct req *rq, const char *path)
{
	return rq->page != NULL && strcmp(rq->page->path, path) == 0;
}

/* A form whose act was refused for what it said comes back with what was typed and the act's findings: show knows how. */
static bool
is_form_refused(const struct req *rq, const struct problem *p, const struct release *rel)
{
	bool said = p->rc == RC_BAD_INPUT || p->rc == RC_CONFLICT || p->rc == RC_PRECONDITION;
	return rq->page != NULL && rq->method == HTTP_POST && rel != NULL && said && release_act_rc(rel) != RC_OK;
}

static void
fail(const struct req *rq, const struct problem *p, const struct release *rel, struct reply *out)
{
	bool chart = rq->path.patient.n > 0, stopped_chart = p->why == WHY_STOPPED_ACCOUNT && (rq->method == HTTP_GET || is_page(rq, "/patient/:patient/glass"));
	bool over = p->why == WHY_SIGN_IN && !rq->fragment; /* it ended while it was locked: what the lock page carries goes on to the sign-in page */
	if (p->why == WHY_LOCKED || (is_page(rq, "/unlock") && !over))
		(void)!session_draw_lock(rq, rel, out, p->why);
	else if (p->why == WHY_SIGN_IN || p->why == WHY_NOT_SIGNED_IN || is_page(rq, "/sign-in"))
		(void)!session_draw_sign_in(rq, rel, out, p->why);
	else if (p->why == WHY_PROOF_DUE && rq->method == HTTP_GET && !rq->fragment)
		prove_first(rq, out);
	else if (chart && (p->why == WHY_UNEXPLAINED || p->why == WHY_CLOSED_CHART || p->why == WHY_BREAK_GLASS_REASON || stopped_chart || (p->why == WHY_OVER_GLASS && is_page(rq, "/patient/:patient/glass"))) && rel != NULL && release_may(rel, MAY_BREAK_GLASS))
		(void)!glass_draw(rq, rel, out, p->why);
	else if (is_form_refused(rq, p, rel))
		(void)!rq->page->show(rq, rel, out);
	else if (is_page(rq, "/search") && p->rc == RC_BAD_INPUT)
		(void)!patient_draw_search(rq, rel, out, p);
	else
		draw_plain(rq, p, rel, out);
}

const struct front_voice pages_voice = { fail };
