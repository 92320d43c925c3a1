/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/replay.h: a synthetic hospital of seventeen establishments that works through the real gate (in process: gate.h, a base on SQLite, a ledger), and thieves
 * who try to take it out. replay_world.c makes the hospital and its days, replay_keys.c its passkeys, replay_honest.c works, replay_thieves.c steals, replay.c is the program.
 * Nothing here tells the gate who is explained: that follows from stays, appointments, orders and tasks that the house's other systems sent (imports, made by
 * nobody who works here). Time is the test clock's. The same seed gives the same figures, but for those measured in seconds.
 */
#ifndef HYGIE_BENCH_REPLAY_H
#define HYGIE_BENCH_REPLAY_H

#include "base/clock.h"
#include "chance.h"
#include "gate/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000LL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define HOUSES 17
#define IDLE (15 * MINUTE) /* the house's native rule */
#define BEFORE 12          /* days that the record goes back */
#define AFTER 34           /* and on beyond the days of work: for thieves who take their time */

/* Of an establishment: what people work in. A ward's beds, an emergency unit's arrivals, who is booked for consultation, whose order lies in the laboratory, whose stay waits to be coded. */
enum unit_kind { WARD_A, WARD_B, WARD_C, WARD_D, ARRIVALS, CONSULTATION, LABORATORY, CODING, UNITS };
/* Present, or ordered and not done yet, from … to; a booking stands at `from`. */
struct span { uint32_t patient; int64_t from, to; };
struct spans { struct span *at; size_t n, cap; };
/* asked: a request, a task or a result waits for the unit; announced: a move to it is planned. volume: the weeks of each job there, as the gate must have learnt them. */
struct unit { char id[12]; struct spans here, booked, asked, announced; struct ladder_volume volume[N_STAFF]; };

/* What a person opened in the sliding day, as the gate must count it: kept beside it to see whether model and gate agree. */
struct seen { uint32_t patient, hour; bool apart; };
struct twin { struct ladder l; size_t job; /* in STAFF: whose budgets */ struct ladder_volume *volume; struct seen *seen; size_t n, cap; };

struct db_conn;
struct key;                                                /* a passkey: replay_keys.c */

struct person {
	char login[16], token[64];
	struct key *key;           /* by it everybody comes to work and gives proofs */
	bool by_code;              /* not so: by password and code, which is less (decisions/0018) */
	size_t job;                /* in STAFF */
	enum role role;
	unsigned house, unit;      /* where the work is; `away`: the ward of today */
	unsigned away;
	int call;                  /* the ward that this person is on call for today; -1 none */
	int64_t code_ms;           /* when the last code was shown: each opens once */
	int64_t touched_ms;        /* when the session was used last */
	uint32_t *today; unsigned n_today;
	struct twin twin;
	unsigned char *taken;      /* by a thief: whom he had, a byte a patient */
	bool victim, over;         /* over: the work of the day is done */
};

struct world {
	char dir[256];
	struct gate *g;
	struct chance chance;
	int64_t start, now;        /* start: midnight before the first day of work */
	unsigned days, per_house, patients /* an establishment's */;
	struct unit unit[HOUSES][UNITS];
	struct person *person; size_t n_person;
	struct person officer, admin; /* of security: is told, and releases */
	uint64_t told_upto;        /* ledger number of the newest alarm that the officer has read */
	int64_t reviewed_upto;     /* and of broken glass */
};

/* ---- replay_world.c ---- */
void world_new(struct world *w, uint64_t seed, unsigned days, unsigned per_house);
void world_day(struct world *w, unsigned day);             /* what other systems send in the morning: orders, tasks, results, moves, and those that were done; and who is on call */
void world_done(struct world *w);
void world_at(struct world *w, int64_t now_ms);                  /* sets the clock; never back */
#define MACHINE_TOKEN "token-of-the-partner-0123456789abcdefghij"
#define MACHINE_COHORT 200
#define KEY_SITE "dpi.hopital.test"                         /* whom the passkeys are made for */
#define FAMILY "zorglubenstein"                            /* in every name: what must not be found in a stolen file */
uint32_t anybody(struct world *w, unsigned house);            /* a patient of that establishment */
void patient_born(uint32_t patient, char born[11]);
void patient_family(uint32_t patient, char name[32]);
_Noreturn void die(const char *what, const struct release *r);

/* ---- replay_keys.c ---- */
void key_new(struct person *x);                            /* made; dies with key_done */
void key_done(struct person *x);
enum rc key_keep(struct db_conn *c, uint32_t account, const struct person *x, int64_t now_ms, struct problem *p) CHECKED; /* below the gate, on the writer */
void key_touched(struct world *w, struct person *x, const char *purpose, struct buf *out); /* a challenge of the gate, signed; purpose: "sign_in" or of the session. The caller frees it */

/* Calls, each waited for. */
struct gate_call *call_of(struct world *w, struct person *x, const char *route); /* who touched nothing for IDLE unlocks the session first */
void fresh_code(struct world *w, struct person *x, char code[8]); /* waits for one that was not shown yet */
void sign_in(struct world *w, struct person *x);
enum why read_chart(struct world *w, struct person *x, uint32_t patient, bool *explained_r);  /* WHY_NONE: released */
enum why give_reason(struct world *w, struct person *x, uint32_t patient, const char *reason);
enum why prove(struct world *w, struct person *x, const char *reason, const char *unit);      /* by the key, or a code where the session is by code: of who has the second factor */
enum why why_of(struct gate_call **c);                     /* and frees it */

/* ---- replay_honest.c ---- */
struct tally { unsigned staff_days, openings, explained, reasons, proofs, stops, why[LADDER_WHYS] /* of the stops */, differs, ran_out; double read_us; unsigned long long reads; };
/* A candidate of a unit at a moment: -1 none. */
enum link { LINK_HERE, LINK_LEFT, LINK_BOOKED, LINK_ASKED, LINK_ANNOUNCED, LINK_CALL, LINK_LATE, LINK_NONE, LINKS };
int64_t somebody(struct world *w, struct person *x, enum link link, int64_t now);
#define EMERGENCY_STAFF 2 /* in STAFF */
void twin_place(struct world *w, struct person *x);         /* after x->away and x->call changed */
bool twin_goes(const struct person *x, uint32_t patient, bool apart, int64_t now, struct ladder_verdict *v_r); /* would it open? changes nothing */
void twin_opened(struct person *x, uint32_t patient, bool apart, int64_t now);
void work_day(struct world *w, unsigned day, struct tally t[N_STAFF]);

/* ---- replay_thieves.c ---- */
void thieves(struct world *w);
#endif
