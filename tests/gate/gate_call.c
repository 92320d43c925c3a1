/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/gate/gate_call.c: `gate_call DIR`: opens the vault of a directory that no server holds, and runs calls given as JSON lines on stdin; one answer a line.
 *   {"token","bearer","surface","from","asks":[["act",NAME,{ARG:VALUE}],["view",NAME,{…}],["read",NAME,TYPE,ID],["vread",NAME,TYPE,ID,VERSION],
 *    ["history",NAME,TYPE,ID,LIMIT,BEFORE],["search"|"plan",NAME,TYPE,QUERY,LIMIT]],"get":[[SET,COLUMN],…]}
 *   → {"rc","act_rc","why","where","about","http","explained","special","opened","opened_max","got":[[values of the column, row by row],…],"flat":base64 of all released rows}
 * An array of calls is posted as one list, so that they run beside each other. {"operator":true} → {"token"}. {"clock":MS} sets the clock of this process
 * (0: the real one again). {"close":true} closes and ends.
 * It believes nothing and checks nothing: the tests do. Called by tests/lib/vault.py. Start at main.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "gate/gate.h"

#define MOST 1024

struct run { struct gate *gate, *front /* whom calls are given to */; struct gate_lane *lane; struct arena arena; struct buf out; };

static struct str
text_at(const struct json *array, unsigned i)
{
	const struct json *v = json_at(array, i);
	return v ? json_text(v) : STR_NONE;
}

static const char *
z_at(struct run *r, const struct json *array, unsigned i)
{
	return arena_z(&r->arena, text_at(array, i));
}

static uint32_t
number_at(const struct json *array, unsigned i)
{
	uint64_t v = 0;
	return str_u64(text_at(array, i), &v) == RC_OK ? (uint32_t)v : 0;
}

static bool
put_ask(struct run *r, struct asks *a, const struct json *ask)
{
	struct str kind = text_at(ask, 0);
	const char *name = z_at(r, ask, 1);
	if (str_eq(kind, "act") || str_eq(kind, "view")) {
		if (str_eq(kind, "act"))
			ask_act(a, name);
		else
			ask_view(a, name);
		for json_each (c, json_at(ask, 2)) {
			if (!json_at(c, 0))
				ask_arg(a, arena_z(&r->arena, c->name), json_text(c));
			for json_each (each, json_at(c, 0) ? c : NULL) /* a list: a field that may repeat */
				ask_arg(a, arena_z(&r->arena, c->name), json_text(each));
		}
	} else if (str_eq(kind, "read"))
		ask_read(a, name, text_at(ask, 2), text_at(ask, 3));
	else if (str_eq(kind, "vread"))
		ask_vread(a, name, text_at(ask, 2), text_at(ask, 3), text_at(ask, 4));
	else if (str_eq(kind, "history"))
		ask_history(a, name, text_at(ask, 2), text_at(ask, 3), number_at(ask, 4), number_at(ask, 5));
	else if (str_eq(kind, "search"))
		ask_search(a, name, text_at(ask, 2), text_at(ask, 3), number_at(ask, 4));
	else if (str_eq(kind, "plan"))
		ask_plan(a, name, text_at(ask, 2), text_at(ask, 3), number_at(ask, 4));
	else if (str_eq(kind, "compartment"))
		ask_compartment(a, name, text_at(ask, 2), text_at(ask, 3), text_at(ask, 4));
	else if (str_eq(kind, "everything"))
		ask_everything(a, name, text_at(ask, 2), text_at(ask, 3), true);
	else if (str_eq(kind, "stay"))
		ask_stay(a, name, text_at(ask, 2), text_at(ask, 3));
	else if (str_eq(kind, "lastn"))
		ask_lastn(a, name, text_at(ask, 2));
	else if (str_eq(kind, "match"))
		ask_match(a, name, text_at(ask, 2));
	else if (str_eq(kind, "changes"))
		ask_changes(a, name, text_at(ask, 2), text_at(ask, 3));
	else
		return false;
	return true;
}

