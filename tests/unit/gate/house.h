/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small house for the gate's tests: a real base and ledger in a directory of its own, two units, some patients, one account a role, one machine with a
 * ticket. All accounts have the password PASSWORD and a TOTP secret of their own login. Time is the tests' own and only goes forward.
 */
#ifndef HYGIE_TEST_GATE_HOUSE_H
#define HYGIE_TEST_GATE_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/dir.h"
#include "gate/gate.h"
#include "hospital/password.h"
#include "record/keys.h"
#include "ledger/ledger.h"
#include "test_base.h"

#define PASSWORD "quatre-mots-de-passe"
#define MACHINE_TOKEN "machine-token-of-the-tests-0123456789abcdef"

struct house { char dir[64], base[DIR_BASE]; struct gate *g; struct gate_settings set; unsigned patients; };
static int64_t house_now = 1795000000000; /* a Wednesday in November 2026 */

static inline void house_wait(int64_t ms)
{
	house_now += ms;
	clock_set(house_now);
}

static inline void must_ok(enum rc rc, const struct problem *p)
{
	if (rc != RC_OK)
		fail_msg("rc %d why %s where %s: %s", rc, why_row(p->why)->name, p->where, p->detail);
}

/* ---- filling, below the gate ---- */

struct fill { struct db_job job; enum rc (*f)(struct fill *k, struct db_conn *c, int64_t txn, struct problem *p); const char *hash; unsigned patients; struct arena a; };

static inline enum rc fill_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct fill *k = (struct fill *)(void *)job;
	return k->f(k, c, txn, p);
}

static inline enum rc put_json(struct fill *k, struct db_conn *c, int64_t txn, const char *type, const char *id, const char *json, struct problem *p)
{
	struct record_write *w;
	struct fhir_issue *issues = NULL;
	struct record_done d;
	enum rc rc = record_prepare(arena_str(&k->a, str_of(json)), fhir_type_of(str_of(type)), arena_str(&k->a, str_of(id)), &k->a, &w, &issues, p);
	return rc == RC_OK ? record_put(c, txn, w, &(struct record_if){ 0 }, &d, p) : rc;
}

static inline enum rc add_account(struct fill *k, struct db_conn *c, const char *login, enum role role, const char *unit, struct problem *p)
{
	struct str units[2] = { str_of(unit), STR("u3") };
	struct account_new n = { .login = str_of(login), .name = str_of(login), .password_hash = role == ROLE_MACHINE ? STR_NONE : str_of(k->hash), .lang = STR("fr"),
		.unit = str_of(unit), .units = units, .n_units = unit ? 2 : 0, .role = role, .totp_secret = role == ROLE_MACHINE ? STR_NONE : str_of(login) };
	uint32_t no;
	enum rc rc = account_add(c, &n, &no, p);
	if (rc == RC_OK && role == ROLE_MACHINE)
		rc = machine_ticket_add(c, no, STR(MACHINE_TOKEN), true, MAY_API_READ | MAY_API_WRITE, house_now + 365LL * 86400000, p);
	return rc;
}

/* Patients p0 … are in unit u1, the last eight in u2. Each has one stay and one allergy. */
static inline enum rc fill_all(struct fill *k, struct db_conn *c, int64_t txn, struct problem *p)
{
	char id[40], json[1200];
	enum rc rc = RC_OK;
	static const char *const UNIT[] = { "u1", "u2", "u3" };
	for (int i = 0; i < 3 && rc == RC_OK; i++) {
		snprintf(json, sizeof json, "{\"resourceType\":\"Organization\",\"id\":\"%s\",\"name\":\"Unit %s\"}", UNIT[i], UNIT[i]);
		rc = put_json(k, c, txn, "Organization", UNIT[i], json, p);
	}
	for (unsigned i = 0; i < k->patients && rc == RC_OK; i++) {
		const char *unit = i + 8 < k->patients ? "u1" : "u2";
		snprintf(id, sizeof id, "p%u", i);
		snprintf(json, sizeof json, "{\"resourceType\":\"Patient\",\"id\":\"p%u\",\"name\":[{\"use\":\"official\",\"family\":\"MARKER%u\",\"given\":[\"Anne\"]}],\"gender\":\"female\",\"birthDate\":\"1957-02-14\"}", i, i);
		rc = put_json(k, c, txn, "Patient", id, json, p);
		snprintf(id, sizeof id, "e%u", i);
		snprintf(json, sizeof json, "{\"resourceType\":\"Encounter\",\"id\":\"e%u\",\"status\":\"in-progress\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"IMP\"},"
			"\"subject\":{\"reference\":\"Patient/p%u\"},\"serviceProvider\":{\"reference\":\"Organization/%s\"},\"period\":{\"start\":\"2026-11-01T10:00:00Z\"},\"reasonCode\":[{\"text\":\"MARKERREASON\"}]}", i, i, unit);
		if (rc == RC_OK)
			rc = put_json(k, c, txn, "Encounter", id, json, p);
		snprintf(id, sizeof id, "a%u", i);
		snprintf(json, sizeof json, "{\"resourceType\":\"AllergyIntolerance\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"id\":\"a%u\",\"patient\":{\"reference\":\"Patient/p%u\"},\"code\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"91936005\"}],\"text\":\"MARKERALLERGY\"}}", i, i);
		if (rc == RC_OK)
			rc = put_json(k, c, txn, "AllergyIntolerance", id, json, p);
	}
	static const struct { const char *login; enum role role; const char *unit; } ACCOUNT[] = {
		{ "nurse", ROLE_NURSE, "u1" }, { "nurse2", ROLE_NURSE, "u2" }, { "physician", ROLE_PHYSICIAN, "u1" }, { "clerk", ROLE_CLERK, "u1" },
		{ "admin", ROLE_ADMIN, NULL }, { "rssi", ROLE_RSSI, NULL }, { "dpo", ROLE_DPO, NULL }, { "machine", ROLE_MACHINE, NULL }, { "technician", ROLE_TECHNICIAN, "u1" },
	};
	for (size_t i = 0; i < sizeof ACCOUNT / sizeof *ACCOUNT && rc == RC_OK; i++)
		rc = add_account(k, c, ACCOUNT[i].login, ACCOUNT[i].role, ACCOUNT[i].unit, p);
	return rc;
}

