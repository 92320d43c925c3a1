/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/loop.c: one front: a thread, an epoll loop, its doors. A turn is: wait; take back what the gate has finished (hooks.woken); run the doors that have
 * something, which answers, reads and starts requests; post what was gathered (hooks.turn). Requests go down and come back as lists.
 * It must never block but in epoll_wait, and never touch another front. Called by server.c as a thread. Start at loop_run.
 */
#include "base/clock.h"
#include "base/log.h"
#include "http/req.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define POOL_BYTES 36864   /* of a connection: target 8 KB and headers 16 KB with the library's bookkeeping, and our own headers out; the library clears it at each request */
#define FIRST_HEAD_S 20    /* handshake and first head */
#define SWEEP_NS 500000000u

static bool
conn_limit(struct http_front *f, const char *from, int step)
{
	uint64_t n = 0;
	struct str key = str_of(from);
	(void)maps_find(f->addresses, key, &n);
	if (step < 0 && n <= 1)
		return maps_del(f->addresses, key);
	return step == 0 ? n < f->server->set.address_max : maps_put(f->addresses, key, n + (uint64_t)(int64_t)step);
}

static enum MHD_Result
on_accept(void *cls, const struct sockaddr *a, socklen_t n)
{
	struct door *door = cls;
	char from[48];
	(void)n;
	if (door->kind == DOOR_UNIX || address_is_loopback(a))
		return MHD_YES;
	address_text(a, from);
	return conn_limit(door->front, from, 0) ? MHD_YES : MHD_NO;
}

static void
conn_open(struct door *door, struct MHD_Connection *c, void **ctx)
{
	struct http_front *f = door->front;
	struct http_conn *k = calloc(1, sizeof *k);
	MUST(k); /* a hundred bytes */
	*ctx = k;
	k->door = door;
	k->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	const union MHD_ConnectionInfo *from = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	k->local = door->kind == DOOR_UNIX || (from && address_is_loopback(from->client_addr));
	memcpy(k->from, "local", 6);
	if (door->kind != DOOR_UNIX && from)
		address_text(from->client_addr, k->from);
	if (!k->local)
		(void)conn_limit(f, k->from, 1);
	k->listening = true;
	k->due_ns = clock_ns() + FIRST_HEAD_S * 1000000000ull;
	if (door->kind == DOOR_TLS) {
		const union MHD_ConnectionInfo *tls = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		if (tls && tls->tls_session)
			(void)gnutls_session_ticket_enable_server(tls->tls_session, &f->server->ticket);
	}
	k->next = f->conns;
	if (f->conns)
		f->conns->prev = k;
	f->conns = k;
	f->n_conns++;
}

static void
conn_close(struct http_front *f, void **ctx)
{
	struct http_conn *k = *ctx;
	*ctx = NULL;
	if (!k)
		return;
	if (!k->local)
		(void)conn_limit(f, k->from, -1);
	if (k->next)
		k->next->prev = k->prev;
	*(k->prev ? &k->prev->next : &f->conns) = k->next;
	f->n_conns--;
	free(k);
}

static void
on_connection(void *cls, struct MHD_Connection *c, void **ctx, enum MHD_ConnectionNotificationCode code)
{
	struct door *door = cls;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		conn_open(door, c, ctx);
	else
		conn_close(door->front, ctx);
}

/* Names and values stay raw: we decode ourselves, once. */
static size_t
keep_escaped(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls, (void)c;
	return strlen(s);
}

