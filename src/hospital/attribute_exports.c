/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/attribute_exports.c: see attribute.h: the exports of the house as those who ask where a sample came from need them. Who was in one is asked for a sample's rows
 * only: cohorts are large, samples are small. Start at attribute_exports_read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "hospital/attribute.h"
#include "hospital/export.h"
#include "hospital/traits.h"

struct attribute_held { struct str *id; int64_t *patient; size_t n; unsigned char *bit; /* n bits for each export */ };

/* ---- which there are ---- */

static enum rc put_own(struct arena *a, const struct export_own *own, struct attribute_row *row_r, struct problem *p)
{
	const struct json *root;
	struct traits t;
	enum rc rc = json_parse(own->body, a, &root, p);
	if (rc != RC_OK)
		return rc;
	struct item it = { .id = own->id, .body = root };
	traits_read(&it, a, &t);
	*row_r = (struct attribute_row){ .id = own->id, .ipp = t.ipp, .family = letters_of(a, t.birth_name), .given = letters_of(a, t.given), .born_on = t.born_on, .ours = true };
	return arena_rc(a, p);
}

static enum rc read_one(struct db_conn *c, struct arena *a, int64_t no, struct attribute_export *e, struct attribute_row **own_r, size_t *n_own_r, struct problem *p)
{
	struct export_ticket t;
	struct export_approvals k;
	struct export_own *own = NULL;
	size_t n = 0;
	enum rc rc = export_find(c, a, no, &t, p);
	if (rc == RC_OK)
		rc = export_approved(c, a, no, &k, p);
	if (rc == RC_OK)
		rc = export_own_read(c, a, no, &own, &n, p);
	if (rc != RC_OK)
		return rc;
	struct str *ids = arena_array(a, n + 1, sizeof *ids);
	struct attribute_row *rows = arena_array(a, n + 1, sizeof *rows);
	rc = arena_rc(a, p);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		ids[i] = own[i].id;
		rc = put_own(a, &own[i], &rows[i], p);
	}
	*e = (struct attribute_export){ .no = (uint64_t)no, .recipient = t.recipient, .canaries = ids, .n_canaries = n, .asked = t.account };
	for (; e->n_approved < k.n && e->n_approved < ATTRIBUTE_APPROVED; e->n_approved++)
		e->approved[e->n_approved] = k.at[e->n_approved].account;
	*own_r = rows;
	*n_own_r = n;
	return rc;
}

enum rc attribute_exports_read(struct db_conn *c, struct arena *a, struct attribute_exports *out_r, struct problem *p)
{
	const int64_t *no = NULL;
	size_t n = 0, all = 0;
	struct mark m;
	unsigned char *key = arena_array(a, MARK_KEY, sizeof *key);
	enum rc rc = export_sealed(c, a, &no, &n, p);
	*out_r = (struct attribute_exports){ .n = 0 };
	struct attribute_export *at = arena_array(a, n + 1, sizeof *at);
	struct attribute_row **own = arena_array(a, n + 1, sizeof *own);
	if (rc == RC_OK)
		rc = arena_rc(a, p);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		size_t more = 0;
		rc = read_one(c, a, no[i], &at[i], &own[i], &more, p);
		all += more;
	}
	struct attribute_row *flat = arena_array(a, all + 1, sizeof *flat);
	if (rc == RC_OK)
		rc = arena_rc(a, p);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0, to = 0; i < n; to += at[i++].n_canaries)
		if (at[i].n_canaries)
			memcpy(flat + to, own[i], at[i].n_canaries * sizeof *flat);
	export_mark_of(0, &m);
	memcpy(key, m.key, MARK_KEY);
	*out_r = (struct attribute_exports){ .key = key, .at = at, .n = n, .own = flat, .n_own = all };
	return RC_OK;
}

/* ---- their canaries ---- */

/* What a row is known by: 0 its id, 1 its number, 2 names and birth date. Empty: by nothing of that kind. */
#define KEY 600
static struct str known_by(struct arena *a, const struct attribute_row *row, unsigned how, bool letters, char text[KEY])
{
	static const char SIGN[] = "inb";
	struct str part[3] = { how == 0 ? row->id : how == 1 ? row->ipp : row->born_on, STR(""), STR("") };
	if (how == 2 && (!row->family.n || !row->given.n))
		return STR_NONE;
	if (how == 2) {
		part[1] = letters ? letters_of(a, row->family) : row->family;
		part[2] = letters ? letters_of(a, row->given) : row->given;
	}
	if (!part[0].n)
		return STR_NONE;
	struct buf b = { .p = text, .cap = KEY, .max = KEY };
	buf_ch(&b, SIGN[how]);
	for (unsigned i = 0; i < N_OF(part); i++) {
		buf_ch(&b, ' ');
		buf_str(&b, part[i]);
	}
	return b.failed ? STR_NONE : buf_view(&b);
}

