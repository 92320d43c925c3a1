/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/listen.c: see listen.h. Frame: u32 bytes, then u8 kind (1 call, 2 operator's token, 3 another instance key, 6 forget what is older than a moment) and the flat value;
 * answers: u32 bytes, then the release or the token; to 3 and 6 frames of progress, then one of the end. The server has a thread a connection (operators are few); the client side runs a few connections so that an import keeps both workers busy.
 * BARRIER: only the user that runs the server, or root, may connect (SO_PEERCRED), and what comes is still checked byte by byte.
 */
#include "gate/listen.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "db/dir.h"
#include "gate/wire.h"
#include "gate/worker.h"

#define CONNECTIONS 16
#define REMOTES 4
enum { TOLD_AT = 1, TOLD_END = 2 }; /* answers to FRAME_ROTATE and FRAME_FORGET: done, of; or a release that tells how it ended */

/* ---- frames ---- */

void frame_write(const struct gate_call *c, struct buf *out)
{
	wire_u8(out, FRAME_CALL);
	wire_u8(out, (uint8_t)c->surface);
	wire_u8(out, (uint8_t)(c->bearer | c->touch << 1 | (c->asks.n == 1) << 2));
	wire_text(out, str_of(c->route));
	wire_text(out, c->token);
	wire_text(out, c->from);
	wire_text(out, buf_view(&c->asks.flat));
}

static bool is_of(struct str s, const char *low, const char *more)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= low[0] && s.p[i] <= low[1]) || memchr(more, s.p[i], strlen(more))))
			return false;
	return true;
}

/* A template, not somebody's id: no digits; capitals only where FHIR's types and operations stand in it. */
static bool is_route(struct str s, enum frame_from from)
{
	return s.n > 0 && s.n <= 100 && is_of(s, "az", from == FROM_FRONT ? "/:_-.*$ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "/:_-.*");
}

enum rc frame_read(struct str flat, enum frame_from from, struct frame_call *f_r, struct problem *p)
{
	struct wire w = { flat, false };
	struct frame_call f;
	uint8_t kind = wire_get_u8(&w), surface = wire_get_u8(&w), flags = wire_get_u8(&w);
	f.surface = (enum surface)surface;
	f.bearer = flags & 1;
	f.touch = flags & 2;
	f.alone = flags & 4;
	f.route = wire_get_text(&w);
	f.token = wire_get_text(&w);
	f.from = wire_get_text(&w);
	f.asks = wire_get_text(&w);
	if (w.bad || w.left.n != 0 || kind != FRAME_CALL || flags > 7 || surface < SURFACE_PAGE || surface > SURFACE_JOB || !is_route(f.route, from)
		|| f.token.n > 512 || f.from.n > 64 || !is_of(f.from, "az", "0123456789ABCDEF.:%") || f.asks.n > ASKS_BYTES)
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "frame: call");
	/* An operator's command is no page and no API: those come through the server's own fronts, and nothing else does. */
	bool is_command = surface == SURFACE_CLI || surface == SURFACE_IMPORT || surface == SURFACE_JOB;
	if (is_command != (from == FROM_OPERATOR))
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "frame: surface");
	*f_r = f;
	return RC_OK;
}

