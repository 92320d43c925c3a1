/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/place_tree.c: see place_tree.h; and closing an establishment: asked for by one, signed by another. Closed, its units are taken from every account and from
 * the on-call lists, and are no place to work in (unit_exists), so that no fact of theirs joins anybody to a patient; nobody is admitted there, and the charts that it alone
 * has leave everybody's reach (closed_chart.h). Must never close
 * a place where somebody lies. Called by the gate through the rows at the end. Start at tree_view and close_units.
 */
#include "hospital/place_tree.h"

#include <string.h>

#include "hospital/account.h"
#include "hospital/bed.h"
#include "hospital/closed_chart.h"
#include "hospital/matters.h"

#define LEVELS 8           /* of partOf; a ring ends there */
#define CLOSINGS_SHOWN 50

/* ---- reading ---- */

static bool is_unit(const struct json *organization) { return has_code(json_get(organization, "type"), STR_NONE, STR("UF")); }

static void place_of(const struct item *it, struct place *at)
{
	*at = (struct place){ .id = it->id, .name = json_get_text(it->body, "name"), .unit = is_unit(it->body), .active = !str_eq(json_get_text(it->body, "active"), "false") };
	(void)ref_of(json_get(it->body, "partOf"), "Organization", &at->parent);
}

const struct place *place_find(const struct places *t, struct str id)
{
	for (size_t i = 0; i < t->n && id.n; i++)
		if (str_is(t->at[i].id, id))
			return &t->at[i];
	return NULL;
}

/* Right below the top; the top itself where what asks is the top or a unit right below it. */
static const struct place *site_of(const struct place *at)
{
	const struct place *below = at, *top = at;
	for (unsigned i = 0; top->up && i < LEVELS; i++) {
		below = top;
		top = top->up;
	}
	return below == at && at->unit ? top : below;
}

/* Children below their parents, in the order of names that the search gave; what hangs nowhere comes on top. */
static void put_below(const struct places *from, const struct place *up, struct places *to)
{
	for (size_t i = 0; i < from->n && to->n < from->n; i++) {
		bool below = up ? str_is(from->at[i].parent, up->id) : !place_find(from, from->at[i].parent);
		if (!below || place_find(to, from->at[i].id))
			continue;
		struct place *at = &to->at[to->n++];
		*at = from->at[i];
		at->up = up;
		at->depth = up ? up->depth + 1 : 0;
		put_below(from, at, to);
	}
}

enum rc place_tree_read(struct db_conn *c, struct arena *a, struct places *t_r, struct problem *p)
{
	struct items found;
	struct places flat = { .n = 0 }, t = { .n = 0 };
	enum rc rc = items_find(c, a, "Organization", NULL, 0, PLACES_MOST, &found, p);
	if (rc != RC_OK)
		return rc;
	flat.at = arena_array(a, found.n + 1, sizeof *flat.at);
	t.at = arena_array(a, found.n + 1, sizeof *t.at);
	if (!flat.at || !t.at)
		return arena_rc(a, p);
	for (size_t i = 0; i < found.n; i++)
		place_of(&found.at[i], &flat.at[flat.n++]);
	put_below(&flat, NULL, &t);
	for (size_t i = 0; i < t.n; i++) {
		t.at[i].site = site_of(&t.at[i]);
		for (size_t k = i + 1; k < t.n && !t.at[i].up && !t.at[i].group && t.at[k].up; k++)
			t.at[i].group = t.at[k].up == &t.at[i] && !t.at[k].unit;
	}
	t.more = found.more;
	*t_r = t;
	return RC_OK;
}

enum rc place_site_of(struct db_conn *c, struct arena *a, struct str unit, struct str *site_r, struct problem *p)
{
	struct place at[LEVELS];
	unsigned n = 0;
	*site_r = STR_NONE;
	for (struct str id = unit; id.n && n < LEVELS;) {
		struct item it;
		bool found;
		enum rc rc = item_find(c, a, "Organization", id, &found, &it, p);
		if (rc != RC_OK)
			return rc;
		if (!found)
			break;
		place_of(&it, &at[n]);
		if (n)
			at[n - 1].up = &at[n];
		id = at[n++].parent;
	}
	if (n)
		*site_r = site_of(&at[0])->id;
	return RC_OK;
}

