/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/expression.c: the expression of a SearchParameter, resolved against the elements of R4 at run time as tools/gen_fhir.py does for the table at build
 * time: the same forms, the same steps, and nothing beside them.
 * It must never guess: a form that is not known refuses the whole expression. Called by extra.c. Start at expression_compile.
 */
#include "internal.h"

#include <string.h>

#define STEPS_MOST 16     /* of one path; the longest of R4 has 6 */
#define STATES_MOST 64    /* variants of choice elements that one path leads through */
#define TEXT_MOST 255     /* of a name or a value in where(): what a step can hold */

struct state { struct step step[STEPS_MOST]; unsigned n; const struct member *end; uint16_t shape; /* 0: of a primitive, nothing below */ };
struct path {
	struct coding *k;
	struct state *at, *next;
	unsigned n;
	enum why why;
};

static const char *const primitive_names[] = { "", "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer",
	"markdown", "oid", "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid", "xhtml" };

void *
coding_grow(struct arena *a, void *at, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 64;
	void *new;

	if (n < *cap)
		return at;
	new = arena_array(a, more, size);
	if (new == NULL)
		return NULL;
	if (n > 0)
		memcpy(new, at, n * size);
	*cap = more;
	return new;
}

static bool
pool_add(struct coding *k, struct str s, uint32_t *at_r)
{
	for (size_t i = 0; i < s.n; i++) {
		char *pool = coding_grow(k->a, k->pool, k->n_pool, &k->cap_pool, 1);

		if (pool == NULL)
			return false;
		k->pool = pool;
		k->pool[k->n_pool++] = s.p[i];
	}
	*at_r = (uint32_t)(k->n_pool - s.n);
	return true;
}

/* ---- forms ---- */

enum token_what { TOKEN_NAME, TOKEN_WHERE, TOKEN_RESOLVE };
struct token { enum token_what what; struct str name, value; int index; /* [n], -1 none */ struct str cast; };

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static struct str
word(struct str *rest)
{
	struct str w = { rest->p, 0 };

	while (w.n < rest->n && is_word(rest->p[w.n]))
		w.n++;
	*rest = (struct str){ rest->p + w.n, rest->n - w.n };
	return w;
}

static bool
skip(struct str *rest, const char *z)
{
	struct str s = str_of(z);

	if (!str_starts(*rest, s))
		return false;
	*rest = (struct str){ rest->p + s.n, rest->n - s.n };
	return true;
}

/* After "where(": resolve() is Type), or name = 'value') */
static bool
where_next(struct str *rest, struct token *t)
{
	size_t n = 0;

	if (skip(rest, "resolve() is ")) {
		t->what = TOKEN_RESOLVE;
		t->value = word(rest);
		return skip(rest, ")");
	}
	t->what = TOKEN_WHERE;
	t->name = word(rest);
	*rest = str_trim(*rest);
	if (!skip(rest, "="))
		return false;
	*rest = str_trim(*rest);
	if (!skip(rest, "'"))
		return false;
	while (n < rest->n && rest->p[n] != '\'' && rest->p[n] != '\\')
		n++;
	t->value = (struct str){ rest->p, n };
	*rest = (struct str){ rest->p + n, rest->n - n };
	return skip(rest, "'") && skip(rest, ")");
}

static bool
name_next(struct str *rest, struct token *t)
{
	uint64_t index;

	t->what = TOKEN_NAME;
	t->name = word(rest);
	if (t->name.n == 0)
		return false;
	if (skip(rest, "[")) {
		if (str_u64(word(rest), &index) != RC_OK || index > 1000 || !skip(rest, "]"))
			return false;
		t->index = (int)index;
	} else if (skip(rest, ".as(") || skip(rest, ".ofType(")) {
		t->cast = word(rest);
		return t->cast.n > 0 && skip(rest, ")");
	}
	return true;
}

