/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/lasting.c: answers that go on (server-sent events). The library asks for the next piece; where there is none the connection is suspended, which takes its socket out
 * of the library's epoll, and put into the front's own, for its end alone. Must never resume what is not suspended, nor leave one suspended when its door stops.
 * Called by handlers (http_stream…), by request.c and loop.c. Start at lasting_read.
 */
#include "base/clock.h"
#include "http/req.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

ssize_t
lasting_read(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct stream *s = ((struct http_rq *)cls)->stream;
	struct http_conn *k = s->rq->conn;
	(void)pos;
	if (s->n > 0) {
		size_t n = s->n < max ? s->n : max;
		memcpy(buf, s->at, n);
		memmove(s->at, s->at + n, s->n - n);
		s->n -= n;
		return (ssize_t)n;
	}
	if (s->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	k->due_ns = 0; /* all of it is in the socket */
	s->asleep = true;
	MHD_suspend_connection(s->rq->mhd);
	return 0;
}

static void
wake(struct stream *s)
{
	struct http_conn *k = s->rq->conn;
	k->door->ready = true;
	if (!s->asleep)
		return;
	s->asleep = false;
	k->due_ns = clock_about_ns() + STREAM_TAKE_S * 1000000000ull;
	MHD_resume_connection(s->rq->mhd);
}

void
lasting_heard(struct stream *s)
{
	s->over = true;
	s->n = 0;
	wake(s);
}

void
http_stream_put(struct http_req *pub, struct str piece)
{
	struct http_rq *rq = pub->conn;
	struct stream *s = rq->stream;
	if (s->over)
		return;
	if (piece.n > sizeof s->at - s->n) {
		(void)shutdown(rq->conn->fd, SHUT_RDWR);
		s->over = true;
	} else {
		memcpy(s->at + s->n, piece.p, piece.n);
		s->n += piece.n;
	}
	wake(s);
}

void
http_stream_end(struct http_req *pub)
{
	struct http_rq *rq = pub->conn;
	rq->stream->over = true;
	wake(rq->stream);
}

void
lasting_gone(struct http_rq *rq)
{
	struct stream *s = rq->stream;
	struct http_front *f = rq->pub.front;
	(void)epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, rq->conn->fd, NULL);
	if (s->next)
		s->next->prev = s->prev;
	*(s->prev ? &s->prev->next : &f->streams) = s->next;
	rq->stream = NULL;
	free(s);
}

void
lasting_end_all(struct http_front *f)
{
	for (struct stream *s = f->streams; s; s = s->next)
		if (!s->over)
			http_stream_end(&s->rq->pub);
}

void
lasting_open(struct http_rq *rq)
{
	struct http_front *f = rq->pub.front;
	struct stream *s = malloc(sizeof *s);
	MUST(s); /* four kilobytes */
	*s = (struct stream){ .rq = rq, .next = f->streams };
	if (s->next)
		s->next->prev = s;
	f->streams = rq->stream = s;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = s };
	(void)epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, rq->conn->fd, &ev); /* without it its end is noticed at the next piece */
}
