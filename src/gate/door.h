/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/door.h: the vault's side of a front's line: a thread that reads calls, posts those that came together as one list, and writes the releases that are back in
 * one piece. It is a caller of the gate like any front of the same process, and is believed no more. Called by local.c (closing); gate_door is in gate.h.
 */
#ifndef HYGIE_GATE_DOOR_H
#define HYGIE_GATE_DOOR_H

#include "gate/inside.h"

void doors_close(struct gate *g);                            /* what is under way is finished and recorded; answers nobody */

/*
 * The reader of a front's bytes, apart for the fuzzer. Takes one whole frame from the start of bytes: how many it took; 0: more bytes are needed; -1: no front
 * writes this. kind_r: FRAME_CALL with call_r, FRAME_FIGURES or FRAME_PARAMS.
 */
#include "gate/listen.h"
long door_frame(struct str bytes, uint32_t *number_r, enum frame_kind *kind_r, struct frame_call *call_r);
#endif
