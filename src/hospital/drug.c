/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/drug.c: see drug.h. The tables of the BDPM are read, each row is hung on its speciality, specialities are put in the order of lists, and their words
 * into one sorted array: a prefix is a range of it. Must never cut or reword what is published. Start at drug_read.
 */
#include "hospital/drug_inner.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "codec/fold.h"

#define LIFE ((size_t)256 << 20)
#define ACTORS 64         /* of one speciality: seven substances of some nine classes each */
#define WORDS_TYPED 8     /* the others are passed over */
#define LETTERS 3         /* fewer find half of the base */

/* ---- tables ---- */

enum rc drug_table(struct drugs *d, const char *folder, const char *file, const char *const *names, int *column, unsigned n, const struct reference **t_r, struct problem *p)
{
	MUST(d->n_tables < DRUG_TABLES);
	struct reference *t = &d->table[d->n_tables];
	enum rc rc = reference_read(folder, file, t, p);
	if (rc != RC_OK)
		return rc;
	d->n_tables++;
	for (unsigned i = 0; i < n; i++)
		if ((column[i] = reference_find(t, names[i])) < 0)
			return problem_set(p, RC_BROKEN, WHY_NO_DATA, file, "no column %s", names[i]);
	*t_r = t;
	return RC_OK;
}

static struct str cell(const struct reference *t, size_t row, int column) { return reference_cell(t, row, (unsigned)column); }

static uint32_t number(struct str s)
{
	uint64_t v = 0;
	return str_u64(s, &v) == RC_OK && v <= UINT32_MAX ? (uint32_t)v : 0;
}

/* "24.34" → 2434; -1 for what is no such price. */
static int64_t cents(struct str s)
{
	struct str rest, whole = str_cut(s, '.', &rest);
	int64_t euros = 0, parts = 0;
	if (str_i64(whole, &euros) != RC_OK || euros < 0 || rest.n > 2 || (rest.n && str_i64(rest, &parts) != RC_OK))
		return -1;
	return euros * 100 + (rest.n == 1 ? parts * 10 : parts);
}

/* Rows of a table by speciality: their order within one stays. */
struct hung { uint32_t cis, row; };
static int by_cis_and_row(const void *one, const void *other)
{
	const struct hung *a = one, *b = other;
	return a->cis != b->cis ? (a->cis < b->cis ? -1 : 1) : a->row < b->row ? -1 : a->row > b->row;
}

static enum rc hang(struct drugs *d, const struct reference *t, int column, const struct hung **at_r, size_t *n_r, struct problem *p)
{
	size_t n = t->rows ? t->rows - 1 : 0;
	struct hung *at = arena_array(&d->life, n + 1, sizeof *at);
	if (!at)
		return arena_rc(&d->life, p);
	for (size_t i = 0; i < n; i++)
		at[i] = (struct hung){ number(cell(t, i + 1, column)), (uint32_t)(i + 1) };
	qsort(at, n, sizeof *at, by_cis_and_row);
	*at_r = at;
	*n_r = n;
	return RC_OK;
}

/* Rows of the speciality at *from; goes on behind them. d->at is by cis while tables are hung on. */
static unsigned take(const struct hung *at, size_t n, uint32_t cis, size_t *from)
{
	unsigned more = 0;
	while (*from < n && at[*from].cis < cis)
		++*from;
	while (*from + more < n && at[*from + more].cis == cis)
		more++;
	return more;
}

static int by_cis(const void *a, const void *b)
{
	const struct drug *x = a, *y = b;
	return x->cis < y->cis ? -1 : x->cis > y->cis;
}

