/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/administration.c: giving, refusing, checking and correcting doses. Each is a FHIR MedicationAdministration and a row of `dose`, in one transaction: the slot of a
 * line and an instant is taken once, and the key of the request tells a repeated one from a second dose. It must never let a dose be recorded twice, nor one that the
 * prescription does not say; it never asks the stock for leave. Called by the gate through the rows at the end. Start at give.
 */
#include "hospital/dose_draw.h"

#include <string.h>

#include "codec/gs1.h"
#include "hospital/account.h"
#include "hospital/drug.h"
#include "hospital/matters.h"

#define TICKS_MAX 40 /* drugs of one round for one patient */

static const struct choice HAND[] = {
	{ "no_code", "pas de code sur la dose" }, { "unreadable", "code illisible" }, { "no_scanner", "lecteur absent ou en panne" }, { "urgent", "urgence" }, { "other", "autre motif" }, { NULL, NULL },
};
static const struct choice NOT_DONE[] = {
	{ "refused", "refus du patient" }, { "absent", "patient absent du service" }, { "fasting", "patient à jeun" }, { "vomiting", "vomissements" }, { "no_access", "voie d’administration indisponible" },
	{ "no_drug", "médicament indisponible" }, { "prescriber", "sur avis du prescripteur" }, { "state", "état clinique" }, { "other", "autre motif" }, { NULL, NULL },
};
static const struct choice CORRECTION[] = {
	{ "typing", "erreur de saisie" }, { "patient", "autre patient" }, { "time", "autre heure" }, { "not_taken", "dose non prise ou rejetée" }, { "other", "autre motif" }, { NULL, NULL },
};

static const struct choice ALONE[] = { { "nobody", "personne d’autre disponible" }, { "urgent", "urgence" }, { "other", "autre motif" }, { NULL, NULL } };

static const char *words_of(const struct choice *c, struct str code)
{
	while (c->code && !str_eq(code, c->code))
		c++;
	return c->code ? c->label : "";
}

/* ---- what is asked for ---- */

struct want {
	struct str line, dose, reason, alone; /* alone: a narcotic is given without a second person, and why */
	unsigned step, nth;
	int64_t planned_ms;                  /* 0: on demand */
	int64_t given_ms;
	enum dose_state state;               /* GIVEN or NOT_DONE */
	bool round;                          /* one of several: the second nurse's are not among them */
	bool scanned;
	bool wristband;                      /* of this patient, scanned */
	struct gs1 scan;
};
struct giving { struct act_ctx *x; const struct want *w; struct care_patient who; struct care_line *line; struct dose dose; struct str slot, id /* of the administration */; uint32_t box; /* CIS that was scanned; 0: none */ bool wristband; };

static enum rc no_line(struct problem *p)
{
	return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "line", "no such prescription of this patient");
}

static enum rc open_line(struct giving *g, struct problem *p)
{
	struct item it;
	bool found = false;
	enum rc rc = item_find(g->x->db, g->x->arena, "MedicationRequest", g->w->line, &found, &it, p);
	if (rc == RC_OK && (!found || it.patient != g->who.item.rid))
		rc = no_line(p);
	if (rc == RC_OK && !g->line)
		g->line = arena_raw(g->x->arena, sizeof *g->line);
	if (rc == RC_OK && !g->line)
		rc = arena_rc(g->x->arena, p);
	return rc == RC_OK ? line_read(g->x->db, g->x->arena, &it, g->line, p) : rc;
}

/* ---- what was scanned ---- */

/* The box is of the medicine of the line, or of its generic group; and has not expired on the day. */
static enum rc scan_fits(struct giving *g, struct problem *p)
{
	struct problem none;
	const struct gs1 *s = &g->w->scan;
	const struct drugs *base = drug_base(&none);
	const struct drug *box = base ? drug_by_cip(base, gs1_cip13(s)) : NULL, *line = base ? drug_by_cis(base, g->line->cis) : NULL;
	if (!box)
		return problem_set(p, RC_BAD_INPUT, WHY_DOSE_UNKNOWN_DRUG, "scan", "no such pack in the tables");
	bool same = box->cis == g->line->cis, group = line && line->group_no && line->group_no == box->group_no;
	if (!same && !group)
		return problem_set(p, RC_BAD_INPUT, WHY_DOSE_OTHER_DRUG, "scan", "cis %u scanned", (unsigned)box->cis);
	g->box = box->cis;
	struct str today = day_of(g->x->arena, g->x->now_ms);
	if (s->expires_on[0] && str_cmp(str_of(s->expires_on), today) < 0)
		return problem_set(p, RC_BAD_INPUT, WHY_DOSE_EXPIRED, "scan", "expired");
	return RC_OK;
}

/* ---- may it be given? ---- */

static enum rc not_due(struct problem *p)
{
	return problem_set(p, RC_CONFLICT, WHY_DOSE_NOT_DUE, "planned", "nothing due");
}

