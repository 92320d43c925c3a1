/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/plan_of_care.c: the plan of care as it is read: of one patient and day, line by line and instant by instant, with the three times of each dose (intended, given,
 * recorded); of the unit, how much is due and late for whom; and one slot or dose by itself, with its history. It must never show as due what has ended, nor as given what was
 * struck out. Called by the gate through the rows at the end. Start at plan_of_care.
 */
#include "hospital/dose_draw.h"

#include <string.h>

#include "hospital/account.h"
#include "hospital/drug.h"
#include "hospital/matters.h"
#include "hospital/prescription.h"
#include "hospital/stock_inner.h"
#include "hospital/tall_name.h"

#define VERSIONS_MAX 50
#define DOUBLE_MAX 500
#define SLOTS_OF_UNIT 12 /* hours ahead that the unit's list counts */

struct care_plan {
	struct view_ctx *v;
	struct care_patient who;
	struct care_clocks clocks;
	struct care_lines lines;
	struct doses doses;
	struct names names;
	struct people people;
	int64_t from_ms, until_ms;
};

/* First and last instant of a day in Paris. */
static void day_span(int64_t in_ms, int64_t *from_r, int64_t *until_r)
{
	struct civil c = civil_paris(in_ms), next = civil_of_days(days_of(c.year, c.month, c.day) + 1);
	*from_r = civil_paris_to_ms((struct civil){ .year = c.year, .month = c.month, .day = c.day });
	*until_r = civil_paris_to_ms((struct civil){ .year = next.year, .month = next.month, .day = next.day });
}

static bool is_of(const struct dose *d, int64_t line, const struct line_due *l)
{
	return !d->needed && d->line == line && d->slot_ms == l->slot_ms && d->step == l->due.step && d->nth == l->nth;
}

static const struct dose *dose_in(const struct doses *d, int64_t line, const struct line_due *l)
{
	for (size_t i = 0; i < d->n; i++)
		if (is_of(&d->at[i], line, l))
			return &d->at[i];
	return NULL;
}

static void row_of(struct care_plan *k, struct rows *out)
{
	rows_row(out);
	rows_patient(out, k->who.item.rid, TIER_CLINICAL);
}

static void col_amount(struct rows *out, const char *name, struct decimal d, struct str ucum)
{
	struct buf b;
	if (!d.coefficient)
		return;
	buf_init(&b, 200);
	if (ucum.n) {
		const struct posology_unit *u = posology_unit_of(ucum);
		posology_amount(&b, d, u ? u->ucum : "");
	} else {
		posology_number(&b, d);
	}
	col(out, name, buf_view(&b));
	buf_done(&b);
}

static struct str unit_of(const struct care_line *l)
{
	return l->planned && l->posology.unit ? str_of(l->posology.unit) : STR_NONE;
}

/* ---- cells ---- */

/* Nobody is asked to give it, whatever was due before that was said: what was given meanwhile can still be recorded. */
static bool is_barred(const struct care_line *l) { return l->refused || l->held; }

static const char *state_of(const struct care_line *l, const struct dose *d, int64_t planned_ms, int64_t now_ms)
{
	if (d && d->state != DOSE_VOID)
		return dose_state_code(d->state);
	if (is_barred(l))
		return "barred";
	return planned_ms > now_ms ? "to_come" : now_ms - planned_ms < DOSE_LATE_MS ? "due" : "late";
}

static void cols_dose(struct care_plan *k, struct rows *out, const struct dose *d)
{
	struct person by = person_of(&k->people, d->account);
	rows_col_i64(out, "no", d->no);
	rows_col_i64(out, "given_at", d->given_ms);
	if (d->end_ms)
		rows_col_i64(out, "end_at", d->end_ms);
	rows_col_i64(out, "recorded_at", d->recorded_ms);
	col(out, "by_name", by.name);
	if (d->checked_by)
		col(out, "checked_name", person_of(&k->people, d->checked_by).name);
	col_flag(out, "mine", d->account == k->v->who->account);
	col_flag(out, "scanned", d->scanned);
	col(out, "reason", d->reason);
	col(out, "lot", d->lot);
	col(out, "alone", d->alone);
	col_amount(out, "amount", dose_decimal(d->amount), d->unit);
}

