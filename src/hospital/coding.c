/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/coding.c: what a stay is coded as for the PMSI: main, related and other diagnoses (CIM-10 FR) of each of its passages through medical units (pmsi.h), modes of entry and exit, the
 * group. Codes only: the coder reads the chart where the role may, never here. Groups are typed by hand: the official grouping is ATIH's and is not in this house, and each screen says so. Must never complete a code by itself.
 * Called by the gate through the rows at the end, and invoice.c (grouper_by_hand). Start at coding_save.
 */
#include "hospital/account.h"
#include "hospital/billing.h"
#include "hospital/matters.h"
#include "hospital/pmsi.h"

#define STAYS_SHOWN 200
#define OTHERS_MOST 40
#define CODES_MOST 400
#define ACTS_MOST 200

/* ---- grouping ---- */

static bool has_ghs(const struct tariffs *t, struct str ghm, struct str ghs)
{
	return tariff_ghs(t, PLACE_PUBLIC, ghm, ghs, STR(""), STR_NONE, 0).base.why != TARIFF_NO_CODE || tariff_ghs(t, PLACE_PRIVATE, ghm, ghs, STR(""), STR_NONE, 0).base.why != TARIFF_NO_CODE;
}

static enum rc by_hand(const struct tariffs *t, const struct billing_stay *s, const struct args *typed, struct grouped *g_r, struct problem *p)
{
	struct str label;
	(void)s;
	*g_r = (struct grouped){ args_get(typed, "ghm"), args_get(typed, "ghs"), STR("Codage manuel, non issu de la fonction groupage officielle") };
	if (!g_r->ghm.n && !g_r->ghs.n)
		return RC_OK;
	if (!tariff_ghm(t, g_r->ghm, &label))
		return problem_set(p, RC_BAD_INPUT, WHY_BILL_CODE, "ghm", "no such group");
	return !g_r->ghs.n || has_ghs(t, g_r->ghm, g_r->ghs) ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_BILL_CODE, "ghs", "no such tariff of this group");
}

const struct grouper grouper_by_hand = { .name = "hand", .official = false, .group = by_hand };

/* Files that are not made. The grouped RSS comes out of the official function; what goes into it, the RUM, is written (pmsi.h). */
const struct filing filings[] = {
	{ .name = "rss", .lacks = "grouping" },
	{ .name = "s3404", .lacks = "layout" },
	{ .name = "b2", .lacks = "layout" },
	{ .name = NULL },
};

/* ---- checks that the tables allow ---- */

static enum rc diagnosis(const struct tariffs *t, struct str code, bool main, const char *field, struct problem *p)
{
	struct str label;
	int use;
	if (!tariff_diagnosis(t, code, &label, &use))
		return problem_set(p, RC_BAD_INPUT, WHY_BILL_DIAGNOSIS, field, "no such code");
	if (use == 3)
		return problem_set(p, RC_BAD_INPUT, WHY_BILL_OTHER, field, "a category");
	if (main && (use == 1 || use == 2 || (use == 4 && str_eq(STR("dp"), field))))
		return problem_set(p, RC_BAD_INPUT, WHY_BILL_MAIN, field, "restriction %d", use);
	return RC_OK;
}

/* Codes by blanks or commas, each once, in the order typed. */
static enum rc others(const struct tariffs *t, struct arena *a, struct str typed, struct str *out_r, struct problem *p)
{
	struct str at[OTHERS_MOST];
	struct buf b;
	size_t n = 0;
	enum rc rc = RC_OK;
	char *text = arena_bytes(a, typed.n + 1);
	if (!text)
		return arena_rc(a, p);
	for (size_t i = 0; i < typed.n; i++)
		text[i] = typed.p[i] == ',' || typed.p[i] == ';' || typed.p[i] == '\n' ? ' ' : typed.p[i];
	buf_init(&b, CODES_MOST * 2);
	for (struct str rest = { text, typed.n }; rest.n && rc == RC_OK;) {
		struct str next, one = str_cut(rest, ' ', &next);
		bool twice = false;
		rest = next;
		for (size_t i = 0; i < n; i++)
			twice = twice || str_is(at[i], one);
		if (!one.n || twice)
			continue;
		if (n == OTHERS_MOST)
			rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_TOO_LONG, "das", "over %d", OTHERS_MOST);
		else
			rc = diagnosis(t, one, false, "das", p);
		if (rc != RC_OK)
			break;
		at[n++] = one;
		if (b.n)
			buf_ch(&b, ' ');
		buf_str(&b, one);
	}
	*out_r = b.n ? arena_str(a, buf_view(&b)) : STR("");
	buf_done(&b);
	return rc;
}

