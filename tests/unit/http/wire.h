/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h: a client that writes bytes as they are and reads what comes, and a small server with routes of its own, for the tests of http.
 * Called by test_server.c, test_drain.c. Start at server_up.
 */
#ifndef HYGIE_TEST_WIRE_H
#define HYGIE_TEST_WIRE_H

#include "http/http.h"

/*
 * Routes: GET /now; GET /later/:id (answered when the desk is released); POST /echo (body_max 100, answers the body); POST /big (8 MB);
 * GET /cookie (answers the value of cookie "a"); GET /who/:name/rest (answers both).
 * A desk gathers /later requests in turn and hands them back through its wake fd, as front does with the gate.
 */
struct server;
struct server *server_up(bool with_socket);
struct server *server_up_with(struct http_settings s);   /* address, port, certificate, limits as given */
void server_down(struct server *s, unsigned drain_ms);
struct http_server *server_http(struct server *s);
uint16_t server_port(const struct server *s);
const char *server_socket(const struct server *s);
void server_hold(struct server *s, bool hold);           /* /later is not answered while held */
unsigned server_waiting(struct server *s);               /* /later requests started and neither answered nor gone */
unsigned server_gone(struct server *s);                  /* … whose connection went first */
uint16_t free_port(void);

/* -1 when refused. */
int wire_open(uint16_t port);
int wire_open_unix(const char *path);
void wire_put(int fd, const char *bytes, size_t n);
void wire_z(int fd, const char *z);
/* Reads until the peer closes, or `until` was seen `times`, or 2 s without a byte. NUL-terminated; the caller frees. */
struct heard { char *text; size_t n; bool closed; };
struct heard wire_read(int fd, const char *until, unsigned times);
/* One connection: send, read until close or one whole head (and 200 ms), return the status of the first answer; 0: closed without a word. */
unsigned wire_status(uint16_t port, const char *bytes, size_t n, bool *closed_r);
unsigned status_of(const char *text);
unsigned count_of(const char *text, const char *what);
#endif
