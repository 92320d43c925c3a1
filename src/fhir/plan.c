/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/plan.c: a search query of one type made into a checked plan (search.html, R4). What is not understood is refused by name, never ignored:
 * a search that silently drops a condition reveals more than was asked.
 * It must never touch data nor build SQL: record/plan.c does. Called by gate for pages and api. Start at fhir_plan_parse.
 */
#include "tree.h"
#include "fhir/extra.h"
#include "fhir/subset.h"

#include <string.h>

#define COUNT_DEFAULT 20
#define COUNT_MAX 200
#define VALUES_MAX 500   /* alternatives of one clause */
#define CURSOR_MAX 1024
#define CLAUSES_MAX 200  /* of one query, chains and the types that they may lead to included */
#define INCLUDES_MAX 50

struct parse {
	struct plan *plan;
	const struct fhir_extra *extra; /* parameters that the house posted */
	struct arena *a;
	struct problem *p;
	const struct pair *pair;     /* being read */
	struct plan_clause **clause_end;
	struct plan_sort **sort_end;
	struct plan_include **include_end;
	struct subset subset;
	unsigned n_clauses, n_includes;
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
	{ "above",      MOD_ABOVE,      OF(URI) | OF(TOKEN) | OF(REFERENCE) }, /* a token's code system, a reference's type must have a hierarchy here */
	{ "below",      MOD_BELOW,      OF(URI) | OF(TOKEN) | OF(REFERENCE) },
	{ "contains",   MOD_CONTAINS,   OF(STRING) },
	{ "exact",      MOD_EXACT,      OF(STRING) },
	{ "identifier", MOD_IDENTIFIER, OF(REFERENCE) },
	{ "in",         MOD_IN,         OF(TOKEN) },
	{ "missing",    MOD_MISSING,    ~0u },
	{ "not",        MOD_NOT,        OF(TOKEN) },
	{ "not-in",     MOD_NOT_IN,     OF(TOKEN) },
	{ "of-type",    MOD_OF_TYPE,    OF(TOKEN) },
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

static const struct fhir_param *
param_of(const struct parse *q, uint16_t type, struct str code)
{
	const struct fhir_param *param = fhir_param_find(type, code);

	return param != NULL ? param : extra_find(q->extra, type, code);
}

static bool
is_identifier(const struct parse *q, const struct fhir_param *param)
{
	const struct code *code;
	const struct program *g = model_program(q->extra, param->no, &code);

	for (unsigned i = 0; i < g->branch_n; i++) {
		if (code->branches[g->branch_first + i].shape == SHAPE_Identifier)
			return true;
	}
	return false;
}

static bool
modifier_parse(const struct parse *q, struct str text, const struct fhir_param *param, struct plan_clause *c)
{
	if (text.p == NULL)
		return true;
	for (size_t i = 0; i < sizeof modifier_rows / sizeof *modifier_rows; i++) {
		if (str_eq(text, modifier_rows[i].name)) {
			c->modifier = modifier_rows[i].modifier;
			if (model_is_words(param))
				return c->modifier == MOD_MISSING;
			return (modifier_rows[i].kinds & 1u << param->kind) != 0 && (c->modifier != MOD_OF_TYPE || is_identifier(q, param));
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

/* The codes above or below system|code. */
static enum rc
tree_parse(struct parse *q, const struct plan_clause *c, struct str one, struct plan_value **v_r)
{
	struct plan_value v;
	enum why why;

	if (!plan_value_token(one, q->a, &v))
		return refuse_value(q);
	why = tree_values(v.a, v.b, c->modifier == MOD_ABOVE, q->a, v_r);
	if (why == WHY_TOO_BIG)
		return problem_set(q->p, RC_LIMIT, WHY_TOO_BIG, c->param->code, "over %d codes below", TREE_MOST);
	return why == WHY__END ? RC_OK : why == WHY_BUSY ? refuse_value(q) : refuse(q, why);
}

/* One alternative may stand for several values: the codes of a value set, what lies above an address, above or below a code. */
static enum rc
several_parse(struct parse *q, const struct plan_clause *c, struct str one, struct plan_value ***end)
{
	struct plan_value *v = NULL;
	enum rc rc = RC_OK;

	if (c->modifier == MOD_IN || c->modifier == MOD_NOT_IN)
		v = plan_values_in(one, q->a);
	else if (c->param->kind == PARAM_TOKEN)
		rc = tree_parse(q, c, one, &v);
	else
		v = plan_values_above(one, q->a);
	if (rc == RC_OK && v == NULL && one.n > 0 && !q->a->failed && (c->modifier == MOD_IN || c->modifier == MOD_NOT_IN))
		return refuse(q, WHY_NO_VALUE_SET);
	if (rc != RC_OK || v == NULL)
		return rc != RC_OK ? rc : refuse_value(q);
	**end = v;
	while (**end != NULL)
		*end = &(**end)->next;
	return RC_OK;
}

/* A reference's hierarchy is that of the places and of the organizations: each names the one that it is part of (R4 references.html#hierarchy). */
static bool
is_in_tree(uint16_t type)
{
	return type == TYPE_Location || type == TYPE_Organization;
}

static enum rc
one_parse(struct parse *q, const struct plan_clause *c, struct str one, struct plan_value ***end)
{
	struct plan_value v = { 0 };
	struct str rest;
	bool ok, tree = c->modifier == MOD_ABOVE || c->modifier == MOD_BELOW;

	if (c->modifier == MOD_IN || c->modifier == MOD_NOT_IN || (tree && c->param->kind == PARAM_TOKEN) || (c->modifier == MOD_ABOVE && c->param->kind == PARAM_URI))
		return several_parse(q, c, one, end);
	if (c->what == CLAUSE_PARAM && model_is_words(c->param)) {
		ok = plan_value_word(one, q->a, &v, &rest) && rest.n == 0;
	} else if (c->what == CLAUSE_ID || c->what == CLAUSE_LIST) {
		v = (struct plan_value){ .kind = VALUE_TOKEN, .b = one };
		ok = fhir_is_id(one);
	} else if (c->what == CLAUSE_LAST_UPDATED) {
		ok = plan_value_date(one, &v);
	} else {
		ok = plan_value_parse(q->extra, c->param, c->modifier, c->mod_type, one, q->a, &v);
	}
	if (ok && tree && c->param->kind == PARAM_REFERENCE && (v.ref_type != 0 ? !is_in_tree(v.ref_type) : !may_target(c->param, TYPE_Location) && !may_target(c->param, TYPE_Organization)))
		return refuse(q, WHY_NO_HIERARCHY);
	return ok ? add_value(q, end, &v) : refuse_value(q);
}

static enum rc
values_parse(struct parse *q, struct plan_clause *c, struct str text)
{
	struct plan_value **end = &c->values;
	struct str rest = text;

	for (unsigned n = 0; rest.p != NULL; n++) {
		struct str one = plan_value_cut(rest, ',', &rest);
		enum rc rc;

		if (n == VALUES_MAX)
			return problem_set(q->p, RC_LIMIT, WHY_TOO_BIG, c->param ? c->param->code : "_id", "over %d alternatives", VALUES_MAX);
		rc = one_parse(q, c, one, &end);
		if (rc != RC_OK)
			return rc;
	}
	return c->values ? RC_OK : refuse_value(q);
}

static enum rc clause_parse(struct parse *q, uint16_t type, struct str name, bool inner, struct plan_clause **c_r);

/* The condition on each type that the reference may lead to: a type that does not know it, or cannot read its value, is left out; one must be left. */
static enum rc
chain_parse(struct parse *q, struct plan_clause *c, struct str next)
{
	struct plan_clause **end = &c->chain;
	struct problem first = { 0 };

	if (c->what != CLAUSE_PARAM || c->param->kind != PARAM_REFERENCE)
		return refuse(q, WHY_UNKNOWN_PARAMETER);
	if (c->modifier != MOD_NONE && c->modifier != MOD_TYPE)
		return refuse(q, WHY_UNKNOWN_MODIFIER);
	if (c->mod_type != 0 || c->param->targets[0] == 0)
		return c->mod_type ? clause_parse(q, c->mod_type, next, true, end) : refuse(q, WHY_UNKNOWN_PARAMETER);
	for (const uint16_t *t = c->param->targets; *t != 0; t++) {
		struct problem *p = q->p, found;
		enum rc rc;

		q->p = &found;
		rc = clause_parse(q, *t, next, true, end);
		q->p = p;
		if (rc == RC_LIMIT) {
			*p = found;
			return rc;
		}
		if (rc == RC_OK)
			end = &(*end)->other;
		else if (first.rc == RC_OK || first.why == WHY_UNKNOWN_PARAMETER)
			first = found;
		if (rc != RC_OK)
			*end = NULL;
	}
	if (c->chain == NULL) {
		if (q->p != NULL)
			*q->p = first;
		return first.rc;
	}
	return RC_OK;
}

/* Type:reference:condition, the condition perhaps such a one again */
static enum rc
has_parse(struct parse *q, struct str text, struct plan_clause *c)
{
	struct str rest, code, next, type_name = str_cut(text, ':', &rest);
	uint16_t type = fhir_type_of(type_name);

	code = str_cut(rest, ':', &next);
	c->what = CLAUSE_HAS;
	if (type == 0 || rest.p == NULL || next.p == NULL)
		return refuse(q, WHY_UNKNOWN_PARAMETER);
	c->param = param_of(q, type, code);
	if (c->param == NULL || !c->param->indexed || c->param->kind != PARAM_REFERENCE || !may_target(c->param, c->type))
		return refuse(q, WHY_UNKNOWN_PARAMETER);
	return clause_parse(q, type, next, true, &c->chain);
}

static enum rc
clause_what(struct parse *q, struct plan_clause *c, struct str code, bool inner)
{
	if (str_eq(code, "_id"))
		c->what = CLAUSE_ID;
	else if (str_eq(code, "_lastUpdated"))
		c->what = CLAUSE_LAST_UPDATED;
	else if (str_eq(code, "_list") && !inner)
		c->what = CLAUSE_LIST;
	else if ((c->param = param_of(q, c->type, code)) == NULL)
		return refuse(q, str_eq(code, "_containedType") ? WHY_PARAMETER_UNSERVED : WHY_UNKNOWN_PARAMETER);
	else if (!c->param->indexed)
		return refuse(q, WHY_PARAMETER_UNSERVED);
	return RC_OK;
}

/* All words of one text must be there: a condition each. Between commas stands one word. */
static enum rc
words_parse(struct parse *q, struct plan_clause *c, struct str text)
{
	struct str rest = text, more;
	struct plan_value v;

	(void)plan_value_cut(text, ',', &more);
	if (more.p != NULL)
		return values_parse(q, c, text);
	for (struct plan_clause *at = c; rest.p != NULL; at = at->next) {
		struct plan_value **end = &at->values;
		enum rc rc;

		if (!plan_value_word(rest, q->a, &v, &rest))
			return refuse_value(q);
		rc = add_value(q, &end, &v);
		if (rc != RC_OK || rest.n == 0)
			return rc;
		if (q->n_clauses++ == CLAUSES_MAX)
			return problem_set(q->p, RC_LIMIT, WHY_TOO_BIG, c->param->code, "over %d conditions", CLAUSES_MAX);
		at->next = ARENA_NEW(q->a, struct plan_clause);
		if (at->next == NULL)
			return arena_rc(q->a, q->p);
		*at->next = (struct plan_clause){ .what = c->what, .type = c->type, .param = c->param };
	}
	return RC_OK;
}

/* inner: of a chain or a _has. */
static enum rc
clause_parse(struct parse *q, uint16_t type, struct str name, bool inner, struct plan_clause **c_r)
{
	struct str next, modifier, head = str_cut(name, '.', &next), code = str_cut(head, ':', &modifier);
	struct plan_clause *c = ARENA_NEW(q->a, struct plan_clause);
	enum rc rc;

	if (c == NULL)
		return arena_rc(q->a, q->p);
	if (q->n_clauses++ == CLAUSES_MAX)
		return problem_set(q->p, RC_LIMIT, WHY_TOO_BIG, "", "over %d conditions", CLAUSES_MAX);
	*c_r = c;
	c->type = type;
	if (str_starts(name, STR("_has:")))
		return has_parse(q, (struct str){ name.p + 5, name.n - 5 }, c);
	rc = clause_what(q, c, code, inner);
	if (rc != RC_OK)
		return rc;
	if (c->what == CLAUSE_PARAM ? !modifier_parse(q, modifier, c->param, c) : modifier.p != NULL)
		return refuse(q, WHY_UNKNOWN_MODIFIER);
	if (next.p != NULL)
		return chain_parse(q, c, next);
	if (c->modifier != MOD_MISSING && c->what == CLAUSE_PARAM && model_is_words(c->param) && !inner)
		return words_parse(q, c, q->pair->value);
	if (c->modifier != MOD_MISSING)
		return values_parse(q, c, q->pair->value);
	c->missing = str_eq(q->pair->value, "true");
	if (!c->missing && !str_eq(q->pair->value, "false"))
		return refuse_value(q);
	return RC_OK;
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
			s->param = param_of(q, q->plan->type, code);
			if (s->param == NULL || !s->param->indexed || model_is_words(s->param) || s->param->kind == PARAM_COMPOSITE)
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
	if (str_eq(value, "count")) {
		q->plan->summary_count = true;
		return RC_OK;
	}
	return subset_summary(value, &q->subset) ? RC_OK : refuse_value(q);
}

static enum rc
take_elements(struct parse *q, struct str value)
{
	return subset_elements(q->plan->type, value, q->a, &q->subset, q->p);
}

/* An estimate may be exact. */
static enum rc
take_total(struct parse *q, struct str value)
{
	q->plan->total = str_eq(value, "accurate") || str_eq(value, "estimate");
	return q->plan->total || str_eq(value, "none") ? RC_OK : refuse_value(q);
}

/* ---- includes ---- */

/* Type:param[:Target] or Type:* or * */
static bool
include_read(const struct parse *q, struct str text, struct plan_include *i)
{
	struct str rest, target = STR_NONE, code, type_name = str_cut(text, ':', &rest);

	if (str_eq(text, "*")) { /* all that point here could be of any type: too much to ask */
		i->source = i->iterate ? 0 : q->plan->type;
		return !i->reverse;
	}
	i->source = fhir_type_of(type_name);
	if (i->source == 0 || rest.p == NULL)
		return false;
	code = str_cut(rest, ':', &target);
	i->target = target.p != NULL ? fhir_type_of(target) : 0;
	if (target.p != NULL && i->target == 0)
		return false;
	if (str_eq(code, "*"))
		return true;
	i->param = param_of(q, i->source, code);
	if (i->param == NULL || !i->param->indexed || i->param->kind != PARAM_REFERENCE)
		return false;
	return i->target == 0 || may_target(i->param, i->target);
}

/* What can never include anything is a mistake: a source that is not found, a reference that cannot point here. */
static bool
include_fits(const struct parse *q, const struct plan_include *i)
{
	if (i->iterate)
		return true;
	if (!i->reverse)
		return i->source == q->plan->type;
	return (i->target == 0 || i->target == q->plan->type) && (i->param == NULL || may_target(i->param, q->plan->type));
}

/* False when the name is none of an include. */
static bool
take_include(struct parse *q, enum rc *rc_r)
{
	static const struct { const char *name; bool reverse, iterate; } names[] = {
		{ "_include", false, false }, { "_include:iterate", false, true }, { "_revinclude", true, false }, { "_revinclude:iterate", true, true },
	};
	struct plan_include *i;

	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		if (!str_eq(q->pair->name, names[n].name))
			continue;
		i = ARENA_NEW(q->a, struct plan_include);
		if (i == NULL) {
			*rc_r = arena_rc(q->a, q->p);
			return true;
		}
		i->reverse = names[n].reverse;
		i->iterate = names[n].iterate;
		*q->include_end = i;
		q->include_end = &i->next;
		*rc_r = q->n_includes++ < INCLUDES_MAX && include_read(q, q->pair->value, i) && include_fits(q, i) ? RC_OK : refuse_value(q);
		return true;
	}
	if (str_starts(q->pair->name, STR("_include:")) || str_starts(q->pair->name, STR("_revinclude:"))) {
		*rc_r = refuse(q, WHY_UNKNOWN_MODIFIER);
		return true;
	}
	return false;
}

static enum rc
take_cursor(struct parse *q, struct str value)
{
	q->plan->cursor = value;
	return value.n > 0 && value.n <= CURSOR_MAX ? RC_OK : refuse_value(q);
}

/* Contained resources are not found by themselves: as if they were asked for with false. */
static enum rc
take_contained(struct parse *q, struct str value)
{
	return str_eq(value, "false") ? RC_OK : refuse(q, WHY_PARAMETER_UNSERVED);
}

static enum rc
take_nothing(struct parse *q, struct str value)
{
	(void)q;
	(void)value;
	return RC_OK;
}

static const struct result_row { const char *name; enum rc (*take)(struct parse *q, struct str value); bool in_self; } result_rows[] = {
	{ "_contained", take_contained, false },
	{ "_count",   take_count,   true },
	{ "_cursor",  take_cursor,  false },
	{ "_elements", take_elements, true },
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
write_self(struct parse *q, const struct pairs *query, const bool *ignored)
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

		if (ignored[i] || (row >= 0 && !result_rows[row].in_self))
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

static enum rc
pair_parse(struct parse *q)
{
	int row = result_row_of(q->pair->name);
	enum rc rc;

	if (row >= 0) {
		if (q->given & 1u << row)
			return refuse(q, WHY_BAD_VALUE);
		q->given |= 1u << row;
		return result_rows[row].take(q, q->pair->value);
	}
	if (take_include(q, &rc))
		return rc;
	rc = clause_parse(q, q->plan->type, q->pair->name, false, q->clause_end);
	if (rc != RC_OK)
		*q->clause_end = NULL;
	while (*q->clause_end != NULL)
		q->clause_end = &(*q->clause_end)->next;
	return rc;
}

static enum rc
settle_subset(struct parse *q)
{
	struct subset *s;

	if (q->subset.summary == SUBSET_TEXT && q->plan->includes != NULL) /* search.html#summary: not together */
		return problem_set(q->p, RC_BAD_INPUT, WHY_BAD_VALUE, "_summary", "text with includes");
	if (subset_is_whole(&q->subset))
		return RC_OK;
	s = ARENA_NEW(q->a, struct subset);
	if (s == NULL)
		return arena_rc(q->a, q->p);
	*s = q->subset;
	q->plan->subset = s;
	return RC_OK;
}

enum rc
fhir_plan_parse_with(const struct fhir_extra *x, uint16_t type, const struct pairs *query, bool lenient, struct arena *a, struct plan **plan_r, struct problem *p)
{
	struct parse q = { .plan = ARENA_NEW(a, struct plan), .extra = x, .a = a, .p = p };
	bool *ignored = arena_array(a, query->n + 1, sizeof *ignored);
	enum rc rc = RC_OK;

	MUST(type > 0 && type < TYPE__END);
	if (q.plan == NULL || ignored == NULL)
		return arena_rc(a, p);
	q.plan->type = type;
	q.plan->count = COUNT_DEFAULT;
	q.clause_end = &q.plan->clauses;
	q.sort_end = &q.plan->sort;
	q.include_end = &q.plan->includes;
	for (size_t i = 0; rc == RC_OK && i < query->n; i++) {
		struct problem found = { 0 };

		q.pair = &query->at[i];
		q.p = lenient ? &found : p;
		rc = pair_parse(&q);
		ignored[i] = lenient && rc == RC_BAD_INPUT && (found.why == WHY_UNKNOWN_PARAMETER || found.why == WHY_PARAMETER_UNSERVED);
		if (ignored[i])
			rc = RC_OK;
		else if (rc != RC_OK && lenient && p != NULL)
			*p = found;
	}
	q.p = p;
	if (rc == RC_OK)
		rc = settle_subset(&q);
	if (rc == RC_OK)
		rc = write_self(&q, query, ignored);
	if (rc == RC_OK)
		*plan_r = q.plan;
	return rc;
}

enum rc
fhir_plan_parse(uint16_t type, const struct pairs *query, struct arena *a, struct plan **plan_r, struct problem *p)
{
	return fhir_plan_parse_with(NULL, type, query, false, a, plan_r, p);
}

enum rc
fhir_plan_parse_lenient(uint16_t type, const struct pairs *query, struct arena *a, struct plan **plan_r, struct problem *p)
{
	return fhir_plan_parse_with(NULL, type, query, true, a, plan_r, p);
}
