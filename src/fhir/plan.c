/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/plan.c: a search query of one type made into a checked plan (search.html, R4). What is not understood is refused by name, never ignored:
 * a search that silently drops a condition reveals more than was asked.
 * It must never touch data nor build SQL: record/plan.c does. Called by gate for pages and api. Start at fhir_plan_parse.
 */
#include "plan.h"

#include <string.h>

#define COUNT_DEFAULT 20
#define COUNT_MAX 200
#define VALUES_MAX 500   /* alternatives of one clause */
#define CURSOR_MAX 1024

struct parse {
	struct plan *plan;
	struct arena *a;
	struct problem *p;
	const struct pair *pair;     /* being read */
	struct plan_clause **clause_end;
	struct plan_sort **sort_end;
	unsigned given;              /* bit a result parameter: twice is refused */
};

/* ---- refusals ---- */

static bool
shown(struct str name)
{
	if (name.n == 0 || name.n > 64)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '.' || c == '-'))
			return false;
	}
	return true;
}

static enum rc
refuse(const struct parse *q, enum why why)
{
	char where[65] = "";

	if (shown(q->pair->name)) {
		memcpy(where, q->pair->name.p, q->pair->name.n);
		where[q->pair->name.n] = '\0';
	}
	return problem_set(q->p, RC_BAD_INPUT, why, where, "type %u", (unsigned)q->plan->type);
}

static enum rc
refuse_value(const struct parse *q)
{
	enum rc rc = arena_rc(q->a, q->p);

	return rc != RC_OK ? rc : refuse(q, WHY_BAD_VALUE);
}

/* ---- clauses ---- */

#define OF(kind) (1u << PARAM_##kind)
static const struct modifier_row { const char *name; enum modifier modifier; unsigned kinds; } modifier_rows[] = {
	{ "contains",   MOD_CONTAINS,   OF(STRING) },
	{ "exact",      MOD_EXACT,      OF(STRING) },
	{ "identifier", MOD_IDENTIFIER, OF(REFERENCE) },
	{ "missing",    MOD_MISSING,    ~0u },
	{ "not",        MOD_NOT,        OF(TOKEN) },
	{ "text",       MOD_TEXT,       OF(TOKEN) },
};

static bool
may_target(const struct fhir_param *param, uint16_t type)
{
	const uint16_t *t = param->targets;

	for (; *t != 0; t++) {
		if (*t == type)
			return true;
	}
	return param->targets[0] == 0;
}

static bool
modifier_parse(struct str text, const struct fhir_param *param, struct plan_clause *c)
{
	if (text.p == NULL)
		return true;
	for (size_t i = 0; i < sizeof modifier_rows / sizeof *modifier_rows; i++) {
		if (str_eq(text, modifier_rows[i].name)) {
			c->modifier = modifier_rows[i].modifier;
			return (modifier_rows[i].kinds & 1u << param->kind) != 0;
		}
	}
	c->modifier = MOD_TYPE;
	c->mod_type = fhir_type_of(text);
	return c->mod_type != 0 && param->kind == PARAM_REFERENCE && may_target(param, c->mod_type);
}

static enum rc
add_value(struct parse *q, struct plan_value ***end, const struct plan_value *v)
{
	struct plan_value *copy = ARENA_NEW(q->a, struct plan_value);

	if (copy == NULL)
		return arena_rc(q->a, q->p);
	*copy = *v;
	**end = copy;
	*end = &copy->next;
	return RC_OK;
}

static enum rc
values_parse(struct parse *q, struct plan_clause *c, struct str text)
{
	struct plan_value **end = &c->values, v;
	struct str rest = text;

	for (unsigned n = 0; rest.p != NULL; n++) {
		struct str one = plan_value_cut(rest, ',', &rest);
		bool ok;
		enum rc rc;

		if (n == VALUES_MAX)
			return problem_set(q->p, RC_LIMIT, WHY_TOO_BIG, c->param ? c->param->code : "_id", "over %d alternatives", VALUES_MAX);
		v = (struct plan_value){ 0 };
		if (c->what == CLAUSE_ID) {
			v = (struct plan_value){ .kind = VALUE_TOKEN, .b = one };
			ok = fhir_is_id(one);
		} else if (c->what == CLAUSE_LAST_UPDATED) {
			ok = plan_value_date(one, &v);
		} else {
			ok = plan_value_parse(c->param, c->modifier, c->mod_type, one, q->a, &v);
		}
		if (!ok)
			return refuse_value(q);
		rc = add_value(q, &end, &v);
		if (rc != RC_OK)
			return rc;
	}
	return c->values ? RC_OK : refuse_value(q);
}

