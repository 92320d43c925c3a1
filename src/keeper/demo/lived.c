/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/lived.c: the last days of some running stays of the first clinic: the rounds of vital signs, each dose that was due given, late or refused, one on demand, transmissions, the
 * pharmacist's opinions. At most LIVED_A_WARD stays a ward, however many patients there are. Whatever was due before the demonstration is made is accounted for, so that no round begins
 * late; what is due after it waits for whoever opens it. It must never write a dose, an opinion or a transmission by itself: all go through the acts of hospital/, whose rules judge them.
 * Times and words are drawn and claim no medical truth. Called by care.c and demo.c. Start at lived_keep.
 */
#include <stdio.h>
#include <string.h>

#include "hospital/matters.h"
#include "keeper/demo/demo.h"

#define MINUTE_MS    INT64_C(60000)
#define SLOTS_MOST   96
#define LATE_EACH    7          /* one dose in so many is given late */

/* ---- which stays, and what is ordered ---- */

static int64_t
day_before(int64_t ms, int days, int hour, int minute)
{
	struct civil c = civil_paris(ms), on = civil_of_days(days_of(c.year, c.month, c.day) - days);

	return civil_paris_to_ms((struct civil){ .year = on.year, .month = on.month, .day = on.day, .hour = hour, .minute = minute });
}

/* Its orders are of the morning two days before, or of its second hour. */
struct demo_lived *
lived_begin(struct demo *d, const struct demo_person *who, unsigned unit, int64_t start_ms)
{
	if (d->pharmacy[0] == '\0' || d->unit[unit].site != 0 || d->n_lived == DEMO_LIVED || d->n_lived_in[unit] == LIVED_A_WARD || d->n_unit_nurse[unit] == 0)
		return NULL;
	struct demo_lived *s = &d->lived[d->n_lived++];
	int64_t morning = day_before(d->made_ms, 2, 7, 0);

	d->n_lived_in[unit]++;
	snprintf(s->patient, sizeof s->patient, "%s", who->id);
	s->number = who->number;
	s->unit = unit;
	s->begin_ms = start_ms + 2 * HOUR_MS > morning ? start_ms + 2 * HOUR_MS : morning;
	return s;
}

static bool
has_drug(const struct demo_lived *s, const struct demo_drug *drug)
{
	for (unsigned i = 0; i < s->n_lines; i++)
		if (s->line[i].drug == drug)
			return true;
	return false;
}

/* One that the wards hold (each other one: pharmacy.c), each once; the first of all is kept for what is on demand. */
const struct demo_drug *
lived_line(struct demo *d, struct demo_lived *s, const struct demo_drug *drawn, unsigned take, const char *request)
{
	unsigned held = (d->n_drugs + 1) / 2, at = (unsigned)(drawn - d->drugs) / 2;

	for (unsigned tries = 0; take != TAKE_NEEDED && tries < held && (at == 0 || has_drug(s, &d->drugs[2 * at])); tries++)
		at = (at + 1) % held;
	const struct demo_drug *drug = take == TAKE_NEEDED ? d->drugs : &d->drugs[2 * at];
	MUST(s->n_lines < LIVED_LINES);
	snprintf(s->line[s->n_lines].request, sizeof s->line[0].request, "%s", request);
	s->line[s->n_lines].drug = drug;
	s->line[s->n_lines++].take = take;
	return drug;
}

/* Morning, noon, evening and night. */
void
lived_rounds(const struct demo *d, uint32_t number, int64_t at[DEMO_ROUNDS])
{
	static const int hours[] = { 22, 18, 12, 8 };
	unsigned n = DEMO_ROUNDS;

	for (int day = 0; n > 0; day++)
		for (unsigned h = 0; h < 4 && n > 0; h++) {
			int64_t one = day_before(d->made_ms, day, hours[h], (int)((number * 7 + n * 11) % 25));
			if (one <= d->made_ms)
				at[--n] = one;
		}
}

/* Three shifts of eight hours, from six in the morning on. */
const struct demo_staff *
lived_nurse(const struct demo *d, unsigned unit, int64_t at_ms)
{
	struct civil c = civil_paris(at_ms - 6 * HOUR_MS);
	unsigned shift = (unsigned)days_of(c.year, c.month, c.day) * 3 + (unsigned)c.hour / 8;

	return &d->staff[d->unit_nurse[unit][shift % d->n_unit_nurse[unit]]];
}

/* ---- kept ---- */

struct lived_job { struct db_job job; struct demo *d; struct db_conn *c; int64_t txn; };

