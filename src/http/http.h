/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/http.h: the server: sockets, TLS, framing guard, limits, router, suspended replies. Holds cookie bytes and header values; knows no session,
 * no patient, no gate. Built on libmicrohttpd driven from our own epoll loop: each front is one thread with its own daemon on the same port.
 * A handler gets a whole request (head and body), and answers it at once or later, always on the thread of its front. No handler ever waits.
 */
#ifndef HYGIE_HTTP_HTTP_H
#define HYGIE_HTTP_HTTP_H

#include "codec/url.h"

enum http_method { HTTP_GET = 1, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE };

struct http_front;                     /* one loop thread */
struct http_req;

/* A route: const row. path segments starting with ':' bind one segment: "/patient/:patient/allergies"; a last segment "*" takes the rest. */
struct http_route {
	enum http_method method;           /* a GET route answers HEAD too */
	const char *path;
	uint32_t body_max;                 /* bytes; over it 413 */
	void (*start)(struct http_req *rq);
	const void *tag;                   /* the caller's row */
};

struct http_req {
	struct http_front *front;
	const struct http_route *route;    /* its path is the template that logs and ledger may hold */
	enum http_method method;
	struct str path, query, body;      /* raw; query without '?' */
	struct pair bound[8]; size_t n_bound; /* path parameters, decoded; name without ':' */
	struct str from;                   /* remote address, text */
	bool tls, head;                    /* head: the client asked HEAD */
	bool local;                        /* came over loopback or a unix socket */
	struct arena arena;                /* lives until the answer is out */
	uint64_t started_ns;
	void *owner;                       /* the handler's state */
	void (*gone)(struct http_req *);   /* connection closed or server stopping before the answer: release owner; the http_req dies after it. May be NULL */
	/* private part follows in http/req.h */
	void *conn;
};
struct str http_header(const struct http_req *rq, const char *name);   /* empty when absent; repeats of a single-value header were refused by the guard */
struct str http_cookie(const struct http_req *rq, const char *name);
struct str http_bound(const struct http_req *rq, const char *name);    /* path parameter */

/*
 * The answer. Headers are const pairs written as given (CR, LF, NUL in them is our mistake: MUST). The body is copied, unless `owned` (then freed with
 * free()) or `lasting` (it outlives the server: assets).
 */
struct http_header_out { const char *name; struct str value; };
struct http_answer {
	unsigned status;
	const struct http_header_out *headers; size_t n_headers;
	const char *body; size_t n_body;
	bool owned, lasting;
	bool close;
};
void http_answer(struct http_req *rq, const struct http_answer *a);    /* once; on the front's thread; at once or later */

/*
 * An answer that goes on: head now (status 200), then pieces whenever there are some, until either side ends it. While there is nothing to say its connection is suspended
 * and costs neither a thread nor a system call. A client that does not take a piece within STREAM_TAKE_S, or lets STREAM_PENDING bytes heap up, is dropped; so is one that
 * sends anything. Its end, whoever makes it, is told by gone. http_stop ends all. Each on the front's thread.
 */
#define STREAM_PENDING 4096
#define STREAM_TAKE_S 30
void http_stream(struct http_req *rq, const struct http_header_out *headers, size_t n_headers);
void http_stream_put(struct http_req *rq, struct str piece);
void http_stream_end(struct http_req *rq);

/* What the layer above hooks into a front's loop. */
struct http_hooks {
	void *ctx;
	void *(*front_open)(void *ctx, struct http_front *f, int *wake_fd_r); /* per front, on its thread, before the first request; wake_fd is polled for reading */
	void (*woken)(void *front_ctx);                                       /* wake_fd is readable */
	void (*turn)(void *front_ctx);                                        /* after the ready connections of one turn were handled: post what was gathered */
	void (*front_close)(void *front_ctx);
};
bool http_front_watch(struct http_front *f, int fd);                       /* readable: hooks.woken is called, as for wake_fd; ends when fd is closed. On the front's thread */
void *http_front_ctx(struct http_front *f);                               /* what front_open returned */
struct http_server *http_front_server(struct http_front *f);
bool http_stopping(const struct http_server *srv);                        /* http_stop was called: answers go out, nothing new is accepted */

/* What a process that may open nothing itself was given: per thread a socket that listens (SO_REUSEPORT), for each kind; the certificate and its key as text. */
struct http_given { const int *tls, *plain; int unix_socket /* -1 none */; const char *cert, *key; };

/*
 * Counters of a server of several processes: each writes its own part and reads all of them, so that whichever is asked answers for the house. A part outlives its process: the
 * one that takes its place goes on counting. Mapped by the caller, parts of http_board_bytes each, zero at first; lives as long as the server.
 */
struct http_board { void *own; const void *all; unsigned parts; };
size_t http_board_bytes(unsigned fronts);

struct http_settings {
	const char *address;              /* "127.0.0.1" */
	uint16_t port;                    /* TLS; 0 none */
	uint16_t plain_port;              /* plain HTTP, loopback only (refused else); 0 none */
	const char *socket_path;          /* unix socket, 0600; NULL none */
	const char *cert_path, *key_path; /* PEM */
	const struct http_given *given;   /* NULL: opened by the paths and ports above, which else only say which kinds there are; read by http_start only */
	const struct http_board *board;   /* NULL: counters of this process alone; read by http_start only */
	unsigned fronts;                  /* threads; default 2 */
	unsigned connections_max;         /* default 2,000 */
	unsigned idle_s;                  /* default 75: between two requests, and for a whole head to arrive */
	unsigned address_max;             /* connections of one address; default 512; loopback and unix are exempt: a proxy or a test stands there */
	const struct http_route *const *tables; size_t n_tables;  /* arrays ending with path NULL */
	const struct http_hooks *hooks;
	/* Answers for what no route takes (404, 405, guard refusals, 413): fills the answer; may be NULL (plain text). */
	void (*fallback)(struct http_req *rq, unsigned status, struct http_answer *a);
};
struct http_server;
/* The listening sockets of n threads, for processes that are given them. Arrays of n, -1 for a kind that the settings do not have. Problems as http_start. */
enum rc http_listen(const struct http_settings *s, unsigned n, int *tls, int *plain, int *unix_r, struct problem *p) CHECKED;
enum rc http_start(const struct http_settings *s, struct http_server **srv_r, struct problem *p) CHECKED; /* port taken, bad certificate: one clear problem */
void http_stop(struct http_server **srv, unsigned drain_ms);              /* stops accepting, lets answers out, then closes */
struct http_stats { uint64_t requests, refused_framing, answers_2xx, answers_4xx, answers_5xx; uint64_t us_p50, us_p95, us_p99; };
struct http_stats http_stats(struct http_server *srv);                    /* per-thread counters summed */
const char *http_port_text(const struct http_server *srv);               /* of the TLS port, else of the plain one, else "" */
#endif
