/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/demo.c: drives the generator: tables, the group, the patients in order, the care relations, the accounts. Never adds to a base that exists.
 * Start at keeper_demo.
 */
#include "keeper/demo/demo.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/base64.h"
#include "codec/fold.h"
#include "hospital/hospital.h"
#include "keeper/base_dir.h"

/* ---- tables ---- */
static const char *const substances[] = { "paracetamol", "amoxicilline", "metformine", "atorvastatine", "bisoprolol", "ramipril", "furosemide", "omeprazole",
	"apixaban", "levothyroxine", "amlodipine", "pantoprazole", "escitalopram", "tramadol", "prednisone", "spironolactone", "gliclazide", "rosuvastatine",
	"acide acetylsalicylique", "macrogol 4000", "zopiclone", "perindopril", "irbesartan", "allopurinol", "pregabaline", "cetirizine", "candesartan", "sertraline" };

static const char *const narcotics[] = { "chlorhydrate de morphine", "sulfate de morphine", "chlorhydrate d oxycodone" }; /* that they are, the conditions of prescription say (hospital/stock.c) */

bool
demo_is_substance(struct str name, const char *want)
{
	struct buf key;
	bool yes;

	buf_init(&key, 1024);
	fold_key(&key, name);
	yes = str_starts(buf_view(&key), str_of(want));
	buf_done(&key);
	return yes;
}

/* What of one substance is taken by mouth and on the market, two of each. */
static unsigned
choose_drugs(struct demo *d, const char *const *want, size_t n_want, struct demo_drug *to, unsigned most)
{
	unsigned n_to = 0;
	struct maps *row_of = maps_new(), *atc_of = maps_new(), *parts = maps_new();
	int state = reference_column(&d->cis, "etat_commercialisation"), route = reference_column(&d->cis, "voies");
	uint64_t n;

	MUST(row_of != NULL && atc_of != NULL && parts != NULL);
	for (size_t r = 1; r < d->cis.rows; r++)
		MUST(maps_put(row_of, reference_cell(&d->cis, r, 0), r));
	for (size_t r = 1; r < d->atc.rows; r++)
		MUST(maps_put(atc_of, reference_cell(&d->atc, r, 0), r));
	for (size_t r = 1; r < d->compositions.rows; r++) {
		struct str cis = reference_cell(&d->compositions, r, 0);
		MUST(maps_put(parts, cis, maps_find(parts, cis, &n) ? n + 1 : 1));
	}
	for (size_t s = 0; s < n_want; s++) {
		unsigned taken = 0;
		for (size_t r = 1; r < d->compositions.rows && taken < 2 && n_to < most; r++) {
			struct str cis = reference_cell(&d->compositions, r, 0);
			uint64_t row, atc;
			if (!maps_find(parts, cis, &n) || n != 1 || !maps_find(row_of, cis, &row) || !demo_is_substance(reference_cell(&d->compositions, r, 3), want[s]))
				continue;
			if (!str_eq(reference_cell(&d->cis, row, (unsigned)state), "Commercialisée") || !str_starts(reference_cell(&d->cis, row, (unsigned)route), STR("orale")))
				continue;
			to[n_to++] = (struct demo_drug){ .cis = cis, .name = reference_cell(&d->cis, row, 1), .substance = reference_cell(&d->compositions, r, 3),
				.atc = maps_find(atc_of, cis, &atc) ? reference_cell(&d->atc, atc, 1) : STR_NONE };
			taken++;
		}
	}
	maps_free(&row_of);
	maps_free(&atc_of);
	maps_free(&parts);
	return n_to;
}

