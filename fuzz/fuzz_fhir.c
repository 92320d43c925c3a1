/* SPDX-License-Identifier: Apache-2.0 */
/* Any JSON: the check ends, names elements only, tells at most 20 findings; what it accepts is indexed and shown without failing, and is accepted
 * again when minified; the outcome of a refusal is JSON. */
#include "fuzz.h"
#include "fhir/fhir.h"

static void check_findings(const struct fhir_issue *issue, const struct problem *p)
{
	unsigned n = 0;
	MUST(issue != NULL && p->why == issue->why);
	for (; issue; issue = issue->next, n++) {
		MUST(issue->why != WHY_NONE && strlen(issue->where) < 8192);
		MUST(strspn(issue->where, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.[]0123456789") == strlen(issue->where));
	}
	MUST(n <= 20);
}

static void check_values(uint16_t type, const struct fhir_values *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct fhir_value *x = &v->at[i];
		const struct fhir_param *param = fhir_param_at(x->param);
		MUST(param->type == type && param->indexed && x->kind >= VALUE_STRING && x->kind <= VALUE_URI);
		MUST((x->group > 0) == (param->kind == PARAM_COMPOSITE));
		MUST(x->kind != VALUE_NUMBER || x->num_low <= x->num_high);
		MUST(x->ref_type <= fhir_type_count() && (x->ref_type == 0 || fhir_is_id(x->ref_id)));
	}
}

static void outcome_parses(struct arena *a, const struct problem *p, const struct fhir_issue *issues)
{
	struct buf b;
	const struct json *root;
	struct problem q;
	buf_init(&b, 1 << 20);
	fhir_outcome(&b, p, issues);
	MUST(b.failed || json_parse(buf_view(&b), a, &root, &q) == RC_OK);
	buf_done(&b);
}

static void again(struct arena *a, struct str in, uint16_t type)
{
	struct buf b;
	const struct json *root;
	struct fhir_issue *issues;
	struct problem p;
	uint16_t same = 0;
	buf_init(&b, in.n + 1);
	json_minify(in, &b);
	MUST(json_parse(buf_view(&b), a, &root, &p) == RC_OK);
	MUST(fhir_check(root, a, &same, &issues, &p) == RC_OK && same == type);
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct arena a;
	struct buf shown;
	struct problem p = { 0 };
	const struct json *root;
	struct fhir_issue *issues = NULL;
	struct fhir_values values;
	struct fhir_refs refs;
	uint16_t type = 0;
	arena_init(&a, 64 << 20);
	buf_init(&shown, 1 << 20);
	if (json_parse(in, &a, &root, &p) == RC_OK) {
		enum rc rc = fhir_check(root, &a, &type, &issues, &p);
		if (rc == RC_OK) {
			MUST(type > 0 && type <= fhir_type_count() && issues == NULL);
			MUST(fhir_extract(type, root, &a, &values, &p) == RC_OK);
			check_values(type, &values);
			MUST(fhir_references(root, &a, &refs, &p) == RC_OK);
			again(&a, in, type);
		} else {
			MUST(rc == RC_BAD_INPUT);
			check_findings(issues, &p);
			outcome_parses(&a, &p, issues);
			type = fhir_type_of(json_get_text(root, "resourceType"));
			if (type)
				MUST(fhir_extract(type, root, &a, &values, &p) == RC_OK); /* never called so, but never unsafe */
		}
		fhir_display(&shown, root);
		for json_each(c, root)
			fhir_display(&shown, c);
	}
	buf_done(&shown);
	arena_done(&a);
	return 0;
}
