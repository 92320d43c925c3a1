/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/patch.h: JSON Patch (RFC 6902) with JSON Pointer (RFC 6901) on one resource: bytes in, bytes out. Pure; knows no rule of FHIR: what comes out is
 * checked as any other write. Text of numbers and strings that a patch does not touch stays byte for byte. Called by the record's writes. Start at patch_apply.
 */
#ifndef HYGIE_FHIR_PATCH_H
#define HYGIE_FHIR_PATCH_H

#include "codec/json.h"

#define PATCH_OPERATIONS 1000
/*
 * Appends the patched document. All operations or none. RC_BAD_INPUT: BAD_JSON and the like of either text; PATCH_FORM (an operation is not one);
 * PATCH_PATH (nothing is there, or it cannot be added there); PATCH_TEST (a test does not hold), where = "patch[2].path". RC_LIMIT: over
 * PATCH_OPERATIONS, or memory. Cost: linear in document and patch, and for each operation in the members on its path.
 */
enum rc patch_apply(struct str document, struct str patch, struct arena *a, struct buf *out, struct problem *p) CHECKED;
/*
 * The same, and of each text that copy or move brings to a member of this name, or inside of what it brings, text is asked what stands there from then on: *now_r
 * (in the arena); STR_NONE: what stood. Values that the patch itself holds are the caller's. What it refuses is told with where = "patch[2].path".
 */
struct patch_brought { const char *member; enum rc (*text)(struct patch_brought *b, struct str was, struct str *now_r, struct problem *p); };
enum rc patch_apply_asking(struct str document, struct str patch, struct patch_brought *brought, struct arena *a, struct buf *out, struct problem *p) CHECKED;
#endif
