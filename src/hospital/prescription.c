/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription.c: a patient's prescriptions: the list, with what pharmacists said, stopping one, and what the other files of the matter read. Must never plan what
 * was not written as a posology, nor change a prescription that another version has replaced. Called by the gate through the rows at the end. Start at list_view.
 */
#include "hospital/prescription.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "hospital/account.h"
#include "hospital/compose.h"
#include "hospital/matters.h"
#include "hospital/unsealed.h"
#include "hospital/tall_name.h"

#define LISTED 300
#define ORDER_LATE_MS (24 * 3600 * INT64_C(1000)) /* a draft whose beginning is further back is looked at again before it is signed */
#define OPINIONS 300

static const char *const KINDS[ORDER_KIND__END] = { "", "drug", "lab", "imaging", "care", "diet" };
const char *order_kind_code(enum order_kind k) { return k < ORDER_KIND__END ? KINDS[k] : ""; }

enum order_kind order_kind_of(struct str code)
{
	for (unsigned k = ORDER_DRUG; k < ORDER_KIND__END; k++)
		if (str_eq(code, KINDS[k]))
			return (enum order_kind)k;
	return 0;
}

void order_name(struct buf *b, const struct drug *d)
{
	if (d->dci.n) {
		buf_str(b, d->dci);
		buf_ch(b, ' ');
	}
	buf_str(b, d->name);
}

/* ---- reading ---- */

enum rc order_patient(struct db_conn *c, const struct args *args, int64_t *rid_r, struct problem *p)
{
	*rid_r = record_patient_rid(c, args_get(args, "patient"));
	return *rid_r > 0 ? RC_OK : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
}

static const struct drug *drug_coded(uint32_t cis)
{
	struct problem ignored; /* without the tables every line is one without a code, and the check says so */
	const struct drugs *d = cis ? drug_base(&ignored) : NULL;
	return d ? drug_by_cis(d, cis) : NULL;
}

static const struct posology *kept(struct arena *a, const struct posology *q)
{
	struct posology *copy = ARENA_NEW(a, struct posology);
	if (copy)
		*copy = *q;
	return copy;
}

bool order_is_home(const struct json *request)
{
	const struct json *category = json_get(request, "category");
	return has_code(category, STR_NONE, STR("discharge")) || has_code(category, STR_NONE, STR("outpatient")) || has_code(category, STR_NONE, STR("community"));
}

bool order_is_ald(const struct json *request)
{
	for json_each(e, json_get(request, "extension"))
		if (str_eq(json_get_text(e, "url"), ORDER_ALD) && str_eq(json_get_text(e, "valueBoolean"), "true"))
			return true;
	return false;
}

enum rc order_of_request(struct arena *a, const struct item *it, struct order *o_r, struct problem *p)
{
	struct order o = { .kind = ORDER_DRUG, .id = it->id, .version = it->version, .body = it->body, .status = json_get_text(it->body, "status"),
		.at_ms = when_low(json_get_text(it->body, "authoredOn")), .text = text_at(it->body, "medicationCodeableConcept.text") };
	struct problem ignored; /* what has no word here is shown as it is written */
	struct posology read;
	uint64_t cis = 0;
	for json_each(c, json_get(json_get(it->body, "medicationCodeableConcept"), "coding"))
		if (str_eq(json_get_text(c, "system"), ORDER_BDPM) && str_u64(json_get_text(c, "code"), &cis) == RC_OK && cis <= UINT32_MAX)
			o.cis = (uint32_t)cis;
	o.drug = drug_coded(o.cis);
	(void)ref_of(json_get(it->body, "priorPrescription"), "MedicationRequest", &o.replaces);
	if (posology_read(json_get(it->body, "dosageInstruction"), &read, &ignored) == RC_OK)
		o.posology = kept(a, &read);
	o.home = order_is_home(it->body);
	o.ald = order_is_ald(it->body);
	o.out = o.home && has_code(json_get(it->body, "category"), STR_NONE, STR("community"));
	if (o.home && !o.out)
		(void)ref_of(json_get(it->body, "encounter"), "Encounter", &o.home_of);
	*o_r = o;
	return arena_rc(a, p);
}

/* Its planned time is past: nobody has to stop it. */
static bool is_over(const struct order *o, int64_t now_ms) { return o->posology && posology_end(o->posology) <= now_ms; }

