/* SPDX-License-Identifier: Apache-2.0 */
/* gate/project.h: a resource cut down to what a role may see of it, and laid out in columns for a screen. Pure but for the arena. Called by fetch.c. */
#ifndef HYGIE_GATE_PROJECT_H
#define HYGIE_GATE_PROJECT_H

#include "gate/authorise.h"
#include "codec/json.h"

/* Only the elements of the role's projection; meta gets the tag SUBSETTED. */
void project_body(uint16_t type, const struct json *resource, struct buf *out);
/*
 * One column an element: its display; several values joined by ", ". Beside it: ".code" first code, ".reference", ".start", ".end", ".value", ".unit" where
 * they exist. A choice element comes under its base name too (onsetDateTime: "onset"). Primitives come as recorded. sight PROJECTED leaves elements out.
 */
void project_columns(uint16_t type, enum sight sight, const struct json *resource, struct rows *out, struct arena *a);
#endif