/* The next part of a path and the dot after it. */
static bool
token_next(struct str *rest, struct token *t)
{
	*t = (struct token){ .index = -1 };
	if (!(skip(rest, "where(") ? where_next(rest, t) : name_next(rest, t)))
		return false;
	return rest->n == 0 || (skip(rest, ".") && rest->n > 0);
}

/* ---- elements ---- */

static bool
same_letters(struct str a, const char *z)
{
	return str_eq_nocase(a, z);
}

static const char *
type_of_member(const struct member *m)
{
	if (m->kind < KIND_COMPLEX)
		return primitive_names[m->kind];
	return m->kind == KIND_COMPLEX ? model_pool + model_shapes[m->shape].name : "Resource";
}

/* Is m the element of this name? A choice stands under its base name, one member for each type. */
static bool
member_is(const struct member *m, struct str name)
{
	struct str json = { model_pool + m->name, m->len };
	struct str type = str_of(type_of_member(m));

	if (m->kind == KIND_RESOURCE_TYPE)
		return false;
	if (!(m->flags & MEMBER_CHOICE))
		return str_is(json, name);
	return json.n == name.n + type.n && str_starts(json, name) && same_letters((struct str){ json.p + name.n, type.n }, type.p);
}

static bool
state_step(struct path *w, struct state *s, struct step step, struct str name, struct str value)
{
	if (s->n == STEPS_MOST || name.n > TEXT_MOST || value.n > TEXT_MOST) {
		w->why = WHY_SEARCH_EXPRESSION;
		return false;
	}
	step.name_n = (uint8_t)name.n;
	step.value_n = (uint8_t)value.n;
	if (!pool_add(w->k, name, &step.name) || !pool_add(w->k, value, &step.value)) {
		w->why = WHY_BUSY;
		return false;
	}
	s->step[s->n++] = step;
	return true;
}

/* Every element of the name below one state; its choice variants but for a cast. */
static bool
name_step(struct path *w, const struct state *from, const struct token *t, unsigned *n)
{
	const struct shape *shape = &model_shapes[from->shape];
	unsigned found = 0;

	for (unsigned i = 0; from->shape != 0 && i < shape->member_n; i++) {
		const struct member *m = &model_members[shape->member_first + i];
		struct state *s = &w->next[*n];

		if (!member_is(m, t->name) || (t->cast.n > 0 && !same_letters(t->cast, type_of_member(m))))
			continue;
		if (*n == STATES_MOST) {
			w->why = WHY_SEARCH_EXPRESSION;
			return false;
		}
		*s = *from;
		s->end = m;
		s->shape = m->kind == KIND_COMPLEX ? m->shape : 0;
		if (!state_step(w, s, (struct step){ .op = STEP_MEMBER }, (struct str){ model_pool + m->name, m->len }, STR_NONE))
			return false;
		if (t->index >= 0 && !state_step(w, s, (struct step){ .op = STEP_INDEX, .arg = (uint16_t)t->index }, STR_NONE, STR_NONE))
			return false;
		(*n)++;
		found++;
	}
	if (found == 0)
		w->why = WHY_SEARCH_ELEMENT;
	return found > 0;
}

static bool
filter_step(struct path *w, const struct state *from, const struct token *t, unsigned *n)
{
	struct state *s = &w->next[*n];
	const struct shape *shape = &model_shapes[from->shape];
	uint16_t type = t->what == TOKEN_RESOLVE ? fhir_type_of(t->value) : 0;

	*s = *from;
	(*n)++;
	if (t->what == TOKEN_RESOLVE) {
		if (type == 0 || from->shape != SHAPE_Reference)
			w->why = WHY_SEARCH_ELEMENT;
		return type != 0 && from->shape == SHAPE_Reference && state_step(w, s, (struct step){ .op = STEP_RESOLVE, .arg = type }, STR_NONE, STR_NONE);
	}
	if (from->shape == 0 || model_member(shape, t->name) == NULL) {
		w->why = WHY_SEARCH_ELEMENT;
		return false;
	}
	return state_step(w, s, (struct step){ .op = STEP_WHERE }, t->name, t->value);
}