static int newest_order_first(const void *a, const void *b)
{
	const struct order *x = a, *y = b;
	return x->at_ms != y->at_ms ? (x->at_ms < y->at_ms ? 1 : -1) : str_cmp(x->id, y->id);
}

enum rc orders_active(struct db_conn *c, struct arena *a, struct str patient, int64_t now_ms, struct orders *o_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { STR("status"), STR("active,on-hold") } };
	struct items s;
	enum rc rc = items_find(c, a, "MedicationRequest", query, N_OF(query), ORDERS_MOST, &s, p);
	o_r->n = o_r->n_signed = 0;
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < s.n && rc == RC_OK; i++) {
		rc = order_of_request(a, &s.at[i], &o_r->at[o_r->n], p);
		o_r->n += rc == RC_OK && !is_over(&o_r->at[o_r->n], now_ms);
	}
	qsort(o_r->at, o_r->n, sizeof o_r->at[0], newest_order_first);
	o_r->n_signed = o_r->n;
	o_r->more = s.more;
	return rc;
}

static enum rc basket_row(struct db_conn *c, struct arena *a, struct db_stmt *s, int64_t patient, int64_t now_ms, struct order *o)
{
	struct posology_bad bad[POSOLOGY_BAD];
	struct posology_typed typed;
	struct posology read;
	struct problem ignored; /* a line whose words cannot be read any more is shown as one that is not planned */
	unsigned n_bad;
	*o = (struct order){ .no = db_i64(s, 0), .kind = order_kind_of(db_text(s, 1)), .cis = (uint32_t)db_i64(s, 2), .made_ms = db_i64(s, 4) };
	o->replaces = arena_str(a, db_text(s, 3));
	struct str form = arena_str(a, db_text(s, 6));
	struct str text = unsealed(c, a, patient, (struct keys_bound){ SEALS_BASKET, o->made_ms, keys_house_hash(form) }, db_text(s, 5));
	if (!text.n || json_parse(text, a, &o->typed, &ignored) != RC_OK)
		o->typed = NULL;
	o->text = json_get_text(o->typed, "what");
	o->home_of = json_get_text(o->typed, "home");
	o->out = json_get_text(o->typed, "out").n > 0;
	o->home = o->home_of.n > 0 || o->out;
	o->ald = json_get_text(o->typed, "ald").n > 0;
	o->drug = drug_coded(o->cis);
	if (o->kind == ORDER_DRUG && o->typed) {
		order_typed(o->typed, o->drug, &typed);
		/* "demain" is the day after it was typed; what begins with the signature begins now. */
		posology_type(&typed, typed.start.n ? o->made_ms : now_ms, &read, bad, &n_bad);
		if (n_bad == 0 && read.start_ms > now_ms - ORDER_LATE_MS)
			o->posology = kept(a, &read);
	}
	return arena_rc(a, NULL);
}

enum rc orders_basket(struct db_conn *c, struct arena *a, uint32_t account, int64_t patient, int64_t now_ms, struct orders *o, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_BASKET_LINES);
	size_t most = o->n + ORDERS_MOST;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, patient);
	db_bind_i64(s, 3, ORDERS_MOST);
	while (o->n < most && (rc = db_step(s, &row, p)) == RC_OK && row)
		if ((rc = basket_row(c, a, s, patient, now_ms, &o->at[o->n++])) != RC_OK)
			break;
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc order_stay(struct db_conn *c, struct arena *a, struct str patient, int64_t now_ms, struct stay *s_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { STR("status"), STR("in-progress,arrived,triaged,onleave") } };
	struct names names = { c, a, NULL };
	struct items s;
	enum rc rc = items_find(c, a, "Encounter", query, N_OF(query), 20, &s, p);
	*s_r = (struct stay){ .id = STR_NONE };
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		if (stay_is_present(s.at[i].body, now_ms)) {
			stay_of(&names, s.at[i].body, now_ms, s_r);
			s_r->id = s.at[i].id;
			break;
		}
	return rc;
}

