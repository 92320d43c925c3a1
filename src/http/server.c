/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/server.c: start and stop. All that can be wrong (address, port, certificate, memory) is found before http_start says RC_OK; then the fronts run
 * until http_stop. It must never serve plain HTTP to anything but loopback. Called by cli. Start at http_start.
 */
#include "base/clock.h"
#include "base/log.h"
#include "http/req.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void
server_free(struct http_server *srv)
{
	for (unsigned i = 0; srv->fronts && i < srv->set.fronts; i++)
		if (srv->fronts[i].call_fd >= 0)
			(void)close(srv->fronts[i].call_fd);
	router_free(&srv->router);
	free(srv->fronts);
	free(srv->counts);
	free(srv->cert);
	if (srv->key)
		wipe(srv->key, strlen(srv->key));
	free(srv->key);
	gnutls_free(srv->ticket.data);
	(void)pthread_mutex_destroy(&srv->lock);
	(void)pthread_cond_destroy(&srv->turned);
	free(srv);
}

static const char *
loopback(const struct http_settings *s)
{
	return strchr(s->address, ':') ? "::1" : "127.0.0.1";
}

static enum rc
ports_free(const struct http_settings *s, struct problem *p)
{
	enum rc rc = s->port ? listen_free(s->address, s->port, p) : RC_OK;
	return rc == RC_OK && s->plain_port ? listen_free(loopback(s), s->plain_port, p) : rc;
}

enum rc
http_listen(const struct http_settings *s, unsigned n, int *tls, int *plain, int *unix_r, struct problem *p)
{
	enum rc rc = ports_free(s, p);
	*unix_r = -1;
	for (unsigned i = 0; i < n; i++) {
		tls[i] = plain[i] = -1;
		if (rc == RC_OK && s->port)
			rc = listen_tcp(s->address, s->port, &tls[i], p);
		if (rc == RC_OK && s->plain_port)
			rc = listen_tcp(loopback(s), s->plain_port, &plain[i], p);
	}
	return rc == RC_OK && s->socket_path ? listen_unix(s->socket_path, unix_r, p) : rc;
}

static enum rc
prepare(struct http_server *srv, struct problem *p)
{
	struct http_settings *s = &srv->set;
	enum rc rc;
	srv->fronts = calloc(s->fronts, sizeof *srv->fronts);
	srv->router = router_new(s->tables, s->n_tables);
	if (s->board)
		srv->board = *s->board;
	else
		srv->counts = calloc(s->fronts, sizeof *srv->counts);
	if (!srv->fronts || !srv->router || (!s->board && !srv->counts))
		return problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory");
	for (unsigned i = 0; i < s->fronts; i++) {
		srv->fronts[i].count = s->board ? (struct counters *)srv->board.own + i : srv->counts + i;
		srv->fronts[i].server = srv;
		srv->fronts[i].no = i;
		srv->fronts[i].call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (srv->fronts[i].call_fd < 0)
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no eventfd");
	}
	if (s->port && (rc = listen_credentials(srv, p)) != RC_OK)
		return rc;
	if (s->given) {
		srv->unix_fd = s->given->unix_socket;
		return RC_OK;
	}
	if ((rc = ports_free(s, p)) != RC_OK)
		return rc;
	return s->socket_path ? listen_unix(s->socket_path, &srv->unix_fd, p) : RC_OK;
}

static void
call_fronts(struct http_server *srv)
{
	uint64_t one = 1;
	for (unsigned i = 0; i < srv->set.fronts; i++)
		(void)!write(srv->fronts[i].call_fd, &one, sizeof one);
}

/* Signals are the main thread's matter: a front has all of them blocked. */
static unsigned
start_threads(struct http_server *srv)
{
	sigset_t all, before;
	unsigned n = 0;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (n < srv->set.fronts && pthread_create(&srv->fronts[n].thread, NULL, loop_run, &srv->fronts[n]) == 0)
		n++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

static void
stop_threads(struct http_server *srv, unsigned n, unsigned drain_ms)
{
	srv->stop_by_ns = clock_ns() + drain_ms * 1000000ull;
	srv->stopping = true;
	call_fronts(srv);
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(srv->fronts[i].thread, NULL);
	if (srv->set.socket_path && srv->unix_fd >= 0 && !srv->set.given)
		(void)unlink(srv->set.socket_path);
}

enum rc
http_start(const struct http_settings *s, struct http_server **srv_r, struct problem *p)
{
	struct http_server *srv = calloc(1, sizeof *srv);
	if (!srv)
		return problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory");
	srv->set = *s;
	srv->unix_fd = -1;
	srv->set.fronts = s->fronts ? s->fronts : 2;
	srv->set.connections_max = s->connections_max ? s->connections_max : 2000;
	srv->set.idle_s = s->idle_s ? s->idle_s : 75;
	srv->set.address_max = s->address_max ? s->address_max : 512;
	srv->set.address = s->address ? s->address : "127.0.0.1";
	(void)pthread_mutex_init(&srv->lock, NULL);
	(void)pthread_cond_init(&srv->turned, NULL);
	enum rc rc = prepare(srv, p);
	if (rc != RC_OK) {
		if (srv->unix_fd >= 0)
			(void)close(srv->unix_fd);
		server_free(srv);
		return rc;
	}
	unsigned n = start_threads(srv);
	(void)pthread_mutex_lock(&srv->lock);
	while (srv->up < n)
		(void)pthread_cond_wait(&srv->turned, &srv->lock);
	(void)pthread_mutex_unlock(&srv->lock);
	if (n < srv->set.fronts || srv->failed) {
		stop_threads(srv, n, 0);
		server_free(srv);
		return problem_set(p, RC_BROKEN, WHY_NO_LISTEN, "front", "%u of %u started, %u failed", n, s->fronts, srv->failed);
	}
	char port[8];
	unsigned shown = srv->set.port ? srv->set.port : srv->set.plain_port, at = sizeof port - 1;
	for (port[at] = '\0'; shown > 0; shown /= 10)
		port[--at] = (char)('0' + shown % 10);
	memcpy(srv->port, port + at, sizeof port - at);
	*srv_r = srv;
	return RC_OK;
}

void
http_stop(struct http_server **srv, unsigned drain_ms)
{
	if (!*srv)
		return;
	stop_threads(*srv, (*srv)->set.fronts, drain_ms);
	server_free(*srv);
	*srv = NULL;
}

bool
http_stopping(const struct http_server *srv)
{
	return srv->stopping;
}

const char *
http_port_text(const struct http_server *srv)
{
	return srv->port;
}
