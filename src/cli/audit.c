/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/audit.c: the verbs of the access ledger: audit verify, publish, head, cosign, prove, grown, who (forget is in forget.c). They may run beside a server, and reveal nobody: what is published
 * or proven is the public part of entries. Must never open the base.
 */
#include "cli/send.h"
#include "cli/witnesses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "keeper/keeper.h"

const struct option_row options_audit[] = { { "dir", "DIR", "data directory (var/demo)" }, { "ledger", "DIR", "a ledger copied elsewhere" }, { "key", "FILE", "the public key (ledger.pub)" },
	{ "at-least", "N", "entries that are known to have existed" }, { "published", "DIR", "static files of a ledger, instead of a ledger" },
	{ "since", "FILE", "with --published: a checkpoint kept from before" }, { "fresh", "SECONDS", "the newest signature may not be older" },
	{ "patients", NULL, "make the patients' map again, and compare" }, OPTIONS_END };
const struct option_row options_who[] = { { "dir", "DIR", "data directory (var/demo)" }, { "ledger", "DIR", "a ledger elsewhere" }, { "published", "DIR", "its static files" },
	{ "key", "FILE", "the public key (ledger.pub among the files)" }, OPTIONS_END };
#define OPTION_WITNESS_KEY { "witness-key", "KEY", "public key of a witness, or a file of such lines; may come several times" }
const struct option_row options_publish[] = { { "dir", "DIR", "data directory (var/demo)" }, { "ledger", "DIR", "a ledger elsewhere" },
	{ "witness", "URL", "a witness to ask (https://…, without /add-checkpoint); may come several times" }, OPTION_WITNESS_KEY,
	{ "witness-ca", "FILE", "certificates to believe of witnesses, instead of the system's" }, { "wait", "SECONDS", "for the witnesses, all at once" },
	{ "config", "FILE", "settings file: [heads] names witnesses and receivers" }, OPTIONS_END };
const struct option_row options_head[] = { { "dir", "DIR", "data directory (var/demo)" }, { "ledger", "DIR", "a ledger elsewhere" }, { "published", "DIR", "static files of a ledger, with cosignatures" },
	{ "send", NULL, "to the receivers that the settings name, instead of printing it" }, { "config", "FILE", "settings file" }, OPTIONS_END };
const struct option_row options_cosign[] = { { "published", "DIR", "static files of the ledger" }, { "key", "FILE", "the public key (ledger.pub among the files)" }, OPTION_WITNESS_KEY, OPTIONS_END };
const struct option_row options_prove[] = { { "published", "DIR", "static files of the ledger" }, { "key", "FILE", "the public key (ledger.pub among the files)" }, OPTIONS_END };

#define LEDGER_DIR 600
#define CHECKPOINT_MAX 16384 /* with its cosignatures */
#define KEYS_MAX 65536

static const char *
ledger_of(const struct options *o, char dir[LEDGER_DIR])
{
	snprintf(dir, LEDGER_DIR, "%s/ledger", option_get(o, "dir", "var/demo"));
	return option_get(o, "ledger", dir);
}

static enum rc
verify_published(const struct options *o, struct keeper_check *c, struct problem *p)
{
	const char *since = option_get(o, "since", NULL);
	struct buf kept;

	buf_init(&kept, CHECKPOINT_MAX);
	enum rc rc = since ? file_read(since, &kept, p) : RC_OK;
	if (rc == RC_OK)
		rc = keeper_ledger_published_verify(option_get(o, "published", ""), option_get(o, "key", NULL), since ? buf_view(&kept) : STR_NONE, c, p);
	buf_done(&kept);
	return rc;
}

