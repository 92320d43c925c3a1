/* SPDX-License-Identifier: Apache-2.0 */
/* People who do not exist: who opens one is stopped, by whatever way, and nothing of them leaves; who only sees their line, or is refused, is not. */
#include "house.h"

#include "hospital/canary.h"

#define CANARY "c0ffee00-1111"
#define CANARY_NAME "VALLESTRE"

static struct house h;

static enum rc plant(struct fill *k, struct db_conn *c, int64_t txn, struct problem *p)
{
	int64_t patient;
	enum rc rc = put_json(k, c, txn, "Patient", CANARY, "{\"resourceType\":\"Patient\",\"id\":\"" CANARY "\",\"name\":[{\"use\":\"official\",\"family\":\"" CANARY_NAME "\",\"given\":[\"Odile\"]}],\"gender\":\"female\",\"birthDate\":\"1961-03-08\"}", p);
	patient = rc == RC_OK ? record_patient_rid(c, STR(CANARY)) : 0;
	return rc == RC_OK ? canary_keep(c, &patient, 1, p) : rc;
}

static void on_base(enum rc (*f)(struct fill *k, struct db_conn *c, int64_t txn, struct problem *p))
{
	struct problem p = { 0 };
	struct db *db = NULL;
	struct db_settings s = { .path = h.base };
	must_ok(db_open(&s, true, &db, &p), &p);
	keys_place(h.dir);
	must_ok(record_open(db, &p), &p);
	must_ok(hospital_open(db, &p), &p);
	struct fill k = { .job = { .run = fill_run }, .f = f };
	arena_init(&k.a, 16u << 20);
	must_ok(db_write_now(db, &k.job, &p), &p);
	arena_done(&k.a);
	db_close(&db);
}

static int begin(void **state)
{
	(void)state;
	house_new(&h, 20);
	gate_close(&h.g);
	on_base(plant);
	house_open(&h);
	return 0;
}

static int end(void **state)
{
	(void)state;
	house_done(&h);
	return 0;
}

static struct gate_call *of_machine(void)
{
	struct gate_call *c = call_new(MACHINE_TOKEN, "/fhir/:type");
	c->surface = SURFACE_API;
	c->bearer = true;
	return c;
}

static enum rc machine_reads(const char *id)
{
	struct gate_call *c = of_machine();
	ask_read(&c->asks, "rows", STR("Patient"), str_of(id));
	gate_run(h.g, c);
	enum rc rc = release_rc(c->release);
	if (rc != RC_OK)
		assert_int_equal(rows_count(release_rows(c->release), "rows"), 0);
	gate_call_done(&c);
	return rc;
}

static enum rc machine_searches(const char *type, const char *query)
{
	struct gate_call *c = of_machine();
	ask_search(&c->asks, "rows", str_of(type), str_of(query), 50);
	gate_run(h.g, c);
	enum rc rc = release_rc(c->release);
	if (rc != RC_OK)
		assert_int_equal(rows_count(release_rows(c->release), "rows"), 0);
	gate_call_done(&c);
	return rc;
}

/* What the security officer reads of stops: how many, and what the last one was for. */
static size_t stops(char what[40])
{
	char token[64];
	house_sign_in(&h, "rssi", token);
	struct gate_call *c = call_new(token, "/stops");
	ask_view(&c->asks, "stops");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	size_t n = rows_count(release_rows(c->release), "stops");
	struct str said = n ? row_get(rows_first(release_rows(c->release), "stops"), "what") : STR("");
	snprintf(what, 40, "%.*s", STR_ARG(said));
	assert_null(memmem(release_rows(c->release).p, release_rows(c->release).n, CANARY, sizeof CANARY - 1));
	gate_call_done(&c);
	return n;
}

static void an_emergency_for_a_canary_is_refused_like_any_stop_and_stops_the_account(void **state)
{
	(void)state;
	char token[64], what[40];
	house_sign_in(&h, "nurse", token);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK);
	assert_int_equal(break_glass(&h, token, CANARY), RC_OVER_BUDGET);
	assert_int_equal(read_rc(&h, token, "Patient", CANARY), RC_DENIED);    /* nothing was granted */
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK);         /* open before: the quarter of an hour for care */
	assert_int_equal(read_rc(&h, token, "Patient", "p2"), RC_OVER_BUDGET);
	assert_int_equal(break_glass_for(&h, token, "p19", "advice"), RC_OVER_BUDGET);
	assert_int_equal(break_glass(&h, token, "p19"), RC_OK);               /* a true emergency of somebody true: never held up */
	assert_int_equal(stops(what), 1);
	assert_string_equal(what, "ladder:canary");
	assert_int_equal(break_glass(&h, token, CANARY), RC_OVER_BUDGET);
	assert_int_equal(stops(what), 1);                                     /* told once */
}

