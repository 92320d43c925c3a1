/* SPDX-License-Identifier: Apache-2.0 */
/* cli/files.c: whole small files in and out, and the demonstration's demo.json. Start at file_write. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/json.h"

enum rc
file_write(const char *path, struct str bytes, unsigned mode, struct problem *p)
{
	char temporary[600];
	int fd;
	size_t at = 0;

	snprintf(temporary, sizeof temporary, "%s.new", path);
	unlink(temporary);
	if ((fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) < 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "file", "open: errno %d", errno);
	while (at < bytes.n) {
		ssize_t put = write(fd, bytes.p + at, bytes.n - at);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			break;
		at += (size_t)put;
	}
	int failed = at < bytes.n || fsync(fd) != 0 ? errno : 0;
	if (close(fd) != 0 && failed == 0)
		failed = errno;
	if (failed == 0 && rename(temporary, path) == 0)
		return RC_OK;
	failed = failed != 0 ? failed : errno;
	unlink(temporary);
	return problem_set(p, RC_BROKEN, failed == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, "file", "write: errno %d", failed);
}

enum rc
file_read(const char *path, struct buf *out, struct problem *p)
{
	char block[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return problem_set(p, errno == ENOENT ? RC_NOT_FOUND : RC_BROKEN, WHY_NO_FILE, "file", "errno %d", errno);
	while ((got = read(fd, block, sizeof block)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		buf_put(out, block, (size_t)got);
	}
	int failed = got < 0 ? errno : 0;
	close(fd);
	if (failed != 0)
		return problem_set(p, RC_BROKEN, WHY_NO_FILE, "file", "read: errno %d", failed);
	return buf_rc(out, p);
}

/* ---- demo.json ---- */
static void
demo_path(const char *dir, char out[600])
{
	snprintf(out, 600, "%s/demo.json", dir);
}

enum rc
demo_file_write(const char *dir, const struct demo_file *f, struct problem *p)
{
	char path[600];
	struct buf out;
	struct jw w;
	enum rc rc;

	buf_init(&out, 1 << 20);
	jw_init(&w, &out);
	jw_object(&w);
	jw_member(&w, "url", str_of(f->url));
	jw_member(&w, "http_url", str_of(f->http_url));
	jw_key(&w, "pid");
	jw_i64(&w, f->pid);
	jw_key(&w, "accounts");
	jw_array(&w);
	for (unsigned i = 0; i < f->n_people; i++) {
		const struct keeper_person *k = &f->people[i];
		jw_object(&w);
		jw_member(&w, "role", str_of(role_code(k->role)));
		jw_member(&w, "login", str_of(k->login));
		jw_member(&w, "password", str_of(k->password));
		jw_member(&w, "totp_secret", str_of(k->totp_secret));
		jw_member(&w, "name", str_of(k->name));
		jw_member(&w, "unit", str_of(k->unit));
		jw_member(&w, "unit_name", str_of(k->unit_name));
		jw_end(&w, '}');
	}
	jw_end(&w, ']');
	jw_key(&w, "machine");
	jw_object(&w);
	jw_member(&w, "token", str_of(f->token));
	jw_end(&w, '}');
	jw_end(&w, '}');
	demo_path(dir, path);
	rc = buf_rc(&out, p);
	if (rc == RC_OK)
		rc = file_write(path, buf_view(&out), 0600, p);
	buf_done_wiped(&out);
	return rc;
}

static void
take(char *to, size_t n, const struct json *object, const char *name)
{
	struct str s = json_get_text(object, name);

	snprintf(to, n, "%.*s", STR_ARG(s));
}

enum rc
demo_file_read(const char *dir, struct demo_file *f_r, struct problem *p)
{
	char path[600];
	struct buf text;
	struct arena a;
	const struct json *root = NULL;
	enum rc rc;

	*f_r = (struct demo_file){ 0 };
	demo_path(dir, path);
	buf_init(&text, 1 << 20);
	arena_init(&a, 1 << 20);
	rc = file_read(path, &text, p);
	if (rc == RC_OK && (rc = json_parse(buf_view(&text), &a, &root, p)) != RC_OK)
		rc = problem_set(p, rc, p != NULL ? p->why : WHY_BAD_JSON, "demo.json", "spoiled: make the demonstration anew");
	if (rc == RC_OK && (json_get(root, "accounts") == NULL || json_get_text(json_get(root, "machine"), "token").n == 0))
		rc = problem_set(p, RC_BAD_INPUT, WHY_CARDINALITY, "demo.json", "no people: make the demonstration anew");
	if (rc == RC_OK) {
		take(f_r->url, sizeof f_r->url, root, "url");
		take(f_r->http_url, sizeof f_r->http_url, root, "http_url");
		take(f_r->token, sizeof f_r->token, json_get(root, "machine"), "token");
		int64_t pid;
		if (str_i64(json_get_text(root, "pid"), &pid) == RC_OK)
			f_r->pid = (long)pid;
		for json_each(c, json_get(root, "accounts")) {
			if (f_r->n_people == KEEPER_PEOPLE)
				break;
			struct keeper_person *k = &f_r->people[f_r->n_people++];
			char role[32];
			take(role, sizeof role, c, "role");
			k->role = role_of(role);
			take(k->login, sizeof k->login, c, "login");
			take(k->password, sizeof k->password, c, "password");
			take(k->totp_secret, sizeof k->totp_secret, c, "totp_secret");
			take(k->name, sizeof k->name, c, "name");
			take(k->unit, sizeof k->unit, c, "unit");
			take(k->unit_name, sizeof k->unit_name, c, "unit_name");
		}
	}
	arena_done(&a);
	buf_done_wiped(&text);
	return rc;
}