/* The slot is one that the prescription says, and stands empty. */
static enum rc planned_fits(struct giving *g, struct problem *p)
{
	struct line_due at[DUES_MAX];
	struct care_clocks clocks;
	const struct want *w = g->w;
	enum rc rc = care_clocks_read(g->x->db, g->x->arena, g->who.item.id, g->x->who->unit, g->x->now_ms, &clocks, p);
	if (rc != RC_OK)
		return rc;
	size_t n = line_dues(g->line, &clocks, w->planned_ms, w->planned_ms + 1, at), i = 0;
	while (i < n && !(at[i].due.step == w->step && at[i].nth == w->nth))
		i++;
	if (i == n)
		return not_due(p);
	if (w->planned_ms > g->x->now_ms + DOSE_AHEAD_MS)
		return problem_set(p, RC_BAD_INPUT, WHY_DOSE_EARLY, "planned", "too early");
	int64_t micro = posology_micro(at[i].due.dose);
	g->dose.amount = micro > 0 ? micro : 0;
	g->dose.slot_ms = at[i].slot_ms;
	if (w->state == DOSE_GIVEN && at[i].due.run_min != 0)
		g->dose.state = DOSE_RUNNING;
	bool found = false;
	struct dose taken;
	struct dose_slot slot = { g->line->item.rid, at[i].slot_ms, w->step, w->nth };
	rc = dose_of_slot(g->x->db, g->x->arena, &slot, &found, &taken, p);
	if (rc == RC_OK && found && taken.state != DOSE_VOID)
		rc = problem_set(p, RC_CONFLICT, WHY_DOSE_TAKEN, "planned", "dose %lld", (long long)taken.no);
	if (rc == RC_OK && found)
		g->dose.no = taken.no;
	return rc;
}

static bool counts(const struct dose *d)
{
	return d->state == DOSE_GIVEN || d->state == DOSE_RUNNING || d->state == DOSE_CHECK;
}

/* The gap and the most of a day that the prescription itself says, on either side of the instant: a late entry is held to them as well. */
static enum rc needed_fits(const struct giving *g, const struct posology_step *s, int64_t day_most, struct problem *p)
{
	struct doses d;
	int64_t at = g->dose.given_ms, gap = s->gap_min * INT64_C(60000), reach = gap > CARE_DAY_MS ? gap : CARE_DAY_MS;
	enum rc rc = doses_of_line(g->x->db, g->x->arena, g->line->item.rid, at - reach, at + reach, &d, p);
	for (size_t i = 0; i < d.n && rc == RC_OK; i++) {
		int64_t apart = d.at[i].given_ms > at ? d.at[i].given_ms - at : at - d.at[i].given_ms;
		if (counts(&d.at[i]) && d.at[i].no != g->dose.no && apart < gap)
			rc = problem_set(p, RC_CONFLICT, WHY_DOSE_GAP, "time", "%lld min apart", (long long)(apart / 60000));
	}
	/* every span of 24 hours that would hold the new one: it ends with the new one, or with one of those after it */
	for (size_t end = 0; end <= d.n && rc == RC_OK && day_most > 0; end++) {
		int64_t last = end == d.n ? at : d.at[end].given_ms, sum = g->dose.amount;
		if (last < at || last >= at + CARE_DAY_MS)
			continue;
		for (size_t i = 0; i < d.n; i++)
			if (counts(&d.at[i]) && d.at[i].no != g->dose.no && d.at[i].given_ms > last - CARE_DAY_MS && d.at[i].given_ms <= last)
				sum += d.at[i].amount;
		if (sum > day_most)
			rc = problem_set(p, RC_CONFLICT, WHY_DOSE_MOST, "dose", "%lld of %lld", (long long)sum, (long long)day_most);
	}
	return rc;
}

/* A dose as typed: up to six decimals, above zero; empty: as prescribed. */
static enum rc amount_typed(struct giving *g, struct problem *p)
{
	if (!g->w->dose.n)
		return RC_OK;
	int64_t micro;
	if (!g->line->planned || !g->line->posology.unit)
		return RC_OK; /* words, which the record keeps */
	if (!care_scaled(g->w->dose, 6, 6, &micro) || micro <= 0)
		return problem_set(p, RC_BAD_INPUT, WHY_DOSE_AMOUNT, "dose", "amount");
	g->dose.amount = micro;
	return RC_OK;
}

/* A second person is asked for at the dose: what the pharmacist listed is not given without; a narcotic is, when it is said why. */
static bool asks_two(const struct care_line *l) { return l->two || l->narcotic; }

static enum rc fits(struct giving *g, struct problem *p)
{
	const struct want *w = g->w;
	const struct posology_step *s = NULL;
	unsigned step = w->step;
	enum rc rc = RC_OK;
	if (w->planned_ms > 0) {
		rc = planned_fits(g, p);
	} else if (g->line->planned) {
		s = line_needed(g->line, g->dose.given_ms, &step);
		if (!s)
			rc = not_due(p);
		else
			g->dose.amount = posology_micro(s->dose);
		g->dose.step = step;
	} else if (g->dose.given_ms >= g->line->until_ms) {
		rc = not_due(p);
	}
	if (rc == RC_OK && w->state == DOSE_GIVEN)
		rc = amount_typed(g, p);
	if (rc == RC_OK && s)
		rc = needed_fits(g, s, posology_micro(s->day_most), p);
	if (rc == RC_OK && w->scanned)
		rc = scan_fits(g, p);
	if (rc == RC_OK && w->alone.n && g->line->two)
		rc = problem_set(p, RC_BAD_INPUT, WHY_DOSE_NEEDS_TWO, "alone", "the pharmacist's list");
	if (rc == RC_OK && w->state == DOSE_GIVEN && asks_two(g->line) && w->round)
		rc = problem_set(p, RC_BAD_INPUT, WHY_DOSE_NEEDS_TWO, "ticks", "a second nurse's");
	return rc;
}

