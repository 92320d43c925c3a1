/* SPDX-License-Identifier: Apache-2.0 */
/* "Type LF query": a search is refused by a name that can be shown, or becomes a plan whose self link means the same plan. */
#include "fuzz.h"
#include "fhir/fhir.h"

static unsigned one_clause(const struct plan_clause *c, bool inner)
{
	unsigned n = 1;
	MUST((c->what == CLAUSE_PARAM || c->what == CLAUSE_HAS) == (c->param != NULL) && (!c->param || (c->param->indexed && c->param->type == (c->what == CLAUSE_HAS ? c->chain->type : c->type))));
	MUST((c->values != NULL) + (c->chain != NULL) + (c->modifier == MOD_MISSING) == 1);
	MUST(!c->chain || (c->param && c->param->kind == PARAM_REFERENCE));
	MUST(c->what != CLAUSE_HAS || (c->chain && !c->chain->other));
	MUST(c->what != CLAUSE_LIST || !inner);
	MUST(!inner || !c->next);
	for (const struct plan_value *v = c->values; v; v = v->next)
		MUST(v->kind >= VALUE_STRING && v->kind <= VALUE_URI && v->num_low <= v->num_high && v->low <= v->high);
	for (const struct plan_clause *in = c->chain; in; in = in->other) {
		MUST(in->type != 0 && (!in->other || in->other->type != in->type));
		n += one_clause(in, true);
	}
	return n;
}

static unsigned clauses_of(const struct plan *plan)
{
	unsigned n = 0;
	for (const struct plan_clause *c = plan->clauses; c; c = c->next) {
		MUST(c->type == plan->type && !c->other);
		n += one_clause(c, false);
	}
	for (const struct plan_include *i = plan->includes; i; i = i->next, n++) {
		MUST(!i->param || (i->param->kind == PARAM_REFERENCE && i->param->type == i->source));
		MUST(i->iterate || i->reverse || i->source == plan->type);
		MUST(!i->reverse || i->source);
	}
	MUST(n <= 250);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, query, name = str_cut(in, '\n', &query);
	uint16_t type = fhir_type_of(name);
	struct arena a;
	struct pairs ps;
	struct problem p = { 0 };
	struct plan *plan, *other;
	arena_init(&a, 16 << 20);
	if (type && url_pairs(query, 64, &a, &ps, &p) == RC_OK) {
		enum rc rc = fhir_plan_parse(type, &ps, &a, &plan, &p), lenient = fhir_plan_parse_lenient(type, &ps, &a, &other, &p);
		MUST(rc != RC_OK || (lenient == RC_OK && str_is(plan->self, other->self)));
		if (lenient == RC_OK) { /* what it kept is understood without leave */
			MUST(url_pairs(other->self, 64, &a, &ps, &p) == RC_OK && fhir_plan_parse(type, &ps, &a, &other, &p) == RC_OK);
			MUST(url_pairs(query, 64, &a, &ps, &p) == RC_OK);
		}
		p = (struct problem){ 0 };
		rc = fhir_plan_parse(type, &ps, &a, &plan, &p);
		if (rc == RC_OK) {
			MUST(plan->type == type && plan->count <= 200);
			MUST(url_pairs(plan->self, 64, &a, &ps, &p) == RC_OK);
			MUST(fhir_plan_parse(type, &ps, &a, &other, &p) == RC_OK);
			MUST(str_is(plan->self, other->self) && clauses_of(plan) == clauses_of(other));
		} else {
			MUST(rc == RC_BAD_INPUT || rc == RC_LIMIT);
			MUST(strlen(p.where) <= 64 && strspn(p.where, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:.-0123456789") == strlen(p.where));
		}
	}
	arena_done(&a);
	return 0;
}
