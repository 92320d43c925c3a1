/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/administration.c and plan_of_care.c: what is due, given once, refused, checked by two, corrected; and that no dose doubles. */
#include "house.h"

#include "hospital/compose.h"
#include "hospital/drug.h"
#include "hospital/posology.h"

#include <sqlite3.h>

#define MINUTE INT64_C(60000)
/* NOON is ten in the morning of 2026-11-18, in Paris. */
#define AT(hour, minute) (NOON + ((hour) - 10) * HOUR + (minute) * MINUTE)

static struct decimal dec(int64_t v)
{
	return (struct decimal){ .coefficient = (unsigned __int128)v };
}

static struct posology twice_a_day(void)
{
	struct posology q = { .unit = "{comprime}", .route = STR("orale"), .start_ms = AT(0, 0) - 2 * DAY, .n_steps = 1 };
	q.step[0] = (struct posology_step){ .kind = POSOLOGY_MOMENTS, .n_takes = 2, .every_days = 1, .take = { { MOMENT_MORN, 0, dec(1) }, { MOMENT_EVE, 0, dec(2) } } };
	return q;
}

static struct posology on_demand(void)
{
	struct posology q = { .unit = "mg", .condition = STR("si douleur"), .start_ms = AT(0, 0) - DAY, .n_steps = 1 };
	q.step[0] = (struct posology_step){ .kind = POSOLOGY_AS_NEEDED, .dose = dec(1000), .gap_min = 360, .day_most = dec(3000) };
	return q;
}

static struct posology infusion(void)
{
	struct posology q = { .unit = "mL", .start_ms = AT(8, 0), .n_steps = 1 };
	q.step[0] = (struct posology_step){ .kind = POSOLOGY_CONTINUOUS, .dose = dec(500), .rate = dec(50), .rate_unit = "mL/h", .for_min = 600 };
	return q;
}

static void order_of(const char *who, const char *id, const struct posology *q, const char *status, const char *cis)
{
	struct buf body;
	struct jw w;
	buf_init(&body, 65536);
	compose_begin(&w, &body, "MedicationRequest", str_of(id), NULL);
	jw_member(&w, "status", str_of(status));
	jw_member(&w, "intent", STR("order"));
	compose_concept(&w, "medicationCodeableConcept", "https://base-donnees-publique.medicaments.gouv.fr", str_of(cis), STR_NONE, STR("paracétamol, essai"));
	compose_ref(&w, "subject", "Patient", str_of(who), STR_NONE);
	compose_instant(&w, "authoredOn", q->start_ms);
	jw_key(&w, "dosageInstruction");
	posology_write(&w, q);
	jw_end(&w, '}');
	buf_ch(&body, '\0');
	put(body.p);
	buf_done(&body);
}

static void order_as(const char *id, const struct posology *q, const char *status, const char *cis) { order_of("a", id, q, status, cis); }

static void order(const char *id, struct posology q)
{
	assert_int_equal(posology_check(&q, &H.p), RC_OK);
	order_as(id, &q, "active", "60002283");
}

static void someone(void)
{
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
}

static const char *ms(int64_t at)
{
	static char out[8][24];
	static unsigned turn;
	char *z = out[turn++ % 8];
	snprintf(z, 24, "%lld", (long long)at);
	return z;
}

static enum rc give(const char *line, int64_t planned, const char *once, const char *time)
{
	return act("dose_give", "patient", "a", "once", once, "line", line, "step", "0", "planned", ms(planned), "nth", "0", "time", time, "reason", "no_code", NULL);
}

static unsigned cell(const char *line, int64_t planned)
{
	assert_int_equal(view("plan_of_care", "patient", "a", NULL), RC_OK);
	for (unsigned i = 0; i < count("cells"); i++)
		if (str_eq(get("cells", i, "line"), line) && row_i64(nth("cells", i), "planned_at") == planned)
			return i;
	fail_msg("no cell of %s", line);
	return 0;
}

static int64_t rows_of(const char *line)
{
	int64_t rid = 0, n = 0;
	bool row;
	struct record_row r;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(record_read(H.c, fhir_type_of(STR("MedicationRequest")), str_of(line), &r, &H.p), RC_OK);
	rid = r.rid;
	struct db_stmt *s = db_stmt(H.c, ST_HOSPITAL_DOSE_OF_LINE);
	db_bind_i64(s, 1, rid);
	db_bind_i64(s, 2, 0);
	db_bind_i64(s, 3, INT64_MAX);
	while (db_step(s, &row, &H.p) == RC_OK && row)
		n += !str_eq(db_text(s, 7), "void");
	db_reset(s);
	db_end(H.c);
	return n;
}

