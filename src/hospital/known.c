/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/known.c: see known.h. Must never keep a line of a deleted Patient, nor give the names it compares by to anyone: what leaves is initials,
 * year, sex and status. Called by the record's watch (known_settle), by identity.c (reads) and by the rebuild. Start at known_settle and known_day.
 *
 * Column line, sealed: date of birth (8 bytes, little-endian), length of the initials (1), initials, names: "letters/sound letters/sound;…;…": families (of
 * birth, used), given (first, used, all in one), other given names of birth. Letters are folded without blanks, so '/', ' ' and ';' cannot be part of them.
 */
#include "hospital/known.h"
#include "hospital/closed_chart.h"
#include "base/utf8.h"
#include "record/keys.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 4000
/* Letters that lead to a name; with fewer all of the date are looked at. */
#define LEADING 3

static const char *const SEX[] = { "", "male", "female", "other", "unknown" };

int known_sex(struct str code)
{
	for (size_t i = 1; i < N_OF(SEX); i++)
		if (str_eq(code, SEX[i]))
			return (int)i;
	return 0;
}

int64_t known_key(int64_t born)
{
	char text[9] = "b";
	if (!born)
		return 0;
	memcpy(text + 1, &born, 8);
	int64_t h = keys_hash((struct str){ text, sizeof text }) & INT64_MAX;
	return h ? h : 1;
}

int64_t known_born(struct str date)
{
	int64_t part[3] = { 0 };
	static const size_t AT[] = { 0, 5, 8 }, LEN[] = { 4, 2, 2 };
	if (date.n != 4 && date.n != 7 && date.n != 10)
		return 0;
	for (size_t i = 0; i < 3 && date.n > AT[i]; i++)
		for (size_t k = 0; k < LEN[i]; k++) {
			int digit = date.p[AT[i] + k] - '0';
			if (digit < 0 || digit > 9)
				return 0;
			part[i] = part[i] * 10 + digit;
		}
	return part[0] * 10000 + part[1] * 100 + part[2];
}

/* ---- names ---- */

struct pack { struct buf *out; struct arena *arena; unsigned n; };

static void pack_name(struct pack *k, struct str name)
{
	if (!name.n || !name_has_letter(name))
		return;
	if (k->n++)
		buf_ch(k->out, ' ');
	buf_str(k->out, letters_of(k->arena, name));
	buf_ch(k->out, '/');
	buf_str(k->out, sound_of(k->arena, name));
}

static struct str pack_names(const struct traits *t, struct arena *a)
{
	struct buf b;
	buf_init(&b, 1u << 16);
	struct pack k = { &b, a, 0 };
	pack_name(&k, t->birth_name);
	pack_name(&k, t->used_name);
	buf_ch(&b, ';');
	k.n = 0;
	pack_name(&k, t->given);
	pack_name(&k, t->used_given);
	pack_name(&k, t->given_list);
	buf_ch(&b, ';');
	k.n = 0;
	struct str rest = str_trim(t->given_list);
	for (unsigned i = 0; rest.n && k.n < KNOWN_OTHERS && i < 32; i++) {
		struct str word = str_cut(rest, ' ', &rest);
		rest = str_trim(rest);
		if (!str_is(word, t->given))
			pack_name(&k, word);
	}
	/* A name of thousands of letters is nobody's: found by date and by identifier only. */
	struct str names = b.failed || b.n > NAMES_MAX ? STR(";;") : arena_str(a, buf_view(&b));
	buf_done(&b);
	return names;
}

static unsigned read_part(struct str part, struct known_name *at, unsigned max)
{
	unsigned n = 0;
	while (part.n && n < max) {
		struct str name = str_cut(part, ' ', &part);
		at[n].letters = str_cut(name, '/', &at[n].sound);
		n++;
	}
	return n;
}

void known_names_read(struct str names, struct known_names *n_r)
{
	struct str family, given, rest;
	family = str_cut(names, ';', &rest);
	given = str_cut(rest, ';', &rest);
	n_r->n_family = read_part(family, n_r->family, KNOWN_FAMILIES);
	n_r->n_given = read_part(given, n_r->given, KNOWN_GIVEN);
	n_r->n_other = read_part(rest, n_r->other, KNOWN_OTHERS);
}

