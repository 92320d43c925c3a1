/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_random.c: 10,000 random plans of every shape give what a brute-force look at every resource gives, page by page and as a count; and no statement
 * that they ran scans a table. The judge here shares no code with record: it works on the extracted values.
 */
#include "base.h"
#include "codec/fold.h"

#include <math.h>
#include <pthread.h>
#include <sqlite3.h>

#define PLANS 10000
#define WORLD 400

static struct base b;

/* ---- numbers from a seed ---- */

static uint64_t seed = 20261122;
static unsigned below(unsigned n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)((seed >> 33) % n);
}
#define ONE_OF(...) one_of_((const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
static const char *one_of_(const char *const *at, size_t n) { return at[below((unsigned)n)]; }

/* ---- the world ---- */

struct thing { uint16_t type; char id[16]; int64_t rid, patient; struct fhir_values v; };
static struct thing world[WORLD];
static size_t n_world;
static struct edge { size_t from, to; uint16_t param; } edges[WORLD * 8]; /* references that lead somewhere, by their end */
static size_t n_edges, first_to[WORLD + 1];

static void make(const char *type, const char *id, const char *fmt, ...) PRINTF(3, 4);
static void make(const char *type, const char *id, const char *fmt, ...)
{
	char body[2000], text[2200];
	va_list ap;
	struct problem p = { 0 };
	struct thing *t = &world[n_world++];
	const struct json *root;
	assert_true(n_world <= WORLD);
	va_start(ap, fmt);
	vsnprintf(body, sizeof body, fmt, ap);
	va_end(ap);
	snprintf(text, sizeof text, "{\"resourceType\":\"%s\",\"id\":\"%s\"%s}", type, id, body);
	struct record_done d = put(&b, id, text);
	*t = (struct thing){ .type = T(type), .rid = d.rid, .patient = d.patient };
	snprintf(t->id, sizeof t->id, "%s", id);
	ok_(json_parse(arena_str(&b.a, str_of(text)), &b.a, &root, &p), &p, text, 0);
	ok_(fhir_extract(t->type, root, &b.a, &t->v, &p), &p, text, 0);
}

static void day(char out[16]) { snprintf(out, 16, "%u-%02u-%02u", 1990 + below(5), 1 + below(12), 1 + below(28)); }

static void observation(int i)
{
	char id[16], when[16], twin[60], parts[600] = "", more[300] = "";
	snprintf(id, sizeof id, "o%d", i);
	day(when);
	if (below(3) == 0)
		snprintf(parts, sizeof parts, ",\"component\":[{\"code\":{\"coding\":[{\"system\":\"urn:c\",\"code\":\"c%u\"}]},\"valueQuantity\":{\"value\":%u,\"code\":\"u%u\",\"system\":\"urn:u\"}},"
			"{\"code\":{\"coding\":[{\"code\":\"c%u\"}]},\"valueQuantity\":{\"value\":%u,\"unit\":\"u1\"}}]", below(4), below(20), below(2), below(4), below(20));
	if (below(3))
		snprintf(more, sizeof more, ",\"encounter\":{\"reference\":\"Encounter/e%u\"},\"performer\":[{\"reference\":\"Practitioner/d%u\",\"identifier\":{%s\"value\":\"%u\"}}]", below(45), below(10),
			ONE_OF("", "\"system\":\"urn:0\",", "\"system\":\"urn:1\","), below(4));
	if (i > 3 && below(3) == 0)
		snprintf(more + strlen(more), sizeof more - strlen(more), ",\"hasMember\":[{\"reference\":\"Observation/o%u\"},{\"reference\":\"Observation/o%u\"}]", below((unsigned)i), below((unsigned)i));
	snprintf(twin, sizeof twin, ",{\"system\":\"urn:d\",\"code\":\"c%u\"}", below(4)); /* now and then the same code in two systems */
	make("Observation", id, ",\"status\":\"%s\",\"code\":{\"coding\":[{%s\"code\":\"c%u\",\"display\":\"Texte %u\"}%s]},\"subject\":{\"reference\":\"%s%u\"},\"effectiveDateTime\":\"%s\","
		"\"valueQuantity\":{\"value\":%u,\"system\":\"urn:u\",\"code\":\"u%u\"}%s%s", ONE_OF("final", "amended", "registered"), below(2) ? "\"system\":\"urn:c\"," : "", below(4), below(3), below(3) ? "" : twin,
		below(6) ? "Patient/p" : "Group/g", below(6) ? below(42) : below(3), when, below(20), below(2), parts, more);
}