static void another_reason_for_a_canary_is_a_touch_too_and_a_restart_frees_nobody(void **state)
{
	(void)state;
	char token[64], what[40];
	house_sign_in(&h, "physician", token);
	assert_int_equal(break_glass_for(&h, token, CANARY, "advice"), RC_OVER_BUDGET);
	gate_close(&h.g);
	house_open(&h);
	house_sign_in(&h, "physician", token);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OVER_BUDGET);
	assert_int_equal(stops(what), 1);
}

static void a_look_that_is_refused_and_a_masked_line_are_no_touch(void **state)
{
	(void)state;
	char token[64], what[40];
	house_sign_in(&h, "clerk", token);
	assert_int_equal(read_rc(&h, token, "Patient", CANARY), RC_DENIED);
	struct gate_call *c = call_new(token, "/patients");
	ask_view(&c->asks, "patient_search");
	ask_arg(&c->asks, "birthdate", STR("1961-03-08"));
	ask_arg(&c->asks, "name", STR("val"));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_non_null(memmem(release_rows(c->release).p, release_rows(c->release).n, CANARY, sizeof CANARY - 1)); /* its line is there, as anybody's */
	assert_null(memmem(release_rows(c->release).p, release_rows(c->release).n, CANARY_NAME, sizeof CANARY_NAME - 1));
	gate_call_done(&c);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK);
	assert_int_equal(stops(what), 0);
}

static void a_machine_that_reads_one_is_stopped_and_stays_so_over_a_restart(void **state)
{
	(void)state;
	char what[40];
	assert_int_equal(machine_reads("p1"), RC_OK);
	assert_int_equal(machine_reads(CANARY), RC_OVER_BUDGET);
	assert_int_equal(machine_reads("p1"), RC_OVER_BUDGET);
	assert_int_equal(machine_searches("AllergyIntolerance", "patient=p2"), RC_OVER_BUDGET);
	for (int i = 0; i < 2; i++) { /* out of the entries, then out of the snapshot that the first close wrote */
		gate_close(&h.g);
		house_open(&h);
		assert_int_equal(machine_reads("p1"), RC_OVER_BUDGET);
	}
	assert_int_equal(stops(what), 1);
	assert_string_equal(what, "ladder:canary");
}

static void a_page_of_hits_with_a_canary_in_it_is_refused_whole(void **state)
{
	(void)state;
	assert_int_equal(machine_searches("Patient", "birthdate=1957-02-14&_count=50"), RC_OK);
	assert_int_equal(machine_searches("Patient", "_count=50"), RC_OVER_BUDGET);
	assert_int_equal(machine_reads("p1"), RC_OVER_BUDGET);
}

static void a_count_holds_them_so_that_no_difference_betrays_them_and_is_no_touch(void **state)
{
	(void)state;
	struct gate_call *c = of_machine();
	ask_search(&c->asks, "rows", STR("Patient"), STR("_summary=count"), 50);
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_int_equal(row_i64(rows_first(release_rows(c->release), "rows.page"), "total"), 21);
	gate_call_done(&c);
	assert_int_equal(machine_reads("p1"), RC_OK);
}

static enum rc no_allergy(struct fill *k, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct record_row row;
	struct problem none;
	(void)k;
	(void)txn;
	return record_read(c, fhir_type_of(STR("AllergyIntolerance")), STR("of-canary"), &row, &none) == RC_NOT_FOUND ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, "", "it was kept");
}

static void what_a_machine_writes_for_a_canary_is_undone_and_stops_it(void **state)
{
	(void)state;
	char what[40];
	struct gate_call *c = of_machine();
	ask_act(&c->asks, "fhir_update");
	ask_arg(&c->asks, "type", STR("AllergyIntolerance"));
	ask_arg(&c->asks, "id", STR("of-canary"));
	ask_arg(&c->asks, "body", STR("{\"resourceType\":\"AllergyIntolerance\",\"id\":\"of-canary\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},"
		"\"patient\":{\"reference\":\"Patient/" CANARY "\"},\"code\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"91936005\"}],\"text\":\"x\"}}"));
	gate_run(h.g, c);
	assert_int_equal(release_rc(c->release), RC_OVER_BUDGET);
	gate_call_done(&c);
	assert_int_equal(machine_reads("p1"), RC_OVER_BUDGET);
	assert_int_equal(stops(what), 1);
	gate_close(&h.g);
	on_base(no_allergy);
	house_open(&h);
}