static struct gate_call *
make(struct run *r, const struct json *c)
{
	struct gate_call *call = gate_call_new();
	uint64_t surface = SURFACE_PAGE;
	MUST(call != NULL);
	(void)!str_u64(json_get_text(c, "surface"), &surface);
	call->surface = (enum surface)surface;
	call->route = "tests/gate_call";
	call->token = json_get_text(c, "token");
	call->bearer = str_eq(json_text(json_get(c, "bearer")), "true");
	call->from = json_get(c, "from") ? json_get_text(c, "from") : STR("127.0.0.1");
	call->touch = true;
	call->owner = (void *)(uintptr_t)c;
	for json_each (ask, json_get(c, "asks"))
		if (!put_ask(r, &call->asks, ask)) {
			fputs("gate_call: unknown kind of ask\n", stderr);
			exit(2);
		}
	return call;
}

static void
put_answer(struct jw *w, const struct gate_call *call)
{
	static const char *const RC[] = { "OK", "BAD_INPUT", "DENIED", "STEP_UP", "OVER_BUDGET", "NOT_FOUND", "GONE", "CONFLICT", "PRECONDITION", "LIMIT", "RETRY", "BROKEN" };
	const struct release *rel = call->release;
	const struct problem *p = release_problem(rel);
	struct str flat = release_rows(rel);
	struct buf b64;
	jw_object(w);
	jw_member(w, "rc", str_of(RC[release_rc(rel)]));
	jw_member(w, "act_rc", str_of(RC[release_act_rc(rel)]));
	jw_member(w, "why", str_of(why_row(p->why)->name));
	jw_member(w, "where", str_of(p->where));
	if (p->about[0] != '\0')
		jw_member(w, "about", str_of(p->about));
	jw_member(w, "explained", release_explained(rel, NULL));
	jw_key(w, "special");
	jw_bool(w, release_special(rel));
	jw_key(w, "opened");
	jw_i64(w, release_who(rel)->opened);
	jw_key(w, "opened_max");
	jw_i64(w, release_who(rel)->opened_max);
	jw_member(w, "role", str_of(role_code(release_who(rel)->role)));
	jw_key(w, "got");
	jw_array(w);
	for json_each (get, json_get(call->owner, "get")) {
		char set[80];
		snprintf(set, sizeof set, "%.*s", STR_ARG(text_at(get, 0)));
		char column[80];
		snprintf(column, sizeof column, "%.*s", STR_ARG(text_at(get, 1)));
		jw_array(w);
		for release_each (row, rel, set)
			jw_str(w, row_get(row, column));
		jw_end(w, ']');
	}
	jw_end(w, ']');
	buf_init(&b64, 128u << 20);
	base64_put(&b64, flat);
	jw_member(w, "flat", buf_view(&b64));
	buf_done(&b64);
	jw_end(w, '}');
}

static void
run_one(struct run *r, const struct json *c, struct jw *w)
{
	struct gate_call *call = make(r, c);
	bool is_command = call->surface == SURFACE_CLI || call->surface == SURFACE_IMPORT || call->surface == SURFACE_JOB;
	gate_run(is_command ? r->gate : r->front, call);
	put_answer(w, call);
	gate_call_done(&call);
}

/* Posted as one list; answers in the order of the calls. */
static void
run_many(struct run *r, const struct json *calls, struct jw *w)
{
	static struct gate_call *at[MOST];
	struct gate_call *head = NULL, **last = &head;
	unsigned n = 0, back = 0;
	MUST(calls->n <= MOST);
	for json_each (c, calls) {
		at[n] = make(r, c);
		*last = at[n];
		last = &at[n]->next;
		n++;
	}
	gate_post(r->front, r->lane, head);
	while (back < n) {
		struct pollfd fd = { .fd = gate_lane_fd(r->lane), .events = POLLIN };
		(void)poll(&fd, 1, 100);
		for (struct gate_call *c = gate_lane_take(r->lane); c; c = c->next)
			back++;
	}
	jw_array(w);
	for (unsigned i = 0; i < n; i++) {
		put_answer(w, at[i]);
		gate_call_done(&at[i]);
	}
	jw_end(w, ']');
}

