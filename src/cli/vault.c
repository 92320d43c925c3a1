/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/vault.c: the process that holds base, ledger, keys and sessions, and nothing of HTTP. Started by supervise.c; answers fronts over lines that it is handed,
 * and operators on DIR/gate.sock. It must never open a port, nor be told by a front what to do but by a call. Start at command_vault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/press.h"
#include "cli/control.h"
#include "cli/serve.h"
#include "cli/walls.h"

/* Its directory and its key; of the machine the time zone, names and certificates of a database server, and what libraries read of the processor. */
static enum rc
wall_off(const struct server *s, bool *connects_r, struct problem *p)
{
	static const char *const read_only[] = { "/etc", "/usr", "/lib", "/proc/self", "/sys/devices/system/cpu", "/dev/urandom" };
	struct wall_path list[WALLS_PATHS] = { { NULL, 0 } };
	const char *home = getenv("HOME");
	char passwords[600];
	unsigned n = 0;

	*connects_r = keeper_on_server(s->dir);
	snprintf(passwords, sizeof passwords, "%s/.pgpass", home != NULL ? home : "");
	walls_path(list, &n, s->dir, WALL_WRITE);
	walls_path(list, &n, s->config.text[SET_KEYS], WALL_WRITE);
	walls_path(list, &n, s->tables, WALL_READ);
	walls_path(list, &n, getenv("CREDENTIALS_DIRECTORY"), WALL_READ);
	for (size_t i = 0; i < sizeof read_only / sizeof read_only[0]; i++)
		walls_path(list, &n, read_only[i], WALL_READ);
	if (*connects_r)
		walls_path(list, &n, passwords, WALL_READ);
	return walls_files(WALLS_VAULT, s->config.text[SET_WALLS_SANDBOX], list, *connects_r, p);
}

/* The supervisor replaces the front: one that is gone already, or one that wrote what no front writes. */
static void
on_line_ended(int process)
{
	(void)control_send(CONTROL_FD, (struct control){ CONTROL_ENDED, process, 0 }, NULL, 0, NULL, 0);
}

static void
take_door(void *ctx, struct control what, int fd)
{
	struct server *s = ctx;
	struct problem p = { 0 };

	if (gate_door(s->gate, fd, what.a, (unsigned)what.b, &p) != RC_OK)
		log_problem(LOG_ERROR, "door", &p);
}

/* The supervisor's first word. */
static bool
take_counter(void)
{
	struct control what;
	int fds[CONTROL_FDS];
	unsigned n;

	if (control_read(CONTROL_FD, &what, NULL, 0, fds, &n) != 0 || what.kind != CONTROL_COUNTER || n != 1)
		return false;
	press_use(fds[0]);
	return true;
}

int
command_vault(const struct options *o)
{
	struct server *s = calloc(1, sizeof *s);
	struct problem p = { 0 };
	bool connects = false;
	int code = EXIT_FAILED;

	MUST(s != NULL);
	if (!control_is_there()) {
		say_err("this part of the server is started by `hygie serve`");
		return EXIT_USAGE;
	}
	serve_block_signals();
	if (!take_counter() || !serve_settings(o, s))
		goto out;
	s->line_ended = on_line_ended;
	if (wall_off(s, &connects, &p) != RC_OK || serve_vault(s, &p) != RC_OK || walls_calls(WALLS_VAULT, s->config.text[SET_WALLS_SANDBOX], connects, &p) != RC_OK) {
		fail("serve", &p);
		goto out;
	}
	log_event_(LOG_INFO, "walls", (const struct log_field[]){ LOG_Z("of", "vault"), LOG_Z("what", "key_memory"), LOG_Z("state", wall_secret_is_hidden() ? "hidden" : "locked"), LOG_END });
	if (control_send(CONTROL_FD, (struct control){ CONTROL_READY, s->demo, 0 }, NULL, 0, NULL, 0))
		control_serve(CONTROL_DOOR, take_door, s);
	code = EXIT_DONE;
out:
	gate_close(&s->gate);
	free(s);
	return code;
}
