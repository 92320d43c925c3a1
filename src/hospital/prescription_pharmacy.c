/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription_pharmacy.c: what a pharmacist does with signed prescriptions: the queue, and an opinion on each version of each line (accept, modify with a proposal that the
 * prescriber signs or not, refuse). Must never change a prescription: that is the prescriber's. Called by the gate through the rows at the end. Start at queue_view.
 */
#include "hospital/prescription.h"

#include "hospital/account.h"
#include "hospital/compose.h"
#include "hospital/matters.h"
#include "hospital/place_tree.h"
#include "hospital/relation.h"
#include "hospital/traits.h"
#include "hospital/unsealed.h"
#include "record/keys.h"

#include <stdlib.h>

#define QUEUE_MOST 200
#define OPINION_TEXT 1000
#define OPINIONS 300
#define PHARMACISTS_MOST 60 /* told each by himself where no pharmacy is set */

/* ---- opinions ---- */

enum rc order_opinions(struct db_conn *c, struct arena *a, int64_t patient, struct order_opinion *at, size_t max, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_OPINIONS);
	bool row = false;
	enum rc rc = RC_OK;
	size_t n = 0;
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, (int64_t)max);
	while (n < max && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct order_opinion *o = &at[n++];
		*o = (struct order_opinion){ .no = db_i64(s, 0), .request = arena_str(a, db_text(s, 1)), .version = (uint32_t)db_i64(s, 2), .opinion = arena_str(a, db_text(s, 3)),
			.account = (uint32_t)db_i64(s, 4), .at_ms = db_i64(s, 5) };
		o->text = unsealed(c, a, patient, (struct keys_bound){ SEALS_OPINION, o->at_ms, keys_house_hash(o->request) }, db_text(s, 6));
	}
	db_reset(s);
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

const struct order_opinion *order_opinion_of(const struct order_opinion *at, size_t n, struct str request)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(at[i].request, request))
			return &at[i];
	return NULL;
}

/* ---- the queue ---- */

/*
 * Whose queue: a unit's, by its id; where none is set for a unit, each pharmacist's own, as "Practitioner/ID" ("account/NO": who is no Practitioner, whom then no fact joins).
 * So a colleague of another trade in a pharmacist's unit is joined to nobody by it.
 */
struct task_of { struct str id /* empty: a new one */, patient, stay, queue, requester; int64_t since_ms; bool urgent, done; };

static void put_owner(struct jw *w, struct str queue)
{
	struct str id;
	struct str type = str_cut(queue, '/', &id);
	if (!id.p)
		compose_ref(w, "owner", "Organization", queue, STR_NONE);
	else if (str_eq(type, "Practitioner"))
		compose_ref(w, "owner", "Practitioner", id, STR_NONE);
}

static struct str own_queue(struct arena *a, uint32_t account, struct str practitioner)
{
	struct buf b;
	buf_init(&b, 200);
	buf_z(&b, practitioner.n ? "Practitioner/" : "account/");
	if (practitioner.n)
		buf_str(&b, practitioner);
	else
		buf_u64(&b, account);
	struct str queue = arena_str(a, buf_view(&b));
	buf_done(&b);
	return queue;
}

static enum rc put_task(struct act_ctx *x, const struct task_of *t, struct record_done *d_r, struct problem *p)
{
	struct buf body;
	struct jw w;
	buf_init(&body, 8000);
	compose_begin(&w, &body, "Task", t->id, NULL);
	jw_member(&w, "status", str_of(t->done ? "completed" : "requested"));
	jw_member(&w, "intent", STR("order"));
	jw_member(&w, "priority", str_of(t->urgent ? "urgent" : "routine"));
	compose_concept(&w, "code", "urn:hygie:task", STR("pharmacy-review"), STR_NONE, STR("Avis pharmaceutique"));
	compose_ref(&w, "for", "Patient", t->patient, STR_NONE);
	if (t->stay.n)
		compose_ref(&w, "encounter", "Encounter", t->stay, STR_NONE);
	if (t->done) {
		jw_key(&w, "executionPeriod");
		jw_object(&w);
		compose_instant(&w, "end", x->now_ms);
		jw_end(&w, '}');
	}
	compose_instant(&w, "authoredOn", t->since_ms);
	compose_instant(&w, "lastModified", x->now_ms);
	if (t->requester.n)
		compose_ref(&w, "requester", "Practitioner", t->requester, STR_NONE);
	put_owner(&w, t->queue);
	jw_end(&w, '}');
	enum rc rc = compose_put(x, "Task", t->id, &body, NULL, d_r, p);
	buf_done(&body);
	return rc;
}

