/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/copy.c: a whole base moved to another database, while no server works on the directory. Start at keeper_copy. */
#include <stdio.h>
#include <string.h>

#include "db/copy.h"
#include "keeper/base_dir.h"

struct telling { struct db_copying in; struct keeper_progress *out; };

static void
tell(struct db_copying *g, const char *table, uint64_t done, uint64_t of)
{
	struct telling *t = (struct telling *)(void *)g;

	if (t->out == NULL)
		return;
	t->out->at(t->out, table, done, of);
	g->stop = t->out->stop;
}

/* "sqlite" is the file of the directory. */
static const char *
place(const char *given, const struct dir *d, char file[DIR_PATH + 16])
{
	snprintf(file, DIR_PATH + 16, "%s/hygie.db", d->root);
	return strcmp(given, "sqlite") == 0 ? file : given;
}

enum rc
keeper_copy(const struct keeper_copy *k, struct keeper_progress *g, struct keeper_copied *c_r, struct problem *p)
{
	struct base_dir b = { .dir.lock_fd = -1 };
	struct telling t = { .in.at = tell, .out = g };
	struct db_copied done = { 0 };
	char from_file[DIR_PATH + 16], to_file[DIR_PATH + 16];
	enum rc rc = base_dir_have(k->dir, &b, p);

	if (rc != RC_OK)
		return rc;
	const char *from = k->from != NULL ? place(k->from, &b.dir, from_file) : b.dir.base, *to = place(k->to, &b.dir, to_file);
	rc = db_copy(from, to, &t.in, &done, p);
	if (rc == RC_OK && k->use) {
		snprintf(b.dir.base, sizeof b.dir.base, "%s", to);
		rc = dir_keep_base(&b.dir, p);
		dir_use_base(NULL);
	}
	if (rc == RC_OK)
		rc = base_dir_mark(&b, "copy", p);
	c_r->tables = done.tables;
	c_r->rows = done.rows;
	c_r->resumed = done.resumed_rows;
	memcpy(c_r->digest, done.digest, sizeof c_r->digest);
	base_dir_close(&b, true);
	return rc;
}
