/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/listen.h: the gate for another process of the same user on this machine: frames of u32 length and flat bytes over DIR/gate.sock.
 * Everything in a frame is checked as if it came from outside. Called by local.c and worker.c (gate_run of a connection); its frames by line.c and door.c too.
 */
#ifndef HYGIE_GATE_LISTEN_H
#define HYGIE_GATE_LISTEN_H

#include "gate/inside.h"

void listen_close(struct gate *g);                          /* ends connections and their threads */
void remote_queue(struct gate *g, struct task *list);        /* to the server, a few at once; each comes back to its lane */
void remote_close(struct gate *g);
enum rc remote_keys_rotate(struct gate *g, struct gate_progress *progress, struct problem *p) CHECKED;
enum rc remote_forget(struct gate *g, int64_t before_ms, struct gate_progress *progress, struct problem *p) CHECKED;
enum rc remote_operator(struct gate *g, struct buf *token_r, struct problem *p) CHECKED;

#define FRAME_MAX (72u << 20)
/* Operators' commands come over the socket (CALL, OPERATOR, ROTATE, FORGET), pages and API over a front's line (CALL, FIGURES, PARAMS, UNWATCH): neither may speak as the other. */
enum frame_kind { FRAME_CALL = 1, FRAME_OPERATOR, FRAME_ROTATE, FRAME_FIGURES, FRAME_PARAMS, FRAME_FORGET, FRAME_UNWATCH };
enum frame_from { FROM_OPERATOR, FROM_FRONT };
/* The call in a frame, for the server's side and the fuzzer: strict. Its texts point into flat. */
struct frame_call { enum surface surface; bool bearer, touch, alone /* one ask */; struct str route, token, from, asks; };
enum rc frame_read(struct str flat, enum frame_from from, struct frame_call *f_r, struct problem *p) CHECKED;
void frame_write(const struct gate_call *call, struct buf *out);
#endif