static enum rc waiting(struct db_conn *c, struct arena *a, int64_t patient, struct str queue, struct str *task_r, int64_t *since_r, bool *urgent_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_WAIT_GET);
	bool row = false;
	db_bind_i64(s, 1, patient);
	db_bind_str(s, 2, queue);
	enum rc rc = db_step(s, &row, p);
	*task_r = rc == RC_OK && row ? arena_str(a, db_text(s, 0)) : STR_NONE;
	*since_r = rc == RC_OK && row ? db_i64(s, 1) : 0;
	*urgent_r = rc == RC_OK && row && db_i64(s, 3);
	db_reset(s);
	return rc;
}

static enum rc tell(struct act_ctx *x, int64_t patient_rid, const struct task_of *t, int64_t lines, struct problem *p)
{
	struct str task;
	struct record_done done;
	int64_t since = 0;
	bool was_urgent = false;
	enum rc rc = waiting(x->db, x->arena, patient_rid, t->queue, &task, &since, &was_urgent, p);
	if (rc == RC_OK && task.n) {
		struct db_stmt *more = db_stmt(x->db, ST_HOSPITAL_WAIT_MORE);
		db_bind_i64(more, 1, patient_rid);
		db_bind_str(more, 2, t->queue);
		db_bind_i64(more, 3, lines);
		db_bind_i64(more, 4, t->urgent);
		return db_run(more, p);
	}
	if (rc == RC_OK)
		rc = put_task(x, t, &done, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *put = db_stmt(x->db, ST_HOSPITAL_WAIT_PUT);
	db_bind_i64(put, 1, patient_rid);
	db_bind_str(put, 2, t->queue);
	db_bind_str(put, 3, str_of(done.id));
	db_bind_i64(put, 4, x->now_ms);
	db_bind_i64(put, 5, lines);
	db_bind_i64(put, 6, t->urgent);
	return db_run(put, p);
}

/* ---- where nobody has said which pharmacy ---- */

struct pharmacist { uint32_t account; struct str queue; };

/* He works in the establishment; who has no unit, or one of no known establishment, works in all. */
static enum rc works_at(struct db_conn *c, struct arena *a, uint32_t account, struct str site, bool *is_r, struct problem *p)
{
	struct str unit[ACTOR_UNITS], his;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_UNIT_LIST);
	unsigned n = 0, elsewhere = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, account);
	while (n < N_OF(unit) && (rc = db_step(s, &row, p)) == RC_OK && row)
		unit[n++] = arena_str(a, db_text(s, 0));
	db_reset(s);
	*is_r = false;
	for (unsigned i = 0; i < n && rc == RC_OK && !*is_r; i++) {
		rc = place_site_of(c, a, unit[i], &his, p);
		*is_r = rc == RC_OK && str_is(his, site);
		elsewhere += rc == RC_OK && his.n;
	}
	*is_r = *is_r || !site.n || elsewhere == 0;
	return rc;
}

