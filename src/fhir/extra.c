/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/extra.c: posted SearchParameter resources judged, and made into rows beside the table of R4.
 * It must never change what a parameter of R4 means, nor hold a value of a resource. Called by record at open, at reindex and at each write of a
 * SearchParameter. Start at extra_check, extra_new.
 */
#include "internal.h"
#include "fhir/extra.h"

#include <stdlib.h>
#include <string.h>

#define CODE_MOST 64
#define COMPONENTS_MOST 8     /* a fact holds the part in three bits (record/facts.c) */
#define ARENA_MOST ((size_t)64 << 20)

struct row { struct fhir_param param; struct program program; bool moments; };

struct fhir_extra {
	struct arena a;
	struct code code;
	struct row *rows;                /* from 1, by type, then code */
	uint16_t n;
	uint16_t first[TYPE__END + 1];   /* by type: number of its first row */
};

/* ---- look-ups ---- */

uint16_t
extra_count(const struct fhir_extra *x)
{
	return x != NULL ? x->n : 0;
}

static const struct row *
row_at(const struct fhir_extra *x, uint16_t no)
{
	MUST(x != NULL && no > PARAM_COUNT && no <= PARAM_COUNT + x->n);
	return &x->rows[no - PARAM_COUNT];
}

const struct fhir_param *
extra_at(const struct fhir_extra *x, uint16_t no)
{
	return &row_at(x, no)->param;
}

bool
extra_is_moments(const struct fhir_extra *x, uint16_t no)
{
	return row_at(x, no)->moments;
}

void
extra_of_type(const struct fhir_extra *x, uint16_t type, uint16_t *from_r, uint16_t *to_r)
{
	*from_r = x != NULL ? x->first[type] : 0;
	*to_r = x != NULL ? x->first[type + 1] : 0;
}

const struct fhir_param *
extra_find(const struct fhir_extra *x, uint16_t type, struct str code)
{
	uint16_t from, to;

	if (x == NULL || type == 0 || type >= TYPE__END)
		return NULL;
	for (extra_of_type(x, type, &from, &to); from < to; from++) {
		if (str_eq(code, extra_at(x, from)->code))
			return extra_at(x, from);
	}
	return NULL;
}

const struct program *
model_program(const struct fhir_extra *x, uint16_t no, const struct code **code_r)
{
	if (no <= PARAM_COUNT) {
		*code_r = &model_code;
		return &model_programs[no];
	}
	*code_r = &x->code;
	return &row_at(x, no)->program;
}

/* ---- one resource ---- */

struct build {
	struct coding k;
	const struct fhir_extra *held;
	struct row *rows; size_t n, cap;
	enum why why;               /* WHY__END: nothing found */
	const char *where;
};

static bool
refuse(struct build *b, enum why why, const char *where)
{
	b->why = why;
	b->where = where;
	return false;
}

static enum param_kind
kind_of(struct str name)
{
	static const char *const names[] = { "", "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special" };

	for (unsigned i = 1; i < sizeof names / sizeof *names; i++) {
		if (str_eq(name, names[i]))
			return (enum param_kind)i;
	}
	return 0;
}

