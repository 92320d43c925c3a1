/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/line.c: see line.h. Frames both ways: u32 bytes, u32 number, flat bytes; a release carries the number of its call, so many are under way and come back in
 * any order. Must never lose a call: each comes back with a release, made here when the vault went away; never answer one twice: a number is free again only then.
 * A full socket is waited for, while what comes is taken in, so that neither side waits for the other.
 */
#include "gate/line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "fhir/extra.h"
#include "gate/listen.h"
#include "gate/wire.h"
#include "record/record.h"

#define READ_AT_ONCE (256u << 10)
#define SEND_AT_ONCE (1u << 20)
#define KEEP (4u << 20)            /* a buffer that a large answer made larger is given back */
#define SIDE_MS 5000

struct line {
	pthread_mutex_t lock;
	int fd;                         /* -1: no vault */
	int ready, wake;                /* epoll of fd and wake; eventfd: there is something back that no byte on fd will tell of */
	bool opened;
	struct buf out, in;
	struct gate_call **at; uint32_t n, *spare, n_spare; /* by number: calls under way */
	uint32_t under_way;
	struct gate_call *head, **tail; /* back */
};

struct lines {
	unsigned n;                     /* lanes; one more is the side line */
	pthread_mutex_t side;           /* one at a time waits on it */
	uint32_t number;                /* of what was asked last there */
	_Atomic uint32_t came;          /* how often the side line got a vault */
	uint32_t known;                 /* of which of these params are */
	struct fhir_extra *params[16];  /* all that were handed out: pages may still read an older one */
	unsigned n_params;
	struct line at[];
};

static struct gate *front;         /* this process' gate, for gate_params; NULL: the vault is in this process */

/* ---- one line, locked ---- */

static void back(struct line *l, struct gate_call *c)
{
	c->next = NULL;
	*l->tail = c;
	l->tail = &c->next;
}

static void refuse(struct line *l, struct gate_call *c, enum why why)
{
	struct problem p;
	release_free(&c->release);
	MUST((c->release = release_new()) != NULL);
	(void)!problem_set(&p, why == WHY_TOO_BIG ? RC_LIMIT : RC_RETRY, why, "", "line to the vault");
	release_refuse(c->release, &p);
	back(l, c);
}

static void tell(struct line *l)
{
	uint64_t one = 1;
	if (write(l->wake, &one, sizeof one) < 0)
		log_event(LOG_ERROR, "line_wake", LOG_END);
}

static void lost(struct line *l)
{
	if (l->fd < 0)
		return;
	close(l->fd); /* leaves the epoll by itself */
	l->fd = -1;
	buf_done_wiped(&l->in);
	buf_done_wiped(&l->out);
	for (uint32_t i = 0; i < l->n; i++)
		if (l->at[i]) {
			refuse(l, l->at[i], WHY_VAULT_LOST);
			l->at[i] = NULL;
			l->spare[l->n_spare++] = i;
		}
	l->under_way = 0;
	tell(l);
}

static bool grow(struct line *l)
{
	uint32_t n = l->n ? 2 * l->n : 64;
	struct gate_call **at = realloc(l->at, n * sizeof *at);
	if (at)
		l->at = at;
	uint32_t *spare = at ? realloc(l->spare, n * sizeof *spare) : NULL;
	if (!spare)
		return false;
	l->spare = spare;
	for (uint32_t i = n; i-- > l->n;) {
		l->at[i] = NULL;
		l->spare[l->n_spare++] = i;
	}
	l->n = n;
	return true;
}

static void put_u32(char *at, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		at[i] = (char)(unsigned char)v;
}

/* One frame at the end of out; what it takes is known only when it stands. */
static bool frame_put(struct line *l, uint32_t number, const struct gate_call *c)
{
	size_t from = l->out.n;
	wire_u32(&l->out, 0);
	wire_u32(&l->out, number);
	frame_write(c, &l->out);
	if (l->out.failed) {
		l->out.failed = false;
		l->out.n = from;
		return false;
	}
	put_u32(l->out.p + from, (uint32_t)(l->out.n - from - LINE_FRAME_HEAD));
	return true;
}

/* A whole answer. False: the vault said what it cannot say. */
static bool take_frame(struct line *l, uint32_t number, struct str flat)
{
	struct problem p;
	if (number >= l->n || !l->at[number])
		return false;
	struct gate_call *c = l->at[number];
	release_free(&c->release);
	if (release_take(flat, &c->release, &p) != RC_OK)
		return false;
	l->at[number] = NULL;
	l->spare[l->n_spare++] = number;
	l->under_way--;
	back(l, c);
	return true;
}