static enum rc mode(const struct tariffs *t, const char *type, struct str code, const char *field, struct problem *p)
{
	struct str label;
	return !code.n || tariff_mode(t, type, code, &label) ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_BILL_CODE, field, "no such mode");
}

static struct str or_none(struct str s) { return s.n ? s : STR(""); }

/* ---- passages ---- */

enum rc codings_of(struct db_conn *c, struct arena *a, struct str stay, const struct billing_stay *s, struct coding **at_r, size_t *n_r, struct problem *p)
{
	struct coding *at = arena_array(a, PMSI_PASSAGES, sizeof *at);
	struct db_stmt *st = db_stmt(c, ST_HOSPITAL_BILLING_PASSAGE_OF);
	bool row = false;
	size_t n = 1;
	enum rc rc = at ? RC_OK : arena_rc(a, p);
	for (size_t i = 0; at && i < PMSI_PASSAGES; i++)
		at[i] = (struct coding){ .nth = (int64_t)i + 1 };
	if (at)
		at[0] = (struct coding){ 1, s->first_unit, s->dp, s->dr, s->das };
	db_bind_str(st, 1, stay);
	while (rc == RC_OK && (rc = db_step(st, &row, p)) == RC_OK && row) {
		n = (size_t)db_i64(st, 0);
		at[n - 1] = (struct coding){ db_i64(st, 0), arena_str(a, db_text(st, 1)), arena_str(a, db_text(st, 2)), arena_str(a, db_text(st, 3)), arena_str(a, db_text(st, 4)) };
	}
	db_reset(st);
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc coding_lacks(struct db_conn *c, struct arena *a, const struct pmsi_passages *k, const struct coding *code, size_t n, size_t at, enum coding_lack *lack_r, struct problem *p)
{
	bool same = true;
	enum rc rc = RC_OK;
	*lack_r = LACK_NONE;
	if (at >= n || !code[at].dp.n)
		*lack_r = LACK_MAIN;
	else if (code[at].unit.n && (k->n > 1 || n > 1)) /* of a stay of one unit a code is the stay's, whichever unit that is by now */
		rc = pmsi_same_unit(c, a, &k->at[at], code[at].unit, &same, p);
	if (!same)
		*lack_r = LACK_MOVED;
	return rc;
}

struct typed { struct str dp, dr, das, entry, exit; bool done; size_t at; struct grouped g; };

static enum rc typed_good(struct act_ctx *x, const struct tariffs *t, const struct billing_stay *s, struct typed *k_r, struct problem *p)
{
	enum rc rc = k_r->done && !k_r->dp.n ? problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "dp", "no main diagnosis") : RC_OK;
	if (rc == RC_OK && k_r->dp.n)
		rc = diagnosis(t, k_r->dp, true, "dp", p);
	if (rc == RC_OK && k_r->dr.n)
		rc = diagnosis(t, k_r->dr, true, "dr", p);
	if (rc == RC_OK)
		rc = others(t, x->arena, args_get(x->args, "das"), &k_r->das, p);
	if (rc == RC_OK)
		rc = mode(t, "me", k_r->entry, "entry", p);
	if (rc == RC_OK)
		rc = mode(t, "ms", k_r->exit, "exit", p);
	return rc == RC_OK ? grouper_by_hand.group(t, s, x->args, &k_r->g, p) : rc;
}

