/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/care.c: see care.h. It must never name a patient of a list whom only the reader's own word joins to the unit, nor take two requests for one. Start at care_once.
 */
#include "hospital/care.h"

#include <stdlib.h>
#include <string.h>

#include "hospital/merge.h"
#include "hospital/relation.h"
#include "record/keys.h"

uint64_t care_arg(const struct args *a, const char *name)
{
	uint64_t v = 0;
	return str_u64(args_get(a, name), &v) == RC_OK && v <= INT64_MAX ? v : 0;
}

/* ---- once ---- */

int64_t care_once(const struct act_ctx *x, const char *what, struct str more)
{
	struct buf b;
	buf_init(&b, 1024);
	buf_z(&b, what);
	buf_ch(&b, '\n');
	buf_u64(&b, x->who->account);
	buf_ch(&b, '\n');
	buf_str(&b, args_get(x->args, "patient"));
	buf_ch(&b, '\n');
	buf_str(&b, args_get(x->args, "once"));
	buf_ch(&b, '\n');
	buf_str(&b, more);
	int64_t h = keys_house_hash(buf_view(&b));
	buf_done(&b);
	return h;
}

void care_recorded(struct rows *out, int64_t patient, int64_t n, bool again)
{
	rows_set(out, "recorded");
	rows_row(out);
	if (patient != 0)
		rows_patient(out, patient, TIER_CLINICAL);
	rows_col_i64(out, "n", n);
	col_flag(out, "again", again);
}

struct str care_id(const struct act_ctx *x, const char *what, struct str more)
{
	uint64_t h = (uint64_t)care_once(x, what, more);
	char text[20] = "care";
	for (int i = 0; i < 16; i++)
		text[4 + i] = "0123456789abcdef"[h >> (60 - 4 * i) & 15];
	return arena_str(x->arena, (struct str){ text, sizeof text });
}

/* ---- when ---- */

/* Hours and minutes, between which ':' or 'h' may stand. */
static bool clock_of(struct str s, int *hour_r, int *minute_r)
{
	int part[2] = { 0, 0 };
	unsigned digits[2] = { 0, 0 }, k = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c >= '0' && c <= '9') {
			part[k] = part[k] * 10 + (c - '0');
			if (++digits[k] > 4)
				return false;
		} else if (k == 0 && digits[0] && (c == ':' || c == 'h' || c == 'H')) {
			k = 1;
		} else {
			return false;
		}
	}
	if (k == 0 && digits[0] > 2) { /* 0830, 830 */
		part[1] = part[0] % 100;
		part[0] /= 100;
	} else if (digits[0] > 2 || (digits[1] != 0 && digits[1] != 2)) {
		return false;
	}
	*hour_r = part[0];
	*minute_r = part[1];
	return digits[0] > 0 && part[0] < 24 && part[1] < 60;
}

enum rc care_instant(const struct args *a, int64_t now_ms, int64_t *at_r, struct problem *p)
{
	struct str day = args_get(a, "day"), time = str_trim(args_get(a, "time"));
	bool now = (!day.n && !time.n) || (time.n == 1 && (time.p[0] | 0x20) == 'h');
	*at_r = now_ms;
	if (now && !day.n)
		return RC_OK;
	struct civil c = civil_paris(now_ms), at = { .year = c.year, .month = c.month, .day = c.day };
	if (day.n) {
		int64_t low = when_low(day);
		if (low == INT64_MIN)
			return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "day", "no day");
		struct civil d = civil_paris(low + CARE_DAY_MS / 2); /* a day has its noon in either zone */
		at = (struct civil){ .year = d.year, .month = d.month, .day = d.day };
	}
	if (now) {
		at.hour = c.hour;
		at.minute = c.minute;
	} else if (!clock_of(time, &at.hour, &at.minute)) {
		return problem_set(p, RC_BAD_INPUT, time.n ? WHY_CARE_TIME : WHY_FIELD_REQUIRED, "time", "no time");
	}
	*at_r = civil_paris_to_ms(at);
	return RC_OK;
}

enum rc care_when(const struct args *a, int64_t born_ms, int64_t now_ms, int64_t *at_r, struct problem *p)
{
	const char *field = args_get(a, "day").n ? "day" : "time";
	int64_t at;
	enum rc rc = care_instant(a, now_ms, &at, p);
	if (rc != RC_OK)
		return rc;
	if (at > now_ms)
		return problem_set(p, RC_BAD_INPUT, WHY_CARE_FUTURE, field, "in the future");
	if (at < now_ms - CARE_PAST_MS || (born_ms != INT64_MIN && at < born_ms))
		return problem_set(p, RC_BAD_INPUT, WHY_CARE_PAST, field, "too long ago");
	*at_r = at;
	return RC_OK;
}

/* ---- numbers ---- */

