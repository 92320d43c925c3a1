/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/fold.c: see fold.h. Keys are stored in indexes: any change of a rule here, of the table below, or of the Unicode version of utf8proc that
 * changes a key means FOLD_VERSION + 1 and a reindex. Invalid UTF-8 counts as U+FFFD. Must never fail on any text: only memory can.
 * Called by record (search indexes), hospital (identity), web (display). Start at fold_key; the phonetic rules are the table SOUNDS.
 */
#include "codec/fold.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- the key ---- */

static inline bool is_ascii_letter(unsigned c)
{
	return (c | 0x20) - 'a' <= 25u;
}

static inline bool is_digit(unsigned c)
{
	return c - '0' <= 9u;
}

/* Collects characters, makes one space of every gap between words; bare: keeps what stands there. */
struct keyer {
	struct buf *out;
	bool any, gap, bare;
	size_t n;
	char held[256];
};

static void flush(struct keyer *k)
{
	buf_put(k->out, k->held, k->n);
	k->n = 0;
}

static void put_bytes(struct keyer *k, const char *p, size_t n)
{
	if (k->n > sizeof k->held - 8)
		flush(k);
	if (k->gap && k->any)
		k->held[k->n++] = ' ';
	k->gap = false;
	k->any = true;
	memcpy(k->held + k->n, p, n);
	k->n += n;
}

/* Letters that Unicode does not decompose but that French and its neighbours type in two ways. Case is folded before. */
static const struct { uint32_t code; const char *ascii; } SPELLED[] = {
	{ 0x00E6, "ae" }, /* æ */
	{ 0x0153, "oe" }, /* œ */
	{ 0x00F8, "o" },  /* ø */
	{ 0x0111, "d" },  /* đ */
	{ 0x00F0, "d" },  /* ð */
	{ 0x00FE, "th" }, /* þ */
	{ 0x0142, "l" },  /* ł */
	{ 0x0131, "i" },  /* ı */
	{ 0x00DF, "ss" }, /* ß, when it comes out of a decomposition */
};

static void put_folded(struct keyer *k, uint32_t c)
{
	for (size_t i = 0; i < sizeof SPELLED / sizeof SPELLED[0]; i++)
		if (c == SPELLED[i].code) {
			put_bytes(k, SPELLED[i].ascii, strlen(SPELLED[i].ascii));
			return;
		}
	utf8proc_uint8_t z[4];
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
		put_bytes(k, (const char *)z, (size_t)utf8proc_encode_char((utf8proc_int32_t)c, z));
		break;
	case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME: /* marks are dropped */
	case UTF8PROC_CATEGORY_CF:                                                       /* so are joiners, soft hyphens, direction marks */
		break;
	default:
		if (k->bare)
			put_bytes(k, (const char *)z, (size_t)utf8proc_encode_char((utf8proc_int32_t)c, z));
		else
			k->gap = true;
	}
}

static void put_code(struct keyer *k, uint32_t c)
{
	/* The longest decomposition (U+FDFA) has 18 code points. */
	utf8proc_int32_t part[64];
	int boundary = 0;
	utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)c, part, 64,
		UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, &boundary);
	if (n < 0 || n > 64) {
		put_folded(k, c);
		return;
	}
	for (utf8proc_ssize_t i = 0; i < n; i++)
		put_folded(k, (uint32_t)part[i]);
}

static void fold_with(struct keyer k, struct str s)
{
	for (size_t at = 0; at < s.n;) {
		unsigned char c = (unsigned char)s.p[at];
		if (c < 0x80) {
			char low = (char)(c | 0x20);
			if (is_ascii_letter(c))
				put_bytes(&k, &low, 1);
			else if (is_digit(c) || k.bare)
				put_bytes(&k, s.p + at, 1);
			else
				k.gap = true;
			at++;
			continue;
		}
		uint32_t code = 0;
		utf8_next(s, &at, &code);
		put_code(&k, code);
	}
	flush(&k);
}

void fold_key(struct buf *out, struct str s) { fold_with((struct keyer){ .out = out }, s); }
void fold_bare(struct buf *out, struct str s) { fold_with((struct keyer){ .out = out, .bare = true }, s); }

