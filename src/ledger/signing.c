/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/signing.c: see signing.h. Ed25519 is libsodium's. */
#include "ledger/signing.h"
#include "ledger/disk.h"

#include "codec/base64.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNING_TEXT 512              /* a whole note; a key file */
#define SEALED    "signed "
#define SEAL_CONTEXT "hygie/ledger/index\n" /* so that a sealed text can never pass for a checkpoint */

static void
name_of(const unsigned char pub[SIGNING_PUB], char origin[SIGNING_ORIGIN])
{
	unsigned char sum[SHA_LEN];

	sha_two(sum, pub, SIGNING_PUB, NULL, 0);
	int n = snprintf(origin, SIGNING_ORIGIN, "hygie/ledger/%02x%02x%02x%02x%02x%02x%02x%02x",
		sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]);
	MUST(n > 0 && n < SIGNING_ORIGIN);
}

static void
key_name(struct signing_key *key)
{
	name_of(key->pub, key->origin);
}

bool
signing_is_first(const struct signing_key *key)
{
	char origin[SIGNING_ORIGIN];

	name_of(key->pub, origin);
	return strcmp(origin, key->origin) == 0;
}

/* C2SP signed-note: SHA-256(name || 0x0A || 0x01 || key), first four bytes; 0x01 is Ed25519. */
void
signing_key_hash(const struct signing_key *key, unsigned char out[4])
{
	unsigned char sum[SHA_LEN], tail[2 + SIGNING_PUB] = { 0x0A, 0x01 };

	memcpy(tail + 2, key->pub, SIGNING_PUB);
	sha_two(sum, key->origin, strlen(key->origin), tail, sizeof tail);
	memcpy(out, sum, 4);
}

void
signing_pub_put(const struct signing_key *key, struct buf *out)
{
	unsigned char hash[4], typed[1 + SIGNING_PUB] = { 0x01 };

	signing_key_hash(key, hash);
	memcpy(typed + 1, key->pub, SIGNING_PUB);
	buf_z(out, key->origin);
	buf_ch(out, '+');
	hex_put(out, (struct str){ (const char *)hash, 4 });
	buf_ch(out, '+');
	base64_put(out, (struct str){ (const char *)typed, sizeof typed });
	buf_ch(out, '\n');
}

static bool
is_origin(struct str name)
{
	bool good = str_starts(name, STR("hygie/ledger/")) && name.n == SIGNING_ORIGIN - 1;

	for (size_t i = sizeof "hygie/ledger/" - 1; good && i < name.n; i++)
		good = (name.p[i] >= '0' && name.p[i] <= '9') || (name.p[i] >= 'a' && name.p[i] <= 'f');
	return good;
}

/* Key 0 of a ledger has given it its name; a later one bears the same name. */
enum rc
signing_pub_parse(struct str text, struct signing_key *key)
{
	struct str rest = text, name, raw;
	struct buf bytes, again;
	enum rc rc = RC_BAD_INPUT;

	buf_init(&bytes, 64);
	buf_init(&again, SIGNING_TEXT);
	name = str_cut(rest, '+', &rest);
	(void)str_cut(rest, '+', &rest);
	raw = str_trim(rest);
	if (is_origin(name) && base64_get(raw, &bytes) == RC_OK && !bytes.failed && bytes.n == 1 + SIGNING_PUB && bytes.p[0] == 0x01) {
		memcpy(key->pub, bytes.p + 1, SIGNING_PUB);
		memcpy(key->origin, name.p, name.n);
		key->origin[name.n] = '\0';
		signing_pub_put(key, &again); /* the line must be exactly the one that this key gives: name, key hash and all */
		if (str_is(buf_view(&again), text))
			rc = RC_OK;
	}
	buf_done(&bytes);
	buf_done(&again);
	return rc;
}

enum rc
signing_key_write(int dir, const char *name, const struct signing_key *key, struct problem *p)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, SIGNING_TEXT);
	hex_put(&text, (struct str){ (const char *)key->secret, 32 });
	buf_ch(&text, '\n');
	rc = buf_rc(&text, p);
	if (rc == RC_OK)
		rc = disk_replace(dir, name, buf_view(&text), 0400, p);
	buf_done_wiped(&text);
	return rc;
}