enum rc attribute_exports_own(const struct attribute_exports *of, struct arena *a, struct attribute_row *rows, size_t n, struct problem *p)
{
	struct maps *met = of->n_own ? maps_new() : NULL;
	bool good = met || !of->n_own;
	char text[KEY];
	for (size_t i = 0; i < of->n_own && good; i++)
		for (unsigned how = 0; how < 3 && good; how++) {
			struct str key = known_by(a, &of->own[i], how, false, text);
			good = !key.n || maps_put(met, key, i);
		}
	for (size_t i = 0; i < n && good && of->n_own; i++)
		for (unsigned how = 0; how < 3 && !rows[i].ours; how++) {
			struct str key = known_by(a, &rows[i], how, true, text);
			uint64_t which;
			if (!key.n || !maps_find(met, key, &which))
				continue;
			rows[i].id = of->own[which].id;
			rows[i].ours = true;
		}
	if (met)
		maps_free(&met);
	return good ? arena_rc(a, p) : problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "no memory for %zu canaries", of->n_own);
}

/* ---- who of a sample was in which ---- */

static size_t place_of(const struct attribute_held *h, struct str id)
{
	size_t low = 0, high = h->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (str_cmp(h->id[mid], id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < h->n && str_is(h->id[low], id) ? low : h->n;
}

static bool holds(const struct attribute_exports *of, size_t i, struct str id)
{
	const struct attribute_held *h = of->held;
	size_t at = place_of(h, id), bit = i * h->n + at;
	return at < h->n && (h->bit[bit / 8] >> bit % 8 & 1);
}

static int by_id(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static bool has(const int64_t *at, size_t n, int64_t patient)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (at[mid] < patient)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && at[low] == patient;
}

static enum rc hold_one(struct db_conn *c, const struct attribute_exports *of, size_t e, struct attribute_held *h, struct problem *p)
{
	struct export_ticket t;
	struct arena a;
	const int64_t *at;
	size_t n = 0;
	arena_init(&a, 64u << 20);
	enum rc rc = export_find(c, &a, (int64_t)of->at[e].no, &t, p);
	if (rc == RC_OK)
		rc = export_cohort(c, &a, &t, &at, &n, p);
	if (rc == RC_DENIED) { /* its list is not what was approved any more, or was not kept: then it held nobody */
		arena_done(&a);
		return RC_OK;
	}
	for (size_t i = 0; i < h->n && rc == RC_OK; i++) {
		bool is = h->patient[i] > 0 && has(at, n, h->patient[i]);
		for (size_t k = 0; k < of->at[e].n_canaries && !is && h->patient[i] == 0; k++)
			is = str_is(of->at[e].canaries[k], h->id[i]);
		if (is)
			h->bit[(e * h->n + i) / 8] |= (unsigned char)(1u << (e * h->n + i) % 8);
	}
	arena_done(&a);
	return rc;
}

enum rc attribute_exports_hold(struct db_conn *c, struct arena *a, const struct attribute_row *rows, size_t n, struct attribute_exports *of, struct problem *p)
{
	struct attribute_held *h = ARENA_NEW(a, struct attribute_held);
	struct str *id = arena_array(a, n + 1, sizeof *id);
	int64_t *patient = arena_array(a, n + 1, sizeof *patient);
	if (!h || !id || !patient)
		return arena_rc(a, p);
	*h = (struct attribute_held){ .id = id, .patient = patient };
	for (size_t i = 0; i < n; i++)
		id[i] = rows[i].id;
	qsort(id, n, sizeof *id, by_id);
	for (size_t i = 0; i < n; i++)
		if (h->n == 0 || !str_is(id[h->n - 1], id[i]))
			id[h->n++] = id[i];
	for (size_t i = 0; i < h->n; i++)
		patient[i] = record_patient_rid(c, id[i]);
	size_t bytes = h->n * of->n / 8 + 1;
	h->bit = arena_array(a, bytes, sizeof *h->bit);
	if (!h->bit)
		return arena_rc(a, p);
	memset(h->bit, 0, bytes);
	enum rc rc = RC_OK;
	for (size_t e = 0; e < of->n && rc == RC_OK; e++)
		rc = hold_one(c, of, e, h, p);
	of->held = h;
	of->holds = holds;
	return rc;
}