static void
give_operator(struct run *r, struct jw *w)
{
	struct buf token;
	struct problem p = { 0 };
	buf_init(&token, 256);
	MUST(gate_operator(r->gate, &token, &p) == RC_OK);
	jw_object(w);
	jw_member(w, "token", buf_view(&token));
	jw_end(w, '}');
	buf_done(&token);
}

static void
set_clock(const struct json *root, struct jw *w)
{
	uint64_t ms = 0;
	MUST(str_u64(json_get_text(root, "clock"), &ms) == RC_OK);
	clock_set((int64_t)ms);
	jw_object(w);
	jw_end(w, '}');
}

static bool
run_line(struct run *r, struct str line)
{
	const struct json *root = NULL;
	struct problem p = { 0 };
	struct jw w;
	arena_reset(&r->arena);
	buf_reset(&r->out);
	if (json_parse(line, &r->arena, &root, &p) != RC_OK) {
		fprintf(stderr, "gate_call: %s at %s\n", why_row(p.why)->sentence, p.where);
		exit(2);
	}
	if (json_get(root, "close"))
		return false;
	jw_init(&w, &r->out);
	if (json_get(root, "operator"))
		give_operator(r, &w);
	else if (json_get(root, "clock"))
		set_clock(root, &w);
	else if (root->kind == JSON_ARRAY)
		run_many(r, root, &w);
	else
		run_one(r, root, &w);
	MUST(!r->out.failed);
	printf("%.*s\n", STR_ARG(buf_view(&r->out)));
	fflush(stdout);
	return true;
}

/* As a front process has it: its calls and their answers are frames over sockets. HYGIE_WALLS=0: no walls, the vault's own gate. */
static void
open_front(struct run *r)
{
	const char *walls = getenv("HYGIE_WALLS");
	struct problem p = { 0 };
	int pair[2];
	r->front = r->gate;
	if (walls != NULL && strcmp(walls, "0") == 0)
		return;
	MUST(gate_remote(1, &r->front, &p) == RC_OK);
	for (unsigned i = 0; i < 2; i++) {
		MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
		MUST(gate_door(r->gate, pair[0], getpid(), getuid(), &p) == RC_OK && gate_line(r->front, i, pair[1], &p) == RC_OK);
	}
}

int
main(int argc, char **argv)
{
	struct gate_settings s = { .dir = argc > 1 ? argv[1] : "", .workers = 2, .idle_ms = 15 * 60000, .absolute_ms = 12 * 3600000,
		.tables = getenv("HYGIE_DATA"), .passkey_name = "localhost", .passkey_origins = "https://localhost" };
	struct run r = { 0 };
	struct problem p = { 0 };
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	if (gate_open(&s, &r.gate, &p) != RC_OK) {
		fprintf(stderr, "gate_call: %s (%s)\n", why_row(p.why)->sentence, p.detail);
		return 1;
	}
	open_front(&r);
	r.lane = gate_lane_open(r.front);
	MUST(r.lane != NULL);
	arena_init(&r.arena, 256u << 20);
	buf_init(&r.out, 256u << 20);
	puts("{\"ready\":true}");
	fflush(stdout);
	while ((n = getline(&line, &cap, stdin)) > 0 && run_line(&r, (struct str){ line, (size_t)n }))
		continue;
	free(line);
	gate_lane_close(&r.lane);
	if (r.front != r.gate)
		gate_close(&r.front);
	gate_close(&r.gate);
	buf_done(&r.out);
	arena_done(&r.arena);
	return 0;
}