/* ---- forms that keep the text ---- */

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* Valid text from any bytes. */
static void put_repaired(struct buf *out, struct str s)
{
	uint32_t c;
	for (size_t at = 0; utf8_next(s, &at, &c);)
		utf8_put(out, c);
}

void fold_nfc(struct buf *out, struct str s)
{
	if (is_ascii(s)) {
		buf_str(out, s);
		return;
	}
	struct buf repaired;
	buf_init(&repaired, SIZE_MAX / 8);
	if (!utf8_valid(s)) {
		put_repaired(&repaired, s);
		s = buf_view(&repaired);
	}
	utf8proc_uint8_t *nfc = NULL;
	utf8proc_ssize_t n = repaired.failed ? UTF8PROC_ERROR_NOMEM
		: utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &nfc, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n < 0)
		out->failed = true;
	else
		buf_put(out, nfc, (size_t)n);
	free(nfc);
	buf_done(&repaired);
}

void fold_opaque(struct buf *out, struct str s)
{
	if (is_ascii(s) || !utf8_valid(s)) {
		buf_str(out, s);
		return;
	}
	struct buf spaced;
	uint32_t c;
	buf_init(&spaced, SIZE_MAX / 8);
	for (size_t at = 0; utf8_next(s, &at, &c);)
		utf8_put(&spaced, utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_ZS ? ' ' : c);
	out->failed = out->failed || spaced.failed;
	fold_nfc(out, buf_view(&spaced));
	buf_done_wiped(&spaced);
}

void fold_upper(struct buf *out, struct str s)
{
	uint32_t c;
	for (size_t at = 0; utf8_next(s, &at, &c);) {
		if (c == 0xDF) /* ß: the register writes SS, not the capital letter of 2017 */
			buf_put(out, "SS", 2);
		else
			utf8_put(out, (uint32_t)utf8proc_toupper((utf8proc_int32_t)c));
	}
}

/* ---- the phonetic key ---- */
/*
 * Rules, in order. The text is first made a key (fold_key); each word is taken alone; the keys of the words are joined without a space, so that
 * "Le Fèvre" meets "Lefèvre" and "Jean-Pierre" meets "Jean Pierre". Letters outside a…z and digits are kept as they are.
 *  1. h is dropped, except after c, p, s, g (where it makes one sound with it).
 *  2. Doubled letters count once; ss becomes a hard s, cc before e, i, y becomes ks.
 *  3. The end of a word of more than three letters is cut: a final s, then either one final e (it is not heard, but softens what is before it:
 *     Rose, Simone), or (when there was no e) the silent run of d, t, z and s, x after u; c after n and p after m go too. "ier" ends in i.
 *  4. From left to right, the first row of SOUNDS that fits is taken; c, g, s, n, m look at what follows.
 *  5. Equal neighbours of the result count once.
 * Symbols of the result: consonants B D F G J K L M N P R S T V X(ch) Z, vowels A E I O U(ou) Y(u) Q(eu), nasals 1(an) 2(in) 3(on).
 */
enum follows { ANY, END, SOFT /* e i y */, VOWEL, CLOSED /* no vowel, nor n, m: a nasal stays one */, LABIAL /* b p */, HARD /* l r t n, or end */ };

#define SS '\1'     /* the hard s of rule 2 */
#define MUTE_E '\2' /* the final e of rule 3: a vowel for its neighbours, no sound */