/* Problems of a list: diagnoses of chapters on diseases (not factors, causes, symptoms, births), by national frequency. */
static void
choose_problems(struct demo *d)
{
	struct maps *label_of = maps_new();
	uint64_t row;

	MUST(label_of != NULL);
	for (size_t r = 1; r < d->cim10.rows; r++)
		MUST(maps_put(label_of, reference_cell(&d->cim10, r, 0), r));
	d->problems = calloc(d->frequencies.rows, sizeof *d->problems);
	MUST(d->problems != NULL);
	uint32_t n = 0;
	for (size_t r = 1; r < d->frequencies.rows; r++) {
		struct str code = reference_cell(&d->frequencies, r, 0);
		if (code.n < 3 || strchr("ZRVWXYUPST", code.p[0]) != NULL || memchr(code.p, '+', code.n) != NULL || !maps_find(label_of, code, &row))
			continue;
		d->problems[n] = (struct demo_problem){ code, reference_cell(&d->cim10, row, 1) };
		draw_add(&d->draw_problem, n++, reference_number(&d->frequencies, r, 1));
	}
	maps_free(&label_of);
}

static void
weigh_names(struct demo *d)
{
	for (uint32_t r = 1; r < d->names.rows; r++)
		for (unsigned k = 0; k < 4; k++)
			draw_add(&d->draw_name[k], r, reference_number(&d->names, r, 2 + k));
	for (uint32_t r = 1; r < d->first_names.rows; r++) {
		bool woman = str_eq(reference_cell(&d->first_names, r, 0), "F");
		for (unsigned k = 0; k < 13; k++)
			draw_add(&d->draw_given[woman][k], r, reference_number(&d->first_names, r, 3 + k));
	}
	for (uint32_t r = 1; r < d->streets.rows; r++)
		draw_add(&d->draw_street, r, reference_number(&d->streets, r, 2));
}

static void
weigh_places(struct demo *d)
{
	int type = reference_column(&d->communes, "type"), people = reference_column(&d->communes, "population"), region = reference_column(&d->communes, "region");
	int status = reference_column(&d->countries, "statut");

	for (uint32_t r = 1; r < d->communes.rows; r++) {
		struct str code = reference_cell(&d->communes, r, 0), kind = reference_cell(&d->communes, r, (unsigned)type);
		double weight = reference_number(&d->communes, r, (unsigned)people);
		bool whole_city = str_eq(code, "75056") || str_eq(code, "69123") || str_eq(code, "13055"); /* births there bear the arrondissement's code */
		if ((str_eq(kind, "COM") && !whole_city) || str_eq(kind, "ARM"))
			draw_add(&d->draw_birth_place, r, weight);
		if (str_eq(kind, "COM") && reference_cell(&d->communes, r, 6).n >= 5)
			draw_add(&d->draw_home, r, weight * (str_eq(reference_cell(&d->communes, r, (unsigned)region), "24") ? 200 : 1));
	}
	for (uint32_t r = 1; r < d->countries.rows; r++)
		if (str_eq(reference_cell(&d->countries, r, (unsigned)status), "active") && !str_eq(reference_cell(&d->countries, r, 0), "99000"))
			draw_add(&d->draw_country, r, 1);
}

static enum rc
read_tables(struct demo *d, struct problem *p)
{
	const struct { const char *file; struct reference *t; } all[] = {
		{ "identites/noms.tsv", &d->names }, { "identites/prenoms.tsv", &d->first_names }, { "identites/voies.tsv", &d->streets },
		{ "lieux/communes.tsv", &d->communes }, { "lieux/pays_cog.tsv", &d->countries },
		{ "nomenclatures/cim10_fr.tsv", &d->cim10 }, { "nomenclatures/frequences_diagnostics_mco.tsv", &d->frequencies },
		{ "medicaments/cis.tsv", &d->cis }, { "medicaments/compositions.tsv", &d->compositions }, { "medicaments/cis_atc.tsv", &d->atc },
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		enum rc rc = reference_read(d->ask->data_dir, all[i].file, all[i].t, p);
		if (rc != RC_OK)
			return rc;
	}
	draw_title_case(&d->first_names, 1);
	weigh_names(d);
	weigh_places(d);
	choose_problems(d);
	d->n_drugs = choose_drugs(d, substances, sizeof substances / sizeof substances[0], d->drugs, sizeof d->drugs / sizeof d->drugs[0]);
	d->n_narcotics = choose_drugs(d, narcotics, sizeof narcotics / sizeof narcotics[0], d->narcotics, sizeof d->narcotics / sizeof d->narcotics[0]);
	MUST(d->n_drugs > 10 && d->n_narcotics > 0);
	return RC_OK;
}

