/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/billing_act.c: acts captured at their source: what was done, by who did it, in the codes of the CCAM; the stay they belong to, and the hospital's own dated tables.
 * An act of care is a Procedure of the chart; here stands what is billed of it: codes, never a word of the chart. Must never price by a guess, nor capture one act twice.
 * Called by the gate through the rows at the end, by invoice.c and coding.c. Start at capture.
 */
#include <string.h>

#include "hospital/account.h"
#include "hospital/billing.h"
#include "hospital/compose.h"
#include "hospital/matters.h"
#include "hospital/pmsi.h"
#include "hospital/relation.h"
#include "hospital/traits.h"
#include "record/keys.h"

#define LEVELS 8
#define ROWS_MOST 300
#define DAY_MS (24 * 3600 * INT64_C(1000))
#define ORGANIZATION_TYPE "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
#define CCAM "https://smt.esante.gouv.fr/terminologie-ccam"
#define SOURCE_MOST 200

int64_t billing_i64(const struct args *a, const char *name)
{
	int64_t v = 0;
	return str_i64(args_get(a, name), &v) == RC_OK ? v : 0;
}

enum rc billing_amount(const struct args *a, const char *name, bool may_be_empty, int64_t *cents_r, struct problem *p)
{
	struct str text = args_get(a, name);
	*cents_r = 0;
	if (!text.n && may_be_empty)
		return RC_OK;
	return tariff_number(text, 2, cents_r) ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, name, "no amount");
}

/* ---- places ---- */

enum rc billing_establishment(struct db_conn *c, struct arena *a, struct str unit, struct str *id_r, struct problem *p)
{
	struct str chain[LEVELS], id = unit;
	unsigned n = 0;
	bool found = unit.n > 0;
	enum rc rc = RC_OK;
	*id_r = STR_NONE;
	while (found && n < LEVELS && rc == RC_OK) {
		struct item it;
		rc = item_find(c, a, "Organization", id, &found, &it, p);
		if (rc != RC_OK || !found)
			break;
		chain[n++] = id;
		const struct json *type = json_get(it.body, "type");
		if (has_code(type, STR(ORGANIZATION_TYPE), STR("GEOGRAPHICAL-ENTITY")) || has_code(type, STR(ORGANIZATION_TYPE), STR("LEGAL-ENTITY"))) {
			*id_r = id;
			return RC_OK;
		}
		found = ref_of(json_get(it.body, "partOf"), "Organization", &id);
	}
	if (n)
		*id_r = chain[n >= 3 ? n - 2 : n - 1];
	return rc;
}

enum rc billing_place_get(struct db_conn *c, struct str establishment, struct billing_place *p_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BILLING_PLACE_GET);
	bool row = false;
	db_bind_str(s, 1, establishment);
	enum rc rc = db_step(s, &row, p);
	*p_r = (struct billing_place){ PLACE_UNKNOWN, 0 };
	if (rc == RC_OK && row)
		*p_r = (struct billing_place){ str_eq(db_text(s, 0), "public") ? PLACE_PUBLIC : PLACE_PRIVATE, db_i64(s, 1) };
	db_reset(s);
	return rc;
}

/* ---- dated tables ---- */

enum rc house_price_find(struct db_conn *c, struct arena *a, const char *kind, struct str code, struct str day, struct house_price *h_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_HOUSE_TARIFF_AT);
	bool row = false;
	db_bind_str(s, 1, str_of(kind));
	db_bind_str(s, 2, code);
	db_bind_str(s, 3, day);
	enum rc rc = db_step(s, &row, p);
	*h_r = (struct house_price){ .no = 0 };
	if (rc == RC_OK && row)
		*h_r = (struct house_price){ .no = db_i64(s, 0), .from = arena_str(a, db_text(s, 1)), .value = db_i64(s, 2) };
	db_reset(s);
	return rc;
}

static struct keys_bound source_bound(int64_t made_ms, int64_t value) { return (struct keys_bound){ SEALS_BILLING, made_ms, value }; }

struct row_tariff { struct str kind, code, from, source; int64_t no, value, made_ms; uint32_t made_by; };

