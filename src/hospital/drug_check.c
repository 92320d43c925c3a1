/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/drug_check.c: see drug.h. The ANSM's thesaurus: protagonists are substances or classes; a row stands for one pair of them. A speciality is led to its
 * protagonists by the names of its substances, and from there by the thesaurus' own lists of members. Must never leave out a row that names both, nor say of a
 * substance that it does not know that nothing was found. Start at thesaurus_read.
 */
#include "hospital/drug_inner.h"

#include "codec/fold.h"

#include <stdlib.h>
#include <string.h>

#define LETTERS 5         /* of a name within another: shorter ones ("fer", "or") stand in words of other things */
#define ROWS_MOST 200
#define ATC_CLASS 5       /* characters of level 4 */

/* ---- names ---- */

static enum rc no_memory(struct problem *p) { return problem_set(p, RC_LIMIT, WHY_BUSY, "interactions", "no memory"); }

static bool find(const struct thesaurus *t, struct str folded, uint32_t *id_r)
{
	uint64_t v;
	if (!maps_find(t->names, folded, &v))
		return false;
	*id_r = (uint32_t)v - 1;
	return true;
}

static enum rc enter(struct drugs *d, struct str folded, bool is_class, uint32_t *id_r, struct problem *p)
{
	struct thesaurus *t = &d->t;
	if (find(t, folded, id_r)) {
		t->is_class[*id_r] |= is_class;
		return RC_OK;
	}
	if (t->n_names == t->cap_names) {
		uint32_t cap = t->cap_names ? 2 * t->cap_names : 2048;
		unsigned char *more = realloc(t->is_class, cap);
		if (!more)
			return no_memory(p);
		t->is_class = more;
		t->cap_names = cap;
	}
	*id_r = t->n_names++;
	t->is_class[*id_r] = is_class;
	return maps_put(t->names, folded, *id_r + 1) ? RC_OK : no_memory(p);
}

/*
 * "sodium (bicarbonate de)" is also looked for as "bicarbonate de sodium". What stands in brackets otherwise is a route or a dose: "adrénaline (voie …)" is met by
 * adrenaline, where nothing else bears that name; the row says itself for which route it is.
 */
static enum rc also(struct drugs *d, struct str name, uint32_t id, struct problem *p)
{
	struct str rest, head = str_trim(str_cut(name, '(', &rest)), inside, after;
	struct buf b;
	uint32_t other;
	if (!rest.p || !head.n)
		return RC_OK;
	inside = str_trim(str_cut(rest, ')', &after));
	bool turned = str_ends(inside, STR(" de")) || str_ends(inside, STR(" DE")) || str_ends(inside, STR("d'")) || str_ends(inside, STR("D'")) || str_eq_nocase(inside, "toxine");
	buf_init(&b, 1000);
	if (turned) {
		buf_str(&b, inside);
		buf_ch(&b, ' ');
	}
	buf_str(&b, head);
	struct str folded = fold_kept(&d->life, buf_view(&b));
	buf_done(&b);
	return !folded.n || find(&d->t, folded, &other) || maps_put(d->t.names, folded, id + 1) ? arena_rc(&d->life, p) : no_memory(p);
}

static enum rc enter_name(struct drugs *d, struct str name, bool is_class, uint32_t *id_r, struct problem *p)
{
	struct str folded = fold_kept(&d->life, name);
	return folded.n ? enter(d, folded, is_class, id_r, p) : arena_rc(&d->life, p) != RC_OK ? p->rc : problem_set(p, RC_BROKEN, WHY_NO_DATA, "interactions", "an empty name");
}

static enum rc join(struct drugs *d, uint32_t substance, uint32_t of, struct problem *p)
{
	struct thesaurus *t = &d->t;
	if (t->n_members == t->cap_members) {
		size_t cap = t->cap_members ? 2 * t->cap_members : 4096;
		struct drug_member *more = realloc(t->member, cap * sizeof *more);
		if (!more)
			return no_memory(p);
		t->member = more;
		t->cap_members = cap;
	}
	t->member[t->n_members++] = (struct drug_member){ substance, of };
	return RC_OK;
}

