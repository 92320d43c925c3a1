/* SPDX-License-Identifier: Apache-2.0 */
/* cli/operator.c: the operator's small verbs: accounts, ledger, database. None shows anything of a patient. Start at command_user_add. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "gate/gate.h"

const struct option_row options_user[] = {
	{ "dir",  "DIR",  "data directory (var/demo)" },
	OPTION_DB,
	{ "role", "ROLE", "clerk, nurse, physician, pharmacist, technician, billing, rssi, dpo or admin" },
	{ "name", "NAME", "the person's name as colleagues read it" },
	{ "unit", "ID",   "FHIR id of the Organization (functional unit) worked in" },
	{ "practitioner", "ID", "FHIR id of the Practitioner this person is; without one nothing can be prescribed" },
	OPTIONS_END,
};

#define PASSWORD_LINE 1100 /* the longest password, 1,000 bytes, and more: one that is too long is refused, never cut short */

static bool
read_password(char *out, size_t n)
{
	struct termios old, quiet;
	bool tty = isatty(0) && tcgetattr(0, &old) == 0;

	if (tty) {
		fputs("Password: ", stderr);
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(0, TCSANOW, &quiet);
	}
	bool good = fgets(out, (int)n, stdin) != NULL;
	if (tty) {
		tcsetattr(0, TCSANOW, &old);
		fputc('\n', stderr);
	}
	if (good)
		out[strcspn(out, "\r\n")] = '\0';
	return good;
}

int
command_user_add(const struct options *o)
{
	char password[PASSWORD_LINE];
	struct keeper_user u = { .login = o->words[0], .name = option_get(o, "name", o->words[0]), .role = role_of(option_get(o, "role", "")), .unit = option_get(o, "unit", NULL),
		.practitioner = option_get(o, "practitioner", NULL) };
	struct problem p = { 0 };
	struct buf secret;
	int code = EXIT_DONE;

	if (u.role == ROLE_NONE || u.role == ROLE_MACHINE || u.role == ROLE_OPERATOR) {
		say_err("--role takes clerk, nurse, physician, pharmacist, technician, billing, rssi, dpo or admin");
		return EXIT_USAGE;
	}
	if (!read_password(password, sizeof password)) {
		say_err("no password was given on standard input");
		return EXIT_USAGE;
	}
	u.password = password;
	buf_init(&secret, 256);
	if (keeper_user_add(option_get(o, "dir", "var/demo"), &u, &secret, &p) != RC_OK)
		code = fail("user add", &p);
	else
		printf("Account made. Second factor, to scan or type once into an authenticator and never shown again:\notpauth://totp/Hygie:%s?secret=%.*s&issuer=Hygie\n",
		       u.login, STR_ARG(buf_view(&secret)));
	wipe(password, sizeof password);
	buf_done_wiped(&secret);
	return code;
}

struct operator_arg { const char *name, *value; };

/* An act as the operator of this machine: by the server that runs there, which then ends the sessions at once, else by a vault of our own. args: ended by name NULL; without value: left out. tell: prints what came of it, and says with what to exit. */
static int
operator_act(const struct options *o, const char *act, const struct operator_arg *args, int (*tell)(struct str rows, const char *done), const char *done)
{
	struct gate_settings s = { .dir = option_get(o, "dir", "var/demo") };
	struct gate *g = NULL;
	struct gate_call *c = NULL;
	struct problem p = { 0 };
	struct buf token;
	int code = EXIT_DONE;

	buf_init(&token, 256);
	enum rc rc = gate_connect(s.dir, &g, &p);
	if (rc == RC_NOT_FOUND)
		rc = gate_open(&s, &g, &p);
	if (rc == RC_OK)
		rc = gate_operator(g, &token, &p);
	if (rc == RC_OK) {
		c = gate_call_new();
		c->surface = SURFACE_CLI;
		c->route = "operator";
		c->token = buf_view(&token);
		ask_act(&c->asks, act);
		for (; args->name != NULL; args++)
			if (args->value != NULL)
				ask_arg(&c->asks, args->name, str_of(args->value));
		gate_run(g, c);
		rc = release_rc(c->release);
		p = *release_problem(c->release);
		if (rc == RC_OK)
			code = tell(release_rows(c->release), done);
	}
	if (c != NULL)
		gate_call_done(&c);
	gate_close(&g);
	buf_done_wiped(&token);
	return rc == RC_OK ? code : fail(act, &p);
}

static int
tell_done(struct str rows, const char *done)
{
	(void)rows;
	puts(done);
	return EXIT_DONE;
}

int
command_user_disable(const struct options *o)
{
	return operator_act(o, "account_disable", (const struct operator_arg[]){ { "login", o->words[0] }, { NULL, NULL } }, tell_done, "The account is closed, and its sessions are over.");
}

int
command_user_enable(const struct options *o)
{
	return operator_act(o, "account_enable", (const struct operator_arg[]){ { "login", o->words[0] }, { NULL, NULL } }, tell_done, "The account is open again.");
}

int
command_user_until(const struct options *o)
{
	return operator_act(o, "account_until", (const struct operator_arg[]){ { "login", o->words[0] }, { "until", o->words[1] }, { NULL, NULL } }, tell_done, "The account is closed at the end of that day.");
}

/* ---- machines ---- */