/* "house_tariffs": set "tariffs": no, kind, code, from_on, value, source, by_name; set "places": establishment, name, kind, grid, mine: the establishment worked in. */
static enum rc house_tariffs(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct row_tariff *at = arena_array(v->arena, ROWS_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_HOUSE_TARIFF_ALL);
	struct billing_place place = { PLACE_UNKNOWN, 0 };
	struct str here = STR_NONE;
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, ROWS_MOST);
	while (rc == RC_OK && n < ROWS_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct row_tariff){ .kind = arena_str(v->arena, db_text(s, 0)), .code = arena_str(v->arena, db_text(s, 1)), .from = arena_str(v->arena, db_text(s, 2)), .no = db_i64(s, 3),
			.value = db_i64(s, 4), .source = arena_str(v->arena, db_text(s, 5)), .made_by = (uint32_t)db_i64(s, 6), .made_ms = db_i64(s, 7) };
	db_reset(s);
	rows_set(out, "tariffs");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct str source;
		rc = keys_unseal(v->db, 0, source_bound(at[i].made_ms, at[i].value), at[i].source, &source, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		rows_col(out, "kind", at[i].kind);
		rows_col(out, "code", at[i].code);
		rows_col(out, "from_on", at[i].from);
		rows_col_i64(out, "value", at[i].value);
		rows_col(out, "source", source);
		col(out, "by_name", person_of(&people, at[i].made_by).name);
	}
	if (rc == RC_OK)
		rc = billing_establishment(v->db, v->arena, v->who->unit, &here, p);
	if (rc == RC_OK && here.n)
		rc = billing_place_get(v->db, here, &place, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "places");
	if (here.n) {
		rows_row(out);
		rows_col(out, "establishment", here);
		col(out, "name", name_of(&names, "Organization", here));
		col_z(out, "kind", place.kind == PLACE_PUBLIC ? "public" : place.kind == PLACE_PRIVATE ? "private" : "");
		rows_col_i64(out, "grid", place.grid);
	}
	return arena_rc(v->arena, p);
}

static bool is_code(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_' || s.p[i] == '-' || (s.p[i] >= 'a' && s.p[i] <= 'z')))
			return false;
	return s.n > 0;
}

/* "house_tariff_add": kind, what (code), from, value, source → set "tariff": no. A rate is typed in per cent, what else in euros. */
static enum rc tariff_add(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str kind = args_get(x->args, "kind"), code = str_trim(args_get(x->args, "what"));
	bool rate = str_eq(kind, "rate"), effect = str_eq(kind, "effect");
	struct buf sealed;
	int64_t value = 0;
	if (!is_code(code))
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_CHARS, "what", "no code");
	if (!effect && !tariff_number(args_get(x->args, "value"), rate ? 2 : 3, &value))
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "value", "no number");
	if (rate && value > 10000)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "value", "over 100 per cent");
	buf_init(&sealed, SOURCE_MOST * 4 + SEAL_MORE);
	enum rc rc = keys_seal(x->db, 0, source_bound(x->now_ms, value), args_get(x->args, "source"), &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_HOUSE_TARIFF_ADD);
	db_bind_str(s, 1, kind);
	db_bind_str(s, 2, code);
	db_bind_str(s, 3, args_get(x->args, "from"));
	db_bind_i64(s, 4, value);
	db_bind_blob(s, 5, buf_view(&sealed));
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "tariff");
	rows_row(out);
	rows_col_i64(out, "no", db_last_rowid(x->db));
	return RC_OK;
}

/* "billing_place_set": kind, grid: of the establishment worked in → set "place": establishment. */
static enum rc place_set(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str here;
	enum rc rc = billing_establishment(x->db, x->arena, x->who->unit, &here, p);
	if (rc == RC_OK && !here.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "kind", "no establishment");
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILLING_PLACE_PUT);
	db_bind_str(s, 1, here);
	db_bind_str(s, 2, args_get(x->args, "kind"));
	db_bind_i64(s, 3, billing_i64(x->args, "grid"));
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "place");
	rows_row(out);
	rows_col(out, "establishment", here);
	return RC_OK;
}

/* ---- stays ---- */

enum rc billing_stay_get(struct db_conn *c, struct arena *a, struct str stay, bool *found_r, struct billing_stay *s_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BILLING_STAY_GET);
	db_bind_str(s, 1, stay);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*s_r = (struct billing_stay){ .stay = arena_str(a, stay), .patient = db_i64(s, 0), .establishment = arena_str(a, db_text(s, 1)), .task = arena_str(a, db_text(s, 2)), .state = arena_str(a, db_text(s, 3)),
			.version = db_i64(s, 4), .dp = arena_str(a, db_text(s, 5)), .dr = arena_str(a, db_text(s, 6)), .das = arena_str(a, db_text(s, 7)), .entry = arena_str(a, db_text(s, 8)),
			.exit = arena_str(a, db_text(s, 9)), .ghm = arena_str(a, db_text(s, 10)), .ghs = arena_str(a, db_text(s, 11)), .coded_by = db_i64(s, 12), .coded_ms = db_i64(s, 13), .open = db_i64(s, 14) != 0,
			.first_unit = arena_str(a, db_text(s, 15)) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* The Encounter, when it is of this patient. */
static enum rc stay_item(struct db_conn *c, struct arena *a, int64_t patient, struct str stay, struct item *it, struct problem *p)
{
	bool found = false;
	enum rc rc = stay.n ? item_find(c, a, "Encounter", stay, &found, it, p) : RC_OK;
	if (rc == RC_OK && (!found || it->patient != patient))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "stay", "no such stay of this patient");
	return rc;
}

