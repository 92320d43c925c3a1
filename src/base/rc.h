/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/rc.h: how a function says that it failed.
 * Every fallible function returns enum rc; its last parameter is a struct problem that takes the detail.
 * A problem must never hold a value typed by a person or read from a record: only where, which rule, ids, numbers.
 * Called by everything. Start reading here.
 */
#ifndef HYGIE_BASE_RC_H
#define HYGIE_BASE_RC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECKED __attribute__((warn_unused_result))
#define UNSET __attribute__((uninitialized)) /* a large array on a hot path that is written before it is read: not zeroed by the hardening flag */
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

enum rc {
	RC_OK,
	RC_BAD_INPUT,    /* what was given breaks a rule; the problem names the field or element */
	RC_DENIED,       /* not allowed to this person, or no live fact joins person and patient */
	RC_STEP_UP,      /* allowed after a fresh proof of identity (sign in, unlock, second factor) */
	RC_OVER_BUDGET,  /* allowed in kind, but the volume of the last 24 h is spent */
	RC_NOT_FOUND,
	RC_GONE,         /* existed, was deleted */
	RC_CONFLICT,     /* somebody else changed it first, or a uniqueness rule stands against it */
	RC_PRECONDITION, /* If-Match and the like do not hold */
	RC_LIMIT,        /* too big, too many, too deep, too often */
	RC_RETRY,        /* nothing wrong with the request: try again shortly */
	RC_BROKEN,       /* ours: disk, database, ledger, bug */
	RC__END
};

/* One row of the table of reasons (base/why.def): the public voice. Public sentences are English msgids; web translates them. */
enum why {
#define W(name, http, issue, sentence) WHY_##name,
#define A(name, sentence)
#include "base/why.def"
#undef A
#undef W
	WHY__END
};

struct why_row {
	const char *name;     /* stable symbol, e.g. "UNKNOWN_ELEMENT" */
	unsigned http;        /* HTTP status */
	const char *issue;    /* FHIR issue type code (valueset issue-type) */
	const char *sentence; /* English msgid, a whole plain sentence */
};
const struct why_row *why_row(enum why why);
const char *why_about(enum why why); /* msgid of the same where the problem says what it is about, in its place {1}; NULL: the reason has none */

#define PROBLEM_WHERE 160
#define PROBLEM_DETAIL 240
#define PROBLEM_ABOUT 120
struct problem {
	enum rc rc;
	enum why why;
	char where[PROBLEM_WHERE];   /* element path or field name, never a value: "Patient.name[0].family" */
	char detail[PROBLEM_DETAIL]; /* for the log: ids, numbers and literals of our own, never outside text */
	char about[PROBLEM_ABOUT];   /* for the person who is refused, never for the log: a count, or a place of the house by its name; never a patient. "": nothing */
};

/* Fill p (may be NULL) and return rc, so that `return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "body", …)` reads well.
 * fmt feeds detail: literals, integers and symbols of ours only. */
enum rc problem_set(struct problem *p, enum rc rc, enum why why, const char *where, const char *fmt, ...) PRINTF(5, 6) CHECKED;
/* What a problem that was just set is about, n bytes, cut at a whole character where it is longer; gives the problem's rc. p may be NULL: then rc is what it is called with. */
enum rc problem_about(struct problem *p, enum rc rc, const char *text, size_t n) CHECKED;
enum rc problem_count(struct problem *p, enum rc rc, int64_t n) CHECKED; /* the same of a count */
/* The public sentence of a problem in English, {1} filled in, in at (cut where it is longer); gives its length. For answers that no page draws. */
#define PROBLEM_SAYS 400
size_t problem_says(const struct problem *p, char at[PROBLEM_SAYS]);

/* Our invariant, on in production, never fed with outside bytes. Ends the process. */
#define MUST(x) ((x) ? (void)0 : must_failed(#x, __FILE__, __LINE__))
_Noreturn void must_failed(const char *what, const char *file, int line);

#endif
