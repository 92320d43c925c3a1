/* SPDX-License-Identifier: Apache-2.0 */
/* The gate from its door: who comes in, who sees what, what is refused and how it is told. */
#include "gate/crowd.h"
#include "gate/ladder.h"
#include "house.h"

#include <pthread.h>
#include <stdatomic.h>

static struct house h;

static void an_unknown_login_is_answered_like_a_wrong_password_and_a_wrong_code(void **state)
{
	(void)state;
	char code[8];
	house_wait(31000);
	code_now("nurse", code);
	struct gate_call *c[3] = { sign_in_as(&h, "nobody-here", PASSWORD, code), sign_in_as(&h, "nurse", "not the password", code), sign_in_as(&h, "nurse", PASSWORD, "000000") };
	for (int i = 0; i < 3; i++) {
		assert_int_equal(release_rc(c[i]->release), RC_DENIED);
		assert_int_equal(release_problem(c[i]->release)->why, WHY_SIGN_IN_REFUSED);
		assert_string_equal(release_problem(c[i]->release)->where, "");
		assert_int_equal(release_who(c[i]->release)->role, ROLE_NONE);
		gate_call_done(&c[i]);
	}
}

static void a_code_opens_once(void **state)
{
	(void)state;
	char code[8];
	house_wait(31000);
	code_now("dpo", code);
	struct gate_call *c = sign_in_as(&h, "dpo", PASSWORD, code);
	assert_int_equal(release_rc(c->release), RC_OK);
	gate_call_done(&c);
	c = sign_in_as(&h, "dpo", PASSWORD, code);
	assert_int_equal(release_rc(c->release), RC_DENIED);
	gate_call_done(&c);
}

static void guessing_is_slowed_down_alike_for_known_and_unknown_logins(void **state)
{
	(void)state;
	static const char *const LOGIN[] = { "clerk", "no-such-clerk" };
	for (int who = 0; who < 2; who++) {
		for (int i = 0; i < 6; i++) {
			struct gate_call *c = sign_in_as(&h, LOGIN[who], "guess", "123456");
			assert_int_equal(release_problem(c->release)->why, i < 5 ? WHY_SIGN_IN_REFUSED : WHY_THROTTLED);
			gate_call_done(&c);
		}
	}
	house_wait(16 * 60000);
	char token[64];
	house_sign_in(&h, "clerk", token); /* the wait is over */
}

static void nobody_reads_without_a_session(void **state)
{
	(void)state;
	assert_int_equal(read_rc(&h, NULL, "Patient", "p0"), RC_STEP_UP);
	assert_int_equal(read_rc(&h, "invented-token-invented-token-invented-tok", "Patient", "p0"), RC_STEP_UP);
}

static void a_nurse_reads_her_unit_and_the_release_says_why(void **state)
{
	(void)state;
	char token[64];
	int64_t until;
	house_sign_in(&h, "nurse", token);
	struct gate_call *c = read_one(&h, token, "AllergyIntolerance", "a1");
	must_ok(release_rc(c->release), release_problem(c->release));
	struct row row = rows_first(release_rows(c->release), "rows");
	assert_true(str_eq(row_get(row, "id"), "a1"));
	assert_true(str_eq(row_get(row, "type"), "AllergyIntolerance"));
	assert_true(str_eq(row_get(row, "version"), "1"));
	assert_non_null(memmem(row_get(row, "body").p, row_get(row, "body").n, "MARKERALLERGY", 13));
	assert_true(str_eq(release_explained(c->release, &until), "unit"));
	assert_int_equal(release_who(c->release)->role, ROLE_NURSE);
	assert_true(str_eq(release_who(c->release)->unit_name, "Unit u1"));
	assert_int_equal(release_who(c->release)->opened, 2); /* and who was written to before */
	assert_int_equal(release_who(c->release)->opened_max, 53);
	size_t cursor = 0;
	int64_t patient;
	enum tier tier;
	assert_false(rows_next_mark(release_rows(c->release), &cursor, &patient, &tier)); /* the inner numbers stay inside */
	gate_call_done(&c);
}

static void a_strangers_record_and_one_that_does_not_exist_are_refused_alike(void **state)
{
	(void)state;
	char token[64];
	char far[16];
	snprintf(far, sizeof far, "a%u", h.patients - 1);
	house_sign_in(&h, "nurse", token);
	static const char *const TYPE[] = { "AllergyIntolerance", "Patient" };
	for (int i = 0; i < 2; i++) {
		far[0] = i ? 'p' : 'a';
		struct gate_call *a = read_one(&h, token, TYPE[i], far), *b = read_one(&h, token, TYPE[i], "no-such-thing");
		assert_int_equal(release_rc(a->release), release_rc(b->release));
		assert_int_equal(release_problem(a->release)->why, release_problem(b->release)->why);
		assert_string_equal(release_problem(a->release)->where, release_problem(b->release)->where);
		assert_int_equal(release_problem(a->release)->why, i ? WHY_UNEXPLAINED : WHY_NOT_FOUND);
		assert_int_equal(rows_count(release_rows(a->release), "rows"), 0);
		gate_call_done(&a);
		gate_call_done(&b);
	}
}

static void a_clerk_sees_stays_without_their_reasons_and_nothing_clinical(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "clerk", token);
	assert_int_equal(read_rc(&h, token, "AllergyIntolerance", "a1"), RC_DENIED);
	struct gate_call *c = read_one(&h, token, "Encounter", "e1");
	must_ok(release_rc(c->release), release_problem(c->release));
	struct str body = row_get(rows_first(release_rows(c->release), "rows"), "body");
	assert_null(memmem(body.p, body.n, "MARKERREASON", 12));
	assert_non_null(memmem(body.p, body.n, "SUBSETTED", 9));
	gate_call_done(&c);
	c = call_new(token, "/fhir/:type");
	ask_search(&c->asks, "rows", STR("Encounter"), STR("patient=p1&reason-code=A00"), 20);
	gate_run(h.g, c);
	assert_int_equal(release_rc(c->release), RC_DENIED); /* a filter reveals too */
	gate_call_done(&c);
}

static void administrator_rssi_and_technician_open_no_record(void **state)
{
	(void)state;
	static const char *const LOGIN[] = { "admin", "rssi", "technician" }; /* the last one works in the unit where p1 lies */
	for (int i = 0; i < 3; i++) {
		char token[64];
		house_sign_in(&h, LOGIN[i], token);
		assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_DENIED);
		assert_int_equal(read_rc(&h, token, "AllergyIntolerance", "a1"), RC_DENIED);
		assert_int_equal(break_glass(&h, token, "p1"), RC_DENIED);
	}
}

