/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/looks.c: of the resources that a batch is about to put, and of the patients they name, what is stored: asked together, where the base is far.
 * Must never say of an id that it is not there when the batch itself has put it since, nor outlive an undo. Called by batch.c and put.c. Start at looks_ask.
 */
#include "record/inner.h"

#include <stdlib.h>

void looks_drop(struct looks *k)
{
	k->n = 0;
	k->asked = false;
}

void looks_done(struct looks *k)
{
	free(k->at);
	free(k->waiters);
	*k = (struct looks){ .at = NULL };
}

static void add(struct looks *k, struct look one)
{
	if (k->asked)
		looks_drop(k);
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 256;
		struct look *more = reallocarray(k->at, cap, sizeof *more);
		if (!more)
			return; /* it is looked for when it is put */
		k->at = more;
		k->cap = cap;
	}
	k->at[k->n++] = one;
}

void looks_add(struct looks *k, const struct record_write *w)
{
	const uint16_t patient = fhir_type_of(STR("Patient"));
	add(k, (struct look){ .key = w->key, .type = w->type, .id = str_of(w->id), .fresh = w->fresh_id });
	for (size_t i = 0; i < w->n_patients; i++)
		if (fhir_is_id(w->patients[i]))
			add(k, (struct look){ .key = key_of(patient, w->patients[i]), .type = patient, .id = w->patients[i] });
}

/* A fresh one first: nobody need ask for it. */
static int look_cmp(const void *a, const void *b)
{
	const struct look *x = a, *y = b;
	return x->key != y->key ? (x->key < y->key ? -1 : 1) : y->fresh - x->fresh;
}

static bool is_same(const struct look *l, uint16_t type, struct str id) { return l->type == type && str_is(l->id, id); }

/* Each id once. Where two meet under one key, each is looked for when it is put. */
static void once(struct looks *k)
{
	size_t n = 0;
	if (k->n)
		qsort(k->at, k->n, sizeof *k->at, look_cmp);
	for (size_t i = 0, next; i < k->n; i = next) {
		bool one = !k->at[i].fresh;
		for (next = i + 1; next < k->n && k->at[next].key == k->at[i].key; next++)
			one = one && is_same(&k->at[i], k->at[next].type, k->at[next].id);
		if (one)
			k->at[n++] = k->at[i];
	}
	k->n = n;
}

struct asked { struct db_many m; struct looks *k; };

static void key_bind(struct db_many *m, struct db_stmt *s, size_t i) { db_bind_i64(s, 1, ((struct asked *)(void *)m)->k->at[i].key); }

static enum rc key_row(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p)
{
	struct look *l = &((struct asked *)(void *)m)->k->at[i];
	(void)p;
	l->there = true;
	if (is_same(l, fhir_type_stored((uint16_t)db_i64(s, 1)), db_text(s, 2)))
		l->rid = db_i64(s, 0);
	return RC_OK;
}

static void wait_bind(struct db_many *m, struct db_stmt *s, size_t i)
{
	const struct looks *k = ((struct asked *)(void *)m)->k;
	db_bind_i64(s, 1, k->at[k->waiters[i]].key);
	db_bind_i64(s, 2, 0);
}

static enum rc wait_row(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p)
{
	struct looks *k = ((struct asked *)(void *)m)->k;
	(void)s, (void)p;
	k->at[k->waiters[i]].waited = true;
	return RC_OK;
}

/* Of Patients that are not there: does anything wait for them? */
static enum rc waits_ask(struct looks *k, struct db_conn *c, struct problem *p)
{
	const uint16_t patient = fhir_type_of(STR("Patient"));
	struct asked x = { { wait_bind, wait_row }, k };
	size_t n = 0;
	free(k->waiters);
	k->waiters = calloc(k->n + 1, sizeof *k->waiters);
	if (!k->waiters)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	for (size_t i = 0; i < k->n; i++)
		if (k->at[i].type == patient && !k->at[i].there)
			k->waiters[n++] = i;
	return db_each(c, ST_RECORD_WAIT_OF, &x.m, n, p);
}

enum rc looks_ask(struct looks *k, struct db_conn *c, struct problem *p)
{
	struct asked x = { { key_bind, key_row }, k };
	if (k->asked)
		looks_drop(k);
	once(k);
	enum rc rc = db_each(c, ST_RECORD_ID_OF_KEY, &x.m, k->n, p);
	if (rc == RC_OK)
		rc = waits_ask(k, c, p);
	k->asked = rc == RC_OK;
	return rc;
}

struct look *looks_find(const struct looks *k, uint16_t type, struct str id, int64_t key)
{
	for (size_t low = 0, high = k->asked ? k->n : 0; low < high;) {
		size_t mid = low + (high - low) / 2;
		if (k->at[mid].key == key)
			return is_same(&k->at[mid], type, id) ? &k->at[mid] : NULL;
		if (k->at[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