/* ---- tables ---- */

/* Two columns: a substance and a class that it is of; class empty: the substance is known, and of no class. */
static enum rc read_members(struct drugs *d, const char *folder, const char *file, const char *substance, const char *of, struct problem *p)
{
	const char *const names[] = { substance, of };
	const struct reference *t;
	int c[2];
	enum rc rc = drug_table(d, folder, file, names, c, 2, &t, p);
	for (size_t i = 1; rc == RC_OK && i < t->rows; i++) {
		struct str one = reference_cell(t, i, (unsigned)c[0]), class_ = reference_cell(t, i, (unsigned)c[1]);
		uint32_t id = 0, class_id = 0;
		rc = enter_name(d, one, false, &id, p);
		if (rc == RC_OK && class_.n)
			rc = enter_name(d, class_, true, &class_id, p);
		if (rc == RC_OK && class_.n && id != class_id)
			rc = join(d, id, class_id, p);
	}
	return rc;
}

static enum drug_level level_of(struct str code)
{
	return str_eq(code, "CI") ? DRUG_CI : str_eq(code, "AD") ? DRUG_AD : str_eq(code, "PE") ? DRUG_PE : str_eq(code, "APEC") ? DRUG_APEC : 0;
}

static uint64_t pair_of(uint32_t a, uint32_t b) { return a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a; }

/* "autres anticoagulants oraux" is the class itself, of which another member is meant. */
static bool is_others(const struct drugs *d, struct str folded, uint32_t *id_r)
{
	struct str of = str_starts(folded, STR("autres ")) ? (struct str){ folded.p + 7, folded.n - 7 } : STR_NONE;
	return of.n && find(&d->t, of, id_r) && d->t.is_class[*id_r];
}

static enum rc protagonist(struct drugs *d, struct str name, uint32_t *id_r, bool *others_r, struct problem *p)
{
	struct str folded = fold_kept(&d->life, name);
	*others_r = is_others(d, folded, id_r);
	if (*others_r)
		return RC_OK;
	d->t.unplaced += str_starts(folded, STR("autres "));
	return enter_name(d, name, false, id_r, p);
}

static enum rc read_rows(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "protagoniste_1", "protagoniste_2", "niveau_max", "niveaux", "mecanisme", "conduite" };
	struct thesaurus *th = &d->t;
	const struct reference *t;
	int c[6];
	enum rc rc = drug_table(d, folder, "interactions_ansm.tsv", names, c, 6, &t, p);
	th->row = rc == RC_OK ? arena_array(&d->life, t->rows + 1, sizeof *th->row) : NULL;
	if (rc == RC_OK && !th->row)
		rc = arena_rc(&d->life, p);
	for (size_t i = 1; rc == RC_OK && i < t->rows; i++) {
		struct str cell[6];
		for (unsigned k = 0; k < 6; k++)
			cell[k] = reference_cell(t, i, (unsigned)c[k]);
		struct drug_row row = { .one = cell[0], .other = cell[1], .level = level_of(cell[2]), .levels = cell[3], .mechanism = cell[4], .advice = cell[5] };
		bool one_others = false, other_others = false;
		uint64_t known;
		if (!row.level)
			return problem_set(p, RC_BROKEN, WHY_NO_DATA, "interactions_ansm.tsv", "row %zu: no such level", i);
		rc = protagonist(d, cell[0], &row.a, &one_others, p);
		if (rc == RC_OK)
			rc = protagonist(d, cell[1], &row.b, &other_others, p);
		if (rc != RC_OK)
			break;
		row.others = one_others || other_others;
		/* Most pairs stand twice, once from each side: the stronger is kept, then the one that says more. */
		struct drug_row *before = map64_find(&th->pairs, pair_of(row.a, row.b), &known) ? &th->row[known - 1] : NULL;
		if (before && (before->level > row.level || (before->level == row.level && before->advice.n >= row.advice.n)))
			continue;
		th->row[th->n_rows++] = row;
		if (!map64_put(&th->pairs, pair_of(row.a, row.b), th->n_rows))
			rc = no_memory(p);
	}
	return rc;
}

