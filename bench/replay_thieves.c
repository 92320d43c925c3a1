/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/replay_thieves.c: who tries to take the record out, each with the account of somebody else who worked here before and never with that of another thief. A thief does not know
 * whom a fact joins to the account: he asks, gives a reason where one is asked for, and asks again. One line a thief:
 *   thief NAME records explained masked stop_ms told
 * records: patients released whom nothing joins to the account; explained: those whom something did (he takes what the account's owner sees); masked: lines of initials;
 * Walks over canaries and hostile code in a front need a whole server: bench/outside.py plays them. Who is added prints a line under a name of bench/replay's (finish).
 * stop_ms: from the first call to the answer after which nothing more comes (-1: nothing stopped him); told: what the security officer reads afterwards. Start at thieves.
 */
#include "replay.h"

#include "hospital/hospital.h"

#include <unistd.h>

#define PACE (2 * SECOND)           /* between two calls of who takes one chart after the other: each takes two, which is below the rhythm that is nobody's reading */
#define PACE_PADDED (6 * SECOND)    /* of who opens charts that take one */
#define PACE_SCRIPT 100LL

struct told { unsigned proof, stop, house, refusals, reviews, exports; };
struct theft {
	const char *name;
	struct person *x;
	bool keyed, emergencies;
	int64_t pace;
	bool strangers;                    /* whom he takes now nothing joined to the account but what he joined himself */
	bool claims, claimed;              /* says to work in another establishment's emergency unit today, when a proof is asked for */
	unsigned records, explained, masked;
	int64_t from, until;
	bool over;
	enum why why;
	uint32_t next;                     /* of stranger() */
};

/* ---- who was told ---- */

/* Emergencies of a login that wait for review. Of other reasons one in ten does, drawn by a key that is another in each base: not counted. */
static unsigned reviews(struct world *w, const char *login)
{
	unsigned n = 0;
	int64_t newest = w->reviewed_upto, cursor = newest * REVIEW_SORTED;
	for (bool more = true; more;) {
		char after[24];
		snprintf(after, sizeof after, "%lld", (long long)cursor);
		struct gate_call *c = call_of(w, &w->officer, "/review");
		ask_view(&c->asks, "review_list");
		ask_arg(&c->asks, "after", str_of(after));
		gate_run(w->g, c);
		if (release_rc(c->release) != RC_OK)
			die("review_list", c->release);
		for release_each (row, c->release, "break_glass") {
			newest = row_i64(row, "no") > newest ? row_i64(row, "no") : newest;
			n += str_eq(row_get(row, "by"), login) && str_eq(row_get(row, "reason"), "emergency");
		}
		cursor = row_i64(rows_first(release_rows(c->release), "break_glass_page"), "next");
		more = cursor > 0;
		gate_call_done(&c);
	}
	w->reviewed_upto = newest;
	return n;
}

/* What came since the last look; who "" is the house itself. */
static struct told look(struct world *w, const char *login)
{
	struct told t = { 0 };
	uint64_t newest = w->told_upto;
	char before[24] = "";
	for (bool more = true; more;) {
		struct gate_call *c = call_of(w, &w->officer, "/review");
		ask_view(&c->asks, "review_list");
		if (*before)
			ask_arg(&c->asks, "before", str_of(before));
		gate_run(w->g, c);
		if (release_rc(c->release) != RC_OK)
			die("review_list", c->release);
		for release_each (row, c->release, "alarms") {
			uint64_t number = (uint64_t)row_i64(row, "number");
			if (number <= w->told_upto)
				continue;
			newest = number > newest ? number : newest;
			bool house = str_eq(row_get(row, "what"), "house:unexplained"), his = str_eq(row_get(row, "by"), login);
			t.house += house;
			t.proof += his && str_eq(row_get(row, "refused"), "step_up");
			t.stop += his && str_eq(row_get(row, "refused"), "over_budget");
		}
		static const char *const REFUSED[] = { "refusals", "stops" };
		for (int i = 0; i < 2; i++)
			for release_each (row, c->release, REFUSED[i])
				t.refusals += (uint64_t)row_i64(row, "number") > w->told_upto && str_eq(row_get(row, "by"), login);
		struct row page = rows_first(release_rows(c->release), "page");
		more = row_is(page) && row_has(page, "next") && (uint64_t)row_i64(page, "next") > w->told_upto;
		if (more)
			snprintf(before, sizeof before, "%lld", (long long)row_i64(page, "next"));
		gate_call_done(&c);
	}
	w->told_upto = newest;
	t.reviews = reviews(w, login);
	return t;
}

/* ---- a victim ---- */

/* Somebody of this job whose account nobody stole yet and on whom nothing stands. The officer has read all that came before. */
static struct theft steal_by(struct world *w, const char *name, size_t job, bool by_code)
{
	struct person *x = NULL;
	for (size_t i = 0, from = below(&w->chance, w->n_person); i < w->n_person && !x; i++) {
		struct person *one = &w->person[(from + i) % w->n_person];
		if (one->job == job && !one->victim && !one->twin.l.due && !one->twin.l.stopped)
			x = one;
	}
	if (!x)
		return (struct theft){ .name = name };
	x->victim = true;
	x->by_code = by_code;
	world_at(w, (w->now / (10 * MINUTE) + 1) * 10 * MINUTE);
	sign_in(w, x);
	sign_in(w, &w->officer);
	(void)look(w, x->login);
	return (struct theft){ .name = name, .x = x, .from = w->now, .pace = PACE, .next = below(&w->chance, w->patients * HOUSES) };
}

/* A session that its owner opened by the key. */
static struct theft steal(struct world *w, const char *name, size_t job) { return steal_by(w, name, job, false); }

static struct theft steal_keyed(struct world *w, const char *name, size_t job)
{
	struct theft t = steal(w, name, job);
	t.keyed = true;
	return t;
}

static void say_line(const struct theft *t, const struct told *told)
{
	printf("thief\t%s\t%u\t%u\t%u\t%lld\t", t->name, t->records, t->explained, t->masked, (long long)(t->over ? t->until - t->from : -1));
	const struct { unsigned n; const char *word; } WORD[] = { { told->proof, "alarm" }, { told->stop, "stop" }, { told->house, "house" }, { told->refusals, "refusals" }, { told->reviews, "reviews" }, { told->exports, "exports" } };
	bool any = false;
	for (size_t i = 0; i < sizeof WORD / sizeof *WORD; i++)
		if (WORD[i].n) {
			printf("%s%s", any ? "+" : "", WORD[i].word);
			any = true;
		}
	puts(any ? "" : "nobody");
	fflush(stdout);
}

static unsigned finish(struct world *w, const struct theft *t)
{
	if (!t->x)
		return 0;
	struct told told = look(w, t->x->login);
	say_line(t, &told);
	return t->records;
}

/* ---- one at a time ---- */

enum by { BY_READ, BY_EVERYTHING, BY_HISTORY, BY_PRINT, BY_CHART };

static struct gate_call *ask_one(struct world *w, const struct theft *t, enum by by, uint32_t patient)
{
	char id[16];
	snprintf(id, sizeof id, "p%u", patient);
	struct gate_call *c = call_of(w, t->x, "/patient/:patient");
	switch (by) {
	case BY_READ: ask_read(&c->asks, "rows", STR("Patient"), str_of(id)); break;
	case BY_EVERYTHING: ask_everything(&c->asks, "rows", str_of(id), STR(""), true); break;
	case BY_HISTORY: ask_history(&c->asks, "rows", STR("Patient"), str_of(id), 50, 0); break;
	case BY_PRINT:
		c->surface = SURFACE_PRINT;
		ask_view(&c->asks, "chart_summary");
		ask_arg(&c->asks, "patient", str_of(id));
		break;
	case BY_CHART:
		ask_view(&c->asks, "patient_identity");
		ask_arg(&c->asks, "patient", str_of(id));
		break;
	}
	return c;
}

static void stopped(struct theft *t, const struct world *w, enum why why)
{
	t->over = true;
	t->until = w->now;
	t->why = why;
}

/* Each patient once, however often he is released. */
static void count(const struct world *w, struct theft *t, uint32_t patient, bool apart)
{
	unsigned char **taken = &t->x->taken;
	if (!*taken && !(*taken = calloc(w->patients * HOUSES, 1)))
		die("no memory", NULL);
	if ((*taken)[patient])
		return;
	(*taken)[patient] = 1;
	t->records += apart;
	t->explained += !apart;
}

/* True: it is out. False: not this one, or nothing more at all (t->over). */
static bool take(struct world *w, struct theft *t, enum by by, uint32_t patient)
{
	bool reason = false;
	for (unsigned tries = 0; tries < 6; tries++) {
		world_at(w, w->now + t->pace);
		struct gate_call *c = ask_one(w, t, by, patient);
		gate_run(w->g, c);
		if (release_rc(c->release) == RC_OK) {
			struct str why = release_explained(c->release, NULL);
			bool apart = t->strangers || str_eq(why, "break_glass") || str_eq(why, "emergency");
			count(w, t, patient, apart);
			gate_call_done(&c);
			return true;
		}
		enum why why = why_of(&c);
		if ((why == WHY_UNEXPLAINED || why == WHY_NOT_FOUND) && !reason) {
			reason = true;
			why = give_reason(w, t->x, patient, t->emergencies ? "emergency" : "advice");
			if (t->emergencies && why == WHY_OVER_GLASS) {
				t->emergencies = false; /* the shift's are spent: other reasons then */
				why = give_reason(w, t->x, patient, "advice");
			}
			if (why == WHY_NONE)
				continue;
		}
		if (why == WHY_PROOF_DUE && t->keyed) {
			const char *unit = w->unit[(t->x->house + 1) % HOUSES][ARRIVALS].id;
			if (prove(w, t->x, t->claims ? "unit" : "other", t->claims ? unit : "") == WHY_NONE) {
				t->claimed = t->claims;
				continue;
			}
		}
		if (why == WHY_STOPPED_ACCOUNT && t->emergencies && !reason) {
			reason = true;
			if (give_reason(w, t->x, patient, "emergency") == WHY_NONE)
				continue;
		}
		stopped(t, w, why);
		return false;
	}
	return false;
}

/* Anybody, of whatever house, each once. */
static uint32_t stranger(const struct world *w, struct theft *t)
{
	t->next = (t->next + 4801) % (w->patients * HOUSES); /* 4801 is prime and divides no such number */
	return t->next;
}

/* Ids one after the other, from anywhere. */
static void walk_ids(struct world *w, struct theft *t, enum by by, unsigned most)
{
	uint32_t all = w->patients * HOUSES, from = t->x ? below(&w->chance, all) : 0;
	for (uint32_t i = 0; t->x && i < all && i < most && !t->over; i++)
		(void)take(w, t, by, (from + i) % all);
}

/* The page's search: a birth date, day after day, or with the first letters of a name. Lines are masked; each that is found is opened. */
static void walk_births(struct world *w, struct theft *t, bool opens, unsigned most)
{
	for (unsigned day = 0; t->x && day < most && !t->over; day++) {
		char born[11];
		uint32_t found[16];
		unsigned n = 0;
		struct civil c = civil_of_days((int32_t)day - 2000);
		snprintf(born, sizeof born, "%04d-%02d-%02d", c.year, c.month, c.day);
		world_at(w, w->now + PACE);
		struct gate_call *call = call_of(w, t->x, "/search");
		ask_view(&call->asks, "patient_search");
		ask_arg(&call->asks, "birthdate", str_of(born));
		gate_run(w->g, call);
		if (release_rc(call->release) != RC_OK) {
			enum why why = why_of(&call);
			if (why == WHY_OVER_SEARCHES && !opens && w->now < t->from + 11 * HOUR) {
				world_at(w, w->now + 10 * MINUTE);
				day--;
				continue;
			}
			stopped(t, w, why);
			return;
		}
		for release_each (row, call->release, "patients") {
			struct str id = row_get(row, "id");
			uint64_t no;
			t->masked++;
			if (n < 16 && id.n > 1 && str_u64((struct str){ id.p + 1, id.n - 1 }, &no) == RC_OK)
				found[n++] = (uint32_t)no;
		}
		gate_call_done(&call);
		for (unsigned i = 0; opens && i < n && !t->over; i++)
			(void)take(w, t, BY_READ, found[i]);
	}
}

/* ---- many at once ---- */

enum bulk { BULK_SEARCH, BULK_NAMES, BULK_BIRTHS, BULK_CHANGES, BULK_LASTN, BULK_MATCH, BULK_EXPORT };

static void ask_bulk(struct gate_call *c, enum bulk kind, const char *type, const char *query)
{
	switch (kind) {
	case BULK_SEARCH:
	case BULK_NAMES:
	case BULK_BIRTHS: ask_search(&c->asks, "rows", str_of(type), str_of(query), 200); break;
	case BULK_CHANGES: ask_changes(&c->asks, "rows", str_of(type), str_of(query)); break;
	case BULK_LASTN: ask_lastn(&c->asks, "rows", str_of(query)); break;
	case BULK_MATCH: ask_match(&c->asks, "rows", str_of(query)); break;
	case BULK_EXPORT: ask_view(&c->asks, "export"); break;
	}
}

/* Patients whom the bodies name, each once. */
static void count_out(const struct world *w, const struct release *r, unsigned char *out, unsigned *n)
{
	for release_each (row, r, "rows") {
		struct str body = row_get(row, "body");
		static const char *const NAMED[] = { "\"Patient/p", "\"id\":\"p" };
		for (int i = 0; i < 2; i++)
			for (const char *p = body.p; body.n && (p = memmem(p, (size_t)(body.p + body.n - p), NAMED[i], strlen(NAMED[i]))); p++) {
				unsigned long no = strtoul(p + strlen(NAMED[i]), NULL, 10);
				if (no < w->patients * HOUSES && !out[no]) {
					out[no] = 1;
					++*n;
				}
			}
	}
}

/* What the gate itself says of an account: how many without a care link, in the sliding day. */
static unsigned apart_of(struct world *w, const char *login)
{
	struct gate_call *c = call_of(w, &w->officer, "/limits/account");
	ask_view(&c->asks, "meter");
	ask_arg(&c->asks, "login", str_of(login));
	gate_run(w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("meter", c->release);
	unsigned n = (unsigned)row_i64(rows_first(release_rows(c->release), "meter"), "unexplained");
	gate_call_done(&c);
	return n;
}

static unsigned take_many(struct world *w, const char *name, size_t job, enum bulk kind, const char *const *type, const char *query)
{
	struct theft t = steal(w, name, job);
	unsigned char *out = calloc(w->patients * HOUSES, 1);
	unsigned n = 0, rounds = kind == BULK_NAMES ? 26 : kind == BULK_BIRTHS ? 100 : 1;
	if (!t.x || !out) {
		free(out);
		return 0;
	}
	unsigned before = apart_of(w, t.x->login);
	for (; *type && !t.over; type++)
		for (unsigned i = 0; i < rounds && !t.over; i++) {
			char text[200];
			struct civil day = civil_of_days((int32_t)i * 37 - 2000);
			if (kind == BULK_NAMES)
				snprintf(text, sizeof text, "family=%c&_count=200", 'a' + (int)i);
			else if (kind == BULK_BIRTHS)
				snprintf(text, sizeof text, "birthdate=%04d-%02d-%02d", day.year, day.month, day.day);
			else
				snprintf(text, sizeof text, "%s", query);
			world_at(w, w->now + PACE);
			struct gate_call *c = call_of(w, t.x, "/fhir/:type");
			ask_bulk(c, kind, *type, text);
			gate_run(w->g, c);
			if (release_rc(c->release) == RC_OK)
				count_out(w, c->release, out, &n);
			else if (release_problem(c->release)->why == WHY_PROOF_DUE || release_problem(c->release)->why == WHY_STOPPED_ACCOUNT)
				stopped(&t, w, release_problem(c->release)->why);
			gate_call_done(&c);
		}
	t.records = apart_of(w, t.x->login) - before;
	t.explained = n - (t.records < n ? t.records : n);
	free(out);
	return finish(w, &t);
}

/* ---- with time, with own patients, with others ---- */

/* Hides each record among so many of his own patients, whom he knows. */
static void pad(struct world *w, struct theft *t, unsigned own)
{
	while (t->x && !t->over) {
		t->x->today = reallocarray(t->x->today, t->x->n_today + own + 1, sizeof *t->x->today);
		for (unsigned i = 0; t->x->today && i < own && !t->over; i++) {
			int64_t whom = -1;
			for (int link = LINK_HERE; whom < 0 && link <= LINK_BOOKED; link++)
				whom = somebody(w, t->x, (enum link)link, w->now);
			if (whom < 0)
				break; /* has no more of them */
			t->x->today[t->x->n_today++] = (uint32_t)whom;
			(void)take(w, t, BY_READ, (uint32_t)whom);
		}
		if (!t->over)
			(void)take(w, t, BY_READ, stranger(w, t));
	}
}

/* Strangers until he is asked; says that he works in a unit where he does not; then whoever lies there, and strangers again. */
static void claim(struct world *w, struct theft *t)
{
	struct person there = { .n_today = 0 };
	while (t->x && !t->over) {
		int64_t whom = -1;
		there.house = (t->x->house + 1) % HOUSES;
		there.away = ARRIVALS;
		there.today = reallocarray(there.today, there.n_today + 1, sizeof *there.today);
		if (!there.today)
			die("no memory", NULL);
		for (int link = LINK_HERE; t->claimed && whom < 0 && link <= LINK_LEFT; link++)
			whom = somebody(w, &there, (enum link)link, w->now);
		if (whom >= 0)
			there.today[there.n_today++] = (uint32_t)whom;
		(void)take(w, t, BY_READ, whom >= 0 ? (uint32_t)whom : stranger(w, t));
	}
	free(there.today);
}

/* One opening of who has the published machine beside him: a stranger when it says that this goes, else one of his own patients. False: enough for today. */
static bool slow_step(struct world *w, struct theft *t)
{
	struct ladder_verdict v;
	uint32_t whom = stranger(w, t);
	bool explained = false, apart = twin_goes(t->x, whom, true, w->now, &v);
	if (!apart) {
		int64_t own = -1;
		for (int link = LINK_HERE; own < 0 && link <= LINK_BOOKED; link++)
			own = somebody(w, t->x, (enum link)link, w->now);
		if (own < 0 || v.why == LADDER_MONTH || v.why == LADDER_APART || !twin_goes(t->x, (uint32_t)own, false, w->now, &v))
			return false;
		whom = (uint32_t)own;
		t->x->today = reallocarray(t->x->today, t->x->n_today + 1, sizeof *t->x->today);
		if (!t->x->today)
			die("no memory", NULL);
		t->x->today[t->x->n_today++] = whom;
	}
	if (apart && give_reason(w, t->x, whom, "advice") != WHY_NONE)
		return false;
	enum why why = read_chart(w, t->x, whom, &explained);
	if (why != WHY_NONE) {
		stopped(t, w, why);
		return false;
	}
	twin_opened(t->x, whom, !explained, w->now);
	count(w, t, whom, !explained);
	return true;
}

/* For so many days, all of them, each by himself. */
static void slow(struct world *w, struct theft *t, size_t n, unsigned days)
{
	int64_t first = (w->now / DAY + 1) * DAY;
	for (unsigned day = 0; day < days; day++) {
		bool goes[8] = { false }, any = true;
		world_at(w, first + day * DAY + 8 * HOUR);
		for (size_t i = 0; i < n; i++)
			if ((goes[i] = t[i].x && !t[i].over)) {
				sign_in(w, t[i].x);
				t[i].x->n_today = 0;
			}
		while (any && w->now < first + day * DAY + 17 * HOUR) {
			any = false;
			world_at(w, w->now + MINUTE);
			for (size_t i = 0; i < n; i++)
				any |= goes[i] = goes[i] && slow_step(w, &t[i]);
		}
	}
	sign_in(w, &w->officer);
}

/* k accounts at the same time, each takes its turn; each: how many at most of each account. */
static void together(struct world *w, const char *name, unsigned k, unsigned each, bool keyed)
{
	struct theft t[24], sum = { .name = name };
	struct told told = { 0 };
	bool more = true;
	unsigned at_alarm = 0;
	for (unsigned i = 0; i < k; i++) {
		t[i] = steal(w, name, 0);
		t[i].keyed = keyed;
		if (!t[i].x)
			return;
	}
	world_at(w, (w->now / (10 * MINUTE) + 1) * 10 * MINUTE);
	sum.from = sum.until = w->now;
	sum.over = true;
	for (unsigned round = 0; more && round < 200; round++) {
		more = false;
		for (unsigned i = 0; i < k; i++) {
			if (t[i].over || t[i].records >= each)
				continue;
			(void)take(w, &t[i], BY_READ, stranger(w, &t[i]));
			more = true;
			if (!told.house && !at_alarm) {
				struct told now = look(w, "");
				told.house += now.house;
				if (now.house)
					for (unsigned n = 0; n < k; n++)
						at_alarm += t[n].records;
			}
		}
	}
	for (unsigned i = 0; i < k; i++) {
		sum.records += t[i].records;
		sum.explained += t[i].explained;
		told.stop += t[i].why == WHY_STOPPED_ACCOUNT;
		told.proof += t[i].why == WHY_PROOF_DUE || keyed;
	}
	sum.until = w->now;
	if (told.house)
		printf("fig together_%s_at_house_alarm %u records\n", name, at_alarm);
	say_line(&sum, &told);
}

/* ---- accounts that are nobody's who cares for patients ---- */

static void partner(struct world *w)
{
	struct theft t = { .name = "api_client", .from = w->now };
	sign_in(w, &w->officer);
	(void)look(w, "partner");
	for (uint32_t i = 0; i < w->patients * HOUSES; i++) {
		char id[16];
		snprintf(id, sizeof id, "p%u", i);
		struct gate_call *c = call_of(w, NULL, "/fhir/:type/:id");
		c->surface = SURFACE_API;
		c->bearer = true;
		c->token = STR(MACHINE_TOKEN);
		ask_read(&c->asks, "rows", STR("Patient"), str_of(id));
		gate_run(w->g, c);
		t.explained += release_rc(c->release) == RC_OK;
		gate_call_done(&c);
		if (i % 100 == 0)
			world_at(w, w->now + SECOND);
	}
	printf("fig partner_cohort %u patients\n", MACHINE_COHORT);
	struct told told = look(w, "partner");
	say_line(&t, &told);
}

static void administrator(struct world *w)
{
	struct theft t = { .name = "administrator", .x = &w->admin, .from = w->now };
	sign_in(w, &w->admin);
	sign_in(w, &w->officer);
	(void)look(w, "admin");
	for (uint32_t i = 0; i < 20; i++) {
		t.over = false;
		for (int by = BY_READ; by <= BY_CHART; by++)
			(void)take(w, &t, (enum by)by, i);
	}
	t.over = false; /* nothing stops him: nothing comes */
	struct told told = look(w, "admin");
	say_line(&t, &told);
}

/* ---- exports ---- */

#define AGE_KEY "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"  /* of the age project's manual */
#define COHORT "birthdate=ge1990-01-01&birthdate=lt1992-01-01"                     /* fewer than a thousand: one approval */

/* An act with a fresh code, or without where none is asked; of its answer the column of the set. */
static enum why export_act(struct world *w, struct person *x, const char *act, const char *const *args, bool fresh, const char *set, const char *column, char out[80])
{
	char code[8];
	if (fresh)
		fresh_code(w, x, code);
	struct gate_call *c = call_of(w, x, "/exports");
	ask_act(&c->asks, act);
	for (; *args; args += 2)
		ask_arg(&c->asks, args[0], str_of(args[1]));
	if (fresh)
		ask_arg(&c->asks, "code", str_of(code));
	gate_run(w->g, c);
	struct row row = rows_first(release_rows(c->release), set);
	snprintf(out, 80, "%.*s", STR_ARG(row_is(row) ? row_get(row, column) : STR("")));
	enum why why = why_of(&c);
	if (why == WHY_NONE && !*out && strcmp(set, "export") == 0)
		why = WHY_FIELD_REQUIRED; /* came back with its reasons */
	return why;
}

static void export_seen(struct world *w, struct person *x, const char *no, const char *column, char out[80])
{
	struct gate_call *c = call_of(w, x, "/exports/:no");
	ask_view(&c->asks, "export");
	ask_arg(&c->asks, "no", str_of(no));
	gate_run(w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("export", c->release);
	snprintf(out, 80, "%.*s", STR_ARG(row_get(rows_first(release_rows(c->release), "export"), column)));
	gate_call_done(&c);
}

/* A physician's account with its second factor, or two of two houses: asks for some hundred people, approves it and takes it. What was sealed is out. */
static void ticket(struct world *w, const char *name, bool of_two)
{
	struct theft t = steal_keyed(w, name, 1), other = { .name = name };
	char count[80], no[80], hash[80], rows[80], state[80] = "", said[80];
	if (of_two)
		for (other = steal_keyed(w, name, 1); other.x && t.x && other.x->house == t.x->house;)
			other = steal_keyed(w, name, 1);
	if (!t.x || (of_two && !other.x))
		return;
	t.from = w->now;
	const char *const counted[] = { "cohort", COHORT, NULL };
	if (export_act(w, t.x, "export_count", counted, false, "count", "patients", count) != WHY_NONE)
		die("export_count", NULL);
	const char *const asked[] = { "purpose", "liste de rappel pour le dépistage", "kind", "contact", "cohort", COHORT, "recipient", AGE_KEY, "hours", "24", "count", count, NULL };
	if (export_act(w, t.x, "export_ask", asked, true, "export", "no", no) != WHY_NONE)
		die("export_ask", NULL);
	export_seen(w, t.x, no, "hash", hash);
	const char *const approved[] = { "no", no, "hash", hash, NULL }, *const taken[] = { "no", no, NULL };
	bool goes = export_act(w, of_two ? other.x : t.x, "export_approve", approved, true, "export", "no", said) == WHY_NONE;
	goes = export_act(w, t.x, "export_take", taken, true, "export", "no", said) == WHY_NONE && goes;
	for (unsigned tries = 0; goes && tries < 600 && strcmp(state, "sealed") != 0; tries++) {
		usleep(100000); /* the gate seals in its own time, whatever the clock of the test says */
		export_seen(w, t.x, no, "state", state);
	}
	export_seen(w, t.x, no, "rows", rows);
	t.records = (unsigned)strtoul(rows, NULL, 10);
	struct told told = look(w, t.x->login);
	told.exports = 1; /* the security officer's own list holds it: seen below */
	export_seen(w, &w->officer, no, "by", said);
	if (strcmp(said, t.x->login) != 0)
		die("an export that nobody is told of", NULL);
	say_line(&t, &told);
}

/* ---- records that are joined ---- */

#define JOINS 8 /* of one record: as many as the house joins */

/* Strangers joined to one of his own patients: asked for by the one, done by the other, who may look at both before. How many; at: whom. */
static unsigned join_to(struct world *w, struct theft *asks, struct theft *joins, uint32_t own, uint32_t at[JOINS])
{
	char patient[16], other[16], no[80], done[80];
	unsigned n = 0;
	snprintf(patient, sizeof patient, "p%u", own);
	for (unsigned tries = 0; tries < 3 * JOINS && n < JOINS; tries++) {
		uint32_t whom = stranger(w, asks);
		snprintf(other, sizeof other, "p%u", whom);
		const char *const asked[] = { "patient", patient, "other", other, "text", "deux fiches d'une personne", NULL };
		world_at(w, w->now + SECOND);
		if (whom == own || export_act(w, asks->x, "merge_ask", asked, false, "merge", "no", no) != WHY_NONE)
			continue;
		if (!joins->over)
			(void)take(w, joins, BY_READ, whom);
		const char *const kept[] = { "no", no, "keep", patient, NULL }, *const dropped[] = { "no", no, NULL };
		if (export_act(w, joins->x, "merge_do", kept, false, "merge", "no", done) == WHY_NONE)
			at[n++] = whom;
		else /* two stays at once: these two are not joined */
			(void)export_act(w, joins->x, "merge_dismiss", dropped, false, "merge", "no", done);
	}
	return n;
}

/* Two with second factors, of whom one belongs to the identity cell: each of the own patients becomes nine. Both take what they can. */
static unsigned joined(struct world *w, const char *name, size_t job)
{
	struct theft t[2] = { steal_keyed(w, name, job), steal_keyed(w, name, job) }, sum = { .name = name };
	char said[80];
	unsigned joins = 0;
	if (!t[0].x || !t[1].x)
		return 0;
	sign_in(w, &w->admin);
	const char *const member[] = { "login", t[1].x->login, NULL };
	if (export_act(w, &w->admin, "identity_cell_add", member, true, "member", "no", said) != WHY_NONE)
		die("identity_cell_add", NULL);
	sum.from = w->now;
	for (unsigned round = 0; round < 100 && !(t[0].over && t[1].over); round++) {
		uint32_t at[JOINS];
		int64_t own = -1;
		t[0].x->today = reallocarray(t[0].x->today, t[0].x->n_today + 1, sizeof *t[0].x->today);
		for (int link = LINK_HERE; t[0].x->today && own < 0 && link <= LINK_BOOKED; link++)
			own = somebody(w, t[0].x, (enum link)link, w->now);
		if (own < 0)
			break;
		t[0].x->today[t[0].x->n_today++] = (uint32_t)own;
		t[0].pace = t[1].pace = PACE_PADDED;
		t[0].strangers = t[1].strangers = false;
		if (!t[0].over && !take(w, &t[0], BY_READ, (uint32_t)own))
			continue;
		t[0].strangers = t[1].strangers = true;
		unsigned n = join_to(w, &t[0], &t[1], (uint32_t)own, at);
		joins += n;
		for (unsigned i = 0; i < 2; i++)
			for (unsigned k = 0; k < n && !t[i].over; k++)
				(void)take(w, &t[i], BY_READ, at[k]);
	}
	for (uint32_t i = 0; i < w->patients * HOUSES; i++)
		sum.records += t[0].x->taken && t[1].x->taken && t[0].x->taken[i] && t[1].x->taken[i]; /* whom both have, had once */
	sum.records = t[0].records + t[1].records - sum.records;
	sum.explained = t[0].explained + t[1].explained;
	sum.over = t[0].over && t[1].over;
	sum.until = w->now;
	struct told told = look(w, t[0].x->login);
	told.stop += t[1].why == WHY_STOPPED_ACCOUNT;
	printf("fig %s_joins %u joins\n", name, joins);
	say_line(&sum, &told);
	return sum.records;
}

/* ---- all of them ---- */

static unsigned walk(struct world *w, struct theft t, enum by by)
{
	walk_ids(w, &t, by, UINT32_MAX);
	return finish(w, &t);
}

static const char *named(char name[48], const char *job, const char *what)
{
	snprintf(name, 48, "%s_%s", job, what);
	return name;
}

#define PADS 5
static void of_each_job(struct world *w)
{
	unsigned none_worst = 0, key_worst = 0, padded_worst = 0;
	for (size_t j = 0; j < N_STAFF; j++) {
		char name[48];
		const char *job = STAFF[j].name;
		unsigned n = walk(w, steal(w, named(name, job, "session"), j), BY_READ);
		none_worst = n > none_worst ? n : none_worst;
		if (j < 2)
			printf("fig x1_%s_records %u records\n", job, n);
		(void)walk(w, steal_by(w, named(name, job, "password"), j, true), BY_READ);
		struct theft codes = steal_by(w, named(name, job, "codes"), j, true);
		codes.keyed = true;
		(void)walk(w, codes, BY_READ);
		n = walk(w, steal_keyed(w, named(name, job, "key"), j), BY_READ);
		key_worst = n > key_worst ? n : key_worst;
		n = 0;
		for (unsigned own = 1; own <= PADS; own++) {
			char padded[64];
			snprintf(padded, sizeof padded, "%s_padded_by_%u", job, own);
			struct theft t = steal_keyed(w, padded, j);
			t.pace = PACE_PADDED;
			pad(w, &t, own);
			unsigned got = finish(w, &t);
			n = got > n ? got : n;
		}
		padded_worst = n > padded_worst ? n : padded_worst;
		if (j <= 1) {
			struct theft t = steal(w, named(name, job, "session_and_emergencies"), j);
			t.emergencies = true;
			(void)walk(w, t, BY_READ);
			t = steal_keyed(w, named(name, job, "key_claims_a_unit"), j);
			t.claims = true;
			t.pace = PACE_PADDED;
			claim(w, &t);
			(void)finish(w, &t);
			t = steal(w, named(name, job, "session_by_script"), j);
			t.pace = PACE_SCRIPT;
			(void)walk(w, t, BY_READ);
		}
	}
	printf("fig x1_worst_records %u records\nfig x2_key_day_worst %u records\nfig x2_padded_day_worst %u records\n", none_worst, key_worst, padded_worst);
}

static const char *const PATIENTS[] = { "Patient", NULL }, *const CHARTS[] = { "Patient", "Encounter", "ServiceRequest", "Task", NULL }, *const STAYS[] = { "Encounter", NULL }, *const ANY[] = { "", NULL };
static const struct { const char *name; enum bulk kind; const char *const *type; const char *query; } BULK[] = {
	{ "fhir_search",     BULK_SEARCH,  CHARTS,   "_count=200" },
	{ "fhir_names",      BULK_NAMES,   PATIENTS, "" },
	{ "fhir_births",     BULK_BIRTHS,  PATIENTS, "" },
	{ "includes",        BULK_SEARCH,  STAYS,    "_count=200&_include=Encounter:patient" },
	{ "counts",          BULK_SEARCH,  CHARTS,   "_summary=count" },
	{ "history_of_type", BULK_CHANGES, CHARTS,   "_count=200" },
	{ "history_of_all",  BULK_CHANGES, ANY,      "_count=200" },
	{ "lastn",           BULK_LASTN,   ANY,      "max=1" },
	{ "match",           BULK_MATCH,   PATIENTS, "{\"resourceType\":\"Patient\",\"birthDate\":\"1970-01-01\",\"name\":[{\"family\":\"Aa\"}]}" },
	{ "export",          BULK_EXPORT,  ANY,      "" },
};

static void of_each_surface(struct world *w)
{
	static const struct { const char *name; enum by by; } ONE[] = { { "everything", BY_EVERYTHING }, { "history", BY_HISTORY }, { "print", BY_PRINT }, { "identity_page", BY_CHART } };
	unsigned most = 0;
	for (size_t i = 0; i < sizeof ONE / sizeof *ONE; i++)
		(void)walk(w, steal(w, ONE[i].name, 0), ONE[i].by);
	struct theft t = steal(w, "identity_search", 3);
	walk_births(w, &t, false, UINT32_MAX); /* as long as the session lasts */
	(void)finish(w, &t);
	t = steal(w, "birth_date_walk", 0);
	walk_births(w, &t, true, 400);
	(void)finish(w, &t);
	for (size_t i = 0; i < sizeof BULK / sizeof *BULK; i++) {
		unsigned n = take_many(w, BULK[i].name, 1, BULK[i].kind, BULK[i].type, BULK[i].query);
		most = n > most ? n : most;
	}
	printf("fig x1_bulk_records %u records\n", most);
}

void thieves(struct world *w)
{
	for (size_t i = 0; i < w->n_person; i++) { /* the last duty is over: thieves meet the budgets of the work itself */
		w->person[i].call = -1;
		twin_place(w, &w->person[i]);
	}
	world_day(w, w->days);
	world_day(w, w->days + 1);
	world_at(w, w->start + (int64_t)(w->days + 1) * DAY + 10 * HOUR); /* a working hour, more than a day after the last shift */
	fprintf(stderr, "replay: thieves, job by job\n");
	of_each_job(w);
	fprintf(stderr, "replay: thieves, surface by surface\n");
	of_each_surface(w);
	together(w, "three", 3, UINT32_MAX, false);
	together(w, "three_keyed", 3, UINT32_MAX, true);
	together(w, "six_quiet", 6, 5, false);
	together(w, "twelve_quiet", 12, 5, false);
	ticket(w, "ticket", false);
	ticket(w, "ticket_of_two", true);
	unsigned nurse = joined(w, "joined_nurse", 0), clerk = joined(w, "joined_clerk", 3);
	printf("fig x2_joined_day_worst %u records\n", nurse > clerk ? nurse : clerk);
	administrator(w);
	partner(w);
	fprintf(stderr, "replay: thieves who take thirty days\n");
	static const size_t SLOW[] = { 0, 1, 3 };
	char name[3][48];
	struct theft t[3];
	for (size_t i = 0; i < 3; i++)
		t[i] = steal_keyed(w, named(name[i], STAFF[SLOW[i]].name, "slow"), SLOW[i]);
	slow(w, t, 3, 30);
	uint64_t upto = w->told_upto;
	int64_t reviewed = w->reviewed_upto;
	for (size_t i = 0; i < 3; i++) {
		w->told_upto = upto; /* the officer looks for each of them at the same rows */
		w->reviewed_upto = reviewed;
		(void)finish(w, &t[i]);
	}
}