bool place_is_closed(struct db_conn *c, struct str unit)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_UNIT_CLOSED);
	struct problem ignored;
	bool row = true;
	db_bind_str(s, 1, unit);
	if (db_step(s, &row, &ignored) != RC_OK)
		row = true;
	db_reset(s);
	return row;
}

enum rc place_may_move(struct db_conn *c, struct arena *a, const struct actor *who, const struct judge *judge, struct str unit, bool *may_r, struct problem *p)
{
	struct str site, mine;
	enum rc rc = RC_OK;
	*may_r = false;
	for (unsigned i = 0; i < who->n_units && !*may_r; i++)
		*may_r = str_is(who->units[i], unit);
	if (*may_r || (judge->may(who->role) & MAY_READ_CHART))
		return RC_OK;
	rc = place_site_of(c, a, unit, &site, p);
	for (unsigned i = 0; i < who->n_units && rc == RC_OK && site.n && !*may_r; i++) {
		rc = place_site_of(c, a, who->units[i], &mine, p);
		*may_r = rc == RC_OK && str_is(mine, site);
	}
	return rc;
}

/* ---- the tree ---- */

struct closing { int64_t no, asked_ms, signed_ms, dropped_ms; uint32_t asked_by, signed_by; struct str site; bool opens; };

static struct closing closing_row(struct db_stmt *s, struct arena *a)
{
	return (struct closing){ .no = db_i64(s, 0), .site = arena_str(a, db_text(s, 1)), .opens = db_i64(s, 2) != 0, .asked_by = (uint32_t)db_i64(s, 3), .asked_ms = db_i64(s, 4),
		.signed_by = (uint32_t)db_i64(s, 5), .signed_ms = db_i64(s, 6), .dropped_ms = db_i64(s, 7) };
}

static enum rc closing_rows(struct view_ctx *v, struct rows *out, const struct places *t, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_CLOSING_LAST);
	struct closing at[CLOSINGS_SHOWN];
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, CLOSINGS_SHOWN);
	while (n < CLOSINGS_SHOWN && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = closing_row(s, v->arena);
	db_reset(s);
	rows_set(out, "closings");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		const struct place *site = place_find(t, at[i].site);
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		col(out, "name", site && site->name.n ? site->name : at[i].site);
		col_flag(out, "opens", at[i].opens);
		col_z(out, "state", at[i].dropped_ms ? "dropped" : at[i].signed_ms ? "signed" : "waits");
		rows_col_i64(out, "asked_at", at[i].asked_ms);
		col(out, "asked_by_name", person_of(&people, at[i].asked_by).name);
		col_flag(out, "mine", at[i].asked_by == v->who->account);
		if (at[i].signed_ms) {
			rows_col_i64(out, "signed_at", at[i].signed_ms);
			col(out, "signed_by_name", person_of(&people, at[i].signed_by).name);
		}
	}
	return rc;
}

/*
 * "place_tree": set "places": id, name, depth, kind (group, site, pole, unit), beds, closed (flag), parents first. Set "closings" (newest first): no, name, opens (flag),
 * state (waits, signed, dropped), asked_at, asked_by_name, mine (flag), signed_at, signed_by_name. Set "more" when there are more places than are drawn.
 */
