/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/gs1.h: what a scanner that types like a keyboard (a "wedge") sends of a GS1 DataMatrix: element strings after the GS1 General Specifications, section 3 (application
 * identifiers) and 7.8 (FNC1 between elements). On a medicine box: GTIN (01), expiry (17), lot (10), serial number (21); (11), (15) and (711), France's national number,
 * are read over. Pure; hostile bytes are refused, never guessed at. Called by hospital/administration.c. Start at gs1_read.
 */
#ifndef HYGIE_CODEC_GS1_H
#define HYGIE_CODEC_GS1_H

#include "base/str.h"

#define GS1_MOST 200 /* bytes: four elements of a box are 70 at most */

struct gs1 {
	struct str gtin;        /* 14 digits, its check digit is right; empty: not said */
	struct str lot, serial; /* as printed, at most 20 characters; empty: not said */
	char expires_on[11];    /* YYYY-MM-DD, the last day of the month where only that is printed; "": not said */
};
/*
 * text: as typed, with or without a symbology identifier before it ("]d2", "]C1", "]Q3", "]e0"). Between elements stands FNC1: as GS (0x1D), or as a sign that
 * no element may hold, which scanners are set to send where a form takes no control characters: ~ | ^ #. The form in brackets, "(01)…(17)…", is read as well.
 * year: the present one, for the century of an expiry (section 7.12). The strings point into text.
 * BAD_INPUT GS1_UNREADABLE: an identifier that is not read here, twice the same, a length, a sign, a check digit or a date that is wrong. At least one element.
 */
enum rc gs1_read(struct str text, int year, struct gs1 *out_r, struct problem *p) CHECKED;
/* A medicine's CIP13 in the GTIN of its box ("0" before 13 digits that begin with 3400); empty: another GTIN. */
struct str gs1_cip13(const struct gs1 *g);
#endif
