/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c: see wire.h. */
#include "wire.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LATER_MAX 4096
struct desk { struct server *server; int wake_fd, bell_fd; struct http_req *gathered[LATER_MAX], *posted[LATER_MAX]; unsigned n_gathered, n_posted; };
struct server {
	struct http_server *http;
	uint16_t port;
	char socket[108];
	struct http_hooks hooks;
	_Atomic bool hold;
	_Atomic unsigned waiting, gone;
	struct desk *desks[8]; _Atomic unsigned n_desks;
};

static void
say(struct http_req *rq, unsigned status, struct str body)
{
	struct http_header_out h[] = { { "Content-Type", STR("text/plain") }, { "X-From", rq->from } };
	struct http_answer a = { .status = status, .headers = h, .n_headers = 2, .body = body.p, .n_body = body.n };
	http_answer(rq, &a);
}

static void
now(struct http_req *rq)
{
	say(rq, 200, STR("now"));
}

static void
echo(struct http_req *rq)
{
	say(rq, 200, rq->body);
}

static void
cookie(struct http_req *rq)
{
	say(rq, 200, http_cookie(rq, "a"));
}

static void
who(struct http_req *rq)
{
	struct buf b;
	buf_init(&b, 1000);
	buf_str(&b, http_bound(rq, "name"));
	buf_ch(&b, '|');
	buf_str(&b, http_bound(rq, "*"));
	say(rq, 200, buf_view(&b));
	buf_done(&b);
}

static void
gone(struct http_req *rq)
{
	struct desk *d = http_front_ctx(rq->front);
	for (unsigned i = 0; i < d->n_gathered; i++)
		if (d->gathered[i] == rq)
			d->gathered[i] = NULL;
	for (unsigned i = 0; i < d->n_posted; i++)
		if (d->posted[i] == rq)
			d->posted[i] = NULL;
	d->server->waiting--;
	d->server->gone++;
}

static void
later(struct http_req *rq)
{
	struct desk *d = http_front_ctx(rq->front);
	MUST(d->n_gathered < LATER_MAX);
	rq->gone = gone;
	d->gathered[d->n_gathered++] = rq;
	d->server->waiting++;
}

static void
ring(struct desk *d)
{
	uint64_t one = 1;
	(void)!write(d->bell_fd, &one, sizeof one);
}

static void *
desk_open(void *ctx, struct http_front *f, int *wake_fd_r)
{
	struct server *s = ctx;
	struct desk *d = calloc(1, sizeof *d);
	(void)f;
	MUST(d);
	d->server = s;
	d->wake_fd = *wake_fd_r = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	d->bell_fd = dup(d->wake_fd); /* the test may ring a desk whose front has ended */
	s->desks[s->n_desks++] = d;
	return d;
}

static void
desk_woken(void *ctx)
{
	struct desk *d = ctx;
	uint64_t n;
	MUST(read(d->wake_fd, &n, sizeof n) == sizeof n);
	if (d->server->hold)
		return;
	for (unsigned i = 0; i < d->n_posted; i++)
		if (d->posted[i]) {
			d->server->waiting--;
			say(d->posted[i], 200, http_bound(d->posted[i], "id"));
		}
	d->n_posted = 0;
}

static void
desk_turn(void *ctx)
{
	struct desk *d = ctx;
	if (d->n_gathered == 0)
		return;
	for (unsigned i = 0; i < d->n_gathered; i++)
		d->posted[d->n_posted++] = d->gathered[i];
	d->n_gathered = 0;
	ring(d);
}

static void
desk_close(void *ctx)
{
	struct desk *d = ctx;
	(void)close(d->wake_fd);
}

uint16_t
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	(void)close(fd);
	return ntohs(a.sin_port);
}

