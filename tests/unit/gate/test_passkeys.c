/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys through the gate's door: registered after a proof, signed in with, asked for again; and each way in which an answer is none. */
#include "house.h"

#include <pthread.h>

#include "../codec/authenticator.h"
#include "gate/touch.h"

static struct house h;

/* ---- a person's key, and what a browser does with it ---- */

struct mine { struct device device; char id[33], user[KEYRING_USER]; uint32_t count; };
static struct mine NURSE, SPARE, PHYSICIAN;

static void mine_new(struct mine *k, const char *id)
{
	*k = (struct mine){ .device = device_new(PASSKEY_ES256), .count = 7 };
	snprintf(k->id, sizeof k->id, "%-32.32s", id);
}

static struct gate_call *ask_key(const char *token, const char *purpose, const char *code)
{
	struct gate_call *c = call_new(token, "/passkey/ask");
	ask_act(&c->asks, "passkey_ask");
	ask_arg(&c->asks, "for", str_of(purpose));
	if (code)
		ask_arg(&c->asks, "code", str_of(code));
	gate_run(h.g, c);
	return c;
}

static void bytes_from(struct str text, char *to, size_t n)
{
	struct buf b;
	buf_init(&b, 4096);
	assert_int_equal(base64url_get(text, &b), RC_OK);
	assert_int_equal(b.n, n);
	memcpy(to, b.p, n);
	buf_done(&b);
}

/* The challenge for a purpose. */
static void challenge_for(const char *token, const char *purpose, char challenge[CHALLENGE_BYTES])
{
	struct gate_call *c = ask_key(token, purpose, NULL);
	must_ok(release_rc(c->release), release_problem(c->release));
	struct row row = rows_first(release_rows(c->release), "challenge");
	assert_true(str_eq(row_get(row, "rp_id"), RP));
	bytes_from(row_get(row, "challenge"), challenge, CHALLENGE_BYTES);
	gate_call_done(&c);
}

static void scene_of(struct scene *s, struct mine *k, const char challenge[CHALLENGE_BYTES], bool is_shown)
{
	scene_init(s, &k->device, is_shown);
	s->asked.challenge = (struct str){ challenge, CHALLENGE_BYTES };
	s->id = s->attested_id = (struct str){ k->id, 32 };
	s->user = is_shown ? (struct str){ k->user, sizeof k->user } : STR_NONE;
	s->count = ++k->count;
}

static void shown_with(struct mine *k, const char challenge[CHALLENGE_BYTES], struct buf *out)
{
	struct scene s;
	scene_of(&s, k, challenge, true);
	buf_init(out, 100000);
	scene_put_shown(&s, out);
}

static struct gate_call *send_key(const char *token, const char *act, struct str passkey)
{
	struct gate_call *c = call_new(token, "/passkey");
	ask_act(&c->asks, act);
	ask_arg(&c->asks, "passkey", passkey);
	if (strcmp(act, "prove") == 0) {
		ask_arg(&c->asks, "reason", STR("other"));
		ask_arg(&c->asks, "text", STR("renfort de nuit"));
	}
	gate_run(h.g, c);
	return c;
}

/* Asked for and shown: one act. */
static struct gate_call *touch(struct mine *k, const char *token, const char *act)
{
	char challenge[CHALLENGE_BYTES];
	struct buf b;
	challenge_for(token, act, challenge);
	shown_with(k, challenge, &b);
	struct gate_call *c = send_key(token, act, buf_view(&b));
	buf_done(&b);
	return c;
}

static void touch_in(struct mine *k, char token[64])
{
	struct gate_call *c = touch(k, NULL, "sign_in");
	must_ok(release_rc(c->release), release_problem(c->release));
	token_of(c, token);
}

static void is_refused(struct gate_call *c)
{
	assert_int_equal(release_rc(c->release), RC_DENIED);
	assert_int_equal(release_problem(c->release)->why, WHY_PASSKEY_REFUSED);
	assert_string_equal(release_problem(c->release)->where, "");
	assert_int_equal(rows_count(release_rows(c->release), "session"), 0);
	gate_call_done(&c);
}

