/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/scratch.h: memory of a thread for texts that were unsealed, are to be sealed, or lie packed between the two: nothing is allocated for a read.
 * Wiped when it leaves. Must never be handed to another thread. Called by keys.c only. Start at scratch_next.
 */
#ifndef HYGIE_RECORD_SCRATCH_H
#define HYGIE_RECORD_SCRATCH_H

#include "codec/pack.h"

struct scratch_block { char *p; size_t cap; };

/* Once a process, before the others. */
void scratch_init(void);
/* Room for n bytes at *at, which grows with malloc to *cap; what was there is gone. A block that grew large is given back when a small text comes. RC_LIMIT: no memory. */
enum rc scratch_grow(char **at, size_t *cap, size_t n, struct problem *p) CHECKED;
/* One of four blocks of this thread, in turn. NULL: no memory. */
struct scratch_block *scratch_next(void);
/* The block between sealed and plain: until the next call of scratch_pack or scratch_between on this thread. */
enum rc scratch_between(size_t n, char **at_r, struct problem *p) CHECKED;
/* *text becomes its packed form, in that block; head bytes before it, which are the caller's, come along. */
enum rc scratch_pack(enum pack_how how, size_t head, struct str *text, struct problem *p) CHECKED;
/* Into memory of the caller, as scratch_grow. RC_BROKEN: CORRUPT. */
enum rc scratch_unpack(struct str packed, char **at, size_t *cap, struct str *plain_r, struct problem *p) CHECKED;
#endif
