/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/budget.h: the counters: which patients an identity opened in the sliding 24 h, how explained; identity searches of the hour; live break-glass grants.
 * They are a fold of the ledger: budget_fold is the only function that changes them, and takes ledger entries, live and at start alike, so a crash refunds
 * nothing. No locks of its own: the caller holds gate's `order` mutex, which also orders the appends. Start at budget_price and budget_fold.
 * Time is ledger time (never backwards): a clock set back opens no new day. Windows are whole hours and never shorter than 24 h.
 */
#ifndef HYGIE_GATE_BUDGET_H
#define HYGIE_GATE_BUDGET_H

#include "gate/authorise.h"
#include "ledger/ledger.h"

struct budget;
struct budget *budget_new(void);       /* NULL: no memory */
void budget_free(struct budget **b);

/* One patient that a call would reveal. kept: the record that this one is joined to, whose reason opens it too; 0 or itself: none. explain: by live facts alone. The rest is filled by budget_price. */
struct opening { int64_t patient, kept; enum tier tier; enum explain explain; int64_t until_ms; bool made; /* chart made by this account and not yet shared */ bool closed; /* of a closed establishment: an emergency opens it, no other reason */ bool draw; };

/*
 * What the openings cost this account at ledger time now. Fills explain (self-made over the cap falls back to break-glass, then to none) and draw.
 * RC_DENIED UNEXPLAINED, or CLOSED_CHART, when one has no explanation (*which_r). RC_OVER_BUDGET: the role opens nobody; or STOPPED: the account was stopped, and this is neither
 * an emergency nor, within a quarter of an hour, a chart that it had open (SECURITY 7.4). Changes nothing.
 */
enum rc budget_price(struct budget *b, uint32_t account, struct limits limits, struct opening *at, size_t n, int64_t now_ms, size_t *which_r, struct problem *p) CHECKED;
/*
 * The ladder, for openings that were priced: what it says of them together, and in *mark_r what the entry of the call must hold in `about`. told: the
 * ledger holds the alarm already. What is open already and what an emergency opens is not weighed.
 */
struct weighed { struct ladder_verdict verdict; bool told; uint64_t mark; };
struct weighed budget_weigh(struct budget *b, uint32_t account, struct limits limits, const struct opening *at, size_t n, int64_t now_ms);
int64_t budget_plan(const struct budget *b);  /* until when « plan blanc » is on; 0 or past: it is not */
/*
 * What units' weeks taught (ladder.h, struct ladder_volume). learns: a week of the unit and job of these limits is over: the ledger is to hold it, a MARK of the unit and no account with
 * this about; until it does nothing moves. share: thousandths of the job's mean, 0 nothing learnt. unit: what limits name it by, 0 none.
 */
bool budget_learns(const struct budget *b, struct limits limits, int64_t now_ms, uint64_t *about_r);
uint32_t budget_share(const struct budget *b, uint64_t unit, enum ladder_job job);
uint64_t budget_unit(struct str unit);
bool budget_crowd(struct budget *b, const struct opening *at, size_t n, int64_t now_ms); /* the same of the whole house: an alarm, once in ten minutes */
/* Where an account stands: what is asked of it, what it was stopped for. */
struct standing { enum ladder_why due, stopped; unsigned wrong; int64_t stopped_ms; };
struct standing budget_standing(struct budget *b, uint32_t account, int64_t now_ms);
/* All that is counted of an account, at a moment; zeros when nothing is. */
struct meter { uint32_t account, opened, unexplained, emergencies; struct ladder ladder; };
void budget_meter(struct budget *b, uint32_t account, int64_t now_ms, struct meter *m_r);
bool budget_meter_nth(struct budget *b, size_t nth, int64_t now_ms, struct meter *m_r);  /* false: a machine's, on which no stop stands */
enum rc budget_search(struct budget *b, uint32_t account, int64_t now_ms, struct problem *p) CHECKED;   /* one more identity search? */
/* One more grant? Of emergencies limit a shift (limits.glass, LIMIT_COSIGNED where a colleague signs too), stopped or not; other reasons are judged by the ladder when they open. */
enum rc budget_glass(struct budget *b, uint32_t account, bool emergency, unsigned limit, int64_t now_ms, struct problem *p) CHECKED;
int64_t budget_grant(struct budget *b, uint32_t account, int64_t patient, bool emergency /* of that reason only */, int64_t now_ms); /* until when a live grant holds; 0 none */
size_t budget_grants(struct budget *b, uint32_t account, int64_t now_ms, int64_t *patients, size_t max);
uint32_t budget_opened(struct budget *b, uint32_t account, int64_t now_ms);
/* The fold. false: no memory (the caller then releases nothing more). */
bool budget_fold(struct budget *b, const struct ledger_entry *e);

/* Snapshot: give every identity's counters as entries to put; put appends each (and must not fold it). Returns what put returned first other than RC_OK. */
struct budget_put { enum rc (*put)(struct budget_put *w, struct ledger_entry *e, struct problem *p); };
size_t budget_accounts(const struct budget *b);
enum rc budget_snapshot(struct budget *b, size_t nth, int64_t now_ms, struct budget_put *w, struct problem *p) CHECKED; /* of the nth identity */
/* Equal in all that decides, for identities other than machines, at a moment: for tests and the verifier. */
bool budget_same(struct budget *a, struct budget *b, int64_t now_ms);

enum rc budget_snapshot_house(struct budget *b, struct budget_put *w, struct problem *p) CHECKED; /* what is nobody's: the crowd, the plan */
#define BUDGET_GLASS_ROUTE "break_glass" /* an INTENT with this route is a grant */
#define BUDGET_FREED_ROUTE "stop_release" /* an INTENT with this route frees the account `about` */
#define BUDGET_PLAN_ROUTE "plan_sign"    /* an INTENT with this route: « plan blanc » for twelve hours; an OUTCOME of it that failed: none */
#define BUDGET_PLAN_END_ROUTE "plan_end" /* an INTENT with this route ends it */
#define BUDGET_PROVED_NOTE "proved"      /* of a SESSION: the proof that was due, by a code */
#define BUDGET_PROVED_KEY_NOTE "proved_key" /* the same by a passkey */
#define BUDGET_UNPROVED_NOTE "prove_refused" /* of a SESSION: it was none */
#define BUDGET_LEARNT_ROUTE "unit_week"  /* of a MARK of no account: what a unit's week taught */
#define BUDGET_CROWD_ROUTE "house:unexplained" /* of an ALARM of no account */
#define BUDGET_SIGN_IN_NOTE "sign_in"    /* of a SESSION: password and code were right */
#define BUDGET_SIGN_IN_KEY_NOTE "sign_in_key" /* the same by a passkey */
#define BUDGET_PROOF_NOTE "proof"        /* of an ALARM: a proof of identity is due */
#define BUDGET_STOP_NOTE "stop"          /* the account is stopped */
#define BUDGET_SEARCH_NOTE "search"      /* a RELEASE with this note is an identity search; a reviewer's masked list is none */
#endif
