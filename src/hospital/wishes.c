/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/wishes.c: what a patient wishes: whether advance directives exist and where they are kept, whether a refusal of organ donation is known. Each is a dated word of somebody; the newest counts,
 * older ones stay. That directives exist is a FHIR Consent of scope adr, category acd (R4); that there are none, that nobody knows, and all of organ donation have no code of the standard: they are
 * Observations in codes of the house. It must never take silence for an answer, nor leave a Consent in force that a newer word takes back. Nothing here asks a national register.
 * Called by chart.c and by the gate through the rows at the end. Start at wishes_all and record_run.
 */
#include "hospital/wishes.h"

#include "hospital/care.h"
#include "hospital/matters.h"
#include "hospital/observation.h"

#define WISHES        "urn:hygie:wishes"         /* code: advance-directives, organ-donation, and what was said of them; of a Consent's policyRule: statement */
#define WISHES_KEPT   "urn:hygie:wishes:kept"    /* extension of a Consent, valueString: where the directives are */
#define WISHES_SAID   "urn:hygie:wishes:said-by" /* extension, valueCode: who said it */
#define WISHES_BY     "urn:hygie:wishes:by"      /* extension of a Consent, valueReference: who recorded it; an Observation has its performer */
#define SCOPE         CARE_TERM "consentscope"
#define SCOPE_ADR     "adr"
#define CATEGORY      CARE_TERM "consentcategorycodes"
#define CATEGORY_ACD  "acd"
#define WORDS_MOST    40 /* words looked at of either kind, newest first */

enum wish { WISH_DIRECTIVES, WISH_ORGANS, WISH__END };
static const struct { const char *name, *code, *label; } WHAT[WISH__END] = {
	[WISH_DIRECTIVES] = { "directives", "advance-directives", "Directives anticipées" },
	[WISH_ORGANS]     = { "organs",     "organ-donation",     "Don d'organes" },
};
#define SAYS_EXIST "exist"
static const struct { enum wish what; const char *says, *code, *label; } SAYS[] = {
	{ WISH_DIRECTIVES, SAYS_EXIST,   NULL,               NULL }, /* a Consent */
	{ WISH_DIRECTIVES, "none",       "none",             "Pas de directives anticipées" },
	{ WISH_DIRECTIVES, "unknown",    "not-known",        "Non connu" },
	{ WISH_ORGANS,     "refusal",    "refusal",          "Refus connu" },
	{ WISH_ORGANS,     "no_refusal", "no-known-refusal", "Pas de refus connu" },
	{ WISH_ORGANS,     "not_asked",  "not-asked",        "Non demandé" },
};

/* ---- reading ---- */

static bool is_consent(const struct json *b) { return str_eq(json_get_text(b, "resourceType"), "Consent"); }

static const struct json *extension_of(const struct json *b, const char *url)
{
	for json_each (e, json_get(b, "extension"))
		if (str_eq(json_get_text(e, "url"), url))
			return e;
	return NULL;
}

static bool is_struck(const struct json *b) { return str_eq(json_get_text(b, "status"), "entered-in-error"); }

/* What the house wrote itself: another system's Consent is that system's. */
static bool is_ours(const struct json *b) { return !is_consent(b) || extension_of(b, WISHES_SAID); }

/* What it is about, and what it says, also where that was struck out; says empty: in words that are not ours. False: nothing that was ever said (a draft). */
static bool word_read(const struct json *b, enum wish *what_r, struct str *says_r)
{
	struct str status = json_get_text(b, "status");
	*says_r = STR_NONE;
	if (is_consent(b)) {
		*what_r = WISH_DIRECTIVES;
		*says_r = STR(SAYS_EXIST);
		return str_eq(status, "active") || str_eq(status, "inactive") || is_struck(b);
	}
	*what_r = has_code(json_get(b, "code"), STR(WISHES), str_of(WHAT[WISH_ORGANS].code)) ? WISH_ORGANS : WISH_DIRECTIVES;
	for (size_t i = 0; i < N_OF(SAYS); i++)
		if (SAYS[i].code && SAYS[i].what == *what_r && has_code(json_get(b, "valueCodeableConcept"), STR(WISHES), str_of(SAYS[i].code)))
			*says_r = str_of(SAYS[i].says);
	return !observation_is_void(b) || is_struck(b);
}