struct str orders_seen(struct arena *a, const struct orders *o, const struct items *allergies)
{
	struct buf b;
	char out[24];
	buf_init(&b, 65536);
	for (size_t i = 0; i < o->n; i++) {
		if (i < o->n_signed)
			buf_str(&b, o->at[i].id);
		buf_fmt(&b, " %lld;", i < o->n_signed ? (long long)o->at[i].version : -(long long)o->at[i].no);
	}
	for (size_t i = 0; i < allergies->n; i++) {
		buf_str(&b, allergies->at[i].id);
		buf_fmt(&b, " %u;", allergies->at[i].version);
	}
	snprintf(out, sizeof out, "%016llx", (unsigned long long)hash_stable(buf_view(&b)));
	buf_done(&b);
	return arena_str(a, str_of(out));
}

/* ---- the list ---- */

static void col_name(struct rows *out, const struct order *o)
{
	if (o->drug) {
		col_medicine(out, "dci", o->drug->dci);
		col_medicine(out, "name", o->drug->name);
		rows_col_i64(out, "cis", o->cis);
	} else {
		col(out, "name", o->text);
	}
}

static void cols_posology(struct rows *out, const struct order *o)
{
	struct buf b;
	buf_init(&b, 4000);
	if (o->posology)
		posology_text(&b, o->posology, true);
	else
		buf_str(&b, text_at(o->body, "dosageInstruction.text"));
	col(out, "dosage", buf_view(&b));
	buf_done(&b);
	col_flag(out, "unplanned", !o->posology);
	if (o->posology) {
		rows_col_i64(out, "start_at", o->posology->start_ms);
		if (posology_end(o->posology) != INT64_MAX)
			rows_col_i64(out, "end_at", posology_end(o->posology));
	}
}

static void col_supply(struct rows *out, const struct order *o)
{
	struct order_supply s;
	struct buf b;
	buf_init(&b, 1000);
	order_supply(o, &s);
	if (o->home)
		order_supply_text(&b, &s, false);
	col(out, "supply", buf_view(&b));
	buf_done(&b);
}

static bool is_current(struct str status)
{
	return str_eq(status, "active") || str_eq(status, "on-hold");
}

static void cols_opinion(struct rows *out, struct people *people, const struct order_opinion *op, uint32_t version)
{
	if (!op)
		return;
	col(out, "opinion", op->opinion);
	col(out, "opinion_text", op->text);
	col(out, "opinion_by", person_of(people, op->account).name);
	rows_col_i64(out, "opinion_at", op->at_ms);
	col_flag(out, "opinion_old", op->version != version);
}

/* Why an order ended that has no element for it; empty: it does not say. */
static struct str why_of(const struct json *b)
{
	for json_each(e, json_get(b, "extension"))
		if (str_eq(json_get_text(e, "url"), ORDER_WHY))
			return text_at(e, "valueCodeableConcept.coding.code");
	return STR_NONE;
}

/* The other orders that go with medicines: lab, imaging, care, diet. */
static enum rc rows_others(struct view_ctx *v, struct rows *out, struct names *names, int64_t patient_rid, bool all, struct problem *p)
{
	static const struct { const char *type, *what, *since, *by; } TYPES[] = { { "ServiceRequest", "code.text", "authoredOn", "requester" }, { "NutritionOrder", "oralDiet.type.text", "dateTime", "orderer" } };
	struct str patient = args_get(v->args, "patient");
	const struct pair query[] = { { STR("patient"), patient }, { STR("status"), STR("active,on-hold") } };
	enum rc rc = RC_OK;
	rows_set(out, "others");
	for (size_t t = 0; t < N_OF(TYPES) && rc == RC_OK; t++) {
		struct items s;
		rc = items_find(v->db, v->arena, TYPES[t].type, query, all ? 1 : N_OF(query), all ? LISTED : ORDERS_MOST, &s, p);
		for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
			const struct json *b = s.at[i].body;
			rows_row(out);
			rows_patient(out, patient_rid, TIER_CLINICAL);
			rows_col(out, "id", s.at[i].id);
			col_z(out, "type", TYPES[t].type);
			col(out, "kind", t ? STR("diet") : text_at(b, "category.coding.code"));
			struct str what = text_at(b, TYPES[t].what);
			if (what.n)
				rows_col(out, "what", what);
			else
				col_display(out, "what", json_get(b, "code"));
			col(out, "status", json_get_text(b, "status"));
			col(out, "reason", why_of(b));
			col(out, "priority", json_get_text(b, "priority"));
			col_when(out, "since_at", "since_on", json_get_text(b, TYPES[t].since));
			col(out, "note", text_at(b, "note.text"));
			col(out, "by_name", name_ref(names, json_get(b, TYPES[t].by)));
		}
	}
	return rc;
}