static void cell_of(struct care_plan *k, struct rows *out, const struct care_line *l, const struct line_due *slot, const struct dose *d)
{
	const struct posology_due *due = &slot->due;
	int64_t now = k->v->now_ms;
	const struct dose *live = d && d->state != DOSE_VOID ? d : NULL;
	row_of(k, out);
	rows_col(out, "line", l->item.id);
	rows_col_i64(out, "step", due->step);
	rows_col_i64(out, "nth", slot->nth);
	rows_col_i64(out, "planned_at", due->at_ms);
	col_z(out, "state", state_of(l, d, due->at_ms, now));
	col_amount(out, "dose", due->dose, unit_of(l));
	if (due->run_min)
		rows_col_i64(out, "run_min", due->run_min);
	int64_t delay = ((live ? live->given_ms : now) - due->at_ms) / 60000;
	if (delay > 0 && !(live && live->state == DOSE_NOT_DONE))
		rows_col_i64(out, "delay_min", delay);
	if (live)
		cols_dose(k, out, live);
}

/* Given on demand, or at an instant that the prescription says no more. */
static void cell_of_dose(struct care_plan *k, struct rows *out, const struct care_line *l, const struct dose *d)
{
	row_of(k, out);
	rows_col(out, "line", l->item.id);
	rows_col_i64(out, "step", d->step);
	rows_col_i64(out, "nth", d->nth);
	rows_col_i64(out, "planned_at", d->planned_ms);
	col_z(out, "state", dose_state_code(d->state));
	col_flag(out, "needed", d->needed);
	cols_dose(k, out, d);
}

static bool is_said(const struct dose *d, const struct line_due *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_of(d, d->line, &at[i]))
			return true;
	return false;
}

static void cells_of_line(struct care_plan *k, struct rows *out, const struct care_line *l)
{
	struct line_due at[DUES_MAX];
	size_t n = line_dues(l, &k->clocks, k->from_ms, k->until_ms, at);
	for (size_t i = 0; i < n; i++)
		cell_of(k, out, l, &at[i], dose_in(&k->doses, l->item.rid, &at[i]));
	for (size_t i = 0; i < k->doses.n; i++) {
		const struct dose *d = &k->doses.at[i];
		if (d->line == l->item.rid && d->state != DOSE_VOID && d->planned_ms >= k->from_ms && d->planned_ms < k->until_ms && !is_said(d, at, n))
			cell_of_dose(k, out, l, d);
	}
}

/* What was due within the last day and is not recorded: whatever day is shown. */
static void overdue_of_line(struct care_plan *k, struct rows *out, const struct care_line *l, const struct doses *recent)
{
	struct line_due at[DUES_MAX];
	int64_t now = k->v->now_ms;
	size_t n = is_barred(l) ? 0 : line_dues(l, &k->clocks, now - DOSE_BACK_MS, now - DOSE_LATE_MS + 1, at);
	for (size_t i = 0; i < n; i++) {
		const struct dose *d = dose_in(recent, l->item.rid, &at[i]);
		if (!d || d->state == DOSE_VOID)
			cell_of(k, out, l, &at[i], NULL);
	}
}

/* ---- lines ---- */

static void col_line_drug(struct care_plan *k, struct rows *out, const char *name, const struct json *m)
{
	const struct json *concept = json_get(m, "medicationCodeableConcept");
	struct str text = json_get_text(concept, "text");
	if (text.n)
		col_medicine(out, name, text); /* as it was signed: the substance first */
	else if (concept)
		col_medicine_display(out, name, concept);
	else
		col_medicine(out, name, name_ref(&k->names, json_get(m, "medicationReference")));
}