/* Of a later passage: its codes, and its number. The stay stays coded while the passage has a main diagnosis. */
static enum rc passage_put(struct act_ctx *x, const struct billing_stay *s, const struct pmsi_passages *k, const struct typed *n, struct problem *p)
{
	bool coded = str_eq(s->state, "coded") && n->dp.n > 0;
	struct db_stmt *st = db_stmt(x->db, ST_HOSPITAL_BILLING_STAY_STEP);
	db_bind_str(st, 1, s->stay);
	db_bind_i64(st, 2, s->version);
	db_bind_str(st, 3, coded ? STR("coded") : STR("to_code"));
	db_bind_i64(st, 4, x->who->account);
	db_bind_i64(st, 5, x->now_ms);
	enum rc rc = db_run(st, p);
	st = db_stmt(x->db, ST_HOSPITAL_BILLING_PASSAGE_PUT);
	db_bind_str(st, 1, s->stay);
	db_bind_i64(st, 2, (int64_t)n->at + 1);
	db_bind_str(st, 3, coded ? STR("coded") : STR("to_code"));
	db_bind_str(st, 4, k->at[n->at].unit);
	db_bind_str(st, 5, or_none(n->dp));
	db_bind_str(st, 6, or_none(n->dr));
	db_bind_str(st, 7, n->das);
	db_bind_i64(st, 8, x->who->account);
	db_bind_i64(st, 9, x->now_ms);
	if (rc == RC_OK)
		rc = db_run(st, p);
	return rc == RC_OK ? pmsi_number_give(x->db, s->stay, (int64_t)n->at + 1, p) : rc;
}

/* All passages are coded: what was coded of one that is no more goes. */
static enum rc passages_done(struct act_ctx *x, const struct billing_stay *s, const struct pmsi_passages *k, struct problem *p)
{
	struct coding *code;
	size_t n;
	enum rc rc = codings_of(x->db, x->arena, s->stay, s, &code, &n, p);
	for (size_t i = 1; i < k->n && rc == RC_OK; i++) {
		enum coding_lack lack;
		rc = coding_lacks(x->db, x->arena, k, code, n, i, &lack, p);
		if (rc == RC_OK && lack != LACK_NONE)
			rc = problem_set(p, RC_BAD_INPUT, WHY_PMSI_PASSAGE, "done", "passage %zu", i + 1);
	}
	struct db_stmt *st = db_stmt(x->db, ST_HOSPITAL_BILLING_PASSAGE_CUT);
	db_bind_str(st, 1, s->stay);
	db_bind_i64(st, 2, (int64_t)k->n);
	return rc == RC_OK && k->n ? db_run(st, p) : rc;
}

/* Of the stay and its first passage. */
static enum rc stay_put(struct act_ctx *x, const struct billing_stay *s, const struct pmsi_passages *k, const struct typed *n, struct problem *p)
{
	enum rc rc = n->done ? passages_done(x, s, k, p) : RC_OK;
	struct db_stmt *st = db_stmt(x->db, ST_HOSPITAL_BILLING_STAY_CODE);
	db_bind_str(st, 1, s->stay);
	db_bind_i64(st, 2, s->version);
	db_bind_str(st, 3, or_none(n->dp));
	db_bind_str(st, 4, or_none(n->dr));
	db_bind_str(st, 5, n->das);
	db_bind_str(st, 6, or_none(n->entry));
	db_bind_str(st, 7, or_none(n->exit));
	db_bind_str(st, 8, or_none(n->g.ghm));
	db_bind_str(st, 9, or_none(n->g.ghs));
	db_bind_str(st, 10, n->done ? STR("coded") : STR("to_code"));
	db_bind_i64(st, 11, x->who->account);
	db_bind_i64(st, 12, x->now_ms);
	db_bind_str(st, 13, k->n ? k->at[0].unit : STR(""));
	return rc == RC_OK ? db_run(st, p) : rc;
}

/*
 * "coding_save": patient, stay, version, nth (of the passage; none: the first), dp, dr, das; with the first: entry, exit, ghm, ghs, done (flag: the stay is whole, each of its passages coded) → set
 * "coding": stay. A draft of the stay that waited for it is judged anew. CONFLICT BILL_STATE: another was quicker, or there is no such passage (any more). BAD_INPUT PMSI_PASSAGE.
 */