/* done: it ended now. */
static enum rc task_put(struct act_ctx *x, struct str id, struct str stay, struct str unit, bool done, struct record_done *d, struct problem *p)
{
	struct buf body;
	struct jw w;
	buf_init(&body, 4000);
	compose_begin(&w, &body, "Task", id, NULL);
	jw_member(&w, "status", done ? STR("completed") : STR("requested"));
	jw_member(&w, "intent", STR("order"));
	compose_concept(&w, "code", NULL, STR_NONE, STR_NONE, STR("Codage et facturation"));
	compose_ref(&w, "for", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_ref(&w, "encounter", "Encounter", stay, STR_NONE);
	compose_ref(&w, "owner", "Organization", unit, STR_NONE);
	if (done) {
		jw_key(&w, "executionPeriod");
		jw_object(&w);
		compose_instant(&w, "end", x->now_ms);
		jw_end(&w, '}');
	}
	jw_end(&w, '}');
	enum rc rc = compose_put(x, "Task", id, &body, NULL, d, p);
	buf_done(&body);
	return rc;
}

/* The same Task, completed or asked for again: its unit stays. */
static enum rc task_turn(struct act_ctx *x, const struct billing_stay *s, bool open, struct problem *p)
{
	struct item it;
	struct record_done done;
	struct str unit = x->who->unit;
	bool found = false;
	enum rc rc = item_find(x->db, x->arena, "Task", s->task, &found, &it, p);
	if (rc == RC_OK && found)
		(void)ref_of(json_get(it.body, "owner"), "Organization", &unit);
	if (rc == RC_OK)
		rc = task_put(x, s->task, s->stay, unit, !open, &done, p);
	struct db_stmt *st = db_stmt(x->db, ST_HOSPITAL_BILLING_STAY_OPEN);
	db_bind_str(st, 1, s->stay);
	db_bind_i64(st, 2, open);
	return rc == RC_OK ? db_run(st, p) : rc;
}

/* Stays in a bed are grouped (HL7 v3 ActEncounterCode: inpatient and its kinds, short stay); consultations and emergencies are their acts. */
bool billing_in_bed(const struct json *class_)
{
	static const char *const IN_BED[] = { "IMP", "ACUTE", "NONAC", "SS", "OBSENC" };
	for (size_t i = 0; i < N_OF(IN_BED); i++)
		if (str_eq(json_get_text(class_, "code"), IN_BED[i]))
			return true;
	return false;
}

enum rc billing_stay_open(struct act_ctx *x, int64_t patient, struct str stay, struct billing_stay *s_r, struct problem *p)
{
	struct names names = { x->db, x->arena, NULL };
	struct item it;
	struct stay of;
	struct record_done task;
	bool found = false;
	enum rc rc = billing_stay_get(x->db, x->arena, stay, &found, s_r, p);
	if (rc == RC_OK && found && s_r->patient != patient)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "stay", "no such stay of this patient");
	if (rc == RC_OK && found)
		return s_r->open ? RC_OK : task_turn(x, s_r, true, p);
	if (rc == RC_OK)
		rc = stay_item(x->db, x->arena, patient, stay, &it, p);
	if (rc != RC_OK)
		return rc;
	stay_of(&names, it.body, x->now_ms, &of);
	struct str unit = of.unit.n ? of.unit : x->who->unit, place = STR_NONE;
	rc = billing_establishment(x->db, x->arena, unit, &place, p);
	if (rc == RC_OK && !place.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "stay", "a stay of no unit");
	if (rc == RC_OK)
		rc = task_put(x, STR_NONE, stay, unit, false, &task, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILLING_STAY_ADD);
	db_bind_str(s, 1, stay);
	db_bind_i64(s, 2, patient);
	db_bind_str(s, 3, place);
	db_bind_str(s, 4, str_of(task.id));
	db_bind_str(s, 5, billing_in_bed(json_get(it.body, "class")) ? STR("to_code") : STR("none"));
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = pmsi_number_give(x->db, stay, 1, p);
	return rc == RC_OK ? billing_stay_get(x->db, x->arena, stay, &found, s_r, p) : rc;
}

