/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/walk.c: from a clause to ranges of the by_… tables, and runs along them. Every run seeks its start and stays inside its prefix.
 * Must never be asked for all rows of a table. Called by plan.c. Start at ranges_of_clause, then walk_next.
 */
#include "record/inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Per table: the equal columns, the columns in order (letters as in rows.c), the statements up and down, and whether a limit is bound. */
static const struct { const char *prefix, *tail; enum stmt up, down; bool limit; } WALKS[TABLE__END] = {
	[BY_TYPE]      = { "p",   "r",   ST_RECORD_W_TYPE,      ST__END,                  false },
	[BY_UPDATED]   = { "p",   "1r",  ST_RECORD_W_UPDATED,   ST_RECORD_W_UPDATED_DOWN, true },
	[BY_PATIENT]   = { "vp",  "r",   ST_RECORD_W_PATIENT,   ST__END,                  false },
	[BY_TOKEN]     = { "pgv", "r2",  ST_RECORD_W_TOKEN,     ST__END,                  false },
	[BY_STRING]    = { "pg",  "sr",  ST_RECORD_W_STRING,    ST_RECORD_W_STRING_DOWN,  true },
	[BY_DATE]      = { "pg",  "12r", ST_RECORD_W_DATE,      ST_RECORD_W_DATE_DOWN,    true },
	[BY_DATE_END]  = { "pg",  "12r", ST_RECORD_W_DATE_END,  ST__END,                  true },
	[BY_NUMBER]    = { "pg",  "f2r", ST_RECORD_W_NUMBER,    ST_RECORD_W_NUMBER_DOWN,  true },
	[BY_REFERENCE] = { "pv",  "r",   ST_RECORD_W_REFERENCE, ST__END,                  false },
	[BY_URI]       = { "pv",  "r",   ST_RECORD_W_URI,       ST__END,                  false },
	[BY_VEILED]    = { "pv",  "r",   ST_RECORD_W_VEILED,    ST__END,                  false },
};

/* Above every folded text (UTF-8 never holds these bytes). */
#define TEXT_TOP STR("\xff\xff")

enum rc ranges_add(struct ranges *r, struct range x, struct arena *a, struct problem *p)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 4;
		struct range *at = arena_array(a, cap, sizeof *at);
		if (!at)
			return arena_rc(a, p);
		if (r->n)
			memcpy(at, r->at, r->n * sizeof *at);
		r->at = at;
		r->cap = cap;
	}
	r->at[r->n++] = x;
	return RC_OK;
}

/* ---- clause → ranges ---- */

static struct range equal_to(enum table t, uint16_t param, int64_t group, int64_t value)
{
	return (struct range){ .start = { .table = (unsigned char)t, .param = param, .group = group, .value = value, .i2 = INT64_MIN } };
}

struct range range_of_type(uint16_t stored) { return equal_to(BY_TYPE, stored, 0, 0); }
struct range range_of_patient(int64_t patient, uint16_t stored) { return equal_to(BY_PATIENT, stored, 0, patient); }

static enum rc text_range(struct ranges *out, uint16_t param, int64_t group, struct str text, bool whole, struct arena *a, struct problem *p)
{
	size_t n = text.n;
	if (n > INDEX_STRING) {
		n = INDEX_STRING;
		while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
			n--;
	}
	char *top = arena_bytes(a, n + 2);
	if (!top)
		return arena_rc(a, p);
	memcpy(top, text.p ? text.p : "", n);
	top[n] = whole ? '\x01' : '\xff'; /* folded text has no byte below a blank */
	top[n + 1] = '\xff';
	struct range r = { .start = { .table = BY_STRING, .param = param, .group = group, .s = { top, n }, .rid = -1 }, .limit = { .s = { top, n + (whole ? 1 : 2) } } };
	return ranges_add(out, r, a, p);
}

static struct range span(enum table t, uint16_t param, int64_t group, int64_t from, int64_t limit)
{
	return (struct range){ .start = { .table = (unsigned char)t, .param = param, .group = short_hash(group), .i1 = from, .i2 = INT64_MIN, .rid = -1 }, .limit = { .i1 = limit } };
}

static int64_t back(int64_t t) { return t < INT64_MIN + DATE_SHORT_MS ? INT64_MIN : t - DATE_SHORT_MS - 1; }

