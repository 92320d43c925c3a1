/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/log.c: see log.h. One line is built on the stack and leaves in one write(2), so that lines of several threads and processes never mix
 * (a pipe keeps writes up to PIPE_BUF, 4096 bytes, whole). Must never allocate, never block the caller on anything but that write, never
 * carry text from outside: fields are literals and numbers, and of a problem's `where` only the shape is kept. Start at log_event_.
 */
#include "base/log.h"
#include "base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

static _Atomic int log_fd = 2;
static _Atomic int min_level = LOG_INFO;

struct line { char z[LINE_MAX_BYTES]; size_t n; };

/* Keeps the last bytes for the closing of the line: what does not fit is dropped whole. */
#define CLOSING 16

static bool room(const struct line *l, size_t n)
{
	return n <= LINE_MAX_BYTES - CLOSING - l->n;
}

static void put(struct line *l, const char *z, size_t n)
{
	if (!room(l, n))
		return;
	memcpy(l->z + l->n, z, n);
	l->n += n;
}

static void put_quoted(struct line *l, const char *z)
{
	static const char HEX[] = "0123456789abcdef";
	size_t n = strlen(z);
	if (n > LINE_MAX_BYTES / 8) /* escaping takes at most six bytes for one */
		n = LINE_MAX_BYTES / 8;
	put(l, "\"", 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)z[i];
		if (c == '"' || c == '\\')
			put(l, (char[]){ '\\', (char)c }, 2);
		else if (c < 0x20 || c >= 0x7F)
			put(l, (char[]){ '\\', 'u', '0', '0', HEX[c >> 4], HEX[c & 15] }, 6);
		else
			put(l, (const char *)&c, 1);
	}
	put(l, "\"", 1);
}

static void put_name(struct line *l, const char *name)
{
	put(l, ",", 1);
	put_quoted(l, name);
	put(l, ":", 1);
}

static void put_i64(struct line *l, int64_t v)
{
	struct buf b = { .p = (char[24]){ 0 }, .cap = 24, .max = 24 }; /* a buf over the stack: 20 bytes at most are written, it never grows */
	buf_i64(&b, v);
	put(l, b.p, b.n);
}

static void put_field(struct line *l, const char *name, const char *z)
{
	/* All of it or nothing, so that a full line stays JSON. */
	size_t before = l->n;
	size_t worst = (strlen(name) + (z ? strlen(z) : 0)) * 6 + 8;
	if (!room(l, worst)) {
		l->n = before;
		return;
	}
	put_name(l, name);
	if (z)
		put_quoted(l, z);
	else
		put(l, "null", 4);
}

static void start(struct line *l, enum log_level level, const char *event)
{
	static const char *const NAME[] = { "debug", "info", "warn", "error" };
	l->n = 0;
	put(l, "{\"time\":\"", 9);
	struct buf b = { .p = (char[32]){ 0 }, .cap = 32, .max = 32 };
	buf_instant(&b, clock_ms());
	put(l, b.p, b.n);
	put(l, "\"", 1);
	put_field(l, "level", NAME[(unsigned)level <= LOG_ERROR ? level : LOG_ERROR]);
	put_field(l, "event", event);
}

static void finish(struct line *l)
{
	memcpy(l->z + l->n, "}\n", 2); /* CLOSING kept room */
	l->n += 2;
	int fd = atomic_load_explicit(&log_fd, memory_order_relaxed), saved = errno;
	while (write(fd, l->z, l->n) < 0 && errno == EINTR)
		;
	errno = saved; /* a log that cannot be written stops nothing */
}

void log_event_(enum log_level level, const char *event, const struct log_field *f)
{
	if ((int)level < atomic_load_explicit(&min_level, memory_order_relaxed))
		return;
	struct line l;
	start(&l, level, event);
	for (; f && f->name; f++) {
		if (f->kind == 1) {
			if (!room(&l, strlen(f->name) * 6 + 32))
				continue;
			put_name(&l, f->name);
			put_i64(&l, f->n);
		} else {
			put_field(&l, f->name, f->z);
		}
	}
	finish(&l);
}

/* The shape of a path: names of letters stay, digits in brackets go, anything else becomes '?'. */
static void shape(char out[PROBLEM_WHERE], const char *where)
{
	size_t n = 0;
	bool in_brackets = false;
	for (const char *c = where; *c && n < PROBLEM_WHERE - 1; c++) {
		bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
		if (*c == '[' || *c == ']')
			in_brackets = *c == '[';
		else if (in_brackets)
			continue;
		out[n++] = letter || strchr("._-/:[]", *c) ? *c : '?';
	}
	out[n] = '\0';
}

void log_problem(enum log_level level, const char *event, const struct problem *p)
{
	static const char *const RC[RC__END] = { "OK", "BAD_INPUT", "DENIED", "STEP_UP", "OVER_BUDGET", "NOT_FOUND", "GONE", "CONFLICT",
		"PRECONDITION", "LIMIT", "RETRY", "BROKEN" };
	if ((int)level < atomic_load_explicit(&min_level, memory_order_relaxed))
		return;
	struct line l;
	char where[PROBLEM_WHERE];
	shape(where, p->where);
	start(&l, level, event);
	put_field(&l, "rc", (unsigned)p->rc < RC__END ? RC[p->rc] : "?");
	put_field(&l, "why", (unsigned)p->why < WHY__END ? why_row(p->why)->name : "?");
	put_field(&l, "where", where);
	put_field(&l, "detail", p->detail);
	finish(&l);
}

void log_to_fd(int fd)
{
	atomic_store_explicit(&log_fd, fd, memory_order_relaxed);
}

void log_min(enum log_level level)
{
	atomic_store_explicit(&min_level, (int)level, memory_order_relaxed);
}
