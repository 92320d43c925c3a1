/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/outcome.c: OperationOutcome from a problem and its findings. It must never show the problem's detail (that is for the log) nor a value.
 * Called by api for every refusal. Start at fhir_outcome.
 */
#include "internal.h"

static void
issue_put(struct jw *w, const struct problem *p, const char *where, const char *rule)
{
	const struct why_row *row = why_row(p->why);
	char says[PROBLEM_SAYS];
	size_t n = problem_says(p, says);

	jw_object(w);
	jw_member(w, "severity", str_of(row->http >= 500 ? "fatal" : row->http < 400 ? "information" : "error"));
	jw_member(w, "code", str_of(row->issue));
	jw_key(w, "details");
	jw_object(w);
	jw_member(w, "text", (struct str){ says, n });
	jw_end(w, '}');
	if (rule != NULL)
		jw_member(w, "diagnostics", str_of(rule));
	if (where != NULL && where[0] != '\0') {
		jw_key(w, "expression");
		jw_array(w);
		jw_z(w, where);
		jw_end(w, ']');
	}
	jw_end(w, '}');
}

void
fhir_outcome(struct buf *out, const struct problem *p, const struct fhir_issue *more)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member(&w, "resourceType", STR("OperationOutcome"));
	jw_key(&w, "issue");
	jw_array(&w);
	if (more == NULL)
		issue_put(&w, p, p->where, NULL);
	for (; more != NULL; more = more->next) {
		const struct problem one = { .why = more->why };
		issue_put(&w, &one, more->where, more->rule);
	}
	jw_end(&w, ']');
	jw_end(&w, '}');
}