/* Of what must end after a moment, the civil day that holds it: one place in by_date, behind what ends there by then. */
static enum rc day_range(struct ranges *out, uint16_t param, int64_t group, int64_t at, struct arena *a, struct problem *p)
{
	int64_t day;
	if (!date_day_of(at, &day) || day >= back(at))
		return RC_OK; /* no such day, or met by the walk from the moment on */
	struct range r = span(BY_DATE, param, group, day, day + 1);
	r.start.i2 = at;
	r.start.rid = INT64_MAX;
	return ranges_add(out, r, a, p);
}

/* by_date is in order of the low bound. What must end after a moment: see DATE_SHORT_MS. */
static enum rc date_ranges(struct ranges *out, const struct want *w, uint16_t param, int64_t group, struct arena *a, struct problem *p)
{
	int64_t low = INT64_MIN, limit = INT64_MAX, end_from = 0, end_to = INT64_MAX;
	bool ends = false;
	switch (w->prefix) {
	case PREFIX_EQ: low = w->low; limit = w->high == INT64_MAX ? INT64_MAX : w->high + (w->low == w->high); break;
	case PREFIX_GT: low = back(w->high); ends = true; end_from = w->high; break;
	case PREFIX_GE: low = back(w->low); ends = true; end_from = w->low; break;
	case PREFIX_LT: limit = w->low; break;
	case PREFIX_LE: limit = w->high; break;
	case PREFIX_SA: low = w->high; break;
	case PREFIX_EB: limit = w->low; break;
	case PREFIX_AP: low = back(w->low); limit = w->high; ends = true; end_from = w->low; break;
	default:        out->none = true; return RC_OK; /* ne: nearly everything */
	}
	struct range r = span(BY_DATE, param, group, low, limit);
	r.past = ends ? end_from : 0; /* a day's instants before the moment asked for, and stays that end on another day: seen in the row, without a look at each resource */
	r.until = w->prefix == PREFIX_EQ ? w->high : w->prefix == PREFIX_EB ? w->low : 0;
	enum rc rc = ranges_add(out, r, a, p);
	struct range end = span(BY_DATE_END, param, group, end_from, end_to);
	end.start.i2 = end.start.rid = INT64_MAX; /* strictly after */
	if (rc == RC_OK && ends)
		rc = day_range(out, param, group, end_from, a, p);
	if (rc == RC_OK && ends)
		rc = ranges_add(out, end, a, p);
	return rc;
}

static double wider(double x, int way) { return x + way * fabs(x) * NUMBER_SLACK * 2; }
/* The first number past x: thousands of rows may hold x itself. Half of the slack, for what is nearer equals x. */
static double beyond(double x, int way) { return nextafter(x + way * fabs(x) * NUMBER_SLACK / 2, way * HUGE_VAL); }

static enum rc number_ranges(struct ranges *out, const struct want *w, uint16_t param, int64_t group, struct arena *a, struct problem *p)
{
	double low = -HUGE_VAL, high = HUGE_VAL, x = number_mid(w->num_low, w->num_high);
	switch (w->prefix) {
	case PREFIX_EQ:
	case PREFIX_AP: low = wider(w->num_low, -1); high = wider(w->num_high, 1); break;
	case PREFIX_GE: low = wider(x, -1); break;
	case PREFIX_LE: high = wider(x, 1); break;
	case PREFIX_GT:
	case PREFIX_SA: low = beyond(x, 1); break;
	case PREFIX_LT:
	case PREFIX_EB: high = beyond(x, -1); break;
	default:        out->none = true; return RC_OK;
	}
	struct range r = { .start = { .table = BY_NUMBER, .param = param, .group = short_hash(group), .f = low, .i2 = INT64_MIN, .rid = -1 }, .limit = { .f = high } };
	return ranges_add(out, r, a, p);
}

