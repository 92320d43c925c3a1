/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/dose.c: see dose.h. It must never make a dose due that the prescription does not say, nor after it ended. Called by administration.c and plan_of_care.c. Start at
 * line_read.
 */
#include "hospital/dose.h"

#include <string.h>

#include "hospital/merge.h"
#include "hospital/prescription.h"
#include "hospital/stock_inner.h"

#define OPINIONS_MAX 200 /* of one patient: the newest, of which each line's first counts */

/* ---- recorded ---- */

static const char *const STATE[] = { [DOSE_NONE] = "", [DOSE_CHECK] = "check", [DOSE_RUNNING] = "running", [DOSE_GIVEN] = "given", [DOSE_NOT_DONE] = "not_done", [DOSE_VOID] = "void" };

const char *dose_state_code(enum dose_state s)
{
	return STATE[s];
}

static struct dose dose_row(struct db_stmt *s, struct arena *a)
{
	struct str state = db_text(s, 7);
	enum dose_state k = DOSE_CHECK;
	while (k < DOSE_VOID && !str_eq(state, STATE[k]))
		k++;
	return (struct dose){ .no = db_i64(s, 0), .patient = db_i64(s, 1), .line = db_i64(s, 2), .step = (unsigned)db_i64(s, 3), .nth = (unsigned)db_i64(s, 4), .planned_ms = db_i64(s, 5),
		.needed = str_eq(db_text(s, 6), "needed"), .state = k, .amount = db_i64(s, 8), .unit = arena_str(a, db_text(s, 9)), .given_ms = db_i64(s, 10), .end_ms = db_i64(s, 11),
		.recorded_ms = db_i64(s, 12), .account = (uint32_t)db_i64(s, 13), .checked_by = (uint32_t)db_i64(s, 14), .scanned = str_eq(db_text(s, 15), "scan"),
		.reason = arena_str(a, db_text(s, 16)), .source = db_i64(s, 17), .lot = arena_str(a, db_text(s, 18)), .once = db_i64(s, 19), .slot_ms = db_i64(s, 20), .alone = arena_str(a, db_text(s, 21)) };
}

static enum rc one_row(struct db_stmt *s, struct arena *a, bool *found_r, struct dose *d_r, struct problem *p)
{
	bool row = false;
	enum rc rc = db_step(s, &row, p);
	*found_r = rc == RC_OK && row;
	if (*found_r)
		*d_r = dose_row(s, a);
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc dose_get(struct db_conn *c, struct arena *a, int64_t no, bool *found_r, struct dose *d_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_DOSE_GET);
	db_bind_i64(s, 1, no);
	return one_row(s, a, found_r, d_r, p);
}

enum rc dose_of_once(struct db_conn *c, struct arena *a, int64_t once, bool *found_r, struct dose *d_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_DOSE_ONCE);
	db_bind_i64(s, 1, once);
	return one_row(s, a, found_r, d_r, p);
}

enum rc dose_of_slot(struct db_conn *c, struct arena *a, const struct dose_slot *slot, bool *found_r, struct dose *d_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_DOSE_SLOT);
	db_bind_i64(s, 1, slot->line);
	db_bind_i64(s, 2, slot->step);
	db_bind_i64(s, 3, slot->slot_ms);
	db_bind_i64(s, 4, slot->nth);
	return one_row(s, a, found_r, d_r, p);
}

static enum rc all_rows(struct db_stmt *s, struct arena *a, struct doses *d_r, struct problem *p)
{
	struct doses d = { .n = 0 };
	size_t cap = 0;
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		d.more = d.n == DOSES_MAX;
		if (d.more)
			break;
		if (d.n == cap) {
			struct dose *at = arena_array(a, cap = cap ? cap * 2 : 16, sizeof *at);
			if (!at)
				break;
			if (d.n)
				memcpy(at, d.at, d.n * sizeof *at);
			d.at = at;
		}
		d.at[d.n++] = dose_row(s, a);
	}
	db_reset(s);
	*d_r = d;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc doses_of_patient(struct db_conn *c, struct arena *a, int64_t patient, int64_t from_ms, int64_t until_ms, struct doses *d_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_DOSE_OF_PATIENT);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, from_ms);
	db_bind_i64(s, 3, until_ms);
	return all_rows(s, a, d_r, p);
}

enum rc doses_of_line(struct db_conn *c, struct arena *a, int64_t line, int64_t after_ms, int64_t before_ms, struct doses *d_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_DOSE_OF_LINE);
	db_bind_i64(s, 1, line);
	db_bind_i64(s, 2, after_ms);
	db_bind_i64(s, 3, before_ms);
	return all_rows(s, a, d_r, p);
}