static bool
code_ok(struct str code)
{
	if (code.n == 0 || code.n > CODE_MOST || code.p[0] == '_')
		return false;
	for (size_t i = 0; i < code.n; i++) {
		char c = code.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return true;
}

/* The kind of a parameter by its address: of the table, of what is in effect, of what is being built. 0: not known. */
static enum param_kind
kind_of_url(const struct build *b, struct str url)
{
	struct str rest;

	url = str_cut(url, '|', &rest);
	for (unsigned no = 1; no <= PARAM_COUNT; no++) {
		if (str_eq(url, model_params[no].url))
			return (enum param_kind)model_params[no].kind;
	}
	for (unsigned no = 1; no <= extra_count(b->held); no++) {
		if (str_eq(url, b->held->rows[no].param.url))
			return (enum param_kind)b->held->rows[no].param.kind;
	}
	for (size_t i = 0; i < b->n; i++) {
		if (str_eq(url, b->rows[i].param.url))
			return (enum param_kind)b->rows[i].param.kind;
	}
	return 0;
}

static bool
components_compile(struct build *b, struct program *g, uint16_t type, const struct json *sp)
{
	const struct json *components = json_get(sp, "component");
	unsigned n = components != NULL ? components->n : 0;

	if (n < 2 || n > COMPONENTS_MOST)
		return refuse(b, WHY_SEARCH_COMPONENT, "SearchParameter.component");
	for json_each(one, components) {
		enum param_kind kind = kind_of_url(b, json_get_text(one, "definition"));
		struct component c = { .branch_first = (uint16_t)b->k.n_branches, .kind = (uint8_t)kind };

		if (kind == 0 || kind == PARAM_COMPOSITE || kind == PARAM_SPECIAL)
			return refuse(b, WHY_SEARCH_COMPONENT, "SearchParameter.component.definition");
		for (unsigned i = 0; i < g->branch_n; i++) {
			uint16_t first;
			uint8_t more;
			enum why why = expression_compile(&b->k, b->k.branches[g->branch_first + i].shape, fhir_type_name(type), NULL, kind, json_get_text(one, "expression"), &first, &more, NULL);

			if (why != WHY__END)
				return refuse(b, why, "SearchParameter.component.expression");
			c.branch_n = (uint8_t)(c.branch_n + more);
		}
		struct component *grown = coding_grow(b->k.a, b->k.components, b->k.n_components, &b->k.cap_components, sizeof *grown);

		if (grown == NULL)
			return refuse(b, WHY_BUSY, NULL);
		b->k.components = grown;
		if (g->part_n++ == 0)
			g->part_first = (uint16_t)b->k.n_components;
		b->k.components[b->k.n_components++] = c;
	}
	return true;
}

/* Those that the resource names; else those of the elements that the expression reaches. */
static const uint16_t *
targets_of(struct build *b, const struct json *sp, const bool *reached)
{
	const struct json *named = json_get(sp, "target");
	uint16_t *out = arena_array(b->k.a, TYPE__END + 1, sizeof *out);
	size_t n = 0;

	if (out == NULL)
		return NULL;
	for (uint16_t type = 1; type < TYPE__END; type++) {
		bool is = named == NULL && !reached[0] && reached[type];

		for json_each(t, named)
			is = is || str_eq(json_text(t), fhir_type_name(type));
		if (is)
			out[n++] = type;
	}
	return out;
}

static bool
all_moments(const struct build *b, const struct program *g)
{
	for (unsigned i = 0; i < g->branch_n; i++) {
		if (b->k.branches[g->branch_first + i].kind >= KIND_COMPLEX)
			return false;
	}
	return true;
}

static bool
any_day(const struct build *b, const struct program *g)
{
	for (unsigned i = 0; i < g->branch_n; i++) {
		if (b->k.branches[g->branch_first + i].kind == KIND_DATE)
			return true;
	}
	return false;
}

/* BARRIER: dates of persons are veiled (record/veiled.c), which spans of time cannot be: a parameter may not give both. */
static bool
is_mixed_date(const struct build *b, uint16_t type, const struct row *r)
{
	static const uint16_t PERSON[] = { TYPE_Patient, TYPE_Person, TYPE_RelatedPerson, TYPE_Practitioner };

	for (size_t i = 0; i < sizeof PERSON / sizeof *PERSON; i++) {
		if (PERSON[i] == type)
			return r->param.kind == PARAM_DATE && !r->moments && any_day(b, &r->program);
	}
	return false;
}

static bool
same_as_table(const struct fhir_param *had, const struct json *sp, enum param_kind kind)
{
	return had->kind == kind && (str_eq(json_get_text(sp, "url"), had->url) || (had->expression[0] != '\0' && str_eq(json_get_text(sp, "expression"), had->expression)));
}

/* One row, for one type; none when the table says it already. */
static bool
type_compile(struct build *b, uint16_t type, const struct json *sp, enum param_kind kind)
{
	struct str code = json_get_text(sp, "code"), text = json_get_text(sp, "expression");
	const struct fhir_param *had = fhir_param_find(type, code);
	bool reached[TYPE__END] = { false };
	struct row r = { .param = { .type = type, .kind = (unsigned char)kind, .indexed = true } };
	enum why why;

	if (had != NULL)
		return same_as_table(had, sp, kind) || refuse(b, WHY_SEARCH_TAKEN, "SearchParameter.code");
	if (text.n == 0)
		return refuse(b, WHY_SEARCH_EXPRESSION, "SearchParameter.expression");
	why = expression_compile(&b->k, model_type_rows[type].shape, fhir_type_name(type), json_get(sp, "base"), kind, text, &r.program.branch_first, &r.program.branch_n, reached);
	if (why != WHY__END)
		return refuse(b, why, "SearchParameter.expression");
	if (kind == PARAM_COMPOSITE && !components_compile(b, &r.program, type, sp))
		return false;
	r.moments = kind == PARAM_DATE && all_moments(b, &r.program);
	if (is_mixed_date(b, type, &r))
		return refuse(b, WHY_SEARCH_VALUES, "SearchParameter.expression");
	r.param.code = arena_z(b->k.a, code);
	r.param.url = arena_z(b->k.a, json_get_text(sp, "url"));
	r.param.expression = arena_z(b->k.a, text);
	r.param.targets = targets_of(b, sp, reached);
	struct row *rows = coding_grow(b->k.a, b->rows, b->n, &b->cap, sizeof *rows);

	if (rows == NULL || r.param.targets == NULL || r.param.expression == NULL || r.param.url == NULL || r.param.code == NULL)
		return refuse(b, WHY_BUSY, NULL);
	b->rows = rows;
	b->rows[b->n++] = r;
	return true;
}

static bool
is_domain(uint16_t type)
{
	return model_member(&model_shapes[model_type_rows[type].shape], STR("text")) != NULL;
}

/* Parameters that the server answers by itself, as R4 defines them: stored, and nothing to do. */
static bool
is_own(const struct json *sp)
{
	return str_starts(json_get_text(sp, "url"), STR("http://hl7.org/fhir/SearchParameter/Resource-")) && str_starts(json_get_text(sp, "code"), STR("_"));
}

static bool
compile(struct build *b, const struct json *sp)
{
	enum param_kind kind = kind_of(json_get_text(sp, "type"));
	struct str code = json_get_text(sp, "code");

	if (is_own(sp))
		return true;
	for json_each(base, json_get(sp, "base")) {
		struct str name = json_text(base);
		uint16_t one = fhir_type_of(name);
		bool all = str_eq(name, "Resource"), domain = str_eq(name, "DomainResource");

		if (one == 0 && !all && !domain)
			return refuse(b, WHY_SEARCH_BASE, "SearchParameter.base");
		if (!code_ok(code) && fhir_param_find(one != 0 ? one : TYPE_Patient, code) == NULL)
			return refuse(b, WHY_SEARCH_CODE, "SearchParameter.code");
		if ((kind == 0 || kind == PARAM_SPECIAL) && fhir_param_find(one != 0 ? one : TYPE_Patient, code) == NULL)
			return refuse(b, WHY_SEARCH_KIND, "SearchParameter.type");
		for (uint16_t type = 1; type < TYPE__END; type++) {
			if ((type == one || all || (domain && is_domain(type))) && !type_compile(b, type, sp, kind))
				return false;
		}
	}
	return true;
}

static bool
is_retired(const struct json *sp)
{
	return str_eq(json_get_text(sp, "status"), "retired");
}

enum rc
extra_check(const struct json *resource, const struct fhir_extra *held, struct arena *a, struct fhir_issue **issues_r, struct problem *p)
{
	struct arena scratch;
	struct build b = { .k = { .a = &scratch }, .held = held, .why = WHY__END };
	struct fhir_issue *issue;
	bool ok;

	if (is_retired(resource))
		return RC_OK;
	arena_init(&scratch, ARENA_MOST);
	ok = compile(&b, resource);
	arena_done(&scratch);
	if (ok)
		return RC_OK;
	if (b.where == NULL)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory to compile a search parameter");
	issue = ARENA_NEW(a, struct fhir_issue);
	if (issue == NULL)
		return arena_rc(a, p);
	*issue = (struct fhir_issue){ .why = b.why, .where = b.where };
	if (issues_r != NULL)
		*issues_r = issue;
	return problem_set(p, RC_BAD_INPUT, b.why, b.where, "search parameter");
}

/* ---- all of them ---- */

static int
row_cmp(const void *x, const void *y)
{
	const struct row *a = x, *b = y;

	if (a->param.type != b->param.type)
		return a->param.type < b->param.type ? -1 : 1;
	return strcmp(a->param.code, b->param.code);
}

static bool
has_row(const struct build *b, size_t n, const struct row *r)
{
	for (size_t i = 0; i < n; i++) {
		if (row_cmp(&b->rows[i], r) == 0)
			return true;
	}
	return false;
}

/* All rows of one resource or none. */
static void
take_one(struct build *b, const struct json *sp)
{
	size_t before = b->n, n = b->n;

	if (is_retired(sp) || !compile(b, sp)) {
		b->n = before;
		return;
	}
	for (size_t i = before; i < b->n; i++) {
		if (!has_row(b, before, &b->rows[i]))
			b->rows[n++] = b->rows[i];
	}
	b->n = n;
}

static enum rc
finish(struct fhir_extra *x, struct build *b, struct problem *p)
{
	if (b->n > EXTRA_MOST)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "SearchParameter", "over %d rows of search parameters", EXTRA_MOST);
	x->rows = arena_array(&x->a, b->n + 1, sizeof *x->rows);
	if (x->rows == NULL)
		return arena_rc(&x->a, p);
	x->n = (uint16_t)b->n;
	if (b->n > 0)
		memcpy(x->rows + 1, b->rows, b->n * sizeof *x->rows);
	qsort(x->rows + 1, b->n, sizeof *x->rows, row_cmp);
	for (unsigned type = 0, no = 1; type <= TYPE__END; type++) {
		while (no <= x->n && x->rows[no].param.type < type)
			no++;
		x->first[type] = (uint16_t)(PARAM_COUNT + no);
	}
	for (unsigned no = 1; no <= x->n; no++)
		x->rows[no].param.no = (uint16_t)(PARAM_COUNT + no);
	x->code = (struct code){ .pool = b->k.pool, .steps = b->k.steps, .branches = b->k.branches, .components = b->k.components };
	return arena_rc(&x->a, p);
}