/* ---- written ---- */

static void put_time(struct jw *w, const struct dose *d)
{
	if (d->state != DOSE_RUNNING && !d->end_ms) {
		compose_instant(w, "effectiveDateTime", d->state == DOSE_NOT_DONE ? d->planned_ms : d->given_ms);
		return;
	}
	jw_key(w, "effectivePeriod");
	jw_object(w);
	compose_instant(w, "start", d->given_ms);
	if (d->end_ms)
		compose_instant(w, "end", d->end_ms);
	jw_end(w, '}');
}

static void put_quantity(struct jw *w, const char *key, struct decimal value, const char *ucum)
{
	const struct posology_unit *u = posology_unit_of(str_of(ucum));
	struct buf b;
	buf_init(&b, 96);
	buf_decimal(&b, value);
	care_quantity(w, key, buf_view(&b), u ? u->one : ucum, ucum);
	buf_done(&b);
}

/* What went in: the amount, the rate of an infusion, or the words of a line that says no more. mad-1: a dosage has a dose or a rate. */
static void put_dosage(struct jw *w, const struct care_line *l, const struct dose *d, struct str words)
{
	const struct posology_step *s = l->planned && d->step < l->posology.n_steps ? &l->posology.step[d->step] : NULL;
	bool rate = s && s->rate.coefficient && s->rate_unit;
	if (d->state == DOSE_NOT_DONE || (!d->amount && !rate))
		return;
	jw_key(w, "dosage");
	jw_object(w);
	if (words.n)
		jw_member(w, "text", words);
	if (l->planned && l->posology.route.n)
		compose_concept(w, "route", NULL, STR_NONE, STR_NONE, l->posology.route);
	if (d->amount)
		put_quantity(w, "dose", dose_decimal(d->amount), l->posology.unit ? l->posology.unit : "1");
	if (rate)
		put_quantity(w, "rateQuantity", s->rate, s->rate_unit);
	jw_end(w, '}');
}

static void put_note(struct jw *w, const struct act_ctx *x, const char *words, struct str more)
{
	struct buf b;
	buf_init(&b, 4096);
	buf_z(&b, words);
	if (more.n) {
		buf_z(&b, *words ? " : " : "");
		buf_str(&b, more);
	}
	jw_object(w);
	jw_member(w, "authorString", x->who->name.n ? x->who->name : x->who->login);
	compose_instant(w, "time", x->now_ms);
	jw_member(w, "text", buf_view(&b));
	jw_end(w, '}');
	buf_done(&b);
}

static const char *status_of(enum dose_state s)
{
	return s == DOSE_RUNNING ? "in-progress" : s == DOSE_NOT_DONE ? "not-done" : "completed";
}

static void put_performers(struct jw *w, struct act_ctx *x, const struct dose *d)
{
	struct people people = { x->db, x->arena, NULL };
	struct person first = d->checked_by ? person_of(&people, d->account) : (struct person){ .role = ROLE_NONE };
	jw_key(w, "performer");
	jw_array(w);
	jw_object(w);
	if (first.name.n) { /* who prepared; who checks is the one who acts now */
		jw_key(w, "actor");
		jw_object(w);
		jw_member(w, "display", first.name);
		jw_end(w, '}');
		jw_end(w, '}');
		jw_object(w);
	}
	care_who(w, "actor", x->who);
	jw_end(w, '}');
	jw_end(w, ']');
}

static void administration(struct jw *w, struct buf *out, const struct giving *g, struct str id)
{
	const struct json *r = g->line->item.body;
	const struct dose *d = &g->dose;
	compose_begin(w, out, "MedicationAdministration", id, NULL);
	jw_key(w, "extension"); /* the third time: effective[x] is when it was given, meta.lastUpdated when it was recorded */
	jw_array(w);
	jw_object(w);
	jw_member(w, "url", STR(CARE_OWN ":intended"));
	compose_instant(w, "valueDateTime", d->planned_ms);
	jw_end(w, '}');
	if (g->wristband) { /* how it was made sure who the patient is; absent: nobody says */
		jw_object(w);
		jw_member(w, "url", STR(CARE_IDENTITY));
		jw_member(w, "valueCode", STR("wristband"));
		jw_end(w, '}');
	}
	jw_end(w, ']');
	jw_member(w, "status", str_of(status_of(d->state)));
	if (d->state == DOSE_NOT_DONE) {
		jw_key(w, "statusReason");
		jw_array(w);
		compose_concept(w, NULL, CARE_OWN, d->reason, STR_NONE, str_of(words_of(NOT_DONE, d->reason)));
		jw_end(w, ']');
	}
	static const char *const MEDICATION[] = { "medicationCodeableConcept", "medicationReference" };
	for (size_t i = 0; i < N_OF(MEDICATION); i++)
		if (json_get(r, MEDICATION[i])) {
			jw_key(w, MEDICATION[i]);
			jw_raw(w, json_get(r, MEDICATION[i])->raw);
		}
	compose_ref(w, "subject", "Patient", g->who.item.id, STR_NONE);
	if (json_get(r, "encounter")) {
		jw_key(w, "context");
		jw_raw(w, json_get(r, "encounter")->raw);
	}
	put_time(w, d);
	put_performers(w, g->x, d);
	compose_ref(w, "request", "MedicationRequest", g->line->item.id, STR_NONE);
	struct str text = args_get(g->x->args, "text"), words = g->line->planned ? STR_NONE : g->w ? g->w->dose : STR_NONE;
	const char *why = d->state != DOSE_NOT_DONE && !d->scanned ? words_of(HAND, d->reason) : "";
	if (*why || text.n || words.n || d->alone.n) {
		jw_key(w, "note");
		jw_array(w);
		if (*why || text.n)
			put_note(w, g->x, why, text);
		if (d->alone.n)
			put_note(w, g->x, "sans seconde personne", str_of(words_of(ALONE, d->alone)));
		if (words.n) /* of a line without a unit: how much, as typed */
			put_note(w, g->x, "dose", words);
		jw_end(w, ']');
	}
	put_dosage(w, g->line, d, words);
	jw_end(w, '}');
}

