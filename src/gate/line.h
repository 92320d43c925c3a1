/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/line.h: a front process' side of the gate: lanes whose calls go to the vault over a socket and whose releases come back over it, a turn's list in one
 * write. No thread of its own: the front's loop waits for line_fd and takes. Called by worker.c (lanes), call.c, local.c. gate.h has the rest. Start at line_post.
 */
#ifndef HYGIE_GATE_LINE_H
#define HYGIE_GATE_LINE_H

#include "gate/inside.h"

struct line;
/* Frames of FRAME_UNWATCH carry the number of the call. */
struct line *line_open(struct gate *g);                      /* of the next lane; NULL: there are no more */
int line_fd(const struct line *l);                           /* readable when calls are back */
void line_post(struct line *l, struct gate_call *list);
struct gate_call *line_take(struct line *l);                 /* all that are back, in the order in which they came */
void line_unwatch(struct line *l, uint32_t tag);             /* that call, a wait, comes back soon */
void line_wait(struct line *l);                              /* until nothing is under way */
void line_run(struct gate *g, struct gate_call *call);       /* one call on the side line, waited for */
struct gate_stats line_figures(struct gate *g);              /* the vault's; nothing when it does not answer */
void lines_close(struct gate *g);

#define LINE_FRAME_HEAD 8                                    /* u32 bytes that follow the number, u32 number of the call */
#endif