enum rc
signing_key_erase(int dir, const char *name, bool unlinks, struct problem *p)
{
	static const char zeros[SIGNING_TEXT];
	struct stat st;

	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return RC_OK;
	if (fd >= 0) { /* it is read-only for its owner too */
		(void)fchmod(fd, 0600);
		close(fd);
		fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	bool ok = fd >= 0 && fstat(fd, &st) == 0 && st.st_size <= SIGNING_TEXT && disk_pwrite(fd, zeros, (size_t)st.st_size, 0) && fdatasync(fd) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	if (ok && unlinks && (unlinkat(dir, name, 0) != 0 || fsync(dir) != 0)) {
		why = errno;
		ok = false;
	}
	return ok ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, name, "cannot be erased: errno %d", why);
}

static enum rc
pub_write(int dir, const struct signing_key *key, struct problem *p)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, SIGNING_TEXT);
	signing_pub_put(key, &text);
	rc = buf_rc(&text, p);
	if (rc == RC_OK)
		rc = disk_replace(dir, "ledger.pub", buf_view(&text), 0444, p);
	buf_done(&text);
	return rc;
}

enum rc
signing_pub_read(int dir, const char *path, struct signing_key *key_r, struct problem *p)
{
	struct signing_key key = { 0 };
	struct buf text;
	enum rc rc;

	if (sodium_init() < 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "libsodium", "init failed");
	buf_init(&text, SIGNING_TEXT);
	rc = disk_read_file(dir, path, &text, p);
	if (rc == RC_OK && signing_pub_parse(buf_view(&text), &key) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "public key", "not the line that a ledger writes");
	buf_done(&text);
	if (rc == RC_OK)
		*key_r = key;
	return rc;
}

static enum rc
key_make(int dir, struct signing_key *key, struct problem *p)
{
	crypto_sign_keypair(key->pub, key->secret);
	key_name(key);
	return signing_key_write(dir, "ledger.key", key, p);
}

void
signing_key_new(const char *origin, struct signing_key *key_r)
{
	crypto_sign_keypair(key_r->pub, key_r->secret);
	memcpy(key_r->origin, origin, SIGNING_ORIGIN);
}

enum rc
signing_secret_read(int dir, const char *name, struct signing_key *key_r, struct problem *p)
{
	struct buf text, seed;
	enum rc rc;

	if (sodium_init() < 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "libsodium", "init failed");
	buf_init(&text, SIGNING_TEXT);
	buf_init(&seed, 64);
	rc = disk_read_file(dir, name, &text, p);
	if (rc == RC_OK && hex_get(str_trim(buf_view(&text)), &seed) == RC_OK && !seed.failed && seed.n == 32) {
		crypto_sign_seed_keypair(key_r->pub, key_r->secret, (const unsigned char *)seed.p);
		key_name(key_r);
	} else if (rc == RC_OK)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, name, "cannot be read as a key");
	buf_done_wiped(&text);
	buf_done_wiped(&seed);
	return rc;
}

enum rc
signing_key_read(int dir, bool make, struct signing_key *key_r, struct problem *p)
{
	struct signing_key key = { 0 }, pub;
	enum rc rc = signing_secret_read(dir, "ledger.key", &key, p);

	if (rc == RC_NOT_FOUND && make)
		rc = key_make(dir, &key, p);
	if (rc == RC_OK) {
		rc = signing_pub_read(dir, "ledger.pub", &pub, p);
		if (rc == RC_NOT_FOUND)
			rc = make ? pub_write(dir, &key, p) : RC_OK;
		else if (rc == RC_BAD_INPUT || (rc == RC_OK && !same_bytes(pub.pub, key.pub, SIGNING_PUB)))
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger.pub", "does not belong to ledger.key");
	}
	if (rc == RC_OK)
		*key_r = key;
	wipe(&key, sizeof key);
	return rc;
}

void
signing_key_done(struct signing_key *key)
{
	wipe(key, sizeof *key);
}

/* The three lines that are signed. */
static size_t
note_body(const struct signing_key *key, uint64_t size, const unsigned char root[SHA_LEN], char out[SIGNING_TEXT])
{
	char root64[sodium_base64_ENCODED_LEN(SHA_LEN, sodium_base64_VARIANT_ORIGINAL)];

	sodium_bin2base64(root64, sizeof root64, root, SHA_LEN, sodium_base64_VARIANT_ORIGINAL);
	int n = snprintf(out, SIGNING_TEXT, "%s\n%llu\n%s\n", key->origin, (unsigned long long)size, root64);
	MUST(n > 0 && n < SIGNING_TEXT);
	return (size_t)n;
}

