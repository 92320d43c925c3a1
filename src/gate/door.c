/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/door.c: see door.h. Frames as in line.c. BARRIER: a front may be in a stranger's hand: each frame is checked byte by byte, each piece must come from the
 * process that the line was made for, what is queued for it is bounded, and one frame that no front writes ends this line and no other.
 * A line that ends takes nothing back: what was asked is decided, charged and recorded, only nobody hears of it. Start at run_door.
 */
#include "gate/door.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "fhir/extra.h"
#include "gate/line.h"
#include "gate/watch.h"
#include "gate/wire.h"
#include "record/record.h"

#define READ_AT_ONCE (256u << 10)
#define OUT_MOST ((size_t)128 << 20)  /* of answers that the front does not take; then nothing more is read from it */
#define CALLS_MOST 4096               /* under way: twice the connections of a front */
#define ASKS_MOST ((size_t)256 << 20) /* bytes of what is asked by the calls under way */
#define KEEP (4u << 20)

struct door {
	struct gate *g;
	struct door *next;
	pthread_t thread;
	int fd;
	pid_t pid;
	uid_t uid;
	struct gate_lane *lane;         /* at the first call: the side line mostly asks for figures */
	struct buf in, out;
	size_t out_at;
	uint32_t under_way;
	size_t asked;                   /* bytes, of the calls under way */
	bool over;                      /* under the lock */
};

struct doors { pthread_mutex_t lock; struct door *first; bool closing; };

/* What a call needs until it is back: gate_call only points to texts. */
struct held { uint32_t number; size_t asked; char route[104], from[72]; size_t n_token; char token[]; };

/* ---- reading ---- */

long door_frame(struct str bytes, uint32_t *number_r, enum frame_kind *kind_r, struct frame_call *call_r)
{
	struct wire w = { bytes, false };
	struct problem p;
	uint32_t n = wire_get_u32(&w);
	*number_r = wire_get_u32(&w);
	if (w.bad)
		return 0;
	if (n == 0 || n > FRAME_MAX)
		return -1;
	if (w.left.n < n)
		return 0;
	struct str flat = { w.left.p, n };
	*kind_r = (enum frame_kind)(unsigned char)flat.p[0];
	bool good = *kind_r == FRAME_FIGURES || *kind_r == FRAME_PARAMS || *kind_r == FRAME_UNWATCH ? n == 1 : *kind_r == FRAME_CALL && frame_read(flat, FROM_FRONT, call_r, &p) == RC_OK;
	return good ? (long)(LINE_FRAME_HEAD + n) : -1;
}

static struct gate_call *call_of(const struct frame_call *f, uint32_t number)
{
	struct gate_call *c = gate_call_new();
	struct held *h = malloc(sizeof *h + f->token.n);
	if (!c || !h) {
		gate_call_done(&c);
		free(h);
		return NULL;
	}
	h->number = number;
	h->asked = f->asks.n;
	memcpy(h->route, f->route.p, f->route.n);
	h->route[f->route.n] = '\0';
	memcpy(h->from, f->from.p, f->from.n);
	memcpy(h->token, f->token.p, f->token.n);
	h->n_token = f->token.n;
	c->surface = f->surface;
	c->bearer = f->bearer;
	c->touch = f->touch;
	c->route = h->route;
	c->token = (struct str){ h->token, f->token.n };
	c->from = (struct str){ h->from, f->from.n };
	c->owner = h;
	TASK_OF(c)->tag = number;
	buf_expect(&c->asks.flat, f->asks.n);
	buf_str(&c->asks.flat, f->asks);
	c->asks.n = f->alone ? 1 : 2; /* says only who runs it: what is asked is read by the one who decides */
	return c;
}

static void call_done(struct gate_call *c)
{
	struct held *h = c->owner;
	wipe(h->token, h->n_token);
	free(h);
	gate_call_done(&c);
}

/* ---- writing ---- */

static size_t answer_begin(struct door *d, uint32_t number)
{
	size_t from = d->out.n;
	wire_u32(&d->out, 0);
	wire_u32(&d->out, number);
	return from;
}

static void answer_end(struct door *d, size_t from)
{
	uint32_t n = (uint32_t)(d->out.n - from - LINE_FRAME_HEAD);
	for (int i = 0; i < 4 && !d->out.failed; i++)
		d->out.p[from + (size_t)i] = (char)(unsigned char)(n >> (8 * i));
}