static void a_persons_search_stays_inside_what_is_explained(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "nurse2", token);
	struct gate_call *c = call_new(token, "/fhir/:type");
	ask_search(&c->asks, "rows", STR("AllergyIntolerance"), STR("_count=100&_total=accurate"), 200);
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_int_equal(rows_count(release_rows(c->release), "rows"), 8);
	assert_int_equal(row_i64(rows_first(release_rows(c->release), "rows.page"), "total"), 8);
	gate_call_done(&c);
	c = call_new(token, "/fhir/:type");
	ask_search(&c->asks, "rows", STR("AllergyIntolerance"), STR("patient=p1"), 20); /* in the other unit */
	gate_run(h.g, c);
	assert_int_equal(release_rc(c->release), RC_DENIED);
	gate_call_done(&c);
	c = call_new(token, "/fhir/:type");
	ask_search(&c->asks, "rows", STR("Patient"), STR("birthdate=1957-02-14"), 20);
	gate_run(h.g, c);
	assert_int_equal(release_rc(c->release), RC_DENIED);
	gate_call_done(&c);
}

static void a_plan_gives_columns_and_no_body(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "nurse", token);
	struct gate_call *c = call_new(token, "/patient/:patient/allergies");
	ask_plan(&c->asks, "allergies", STR("AllergyIntolerance"), STR("patient=p1"), 20);
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	struct row row = rows_first(release_rows(c->release), "allergies");
	assert_true(str_eq(row_get(row, "code"), "MARKERALLERGY"));
	assert_true(str_eq(row_get(row, "code.code"), "91936005"));
	assert_true(str_eq(row_get(row, "patient.reference"), "Patient/p1"));
	assert_false(row_has(row, "body"));
	gate_call_done(&c);
}

static void breaking_the_glass_opens_one_chart_and_is_on_the_record(void **state)
{
	(void)state;
	char token[64], near[16], far[16];
	snprintf(near, sizeof near, "p%u", h.patients - 2);
	snprintf(far, sizeof far, "p%u", h.patients - 3);
	house_sign_in(&h, "nurse", token);
	assert_int_equal(read_rc(&h, token, "Patient", near), RC_DENIED);
	assert_int_equal(break_glass(&h, token, "no-such-patient"), RC_NOT_FOUND);
	assert_int_equal(break_glass(&h, token, near), RC_OK);
	struct gate_call *c = read_one(&h, token, "Patient", near);
	must_ok(release_rc(c->release), release_problem(c->release));
	int64_t until;
	assert_true(str_eq(release_explained(c->release, &until), "emergency"));
	assert_true(until > house_now && until <= house_now + 4 * 3600000LL);
	gate_call_done(&c);
	assert_int_equal(read_rc(&h, token, "Patient", far), RC_DENIED);
	assert_int_equal(break_glass(&h, token, near), RC_OK);
	assert_int_equal(break_glass(&h, token, near), RC_OVER_BUDGET); /* two a shift where a code opened the session */
	assert_int_equal(break_glass_for(&h, token, far, "advice"), RC_OK); /* another reason is counted otherwise: by the ladder, when it opens */
	c = read_one(&h, token, "Patient", far);
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_true(str_eq(release_explained(c->release, &until), "break_glass"));
	gate_call_done(&c);
}

/* An emergency that a colleague signs too. */
static enum rc break_glass_with(const char *token, const char *patient, const char *login, const char *code, enum why *why_r)
{
	struct gate_call *c = call_new(token, "/patient/:patient/glass");
	ask_act(&c->asks, "break_glass");
	ask_arg(&c->asks, "patient", str_of(patient));
	ask_arg(&c->asks, "reason", STR("emergency"));
	ask_arg(&c->asks, "text", STR("arrêt cardiaque"));
	ask_arg(&c->asks, "colleague", str_of(login));
	ask_arg(&c->asks, "colleague_code", str_of(code));
	gate_run(h.g, c);
	enum rc rc = release_rc(c->release);
	*why_r = rc == RC_OK ? WHY_NONE : release_problem(c->release)->why;
	gate_call_done(&c);
	return rc;
}

static void beyond_the_shifts_emergencies_a_colleague_of_the_unit_signs_too(void **state)
{
	(void)state;
	static const struct { const char *login, *of; } NOT[] = { { "physician", "nurse" }, { "nurse2", "nurse2" }, { "nurse", "nurse" }, { "admin", "admin" }, { "nobody", "physician" } };
	char token[64], code[8], id[16];
	enum why why;
	house_wait(26 * 3600000LL);
	house_sign_in(&h, "nurse", token);
	snprintf(id, sizeof id, "p%u", h.patients - 4);
	for (int i = 0; i < 2; i++)
		assert_int_equal(break_glass(&h, token, id), RC_OK);
	assert_int_equal(break_glass(&h, token, id), RC_OVER_BUDGET);
	house_wait(31000);
	for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++) { /* another's code, another unit, oneself, who may not himself, nobody: all the same words */
		code_now(NOT[i].of, code);
		assert_int_equal(break_glass_with(token, id, NOT[i].login, code, &why), RC_BAD_INPUT);
		assert_int_equal(why, WHY_COLLEAGUE);
	}
	code_now("physician", code);
	assert_int_equal(break_glass_with(token, id, "physician", code, &why), RC_OK);
	assert_int_equal(break_glass_with(token, id, "physician", code, &why), RC_BAD_INPUT); /* a code signs once */
	assert_int_equal(read_rc(&h, token, "Patient", id), RC_OK);
}

/* Alarms that the reviewer reads, of one counter. */
static unsigned alarms_of(const char *token, const char *counter)
{
	unsigned n = 0;
	struct gate_call *c = call_new(token, "/review");
	ask_view(&c->asks, "review_list");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	for release_each (row, c->release, "alarms") {
		assert_int_equal(row_has(row, "by"), !str_eq(row_get(row, "what"), "house:unexplained")); /* that of the house is nobody's */
		n += str_eq(row_get(row, "what"), counter);
	}
	gate_call_done(&c);
	return n;
}

/* Each of three stays far below its own alarm; together they do what the house never did at that hour. */
static void accounts_that_are_quiet_each_by_itself_are_an_alarm_of_the_house_together(void **state)
{
	(void)state;
	static const char *const WHO[] = { "nurse", "physician", "clerk" };
	char token[3][64], reviewer[64], id[16];
	house_wait(26 * 3600000LL); /* what other tests opened is of yesterday */
	house_sign_in(&h, "nurse", token[0]);
	snprintf(id, sizeof id, "p%u", h.patients - 8);
	assert_int_equal(break_glass_for(&h, token[0], id, "advice"), RC_OK);
	assert_int_equal(read_rc(&h, token[0], "Patient", id), RC_OK);
	house_wait(26 * 3600000LL); /* a day in which nothing was opened without a care link */
	for (int i = 0; i < 3; i++)
		house_sign_in(&h, WHO[i], token[i]);
	house_sign_in(&h, "rssi", reviewer);
	unsigned others = alarms_of(reviewer, "ladder:evidence");
	house_wait(CROWD_SLOT_MS - house_now % CROWD_SLOT_MS); /* ten minutes begin */
	for (unsigned k = 0; k < 12; k++) {
		assert_int_equal(alarms_of(reviewer, "house:unexplained"), k > 9);
		snprintf(id, sizeof id, "p%u", h.patients - 1 - k / 3);
		assert_int_equal(break_glass_for(&h, token[k % 3], id, "advice"), RC_OK);
		assert_int_equal(read_rc(&h, token[k % 3], "Patient", id), RC_OK);
	}
	assert_int_equal(alarms_of(reviewer, "house:unexplained"), 1);
	assert_int_equal(alarms_of(reviewer, "ladder:evidence"), others);
	/* what was learnt and what was told outlive the vault */
	gate_close(&h.g);
	house_open(&h);
	snprintf(id, sizeof id, "p%u", h.patients - 5);
	assert_int_equal(break_glass_for(&h, token[0], id, "advice"), RC_OK);
	assert_int_equal(read_rc(&h, token[0], "Patient", id), RC_OK);
	assert_int_equal(alarms_of(reviewer, "house:unexplained"), 1);
}