/* Of a signed-in person: a fresh code, then the key; its answer in made when that is wanted. */
static enum rc add_key(struct mine *k, const char *login, const char *token, const char *label)
{
	char code[8], challenge[CHALLENGE_BYTES];
	struct scene s;
	struct buf b;
	house_wait(31000);
	code_now(login, code);
	struct gate_call *c = ask_key(token, "register", code);
	must_ok(release_rc(c->release), release_problem(c->release));
	struct row row = rows_first(release_rows(c->release), "challenge");
	bytes_from(row_get(row, "challenge"), challenge, sizeof challenge);
	bytes_from(row_get(row, "user"), k->user, sizeof k->user);
	assert_true(str_eq(row_get(row, "login"), login));
	gate_call_done(&c);
	scene_of(&s, k, challenge, false);
	buf_init(&b, 100000);
	scene_put_made(&s, &b);
	c = call_new(token, "/keys/add");
	ask_act(&c->asks, "passkey_add");
	ask_arg(&c->asks, "label", str_of(label));
	ask_arg(&c->asks, "made", buf_view(&b));
	gate_run(h.g, c);
	enum rc rc = release_rc(c->release);
	gate_call_done(&c);
	buf_done(&b);
	return rc;
}

static void key_row(const char *token, unsigned nth, char no[24], char label[64])
{
	struct gate_call *c = call_new(token, "/keys");
	ask_view(&c->asks, "my_keys");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	struct row row = rows_first(release_rows(c->release), "keys");
	while (nth-- > 0)
		row = rows_next(row);
	snprintf(no, 24, "%.*s", STR_ARG(row_get(row, "no")));
	snprintf(label, 64, "%.*s", STR_ARG(row_get(row, "label")));
	gate_call_done(&c);
}

/* ---- what the ledger says ---- */

struct notes { struct ledger_each each; const char *note; enum ledger_kind kind; unsigned n; };
static bool count_note(struct ledger_each *each, const struct ledger_entry *e)
{
	struct notes *k = (struct notes *)(void *)each;
	k->n += e->kind == k->kind && str_eq(e->note, k->note);
	return true;
}

static unsigned noted(enum ledger_kind kind, const char *note)
{
	struct problem p;
	char dir[128];
	struct notes k = { .each = { count_note }, .note = note, .kind = kind };
	gate_close(&h.g);
	struct ledger *l;
	snprintf(dir, sizeof dir, "%s/ledger", h.dir);
	must_ok(ledger_open(&(struct ledger_settings){ .dir = dir }, &l, &p), &p);
	must_ok(ledger_read(l, 1, &k.each, &p), &p);
	ledger_close(&l);
	house_open(&h);
	return k.n;
}

/* ---- tests ---- */

static void a_key_is_made_after_a_fresh_proof_and_signs_in_alone(void **state)
{
	(void)state;
	char token[64], no[24], label[64];
	house_sign_in(&h, "nurse", token);
	struct gate_call *c = ask_key(token, "register", NULL);
	assert_int_equal(release_rc(c->release), RC_BAD_INPUT);
	assert_int_equal(release_problem(c->release)->why, WHY_FIELD_REQUIRED);
	assert_int_equal(rows_count(release_rows(c->release), "challenge"), 0);
	gate_call_done(&c);
	c = ask_key(token, "register", "000000");
	assert_int_equal(release_problem(c->release)->why, WHY_CODE_WRONG);
	assert_int_equal(rows_count(release_rows(c->release), "challenge"), 0);
	gate_call_done(&c);
	assert_int_equal(add_key(&NURSE, "nurse", token, "Clé du badge"), RC_OK);
	key_row(token, 0, no, label);
	assert_string_equal(label, "Clé du badge");
	assert_int_equal(add_key(&NURSE, "nurse", token, "encore"), RC_CONFLICT); /* its id is known */
	touch_in(&NURSE, token);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK);
	house_sign_in(&h, "physician", token);
	assert_int_equal(add_key(&PHYSICIAN, "physician", token, "Clé"), RC_OK);
	assert_int_not_equal(0, memcmp(NURSE.user, PHYSICIAN.user, KEYRING_USER));
	assert_int_equal(noted(LEDGER_SESSION, "sign_in_key"), 1);
	assert_int_equal(noted(LEDGER_SESSION, "key_added"), 2 + 1); /* the intent to add the known one, too */
	touch_in(&NURSE, token); /* after a restart as well */
}

