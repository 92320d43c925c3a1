/* SPDX-License-Identifier: Apache-2.0 */
/* cli/config.c: see config.h. The parser of the file is inih; the rules are in the table. Start at the table. */
#include "cli/config.h"
#include "cli/send.h"

#include <ctype.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FILE "/etc/hygie/hygie.conf"

const struct setting_row config_rows[SET__END] = {
	[SET_ADDRESS]     = { "http",    "address",     SETTING_TEXT,   "127.0.0.1",      0,  0,      "",        "address to listen on; a demonstration serves loopback only" },
	[SET_PORT]        = { "http",    "port",        SETTING_NUMBER, "8443",           0,  65535,  "",        "HTTPS port; 0 for none" },
	[SET_PLAIN_PORT]  = { "http",    "plain_port",  SETTING_NUMBER, "0",              0,  65535,  "",        "plain HTTP port on loopback, for load tests or a proxy on this machine; 0 for none" },
	[SET_FRONTS]      = { "http",    "fronts",      SETTING_NUMBER, "2",              1,  64,     "threads", "threads that serve connections" },
	[SET_CONNECTIONS] = { "http",    "connections", SETTING_NUMBER, "2000",           10, 60000,  "",        "connections at once" },
	[SET_CERT]        = { "tls",     "certificate", SETTING_PATH,   "",               0,  0,      "",        "PEM file; empty: DIR/tls/cert.pem, made at first start" },
	[SET_KEY]         = { "tls",     "key",         SETTING_PATH,   "",               0,  0,      "",        "PEM file; empty: DIR/tls/key.pem" },
	[SET_DIR]         = { "data",    "dir",         SETTING_PATH,   "/var/lib/hygie", 0,  0,      "",        "directory of base, ledger and keys" },
	[SET_DB]          = { "data",    "db",          SETTING_TEXT,   "",               0,  0,      "",        "empty: what the directory says; postgresql://USER@HOST/NAME, or file:PATH of a file that holds the address with its password" },
	[SET_KEYS]        = { "data",    "keys",        SETTING_PATH,   "",               0,  0,      "",        "folder that holds instance.key; empty: DIR/keys. A systemd credential hygie-instance-key stands before both" },
	[SET_WORKERS]     = { "gate",    "workers",     SETTING_NUMBER, "2",              1,  64,     "threads", "threads that decide and read" },
	[SET_IDLE]        = { "session", "idle",        SETTING_NUMBER, "15",             1,  15,     "minutes", "without activity a session locks; never later than 15" },
	[SET_ABSOLUTE]    = { "session", "absolute",    SETTING_NUMBER, "12",             1,  12,     "hours",   "a session ends; never later than 12" },
	[SET_PASSKEY_NAME]    = { "passkeys", "name",    SETTING_TEXT, "", 0, 0, "", "host name that passkeys are made for (WebAuthn's rpId), as in the address that people type; another name makes all keys useless. Empty: the first host name of the certificate" },
	[SET_PASSKEY_ORIGINS] = { "passkeys", "origins", SETTING_LIST, "", 0, 0, "", "addresses that browsers reach this house by, parted by blanks: https://NAME, or https://NAME:PORT, of that name or of hosts under it. Empty: that name with the HTTPS port" },
	[SET_WALLS_FRONTS]     = { "walls", "fronts",     SETTING_NUMBER, "1",  0, 16, "processes", "processes that serve HTTP and hold no base, no key and no session, apart from the one that does; 0: all in one process, no walls inside" },
	[SET_WALLS_SANDBOX]    = { "walls", "sandbox",    SETTING_TEXT,   "on", 0, 0,  "",          "on: these processes give up files and system calls that they do not need, and do not start where the kernel cannot take them away; try: as far as it can; off" },
	[SET_WALLS_VAULT_USER] = { "walls", "vault_user", SETTING_TEXT,   "",   0, 0,  "",          "started as root: user of the process that holds base and keys, who must own the data directory; empty: the same user for all" },
	[SET_WALLS_FRONT_USER] = { "walls", "front_user", SETTING_TEXT,   "",   0, 0,  "",          "started as root: user of the processes that serve HTTP, who should own nothing; empty: the same user for all" },
	[SET_INSI]        = { "identity", "insi",        SETTING_TEXT,   "",               0,  0,      "",        "national identity service: off, or simulator (a few invented people with numbers of the test authority, for trials). Empty: off, and the simulator in a demonstration" },
	[SET_LOG]         = { "log",     "level",       SETTING_TEXT,   "info",           0,  0,      "",        "debug, info, warn or error" },
	[SET_HEAD_WITNESSES]    = { "heads", "witnesses",          SETTING_LIST,   "",                   0, 0,    "",        "witnesses that hygie audit publish asks for their signature: addresses https://… parted by blanks" },
	[SET_HEAD_WITNESS_KEYS] = { "heads", "witness_keys",       SETTING_PATH,   "",                   0, 0,    "",        "file of their public keys, a line each: what verifies under none of them is not published" },
	[SET_HEAD_WITNESS_CA]   = { "heads", "witness_ca",         SETTING_PATH,   "",                   0, 0,    "",        "PEM file of the certificates to believe of witnesses; empty: the system's" },
	[SET_HEAD_SYSLOG]       = { "heads", "syslog",             SETTING_LIST,   "",                   0, 0,    "",        "receivers of the signed head of the ledger at each publication, parted by blanks: tls://HOST:PORT (RFC 5425, usually 6514) or tcp://HOST:PORT" },
	[SET_HEAD_CA]           = { "heads", "syslog_ca",          SETTING_PATH,   "",                   0, 0,    "",        "PEM file of the certificates to believe of tls:// receivers; empty: the system's" },
	[SET_HEAD_CERT]         = { "heads", "syslog_certificate", SETTING_PATH,   "",                   0, 0,    "",        "PEM file, for receivers that ask for a certificate of ours" },
	[SET_HEAD_CERT_KEY]     = { "heads", "syslog_key",         SETTING_PATH,   "",                   0, 0,    "",        "PEM file of its key" },
	[SET_HEAD_MAIL_TO]      = { "heads", "mail_to",            SETTING_LIST,   "",                   0, 0,    "",        "addresses that are mailed the signed head, parted by blanks: the data protection officer, another house" },
	[SET_HEAD_MAIL_FROM]    = { "heads", "mail_from",          SETTING_TEXT,   "",                   0, 0,    "",        "address that these mails come from" },
	[SET_HEAD_MAIL_HOURS]   = { "heads", "mail_hours",         SETTING_NUMBER, "24",                 0, 8760, "hours",   "between two mails, however often the ledger is published; 0: a mail each time" },
	[SET_HEAD_SENDMAIL]     = { "heads", "sendmail",           SETTING_PATH,   "/usr/sbin/sendmail", 0, 0,    "",        "program that takes a mail as `sendmail -i -t`" },
	[SET_HEAD_WAIT]         = { "heads", "wait",               SETTING_NUMBER, "10",                 1, 600,  "seconds", "for witnesses, all at once, and for each receiver" },
	[SET_CANARY_DOMAIN]     = { "canary", "domain",            SETTING_TEXT,   "exemple.test",       0, 0,    "",        "of the mail addresses of canary patients: one whose mail somebody reads, so that a message to one tells of a leak" },
	[SET_LEDGER_EPOCH]      = { "ledger", "epoch_hours",       SETTING_NUMBER, "24",                 0, 8760, "hours",   "the ledger's signing key is replaced at each start and after so long, and the one before erased: who takes it can sign nothing older. 0: never, for witnesses that cannot be told of new keys" },
	[SET_LEDGER_BIND]       = { "ledger", "bind_minutes",      SETTING_NUMBER, "60",                 1, 1440, "minutes", "between two roots of the patients' map in the ledger, on which proofs of who saw a record stand" },
	[SET_LEDGER_KEEP]       = { "ledger", "keep_months",       SETTING_NUMBER, "36",                 6, 1200, "months",  "who saw whom is kept so long: what is older, hygie audit forget wipes. Six months are kept in any case" },
	[SET_EXPORT_MAIL_TO]    = { "exports", "mail_to",          SETTING_LIST,   "",                   0, 0,    "",        "addresses that hygie audit publish mails of each export of more than 10,000 patients that is asked for or approved: the direction; parted by blanks, from heads.mail_from" },
};

