/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/discharge_end.c: what ends with a stay, by an act and by a machine that writes the Encounter, what stays open for its result, and what comes back. */
#include "house.h"

#include "hospital/drug.h"

static uint32_t doctor;

struct account_job { struct db_job job; struct account_new n; uint32_t no; };
static enum rc account_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct account_job *k = (struct account_job *)(void *)j;
	(void)txn;
	return account_add(c, &k->n, &k->no, p);
}

#define TAKEN_BY "\"basedOn\":[{\"reference\":\"ServiceRequest/%s\"}],\"subject\":{\"reference\":\"Patient/a\"}"

/* An order as the basket signs it: of this kind, in the stay e. more: further members, each after a comma. */
static void service(const char *id, const char *kind, const char *more)
{
	putf(0, "{\"resourceType\":\"ServiceRequest\",\"id\":\"%s\",\"status\":\"active\",\"intent\":\"order\",\"category\":[{\"coding\":[{\"system\":\"urn:hygie:order-kind\",\"code\":\"%s\"}]}],\"code\":{\"text\":\"%s\"},"
		"\"subject\":{\"reference\":\"Patient/a\"},\"encounter\":{\"reference\":\"Encounter/e\"},\"authoredOn\":\"2026-11-17T09:00:00+01:00\"%s}", id, kind, id, more);
}

static void stay(const char *status, const char *end)
{
	encounter("e", "a", "u1", str_eq(str_of(status), "in-progress") ? "b2" : NULL, status, "2026-11-10T08:00:00+01:00", end);
}

static int ward(void **state)
{
	static char folder[600];
	house_open(state);
	snprintf(folder, sizeof folder, "%s/data/medicaments", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".");
	drug_folder(folder);
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	stay("in-progress", NULL);
	struct str units[] = { STR("u1") };
	struct account_job k = { .job = { .run = account_run }, .n = { .login = STR("dr.un"), .name = STR("dr.un"), .role = ROLE_PHYSICIAN, .practitioner = STR("p1"), .units = units, .n_units = 1, .password_hash = STR("$argon2id$x") } };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	doctor = k.no;
	actor(ROLE_PHYSICIAN, doctor, "p1", "u1");
	return 0;
}
#define WARD_TEST(f) cmocka_unit_test_setup_teardown(f, ward, house_close)

/* One of each kind, and a medicine: a diet by the basket, which writes them as they stand. */
static void ordered(void)
{
	char seen[40];
	service("nurse", "care", "");
	service("kidney", "lab", ",\"note\":[{\"text\":\"à jeun\"}],\"extension\":[{\"url\":\"urn:test:kept\",\"valueString\":\"as it was\"}]");
	service("sent", "lab", "");
	service("read", "imaging", "");
	service("half", "lab", "");
	service("control", "lab", ",\"occurrenceDateTime\":\"2026-12-10\"");
	service("wish", "imaging", "");
	put("{\"resourceType\":\"ServiceRequest\",\"id\":\"older\",\"status\":\"active\",\"intent\":\"order\",\"code\":{\"text\":\"older\"},\"subject\":{\"reference\":\"Patient/a\"},\"authoredOn\":\"2026-10-01\"}");
	put("{\"resourceType\":\"ServiceRequest\",\"id\":\"wish\",\"status\":\"active\",\"intent\":\"plan\",\"code\":{\"text\":\"wish\"},\"subject\":{\"reference\":\"Patient/a\"},\"encounter\":{\"reference\":\"Encounter/e\"}}");
	put("{\"resourceType\":\"Specimen\",\"id\":\"tube\",\"status\":\"available\",\"subject\":{\"reference\":\"Patient/a\"},\"request\":[{\"reference\":\"ServiceRequest/sent\"}]}");
	putf(0, "{\"resourceType\":\"DiagnosticReport\",\"id\":\"r1\",\"status\":\"final\",\"code\":{\"text\":\"x\"}," TAKEN_BY "}", "read");
	putf(0, "{\"resourceType\":\"DiagnosticReport\",\"id\":\"r2\",\"status\":\"preliminary\",\"code\":{\"text\":\"x\"}," TAKEN_BY "}", "half");
	putf(0, "{\"resourceType\":\"Procedure\",\"id\":\"p9\",\"status\":\"in-progress\",\"code\":{\"text\":\"x\"}," TAKEN_BY "}", "nurse"); /* care that was begun ends all the same */
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0001", "kind", "diet", "what", "Sans sel", "note", "peu", NULL), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0002", "kind", "drug", "cis", "60234100", "how", "moments", "dose", "1 cp", "take", "matin soir", "route", "orale", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	snprintf(seen, sizeof seen, "%s", getz("basket", 0, "seen"));
	assert_int_equal(act("prescription_sign", "patient", "a", "form", "sign-0001", "seen", seen, NULL), RC_OK);
}

