/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/canary.c: see canary.h. Must never write the surrogate of a canary in clear, nor tell a log of it. */
#include "hospital/canary.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "hospital/known.h"
#include "record/keys.h"

#define SURROGATE 8

/* ---- which they are ---- */

enum rc canary_list(struct db_conn *c, struct map64 *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CANARY_LIST);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, 0);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct str plain;
		rc = keys_unseal(c, 0, (struct keys_bound){ SEALS_CANARY, db_i64(s, 0), 0 }, db_text(s, 1), &plain, p);
		for (size_t at = 0; rc == RC_OK && at + SURROGATE <= plain.n; at += SURROGATE) {
			uint64_t patient = 0;
			for (int b = 0; b < SURROGATE; b++)
				patient |= (uint64_t)(unsigned char)plain.p[at + (size_t)b] << 8 * b;
			if (patient && !map64_put(out, patient, 1)) /* 0 fills a short row up */
				rc = problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory for canaries");
		}
		if (rc != RC_OK)
			break;
	}
	db_reset(s);
	return rc;
}

static enum rc next_number(struct db_conn *c, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CANARY_LAST);
	bool row = false;
	enum rc rc = db_step(s, &row, p);
	*no_r = (rc == RC_OK && row ? db_i64(s, 0) : 0) + 1;
	db_reset(s);
	return rc;
}

enum rc canary_keep(struct db_conn *c, const int64_t *patients, size_t n, struct problem *p)
{
	char plain[CANARY_BATCH * SURROGATE] = { 0 };
	struct buf sealed;
	int64_t no;
	MUST(n <= CANARY_BATCH);
	for (size_t i = 0; i < n; i++)
		for (int b = 0; b < SURROGATE; b++)
			plain[i * SURROGATE + (size_t)b] = (char)((uint64_t)patients[i] >> 8 * b);
	buf_init(&sealed, sizeof plain + SEAL_MORE);
	enum rc rc = next_number(c, &no, p);
	if (rc == RC_OK)
		rc = keys_seal(c, 0, (struct keys_bound){ SEALS_CANARY, no, 0 }, (struct str){ plain, sizeof plain }, &sealed, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CANARY_ADD);
		db_bind_i64(s, 1, no);
		db_bind_blob(s, 2, buf_view(&sealed));
		rc = db_run(s, p);
	}
	buf_done(&sealed);
	return rc;
}

/* ---- among whom ---- */

struct gather { struct known_each each; const struct map64 *canaries; struct arena *a; struct canary_row *at; size_t n, cap; int64_t last; };

static int32_t born_days(int64_t born)
{
	int year = (int)(born / 10000), month = (int)(born / 100 % 100), day = (int)(born % 100);
	return date_exists(year, month, day) ? days_of(year, month, day) : CANARY_UNBORN;
}

static struct str row_name(struct arena *a, struct str names)
{
	struct known_names n;
	char text[512];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	known_names_read(names, &n);
	if (n.n_family)
		buf_str(&b, n.family[0].letters);
	buf_ch(&b, ' ');
	if (n.n_given)
		buf_str(&b, n.given[0].letters);
	return b.failed ? arena_str(a, STR(" ")) : arena_str(a, buf_view(&b));
}

static enum rc gather_line(struct known_each *e, const struct known *k, bool *go_on, struct problem *p)
{
	struct gather *g = (struct gather *)(void *)e;
	uint64_t is;
	*go_on = true;
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 4096;
		struct canary_row *at = realloc(g->at, cap * sizeof *at);
		if (!at)
			return problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory for %zu people", cap);
		g->at = at;
		g->cap = cap;
	}
	g->at[g->n++] = (struct canary_row){ arena_str(g->a, k->id), row_name(g->a, k->names), born_days(k->born), map64_find(g->canaries, (uint64_t)k->patient, &is) };
	return arena_rc(g->a, p);
}

enum rc canary_rows(struct db_conn *c, const struct map64 *canaries, struct arena *a, struct canary_row **at_r, size_t *n_r, struct problem *p)
{
	struct gather g = { .each = { gather_line }, .canaries = canaries, .a = a };
	enum rc rc = known_all(c, &g.each, p);
	if (rc != RC_OK) {
		free(g.at);
		return rc;
	}
	*at_r = g.at;
	*n_r = g.n;
	return RC_OK;
}

/* ---- who they are ---- */

enum rc canary_body(struct db_conn *c, const struct canary_person *who, struct buf *out, struct problem *p)
{
	char ipp[24], born[11];
	int64_t number;
	struct buf b = { .p = ipp, .cap = sizeof ipp, .max = sizeof ipp }, d = { .p = born, .cap = sizeof born, .max = sizeof born };
	enum rc rc = patient_number_next(c, &number, p);
	if (rc != RC_OK)
		return rc;
	struct civil day = civil_of_days(who->born);
	patient_number(&b, number);
	buf_fmt(&d, "%04d-%02d-%02d", day.year, day.month, day.day);
	struct traits t = { .birth_name = who->family, .given = who->given, .given_list = who->given, .born_on = buf_view(&d), .sex = who->sex == 'F' ? STR("female") : STR("male"),
		.birth_code = who->birth_code, .birth_city = who->birth_city, .trust = TRUST_PROV, .ipp = buf_view(&b), .line = who->line, .postal = who->postal, .city = who->city,
		.phone = who->phone, .email = who->mail };
	traits_write_new(out, &t);
	return buf_rc(out, p);
}