/* On demand: when the last one was, when the next one may be, and how much of the day's most is left. */
static enum rc cols_needed(struct care_plan *k, struct rows *out, const struct care_line *l, const struct posology_step *s, struct problem *p)
{
	struct db_stmt *st = db_stmt(k->v->db, ST_HOSPITAL_DOSE_LAST);
	struct doses day;
	int64_t now = k->v->now_ms, last = 0, used = 0, most = s ? posology_micro(s->day_most) : 0, first = 0;
	bool row = false;
	db_bind_i64(st, 1, l->item.rid);
	db_bind_i64(st, 2, now);
	enum rc rc = db_step(st, &row, p);
	last = rc == RC_OK && row ? db_i64(st, 0) : 0;
	db_reset(st);
	if (last)
		rows_col_i64(out, "last_at", last);
	if (rc != RC_OK || !s)
		return rc;
	int64_t next = last && s->gap_min ? last + s->gap_min * INT64_C(60000) : 0;
	if (s->gap_min)
		rows_col_i64(out, "gap_min", s->gap_min);
	if (most > 0) {
		rc = doses_of_line(k->v->db, k->v->arena, l->item.rid, now - CARE_DAY_MS, now + 1, &day, p);
		for (size_t i = 0; rc == RC_OK && i < day.n; i++) {
			bool in = day.at[i].state == DOSE_GIVEN || day.at[i].state == DOSE_RUNNING || day.at[i].state == DOSE_CHECK;
			used += in ? day.at[i].amount : 0;
			first = in && !first ? day.at[i].given_ms : first;
		}
		col_amount(out, "used", dose_decimal(used), unit_of(l));
		col_amount(out, "most", s->day_most, unit_of(l));
		if (used + posology_micro(s->dose) > most && first + CARE_DAY_MS > next)
			next = first + CARE_DAY_MS;
	}
	if (next > now)
		rows_col_i64(out, "next_at", next);
	col_amount(out, "dose", s->dose, unit_of(l));
	return rc;
}

static const char *kind_of(const struct care_line *l, int64_t now_ms)
{
	unsigned step;
	if (!l->planned)
		return "unplanned";
	if (line_needed(l, now_ms, &step))
		return "needed";
	for (unsigned i = 0; i < l->posology.n_steps; i++)
		if (l->posology.step[i].kind == POSOLOGY_CONTINUOUS || l->posology.step[i].run_min)
			return "infusion";
	return "planned";
}

static enum rc row_of_line(struct care_plan *k, struct rows *out, const struct care_line *l, struct problem *p)
{
	const struct json *m = l->item.body;
	int64_t now = k->v->now_ms;
	const char *kind = kind_of(l, now);
	unsigned step = 0;
	row_of(k, out);
	rows_col(out, "line", l->item.id);
	col_line_drug(k, out, "drug", m);
	col(out, "dosage", text_at(m, "dosageInstruction.text"));
	col(out, "route", l->planned ? l->posology.route : text_at(m, "dosageInstruction.route.text"));
	col(out, "condition", l->planned ? l->posology.condition : STR_NONE);
	col(out, "note", text_at(m, "note.text"));
	col_z(out, "kind", kind);
	col(out, "status", json_get_text(m, "status"));
	col_flag(out, "held", l->held);
	col_flag(out, "refused", l->refused);
	col_flag(out, "verified", l->verified);
	col_flag(out, "modify", l->modify);
	col(out, "said", l->said);
	col_flag(out, "two", l->two);
	col_flag(out, "narcotic", l->narcotic);
	if (l->until_ms != INT64_MAX)
		rows_col_i64(out, "until_at", l->until_ms);
	col_flag(out, "open", now < l->until_ms && !(l->planned && now >= posology_end(&l->posology)));
	col(out, "by_name", name_ref(&k->names, json_get(m, "requester")));
	int64_t owed = 0;
	enum rc rc = l->narcotic ? dose_draw_owed(k->v->db, l->item.patient, l->item.id, &owed, p) : RC_OK;
	if (rc == RC_OK && owed)
		rows_col_i64(out, "owed", owed);
	if (rc == RC_OK && (strcmp(kind, "needed") == 0 || strcmp(kind, "unplanned") == 0))
		rc = cols_needed(k, out, l, line_needed(l, now, &step), p);
	return rc;
}

