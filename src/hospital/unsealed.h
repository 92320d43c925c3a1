/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/unsealed.h: a sealed column of the house's own tables, read for display. Called by the files of this room that have such columns. */
#ifndef HYGIE_HOSPITAL_UNSEALED_H
#define HYGIE_HOSPITAL_UNSEALED_H

#include "base/arena.h"
#include "record/keys.h"

/* In the arena; nothing when the column is empty, or was sealed with the key of a patient who was erased since. */
static inline struct str unsealed(struct db_conn *c, struct arena *a, int64_t patient, struct keys_bound b, struct str sealed)
{
	struct problem ignored; /* a text that cannot be read is left away */
	struct str plain;
	return sealed.n && keys_unseal(c, patient, b, sealed, &plain, &ignored) == RC_OK ? arena_str(a, plain) : STR_NONE;
}

#endif
