/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/status.c: the tables of states. It must never let colour alone carry a state, nor turn an absent value into a reassuring one.
 * Called by banner, tables and pages. Start at the tables.
 */
#include "kit/status.h"

void
icon(struct kit *k, const char *symbol)
{
	struct words ws = { .n = 0 };
	words_z(&ws, k->icons);
	words_z(&ws, "#");
	words_z(&ws, symbol);
	el_open(k, H_SVG, "icon");
	html_attr_z(&k->w, "aria-hidden", "true");
	html_attr_z(&k->w, "width", "16");
	html_attr_z(&k->w, "height", "16");
	html_open(&k->w, H_USE);
	html_attr(&k->w, "href", words_view(&ws));
	html_close(&k->w, H_USE);
	html_close(&k->w, H_SVG);
}

static void
chip_open(struct kit *k, const char *kind)
{
	struct words ws = { .n = 0 };
	words_z(&ws, "st st-");
	words_z(&ws, kind);
	html_open(&k->w, H_SPAN);
	html_attr(&k->w, "class", words_view(&ws));
}

void
status_chip(struct kit *k, const char *kind, const char *symbol, const char *msgid)
{
	chip_open(k, kind);
	if (symbol != NULL)
		icon(k, symbol);
	el(k, H_SPAN, NULL, msgid);
	html_close(&k->w, H_SPAN);
}

/* RNIV EXI SI 07: four exclusive trust statuses. */
static const struct { const char *code, *symbol, *kind, *word; } identities[] = {
	{ "QUAL",  "id-qual",  "ok",    N_("Qualified identity") },
	{ "VALI",  "id-vali",  "plain", N_("Validated identity") },
	{ "RECUP", "id-recup", "plain", N_("Retrieved identity") },
	{ "PROV",  "id-prov",  "dash",  N_("Provisional identity") },
};

void
status_identity(struct kit *k, struct str code, bool small)
{
	size_t i = 0;
	while (i < sizeof identities / sizeof identities[0] - 1 && !str_eq(code, identities[i].code))
		i++;     /* anything unknown is provisional: the status that promises nothing */
	if (!small) {
		status_chip(k, identities[i].kind, identities[i].symbol, identities[i].word);
		return;
	}
	el_open(k, H_SPAN, "id-shape");
	html_attr_z(&k->w, "title", tr(k->lang, identities[i].word));
	icon(k, identities[i].symbol);
	el(k, H_SPAN, "sr", identities[i].word);
	html_close(&k->w, H_SPAN);
}

void
status_identity_marks(struct kit *k, struct identity_marks marks)
{
	if (marks.homonym)
		status_chip(k, "warn", "homonym", N_("Namesake exists"));
	if (marks.doubtful)
		status_chip(k, "warn", "doubt", N_("Doubtful identity"));
	if (marks.fictive)
		status_chip(k, "warn", "fictive", N_("Fictitious identity"));
	if (marks.collision)
		status_chip(k, "warn", "people", N_("Suspected collision"));
}

static const struct { const char *kind, *symbol, *word; } allergy_titles[] = {
	[ALLERGIES_UNAVAILABLE]  = { "dash",  "unavailable",   N_("Allergies unavailable") },
	[ALLERGIES_NOT_RECORDED] = { "dash",  "not-recorded",  N_("Allergies not recorded") },
	[ALLERGIES_NONE_KNOWN]   = { "ok",    "none-known",    N_("No known allergy") },
	[ALLERGIES_KNOWN]        = { "alert", "alert",         N_("Allergies") },
};

void
status_allergies(struct kit *k, enum allergies state, struct str names)
{
	chip_open(k, allergy_titles[state].kind);
	icon(k, allergy_titles[state].symbol);
	el(k, H_SPAN, NULL, allergy_titles[state].word);
	if (state == ALLERGIES_KNOWN && names.n > 0) {
		html_z(&k->w, " ");
		el_text(k, H_STRONG, NULL, names);
	}
	html_close(&k->w, H_SPAN);
}

struct word_row { const char *code, *word; };

static const char *
word_of(const struct word_row *at, size_t n, struct str code)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(code, at[i].code))
			return at[i].word;
	return NULL;
}
#define WORD_OF(table, code) word_of((table), sizeof(table) / sizeof((table)[0]), (code))

static const struct word_row sexes[] = {
	{ "female", N_("Female") }, { "F", N_("Female") },
	{ "male", N_("Male") }, { "M", N_("Male") },
	{ "other", N_("Undetermined") }, { "I", N_("Undetermined") },
};

const char *
status_sex(struct str code)
{
	const char *word = WORD_OF(sexes, code);
	return word != NULL ? word : N_("Not recorded");
}

