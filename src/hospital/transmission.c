/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/transmission.c: what one shift tells the next: targeted transmissions (target, data, action, result) as FHIR Communications, who has read them; and care to be done as
 * FHIR Tasks, done and taken back. The sheet of the unit says for whom there is something to read; the words are read in the patient's own chart. It must never write the same
 * entry twice, nor take one away: what is wrong is struck out and stays. Called by the gate through the rows at the end. Start at add_run.
 */
#include "hospital/care.h"

#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/prescription.h"

#define SHOWN_DAYS 14
#define SHOWN_MAX 100
#define SHEET_DAYS 3          /* what is unread longer than a week-end is old news */
#define TASKS_MAX 100
#define ENDED_MS (2 * CARE_DAY_MS)
#define TASK_AHEAD_MS (366 * CARE_DAY_MS)

static const char *const PARTS[] = { "data", "action", "result" };

/* ---- transmissions ---- */

static void communication(struct jw *w, struct buf *out, const struct act_ctx *x, struct str id, int64_t at_ms, struct str stay)
{
	compose_begin(w, out, "Communication", id, NULL);
	jw_member(w, "status", STR("completed"));
	jw_key(w, "category");
	jw_array(w);
	compose_concept(w, NULL, CARE_OWN, STR("transmission"), STR_NONE, STR("Transmission ciblée"));
	jw_end(w, ']');
	compose_ref(w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_concept(w, "topic", NULL, STR_NONE, STR_NONE, args_get(x->args, "target"));
	if (stay.n)
		compose_ref(w, "encounter", "Encounter", stay, STR_NONE);
	compose_instant(w, "sent", at_ms);
	care_who(w, "sender", x->who);
	jw_key(w, "payload");
	jw_array(w);
	for (size_t i = 0; i < N_OF(PARTS); i++) {
		if (!args_get(x->args, PARTS[i]).n)
			continue;
		jw_object(w);
		jw_member(w, "id", str_of(PARTS[i]));
		jw_member(w, "contentString", args_get(x->args, PARTS[i]));
		jw_end(w, '}');
	}
	jw_end(w, ']');
	jw_end(w, '}');
}

static struct str part_of(const struct json *c, const char *name)
{
	for json_each (part, json_get(c, "payload"))
		if (str_eq(json_get_text(part, "id"), name))
			return json_get_text(part, "contentString");
	return STR_NONE;
}

/* One row by its key. 0: there is none. */
static enum rc row_of_once(struct db_conn *c, enum stmt which, int64_t once, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, which);
	bool row = false;
	db_bind_i64(s, 1, once);
	enum rc rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

static enum rc same_text(struct act_ctx *x, int64_t no, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SENT_GET);
	struct item it;
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	int64_t patient = rc == RC_OK && row ? db_i64(s, 0) : 0, source = rc == RC_OK && row ? db_i64(s, 1) : 0;
	db_reset(s);
	if (rc == RC_OK)
		rc = care_own(x->db, x->arena, source, patient, &it, p);
	bool same = rc == RC_OK && str_is(text_at(it.body, "topic.text"), args_get(x->args, "target"));
	for (size_t i = 0; i < N_OF(PARTS); i++)
		same = same && str_is(part_of(it.body, PARTS[i]), args_get(x->args, PARTS[i]));
	return rc != RC_OK || same ? rc : problem_set(p, RC_CONFLICT, WHY_CARE_SENT, "target", "other words under one key");
}

static void result(struct rows *out, const char *set, int64_t patient, int64_t no, bool again)
{
	rows_set(out, set);
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col_i64(out, "no", no);
	col_flag(out, "again", again);
}

