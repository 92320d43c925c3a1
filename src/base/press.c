/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/press.c: see press.h. An order is one message over the counter: the paper's bytes and the end of a pipe to write to. The pipe's end without a whole PDF is a press that broke.
 * Must never wait in press_ask or press_take. Start at press_ask.
 */
#include "base/press.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define CHUNK 65536u

static int counter = -1;

void
press_use(int fd)
{
	counter = fd;
}

static enum rc
away(struct problem *p, const char *what)
{
	return problem_set(p, RC_RETRY, WHY_PRESS_AWAY, "", "press: %s", what);
}

enum rc
press_ask(struct str paper, struct press_order *o, struct problem *p)
{
	union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control = { .room = { 0 } };
	struct iovec bytes = { (void *)(uintptr_t)paper.p, paper.n };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	int ends[2];

	*o = (struct press_order){ .answer = -1, .since_ns = clock_ns() };
	buf_init(&o->pdf, PRESS_PDF_MOST + sizeof(struct press_answer) + CHUNK);
	if (counter < 0)
		return away(p, "none here");
	if (paper.n == 0 || paper.n > PAPER_MOST)
		return problem_set(p, RC_LIMIT, WHY_PAPER_LARGE, "", "press: %zu bytes", paper.n);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return away(p, "no pipe");
	control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
	memcpy(CMSG_DATA(&control.head), &ends[1], sizeof(int));
	ssize_t sent = sendmsg(counter, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)close(ends[1]);
	if (sent != (ssize_t)paper.n) {
		(void)close(ends[0]);
		return away(p, "too many wait");
	}
	o->answer = ends[0];
	return RC_OK;
}

/* The head has come and says so. */
static bool
is_refused(const struct press_order *o)
{
	return o->pdf.n >= sizeof(struct press_answer) && o->pdf.p[0] != PRESS_DONE;
}

static size_t
still_to_come(const struct press_order *o)
{
	struct press_answer a;

	if (o->pdf.n < sizeof a)
		return sizeof a - o->pdf.n;
	memcpy(&a, o->pdf.p, sizeof a);
	return a.n > PRESS_PDF_MOST ? SIZE_MAX : sizeof a + a.n - o->pdf.n;
}

enum rc
press_take(struct press_order *o, bool *whole_r, struct problem *p)
{
	*whole_r = false;
	for (;;) {
		size_t at = o->pdf.n;
		char *room = buf_room(&o->pdf, CHUNK);
		if (room == NULL)
			return problem_set(p, RC_BAD_INPUT, WHY_PAPER_BAD, "", "press: answer over the limit");
		ssize_t n = read(o->answer, room, CHUNK);
		o->pdf.n = at + (n > 0 ? (size_t)n : 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return RC_OK;
		if (n <= 0)
			break;
		if (is_refused(o))
			return problem_set(p, RC_BAD_INPUT, WHY_PAPER_BAD, "", "press: refused");
	}
	if (o->pdf.n <= sizeof(struct press_answer) || still_to_come(o) != 0)
		return problem_set(p, RC_BAD_INPUT, WHY_PAPER_BAD, "", "press: ended within");
	o->pdf.n -= sizeof(struct press_answer);
	memmove(o->pdf.p, o->pdf.p + sizeof(struct press_answer), o->pdf.n);
	*whole_r = true;
	return RC_OK;
}

void
press_drop(struct press_order *o)
{
	if (o->answer >= 0)
		(void)close(o->answer);
	o->answer = -1;
	buf_done(&o->pdf);
}

enum rc
press_pdf(struct str paper, struct buf *pdf, struct problem *p)
{
	struct press_order o;
	bool whole = false;
	enum rc rc = press_ask(paper, &o, p);

	buf_init(pdf, PRESS_PDF_MOST);
	while (rc == RC_OK && !whole) {
		int64_t left = PRESS_WAIT_MS - (int64_t)((clock_ns() - o.since_ns) / 1000000);
		struct pollfd fd = { .fd = o.answer, .events = POLLIN };
		if (left <= 0)
			rc = away(p, "no answer in time");
		else if (poll(&fd, 1, (int)left) > 0)
			rc = press_take(&o, &whole, p);
	}
	if (rc == RC_OK) {
		buf_put(pdf, o.pdf.p, o.pdf.n);
		rc = buf_rc(pdf, p);
	}
	press_drop(&o);
	return rc;
}

ssize_t
press_read(int from, void *room, size_t n, int *answer_r)
{
	union { struct cmsghdr head; char room[CMSG_SPACE(4 * sizeof(int))]; } control;
	struct iovec bytes = { room, n };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	int fds[4];
	unsigned n_fds = 0;
	ssize_t got = recvmsg(from, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	for (struct cmsghdr *c = got >= 0 ? CMSG_FIRSTHDR(&m) : NULL; c != NULL; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) && n_fds < 4; i++)
				memcpy(&fds[n_fds++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	if (n_fds == 1 && got > 0 && (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
		*answer_r = fds[0];
		return got;
	}
	while (n_fds > 0)
		(void)close(fds[--n_fds]);
	return -1;
}
