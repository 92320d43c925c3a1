/* SPDX-License-Identifier: Apache-2.0 */
/* pages/prove.h: where the gate asks for a proof that this is still the person who signed in. */
#ifndef HYGIE_PAGES_PROVE_H
#define HYGIE_PAGES_PROVE_H

#include "pages/screen.h"

void prove_first(const struct req *rq, struct reply *out);      /* in place of a page that was refused: to the proof, and then back to it */
extern const struct page pages_prove[];
#endif