static inline void house_open(struct house *h)
{
	struct problem p = { 0 };
	h->set = (struct gate_settings){ .dir = h->dir, .passkey_name = "dpi.hopital.test", .passkey_origins = "https://dpi.hopital.test" };
	must_ok(gate_open(&h->set, &h->g, &p), &p);
}

static inline void house_new(struct house *h, unsigned patients)
{
	struct problem p = { 0 };
	struct dir d;
	struct db *db = NULL;
	struct buf hash;
	*h = (struct house){ .patients = patients };
	clock_set(house_now);
	snprintf(h->dir, sizeof h->dir, "/tmp/hygie-gate-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	must_ok(dir_name(h->dir, &d, &p), &p);
	if (test_base_is_server()) {
		test_base_at(h->dir, d.base);
		must_ok(dir_keep_base(&d, &p), &p);
	}
	snprintf(h->base, sizeof h->base, "%s", d.base);
	struct db_settings s = { .path = d.base };
	must_ok(db_open(&s, true, &db, &p), &p);
	keys_place(h->dir);
	must_ok(record_open(db, &p), &p);
	must_ok(hospital_open(db, &p), &p);
	buf_init(&hash, 256);
	must_ok(password_hash(STR(PASSWORD), &hash, &p), &p);
	buf_ch(&hash, 0);
	struct fill k = { .job = { .run = fill_run }, .f = fill_all, .hash = hash.p, .patients = patients };
	arena_init(&k.a, 256u << 20);
	must_ok(db_write_now(db, &k.job, &p), &p);
	arena_done(&k.a);
	buf_done(&hash);
	db_close(&db);
	house_open(h);
}

static inline void house_done(struct house *h)
{
	gate_close(&h->g);
	test_base_gone(h->base);
	test_folder_gone(h->dir);
}

/* ---- calls ---- */

static inline struct gate_call *call_new(const char *token, const char *route)
{
	struct gate_call *c = gate_call_new();
	c->surface = SURFACE_PAGE;
	c->route = route;
	c->token = str_of(token);
	c->from = STR("192.0.2.7");
	c->touch = true;
	return c;
}

static inline void code_now(const char *login, char code[8])
{
	oath_totp_generate(login, strlen(login), (time_t)(house_now / 1000), 30, 0, 6, code);
}

static inline struct gate_call *sign_in_as(struct house *h, const char *login, const char *password, const char *code)
{
	struct gate_call *c = call_new(NULL, "/sign-in");
	ask_act(&c->asks, "sign_in");
	ask_arg(&c->asks, "login", str_of(login));
	ask_arg(&c->asks, "password", str_of(password));
	ask_arg(&c->asks, "code", str_of(code));
	gate_run(h->g, c);
	return c;
}

static inline void token_of(struct gate_call *c, char token[64])
{
	struct str t = row_get(rows_first(release_rows(c->release), "session"), "token");
	assert_in_range(t.n, 20, 63);
	memcpy(token, t.p, t.n);
	token[t.n] = 0;
	gate_call_done(&c);
}

/* A new session; half a minute passes so that the code is a fresh one. */
static inline void house_sign_in(struct house *h, const char *login, char token[64])
{
	char code[8];
	house_wait(31000);
	code_now(login, code);
	struct gate_call *c = sign_in_as(h, login, PASSWORD, code);
	must_ok(release_rc(c->release), release_problem(c->release));
	token_of(c, token);
}

static inline struct gate_call *read_one(struct house *h, const char *token, const char *type, const char *id)
{
	struct gate_call *c = call_new(token, "/fhir/:type/:id");
	ask_read(&c->asks, "rows", str_of(type), str_of(id));
	gate_run(h->g, c);
	return c;
}

static inline enum rc read_rc(struct house *h, const char *token, const char *type, const char *id)
{
	struct gate_call *c = read_one(h, token, type, id);
	enum rc rc = release_rc(c->release);
	if (rc != RC_OK)
		assert_int_equal(rows_count(release_rows(c->release), "rows"), 0);
	gate_call_done(&c);
	return rc;
}

static inline enum rc act_rc(struct house *h, const char *token, const char *act, const char *name, const char *value)
{
	struct gate_call *c = call_new(token, "/act");
	ask_act(&c->asks, act);
	if (name)
		ask_arg(&c->asks, name, str_of(value));
	gate_run(h->g, c);
	enum rc rc = release_rc(c->release);
	gate_call_done(&c);
	return rc;
}

static inline enum rc break_glass_for(struct house *h, const char *token, const char *patient, const char *reason)
{
	struct gate_call *c = call_new(token, "/patient/:patient/reason");
	ask_act(&c->asks, "break_glass");
	ask_arg(&c->asks, "patient", str_of(patient));
	ask_arg(&c->asks, "reason", str_of(reason));
	ask_arg(&c->asks, "text", STR("chute dans le couloir"));
	gate_run(h->g, c);
	enum rc rc = release_rc(c->release);
	gate_call_done(&c);
	return rc;
}

static inline enum rc break_glass(struct house *h, const char *token, const char *patient)
{
	return break_glass_for(h, token, patient, "emergency");
}
#endif
