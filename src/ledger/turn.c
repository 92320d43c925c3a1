/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/turn.c: from one signing key to the next (epochs.h), so that a crash at any moment leaves exactly one key that can go on:
 *   1. the next key lies in KEY_NEXT, durable            a crash: no entry knows it, the next open erases it
 *   2. EPOCH, signed by the key before, and a CHECKPOINT by the next one are given; the key before is wiped from memory
 *                                                        a crash: the next open goes on with KEY_NEXT if the EPOCH entry reached the disk, else erases it
 *   3. both durable: DIR/epochs is written               a crash: the next open finds the entry beyond the list, and writes it
 *   4. the key before is overwritten and unlinked by the rename of KEY_NEXT over it
 *   5. only now the next key signs DIR/checkpoint
 * Must never erase a key whose successor is not durable in an entry. Called by ledger.c, tender.c and tail.c. Start at turn_begin.
 */
#include "ledger/inner.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum rc
key_at(struct ledger *l, const char *name, const unsigned char pub[SIGNING_PUB], bool *is_r, struct problem *p)
{
	struct signing_key key;
	enum rc rc = signing_secret_read(l->dir, name, &key, p);

	*is_r = rc == RC_OK && memcmp(key.pub, pub, SIGNING_PUB) == 0;
	if (*is_r) {
		memcpy(key.origin, l->epochs.origin, sizeof key.origin);
		l->key = key;
	}
	wipe(&key, sizeof key);
	return rc;
}

enum rc
turn_take_key(struct ledger *l, struct problem *p)
{
	const unsigned char *pub = l->epochs.at[l->epochs.n - 1].pub;
	struct problem ignored;
	bool is = false;
	enum rc rc = key_at(l, KEY_FILE, pub, &is, p), next;

	if (is) /* what lies beside it is a next one that no entry knows */
		return signing_key_erase(l->dir, KEY_NEXT, true, p);
	next = key_at(l, KEY_NEXT, pub, &is, &ignored);
	if (is) {
		l->key_waits = true;
		return RC_OK;
	}
	if (rc == RC_NOT_FOUND && next == RC_NOT_FOUND)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, KEY_FILE, "the key is missing beside its entries");
	return rc == RC_BROKEN ? rc : problem_set(p, RC_BROKEN, WHY_CORRUPT, KEY_FILE, "not the key of this ledger's last epoch");
}

/* Lock held, so that no entry comes between the last signature of the one key and the first of the other. */
static enum rc
change_locked(struct ledger *l, struct signing_key *next, uint64_t *number_r, struct problem *p)
{
	unsigned char extra[SIGNING_PUB + SIGNING_SIG], root[SHA_LEN];
	struct ledger_entry e = { .kind = LEDGER_EPOCH, .about = l->epochs.n, .note = STR("epoch") };

	if (l->unsigned_n >= SIGN_EVERY - 2)
		ledger_sign_locked(l);
	if (l->unsigned_n >= SIGN_EVERY - 2 || l->broken || l->stop)
		return problem_set(p, RC_RETRY, WHY_BUSY, "epoch", "the checkpoint is due");
	uint64_t size = l->head.number;
	tree_root(&l->tree, root);
	memcpy(extra, next->pub, SIGNING_PUB);
	epochs_certify(&l->key, l->epochs.n, size, root, next->pub, extra + SIGNING_PUB);
	if (!epochs_push(&l->epochs, size + 1, root, next->pub, extra + SIGNING_PUB))
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, EPOCHS_FILE, "%u epochs", l->epochs.n);
	enum rc rc = ledger_put_locked(l, &e, (struct str){ (const char *)extra, sizeof extra }, p);
	if (rc != RC_OK) { /* the list says what the entries say: nothing happened */
		epochs_pop(&l->epochs);
		return rc;
	}
	signing_key_done(&l->key);
	l->key = *next;
	l->key_waits = true;
	ledger_sign_locked(l);
	*number_r = l->head.number;
	return RC_OK;
}

enum rc
turn_begin(struct ledger *l, uint64_t *number_r, struct problem *p)
{
	struct signing_key next;
	struct problem ignored;
	enum rc rc;

	if (l->key_waits)
		return problem_set(p, RC_RETRY, WHY_BUSY, "epoch", "the change before is not finished");
	signing_key_new(l->epochs.origin, &next);
	rc = signing_key_write(l->dir, KEY_NEXT, &next, p);
	if (rc == RC_OK) {
		MUST(pthread_mutex_lock(&l->lock) == 0);
		rc = change_locked(l, &next, number_r, p);
		l->turned_ns = clock_ns();
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		if (rc != RC_OK && signing_key_erase(l->dir, KEY_NEXT, true, &ignored) != RC_OK)
			log_problem(LOG_WARN, "ledger_key_left", &ignored);
	}
	wipe(&next, sizeof next);
	return rc;
}

enum rc
turn_finish(struct ledger *l, struct problem *p)
{
	enum rc rc = RC_OK;

	if (l->epochs_written < l->epochs.n) {
		rc = l->epochs.n > 1 ? disk_replace(l->dir, EPOCHS_FILE, buf_view(&l->epochs.text), 0644, p) : RC_OK;
		l->epochs_written = rc == RC_OK ? l->epochs.n : l->epochs_written;
	}
	if (rc != RC_OK || !l->key_waits)
		return rc;
	rc = signing_key_erase(l->dir, KEY_FILE, false, p);
	if (rc == RC_OK && (renameat(l->dir, KEY_NEXT, l->dir, KEY_FILE) != 0 || fsync(l->dir) != 0))
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, KEY_FILE, "rename: errno %d", errno);
	if (rc == RC_OK) {
		l->key_waits = false;
		log_event(LOG_INFO, "ledger_epoch", LOG_N("epoch", l->epochs.n - 1), LOG_N("entry", l->epochs.at[l->epochs.n - 1].first), LOG_END);
	}
	return rc;
}

bool
turn_is_due(const struct ledger *l, uint64_t now_ns)
{
	return l->epoch_ns && !l->stop && !l->broken && now_ns >= l->turned_ns + l->epoch_ns;
}

enum rc
ledger_epoch_next(struct ledger *l, struct problem *p)
{
	uint64_t number = 0;

	if (l->read_only)
		return problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "open for reading only");
	enum rc rc = tender_write_milestone(l, p); /* a change that a crash cut short is finished first */
	if (rc != RC_OK)
		return rc;
	MUST(pthread_mutex_lock(&l->milestone_lock) == 0);
	rc = turn_begin(l, &number, p);
	MUST(pthread_mutex_unlock(&l->milestone_lock) == 0);
	if (rc == RC_OK && !ledger_sync(l, number))
		rc = problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "the new epoch could not be flushed");
	return rc == RC_OK ? tender_write_milestone(l, p) : rc;
}

unsigned
ledger_epoch(struct ledger *l)
{
	MUST(pthread_mutex_lock(&l->milestone_lock) == 0);
	unsigned epoch = l->epochs.n - 1;
	MUST(pthread_mutex_unlock(&l->milestone_lock) == 0);
	return epoch;
}
