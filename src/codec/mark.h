/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/mark.h: which of two harmless ways of writing each row of an export has, so that a row found elsewhere tells which export it came from (SECURITY 7.6).
 * Never a clinical value: a street's kind in full or short, a telephone number with or without blanks, a town in capitals or not, quotes that CSV does not need, the
 * order of two members in JSON, of a person or at the head of any resource. Pure: bytes and a key in, bytes out.
 *
 * An export writer calls, for each row, with the row's FHIR id:
 *     unsigned form = mark_form(&mark, id, MARK_TOWN);      which of the two
 *     mark_put(MARK_TOWN, form, town, out);                 the text in that form; a text that cannot carry it comes out as it was
 * and whoever has a row of unknown origin asks mark_seen(MARK_TOWN, text): 0, 1, or -1 where the text carries nothing.
 *
 * Four of the places (town, telephone, quotes, head) hold plain marks: a bit of its own for each export, row and place. Two (street, order) hold the export's code word:
 * a bit of the row's group, of MARK_GROUPS, masked by the row; so that a few exports mixed together still tell who mixed them (codec/tardos.h).
 */
#ifndef HYGIE_CODEC_MARK_H
#define HYGIE_CODEC_MARK_H

#include "base/str.h"

#define MARK_KEY 32
#define MARK_GROUPS 2048u
enum mark_kind { MARK_TOWN, MARK_PHONE, MARK_QUOTE, MARK_STREET, MARK_ORDER, MARK_HEAD, MARK_KINDS };

/* key: the house's, the same for all its exports, secret; no: the export's number. */
struct mark { unsigned char key[MARK_KEY]; uint64_t no; };

unsigned mark_form(const struct mark *m, struct str row, enum mark_kind kind);
bool mark_is_code(enum mark_kind kind);                       /* of the code word; else a plain mark */
/* The row's group, and what a form that was seen says of the code word's bit there: the same for every export. */
unsigned mark_group(const unsigned char key[MARK_KEY], struct str row);
unsigned mark_code_bit(const unsigned char key[MARK_KEY], struct str row, enum mark_kind kind, unsigned form);

/* Texts: town, telephone, street line. true: carries the form. */
bool mark_put(enum mark_kind kind, unsigned form, struct str text, struct buf *out);
int mark_seen(enum mark_kind kind, struct str text);
/* A field of CSV (RFC 4180): quoted where it must be, or where form is 1. Seen on a field as it stands in the file. */
void mark_csv(unsigned form, struct str field, struct buf *out);
int mark_csv_seen(struct str raw);
/* A JSON object, minified: form 1 has birthDate before gender, 0 after it. Without both: as it was. */
bool mark_json(unsigned form, struct str object, struct buf *out);
int mark_json_seen(struct str object);
/* The same of a resource's id and meta: form 1 has meta first. */
bool mark_head(unsigned form, struct str object, struct buf *out);
int mark_head_seen(struct str object);
#endif