static const struct { const char *from; enum follows next; const char *to; } SOUNDS[] = {
	/* groups of consonants */
	{ "sch",   ANY,    "X" },
	{ "sh",    ANY,    "X" },
	{ "chae",  ANY,    "KE" },    /* Michael, Mickaël */
	{ "ch",    HARD,   "K" },     /* Christophe, Chloé, Roch */
	{ "ch",    ANY,    "X" },
	{ "ph",    ANY,    "F" },
	{ "gh",    ANY,    "G" },
	{ "ck",    ANY,    "K" },
	{ "cq",    ANY,    "K" },
	{ "qu",    ANY,    "K" },
	{ "q",     ANY,    "K" },
	{ "sc",    SOFT,   "S" },
	{ "bv",    ANY,    "V" },     /* Lefebvre */
	{ "gn",    ANY,    "N" },
	{ "gu",    SOFT,   "G" },
	{ "gea",   ANY,    "JA" },
	{ "geo",   ANY,    "JO" },
	{ "pt",    ANY,    "T" },     /* Baptiste */
	{ "lerc",  END,    "LER" },   /* Leclerc, Leclair */
	{ "tia",   END,    "SIA" },   /* Laetitia, Letizia */
	/* groups of vowels; nasals before the plain ones */
	{ "eau",   ANY,    "O" },
	{ "ault",  END,    "O" }, { "auld", END, "O" },
	{ "au",    ANY,    "O" },
	{ "oeu",   ANY,    "Q" },
	{ "oin",   CLOSED, "U2" },
	{ "oi",    ANY,    "UA" },
	{ "oy",    CLOSED, "UA" },
	{ "ou",    ANY,    "U" },
	{ "eu",    ANY,    "Q" },
	{ "ain",   CLOSED, "2" }, { "aim", LABIAL, "2" }, { "ein", CLOSED, "2" }, { "eim", LABIAL, "2" },
	{ "ien",   CLOSED, "I2" }, { "yen", CLOSED, "I2" },
	{ "ean",   CLOSED, "1" }, { "aen", CLOSED, "1" },
	{ "an",    CLOSED, "1" }, { "en", CLOSED, "1" }, { "am", LABIAL, "1" }, { "em", LABIAL, "1" },
	{ "in",    CLOSED, "2" }, { "yn", CLOSED, "2" }, { "un", CLOSED, "2" }, { "im", LABIAL, "2" }, { "ym", LABIAL, "2" }, { "um", LABIAL, "2" },
	{ "on",    CLOSED, "3" }, { "om", LABIAL, "3" },
	{ "ai",    VOWEL,  "AI" }, { "ay", VOWEL, "AI" }, /* Maya */
	{ "ai",    ANY,    "E" }, { "ay", ANY, "E" }, { "ei", ANY, "E" }, { "ey", ANY, "E" },
	{ "ae",    ANY,    "E" },
	/* single letters */
	{ "c",     SOFT,   "S" },
	{ "g",     SOFT,   "J" },
	{ "a", ANY, "A" }, { "b", ANY, "B" }, { "c", ANY, "K" }, { "d", ANY, "D" }, { "e", ANY, "E" }, { "f", ANY, "F" }, { "g", ANY, "G" },
	{ "h", ANY, "" },  { "i", ANY, "I" }, { "j", ANY, "J" }, { "k", ANY, "K" }, { "l", ANY, "L" }, { "m", ANY, "M" }, { "n", ANY, "N" },
	{ "o", ANY, "O" }, { "p", ANY, "P" }, { "r", ANY, "R" }, { "t", ANY, "T" }, { "u", ANY, "Y" }, { "v", ANY, "V" }, { "w", ANY, "V" },
	{ "x", ANY, "KS" }, { "y", ANY, "I" }, { "z", ANY, "Z" }, { "\1", ANY, "S" }, { "\2", ANY, "" },
};

/* A word longer than this is cut: names are shorter. */
#define WORD_MAX 128

static bool is_vowel(unsigned char c)
{
	return c && strchr("aeiouy\2", c);
}

static bool fits(enum follows next, const char *z)
{
	unsigned char c = (unsigned char)*z;
	switch (next) {
	case ANY: return true;
	case END: return c == 0;
	case SOFT: return c == 'e' || c == 'i' || c == 'y' || c == MUTE_E;
	case VOWEL: return is_vowel(c);
	case CLOSED: return !is_vowel(c) && c != 'n' && c != 'm';
	case LABIAL: return c == 'b' || c == 'p';
	case HARD: return c == 0 || strchr("lrtn", c);
	}
	return false;
}

