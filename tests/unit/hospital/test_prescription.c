/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/prescription*.c: the basket, what is checked, one signature, the pharmacist, the house's tables; and two who prescribe at once. */
#include "ward_house.h"

/* ---- the basket ---- */

static void a_line_is_kept_as_it_was_typed_and_a_form_sent_twice_adds_one(void **s)
{
	(void)s;
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin soir"), RC_OK);
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin soir"), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "lab", "what", "NFS, ionogramme", "note", "à jeun", "urgent", "1", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 2);
	assert_string_equal(getz("lines", 0, "dci"), "paracétamol");
	assert_string_equal(getz("lines", 0, "dosage"), "1 comprimé, voie orale, le matin et le soir");
	assert_string_equal(getz("lines", 1, "what"), "NFS, ionogramme");
	assert_string_equal(getz("lines", 1, "urgent"), "1");
	/* another prescriber, another patient: nothing of it */
	as_other();
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 0);
	as_doctor();
	assert_int_equal(view("order_basket", "patient", "b", NULL), RC_OK);
	assert_int_equal(count("lines"), 0);
}

static void what_is_wrong_is_said_beside_each_field(void **s)
{
	(void)s;
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1,000 cp", "matin bidule"), RC_BAD_INPUT);
	struct str issues = buf_view(&H.issues.out);
	bool dose = false, take = false;
	for (struct row r = rows_first(issues, "issues"); row_is(r); r = rows_next(r)) {
		dose = dose || (str_eq(row_get(r, "where"), "dose") && str_eq(row_get(r, "why"), "POSOLOGY_THREE"));
		take = take || (str_eq(row_get(r, "where"), "take") && str_eq(row_get(r, "why"), "POSOLOGY_TAKE"));
	}
	assert_true(dose && take);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "drug", "cis", "11111111", "how", "once", "dose", "1 g", NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_DRUG);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0003", "kind", "lab", "what", "  ", NULL), RC_BAD_INPUT);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 0);
}

static void a_line_is_taken_out_by_who_wrote_it_only(void **s)
{
	(void)s;
	char no[24];
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	snprintf(no, sizeof no, "%s", getz("line", 0, "no"));
	as_other();
	assert_int_equal(act("order_drop", "patient", "a", "no", no, NULL), RC_OK);
	as_doctor();
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 1);
	assert_int_equal(act("order_drop", "patient", "a", "no", no, NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 0);
}

/* ---- checks ---- */

static void checks_say_what_they_found_and_what_they_could_not_do(void **s)
{
	(void)s;
	assert_int_equal(put_drug("form-0001", "coumadine", "1 cp", "soir"), RC_OK);
	assert_int_equal(put_drug("form-0002", "amiodarone", "1 cp", "matin"), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_true(alert_of("interaction", NULL));
	unsigned i = row_with("alerts", "rule", "interaction");
	assert_true(has("alerts", i, "edition_on") && str_eq(get("alerts", i, "source"), "ANSM") && str_eq(get("alerts", i, "fresh"), "1"));
	assert_true(unrun_of("allergy", "allergies_not_recorded"));
	static const char *const EMPTY[] = { "dose_once", "dose_day", "renal", "pregnancy", "breastfeeding", "high_risk" };
	for (size_t k = 0; k < N_OF(EMPTY); k++)
		assert_true(unrun_of(EMPTY[k], "not_provided"));
}

static void an_allergy_is_met_by_substance_and_by_class_and_an_unknown_one_is_said(void **s)
{
	(void)s;
	allergic_to("g1", "Amoxicilline", "low");
	allergic_to("g2", "Pollux imaginaire", "low");
	assert_int_equal(put_drug("form-0001", "amoxicilline 500 gelule", "1 gélule", "matin soir"), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "drug", "cis", "60251352", "how", "once", "dose", "1 g", "route", "intraveineuse", NULL), RC_OK); /* pipéracilline, J01CA12 */
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_true(alert_of("allergy", "3"));
	assert_true(alert_of("allergy_class", "3"));
	assert_string_equal(getz("alerts", row_with("alerts", "rule", "allergy_class"), "derived"), "1");
	assert_true(unrun_of("allergy", "allergy_unknown"));
	assert_false(unrun_of("allergy", "allergies_not_recorded"));
}