static enum rc want_ranges(struct ranges *out, const struct want *w, enum modifier m, uint16_t param, int64_t group, struct arena *a, struct problem *p)
{
	enum rc rc = RC_OK;
	switch (w->kind) {
	case VALUE_TOKEN:
		if (!w->any_code && w->code.n)
			return ranges_add(out, equal_to(BY_TOKEN, param, group, hash_of(w->code)), a, p);
		if (w->any_code && !group && !w->any_system && w->system)
			return ranges_add(out, equal_to(BY_TOKEN, param, 0, system_value(w->system)), a, p);
		out->none = true;
		return RC_OK;
	case VALUE_STRING:
		if (veil_of(param) != VEIL_NONE)
			return veil_text_ranges(out, veil_of(param), param, group, w->text, m, a, p);
		if (m != MOD_CONTAINS)
			return text_range(out, param, group, w->text, m == MOD_EXACT, a, p);
		out->none = true;
		return RC_OK;
	case VALUE_DATE:
		if (veil_of(param) == VEIL_BIRTH)
			return veil_date_ranges(out, param, group, w, a, p);
		return date_ranges(out, w, param, group, a, p);
	case VALUE_NUMBER:
	case VALUE_QUANTITY:
		return number_ranges(out, w, param, group, a, p);
	case VALUE_REFERENCE:
		out->none = group != 0;
		for (size_t i = 0; rc == RC_OK && i < w->n_targets && !out->none; i++)
			rc = ranges_add(out, equal_to(BY_REFERENCE, param, 0, w->targets[i]), a, p);
		return rc;
	case VALUE_URI:
		out->none = group != 0;
		if (m == MOD_BELOW && veil_of(param) == VEIL_NONE)
			return text_range(out, param, 0, w->text, false, a, p);
		out->none = out->none || m == MOD_BELOW;
		return out->none ? RC_OK : ranges_add(out, equal_to(BY_URI, param, 0, w->hash), a, p);
	default:
		out->none = true;
		return RC_OK;
	}
}

static enum rc composite_ranges(struct ranges *out, const struct want *w, uint16_t param, struct arena *a, struct problem *p)
{
	const struct want *lead = w->parts;
	enum rc rc = RC_OK;
	if (w->n_parts < 2) {
		out->none = true;
	} else if (lead->kind == VALUE_TOKEN && !lead->any_code && lead->code.n) {
		rc = want_ranges(out, &w->parts[1], MOD_NONE, param, hash_of(lead->code), a, p);
	} else if (lead->kind == VALUE_URI) {
		rc = want_ranges(out, &w->parts[1], MOD_NONE, param, lead->hash, a, p);
	} else if (lead->kind == VALUE_REFERENCE) {
		for (size_t i = 0; rc == RC_OK && i < lead->n_targets; i++)
			rc = want_ranges(out, &w->parts[1], MOD_NONE, param, lead->targets[i], a, p);
	} else {
		out->none = true;
	}
	return rc;
}

static enum rc updated_range(struct ranges *out, const struct want *w, uint16_t type, struct arena *a, struct problem *p)
{
	int64_t low = INT64_MIN, limit = INT64_MAX;
	switch (w->prefix) {
	case PREFIX_EQ:
	case PREFIX_AP: low = w->low; limit = w->high; break;
	case PREFIX_GT:
	case PREFIX_SA: low = w->high; break;
	case PREFIX_GE: low = w->low; break;
	case PREFIX_LT:
	case PREFIX_EB: limit = w->low; break;
	case PREFIX_LE: limit = w->high; break;
	default:        out->none = true; return RC_OK;
	}
	return ranges_add(out, span(BY_UPDATED, type, 0, low, limit), a, p);
}

static enum rc ranges_of_param(const struct clause *cl, uint16_t param, uint16_t type, struct arena *a, struct ranges *out, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < cl->n_wants && !out->none; i++) {
		const struct want *w = &cl->wants[i];
		if (cl->what == CLAUSE_ID) {
			if (w->n_targets)
				rc = ranges_add(out, (struct range){ .kind = RANGE_KEY, .key = w->targets[0] }, a, p);
		} else if (cl->what == CLAUSE_LAST_UPDATED) {
			rc = updated_range(out, w, type, a, p);
		} else if (cl->kind == PARAM_COMPOSITE) {
			rc = composite_ranges(out, w, param, a, p);
		} else {
			rc = want_ranges(out, w, cl->modifier, param, 0, a, p);
		}
	}
	return rc;
}

enum rc ranges_of_clause(const struct clause *cl, uint16_t type, struct arena *a, struct ranges *out, struct problem *p)
{
	const uint16_t *shared = cl->what == CLAUSE_PARAM ? rows_shared(cl->param) : NULL;
	enum rc rc = RC_OK;
	*out = (struct ranges){ .none = cl->modifier == MOD_NOT || cl->modifier == MOD_NOT_IN || cl->modifier == MOD_MISSING || cl->chain || cl->what == CLAUSE_LIST };
	if (!shared)
		rc = ranges_of_param(cl, cl->param, type, a, out, p);
	for (; rc == RC_OK && shared && *shared && !out->none; shared++)
		rc = ranges_of_param(cl, *shared, type, a, out, p);
	for (size_t i = 0; out->n > 1 && i < out->n; i++)
		out->at[i].n_also = 0; /* a resource stands in the first range that has one of its rows (range_has), whatever its other rows are */
	return rc;
}

