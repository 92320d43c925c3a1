/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/match.c: does a resource, known by its facts, meet a clause of a search plan? The one place where R4's rules of comparison live
 * (search.html R4 §3.1.1.4: prefixes, modifiers, token and string matching). A chained clause looks up its targets by key.
 * Must never read a body. Called by plan.c for every candidate. Start at clause_compile, then clause_matches.
 */
#include "record/inner.h"
#include "base/clock.h"
#include "codec/fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MOST 4000

/* ---- compiling ---- */

static enum rc refuse(const struct plan_clause *of, enum why why, struct problem *p)
{
	return problem_set(p, RC_BAD_INPUT, why, of->param ? of->param->code : NULL, "modifier %d", of->modifier);
}

static enum rc compile_text(struct want *w, struct str text, bool phonetic, struct arena *a, struct problem *p)
{
	struct buf b;
	buf_init(&b, TEXT_MOST);
	bool ok = fold_text(&b, text, FACT_STRING, phonetic);
	if (ok)
		w->text = arena_str(a, buf_view(&b));
	buf_reset(&b);
	fold_nfc(&b, text);
	w->hash = hash_of(b.failed ? text : buf_view(&b));
	buf_done(&b);
	return ok ? arena_rc(a, p) : problem_set(p, RC_LIMIT, WHY_TOO_BIG, NULL, "search text");
}

/* A code longer than what facts keep is compared in the same shortened form. */
static enum rc compile_code(struct want *w, struct str code, struct arena *a, struct problem *p)
{
	if (code.n <= FACT_CODE) {
		w->code = code;
		return RC_OK;
	}
	struct fhir_value v = { .kind = VALUE_TOKEN, .param = 1, .b = code };
	struct fhir_values one = { &v, 1 };
	struct str data;
	struct facts f = { 0 };
	enum rc rc = facts_encode(&one, a, &data, p);
	if (rc == RC_OK)
		rc = facts_decode(&f, data, p);
	if (rc == RC_OK)
		w->code = f.at[0].code;
	facts_done(&f);
	return rc;
}

/* Targets of a reference value: its one type, the modifier's, or every type the parameter allows. */
static enum rc compile_reference(struct want *w, const struct plan_value *v, const struct plan_clause *of, struct arena *a, struct problem *p)
{
	uint16_t type = v->ref_type ? v->ref_type : of->modifier == MOD_TYPE ? of->mod_type : 0;
	if (v->ref_type && of->modifier == MOD_TYPE && of->mod_type != v->ref_type)
		return RC_OK; /* subject:Patient=Group/1 meets nothing */
	size_t most = 1, n = 0;
	if (!type)
		most = (of->param->targets && of->param->targets[0] ? 0u : fhir_type_count()) + 1u;
	for (const uint16_t *t = of->param->targets; !type && t && *t; t++)
		most++;
	w->targets = arena_array(a, most, sizeof *w->targets);
	if (!w->targets)
		return arena_rc(a, p);
	if (!v->ref_id.n) {
		w->targets[n++] = hash_of(v->a);
	} else if (type) {
		w->targets[n++] = key_of(type, v->ref_id);
	} else if (of->param->targets && of->param->targets[0]) {
		for (const uint16_t *t = of->param->targets; *t; t++)
			w->targets[n++] = key_of(*t, v->ref_id);
	} else {
		for (uint16_t t = 1; t <= fhir_type_count(); t++)
			w->targets[n++] = key_of(t, v->ref_id);
	}
	w->n_targets = n;
	return RC_OK;
}

/* approximately: 10 % of the distance from now (R4), at least the precision as written */
static void widen(struct want *w)
{
	int64_t now = clock_ms(), mid = w->low / 2 + w->high / 2;
	int64_t slack = (mid > now ? mid - now : now - mid) / 10;
	w->low = w->low < INT64_MIN + slack ? INT64_MIN : w->low - slack;
	w->high = w->high > INT64_MAX - slack ? INT64_MAX : w->high + slack;
}