/* Lines that ended before the window and whose doses stand in it: what was given is always shown. */
static enum rc lines_of_doses(struct care_plan *k, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; i < k->doses.n && rc == RC_OK; i++) {
		size_t j = 0;
		bool found = false;
		struct item it;
		while (j < k->lines.n && k->lines.at[j]->item.rid != k->doses.at[i].line)
			j++;
		if (j < k->lines.n || j == LINES_MAX)
			continue;
		rc = item_by_rid(k->v->db, k->v->arena, k->doses.at[i].line, &found, &it, p);
		struct care_line *l = rc == RC_OK && found ? arena_raw(k->v->arena, sizeof *l) : NULL;
		if (l && (rc = line_read(k->v->db, k->v->arena, &it, l, p)) == RC_OK)
			k->lines.at[k->lines.n++] = l;
	}
	return rc;
}

static enum rc open_plan(struct view_ctx *v, int64_t day_ms, struct care_plan *k, struct problem *p)
{
	*k = (struct care_plan){ .v = v, .names = { v->db, v->arena, NULL }, .people = { v->db, v->arena, NULL } };
	day_span(day_ms, &k->from_ms, &k->until_ms);
	enum rc rc = care_patient(v->db, v->arena, v->args, &k->who, p);
	if (rc == RC_OK)
		rc = care_clocks_read(v->db, v->arena, k->who.item.id, v->who->unit, v->now_ms, &k->clocks, p);
	if (rc == RC_OK)
		rc = lines_of(v->db, v->arena, k->who.item.id, k->from_ms < v->now_ms - DOSE_BACK_MS ? k->from_ms : v->now_ms - DOSE_BACK_MS, &k->lines, p);
	if (rc == RC_OK)
		rc = doses_of_patient(v->db, v->arena, k->who.item.rid, k->from_ms, k->until_ms, &k->doses, p);
	return rc == RC_OK ? lines_of_doses(k, p) : rc;
}

/*
 * "plan_of_care": patient, day (empty: today, in Paris). Set "plan": from_at, until_at, more (flag: there are more lines than are read). Set "lines": line (id of the
 * MedicationRequest), drug, dosage, route, condition, note (of who prescribed it), kind (planned, needed, infusion, unplanned: its words say no instants), status, held, refused, verified, modify, two, narcotic (flags), owed (lines of the
 * register that its doses made and that wait for a second signature), said (what the pharmacist wrote), open
 * (flag: something may be given now), until_at, by_name; on demand: dose, last_at, next_at (not before), gap_min, used, most (of 24 h). Set "cells", by line: line, step,
 * nth, planned_at (intended), state (to_come, due, late, barred: refused or on hold, check, running, given, not_done), dose, run_min (-1: until stopped), delay_min; of a dose: no, given_at, end_at,
 * recorded_at, by_name, checked_name, mine, scanned, reason, lot, alone (why a narcotic was given without a second person), amount; needed (flag). Set "overdue": cells of the last day that nothing was recorded of.
 */
