/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/letter_form.c: what a letter looks like: from its text, blocks and signer to a paper for the press, and what is still missing before that. A line that begins with # is a heading,
 * one with - an item of a list; there is no other markup. It must never print a block without its sources and the instant it was read. Called by letter_sign.c. Start at letter_paper.
 */
#include "hospital/letter.h"

#include <string.h>

#include "codec/fill.h"

/* The block that a line is, which stands alone on it. */
static const struct letter_field *block_of(enum fill_line kind, struct str name)
{
	const struct letter_field *f = kind == FILL_ALONE ? letter_field_of(name) : NULL;
	return f && f->is_block ? f : NULL;
}

/* ---- what is missing ---- */

static bool has_words(const struct letter *l, struct str wanted)
{
	bool under = false;
	for (struct str rest = l->text; rest.p;) {
		struct str text;
		unsigned level;
		enum fill_line kind = fill_line(str_cut(rest, '\n', &rest), &text, &level);
		const struct letter_field *f = block_of(kind, text);
		const struct letter_block *b = f ? letter_block_of(l, text) : NULL;
		if (kind == FILL_HEADING)
			under = str_is(text, wanted);
		else if (under && kind != FILL_BLANK && (!f || (b && b->n)))
			return true;
	}
	return false;
}

enum rc letter_missing(struct db_conn *c, struct arena *a, const struct letter *l, struct letter_missing at[LETTER_MISSING], unsigned *n_r, struct problem *p)
{
	struct letter_need need[LETTER_MISSING];
	struct str rest = l->text, before, name;
	unsigned n = 0, needs = 0;
	while (fill_next(&rest, &before, &name) && n < LETTER_MISSING) {
		const struct letter_field *f = letter_field_of(name);
		if (!f || !f->is_block || !letter_block_of(l, name))
			at[n++] = (struct letter_missing){ f && f->is_block ? LACK_BLOCK : LACK_FIELD, name, STR_NONE };
	}
	enum rc rc = letter_needs(c, a, l->kind, need, LETTER_MISSING, &needs, p);
	for (unsigned i = 0; rc == RC_OK && i < needs && n < LETTER_MISSING; i++)
		if (!has_words(l, need[i].heading))
			at[n++] = (struct letter_missing){ LACK_HEADING, need[i].heading, need[i].source };
	*n_r = n;
	return rc;
}

/* ---- paper ---- */

static void put_moment(struct buf *b, int64_t ms)
{
	struct civil t = civil_paris(ms);
	buf_fmt(b, "%02d/%02d/%04d %02d:%02d", t.day, t.month, t.year, t.hour, t.minute);
}

static void put_when(struct buf *b, struct str when)
{
	if (when.n == 10)
		buf_fmt(b, "%.2s/%.2s/%.4s", when.p + 8, when.p + 5, when.p);
	else if (when.n > 10 && when_low(when) != INT64_MIN)
		put_moment(b, when_low(when));
	else
		buf_str(b, when.n ? when : STR("date non renseignée"));
}

static void paper_block_of(struct buf *b, const struct letter_block *k)
{
	static const struct paper_column cols[] = { { STR("Élément"), 54, false }, { STR("Noté par"), 24, false }, { STR("Le"), 22, false } };
	struct buf t;
	if (!k)
		return;
	buf_init(&t, 400);
	if (!k->n) {
		buf_z(&t, "Rien n'est enregistré au dossier, lu le ");
	} else {
		paper_table(b, cols, 3);
		for (unsigned i = 0; i < k->n; i++) {
			buf_reset(&t);
			put_when(&t, k->line[i].when);
			paper_row(b, (const struct str[]){ k->line[i].what, k->line[i].source.n ? k->line[i].source : STR("non renseigné"), buf_view(&t) }, 3);
		}
		paper_table_end(b);
		buf_reset(&t);
		buf_z(&t, k->more ? "Extrait du dossier (tout n'est pas montré), lu le " : "Extrait du dossier, lu le ");
	}
	put_moment(&t, k->at_ms);
	paper_small(b, buf_view(&t));
	buf_done(&t);
}

