/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/show.c: see show.h. Must never decide what may be shown. Called by every matter of hospital. Start at items_find.
 */
#include "hospital/show.h"
#include "hospital/merge.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of one parsed resource in the scratch arena: the largest body the record takes, and its tree. */
#define SCRATCH_MAX ((size_t)64 << 20)

/* ---- reading ---- */

static enum rc item_parse(const struct record_row *row, struct arena *a, struct item *it, struct problem *p)
{
	struct str body = arena_str(a, row->body);
	*it = (struct item){ .rid = row->rid, .patient = row->patient, .since = row->since, .id = arena_str(a, row->id), .version = row->version, .updated_ms = row->updated_ms };
	enum rc rc = arena_rc(a, p);
	if (rc != RC_OK)
		return rc;
	rc = json_parse(body, a, &it->body, p);
	if (rc == RC_BAD_INPUT) /* a stored body always parses: it did when it was written */
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "body", "rid %lld does not parse", (long long)row->rid);
	return rc;
}

struct collect { struct record_each each; struct arena *arena; struct items *out; uint32_t max; };

static enum rc collect_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct collect *k = (struct collect *)(void *)e;
	struct items *s = k->out;
	if (s->n == k->max) {
		s->more = true;
		return RC_OK;
	}
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		struct item *at = arena_array(k->arena, cap, sizeof *at);
		if (!at)
			return arena_rc(k->arena, p);
		if (s->n)
			memcpy(at, s->at, s->n * sizeof *at);
		s->at = at;
		s->cap = cap;
	}
	enum rc rc = item_parse(row, k->arena, &s->at[s->n], p);
	if (rc == RC_OK)
		s->n++;
	return rc;
}

static enum rc search(struct db_conn *c, struct arena *a, const char *type, const struct pair *query, size_t n_query, uint32_t max, struct record_each *e, int64_t *total_r, struct problem *p)
{
	struct pair *at = arena_array(a, n_query + 1, sizeof *at);
	if (!at)
		return arena_rc(a, p);
	if (n_query)
		memcpy(at, query, n_query * sizeof *at);
	for (size_t i = 0; i < n_query; i++)
		if (str_eq(at[i].name, "patient")) /* a chart is that of all records joined to this one */
			at[i].value = merge_ids(c, a, at[i].value);
	struct pairs pairs = { at, n_query };
	uint16_t no = fhir_type_of(str_of(type));
	MUST(no != 0);
	struct plan *plan;
	enum rc rc = fhir_plan_parse(no, &pairs, a, &plan, p);
	if (rc != RC_OK)
		return rc;
	plan->count = max;
	struct record_scope all = { .within = NULL, .n = 0, .house_rows = true };
	struct buf cursor;
	buf_init(&cursor, 4096);
	*total_r = -1;
	rc = record_search(c, plan, &all, e, &cursor, total_r, p);
	buf_done(&cursor);
	return rc;
}

enum rc items_find(struct db_conn *c, struct arena *a, const char *type, const struct pair *query, size_t n_query, uint32_t max, struct items *out_r, struct problem *p)
{
	struct items found = { .total = -1 };
	struct collect k = { { collect_row }, a, &found, max };
	/* One more than is kept tells whether there are others. */
	enum rc rc = search(c, a, type, query, n_query, max + 1, &k.each, &found.total, p);
	if (rc == RC_OK)
		*out_r = found;
	return rc;
}

struct pass { struct record_each each; struct item_each *to; struct arena scratch; uint32_t n, max; bool more; };

static enum rc pass_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct pass *k = (struct pass *)(void *)e;
	if (k->n == k->max) {
		k->more = true;
		return RC_OK;
	}
	k->n++;
	arena_reset(&k->scratch);
	struct item it;
	enum rc rc = item_parse(row, &k->scratch, &it, p);
	return rc == RC_OK ? k->to->item(k->to, &it, &k->scratch, p) : rc;
}