/* Bits of the column homonym. */
enum { BEWARE_HOMONYM = 1, BEWARE_TWIN = 2, BEWARE_DOUBTFUL = 4, BEWARE_FICTIVE = 8, BEWARE_COLLISION = 16 };

/* ---- lines ---- */

void known_line(const struct traits *t, struct arena *a, struct known *k_r)
{
	struct buf b;
	buf_init(&b, 64);
	traits_mask(&b, t);
	int64_t born = known_born(t->born_on);
	*k_r = (struct known){ .born = born, .born_key = known_key(born), .patient = t->rid, .id = t->id, .masked = arena_str(a, buf_view(&b)), .sex = known_sex(t->sex), .trust = t->trust,
		.homonym = t->homonym, .doubtful = t->doubtful, .fictive = t->fictive, .names = pack_names(t, a) };
	buf_done(&b);
}

void known_masked(struct rows *out, const struct known *k)
{
	rows_col(out, "id", k->id);
	rows_col(out, "masked", k->masked);
	if (k->born) {
		int64_t year = k->born / 10000;
		char z[4] = { (char)('0' + year / 1000 % 10), (char)('0' + year / 100 % 10), (char)('0' + year / 10 % 10), (char)('0' + year % 10) };
		rows_col(out, "birth_year", (struct str){ z, 4 });
	}
	col_z(out, "sex", SEX[k->sex]);
	rows_col(out, "status", str_of(trust_code(k->trust)));
	col_flag(out, "homonym", k->homonym || k->twin);
	col_flag(out, "doubtful", k->doubtful);
	col_flag(out, "fictive", k->fictive);
	col_flag(out, "collision", k->collision);
}

void known_beware(struct db_conn *c, struct traits *t)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_BEWARE);
	struct problem ignored;
	bool row = false;
	db_bind_i64(s, 1, t->rid);
	if (db_step(s, &row, &ignored) == RC_OK && row) {
		t->homonym = t->homonym || (db_i64(s, 0) & (BEWARE_HOMONYM | BEWARE_TWIN));
		t->collision = db_i64(s, 0) & BEWARE_COLLISION;
	}
	db_reset(s);
}

enum rc known_collision(struct db_conn *c, int64_t patient, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_COLLISION);
	db_bind_i64(s, 1, patient);
	return db_run(s, p);
}

struct known known_kept(struct arena *a, const struct known *k)
{
	struct known kept = *k;
	kept.id = arena_str(a, k->id);
	kept.masked = arena_str(a, k->masked);
	kept.names = arena_str(a, k->names);
	return kept;
}

static void line_seal(const struct known *k, struct buf *out)
{
	struct str masked = { k->masked.p, k->masked.n < 255 ? k->masked.n : 255 };
	for (int i = 0; i < 8; i++)
		buf_ch(out, (char)((uint64_t)k->born >> (8 * i)));
	buf_ch(out, (char)masked.n);
	buf_str(out, masked);
	buf_str(out, k->names);
}

/* RC_GONE: the patient was erased. The texts live in memory of the thread: see keys_unseal. */
static enum rc line_of(struct db_conn *c, struct db_stmt *s, struct known *k_r, struct problem *p)
{
	struct known k = { .patient = db_i64(s, 0), .id = db_text(s, 1) };
	struct str line;
	int64_t sex = db_i64(s, 2), trust = db_i64(s, 3), homonym = db_i64(s, 4);
	enum rc rc = keys_unseal(c, k.patient, (struct keys_bound){ SEALS_KNOWN, k.patient, 0 }, db_text(s, 5), &line, p);
	if (rc != RC_OK)
		return rc;
	size_t masked_n = line.n > 8 ? (unsigned char)line.p[8] : 0;
	if (line.n < 9 + masked_n)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "known", "line of %lld", (long long)k.patient);
	for (int i = 7; i >= 0; i--)
		k.born = k.born << 8 | (unsigned char)line.p[i];
	k.born_key = known_key(k.born);
	k.masked = (struct str){ line.p + 9, masked_n };
	k.names = (struct str){ line.p + 9 + masked_n, line.n - 9 - masked_n };
	k.sex = sex > 0 && sex < (int64_t)N_OF(SEX) ? (int)sex : 0;
	k.trust = trust > TRUST_PROV && trust <= TRUST_QUAL ? (enum trust)trust : TRUST_PROV;
	k.homonym = homonym & BEWARE_HOMONYM;
	k.twin = homonym & BEWARE_TWIN;
	k.doubtful = homonym & BEWARE_DOUBTFUL;
	k.fictive = homonym & BEWARE_FICTIVE;
	k.collision = homonym & BEWARE_COLLISION;
	*k_r = k;
	return RC_OK;
}

