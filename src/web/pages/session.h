/* SPDX-License-Identifier: Apache-2.0 */
/* pages/session.h: the sign-in and lock pages, drawn by session.c's own rows and by fail.c when a request comes without a live session. */
#ifndef HYGIE_PAGES_SESSION_H
#define HYGIE_PAGES_SESSION_H

#include "pages/screen.h"

enum rc session_draw_sign_in(const struct req *rq, const struct release *rel, struct reply *out, enum why why);
/* The lock page: what was posted travels along in hidden inputs and is offered again after unlocking. */
enum rc session_draw_lock(const struct req *rq, const struct release *rel, struct reply *out, enum why why);
/* The field "code" of a sheet; in a demonstration with the code of who is signed in written into it. */
void session_code(struct screen *sc, const struct sheet *s, bool autofocus);
extern const struct page pages_session[];
#endif