/* One thing wrong in an answer to a sign-in. */
#define WRONG(k, ...) do { \
		char challenge[CHALLENGE_BYTES]; \
		struct scene s; \
		struct buf b; \
		challenge_for(NULL, "sign_in", challenge); \
		scene_of(&s, k, challenge, true); \
		__VA_ARGS__; \
		buf_init(&b, 100000); \
		scene_put_shown(&s, &b); \
		is_refused(send_key(NULL, "sign_in", buf_view(&b))); \
		buf_done(&b); \
		house_wait(16 * 60000); \
	} while (0)

static void what_is_wrong_is_refused_and_all_alike(void **state)
{
	(void)state;
	WRONG(&NURSE, s.device = &SPARE.device);                       /* another's signature */
	WRONG(&SPARE, (void)0);                                        /* nobody's key */
	WRONG(&NURSE, s.user = (struct str){ PHYSICIAN.user, KEYRING_USER });
	WRONG(&NURSE, s.user = STR_NONE);
	WRONG(&NURSE, s.origin = "https://dpi.hopital.test.evil.test");
	WRONG(&NURSE, s.origin = "http://dpi.hopital.test");
	WRONG(&NURSE, s.rp = STR("hopital.test"));
	WRONG(&NURSE, s.flags &= ~UV);                                 /* no PIN, no finger */
	WRONG(&NURSE, s.flags &= ~UP);
	WRONG(&NURSE, s.type = "webauthn.create");
	WRONG(&NURSE, s.challenge = "AAAA");
	static const char *const BAD[] = { ".", ".....", "x", "AAAA.AAAA.AAAA.AAAA.AAAA.AAAA.AAAA", "AAAA.AAAA.AAAA.AAAA.AAAA" };
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
		is_refused(send_key(NULL, "sign_in", str_of(BAD[i])));
}

static void a_challenge_is_ours_used_once_for_five_minutes(void **state)
{
	(void)state;
	char challenge[CHALLENGE_BYTES] = "thirty-two bytes of somebody els";
	struct buf b;
	house_wait(16 * 60000);
	shown_with(&NURSE, challenge, &b);
	is_refused(send_key(NULL, "sign_in", buf_view(&b)));
	buf_done(&b);
	challenge_for(NULL, "sign_in", challenge);
	shown_with(&NURSE, challenge, &b);
	struct gate_call *c = send_key(NULL, "sign_in", buf_view(&b));
	must_ok(release_rc(c->release), release_problem(c->release));
	gate_call_done(&c);
	is_refused(send_key(NULL, "sign_in", buf_view(&b))); /* replayed */
	buf_done(&b);
	shown_with(&NURSE, challenge, &b);
	is_refused(send_key(NULL, "sign_in", buf_view(&b))); /* signed again */
	buf_done(&b);
	challenge_for(NULL, "sign_in", challenge);
	house_wait(CHALLENGE_MS);
	shown_with(&NURSE, challenge, &b);
	is_refused(send_key(NULL, "sign_in", buf_view(&b)));
	buf_done(&b);
	challenge_for(NULL, "sign_in", challenge);
	gate_close(&h.g);
	house_open(&h);
	shown_with(&NURSE, challenge, &b);
	is_refused(send_key(NULL, "sign_in", buf_view(&b))); /* a restart throws them away */
	buf_done(&b);
}

static void a_challenge_is_for_one_purpose_of_one_session(void **state)
{
	(void)state;
	char token[64], other[64], challenge[CHALLENGE_BYTES];
	struct buf b;
	struct gate_call *c;
	house_wait(16 * 60000);
	touch_in(&NURSE, token);
	touch_in(&NURSE, other);
	static const char *const FOR[] = { "unlock", "prove", "fresh" };
	for (size_t i = 0; i < 3; i++) { /* of a session, shown to sign in */
		challenge_for(token, FOR[i], challenge);
		shown_with(&NURSE, challenge, &b);
		is_refused(send_key(NULL, "sign_in", buf_view(&b)));
		buf_done(&b);
	}
	char more[64];
	touch_in(&NURSE, more); /* so that the throttle begins anew */
	challenge_for(NULL, "sign_in", challenge); /* and the reverse */
	shown_with(&NURSE, challenge, &b);
	is_refused(send_key(token, "unlock", buf_view(&b)));
	buf_done(&b);
	challenge_for(token, "unlock", challenge); /* of another session of the same person */
	shown_with(&NURSE, challenge, &b);
	is_refused(send_key(other, "unlock", buf_view(&b)));
	is_refused(send_key(token, "unlock", buf_view(&b))); /* and it is used up */
	buf_done(&b);
	challenge_for(other, "fresh", challenge);
	shown_with(&NURSE, challenge, &b);
	c = send_key(other, "prove", buf_view(&b));
	assert_int_equal(release_rc(c->release), RC_BAD_INPUT);
	assert_int_equal(release_problem(c->release)->why, WHY_PASSKEY_REFUSED);
	gate_call_done(&c);
	buf_done(&b);
	assert_int_equal(read_rc(&h, other, "Patient", "p1"), RC_OK); /* late is no guess */
	for (size_t i = 0; i < 3; i++) { /* nobody asks for a session's without one */
		c = ask_key(NULL, FOR[i], NULL);
		assert_int_equal(release_rc(c->release), RC_STEP_UP);
		gate_call_done(&c);
	}
	c = ask_key(token, "all", NULL);
	assert_int_equal(release_rc(c->release), RC_BAD_INPUT);
	gate_call_done(&c);
}