static void the_same_substance_twice_asks_for_a_reason_and_a_high_allergy_forbids(void **s)
{
	(void)s;
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(put_drug("form-0002", "efferalgan 500", "1 cp", "soir"), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_true(alert_of("double", "3"));
	assert_int_equal(sign("sign-0001", NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_REASON);
	allergic_to("g1", "Paracétamol", "high");
	assert_int_equal(sign("sign-0001", "benefit"), RC_BAD_INPUT);
	assert_why(WHY_ORDER_STOPPED);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("orders"), 0);
}

/* ---- signature ---- */

static void one_signature_writes_every_line_once(void **s)
{
	(void)s;
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin soir"), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "imaging", "what", "Radiographie du thorax", NULL), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0003", "kind", "diet", "what", "Sans sel", NULL), RC_OK);
	char seen[40];
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	snprintf(seen, sizeof seen, "%s", getz("basket", 0, "seen"));
	assert_int_equal(act("prescription_sign", "patient", "a", "form", "sign-0001", "seen", seen, NULL), RC_OK);
	assert_string_equal(getz("signed", 0, "lines"), "3");
	assert_int_equal(act("prescription_sign", "patient", "a", "form", "sign-0001", "seen", seen, NULL), RC_OK);
	assert_string_equal(getz("signed", 0, "again"), "1");
	assert_int_equal(act("prescription_sign", "patient", "a", "form", "sign-0002", "seen", seen, NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_EMPTY);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("orders"), 1);
	assert_int_equal(count("others"), 2);
	assert_string_equal(getz("orders", 0, "dci"), "paracétamol");
	assert_string_equal(getz("orders", 0, "dosage"), "1 comprimé, voie orale, le matin et le soir");
	assert_string_equal(getz("orders", 0, "status"), "active");
	/* and the FHIR that was written is FHIR by which others can plan */
	struct item it;
	struct posology q;
	bool found;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(item_find(H.c, &H.arena, "MedicationRequest", get("orders", 0, "id"), &found, &it, &H.p), RC_OK);
	assert_true(found);
	assert_true(str_eq(text_at(it.body, "encounter.reference"), "Encounter/e") && str_eq(text_at(it.body, "requester.reference"), "Practitioner/p1"));
	assert_true(str_starts(text_at(it.body, "medicationCodeableConcept.text"), STR("paracétamol")));
	assert_int_equal(posology_read(json_get(it.body, "dosageInstruction"), &q, &H.p), RC_OK);
	assert_int_equal(q.step[0].n_takes, 2);
	db_end(H.c);
}

static void two_who_sign_at_once_the_second_sees_the_firsts_lines_before_his_are_signed(void **s)
{
	(void)s;
	char mine[40], his[40];
	assert_int_equal(put_drug("form-0001", "coumadine", "1 cp", "soir"), RC_OK);
	as_other();
	assert_int_equal(put_drug("form-0001", "amiodarone", "1 cp", "matin"), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	snprintf(his, sizeof his, "%s", getz("basket", 0, "seen"));
	assert_false(alert_of("interaction", NULL));
	as_doctor();
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	snprintf(mine, sizeof mine, "%s", getz("basket", 0, "seen"));
	assert_int_equal(act("prescription_sign", "patient", "a", "form", "sign-0001", "seen", mine, NULL), RC_OK);
	as_other();
	assert_int_equal(act("prescription_sign", "patient", "a", "form", "sign-0001", "seen", his, NULL), RC_CONFLICT);
	assert_why(WHY_ORDER_STALE);
	/* nothing was lost, and now he is told */
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 1);
	assert_true(alert_of("interaction", NULL));
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("orders"), 1);
}

