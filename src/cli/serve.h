/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/serve.h: what `hygie serve` is made of, whether it is one process or several: settings, vault, people of a demonstration, certificate, marks in the data
 * directory. Called by serve.c (all in one), supervise.c, vault.c and front.c. Start at struct server.
 */
#ifndef HYGIE_CLI_SERVE_H
#define HYGIE_CLI_SERVE_H

#include "cli/config.h"
#include "front/front.h"

struct server {
	struct config config;
	const char *dir, *tables;
	char cert[600], key[600], pid_path[600], socket_path[600];
	bool demo;
	void (*line_ended)(int process);
	struct demo_file people_file;
	struct demo_person people[KEEPER_PEOPLE];
	struct demo_people offered;
	char passkey_name[512], passkey_origins[1024];
	struct gate *gate;
	struct front *front;
	struct http_server *http;
};

bool serve_settings(const struct options *o, struct server *s);            /* says what is wrong */
void serve_site(struct server *s);                                         /* whom passkeys are made for */
enum rc serve_vault(struct server *s, struct problem *p) CHECKED;          /* opens it, its operator's socket too */
enum rc serve_people(struct server *s, struct problem *p) CHECKED;
enum rc serve_certificate(struct server *s, struct problem *p) CHECKED;    /* finds or makes it: paths in cert, key */
struct http_settings serve_http(struct server *s);                         /* as the settings say; without what a front adds */
enum rc serve_front(struct server *s, struct problem *p) CHECKED;          /* pages and API over s->gate */
enum rc serve_marks(struct server *s, struct problem *p) CHECKED;          /* server.pid, demo.json: others find us */
void serve_unmark(struct server *s);
void serve_announce(const struct server *s);
void serve_block_signals(void);                                            /* before any thread: TERM and INT are read where they are waited for, PIPE is an error code */

int supervise(const struct options *o, struct server *s);                  /* supervise.c */
/* The processes that it starts, by these words of the same program; nobody else calls them. */
#define WORD_VAULT "serve-vault"
#define WORD_FRONT "serve-front"
int command_vault(const struct options *o);
int command_front(const struct options *o);
#endif
