/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/stay_write.c: see stay_write.h. Must never drop a place where somebody was: it stays with its times, which tell who may still open the chart. Start at write_places. */
#include "hospital/stay_write.h"

#include <stdio.h>

#define ACT_CODE "http://terminology.hl7.org/CodeSystem/v3-ActCode"
#define MODES "urn:hygie:pmsi:mco:"

static bool is_ahead(const struct json *location)
{
	struct str status = json_get_text(location, "status");
	return str_eq(status, "planned") || str_eq(status, "reserved");
}

static bool is_over(const struct json *location) { return str_eq(json_get_text(location, "status"), "completed") || text_at(location, "period.end").n; }

static void write_period(struct jw *w, struct str start, int64_t start_ms, struct str end, int64_t end_ms)
{
	jw_key(w, "period");
	jw_object(w);
	if (start_ms)
		compose_instant(w, "start", start_ms);
	else if (start.n)
		jw_member(w, "start", start);
	if (end_ms)
		compose_instant(w, "end", end_ms);
	else if (end.n)
		jw_member(w, "end", end);
	jw_end(w, '}');
}

static void write_place(struct jw *w, const struct stay_change *c)
{
	jw_object(w);
	compose_ref(w, "location", "Location", c->location, c->location_name);
	jw_member(w, "status", c->place == PLACE_AHEAD ? STR("planned") : STR("active"));
	write_period(w, STR_NONE, c->at_ms, STR_NONE, 0);
	jw_end(w, '}');
}

/* A place that is left now. */
static void write_left(struct jw *w, const struct json *location, struct str since, int64_t at_ms)
{
	struct str start = text_at(location, "period.start");
	jw_object(w);
	compose_keep(w, location, (const char *const[]){ "status", "period", NULL });
	jw_member(w, "status", STR("completed"));
	write_period(w, start.n ? start : since, 0, STR_NONE, at_ms);
	jw_end(w, '}');
}

static void write_places(struct jw *w, const struct json *encounter, const struct stay_change *c)
{
	struct str since = text_at(encounter, "period.start");
	size_t kept = c->location.n > 0 && c->place != PLACE_LEFT;
	bool leaves = c->place == PLACE_MOVED || c->place == PLACE_LEFT;
	for json_each(l, json_get(encounter, "location"))
		kept += !is_ahead(l);
	if (!kept)
		return;
	jw_key(w, "location");
	jw_array(w);
	for json_each(l, json_get(encounter, "location")) {
		if (is_ahead(l)) /* what was announced is done, announced anew or called off */
			continue;
		if (leaves && !is_over(l))
			write_left(w, l, since, c->at_ms);
		else
			jw_raw(w, l->raw);
	}
	if (c->location.n && c->place != PLACE_LEFT)
		write_place(w, c);
	jw_end(w, ']');
}

static bool says_code(const struct stay_change *c) { return c->code[0].code.n || c->code[1].code.n; }

static void write_codes(struct jw *w, const struct json *encounter, const struct stay_change *c)
{
	const char *key = c->exit ? "dischargeDisposition" : "admitSource";
	char system[64];
	jw_key(w, "hospitalization");
	jw_object(w);
	compose_keep(w, json_get(encounter, "hospitalization"), (const char *const[]){ key, NULL });
	jw_key(w, key);
	jw_object(w);
	jw_key(w, "coding");
	jw_array(w);
	for (size_t i = 0; i < N_OF(c->code); i++) {
		if (!c->code[i].code.n)
			continue;
		(void)snprintf(system, sizeof system, MODES "%s", c->code[i].type);
		compose_coding(w, system, c->code[i].code, stay_code_label(c->code[i].type, c->code[i].code));
	}
	jw_end(w, ']');
	jw_end(w, '}');
	jw_end(w, '}');
}