/* The pharmacists of the unit's establishment; of the house where that is not known. */
static enum rc pharmacists_of(struct db_conn *c, struct arena *a, struct str unit, int64_t now_ms, struct pharmacist at[PHARMACISTS_MOST], unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PHARMACISTS);
	struct str site = STR_NONE;
	unsigned n = 0, kept = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, now_ms);
	db_bind_i64(s, 2, PHARMACISTS_MOST);
	while (n < PHARMACISTS_MOST && (rc = db_step(s, &row, p)) == RC_OK && row) {
		at[n].account = (uint32_t)db_i64(s, 0);
		at[n].queue = own_queue(a, at[n].account, db_text(s, 1));
		n++;
	}
	db_reset(s);
	if (rc == RC_OK && unit.n)
		rc = place_site_of(c, a, unit, &site, p);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		bool is = false;
		rc = works_at(c, a, at[i].account, site, &is, p);
		if (is)
			at[kept++] = at[i];
	}
	*n_r = kept;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc order_is_seen(struct db_conn *c, struct arena *a, struct str unit, int64_t now_ms, bool *is_r, struct problem *p)
{
	struct pharmacist at[PHARMACISTS_MOST];
	struct str pharmacy;
	unsigned n = 0;
	enum rc rc = order_pharmacy(c, a, unit, &pharmacy, p);
	if (rc == RC_OK && !pharmacy.n)
		rc = pharmacists_of(c, a, unit, now_ms, at, &n, p);
	*is_r = pharmacy.n > 0 || n > 0;
	return rc;
}

enum rc order_tell_pharmacy(struct act_ctx *x, int64_t patient_rid, struct str patient, const struct stay *s, int64_t lines, bool urgent, struct problem *p)
{
	struct pharmacist at[PHARMACISTS_MOST];
	struct str unit = s->unit.n ? s->unit : x->who->unit;
	struct task_of t = { .patient = patient, .stay = s->id, .requester = x->who->practitioner, .since_ms = x->now_ms, .urgent = urgent };
	unsigned n = 0;
	enum rc rc = order_pharmacy(x->db, x->arena, unit, &t.queue, p);
	if (rc == RC_OK && t.queue.n)
		return tell(x, patient_rid, &t, lines, p);
	if (rc == RC_OK)
		rc = pharmacists_of(x->db, x->arena, unit, x->now_ms, at, &n, p);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		t.queue = at[i].queue;
		rc = tell(x, patient_rid, &t, lines, p);
	}
	return rc;
}

struct waits { int64_t patient, since_ms, lines; bool urgent; };

/* BARRIER: named are those only whom a fact joins to the reader now: the Task in the pharmacy's queue does. */
static enum rc row_wait(struct view_ctx *v, struct rows *out, struct names *names, const struct waits *w, struct problem *p)
{
	struct item it;
	struct traits t;
	struct fact f;
	struct stay s;
	bool found = false;
	enum rc rc = item_by_rid(v->db, v->arena, w->patient, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc;
	bool joined = relation_find(v->db, v->who, w->patient, v->now_ms, &f) && f.made_by != v->who->account;
	traits_read(&it, v->arena, &t);
	rc = joined ? order_stay(v->db, v->arena, it.id, v->now_ms, &s, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_patient(out, w->patient, TIER_MASKED);
	if (joined)
		traits_named(out, &t, v->now_ms);
	else
		traits_masked(out, &t);
	if (joined && s.unit.n) {
		col(out, "unit_name", name_of(names, "Organization", s.unit));
		col(out, "bed_name", s.bed_name);
	}
	rows_col_i64(out, "since_at", w->since_ms);
	rows_col_i64(out, "lines", w->lines);
	col_flag(out, "urgent", w->urgent);
	return RC_OK;
}

static int by_urgency(const void *a, const void *b)
{
	const struct waits *x = a, *y = b;
	return x->urgent != y->urgent ? y->urgent - x->urgent : x->since_ms < y->since_ms ? -1 : x->since_ms > y->since_ms;
}

/* Adds those of one queue, at most QUEUE_MOST; who waits in the one before too is there already. */
static enum rc read_queue(struct db_conn *c, struct str queue, struct waits *at, size_t *n, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_WAIT_QUEUE);
	bool row = false;
	enum rc rc;
	db_bind_str(s, 1, queue);
	db_bind_i64(s, 2, QUEUE_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		size_t k = 0;
		while (k < *n && at[k].patient != db_i64(s, 0))
			k++;
		if (k == *n)
			at[(*n)++] = (struct waits){ db_i64(s, 0), db_i64(s, 2), db_i64(s, 3), db_i64(s, 4) != 0 };
	}
	db_reset(s);
	return rc;
}

/*
 * "order_queue": whose prescriptions wait for the pharmacists of my unit, or for me where no pharmacy is set, urgent ones first, then the oldest. Set "queue": id, name, born_on, age, sex, status, unit_name, bed_name,
 * since_at, lines (signed since the last opinion), urgent; set "queue_page": pharmacy_name, house (flag: it is set as the pharmacy of the house), none (flag: no unit is), more (flag).
 */
static enum rc queue_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct waits *at = arena_array(v->arena, 2 * QUEUE_MOST, sizeof *at);
	const struct str queues[] = { v->who->unit.n ? v->who->unit : STR("-"), own_queue(v->arena, v->who->account, v->who->practitioner) };
	struct str house = STR_NONE;
	size_t n = 0;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	for (size_t i = 0; i < N_OF(queues) && rc == RC_OK; i++)
		rc = read_queue(v->db, queues[i], at, &n, p);
	if (rc == RC_OK)
		qsort(at, n, sizeof *at, by_urgency);
	n = n < QUEUE_MOST ? n : QUEUE_MOST;
	rows_set(out, "queue");
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = row_wait(v, out, &names, &at[i], p);
	if (rc == RC_OK)
		rc = order_pharmacy(v->db, v->arena, STR_NONE, &house, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "queue_page");
	rows_row(out);
	col(out, "pharmacy_name", name_of(&names, "Organization", v->who->unit));
	col_flag(out, "house", house.n && str_is(house, v->who->unit));
	col_flag(out, "none", !house.n);
	col_flag(out, "more", n == QUEUE_MOST);
	return arena_rc(v->arena, p);
}