static enum rc is_left(struct db_conn *c, enum stmt which, const struct billing_stay *of, bool *left, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, which);
	bool row = false;
	db_bind_str(s, 1, of->stay);
	if (which == ST_HOSPITAL_BILLING_ACT_LEFT)
		db_bind_str(s, 2, of->establishment);
	enum rc rc = *left ? RC_OK : db_step(s, &row, p);
	*left = *left || row;
	db_reset(s);
	return rc;
}

enum rc billing_stay_settle(struct act_ctx *x, struct str stay, struct problem *p)
{
	struct billing_stay s;
	bool found = false;
	enum rc rc = billing_stay_get(x->db, x->arena, stay, &found, &s, p);
	if (rc != RC_OK || !found || !s.open)
		return rc;
	bool left = str_eq(s.state, "to_code");
	rc = is_left(x->db, ST_HOSPITAL_BILLING_ACT_LEFT, &s, &left, p);
	if (rc == RC_OK)
		rc = is_left(x->db, ST_HOSPITAL_BILL_OPEN_OF, &s, &left, p);
	if (rc == RC_OK)
		rc = is_left(x->db, ST_HOSPITAL_BILLING_STAY_OWED, &s, &left, p);
	return rc == RC_OK && !left ? task_turn(x, &s, false, p) : rc;
}

