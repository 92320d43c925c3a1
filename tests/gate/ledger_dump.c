/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/gate/ledger_dump.c: `ledger_dump LEDGER_DIR [FIRST]`: the entries of a ledger from FIRST on, one JSON object a line, patients as [surrogate, explain,
 * tier, draw]. Opens for reading only: a server may be writing. Exit 1 with one line on stderr when it cannot be read. Called by tests/lib. Start at main.
 */
#include <stdio.h>
#include <stdlib.h>

#include "codec/json.h"
#include "ledger/ledger.h"

static const char *const KIND[] = { "", "GENESIS", "START", "SESSION", "RELEASE", "REFUSAL", "INTENT", "OUTCOME", "SNAPSHOT", "SNAPSHOT_END", "CHECKPOINT", "STOP", "MARK", "ALARM", "EPOCH", "BIND" };

struct dump { struct ledger_each each; struct buf b; };

static void
number(struct jw *w, const char *name, int64_t v)
{
	jw_key(w, name);
	jw_i64(w, v);
}

static void
put_patients(struct jw *w, const struct ledger_entry *e)
{
	jw_key(w, "patients");
	jw_array(w);
	for (uint32_t i = 0; i < e->n_patients; i++) {
		const struct ledger_patient *p = &e->patients[i];
		jw_array(w);
		jw_i64(w, p->patient);
		jw_i64(w, p->explain);
		jw_i64(w, p->tier);
		jw_bool(w, p->draw);
		jw_end(w, ']');
	}
	jw_end(w, ']');
}

static bool
put_entry(struct ledger_each *each, const struct ledger_entry *e)
{
	struct dump *d = (struct dump *)(void *)each;
	struct jw w;
	jw_init(&w, &d->b);
	jw_object(&w);
	number(&w, "number", (int64_t)e->number);
	jw_member(&w, "kind", str_of(e->kind < sizeof KIND / sizeof *KIND ? KIND[e->kind] : "?"));
	number(&w, "surface", e->surface);
	number(&w, "rc", e->rc);
	jw_member(&w, "why", str_of(why_row((enum why)e->why)->name));
	number(&w, "tier", e->tier);
	number(&w, "reveals", e->reveals);
	number(&w, "rows", e->rows);
	number(&w, "draws", e->draws);
	number(&w, "draws_unexplained", e->draws_unexplained);
	number(&w, "about", (int64_t)e->about);
	number(&w, "at_ms", e->at_ms);
	jw_member(&w, "route", e->route);
	jw_member(&w, "note", e->note);
	if (e->kind == LEDGER_RELEASE || (e->kind == LEDGER_INTENT && str_starts(e->route, STR("export"))))
		jw_member(&w, "text", e->text); /* of exports: hashes; other texts are sealed bytes */
	number(&w, "account", e->account);
	number(&w, "session", (int64_t)e->session);
	jw_member(&w, "unit", e->unit);
	jw_member(&w, "from", e->from.n && (e->from.p[0] == 1 || e->from.p[0] == 2) ? STR("sealed") : e->from);
	jw_member(&w, "text", e->text.n && (e->text.p[0] == 1 || e->text.p[0] == 2) ? STR("sealed") : e->text);
	put_patients(&w, e);
	jw_end(&w, '}');
	MUST(!d->b.failed);
	bool more = printf("%.*s\n", STR_ARG(buf_view(&d->b))) > 0;
	buf_reset(&d->b);
	return more;
}

int
main(int argc, char **argv)
{
	struct ledger_settings s = { .dir = argc > 1 ? argv[1] : "", .read_only = true };
	struct dump d = { .each = { put_entry } };
	struct ledger *l = NULL;
	struct problem p = { 0 };
	enum rc rc = ledger_open(&s, &l, &p);
	buf_init(&d.b, 1 << 20);
	if (rc == RC_OK)
		rc = ledger_read(l, argc > 2 ? strtoull(argv[2], NULL, 10) : 1, &d.each, &p);
	if (rc != RC_OK)
		fprintf(stderr, "ledger_dump: %s (%s)\n", why_row(p.why)->sentence, p.detail);
	if (l)
		ledger_close(&l);
	buf_done(&d.b);
	return rc == RC_OK ? 0 : 1;
}
