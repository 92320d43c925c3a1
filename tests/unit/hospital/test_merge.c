/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests of hospital/merge.c, identity_cell.c and record_seal.c: who may join two records, what is read then, that undoing gives every resource back byte for byte, and what a closed record
 * refuses.
 */
#include "house.h"

#include "hospital/drug.h"

struct call { struct db_job job; struct account_new n; uint32_t no; };

static enum rc call_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct call *k = (struct call *)(void *)j;
	(void)txn;
	return account_add(c, &k->n, &k->no, p);
}

static uint32_t add(const char *login, enum role role)
{
	static const struct str units[] = { { "u1", 2 } };
	struct call k = { .job = { .run = call_run }, .n = { .login = str_of(login), .name = str_of(login), .role = role, .units = units, .n_units = 1, .password_hash = STR("$argon2id$x") } };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	return k.no;
}

static void be(const char *login)
{
	static struct arena kept;
	struct account acc;
	arena_done(&kept);
	arena_init(&kept, 1u << 20);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(account_by_login(H.c, str_of(login), &kept, &acc, &H.p), RC_OK);
	db_end(H.c);
	H.who = (struct actor){ .account = acc.no, .role = acc.role, .login = acc.login, .unit = acc.unit, .n_units = acc.n_units };
	memcpy(H.who.units, acc.units, sizeof acc.units);
}

static void member(const char *login)
{
	be("adm");
	assert_int_equal(act("identity_cell_add", "login", login, "code", "0", NULL), RC_OK);
}

/* Two records of one person, each with something in it; one who asks, two members. */
static void people(void)
{
	add("adm", ROLE_ADMIN);
	add("acc", ROLE_CLERK);
	add("cell.un", ROLE_CLERK);
	add("cell.deux", ROLE_CLERK);
	member("cell.un");
	member("cell.deux");
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Durant", "Marie", "1957-02-14", "female", "PROV", NULL);
	patient("c", "Petit", "Jean", "1960-01-01", "male", "VALI", NULL);
	encounter("ea", "a", "u1", "b2", "in-progress", "2026-11-17T08:00:00+01:00", NULL);
	encounter("eb", "b", "u2", NULL, "finished", "2026-10-01T08:00:00+01:00", "2026-10-03T08:00:00+01:00");
	put("{\"resourceType\":\"AllergyIntolerance\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"id\":\"xa\",\"code\":{\"text\":\"Pollen\"},\"patient\":{\"reference\":\"Patient/a\"}}");
	put("{\"resourceType\":\"AllergyIntolerance\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"id\":\"xb\",\"code\":{\"text\":\"Pénicilline\"},\"patient\":{\"reference\":\"Patient/b\"}}");
}

static const char *ask(const char *one, const char *other)
{
	be("acc");
	assert_int_equal(act("merge_ask", "patient", one, "other", other, "text", "même personne, deux fiches", NULL), RC_OK);
	return getz("merge", 0, "no");
}

static char NO[24];

static void join(const char *keep, const char *other)
{
	snprintf(NO, sizeof NO, "%s", ask(keep, other));
	be("cell.un");
	assert_int_equal(act("merge_do", "no", NO, "keep", keep, NULL), RC_OK);
}

/* ---- everything as it is stored, but for version and instant ---- */

static char *without(char *text, const char *member_)
{
	char *at = strstr(text, member_);
	if (at) {
		char *value = at + strlen(member_), *end = strchr(value, '"');
		memmove(value, end, strlen(end) + 1);
	}
	return text;
}

struct all { char *at[200]; };

static struct all everything(void)
{
	struct all all = { { NULL } };
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	for (int64_t rid = 1; rid < 200; rid++) {
		struct record_row row;
		if (record_by_rid(H.c, rid, &row, &H.p) != RC_OK)
			continue;
		all.at[rid] = strndup(row.body.p, row.body.n);
		if (row.type == fhir_type_of(STR("Patient")))
			without(without(all.at[rid], "\"versionId\":\""), "\"lastUpdated\":\"");
	}
	db_end(H.c);
	return all;
}

static void free_all(struct all *all)
{
	for (size_t i = 0; i < 200; i++)
		free(all->at[i]);
}

