/* SPDX-License-Identifier: Apache-2.0 */
/* A ward for tests of hospital/prescription*.c: two prescribers, a pharmacist of another unit, somebody who lies in a bed, the medicines; lines, signatures, allergies, what an alert says. */
#ifndef HYGIE_TEST_WARD_HOUSE_H
#define HYGIE_TEST_WARD_HOUSE_H

#include "house.h"

#include "hospital/prescription.h"

static uint32_t doctor, other, pharmacist;

struct account_job { struct db_job job; struct account_new n; uint32_t no; };
static inline enum rc account_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct account_job *k = (struct account_job *)(void *)j;
	(void)txn;
	return account_add(c, &k->n, &k->no, p);
}
static inline uint32_t add(const char *login, enum role role, const char *practitioner)
{
	struct str units[] = { STR("u1") };
	struct account_job k = { .job = { .run = account_run }, .n = { .login = str_of(login), .name = str_of(login), .role = role, .practitioner = str_of(practitioner), .units = units, .n_units = 1, .password_hash = STR("$argon2id$x") } };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	return k.no;
}

static inline void as_doctor(void) { actor(ROLE_PHYSICIAN, doctor, "p1", "u1"); }
static inline void as_other(void) { actor(ROLE_PHYSICIAN, other, "p2", "u1"); }
static inline void as_pharmacist(void) { actor(ROLE_PHARMACIST, pharmacist, NULL, "u2"); }

static inline int ward(void **state)
{
	static char folder[600];
	house_open(state);
	snprintf(folder, sizeof folder, "%s/data/medicaments", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".");
	drug_folder(folder);
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Petit", "Paul", "1990-02-14", "male", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	doctor = add("dr.un", ROLE_PHYSICIAN, "p1");
	other = add("dr.deux", ROLE_PHYSICIAN, "p2");
	pharmacist = add("ph.un", ROLE_PHARMACIST, NULL);
	as_doctor();
	return 0;
}
#define WARD_TEST(f) cmocka_unit_test_setup_teardown(f, ward, house_close)

static inline const char *cis(const char *typed)
{
	static char out[8][16];
	static unsigned turn;
	const struct drug *at[1] = { NULL };
	const struct drugs *d = drug_base(&H.p);
	assert_non_null(d);
	if (!drug_find(d, str_of(typed), at, 1))
		fail_msg("no medicine for %s", typed);
	char *z = out[turn++ % 8];
	snprintf(z, 16, "%u", at[0]->cis);
	return z;
}

/* A narcotic of one substance, 10 mg. */
static inline const char *narcotic_in_mg(void)
{
	for (const struct drug *d = drug_next(drug_base(&H.p), NULL); d; d = drug_next(drug_base(&H.p), d))
		for (unsigned i = 0; d->marketed && i < d->n_conditions; i++)
			if (str_starts(d->condition[i], STR("stup\xc3\xa9" "fiants")) && d->n_parts == 1 && str_eq(d->part[0].dose, "10 mg") && d->routes.n) {
				static char cis[16];
				snprintf(cis, sizeof cis, "%u", (unsigned)d->cis);
				return cis;
			}
	return "";
}

static inline enum rc put_drug(const char *form, const char *typed, const char *dose, const char *take)
{
	return act("order_add", "patient", "a", "form", form, "kind", "drug", "cis", cis(typed), "how", "moments", "dose", dose, "take", take, "route", "orale", NULL);
}

static inline enum rc sign(const char *form, const char *reason)
{
	char seen[40];
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	snprintf(seen, sizeof seen, "%s", getz("basket", 0, "seen"));
	return reason ? act("prescription_sign", "patient", "a", "form", form, "seen", seen, "reason", reason, NULL) : act("prescription_sign", "patient", "a", "form", form, "seen", seen, NULL);
}

static inline void allergic_to(const char *id, const char *text, const char *criticality)
{
	putf(0, "{\"resourceType\":\"AllergyIntolerance\",\"id\":\"%s\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},"
		"\"verificationStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification\",\"code\":\"confirmed\"}]},\"category\":[\"medication\"],"
		"\"criticality\":\"%s\",\"code\":{\"text\":\"%s\"},\"patient\":{\"reference\":\"Patient/a\"}}", id, criticality, text);
}

static inline bool alert_of(const char *rule, const char *tier)
{
	for (unsigned i = 0; i < count("alerts"); i++)
		if (str_eq(get("alerts", i, "rule"), rule) && (!tier || str_eq(get("alerts", i, "tier"), tier)))
			return true;
	return false;
}

static inline bool unrun_of(const char *check, const char *because)
{
	for (unsigned i = 0; i < count("unrun"); i++)
		if (str_eq(get("unrun", i, "check"), check) && str_eq(get("unrun", i, "because"), because))
			return true;
	return false;
}

#endif
