/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/verbs.c: the operator's verbs on a base that exists: init, migrate, reindex, check, user add. Start at any of them. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "codec/base64.h"
#include "hospital/password.h"
#include "keeper/base_dir.h"
#include "ledger/checked.h"
#include "ledger/event.h"
#include "ledger/publish.h"
#include "ledger/who.h"
#include "record/keys.h"

bool
keeper_is_demo(const char *root)
{
	struct dir d;
	struct db *db = NULL;
	struct db_conn *c = NULL;
	struct db_settings s = { 0 };
	bool row, demo = false;

	if (dir_name(root, &d, NULL) != RC_OK || db_is_there(d.base, &demo, NULL) != RC_OK || !demo)
		return false;
	s.path = d.base;
	demo = false;
	if (db_open(&s, false, &db, NULL) == RC_OK && db_reader(db, &c, NULL) == RC_OK && db_begin(c, NULL) == RC_OK) {
		struct db_stmt *st = db_stmt(c, ST_DB_STATE);
		db_bind_str(st, 1, STR("demo"));
		demo = db_step(st, &row, NULL) == RC_OK && row && db_i64(st, 0) == 1;
		db_reset(st);
		db_end(c);
	}
	db_reader_close(&c);
	db_close(&db);
	return demo;
}

enum rc
keeper_init(const char *root, struct keeper_progress *g, struct problem *p)
{
	struct base_dir b = { .dir.lock_fd = -1 };
	struct db *db = NULL;
	enum rc rc = base_dir_new(root, &b, p);

	(void)g;
	if (rc == RC_OK)
		rc = base_dir_open(&b, false, &db, p);
	db_close(&db);
	if (rc == RC_OK)
		rc = base_dir_mark(&b, "init", p);
	base_dir_close(&b, rc == RC_OK);
	return rc;
}

enum rc
keeper_migrate(const char *root, struct keeper_progress *g, struct problem *p)
{
	struct base_dir b = { .dir.lock_fd = -1 };
	struct db *db = NULL;
	enum rc rc = base_dir_have(root, &b, p);

	(void)g;
	if (rc == RC_OK)
		rc = base_dir_open(&b, false, &db, p);
	db_close(&db);
	if (rc == RC_OK)
		rc = base_dir_mark(&b, "migrate", p);
	base_dir_close(&b, true);
	return rc;
}

static enum rc
reindex(const char *root, bool anew, struct keeper_progress *g, struct problem *p)
{
	struct base_dir b = { .dir.lock_fd = -1 };
	struct base_progress indexes = { .out = g, .step = "indexes" }, relations = { .out = g, .step = "relations" };
	enum record_rebuild due = REBUILD_NONE;
	struct db *db = NULL;
	enum rc rc = base_dir_have(root, &b, p);

	if (rc == RC_OK)
		rc = base_dir_open(&b, false, &db, p);
	if (rc == RC_OK)
		rc = record_rebuild_due(db, &due, p);
	/* one that was cut goes on with the key that it had; its indexes may be whole already */
	if (rc == RC_OK && (!anew || due != REBUILD_RELATIONS))
		rc = anew ? record_reindex_anew(db, base_dir_progress(&indexes), p) : record_reindex(db, base_dir_progress(&indexes), p);
	if (rc == RC_OK)
		rc = hospital_resume(db, base_dir_progress(&relations), p);
	db_close(&db);
	if (rc == RC_OK)
		rc = base_dir_mark(&b, anew ? "reindex_anew" : "reindex", p);
	base_dir_close(&b, true);
	return rc;
}

enum rc
keeper_reindex(const char *root, struct keeper_progress *g, struct problem *p)
{
	return reindex(root, false, g, p);
}

enum rc
keeper_reindex_anew(const char *root, struct keeper_progress *g, struct problem *p)
{
	return reindex(root, true, g, p);
}

/* ---- keys ---- */

bool
keeper_on_server(const char *dir)
{
	struct dir d;

	return dir_name(dir, &d, NULL) == RC_OK && db_is_server(d.base);
}

void
keeper_use_keys(const char *folder)
{
	keys_use_folder(folder);
}

enum rc
keeper_key_look(const char *dir, char path[640], struct problem *p)
{
	return keys_look(dir, path, p);
}

enum rc
keeper_keys_rotate(const char *root, struct keeper_progress *g, struct problem *p)
{
	struct base_dir b = { .dir.lock_fd = -1 };
	struct base_progress keys = { .out = g, .step = "keys" };
	struct db *db = NULL;
	enum rc rc = base_dir_have(root, &b, p);

	if (rc == RC_OK)
		rc = base_dir_open(&b, false, &db, p);
	if (rc == RC_OK)
		rc = record_keys_rotate(db, base_dir_progress(&keys), p);
	db_close(&db);
	if (rc == RC_OK)
		rc = base_dir_mark(&b, "keys_rotate", p);
	base_dir_close(&b, true);
	return rc;
}

