/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/replay_keys.c: the passkeys of the replay: an authenticator in software (ES256, the tests' own), each key laid into the house's ring below the gate, as
 * accounts are. What signs is what the gate checks: a challenge of its own, used once. Called by replay_world.c. Start at key_touched.
 */
#include "replay.h"

#include "../tests/unit/codec/authenticator.h"
#include "hospital/keyring.h"

struct key { struct device device; char id[33], user[KEYRING_USER]; uint32_t count; };

void key_new(struct person *x)
{
	struct key *k = x->key = calloc(1, sizeof *k);
	if (!k)
		die("no memory", NULL);
	k->device = device_new(PASSKEY_ES256);
	snprintf(k->id, sizeof k->id, "key %-28s", x->login);
	memcpy(k->user, k->id, KEYRING_USER);
}

void key_done(struct person *x)
{
	if (x->key)
		device_done(&x->key->device);
	free(x->key);
	x->key = NULL;
}

enum rc key_keep(struct db_conn *c, uint32_t account, const struct person *x, int64_t now_ms, struct problem *p)
{
	const struct key *k = x->key;
	struct passkey stored = { .id = { k->id, 32 }, .key = buf_view(&k->device.cose), .user = { k->user, KEYRING_USER } };
	return keyring_add(c, account, &stored, STR("badge"), now_ms, p);
}

void key_touched(struct world *w, struct person *x, const char *purpose, struct buf *out)
{
	struct key *k = x->key;
	struct scene s;
	struct buf challenge;
	struct gate_call *c = call_of(w, strcmp(purpose, "sign_in") == 0 ? NULL : x, "/passkey/ask");
	ask_act(&c->asks, "passkey_ask");
	ask_arg(&c->asks, "for", str_of(purpose));
	gate_run(w->g, c);
	if (release_rc(c->release) != RC_OK)
		die("passkey_ask", c->release);
	buf_init(&challenge, 256);
	MUST(base64url_get(row_get(rows_first(release_rows(c->release), "challenge"), "challenge"), &challenge) == RC_OK);
	gate_call_done(&c);
	scene_init(&s, &k->device, true);
	s.asked.challenge = buf_view(&challenge);
	s.id = (struct str){ k->id, 32 };
	s.user = (struct str){ k->user, KEYRING_USER };
	s.count = ++k->count;
	buf_init(out, 100000);
	scene_put_shown(&s, out);
	buf_done(&challenge);
}