enum rc
extra_new(const struct json *const *resources, size_t n, struct fhir_extra **x_r, struct problem *p)
{
	struct fhir_extra *x = calloc(1, sizeof *x);
	struct build b = { .why = WHY__END };
	enum rc rc;

	if (x == NULL)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	arena_init(&x->a, ARENA_MOST);
	b.k.a = &x->a;
	for (int composites = 0; composites < 2; composites++) { /* composites are made of the others */
		for (size_t i = 0; i < n; i++) {
			if (str_eq(json_get_text(resources[i], "type"), "composite") == (composites == 1))
				take_one(&b, resources[i]);
		}
	}
	rc = arena_rc(&x->a, p);
	if (rc == RC_OK)
		rc = finish(x, &b, p);
	if (rc != RC_OK)
		extra_free(&x);
	else
		*x_r = x;
	return rc;
}

/* ---- told to another process: a line a row: type, kind, code, url, targets ---- */

void
extra_put(const struct fhir_extra *x, struct buf *out)
{
	buf_z(out, "rows\n");
	for (unsigned no = 1; no <= extra_count(x); no++) {
		const struct fhir_param *f = &x->rows[no].param;
		buf_u64(out, f->type);
		buf_ch(out, '\t');
		buf_u64(out, f->kind);
		buf_ch(out, '\t');
		buf_z(out, f->code);
		buf_ch(out, '\t');
		buf_z(out, f->url);
		for (const uint16_t *t = f->targets; t != NULL && *t != 0; t++) {
			buf_ch(out, '\t');
			buf_u64(out, *t);
		}
		buf_ch(out, '\n');
	}
}