static void
demo_done(struct demo *d)
{
	struct reference *tables[] = { &d->names, &d->first_names, &d->streets, &d->communes, &d->countries, &d->cim10, &d->frequencies, &d->cis, &d->compositions, &d->atc };

	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		reference_done(tables[i]);
	for (unsigned k = 0; k < 4; k++)
		draw_done(&d->draw_name[k]);
	for (unsigned k = 0; k < 26; k++)
		draw_done(&d->draw_given[k / 13][k % 13]);
	draw_done(&d->draw_birth_place);
	draw_done(&d->draw_home);
	draw_done(&d->draw_country);
	draw_done(&d->draw_street);
	draw_done(&d->draw_problem);
	map64_done(&d->nir_order);
	canaries_done(d);
	buf_done(&d->out);
	free(d->problems);
	free(d->bed);
	free(d->staff);
}

/* ---- who lies where ---- */
/* Beds by kind, each list filled in order; six of seven are taken, so that every unit keeps a free one. */
struct beds { unsigned *at; unsigned n, next; };

static void
sort_beds(const struct demo *d, struct beds *general, struct beds *birth, struct beds *home)
{
	for (unsigned b = 0; b < d->n_beds; b++) {
		const struct demo_unit *u = &d->unit[d->bed[b].unit];
		struct beds *to = u->obstetric ? birth : d->site[u->site].kind == 'N' ? home : general;
		if (b % 7 != 6)
			to->at[to->n++] = b;
	}
}

static unsigned
take_bed(struct demo *d, const struct demo_person *who, struct beds *general, struct beds *birth, struct beds *home)
{
	struct stream s = stream_of(d->ask->seed ^ UINT64_C(0xbed), who->number);
	int age = age_years(who->born, civil_utc(d->now_ms));
	double patients = d->ask->patients, chance = stream_unit(&s);
	struct beds *from = NULL;
	double people = 1;

	if (who->dead)
		return UINT_MAX;
	if (age >= 75 && home->next < home->n && (who->number & 1)) {
		from = home;
		people = patients * 0.06;
	} else if (who->sex == 'F' && age >= 18 && age <= 42 && birth->next < birth->n && (who->number & 1)) {
		from = birth;
		people = patients * 0.07;
	} else {
		from = general;
		people = patients * 0.80;
	}
	double share = from->n / people;
	if (share > 0.3)
		share = 0.3;
	if (chance >= share * 1.05 || from->next >= from->n)
		return UINT_MAX;
	return from->at[from->next++];
}

static enum rc
make_patients(struct demo *d, struct keeper_progress *g, struct problem *p)
{
	struct beds general = { calloc(d->n_beds, sizeof(unsigned)), 0, 0 }, birth = { calloc(d->n_beds, sizeof(unsigned)), 0, 0 }, home = { calloc(d->n_beds, sizeof(unsigned)), 0, 0 };
	struct demo_person who;
	enum rc rc = RC_OK;

	MUST(general.at != NULL && birth.at != NULL && home.at != NULL);
	sort_beds(d, &general, &birth, &home);
	size_t before = 0; /* canaries that stand before the next patient */
	for (uint32_t n = 0; n < d->ask->patients && rc == RC_OK; n++) {
		for (; before < d->n_canaries && d->canary[before].as.after <= n && rc == RC_OK; before++) {
			person_canary(d, &d->canary[before].as, n + (uint32_t)before, &who);
			memcpy(d->canary[before].id, who.id, sizeof who.id);
			rc = person_put(d, &who, p);
		}
		person_make(d, n, &who);
		person_placed(d, &who, n + (uint32_t)before);
		if (rc == RC_OK)
			rc = person_put(d, &who, p);
		if (rc == RC_OK)
			rc = care_put(d, &who, take_bed(d, &who, &general, &birth, &home), p);
		if (g != NULL && (n & 0xff) == 0) {
			g->at(g, "patients", n, d->ask->patients);
			if (g->stop)
				rc = problem_set(p, RC_RETRY, WHY_STOPPED, "demo", "at patient %u", n);
		}
	}
	if (rc == RC_OK && g != NULL)
		g->at(g, "patients", d->ask->patients, d->ask->patients);
	free(general.at);
	free(birth.at);
	free(home.at);
	return rc;
}