static enum rc read_cis(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "cis", "denomination", "forme", "voies", "etat_commercialisation", "titulaires", "surveillance_renforcee", "statut_amm" };
	const struct reference *t;
	int c[8];
	enum rc rc = drug_table(d, folder, "cis.tsv", names, c, 8, &t, p);
	if (rc != RC_OK)
		return rc;
	d->at = calloc(t->rows, sizeof *d->at);
	if (!d->at)
		return problem_set(p, RC_LIMIT, WHY_BUSY, "cis.tsv", "no memory");
	for (size_t i = 1; i < t->rows; i++) {
		struct drug *one = &d->at[d->n];
		*one = (struct drug){ .cis = number(cell(t, i, c[0])), .name = cell(t, i, c[1]), .form = cell(t, i, c[2]), .routes = cell(t, i, c[3]), .holder = str_trim(cell(t, i, c[5])),
			.marketed = str_eq(cell(t, i, c[4]), "Commercialisée") && str_eq(cell(t, i, c[7]), "Autorisation active"), .watched = str_eq(cell(t, i, c[6]), "Oui") };
		d->n += one->cis != 0;
	}
	qsort(d->at, d->n, sizeof *d->at, by_cis);
	return RC_OK;
}

static enum rc read_packs(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "cis", "cip13", "presentation", "etat_commercialisation", "taux_remboursement", "prix_public_eur" };
	const struct reference *t;
	const struct hung *at;
	size_t n, from = 0;
	int c[6];
	enum rc rc = drug_table(d, folder, "cip.tsv", names, c, 6, &t, p);
	if (rc == RC_OK)
		rc = hang(d, t, c[0], &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < d->n; i++) {
		struct drug *one = &d->at[i];
		unsigned more = take(at, n, one->cis, &from);
		struct drug_pack *pack = arena_array(&d->life, more + 1, sizeof *pack);
		if (!pack)
			return arena_rc(&d->life, p);
		for (unsigned k = 0; k < more; k++) {
			size_t row = at[from + k].row;
			pack[k] = (struct drug_pack){ cell(t, row, c[1]), cell(t, row, c[2]), cell(t, row, c[3]), cell(t, row, c[4]), cents(cell(t, row, c[5])) };
		}
		one->pack = pack;
		one->n_packs = more;
	}
	return rc;
}

static enum rc read_conditions(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "cis", "condition" };
	const struct reference *t;
	const struct hung *at;
	size_t n, from = 0;
	int c[2];
	enum rc rc = drug_table(d, folder, "conditions_prescription.tsv", names, c, 2, &t, p);
	if (rc == RC_OK)
		rc = hang(d, t, c[0], &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < d->n; i++) {
		unsigned more = take(at, n, d->at[i].cis, &from);
		struct str *words = arena_array(&d->life, more + 1, sizeof *words);
		if (!words)
			return arena_rc(&d->life, p);
		for (unsigned k = 0; k < more; k++)
			words[k] = cell(t, at[from + k].row, c[1]);
		d->at[i].condition = words;
		d->at[i].n_conditions = more;
	}
	return rc;
}

/* Of the whole speciality only: a row of one pack says nothing of the others. The last row counts. */
static enum rc read_supply(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "cis", "cip13", "statut", "date_debut", "date_remise", "code_statut" };
	const struct reference *t;
	const struct hung *at;
	size_t n, from = 0;
	int c[6];
	enum rc rc = drug_table(d, folder, "disponibilite.tsv", names, c, 6, &t, p);
	if (rc == RC_OK)
		rc = hang(d, t, c[0], &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < d->n; i++) {
		unsigned more = take(at, n, d->at[i].cis, &from);
		for (unsigned k = 0; k < more; k++) {
			size_t row = at[from + k].row;
			if (cell(t, row, c[1]).n || str_eq(cell(t, row, c[5]), "4")) /* 4: it is back */
				continue;
			d->at[i].supply = cell(t, row, c[2]);
			d->at[i].supply_since = cell(t, row, c[3]);
			d->at[i].supply_until = cell(t, row, c[4]);
		}
	}
	return rc;
}

