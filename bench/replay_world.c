/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/replay_world.c: the hospital of the replay: people, patients, and what joins them. Accounts are put below the gate (their passwords with the least work that
 * Argon2id knows: seven thousand sign-ins are not what is measured); all of the record comes through the gate as an import. Start at world_new.
 */
#include "replay.h"

#include "db/dir.h"
#include "hospital/hospital.h"
#include "record/keys.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <unistd.h>

#define PASSWORD "quatre-mots-de-passe"

_Noreturn void die(const char *what, const struct release *r)
{
	const struct problem *p = r ? release_problem(r) : NULL;
	fprintf(stderr, "replay: %s: %s %s %s\n", what, p ? why_row(p->why)->name : "", p ? p->where : "", p ? p->detail : "");
	exit(1);
}

static void must(enum rc rc, const char *what, const struct problem *p)
{
	if (rc == RC_OK)
		return;
	fprintf(stderr, "replay: %s: %s %s %s\n", what, why_row(p->why)->name, p->where, p->detail);
	exit(1);
}

void world_at(struct world *w, int64_t now_ms)
{
	if (now_ms > w->now)
		clock_set(w->now = now_ms);
}

/* ---- accounts, below the gate ---- */

struct fill { struct db_job job; struct world *w; char hash[crypto_pwhash_STRBYTES]; };

static enum rc add(struct fill *k, struct db_conn *c, const char *login, const struct person *x, enum role role, const struct str *units, unsigned n, struct problem *p)
{
	struct account_new a = { .login = str_of(login), .name = str_of(login), .lang = STR("fr"), .units = units, .n_units = n, .unit = n ? units[0] : STR_NONE, .role = role };
	uint32_t no;
	a.work = x && x->job == EMERGENCY_STAFF ? WORK_EMERGENCY : WORK_OF_ROLE;
	if (role == ROLE_MACHINE) {
		a.practitioner = STR("partner");
	} else {
		a.password_hash = str_of(k->hash);
		a.totp_secret = str_of(login);
	}
	enum rc rc = account_add(c, &a, &no, p);
	if (rc != RC_OK)
		return rc;
	return role == ROLE_MACHINE ? machine_ticket_add(c, no, STR(MACHINE_TOKEN), false, MAY_API_READ, k->w->start + 365 * DAY, p) : key_keep(c, no, x, k->w->now, p);
}

/* Whoever works in a ward may work in the others of the establishment. */
static enum rc add_all(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct fill *k = (struct fill *)(void *)job;
	struct world *w = k->w;
	enum rc rc = RC_OK;
	(void)txn;
	for (size_t i = 0; i < w->n_person && rc == RC_OK; i++) {
		struct person *x = &w->person[i];
		struct str units[4] = { str_of(w->unit[x->house][x->unit].id) };
		unsigned n = 1;
		for (unsigned u = WARD_A; x->unit <= WARD_D && u <= WARD_D; u++)
			if (u != x->unit)
				units[n++] = str_of(w->unit[x->house][u].id);
		rc = add(k, c, x->login, x, x->role, units, n, p);
	}
	if (rc == RC_OK)
		rc = add(k, c, w->officer.login, &w->officer, ROLE_RSSI, NULL, 0, p);
	if (rc == RC_OK)
		rc = add(k, c, w->admin.login, &w->admin, ROLE_ADMIN, NULL, 0, p);
	return rc == RC_OK ? add(k, c, "partner", NULL, ROLE_MACHINE, NULL, 0, p) : rc;
}

static void make_base(struct world *w)
{
	struct problem p = { 0 };
	struct dir d;
	struct db *db = NULL;
	struct fill k = { .job = { .run = add_all }, .w = w };
	if (sodium_init() < 0 || crypto_pwhash_str_alg(k.hash, PASSWORD, sizeof PASSWORD - 1, crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN, crypto_pwhash_ALG_ARGON2ID13) != 0)
		die("no password hash", NULL);
	must(dir_name(w->dir, &d, &p), "dir", &p);
	struct db_settings s = { .path = d.base };
	must(db_open(&s, true, &db, &p), "db", &p);
	keys_place(w->dir);
	must(record_open(db, &p), "record", &p);
	must(hospital_open(db, &p), "hospital", &p);
	must(db_write_now(db, &k.job, &p), "accounts", &p);
	db_close(&db);
	struct gate_settings set = { .dir = w->dir, .passkey_name = KEY_SITE, .passkey_origins = "https://" KEY_SITE };
	must(gate_open(&set, &w->g, &p), "gate", &p);
}

