/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/attribute.c: see attribute.h. Must never put anything of a patient into the report, nor tell of canaries: asked about one line at a time it would say which they are. Start at attribute_view.
 */
#include "gate/attribute.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/sha.h"
#include "hospital/attribute_read.h"

#define REPORT_MAX (4u << 20)
#define READERS_TOLD 20
#define LINES_TOLD 200

struct finding {
	struct look *l;
	struct str sample;
	enum attribute_form form;
	struct attribute_row *rows; size_t n_rows;
	size_t ours;
	struct attribute_exports exports;
	struct attribute_suspect *suspects; size_t n_suspects;
	struct attribute_opened *opened;
	struct attribute_reader *readers; size_t n_readers;
	uint32_t *lines; size_t n_lines;         /* of the sample that prove it */
};

/* ---- what was found ---- */

static enum rc ours_only(struct finding *f, struct problem *p)
{
	struct desk *d = f->l->d;
	size_t kept = 0;
	enum rc rc = RC_OK;
	f->opened = arena_array(&d->arena, f->n_rows + 1, sizeof *f->opened);
	if (!f->opened)
		return arena_rc(&d->arena, p);
	for (size_t i = 0; i < f->n_rows && rc == RC_OK; i++) {
		struct attribute_row *row = &f->rows[i];
		f->opened[kept] = (struct attribute_opened){ NULL, 0 };
		rc = row->ours ? RC_OK : attribute_resolve(d->db, row, &d->arena, p);
		int64_t patient = rc == RC_OK && row->id.n && !row->ours ? record_patient_rid(d->db, row->id) : 0;
		if (rc != RC_OK || (patient == 0 && !row->ours))
			continue;
		if (patient > 0)
			rc = attribute_openers(d->db, patient, &d->arena, &f->opened[kept], p);
		f->rows[kept++] = *row;
	}
	f->ours = kept;
	return rc;
}

static bool is_proven(const struct attribute_suspect *s) { return s->by_canaries || s->by_marks || s->by_code; }

/* Lines whose marks are the suspect's, or that only one account opened. */
static enum rc proving_lines(struct finding *f, struct problem *p)
{
	f->lines = arena_array(&f->l->d->arena, f->ours + 1, sizeof *f->lines);
	if (!f->lines)
		return arena_rc(&f->l->d->arena, p);
	bool by_marks = f->n_suspects && is_proven(&f->suspects[0]);
	struct mark m = { .no = by_marks ? f->exports.at[f->suspects[0].export_].no : 0 };
	if (by_marks)
		memcpy(m.key, f->exports.key, MARK_KEY);
	for (size_t i = 0; i < f->ours; i++) {
		bool proves = !by_marks && f->opened[i].n == 1 && f->n_readers && f->opened[i].account[0] == f->readers[0].account;
		for (enum mark_kind kind = 0; by_marks && kind < MARK_KINDS; kind++)
			proves = proves || (f->rows[i].seen[kind] >= 0 && (unsigned)f->rows[i].seen[kind] == mark_form(&m, f->rows[i].id, kind));
		if (proves)
			f->lines[f->n_lines++] = f->rows[i].line;
	}
	return RC_OK;
}

static enum rc find(struct finding *f, struct problem *p)
{
	struct arena *a = &f->l->d->arena;
	enum rc rc = attribute_read(f->sample, a, &f->rows, &f->n_rows, &f->form, p);
	if (rc == RC_OK)
		rc = attribute_exports_read(f->l->d->db, a, &f->exports, p);
	if (rc == RC_OK)
		rc = attribute_exports_own(&f->exports, a, f->rows, f->n_rows, p);
	if (rc == RC_OK)
		rc = ours_only(f, p);
	if (rc == RC_OK)
		rc = attribute_exports_hold(f->l->d->db, a, f->rows, f->ours, &f->exports, p);
	if (rc == RC_OK)
		rc = attribute_marks(&f->exports, f->rows, f->ours, a, &f->suspects, &f->n_suspects, p);
	if (rc == RC_OK)
		rc = attribute_guilt(f->opened, f->ours, a, &f->readers, &f->n_readers, p);
	return rc == RC_OK ? proving_lines(f, p) : rc;
}

/* ---- how it is told ---- */

