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

bool
database_use(const char *text)
{
	static char address[ADDRESS_MOST];

	if (text == NULL || text[0] == '\0' || strcmp(text, "sqlite") == 0)
		return true;
	if (!database_read(text, address))
		return false;
	keeper_use_base(address);
	return true;
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
		/* given points into the argument list, which other users of the machine can read */
		struct str secret = password_in(o->given[i]);
		const char *hidden = strstr(o->given[i], "password=");
		if (secret.n > 0)
			memset((char *)(uintptr_t)secret.p, '*', secret.n);
		if (hidden != NULL)
			memset((char *)(uintptr_t)hidden + 9, '*', strlen(hidden + 9));
		return true;
	}
	return database_use(text);
}
