/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/attribute.c: `hygie attribute FILE`: where did this sample come from? Asked of the server that runs on the directory, else of the base itself. What is printed is
 * a report that the ledger's key signed; `hygie-verify --report` judges it. Start at command_attribute.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "gate/gate.h"

const struct option_row options_attribute[] = { { "dir", "DIR", "data directory (var/demo)" }, OPTION_DB, { "json", NULL, "print the findings as JSON, without the signature" }, OPTIONS_END };

static enum rc
ask(struct gate *g, struct str sample, const char *column, struct buf *out, struct problem *p)
{
	struct gate_call *call = gate_call_new();
	struct buf token;

	if (call == NULL)
		return problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory");
	buf_init(&token, 256);
	enum rc rc = gate_operator(g, &token, p);
	if (rc == RC_OK) {
		call->surface = SURFACE_CLI;
		call->route = "attribute";
		call->token = buf_view(&token);
		ask_view(&call->asks, "attribute");
		ask_arg(&call->asks, "sample", sample);
		gate_run(g, call);
		rc = release_rc(call->release);
		if (rc != RC_OK)
			*p = *release_problem(call->release);
		for release_each (row, call->release, "report")
			buf_str(out, row_get(row, column));
	}
	gate_call_done(&call);
	buf_done_wiped(&token);
	return rc == RC_OK ? buf_rc(out, p) : rc;
}

int
command_attribute(const struct options *o)
{
	struct gate_settings s = { .dir = option_get(o, "dir", "var/demo") };
	struct gate *g = NULL;
	struct problem p = { 0 };
	struct buf sample, out;
	int code = EXIT_DONE;

	buf_init(&sample, 60u << 20); /* one call to the gate */
	buf_init(&out, 16u << 20);
	enum rc rc = file_read(o->words[0], &sample, &p);
	if (rc == RC_OK && (rc = gate_connect(s.dir, &g, &p)) == RC_NOT_FOUND)
		rc = gate_open(&s, &g, &p);
	if (rc == RC_OK)
		rc = ask(g, buf_view(&sample), option_has(o, "json") ? "json" : "note", &out, &p);
	if (g != NULL)
		gate_close(&g);
	if (rc != RC_OK)
		code = fail("attribute", &p);
	else if (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) != 0)
		code = EXIT_FAILED;
	buf_done_wiped(&sample);
	buf_done(&out);
	return code;
}