static bool
path_walk(struct path *w, struct str rest, struct str cast)
{
	struct token t;

	while (rest.n > 0) {
		unsigned n = 0;
		struct state *was = w->at;

		if (!token_next(&rest, &t)) {
			w->why = WHY_SEARCH_EXPRESSION;
			return false;
		}
		if (cast.n > 0 && rest.n == 0) { /* (path as Type): of the last element */
			if (t.what != TOKEN_NAME || t.index >= 0 || t.cast.n > 0) {
				w->why = WHY_SEARCH_EXPRESSION;
				return false;
			}
			t.cast = cast;
		}
		for (unsigned i = 0; i < w->n; i++) {
			if (!(t.what == TOKEN_NAME ? name_step(w, &w->at[i], &t, &n) : filter_step(w, &w->at[i], &t, &n)))
				return false;
		}
		w->at = w->next;
		w->next = was;
		w->n = n;
	}
	return true;
}

/* ---- one term of a union ---- */

/* Cuts at " as ": what stands before; after it one word, the type. */
static bool
cast_cut(struct str text, struct str *path_r, struct str *cast_r)
{
	const char *at = text.n > 0 ? memmem(text.p, text.n, " as ", 4) : NULL;
	struct str rest;

	*path_r = text;
	*cast_r = STR_NONE;
	if (at == NULL)
		return true;
	*path_r = str_trim((struct str){ text.p, (size_t)(at - text.p) });
	rest = str_trim((struct str){ at + 4, text.n - (size_t)(at + 4 - text.p) });
	*cast_r = word(&rest);
	return cast_r->n > 0 && rest.n == 0;
}

/* (path as Type), (path as Type).rest, path as Type, path */
static bool
term_cut(struct str text, struct str *path_r, struct str *cast_r, struct str *rest_r)
{
	size_t close = 0, depth = 0;

	*rest_r = STR_NONE;
	if (text.n == 0 || text.p[0] != '(')
		return cast_cut(text, path_r, cast_r);
	for (; close < text.n; close++) {
		depth += text.p[close] == '(';
		depth -= text.p[close] == ')';
		if (depth == 0)
			break;
	}
	if (close == text.n)
		return false;
	*rest_r = (struct str){ text.p + close + 1, text.n - close - 1 };
	if (rest_r->n > 0 && (!skip(rest_r, ".") || rest_r->n == 0))
		return false;
	return cast_cut(str_trim((struct str){ text.p + 1, close - 1 }), path_r, cast_r);
}

/* Is the first name the type itself, and the rest of the path below it? other_r: it is another of the parameter's bases. */
static bool
base_cut(struct str *path, const char *base, const struct json *bases, bool *other_r)
{
	struct str rest = *path, first = word(&rest);

	*other_r = false;
	if (first.n == 0 || (rest.n > 0 && rest.p[0] != '.'))
		return true;
	if (str_eq(first, base) || str_eq(first, "Resource") || str_eq(first, "DomainResource")) {
		*path = rest.n > 0 ? (struct str){ rest.p + 1, rest.n - 1 } : STR_NONE;
		return rest.n != 1;
	}
	for json_each(b, bases)
		*other_r = *other_r || str_is(json_text(b), first);
	return *other_r || fhir_type_of(first) == 0;
}

