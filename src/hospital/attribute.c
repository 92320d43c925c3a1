/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/attribute.c: see attribute.h. Must never name an export or an account that chance alone explains. */
#include "hospital/attribute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "codec/tardos.h"
#include "hospital/known.h"
#include "record/record.h"

/* ---- chance ---- */

static double log_choose(uint32_t n, uint32_t k) { return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma((double)(n - k) + 1.0); }

double attribute_tail(uint32_t n, uint32_t k)
{
	if (k == 0 || n == 0 || k > n)
		return k > n ? -HUGE_VAL : 0;
	double first = log_choose(n, k) - n * log(2.0), sum = 1, term = 1;
	for (uint32_t i = k; i < n; i++) { /* each term from the one before: they fall once i is over the middle */
		term *= (double)(n - i) / (double)(i + 1);
		sum += term;
		if (term < 1e-17 * sum && i > n / 2)
			break;
	}
	double tail = (first + log(sum)) / log(10.0);
	return tail > 0 ? 0 : tail;
}

double attribute_normal(double chance)
{
	double low = 0, high = 40;
	for (int i = 0; i < 100; i++) {
		double z = (low + high) / 2;
		if (erfc(z / sqrt(2.0)) / 2 > chance)
			low = z;
		else
			high = z;
	}
	return high;
}

/* ---- marks ---- */

/* Rows that count: each id once. Of those with plain marks so many are enough for any number of exports, taken evenly. */
#define PLAIN_ROWS 20000u
struct seen { uint32_t *row; size_t n; uint32_t *plain; size_t n_plain; struct maps *met; /* ids */ };

static bool has_plain(const struct attribute_row *row)
{
	bool has = false;
	for (enum mark_kind k = 0; k < MARK_KINDS; k++)
		has = has || (!mark_is_code(k) && row->seen[k] >= 0);
	return has;
}

static void thin(struct seen *s)
{
	if (s->n_plain <= PLAIN_ROWS)
		return;
	for (size_t i = 0; i < PLAIN_ROWS; i++)
		s->plain[i] = s->plain[i * s->n_plain / PLAIN_ROWS];
	s->n_plain = PLAIN_ROWS;
}

static enum rc distinct(const struct attribute_row *rows, size_t n, struct arena *a, struct seen *out, struct problem *p)
{
	struct maps *met = maps_new();
	uint64_t is;
	bool good = met != NULL && (out->row = arena_array(a, n + 1, sizeof *out->row)) != NULL && (out->plain = arena_array(a, n + 1, sizeof *out->plain)) != NULL;
	out->n = out->n_plain = 0;
	for (size_t i = 0; i < n && good; i++) {
		if (rows[i].id.n == 0 || maps_find(met, rows[i].id, &is))
			continue;
		good = maps_put(met, rows[i].id, i);
		out->row[out->n++] = (uint32_t)i;
		if (has_plain(&rows[i]))
			out->plain[out->n_plain++] = (uint32_t)i;
	}
	thin(out);
	out->met = met;
	return good ? RC_OK : problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "no memory for %zu rows", n);
}

static void plain_marks(const struct mark *m, const struct attribute_row *row, struct attribute_suspect *s)
{
	for (enum mark_kind k = 0; k < MARK_KINDS; k++) {
		if (mark_is_code(k) || row->seen[k] < 0)
			continue;
		s->marks++;
		s->agree += (unsigned)row->seen[k] == mark_form(m, row->id, k);
	}
}

/* What the sample says of each place of the code: more ones, more noughts, or nothing. The same for all exports that had its rows. */
static void code_seen(const struct attribute_exports *of, size_t e, const struct attribute_row *rows, const struct seen *seen, int *votes)
{
	memset(votes, 0, MARK_GROUPS * sizeof *votes);
	for (size_t i = 0; i < seen->n; i++) {
		const struct attribute_row *row = &rows[seen->row[i]];
		if (of->holds && !of->holds(of, e, row->id))
			continue;
		for (enum mark_kind k = 0; k < MARK_KINDS; k++)
			if (mark_is_code(k) && row->seen[k] >= 0)
				votes[mark_group(of->key, row->id)] += mark_code_bit(of->key, row->id, k, (unsigned)row->seen[k]) ? 1 : -1;
	}
}

static void code_score(const unsigned char *key, const double *bias, uint64_t no, const int *votes, struct attribute_suspect *s)
{
	for (unsigned g = 0; g < MARK_GROUPS; g++) {
		if (votes[g] == 0)
			continue;
		s->places++;
		s->score += tardos_score(bias[g], tardos_bit(key, no, g, bias[g]), votes[g] > 0);
	}
}

static uint32_t own_canaries(const struct attribute_export *e, const struct seen *seen)
{
	uint32_t n = 0;
	uint64_t is;
	for (size_t c = 0; c < e->n_canaries; c++)
		n += maps_find(seen->met, e->canaries[c], &is);
	return n;
}

