/* SPDX-License-Identifier: Apache-2.0 */
/* A billing desk for tests of hospital/billing*.c, bill.c, invoice.c and payment.c: two people with a stay each, acts captured, drafts, an invoice that is posted and paid; and the base past the program. */
#ifndef HYGIE_TEST_BILL_HOUSE_H
#define HYGIE_TEST_BILL_HOUSE_H

#include "house.h"

#include <pthread.h>
#include <sqlite3.h>

#include "hospital/billing.h"

#define BILLER 9
#define SECOND 10

static inline const char *folder(const char *what)
{
	static char at[2][600];
	char *to = at[what[0] == 'm'];
	(void)snprintf(to, sizeof at[0], "%s/data/%s", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".", what);
	return to;
}

static inline void as(enum role role, uint32_t account) { actor(role, account, NULL, "u1"); }

static inline void place(const char *kind)
{
	as(ROLE_BILLING, BILLER);
	assert_int_equal(act("billing_place_set", "kind", kind, "grid", "16", "code", "x", NULL), RC_OK);
}

static inline void people(void)
{
	tariff_folder(folder("nomenclatures"), folder("medicaments"));
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "finished", "2026-11-01T08:00:00+01:00", "2026-11-05T10:00:00+01:00");
	encounter("f", "b", "u1", NULL, "finished", "2026-11-01T08:00:00+01:00", "2026-11-05T10:00:00+01:00");
	place("public");
}

static inline enum rc capture(const char *code, const char *day, const char *nth)
{
	as(ROLE_PHYSICIAN, 7);
	enum rc rc = act("act_capture", "patient", "a", "stay", "e", "act", code, "activity", "1", "phase", "0", "day", day, "modifiers", "", "nth", nth, NULL);
	enum why why = H.p.why;
	struct problem p = H.p;
	as(ROLE_BILLING, BILLER);
	H.p = p;
	H.p.why = why;
	return rc;
}

static char no[24], invoice_no[24];
static inline char *kept(char to[24], const char *set, const char *name)
{
	snprintf(to, 24, "%s", getz(set, 0, name));
	return to;
}

static inline void draft(const char *id, const char *stay)
{
	assert_int_equal(act("bill_open", "patient", id, "stay", stay, NULL), RC_OK);
	kept(no, "bill", "no");
}

static inline const char *version(const char *id)
{
	assert_int_equal(view("bill", "patient", id, "no", no, NULL), RC_OK);
	return getz("bill", 0, "version");
}

#define BILL(name, ...) act(name, "patient", "a", "no", no, "version", version("a"), __VA_ARGS__)

/* A posted invoice of one act, 661,01 € of which the patient owes 100,00 €. */
static inline void posted(const char *nth)
{
	assert_int_equal(capture("AAFA001", "2026-11-02", nth), RC_OK);
	draft("a", "e");
	assert_int_equal(BILL("bill_share", "own", "100", NULL), RC_OK);
	assert_int_equal(BILL("bill_check", NULL), RC_OK);
	assert_int_equal(BILL("bill_post", NULL), RC_OK);
	kept(invoice_no, "bill", "invoice");
}

static inline const char *claim(const char *payer, const char *name)
{
	assert_int_equal(view("claims", "patient", "a", "no", invoice_no, NULL), RC_OK);
	return getz("claims", row_with("claims", "payer", payer), name);
}

static inline enum rc paid(const char *payer, const char *amount, const char *seen)
{
	return act("pay", "patient", "a", "no", invoice_no, "payer", payer, "seen", seen, "means", "cheque", "amount", amount, "reference", "7001234", NULL);
}

/* Past the program. True: the tables let it happen. */
static inline bool sql(const char *text)
{
	sqlite3 *raw;
	assert_int_equal(sqlite3_open_v2(H.path, &raw, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, "PRAGMA foreign_keys=ON", NULL, NULL, NULL), SQLITE_OK);
	int code = sqlite3_exec(raw, text, NULL, NULL, NULL);
	if (code != SQLITE_OK && code != SQLITE_CONSTRAINT)
		fail_msg("%s: %s", text, sqlite3_errmsg(raw));
	sqlite3_close(raw);
	return code == SQLITE_OK;
}

static inline int64_t value(const char *text)
{
	sqlite3 *raw;
	sqlite3_stmt *s;
	assert_int_equal(sqlite3_open_v2(H.path, &raw, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(raw, text, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	int64_t v = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(raw);
	return v;
}

static inline int64_t differences(void)
{
	assert_int_equal(act("journal_recount", NULL), RC_OK);
	int64_t n = row_i64(nth("recounted", 0), "differences");
	for (unsigned i = 0; i < count("differences") && i < 5; i++)
		print_message("# differs: %s invoice %s payer %s\n", getz("differences", i, "what"), getz("differences", i, "invoice"), getz("differences", i, "payer"));
	return n;
}

#endif