bool care_scaled(struct str typed, unsigned places, unsigned scale, int64_t *v_r)
{
	struct str s = str_trim(typed);
	int64_t v = 0;
	unsigned whole = 0, after = 0;
	bool point = false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if ((c == ',' || c == '.') && !point && whole) {
			point = true;
		} else if (c >= '0' && c <= '9') {
			if ((point ? ++after > places : ++whole > 9))
				return false;
			v = v * 10 + (c - '0');
		} else {
			return false;
		}
	}
	if (!whole || (point && !after))
		return false;
	for (; after < scale; after++)
		v *= 10;
	*v_r = v;
	return true;
}

void care_number(struct buf *b, int64_t v, unsigned scale)
{
	int64_t unit = 1;
	for (unsigned i = 0; i < scale; i++)
		unit *= 10;
	buf_i64(b, v / unit);
	int64_t rest = v % unit;
	if (rest == 0)
		return;
	buf_ch(b, '.');
	for (unit /= 10; rest > 0; unit /= 10) {
		buf_ch(b, (char)('0' + rest / unit));
		rest %= unit;
	}
}

/* ---- who, where ---- */

enum rc care_patient(struct db_conn *c, struct arena *a, const struct args *args, struct care_patient *k_r, struct problem *p)
{
	bool found = false;
	enum rc rc = item_find(c, a, "Patient", args_get(args, "patient"), &found, &k_r->item, p);
	if (rc == RC_OK && !found)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	if (rc != RC_OK)
		return rc;
	traits_read(&k_r->item, a, &k_r->traits);
	return arena_rc(a, p);
}

int64_t care_born(const struct care_patient *k)
{
	int64_t low = when_low(k->traits.born_on);
	return low == INT64_MIN ? INT64_MIN : low - CARE_DAY_MS / 2; /* either zone */
}

void care_who(struct jw *w, const char *key, const struct actor *who)
{
	if (who->practitioner.n) {
		compose_ref(w, key, "Practitioner", who->practitioner, who->name);
		return;
	}
	if (key)
		jw_key(w, key);
	jw_object(w);
	jw_member(w, "display", who->name.n ? who->name : who->login);
	jw_end(w, '}');
}

void care_unit(struct jw *w, const char *key, const struct actor *who)
{
	if (who->unit.n)
		compose_ref(w, key, "Organization", who->unit, STR_NONE);
}

void care_quantity(struct jw *w, const char *key, struct str value, const char *unit, const char *ucum)
{
	jw_key(w, key);
	jw_object(w);
	jw_key(w, "value");
	jw_raw(w, value);
	jw_member(w, "unit", str_of(unit));
	jw_member(w, "system", STR(CARE_UCUM));
	jw_member(w, "code", str_of(ucum));
	jw_end(w, '}');
}

enum rc care_own(struct db_conn *c, struct arena *a, int64_t source, int64_t patient, struct item *it_r, struct problem *p)
{
	bool found = false;
	enum rc rc = source > 0 ? item_by_rid(c, a, source, &found, it_r, p) : RC_OK;
	if (rc == RC_OK && (!found || it_r->patient != patient))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such entry of this patient");
	return rc;
}

enum rc care_strike(struct act_ctx *x, const char *type, bool (*ours)(const struct json *), struct item *it_r, struct problem *p)
{
	bool found = false;
	enum rc rc = item_find(x->db, x->arena, type, args_get(x->args, "id"), &found, it_r, p);
	if (rc == RC_OK && (!found || it_r->patient == 0 || merge_kept(x->db, it_r->patient) != merge_kept(x->db, record_patient_rid(x->db, args_get(x->args, "patient"))) || !ours(it_r->body)))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no such entry of this patient");
	if (rc == RC_OK && it_r->version != care_arg(x->args, "version"))
		rc = problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, "version", "version %u is current", it_r->version);
	if (rc == RC_OK && str_eq(json_get_text(it_r->body, "status"), "entered-in-error"))
		rc = problem_set(p, RC_CONFLICT, WHY_CARE_STRUCK, "id", "struck out already");
	return rc == RC_OK ? compose_status(x, type, it_r, "entered-in-error", p) : rc;
}

void care_answer(struct rows *out, const char *set, int64_t patient, struct str id, bool again)
{
	rows_set(out, set);
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col(out, "id", id);
	col_flag(out, "again", again);
}

void care_struck(struct rows *out, const struct item *it)
{
	care_answer(out, "struck", it->patient, it->id, false);
}

/* ---- the patients of the unit ---- */

