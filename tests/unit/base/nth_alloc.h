/* SPDX-License-Identifier: Apache-2.0 */
/* Lets the n-th allocation from now fail (1 is the next). Link with nth_alloc_link. Include in one file of a test only. */
#ifndef HYGIE_TEST_NTH_ALLOC_H
#define HYGIE_TEST_NTH_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static long nth_alloc; /* 0: none fails */

static bool alloc_fails(void)
{
	return nth_alloc > 0 && --nth_alloc == 0;
}

void *__wrap_malloc(size_t n)
{
	return alloc_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return alloc_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return alloc_fails() ? NULL : __real_realloc(p, n);
}

#endif