enum rc items_each(struct db_conn *c, struct arena *a, const char *type, const struct pair *query, size_t n_query, uint32_t max, struct item_each *e, bool *more_r, struct problem *p)
{
	struct pass k = { .each = { pass_row }, .to = e, .max = max };
	arena_init(&k.scratch, SCRATCH_MAX);
	int64_t total;
	enum rc rc = search(c, a, type, query, n_query, max + 1, &k.each, &total, p);
	arena_done(&k.scratch);
	if (rc == RC_OK)
		*more_r = k.more;
	return rc;
}

static enum rc item_found(enum rc rc, const struct record_row *row, struct arena *a, bool *found_r, struct item *out_r, struct problem *p)
{
	*found_r = false;
	if (rc == RC_NOT_FOUND || rc == RC_GONE || (rc == RC_OK && row->deleted))
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	rc = item_parse(row, a, out_r, p);
	*found_r = rc == RC_OK;
	return rc;
}

enum rc item_find(struct db_conn *c, struct arena *a, const char *type, struct str id, bool *found_r, struct item *out_r, struct problem *p)
{
	struct record_row row;
	*found_r = false;
	if (!fhir_is_id(id))
		return RC_OK;
	enum rc rc = record_read(c, fhir_type_of(str_of(type)), id, &row, p);
	return item_found(rc, &row, a, found_r, out_r, p);
}

enum rc item_by_rid(struct db_conn *c, struct arena *a, int64_t rid, bool *found_r, struct item *out_r, struct problem *p)
{
	struct record_row row;
	enum rc rc = record_by_rid(c, rid, &row, p);
	return item_found(rc, &row, a, found_r, out_r, p);
}

static int newest(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (x->sort_ms != y->sort_ms)
		return x->sort_ms < y->sort_ms ? 1 : -1;
	return x->rid < y->rid ? 1 : x->rid > y->rid ? -1 : 0;
}

void items_newest_first(struct items *s)
{
	if (s->n)
		qsort(s->at, s->n, sizeof *s->at, newest);
}

/* ---- paths ---- */

const struct json *at_path(const struct json *v, const char *path)
{
	while (v && *path) {
		while (v && v->kind == JSON_ARRAY)
			v = v->first;
		size_t n = strcspn(path, ".");
		const struct json *found = NULL;
		if (v && v->kind == JSON_OBJECT)
			for json_each(c, v)
				if (c->name.n == n && memcmp(c->name.p, path, n) == 0) {
					found = c;
					break;
				}
		v = found;
		path += n;
		if (*path == '.')
			path++;
	}
	return v;
}

struct str text_at(const struct json *v, const char *path)
{
	v = at_path(v, path);
	while (v && v->kind == JSON_ARRAY)
		v = v->first;
	return json_text(v);
}

static bool concept_has(const struct json *concept, struct str system, struct str code)
{
	for json_each(c, json_get(concept, "coding"))
		if (str_is(json_get_text(c, "code"), code) && (!system.n || str_is(json_get_text(c, "system"), system)))
			return true;
	return false;
}

bool has_code(const struct json *concepts, struct str system, struct str code)
{
	if (concepts && concepts->kind == JSON_ARRAY) {
		for json_each(c, concepts)
			if (concept_has(c, system, code))
				return true;
		return false;
	}
	return concept_has(concepts, system, code);
}

bool ref_split(struct str reference, struct str *type_r, struct str *id_r)
{
	struct str rest, id, version;
	struct str type = str_cut(reference, '/', &rest);
	id = str_cut(rest, '/', &version);
	if (!rest.p || !fhir_type_of(type) || !fhir_is_id(id))
		return false;
	if (version.p && !str_starts(version, STR("_history/")))
		return false;
	*type_r = type;
	*id_r = id;
	return true;
}

bool ref_of(const struct json *reference, const char *type, struct str *id_r)
{
	struct str t, id;
	if (!ref_split(json_get_text(reference, "reference"), &t, &id) || !str_eq(t, type))
		return false;
	*id_r = id;
	return true;
}

int64_t when_low(struct str text)
{
	int64_t low, high;
	return text.n && fhir_date_range(text, &low, &high) == RC_OK ? low : INT64_MIN;
}

