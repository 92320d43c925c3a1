/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/live.c: see live.h. Must never read anything outside the writer's thread, nor keep a mark of an act that was taken back. Start at live_changed. */
#include "hospital/live.h"

#define STAYS_MOST 16

const struct live_region live_regions[] = {
	{ "beds",  LIVE_BEDS,  LIVE_OF_UNIT,    MAY_MOVE },
	{ "care",  LIVE_CARE,  LIVE_OF_UNIT,    MAY_ADMINISTER },
	{ "chart", LIVE_CHART, LIVE_OF_PATIENT, MAY_READ_CHART },
	{ "queue", LIVE_QUEUE, LIVE_OF_HOUSE,   MAY_PHARMACY },
	{ .name = NULL },
};

const struct live_region *live_region(struct str name)
{
	for (const struct live_region *r = live_regions; r->name; r++)
		if (str_eq(name, r->name))
			return r;
	return NULL;
}

/* FNV-1a: no secret, and nobody gains by a collision but a page that is read once too often. */
static uint64_t mark(enum live live, const void *key, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)live;
	const unsigned char *at = key;
	h *= UINT64_C(1099511628211);
	for (size_t i = 0; i < n; i++)
		h = (h ^ at[i]) * UINT64_C(1099511628211);
	return h ^ h >> 32;
}

uint64_t live_mark_unit(enum live live, struct str unit) { return mark(live, unit.p, unit.n); }
uint64_t live_mark_patient(enum live live, int64_t patient) { return mark(live, &patient, sizeof patient); }
uint64_t live_mark_house(enum live live) { return mark(live, "", 0); }

static _Thread_local struct live_set *gathered;

void live_gather(struct live_set *s)
{
	if (s)
		*s = (struct live_set){ .n = 0 };
	gathered = s;
}

static void touch(uint64_t m)
{
	struct live_set *s = gathered;
	if (!s)
		return;
	for (unsigned i = 0; i < s->n; i++)
		if (s->at[i] == m)
			return;
	if (s->n < LIVE_MARKS)
		s->at[s->n++] = m;
	else
		s->all = true;
}

void live_touch_unit(enum live live, struct str unit)
{
	if (unit.n)
		touch(live_mark_unit(live, unit));
}

void live_touch_house(enum live live)
{
	touch(live_mark_house(live));
}

void live_touch_all(void)
{
	if (gathered)
		gathered->all = true;
}

/* Where the patient lies, and where he is expected. Nobody has so many running stays but by a mistake of a machine, which each of his results would pay for: then everything is read anew. */
static enum rc touch_care(struct db_conn *c, int64_t patient, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STAY_NOW_UNITS);
	bool row = false;
	int stays = 0;
	enum rc rc;
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, STAYS_MOST + 1);
	for (; (rc = db_step(s, &row, p)) == RC_OK && row; stays++)
		for (int i = 0; i < 2; i++)
			live_touch_unit(LIVE_CARE, db_text(s, i));
	db_reset(s);
	if (stays > STAYS_MOST)
		live_touch_all();
	return rc;
}

enum rc live_touch_stay(struct db_conn *c, int64_t stay, struct problem *p)
{
	static const enum live SHOWN[] = { LIVE_BEDS, LIVE_CARE };
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STAY_NOW_GET);
	bool row = false;
	if (!gathered)
		return RC_OK;
	db_bind_i64(s, 1, stay);
	enum rc rc = db_step(s, &row, p);
	for (size_t i = 0; rc == RC_OK && row && i < sizeof SHOWN / sizeof *SHOWN; i++) {
		live_touch_unit(SHOWN[i], db_text(s, 3));
		live_touch_unit(SHOWN[i], db_text(s, 7));
	}
	db_reset(s);
	return rc;
}

enum rc live_changed(struct db_conn *c, const struct record_change *ch, struct problem *p)
{
	static const char *const CARE[] = { "MedicationRequest", "Task", "MedicationAdministration", "Observation" }, *const QUEUE[] = { "MedicationRequest", "Task" };
	bool care = false;
	if (!gathered || ch->patient <= 0)
		return RC_OK;
	for (size_t i = 0; i < sizeof CARE / sizeof *CARE; i++)
		care = care || ch->type == fhir_type_of(str_of(CARE[i]));
	if (!care)
		return RC_OK;
	touch(live_mark_patient(LIVE_CHART, ch->patient));
	for (size_t i = 0; i < sizeof QUEUE / sizeof *QUEUE; i++)
		if (ch->type == fhir_type_of(str_of(QUEUE[i])))
			live_touch_house(LIVE_QUEUE);
	return touch_care(c, ch->patient, p);
}
