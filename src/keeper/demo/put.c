/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/demo/put.c: the ids of what is generated, and the way into the base. Start at demo_put. */
#include "keeper/demo/demo.h"

#include <stdio.h>
#include <string.h>

void
demo_id(char out[40], uint64_t seed, unsigned kind, uint64_t number)
{
	struct stream s = stream_of(seed ^ UINT64_C(0x1d5), ((uint64_t)kind << 40) ^ number);
	uint64_t tail = stream_u64(&s);
	uint64_t order = ((uint64_t)kind << 42) + number; /* 48 bits: sorts by kind, then number */

	snprintf(out, 40, "%08x-%04x-8%03x-%04x-%012llx", (unsigned)(order >> 16 & 0xffffffffu), (unsigned)(order & 0xffff),
	         (unsigned)(tail >> 52), (unsigned)(0x8000u | (tail >> 38 & 0x3fffu)), (unsigned long long)(tail & UINT64_C(0xffffffffffff)));
}

enum rc
demo_put(struct demo *d, const char *type, const char *id, int64_t at_ms, struct problem *p)
{
	enum rc rc = buf_rc(&d->out, p);

	if (rc != RC_OK)
		return rc;
	if (d->lines != NULL) {
		d->n_lines++;
		return fwrite(d->out.p, 1, d->out.n, d->lines) == d->out.n && fputc('\n', d->lines) != EOF ? RC_OK : problem_set(p, RC_BROKEN, WHY_DISK_FULL, "ndjson", "write");
	}
	return record_bulk_put(d->bulk, fhir_type_of(str_of(type)), str_of(id), buf_view(&d->out), at_ms, p);
}
