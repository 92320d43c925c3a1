/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/send.c: see send.h: settings, and the mails. The mail goes to the program that each Unix machine has for it, by fixed words, so that queueing, relays and
 * their passwords are the mail system's matter. Start at send_mail.
 */
#include "cli/send.h"

#include "base/clock.h"
#include "codec/mail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAIL_MAX 16384 /* less than a pipe holds: writing it never waits for the reader */

static struct str
setting(const struct config *c, enum setting s)
{
	return str_trim(str_of(c->text[s]));
}

bool
send_settings_good(const struct config *c)
{
	bool good = true;

	for (struct str rest = setting(c, SET_HEAD_SYSLOG); rest.n;) {
		struct str one = str_cut(rest, ' ', &rest);
		if (one.n && !str_starts(one, STR("tls://")) && !str_starts(one, STR("tcp://"))) {
			say_err("heads.syslog takes tls://HOST:PORT or tcp://HOST:PORT, parted by blanks");
			good = false;
		}
	}
	if (setting(c, SET_HEAD_MAIL_TO).n && (!mail_are_addresses(setting(c, SET_HEAD_MAIL_TO)) || !mail_is_address(setting(c, SET_HEAD_MAIL_FROM)))) {
		say_err("heads.mail_to takes mail addresses parted by blanks, and heads.mail_from one");
		good = false;
	}
	if (setting(c, SET_EXPORT_MAIL_TO).n && (!mail_are_addresses(setting(c, SET_EXPORT_MAIL_TO)) || !mail_is_address(setting(c, SET_HEAD_MAIL_FROM)))) {
		say_err("exports.mail_to takes mail addresses parted by blanks, and heads.mail_from one");
		good = false;
	}
	if ((c->text[SET_HEAD_CERT][0] != '\0') != (c->text[SET_HEAD_CERT_KEY][0] != '\0')) {
		say_err("heads.syslog_certificate and heads.syslog_key go together");
		good = false;
	}
	return good;
}

bool
send_has_receivers(const struct config *c)
{
	return setting(c, SET_HEAD_SYSLOG).n > 0 || setting(c, SET_HEAD_MAIL_TO).n > 0;
}

/* ---- mail ---- */

static bool
write_all(int fd, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t put = write(fd, bytes.p, bytes.n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		bytes = (struct str){ bytes.p + put, bytes.n - (size_t)put };
	}
	return true;
}

/* True when it ended by itself with 0 in time. Else it goes, and with it what it started: Postfix's postdrop tries for ever where its queue cannot be written, holding our stderr. */
static bool
ended_well(pid_t pid, uint64_t wait_s)
{
	uint64_t until = clock_ns() + wait_s * 1000000000ull;
	int status;

	for (;;) {
		pid_t done = waitpid(pid, &status, WNOHANG);
		if (done == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (done < 0 && errno != EINTR)
			return false;
		if (clock_ns() > until) {
			(void)kill(-pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return false;
		}
		(void)poll(NULL, 0, 20);
	}
}

/* BARRIER: no shell, fixed words, an environment of our own; the addresses are in the message, where they were looked at. */
static bool
hand_over(const char *program, struct str message, uint64_t wait_s)
{
	char *const words[] = { (char[]){ "sendmail" }, (char[]){ "-i" }, (char[]){ "-t" }, NULL }, *const environment[] = { (char[]){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" }, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t ours;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	sigemptyset(&ours); /* what we ignore is not for others to ignore */
	sigaddset(&ours, SIGPIPE);
	sigaddset(&ours, SIGXFSZ);
	MUST(posix_spawn_file_actions_init(&files) == 0 && posix_spawnattr_init(&how) == 0);
	bool good = posix_spawnattr_setsigdefault(&how, &ours) == 0 && posix_spawnattr_setpgroup(&how, 0) == 0 && posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP) == 0 &&
	            posix_spawn_file_actions_adddup2(&files, ends[0], 0) == 0 && posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0) == 0 &&
	            posix_spawn(&pid, program, &files, &how, words, environment) == 0;
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&how);
	close(ends[0]);
	if (good) {
		bool written = write_all(ends[1], message);
		close(ends[1]);
		good = ended_well(pid, wait_s) && written;
	} else {
		close(ends[1]);
	}
	return good;
}

static bool
send_text(const struct config *c, struct str to, const char *subject, const char *id, const struct buf *text)
{
	struct mail m = { .from = setting(c, SET_HEAD_MAIL_FROM), .to = to, .subject = subject, .id = id, .at_ms = clock_ms(), .text = buf_view(text) };
	struct buf message;

	buf_init(&message, MAIL_MAX);
	mail_put(&message, &m);
	signal(SIGPIPE, SIG_IGN); /* a program that reads nothing is an error, not our end */
	bool good = !text->failed && !message.failed && hand_over(c->text[SET_HEAD_SENDMAIL], buf_view(&message), c->number[SET_HEAD_WAIT]);
	buf_done(&message);
	if (!good)
		say_err("%s did not take the mail", c->text[SET_HEAD_SENDMAIL]);
	return good;
}

bool
send_export(const struct config *c, const struct keeper_export *e)
{
	char subject[100], id[80];
	struct buf text;

	buf_init(&text, MAIL_MAX / 2);
	buf_fmt(&text, "An export of %llu patients was %s in the hospital information system.\n\nIts fingerprint: %.*s\nEntry of the access log: %llu\n\nAbove ten thousand patients an export waits four hours after its last "
		"approval. Until then whoever asked\nfor it, whoever approved it, the data protection officer and the security officer can cancel it under\n\"Exports\". Call one of them if you did not expect it.\n\n"
		"This message holds nothing about patients or persons.\n", (unsigned long long)e->patients, e->approved ? "approved" : "asked for", STR_ARG(e->hash), (unsigned long long)e->number);
	snprintf(subject, sizeof subject, "Export of %llu patients %s", (unsigned long long)e->patients, e->approved ? "approved" : "asked for");
	snprintf(id, sizeof id, "hygie-export.%llu.%lld", (unsigned long long)e->number, (long long)e->at_ms);
	bool good = send_text(c, setting(c, SET_EXPORT_MAIL_TO), subject, id, &text);
	buf_done(&text);
	return good;
}

bool
send_has_export_receivers(const struct config *c)
{
	return setting(c, SET_EXPORT_MAIL_TO).n > 0;
}

bool
send_mail(struct sending *s)
{
	struct str to = setting(s->c, SET_HEAD_MAIL_TO);
	struct buf text;
	char subject[100], id[80];

	if (!to.n)
		return false;
	s->tried++;
	buf_init(&text, MAIL_MAX / 2);
	buf_fmt(&text, "This is the signed head of the access log %s: %llu entries.\n\nPlease keep this message where the administrators of that house cannot write. With it, and the\n"
		"public key that you were given (ledger.pub), anybody can tell later whether the log still begins with\nwhat was signed here:\n\n"
		"  hygie-verify --head THIS-MESSAGE ledger.pub PUBLISHED-FILES\n\nIt holds nothing about patients or persons.\n\n", s->origin, (unsigned long long)s->size);
	buf_str(&text, s->line);
	buf_ch(&text, '\n');
	snprintf(subject, sizeof subject, "Access log %s: head of %llu entries", s->origin, (unsigned long long)s->size);
	snprintf(id, sizeof id, "hygie-head.%llu.%lld", (unsigned long long)s->size, (long long)clock_ms());
	bool good = send_text(s->c, to, subject, id, &text);
	buf_done(&text);
	if (!good)
		s->failed++;
	return good;
}