/* Rules 1 and 2: w is NUL-terminated afterwards. */
static size_t tidy(char w[WORD_MAX + 1], struct str word)
{
	size_t n = 0;
	for (size_t i = 0; i < word.n && n < WORD_MAX; i++) {
		char c = word.p[i], before = n ? w[n - 1] : 0;
		if (c == 'h' && !(before && strchr("cpsg", before)))
			continue;
		if (c == 's' && (before == 's' || before == SS)) {
			w[n - 1] = SS;
			continue;
		}
		if (c == 'c' && before == 'c' && i + 1 < word.n && strchr("eiy", word.p[i + 1])) {
			w[n - 1] = 'k';
			w[n++] = SS;
			continue;
		}
		if (c == before && (unsigned char)c < 0x80 && !is_digit((unsigned char)c))
			continue;
		w[n++] = c;
	}
	w[n] = '\0';
	return n;
}

static bool ends(const char *w, size_t n, const char *z)
{
	size_t k = strlen(z);
	return n >= k && memcmp(w + n - k, z, k) == 0;
}

/* Rule 3 */
static void cut_end(char *w, size_t n)
{
	if (n <= 3)
		return;
	if (w[n - 1] == 's')
		n--;
	if (w[n - 1] == 'e') {
		w[n - 1] = MUTE_E;
	} else if (ends(w, n, "ier")) {
		n -= 2;
	} else if (!ends(w, n, "ault") && !ends(w, n, "auld")) { /* these are sounds of their own */
		size_t full = n;
		while (n > 2 && strchr("dtzs", w[n - 1]))
			n--;
		if (n > 2 && w[n - 1] == 'x' && w[n - 2] == 'u') /* Devaux, Leroux; the x of Félix is heard */
			n--;
		if (n == full && (ends(w, n, "nc") || ends(w, n, "mp")))
			n--;
		else if (ends(w, n, "mp")) /* Deschamps */
			n--;
	}
	w[n] = '\0';
}

static bool between_vowels(const char *w, const char *at)
{
	return at > w && is_vowel((unsigned char)at[-1]) && is_vowel((unsigned char)at[1]);
}

static void put_sound(struct buf *out, size_t start, const char *z, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (out->n == start || out->p[out->n - 1] != z[i] || is_digit((unsigned char)z[i]) || (unsigned char)z[i] >= 0x80)
			buf_ch(out, z[i]);
}

/* Rules 4 and 5 */
static void put_word(struct buf *out, size_t start, struct str word)
{
	char w[WORD_MAX + 1];
	cut_end(w, tidy(w, word));
	for (const char *at = w; *at;) {
		if (*at == 's' && at[1] != 'h' && !(at[1] == 'c' && (at[2] == 'h' || fits(SOFT, at + 2)))) {
			put_sound(out, start, between_vowels(w, at) ? "Z" : "S", 1);
			at++;
			continue;
		}
		size_t i = 0, rows = sizeof SOUNDS / sizeof SOUNDS[0];
		size_t k = 0;
		for (; i < rows; i++) {
			if (SOUNDS[i].from[0] != *at)
				continue;
			k = strlen(SOUNDS[i].from);
			if (strncmp(at, SOUNDS[i].from, k) == 0 && fits(SOUNDS[i].next, at + k))
				break;
		}
		if (i < rows) {
			put_sound(out, start, SOUNDS[i].to, strlen(SOUNDS[i].to));
			at += k;
		} else {
			put_sound(out, start, at, 1);
			at++;
		}
	}
}

void fold_phonetic(struct buf *out, struct str s)
{
	struct buf key;
	buf_init(&key, out->max);
	fold_key(&key, s);
	if (key.failed)
		out->failed = true;
	size_t start = out->n;
	struct str word, rest = buf_view(&key);
	while (rest.p && !out->failed) {
		word = str_cut(rest, ' ', &rest);
		put_word(out, start, word);
	}
	buf_done(&key);
}

/* ---- likeness ---- */

/* Longer keys are compared by their first bytes. */
#define JARO_MOST 256