static enum rc
by_nurse(struct lived_job *j, const struct demo_lived *s, const struct act *acts, const char *name, int64_t at_ms, const struct pair *args, size_t n, struct problem *p)
{
	const struct demo_staff *nurse = lived_nurse(j->d, s->unit, at_ms);
	char label[96];

	snprintf(label, sizeof label, "%s %s", nurse->given, nurse->family);
	const struct actor who = { .account = nurse->account, .role = ROLE_NURSE, .login = str_of(nurse->login), .name = str_of(label), .unit = str_of(j->d->unit[s->unit].id) };
	return demo_do(&(struct demo_deed){ j->c, j->txn, &who, at_ms }, acts, name, args, n, p);
}

/* When it was done, as a form has it; recorded some minutes later, at the latest when the demonstration is made. */
struct moment { char day[32], time[16]; int64_t recorded_ms; };

static struct moment
moment_of(const struct demo *d, int64_t at_ms, unsigned minutes)
{
	struct moment m;
	struct civil c = civil_paris(at_ms);
	int64_t recorded = at_ms + minutes * MINUTE_MS;

	snprintf(m.day, sizeof m.day, "%04d-%02d-%02d", c.year, c.month, c.day);
	snprintf(m.time, sizeof m.time, "%02d:%02d", c.hour, c.minute);
	m.recorded_ms = recorded < d->made_ms ? recorded : d->made_ms;
	return m;
}

static int64_t
minute_until(const struct demo *d, int64_t at_ms)
{
	int64_t at = at_ms < d->made_ms ? at_ms : d->made_ms;

	return at - at % MINUTE_MS;
}

/* ---- doses ---- */

struct slot { unsigned line; int64_t planned_ms; };

/* All that was due, by time. */
static unsigned
slots_of(const struct demo *d, const struct demo_lived *s, struct slot at[SLOTS_MOST])
{
	struct posology_due due[SLOTS_MOST];
	struct posology q;
	unsigned n = 0;

	for (unsigned i = 0; i < s->n_lines; i++) {
		care_posology(s->line[i].drug, s->line[i].take, s->begin_ms, &q);
		size_t here = posology_times(&q, NULL, 0, s->begin_ms, d->made_ms + 1, due, SLOTS_MOST);
		MUST(n + here <= SLOTS_MOST);
		for (size_t k = 0; k < here; k++) {
			unsigned to = n++;
			for (; to > 0 && at[to - 1].planned_ms > due[k].at_ms; to--)
				at[to] = at[to - 1];
			at[to] = (struct slot){ i, due[k].at_ms };
		}
	}
	return n;
}

enum { HOW_GIVEN, HOW_LATE, HOW_REFUSED };

static enum rc
put_dose(struct lived_job *j, const struct demo_lived *s, const struct slot *slot, unsigned nth, unsigned how, struct problem *p)
{
	unsigned some = s->number * 13 + nth * 29;
	int64_t after = how == HOW_LATE ? 65 + some % 80 : some % 40;
	char planned[24];

	if (how == HOW_LATE && slot->planned_ms + after * MINUTE_MS > j->d->made_ms)
		after = 0;
	struct moment m = moment_of(j->d, minute_until(j->d, slot->planned_ms + after * MINUTE_MS), nth % 8 == 5 ? 35 : 2 + some % 7);
	snprintf(planned, sizeof planned, "%lld", (long long)slot->planned_ms);
	struct pair args[] = { { STR("patient"), str_of(s->patient) }, { STR("once"), STR("demo") }, { STR("line"), str_of(s->line[slot->line].request) }, { STR("step"), STR("0") }, { STR("planned"), str_of(planned) },
		{ STR("nth"), STR("0") }, { STR("reason"), how == HOW_REFUSED ? STR("refused") : STR("no_code") }, { STR("day"), str_of(m.day) }, { STR("time"), str_of(m.time) } };
	bool refused = how == HOW_REFUSED;
	return by_nurse(j, s, administration_acts, refused ? "dose_refuse" : "dose_give", m.recorded_ms, args, sizeof args / sizeof args[0] - (refused ? 2 : 0), p);
}

static enum rc
put_needed(struct lived_job *j, const struct demo_lived *s, int64_t at_ms, struct problem *p)
{
	struct moment m = moment_of(j->d, at_ms, 4);
	struct pair args[] = { { STR("patient"), str_of(s->patient) }, { STR("once"), STR("demo") }, { STR("line"), str_of(s->line[s->n_lines - 1].request) }, { STR("reason"), STR("no_code") },
		{ STR("day"), str_of(m.day) }, { STR("time"), str_of(m.time) } };

	return by_nurse(j, s, administration_acts, "dose_give", m.recorded_ms, args, sizeof args / sizeof args[0], p);
}