static void an_allergy_written_meanwhile_is_seen_before_the_signature(void **s)
{
	(void)s;
	char seen[40];
	assert_int_equal(put_drug("form-0001", "amoxicilline 500 gelule", "1 gélule", "matin"), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	snprintf(seen, sizeof seen, "%s", getz("basket", 0, "seen"));
	allergic_to("g1", "Amoxicilline", "low");
	assert_int_equal(act("prescription_sign", "patient", "a", "form", "sign-0001", "seen", seen, "reason", "benefit", NULL), RC_CONFLICT);
	assert_why(WHY_ORDER_STALE);
}

static void a_reason_is_kept_counted_and_holds_for_the_stay(void **s)
{
	(void)s;
	allergic_to("g1", "Amoxicilline", "low");
	assert_int_equal(put_drug("form-0001", "amoxicilline 500 gelule", "1 gélule", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_REASON);
	assert_int_equal(sign("sign-0001", "tolerated"), RC_OK);
	/* again, in this stay: not asked any more for the allergy */
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "drug", "cis", cis("amoxicilline 500 gelule"), "how", "once", "dose", "1 gélule", "route", "orale", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	unsigned i = row_with("alerts", "rule", "allergy");
	assert_string_equal(getz("alerts", i, "reason"), "tolerated");
	/* the line is taken out because of the other alert: it counts as heeded */
	assert_int_equal(act("order_drop", "patient", "a", "no", getz("lines", 0, "no"), NULL), RC_OK);
	assert_int_equal(view("order_rules", NULL), RC_OK);
	i = row_with("rates", "rule", "allergy");
	assert_string_equal(getz("rates", i, "met"), "1");
	assert_string_equal(getz("rates", i, "overridden"), "1");
	i = row_with("rates", "rule", "double");
	assert_string_equal(getz("rates", i, "met"), "1");
	assert_string_equal(getz("rates", i, "overridden"), "0");
}

static void a_name_is_needed_to_sign(void **s)
{
	(void)s;
	actor(ROLE_PHYSICIAN, doctor, NULL, "u1");
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", NULL), RC_CONFLICT);
	assert_why(WHY_ORDER_NO_NAME);
}

/* ---- stop, modify, renew ---- */

static void one_is_stopped_once_and_by_the_version_that_was_seen(void **s)
{
	(void)s;
	char id[80];
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", NULL), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	snprintf(id, sizeof id, "%s", getz("orders", 0, "id"));
	assert_int_equal(act("order_stop", "patient", "a", "id", id, "version", "9", "reason", "done", NULL), RC_CONFLICT);
	assert_why(WHY_ORDER_CHANGED);
	assert_int_equal(act("order_stop", "patient", "b", "id", id, "version", "1", "reason", "done", NULL), RC_NOT_FOUND);
	assert_int_equal(act("order_stop", "patient", "a", "id", id, "version", "1", "reason", "adverse", NULL), RC_OK);
	assert_int_equal(act("order_stop", "patient", "a", "id", id, "version", "2", "reason", "done", NULL), RC_CONFLICT);
	assert_why(WHY_ORDER_ENDED);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("orders"), 0);
	assert_string_equal(getz("orders_page", 0, "ended"), "1");
	assert_int_equal(view("order_list", "patient", "a", "all", "1", NULL), RC_OK);
	assert_string_equal(getz("orders", 0, "status"), "stopped");
	assert_string_equal(getz("orders", 0, "reason"), "adverse");
}

static void a_modification_takes_the_place_of_what_it_replaces_and_says_so(void **s)
{
	(void)s;
	char id[80];
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", NULL), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	snprintf(id, sizeof id, "%s", getz("orders", 0, "id"));
	assert_int_equal(view("order_basket", "patient", "a", "replaces", id, NULL), RC_OK);
	assert_string_equal(getz("again", 0, "take"), "MORN");
	assert_string_equal(getz("again", 0, "dose"), "1");
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "drug", "cis", cis("doliprane 500"), "replaces", id, "how", "moments", "dose", "2 cp", "take", "matin", "route", "orale", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_false(alert_of("double", NULL)); /* it is not given beside the one that it replaces */
	assert_int_equal(sign("sign-0002", NULL), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", "all", "1", NULL), RC_OK);
	assert_int_equal(count("orders"), 2);
	unsigned now = row_with("orders", "status", "active"), was = row_with("orders", "status", "stopped");
	assert_string_equal(getz("orders", now, "replaces"), id);
	assert_string_equal(getz("orders", was, "id"), id);
	assert_string_equal(getz("orders", was, "reason"), "changed");
}

static void what_was_stopped_meanwhile_is_not_replaced_and_the_line_can_be_taken_out(void **s)
{
	(void)s;
	char id[80], line[24];
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", NULL), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	snprintf(id, sizeof id, "%s", getz("orders", 0, "id"));
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "drug", "cis", cis("doliprane 500"), "replaces", id, "how", "moments", "dose", "2 cp", "take", "matin", "route", "orale", NULL), RC_OK);
	snprintf(line, sizeof line, "%s", getz("line", 0, "no"));
	as_other();
	assert_int_equal(act("order_stop", "patient", "a", "id", id, "version", "1", "reason", "adverse", NULL), RC_OK);
	as_doctor();
	assert_int_equal(sign("sign-0002", NULL), RC_CONFLICT);
	assert_why(WHY_ORDER_ENDED);
	assert_int_equal(act("order_drop", "patient", "a", "no", line, NULL), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", "all", "1", NULL), RC_OK);
	assert_int_equal(count("orders"), 1);
	assert_string_equal(getz("orders", 0, "reason"), "adverse");
}

static void a_chart_is_renewed_in_two_actions_each_line_beginning_where_it_ended(void **s)
{
	(void)s;
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0001", "kind", "drug", "cis", cis("doliprane 500"), "how", "moments", "dose", "", "unit", "{comprime}", "take", "2-0-1", "during", "3 j", "route", "orale", NULL), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "drug", "cis", cis("bisoprolol"), "how", "moments", "dose", "1 cp", "take", "matin", "route", "orale", NULL), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0003", "kind", "drug", "cis", cis("tramadol 50 gelule"), "how", "every", "dose", "1 gélule", "every", "8 h", "start", "14h", "during", "2 j", "route", "orale", NULL), RC_OK);
	assert_int_equal(sign("sign-0001", "benefit"), RC_OK);
	house_now(NOON + DAY);
	assert_int_equal(act("order_renew", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("renewed", 0, "n"), "2");
	assert_int_equal(act("order_renew", "patient", "a", NULL), RC_OK); /* twice adds nothing */
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 2);
	assert_int_equal(row_i64(nth("lines", row_with("lines", "dci", "paracétamol")), "start_at"), NOON + 3 * DAY);
	assert_int_equal(sign("sign-0002", "benefit"), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("orders"), 5);
	/* a renewal is not told to be the same substance twice; and no dose is planned twice */
	assert_int_equal(view("order_checks", "patient", "a", NULL), RC_OK);
	assert_false(alert_of("double", NULL));
	struct orders *o = ARENA_NEW(&H.arena, struct orders);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(orders_active(H.c, &H.arena, STR("a"), H.now_ms, o, &H.p), RC_OK);
	db_end(H.c);
	size_t n = 0;
	for (size_t i = 0; i < o->n; i++) {
		struct posology_due at[50];
		if (o->at[i].drug && str_eq(o->at[i].drug->dci, "paracétamol"))
			n += posology_times(o->at[i].posology, NULL, 0, NOON, NOON + 30 * DAY, at, 50);
	}
	assert_int_equal(n, 12);
	/* what ran out by itself stands no more, and nobody had to stop it */
	house_now(NOON + 4 * DAY);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("orders"), 3);
	assert_int_equal(view("order_list", "patient", "a", "all", "1", NULL), RC_OK);
	assert_int_equal(count("orders"), 5);
	assert_true(any_row("orders", "over", "1"));
	/* the next signature files it away */
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0009", "kind", "lab", "what", "NFS", NULL), RC_OK);
	assert_int_equal(sign("sign-0009", NULL), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", "all", "1", NULL), RC_OK);
	assert_false(any_row("orders", "over", "1"));
	assert_true(any_row("orders", "status", "completed"));
}

