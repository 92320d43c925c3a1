/* SPDX-License-Identifier: Apache-2.0 */
/* record/scratch.c: see scratch.h. */
#include "record/scratch.h"

#include <pthread.h>
#include <stdlib.h>

#define BLOCKS 4
#define KEPT ((size_t)256 << 10)

struct scratch { struct scratch_block at[BLOCKS], between; unsigned next; };
static pthread_key_t thread_key;

static void block_free(struct scratch_block *b)
{
	if (b->p)
		wipe(b->p, b->cap);
	free(b->p);
}

static void scratch_free(void *p)
{
	struct scratch *s = p;
	for (size_t i = 0; i < BLOCKS; i++)
		block_free(&s->at[i]);
	block_free(&s->between);
	free(s);
}

void scratch_init(void) { MUST(pthread_key_create(&thread_key, scratch_free) == 0); }

static enum rc no_memory(struct problem *p) { return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory"); }

static struct scratch *of_thread(void)
{
	struct scratch *s = pthread_getspecific(thread_key);
	if (s)
		return s;
	s = calloc(1, sizeof *s);
	if (s && pthread_setspecific(thread_key, s) != 0) {
		free(s);
		s = NULL;
	}
	return s;
}

enum rc scratch_grow(char **at, size_t *cap, size_t n, struct problem *p)
{
	if (n <= *cap && (*cap <= KEPT || n > KEPT / 2))
		return RC_OK;
	size_t want = n < 4096 ? 4096 : n + n / 4;
	if (*at)
		wipe(*at, *cap);
	free(*at);
	*at = malloc(want);
	*cap = *at ? want : 0;
	return *at ? RC_OK : no_memory(p);
}

struct scratch_block *scratch_next(void)
{
	struct scratch *s = of_thread();
	return s ? &s->at[s->next++ % BLOCKS] : NULL;
}

enum rc scratch_between(size_t n, char **at_r, struct problem *p)
{
	struct scratch *s = of_thread();
	if (!s)
		return no_memory(p);
	enum rc rc = scratch_grow(&s->between.p, &s->between.cap, n, p);
	*at_r = s->between.p;
	return rc;
}

enum rc scratch_pack(enum pack_how how, size_t head, struct str *text, struct problem *p)
{
	char *at = NULL;
	enum rc rc = scratch_between(head + text->n + PACK_MORE, &at, p);
	if (rc != RC_OK)
		return rc;
	size_t n = pack_put((unsigned char *)at + head, how, *text);
	*text = (struct str){ at, n ? head + n : 0 };
	return n ? RC_OK : problem_set(p, RC_LIMIT, WHY_TOO_BIG, NULL, "too much to pack");
}

enum rc scratch_unpack(struct str packed, char **at, size_t *cap, struct str *plain_r, struct problem *p)
{
	size_t n = pack_plain_size(packed);
	if (n == SIZE_MAX)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "packed text of %zu bytes", packed.n);
	enum rc rc = scratch_grow(at, cap, n + 1, p);
	if (rc == RC_OK)
		rc = pack_open((unsigned char *)*at, packed, p);
	*plain_r = (struct str){ *at, n };
	return rc;
}