/* ---- reading ---- */

/* Lines of those whose names begin so; letters empty: all. */
struct asked { struct str letters; bool by_sound; };

static enum rc each_line(struct db_conn *c, struct db_stmt *s, const struct asked *asked, struct known_each *e, struct problem *p)
{
	bool row = false, go_on = true;
	enum rc rc = RC_OK;
	while (go_on && rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct known k;
		rc = line_of(c, s, &k, p);
		if (rc == RC_OK && (!asked || known_begins_so(&k, asked->letters, asked->by_sound)))
			rc = e->line(e, &k, &go_on, p);
		rc = rc == RC_GONE ? RC_OK : rc;
	}
	db_reset(s);
	return rc;
}

static bool one_begins(const struct known_name *at, unsigned n, struct str letters, bool by_sound)
{
	for (unsigned i = 0; i < n; i++)
		if (str_starts(by_sound ? at[i].sound : at[i].letters, letters))
			return true;
	return false;
}

bool known_begins_so(const struct known *k, struct str letters, bool by_sound)
{
	struct known_names n;
	known_names_read(k->names, &n);
	return letters.n && (one_begins(n.family, n.n_family, letters, by_sound) || one_begins(n.given, n.n_given, letters, by_sound) || one_begins(n.other, n.n_other, letters, by_sound));
}

enum rc known_day(struct db_conn *c, int64_t born, struct known_each *e, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_DAY);
	db_bind_i64(s, 1, known_key(born));
	return each_line(c, s, NULL, e, p);
}

/* So many lines are asked for at once: a server's rows come all together. */
#define ALL_AT_ONCE 2000

/* Hands on what goes by, and remembers whether it is to go on. */
struct going_by { struct known_each each; struct known_each *to; int64_t last; bool go_on; };

static enum rc going_by(struct known_each *e, const struct known *k, bool *go_on, struct problem *p)
{
	struct going_by *g = (struct going_by *)(void *)e;
	enum rc rc = g->to->line(g->to, k, go_on, p);
	g->go_on = *go_on;
	return rc;
}

enum rc known_all(struct db_conn *c, struct known_each *e, struct problem *p)
{
	struct going_by g = { .each = { going_by }, .to = e, .go_on = true };
	enum rc rc = RC_OK;
	for (bool more = true; more && g.go_on && rc == RC_OK;) {
		int64_t last = 0;
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_UPTO); /* where this portion ends: people who were erased count, but come to nobody */
		db_bind_i64(s, 1, g.last);
		db_bind_i64(s, 2, ALL_AT_ONCE);
		rc = db_step(s, &more, p);
		last = rc == RC_OK && more && !db_is_null(s, 0) ? db_i64(s, 0) : 0;
		db_reset(s);
		more = last > g.last;
		if (rc != RC_OK || !more)
			break;
		s = db_stmt(c, ST_HOSPITAL_KNOWN_ALL);
		db_bind_i64(s, 1, g.last);
		db_bind_i64(s, 2, last);
		rc = each_line(c, s, NULL, &g.each, p);
		g.last = last;
	}
	return rc;
}

/* ---- keys of names ---- */

static int64_t name_key(char what, struct str text)
{
	struct buf b;
	buf_init(&b, 2 * NAMES_MAX);
	buf_ch(&b, what);
	buf_str(&b, text);
	int64_t h = keys_hash(buf_view(&b));
	buf_done(&b);
	return h;
}