static bool holds(const char *type, const char *id, const char *text)
{
	struct record_row row;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(record_read(H.c, fhir_type_of(str_of(type)), str_of(id), &row, &H.p), RC_OK);
	bool is = memmem(row.body.p, row.body.n, text, strlen(text)) != NULL;
	db_end(H.c);
	return is;
}

static bool joined_to(const char *id)
{
	struct fact f;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	bool is = relation_find(H.c, &H.who, record_patient_rid(H.c, str_of(id)), H.now_ms, &f);
	db_end(H.c);
	return is;
}

/* ---- the cell ---- */

static void nobody_makes_himself_a_member_and_members_are_people_who_write_identities(void **s)
{
	(void)s;
	add("adm", ROLE_ADMIN);
	add("rh", ROLE_RSSI);
	add("acc", ROLE_CLERK);
	be("adm");
	assert_int_equal(act("identity_cell_add", "login", "adm", NULL), RC_DENIED);
	assert_why(WHY_CELL_OWN);
	assert_int_equal(act("identity_cell_add", "login", "rh", NULL), RC_BAD_INPUT);
	assert_why(WHY_CELL_ROLE);
	assert_int_equal(act("identity_cell_add", "login", "acc", NULL), RC_OK);
	const char *no = getz("member", 0, "no");
	char keep[24];
	snprintf(keep, sizeof keep, "%s", no);
	assert_int_equal(act("identity_cell_add", "login", "acc", NULL), RC_CONFLICT);
	be("acc");
	assert_int_equal(view("identity_cell", NULL), RC_OK);
	assert_string_equal(getz("me", 0, "member"), "1");
	assert_int_equal(act("identity_cell_end", "no", keep, NULL), RC_OK);
	assert_int_equal(view("identity_cell", NULL), RC_OK);
	assert_false(has("me", 0, "member"));
}

static void the_lists_are_those_of_members_and_hold_no_name(void **s)
{
	(void)s;
	people();
	be("acc");
	assert_int_equal(view("identity_work", "kind", "prov", NULL), RC_OK);
	assert_int_equal(count("work"), 0);
	assert_false(has("page", 0, "member"));
	assert_int_equal(act("identity_collision", "patient", "c", "text", "deux personnes ici", NULL), RC_OK);
	assert_int_equal(act("identity_mark", "patient", "a", "doubtful", "1", NULL), RC_OK);
	be("cell.un");
	assert_int_equal(view("identity_work", "kind", "prov", NULL), RC_OK);
	assert_int_equal(count("work"), 2); /* b, and a since it is doubtful */
	assert_int_equal(view("identity_work", "kind", "vali", NULL), RC_OK);
	assert_int_equal(count("work"), 1);
	assert_int_equal(view("identity_work", "kind", "doubtful", NULL), RC_OK);
	assert_int_equal(count("work"), 1);
	assert_string_equal(getz("work", 0, "id"), "a");
	assert_int_equal(view("identity_work", "kind", "collision", NULL), RC_OK);
	assert_int_equal(count("work"), 1);
	assert_string_equal(getz("work", 0, "by_name"), "acc");
	assert_false(rows_hold("Petit") || rows_hold("personnes"));
	const char *no = getz("work", 0, "no");
	char keep[24];
	snprintf(keep, sizeof keep, "%s", no);
	be("acc");
	assert_int_equal(act("identity_task_close", "no", keep, NULL), RC_DENIED);
	be("cell.un");
	assert_int_equal(view("chart_head", "patient", "c", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "collision"), "1");
	assert_int_equal(act("identity_task_close", "no", keep, NULL), RC_OK);
	assert_int_equal(view("chart_head", "patient", "c", NULL), RC_OK);
	assert_false(has("head", 0, "collision"));
	assert_int_equal(view("identity_work", "kind", "collision", NULL), RC_OK);
	assert_int_equal(count("work"), 0);
}

