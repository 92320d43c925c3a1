/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/load.c: the first load of a base that holds no resource yet. On a file it is made in a copy beside the base (BASE.load), which takes the base's place
 * at the very end: whatever cuts it, the base is as before. On a server it is one transaction, and what the house derives is made by the next start when that was cut.
 * Must never touch a base that holds a resource. Called by cli/import_bulk.c. Start at keeper_load_open, keeper_load_end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/base64.h"
#include "hospital/hospital.h"
#include "keeper/base_dir.h"
#include "ledger/ledger.h"
#include "record/keys.h"

struct keeper_load {
	struct base_dir dir;
	char base[DIR_BASE];          /* the base itself; dir.base is what is filled */
	bool beside;                  /* a copy is filled */
	struct db *db;
	struct record_bulk *bulk;
	struct record_bulk_lines lines;
	struct keeper_load_to *to;
};

static void
refused(struct record_bulk_lines *lines, uint64_t tag, const struct problem *why, struct str text)
{
	struct keeper_load *l = (struct keeper_load *)(void *)((char *)lines - offsetof(struct keeper_load, lines));

	l->to->refused(l->to, tag, why, text);
}

/* ---- the copy ---- */

static enum rc
broken(struct problem *p, const char *what)
{
	return problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, "dir", "%s: errno %d", what, errno);
}

static enum rc
copy_file(const char *from, const char *to, struct problem *p)
{
	char block[65536];
	ssize_t got = 0;
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum rc rc = in >= 0 && out >= 0 ? RC_OK : broken(p, "copy");

	while (rc == RC_OK && (got = read(in, block, sizeof block)) > 0)
		if (write(out, block, (size_t)got) != got)
			rc = broken(p, "copy");
	if (rc == RC_OK && got < 0)
		rc = broken(p, "copy");
	if (out >= 0 && close(out) != 0 && rc == RC_OK)
		rc = broken(p, "copy");
	if (in >= 0)
		close(in);
	return rc;
}

/* Closing took the log up, unless somebody else reads there. */
static enum rc
log_check(const char *base, struct problem *p)
{
	char log[DIR_BASE + 8];

	snprintf(log, sizeof log, "%s-wal", base);
	return access(log, F_OK) == 0 ? problem_set(p, RC_CONFLICT, WHY_IN_USE, "dir", "the log of the base is open") : RC_OK;
}

static enum rc
copy_beside(struct keeper_load *l, struct problem *p)
{
	enum rc rc = log_check(l->base, p);
	if (rc != RC_OK)
		return rc;
	size_t n = strlen(l->base);
	if (n + sizeof ".load" > sizeof l->dir.dir.base)
		return problem_set(p, RC_LIMIT, WHY_NO_DIR, "dir", "path too long");
	memcpy(l->dir.dir.base + n, ".load", sizeof ".load");
	l->beside = true;
	rc = db_remove(l->dir.dir.base, p); /* of a load that was cut */
	return rc == RC_OK ? copy_file(l->base, l->dir.dir.base, p) : rc;
}

