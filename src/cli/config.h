/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/config.h: the settings: one const table yields parser (INI), `hygie config check|dump` and the manual page. An empty file is safe; an unknown key
 * refuses to start. Order: default, file, environment HYGIE_SECTION_KEY, command line. Secrets never stand here, only paths to them. Start at config_rows.
 */
#ifndef HYGIE_CLI_CONFIG_H
#define HYGIE_CLI_CONFIG_H

#include "cli/cli.h"

enum setting_kind { SETTING_NUMBER = 1, SETTING_TEXT, SETTING_PATH, SETTING_LIST /* words parted by blanks; further lines of the file add to it (a line has 200 bytes) */ };
struct setting_row { const char *section, *key; enum setting_kind kind; const char *otherwise; uint64_t min, max; const char *unit; const char *prose; };
enum setting { SET_ADDRESS, SET_PORT, SET_PLAIN_PORT, SET_FRONTS, SET_CONNECTIONS, SET_CERT, SET_KEY, SET_DIR, SET_DB, SET_KEYS, SET_WORKERS, SET_IDLE, SET_ABSOLUTE, SET_PASSKEY_NAME, SET_PASSKEY_ORIGINS,
	SET_WALLS_FRONTS, SET_WALLS_SANDBOX, SET_WALLS_VAULT_USER, SET_WALLS_FRONT_USER, SET_INSI, SET_LOG,
	SET_HEAD_WITNESSES, SET_HEAD_WITNESS_KEYS, SET_HEAD_WITNESS_CA, SET_HEAD_SYSLOG, SET_HEAD_CA, SET_HEAD_CERT, SET_HEAD_CERT_KEY, SET_HEAD_MAIL_TO, SET_HEAD_MAIL_FROM, SET_HEAD_MAIL_HOURS,
	SET_HEAD_SENDMAIL, SET_HEAD_WAIT, SET_CANARY_DOMAIN, SET_LEDGER_EPOCH, SET_LEDGER_BIND, SET_LEDGER_KEEP, SET_EXPORT_MAIL_TO, SET__END };
extern const struct setting_row config_rows[SET__END];

struct config { char text[SET__END][512]; uint64_t number[SET__END]; const char *from[SET__END]; /* "default" "file" "environment" "command line" */ };
/* path NULL: /etc/hygie/hygie.conf when it is there. Prints each fault as one sentence on stderr; false when any. */
bool config_read(const char *path, struct config *c_r);
bool config_set(struct config *c, enum setting s, const char *value, const char *from);
#endif
