/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/ladder.h: how an identity climbs from free work to a fresh proof of identity and to being stopped, by what it opens (SECURITY 7.3, 7.4). A pure machine of
 * whole numbers over openings in their order: no clock, no ledger, no database of its own, so that anybody who has the ledger computes the same.
 * Two counters stand side by side. Evidence: a CUSUM of the log-likelihood ratio of unexplained against explained openings; it meets a thief early, but can be
 * padded with explained ones. Budgets: how many in the sliding day and in thirty days; they cannot be padded. Called by budget.c. Start at ladder_open.
 */
#ifndef HYGIE_GATE_LADDER_H
#define HYGIE_GATE_LADDER_H

#include "base/str.h"

/* Evidence is kept in thousandths of a nat. At 9.74 = ln(17 openings a day × 1,000 days between false alarms) the alarm is given (SECURITY 7.3.1). */
#define LADDER_ALARM 9740
#define LADDER_GRANT 15              /* unexplained openings that a proof allows (SECURITY 7.4) */
#define LADDER_PROOF_MS (24 * 3600 * 1000LL) /* how long a proof counts as the first step: an alarm within it is the second */
#define LADDER_DAYS 30
#define LADDER_GRACE_MS (15 * 60000LL) /* who is stopped still reads what he had open, for care (SECURITY 7.4) */
#define LADDER_WRONG 3              /* proofs that fail, then the sessions of the account end */
/* Calls that open somebody, within a minute: one every three seconds for a whole minute is nobody's reading (a choice of this project, no published figure).
 * The first time of a day a proof is asked for (ASVS 5.0, 2.4.2), the second is the stop. */
#define LADDER_RHYTHM 20
#define LADDER_RHYTHM_MS 60000LL

/* Of a job. up, down: what an unexplained and an explained opening weigh: ln(p1/p0), ln((1-p1)/(1-p0)) with p1 = 0.9 and p0 of the job. */
struct ladder_scale {
	int32_t up, down;
	uint32_t all_step, all_stop;       /* distinct patients a day: a proof is asked for, the stop (q99.9, q99.99) */
	uint32_t apart_step, apart_stop;   /* of these unexplained */
	uint32_t apart_month;              /* unexplained in thirty days: the stop */
	uint32_t all_mean, apart_mean;     /* of a shift, in hundredths */
	uint32_t unit;                     /* thousandths of all_mean that the unit's weeks say (struct ladder_volume); 0: nothing yet */
};

/* SECURITY 7.3, table and text below it. The means of clerk, laboratory and coder are guesses there: a house's own come with learning. */
enum ladder_job { JOB_NONE, JOB_NURSE, JOB_PHYSICIAN, JOB_EMERGENCY, JOB_CLERK, JOB_LABORATORY, JOB_CODER, JOBS };
const struct ladder_scale *ladder_scale(enum ladder_job job);

/* Which counter speaks: by its word in the ledger ("ladder:evidence"), never reworded. */
enum ladder_why { LADDER_NONE, LADDER_EVIDENCE, LADDER_ALL, LADDER_APART, LADDER_MONTH, LADDER_RHYTHM_WHY, LADDER_CANARY /* somebody who does not exist was opened: a stop, never a proof */, LADDER_WHYS };
const char *ladder_word(enum ladder_why why);
enum ladder_why ladder_of_word(struct str word);

struct ladder {
	int32_t evidence;
	uint16_t granted;                  /* unexplained openings left of the last proof */
	unsigned char rooms;               /* proofs of the sliding day that widened the budget of all: 0, 1, 2 */
	unsigned char freed;               /* releases by a second person within the day: each is room for LADDER_GRANT more beyond every stop */
	unsigned char due, stopped;        /* enum ladder_why: a proof is asked for; stopped */
	unsigned char wrong;               /* proofs that failed since one was asked for */
	int64_t proved_ms, stopped_ms;
	int64_t call[LADDER_RHYTHM]; unsigned calls; /* moments of the last calls that opened somebody, oldest first */
	uint16_t day[LADDER_DAYS]; uint32_t today;   /* unexplained openings by day, day[0] today */
	uint16_t today_all, shifts;        /* patients opened today, each once a shift; days on which anybody was opened, of which: */
	uint32_t all_sum, apart_sum;
};