struct erase { struct db_job job; int64_t patient; };

static enum rc
erase_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct erase *e = (struct erase *)job;
	enum rc rc = patient_forget(c, e->patient, p);

	(void)txn;
	return rc == RC_OK ? record_erase(c, e->patient, p) : rc;
}

enum rc
keeper_keys_erase(const char *root, const char *patient, struct problem *p)
{
	struct base_dir b = { .dir.lock_fd = -1 };
	struct erase e = { .job.run = erase_run };
	struct db_conn *c = NULL;
	struct db *db = NULL;
	enum rc rc = base_dir_have(root, &b, p);

	if (rc == RC_OK)
		rc = base_dir_open(&b, false, &db, p);
	if (rc == RC_OK)
		rc = db_reader(db, &c, p);
	if (rc == RC_OK) {
		e.patient = record_patient_rid(c, str_of(patient));
		if (e.patient == 0)
			rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	}
	db_reader_close(&c);
	/* the ledger says it before it is done: an erasure cut short is done again, one without an entry does not exist */
	if (rc == RC_OK)
		rc = base_dir_mark(&b, "keys_erase", p);
	if (rc == RC_OK)
		rc = db_write_now(db, &e.job, p);
	db_close(&db);
	base_dir_close(&b, true);
	return rc;
}

static void
verdict_put(const struct ledger_verdict *v, struct keeper_check *c_r)
{
	c_r->ledger_good = v->good;
	c_r->ledger_entries = v->entries;
	c_r->ledger_first_bad = v->first_bad;
	c_r->ledger_what = v->what;
	c_r->ledger_epochs = v->epochs;
	c_r->ledger_signed_ms = v->signed_ms;
	c_r->ledger_unsigned = v->unsigned_n;
}

enum rc
keeper_ledger_verify(const char *ledger_dir, const char *key, uint64_t at_least, struct keeper_check *c_r, struct problem *p)
{
	struct ledger_verdict v = { 0 };
	enum rc rc = ledger_verify(ledger_dir, key, at_least, &v, p);

	verdict_put(&v, c_r);
	return rc;
}

enum rc
keeper_ledger_who(const char *ledger_dir, const char *published, const char *key, int64_t patient, struct buf *out, struct problem *p)
{
	return ledger_who_prove(ledger_dir, published, key, patient, out, p);
}

enum rc
keeper_ledger_patients(const char *ledger_dir, struct keeper_patients *r, struct problem *p)
{
	struct ledger_people_verdict v = { .good = false };
	enum rc rc = ledger_people_check(ledger_dir, &v, p);

	*r = (struct keeper_patients){ v.good, v.patients, v.covered, v.patient };
	return rc;
}

enum rc
keeper_ledger_checked(const char *ledger_dir, const struct keeper_check *c, struct problem *p)
{
	struct ledger_checked at = { clock_ms(), c->ledger_entries, c->ledger_good };

	return ledger_checked_add(ledger_dir, &at, p);
}

enum rc
keeper_ledger_published_verify(const char *from, const char *key, struct str since, struct keeper_check *c_r, struct problem *p)
{
	struct ledger_verdict v = { 0 };
	enum rc rc = ledger_published_verify(from, key, since, NULL, &v, p);

	verdict_put(&v, c_r);
	return rc;
}

/* The door names base types only, so the head is handed on under another name. */
struct asking { struct ledger_asks in; /* first */ struct keeper_asks *out; };
struct handed { struct keeper_head out; /* first */ const struct ledger_head *in; };

static enum rc
handed_grown(const struct keeper_head *h, uint64_t old_size, struct buf *out, struct problem *p)
{
	const struct ledger_head *in = ((const struct handed *)(const void *)h)->in;

	return in->grown(in, old_size, out, p);
}

static void
hand_on(struct ledger_asks *a, const struct ledger_head *h, struct buf *lines)
{
	struct keeper_asks *out = ((struct asking *)(void *)a)->out;
	struct handed handed = { { h->size, h->before, h->note, h->epochs, handed_grown }, h };

	if (out->ask)
		out->ask(out, &handed.out, lines);
}