static enum rc coding_save(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct tariffs *t = tariff_base(p);
	int64_t patient = record_patient_rid(x->db, args_get(x->args, "patient")), nth = billing_i64(x->args, "nth");
	struct typed n = { .dp = args_get(x->args, "dp"), .dr = args_get(x->args, "dr"), .das = STR(""), .entry = args_get(x->args, "entry"), .exit = args_get(x->args, "exit"),
		.done = args_get(x->args, "done").n > 0, .at = nth > 1 ? (size_t)nth - 1 : 0 };
	struct pmsi_passages k = { .n = 0 };
	struct billing_stay s;
	struct item it;
	bool found = false;
	if (!t)
		return RC_BROKEN;
	enum rc rc = billing_stay_open(x, patient, args_get(x->args, "stay"), &s, p);
	if (rc == RC_OK && s.version != billing_i64(x->args, "version"))
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "version", "version %lld", (long long)s.version);
	if (rc == RC_OK)
		rc = typed_good(x, t, &s, &n, p);
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "Encounter", s.stay, &found, &it, p);
	if (rc == RC_OK && found && billing_in_bed(json_get(it.body, "class")))
		rc = pmsi_passages(x->db, x->arena, &it, &k, p);
	if (rc == RC_OK && n.at && n.at >= k.n)
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "nth", "%zu passages", k.n);
	if (rc == RC_OK)
		rc = n.at ? passage_put(x, &s, &k, &n, p) : stay_put(x, &s, &k, &n, p);
	if (rc == RC_OK)
		rc = bill_recheck(x, s.stay, p);
	if (rc == RC_OK)
		rc = billing_stay_settle(x, s.stay, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "coding");
	rows_row(out);
	rows_patient(out, patient, TIER_IDENTITY);
	rows_col(out, "stay", s.stay);
	return RC_OK;
}

/* ---- views ---- */

static void code_row(struct rows *out, const struct tariffs *t, int64_t patient, const char *kind, struct str code, int64_t nth)
{
	struct str label = STR_NONE;
	int use;
	if (!code.n)
		return;
	if (t)
		(void)tariff_diagnosis(t, code, &label, &use);
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col_i64(out, "nth", nth);
	col_z(out, "kind", kind);
	rows_col(out, "code", code);
	col(out, "label", label);
}

static void code_rows(struct rows *out, const struct tariffs *t, int64_t patient, const struct coding *code, size_t n)
{
	rows_set(out, "codes");
	for (size_t i = 0; i < n; i++) {
		code_row(out, t, patient, "dp", code[i].dp, code[i].nth);
		code_row(out, t, patient, "dr", code[i].dr, code[i].nth);
		for (struct str rest = code[i].das; rest.n;) {
			struct str next, one = str_cut(rest, ' ', &next);
			code_row(out, t, patient, "das", one, code[i].nth);
			rest = next;
		}
	}
}

/* How many acts that stand are of each passage; the last counts those of none. */
static enum rc acts_counted(struct view_ctx *v, struct str stay, const struct pmsi_passages *k, int64_t *of, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_BILLING_ACT_OF);
	struct when_done { struct str on, unit; } *at = arena_array(v->arena, ACTS_MOST, sizeof *at);
	bool row = false;
	size_t n = 0;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_str(s, 1, stay);
	while (rc == RC_OK && n < ACTS_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		if (!str_eq(db_text(s, 7), "retracted"))
			at[n++] = (struct when_done){ arena_str(v->arena, db_text(s, 5)), arena_str(v->arena, db_text(s, 10)) };
	db_reset(s);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		size_t in;
		rc = pmsi_passage_of_act(v->db, v->arena, k, at[i].on, at[i].unit, &in, p);
		of[in] += rc == RC_OK;
	}
	return rc;
}

static const char *lack_name(enum coding_lack lack) { return lack == LACK_MAIN ? "dp" : lack == LACK_MOVED ? "moved" : ""; }

