/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/guard.h: the framing guard: what two programs in a row could read differently is refused before anything looks at the request, and the connection
 * is closed. Rules: RFC 9112 §3, §5, §6 (request smuggling), RFC 9110 §5. Pure: bytes in, a status out; no I/O, no state.
 * Called by loop.c at the top of each request. Start at guard_check.
 */
#ifndef HYGIE_HTTP_GUARD_H
#define HYGIE_HTTP_GUARD_H

#include "base/str.h"

#define GUARD_TARGET_MAX  8192u   /* bytes of path and query */
#define GUARD_HEADERS_MAX 16384u  /* bytes of names and values together */
#define GUARD_HEADERS     64u     /* header lines */

struct guard_header { struct str name, value; };
struct guard_request {
	struct str method, target, version;
	const struct guard_header *headers; size_t n_headers;
};
struct guard_seen {
	struct str path, query;       /* parts of target; query without '?' */
	bool has_length;
	uint64_t length;              /* Content-Length; 0 when absent */
};
/*
 * 0 when the request reads the same to everybody; else the HTTP status to refuse it with: 400, 411 (Transfer-Encoding without a length: chunked bodies are
 * not taken, so that no chunk trick exists), 414, 417, 431, 501, 505. seen_r is set on 0 only.
 */
unsigned guard_check(const struct guard_request *q, struct guard_seen *seen_r) CHECKED;
#endif
