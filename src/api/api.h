/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/api.h: FHIR R4 REST over front: read, vread, history, create, update, delete, search, batch and transaction, generic over the tables of fhir: no
 * per-resource code, no right decided here, no body parsed. Rows for front; registered by cli. Start at api_pages in api.c.
 *
 * Writes are acts of the gate (gate/act_fhir.c), by name, with these arguments (all texts):
 *   "fhir_create" type body      "fhir_update" type id body [if_match]      "fhir_delete" type id [if_match]      "fhir_bundle" body
 * They answer with one row of set "written": type id version updated created ("1" or absent) [body]; the bundle with one row of set "bundle": body (the
 * response Bundle). Findings of a refused write: set "issues" (gate.h).
 */
#ifndef HYGIE_API_API_H
#define HYGIE_API_API_H

#include "front/front.h"

extern const struct page api_pages[];
extern const struct front_voice api_voice;

#endif
