/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/plan_value.c: one value of a search parameter from its text, by the parameter's kind (search.html, R4): prefixes, token and quantity
 * forms, references, composites, and the escapes \, \| \$ \\.
 * It must never guess: a value that cannot be read is refused by the caller. Called by plan.c. Start at plan_value_parse.
 */
#include "plan.h"
#include "codec/fold.h"

#include <string.h>

struct str
plan_value_cut(struct str text, char sep, struct str *rest_r)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\') {
			i++;
		} else if (text.p[i] == sep) {
			*rest_r = (struct str){ text.p + i + 1, text.n - i - 1 };
			return (struct str){ text.p, i };
		}
	}
	*rest_r = STR_NONE;
	return text;
}

/* Takes the escapes out; copies only when there is one. */
static bool
unescape(struct str text, struct arena *a, struct str *out_r)
{
	char *p;
	size_t n = 0;

	if (text.n == 0 || memchr(text.p, '\\', text.n) == NULL) {
		*out_r = text;
		return true;
	}
	p = arena_bytes(a, text.n);
	if (p == NULL)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\') {
			if (++i == text.n || (text.p[i] != ',' && text.p[i] != '|' && text.p[i] != '$' && text.p[i] != '\\'))
				return false;
		}
		p[n++] = text.p[i];
	}
	*out_r = (struct str){ p, n };
	return true;
}

static struct str
prefix_of(struct str text, enum prefix *prefix_r)
{
	static const char names[][3] = { "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap" };

	*prefix_r = PREFIX_EQ;
	for (unsigned i = 0; text.n > 2 && i < sizeof names / sizeof *names; i++) {
		if (memcmp(text.p, names[i], 2) == 0) {
			*prefix_r = (enum prefix)i;
			return (struct str){ text.p + 2, text.n - 2 };
		}
	}
	return text;
}

bool
plan_value_date(struct str text, struct plan_value *v)
{
	v->kind = VALUE_DATE;
	text = prefix_of(text, &v->prefix);
	return fhir_date_range(text, &v->low, &v->high) == RC_OK;
}

static bool
number_parse(struct str text, struct plan_value *v)
{
	double exact, tenth;

	text = prefix_of(text, &v->prefix);
	if (!number_range(text, &v->num_low, &v->num_high) || !number_value(text, &exact))
		return false;
	if (v->prefix == PREFIX_AP) {
		tenth = (exact < 0 ? -exact : exact) / 10;
		v->num_low = exact - tenth < v->num_low ? exact - tenth : v->num_low;
		v->num_high = exact + tenth > v->num_high ? exact + tenth : v->num_high;
	} else if (v->prefix != PREFIX_EQ && v->prefix != PREFIX_NE) {
		v->num_low = v->num_high = exact;
	}
	return true;
}

/* number, number|system|code, number||code */
static bool
quantity_parse(struct str text, struct arena *a, struct plan_value *v)
{
	struct str rest, code, number = plan_value_cut(text, '|', &rest), system;

	v->kind = VALUE_QUANTITY;
	if (!number_parse(number, v))
		return false;
	if (rest.p == NULL)
		return true;
	system = plan_value_cut(rest, '|', &code);
	if (code.p == NULL || code.n == 0 || !unescape(system, a, &v->a) || !unescape(code, a, &v->b))
		return false;
	if (v->a.n == 0)
		v->a = STR_NONE;
	return true;
}

/* code, system|code, |code, system| */
static bool
token_parse(struct str text, struct arena *a, struct plan_value *v)
{
	struct str rest, first = plan_value_cut(text, '|', &rest), more;

	v->kind = VALUE_TOKEN;
	if (rest.p == NULL)
		return unescape(first, a, &v->b);
	(void)plan_value_cut(rest, '|', &more);
	if (more.p != NULL || (first.n == 0 && rest.n == 0) || !unescape(first, a, &v->a) || !unescape(rest, a, &v->b))
		return false;
	if (v->b.n == 0)
		v->b = STR_NONE;
	return true;
}

