/* SPDX-License-Identifier: Apache-2.0 */
/* codec/mark.c: see mark.h. Must never change what a text means: who reads either form reads the same address, number or town. */
#include "codec/mark.h"

#include <string.h>
#include <utf8proc.h>

#include "base/map.h"
#include "codec/json.h"
#include "codec/tardos.h"

/* ---- which form ---- */

static uint64_t draw(const unsigned char key[MARK_KEY], unsigned char what, unsigned char kind, uint64_t no, struct str row)
{
	unsigned char text[10 + 128];
	uint64_t k0, k1;
	size_t n = row.n < 128 ? row.n : 128;
	memcpy(&k0, key, 8);
	memcpy(&k1, key + 8, 8);
	text[0] = what;
	text[1] = kind;
	for (int i = 0; i < 8; i++)
		text[2 + i] = (unsigned char)(no >> 8 * i);
	memcpy(text + 10, row.p ? row.p : "", n);
	return hash_keyed((struct str){ (const char *)text, 10 + n }, k0, k1);
}

bool mark_is_code(enum mark_kind kind) { return kind == MARK_STREET || kind == MARK_ORDER; }

unsigned mark_group(const unsigned char key[MARK_KEY], struct str row) { return (unsigned)(draw(key, 'g', 0, 0, row) % MARK_GROUPS); }

unsigned mark_code_bit(const unsigned char key[MARK_KEY], struct str row, enum mark_kind kind, unsigned form) { return (form ^ (unsigned)draw(key, 'm', (unsigned char)kind, 0, row)) & 1; }

unsigned mark_form(const struct mark *m, struct str row, enum mark_kind kind)
{
	if (!mark_is_code(kind))
		return (unsigned)draw(m->key, 'p', (unsigned char)kind, m->no, row) & 1;
	const unsigned char *code = m->key + MARK_KEY / 2;
	unsigned group = mark_group(m->key, row);
	return mark_code_bit(m->key, row, kind, tardos_bit(code, m->no, group, tardos_bias(code, group))); /* masking twice is masking back */
}

/* ---- streets ---- */

static const struct { const char *in_full, *brief; } STREET[] = {
	{ "avenue", "av." }, { "boulevard", "bd" }, { "rue", "r." }, { "place", "pl." }, { "chemin", "che." }, { "impasse", "imp." }, { "allée", "all." }, { "allées", "alls." },
	{ "route", "rte" }, { "square", "sq." }, { "résidence", "rés." }, { "lotissement", "lot." }, { "faubourg", "fg" }, { "cours", "crs" }, { "quai", "q." }, { "passage", "pass." },
};
#define STREETS (sizeof STREET / sizeof *STREET)

static bool same_letters(struct str a, const char *z)
{
	struct str b = str_of(z);
	const utf8proc_uint8_t *x = (const void *)a.p, *y = (const void *)b.p;
	utf8proc_ssize_t left_a = (utf8proc_ssize_t)a.n, left_b = (utf8proc_ssize_t)b.n;
	while (left_a > 0 && left_b > 0) {
		utf8proc_int32_t c, d;
		utf8proc_ssize_t m = utf8proc_iterate(x, left_a, &c), n = utf8proc_iterate(y, left_b, &d);
		if (m <= 0 || n <= 0 || utf8proc_tolower(c) != utf8proc_tolower(d))
			return false;
		x += m;
		y += n;
		left_a -= m;
		left_b -= n;
	}
	return left_a == 0 && left_b == 0;
}

/* The kind of street is the first word that is one; before it may stand a number, "bis", a comma. */
static int street_word(struct str text, struct str *word_r, size_t *row_r)
{
	struct str rest = text;
	for (unsigned words = 0; rest.p && words < 4; words++) {
		struct str word = str_cut(rest, ' ', &rest);
		if (!rest.p)
			return -1; /* a word alone is the name itself */
		for (size_t i = 0; i < STREETS; i++) {
			bool brief = same_letters(word, STREET[i].brief);
			if (!brief && !same_letters(word, STREET[i].in_full))
				continue;
			*word_r = word;
			*row_r = i;
			return brief;
		}
	}
	return -1;
}