static void what_is_due_is_shown_with_its_state_and_what_was_given_with_three_times(void **s)
{
	(void)s;
	someone();
	order("m", twice_a_day());
	unsigned c = cell("m", AT(8, 0));
	assert_string_equal(getz("cells", c, "state"), "late");
	assert_string_equal(getz("cells", c, "delay_min"), "120");
	assert_string_equal(getz("cells", c, "dose"), "1 comprimé");
	assert_int_equal(count("overdue"), 2); /* and yesterday's evening */
	assert_string_equal(getz("cells", cell("m", AT(18, 0)), "state"), "to_come");
	assert_int_equal(count("cells"), 2);
	assert_int_equal(give("m", AT(8, 0), "form1", "8:20"), RC_OK);
	assert_string_equal(getz("dose", 0, "state"), "given");
	c = cell("m", AT(8, 0));
	assert_string_equal(getz("cells", c, "state"), "given");
	assert_int_equal(row_i64(nth("cells", c), "given_at"), AT(8, 20));
	assert_int_equal(row_i64(nth("cells", c), "recorded_at"), NOON);
	assert_string_equal(getz("cells", c, "delay_min"), "20");
	assert_int_equal(count("overdue"), 1);
	assert_int_equal(view("dose", "patient", "a", "no", getz("cells", c, "no"), NULL), RC_OK);
	assert_string_equal(getz("versions", 0, "status"), "completed");
	house_now(AT(18, 30));
	assert_string_equal(getz("cells", cell("m", AT(18, 0)), "state"), "due");
	house_now(AT(19, 0));
	assert_string_equal(getz("cells", cell("m", AT(18, 0)), "state"), "late");
}

static void a_dose_is_recorded_once_whoever_sends_it_and_however_often(void **s)
{
	(void)s;
	someone();
	order("m", twice_a_day());
	assert_int_equal(give("m", AT(8, 0), "form1", ""), RC_OK);
	assert_false(has("dose", 0, "again"));
	assert_int_equal(give("m", AT(8, 0), "form1", ""), RC_OK); /* the same request: the same answer */
	assert_true(has("dose", 0, "again"));
	assert_int_equal(give("m", AT(8, 0), "form2", ""), RC_CONFLICT);
	assert_why(WHY_DOSE_TAKEN);
	actor(ROLE_NURSE, 8, NULL, "u1");
	assert_int_equal(give("m", AT(8, 0), "form1", ""), RC_CONFLICT); /* another nurse's form of the same key is no repetition */
	assert_why(WHY_DOSE_TAKEN);
	assert_int_equal(act("dose_refuse", "patient", "a", "once", "form3", "line", "m", "step", "0", "planned", ms(AT(8, 0)), "nth", "0", "reason", "refused", NULL), RC_CONFLICT);
	assert_int_equal(rows_of("m"), 1);
}

static void nothing_is_given_that_the_prescription_does_not_say(void **s)
{
	(void)s;
	someone();
	order("m", twice_a_day());
	assert_int_equal(give("m", AT(8, 1), "form1", ""), RC_CONFLICT); /* no such instant */
	assert_why(WHY_DOSE_NOT_DUE);
	assert_int_equal(give("m", 0, "form2", ""), RC_CONFLICT); /* not on demand */
	assert_int_equal(give("m", AT(18, 0), "form3", ""), RC_BAD_INPUT); /* eight hours ahead */
	assert_why(WHY_DOSE_EARLY);
	assert_int_equal(give("m", AT(8, 0), "form4", "10:01"), RC_BAD_INPUT);
	assert_why(WHY_CARE_FUTURE);
	assert_int_equal(give("m", AT(8, 0), "form5", "25:00"), RC_BAD_INPUT);
	assert_why(WHY_CARE_TIME);
	assert_int_equal(give("none", AT(8, 0), "form6", ""), RC_NOT_FOUND);
	assert_int_equal(act("dose_give", "patient", "a", "once", "form7", "line", "m", "step", "0", "planned", ms(AT(8, 0)), "nth", "0", NULL), RC_BAD_INPUT); /* neither scanned nor said why */
	assert_int_equal(act("dose_give", "patient", "a", "once", "form8", "line", "m", "step", "0", "planned", ms(AT(8, 0)), "nth", "0", "reason", "urgent", "dose", "-1", NULL), RC_BAD_INPUT);
	assert_why(WHY_DOSE_AMOUNT);
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	assert_int_equal(act("dose_give", "patient", "b", "once", "form9", "line", "m", "step", "0", "planned", ms(AT(8, 0)), "nth", "0", "reason", "urgent", NULL), RC_NOT_FOUND); /* another patient's line */
	assert_int_equal(rows_of("m"), 0);
}