/* Sets "passages", "gone", as the view says; nothing of a stay of one. */
static enum rc passage_rows(struct view_ctx *v, struct rows *out, int64_t patient, struct str stay, const struct pmsi_passages *k, const struct coding *code, size_t n, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	int64_t acts[PMSI_PASSAGES + 1] = { 0 };
	enum rc rc = k->n > 1 ? acts_counted(v, stay, k, acts, p) : RC_OK;
	rows_set(out, "passages");
	for (size_t i = 0; i < k->n && k->n > 1 && rc == RC_OK; i++) {
		enum coding_lack lack = LACK_NONE;
		const struct pmsi_passage *at = &k->at[i];
		rc = coding_lacks(v->db, v->arena, k, code, n, i, &lack, p);
		rows_row(out);
		rows_patient(out, patient, TIER_CLINICAL);
		rows_col_i64(out, "nth", (int64_t)i + 1);
		col(out, "unit_name", name_of(&names, "Organization", at->unit));
		col(out, "number", at->code);
		col(out, "from_on", at->from_on);
		col(out, "until_on", at->until_on);
		rows_col_i64(out, "acts", acts[i]);
		col_z(out, "lacks", lack_name(lack));
		if (i < n) {
			col(out, "dp", code[i].dp);
			col(out, "dr", code[i].dr);
			col(out, "das", code[i].das);
		}
	}
	rows_set(out, "gone");
	for (size_t i = k->n; i < n && k->n > 0 && rc == RC_OK; i++) {
		if (!code[i].dp.n && !code[i].dr.n && !code[i].das.n)
			continue;
		rows_row(out);
		rows_patient(out, patient, TIER_CLINICAL);
		rows_col_i64(out, "nth", code[i].nth);
		col(out, "unit_name", name_of(&names, "Organization", code[i].unit));
	}
	rows_set(out, "astray");
	if (acts[k->n]) {
		rows_row(out);
		rows_patient(out, patient, TIER_CLINICAL);
		rows_col_i64(out, "acts", acts[k->n]);
	}
	return rc;
}

/*
 * "coding": patient, stay. Set "coding": stay, state, version, dp, dr, das (of the first passage), entry, exit, ghm, ghm_label, ghs, said (beside the group), by_name, coded_at, from_on, until_on,
 * nights, absent (flag: no tables), several (flag: several units, and nothing says from when to when); none where the patient has no such stay. Set "codes": nth, kind (dp, dr, das), code, label.
 * Of a stay of several passages set "passages": nth, unit_name, number, from_on, until_on, acts (how many), lacks (dp, moved), dp, dr, das; set "gone": nth, unit_name: of codes whose passage is no
 * more; set "astray": acts (how many are of no passage).
 */
