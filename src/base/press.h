/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/press.h: from a paper (base/paper.h) to its PDF, drawn by a press: a process of its own that renders one paper and ends, with no network, no files, and caps on memory
 * and time (src/worker; cli/presses.c starts them). A caller hands its paper over a counter, a socket that it was given at its start, with a pipe for the answer; whichever press
 * is free takes it. A press that breaks, or takes over PRESS_RENDER_MS, is one refused paper and nothing else.
 * Called by hospital (an act's prepare), front (a page's answer), cli. Start at press_pdf.
 */
#ifndef HYGIE_BASE_PRESS_H
#define HYGIE_BASE_PRESS_H

#include <sys/types.h>

#include "base/paper.h"

#define PRESS_PDF_MOST (8u << 20)     /* bytes of one PDF */
#define PRESS_RENDER_MS 2000          /* a press ends itself after so long */
#define PRESS_WAIT_MS 6000            /* until a caller gives up: others may be before it */

void press_use(int counter);          /* at start, before other threads; -1: this process has no press */
/*
 * Draws and waits: up to PRESS_WAIT_MS. Any thread that may wait: in an act's prepare (whose row says .slow), never in its run, never in a page's show.
 * pdf is begun here (buf_init) and freed by the caller in every case.
 * RETRY PRESS_AWAY: no press in this process, too many papers wait, or the press did not answer in time. BAD_INPUT PAPER_BAD: the press refused it, or could not draw it.
 */
enum rc press_pdf(struct str paper, struct buf *pdf, struct problem *p) CHECKED;

/* The same for a loop that must not wait: hand over, watch the descriptor (readable: take), take until it is whole or refused. */
struct press_order { int answer; uint64_t since_ns; struct buf pdf; };
enum rc press_ask(struct str paper, struct press_order *o, struct problem *p) CHECKED;      /* same problems; on OK o->answer is to be watched */
enum rc press_take(struct press_order *o, bool *whole_r, struct problem *p) CHECKED;        /* OK and not whole: there is more to come, or nothing was there */
void press_drop(struct press_order *o);                                                      /* closes and frees; idempotent */

/* ---- the press's side ---- */
enum { PRESS_DONE = 'P', PRESS_REFUSED = 'R' };
struct press_answer { char state; char pad[3]; uint32_t n; }; /* before n bytes of PDF: same machine, as it lies in memory */
/* The next paper of this counter, if one is there: its bytes, and where its answer goes. -1: none, or what came is no order (its descriptor is closed). */
ssize_t press_read(int counter, void *room, size_t n, int *answer_r);
#endif
