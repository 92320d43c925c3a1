/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/pharmacy.c: the demonstration's pharmacy: its unit, the prescriptions that wait for it, and a stock: stores, lots with their expiries, thresholds, what was received, carried
 * to wards and dispensed, narcotics with their register. Its size is that of the first clinic and the nursing homes, however many patients there are. Quantities and amounts are drawn and
 * claim no truth. It must never write the stock by itself: everything goes through the acts of hospital/stock_acts.c, as a pharmacist's would. Called by demo.c and care.c. Start at pharmacy_keep.
 */
#include <stdio.h>
#include <string.h>

#include "hospital/compose.h"
#include "hospital/drug.h"
#include "hospital/matters.h"
#include "hospital/show.h"
#include "hospital/ward_kit.h"
#include "keeper/demo/demo.h"

#define STORE_CENTRAL 100   /* the first account of a house, by hospital/stock_acts.c */
#define WARDS_MOST    16
#define DISPENSED_MOST 60
#define DISPENSED_EACH 2
#define EXPIRED_IN    2     /* wards that got the lots which have expired since: 60 of each, 30 a ward */

/* ---- the unit, and who waits for its pharmacists ---- */

enum rc
pharmacy_wait(struct demo *d, const char *patient, const char *stay, const char *id, unsigned lines, int64_t at, struct problem *p)
{
	struct jw w;
	struct demo_wait *wait = &d->wait[d->n_waits];

	if (d->n_waits == DEMO_WAITS)
		return RC_OK;
	snprintf(wait->task, sizeof wait->task, "%s", id);
	wait->lines = lines;
	wait->since_ms = at;
	d->n_waits++;
	compose_begin(&w, &d->out, "Task", str_of(id), NULL);
	jw_member(&w, "status", STR("requested"));
	jw_member(&w, "intent", STR("order"));
	jw_member(&w, "priority", STR("routine"));
	compose_concept(&w, "code", "urn:hygie:task", STR("pharmacy-review"), STR_NONE, STR("Avis pharmaceutique"));
	compose_ref(&w, "for", "Patient", str_of(patient), STR_NONE);
	compose_ref(&w, "encounter", "Encounter", str_of(stay), STR_NONE);
	compose_instant(&w, "authoredOn", at);
	compose_instant(&w, "lastModified", at);
	compose_ref(&w, "owner", "Organization", str_of(d->pharmacy), STR_NONE);
	jw_end(&w, '}');
	return demo_put(d, "Task", id, at, p);
}

void
pharmacy_line(struct demo *d, const char *patient, const char *request, unsigned unit, const struct demo_drug *drug)
{
	if (d->n_prescribed < DEMO_PRESCRIBED) {
		struct demo_prescribed *one = &d->prescribed[d->n_prescribed++];
		snprintf(one->patient, sizeof one->patient, "%s", patient);
		snprintf(one->request, sizeof one->request, "%s", request);
		one->unit = unit;
		one->drug = drug;
	}
}

struct pharmacy_job { struct db_job job; struct demo *d; struct db_conn *c; int64_t txn; unsigned keys; unsigned ward[WARDS_MOST], n_wards; };

/* The house's pharmacy, and its queue. */
static enum rc
add_queue(struct pharmacy_job *j, struct problem *p)
{
	struct demo *d = j->d;
	struct arena a;
	struct db_stmt *s = db_stmt(j->c, ST_HOSPITAL_PHARMACY_SET);
	enum rc rc;

	db_bind_str(s, 1, STR(""));
	db_bind_str(s, 2, str_of(d->pharmacy));
	db_bind_i64(s, 3, d->pharmacist[0]);
	db_bind_i64(s, 4, d->now_ms - 400 * DAY_MS);
	rc = db_run(s, p);
	arena_init(&a, (size_t)1 << 24);
	for (unsigned i = 0; i < d->n_waits && rc == RC_OK; i++) {
		struct item it;
		bool found = false;
		rc = item_find(j->c, &a, "Task", str_of(d->wait[i].task), &found, &it, p);
		if (rc == RC_OK && found) {
			s = db_stmt(j->c, ST_HOSPITAL_WAIT_PUT);
			db_bind_i64(s, 1, it.patient);
			db_bind_str(s, 2, str_of(d->pharmacy));
			db_bind_str(s, 3, str_of(d->wait[i].task));
			db_bind_i64(s, 4, d->wait[i].since_ms);
			db_bind_i64(s, 5, d->wait[i].lines);
			db_bind_i64(s, 6, 0);
			rc = db_run(s, p);
		}
		arena_reset(&a);
	}
	arena_done(&a);
	return rc;
}

/* ---- the stock, by its acts ---- */