static enum rc put_resource(struct giving *g, struct problem *p)
{
	struct jw w;
	struct buf body;
	struct record_done done;
	g->id = care_id(g->x, "administration", g->slot);
	buf_init(&body, 1u << 20);
	administration(&w, &body, g, g->id);
	enum rc rc = compose_put(g->x, "MedicationAdministration", g->id, &body, &(struct record_if){ .none_exists = true }, &done, p);
	buf_done(&body);
	if (rc == RC_OK)
		g->dose.source = done.rid;
	return rc;
}

/* ---- the unit's store ---- */

static struct dose_draw drawing(const struct giving *g)
{
	return (struct dose_draw){ g->x, &g->dose, g->id, g->line->item.id, g->box ? g->box : g->line->cis };
}

static enum rc draw_change(const struct giving *g, struct problem *p)
{
	struct dose_draw d = drawing(g);
	return dose_draw_change(&d, p);
}

static enum rc draw_back(const struct giving *g, struct problem *p)
{
	struct dose_draw d = drawing(g);
	return dose_draw_back(&d, p);
}

/* first: who prepared it, when a second person gave it now: both are of the register's lines (docs/decisions/0052). 0: nobody else was there, and the second signature stays owed. */
static enum rc draw_stock(const struct giving *g, uint32_t first, struct problem *p)
{
	struct dose_draw d = drawing(g);
	int64_t movement = 0;
	enum rc rc = dose_draw(&d, &movement, p);
	return rc == RC_OK && first && movement ? dose_draw_signed(&d, movement, first, p) : rc;
}

static enum rc put_row(struct giving *g, struct problem *p)
{
	struct dose *d = &g->dose;
	bool again = d->no > 0;
	struct db_stmt *s = db_stmt(g->x->db, again ? ST_HOSPITAL_DOSE_AGAIN : ST_HOSPITAL_DOSE_ADD);
	int i = 1;
	if (again) {
		db_bind_i64(s, i++, d->no);
	} else {
		db_bind_i64(s, i++, d->patient);
		db_bind_i64(s, i++, d->line);
		db_bind_i64(s, i++, d->step);
		db_bind_i64(s, i++, d->nth);
		db_bind_i64(s, i++, d->planned_ms);
		db_bind_i64(s, i++, d->slot_ms);
		db_bind_str(s, i++, d->needed ? STR("needed") : STR("planned"));
	}
	db_bind_str(s, i++, str_of(dose_state_code(d->state)));
	db_bind_i64(s, i++, d->amount);
	db_bind_str(s, i++, d->unit);
	db_bind_i64(s, i++, d->given_ms);
	db_bind_i64(s, i++, d->recorded_ms);
	db_bind_i64(s, i++, d->account);
	db_bind_str(s, i++, d->scanned ? STR("scan") : STR("manual"));
	db_bind_str(s, i++, d->reason.n ? d->reason : STR(""));
	db_bind_i64(s, i++, d->source);
	db_bind_str(s, i++, d->lot.n ? d->lot : STR(""));
	db_bind_i64(s, i++, d->once);
	db_bind_str(s, i++, d->alone.n ? d->alone : STR(""));
	enum rc rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_DOSE_TAKEN, "planned", "the slot is taken");
	if (rc == RC_OK && !again)
		d->no = db_last_rowid(g->x->db);
	return rc;
}

static void result(struct rows *out, const struct dose *d, bool again)
{
	rows_row(out);
	rows_patient(out, d->patient, TIER_CLINICAL);
	rows_col_i64(out, "no", d->no);
	rows_col(out, "state", str_of(dose_state_code(d->state)));
	rows_col_i64(out, "given_at", d->given_ms);
	rows_col_i64(out, "recorded_at", d->recorded_ms);
	col_flag(out, "again", again);
}