static int64_t said_at(const struct json *b) { return is_consent(b) ? when_low(json_get_text(b, "dateTime")) : observation_at(b); }

static enum rc consents(struct db_conn *c, struct arena *a, struct str patient, struct items *s_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { STR("scope"), STR(SCOPE "|" SCOPE_ADR) }, { STR("_sort"), STR("-date") } };
	return items_find(c, a, "Consent", query, N_OF(query), WORDS_MOST, s_r, p);
}

/* Every word, the newest first; of one instant, what was written last. */
static enum rc wishes_all(struct db_conn *c, struct arena *a, struct str patient, struct items *all_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { STR("code"), STR(WISHES "|advance-directives," WISHES "|organ-donation") }, { STR("_sort"), STR("-date") } };
	struct items one, two;
	enum rc rc = consents(c, a, patient, &one, p);
	if (rc == RC_OK)
		rc = items_find(c, a, "Observation", query, N_OF(query), WORDS_MOST, &two, p);
	if (rc != RC_OK)
		return rc;
	*all_r = (struct items){ .at = one.n + two.n ? arena_array(a, one.n + two.n, sizeof *all_r->at) : NULL };
	if (one.n + two.n && !all_r->at)
		return arena_rc(a, p);
	for (size_t i = 0; i < one.n + two.n; i++) {
		struct item it = i < one.n ? one.at[i] : two.at[i - one.n];
		it.sort_ms = said_at(it.body);
		if (it.sort_ms != INT64_MIN)
			all_r->at[all_r->n++] = it;
	}
	items_newest_first(all_r);
	return RC_OK;
}

/* The newest word of it that stands, in force or not; NULL: none. */
static const struct item *newest_of(const struct items *all, enum wish what)
{
	for (size_t i = 0; i < all->n; i++) {
		enum wish of;
		struct str says;
		if (word_read(all->at[i].body, &of, &says) && of == what && !is_struck(all->at[i].body))
			return &all->at[i];
	}
	return NULL;
}

/* The word that counts: the newest that was said; NULL where none was, and where that one is not in force any more. */
static const struct item *counts_of(const struct items *all, enum wish what)
{
	const struct item *it = newest_of(all, what);
	return it && !str_eq(json_get_text(it->body, "status"), "inactive") ? it : NULL;
}

enum rc wishes_directives(struct db_conn *c, struct arena *a, struct str patient, bool *exist_r, struct str *kept_r, struct problem *p)
{
	struct items all;
	*exist_r = false;
	*kept_r = STR_NONE;
	enum rc rc = consents(c, a, patient, &all, p);
	if (rc != RC_OK || all.n == 0)
		return rc;
	rc = wishes_all(c, a, patient, &all, p);
	const struct item *it = rc == RC_OK ? counts_of(&all, WISH_DIRECTIVES) : NULL;
	if (it && is_consent(it->body)) {
		*exist_r = true;
		*kept_r = json_get_text(extension_of(it->body, WISHES_KEPT), "valueString");
	}
	return rc;
}

static void word_row(struct rows *out, struct names *names, const struct item *it, int64_t patient, bool counts)
{
	const struct json *b = it->body, *performer = json_get(b, "performer");
	enum wish what;
	struct str says;
	if (!word_read(b, &what, &says))
		return;
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	col_z(out, "what", WHAT[what].name);
	col(out, "says", says);
	col(out, "kept", json_get_text(extension_of(b, WISHES_KEPT), "valueString"));
	col(out, "said_by", json_get_text(extension_of(b, WISHES_SAID), "valueCode"));
	col(out, "by_name", name_ref(names, is_consent(b) ? json_get(extension_of(b, WISHES_BY), "valueReference") : performer && performer->n ? json_at(performer, 0) : NULL));
	rows_col_i64(out, "at", it->sort_ms);
	col_flag(out, "counts", counts);
	col_flag(out, "struck", is_struck(b));
	if (is_struck(b) || !is_ours(b))
		return;
	col(out, "id", it->id);
	rows_col_i64(out, "version", it->version);
	col_flag(out, "consent", is_consent(b));
}

