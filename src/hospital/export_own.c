/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/export_own.c: see export.h: canaries that one export alone has. Names come from the house's canaries, which have theirs from the shipped tables; date of birth,
 * sex and town from people of the cohort, so that no line stands out; each part of somebody else. Must never make anybody who is near a real person. Start at export_own_make.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "hospital/canary_place.h"
#include "hospital/export.h"
#include "hospital/canary.h"
#include "hospital/known.h"
#include "record/keys.h"

#define TRIES 40
#define PEOPLE_BYTES (4u << 20)

struct making {
	struct db_conn *c; struct arena *a;
	const int64_t *who; size_t n;
	const int64_t *pool; size_t n_pool;      /* the house's canaries */
	const struct map64 *canaries;
	struct stream s;
	struct canary_row *made; size_t n_made;
};

/* ---- people to take parts of ---- */

struct person { struct str id, updated; struct traits t; };

static enum rc person(struct making *k, int64_t patient, bool *found_r, struct person *r, struct problem *p)
{
	struct record_row row;
	const struct json *root;
	enum rc rc = record_by_rid(k->c, patient, &row, p);
	*found_r = false;
	if (rc == RC_NOT_FOUND || rc == RC_GONE || (rc == RC_OK && row.deleted))
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	struct str body = arena_str(k->a, row.body);
	r->id = arena_str(k->a, row.id);
	if ((rc = arena_rc(k->a, p)) == RC_OK)
		rc = json_parse(body, k->a, &root, p);
	if (rc != RC_OK)
		return rc;
	struct item it = { .id = r->id, .body = root };
	traits_read(&it, k->a, &r->t);
	r->updated = json_get_text(json_get(root, "meta"), "lastUpdated");
	*found_r = true;
	return arena_rc(k->a, p);
}

static enum rc any_canary(struct making *k, bool *found_r, struct person *r, struct problem *p)
{
	return person(k, k->pool[stream_below(&k->s, (uint32_t)k->n_pool)], found_r, r, p);
}

/* ---- far from everybody ---- */

struct near { struct known_each each; struct arena *a; struct str name; int32_t born; bool is; };

static enum rc near_line(struct known_each *e, const struct known *known, bool *go_on, struct problem *p)
{
	struct near *k = (struct near *)(void *)e;
	struct known_names names;
	known_names_read(known->names, &names);
	for (unsigned f = 0; f < names.n_family && !k->is; f++)
		for (unsigned g = 0; g < names.n_given && !k->is; g++) {
			struct canary_row row = { .name = canary_name(k->a, names.family[f].letters, names.given[g].letters), .born = k->born };
			k->is = !canary_apart(k->name, k->born, &row);
		}
	*go_on = !k->is;
	return arena_rc(k->a, p);
}

static enum rc is_near(struct making *k, struct str name, struct str born_on, int32_t born, bool *is_r, struct problem *p)
{
	struct near near = { .each = { near_line }, .a = k->a, .name = name, .born = born };
	for (size_t i = 0; i < k->n_made && !near.is; i++)
		near.is = !canary_apart(name, born, &k->made[i]);
	enum rc rc = near.is ? RC_OK : known_day(k->c, known_born(born_on), &near.each, p);
	*is_r = near.is;
	return rc;
}

/* ---- one ---- */

static struct str mail_of(struct making *k, const struct person *like, const struct person *family, const struct person *given)
{
	struct str domain, rest = str_cut(family->t.email, '@', &domain), of_family = letters_of(k->a, family->t.birth_name), of_given = letters_of(k->a, given->t.given);
	char text[200];
	(void)rest;
	if (!like->t.email.n || !domain.n)
		return STR_NONE;
	int n = snprintf(text, sizeof text, "%.*s.%.*s%u@%.*s", STR_ARG(of_given), STR_ARG(of_family), stream_below(&k->s, 100), STR_ARG(domain));
	return n > 0 && (size_t)n < sizeof text ? arena_str(k->a, str_of(text)) : STR_NONE;
}

/* The number of a house becomes another. */
static struct str street_of(struct making *k, struct str line)
{
	size_t digits = 0;
	char text[200];
	while (digits < line.n && line.p[digits] >= '0' && line.p[digits] <= '9')
		digits++;
	int n = snprintf(text, sizeof text, "%u%s%.*s", 1 + stream_below(&k->s, 180), digits ? "" : " ", (int)(line.n - digits), line.p + digits);
	return n > 0 && (size_t)n < sizeof text ? arena_str(k->a, str_of(text)) : line;
}

