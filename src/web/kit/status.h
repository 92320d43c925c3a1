/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/status.h: states as shape + word + luminance, never colour alone (UX §5.3), and the icons of the sprite.
 * Codes come from views and FHIR; an unknown code is shown as the word « Non renseigné », never as a guess. Pure.
 */
#ifndef HYGIE_KIT_STATUS_H
#define HYGIE_KIT_STATUS_H

#include "kit/say.h"

/* An icon beside a word: hidden from assistive tools, the word tells. */
void icon(struct kit *k, const char *symbol);
/* A shape and a word. kind: "ok" "info" "warn" "critical" "sealed" "plain" */
void status_chip(struct kit *k, const char *kind, const char *symbol, const char *msgid);

/* Identity: PROV RECUP VALI QUAL, or "" . small: the shape alone with its word for assistive tools and as tooltip (left edge of rows). */
void status_identity(struct kit *k, struct str code, bool small);
/* Attributes of an identity, beside its status. */
struct identity_marks { bool homonym, doubtful, fictive, collision; };
void status_identity_marks(struct kit *k, struct identity_marks marks);

/* The four titles of allergies (PAB-0064): never one for another. */
enum allergies { ALLERGIES_UNAVAILABLE, ALLERGIES_NOT_RECORDED, ALLERGIES_NONE_KNOWN, ALLERGIES_KNOWN };
void status_allergies(struct kit *k, enum allergies state, struct str names);

const char *status_sex(struct str code);                /* msgid: male/female/other/unknown, M/F/I */
const char *status_word(struct str code);               /* msgid of a FHIR status code: active, finished, in-progress … ; "Not recorded" when empty */
const char *status_relation(struct str code);           /* msgid: why this chart may be seen: unit, appointment … */
const char *status_link(struct str code);               /* msgid: the same in the words of a list about others; NULL when unknown */
struct str status_unit(struct str ucum);                /* mm[Hg] → mmHg */
const char *status_known(struct str code);              /* msgid or NULL: as status_word, but NULL for a code that is not in the table */
#endif
