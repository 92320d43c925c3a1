/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/keeper.h: the operator's verbs that reveal no patient: make the demonstration group, migrate, reindex, check. They work on a data directory that
 * no server holds (the lock says so) and name only base types. They never print, return or log anything read from a record.
 * Called by cli. Start at struct keeper_progress.
 */
#ifndef HYGIE_KEEPER_KEEPER_H
#define HYGIE_KEEPER_KEEPER_H

#include "base/rights.h"
#include "base/str.h"

/* Long work tells where it is and can be stopped: at() is called a few times a second; stop is looked at between steps. of == 0: unknown. */
struct keeper_progress { void (*at)(struct keeper_progress *g, const char *step, uint64_t done, uint64_t of); volatile bool stop; };

/* ---- demonstration group ---- */
#define KEEPER_PEOPLE 24
struct keeper_person { enum role role; char login[32], password[32], totp_secret[64] /* base32 */, name[96], unit[65], unit_name[80]; };
struct keeper_demo {
	const char *dir;          /* made if absent; refused (CONFLICT) when it holds a base */
	const char *data_dir;     /* shipped tables */
	uint32_t patients;        /* default 20,000 */
	uint32_t stays;           /* past stays a hundred patients, up to 1,000; 20 gives 4.3 resources a patient, 70 gives 8.2 */
	uint64_t seed;
	int64_t at_ms;            /* the moment the stays stand around; 0 = now */
	bool no_canaries;         /* for measurements and tests that walk everybody */
	bool no_pharmacy;         /* no unit of pharmacists, no queue, no stock: for tests that make their own */
	const char *ndjson;       /* not NULL: the records are written to this file, one a line, and no base is made */
	/* filled: */
	struct keeper_person people[KEEPER_PEOPLE]; unsigned n_people; /* those whom the sign-in page offers */
	char machine_token[80];
	uint64_t resources, accounts;
};
/* Deterministic from (seed, at_ms, patients) but for secrets, which are random. Peak memory grows with the base by one counter a patient, and some 100 bytes where canaries are placed. */
enum rc keeper_demo(struct keeper_demo *d, struct keeper_progress *g, struct problem *p) CHECKED;
bool keeper_is_demo(const char *dir);
/* Takes away the base and the ledger of a demonstration, on a server too. DENIED when it is none, CONFLICT when somebody works on it. */
enum rc keeper_demo_drop(const char *dir, struct problem *p) CHECKED;

/* ---- a base ---- */
/* The base of this process is on a server (postgresql://…), whatever the directory's base.url says; at start, before any other call. Kept, not copied. */
void keeper_use_base(const char *url);
/* The folder of instance.key, when it is not DIR/keys; at start. NULL: DIR/keys. Kept, not copied. */
void keeper_use_keys(const char *folder);
bool keeper_on_server(const char *dir);   /* is its base on a database server? false too when that cannot be read */
/* Where the instance key is looked for (a credential's path or a file's), and whether it is good. NOT_FOUND when there is none yet. */
enum rc keeper_key_look(const char *dir, char path[640], struct problem *p) CHECKED;
enum rc keeper_init(const char *dir, struct keeper_progress *g, struct problem *p) CHECKED;    /* empty base: db, ledger, keys */
/*
 * The first load of a base that never held a resource: lines of NDJSON, each a resource with its id, checked as every write is; ids are kept. All of it is there after
 * keeper_load_end, or nothing: until then the base is as before, whatever cuts the load. CONFLICT LOAD_NOT_EMPTY, IN_USE; NOT_FOUND when there is no base.
 * Afterwards the ledger holds an entry with the count and a keyed digest of the lines. One thread calls; refused is called on it, later than the line was given:
 * tag is the caller's, the text lives during the call.
 */