static void id_of(struct making *k, const struct person *like, const struct person *other, char id[65])
{
	bool before = str_cmp(like->id, other->id) < 0;
	for (int i = 0; i < TRIES; i++)
		if (canary_id(before ? like->id : other->id, before ? other->id : like->id, &k->s, id) && record_patient_rid(k->c, str_of(id)) == 0)
			return;
	random_id(id);
}

/* As a Patient is stored: with its id, version and instant, which is that of somebody in the cohort. */
static enum rc put_body(struct making *k, const struct canary_person *who, const char *id, struct str updated, struct buf *out, struct problem *p)
{
	static const char HEAD[] = "{\"resourceType\":\"Patient\",\"meta\":{";
	struct buf b;
	buf_init(&b, 65536);
	enum rc rc = canary_body(k->c, who, &b, p);
	struct str body = buf_view(&b);
	MUST(rc != RC_OK || str_starts(body, STR(HEAD)));
	if (rc == RC_OK) {
		buf_fmt(out, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"meta\":{\"versionId\":\"1\",\"lastUpdated\":\"%.*s\",", id, STR_ARG(updated));
		buf_str(out, (struct str){ body.p + sizeof HEAD - 1, body.n - sizeof HEAD + 1 });
		buf_ch(out, '\n');
		rc = buf_rc(out, p);
	}
	buf_done(&b);
	return rc;
}

/* before: 0 anywhere. made_r false: nobody could be made of what was drawn. */
static enum rc one(struct making *k, int64_t before, struct buf *out, bool *made_r, struct problem *p)
{
	struct person like, other, family, given, street;
	int64_t at = k->who[stream_below(&k->s, (uint32_t)k->n)];
	uint64_t is;
	bool a, b, f, g, s, near = true;
	char id[65], phone[20];
	*made_r = false;
	enum rc rc = person(k, at, &a, &like, p);
	if (rc == RC_OK)
		rc = person(k, k->who[stream_below(&k->s, (uint32_t)k->n)], &b, &other, p);
	if (rc == RC_OK)
		rc = any_canary(k, &f, &family, p);
	if (rc == RC_OK)
		rc = any_canary(k, &g, &given, p);
	if (rc == RC_OK)
		rc = any_canary(k, &s, &street, p);
	if (rc != RC_OK || !a || !b || !f || !g || !s || like.t.born_on.n != 10 || !str_is(like.t.sex, given.t.sex) || map64_find(k->canaries, (uint64_t)at, &is))
		return rc;
	int64_t born = known_born(like.t.born_on);
	int32_t day = date_exists((int)(born / 10000), (int)(born / 100 % 100), (int)(born % 100)) ? days_of((int)(born / 10000), (int)(born / 100 % 100), (int)(born % 100)) : CANARY_UNBORN;
	struct str name = canary_name(k->a, family.t.birth_name, given.t.given);
	if (day == CANARY_UNBORN || name.n == 0 || (rc = is_near(k, name, like.t.born_on, day, &near, p)) != RC_OK || near)
		return rc;
	id_of(k, &like, &other, id);
	(void)snprintf(phone, sizeof phone, "06 39 98 %02u %02u", stream_below(&k->s, 100), stream_below(&k->s, 100)); /* of the range that is kept free for fiction */
	struct canary_person who = { .family = family.t.birth_name, .given = given.t.given, .sex = str_eq(given.t.sex, "female") ? 'F' : 'M', .born = day, .birth_code = like.t.birth_code, .birth_city = like.t.birth_city,
		.line = like.t.line.n ? street_of(k, street.t.line) : STR_NONE, .postal = like.t.postal, .city = like.t.city, .phone = like.t.phone.n ? str_of(phone) : STR_NONE,
		.mail = mail_of(k, &like, &family, &given) };
	buf_fmt(out, "%lld ", (long long)(before ? before : at));
	rc = put_body(k, &who, id, like.updated, out, p);
	k->made[k->n_made++] = (struct canary_row){ .name = name, .born = day };
	*made_r = rc == RC_OK;
	return rc == RC_OK ? arena_rc(k->a, p) : rc;
}

/* ---- all of them ---- */

static enum rc keep(struct making *k, int64_t no, struct str people, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, PEOPLE_BYTES + SEAL_MORE);
	enum rc rc = keys_seal(k->c, 0, (struct keys_bound){ SEALS_OWN, no, 0 }, people, &sealed, p);
	struct db_stmt *s = db_stmt(k->c, ST_HOSPITAL_EXPORT_OWN_ADD);
	db_bind_i64(s, 1, no);
	db_bind_blob(s, 2, buf_view(&sealed));
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	return rc;
}