static void who_asks_without_a_session_learns_of_no_key(void **state)
{
	(void)state;
	char token[64];
	struct gate_call *c = ask_key(NULL, "sign_in", NULL);
	assert_int_equal(rows_count(release_rows(c->release), "keys"), 0);
	gate_call_done(&c);
	house_wait(16 * 60000);
	touch_in(&NURSE, token);
	c = ask_key(token, "prove", NULL);
	assert_int_equal(rows_count(release_rows(c->release), "keys"), 1);
	gate_call_done(&c);
	c = ask_key(token, "sign_in", NULL);
	assert_int_equal(rows_count(release_rows(c->release), "keys"), 0);
	gate_call_done(&c);
}

static void a_locked_session_opens_to_its_own_persons_key(void **state)
{
	(void)state;
	char token[64], fresh[64];
	house_wait(16 * 60000);
	touch_in(&NURSE, token);
	assert_int_equal(act_rc(&h, token, "lock", NULL, NULL), RC_OK);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_STEP_UP);
	struct gate_call *c = ask_key(token, "prove", NULL);
	assert_int_equal(release_problem(c->release)->why, WHY_LOCKED);
	gate_call_done(&c);
	is_refused(touch(&PHYSICIAN, token, "unlock"));
	c = touch(&NURSE, token, "unlock");
	must_ok(release_rc(c->release), release_problem(c->release));
	token_of(c, fresh);
	assert_string_not_equal(token, fresh);
	assert_int_equal(read_rc(&h, fresh, "Patient", "p1"), RC_OK);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_STEP_UP);
}

static void a_key_proves_and_the_third_wrong_one_ends_the_sessions(void **state)
{
	(void)state;
	char token[64];
	house_wait(16 * 60000);
	touch_in(&NURSE, token);
	struct gate_call *c = touch(&NURSE, token, "prove");
	must_ok(release_rc(c->release), release_problem(c->release));
	token_of(c, token);
	for (int i = 0; i < 3; i++) {
		c = touch(&PHYSICIAN, token, "prove"); /* somebody else's */
		assert_int_equal(release_rc(c->release), i < 2 ? RC_BAD_INPUT : RC_STEP_UP);
		gate_call_done(&c);
	}
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_STEP_UP);
	assert_int_equal(noted(LEDGER_SESSION, "proved_key"), 1);
	assert_int_equal(noted(LEDGER_SESSION, "prove_refused"), 3 + 1); /* and the code of another test */
}

static enum rc revoke_key(const char *token, const char *no, const char *name, struct str value)
{
	struct gate_call *c = call_new(token, "/keys/revoke");
	ask_act(&c->asks, "passkey_revoke");
	ask_arg(&c->asks, "no", str_of(no));
	if (name)
		ask_arg(&c->asks, name, value);
	gate_run(h.g, c);
	enum rc rc = release_rc(c->release);
	gate_call_done(&c);
	return rc;
}

