/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/hospital/house.h: a small hospital on a real SQLite base in a temporary directory, for the tests of this room: two units, three beds,
 * three practitioners; resources put through the record's writer; views and acts run as the gate runs them. Included once by each test binary.
 */
#ifndef TEST_HOUSE_H
#define TEST_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "hospital/hospital.h"
#include "hospital/tall_name.h"
#include "record/keys.h"
#include "test_base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY INT64_C(86400000)
#define HOUR INT64_C(3600000)

struct house { char dir[64], path[TEST_BASE_PATH]; struct db *db; struct db_conn *c; struct arena arena; struct rows rows, issues; struct problem p; int64_t now_ms; struct actor who; };
static struct house H;

/* 2026-11-18 10:00 in Paris */
#define NOON INT64_C(1794992400000)

static inline void house_now(int64_t ms)
{
	H.now_ms = ms;
	clock_set(ms);
}

/* ---- the writer ---- */
struct put_job { struct db_job job; const char *body; const char *del_type, *del_id; uint32_t as; struct record_done done; };

struct put_ctx { struct act_ctx x; /* first */ struct put_job *k; };

static enum rc put_act(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct put_job *k = ((struct put_ctx *)(void *)x)->k;
	const struct json *root;
	struct record_write *w;
	struct fhir_issue *issues = NULL;
	(void)out;
	if (k->del_type)
		return record_delete(x->db, x->txn, fhir_type_of(str_of(k->del_type)), str_of(k->del_id), NULL, &k->done, p);
	enum rc rc = json_parse(str_of(k->body), x->arena, &root, p);
	if (rc == RC_OK)
		rc = record_prepare(str_of(k->body), fhir_type_of(json_get_text(root, "resourceType")), json_get_text(root, "id"), x->arena, &w, &issues, p);
	if (rc == RC_OK)
		rc = record_put(x->db, x->txn, w, &(struct record_if){ .revive = true }, &k->done, p);
	if (rc != RC_OK)
		fprintf(stderr, "# put: %s %s %s\n", why_row(p->why)->name, p->where, p->detail);
	return rc;
}

/* As a machine writes it through the gate. */
static enum rc put_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	static const struct act PUT = { .name = "put", .run = put_act };
	static const struct actor MACHINE = { .machine = true };
	struct put_job *k = (struct put_job *)(void *)j;
	struct arena a;
	struct put_ctx in = { .x = { .db = c, .txn = txn, .who = &MACHINE, .arena = &a, .now_ms = H.now_ms }, .k = k };
	arena_init(&a, 16u << 20);
	relation_writer_set(k->as);
	enum rc rc = act_carry_out(&PUT, &in.x, NULL, p);
	relation_writer_set(0);
	arena_done(&a);
	return rc;
}

/* While it is set, what is put is gathered for one job (test_known.c). */
struct gather { char *body[4000]; size_t n; };
static struct gather *house_gather;

static inline int64_t put_as(uint32_t account, const char *body)
{
	if (house_gather) {
		assert_true(house_gather->n < sizeof house_gather->body / sizeof *house_gather->body);
		house_gather->body[house_gather->n++] = strdup(body);
		return 0;
	}
	struct put_job k = { .job = { .run = put_run }, .body = body, .as = account };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	return k.done.rid;
}

static inline int64_t put(const char *body)
{
	return put_as(0, body);
}

static inline void del(const char *type, const char *id)
{
	struct put_job k = { .job = { .run = put_run }, .del_type = type, .del_id = id };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
}

static inline int64_t putf(uint32_t account, const char *fmt, ...)
{
	static char body[20000];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(body, sizeof body, fmt, ap);
	va_end(ap);
	assert_true(n > 0 && (size_t)n < sizeof body);
	return put_as(account, body);
}

/* ---- views and acts, as the gate runs them ---- */
#define ARGS_MAX 20
struct arg_list { struct pair at[ARGS_MAX]; struct args args; };

static inline void args_from(struct arg_list *l, va_list ap)
{
	l->args = (struct args){ l->at, 0 };
	for (const char *name; (name = va_arg(ap, const char *)) != NULL;) {
		assert_true(l->args.n < ARGS_MAX);
		l->at[l->args.n++] = (struct pair){ str_of(name), str_of(va_arg(ap, const char *)) };
	}
}