/* ---- what other systems send ---- */

#define LINES 2000
struct feed { struct world *w; struct buf text, token; unsigned n; };

static void feed_init(struct feed *f, struct world *w)
{
	struct problem p = { 0 };
	*f = (struct feed){ .w = w };
	buf_init(&f->text, 16u << 20);
	buf_init(&f->token, 128);
	must(gate_operator(w->g, &f->token, &p), "operator", &p);
}

static void feed_flush(struct feed *f)
{
	if (!f->n)
		return;
	struct gate_call *c = gate_call_new();
	c->surface = SURFACE_IMPORT;
	c->route = "import";
	c->token = buf_view(&f->token);
	ask_act(&c->asks, "import");
	ask_arg(&c->asks, "source", STR("adt"));
	ask_arg(&c->asks, "lines", buf_view(&f->text));
	gate_run(f->w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("import", c->release);
	for release_each (row, c->release, "results")
		if (row_i64(row, "rc") != RC_OK) {
			fprintf(stderr, "replay: import: %.*s at %.*s\n", STR_ARG(row_get(row, "why")), STR_ARG(row_get(row, "where")));
			exit(1);
		}
	gate_call_done(&c);
	buf_reset(&f->text);
	f->n = 0;
}

static void feed_done(struct feed *f)
{
	feed_flush(f);
	buf_done(&f->text);
	buf_done(&f->token);
}

#define feed(f, ...) (buf_fmt(&(f)->text, __VA_ARGS__), buf_ch(&(f)->text, '\n'), ++(f)->n == LINES ? feed_flush(f) : (void)0)

static const char *instant(char z[32], int64_t ms)
{
	struct civil c = civil_utc(ms);
	snprintf(z, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
	return z;
}

/* Twenty thousand days of birth, and names that begin with every pair of letters. */
void patient_born(uint32_t patient, char born[11])
{
	struct civil c = civil_of_days((int32_t)(patient * 7919u % 20000u) - 9000);
	snprintf(born, 11, "%04d-%02d-%02d", c.year, c.month, c.day);
}

void patient_family(uint32_t patient, char name[32])
{
	uint32_t n = patient * 2654435761u;
	snprintf(name, 32, "%c%c" FAMILY "%u", 'A' + n % 26, 'a' + n / 26 % 26, patient);
}

static void feed_house(struct feed *f)
{
	for (unsigned h = 0; h < HOUSES; h++)
		for (unsigned u = 0; u < UNITS; u++) {
			const char *id = f->w->unit[h][u].id;
			feed(f, "{\"resourceType\":\"Organization\",\"id\":\"%s\",\"name\":\"Unit %s\"}", id, id);
			feed(f, "{\"resourceType\":\"Location\",\"id\":\"l%s\",\"name\":\"Unit %s\",\"managingOrganization\":{\"reference\":\"Organization/%s\"}}", id, id, id);
		}
	feed(f, "{\"resourceType\":\"Practitioner\",\"id\":\"partner\",\"name\":[{\"family\":\"Partner\"}]}");
	for (uint32_t i = 0; i < f->w->patients * HOUSES; i++) {
		char born[11], name[32];
		patient_born(i, born);
		patient_family(i, name);
		bool partner = i % (f->w->patients * HOUSES / MACHINE_COHORT) == 0 && i / (f->w->patients * HOUSES / MACHINE_COHORT) < MACHINE_COHORT;
		feed(f, "{\"resourceType\":\"Patient\",\"id\":\"p%u\",\"name\":[{\"use\":\"official\",\"family\":\"%s\",\"given\":[\"Anne\"]}],\"gender\":\"%s\",\"birthDate\":\"%s\"%s}", i, name,
			i & 1 ? "male" : "female", born, partner ? ",\"generalPractitioner\":[{\"reference\":\"Practitioner/partner\"}]" : "");
	}
}

static void feed_stays(struct feed *f)
{
	unsigned n = 0, n_booked = 0;
	char from[32], to[32];
	for (unsigned h = 0; h < HOUSES; h++)
		for (unsigned u = 0; u < UNITS; u++) {
			const struct unit *at_unit = &f->w->unit[h][u];
			for (size_t i = 0; u <= ARRIVALS && i < at_unit->here.n; i++) {
				const struct span *s = &at_unit->here.at[i];
				feed(f, "{\"resourceType\":\"Encounter\",\"id\":\"e%u\",\"status\":\"finished\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"%s\"},\"subject\":{\"reference\":\"Patient/p%u\"},"
					"\"serviceProvider\":{\"reference\":\"Organization/%s\"},\"period\":{\"start\":\"%s\",\"end\":\"%s\"}}", n++, u == ARRIVALS ? "EMER" : "IMP", s->patient, at_unit->id, instant(from, s->from), instant(to, s->to));
			}
			for (size_t i = 0; i < at_unit->booked.n; i++) {
				const struct span *s = &at_unit->booked.at[i];
				feed(f, "{\"resourceType\":\"Appointment\",\"id\":\"a%u\",\"status\":\"booked\",\"start\":\"%s\",\"end\":\"%s\",\"participant\":[{\"actor\":{\"reference\":\"Patient/p%u\"},\"status\":\"accepted\"},"
					"{\"actor\":{\"reference\":\"Location/l%s\"},\"status\":\"accepted\"}]}", n_booked++, instant(from, s->from), instant(to, s->from + 30 * MINUTE), s->patient, at_unit->id);
			}
		}
}

/* An order that was done has a result, a task an end: who did them still has them to answer for (SECURITY 7.2). */
static void feed_order(struct feed *f, unsigned h, unsigned u, size_t i, bool open)
{
	const struct span *s = &f->w->unit[h][u].here.at[i];
	char at[32], period[80] = "";
	if (!open && u == LABORATORY)
		feed(f, "{\"resourceType\":\"DiagnosticReport\",\"id\":\"r%u-%zu\",\"status\":\"final\",\"code\":{\"text\":\"result\"},\"basedOn\":[{\"reference\":\"ServiceRequest/s%u-%zu\"}],\"subject\":{\"reference\":\"Patient/p%u\"},"
			"\"issued\":\"%s\",\"performer\":[{\"reference\":\"Organization/%s\"}]}", h, i, h, i, s->patient, instant(at, s->to), f->w->unit[h][u].id);
	if (!open)
		snprintf(period, sizeof period, ",\"executionPeriod\":{\"end\":\"%s\"}", instant(at, s->to));
	if (u == LABORATORY)
		feed(f, "{\"resourceType\":\"ServiceRequest\",\"id\":\"s%u-%zu\",\"status\":\"%s\",\"intent\":\"order\",\"subject\":{\"reference\":\"Patient/p%u\"},\"performer\":[{\"reference\":\"Organization/%s\"}]}", h, i,
			open ? "active" : "completed", s->patient, f->w->unit[h][u].id);
	else
		feed(f, "{\"resourceType\":\"Task\",\"id\":\"t%u-%zu\",\"status\":\"%s\",\"intent\":\"order\",\"for\":{\"reference\":\"Patient/p%u\"},\"owner\":{\"reference\":\"Organization/%s\"}%s}", h, i,
			open ? "requested" : "completed", s->patient, f->w->unit[h][u].id, period);
}

/* What waits for a unit: a consultation asked of a ward, a result that the laboratory has to validate, a task of the others. */
static void feed_asked(struct feed *f, unsigned h, unsigned u, size_t i, bool open)
{
	const struct span *s = &f->w->unit[h][u].asked.at[i];
	const char *unit = f->w->unit[h][u].id;
	char at[32];
	if (u == LABORATORY)
		feed(f, "{\"resourceType\":\"DiagnosticReport\",\"id\":\"d%u-%zu\",\"status\":\"%s\",\"code\":{\"text\":\"culture\"},\"subject\":{\"reference\":\"Patient/p%u\"},\"issued\":\"%s\",\"performer\":[{\"reference\":\"Organization/%s\"}]}",
			h, i, open ? "preliminary" : "final", s->patient, instant(at, open ? s->from : s->to), unit);
	else if (u <= WARD_D)
		feed(f, "{\"resourceType\":\"ServiceRequest\",\"id\":\"c%u-%u-%zu\",\"status\":\"%s\",\"intent\":\"order\",\"subject\":{\"reference\":\"Patient/p%u\"},\"performer\":[{\"reference\":\"Organization/%s\"}]}",
			h, u, i, open ? "active" : "completed", s->patient, unit);
	else
		feed(f, "{\"resourceType\":\"Task\",\"id\":\"q%u-%u-%zu\",\"status\":\"%s\",\"intent\":\"order\",\"for\":{\"reference\":\"Patient/p%u\"},\"owner\":{\"reference\":\"Organization/%s\"}}",
			h, u, i, open ? "requested" : "completed", s->patient, unit);
}

/* Somebody of another hospital, who is to come to this unit at that hour. */
static void feed_announced(struct feed *f, unsigned h, unsigned u, size_t i, bool open)
{
	const struct span *s = &f->w->unit[h][u].announced.at[i];
	char at[32];
	feed(f, "{\"resourceType\":\"Encounter\",\"id\":\"m%u-%u-%zu\",\"status\":\"%s\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/p%u\"},"
		"\"location\":[{\"location\":{\"reference\":\"Location/l%s\"},\"status\":\"planned\",\"period\":{\"start\":\"%s\"}}]}", h, u, i, open ? "in-progress" : "cancelled", s->patient, f->w->unit[h][u].id,
		instant(at, s->from + DAY));
}

static void feed_spans(struct feed *f, unsigned h, unsigned u, const struct spans *s, int64_t midnight, bool first, void (*one)(struct feed *f, unsigned h, unsigned u, size_t i, bool open))
{
	for (size_t i = 0; i < s->n; i++) {
		bool opens = s->at[i].from < midnight + DAY && (first || s->at[i].from >= midnight), closes = s->at[i].to <= midnight && s->at[i].to > midnight - DAY && !first;
		if (closes || (opens && s->at[i].to > midnight))
			one(f, h, u, i, !closes);
	}
}

/* In each establishment a physician of a ward is on call for the next one, another each day, as the administrator says. */
static void call_list(struct world *w, unsigned day)
{
	struct civil c = civil_utc(w->now);
	char date[16];
	snprintf(date, sizeof date, "%04d-%02d-%02d", c.year, c.month, c.day);
	sign_in(w, &w->admin);
	for (size_t i = 0; i < w->n_person; i++)
		w->person[i].call = -1;
	for (unsigned h = 0; h < HOUSES; h++) {
		struct person *of[64];
		unsigned n = 0;
		for (size_t i = 0; i < w->n_person; i++)
			if (w->person[i].house == h && w->person[i].role == ROLE_PHYSICIAN && w->person[i].unit <= WARD_D && n < 64)
				of[n++] = &w->person[i];
		if (!n)
			continue;
		struct person *x = of[day % n];
		x->call = (int)((x->unit + 1) % 4);
		struct gate_call *call = call_of(w, &w->admin, "/on-call");
		ask_act(&call->asks, "on_call_add");
		ask_arg(&call->asks, "login", str_of(x->login));
		ask_arg(&call->asks, "unit", str_of(w->unit[h][x->call].id));
		ask_arg(&call->asks, "day", str_of(date));
		ask_arg(&call->asks, "hour", STR("7"));
		ask_arg(&call->asks, "hours", STR("15"));
		gate_run(w->g, call);
		if (release_rc(call->release) != RC_OK)
			die("on_call_add", call->release);
		gate_call_done(&call);
	}
}

void world_day(struct world *w, unsigned day)
{
	int64_t midnight = w->start + day * DAY;
	struct feed f;
	world_at(w, midnight + 5 * HOUR);
	if (day < w->days)
		call_list(w, day);
	feed_init(&f, w);
	for (unsigned h = 0; h < HOUSES; h++)
		for (unsigned u = 0; u < UNITS; u++) {
			feed_spans(&f, h, u, &w->unit[h][u].asked, midnight, day == 0, feed_asked);
			feed_spans(&f, h, u, &w->unit[h][u].announced, midnight, day == 0, feed_announced);
		}
	for (unsigned h = 0; h < HOUSES; h++)
		for (unsigned u = LABORATORY; u <= CODING; u++)
			feed_spans(&f, h, u, &w->unit[h][u].here, midnight, day == 0, feed_order);
	feed_done(&f);
}

/* ---- the hospital ---- */

static void put(struct spans *s, uint32_t patient, int64_t from, int64_t to)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 256;
		s->at = reallocarray(s->at, s->cap, sizeof *s->at);
		if (!s->at)
			die("no memory", NULL);
	}
	s->at[s->n++] = (struct span){ patient, from, to };
}