static enum rc more_names(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "protagoniste_1", "protagoniste_2" };
	const struct reference *t = &d->table[d->n_tables - 1];
	enum rc rc = RC_OK;
	(void)folder;
	for (size_t i = 1; rc == RC_OK && i < t->rows; i++)
		for (unsigned k = 0; rc == RC_OK && k < 2; k++) {
			struct str name = reference_cell(t, i, (unsigned)reference_column(t, names[k]));
			uint32_t id;
			if (find(&d->t, fold_kept(&d->life, name), &id))
				rc = also(d, name, id, p);
		}
	return rc == RC_OK ? arena_rc(&d->life, p) : rc;
}

static int by_substance(const void *a, const void *b)
{
	const struct drug_member *x = a, *y = b;
	return x->substance != y->substance ? (x->substance < y->substance ? -1 : 1) : x->of < y->of ? -1 : x->of > y->of;
}

enum rc thesaurus_read(struct drugs *d, const char *folder, struct problem *p)
{
	map64_init(&d->t.pairs);
	if (!(d->t.names = maps_new()))
		return no_memory(p);
	enum rc rc = read_members(d, folder, "interactions_ansm_classes.tsv", "substance", "classe", p);
	if (rc == RC_OK)
		rc = read_members(d, folder, "interactions_ansm_voir_aussi.tsv", "entree", "classe", p);
	if (rc == RC_OK)
		rc = read_members(d, folder, "interactions_ansm_index_substances_2020.tsv", "substance", "classe", p);
	if (rc == RC_OK)
		rc = read_rows(d, folder, p);
	if (rc == RC_OK)
		rc = more_names(d, folder, p);
	if (rc == RC_OK && d->t.n_members)
		qsort(d->t.member, d->t.n_members, sizeof *d->t.member, by_substance);
	return rc;
}

void thesaurus_done(struct thesaurus *t)
{
	maps_free(&t->names);
	map64_done(&t->pairs);
	free(t->is_class);
	free(t->member);
}

/* ---- from a substance to its protagonists ---- */

static enum rc add(struct drug_actor *at, unsigned max, unsigned *n, struct drug_actor one, struct problem *p)
{
	for (unsigned i = 0; i < *n; i++)
		if (at[i].id == one.id && at[i].via == one.via)
			return RC_OK;
	if (*n == max)
		return problem_set(p, RC_BROKEN, WHY_NO_DATA, "interactions", "over %u protagonists of one speciality", max);
	at[(*n)++] = one;
	return RC_OK;
}

/* Itself, its classes, and theirs: lists of the thesaurus name classes among members. */
static enum rc add_with_classes(const struct thesaurus *t, uint32_t id, struct drug_actor *at, unsigned max, unsigned *n, struct problem *p)
{
	unsigned next = *n;
	enum rc rc = add(at, max, n, (struct drug_actor){ id, id }, p);
	for (; rc == RC_OK && next < *n; next++) {
		size_t low = 0, high = t->n_members;
		while (low < high) {
			size_t mid = low + (high - low) / 2;
			if (t->member[mid].substance < at[next].id)
				low = mid + 1;
			else
				high = mid;
		}
		for (; rc == RC_OK && low < t->n_members && t->member[low].substance == at[next].id; low++)
			rc = add(at, max, n, (struct drug_actor){ t->member[low].of, id }, p);
	}
	return rc;
}