static enum rc tree_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct places t;
	enum rc rc = place_tree_read(v->db, v->arena, &t, p);
	rows_set(out, "places");
	for (size_t i = 0; i < t.n && rc == RC_OK; i++) {
		const struct place *at = &t.at[i];
		struct bed_count n = { .beds = 0 };
		rc = bed_count(v->db, at->id, v->now_ms, &n, p);
		rows_row(out);
		rows_col(out, "id", at->id);
		col(out, "name", at->name.n ? at->name : at->id);
		rows_col_i64(out, "depth", at->depth);
		col_z(out, "kind", at->unit ? "unit" : at->group ? "group" : at->site == at ? "site" : "pole");
		if (n.beds)
			rows_col_i64(out, "beds", n.beds);
		col_flag(out, "closed", !at->active || place_is_closed(v->db, at->id));
	}
	if (rc == RC_OK)
		rc = closing_rows(v, out, &t, p);
	if (rc == RC_OK && t.more) {
		rows_set(out, "more");
		rows_row(out);
		rows_col_i64(out, "most", PLACES_MOST);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- closing and opening again ---- */

static int64_t no_arg(const struct args *a)
{
	uint64_t v = 0;
	return str_u64(args_get(a, "no"), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : 0;
}

static bool is_below(const struct place *at, const struct place *site) { return at == site || at->site == site; }

/* How many stays are not over in the units of an establishment, and announced to them. */
static enum rc still_there(struct db_conn *c, const struct places *t, const struct place *site, int64_t *n_r, struct problem *p)
{
	static const enum stmt WHICH[] = { ST_HOSPITAL_STAY_IN_UNIT, ST_HOSPITAL_STAY_COMING_N };
	enum rc rc = RC_OK;
	*n_r = 0;
	for (size_t i = 0; i < t->n && rc == RC_OK; i++)
		for (size_t k = 0; k < N_OF(WHICH) && rc == RC_OK && is_below(&t->at[i], site); k++) {
			struct db_stmt *s = db_stmt(c, WHICH[k]);
			bool row = false;
			db_bind_str(s, 1, t->at[i].id);
			if (WHICH[k] == ST_HOSPITAL_STAY_COMING_N)
				db_bind_i64(s, 2, INT64_MAX);
			rc = db_step(s, &row, p);
			if (rc == RC_OK && row)
				*n_r += db_i64(s, 0);
			db_reset(s);
		}
	return rc;
}

static enum rc may_change(struct act_ctx *x, const struct places *t, struct str id, bool opens, const struct place **site_r, struct problem *p)
{
	const struct place *site = place_find(t, id);
	int64_t n = 0;
	if (!site || site->site != site || site->group || site->unit)
		return problem_set(p, RC_BAD_INPUT, WHY_SITE_UNKNOWN, "site", "no establishment");
	if (opens == (site->active && !place_is_closed(x->db, site->id)))
		return problem_set(p, RC_CONFLICT, WHY_SITE_SO, "site", "it is so already");
	enum rc rc = opens ? RC_OK : still_there(x->db, t, site, &n, p);
	if (rc == RC_OK && n)
		return problem_count(p, problem_set(p, RC_CONFLICT, WHY_SITE_FULL, "site", "%lld stays", (long long)n), n);
	*site_r = site;
	return rc;
}

static void answer(struct rows *out, int64_t no)
{
	rows_set(out, "closing");
	rows_row(out);
	rows_col_i64(out, "no", no);
}

/* "site_ask": site, change (close, open), code → set "closing": no. */
static enum rc ask_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct places t;
	const struct place *site = NULL;
	bool opens = str_eq(args_get(x->args, "change"), "open");
	enum rc rc = place_tree_read(x->db, x->arena, &t, p);
	if (rc == RC_OK)
		rc = may_change(x, &t, args_get(x->args, "site"), opens, &site, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLOSING_ADD);
	db_bind_str(s, 1, site->id);
	db_bind_i64(s, 2, opens);
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_SITE_WAITS, "site", "asked for already");
	if (rc == RC_OK)
		answer(out, db_last_rowid(x->db));
	return rc;
}

static enum rc run3(struct db_conn *c, enum stmt which, struct str unit, int64_t b, int64_t d, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, which);
	db_bind_str(s, 1, unit);
	if (which == ST_HOSPITAL_UNIT_CALLS_END) {
		db_bind_i64(s, 2, b);
		db_bind_i64(s, 3, d);
	}
	return db_run(s, p);
}

/* BARRIER: from here on no account works in one of these units, so that nothing of theirs explains an opening. */
static enum rc close_units(struct act_ctx *x, const struct places *t, const struct place *site, struct problem *p)
{
	static const enum stmt LEAVE[] = { ST_HOSPITAL_UNIT_EMPTY, ST_HOSPITAL_UNIT_LEFT, ST_HOSPITAL_UNIT_CALLS_END };
	struct str *units = arena_array(x->arena, t->n + 1, sizeof *units);
	size_t n = 0;
	enum rc rc = units ? RC_OK : arena_rc(x->arena, p);
	for (size_t i = 0; i < t->n && rc == RC_OK; i++) {
		if (!is_below(&t->at[i], site))
			continue;
		units[n++] = t->at[i].id;
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_UNIT_CLOSE);
		db_bind_str(s, 1, t->at[i].id);
		db_bind_str(s, 2, site->id);
		db_bind_i64(s, 3, x->now_ms);
		rc = db_run(s, p);
		for (size_t k = 0; k < N_OF(LEAVE) && rc == RC_OK; k++)
			rc = run3(x->db, LEAVE[k], t->at[i].id, x->who->account, x->now_ms, p);
	}
	return rc == RC_OK ? closed_chart_take(x, site->id, units, n, p) : rc;
}

