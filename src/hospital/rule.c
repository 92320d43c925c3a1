/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/rule.c: rules of getting in, place by place: what holds, since when, by whose hand, and for whom it is not true yet. Stricter holds at once; looser, never
 * beyond the native figure, waits for a second person. Must never let a place be looser than the house, nor one person loosen anything. Start at rules_of and rules_view.
 */
#include "hospital/rule.h"

#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"

#define LEVELS 6                      /* unit, service, pole, site, establishment, group */
#define PLACES 64
#define TOPS 32
#define DAY_MS (24 * 3600 * INT64_C(1000))
#define RULE_ASKED_MS DAY_MS          /* how long what waits may be signed */
#define PEOPLE_SHOWN 200

/* ---- what is in the table ---- */

struct rule_set { int64_t no, asked_ms, signed_ms; struct str place; enum rule rule; int32_t value; uint32_t asked_by, signed_by; };
struct rule_sets { struct rule_set *at; size_t n; };

static bool is_of_place(struct str a, struct str b) { return a.n == b.n && (a.n == 0 || str_is(a, b)); }

/* In force: one for each place and rule. waiting: those that may still be signed. Rows of rules that this version does not know are passed over. */
static enum rc rules_read(struct db_conn *c, struct arena *a, int64_t now_ms, struct rule_sets *force, struct rule_sets *waiting, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RULE_ALL);
	bool row = false;
	enum rc rc;
	*force = *waiting = (struct rule_sets){ arena_array(a, PLACES * RULES, sizeof(struct rule_set)), 0 };
	waiting->at = arena_array(a, PLACES, sizeof(struct rule_set));
	if (!force->at || !waiting->at)
		return arena_rc(a, p);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		int rule = rule_find(db_text(s, 2));
		struct rule_set k = { .no = db_i64(s, 0), .place = arena_str(a, db_text(s, 1)), .rule = (enum rule)rule, .value = (int32_t)db_i64(s, 3), .asked_by = (uint32_t)db_i64(s, 4),
			.asked_ms = db_i64(s, 5), .signed_by = (uint32_t)db_i64(s, 6), .signed_ms = db_i64(s, 7) };
		size_t i = 0;
		if (rule < 0 || !rule_is_value(k.rule, k.value))
			continue;
		if (!k.signed_ms) {
			if (k.asked_ms + RULE_ASKED_MS > now_ms && waiting->n < PLACES)
				waiting->at[waiting->n++] = k;
			continue;
		}
		while (i < force->n && !(force->at[i].rule == k.rule && is_of_place(force->at[i].place, k.place)))
			i++;
		if (i == force->n && force->n == PLACES * RULES) {
			rc = problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "rules of over %d places", PLACES);
			break;
		}
		if (i == force->n || force->at[i].signed_ms <= k.signed_ms)
			force->at[i] = k;
		force->n += i == force->n;
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static const struct rule_set *set_at(const struct rule_sets *s, struct str place, enum rule rule)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].rule == rule && is_of_place(s->at[i].place, place))
			return &s->at[i];
	return NULL;
}

static int32_t value_at(const struct rule_sets *s, struct str place, enum rule rule)
{
	const struct rule_set *k = set_at(s, place, rule);
	return k ? k->value : rule_rows[rule].native;
}

/* ---- for whom ---- */

/* Organizations from a unit up to its establishment, the unit first. Kept for a list of many people. */
struct chain { struct str unit, at[LEVELS]; unsigned n; struct chain *next; };
struct chains { struct db_conn *db; struct arena *arena; struct chain *first; };

static enum rc chain_of(struct chains *all, struct str unit, const struct chain **chain_r, struct problem *p)
{
	for (const struct chain *k = all->first; k; k = k->next)
		if (str_is(k->unit, unit)) {
			*chain_r = k;
			return RC_OK;
		}
	struct chain *k = ARENA_NEW(all->arena, struct chain);
	bool found = true;
	enum rc rc = k ? RC_OK : arena_rc(all->arena, p);
	if (rc != RC_OK)
		return rc;
	k->unit = unit;
	for (struct str id = unit; found && k->n < LEVELS && rc == RC_OK;) {
		struct item it;
		k->at[k->n++] = id;
		rc = item_find(all->db, all->arena, "Organization", id, &found, &it, p);
		if (rc == RC_OK && found)
			found = ref_of(json_get(it.body, "partOf"), "Organization", &id);
	}
	k->next = all->first;
	all->first = k;
	*chain_r = k;
	return rc;
}

