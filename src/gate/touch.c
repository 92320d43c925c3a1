/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/touch.c: see touch.h. Must never tell whether a key is known, say why an answer is refused, or take one that was not asked for here.
 * Start at touch_check.
 */
#include "gate/touch.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "codec/base64.h"
#include "gate/order.h"

#define ORIGINS_MOST 8
#define SHOWN_PARTS 6
#define MADE_PARTS 4

/* A point of P-256 as a COSE key; its private half was thrown away where it was made. */
static const char NOBODY[] = 
	"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" "\xb1\x24\x1b\x17\xfa\xaf\xb7\xc1\xb6\x17\xae\x2b\x57\x12\x88\xe5\x90\x7d\x2a\xfa\xe3\x03\x2f\x7e\x59\xb5\x07\xdf\xe1\x21\xd5\xd3"
	"\x22\x58\x20" "\x94\x9b\x67\xac\x0e\xd0\x69\x57\x6c\xe0\xd4\x17\x6e\xbd\x0e\xcb\x5e\x24\x80\x49\x97\xbb\x79\x56\x64\x1f\xd9\x85\x30\x0b\x3d\x96";

/* ---- whom the keys are made for ---- */

struct touch_site { char *name, *list; struct str rp_id, origins[ORIGINS_MOST]; unsigned n; };

void touch_site_free(struct touch_site **site)
{
	if (*site) {
		free((*site)->name);
		free((*site)->list);
	}
	free(*site);
	*site = NULL;
}

/* A host name in lower case: a browser takes no address for it. */
static bool is_name(struct str s)
{
	bool letter = false;
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		bool low = ch >= 'a' && ch <= 'z';
		if (!low && !(ch >= '0' && ch <= '9') && ch != '-' && ch != '.')
			return false;
		letter = letter || low;
	}
	return letter && s.n > 0 && s.n < 254 && s.p[0] != '.' && s.p[0] != '-' && s.p[s.n - 1] != '.';
}

/* "https://NAME", "https://NAME:PORT" of the name itself or of a host under it; without TLS for localhost only, which browsers hold to be safe. */
static bool is_origin(struct str s, struct str name)
{
	bool plain = str_starts(s, STR("http://"));
	size_t lead = plain ? 7 : 8;
	if (!plain && !str_starts(s, STR("https://")))
		return false;
	struct str port, host = str_cut((struct str){ s.p + lead, s.n - lead }, ':', &port);
	for (size_t i = 0; i < port.n; i++)
		if (port.p[i] < '0' || port.p[i] > '9')
			return false;
	if (!is_name(host) || host.n < name.n || memcmp(host.p + host.n - name.n, name.p, name.n) != 0 || (host.n > name.n && host.p[host.n - name.n - 1] != '.'))
		return false;
	return !plain || str_eq(host, "localhost");
}

enum rc touch_site_new(const struct gate_settings *s, struct touch_site **site_r, struct problem *p)
{
	*site_r = NULL;
	if (!s->passkey_name || !*s->passkey_name)
		return RC_OK;
	struct touch_site *t = calloc(1, sizeof *t);
	if (!t || !(t->name = strdup(s->passkey_name)) || !(t->list = strdup(s->passkey_origins ? s->passkey_origins : ""))) {
		touch_site_free(&t);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory");
	}
	t->rp_id = str_of(t->name);
	bool good = is_name(t->rp_id);
	for (struct str left = str_of(t->list); good && left.p && left.n > 0;) {
		struct str one = str_trim(str_cut(left, ' ', &left));
		if (one.n == 0)
			continue;
		good = t->n < ORIGINS_MOST && is_origin(one, t->rp_id);
		if (good)
			t->origins[t->n++] = one;
	}
	if (!good || t->n == 0) {
		touch_site_free(&t);
		return problem_set(p, RC_BAD_INPUT, WHY_PASSKEY_SITE, "passkeys", "name or origins");
	}
	*site_r = t;
	return RC_OK;
}

/* ---- asking ---- */

bool touch_purpose(struct str word, enum challenge_for *what_r)
{
	static const struct { const char *word; enum challenge_for what; } WORDS[] = {
		{ "sign_in", CHALLENGE_SIGN_IN }, { "unlock", CHALLENGE_UNLOCK }, { "prove", CHALLENGE_PROVE }, { "fresh", CHALLENGE_FRESH }, { "register", CHALLENGE_REGISTER }, { "cosign", CHALLENGE_COSIGN },
	};
	for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
		if (str_eq(word, WORDS[i].word)) {
			*what_r = WORDS[i].what;
			return true;
		}
	return false;
}