static const struct word_row states[] = {
	{ "active", N_("Active") }, { "inactive", N_("Inactive") }, { "resolved", N_("Resolved") }, { "remission", N_("In remission") },
	{ "recurrence", N_("Recurrence") }, { "relapse", N_("Relapse") }, { "completed", N_("Completed") }, { "stopped", N_("Stopped") }, { "revoked", N_("Stopped") },
	{ "on-hold", N_("On hold") }, { "cancelled", N_("Cancelled") }, { "draft", N_("Draft") }, { "entered-in-error", N_("Entered in error") },
	{ "planned", N_("Planned") }, { "arrived", N_("Arrived") }, { "triaged", N_("Triaged") }, { "in-progress", N_("In progress") },
	{ "onleave", N_("On leave") }, { "finished", N_("Finished") }, { "booked", N_("Booked") }, { "pending", N_("Pending") },
	{ "proposed", N_("Proposed") }, { "fulfilled", N_("Fulfilled") }, { "noshow", N_("Did not come") }, { "checked-in", N_("Checked in") },
	{ "waitlist", N_("Waiting list") }, { "final", N_("Final") }, { "preliminary", N_("Preliminary") }, { "amended", N_("Amended") },
	{ "current", N_("Current") }, { "superseded", N_("Superseded") }, { "registered", N_("Registered") }, { "corrected", N_("Corrected") },
	{ "confirmed", N_("Confirmed") }, { "unconfirmed", N_("Unconfirmed") }, { "refuted", N_("Refuted") }, { "provisional", N_("Provisional") },
	{ "low", N_("Low") }, { "high", N_("High") }, { "unable-to-assess", N_("Not assessed") },
	{ "AMB", N_("Outpatient") }, { "IMP", N_("Inpatient") }, { "EMER", N_("Emergency") }, { "HH", N_("At home") }, { "SS", N_("Day stay") },
	{ "inpatient encounter", N_("Inpatient") }, { "ambulatory", N_("Outpatient") }, { "emergency", N_("Emergency") }, { "home health", N_("At home") },
	{ "short stay", N_("Day stay") }, { "virtual", N_("At a distance") }, { "VR", N_("At a distance") }, { "ACUTE", N_("Inpatient") }, { "NONAC", N_("Inpatient") },
	{ "unknown", N_("Unknown") },
};

const char *
status_known(struct str code)
{
	return WORD_OF(states, code);
}

const char *
status_word(struct str code)
{
	const char *word = WORD_OF(states, code);
	return word != NULL ? word : N_("Not recorded");
}

static const struct word_row relations[] = {
	{ "unit",        N_("stay in your unit") },
	{ "present",     N_("stay in your unit") },
	{ "appointment", N_("appointment with you or your unit") },
	{ "author",      N_("you wrote or ordered in this chart") },
	{ "asked",       N_("a request, a task or a result waits for you or your unit") },
	{ "transfer",    N_("announced in your unit") },
	{ "on_call",     N_("you are on call for this person's unit") },
	{ "handed",      N_("a colleague handed this person over to you") },
	{ "treating",    N_("you are the treating physician") },
	{ "self_made",   N_("a fact that you recorded yourself") },
	{ "break_glass", N_("break-glass") },
	{ "emergency",   N_("emergency") },
	{ "ticket",      N_("approved ticket") },
	{ "created",     N_("you created this record") },
	{ "review",      N_("it waits for you to look into it") },
};

const char *
status_relation(struct str code)
{
	return WORD_OF(relations, code);
}

/* The same about somebody else: for lists of accesses. */
static const struct word_row links[] = {
	{ "unit",        N_("stay in the unit") },
	{ "present",     N_("stay in the unit") },
	{ "appointment", N_("appointment") },
	{ "author",      N_("wrote or ordered") },
	{ "asked",       N_("request, task or result to deal with") },
	{ "transfer",    N_("announced in the unit") },
	{ "on_call",     N_("on call for the unit") },
	{ "handed",      N_("handed over by a colleague") },
	{ "treating",    N_("treating physician") },
	{ "self_made",   N_("self-recorded fact") },
	{ "break_glass", N_("break-glass") },
	{ "emergency",   N_("emergency") },
	{ "ticket",      N_("approved ticket") },
	{ "created",     N_("created the record") },
	{ "review",      N_("review") },
};

const char *
status_link(struct str code)
{
	return WORD_OF(links, code);
}

/* UCUM codes as clinicians write them; what is not here is already written so. */
static const struct word_row units[] = {
	{ "mm[Hg]", "mmHg" }, { "Cel", "\xc2\xb0" "C" }, { "{beats}/min", "/min" }, { "{breaths}/min", "/min" }, { "[degF]", "\xc2\xb0" "F" },
};

struct str
status_unit(struct str ucum)
{
	const char *shown = WORD_OF(units, ucum);
	return shown != NULL ? str_of(shown) : ucum;
}
