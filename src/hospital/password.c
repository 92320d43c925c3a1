/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/password.c: see password.h. All copies of a password made here are wiped. The word lists are data/passwords, made into tables at build time;
 * guesses are counted by libzxcvbn, whose own lists are English: the French words that stand in a password are found here and handed to it at a rank.
 */
#include "hospital/password.h"
#include "hospital/password_words.h"
#include "hospital/rule.h"
#include "hospital/show.h"
#include "base/utf8.h"
#include "codec/fold.h"

#include <math.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <zxcvbn.h>

#define WORD_LEAST 4      /* LEAST and MOST of tools/gen_passwords.py */
#define WORD_MOST 26
/* libzxcvbn takes ln2(rank) bits for a word. The near list is 7,000 words, of which people take the first ones; French has 77,000 lemmas in the far one, of
 * which a person uses some thousands: 12 bits a word. Three words that have nothing to do with each other pass, two do not. */
#define NEAR_RANK 256
#define FAR_RANK 4096
#define FOUND_MOST 64     /* words handed over; a text of that many is long enough */
#define LOOKED_AT 100     /* bytes: libzxcvbn counts what comes after as letters at random */

static bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
static bool is_alnum(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/* ---- digits and signs that stand for letters ---- */

static char letter_of(char c, bool one_is_l)
{
	static const char FROM[] = "0134578@$!", TO[] = "oieastbasi";
	const char *at = c ? strchr(FROM, c) : NULL;
	return !at ? c : c == '1' && one_is_l ? 'l' : TO[at - FROM];
}

/* The three ways to read a text: as it stands, and with signs as letters, 1 being i or l. */
enum reading { AS_IS, ONE_IS_I, ONE_IS_L, READING__END };

static void read_as(struct buf *out, struct str s, enum reading how)
{
	for (size_t i = 0; i < s.n; i++)
		buf_ch(out, how == AS_IS ? s.p[i] : letter_of(s.p[i], how == ONE_IS_L));
}

/* Letters and digits alone. */
static void squeeze(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_alnum(s.p[i]) || (unsigned char)s.p[i] >= 0x80)
			buf_ch(out, s.p[i]);
}

static bool contains(struct str s, struct str part)
{
	return part.n && s.n >= part.n && memmem(s.p, s.n, part.p, part.n) != NULL;
}

/* ---- the lists ---- */

#define FNV_START 0x811C9DC5u
static uint32_t fnv(uint32_t h, char c) { return (h ^ (unsigned char)c) * 0x01000193u; }

static bool is_in(const uint32_t *list, size_t n, uint32_t print)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (list[middle] == print)
			return true;
		if (list[middle] < print)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool is_near(struct str word)
{
	uint32_t print = FNV_START;
	for (size_t i = 0; i < word.n; i++)
		print = fnv(print, word.p[i]);
	return word.n >= WORD_LEAST && word.n <= WORD_MOST && is_in(password_near, password_near_count, print);
}

/* ---- guesses ---- */

/* Words of the lists inside a text, as libzxcvbn wants them: ended by NUL, at their rank, with what matches nothing before them. */
struct found { unsigned n_near, n_far; char near[FOUND_MOST][WORD_MOST + 1], far[FOUND_MOST][WORD_MOST + 1]; };

static void keep(char (*list)[WORD_MOST + 1], unsigned *n, struct str word)
{
	for (unsigned i = 0; i < *n; i++)
		if (str_eq(word, list[i]))
			return;
	if (*n == FOUND_MOST)
		return;
	memcpy(list[*n], word.p, word.n);
	list[(*n)++][word.n] = '\0';
}

static void find_words(struct str s, struct found *f)
{
	for (size_t i = 0; i < s.n; i++) {
		uint32_t print = FNV_START;
		for (size_t n = 1; n <= WORD_MOST && i + n <= s.n && is_alnum(s.p[i + n - 1]); n++) {
			print = fnv(print, s.p[i + n - 1]);
			if (n < WORD_LEAST)
				continue;
			if (is_in(password_near, password_near_count, print))
				keep(f->near, &f->n_near, (struct str){ s.p + i, n });
			else if (is_in(password_far, password_far_count, print))
				keep(f->far, &f->n_far, (struct str){ s.p + i, n });
		}
	}
}

