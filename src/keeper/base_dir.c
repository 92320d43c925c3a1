/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/base_dir.c: see base_dir.h. */
#include "keeper/base_dir.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "db/db.h"
#include "hospital/hospital.h"
#include "ledger/ledger.h"
#include "record/keys.h"

enum rc
base_dir_new(const char *root, struct base_dir *b_r, struct problem *p)
{
	struct base_dir b = { .fresh = true };
	bool there = false;
	enum rc rc = dir_take(root, true, &b.dir, p);

	if (rc != RC_OK)
		return rc;
	if ((rc = db_is_there(b.dir.base, &there, p)) == RC_OK && there)
		rc = problem_set(p, RC_CONFLICT, WHY_NOT_EMPTY, "dir", "a base is there");
	if (rc != RC_OK) {
		dir_release(&b.dir);
		return rc;
	}
	*b_r = b;
	return RC_OK;
}

enum rc
base_dir_have(const char *root, struct base_dir *b_r, struct problem *p)
{
	struct base_dir b = { .fresh = false };
	bool there = false;
	enum rc rc = dir_take(root, false, &b.dir, p);

	if (rc != RC_OK)
		return rc;
	if ((rc = db_is_there(b.dir.base, &there, p)) == RC_OK && !there)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NO_DIR, "dir", "no base there");
	if (rc != RC_OK) {
		dir_release(&b.dir);
		return rc;
	}
	*b_r = b;
	return RC_OK;
}

enum rc
base_dir_open(struct base_dir *b, bool bulk, struct db **db_r, struct problem *p)
{
	struct db_settings s = { .path = b->dir.base, .cache_bytes = 8 << 20, .writer_cache_bytes = 64 << 20, .bulk = bulk, .scratch = b->dir.ledger };
	enum rc rc = db_open(&s, true, db_r, p);

	keys_place(b->dir.root);
	if (rc == RC_OK)
		rc = record_open(*db_r, p);
	hospital_rules();
	if (rc == RC_OK && !bulk) /* a first load rebuilds what the watch would keep, in one pass and in order */
		rc = hospital_open(*db_r, p);
	return rc;
}

enum rc
base_dir_mark(struct base_dir *b, const char *verb, struct problem *p)
{
	struct ledger_entry e = { .kind = LEDGER_MARK, .route = str_of(verb), .note = STR("operator") };

	return base_dir_entry(b, &e, p);
}

enum rc
base_dir_entry(struct base_dir *b, struct ledger_entry *e, struct problem *p)
{
	struct ledger_settings s = { .dir = b->dir.ledger };
	struct ledger *l = NULL;
	enum rc rc = ledger_open(&s, &l, p);

	if (rc != RC_OK)
		return rc;
	rc = b->fresh ? dir_keep_base(&b->dir, p) : RC_OK;
	if (rc == RC_OK)
		rc = ledger_append(l, e, p);
	if (rc == RC_OK && !ledger_sync(l, e->number))
		rc = problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "flush failed");
	ledger_close(&l);
	return rc;
}

/* What a verb that failed had made: the files of the base and of the ledger, nothing else that may lie there. */
static void
remove_made(const struct dir *d)
{
	char path[DIR_PATH + 300];
	struct problem p;
	DIR *ledger = opendir(d->ledger);

	if (db_remove(d->base, &p) != RC_OK)
		log_problem(LOG_WARN, "base_not_removed", &p);
	if (ledger == NULL)
		return;
	for (struct dirent *e; (e = readdir(ledger)) != NULL;) {
		snprintf(path, sizeof path, "%s/%s", d->ledger, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	closedir(ledger);
	rmdir(d->ledger);
}

enum rc
keeper_demo_drop(const char *root, struct problem *p)
{
	struct base_dir b = { .dir.lock_fd = -1 };
	enum rc rc = base_dir_have(root, &b, p);

	if (rc == RC_OK && !keeper_is_demo(root))
		rc = problem_set(p, RC_DENIED, WHY_NOT_EMPTY, "dir", "no demonstration");
	if (rc == RC_OK)
		remove_made(&b.dir);
	dir_release(&b.dir);
	return rc;
}

void
keeper_use_base(const char *url)
{
	dir_use_base(url);
}

void
base_dir_close(struct base_dir *b, bool good)
{
	if (b->fresh && !good && b->dir.lock_fd >= 0)
		remove_made(&b->dir);
	dir_release(&b->dir);
}

static void
tell(struct record_progress *g, uint64_t done, uint64_t of)
{
	struct base_progress *b = (struct base_progress *)g;

	if (b->out == NULL)
		return;
	b->out->at(b->out, b->step, done, of);
	g->stop = b->out->stop;
}

struct record_progress *
base_dir_progress(struct base_progress *b)
{
	b->in.at = tell;
	return &b->in;
}