static void a_line_leaves_the_plan_from_its_stop_on(void **s)
{
	(void)s;
	someone();
	struct posology q = twice_a_day();
	order("m", q);
	order_as("m", &q, "stopped", "60002283"); /* at ten */
	assert_string_equal(getz("cells", cell("m", AT(8, 0)), "state"), "late");
	assert_int_equal(count("cells"), 1); /* the evening is gone */
	house_now(AT(17, 0));
	assert_int_equal(give("m", AT(18, 0), "form1", ""), RC_CONFLICT);
	assert_why(WHY_DOSE_NOT_DUE);
	assert_int_equal(give("m", AT(8, 0), "form2", "8:00"), RC_OK); /* what was due before may be told late */
}

struct opinion_job { struct db_job job; const char *opinion; int64_t at_ms; uint32_t account; };

static enum rc opinion_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct opinion_job *k = (struct opinion_job *)(void *)j;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_OPINION_ADD);
	(void)txn;
	db_bind_i64(s, 1, record_patient_rid(c, STR("a")));
	db_bind_str(s, 2, STR("m"));
	db_bind_i64(s, 3, 1);
	db_bind_str(s, 4, str_of(k->opinion));
	db_bind_i64(s, 5, k->account);
	db_bind_i64(s, 6, k->at_ms);
	db_bind_blob(s, 7, STR("x"));
	return db_run(s, p);
}

struct account_job { struct db_job job; uint32_t no; };

static enum rc account_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct account_job *k = (struct account_job *)(void *)j;
	struct account_new n = { .login = STR("pharma"), .name = STR("Pharma"), .role = ROLE_PHARMACIST, .password_hash = STR("$argon2id$x") };
	(void)txn;
	return account_add(c, &n, &k->no, p);
}

static void a_line_that_the_pharmacist_refuses_leaves_the_plan_and_one_he_accepts_says_so(void **s)
{
	(void)s;
	someone();
	order("m", twice_a_day());
	struct account_job a = { .job = { .run = account_run } };
	assert_int_equal(db_write_now(H.db, &a.job, &H.p), RC_OK);
	struct opinion_job k = { .job = { .run = opinion_run }, .opinion = "accept", .at_ms = NOON - HOUR, .account = a.no };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	(void)cell("m", AT(18, 0));
	assert_true(has("lines", 0, "verified"));
	k = (struct opinion_job){ .job = { .run = opinion_run }, .opinion = "refuse", .at_ms = NOON, .account = a.no };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	assert_int_equal(view("plan_of_care", "patient", "a", NULL), RC_OK);
	assert_true(has("lines", 0, "refused"));
	assert_false(has("lines", 0, "open"));
	assert_int_equal(count("cells"), 1);
	assert_string_equal(getz("cells", 0, "state"), "barred"); /* due at eight, before it was refused: nobody is asked to give it any more */
	assert_int_equal(count("overdue"), 0);
	assert_int_equal(view("plan_of_unit", NULL), RC_OK);
	assert_string_equal(getz("round", 0, "late"), "0");
	house_now(AT(17, 0));
	assert_int_equal(give("m", AT(18, 0), "form1", ""), RC_CONFLICT);
	assert_why(WHY_DOSE_NOT_DUE);
}

static void what_is_on_demand_keeps_the_gap_and_the_most_of_its_prescription(void **s)
{
	(void)s;
	someone();
	order("d", on_demand());
	assert_int_equal(give("d", 0, "form1", "9:00"), RC_OK);
	assert_int_equal(view("plan_of_care", "patient", "a", NULL), RC_OK);
	assert_int_equal(row_i64(nth("lines", 0), "last_at"), AT(9, 0));
	assert_int_equal(row_i64(nth("lines", 0), "next_at"), AT(15, 0));
	assert_string_equal(getz("lines", 0, "used"), "1000 mg");
	assert_int_equal(count("overdue"), 0); /* nothing on demand is ever late */
	assert_int_equal(give("d", 0, "form2", ""), RC_CONFLICT);
	assert_why(WHY_DOSE_GAP);
	assert_int_equal(give("d", 0, "form3", "4:00"), RC_CONFLICT); /* a late entry between */
	assert_why(WHY_DOSE_GAP);
	assert_int_equal(give("d", 0, "form4", "3:00"), RC_OK);
	assert_int_equal(give("d", 0, "form4", "3:00"), RC_OK); /* the same request again */
	assert_true(has("dose", 0, "again"));
	house_now(AT(15, 0));
	assert_int_equal(give("d", 0, "form5", ""), RC_OK);
	house_now(AT(21, 0));
	assert_int_equal(give("d", 0, "form6", ""), RC_CONFLICT); /* 3 g in 24 hours */
	assert_why(WHY_DOSE_MOST);
	assert_int_equal(view("plan_of_care", "patient", "a", NULL), RC_OK);
	assert_int_equal(row_i64(nth("lines", 0), "next_at"), AT(27, 0)); /* when the first of them is a day old */
	house_now(AT(27, 0));
	assert_int_equal(give("d", 0, "form7", ""), RC_OK);
	assert_int_equal(rows_of("d"), 4);
}