/* Answers where a proof is due; the new token comes in its place. */
static enum rc prove(char token[64], const char *login, const char *reason, const char *unit, const char *code, enum why *why_r)
{
	char now[8];
	code_now(login, now);
	struct gate_call *c = call_new(token, "/prove");
	ask_act(&c->asks, "prove");
	ask_arg(&c->asks, "reason", str_of(reason));
	ask_arg(&c->asks, "unit", str_of(unit));
	ask_arg(&c->asks, "text", STR("renfort de nuit"));
	ask_arg(&c->asks, "code", str_of(code ? code : now));
	gate_run(h.g, c);
	enum rc rc = release_rc(c->release);
	*why_r = release_problem(c->release)->why;
	if (rc == RC_OK)
		token_of(c, token);
	else
		gate_call_done(&c);
	return rc;
}

static enum why why_not(const char *token, const char *id)
{
	struct gate_call *c = read_one(&h, token, "Patient", id);
	enum why why = release_rc(c->release) == RC_OK ? WHY_NONE : release_problem(c->release)->why;
	assert_int_equal(rows_count(release_rows(c->release), "rows"), why == WHY_NONE);
	gate_call_done(&c);
	return why;
}

/* Strangers opened with a reason each, at an honest pace, until one does not open. */
static enum why open_strangers(const char *token, unsigned *n)
{
	char id[16];
	for (;; house_wait(240000)) {
		snprintf(id, sizeof id, "p%u", *n);
		assert_int_equal(break_glass_for(&h, token, id, "advice"), RC_OK);
		enum why why = why_not(token, id);
		if (why != WHY_NONE)
			return why;
		++*n;
	}
}

/* What the second person reads: the number of the stop of a login, 0 none. */
static int64_t stop_of(const char *token, const char *login)
{
	int64_t number = 0;
	struct gate_call *c = call_new(token, "/stops");
	ask_view(&c->asks, "stops");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	for release_each (row, c->release, "stops")
		if (str_eq(row_get(row, "by"), login) && !number)
			number = row_i64(row, "number");
	gate_call_done(&c);
	return number;
}

static enum rc judge(const char *token, const char *login, const char *act, int64_t number, enum why *why_r)
{
	char code[8], n[24], account[24] = "0", upto[24] = "0";
	snprintf(n, sizeof n, "%lld", (long long)number);
	struct gate_call *c = call_new(token, "/stop");
	ask_view(&c->asks, "stop");
	ask_arg(&c->asks, "number", str_of(n));
	gate_run(h.g, c);
	enum rc rc = release_rc(c->release);
	*why_r = release_problem(c->release)->why;
	if (rc == RC_OK) {
		struct row row = rows_first(release_rows(c->release), "stop");
		snprintf(account, sizeof account, "%lld", (long long)row_i64(row, "account"));
		snprintf(upto, sizeof upto, "%lld", (long long)row_i64(row, "upto"));
		assert_int_equal(rows_count(release_rows(c->release), "opened"), row_i64(row, "patients"));
		assert_null(memmem(release_rows(c->release).p, release_rows(c->release).n, "MARKER", 6)); /* masked lines only */
	}
	gate_call_done(&c);
	if (rc != RC_OK)
		return rc;
	house_wait(31000);
	code_now(login, code);
	c = call_new(token, "/stop");
	ask_act(&c->asks, act);
	ask_arg(&c->asks, "number", str_of(n));
	ask_arg(&c->asks, "account", str_of(account));
	ask_arg(&c->asks, "upto", str_of(upto));
	ask_arg(&c->asks, "comment", STR("elle remplace au bloc"));
	ask_arg(&c->asks, "code", str_of(code));
	gate_run(h.g, c);
	rc = release_rc(c->release);
	*why_r = release_problem(c->release)->why;
	gate_call_done(&c);
	return rc;
}

static void a_proof_lets_work_go_on_and_names_the_unit_of_today(void **state)
{
	(void)state;
	char token[64], old[64], strange[16];
	unsigned n = 0;
	enum why why;
	house_wait(26 * 3600000LL);
	house_sign_in(&h, "nurse2", token); /* of u2: p0 … are strangers to her */
	assert_int_equal(open_strangers(token, &n), WHY_PROOF_DUE);
	assert_int_equal(n, 6); /* the seventh is not opened (SECURITY 7.3) */
	snprintf(strange, sizeof strange, "p%u", n + 1);
	assert_int_equal(why_not(token, "p0"), WHY_NONE); /* what is open stays open */
	/* what is missing or wrong is said by field, and asks again */
	assert_int_equal(prove(token, "nurse2", "holiday", "", NULL, &why), RC_BAD_INPUT);
	assert_int_equal(why, WHY_FIELD_CHOICE);
	assert_int_equal(prove(token, "nurse2", "unit", "", NULL, &why), RC_BAD_INPUT);
	assert_int_equal(why, WHY_FIELD_REQUIRED);
	assert_int_equal(prove(token, "nurse2", "unit", "u9", NULL, &why), RC_BAD_INPUT);
	assert_int_equal(why, WHY_UNKNOWN_UNIT);
	assert_int_equal(prove(token, "nurse2", "unit", "u1", "000000", &why), RC_BAD_INPUT);
	assert_int_equal(why, WHY_CODE_WRONG);
	assert_int_equal(why_not(token, "p6"), WHY_PROOF_DUE);
	memcpy(old, token, sizeof old);
	assert_int_equal(prove(token, "nurse2", "unit", "u1", NULL, &why), RC_OK);
	assert_int_equal(why_not(old, "p6"), WHY_SIGN_IN); /* a new token, the old one dead (ASVS 7.2.4) */
	int64_t until;
	struct gate_call *c = read_one(&h, token, "Patient", strange);
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_true(str_eq(release_explained(c->release, &until), "unit")); /* present in the unit of today: needs no reason */
	assert_true(str_eq(release_who(c->release)->unit_name, "Unit u1"));
	gate_call_done(&c);
	/* the reviewer reads what was said */
	house_sign_in(&h, "rssi", old);
	c = call_new(old, "/review");
	ask_view(&c->asks, "review_list");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	struct row proof = rows_first(release_rows(c->release), "proofs");
	assert_true(str_eq(row_get(proof, "reason"), "unit") && str_eq(row_get(proof, "unit_name"), "Unit u1") && str_eq(row_get(proof, "by"), "nurse2"));
	assert_true(str_eq(row_get(proof, "text"), "renfort de nuit"));
	gate_call_done(&c);
}