/*
 * "wishes": patient → set "wishes", the newest first: what (directives, organs), says (exist, none, unknown; refusal, no_refusal, not_asked; absent: in other words than the house's), kept, said_by
 * (patient, trusted, representative, relative, document), by_name, at, counts (flag: the newest of what it is about, in force), struck (flag: an error of entry); of those that this house wrote and that stand: id, version, consent (flag).
 */
static enum rc wishes_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct care_patient who;
	struct items all;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	if (rc == RC_OK)
		rc = wishes_all(v->db, v->arena, who.item.id, &all, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "wishes");
	for (size_t i = 0; i < all.n; i++)
		word_row(out, &names, &all.at[i], who.item.rid, &all.at[i] == counts_of(&all, WISH_DIRECTIVES) || &all.at[i] == counts_of(&all, WISH_ORGANS));
	return arena_rc(v->arena, p);
}

/* ---- writing ---- */

/* Of this house, and a word of this kind: a blood pressure is struck out elsewhere. */
static bool is_word(const struct json *b)
{
	if (is_consent(b))
		return is_ours(b);
	return has_code(json_get(b, "code"), STR(WISHES), str_of(WHAT[WISH_DIRECTIVES].code)) || has_code(json_get(b, "code"), STR(WISHES), str_of(WHAT[WISH_ORGANS].code));
}

static void put_extension(struct jw *w, const char *url, const char *kind, struct str value)
{
	jw_object(w);
	jw_member(w, "url", str_of(url));
	jw_member(w, kind, value);
	jw_end(w, '}');
}

