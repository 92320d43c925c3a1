/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/database.c: which database a command works on: --db, else HYGIE_DATA_DB, else what the data directory says (base.url, else hygie.db).
 * An address may hold a password: it is taken out of the process's argument list at once and never printed whole. Start at database_use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define ADDRESS_MOST 1000

/* The part between ":" and "@" before the first "/": empty when there is none. */
static struct str
password_in(const char *url)
{
	const char *from = strstr(url, "://");

	if (from == NULL)
		return STR_NONE;
	size_t n = strcspn(from + 3, "/?");
	const char *at = memchr(from + 3, '@', n), *colon = at != NULL ? memchr(from + 3, ':', (size_t)(at - from) - 3) : NULL;
	return colon != NULL ? (struct str){ colon + 1, (size_t)(at - colon) - 1 } : STR_NONE;
}

void
database_shown(const char *url, char *out, size_t n)
{
	struct str secret = password_in(url);

	if (secret.n > 0)
		snprintf(out, n, "%.*s***%s", (int)(secret.p - url), url, secret.p + secret.n);
	else
		snprintf(out, n, "%s", url);
	char *hidden = strstr(out, "password=");
	if (hidden != NULL)
		snprintf(hidden + 9, n - (size_t)(hidden + 9 - out), "***");
}

static bool
read_address(const char *path, char out[ADDRESS_MOST])
{
	FILE *f = fopen(path, "re");
	bool good = f != NULL && fgets(out, ADDRESS_MOST, f) != NULL;

	if (f != NULL)
		fclose(f);
	if (good)
		out[strcspn(out, "\r\n")] = '\0';
	return good;
}

bool
database_is_server(const char *text)
{
	return strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0;
}

bool
database_read(const char *text, char out[ADDRESS_MOST])
{
	if (strncmp(text, "file:", 5) == 0 && !read_address(text + 5, out)) {
		say_err("--db: %s cannot be read", text + 5);
		return false;
	}
	if (strncmp(text, "file:", 5) != 0)
		snprintf(out, ADDRESS_MOST, "%s", strlen(text) < ADDRESS_MOST ? text : "");
	if (database_is_server(out))
		return true;
	say_err("--db takes sqlite, postgresql://USER@HOST/NAME, or file:PATH of a file that holds such an address");
	return false;
}

static char address[ADDRESS_MOST];

const char *
database_in_use(void)
{
	return address[0] != '\0' ? address : "sqlite";
}

bool
database_use(const char *text)
{
	if (text == NULL || text[0] == '\0' || strcmp(text, "sqlite") == 0)
		return true;
	if (!database_read(text, address))
		return false;
	keeper_use_base(address);
	return true;
}

/* Options point into the argument list, which other users of the machine can read. */
static void
hide(const char *given)
{
	if (given == NULL || !database_is_server(given))
		return;
	struct str secret = password_in(given);
	const char *hidden = strstr(given, "password=");
	if (secret.n > 0)
		memset((char *)(uintptr_t)secret.p, '*', secret.n);
	if (hidden != NULL)
		memset((char *)(uintptr_t)hidden + 9, '*', strlen(hidden + 9));
}

bool
database_option(const struct options *o)
{
	const char *text = getenv("HYGIE_DATA_DB");

	for (unsigned i = 0; o->rows[i].name != NULL; i++) {
		if (strcmp(o->rows[i].name, "db") != 0 || o->given[i] == NULL)
			continue;
		if (!database_use(o->given[i]))
			return false;
		hide(o->given[i]);
		return true;
	}
	return database_use(text);
}

/* ---- db copy ---- */

const struct option_row options_copy[] = {
	{ "dir",  "DIR",   "data directory (var/demo); no server may work on it" },
	{ "from", "PLACE", "sqlite, a file, postgresql://…, or file:PATH that holds the address (what the directory says)" },
	{ "to",   "PLACE", "the same; empty, or a copy that was stopped" },
	{ "use",  NULL,    "when the two are equal, the directory works with the copy from then on" },
	OPTIONS_END,
};

static const char *
place(const char *text, char to[ADDRESS_MOST], bool *good)
{
	if (text == NULL || (strncmp(text, "file:", 5) != 0 && !database_is_server(text)))
		return text;
	*good &= database_read(text, to);
	return to;
}

int
command_db_copy(const struct options *o)
{
	char from[ADDRESS_MOST], to[ADDRESS_MOST];
	bool good = true;
	struct keeper_copy k = { .dir = option_get(o, "dir", "var/demo"), .from = place(option_get(o, "from", NULL), from, &good), .to = place(option_get(o, "to", NULL), to, &good), .use = option_has(o, "use") };
	struct keeper_copied c = { 0 };
	struct problem p = { 0 };
	struct bar bar;

	if (!good || k.to == NULL) {
		say_err("--to says where the copy goes");
		return EXIT_USAGE;
	}
	hide(option_get(o, "from", NULL));
	hide(option_get(o, "to", NULL));
	bar_start(&bar);
	enum rc rc = keeper_copy(&k, &bar.in, &c, &p);
	bar_end(&bar);
	wipe(from, sizeof from);
	wipe(to, sizeof to);
	if (rc != RC_OK)
		return fail("db copy", &p);
	printf("%llu tables, %llu rows (%llu were there from a copy before), the same on both sides: %s\n", (unsigned long long)c.tables, (unsigned long long)c.rows, (unsigned long long)c.resumed, c.digest);
	return EXIT_DONE;
}