static void a_draft_that_says_tomorrow_means_the_day_after_it_was_written(void **s)
{
	(void)s;
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0001", "kind", "drug", "cis", cis("doliprane 500"), "how", "moments", "dose", "1 cp", "take", "8h", "start", "demain 8h", "route", "orale", NULL), RC_OK);
	house_now(NOON + 6 * HOUR);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_int_equal(row_i64(nth("lines", 0), "start_at"), NOON + 22 * HOUR);
	house_now(NOON + 3 * DAY);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("lines", 0, "unreadable"), "1");
	assert_int_equal(sign("sign-0001", NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_UNREADABLE);
}

/* ---- the pharmacist ---- */

static void a_signature_reaches_the_pharmacy_and_its_task_explains_the_opening(void **s)
{
	(void)s;
	struct fact f;
	as_pharmacist();
	assert_int_equal(act("order_pharmacy_set", "unit", "", NULL), RC_OK);
	as_doctor();
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(put_drug("form-0002", "bisoprolol", "1 cp", "matin"), RC_OK);
	as_pharmacist();
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_false(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f));
	db_end(H.c);
	as_doctor();
	assert_int_equal(sign("sign-0001", "benefit"), RC_OK);
	as_pharmacist();
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_true(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f));
	assert_int_equal(f.kind, FACT_ASKED);
	assert_int_equal(f.made_by, doctor);
	db_end(H.c);
	assert_int_equal(view("order_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 1);
	assert_string_equal(getz("queue", 0, "lines"), "2");
	assert_true(has("queue", 0, "name"));
}

/* Nobody has said which pharmacy: each pharmacist of the establishment has it in his queue and may open; a colleague of his unit, and the pharmacist of another house, may not. */
static void without_a_pharmacy_each_pharmacist_of_the_establishment_has_it(void **s)
{
	(void)s;
	struct fact f;
	char id[80];
	struct str elsewhere[] = { STR("u2") };
	struct account_job k = { .job = { .run = account_run }, .n = { .login = STR("ph.deux"), .name = STR("ph.deux"), .role = ROLE_PHARMACIST, .practitioner = STR("p2"), .units = elsewhere, .n_units = 1, .password_hash = STR("$argon2id$x") } };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	uint32_t here = add("ph.trois", ROLE_PHARMACIST, "p3");
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", "benefit"), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_true(has("orders_page", 0, "pharmacy"));
	actor(ROLE_PHARMACIST, here, "p3", "u2");
	assert_int_equal(view("order_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 1);
	assert_true(has("queue", 0, "name"));
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_true(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f));
	assert_int_equal(f.kind, FACT_ASKED);
	db_end(H.c);
	actor(ROLE_NURSE, 7, NULL, "u2");
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_false(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f));
	db_end(H.c);
	as_pharmacist(); /* is no Practitioner: it waits for him, nothing joins him */
	assert_int_equal(view("order_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 1);
	assert_false(has("queue", 0, "name"));
	actor(ROLE_PHARMACIST, k.no, "p2", "u2");
	assert_int_equal(view("order_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 0);
	/* the opinion of one empties the queue of all */
	actor(ROLE_PHARMACIST, here, "p3", "u2");
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	snprintf(id, sizeof id, "%s", getz("orders", 0, "id"));
	assert_int_equal(act("order_opinion", "patient", "a", "id", id, "version", "1", "opinion", "accept", NULL), RC_OK);
	as_pharmacist();
	assert_int_equal(view("order_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 0);
}

static void an_opinion_is_on_a_version_and_the_last_one_empties_the_queue(void **s)
{
	(void)s;
	char id[2][80];
	as_pharmacist();
	assert_int_equal(act("order_pharmacy_set", "unit", "", NULL), RC_OK);
	as_doctor();
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(put_drug("form-0002", "bisoprolol", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", "benefit"), RC_OK);
	as_pharmacist();
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	for (unsigned i = 0; i < 2; i++)
		snprintf(id[i], sizeof id[i], "%s", getz("orders", i, "id"));
	assert_int_equal(act("order_opinion", "patient", "a", "id", id[0], "version", "1", "opinion", "refuse", NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_OPINION);
	assert_int_equal(act("order_opinion", "patient", "a", "id", id[0], "version", "2", "opinion", "accept", NULL), RC_CONFLICT);
	assert_why(WHY_ORDER_CHANGED);
	assert_int_equal(act("order_opinion", "patient", "a", "id", id[0], "version", "1", "opinion", "modify", "text", "Préférer 1 g", NULL), RC_OK);
	assert_string_equal(getz("order", 0, "left"), "1");
	assert_int_equal(view("order_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 1);
	assert_int_equal(act("order_opinion", "patient", "a", "id", id[1], "version", "1", "opinion", "accept", NULL), RC_OK);
	assert_false(has("order", 0, "left"));
	assert_int_equal(view("order_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 0);
	actor(ROLE_NURSE, 7, NULL, "u1");
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	unsigned i = row_with("orders", "opinion", "modify");
	assert_string_equal(getz("orders", i, "opinion_text"), "Préférer 1 g");
	assert_string_equal(getz("orders", i, "opinion_by"), "ph.un");
	/* what changes afterwards comes back into the queue */
	as_doctor();
	assert_int_equal(put_drug("form-0003", "lactulose", "1 sachet", "matin"), RC_OK);
	assert_int_equal(sign("sign-0002", "benefit"), RC_OK);
	as_pharmacist();
	assert_int_equal(view("order_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 1);
}

/* ---- the house's tables ---- */

static enum rc status_of(const char *once, const char *pregnancy, const char *day)
{
	return act("pregnancy_record", "patient", "a", "once", once, "pregnancy", pregnancy, "day", day, "time", "9", NULL);
}

static bool warned(void)
{
	as_doctor();
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	return alert_of("pregnancy", "3");
}

/* The pharmacist's rule knows what was recorded: « no » is heeded while it is young, silence and old words warn and say so. */
static void a_rule_on_pregnancy_knows_what_was_recorded_and_for_how_long(void **s)
{
	(void)s;
	as_pharmacist();
	assert_int_equal(act("order_rule_add", "rule", "pregnancy", "kind", "substance", "what", "paracétamol", "tier", "3", "source", "Livret du test, 2026, page 1", NULL), RC_OK);
	as_doctor();
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_true(warned());
	assert_true(unrun_of("pregnancy", "no_status"));
	assert_int_equal(status_of("st-01", "no", "2026-11-18"), RC_OK);
	assert_true(warned()); /* the house has not said how long it holds */
	assert_true(unrun_of("pregnancy", "no_status"));
	as_pharmacist();
	assert_int_equal(act("pregnancy_age_set", "days", "7", "source", "Livret du test, 2026, page 2", NULL), RC_OK);
	assert_false(warned());
	assert_false(unrun_of("pregnancy", "no_status"));
	assert_int_equal(status_of("st-01", "no", "2026-11-18"), RC_OK);
	assert_string_equal(getz("recorded", 0, "again"), "1");
	assert_int_equal(status_of("st-01", "yes", "2026-11-18"), RC_CONFLICT);
	assert_int_equal(act("pregnancy_record", "patient", "a", "once", "st-02", NULL), RC_BAD_INPUT);
	house_now(NOON + 8 * DAY);
	assert_true(warned()); /* eight days later nobody knows */
	assert_true(unrun_of("pregnancy", "no_status"));
	assert_int_equal(view("pregnancy", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("pregnancy", 0, "says"), "no");
	assert_true(has("pregnancy", 0, "old"));
	assert_false(has("pregnancy", 1, "says"));
	assert_int_equal(status_of("st-03", "yes", "2026-11-25"), RC_OK);
	assert_true(warned());
	assert_false(unrun_of("pregnancy", "no_status"));
}

static void a_rule_of_the_house_is_checked_with_its_source_and_its_day(void **s)
{
	(void)s;
	as_pharmacist();
	assert_int_equal(act("order_rule_add", "rule", "dose_day", "kind", "substance", "what", "paracétamol", "tier", "4", "source", "Livret du test, 2026, page 1", NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_RULE);
	assert_int_equal(act("order_rule_add", "rule", "dose_day", "kind", "substance", "what", "paracétamol", "limit", "2 cp", "tier", "4", "source", "Livret du test, 2026, page 1", NULL), RC_OK);
	char no[24];
	snprintf(no, sizeof no, "%s", getz("rule", 0, "no"));
	assert_int_equal(act("order_rule_add", "rule", "high_risk", "kind", "atc", "what", "N02BE", "tier", "2", "source", "Livret du test, 2026, page 2", NULL), RC_OK);
	as_doctor();
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin midi soir"), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_true(alert_of("dose_day", "4") && alert_of("high_risk", "2"));
	unsigned i = row_with("alerts", "rule", "dose_day");
	assert_string_equal(getz("alerts", i, "source"), "Livret du test, 2026, page 1");
	assert_string_equal(getz("alerts", i, "edition_on"), "2026-11-18");
	assert_false(unrun_of("dose_day", "not_provided"));
	assert_int_equal(sign("sign-0001", "benefit"), RC_BAD_INPUT);
	assert_why(WHY_ORDER_STOPPED);
	/* written in another unit, it was not checked, and that is said */
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "drug", "cis", cis("paracetamol 500"), "how", "once", "dose", "500 mg", "route", "orale", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_true(unrun_of("dose_day", "other_unit"));
	as_pharmacist();
	assert_int_equal(act("order_rule_end", "no", no, NULL), RC_OK);
	assert_int_equal(act("order_rule_end", "no", no, NULL), RC_NOT_FOUND);
	as_doctor();
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_false(alert_of("dose_day", NULL));
}

static void a_limit_by_weight_needs_a_weight(void **s)
{
	(void)s;
	as_pharmacist();
	assert_int_equal(act("order_rule_add", "rule", "dose_once", "kind", "substance", "what", "paracétamol", "limit", "10 mg", "per_kg", "1", "tier", "3", "source", "Livret du test", NULL), RC_OK);
	as_doctor();
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0001", "kind", "drug", "cis", cis("doliprane 500"), "how", "once", "dose", "1000 mg", "route", "orale", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_true(unrun_of("dose_once", "no_weight"));
	for (unsigned i = 0; i < 2; i++) { /* 99.9 kg: 999 mg; 100 kg: 1000 mg */
		putf(0, "{\"resourceType\":\"Observation\",\"id\":\"w%u\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"29463-7\"}]},\"subject\":{\"reference\":\"Patient/a\"},\"effectiveDateTime\":\"2026-11-1%uT08:00:00+01:00\","
			"\"valueQuantity\":{\"value\":%s,\"unit\":\"kg\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"kg\"}}", i, 6 + i, i ? "100" : "99.9");
		assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
		assert_int_equal(alert_of("dose_once", "3"), !i);
	}
}

static void the_hours_of_a_unit_hold_from_the_next_day_on(void **s)
{
	(void)s;
	const struct posology_clock *at;
	size_t n;
	as_pharmacist();
	assert_int_equal(act("order_clock_set", "moment", "MORN", "time", "7h30", NULL), RC_OK);
	assert_int_equal(act("order_clock_set", "moment", "MORN", "time", "6h", "unit", "u2", NULL), RC_OK);
	assert_int_equal(act("order_clock_set", "moment", "MORN", "time", "6h", "unit", "u1", NULL), RC_DENIED);
	assert_int_equal(act("order_clock_set", "moment", "MORN", "time", "25h", NULL), RC_BAD_INPUT);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(orders_clocks(H.c, &H.arena, STR("u1"), &at, &n, &H.p), RC_OK);
	assert_int_equal(n, 1);
	assert_int_equal(at[0].since_day, days_of(2026, 11, 19));
	assert_int_equal(at[0].minute[MOMENT_MORN], 7 * 60 + 30);
	assert_int_equal(at[0].minute[MOMENT_NOON], posology_house.minute[MOMENT_NOON]);
	assert_int_equal(orders_clocks(H.c, &H.arena, STR("u2"), &at, &n, &H.p), RC_OK);
	assert_int_equal(at[0].minute[MOMENT_MORN], 6 * 60);
	db_end(H.c);
	assert_int_equal(view("order_clock", NULL), RC_OK);
	assert_int_equal(row_i64(nth("clock", row_with("clock", "moment", "MORN")), "minute"), 8 * 60);
}

static void a_protocol_keeps_lines_and_nothing_of_the_person_and_brings_drafts(void **s)
{
	(void)s;
	char own[24], shared[24];
	assert_int_equal(act("order_set_save", "patient", "a", "name", "Douleur", NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_EMPTY);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0001", "kind", "drug", "cis", cis("doliprane 500"), "how", "moments", "dose", "1 cp", "take", "matin soir", "route", "orale", "start", "demain 8h", "note", "pour Marie", "urgent", "1", NULL), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "lab", "what", "NFS", NULL), RC_OK);
	assert_int_equal(act("order_set_save", "patient", "a", "name", "Douleur", NULL), RC_OK);
	snprintf(own, sizeof own, "%s", getz("set", 0, "no"));
	assert_int_equal(act("order_set_save", "patient", "a", "name", "Protocole douleur", "shared", "1", NULL), RC_OK);
	snprintf(shared, sizeof shared, "%s", getz("set", 0, "no"));
	as_other();
	assert_int_equal(view("order_sets", NULL), RC_OK);
	assert_int_equal(count("sets"), 1);
	assert_string_equal(getz("sets", 0, "name"), "Protocole douleur");
	assert_int_equal(act("order_set_use", "patient", "b", "no", own, "form", "use-0001", NULL), RC_NOT_FOUND);
	assert_int_equal(act("order_set_end", "no", shared, NULL), RC_NOT_FOUND); /* another made it */
	assert_int_equal(act("order_set_use", "patient", "b", "no", shared, "form", "use-0001", NULL), RC_OK);
	assert_int_equal(act("order_set_use", "patient", "b", "no", shared, "form", "use-0001", NULL), RC_OK); /* a form sent twice */
	assert_int_equal(view("order_basket", "patient", "b", NULL), RC_OK);
	assert_int_equal(count("lines"), 2);
	assert_false(rows_hold("pour Marie"));
	assert_false(has("lines", 0, "urgent"));
	assert_int_equal(row_i64(nth("lines", 0), "start_at"), NOON); /* and begins when it is signed */
	as_doctor();
	assert_int_equal(act("order_set_end", "no", shared, NULL), RC_OK);
	assert_int_equal(view("order_sets", NULL), RC_OK);
	assert_int_equal(count("sets"), 1);
}

/* ---- how long ---- */

/* Asked: interaction and allergy check of a 15-line chart within 5 ms. Printed, not asserted: the machine may be busy. */
static void the_time_of_a_chart_of_fifteen_lines_is_printed(void **s)
{
	static const char *const CHART[15] = { "coumadine", "doliprane 500", "aldactone", "ramipril", "furosemide", "bisoprolol", "amiodarone", "simvastatine", "clarithromycine", "metformine", "sertraline", "tramadol 50 gelule", "omeprazole", "lactulose", "prednisone" };
	uint64_t best = UINT64_MAX;
	(void)s;
	allergic_to("g1", "Amoxicilline", "high");
	allergic_to("g2", "Codéine", "low");
	for (unsigned i = 0; i < 15; i++) {
		char form[16];
		snprintf(form, sizeof form, "form-%04u", i);
		assert_int_equal(act("order_add", "patient", "a", "form", form, "kind", "drug", "cis", cis(CHART[i]), "how", "moments", "dose", "1 cp", "take", "matin soir", "route", "orale", NULL), RC_OK);
	}
	assert_int_equal(sign("sign-0001", "benefit"), RC_OK);
	assert_string_equal(getz("signed", 0, "lines"), "15");
	for (unsigned i = 0; i < 5; i++) {
		uint64_t from = clock_ns();
		assert_int_equal(view("order_checks", "patient", "a", NULL), RC_OK);
		best = clock_ns() - from < best ? clock_ns() - from : best;
	}
	print_message("15 signed lines and 2 allergies, read and checked: %llu us, %zu alerts\n", (unsigned long long)best / 1000, count("alerts"));
	assert_true(count("alerts") > 0);
}

/* ---- the end of a stay ---- */

static void what_was_prescribed_in_a_stay_ends_with_it_and_comes_back_as_it_was(void **s)
{
	(void)s;
	char id[80], no[40], dosage[300];
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", NULL), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	snprintf(id, sizeof id, "%s", getz("orders", 0, "id"));
	snprintf(dosage, sizeof dosage, "%s", getz("orders", 0, "dosage"));
	as_pharmacist();
	assert_int_equal(act("order_opinion", "patient", "a", "id", id, "version", "1", "opinion", "accept", NULL), RC_OK);
	as_doctor();
	assert_int_equal(act("stay_discharge", "patient", "a", "stay", "e", NULL), RC_OK);
	snprintf(no, sizeof no, "%s", getz("movement", 0, "no"));
	assert_int_equal(view("order_list", "patient", "a", "all", "1", NULL), RC_OK);
	assert_string_equal(getz("orders_page", 0, "current"), "0");
	assert_string_equal(getz("orders", 0, "status"), "stopped");
	assert_string_equal(getz("orders", 0, "reason"), "discharge");
	assert_int_equal(view("discharge_queue", NULL), RC_OK); /* the unit's physicians are told */
	assert_int_equal(count("queue"), 1);
	assert_string_equal(getz("queue", 0, "lines"), "1");
	assert_int_equal(view("discharge_treatments", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("undecided", 0, "id"), id); /* and can still decide */
	assert_int_equal(act("stay_cancel", "patient", "a", "stay", "e", "no", no, "reason", "not_done", NULL), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("orders", 0, "id"), id);
	assert_string_equal(getz("orders", 0, "status"), "active");
	assert_string_equal(getz("orders", 0, "dosage"), dosage);
	assert_string_equal(getz("orders", 0, "reason"), "");
	assert_string_equal(getz("orders", 0, "opinion"), "accept"); /* of these very words: it holds */
	assert_string_equal(getz("orders", 0, "opinion_old"), "");
	assert_int_equal(view("discharge_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 0);
}

static void each_treatment_is_continued_changed_or_stopped_before_the_reconciliation_is_signed(void **s)
{
	(void)s;
	char id[2][80];
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin soir"), RC_OK);
	assert_int_equal(put_drug("form-0002", "bisoprolol", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", "benefit"), RC_OK);
	assert_int_equal(view("discharge_treatments", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("undecided"), 2);
	assert_string_equal(getz("discharge", 0, "left"), "2");
	for (unsigned i = 0; i < 2; i++)
		snprintf(id[i], sizeof id[i], "%s", getz("undecided", i, "id"));
	assert_int_equal(act("discharge_sign", "patient", "a", "stay", "e", NULL), RC_CONFLICT);
	assert_why(WHY_DISCHARGE_OPEN);
	assert_int_equal(act("discharge_stop", "patient", "a", "stay", "e", "id", "none", "reason", "done", NULL), RC_NOT_FOUND);
	assert_int_equal(act("discharge_stop", "patient", "b", "stay", "e", "id", id[0], "reason", "done", NULL), RC_NOT_FOUND); /* another person's stay */
	assert_int_equal(act("discharge_stop", "patient", "a", "stay", "e", "id", id[0], "reason", "stay_only", NULL), RC_OK);
	assert_int_equal(act("discharge_continue", "patient", "a", "stay", "e", NULL), RC_OK);
	assert_string_equal(getz("discharge", 0, "n"), "1");
	assert_int_equal(act("discharge_continue", "patient", "a", "stay", "e", NULL), RC_OK); /* twice adds nothing */
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 1);
	assert_string_equal(getz("lines", 0, "home"), "1");
	for (unsigned i = 0; i < count("alerts"); i++)
		if (getz("alerts", i, "fresh")[0]) /* the stay's own line is not given beside the one for home */
			assert_string_not_equal(getz("alerts", i, "rule"), "double");
	assert_int_equal(act("discharge_sign", "patient", "a", "stay", "e", NULL), RC_CONFLICT); /* a line for home waits */
	assert_int_equal(sign("sign-0002", "benefit"), RC_OK);
	assert_int_equal(act("discharge_sign", "patient", "a", "stay", "e", NULL), RC_OK);
	assert_int_equal(view("discharge_treatments", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("treatments"), 2);
	assert_string_equal(getz("treatments", 0, "outcome"), "continue");
	assert_string_equal(getz("treatments", 1, "outcome"), "stop");
	assert_string_equal(getz("treatments", 1, "reason"), "stay_only");
	assert_string_equal(getz("discharge", 0, "done"), "1");
	assert_int_equal(view("plan_of_care", "patient", "a", NULL), RC_OK); /* what is for home is given by nobody here */
	assert_int_equal(count("lines"), 2);
	assert_int_equal(act("stay_discharge", "patient", "a", "stay", "e", NULL), RC_OK);
	assert_int_equal(view("discharge_queue", NULL), RC_OK);
	assert_int_equal(count("queue"), 0);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("orders"), 1); /* the line for home stands */
	assert_string_equal(getz("orders", 0, "home"), "1");
}

/* ---- the ordonnance for home ---- */

static void the_ordonnance_holds_what_is_signed_for_home_and_narcotics_in_full_letters(void **s)
{
	(void)s;
	char narcotic[16];
	snprintf(narcotic, sizeof narcotic, "%s", narcotic_in_mg());
	assert_string_not_equal(narcotic, "");
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", NULL), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "drug", "cis", cis("bisoprolol"), "how", "moments", "dose", "1 cp", "take", "matin", "route", "orale", "during", "30 j", "home", "e", "ald", "1", NULL), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0003", "kind", "drug", "cis", narcotic, "how", "moments", "dose", "2 cp", "take", "matin soir", "route", "orale", "during", "21 j", "home", "e", NULL), RC_OK);
	assert_int_equal(view("prescription_home", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 0); /* of the stay, and unsigned */
	assert_int_equal(count("papers"), 0);
	assert_int_equal(sign("sign-0002", "benefit"), RC_OK);
	assert_int_equal(view("prescription_home", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("papers"), 1);
	assert_int_equal(count("lines"), 2);
	unsigned n = getz("lines", 0, "narcotic")[0] ? 0 : 1;
	assert_string_equal(getz("lines", n, "narcotic"), "1");
	assert_non_null(strstr(getz("lines", n, "letters"), "deux comprimés"));
	assert_non_null(strstr(getz("lines", n, "letters"), "pendant vingt et un jours"));
	assert_non_null(strstr(getz("lines", n, "dosage"), "2 comprimés"));
	assert_non_null(strstr(getz("lines", n, "strength"), "dix milligrammes"));
	assert_non_null(strstr(getz("lines", n, "conditions"), "stup\xc3\xa9" "fiants"));
	assert_string_equal(getz("lines", !n, "narcotic"), "");
	assert_string_equal(getz("lines", !n, "letters"), "");
	assert_string_equal(getz("lines", !n, "ald"), "1");
	assert_string_equal(getz("papers", 0, "paper"), "1");
	assert_int_equal(view("prescription_home", "patient", "a", "stay", "other", NULL), RC_OK);
	assert_int_equal(count("lines"), 0);
	assert_int_equal(view("prescription_home", "patient", "b", NULL), RC_OK);
	assert_int_equal(count("lines"), 0);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	for (unsigned i = 0; i < count("orders"); i++)
		if (str_eq(row_get(nth("orders", i), "home"), "1")) {
			char id[80], version[16];
			snprintf(id, sizeof id, "%s", getz("orders", i, "id"));
			snprintf(version, sizeof version, "%s", getz("orders", i, "version"));
			assert_int_equal(act("order_stop", "patient", "a", "id", id, "version", version, "reason", "done", NULL), RC_OK);
			break;
		}
	assert_int_equal(view("prescription_home", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("lines"), 1); /* what was stopped is on no paper */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WARD_TEST(a_line_is_kept_as_it_was_typed_and_a_form_sent_twice_adds_one),
		WARD_TEST(what_is_wrong_is_said_beside_each_field),
		WARD_TEST(a_line_is_taken_out_by_who_wrote_it_only),
		WARD_TEST(checks_say_what_they_found_and_what_they_could_not_do),
		WARD_TEST(an_allergy_is_met_by_substance_and_by_class_and_an_unknown_one_is_said),
		WARD_TEST(the_same_substance_twice_asks_for_a_reason_and_a_high_allergy_forbids),
		WARD_TEST(one_signature_writes_every_line_once),
		WARD_TEST(two_who_sign_at_once_the_second_sees_the_firsts_lines_before_his_are_signed),
		WARD_TEST(an_allergy_written_meanwhile_is_seen_before_the_signature),
		WARD_TEST(a_reason_is_kept_counted_and_holds_for_the_stay),
		WARD_TEST(a_name_is_needed_to_sign),
		WARD_TEST(one_is_stopped_once_and_by_the_version_that_was_seen),
		WARD_TEST(a_modification_takes_the_place_of_what_it_replaces_and_says_so),
		WARD_TEST(what_was_stopped_meanwhile_is_not_replaced_and_the_line_can_be_taken_out),
		WARD_TEST(a_chart_is_renewed_in_two_actions_each_line_beginning_where_it_ended),
		WARD_TEST(a_draft_that_says_tomorrow_means_the_day_after_it_was_written),
		WARD_TEST(a_signature_reaches_the_pharmacy_and_its_task_explains_the_opening),
		WARD_TEST(a_rule_on_pregnancy_knows_what_was_recorded_and_for_how_long),
		WARD_TEST(without_a_pharmacy_each_pharmacist_of_the_establishment_has_it),
		WARD_TEST(an_opinion_is_on_a_version_and_the_last_one_empties_the_queue),
		WARD_TEST(a_rule_of_the_house_is_checked_with_its_source_and_its_day),
		WARD_TEST(a_limit_by_weight_needs_a_weight),
		WARD_TEST(the_hours_of_a_unit_hold_from_the_next_day_on),
		WARD_TEST(a_protocol_keeps_lines_and_nothing_of_the_person_and_brings_drafts),
		WARD_TEST(what_was_prescribed_in_a_stay_ends_with_it_and_comes_back_as_it_was),
		WARD_TEST(each_treatment_is_continued_changed_or_stopped_before_the_reconciliation_is_signed),
		WARD_TEST(the_ordonnance_holds_what_is_signed_for_home_and_narcotics_in_full_letters),
		WARD_TEST(the_time_of_a_chart_of_fifteen_lines_is_printed),
	};
	return cmocka_run_group_tests_name("prescription", tests, NULL, NULL);
}