static enum rc coding_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct problem absent;
	const struct tariffs *t = tariff_base(&absent);
	struct str stay = args_get(v->args, "stay"), from, until, label = STR_NONE;
	struct billing_stay s = { .version = 1 }; /* what it will have once opened */
	struct pmsi_passages k = { .n = 0 };
	struct coding *code = NULL;
	struct item it;
	size_t n_codes = 0;
	int64_t nights = 0, patient = record_patient_rid(v->db, args_get(v->args, "patient"));
	bool found = false, known = false;
	enum rc rc = fhir_is_id(stay) ? item_find(v->db, v->arena, "Encounter", stay, &found, &it, p) : RC_OK;
	if (rc == RC_OK && (!found || it.patient != patient))
		return RC_OK;
	if (rc == RC_OK)
		rc = billing_stay_get(v->db, v->arena, stay, &known, &s, p);
	if (rc == RC_OK)
		rc = billing_stay_days(v->db, v->arena, stay, v->now_ms, &from, &until, &nights, p);
	if (rc == RC_OK && billing_in_bed(json_get(it.body, "class")))
		rc = pmsi_passages(v->db, v->arena, &it, &k, p);
	if (rc == RC_OK)
		rc = codings_of(v->db, v->arena, stay, &s, &code, &n_codes, p);
	if (rc != RC_OK)
		return rc;
	struct str by = s.coded_by ? person_of(&people, (uint32_t)s.coded_by).name : STR_NONE;
	if (t && s.ghm.n)
		(void)tariff_ghm(t, s.ghm, &label);
	rows_set(out, "coding");
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col(out, "stay", stay);
	rows_col(out, "state", known ? s.state : STR("to_code"));
	rows_col_i64(out, "version", s.version);
	col(out, "dp", s.dp);
	col(out, "dr", s.dr);
	col(out, "das", s.das);
	col(out, "entry", s.entry);
	col(out, "exit", s.exit);
	col(out, "ghm", s.ghm);
	col(out, "ghm_label", label);
	col(out, "ghs", s.ghs);
	col_z(out, "said", s.ghm.n ? grouper_by_hand.name : "");
	col(out, "by_name", by);
	if (s.coded_ms)
		rows_col_i64(out, "coded_at", s.coded_ms);
	col(out, "from_on", from);
	col(out, "until_on", until);
	rows_col_i64(out, "nights", nights);
	col_flag(out, "absent", !t);
	col_flag(out, "several", k.several);
	code_rows(out, t, patient, code, n_codes);
	rc = passage_rows(v, out, patient, stay, &k, code, n_codes, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "coding_list": stays of the establishment worked in that wait to be coded. Set "to_code": stay, patient, and the columns of billing_who. Set "filings" (files that cannot be made): name, lacks (grouping, layout). */
static enum rc coding_list(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct waiting { struct str stay; int64_t patient; } *at = arena_array(v->arena, STAYS_SHOWN, sizeof *at);
	struct str here;
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? billing_establishment(v->db, v->arena, v->who->unit, &here, p) : arena_rc(v->arena, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_BILLING_STAY_LIST);
	db_bind_str(s, 1, here);
	db_bind_i64(s, 2, STAYS_SHOWN);
	while (n < STAYS_SHOWN && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct waiting){ arena_str(v->arena, db_text(s, 0)), db_i64(s, 1) };
	db_reset(s);
	rows_set(out, "to_code");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rows_col(out, "stay", at[i].stay);
		rc = billing_who(v, out, at[i].patient, p);
	}
	rows_set(out, "filings");
	for (const struct filing *f = filings; f->name && rc == RC_OK; f++)
		if (!f->write) {
			rows_row(out);
			rows_col(out, "name", str_of(f->name));
			rows_col(out, "lacks", str_of(f->lacks));
		}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

#define DIAGNOSIS_MOST 8
static const struct field SAVE_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	{ .name = "stay",    .label = "Stay",    .kind = FIELD_ID, .required = true },
	{ .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "nth",     .label = "Passage", .kind = FIELD_INT, .min = 1, .max = PMSI_PASSAGES },
	{ .name = "dp",      .label = "Main diagnosis", .kind = FIELD_TOKEN, .max = DIAGNOSIS_MOST },
	{ .name = "dr",      .label = "Related diagnosis", .kind = FIELD_TOKEN, .max = DIAGNOSIS_MOST },
	{ .name = "das",     .label = "Other diagnoses", .kind = FIELD_TEXT, .max = CODES_MOST },
	{ .name = "entry",   .label = "Mode of entry", .kind = FIELD_TOKEN, .max = 1 },
	{ .name = "exit",    .label = "Mode of exit", .kind = FIELD_TOKEN, .max = 1 },
	{ .name = "ghm",     .label = "Group (GHM)", .kind = FIELD_TOKEN, .max = 6 },
	{ .name = "ghs",     .label = "Tariff (GHS)", .kind = FIELD_TOKEN, .max = 5 },
	{ .name = "done",    .label = "The coding is complete", .kind = FIELD_FLAG },
	FIELDS_END,
};

const struct view coding_views[] = {
	{ .name = "coding_list", .may = MAY_BILL,                   .reveals = REVEALS_WORK_LIST,   .run = coding_list },
	{ .name = "coding",      .may = MAY_BILL | MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .run = coding_view },
	{ .name = NULL },
};

const struct act coding_acts[] = {
	{ .name = "coding_save", .may = MAY_BILL | MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = SAVE_FIELDS, .run = coding_save },
	{ .name = NULL },
};