/* Which key, how old the newest signature is, what lies behind it. False: older than fresh_s, where that is asked. */
static bool
say_signed(const struct keeper_check *c, uint64_t fresh_s)
{
	int64_t age_s = c->ledger_signed_ms == INT64_MIN ? INT64_MAX / 1000 : (clock_ms() - c->ledger_signed_ms) / 1000;
	bool fresh = fresh_s == 0 || age_s <= (int64_t)fresh_s;

	if (c->ledger_signed_ms != INT64_MIN)
		printf("Last signed %lld s ago by key %u; %llu entries after it.\n", (long long)age_s, c->ledger_epochs, (unsigned long long)c->ledger_unsigned);
	if (!fresh)
		printf("Nothing was signed for %lld s: STALE.\n", (long long)age_s);
	return fresh;
}

static bool
patients_same(const char *dir)
{
	struct keeper_patients r;
	struct problem p = { 0 };

	if (keeper_ledger_patients(dir, &r, &p) != RC_OK) {
		fail("audit verify", &p);
		return false;
	}
	if (r.good)
		printf("The patients' map is good: %llu patients, up to entry %llu.\n", (unsigned long long)r.patients, (unsigned long long)r.covered);
	else
		printf("The patients' map is BAD. First record that differs: %lld (0: its root)\n", (long long)r.bad);
	return r.good;
}

int
command_audit_verify(const struct options *o)
{
	char dir[LEDGER_DIR];
	struct keeper_check c;
	struct problem p = { 0 };
	uint64_t at_least, fresh_s;

	if (!option_number(o, "at-least", 0, 0, UINT64_MAX, &at_least) || !option_number(o, "fresh", 0, 0, INT64_MAX / 1000, &fresh_s))
		return EXIT_USAGE;
	if (option_has(o, "patients") && option_has(o, "published")) {
		say_err("audit verify: --patients needs the personal parts, which are not published");
		return EXIT_USAGE;
	}
	if (option_has(o, "since") && !option_has(o, "published")) {
		say_err("audit verify: --since goes with --published");
		return EXIT_USAGE;
	}
	enum rc rc = option_has(o, "published") ? verify_published(o, &c, &p) : keeper_ledger_verify(ledger_of(o, dir), option_get(o, "key", NULL), at_least, &c, &p);
	if (rc != RC_OK)
		return fail("audit verify", &p);
	if (c.ledger_good && c.ledger_entries < at_least) {
		c.ledger_good = false;
		c.ledger_first_bad = c.ledger_entries + 1;
		c.ledger_what = "truncated";
	}
	if (!option_has(o, "published") && !option_has(o, "ledger") && keeper_ledger_checked(dir, &c, &p) != RC_OK)
		say_err("warning: the folder of the ledger takes no note of this verification"); /* an auditor's copy may be read-only: the verdict stands */
	if (c.ledger_good)
		printf("The ledger is good: %llu entries.\n", (unsigned long long)c.ledger_entries);
	else
		printf("The ledger is BAD. First bad entry: %llu (%s)\n", (unsigned long long)c.ledger_first_bad, c.ledger_what);
	bool fresh = say_signed(&c, fresh_s), same = !c.ledger_good || !option_has(o, "patients") || patients_same(ledger_of(o, dir));
	return c.ledger_good && fresh && same ? EXIT_DONE : EXIT_FAILED;
}

/* The keys of witnesses, as lines: of the options, else of the settings (NULL: there are none). A key has two plus signs; a file name hardly any. */
static enum rc
witness_keys(const struct options *o, const struct config *c, struct buf *keys, struct problem *p)
{
	const char *word;
	enum rc rc = RC_OK;

	if (!option_has(o, "witness-key") && c != NULL && c->text[SET_HEAD_WITNESS_KEYS][0] != '\0')
		return file_read(c->text[SET_HEAD_WITNESS_KEYS], keys, p);
	for (unsigned i = 0; rc == RC_OK && (word = option_each(o, "witness-key", i)) != NULL; i++) {
		if (strchr(word, '+') != NULL)
			buf_z(keys, word);
		else
			rc = file_read(word, keys, p);
		buf_ch(keys, '\n');
	}
	return rc == RC_OK ? buf_rc(keys, p) : rc;
}

