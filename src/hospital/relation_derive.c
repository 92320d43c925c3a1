/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/relation_derive.c: which live facts follow from one FHIR resource (SECURITY 7.2): present in a unit, appointment, treating physician,
 * wrote or ordered, is asked, a result waits, a move is announced. Must never make a fact out of what was cancelled or entered in error. Called by relation.c. Start at relation_derive.
 */
#include "hospital/relation.h"
#include "base/map.h"

#include <string.h>

int64_t relation_place(struct str type, struct str id)
{
	struct buf b;
	buf_init(&b, 128);
	buf_str(&b, type);
	buf_ch(&b, '/');
	buf_str(&b, id);
	int64_t h = (int64_t)hash_stable(buf_view(&b));
	buf_done(&b);
	return h;
}

int64_t relation_unit(struct str id)
{
	return relation_place(STR("Organization"), id);
}

int64_t relation_person(struct str id)
{
	return relation_place(STR("Practitioner"), id);
}

/* ---- what a Location, a PractitionerRole or a HealthcareService stands for ---- */

static const char *const PLACES[] = { "Location", "PractitionerRole", "HealthcareService" };

struct place_slot { struct place_slot *next; struct str type, id, unit, person; bool known; };

bool relation_is_place(uint16_t type)
{
	for (size_t i = 0; i < N_OF(PLACES); i++)
		if (strcmp(PLACES[i], fhir_type_name(type)) == 0)
			return true;
	return false;
}

static const struct place_slot *place_of(struct relation_places *places, struct str type, struct str id)
{
	size_t bucket = (size_t)(hash_bytes(id) % N_OF(places->slots));
	for (const struct place_slot *s = places->slots[bucket]; s; s = s->next)
		if (str_is(s->id, id) && str_is(s->type, type))
			return s;
	struct place_slot *s = ARENA_NEW(places->arena, struct place_slot);
	const char *type_z = arena_z(places->arena, type);
	if (!s || !type_z)
		return NULL;
	s->id = arena_str(places->arena, id);
	s->type = str_of(type_z);
	struct item it;
	bool found;
	struct problem ignored; /* what cannot be read joins nobody */
	if (item_find(places->db, places->arena, type_z, id, &found, &it, &ignored) == RC_OK && found) {
		s->known = true;
		static const char *const OWNER[] = { "managingOrganization", "organization", "providedBy" };
		for (size_t i = 0; i < N_OF(OWNER) && !s->unit.n; i++)
			(void)ref_of(json_get(it.body, OWNER[i]), "Organization", &s->unit);
		(void)ref_of(json_get(it.body, "practitioner"), "Practitioner", &s->person);
	}
	s->next = places->slots[bucket];
	places->slots[bucket] = s;
	return s;
}

static void add(struct relation_facts *out, int64_t who, const struct relation_fact *f)
{
	for (unsigned i = 0; i < out->n; i++) {
		struct relation_fact *o = &out->at[i];
		if (o->who != who || o->kind != f->kind || o->stays != f->stays)
			continue;
		/* The same person twice in one resource: the span that holds both. */
		o->since_ms = o->since_ms < f->since_ms ? o->since_ms : f->since_ms;
		o->until_ms = o->until_ms > f->until_ms ? o->until_ms : f->until_ms;
		return;
	}
	if (out->n < RELATION_FACTS) {
		out->at[out->n] = *f;
		out->at[out->n++].who = who;
	}
}

static bool is_one_of(struct str s, const char *const *set, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, set[i]))
			return true;
	return false;
}

enum { UNITS = 1, PERSONS = 2 };

/* One reference: to a unit, a person, or what stands for them. */
static void add_ref(struct relation_facts *out, const struct json *reference, int whom, struct relation_places *places, const struct relation_fact *f)
{
	struct str type, id;
	if (!ref_split(json_get_text(reference, "reference"), &type, &id))
		return;
	if (str_eq(type, "Organization")) {
		if (whom & UNITS)
			add(out, relation_unit(id), f);
	} else if (str_eq(type, "Practitioner")) {
		if (whom & PERSONS)
			add(out, relation_person(id), f);
	} else if (is_one_of(type, PLACES, N_OF(PLACES))) {
		const struct place_slot *s = place_of(places, type, id);
		struct relation_fact via = { .kind = FACT_PLACE, .since_ms = f->since_ms, .until_ms = f->until_ms };
		if (!f->stays || !s || !s->known) /* what stays for ever is settled once the place is known */
			add(out, relation_place(type, id), &via);
		if (s && s->unit.n && (whom & UNITS))
			add(out, relation_unit(s->unit), f);
		if (s && s->person.n && (whom & PERSONS))
			add(out, relation_person(s->person), f);
	}
}