/*
 * "order_list": patient, all (flag: those that ended too). Set "orders", newest start first: id, version, home (flag: to be taken home, not given here), out (flag: for home outside of a discharge), supply (how much of it, French), ald (flag), status, over (flag: its time is past), dci, name, cis, dosage, unplanned (flag: words only, nothing is
 * planned), start_at, end_at, note (for who carries it out), since_at, by_name, replaces, reason (why it was stopped), opinion, opinion_text, opinion_by, opinion_at, opinion_old (flag: of the version before);
 * set "orders_page": current, ended, more, pharmacy (flags; pharmacy: one sees what is signed here). Set "others": id, type, kind, what, status, reason (why it ended), priority, since_at, since_on, note, by_name.
 */
static enum rc list_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct str patient = args_get(v->args, "patient");
	const struct pair query[] = { { STR("patient"), patient }, { STR("_sort"), STR("-authoredon") } };
	struct names names = { v->db, v->arena, NULL };
	struct people people = { v->db, v->arena, NULL };
	struct order_opinion *opinion = arena_array(v->arena, OPINIONS, sizeof *opinion);
	int64_t patient_rid = 0, current = 0, ended = 0;
	bool all = args_get(v->args, "all").n > 0;
	bool seen = false;
	struct stay stay;
	size_t n_opinions = 0;
	struct items s;
	if (!opinion)
		return arena_rc(v->arena, p);
	enum rc rc = order_patient(v->db, v->args, &patient_rid, p);
	if (rc == RC_OK)
		rc = items_find(v->db, v->arena, "MedicationRequest", query, N_OF(query), LISTED, &s, p);
	if (rc == RC_OK)
		rc = order_opinions(v->db, v->arena, patient_rid, opinion, OPINIONS, &n_opinions, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "orders");
	for (size_t i = 0; i < s.n && rc == RC_OK; i++) {
		struct order o;
		rc = order_of_request(v->arena, &s.at[i], &o, p);
		bool over = is_current(o.status) && is_over(&o, v->now_ms), now = is_current(o.status) && !over;
		current += now;
		ended += !now;
		if (!now && !all)
			continue;
		rows_row(out);
		rows_patient(out, patient_rid, TIER_CLINICAL);
		rows_col(out, "id", o.id);
		rows_col_i64(out, "version", o.version);
		col_flag(out, "home", o.home);
		col_flag(out, "out", o.out);
		col_supply(out, &o);
		col_flag(out, "ald", o.ald);
		col(out, "status", o.status);
		col_flag(out, "over", over);
		col_name(out, &o);
		cols_posology(out, &o);
		col(out, "note", text_at(o.body, "note.text"));
		col_when(out, "since_at", "since_on", json_get_text(o.body, "authoredOn"));
		col(out, "by_name", name_ref(&names, json_get(o.body, "requester")));
		col(out, "replaces", o.replaces);
		col(out, "reason", text_at(o.body, "statusReason.coding.code"));
		cols_opinion(out, &people, order_opinion_of(opinion, n_opinions, o.id), o.version);
	}
	rows_set(out, "orders_page");
	rows_row(out);
	rows_col_i64(out, "current", current);
	rows_col_i64(out, "ended", ended);
	col_flag(out, "more", s.more);
	if (rc == RC_OK)
		rc = order_stay(v->db, v->arena, patient, v->now_ms, &stay, p);
	if (rc == RC_OK)
		rc = order_is_seen(v->db, v->arena, stay.unit, v->now_ms, &seen, p);
	col_flag(out, "pharmacy", seen);
	return rc == RC_OK ? rows_others(v, out, &names, patient_rid, all, p) : rc;
}

/* ---- stop ---- */

static const struct choice STOP_REASONS[] = {
	{ "done", "The treatment is over" }, { "inefficient", "No effect" }, { "adverse", "Adverse effect" }, { "changed", "Replaced by another" }, { "error", "Prescribed by mistake" },
	{ "refused", "The person refuses it" }, { NULL, NULL } };

/*
 * "order_stop": patient, id, version (that was seen), reason → set "order": id, version. Of a MedicationRequest of this patient that is current. CONFLICT: somebody changed it
 * since; PRECONDITION: it has ended already.
 */