enum rc thesaurus_actors(struct drugs *d, struct str name, bool exact, struct drug_actor *at, unsigned max, unsigned *n_r, struct problem *p)
{
	const struct thesaurus *t = &d->t;
	struct str key = fold_kept(&d->life, name);
	uint32_t id;
	*n_r = 0;
	if (!key.n)
		return arena_rc(&d->life, p);
	if (find(t, key, &id) && !t->is_class[id])
		return add_with_classes(t, id, at, max, n_r, p);
	/* The longest names within it, from left to right, word by word. */
	enum rc rc = RC_OK;
	for (size_t from = 0; rc == RC_OK && !exact && from < key.n;) {
		size_t to = key.n;
		bool found = false;
		while (to > from + LETTERS - 1 && !(found = find(t, (struct str){ key.p + from, to - from }, &id) && !t->is_class[id])) {
			while (to > from && key.p[to - 1] != ' ')
				to--;
			to -= to > from;
		}
		if (found)
			rc = add_with_classes(t, id, at, max, n_r, p);
		from = found ? to : from;
		while (from < key.n && key.p[from] != ' ')
			from++;
		from++;
	}
	return rc;
}

/* ---- a list ---- */

static int strongest_first(const void *a, const void *b)
{
	const struct drug_hit *x = a, *y = b;
	return x->level != y->level ? (int)y->level - (int)x->level : x->a != y->a ? (x->a < y->a ? -1 : 1) : x->b < y->b ? -1 : x->b > y->b;
}

static enum rc add_hits(const struct thesaurus *t, const struct drug *one, const struct drug *other, size_t a, size_t b, struct drug_checked *c, struct problem *p)
{
	size_t before = c->n_hits;
	for (unsigned i = 0; i < one->n_actors; i++)
		for (unsigned j = 0; j < other->n_actors; j++) {
			const struct drug_actor *x = &one->actor[i], *y = &other->actor[j];
			uint64_t at;
			if (!map64_find(&t->pairs, pair_of(x->id, y->id), &at))
				continue;
			const struct drug_row *row = &t->row[at - 1];
			bool told = row->others && x->via == y->via; /* another one is meant than itself */
			for (size_t k = before; !told && k < c->n_hits; k++)
				told = c->hit[k].mechanism.p == row->mechanism.p && c->hit[k].one.p == (row->a == x->id ? row->one : row->other).p;
			if (told)
				continue;
			if (c->n_hits == ROWS_MOST)
				return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "interactions", "over %d rows", ROWS_MOST);
			c->hit[c->n_hits++] = (struct drug_hit){ .a = a, .b = b, .level = row->level, .levels = row->levels, .one = row->a == x->id ? row->one : row->other,
				.other = row->a == x->id ? row->other : row->one, .mechanism = row->mechanism, .advice = row->advice };
		}
	return RC_OK;
}

static const struct drug_part *same_substance(const struct drug *one, const struct drug *other)
{
	for (unsigned i = 0; i < one->n_parts; i++)
		for (unsigned j = 0; j < other->n_parts; j++)
			if (one->part[i].code && one->part[i].code == other->part[j].code)
				return &one->part[i];
	return NULL;
}

enum rc drug_check(const struct drugs *d, const struct drug *const *list, size_t n, struct arena *a, struct drug_checked *c_r, struct problem *p)
{
	struct drug_checked c = { .hit = arena_array(a, ROWS_MOST, sizeof *c.hit), .twice = arena_array(a, n * n / 2 + 1, sizeof *c.twice) };
	enum rc rc = arena_rc(a, p);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		for (size_t j = i + 1; rc == RC_OK && j < n; j++) {
			const struct drug *one = list[i], *other = list[j];
			const struct drug_part *same = same_substance(one, other);
			bool class_ = !same && one->atc.n >= ATC_CLASS && other->atc.n >= ATC_CLASS && memcmp(one->atc.p, other->atc.p, ATC_CLASS) == 0;
			if (same)
				c.twice[c.n_twice++] = (struct drug_double){ i, j, true, same->name, false };
			else if (class_)
				c.twice[c.n_twice++] = (struct drug_double){ i, j, false, { one->atc.p, ATC_CLASS }, one->atc_derived || other->atc_derived };
			rc = add_hits(&d->t, one, other, i, j, &c, p);
		}
	if (rc == RC_OK && c.n_hits)
		qsort(c.hit, c.n_hits, sizeof *c.hit, strongest_first);
	*c_r = c;
	return rc;
}
