/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/session.h: who a token stands for. A token is 256 random bits; only its SHA-256 is kept, in memory and in table session. What a caller claims about
 * itself is never believed: the actor comes from here alone. A seat is an immutable, counted description of who acts; any change makes a new seat.
 * Idle 15 min, or asked for from another network than it was opened or unlocked in: locked. 12 h: over; sooner where the rules of the person's establishment say so (base/rule.h). A machine's bearer token is resolved through hospital and kept for 30 s at most, less when an account or key changed or the token is over; a person's token is not accepted as bearer, nor
 * the reverse. Whose a person's session was is known for twelve hours after its end, of the last 8,192 that ended, in memory only: after a restart nobody knows of those before. Thread-safe. Called by decide.c, enter.c, local.c. Start at sessions_find.
 */
#ifndef HYGIE_GATE_SESSION_H
#define HYGIE_GATE_SESSION_H

#include <stdatomic.h>

#include "gate/authorise.h"
#include "hospital/rule.h"

#define TOKEN_BYTES 32
#define TOKEN_TEXT 43          /* base64url without padding */
#define HASH_BYTES 32
#define FORM_TEXT 32
#define MACHINE_FRESH_MS 30000

struct seat {
	atomic_int refs;
	uint64_t session;          /* short number */
	int64_t epoch;             /* account_epoch when the account was read */
	struct actor actor;        /* strings point into block */
	struct str unit_name;
	uint32_t patients;         /* of a machine that came by a key: distinct ones a day; 0 its ticket alone holds it */
	uint32_t notices, levels;  /* unread words to the person, as of epoch; how many of them are of a store's thresholds only */
	struct rules rules;        /* of the person's establishments, as of epoch */
	bool cohort_all, operator_;
	uint32_t api_may;
	int64_t until_ms;          /* end of the account; 0 none */
	char *block;
};
void seat_drop(struct seat **s);

enum session_state { SESSION_NONE, SESSION_LIVE, SESSION_LOCKED, SESSION_OVER /* found, and ended by this look: 12 h */ };
struct session_found { enum session_state state; struct seat *seat; /* counted; NULL for NONE */ bool turned; /* this look found it idle, or moved: say so in the ledger */ bool moved; /* from another network: whoever holds the cookie must prove who he is (ASVS 5.0, 8.2.4) */ int64_t age_ms, idle_ms; /* before this look */ };

struct sessions;
struct sessions *sessions_new(int64_t idle_ms, int64_t absolute_ms);
void sessions_free(struct sessions **s);
/* Told after a session was ended, locked or got another token (session), or all of an account (account): before anything else may come with the old one. Once, before the first session. */
void sessions_tell(struct sessions *s, void (*turned)(void *of, uint64_t session, uint32_t account), void *of);

void session_hash(struct str token, unsigned char hash[HASH_BYTES]);
void session_form(struct str token, char form[FORM_TEXT + 1]);  /* the token of its forms, as front/ask.c makes it */
void session_token(char token[TOKEN_TEXT + 1]);           /* a new one */
uint64_t session_number(void);                            /* a new short number, random, 48 bits */

/* bearer: the token came as one. touch: this is activity of the person. from: the address it came from; empty: nothing is concluded from it. */
struct session_found sessions_find(struct sessions *s, const unsigned char hash[HASH_BYTES], bool bearer, bool touch, struct str from, int64_t now_ms);
/* The same by a seat that was read since: its rules may have become stricter. LIVE, LOCKED or OVER. */
enum session_state sessions_judge(const struct sessions *s, const struct seat *seat, int64_t age_ms, int64_t idle_ms);
/* A new session. The seat's count is taken over. false: no memory. */
struct session_new { const unsigned char *hash; struct seat *seat; struct str from; int64_t started_ms, seen_ms; bool locked, machine; };
bool sessions_add(struct sessions *s, const struct session_new *n);
bool sessions_turn(struct sessions *s, uint64_t no, const unsigned char hash[HASH_BYTES], struct seat *seat, struct str from, int64_t now_ms); /* new token and seat, unlocked, where it came from now; seat taken over */
bool sessions_reseat(struct sessions *s, uint64_t no, struct seat *seat);  /* the account changed; seat taken over */
void sessions_lock(struct sessions *s, uint64_t no);
void sessions_end(struct sessions *s, uint64_t no);
void sessions_leave(struct sessions *s, uint64_t no, struct str token);    /* the same by who signs out: known by its forms too from then on, for the browser forgets the cookie */
unsigned sessions_end_account(struct sessions *s, uint32_t account);
void sessions_sweep(struct sessions *s, int64_t now_ms);  /* those that are over and were not asked for again */
/* The account whose session, ended less than twelve hours ago, had this token, or forms with it; 0: nobody knows. */
uint32_t sessions_ended(struct sessions *s, struct str token, int64_t now_ms);
size_t sessions_count(struct sessions *s);
/* Sessions touched since they were last asked for here: at most max; number and moment. */
struct session_seen { uint64_t no; int64_t at_ms; };
size_t sessions_seen(struct sessions *s, struct session_seen *out, size_t max);

/* Build seats. unit: empty takes the account's. RC_LIMIT without memory. */
enum rc seat_new(struct db_conn *c, const struct account *acc, struct str unit, uint64_t session, struct arena *a, struct seat **seat_r, struct problem *p) CHECKED;
struct seat *seat_operator(uint64_t session);
/* What the role may, narrowed by the rules of the establishment and by the factor of the session (SECURITY 6.3.3, 7.4). */
struct limits seat_limits(const struct seat *seat);
#endif