/* One dose, given or not. The same request again: what was written then. */
static enum rc give(struct act_ctx *x, const struct care_patient *who, const struct want *w, struct rows *out, struct problem *p)
{
	struct buf slot;
	struct giving g = { .x = x, .w = w, .who = *who, .wristband = w->wristband };
	bool found = false;
	buf_init(&slot, 256);
	buf_str(&slot, w->line);
	buf_fmt(&slot, "/%u/%lld/%u", w->step, (long long)w->planned_ms, w->nth);
	g.slot = arena_str(x->arena, buf_view(&slot));
	buf_done(&slot);
	enum rc rc = open_line(&g, p);
	int64_t once = care_once(x, "dose", g.slot);
	if (rc == RC_OK)
		rc = dose_of_once(x->db, x->arena, once, &found, &g.dose, p);
	if (rc != RC_OK)
		return rc;
	if (found && g.dose.state == DOSE_VOID)
		return problem_set(p, RC_CONFLICT, WHY_DOSE_STATE, "planned", "dose %lld was struck out", (long long)g.dose.no);
	if (found) {
		result(out, &g.dose, true);
		return RC_OK;
	}
	g.dose = (struct dose){ .patient = who->item.rid, .line = g.line->item.rid, .step = w->step, .nth = w->nth, .needed = w->planned_ms == 0, .state = w->state, .given_ms = w->given_ms,
		.planned_ms = w->planned_ms ? w->planned_ms : w->given_ms, .recorded_ms = x->now_ms, .account = x->who->account, .scanned = w->scanned, .reason = w->reason, .lot = w->scan.lot,
		.unit = g.line->planned && g.line->posology.unit ? str_of(g.line->posology.unit) : STR(""), .once = once };
	if (g.line->narcotic && w->state == DOSE_GIVEN)
		g.dose.alone = w->alone;
	rc = fits(&g, p);
	if (rc == RC_OK && asks_two(g.line) && w->state == DOSE_GIVEN && !g.dose.alone.n)
		g.dose.state = DOSE_CHECK;
	else if (rc == RC_OK)
		rc = put_resource(&g, p);
	if (rc == RC_OK)
		rc = put_row(&g, p);
	if (rc == RC_OK)
		rc = draw_stock(&g, 0, p);
	if (rc == RC_OK)
		result(out, &g.dose, false);
	return rc;
}

/* ---- acts ---- */

/*
 * BARRIER: a wristband that was scanned is this patient's, or nothing is written. What it holds is the house's number, as pages/print.c prints it; a scanner may say the kind of code
 * before it ("]d1"). was_r: one was scanned.
 */
static enum rc wristband_fits(const struct act_ctx *x, const struct care_patient *who, bool *was_r, struct problem *p)
{
	struct str code = str_trim(args_get(x->args, "wristband"));
	if (code.n > 3 && code.p[0] == ']')
		code = (struct str){ code.p + 3, code.n - 3 };
	*was_r = code.n > 0;
	return !*was_r || (who->traits.ipp.n && str_is(code, who->traits.ipp)) ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_DOSE_OTHER_PATIENT, "wristband", "another wristband");
}

static enum rc want_of(struct act_ctx *x, const struct care_patient *who, enum dose_state state, struct want *w, struct problem *p)
{
	struct str scan = args_get(x->args, "scan");
	*w = (struct want){ .line = args_get(x->args, "line"), .dose = str_trim(args_get(x->args, "dose")), .reason = args_get(x->args, "reason"), .alone = args_get(x->args, "alone"), .step = (unsigned)care_arg(x->args, "step"),
		.nth = (unsigned)care_arg(x->args, "nth"), .planned_ms = (int64_t)care_arg(x->args, "planned"), .state = state, .given_ms = x->now_ms };
	enum rc rc = wristband_fits(x, who, &w->wristband, p);
	if (rc == RC_OK && state == DOSE_GIVEN)
		rc = care_when(x->args, care_born(who), x->now_ms, &w->given_ms, p);
	if (rc == RC_OK && scan.n) {
		w->scanned = true;
		rc = gs1_read(scan, civil_paris(x->now_ms).year, &w->scan, p);
	}
	if (rc == RC_OK && state == DOSE_GIVEN && !scan.n && !w->reason.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "reason", "neither scanned nor said why");
	return rc;
}

/*
 * "dose_give": line, step, planned, nth (of a slot; planned 0: on demand), day, time, dose (another than prescribed), wristband (as scanned), scan or reason, alone (of a narcotic: without a second person, and why), text → set "dose": no, state (given; running;
 * check: waits for the second nurse), given_at, recorded_at, again (flag: this request had been done before). CONFLICT DOSE_TAKEN, DOSE_NOT_DUE, DOSE_GAP, DOSE_MOST;
 * BAD_INPUT DOSE_OTHER_PATIENT: another wristband.
 */
static enum rc give_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct want w;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = want_of(x, &who, DOSE_GIVEN, &w, p);
	rows_set(out, "dose");
	return rc == RC_OK ? give(x, &who, &w, out, p) : rc;
}

/* "dose_refuse": line, step, planned, nth, reason, text → set "dose" as above, state not_done. */
static enum rc refuse_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct want w;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = want_of(x, &who, DOSE_NOT_DONE, &w, p);
	if (rc == RC_OK && !w.planned_ms)
		rc = not_due(p);
	rows_set(out, "dose");
	return rc == RC_OK ? give(x, &who, &w, out, p) : rc;
}

/* "LINE/step/planned/nth" */
static bool tick_of(struct str tick, struct want *w)
{
	struct str rest = tick, part[4];
	uint64_t v[3];
	for (unsigned i = 0; i < 4; i++)
		part[i] = str_cut(rest, '/', &rest);
	for (unsigned i = 0; i < 3; i++)
		if (str_u64(part[i + 1], &v[i]) != RC_OK || v[i] > INT64_MAX)
			return false;
	w->line = part[0];
	w->step = (unsigned)v[0];
	w->planned_ms = (int64_t)v[1];
	w->nth = (unsigned)v[2];
	return rest.p == NULL && fhir_is_id(part[0]) && v[0] < POSOLOGY_STEPS && v[1] > 0 && v[2] < DUES_MAX;
}