static const char *const FORM[] = { [ATTRIBUTE_TEXT] = "text", [ATTRIBUTE_CSV] = "csv", [ATTRIBUTE_JSON] = "json" };

static void digest(struct str bytes, char hex[2 * SHA_LEN + 1])
{
	unsigned char sum[SHA_LEN];
	struct buf b = { .p = hex, .cap = 2 * SHA_LEN + 1, .max = 2 * SHA_LEN + 1 };
	sha_two(sum, bytes.p ? bytes.p : "", bytes.n, NULL, 0);
	hex_put(&b, (struct str){ (const char *)sum, sizeof sum });
	hex[2 * SHA_LEN] = '\0';
}

static struct str login_of(struct finding *f, uint32_t account)
{
	struct account acc;
	struct problem ignored; /* then its number alone is told */
	return account_by_no(f->l->d->db, account, &f->l->d->arena, &acc, &ignored) == RC_OK ? acc.login : STR("?");
}

static const char *verdict(const struct finding *f)
{
	if (f->ours == 0)
		return "not ours: no row names a patient of this base";
	if (f->n_suspects && is_proven(&f->suspects[0]))
		return f->n_suspects > 1 && is_proven(&f->suspects[1]) ? "ours: exports that were mixed" : "ours: one export";
	return f->n_readers ? "ours: no export is proven; who opened these charts is below" : "ours: by nobody's opening that the index of the ledger holds";
}

static void tell_exports(struct finding *f, struct buf *t)
{
	for (size_t i = 0; i < f->n_suspects; i++) {
		const struct attribute_suspect *s = &f->suspects[i];
		const struct attribute_export *e = &f->exports.at[s->export_];
		buf_fmt(t, "export %llu to %.*s: %s; rows %u; marks %u of %u (chance 1e%.1f); code %.1f over %u places (limit %.1f); own canaries %u\n", (unsigned long long)e->no, STR_ARG(e->recipient),
			s->by_canaries ? "PROVEN by its canaries" : s->by_marks ? "PROVEN by marks" : s->by_code ? "PROVEN by code word" : "not proven", s->rows, s->agree, s->marks, s->chance, s->score, s->places, s->limit, s->canaries);
		buf_fmt(t, "export %llu was asked for by account %u %.*s", (unsigned long long)e->no, e->asked, STR_ARG(login_of(f, e->asked)));
		for (unsigned k = 0; k < e->n_approved; k++)
			buf_fmt(t, "%s account %u %.*s", k ? "," : ", approved by", e->approved[k], STR_ARG(login_of(f, e->approved[k])));
		buf_ch(t, '\n');
	}
}

static void tell_readers(struct finding *f, struct buf *t)
{
	for (size_t i = 0; i < f->n_readers && i < READERS_TOLD; i++) {
		const struct attribute_reader *r = &f->readers[i];
		buf_fmt(t, "account %u %.*s: opened %u, alone %u; guilt %.4f (half of it to be had elsewhere), %.4f (nine tenths)\n", r->account, STR_ARG(login_of(f, r->account)), r->rows, r->only,
			1 - r->innocent_half, 1 - r->innocent_most);
	}
}