static enum rc plan_of_care(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct care_plan k;
	struct doses recent;
	int64_t low = when_low(args_get(v->args, "day")), day = low == INT64_MIN ? v->now_ms : low + CARE_DAY_MS / 2;
	enum rc rc = open_plan(v, day, &k, p);
	if (rc == RC_OK)
		rc = doses_of_patient(v->db, v->arena, k.who.item.rid, v->now_ms - DOSE_BACK_MS, v->now_ms, &recent, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "plan");
	row_of(&k, out);
	rows_col_i64(out, "from_at", k.from_ms);
	rows_col_i64(out, "until_at", k.until_ms);
	col_flag(out, "more", k.lines.more || k.doses.more);
	rows_set(out, "lines");
	for (size_t i = 0; i < k.lines.n && rc == RC_OK; i++)
		rc = row_of_line(&k, out, k.lines.at[i], p);
	rows_set(out, "cells");
	for (size_t i = 0; i < k.lines.n; i++)
		cells_of_line(&k, out, k.lines.at[i]);
	rows_set(out, "overdue");
	for (size_t i = 0; i < k.lines.n; i++)
		overdue_of_line(&k, out, k.lines.at[i], &recent);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the unit ---- */

struct round { int64_t late, due, check, running, unplanned, at_ms[SLOTS_OF_UNIT], next_ms; unsigned n_at[SLOTS_OF_UNIT], n_slots; };

/* One more at that instant of the hours to come, in order. */
static void add_slot(struct round *r, int64_t at_ms)
{
	unsigned i = 0;
	while (i < r->n_slots && r->at_ms[i] < at_ms)
		i++;
	if (i < r->n_slots && r->at_ms[i] == at_ms) {
		r->n_at[i]++;
		return;
	}
	if (i == SLOTS_OF_UNIT)
		return;
	unsigned last = r->n_slots < SLOTS_OF_UNIT ? r->n_slots++ : SLOTS_OF_UNIT - 1;
	for (; last > i; last--) {
		r->at_ms[last] = r->at_ms[last - 1];
		r->n_at[last] = r->n_at[last - 1];
	}
	r->at_ms[i] = at_ms;
	r->n_at[i] = 1;
}

static void count_line(const struct care_line *l, const struct care_clocks *clocks, const struct doses *d, int64_t now, struct round *r)
{
	struct line_due at[DUES_MAX];
	size_t n = is_barred(l) ? 0 : line_dues(l, clocks, now - DOSE_BACK_MS, now + SLOTS_OF_UNIT * CARE_HOUR_MS, at);
	for (size_t i = 0; i < n; i++) {
		const struct dose *x = dose_in(d, l->item.rid, &at[i]);
		if (x && x->state != DOSE_VOID)
			continue;
		if (at[i].due.at_ms > now)
			add_slot(r, at[i].due.at_ms);
		else if (now - at[i].due.at_ms >= DOSE_LATE_MS)
			r->late++;
		else
			r->due++;
	}
}

struct unit_lines { struct care_line **at; size_t n; };

/* Of the one that lies there as number nth. */
static enum rc round_of(struct view_ctx *v, const struct ward *w, unsigned nth, const struct unit_lines *lines, const struct care_clocks *clocks, struct round *r, struct problem *p)
{
	struct doses d;
	int64_t now = v->now_ms;
	enum rc rc = doses_of_patient(v->db, v->arena, w->at[nth].patient, now - DOSE_BACK_MS, now + SLOTS_OF_UNIT * CARE_HOUR_MS, &d, p);
	*r = (struct round){ .late = 0 };
	for (size_t i = 0; rc == RC_OK && i < lines->n; i++) {
		const struct care_line *l = lines->at[i];
		if (l->of_ward != nth)
			continue;
		count_line(l, clocks, &d, now, r);
		r->unplanned += !l->planned && now < l->until_ms; /* nothing of them is ever due: said, never silence */
	}
	for (size_t i = 0; rc == RC_OK && i < d.n; i++) {
		r->check += d.at[i].state == DOSE_CHECK;
		r->running += d.at[i].state == DOSE_RUNNING;
	}
	return rc;
}

/* What is read of each of them, asked for at once where a server is far. */
static void round_ahead(struct view_ctx *v, const struct ward *w)
{
	int64_t patients[WARD_MAX];
	for (unsigned i = 0; i < w->n; i++)
		patients[i] = w->at[i].patient;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_DOSE_OF_PATIENT);
	db_bind_i64(s, 2, v->now_ms - DOSE_BACK_MS);
	db_bind_i64(s, 3, v->now_ms + SLOTS_OF_UNIT * CARE_HOUR_MS);
	db_ahead(s, 1, patients, w->n);
	db_ahead(db_stmt(v->db, ST_HOSPITAL_TASK_COUNT), 1, patients, w->n);
}

static enum rc cols_tasks(struct view_ctx *v, struct rows *out, int64_t patient, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_TASK_COUNT);
	bool row = false;
	db_bind_i64(s, 1, patient);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row && db_i64(s, 0)) {
		rows_col_i64(out, "tasks", db_i64(s, 0));
		rows_col_i64(out, "task_at", db_i64(s, 1));
	}
	db_reset(s);
	return rc;
}

