/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_gate.h: a gate that decides what a test tells it to, for the tests of front and api: asks become a line of text, releases are filled by the test.
 * It implements what front and api call of gate.h. Start at fake_decide.
 */
#ifndef HYGIE_TEST_FAKE_GATE_H
#define HYGIE_TEST_FAKE_GATE_H

#include "gate/gate.h"

struct release { enum rc rc, act_rc; struct problem problem; struct rows rows; struct release_who who; };

/* Called for each posted call on a thread of the fake; asked is "view NAME arg=value | act NAME … | search it Type query". */
extern void (*fake_decide)(const struct gate_call *call, struct str asked, struct release *r);
extern char fake_kept[];                 /* by ask_keep, last: "FORM TEXT" */
void fake_hold(bool hold);               /* finished calls are kept back */
unsigned fake_posted(void);              /* calls so far */
unsigned fake_done(void);                /* calls freed so far */
unsigned fake_lists(void);               /* gate_post calls so far */
void fake_refuse(struct release *r, enum rc rc, enum why why, const char *where);
#endif
