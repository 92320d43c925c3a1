/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/canary_place.c: see canary_place.h. Each order is gone through once; where CANARY_SPACE people came without a canary, the last CANARY_PLAY places are a
 * stretch in which one must stand; a run of SPACE + PLAY needs none. The k-th new canary takes a stretch of each order: one person closes three gaps. What could not be had is tried again, alone.
 * Must never read a clock or a random source of its own.
 */
#include "hospital/canary_place.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "codec/fold.h"

#define ROUNDS 6
#define TRIES 60          /* of a person for its stretches; half of them with the stricter wish */

const char *canary_order_name(enum canary_order order)
{
	static const char *const NAME[CANARY_ORDERS] = { "id", "name", "birth_date" };
	return (unsigned)order < CANARY_ORDERS ? NAME[order] : "";
}

static void letters(struct buf *out, struct str name)
{
	size_t from = out->n, to = from;
	fold_key(out, name);
	for (size_t i = from; i < out->n; i++)
		if (out->p[i] != ' ')
			out->p[to++] = out->p[i];
	out->n = to;
}

struct str canary_name(struct arena *a, struct str family, struct str given)
{
	char text[1024];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	letters(&b, family);
	buf_ch(&b, ' ');
	letters(&b, given);
	return b.failed ? STR_NONE : arena_str(a, buf_view(&b));
}

/* ---- orders ---- */

struct place {
	const struct canary_row *given; size_t n_given;
	struct canary_row *at; size_t n, room; /* all rows: those given, then the new ones of former rounds */
	uint32_t *by[CANARY_ORDERS]; size_t n_by[CANARY_ORDERS];
	const struct canary_names *names;
	int32_t today;
	struct stream s;
	struct canary_new *out; size_t n_out, cap;
	struct arena a;                       /* names of new ones */
};

static int compare(const struct canary_row *x, const struct canary_row *y, enum canary_order order)
{
	int c = 0;
	if (order == CANARY_BY_NAME)
		c = str_cmp(x->name, y->name);
	if (order == CANARY_BY_BIRTH)
		c = (x->born > y->born) - (x->born < y->born);
	return c ? c : str_cmp(x->id, y->id);
}

struct sorting { const struct canary_row *at; enum canary_order order; };

static int compare_places(const void *a, const void *b, void *of)
{
	const struct sorting *s = of;
	return compare(&s->at[*(const uint32_t *)a], &s->at[*(const uint32_t *)b], s->order);
}

static size_t sort(const struct canary_row *at, size_t n, enum canary_order order, uint32_t *by)
{
	struct sorting s = { at, order };
	size_t n_by = 0;
	for (size_t i = 0; i < n; i++)
		if (order != CANARY_BY_BIRTH || at[i].born != CANARY_UNBORN)
			by[n_by++] = (uint32_t)i;
	qsort_r(by, n_by, sizeof *by, compare_places, &s);
	return n_by;
}

enum rc canary_gaps(const struct canary_row *at, size_t n, uint32_t gap_r[CANARY_ORDERS], struct problem *p)
{
	uint32_t *by = malloc((n + 1) * sizeof *by);
	if (!by)
		return problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory for %zu rows", n);
	for (enum canary_order o = 0; o < CANARY_ORDERS; o++) {
		size_t n_by = sort(at, n, o, by);
		uint32_t run = 0;
		gap_r[o] = 0;
		for (size_t i = 0; i < n_by; i++) {
			run = at[by[i]].canary ? 0 : run + 1;
			gap_r[o] = run > gap_r[o] ? run : gap_r[o];
		}
	}
	free(by);
	return RC_OK;
}

