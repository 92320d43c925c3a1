/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/events.c: `hygie audit events`: the ledger for systems that read audit trails (ledger/event.h). Nobody is in what comes out: accounts and patients are
 * pseudonyms under a key, of a file that the house keeps, so that one person stays one pseudonym from run to run; without a file, of this run alone.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/random.h"
#include "codec/base64.h"

const struct option_row options_events[] = { { "dir", "DIR", "data directory (var/demo)" }, { "ledger", "DIR", "a ledger elsewhere" },
	{ "format", "FORMAT", "fhir (AuditEvent, a line each) or syslog (the message of DICOM PS3.15 A.5)" }, { "from", "NUMBER", "of the first entry (1)" },
	{ "pseudonyms", "FILE", "key of the pseudonyms, made when absent; keep it where neither ledger nor events are" }, OPTIONS_END };

#define KEY 32

struct printing { struct keeper_lines to; /* first */ bool failed; };

static bool
print_lines(struct keeper_lines *to, struct str lines)
{
	struct printing *out = (struct printing *)(void *)to;

	out->failed = fwrite(lines.p, 1, lines.n, stdout) != lines.n;
	return !out->failed;
}

static enum rc
key_of(const char *path, unsigned char key[KEY], struct problem *p)
{
	struct buf text, bytes;
	struct stat st;
	enum rc rc = RC_OK;

	random_bytes(key, KEY);
	if (path == NULL)
		return RC_OK;
	buf_init(&text, 256);
	buf_init(&bytes, KEY + 1);
	if (stat(path, &st) != 0 && errno == ENOENT) {
		hex_put(&text, (struct str){ (const char *)key, KEY });
		buf_ch(&text, '\n');
		rc = file_write(path, buf_view(&text), 0400, p);
	} else {
		rc = file_read(path, &text, p);
		if (rc == RC_OK && (hex_get(str_trim(buf_view(&text)), &bytes) != RC_OK || bytes.failed || bytes.n != KEY))
			rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "pseudonyms", "not a key of 64 hex digits");
		if (rc == RC_OK)
			memcpy(key, bytes.p, KEY);
	}
	buf_done_wiped(&text);
	buf_done_wiped(&bytes);
	return rc;
}

int
command_audit_events(const struct options *o)
{
	const char *format = option_get(o, "format", "fhir");
	struct printing out = { { print_lines }, false };
	unsigned char key[KEY];
	struct problem p = { 0 };
	uint64_t first, last = 0;
	char dir[600];

	if (!option_number(o, "from", 1, 1, INT64_MAX, &first))
		return EXIT_USAGE;
	if (strcmp(format, "fhir") != 0 && strcmp(format, "syslog") != 0) {
		say_err("audit events: --format is fhir or syslog");
		return EXIT_USAGE;
	}
	snprintf(dir, sizeof dir, "%s/ledger", option_get(o, "dir", "var/demo"));
	enum rc rc = key_of(option_get(o, "pseudonyms", NULL), key, &p);
	if (rc == RC_OK)
		rc = keeper_ledger_events(option_get(o, "ledger", dir), key, format[0] == 's', first, &out.to, &last, &p);
	wipe(key, sizeof key);
	if (rc != RC_OK)
		return fail("audit events", &p);
	if (out.failed || fflush(stdout) != 0) {
		say_err("audit events: the output could not be written");
		return EXIT_FAILED;
	}
	say_err("audit events: up to entry %llu", (unsigned long long)last);
	return EXIT_DONE;
}
