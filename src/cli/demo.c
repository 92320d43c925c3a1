/* SPDX-License-Identifier: Apache-2.0 */
/* cli/demo.c: `hygie demo` and `hygie init`. Start at command_demo. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "codec/form.h"

const struct option_row options_demo[] = {
	{ "dir",      "DIR",  "directory to make (var/demo)" },
	{ "patients", "N",    "number of patients (20000)" },
	{ "stays",    "N",    "past stays for each hundred patients, up to 1,000: a denser record (20)" },
	{ "seed",     "N",    "seed of the generator (1)" },
	{ "at",       "DATE", "the day the stays stand around, YYYY-MM-DD (today)" },
	{ "ndjson",   "FILE", "write the records to a file, one a line, and make no base" },
	{ "data",     "DIR",  "reference tables" },
	{ "no-canaries", NULL, "no canary patients: for tests and measurements that walk everybody" },
	{ "no-pharmacy", NULL, "no pharmacy, no stock: for tests that make their own" },
	OPTION_DB,
	{ "drop",     NULL,   "take away the base and the ledger of the demonstration in DIR, and do nothing else" },
	{ "show-url", NULL,   "print the address of the server that runs on DIR, and nothing else" },
	OPTIONS_END,
};
const struct option_row options_reindex[] = { { "dir", "DIR", "data directory (var/demo)" }, OPTION_DB, { "new-index-key", NULL, "hash search values with a fresh key" }, OPTIONS_END };
const struct option_row options_dir[] = { { "dir", "DIR", "data directory (var/demo)" }, OPTION_DB, OPTIONS_END };

static int
show_url(const char *dir)
{
	struct demo_file f;
	struct problem p = { 0 };

	if (demo_file_read(dir, &f, &p) != RC_OK)
		return fail("demo.json", &p);
	puts(f.url);
	return EXIT_DONE;
}

static bool
read_day(const struct options *o, int64_t *at_r)
{
	const char *text = option_get(o, "at", NULL);
	char iso[11];
	int y, m, d;

	*at_r = 0;
	if (text == NULL)
		return true;
	if (form_date(str_of(text), clock_ms(), iso) != RC_OK || sscanf(iso, "%4d-%2d-%2d", &y, &m, &d) != 3) {
		say_err("--at takes a date such as 2026-11-22");
		return false;
	}
	*at_r = civil_paris_to_ms((struct civil){ .year = y, .month = m, .day = d, .hour = 12 });
	return true;
}

const char *
data_dir_option(const struct options *o)
{
	const char *data = getenv("HYGIE_DATA");

	return option_get(o, "data", data != NULL ? data : access(HYGIE_DATADIR_INSTALLED, R_OK) == 0 ? HYGIE_DATADIR_INSTALLED : HYGIE_DATADIR);
}

int
command_demo(const struct options *o)
{
	const char *dir = option_get(o, "dir", "var/demo");
	struct keeper_demo *d;
	struct demo_file *f;
	struct problem p = { 0 };
	struct rusage use;
	struct bar bar;
	uint64_t patients, stays, seed;
	int64_t at;

	if (option_has(o, "show-url"))
		return show_url(dir);
	if (option_has(o, "drop"))
		return keeper_demo_drop(dir, &p) == RC_OK ? EXIT_DONE : fail("demo", &p);
	if (!option_number(o, "patients", 20000, 1, 10000000, &patients) || !option_number(o, "stays", 20, 0, 1000, &stays) || !option_number(o, "seed", 1, 0, UINT64_MAX, &seed) || !read_day(o, &at))
		return EXIT_USAGE;
	d = calloc(1, sizeof *d);
	f = calloc(1, sizeof *f);
	MUST(d != NULL && f != NULL);
	d->dir = dir;
	d->data_dir = data_dir_option(o);
	d->no_canaries = option_has(o, "no-canaries");
	d->no_pharmacy = option_has(o, "no-pharmacy");
	d->patients = (uint32_t)patients;
	d->stays = (uint32_t)stays;
	d->seed = seed;
	d->at_ms = at;
	d->ndjson = option_get(o, "ndjson", NULL);
	bar_start(&bar);
	uint64_t started = clock_ns();
	enum rc rc = keeper_demo(d, &bar.in, &p);
	bar_end(&bar);
	if (rc == RC_OK && d->ndjson == NULL) {
		f->n_people = d->n_people;
		memcpy(f->people, d->people, sizeof f->people);
		memcpy(f->token, d->machine_token, sizeof f->token);
		rc = demo_file_write(dir, f, &p);
	}
	int code = EXIT_DONE;
	if (rc == RC_OK) {
		getrusage(RUSAGE_SELF, &use);
		printf("%llu patients, %llu resources, %llu accounts in %.1f s, peak memory %ld MB\n", (unsigned long long)patients, (unsigned long long)d->resources,
		       (unsigned long long)d->accounts, (double)(clock_ns() - started) / 1e9, use.ru_maxrss / 1024);
	} else {
		code = fail("demo", &p);
	}
	wipe(f, sizeof *f);
	wipe(d, sizeof *d);
	free(f);
	free(d);
	return code;
}

int
command_init(const struct options *o)
{
	struct problem p = { 0 };

	if (keeper_init(option_get(o, "dir", "var/demo"), NULL, &p) != RC_OK)
		return fail("init", &p);
	puts("An empty base was made. Next: hygie user add LOGIN --role admin");
	return EXIT_DONE;
}