static enum rc read_groups(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "cis", "groupe", "libelle_groupe", "type" };
	const struct reference *t;
	const struct hung *at;
	size_t n, from = 0;
	int c[4];
	enum rc rc = drug_table(d, folder, "generiques.tsv", names, c, 4, &t, p);
	if (rc == RC_OK)
		rc = hang(d, t, c[0], &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < d->n; i++)
		if (take(at, n, d->at[i].cis, &from)) {
			size_t row = at[from].row;
			d->at[i].group_no = number(cell(t, row, c[1]));
			d->at[i].group = cell(t, row, c[2]);
			d->at[i].group_kind = number(cell(t, row, c[3]));
		}
	return rc;
}

/* ---- substances ---- */

/* Small letters; the register's capitals are ASCII and Latin-1 (C3 80 … C3 9E), and Œ. */
static struct str small(struct arena *a, struct str s)
{
	char *at = arena_bytes(a, s.n + 1);
	for (size_t i = 0; at && i < s.n; i++) {
		unsigned char ch = (unsigned char)s.p[i], before = i ? (unsigned char)s.p[i - 1] : 0;
		bool latin = before == 0xc3 && ch >= 0x80 && ch <= 0x9e && ch != 0x97;
		at[i] = (char)(ch >= 'A' && ch <= 'Z' ? ch + 0x20 : latin ? ch + 0x20 : before == 0xc5 && ch == 0x92 ? 0x93 : ch);
	}
	return at ? (struct str){ at, s.n } : STR_NONE;
}

/* What doses are said of: the moiety of a link where one is published, else its substance. NULL: another row of the link stands for it. */
static const struct drug_part *spoken(const struct drug *one, unsigned k)
{
	const struct drug_part *part = &one->part[k];
	for (unsigned i = 0; i < one->n_parts; i++)
		if (one->part[i].link == part->link && one->part[i].moiety && !part->moiety)
			return NULL;
	for (unsigned i = 0; i < k; i++)
		if (one->part[i].code == part->code && one->part[i].moiety == part->moiety)
			return NULL;
	return part;
}

static enum rc name_dci(struct drugs *d, struct drug *one, struct problem *p)
{
	struct buf b;
	buf_init(&b, 8000);
	for (unsigned k = 0; k < one->n_parts; k++) {
		const struct drug_part *part = spoken(one, k);
		if (part && b.n)
			buf_z(&b, " + ");
		if (part)
			buf_str(&b, small(&d->life, part->name));
	}
	one->dci = arena_str(&d->life, buf_view(&b));
	struct str dci = one->dci.n ? fold_kept(&d->life, one->dci) : STR_NONE, name = fold_kept(&d->life, one->name);
	buf_reset(&b);
	buf_str(&b, dci);
	if (dci.n)
		buf_ch(&b, ' ');
	one->name_at = (uint32_t)b.n;
	buf_str(&b, name);
	one->sort = arena_str(&d->life, buf_view(&b));
	enum rc rc = buf_rc(&b, p);
	buf_done(&b);
	return rc == RC_OK ? arena_rc(&d->life, p) : rc;
}

/* What a part is known as. A salt whose moiety is published is not taken apart: what it is bound to ("clavulanate de potassium") is no potassium. */
static enum rc meet_part(struct drugs *d, const struct drug *one, unsigned k, struct drug_actor *at, unsigned max, unsigned *n_r, struct problem *p)
{
	bool has_moiety = false;
	for (unsigned i = 0; i < one->n_parts; i++)
		has_moiety = has_moiety || (one->part[i].link == one->part[k].link && one->part[i].moiety);
	return thesaurus_actors(d, one->part[k].name, has_moiety && !one->part[k].moiety, at, max, n_r, p);
}

