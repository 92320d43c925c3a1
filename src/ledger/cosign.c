/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/cosign.c: see cosign.h. Ed25519 is libsodium's. Start at cosign_note_read, then line_verify. */
#include "ledger/cosign.h"

#include "codec/base64.h"

#include <sodium.h>
#include <string.h>

#define COSIGNS  0x04         /* tlog-cosignature: Ed25519 */
#define DASH     "\xE2\x80\x94 "
#define DASH_N   4
#define SIG_MAX  4096         /* decoded; the longest of the format (ML-DSA-44) has 2,432 bytes */
#define COSIG_N  (4 + 8 + SIGNING_SIG)

/* ---- keys ---- */

bool
cosign_is_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == '+')
			return false;
	return name.n > 0 && name.n <= COSIGN_NAME;
}

void
cosign_key_make(const unsigned char pub[SIGNING_PUB], struct str name, struct cosign_key *key_r)
{
	unsigned char sum[SHA_LEN], tail[2 + SIGNING_PUB] = { '\n', COSIGNS };

	MUST(cosign_is_name(name));
	memcpy(key_r->pub, pub, SIGNING_PUB);
	memcpy(key_r->name, name.p, name.n);
	key_r->name[name.n] = '\0';
	memcpy(tail + 2, pub, SIGNING_PUB);
	sha_two(sum, name.p, name.n, tail, sizeof tail);
	memcpy(key_r->id, sum, sizeof key_r->id);
}

void
cosign_key_put(const struct cosign_key *key, struct buf *out)
{
	unsigned char typed[1 + SIGNING_PUB] = { COSIGNS };

	memcpy(typed + 1, key->pub, SIGNING_PUB);
	buf_z(out, key->name);
	buf_ch(out, '+');
	hex_put(out, (struct str){ (const char *)key->id, sizeof key->id });
	buf_ch(out, '+');
	base64_put(out, (struct str){ (const char *)typed, sizeof typed });
	buf_ch(out, '\n');
}

/* Written again from what was read it must be the same line. */
static bool
key_parse(struct str line, struct cosign_key *key_r)
{
	struct str rest, name = str_cut(line, '+', &rest);
	struct buf bytes, again;

	(void)str_cut(rest, '+', &rest);
	buf_init(&bytes, 64);
	buf_init(&again, 512);
	bool good = cosign_is_name(name) && rest.p && base64_get(rest, &bytes) == RC_OK && !bytes.failed && bytes.n == 1 + SIGNING_PUB && bytes.p[0] == COSIGNS;
	if (good) {
		cosign_key_make((const unsigned char *)bytes.p + 1, name, key_r);
		cosign_key_put(key_r, &again);
		good = !again.failed && str_is((struct str){ again.p, again.n - 1 }, line);
	}
	buf_done(&bytes);
	buf_done(&again);
	return good;
}

enum rc
cosign_keys_parse(struct str text, struct cosign_keys *keys_r, struct problem *p)
{
	unsigned number = 0;

	if (sodium_init() < 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "libsodium", "init failed");
	keys_r->n = 0;
	for (struct str rest = text; rest.n;) {
		struct str line = str_trim(str_cut(rest, '\n', &rest));
		number++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (keys_r->n == COSIGN_KEYS)
			return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "witness key", "at most %d", COSIGN_KEYS);
		struct cosign_key *key = &keys_r->key[keys_r->n];
		if (!key_parse(line, key))
			return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "witness key", "line %u is not the public key of a witness", number);
		for (unsigned i = 0; i < keys_r->n; i++)
			if (memcmp(keys_r->key[i].pub, key->pub, SIGNING_PUB) == 0) /* under two names too: it would count twice */
				return problem_set(p, RC_CONFLICT, WHY_DUPLICATE, "witness key", "line %u is a key that came before", number);
		keys_r->n++;
	}
	return RC_OK;
}

/* ---- lines ---- */

struct line { struct str text, name; unsigned char bytes[COSIG_N]; size_t n; /* of what it decodes to; bytes holds the first COSIG_N */ };

/* The next line, with its line feed; false at the end, and when the last has none. good_r: it is a signature line. */
static bool
line_next(struct str *rest, struct line *line, bool *good_r)
{
	struct str after, tail, whole = str_cut(*rest, '\n', &after);
	struct buf bytes;

	if (!after.p)
		return false;
	*rest = after;
	line->text = (struct str){ whole.p, whole.n + 1 };
	*good_r = str_starts(whole, STR(DASH));
	if (!*good_r)
		return true;
	line->name = str_cut((struct str){ whole.p + DASH_N, whole.n - DASH_N }, ' ', &tail);
	buf_init(&bytes, SIG_MAX);
	*good_r = cosign_is_name(line->name) && tail.p && base64_get(tail, &bytes) == RC_OK && !bytes.failed && bytes.n > 4;
	if (*good_r) {
		line->n = bytes.n;
		memcpy(line->bytes, bytes.p, bytes.n < COSIG_N ? bytes.n : COSIG_N);
	}
	buf_done(&bytes);
	return true;
}

static void
said_put(struct str body, uint64_t at_s, struct buf *out)
{
	buf_z(out, "cosignature/v1\ntime ");
	buf_u64(out, at_s);
	buf_ch(out, '\n');
	buf_str(out, body);
}