/* "doses_give": ticks (each a slot, LINE/step/planned/nth), wristband, day, time, reason → set "dose", a row each. All or none: where one is taken already, nothing is written. A
 * round gives each line once: what was missed before is recorded by itself. */
static enum rc round_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct want w;
	struct str lines[TICKS_MAX];
	unsigned n = 0;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = want_of(x, &who, DOSE_GIVEN, &w, p);
	rows_set(out, "dose");
	w.round = true;
	w.dose = STR_NONE;
	for (size_t i = 0; i < x->args->n && rc == RC_OK; i++) {
		if (!str_eq(x->args->at[i].name, "ticks"))
			continue;
		if (n == TICKS_MAX || !tick_of(x->args->at[i].value, &w))
			rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "ticks", "tick %u", n);
		for (unsigned j = 0; rc == RC_OK && j < n; j++)
			if (str_is(lines[j], w.line))
				rc = problem_set(p, RC_BAD_INPUT, WHY_DOSE_ROUND, "ticks", "one line twice");
		if (rc == RC_OK)
			rc = give(x, &who, &w, out, p);
		lines[n < TICKS_MAX ? n++ : 0] = w.line;
	}
	if (rc == RC_OK && n == 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_DOSE_NONE, "ticks", "none");
	return rc;
}

/* A dose of this patient, with its line. */
static enum rc open_dose(struct giving *g, struct problem *p)
{
	bool found = false, line = false;
	struct item it;
	enum rc rc = care_patient(g->x->db, g->x->arena, g->x->args, &g->who, p);
	if (rc == RC_OK)
		rc = dose_get(g->x->db, g->x->arena, (int64_t)care_arg(g->x->args, "no"), &found, &g->dose, p);
	if (rc == RC_OK && (!found || g->dose.patient != g->who.item.rid))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such dose of this patient");
	if (rc == RC_OK)
		rc = item_by_rid(g->x->db, g->x->arena, g->dose.line, &line, &it, p);
	if (rc == RC_OK && !line)
		rc = no_line(p);
	if (rc != RC_OK)
		return rc;
	g->line = arena_raw(g->x->arena, sizeof *g->line);
	return g->line ? line_read(g->x->db, g->x->arena, &it, g->line, p) : arena_rc(g->x->arena, p);
}

static enum rc other_state(const struct dose *d, struct problem *p)
{
	return problem_set(p, RC_CONFLICT, WHY_DOSE_STATE, "no", "dose %lld is %s", (long long)d->no, dose_state_code(d->state));
}

/*
 * "dose_check": no, wristband, alone → set "dose". The second nurse saw the same as the first: it is given now. Never by who prepared it, but for a narcotic for which nobody came (alone: why). A line that
 * stopped meanwhile is given no more.
 */
static enum rc check_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct giving g = { .x = x };
	enum rc rc = open_dose(&g, p);
	if (rc == RC_OK)
		rc = wristband_fits(x, &g.who, &g.wristband, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "dose");
	struct str alone = g.line->narcotic && !g.line->two ? args_get(x->args, "alone") : STR_NONE;
	bool own = g.dose.account == x->who->account, nobody = own && alone.n;
	if ((g.dose.checked_by == x->who->account || (nobody && g.dose.alone.n)) && counts(&g.dose) && g.dose.state != DOSE_CHECK) { /* the same request again */
		result(out, &g.dose, true);
		return RC_OK;
	}
	if (g.dose.state != DOSE_CHECK)
		return other_state(&g.dose, p);
	if (own && !nobody)
		return problem_set(p, RC_DENIED, WHY_DOSE_OWN_CHECK, "no", "dose %lld: own", (long long)g.dose.no);
	if (g.line->until_ms <= x->now_ms)
		return not_due(p);
	const struct posology_step *s = g.line->planned && g.dose.step < g.line->posology.n_steps ? &g.line->posology.step[g.dose.step] : NULL;
	g.dose.state = s && (s->kind == POSOLOGY_CONTINUOUS || s->run_min) ? DOSE_RUNNING : DOSE_GIVEN;
	g.dose.checked_by = nobody ? 0 : x->who->account;
	g.dose.alone = nobody ? alone : STR_NONE;
	g.dose.given_ms = g.dose.recorded_ms = x->now_ms;
	char no[40];
	struct buf b = { .p = no, .cap = sizeof no, .max = sizeof no };
	buf_i64(&b, g.dose.no);
	buf_ch(&b, '/');
	buf_u64(&b, (uint64_t)g.dose.once % 1000); /* a slot that was struck out and prepared anew is another deed */
	g.slot = buf_view(&b);
	rc = put_resource(&g, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *st = db_stmt(x->db, ST_HOSPITAL_DOSE_CHECKED);
	db_bind_i64(st, 1, g.dose.no);
	db_bind_str(st, 2, str_of(dose_state_code(g.dose.state)));
	if (nobody)
		db_bind_null(st, 3);
	else
		db_bind_i64(st, 3, x->who->account);
	db_bind_i64(st, 4, g.dose.given_ms);
	db_bind_i64(st, 5, g.dose.recorded_ms);
	db_bind_i64(st, 6, g.dose.source);
	db_bind_str(st, 7, nobody ? alone : STR(""));
	rc = db_run(st, p);
	if (rc == RC_OK)
		rc = draw_stock(&g, nobody ? 0 : g.dose.account, p);
	if (rc == RC_OK)
		result(out, &g.dose, false);
	return rc;
}