/* x.exists() and x != false, x a choice of boolean and dateTime */
static bool
exists_term(struct path *w, struct str text, const char *base)
{
	const char *at = text.n > 0 ? memmem(text.p, text.n, ".exists() and ", 14) : NULL;
	struct str left, right, name, bool_name = STR_NONE, date_name = STR_NONE;
	const struct shape *shape = &model_shapes[w->at[0].shape];
	unsigned n = 0;

	if (at == NULL)
		return false;
	left = (struct str){ text.p, (size_t)(at - text.p) };
	right = (struct str){ at + 14, text.n - left.n - 14 };
	if (!str_starts(right, left) || !str_eq((struct str){ right.p + left.n, right.n - left.n }, " != false"))
		return false;
	name = left;
	if (!str_starts(name, str_of(base)) || !skip(&name, base) || !skip(&name, "."))
		return false;
	for (unsigned i = 0; i < shape->member_n; i++) {
		const struct member *m = &model_members[shape->member_first + i];

		if (!member_is(m, name))
			continue;
		n++;
		if (m->kind == KIND_BOOLEAN)
			bool_name = (struct str){ model_pool + m->name, m->len };
		else if (m->kind == KIND_DATETIME)
			date_name = (struct str){ model_pool + m->name, m->len };
	}
	if (n != 2 || bool_name.n == 0 || date_name.n == 0)
		return false;
	w->at[0].end = model_member(shape, bool_name);
	w->at[0].shape = 0;
	return state_step(w, &w->at[0], (struct step){ .op = STEP_EXISTS }, bool_name, date_name);
}

/* ---- what a path gives ---- */

/* Which datatypes give values for which kind of parameter (search.html, R4): as VALUES in tools/gen_fhir.py. */
static bool
gives(enum param_kind kind, const struct member *m)
{
	static const unsigned PRIMITIVES[] = {
		[PARAM_STRING] = 1u << KIND_STRING | 1u << KIND_MARKDOWN,
		[PARAM_TOKEN] = 1u << KIND_CODE | 1u << KIND_BOOLEAN | 1u << KIND_STRING | 1u << KIND_ID | 1u << KIND_URI | 1u << KIND_URL | 1u << KIND_OID
			| 1u << KIND_UUID | 1u << KIND_CANONICAL,
		[PARAM_DATE] = 1u << KIND_DATE | 1u << KIND_DATETIME | 1u << KIND_INSTANT,
		[PARAM_NUMBER] = 1u << KIND_DECIMAL | 1u << KIND_INTEGER | 1u << KIND_POSITIVE | 1u << KIND_UNSIGNED,
		[PARAM_REFERENCE] = 1u << KIND_CANONICAL | 1u << KIND_URI | 1u << KIND_URL,
		[PARAM_URI] = 1u << KIND_URI | 1u << KIND_URL | 1u << KIND_OID | 1u << KIND_UUID | 1u << KIND_CANONICAL,
		[PARAM_SPECIAL] = 0,
	};

	if (m->kind < KIND_COMPLEX)
		return (PRIMITIVES[kind] & 1u << m->kind) != 0;
	switch (m->kind == KIND_COMPLEX ? m->shape : 0) {
	case SHAPE_HumanName:
	case SHAPE_Address:         return kind == PARAM_STRING;
	case SHAPE_Coding:
	case SHAPE_CodeableConcept:
	case SHAPE_Identifier:
	case SHAPE_ContactPoint:    return kind == PARAM_TOKEN;
	case SHAPE_Period:
	case SHAPE_Timing:          return kind == PARAM_DATE;
	case SHAPE_Range:           return kind == PARAM_NUMBER || kind == PARAM_QUANTITY;
	case SHAPE_Quantity:
	case SHAPE_Age:
	case SHAPE_Duration:
	case SHAPE_Count:
	case SHAPE_Distance:
	case SHAPE_Money:
	case SHAPE_SampledData:     return kind == PARAM_QUANTITY;
	case SHAPE_Reference:       return kind == PARAM_REFERENCE;
	default:                    return false;
	}
}

static void
targets_mark(bool *targets, const struct member *m)
{
	const struct run *r = &model_target_runs[m->targets];

	targets[0] = targets[0] || m->targets == 0;
	for (unsigned i = 0; i < r->n; i++)
		targets[model_target_types[r->first + i]] = true;
}