static void what_was_not_taken_has_its_reason_and_is_not_late(void **s)
{
	(void)s;
	someone();
	order("m", twice_a_day());
	assert_int_equal(act("dose_refuse", "patient", "a", "once", "form1", "line", "m", "step", "0", "planned", ms(AT(8, 0)), "nth", "0", "reason", "refused", "text", "dit avoir mal au cœur", NULL), RC_OK);
	unsigned c = cell("m", AT(8, 0));
	assert_string_equal(getz("cells", c, "state"), "not_done");
	assert_string_equal(getz("cells", c, "reason"), "refused");
	assert_false(has("cells", c, "delay_min"));
	assert_int_equal(count("overdue"), 1);
	assert_int_equal(view("dose", "patient", "a", "no", getz("cells", c, "no"), NULL), RC_OK);
	assert_string_equal(getz("versions", 0, "status"), "not-done");
}

static void a_correction_is_a_new_version_and_what_is_struck_out_may_be_given_again(void **s)
{
	(void)s;
	char no[24], given[24];
	someone();
	order("m", twice_a_day());
	assert_int_equal(give("m", AT(8, 0), "form1", "8:30"), RC_OK);
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	snprintf(given, sizeof given, "%s", getz("dose", 0, "given_at"));
	assert_int_equal(act("dose_correct", "patient", "a", "no", no, "state", "given", "given", given, "time", "8:05", "dose", "0,5", "reason", "typing", NULL), RC_OK);
	unsigned c = cell("m", AT(8, 0));
	assert_int_equal(row_i64(nth("cells", c), "given_at"), AT(8, 5));
	assert_string_equal(getz("cells", c, "amount"), "0,5 comprimé");
	assert_int_equal(act("dose_correct", "patient", "a", "no", no, "state", "given", "given", given, "wrong", "1", "reason", "patient", NULL), RC_CONFLICT); /* not what was looked at */
	assert_why(WHY_DOSE_STATE);
	assert_int_equal(act("dose_correct", "patient", "a", "no", no, "state", "given", "given", ms(AT(8, 5)), "wrong", "1", "reason", "patient", NULL), RC_OK);
	assert_string_equal(getz("cells", cell("m", AT(8, 0)), "state"), "late");
	assert_int_equal(give("m", AT(8, 0), "form1", "8:30"), RC_CONFLICT); /* the old form, sent by a slow network: never again */
	assert_why(WHY_DOSE_STATE);
	assert_int_equal(give("m", AT(8, 0), "form2", "9:00"), RC_OK);
	assert_int_equal(rows_of("m"), 1);
	assert_int_equal(view("dose", "patient", "a", "no", no, NULL), RC_OK);
	assert_int_equal(count("versions"), 1); /* of the administration that stands */
}

static void two_nurses_give_what_the_pharmacist_marked(void **s)
{
	(void)s;
	char no[24];
	someone();
	order("m", twice_a_day());
	assert_int_equal(act("double_check_add", "system", "cis", "code", "6000228", NULL), RC_BAD_INPUT);
	assert_int_equal(act("double_check_add", "system", "cis", "code", "60002283", NULL), RC_OK);
	assert_int_equal(act("double_check_add", "system", "cis", "code", "60002283", NULL), RC_CONFLICT);
	char ticks[64];
	snprintf(ticks, sizeof ticks, "m/0/%lld/0", (long long)AT(8, 0));
	assert_int_equal(act("doses_give", "patient", "a", "once", "r1", "ticks", ticks, "reason", "no_code", NULL), RC_BAD_INPUT);
	assert_why(WHY_DOSE_NEEDS_TWO);
	assert_int_equal(give("m", AT(8, 0), "form1", ""), RC_OK);
	assert_string_equal(getz("dose", 0, "state"), "check");
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	assert_string_equal(getz("cells", cell("m", AT(8, 0)), "state"), "check");
	assert_int_equal(act("dose_check", "patient", "a", "no", no, NULL), RC_DENIED);
	assert_why(WHY_DOSE_OWN_CHECK);
	actor(ROLE_NURSE, 8, NULL, "u1");
	house_now(AT(10, 4));
	assert_int_equal(act("dose_check", "patient", "a", "no", no, NULL), RC_OK);
	assert_int_equal(act("dose_check", "patient", "a", "no", no, NULL), RC_OK); /* again: the same answer */
	assert_true(has("dose", 0, "again"));
	unsigned c = cell("m", AT(8, 0));
	assert_string_equal(getz("cells", c, "state"), "given");
	assert_int_equal(row_i64(nth("cells", c), "given_at"), AT(10, 4));
	assert_int_equal(rows_of("m"), 1);
}