static enum rc meet(struct drugs *d, struct drug *one, struct drug_part *part, struct problem *p)
{
	struct drug_actor at[ACTORS];
	unsigned n = 0;
	enum rc rc = RC_OK;
	for (unsigned k = 0; rc == RC_OK && k < one->n_parts; k++) {
		unsigned more = 0;
		rc = meet_part(d, one, k, at + n, ACTORS - n, &more, p);
		part[k].known = more > 0;
		n += more;
	}
	for (unsigned k = 0; k < one->n_parts; k++) /* a salt is known by its moiety, and the other way round */
		for (unsigned i = 0; i < one->n_parts; i++)
			part[k].known = part[k].known || (part[i].link == part[k].link && part[i].known);
	struct drug_actor *kept = arena_array(&d->life, n + 1, sizeof *kept);
	if (rc != RC_OK || !kept)
		return rc == RC_OK ? arena_rc(&d->life, p) : rc;
	for (unsigned i = 0; i < n; i++) {
		bool twice = false;
		for (unsigned j = 0; j < one->n_actors; j++)
			twice = twice || (kept[j].id == at[i].id && kept[j].via == at[i].via);
		if (!twice)
			kept[one->n_actors++] = at[i];
	}
	one->actor = kept;
	return RC_OK;
}

static enum rc read_parts(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "cis", "substance", "dosage", "reference_dosage", "element", "code_substance", "numero_liaison", "nature" };
	const struct reference *t;
	const struct hung *at;
	size_t n, from = 0;
	int c[8];
	enum rc rc = drug_table(d, folder, "compositions.tsv", names, c, 8, &t, p);
	if (rc == RC_OK)
		rc = hang(d, t, c[0], &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < d->n; i++) {
		struct drug *one = &d->at[i];
		unsigned more = take(at, n, one->cis, &from);
		struct drug_part *part = arena_array(&d->life, more + 1, sizeof *part);
		if (!part)
			return arena_rc(&d->life, p);
		for (unsigned k = 0; k < more; k++) {
			size_t row = at[from + k].row;
			part[k] = (struct drug_part){ .name = str_trim(cell(t, row, c[1])), .dose = cell(t, row, c[2]), .per = cell(t, row, c[3]), .element = cell(t, row, c[4]),
				.code = number(cell(t, row, c[5])), .link = number(cell(t, row, c[6])), .moiety = str_eq(cell(t, row, c[7]), "FT") };
		}
		one->part = part;
		one->n_parts = more;
		rc = name_dci(d, one, p);
		if (rc == RC_OK)
			rc = meet(d, one, part, p);
	}
	return rc;
}

/* ---- ATC ---- */

/* The set of substances of a speciality as text: codes of what is spoken of, sorted. */
static struct str set_of(const struct drug *one, struct arena *a)
{
	uint32_t code[64];
	unsigned n = 0;
	struct buf b;
	for (unsigned k = 0; k < one->n_parts && n < 64; k++) {
		const struct drug_part *part = spoken(one, k);
		unsigned at = n;
		for (; part && at > 0 && code[at - 1] > part->code; at--)
			code[at] = code[at - 1];
		if (part) {
			code[at] = part->code;
			n++;
		}
	}
	buf_init(&b, 1000);
	for (unsigned i = 0; i < n; i++)
		buf_fmt(&b, "%u,", code[i]);
	struct str out = n && !b.failed ? arena_str(a, buf_view(&b)) : STR_NONE;
	buf_done(&b);
	return out;
}

static enum rc read_atc(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "cis", "atc" };
	const struct reference *t;
	const struct hung *at;
	size_t n, from = 0;
	uint64_t place;
	int c[2];
	struct maps *sets = maps_new(); /* set → place of one that has it + 1; 0: they do not agree */
	enum rc rc = sets ? drug_table(d, folder, "cis_atc.tsv", names, c, 2, &t, p) : problem_set(p, RC_LIMIT, WHY_BUSY, "cis_atc.tsv", "no memory");
	if (rc == RC_OK)
		rc = hang(d, t, c[0], &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < d->n; i++) {
		struct drug *one = &d->at[i];
		if (!take(at, n, one->cis, &from))
			continue;
		one->atc = cell(t, at[from].row, c[1]);
		struct str set = set_of(one, &d->life);
		bool known = set.n && maps_find(sets, set, &place);
		bool agree = !known || (place && str_is(d->at[place - 1].atc, one->atc));
		if (set.n && !maps_put(sets, set, !agree ? 0 : known ? place : i + 1))
			rc = problem_set(p, RC_LIMIT, WHY_BUSY, "cis_atc.tsv", "no memory");
	}
	for (size_t i = 0; rc == RC_OK && i < d->n; i++) {
		struct drug *one = &d->at[i];
		struct str set = one->atc.n ? STR_NONE : set_of(one, &d->life);
		if (set.n && maps_find(sets, set, &place) && place) {
			one->atc = d->at[place - 1].atc;
			one->atc_derived = true;
		}
	}
	maps_free(&sets);
	return rc;
}

