/* SPDX-License-Identifier: Apache-2.0 */
/* gate/spare.c: see spare.h. Nothing is shared between threads, so nothing is locked; a destructor of the thread's key frees what it kept. */
#include "gate/spare.h"

#include <pthread.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define MOST 0u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MOST 0u
#endif
#endif
#ifndef MOST
#define MOST 128u /* of a kind and thread: what one turn of a front gathers, and more */
#endif

struct kept { void *at[SPARE__END][MOST + 1]; unsigned n[SPARE__END]; void (*end[SPARE__END])(void *); bool known; };

static _Thread_local struct kept mine;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void free_all(void *kept)
{
	struct kept *k = kept;
	for (unsigned kind = 0; kind < SPARE__END; kind++)
		while (k->n[kind] > 0)
			k->end[kind](k->at[kind][--k->n[kind]]);
}

static void make_key(void) { has_key = pthread_key_create(&key, free_all) == 0; }

void *spare_take(enum spare kind, size_t size)
{
	return mine.n[kind] > 0 ? mine.at[kind][--mine.n[kind]] : calloc(1, size);
}

bool spare_give(enum spare kind, void *it, void (*end)(void *it))
{
	if (mine.n[kind] + 1 > MOST)
		return false;
	if (!mine.known) {
		pthread_once(&once, make_key);
		if (!has_key || pthread_setspecific(key, &mine) != 0)
			return false;
		mine.known = true;
	}
	mine.end[kind] = end;
	mine.at[kind][mine.n[kind]++] = it;
	return true;
}
