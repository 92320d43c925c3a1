/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/movement.c: see movement.h. HL7 v2.5, chapter 3, table 0003. Must never change a row. Start at movement_add. */
#include "hospital/movement.h"

#include <string.h>

static const struct { const char *kind, *cancel; } CANCEL[] = {
	{ "A05", "A38" }, { "A01", "A11" }, { "A02", "A12" }, { "A15", "A26" }, { "A16", "A25" }, { "A21", "A52" }, { "A22", "A53" }, { "A03", "A13" },
};

const char *movement_cancel(struct str kind)
{
	for (size_t i = 0; i < N_OF(CANCEL); i++)
		if (str_eq(kind, CANCEL[i].kind))
			return CANCEL[i].cancel;
	return NULL;
}

const struct movement *movement_last(const struct movement *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!at[i].cancels && !at[i].cancelled_by)
			return &at[i];
	return NULL;
}

static void bind_text(struct db_stmt *s, int i, struct str v)
{
	if (v.n)
		db_bind_str(s, i, v);
	else
		db_bind_null(s, i);
}

static void bind_number(struct db_stmt *s, int i, int64_t v)
{
	if (v)
		db_bind_i64(s, i, v);
	else
		db_bind_null(s, i);
}

enum rc movement_add(struct db_conn *c, const struct movement *m, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MOVEMENT_ADD);
	db_bind_i64(s, 1, m->stay);
	db_bind_i64(s, 2, m->patient);
	db_bind_str(s, 3, m->kind);
	db_bind_str(s, 4, m->unit.n ? m->unit : STR(""));
	bind_text(s, 5, m->bed);
	bind_text(s, 6, m->from_unit);
	bind_text(s, 7, m->from_bed);
	bind_text(s, 8, m->mode);
	bind_text(s, 9, m->place);
	bind_number(s, 10, m->intended_ms);
	bind_number(s, 11, m->done_ms);
	db_bind_i64(s, 12, m->recorded_ms);
	db_bind_i64(s, 13, m->made_by);
	bind_text(s, 14, m->reason);
	bind_number(s, 15, m->cancels);
	db_bind_i64(s, 16, m->version);
	db_bind_i64(s, 17, m->before);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK)
		*no_r = db_last_rowid(c);
	return rc;
}

static struct movement row_of(struct db_stmt *s, struct arena *a, int64_t stay)
{
	return (struct movement){ .no = db_i64(s, 0), .stay = stay, .kind = arena_str(a, db_text(s, 1)), .unit = arena_str(a, db_text(s, 2)), .bed = arena_str(a, db_text(s, 3)),
		.from_unit = arena_str(a, db_text(s, 4)), .from_bed = arena_str(a, db_text(s, 5)), .mode = arena_str(a, db_text(s, 6)), .place = arena_str(a, db_text(s, 7)),
		.intended_ms = db_i64(s, 8), .done_ms = db_i64(s, 9), .recorded_ms = db_i64(s, 10), .made_by = (uint32_t)db_i64(s, 11), .reason = arena_str(a, db_text(s, 12)),
		.cancels = db_i64(s, 13), .version = (uint32_t)db_i64(s, 14), .before = (uint32_t)db_i64(s, 15),
		.cancelled_by = db_i64(s, 16), .cancelled_ms = db_i64(s, 17), .canceller = (uint32_t)db_i64(s, 18) };
}

enum rc movements_of(struct db_conn *c, struct arena *a, int64_t stay, struct movement **at_r, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MOVEMENT_OF);
	struct movement *at = NULL;
	size_t n = 0, cap = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, stay);
	db_bind_i64(s, 2, MOVEMENTS_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		if (n == cap) {
			size_t more = cap ? cap * 2 : 16;
			struct movement *to = arena_array(a, more, sizeof *to);
			if (!to)
				break;
			if (n)
				memcpy(to, at, n * sizeof *at);
			at = to;
			cap = more;
		}
		at[n++] = row_of(s, a, stay);
	}
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}