/* ---- an opinion ---- */

static const struct choice OPINION_CHOICES[] = { { "accept", "Accepted" }, { "modify", "To be modified" }, { "refuse", "Refused" }, { NULL, NULL } };

static enum rc opinion_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	*prepared_r = NULL;
	if (str_eq(args_get(v->args, "opinion"), "accept") || str_trim(args_get(v->args, "text")).n)
		return RC_OK;
	rows_set(issues, "issues");
	issue_row(issues, WHY_ORDER_OPINION, "text");
	return problem_set(p, RC_BAD_INPUT, WHY_ORDER_OPINION, "text", "no words");
}

static enum rc put_opinion(struct act_ctx *x, int64_t patient, const struct item *it, struct problem *p)
{
	struct str text = str_trim(args_get(x->args, "text"));
	struct buf sealed;
	buf_init(&sealed, 8 * OPINION_TEXT);
	enum rc rc = text.n ? keys_seal(x->db, patient, (struct keys_bound){ SEALS_OPINION, x->now_ms, keys_house_hash(it->id) }, text, &sealed, p) : RC_OK;
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_OPINION_ADD);
		db_bind_i64(s, 1, patient);
		db_bind_str(s, 2, it->id);
		db_bind_i64(s, 3, it->version);
		db_bind_str(s, 4, args_get(x->args, "opinion"));
		db_bind_i64(s, 5, x->who->account);
		db_bind_i64(s, 6, x->now_ms);
		db_bind_blob(s, 7, text.n ? buf_view(&sealed) : STR_NONE);
		rc = db_run(s, p);
	}
	buf_done(&sealed);
	return rc;
}

/* Is there a current line whose version no pharmacist has seen? */
static enum rc any_unseen(struct act_ctx *x, int64_t patient, bool *any_r, struct problem *p)
{
	struct orders *o = ARENA_NEW(x->arena, struct orders);
	struct order_opinion *at = arena_array(x->arena, OPINIONS, sizeof *at);
	size_t n = 0;
	enum rc rc = o && at ? orders_active(x->db, x->arena, args_get(x->args, "patient"), x->now_ms, o, p) : arena_rc(x->arena, p);
	if (rc == RC_OK)
		rc = order_opinions(x->db, x->arena, patient, at, OPINIONS, &n, p);
	*any_r = false;
	for (size_t i = 0; rc == RC_OK && i < o->n; i++) {
		const struct order_opinion *op = order_opinion_of(at, n, o->at[i].id);
		if (o->at[i].home)
			continue; /* no pharmacy of the house gives it */
		*any_r = *any_r || !op || op->version != o->at[i].version;
	}
	return rc;
}

