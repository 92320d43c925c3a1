/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/req.h: the private part of http: connections, requests, doors, fronts. Included by the files of src/http only.
 * A door is one libmicrohttpd daemon (TLS, plain or unix) of one front; a front is one thread with its epoll loop; nothing here is shared between fronts
 * but what is const after start (settings, router) and the counters, which others only read.
 * Start at struct http_front.
 */
#ifndef HYGIE_HTTP_REQ_H
#define HYGIE_HTTP_REQ_H

#include "base/map.h"
#include "http/guard.h"
#include "http/http.h"
#include "http/router.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>

enum door_kind { DOOR_TLS, DOOR_PLAIN, DOOR_UNIX, DOOR__END };

struct http_conn {
	struct door *door;
	struct http_conn *prev, *next;
	int fd;
	char from[48];
	bool local, listening;        /* listening: to the client, for a head or a body */
	uint64_t due_ns;              /* the client must have done its part by then; 0: it is our turn */
};

enum req_phase { REQ_NEW, REQ_BODY, REQ_RUNNING, REQ_WAITING, REQ_ANSWERED, REQ_QUEUED, REQ_STREAM };

/* What of an answer that goes on has not gone yet. */
struct stream { struct http_rq *rq; struct stream *next, *prev; bool asleep, over; size_t n; char at[STREAM_PENDING]; };

struct http_rq {
	struct http_req pub;          /* first: a struct http_req is a struct http_rq */
	struct http_conn *conn;
	struct MHD_Connection *mhd;
	struct http_rq *next_free;
	enum req_phase phase;
	unsigned status, refuse;      /* answered; decided by http itself before any handler */
	bool close;
	struct MHD_Response *response;
	const char *line;             /* where the target starts in the library's buffer */
	struct str target;            /* copy */
	struct guard_header headers[GUARD_HEADERS + 1]; size_t n_headers;
	char *body; size_t n_body, body_len; /* gathered so far; Content-Length */
	unsigned allowed;             /* methods, for 405 */
	struct stream *stream;        /* of REQ_STREAM */
};

struct door {
	enum door_kind kind;
	struct http_front *front;
	struct MHD_Daemon *daemon;
	int epoll_fd, listen_fd;
	bool ready;                   /* to be run in this turn */
	unsigned waiting;             /* requests without an answer yet */
};

#define BUCKETS 512                   /* 16 per power of two of µs: see stats.c */
struct counters { uint64_t requests, refused_framing, answers_2xx, answers_4xx, answers_5xx, took[BUCKETS]; };

struct http_front {
	struct http_server *server;
	unsigned no;
	pthread_t thread;
	int epoll_fd, call_fd, wake_fd; /* call_fd: http_stop calls */
	struct door doors[DOOR__END]; unsigned n_doors;
	struct http_conn *conns; unsigned n_conns;
	struct http_rq *free_rq; unsigned n_free, n_open; /* requests under way */
	struct maps *addresses;       /* remote address → connections */
	void *ctx;
	uint64_t pieces;              /* of bodies, taken so far */
	bool uploading;               /* pieces came in the last turn: more may lie there */
	struct stream *streams;
	unsigned fruitless;           /* turns in a row without an event, a request or a piece; at most 5 */
	uint64_t swept_ns;
	struct counters *count;       /* its part of the board */
};

struct http_server {
	struct http_settings set;
	struct router *router;
	struct http_front *fronts;
	struct http_board board;
	struct counters *counts;      /* of a process that shares no board: its own, one a front */
	int unix_fd;
	char *cert, *key;
	gnutls_datum_t ticket;        /* session ticket key, shared by the fronts; GnuTLS rotates what it derives from it */
	_Atomic bool stopping;
	_Atomic uint64_t stop_by_ns;
	pthread_mutex_t lock; pthread_cond_t turned;
	unsigned up, failed;          /* fronts that started, or could not */
	char port[8];
};

#define HTTP_TLS_PRIORITIES \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:" \
	"-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:%SERVER_PRECEDENCE"
/* TLS 1.2 and 1.3 only, AEAD ciphers and ephemeral keys only (ANSSI, « Recommandations de sécurité relatives à TLS », 2020: R3, R6, R9). */

/* listen.c */
enum rc listen_tcp(const char *address, uint16_t port, int *fd_r, struct problem *p) CHECKED;  /* SO_REUSEPORT among our own fronts */
enum rc listen_free(const char *address, uint16_t port, struct problem *p) CHECKED;            /* RC_CONFLICT PORT_TAKEN when another program has it */
enum rc listen_unix(const char *path, int *fd_r, struct problem *p) CHECKED;
enum rc listen_credentials(struct http_server *srv, struct problem *p) CHECKED;                /* reads and tries certificate and key */
bool address_is_loopback(const struct sockaddr *a);
void address_text(const struct sockaddr *a, char out[48]);

/* request.c: the library's callbacks */
void *request_begin(void *door, const char *target, struct MHD_Connection *c);
enum MHD_Result request_access(void *door, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *upload, size_t *n_upload, void **rq);
void request_completed(void *door, struct MHD_Connection *c, void **rq, enum MHD_RequestTerminationCode how);
void request_free_all(struct http_front *f);

/* lasting.c */
void lasting_open(struct http_rq *rq);
ssize_t lasting_read(void *rq, uint64_t pos, char *buf, size_t max); /* the library's: what there is, or sleep */
void lasting_gone(struct http_rq *rq);                               /* the request is complete */
void lasting_heard(struct stream *s);                                /* the client sent something, or left */
void lasting_end_all(struct http_front *f);

/* loop.c */
void *loop_run(void *front);

/* stats.c */
void stats_request(struct http_front *f);
void stats_refused(struct http_front *f);
void stats_answer(struct http_front *f, unsigned status, uint64_t took_ns);
#endif