static bool is_proven(const struct attribute_suspect *s) { return s->by_canaries || s->by_marks || s->by_code; }

static int surest(const void *a, const void *b)
{
	const struct attribute_suspect *x = a, *y = b;
	if (is_proven(x) != is_proven(y))
		return is_proven(x) ? -1 : 1;
	if (x->canaries != y->canaries)
		return x->canaries > y->canaries ? -1 : 1;
	if (x->chance < y->chance || x->chance > y->chance)
		return x->chance < y->chance ? -1 : 1;
	return (x->score < y->score) - (x->score > y->score);
}

enum rc attribute_marks(const struct attribute_exports *of, const struct attribute_row *rows, size_t n, struct arena *a, struct attribute_suspect **out_r, size_t *n_r, struct problem *p)
{
	struct seen seen = { 0 };
	const unsigned char *code = of->n ? of->key + MARK_KEY / 2 : NULL;
	struct attribute_suspect *out = arena_array(a, of->n + 1, sizeof *out);
	int *votes = arena_array(a, MARK_GROUPS, sizeof *votes);
	double *bias = arena_array(a, MARK_GROUPS, sizeof *bias), limit = of->n ? attribute_normal(ATTRIBUTE_INNOCENT / (double)of->n) : 0;
	enum rc rc = out && votes && bias ? distinct(rows, n, a, &seen, p) : arena_rc(a, p);
	if (rc != RC_OK) {
		maps_free(&seen.met);
		return rc;
	}
	for (unsigned g = 0; g < MARK_GROUPS && code; g++)
		bias[g] = tardos_bias(code, g);
	if (of->n && !of->holds)
		code_seen(of, 0, rows, &seen, votes);
	for (size_t e = 0; e < of->n; e++) {
		struct attribute_suspect *s = &out[e];
		struct mark m = { .no = of->at[e].no };
		memcpy(m.key, of->key, MARK_KEY);
		*s = (struct attribute_suspect){ .export_ = e };
		s->rows = of->holds ? 0 : (uint32_t)seen.n;
		for (size_t i = 0; of->holds && i < seen.n; i++)
			s->rows += of->holds(of, e, rows[seen.row[i]].id);
		for (size_t i = 0; i < seen.n_plain; i++)
			if (!of->holds || of->holds(of, e, rows[seen.plain[i]].id))
				plain_marks(&m, &rows[seen.plain[i]], s);
		if (of->holds)
			code_seen(of, e, rows, &seen, votes);
		code_score(code, bias, m.no, votes, s);
		s->limit = limit * sqrt(s->places);
		s->chance = attribute_tail(s->marks, s->agree) + log10((double)of->n);
		s->chance = s->chance > 0 ? 0 : s->chance;
		s->canaries = own_canaries(&of->at[e], &seen);
		s->by_marks = s->chance <= log10(ATTRIBUTE_INNOCENT);
		s->by_code = s->places > 0 && s->score > s->limit;
		s->by_canaries = s->canaries > 0;
	}
	maps_free(&seen.met);
	qsort(out, of->n, sizeof *out, surest);
	size_t proven = 0;
	while (proven < of->n && is_proven(&out[proven]))
		proven++;
	*out_r = out;
	*n_r = proven ? proven : of->n ? 1 : 0;
	return RC_OK;
}

/* ---- guilt ---- */

double attribute_innocence(double elsewhere, unsigned holders) { return holders ? 1 - (1 - elsewhere) / holders : 1; }

static int guiltiest(const void *a, const void *b)
{
	const struct attribute_reader *x = a, *y = b;
	if (x->innocent_half < y->innocent_half || x->innocent_half > y->innocent_half)
		return x->innocent_half < y->innocent_half ? -1 : 1;
	return (x->account > y->account) - (x->account < y->account);
}

enum rc attribute_guilt(const struct attribute_opened *rows, size_t n, struct arena *a, struct attribute_reader **out_r, size_t *n_r, struct problem *p)
{
	struct map64 at;
	size_t all = 0, got = 0;
	bool good = true;
	map64_init(&at);
	for (size_t i = 0; i < n; i++)
		all += rows[i].n;
	struct attribute_reader *out = arena_array(a, all + 1, sizeof *out);
	for (size_t i = 0; i < n && out && good; i++)
		for (unsigned k = 0; k < rows[i].n && good; k++) {
			uint64_t which;
			if (!map64_find(&at, rows[i].account[k], &which)) {
				which = got++;
				out[which] = (struct attribute_reader){ rows[i].account[k], 0, 0, 1, 1 };
				good = map64_put(&at, rows[i].account[k], which);
			}
			out[which].rows++;
			out[which].only += rows[i].n == 1;
			out[which].innocent_half *= attribute_innocence(0.5, rows[i].n);
			out[which].innocent_most *= attribute_innocence(0.9, rows[i].n);
		}
	map64_done(&at);
	if (!out || !good)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "no memory for %zu openings", all);
	qsort(out, got, sizeof *out, guiltiest);
	*out_r = out;
	*n_r = got;
	return RC_OK;
}