static void consent(struct buf *out, const struct act_ctx *x, struct str id, bool newest, int64_t at_ms)
{
	struct jw w;
	compose_begin(&w, out, "Consent", id, NULL);
	jw_key(&w, "extension");
	jw_array(&w);
	put_extension(&w, WISHES_KEPT, "valueString", str_trim(args_get(x->args, "kept")));
	put_extension(&w, WISHES_SAID, "valueCode", args_get(x->args, "said_by"));
	jw_object(&w);
	jw_member(&w, "url", STR(WISHES_BY));
	care_who(&w, "valueReference", x->who);
	jw_end(&w, '}');
	jw_end(&w, ']');
	jw_member(&w, "status", newest ? STR("active") : STR("inactive"));
	compose_concept(&w, "scope", SCOPE, STR(SCOPE_ADR), STR_NONE, STR_NONE);
	jw_key(&w, "category");
	jw_array(&w);
	compose_concept(&w, NULL, CATEGORY, STR(CATEGORY_ACD), STR_NONE, str_of(WHAT[WISH_DIRECTIVES].label));
	jw_end(&w, ']');
	compose_ref(&w, "patient", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_instant(&w, "dateTime", at_ms);
	compose_concept(&w, "policyRule", WISHES, STR("statement"), STR_NONE, STR("Parole recueillie par l'établissement")); /* R4, ppc-1: a Consent names its policy */
	jw_end(&w, '}');
}

static void observation(struct buf *out, const struct act_ctx *x, struct str id, size_t says, int64_t at_ms)
{
	struct jw w;
	const enum wish what = SAYS[says].what;
	compose_begin(&w, out, "Observation", id, NULL);
	jw_key(&w, "extension");
	jw_array(&w);
	put_extension(&w, WISHES_SAID, "valueCode", args_get(x->args, "said_by"));
	jw_end(&w, ']');
	jw_member(&w, "status", STR("final"));
	compose_concept(&w, "code", WISHES, str_of(WHAT[what].code), STR_NONE, str_of(WHAT[what].label));
	compose_ref(&w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_instant(&w, "effectiveDateTime", at_ms);
	jw_key(&w, "performer");
	jw_array(&w);
	care_who(&w, NULL, x->who);
	jw_end(&w, ']');
	compose_concept(&w, "valueCodeableConcept", WISHES, str_of(SAYS[says].code), STR_NONE, str_of(SAYS[says].label));
	jw_end(&w, '}');
}

/* What this form wrote when it came before. */
static enum rc find_sent(struct act_ctx *x, struct str id, bool *found_r, struct item *it_r, struct problem *p)
{
	enum rc rc = item_find(x->db, x->arena, "Consent", id, found_r, it_r, p);
	return rc == RC_OK && !*found_r ? item_find(x->db, x->arena, "Observation", id, found_r, it_r, p) : rc;
}

static bool says_same(const struct act_ctx *x, const struct json *b, size_t says)
{
	enum wish what;
	struct str was;
	return word_read(b, &what, &was) && !is_struck(b) && str_eq(was, SAYS[says].says) && str_is(json_get_text(extension_of(b, WISHES_SAID), "valueCode"), args_get(x->args, "said_by")) &&
		(!is_consent(b) || str_is(json_get_text(extension_of(b, WISHES_KEPT), "valueString"), str_trim(args_get(x->args, "kept"))));
}

/* What the house wrote itself and what a word of that instant takes back is in force no more. */
static enum rc take_back(struct act_ctx *x, const struct items *all, int64_t at_ms, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < all->n; i++) {
		const struct item *it = &all->at[i];
		if (is_consent(it->body) && is_ours(it->body) && str_eq(json_get_text(it->body, "status"), "active") && it->sort_ms <= at_ms)
			rc = compose_status(x, "Consent", it, "inactive", p);
	}
	return rc;
}

static enum rc put_word(struct act_ctx *x, size_t says, int64_t at_ms, bool *again_r, struct problem *p)
{
	const enum wish what = SAYS[says].what;
	struct str id = care_id(x, "wishes", str_of(WHAT[what].name));
	struct record_done done;
	struct items all;
	struct item it;
	struct buf body;
	bool found = false;
	enum rc rc = find_sent(x, id, &found, &it, p);
	if (rc != RC_OK || found) {
		*again_r = true;
		return rc == RC_OK && !says_same(x, it.body, says) ? problem_set(p, RC_CONFLICT, WHY_CARE_SENT, WHAT[what].name, "another word under one key") : rc;
	}
	rc = wishes_all(x->db, x->arena, args_get(x->args, "patient"), &all, p);
	if (rc == RC_OK && what == WISH_DIRECTIVES)
		rc = take_back(x, &all, at_ms, p);
	if (rc != RC_OK)
		return rc;
	bool newest = true;
	for (size_t i = 0; i < all.n; i++) {
		enum wish of;
		struct str ignored;
		if (word_read(all.at[i].body, &of, &ignored) && of == what && !is_struck(all.at[i].body) && all.at[i].sort_ms > at_ms)
			newest = false;
	}
	buf_init(&body, 1u << 16);
	if (SAYS[says].code)
		observation(&body, x, id, says, at_ms);
	else
		consent(&body, x, id, newest, at_ms);
	rc = compose_put(x, SAYS[says].code ? "Observation" : "Consent", id, &body, &(struct record_if){ .none_exists = true }, &done, p);
	buf_done(&body);
	return rc;
}

/* Where they are kept goes with directives that exist, and with nothing else. */
static enum rc kept_fits(const struct args *a, struct problem *p)
{
	bool exist = str_eq(args_get(a, "directives"), SAYS_EXIST), kept = str_trim(args_get(a, "kept")).n > 0;
	if (exist == kept)
		return RC_OK;
	return problem_set(p, RC_BAD_INPUT, exist ? WHY_FIELD_REQUIRED : WHY_WISHES_KEPT, "kept", exist ? "where" : "of nothing");
}

/*
 * "wishes_record": once, directives (exist, none, unknown) with kept where they exist, organs (refusal, no_refusal, not_asked), one of both at least; said_by, day, time → set "recorded": n, again (flag).
 * The newest day counts. BAD_INPUT: the field; CONFLICT CARE_SENT.
 */
static enum rc record_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	int64_t at_ms = 0, n = 0;
	bool again = false;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = care_when(x->args, care_born(&who), x->now_ms, &at_ms, p);
	if (rc == RC_OK)
		rc = kept_fits(x->args, p);
	for (size_t i = 0; i < N_OF(SAYS) && rc == RC_OK; i++) {
		if (!str_eq(args_get(x->args, WHAT[SAYS[i].what].name), SAYS[i].says))
			continue;
		n++;
		rc = put_word(x, i, at_ms, &again, p);
	}
	if (rc == RC_OK && n == 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, WHAT[0].name, "neither");
	if (rc != RC_OK)
		return rc;
	care_recorded(out, who.item.rid, n, again);
	return RC_OK;
}