struct keeper_load;
struct keeper_load_to { void (*refused)(struct keeper_load_to *to, uint64_t tag, const struct problem *why, struct str text); };
struct keeper_loaded { uint64_t stored, refused; };
enum rc keeper_load_open(const char *dir, struct keeper_load_to *to, struct keeper_load **l_r, struct problem *p) CHECKED;
enum rc keeper_load_line(struct keeper_load *l, uint64_t tag, struct str line, struct problem *p) CHECKED;
/* After the last line. again: some came before their patient, and all the same lines must be given once more, in the same order. */
enum rc keeper_load_again(struct keeper_load *l, bool *again_r, struct problem *p) CHECKED;
enum rc keeper_load_end(struct keeper_load **l, struct keeper_progress *g, struct keeper_loaded *n_r, struct problem *p) CHECKED;
void keeper_load_drop(struct keeper_load **l); /* without an end: the base is as before */
enum rc keeper_migrate(const char *dir, struct keeper_progress *g, struct problem *p) CHECKED;
enum rc keeper_reindex(const char *dir, struct keeper_progress *g, struct problem *p) CHECKED;
/*
 * The whole base copied to another database, compared by counts and digests; a copy that was stopped goes on. from NULL: what the directory says; "sqlite":
 * the directory's file; else a file or an address. use: the directory names the target from then on. CONFLICT NOT_EMPTY, IN_USE; RETRY STOPPED.
 */
struct keeper_copy { const char *dir, *from, *to; bool use; };
struct keeper_copied { uint64_t tables, rows, resumed; char digest[65]; };
enum rc keeper_copy(const struct keeper_copy *k, struct keeper_progress *g, struct keeper_copied *c_r, struct problem *p) CHECKED;
/* The same with another index key. When it was cut it goes on by itself at the next start of a server, or when called again (with the key it had). */
enum rc keeper_reindex_anew(const char *dir, struct keeper_progress *g, struct problem *p) CHECKED;
/* Another instance key: every key of the base is wrapped anew, nothing is sealed anew. Cut anywhere, it goes on when called again; the base opens meanwhile. */
enum rc keeper_keys_rotate(const char *dir, struct keeper_progress *g, struct problem *p) CHECKED;
/* One patient's key is erased for ever, with a mark in the ledger before it. patient: the FHIR id. NOT_FOUND, GONE (ERASED). */
enum rc keeper_keys_erase(const char *dir, const char *patient, struct problem *p) CHECKED;
struct keeper_check { uint64_t resources, differences; bool ledger_good; uint64_t ledger_entries, ledger_first_bad; const char *ledger_what; unsigned ledger_epochs; /* keys after the first */ int64_t ledger_signed_ms; /* the newest signature; INT64_MIN never */ uint64_t ledger_unsigned; /* entries behind it */ };
enum rc keeper_check(const char *dir, struct keeper_progress *g, struct keeper_check *c_r, struct problem *p) CHECKED;
/* The ledger alone, of this base or copied elsewhere, also while a server writes it; fills the ledger_ members. key NULL: ledger.pub beside it. */
enum rc keeper_ledger_verify(const char *ledger_dir, const char *key, uint64_t at_least, struct keeper_check *c_r, struct problem *p) CHECKED;
/* Who saw a record, proven (ledger/who.h): patient is the number that the ledger knows him by. RC_NOT_FOUND: nothing bound yet, or not published. key NULL: ledger.pub among the files. */
enum rc keeper_ledger_who(const char *ledger_dir, const char *published, const char *key, int64_t patient, struct buf *out, struct problem *p) CHECKED;
/* The patients' map of a ledger made again from its entries; bad: the first patient whose state differs, 0 the root. RC_GONE: personal parts were wiped. */
struct keeper_patients { bool good; uint64_t patients, covered; int64_t bad; };
enum rc keeper_ledger_patients(const char *ledger_dir, struct keeper_patients *r, struct problem *p) CHECKED;
/* What a verification of this base's own ledger came to, noted beside it for the security officer's page (ledger/checked.h). */
enum rc keeper_ledger_checked(const char *ledger_dir, const struct keeper_check *c, struct problem *p) CHECKED;
/*
 * The ledger as static files, brought up to its newest checkpoint, also while a server writes it (ledger/publish.h). before, size: entries; files: written.
 * asks (NULL: nobody): before the new head stands there, ask is called with it and brings what witnesses answered; only what verifies under one of keys (their
 * public keys, a line each) is published: cosigned of them. grown: the body of add-checkpoint (C2SP tlog-witness) from old_size on; RC_CONFLICT above the head; from several threads at once.
 */