enum rc billing_stay_days(struct db_conn *c, struct arena *a, struct str stay, int64_t now_ms, struct str *from_r, struct str *until_r, int64_t *nights_r, struct problem *p)
{
	struct names names = { c, a, NULL };
	struct item it;
	struct stay of = { .since_ms = 0 };
	bool found = false;
	*from_r = *until_r = STR_NONE;
	*nights_r = 0;
	enum rc rc = item_find(c, a, "Encounter", stay, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc;
	stay_of(&names, it.body, now_ms, &of);
	int64_t from = when_low(text_at(it.body, "period.start")), until = when_low(text_at(it.body, "period.end"));
	if (from == INT64_MIN)
		return RC_OK;
	*from_r = day_of(a, from);
	if (until == INT64_MIN)
		return RC_OK;
	struct civil f = civil_paris(from), u = civil_paris(until);
	*until_r = day_of(a, until);
	*nights_r = days_of(u.year, u.month, u.day) - days_of(f.year, f.month, f.day);
	return arena_rc(a, p);
}

/* BARRIER: named are those only whom a fact that somebody else made joins to the reader now. */
enum rc billing_who(struct view_ctx *v, struct rows *out, int64_t patient, struct problem *p)
{
	struct item it;
	struct traits t;
	struct fact f;
	bool found = false;
	enum rc rc = item_by_rid(v->db, v->arena, patient, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc;
	if (!relation_find(v->db, v->who, patient, v->now_ms, &f) || f.made_by == v->who->account) {
		rows_col(out, "patient", it.id);
		return RC_OK;
	}
	traits_read(&it, v->arena, &t);
	rows_patient(out, patient, TIER_MASKED);
	traits_named(out, &t, v->now_ms);
	rows_col(out, "patient", it.id);
	return RC_OK;
}

/* ---- tariffs as screens ask for them ---- */

/* "tariff_search": text, day. Set "editions": ccam_on, absent (flag). Set "acts": code, label, activity, phase, from_on, before (flag), ended (flag), price_milli: by the column of the
 * establishment worked in, absent when there is none. Set "acts_page": total, shown. */
static enum rc tariff_search(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct problem absent;
	const struct tariffs *t = tariff_base(&absent);
	struct str codes[30], here = STR_NONE, day = args_get(v->args, "day");
	struct billing_place place = { PLACE_UNKNOWN, 0 };
	rows_set(out, "editions");
	rows_row(out);
	col_flag(out, "absent", !t);
	if (!t)
		return RC_OK;
	col(out, "ccam", tariff_edition(t, "ccam"));
	if (!day.n)
		day = day_of(v->arena, v->now_ms);
	enum rc rc = billing_establishment(v->db, v->arena, v->who->unit, &here, p);
	if (rc == RC_OK && here.n)
		rc = billing_place_get(v->db, here, &place, p);
	if (rc != RC_OK)
		return rc;
	rows_col_i64(out, "grid", place.grid);
	col(out, "grid_label", tariff_grid(t, place.grid));
	rows_col(out, "day_on", day);
	size_t total = tariff_find(t, args_get(v->args, "text"), codes, N_OF(codes)), shown = total < N_OF(codes) ? total : N_OF(codes);
	rows_set(out, "acts");
	for (size_t i = 0; i < shown; i++) {
		struct tariff_of of[20];
		size_t n = tariff_activities(t, codes[i], of, N_OF(of));
		for (size_t k = 0; k < n; k++) {
			struct tariff price = tariff_ccam(t, codes[i], of[k].activity, of[k].phase, place.grid, day);
			struct str label = price.label;
			rows_row(out);
			rows_col(out, "code", codes[i]);
			rows_col(out, "label", label);
			rows_col_i64(out, "activity", of[k].activity);
			rows_col_i64(out, "phase", of[k].phase);
			rows_col(out, "from_on", of[k].from);
			col_z(out, "why", tariff_why(price.why));
			if (price.price_milli >= 0)
				rows_col_i64(out, "price_milli", price.price_milli);
		}
	}
	rows_set(out, "acts_page");
	rows_row(out);
	rows_col_i64(out, "total", (int64_t)total);
	rows_col_i64(out, "shown", (int64_t)shown);
	return RC_OK;
}

/* ---- capture ---- */

struct row_act { int64_t no, activity, phase, nth, bill; struct str code, modifiers, done_on, state, stay, unit; uint32_t made_by; };

/* The units of a stay that had several: an act of the day of a transfer may say in which it was done. */
static enum rc unit_rows(struct view_ctx *v, struct rows *out, struct names *names, int64_t patient, const struct item *stay, struct problem *p)
{
	struct pmsi_passages k = { .n = 0 };
	enum rc rc = billing_in_bed(json_get(stay->body, "class")) ? pmsi_passages(v->db, v->arena, stay, &k, p) : RC_OK;
	for (size_t i = 0; i < k.n && k.n > 1 && rc == RC_OK; i++) {
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col(out, "stay", stay->id);
		rows_col(out, "unit", k.at[i].unit);
		col(out, "unit_name", name_of(names, "Organization", k.at[i].unit));
		col(out, "from_on", k.at[i].from_on);
	}
	return rc;
}

/* Called off, or written by a slip: nothing was done in it. */
static bool is_void(struct str status) { return str_eq(status, "cancelled") || str_eq(status, "entered-in-error"); }

/*
 * "acts_captured": patient. What was captured of this patient's stays, and the stays it may be captured for: no word of the chart beside the codes. Set "acts": no, stay, code, label,
 * activity, phase, modifiers, done_on, nth, state (captured, billed, retracted), by_name, unit_name (where it says its unit). Set "units", of stays that passed
 * through several: stay, unit, unit_name, from_on. Set "stays": stay, since_on, until_on, unit_name, present (flag).
 */
static enum rc captured(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct pair query[2] = { { STR("patient"), args_get(v->args, "patient") }, { STR("_sort"), STR("-date") } };
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct problem absent;
	const struct tariffs *t = tariff_base(&absent);
	struct items stays = { .n = 0 };
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient"));
	struct row_act *at = arena_array(v->arena, ROWS_MOST, sizeof *at);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? items_find(v->db, v->arena, "Encounter", query, 2, 20, &stays, p) : arena_rc(v->arena, p);
	for (size_t i = 0; i < stays.n && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_BILLING_ACT_OF);
		db_bind_str(s, 1, stays.at[i].id);
		while (n < ROWS_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
			if (db_i64(s, 9) == patient)
				at[n++] = (struct row_act){ .no = db_i64(s, 0), .code = arena_str(v->arena, db_text(s, 1)), .activity = db_i64(s, 2), .phase = db_i64(s, 3), .modifiers = arena_str(v->arena, db_text(s, 4)),
					.done_on = arena_str(v->arena, db_text(s, 5)), .nth = db_i64(s, 6), .state = arena_str(v->arena, db_text(s, 7)), .made_by = (uint32_t)db_i64(s, 8), .stay = stays.at[i].id,
					.unit = arena_str(v->arena, db_text(s, 10)) };
		db_reset(s);
	}
	rows_set(out, "acts");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct str label = STR_NONE;
		int sex;
		bool ended;
		if (t)
			(void)tariff_act(t, at[i].code, at[i].done_on, &label, &sex, &ended);
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col_i64(out, "no", at[i].no);
		rows_col(out, "stay", at[i].stay);
		rows_col(out, "code", at[i].code);
		col(out, "label", label);
		rows_col_i64(out, "activity", at[i].activity);
		rows_col_i64(out, "phase", at[i].phase);
		col(out, "modifiers", at[i].modifiers);
		rows_col(out, "done_on", at[i].done_on);
		rows_col_i64(out, "nth", at[i].nth);
		rows_col(out, "state", at[i].state);
		col(out, "by_name", person_of(&people, at[i].made_by).name);
		if (at[i].unit.n)
			col(out, "unit_name", name_of(&names, "Organization", at[i].unit));
	}
	rows_set(out, "units");
	for (size_t i = 0; i < stays.n && rc == RC_OK; i++)
		rc = unit_rows(v, out, &names, patient, &stays.at[i], p);
	rows_set(out, "stays");
	for (size_t i = 0; i < stays.n && rc == RC_OK; i++) {
		struct stay of;
		if (is_void(json_get_text(stays.at[i].body, "status")))
			continue;
		stay_of(&names, stays.at[i].body, v->now_ms, &of);
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col(out, "stay", stays.at[i].id);
		col_when(out, "since_at", "since_on", of.start);
		col_when(out, "until_at", "until_on", of.end);
		col(out, "unit_name", of.unit_name);
		col_flag(out, "present", of.present);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static enum rc modifiers_are_good(const struct tariffs *t, struct str typed, struct problem *p)
{
	for (size_t i = 0; i < typed.n; i++) {
		struct str label;
		if (!tariff_modifier(t, typed.p[i], &label) || memchr(typed.p, typed.p[i], i))
			return problem_set(p, RC_BAD_INPUT, WHY_BILL_MODIFIER, "modifiers", "modifier %zu", i + 1);
	}
	return RC_OK;
}

/* What the tables can say against it: no such act, not on that day, not of this sex (ccam_actes), an activity that does not exist, a day to come. */
static enum rc act_is_good(struct act_ctx *x, const struct tariffs *t, int64_t patient, struct problem *p)
{
	struct str code = args_get(x->args, "act"), day = args_get(x->args, "day"), label;
	int64_t activity = billing_i64(x->args, "activity"), phase = billing_i64(x->args, "phase");
	struct tariff_of of[20];
	struct item it;
	int sex = 0;
	bool ended, found = false, known = false;
	if (!tariff_act(t, code, day, &label, &sex, &ended))
		return problem_set(p, RC_BAD_INPUT, ended ? WHY_BILL_ENDED : WHY_BILL_CODE, "act", "no such act on that day");
	size_t n = tariff_activities(t, code, of, N_OF(of));
	for (size_t i = 0; i < n; i++)
		known |= of[i].activity == activity && of[i].phase == phase;
	if (n && !known)
		return problem_set(p, RC_BAD_INPUT, WHY_BILL_ACTIVITY, "activity", "activity %d phase %d", (int)activity, (int)phase);
	if (str_cmp(day, day_of(x->arena, x->now_ms)) > 0)
		return problem_set(p, RC_BAD_INPUT, WHY_BILL_FUTURE, "day", "a day to come");
	enum rc rc = item_by_rid(x->db, x->arena, patient, &found, &it, p);
	struct str is = rc == RC_OK && found ? json_get_text(it.body, "gender") : STR_NONE;
	if (rc == RC_OK && ((sex == 1 && str_eq(is, "female")) || (sex == 2 && str_eq(is, "male"))))
		return problem_set(p, RC_BAD_INPUT, WHY_BILL_SEX, "act", "an act of the other sex");
	return rc;
}

struct procedure { struct str id, code, label, stay, day, practitioner; const char *status; };

static enum rc procedure_put(struct act_ctx *x, const struct procedure *pr, struct record_done *d, struct problem *p)
{
	struct buf body;
	struct jw w;
	buf_init(&body, 8000);
	compose_begin(&w, &body, "Procedure", pr->id, NULL);
	jw_member(&w, "status", str_of(pr->status));
	compose_concept(&w, "code", CCAM, pr->code, pr->label, STR_NONE);
	compose_ref(&w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_ref(&w, "encounter", "Encounter", pr->stay, STR_NONE);
	jw_member(&w, "performedDateTime", pr->day);
	if (pr->practitioner.n) {
		jw_key(&w, "performer");
		jw_array(&w);
		jw_object(&w);
		compose_ref(&w, "actor", "Practitioner", pr->practitioner, STR_NONE);
		jw_end(&w, '}');
		jw_end(&w, ']');
	}
	jw_end(&w, '}');
	enum rc rc = compose_put(x, "Procedure", pr->id, &body, NULL, d, p);
	buf_done(&body);
	return rc;
}

/* Was the stay in that unit on that day? */
static enum rc unit_is_good(struct act_ctx *x, struct str stay, struct str day, struct str unit, struct problem *p)
{
	struct pmsi_passages k = { .n = 0 };
	struct item it;
	bool found = false;
	size_t at = 0;
	enum rc rc = item_find(x->db, x->arena, "Encounter", stay, &found, &it, p);
	if (rc == RC_OK && found)
		rc = pmsi_passages(x->db, x->arena, &it, &k, p);
	if (rc == RC_OK)
		rc = pmsi_passage_of_act(x->db, x->arena, &k, day, unit, &at, p);
	return rc == RC_OK && at == k.n ? problem_set(p, RC_BAD_INPUT, WHY_PMSI_ACT_UNIT, "unit", "not there on that day") : rc;
}

/*
 * "act_capture": patient, stay, act, activity, phase, day, modifiers, nth, unit (in which it was done, where its day does not say it) → set "act": no. A Procedure in the chart and its line for billing, in one transaction. The same act of the same
 * day is another one only when it says which (nth): pressed twice it is captured once.
 */
static enum rc capture(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct tariffs *t = tariff_base(p);
	int64_t patient = record_patient_rid(x->db, args_get(x->args, "patient")), nth = billing_i64(x->args, "nth");
	struct str code = args_get(x->args, "act"), day = args_get(x->args, "day"), unit = args_get(x->args, "unit"), label = STR_NONE;
	struct billing_stay stay;
	struct record_done done;
	int sex;
	bool ended;
	if (!t)
		return RC_BROKEN;
	enum rc rc = act_is_good(x, t, patient, p);
	if (rc == RC_OK)
		rc = modifiers_are_good(t, args_get(x->args, "modifiers"), p);
	if (rc == RC_OK)
		rc = billing_stay_open(x, patient, args_get(x->args, "stay"), &stay, p);
	if (rc == RC_OK && unit.n)
		rc = unit_is_good(x, stay.stay, day, unit, p);
	if (rc != RC_OK)
		return rc;
	(void)tariff_act(t, code, day, &label, &sex, &ended);
	rc = procedure_put(x, &(struct procedure){ STR_NONE, code, label, stay.stay, day, x->who->practitioner, "completed" }, &done, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILLING_ACT_ADD);
	db_bind_str(s, 1, stay.stay);
	db_bind_i64(s, 2, patient);
	db_bind_str(s, 3, stay.establishment);
	db_bind_str(s, 4, code);
	db_bind_i64(s, 5, billing_i64(x->args, "activity"));
	db_bind_i64(s, 6, billing_i64(x->args, "phase"));
	db_bind_str(s, 7, args_get(x->args, "modifiers").n ? args_get(x->args, "modifiers") : STR(""));
	db_bind_str(s, 8, day);
	db_bind_i64(s, 9, nth ? nth : 1);
	db_bind_str(s, 10, str_of(done.id));
	db_bind_i64(s, 11, x->who->account);
	db_bind_i64(s, 12, x->now_ms);
	db_bind_str(s, 13, unit.n ? unit : STR(""));
	rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_BILL_TWICE, "nth", "captured before");
	if (rc != RC_OK)
		return rc;
	rows_set(out, "act");
	rows_row(out);
	rows_patient(out, patient, TIER_IDENTITY);
	rows_col_i64(out, "no", db_last_rowid(x->db));
	return RC_OK;
}

/* "act_retract": patient, no. What was captured by mistake and not yet billed; the Procedure in the chart is marked so too. */
static enum rc retract(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILLING_ACT_GET);
	int64_t no = billing_i64(x->args, "no"), patient = record_patient_rid(x->db, args_get(x->args, "patient"));
	struct procedure pr = { .status = "entered-in-error" };
	struct item it;
	struct record_done done;
	bool row = false, found = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	bool mine = rc == RC_OK && row && db_i64(s, 0) == patient, open = mine && str_eq(db_text(s, 1), "captured");
	if (mine) {
		pr.id = arena_str(x->arena, db_text(s, 2));
		pr.code = arena_str(x->arena, db_text(s, 3));
		pr.stay = arena_str(x->arena, db_text(s, 4));
		pr.day = arena_str(x->arena, db_text(s, 5));
	}
	db_reset(s);
	if (rc == RC_OK && !mine)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such act");
	if (rc == RC_OK && !open)
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "no", "act %lld is billed or retracted", (long long)no);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_BILLING_ACT_RETRACT);
	db_bind_i64(s, 1, no);
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "Procedure", pr.id, &found, &it, p);
	if (rc == RC_OK && found) {
		pr.label = text_at(it.body, "code.coding.display");
		(void)ref_of(json_get(json_at(json_get(it.body, "performer"), 0), "actor"), "Practitioner", &pr.practitioner);
		rc = procedure_put(x, &pr, &done, p);
	}
	if (rc == RC_OK)
		rc = billing_stay_settle(x, pr.stay, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "act");
	rows_row(out);
	rows_patient(out, patient, TIER_IDENTITY);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