/*
 * "wish_strike": id, version, consent (flag) → set "struck": id. The word before counts again: directives that it had taken back are in force. Of what this house wrote only; NOT_FOUND else.
 */
static enum rc strike_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const char *type = args_get(x->args, "consent").n ? "Consent" : "Observation";
	enum wish what = WISH__END;
	struct items all;
	struct item it;
	struct str says;
	enum rc rc = care_strike(x, type, is_word, &it, p);
	if (rc == RC_OK && word_read(it.body, &what, &says) && what == WISH_DIRECTIVES)
		rc = wishes_all(x->db, x->arena, args_get(x->args, "patient"), &all, p);
	const struct item *now = rc == RC_OK && what == WISH_DIRECTIVES ? newest_of(&all, what) : NULL;
	if (now && is_consent(now->body) && is_ours(now->body) && str_eq(json_get_text(now->body, "status"), "inactive"))
		rc = compose_status(x, "Consent", now, "active", p);
	if (rc == RC_OK)
		care_struck(out, &it);
	return rc;
}

static const struct choice DIRECTIVES[] = { { SAYS_EXIST, "" }, { "none", "" }, { "unknown", "" }, { NULL, NULL } };
static const struct choice ORGANS[] = { { "refusal", "" }, { "no_refusal", "" }, { "not_asked", "" }, { NULL, NULL } };
static const struct choice SAID_BY[] = { { "patient", "" }, { "trusted", "" }, { "representative", "" }, { "relative", "" }, { "document", "" }, { NULL, NULL } };
static const struct field RECORD_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	CARE_ONCE_FIELD, CARE_WHEN_FIELDS,
	{ .name = "directives", .label = "Advance directives", .kind = FIELD_CODE, .choices = DIRECTIVES },
	{ .name = "kept",       .label = "Kept",               .kind = FIELD_TEXT, .max = 200 },
	{ .name = "organs",     .label = "Organ donation",     .kind = FIELD_CODE, .choices = ORGANS },
	{ .name = "said_by",    .label = "Said by",            .kind = FIELD_CODE, .required = true, .choices = SAID_BY },
	FIELDS_END,
};

static const struct field STRIKE_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	CARE_STRIKE_FIELDS,
	{ .name = "consent", .label = "Advance directives that exist", .kind = FIELD_FLAG },
	FIELDS_END,
};

const struct view wishes_views[] = {
	{ .name = "wishes", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = wishes_view },
	{ .name = NULL },
};
const struct act wishes_acts[] = {
	{ .name = "wishes_record", .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = RECORD_FIELDS, .run = record_run },
	{ .name = "wish_strike",   .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = STRIKE_FIELDS, .run = strike_run },
	{ .name = NULL },
};