/* ---- order and words ---- */

static int by_sort(const void *a, const void *b)
{
	const struct drug *x = a, *y = b;
	int c = str_cmp((struct str){ x->sort.p, x->name_at }, (struct str){ y->sort.p, y->name_at }); /* one substance before the same with others */
	if (c == 0)
		c = str_cmp(x->sort, y->sort);
	return c ? c : by_cis(a, b);
}

/* One word of one speciality, until all are sorted. */
struct said { struct str text; uint32_t drug; };
struct said_list { struct said *at; size_t n, most; };

static int by_text(const void *a, const void *b)
{
	const struct said *x = a, *y = b;
	int c = str_cmp(x->text, y->text);
	return c ? c : x->drug < y->drug ? -1 : x->drug > y->drug;
}

static const struct drugs *sorting; /* qsort hands on no context; the base is made by one thread at a time */
static pthread_mutex_t sorts = PTHREAD_MUTEX_INITIALIZER;
static int by_cis_of(const void *a, const void *b) { return by_cis(&sorting->at[*(const uint32_t *)a], &sorting->at[*(const uint32_t *)b]); }

static void add_words(struct said_list *l, uint32_t drug, struct str folded)
{
	for (struct str rest = folded; rest.n && l->n < l->most;) {
		struct str next, one = str_cut(rest, ' ', &next);
		if (one.n)
			l->at[l->n++] = (struct said){ one, drug };
		rest = next;
	}
}

static size_t count_words(struct str s)
{
	size_t n = s.n > 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == ' ';
	return n;
}

/* Each word once, with those who have it. Names of substances beside the spoken ones are words too: who types the salt finds it. */
static enum rc put_words(struct drugs *d, struct problem *p)
{
	struct said_list l = { .most = 1 };
	for (size_t i = 0; i < d->n; i++) {
		l.most += count_words(d->at[i].sort);
		for (unsigned k = 0; k < d->at[i].n_parts; k++)
			l.most += count_words(d->at[i].part[k].name) + 8; /* folding parts "l'acide" into two */
	}
	l.at = malloc(l.most * sizeof *l.at);
	d->post = arena_array(&d->life, l.most, sizeof *d->post);
	if (!l.at || !d->post) {
		free(l.at);
		return problem_set(p, RC_LIMIT, WHY_BUSY, "cis.tsv", "no memory");
	}
	for (uint32_t i = 0; i < d->n; i++) {
		add_words(&l, i, d->at[i].sort);
		for (unsigned k = 0; k < d->at[i].n_parts; k++)
			if (!d->at[i].part[k].moiety)
				add_words(&l, i, fold_kept(&d->life, d->at[i].part[k].name));
	}
	qsort(l.at, l.n, sizeof *l.at, by_text);
	size_t words = 0;
	for (size_t i = 0; i < l.n; i++)
		words += i == 0 || !str_is(l.at[i].text, l.at[i - 1].text);
	d->word = arena_array(&d->life, words + 1, sizeof *d->word);
	for (size_t i = 0; d->word && i < l.n; i++) {
		if (i == 0 || !str_is(l.at[i].text, l.at[i - 1].text))
			d->word[d->n_words++] = (struct drug_word){ l.at[i].text, (uint32_t)i, 0 };
		d->word[d->n_words - 1].n++;
		d->post[i] = l.at[i].drug;
	}
	free(l.at);
	return arena_rc(&d->life, p);
}