/* Whether the rules of a place hold for who works in these units. */
static enum rc holds_for(struct chains *all, struct str place, const struct str *units, unsigned n_units, bool *holds_r, struct problem *p)
{
	enum rc rc = RC_OK;
	*holds_r = place.n == 0 || n_units == 0;
	for (unsigned u = 0; u < n_units && !*holds_r && rc == RC_OK; u++) {
		const struct chain *k;
		rc = chain_of(all, units[u], &k, p);
		for (unsigned i = 0; rc == RC_OK && i < k->n; i++)
			*holds_r |= str_is(k->at[i], place);
	}
	return rc;
}

enum rc rules_of(struct db_conn *c, const struct account *acc, struct arena *a, struct rules *r, struct problem *p)
{
	struct chains all = { c, a, NULL };
	struct rule_sets force, waiting;
	*r = rules_native;
	if (acc->role == ROLE_MACHINE || acc->role == ROLE_OPERATOR)
		return RC_OK;
	enum rc rc = rules_read(c, a, 0, &force, &waiting, p);
	for (size_t i = 0; rc == RC_OK && i < force.n; i++) {
		bool holds = false;
		rc = holds_for(&all, force.at[i].place, acc->units, acc->n_units, &holds, p);
		if (rc == RC_OK && holds)
			rule_narrow(r, force.at[i].rule, force.at[i].value);
	}
	return rc;
}

/* ---- views ---- */

struct member { uint32_t no; enum role role; int64_t password_ms, seen_ms; unsigned keys, n_units; struct str units[ACTOR_UNITS]; };

/* Persons whose account is open. */
static enum rc members(struct view_ctx *v, struct member **at_r, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_RULE_PEOPLE);
	struct member *at = NULL;
	size_t n = 0, cap = 0;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, v->now_ms);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		if (n == cap) {
			struct member *more = arena_array(v->arena, cap = cap ? 2 * cap : 64, sizeof *more);
			if (!more)
				break;
			if (n)
				memcpy(more, at, n * sizeof *at);
			at = more;
		}
		at[n++] = (struct member){ .no = (uint32_t)db_i64(s, 0), .role = role_of(arena_z(v->arena, db_text(s, 1))), .password_ms = db_i64(s, 2), .seen_ms = db_i64(s, 3), .keys = (unsigned)db_i64(s, 4) };
	}
	db_reset(s);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		s = db_stmt(v->db, ST_HOSPITAL_UNIT_LIST);
		db_bind_i64(s, 1, at[i].no);
		while ((rc = db_step(s, &row, p)) == RC_OK && row && at[i].n_units < ACTOR_UNITS)
			at[i].units[at[i].n_units++] = arena_str(v->arena, db_text(s, 0));
		db_reset(s);
	}
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* Rules whose truth hangs on what the person did; the others hold for all from the next request on. */
static bool is_missing(enum rule rule, int32_t value, int64_t since_ms, const struct member *m, int64_t now_ms)
{
	switch (rule) {
	case RULE_KEY_ONLY: return m->keys == 0;
	case RULE_TWO_KEYS: return m->keys < 2;
	case RULE_PASSWORD: return value != rule_rows[rule].native && m->password_ms < since_ms;
	case RULE_INACTIVE: return m->seen_ms + value * DAY_MS <= now_ms;
	case RULE_IDLE: case RULE_SESSION: case RULE_EMERGENCIES: case RULE_BUDGET: case RULES: break;
	}
	return false;
}

/* Places that have their own line: everybody, the groups or houses, their establishments, and wherever a rule was set. */
static enum rc places_of(struct view_ctx *v, const struct rule_sets *force, const struct rule_sets *waiting, struct str *at, unsigned *n_r, struct problem *p)
{
	static const struct pair TOP[] = { { { "partof:missing", 14 }, { "true", 4 } } };
	const struct rule_sets *both[] = { force, waiting };
	struct items tops = { .n = 0 };
	unsigned n = 0;
	enum rc rc = items_find(v->db, v->arena, "Organization", TOP, 1, TOPS, &tops, p);
	at[n++] = STR("");
	for (size_t i = 0; rc == RC_OK && i < tops.n; i++) {
		struct items parts = { .n = 0 };
		const struct pair of[] = { { STR("partof"), tops.at[i].id } };
		at[n++] = tops.at[i].id;
		rc = items_find(v->db, v->arena, "Organization", of, 1, TOPS, &parts, p); /* the establishments of a group, or the parts of one */
		for (size_t j = 0; rc == RC_OK && j < parts.n && n < PLACES - (TOPS - 1 - i); j++)
			at[n++] = parts.at[j].id;
	}
	for (size_t b = 0; b < N_OF(both); b++)
		for (size_t i = 0; i < both[b]->n && n < PLACES; i++) {
			unsigned j = 0;
			while (j < n && !is_of_place(at[j], both[b]->at[i].place))
				j++;
			if (j == n)
				at[n++] = both[b]->at[i].place;
		}
	*n_r = n;
	return rc;
}