static void members_may_open_whom_somebody_else_brought_before_the_cell(void **s)
{
	(void)s;
	bool other = false;
	people();
	(void)ask("a", "b");
	uint32_t acc = H.who.account;
	be("cell.un");
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	int64_t a = record_patient_rid(H.c, STR("a")), b = record_patient_rid(H.c, STR("b")), c = record_patient_rid(H.c, STR("c"));
	assert_true(cell_waits(H.c, a, H.who.account, &other) && other);
	assert_true(cell_waits(H.c, b, H.who.account, &other) && other);
	assert_false(cell_waits(H.c, c, H.who.account, &other));
	assert_false(cell_waits(H.c, a, acc, &other)); /* who asked is no member */
	db_end(H.c);
}

/* ---- joined ---- */

static void who_asks_does_not_join_and_who_is_no_member_does_nothing(void **s)
{
	(void)s;
	people();
	be("cell.un");
	assert_int_equal(act("merge_ask", "patient", "a", "other", "a", "text", "elle-même", NULL), RC_BAD_INPUT);
	assert_int_equal(act("merge_ask", "patient", "a", "other", "b", "text", "même personne", NULL), RC_OK);
	char no[24];
	snprintf(no, sizeof no, "%s", getz("merge", 0, "no"));
	assert_int_equal(act("merge_ask", "patient", "b", "other", "a", "text", "même personne", NULL), RC_CONFLICT);
	assert_why(WHY_MERGE_ASKED);
	assert_int_equal(act("merge_do", "no", no, "keep", "a", NULL), RC_DENIED);
	assert_why(WHY_MERGE_OWN);
	be("acc");
	assert_int_equal(act("merge_do", "no", no, "keep", "a", NULL), RC_DENIED);
	assert_why(WHY_NOT_CELL);
	assert_int_equal(view("merge_compare", "patient", "a", "other", "b", NULL), RC_OK);
	assert_false(has("merge", 0, "member"));
	be("cell.deux");
	assert_int_equal(view("merge_compare", "patient", "b", "other", "a", NULL), RC_OK);
	assert_string_equal(getz("merge", 0, "member"), "1");
	assert_string_equal(getz("sides", 0, "id"), "a");
	assert_int_equal(count("sides"), 2);
	assert_string_equal(getz("merge", 0, "reason"), "même personne");
	assert_string_equal(getz("traits", row_with("traits", "field", "birth_name"), "differs"), "1");
	assert_false(has("traits", row_with("traits", "field", "born_on"), "differs"));
	assert_int_equal(act("merge_do", "no", no, "keep", "c", NULL), RC_BAD_INPUT);
	assert_int_equal(act("merge_do", "no", no, "keep", "a", "version", "7", NULL), RC_PRECONDITION);
	assert_int_equal(act("merge_do", "no", no, "keep", "a", "version", "1", "other_version", "1", NULL), RC_OK);
	assert_int_equal(act("merge_do", "no", no, "keep", "a", NULL), RC_CONFLICT); /* a second member at once, or twice */
}

static void joined_both_are_read_as_one_and_the_other_leads_to_it(void **s)
{
	(void)s;
	people();
	join("a", "b");
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("allergies"), 2);
	assert_int_equal(view("chart_stays", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("stays"), 2);
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "merged"), "1");
	assert_int_equal(view("chart_head", "patient", "b", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "merged_into"), "a");
	assert_int_equal(view("chart_summary", "patient", "b", NULL), RC_OK); /* whoever opens the other misses no allergy */
	assert_int_equal(count("allergies"), 2);
	assert_int_equal(view("patient_search", "text", "14021957 dur", NULL), RC_OK);
	assert_string_equal(getz("patients", row_with("patients", "id", "b"), "merged_into"), "a");
	assert_true(holds("Patient", "b", "\"type\":\"replaced-by\"") && holds("Patient", "b", "\"active\":false"));
	assert_true(holds("Patient", "a", "\"type\":\"replaces\"") && holds("Patient", "a", "\"active\":true"));
	assert_int_equal(view("identity_work", "kind", "prov", NULL), RC_OK);
	assert_int_equal(count("work"), 0); /* b is nobody's work any more */
	assert_int_equal(act("patient_edit", "patient", "b", "phone", "1", NULL), RC_CONFLICT);
	assert_why(WHY_MERGED);
	assert_int_equal(act("patient_delete", "patient", "a", "reason", "error", "text", "essai", NULL), RC_CONFLICT);
	assert_why(WHY_MERGE_HOLDS);
	struct put_job k = { .job = { .run = put_run }, .del_type = "Patient", .del_id = "b" };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_CONFLICT); /* nor by another way */
	assert_why(WHY_MERGE_HOLDS);
}