static bool take_frames(struct line *l)
{
	size_t at = 0;
	while (l->in.n - at >= LINE_FRAME_HEAD) {
		struct wire w = { { l->in.p + at, LINE_FRAME_HEAD }, false };
		uint32_t n = wire_get_u32(&w), number = wire_get_u32(&w);
		if (n > FRAME_MAX)
			return false;
		if (l->in.n - at - LINE_FRAME_HEAD < n) {
			buf_expect(&l->in, n); /* at once, not by doubling */
			break;
		}
		if (!take_frame(l, number, (struct str){ l->in.p + at + LINE_FRAME_HEAD, n }))
			return false;
		at += LINE_FRAME_HEAD + n;
	}
	if (at == 0)
		return !l->in.failed;
	/* What patients' data was in there goes with its answer. */
	size_t left = l->in.n - at, all = l->in.n;
	memmove(l->in.p, l->in.p + at, left);
	wipe(l->in.p + left, all - left);
	l->in.n = left;
	if (left == 0 && l->in.cap > KEEP)
		buf_done_wiped(&l->in);
	return true;
}

/* What lies in the socket now. */
static void pull(struct line *l)
{
	while (l->fd >= 0) {
		size_t room = l->in.cap - l->in.n;
		if (room < READ_AT_ONCE / 4)
			buf_expect(&l->in, READ_AT_ONCE);
		room = l->in.cap - l->in.n;
		ssize_t got = room && !l->in.failed ? recv(l->fd, l->in.p + l->in.n, room, MSG_DONTWAIT) : 0;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (got > 0)
			l->in.n += (size_t)got;
		if (got <= 0 || !take_frames(l))
			lost(l);
		else if ((size_t)got < room)
			return;
	}
}

static void push(struct line *l)
{
	size_t at = 0;
	while (l->fd >= 0 && at < l->out.n) {
		ssize_t put = send(l->fd, l->out.p + at, l->out.n - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put > 0) {
			at += (size_t)put;
		} else if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			struct pollfd fd = { .fd = l->fd, .events = POLLIN | POLLOUT };
			(void)poll(&fd, 1, 1000);
			if (fd.revents & (POLLIN | POLLHUP | POLLERR)) {
				pull(l);
				tell(l);
			}
		} else if (put >= 0 || errno != EINTR) {
			lost(l);
		}
	}
	if (l->fd < 0)
		return;
	wipe(l->out.p, l->out.n); /* passwords and tokens were in it */
	buf_reset(&l->out);
	if (l->out.cap > KEEP)
		buf_done(&l->out);
}

static void send_one(struct line *l, struct gate_call *c)
{
	if (l->fd < 0 || (l->n_spare == 0 && !grow(l))) {
		refuse(l, c, WHY_VAULT_DOWN);
		tell(l);
		return;
	}
	uint32_t number = l->spare[l->n_spare - 1];
	if (!frame_put(l, number, c)) {
		refuse(l, c, WHY_TOO_BIG);
		tell(l);
		return;
	}
	l->n_spare--;
	l->at[number] = c;
	TASK_OF(c)->tag = number;
	l->under_way++;
	if (l->out.n >= SEND_AT_ONCE)
		push(l);
}

