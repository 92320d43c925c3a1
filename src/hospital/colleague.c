/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/colleague.c: see colleague.h. Must never give a name out: what leaves is yes or no. Start at colleague_is. */
#include "hospital/colleague.h"

#include <stdlib.h>
#include <string.h>

#include "codec/fold.h"
#include "hospital/account.h"
#include "record/keys.h"

#define WORDS_MOST 12

struct colleague { int64_t key; struct str practitioner; };

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }
static int by_key(const void *a, const void *b)
{
	const struct colleague *x = a, *y = b;
	return x->key < y->key ? -1 : x->key > y->key;
}

/* What stands before a name and is none. */
static bool is_title(struct str word)
{
	static const char *const TITLE[] = { "dr", "pr", "mme", "mlle", "m" };
	for (size_t i = 0; i < N_OF(TITLE); i++)
		if (str_eq(word, TITLE[i]))
			return true;
	return false;
}

/* A hash of the words of a name in the order of letters: an account says "Anne Le Goff", a record family and given name. 0: no two words. */
static int64_t name_key(struct str name)
{
	struct str word[WORDS_MOST];
	size_t n = 0;
	struct buf folded, sorted;
	buf_init(&folded, 8192);
	buf_init(&sorted, 8192);
	fold_key(&folded, name);
	for (struct str rest = buf_view(&folded); rest.n && n < WORDS_MOST;) {
		struct str one = str_cut(rest, ' ', &rest);
		if (one.n && !is_title(one))
			word[n++] = one;
	}
	qsort(word, n, sizeof *word, by_text);
	buf_z(&sorted, "colleague");
	for (size_t i = 0; i < n; i++) {
		buf_ch(&sorted, ' ');
		buf_str(&sorted, word[i]);
	}
	int64_t key = n < 2 || folded.failed || sorted.failed ? 0 : keys_house_hash(buf_view(&sorted));
	buf_done_wiped(&folded);
	buf_done_wiped(&sorted);
	return key;
}

static enum rc names_read(struct colleagues *k, struct problem *p)
{
	struct db_stmt *s = db_stmt(k->db, ST_HOSPITAL_ACCOUNT_NAMES);
	size_t cap = 0;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, 0);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		if (k->n == cap) {
			struct colleague *more = arena_array(k->arena, cap ? cap * 2 : 256, sizeof *more);
			if (!more)
				break;
			if (k->n)
				memcpy(more, k->at, k->n * sizeof *more);
			k->at = more;
			cap = cap ? cap * 2 : 256;
		}
		int64_t key = name_key(account_name(k->db, db_i64(s, 0), db_text(s, 1), k->arena));
		if (key)
			k->at[k->n++] = (struct colleague){ key, arena_str(k->arena, db_text(s, 2)) };
	}
	db_reset(s);
	if (k->n)
		qsort(k->at, k->n, sizeof *k->at, by_key);
	k->read = rc == RC_OK;
	return rc == RC_OK ? arena_rc(k->arena, p) : rc;
}

/* The record of the practitioner behind the account may know the birth date: then it must be the patient's. */
static enum rc is_born(struct colleagues *k, struct str practitioner, struct str born_on, bool *is, struct problem *p)
{
	struct item it;
	bool found = false;
	enum rc rc = practitioner.n && born_on.n == 10 ? item_find(k->db, k->arena, "Practitioner", practitioner, &found, &it, p) : RC_OK;
	struct str born = rc == RC_OK && found ? text_at(it.body, "birthDate") : STR_NONE;
	if (born.n != 10 || str_is(born, born_on))
		*is = true;
	return rc;
}

static enum rc is_named(struct colleagues *k, struct str family, struct str given, struct str born_on, bool *is, struct problem *p)
{
	struct buf whole;
	enum rc rc = RC_OK;
	if (*is || !family.n || !given.n)
		return RC_OK;
	buf_init(&whole, 8192);
	buf_str(&whole, family);
	buf_ch(&whole, ' ');
	buf_str(&whole, given);
	struct colleague asked = { .key = name_key(buf_view(&whole)) };
	buf_done_wiped(&whole);
	const struct colleague *hit = asked.key && k->n ? bsearch(&asked, k->at, k->n, sizeof *k->at, by_key) : NULL;
	while (hit && hit > k->at && hit[-1].key == asked.key)
		hit--;
	for (; hit && hit < k->at + k->n && hit->key == asked.key && rc == RC_OK && !*is; hit++)
		rc = is_born(k, hit->practitioner, born_on, is, p);
	return rc;
}

enum rc colleague_is(struct colleagues *k, const struct traits *t, bool *is_r, struct problem *p)
{
	const struct str family[] = { t->birth_name, t->used_name }, given[] = { t->given, t->used_given };
	enum rc rc = k->read ? RC_OK : names_read(k, p);
	*is_r = false;
	for (size_t i = 0; i < N_OF(family); i++)
		for (size_t j = 0; j < N_OF(given) && rc == RC_OK; j++)
			rc = is_named(k, family[i], given[j], t->born_on, is_r, p);
	return rc;
}