static enum rc
do_act(struct pharmacy_job *j, const struct act *acts, const char *name, unsigned by, int64_t at_ms, const struct pair *args, size_t n, struct problem *p)
{
	const struct actor who = { .account = j->d->pharmacist[by], .role = ROLE_PHARMACIST };

	return demo_do(&(struct demo_deed){ j->c, j->txn, &who, at_ms }, acts, name, args, n, p);
}

static struct str
number(char to[24], int64_t v)
{
	int n = snprintf(to, 24, "%lld", (long long)v);

	return (struct str){ to, (size_t)n };
}

static struct str
next_key(struct pharmacy_job *j, char to[24])
{
	int n = snprintf(to, 24, "demo-%u", ++j->keys);

	return (struct str){ to, (size_t)n };
}

static const char *
counted_of(struct str name)
{
	static const struct { const char *word, *counted; } words[] = { { "comprim", "tablet" }, { "lule", "capsule" }, { "sachet", "sachet" }, { "ampoule", "ampoule" }, { "solution", "ml" } };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (memmem(name.p, name.n, words[i].word, strlen(words[i].word)) != NULL)
			return words[i].counted;
	return "unit";
}

static enum rc
add_store(struct pharmacy_job *j, const char *label, const char *kind, const char *unit, struct problem *p)
{
	struct pair args[] = { { STR("label"), str_of(label) }, { STR("kind"), str_of(kind) }, { STR("unit"), str_of(unit) } };

	return do_act(j, stock_acts, "stock_store_add", 0, j->d->now_ms - 360 * DAY_MS, args, 3, p);
}

/* The central store, one a ward of the first clinic with beds, one a unit of the nursing homes. */
static enum rc
add_stores(struct pharmacy_job *j, struct problem *p)
{
	struct demo *d = j->d;
	enum rc rc = add_store(j, "PUI", "central", d->pharmacy, p);

	for (unsigned u = 0; u < d->n_units && j->n_wards < WARDS_MOST && rc == RC_OK; u++) {
		bool home = d->site[d->unit[u].site].kind == 'N';
		char label[20];
		if (d->unit[u].n_beds == 0 || (d->unit[u].site != 0 && !home))
			continue;
		j->ward[j->n_wards++] = u;
		snprintf(label, sizeof label, home ? "RES-%u" : "PH-%u", j->n_wards);
		rc = add_store(j, label, home ? "home" : "ward", d->unit[u].id, p);
	}
	return rc;
}

struct delivery { int age_days, lives_days, units; char letter; };

static enum rc
receive(struct pharmacy_job *j, const struct demo_drug *drug, const struct delivery *in, struct stream *s, struct problem *p)
{
	char key[24], store[24], lot[24], on[32], units[24], amount[24];
	int64_t at = j->d->now_ms - in->age_days * DAY_MS;
	struct civil last = civil_paris(at + in->lives_days * DAY_MS);
	unsigned cents = (unsigned)in->units * (4 + stream_below(s, 30));

	snprintf(lot, sizeof lot, "%c%05u", in->letter, stream_below(s, 100000));
	snprintf(on, sizeof on, "%04d-%02d-%02d", last.year, last.month, last.day);
	snprintf(amount, sizeof amount, "%u,%02u", cents / 100, cents % 100);
	struct pair args[] = { { STR("key"), next_key(j, key) }, { STR("store"), number(store, STORE_CENTRAL) }, { STR("cis"), drug->cis }, { STR("number"), str_of(lot) }, { STR("expires"), str_of(on) },
		{ STR("quantity"), number(units, in->units) }, { STR("amount"), str_of(amount) }, { STR("source"), STR("delivery") } };
	return do_act(j, stock_acts, "stock_receive", 0, at, args, sizeof args / sizeof args[0], p);
}

/* Three deliveries of each: one whose expiry is over or near by now, two that last. */
static enum rc
add_product(struct pharmacy_job *j, unsigned nth, const struct demo_drug *drug, unsigned wards, struct problem *p)
{
	struct stream s = stream_of(j->d->ask->seed ^ UINT64_C(0x57c), nth);
	const struct delivery in[] = { { 340, nth % 5 == 0 ? 328 : 340 + 20 + (int)stream_below(&s, 60), 60, 'A' }, { 150, 700, 400, 'B' }, { 20, 900, 600, 'C' } };
	struct pair listed[] = { { STR("cis"), drug->cis }, { STR("counted"), str_of(counted_of(drug->name)) } };
	enum rc rc = do_act(j, stock_acts, "stock_product_set", 0, j->d->now_ms - 350 * DAY_MS, listed, 2, p);

	for (size_t i = 0; i < sizeof in / sizeof in[0] && rc == RC_OK; i++)
		rc = receive(j, drug, &in[i], &s, p);
	for (unsigned i = 0; i <= wards && rc == RC_OK; i++) {
		char store[24];
		bool central = i == 0;
		struct pair args[] = { { STR("store"), number(store, STORE_CENTRAL + i) }, { STR("cis"), drug->cis }, { STR("critical"), central ? STR("100") : STR("4") },
			{ STR("minimum"), central ? STR("300") : STR("10") }, { STR("optimum"), central ? STR("900") : STR("30") }, { STR("maximum"), central ? STR("1500") : STR("60") } };
		rc = do_act(j, stock_acts, "stock_level_set", 0, j->d->now_ms - 350 * DAY_MS, args, sizeof args / sizeof args[0], p);
	}
	return rc;
}