/* Ids of the establishments are mixed: whoever walks them meets all. */
uint32_t anybody(struct world *w, unsigned house) { return below(&w->chance, w->patients) * HOUSES + house; }

/* Thirty beds a ward, stays of six days in the mean; arrivals, bookings, orders and stays to code as many as the people who work there go through. */
static void make_unit(struct world *w, unsigned h, unsigned u, unsigned people)
{
	struct unit *at_unit = &w->unit[h][u];
	int64_t first = w->start - BEFORE * DAY, last = w->start + (int64_t)(w->days + (u == ARRIVALS || u >= LABORATORY ? 3 : AFTER)) * DAY;
	for (unsigned bed = 0; u <= WARD_D && bed < 30; bed++)
		for (int64_t from = first, to; from < last; from = to) {
			to = from + (int64_t)((.5 + gamma_of(&w->chance, 2) * 2.75) * (double)DAY);
			put(&at_unit->here, anybody(w, h), from, to);
		}
	for (int64_t day = first; day < last; day += DAY) {
		unsigned arrivals = u == ARRIVALS ? 15 + 15 * people : 0, booked = u <= WARD_D ? 6 : u == CONSULTATION ? 10 + 10 * people : 0, orders = u == LABORATORY ? 45 * people : u == CODING ? 30 * people : 0;
		for (unsigned i = 0; i < arrivals; i++) {
			int64_t from = day + (int64_t)(uniform(&w->chance) * (double)DAY);
			put(&at_unit->here, anybody(w, h), from, from + (int64_t)((2 + 8 * uniform(&w->chance)) * (double)HOUR));
		}
		for (unsigned i = 0; i < booked; i++)
			put(&at_unit->booked, anybody(w, h), day + 8 * HOUR + (int64_t)(uniform(&w->chance) * 8 * (double)HOUR), 0);
		for (unsigned i = 0; i < orders; i++) /* in the list two days, a stay to code five */
			put(&at_unit->here, anybody(w, h), day, day + (u == LABORATORY ? 2 : 5) * DAY);
		unsigned asked = u <= WARD_D ? 1 : u >= CONSULTATION ? 1 + people : 0, announced = u <= ARRIVALS;
		for (unsigned i = 0; i < asked; i++)
			put(&at_unit->asked, anybody(w, h), day, day + 2 * DAY);
		for (unsigned i = 0; i < announced; i++)
			put(&at_unit->announced, anybody(w, h), day, day + 2 * DAY);
	}
}