/* The letters that lead to a name; n 0 when it has fewer. */
static struct str leading(struct str text)
{
	size_t at = 0;
	uint32_t code;
	for (unsigned i = 0; i < LEADING; i++)
		if (!utf8_next(text, &at, &code))
			return STR_NONE;
	return (struct str){ text.p, at };
}

enum rc known_begins(struct db_conn *c, int64_t born, struct str letters, bool by_sound, struct known_each *e, struct problem *p)
{
	struct asked asked = { letters, by_sound };
	struct str head = leading(letters);
	struct db_stmt *s = db_stmt(c, head.n ? ST_HOSPITAL_KNOWN_NAMED : ST_HOSPITAL_KNOWN_DAY);
	db_bind_i64(s, 1, known_key(born));
	if (head.n)
		db_bind_i64(s, 2, name_key(by_sound ? 's' : 'n', head));
	return each_line(c, s, &asked, e, p);
}

enum rc known_find(struct db_conn *c, int64_t patient, struct arena *a, bool *found_r, struct known *k_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_OF);
	db_bind_i64(s, 1, patient);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r) {
		struct known k;
		rc = line_of(c, s, &k, p);
		if (rc == RC_OK)
			*k_r = known_kept(a, &k);
		*found_r = rc == RC_OK;
		rc = rc == RC_GONE ? RC_OK : rc;
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* ---- upkeep ---- */

static enum rc name_run(struct db_conn *c, enum stmt id, const struct known *k, int64_t key, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, id);
	db_bind_i64(s, 1, k->born_key);
	db_bind_i64(s, 2, key);
	db_bind_i64(s, 3, k->patient);
	return db_run(s, p);
}

/* The leading letters of each name and of its sound. */
static enum rc names_run(struct db_conn *c, enum stmt id, const struct known *k, const struct known_name *at, unsigned n, struct problem *p)
{
	enum rc rc = RC_OK;
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct str letters = leading(at[i].letters), sound = leading(at[i].sound);
		if (letters.n)
			rc = name_run(c, id, k, name_key('n', letters), p);
		if (rc == RC_OK && sound.n)
			rc = name_run(c, id, k, name_key('s', sound), p);
	}
	return rc;
}

static enum rc all_names_run(struct db_conn *c, enum stmt id, const struct known *k, const struct known_names *n, int64_t whole, struct problem *p)
{
	enum rc rc = names_run(c, id, k, n->family, n->n_family, p);
	if (rc == RC_OK)
		rc = names_run(c, id, k, n->given, n->n_given, p);
	if (rc == RC_OK)
		rc = names_run(c, id, k, n->other, n->n_other, p);
	return rc == RC_OK ? name_run(c, id, k, whole, p) : rc;
}

static int64_t whole_key(const struct known_names *n)
{
	struct buf b;
	buf_init(&b, 2 * NAMES_MAX);
	if (n->n_family)
		buf_str(&b, n->family[0].letters);
	buf_ch(&b, ' ');
	if (n->n_given)
		buf_str(&b, n->given[0].letters);
	int64_t h = name_key('w', buf_view(&b));
	buf_done(&b);
	return h;
}

static enum rc twin_set(struct db_conn *c, int64_t born_key, int64_t patient, bool twin, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_HOMONYM);
	db_bind_i64(s, 1, born_key);
	db_bind_i64(s, 2, patient);
	db_bind_i64(s, 3, twin ? 2 : 0);
	return db_run(s, p);
}

/* Those of one date and whole name are homonyms when they are several. Three tell all: of more, the others know it already. */
static enum rc twins(struct db_conn *c, int64_t born_key, int64_t whole, int64_t fresh, struct problem *p)
{
	int64_t at[3];
	unsigned n = 0;
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_SAME);
	db_bind_i64(s, 1, born_key);
	db_bind_i64(s, 2, whole);
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < 3)
		at[n++] = db_i64(s, 0);
	db_reset(s);
	if (rc == RC_OK && n == 1 && fresh)
		return RC_OK;
	for (unsigned i = 0; i < n && rc == RC_OK && n < 3; i++)
		rc = twin_set(c, born_key, at[i], n > 1, p);
	if (rc == RC_OK && fresh && n == 3)
		rc = twin_set(c, born_key, fresh, true, p);
	return rc;
}