static enum rc compile_want(struct want *w, const struct plan_value *v, const struct plan_clause *of, struct arena *a, struct problem *p)
{
	*w = (struct want){ .prefix = v->prefix, .low = v->low, .high = v->high, .num_low = v->num_low, .num_high = v->num_high, .kind = v->kind };
	switch (v->kind) {
	case VALUE_TOKEN:
		w->any_system = !v->a.p;
		w->system = v->a.n ? hash_of(v->a) : 0;
		w->any_code = !v->b.p;
		return v->b.p ? compile_code(w, v->b, a, p) : RC_OK;
	case VALUE_STRING:
		return compile_text(w, v->a, of->param && param_is_phonetic(of->param->no), a, p);
	case VALUE_URI:
		w->hash = hash_of(v->a);
		w->text = v->a;
		return RC_OK;
	case VALUE_QUANTITY:
		w->any_system = !v->a.p || !v->a.n;
		w->system = v->a.n ? hash_of(v->a) : 0;
		w->any_unit = !v->b.p || !v->b.n;
		w->hash = v->b.n ? hash_of(v->b) : 0;
		return RC_OK;
	case VALUE_REFERENCE:
		return compile_reference(w, v, of, a, p);
	case VALUE_DATE:
		if (v->prefix == PREFIX_AP)
			widen(w);
		return RC_OK;
	default:
		return RC_OK;
	}
}

static enum rc compile_parts(struct want *w, const struct plan_value *v, const struct plan_clause *of, struct arena *a, struct problem *p)
{
	size_t n = 0;
	for (const struct plan_value *x = v; x; x = x->part)
		n++;
	w->parts = arena_array(a, n, sizeof *w->parts);
	if (!w->parts)
		return arena_rc(a, p);
	enum rc rc = RC_OK;
	for (const struct plan_value *x = v; rc == RC_OK && x; x = x->part)
		rc = compile_want(&w->parts[w->n_parts++], x, of, a, p);
	return rc;
}

static bool modifier_fits(const struct plan_clause *of)
{
	unsigned kind = of->what == CLAUSE_PARAM ? of->param->kind : (unsigned)PARAM_SPECIAL;
	switch (of->modifier) {
	case MOD_NONE:       return true;
	case MOD_MISSING:    return of->what == CLAUSE_PARAM;
	case MOD_EXACT:
	case MOD_CONTAINS:   return kind == PARAM_STRING;
	case MOD_TEXT:
	case MOD_NOT:
	case MOD_IN:
	case MOD_NOT_IN:
	case MOD_OF_TYPE:    return kind == PARAM_TOKEN;
	case MOD_ABOVE:
	case MOD_BELOW:      return kind == PARAM_URI || kind == PARAM_TOKEN || kind == PARAM_REFERENCE;
	case MOD_IDENTIFIER:
	case MOD_TYPE:       return kind == PARAM_REFERENCE;
	default:             return false;
	}
}

static enum rc compile_chain(const struct plan_clause *of, struct arena *a, struct clause *out, struct problem *p)
{
	struct clause **end = &out->chain;
	enum rc rc = RC_OK;
	for (const struct plan_clause *in = of->chain; rc == RC_OK && in; in = in->other) {
		*end = ARENA_NEW(a, struct clause);
		if (!*end)
			return arena_rc(a, p);
		rc = clause_compile(in, a, *end, p);
		end = &(*end)->other;
	}
	return rc;
}

enum rc clause_compile(const struct plan_clause *of, struct arena *a, struct clause *out, struct problem *p)
{
	*out = (struct clause){ .of = of, .what = of->what, .modifier = of->modifier, .missing = of->missing, .type = stored_type(of->type) };
	if (!modifier_fits(of))
		return refuse(of, WHY_UNKNOWN_MODIFIER, p);
	if (of->what == CLAUSE_PARAM) {
		if (!of->param->indexed || of->param->kind == PARAM_SPECIAL)
			return refuse(of, WHY_UNKNOWN_PARAMETER, p);
	}
	if (of->param) {
		out->param = stored_param(of->param->no);
		out->kind = of->param->kind;
	}
	if (of->chain)
		return compile_chain(of, a, out, p);
	if (of->what == CLAUSE_LIST)
		return RC_OK; /* its members are read when the search begins */
	size_t n = 0;
	for (const struct plan_value *v = of->values; v; v = v->next)
		n++;
	out->wants = arena_array(a, n + 1, sizeof *out->wants);
	if (!out->wants)
		return arena_rc(a, p);
	enum rc rc = RC_OK;
	for (const struct plan_value *v = of->values; rc == RC_OK && v; v = v->next) {
		struct want *w = &out->wants[out->n_wants++];
		if (of->what == CLAUSE_ID) {
			w->targets = ARENA_NEW(a, int64_t);
			if (!w->targets)
				return arena_rc(a, p);
			w->n_targets = fhir_is_id(v->b) ? 1 : 0;
			w->targets[0] = w->n_targets ? key_of(of->type, v->b) : 0;
		} else if (of->what == CLAUSE_LAST_UPDATED) {
			*w = (struct want){ .prefix = v->prefix, .low = v->low, .high = v->high, .kind = VALUE_DATE };
			if (v->prefix == PREFIX_AP)
				widen(w);
		} else if (of->param->kind == PARAM_COMPOSITE) {
			rc = compile_parts(w, v, of, a, p);
		} else {
			rc = compile_want(w, v, of, a, p);
		}
	}
	return rc;
}