/* ---- transmissions ---- */

struct words { const char *target, *data, *action, *result; };
static const struct words quiet[] = {
	{ "Sommeil", "Nuit calme, a dormi sans se réveiller.", "", "" },
	{ "Autonomie", "Se lève et fait sa toilette sans aide.", "Aide proposée, laissée à portée.", "Pas de demande ce matin." },
	{ "Entourage", "Un proche a demandé hier soir à rencontrer le médecin.", "Message laissé au médecin du service.", "" },
};
static const struct words on_demand = { "Douleur", "A demandé un antalgique.", "Dose à la demande donnée, comme prescrit.", "Dit aller mieux une heure après." };
static const struct words said_no = { "Refus de traitement", "A refusé une dose de son traitement.", "Explications redonnées, prescripteur prévenu.", "" };

static enum rc
put_words(struct lived_job *j, const struct demo_lived *s, const struct words *t, int64_t at_ms, struct problem *p)
{
	struct moment m = moment_of(j->d, minute_until(j->d, at_ms), 3);
	struct pair args[] = { { STR("patient"), str_of(s->patient) }, { STR("once"), str_of(t->target) }, { STR("target"), str_of(t->target) }, { STR("data"), str_of(t->data) }, { STR("action"), str_of(t->action) },
		{ STR("result"), str_of(t->result) }, { STR("day"), str_of(m.day) }, { STR("time"), str_of(m.time) } };

	return by_nurse(j, s, transmission_acts, "transmission_add", m.recorded_ms, args, sizeof args / sizeof args[0], p);
}

/* ---- opinions ---- */

/* Each line, or of who waits in the queue the first alone. */
static enum rc
put_opinions(struct lived_job *j, const struct demo_lived *s, struct problem *p)
{
	const struct actor who = { .account = j->d->pharmacist[0], .role = ROLE_PHARMACIST };
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < (s->waits ? 1 : s->n_lines) && rc == RC_OK; i++) {
		struct pair args[] = { { STR("patient"), str_of(s->patient) }, { STR("id"), str_of(s->line[i].request) }, { STR("version"), STR("1") }, { STR("opinion"), STR("accept") } };
		struct demo_deed by = { j->c, j->txn, &who, minute_until(j->d, s->begin_ms + 3 * HOUR_MS + i * MINUTE_MS) };
		rc = demo_do(&by, pharmacy_acts, "order_opinion", args, sizeof args / sizeof args[0], p);
	}
	return rc;
}

/* ---- all ---- */

static enum rc
put_stay(struct lived_job *j, const struct demo_lived *s, struct problem *p)
{
	struct slot at[SLOTS_MOST];
	unsigned n = slots_of(j->d, s, at), each = n < LATE_EACH ? n : LATE_EACH, late = n ? s->number % each : 0, refused = n > 2 ? (late + 2) % n : n;
	int64_t asked = minute_until(j->d, s->begin_ms + (j->d->made_ms - s->begin_ms) * 2 / 3);
	int64_t morning = day_before(j->d->made_ms, 0, 6, 40);
	enum rc rc = put_opinions(j, s, p);

	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = put_dose(j, s, &at[i], i, i == refused ? HOW_REFUSED : i % each == late ? HOW_LATE : HOW_GIVEN, p);
	if (rc == RC_OK)
		rc = put_needed(j, s, asked, p);
	if (rc == RC_OK && refused < n)
		rc = put_words(j, s, &said_no, at[refused].planned_ms + 50 * MINUTE_MS, p);
	if (rc == RC_OK)
		rc = put_words(j, s, &on_demand, asked + 70 * MINUTE_MS, p);
	if (morning > j->d->made_ms)
		morning = day_before(j->d->made_ms, 1, 6, 40);
	return rc == RC_OK && morning > s->begin_ms ? put_words(j, s, &quiet[s->number % (sizeof quiet / sizeof quiet[0])], morning, p) : rc;
}

static enum rc
keep_all(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct lived_job *j = (struct lived_job *)job;
	enum rc rc = RC_OK;

	j->c = c;
	j->txn = txn;
	for (unsigned i = 0; i < j->d->n_lived && rc == RC_OK; i++)
		rc = put_stay(j, &j->d->lived[i], p);
	return rc;
}

enum rc
lived_keep(struct demo *d, struct db *db, struct problem *p)
{
	struct lived_job j = { .job.run = keep_all, .d = d };

	return d->n_lived ? db_write_now(db, &j.job, p) : RC_OK;
}