/* ---- namesakes of many ---- */

static enum rc news_add(struct known_news *news, int64_t born_key, int64_t whole, int64_t patient, struct problem *p)
{
	if (news->n == news->cap) {
		size_t cap = news->cap ? news->cap * 2 : 64;
		struct known_new *more = reallocarray(news->at, cap, sizeof *more);
		if (!more)
			return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		news->at = more;
		news->cap = cap;
	}
	news->at[news->n++] = (struct known_new){ .born_key = born_key, .whole = whole, .patient = patient };
	return RC_OK;
}

struct news_asked { struct db_many m; struct known_news *news; };

static void news_bind(struct db_many *m, struct db_stmt *s, size_t i)
{
	const struct known_new *one = &((struct news_asked *)(void *)m)->news->at[i];
	db_bind_i64(s, 1, one->born_key);
	db_bind_i64(s, 2, one->whole);
}

static enum rc news_row(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p)
{
	struct known_new *one = &((struct news_asked *)(void *)m)->news->at[i];
	(void)p;
	if (one->n < N_OF(one->same))
		one->same[one->n++] = db_i64(s, 0);
	return RC_OK;
}

/*
 * As twins for each of them. Of three and more, each that is new is told by itself; who was there before knows it already, but for one who was alone: that is
 * the first, for the new ones have the higher numbers.
 */
enum rc known_news_settle(struct db_conn *c, struct known_news *news, struct problem *p)
{
	struct news_asked asked = { { news_bind, news_row }, news };
	for (size_t i = 0; i < news->n; i++)
		news->at[i].n = 0;
	enum rc rc = db_each(c, ST_HOSPITAL_KNOWN_SAME, &asked.m, news->n, p);
	for (size_t i = 0; i < news->n && rc == RC_OK; i++) {
		const struct known_new *one = &news->at[i];
		if (one->n < 2)
			continue;
		rc = twin_set(c, one->born_key, one->same[0], true, p);
		if (rc == RC_OK)
			rc = twin_set(c, one->born_key, one->n == 2 ? one->same[1] : one->patient, true, p);
	}
	news->n = 0;
	return rc;
}

static enum rc line_add(struct db_conn *c, const struct known *k, struct known_news *news, struct buf *line, struct buf *sealed, struct problem *p)
{
	struct known_names n;
	known_names_read(k->names, &n);
	int64_t whole = whole_key(&n);
	buf_reset(line);
	buf_reset(sealed);
	line_seal(k, line);
	enum rc rc = buf_rc(line, p);
	if (rc == RC_OK)
		rc = keys_seal(c, k->patient, (struct keys_bound){ SEALS_KNOWN, k->patient, 0 }, buf_view(line), sealed, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_ADD);
	db_bind_i64(s, 1, k->born_key);
	db_bind_i64(s, 2, k->patient);
	db_bind_str(s, 3, k->id);
	db_bind_i64(s, 4, k->sex);
	db_bind_i64(s, 5, k->trust);
	db_bind_i64(s, 6, (k->homonym ? BEWARE_HOMONYM : 0) | (k->doubtful ? BEWARE_DOUBTFUL : 0) | (k->fictive ? BEWARE_FICTIVE : 0) | (k->collision ? BEWARE_COLLISION : 0));
	db_bind_blob(s, 7, buf_view(sealed));
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = all_names_run(c, ST_HOSPITAL_KNOWN_NAME_ADD, k, &n, whole, p);
	if (rc != RC_OK)
		return rc;
	return news ? news_add(news, k->born_key, whole, k->patient, p) : twins(c, k->born_key, whole, k->patient, p);
}