static void write_rest(struct jw *w, const struct json *encounter, const struct stay_change *c)
{
	if (c->status)
		jw_member(w, "status", str_of(c->status));
	if (c->triage)
		compose_concept(w, "priority", "urn:hygie:triage", c->triage->code, c->triage->label, c->triage->scale);
	if (c->start_ms || c->end_ms)
		write_period(w, text_at(encounter, "period.start"), c->start_ms, text_at(encounter, "period.end"), c->end_ms);
	if (says_code(c))
		write_codes(w, encounter, c);
	if (c->place != PLACE_KEPT)
		write_places(w, encounter, c);
	if (c->unit.n)
		compose_ref(w, "serviceProvider", "Organization", c->unit, c->unit_name);
}

void stay_write_new(struct buf *out, const struct stay_new *n, const struct stay_change *c)
{
	struct jw w;
	compose_begin(&w, out, "Encounter", STR_NONE, "fr-core-encounter");
	jw_key(&w, "class");
	compose_coding(&w, ACT_CODE, str_of(n->class_code), str_of(n->class_label));
	if (n->residence) {
		jw_key(&w, "type");
		jw_array(&w);
		compose_concept(&w, NULL, "urn:hygie:stay", STR("residence"), STR("Hébergement"), STR_NONE);
		jw_end(&w, ']');
	}
	compose_ref(&w, "subject", "Patient", n->patient, STR_NONE);
	write_rest(&w, NULL, c);
	jw_end(&w, '}');
}

void stay_write_over(struct buf *out, const struct json *encounter, const struct stay_change *c)
{
	const char *but[8];
	size_t n = 0;
	struct jw w;
	if (c->status)
		but[n++] = "status";
	if (c->triage)
		but[n++] = "priority";
	if (c->start_ms || c->end_ms)
		but[n++] = "period";
	if (says_code(c))
		but[n++] = "hospitalization";
	if (c->place != PLACE_KEPT)
		but[n++] = "location";
	if (c->unit.n)
		but[n++] = "serviceProvider";
	but[n] = NULL;
	jw_init(&w, out);
	jw_object(&w);
	compose_keep(&w, encounter, but);
	write_rest(&w, encounter, c);
	jw_end(&w, '}');
}

/* ---- another time ---- */

static bool says(const struct json *of, const char *path, int64_t ms)
{
	int64_t low = when_low(text_at(of, path));
	return low != INT64_MIN && low / 1000 == ms / 1000;
}

/* Of several places the last one counts: a movement writes behind what was there. NULL: none. */
static const struct json *last_place(const struct json *encounter, const char *path, int64_t ms)
{
	const struct json *found = NULL;
	for json_each(l, json_get(encounter, "location"))
		if (!is_ahead(l) && says(l, path, ms))
			found = l;
	return found;
}

static void write_places_timed(struct jw *w, const struct json *encounter, const struct stay_times *t)
{
	const struct json *to = t->arrives ? last_place(encounter, "period.start", t->old_ms) : NULL, *from = t->leaves ? last_place(encounter, "period.end", t->old_ms) : NULL;
	if (!json_get(encounter, "location"))
		return;
	jw_key(w, "location");
	jw_array(w);
	for json_each(l, json_get(encounter, "location")) {
		if (l != to && l != from) {
			jw_raw(w, l->raw);
			continue;
		}
		jw_object(w);
		compose_keep(w, l, (const char *const[]){ "period", NULL });
		write_period(w, text_at(l, "period.start"), l == to ? t->at_ms : 0, text_at(l, "period.end"), l == from ? t->at_ms : 0);
		jw_end(w, '}');
	}
	jw_end(w, ']');
}

void stay_write_times(struct buf *out, const struct json *encounter, const struct stay_times *t)
{
	struct jw w;
	jw_init(&w, out);
	jw_object(&w);
	compose_keep(&w, encounter, (const char *const[]){ "period", "location", NULL });
	write_period(&w, text_at(encounter, "period.start"), t->starts ? t->at_ms : 0, text_at(encounter, "period.end"), t->ends ? t->end_ms : 0);
	write_places_timed(&w, encounter, t);
	jw_end(&w, '}');
}
