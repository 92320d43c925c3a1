/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/release.h: the inside of a release: the answer to one call. Only the gate's files include this, so only the gate can make one.
 * Rows under construction live here too: they become readable for the caller only because the lane hands the release over, after its entry is durable.
 * Called by decide.c, act.c, enter.c, worker.c, listen.c. Start at struct release.
 */
#ifndef HYGIE_GATE_RELEASE_H
#define HYGIE_GATE_RELEASE_H

#include "gate/gate.h"

#define RELEASE_WHO_BYTES 512
#define RELEASE_ROWS_MAX (64u << 20)

struct release {
	enum rc rc, act_rc;
	uint32_t may;
	bool has_rows;                     /* rows were begun */
	bool secret;                       /* rows hold a new token: wiped when freed */
	const char *explained;             /* literal */
	int64_t explained_until_ms;
	bool special;
	struct rows rows;
	struct problem problem;
	uint64_t version;
	struct release_who who;            /* its strings point into text */
	size_t text_n;
	char text[RELEASE_WHO_BYTES];
};

struct release *release_new(void);     /* NULL: no memory */
void release_free(struct release **r);
struct rows *release_open(struct release *r);                          /* rows to write into, begun at first use */
/* Refuse: rows are wiped and dropped (but for issues when keep_issues), rc and problem set. */
void release_refuse(struct release *r, const struct problem *p);
struct str release_keep(struct release *r, struct str s);              /* copy into text; cut at a character when there is no room */
/* Flat form for a frame, and back (strict: RC_BAD_INPUT). */
void release_put(const struct release *r, struct buf *out);
enum rc release_take(struct str flat, struct release **r_r, struct problem *p) CHECKED;
#endif