struct decimal dose_decimal(int64_t micro)
{
	struct decimal d = { .coefficient = (unsigned __int128)(micro > 0 ? micro : 0), .exponent = -6 };
	while (d.exponent < 0 && d.coefficient % 10 == 0) {
		d.coefficient /= 10;
		d.exponent++;
	}
	return d;
}

/* ---- prescribed ---- */

enum rc care_clocks_read(struct db_conn *c, struct arena *a, struct str patient, struct str else_unit, int64_t now_ms, struct care_clocks *k_r, struct problem *p)
{
	struct stay stay;
	enum rc rc = order_stay(c, a, patient, now_ms, &stay, p);
	return rc == RC_OK ? orders_clocks(c, a, stay.unit.n ? stay.unit : else_unit, &k_r->at, &k_r->n, p) : rc;
}

/* c NULL: it is not looked up. */
static enum rc is_double(struct db_conn *c, const char *system, struct str code, bool *is, struct problem *p)
{
	if (*is || !c)
		return RC_OK;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_DOUBLE_IS);
	db_bind_str(s, 1, str_of(system));
	db_bind_str(s, 2, code);
	enum rc rc = db_step(s, is, p);
	db_reset(s);
	return rc;
}

static enum rc codes_of(struct db_conn *c, const struct json *request, struct care_line *l, struct problem *p)
{
	struct problem absent;
	const struct drugs *base = drug_base(&absent);
	enum rc rc = RC_OK;
	for json_each (coding, json_get(json_get(request, "medicationCodeableConcept"), "coding")) {
		struct str system = json_get_text(coding, "system"), code = json_get_text(coding, "code");
		uint64_t cis;
		if (str_eq(system, ORDER_BDPM) && str_u64(code, &cis) == RC_OK && cis <= UINT32_MAX) {
			l->cis = (uint32_t)cis;
			l->narcotic = base && stock_is_narcotic(drug_by_cis(base, l->cis));
			rc = is_double(c, "cis", code, &l->two, p);
		} else if (str_eq(system, ORDER_ATC)) {
			for (size_t n = code.n; n > 0 && rc == RC_OK; n--)
				rc = is_double(c, "atc", (struct str){ code.p, n }, &l->two, p);
		}
		if (rc != RC_OK)
			break;
	}
	return rc;
}

struct opinions { struct order_opinion *at; size_t n; };

static enum rc opinions_of(struct db_conn *c, struct arena *a, int64_t patient, struct opinions *o_r, struct problem *p)
{
	o_r->at = arena_array(a, OPINIONS_MAX, sizeof *o_r->at);
	return o_r->at ? order_opinions(c, a, patient, o_r->at, OPINIONS_MAX, &o_r->n, p) : arena_rc(a, p);
}

/* When it ended: as it says, else the version that ended it. */
static int64_t ended_ms(const struct item *request)
{
	for json_each (e, json_get(request->body, "extension"))
		if (str_eq(json_get_text(e, "url"), ORDER_ENDED)) {
			int64_t at = when_low(json_get_text(e, "valueDateTime"));
			return at > 0 && at < request->updated_ms ? at : request->updated_ms;
		}
	return request->updated_ms;
}

static enum rc line_of(struct db_conn *c, const struct item *request, const struct opinions *o, struct care_line *l, struct problem *p)
{
	struct problem words; /* what has no exact instants is shown as it is written */
	struct str status = json_get_text(request->body, "status");
	const struct order_opinion *said = order_opinion_of(o->at, o->n, request->id);
	*l = (struct care_line){ .item = *request, .until_ms = INT64_MAX };
	l->planned = posology_read(json_get(request->body, "dosageInstruction"), &l->posology, &words) == RC_OK;
	l->held = str_eq(status, "on-hold");
	if (!str_eq(status, "active"))
		l->until_ms = ended_ms(request);
	if (said && said->version == request->version) {
		l->verified = str_eq(said->opinion, "accept");
		l->modify = str_eq(said->opinion, "modify");
		l->said = said->text;
		l->refused = str_eq(said->opinion, "refuse");
		if (l->refused && said->at_ms < l->until_ms)
			l->until_ms = said->at_ms;
	}
	return codes_of(c, request->body, l, p);
}

