/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/spare.h: the structs of calls and of answers, kept for the next one by the thread that gave them back. Each is larger than what the allocator keeps by thread (1 KB), so that making and
 * freeing them cost a read three hundredths of its time. Under AddressSanitizer nothing is kept. Must never be given what somebody may still look at. Start at spare_take.
 */
#ifndef HYGIE_GATE_SPARE_H
#define HYGIE_GATE_SPARE_H

#include <stdbool.h>
#include <stddef.h>

enum spare { SPARE_CALL, SPARE_RELEASE, SPARE__END };

/* As it was given, or new and cleared. NULL: no memory. */
void *spare_take(enum spare kind, size_t size);
/* False: enough are kept already, the caller frees it. end: frees one, when the thread ends. */
bool spare_give(enum spare kind, void *it, void (*end)(void *it));
#endif