bool
config_set(struct config *c, enum setting s, const char *value, const char *from)
{
	const struct setting_row *row = &config_rows[s];
	uint64_t v = 0;

	if (strlen(value) >= sizeof c->text[s]) {
		say_err("%s.%s is too long", row->section, row->key);
		return false;
	}
	if (row->kind == SETTING_NUMBER && (str_u64(str_of(value), &v) != RC_OK || v < row->min || v > row->max)) {
		say_err("%s.%s takes a number from %llu to %llu%s%s", row->section, row->key, (unsigned long long)row->min, (unsigned long long)row->max, row->unit[0] ? " " : "", row->unit);
		return false;
	}
	if (s == SET_LOG && strcmp(value, "debug") != 0 && strcmp(value, "info") != 0 && strcmp(value, "warn") != 0 && strcmp(value, "error") != 0) {
		say_err("log.level is one of debug, info, warn, error");
		return false;
	}
	if (s == SET_INSI && value[0] != '\0' && strcmp(value, "off") != 0 && strcmp(value, "simulator") != 0) {
		say_err("identity.insi is off or simulator");
		return false;
	}
	if (s == SET_WALLS_SANDBOX && strcmp(value, "on") != 0 && strcmp(value, "try") != 0 && strcmp(value, "off") != 0) {
		say_err("walls.sandbox is one of on, try, off");
		return false;
	}
	snprintf(c->text[s], sizeof c->text[s], "%s", value);
	c->number[s] = v;
	c->from[s] = from;
	return true;
}

