/* SPDX-License-Identifier: Apache-2.0 */
/* worker/walls.h: what a press gives up before it takes its paper: every file, every call but those of its list. Called by main.c. Start at walls_files. */
#ifndef HYGIE_WORKER_WALLS_H
#define HYGIE_WORKER_WALLS_H

#include "base/wall.h"

/* how: the setting walls.sandbox: "on" (what cannot be had is the problem), "try", "off". Files before the libraries start a thread: of this folder alone, to read; calls once the fonts are open. */
enum rc walls_files(const char *how, const char *fonts, struct problem *p) CHECKED;
enum rc walls_calls(const char *how, struct problem *p) CHECKED;
#endif