static enum rc line_drop(struct db_conn *c, const struct known *k, struct problem *p)
{
	struct known_names n;
	known_names_read(k->names, &n);
	int64_t whole = whole_key(&n);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_DROP);
	db_bind_i64(s, 1, k->born_key);
	db_bind_i64(s, 2, k->patient);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK)
		rc = all_names_run(c, ST_HOSPITAL_KNOWN_NAME_DROP, k, &n, whole, p);
	return rc == RC_OK ? twins(c, k->born_key, whole, 0, p) : rc;
}

/* The facts of a patient carry the date of birth, so that "whom do I know of that day" is one range read too. */
static enum rc facts_born(struct db_conn *c, int64_t patient, int64_t born_key, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_BORN);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, born_key);
	return db_run(s, p);
}

static bool same_line(const struct known *a, const struct known *b)
{
	return a->born == b->born && str_is(a->id, b->id) && str_is(a->masked, b->masked) && a->sex == b->sex && a->trust == b->trust && a->homonym == b->homonym && a->doubtful == b->doubtful && a->fictive == b->fictive && str_is(a->names, b->names);
}

enum rc known_settle(struct db_conn *c, int64_t patient, struct str id, const struct json *body, bool alone, struct known_news *news, struct known_birth *born_r, struct arena *scratch, struct problem *p)
{
	struct known was = { 0 }, now = { 0 };
	bool had = false;
	enum rc rc = alone ? RC_OK : known_find(c, patient, scratch, &had, &was, p);
	if (rc != RC_OK)
		return rc;
	if (body) {
		struct item it = { .rid = patient, .patient = patient, .id = id, .body = body };
		struct traits t;
		traits_read(&it, scratch, &t);
		known_line(&t, scratch, &now);
		now.collision = was.collision;
		rc = arena_rc(scratch, p);
	}
	if (rc == RC_OK && born_r)
		*born_r = (struct known_birth){ patient, now.born_key };
	if (rc != RC_OK || (!had && !body) || (had && body && same_line(&was, &now)))
		return rc;
	struct buf line, sealed;
	buf_init(&line, 2 * NAMES_MAX);
	buf_init(&sealed, 3 * NAMES_MAX);
	if (news && !alone)
		rc = known_news_settle(c, news, p);
	if (rc == RC_OK && had)
		rc = line_drop(c, &was, p);
	if (rc == RC_OK && body)
		rc = line_add(c, &now, alone ? news : NULL, &line, &sealed, p);
	if (rc == RC_OK && !alone)
		rc = facts_born(c, patient, now.born_key, p);
	buf_done(&line);
	buf_done(&sealed);
	return rc;
}

enum rc patient_forget(struct db_conn *c, int64_t patient, struct problem *p)
{
	struct arena scratch;
	arena_init(&scratch, 1u << 20);
	enum rc rc = known_settle(c, patient, STR_NONE, NULL, false, NULL, NULL, &scratch, p);
	arena_done(&scratch);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_FORGET); /* they carry the date of birth, hashed, and say who cared */
	db_bind_i64(s, 1, patient);
	rc = rc == RC_OK ? db_run(s, p) : rc;
	s = db_stmt(c, ST_HOSPITAL_SPECIAL_FORGET);
	db_bind_i64(s, 1, patient);
	rc = rc == RC_OK ? db_run(s, p) : rc;
	s = db_stmt(c, ST_HOSPITAL_STAY_NOW_FORGET); /* a stay that nobody can read any more keeps no bed */
	db_bind_i64(s, 1, patient);
	rc = rc == RC_OK ? db_run(s, p) : rc;
	return rc == RC_OK ? closed_chart_forget(c, patient, p) : rc;
}

/* ---- all anew ---- */

/* Lines gathered before they are written in order of birth date: a chunk of a hospital's people then touches each page once, not once a person. */
#define CHUNK_BYTES ((size_t)96 << 20)
#define CHUNK_LINES 300000
#define SCRATCH_MAX ((size_t)64 << 20)
/* Lines between two words of progress. */
#define SAY_EVERY 5000
#define GATHERERS 2 /* two cores: each reads, unseals and folds the people of its part of the record */