/* "transmission_add": target, data, action, result (one of the three at least), day, time → set "transmission": no, again (flag: the same request had come before). */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct stay stay;
	int64_t at, no, once = care_once(x, "transmission", STR(""));
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK && args_get(x->args, "data").n + args_get(x->args, "action").n + args_get(x->args, "result").n == 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_SENT_EMPTY, "data", "no words");
	if (rc == RC_OK)
		rc = care_when(x->args, care_born(&who), x->now_ms, &at, p);
	if (rc == RC_OK)
		rc = row_of_once(x->db, ST_HOSPITAL_SENT_ONCE, once, &no, p);
	if (rc == RC_OK && no)
		rc = same_text(x, no, p);
	if (rc != RC_OK)
		return rc;
	if (no) {
		result(out, "transmission", who.item.rid, no, true);
		return RC_OK;
	}
	struct jw w;
	struct buf body;
	struct record_done done;
	struct str id = care_id(x, "communication", STR(""));
	rc = order_stay(x->db, x->arena, who.item.id, x->now_ms, &stay, p);
	buf_init(&body, 1u << 18);
	communication(&w, &body, x, id, at, stay.id);
	if (rc == RC_OK)
		rc = compose_put(x, "Communication", id, &body, &(struct record_if){ .none_exists = true }, &done, p);
	buf_done(&body);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SENT_ADD);
	db_bind_i64(s, 1, who.item.rid);
	db_bind_i64(s, 2, done.rid);
	db_bind_i64(s, 3, at);
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, once);
	rc = db_run(s, p);
	if (rc == RC_OK)
		result(out, "transmission", who.item.rid, db_last_rowid(x->db), false);
	return rc;
}

struct sent { int64_t no, source, at_ms, readers; uint32_t account; bool read, struck; };

static enum rc read_sent(struct view_ctx *v, int64_t patient, int64_t since_ms, struct sent *at, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_SENT_LIST);
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, since_ms);
	db_bind_i64(s, 3, SHOWN_MAX);
	db_bind_i64(s, 4, v->who->account);
	while (n < SHOWN_MAX && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct sent){ .no = db_i64(s, 0), .source = db_i64(s, 1), .at_ms = db_i64(s, 2), .account = (uint32_t)db_i64(s, 3), .readers = db_i64(s, 4), .read = db_i64(s, 5) > 0, .struck = db_i64(s, 6) != 0 };
	db_reset(s);
	*n_r = n;
	return rc;
}

/*
 * "transmissions": patient. Of the last 14 days, newest first. Set "transmissions": no, at, by_name, mine, read (by me), readers, struck (flag), target, data, action, result;
 * of one that was struck out: why.
 */
static enum rc transmissions(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct care_patient who;
	struct sent *at = arena_array(v->arena, SHOWN_MAX, sizeof *at);
	unsigned n = 0;
	enum rc rc = at ? care_patient(v->db, v->arena, v->args, &who, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = read_sent(v, who.item.rid, v->now_ms - SHOWN_DAYS * CARE_DAY_MS, at, &n, p);
	rows_set(out, "transmissions");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct item it;
		rc = care_own(v->db, v->arena, at[i].source, who.item.rid, &it, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		rows_patient(out, who.item.rid, TIER_CLINICAL);
		rows_col_i64(out, "no", at[i].no);
		rows_col_i64(out, "at", at[i].at_ms);
		col(out, "by_name", person_of(&people, at[i].account).name);
		col_flag(out, "mine", at[i].account == v->who->account);
		col_flag(out, "read", at[i].read);
		rows_col_i64(out, "readers", at[i].readers);
		col_flag(out, "struck", at[i].struck);
		col(out, "target", text_at(it.body, "topic.text"));
		for (size_t j = 0; j < N_OF(PARTS); j++)
			col(out, PARTS[j], part_of(it.body, PARTS[j]));
		col(out, "why", text_at(it.body, "note.text"));
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "transmissions_read": nos (each one that was on the page) → set "read": n. Only those are marked: what came meanwhile stays unread. */
static enum rc read_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	int64_t n = 0;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	for (size_t i = 0; i < x->args->n && rc == RC_OK; i++) {
		uint64_t no;
		bool row = false;
		if (!str_eq(x->args->at[i].name, "nos") || str_u64(x->args->at[i].value, &no) != RC_OK || no > INT64_MAX)
			continue;
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SENT_GET);
		db_bind_i64(s, 1, (int64_t)no);
		rc = db_step(s, &row, p);
		bool own = rc == RC_OK && row && db_i64(s, 0) == who.item.rid;
		db_reset(s);
		if (rc == RC_OK && !own)
			rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "nos", "no such transmission of this patient");
		if (rc != RC_OK)
			break;
		s = db_stmt(x->db, ST_HOSPITAL_SENT_READ);
		db_bind_i64(s, 1, (int64_t)no);
		db_bind_i64(s, 2, x->who->account);
		db_bind_i64(s, 3, x->now_ms);
		rc = db_run(s, p);
		n++;
	}
	if (rc != RC_OK)
		return rc;
	rows_set(out, "read");
	rows_row(out);
	rows_patient(out, who.item.rid, TIER_CLINICAL);
	rows_col_i64(out, "n", n);
	return RC_OK;
}