static bool read_all(int fd, void *to, size_t n)
{
	for (char *at = to; n > 0;) {
		ssize_t got = recv(fd, at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

static bool write_all(int fd, const void *from, size_t n)
{
	for (const char *at = from; n > 0;) {
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

static bool send_frame(int fd, struct str flat)
{
	unsigned char head[4] = { (unsigned char)flat.n, (unsigned char)(flat.n >> 8), (unsigned char)(flat.n >> 16), (unsigned char)(flat.n >> 24) };
	return flat.n <= FRAME_MAX && write_all(fd, head, 4) && write_all(fd, flat.p, flat.n);
}

static bool take_frame(int fd, struct buf *in)
{
	unsigned char head[4];
	if (!read_all(fd, head, 4))
		return false;
	uint32_t n = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
	buf_reset(in);
	void *room = n > 0 && n <= FRAME_MAX ? buf_room(in, n) : NULL;
	return room && read_all(fd, room, n);
}

/* ---- the server's side ---- */

struct connection { struct gate *g; pthread_t thread; int fd; bool used, over; };
struct listener {
	int fd;
	pthread_t thread;
	pthread_mutex_t lock;
	bool stop;
	struct connection at[CONNECTIONS];
};

static bool answer_call(struct gate *g, int fd, struct str flat, struct buf *out)
{
	struct frame_call f;
	struct problem p;
	struct gate_call *c = gate_call_new();
	if (!c || frame_read(flat, FROM_OPERATOR, &f, &p) != RC_OK) {
		gate_call_done(&c);
		return false; /* whoever sends this speaks something else */
	}
	char *route = strndup(f.route.p, f.route.n);
	c->surface = f.surface;
	c->bearer = f.bearer;
	c->touch = f.touch;
	c->route = route ? route : "cli";
	c->token = f.token;
	c->from = f.from;
	buf_str(&c->asks.flat, f.asks);
	gate_run(g, c);
	buf_reset(out);
	release_put(c->release, out);
	bool good = !out->failed && send_frame(fd, buf_view(out));
	gate_call_done(&c);
	free(route);
	return good;
}

static bool answer_operator(struct gate *g, int fd)
{
	struct buf token;
	struct problem p;
	buf_init(&token, 128);
	bool good = gate_operator(g, &token, &p) == RC_OK && send_frame(fd, buf_view(&token));
	buf_done_wiped(&token);
	return good;
}

/* Long work stops when nobody listens to it any more, or the server closes: what is done stays, the next order goes on. */
struct order_told { struct gate_progress in; struct connection *k; struct buf *out; };

static void told_at(struct gate_progress *in, uint64_t done, uint64_t of)
{
	struct order_told *r = (struct order_told *)(void *)in;
	struct listener *l = r->k->g->listener;
	buf_reset(r->out);
	wire_u8(r->out, TOLD_AT);
	wire_u64(r->out, done);
	wire_u64(r->out, of);
	pthread_mutex_lock(&l->lock);
	in->stop = l->stop;
	pthread_mutex_unlock(&l->lock);
	if (r->out->failed || !send_frame(r->k->fd, buf_view(r->out)))
		in->stop = true;
}

static bool answer_order(struct connection *k, struct wire order, struct buf *out)
{
	struct order_told r = { .in = { .at = told_at }, .k = k, .out = out };
	struct problem p = { .rc = RC_OK };
	bool forget = wire_get_u8(&order) == FRAME_FORGET;
	uint64_t before_ms = forget ? wire_get_un(&order, 8) : 0;
	struct release *told = order.bad || order.left.n != 0 || before_ms > INT64_MAX ? NULL : release_new();
	if (!told)
		return false;
	enum rc rc = forget ? gate_forget(k->g, (int64_t)before_ms, &r.in, &p) : gate_keys_rotate(k->g, &r.in, &p);
	if (rc == RC_OK)
		told->rc = RC_OK;
	else
		release_refuse(told, &p);
	if (rc == RC_BROKEN)
		log_problem(LOG_ERROR, forget ? "audit_forget" : "keys_rotate", &p);
	buf_reset(out);
	wire_u8(out, TOLD_END);
	release_put(told, out);
	release_free(&told);
	return !out->failed && send_frame(k->fd, buf_view(out));
}

static void *serve(void *ctx)
{
	struct connection *k = ctx;
	struct buf in, out;
	buf_init(&in, FRAME_MAX);
	buf_init(&out, FRAME_MAX);
	while (take_frame(k->fd, &in)) {
		struct str flat = buf_view(&in);
		bool good = flat.n == 1 && flat.p[0] == FRAME_OPERATOR ? answer_operator(k->g, k->fd)
			: flat.n >= 1 && (flat.p[0] == FRAME_ROTATE || flat.p[0] == FRAME_FORGET) ? answer_order(k, (struct wire){ flat, false }, &out) : answer_call(k->g, k->fd, flat, &out);
		if (!good)
			break;
	}
	buf_done_wiped(&in);
	buf_done_wiped(&out);
	shutdown(k->fd, SHUT_RDWR);
	pthread_mutex_lock(&k->g->listener->lock);
	k->over = true;
	pthread_mutex_unlock(&k->g->listener->lock);
	return NULL;
}

/* Root may become the server's user anyway. */
static bool is_same_user(int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && (who.uid == geteuid() || who.uid == 0);
}

static void end_connection(struct connection *k)
{
	pthread_join(k->thread, NULL);
	close(k->fd);
	*k = (struct connection){ .fd = -1 };
}

static void accept_one(struct gate *g, int fd)
{
	struct listener *l = g->listener;
	struct connection *k = NULL;
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		pthread_mutex_lock(&l->lock);
		bool over = l->at[i].used && l->at[i].over;
		pthread_mutex_unlock(&l->lock);
		if (over)
			end_connection(&l->at[i]);
		if (!l->at[i].used && !k)
			k = &l->at[i];
	}
	if (!k || !is_same_user(fd)) {
		log_event(LOG_WARN, "socket_refused", LOG_END);
		close(fd);
		return;
	}
	*k = (struct connection){ .g = g, .fd = fd, .used = true };
	if (pthread_create(&k->thread, NULL, serve, k) != 0) {
		close(fd);
		*k = (struct connection){ .fd = -1 };
	}
}

static void *listen_on(void *ctx)
{
	struct gate *g = ctx;
	for (;;) {
		int fd = accept4(g->listener->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			accept_one(g, fd);
		else if (errno != EINTR && errno != ECONNABORTED && errno != EMFILE && errno != ENFILE)
			return NULL; /* shut down */
		else if (errno == EMFILE || errno == ENFILE)
			usleep(100000);
	}
}

static bool address_of(const char *dir, struct sockaddr_un *to)
{
	struct dir d;
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (dir_name(dir, &d, NULL) != RC_OK || strlen(d.socket) >= sizeof to->sun_path)
		return false;
	memcpy(to->sun_path, d.socket, strlen(d.socket) + 1);
	return true;
}

enum rc gate_listen(struct gate *g, struct problem *p)
{
	struct sockaddr_un to;
	struct listener *l = calloc(1, sizeof *l);
	if (!l || !address_of(g->dir, &to)) {
		free(l);
		return problem_set(p, RC_LIMIT, WHY_NO_DIR, "dir", "path too long for a socket");
	}
	pthread_mutex_init(&l->lock, NULL);
	g->listener = l;
	(void)unlink(to.sun_path); /* left by a crash: the directory's lock is ours */
	mode_t mask = umask(0177);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = l->fd >= 0 && bind(l->fd, (struct sockaddr *)&to, sizeof to) == 0 && listen(l->fd, CONNECTIONS) == 0;
	int why = errno;
	umask(mask);
	if (good && pthread_create(&l->thread, NULL, listen_on, g) == 0)
		return RC_OK;
	if (l->fd >= 0)
		close(l->fd);
	pthread_mutex_destroy(&l->lock);
	free(l);
	g->listener = NULL;
	return problem_set(p, RC_BROKEN, WHY_NO_DIR, "gate.sock", "errno %d", why);
}

void listen_close(struct gate *g)
{
	struct listener *l = g->listener;
	struct sockaddr_un to;
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_mutex_unlock(&l->lock);
	shutdown(l->fd, SHUT_RDWR);
	pthread_join(l->thread, NULL);
	close(l->fd);
	for (unsigned i = 0; i < CONNECTIONS; i++)
		if (l->at[i].used) {
			shutdown(l->at[i].fd, SHUT_RD); /* an answer under way still goes out */
			end_connection(&l->at[i]);
		}
	if (address_of(g->dir, &to))
		(void)unlink(to.sun_path);
	pthread_mutex_destroy(&l->lock);
	free(l);
	g->listener = NULL;
}

/* ---- the other process' side ---- */

struct remote {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct gate_call *head, *tail;
	bool stop;
	unsigned n;
	struct remote_one { struct gate *g; pthread_t thread; int fd; } at[REMOTES];
};

static int dial(const char *dir)
{
	struct sockaddr_un to;
	if (!address_of(dir, &to))
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void ask_server(struct remote_one *one, struct gate_call *c, struct buf *b)
{
	struct problem p;
	if (one->fd < 0)
		one->fd = dial(one->g->dir);
	buf_reset(b);
	frame_write(c, b);
	if (one->fd >= 0 && !b->failed && send_frame(one->fd, buf_view(b)) && take_frame(one->fd, b) && release_take(buf_view(b), &c->release, &p) == RC_OK)
		return;
	if (one->fd >= 0)
		close(one->fd);
	one->fd = -1;
	c->release = release_new();
	MUST(c->release != NULL);
	(void)!problem_set(&p, RC_RETRY, WHY_NO_SERVER, "", "the server did not answer");
	release_refuse(c->release, &p);
}

static void *run_remote(void *ctx)
{
	struct remote_one *one = ctx;
	struct remote *r = one->g->remote;
	struct buf b;
	buf_init(&b, FRAME_MAX);
	for (;;) {
		pthread_mutex_lock(&r->lock);
		while (!r->head && !r->stop)
			pthread_cond_wait(&r->wake, &r->lock);
		struct gate_call *c = r->head;
		if (c)
			r->head = c->next;
		pthread_mutex_unlock(&r->lock);
		if (!c)
			break;
		c->next = NULL;
		release_free(&c->release);
		ask_server(one, c, &b);
		lane_back(TASK_OF(c)->lane, c, c, 1);
	}
	buf_done_wiped(&b);
	if (one->fd >= 0)
		close(one->fd);
	return NULL;
}

void remote_queue(struct gate *g, struct task *list)
{
	struct remote *r = g->remote;
	struct gate_call *tail = &list->call;
	while (tail->next)
		tail = tail->next;
	pthread_mutex_lock(&r->lock);
	if (r->head)
		r->tail->next = &list->call;
	else
		r->head = &list->call;
	r->tail = tail;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

enum rc remote_operator(struct gate *g, struct buf *token_r, struct problem *p)
{
	static const char kind = FRAME_OPERATOR;
	struct buf b;
	buf_init(&b, 256);
	int fd = dial(g->dir);
	bool good = fd >= 0 && send_frame(fd, (struct str){ &kind, 1 }) && take_frame(fd, &b);
	if (good)
		buf_str(token_r, buf_view(&b));
	buf_done_wiped(&b);
	if (fd >= 0)
		close(fd);
	return good && !token_r->failed ? RC_OK : problem_set(p, RC_RETRY, WHY_NO_SERVER, "", "the server gave no session");
}

/* One frame of the answer. *end_r: it was the last one, and rc is how it went. */
static enum rc take_told(struct str flat, struct gate_progress *progress, bool *end_r, struct problem *p)
{
	struct wire w = { flat, false };
	struct release *told = NULL;
	uint8_t kind = wire_get_u8(&w);
	if (kind == TOLD_AT) {
		uint64_t done = wire_get_un(&w, 8), of = wire_get_un(&w, 8);
		if (!w.bad)
			progress->at(progress, done, of);
		return w.bad ? problem_set(p, RC_BROKEN, WHY_BROKEN, "", "frame: progress") : RC_OK;
	}
	*end_r = true;
	enum rc rc = kind == TOLD_END ? release_take(w.left, &told, p) : problem_set(p, RC_BROKEN, WHY_BROKEN, "", "frame: answer");
	if (rc == RC_OK && (rc = release_rc(told)) != RC_OK)
		*p = *release_problem(told);
	release_free(&told);
	return rc;
}

static enum rc remote_order(struct gate *g, enum frame_kind kind, int64_t before_ms, struct gate_progress *progress, struct problem *p)
{
	struct buf b;
	bool end = false;
	enum rc rc = RC_OK;
	buf_init(&b, 1u << 20);
	wire_u8(&b, (uint8_t)kind);
	if (kind == FRAME_FORGET)
		wire_u64(&b, (uint64_t)before_ms);
	int fd = dial(g->dir);
	if (fd < 0 || !send_frame(fd, buf_view(&b)))
		rc = problem_set(p, RC_RETRY, WHY_NO_SERVER, "", "the server takes no order");
	while (rc == RC_OK && !end) {
		if (!take_frame(fd, &b))
			rc = problem_set(p, RC_RETRY, WHY_NO_SERVER, "", "the server ended; goes on when called again");
		else
			rc = take_told(buf_view(&b), progress, &end, p);
		if (rc == RC_OK && !end && progress->stop)
			rc = problem_set(p, RC_RETRY, WHY_STOPPED, kind == FRAME_FORGET ? "ledger" : "keys", "goes on when called again");
	}
	buf_done(&b);
	if (fd >= 0)
		close(fd);
	return rc;
}

enum rc remote_keys_rotate(struct gate *g, struct gate_progress *progress, struct problem *p) { return remote_order(g, FRAME_ROTATE, 0, progress, p); }
enum rc remote_forget(struct gate *g, int64_t before_ms, struct gate_progress *progress, struct problem *p) { return remote_order(g, FRAME_FORGET, before_ms, progress, p); }

enum rc gate_connect(const char *dir, struct gate **g_r, struct problem *p)
{
	int fd = dial(dir);
	if (fd < 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NO_SERVER, "dir", "no socket");
	struct gate *g = calloc(1, sizeof *g);
	struct remote *r = calloc(1, sizeof *r);
	if (!g || !r || !(g->dir = strdup(dir))) {
		free(g);
		free(r);
		close(fd);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory");
	}
	g->remote = r;
	g->lock_fd = -1;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	for (; r->n < REMOTES; r->n++) {
		r->at[r->n] = (struct remote_one){ .g = g, .fd = r->n == 0 ? fd : -1 };
		if (pthread_create(&r->at[r->n].thread, NULL, run_remote, &r->at[r->n]) != 0)
			break;
	}
	if (r->n == 0) {
		close(fd);
		remote_close(g);
		free(g->dir);
		free(g);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no thread");
	}
	*g_r = g;
	return RC_OK;
}

void remote_close(struct gate *g)
{
	struct remote *r = g->remote;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
	for (unsigned i = 0; i < r->n; i++)
		pthread_join(r->at[i].thread, NULL);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->wake);
	free(r);
	g->remote = NULL;
}