static void a_key_revoked_by_a_touch_of_another_ends_all_sessions_and_opens_nothing(void **state)
{
	(void)state;
	char token[64], other[64], theirs[64], no[24], label[64], challenge[CHALLENGE_BYTES];
	struct buf b;
	house_wait(16 * 60000);
	touch_in(&NURSE, token);
	assert_int_equal(add_key(&SPARE, "nurse", token, "Celle du tiroir"), RC_OK);
	assert_memory_equal(NURSE.user, SPARE.user, KEYRING_USER);
	touch_in(&SPARE, other);
	touch_in(&PHYSICIAN, theirs);
	key_row(token, 1, no, label);
	assert_string_equal(label, "Celle du tiroir");
	assert_int_equal(revoke_key(token, no, NULL, STR_NONE), RC_BAD_INPUT);
	assert_int_equal(revoke_key(token, no, "code", STR("000000")), RC_BAD_INPUT);
	challenge_for(theirs, "fresh", challenge); /* nobody revokes another's */
	shown_with(&PHYSICIAN, challenge, &b);
	assert_int_equal(revoke_key(theirs, no, "passkey", buf_view(&b)), RC_NOT_FOUND);
	buf_done(&b);
	assert_int_equal(read_rc(&h, other, "Patient", "p1"), RC_OK);
	challenge_for(token, "fresh", challenge);
	shown_with(&NURSE, challenge, &b);
	assert_int_equal(revoke_key(token, no, "passkey", buf_view(&b)), RC_OK);
	buf_done(&b);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_STEP_UP);
	assert_int_equal(read_rc(&h, other, "Patient", "p1"), RC_STEP_UP);
	assert_int_equal(read_rc(&h, theirs, "Patient", "p1"), RC_OK);
	is_refused(touch(&SPARE, NULL, "sign_in"));
	assert_int_equal(noted(LEDGER_INTENT, "key"), 1 + 1); /* by which factor: the refused try of the other person is one too */
	assert_int_equal(read_rc(&h, other, "Patient", "p1"), RC_STEP_UP); /* and a restart brings none back */
	touch_in(&NURSE, token);
	assert_int_equal(read_rc(&h, theirs, "Patient", "p1"), RC_OK);
}

static void a_key_is_renamed_by_its_owner_only(void **state)
{
	(void)state;
	char mine[64], theirs[64], no[24], label[64];
	house_wait(16 * 60000);
	touch_in(&NURSE, mine);
	touch_in(&PHYSICIAN, theirs);
	key_row(mine, 0, no, label);
	for (int i = 0; i < 2; i++) {
		struct gate_call *c = call_new(i ? mine : theirs, "/keys/rename");
		ask_act(&c->asks, "passkey_rename");
		ask_arg(&c->asks, "no", str_of(no));
		ask_arg(&c->asks, "label", STR("Badge"));
		gate_run(h.g, c);
		assert_int_equal(release_rc(c->release), i ? RC_OK : RC_NOT_FOUND);
		gate_call_done(&c);
	}
	key_row(mine, 0, no, label);
	assert_string_equal(label, "Badge");
}

static void a_copied_key_is_refused_and_told_to_the_reviewer(void **state)
{
	(void)state;
	char token[64], rssi[64];
	house_wait(16 * 60000);
	touch_in(&NURSE, token);
	uint32_t count = NURSE.count;
	NURSE.count -= 2; /* the copy was left behind */
	is_refused(touch(&NURSE, NULL, "sign_in"));
	NURSE.count = count - 1;
	struct gate_call *c = touch(&NURSE, token, "prove");
	assert_int_equal(release_problem(c->release)->why, WHY_PASSKEY_REFUSED);
	gate_call_done(&c);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK); /* the sessions stay */
	house_sign_in(&h, "rssi", rssi);
	c = call_new(rssi, "/review");
	ask_view(&c->asks, "review_list");
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	unsigned n = 0;
	for release_each (row, c->release, "alarms")
		n += str_eq(row_get(row, "what"), TOUCH_COPIED_ROUTE) && str_eq(row_get(row, "by"), "nurse");
	assert_int_equal(n, 2);
	gate_call_done(&c);
	assert_int_equal(noted(LEDGER_ALARM, "key_copied"), 2);
	NURSE.count = count;
	touch_in(&NURSE, token); /* the one that went on is still good */
}

static void a_disabled_accounts_key_is_refused_like_an_unknown_one(void **state)
{
	(void)state;
	char admin[64], token[64];
	house_wait(16 * 60000);
	touch_in(&PHYSICIAN, token);
	house_sign_in(&h, "admin", admin);
	must_ok(act_rc(&h, admin, "account_disable", "login", "physician"), &(struct problem){ 0 });
	is_refused(touch(&PHYSICIAN, NULL, "sign_in"));
	assert_int_equal(act_rc(&h, admin, "account_enable", "login", "physician"), RC_DENIED); /* a session of a code gives no rights */
	struct buf operator_;
	struct problem p;
	buf_init(&operator_, 256);
	must_ok(gate_operator(h.g, &operator_, &p), &p);
	buf_ch(&operator_, 0);
	struct gate_call *c = call_new(operator_.p, "user");
	c->surface = SURFACE_CLI;
	ask_act(&c->asks, "account_enable");
	ask_arg(&c->asks, "login", STR("physician"));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	gate_call_done(&c);
	buf_done(&operator_);
	touch_in(&PHYSICIAN, token);
}