static bool
door_open(struct http_front *f, enum door_kind kind, int listen_fd)
{
	const struct http_server *srv = f->server;
	const struct http_settings *s = &srv->set;
	struct door *d = &f->doors[f->n_doors];
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = d };
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, srv->cert }, { MHD_OPTION_HTTPS_MEM_KEY, 0, srv->key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (char[]){ HTTP_TLS_PRIORITIES } }, { MHD_OPTION_END, 0, NULL },
	};
	*d = (struct door){ .kind = kind, .front = f, .listen_fd = listen_fd };
	if (kind != DOOR_TLS)
		tls[0].option = MHD_OPTION_END;
	d->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (kind == DOOR_TLS ? MHD_USE_TLS : 0), 0, on_accept, d, request_access, d,
		MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listen_fd,
		MHD_OPTION_URI_LOG_CALLBACK, request_begin, d,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, request_completed, d,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, d,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
		MHD_OPTION_CONNECTION_LIMIT, (s->connections_max + s->fronts - 1) / s->fronts,
		MHD_OPTION_CONNECTION_TIMEOUT, s->idle_s,
		MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	if (!d->daemon)
		return false;
	f->n_doors++;
	d->epoll_fd = MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	return epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, d->epoll_fd, &ev) == 0;
}

static bool
watch(struct http_front *f, int fd, void *mark)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = mark };
	return epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
}

bool
http_front_watch(struct http_front *f, int fd)
{
	return watch(f, fd, &f->wake_fd);
}

