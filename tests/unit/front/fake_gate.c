/* SPDX-License-Identifier: Apache-2.0 */
/* fake_gate.c: see fake_gate.h. One thread decides all calls in order. */
#include "fake_gate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct gate_lane { int fd; struct gate_call *ready, **last; unsigned out; };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static struct waiting { struct gate_call *call; struct gate_lane *lane; struct waiting *next; } *first, **last = &first;
static bool held, running;
static _Atomic unsigned posted, done, lists;
void (*fake_decide)(const struct gate_call *call, struct str asked, struct release *r);

void
asks_init(struct asks *a)
{
	buf_init(&a->flat, 64 << 20);
	a->n = 0;
}

void
asks_done(struct asks *a)
{
	buf_done(&a->flat);
}

static void
add(struct asks *a, const char *kind, const char *name)
{
	if (a->n++)
		buf_z(&a->flat, " | ");
	buf_z(&a->flat, kind);
	buf_ch(&a->flat, ' ');
	buf_z(&a->flat, name);
}

static void
more(struct asks *a, struct str s)
{
	buf_ch(&a->flat, ' ');
	buf_str(&a->flat, s);
}

void ask_view(struct asks *a, const char *view) { add(a, "view", view); }
void ask_act(struct asks *a, const char *act) { add(a, "act", act); }

char fake_kept[KEEP_MAX + KEEP_FORM_MAX + 2];

void
ask_keep(struct asks *a, struct str form, struct str text)
{
	(void)a;
	(void)snprintf(fake_kept, sizeof fake_kept, "%.*s %.*s", STR_ARG(form), STR_ARG(text));
}

void
ask_arg(struct asks *a, const char *name, struct str value)
{
	more(a, str_of(name));
	buf_ch(&a->flat, '=');
	buf_str(&a->flat, value);
}

void
ask_read(struct asks *a, const char *name, struct str type, struct str id)
{
	add(a, "read", name);
	more(a, type);
	more(a, id);
}

void
ask_vread(struct asks *a, const char *name, struct str type, struct str id, struct str version)
{
	add(a, "vread", name);
	more(a, type);
	more(a, id);
	more(a, version);
}

void
ask_history(struct asks *a, const char *name, struct str type, struct str id, uint32_t limit, uint32_t before)
{
	add(a, "history", name);
	more(a, type);
	more(a, id);
	buf_ch(&a->flat, ' ');
	buf_u64(&a->flat, limit);
	buf_ch(&a->flat, ' ');
	buf_u64(&a->flat, before);
}

void
ask_search(struct asks *a, const char *name, struct str type, struct str query, uint32_t limit)
{
	(void)limit;
	add(a, "search", name);
	more(a, type);
	more(a, query);
}

struct gate_call *
gate_call_new(void)
{
	struct gate_call *c = calloc(1, sizeof *c);
	if (c)
		asks_init(&c->asks);
	return c;
}

void
gate_call_done(struct gate_call **call)
{
	struct gate_call *c = *call;
	asks_done(&c->asks);
	if (c->release) {
		rows_done(&c->release->rows);
		free(c->release);
		done++;
	}
	free(c);
	*call = NULL;
}

static void
decide(struct waiting *w)
{
	struct release *r = calloc(1, sizeof *r);
	MUST(r);
	rows_init(&r->rows, 1 << 24);
	r->who.role = ROLE_PHYSICIAN;
	if (fake_decide)
		fake_decide(w->call, buf_view(&w->call->asks.flat), r);
	rows_end(&r->rows);
	w->call->release = r;
}

static void *
work(void *arg)
{
	(void)arg;
	(void)pthread_mutex_lock(&lock);
	for (;;) {
		while (!first || held)
			(void)pthread_cond_wait(&turned, &lock);
		struct waiting *w = first;
		if (!(first = w->next))
			last = &first;
		(void)pthread_mutex_unlock(&lock);
		decide(w);
		(void)pthread_mutex_lock(&lock);
		w->call->next = NULL;
		*w->lane->last = w->call;
		w->lane->last = &w->call->next;
		uint64_t one = 1;
		MUST(write(w->lane->fd, &one, sizeof one) == sizeof one);
		free(w);
	}
	return NULL;
}

struct gate_lane *
gate_lane_open(struct gate *g)
{
	struct gate_lane *l = calloc(1, sizeof *l);
	pthread_t t;
	(void)g;
	MUST(l);
	l->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	l->last = &l->ready;
	(void)pthread_mutex_lock(&lock);
	if (!running)
		MUST(pthread_create(&t, NULL, work, NULL) == 0);
	running = true;
	(void)pthread_mutex_unlock(&lock);
	return l;
}

int
gate_lane_fd(const struct gate_lane *lane)
{
	return lane->fd;
}

struct gate_call *
gate_lane_take(struct gate_lane *l)
{
	uint64_t n;
	(void)pthread_mutex_lock(&lock);
	(void)!read(l->fd, &n, sizeof n);
	struct gate_call *c = l->ready;
	l->ready = NULL;
	l->last = &l->ready;
	(void)pthread_mutex_unlock(&lock);
	return c;
}

void
gate_lane_close(struct gate_lane **lane)
{
	(void)close((*lane)->fd);
	free(*lane);
	*lane = NULL;
}

void
gate_post(struct gate *g, struct gate_lane *lane, struct gate_call *list)
{
	(void)g;
	lists++;
	(void)pthread_mutex_lock(&lock);
	for (struct gate_call *c = list, *next; c; c = next) {
		struct waiting *w = calloc(1, sizeof *w);
		MUST(w);
		next = c->next;
		*w = (struct waiting){ c, lane, NULL };
		*last = w;
		last = &w->next;
		posted++;
	}
	(void)pthread_cond_signal(&turned);
	(void)pthread_mutex_unlock(&lock);
}

void
fake_hold(bool hold)
{
	(void)pthread_mutex_lock(&lock);
	held = hold;
	(void)pthread_cond_signal(&turned);
	(void)pthread_mutex_unlock(&lock);
}

unsigned fake_posted(void) { return posted; }
unsigned fake_done(void) { return done; }
unsigned fake_lists(void) { return lists; }

void
fake_refuse(struct release *r, enum rc rc, enum why why, const char *where)
{
	r->rc = problem_set(&r->problem, rc, why, where, "fake");
}

enum rc release_rc(const struct release *r) { return r->rc; }
enum rc release_act_rc(const struct release *r) { return r->act_rc; }
const struct problem *release_problem(const struct release *r) { return &r->problem; }
struct str release_rows(const struct release *r) { return buf_view(&r->rows.out); }
const struct release_who *release_who(const struct release *r) { return &r->who; }
void gate_unwatch(struct gate_lane *lane, struct gate_call *call) { (void)lane; (void)call; }
bool release_may(const struct release *r, enum may may) { return r->who.role != ROLE_NONE && !(may & MAY_MANAGE); }

bool
gate_is_there(struct gate *g)
{
	(void)g;
	return true;
}

struct gate_stats
gate_stats(struct gate *g)
{
	(void)g;
	return (struct gate_stats){ .calls = posted };
}