static void put_cased(struct str like, const char *word, struct buf *out)
{
	struct str w = str_of(word);
	bool first = like.n && like.p[0] >= 'A' && like.p[0] <= 'Z', all = first && like.n > 1 && like.p[1] >= 'A' && like.p[1] <= 'Z';
	for (size_t i = 0; i < w.n;) {
		utf8proc_int32_t c;
		utf8proc_uint8_t bytes[4];
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)w.p + i, (utf8proc_ssize_t)(w.n - i), &c);
		MUST(n > 0);
		if (all || (first && i == 0))
			c = utf8proc_toupper(c);
		buf_put(out, bytes, (size_t)utf8proc_encode_char(c, bytes));
		i += (size_t)n;
	}
}

static bool put_street(unsigned form, struct str text, struct buf *out)
{
	struct str word;
	size_t row;
	int is = street_word(text, &word, &row);
	if (is < 0 || (unsigned)is == form) {
		buf_str(out, text);
		return is >= 0;
	}
	size_t before = (size_t)(word.p - text.p);
	buf_str(out, (struct str){ text.p, before });
	put_cased(word, form ? STREET[row].brief : STREET[row].in_full, out);
	buf_str(out, (struct str){ word.p + word.n, text.n - before - word.n });
	return true;
}

/* ---- telephone numbers: ten digits that begin with 0 ---- */

static bool phone_digits(struct str text, char digits[10], bool *spaced_r)
{
	unsigned n = 0;
	*spaced_r = false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ' ' && n > 0 && n < 10)
			*spaced_r = true;
		else if (text.p[i] >= '0' && text.p[i] <= '9' && n < 10)
			digits[n++] = text.p[i];
		else
			return false;
	}
	return n == 10 && digits[0] == '0';
}

static bool put_phone(unsigned form, struct str text, struct buf *out)
{
	char digits[10];
	bool spaced;
	if (!phone_digits(text, digits, &spaced)) {
		buf_str(out, text);
		return false;
	}
	for (int i = 0; i < 10; i++) {
		if (form == 0 && i > 0 && i % 2 == 0)
			buf_ch(out, ' ');
		buf_ch(out, digits[i]);
	}
	return true;
}

/* ---- towns ---- */

static bool is_letter(utf8proc_int32_t c) { return utf8proc_toupper(c) != utf8proc_tolower(c); }

/* 0: some letter is small; 1: none is; -1: fewer than two letters. */
static int town_seen(struct str text)
{
	unsigned letters = 0, small = 0;
	for (size_t i = 0; i < text.n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.p + i, (utf8proc_ssize_t)(text.n - i), &c);
		if (n <= 0)
			return -1;
		letters += is_letter(c);
		small += is_letter(c) && utf8proc_toupper(c) != c;
		i += (size_t)n;
	}
	return letters < 2 ? -1 : small == 0;
}

/* Capitals; or each word with one, but for those of a few letters within a name ("Saint-Denis-en-Val"). */
static bool put_town(unsigned form, struct str text, struct buf *out)
{
	int seen = town_seen(text);
	if (seen < 0 || (unsigned)seen == form) {
		buf_str(out, text);
		return seen >= 0;
	}
	bool first = true;
	for (size_t i = 0; i < text.n;) {
		utf8proc_int32_t c;
		utf8proc_uint8_t bytes[4];
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.p + i, (utf8proc_ssize_t)(text.n - i), &c);
		MUST(n > 0); /* town_seen went through it */
		utf8proc_int32_t as = form || first ? utf8proc_toupper(c) : utf8proc_tolower(c);
		buf_put(out, bytes, (size_t)utf8proc_encode_char(as, bytes));
		first = !is_letter(c) && c != '\'' && c != 0x2019;
		i += (size_t)n;
	}
	return true;
}

/* ---- texts ---- */

bool mark_put(enum mark_kind kind, unsigned form, struct str text, struct buf *out)
{
	switch (kind) {
	case MARK_STREET: return put_street(form, text, out);
	case MARK_PHONE:  return put_phone(form, text, out);
	case MARK_TOWN:   return put_town(form, text, out);
	default:
		buf_str(out, text);
		return false;
	}
}