/* The same resource with another status, some members in place of its own, and one note more. */
static enum rc write_over(struct act_ctx *x, const char *type, const struct item *it, const char *status, struct str why, bool modified, struct problem *p)
{
	struct jw w;
	struct buf body;
	struct record_done done;
	buf_init(&body, 1u << 20);
	jw_init(&w, &body);
	jw_object(&w);
	for json_each (part, it->body) {
		if (str_eq(part->name, "status") || str_eq(part->name, "note") || (modified && (str_eq(part->name, "lastModified") || str_eq(part->name, "executionPeriod"))))
			continue;
		jw_key(&w, arena_z(x->arena, part->name));
		jw_raw(&w, part->raw);
	}
	jw_member(&w, "status", str_of(status));
	if (modified) {
		compose_instant(&w, "lastModified", x->now_ms);
		if (strcmp(status, "completed") == 0) {
			jw_key(&w, "executionPeriod");
			jw_object(&w);
			compose_instant(&w, "end", x->now_ms);
			jw_end(&w, '}');
		}
	}
	const struct json *notes = json_get(it->body, "note");
	if (why.n || notes) {
		jw_key(&w, "note");
		jw_array(&w);
		if (why.n) {
			jw_object(&w);
			jw_member(&w, "authorString", x->who->name.n ? x->who->name : x->who->login);
			compose_instant(&w, "time", x->now_ms);
			jw_member(&w, "text", why);
			jw_end(&w, '}');
		}
		for json_each (note, notes)
			jw_raw(&w, note->raw);
		jw_end(&w, ']');
	}
	jw_end(&w, '}');
	enum rc rc = compose_put(x, type, it->id, &body, &(struct record_if){ .has_version = true, .version = it->version }, &done, p);
	buf_done(&body);
	return rc;
}

/* "transmission_strike": no, text (why) → set "transmission": no. By who wrote it. */
static enum rc strike_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct item it;
	bool row = false;
	int64_t no = (int64_t)care_arg(x->args, "no");
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SENT_GET);
	db_bind_i64(s, 1, no);
	rc = db_step(s, &row, p);
	bool own = rc == RC_OK && row && db_i64(s, 0) == who.item.rid && db_i64(s, 3) == x->who->account, struck = own && db_i64(s, 4) != 0;
	int64_t source = own ? db_i64(s, 1) : 0;
	db_reset(s);
	if (rc == RC_OK && !own)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such transmission of account %u", x->who->account);
	if (rc == RC_OK && struck)
		rc = problem_set(p, RC_CONFLICT, WHY_CARE_STRUCK, "no", "struck out already");
	if (rc == RC_OK)
		rc = care_own(x->db, x->arena, source, who.item.rid, &it, p);
	if (rc == RC_OK)
		rc = write_over(x, "Communication", &it, "entered-in-error", args_get(x->args, "text"), false, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_SENT_STRIKE);
	db_bind_i64(s, 1, no);
	rc = db_run(s, p);
	if (rc == RC_OK)
		result(out, "transmission", who.item.rid, no, false);
	return rc;
}

/* ---- tasks ---- */