static bool
open_doors(struct http_front *f)
{
	struct http_server *srv = f->server;
	const struct http_settings *s = &srv->set;
	int fd;
	if ((f->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0 || !(f->addresses = maps_new()) || !watch(f, f->call_fd, &f->call_fd))
		return false;
	if (s->given) {
		if ((s->port && !door_open(f, DOOR_TLS, s->given->tls[f->no])) || (s->plain_port && !door_open(f, DOOR_PLAIN, s->given->plain[f->no])))
			return false;
	} else if ((s->port && (listen_tcp(s->address, s->port, &fd, NULL) != RC_OK || !door_open(f, DOOR_TLS, fd))) ||
	           (s->plain_port && (listen_tcp(strchr(s->address, ':') ? "::1" : "127.0.0.1", s->plain_port, &fd, NULL) != RC_OK || !door_open(f, DOOR_PLAIN, fd)))) {
		return false;
	}
	if (f->no == 0 && srv->unix_fd >= 0 && !door_open(f, DOOR_UNIX, srv->unix_fd))
		return false;
	f->wake_fd = -1;
	if (s->hooks && s->hooks->front_open)
		f->ctx = s->hooks->front_open(s->hooks->ctx, f, &f->wake_fd);
	return f->wake_fd < 0 || watch(f, f->wake_fd, &f->wake_fd);
}

/*
 * How long to wait, ms. The library says 0 for as long as one of its connections waits for an answer or is within a TLS handshake, though there is nothing to
 * do: believed blindly, one silent client would cost a whole core. So 0 is believed while turns bear fruit (an event, a request, a piece of a body); after
 * fruitless turns the wait doubles up to 16 ms. Nothing is lost by that: what arrives is an event, and unread bytes bear fruit.
 */
static int
patience(const struct http_front *f)
{
	int ms = http_stopping(f->server) ? 10 : f->n_conns ? 500 : -1, tick = f->fruitless == 0 ? 0 : 1 << (f->fruitless < 5 ? f->fruitless - 1 : 4);
	for (unsigned i = 0; i < f->n_doors; i++) {
		const struct door *d = &f->doors[i];
		MHD_UNSIGNED_LONG_LONG left;
		if (MHD_get_timeout(d->daemon, &left) != MHD_YES)
			continue;
		int mine = left > 60000 ? 60000 : left > 0 ? (int)left : d->waiting > 0 && tick == 0 && !f->uploading ? 1 : tick;
		if (ms < 0 || mine < ms)
			ms = mine;
	}
	return ms;
}

/* The client hung up while we listen. The library (edge-triggered) misses an end that came together with the last bytes. */
static bool
hung_up(const struct http_conn *k)
{
	char c;
	return k->listening && recv(k->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Ends connections whose client does not do its part: shutdown wakes the library, which closes. */
static void
sweep(struct http_front *f)
{
	uint64_t now = clock_ns();
	if (now - f->swept_ns < SWEEP_NS)
		return;
	f->swept_ns = now;
	for (struct http_conn *k = f->conns; k; k = k->next)
		if (k->due_ns && (k->due_ns < now || hung_up(k)))
			(void)shutdown(k->fd, SHUT_RDWR);
}

/* Listening ends at once; true when nothing is under way any more, or time is up. */
static bool
draining(struct http_front *f, bool *quiet)
{
	if (!*quiet) {
		*quiet = true;
		for (unsigned i = 0; i < f->n_doors; i++) {
			(void)MHD_quiesce_daemon(f->doors[i].daemon);
			(void)close(f->doors[i].listen_fd);
			f->doors[i].listen_fd = -1;
		}
	}
	lasting_end_all(f);
	return f->n_open == 0 || clock_ns() >= f->server->stop_by_ns;
}

/* A door is run when it has an event or an answer to send, or when the wait for it is over. */
static void
turn(struct http_front *f, bool eventful)
{
	const struct http_hooks *h = f->server->set.hooks;
	uint64_t pieces = f->pieces, requests = f->count->requests;
	for (unsigned i = 0; i < f->n_doors; i++) {
		struct door *d = &f->doors[i];
		MHD_UNSIGNED_LONG_LONG left;
		if (!d->ready && (MHD_get_timeout(d->daemon, &left) != MHD_YES || left > 0))
			continue;
		d->ready = false;
		(void)MHD_run(d->daemon);
	}
	if (h && h->turn)
		h->turn(f->ctx);
	sweep(f);
	f->uploading = f->pieces != pieces;
	f->fruitless = eventful || f->uploading || f->count->requests != requests ? 0 : f->fruitless + (f->fruitless < 5);
}

static bool
is_door(const struct http_front *f, const void *mark)
{
	for (unsigned i = 0; i < f->n_doors; i++)
		if (mark == &f->doors[i])
			return true;
	return false;
}

static void
serve(struct http_front *f)
{
	const struct http_hooks *h = f->server->set.hooks;
	bool quiet = false;
	while (!http_stopping(f->server) || !draining(f, &quiet)) {
		struct epoll_event ev[8];
		int n = epoll_wait(f->epoll_fd, ev, 8, patience(f));
		MUST(n >= 0 || errno == EINTR);
		for (int i = 0; i < n; i++) {
			if (ev[i].data.ptr == &f->wake_fd) {
				if (h->woken)
					h->woken(f->ctx);
			} else if (is_door(f, ev[i].data.ptr)) {
				((struct door *)ev[i].data.ptr)->ready = true;
			} else if (ev[i].data.ptr != &f->call_fd) {
				lasting_heard(ev[i].data.ptr);
			} else {
				uint64_t called;
				(void)!read(f->call_fd, &called, sizeof called);
			}
		}
		turn(f, n > 0);
	}
}

static void
close_doors(struct http_front *f)
{
	const struct http_hooks *h = f->server->set.hooks;
	if (f->n_open)
		log_event(LOG_WARN, "requests_cut", LOG_N("requests", f->n_open), LOG_END);
	for (unsigned i = 0; i < f->n_doors; i++) {
		MHD_stop_daemon(f->doors[i].daemon);
		if (f->doors[i].listen_fd >= 0)
			(void)close(f->doors[i].listen_fd);
	}
	if (f->ctx && h && h->front_close)
		h->front_close(f->ctx);
	request_free_all(f);
	if (f->addresses)
		maps_free(&f->addresses);
	if (f->epoll_fd >= 0)
		(void)close(f->epoll_fd);
}

static void
tell(struct http_server *srv, bool failed)
{
	(void)pthread_mutex_lock(&srv->lock);
	srv->up++;
	srv->failed += failed;
	(void)pthread_cond_signal(&srv->turned);
	(void)pthread_mutex_unlock(&srv->lock);
}

void *
loop_run(void *front)
{
	struct http_front *f = front;
	f->epoll_fd = -1;
	bool ok = open_doors(f);
	tell(f->server, !ok);
	if (ok)
		serve(f);
	close_doors(f);
	return NULL;
}

void *
http_front_ctx(struct http_front *f)
{
	return f->ctx;
}

struct http_server *
http_front_server(struct http_front *f)
{
	return f->server;
}