bool range_of_sort(const struct plan_sort *sort, uint16_t type, struct range *out)
{
	struct range r = { .down = sort->descending };
	if (sort->last_updated) {
		r = span(BY_UPDATED, type, 0, INT64_MIN, INT64_MAX);
	} else if (sort->param && veil_of(stored_param(sort->param->no)) == VEIL_BIRTH) {
		return false; /* sorted after unsealing */
	} else if (sort->param && sort->param->kind == PARAM_DATE) {
		r = span(BY_DATE, stored_param(sort->param->no), 0, INT64_MIN, INT64_MAX);
	} else if (sort->param && (sort->param->kind == PARAM_NUMBER || sort->param->kind == PARAM_QUANTITY)) {
		r = (struct range){ .start = { .table = BY_NUMBER, .param = stored_param(sort->param->no), .f = -HUGE_VAL, .i2 = INT64_MIN, .rid = -1 }, .limit = { .f = HUGE_VAL } };
	} else if (sort->param && sort->param->kind == PARAM_STRING && veil_of(stored_param(sort->param->no)) == VEIL_NONE) {
		r = (struct range){ .start = { .table = BY_STRING, .param = stored_param(sort->param->no), .s = STR(""), .rid = -1 }, .limit = { .s = TEXT_TOP } };
	} else {
		return false;
	}
	r.down = sort->descending;
	if (r.down) {
		struct index_row bottom = r.start;
		r.start.i1 = r.start.i2 = r.start.rid = INT64_MAX;
		r.start.f = HUGE_VAL;
		r.start.s = TEXT_TOP;
		r.limit = (struct index_row){ .i1 = bottom.i1, .f = bottom.f, .s = bottom.s };
	}
	*out = r;
	return true;
}

bool range_by_rid(const struct range *r)
{
	return r->kind != RANGE_ROWS || WALKS[r->start.table].tail[0] == 'r';
}

bool range_has_once(const struct range *r)
{
	return r->kind == RANGE_ROWS && strcmp(WALKS[r->start.table].tail, "r") == 0;
}

static bool in_limit(const struct range *r, const struct index_row *row)
{
	int d = 0;
	switch (WALKS[r->start.table].tail[0]) {
	case '1': d = row->i1 < r->limit.i1 ? -1 : row->i1 > r->limit.i1; break;
	case 'f': d = row->f < r->limit.f ? -1 : row->f > r->limit.f; break;
	case 's': d = str_cmp(row->s, r->limit.s); break;
	default:  return true;
	}
	if (r->down)
		return d >= 0;
	return d < 0 || (d == 0 && (r->start.table == BY_NUMBER || r->start.table == BY_DATE_END));
}

static bool ends_well(const struct range *r, int64_t end)
{
	return (!r->past || end > r->past) && (!r->until || end <= r->until);
}

bool range_has(const struct range *r, const struct index_row *row)
{
	if (r->kind != RANGE_ROWS || row->table != r->start.table || row->param != r->start.param || !ends_well(r, row->i2))
		return false;
	for (const char *k = WALKS[row->table].prefix; *k; k++)
		if ((*k == 'g' && row->group != r->start.group) || (*k == 'v' && row->value != r->start.value))
			return false;
	int d = row_cmp(row, &r->start);
	return (r->down ? d < 0 : d > 0) && in_limit(r, row);
}

/* ---- walking ---- */

static int bind_fields(struct db_stmt *s, int i, const char *letters, const struct index_row *r)
{
	for (const char *k = letters; *k; k++, i++) {
		switch (*k) {
		case 'p': db_bind_i64(s, i, r->param); break;
		case 'g': db_bind_i64(s, i, r->group); break;
		case 'v': db_bind_i64(s, i, r->value); break;
		case '1': db_bind_i64(s, i, r->i1); break;
		case '2': db_bind_i64(s, i, r->i2); break;
		case 'f': db_bind_f64(s, i, r->f); break;
		case 's': db_bind_str(s, i, r->s.p ? r->s : STR("")); break;
		default:  db_bind_i64(s, i, r->rid);
		}
	}
	return i;
}