static const struct choice TARIFF_KINDS[] = { { "ngap", "Letter of the NGAP" }, { "room", "Room supplement" }, { "day", "Daily charge" }, { "modifier", "Modifier of the CCAM" },
	{ "rate", "Rate of the patient's share" }, { "effect", "Day of effect of a shipped table" }, { NULL, NULL } };
static const struct choice PLACE_KINDS[] = { { "public", "Public or non-profit" }, { "private", "Private" }, { NULL, NULL } };
static const struct field TARIFF_FIELDS[] = {
	{ .name = "kind",   .label = "Table",               .kind = FIELD_CODE, .choices = TARIFF_KINDS, .required = true },
	{ .name = "what",   .label = "Code",                .kind = FIELD_TOKEN, .max = 16, .required = true },
	{ .name = "from",   .label = "From what day",       .kind = FIELD_DATE, .required = true },
	{ .name = "value",  .label = "Price in euros, or rate in per cent", .kind = FIELD_TOKEN, .max = 16 },
	{ .name = "source", .label = "Which text says so",  .kind = FIELD_TEXT, .min = 3, .max = SOURCE_MOST, .required = true },
	{ .name = "code",   .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};
static const struct field PLACE_FIELDS[] = {
	{ .name = "kind", .label = "Kind of establishment", .kind = FIELD_CODE, .choices = PLACE_KINDS, .required = true },
	{ .name = "grid", .label = "Column of the CCAM", .kind = FIELD_INT, .min = TARIFF_GRID_FIRST, .max = TARIFF_GRID_LAST, .required = true },
	{ .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};
static const struct field CAPTURE_FIELDS[] = {
	{ .name = "patient",   .label = "Patient",  .kind = FIELD_ID, .required = true },
	{ .name = "stay",      .label = "Stay",     .kind = FIELD_ID, .required = true },
	{ .name = "act",       .label = "Act (CCAM)", .kind = FIELD_TOKEN, .min = 7, .max = 7, .required = true },
	{ .name = "activity",  .label = "Activity", .kind = FIELD_INT, .min = 1, .max = 9, .required = true },
	{ .name = "phase",     .label = "Phase",    .kind = FIELD_INT, .min = 0, .max = 9, .required = true },
	{ .name = "day",       .label = "Day",      .kind = FIELD_DATE, .required = true },
	{ .name = "modifiers", .label = "Modifiers", .kind = FIELD_TOKEN, .max = 8 },
	{ .name = "nth",       .label = "Which one of that day", .kind = FIELD_INT, .min = 1, .max = 99 },
	{ .name = "unit",      .label = "Unit in which it was done", .kind = FIELD_ID },
	FIELDS_END,
};
static const struct field RETRACT_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	{ .name = "no",      .label = "Number",  .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	FIELDS_END,
};

const struct view billing_act_views[] = {
	{ .name = "tariff_search", .may = MAY_BILL | MAY_WRITE_CHART, .reveals = REVEALS_META,        .run = tariff_search },
	{ .name = "house_tariffs", .may = MAY_BILL,                   .reveals = REVEALS_META,        .run = house_tariffs },
	{ .name = "acts_captured", .may = MAY_BILL | MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .run = captured },
	{ .name = NULL },
};

const struct act billing_act_acts[] = {
	{ .name = "house_tariff_add",  .may = MAY_BILL,        .reveals = REVEALS_META,        .fields = TARIFF_FIELDS,  .fresh = true, .run = tariff_add },
	{ .name = "billing_place_set", .may = MAY_BILL,        .reveals = REVEALS_META,        .fields = PLACE_FIELDS,   .fresh = true, .run = place_set },
	{ .name = "act_capture",       .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = CAPTURE_FIELDS, .run = capture },
	{ .name = "act_retract",       .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = RETRACT_FIELDS, .run = retract },
	{ .name = NULL },
};