enum rc line_read(struct db_conn *c, struct arena *a, const struct item *request, struct care_line *l_r, struct problem *p)
{
	struct opinions o;
	enum rc rc = opinions_of(c, a, request->patient, &o, p);
	return rc == RC_OK ? line_of(c, request, &o, l_r, p) : rc;
}

/* For the ward: no proposal, and nothing that the patient takes home (R4 medicationrequest-category). */
static bool is_of_ward(const struct json *request)
{
	struct str intent = json_get_text(request, "intent");
	bool order = str_eq(intent, "order") || str_eq(intent, "instance-order") || str_eq(intent, "original-order") || str_eq(intent, "filler-order") || str_eq(intent, "reflex-order");
	return order && !order_is_home(request);
}

static enum rc add_lines(struct db_conn *c, struct arena *a, const struct opinions *o, const struct pair *query, size_t n, struct care_lines *l, struct problem *p)
{
	struct items s;
	enum rc rc = items_find(c, a, "MedicationRequest", query, n, LINES_MAX, &s, p);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < s.n; i++)
		s.at[i].sort_ms = when_low(json_get_text(s.at[i].body, "authoredOn"));
	items_newest_first(&s);
	l->more = l->more || s.more;
	for (size_t i = 0; i < s.n && rc == RC_OK; i++) {
		if (!is_of_ward(s.at[i].body))
			continue;
		l->more = l->more || l->n == LINES_MAX;
		if (l->n == LINES_MAX)
			break;
		struct care_line *one = arena_raw(a, sizeof *one); /* eight KB, which line_of writes whole */
		rc = one ? line_of(c, &s.at[i], o, one, p) : arena_rc(a, p);
		if (rc == RC_OK)
			l->at[l->n++] = one;
	}
	return rc;
}