static bool
take_number(struct str *left, uint64_t most, uint64_t *v_r)
{
	return str_u64(str_cut(*left, '\t', left), v_r) == RC_OK && *v_r <= most;
}

static bool
take_row(struct arena *a, struct str line, struct row *to)
{
	uint16_t targets[TYPE__END + 1], n = 0;
	uint64_t type, kind, target;

	if (!take_number(&line, TYPE__END, &type) || !take_number(&line, UINT8_MAX, &kind) || type == 0)
		return false;
	struct str code = str_cut(line, '\t', &line), url = str_cut(line, '\t', &line);
	while (line.n > 0 && n < TYPE__END) {
		if (!take_number(&line, TYPE__END, &target))
			return false;
		targets[n++] = (uint16_t)target;
	}
	targets[n++] = 0;
	uint16_t *kept = arena_array(a, n, sizeof *kept);
	struct str c = arena_str(a, code), u = arena_str(a, url);
	if (kept == NULL || c.p == NULL || u.p == NULL)
		return false;
	memcpy(kept, targets, n * sizeof *kept);
	*to = (struct row){ .param = { .type = (uint16_t)type, .kind = (unsigned char)kind, .code = c.p, .url = u.p, .targets = kept, .indexed = true, .expression = "" } };
	return true;
}

enum rc
extra_take(struct str flat, struct fhir_extra **x_r, struct problem *p)
{
	struct fhir_extra *x = calloc(1, sizeof *x);
	struct build b = { .why = WHY__END };
	struct str left = flat;
	bool good = x != NULL && str_eq(str_cut(left, '\n', &left), "rows");

	if (x == NULL)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	arena_init(&x->a, ARENA_MOST);
	b.rows = arena_array(&x->a, EXTRA_MOST, sizeof *b.rows);
	good = good && b.rows != NULL;
	while (good && left.n > 0)
		good = b.n < EXTRA_MOST && take_row(&x->a, str_cut(left, '\n', &left), &b.rows[b.n++]);
	enum rc rc = good ? finish(x, &b, p) : problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, NULL, "rows of search parameters");
	if (rc != RC_OK)
		extra_free(&x);
	else
		*x_r = x;
	return rc;
}

void
extra_free(struct fhir_extra **x)
{
	if (*x == NULL)
		return;
	arena_done(&(*x)->a);
	free(*x);
	*x = NULL;
}