static void who_guesses_at_the_code_does_not_hold_up_the_key(void **state)
{
	(void)state;
	char token[64];
	house_wait(16 * 60000);
	for (int i = 0; i < 7; i++) {
		struct gate_call *c = sign_in_as(&h, "nurse", "guess", "123456");
		assert_int_equal(release_problem(c->release)->why, i < 5 ? WHY_SIGN_IN_REFUSED : WHY_THROTTLED);
		gate_call_done(&c);
	}
	touch_in(&NURSE, token);
	assert_int_equal(act_rc(&h, token, "lock", NULL, NULL), RC_OK);
	struct gate_call *c = touch(&NURSE, token, "unlock");
	must_ok(release_rc(c->release), release_problem(c->release));
	token_of(c, token);
	for (int i = 0; i < 20; i++) /* nor does one's own work */
		touch_in(&NURSE, token);
}

static void who_shows_a_wrong_key_again_and_again_is_slowed_down(void **state)
{
	(void)state;
	house_wait(16 * 60000);
	for (int i = 0; i < 6; i++) {
		char challenge[CHALLENGE_BYTES];
		struct scene s;
		struct buf b;
		challenge_for(NULL, "sign_in", challenge);
		scene_of(&s, &PHYSICIAN, challenge, true);
		s.device = &SPARE.device;
		buf_init(&b, 100000);
		scene_put_shown(&s, &b);
		struct gate_call *c = send_key(NULL, "sign_in", buf_view(&b));
		assert_int_equal(release_problem(c->release)->why, i < 5 ? WHY_PASSKEY_REFUSED : WHY_THROTTLED);
		gate_call_done(&c);
		buf_done(&b);
	}
}

struct racer { pthread_t thread; struct str answer; enum rc rc; };
static void *race(void *arg)
{
	struct racer *r = arg;
	struct gate_call *c = send_key(NULL, "sign_in", r->answer);
	r->rc = release_rc(c->release);
	gate_call_done(&c);
	return NULL;
}

static void of_many_sign_ins_with_one_challenge_one_is_let_in(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		char challenge[CHALLENGE_BYTES];
		struct racer r[4];
		struct buf b;
		unsigned in = 0;
		house_wait(16 * 60000);
		challenge_for(NULL, "sign_in", challenge);
		shown_with(&NURSE, challenge, &b);
		for (int i = 0; i < 4; i++) {
			r[i] = (struct racer){ .answer = buf_view(&b) };
			assert_int_equal(pthread_create(&r[i].thread, NULL, race, &r[i]), 0);
		}
		for (int i = 0; i < 4; i++) {
			pthread_join(r[i].thread, NULL);
			in += r[i].rc == RC_OK;
		}
		assert_int_equal(in, 1);
		buf_done(&b);
	}
}

static void asking_is_bounded_and_sessions_are_not_pushed_out(void **state)
{
	(void)state;
	struct challenges *c = challenges_new();
	unsigned char first[CHALLENGE_BYTES], seated[CHALLENGE_BYTES], other[CHALLENGE_BYTES], last[CHALLENGE_BYTES];
	challenge_make(c, &(struct challenge_wanted){ .what = CHALLENGE_PROVE, .session = 5 }, 1000, seated);
	challenge_make(c, &(struct challenge_wanted){ .what = CHALLENGE_SIGN_IN, .from = STR("192.0.2.1") }, 1000, other);
	challenge_make(c, &(struct challenge_wanted){ .what = CHALLENGE_SIGN_IN, .from = STR("192.0.2.9") }, 1001, first);
	for (int i = 0; i < 20000; i++)
		challenge_make(c, &(struct challenge_wanted){ .what = CHALLENGE_SIGN_IN, .from = STR("192.0.2.9") }, 1002 + i, last);
	assert_false(challenge_take(c, CHALLENGE_SIGN_IN, 0, (struct str){ (char *)first, sizeof first }, 21500, NULL));
	assert_true(challenge_take(c, CHALLENGE_SIGN_IN, 0, (struct str){ (char *)last, sizeof last }, 21500, NULL));
	assert_true(challenge_take(c, CHALLENGE_SIGN_IN, 0, (struct str){ (char *)other, sizeof other }, 21500, NULL)); /* one address pushes out its own */
	assert_true(challenge_take(c, CHALLENGE_PROVE, 5, (struct str){ (char *)seated, sizeof seated }, 21500, NULL));
	challenge_make(c, &(struct challenge_wanted){ .what = CHALLENGE_PROVE, .session = 5 }, 50000, seated);
	assert_false(challenge_take(c, CHALLENGE_PROVE, 5, (struct str){ (char *)seated, sizeof seated }, 49999, NULL)); /* a clock put back ends it */
	challenges_free(&c);
}