void
signing_sign(const struct signing_key *key, uint64_t size, const unsigned char root[SHA_LEN], unsigned char sig[SIGNING_SIG])
{
	char body[SIGNING_TEXT];
	size_t n = note_body(key, size, root, body);

	MUST(crypto_sign_detached(sig, NULL, (const unsigned char *)body, n, key->secret) == 0);
}

bool
signing_is_signed(const struct signing_key *key, uint64_t size, const unsigned char root[SHA_LEN], const unsigned char sig[SIGNING_SIG])
{
	char body[SIGNING_TEXT];
	size_t n = note_body(key, size, root, body);

	return crypto_sign_verify_detached(sig, (const unsigned char *)body, n, key->pub) == 0;
}

static void
put_signature(const struct signing_key *key, const unsigned char tail[4 + SIGNING_SIG], struct buf *out)
{
	buf_z(out, "\n\xE2\x80\x94 "); /* an em dash, as signed-note has it */
	buf_z(out, key->origin);
	buf_ch(out, ' ');
	base64_put(out, (struct str){ (const char *)tail, 4 + SIGNING_SIG });
	buf_ch(out, '\n');
}

static bool
signature_is_ours(const struct signing_key *key, const unsigned char tail[4 + SIGNING_SIG])
{
	unsigned char hash[4];

	signing_key_hash(key, hash);
	return memcmp(hash, tail, sizeof hash) == 0;
}

static void
put_note(const struct signing_key *key, uint64_t size, const unsigned char root[SHA_LEN], const unsigned char sig[SIGNING_SIG], struct buf *out)
{
	char body[SIGNING_TEXT];
	unsigned char tail[4 + SIGNING_SIG];

	buf_put(out, body, note_body(key, size, root, body));
	signing_key_hash(key, tail);
	memcpy(tail + 4, sig, SIGNING_SIG);
	put_signature(key, tail, out);
}

void
signing_put(const struct signing_key *key, uint64_t size, const unsigned char root[SHA_LEN], struct buf *out)
{
	unsigned char sig[SIGNING_SIG];

	signing_sign(key, size, root, sig);
	put_note(key, size, root, sig, out);
}

enum rc
signing_parse(const struct signing_key *key, struct str text, uint64_t *size_r, unsigned char root_r[SHA_LEN])
{
	struct str rest = text, size_text, root_text;
	struct buf root, tail, again;
	uint64_t size = 0;
	enum rc rc = RC_BAD_INPUT;

	buf_init(&root, 64);
	buf_init(&tail, 128);
	buf_init(&again, SIGNING_TEXT);
	(void)str_cut(rest, '\n', &rest);
	size_text = str_cut(rest, '\n', &rest);
	root_text = str_cut(rest, '\n', &rest);
	(void)str_cut(rest, ' ', &rest);
	(void)str_cut(rest, ' ', &rest);
	if (str_u64(size_text, &size) == RC_OK && base64_get(root_text, &root) == RC_OK && root.n == SHA_LEN && !root.failed &&
	    base64_get(str_trim(rest), &tail) == RC_OK && tail.n == 4 + SIGNING_SIG && !tail.failed) {
		/* Written again from what was read, it must be the same text: one form only, nothing beside it. */
		put_note(key, size, (const unsigned char *)root.p, (const unsigned char *)tail.p + 4, &again);
		if (str_is(buf_view(&again), text) && signing_is_signed(key, size, (const unsigned char *)root.p, (const unsigned char *)tail.p + 4)) {
			*size_r = size;
			memcpy(root_r, root.p, SHA_LEN);
			rc = RC_OK;
		}
	}
	buf_done(&root);
	buf_done(&tail);
	buf_done(&again);
	return rc;
}

/* ---- texts ---- */

void
signing_sign_text(const struct signing_key *key, struct str text, unsigned char sig[SIGNING_SIG])
{
	MUST(crypto_sign_detached(sig, NULL, (const unsigned char *)text.p, text.n, key->secret) == 0);
}

bool
signing_is_signed_text(const struct signing_key *key, struct str text, const unsigned char sig[SIGNING_SIG])
{
	return crypto_sign_verify_detached(sig, (const unsigned char *)text.p, text.n, key->pub) == 0;
}

