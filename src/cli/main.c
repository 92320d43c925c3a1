/* SPDX-License-Identifier: Apache-2.0 */
/* cli/main.c: finds the command, reads its declared options, runs it; help from the same table. Start at the table. */
#include "cli/serve.h"

#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wall.h"

#ifndef HYGIE_VERSION
#error "the build gives the version"
#endif

static int command_help(const struct options *o);
static int command_version(const struct options *o);
static const struct option_row no_options[] = { OPTIONS_END };

const struct command commands[] = {
	{ "serve",   NULL,      NULL,    0, options_serve,  "serve the web screens and the FHIR interface",                      command_serve },
	{ "demo",    NULL,      NULL,    0, options_demo,   "make the demonstration group in an empty directory",                command_demo },
	{ "init",    NULL,      NULL,    0, options_dir,    "make an empty base",                                                command_init },
	{ "import",  NULL,      "PATH…", 1, options_import, "take in FHIR JSON: bundles, resources, NDJSON, gzip, folders",      command_import },
	{ "user",    "add",     "LOGIN", 1, options_user,   "add an account; the password is read from standard input",          command_user_add },
	{ "user",    "disable", "LOGIN", 1, options_dir,    "close an account now, as the personnel office says: its sessions end",  command_user_disable },
	{ "user",    "enable",  "LOGIN", 1, options_dir,    "open an account again that was closed, or that nobody used",            command_user_enable },
	{ "user",    "until",   "LOGIN DATE", 2, options_dir, "set the last day of a contract (2026-12-31): the account is closed at its end", command_user_until },
	{ "machine", "add",     "LOGIN", 1, options_machine, "register a machine's public key; it gets its tokens by assertions (RFC 7523)", command_machine_add },
	{ "machine", "revoke",  "LOGIN KID", 2, options_dir, "take a machine's key back",                                           command_machine_revoke },
	{ "audit",   "verify",  NULL,    0, options_audit,  "verify the access ledger; names the first bad entry",               command_audit_verify },
	{ "audit",   "publish", "DIR",   1, options_publish, "bring the ledger as static files into DIR, for auditors and witnesses", command_audit_publish },
	{ "audit",   "head",    NULL,    0, options_head,   "print the newest signed head of the ledger; send it to whom the settings name", command_audit_head },
	{ "audit",   "events",  NULL,    0, options_events, "print the ledger as FHIR AuditEvents or DICOM audit messages, persons as pseudonyms", command_audit_events },
	{ "audit",   "cosign",  "LINES", 1, options_cosign, "put a witness's signature lines under what is published",             command_audit_cosign },
	{ "audit",   "prove",   "NUMBER", 1, options_prove, "print the proof of one entry, which stands alone",                  command_audit_prove },
	{ "audit",   "who",     "RECORD", 1, options_who,   "print the proof of who saw a record, and that nothing is left out", command_audit_who },
	{ "audit",   "forget",  NULL,    0, options_forget, "wipe who saw whom where it is older than it is kept; the ledger stays verifiable", command_audit_forget },
	{ "audit",   "grown",   "CHECKPOINT", 1, options_prove, "print the proof that the ledger began as this file says, as witnesses ask for it", command_audit_grown },
	{ "db",      "migrate", NULL,    0, options_dir,    "bring the tables to this version",                                  command_db_migrate },
	{ "db",      "reindex", NULL,    0, options_reindex, "build the search indexes and care relations anew",                  command_db_reindex },
	{ "db",      "check",   NULL,    0, options_dir,    "check database, indexes and ledger against each other",             command_db_check },
	{ "db",      "copy",    NULL,    0, options_copy,   "copy the whole base to another database and compare the two",       command_db_copy },
	{ "keys",    "rotate",  NULL,    0, options_dir,    "wrap every key of the base with a new instance key, also while a server works", command_keys_rotate },
	{ "keys",    "erase",   "PATIENT", 1, options_dir,  "erase one patient's key: the chart can never be read again (server stopped)", command_keys_erase },
	{ "attribute", NULL,    "FILE",  1, options_attribute, "say where a leaked sample came from (CSV, JSON, text), as a signed report", command_attribute },
	{ "canary",  "plant",   NULL,    0, options_canary, "make the canary patients that are missing (server stopped)",         command_canary_plant },
	{ "canary",  "check",   NULL,    0, options_canary, "say how long the longest stretch without a canary is, in each order", command_canary_check },
	{ "config",  "check",   NULL,    0, options_config, "read the settings and say what is wrong with them",                 command_config_check },
	{ "config",  "dump",    NULL,    0, options_config, "print every setting in force and where it comes from",              command_config_dump },
	{ "doctor",  NULL,      NULL,    0, options_dir,    "look at this machine and directory: disk flush, space, certificate", command_doctor },
	{ "books",   "count",   NULL,    0, options_dir,    "count journal and stock anew from what was posted; tells who keeps them what differs (exit code 3)", command_books_count },
	{ "version", NULL,      NULL,    0, no_options,     "print the version",                                                 command_version },
	{ "help",    NULL,      NULL,    0, no_options,     "this text",                                                         command_help },
	{ WORD_VAULT, NULL,     NULL,    0, options_serve,  NULL,                                                                command_vault },
	{ WORD_FRONT, NULL,     NULL,    0, no_options,     NULL,                                                                command_front },
	{ NULL,      NULL,      NULL,    0, NULL,           NULL,                                                                NULL },
};