static void a_site_is_a_host_name_with_its_own_origins(void **state)
{
	(void)state;
	static const struct { const char *name, *origins; bool good; } SITE[] = {
		{ "dpi.hopital.test", "https://dpi.hopital.test https://dpi.hopital.test:8443", true }, { "hopital.test", "https://dpi.hopital.test", true },
		{ "localhost", "https://localhost:8443 http://localhost:8080", true }, { NULL, NULL, true }, { "", "", true },
		{ "127.0.0.1", "https://127.0.0.1", false }, { "DPI.hopital.test", "https://DPI.hopital.test", false }, { "dpi.hopital.test", "", false },
		{ "dpi.hopital.test", "http://dpi.hopital.test", false }, { "dpi.hopital.test", "https://hopital.test", false }, { "dpi.hopital.test", "https://xdpi.hopital.test", false },
		{ "dpi.hopital.test", "https://dpi.hopital.test/", false }, { "dpi.hopital.test", "https://dpi.hopital.test.evil.test", false }, { "hopital.test.", "https://hopital.test.", false },
	};
	for (size_t i = 0; i < sizeof SITE / sizeof *SITE; i++) {
		struct touch_site *site;
		struct problem p;
		enum rc rc = touch_site_new(&(struct gate_settings){ .passkey_name = SITE[i].name, .passkey_origins = SITE[i].origins }, &site, &p);
		if ((rc == RC_OK) != SITE[i].good)
			fail_msg("%s: %s", SITE[i].name, SITE[i].origins);
		touch_site_free(&site);
	}
}

static int open_house(void **state)
{
	(void)state;
	house_new(&h, 20);
	mine_new(&NURSE, "the key on the badge of the nurse");
	mine_new(&SPARE, "the spare one in a drawer");
	mine_new(&PHYSICIAN, "a key of the physician's own");
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	device_done(&NURSE.device), device_done(&SPARE.device), device_done(&PHYSICIAN.device);
	house_done(&h);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_made_after_a_fresh_proof_and_signs_in_alone),
		cmocka_unit_test(what_is_wrong_is_refused_and_all_alike),
		cmocka_unit_test(a_challenge_is_ours_used_once_for_five_minutes),
		cmocka_unit_test(a_challenge_is_for_one_purpose_of_one_session),
		cmocka_unit_test(who_asks_without_a_session_learns_of_no_key),
		cmocka_unit_test(a_locked_session_opens_to_its_own_persons_key),
		cmocka_unit_test(a_key_proves_and_the_third_wrong_one_ends_the_sessions),
		cmocka_unit_test(a_key_is_renamed_by_its_owner_only),
		cmocka_unit_test(a_copied_key_is_refused_and_told_to_the_reviewer),
		cmocka_unit_test(a_key_revoked_by_a_touch_of_another_ends_all_sessions_and_opens_nothing),
		cmocka_unit_test(a_disabled_accounts_key_is_refused_like_an_unknown_one),
		cmocka_unit_test(who_guesses_at_the_code_does_not_hold_up_the_key),
		cmocka_unit_test(who_shows_a_wrong_key_again_and_again_is_slowed_down),
		cmocka_unit_test(of_many_sign_ins_with_one_challenge_one_is_let_in),
		cmocka_unit_test(asking_is_bounded_and_sessions_are_not_pushed_out),
		cmocka_unit_test(a_site_is_a_host_name_with_its_own_origins),
	};
	return cmocka_run_group_tests(tests, open_house, close_house);
}