/* ---- accounts ---- */
/* One password hash serves the whole demonstration staff (73 ms each would be two minutes); every second factor is its own. The password is 96 random bits,
 * 21 characters: one that hospital/password.h takes from any role, so that a demonstration needs no exception. */
struct accounts_job { struct db_job job; struct demo *d; struct keeper_demo *ask; char hash[crypto_pwhash_STRBYTES]; char token[80]; };

static bool
is_offered(const struct demo *d, unsigned i)
{
	unsigned before = 0;
	const struct demo_staff *s = &d->staff[i];
	unsigned want = s->role == ROLE_NURSE || s->role == ROLE_PHYSICIAN || s->role == ROLE_CLERK ? 3 : s->role == ROLE_RSSI || s->role == ROLE_PHARMACIST || s->role == ROLE_BILLING ? 2 : 1; /* two where one signs what another asked for */

	for (unsigned k = 0; k < i; k++)
		before += d->staff[k].role == s->role;
	return before < want;
}

static enum rc
add_person(struct accounts_job *j, struct db_conn *c, unsigned i, struct problem *p)
{
	const struct demo_staff *s = &j->d->staff[i];
	const struct demo_site *site = &j->d->site[s->site];
	struct str units[ACTOR_UNITS];
	unsigned char secret[20];
	char name[96];
	uint32_t no;
	struct account_new a = { .login = str_of(s->login), .role = s->role, .lang = STR("fr"), .password_hash = str_of(j->hash), .units = units };

	random_bytes(secret, sizeof secret);
	snprintf(name, sizeof name, "%s %s", s->given, s->family);
	a.name = str_of(name);
	a.totp_secret = (struct str){ (const char *)secret, sizeof secret };
	a.practitioner = str_of(s->practitioner);
	bool records = s->role != ROLE_RSSI && s->role != ROLE_ADMIN && s->role != ROLE_DPO;
	if (records) {
		const char *own = j->d->unit[s->unit].id;
		a.unit = str_of(in_pharmacy(j->d, s) ? j->d->pharmacy : own);
		units[a.n_units++] = a.unit;
		if (in_pharmacy(j->d, s) && s->role == ROLE_PHARMACIST)
			units[a.n_units++] = str_of(own);
		bool all = s->role == ROLE_CLERK || s->role == ROLE_PHARMACIST || s->role == ROLE_BILLING;
		for (unsigned u = 0; all && u < site->n_units && a.n_units < ACTOR_UNITS; u++)
			if (site->first_unit + u != s->unit)
				units[a.n_units++] = str_of(j->d->unit[site->first_unit + u].id);
	}
	enum rc rc = account_add(c, &a, &no, p);
	j->d->staff[i].account = rc == RC_OK ? no : 0;
	for (unsigned k = 0; rc == RC_OK && in_pharmacy(j->d, s) && s->role == ROLE_PHARMACIST && k < 2; k++)
		if (j->d->pharmacist[k] == 0) {
			j->d->pharmacist[k] = no;
			break;
		}
	if (rc == RC_OK && is_offered(j->d, i) && j->ask->n_people < KEEPER_PEOPLE) {
		struct keeper_person *k = &j->ask->people[j->ask->n_people++];
		struct buf b32;
		*k = (struct keeper_person){ .role = s->role };
		snprintf(k->login, sizeof k->login, "%s", s->login);
		snprintf(k->name, sizeof k->name, "%s", name);
		snprintf(k->unit, sizeof k->unit, "%s", !records ? "" : in_pharmacy(j->d, s) ? j->d->pharmacy : j->d->unit[s->unit].id);
		snprintf(k->unit_name, sizeof k->unit_name, "%s", !records ? "" : in_pharmacy(j->d, s) ? DEMO_PHARMACY : j->d->unit[s->unit].name);
		buf_init(&b32, 128);
		base32_put(&b32, a.totp_secret);
		snprintf(k->totp_secret, sizeof k->totp_secret, "%.*s", STR_ARG(buf_view(&b32)));
		buf_done_wiped(&b32);
	}
	wipe(secret, sizeof secret);
	return rc;
}