static inline void fresh_rows(void)
{
	rows_done(&H.rows);
	rows_done(&H.issues);
	rows_init(&H.rows, 8u << 20);
	rows_init(&H.issues, 1u << 20);
	arena_reset(&H.arena);
	memset(&H.p, 0, sizeof H.p);
}

/* What the gate would say: everybody may everything, and nobody is stopped. */
static bool nobody_is_stopped(void *of, uint32_t account) { return of && account == UINT32_MAX; }
static uint32_t all_rights(enum role role) { return role ? UINT32_MAX : 0; }
static bool all_is_seen(enum role role, uint16_t type) { return role && type; }
static enum rc all_filters(enum role role, struct plan *plan, struct problem *p) { return role || plan ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no role"); }
static const struct judge JUDGE = { NULL, nobody_is_stopped, all_rights, all_is_seen, all_filters };

static inline enum rc view_args(const char *name, const struct args *args)
{
	const struct view *v = view_find(str_of(name));
	assert_non_null(v);
	fresh_rows();
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	struct view_ctx ctx = { H.c, &H.who, args, &H.arena, H.now_ms, 200, &JUDGE };
	enum rc rc = view_run(v, &ctx, &H.rows, &H.p);
	db_end(H.c);
	rows_end(&H.rows);
	if (rc == RC_OK)
		assert_true(rows_check(buf_view(&H.rows.out)));
	return rc;
}

static inline enum rc view(const char *name, ...)
{
	struct arg_list l;
	va_list ap;
	va_start(ap, name);
	args_from(&l, ap);
	va_end(ap);
	return view_args(name, &l.args);
}

struct act_job { struct db_job job; const struct act *act; const struct args *args; void *prepared; };

static enum rc act_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct act_job *k = (struct act_job *)(void *)j;
	struct act_ctx x = { c, txn, &H.who, k->args, &H.arena, H.now_ms, k->prepared, &JUDGE };
	return act_carry_out(k->act, &x, &H.rows, p);
}

static inline enum rc act_args(const char *name, const struct args *args)
{
	struct act_job k = { .job = { .run = act_run }, .act = act_find(str_of(name)), .args = args };
	assert_non_null(k.act);
	fresh_rows();
	enum rc rc = RC_OK;
	if (k.act->prepare) {
		assert_int_equal(db_begin(H.c, &H.p), RC_OK);
		struct view_ctx ctx = { H.c, &H.who, args, &H.arena, H.now_ms, 200, &JUDGE };
		rc = k.act->prepare(&ctx, &k.prepared, &H.issues, &H.p);
		db_end(H.c);
	}
	if (rc == RC_OK && k.act->run)
		rc = db_write_now(H.db, &k.job, &H.p);
	rows_end(&H.rows);
	rows_end(&H.issues);
	return rc;
}

static inline enum rc act(const char *name, ...)
{
	struct arg_list l;
	va_list ap;
	va_start(ap, name);
	args_from(&l, ap);
	va_end(ap);
	return act_args(name, &l.args);
}

/* ---- reading what came ---- */
static inline struct row nth(const char *set, unsigned n)
{
	struct row r = rows_first(buf_view(&H.rows.out), set);
	while (n-- && row_is(r))
		r = rows_next(r);
	return r;
}

static inline size_t count(const char *set)
{
	return rows_count(buf_view(&H.rows.out), set);
}

static inline struct str get(const char *set, unsigned n, const char *name)
{
	struct row r = nth(set, n);
	return row_is(r) ? row_get(r, name) : STR_NONE;
}

static inline const char *getz(const char *set, unsigned n, const char *name)
{
	static char out[8][4096];
	static unsigned turn;
	struct str s = get(set, n, name);
	char *z = out[turn++ % 8];
	snprintf(z, 4096, "%.*s", (int)s.n, s.n ? s.p : "");
	return z;
}

static inline bool has(const char *set, unsigned n, const char *name)
{
	struct row r = nth(set, n);
	return row_is(r) && row_has(r, name);
}