static unsigned fill(const char **words, unsigned at, unsigned until)
{
	while (at < until)
		words[at++] = "\x01"; /* stands in no password: control characters are refused */
	return at;
}

/* bare: folded, ended by NUL. */
static double guesses_bits(const struct buf *bare)
{
	UNSET const char *words[FAR_RANK + FOUND_MOST + 1];
	UNSET struct found f;
	unsigned n = fill(words, 0, NEAR_RANK - 1);
	f.n_near = f.n_far = 0;
	for (int how = AS_IS; how < READING__END; how++) {
		struct buf text;
		buf_init(&text, PASSWORD_BYTES * 4);
		struct str whole = { bare->p, bare->n - 1 };
		read_as(&text, (struct str){ whole.p, utf8_floor(whole, LOOKED_AT) }, (enum reading)how);
		find_words(buf_view(&text), &f);
		buf_done_wiped(&text);
	}
	for (unsigned i = 0; i < f.n_near; i++)
		words[n++] = f.near[i];
	n = fill(words, n, FAR_RANK - 1);
	for (unsigned i = 0; i < f.n_far; i++)
		words[n++] = f.far[i];
	words[n] = NULL;
	double bits = ZxcvbnMatch(bare->p, words, NULL);
	wipe(&f, sizeof f);
	return bits;
}

/* libzxcvbn takes the blank between two words for a sign at random, 6 bits each. What stands between words is of a few kinds, the same one throughout:
 * the text without them is counted too, and this much for the kind. */
#define BETWEEN " -_.,;:'/+"
#define BETWEEN_BITS 4

double password_bits(struct str password)
{
	struct buf bare, tight;
	buf_init(&bare, PASSWORD_BYTES * 20);
	buf_init(&tight, PASSWORD_BYTES * 20);
	fold_bare(&bare, password);
	for (size_t i = 0; i < bare.n; i++)
		if (!strchr(BETWEEN, bare.p[i]) || !bare.p[i])
			buf_ch(&tight, bare.p[i]);
	buf_ch(&bare, '\0');
	buf_ch(&tight, '\0');
	double bits = bare.failed || tight.failed ? 0 : guesses_bits(&bare);
	if (tight.n < bare.n && !tight.failed)
		bits = fmin(bits, guesses_bits(&tight) + BETWEEN_BITS);
	buf_done_wiped(&bare);
	buf_done_wiped(&tight);
	return isfinite(bits) ? bits : 0;
}

/* ---- the rules ---- */

static bool has_controls(struct str s)
{
	uint32_t c;
	for (size_t at = 0; utf8_next(s, &at, &c);)
		if (c < 0x20 || (c >= 0x7F && c < 0xA0))
			return true;
	return false;
}

/* "aaaaaaaaaaaa", "abcabcabcabc", "123456789012": one short motif, or one run up or down */
static bool is_repeated(struct str s)
{
	for (size_t period = 1; period <= s.n / 3 && period <= 4; period++) {
		size_t i = period;
		while (i < s.n && s.p[i] == s.p[i - period])
			i++;
		if (i == s.n)
			return true;
	}
	size_t runs = 0;
	for (size_t i = 1; i < s.n; i++) {
		int step = s.p[i] - s.p[i - 1];
		runs += step == 1 || step == -1;
	}
	return runs + 2 >= s.n;
}