/* Under load there may always be more to send: what has gone makes room. */
static bool sent_away(struct door *d)
{
	if (d->out_at < READ_AT_ONCE)
		return true;
	size_t left = d->out.n - d->out_at;
	memmove(d->out.p, d->out.p + d->out_at, left);
	wipe(d->out.p + left, d->out.n - left);
	d->out.n = left;
	d->out_at = 0;
	return true;
}

/* False: the front is gone. */
static bool push(struct door *d)
{
	while (d->out_at < d->out.n) {
		ssize_t put = send(d->fd, d->out.p + d->out_at, d->out.n - d->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put > 0)
			d->out_at += (size_t)put;
		else if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return sent_away(d);
		else if (put >= 0 || errno != EINTR)
			return false;
	}
	if (d->out.n > 0)
		wipe(d->out.p, d->out.n);
	d->out_at = 0;
	buf_reset(&d->out);
	if (d->out.cap > KEEP)
		buf_done(&d->out);
	return true;
}

/* What the gate has finished. An answer that does not fit is the end of the line: the front makes its own refusal of it. */
static bool hand_over(struct door *d)
{
	for (struct gate_call *c = d->lane ? gate_lane_take(d->lane) : NULL, *next; c; c = next) {
		const struct held *h = c->owner;
		next = c->next;
		size_t from = answer_begin(d, h->number);
		release_put(c->release, &d->out);
		answer_end(d, from);
		d->under_way--;
		d->asked -= h->asked;
		call_done(c);
	}
	return !d->out.failed && push(d);
}

static void answer_figures(struct door *d, uint32_t number)
{
	struct gate_stats s = gate_stats(d->g);
	const uint64_t all[] = { s.calls, s.released, s.refused, s.ledger_appended, s.flushes, s.decision_us_p50, s.decision_us_p99 };
	size_t from = answer_begin(d, number);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		wire_u64(&d->out, all[i]);
	answer_end(d, from);
}

static void answer_params(struct door *d, uint32_t number)
{
	size_t from = answer_begin(d, number);
	extra_put(record_params(), &d->out);
	answer_end(d, from);
}

/* ---- the thread ---- */

/* One piece, and who sent it. */
static ssize_t receive(struct door *d, char *to, size_t room)
{
	union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(struct ucred))]; } more;
	struct iovec at = { to, room };
	struct msghdr m = { .msg_iov = &at, .msg_iovlen = 1, .msg_control = &more, .msg_controllen = sizeof more };
	ssize_t got = recvmsg(d->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got <= 0)
		return got;
	struct ucred who = { 0 };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len == CMSG_LEN(sizeof who))
			memcpy(&who, CMSG_DATA(c), sizeof who);
	if (who.pid == d->pid && who.uid == d->uid)
		return got;
	log_event(LOG_ERROR, "line_stranger", LOG_N("process", who.pid), LOG_N("expected", d->pid), LOG_END);
	return 0;
}

/* All whole frames of what was read; the calls among them are one list. False: something that no front writes. */
static bool take_frames(struct door *d)
{
	struct gate_call *head = NULL, **tail = &head;
	size_t at = 0;
	bool good = true;
	for (;;) {
		struct frame_call f;
		enum frame_kind kind;
		uint32_t number;
		long took = door_frame((struct str){ d->in.p + at, d->in.n - at }, &number, &kind, &f);
		good = took >= 0;
		if (took <= 0)
			break;
		if (kind == FRAME_FIGURES)
			answer_figures(d, number);
		else if (kind == FRAME_PARAMS)
			answer_params(d, number);
		else if (kind == FRAME_UNWATCH)
			watch_cancel(d->g, d->lane, number == WATCH_ALL ? 0 : number);
		else if (d->lane || (d->lane = gate_lane_open(d->g)) != NULL)
			good = (*tail = call_of(&f, number)) != NULL;
		else
			good = false;
		if (!good)
			break;
		if (*tail) {
			d->asked += f.asks.n;
			d->under_way++;
			tail = &(*tail)->next;
		}
		at += (size_t)took;
	}
	if (head)
		gate_post(d->g, d->lane, head);
	size_t left = d->in.n - at;
	if (at > 0) {
		memmove(d->in.p, d->in.p + at, left);
		wipe(d->in.p + left, at);
		d->in.n = left;
	}
	if (left == 0 && d->in.cap > KEEP)
		buf_done(&d->in);
	return good && push(d);
}