static void task(struct jw *w, struct buf *out, const struct act_ctx *x, struct str id, int64_t due_ms, struct str stay)
{
	compose_begin(w, out, "Task", id, NULL);
	jw_member(w, "status", STR("requested"));
	jw_member(w, "intent", STR("plan"));
	compose_concept(w, "code", CARE_OWN, STR("care"), STR_NONE, STR("Soin à faire"));
	jw_member(w, "description", args_get(x->args, "what"));
	compose_ref(w, "for", "Patient", args_get(x->args, "patient"), STR_NONE);
	if (stay.n)
		compose_ref(w, "encounter", "Encounter", stay, STR_NONE);
	compose_instant(w, "authoredOn", x->now_ms);
	compose_instant(w, "lastModified", x->now_ms);
	care_who(w, "requester", x->who);
	jw_key(w, "restriction");
	jw_object(w);
	jw_key(w, "period");
	jw_object(w);
	compose_instant(w, "end", due_ms);
	jw_end(w, '}');
	jw_end(w, '}');
	jw_end(w, '}');
}

/* When it is to be done: unlike what was done, it may lie ahead; not behind by more than a day, nor by more than a year before. */
static enum rc due_of(const struct args *a, int64_t now_ms, int64_t *due_r, struct problem *p)
{
	const char *field = args_get(a, "day").n ? "day" : "time";
	enum rc rc = care_instant(a, now_ms, due_r, p);
	if (rc == RC_OK && *due_r < now_ms - CARE_DAY_MS)
		rc = problem_set(p, RC_BAD_INPUT, WHY_CARE_PAST, field, "due in the past");
	if (rc == RC_OK && *due_r > now_ms + TASK_AHEAD_MS)
		rc = problem_set(p, RC_BAD_INPUT, WHY_CARE_FUTURE, field, "due in years");
	return rc;
}

/* "task_add": what, day, time → set "task": no, again. */
static enum rc task_add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct stay stay;
	int64_t due, no, once = care_once(x, "task", args_get(x->args, "what")); /* other words are another task */
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = due_of(x->args, x->now_ms, &due, p);
	if (rc == RC_OK)
		rc = row_of_once(x->db, ST_HOSPITAL_TASK_ONCE, once, &no, p);
	if (rc != RC_OK)
		return rc;
	if (no) {
		result(out, "task", who.item.rid, no, true);
		return RC_OK;
	}
	struct jw w;
	struct buf body;
	struct record_done done;
	struct str id = care_id(x, "task", args_get(x->args, "what"));
	rc = order_stay(x->db, x->arena, who.item.id, x->now_ms, &stay, p);
	buf_init(&body, 65536);
	task(&w, &body, x, id, due, stay.id);
	if (rc == RC_OK)
		rc = compose_put(x, "Task", id, &body, &(struct record_if){ .none_exists = true }, &done, p);
	buf_done(&body);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_TASK_ADD);
	db_bind_i64(s, 1, who.item.rid);
	db_bind_i64(s, 2, done.rid);
	db_bind_i64(s, 3, due);
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	db_bind_i64(s, 6, once);
	rc = db_run(s, p);
	if (rc == RC_OK)
		result(out, "task", who.item.rid, db_last_rowid(x->db), false);
	return rc;
}