/*
 * The scale of a person: from the twentieth shift on the budgets follow the own mean, drawn towards the job's with weight 20 and never above one and a half times
 * the job's (SECURITY 7.3.2), nor below LADDER_OWN_LEAST of it; that of thirty days not below the job's. Old shifts weigh less (LADDER_SHIFTS). Evidence keeps the job's weights.
 * What the weeks of the unit say (scale's unit) stands for the job's mean in the budget of all, from the first day, within the same bounds.
 */
#define LADDER_LEARNT 20
#define LADDER_SHIFTS 128
#define LADDER_OWN_MOST 1500      /* thousandths of the job's */
#define LADDER_OWN_LEAST 750
struct ladder_scale ladder_own(const struct ladder_scale *job, const struct ladder *l);

enum ladder_step { LADDER_GO, LADDER_PROVE, LADDER_STOP };
struct ladder_verdict { enum ladder_step step; enum ladder_why why; };

/* A call about to open somebody: begins with what stands already (stopped, a proof due) and the rhythm. all, apart: distinct patients of the sliding day before it, and the unexplained among them. */
struct ladder_call { struct ladder l; struct ladder_scale scale; uint32_t drawn; /* openings of the call */ uint32_t all, apart; int64_t now_ms; struct ladder_verdict verdict; };
void ladder_begin(struct ladder_call *c, const struct ladder *l, const struct ladder_scale *job, uint32_t all, uint32_t apart, int64_t now_ms);
/* One opening more. more: a patient not yet among all. The first that goes too far settles the verdict; c->l is what the call leaves if it goes. */
void ladder_open(struct ladder_call *c, bool unexplained, bool more);

/* The fold: what an entry of the ledger did. */
void ladder_went(struct ladder *l, int32_t evidence, uint16_t granted, uint32_t unexplained, uint32_t drawn, int64_t at_ms); /* a call that opened somebody; drawn: openings that were weighed */
void ladder_asked(struct ladder *l, enum ladder_why why);                 /* a proof is due */
void ladder_proved(struct ladder *l, int64_t at_ms);                       /* nothing when none was due */
void ladder_failed(struct ladder *l);                                     /* a proof that was none */
void ladder_stopped(struct ladder *l, enum ladder_why why, int64_t at_ms);
void ladder_freed(struct ladder *l, int64_t at_ms);                       /* by a second person; nothing when not stopped */
uint32_t ladder_month(const struct ladder *l, int64_t now_ms);            /* unexplained in the last thirty days */
void ladder_roll(struct ladder *l, int64_t now_ms);
bool ladder_is_fresh(const struct ladder *l);                             /* nothing in it: needs no place in a snapshot */
bool ladder_comes(const struct ladder *l, int64_t at_ms);                  /* the first opening of its day */
/*
 * The weeks of a unit, of one job: what its people open in a shift. Day budgets of all follow it (SECURITY 7.9: they must learn weekly and follow the unit), so a ward
 * that grows by half is not stopped for it; budgets of unexplained ones do not. Moves only by ladder_volume_learnt: an entry of the ledger.
 */
struct ladder_volume { uint32_t week, shifts, sum, share; /* thousandths of the job's mean; 0: nothing learnt */ };
void ladder_volume_went(struct ladder_volume *v, uint32_t drawn, bool comes, int64_t at_ms);
bool ladder_volume_due(const struct ladder_volume *v, const struct ladder_scale *job, int64_t now_ms, uint32_t *share_r); /* a week is over, of twenty shifts at least */
void ladder_volume_learnt(struct ladder_volume *v, uint32_t share, int64_t at_ms);
/* As text for a snapshot of the moment now_ms; equal texts, equal ladders. At most LADDER_TEXT bytes. false: not such a text. */
#define LADDER_TEXT 560
void ladder_put(const struct ladder *l, int64_t now_ms, struct buf *out);
bool ladder_get(struct ladder *l, int64_t then_ms, struct str text);
#endif