void walk_open(struct walk *w, struct db_conn *c, const struct range *r, const struct index_row *after)
{
	*w = (struct walk){ .c = c, .r = r };
	if (r->kind == RANGE_LIST) {
		while (after && w->at < r->n && r->list[w->at] <= after->rid)
			w->at++;
		return;
	}
	if (r->kind == RANGE_KEY) {
		w->s = db_stmt(c, ST_RECORD_KEY);
		db_bind_i64(w->s, 1, r->key);
		w->over = after != NULL;
		return;
	}
	enum table t = r->start.table;
	enum stmt id = r->down ? WALKS[t].down : WALKS[t].up;
	MUST(id != ST__END);
	w->s = db_stmt(c, id);
	int i = bind_fields(w->s, 1, WALKS[t].prefix, &r->start);
	i = bind_fields(w->s, i, WALKS[t].tail, after ? after : &r->start);
	if (WALKS[t].limit) {
		char first[2] = { WALKS[t].tail[0], '\0' };
		bind_fields(w->s, i, first, &r->limit);
	}
}

/* Has the resource the other values too? One probe each; on a server each would be a wait, and the candidate's facts are asked for in portions. */
static enum rc in_all(struct walk *w, int64_t rid, bool *is_r, struct problem *p)
{
	const struct range *r = w->r;
	enum rc rc = RC_OK;
	*is_r = true;
	for (size_t i = 0; rc == RC_OK && *is_r && i < r->n_also && !db_is_far(w->c); i++)
		rc = row_exists(w->c, &(struct index_row){ .table = r->start.table, .param = r->start.param, .value = r->also[i], .rid = rid }, is_r, p);
	return rc;
}

enum rc walk_next(struct walk *w, struct index_row *row, bool *is_r, struct problem *p)
{
	const struct range *r = w->r;
	*is_r = false;
	if (w->over)
		return RC_OK;
	if (r->kind == RANGE_LIST) {
		*is_r = w->at < r->n;
		if (*is_r)
			*row = (struct index_row){ .rid = r->list[w->at++] };
		return RC_OK;
	}
	bool passes = false;
	enum rc rc = RC_OK;
	while (rc == RC_OK && !passes) {
		rc = db_step(w->s, is_r, p);
		if (rc != RC_OK || !*is_r)
			break;
		w->touched++;
		passes = (!r->past && !r->until) || ends_well(r, db_i64(w->s, 1));
		if (passes && r->n_also && !w->counts)
			rc = in_all(w, db_i64(w->s, 0), &passes, p);
	}
	if (rc != RC_OK || !*is_r) {
		w->over = true;
		return rc;
	}
	if (r->kind == RANGE_KEY) { /* one row at most, and others ask the same statement while its candidate is judged */
		*row = (struct index_row){ .rid = db_i64(w->s, 0) };
		db_reset(w->s);
		w->over = true;
		return RC_OK;
	}
	row->table = r->start.table;
	row->param = r->start.param;
	row->group = r->start.group;
	row->value = r->start.value;
	int i = 0;
	for (const char *k = WALKS[row->table].tail; *k; k++, i++) {
		switch (*k) {
		case '1': row->i1 = db_i64(w->s, i); break;
		case '2': row->i2 = db_i64(w->s, i); break;
		case 'f': row->f = db_f64(w->s, i); break;
		case 's': row->s = db_text(w->s, i); break;
		default:  row->rid = db_i64(w->s, i);
		}
	}
	return RC_OK;
}

void walk_close(struct walk *w)
{
	if (w->s)
		db_reset(w->s);
}

/* Whose keys the rows need that are looked ahead at: facts and bodies say it in a column. */
static struct db_stmt *with_keys(struct db_conn *c, enum stmt id)
{
	struct db_stmt *s = db_stmt(c, id);
	int col = id == ST_RECORD_BY_RID ? 7 : id == ST_RECORD_FACTS || id == ST_RECORD_FACTS_OF ? 1 : -1;
	if (col >= 0)
		db_ahead_of(s, col, ST_RECORD_SEALED_KEY, keys_lacks);
	return s;
}

void walk_ahead(struct walk *w, enum stmt id)
{
	if (!w->s || w->r->kind != RANGE_ROWS || !db_is_far(w->c))
		return;
	with_keys(w->c, id);
	const char *tail = WALKS[w->r->start.table].tail;
	db_ahead_of(w->s, (int)(strchr(tail, 'r') - tail), id, NULL);
}

