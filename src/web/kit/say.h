/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/say.h: sentences for persons. A msgid is a whole English sentence, marked N_() so that tools/gen_locale.py finds it; locale/fr.po must have it.
 * {1} … {9} stand for values, which are escaped by where they go. No printf format ever. Pure; tables are made at build.
 */
#ifndef HYGIE_KIT_SAY_H
#define HYGIE_KIT_SAY_H

#include "kit/html.h"

enum { SAY_FR, SAY_EN, SAY__LANGS };          /* the same numbers as front's enum lang */
#define N_(msgid) msgid

/* What every component needs to draw. One a page; lives on the stack of show. */
struct kit {
	struct html w;
	unsigned lang;
	int64_t now_ms;
	const char *icons;            /* path of the sprite */
	struct str csrf;              /* token that every form carries */
	unsigned ids;                 /* for unique ids within the page */
};

const char *tr(unsigned lang, const char *msgid);                     /* msgid itself when no table has it; binary search */
/* One of two by the language's plural rule (French: 0 and 1 are singular; English: only 1). */
const char *tr_n(unsigned lang, uint64_t n, const char *one, const char *many);

void say(struct kit *k, const char *msgid);                           /* as text */
void say_why(struct kit *k, enum why why, const char *about);         /* why something was refused: its public sentence, with what it is about (struct problem; NULL, "": nothing) */
void say_at(struct kit *k, const char *msgid, const struct str *v, size_t n);
#define say_with(k, msgid, ...) say_at((k), (msgid), (const struct str[]){ __VA_ARGS__ }, sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str))
/* The same into a buffer, not escaped: for titles, labels, attributes. */
void say_buf_at(struct buf *b, const char *translated, const struct str *v, size_t n);
#define say_buf(b, translated, ...) say_buf_at((b), (translated), (const struct str[]){ __VA_ARGS__ }, sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str))

/* An element that holds one sentence. class_ may be NULL. */
void el(struct kit *k, enum tag tag, const char *class_, const char *msgid);
void el_text(struct kit *k, enum tag tag, const char *class_, struct str text);
void el_open(struct kit *k, enum tag tag, const char *class_);
void el_name(struct kit *k, struct str text);                         /* a person's name: isolated so that its direction stays its own */
void link_to(struct kit *k, const char *class_, struct str href, const char *msgid);
/* Decimal digits of n in small. */
struct digits { char at[24]; };
struct str digits_of(struct digits *d, int64_t n);
/* A small buffer on the stack for a composed text; what does not fit is cut at a whole character. */
struct words { char at[400]; size_t n; };
void words_add(struct words *ws, struct str s);
void words_z(struct words *ws, const char *z);
struct str words_view(const struct words *ws);
#endif
