/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/asks.h: what one request wants, read out of its flat buffer. The writer's side (ask_view …) is in gate.h. The reader believes nothing: it serves
 * frames from another process as well as our own pages. Pure. Called by decide.c, act.c, listen.c. Start at asks_read.
 */
#ifndef HYGIE_GATE_ASKS_H
#define HYGIE_GATE_ASKS_H

#include "codec/url.h"
#include "gate/gate.h"

enum ask_kind { ASK_ACT = 1, ASK_VIEW, ASK_ARG, ASK_READ, ASK_VREAD, ASK_HISTORY, ASK_SEARCH, ASK_PLAN,
	ASK_COMPARTMENT, ASK_EVERYTHING, ASK_LASTN, ASK_MATCH, ASK_CHANGES, ASK_KEEP, ASK__END };
struct ask {
	enum ask_kind kind;
	struct str name;              /* of the act or view; for FHIR asks the set that the rows go to. NUL-terminated */
	struct str type, id, version, query;
	uint32_t limit, before;
	bool lenient;                 /* ASK_SEARCH, ASK_PLAN */
	const struct pair *args; size_t n_args;
};
struct ask_keep { struct str form, text; };           /* text.n 0: nothing is to be kept */
struct ask_list { const struct ask *at; size_t n; struct ask_keep keep; /* not counted in n: it reads nothing and does nothing */ };

#define ASKS_MAX 32
#define ASK_ARGS_MAX 256
#define ASKS_BYTES (64u << 20) /* an import call or a bundle is the largest; pages stay under 4 KiB */
#define ASK_ROWS_MAX 1000

/* Points into flat. RC_BAD_INPUT (BAD_REQUEST) for anything that the writer would not have written: order, lengths, names, numbers. */
enum rc asks_read(struct str flat, struct arena *a, struct ask_list *out_r, struct problem *p) CHECKED;
bool asks_is_read(const struct asks *a); /* begins with one read of a resource by its id */
bool asks_is_act(const struct asks *a);
bool asks_is_name(struct str s);  /* [a-z][a-z0-9_.-]{0,63} with inner capitals allowed: set names such as "AllergyIntolerance" */
#endif