static bool line_init(struct line *l)
{
	*l = (struct line){ .fd = -1, .ready = epoll_create1(EPOLL_CLOEXEC), .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	pthread_mutex_init(&l->lock, NULL);
	buf_init(&l->in, FRAME_MAX + SEND_AT_ONCE);
	buf_init(&l->out, FRAME_MAX + SEND_AT_ONCE);
	l->tail = &l->head;
	struct epoll_event ev = { .events = EPOLLIN };
	return l->ready >= 0 && l->wake >= 0 && epoll_ctl(l->ready, EPOLL_CTL_ADD, l->wake, &ev) == 0;
}

static void line_done(struct line *l)
{
	lost(l);
	buf_done_wiped(&l->in);
	buf_done_wiped(&l->out);
	if (l->ready >= 0)
		close(l->ready);
	if (l->wake >= 0)
		close(l->wake);
	free(l->at);
	free(l->spare);
	pthread_mutex_destroy(&l->lock);
}

/* ---- lanes ---- */

struct line *line_open(struct gate *g)
{
	for (unsigned i = 0; i < g->lines->n; i++) {
		struct line *l = &g->lines->at[i];
		pthread_mutex_lock(&l->lock);
		bool mine = !l->opened;
		l->opened = true;
		pthread_mutex_unlock(&l->lock);
		if (mine)
			return l;
	}
	return NULL;
}

int line_fd(const struct line *l) { return l->ready; }

void line_post(struct line *l, struct gate_call *list)
{
	pthread_mutex_lock(&l->lock);
	for (struct gate_call *c = list, *next; c; c = next) {
		next = c->next;
		send_one(l, c);
	}
	push(l);
	pthread_mutex_unlock(&l->lock);
}

void line_unwatch(struct line *l, uint32_t tag)
{
	pthread_mutex_lock(&l->lock);
	if (l->fd >= 0 && tag < l->n && l->at[tag]) {
		wire_u32(&l->out, 1);
		wire_u32(&l->out, tag);
		wire_u8(&l->out, FRAME_UNWATCH);
		if (l->out.failed)
			lost(l);
		push(l);
	}
	pthread_mutex_unlock(&l->lock);
}

struct gate_call *line_take(struct line *l)
{
	uint64_t n;
	pthread_mutex_lock(&l->lock);
	pull(l);
	if (read(l->wake, &n, sizeof n) < 0)
		n = 0; /* nothing was signalled: the list is the truth */
	struct gate_call *list = l->head;
	l->head = NULL;
	l->tail = &l->head;
	pthread_mutex_unlock(&l->lock);
	return list;
}

void line_wait(struct line *l)
{
	for (;;) {
		pthread_mutex_lock(&l->lock);
		pull(l);
		bool idle = l->under_way == 0;
		pthread_mutex_unlock(&l->lock);
		if (idle)
			return;
		struct pollfd fd = { .fd = l->ready, .events = POLLIN };
		(void)poll(&fd, 1, 100);
	}
}

/* ---- the side line: one question at a time, waited for ---- */

static bool send_all(int fd, const char *at, size_t n)
{
	while (n > 0) {
		ssize_t put = send(fd, at, n, MSG_NOSIGNAL);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		n -= (size_t)put;
	}
	return true;
}

static bool read_all(int fd, char *at, size_t n, uint64_t by_ns)
{
	while (n > 0) {
		uint64_t now = clock_ns();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (by_ns && now >= by_ns)
			return false;
		if (poll(&p, 1, by_ns ? (int)((by_ns - now) / 1000000) + 1 : -1) <= 0)
			continue;
		ssize_t got = recv(fd, at, n, MSG_DONTWAIT);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

/* Sends what is in l->out (a frame whose head is still to be filled) and reads its answer into l->in. The line is given up when that fails: what comes later would be taken for the next answer. */
static bool ask_side(struct lines *all, struct line *l, uint64_t by_ns)
{
	char head[LINE_FRAME_HEAD];
	put_u32(l->out.p, (uint32_t)(l->out.n - LINE_FRAME_HEAD));
	put_u32(l->out.p + 4, ++all->number);
	bool good = l->fd >= 0 && !l->out.failed && send_all(l->fd, l->out.p, l->out.n) && read_all(l->fd, head, sizeof head, by_ns);
	struct wire w = { { head, sizeof head }, false };
	uint32_t n = good ? wire_get_u32(&w) : 0, number = good ? wire_get_u32(&w) : 0;
	buf_reset(&l->in);
	char *room = good && n > 0 && n <= FRAME_MAX && number == all->number ? buf_room(&l->in, n) : NULL;
	good = room && read_all(l->fd, room, n, by_ns);
	wipe(l->out.p, l->out.n);
	buf_reset(&l->out);
	if (!good)
		lost(l);
	return good;
}

static bool ask_kind(struct lines *all, struct line *l, enum frame_kind kind)
{
	buf_reset(&l->out);
	wire_u64(&l->out, 0);
	wire_u8(&l->out, (uint8_t)kind);
	return ask_side(all, l, clock_ns() + SIDE_MS * 1000000ull);
}

void line_run(struct gate *g, struct gate_call *c)
{
	struct lines *all = g->lines;
	struct line *l = &all->at[all->n];
	struct problem p;
	pthread_mutex_lock(&all->side);
	pthread_mutex_lock(&l->lock);
	release_free(&c->release);
	buf_reset(&l->out);
	wire_u64(&l->out, 0);
	frame_write(c, &l->out);
	bool was_up = l->fd >= 0;
	if (!was_up || !ask_side(all, l, 0) || release_take(buf_view(&l->in), &c->release, &p) != RC_OK) {
		refuse(l, c, was_up ? WHY_VAULT_LOST : WHY_VAULT_DOWN);
		l->head = NULL;
		l->tail = &l->head;
	}
	buf_done_wiped(&l->in);
	pthread_mutex_unlock(&l->lock);
	pthread_mutex_unlock(&all->side);
}

struct gate_stats line_figures(struct gate *g)
{
	struct lines *all = g->lines;
	struct line *l = &all->at[all->n];
	struct gate_stats s = { 0 };
	uint64_t *const to[] = { &s.calls, &s.released, &s.refused, &s.ledger_appended, &s.flushes, &s.decision_us_p50, &s.decision_us_p99 };
	pthread_mutex_lock(&all->side);
	pthread_mutex_lock(&l->lock);
	if (ask_kind(all, l, FRAME_FIGURES)) {
		struct wire w = { buf_view(&l->in), false };
		for (size_t i = 0; i < sizeof to / sizeof *to; i++)
			*to[i] = wire_get_un(&w, 8);
	}
	pthread_mutex_unlock(&l->lock);
	pthread_mutex_unlock(&all->side);
	return s;
}

const struct fhir_extra *gate_params(void)
{
	if (!front)
		return record_params();
	struct lines *all = front->lines;
	struct line *l = &all->at[all->n];
	struct fhir_extra *x = NULL;
	struct problem p;
	pthread_mutex_lock(&all->side);
	pthread_mutex_lock(&l->lock);
	uint32_t came = atomic_load(&all->came);
	if (all->known != came && all->n_params < sizeof all->params / sizeof *all->params && ask_kind(all, l, FRAME_PARAMS) && extra_take(buf_view(&l->in), &x, &p) == RC_OK) {
		all->known = came;
		all->params[all->n_params++] = x;
	}
	const struct fhir_extra *newest = all->n_params ? all->params[all->n_params - 1] : NULL;
	pthread_mutex_unlock(&l->lock);
	pthread_mutex_unlock(&all->side);
	return newest;
}

/* ---- the process' gate ---- */

enum rc gate_remote(unsigned lanes, struct gate **g_r, struct problem *p)
{
	struct gate *g = calloc(1, sizeof *g);
	struct lines *all = calloc(1, sizeof *all + (lanes + 1) * sizeof all->at[0]);
	bool good = g && all;
	for (unsigned i = 0; good && i <= lanes; i++)
		good = line_init(&all->at[i]);
	if (!good)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory or descriptors for a front's lines"); /* at start: the process ends */
	all->n = lanes;
	pthread_mutex_init(&all->side, NULL);
	g->lines = all;
	g->lock_fd = -1;
	front = *g_r = g;
	return RC_OK;
}

enum rc gate_line(struct gate *g, unsigned n, int fd, struct problem *p)
{
	struct lines *all = g->lines;
	struct epoll_event ev = { .events = EPOLLIN };
	if (n > all->n) {
		close(fd);
		return problem_set(p, RC_BAD_INPUT, WHY_BROKEN, "line", "%u of %u", n, all->n);
	}
	struct line *l = &all->at[n];
	pthread_mutex_lock(&l->lock);
	lost(l);
	bool good = n == all->n || epoll_ctl(l->ready, EPOLL_CTL_ADD, fd, &ev) == 0;
	if (good)
		l->fd = fd;
	else
		close(fd);
	if (n == all->n)
		atomic_fetch_add(&all->came, 1);
	pthread_mutex_unlock(&l->lock);
	return good ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, "line", "errno %d", errno);
}

bool gate_is_there(struct gate *g)
{
	bool is = true;
	for (unsigned i = 0; g->lines && i < g->lines->n; i++) {
		struct line *l = &g->lines->at[i];
		char c;
		pthread_mutex_lock(&l->lock);
		is = is && l->fd >= 0 && recv(l->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
		pthread_mutex_unlock(&l->lock);
	}
	return is;
}

void lines_close(struct gate *g)
{
	struct lines *all = g->lines;
	for (unsigned i = 0; i <= all->n; i++)
		line_done(&all->at[i]);
	for (unsigned i = 0; i < all->n_params; i++)
		extra_free(&all->params[i]);
	pthread_mutex_destroy(&all->side);
	free(all);
	g->lines = NULL;
	if (front == g)
		front = NULL;
}