/* Whom to ask: of the options, else of the settings, whose text is cut into its words here. */
static bool
witnesses_take(const struct options *o, struct config *c, struct witnesses *w)
{
	uint64_t wait_s;
	const char *url, *ca = c->text[SET_HEAD_WITNESS_CA];
	char *rest = c->text[SET_HEAD_WITNESSES], *word;

	if (!option_number(o, "wait", c->number[SET_HEAD_WAIT], 1, 600, &wait_s))
		return false;
	w->wait_ms = (long)wait_s * 1000;
	w->ca = option_get(o, "witness-ca", ca[0] != '\0' ? ca : NULL);
	for (unsigned i = 0; (url = option_each(o, "witness", i)) != NULL; i++)
		if (!witnesses_add(w, url))
			return false;
	while (!option_has(o, "witness") && (word = strsep(&rest, " ")) != NULL)
		if (word[0] != '\0' && !witnesses_add(w, word))
			return false;
	if (w->n > 0 && !option_has(o, "witness-key") && c->text[SET_HEAD_WITNESS_KEYS][0] == '\0') {
		say_err("audit publish: --witness goes with --witness-key: what a witness answers is kept when it verifies under a key that you name");
		return false;
	}
	return true;
}

/* ---- the head leaves ---- */

#define MAILED ".mailed" /* among the published files: when it was last mailed */

static bool
mail_is_due(const struct config *c, const char *published)
{
	char path[LEDGER_DIR];
	struct stat st;

	snprintf(path, sizeof path, "%s/" MAILED, published);
	return stat(path, &st) != 0 || clock_ms() / 1000 - st.st_mtime >= (int64_t)c->number[SET_HEAD_MAIL_HOURS] * 3600 - 60; /* a timer is seldom a minute late */
}

/* How many receivers did not take it. published: NULL when asked for by hand, then it is mailed in any case. */
static enum rc
head_leaves(const struct config *c, const char *from, const char *published, unsigned *tried_r, unsigned *failed_r, struct problem *p)
{
	struct keeper_head_of head;
	struct buf note, line;
	char path[LEDGER_DIR];
	struct problem ignored;

	buf_init(&note, CHECKPOINT_MAX);
	buf_init(&line, CHECKPOINT_MAX);
	enum rc rc = keeper_ledger_head(from, NULL, &note, &line, &head, p);
	if (rc == RC_OK) {
		struct sending s = { .c = c, .size = head.size, .origin = head.origin, .line = buf_view(&line) };
		send_syslog(&s);
		if ((published == NULL || mail_is_due(c, published)) && send_mail(&s) && published != NULL) {
			snprintf(path, sizeof path, "%s/" MAILED, published);
			if (file_write(path, STR_NONE, 0644, &ignored) != RC_OK)
				say_err("heads: %s cannot be written: the next publication mails again", path);
		}
		*tried_r = s.tried;
		*failed_r = s.failed;
	}
	buf_done(&note);
	buf_done(&line);
	return rc;
}

/* ---- large exports are told to the direction ---- */

#define TOLD ".exports" /* among the published files: the last entry that was looked at for it */
#define LARGE 10000     /* patients: above, four hours pass (hospital/export.h) */
#define DAY_MS (24 * 3600 * INT64_C(1000)) /* what is older has left or ended: a ticket lives no longer */

struct mailing { struct keeper_exports in; /* first */ const struct config *c; unsigned sent, failed; };

static bool
mail_export(struct keeper_exports *to, const struct keeper_export *e)
{
	struct mailing *m = (struct mailing *)(void *)to;

	if (send_export(m->c, e))
		m->sent++;
	else
		m->failed++;
	return m->failed == 0; /* tried again with the next publication */
}

