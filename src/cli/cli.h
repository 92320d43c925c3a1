/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/cli.h: the `hygie` command: noun verb, data on stdout, messages on stderr, exit codes 0 done, 1 failed, 2 wrong usage, 3 done in part (import refused
 * some). Commands are const rows; help, completion and the manual come from them. With a server running on the directory a command that needs records is
 * a client of its socket. Nothing here touches a record but through gate. Start at main.c.
 */
#ifndef HYGIE_CLI_CLI_H
#define HYGIE_CLI_CLI_H

#include "base/str.h"
#include "keeper/keeper.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_PART = 3 };

/* ---- options: declared per command, unknown ones refused ---- */
struct option_row { const char *name; const char *value; /* "N", "DIR", … NULL: a flag */ const char *prose; };
#define OPTIONS_END { NULL, NULL, NULL }
#define OPTIONS_GIVEN 48
struct options { const struct option_row *rows; const char *given[16]; /* the last of each */ struct { const char *name, *value; } all[OPTIONS_GIVEN]; unsigned n_all; char **words; int n_words; };
const char *option_get(const struct options *o, const char *name, const char *otherwise);  /* "" for a flag that is there */
bool option_has(const struct options *o, const char *name);
const char *option_each(const struct options *o, const char *name, unsigned i); /* of an option that may come several times, the value of number i; NULL behind the last */
/* A whole number within bounds; prints the sentence and returns false otherwise. */
bool option_number(const struct options *o, const char *name, uint64_t otherwise, uint64_t min, uint64_t max, uint64_t *v_r);

struct command {
	const char *noun, *verb;              /* verb NULL: noun alone */
	const char *words;                    /* "PATH…" or NULL */
	unsigned min_words;
	const struct option_row *options;
	const char *prose;
	int (*run)(const struct options *o);
};
extern const struct command commands[];   /* ends with noun NULL */

/* One clear sentence on stderr for a problem: the public sentence, then field or file, then our detail. Returns EXIT_FAILED. */
int fail(const char *doing, const struct problem *p);
void say_err(const char *fmt, ...) PRINTF(1, 2);

/* ---- database ---- */
#define OPTION_DB { "db", "ADDRESS", "sqlite, postgresql://USER@HOST/NAME, or file:PATH that holds such an address (what the directory says)" }
bool database_option(const struct options *o);          /* --db, else HYGIE_DATA_DB; before anything is opened. Prints its sentence when false */
bool database_use(const char *text);                    /* sqlite, empty: as the directory says */
const char *database_in_use(void);                      /* the address, with its password; "sqlite" when none was given */
bool database_read(const char *text, char out[1000]);   /* the address itself, of text or of its file */
bool database_is_server(const char *text);
void database_shown(const char *url, char *out, size_t n); /* without its password */

/* ---- progress ---- */
struct bar { struct keeper_progress in; uint64_t started_ns, told_ns; const char *step; bool tty, full; };
void bar_start(struct bar *b);            /* also lets Ctrl-C ask for a stop */
void bar_at(struct bar *b, const char *step, uint64_t done, uint64_t of);
void bar_end(struct bar *b);

/* ---- the demonstration's file: DIR/demo.json, mode 0600 ---- */
struct demo_file { struct keeper_person people[KEEPER_PEOPLE]; unsigned n_people; char token[80]; char url[80], http_url[80]; long pid; };
enum rc demo_file_write(const char *dir, const struct demo_file *f, struct problem *p) CHECKED;
enum rc demo_file_read(const char *dir, struct demo_file *f_r, struct problem *p) CHECKED;

/* ---- TLS ---- */
bool tls_host(const char *cert_path, char *name, size_t n);   /* the first host name in it that is no pattern, in lower case; false: none, or it cannot be read */
enum rc tls_make(const char *cert_path, const char *key_path, struct problem *p) CHECKED;   /* self-signed ECDSA P-256, ten years, localhost and 127.0.0.1 */

/* ---- files ---- */
enum rc file_write(const char *path, struct str bytes, unsigned mode, struct problem *p) CHECKED; /* whole or not at all: temporary name, fsync, rename */
enum rc file_read(const char *path, struct buf *out, struct problem *p) CHECKED;

/* Where the shipped tables are: --data, HYGIE_DATA, installed, or of the source tree. */
const char *data_dir_option(const struct options *o);

int command_canary_plant(const struct options *o);
int command_canary_check(const struct options *o);
int command_attribute(const struct options *o);
int command_serve(const struct options *o);
int command_demo(const struct options *o);
int command_init(const struct options *o);
int command_import(const struct options *o);
int command_user_add(const struct options *o);
int command_user_disable(const struct options *o);
int command_user_enable(const struct options *o);
int command_user_until(const struct options *o);
int command_machine_add(const struct options *o);
int command_machine_revoke(const struct options *o);
int command_audit_verify(const struct options *o);
int command_audit_publish(const struct options *o);
int command_audit_head(const struct options *o);
int command_audit_events(const struct options *o);
int command_audit_cosign(const struct options *o);
int command_audit_prove(const struct options *o);
int command_audit_grown(const struct options *o);
int command_audit_who(const struct options *o);
int command_audit_forget(const struct options *o);
int command_db_migrate(const struct options *o);
int command_db_reindex(const struct options *o);
int command_db_check(const struct options *o);
int command_db_copy(const struct options *o);
int command_keys_rotate(const struct options *o);
int command_keys_erase(const struct options *o);
int command_config_check(const struct options *o);
int command_config_dump(const struct options *o);
int command_doctor(const struct options *o);
int command_books_count(const struct options *o);
extern const struct option_row options_serve[], options_demo[], options_dir[], options_copy[], options_reindex[], options_import[], options_user[], options_machine[], options_audit[], options_publish[], options_cosign[], options_events[], options_head[], options_prove[], options_who[], options_forget[], options_config[], options_canary[], options_attribute[];
#endif
