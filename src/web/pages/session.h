/* SPDX-License-Identifier: Apache-2.0 */
/* pages/session.h: the sign-in and lock pages, drawn by session.c's own rows and by fail.c when a request comes without a live session. */
#ifndef HYGIE_PAGES_SESSION_H
#define HYGIE_PAGES_SESSION_H

#include "pages/screen.h"

enum rc session_draw_sign_in(const struct req *rq, const struct release *rel, struct reply *out, enum why why);
/* Both carry what was posted, sealed by the gate for who typed it (ask_keep); it is offered again once that person has come in. */
enum rc session_draw_lock(const struct req *rq, const struct release *rel, struct reply *out, enum why why);
/*
 * The field "code" of a sheet, in a demonstration with the code of who is signed in written into it, and the button that uses a passkey instead (purpose: as of
 * fields_key). The page's row takes "passkey" too (SESSION_KEY_FIELD), and neither is required there: the gate says what is missing.
 */
#define SESSION_KEY_MAX 40000   /* characters of an answer: a registration with certificates is the longest */
#define SESSION_KEY_FIELD { "passkey", N_("Security key"), FIELD_TOKEN, .max = SESSION_KEY_MAX }
/* purpose NULL: no button of a key beside it. */
void session_code(struct screen *sc, const struct sheet *s, const char *purpose, bool autofocus);
extern const struct page pages_session[];
#endif
