/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/rc.c: the table of reasons and the filling of a problem. Must never allocate: it speaks when memory is gone.
 * Called by everything that can fail. Start at problem_set.
 */
#include "base/rc.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct why_row ROWS[WHY__END] = {
#define W(name, http, issue, sentence) [WHY_##name] = { #name, http, issue, sentence },
#define A(name, sentence)
#include "base/why.def"
#undef A
#undef W
};
static const char *const ABOUT[WHY__END] = {
#define W(name, http, issue, sentence)
#define A(name, sentence) [WHY_##name] = sentence,
#include "base/why.def"
#undef A
#undef W
};

const struct why_row *why_row(enum why why)
{
	MUST((unsigned)why < WHY__END);
	return &ROWS[why];
}

const char *why_about(enum why why)
{
	MUST((unsigned)why < WHY__END);
	return ABOUT[why];
}

/* Cut z, which may have been cut in the middle of a sequence by a size limit, back to whole code points. */
static void cut_clean(char *z)
{
	size_t n = strlen(z);
	size_t bad = utf8_bad_at((struct str){ z, n });
	z[bad] = '\0';
}

enum rc problem_set(struct problem *p, enum rc rc, enum why why, const char *where, const char *fmt, ...)
{
	if (!p)
		return rc;
	p->rc = rc;
	p->why = why;
	size_t n = where ? strnlen(where, PROBLEM_WHERE - 1) : 0;
	memmove(p->where, where ? where : "", n); /* where may be p->where itself */
	p->where[n] = '\0';
	cut_clean(p->where);
	p->detail[0] = p->about[0] = '\0';
	if (fmt) {
		va_list ap;
		va_start(ap, fmt);
		int k = vsnprintf(p->detail, sizeof p->detail, fmt, ap);
		va_end(ap);
		if (k < 0)
			p->detail[0] = '\0';
		cut_clean(p->detail);
	}
	return rc;
}

enum rc problem_about(struct problem *p, enum rc rc, const char *text, size_t n)
{
	if (!p)
		return rc;
	n = n < PROBLEM_ABOUT ? n : PROBLEM_ABOUT - 1;
	memcpy(p->about, text, n);
	p->about[n] = '\0';
	cut_clean(p->about);
	return p->rc;
}

enum rc problem_count(struct problem *p, enum rc rc, int64_t n)
{
	char z[24];
	int k = snprintf(z, sizeof z, "%lld", (long long)n);
	return problem_about(p, rc, z, k > 0 ? (size_t)k : 0);
}

size_t problem_says(const struct problem *p, char at[PROBLEM_SAYS])
{
	const char *with = p->about[0] ? why_about(p->why) : NULL, *place = with ? strstr(with, "{1}") : NULL;
	int n = place ? snprintf(at, PROBLEM_SAYS, "%.*s%s%s", (int)(place - with), with, p->about, place + 3) : snprintf(at, PROBLEM_SAYS, "%s", why_row(p->why)->sentence);
	if (n < 0)
		at[0] = '\0';
	cut_clean(at);
	return strlen(at);
}

_Noreturn void must_failed(const char *what, const char *file, int line)
{
	char z[512];
	int n = snprintf(z, sizeof z, "{\"level\":\"fatal\",\"event\":\"must_failed\",\"file\":\"%.120s\",\"line\":%d}\n# MUST(%.240s)\n", file, line, what);
	if (n > 0 && write(2, z, (size_t)n < sizeof z ? (size_t)n : sizeof z - 1) < 0)
		_exit(134);
	abort();
}