static void the_third_wrong_code_ends_the_sessions_and_the_proof_stays_due(void **state)
{
	(void)state;
	char token[64], other[64];
	unsigned n = 0;
	enum why why;
	house_wait(26 * 3600000LL);
	house_sign_in(&h, "nurse2", other);
	house_sign_in(&h, "nurse2", token);
	assert_int_equal(open_strangers(token, &n), WHY_PROOF_DUE);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(prove(token, "nurse2", "emergency", "", "000000", &why), i < 3 ? RC_BAD_INPUT : RC_STEP_UP);
		assert_int_equal(why, i < 3 ? WHY_CODE_WRONG : WHY_SIGN_IN);
	}
	assert_int_equal(why_not(token, "p0"), WHY_SIGN_IN);
	assert_int_equal(why_not(other, "p0"), WHY_SIGN_IN);
	house_sign_in(&h, "nurse2", token);
	assert_int_equal(why_not(token, "p6"), WHY_PROOF_DUE);
	/* nor does a restart refund anything */
	gate_close(&h.g);
	house_open(&h);
	assert_int_equal(why_not(token, "p6"), WHY_PROOF_DUE);
	house_wait(31000);
	assert_int_equal(prove(token, "nurse2", "other", "", NULL, &why), RC_OK);
	assert_int_equal(why_not(token, "p6"), WHY_NONE);
}

static void a_stopped_account_is_freed_by_a_second_person_who_saw_the_list(void **state)
{
	(void)state;
	char token[64], second[64], reviewer[64], id[16];
	unsigned n = 0, first;
	enum why why;
	house_wait(26 * 3600000LL);
	house_sign_in(&h, "nurse2", token);
	snprintf(id, sizeof id, "p%u", h.patients - 1);
	assert_int_equal(why_not(token, id), WHY_NONE); /* her own unit */
	while ((why = open_strangers(token, &n)) == WHY_PROOF_DUE)
		assert_int_equal(prove(token, "nurse2", "other", "", NULL, &why), RC_OK);
	assert_int_equal(why, WHY_STOPPED_ACCOUNT);
	first = n;
	assert_int_equal(first, 12); /* half of the 24 of a key */
	assert_int_equal(why_not(token, id), WHY_NONE); /* a quarter of an hour for care */
	assert_int_equal(break_glass_for(&h, token, id, "advice"), RC_OVER_BUDGET);
	house_wait(16 * 60000);
	house_sign_in(&h, "nurse2", token);
	assert_int_equal(why_not(token, id), WHY_STOPPED_ACCOUNT);
	assert_int_equal(break_glass(&h, token, id), RC_OK);
	assert_int_equal(why_not(token, id), WHY_NONE); /* an emergency is never stopped */
	/* not by himself, not by a person of another unit, not without having seen the newest, not with a wrong code */
	assert_int_equal(act_rc(&h, token, "stop_release", NULL, NULL), RC_DENIED);
	house_sign_in(&h, "physician", second); /* u1, u3; nurse2: u2, u3 */
	house_sign_in(&h, "rssi", reviewer);
	int64_t number = stop_of(second, "nurse2");
	assert_true(number > 0 && number == stop_of(reviewer, "nurse2"));
	assert_int_equal(judge(reviewer, "dpo", "stop_keep", number, &why), RC_BAD_INPUT); /* somebody else's code */
	assert_int_equal(why, WHY_CODE_WRONG);
	assert_int_equal(judge(reviewer, "rssi", "stop_keep", number, &why), RC_OK);
	assert_int_equal(why_not(token, "p0"), WHY_STOPPED_ACCOUNT);
	assert_int_equal(judge(second, "physician", "stop_release", number, &why), RC_OK);
	assert_int_equal(stop_of(reviewer, "nurse2"), 0);
	assert_int_equal(judge(second, "physician", "stop_release", number, &why), RC_CONFLICT);
	assert_int_equal(why, WHY_STOP_DONE);
	house_sign_in(&h, "nurse2", token);
	assert_int_equal(why_not(token, "p0"), WHY_NONE);
	/* over a restart too; then a little room, and the stop again */
	gate_close(&h.g);
	house_open(&h);
	assert_int_equal(open_strangers(token, &n), WHY_STOPPED_ACCOUNT);
	assert_int_equal(n, first + LADDER_GRANT);
	house_sign_in(&h, "rssi", reviewer);
	assert_int_equal(judge(reviewer, "rssi", "stop_release", stop_of(reviewer, "nurse2"), &why), RC_OK);
}

/* A work list of the reviewers: how many lines, the number of the first, and whether it names a patient's id. */
static unsigned tellings_of(const char *token, int64_t *first_r, bool *id_r)
{
	struct gate_call *c = call_new(token, "/to-tell");
	unsigned n = 0;
	ask_view(&c->asks, "to_tell");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	for release_each (row, c->release, "to_tell") {
		if (n++ == 0)
			*first_r = row_i64(row, "no");
		*id_r = row_get(row, "patient").n > 0;
		assert_true(row_get(row, "masked").n > 0 && row_get(row, "name").n == 0);
	}
	gate_call_done(&c);
	return n;
}

static enum why tell(const char *token, int64_t no, const char *how, const char *comment)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)no);
	struct gate_call *c = call_new(token, "/to-tell");
	ask_act(&c->asks, "tell_done");
	ask_arg(&c->asks, "no", str_of(text));
	ask_arg(&c->asks, "how", str_of(how));
	if (comment)
		ask_arg(&c->asks, "comment", str_of(comment));
	gate_run(h.g, c);
	enum why why = release_rc(c->release) == RC_OK ? WHY_NONE : release_problem(c->release)->why;
	gate_call_done(&c);
	return why;
}

/* What the first page says that waits. */
static int64_t waits(const char *token, const char *code)
{
	struct gate_call *c = call_new(token, "/cockpit");
	int64_t n = -1;
	ask_view(&c->asks, "cockpit");
	ask_view(&c->asks, "trail");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	for release_each (row, c->release, "tiles")
		if (str_eq(row_get(row, "code"), code))
			n = row_i64(row, "n");
	assert_true(row_i64(rows_first(release_rows(c->release), "trail"), "entries") > 0);
	gate_call_done(&c);
	return n;
}

