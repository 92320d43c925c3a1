/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/walls.c: see walls.h. What is not in a table (walls_table.h) ends the process. Rows stand by what they are for; whoever adds one says in docs/barriers.md what it opens.
 * Start at walls_calls.
 */
#include "cli/walls.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

#if defined __x86_64__
#define WALLS_X86
#elif defined __aarch64__
#define WALLS_ARM64
#endif
#if defined WALLS_X86 || defined WALLS_ARM64
#define WALLS_NR(name) SYS_##name
#include "cli/walls_table.h"
#else /* no list: base/wall.c knows no such processor and says so, and a server that wants walls does not start */
#define OF_OWN_PROCESS 0xffffffffu
static const struct wall_call FRONT[] = { { 0 } }, VAULT[] = { { 0 } }, VAULT_CONNECTS[] = { { 0 } }, SUPERVISOR[] = { { 0 } }, SUPERVISOR_ROOT[] = { { 0 } };
#endif

static const char *const KIND[] = { [WALLS_FRONT] = "front", [WALLS_VAULT] = "vault", [WALLS_SUPERVISOR] = "supervisor" };

static enum rc
reached(enum walls_kind kind, const char *what, const char *how, enum rc rc, int level, struct problem *p)
{
	bool must = strcmp(how, "on") == 0;

	if (rc != RC_OK && must)
		return rc;
	log_event_(rc == RC_OK ? LOG_INFO : LOG_WARN, "walls", (const struct log_field[]){ LOG_Z("of", KIND[kind]), LOG_Z("what", what),
		LOG_Z("state", rc == RC_OK ? "up" : "missing_as_allowed"), LOG_N("level", level), LOG_END });
	*p = (struct problem){ .rc = RC_OK };
	return RC_OK;
}

static bool
is_off(enum walls_kind kind, const char *how, const char *what)
{
	if (strcmp(how, "off") != 0 && !WALL_WATCHED)
		return false;
	log_event(LOG_WARN, "walls", LOG_Z("of", KIND[kind]), LOG_Z("what", what), LOG_Z("state", WALL_WATCHED ? "left_out_for_address_sanitizer" : "off"), LOG_END);
	return true;
}

void
walls_path(struct wall_path list[WALLS_PATHS], unsigned *n, const char *path, enum wall_use use)
{
	MUST(*n < WALLS_PATHS - 1);
	if (path != NULL && path[0] != '\0')
		list[(*n)++] = (struct wall_path){ path, use };
}

enum rc
walls_files(enum walls_kind kind, const char *how, const struct wall_path *list, bool connects, struct problem *p)
{
	if (is_off(kind, how, "files"))
		return RC_OK;
	return reached(kind, "files", how, wall_files(list, connects, p), wall_files_level(), p);
}

static size_t
add(struct wall_call *to, size_t n, const struct wall_call *from, size_t more)
{
	for (size_t i = 0; i < more; i++) {
		to[n + i] = from[i];
		if (from[i].value == OF_OWN_PROCESS)
			to[n + i].value = (unsigned)getpid();
	}
	return n + more;
}
#define ADD(to, n, table) add(to, n, table, sizeof table / sizeof table[0])

static int
allowed(const struct wall_call *list, size_t n)
{
	int may = 0;

	for (size_t i = 0; i < n; i++)
		may += list[i].refused == 0;
	return may;
}

/* The same table once more, but for new threads and further lists: of two the stricter one counts. */
enum rc
walls_threads(const char *how, struct problem *p)
{
	struct wall_call list[WALL_CALLS_MOST];
	size_t n = ADD(list, 0, FRONT);

	if (is_off(WALLS_FRONT, how, "threads"))
		return RC_OK;
	for (size_t i = 0; i < n; i++)
		if (list[i].nr == SYS_clone || list[i].nr == SYS_seccomp)
			list[i] = (struct wall_call){ list[i].nr, WALL_ANY, 0, 0, EPERM };
	return reached(WALLS_FRONT, "threads", how, wall_calls(list, n, p), allowed(list, n), p);
}

enum rc
walls_calls(enum walls_kind kind, const char *how, bool connects, struct problem *p)
{
	struct wall_call list[WALL_CALLS_MOST];
	size_t n;

	if (is_off(kind, how, "calls"))
		return RC_OK;
	n = kind == WALLS_FRONT ? ADD(list, 0, FRONT) : kind == WALLS_VAULT ? ADD(list, 0, VAULT) : ADD(list, 0, SUPERVISOR);
	if (kind == WALLS_VAULT && connects)
		n = ADD(list, n, VAULT_CONNECTS);
	if (kind == WALLS_SUPERVISOR && geteuid() == 0)
		n = ADD(list, n, SUPERVISOR_ROOT);
	return reached(kind, "calls", how, wall_calls(list, n, p), allowed(list, n), p);
}
