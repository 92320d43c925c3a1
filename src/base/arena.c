/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/arena.c: see arena.h. Blocks double in size from 16 KiB to 1 MiB, so that a small request costs one malloc.
 * Must never free singly, nor hand out memory over its limit. Once failed it stays failed until reset: a half-built tree is not used.
 * Under AddressSanitizer, memory that was not handed out is poisoned. Start at `take`.
 */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>
#if defined(__SANITIZE_ADDRESS__)
#define POISONED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONED 1
#endif
#endif
#ifdef POISONED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define FIRST_BLOCK ((size_t)16 << 10)
#define LAST_BLOCK ((size_t)1 << 20)
#define ALIGN 16

struct arena_block {
	struct arena_block *older;
	size_t size; /* bytes of mem */
	_Alignas(ALIGN) char mem[];
};

void arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){ .limit = limit };
}

void arena_done(struct arena *a)
{
	for (struct arena_block *b = a->head, *older; b; b = older) {
		older = b->older;
		ASAN_UNPOISON_MEMORY_REGION(b->mem, b->size);
		free(b);
	}
	*a = (struct arena){ .limit = a->limit };
}

void arena_reset(struct arena *a)
{
	struct arena_block *b = a->head;
	while (b && b->older) {
		struct arena_block *older = b->older;
		ASAN_UNPOISON_MEMORY_REGION(b->mem, b->size);
		free(b);
		b = older;
	}
	*a = (struct arena){ .head = b, .limit = a->limit };
	if (b) {
		a->at = b->mem;
		a->end = b->mem + b->size;
		ASAN_POISON_MEMORY_REGION(b->mem, b->size);
	}
}

static bool add_block(struct arena *a, size_t n)
{
	size_t size = a->head ? a->head->size * 2 : FIRST_BLOCK;
	if (size > LAST_BLOCK)
		size = LAST_BLOCK;
	if (size < n)
		size = n;
	if (size > SIZE_MAX - sizeof(struct arena_block))
		return false;
	struct arena_block *b = malloc(sizeof *b + size);
	if (!b)
		return false;
	b->older = a->head;
	b->size = size;
	a->head = b;
	a->at = b->mem;
	a->end = b->mem + size;
	ASAN_POISON_MEMORY_REGION(b->mem, size);
	return true;
}

/* n bytes at the given alignment (1 or ALIGN), charged with their padding. */
static char *take(struct arena *a, size_t n, size_t align)
{
	size_t pad = a->at ? (size_t)(-(uintptr_t)a->at & (align - 1)) : 0;
	size_t left = (size_t)(a->end - a->at);
	if (a->failed || n > a->limit || a->used > a->limit - n)
		goto failed;
	if (!a->head || pad > left || n > left - pad) {
		if (!add_block(a, n ? n : 1))
			goto failed;
		pad = 0; /* a block starts aligned */
	}
	char *p = a->at + pad;
	a->at = p + n;
	a->used += n;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
failed:
	a->failed = true;
	return NULL;
}

void *arena_raw(struct arena *a, size_t n)
{
	return take(a, n, ALIGN);
}

void *arena_alloc(struct arena *a, size_t n)
{
	char *p = take(a, n, ALIGN);
	return p ? memset(p, 0, n) : NULL;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n, size, &bytes)) {
		a->failed = true;
		return NULL;
	}
	return arena_alloc(a, bytes);
}

char *arena_bytes(struct arena *a, size_t n)
{
	return take(a, n, 1);
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = s.n < SIZE_MAX ? arena_bytes(a, s.n + 1) : NULL;
	if (!p) {
		a->failed = true;
		return STR_NONE;
	}
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct str){ p, s.n };
}

const char *arena_z(struct arena *a, struct str s)
{
	return arena_str(a, s).p;
}

enum rc arena_rc(const struct arena *a, struct problem *p)
{
	if (!a->failed)
		return RC_OK;
	return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "arena: %zu bytes used, at most %zu", a->used, a->limit);
}