/* The administration with another status, time, amount, and one note more; the rest byte for byte. */
static enum rc write_over(struct giving *g, const char *status, const char *why, struct problem *p)
{
	struct item it;
	struct jw w;
	struct buf body;
	struct record_done done;
	enum rc rc = care_own(g->x->db, g->x->arena, g->dose.source, g->dose.patient, &it, p);
	if (rc != RC_OK)
		return rc;
	g->id = it.id;
	buf_init(&body, 1u << 20);
	jw_init(&w, &body);
	jw_object(&w);
	for json_each (part, it.body) {
		static const char *const OURS[] = { "status", "effectiveDateTime", "effectivePeriod", "note", "dosage" };
		bool ours = false;
		for (size_t i = 0; i < N_OF(OURS); i++)
			ours = ours || str_eq(part->name, OURS[i]);
		if (ours && !(str_eq(part->name, "dosage") && !g->dose.amount))
			continue;
		jw_key(&w, arena_z(g->x->arena, part->name));
		jw_raw(&w, part->raw);
	}
	jw_member(&w, "status", str_of(status));
	put_time(&w, &g->dose);
	if (g->dose.amount)
		put_dosage(&w, g->line, &g->dose, STR_NONE);
	jw_key(&w, "note");
	jw_array(&w);
	for json_each (note, json_get(it.body, "note"))
		jw_raw(&w, note->raw);
	put_note(&w, g->x, why, args_get(g->x->args, "text"));
	jw_end(&w, ']');
	jw_end(&w, '}');
	rc = compose_put(g->x, "MedicationAdministration", it.id, &body, &(struct record_if){ .has_version = true, .version = it.version }, &done, p);
	buf_done(&body);
	return rc;
}

static enum rc change_row(struct giving *g, enum dose_state was, struct problem *p)
{
	struct db_stmt *s = db_stmt(g->x->db, ST_HOSPITAL_DOSE_CHANGE);
	db_bind_i64(s, 1, g->dose.no);
	db_bind_str(s, 2, str_of(dose_state_code(g->dose.state)));
	db_bind_i64(s, 3, g->dose.amount);
	db_bind_i64(s, 4, g->dose.given_ms);
	if (g->dose.end_ms)
		db_bind_i64(s, 5, g->dose.end_ms);
	else
		db_bind_null(s, 5);
	db_bind_str(s, 6, g->dose.reason.n ? g->dose.reason : STR(""));
	db_bind_str(s, 7, str_of(dose_state_code(was)));
	return db_run(s, p);
}

/*
 * "dose_correct": no, recorded (when the entry that was looked at was given, in ms, and its state: what changed meanwhile is not written over), wrong (flag: it is struck out and
 * the slot is free again) or day, time, dose; reason, text → set "dose". History stays: it is a new version of the administration.
 */
static enum rc correct_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct want w = { .dose = str_trim(args_get(x->args, "dose")) };
	struct giving g = { .x = x, .w = &w };
	bool wrong = args_get(x->args, "wrong").n > 0;
	enum rc rc = open_dose(&g, p);
	if (rc != RC_OK)
		return rc;
	enum dose_state was = g.dose.state;
	if (was == DOSE_VOID || !str_eq(args_get(x->args, "state"), dose_state_code(was)) || g.dose.given_ms != (int64_t)care_arg(x->args, "given"))
		return other_state(&g.dose, p);
	g.dose.reason = args_get(x->args, "reason");
	if (wrong) {
		g.dose.end_ms = 0;
		if (was != DOSE_CHECK)
			rc = write_over(&g, "entered-in-error", words_of(CORRECTION, g.dose.reason), p);
		if (rc == RC_OK && was != DOSE_CHECK)
			rc = draw_back(&g, p);
		g.dose.state = DOSE_VOID;
	} else if (was == DOSE_CHECK || was == DOSE_NOT_DONE) {
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "wrong", "only struck out");
	} else {
		int64_t at = g.dose.given_ms, amount = g.dose.amount;
		if (args_get(x->args, "day").n + args_get(x->args, "time").n)
			rc = care_when(x->args, care_born(&g.who), x->now_ms, &at, p);
		g.dose.given_ms = at;
		if (rc == RC_OK)
			rc = amount_typed(&g, p);
		if (rc == RC_OK && g.dose.end_ms && g.dose.end_ms < at)
			rc = problem_set(p, RC_BAD_INPUT, WHY_CARE_TIME, "time", "after its end");
		unsigned step;
		const struct posology_step *s = g.dose.needed ? line_needed(g.line, at, &step) : NULL;
		if (rc == RC_OK && s)
			rc = needed_fits(&g, s, posology_micro(s->day_most), p);
		if (rc == RC_OK)
			rc = write_over(&g, status_of(was), words_of(CORRECTION, g.dose.reason), p);
		if (rc == RC_OK && g.dose.amount != amount)
			rc = draw_change(&g, p);
	}
	if (rc == RC_OK)
		rc = change_row(&g, was, p);
	rows_set(out, "dose");
	if (rc == RC_OK)
		result(out, &g.dose, false);
	return rc;
}

