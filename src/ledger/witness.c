/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/witness.c: see witness.h. BARRIER: the body is a stranger's. Must never sign two checkpoints of one ledger that are not one past. */
#include "ledger/witness.h"
#include "ledger/disk.h"
#include "ledger/epochs.h"
#include "ledger/proof.h"

#include "codec/base64.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE_MAX  4096
#define FILE_NAME 40
#define ORIGIN    "hygie/ledger/"

struct witness_key { struct cosign_key pub; unsigned char secret[SIGNING_SECRET]; };

/* Held until the folder is closed. */
static enum rc
state_open(const char *state, bool make, int *dir_r, struct problem *p)
{
	if (sodium_init() < 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "libsodium", "init failed");
	if (make && mkdir(state, 0700) != 0 && errno != EEXIST)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "state", "cannot be made: errno %d", errno);
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return problem_set(p, RC_BROKEN, WHY_NO_DIR, "state", "cannot be opened: errno %d", errno);
	if (flock(dir, LOCK_EX) != 0) {
		close(dir);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "state", "cannot be locked: errno %d", errno);
	}
	*dir_r = dir;
	return RC_OK;
}

static enum rc
key_read(int dir, struct witness_key *key, struct problem *p)
{
	struct buf secret, pub, seed, again;

	buf_init(&secret, 128);
	buf_init(&pub, 512);
	buf_init(&seed, 64);
	buf_init(&again, 512);
	enum rc rc = disk_read_file(dir, "witness.key", &secret, p);
	if (rc == RC_OK)
		rc = disk_read_file(dir, "witness.pub", &pub, p);
	struct str rest, name = str_cut(buf_view(&pub), '+', &rest);
	if (rc == RC_OK && (hex_get(str_trim(buf_view(&secret)), &seed) != RC_OK || seed.failed || seed.n != 32 || !cosign_is_name(name)))
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "witness.key", "cannot be read as a key");
	if (rc == RC_OK) {
		unsigned char half[SIGNING_PUB];
		crypto_sign_seed_keypair(half, key->secret, (const unsigned char *)seed.p);
		cosign_key_make(half, name, &key->pub);
		cosign_key_put(&key->pub, &again);
		if (!str_is(buf_view(&again), buf_view(&pub)))
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "witness.pub", "does not belong to witness.key");
	}
	buf_done_wiped(&secret);
	buf_done_wiped(&seed);
	buf_done(&pub);
	buf_done(&again);
	return rc;
}

/* ---- making ---- */

enum rc
witness_make(const char *state, const char *name, struct problem *p)
{
	struct witness_key key;
	unsigned char half[SIGNING_PUB];
	struct buf text;
	struct stat st;
	int dir;

	if (!cosign_is_name(str_of(name)))
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "name", "1 to %d printable bytes without blank or plus", COSIGN_NAME);
	enum rc rc = state_open(state, true, &dir, p);
	if (rc != RC_OK)
		return rc;
	if (fstatat(dir, "witness.key", &st, AT_SYMLINK_NOFOLLOW) == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_DUPLICATE, "state", "it has a key already");
	crypto_sign_keypair(half, key.secret);
	cosign_key_make(half, str_of(name), &key.pub);
	buf_init(&text, 512);
	cosign_key_put(&key.pub, &text);
	if (rc == RC_OK)
		rc = disk_replace(dir, "witness.pub", buf_view(&text), 0444, p);
	buf_reset(&text);
	hex_put(&text, (struct str){ (const char *)key.secret, 32 });
	buf_ch(&text, '\n');
	if (rc == RC_OK)
		rc = disk_replace(dir, "witness.key", buf_view(&text), 0400, p);
	buf_done_wiped(&text);
	wipe(&key, sizeof key);
	close(dir);
	return rc;
}

enum rc
witness_pub(const char *state, struct buf *line_r, struct problem *p)
{
	struct witness_key key;
	int dir;
	enum rc rc = state_open(state, false, &dir, p);

	if (rc != RC_OK)
		return rc;
	rc = key_read(dir, &key, p);
	if (rc == RC_OK) {
		cosign_key_put(&key.pub, line_r);
		rc = buf_rc(line_r, p);
	}
	wipe(&key, sizeof key);
	close(dir);
	return rc;
}

/* A ledger's files are named by the hash in its origin. False: not an origin of ours. */
static bool
file_of(struct str origin, const char *tail, char out[FILE_NAME])
{
	struct str hash = str_starts(origin, STR(ORIGIN)) ? (struct str){ origin.p + sizeof ORIGIN - 1, origin.n - sizeof ORIGIN + 1 } : STR_NONE;
	bool good = hash.n == 16;

	for (size_t i = 0; i < hash.n; i++)
		good = good && ((hash.p[i] >= '0' && hash.p[i] <= '9') || (hash.p[i] >= 'a' && hash.p[i] <= 'f'));
	if (good)
		(void)snprintf(out, FILE_NAME, "%.*s.%s", (int)hash.n, hash.p, tail);
	return good;
}

enum rc
witness_trust(const char *state, const char *pub_path, struct problem *p)
{
	struct signing_key key;
	char file[FILE_NAME];
	struct buf text;
	struct stat st;
	int dir;
	enum rc rc = signing_pub_read(AT_FDCWD, pub_path, &key, p);

	if (rc == RC_OK)
		rc = state_open(state, false, &dir, p);
	if (rc != RC_OK)
		return rc;
	MUST(file_of(str_of(key.origin), "pub", file));
	if (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_DUPLICATE, "ledger.pub", "this ledger is known already");
	buf_init(&text, 512);
	if (rc == RC_OK)
		rc = disk_read_file(AT_FDCWD, pub_path, &text, p);
	if (rc == RC_OK)
		rc = disk_replace(dir, file, buf_view(&text), 0444, p);
	buf_done(&text);
	close(dir);
	return rc;
}