static enum rc
fill_wards(struct pharmacy_job *j, unsigned wards, int64_t at_ms, struct problem *p)
{
	enum rc rc = RC_OK;

	for (unsigned i = 1; i <= wards && rc == RC_OK; i++) {
		char key[24], store[24], from[24];
		struct pair args[] = { { STR("key"), next_key(j, key) }, { STR("store"), number(store, STORE_CENTRAL + i) }, { STR("from"), number(from, STORE_CENTRAL) } };
		rc = do_act(j, stock_order_acts, "stock_refill", 0, at_ms, args, 3, p);
	}
	return rc;
}

static enum rc
dispense(struct pharmacy_job *j, const struct demo_prescribed *one, unsigned store, int64_t at_ms, struct problem *p)
{
	char key[24], no[24];
	struct pair args[] = { { STR("patient"), str_of(one->patient) }, { STR("key"), next_key(j, key) }, { STR("store"), number(no, STORE_CENTRAL + store) }, { STR("cis"), one->drug->cis }, { STR("quantity"), STR("6") },
		{ STR("request"), str_of(one->request) } };

	return do_act(j, stock_acts, "stock_dispense", 0, at_ms, args, sizeof args / sizeof args[0], p);
}

static bool
is_held(const struct demo *d, const struct demo_drug *drug)
{
	for (unsigned i = 0; i < d->n_drugs; i += 2)
		if (&d->drugs[i] == drug)
			return true;
	return false;
}

/* To patients who lie there now, what is prescribed to them; of one medicine and ward at most DISPENSED_EACH times, so that doses find some. */
static enum rc
dispense_all(struct pharmacy_job *j, struct problem *p)
{
	struct demo *d = j->d;
	unsigned done = 0;
	unsigned char of[WARDS_MOST][sizeof d->drugs / sizeof d->drugs[0]] = { { 0 } };
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < d->n_prescribed && done < DISPENSED_MOST && rc == RC_OK; i++) {
		struct demo_prescribed one = d->prescribed[i];
		unsigned ward = 0;
		while (ward < j->n_wards && j->ward[ward] != one.unit)
			ward++;
		if (ward == j->n_wards || !is_held(d, one.drug) || of[ward][one.drug - d->drugs]++ >= DISPENSED_EACH)
			continue;
		rc = dispense(j, &one, ward + 1, d->now_ms - (DISPENSED_MOST - (int64_t)done) * 20 * 60000, p);
		done++;
	}
	return rc;
}

/* The pharmacy's lines of narcotics were signed by the second pharmacist; those of the wards wait for somebody. */
static enum rc
sign_register(struct pharmacy_job *j, struct problem *p)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < j->d->n_narcotics && rc == RC_OK; i++) {
		char store[24];
		struct pair args[] = { { STR("store"), number(store, STORE_CENTRAL) }, { STR("cis"), j->d->narcotics[i].cis }, { STR("upto"), STR("1000000") } };
		rc = do_act(j, stock_count_acts, "stock_register_sign", 1, j->d->now_ms - 2 * DAY_MS, args, 3, p);
	}
	return rc;
}

/* ---- kits ---- */

#define KIT_HOLDS 3

/* What its list says and what it holds, as whoever prepares it sees it. */
static enum rc
see_kit(struct pharmacy_job *j, int64_t kit, int64_t at_ms, int64_t *version_r, int64_t *seen_r, struct problem *p)
{
	const struct actor who = { .account = j->d->pharmacist[0], .role = ROLE_PHARMACIST };
	struct arena a;
	struct kit k;
	struct kit_plan *plan = NULL;

	arena_init(&a, (size_t)1 << 24);
	enum rc rc = kit_get(j->c, &a, &who, &demo_judge, kit, &k, p);
	if (rc == RC_OK)
		rc = kit_plan(j->c, &a, &k, STORE_CENTRAL, at_ms, &plan, p);
	if (rc == RC_OK) {
		*version_r = k.version;
		*seen_r = plan->seen;
	}
	arena_done(&a);
	return rc;
}