static enum rc
exports_told(const struct config *c, const char *ledger, const char *published, struct mailing *m, struct problem *p)
{
	char path[LEDGER_DIR];
	struct buf text;
	struct problem absent;
	uint64_t last = 0;

	snprintf(path, sizeof path, "%s/" TOLD, published);
	buf_init(&text, 64);
	if (file_read(path, &text, &absent) != RC_OK || str_u64(str_trim(buf_view(&text)), &last) != RC_OK)
		last = 0;
	*m = (struct mailing){ .in = { mail_export }, .c = c };
	enum rc rc = keeper_ledger_exports(ledger, last + 1, clock_ms() - DAY_MS, LARGE, &m->in, &last, p);
	buf_reset(&text);
	buf_u64(&text, last);
	buf_ch(&text, '\n');
	if (rc == RC_OK)
		rc = file_write(path, buf_view(&text), 0644, p);
	buf_done(&text);
	return rc;
}

static int
publish(const struct options *o, struct config *c, struct witnesses *w)
{
	char dir[LEDGER_DIR];
	struct keeper_published r;
	struct problem p = { 0 };
	struct buf keys;
	unsigned tried = 0, failed = 0;
	int code = EXIT_DONE;

	buf_init(&keys, KEYS_MAX);
	enum rc rc = witness_keys(o, c, &keys, &p);
	w->in = (struct keeper_asks){ buf_view(&keys), witnesses_ask };
	if (rc == RC_OK)
		rc = keeper_ledger_publish(ledger_of(o, dir), o->words[0], keys.n > 0 ? &w->in : NULL, &r, &p);
	buf_done(&keys);
	if (rc != RC_OK)
		return fail("audit publish", &p);
	printf("Published: %llu entries, %llu of them new; %llu files written; %u cosignatures.\n", (unsigned long long)r.size, (unsigned long long)(r.size - r.before), (unsigned long long)r.files, r.cosigned);
	if (w->answered < w->n || r.cosigned < w->n) {
		say_err("audit publish: %u witnesses were asked, %u answered, and the published head has %u cosignatures", w->n, w->answered, r.cosigned);
		code = EXIT_PART;
	}
	if (send_has_export_receivers(c)) {
		struct mailing m;
		if (exports_told(c, ledger_of(o, dir), o->words[0], &m, &p) != RC_OK)
			return fail("audit publish", &p);
		if (m.sent + m.failed > 0)
			printf("Large exports: %u mails were sent%s.\n", m.sent, m.failed > 0 ? ", and one was not taken" : "");
		code = m.failed > 0 ? EXIT_PART : code;
	}
	if (!send_has_receivers(c))
		return code;
	if (head_leaves(c, o->words[0], o->words[0], &tried, &failed, &p) != RC_OK)
		return fail("audit publish", &p);
	printf("The head was sent to %u of %u receivers.\n", tried - failed, tried);
	return failed > 0 ? EXIT_PART : code;
}

int
command_audit_publish(const struct options *o)
{
	struct witnesses w = { .n = 0 };
	struct config *c = malloc(sizeof *c);
	int code = EXIT_FAILED;

	MUST(c != NULL);
	if (config_read(option_get(o, "config", NULL), c))
		code = witnesses_take(o, c, &w) ? publish(o, c, &w) : EXIT_USAGE;
	free(c);
	return code;
}

static int
head_send(const struct options *o, const char *from)
{
	struct config *c = malloc(sizeof *c);
	struct problem p = { 0 };
	unsigned tried = 0, failed = 0;
	int code = EXIT_FAILED;

	MUST(c != NULL);
	if (config_read(option_get(o, "config", NULL), c)) {
		if (!send_has_receivers(c))
			say_err("audit head: the settings name no receiver (heads.syslog, heads.mail_to)");
		else if (head_leaves(c, from, NULL, &tried, &failed, &p) != RC_OK)
			code = fail("audit head", &p);
		else
			code = failed == 0 ? EXIT_DONE : failed < tried ? EXIT_PART : EXIT_FAILED;
		if (tried > 0)
			printf("The head was sent to %u of %u receivers.\n", tried - failed, tried);
	}
	free(c);
	return code;
}