/* The row that holds at a place: the stricter of its own and everybody's. */
static const struct rule_set *holding(const struct rule_sets *force, struct str place, enum rule rule)
{
	const struct rule_set *own = set_at(force, place, rule), *house = set_at(force, STR(""), rule);
	return own && (!house || rule_is_stricter(rule, own->value, house->value)) ? own : house;
}

static void rule_cols(struct rows *out, struct people *people, const struct rule_sets *force, struct str place, enum rule rule, unsigned of, unsigned missing)
{
	const struct rule_set *k = holding(force, place, rule);
	rows_row(out);
	col(out, "place", place);
	col_z(out, "rule", rule_rows[rule].name);
	rows_col_i64(out, "value", k ? k->value : rule_rows[rule].native);
	rows_col_i64(out, "native", rule_rows[rule].native);
	rows_col_i64(out, "strictest", rule_rows[rule].strictest);
	col_flag(out, "own", k && k->place.n > 0);
	if (k) {
		rows_col_i64(out, "since_at", k->signed_ms);
		col(out, "by_name", person_of(people, k->asked_by).name);
		if (k->signed_by != k->asked_by)
			col(out, "signed_by_name", person_of(people, k->signed_by).name);
	}
	rows_col_i64(out, "of", of);
	rows_col_i64(out, "missing", missing);
}

static int32_t holds_at(const struct rule_sets *force, struct str place, enum rule rule, int64_t *since_r)
{
	const struct rule_set *k = holding(force, place, rule);
	*since_r = k ? k->signed_ms : 0;
	return k ? k->value : rule_rows[rule].native;
}

static enum rc place_rows(struct view_ctx *v, struct rows *out, struct chains *chains, struct people *people, const struct rule_sets *force, struct str place, const struct member *m, size_t n, struct problem *p)
{
	unsigned of = 0, missing[RULES] = { 0 };
	enum rc rc = RC_OK;
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		bool holds = false;
		rc = holds_for(chains, place, m[i].units, m[i].n_units, &holds, p);
		of += holds;
		for (int r = 0; holds && r < RULES; r++) {
			int64_t since;
			int32_t value = holds_at(force, place, (enum rule)r, &since);
			missing[r] += is_missing((enum rule)r, value, since, &m[i], v->now_ms);
		}
	}
	for (int r = 0; r < RULES && rc == RC_OK; r++)
		rule_cols(out, people, force, place, (enum rule)r, of, missing[r]);
	return rc;
}

/*
 * "rules": set "places": id (absent: everybody), name. Set "rules", place by place: place, rule, value (what holds there), native, strictest, own (flag: the place's own, not everybody's),
 * since_at, by_name, signed_by_name (of what was loosened), of (people whom it holds for), missing (for whom it is not true yet; of a rule that is off: would not be).
 * Set "waiting": no, place, place_name, rule, value, asked_at, asked_by_name, mine (flag).
 */