static enum rc stop_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str id = args_get(x->args, "id");
	int64_t patient_rid = 0;
	struct record_done done;
	struct item it;
	struct order o;
	bool found = false;
	uint64_t version = 0;
	enum rc rc = order_patient(x->db, x->args, &patient_rid, p);
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "MedicationRequest", id, &found, &it, p);
	if (rc == RC_OK && (!found || it.patient != patient_rid))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no such prescription of this patient");
	if (rc != RC_OK)
		return rc;
	rc = order_of_request(x->arena, &it, &o, p);
	if (rc != RC_OK)
		return rc;
	if (str_u64(args_get(x->args, "version"), &version) != RC_OK || version != it.version)
		return problem_set(p, RC_CONFLICT, WHY_ORDER_CHANGED, "version", "version %u now", it.version);
	if (!is_current(o.status))
		return problem_set(p, RC_CONFLICT, WHY_ORDER_ENDED, "id", "ended already");
	rc = order_close(x, &it, str_eq(args_get(x->args, "reason"), "error") ? "entered-in-error" : "stopped", args_get(x->args, "reason"), &done, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "order");
	rows_row(out);
	rows_patient(out, patient_rid, TIER_MASKED);
	rows_col(out, "id", id);
	rows_col_i64(out, "version", done.version);
	return RC_OK;
}

enum rc order_close(struct act_ctx *x, const struct item *it, const char *status, struct str reason, struct record_done *d_r, struct problem *p)
{
	return order_close_at(x, it, status, reason, 0, d_r, p);
}

static void put_ended(struct jw *w, const struct json *extensions, int64_t end_ms)
{
	jw_key(w, "extension");
	jw_array(w);
	for json_each(e, extensions)
		jw_raw(w, e->raw);
	jw_object(w);
	jw_member(w, "url", STR(ORDER_ENDED));
	compose_instant(w, "valueDateTime", end_ms);
	jw_end(w, '}');
	jw_end(w, ']');
}

enum rc order_close_at(struct act_ctx *x, const struct item *it, const char *status, struct str reason, int64_t end_ms, struct record_done *d_r, struct problem *p)
{
	struct record_if cond = { .has_version = true, .version = it->version };
	struct buf body;
	struct jw w;
	buf_init(&body, 65536);
	jw_init(&w, &body);
	jw_object(&w);
	if (end_ms)
		put_ended(&w, json_get(it->body, "extension"), end_ms);
	for json_each(m, it->body) {
		bool ours = str_eq(m->name, "status") || str_eq(m->name, "statusReason") || (end_ms && str_eq(m->name, "extension"));
		if (str_eq(m->name, "status")) {
			jw_member(&w, "status", str_of(status));
			compose_concept(&w, "statusReason", ORDER_REASONS, reason, STR_NONE, STR_NONE);
		}
		if (!ours) {
			const char *name = arena_z(x->arena, m->name);
			jw_key(&w, name ? name : "");
			jw_raw(&w, m->raw);
		}
	}
	jw_end(&w, '}');
	enum rc rc = compose_put(x, "MedicationRequest", it->id, &body, &cond, d_r, p);
	buf_done(&body);
	return rc;
}

enum rc orders_close_over(struct act_ctx *x, struct str patient, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { STR("status"), STR("active,on-hold") } };
	struct record_done done;
	struct items s;
	enum rc rc = items_find(x->db, x->arena, "MedicationRequest", query, N_OF(query), ORDERS_MOST, &s, p);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		struct order o;
		rc = order_of_request(x->arena, &s.at[i], &o, p);
		if (rc == RC_OK && is_over(&o, x->now_ms))
			rc = order_close(x, &s.at[i], "completed", STR("done"), &done, p);
	}
	return rc;
}

static const struct field STOP_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID,   .required = true },
	{ .name = "id",      .label = "Prescription", .kind = FIELD_ID, .required = true },
	{ .name = "version", .label = "Version", .kind = FIELD_INT,  .min = 1, .max = UINT32_MAX, .required = true },
	{ .name = "reason",  .label = "Reason",  .kind = FIELD_CODE, .choices = STOP_REASONS, .required = true },
	FIELDS_END,
};

const struct view prescription_views[] = {
	{ .name = "order_list", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = list_view },
	{ .name = NULL },
};
const struct act prescription_acts[] = {
	{ .name = "order_stop", .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = STOP_FIELDS, .run = stop_run },
	{ .name = NULL },
};