static int
print(const char *doing, enum rc rc, struct buf *out, const struct problem *p)
{
	if (rc == RC_OK && (fwrite(out->p, 1, out->n, stdout) != out->n || fflush(stdout) != 0)) {
		say_err("%s: the proof could not be written", doing);
		rc = RC_BROKEN;
	} else if (rc != RC_OK) {
		fail(doing, p);
	}
	buf_done(out);
	return rc == RC_OK ? EXIT_DONE : EXIT_FAILED;
}

int
command_audit_head(const struct options *o)
{
	char dir[LEDGER_DIR];
	const char *from = option_has(o, "published") ? option_get(o, "published", "") : ledger_of(o, dir);
	struct keeper_head_of head;
	struct problem p = { 0 };
	struct buf note, line;

	if (option_has(o, "send"))
		return head_send(o, from);
	buf_init(&note, CHECKPOINT_MAX);
	buf_init(&line, CHECKPOINT_MAX);
	enum rc rc = keeper_ledger_head(from, NULL, &note, &line, &head, &p);
	buf_done(&line);
	return print("audit head", rc, &note, &p);
}

int
command_audit_cosign(const struct options *o)
{
	struct problem p = { 0 };
	struct buf keys, lines;
	unsigned cosigned = 0;

	if (!option_has(o, "published") || !option_has(o, "witness-key")) {
		say_err("audit cosign: give --published DIR and --witness-key KEY");
		return EXIT_USAGE;
	}
	buf_init(&keys, KEYS_MAX);
	buf_init(&lines, CHECKPOINT_MAX);
	enum rc rc = witness_keys(o, NULL, &keys, &p);
	if (rc == RC_OK)
		rc = file_read(o->words[0], &lines, &p);
	if (rc == RC_OK)
		rc = keeper_ledger_cosigned(option_get(o, "published", ""), option_get(o, "key", NULL), buf_view(&keys), buf_view(&lines), &cosigned, &p);
	buf_done(&keys);
	buf_done(&lines);
	if (rc != RC_OK)
		return fail("audit cosign", &p);
	printf("The published head has %u cosignatures.\n", cosigned);
	return EXIT_DONE;
}

int
command_audit_prove(const struct options *o)
{
	uint64_t number;
	struct problem p = { 0 };
	struct buf out;

	if (str_u64(str_of(o->words[0]), &number) != RC_OK || !option_has(o, "published")) {
		say_err("audit prove: give the number of an entry, and --published DIR");
		return EXIT_USAGE;
	}
	buf_init(&out, 1u << 20);
	enum rc rc = keeper_ledger_prove(option_get(o, "published", ""), option_get(o, "key", NULL), number, &out, &p);
	return print("audit prove", rc, &out, &p);
}

int
command_audit_grown(const struct options *o)
{
	struct problem p = { 0 };
	struct buf kept, out;

	if (!option_has(o, "published")) {
		say_err("audit grown: give --published DIR");
		return EXIT_USAGE;
	}
	buf_init(&kept, CHECKPOINT_MAX);
	buf_init(&out, 1u << 16);
	bool first = strcmp(o->words[0], "0") == 0; /* a witness that has signed nothing yet */
	enum rc rc = first ? RC_OK : file_read(o->words[0], &kept, &p);
	if (rc == RC_OK)
		rc = keeper_ledger_prove_growth(option_get(o, "published", ""), option_get(o, "key", NULL), first ? STR_NONE : buf_view(&kept), &out, &p);
	buf_done(&kept);
	return print("audit grown", rc, &out, &p);
}

int
command_audit_who(const struct options *o)
{
	char dir[LEDGER_DIR];
	int64_t patient;
	struct problem p = { 0 };
	struct buf out;

	if (str_i64(str_of(o->words[0]), &patient) != RC_OK || !option_has(o, "published")) {
		say_err("audit who: give the number of a record (the page « Qui a consulté ? » shows it), and --published DIR");
		return EXIT_USAGE;
	}
	buf_init(&out, 64u << 20);
	enum rc rc = keeper_ledger_who(ledger_of(o, dir), option_get(o, "published", ""), option_get(o, "key", NULL), patient, &out, &p);
	return print("audit who", rc, &out, &p);
}