struct gatherer {
	struct db *db;
	struct record_progress *progress; bool says; /* the first does, for all */
	pthread_t thread; bool runs;
	struct arena kept, scratch;
	struct known *at; size_t n;      /* its part of the chunk */
	int64_t after, upto;             /* surrogates not looked at yet */
	enum rc rc; struct problem problem;
};
struct rebuild { struct db_job job; struct known *at; size_t n; bool begun; struct gatherer by[GATHERERS]; };

static int by_birth(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	if (x->born_key != y->born_key)
		return x->born_key < y->born_key ? -1 : 1;
	return x->patient < y->patient ? -1 : x->patient > y->patient;
}

static int by_patient(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	return x->patient < y->patient ? -1 : x->patient > y->patient;
}

static enum rc put_chunk(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct rebuild *b = (struct rebuild *)(void *)job;
	struct buf line, sealed;
	(void)txn;
	buf_init(&line, 2 * NAMES_MAX);
	buf_init(&sealed, 3 * NAMES_MAX);
	enum rc rc = RC_OK;
	if (!b->begun) {
		rc = db_run(db_stmt(c, ST_HOSPITAL_KNOWN_CLEAR), p);
		if (rc == RC_OK)
			rc = db_run(db_stmt(c, ST_HOSPITAL_KNOWN_NAME_CLEAR), p);
	}
	qsort(b->at, b->n, sizeof *b->at, by_patient);
	for (size_t i = 0; i < b->n && rc == RC_OK; i++)
		rc = facts_born(c, b->at[i].patient, b->at[i].born_key, p);
	qsort(b->at, b->n, sizeof *b->at, by_birth);
	for (size_t i = 0; i < b->n && rc == RC_OK; i++)
		rc = line_add(c, &b->at[i], NULL, &line, &sealed, p);
	buf_done(&line);
	buf_done(&sealed);
	return rc;
}

static enum rc gather(struct gatherer *b, int64_t rid, struct str id, struct str body, struct problem *p)
{
	struct item it = { .rid = rid, .patient = rid, .id = id };
	struct traits t;
	struct known k;
	arena_reset(&b->scratch);
	enum rc rc = json_parse(body, &b->scratch, &it.body, p);
	if (rc != RC_OK)
		return rc == RC_BAD_INPUT ? problem_set(p, RC_BROKEN, WHY_CORRUPT, "body", "rid %lld does not parse", (long long)rid) : rc;
	traits_read(&it, &b->scratch, &t);
	known_line(&t, &b->scratch, &k);
	rc = arena_rc(&b->scratch, p);
	if (rc == RC_OK)
		b->at[b->n++] = known_kept(&b->kept, &k);
	return rc == RC_OK ? arena_rc(&b->kept, p) : rc;
}

/* One snapshot: Patients after the last one looked at, until this part of the chunk is full. */
static enum rc gather_some(struct gatherer *b, struct db_conn *c, struct problem *p)
{
	const struct record_progress *g = b->progress;
	enum rc rc = db_begin(c, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KNOWN_WALK);
	db_bind_i64(s, 1, b->after);
	db_bind_i64(s, 2, b->upto);
	bool row = false;
	while (b->n < CHUNK_LINES / GATHERERS && b->kept.used < CHUNK_BYTES / 2 / GATHERERS && !(g && g->stop) && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct str body;
		b->after = db_i64(s, 0);
		rc = keys_unseal(c, b->after, (struct keys_bound){ SEALS_BODY, b->after, db_i64(s, 3) }, db_text(s, 2), &body, p);
		if (rc == RC_OK)
			rc = gather(b, b->after, db_text(s, 1), body, p);
		else if (rc == RC_GONE) /* erased: known to nobody */
			rc = RC_OK;
		if (rc != RC_OK)
			break;
		if (b->says && b->n % SAY_EVERY == 0)
			b->progress->at(b->progress, (uint64_t)b->after * GATHERERS, (uint64_t)b->upto * GATHERERS);
	}
	if (rc == RC_OK && !row)
		b->after = b->upto;
	db_reset(s);
	db_end(c);
	return rc;
}

