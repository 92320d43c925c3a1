/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/vault.c: the process that holds base, ledger, keys and sessions, and nothing of HTTP. Started by supervise.c; answers fronts over lines that it is handed,
 * and operators on DIR/gate.sock. It must never open a port, nor be told by a front what to do but by a call. Start at command_vault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/control.h"
#include "cli/serve.h"
#include "cli/walls.h"

static enum rc
wall_off(const struct server *s, bool *connects_r, struct problem *p)
{
	const char *keys = s->config.text[SET_KEYS], *credentials = getenv("CREDENTIALS_DIRECTORY"), *home = getenv("HOME");
	char own[600];

	snprintf(own, sizeof own, "%s/.pgpass", home != NULL ? home : "");
	*connects_r = keeper_on_server(s->dir);
	/* /etc, /usr, /proc: time zone, names and certificates for a database server; what libraries read of the machine. */
	const struct wall_path list[] = {
		{ s->dir, WALL_WRITE }, { "/etc", WALL_READ }, { "/usr", WALL_READ }, { "/lib", WALL_READ }, { "/proc/self", WALL_READ }, { "/sys/devices/system/cpu", WALL_READ }, { "/dev/urandom", WALL_READ },
		{ *connects_r ? own : "/dev/null", WALL_READ }, { keys[0] != '\0' ? keys : s->dir, WALL_WRITE }, { credentials != NULL && credentials[0] != '\0' ? credentials : s->dir, credentials != NULL && credentials[0] != '\0' ? WALL_READ : WALL_WRITE }, { NULL, 0 },
	};
	return walls_files(WALLS_VAULT, s->config.text[SET_WALLS_SANDBOX], list, *connects_r, p);
}

/* The supervisor replaces the front: one that is gone already, or one that wrote what no front writes. */
static void
on_line_ended(int process)
{
	(void)control_send(CONTROL_FD, (struct control){ CONTROL_ENDED, process, 0 }, NULL, 0, NULL, 0);
}

static void
serve_lines(struct server *s)
{
	struct control what;
	struct problem p = { 0 };
	int fds[CONTROL_FDS];
	unsigned n;

	while (control_read(CONTROL_FD, &what, NULL, 0, fds, &n) == 0 && what.kind != CONTROL_STOP)
		for (unsigned i = 0; i < n; i++)
			if (what.kind != CONTROL_DOOR)
				(void)close(fds[i]);
			else if (gate_door(s->gate, fds[i], what.a, (unsigned)what.b, &p) != RC_OK)
				log_problem(LOG_ERROR, "door", &p);
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
	if (!serve_settings(o, s))
		goto out;
	s->line_ended = on_line_ended;
	if (wall_off(s, &connects, &p) != RC_OK || serve_vault(s, &p) != RC_OK || walls_calls(WALLS_VAULT, s->config.text[SET_WALLS_SANDBOX], connects, &p) != RC_OK) {
		fail("serve", &p);
		goto out;
	}
	log_event_(LOG_INFO, "walls", (const struct log_field[]){ LOG_Z("of", "vault"), LOG_Z("what", "key_memory"), LOG_Z("state", wall_secret_is_hidden() ? "hidden" : "locked"), LOG_END });
	if (control_send(CONTROL_FD, (struct control){ CONTROL_READY, s->demo, 0 }, NULL, 0, NULL, 0))
		serve_lines(s);
	code = EXIT_DONE;
out:
	gate_close(&s->gate);
	free(s);
	return code;
}