static bool
target_is(const struct fhir_param *param, uint16_t type)
{
	const uint16_t *t = param->targets;

	if (*t == 0)
		return true;
	for (; *t != 0; t++) {
		if (*t == type)
			return true;
	}
	return false;
}

/* Type/id, a bare id, an absolute address or a urn. */
static bool
referred_parse(const struct fhir_param *param, uint16_t mod_type, struct str text, struct arena *a, struct plan_value *v)
{
	struct ref r;

	v->kind = VALUE_REFERENCE;
	if (!unescape(text, a, &v->a))
		return false;
	if (fhir_is_id(v->a)) {
		v->ref_id = v->a;
		v->ref_type = mod_type;
		if (mod_type == 0 && param != NULL && param->targets[0] != 0 && param->targets[1] == 0)
			v->ref_type = param->targets[0];
		return true;
	}
	r = reference_parse(v->a);
	if (r.form == REF_LOCAL) {
		v->ref_type = r.type;
		v->ref_id = r.id;
		return (mod_type == 0 || mod_type == r.type) && (param == NULL || target_is(param, r.type));
	}
	return mod_type == 0 && (r.form == REF_ABSOLUTE || r.form == REF_URN);
}

static bool
text_parse(enum value_kind kind, struct str text, struct arena *a, struct plan_value *v)
{
	v->kind = (unsigned char)kind;
	return unescape(text, a, &v->a) && v->a.n > 0;
}

static bool
kind_parse(enum param_kind kind, const struct fhir_param *param, uint16_t mod_type, struct str text, struct arena *a, struct plan_value *v)
{
	switch (kind) {
	case PARAM_STRING:
		return text_parse(VALUE_STRING, text, a, v);
	case PARAM_URI:
		return text_parse(VALUE_URI, text, a, v);
	case PARAM_TOKEN:
		return token_parse(text, a, v);
	case PARAM_DATE:
		return plan_value_date(text, v);
	case PARAM_NUMBER:
		v->kind = VALUE_NUMBER;
		return number_parse(text, v);
	case PARAM_QUANTITY:
		return quantity_parse(text, a, v);
	case PARAM_REFERENCE:
		return referred_parse(param, mod_type, text, a, v);
	default:
		return false;
	}
}

/* a$b: as many values as components. */
static bool
composite_parse(const struct fhir_extra *x, const struct fhir_param *param, struct str text, struct arena *a, struct plan_value *v)
{
	const struct code *code;
	const struct program *g = model_program(x, param->no, &code);
	struct str rest = text;

	for (unsigned i = 0; i < g->part_n; i++) {
		struct str one;

		if (rest.p == NULL)
			return false;
		one = plan_value_cut(rest, '$', &rest);
		if (i > 0) {
			v->part = ARENA_NEW(a, struct plan_value);
			v = v->part;
		}
		if (v == NULL || one.n == 0 || !kind_parse(code->components[g->part_first + i].kind, NULL, 0, one, a, v))
			return false;
	}
	return rest.p == NULL;
}

bool
plan_value_token(struct str text, struct arena *a, struct plan_value *v)
{
	*v = (struct plan_value){ 0 };
	return text.n > 0 && primitive_text_ok(text) && token_parse(text, a, v);
}

struct str
plan_typed(struct arena *a, struct str system, struct str code)
{
	size_t n = system.n + code.n + 2;
	char *p = arena_bytes(a, n);

	if (p == NULL)
		return STR_NONE;
	p[0] = FHIR_TYPED;
	if (system.n > 0)
		memcpy(p + 1, system.p, system.n);
	p[1 + system.n] = '|';
	if (code.n > 0)
		memcpy(p + 2 + system.n, code.p, code.n);
	return (struct str){ p, n };
}

/* system|code|value, none empty (search.html#token) */
static bool
typed_parse(struct str text, struct arena *a, struct plan_value *v)
{
	struct str rest, value, more, system = plan_value_cut(text, '|', &rest), code;

	v->kind = VALUE_TOKEN;
	if (rest.p == NULL)
		return false;
	code = plan_value_cut(rest, '|', &value);
	if (value.p == NULL || system.n == 0 || code.n == 0 || value.n == 0)
		return false;
	(void)plan_value_cut(value, '|', &more);
	if (more.p != NULL || !unescape(system, a, &system) || !unescape(code, a, &code) || !unescape(value, a, &v->b))
		return false;
	v->a = plan_typed(a, system, code);
	return v->a.p != NULL;
}