static enum rc put_in_order(struct drugs *d, struct problem *p)
{
	qsort(d->at, d->n, sizeof *d->at, by_sort);
	d->by_cis = arena_array(&d->life, d->n + 1, sizeof *d->by_cis);
	if (!d->by_cis)
		return arena_rc(&d->life, p);
	for (uint32_t i = 0; i < d->n; i++)
		d->by_cis[i] = i;
	pthread_mutex_lock(&sorts);
	sorting = d;
	qsort(d->by_cis, d->n, sizeof *d->by_cis, by_cis_of);
	pthread_mutex_unlock(&sorts);
	return put_words(d, p);
}

static enum rc read_editions(struct drugs *d, const char *folder, struct problem *p)
{
	static const char *const names[] = { "table", "edition" };
	const struct reference *t;
	int c[2];
	enum rc rc = drug_table(d, folder, "edition.tsv", names, c, 2, &t, p);
	for (size_t i = 1; rc == RC_OK && i < t->rows && d->n_editions < sizeof d->edition / sizeof d->edition[0]; i++)
		d->edition[d->n_editions++] = (struct drug_edition){ cell(t, i, c[0]), cell(t, i, c[1]) };
	return rc;
}

/* ---- the base ---- */

struct drugs *drug_read(const char *folder, struct problem *p)
{
	struct drugs *d = calloc(1, sizeof *d);
	if (!d) {
		(void)!problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory");
		return NULL;
	}
	arena_init(&d->life, LIFE);
	enum rc rc = read_editions(d, folder, p);
	if (rc == RC_OK)
		rc = thesaurus_read(d, folder, p);
	if (rc == RC_OK)
		rc = read_cis(d, folder, p);
	if (rc == RC_OK)
		rc = read_parts(d, folder, p);
	if (rc == RC_OK)
		rc = read_packs(d, folder, p);
	if (rc == RC_OK)
		rc = read_conditions(d, folder, p);
	if (rc == RC_OK)
		rc = read_supply(d, folder, p);
	if (rc == RC_OK)
		rc = read_groups(d, folder, p);
	if (rc == RC_OK)
		rc = read_atc(d, folder, p);
	if (rc == RC_OK)
		rc = put_in_order(d, p);
	for (unsigned i = 0; i < d->n_tables; i++)
		reference_fold(&d->table[i]);
	if (rc != RC_OK)
		drug_free(&d);
	return d;
}

void drug_free(struct drugs **dp)
{
	struct drugs *d = *dp;
	if (!d)
		return;
	for (unsigned i = 0; i < d->n_tables; i++)
		reference_done(&d->table[i]);
	thesaurus_done(&d->t);
	free(d->at);
	arena_done(&d->life);
	free(d);
	*dp = NULL;
}

static char at_folder[512];
static pthread_mutex_t house = PTHREAD_MUTEX_INITIALIZER;
static struct drugs *of_house;

void drug_folder(const char *folder)
{
	size_t n = folder ? strlen(folder) : 0;
	pthread_mutex_lock(&house);
	at_folder[0] = '\0';
	if (n < sizeof at_folder)
		memcpy(at_folder, folder ? folder : "", n + 1);
	pthread_mutex_unlock(&house);
}

const struct drugs *drug_base(struct problem *p)
{
	pthread_mutex_lock(&house);
	if (!of_house && at_folder[0])
		of_house = drug_read(at_folder, p);
	else if (!of_house)
		(void)!problem_set(p, RC_BROKEN, WHY_NO_DATA, "medicaments", "no folder");
	const struct drugs *d = of_house;
	pthread_mutex_unlock(&house);
	return d;
}

struct str drug_edition(const struct drugs *d, const char *table)
{
	for (unsigned i = 0; i < d->n_editions; i++)
		if (str_eq(d->edition[i].table, table))
			return d->edition[i].date;
	return STR_NONE;
}

/* ---- finding ---- */