static void patients_to_be_told_are_a_list_that_ends_and_opens_their_identity_to_who_tells_them(void **state)
{
	(void)state;
	char token[64], reviewer[64], dpo[64];
	unsigned n = 0;
	int64_t first = 0, second = 0, until;
	bool id = false;
	enum why why;
	house_wait(26 * 3600000LL);
	house_sign_in(&h, "nurse2", token);
	house_sign_in(&h, "dpo", dpo);
	house_sign_in(&h, "rssi", reviewer);
	int64_t before = waits(reviewer, "to_tell");
	assert_int_equal(why_not(dpo, "p70"), WHY_UNEXPLAINED);
	while ((why = open_strangers(token, &n)) == WHY_PROOF_DUE)
		assert_int_equal(prove(token, "nurse2", "other", "", NULL, &why), RC_OK);
	assert_int_equal(why, WHY_STOPPED_ACCOUNT);
	house_sign_in(&h, "dpo", dpo); /* it took hours: the sessions are locked */
	house_sign_in(&h, "rssi", reviewer);
	assert_true(waits(reviewer, "volume") > 0);
	assert_int_equal(judge(reviewer, "rssi", "stop_keep", stop_of(reviewer, "nurse2"), &why), RC_OK);
	assert_true(waits(reviewer, "to_tell") > before);
	assert_int_equal(tellings_of(reviewer, &first, &id), 10);
	assert_false(id); /* the security officer opens nobody */
	assert_int_equal(tellings_of(dpo, &second, &id), 10);
	assert_true(id && first == second);
	struct gate_call *c = read_one(&h, dpo, "Patient", "p0");
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_true(str_eq(release_explained(c->release, &until), "review"));
	gate_call_done(&c);
	house_sign_in(&h, "nurse2", token);
	/* what is wrong is said by field; what was dealt with is not dealt with twice */
	assert_int_equal(tell(dpo, first, "owl", NULL), WHY_FIELD_CHOICE);
	assert_int_equal(tell(dpo, first, "not_told", NULL), WHY_FIELD_REQUIRED);
	assert_int_equal(tell(token, first, "letter", NULL), WHY_NOT_ALLOWED);
	assert_int_equal(tell(dpo, first, "letter", "courrier du jour"), WHY_NONE);
	assert_int_equal(tell(reviewer, first, "phone", NULL), WHY_TELL_DONE);
	assert_int_equal(tellings_of(reviewer, &second, &id), 10);
	assert_true(second > first);
	for (unsigned i = 0; i < 400 && tellings_of(reviewer, &first, &id) > 0; i++)
		assert_int_equal(tell(reviewer, first, "not_told", "patient sans adresse"), WHY_NONE);
	assert_int_equal(waits(reviewer, "to_tell"), 0);
	/* nobody is left to be told: no identity opens for it any more */
	assert_int_equal(why_not(dpo, "p0"), WHY_UNEXPLAINED);
	assert_int_equal(why_not(dpo, "p1"), WHY_UNEXPLAINED);
	assert_int_equal(judge(reviewer, "rssi", "stop_release", stop_of(reviewer, "nurse2"), &why), RC_OK);
}

static void nobody_ends_his_own_stop_whatever_his_role(void **state)
{
	(void)state;
	char token[64], reviewer[64], id[16];
	unsigned n = 0;
	enum why why;
	house_wait(26 * 3600000LL);
	house_sign_in(&h, "dpo", token); /* reads identities, reviews and releases: but not himself */
	for (;; n++, house_wait(240000)) {
		snprintf(id, sizeof id, "p%u", n);
		assert_int_equal(break_glass_for(&h, token, id, "advice"), RC_OK);
		why = why_not(token, id);
		if (why == WHY_STOPPED_ACCOUNT)
			break;
		if (why == WHY_PROOF_DUE)
			assert_int_equal(prove(token, "dpo", "other", "", NULL, &why), RC_OK);
		assert_true(n < 80);
	}
	int64_t number = stop_of(token, "dpo");
	assert_true(number > 0);
	assert_int_equal(judge(token, "dpo", "stop_release", number, &why), RC_DENIED);
	assert_int_equal(why, WHY_STOP_OWN);
	house_sign_in(&h, "rssi", reviewer);
	assert_int_equal(judge(reviewer, "rssi", "stop_release", number, &why), RC_OK);
	assert_int_equal(why_not(token, "p0"), WHY_NONE);
}

static void other_reasons_need_words(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "physician", token);
	struct gate_call *c = call_new(token, "/patient/:patient/reason");
	ask_act(&c->asks, "break_glass");
	ask_arg(&c->asks, "patient", STR("p1"));
	ask_arg(&c->asks, "reason", STR("other"));
	ask_arg(&c->asks, "text", STR("bref"));
	gate_run(h.g, c);
	assert_int_equal(release_rc(c->release), RC_BAD_INPUT);
	assert_true(str_eq(row_get(rows_first(release_rows(c->release), "issues"), "where"), "text"));
	gate_call_done(&c);
}

static void an_idle_session_locks_and_opens_again_with_a_new_token(void **state)
{
	(void)state;
	char token[64], code[8], fresh[64];
	house_sign_in(&h, "physician", token);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK);
	house_wait(15 * 60000 + 1);
	struct gate_call *c = read_one(&h, token, "Patient", "p1");
	assert_int_equal(release_rc(c->release), RC_STEP_UP);
	assert_int_equal(release_problem(c->release)->why, WHY_LOCKED);
	assert_true(release_who(c->release)->locked);
	gate_call_done(&c);
	code_now("physician", code);
	c = call_new(token, "/unlock");
	ask_act(&c->asks, "unlock");
	ask_arg(&c->asks, "password", STR(PASSWORD));
	ask_arg(&c->asks, "code", str_of(code));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	token_of(c, fresh);
	assert_string_not_equal(token, fresh);
	assert_int_equal(read_rc(&h, fresh, "Patient", "p1"), RC_OK);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_STEP_UP);
	assert_int_equal(act_rc(&h, fresh, "sign_out", NULL, NULL), RC_OK);
	assert_int_equal(read_rc(&h, fresh, "Patient", "p1"), RC_STEP_UP);
}

static void twelve_hours_end_a_session_however_busy(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "clerk", token);
	for (int i = 0; i < 12 * 6; i++) {
		house_wait(10 * 60000);
		enum rc rc = read_rc(&h, token, "Patient", "p1");
		assert_int_equal(rc, i < 12 * 6 - 1 ? RC_OK : RC_STEP_UP);
	}
}