static enum rc
take_place(struct keeper_load *l, struct problem *p)
{
	int fd = -1;
	enum rc rc = log_check(l->dir.dir.base, p);

	if (rc == RC_OK && rename(l->dir.dir.base, l->base) != 0)
		rc = broken(p, "rename");
	if (rc == RC_OK) {
		fd = open(l->dir.dir.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || fsync(fd) != 0)
			rc = broken(p, "flush");
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

/* ---- the door ---- */

static void
done(struct keeper_load **lp, bool good)
{
	struct keeper_load *l = *lp;
	struct problem p;

	record_bulk_drop(&l->bulk);
	db_close(&l->db);
	if (l->beside && !good)
		(void)!db_remove(l->dir.dir.base, &p); /* what stays is taken away by the next load */
	base_dir_close(&l->dir, true);
	free(l);
	*lp = NULL;
}

enum rc
keeper_load_open(const char *root, struct keeper_load_to *to, struct keeper_load **l_r, struct problem *p)
{
	struct keeper_load *l = calloc(1, sizeof *l);

	MUST(l != NULL);
	l->to = to;
	l->dir.dir.lock_fd = -1;
	l->lines.refused = refused;
	enum rc rc = base_dir_have(root, &l->dir, p);
	if (rc == RC_OK) /* not as a load: the rules of the house are said here */
		rc = base_dir_open(&l->dir, false, &l->db, p);
	if (rc == RC_OK)
		rc = record_empty(l->db, p);
	db_close(&l->db);
	memcpy(l->base, l->dir.dir.base, sizeof l->base);
	if (rc == RC_OK && !db_is_server(l->base))
		rc = copy_beside(l, p);
	if (rc == RC_OK)
		rc = base_dir_open(&l->dir, true, &l->db, p);
	record_watch_set(NULL); /* what it keeps is made at the end, in one pass */
	if (rc == RC_OK)
		rc = record_bulk_open(l->db, &l->bulk, p);
	if (rc != RC_OK) {
		done(&l, false);
		return rc;
	}
	record_bulk_lines(l->bulk, &l->lines);
	*l_r = l;
	return RC_OK;
}

enum rc
keeper_load_line(struct keeper_load *l, uint64_t tag, struct str line, struct problem *p)
{
	return record_bulk_line(l->bulk, tag, line, p);
}

enum rc
keeper_load_again(struct keeper_load *l, bool *again_r, struct problem *p)
{
	return record_bulk_again(l->bulk, again_r, p);
}

/* The count, and a digest that says nothing to who has not the house's key. */
static enum rc
mark(struct keeper_load *l, struct problem *p)
{
	unsigned char digest[32];
	struct buf hex;
	uint64_t n = l->lines.stored;
	struct ledger_entry e = { .kind = LEDGER_MARK, .route = STR("import_bulk"), .note = STR("operator"), .rows = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX };

	keys_house_digest(l->lines.digest, digest);
	buf_init(&hex, 128);
	hex_put(&hex, (struct str){ (const char *)digest, sizeof digest });
	e.text = buf_view(&hex);
	enum rc rc = base_dir_entry(&l->dir, &e, p);
	buf_done(&hex);
	return rc;
}

static enum rc
derive(struct keeper_load *l, struct keeper_progress *g, struct problem *p)
{
	struct base_progress relations = { .out = g, .step = "relations" };
	enum rc rc = relation_rebuild(l->db, base_dir_progress(&relations), p);

	if (rc == RC_OK && g != NULL && g->stop)
		rc = problem_set(p, RC_RETRY, WHY_STOPPED, NULL, "in the relations");
	return rc == RC_OK ? record_rebuild_over(l->db, p) : rc;
}

enum rc
keeper_load_end(struct keeper_load **lp, struct keeper_progress *g, struct keeper_loaded *n_r, struct problem *p)
{
	struct keeper_load *l = *lp;
	struct base_progress indexes = { .out = g, .step = "indexes" };
	enum rc rc = record_bulk_flush(l->bulk, p);

	/* the ledger says it before it is there: a load cut between the two is run again, and said again */
	if (rc == RC_OK && !l->beside)
		rc = mark(l, p);
	if (rc == RC_OK)
		rc = record_bulk_end(&l->bulk, base_dir_progress(&indexes), p);
	if (rc == RC_OK)
		rc = derive(l, g, p);
	struct keeper_loaded n = { l->lines.stored, l->lines.refused_n };
	if (rc == RC_OK && l->beside)
		rc = mark(l, p);
	db_close(&l->db);
	if (rc == RC_OK && l->beside)
		rc = take_place(l, p);
	done(lp, rc == RC_OK);
	if (rc == RC_OK)
		*n_r = n;
	return rc;
}

void
keeper_load_drop(struct keeper_load **lp)
{
	if (*lp != NULL)
		done(lp, false);
}
