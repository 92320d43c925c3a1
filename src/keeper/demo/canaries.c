/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/canaries.c: the canaries of a demonstration. They are chosen before anybody is put, so that they stand among the others in the order of the load too:
 * a walk of the whole type goes by it. Start at canaries_choose.
 */
#include "keeper/demo/demo.h"

#include <stdlib.h>
#include <string.h>

#include "hospital/canary.h"

static int
by_place(const void *a, const void *b)
{
	const struct canary_new *x = a, *y = b;

	return x->after != y->after ? (x->after > y->after) - (x->after < y->after) : strcmp(x->id, y->id);
}

static struct canary_row *
rows_of(struct demo *d, struct arena *a)
{
	struct canary_row *at = calloc(d->ask->patients, sizeof *at);
	struct demo_person who;

	MUST(at != NULL);
	for (uint32_t n = 0; n < d->ask->patients; n++) {
		person_make(d, n, &who);
		at[n] = (struct canary_row){ arena_str(a, str_of(who.id)), canary_name(a, who.family, who.given[0]), days_of(who.born.year, who.born.month, who.born.day), false };
	}
	return at;
}

enum rc
canaries_choose(struct demo *d, struct problem *p)
{
	struct canary_new *new = NULL;
	struct arena a;
	size_t n = 0;

	canary_names_of(&d->names, &d->first_names, &d->canary_text, &d->canary_names);
	arena_init(&a, (size_t)4 << 30);
	struct canary_row *rows = rows_of(d, &a);
	enum rc rc = canary_place(rows, d->ask->patients, &d->canary_names, (int32_t)(d->now_ms / DAY_MS), d->ask->seed, &new, &n, p);
	free(rows);
	arena_done(&a);
	if (rc != RC_OK || n == 0)
		return rc;
	qsort(new, n, sizeof *new, by_place);
	d->canary = calloc(n, sizeof *d->canary);
	MUST(d->canary != NULL);
	for (size_t i = 0; i < n; i++)
		d->canary[i].as = new[i];
	d->n_canaries = n;
	free(new);
	return RC_OK;
}

struct keeping { struct db_job job; struct demo *d; };

static enum rc
keep(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct demo *d = ((struct keeping *)job)->d;
	int64_t patients[CANARY_BATCH];
	size_t n = 0;
	enum rc rc = RC_OK;

	(void)txn;
	for (size_t i = 0; i < d->n_canaries && rc == RC_OK; i++) {
		patients[n] = record_patient_rid(c, str_of(d->canary[i].id));
		MUST(patients[n] > 0);
		if (++n < CANARY_BATCH && i + 1 < d->n_canaries)
			continue;
		rc = canary_keep(c, patients, n, p);
		n = 0;
	}
	return rc;
}

enum rc
canaries_keep(struct demo *d, struct db *db, struct problem *p)
{
	struct keeping k = { { .run = keep }, d };

	return d->n_canaries > 0 ? db_write_now(db, &k.job, p) : RC_OK;
}

void
canaries_done(struct demo *d)
{
	free(d->canary);
	arena_done(&d->canary_text);
}