/* The one type a chain goes to: named, or the only target, or the only target that has the next parameter. 0 when it cannot be told. */
static uint16_t
chain_target(const struct plan_clause *c, struct str next)
{
	struct str rest, code = str_cut(next, ':', &rest);
	uint16_t only = 0;

	if (c->mod_type != 0)
		return c->mod_type;
	if (c->param->targets[0] != 0 && c->param->targets[1] == 0)
		return c->param->targets[0];
	for (const uint16_t *t = c->param->targets; *t != 0; t++) {
		if (fhir_param_find(*t, code) == NULL)
			continue;
		if (only != 0)
			return 0;
		only = *t;
	}
	return only;
}

static enum rc clause_parse(struct parse *q, uint16_t type, struct str name, bool chained, struct plan_clause **c_r);

static enum rc
chain_parse(struct parse *q, struct plan_clause *c, struct str next)
{
	if (c->what != CLAUSE_PARAM || c->param->kind != PARAM_REFERENCE)
		return refuse(q, WHY_UNKNOWN_PARAMETER);
	if (c->modifier != MOD_NONE && c->modifier != MOD_TYPE)
		return refuse(q, WHY_UNKNOWN_MODIFIER);
	c->chain_type = chain_target(c, next);
	if (c->chain_type == 0)
		return refuse(q, WHY_UNKNOWN_PARAMETER);
	return clause_parse(q, c->chain_type, next, true, &c->chain);
}

static enum rc
clause_parse(struct parse *q, uint16_t type, struct str name, bool chained, struct plan_clause **c_r)
{
	struct str next, modifier, head = str_cut(name, '.', &next), code = str_cut(head, ':', &modifier);
	struct plan_clause *c = ARENA_NEW(q->a, struct plan_clause);
	enum rc rc;

	if (c == NULL)
		return arena_rc(q->a, q->p);
	*c_r = c;
	if (str_eq(code, "_id"))
		c->what = CLAUSE_ID;
	else if (str_eq(code, "_lastUpdated"))
		c->what = CLAUSE_LAST_UPDATED;
	else if ((c->param = fhir_param_find(type, code)) == NULL || !c->param->indexed)
		return refuse(q, WHY_UNKNOWN_PARAMETER);
	if (next.p != NULL && chained)
		return refuse(q, WHY_UNKNOWN_PARAMETER);
	if (c->what == CLAUSE_PARAM ? !modifier_parse(modifier, c->param, c) : modifier.p != NULL)
		return refuse(q, WHY_UNKNOWN_MODIFIER);
	if (next.p != NULL)
		return chain_parse(q, c, next);
	if (c->modifier != MOD_MISSING)
		return values_parse(q, c, q->pair->value);
	c->missing = str_eq(q->pair->value, "true");
	rc = RC_OK;
	if (!c->missing && !str_eq(q->pair->value, "false"))
		rc = refuse_value(q);
	return rc;
}

/* ---- result parameters ---- */

static enum rc
take_count(struct parse *q, struct str value)
{
	uint64_t n;

	if (str_u64(value, &n) != RC_OK)
		return refuse_value(q);
	q->plan->count = n > COUNT_MAX ? COUNT_MAX : (uint32_t)n;
	if (n == 0)
		q->plan->summary_count = true;
	return RC_OK;
}

static enum rc
take_sort(struct parse *q, struct str value)
{
	struct str rest = value;

	do {
		struct str code = str_cut(rest, ',', &rest);
		struct plan_sort *s = ARENA_NEW(q->a, struct plan_sort);

		if (s == NULL)
			return arena_rc(q->a, q->p);
		if (code.n > 0 && code.p[0] == '-') {
			s->descending = true;
			code.p++;
			code.n--;
		}
		s->last_updated = str_eq(code, "_lastUpdated");
		s->id = str_eq(code, "_id");
		if (!s->last_updated && !s->id) {
			s->param = fhir_param_find(q->plan->type, code);
			if (s->param == NULL || !s->param->indexed || s->param->kind == PARAM_COMPOSITE)
				return refuse(q, WHY_BAD_VALUE);
		}
		*q->sort_end = s;
		q->sort_end = &s->next;
	} while (rest.p != NULL);
	return RC_OK;
}