void
say_err(const char *fmt, ...)
{
	va_list ap;

	fputs("hygie: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int
fail(const char *doing, const struct problem *p)
{
	const struct why_row *why = why_row(p->why);

	say_err("%s: %s%s%s%s%s%s%s", doing, why->sentence, p->where[0] != '\0' ? " [" : "", p->where, p->where[0] != '\0' ? "]" : "",
	        p->detail[0] != '\0' ? " (" : "", p->detail, p->detail[0] != '\0' ? ")" : "");
	return EXIT_FAILED;
}

static void
print_command(const struct command *c, FILE *to)
{
	char head[80];

	snprintf(head, sizeof head, "hygie %s%s%s%s%s", c->noun, c->verb != NULL ? " " : "", c->verb != NULL ? c->verb : "", c->words != NULL ? " " : "", c->words != NULL ? c->words : "");
	fprintf(to, "  %-24s %s\n", head, c->prose);
}

static int
command_help(const struct options *o)
{
	(void)o;
	puts("hygie: hospital information system\n\nCommands (hygie NOUN VERB --help for the options of one):");
	for (const struct command *c = commands; c->noun != NULL; c++)
		if (c->prose != NULL) /* serve starts the others itself */
			print_command(c, stdout);
	puts("\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part.\nExample: hygie demo --dir var/demo && hygie serve --dir var/demo");
	return EXIT_DONE;
}

static int
command_version(const struct options *o)
{
	(void)o;
	puts("hygie " HYGIE_VERSION);
	return EXIT_DONE;
}

static int
print_options(const struct command *c, FILE *to)
{
	print_command(c, to);
	for (const struct option_row *r = c->options; r->name != NULL; r++) {
		char head[40];
		snprintf(head, sizeof head, "--%s%s%s", r->name, r->value != NULL ? " " : "", r->value != NULL ? r->value : "");
		fprintf(to, "    %-22s %s\n", head, r->prose);
	}
	return to == stdout ? EXIT_DONE : EXIT_USAGE;
}

const char *
option_get(const struct options *o, const char *name, const char *otherwise)
{
	for (unsigned i = 0; o->rows[i].name != NULL; i++)
		if (strcmp(o->rows[i].name, name) == 0)
			return o->given[i] != NULL ? o->given[i] : otherwise;
	MUST(!"an option that its command did not declare");
	return NULL;
}

bool
option_has(const struct options *o, const char *name)
{
	return option_get(o, name, NULL) != NULL;
}

const char *
option_each(const struct options *o, const char *name, unsigned i)
{
	for (unsigned at = 0; at < o->n_all; at++)
		if (strcmp(o->all[at].name, name) == 0 && i-- == 0)
			return o->all[at].value;
	return NULL;
}

bool
option_number(const struct options *o, const char *name, uint64_t otherwise, uint64_t min, uint64_t max, uint64_t *v_r)
{
	const char *text = option_get(o, name, NULL);

	*v_r = otherwise;
	if (text == NULL)
		return true;
	if (str_u64(str_of(text), v_r) == RC_OK && *v_r >= min && *v_r <= max)
		return true;
	say_err("--%s takes a number from %llu to %llu", name, (unsigned long long)min, (unsigned long long)max);
	return false;
}

/* Options may stand anywhere; "--" ends them. The words that remain are moved to the front of argv. */
static int
read_options(const struct command *c, int argc, char **argv, struct options *o)
{
	bool ended = false;

	*o = (struct options){ .rows = c->options, .words = argv };
	for (int i = 0; i < argc; i++) {
		const char *word = argv[i];
		if (ended || strncmp(word, "--", 2) != 0) {
			argv[o->n_words++] = argv[i];
			continue;
		}
		if (word[2] == '\0') {
			ended = true;
			continue;
		}
		const char *equals = strchr(word, '=');
		size_t n = equals != NULL ? (size_t)(equals - word - 2) : strlen(word + 2);
		unsigned at = 0;
		while (c->options[at].name != NULL && (strlen(c->options[at].name) != n || memcmp(c->options[at].name, word + 2, n) != 0))
			at++;
		if (c->options[at].name == NULL) {
			say_err("unknown option %.*s", (int)n + 2, word);
			return print_options(c, stderr);
		}
		if (c->options[at].value == NULL)
			o->given[at] = "";
		else if (equals != NULL)
			o->given[at] = equals + 1;
		else if (i + 1 < argc)
			o->given[at] = argv[++i];
		else {
			say_err("--%s needs a value", c->options[at].name);
			return EXIT_USAGE;
		}
		if (o->n_all == OPTIONS_GIVEN) {
			say_err("more than %d options", OPTIONS_GIVEN);
			return EXIT_USAGE;
		}
		o->all[o->n_all].name = c->options[at].name;
		o->all[o->n_all++].value = o->given[at];
	}
	if ((unsigned)o->n_words < c->min_words || (c->words == NULL && o->n_words > 0)) {
		say_err(c->words == NULL ? "this command takes no words" : "something is missing");
		return print_options(c, stderr);
	}
	return EXIT_DONE;
}

/*
 * What a request took stays with the process for the next one. As it is by itself, each thread's heap grows page by page, a system call and a fault each, and is given back
 * as soon as it is free: two calls and eight faults a create.
 */
static void
keep_memory(void)
{
	(void)mallopt(M_TOP_PAD, 1 << 20);
	(void)mallopt(M_TRIM_THRESHOLD, 4 << 20);
	(void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

int
main(int argc, char **argv)
{
	struct options o;

	wall_self(); /* BARRIER: keys and unsealed text of patients are in this memory: no core dump, and no other process of the same user looks in */
	keep_memory();
	/* A limit on file sizes is told like a full disk, by the write that fails; the signal would end the process in the middle of things. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return command_help(NULL);
	for (const struct command *c = commands; c->noun != NULL; c++) {
		int used = 2;
		if (strcmp(argv[1], c->noun) != 0)
			continue;
		if (c->verb != NULL) {
			if (argc < 3 || strcmp(argv[2], c->verb) != 0)
				continue;
			used = 3;
		}
		for (int i = used; i < argc; i++)
			if (strcmp(argv[i], "--help") == 0)
				return print_options(c, stdout);
		const char *keys = getenv("HYGIE_DATA_KEYS"); /* as the setting data.keys, for commands that read no settings file */
		keeper_use_keys(keys != NULL && keys[0] != '\0' ? keys : NULL);
		int code = read_options(c, argc - used, argv + used, &o);
		if (code == EXIT_DONE && !database_option(&o))
			code = EXIT_USAGE;
		return code != EXIT_DONE ? code : c->run(&o);
	}
	say_err("unknown command; `hygie help` lists them");
	return EXIT_USAGE;
}