static bool pull(struct door *d)
{
	if (d->in.cap - d->in.n < READ_AT_ONCE / 4)
		buf_expect(&d->in, d->in.n > READ_AT_ONCE ? d->in.n : READ_AT_ONCE);
	size_t room = d->in.cap - d->in.n;
	if (d->in.failed || room == 0)
		return false;
	ssize_t got = receive(d, d->in.p + d->in.n, room);
	if (got < 0)
		return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
	d->in.n += (size_t)got;
	if (got == 0)
		return false;
	if (take_frames(d))
		return true;
	log_event(LOG_ERROR, "line_garbled", LOG_N("process", d->pid), LOG_END);
	return false;
}

static void *run_door(void *ctx)
{
	struct door *d = ctx;
	for (bool good = true; good;) {
		bool waiting = d->out_at < d->out.n, reads = d->out.n - d->out_at < OUT_MOST && d->under_way < CALLS_MOST && d->asked < ASKS_MOST;
		struct pollfd fd[2] = { { .fd = d->fd, .events = (short)((reads ? POLLIN : 0) | (waiting ? POLLOUT : 0)) }, { .fd = d->lane ? gate_lane_fd(d->lane) : -1, .events = POLLIN } };
		if (poll(fd, 2, -1) < 0 && errno != EINTR)
			break;
		if (fd[1].revents)
			good = hand_over(d);
		if (good && (fd[0].revents & POLLOUT))
			good = push(d);
		if (good && (fd[0].revents & (POLLIN | POLLHUP | POLLERR)))
			good = reads || !(fd[0].revents & POLLIN) ? pull(d) : !(fd[0].revents & (POLLHUP | POLLERR));
	}
	shutdown(d->fd, SHUT_RDWR); /* the front hears of it at once */
	while (d->under_way > 0) {
		struct pollfd fd = { .fd = gate_lane_fd(d->lane), .events = POLLIN };
		watch_cancel(d->g, d->lane, WATCH_ALL);
		(void)poll(&fd, 1, 100);
		for (struct gate_call *c = gate_lane_take(d->lane), *next; c; c = next, d->under_way--) {
			next = c->next;
			call_done(c);
		}
	}
	gate_lane_close(&d->lane);
	pthread_mutex_lock(&d->g->doors->lock);
	d->over = true;
	bool closing = d->g->doors->closing;
	pthread_mutex_unlock(&d->g->doors->lock);
	if (!closing && d->g->set.line_ended)
		d->g->set.line_ended(d->pid);
	return NULL;
}

static void door_free(struct door *d)
{
	pthread_join(d->thread, NULL);
	close(d->fd);
	buf_done_wiped(&d->in);
	buf_done_wiped(&d->out);
	free(d);
}

/* Doors whose front is gone. */
static void sweep(struct doors *all)
{
	struct door *gone = NULL;
	pthread_mutex_lock(&all->lock);
	for (struct door **at = &all->first, *d; (d = *at) != NULL;)
		if (d->over) {
			*at = d->next;
			d->next = gone;
			gone = d;
		} else {
			at = &d->next;
		}
	pthread_mutex_unlock(&all->lock);
	for (struct door *next; gone; gone = next) {
		next = gone->next;
		door_free(gone);
	}
}

enum rc gate_door(struct gate *g, int fd, int pid, unsigned uid, struct problem *p)
{
	if (!g->doors) {
		g->doors = calloc(1, sizeof *g->doors);
		if (g->doors)
			pthread_mutex_init(&g->doors->lock, NULL);
	}
	struct door *d = g->doors ? calloc(1, sizeof *d) : NULL;
	if (!d) {
		close(fd);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for a front's line");
	}
	sweep(g->doors);
	*d = (struct door){ .g = g, .fd = fd, .pid = pid, .uid = uid };
	buf_init(&d->in, FRAME_MAX + READ_AT_ONCE);
	buf_init(&d->out, OUT_MOST + 2 * (size_t)FRAME_MAX);
	int one = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof one) != 0 || pthread_create(&d->thread, NULL, run_door, d) != 0) {
		close(fd);
		free(d);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no thread for a front's line");
	}
	pthread_mutex_lock(&g->doors->lock);
	d->next = g->doors->first;
	g->doors->first = d;
	pthread_mutex_unlock(&g->doors->lock);
	return RC_OK;
}

void doors_close(struct gate *g)
{
	struct doors *all = g->doors;
	if (!all)
		return;
	pthread_mutex_lock(&all->lock);
	for (struct door *d = all->first; d; d = d->next)
		shutdown(d->fd, SHUT_RD);
	struct door *first = all->first;
	all->first = NULL;
	all->closing = true;
	pthread_mutex_unlock(&all->lock);
	for (struct door *next; first; first = next) {
		next = first->next;
		door_free(first);
	}
	pthread_mutex_destroy(&all->lock);
	free(all);
	g->doors = NULL;
}