static void people_around_either_are_around_both_and_are_changed_where_they_stand(void **s)
{
	(void)s;
	people();
	be("acc");
	assert_int_equal(act("around_put", "patient", "a", "once", "form1", "version", "1", "family", "Durand", "role", "ECON", NULL), RC_OK);
	assert_int_equal(act("around_put", "patient", "b", "once", "form2", "version", "1", "family", "Martin", "phone", "06 39 98 00 01", "role", "NOK", NULL), RC_OK);
	assert_int_equal(act("wishes_record", "patient", "b", "once", "form3", "directives", "exist", "kept", "au coffre", "said_by", "patient", NULL), RC_OK);
	join("a", "b");
	assert_int_equal(view("people_around", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("around"), 2);
	assert_true(has("around", 0, "ref") && !has("around", 0, "other"));
	assert_true(has("around", 1, "other") && !has("around", 1, "ref"));
	assert_int_equal(view("wishes", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("wishes", 0, "says"), "exist");
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("people", 0, "trusted"), "MARTIN");
	assert_string_equal(getz("people", 0, "kept"), "au coffre");
	assert_int_equal(view("people_around", "patient", "b", NULL), RC_OK); /* the other leads to the same people */
	assert_int_equal(count("around"), 2);
	assert_int_equal(act("around_put", "patient", "b", "once", "form4", "version", "3", "family", "Petit", "role", "ECON", NULL), RC_CONFLICT);
	assert_why(WHY_MERGED);
}

static void a_fact_that_joins_to_one_joins_to_both_as_long_as_they_are_one(void **s)
{
	(void)s;
	people();
	actor(ROLE_NURSE, 90, NULL, "u1");
	assert_true(joined_to("a"));
	assert_false(joined_to("b"));
	join("b", "a");
	actor(ROLE_NURSE, 90, NULL, "u1");
	assert_true(joined_to("a") && joined_to("b"));
	assert_int_equal(view("unit_present", NULL), RC_OK); /* what came under the other record is on the list under the one that is kept */
	assert_string_equal(getz("present", 0, "id"), "b");
	be("cell.deux");
	assert_int_equal(act("merge_undo", "no", NO, NULL), RC_OK);
	actor(ROLE_NURSE, 90, NULL, "u1");
	assert_true(joined_to("a"));
	assert_false(joined_to("b"));
}

/* ---- parted ---- */

static void appointments_of_the_joined_record_stand_under_the_kept_one_and_go_back(void **s)
{
	(void)s;
	static const char START[] = "1795597200000"; /* 2026-11-25 10:00 in Paris */
	char no[24], asked[24];
	people();
	be("acc");
	assert_int_equal(act("agenda_add", "type", "Location", "actor", "b2", NULL), RC_OK);
	snprintf(no, sizeof no, "%s", getz("agenda", 0, "no"));
	assert_int_equal(act("appointment_book", "patient", "b", "once", "form1", "room", no, "start", START, "minutes", "20", NULL), RC_OK);
	snprintf(no, sizeof no, "%s", getz("appointment", 0, "no"));
	assert_int_equal(view("appointments", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("appointments"), 0);
	join("a", "b");
	snprintf(asked, sizeof asked, "%s", NO);
	be("acc");
	assert_int_equal(view("appointments", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("appointments"), 1);
	assert_string_equal(getz("appointments", 0, "no"), no);
	assert_int_equal(act("appointment_move", "patient", "a", "no", no, "version", "1", "start", "1795600800000", NULL), RC_OK);
	assert_int_equal(act("appointment_wish", "patient", "a", "no", no, NULL), RC_OK);
	assert_int_equal(act("appointment_cancel", "patient", "c", "no", no, "version", "2", "reason", "pat", NULL), RC_NOT_FOUND);
	be("cell.un");
	assert_int_equal(act("merge_undo", "no", asked, NULL), RC_OK);
	be("acc");
	assert_int_equal(view("appointments", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("appointments"), 0);
	assert_int_equal(view("appointments", "patient", "b", NULL), RC_OK);
	assert_int_equal(count("appointments"), 1);
	assert_string_equal(getz("appointments", 0, "at"), "1795600800000");
	assert_int_equal(act("appointment_cancel", "patient", "a", "no", no, "version", "2", "reason", "pat", NULL), RC_NOT_FOUND);
	assert_int_equal(act("appointment_cancel", "patient", "b", "no", no, "version", "2", "reason", "pat", NULL), RC_OK);
}

static enum rc dispensed(const char *who, const char *store, const char *once)
{
	actor(ROLE_PHARMACIST, 90, NULL, "u1");
	return act("stock_dispense", "patient", who, "key", once, "store", store, "cis", "60234100", "quantity", "1", "request", "m", NULL);
}

static void what_is_dispensed_for_a_line_of_either_is_for_the_person(void **s)
{
	(void)s;
	char at[600], store[24];
	snprintf(at, sizeof at, "%s/data/medicaments", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".");
	drug_folder(at);
	people();
	put("{\"resourceType\":\"MedicationRequest\",\"id\":\"m\",\"status\":\"active\",\"intent\":\"order\",\"medicationCodeableConcept\":{\"text\":\"essai\"},\"subject\":{\"reference\":\"Patient/b\"}}");
	actor(ROLE_PHARMACIST, 90, NULL, "u1");
	assert_int_equal(act("stock_store_add", "label", "PH", "kind", "ward", "unit", "u1", NULL), RC_OK);
	snprintf(store, sizeof store, "%s", getz("store", 0, "store"));
	assert_int_equal(dispensed("a", store, "d1"), RC_NOT_FOUND);
	join("a", "b");
	assert_int_equal(dispensed("a", store, "d2"), RC_OK);
	assert_int_equal(dispensed("b", store, "d3"), RC_OK);
	assert_int_equal(dispensed("c", store, "d4"), RC_NOT_FOUND);
	be("cell.un");
	assert_int_equal(act("merge_undo", "no", NO, NULL), RC_OK);
	assert_int_equal(dispensed("a", store, "d5"), RC_NOT_FOUND);
}

static void undone_every_resource_is_what_it_was_and_what_was_written_meanwhile_stays_where_it_was(void **s)
{
	(void)s;
	people();
	struct all before = everything();
	join("a", "b");
	put("{\"resourceType\":\"AllergyIntolerance\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"id\":\"xc\",\"code\":{\"text\":\"Latex\"},\"patient\":{\"reference\":\"Patient/a\"}}");
	put("{\"resourceType\":\"AllergyIntolerance\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"id\":\"xd\",\"code\":{\"text\":\"Iode\"},\"patient\":{\"reference\":\"Patient/b\"}}");
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("allergies"), 4);
	be("acc");
	assert_int_equal(act("merge_undo", "no", NO, NULL), RC_DENIED);
	be("cell.deux"); /* another than who joined them */
	assert_int_equal(act("merge_undo", "no", NO, NULL), RC_OK);
	struct all after = everything();
	unsigned same = 0;
	for (size_t i = 0; i < 200; i++)
		if (before.at[i]) {
			assert_string_equal(before.at[i], after.at[i]);
			same++;
		}
	assert_true(same >= 13);
	free_all(&before);
	free_all(&after);
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("allergies"), 2);
	assert_true(any_row("allergies", "code", "Latex") && any_row("allergies", "code", "Pollen"));
	assert_int_equal(view("chart_summary", "patient", "b", NULL), RC_OK);
	assert_int_equal(count("allergies"), 2);
	assert_true(any_row("allergies", "code", "Iode"));
	assert_int_equal(act("merge_undo", "no", NO, NULL), RC_CONFLICT);
	join("b", "a"); /* and again, the other way round */
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "merged_into"), "b");
}