static void add_refs(struct relation_facts *out, const struct json *references, int whom, struct relation_places *places, const struct relation_fact *f)
{
	if (!references)
		return;
	if (references->kind != JSON_ARRAY) {
		add_ref(out, references, whom, places, f);
		return;
	}
	for json_each(r, references)
		add_ref(out, r, whom, places, f);
}

static int64_t plus(int64_t ms, int64_t more)
{
	return ms > INT64_MAX - more ? INT64_MAX : ms + more;
}

/* ---- one function a type ---- */

/* A move to a place that was announced with its hour. */
static void announced(const struct json *location, struct relation_places *places, struct relation_facts *out)
{
	int64_t at = when_low(text_at(location, "period.start"));
	struct relation_fact f = { .kind = FACT_TRANSFER, .since_ms = at - RELATION_TRANSFER_MS, .until_ms = plus(at, RELATION_TRANSFER_MS) };
	if (at != INT64_MIN)
		add_refs(out, json_get(location, "location"), UNITS, places, &f);
}

static void of_encounter(const struct json *e, struct relation_places *places, struct relation_facts *out)
{
	static const char *const HERE[] = { "arrived", "triaged", "in-progress", "onleave" }, *const NEVER[] = { "cancelled", "entered-in-error" };
	struct str status = json_get_text(e, "status");
	if (is_one_of(status, NEVER, N_OF(NEVER)))
		return;
	int64_t start = when_low(text_at(e, "period.start")), end = when_high(text_at(e, "period.end"));
	struct relation_fact f = { .kind = FACT_PRESENT, .since_ms = start == INT64_MIN ? 0 : start };
	if (str_eq(status, "planned")) {
		if (start == INT64_MIN)
			return;
		f = (struct relation_fact){ .kind = FACT_APPOINTMENT, .since_ms = start - RELATION_APPOINTMENT_MS, .until_ms = plus(start, RELATION_APPOINTMENT_MS) };
	} else if (end != INT64_MIN) {
		f.until_ms = plus(end, RELATION_AFTER_STAY_MS);
	} else if (is_one_of(status, HERE, N_OF(HERE))) {
		f.until_ms = RELATION_FOR_EVER;
	} else {
		/* finished without an end: it ended when it began, for all we know */
		f.until_ms = start == INT64_MIN ? 0 : plus(start, RELATION_AFTER_STAY_MS);
	}
	add_refs(out, json_get(e, "serviceProvider"), UNITS, places, &f);
	struct relation_fact asked = f;
	asked.kind = f.kind == FACT_PRESENT ? FACT_ASKED : FACT_APPOINTMENT;
	for json_each(p, json_get(e, "participant"))
		add_refs(out, json_get(p, "individual"), PERSONS, places, &asked);
	for json_each(l, json_get(e, "location")) {
		struct relation_fact part = f;
		struct str state = json_get_text(l, "status");
		if (f.kind == FACT_PRESENT && (str_eq(state, "planned") || str_eq(state, "reserved"))) {
			if (is_one_of(status, HERE, N_OF(HERE)))
				announced(l, places, out);
			continue;
		}
		int64_t from = when_low(text_at(l, "period.start")), to = when_high(text_at(l, "period.end"));
		if (from != INT64_MIN && f.kind == FACT_PRESENT)
			part.since_ms = from;
		if (to != INT64_MIN && f.kind == FACT_PRESENT && plus(to, RELATION_AFTER_STAY_MS) < part.until_ms)
			part.until_ms = plus(to, RELATION_AFTER_STAY_MS);
		add_refs(out, json_get(l, "location"), UNITS, places, &part);
	}
}

static void of_appointment(const struct json *a, struct relation_places *places, struct relation_facts *out)
{
	static const char *const NEVER[] = { "cancelled", "entered-in-error", "proposed", "waitlist" };
	if (is_one_of(json_get_text(a, "status"), NEVER, N_OF(NEVER)))
		return;
	int64_t start = when_low(json_get_text(a, "start")), end = when_high(json_get_text(a, "end"));
	if (start == INT64_MIN) {
		start = when_low(text_at(a, "requestedPeriod.start"));
		end = when_high(text_at(a, "requestedPeriod.end"));
	}
	if (start == INT64_MIN)
		return;
	struct relation_fact f = { .kind = FACT_APPOINTMENT, .since_ms = start - RELATION_APPOINTMENT_MS, .until_ms = plus(end > start ? end : start, RELATION_APPOINTMENT_MS) };
	for json_each(p, json_get(a, "participant"))
		if (!str_eq(json_get_text(p, "status"), "declined"))
			add_refs(out, json_get(p, "actor"), UNITS | PERSONS, places, &f);
}

static void of_patient(const struct json *pt, struct relation_places *places, struct relation_facts *out)
{
	struct relation_fact f = { .kind = FACT_TREATING, .since_ms = 0, .until_ms = RELATION_FOR_EVER };
	add_refs(out, json_get(pt, "generalPractitioner"), PERSONS, places, &f);
}