struct reading { struct config *c; bool good; };

static int
one_line(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	char both[2 * sizeof r->c->text[0]];

	for (unsigned s = 0; s < SET__END; s++)
		if (strcmp(config_rows[s].section, section) == 0 && strcmp(config_rows[s].key, name) == 0) {
			bool more = config_rows[s].kind == SETTING_LIST && strcmp(r->c->from[s], "file") == 0;
			snprintf(both, sizeof both, "%s%s%s", more ? r->c->text[s] : "", more ? " " : "", value);
			r->good &= config_set(r->c, (enum setting)s, both, "file");
			return 1;
		}
	say_err("unknown setting %.64s.%.64s", section, name);
	r->good = false;
	return 1;
}

static bool
read_environment(struct config *c)
{
	bool good = true;

	for (unsigned s = 0; s < SET__END; s++) {
		char name[80];
		snprintf(name, sizeof name, "HYGIE_%s_%s", config_rows[s].section, config_rows[s].key);
		for (char *at = name; *at != '\0'; at++)
			*at = (char)toupper((unsigned char)*at);
		const char *value = getenv(name);
		if (value != NULL)
			good &= config_set(c, (enum setting)s, value, "environment");
	}
	return good;
}

bool
config_read(const char *path, struct config *c_r)
{
	struct reading r = { .c = c_r, .good = true };

	*c_r = (struct config){ 0 };
	for (unsigned s = 0; s < SET__END; s++)
		r.good &= config_set(c_r, (enum setting)s, config_rows[s].otherwise, "default");
	if (path != NULL || access(DEFAULT_FILE, F_OK) == 0) {
		int line = ini_parse(path != NULL ? path : DEFAULT_FILE, one_line, &r);
		if (line < 0)
			say_err("the settings file %s cannot be read", path != NULL ? path : DEFAULT_FILE);
		if (line > 0)
			say_err("the settings file cannot be read at line %d", line);
		r.good &= line == 0;
	}
	return read_environment(c_r) && r.good && send_settings_good(c_r);
}

const struct option_row options_config[] = { { "config", "FILE", "settings file instead of " DEFAULT_FILE }, OPTIONS_END };

int
command_config_check(const struct options *o)
{
	struct config c;

	if (!config_read(option_get(o, "config", NULL), &c))
		return EXIT_FAILED;
	puts("The settings are good.");
	return EXIT_DONE;
}

int
command_config_dump(const struct options *o)
{
	struct config c;
	const char *section = "";

	if (!config_read(option_get(o, "config", NULL), &c))
		return EXIT_FAILED;
	for (unsigned s = 0; s < SET__END; s++) {
		const struct setting_row *row = &config_rows[s];
		if (strcmp(section, row->section) != 0)
			printf("%s[%s]\n", s > 0 ? "\n" : "", section = row->section);
		char shown[sizeof c.text[s]];
		database_shown(c.text[s], shown, sizeof shown);
		printf("; %s%s%s%s (%s)\n%s = %s\n", row->prose, row->unit[0] ? ", in " : "", row->unit, "", c.from[s], row->key, shown);
	}
	return EXIT_DONE;
}