struct keeper_head { uint64_t size, before; struct str note; struct str epochs; /* the list of its later keys, STR_NONE none */ enum rc (*grown)(const struct keeper_head *h, uint64_t old_size, struct buf *out, struct problem *p); };
struct keeper_asks { struct str keys; void (*ask)(struct keeper_asks *a, const struct keeper_head *h, struct buf *lines); };
struct keeper_published { uint64_t before, size, files; unsigned cosigned; };
enum rc keeper_ledger_publish(const char *ledger_dir, const char *to, struct keeper_asks *asks, struct keeper_published *r, struct problem *p) CHECKED;
/* Cosignatures that came another way; BAD_INPUT when none verifies. key NULL: ledger.pub among the files. */
enum rc keeper_ledger_cosigned(const char *published, const char *key, struct str witness_keys, struct str lines, unsigned *cosigned_r, struct problem *p) CHECKED;
/* The newest signed head of a ledger directory or of published files, as a note and as one line of ASCII (ledger/head.h), at the end of the two. key NULL: beside it. */
struct keeper_head_of { uint64_t size; char origin[30]; };
enum rc keeper_ledger_head(const char *dir, const char *key, struct buf *note, struct buf *line, struct keeper_head_of *r, struct problem *p) CHECKED;
/*
 * Entries from number `first` on as AuditEvents, a line each, or as syslog messages of DICOM audit (ledger/event.h), beside a server that runs or not. Accounts and
 * patients are pseudonyms under key: nobody is in it. last_r: the last entry read. lines returns false to stop.
 */
struct keeper_lines { bool (*lines)(struct keeper_lines *to, struct str lines); };
enum rc keeper_ledger_events(const char *ledger_dir, const unsigned char key[32], bool as_syslog, uint64_t first, struct keeper_lines *to, uint64_t *last_r, struct problem *p) CHECKED;
/*
 * Exports of more than so many patients that were asked for or approved, from entry number `first` on and not before since_ms, beside a server that runs or not: what the public part of their
 * entries says. take returns false to stop: last_r is then the entry before, else the last one read.
 */
struct keeper_export { uint64_t number, patients; int64_t at_ms; struct str hash; bool approved; };
struct keeper_exports { bool (*take)(struct keeper_exports *to, const struct keeper_export *e); };
enum rc keeper_ledger_exports(const char *ledger_dir, uint64_t first, int64_t since_ms, uint64_t more_than, struct keeper_exports *to, uint64_t *last_r, struct problem *p) CHECKED;
/* One entry's proof out of such files, appended to out. key NULL: ledger.pub among them. */
enum rc keeper_ledger_prove(const char *from, const char *key, uint64_t number, struct buf *out, struct problem *p) CHECKED;
/* That they began as a checkpoint says which somebody kept. */
enum rc keeper_ledger_prove_growth(const char *from, const char *key, struct str since, struct buf *out, struct problem *p) CHECKED;
/* Such files alone; since: a checkpoint kept from before, STR_NONE none. Fills the ledger_ members. */
enum rc keeper_ledger_published_verify(const char *from, const char *key, struct str since, struct keeper_check *c_r, struct problem *p) CHECKED;
/*
 * Canary patients (hospital/canary_place.h): people who do not exist, so placed that a walk by id, name or birth date meets one within 256. plant makes those that are
 * missing, and may be called at any time; stopped or cut, it goes on when called again. domain: of their mail addresses. gap: the longest stretch without one, in the order of
 * id, name and birth date. people: without the canaries.
 */
struct keeper_canaries { uint64_t people, canaries, planted; uint32_t gap[3]; };
enum rc keeper_canary_plant(const char *dir, const char *data_dir, const char *domain, struct keeper_progress *g, struct keeper_canaries *n_r, struct problem *p) CHECKED;
enum rc keeper_canary_check(const char *dir, struct keeper_canaries *n_r, struct problem *p) CHECKED;
/*
 * First account of an empty base, or a further one by the operator of the machine: named in the ledger. secret_r: base32 TOTP secret to show once. unit, practitioner: FHIR ids, NULL
 * none; who has no practitioner signs no prescription.
 */
struct keeper_user { const char *login, *name, *password; enum role role; const char *unit, *practitioner; };
enum rc keeper_user_add(const char *dir, const struct keeper_user *u, struct buf *secret_r, struct problem *p) CHECKED;
#endif
