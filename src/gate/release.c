/* SPDX-License-Identifier: Apache-2.0 */
/* gate/release.c: see release.h, and gate.h for the caller's side. Must never give out rows of a release whose rc is not RC_OK (but the findings of a refused write, and what is kept, sealed, of a form). */
#include "gate/release.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gate/wire.h"

/*
 * A release and the buffer of its rows are larger than what the allocator keeps by thread (1 KB): making and freeing them cost a read 2 to 3 % of its processor time. So the thread that frees one
 * keeps it for its next; a destructor of the thread's key frees what it kept. Under AddressSanitizer nothing is kept: it would hide what is used after it was freed.
 */
#if defined(__SANITIZE_ADDRESS__)
#define KEPT_MOST 0u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEPT_MOST 0u
#endif
#endif
#ifndef KEPT_MOST
#define KEPT_MOST 128u /* by a thread: what one turn of a front gathers, and more */
#endif
#define ROWS_KEPT 16384 /* a larger buffer is freed */

struct spares { struct release *at[KEPT_MOST + 1]; unsigned n; bool known; };
static _Thread_local struct spares mine;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void end_one(struct release *r)
{
	buf_done(&r->rows.out);
	free(r);
}

static void end_all(void *spares)
{
	struct spares *k = spares;
	while (k->n > 0)
		end_one(k->at[--k->n]);
}

static void make_key(void) { has_key = pthread_key_create(&key, end_all) == 0; }

static bool keep(struct release *r)
{
	if (mine.n + 1 > KEPT_MOST)
		return false;
	if (!mine.known) {
		pthread_once(&once, make_key);
		mine.known = has_key && pthread_setspecific(key, &mine) == 0;
	}
	if (mine.known)
		mine.at[mine.n++] = r;
	return mine.known;
}

struct release *release_new(void)
{
	struct release *r = mine.n > 0 ? mine.at[--mine.n] : calloc(1, sizeof *r);
	if (!r)
		return NULL;
	struct buf out = r->rows.out;
	memset(r, 0, offsetof(struct release, text)); /* the text's bytes are written before they are pointed to */
	r->rows.out = out;
	r->explained = "";
	return r;
}

void release_free(struct release **r)
{
	if (!*r)
		return;
	struct buf *out = &(*r)->rows.out;
	if ((*r)->has_rows && (*r)->secret)
		buf_done_wiped(out);
	if (out->cap > ROWS_KEPT)
		buf_done(out);
	else if (out->p)
		wipe(out->p, out->n); /* what an answer told is not kept with its room */
	if (!keep(*r))
		end_one(*r);
	*r = NULL;
}

struct rows *release_open(struct release *r)
{
	if (!r->has_rows)
		rows_reopen(&r->rows, RELEASE_ROWS_MAX);
	r->has_rows = true;
	return &r->rows;
}

void release_refuse(struct release *r, const struct problem *p)
{
	if (r->has_rows) {
		buf_done_wiped(&r->rows.out);
		rows_done(&r->rows);
	}
	r->has_rows = false;
	r->problem = *p;
	r->rc = p->rc;
	r->explained = "";
	r->explained_until_ms = 0;
	r->special = false;
}