static int edge_cmp(const void *one, const void *other)
{
	const struct edge *x = one, *y = other;
	return x->to != y->to ? x->to < y->to ? -1 : 1 : x->from < y->from ? -1 : x->from > y->from;
}

static void join_world(void)
{
	for (size_t i = 0; i < n_world; i++)
		for (size_t j = 0; j < world[i].v.n; j++)
			for (size_t k = 0; world[i].v.at[j].kind == VALUE_REFERENCE && k < n_world; k++)
				if (world[k].type == world[i].v.at[j].ref_type && str_eq(world[i].v.at[j].ref_id, world[k].id)) {
					assert_true(n_edges < sizeof edges / sizeof *edges);
					edges[n_edges++] = (struct edge){ i, k, world[i].v.at[j].param };
				}
	qsort(edges, n_edges, sizeof *edges, edge_cmp);
	for (size_t i = n_edges, k = n_world + 1; k-- > 0;) {
		while (i > 0 && edges[i - 1].to >= k)
			i--;
		first_to[k] = i;
	}
}

static int setup(void **s)
{
	(void)s;
	base_new(&b);
	for (int i = 0; i < 8; i++) {
		char id[16], more[80] = "";
		snprintf(id, sizeof id, "h%d", i);
		if (i > 1)
			snprintf(more, sizeof more, ",\"partOf\":{\"reference\":\"Organization/h%u\"}", below((unsigned)i));
		make("Organization", id, ",\"name\":\"%s %d\"%s", ONE_OF("Clinique", "Centre", "Hôpital"), i, more);
	}
	for (int i = 0; i < 8; i++) {
		char id[16];
		snprintf(id, sizeof id, "d%d", i);
		make("Practitioner", id, ",\"name\":[{\"family\":\"%s\"}],\"gender\":\"%s\"", ONE_OF("Martin", "Bernard", "Petit", "Élie"), ONE_OF("male", "female"));
	}
	for (int i = 0; i < 40; i++) {
		char id[16], when[16];
		snprintf(id, sizeof id, "p%d", i);
		day(when);
		when[below(3) == 0 ? 4 : below(3) == 0 ? 7 : 10] = '\0';
		make("Patient", id, "%s,\"name\":[{\"family\":\"%s\",\"given\":[\"%s\"]}],\"birthDate\":\"%s\",\"identifier\":[{\"system\":\"urn:%u\",\"value\":\"%u\"}]%s,\"managingOrganization\":{\"reference\":\"Organization/h%u\"}",
			below(4) ? "" : ",\"active\":true", ONE_OF("Durand", "Durant", "Lefèvre", "d'Arc"), ONE_OF("Ana", "Zoé", "Jean"), when, below(3), below(8),
			ONE_OF("", ",\"gender\":\"male\"", ",\"gender\":\"female\""), below(10));
	}
	for (int i = 0; i < 3; i++) {
		char id[16];
		snprintf(id, sizeof id, "g%d", i);
		make("Group", id, ",\"type\":\"person\",\"actual\":true,\"identifier\":[{\"value\":\"%u\"}]", below(8));
	}
	for (int i = 0; i < 40; i++) {
		char id[16], from[16], to[16], end[40] = "";
		snprintf(id, sizeof id, "e%d", i);
		day(from);
		day(to);
		if (below(3) && strcmp(from, to) < 0)
			snprintf(end, sizeof end, ",\"end\":\"%s\"", to);
		make("Encounter", id, ",\"status\":\"%s\",\"class\":{\"code\":\"%s\"},\"subject\":{\"reference\":\"%s%u\"},\"period\":{\"start\":\"%s\"%s},\"serviceProvider\":{\"reference\":\"Organization/h%u\"}",
			ONE_OF("finished", "in-progress"), ONE_OF("AMB", "IMP", "EMER"), below(6) ? "Patient/p" : "Group/g", below(6) ? below(42) : below(3), from, end, below(9));
	}
	for (int i = 0; i < 160; i++)
		observation(i);
	join_world();
	return 0;
}
static int teardown(void **s) { (void)s; base_end(&b); return 0; }