static void a_round_is_written_whole_or_not_at_all(void **s)
{
	(void)s;
	char one[64], two[64];
	someone();
	order("m", twice_a_day());
	order("n", twice_a_day());
	snprintf(one, sizeof one, "m/0/%lld/0", (long long)AT(8, 0));
	snprintf(two, sizeof two, "n/0/%lld/0", (long long)AT(8, 0));
	assert_int_equal(give("n", AT(8, 0), "form1", ""), RC_OK);
	assert_int_equal(act("doses_give", "patient", "a", "once", "r1", "ticks", one, "ticks", two, "reason", "no_code", NULL), RC_CONFLICT);
	assert_why(WHY_DOSE_TAKEN);
	assert_int_equal(rows_of("m"), 0);
	assert_int_equal(act("doses_give", "patient", "a", "once", "r1", "ticks", one, "reason", "no_code", NULL), RC_OK);
	assert_int_equal(act("doses_give", "patient", "a", "once", "r1", "ticks", one, "reason", "no_code", NULL), RC_OK);
	assert_true(has("dose", 0, "again"));
	snprintf(two, sizeof two, "m/0/%lld/0", (long long)(AT(18, 0) - DAY));
	snprintf(one, sizeof one, "m/0/%lld/0", (long long)(AT(8, 0) - DAY));
	assert_int_equal(act("doses_give", "patient", "a", "once", "r4", "ticks", one, "ticks", two, "reason", "no_code", NULL), RC_BAD_INPUT); /* one medicine twice at once */
	assert_why(WHY_DOSE_ROUND);
	assert_int_equal(act("doses_give", "patient", "a", "once", "r2", "ticks", "m/0/x/0", "reason", "no_code", NULL), RC_BAD_INPUT);
	assert_int_equal(act("doses_give", "patient", "a", "once", "r3", "reason", "no_code", NULL), RC_BAD_INPUT);
	assert_why(WHY_DOSE_NONE);
	assert_int_equal(rows_of("m"), 1);
}

static void an_infusion_runs_until_it_is_stopped(void **s)
{
	(void)s;
	char no[24];
	someone();
	order("i", infusion());
	assert_int_equal(give("i", AT(8, 0), "form1", "8:10"), RC_OK);
	assert_string_equal(getz("dose", 0, "state"), "running");
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	assert_string_equal(getz("cells", cell("i", AT(8, 0)), "state"), "running");
	assert_int_equal(act("infusion_stop", "patient", "a", "no", no, "time", "8:00", NULL), RC_BAD_INPUT);
	assert_int_equal(act("infusion_stop", "patient", "a", "no", no, "time", "9:30", NULL), RC_OK);
	assert_int_equal(act("infusion_stop", "patient", "a", "no", no, "time", "9:30", NULL), RC_OK);
	assert_int_equal(act("infusion_stop", "patient", "a", "no", no, "time", "9:40", NULL), RC_CONFLICT);
	unsigned c = cell("i", AT(8, 0));
	assert_string_equal(getz("cells", c, "state"), "given");
	assert_int_equal(row_i64(nth("cells", c), "end_at"), AT(9, 30));
}

static enum rc scan(const char *line, const char *once, const char *text)
{
	return act("dose_give", "patient", "a", "once", once, "line", line, "step", "0", "planned", ms(AT(8, 0)), "nth", "0", "scan", text, NULL);
}

static void a_box_is_held_against_its_line(void **s)
{
	(void)s;
	char at[600];
	someone();
	order("m", twice_a_day());
	assert_int_equal(scan("m", "f1", "3400949497294"), RC_BAD_INPUT);
	assert_why(WHY_GS1_UNREADABLE);
	snprintf(at, sizeof at, "%s/data/medicaments", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".");
	drug_folder(at);
	assert_int_equal(scan("m", "f2", "0104012345678901"), RC_BAD_INPUT);
	assert_why(WHY_DOSE_UNKNOWN_DRUG);
	assert_int_equal(scan("m", "f3", "01034009494972941725103110A1"), RC_BAD_INPUT); /* its own box, expired last October */
	assert_why(WHY_DOSE_EXPIRED);
	const struct drug *other = NULL;
	for (const struct drug *d = drug_next(drug_base(&H.p), NULL); d && !other; d = drug_next(drug_base(&H.p), d))
		if (d->cis != 60002283 && d->n_packs && !d->group_no && str_starts(d->pack[0].cip13, STR("3400")))
			other = d;
	assert_non_null(other);
	char code[40];
	snprintf(code, sizeof code, "010%.13s", other->pack[0].cip13.p);
	assert_int_equal(scan("m", "f4", code), RC_BAD_INPUT);
	assert_why(WHY_DOSE_OTHER_DRUG);
	assert_int_equal(scan("m", "f5", "]d201034009494972941728103110A1"), RC_OK);
	unsigned c = cell("m", AT(8, 0));
	assert_true(has("cells", c, "scanned"));
	assert_string_equal(getz("cells", c, "lot"), "A1");
}