static struct str letters_within(struct str s)
{
	while (s.n && !is_letter(s.p[0]))
		s.p++, s.n--;
	while (s.n && !is_letter(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* A password of the lists, once or several times, whatever stands before its first letter and after its last. */
static bool is_common(struct str text)
{
	struct str s = letters_within(text);
	for (size_t n = WORD_LEAST; n <= s.n && n <= WORD_MOST; n++) {
		if (s.n % n)
			continue;
		size_t i = n;
		while (i < s.n && s.p[i] == s.p[i - n])
			i++;
		if (i == s.n && is_near((struct str){ s.p, n }))
			return true;
	}
	return false;
}

/* Words of hospitals, and of unit names that are too general to be told to avoid. */
static const char *const EVERY_HOUSE[] = { "hygie", "hopital", "hospital", "clinique", "ehpad", NULL };
static const char *const NO_WORD[] = { "unite", "service", "services", "pole", "centre", "secteur", "saint", "sainte", "avec", "pour", "dans", "jour", "nuit", "des", "les", NULL };

static bool is_listed(struct str word, const char *const *list)
{
	for (; *list; list++)
		if (str_eq(word, *list))
			return true;
	return false;
}

/* Whether a word of name stands in text, which is squeezed. */
static bool holds_word_of(struct str text, struct str name)
{
	struct buf key;
	bool holds = false;
	buf_init(&key, 4096);
	fold_key(&key, name);
	for (struct str rest = buf_view(&key), word; rest.n && !holds;) {
		word = str_cut(rest, ' ', &rest);
		holds = utf8_count(word) >= WORD_LEAST && !is_listed(word, NO_WORD) && contains(text, word);
	}
	buf_done(&key);
	return holds;
}

static bool holds_login(struct str text, struct str login)
{
	struct buf bare;
	buf_init(&bare, 256);
	squeeze(&bare, login); /* logins are stored in lower-case ASCII */
	bool holds = bare.n >= 3 && contains(text, buf_view(&bare));
	buf_done(&bare);
	return holds || holds_word_of(text, login);
}

static bool is_of_house(const struct password_owner *of, struct str text)
{
	bool holds = holds_login(text, of->login) || holds_word_of(text, of->name);
	for (const char *const *word = EVERY_HOUSE; *word && !holds; word++)
		holds = contains(text, str_of(*word));
	for (unsigned i = 0; i < of->n_house && !holds; i++)
		holds = holds_word_of(text, of->house[i]);
	return holds;
}

/* Read in each way, and so without the digits and signs around it, which are mostly a year: "M0tDeP@sse2024". */
static enum why made_of(const struct password_owner *of, struct str bare)
{
	enum why why = WHY_NONE;
	for (int way = 0; way < 2 * READING__END && why == WHY_NONE; way++) {
		struct buf text, tight;
		buf_init(&text, bare.n + 1);
		buf_init(&tight, bare.n + 1);
		read_as(&text, way < READING__END ? bare : letters_within(bare), (enum reading)(way % READING__END));
		squeeze(&tight, buf_view(&text));
		if (text.failed || tight.failed)
			why = WHY_BUSY; /* no memory */
		else if (is_of_house(of, buf_view(&tight)))
			why = WHY_PASSWORD_HOUSE;
		else if (is_common(buf_view(&tight)))
			why = WHY_PASSWORD_COMMON;
		buf_done_wiped(&text);
		buf_done_wiped(&tight);
	}
	return why;
}

static enum rc characters_check(const struct password_owner *of, struct str opaque, struct problem *p)
{
	size_t least = of->role == ROLE_ADMIN || of->role == ROLE_RSSI ? PASSWORD_LEAST_POWERFUL : PASSWORD_LEAST;
	if (!utf8_valid(opaque) || has_controls(opaque))
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_CHARS, "password", "controls, or no UTF-8");
	size_t n = utf8_count(opaque);
	if (n < least)
		return problem_set(p, RC_BAD_INPUT, WHY_PASSWORD_SHORT, "password", "%zu of %zu characters", n, least);
	if (of->least > 0 && n < (size_t)of->least)
		return problem_set(p, RC_BAD_INPUT, WHY_PASSWORD_RULE, "password", "%zu of %d characters", n, of->least);
	return RC_OK;
}

enum rc password_rules(const struct password_owner *of, struct str password, struct problem *p)
{
	if (password.n > PASSWORD_BYTES)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_TOO_LONG, "password", "%zu bytes", password.n);
	struct buf opaque, bare;
	buf_init(&opaque, PASSWORD_BYTES * 4);
	buf_init(&bare, PASSWORD_BYTES * 20);
	fold_opaque(&opaque, password);
	fold_bare(&bare, password);
	enum rc rc = buf_rc(&opaque, p);
	if (rc == RC_OK)
		rc = buf_rc(&bare, p);
	if (rc == RC_OK)
		rc = characters_check(of, buf_view(&opaque), p);
	if (rc == RC_OK) {
		enum why why = made_of(of, buf_view(&bare));
		if (why == WHY_NONE && (is_repeated(password) || password_bits(password) < PASSWORD_GUESSES_BITS))
			why = WHY_PASSWORD_WEAK;
		if (why != WHY_NONE)
			rc = problem_set(p, why == WHY_BUSY ? RC_RETRY : RC_BAD_INPUT, why, "password", "rule %s", why_row(why)->name);
	}
	buf_done_wiped(&opaque);
	buf_done_wiped(&bare);
	return rc;
}

/* ---- names of the house ---- */

#define HOUSE_NAMES 64
#define HOUSE_LEVELS 5   /* unit, service, pole, site, establishment */
#define ESTABLISHMENTS 16

enum rc password_house(struct db_conn *c, struct arena *a, const struct str *units, unsigned n_units, struct password_owner *of, struct problem *p)
{
	static const struct pair TOP[] = { { { "partof:missing", 14 }, { "true", 4 } } };
	struct str *names = arena_array(a, HOUSE_NAMES, sizeof *names);
	struct items tops = { .n = 0 };
	unsigned n = 0;
	enum rc rc = names ? items_find(c, a, "Organization", TOP, 1, ESTABLISHMENTS, &tops, p) : arena_rc(a, p);
	for (size_t i = 0; i < tops.n && rc == RC_OK; i++)
		names[n++] = json_get_text(tops.at[i].body, "name");
	for (unsigned u = 0; u < n_units && rc == RC_OK; u++) {
		struct str id = units[u];
		bool found = true;
		for (unsigned level = 0; level < HOUSE_LEVELS && n < HOUSE_NAMES && found && rc == RC_OK; level++) {
			struct item it;
			rc = item_find(c, a, "Organization", id, &found, &it, p);
			if (rc != RC_OK || !found)
				break;
			names[n++] = json_get_text(it.body, "name");
			found = ref_of(json_get(it.body, "partOf"), "Organization", &id);
		}
	}
	struct account whose = { .role = of->role, .n_units = n_units < ACTOR_UNITS ? n_units : ACTOR_UNITS };
	struct rules rules;
	for (unsigned u = 0; u < whose.n_units; u++)
		whose.units[u] = units[u];
	if (rc == RC_OK)
		rc = rules_of(c, &whose, a, &rules, p);
	if (rc == RC_OK)
		of->house = names, of->n_house = n, of->least = rules.at[RULE_PASSWORD];
	return rc;
}

/* ---- how it is kept ---- */

static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;

static void sodium_start(void)
{
	MUST(sodium_init() >= 0);
}

enum rc password_hash(struct str password, struct buf *out, struct problem *p)
{
	char hash[crypto_pwhash_STRBYTES];
	struct buf opaque;
	(void)pthread_once(&sodium_once, sodium_start);
	buf_init(&opaque, SIZE_MAX / 8);
	fold_opaque(&opaque, password);
	/* 2 passes over 64 MiB: libsodium's interactive figures, above the minimum of OWASP (Password Storage, Argon2id). */
	bool done = !opaque.failed && crypto_pwhash_str_alg(hash, opaque.p ? opaque.p : "", opaque.n, crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
		crypto_pwhash_ALG_ARGON2ID13) == 0;
	buf_done_wiped(&opaque);
	if (!done)
		return problem_set(p, RC_RETRY, WHY_BUSY, "password", "no memory for Argon2id");
	buf_z(out, hash);
	wipe(hash, sizeof hash);
	return buf_rc(out, p);
}

bool password_is(struct str hash, struct str password)
{
	char z[crypto_pwhash_STRBYTES];
	struct buf opaque;
	(void)pthread_once(&sodium_once, sodium_start);
	if (!hash.n || hash.n >= sizeof z)
		return false;
	memcpy(z, hash.p, hash.n);
	z[hash.n] = 0;
	buf_init(&opaque, SIZE_MAX / 8);
	fold_opaque(&opaque, password);
	bool good = !opaque.failed && crypto_pwhash_str_verify(z, opaque.p ? opaque.p : "", opaque.n) == 0;
	buf_done_wiped(&opaque);
	wipe(z, sizeof z);
	return good;
}
