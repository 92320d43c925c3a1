/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/attribute.h: the operator's question where a leaked sample came from, answered by a report that the ledger's key signs. It names exports, accounts and lines of
 * the sample, never a patient. A row of own.c; start at attribute_view.
 */
#ifndef HYGIE_GATE_ATTRIBUTE_H
#define HYGIE_GATE_ATTRIBUTE_H

#include "gate/decide.h"

/* "attribute": sample (the bytes). Set "report": note (the signed report), json (its last line, by itself). */
enum rc attribute_view(struct look *l, const struct ask *k, struct rows *out, struct problem *p) CHECKED;
#endif