static bool bit(const uint64_t *set, size_t i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static double jaro(struct str a, struct str b)
{
	if (a.n == 0 || b.n == 0)
		return a.n == b.n ? 1 : 0;
	size_t longer = a.n > b.n ? a.n : b.n, window = longer / 2 > 0 ? longer / 2 - 1 : 0, same = 0, moved = 0;
	uint64_t in_a[JARO_MOST / 64] = { 0 }, in_b[JARO_MOST / 64] = { 0 };
	for (size_t i = 0; i < a.n; i++)
		for (size_t j = i > window ? i - window : 0; j < b.n && j <= i + window; j++)
			if (a.p[i] == b.p[j] && !bit(in_b, j)) {
				in_a[i / 64] |= UINT64_C(1) << (i % 64);
				in_b[j / 64] |= UINT64_C(1) << (j % 64);
				same++;
				break;
			}
	if (same == 0)
		return 0;
	for (size_t i = 0, j = 0; i < a.n; i++) {
		if (!bit(in_a, i))
			continue;
		while (!bit(in_b, j))
			j++;
		moved += a.p[i] != b.p[j++];
	}
	double m = (double)same;
	return (m / (double)a.n + m / (double)b.n + (m - (double)moved / 2) / m) / 3;
}

/* Winkler 1990: up to four common first bytes raise a likeness above 0.7 by a tenth of what is missing, each. */
double fold_jaro_winkler(struct str a, struct str b)
{
	a.n = a.n < JARO_MOST ? a.n : JARO_MOST;
	b.n = b.n < JARO_MOST ? b.n : JARO_MOST;
	double j = jaro(a, b);
	size_t prefix = 0;
	while (prefix < 4 && prefix < a.n && prefix < b.n && a.p[prefix] == b.p[prefix])
		prefix++;
	return j > 0.7 ? j + (double)prefix * 0.1 * (1 - j) : j;
}

/* Optimal string alignment (a transposed pair is not edited again), over the diagonal band that can stay within at_most. */
unsigned fold_damerau(struct str a, struct str b, unsigned at_most)
{
	if (at_most > FOLD_DAMERAU_MOST)
		at_most = FOLD_DAMERAU_MOST;
	const size_t k = at_most;
	const unsigned over = at_most + 1;
	while (a.n && b.n && a.p[0] == b.p[0])
		a.p++, a.n--, b.p++, b.n--;
	while (a.n && b.n && a.p[a.n - 1] == b.p[b.n - 1])
		a.n--, b.n--;
	if ((a.n > b.n ? a.n - b.n : b.n - a.n) > k)
		return over;
	/* row[r % 3][j - i + k]: distance of the first i of a and the first j of b; one cell of wall on each side. */
	unsigned row[3][2 * FOLD_DAMERAU_MOST + 3];
	for (size_t r = 0; r < 3; r++)
		for (size_t c = 0; c < 2 * k + 3; c++)
			row[r][c] = over;
	for (size_t i = 0; i <= a.n; i++) {
		unsigned *now = row[i % 3] + 1, *one = row[(i + 2) % 3] + 1, *two = row[(i + 1) % 3] + 1;
		for (size_t c = 0; c <= 2 * k; c++) { /* j = i + c - k */
			now[c] = over;
			if (i + c < k || i + c - k > b.n)
				continue;
			size_t j = i + c - k;
			unsigned best = over;
			if (i == 0) {
				best = (unsigned)j;
			} else if (j == 0) {
				best = (unsigned)i;
			} else {
				unsigned sub = one[c] + (a.p[i - 1] != b.p[j - 1]), del = one[c + 1] + 1, ins = now[(int)c - 1] + 1;
				best = sub < del ? sub : del;
				best = ins < best ? ins : best;
				if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && two[c] + 1 < best)
					best = two[c] + 1;
			}
			now[c] = best < over ? best : over;
		}
	}
	return row[a.n % 3][1 + b.n + k - a.n];
}

struct str fold_kept(struct arena *a, struct str s)
{
	struct buf b;
	buf_init(&b, 8000);
	fold_key(&b, s);
	struct str out = b.failed ? STR_NONE : arena_str(a, buf_view(&b));
	buf_done(&b);
	return out;
}