/* The account of load and conformance tests: its ticket covers every patient, which a demonstration alone may have. */
static enum rc
add_machine(struct accounts_job *j, struct db_conn *c, struct problem *p)
{
	struct account_new a = { .login = STR("machine-demo"), .name = STR("Charge et conformité (démonstration)"), .role = ROLE_MACHINE, .lang = STR("fr") };
	uint32_t no;
	enum rc rc = account_add(c, &a, &no, p);

	return rc == RC_OK ? machine_ticket_add(c, no, str_of(j->token), true, MAY_API_READ | MAY_API_WRITE, RELATION_FOR_EVER, p) : rc;
}

static enum rc
add_places(struct demo *d, struct db_conn *c, struct problem *p)
{
	const struct reference *tables[] = { &d->communes, &d->countries };
	enum rc rc = RC_OK;

	for (size_t t = 0; t < 2; t++)
		for (size_t r = 1; r < tables[t]->rows && rc == RC_OK; r++)
			if (t == 1 || reference_cell(tables[t], r, 2).n == 3) /* COM and ARM: what a birth is recorded under */
				rc = place_put(c, reference_cell(tables[t], r, 0), reference_cell(tables[t], r, 1), p);
	return rc;
}

static enum rc
add_accounts(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct accounts_job *j = (struct accounts_job *)job;
	enum rc rc = RC_OK;

	(void)txn;
	j->ask->n_people = 0;
	for (unsigned i = 0; i < j->d->n_staff && rc == RC_OK; i++)
		rc = add_person(j, c, i, p);
	if (rc == RC_OK)
		rc = add_machine(j, c, p);
	if (rc == RC_OK)
		rc = add_places(j->d, c, p);
	if (rc == RC_OK) {
		struct db_stmt *mark = db_stmt(c, ST_DB_STATE_SET);
		db_bind_str(mark, 1, STR("demo"));
		db_bind_i64(mark, 2, 1);
		rc = db_run(mark, p);
	}
	return rc;
}