struct str release_keep(struct release *r, struct str s)
{
	size_t room = sizeof r->text - r->text_n;
	if (s.n > room) {
		s.n = room;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	char *at = r->text + r->text_n;
	if (s.n)
		memcpy(at, s.p, s.n);
	r->text_n += s.n;
	return (struct str){ at, s.n };
}

/* ---- the caller's side ---- */

enum rc release_rc(const struct release *r) { return r->rc; }
const struct problem *release_problem(const struct release *r) { return &r->problem; }
enum rc release_act_rc(const struct release *r) { return r->act_rc; }
const struct release_who *release_who(const struct release *r) { return &r->who; }
bool release_may(const struct release *r, enum may may) { return (r->may & (uint32_t)may) != 0; }

struct str release_rows(const struct release *r)
{
	static const char none[8] = { 'H', 'Y', 'R', '1', 8, 0, 0, 0 }; /* an empty flat of base/rows */
	return r->has_rows && !r->rows.out.failed ? buf_view(&r->rows.out) : (struct str){ none, sizeof none };
}

struct str release_explained(const struct release *r, int64_t *until_ms_r)
{
	if (until_ms_r)
		*until_ms_r = r->explained_until_ms;
	return str_of(r->explained);
}

bool release_special(const struct release *r) { return r->special; }

uint64_t release_version(const struct release *r) { return r->version; }

/* ---- frames ---- */

/* Texts of release_explained: literals on both sides of a frame. */
static const char *const EXPLAINED[] = { "", "unit", "appointment", "author", "treating", "self_made", "break_glass", "ticket", "created", "review", "emergency", "asked", "transfer", "on_call", "handed" };

void release_put(const struct release *r, struct buf *out)
{
	unsigned e = 0;
	for (unsigned i = 0; i < sizeof EXPLAINED / sizeof *EXPLAINED; i++)
		if (strcmp(EXPLAINED[i], r->explained) == 0)
			e = i;
	wire_u8(out, (uint8_t)r->rc);
	wire_u8(out, (uint8_t)r->act_rc);
	wire_u8(out, (uint8_t)e);
	wire_u8(out, (uint8_t)r->who.role);
	wire_u8(out, r->who.locked);
	wire_u8(out, r->special);
	wire_u32(out, r->may);
	wire_u64(out, r->version);
	wire_u32(out, r->who.opened);
	wire_u32(out, r->who.opened_max);
	wire_u64(out, (uint64_t)r->who.plan_until_ms);
	wire_u32(out, r->who.notices);
	wire_u32(out, r->who.levels);
	wire_u64(out, (uint64_t)r->explained_until_ms);
	wire_u8(out, (uint8_t)r->problem.rc);
	wire_u32(out, (uint32_t)r->problem.why);
	wire_text(out, str_of(r->problem.where));
	wire_text(out, str_of(r->problem.about));
	wire_text(out, r->who.login);
	wire_text(out, r->who.name);
	wire_text(out, r->who.unit);
	wire_text(out, r->who.unit_name);
	wire_text(out, r->who.lang);
	wire_text(out, release_rows(r));
}

enum rc release_take(struct str flat, struct release **r_r, struct problem *p)
{
	struct release *r = release_new();
	if (!r)
		return problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory");
	struct wire w = { flat, false };
	r->rc = (enum rc)wire_get_u8(&w);
	r->act_rc = (enum rc)wire_get_u8(&w);
	unsigned e = wire_get_u8(&w);
	r->who.role = (enum role)wire_get_u8(&w);
	r->who.locked = wire_get_u8(&w) != 0;
	r->special = wire_get_u8(&w) != 0;
	r->may = wire_get_u32(&w);
	r->version = wire_get_u64(&w);
	r->who.opened = wire_get_u32(&w);
	r->who.opened_max = wire_get_u32(&w);
	r->who.plan_until_ms = (int64_t)wire_get_u64(&w);
	r->who.notices = wire_get_u32(&w);
	r->who.levels = wire_get_u32(&w);
	r->explained_until_ms = (int64_t)wire_get_u64(&w);
	r->problem.rc = (enum rc)wire_get_u8(&w);
	r->problem.why = (enum why)wire_get_u32(&w);
	struct str where = wire_get_text(&w), about = wire_get_text(&w);
	r->who.login = release_keep(r, wire_get_text(&w));
	r->who.name = release_keep(r, wire_get_text(&w));
	r->who.unit = release_keep(r, wire_get_text(&w));
	r->who.unit_name = release_keep(r, wire_get_text(&w));
	r->who.lang = release_keep(r, wire_get_text(&w));
	struct str rows = wire_get_text(&w);
	bool good = !w.bad && w.left.n == 0 && r->rc < RC__END && r->act_rc < RC__END && r->who.role < ROLE__END && r->problem.rc < RC__END
		&& r->problem.why < WHY__END && e < sizeof EXPLAINED / sizeof *EXPLAINED && where.n < sizeof r->problem.where && about.n < sizeof r->problem.about
		&& rows_check(rows);
	if (good) {
		memcpy(r->problem.where, where.p, where.n);
		memcpy(r->problem.about, about.p, about.n);
		r->explained = EXPLAINED[e];
		struct rows *out = release_open(r);
		buf_reset(&out->out);
		buf_str(&out->out, rows);
		good = !out->out.failed;
	}
	if (!good) {
		release_free(&r);
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "frame: release");
	}
	*r_r = r;
	return RC_OK;
}