/* "status/reason" of an order as the list tells it. */
static const char *told(const char *what)
{
	static char out[4][80];
	static unsigned turn;
	char *z = out[turn++ % 4];
	assert_int_equal(view("order_list", "patient", "a", "all", "1", NULL), RC_OK);
	unsigned i = row_with("others", "what", what);
	snprintf(z, 80, "%s/%s", getz("others", i, "status"), getz("others", i, "reason"));
	return z;
}

static const struct { const char *what, *runs, *ended; } TOLD[] = {
	{ "nurse",   "active/", "revoked/discharge" },
	{ "kidney",  "active/", "revoked/discharge" },
	{ "Sans sel", "active/", "revoked/discharge" },
	{ "sent",    "active/", "active/" },     /* its sample was taken: the result is on its way */
	{ "half",    "active/", "active/" },     /* a part of it is there */
	{ "read",    "active/", "completed/" },  /* it was answered */
	{ "control", "active/", "active/" },     /* asked for a day after the stay */
	{ "older",   "active/", "active/" },     /* of no stay that ends */
	{ "wish",    "active/", "active/" },     /* an intention, no order */
};

static void all_is(bool ended)
{
	for (size_t i = 0; i < N_OF(TOLD); i++)
		if (strcmp(told(TOLD[i].what), ended ? TOLD[i].ended : TOLD[i].runs) != 0)
			fail_msg("%s is %s", TOLD[i].what, told(TOLD[i].what));
	assert_int_equal(view("order_list", "patient", "a", "all", "1", NULL), RC_OK);
	assert_int_equal(count("orders"), 1);
	assert_string_equal(getz("orders", 0, "status"), ended ? "stopped" : "active");
	assert_string_equal(getz("orders", 0, "reason"), ended ? "discharge" : "");
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK); /* what is shown without asking for more */
	assert_int_equal(count("others"), ended ? 5 : N_OF(TOLD));
	assert_int_equal(view("plan_of_care", "patient", "a", NULL), RC_OK);
	assert_int_equal(any_row("cells", "state", "to_come"), !ended);
	assert_int_equal(view("discharge_queue", NULL), RC_OK); /* nobody decided of the medicine */
	assert_int_equal(count("queue"), ended);
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM discharge_ended"), ended ? 5 : 0);
}

struct kept_body { char text[4000]; };

/* The resource without its version and instant. */
static struct kept_body body_of(const char *type, const char *id)
{
	struct kept_body k;
	struct record_row row;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(record_read(H.c, fhir_type_of(str_of(type)), str_of(id), &row, &H.p), RC_OK);
	struct str meta = STR("\"meta\":{"), end = row.body;
	const char *at = memmem(row.body.p, row.body.n, meta.p, meta.n);
	assert_non_null(at);
	end = (struct str){ at, row.body.n - (size_t)(at - row.body.p) };
	(void)str_cut(end, '}', &end);
	snprintf(k.text, sizeof k.text, "%.*s%.*s", (int)(at - row.body.p), row.body.p, STR_ARG(end));
	db_end(H.c);
	return k;
}

