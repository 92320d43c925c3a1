/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/open_sessions.c: the sessions that a person has open, and the end of one of them or of all others (ASVS 5.0, 7.5.2). Must never show or end anybody else's. The rows are the
 * gate's own table; what the act names ends in memory once it is done (gate/act.c). Start at the rows at the end.
 */
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/notice.h"
#include "hospital/unsealed.h"

#define SHOWN 50
#define OVER_MS (12 * 3600 * INT64_C(1000)) /* no session is longer; its row may lie there a while */

/* "my_sessions": set "sessions", in no order: no, started_at, seen_at, place (network), key (flag: opened by a key), locked, mine (flag: the one that looks). */
static enum rc my_sessions(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_SESSIONS_OF);
	bool row = false;
	unsigned n = 0;
	enum rc rc;
	db_bind_i64(s, 1, v->who->account);
	rows_set(out, "sessions");
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n++ < SHOWN) {
		int64_t no = db_i64(s, 0), started_ms = db_i64(s, 2), seen_ms = db_i64(s, 3);
		if (v->now_ms - started_ms >= OVER_MS)
			continue;
		bool locked = db_i64(s, 4) != 0, by_key = db_i64(s, 5) == FACTOR_KEY;
		rows_row(out);
		rows_col_i64(out, "no", no);
		col(out, "place", network_of(unsealed(v->db, v->arena, 0, (struct keys_bound){ SEALS_ADDRESS, no, 0 }, db_text(s, 1))));
		rows_col_i64(out, "started_at", started_ms);
		rows_col_i64(out, "seen_at", seen_ms);
		col_flag(out, "locked", locked);
		col_flag(out, "key", by_key);
		col_flag(out, "mine", (uint64_t)no == v->who->session);
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct field END_FIELDS[] = {
	{ .name = "session", .label = "Session",                    .kind = FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "code",    .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};

/* "session_end": session, and a fresh proof → set "session": no. One's own, and not the one that asks: that is signed out. */
static enum rc session_end(struct act_ctx *x, struct rows *out, struct problem *p)
{
	uint64_t no = 0;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SESSION_END);
	if (str_u64(args_get(x->args, "session"), &no) != RC_OK || no == x->who->session) {
		db_reset(s);
		return problem_set(p, RC_CONFLICT, WHY_SESSION_OVER, "session", "not another one");
	}
	db_bind_i64(s, 1, (int64_t)no);
	db_bind_i64(s, 2, x->who->account);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) != 1)
		return problem_set(p, RC_CONFLICT, WHY_SESSION_OVER, "session", "over, or another person's");
	if (rc != RC_OK)
		return rc;
	rows_set(out, "session");
	rows_row(out);
	rows_col_i64(out, "no", (int64_t)no);
	return RC_OK;
}

const struct view session_views[] = {
	{ .name = "my_sessions", .may = MAY_SIGNED_IN, .reveals = REVEALS_META, .run = my_sessions },
	{ .name = NULL },
};
const struct act session_acts[] = {
	{ .name = "session_end", .may = MAY_SIGNED_IN, .reveals = REVEALS_META, .fields = END_FIELDS, .fresh = true, .ends_session = true, .run = session_end },
	{ .name = NULL },
};