struct server *
server_up_with(struct http_settings set)
{
	static const struct http_route rows[] = {
		{ HTTP_GET,  "/now",         0,       now,    NULL },
		{ HTTP_GET,  "/later/:id",   0,       later,  NULL },
		{ HTTP_POST, "/later/:id",   1000,    later,  NULL },
		{ HTTP_POST, "/echo",        100,     echo,   NULL },
		{ HTTP_POST, "/big",         8 << 20, echo,   NULL },
		{ HTTP_GET,  "/cookie",      0,       cookie, NULL },
		{ HTTP_GET,  "/who/:name/*", 0,       who,    NULL },
		{ 0 },
	};
	static const struct http_route *const tables[] = { rows };
	struct server *s = calloc(1, sizeof *s);
	struct problem p = { 0 };
	MUST(s);
	s->hooks = (struct http_hooks){ s, desk_open, desk_woken, desk_turn, desk_close };
	s->port = set.plain_port;
	set.tables = tables;
	set.n_tables = 1;
	set.hooks = &s->hooks;
	if (http_start(&set, &s->http, &p) != RC_OK) {
		(void)fprintf(stderr, "# http_start: %s %s %s\n", why_row(p.why)->name, p.where, p.detail);
		abort();
	}
	if (set.socket_path)
		(void)snprintf(s->socket, sizeof s->socket, "%s", set.socket_path);
	return s;
}

struct server *
server_up(bool with_socket)
{
	char path[100];
	(void)snprintf(path, sizeof path, "/tmp/hygie-test-%d.sock", (int)getpid());
	return server_up_with((struct http_settings){ .plain_port = free_port(), .socket_path = with_socket ? path : NULL });
}

void
server_down(struct server *s, unsigned drain_ms)
{
	http_stop(&s->http, drain_ms);
	for (unsigned i = 0; i < s->n_desks; i++) {
		(void)close(s->desks[i]->bell_fd);
		free(s->desks[i]);
	}
	free(s);
}

struct http_server *server_http(struct server *s) { return s->http; }
uint16_t server_port(const struct server *s) { return s->port; }
const char *server_socket(const struct server *s) { return s->socket; }
unsigned server_waiting(struct server *s) { return s->waiting; }
unsigned server_gone(struct server *s) { return s->gone; }

void
server_hold(struct server *s, bool hold)
{
	s->hold = hold;
	if (!hold)
		for (unsigned i = 0; i < s->n_desks; i++)
			ring(s->desks[i]);
}

int
wire_open(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

int
wire_open_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

void
wire_put(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t put = send(fd, bytes, n, MSG_NOSIGNAL);
		if (put <= 0)
			return; /* the server closed first: the answer tells why */
		bytes += put;
		n -= (size_t)put;
	}
}

void
wire_z(int fd, const char *z)
{
	wire_put(fd, z, strlen(z));
}

unsigned
count_of(const char *text, const char *what)
{
	unsigned n = 0;
	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

struct heard
wire_read(int fd, const char *until, unsigned times)
{
	struct heard r = { calloc(1, 1 << 24), 0, false };
	MUST(r.text);
	while (r.n < (1 << 24) - 1 && !(until && count_of(r.text, until) >= times)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (poll(&p, 1, 2000) <= 0)
			break;
		ssize_t got = recv(fd, r.text + r.n, (1 << 24) - 1 - r.n, 0);
		if (got <= 0) {
			r.closed = true;
			break;
		}
		r.n += (size_t)got;
	}
	return r;
}

unsigned
status_of(const char *text)
{
	return strncmp(text, "HTTP/1.1 ", 9) == 0 ? (unsigned)strtoul(text + 9, NULL, 10) : 0;
}

unsigned
wire_status(uint16_t port, const char *bytes, size_t n, bool *closed_r)
{
	int fd = wire_open(port);
	wire_put(fd, bytes, n);
	struct heard r = wire_read(fd, "\r\n\r\n", 1);
	unsigned status = status_of(r.text);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char more[4096];
	while (!r.closed && poll(&p, 1, 200) > 0)
		r.closed = recv(fd, more, sizeof more, 0) <= 0;
	if (closed_r)
		*closed_r = r.closed;
	free(r.text);
	(void)close(fd);
	return status;
}