/* The stored text of a resource; until the next call. */
static inline const char *house_stored(const char *type, const char *id)
{
	static char body[200000];
	struct record_row row;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(record_read(H.c, fhir_type_of(str_of(type)), str_of(id), &row, &H.p), RC_OK);
	assert_true(row.body.n < sizeof body);
	memcpy(body, row.body.p, row.body.n);
	body[row.body.n] = '\0';
	db_end(H.c);
	return body;
}

static inline void house_holds(const char *body, const char *text)
{
	if (!strstr(body, text))
		fail_msg("%s\nis not in %s", text, body);
}

/* The row of a set whose column is this; asserts that there is one. */
static inline unsigned row_with(const char *set, const char *name, const char *value)
{
	for (unsigned i = 0; i < count(set); i++)
		if (str_eq(get(set, i, name), value))
			return i;
	fail_msg("no row of %s with %s=%s", set, name, value);
	return 0;
}

static inline bool any_row(const char *set, const char *name, const char *value)
{
	for (unsigned i = 0; i < count(set); i++)
		if (str_eq(get(set, i, name), value))
			return true;
	return false;
}

static inline bool rows_hold(const char *text)
{
	struct str s = buf_view(&H.rows.out);
	return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

static inline void assert_why(enum why why)
{
	assert_string_equal(why_row(H.p.why)->name, why_row(why)->name);
}

/* ---- people and places ---- */
static inline void actor(enum role role, uint32_t account, const char *practitioner, const char *unit)
{
	H.who = (struct actor){ .account = account, .role = role, .login = STR("someone"), .name = STR("Someone"), .lang = STR("fr"), .practitioner = str_of(practitioner), .unit = str_of(unit), .units = { str_of(unit) }, .n_units = unit ? 1 : 0 };
}

#define FRC "https://hl7.fr/ig/fhir/core/"
static inline int64_t patient(const char *id, const char *family, const char *given, const char *born, const char *sex, const char *status, const char *ins)
{
	char identifier[400] = "";
	if (ins)
		snprintf(identifier, sizeof identifier, ",{\"use\":\"official\",\"type\":{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-0203\",\"code\":\"INS-NIR-TEST\"}]},\"system\":\"urn:oid:1.2.250.1.213.1.4.10\",\"value\":\"%s\"}", ins);
	return putf(0, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"extension\":[{\"url\":\"" FRC "StructureDefinition/fr-core-identity-reliability\",\"extension\":[{\"url\":\"identityStatus\",\"valueCoding\":{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-0445\",\"code\":\"%s\"}}]}],"
		"\"identifier\":[{\"use\":\"usual\",\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v2-0203\",\"code\":\"PI\"}]},\"system\":\"https://example.test/ipp\",\"value\":\"IPP-%s-77001\"}%s],\"active\":true,"
		"\"name\":[{\"extension\":[{\"url\":\"" FRC "StructureDefinition/fr-core-patient-birth-list-given-name\",\"valueString\":\"%s\"}],\"use\":\"official\",\"family\":\"%s\",\"given\":[\"%s\"]}],\"telecom\":[{\"system\":\"phone\",\"value\":\"01 99 00 12 34\",\"use\":\"home\"}],"
		"\"gender\":\"%s\",\"birthDate\":\"%s\",\"address\":[{\"use\":\"home\",\"line\":[\"3 rue des Lilas\"],\"city\":\"Angers\",\"postalCode\":\"49000\"}]}", id, status, id, identifier, given, family, given, sex, born);
}

static inline int64_t encounter_as(uint32_t as, const char *id, const char *patient_id, const char *unit, const char *bed, const char *status, const char *start, const char *end)
{
	char period_end[64] = "", location[200] = "";
	if (end)
		snprintf(period_end, sizeof period_end, ",\"end\":\"%s\"", end);
	if (bed)
		snprintf(location, sizeof location, ",\"location\":[{\"location\":{\"reference\":\"Location/%s\"},\"status\":\"active\"}]", bed);
	return putf(as, "{\"resourceType\":\"Encounter\",\"id\":\"%s\",\"status\":\"%s\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/%s\"},\"period\":{\"start\":\"%s\"%s}%s,\"serviceProvider\":{\"reference\":\"Organization/%s\"}}",
		id, status, patient_id, start, period_end, location, unit);
}

static inline int64_t encounter(const char *id, const char *patient_id, const char *unit, const char *bed, const char *status, const char *start, const char *end)
{
	return encounter_as(0, id, patient_id, unit, bed, status, start, end);
}

static inline int64_t appointment_as(uint32_t as, const char *id, const char *patient_id, const char *practitioner, const char *location, const char *start, const char *status)
{
	return putf(as, "{\"resourceType\":\"Appointment\",\"id\":\"%s\",\"status\":\"%s\",\"description\":\"Consultation\",\"start\":\"%s\",\"end\":\"%s\",\"participant\":[{\"actor\":{\"reference\":\"Patient/%s\"},\"status\":\"accepted\"},"
		"{\"actor\":{\"reference\":\"Practitioner/%s\"},\"status\":\"accepted\"},{\"actor\":{\"reference\":\"Location/%s\"},\"status\":\"accepted\"}]}", id, status, start, start, patient_id, practitioner, location);
}

static inline int house_new(void **state)
{
	(void)state;
	snprintf(H.dir, sizeof H.dir, "/tmp/hygie-hospital-XXXXXX");
	assert_non_null(mkdtemp(H.dir));
	test_base_at(H.dir, H.path);
	house_now(NOON);
	struct db_settings s = { .path = H.path, .cache_bytes = 4u << 20, .writer_cache_bytes = 8u << 20 };
	enum rc rc = db_open(&s, true, &H.db, &H.p);
	if (rc != RC_OK)
		fail_msg("db_open: %s %s", why_row(H.p.why)->name, H.p.detail);
	keys_place(H.dir);
	assert_int_equal(record_open(H.db, &H.p), RC_OK);
	assert_int_equal(hospital_open(H.db, &H.p), RC_OK);
	assert_int_equal(db_reader(H.db, &H.c, &H.p), RC_OK);
	arena_init(&H.arena, 64u << 20);
	rows_init(&H.rows, 1024);
	rows_init(&H.issues, 1024);
	return 0;
}

static inline int house_open(void **state)
{
	house_new(state);
	put("{\"resourceType\":\"Organization\",\"id\":\"u1\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"UF\"}]}],\"name\":\"Médecine 2B\"}");
	put("{\"resourceType\":\"Organization\",\"id\":\"u2\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"UF\"}]}],\"name\":\"Consultations\"}");
	put("{\"resourceType\":\"Location\",\"id\":\"b2\",\"name\":\"Lit 2-P\",\"managingOrganization\":{\"reference\":\"Organization/u1\"}}");
	put("{\"resourceType\":\"Location\",\"id\":\"b12\",\"name\":\"Lit 12-F\",\"managingOrganization\":{\"reference\":\"Organization/u1\"}}");
	put("{\"resourceType\":\"Location\",\"id\":\"c1\",\"name\":\"Salle de consultation\",\"managingOrganization\":{\"reference\":\"Organization/u2\"}}");
	put("{\"resourceType\":\"Practitioner\",\"id\":\"p1\",\"name\":[{\"family\":\"Leclerc\",\"given\":[\"Sophie\"]}]}");
	put("{\"resourceType\":\"Practitioner\",\"id\":\"p2\",\"name\":[{\"family\":\"Moreau\",\"given\":[\"Ali\"]}]}");
	actor(ROLE_NURSE, 7, NULL, "u1");
	return 0;
}

static inline int house_close(void **state)
{
	(void)state;
	if (H.c)
		db_reader_close(&H.c);
	db_close(&H.db);
	rows_done(&H.rows);
	rows_done(&H.issues);
	arena_done(&H.arena);
	test_base_gone(H.path);
	test_folder_gone(H.dir);
	memset(&H, 0, sizeof H);
	clock_set(0);
	return 0;
}

#define HOUSE_TEST(f) cmocka_unit_test_setup_teardown(f, house_open, house_close)

#endif