static void what_was_changed_in_a_patient_meanwhile_stays_and_the_links_go(void **s)
{
	(void)s;
	people();
	join("a", "b");
	be("acc");
	assert_int_equal(act("patient_edit", "patient", "a", "phone", "02 61 91 00 00", NULL), RC_OK);
	be("cell.un");
	assert_int_equal(act("merge_undo", "no", NO, NULL), RC_OK);
	assert_true(holds("Patient", "a", "02 61 91 00 00"));
	assert_false(holds("Patient", "a", "replaces"));
	assert_false(holds("Patient", "b", "replaced-by"));
	assert_true(holds("Patient", "b", "\"active\":true"));
}

/* ---- refused ---- */

static void refused_to_join(const char *one, const char *other, enum why why)
{
	char no[24];
	snprintf(no, sizeof no, "%s", ask(one, other));
	be("cell.un");
	assert_int_equal(act("merge_do", "no", no, "keep", one, NULL), RC_CONFLICT);
	assert_why(why);
	assert_int_equal(act("merge_dismiss", "no", no, NULL), RC_OK);
	assert_false(holds("Patient", one, "replaces"));
}

static void two_stays_on_the_same_days_are_not_one_persons(void **s)
{
	(void)s;
	people();
	encounter("ec", "c", "u2", NULL, "in-progress", "2026-11-18T08:00:00+01:00", NULL);
	refused_to_join("a", "c", WHY_MERGE_STAYS);
	encounter("ec", "c", "u2", NULL, "cancelled", "2026-11-18T08:00:00+01:00", NULL);
	encounter("ed", "c", "u2", NULL, "finished", "2026-11-15T08:00:00+01:00", "2026-11-17T08:00:00+01:00"); /* ends as the other begins */
	put("{\"resourceType\":\"Encounter\",\"id\":\"ee\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":{\"reference\":\"Patient/c\"},\"period\":{\"start\":\"2026-11-17T09:00:00+01:00\",\"end\":\"2026-11-17T10:00:00+01:00\"}}");
	join("a", "c");
}

static void two_qualified_identities_with_different_ins_are_two_persons(void **s)
{
	(void)s;
	people();
	patient("d", "Durand", "Marie", "1957-02-14", "female", "QUAL", "257027511504261");
	patient("e", "Durand", "Marie", "1957-02-14", "female", "QUAL", "257027511504358");
	refused_to_join("d", "e", WHY_MERGE_INS);
	patient("e", "Durand", "Marie", "1957-02-14", "female", "QUAL", "257027511504261");
	join("d", "e");
}

static void merges_make_no_chains(void **s)
{
	(void)s;
	people();
	join("a", "b");
	be("acc");
	assert_int_equal(act("merge_ask", "patient", "c", "other", "b", "text", "chaîne", NULL), RC_CONFLICT);
	assert_int_equal(act("merge_ask", "patient", "b", "other", "c", "text", "chaîne", NULL), RC_CONFLICT);
	char no[24];
	snprintf(no, sizeof no, "%s", ask("c", "a"));
	be("cell.un");
	assert_int_equal(act("merge_do", "no", no, "keep", "c", NULL), RC_CONFLICT); /* a has b joined to it */
	assert_why(WHY_MERGE_CHAIN);
	assert_int_equal(act("merge_do", "no", no, "keep", "a", NULL), RC_OK);
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "merged"), "2");
}