static enum rc with_wristband(const char *once, const char *wristband)
{
	return act("dose_give", "patient", "a", "once", once, "line", "m", "step", "0", "planned", ms(AT(8, 0)), "nth", "0", "time", "8:05", "reason", "no_code", "wristband", wristband, NULL);
}

static void another_patients_wristband_is_refused_and_nothing_is_written(void **s)
{
	(void)s;
	char ticks[64], no[24];
	someone();
	put("{\"resourceType\":\"Patient\",\"id\":\"a\",\"identifier\":[{\"system\":\"" HOSPITAL_IPP_SYSTEM "\",\"value\":\"8000123\"}],\"name\":[{\"family\":\"Durand\",\"given\":[\"Marie\"]}],\"birthDate\":\"1957-02-14\",\"gender\":\"female\"}");
	order("m", twice_a_day());
	snprintf(ticks, sizeof ticks, "m/0/%lld/0", (long long)AT(8, 0));
	static const char *const OTHERS[] = { "8000124", "800012", "80001234", "]d1", "]d18000124", "3400949497294" };
	for (unsigned i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
		assert_int_equal(with_wristband("form1", OTHERS[i]), RC_BAD_INPUT);
		assert_why(WHY_DOSE_OTHER_PATIENT);
		assert_int_equal(act("doses_give", "patient", "a", "once", "round1", "ticks", ticks, "reason", "no_code", "wristband", OTHERS[i], NULL), RC_BAD_INPUT);
		assert_why(WHY_DOSE_OTHER_PATIENT);
	}
	assert_string_equal(getz("cells", cell("m", AT(8, 0)), "no"), "");
	assert_int_equal(with_wristband("form1", "]d18000123"), RC_OK);
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	assert_int_equal(view("dose", "patient", "a", "no", no, NULL), RC_OK);
	assert_string_equal(getz("versions", 0, "wristband"), "1");
}

struct clock_job { struct db_job job; const char *unit; int64_t minute; uint32_t account; };

static enum rc clock_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct clock_job *k = (struct clock_job *)(void *)j;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CLOCK_PUT);
	(void)txn;
	db_bind_str(s, 1, str_of(k->unit));
	db_bind_i64(s, 2, 20000);
	db_bind_str(s, 3, STR("MORN"));
	db_bind_i64(s, 4, k->minute);
	db_bind_i64(s, 5, k->account);
	db_bind_i64(s, 6, NOON);
	return db_run(s, p);
}