static enum rc
take_summary(struct parse *q, struct str value)
{
	q->plan->summary_count = q->plan->summary_count || str_eq(value, "count");
	return str_eq(value, "count") || str_eq(value, "false") ? RC_OK : refuse_value(q);
}

static enum rc
take_total(struct parse *q, struct str value)
{
	q->plan->total = str_eq(value, "accurate");
	return q->plan->total || str_eq(value, "none") ? RC_OK : refuse_value(q);
}

static enum rc
take_cursor(struct parse *q, struct str value)
{
	q->plan->cursor = value;
	return value.n > 0 && value.n <= CURSOR_MAX ? RC_OK : refuse_value(q);
}

static enum rc
take_nothing(struct parse *q, struct str value)
{
	(void)q;
	(void)value;
	return RC_OK;
}

static const struct result_row { const char *name; enum rc (*take)(struct parse *q, struct str value); bool in_self; } result_rows[] = {
	{ "_count",   take_count,   true },
	{ "_cursor",  take_cursor,  false },
	{ "_format",  take_nothing, false },
	{ "_pretty",  take_nothing, false },
	{ "_sort",    take_sort,    true },
	{ "_summary", take_summary, true },
	{ "_total",   take_total,   true },
};

static int
result_row_of(struct str name)
{
	for (size_t i = 0; i < sizeof result_rows / sizeof *result_rows; i++) {
		if (str_eq(name, result_rows[i].name))
			return (int)i;
	}
	return -1;
}

/* ---- the query as understood ---- */

static bool
unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

static size_t
percent(char *out, size_t at, struct str s, bool name)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (unreserved(c) || (name && c == ':')) {
			out[at++] = c;
		} else {
			out[at++] = '%';
			out[at++] = hex[(unsigned char)c >> 4];
			out[at++] = hex[(unsigned char)c & 15];
		}
	}
	return at;
}

static enum rc
write_self(struct parse *q, const struct pairs *query)
{
	size_t max = 0, at = 0;
	char *out;

	for (size_t i = 0; i < query->n; i++)
		max += 3 * (query->at[i].name.n + query->at[i].value.n) + 2;
	if (max == 0) {
		q->plan->self = STR("");
		return RC_OK;
	}
	out = arena_bytes(q->a, max);
	if (out == NULL)
		return arena_rc(q->a, q->p);
	for (size_t i = 0; i < query->n; i++) {
		int row = result_row_of(query->at[i].name);

		if (row >= 0 && !result_rows[row].in_self)
			continue;
		if (at > 0)
			out[at++] = '&';
		at = percent(out, at, query->at[i].name, true);
		out[at++] = '=';
		at = percent(out, at, query->at[i].value, false);
	}
	q->plan->self = (struct str){ out, at };
	return RC_OK;
}

enum rc
fhir_plan_parse(uint16_t type, const struct pairs *query, struct arena *a, struct plan **plan_r, struct problem *p)
{
	struct parse q = { .plan = ARENA_NEW(a, struct plan), .a = a, .p = p };
	enum rc rc;

	MUST(type > 0 && type < TYPE__END);
	if (q.plan == NULL)
		return arena_rc(a, p);
	q.plan->type = type;
	q.plan->count = COUNT_DEFAULT;
	q.clause_end = &q.plan->clauses;
	q.sort_end = &q.plan->sort;
	for (size_t i = 0; i < query->n; i++) {
		int row = result_row_of(query->at[i].name);

		q.pair = &query->at[i];
		if (row >= 0) {
			if (q.given & 1u << row)
				return refuse(&q, WHY_BAD_VALUE);
			q.given |= 1u << row;
			rc = result_rows[row].take(&q, q.pair->value);
		} else {
			rc = clause_parse(&q, type, q.pair->name, false, q.clause_end);
			if (rc == RC_OK)
				q.clause_end = &(*q.clause_end)->next;
		}
		if (rc != RC_OK)
			return rc;
	}
	rc = write_self(&q, query);
	if (rc != RC_OK)
		return rc;
	*plan_r = q.plan;
	return RC_OK;
}
