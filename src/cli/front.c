/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/front.c: a process that serves HTTP: the TLS key, pages and API over the vault's gate. It opens nothing: sockets, certificate and what it must know come
 * from the supervisor. BARRIER: this is where a break-in would land; before the first connection is taken it has given up files, programs, new sockets and threads.
 * Start at command_front.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/press.h"
#include "cli/control.h"
#include "cli/serve.h"
#include "cli/walls.h"

#define THREADS_MOST 64
struct given { struct letter l; char pem[2 * LETTER_TEXT]; };

/* True when the letter is whole: it decides what is served, so a half one serves nothing. */
static bool
read_letter(struct given *g, int fds[CONTROL_FDS], unsigned *n_r)
{
	struct control what;
	ssize_t n = control_read(CONTROL_FD, &what, g, sizeof *g, fds, n_r);
	const struct letter *l = &g->l;

	return n >= (ssize_t)sizeof *l && what.kind == CONTROL_LETTER && (size_t)n == sizeof *l + l->n_cert + l->n_key && l->threads > 0 && l->threads <= THREADS_MOST && l->n_people <= KEEPER_PEOPLE && l->nth < l->fronts &&
	       *n_r == l->threads * ((l->port != 0) + (l->plain_port != 0)) + l->has_unix + 3;
}

/* Its own part to write, all of them to read: by a descriptor that lets nobody write, so that this process cannot do it later either. Both descriptors go. */
static enum rc
open_board(const struct letter *l, const int fds[2], struct http_board *board, struct problem *p)
{
	size_t n = http_board_bytes(l->threads);
	void *own = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], (off_t)(l->nth * n)), *all = mmap(NULL, l->fronts * n, PROT_READ, MAP_SHARED, fds[1], 0);

	(void)close(fds[0]);
	(void)close(fds[1]);
	*board = (struct http_board){ own, all, l->fronts };
	return own != MAP_FAILED && all != MAP_FAILED ? RC_OK : problem_set(p, RC_LIMIT, WHY_BROKEN, "board", "errno %d", errno);
}

static void
take_line(void *ctx, struct control what, int fd)
{
	struct server *s = ctx;
	struct problem p = { 0 };

	if (gate_line(s->gate, (unsigned)what.a, fd, &p) != RC_OK)
		log_problem(LOG_ERROR, "line", &p);
}

/* Those that follow the letter, before the first connection is taken: who asks a front that is ready asks the vault. False: told to stop, or the supervisor is gone. */
static bool
take_first_lines(struct server *s, const struct letter *l)
{
	for (unsigned i = 0; l->has_lines && i <= l->threads; i++) {
		struct control what;
		int fds[CONTROL_FDS];
		unsigned n;
		if (control_read(CONTROL_FD, &what, NULL, 0, fds, &n) != 0 || what.kind != CONTROL_LINE || n != 1)
			return false;
		take_line(s, what, fds[0]);
	}
	return true;
}

static enum rc
open_all(struct server *s, struct given *g, const int *fds, struct problem *p)
{
	const struct letter *l = &g->l;
	const int *plain = fds + (l->port != 0 ? l->threads : 0);
	struct http_given given = { fds, plain, l->has_unix ? plain[l->plain_port != 0 ? l->threads : 0] : -1, g->pem, g->pem + l->n_cert };
	struct http_settings h = { .address = l->address, .port = l->port, .plain_port = l->plain_port, .fronts = l->threads, .connections_max = l->connections,
		.socket_path = l->has_unix ? "given" : NULL, .given = &given, .fallback = front_fallback };
	struct http_board board;
	const struct wall_path nothing[] = { { NULL, 0 } };
	enum rc rc = gate_remote(l->threads, &s->gate, p);

	s->demo = l->demo;
	memcpy(s->people, l->people, sizeof s->people);
	s->offered = (struct demo_people){ s->people, l->n_people };
	if (rc == RC_OK && !take_first_lines(s, l))
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "line", "no lines came");
	if (rc == RC_OK)
		rc = serve_front(s, p);
	if (rc == RC_OK)
		rc = open_board(l, plain + (l->plain_port != 0 ? l->threads : 0) + l->has_unix, &board, p);
	press_use(plain[(l->plain_port != 0 ? l->threads : 0) + l->has_unix + 2]);
	if (rc != RC_OK)
		return rc;
	h.board = &board;
	h.hooks = front_hooks(s->front);
	h.tables = front_routes(s->front, &h.n_tables);
	tzset(); /* the last file that is read */
	if ((rc = walls_files(WALLS_FRONT, l->sandbox, nothing, false, p)) == RC_OK && (rc = walls_calls(WALLS_FRONT, l->sandbox, false, p)) == RC_OK && (rc = http_start(&h, &s->http, p)) == RC_OK)
		rc = walls_threads(l->sandbox, p);
	return rc;
}

int
command_front(const struct options *o)
{
	struct server *s = calloc(1, sizeof *s);
	struct given *g = calloc(1, sizeof *g);
	struct problem p = { 0 };
	int fds[CONTROL_FDS], code = EXIT_FAILED;
	unsigned n;

	(void)o;
	MUST(s != NULL && g != NULL);
	if (!control_is_there()) {
		say_err("this part of the server is started by `hygie serve`");
		return EXIT_USAGE;
	}
	serve_block_signals();
	if (read_letter(g, fds, &n)) {
		log_min((enum log_level)g->l.log_level);
		if (open_all(s, g, fds, &p) != RC_OK) {
			fail("serve", &p);
			return EXIT_FAILED; /* as it stands: lines that end before this process does would have it ended by a signal, and its sentence followed by another */
		}
		if (control_send(CONTROL_FD, (struct control){ CONTROL_READY, 0, 0 }, NULL, 0, NULL, 0)) {
			wipe(g->pem, sizeof g->pem);
			control_serve(CONTROL_LINE, take_line, s);
			code = EXIT_DONE;
		}
	}
	http_stop(&s->http, 4000);
	front_close(&s->front);
	gate_close(&s->gate);
	wipe(s->people, sizeof s->people);
	free(g);
	free(s);
	return code;
}
