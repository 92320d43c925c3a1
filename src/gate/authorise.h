/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/authorise.h: what a role may at all, before any patient is thought of: rights, types of the record (whole, projected, none), tiers, budgets.
 * Const tables only; it decides nothing about a patient. Called by decide.c, act.c, enter.c. Start at the tables in authorise.c.
 */
#ifndef HYGIE_GATE_AUTHORISE_H
#define HYGIE_GATE_AUTHORISE_H

#include "fhir/fhir.h"
#include "gate/gate.h"
#include "gate/ladder.h"

/* Stops in a sliding 24 h (SECURITY 7.3, q99.99 columns; the ladder holds them). all: distinct patients opened, 0: opens nobody; unexplained: of these, without a care link. */
struct limits { uint32_t all, unexplained; bool by_ticket; /* a machine: counted, limited by its ticket only */ enum ladder_job job;
	unsigned all_pct, apart_pct; /* of the job's budgets: narrower by a rule of the establishment, or by a session of a code */ uint64_t unit; /* whose weeks the budget of all follows (budget.h); 0 none */ unsigned glass; /* emergencies a shift that nobody else signs */ };
struct limits authorise_limits(enum role role);
struct limits authorise_emergency(struct limits limits);      /* of nurses and physicians in an emergency unit, as a replacement or on call (SECURITY 7.3, third row; 7.4: 15 emergencies) */
struct ladder_scale authorise_scale(struct limits limits);  /* of its job, narrowed */
#define LIMIT_SELF_MADE 5   /* self-made facts explain up to 5 a day (SECURITY 7.2) */
#define LIMIT_GLASS 5       /* emergencies a shift (SECURITY 7.4) */
#define LIMIT_GLASS_TIMES 3 /* emergency staff: so many times as many (SECURITY 7.4: 15) */
#define LIMIT_GLASS_CODE 2  /* the same where a password and a code opened the session (SECURITY 7.4) */
#define LIMIT_CODE_PCT 50   /* unexplained openings of such a session, per cent (ASVS 5.0, 6.3.3; the figure is a choice of this project) */
#define LIMIT_COSIGNED 20   /* emergencies a shift that a colleague of the unit signs too, the first LIMIT_GLASS among them (a choice of this project) */
#define PLAN_TIMES 5        /* « plan blanc »: so many times as many emergencies (SECURITY 7.9) */
#define GRANTS_MAX 128      /* live grants of an account: more than a shift's reasons; the oldest go first */
#define LIMIT_SEARCHES 60   /* identity searches an hour (SECURITY 7.1) */
#define SHIFT_HOURS 12
#define GLASS_MS (4 * 3600 * 1000LL)

enum sight { SIGHT_NONE, SIGHT_PROJECTED, SIGHT_WHOLE };
enum sight authorise_type(enum role role, uint16_t type);
enum tier authorise_tier(uint16_t type);                       /* TIER_NONE: of the house, no patient */
bool authorise_is_house(uint16_t type);
const unsigned char *authorise_house(void);                    /* by type: not 0 when it is of the house */
/* Projected sight: may this top-level element leave; may this search parameter be used. */
bool authorise_element(uint16_t type, struct str element);
bool authorise_param(uint16_t type, const struct fhir_param *param); /* what the house posted is never among them: its code may be any element's */
#endif