const struct drug *drug_by_cis(const struct drugs *d, uint32_t cis)
{
	size_t low = 0, high = d->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (d->at[d->by_cis[mid]].cis < cis)
			low = mid + 1;
		else
			high = mid;
	}
	return low < d->n && d->at[d->by_cis[low]].cis == cis ? &d->at[d->by_cis[low]] : NULL;
}

const struct drug *drug_by_cip(const struct drugs *d, struct str cip13)
{
	for (const struct drug *one = cip13.n ? drug_next(d, NULL) : NULL; one; one = drug_next(d, one))
		for (unsigned i = 0; i < one->n_packs; i++)
			if (str_is(one->pack[i].cip13, cip13))
				return one;
	return NULL;
}

const struct drug *drug_next(const struct drugs *d, const struct drug *one)
{
	size_t i = one ? (size_t)(one - d->at) + 1 : 0;
	return i < d->n ? &d->at[i] : NULL;
}

static size_t first_word(const struct drugs *d, struct str prefix)
{
	size_t low = 0, high = d->n_words;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (str_cmp(d->word[mid].text, prefix) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The word typed first begins the substance (0), or the name (1): that is what was looked for; the others (2) only hold it. */
static unsigned led(const struct drug *one, struct str first)
{
	struct str name = { one->sort.p + one->name_at, one->sort.n - one->name_at };
	return one->name_at && str_starts(one->sort, first) ? 0 : str_starts(name, first) ? 1 : 2;
}

/* Specialities that have all words, as a bitmap in has. Answers the letters of all words. */
static size_t holding(const struct drugs *d, struct str key, unsigned char *has, unsigned char *of, size_t bytes)
{
	size_t letters = 0;
	unsigned words = 0;
	for (struct str rest = key; rest.n && words < WORDS_TYPED; words++) {
		struct str next, one = str_cut(rest, ' ', &next);
		unsigned char *to = words ? of : has;
		memset(to, 0, bytes);
		for (size_t i = first_word(d, one); i < d->n_words && (one.n > 1 ? str_starts(d->word[i].text, one) : str_is(d->word[i].text, one)); i++)
			for (const uint32_t *at = d->post + d->word[i].first, *end = at + d->word[i].n; at < end; at++)
				to[*at / 8] |= (unsigned char)(1u << *at % 8);
		for (size_t i = 0; words && i < bytes; i++)
			has[i] &= of[i];
		letters += one.n;
		rest = next;
	}
	return letters;
}

#define CLASSES 6 /* on the market, by what leads; and so the others */
size_t drug_find(const struct drugs *d, struct str typed, const struct drug **at, size_t max)
{
	size_t bytes = d->n / 8 + 1, n[CLASSES] = { 0 }, shown = 0, total = 0;
	struct buf key;
	buf_init(&key, 800);
	fold_key(&key, typed);
	struct str words = key.failed ? STR_NONE : buf_view(&key), rest, first = str_cut(words, ' ', &rest);
	unsigned char *has = words.n >= LETTERS ? calloc(2, bytes) : NULL;
	const struct drug **of = calloc(CLASSES * max + 1, sizeof(struct drug *));
	bool enough = has && of && holding(d, words, has, has + bytes, bytes) >= LETTERS;
	for (size_t i = 0; enough && i < d->n; i++) {
		if (i % 8 == 0 && !has[i / 8]) {
			i += 7;
			continue;
		}
		if (!(has[i / 8] >> i % 8 & 1))
			continue;
		unsigned class_ = (d->at[i].marketed ? 0 : 3) + led(&d->at[i], first);
		if (n[class_] < max)
			of[class_ * max + n[class_]] = &d->at[i];
		n[class_]++;
	}
	for (unsigned c = 0; c < CLASSES; total += n[c], c++)
		for (size_t i = 0; i < n[c] && i < max && shown < max; i++)
			at[shown++] = of[c * max + i];
	free(of);
	free(has);
	buf_done(&key);
	return total;
}