static void declaring_a_unit_gives_a_new_token_and_other_patients(void **state)
{
	(void)state;
	char token[64], fresh[64];
	house_sign_in(&h, "physician", token);
	assert_int_equal(act_rc(&h, token, "declare_unit", "unit", "u2"), RC_DENIED); /* not one of hers */
	struct gate_call *c = call_new(token, "/unit");
	ask_act(&c->asks, "declare_unit");
	ask_arg(&c->asks, "unit", STR("u3"));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_true(str_eq(release_who(c->release)->unit_name, "Unit u3"));
	token_of(c, fresh);
	assert_int_equal(read_rc(&h, token, "Patient", "p3"), RC_STEP_UP);
	assert_int_equal(read_rc(&h, fresh, "Patient", "p3"), RC_DENIED); /* in u1, and never written to by her */
	c = call_new(fresh, "/unit");
	ask_act(&c->asks, "declare_unit");
	ask_arg(&c->asks, "unit", STR("u1"));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	gate_call_done(&c);
}

static void disabling_an_account_acts_at_once(void **state)
{
	(void)state;
	char nurse[64], admin[64];
	house_sign_in(&h, "nurse2", nurse);
	house_sign_in(&h, "admin", admin);
	char id[16];
	snprintf(id, sizeof id, "p%u", h.patients - 1);
	assert_int_equal(read_rc(&h, nurse, "Patient", id), RC_OK);
	must_ok(act_rc(&h, admin, "account_disable", "login", "nurse2"), &(struct problem){ 0 });
	assert_int_equal(read_rc(&h, nurse, "Patient", id), RC_STEP_UP);
	char code[8];
	house_wait(31000);
	code_now("nurse2", code);
	struct gate_call *c = sign_in_as(&h, "nurse2", PASSWORD, code);
	assert_int_equal(release_problem(c->release)->why, WHY_SIGN_IN_REFUSED);
	gate_call_done(&c);
}

static struct gate_call *machine_read(const char *token, bool bearer, const char *id)
{
	struct gate_call *c = call_new(token, "/fhir/:type/:id");
	c->surface = SURFACE_API;
	c->bearer = bearer;
	ask_read(&c->asks, "rows", STR("Patient"), str_of(id));
	gate_run(h.g, c);
	return c;
}

static void a_machine_works_by_its_ticket_and_only_as_a_bearer(void **state)
{
	(void)state;
	char token[64];
	struct gate_call *c = machine_read(MACHINE_TOKEN, true, "p0");
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_true(str_eq(release_explained(c->release, NULL), "ticket"));
	gate_call_done(&c);
	c = machine_read(MACHINE_TOKEN, false, "p0");
	assert_int_equal(release_rc(c->release), RC_STEP_UP);
	gate_call_done(&c);
	house_sign_in(&h, "nurse", token);
	c = machine_read(token, true, "p0");
	assert_int_equal(release_rc(c->release), RC_STEP_UP);
	gate_call_done(&c);
	c = machine_read(MACHINE_TOKEN, true, "no-such-patient");
	assert_int_equal(release_rc(c->release), RC_NOT_FOUND);
	gate_call_done(&c);
}

static void a_machine_writes_and_reads_back(void **state)
{
	(void)state;
	struct gate_call *c = call_new(MACHINE_TOKEN, "/fhir/:type");
	c->bearer = true;
	c->surface = SURFACE_API;
	ask_act(&c->asks, "fhir_create");
	ask_arg(&c->asks, "type", STR("Patient"));
	ask_arg(&c->asks, "body", STR("{\"resourceType\":\"Patient\",\"birthDate\":\"1980-13-01\"}"));
	gate_run(h.g, c);
	assert_int_equal(release_rc(c->release), RC_BAD_INPUT);
	assert_true(rows_count(release_rows(c->release), "issues") > 0);
	gate_call_done(&c);
	c = call_new(MACHINE_TOKEN, "/fhir/:type");
	c->bearer = true;
	ask_act(&c->asks, "fhir_create");
	ask_arg(&c->asks, "type", STR("Patient"));
	ask_arg(&c->asks, "body", STR("{\"resourceType\":\"Patient\",\"birthDate\":\"1980-12-01\"}"));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	struct row row = rows_first(release_rows(c->release), "written");
	assert_true(str_eq(row_get(row, "created"), "1"));
	char id[65];
	snprintf(id, sizeof id, "%.*s", STR_ARG(row_get(row, "id")));
	gate_call_done(&c);
	c = machine_read(MACHINE_TOKEN, true, id);
	assert_int_equal(release_rc(c->release), RC_OK);
	gate_call_done(&c);
}

static void an_import_tells_line_by_line_and_twice_changes_nothing(void **state)
{
	(void)state;
	struct problem p;
	struct buf token;
	buf_init(&token, 128);
	must_ok(gate_operator(h.g, &token, &p), &p);
	for (int turn = 0; turn < 2; turn++) {
		struct gate_call *c = gate_call_new();
		c->surface = SURFACE_IMPORT;
		c->route = "import";
		c->token = buf_view(&token);
		ask_act(&c->asks, "import");
		ask_arg(&c->asks, "source", STR("test"));
		ask_arg(&c->asks, "lines", STR("{\"resourceType\":\"Patient\",\"id\":\"imp1\",\"birthDate\":\"1980-12-01\"}\n\n{\"resourceType\":\"Nothing\",\"id\":\"x\"}\n{\"resourceType\":\"Patient\",\"id\":\"imp2\",\"birthDate\":\"x\"}\n"));
		gate_run(h.g, c);
		must_ok(release_rc(c->release), release_problem(c->release));
		assert_int_equal(rows_count(release_rows(c->release), "results"), 3);
		struct row row = rows_first(release_rows(c->release), "results");
		assert_int_equal(row_i64(row, "rc"), RC_OK);
		row = rows_next(row);
		assert_true(str_eq(row_get(row, "why"), "UNKNOWN_TYPE"));
		row = rows_next(row);
		assert_int_equal(row_i64(row, "n"), 2);
		assert_int_not_equal(row_i64(row, "rc"), RC_OK);
		gate_call_done(&c);
	}
	struct gate_call *c = machine_read(MACHINE_TOKEN, true, "imp1");
	assert_true(str_eq(row_get(rows_first(release_rows(c->release), "rows"), "version"), "1"));
	gate_call_done(&c);
	/* the operator's session opens no record, and is no page's */
	c = gate_call_new();
	c->surface = SURFACE_CLI;
	c->token = buf_view(&token);
	ask_read(&c->asks, "rows", STR("Patient"), STR("imp1"));
	gate_run(h.g, c);
	assert_int_equal(release_rc(c->release), RC_DENIED);
	gate_call_done(&c);
	buf_done(&token);
}

