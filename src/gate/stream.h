/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/stream.h: gate_stream: exports that were taken are sealed to their recipient by one thread, a bounded number of lines a second for the whole house, each
 * piece only after its entry in the ledger is durable. Files lie sealed in DIR/exports until they were received or the ticket's time is over. After a stop or a crash it goes
 * on behind the last whole file; a ticket that no longer holds is cut, its files are thrown away, and it says how many lines the ledger has of it. Called by local.c, act.c, own.c. Start at work.
 */
#ifndef HYGIE_GATE_STREAM_H
#define HYGIE_GATE_STREAM_H

#include "db/dir.h"
#include "gate/decide.h"

#define STREAM_PATH (DIR_PATH + 64)
#define STREAM_ROWS_PER_S 200        /* SECURITY 7.5: slow enough for somebody to stop it */
#define STREAM_CHUNK 50              /* lines to one entry */
#define STREAM_FILE (32u << 20)      /* bytes of a file, about: then the next part begins */
#define STREAM_NOTE "export"         /* of a RELEASE: lines of the export `about`; route says the same. Never reworded */
#define STREAM_FILE_NOTE "export_file" /* the file is whole: rows are its lines, text its part and SHA-256 */
#define STREAM_END_NOTE "export_end"   /* it is over and sealed: rows are all lines */
#define STREAM_AGAIN_NOTE "export_again" /* the server ended meanwhile: rows are lines that no whole file holds, which go again */
#define STREAM_CUT_NOTE "export_cut"   /* it ended before: rows are the lines that went */

enum rc stream_open(struct gate *g, struct problem *p) CHECKED;  /* what a stop or a crash left under way goes on */
void stream_close(struct gate *g);   /* a run under way is cut */
void stream_free(struct gate *g);    /* once nobody wakes it any more */
void stream_wake(struct gate *g);
void stream_judge(struct gate *g, struct judge *j_r);            /* what hospital asks the gate */
void stream_path(const struct gate *g, int64_t no, unsigned part, char path[STREAM_PATH]);   /* of a sealed file */
/* stream_file.c. A view of the gate's own: "export_file": no, part → set "file": type, data (sealed bytes). */
enum rc stream_file(struct look *l, const struct ask *k, struct rows *out, struct problem *p) CHECKED;
#endif