static void flush(struct buf *b, struct buf *para)
{
	if (str_trim(buf_view(para)).n)
		paper_text(b, str_trim(buf_view(para)));
	buf_reset(para);
}

static void paper_body(struct buf *b, const struct letter *l)
{
	struct buf para;
	buf_init(&para, PAPER_TEXT_MOST);
	for (struct str rest = l->text; rest.p;) {
		struct str line = str_cut(rest, '\n', &rest), text;
		unsigned level;
		enum fill_line kind = fill_line(line, &text, &level);
		const struct letter_field *f = block_of(kind, text);
		if (f || (kind != FILL_TEXT && kind != FILL_ALONE))
			flush(b, &para);
		if (kind == FILL_HEADING) {
			paper_heading(b, level < 3 ? level + 1 : 3, text);
		} else if (kind == FILL_ITEM) {
			paper_item(b, text);
		} else if (f) {
			paper_block_of(b, letter_block_of(l, text));
		} else if (kind != FILL_BLANK) {
			if (para.n)
				buf_ch(&para, '\n');
			buf_str(&para, line);
		}
	}
	flush(b, &para);
	b->failed = b->failed || para.failed;
	buf_done(&para);
}

static void paper_patient(struct buf *b, const struct letter_out *o)
{
	const struct traits *t = &o->k->who.traits;
	struct buf v;
	buf_init(&v, 1000);
	buf_str(&v, t->used_name.n ? t->used_name : t->birth_name);
	buf_ch(&v, ' ');
	buf_str(&v, t->used_given.n ? t->used_given : t->given);
	paper_field(b, STR("Patient"), buf_view(&v));
	paper_field(b, STR("Nom de naissance"), t->birth_name);
	paper_field(b, STR("Prénoms de naissance"), t->given_list.n ? t->given_list : t->given);
	buf_reset(&v);
	put_when(&v, t->born_on);
	paper_field(b, STR("Né(e) le"), buf_view(&v));
	if (t->trust == TRUST_QUAL && t->ins.n) /* BARRIER: RNIV, on a qualified identity only */
		paper_field(b, STR("INS"), t->ins);
	if (t->ipp.n)
		paper_field(b, STR("IPP"), t->ipp);
	buf_done(&v);
}

enum rc letter_paper(const struct letter_out *o, struct buf *out, struct problem *p)
{
	struct buf v;
	paper_open(out, &(struct paper_head){ .title = str_of(letter_type(o->l->kind)->display), .lang = STR("fr"), .format = PAPER_A4, .made_s = o->now_ms / 1000 });
	buf_init(&v, 1000);
	if (o->house.site.n)
		paper_strong(out, o->house.site);
	if (o->house.unit.n)
		paper_text(out, o->house.unit);
	paper_heading(out, 1, o->l->title);
	paper_patient(out, o);
	if (o->l->to.n)
		paper_field(out, STR("Destinataires"), o->l->to);
	if (o->l->version > 1) {
		buf_fmt(&v, "Version %lld: remplace la version précédente de ce document.", (long long)o->l->version);
		paper_strong(out, buf_view(&v));
	}
	paper_rule(out);
	paper_body(out, o->l);
	buf_reset(&v);
	buf_z(&v, "Signé électroniquement le ");
	put_moment(&v, o->now_ms);
	paper_signature(out, o->by.name, buf_view(&v));
	buf_reset(&v);
	buf_fmt(&v, "Document %.*s, version %lld", STR_ARG(o->document), (long long)o->l->version);
	paper_foot(out, buf_view(&v));
	bool cut = v.failed;
	buf_done(&v);
	if (cut)
		return problem_set(p, RC_LIMIT, WHY_LETTER_LONG, "text", "a line of the head");
	return paper_close(out, p);
}
