/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/decide.h: one call from token to decision: resolve and authorise, run under the limit, price, append and charge. What it leaves in the release may
 * be handed over only when task.number is durable: worker.c sees to that. Called by worker.c, act.c, enter.c. Start at decide_call.
 */
#ifndef HYGIE_GATE_DECIDE_H
#define HYGIE_GATE_DECIDE_H

#include "gate/inside.h"

/* A call being decided on a desk. Lives on the deciding thread's stack; memory in the desk's arena. */
#define OPENINGS_MAX 2000
struct look {
	struct desk *d;
	struct task *t;
	struct seat *seat;              /* counted; NULL: nobody */
	struct release *r;
	struct ask_list asks;
	uint32_t may;                   /* of the role, for a machine of its ticket too */
	struct opening *openings; size_t n_openings;  /* distinct patients at TIER_IDENTITY or above */
	int64_t *listed; size_t n_listed;              /* patients of work lists: must be explained, do not draw */
	enum reveals reveals;           /* highest asked */
	enum tier tier;                 /* highest in the answer */
	uint32_t rows;
	bool searched;                  /* an identity search is among the asks */
	int64_t about;                  /* the one patient that the call names, 0 none: for the refusal's entry */
	struct str route;               /* for the ledger */
	const char *act;                /* asked for, by its row's name; NULL none: a refusal's entry names it */
	uint64_t run_ns;                /* spent in reading: not decision */
};

enum fate decide_call(struct desk *d, struct task *t, uint64_t *run_ns_r /* spent in reading: no part of the decision */);
/* Resolve the token. RC_OK with seat set or NULL (nobody); RC_STEP_UP: locked, over, unknown. Entries for what turned are appended (task.number). */
enum rc decide_who(struct look *l, struct problem *p) CHECKED;
/* The answer becomes a refusal; recorded first where a seat stands behind it. */
void decide_refuse(struct look *l, const struct problem *p);
/* Refused because the patient or record is not known or not open: the same problem for both, to one who may not know. patient_type: a Patient is asked for. */
enum rc decide_unknown(const struct look *l, int64_t patient, bool patient_type, struct problem *p) CHECKED;
void decide_open(struct look *l, int64_t patient, enum tier tier, struct problem *p, enum rc *rc);  /* note an opening; RC_LIMIT over OPENINGS_MAX */
void decide_fill_who(struct look *l);
struct ledger_entry decide_entry(const struct look *l, enum ledger_kind kind);
/* Price all openings and append the entry with them under the order lock. kind RELEASE or INTENT. */
enum rc decide_charge(struct look *l, struct ledger_entry *e, struct problem *p) CHECKED;
struct str decide_arg(const struct ask *k, const char *name);
#endif