static const struct { enum role role; unsigned unit; } WORKS[N_STAFF] = {
	{ ROLE_NURSE, WARD_A }, { ROLE_PHYSICIAN, WARD_A }, { ROLE_PHYSICIAN, ARRIVALS }, { ROLE_CLERK, CONSULTATION }, { ROLE_PHARMACIST, LABORATORY }, { ROLE_BILLING, CODING },
};

/* So many of each job that the whole hospital has the shares of 7.9. */
static void hire(struct world *w, unsigned people[HOUSES][UNITS])
{
	double owed[N_STAFF] = { 0 };
	w->person = calloc((size_t)HOUSES * (w->per_house + N_STAFF), sizeof *w->person);
	if (!w->person)
		die("no memory", NULL);
	for (unsigned h = 0; h < HOUSES; h++)
		for (size_t j = 0; j < N_STAFF; j++) {
			owed[j] += STAFF[j].share * w->per_house;
			for (unsigned ward = 0; owed[j] >= .5; owed[j]--) {
				struct person *x = &w->person[w->n_person];
				*x = (struct person){ .job = j, .role = WORKS[j].role, .house = h, .call = -1 };
				x->unit = x->away = WORKS[j].unit == WARD_A ? ward++ % 4 : WORKS[j].unit;
				twin_place(w, x);
				snprintf(x->login, sizeof x->login, "person%zu", w->n_person++);
				key_new(x);
				people[h][x->unit]++;
			}
		}
}