static enum rc
make_accounts(struct demo *d, struct keeper_demo *ask, struct db *db, struct problem *p)
{
	struct accounts_job j = { .job.run = add_accounts, .d = d, .ask = ask };
	unsigned char bytes[32];
	char password[32];
	struct buf text;

	random_bytes(bytes, sizeof bytes);
	buf_init(&text, 128);
	base64url_put(&text, (struct str){ (const char *)bytes, 12 });
	snprintf(password, sizeof password, "demo-%.*s", STR_ARG(buf_view(&text)));
	buf_reset(&text);
	base64url_put(&text, (struct str){ (const char *)bytes, sizeof bytes });
	snprintf(j.token, sizeof j.token, "hyg_%.*s", STR_ARG(buf_view(&text)));
	buf_done_wiped(&text);
	if (crypto_pwhash_str(j.hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "demo", "no memory for a password hash");
	enum rc rc = db_write_now(db, &j.job, p);
	for (unsigned i = 0; rc == RC_OK && i < ask->n_people; i++)
		snprintf(ask->people[i].password, sizeof ask->people[i].password, "%s", password);
	snprintf(ask->machine_token, sizeof ask->machine_token, "%s", j.token);
	ask->accounts = d->n_staff;
	wipe(password, sizeof password);
	return rc;
}

/* ---- all ---- */
static enum rc
fill(struct demo *d, struct keeper_demo *ask, struct db *db, struct keeper_progress *g, struct problem *p)
{
	enum rc rc = record_bulk_open(db, &d->bulk, p);

	if (rc != RC_OK)
		return rc;
	rc = house_make(d, p);
	if (rc == RC_OK)
		rc = calendars_put(d, p);
	if (rc == RC_OK && !ask->no_canaries)
		rc = canaries_choose(d, p);
	if (rc == RC_OK)
		rc = make_patients(d, g, p);
	ask->resources = record_bulk_count(d->bulk);
	struct base_progress bridge = { .out = g, .step = "indexes" };
	enum rc end = record_bulk_end(&d->bulk, base_dir_progress(&bridge), rc == RC_OK ? p : NULL);
	return rc == RC_OK ? end : rc;
}

/* The same records as lines of a file: input for imports and load tests. */
static enum rc
write_lines(struct demo *d, struct keeper_demo *ask, struct keeper_progress *g, struct problem *p)
{
	enum rc rc = read_tables(d, p);

	if (rc != RC_OK)
		return rc;
	d->lines = fopen(ask->ndjson, "we");
	if (d->lines == NULL)
		return problem_set(p, RC_BROKEN, WHY_NO_FILE, "ndjson", "cannot be written");
	rc = house_make(d, p);
	if (rc == RC_OK)
		rc = make_patients(d, g, p);
	ask->resources = d->n_lines;
	if (fclose(d->lines) != 0 && rc == RC_OK)
		rc = problem_set(p, RC_BROKEN, WHY_DISK_FULL, "ndjson", "close");
	return rc;
}

/* A base in an empty directory: all of it, or nothing left. */
static enum rc
make_base(struct demo *d, struct keeper_demo *ask, struct keeper_progress *g, struct problem *p)
{
	struct base_dir dir = { .dir.lock_fd = -1 };
	struct db *db = NULL;
	enum rc rc = base_dir_new(ask->dir, &dir, p);

	if (rc == RC_OK)
		rc = read_tables(d, p);
	if (rc == RC_OK)
		rc = base_dir_open(&dir, true, &db, p);
	if (rc == RC_OK)
		rc = fill(d, ask, db, g, p);
	if (rc == RC_OK) {
		struct base_progress bridge = { .out = g, .step = "relations" };
		rc = relation_rebuild(db, base_dir_progress(&bridge), p);
	}
	if (rc == RC_OK)
		rc = canaries_keep(d, db, p);
	if (rc == RC_OK)
		rc = make_accounts(d, ask, db, p);
	if (rc == RC_OK)
		rc = calendars_keep(d, db, p);
	if (rc == RC_OK)
		rc = pharmacy_keep(d, db, p);
	if (rc == RC_OK)
		rc = lived_keep(d, db, p);
	db_close(&db);
	if (rc == RC_OK)
		rc = base_dir_mark(&dir, "demo", p);
	base_dir_close(&dir, rc == RC_OK);
	return rc;
}

enum rc
keeper_demo(struct keeper_demo *ask, struct keeper_progress *g, struct problem *p)
{
	struct demo *d = calloc(1, sizeof *d);
	enum rc rc;

	MUST(d != NULL && sodium_init() >= 0);
	d->ask = ask;
	if (ask->patients == 0)
		ask->patients = 20000;
	int64_t made_ms = ask->at_ms != 0 ? ask->at_ms : clock_ms();
	struct civil today = civil_paris(made_ms - 10 * HOUR_MS); /* made at night, nothing is of a morning to come */
	d->now_ms = civil_paris_to_ms((struct civil){ .year = today.year, .month = today.month, .day = today.day, .hour = 10 });
	d->made_ms = made_ms;
	d->begins_ms = (made_ms / HOUR_MS + 1) * HOUR_MS;
	buf_init(&d->out, 1 << 20);
	map64_init(&d->nir_order);
	arena_init(&d->canary_text, (size_t)4 << 30);
	rc = ask->ndjson != NULL ? write_lines(d, ask, g, p) : make_base(d, ask, g, p);
	demo_done(d);
	free(d);
	return rc;
}