/* ---- random queries ---- */

static const char *prefix(void) { return ONE_OF("", "", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"); }

static void put_day(struct buf *q)
{
	char when[16];
	day(when);
	when[below(3) == 0 ? 4 : below(2) ? 7 : 10] = '\0';
	buf_fmt(q, "%s%s", prefix(), when);
}

static void put_token(struct buf *q, const char *system, const char *code)
{
	switch (below(5)) {
	case 0:  buf_fmt(q, "%s|%s", system, code); break;
	case 1:  buf_fmt(q, "|%s", code); break;
	case 2:  buf_fmt(q, "%s|", system); break;
	default: buf_z(q, code);
	}
}

static const struct { const char *type, *param, *target; } REFS[] = {
	{ "Patient", "organization", "Organization" }, { "Organization", "partof", "Organization" }, { "Encounter", "patient", "Patient" }, { "Encounter", "subject", "Patient" }, { "Encounter", "subject", "Group" },
	{ "Encounter", "service-provider", "Organization" }, { "Observation", "patient", "Patient" }, { "Observation", "subject", "Patient" }, { "Observation", "subject", "Group" },
	{ "Observation", "encounter", "Encounter" }, { "Observation", "performer", "Practitioner" }, { "Observation", "has-member", "Observation" },
};
#define N_REFS (sizeof REFS / sizeof *REFS)

static void put_atom(struct buf *q, const char *type)
{
	char id[16];
	if (below(12) == 0) {
		buf_fmt(q, "_id=%c%u", strcmp(type, "Organization") == 0 ? 'h' : strcmp(type, "Practitioner") == 0 ? 'd' : type[0] + 32, below(30));
	} else if (strcmp(type, "Patient") == 0) {
		switch (below(7)) {
		case 0: buf_fmt(q, "gender%s=%s", ONE_OF("", ":not"), ONE_OF("male", "female", "other", "male,female")); break;
		case 1: buf_z(q, "birthdate="); put_day(q); break;
		case 2: buf_fmt(q, "family%s=%s", ONE_OF("", ":contains"), ONE_OF("dur", "durand", "ef", "arc", "a", "l,d")); break;
		case 3: buf_fmt(q, "family:exact=%s", ONE_OF("Durand", "durand", "Lef%C3%A8vre")); break;
		case 4: snprintf(id, sizeof id, "%u", below(8)); buf_z(q, "identifier="); put_token(q, ONE_OF("urn:0", "urn:1"), id); break;
		case 5: buf_fmt(q, "%s:missing=%s", ONE_OF("gender", "active", "birthdate", "organization"), ONE_OF("true", "false")); break;
		default: buf_fmt(q, "organization=Organization/h%u", below(9));
		}
	} else if (strcmp(type, "Encounter") == 0) {
		switch (below(5)) {
		case 0: buf_fmt(q, "status%s=%s", ONE_OF("", ":not"), ONE_OF("finished", "in-progress")); break;
		case 1: buf_fmt(q, "class=%s", ONE_OF("AMB", "IMP", "AMB,EMER")); break;
		case 2: buf_z(q, "date="); put_day(q); break;
		case 3: buf_fmt(q, "patient=%sp%u", ONE_OF("", "Patient/"), below(42)); break;
		default: buf_fmt(q, "subject=%s%u", ONE_OF("Patient/p", "Group/g"), below(4));
		}
	} else if (strcmp(type, "Observation") == 0) {
		switch (below(11)) {
		case 0: snprintf(id, sizeof id, "c%u", below(4)); buf_fmt(q, "%s%s=", ONE_OF("code", "combo-code"), ONE_OF("", "", ":not")); put_token(q, "urn:c", id); break;
		case 1: buf_fmt(q, "status:in=http://hl7.org/fhir/ValueSet/observation-status"); break;
		case 2: buf_z(q, "date="); put_day(q); break;
		case 3: buf_fmt(q, "value-quantity=%s%u%s", prefix(), below(20), ONE_OF("", "", "|urn:u|u1", "||u0")); break;
		case 4: buf_fmt(q, "%s=c%u$%s%u", ONE_OF("code-value-quantity", "combo-code-value-quantity"), below(4), prefix(), below(20)); break;
		case 5: buf_fmt(q, "component-code-value-quantity=%sc%u$%s%u", ONE_OF("", "urn:c|"), below(4), prefix(), below(20)); break;
		case 6: buf_fmt(q, "%s:text=%s", ONE_OF("code", "combo-code"), ONE_OF("texte", "texte 1", "autre")); break;
		case 7: buf_fmt(q, "%s:missing=%s", ONE_OF("encounter", "has-member", "component-code", "combo-code-value-quantity"), ONE_OF("true", "false")); break;
		case 8: snprintf(id, sizeof id, "%u", below(4)); buf_z(q, "performer:identifier="); put_token(q, ONE_OF("urn:0", "urn:1"), id); break;
		case 9: buf_fmt(q, "performer=Practitioner/d%u", below(10)); break;
		default: buf_fmt(q, "subject=%s%u", ONE_OF("Patient/p", "Group/g"), below(4));
		}
	} else if (strcmp(type, "Group") == 0) {
		buf_fmt(q, "identifier=%u", below(8));
	} else {
		buf_fmt(q, "name%s=%s", ONE_OF("", "", ":contains"), ONE_OF("c", "clin", "mar", "e", "h%C3%B4pital 3"));
	}
}

static void put_condition(struct buf *q, const char *type, int depth)
{
	unsigned from = below(N_REFS);
	for (unsigned i = 0; depth > 0 && below(5) < 3 && i < N_REFS; i++) {
		unsigned k = (from + i) % N_REFS;
		if (below(2) && strcmp(REFS[k].type, type) == 0) {
			bool open = strcmp(REFS[k].param, "subject") == 0 && below(2);
			if (open) { /* of whatever type */
				buf_fmt(q, "subject.identifier=%u", below(8));
				return;
			}
			buf_fmt(q, "%s:%s.", REFS[k].param, REFS[k].target);
			put_condition(q, REFS[k].target, depth - 1);
			return;
		}
		if (strcmp(REFS[k].target, type) == 0) {
			buf_fmt(q, "_has:%s:%s:", REFS[k].type, REFS[k].param);
			put_condition(q, REFS[k].type, depth - 1);
			return;
		}
	}
	put_atom(q, type);
}

/* ---- the judge ---- */

static struct str folded(struct str s, struct buf *out)
{
	buf_reset(out);
	fold_key(out, s);
	return buf_view(out);
}

static bool interval(enum prefix p, int64_t l, int64_t h, int64_t L, int64_t H)
{
	switch (p) {
	case PREFIX_EQ: return L <= l && h <= H;
	case PREFIX_NE: return !(L <= l && h <= H);
	case PREFIX_GT: return h > H;
	case PREFIX_LT: return l < L;
	case PREFIX_GE: return h > H || (L <= l && h <= H);
	case PREFIX_LE: return l < L || (L <= l && h <= H);
	case PREFIX_SA: return l >= H;
	case PREFIX_EB: return h <= L;
	default:        fail(); return false;
	}
}

/* Whole numbers only in this world. */
static bool number(const struct plan_value *w, double v)
{
	double x = round((w->num_low + w->num_high) / 2);
	switch (w->prefix) {
	case PREFIX_EQ: return v == x;
	case PREFIX_NE: return v != x;
	case PREFIX_GT: case PREFIX_SA: return v > x;
	case PREFIX_LT: case PREFIX_EB: return v < x;
	case PREFIX_GE: return v >= x;
	default:        return v <= x;
	}
}

static bool meets(enum modifier m, const struct plan_value *w, const struct fhir_value *v)
{
	static struct buf x, y;
	struct str t, u;
	if (!x.max) {
		buf_init(&x, 4096);
		buf_init(&y, 4096);
	}
	switch (w->kind) {
	case VALUE_TOKEN:
		if (v->kind != VALUE_TOKEN || (v->a.n && v->a.p[0] == FHIR_TYPED))
			return false;
		return (!w->a.p || str_is(w->a.n ? w->a : STR(""), v->a.n ? v->a : STR(""))) && (!w->b.p || str_is(w->b, v->b));
	case VALUE_STRING:
		if (m == MOD_EXACT)
			return v->kind == VALUE_STRING && str_is(v->a, w->a);
		if (v->kind != (m == MOD_TEXT ? VALUE_TOKEN : VALUE_STRING))
			return false;
		t = folded(m == MOD_TEXT ? v->text : v->a, &x);
		u = folded(w->a, &y);
		return m == MOD_CONTAINS ? memmem(t.p, t.n, u.p, u.n) != NULL : str_starts(t, u);
	case VALUE_DATE:
		return v->kind == VALUE_DATE && interval(w->prefix, v->low, v->high, w->low, w->high);
	case VALUE_QUANTITY:
		return v->kind == VALUE_QUANTITY && (!w->a.n || str_is(w->a, v->a)) && (!w->b.n || str_is(w->b, v->b)) && number(w, round((v->num_low + v->num_high) / 2));
	case VALUE_REFERENCE:
		return v->kind == VALUE_REFERENCE && str_is(w->ref_id, v->ref_id) && (!w->ref_type || w->ref_type == v->ref_type);
	default:
		fail();
		return false;
	}
}

static bool groups_meet(const struct thing *t, uint16_t no, const struct plan_value *w)
{
	for (uint16_t g = 1; g < 20; g++) {
		unsigned part = 0;
		bool all = true;
		for (const struct plan_value *x = w; x && all; x = x->part, part++) {
			bool any = false;
			for (size_t i = 0; i < t->v.n && !any; i++)
				any = t->v.at[i].param == no && t->v.at[i].group == g && t->v.at[i].part == part && meets(MOD_NONE, x, &t->v.at[i]);
			all = any;
		}
		if (all)
			return true;
	}
	return false;
}

static bool judge(const struct thing *t, const struct plan_clause *c)
{
	bool any = false;
	if (c->what == CLAUSE_ID) {
		for (const struct plan_value *w = c->values; w; w = w->next)
			any = any || str_eq(w->b, t->id);
		return any;
	}
	size_t own = (size_t)(t - world);
	if (c->what == CLAUSE_HAS) {
		for (size_t e = first_to[own]; e < n_edges && edges[e].to == own && !any; e++)
			any = edges[e].param == c->param->no && judge(&world[edges[e].from], c->chain);
		return any;
	}
	for (size_t i = 0; i < t->v.n && !any; i++) {
		const struct fhir_value *v = &t->v.at[i];
		if (v->param != c->param->no)
			continue;
		if (c->modifier == MOD_MISSING)
			return !c->missing;
		for (const struct plan_clause *in = c->chain; in && !any; in = in->other)
			for (size_t k = 0; v->kind == VALUE_REFERENCE && v->ref_type == in->type && k < n_world && !any; k++)
				any = world[k].type == in->type && str_eq(v->ref_id, world[k].id) && judge(&world[k], in);
		for (const struct plan_value *w = c->values; w && !any && c->param->kind != PARAM_COMPOSITE; w = w->next)
			any = meets(c->modifier, w, v);
	}
	if (c->modifier == MOD_MISSING)
		return c->missing;
	for (const struct plan_value *w = c->values; w && !any && c->param->kind == PARAM_COMPOSITE; w = w->next)
		any = groups_meet(t, c->param->no, w);
	return c->modifier == MOD_NOT || c->modifier == MOD_NOT_IN ? !any : any;
}

/* ---- which statements ran ---- */

#define SQL_MOST 200
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *ran[SQL_MOST];
static size_t n_ran;
static bool watching;

static int on_statement(unsigned what, void *ctx, void *stmt, void *text)
{
	const char *sql = sqlite3_sql(stmt);
	(void)what, (void)ctx, (void)text;
	pthread_mutex_lock(&lock);
	size_t i = 0;
	for (; watching && sql && i < n_ran && strcmp(ran[i], sql) != 0; i++)
		continue;
	if (watching && sql && i == n_ran && n_ran < SQL_MOST)
		ran[n_ran++] = strdup(sql);
	pthread_mutex_unlock(&lock);
	return 0;
}

static int on_open(sqlite3 *h, char **error, const void *api)
{
	(void)error, (void)api;
	return sqlite3_trace_v2(h, SQLITE_TRACE_STMT, on_statement, NULL);
}

static int setup_watched(void **s)
{
	sqlite3_auto_extension((void (*)(void))on_open);
	return setup(s);
}

/* ---- the tests ---- */

static void one_plan(struct arena *a, uint64_t *hits)
{
	static const char *const TYPES[] = { "Patient", "Encounter", "Observation", "Organization", "Practitioner", "Group", "Observation", "Patient" };
	const char *type = TYPES[below(8)];
	struct buf q;
	struct pairs pairs;
	struct plan *plan = NULL;
	struct found f;
	struct problem p = { 0 };
	char want[8192] = "", cursor[8192] = "", *got = calloc(1, 70000), text[2400];
	int64_t within[3] = { world[16 + below(13)].rid, world[29 + below(13)].rid, world[42 + below(13)].rid };
	unsigned char house[256] = { 0 };
	house[T("Organization")] = house[T("Practitioner")] = 1;
	struct record_scope scope = { .within = within, .n = below(4), .house = house };
	buf_init(&q, 2000);
	arena_reset(a);
	for (unsigned n = 1 + below(3), i = 0; i < n; i++) {
		if (i)
			buf_ch(&q, '&');
		put_condition(&q, type, 3);
	}
	buf_fmt(&q, "&_count=%u", 1 + below(60));
	if (below(4) == 0)
		buf_fmt(&q, "&_sort=%s", strcmp(type, "Patient") == 0 ? ONE_OF("birthdate", "-birthdate", "family,-birthdate", "-gender,family") : ONE_OF("-_lastUpdated", "_id", "-_id,_lastUpdated"));
	snprintf(text, sizeof text, "%.*s", STR_ARG(buf_view(&q)));
	assert_false(q.failed);
	buf_done(&q);
	ok_(url_pairs(str_of(text), 50, a, &pairs, &p), &p, text, 0);
	ok_(fhir_plan_parse(T(type), &pairs, a, &plan, &p), &p, text, 0);
	size_t n = 0;
	for (size_t i = 0; i < n_world; i++) {
		bool is = world[i].type == plan->type;
		for (const struct plan_clause *c = plan->clauses; c && is; c = c->next)
			is = judge(&world[i], c);
		if (is)
			snprintf(want + strlen(want), sizeof want - strlen(want), "%s%s", n++ ? " " : "", world[i].id);
	}
	sort_words(want);
	for (int guard = 0; guard < 400; guard++) {
		enum rc rc = try_search(&b, type, text, NULL, cursor, &f, &p);
		if (rc != RC_OK)
			fail_msg("%s?%s: rc %d %s %s", type, text, rc, why_row(p.why)->name, p.where);
		snprintf(got + strlen(got), 60000, "%s%s", got[0] && f.ids.text[0] ? " " : "", f.ids.text);
		memcpy(cursor, f.cursor, sizeof cursor);
		if (!cursor[0])
			break;
	}
	sort_words(got);
	if (strcmp(want, got) != 0)
		fail_msg("%s?%s finds\n%s\nnot\n%s", type, text, got, want);
	*hits += n;
	snprintf(text + strlen(text), sizeof text - strlen(text), "&_summary=count");
	ok_(try_search(&b, type, text, NULL, "", &f, &p), &p, text, 0);
	if (f.total != (int64_t)n)
		fail_msg("%s?%s counts %lld, not %zu", type, text, (long long)f.total, n);
	/* inside a scope: never one outside of it, never more than without */
	struct found inside;
	ok_(try_search(&b, type, text, &scope, "", &inside, &p), &p, text, 0);
	assert_true(inside.total <= f.total || strstr(text, ":not") || strstr(text, "missing"));
	free(got);
}

static void random_plans_find_what_a_look_at_all_finds(void **s)
{
	(void)s;
	struct arena a;
	uint64_t hits = 0;
	arena_init(&a, 16u << 20);
	if (test_base_is_server()) {
		base_reopen(&b); /* the connections that made the tables tell their figures when they end */
		usleep(500000);
		test_base_sql(b.path, "SELECT pg_stat_reset()", NULL, NULL);
	}
	watching = true;
	for (int i = 0; i < PLANS; i++)
		one_plan(&a, &hits);
	watching = false;
	arena_done(&a);
	print_message("# %d plans, %llu hits, %zu statements\n", PLANS, (unsigned long long)hits, n_ran);
	assert_true(hits > PLANS);
}

/* What the server itself counted while the plans ran: seeks in indexes, and not one scan of a table of resources, facts or index rows. */
static void no_plan_scanned_on_the_server(void)
{
	static const char SCANS[] = "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables WHERE schemaname='hygie' AND relname ~ '^(by_|facts$|resource$|history$|id_key$|waiting$|sealed_key$)'";
	static const char SEEKS[] = "SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_user_tables WHERE schemaname='hygie'";
	long long seeks = 0;
	db_reader_close(&b.c); /* a connection tells its figures when it ends */
	for (int i = 0; i < 100 && seeks < PLANS; i++) {
		usleep(100000);
		seeks = test_base_number(b.path, SEEKS);
	}
	print_message("# %lld seeks, %lld scans\n", seeks, test_base_number(b.path, SCANS));
	assert_true(seeks >= PLANS);
	assert_int_equal(test_base_number(b.path, SCANS), 0);
	OK(db_reader(b.db, &b.c, pp));
}

static void no_statement_of_them_scans_a_table(void **s)
{
	(void)s;
	sqlite3 *h = NULL;
	size_t seeks = 0;
	if (test_base_is_server()) {
		no_plan_scanned_on_the_server();
		return;
	}
	assert_int_equal(sqlite3_open_v2(b.path, &h, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	for (size_t i = 0; i < n_ran; i++) {
		char sql[2000];
		sqlite3_stmt *st = NULL;
		if (strncmp(ran[i], "SELECT", 6) != 0)
			continue;
		snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", ran[i]);
		assert_int_equal(sqlite3_prepare_v2(h, sql, -1, &st, NULL), SQLITE_OK);
		while (sqlite3_step(st) == SQLITE_ROW) {
			const char *how = (const char *)sqlite3_column_text(st, 3);
			if (strncmp(how, "SCAN", 4) == 0 || strstr(how, "TEMP B-TREE"))
				fail_msg("%s: %s", ran[i], how);
			seeks += strncmp(how, "SEARCH", 6) == 0;
		}
		sqlite3_finalize(st);
	}
	sqlite3_close(h);
	assert_true(seeks >= 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_plans_find_what_a_look_at_all_finds), cmocka_unit_test(no_statement_of_them_scans_a_table) };
	return cmocka_run_group_tests_name("record/random", tests, setup_watched, teardown);
}