/* "task_state": no, was (the state that was on the page), state (done, dropped, open), text → set "task". CONFLICT TASK_DONE: it is in another state by now. */
static enum rc task_state_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct item it;
	bool row = false;
	int64_t no = (int64_t)care_arg(x->args, "no");
	struct str to = args_get(x->args, "state"), was = args_get(x->args, "was");
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_TASK_GET);
	db_bind_i64(s, 1, no);
	rc = db_step(s, &row, p);
	bool own = rc == RC_OK && row && db_i64(s, 0) == who.item.rid;
	int64_t source = own ? db_i64(s, 1) : 0;
	struct str now = own ? arena_str(x->arena, db_text(s, 3)) : STR_NONE;
	db_reset(s);
	if (rc == RC_OK && !own)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such task of this patient");
	if (rc == RC_OK && str_is(now, to)) {
		result(out, "task", who.item.rid, no, true);
		return RC_OK;
	}
	if (rc == RC_OK && !str_is(now, was))
		rc = problem_set(p, RC_CONFLICT, WHY_TASK_DONE, "no", "task %lld", (long long)no);
	if (rc == RC_OK)
		rc = care_own(x->db, x->arena, source, who.item.rid, &it, p);
	bool open = str_eq(to, "open");
	if (rc == RC_OK)
		rc = write_over(x, "Task", &it, open ? "requested" : str_eq(to, "done") ? "completed" : "cancelled", args_get(x->args, "text"), true, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_TASK_STATE);
	db_bind_i64(s, 1, no);
	db_bind_str(s, 2, to);
	if (open) {
		db_bind_null(s, 3);
		db_bind_null(s, 4);
	} else {
		db_bind_i64(s, 3, x->who->account);
		db_bind_i64(s, 4, x->now_ms);
	}
	db_bind_str(s, 5, was);
	rc = db_run(s, p);
	if (rc == RC_OK)
		result(out, "task", who.item.rid, no, false);
	return rc;
}

struct job { int64_t no, source, due_ms, at_ms; uint32_t account; struct str state; };

static enum rc read_tasks(struct view_ctx *v, int64_t patient, bool open, struct job *at, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, open ? ST_HOSPITAL_TASK_OPEN : ST_HOSPITAL_TASK_ENDED);
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, patient);
	if (!open)
		db_bind_i64(s, 2, v->now_ms - ENDED_MS);
	db_bind_i64(s, open ? 2 : 3, TASKS_MAX);
	while (n < TASKS_MAX && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct job){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, open ? 4 : 5), (uint32_t)db_i64(s, open ? 3 : 4), open ? STR("open") : arena_str(v->arena, db_text(s, 3)) };
	db_reset(s);
	*n_r = n;
	return rc;
}

/*
 * "care_tasks": patient. Set "open", the soonest due first, and set "ended" of the last two days, newest first: no, what, due_at, state (open, done, dropped), late (flag), at and
 * by_name (made; ended).
 */
