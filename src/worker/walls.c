/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker/walls.c: see walls.h. Files: of the fonts' folder, to read, and nothing else: the drawing library opens a face anew for each size
 * of its letters. Calls: those of walls_table.h. Start at walls_calls.
 */
#include "worker/walls.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/log.h"

#if defined __x86_64__
#define WALLS_X86
#elif defined __aarch64__
#define WALLS_ARM64
#endif
#if defined WALLS_X86 || defined WALLS_ARM64
#define WALLS_NR(name) SYS_##name
#include "worker/walls_table.h"
#else /* no list: base/wall.c knows no such processor and says so */
static const struct wall_call PRESS[] = { { 0 } };
#endif

static enum rc
reached(const char *what, const char *how, enum rc rc, int level, struct problem *p)
{
	if (rc != RC_OK && strcmp(how, "on") == 0)
		return rc;
	if (rc != RC_OK)
		log_event_(LOG_WARN, "walls", (const struct log_field[]){ LOG_Z("of", "press"), LOG_Z("what", what), LOG_Z("state", "missing_as_allowed"), LOG_END });
	else
		log_event_(LOG_DEBUG, "walls", (const struct log_field[]){ LOG_Z("of", "press"), LOG_Z("what", what), LOG_Z("state", "up"), LOG_N("level", level), LOG_END });
	*p = (struct problem){ .rc = RC_OK };
	return RC_OK;
}

static bool
is_off(const char *how)
{
	return strcmp(how, "off") == 0 || WALL_WATCHED;
}

enum rc
walls_files(const char *how, const char *fonts, struct problem *p)
{
	const struct wall_path list[] = { { fonts, WALL_READ }, { NULL, 0 } };

	wall_self();
	return is_off(how) ? RC_OK : reached("files", how, wall_files(list, false, p), wall_files_level(), p);
}

enum rc
walls_calls(const char *how, struct problem *p)
{
	return is_off(how) ? RC_OK : reached("calls", how, wall_calls(PRESS, sizeof PRESS / sizeof PRESS[0], p), (int)(sizeof PRESS / sizeof PRESS[0]), p);
}
