/* SPDX-License-Identifier: Apache-2.0 */
/* Asks, frames and releases from another process: accepted bytes lie inside the buffer with a NUL after each text; whatever else comes is refused. */
#include "fuzz.h"
#include "gate/asks.h"
#include "gate/listen.h"
#include "gate/release.h"

static uint64_t sum;

static void touch(struct str s, const uint8_t *data, size_t n)
{
	if (s.n == 0)
		return;
	MUST((const uint8_t *)s.p >= data && (const uint8_t *)s.p + s.n < data + n && s.p[s.n] == 0);
	for (size_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str flat = { (const char *)data, n };
	struct arena a;
	struct ask_list list;
	struct frame_call f;
	struct release *r = NULL;
	struct problem p;
	arena_init(&a, 1 << 20);
	if (asks_read(flat, &a, &list, &p) == RC_OK) {
		MUST(list.n <= ASKS_MAX && list.keep.text.n <= KEEP_MAX && list.keep.form.n <= KEEP_FORM_MAX);
		touch(list.keep.form, data, n);
		touch(list.keep.text, data, n);
		for (size_t i = 0; i < list.n; i++) {
			const struct ask *k = &list.at[i];
			MUST(asks_is_name(k->name) && (k->kind != ASK_ACT || i == 0) && k->limit <= ASK_ROWS_MAX);
			touch(k->name, data, n);
			touch(k->type, data, n);
			touch(k->id, data, n);
			touch(k->version, data, n);
			touch(k->query, data, n);
			for (size_t j = 0; j < k->n_args; j++) {
				touch(k->args[j].name, data, n);
				touch(k->args[j].value, data, n);
			}
		}
	}
	if (frame_read(flat, FROM_OPERATOR, &f, &p) == RC_OK)
		MUST(f.surface == SURFACE_CLI || f.surface == SURFACE_IMPORT || f.surface == SURFACE_JOB);
	if (frame_read(flat, FROM_FRONT, &f, &p) == RC_OK)
		MUST(f.surface == SURFACE_PAGE || f.surface == SURFACE_API || f.surface == SURFACE_PRINT);
	if (release_take(flat, &r, &p) == RC_OK) {
		MUST(rows_check(release_rows(r)));
		release_free(&r);
	}
	arena_done(&a);
	return 0;
}