void
signing_line_put(const struct signing_key *key, const unsigned char sig[SIGNING_SIG], struct buf *out)
{
	unsigned char tail[4 + SIGNING_SIG];

	signing_key_hash(key, tail);
	memcpy(tail + 4, sig, SIGNING_SIG);
	put_signature(key, tail, out);
}

/* ---- reports ---- */

static bool
is_report(const struct signing_key *key, struct str text)
{
	return text.n > 0 && text.p[text.n - 1] == '\n' && !str_starts(text, STR("hygie/ledger/")) && !str_starts(text, str_of(key->origin));
}

void
signing_note(const struct signing_key *key, struct str text, struct buf *out)
{
	unsigned char tail[4 + SIGNING_SIG];

	MUST(is_report(key, text));
	MUST(crypto_sign_detached(tail + 4, NULL, (const unsigned char *)text.p, text.n, key->secret) == 0);
	signing_key_hash(key, tail);
	buf_str(out, text);
	put_signature(key, tail, out);
}

enum rc
signing_note_check(const struct signing_key *key, struct str note, struct str *text_r)
{
	static const char DASH[] = "\n\xE2\x80\x94 ";
	struct buf tail, again;
	enum rc rc = RC_BAD_INPUT;
	size_t at = note.n, dash = sizeof DASH - 1;

	while (at > 0 && (at + dash > note.n || memcmp(note.p + at, DASH, dash) != 0)) /* the last blank line parts text and signature */
		at--;
	if (at == 0)
		return RC_BAD_INPUT;
	struct str text = { note.p, at }, line = { note.p + at + dash, note.n - at - dash }, rest;
	buf_init(&tail, 128);
	buf_init(&again, SIGNING_TEXT);
	(void)str_cut(line, ' ', &rest);
	if (is_report(key, text) && rest.p && base64_get(str_trim(rest), &tail) == RC_OK && !tail.failed && tail.n == 4 + SIGNING_SIG) {
		put_signature(key, (const unsigned char *)tail.p, &again); /* one form only, nothing behind it */
		if (str_is(buf_view(&again), (struct str){ note.p + at, note.n - at }) && signature_is_ours(key, (const unsigned char *)tail.p) &&
		    crypto_sign_verify_detached((const unsigned char *)tail.p + 4, (const unsigned char *)text.p, text.n, key->pub) == 0) {
			*text_r = text;
			rc = RC_OK;
		}
	}
	buf_done(&tail);
	buf_done(&again);
	return rc;
}

/* The signature is over a digest, so that a long index costs one pass. */
static void
seal_digest(struct str body, unsigned char out[SHA_LEN])
{
	sha_two(out, SEAL_CONTEXT, sizeof SEAL_CONTEXT - 1, body.p, body.n);
}

void
signing_seal(const struct signing_key *key, struct buf *text)
{
	unsigned char digest[SHA_LEN], sig[SIGNING_SIG];

	seal_digest(buf_view(text), digest);
	MUST(crypto_sign_detached(sig, NULL, digest, sizeof digest, key->secret) == 0);
	buf_z(text, SEALED);
	base64_put(text, (struct str){ (const char *)sig, sizeof sig });
	buf_ch(text, '\n');
}

enum rc
signing_unseal(const struct signing_key *key, struct str text, struct str *body_r)
{
	unsigned char digest[SHA_LEN];
	size_t line = sizeof SEALED - 1 + sodium_base64_ENCODED_LEN(SIGNING_SIG, sodium_base64_VARIANT_ORIGINAL); /* its NUL counts for the line feed */
	struct buf sig;
	enum rc rc = RC_BAD_INPUT;

	if (text.n < line)
		return RC_BAD_INPUT;
	struct str body = { text.p, text.n - line }, tail = { text.p + body.n, line };
	if (!str_starts(tail, STR(SEALED)) || !str_ends(tail, STR("\n")))
		return RC_BAD_INPUT;
	buf_init(&sig, 128);
	seal_digest(body, digest);
	struct str encoded = { tail.p + sizeof SEALED - 1, line - sizeof SEALED };
	if (base64_get(encoded, &sig) == RC_OK && !sig.failed && sig.n == SIGNING_SIG &&
	    crypto_sign_verify_detached((const unsigned char *)sig.p, digest, sizeof digest, key->pub) == 0) {
		*body_r = body;
		rc = RC_OK;
	}
	buf_done(&sig);
	return rc;
}