int64_t when_high(struct str text)
{
	int64_t low, high;
	return text.n && fhir_date_range(text, &low, &high) == RC_OK ? high : INT64_MIN;
}

/* ---- columns ---- */

void col(struct rows *out, const char *name, struct str v)
{
	if (v.n)
		rows_col(out, name, v);
}

void col_z(struct rows *out, const char *name, const char *v)
{
	col(out, name, str_of(v));
}

void col_flag(struct rows *out, const char *name, bool v)
{
	if (v)
		rows_col(out, name, STR("1"));
}

struct str concept_in_words(struct arena *a, const struct json *concept)
{
	struct buf b;
	buf_init(&b, 4096);
	fhir_display(&b, concept);
	struct str s = b.failed ? STR_NONE : arena_str(a, buf_view(&b));
	buf_done(&b);
	return s;
}

void col_display(struct rows *out, const char *name, const struct json *v)
{
	if (!v)
		return;
	struct buf b;
	buf_init(&b, 16384);
	fhir_display(&b, v);
	if (!b.failed)
		col(out, name, buf_view(&b));
	buf_done(&b);
}

void put_day(struct buf *b, int64_t ms)
{
	struct civil d = civil_paris(ms);
	buf_fmt(b, "%04d-%02d-%02d", d.year, d.month, d.day);
}

struct str day_of(struct arena *a, int64_t ms)
{
	struct buf b;
	buf_init(&b, 32);
	put_day(&b, ms);
	struct str day = arena_str(a, buf_view(&b));
	buf_done(&b);
	return day;
}

void col_when(struct rows *out, const char *at, const char *on, struct str text)
{
	int64_t low = when_low(text);
	if (low == INT64_MIN)
		return;
	if (text.n <= 10) {
		rows_col(out, on, text);
		return;
	}
	struct buf b;
	buf_init(&b, 32);
	put_day(&b, low);
	rows_col_i64(out, at, low);
	rows_col(out, on, buf_view(&b));
	buf_done(&b);
}

/* ---- names ---- */

struct name_slot { struct name_slot *next; const char *type; struct str id, name, owner; };

static struct str person_name(struct arena *a, const struct json *body)
{
	struct str text = text_at(body, "name.text"), family = text_at(body, "name.family"), given = text_at(body, "name.given");
	if (!family.n)
		return text;
	struct buf b;
	buf_init(&b, 1000);
	buf_str(&b, given);
	if (given.n)
		buf_ch(&b, ' ');
	buf_str(&b, family);
	struct str name = arena_str(a, buf_view(&b));
	buf_done(&b);
	return name;
}

static struct name_slot *name_slot(struct names *n, const char *type, struct str id)
{
	if (!id.n)
		return NULL;
	for (struct name_slot *s = n->first; s; s = s->next)
		if (strcmp(s->type, type) == 0 && str_is(s->id, id))
			return s;
	struct name_slot *s = ARENA_NEW(n->arena, struct name_slot);
	if (!s)
		return NULL;
	struct item it;
	bool found;
	struct problem ignored;
	s->type = type;
	s->id = arena_str(n->arena, id);
	/* A name that cannot be read leaves the column away; the view itself goes on. */
	if (item_find(n->db, n->arena, type, id, &found, &it, &ignored) == RC_OK && found) {
		bool person = strcmp(type, "Practitioner") == 0;
		s->name = person ? person_name(n->arena, it.body) : json_get_text(it.body, "name");
		struct str owner;
		if (ref_of(json_get(it.body, "managingOrganization"), "Organization", &owner))
			s->owner = owner;
	}
	s->next = n->first;
	n->first = s;
	return s;
}

struct str name_of(struct names *n, const char *type, struct str id)
{
	struct name_slot *s = name_slot(n, type, id);
	return s ? s->name : STR_NONE;
}

struct str name_ref(struct names *n, const struct json *reference)
{
	static const char *const NAMED[] = { "Practitioner", "Organization", "Location" };
	struct str shown = json_get_text(reference, "display"), id;
	if (shown.n)
		return shown;
	for (size_t i = 0; i < N_OF(NAMED); i++)
		if (ref_of(reference, NAMED[i], &id))
			return name_of(n, NAMED[i], id);
	return STR_NONE;
}