enum rc
keeper_ledger_publish(const char *ledger_dir, const char *to, struct keeper_asks *asks, struct keeper_published *r, struct problem *p)
{
	struct ledger_published done = { 0 };
	struct asking asking = { { asks ? asks->keys : STR_NONE, hand_on }, asks };
	enum rc rc = ledger_publish(ledger_dir, to, asks ? &asking.in : NULL, &done, p);

	*r = (struct keeper_published){ done.before, done.size, done.files, done.cosigned };
	return rc;
}

enum rc
keeper_ledger_cosigned(const char *published, const char *key, struct str witness_keys, struct str lines, unsigned *cosigned_r, struct problem *p)
{
	return ledger_publish_cosigned(published, key, witness_keys, lines, cosigned_r, p);
}

enum rc
keeper_ledger_head(const char *dir, const char *key, struct buf *note, struct buf *line, struct keeper_head_of *r, struct problem *p)
{
	struct ledger_head_of of = { .size = 0 };
	enum rc rc = ledger_head_read(dir, key, note, line, &of, p);

	r->size = of.size;
	memcpy(r->origin, of.origin, sizeof r->origin);
	return rc;
}

struct telling { struct ledger_each each; /* first */ struct event_as as; bool as_syslog; struct buf out; struct keeper_lines *to; uint64_t last; bool failed; };

static bool
tell_entry(struct ledger_each *each, const struct ledger_entry *e)
{
	struct telling *t = (struct telling *)(void *)each;
	bool more = true;

	buf_reset(&t->out);
	unsigned n = t->as_syslog ? event_syslog(e, &t->as, &t->out) : event_fhir(e, &t->as, &t->out);
	t->failed = t->out.failed;
	if (n && !t->failed)
		more = t->to->lines(t->to, buf_view(&t->out));
	t->last = e->number;
	return more && !t->failed;
}

enum rc
keeper_ledger_events(const char *ledger_dir, const unsigned char key[32], bool as_syslog, uint64_t first, struct keeper_lines *to, uint64_t *last_r, struct problem *p)
{
	struct ledger_settings s = { .dir = ledger_dir, .read_only = true };
	struct telling t = { .each = { tell_entry }, .as_syslog = as_syslog, .to = to, .last = first ? first - 1 : 0 };
	struct ledger_head_of head;
	struct ledger *l = NULL;
	struct buf note, line;

	buf_init(&t.out, 16u << 20); /* 2,000 patients at most, some 2 KiB each */
	buf_init(&note, 16384);
	buf_init(&line, 16384);
	memcpy(t.as.key, key, sizeof t.as.key);
	enum rc rc = ledger_head_read(ledger_dir, NULL, &note, &line, &head, p); /* the house's name */
	t.as.house = head.origin;
	if (rc == RC_OK)
		rc = ledger_open(&s, &l, p);
	if (rc == RC_OK) {
		rc = ledger_read(l, first, &t.each, p);
		ledger_close(&l);
	}
	if (rc == RC_OK && t.failed)
		rc = buf_rc(&t.out, p);
	*last_r = t.last;
	wipe(&t.as, sizeof t.as);
	buf_done(&t.out);
	buf_done(&note);
	buf_done(&line);
	return rc;
}

struct large { struct ledger_each each; /* first */ struct keeper_exports *to; int64_t since_ms; uint64_t more_than, last; };

/* The ticket's fingerprint, as the act wrote it: hex and nothing else goes into a mail. */
static struct str
fingerprint(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!((text.p[i] >= '0' && text.p[i] <= '9') || (text.p[i] >= 'a' && text.p[i] <= 'f')))
			return STR_NONE;
	return text.n == 64 ? text : STR_NONE;
}

static bool
take_large(struct ledger_each *each, const struct ledger_entry *e)
{
	struct large *k = (struct large *)(void *)each;
	bool approved = str_eq(e->route, "export_approve"), large = e->kind == LEDGER_INTENT && e->rows > k->more_than && e->at_ms >= k->since_ms && (approved || str_eq(e->route, "export_ask"));

	if (large && !k->to->take(k->to, &(struct keeper_export){ e->number, e->rows, e->at_ms, fingerprint(e->text), approved }))
		return false;
	k->last = e->number;
	return true;
}

enum rc
keeper_ledger_exports(const char *ledger_dir, uint64_t first, int64_t since_ms, uint64_t more_than, struct keeper_exports *to, uint64_t *last_r, struct problem *p)
{
	struct ledger_settings s = { .dir = ledger_dir, .read_only = true };
	struct large k = { .each = { take_large }, .to = to, .since_ms = since_ms, .more_than = more_than, .last = first ? first - 1 : 0 };
	struct ledger *l = NULL;
	enum rc rc = ledger_open(&s, &l, p);

	if (rc == RC_OK) {
		rc = ledger_read(l, first, &k.each, p);
		ledger_close(&l);
	}
	*last_r = k.last;
	return rc;
}