/* Beds as people count them: 2-P before 12-F. */
static int natural(struct str a, struct str b)
{
	size_t i = 0, k = 0;
	while (i < a.n && k < b.n) {
		uint64_t x = 0, y = 0;
		size_t from_i = i, from_k = k;
		for (; i < a.n && a.p[i] >= '0' && a.p[i] <= '9'; i++)
			x = x * 10 + (uint64_t)(a.p[i] - '0');
		for (; k < b.n && b.p[k] >= '0' && b.p[k] <= '9'; k++)
			y = y * 10 + (uint64_t)(b.p[k] - '0');
		if (i > from_i && k > from_k) {
			if (x != y)
				return x < y ? -1 : 1;
			continue;
		}
		i = from_i;
		k = from_k;
		if (a.p[i] != b.p[k])
			return (unsigned char)a.p[i] < (unsigned char)b.p[k] ? -1 : 1;
		i++;
		k++;
	}
	return i < a.n ? 1 : k < b.n ? -1 : 0;
}

static int by_bed(const void *a, const void *b)
{
	const struct ward_patient *x = a, *y = b;
	if (!x->stay.bed_name.n != !y->stay.bed_name.n)
		return x->stay.bed_name.n ? -1 : 1;
	int bed = natural(x->stay.bed_name, y->stay.bed_name);
	return bed ? bed : x->patient < y->patient ? -1 : x->patient > y->patient;
}

#define FACTS_MAX (WARD_MAX * 2)
struct seen { int64_t patient, source; bool self_made; };

static enum rc facts_of_unit(struct view_ctx *v, struct str unit, struct seen *at, unsigned *n_r, bool *more_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_RELATION_PRESENT);
	unsigned n = 0;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, relation_unit(unit));
	db_bind_i64(s, 2, v->now_ms + RELATION_AFTER_STAY_MS); /* a stay that ended still explains, but its patient has left */
	db_bind_i64(s, 3, v->now_ms);
	db_bind_i64(s, 4, FACTS_MAX + 1);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		*more_r = n == FACTS_MAX;
		if (n < FACTS_MAX)
			at[n++] = (struct seen){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 3) != 0 && db_i64(s, 3) == v->who->account };
	}
	db_reset(s);
	*n_r = n;
	return rc;
}

static enum rc add_present(struct view_ctx *v, struct ward *w, struct names *names, const struct seen *one, struct problem *p)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->at[i].patient == one->patient) {
			w->at[i].self_made = w->at[i].self_made && one->self_made; /* somebody else's word is the better one */
			return RC_OK;
		}
	struct ward_patient k = { .patient = one->patient, .self_made = one->self_made };
	struct item stay;
	bool known = false;
	enum rc rc = item_by_rid(v->db, v->arena, one->source, &known, &stay, p);
	if (rc != RC_OK || !known)
		return rc;
	stay_of(names, stay.body, v->now_ms, &k.stay);
	if (!k.stay.present)
		return RC_OK;
	rc = item_by_rid(v->db, v->arena, one->patient, &known, &k.item, p);
	if (rc != RC_OK || !known)
		return rc;
	w->more = w->more || w->n == WARD_MAX;
	if (w->n == WARD_MAX)
		return RC_OK;
	traits_read(&k.item, v->arena, &k.traits);
	w->at[w->n++] = k;
	return RC_OK;
}

/* Their stays and themselves, asked for together: a server is far. */
static void ahead(struct view_ctx *v, const struct seen *at, unsigned n)
{
	int64_t rids[2 * FACTS_MAX];
	for (unsigned i = 0; i < n; i++) {
		rids[2 * i] = at[i].source;
		rids[2 * i + 1] = at[i].patient;
	}
	record_ahead(v->db, rids, 2 * n);
}

enum rc ward_present(struct view_ctx *v, struct ward **w_r, struct problem *p)
{
	return ward_of(v, v->who->unit, w_r, p);
}

enum rc ward_of(struct view_ctx *v, struct str unit, struct ward **w_r, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct ward *w = ARENA_NEW(v->arena, struct ward);
	struct seen at[FACTS_MAX];
	unsigned n = 0;
	if (!w)
		return arena_rc(v->arena, p);
	enum rc rc = unit.n ? facts_of_unit(v, unit, at, &n, &w->more, p) : RC_OK;
	ahead(v, at, n);
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = add_present(v, w, &names, &at[i], p);
	if (rc == RC_OK)
		qsort(w->at, w->n, sizeof *w->at, by_bed);
	*w_r = w;
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

void ward_cols(struct view_ctx *v, struct rows *out, const struct ward_patient *k)
{
	rows_patient(out, k->patient, TIER_MASKED);
	if (k->self_made) /* BARRIER: as in worklist.c */
		traits_masked(out, &k->traits);
	else
		traits_named(out, &k->traits, v->now_ms);
	col(out, "bed", k->stay.bed_name);
}

void ward_unit(struct view_ctx *v, struct rows *out, const struct ward *w)
{
	struct names names = { v->db, v->arena, NULL };
	rows_set(out, "unit");
	rows_row(out);
	col(out, "unit", v->who->unit);
	col(out, "unit_name", name_of(&names, "Organization", v->who->unit));
	col_flag(out, "more", w->more);
}
