/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/numeral.h: a number in French words (« vingt et un », « zéro virgule vingt-cinq »), where a text must not be altered by a digit. The spelling of before 1990: hyphens only between the
 * parts below a hundred that « et » does not join. Pure. Called by hospital/posology_text.c and prescription_home.c.
 */
#ifndef HYGIE_BASE_NUMERAL_H
#define HYGIE_BASE_NUMERAL_H

#include "base/decimal.h"

#define NUMERAL_MOST 999999999u /* of the whole part */
#define NUMERAL_PLACES 6        /* after the comma */

/*
 * d in words behind what is in b; zeros at its end are not said: 1.50 is « un virgule cinq ». feminine: « vingt et une » before what is feminine; a number with a comma stays masculine.
 * False, and nothing written: over NUMERAL_MOST or NUMERAL_PLACES.
 */
bool numeral_french(struct buf *b, struct decimal d, bool feminine);

#endif