/* Signing in is nobody's session's, whatever cookie comes along. */
static uint64_t session_of(const struct look *l, enum challenge_for what)
{
	return what == CHALLENGE_SIGN_IN ? 0 : l->seat->session;
}

static void col_base64(struct rows *rows, const char *name, const void *p, size_t n)
{
	struct buf b;
	buf_init(&b, 2 * PASSKEY_ID_MAX);
	base64url_put(&b, (struct str){ p, n });
	rows_col(rows, name, buf_view(&b));
	buf_done(&b);
}

enum rc touch_ask(struct look *l, enum challenge_for what, struct problem *p)
{
	struct gate *g = l->d->g;
	unsigned char bytes[CHALLENGE_BYTES], user[KEYRING_USER];
	struct str *ids = arena_array(&l->d->arena, KEYRING_MOST, sizeof *ids);
	unsigned n = 0;
	if (!g->site)
		return problem_set(p, RC_NOT_FOUND, WHY_PASSKEY_OFF, "", "no passkey name is set");
	if (!ids)
		return arena_rc(&l->d->arena, p);
	enum rc rc = what == CHALLENGE_SIGN_IN || what == CHALLENGE_COSIGN ? RC_OK : keyring_ids(l->d->db, l->seat->actor.account, &l->d->arena, ids, &n, user, p);
	if (rc != RC_OK)
		return rc;
	challenge_make(g->challenges, &(struct challenge_wanted){ .what = what, .session = session_of(l, what), .from = l->t->call.from, .user = what == CHALLENGE_REGISTER ? user : NULL },
		l->d->now_ms, bytes);
	struct rows *rows = release_open(l->r);
	l->r->secret = true;
	rows_set(rows, "challenge");
	rows_row(rows);
	col_base64(rows, "challenge", bytes, sizeof bytes);
	rows_col(rows, "rp_id", g->site->rp_id);
	if (what == CHALLENGE_REGISTER) {
		col_base64(rows, "user", user, sizeof user);
		rows_col(rows, "login", l->seat->actor.login);
		rows_col(rows, "name", l->seat->actor.name);
	}
	rows_set(rows, "keys");
	for (unsigned i = 0; i < n; i++) {
		rows_row(rows);
		col_base64(rows, "id", ids[i].p, ids[i].n);
	}
	rows_end(rows);
	wipe(bytes, sizeof bytes);
	return RC_OK;
}

/* ---- answers ---- */

static bool parts_of(struct str text, struct str *part, unsigned n)
{
	if (text.n > TOUCH_TEXT)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (!text.p)
			return false;
		part[i] = str_cut(text, '.', &text);
	}
	return !text.p;
}

struct str touch_id(struct str shown)
{
	struct str part[SHOWN_PARTS];
	return parts_of(shown, part, SHOWN_PARTS) ? part[1] : STR("");
}

/* In the desk's arena; empty when it is no base64url. */
static struct str bytes_of(struct look *l, struct str text)
{
	struct buf b;
	buf_init(&b, PASSKEY_ATTESTATION_MAX);
	struct str s = base64url_get(text, &b) == RC_OK ? arena_str(&l->d->arena, buf_view(&b)) : STR_NONE;
	buf_done(&b);
	return s;
}

static struct passkey_asked asked_of(const struct gate *g, struct str challenge)
{
	static const struct str EXTENSIONS[] = { { "credProtect", 11 } }; /* Chromium asks for it by itself where the key shall be found without its id */
	return (struct passkey_asked){ .challenge = challenge, .rp_id = g->site->rp_id, .origins = g->site->origins, .n_origins = g->site->n, .verified = true,
		.attestation = PASSKEY_ATTEST_UNREAD, .extensions = EXTENSIONS, .n_extensions = 1 };
}