static enum rc rules_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct chains chains = { v->db, v->arena, NULL };
	struct rule_sets force, waiting;
	struct str places[PLACES];
	unsigned n_places = 0;
	struct member *m;
	size_t n;
	enum rc rc = rules_read(v->db, v->arena, v->now_ms, &force, &waiting, p);
	if (rc == RC_OK)
		rc = places_of(v, &force, &waiting, places, &n_places, p);
	if (rc == RC_OK)
		rc = members(v, &m, &n, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "places");
	for (unsigned i = 0; i < n_places; i++) {
		rows_row(out);
		col(out, "id", places[i]);
		col(out, "name", places[i].n ? name_of(&names, "Organization", places[i]) : STR_NONE);
	}
	rows_set(out, "rules");
	for (unsigned i = 0; i < n_places && rc == RC_OK; i++)
		rc = place_rows(v, out, &chains, &people, &force, places[i], m, n, p);
	rows_set(out, "waiting");
	for (size_t i = 0; i < waiting.n && rc == RC_OK; i++) {
		const struct rule_set *k = &waiting.at[i];
		rows_row(out);
		rows_col_i64(out, "no", k->no);
		col(out, "place", k->place);
		col(out, "place_name", k->place.n ? name_of(&names, "Organization", k->place) : STR_NONE);
		col_z(out, "rule", rule_rows[k->rule].name);
		rows_col_i64(out, "value", k->value);
		rows_col_i64(out, "asked_at", k->asked_ms);
		col(out, "asked_by_name", person_of(&people, k->asked_by).name);
		col_flag(out, "mine", k->asked_by == v->who->account);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "rule_people": place, rule. For whom it is not true yet, PEOPLE_SHOWN of them: set "people": login, name, role, unit_name, keys, seen_at, password_at; set "rule": place, place_name, rule, missing. */
static enum rc people_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct chains chains = { v->db, v->arena, NULL };
	struct rule_sets force, waiting;
	struct str place = args_get(v->args, "place");
	int rule = rule_find(args_get(v->args, "rule"));
	struct member *m;
	size_t n = 0;
	unsigned missing = 0;
	enum rc rc = rule < 0 ? problem_set(p, RC_BAD_INPUT, WHY_FIELD_CHOICE, "rule", "no such rule") : rules_read(v->db, v->arena, v->now_ms, &force, &waiting, p);
	if (rc == RC_OK)
		rc = members(v, &m, &n, p);
	if (rc != RC_OK)
		return rc;
	int64_t since;
	int32_t value = holds_at(&force, place, (enum rule)rule, &since);
	rows_set(out, "people");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		bool holds = false;
		struct account acc;
		rc = holds_for(&chains, place, m[i].units, m[i].n_units, &holds, p);
		if (rc != RC_OK || !holds || !is_missing((enum rule)rule, value, since, &m[i], v->now_ms) || missing++ >= PEOPLE_SHOWN)
			continue;
		rc = account_by_no(v->db, m[i].no, v->arena, &acc, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		col(out, "login", acc.login);
		col(out, "name", acc.name);
		col_z(out, "role", role_code(acc.role));
		col(out, "unit_name", name_of(&names, "Organization", acc.unit));
		rows_col_i64(out, "keys", m[i].keys);
		rows_col_i64(out, "seen_at", m[i].seen_ms);
		rows_col_i64(out, "password_at", m[i].password_ms);
	}
	if (rc != RC_OK)
		return rc;
	rows_set(out, "rule");
	rows_row(out);
	col(out, "place", place);
	col(out, "place_name", place.n ? name_of(&names, "Organization", place) : STR_NONE);
	col_z(out, "rule", rule_rows[rule].name);
	rows_col_i64(out, "value", value);
	rows_col_i64(out, "missing", missing);
	return arena_rc(v->arena, p);
}

/* ---- acts ---- */

struct change { struct str place; enum rule rule; int32_t value; bool waits; };

static enum rc judge(struct db_conn *c, struct arena *a, const struct actor *who, const struct args *args, int64_t now_ms, struct change *k, struct problem *p)
{
	struct rule_sets force, waiting;
	uint64_t value = 0;
	int rule = rule_find(args_get(args, "rule"));
	*k = (struct change){ .place = args_get(args, "place") };
	if (rule < 0)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_CHOICE, "rule", "no such rule");
	if (str_u64(args_get(args, "value"), &value) != RC_OK || value > 10000)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "value", "no number");
	k->rule = (enum rule)rule;
	k->value = (int32_t)value;
	if (k->place.n && !unit_exists(c, k->place))
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "place", "unknown organization");
	enum rc rc = rules_read(c, a, now_ms, &force, &waiting, p);
	if (rc != RC_OK)
		return rc;
	if (force.n + waiting.n + 1 >= PLACES * RULES)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "rules of over %d places", PLACES);
	int32_t present = value_at(&force, k->place, k->rule);
	if (rule_is_stricter(k->rule, rule_rows[rule].native, k->value) || (k->place.n && rule_is_stricter(k->rule, value_at(&force, STR(""), k->rule), k->value)))
		return problem_set(p, RC_BAD_INPUT, WHY_RULE_LOOSER, "value", "%s %d", rule_rows[rule].name, k->value);
	if (!rule_is_value(k->rule, k->value))
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "value", "%s %d", rule_rows[rule].name, k->value);
	if (k->value == present)
		return problem_set(p, RC_CONFLICT, WHY_RULE_SAME, "value", "%s %d", rule_rows[rule].name, k->value);
	if (k->rule == RULE_KEY_ONLY && k->value && who->factor != FACTOR_KEY)
		return problem_set(p, RC_CONFLICT, WHY_RULE_NEEDS_KEY, "rule", "account %u came by a code", who->account);
	k->waits = rule_is_stricter(k->rule, present, k->value);
	return RC_OK;
}

static enum rc told(struct rows *issues, enum rc rc, const struct problem *p)
{
	if (rc == RC_CONFLICT || rc == RC_BAD_INPUT) {
		rows_set(issues, "issues");
		issue_row(issues, p->why, p->where);
	}
	return rc;
}