void
cosign_put(const struct cosign_key *key, const unsigned char secret[SIGNING_SECRET], struct str body, int64_t now_s, struct buf *out)
{
	unsigned char tail[COSIG_N];
	struct buf text;

	buf_init(&text, COSIGN_NOTE + 64);
	said_put(body, (uint64_t)now_s, &text);
	MUST(!text.failed && now_s >= 0);
	memcpy(tail, key->id, 4);
	for (unsigned i = 0; i < 8; i++)
		tail[4 + i] = (unsigned char)((uint64_t)now_s >> (56 - 8 * i));
	MUST(crypto_sign_detached(tail + 12, NULL, (const unsigned char *)text.p, text.n, secret) == 0);
	buf_z(out, DASH);
	buf_z(out, key->name);
	buf_ch(out, ' ');
	base64_put(out, (struct str){ (const char *)tail, sizeof tail });
	buf_ch(out, '\n');
	buf_done(&text);
}

static bool
is_named(const struct line *line, const struct cosign_key *key)
{
	return line->n == COSIG_N && str_eq(line->name, key->name) && memcmp(line->bytes, key->id, 4) == 0;
}

static bool
line_verify(const struct line *line, const struct cosign_key *key, struct str body, int64_t *at_s_r)
{
	uint64_t at_s = 0;
	struct buf text;

	for (unsigned i = 0; i < 8; i++)
		at_s = at_s << 8 | line->bytes[4 + i];
	if (at_s > INT64_MAX) /* the format's own bound */
		return false;
	buf_init(&text, COSIGN_NOTE + 64);
	said_put(body, at_s, &text);
	bool good = !text.failed && crypto_sign_verify_detached(line->bytes + 12, (const unsigned char *)text.p, text.n, key->pub) == 0;
	buf_done(&text);
	*at_s_r = (int64_t)at_s;
	return good;
}

/* The newest line of this key over the body whose time is not ahead. named_r: some line bears its name and key hash. What is no such line is passed over: nobody's noise hides another's signature. */
static bool
newest(const struct cosign_key *key, struct str body, struct str lines, int64_t now_s, struct str *line_r, int64_t *at_s_r, bool *named_r)
{
	struct line line;
	bool found = false, good;
	int64_t at_s;

	*named_r = false;
	for (struct str rest = lines; line_next(&rest, &line, &good);) {
		if (!good || !is_named(&line, key))
			continue;
		*named_r = true;
		if (!line_verify(&line, key, body, &at_s) || at_s - COSIGN_AHEAD_S > now_s || (found && at_s <= *at_s_r))
			continue;
		found = true;
		*at_s_r = at_s;
		*line_r = line.text;
	}
	return found;
}

enum cosign_is
cosign_judge(const struct cosign_key *key, struct str body, struct str lines, struct str old, int64_t now_s, int64_t not_before_s, int64_t *at_s_r)
{
	struct str line;
	bool named, ignored;

	*at_s_r = 0;
	if (newest(key, body, lines, now_s, &line, at_s_r, &named))
		return *at_s_r < not_before_s ? COSIGN_STALE : COSIGN_GOOD;
	if (named && old.n && newest(key, old, lines, now_s, &line, at_s_r, &ignored))
		return COSIGN_STALE;
	return named ? COSIGN_FALSE : COSIGN_MISSING;
}

unsigned
cosign_keep(const struct cosign_keys *keys, struct str body, struct str lines, int64_t now_s, struct buf *out)
{
	struct str line;
	int64_t at_s = 0;
	bool named;
	unsigned n = 0;

	for (unsigned i = 0; i < keys->n; i++)
		if (newest(&keys->key[i], body, lines, now_s, &line, &at_s, &named)) {
			buf_str(out, line);
			n++;
		}
	return n;
}

/* ---- notes ---- */

/* What the ledger's own line would begin with. */
static bool
is_own(const struct signing_key *ledger, const struct line *line)
{
	unsigned char id[4];

	signing_key_hash(ledger, id);
	return str_eq(line->name, ledger->origin) && memcmp(line->bytes, id, 4) == 0;
}

enum rc
cosign_note_read(const struct signing_key *ledger, struct str text, struct cosign_note *r)
{
	struct str rest = text;
	struct line line;
	unsigned n = 0, own = 0;
	bool good;

	if (text.n > COSIGN_NOTE)
		return RC_BAD_INPUT;
	for (unsigned i = 0; i < 3; i++)
		(void)str_cut(rest, '\n', &rest);
	if (!rest.p || rest.n == 0 || rest.p[0] != '\n') /* the three lines end with the empty one: a checkpoint of ours has no more */
		return RC_BAD_INPUT;
	r->body = (struct str){ text.p, (size_t)(rest.p - text.p) };
	r->lines = rest = (struct str){ rest.p + 1, rest.n - 1 };
	while (n++ < COSIGN_LINES && line_next(&rest, &line, &good)) {
		if (!good)
			return RC_BAD_INPUT;
		if (!is_own(ledger, &line))
			continue;
		r->own_n = r->body.n + 1 + line.text.n;
		if (own++ || r->own_n > sizeof r->own)
			return RC_BAD_INPUT;
		memcpy(r->own, text.p, r->body.n + 1);
		memcpy(r->own + r->body.n + 1, line.text.p, line.text.n);
	}
	if (rest.n || own != 1)
		return RC_BAD_INPUT;
	return signing_parse(ledger, (struct str){ r->own, r->own_n }, &r->size, r->root);
}

unsigned
cosign_others(const struct cosign_note *note, struct buf *out)
{
	struct str own = { note->own + note->body.n + 1, note->own_n - note->body.n - 1 };
	struct line line;
	unsigned n = 0;
	bool good;

	for (struct str rest = note->lines; line_next(&rest, &line, &good);)
		if (!str_is(line.text, own)) {
			buf_str(out, line.text);
			n++;
		}
	return n;
}