static void what_was_ordered_in_a_stay_ends_with_its_discharge_and_comes_back_as_it_was(void **s)
{
	(void)s;
	char no[40];
	ordered();
	struct kept_body before = body_of("ServiceRequest", "kidney");
	all_is(false);
	assert_int_equal(act("stay_discharge", "patient", "a", "stay", "e", NULL), RC_OK);
	snprintf(no, sizeof no, "%s", getz("movement", 0, "no"));
	all_is(true);
	assert_non_null(strstr(body_of("ServiceRequest", "kidney").text, "\"as it was\""));
	assert_non_null(strstr(body_of("ServiceRequest", "kidney").text, "request-statusReason"));
	assert_int_equal(act("stay_cancel", "patient", "a", "stay", "e", "no", no, "reason", "not_done", NULL), RC_OK);
	all_is(false);
	assert_string_equal(body_of("ServiceRequest", "kidney").text, before.text);
	assert_int_equal(act("stay_discharge", "patient", "a", "stay", "e", NULL), RC_OK); /* and a second time */
	all_is(true);
}

static void a_stay_that_a_machine_ends_ends_as_much_and_one_that_it_takes_up_again_has_it_back(void **s)
{
	(void)s;
	ordered();
	struct kept_body before = body_of("ServiceRequest", "kidney");
	stay("finished", "2026-11-18T09:30:00+01:00");
	all_is(true);
	assert_non_null(strstr(body_of("ServiceRequest", "nurse").text, "\"valueDateTime\":\"2026-11-18T09:30:00+01:00\"")); /* from when on nothing of it was due */
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM discharge_wait WHERE unit = 'u1'"), 1);
	stay("in-progress", NULL);
	all_is(false);
	assert_string_equal(body_of("ServiceRequest", "kidney").text, before.text);
	stay("in-progress", "2026-11-18T09:40:00+01:00"); /* its end is past: it is over too */
	all_is(true);
}

static void a_stay_that_was_over_or_never_began_ends_nothing_and_one_that_is_written_on_neither(void **s)
{
	(void)s;
	ordered();
	stay("onleave", NULL);
	stay("in-progress", NULL);
	encounter("other", "a", "u2", NULL, "finished", "2026-11-01T08:00:00+01:00", "2026-11-02T08:00:00+01:00");
	all_is(false);
	stay("cancelled", NULL); /* it never was: who was admitted by mistake is admitted anew */
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM discharge_ended"), 0);
	stay("in-progress", NULL);
	stay("finished", "2026-11-18");  /* a day alone: until now */
	all_is(true);
	service("late", "care", "");     /* written after it: whoever did knows why */
	stay("finished", "2026-11-18T09:00:00+01:00");
	assert_string_equal(told("late"), "active/");
}

static void what_somebody_changed_since_is_left_as_he_left_it(void **s)
{
	(void)s;
	ordered();
	stay("finished", "2026-11-18T09:30:00+01:00");
	putf(0, "{\"resourceType\":\"ServiceRequest\",\"id\":\"nurse\",\"status\":\"entered-in-error\",\"intent\":\"order\",\"code\":{\"text\":\"nurse\"},\"subject\":{\"reference\":\"Patient/a\"},\"encounter\":{\"reference\":\"Encounter/e\"}}");
	del("ServiceRequest", "kidney");
	stay("in-progress", NULL);
	assert_string_equal(told("nurse"), "entered-in-error/");
	assert_string_equal(told("Sans sel"), "active/");
	assert_false(any_row("others", "what", "kidney"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WARD_TEST(what_was_ordered_in_a_stay_ends_with_its_discharge_and_comes_back_as_it_was),
		WARD_TEST(a_stay_that_a_machine_ends_ends_as_much_and_one_that_it_takes_up_again_has_it_back),
		WARD_TEST(a_stay_that_was_over_or_never_began_ends_nothing_and_one_that_is_written_on_neither),
		WARD_TEST(what_somebody_changed_since_is_left_as_he_left_it),
	};
	return cmocka_run_group_tests_name("discharge", tests, NULL, NULL);
}