/* ---- closed ---- */

#define CLOSE(id, kind) "record_close", "patient", id, "kind", kind, "reason", "over", "text", "suivi terminé", NULL

static enum rc put_refused(const char *body)
{
	struct put_job k = { .job = { .run = put_run }, .body = body };
	return db_write_now(H.db, &k.job, &H.p);
}

static void a_closed_record_is_not_written_whoever_writes_and_another_member_opens_it(void **s)
{
	(void)s;
	people();
	be("acc");
	assert_int_equal(act(CLOSE("c", "archived")), RC_DENIED);
	be("cell.un");
	assert_int_equal(act(CLOSE("a", "archived")), RC_CONFLICT); /* she is in a bed */
	assert_why(WHY_STAY_RUNS);
	assert_int_equal(act(CLOSE("c", "archived")), RC_OK);
	assert_int_equal(act(CLOSE("c", "sealed")), RC_CONFLICT);
	assert_int_equal(put_refused("{\"resourceType\":\"AllergyIntolerance\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"id\":\"xe\",\"code\":{\"text\":\"Latex\"},\"patient\":{\"reference\":\"Patient/c\"}}"), RC_CONFLICT);
	assert_why(WHY_RECORD_CLOSED);
	assert_int_equal(act("patient_edit", "patient", "c", "phone", "1", NULL), RC_CONFLICT);
	assert_int_equal(view("chart_head", "patient", "c", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "closed"), "archived");
	assert_int_equal(view("records_closed", NULL), RC_OK);
	assert_string_equal(getz("records", 0, "mine"), "1");
	assert_false(rows_hold("Petit"));
	char no[24];
	snprintf(no, sizeof no, "%s", getz("records", 0, "no"));
	assert_int_equal(act("record_reopen", "no", no, "text", "revenu", NULL), RC_DENIED);
	assert_why(WHY_SEAL_OTHER);
	be("cell.deux");
	assert_int_equal(act("record_reopen", "no", no, "text", "revenu", NULL), RC_OK);
	assert_int_equal(act("patient_edit", "patient", "c", "phone", "1", NULL), RC_OK);
	assert_int_equal(act("record_reopen", "no", no, "text", "revenu", NULL), RC_NOT_FOUND);
}