static const struct relation_fact WROTE = { .kind = FACT_AUTHOR, .stays = true, .since_ms = 0, .until_ms = RELATION_FOR_EVER };

/*
 * Who is asked, or has it in his queue: a request or a task until it is done, a result until it is validated; units too. Done, it explains as long as a stay that ended,
 * where the resource itself says when that was (an order does not: its result goes on).
 */
static const struct { const char *type, *elements[3], *done[2]; } QUEUES[] = {
	{ "ServiceRequest",   { "performer" },                       { NULL } },
	{ "Task",             { "owner" },                           { "executionPeriod.end", "lastModified" } },
	{ "DiagnosticReport", { "performer", "resultsInterpreter" }, { "issued" } },
};

static void asked(const struct json *r, struct str type, struct relation_places *places, struct relation_facts *out)
{
	static const char *const OPEN[] = { "draft", "active", "on-hold", "requested", "received", "accepted", "ready", "in-progress", "registered", "partial", "preliminary" };
	static const char *const DONE[] = { "completed", "final", "amended", "corrected", "appended" }; /* of tasks and reports */
	struct relation_fact f = { .kind = FACT_ASKED, .since_ms = 0, .until_ms = RELATION_FOR_EVER };
	size_t q = 0;
	while (q < N_OF(QUEUES) && !str_eq(type, QUEUES[q].type))
		q++;
	if (q == N_OF(QUEUES))
		return;
	struct str status = json_get_text(r, "status");
	if (!is_one_of(status, OPEN, N_OF(OPEN))) {
		int64_t at = INT64_MIN;
		for (size_t i = 0; i < N_OF(QUEUES[q].done) && QUEUES[q].done[i] && at == INT64_MIN; i++)
			at = when_low(text_at(r, QUEUES[q].done[i]));
		if (!is_one_of(status, DONE, N_OF(DONE)) || at == INT64_MIN)
			return;
		f.until_ms = plus(at, RELATION_AFTER_STAY_MS);
	}
	for (size_t i = 0; i < N_OF(QUEUES[q].elements) && QUEUES[q].elements[i]; i++)
		add_refs(out, json_get(r, QUEUES[q].elements[i]), UNITS | PERSONS, places, &f);
}

static void of_authored(const struct json *r, struct relation_places *places, struct relation_facts *out)
{
	static const struct { const char *type, *element; } AUTHORS[] = {
		{ "MedicationRequest",  "requester" },
		{ "MedicationRequest",  "recorder" },
		{ "ServiceRequest",     "requester" },
		{ "Observation",        "performer" },
		{ "DiagnosticReport",   "performer" },
		{ "DiagnosticReport",   "resultsInterpreter" },
		{ "DocumentReference",  "author" },
		{ "DocumentReference",  "authenticator" },
		{ "Condition",          "recorder" },
		{ "Condition",          "asserter" },
		{ "AllergyIntolerance", "recorder" },
		{ "AllergyIntolerance", "asserter" },
		{ "Task",               "requester" },
	};
	struct str type = json_get_text(r, "resourceType");
	if (str_eq(json_get_text(r, "status"), "entered-in-error") || has_code(json_get(r, "verificationStatus"), STR_NONE, STR("entered-in-error")))
		return;
	for (size_t i = 0; i < N_OF(AUTHORS); i++)
		if (str_eq(type, AUTHORS[i].type))
			add_refs(out, json_get(r, AUTHORS[i].element), PERSONS, places, &WROTE);
	asked(r, type, places, out);
}

static const struct {
	const char *type;
	void (*derive)(const struct json *r, struct relation_places *places, struct relation_facts *out);
} TYPES[] = {
	{ "Encounter",          of_encounter },
	{ "Appointment",        of_appointment },
	{ "Patient",            of_patient },
	{ "MedicationRequest",  of_authored },
	{ "ServiceRequest",     of_authored },
	{ "Observation",        of_authored },
	{ "DiagnosticReport",   of_authored },
	{ "DocumentReference",  of_authored },
	{ "Condition",          of_authored },
	{ "AllergyIntolerance", of_authored },
	{ "Task",               of_authored },
};

bool relation_concerns(uint16_t type)
{
	const char *name = fhir_type_name(type);
	for (size_t i = 0; i < N_OF(TYPES); i++)
		if (strcmp(TYPES[i].type, name) == 0)
			return true;
	return false;
}

void relation_derive(const struct json *resource, struct relation_places *places, struct relation_facts *out)
{
	struct str type = json_get_text(resource, "resourceType");
	out->n = 0;
	for (size_t i = 0; i < N_OF(TYPES); i++)
		if (str_eq(type, TYPES[i].type))
			TYPES[i].derive(resource, places, out);
}
