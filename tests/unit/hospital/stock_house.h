/* SPDX-License-Identifier: Apache-2.0 */
/* A pharmacy for tests of hospital/stock*.c and ward_kit*.c: a central store, one of unit u1, two products; what comes in, what is drawn, what is held, and that the books are right. */
#ifndef HYGIE_TEST_STOCK_HOUSE_H
#define HYGIE_TEST_STOCK_HOUSE_H

#include "house.h"

#include "hospital/stock_inner.h"

#define DOLIPRANE "60234100"   /* 1000 mg, tablets */
#define MORPHINE "60762795"    /* 10 mg/mL, a narcotic by its conditions of prescription */
#define PUI "100"
#define WARD "101"

static int keys;

static inline const char *key(void)
{
	static char at[4][24];
	char *one = at[keys % 4];
	snprintf(one, sizeof at[0], "k%d", ++keys);
	return one;
}

static inline void done(enum rc rc)
{
	if (rc != RC_OK)
		fail_msg("%s at %s: %s", why_row(H.p.why)->name, H.p.where, H.p.detail);
}

static inline void pharmacist(uint32_t no) { actor(ROLE_PHARMACIST, no, NULL, "u1"); }

static inline int stores(void **state)
{
	static char folder[600];
	house_open(state);
	snprintf(folder, sizeof folder, "%s/data/medicaments", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".");
	drug_folder(folder);
	pharmacist(7);
	done(act("stock_store_add", "label", "PUI", "kind", "central", NULL));
	done(act("stock_store_add", "label", "PH-2B", "kind", "ward", "unit", "u1", NULL));
	done(act("stock_product_set", "cis", DOLIPRANE, "counted", "tablet", NULL));
	done(act("stock_product_set", "cis", MORPHINE, "counted", "ampoule", NULL));
	return 0;
}

static inline void receive(const char *store, const char *cis, const char *number, const char *expires, const char *quantity, const char *amount)
{
	done(act("stock_receive", "key", key(), "store", store, "cis", cis, "number", number, "expires", expires, "quantity", quantity, "amount", amount, "source", "delivery", NULL));
}

static inline struct stock_checked checked(void)
{
	struct stock_checked k;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	done(stock_recompute(H.c, &k, &H.p));
	db_end(H.c);
	return k;
}

static inline void books_are_right(void)
{
	struct stock_checked k = checked();
	if (k.wrong_balances || k.wrong_pools || k.wrong_registers || k.not_zero)
		fail_msg("balances %lld, pools %lld, registers %lld, not zero %lld", (long long)k.wrong_balances, (long long)k.wrong_pools, (long long)k.wrong_registers, (long long)k.not_zero);
}

/* ---- drawing, as another act does ---- */

struct draw { struct db_job job; struct stock_want w; const char *back; struct stock_drawn d; struct arena *arena; uint64_t trips; };

static inline enum rc draw_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct draw *k = (struct draw *)(void *)j;
	arena_reset(k->arena);
	struct act_ctx x = { c, txn, &H.who, NULL, k->arena, H.now_ms, NULL, &JUDGE };
	k->trips = db_traffic(c).trips;
	return k->back ? stock_draw_back(&x, str_of(k->back), &k->d, p) : stock_draw(&x, &k->w, &k->d, p);
}

static inline struct stock_drawn draw_lot(const char *which, uint32_t cis, int64_t milli, int64_t patient, const char *lot)
{
	struct draw k = { .job = { .run = draw_run }, .arena = &H.arena, .w = { .key = str_of(which), .cis = cis, .unit = STR("u1"), .quantity_milli = milli, .patient = patient, .lot = str_of(lot), .request = STR("order-1") } };
	done(db_write_now(H.db, &k.job, &H.p));
	return k.d;
}

static inline struct stock_drawn draw(const char *which, uint32_t cis, int64_t milli, int64_t patient) { return draw_lot(which, cis, milli, patient, NULL); }

static inline struct stock_drawn draw_back(const char *which)
{
	struct draw k = { .job = { .run = draw_run }, .arena = &H.arena, .back = which };
	done(db_write_now(H.db, &k.job, &H.p));
	return k.d;
}

static inline int64_t held(const char *store, const char *number)
{
	done(view("stock", "store", store, NULL));
	for (unsigned i = 0; i < count("lots"); i++)
		if (str_eq(get("lots", i, "number"), number))
			return row_i64(nth("lots", i), "milli");
	return 0;
}

static inline const char *lot_no(const char *store, const char *number)
{
	done(view("stock", "store", store, NULL));
	return getz("lots", row_with("lots", "number", number), "lot");
}

#endif