static void a_person_who_makes_a_chart_has_it_until_another_adds_to_it(void **state)
{
	(void)state;
	char token[64], id[65];
	house_sign_in(&h, "physician", token);
	struct gate_call *c = call_new(token, "/patients/new");
	ask_act(&c->asks, "patient_create");
	ask_arg(&c->asks, "birth_name", STR("Zyxwvut"));
	ask_arg(&c->asks, "given_names", STR("Quentin"));
	ask_arg(&c->asks, "birthdate", STR("03/04/1961"));
	ask_arg(&c->asks, "sex", STR("male"));
	ask_arg(&c->asks, "confirm_no_duplicate", STR("1"));
	gate_run(h.g, c);
	if (release_rc(c->release) == RC_BAD_INPUT)
		fail_msg("issue at %.*s", STR_ARG(row_get(rows_first(release_rows(c->release), "issues"), "where")));
	must_ok(release_rc(c->release), release_problem(c->release));
	snprintf(id, sizeof id, "%.*s", STR_ARG(row_get(rows_first(release_rows(c->release), "patient"), "id")));
	gate_call_done(&c);
	c = read_one(&h, token, "Patient", id);
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_true(str_eq(release_explained(c->release, NULL), "created"));
	uint32_t opened = release_who(c->release)->opened;
	gate_call_done(&c);
	c = read_one(&h, token, "Patient", id);
	assert_int_equal(release_who(c->release)->opened, opened); /* it costs nothing */
	gate_call_done(&c);
	char body[600];
	snprintf(body, sizeof body, "{\"resourceType\":\"AllergyIntolerance\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"patient\":{\"reference\":\"Patient/%s\"}}", id);
	c = call_new(MACHINE_TOKEN, "/fhir/:type");
	c->bearer = true;
	ask_act(&c->asks, "fhir_create");
	ask_arg(&c->asks, "type", STR("AllergyIntolerance"));
	ask_arg(&c->asks, "body", str_of(body));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	gate_call_done(&c);
	c = read_one(&h, token, "Patient", id);
	assert_false(release_rc(c->release) == RC_OK && str_eq(release_explained(c->release, NULL), "created"));
	gate_call_done(&c);
}

static void a_persons_write_needs_an_explanation_like_a_read(void **state)
{
	(void)state;
	char token[64], body[600];
	house_sign_in(&h, "nurse", token);
	for (int known = 0; known < 2; known++) {
		struct gate_call *c = call_new(token, "/fhir/:type");
		snprintf(body, sizeof body, "{\"resourceType\":\"AllergyIntolerance\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"patient\":{\"reference\":\"Patient/p%u\"}}", known ? 2 : h.patients - 1);
		ask_act(&c->asks, "fhir_create");
		ask_arg(&c->asks, "type", STR("AllergyIntolerance"));
		ask_arg(&c->asks, "body", str_of(body));
		gate_run(h.g, c);
		assert_int_equal(release_rc(c->release), known ? RC_OK : RC_NOT_FOUND);
		gate_call_done(&c);
	}
}

static void a_work_list_names_the_unit_and_draws_nothing(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "nurse", token);
	struct gate_call *c = call_new(token, "/unit");
	ask_view(&c->asks, "my_units");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	uint32_t before = release_who(c->release)->opened;
	gate_call_done(&c);
	c = call_new(token, "/unit");
	ask_view(&c->asks, "unit_present");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_non_null(memmem(release_rows(c->release).p, release_rows(c->release).n, "MARKER5", 7));
	assert_int_equal(release_who(c->release)->opened, before);
	gate_call_done(&c);
}

static void the_reviewer_sees_refusals_and_broken_glass_without_identities(void **state)
{
	(void)state;
	char nurse[64], rssi[64], far[16];
	snprintf(far, sizeof far, "p%u", h.patients - 4);
	house_sign_in(&h, "nurse", nurse);
	assert_int_equal(read_rc(&h, nurse, "Patient", far), RC_DENIED);
	house_sign_in(&h, "rssi", rssi);
	static const char *const VIEW[] = { "review_list", "break_glass_list", "my_accesses" };
	for (int i = 0; i < 3; i++) {
		struct gate_call *c = call_new(rssi, "/review");
		ask_view(&c->asks, VIEW[i]);
		gate_run(h.g, c);
		must_ok(release_rc(c->release), release_problem(c->release));
		assert_null(memmem(release_rows(c->release).p, release_rows(c->release).n, "MARKER", 6));
		gate_call_done(&c);
	}
	struct gate_call *c = call_new(nurse, "/accesses");
	ask_view(&c->asks, "my_accesses");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	gate_call_done(&c);
}

static void the_sixty_first_search_of_an_hour_is_refused(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "dpo", token); /* in no unit: nobody is named to her */
	for (int i = 0; i < 61; i++) {
		struct gate_call *c = call_new(token, "/patients/search");
		ask_view(&c->asks, "patient_search");
		ask_arg(&c->asks, "birthdate", STR("1957-02-14"));
		gate_run(h.g, c);
		if (i < 60)
			must_ok(release_rc(c->release), release_problem(c->release));
		else
			assert_int_equal(release_problem(c->release)->why, WHY_OVER_SEARCHES);
		assert_null(memmem(release_rows(c->release).p, release_rows(c->release).n, "MARKER", 6)); /* masked lines */
		gate_call_done(&c);
	}
}

static void who_looked_shows_what_was_released_a_moment_ago(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "nurse", token);
	assert_int_equal(read_rc(&h, token, "AllergyIntolerance", "a5"), RC_OK);
	struct gate_call *c = call_new(token, "/patient/:patient/accesses");
	ask_view(&c->asks, "who_looked");
	ask_arg(&c->asks, "patient", STR("p5"));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	assert_true(release_rows(c->release).n > 100);
	gate_call_done(&c);
}

static size_t looks_at_p2(const char *token, const char *route)
{
	struct gate_call *c = call_new(token, "/patient/:patient/accesses");
	ask_view(&c->asks, "who_looked");
	ask_arg(&c->asks, "patient", STR("p2"));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	struct str rows = release_rows(c->release);
	size_t n = 0;
	for (const char *at = rows.p; (at = memmem(at, rows.n - (size_t)(at - rows.p), route, strlen(route))) != NULL; at++)
		n++;
	gate_call_done(&c);
	return n;
}

/* Is the newest look at p5 that the list shows another than one into this list? */
static bool shows_the_read(const char *token)
{
	struct gate_call *c = call_new(token, "/patient/:patient/accesses");
	ask_view(&c->asks, "who_looked");
	ask_arg(&c->asks, "patient", STR("p5"));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	struct str what = row_get(rows_first(release_rows(c->release), "accesses"), "what");
	bool shows = what.n && !str_eq(what, "/patient/:patient/accesses");
	gate_call_done(&c);
	return shows;
}

static _Atomic bool enough;
static void *reads_on(void *token)
{
	while (!atomic_load(&enough))
		assert_int_equal(read_rc(&h, token, "AllergyIntolerance", "a2"), RC_OK);
	return NULL;
}