/* ---- in the base ---- */

#define LINES 200
#define LINES_MOST 20000 /* of one patient that are looked at */

static bool is_among(const uint32_t *at, unsigned n, uint32_t account)
{
	unsigned i = 0;
	while (i < n && at[i] != account)
		i++;
	return i < n;
}

enum rc attribute_openers(struct db_conn *c, int64_t patient, struct arena *a, struct attribute_opened *out_r, struct problem *p)
{
	uint32_t found[ATTRIBUTE_OPENERS], *kept;
	unsigned n = 0, got = LINES;
	int64_t before = INT64_MAX;
	enum rc rc = RC_OK;
	for (unsigned looked = 0; got == LINES && looked < LINES_MOST && rc == RC_OK; looked += got) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCESS_PATIENT);
		bool row = false;
		db_bind_i64(s, 1, patient);
		db_bind_i64(s, 2, before);
		db_bind_i64(s, 3, LINES);
		for (got = 0; got < LINES && (rc = db_step(s, &row, p)) == RC_OK && row; got++) {
			uint32_t account = (uint32_t)db_i64(s, 2);
			before = db_i64(s, 0);
			if (db_i64(s, 9) == RC_OK && account && n < ATTRIBUTE_OPENERS && !is_among(found, n, account))
				found[n++] = account;
		}
		db_reset(s);
	}
	kept = arena_array(a, n + 1u, sizeof *kept);
	if (rc == RC_OK && !kept)
		return arena_rc(a, p);
	if (rc == RC_OK && n)
		memcpy(kept, found, n * sizeof *kept);
	*out_r = (struct attribute_opened){ kept, n };
	return rc;
}

struct namesake { struct known_each each; struct str family, given; struct arena *a; struct str id; unsigned n; };

static enum rc namesake(struct known_each *e, const struct known *k, bool *go_on, struct problem *p)
{
	struct namesake *s = (struct namesake *)(void *)e;
	struct known_names names;
	bool family = false, given = s->given.n == 0;
	*go_on = true;
	known_names_read(k->names, &names);
	for (unsigned i = 0; i < names.n_family; i++)
		family = family || str_is(names.family[i].letters, s->family);
	for (unsigned i = 0; i < names.n_given; i++)
		given = given || str_is(names.given[i].letters, s->given);
	if (family && given && s->n++ == 0)
		s->id = arena_str(s->a, k->id);
	return arena_rc(s->a, p);
}

struct hit { struct record_each each; struct arena *a; struct str id; unsigned n; };

static enum rc hit(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct hit *h = (struct hit *)(void *)e;
	if (h->n++ == 0)
		h->id = arena_str(h->a, row->id);
	return arena_rc(h->a, p);
}

/* One patient who has this number. */
static enum rc by_number(struct db_conn *c, struct attribute_row *row, struct arena *a, struct problem *p)
{
	struct hit h = { .each = { hit }, .a = a };
	struct pair pair = { STR("identifier"), row->ipp };
	struct pairs query = { &pair, 1 };
	struct plan *plan;
	struct buf cursor;
	struct problem ignored; /* what is no number finds nobody */
	int64_t total;
	if (row->ipp.n > 64 || memchr(row->ipp.p, '|', row->ipp.n) || memchr(row->ipp.p, ',', row->ipp.n) || record_plan_parse(c, fhir_type_of(STR("Patient")), &query, false, a, &plan, &ignored) != RC_OK)
		return arena_rc(a, p);
	buf_init(&cursor, 4096);
	plan->count = 2;
	enum rc rc = record_search(c, plan, NULL, &h.each, &cursor, &total, p);
	buf_done(&cursor);
	if (rc == RC_OK && h.n == 1)
		row->id = h.id;
	return rc;
}

enum rc attribute_resolve(struct db_conn *c, struct attribute_row *row, struct arena *a, struct problem *p)
{
	struct namesake s = { .each = { namesake }, .family = letters_of(a, row->family), .given = letters_of(a, row->given), .a = a };
	int64_t born = known_born(row->born_on);
	enum rc rc = row->id.n || row->ipp.n == 0 ? RC_OK : by_number(c, row, a, p);
	if (rc != RC_OK || row->id.n || born == 0 || s.family.n == 0)
		return rc == RC_OK ? arena_rc(a, p) : rc;
	rc = known_day(c, born, &s.each, p);
	if (rc == RC_OK && s.n == 1)
		row->id = s.id;
	return rc;
}