/* ---- comparing ---- */

static bool range_matches(enum prefix prefix, int64_t low, int64_t high, int64_t L, int64_t H)
{
	bool inside = low >= L && high <= H;
	switch (prefix) {
	case PREFIX_EQ: return inside;
	case PREFIX_NE: return !inside;
	case PREFIX_GT: return high > H;
	case PREFIX_LT: return low < L;
	case PREFIX_GE: return high > H || inside;
	case PREFIX_LE: return low < L || inside;
	case PREFIX_SA: return low >= H;
	case PREFIX_EB: return high <= L;
	default:        return low < H && high > L; /* ap: already widened */
	}
}

static bool number_matches(const struct want *w, const struct fact *f)
{
	double v = number_mid(f->num_low, f->num_high), slack = fabs(v) * NUMBER_SLACK;
	double x = number_mid(w->num_low, w->num_high);
	switch (w->prefix) {
	case PREFIX_EQ:
	case PREFIX_AP: return v >= w->num_low - slack && (v < w->num_high - slack || (w->num_low == w->num_high && v <= w->num_high + slack));
	case PREFIX_NE: return !(v >= w->num_low - slack && v < w->num_high - slack);
	case PREFIX_GT:
	case PREFIX_SA: return v > x + slack;
	case PREFIX_LT:
	case PREFIX_EB: return v < x - slack;
	case PREFIX_GE: return v >= x - slack;
	default:        return v <= x + slack;
	}
}

static bool contains(struct str text, struct str part)
{
	return part.n == 0 || (text.n >= part.n && memmem(text.p, text.n, part.p, part.n));
}

/* In the part of an address tree that begins with above: at the end of a part of the path only. */
static bool lies_below(struct str uri, struct str above)
{
	return str_starts(uri, above) && above.n > 0
		&& (uri.n == above.n || above.p[above.n - 1] == '/' || uri.p[above.n] == '/' || uri.p[above.n] == '|' || uri.p[above.n] == '#' || uri.p[above.n] == '?');
}

static bool value_matches(enum modifier m, const struct want *w, const struct fact *f)
{
	switch (w->kind) {
	case VALUE_TOKEN:
		return f->kind == VALUE_TOKEN && (w->any_system || f->system == w->system) && (w->any_code ? true : str_is(f->code, w->code));
	case VALUE_STRING:
		if (m == MOD_TEXT) /* R4: the text of a code, processed as a string is */
			return f->kind == VALUE_TOKEN && f->text.n && str_starts(f->text, w->text);
		if (f->kind != VALUE_STRING)
			return false;
		if (m == MOD_EXACT)
			return f->hash == w->hash && str_is(f->text, w->text);
		return m == MOD_CONTAINS ? contains(f->text, w->text) : str_starts(f->text, w->text);
	case VALUE_URI:
		return f->kind == VALUE_URI && (f->hash == w->hash || (m == MOD_BELOW && lies_below(f->text, w->text)));
	case VALUE_REFERENCE:
		for (size_t i = 0; f->kind == VALUE_REFERENCE && i < w->n_targets; i++)
			if (f->hash == w->targets[i])
				return true;
		return false;
	case VALUE_DATE:
		return f->kind == VALUE_DATE && range_matches(w->prefix, f->low, f->high, w->low, w->high);
	case VALUE_QUANTITY:
		return (f->kind == VALUE_QUANTITY || f->kind == VALUE_NUMBER) && (w->any_unit || f->hash == w->hash) && (w->any_system || f->system == w->system) && number_matches(w, f);
	case VALUE_NUMBER:
		return (f->kind == VALUE_QUANTITY || f->kind == VALUE_NUMBER) && number_matches(w, f);
	default:
		return false;
	}
}

/* All components of a composite inside one group. */
static bool group_matches(const struct want *w, const struct fact *from, const struct fact *to)
{
	for (size_t i = 0; i < w->n_parts; i++) {
		bool met = false;
		for (const struct fact *f = from; f < to && !met; f++)
			met = f->part == i && value_matches(MOD_NONE, &w->parts[i], f);
		if (!met)
			return false;
	}
	return true;
}