/* Rows that wait for their flush while others come behind them: none may be passed over, for the index notes how far it is. */
static void no_look_is_passed_over_while_others_look(void **state)
{
	(void)state;
	enum { OTHERS = 3 };
	char token[64], other[64];
	pthread_t thread[OTHERS];
	house_sign_in(&h, "nurse", token);
	house_sign_in(&h, "physician", other);
	bool may = read_rc(&h, other, "AllergyIntolerance", "a2") == RC_OK;
	for (int i = 0; i < OTHERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, reads_on, may ? other : token), 0);
	int passed = 0;
	for (int i = 0; i < 150; i++) {
		assert_int_equal(read_rc(&h, token, "AllergyIntolerance", "a5"), RC_OK);
		passed += !shows_the_read(token);
	}
	atomic_store(&enough, true);
	for (int i = 0; i < OTHERS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(passed, 0);
}

/* An act's answer does not wait for its outcome's entry, but who asks for the list does. */
static void who_looked_shows_what_was_written_a_moment_ago(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "nurse", token);
	for (int i = 0; i < 5; i++) {
		size_t before = looks_at_p2(token, "fhir_create");
		struct gate_call *c = call_new(token, "/fhir/:type");
		ask_act(&c->asks, "fhir_create");
		ask_arg(&c->asks, "type", STR("AllergyIntolerance"));
		ask_arg(&c->asks, "body", STR("{\"resourceType\":\"AllergyIntolerance\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"patient\":{\"reference\":\"Patient/p2\"}}"));
		gate_run(h.g, c);
		must_ok(release_rc(c->release), release_problem(c->release));
		gate_call_done(&c);
		assert_int_equal(looks_at_p2(token, "fhir_create"), before + 1);
	}
}

static void a_second_vault_is_refused(void **state)
{
	(void)state;
	struct gate_settings s = { .dir = h.dir };
	struct gate *second = NULL;
	struct problem p;
	assert_int_equal(gate_open(&s, &second, &p), RC_CONFLICT);
	assert_null(second);
}

static void a_command_works_through_the_socket_and_a_page_does_not(void **state)
{
	(void)state;
	struct gate *far = NULL;
	struct problem p;
	struct buf token;
	assert_int_equal(gate_connect("/tmp/no-such-dir", &far, &p), RC_NOT_FOUND);
	must_ok(gate_listen(h.g, &p), &p);
	must_ok(gate_connect(h.dir, &far, &p), &p);
	buf_init(&token, 128);
	must_ok(gate_operator(far, &token, &p), &p);
	for (int page = 0; page < 2; page++) {
		struct gate_call *c = gate_call_new();
		c->surface = page ? SURFACE_PAGE : SURFACE_IMPORT;
		c->route = "import";
		c->token = buf_view(&token);
		ask_act(&c->asks, "import");
		ask_arg(&c->asks, "source", STR("test"));
		ask_arg(&c->asks, "lines", STR("{\"resourceType\":\"Patient\",\"id\":\"sock1\"}"));
		gate_run(far, c);
		assert_int_equal(release_rc(c->release), page ? RC_RETRY : RC_OK);
		assert_int_equal(rows_count(release_rows(c->release), "results"), page ? 0 : 1);
		gate_call_done(&c);
	}
	buf_done(&token);
	gate_close(&far);
}

static void undeclared_arguments_and_unknown_names_are_refused(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "nurse", token);
	assert_int_equal(act_rc(&h, token, "no_such_act", NULL, NULL), RC_BAD_INPUT);
	struct gate_call *c = call_new(token, "/x");
	ask_view(&c->asks, "no_such_view");
	gate_run(h.g, c);
	assert_int_equal(release_rc(c->release), RC_BAD_INPUT);
	gate_call_done(&c);
	assert_int_equal(read_rc(&h, token, "Nothing", "x"), RC_NOT_FOUND);
}

static int open_house(void **state)
{
	(void)state;
	house_new(&h, 90);
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	house_done(&h);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_reads_without_a_session),
		cmocka_unit_test(an_unknown_login_is_answered_like_a_wrong_password_and_a_wrong_code),
		cmocka_unit_test(a_code_opens_once),
		cmocka_unit_test(guessing_is_slowed_down_alike_for_known_and_unknown_logins),
		cmocka_unit_test(undeclared_arguments_and_unknown_names_are_refused),
		cmocka_unit_test(a_strangers_record_and_one_that_does_not_exist_are_refused_alike),
		cmocka_unit_test(a_clerk_sees_stays_without_their_reasons_and_nothing_clinical),
		cmocka_unit_test(administrator_rssi_and_technician_open_no_record),
		cmocka_unit_test(a_persons_search_stays_inside_what_is_explained),
		cmocka_unit_test(other_reasons_need_words),
		cmocka_unit_test(a_persons_write_needs_an_explanation_like_a_read),
		cmocka_unit_test(a_nurse_reads_her_unit_and_the_release_says_why),
		cmocka_unit_test(a_plan_gives_columns_and_no_body),
		cmocka_unit_test(breaking_the_glass_opens_one_chart_and_is_on_the_record),
		cmocka_unit_test(a_person_who_makes_a_chart_has_it_until_another_adds_to_it),
		cmocka_unit_test(a_work_list_names_the_unit_and_draws_nothing),
		cmocka_unit_test(the_reviewer_sees_refusals_and_broken_glass_without_identities),
		cmocka_unit_test(the_sixty_first_search_of_an_hour_is_refused),
		cmocka_unit_test(who_looked_shows_what_was_released_a_moment_ago),
		cmocka_unit_test(who_looked_shows_what_was_written_a_moment_ago),
		cmocka_unit_test(no_look_is_passed_over_while_others_look),
		cmocka_unit_test(a_machine_works_by_its_ticket_and_only_as_a_bearer),
		cmocka_unit_test(a_machine_writes_and_reads_back),
		cmocka_unit_test(an_import_tells_line_by_line_and_twice_changes_nothing),
		cmocka_unit_test(a_second_vault_is_refused),
		cmocka_unit_test(a_command_works_through_the_socket_and_a_page_does_not),
		cmocka_unit_test(declaring_a_unit_gives_a_new_token_and_other_patients),
		cmocka_unit_test(an_idle_session_locks_and_opens_again_with_a_new_token),
		cmocka_unit_test(beyond_the_shifts_emergencies_a_colleague_of_the_unit_signs_too),
		cmocka_unit_test(a_proof_lets_work_go_on_and_names_the_unit_of_today),
		cmocka_unit_test(the_third_wrong_code_ends_the_sessions_and_the_proof_stays_due),
		cmocka_unit_test(a_stopped_account_is_freed_by_a_second_person_who_saw_the_list),
		cmocka_unit_test(patients_to_be_told_are_a_list_that_ends_and_opens_their_identity_to_who_tells_them),
		cmocka_unit_test(nobody_ends_his_own_stop_whatever_his_role),
		cmocka_unit_test(disabling_an_account_acts_at_once),
		cmocka_unit_test(twelve_hours_end_a_session_however_busy),
		cmocka_unit_test(accounts_that_are_quiet_each_by_itself_are_an_alarm_of_the_house_together),
	};
	return cmocka_run_group_tests(tests, open_house, close_house);
}