/* Bodies may be large: fewer of them are held. */
size_t rids_ahead(struct db_conn *c, enum stmt id, const int64_t *rids, size_t at, size_t n)
{
	size_t most = id == ST_RECORD_BY_RID ? 64 : 512, to = n - at > most ? at + most : n;
	if (!db_is_far(c))
		return n;
	db_ahead(with_keys(c, id), 1, rids + at, to - at);
	return to;
}

/* Rows by which values are compared: where so many end says how thinly they are spread over the rids, and costs some microseconds. */
#define RARE_ROWS 12

/* The rid of a value's row number RARE_ROWS; INT64_MAX when it has fewer. */
static enum rc reach_of(struct db_conn *c, const struct range *r, int64_t value, int64_t *rid_r, struct problem *p)
{
	struct range one = { .start = r->start };
	struct walk w;
	struct index_row row = { 0 };
	bool is = true;
	enum rc rc = RC_OK;
	one.start.value = value;
	walk_open(&w, c, &one, NULL);
	for (int i = 0; rc == RC_OK && is && i < RARE_ROWS; i++)
		rc = walk_next(&w, &row, &is, p);
	walk_close(&w);
	*rid_r = is ? row.rid : INT64_MAX;
	return rc;
}

struct reach { int64_t rid, value; };
static int rarer(const void *a, const void *b)
{
	int64_t x = ((const struct reach *)a)->rid, y = ((const struct reach *)b)->rid;
	return x > y ? -1 : x < y;
}

enum rc range_rarest(struct db_conn *c, struct range *r, struct arena *a, struct problem *p)
{
	size_t n = r->n_also + 1;
	struct reach *at = arena_array(a, n, sizeof *at);
	int64_t *also = arena_array(a, n, sizeof *also);
	enum rc rc = RC_OK;
	if (!at || !also)
		return arena_rc(a, p);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		at[i].value = i ? r->also[i - 1] : r->start.value;
		rc = reach_of(c, r, at[i].value, &at[i].rid, p);
	}
	qsort(at, n, sizeof *at, rarer);
	for (size_t i = 0; i < n; i++)
		also[i] = at[i].value;
	r->start.value = also[0];
	r->also = also + 1;
	return rc;
}

#define TOGETHER 64 /* values of a clause that a server is asked for at once */

/* Values of one clause that differ in nothing else (patient=a,b,c): they are counted and then gone along one after the other, each a wait. */
static void ranges_ahead(struct db_conn *c, const struct ranges *r)
{
	const struct range *first = r->at;
	int64_t value[TOGETHER];
	size_t n = 0;
	if (!db_is_far(c) || r->n < 2 || first->kind != RANGE_ROWS || first->down)
		return;
	enum table t = first->start.table;
	const char *v = strchr(WALKS[t].prefix, 'v');
	if (!v || WALKS[t].limit || WALKS[t].up == ST__END)
		return;
	for (; n < r->n && n < TOGETHER; n++) {
		const struct index_row *s = &r->at[n].start;
		if (r->at[n].kind != RANGE_ROWS || r->at[n].down || s->table != t || s->param != first->start.param || s->group != first->start.group || s->rid != first->start.rid || s->i2 != first->start.i2)
			return;
		value[n] = s->value;
	}
	struct db_stmt *s = db_stmt(c, WALKS[t].up);
	int i = bind_fields(s, 1, WALKS[t].prefix, &first->start);
	bind_fields(s, i, WALKS[t].tail, &first->start);
	db_ahead(s, (int)(v - WALKS[t].prefix) + 1, value, n);
}

enum rc walk_count(struct db_conn *c, const struct ranges *r, uint64_t most, uint64_t *n_r, struct problem *p)
{
	ranges_ahead(c, r);
	enum rc rc = RC_OK;
	uint64_t n = 0;
	for (size_t i = 0; rc == RC_OK && i < r->n && n < most; i++) {
		struct walk w;
		struct index_row row = { 0 };
		bool is = true;
		walk_open(&w, c, &r->at[i], NULL);
		w.counts = true;
		while (n < most && (rc = walk_next(&w, &row, &is, p)) == RC_OK && is)
			n++;
		walk_close(&w);
	}
	*n_r = n;
	return rc;
}