const struct option_row options_machine[] = {
	{ "dir",      "DIR",    "data directory (var/demo)" },
	{ "jwk",      "FILE",   "the machine's public key: a JWK of ES256, ES384, RS256 or RS384 with its kid" },
	{ "may",      "WHAT",   "read, write or both (read)" },
	{ "patients", "N",      "patients that it may open in a day, up to 2000 (50)" },
	{ "unit",     "ID",     "FHIR id of the Organization whose present patients it may read" },
	{ "name",     "NAME",   "what it is, as people read it" },
	OPTIONS_END,
};

#define JWK_MOST 4000

int
command_machine_add(const struct options *o)
{
	char jwk[JWK_MOST + 1];
	FILE *f = option_has(o, "jwk") ? fopen(option_get(o, "jwk", ""), "rb") : NULL;
	size_t n = f != NULL ? fread(jwk, 1, JWK_MOST, f) : 0;

	if (f != NULL)
		fclose(f);
	if (n == 0 || memchr(jwk, '\0', n) != NULL) {
		say_err("--jwk names no file with a public key");
		return EXIT_USAGE;
	}
	jwk[n] = '\0';
	return operator_act(o, "machine_key_add", (const struct operator_arg[]){ { "login", o->words[0] }, { "jwk", jwk }, { "may", option_get(o, "may", "read") }, { "patients", option_get(o, "patients", "50") },
		{ "unit", option_get(o, "unit", NULL) }, { "name", option_get(o, "name", NULL) }, { NULL, NULL } }, tell_done, "The key is registered: assertions signed with it get a token at /auth/token.");
}

int
command_machine_revoke(const struct options *o)
{
	return operator_act(o, "machine_key_revoke", (const struct operator_arg[]){ { "login", o->words[0] }, { "kid", o->words[1] }, { NULL, NULL } }, tell_done, "The key gets no token any more.");
}

/* ---- the books ---- */

static int
tell_counted(struct str rows, const char *done)
{
	int code = EXIT_DONE;

	(void)done;
	for (struct row row = rows_first(rows, "counted"); row_is(row); row = rows_next(row)) {
		printf("%.*s: %lld postings counted anew, %lld differences\n", STR_ARG(row_get(row, "of")), (long long)row_i64(row, "postings"), (long long)row_i64(row, "differences"));
		if (row_i64(row, "differences") > 0)
			code = EXIT_PART;
	}
	return code;
}

int
command_books_count(const struct options *o)
{
	return operator_act(o, "books_count", (const struct operator_arg[]){ { NULL, NULL } }, tell_counted, NULL);
}

static int
db_verb(const struct options *o, const char *name, enum rc (*verb)(const char *, struct keeper_progress *, struct problem *))
{
	struct problem p = { 0 };
	struct bar bar;

	bar_start(&bar);
	enum rc rc = verb(option_get(o, "dir", "var/demo"), &bar.in, &p);
	bar_end(&bar);
	if (rc != RC_OK)
		return fail(name, &p);
	printf("%s: done.\n", name);
	return EXIT_DONE;
}

int
command_db_migrate(const struct options *o)
{
	return db_verb(o, "db migrate", keeper_migrate);
}

int
command_db_reindex(const struct options *o)
{
	return db_verb(o, "db reindex", option_has(o, "new-index-key") ? keeper_reindex_anew : keeper_reindex);
}

struct rotating { struct gate_progress in; struct bar *bar; };

static void
rotating_at(struct gate_progress *in, uint64_t done, uint64_t of)
{
	struct rotating *r = (struct rotating *)(void *)in;

	bar_at(r->bar, "keys", done, of);
	in->stop = r->bar->in.stop;
}

/* A server that runs there does it itself, beside its other work; else the directory is ours for as long as it takes. */
static enum rc
rotate(const char *dir, struct keeper_progress *progress, struct problem *p)
{
	struct rotating r = { .in = { .at = rotating_at }, .bar = (struct bar *)progress };
	struct gate *g = NULL;
	enum rc rc = gate_connect(dir, &g, p);

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? keeper_keys_rotate(dir, progress, p) : rc;
	rc = gate_keys_rotate(g, &r.in, p);
	gate_close(&g);
	return rc;
}

int
command_keys_rotate(const struct options *o)
{
	return db_verb(o, "keys rotate", rotate);
}

int
command_keys_erase(const struct options *o)
{
	struct problem p = { 0 };

	if (keeper_keys_erase(option_get(o, "dir", "var/demo"), o->words[0], &p) != RC_OK)
		return fail("keys erase", &p);
	puts("keys erase: done. Copies of the base made before still hold the key, wrapped: they go with the old backups.");
	return EXIT_DONE;
}

int
command_db_check(const struct options *o)
{
	struct keeper_check c;
	struct problem p = { 0 };
	struct bar bar;

	bar_start(&bar);
	enum rc rc = keeper_check(option_get(o, "dir", "var/demo"), &bar.in, &c, &p);
	bar_end(&bar);
	if (rc != RC_OK)
		return fail("db check", &p);
	printf("indexes: %llu differences; ledger: %llu entries, %s\n", (unsigned long long)c.differences, (unsigned long long)c.ledger_entries, c.ledger_good ? "good" : "BAD");
	if (!c.ledger_good)
		printf("first bad entry: %llu (%s)\n", (unsigned long long)c.ledger_first_bad, c.ledger_what);
	return c.differences == 0 && c.ledger_good ? EXIT_DONE : EXIT_FAILED;
}