static bool
branch_add(struct path *w, const struct state *s, enum param_kind kind, uint8_t *n_r, bool *targets)
{
	struct coding *k = w->k;
	struct branch b = { .step_first = (uint16_t)k->n_steps, .step_n = (uint8_t)s->n, .kind = KIND_COMPLEX };

	if (kind != PARAM_COMPOSITE) {
		if (s->end == NULL || !gives(kind, s->end))
			return true; /* another variant of the choice may */
		b.kind = s->end->kind;
		b.shape = s->end->shape;
		b.system = s->end->kind == KIND_CODE ? model_code_sets[s->end->codes].system : 0;
		if (targets != NULL && s->end->shape == SHAPE_Reference && s->end->kind == KIND_COMPLEX)
			targets_mark(targets, s->end);
	} else {
		b.shape = s->shape; /* where components start; not a datatype of values */
		if (s->shape == 0)
			return true;
	}
	for (unsigned i = 0; i < s->n; i++) {
		struct step *steps = coding_grow(k->a, k->steps, k->n_steps, &k->cap_steps, sizeof *steps);

		if (steps == NULL)
			goto full;
		k->steps = steps;
		k->steps[k->n_steps++] = s->step[i];
	}
	struct branch *branches = coding_grow(k->a, k->branches, k->n_branches, &k->cap_branches, sizeof *branches);

	if (branches == NULL || k->n_steps > UINT16_MAX || k->n_branches >= UINT16_MAX || *n_r == UINT8_MAX)
		goto full;
	k->branches = branches;
	k->branches[k->n_branches++] = b;
	(*n_r)++;
	return true;
full:
	w->why = WHY_BUSY;
	return false;
}

/* used_r: the term speaks of this base. */
static enum why
term_compile(struct path *w, uint16_t shape, const char *base, const struct json *bases, enum param_kind kind, struct str text, uint8_t *n_r, bool *targets, bool *used_r)
{
	struct str path, cast, rest;
	bool other = false;

	*used_r = true;
	w->n = 1;
	w->at[0] = (struct state){ .shape = shape };
	w->why = WHY_SEARCH_EXPRESSION;
	if (!exists_term(w, text, base)) {
		if (!term_cut(text, &path, &cast, &rest) || path.n == 0)
			return w->why;
		if (!base_cut(&path, base, bases, &other))
			return WHY_SEARCH_ELEMENT;
		if (other) {
			*used_r = false;
			return WHY__END;
		}
		if (!path_walk(w, path, cast) || !path_walk(w, rest, STR_NONE))
			return w->why;
	}
	for (unsigned i = 0; i < w->n; i++) {
		if (!branch_add(w, &w->at[i], kind, n_r, targets))
			return w->why;
	}
	return WHY__END;
}

/* Cuts at the first bar outside of quotes. */
static struct str
union_cut(struct str text, struct str *rest_r)
{
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		quoted = quoted != (text.p[i] == '\'');
		if (text.p[i] == '|' && !quoted) {
			*rest_r = (struct str){ text.p + i + 1, text.n - i - 1 };
			return (struct str){ text.p, i };
		}
	}
	*rest_r = STR_NONE;
	return text;
}

enum why
expression_compile(struct coding *k, uint16_t shape, const char *base, const struct json *bases, enum param_kind kind, struct str text, uint16_t *first_r, uint8_t *n_r, bool *targets)
{
	struct path w = { .k = k, .at = arena_array(k->a, STATES_MOST, sizeof *w.at), .next = arena_array(k->a, STATES_MOST, sizeof *w.next) };
	struct str rest = text;
	bool spoken = false, used;
	enum why why = WHY__END;

	if (w.at == NULL || w.next == NULL)
		return WHY_BUSY;
	*first_r = (uint16_t)k->n_branches;
	*n_r = 0;
	while (why == WHY__END && rest.p != NULL) {
		why = term_compile(&w, shape, base, bases, kind, str_trim(union_cut(rest, &rest)), n_r, targets, &used);
		spoken = spoken || used;
	}
	if (why != WHY__END)
		return why;
	if (!spoken)
		return WHY_SEARCH_ELEMENT;
	return *n_r > 0 ? WHY__END : WHY_SEARCH_VALUES;
}