static bool composite_matches(const struct clause *cl, const struct fact *from, const struct fact *to)
{
	while (from < to) {
		const struct fact *end = from;
		while (end < to && end->group == from->group)
			end++;
		for (size_t i = 0; i < cl->n_wants; i++)
			if (group_matches(&cl->wants[i], from, end))
				return true;
		from = end;
	}
	return false;
}

bool scope_has(const struct record_scope *s, uint16_t type, int64_t patient)
{
	if (!s || !s->within)
		return true;
	if (patient == 0)
		return s->house_rows || (s->house && s->house[fhir_type_stored(type)]);
	size_t lo = 0, hi = s->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->within[mid] < patient)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->within[lo] == patient;
}

enum rc scope_takes(struct db_conn *c, const struct record_scope *s, const struct candidate *k, bool *is_r, struct problem *p)
{
	if (!k->since || !s || !s->within) {
		*is_r = scope_has(s, k->type, k->patient);
		return RC_OK;
	}
	bool one = false, all = true;
	enum rc rc = RC_OK;
	for (int64_t patient = 0; rc == RC_OK && all;) {
		rc = keys_shared_next(c, k->rid, k->since, patient, &patient, p);
		if (rc != RC_OK || !patient)
			break;
		bool within = scope_has(s, k->type, patient);
		one = one || within;
		all = s->open ? s->open(s->of, patient) : within; /* BARRIER: it shows all of them, so each must be open */
	}
	*is_r = rc == RC_OK && one && all;
	return rc;
}

static bool key_is(const struct clause *cl, int64_t key)
{
	for (size_t i = 0; i < cl->n_wants; i++)
		for (size_t j = 0; j < cl->wants[i].n_targets; j++)
			if (cl->wants[i].targets[j] == key)
				return true;
	return false;
}

/* ---- other resources: chains and _has ---- */

static enum rc known_step(struct db_conn *c, enum stmt id, int64_t by, struct known *out, bool *is_r, struct problem *p)
{
	*out = (struct known){ .k.rid = 0 };
	struct db_stmt *st = db_stmt(c, id);
	db_bind_i64(st, 1, by);
	enum rc rc = db_step(st, is_r, p);
	if (rc == RC_OK && *is_r) {
		out->k.type = (uint16_t)db_i64(st, 0);
		out->k.patient = db_i64(st, 1);
		out->k.updated_ms = db_i64(st, 2);
		out->k.rid = db_i64(st, 4);
		out->k.since = keys_since(db_text(st, 3));
		rc = facts_open(&out->k.facts, c, out->k.rid, out->k.patient, out->k.updated_ms, db_text(st, 3), NULL, 0, p);
	}
	db_reset(st);
	*is_r = *is_r && rc == RC_OK;
	return rc == RC_GONE ? RC_OK : rc; /* its patient was erased: it is met by nothing */
}

enum rc known_by_key(struct db_conn *c, int64_t key, struct known *out, bool *is_r, struct problem *p)
{
	return known_step(c, ST_RECORD_FACTS_OF_KEY, key, out, is_r, p);
}

enum rc known_by_rid(struct db_conn *c, int64_t rid, struct known *out, bool *is_r, struct problem *p)
{
	return known_step(c, ST_RECORD_FACTS_OF, rid, out, is_r, p);
}

void known_done(struct known *n)
{
	facts_done(&n->k.facts);
}

static enum rc one_number(struct db_stmt *s, int64_t by, int64_t *v_r, struct problem *p)
{
	bool row = false;
	db_bind_i64(s, 1, by);
	enum rc rc = db_step(s, &row, p);
	*v_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

enum rc rid_of_key(struct db_conn *c, int64_t key, int64_t *rid_r, struct problem *p) { return one_number(db_stmt(c, ST_RECORD_KEY), key, rid_r, p); }
enum rc key_of_rid(struct db_conn *c, int64_t rid, int64_t *key_r, struct problem *p) { return one_number(db_stmt(c, ST_RECORD_KEY_OF_RID), rid, key_r, p); }

enum rc pointers_of(struct db_conn *c, uint16_t param, int64_t key, int64_t after, int64_t *rids, size_t n, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_POINTERS);
	bool row = true;
	enum rc rc = RC_OK;
	size_t at = 0;
	db_bind_i64(s, 1, param);
	db_bind_i64(s, 2, key);
	db_bind_i64(s, 3, after);
	db_bind_i64(s, 4, (int64_t)n);
	while (at < n && (rc = db_step(s, &row, p)) == RC_OK && row)
		rids[at++] = db_i64(s, 0);
	db_reset(s);
	*n_r = at;
	return rc;
}

