/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/forget.c: `hygie audit forget`: who saw whom is wiped where it is older than it is kept (setting ledger.keep_months). An order to the server that runs on the
 * directory, else done by a vault of our own. It must never ask for less than the six months that the gate keeps in any case. Start at command_audit_forget.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "cli/config.h"
#include "gate/gate.h"

const struct option_row options_forget[] = { { "dir", "DIR", "data directory (var/demo)" }, OPTION_DB, { "months", "N", "keep so many months (ledger.keep_months: 36)" },
	{ "config", "FILE", "settings file" }, OPTIONS_END };

struct forgotten { struct gate_progress in; struct bar *bar; uint64_t rows, entries; };

static void
forgotten_at(struct gate_progress *in, uint64_t done, uint64_t of)
{
	struct forgotten *f = (struct forgotten *)(void *)in;

	if (of == 0)
		f->rows = done;
	else
		f->entries = done;
	bar_at(f->bar, "forget", done, of);
	in->stop = f->bar->in.stop;
}

/* The same day of the month, so many months ago; where that month is too short, one of the first days of the next. */
static int64_t
months_ago(uint64_t months)
{
	time_t now = (time_t)(clock_ms() / 1000);
	struct tm at;

	MUST(gmtime_r(&now, &at) != NULL);
	at.tm_mon -= (int)months;
	return (int64_t)timegm(&at) * 1000;
}

static enum rc
forget(const char *dir, int64_t before_ms, struct forgotten *f, struct problem *p)
{
	struct gate_settings s = { .dir = dir };
	struct gate *g = NULL;
	enum rc rc = gate_connect(dir, &g, p);

	if (rc == RC_NOT_FOUND)
		rc = gate_open(&s, &g, p);
	if (rc == RC_OK)
		rc = gate_forget(g, before_ms, &f->in, p);
	gate_close(&g);
	return rc;
}

int
command_audit_forget(const struct options *o)
{
	struct config *c = malloc(sizeof *c);
	struct bar bar;
	struct forgotten f = { .in = { .at = forgotten_at }, .bar = &bar };
	struct problem p = { 0 };
	uint64_t months = 0;
	int code = EXIT_FAILED;

	MUST(c != NULL);
	if (config_read(option_get(o, "config", NULL), c))
		code = option_number(o, "months", c->number[SET_LEDGER_KEEP], config_rows[SET_LEDGER_KEEP].min, config_rows[SET_LEDGER_KEEP].max, &months) ? EXIT_DONE : EXIT_USAGE;
	free(c);
	if (code != EXIT_DONE)
		return code;
	bar_start(&bar);
	enum rc rc = forget(option_get(o, "dir", "var/demo"), months_ago(months), &f, &p);
	bar_end(&bar);
	if (rc != RC_OK)
		return fail("audit forget", &p);
	printf("Older than %llu months: the persons in %llu entries of the ledger are wiped, and %llu lines of the base that said the same.\n", (unsigned long long)months,
	       (unsigned long long)f.entries, (unsigned long long)f.rows);
	return EXIT_DONE;
}
