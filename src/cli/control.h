/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/control.h: what the supervisor of `hygie serve` and its processes say to each other: whole messages over a socket that each process is born with
 * (descriptor 3), with the descriptors that it is given. The supervisor believes a front nothing but READY, the vault also which front is no good. Its end is the order to stop. Start at enum control_kind.
 */
#ifndef HYGIE_CLI_CONTROL_H
#define HYGIE_CLI_CONTROL_H

#include <sys/types.h>

#include "front/demo.h"
#include "keeper/keeper.h"

#define CONTROL_FD 3
enum control_kind {
	CONTROL_READY = 1,   /* from the vault: a = demonstration; from a front */
	CONTROL_LETTER,      /* to a front, the first: struct letter, certificate, key; its listening sockets, the board of counters to write and to read; the counter of the presses */
	CONTROL_LINE,        /* to a front: line a, with its descriptor */
	CONTROL_DOOR,        /* to the vault: the other end of a line of process a, user b */
	CONTROL_STOP,
	CONTROL_ENDED,       /* from the vault: a line of process a ended */
	CONTROL_COUNTER,     /* to the vault, the first: where it hands papers to the presses */
};
struct control { uint32_t kind; int32_t a, b; };

/* All that a front knows of the house. Same program on both sides: as it lies in memory. */
#define LETTER_TEXT 65536
struct letter {
	char address[512];
	uint16_t port, plain_port;
	unsigned threads, connections;
	unsigned nth, fronts; /* its part of the board, and how many there are */
	int log_level;
	char sandbox[512];
	bool demo, has_unix, has_lines; /* lines: they follow at once; without, there is no vault and all is refused */
	struct demo_person people[KEEPER_PEOPLE];
	unsigned n_people;
	size_t n_cert, n_key; /* each with its NUL */
};

#define CONTROL_FDS 131
bool control_send(int fd, struct control what, const void *more, size_t n, const int *fds, unsigned n_fds);
/* Bytes of more; -1: the other side is gone, or sent what is no message. fds: CONTROL_FDS, or NULL: none are taken. */
ssize_t control_read(int fd, struct control *what_r, void *more, size_t room, int *fds, unsigned *n_fds_r);
/* Until the order to stop, or the supervisor's end: hands on each descriptor that comes with a message of this kind. */
void control_serve(enum control_kind kind, void (*take)(void *ctx, struct control what, int fd), void *ctx);
bool control_is_there(void); /* was this process started by a supervisor? */
#endif
