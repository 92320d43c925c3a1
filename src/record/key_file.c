/* SPDX-License-Identifier: Apache-2.0 */
/* record/key_file.c: see key_file.h. */
#include "record/key_file.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX (2 * SEAL_KEY)

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool key_of_hex(const char *text, size_t n, struct seal_key *key_r)
{
	while (n > HEX && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	if (n != HEX)
		return false;
	for (size_t i = 0; i < SEAL_KEY; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		key_r->b[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

/* "keys/instance.key": what the operator must find; never what it holds. */
static enum rc file_problem(struct problem *p, enum why why, const char *what, int error)
{
	return problem_set(p, RC_BROKEN, why, "instance key", "%s, errno %d", what, error);
}

/*
 * BARRIER: a key that others may read, or have put there, is no key. Of a credential the group may read when the file is root's: systemd gives a service its
 * credentials by an access list, whose mask is shown in the group's place (systemd.exec, LoadCredential=).
 */
static enum rc owner_rule(const struct stat *st, bool credential, struct problem *p)
{
	mode_t others = credential && st->st_uid == 0 ? 037 : 077;
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return file_problem(p, WHY_KEY_EXPOSED, "of another owner", 0);
	return st->st_mode & others ? file_problem(p, WHY_KEY_EXPOSED, "mode", (int)(st->st_mode & 0777)) : RC_OK;
}

static enum rc read_key(const char *path, bool credential, struct seal_key *key_r, struct problem *p)
{
	char text[HEX + 8];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? RC_NOT_FOUND : errno == ELOOP ? file_problem(p, WHY_KEY_WRONG, "a link", 0) : file_problem(p, WHY_KEY_MISSING, "cannot be opened", errno);
	ssize_t n = fstat(fd, &st) == 0 ? read(fd, text, sizeof text) : -1;
	int error = errno;
	close(fd);
	enum rc rc = RC_OK;
	if (n < 0)
		rc = file_problem(p, WHY_KEY_MISSING, "cannot be read", error);
	else if (!S_ISREG(st.st_mode))
		rc = file_problem(p, WHY_KEY_WRONG, "not a file", 0);
	else if ((rc = owner_rule(&st, credential, p)) == RC_OK && !key_of_hex(text, (size_t)n, key_r))
		rc = file_problem(p, WHY_KEY_WRONG, "64 hex digits are expected", 0);
	wipe(text, sizeof text);
	return rc;
}

/* The path of a credential; false when systemd gave none. */
static bool credential_path(const char *name, char path[KEY_PATH])
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	int n = folder && *folder ? snprintf(path, KEY_PATH, "%s/hygie-instance-key%s", folder, strcmp(name, KEY_NEXT) == 0 ? "-next" : "") : 0;
	return n > 0 && n < KEY_PATH;
}

bool key_file_is_credential(void)
{
	char path[KEY_PATH];
	struct stat st;
	return credential_path(KEY_NOW, path) && lstat(path, &st) == 0; /* whatever it is: one that is no good is refused, not passed over */
}

bool key_file_place(const char *dir, const char *name, char path[KEY_PATH])
{
	if (key_file_is_credential())
		return credential_path(name, path);
	int n = snprintf(path, KEY_PATH, "%s/%s", dir, name);
	return n > 0 && n < KEY_PATH;
}

enum rc key_file_read(const char *dir, const char *name, struct seal_key *key_r, struct problem *p)
{
	char path[KEY_PATH];
	return key_file_place(dir, name, path) ? read_key(path, key_file_is_credential(), key_r, p) : file_problem(p, WHY_KEY_MISSING, "path too long", 0);
}

static enum rc sync_dir(const char *dir, struct problem *p)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;
	int error = errno;
	if (fd >= 0)
		close(fd);
	return good ? RC_OK : file_problem(p, WHY_BROKEN, "folder cannot be flushed", error);
}

static enum rc write_key(const char *path, const struct seal_key *key, struct problem *p)
{
	char text[HEX + 1];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
	if (fd < 0)
		return file_problem(p, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, "cannot be made", errno);
	for (size_t i = 0; i < SEAL_KEY; i++) {
		text[2 * i] = "0123456789abcdef"[key->b[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[key->b[i] & 15];
	}
	text[HEX] = '\n';
	bool good = write(fd, text, sizeof text) == (ssize_t)sizeof text && fsync(fd) == 0;
	int error = errno;
	wipe(text, sizeof text);
	close(fd);
	if (good)
		return RC_OK;
	unlink(path);
	return file_problem(p, error == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, "cannot be written", error);
}

/* Whole or not at all: written under another name, linked into place, which fails when there is one. */
enum rc key_file_make(const char *dir, const char *name, struct seal_key *key_r, struct problem *p)
{
	char path[KEY_PATH], temporary[KEY_PATH + 8];
	struct seal_key there;
	if (key_file_is_credential()) { /* ours to read, never to make */
		enum rc is = key_file_read(dir, name, &there, p);
		wipe(&there, sizeof there);
		return is == RC_NOT_FOUND ? file_problem(p, WHY_KEY_MISSING, "the next key is to be given as a credential too", 0) : is == RC_OK ? RC_CONFLICT : is;
	}
	int n = snprintf(path, sizeof path, "%s/%s", dir, name);
	if (n < 0 || (size_t)n >= sizeof path)
		return file_problem(p, WHY_KEY_MISSING, "path too long", 0);
	snprintf(temporary, sizeof temporary, "%s.new", path);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return file_problem(p, WHY_BROKEN, "folder cannot be made", errno);
	random_bytes(key_r->b, sizeof key_r->b);
	unlink(temporary);
	enum rc rc = write_key(temporary, key_r, p);
	if (rc == RC_OK && link(temporary, path) != 0)
		rc = errno == EEXIST ? problem_set(p, RC_CONFLICT, WHY_BROKEN, "instance key", "there is one") : file_problem(p, WHY_BROKEN, "cannot be put in place", errno);
	unlink(temporary);
	return rc == RC_OK ? sync_dir(dir, p) : rc;
}

enum rc key_file_settle(const char *dir, struct problem *p)
{
	char now[KEY_PATH], next[KEY_PATH];
	if (key_file_is_credential())
		return RC_OK;
	int n = snprintf(now, sizeof now, "%s/" KEY_NOW, dir), m = snprintf(next, sizeof next, "%s/" KEY_NEXT, dir);
	if (n < 0 || m < 0 || (size_t)n >= sizeof now || (size_t)m >= sizeof next)
		return file_problem(p, WHY_KEY_MISSING, "path too long", 0);
	if (rename(next, now) != 0)
		return errno == ENOENT ? RC_OK : file_problem(p, WHY_BROKEN, "cannot be put in place", errno);
	return sync_dir(dir, p);
}