static void no_care_link_opens_a_sealed_record(void **s)
{
	(void)s;
	people();
	put("{\"resourceType\":\"DocumentReference\",\"id\":\"dc\",\"status\":\"current\",\"subject\":{\"reference\":\"Patient/c\"},\"author\":[{\"reference\":\"Practitioner/p1\"}],\"content\":[{\"attachment\":{\"title\":\"CR\"}}]}");
	actor(ROLE_PHYSICIAN, 90, "p1", "u2");
	assert_true(joined_to("c"));
	be("cell.un");
	assert_int_equal(act(CLOSE("c", "archived")), RC_OK);
	actor(ROLE_PHYSICIAN, 90, "p1", "u2");
	assert_true(joined_to("c"));
	be("cell.deux");
	assert_int_equal(view("records_closed", NULL), RC_OK);
	char no[24];
	snprintf(no, sizeof no, "%s", getz("records", 0, "no"));
	assert_int_equal(act("record_reopen", "no", no, "text", "autrement", NULL), RC_OK);
	assert_int_equal(act(CLOSE("c", "sealed")), RC_OK);
	actor(ROLE_PHYSICIAN, 90, "p1", "u2");
	assert_false(joined_to("c"));
	const int64_t *set;
	size_t n = 9;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	int64_t c = record_patient_rid(H.c, STR("c"));
	assert_int_equal(relation_set(H.c, &H.who, H.now_ms, 100, &H.arena, &set, &n, &H.p), RC_OK);
	db_end(H.c);
	for (size_t i = 0; i < n; i++)
		assert_true(set[i] != c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(nobody_makes_himself_a_member_and_members_are_people_who_write_identities),
		HOUSE_TEST(the_lists_are_those_of_members_and_hold_no_name),
		HOUSE_TEST(members_may_open_whom_somebody_else_brought_before_the_cell),
		HOUSE_TEST(who_asks_does_not_join_and_who_is_no_member_does_nothing),
		HOUSE_TEST(joined_both_are_read_as_one_and_the_other_leads_to_it),
		HOUSE_TEST(people_around_either_are_around_both_and_are_changed_where_they_stand),
		HOUSE_TEST(a_fact_that_joins_to_one_joins_to_both_as_long_as_they_are_one),
		HOUSE_TEST(appointments_of_the_joined_record_stand_under_the_kept_one_and_go_back),
		HOUSE_TEST(what_is_dispensed_for_a_line_of_either_is_for_the_person),
		HOUSE_TEST(undone_every_resource_is_what_it_was_and_what_was_written_meanwhile_stays_where_it_was),
		HOUSE_TEST(what_was_changed_in_a_patient_meanwhile_stays_and_the_links_go),
		HOUSE_TEST(two_stays_on_the_same_days_are_not_one_persons),
		HOUSE_TEST(two_qualified_identities_with_different_ins_are_two_persons),
		HOUSE_TEST(merges_make_no_chains),
		HOUSE_TEST(a_closed_record_is_not_written_whoever_writes_and_another_member_opens_it),
		HOUSE_TEST(no_care_link_opens_a_sealed_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