/* How many rows of an order come before this one. */
static size_t rank_of(const struct place *k, enum canary_order order, const struct canary_row *row)
{
	size_t low = 0, high = k->n_by[order];
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (compare(&k->at[k->by[order][mid]], row, order) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* ---- apart from everybody ---- */

struct digits { char at[8]; };

static struct digits digits_of(int32_t days)
{
	struct civil c = civil_of_days(days);
	int v = c.year * 10000 + c.month * 100 + c.day;
	struct digits d;
	for (int i = 8; i-- > 0; v /= 10)
		d.at[i] = (char)('0' + v % 10);
	return d;
}

static unsigned digits_apart(struct digits a, struct digits b)
{
	unsigned n = 0;
	for (int i = 0; i < 8; i++)
		n += a.at[i] != b.at[i];
	return n;
}

static bool names_apart(struct str a, struct str b, unsigned least)
{
	size_t more = a.n > b.n ? a.n - b.n : b.n - a.n;
	return least == 0 || more >= least || fold_damerau(a, b, least - 1) >= least;
}

bool canary_apart(struct str name, int32_t born, const struct canary_row *row)
{
	unsigned by_date = row->born == CANARY_UNBORN ? 8 : digits_apart(digits_of(born), digits_of(row->born));
	return by_date >= CANARY_APART || names_apart(name, row->name, CANARY_APART - by_date);
}

static struct str initial(struct str name) { return (struct str){ name.p, name.n < 3 ? name.n : 3 }; }

/* Everybody born on one day: names so far apart; on the day itself no family name, and where wished no given name, that begins alike. */
static bool day_is_clear(const struct place *k, struct str name, int32_t day, unsigned least, bool begins, bool strict)
{
	struct str rest, given, family = str_cut(name, ' ', &given);
	struct canary_row from = { .id = STR(""), .born = day };
	for (size_t i = rank_of(k, CANARY_BY_BIRTH, &from); i < k->n_by[CANARY_BY_BIRTH]; i++) {
		const struct canary_row *row = &k->at[k->by[CANARY_BY_BIRTH][i]];
		if (row->born != day)
			break;
		if (!names_apart(name, row->name, least))
			return false;
		struct str its = str_cut(row->name, ' ', &rest);
		if (begins && str_is(initial(family), initial(its)))
			return false;
		if (begins && strict && str_is(initial(given), initial(rest)))
			return false;
	}
	return true;
}

/* Dates that differ in one digit: names two letters apart. */
static bool near_days_are_clear(const struct place *k, struct str name, int32_t born)
{
	struct digits d = digits_of(born);
	for (int i = 0; i < 8; i++) {
		struct digits other = d;
		for (other.at[i] = '0'; other.at[i] <= '9'; other.at[i]++) {
			int v[8];
			for (int j = 0; j < 8; j++)
				v[j] = other.at[j] - '0';
			int year = v[0] * 1000 + v[1] * 100 + v[2] * 10 + v[3], month = v[4] * 10 + v[5], day = v[6] * 10 + v[7];
			if (other.at[i] != d.at[i] && date_exists(year, month, day) && !day_is_clear(k, name, days_of(year, month, day), CANARY_APART - 1, false, false))
				return false;
		}
	}
	return true;
}

/* Those of the same name: dates three digits apart. With this and the two above nobody is nearer than CANARY_APART: two digits apart leaves one letter, which is another name. */
static bool namesakes_are_clear(const struct place *k, struct str name, int32_t born)
{
	struct canary_row from = { .id = STR(""), .name = name };
	for (size_t i = rank_of(k, CANARY_BY_NAME, &from); i < k->n_by[CANARY_BY_NAME]; i++) {
		const struct canary_row *row = &k->at[k->by[CANARY_BY_NAME][i]];
		if (!str_is(row->name, name))
			break;
		if (!canary_apart(name, born, row))
			return false;
	}
	return true;
}

static bool is_clear(const struct place *k, struct str name, int32_t born, bool strict)
{
	return day_is_clear(k, name, born, CANARY_APART, true, strict) && namesakes_are_clear(k, name, born) && near_days_are_clear(k, name, born);
}

/* ---- an id ---- */

static const char *class_of(char c, bool hex)
{
	if (c >= '0' && c <= '9')
		return hex ? "0123456789abcdef" : "0123456789";
	if (c >= 'a' && c <= 'z')
		return hex && c <= 'f' ? "0123456789abcdef" : "abcdefghijklmnopqrstuvwxyz";
	if (c >= 'A' && c <= 'Z')
		return "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	return NULL;
}

static bool is_uuid(struct str id) { return id.n == 36 && id.p[8] == '-' && id.p[13] == '-' && id.p[18] == '-' && id.p[23] == '-'; }

static char any_of(const char *class, char above, char below, struct stream *s)
{
	const char *from = class, *to;
	while (*from && *from <= above)
		from++;
	for (to = from; *to && (below == 0 || *to < below);)
		to++;
	return to > from ? from[stream_below(s, (uint32_t)(to - from))] : 0;
}

/* The signs of a UUID that say its version and variant stay as they are. */
static bool is_fixed(bool uuid, size_t i) { return uuid && (i == 14 || i == 19); }

bool canary_id(struct str low, struct str high, struct stream *s, char *out)
{
	bool uuid = is_uuid(low), hex = uuid;
	size_t i = 0;
	if (low.n == 0 || low.n > 64 || str_cmp(low, high) >= 0)
		return false;
	while (i < low.n && i < high.n && low.p[i] == high.p[i])
		i++;
	if (i >= low.n)
		return false;
	memcpy(out, low.p, low.n);
	out[low.n] = '\0';
	for (size_t at = i; at < low.n; at++) { /* the first sign that can be raised; at the one where the two part, below the higher */
		const char *class = is_fixed(uuid, at) ? NULL : class_of(low.p[at], hex);
		char up = class ? any_of(class, low.p[at], at == i && i < high.n ? high.p[i] : 0, s) : 0;
		if (!up)
			continue;
		out[at] = up;
		for (size_t k = at + 1; k < low.n; k++) {
			class = is_fixed(uuid, k) ? NULL : class_of(low.p[k], hex);
			if (class)
				out[k] = class[stream_below(s, (uint32_t)strlen(class))];
		}
		return true;
	}
	return false;
}

/* ---- one person ---- */

/* Places of an order in which one must stand: before the from-th row at the earliest, before the to-th at the latest. n 0: anywhere. */
struct stretch { uint32_t from, to; };

static uint32_t within(struct place *k, struct stretch g) { return g.from + stream_below(&k->s, g.to - g.from + 1); }

static bool choose_id(struct place *k, struct stretch g, struct canary_new *c)
{
	const uint32_t *by = k->by[CANARY_BY_ID];
	for (int i = 0; i < TRIES; i++) {
		uint32_t r = within(k, g);
		if (r > 0 && r < k->n_by[CANARY_BY_ID] && canary_id(k->at[by[r - 1]].id, k->at[by[r]].id, &k->s, c->id))
			return true;
	}
	return false;
}

static bool choose_born(struct place *k, struct stretch g, struct canary_new *c)
{
	const uint32_t *by = k->by[CANARY_BY_BIRTH];
	for (int i = 0; i < TRIES; i++) {
		uint32_t r = within(k, g);
		if (r == 0 || r >= k->n_by[CANARY_BY_BIRTH])
			continue;
		int32_t low = k->at[by[r - 1]].born, high = k->at[by[r]].born;
		int32_t day = low + (int32_t)stream_below(&k->s, (uint32_t)(high - low) + 1);
		struct canary_row row = { .id = str_of(c->id), .born = day };
		size_t rank = rank_of(k, CANARY_BY_BIRTH, &row);
		if (day <= k->today && rank >= g.from && rank <= g.to) {
			c->born = day;
			return true;
		}
	}
	return false;
}

/* The first of a sorted table that is not below a word. Both kinds of rows begin with their letters. */
static size_t not_below(const void *table, size_t size, size_t n, struct str word)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct str *at = (const void *)((const char *)table + mid * size);
		if (str_cmp(*at, word) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
_Static_assert(offsetof(struct canary_family, letters) == 0 && offsetof(struct canary_given, letters) == 0, "letters come first");

static size_t family_at(const struct canary_names *t, struct str word) { return not_below(t->family, sizeof *t->family, t->n_family, word); }
static size_t given_at(const struct canary_names *t, struct str word) { return not_below(t->given, sizeof *t->given, t->n_given, word); }

static struct str family_of(struct str name) { struct str rest; return str_cut(name, ' ', &rest); }
static struct str given_of(struct str name) { struct str rest; (void)str_cut(name, ' ', &rest); return rest; }

/* A name of the tables between two names. */
static bool choose_name(struct place *k, struct stretch g, struct canary_new *c)
{
	const struct canary_names *t = k->names;
	const uint32_t *by = k->by[CANARY_BY_NAME];
	struct str low = g.from ? k->at[by[g.from - 1]].name : STR(""), high = g.to < k->n_by[CANARY_BY_NAME] ? k->at[by[g.to]].name : STR("~");
	size_t first = family_at(t, family_of(low)), last = family_at(t, family_of(high));
	last += last < t->n_family && str_is(t->family[last].letters, family_of(high));
	if (first >= last)
		return false;
	size_t f = first + stream_below(&k->s, (uint32_t)(last - first)), from = 0, to = t->n_given;
	if (str_is(t->family[f].letters, family_of(low)))
		from = given_at(t, given_of(low));
	if (str_is(t->family[f].letters, family_of(high)))
		to = given_at(t, given_of(high));
	if (from >= to)
		return false;
	c->family = (uint32_t)f;
	c->given = (uint32_t)(from + stream_below(&k->s, (uint32_t)(to - from)));
	return true;
}

static struct str name_of(const struct place *k, const struct canary_new *c, char *text, size_t cap)
{
	struct buf b = { .p = text, .cap = cap, .max = cap };
	buf_str(&b, k->names->family[c->family].letters);
	buf_ch(&b, ' ');
	buf_str(&b, k->names->given[c->given].letters);
	return b.failed ? STR_NONE : buf_view(&b);
}

static bool is_in_name(const struct place *k, struct stretch g, const struct canary_new *c, struct str name)
{
	struct canary_row row = { .id = str_of(c->id), .name = name };
	size_t rank = rank_of(k, CANARY_BY_NAME, &row);
	return rank >= g.from && rank <= g.to;
}

/* A person for a stretch of each order. */
static bool choose(struct place *k, const struct stretch g[CANARY_ORDERS], struct canary_new *c, char *text, size_t cap, struct str *name_r)
{
	*c = (struct canary_new){ .family = 0 };
	if (!choose_id(k, g[CANARY_BY_ID], c) || !choose_born(k, g[CANARY_BY_BIRTH], c))
		return false;
	for (int i = 0; i < TRIES; i++) {
		if (i % 8 == 7 && !choose_born(k, g[CANARY_BY_BIRTH], c))
			return false;
		if (!choose_name(k, g[CANARY_BY_NAME], c))
			continue;
		*name_r = name_of(k, c, text, cap);
		if (name_r->n && is_in_name(k, g[CANARY_BY_NAME], c, *name_r) && is_clear(k, *name_r, c->born, i < TRIES / 2))
			return true;
	}
	return false;
}

/* ---- all of them ---- */

/* Of a run of people without a canary, which begins at `since`: where some must stand so that what is left is no longer than SPACE + PLAY. */
static size_t cut_run(size_t since, size_t n, struct stretch *out)
{
	size_t k = 0;
	for (; n > CANARY_SPACE + CANARY_PLAY; since += CANARY_SPACE, n -= CANARY_SPACE)
		out[k++] = (struct stretch){ (uint32_t)(since + CANARY_SPACE - CANARY_PLAY), (uint32_t)(since + CANARY_SPACE) };
	return k;
}

/* Stretches of an order in which one is missing. */
static size_t stretches(const struct place *k, enum canary_order order, struct stretch *out)
{
	size_t n = 0, since = 0;
	for (size_t i = 0; i < k->n_by[order]; i++)
		if (k->at[k->by[order][i]].canary) {
			n += cut_run(since, i - since, out + n);
			since = i + 1;
		}
	return n + cut_run(since, k->n_by[order] - since, out + n);
}

static void shuffle(struct stretch *at, size_t n, struct stream *s)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = stream_below(s, (uint32_t)i);
		struct stretch x = at[i - 1];
		at[i - 1] = at[k];
		at[k] = x;
	}
}

static bool keep(struct place *k, const struct canary_new *c, struct str name)
{
	if (k->n_out == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 256;
		struct canary_new *out = realloc(k->out, cap * sizeof *out);
		if (!out)
			return false;
		k->out = out;
		k->cap = cap;
	}
	if (k->n == k->room)
		return false;
	k->out[k->n_out++] = *c;
	struct str id = arena_str(&k->a, str_of(c->id)), kept = arena_str(&k->a, name);
	k->at[k->n++] = (struct canary_row){ id, kept, c->born, true };
	return id.p && kept.p;
}

static struct stretch anywhere(const struct place *k, enum canary_order o) { return (struct stretch){ 1, k->n_by[o] > 2 ? (uint32_t)k->n_by[o] - 1 : 1 }; }

/* Have two people of one round met? They were judged against the rows before it only. */
static bool met(const struct place *k, size_t from, const struct canary_new *c, struct str name)
{
	for (size_t i = from; i < k->n; i++)
		if (str_is(k->at[i].id, str_of(c->id)) || !canary_apart(name, c->born, &k->at[i]))
			return true;
	return false;
}

static enum rc round_of(struct place *k, size_t *missing_r, struct problem *p)
{
	struct stretch *g[CANARY_ORDERS], wish[CANARY_ORDERS];
	size_t n[CANARY_ORDERS], most = 0, from = k->n;
	enum rc rc = RC_OK;
	struct stretch *room = malloc(CANARY_ORDERS * (k->n / CANARY_SPACE + 1) * sizeof *room);
	if (!room)
		return problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory for stretches");
	for (enum canary_order o = 0; o < CANARY_ORDERS; o++) {
		k->n_by[o] = sort(k->at, k->n, o, k->by[o]);
		g[o] = room + o * (k->n / CANARY_SPACE + 1);
		n[o] = stretches(k, o, g[o]);
		shuffle(g[o], n[o], &k->s);
		most = n[o] > most ? n[o] : most;
	}
	for (size_t i = 0; i < most && rc == RC_OK; i++) {
		char text[512];
		struct canary_new c;
		struct str name;
		bool found = false;
		for (int loose = 0; loose < CANARY_ORDERS + 1 && !found; loose++) { /* with all its stretches, else with one alone: the others come again */
			for (enum canary_order o = 0; o < CANARY_ORDERS; o++)
				wish[o] = i < n[o] && (loose == 0 || (int)o == loose - 1) ? g[o][i] : anywhere(k, o);
			found = (loose == 0 || i < n[loose - 1]) && choose(k, wish, &c, text, sizeof text, &name) && !met(k, from, &c, name);
		}
		if (found && !keep(k, &c, name))
			rc = problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory for canaries");
	}
	free(room);
	*missing_r = most;
	return rc;
}

static enum rc room_for(struct place *k, struct problem *p)
{
	size_t most = k->n_given + ROUNDS * (k->n_given / CANARY_SPACE + 2);
	k->at = malloc(most * sizeof *k->at);
	if (k->at && k->n_given)
		memcpy(k->at, k->given, k->n_given * sizeof *k->at);
	k->n = k->n_given;
	k->room = most;
	bool good = k->at != NULL;
	for (enum canary_order o = 0; o < CANARY_ORDERS; o++) {
		k->by[o] = malloc(most * sizeof *k->by[o]);
		good = good && k->by[o];
	}
	return good ? RC_OK : problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory for %zu rows", k->n_given);
}

/* How many of the rows given stand before each by id. */
static void places_by_id(struct place *k)
{
	k->n_by[CANARY_BY_ID] = sort(k->given, k->n_given, CANARY_BY_ID, k->by[CANARY_BY_ID]);
	for (size_t i = 0; i < k->n_out; i++) {
		struct canary_row row = { .id = str_of(k->out[i].id) };
		k->out[i].after = (uint32_t)rank_of(k, CANARY_BY_ID, &row);
	}
}

enum rc canary_place(const struct canary_row *at, size_t n, const struct canary_names *names, int32_t today, uint64_t seed, struct canary_new **new_r, size_t *n_r, struct problem *p)
{
	struct place k = { .given = at, .n_given = n, .names = names, .today = today, .s = stream_of(seed, UINT64_C(0xca9a)) };
	if (n >= UINT32_MAX / 2)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "%zu rows", n);
	arena_init(&k.a, 256u << 20);
	enum rc rc = room_for(&k, p);
	size_t missing = 1;
	for (int i = 0; i < ROUNDS && rc == RC_OK && missing > 0; i++)
		rc = round_of(&k, &missing, p);
	if (rc == RC_OK)
		places_by_id(&k);
	if (rc == RC_OK) {
		*new_r = k.out;
		*n_r = k.n_out;
	} else {
		free(k.out);
	}
	for (enum canary_order o = 0; o < CANARY_ORDERS; o++)
		free(k.by[o]);
	free(k.at);
	arena_done(&k.a);
	return rc;
}