enum rc
witness_epochs(const char *state, struct str list, struct problem *p)
{
	struct str rest, origin = str_cut(str_cut(list, '\n', &rest), '+', &rest);
	char pub[FILE_NAME], file[FILE_NAME];
	struct signing_key key;
	struct epochs epochs = { .n = 0 };
	struct buf known;
	int dir;

	if (!file_of(origin, "pub", pub) || !file_of(origin, "epochs", file))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "origin", "not a ledger of Hygie");
	enum rc rc = state_open(state, false, &dir, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&known, EPOCHS_BYTES);
	rc = signing_pub_read(dir, pub, &key, p);
	if (rc == RC_NOT_FOUND)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "origin", "not a ledger that is trusted here");
	if (rc == RC_OK)
		rc = epochs_parse(list, &key, &epochs, p);
	if (rc == RC_OK) {
		rc = disk_read_file(dir, file, &known, p);
		if (rc == RC_NOT_FOUND)
			rc = RC_OK; /* its first change */
	}
	if (rc == RC_OK && !str_starts(list, buf_view(&known)) && !str_starts(buf_view(&known), list)) /* two keys of one epoch: the house went two ways */
		rc = problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "epochs", "another key was certified for an epoch that is known here");
	if (rc == RC_OK && list.n > known.n)
		rc = disk_replace(dir, file, list, 0444, p);
	buf_done(&known);
	epochs_done(&epochs);
	close(dir);
	return rc;
}

/* ---- signing ---- */

struct request { struct epochs epochs; uint64_t old_size, last; struct tree_proof proof; struct cosign_note note; unsigned char last_root[SHA_LEN]; char file[FILE_NAME]; };

static enum rc
request_read(int dir, struct str body, struct request *q, struct problem *p)
{
	struct str rest, note;
	char pub[FILE_NAME], epochs[FILE_NAME];

	if (!growth_read(body, &q->old_size, &q->proof, &note))
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "body", "not what add-checkpoint takes");
	struct str origin = str_cut(note, '\n', &rest);
	if (!file_of(origin, "pub", pub) || !file_of(origin, "epochs", epochs) || !file_of(origin, "checkpoint", q->file))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "origin", "not a ledger of Hygie");
	enum rc rc = epochs_open(dir, pub, dir, epochs, &q->epochs, p);
	if (rc == RC_NOT_FOUND)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "origin", "not a ledger that is trusted here");
	if (rc == RC_OK && epochs_note_read(&q->epochs, note, &q->note) != RC_OK) /* or by a key that is not known here yet: add-epochs */
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "checkpoint", "not signed by that ledger");
	struct buf last;
	buf_init(&last, NOTE_MAX);
	if (rc == RC_OK) {
		rc = disk_read_file(dir, q->file, &last, p);
		if (rc == RC_NOT_FOUND)
			rc = RC_OK; /* its first */
		else if (rc == RC_OK && epochs_note_parse(&q->epochs, buf_view(&last), &q->last, q->last_root) != RC_OK)
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, q->file, "not what was signed");
	}
	buf_done(&last);
	return rc;
}

static enum rc
request_judge(const struct request *q, struct problem *p)
{
	if (q->old_size > q->note.size)
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "old", "above the size of the checkpoint");
	if (q->old_size != q->last)
		return problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "old", "another size was signed last");
	if (q->last == 0)
		return q->proof.n == 0 ? RC_OK : problem_set(p, RC_PRECONDITION, WHY_PRECONDITION, "proof", "a first checkpoint has none");
	if (q->note.size == q->last && memcmp(q->note.root, q->last_root, SHA_LEN) != 0)
		return problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "checkpoint", "the same size with another root");
	return tree_is_grown(q->last, q->note.size, q->last_root, &q->proof, q->note.root) ? RC_OK : problem_set(p, RC_PRECONDITION, WHY_PRECONDITION, "proof", "it does not lead from what was signed last");
}

enum rc
witness_cosign(const char *state, struct str body, int64_t now_s, struct buf *line_r, uint64_t *last_r, struct problem *p)
{
	struct request q = { .last = 0 };
	struct witness_key key;
	int dir;
	enum rc rc = state_open(state, false, &dir, p);

	*last_r = 0;
	if (rc != RC_OK)
		return rc;
	rc = key_read(dir, &key, p);
	if (rc == RC_NOT_FOUND) /* of a ledger, to who asks */
		rc = problem_set(p, RC_BROKEN, WHY_NO_DIR, "state", "it has no key");
	if (rc == RC_OK)
		rc = request_read(dir, body, &q, p);
	if (rc == RC_OK)
		rc = request_judge(&q, p);
	*last_r = q.last;
	if (rc == RC_OK)
		rc = disk_replace(dir, q.file, (struct str){ q.note.own, q.note.own_n }, 0444, p);
	if (rc == RC_OK) {
		cosign_put(&key.pub, key.secret, q.note.body, now_s, line_r);
		rc = buf_rc(line_r, p);
	}
	epochs_done(&q.epochs);
	wipe(&key, sizeof key);
	close(dir);
	return rc;
}