enum rc lines_of(struct db_conn *c, struct arena *a, struct str patient, int64_t from_ms, struct care_lines *l_r, struct problem *p)
{
	struct care_lines l = { .at = arena_array(a, LINES_MAX, sizeof *l.at) };
	struct buf since;
	if (!l.at)
		return arena_rc(a, p);
	const struct pair open[] = { { STR("patient"), patient }, { STR("status"), STR("active,on-hold") } };
	struct opinions o;
	enum rc rc = opinions_of(c, a, record_patient_rid(c, patient), &o, p);
	if (rc == RC_OK)
		rc = add_lines(c, a, &o, open, N_OF(open), &l, p);
	buf_init(&since, 64);
	buf_z(&since, "ge");
	buf_instant(&since, from_ms);
	const struct pair closed[] = { { STR("patient"), patient }, { STR("status"), STR("stopped,cancelled,completed") }, { STR("_lastUpdated"), buf_view(&since) } };
	if (rc == RC_OK)
		rc = add_lines(c, a, &o, closed, N_OF(closed), &l, p);
	buf_done(&since);
	if (rc == RC_OK)
		*l_r = l;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

#define WARD_LINES 2000
#define WARD_ASKED 200 /* patients of one search: what is joined comes beside */

/* The charts of at most WARD_ASKED of them, as a search says it. */
static struct str ids_of(struct db_conn *c, struct arena *a, const struct ward *w, unsigned from, unsigned *until_r)
{
	struct buf b;
	buf_init(&b, 1u << 16);
	unsigned i = from;
	for (; i < w->n && i < from + WARD_ASKED; i++) {
		if (i > from)
			buf_ch(&b, ',');
		buf_str(&b, merge_ids(c, a, w->at[i].item.id));
	}
	*until_r = i;
	struct str ids = arena_str(a, buf_view(&b));
	buf_done(&b);
	return ids;
}

struct ward_lines { const struct ward *ward; int64_t patients[WARD_MAX]; struct opinions *said; struct care_line **at; size_t n; bool more; };

/* BARRIER: whose line it is: of a record that was joined, the one who lies there. */
static unsigned who_of(struct db_conn *c, const struct ward_lines *k, int64_t patient)
{
	unsigned who = 0;
	while (who < k->ward->n && k->patients[who] != patient)
		who++;
	if (who < k->ward->n)
		return who;
	int64_t kept = merge_kept(c, patient);
	for (who = 0; who < k->ward->n && merge_kept(c, k->patients[who]) != kept; who++)
		continue;
	return who;
}

static enum rc ward_add(struct db_conn *c, struct arena *a, struct ward_lines *k, const struct pair *query, size_t n_query, struct problem *p)
{
	struct items found;
	enum rc rc = items_find(c, a, "MedicationRequest", query, n_query, WARD_LINES, &found, p);
	for (size_t i = 0; rc == RC_OK && i < found.n; i++) {
		unsigned who = who_of(c, k, found.at[i].patient);
		if (who == k->ward->n || !is_of_ward(found.at[i].body))
			continue;
		k->more = k->more || found.more || k->n == WARD_LINES;
		if (k->n == WARD_LINES)
			break;
		struct care_line *one = arena_raw(a, sizeof *one);
		rc = one ? line_of(NULL, &found.at[i], &k->said[who], one, p) : arena_rc(a, p);
		if (rc == RC_OK) {
			one->of_ward = who;
			k->at[k->n++] = one;
		}
	}
	return rc;
}

enum rc lines_of_ward(struct db_conn *c, struct arena *a, const struct ward *w, int64_t from_ms, struct care_line ***at_r, size_t *n_r, bool *more_r, struct problem *p)
{
	struct ward_lines *k = ARENA_NEW(a, struct ward_lines);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_OPINIONS);
	struct buf since;
	enum rc rc;
	if (!k)
		return arena_rc(a, p);
	*k = (struct ward_lines){ .ward = w, .said = arena_array(a, WARD_MAX, sizeof *k->said), .at = arena_array(a, WARD_LINES, sizeof *k->at) };
	rc = k->said && k->at ? RC_OK : arena_rc(a, p);
	for (unsigned i = 0; i < w->n; i++)
		k->patients[i] = w->at[i].patient;
	db_bind_i64(s, 2, OPINIONS_MAX);
	db_ahead(s, 1, k->patients, w->n);
	for (unsigned i = 0; i < w->n && rc == RC_OK; i++)
		rc = opinions_of(c, a, k->patients[i], &k->said[i], p);
	buf_init(&since, 64);
	buf_z(&since, "ge");
	buf_instant(&since, from_ms == INT64_MAX ? 0 : from_ms);
	for (unsigned i = 0, until = 0; i < w->n && rc == RC_OK; i = until) {
		struct str ids = ids_of(c, a, w, i, &until);
		const struct pair open[] = { { STR("patient"), ids }, { STR("status"), STR("active,on-hold") } };
		const struct pair closed[] = { { STR("patient"), ids }, { STR("status"), STR("stopped,cancelled,completed") }, { STR("_lastUpdated"), buf_view(&since) } };
		rc = ward_add(c, a, k, open, N_OF(open), p);
		if (rc == RC_OK && from_ms != INT64_MAX)
			rc = ward_add(c, a, k, closed, N_OF(closed), p);
	}
	buf_done(&since);
	*at_r = k->at;
	*n_r = k->n;
	*more_r = *more_r || k->more;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* Of a moment of the day: its day and which moment, whatever hour the unit's clock has for it. */
static int64_t slot_of(const struct posology_due *d)
{
	if (d->moment >= MOMENT__END)
		return d->at_ms;
	struct civil c = civil_paris(d->at_ms);
	return civil_paris_to_ms((struct civil){ .year = c.year, .month = c.month, .day = c.day }) + 1 + (int64_t)d->moment;
}

size_t line_dues(const struct care_line *l, const struct care_clocks *k, int64_t from_ms, int64_t until_ms, struct line_due at[DUES_MAX])
{
	struct posology_due due[DUES_MAX];
	int64_t end = until_ms < l->until_ms ? until_ms : l->until_ms;
	if (!l->planned || from_ms >= end)
		return 0;
	size_t n = posology_times(&l->posology, k->at, k->n, from_ms, end, due, DUES_MAX);
	n = n < DUES_MAX ? n : DUES_MAX;
	for (size_t i = 0; i < n; i++) {
		at[i] = (struct line_due){ due[i], slot_of(&due[i]), 0 };
		for (size_t j = i; j > 0 && due[j - 1].at_ms == due[i].at_ms; j--)
			at[i].nth += due[j - 1].step == due[i].step && at[j - 1].slot_ms == at[i].slot_ms;
	}
	return n;
}

const struct posology_step *line_needed(const struct care_line *l, int64_t at_ms, unsigned *step_r)
{
	if (!l->planned || at_ms >= l->until_ms || at_ms >= posology_end(&l->posology))
		return NULL;
	for (unsigned i = l->posology.n_steps; i > 0; i--)
		if (posology_step_at(&l->posology, i - 1) <= at_ms) {
			*step_r = i - 1;
			return l->posology.step[i - 1].kind == POSOLOGY_AS_NEEDED ? &l->posology.step[i - 1] : NULL;
		}
	return NULL;
}