static enum rc
list_kit(struct pharmacy_job *j, int64_t kit, int64_t at_ms, struct problem *p)
{
	char no[24], version[24];
	int64_t now = 0, seen;
	enum rc rc = RC_OK;

	for (unsigned i = 1; i <= KIT_HOLDS && rc == RC_OK; i++) { /* the first of all may have expired */
		rc = see_kit(j, kit, at_ms, &now, &seen, p);
		struct pair args[] = { { STR("kit"), number(no, kit) }, { STR("version"), number(version, now) }, { STR("cis"), j->d->drugs[2 * i].cis }, { STR("quantity"), STR("4") } };
		if (rc == RC_OK)
			rc = do_act(j, kit_acts, "stock_kit_line", 0, at_ms, args, 4, p);
	}
	return rc;
}

/* Two of the first ward, of what it is given anyhow: prepared and sealed, the second one opened since. A list of a house's own; no box of any official content. */
static enum rc
add_kit(struct pharmacy_job *j, unsigned nth, struct problem *p)
{
	int64_t at = j->d->now_ms - (nth == 1 ? 3 : 6) * DAY_MS, kit = STORE_CENTRAL + j->n_wards + nth, now = 0, saw = 0;
	char key[24], store[24], label[24], no[24], version[24], from[24], seen[24], seal[24];

	snprintf(label, sizeof label, "BOITE-%u", nth);
	snprintf(seal, sizeof seal, "S-%04u", 2000 + nth);
	struct pair made[] = { { STR("store"), number(store, STORE_CENTRAL + 1) }, { STR("label"), str_of(label) } };
	enum rc rc = do_act(j, kit_acts, "stock_kit_add", 0, at, made, 2, p);
	if (rc == RC_OK)
		rc = list_kit(j, kit, at, p);
	if (rc == RC_OK)
		rc = see_kit(j, kit, at, &now, &saw, p);
	struct pair filled[] = { { STR("key"), next_key(j, key) }, { STR("kit"), number(no, kit) }, { STR("version"), number(version, now) }, { STR("from"), number(from, STORE_CENTRAL) }, { STR("seen"), number(seen, saw) } };
	if (rc == RC_OK)
		rc = do_act(j, kit_acts, "stock_kit_prepare", 0, at, filled, 5, p);
	struct pair sealed[] = { { STR("kit"), number(no, kit) }, { STR("version"), number(version, now) }, { STR("number"), str_of(seal) } };
	if (rc == RC_OK)
		rc = do_act(j, kit_acts, "stock_kit_seal", 0, at + HOUR_MS, sealed, 3, p);
	struct pair opened[] = { { STR("key"), next_key(j, key) }, { STR("kit"), number(no, kit) } };
	return rc == RC_OK && nth == 2 ? do_act(j, kit_acts, "stock_kit_open", 1, j->d->now_ms - 20 * HOUR_MS, opened, 2, p) : rc;
}

static enum rc
add_all(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct pharmacy_job *j = (struct pharmacy_job *)job;
	struct demo *d = j->d;
	enum rc rc;

	j->c = c;
	j->txn = txn;
	j->n_wards = 0;
	j->keys = 0;
	rc = add_queue(j, p);
	if (rc == RC_OK)
		rc = add_stores(j, p);
	for (unsigned i = 0; i < d->n_drugs && rc == RC_OK; i += 2)
		rc = add_product(j, i, &d->drugs[i], j->n_wards, p);
	for (unsigned i = 0; i < d->n_narcotics && rc == RC_OK; i++)
		rc = add_product(j, 1001 + i, &d->narcotics[i], j->n_wards, p);
	if (rc == RC_OK)
		rc = fill_wards(j, j->n_wards, d->now_ms - 13 * DAY_MS, p);
	if (rc == RC_OK)
		rc = fill_wards(j, EXPIRED_IN, d->now_ms - 5 * DAY_MS, p);
	if (rc == RC_OK)
		rc = sign_register(j, p);
	if (rc == RC_OK)
		rc = dispense_all(j, p);
	for (unsigned nth = 1; nth <= 2 && rc == RC_OK; nth++)
		rc = add_kit(j, nth, p);
	return rc;
}

enum rc
pharmacy_keep(struct demo *d, struct db *db, struct problem *p)
{
	struct pharmacy_job j = { .job.run = add_all, .d = d };

	char folder[512];

	if (d->pharmacy[0] == '\0')
		return RC_OK;
	int n = snprintf(folder, sizeof folder, "%s/medicaments", d->ask->data_dir);
	drug_folder(n > 0 && (size_t)n < sizeof folder ? folder : NULL);
	return db_write_now(db, &j.job, p);
}