static void tell_json(struct finding *f, const char *sha, struct buf *t)
{
	struct jw w;
	char number[32];
	jw_init(&w, t);
	jw_object(&w);
	jw_member(&w, "verdict", str_of(verdict(f)));
	jw_member(&w, "sample_sha256", str_of(sha));
	jw_key(&w, "rows");
	jw_i64(&w, (int64_t)f->n_rows);
	jw_key(&w, "ours");
	jw_i64(&w, (int64_t)f->ours);
	jw_key(&w, "exports");
	jw_array(&w);
	for (size_t i = 0; i < f->n_suspects; i++) {
		const struct attribute_suspect *s = &f->suspects[i];
		jw_object(&w);
		jw_key(&w, "export");
		jw_i64(&w, (int64_t)f->exports.at[s->export_].no);
		jw_member(&w, "recipient", f->exports.at[s->export_].recipient);
		jw_member(&w, "asked_by", login_of(f, f->exports.at[s->export_].asked));
		jw_key(&w, "approved_by");
		jw_array(&w);
		for (unsigned k = 0; k < f->exports.at[s->export_].n_approved; k++)
			jw_str(&w, login_of(f, f->exports.at[s->export_].approved[k]));
		jw_end(&w, ']');
		jw_key(&w, "proven");
		jw_bool(&w, is_proven(s));
		jw_key(&w, "marks");
		jw_i64(&w, s->marks);
		jw_key(&w, "agree");
		jw_i64(&w, s->agree);
		(void)snprintf(number, sizeof number, "%.2f", s->chance);
		jw_member(&w, "log10_chance", str_of(number));
		(void)snprintf(number, sizeof number, "%.2f", s->score);
		jw_member(&w, "code", str_of(number));
		(void)snprintf(number, sizeof number, "%.2f", s->limit);
		jw_member(&w, "code_limit", str_of(number));
		jw_key(&w, "canaries");
		jw_i64(&w, s->canaries);
		jw_end(&w, '}');
	}
	jw_end(&w, ']');
	jw_key(&w, "accounts");
	jw_array(&w);
	for (size_t i = 0; i < f->n_readers && i < READERS_TOLD; i++) {
		const struct attribute_reader *r = &f->readers[i];
		jw_object(&w);
		jw_key(&w, "account");
		jw_i64(&w, r->account);
		jw_member(&w, "login", login_of(f, r->account));
		jw_key(&w, "opened");
		jw_i64(&w, r->rows);
		jw_key(&w, "alone");
		jw_i64(&w, r->only);
		(void)snprintf(number, sizeof number, "%.6f", 1 - r->innocent_half);
		jw_member(&w, "guilt_half", str_of(number));
		(void)snprintf(number, sizeof number, "%.6f", 1 - r->innocent_most);
		jw_member(&w, "guilt_nine_tenths", str_of(number));
		jw_end(&w, '}');
	}
	jw_end(&w, ']');
	jw_key(&w, "lines");
	jw_array(&w);
	for (size_t i = 0; i < f->n_lines && i < LINES_TOLD; i++)
		jw_i64(&w, f->lines[i]);
	jw_end(&w, ']');
	jw_end(&w, '}');
}

static void tell(struct finding *f, struct buf *t, size_t *json_at_r)
{
	char sha[2 * SHA_LEN + 1];
	digest(f->sample, sha);
	buf_fmt(t, "hygie/attribution/v1\nledger %s\nentries %llu\nmade ", ledger_origin(f->l->d->g->ledger), (unsigned long long)ledger_durable(f->l->d->g->ledger));
	buf_instant(t, f->l->d->now_ms);
	buf_fmt(t, "\nsample sha256 %s, %zu bytes, %s\nrows %zu, of them ours %zu\nverdict %s\n", sha, f->sample.n, FORM[f->form], f->n_rows, f->ours, verdict(f));
	buf_fmt(t, "innocent exports are named with chance %g at most, of %zu exports\n", ATTRIBUTE_INNOCENT, f->exports.n);
	tell_exports(f, t);
	tell_readers(f, t);
	buf_fmt(t, "lines of the sample that prove it: %zu", f->n_lines);
	for (size_t i = 0; i < f->n_lines && i < LINES_TOLD; i++)
		buf_fmt(t, "%s%u", i ? " " : ": ", f->lines[i]);
	buf_z(t, "\njson ");
	*json_at_r = t->n;
	tell_json(f, sha, t);
	buf_ch(t, '\n');
}

enum rc attribute_view(struct look *l, const struct ask *k, struct rows *out, struct problem *p)
{
	struct finding f = { .l = l, .sample = decide_arg(k, "sample") };
	struct buf text, note;
	size_t json_at = 0;
	if (f.sample.n == 0)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "sample", "empty");
	enum rc rc = find(&f, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&text, REPORT_MAX);
	buf_init(&note, REPORT_MAX + 4096);
	tell(&f, &text, &json_at);
	rc = buf_rc(&text, p);
	if (rc == RC_OK) {
		ledger_note(l->d->g->ledger, buf_view(&text), &note);
		rows_set(out, "report");
		rows_row(out);
		rows_col(out, "note", buf_view(&note));
		rows_col(out, "json", (struct str){ text.p + json_at, text.n - json_at - 1 });
		rc = buf_rc(&note, p);
	}
	buf_done(&text);
	buf_done(&note);
	return rc;
}