static enum rc set_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct change k;
	(void)prepared_r;
	return told(issues, judge(v->db, v->arena, v->who, v->args, v->now_ms, &k, p), p);
}

static void answer(struct rows *out, int64_t no, bool waits)
{
	rows_set(out, "rule");
	rows_row(out);
	rows_col_i64(out, "no", no);
	col_flag(out, "waits", waits);
}

/* "rule_set": place (none: everybody), rule, value, and a fresh proof → set "rule": no, waits (flag: it is looser, and a second person must sign it). Every session reads it at its next request. */
static enum rc set_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct change k;
	enum rc rc = judge(x->db, x->arena, x->who, x->args, x->now_ms, &k, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_RULE_ADD);
	db_bind_str(s, 1, k.place.n ? k.place : STR(""));
	db_bind_str(s, 2, str_of(rule_rows[k.rule].name));
	db_bind_i64(s, 3, k.value);
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	if (k.waits)
		db_bind_null(s, 6);
	else
		db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, k.waits ? 0 : x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, db_last_rowid(x->db), k.waits);
	return rc == RC_OK ? account_changed(x->db, p) : rc;
}

static enum rc waiting_one(struct db_conn *c, struct arena *a, const struct args *args, int64_t now_ms, struct rule_set *k, struct problem *p)
{
	struct rule_sets force, waiting;
	uint64_t no = 0;
	enum rc rc = str_u64(args_get(args, "no"), &no) == RC_OK ? rules_read(c, a, now_ms, &force, &waiting, p) : problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "no", "no number");
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < waiting.n; i++)
		if (waiting.at[i].no == (int64_t)no) {
			*k = waiting.at[i];
			return RC_OK;
		}
	return problem_set(p, RC_CONFLICT, WHY_RULE_OVER, "no", "rule %llu", (unsigned long long)no);
}

static enum rc may_sign(struct db_conn *c, struct arena *a, const struct actor *who, const struct args *args, int64_t now_ms, struct rule_set *k, struct problem *p)
{
	enum rc rc = waiting_one(c, a, args, now_ms, k, p);
	return rc == RC_OK && k->asked_by == who->account ? problem_set(p, RC_DENIED, WHY_RULE_OWN, "no", "rule %lld: own", (long long)k->no) : rc;
}

static enum rc sign_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct rule_set k;
	(void)prepared_r;
	return told(issues, may_sign(v->db, v->arena, v->who, v->args, v->now_ms, &k, p), p);
}

/* "rule_sign": no, by another person, with a key → set "rule": no. */
static enum rc sign_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct rule_set k;
	enum rc rc = may_sign(x->db, x->arena, x->who, x->args, x->now_ms, &k, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_RULE_SIGN);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, k.no, false);
	return rc == RC_OK ? account_changed(x->db, p) : rc;
}

/* "rule_drop": no → set "rule": no. What waits is taken back: by anybody, for that widens nothing. */
static enum rc drop_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct rule_set k;
	enum rc rc = waiting_one(x->db, x->arena, x->args, x->now_ms, &k, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_RULE_DROP);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, k.no, false);
	return rc;
}

#define CODE { .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true }
static const struct field SET_FIELDS[] = {
	{ .name = "place", .label = "Establishment", .kind = FIELD_ID },
	{ .name = "rule",  .label = "Rule",          .kind = FIELD_TOKEN, .max = 20, .required = true },
	{ .name = "value", .label = "Value",         .kind = FIELD_INT, .max = 10000, .required = true },
	CODE, FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Rule", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, CODE, FIELDS_END };

const struct view rule_views[] = {
	{ .name = "rules",       .may = MAY_REVIEW | MAY_MANAGE, .reveals = REVEALS_META, .run = rules_view },
	{ .name = "rule_people", .may = MAY_REVIEW | MAY_MANAGE, .reveals = REVEALS_META, .run = people_view },
	{ .name = NULL },
};

const struct act rule_acts[] = {
	{ .name = "rule_set",  .may = MAY_REVIEW | MAY_MANAGE, .reveals = REVEALS_META, .fields = SET_FIELDS, .fresh = true, .prepare = set_prepare, .run = set_run },
	{ .name = "rule_sign", .may = MAY_REVIEW | MAY_MANAGE, .reveals = REVEALS_META, .fields = NO_FIELDS,  .fresh = true, .key = true, .prepare = sign_prepare, .run = sign_run },
	{ .name = "rule_drop", .may = MAY_REVIEW | MAY_MANAGE, .reveals = REVEALS_META, .fields = NO_FIELDS,  .fresh = true, .run = drop_run },
	{ .name = NULL },
};