static void an_import_for_a_canary_is_stored_and_told_to_the_officer(void **state)
{
	(void)state;
	struct problem p = { 0 };
	struct buf token;
	char officer[64];
	buf_init(&token, 256);
	must_ok(gate_operator(h.g, &token, &p), &p);
	for (int canary = 0; canary < 2; canary++) {
		char line[900], z[256];
		snprintf(z, sizeof z, "%.*s", STR_ARG(buf_view(&token)));
		snprintf(line, sizeof line, "{\"resourceType\":\"AllergyIntolerance\",\"id\":\"imported%d\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},"
			"\"patient\":{\"reference\":\"Patient/%s\"},\"code\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"91936005\"}],\"text\":\"x\"}}", canary, canary ? CANARY : "p1");
		struct gate_call *c = call_new(z, "import");
		c->surface = SURFACE_IMPORT;
		ask_act(&c->asks, "import");
		ask_arg(&c->asks, "source", STR("test.ndjson"));
		ask_arg(&c->asks, "lines", str_of(line));
		gate_run(h.g, c);
		must_ok(release_rc(c->release), release_problem(c->release));
		assert_int_equal(row_i64(rows_first(release_rows(c->release), "results"), "rc"), RC_OK);
		gate_call_done(&c);
		house_sign_in(&h, "rssi", officer);
		c = call_new(officer, "/review");
		ask_view(&c->asks, "review_list");
		gate_run(h.g, c);
		must_ok(release_rc(c->release), release_problem(c->release));
		struct str rows = release_rows(c->release);
		assert_int_equal(memmem(rows.p, rows.n, "ladder:canary", sizeof "ladder:canary" - 1) != NULL, canary);
		gate_call_done(&c);
	}
	buf_done(&token);
}

/* Every view of the tables, by everybody who may: none but the search for persons and its kin names a canary, and these by a masked line. */
static void no_list_and_no_statistic_names_a_canary(void **state)
{
	(void)state;
	static const char *const WHO[] = { "nurse", "physician", "clerk", "rssi", "dpo", "admin" };
	const struct gate_row *row;
	size_t n = gate_rows(&row), asked = 0;
	for (size_t w = 0; w < sizeof WHO / sizeof *WHO; w++) {
		char token[64];
		house_sign_in(&h, WHO[w], token);
		for (size_t i = 0; i < n; i++) {
			if (strcmp(row[i].kind, "view") != 0 || row[i].reveals == REVEALS_ONE_PATIENT)
				continue;
			struct gate_call *c = call_new(token, "/list");
			ask_view(&c->asks, row[i].name);
			gate_run(h.g, c);
			asked += release_rc(c->release) == RC_OK;
			struct str rows = release_rows(c->release);
			if (rows.p && (memmem(rows.p, rows.n, CANARY, sizeof CANARY - 1) || memmem(rows.p, rows.n, CANARY_NAME, sizeof CANARY_NAME - 1)))
				fail_msg("%s names a canary to %s", row[i].name, WHO[w]);
			gate_call_done(&c);
		}
	}
	assert_in_range(asked, 20, 10000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(an_emergency_for_a_canary_is_refused_like_any_stop_and_stops_the_account),
		TEST(another_reason_for_a_canary_is_a_touch_too_and_a_restart_frees_nobody),
		TEST(a_look_that_is_refused_and_a_masked_line_are_no_touch),
		TEST(a_machine_that_reads_one_is_stopped_and_stays_so_over_a_restart),
		TEST(a_page_of_hits_with_a_canary_in_it_is_refused_whole),
		TEST(a_count_holds_them_so_that_no_difference_betrays_them_and_is_no_touch),
		TEST(what_a_machine_writes_for_a_canary_is_undone_and_stops_it),
		TEST(an_import_for_a_canary_is_stored_and_told_to_the_officer),
		TEST(no_list_and_no_statistic_names_a_canary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
