/* SPDX-License-Identifier: Apache-2.0 */
/* cli/control.c: see control.h. Must never leave a descriptor open that nobody took. Start at control_send. */
#include "cli/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union fds_room { struct cmsghdr head; char room[CMSG_SPACE(CONTROL_FDS * sizeof(int))]; };

bool
control_send(int fd, struct control what, const void *more, size_t n, const int *fds, unsigned n_fds)
{
	union fds_room room;
	struct iovec at[2] = { { &what, sizeof what }, { (void *)(uintptr_t)more, n } };
	struct msghdr m = { .msg_iov = at, .msg_iovlen = n > 0 ? 2 : 1 };

	MUST(n_fds <= CONTROL_FDS);
	if (n_fds > 0) {
		memset(&room, 0, sizeof room);
		m.msg_control = &room;
		m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(n_fds * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	ssize_t put;
	while ((put = sendmsg(fd, &m, MSG_NOSIGNAL)) < 0 && errno == EINTR)
		continue;
	return put == (ssize_t)(sizeof what + n);
}

static unsigned
take_fds(struct msghdr *m, int *fds)
{
	unsigned n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		unsigned came = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds + n, CMSG_DATA(c), came * sizeof(int));
		n += came;
	}
	return n;
}

ssize_t
control_read(int fd, struct control *what_r, void *more, size_t room, int *fds, unsigned *n_fds_r)
{
	union fds_room rights;
	struct iovec at[2] = { { what_r, sizeof *what_r }, { more, room } };
	struct msghdr m = { .msg_iov = at, .msg_iovlen = room > 0 ? 2 : 1, .msg_control = fds != NULL ? &rights : NULL, .msg_controllen = fds != NULL ? sizeof rights : 0 };
	ssize_t got;

	while ((got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		continue;
	if (fds != NULL)
		*n_fds_r = got > 0 ? take_fds(&m, fds) : 0;
	return got >= (ssize_t)sizeof *what_r && !(m.msg_flags & MSG_TRUNC) ? got - (ssize_t)sizeof *what_r : -1;
}

void
control_serve(enum control_kind kind, void (*take)(void *ctx, struct control what, int fd), void *ctx)
{
	struct control what;
	int fds[CONTROL_FDS];
	unsigned n;

	while (control_read(CONTROL_FD, &what, NULL, 0, fds, &n) == 0 && what.kind != CONTROL_STOP)
		for (unsigned i = 0; i < n; i++)
			if (what.kind == kind)
				take(ctx, what, fds[i]);
			else
				(void)close(fds[i]);
}

bool
control_is_there(void)
{
	int kind = 0;
	socklen_t n = sizeof kind;

	return getsockopt(CONTROL_FD, SOL_SOCKET, SO_TYPE, &kind, &n) == 0 && kind == SOCK_SEQPACKET;
}