int mark_seen(enum mark_kind kind, struct str text)
{
	struct str word;
	size_t row;
	char digits[10];
	bool spaced;
	switch (kind) {
	case MARK_STREET: return street_word(text, &word, &row);
	case MARK_PHONE:  return phone_digits(text, digits, &spaced) ? !spaced : -1;
	case MARK_TOWN:   return town_seen(text);
	default:          return -1;
	}
}

/* ---- CSV ---- */

static bool needs_quotes(struct str field)
{
	for (size_t i = 0; i < field.n; i++)
		if (strchr("\",;\t\r\n", field.p[i]))
			return true;
	return field.n > 0 && (field.p[0] == ' ' || field.p[field.n - 1] == ' ');
}

void mark_csv(unsigned form, struct str field, struct buf *out)
{
	if (!form && !needs_quotes(field)) {
		buf_str(out, field);
		return;
	}
	buf_ch(out, '"');
	for (size_t i = 0; i < field.n; i++) {
		if (field.p[i] == '"')
			buf_ch(out, '"');
		buf_ch(out, field.p[i]);
	}
	buf_ch(out, '"');
}

int mark_csv_seen(struct str raw)
{
	bool quoted = raw.n >= 2 && raw.p[0] == '"' && raw.p[raw.n - 1] == '"';
	if (!quoted)
		return raw.n > 0 ? 0 : -1;
	return needs_quotes((struct str){ raw.p + 1, raw.n - 2 }) ? -1 : 1;
}

/* ---- JSON ---- */

/* The two members: name and value as they stand. */
struct two { const char *first, *second; enum json_kind kind; /* of the second */ };
static const struct two PERSON = { "gender", "birthDate", JSON_STRING }, HEAD = { "id", "meta", JSON_OBJECT };

/* Name and value of one. false: blanks between, or written with escapes. */
static bool member(const struct json *root, const char *name, enum json_kind kind, struct str *at_r)
{
	const struct json *v = json_get(root, name);
	size_t n = strlen(name) + 3;
	if (!v || v->kind != kind)
		return false;
	*at_r = (struct str){ v->raw.p - n, v->raw.n + n };
	return at_r->p[0] == '"' && memcmp(at_r->p + 1, name, n - 3) == 0 && at_r->p[n - 2] == '"' && at_r->p[n - 1] == ':';
}

static bool members(const struct two *of, struct str object, struct arena *a, struct str *first_r, struct str *second_r)
{
	const struct json *root;
	struct problem p;
	return json_parse(object, a, &root, &p) == RC_OK && root->kind == JSON_OBJECT && member(root, of->first, JSON_STRING, first_r) && member(root, of->second, of->kind, second_r);
}

static bool put_order(const struct two *of, unsigned form, struct str object, struct buf *out)
{
	struct arena a;
	struct str one = STR_NONE, two = STR_NONE;
	arena_init(&a, 16u << 20);
	bool is = members(of, object, &a, &one, &two);
	struct str first = is && two.p < one.p ? two : one, second = is && two.p < one.p ? one : two;
	if (!is || (two.p < one.p) == (form == 1)) {
		buf_str(out, object);
	} else {
		buf_str(out, (struct str){ object.p, (size_t)(first.p - object.p) });
		buf_str(out, second);
		buf_str(out, (struct str){ first.p + first.n, (size_t)(second.p - first.p) - first.n });
		buf_str(out, first);
		buf_str(out, (struct str){ second.p + second.n, object.n - (size_t)(second.p - object.p) - second.n });
	}
	arena_done(&a);
	return is;
}

static int order_seen(const struct two *of, struct str object)
{
	struct arena a;
	struct str one, two;
	arena_init(&a, 16u << 20);
	int seen = members(of, object, &a, &one, &two) ? two.p < one.p : -1;
	arena_done(&a);
	return seen;
}

bool mark_json(unsigned form, struct str object, struct buf *out) { return put_order(&PERSON, form, object, out); }
int mark_json_seen(struct str object) { return order_seen(&PERSON, object); }
bool mark_head(unsigned form, struct str object, struct buf *out) { return put_order(&HEAD, form, object, out); }
int mark_head_seen(struct str object) { return order_seen(&HEAD, object); }
