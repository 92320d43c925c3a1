/* SPDX-License-Identifier: Apache-2.0 */
/* cli/canary.c: `hygie canary plant` and `hygie canary check`. Must never print which patients they are. Start at command_canary_plant. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/config.h"

const struct option_row options_canary[] = { { "dir", "DIR", "data directory (var/demo)" }, OPTION_DB, { "domain", "NAME", "of their mail addresses, one that you read (setting canary.domain)" },
	{ "data", "DIR", "reference tables" }, { "config", "FILE", "settings file" }, OPTIONS_END };

#define BLOCK 256 /* hospital/canary_place.h */

static int
tell(const struct keeper_canaries *n)
{
	static const char *const ORDER[] = { "id", "name", "birth date" };
	bool good = true;

	printf("%llu people, %llu canaries.\n", (unsigned long long)n->people, (unsigned long long)n->canaries);
	for (unsigned i = 0; i < 3; i++) {
		printf("longest stretch without one, by %s: %u people%s\n", ORDER[i], n->gap[i], n->gap[i] < BLOCK ? "" : ": TOO LONG");
		good = good && n->gap[i] < BLOCK;
	}
	return good ? EXIT_DONE : EXIT_PART;
}

static enum rc
plant(const struct options *o, const struct config *c, struct keeper_canaries *n, struct problem *p)
{
	struct bar bar;

	bar_start(&bar);
	enum rc rc = keeper_canary_plant(option_get(o, "dir", "var/demo"), data_dir_option(o), option_get(o, "domain", c->text[SET_CANARY_DOMAIN]), &bar.in, n, p);
	bar_end(&bar);
	return rc;
}

int
command_canary_plant(const struct options *o)
{
	struct config *c = malloc(sizeof *c);
	struct keeper_canaries n;
	struct problem p = { 0 };
	int code = EXIT_FAILED;

	MUST(c != NULL);
	if (config_read(option_get(o, "config", NULL), c)) {
		if (plant(o, c, &n, &p) != RC_OK) {
			code = fail("canary plant", &p);
		} else {
			printf("%llu planted.\n", (unsigned long long)n.planted);
			code = tell(&n);
		}
	}
	free(c);
	return code;
}

int
command_canary_check(const struct options *o)
{
	struct keeper_canaries n;
	struct problem p = { 0 };

	return keeper_canary_check(option_get(o, "dir", "var/demo"), &n, &p) == RC_OK ? tell(&n) : fail("canary check", &p);
}