/* One target of a chain: is it stored, of one of the types, in scope, and does it meet the clause of its type? */
static enum rc target_matches(struct looker *l, const struct clause *cl, int64_t key, bool *is_r, struct problem *p)
{
	struct known t;
	bool is = false;
	*is_r = false;
	l->looked++;
	enum rc rc = known_by_key(l->c, key, &t, &is, p);
	if (rc == RC_OK && is)
		rc = scope_takes(l->c, l->scope, &t.k, &is, p);
	for (const struct clause *in = cl->chain; rc == RC_OK && is && in && !*is_r; in = in->other) {
		if (t.k.type != in->type)
			continue;
		if (in->what == CLAUSE_ID) {
			*is_r = key_is(in, key);
			continue;
		}
		rc = clause_matches(l, in, &t.k, is_r, p);
	}
	known_done(&t);
	return rc;
}

/* _has: does one that points to the candidate meet the clause? */
static enum rc pointer_matches(struct looker *l, const struct clause *cl, int64_t rid, bool *is_r, struct problem *p)
{
	int64_t key = 0, rids[64], after = 0;
	size_t n = 64;
	*is_r = false;
	enum rc rc = key_of_rid(l->c, rid, &key, p);
	while (rc == RC_OK && key && n == 64 && !*is_r) {
		rc = pointers_of(l->c, cl->param, key, after, rids, 64, &n, p);
		for (size_t i = 0; rc == RC_OK && i < n && !*is_r; i++) {
			struct known t;
			bool is = false;
			l->looked++;
			after = rids[i];
			rc = known_by_rid(l->c, rids[i], &t, &is, p);
			is = is && t.k.type == cl->chain->type;
			if (rc == RC_OK && is)
				rc = scope_takes(l->c, l->scope, &t.k, &is, p);
			if (rc == RC_OK && is)
				rc = clause_matches(l, cl->chain, &t.k, is_r, p);
			known_done(&t);
		}
	}
	return rc;
}

static enum rc id_matches(struct db_conn *c, const struct clause *cl, int64_t rid, bool *is_r, struct problem *p)
{
	int64_t key = 0;
	enum rc rc = key_of_rid(c, rid, &key, p);
	*is_r = rc == RC_OK && key && key_is(cl, key);
	return rc;
}

enum rc clause_matches(struct looker *l, const struct clause *cl, const struct candidate *k, bool *is_r, struct problem *p)
{
	size_t from, to;
	*is_r = false;
	if (cl->what == CLAUSE_ID || cl->what == CLAUSE_LIST)
		return id_matches(l->c, cl, k->rid, is_r, p);
	if (cl->what == CLAUSE_HAS)
		return pointer_matches(l, cl, k->rid, is_r, p);
	if (cl->what == CLAUSE_LAST_UPDATED) {
		for (size_t i = 0; i < cl->n_wants && !*is_r; i++)
			*is_r = range_matches(cl->wants[i].prefix, k->updated_ms, k->updated_ms + 1, cl->wants[i].low, cl->wants[i].high);
		return RC_OK;
	}
	facts_of(&k->facts, cl->param, &from, &to);
	const struct fact *f = k->facts.at + from, *end = k->facts.at + to;
	if (cl->modifier == MOD_MISSING) {
		*is_r = (from == to) == cl->missing;
		return RC_OK;
	}
	if (cl->chain) {
		enum rc rc = RC_OK;
		for (; f < end && !*is_r && rc == RC_OK; f++)
			if (f->kind == VALUE_REFERENCE)
				rc = target_matches(l, cl, f->hash, is_r, p);
		return rc;
	}
	if (cl->kind == PARAM_COMPOSITE) {
		*is_r = composite_matches(cl, f, end);
		return RC_OK;
	}
	for (; f < end && !*is_r; f++)
		for (size_t i = 0; i < cl->n_wants && !*is_r; i++)
			*is_r = value_matches(cl->modifier, &cl->wants[i], f);
	if (cl->modifier == MOD_NOT || cl->modifier == MOD_NOT_IN)
		*is_r = !*is_r;
	return RC_OK;
}