static void a_move_to_a_unit_with_other_hours_makes_no_second_morning(void **s)
{
	(void)s;
	someone();
	order("m", twice_a_day());
	struct account_job a = { .job = { .run = account_run } };
	assert_int_equal(db_write_now(H.db, &a.job, &H.p), RC_OK);
	struct clock_job k = { .job = { .run = clock_run }, .unit = "u2", .minute = 9 * 60, .account = a.no };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	assert_int_equal(give("m", AT(8, 0), "form1", ""), RC_OK);
	encounter("e", "a", "u2", NULL, "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	actor(ROLE_NURSE, 8, NULL, "u2");
	assert_int_equal(view("plan_of_care", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("overdue"), 1); /* yesterday's evening */
	assert_string_equal(getz("cells", 0, "state"), "given");
	assert_int_equal(give("m", AT(9, 0), "form2", ""), RC_CONFLICT);
	assert_why(WHY_DOSE_TAKEN);
	assert_int_equal(rows_of("m"), 1);
}

static void a_line_without_planned_times_says_so_and_takes_what_is_given(void **s)
{
	(void)s;
	someone();
	put("{\"resourceType\":\"MedicationRequest\",\"id\":\"w\",\"status\":\"active\",\"intent\":\"order\",\"medicationCodeableConcept\":{\"text\":\"essai\"},\"subject\":{\"reference\":\"Patient/a\"},"
		"\"authoredOn\":\"2026-11-17T08:00:00+01:00\",\"dosageInstruction\":[{\"text\":\"1 un jour sur deux\"}]}");
	assert_int_equal(view("plan_of_care", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("lines", 0, "kind"), "unplanned");
	assert_int_equal(count("cells"), 0);
	assert_int_equal(view("plan_of_unit", NULL), RC_OK);
	assert_string_equal(getz("round", 0, "unplanned"), "1");
	assert_int_equal(act("dose_give", "patient", "a", "once", "f1", "line", "w", "planned", "0", "dose", "une demi-dose", "reason", "no_code", NULL), RC_OK);
	assert_int_equal(view("dose", "patient", "a", "no", getz("dose", 0, "no"), NULL), RC_OK);
	assert_true(rows_hold("une demi-dose"));
	assert_int_equal(rows_of("w"), 1);
}

static void the_units_round_counts_and_names_no_medicine(void **s)
{
	(void)s;
	someone();
	order("m", twice_a_day());
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	encounter("f", "b", "u2", NULL, "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_int_equal(view("plan_of_unit", NULL), RC_OK);
	assert_int_equal(count("round"), 1);
	assert_string_equal(getz("round", 0, "id"), "a");
	assert_string_equal(getz("round", 0, "late"), "2");
	assert_string_equal(getz("round", 0, "due"), "0");
	assert_int_equal(row_i64(nth("round", 0), "next_at"), AT(18, 0));
	assert_false(rows_hold("paracétamol"));
	assert_false(rows_hold("Martin"));
	/* whom only the reader's own word joins to the unit has no name */
	encounter_as(7, "g", "b", "u1", NULL, "in-progress", "2026-11-18T08:00:00+01:00", NULL);
	assert_int_equal(view("plan_of_unit", NULL), RC_OK);
	assert_int_equal(count("round"), 2);
	assert_false(rows_hold("Martin"));
}

/* Of the whole stock, from the base itself. */
static int64_t in_base(const char *sql)
{
	sqlite3 *raw;
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_open_v2(H.path, &raw, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(raw);
	return n;
}

static int64_t movements(void)
{
	return in_base("SELECT count(*) FROM stock_movement");
}

static int64_t on_shelf(void)
{
	return in_base("SELECT coalesce(sum(b.quantity), 0) FROM stock_balance b JOIN stock_account a ON a.no = b.account WHERE a.kind = 'ward'");
}

static int64_t short_of(void)
{
	return in_base("SELECT coalesce(sum(quantity), 0) FROM stock_shortage WHERE settled_ms IS NULL");
}

static enum rc correct(const char *no, const char *dose)
{
	char given[24];
	snprintf(given, sizeof given, "%lld", (long long)in_base("SELECT given_ms FROM dose ORDER BY no DESC LIMIT 1"));
	return act("dose_correct", "patient", "a", "no", no, "state", "given", "given", given, "dose", dose, "reason", "typing", NULL);
}

/* The books follow what was given at last, whatever was written first; and every product sums to nothing. */
static void a_corrected_amount_is_drawn_again_or_comes_back(void **s)
{
	(void)s;
	char no[24], store[24];
	if (test_base_is_server())
		return; /* what is counted is read from the file */
	someone();
	order("m", twice_a_day());
	actor(ROLE_PHARMACIST, 20, NULL, "u1");
	assert_int_equal(act("stock_store_add", "label", "PH", "kind", "ward", "unit", "u1", NULL), RC_OK);
	snprintf(store, sizeof store, "%lld", (long long)in_base("SELECT no FROM stock_account WHERE kind = 'ward'"));
	assert_int_equal(act("stock_product_set", "cis", "60002283", "counted", "tablet", NULL), RC_OK);
	assert_int_equal(act("stock_receive", "key", "in", "store", store, "cis", "60002283", "number", "A1", "expires", "2028-01-31", "quantity", "3", "amount", "300", "source", "delivery", NULL), RC_OK);
	actor(ROLE_NURSE, 7, NULL, "u1");
	assert_int_equal(give("m", AT(8, 0), "form1", ""), RC_OK);
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	assert_int_equal(on_shelf(), 2000);
	static const struct { const char *dose; int64_t shelf, missing; } STEP[] = {
		{ "2", 1000, 0 }, { "2", 1000, 0 }, { "0,5", 2500, 0 }, { "5", 0, 2000 }, { "4", 0, 1000 }, { "2", 1000, 0 }, { "5", 0, 2000 },
	};
	for (size_t i = 0; i < sizeof STEP / sizeof STEP[0]; i++) {
		assert_int_equal(correct(no, STEP[i].dose), RC_OK);
		assert_int_equal(on_shelf(), STEP[i].shelf);
		assert_int_equal(short_of(), STEP[i].missing);
		assert_int_equal(in_base("SELECT count(*) FROM (SELECT lot FROM stock_balance GROUP BY lot HAVING sum(quantity) <> 0)"), 0);
	}
	assert_int_equal(act("dose_correct", "patient", "a", "no", no, "state", "given", "given", ms(in_base("SELECT given_ms FROM dose ORDER BY no DESC LIMIT 1")), "wrong", "1", "reason", "typing", NULL), RC_OK);
	assert_int_equal(on_shelf(), 3000);
	assert_int_equal(short_of(), 0);
	assert_int_equal(in_base("SELECT count(*) FROM stock_balance b JOIN stock_account a ON a.no = b.account WHERE a.kind IN ('patient', 'discrepancy') AND b.quantity <> 0"), 0);
}

static void a_dose_is_drawn_on_the_stock_and_comes_back_when_it_is_struck_out(void **s)
{
	(void)s;
	char no[24], given[24];
	if (test_base_is_server())
		return; /* what is counted is read from the file */
	someone();
	order("m", twice_a_day());
	order("d", on_demand());
	assert_int_equal(give("m", AT(8, 0), "form1", ""), RC_OK); /* no store has it: it is given all the same, and told */
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	snprintf(given, sizeof given, "%s", getz("dose", 0, "given_at"));
	assert_int_equal(give("m", AT(8, 0), "form1", ""), RC_OK);
	assert_int_equal(give("d", 0, "form2", ""), RC_OK); /* in mg: how many units held it is not said */
	actor(ROLE_PHARMACIST, 20, NULL, "u1");
	assert_int_equal(view("stock_shortages", NULL), RC_OK);
	assert_int_equal(count("shortages"), 1);
	assert_string_equal(getz("shortages", 0, "milli"), "1000");
	assert_int_equal(movements(), 1);
	actor(ROLE_NURSE, 7, NULL, "u1");
	assert_int_equal(act("dose_correct", "patient", "a", "no", no, "state", "given", "given", given, "wrong", "1", "reason", "typing", NULL), RC_OK);
	assert_int_equal(movements(), 2);
}

/* Asked: the plan of a ward of thirty beds within 30 ms. Printed, not asserted: the machine may be busy. */
static void the_time_of_a_ward_of_thirty_is_printed(void **s)
{
	(void)s;
	enum { PEOPLE = 30, LINES = 8, TURNS = 20 };
	uint64_t unit[TURNS], worst = 0;
	for (unsigned i = 0; i < PEOPLE; i++) {
		char who[16], stay[16], id[24];
		snprintf(who, sizeof who, "w%02u", i);
		snprintf(stay, sizeof stay, "s%02u", i);
		patient(who, "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
		encounter(stay, who, "u1", NULL, "in-progress", "2026-11-10T08:00:00+01:00", NULL);
		for (unsigned k = 0; k < LINES; k++) {
			struct posology q = k % 4 == 3 ? on_demand() : twice_a_day();
			snprintf(id, sizeof id, "l%02u-%u", i, k);
			assert_int_equal(posology_check(&q, &H.p), RC_OK);
			order_of(who, id, &q, "active", "60002283");
		}
	}
	actor(ROLE_NURSE, 7, NULL, "u1");
	for (unsigned t = 0; t < TURNS; t++) {
		uint64_t from = clock_ns();
		assert_int_equal(view("plan_of_unit", NULL), RC_OK);
		unit[t] = clock_ns() - from;
		assert_int_equal(count("round"), PEOPLE);
		from = clock_ns();
		assert_int_equal(view("plan_of_care", "patient", "w07", NULL), RC_OK);
		worst = clock_ns() - from > worst ? clock_ns() - from : worst;
		assert_int_equal(count("lines"), LINES);
	}
	for (unsigned i = 1; i < TURNS; i++)
		for (unsigned k = i; k > 0 && unit[k - 1] > unit[k]; k--) {
			uint64_t swap = unit[k];
			unit[k] = unit[k - 1];
			unit[k - 1] = swap;
		}
	print_message("# plan of %d people of %d lines each: %.1f ms in the median, %.1f at worst; grid of one of them %.1f ms at worst\n", PEOPLE, LINES, (double)unit[TURNS / 2] / 1e6, (double)unit[TURNS - 1] / 1e6, (double)worst / 1e6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_corrected_amount_is_drawn_again_or_comes_back),
		HOUSE_TEST(a_dose_is_drawn_on_the_stock_and_comes_back_when_it_is_struck_out),
		HOUSE_TEST(what_is_due_is_shown_with_its_state_and_what_was_given_with_three_times),
		HOUSE_TEST(a_dose_is_recorded_once_whoever_sends_it_and_however_often),
		HOUSE_TEST(nothing_is_given_that_the_prescription_does_not_say),
		HOUSE_TEST(a_line_leaves_the_plan_from_its_stop_on),
		HOUSE_TEST(a_line_that_the_pharmacist_refuses_leaves_the_plan_and_one_he_accepts_says_so),
		HOUSE_TEST(what_is_on_demand_keeps_the_gap_and_the_most_of_its_prescription),
		HOUSE_TEST(what_was_not_taken_has_its_reason_and_is_not_late),
		HOUSE_TEST(a_correction_is_a_new_version_and_what_is_struck_out_may_be_given_again),
		HOUSE_TEST(two_nurses_give_what_the_pharmacist_marked),
		HOUSE_TEST(a_round_is_written_whole_or_not_at_all),
		HOUSE_TEST(an_infusion_runs_until_it_is_stopped),
		HOUSE_TEST(a_box_is_held_against_its_line),
		HOUSE_TEST(another_patients_wristband_is_refused_and_nothing_is_written),
		HOUSE_TEST(a_move_to_a_unit_with_other_hours_makes_no_second_morning),
		HOUSE_TEST(a_line_without_planned_times_says_so_and_takes_what_is_given),
		HOUSE_TEST(the_units_round_counts_and_names_no_medicine),
		HOUSE_TEST(the_time_of_a_ward_of_thirty_is_printed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