/* ---- stays ---- */

bool stay_is_present(const struct json *encounter, int64_t now_ms)
{
	struct str status = json_get_text(encounter, "status");
	struct str end = text_at(encounter, "period.end");
	int64_t low = when_low(text_at(encounter, "period.start")), high = when_high(end);
	bool here = str_eq(status, "in-progress") || str_eq(status, "arrived") || str_eq(status, "triaged") || str_eq(status, "onleave");
	return here && (low == INT64_MIN || low <= now_ms) && (high == INT64_MIN || high > now_ms);
}

/* Where the patient is or was last: the last location that is not just planned. */
static const struct json *last_location(const struct json *encounter)
{
	const struct json *last = NULL;
	for json_each(l, json_get(encounter, "location")) {
		struct str status = json_get_text(l, "status");
		if (str_eq(status, "planned") || str_eq(status, "reserved"))
			continue;
		if (!last || !text_at(l, "period.end").n)
			last = l;
	}
	return last;
}

void stay_of(struct names *n, const struct json *encounter, int64_t now_ms, struct stay *s_r)
{
	struct stay s = { .id = json_get_text(encounter, "id"), .status = json_get_text(encounter, "status"), .start = text_at(encounter, "period.start"), .end = text_at(encounter, "period.end") };
	s.since_ms = when_low(s.start);
	s.until_ms = when_high(s.end);
	s.present = stay_is_present(encounter, now_ms);
	s.class_ = json_get(encounter, "class");
	s.type = json_get(encounter, "type");
	const struct json *place = json_get(last_location(encounter), "location");
	if (ref_of(place, "Location", &s.bed_id))
		s.bed_name = name_of(n, "Location", s.bed_id);
	if (!s.bed_name.n)
		s.bed_name = json_get_text(place, "display");
	const struct json *provider = json_get(encounter, "serviceProvider");
	if (!ref_of(provider, "Organization", &s.unit) && s.bed_id.n) {
		struct name_slot *slot = name_slot(n, "Location", s.bed_id);
		s.unit = slot ? slot->owner : STR_NONE;
	}
	s.unit_name = s.unit.n ? name_of(n, "Organization", s.unit) : json_get_text(provider, "display");
	*s_r = s;
}

void stay_cols(struct rows *out, const struct stay *s)
{
	col(out, "stay", s->id);
	col(out, "stay_status", s->status);
	col_flag(out, "present", s->present);
	col(out, "unit", s->unit);
	col(out, "unit_name", s->unit_name);
	col(out, "bed", s->bed_name);
	col_when(out, "since_at", "since_on", s->start);
	col_when(out, "until_at", "until_on", s->end);
	col_display(out, "stay_class", s->class_);
	col_display(out, "stay_type", s->type && s->type->kind == JSON_ARRAY ? s->type->first : s->type);
}

void meeting_with(struct rows *out, struct names *n, const struct json *appointment)
{
	struct buf with, place;
	struct str id;
	buf_init(&with, 2000);
	buf_init(&place, 2000);
	for json_each(p, json_get(appointment, "participant")) {
		const struct json *actor = json_get(p, "actor");
		bool person = ref_of(actor, "Practitioner", &id) || ref_of(actor, "PractitionerRole", &id);
		bool location = ref_of(actor, "Location", &id) || ref_of(actor, "HealthcareService", &id);
		struct buf *b = person ? &with : location ? &place : NULL;
		struct str name = b ? name_ref(n, actor) : STR_NONE;
		if (!name.n)
			continue;
		if (b->n)
			buf_z(b, ", ");
		buf_str(b, name);
	}
	col(out, "with", buf_view(&with));
	col(out, "place", buf_view(&place));
	buf_done(&with);
	buf_done(&place);
	col(out, "description", json_get_text(appointment, "description"));
}

void issue_row(struct rows *issues, enum why why, const char *field)
{
	rows_row(issues);
	rows_col(issues, "why", str_of(why_row(why)->name));
	rows_col(issues, "where", str_of(field));
}