static enum rc open_units(struct act_ctx *x, const struct place *site, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_UNIT_OPEN);
	db_bind_str(s, 1, site->id);
	enum rc rc = db_run(s, p);
	return rc == RC_OK ? closed_chart_give(x, site->id, p) : rc;
}

/* The Organization says it too, for whoever reads the record. */
enum rc place_say_active(struct act_ctx *x, struct str id, bool active, struct problem *p)
{
	struct item it;
	struct record_done d;
	struct buf body;
	struct jw w;
	bool found;
	enum rc rc = item_find(x->db, x->arena, "Organization", id, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc;
	buf_init(&body, 1u << 20);
	jw_init(&w, &body);
	jw_object(&w);
	compose_keep(&w, it.body, (const char *const[]){ "active", NULL });
	jw_key(&w, "active");
	jw_bool(&w, active);
	jw_end(&w, '}');
	rc = compose_put(x, "Organization", id, &body, NULL, &d, p);
	buf_done(&body);
	return rc;
}

/* Waits, and was asked for by somebody else. */
static enum rc waiting(struct act_ctx *x, bool sign, struct closing *k_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLOSING_GET);
	bool row = false;
	db_bind_i64(s, 1, no_arg(x->args));
	enum rc rc = db_step(s, &row, p);
	struct closing k = rc == RC_OK && row ? closing_row(s, x->arena) : (struct closing){ .no = 0 };
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!k.no || k.signed_ms || k.dropped_ms)
		return problem_set(p, RC_CONFLICT, WHY_SITE_OVER, "no", "closing %lld", (long long)no_arg(x->args));
	if (sign && k.asked_by == x->who->account)
		return problem_set(p, RC_DENIED, WHY_SITE_OWN, "no", "closing %lld: own", (long long)k.no);
	*k_r = k;
	return RC_OK;
}

/* "site_sign": no, code, by another person → set "closing": no. */
static enum rc sign_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct closing k;
	struct places t;
	const struct place *site = NULL;
	enum rc rc = waiting(x, true, &k, p);
	if (rc == RC_OK)
		rc = place_tree_read(x->db, x->arena, &t, p);
	if (rc == RC_OK)
		rc = may_change(x, &t, k.site, k.opens, &site, p);
	if (rc == RC_OK)
		rc = k.opens ? open_units(x, site, p) : close_units(x, &t, site, p);
	if (rc == RC_OK)
		rc = place_say_active(x, site->id, k.opens, p);
	if (rc == RC_OK)
		rc = account_changed(x->db, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLOSING_SIGN);
	if (rc != RC_OK)
		return rc;
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, k.no);
	return rc;
}

/* "site_drop": no → set "closing": no. By whoever may ask. */
static enum rc drop_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct closing k;
	enum rc rc = waiting(x, false, &k, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLOSING_DROP);
	if (rc != RC_OK)
		return rc;
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, k.no);
	return rc;
}

static const struct choice CHANGES[] = { { "close", "Close" }, { "open", "Open again" }, { NULL, NULL } };
#define CODE { .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true }
static const struct field ASK_FIELDS[] = {
	{ .name = "site",   .label = "Establishment", .kind = FIELD_ID,   .required = true },
	{ .name = "change", .label = "What to do",    .kind = FIELD_CODE, .required = true, .choices = CHANGES },
	CODE, FIELDS_END,
};
static const struct field SIGN_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, CODE, FIELDS_END };
static const struct field DROP_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct view place_views[] = {
	{ .name = "place_tree", .may = MAY_MANAGE | MAY_MOVE | MAY_REVIEW, .reveals = REVEALS_META, .run = tree_view },
	{ .name = NULL },
};

const struct act place_acts[] = {
	{ .name = "site_ask",  .may = MAY_MANAGE,              .reveals = REVEALS_META, .fields = ASK_FIELDS,  .fresh = true, .run = ask_run },
	{ .name = "site_sign", .may = MAY_MANAGE | MAY_REVIEW, .reveals = REVEALS_META, .fields = SIGN_FIELDS, .fresh = true, .key = true, .run = sign_run },
	{ .name = "site_drop", .may = MAY_MANAGE | MAY_REVIEW, .reveals = REVEALS_META, .fields = DROP_FIELDS, .run = drop_run },
	{ .name = NULL },
};