/* Two of one key, it seems: the security officer is told, and nothing else happens to the account. */
static enum rc alarm(struct look *l, struct touched *t, struct problem *p)
{
	struct ledger_entry e = decide_entry(l, LEDGER_ALARM);
	struct account acc = { .role = ROLE_NONE };
	struct problem unread; /* the alarm is given all the same */
	if (account_by_no(l->d->db, t->account, &l->d->arena, &acc, &unread) != RC_OK)
		acc.role = ROLE_NONE;
	e.account = t->account;
	e.tier = TIER_NONE;
	e.reveals = REVEALS_NOTHING;
	e.rows = 0;
	e.rc = RC_DENIED;
	e.why = WHY_PASSKEY_COPIED;
	e.route = STR(TOUCH_COPIED_ROUTE);
	e.note = STR("key_copied");
	enum rc rc = order_append(l->d->g, &e, acc.role, p);
	if (rc == RC_OK)
		l->t->number = e.number;
	t->copied = true;
	return rc;
}

/* What is looked at where no key is known: one that has this id, of this person, and whose signature nobody can make. */
static struct passkey nobodys(struct str id, struct str user, struct str auth)
{
	return (struct passkey){ .id = id, .user = user, .key = { NOBODY, sizeof NOBODY - 1 }, .backup_eligible = auth.n > 32 && ((unsigned char)auth.p[32] & 8) };
}

enum rc touch_check(struct look *l, enum challenge_for what, uint32_t account, struct str shown, struct touched *t_r, struct problem *p)
{
	struct gate *g = l->d->g;
	struct touched t = { .late = true };
	struct str part[SHOWN_PARTS];
	enum passkey_fault fault = PASSKEY_SIZE;
	*t_r = t;
	if (!g->site || !parts_of(shown, part, SHOWN_PARTS))
		return problem_set(p, RC_DENIED, WHY_PASSKEY_REFUSED, "passkey", "no answer of a passkey");
	struct str challenge = bytes_of(l, part[0]), id = bytes_of(l, part[1]), auth = bytes_of(l, part[3]), user = bytes_of(l, part[5]);
	t.late = t_r->late = !challenge_take(g->challenges, what, session_of(l, what), challenge, l->d->now_ms, NULL);
	if (t.late)
		return problem_set(p, RC_DENIED, WHY_PASSKEY_REFUSED, "passkey", "challenge not asked, used or over");
	enum rc rc = keyring_find(l->d->db, id, &l->d->arena, &t.key, p);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	bool known = rc == RC_OK && !t.key.revoked && (account == 0 || t.key.account == account);
	t.account = rc == RC_OK ? t.key.account : 0;
	struct passkey nobody = nobodys(id, user, auth);
	struct passkey_asked asked = asked_of(g, challenge);
	asked.n_extensions = 0;
	asked.ids = account ? &id : NULL;
	asked.n_ids = account != 0;
	rc = passkey_check(&asked, known ? &t.key.key : &nobody, &(struct passkey_shown){ part[1], part[2], part[3], part[4], part[5] }, &l->d->arena, &t.used, &fault, p);
	if (rc == RC_CONFLICT && known)
		rc = alarm(l, &t, p) == RC_OK ? RC_CONFLICT : RC_BROKEN;
	*t_r = t;
	if (rc == RC_BROKEN || rc == RC_LIMIT)
		return rc;
	return rc == RC_OK && known ? RC_OK : problem_set(p, RC_DENIED, WHY_PASSKEY_REFUSED, "passkey", "%s", known ? passkey_fault_name(fault) : "unknown key");
}

enum rc touch_made(struct look *l, struct str made, struct passkey *key_r, struct problem *p)
{
	struct gate *g = l->d->g;
	struct str part[MADE_PARTS];
	enum passkey_fault fault;
	char *user = arena_alloc(&l->d->arena, KEYRING_USER);
	if (!user)
		return arena_rc(&l->d->arena, p);
	if (!g->site || !parts_of(made, part, MADE_PARTS))
		return problem_set(p, RC_BAD_INPUT, WHY_PASSKEY_REFUSED, "made", "no answer of a passkey");
	struct str challenge = bytes_of(l, part[0]);
	if (!challenge_take(g->challenges, CHALLENGE_REGISTER, l->seat->session, challenge, l->d->now_ms, (unsigned char *)user))
		return problem_set(p, RC_BAD_INPUT, WHY_PASSKEY_REFUSED, "made", "challenge not asked, used or over");
	struct passkey_asked asked = asked_of(g, challenge);
	enum rc rc = passkey_register(&asked, &(struct passkey_made){ part[1], part[2], part[3] }, &l->d->arena, key_r, &fault, p);
	key_r->user = (struct str){ user, KEYRING_USER };
	return rc;
}