void world_new(struct world *w, uint64_t seed, unsigned days, unsigned per_house)
{
	unsigned people[HOUSES][UNITS] = { 0 };
	const char *tmp = getenv("TMPDIR");
	*w = (struct world){ .chance = { seed * 0xd1342543de82ef95u + 1 }, .days = days, .per_house = per_house, .patients = 1500, .start = 1795000000000 / DAY * DAY, .officer = { .login = "officer", .role = ROLE_RSSI }, .admin = { .login = "admin", .role = ROLE_ADMIN } };
	key_new(&w->officer);
	key_new(&w->admin);
	snprintf(w->dir, sizeof w->dir, "%s/hygie-replay-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(w->dir))
		die("no directory", NULL);
	world_at(w, w->start - DAY);
	for (unsigned h = 0; h < HOUSES; h++)
		for (unsigned u = 0; u < UNITS; u++)
			snprintf(w->unit[h][u].id, sizeof w->unit[h][u].id, "u%u-%u", h, u);
	hire(w, people);
	for (unsigned h = 0; h < HOUSES; h++)
		for (unsigned u = 0; u < UNITS; u++)
			make_unit(w, h, u, people[h][u]);
	make_base(w);
	struct feed f;
	feed_init(&f, w);
	feed_house(&f);
	feed_stays(&f);
	feed_done(&f);
}

/* The files stay: they are what a thief of the disk has. */
void world_done(struct world *w)
{
	gate_close(&w->g);
	for (unsigned h = 0; h < HOUSES; h++)
		for (unsigned u = 0; u < UNITS; u++) {
			free(w->unit[h][u].here.at);
			free(w->unit[h][u].booked.at);
			free(w->unit[h][u].asked.at);
			free(w->unit[h][u].announced.at);
		}
	for (size_t i = 0; i < w->n_person; i++) {
		free(w->person[i].twin.seen);
		free(w->person[i].today);
		free(w->person[i].taken);
		key_done(&w->person[i]);
	}
	key_done(&w->officer);
	key_done(&w->admin);
	free(w->admin.taken);
	free(w->person);
}

/* ---- calls ---- */

static void unlock(struct world *w, struct person *x);

struct gate_call *call_of(struct world *w, struct person *x, const char *route)
{
	if (x && w->now - x->touched_ms >= IDLE)
		unlock(w, x);
	if (x)
		x->touched_ms = w->now;
	struct gate_call *c = gate_call_new();
	c->surface = SURFACE_PAGE;
	c->route = route;
	c->token = x ? str_of(x->token) : STR_NONE;
	c->from = STR("192.0.2.7");
	c->touch = true;
	return c;
}

enum why why_of(struct gate_call **c)
{
	enum why why = release_rc((*c)->release) == RC_OK ? WHY_NONE : release_problem((*c)->release)->why;
	gate_call_done(c);
	return why;
}

/* A code that was not shown yet. */
void fresh_code(struct world *w, struct person *x, char code[8])
{
	if (w->now / 30000 <= x->code_ms / 30000)
		world_at(w, (x->code_ms / 30000 + 1) * 30000);
	x->code_ms = w->now;
	oath_totp_generate(x->login, strlen(x->login), (time_t)(w->now / 1000), 30, 0, 6, code);
}

static void take_token(struct person *x, const struct gate_call *c)
{
	struct str t = row_get(rows_first(release_rows(c->release), "session"), "token");
	if (t.n >= sizeof x->token)
		die("token", c->release);
	memcpy(x->token, t.p, t.n);
	x->token[t.n] = 0;
}

/* As at the door: the act that the purpose names, with the second factor. */
static void show(struct world *w, struct person *x, struct gate_call *c, const char *purpose);

static void unlock(struct world *w, struct person *x)
{
	x->touched_ms = w->now;
	struct gate_call *c = call_of(w, x, "/unlock");
	ask_act(&c->asks, "unlock");
	show(w, x, c, "unlock");
	gate_run(w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("unlock", c->release);
	take_token(x, c);
	gate_call_done(&c);
}

static void show(struct world *w, struct person *x, struct gate_call *c, const char *purpose)
{
	if (x->by_code) {
		char code[8];
		fresh_code(w, x, code);
		ask_arg(&c->asks, "code", str_of(code));
		return;
	}
	struct buf b;
	key_touched(w, x, purpose, &b);
	ask_arg(&c->asks, "passkey", buf_view(&b));
	buf_done(&b);
}

void sign_in(struct world *w, struct person *x)
{
	struct gate_call *c = call_of(w, NULL, "/sign-in");
	ask_act(&c->asks, "sign_in");
	if (x->by_code) {
		ask_arg(&c->asks, "login", str_of(x->login));
		ask_arg(&c->asks, "password", STR(PASSWORD));
	}
	show(w, x, c, "sign_in");
	gate_run(w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("sign-in", c->release);
	take_token(x, c);
	x->touched_ms = w->now;
	gate_call_done(&c);
}

enum why read_chart(struct world *w, struct person *x, uint32_t patient, bool *explained_r)
{
	char id[16];
	snprintf(id, sizeof id, "p%u", patient);
	struct gate_call *c = call_of(w, x, "/fhir/:type/:id");
	ask_read(&c->asks, "rows", STR("Patient"), str_of(id));
	gate_run(w->g, c);
	if (release_rc(c->release) == RC_OK) {
		struct str why = release_explained(c->release, NULL);
		*explained_r = why.n > 0 && !str_eq(why, "break_glass") && !str_eq(why, "emergency");
		if (row_get(rows_first(release_rows(c->release), "rows"), "body").n == 0)
			die("a release without a body", c->release);
	}
	return why_of(&c);
}

enum why give_reason(struct world *w, struct person *x, uint32_t patient, const char *reason)
{
	char id[16];
	snprintf(id, sizeof id, "p%u", patient);
	struct gate_call *c = call_of(w, x, "/patient/:patient/reason");
	ask_act(&c->asks, "break_glass");
	ask_arg(&c->asks, "patient", str_of(id));
	ask_arg(&c->asks, "reason", str_of(reason));
	ask_arg(&c->asks, "text", STR("avis demandé par téléphone"));
	gate_run(w->g, c);
	return why_of(&c);
}

enum why prove(struct world *w, struct person *x, const char *reason, const char *unit)
{
	struct gate_call *c = call_of(w, x, "/prove");
	ask_act(&c->asks, "prove");
	ask_arg(&c->asks, "reason", str_of(reason));
	ask_arg(&c->asks, "unit", str_of(unit));
	ask_arg(&c->asks, "text", STR("renfort demandé par le cadre"));
	show(w, x, c, "prove");
	gate_run(w->g, c);
	if (release_rc(c->release) == RC_OK)
		take_token(x, c);
	return why_of(&c);
}