static size_t how_many(size_t patients)
{
	size_t n = patients / EXPORT_OWN_SHARE;
	return n < EXPORT_OWN_LEAST ? EXPORT_OWN_LEAST : n > EXPORT_OWN ? EXPORT_OWN : n;
}

/* The house's canaries among them; and all of them as a list to draw from. */
static enum rc pools(struct making *k, int64_t **own_r, size_t *n_own_r, struct problem *p)
{
	int64_t *pool = arena_array(k->a, k->canaries->n + 1, sizeof *pool), *own = arena_array(k->a, k->canaries->n + 1, sizeof *own);
	uint64_t patient, is;
	*own_r = own;
	*n_own_r = 0;
	if (!pool || !own)
		return arena_rc(k->a, p);
	for (size_t i = 0; map64_next(k->canaries, &i, &patient, &is);)
		pool[k->n_pool++] = (int64_t)patient;
	k->pool = pool;
	for (size_t i = 0; i < k->n; i++)
		if (map64_find(k->canaries, (uint64_t)k->who[i], &is))
			own[(*n_own_r)++] = k->who[i];
	return RC_OK;
}

enum rc export_own_make(struct db_conn *c, int64_t no, const int64_t *who, size_t n, const struct map64 *canaries, struct problem *p)
{
	struct arena a;
	struct buf people;
	int64_t *own;
	size_t n_own;
	if (canaries->n == 0 || n < EXPORT_LEAST) /* the copy of one chart is read for care or for a claim: nobody who does not exist stands in it */
		return RC_OK;
	arena_init(&a, 256u << 20);
	buf_init(&people, PEOPLE_BYTES);
	struct making k = { .c = c, .a = &a, .who = who, .n = n, .canaries = canaries, .s = stream_of(random_u64(), 0) };
	enum rc rc = pools(&k, &own, &n_own, p);
	size_t want = rc == RC_OK ? n_own + how_many(n) : 0;
	k.made = rc == RC_OK ? arena_array(&a, want + 1, sizeof *k.made) : NULL;
	if (rc == RC_OK)
		rc = arena_rc(&a, p);
	for (size_t i = 0; i < want && rc == RC_OK; i++) {
		bool made = false;
		for (int t = 0; t < TRIES && rc == RC_OK && !made; t++)
			rc = one(&k, i < n_own ? own[i] : 0, &people, &made, p);
	}
	if (rc == RC_OK && people.n)
		rc = keep(&k, no, buf_view(&people), p);
	buf_done_wiped(&people);
	arena_done(&a);
	return rc;
}

/* ---- as they were kept ---- */

static int by_before(const void *a, const void *b)
{
	const struct export_own *x = a, *y = b;
	return x->before != y->before ? (x->before > y->before) - (x->before < y->before) : str_cmp(x->id, y->id);
}

enum rc export_own_read(struct db_conn *c, struct arena *a, int64_t no, struct export_own **at_r, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_OWN);
	struct str plain = STR_NONE, lines = STR_NONE;
	bool row = false;
	size_t n = 0, most = 1;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		rc = keys_unseal(c, 0, (struct keys_bound){ SEALS_OWN, no, 0 }, db_text(s, 0), &plain, p);
	if (rc == RC_OK && plain.n)
		lines = arena_str(a, plain);
	db_reset(s);
	for (size_t i = 0; rc == RC_OK && i < lines.n; i++)
		most += lines.p[i] == '\n';
	struct export_own *at = arena_array(a, most, sizeof *at);
	if (rc == RC_OK)
		rc = arena_rc(a, p);
	while (rc == RC_OK && lines.n && n < most) {
		struct str line = str_cut(lines, '\n', &lines), body, before = str_cut(line, ' ', &body);
		const struct json *root;
		if (!line.n)
			break;
		if (str_i64(before, &at[n].before) != RC_OK)
			return problem_set(p, RC_BROKEN, WHY_CORRUPT, "people", "export %lld", (long long)no);
		at[n].body = body;
		if ((rc = json_parse(body, a, &root, p)) == RC_OK)
			at[n++].id = json_get_text(root, "id");
	}
	if (rc == RC_OK && n)
		qsort(at, n, sizeof *at, by_before);
	*at_r = at;
	*n_r = n;
	return rc;
}