static void *gatherer_run(void *arg)
{
	struct gatherer *b = arg;
	struct db_conn *c = NULL;
	b->n = 0;
	arena_reset(&b->kept);
	b->rc = db_reader(b->db, &c, &b->problem);
	if (b->rc == RC_OK)
		b->rc = gather_some(b, c, &b->problem);
	if (c)
		db_reader_close(&c);
	return NULL;
}

/* Each gatherer's part, one after the other; *more_r: some have not seen all of theirs. */
static enum rc one_chunk(struct rebuild *b, bool *more_r, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = GATHERERS; i-- > 0;) { /* the first is the caller's thread */
		struct gatherer *by = &b->by[i];
		by->runs = i && pthread_create(&by->thread, NULL, gatherer_run, by) == 0;
		if (!by->runs)
			gatherer_run(by);
	}
	b->n = 0;
	*more_r = false;
	for (size_t i = 0; i < GATHERERS; i++) {
		struct gatherer *by = &b->by[i];
		if (by->runs)
			pthread_join(by->thread, NULL);
		if (by->rc != RC_OK && rc == RC_OK) {
			rc = by->rc;
			*p = by->problem;
		}
		memcpy(b->at + b->n, by->at, by->n * sizeof *by->at);
		b->n += by->n;
		*more_r = *more_r || by->after < by->upto;
	}
	return rc;
}

/* No body says them. */
static enum rc put_collisions(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	(void)job;
	(void)txn;
	return db_run(db_stmt(c, ST_HOSPITAL_KNOWN_COLLISIONS), p);
}

static enum rc top_of(struct db *db, int64_t *top_r, struct problem *p)
{
	struct db_conn *c = NULL;
	bool any = false;
	enum rc rc = db_reader(db, &c, p);
	*top_r = 0;
	if (rc == RC_OK)
		rc = db_begin(c, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_TOP);
		rc = db_step(s, &any, p);
		*top_r = rc == RC_OK && any ? db_i64(s, 0) : 0;
		db_reset(s);
		db_end(c);
	}
	if (c)
		db_reader_close(&c);
	return rc;
}

/* The surrogates up to the top in parts as large as each other. */
static enum rc gatherers_open(struct rebuild *b, struct db *db, struct record_progress *g, int64_t top, struct problem *p)
{
	b->at = calloc(CHUNK_LINES, sizeof *b->at);
	for (size_t i = 0; i < GATHERERS; i++) {
		struct gatherer *by = &b->by[i];
		*by = (struct gatherer){ .db = db, .progress = g, .says = i == 0 && g && g->at, .after = top / GATHERERS * (int64_t)i, .upto = i + 1 == GATHERERS ? top : top / GATHERERS * (int64_t)(i + 1) };
		arena_init(&by->kept, CHUNK_BYTES / GATHERERS);
		arena_init(&by->scratch, SCRATCH_MAX);
		by->at = calloc(CHUNK_LINES / GATHERERS, sizeof *by->at);
		if (!by->at || !b->at)
			return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	}
	return RC_OK;
}

static void gatherers_close(struct rebuild *b)
{
	for (size_t i = 0; i < GATHERERS; i++) {
		arena_done(&b->by[i].kept);
		arena_done(&b->by[i].scratch);
		free(b->by[i].at);
	}
	free(b->at);
}

enum rc known_rebuild(struct db *db, struct record_progress *g, struct problem *p)
{
	struct rebuild b = { .job = { .run = put_chunk } };
	int64_t top = 0;
	bool more = true;
	enum rc rc = top_of(db, &top, p);
	if (rc == RC_OK)
		rc = gatherers_open(&b, db, g, top, p);
	while (rc == RC_OK && more && !(g && g->stop)) {
		rc = one_chunk(&b, &more, p);
		if (rc == RC_OK && !(g && g->stop) && (b.n || !b.begun))
			rc = db_write_now(db, &b.job, p);
		b.begun = true;
	}
	if (rc == RC_OK && !(g && g->stop))
		rc = db_write_now(db, &(struct db_job){ .run = put_collisions }, p);
	if (rc == RC_OK && g && g->at && !g->stop)
		g->at(g, (uint64_t)top, (uint64_t)top);
	gatherers_close(&b);
	return rc;
}