enum rc
keeper_ledger_prove_growth(const char *from, const char *key, struct str since, struct buf *out, struct problem *p)
{
	return ledger_prove_growth(from, key, since, out, p);
}

enum rc
keeper_ledger_prove(const char *from, const char *key, uint64_t number, struct buf *out, struct problem *p)
{
	return ledger_prove(from, key, number, out, p);
}

enum rc
keeper_check(const char *root, struct keeper_progress *g, struct keeper_check *c_r, struct problem *p)
{
	struct base_dir b = { .dir.lock_fd = -1 };
	struct base_progress steps = { .out = g, .step = "indexes" };
	struct db *db = NULL;
	enum rc rc = base_dir_have(root, &b, p);

	*c_r = (struct keeper_check){ 0 };
	if (rc == RC_OK)
		rc = base_dir_open(&b, false, &db, p);
	if (rc == RC_OK)
		rc = db_check(db, p);
	if (rc == RC_OK)
		rc = record_check(db, base_dir_progress(&steps), &c_r->differences, p);
	db_close(&db);
	if (rc == RC_OK)
		rc = keeper_ledger_verify(b.dir.ledger, NULL, 0, c_r, p);
	base_dir_close(&b, true);
	return rc;
}

/* ---- user add ---- */
struct user_job { struct db_job job; const struct keeper_user *user; struct str hash, secret; };

static enum rc
add_user(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct user_job *j = (struct user_job *)job;
	const struct keeper_user *u = j->user;
	struct str unit = u->unit != NULL ? str_of(u->unit) : STR_NONE;
	struct str practitioner = u->practitioner != NULL ? str_of(u->practitioner) : STR_NONE;
	struct account_new a = { .login = str_of(u->login), .name = str_of(u->name), .role = u->role, .lang = STR("fr"), .password_hash = j->hash,
		.totp_secret = j->secret, .practitioner = practitioner, .unit = unit, .units = &unit, .n_units = unit.n > 0 };
	uint32_t no;

	(void)txn;
	if (practitioner.n > 0 && !practitioner_exists(c, practitioner))
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PRACTITIONER, "practitioner", "unknown practitioner");
	return account_add(c, &a, &no, p);
}

static enum rc
check_password(struct db *db, const struct keeper_user *u, struct problem *p)
{
	struct password_owner of = { .role = u->role, .login = str_of(u->login), .name = str_of(u->name) };
	struct str unit = u->unit != NULL ? str_of(u->unit) : STR_NONE;
	struct db_conn *c;
	struct arena a;
	enum rc rc = db_reader(db, &c, p);

	if (rc != RC_OK)
		return rc;
	arena_init(&a, 4 << 20);
	rc = db_begin(c, p);
	if (rc == RC_OK) {
		rc = password_house(c, &a, &unit, unit.n > 0, &of, p);
		db_end(c);
	}
	db_reader_close(&c);
	if (rc == RC_OK)
		rc = password_rules(&of, str_of(u->password), p);
	arena_done(&a);
	return rc;
}

enum rc
keeper_user_add(const char *root, const struct keeper_user *u, struct buf *secret_r, struct problem *p)
{
	struct base_dir b = { .dir.lock_fd = -1 };
	struct user_job j = { .job.run = add_user, .user = u };
	unsigned char secret[20];
	struct buf hash;
	struct db *db = NULL;
	enum rc rc;

	buf_init(&hash, 256);
	rc = base_dir_have(root, &b, p);
	if (rc == RC_OK)
		rc = base_dir_open(&b, false, &db, p);
	if (rc == RC_OK && login_is_shared(str_of(u->login)))
		rc = problem_set(p, RC_BAD_INPUT, WHY_LOGIN_SHARED, "login", "a place or a job");
	if (rc == RC_OK)
		rc = check_password(db, u, p);
	if (rc == RC_OK)
		rc = password_hash(str_of(u->password), &hash, p);
	random_bytes(secret, sizeof secret);
	j.hash = buf_view(&hash);
	j.secret = (struct str){ (const char *)secret, sizeof secret };
	if (rc == RC_OK)
		rc = db_write_now(db, &j.job, p);
	if (rc == RC_OK) {
		base32_put(secret_r, j.secret);
		rc = base_dir_mark(&b, "user_add", p);
	}
	db_close(&db);
	base_dir_close(&b, true);
	wipe(secret, sizeof secret);
	buf_done_wiped(&hash);
	return rc;
}