/* "infusion_stop": no, day, time, text → set "dose". */
static enum rc stop_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct giving g = { .x = x };
	int64_t at;
	enum rc rc = open_dose(&g, p);
	if (rc == RC_OK)
		rc = care_when(x->args, care_born(&g.who), x->now_ms, &at, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "dose");
	if (g.dose.state == DOSE_GIVEN && g.dose.end_ms == at) {
		result(out, &g.dose, true);
		return RC_OK;
	}
	if (g.dose.state != DOSE_RUNNING)
		return other_state(&g.dose, p);
	if (at < g.dose.given_ms)
		return problem_set(p, RC_BAD_INPUT, WHY_CARE_TIME, "time", "before it began");
	g.dose.end_ms = at;
	rc = write_over(&g, "completed", "fin de perfusion", p);
	g.dose.state = DOSE_GIVEN;
	if (rc == RC_OK)
		rc = change_row(&g, DOSE_RUNNING, p);
	if (rc == RC_OK)
		result(out, &g.dose, false);
	return rc;
}

#define SLOT_FIELDS \
	{ .name = "patient", .label = "Patient",      .kind = FIELD_ID,  .required = true }, \
	CARE_ONCE_FIELD, \
	{ .name = "line",    .label = "Prescription", .kind = FIELD_ID,  .required = true }, \
	{ .name = "step",    .label = "Step",         .kind = FIELD_INT, .min = 0, .max = POSOLOGY_STEPS - 1 }, \
	{ .name = "planned", .label = "Planned",      .kind = FIELD_INT, .min = 0, .max = INT64_MAX }, \
	{ .name = "nth",     .label = "Of the same",  .kind = FIELD_INT, .min = 0, .max = DUES_MAX - 1 }
#define WRISTBAND_FIELD { .name = "wristband", .label = "Wristband", .kind = FIELD_TEXT, .max = 100 }
#define ALONE_FIELD { .name = "alone", .label = "Without a second person: why", .kind = FIELD_CODE, .choices = ALONE }
#define TEXT_FIELD { .name = "text", .label = "In a few words", .kind = FIELD_TEXT, .max = 200 }
static const struct field GIVE_FIELDS[] = {
	SLOT_FIELDS, CARE_WHEN_FIELDS,
	{ .name = "dose",   .label = "Dose given",      .kind = FIELD_TEXT, .max = 40 },
	{ .name = "scan",   .label = "Scan",            .kind = FIELD_TEXT, .max = GS1_MOST },
	{ .name = "reason", .label = "Without scan: why", .kind = FIELD_CODE, .choices = HAND },
	WRISTBAND_FIELD, ALONE_FIELD, TEXT_FIELD, FIELDS_END,
};
static const struct field REFUSE_FIELDS[] = { SLOT_FIELDS, { .name = "reason", .label = "Why", .kind = FIELD_CODE, .required = true, .choices = NOT_DONE }, TEXT_FIELD, FIELDS_END };
static const struct field ROUND_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }, CARE_ONCE_FIELD, CARE_WHEN_FIELDS,
	{ .name = "ticks",  .label = "Doses", .kind = FIELD_TOKEN, .max = 120, .many = true, .required = true },
	{ .name = "reason", .label = "Without scan: why", .kind = FIELD_CODE, .required = true, .choices = HAND },
	WRISTBAND_FIELD, TEXT_FIELD, FIELDS_END,
};
#define DOSE_FIELDS \
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID,  .required = true }, \
	{ .name = "no",      .label = "Dose",    .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
static const struct field CHECK_FIELDS[] = { DOSE_FIELDS, WRISTBAND_FIELD, ALONE_FIELD, FIELDS_END };
static const struct field STOP_FIELDS[] = { DOSE_FIELDS, CARE_WHEN_FIELDS, TEXT_FIELD, FIELDS_END };
static const struct field CORRECT_FIELDS[] = {
	DOSE_FIELDS,
	{ .name = "state",  .label = "State",  .kind = FIELD_TOKEN, .max = 10, .required = true },
	{ .name = "given",  .label = "Given",  .kind = FIELD_INT, .min = 0, .max = INT64_MAX, .required = true },
	CARE_WHEN_FIELDS,
	{ .name = "dose",   .label = "Dose given", .kind = FIELD_TEXT, .max = 40 },
	{ .name = "wrong",  .label = "Strike it out", .kind = FIELD_FLAG },
	{ .name = "reason", .label = "Reason", .kind = FIELD_CODE, .required = true, .choices = CORRECTION },
	TEXT_FIELD, FIELDS_END,
};
const struct act administration_acts[] = {
	{ .name = "dose_give",        .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = GIVE_FIELDS,    .run = give_run },
	{ .name = "dose_refuse",      .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = REFUSE_FIELDS,  .run = refuse_run },
	{ .name = "doses_give",       .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = ROUND_FIELDS,   .run = round_run },
	{ .name = "dose_check",       .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = CHECK_FIELDS,   .run = check_run },
	{ .name = "dose_correct",     .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = CORRECT_FIELDS, .run = correct_run },
	{ .name = "infusion_stop",    .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = STOP_FIELDS,    .run = stop_run },
	{ .name = NULL },
};