/* Where the path of an address begins: after "scheme://host". 0: it has no such parts (a urn), nothing lies above or below. */
static size_t
path_at(struct str s)
{
	const char *at = s.n > 0 ? memmem(s.p, s.n, "://", 3) : NULL;
	size_t i;

	if (at == NULL || at == s.p)
		return 0;
	for (i = (size_t)(at - s.p) + 3; i < s.n && s.p[i] != '/'; i++)
		continue;
	return i > (size_t)(at - s.p) + 3 ? i : 0;
}

static bool
below_parse(struct str text, struct arena *a, struct plan_value *v)
{
	return text_parse(VALUE_URI, text, a, v) && path_at(v->a) > 0;
}

struct plan_value *
plan_values_above(struct str text, struct arena *a)
{
	struct plan_value whole = { 0 }, *first = NULL, **end = &first;
	size_t path;

	if (text.n == 0 || !primitive_text_ok(text) || !below_parse(text, a, &whole))
		return NULL;
	path = path_at(whole.a);
	for (size_t n = whole.a.n; n >= path; n--) {
		if (n != whole.a.n && n != path && whole.a.p[n] != '/' && whole.a.p[n - 1] != '/')
			continue;
		*end = ARENA_NEW(a, struct plan_value);
		if (*end == NULL)
			return NULL;
		**end = (struct plan_value){ .kind = VALUE_URI, .a = { whole.a.p, n } };
		end = &(*end)->next;
	}
	return first;
}

struct plan_value *
plan_values_in(struct str url, struct arena *a)
{
	struct str version, plain = str_cut(url, '|', &version);
	const struct code_set *set;
	struct plan_value *at;
	uint16_t no;

	if (version.p != NULL && !str_eq(version, "4.0.1"))
		return NULL;
	no = plain.n > 0 ? model_set_of(plain) : 0;
	if (no == 0)
		return NULL;
	set = &model_code_sets[no];
	at = arena_array(a, set->n, sizeof *at);
	for (unsigned i = 0; at != NULL && i < set->n; i++) {
		const struct set_code *c = &model_set_codes[set->first + i];

		at[i] = (struct plan_value){ .kind = VALUE_TOKEN, .a = model_system(c->system), .b = { model_pool + c->code, c->len },
			.next = i + 1 < set->n ? &at[i + 1] : NULL };
	}
	return at;
}

bool
plan_value_word(struct str text, struct arena *a, struct plan_value *v, struct str *rest_r)
{
	struct buf b;
	struct str words;

	*rest_r = STR_NONE;
	if (!unescape(text, a, &text) || !primitive_text_ok(text))
		return false;
	buf_init(&b, 1 << 16);
	fold_key(&b, text);
	words = b.failed ? STR_NONE : arena_str(a, buf_view(&b));
	buf_done(&b);
	*v = (struct plan_value){ .kind = VALUE_URI, .a = str_cut(words, ' ', rest_r) };
	return v->a.n > 0;
}

bool
plan_value_parse(const struct fhir_extra *x, const struct fhir_param *param, enum modifier modifier, uint16_t mod_type, struct str text, struct arena *a, struct plan_value *v_r)
{
	*v_r = (struct plan_value){ 0 };
	if (text.n == 0 || !primitive_text_ok(text))
		return false;
	if (modifier == MOD_TEXT)
		return text_parse(VALUE_STRING, text, a, v_r);
	if (modifier == MOD_IDENTIFIER)
		return token_parse(text, a, v_r);
	if (modifier == MOD_OF_TYPE)
		return typed_parse(text, a, v_r);
	if (modifier == MOD_BELOW && param->kind == PARAM_URI)
		return below_parse(text, a, v_r);
	if (param->kind == PARAM_COMPOSITE)
		return composite_parse(x, param, text, a, v_r);
	return kind_parse(param->kind, param, mod_type, text, a, v_r);
}