/*
 * "plan_of_unit": the round of who is present in my unit, by bed. Set "unit": unit, unit_name, more, more_lines (flag: not all lines were counted). Set "round": id, name (or masked), born_on, age, sex, status, bed, late, due,
 * check (waits for a second nurse), running (infusions), unplanned (lines whose words say no times), tasks, task_at (the first is due), next_at, and of the hours to come slots ("at=n" by commas, ms). No medicine is
 * named: that is the patient's own plan.
 */
static enum rc plan_of_unit(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct ward *w;
	struct care_clocks clocks;
	struct unit_lines lines = { .n = 0 };
	bool more = false;
	enum rc rc = ward_present(v, &w, p);
	if (rc == RC_OK)
		rc = orders_clocks(v->db, v->arena, v->who->unit, &clocks.at, &clocks.n, p); /* who is listed lies in this unit */
	if (rc == RC_OK)
		rc = lines_of_ward(v->db, v->arena, w, v->now_ms - DOSE_BACK_MS, &lines.at, &lines.n, &more, p);
	if (rc != RC_OK)
		return rc;
	round_ahead(v, w);
	ward_unit(v, out, w);
	col_flag(out, "more_lines", more);
	rows_set(out, "round");
	for (unsigned i = 0; i < w->n && rc == RC_OK; i++) {
		struct round r;
		struct buf slots;
		rc = round_of(v, w, i, &lines, &clocks, &r, p);
		if (rc != RC_OK)
			break;
		buf_init(&slots, 1024);
		for (unsigned j = 0; j < r.n_slots; j++)
			buf_fmt(&slots, "%s%lld=%u", j ? "," : "", (long long)r.at_ms[j], r.n_at[j]);
		rows_row(out);
		ward_cols(v, out, &w->at[i]);
		rows_col_i64(out, "late", r.late);
		rows_col_i64(out, "due", r.due);
		rows_col_i64(out, "check", r.check);
		rows_col_i64(out, "running", r.running);
		rows_col_i64(out, "unplanned", r.unplanned);
		if (r.n_slots)
			rows_col_i64(out, "next_at", r.at_ms[0]);
		col(out, "slots", buf_view(&slots));
		buf_done(&slots);
		rc = cols_tasks(v, out, w->at[i].patient, p);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- one slot, one dose ---- */

static bool wristband_of(const struct json *administration)
{
	for json_each (e, json_get(administration, "extension"))
		if (str_eq(json_get_text(e, "url"), CARE_IDENTITY) && str_eq(json_get_text(e, "valueCode"), "wristband"))
			return true;
	return false;
}

struct history { struct record_each each; struct care_plan *k; struct rows *out; };

static enum rc history_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct history *h = (struct history *)(void *)e;
	const struct json *m, *note = NULL;
	enum rc rc = row->deleted ? RC_OK : json_parse(arena_str(h->k->v->arena, row->body), h->k->v->arena, &m, p);
	if (rc != RC_OK || row->deleted)
		return rc;
	for json_each (n, json_get(m, "note"))
		note = n;
	struct str given = json_get_text(m, "effectiveDateTime");
	row_of(h->k, h->out);
	rows_col_i64(h->out, "version", row->version);
	rows_col_i64(h->out, "written_at", row->updated_ms);
	rows_col_i64(h->out, "given_at", when_low(given.n ? given : text_at(m, "effectivePeriod.start")));
	col(h->out, "status", json_get_text(m, "status"));
	col(h->out, "amount", text_at(m, "dosage.dose.value"));
	col(h->out, "unit", text_at(m, "dosage.dose.unit"));
	col(h->out, "why", json_get_text(note, "text"));
	col(h->out, "by_name", json_get_text(note, "authorString"));
	col_flag(h->out, "wristband", wristband_of(m));
	return RC_OK;
}

static const struct care_line *line_named(const struct care_plan *k, struct str id)
{
	for (size_t i = 0; i < k->lines.n; i++)
		if (str_is(k->lines.at[i]->item.id, id))
			return k->lines.at[i];
	return NULL;
}

static enum rc rows_history(struct care_plan *k, struct rows *out, const struct dose *d, struct problem *p)
{
	struct item it;
	rows_set(out, "versions");
	if (!d->source)
		return RC_OK;
	enum rc rc = care_own(k->v->db, k->v->arena, d->source, k->who.item.rid, &it, p);
	struct history h = { { history_row }, k, out };
	return rc == RC_OK ? record_history(k->v->db, fhir_type_of(STR("MedicationAdministration")), it.id, VERSIONS_MAX, UINT32_MAX, &h.each, p) : rc;
}

/* How the product of a speciality is counted. */
static enum rc counted_of(struct care_plan *k, uint32_t cis, struct str *counted_r, struct problem *p)
{
	struct stock_product product = { .no = 0 };
	enum rc rc = cis ? stock_product_of(k->v->db, k->v->arena, cis, &product, p) : RC_OK;
	*counted_r = product.no ? product.counted : STR(STOCK_UNLISTED);
	return rc;
}

/* Of what a dose that was given was drawn; 0: of nothing, whatever would be drawn for it today. */
static enum rc drawn_of(struct care_plan *k, const struct dose *d, uint32_t *cis_r, struct problem *p)
{
	struct item it;
	bool found = false;
	*cis_r = 0;
	enum rc rc = item_by_rid(k->v->db, k->v->arena, d->source, &found, &it, p);
	return rc == RC_OK && found ? dose_drawn_of(k->v->db, it.id, cis_r, p) : rc;
}

/*
 * undrawn (flag): the dose is neither said in the unit that its product is counted in (stock_counts) nor, being a weight, whole units of it (dose_units): nothing is drawn on the ward's stock. units: how many
 * it is by the composition, edition_on: of which edition of the tables. d: the dose that was recorded; NULL: it is only due.
 */
static enum rc cols_drawn(struct care_plan *k, struct rows *out, const struct care_line *l, const struct dose *d, int64_t amount, struct problem *p)
{
	struct str counted, unit = d ? d->unit : unit_of(l);
	struct drug_units units = { .n = 0 };
	struct problem absent;
	uint32_t cis = l->cis;
	enum rc rc = counted_of(k, cis, &counted, p);
	bool drawn = cis && stock_counts(counted, unit);
	if (rc == RC_OK && !drawn && drug_is_weight(unit)) {
		if (d && d->source)
			rc = drawn_of(k, d, &cis, p);
		if (rc == RC_OK && cis != l->cis)
			rc = counted_of(k, cis, &counted, p);
		drawn = rc == RC_OK && dose_units(cis, unit, amount, &units) && stock_counts(counted, str_of(units.ucum));
	}
	if (rc != RC_OK)
		return rc;
	col_flag(out, "undrawn", !drawn);
	if (drawn && units.n) {
		col_amount(out, "units", (struct decimal){ .coefficient = (unsigned __int128)units.n }, str_of(units.ucum));
		col(out, "edition_on", drug_edition(drug_base(&absent), "bdpm"));
	}
	return RC_OK;
}

/*
 * "dose": patient, and no (one that was recorded), or line, step, planned, nth (a slot; planned 0: on demand). Set "lines": the one line as in plan_of_care, and undrawn, units, edition_on (see cols_drawn); set "cells": the one
 * cell, absent for what is on demand; set "versions" of the administration, newest first: version, written_at, given_at, status, amount, unit, why, by_name, wristband (flag: it was scanned). Empty where this
 * patient has no such dose or line.
 */
static enum rc dose_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct care_plan k;
	struct dose d;
	bool found = false;
	int64_t planned = (int64_t)care_arg(v->args, "planned"), no = (int64_t)care_arg(v->args, "no");
	enum rc rc = no ? dose_get(v->db, v->arena, no, &found, &d, p) : RC_OK;
	if (rc == RC_OK)
		rc = open_plan(v, found ? d.planned_ms : planned ? planned : v->now_ms, &k, p);
	if (rc != RC_OK)
		return rc;
	if (no && (!found || d.patient != k.who.item.rid)) /* alike whether it is another's or nobody's */
		return RC_OK;
	const struct care_line *l = NULL;
	for (size_t i = 0; found && i < k.lines.n; i++)
		l = k.lines.at[i]->item.rid == d.line ? k.lines.at[i] : l;
	l = found ? l : line_named(&k, args_get(v->args, "line"));
	if (!l)
		return RC_OK;
	struct line_due at[DUES_MAX];
	int64_t when = found ? d.planned_ms : planned;
	size_t n = when > 0 ? line_dues(l, &k.clocks, when, when + 1, at) : 0, i = 0;
	unsigned step = found ? d.step : (unsigned)care_arg(v->args, "step"), which = found ? d.nth : (unsigned)care_arg(v->args, "nth"), now_step = 0;
	while (i < n && !(at[i].due.step == step && at[i].nth == which))
		i++;
	const struct posology_step *needed = !found && i == n ? line_needed(l, v->now_ms, &now_step) : NULL;
	const struct dose *live = found ? &d : i < n ? dose_in(&k.doses, l->item.rid, &at[i]) : NULL;
	live = live && live->state != DOSE_VOID ? live : NULL;
	rows_set(out, "lines");
	rc = row_of_line(&k, out, l, p);
	if (rc == RC_OK)
		rc = cols_drawn(&k, out, l, live, live ? live->amount : i < n ? posology_micro(at[i].due.dose) : needed ? posology_micro(needed->dose) : 0, p);
	rows_set(out, "cells");
	if (i < n && !(found && d.needed))
		cell_of(&k, out, l, &at[i], found ? &d : dose_in(&k.doses, l->item.rid, &at[i]));
	else if (found)
		cell_of_dose(&k, out, l, &d);
	if (rc == RC_OK && found)
		rc = rows_history(&k, out, &d, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- medicines that two nurses give ---- */

/* "double_checks": set "codes": no, system, code, label (of a speciality), since_at, by_name. Empty: the house has none, and no line asks for two. */
static enum rc double_checks(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct problem none;
	const struct drugs *base = drug_base(&none);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_DOUBLE_LIVE);
	struct { int64_t no, at_ms; struct str system, code; uint32_t by; } *at = arena_array(v->arena, DOUBLE_MAX, sizeof *at);
	unsigned n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, DOUBLE_MAX);
	while (rc == RC_OK && n < DOUBLE_MAX && (rc = db_step(s, &row, p)) == RC_OK && row) {
		at[n].no = db_i64(s, 0);
		at[n].system = arena_str(v->arena, db_text(s, 1));
		at[n].code = arena_str(v->arena, db_text(s, 2));
		at[n].by = (uint32_t)db_i64(s, 3);
		at[n++].at_ms = db_i64(s, 4);
	}
	db_reset(s);
	rows_set(out, "codes");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		uint64_t cis = 0;
		const struct drug *d = base && str_eq(at[i].system, "cis") && str_u64(at[i].code, &cis) == RC_OK ? drug_by_cis(base, (uint32_t)cis) : NULL;
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		rows_col(out, "system", at[i].system);
		rows_col(out, "code", at[i].code);
		if (d)
			col_medicine(out, "label", d->name);
		rows_col_i64(out, "since_at", at[i].at_ms);
		col(out, "by_name", person_of(&people, at[i].by).name);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

const struct view plan_of_care_views[] = {
	{ .name = "plan_of_care",  .may = MAY_READ_CHART,                .reveals = REVEALS_ONE_PATIENT, .run = plan_of_care },
	{ .name = "dose",          .may = MAY_READ_CHART,                .reveals = REVEALS_ONE_PATIENT, .run = dose_view },
	{ .name = "plan_of_unit",  .may = MAY_ADMINISTER,                .reveals = REVEALS_WORK_LIST,   .run = plan_of_unit },
	{ .name = "double_checks", .may = MAY_PHARMACY | MAY_ADMINISTER, .reveals = REVEALS_META,        .run = double_checks },
	{ .name = NULL },
};