/* All was looked at: the patient leaves the queues, the tasks are done. */
static enum rc leave_queues(struct act_ctx *x, int64_t patient, struct problem *p)
{
	struct task_of t[PHARMACISTS_MOST + 20];
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_WAIT_OF);
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, N_OF(t));
	while (n < N_OF(t) && (rc = db_step(s, &row, p)) == RC_OK && row) {
		t[n] = (struct task_of){ .patient = args_get(x->args, "patient"), .queue = arena_str(x->arena, db_text(s, 0)), .id = arena_str(x->arena, db_text(s, 1)), .done = true };
		n++;
	}
	db_reset(s);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct record_done done;
		struct item it;
		bool found = false;
		rc = item_find(x->db, x->arena, "Task", t[i].id, &found, &it, p);
		if (rc == RC_OK && found) {
			(void)ref_of(json_get(it.body, "requester"), "Practitioner", &t[i].requester);
			(void)ref_of(json_get(it.body, "encounter"), "Encounter", &t[i].stay);
			t[i].since_ms = when_low(json_get_text(it.body, "authoredOn"));
			t[i].urgent = str_eq(json_get_text(it.body, "priority"), "urgent");
			rc = put_task(x, &t[i], &done, p);
		}
		if (rc == RC_OK) {
			s = db_stmt(x->db, ST_HOSPITAL_WAIT_DROP);
			db_bind_i64(s, 1, patient);
			db_bind_str(s, 2, t[i].queue);
			rc = db_run(s, p);
		}
	}
	return rc;
}

/*
 * "order_opinion": patient, id, version (that was read), opinion, text → set "order": id, left (flag: other lines still wait). CONFLICT ORDER_CHANGED: it is another version now.
 * The last opinion counts; the line itself does not change.
 */
static enum rc opinion_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t patient = 0;
	struct item it;
	uint64_t version = 0;
	bool found = false, left = false;
	enum rc rc = order_patient(x->db, x->args, &patient, p);
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "MedicationRequest", args_get(x->args, "id"), &found, &it, p);
	if (rc == RC_OK && (!found || it.patient != patient))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no such prescription of this patient");
	if (rc == RC_OK && (str_u64(args_get(x->args, "version"), &version) != RC_OK || version != it.version))
		rc = problem_set(p, RC_CONFLICT, WHY_ORDER_CHANGED, "version", "version %u now", it.version);
	if (rc == RC_OK)
		rc = put_opinion(x, patient, &it, p);
	if (rc == RC_OK)
		rc = any_unseen(x, patient, &left, p);
	if (rc == RC_OK && !left)
		rc = leave_queues(x, patient, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "order");
	rows_row(out);
	rows_patient(out, patient, TIER_MASKED);
	rows_col(out, "id", it.id);
	col_flag(out, "left", left);
	return RC_OK;
}

static const struct field OPINION_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID,    .required = true },
	{ .name = "id",      .label = "Prescription", .kind = FIELD_ID, .required = true },
	{ .name = "version", .label = "Version", .kind = FIELD_INT,   .min = 1, .max = UINT32_MAX, .required = true },
	{ .name = "opinion", .label = "Opinion", .kind = FIELD_CODE,  .choices = OPINION_CHOICES, .required = true },
	{ .name = "text",    .label = "Your words", .kind = FIELD_LINES, .max = OPINION_TEXT },
	FIELDS_END,
};

const struct view pharmacy_views[] = {
	{ .name = "order_queue", .may = MAY_PHARMACY, .reveals = REVEALS_WORK_LIST, .run = queue_view },
	{ .name = NULL },
};
const struct act pharmacy_acts[] = {
	{ .name = "order_opinion", .may = MAY_PHARMACY, .reveals = REVEALS_ONE_PATIENT, .fields = OPINION_FIELDS, .prepare = opinion_prepare, .run = opinion_run },
	{ .name = NULL },
};
