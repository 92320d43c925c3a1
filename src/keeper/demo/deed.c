/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/deed.c: what people of the demonstration did before it was made, by the acts of hospital/ that would have done it then: whatever a rule refuses fails the demonstration. Nobody
 * went through the gate, so the ledger holds no entry of it, as of the whole record of a demonstration. Start at demo_do.
 */
#include <string.h>

#include "base/rights.h"
#include "hospital/hospital.h"
#include "keeper/demo/demo.h"

static uint32_t
may_of(enum role role)
{
	return role == ROLE_PHARMACIST ? MAY_PHARMACY | MAY_STOCK : role == ROLE_NURSE ? MAY_ADMINISTER | MAY_STOCK : role == ROLE_TECHNICIAN ? MAY_SUPPLY : 0;
}

const struct judge demo_judge = { .may = may_of };

enum rc
demo_do(const struct demo_deed *by, const struct act *acts, const char *name, const struct pair *args, size_t n, struct problem *p)
{
	const struct args typed = { args, n };
	struct act_ctx x = { .db = by->c, .txn = by->txn, .who = by->who, .args = &typed, .now_ms = by->at_ms, .judge = &demo_judge };
	struct arena a;
	struct rows out;

	while (acts->name && strcmp(acts->name, name) != 0)
		acts++;
	MUST(acts->name);
	arena_init(&a, (size_t)1 << 24);
	rows_init(&out, 1 << 20);
	x.arena = &a;
	clock_set(by->at_ms); /* what is written is of then, as the whole record of a demonstration */
	enum rc rc = acts->run(&x, &out, p);
	clock_set(0);
	rows_done(&out);
	arena_done(&a);
	return rc;
}