static enum rc care_tasks(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct care_patient who;
	struct job *at = arena_array(v->arena, TASKS_MAX, sizeof *at);
	enum rc rc = at ? care_patient(v->db, v->arena, v->args, &who, p) : arena_rc(v->arena, p);
	for (int open = 1; open >= 0 && rc == RC_OK; open--) {
		unsigned n = 0;
		rc = read_tasks(v, who.item.rid, open, at, &n, p);
		rows_set(out, open ? "open" : "ended");
		for (unsigned i = 0; i < n && rc == RC_OK; i++) {
			struct item it;
			rc = care_own(v->db, v->arena, at[i].source, who.item.rid, &it, p);
			if (rc != RC_OK)
				break;
			rows_row(out);
			rows_patient(out, who.item.rid, TIER_CLINICAL);
			rows_col_i64(out, "no", at[i].no);
			col(out, "what", json_get_text(it.body, "description"));
			rows_col_i64(out, "due_at", at[i].due_ms);
			rows_col(out, "state", at[i].state);
			col_flag(out, "late", open && at[i].due_ms < v->now_ms);
			rows_col_i64(out, "at", at[i].at_ms);
			col(out, "by_name", person_of(&people, at[i].account).name);
		}
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the unit's sheet ---- */

/*
 * "hand_over_sheet": who is present in my unit, by bed, and what there is to know of each: set "unit"; set "sheet": id, name (or masked), born_on, age, sex, status, bed, sent (of the
 * last three days), unread (by me), last_at, tasks, task_at. No word of a transmission: those are in the patient's own.
 */
static enum rc sheet(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct ward *w;
	struct sent *at = arena_array(v->arena, SHOWN_MAX, sizeof *at);
	enum rc rc = at ? ward_present(v, &w, p) : arena_rc(v->arena, p);
	if (rc != RC_OK)
		return rc;
	ward_unit(v, out, w);
	rows_set(out, "sheet");
	for (unsigned i = 0; i < w->n && rc == RC_OK; i++) {
		unsigned n = 0;
		int64_t unread = 0, sent = 0;
		bool row = false;
		rc = read_sent(v, w->at[i].patient, v->now_ms - SHEET_DAYS * CARE_DAY_MS, at, &n, p);
		for (unsigned j = 0; j < n; j++) {
			sent += !at[j].struck;
			unread += !at[j].struck && !at[j].read && at[j].account != v->who->account;
		}
		if (rc != RC_OK)
			break;
		struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_TASK_COUNT);
		db_bind_i64(s, 1, w->at[i].patient);
		rc = db_step(s, &row, p);
		int64_t tasks = rc == RC_OK && row ? db_i64(s, 0) : 0, task_at = tasks ? db_i64(s, 1) : 0;
		db_reset(s);
		rows_row(out);
		ward_cols(v, out, &w->at[i]);
		rows_col_i64(out, "sent", sent);
		rows_col_i64(out, "unread", unread);
		if (n)
			rows_col_i64(out, "last_at", at[0].at_ms);
		rows_col_i64(out, "tasks", tasks);
		if (tasks)
			rows_col_i64(out, "task_at", task_at);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

#define PATIENT_FIELD { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define NO_FIELD { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
static const struct field ADD_FIELDS[] = {
	PATIENT_FIELD, CARE_ONCE_FIELD, CARE_WHEN_FIELDS,
	{ .name = "target", .label = "Target", .kind = FIELD_TEXT,  .min = 2, .max = 120, .required = true },
	{ .name = "data",   .label = "Data",   .kind = FIELD_LINES, .max = 2000 },
	{ .name = "action", .label = "Action", .kind = FIELD_LINES, .max = 2000 },
	{ .name = "result", .label = "Result", .kind = FIELD_LINES, .max = 2000 },
	FIELDS_END,
};
static const struct field READ_FIELDS[] = { PATIENT_FIELD, { .name = "nos", .label = "Transmissions", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .many = true, .required = true }, FIELDS_END };
static const struct field STRIKE_FIELDS[] = { PATIENT_FIELD, NO_FIELD, { .name = "text", .label = "Why", .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true }, FIELDS_END };
static const struct field TASK_FIELDS[] = { PATIENT_FIELD, CARE_ONCE_FIELD, CARE_WHEN_FIELDS, { .name = "what", .label = "To be done", .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true }, FIELDS_END };
static const struct choice STATES[] = { { "open", "To be done" }, { "done", "Done" }, { "dropped", "Dropped" }, { NULL, NULL } };
static const struct field STATE_FIELDS[] = {
	PATIENT_FIELD, NO_FIELD,
	{ .name = "was",   .label = "State before", .kind = FIELD_CODE, .required = true, .choices = STATES },
	{ .name = "state", .label = "State",        .kind = FIELD_CODE, .required = true, .choices = STATES },
	{ .name = "text",  .label = "In a few words", .kind = FIELD_TEXT, .max = 200 },
	FIELDS_END,
};

const struct view transmission_views[] = {
	{ .name = "transmissions",   .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = transmissions },
	{ .name = "care_tasks",      .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = care_tasks },
	{ .name = "hand_over_sheet", .may = MAY_ADMINISTER, .reveals = REVEALS_WORK_LIST,   .run = sheet },
	{ .name = NULL },
};
const struct act transmission_acts[] = {
	{ .name = "transmission_add",    .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = ADD_FIELDS,    .run = add_run },
	{ .name = "transmissions_read",  .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = READ_FIELDS,   .run = read_run },
	{ .name = "transmission_strike", .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = STRIKE_FIELDS, .run = strike_run },
	{ .name = "task_add",            .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = TASK_FIELDS,   .run = task_add_run },
	{ .name = "task_state",          .may = MAY_ADMINISTER, .reveals = REVEALS_ONE_PATIENT, .fields = STATE_FIELDS,  .run = task_state_run },
	{ .name = NULL },
};
