/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/listen.h: the gate for another process of the same user on this machine: frames of u32 length and flat bytes over DIR/gate.sock.
 * Everything in a frame is checked as if it came from outside. Called by local.c and worker.c (gate_run of a connection). gate.h has the rest.
 */
#ifndef HYGIE_GATE_LISTEN_H
#define HYGIE_GATE_LISTEN_H

#include "gate/inside.h"

void listen_close(struct gate *g);                          /* ends connections and their threads */
void remote_queue(struct gate *g, struct task *list);        /* to the server, a few at once; each comes back to its lane */
void remote_close(struct gate *g);
enum rc remote_keys_rotate(struct gate *g, struct gate_progress *progress, struct problem *p) CHECKED;
enum rc remote_operator(struct gate *g, struct buf *token_r, struct problem *p) CHECKED;

#define FRAME_MAX (72u << 20)
/* The call in a frame, for the server's side and the fuzzer: strict. route_r: a copy that the frame's owner frees with the call. */
struct frame_call { enum surface surface; bool bearer, touch; struct str route, token, from, asks; };
enum rc frame_read(struct str flat, struct frame_call *f_r, struct problem *p) CHECKED;
void frame_write(const struct gate_call *call, struct buf *out);
#endif
