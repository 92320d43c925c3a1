/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/keep.c: see keep.h. Sealed is the moment (8 bytes, little-endian, ms) and the text; bound to the account's number, so that it opens for nobody else. Must never say why a text did not
 * open. Start at keep_seal.
 */
#include "gate/keep.h"

#include "base/log.h"
#include "codec/base64.h"
#include "record/keys.h"

#define MOMENT 8
#define KEPT_MS INT64_C(43200000) /* twelve hours: what was typed in one shift is not offered in the one after the next */

_Static_assert(((MOMENT + KEEP_MAX + SEAL_MORE) * 4 + 2) / 3 <= KEPT_MAX, "the longest text fits, sealed");

static struct keys_bound bound(uint32_t account) { return (struct keys_bound){ SEALS_KEPT, account, 0 }; }

static void put(struct release *r, struct str text)
{
	struct rows *rows = release_open(r);
	rows_set(rows, "kept");
	rows_row(rows);
	rows_col(rows, "text", text);
	rows_end(rows);
	r->secret = true;
}

/* Whose session it was that the call came too late for; 0: nobody knows. */
static uint32_t whose(const struct look *l)
{
	struct str token = l->t->call.token;
	if (l->seat)
		return l->r->who.locked ? l->seat->actor.account : 0;
	return sessions_ended(l->d->g->sessions, token.n > 0 ? token : l->asks.keep.form, l->d->now_ms);
}

void keep_seal(struct look *l)
{
	const struct problem *told = &l->r->problem;
	bool late = told->rc == RC_STEP_UP && (told->why == WHY_LOCKED || told->why == WHY_SIGN_IN);
	bool asked = l->asks.keep.text.n > 0 && l->t->phase == PHASE_NEW; /* after its act there is nothing to send again */
	uint32_t account = asked && late ? whose(l) : 0;
	struct buf plain, sealed, text;
	struct problem p;
	if (account == 0)
		return;
	buf_init(&plain, MOMENT + KEEP_MAX);
	buf_init(&sealed, MOMENT + KEEP_MAX + SEAL_MORE);
	buf_init(&text, KEPT_MAX);
	for (int i = 0; i < MOMENT; i++)
		buf_ch(&plain, (char)(unsigned char)((uint64_t)l->d->now_ms >> 8 * i));
	buf_str(&plain, l->asks.keep.text);
	enum rc rc = buf_rc(&plain, &p);
	if (rc == RC_OK)
		rc = keys_seal(l->d->db, 0, bound(account), buf_view(&plain), &sealed, &p);
	if (rc == RC_OK) {
		base64url_put(&text, buf_view(&sealed));
		rc = buf_rc(&text, &p);
	}
	if (rc == RC_OK)
		put(l->r, buf_view(&text));
	else
		log_problem(LOG_WARN, "not_kept", &p);
	buf_done_wiped(&plain);
	buf_done(&sealed);
	buf_done(&text);
}

void keep_open(struct release *r, uint32_t account, struct str kept, int64_t now_ms)
{
	struct buf sealed;
	struct str plain;
	struct problem p;
	int64_t at_ms = 0;
	if (kept.n == 0 || kept.n > KEPT_MAX)
		return;
	buf_init(&sealed, KEPT_MAX);
	/* BARRIER: bytes from outside. The house's own form only: another one would be looked up in the base. */
	bool ours = base64url_get(kept, &sealed) == RC_OK && sealed.n > 0 && keys_since(buf_view(&sealed)) == 0;
	bool opens = ours && keys_unseal(NULL, 0, bound(account), buf_view(&sealed), &plain, &p) == RC_OK && plain.n > MOMENT;
	for (int i = 0; opens && i < MOMENT; i++)
		at_ms |= (int64_t)((uint64_t)(unsigned char)plain.p[i] << 8 * i);
	if (opens && now_ms - at_ms < KEPT_MS)
		put(r, (struct str){ plain.p + MOMENT, plain.n - MOMENT });
	buf_done(&sealed);
}
