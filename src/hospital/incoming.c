/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/incoming.c: documents that come from outside: taken in with the traits that stand on them, filed into a record when a qualified identity has exactly this INS and these traits, or
 * by a person's choice and reason, and taken out of a wrong record again; what was typed is corrected, and one that is nobody's dropped, each with what stood there before. It must never match by likeness, parse a file, hand out bytes of a document that is nobody's yet, nor leave the
 * bytes in a record that it left. Called by the gate through the rows at the end. Start at exact_find and file_run.
 */
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/utf8.h"
#include "codec/base64.h"
#include "codec/sha.h"
#include "hospital/account.h"
#include "hospital/care.h"
#include "hospital/document.h"
#include "hospital/letter.h"
#include "hospital/matters.h"
#include "hospital/merge.h"
#include "hospital/unsealed.h"

#define WAITS_SHOWN 50
#define FILED_SHOWN 50
#define NOTES_SHOWN 20
#define SAME_INS    8             /* records with one INS that are looked at; more are several */
#define INS_LEN     15            /* 13 and the key of 2 */
#define PDF_END     1024          /* bytes at the end in which a whole PDF says that it ends */
#define CONTENT_MOST 8192

/* ---- what was typed ---- */

/* Names of fields are those of the sealed text too. */
static const char *const TYPED[] = { "family", "given", "born_on", "sex", "ins", "kind", "dated_on", "author" };
enum { T_FAMILY, T_GIVEN, T_BORN, T_SEX, T_INS, T_KIND, T_DATED, T_AUTHOR, T__END };
struct incoming { int64_t no, once, saved, made_ms, patient, dropped_ms; uint32_t made_by; struct str state, format, found, document, typed[T__END], hash; };

enum bound_part { BOUND_CONTENT = 1, BOUND_FILE, BOUND_WHY, BOUND__END };
static struct keys_bound bound(int64_t once, int64_t saved, enum bound_part part)
{
	return (struct keys_bound){ SEALS_INCOMING, once, saved * BOUND__END + part };
}

static enum rc seal(struct act_ctx *x, int64_t patient, struct keys_bound b, struct str plain, struct str *sealed_r, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, 2 * (size_t)DOCUMENT_MOST);
	enum rc rc = keys_seal(x->db, patient, b, plain, &sealed, p);
	*sealed_r = rc == RC_OK ? arena_str(x->arena, buf_view(&sealed)) : STR_NONE;
	buf_done(&sealed);
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

/* What was typed as one text, and one thing more beside it. */
static enum rc typed_seal(struct act_ctx *x, const struct incoming *in, const char *more, struct str value, int64_t patient, struct keys_bound b, struct str *sealed_r, struct problem *p)
{
	struct buf plain;
	struct jw w;
	buf_init(&plain, CONTENT_MOST);
	jw_init(&w, &plain);
	jw_object(&w);
	for (unsigned i = 0; i < T__END; i++)
		jw_member(&w, TYPED[i], in->typed[i]);
	jw_member(&w, more, value);
	jw_end(&w, '}');
	enum rc rc = buf_rc(&plain, p);
	if (rc == RC_OK)
		rc = seal(x, patient, b, buf_view(&plain), sealed_r, p);
	buf_done(&plain);
	return rc;
}

static enum rc content_seal(struct act_ctx *x, const struct incoming *in, int64_t patient, int64_t saved, struct str *sealed_r, struct problem *p)
{
	return typed_seal(x, in, "hash", in->hash, patient, bound(in->once, saved, BOUND_CONTENT), sealed_r, p);
}

/* A row; its words stay empty when their key was erased. */
static enum rc row_read(struct db_conn *c, struct arena *a, struct db_stmt *s, struct incoming *in_r, struct problem *p)
{
	const struct json *j = NULL;
	struct incoming in = { .no = db_i64(s, 0), .once = db_i64(s, 1), .state = arena_str(a, db_text(s, 2)), .saved = db_i64(s, 3), .format = arena_str(a, db_text(s, 4)),
		.found = arena_str(a, db_text(s, 5)), .made_ms = db_i64(s, 6), .made_by = (uint32_t)db_i64(s, 7), .patient = db_i64(s, 8), .document = arena_str(a, db_text(s, 9)), .dropped_ms = db_i64(s, 11) };
	struct str plain = unsealed(c, a, in.patient, bound(in.once, in.saved, BOUND_CONTENT), db_text(s, 10));
	if (plain.n && json_parse(plain, a, &j, p) != RC_OK)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "incoming %lld", (long long)in.no);
	for (unsigned i = 0; j && i < T__END; i++)
		in.typed[i] = json_get_text(j, TYPED[i]);
	in.hash = j ? json_get_text(j, "hash") : STR_NONE;
	*in_r = in;
	return arena_rc(a, p);
}

static enum rc one_of(struct db_conn *c, struct arena *a, enum stmt which, int64_t key, bool *found_r, struct incoming *in_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, which);
	db_bind_i64(s, 1, key);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		rc = row_read(c, a, s, in_r, p);
	db_reset(s);
	return rc;
}

/* ---- who it is about ---- */

static bool same_name(struct arena *a, struct str x, struct str y)
{
	struct str s = letters_of(a, x);
	return s.n > 0 && str_is(s, letters_of(a, y));
}

/* BARRIER: each trait is the same or it is another person; case, accents, blanks and hyphens are all that may differ. */
static bool same_traits(struct arena *a, const struct incoming *in, const struct traits *t)
{
	return t->trust == TRUST_QUAL && t->ins.n && str_is(t->ins, in->typed[T_INS]) && str_is(t->born_on, in->typed[T_BORN]) && str_is(t->sex, in->typed[T_SEX]) &&
		same_name(a, t->birth_name, in->typed[T_FAMILY]) && same_name(a, t->given, in->typed[T_GIVEN]);
}

/*
 * The one qualified identity with exactly this INS and these traits: found_r "match", and who. Else "no_ins", "none", "several": two that share an INS are several, whatever their traits. Records that
 * were joined to another or sealed are not looked at. One search by the INS.
 */
static enum rc exact_find(struct db_conn *c, struct arena *a, const struct incoming *in, const char **found_r, struct item *who_r, struct problem *p)
{
	struct str *ids = NULL;
	unsigned n = 0, holders = 0, same = 0;
	struct buf query;
	*found_r = "no_ins";
	if (!in->typed[T_INS].n)
		return RC_OK;
	buf_init(&query, 200);
	buf_z(&query, "identifier=");
	url_part(&query, in->typed[T_INS]);
	enum rc rc = buf_rc(&query, p);
	if (rc == RC_OK)
		rc = record_matches(c, fhir_type_of(STR("Patient")), buf_view(&query), SAME_INS, a, &ids, &n, p);
	buf_done(&query);
	for (unsigned i = 0; rc == RC_OK && i < n; i++) {
		struct item it;
		struct traits t;
		bool found = false;
		rc = item_find(c, a, "Patient", ids[i], &found, &it, p);
		if (rc != RC_OK || !found || merge_kept(c, it.rid) != it.rid || record_seal_hides(c, it.rid))
			continue;
		traits_read(&it, a, &t);
		if (t.trust != TRUST_QUAL || !str_is(t.ins, in->typed[T_INS]))
			continue;
		holders++;
		if (same_traits(a, in, &t)) {
			same++;
			*who_r = it;
		}
	}
	*found_r = n > SAME_INS || holders > 1 ? "several" : same == 1 ? "match" : "none";
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* ---- taken in ---- */

static bool is_pdf(struct str s)
{
	size_t tail = s.n < PDF_END ? s.n : PDF_END;
	return (str_starts(s, STR("%PDF-1.")) || str_starts(s, STR("%PDF-2."))) && memmem(s.p + s.n - tail, tail, "%%EOF", 5) != NULL;
}

/* UTF-8 without control characters, and none of the texts that a program would run or draw. */
static bool is_text(struct str s)
{
	static const char *const NOT[] = { "<", "{\\rtf", "%!", "%PDF" };
	uint32_t c;
	if (!utf8_valid(s))
		return false;
	for (size_t at = 0; utf8_next(s, &at, &c);)
		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || (c >= 0x7F && c <= 0x9F))
			return false;
	if (str_starts(s, STR("\xEF\xBB\xBF")))
		s = (struct str){ s.p + 3, s.n - 3 };
	s = str_trim(s);
	for (size_t i = 0; i < N_OF(NOT); i++)
		if (str_starts(s, str_of(NOT[i])))
			return false;
	return s.n > 0;
}

struct taken { struct incoming in; struct str bytes; };

/* Blanks go, letters become capitals (2A, 2B); anything but 15 signs is no INS. */
static enum rc ins_read(struct arena *a, struct str typed, struct str *ins_r, struct problem *p)
{
	char z[INS_LEN];
	size_t n = 0;
	bool good = true;
	for (size_t i = 0; i < typed.n && good; i++) {
		char c = typed.p[i];
		if (c == ' ')
			continue;
		if (c == 'a' || c == 'b')
			c = (char)(c - 'a' + 'A');
		good = n < INS_LEN && ((c >= '0' && c <= '9') || c == 'A' || c == 'B');
		if (good)
			z[n++] = c;
	}
	*ins_r = n ? arena_str(a, (struct str){ z, n }) : STR_NONE;
	return good && (n == 0 || n == INS_LEN) ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_INCOMING_INS, "ins", "INS of %zu signs", n);
}

static enum rc file_read(struct arena *a, struct str typed, struct taken *t, struct problem *p)
{
	unsigned char sum[SHA_LEN];
	struct buf b;
	buf_init(&b, DOCUMENT_MOST);
	bool good = base64_get(typed, &b) == RC_OK && !b.failed;
	t->bytes = good ? arena_str(a, buf_view(&b)) : STR_NONE;
	buf_done(&b);
	if (!good)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_FILE_LARGE, "file", "no base64, or over %u bytes", DOCUMENT_MOST);
	t->in.format = is_pdf(t->bytes) ? STR("pdf") : is_text(t->bytes) ? STR("text") : STR_NONE;
	if (!t->in.format.n)
		return problem_set(p, RC_BAD_INPUT, WHY_FILE_KIND, "file", "neither PDF nor text: %zu bytes", t->bytes.n);
	sha_two(sum, t->bytes.p, t->bytes.n, NULL, 0);
	buf_init(&b, 2 * SHA_LEN);
	hex_put(&b, (struct str){ (char *)sum, SHA_LEN });
	t->in.hash = arena_str(a, buf_view(&b));
	buf_done(&b);
	return arena_rc(a, p);
}

static enum rc dates_check(const struct incoming *in, int64_t now_ms, struct problem *p)
{
	static const unsigned DATES[] = { T_BORN, T_DATED };
	for (size_t i = 0; i < N_OF(DATES); i++)
		if (when_low(in->typed[DATES[i]]) > now_ms)
			return problem_set(p, RC_BAD_INPUT, WHY_CARE_FUTURE, TYPED[DATES[i]], "a day to come");
	return RC_OK;
}

static enum rc typed_prepare(struct view_ctx *v, bool with_file, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct taken *t = ARENA_NEW(v->arena, struct taken);
	enum rc rc = t ? RC_OK : arena_rc(v->arena, p);
	if (rc != RC_OK)
		return rc;
	for (unsigned i = 0; i < T__END; i++)
		t->in.typed[i] = args_get(v->args, TYPED[i]);
	rc = ins_read(v->arena, args_get(v->args, "ins"), &t->in.typed[T_INS], p);
	if (rc == RC_OK)
		rc = dates_check(&t->in, v->now_ms, p);
	if (rc == RC_OK && with_file)
		rc = file_read(v->arena, args_get(v->args, "file"), t, p);
	if (rc == RC_BAD_INPUT) {
		rows_set(issues, "issues");
		issue_row(issues, p->why, p->where);
	}
	*prepared_r = t;
	return rc;
}

static enum rc add_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	return typed_prepare(v, true, prepared_r, issues, p);
}

static enum rc correct_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	return typed_prepare(v, false, prepared_r, issues, p);
}

static void made(struct rows *out, int64_t no)
{
	rows_set(out, "made");
	rows_row(out);
	rows_col_i64(out, "no", no);
}

static bool same_typed(const struct incoming *x, const struct incoming *y)
{
	bool same = true;
	for (unsigned i = 0; i < T__END; i++)
		same = same && str_is(x->typed[i], y->typed[i]);
	return same;
}

/* "incoming_add": once, what was typed, file (base64 of it) → set "made": no. The same form again: the same number; CONFLICT AGENDA_AGAIN with other words in it. */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct taken *t = x->prepared;
	struct incoming in = t->in, before;
	struct item who;
	struct str content, file;
	bool again = false;
	in.once = care_once(x, "incoming", STR_NONE);
	enum rc rc = one_of(x->db, x->arena, ST_HOSPITAL_INCOMING_ONCE, in.once, &again, &before, p);
	if (rc == RC_OK && again && (!str_is(in.hash, before.hash) || (before.saved == 1 && !same_typed(&in, &before)))) /* once corrected, what was typed first stands elsewhere */
		rc = problem_set(p, RC_CONFLICT, WHY_AGENDA_AGAIN, "", "incoming %lld: other words under one key", (long long)before.no);
	if (rc == RC_OK && again)
		made(out, before.no);
	if (rc != RC_OK || again)
		return rc;
	const char *found = NULL;
	rc = exact_find(x->db, x->arena, &in, &found, &who, p);
	if (rc == RC_OK)
		rc = content_seal(x, &in, 0, 1, &content, p);
	if (rc == RC_OK)
		rc = seal(x, 0, bound(in.once, 1, BOUND_FILE), t->bytes, &file, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INCOMING_ADD);
	db_bind_i64(s, 1, in.once);
	db_bind_str(s, 2, in.format);
	db_bind_str(s, 3, str_of(found));
	db_bind_i64(s, 4, x->now_ms);
	db_bind_i64(s, 5, x->who->account);
	db_bind_blob(s, 6, content);
	db_bind_blob(s, 7, file);
	rc = db_run(s, p);
	if (rc == RC_OK)
		made(out, db_last_rowid(x->db));
	return rc;
}

/* ---- filed ---- */

/* As it is told: waits, dropped, filed. */
static struct str state_of(const struct incoming *in)
{
	return in->dropped_ms ? STR("dropped") : in->state;
}

/* The document of the form, in the state and version that were seen. */
static enum rc seen(struct db_conn *c, struct arena *a, const struct args *args, const char *state, struct incoming *in_r, struct problem *p)
{
	bool found = false;
	enum rc rc = one_of(c, a, ST_HOSPITAL_INCOMING_GET, (int64_t)care_arg(args, "no"), &found, in_r, p);
	if (rc == RC_OK && !found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such document");
	if (rc == RC_OK && (!str_eq(state_of(in_r), state) || in_r->saved != (int64_t)care_arg(args, "saved")))
		return problem_set(p, RC_CONFLICT, WHY_INCOMING_GONE, "no", "incoming %lld: %lld times moved", (long long)in_r->no, (long long)in_r->saved);
	return rc;
}

static void reference_body(struct buf *body, const struct act_ctx *x, const struct incoming *in, struct str document, size_t bytes)
{
	const struct letter_type *t = letter_type(in->typed[T_KIND]);
	char title[160];
	struct jw w;
	(void)snprintf(title, sizeof title, "%s (%.*s)", t->display, STR_ARG(in->typed[T_DATED]));
	compose_begin(&w, body, "DocumentReference", document, NULL);
	jw_member(&w, "status", STR("current"));
	compose_concept(&w, "type", t->loinc ? CARE_LOINC : NULL, t->loinc ? str_of(t->loinc) : STR_NONE, STR_NONE, str_of(t->display));
	compose_ref(&w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_instant(&w, "date", x->now_ms);
	jw_key(&w, "author"); /* a name of outside: it joins nobody of the house to the patient */
	jw_array(&w);
	jw_object(&w);
	jw_member(&w, "display", in->typed[T_AUTHOR]);
	jw_end(&w, '}');
	jw_end(&w, ']');
	jw_key(&w, "content");
	jw_array(&w);
	document_content(&w, document, DOCUMENT_READ, str_eq(in->format, "pdf") ? "pdf" : "text", bytes, str_of(title), x->now_ms, in->typed[T_DATED]);
	jw_end(&w, ']');
	jw_end(&w, '}');
}

static enum rc file_bytes(struct act_ctx *x, const struct incoming *in, struct str *bytes_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INCOMING_FILE);
	struct str plain;
	bool row = false;
	db_bind_i64(s, 1, in->no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		rc = keys_unseal(x->db, 0, bound(in->once, in->saved, BOUND_FILE), db_text(s, 0), &plain, p);
	if (rc == RC_OK && row)
		*bytes_r = arena_str(x->arena, plain);
	db_reset(s);
	if (rc == RC_OK && !row)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "incoming %lld waits without its bytes", (long long)in->no);
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

struct move { const char *kind; int64_t patient, saved; struct str document; bool matched; };

/* The row that says what was done; the reason sealed with the key of whose record it was. */
static enum rc move_add(struct act_ctx *x, const struct incoming *in, const struct move *m, struct problem *p)
{
	struct str why = STR_NONE, reason = args_get(x->args, "reason");
	enum rc rc = reason.n ? seal(x, m->patient, bound(in->once, m->saved, BOUND_WHY), reason, &why, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INCOMING_MOVE);
	db_bind_i64(s, 1, in->no);
	db_bind_i64(s, 2, m->saved);
	db_bind_str(s, 3, str_of(m->kind));
	db_bind_i64(s, 4, m->patient);
	db_bind_str(s, 5, m->document);
	db_bind_i64(s, 6, m->matched);
	db_bind_i64(s, 7, x->now_ms);
	db_bind_i64(s, 8, x->who->account);
	if (why.n)
		db_bind_blob(s, 9, why);
	else
		db_bind_null(s, 9);
	return db_run(s, p);
}

static enum rc changed(struct act_ctx *x, struct db_stmt *s, const struct incoming *in, struct problem *p)
{
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) != 1)
		rc = problem_set(p, RC_CONFLICT, WHY_INCOMING_GONE, "no", "incoming %lld changed", (long long)in->no);
	return rc;
}

/* ---- what is nobody's ---- */

struct note { int64_t saved, at_ms; uint32_t by; struct str kind, ground, sealed; };

static enum rc notes_read(struct db_conn *c, struct arena *a, int64_t no, struct note *at, unsigned most, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_INCOMING_NOTES);
	bool row = false;
	enum rc rc = RC_OK;
	*n_r = 0;
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, most);
	while (*n_r < most && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[(*n_r)++] = (struct note){ .saved = db_i64(s, 0), .kind = arena_str(a, db_text(s, 1)), .ground = arena_str(a, db_text(s, 2)), .at_ms = db_i64(s, 3), .by = (uint32_t)db_i64(s, 4),
			.sealed = arena_str(a, db_text(s, 5)) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* What stands in the notes goes with the document: under the patient's key when it is filed, so that erasing a record erases them, and under the house's when it leaves again. */
static enum rc notes_follow(struct act_ctx *x, const struct incoming *in, int64_t to, struct problem *p)
{
	struct note *at = arena_array(x->arena, (size_t)in->saved, sizeof *at); /* no more notes than steps */
	unsigned n = 0;
	enum rc rc = at ? notes_read(x->db, x->arena, in->no, at, (unsigned)in->saved, &n, p) : arena_rc(x->arena, p);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct keys_bound b = bound(in->once, at[i].saved, BOUND_WHY);
		struct str sealed = STR_NONE, plain = unsealed(x->db, x->arena, in->patient, b, at[i].sealed);
		rc = seal(x, to, b, plain, &sealed, p);
		if (rc != RC_OK)
			break;
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INCOMING_RESEAL);
		db_bind_i64(s, 1, in->no);
		db_bind_i64(s, 2, at[i].saved);
		db_bind_blob(s, 3, sealed);
		rc = db_run(s, p);
	}
	return rc;
}

/* One step of a document that is nobody's: its row as `next` says, sealed anew under its new count, and the note of what was done. before: what the note keeps of it. */
struct step { const char *kind; struct str ground; const struct incoming *before; };

static enum rc step_write(struct act_ctx *x, const struct incoming *next, const struct step *st, struct rows *out, struct problem *p)
{
	struct str bytes = STR_NONE, content = STR_NONE, file = STR_NONE, note = STR_NONE;
	struct item who;
	const char *found = NULL;
	enum rc rc = file_bytes(x, next, &bytes, p);
	if (rc == RC_OK)
		rc = exact_find(x->db, x->arena, next, &found, &who, p);
	if (rc == RC_OK && str_eq(st->ground, "nobody") && strcmp(found, "match") == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_INCOMING_MATCHES, "ground", "incoming %lld matches", (long long)next->no);
	if (rc == RC_OK)
		rc = content_seal(x, next, 0, next->saved + 1, &content, p);
	if (rc == RC_OK)
		rc = seal(x, 0, bound(next->once, next->saved + 1, BOUND_FILE), bytes, &file, p);
	if (rc == RC_OK)
		rc = typed_seal(x, st->before, "reason", args_get(x->args, "reason"), 0, bound(next->once, next->saved + 1, BOUND_WHY), &note, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INCOMING_NOTE);
	db_bind_i64(s, 1, next->no);
	db_bind_i64(s, 2, next->saved + 1);
	db_bind_str(s, 3, str_of(st->kind));
	db_bind_str(s, 4, st->ground);
	db_bind_i64(s, 5, x->now_ms);
	db_bind_i64(s, 6, x->who->account);
	db_bind_blob(s, 7, note);
	if ((rc = db_run(s, p)) != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_INCOMING_KEEP);
	db_bind_i64(s, 1, next->no);
	db_bind_i64(s, 2, next->saved);
	db_bind_i64(s, 3, next->saved + 1);
	db_bind_str(s, 4, str_of(found));
	db_bind_blob(s, 5, content);
	db_bind_blob(s, 6, file);
	db_bind_i64(s, 7, next->dropped_ms);
	rc = changed(x, s, next, p);
	if (rc == RC_OK)
		made(out, next->no);
	return rc;
}

/* "incoming_correct": no, saved, and all that was typed, anew → set "made": no. What stood there before is kept beside; the same words again write nothing. CONFLICT INCOMING_GONE as for filing. */
static enum rc correct_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct taken *t = x->prepared;
	struct incoming in, next;
	enum rc rc = seen(x->db, x->arena, x->args, "waits", &in, p);
	if (rc != RC_OK)
		return rc;
	next = in;
	memcpy(next.typed, t->in.typed, sizeof next.typed);
	if (same_typed(&in, &next)) {
		made(out, in.no);
		return RC_OK;
	}
	return step_write(x, &next, &(struct step){ "corrected", STR(""), &in }, out, p);
}

/*
 * "incoming_drop": no, saved, ground (nobody, twice, unreadable, elsewhere), reason → set "made": no. It waits no more and stands in the list of those that were dropped, from which it is taken up
 * again. CONFLICT INCOMING_MATCHES where "nobody" is said of what has an exact match.
 */
static enum rc drop_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct incoming in, next;
	enum rc rc = seen(x->db, x->arena, x->args, "waits", &in, p);
	if (rc != RC_OK)
		return rc;
	next = in;
	next.dropped_ms = x->now_ms;
	return step_write(x, &next, &(struct step){ "dropped", args_get(x->args, "ground"), &in }, out, p);
}

/* "incoming_restore": no, saved → set "made": no. It waits again. */
static enum rc restore_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct incoming in, next;
	enum rc rc = seen(x->db, x->arena, x->args, "dropped", &in, p);
	if (rc != RC_OK)
		return rc;
	next = in;
	next.dropped_ms = 0;
	return step_write(x, &next, &(struct step){ "restored", STR(""), &in }, out, p);
}

/* ---- into a record, and out of it ---- */

static void answer(struct rows *out, int64_t patient, const struct incoming *in, struct str document)
{
	rows_set(out, "made");
	rows_row(out);
	rows_patient(out, patient, TIER_IDENTITY);
	rows_col_i64(out, "no", in->no);
	col(out, "document", document);
}

/*
 * "incoming_file": patient (opened by the gate), no, saved, reason → set "made": no, document. Without a reason only where INS and traits are exactly those of this record: BAD_INPUT INCOMING_REASON
 * else. CONFLICT INCOMING_GONE: another was quicker. The file is sealed anew with the patient's key and no longer with the house's.
 */
static enum rc file_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient k;
	struct incoming in;
	struct item who = { .rid = 0 };
	struct record_done done = { .rid = 0 };
	struct str bytes = STR_NONE, content = STR_NONE;
	const char *found = NULL;
	char id[ID_LEN + 1];
	struct buf body;
	enum rc rc = care_patient(x->db, x->arena, x->args, &k, p);
	if (rc == RC_OK)
		rc = seen(x->db, x->arena, x->args, "waits", &in, p);
	if (rc == RC_OK)
		rc = exact_find(x->db, x->arena, &in, &found, &who, p);
	bool matched = rc == RC_OK && strcmp(found, "match") == 0 && who.rid == k.item.rid;
	if (rc == RC_OK && !matched && !args_get(x->args, "reason").n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_INCOMING_REASON, "reason", "incoming %lld: %s", (long long)in.no, found);
	if (rc == RC_OK)
		rc = file_bytes(x, &in, &bytes, p);
	if (rc != RC_OK)
		return rc;
	random_id(id);
	buf_init(&body, 1u << 16);
	reference_body(&body, x, &in, str_of(id), bytes.n);
	rc = compose_put(x, "DocumentReference", str_of(id), &body, &(struct record_if){ .none_exists = true }, &done, p);
	buf_done(&body);
	if (rc == RC_OK)
		rc = document_file_put(x, done.rid, k.item.rid, DOCUMENT_READ, str_eq(in.format, "pdf") ? "pdf" : "text", bytes, p);
	if (rc == RC_OK)
		rc = content_seal(x, &in, k.item.rid, in.saved + 1, &content, p);
	if (rc == RC_OK)
		rc = move_add(x, &in, &(struct move){ "filed", k.item.rid, in.saved + 1, str_of(id), matched }, p);
	if (rc == RC_OK)
		rc = notes_follow(x, &in, k.item.rid, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INCOMING_FILED);
	db_bind_i64(s, 1, in.no);
	db_bind_i64(s, 2, in.saved);
	db_bind_i64(s, 3, in.saved + 1);
	db_bind_i64(s, 4, k.item.rid);
	db_bind_str(s, 5, str_of(id));
	db_bind_blob(s, 6, content);
	rc = changed(x, s, &in, p);
	if (rc == RC_OK)
		answer(out, k.item.rid, &in, str_of(id));
	return rc;
}

/* "incoming_return": patient (whose record it is in), no, saved, reason → set "made": no, document. Its DocumentReference stays there as entered in error, without bytes; the document waits again. */
static enum rc return_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient k;
	struct incoming in;
	struct item it, who;
	struct str format, bytes = STR_NONE, content = STR_NONE, file = STR_NONE;
	const char *found = NULL;
	enum rc rc = care_patient(x->db, x->arena, x->args, &k, p);
	if (rc == RC_OK)
		rc = seen(x->db, x->arena, x->args, "filed", &in, p);
	if (rc == RC_OK && merge_kept(x->db, in.patient) != merge_kept(x->db, k.item.rid))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "incoming %lld lies elsewhere", (long long)in.no);
	if (rc == RC_OK)
		rc = document_of(x->db, x->arena, args_get(x->args, "patient"), in.document, &it, p);
	if (rc == RC_OK)
		rc = document_file_get(x->db, x->arena, it.rid, DOCUMENT_READ, &format, &bytes, p);
	if (rc == RC_OK)
		rc = compose_status(x, "DocumentReference", &it, "entered-in-error", p);
	if (rc == RC_OK)
		rc = document_file_drop(x, it.rid, p);
	if (rc == RC_OK)
		rc = exact_find(x->db, x->arena, &in, &found, &who, p);
	if (rc == RC_OK)
		rc = move_add(x, &in, &(struct move){ "returned", in.patient, in.saved + 1, in.document, false }, p);
	if (rc == RC_OK)
		rc = notes_follow(x, &in, 0, p);
	if (rc == RC_OK)
		rc = content_seal(x, &in, 0, in.saved + 1, &content, p);
	if (rc == RC_OK)
		rc = seal(x, 0, bound(in.once, in.saved + 1, BOUND_FILE), bytes, &file, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INCOMING_BACK);
	db_bind_i64(s, 1, in.no);
	db_bind_i64(s, 2, in.saved);
	db_bind_i64(s, 3, in.saved + 1);
	db_bind_blob(s, 4, content);
	db_bind_blob(s, 5, file);
	db_bind_str(s, 6, str_of(found));
	rc = changed(x, s, &in, p);
	if (rc == RC_OK)
		answer(out, k.item.rid, &in, in.document);
	return rc;
}

/* ---- lists ---- */

static void cols(struct view_ctx *v, struct rows *out, const struct incoming *in, struct people *people)
{
	(void)v;
	rows_col_i64(out, "no", in->no);
	rows_col_i64(out, "saved", in->saved);
	for (unsigned i = 0; i < T__END; i++)
		col(out, TYPED[i], in->typed[i]);
	col(out, "format", in->format);
	col(out, "found", in->found);
	col(out, "state", state_of(in));
	if (in->dropped_ms)
		rows_col_i64(out, "dropped_at", in->dropped_ms);
	rows_col_i64(out, "at", in->made_ms);
	col(out, "by_name", person_of(people, in->made_by).name);
}

static enum rc list(struct view_ctx *v, struct rows *out, struct db_stmt *s, const char *set, unsigned most, int64_t patient, int64_t *last_r, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct incoming *at = arena_array(v->arena, most, sizeof *at);
	unsigned n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	while (rc == RC_OK && n < most && (rc = db_step(s, &row, p)) == RC_OK && row)
		rc = row_read(v->db, v->arena, s, &at[n++], p);
	db_reset(s);
	rows_set(out, set);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		if (patient)
			rows_patient(out, patient, TIER_IDENTITY);
		cols(v, out, &at[i], &people);
	}
	*last_r = n == most ? at[n - 1].no : 0;
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static enum rc page_rows(struct view_ctx *v, struct rows *out, enum stmt which, const char *set, int64_t after, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, which);
	int64_t last = 0;
	db_bind_i64(s, 1, after);
	db_bind_i64(s, 2, WAITS_SHOWN);
	enum rc rc = list(v, out, s, set, WAITS_SHOWN, 0, &last, p);
	if (rc == RC_OK && last) {
		rows_set(out, "page");
		rows_row(out);
		rows_col_i64(out, "next", last);
	}
	return rc;
}

static enum rc waits_rows(struct view_ctx *v, struct rows *out, struct problem *p)
{
	return page_rows(v, out, ST_HOSPITAL_INCOMING_WAITS, "waits", (int64_t)care_arg(v->args, "after"), p);
}

/*
 * "incoming_list": after (cursor) → set "waits", the oldest first, at most 50: no, saved, what was typed (family, given, born_on, sex, ins, kind, dated_on, author), format, found (as it was when it
 * came or was corrected), state, at, by_name; set "page": next. Nothing of any record.
 */
static enum rc list_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	return waits_rows(v, out, p);
}

/* "incoming_dropped": after (cursor) → set "dropped": as "incoming_list", the one that came last first, and dropped_at; set "page": next. */
static enum rc dropped_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	int64_t after = (int64_t)care_arg(v->args, "after");
	return page_rows(v, out, ST_HOSPITAL_INCOMING_DROPPED, "dropped", after ? after : INT64_MAX, p);
}

static enum rc notes_rows(struct view_ctx *v, struct rows *out, const struct incoming *in, struct people *people, struct problem *p)
{
	struct note at[NOTES_SHOWN];
	unsigned n = 0;
	enum rc rc = notes_read(v->db, v->arena, in->no, at, NOTES_SHOWN, &n, p);
	rows_set(out, "notes");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		const struct json *j = NULL;
		struct str plain = unsealed(v->db, v->arena, in->patient, bound(in->once, at[i].saved, BOUND_WHY), at[i].sealed);
		if (plain.n && json_parse(plain, v->arena, &j, p) != RC_OK)
			return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "a note of incoming %lld", (long long)in->no);
		rows_row(out);
		col(out, "kind_of", at[i].kind);
		col(out, "ground", at[i].ground);
		rows_col_i64(out, "at", at[i].at_ms);
		col(out, "by_name", person_of(people, at[i].by).name);
		col(out, "reason", j ? json_get_text(j, "reason") : STR_NONE);
		for (unsigned t = 0; j && t < T__END && str_eq(at[i].kind, "corrected"); t++)
			col(out, TYPED[t], json_get_text(j, TYPED[t]));
	}
	return rc;
}

/*
 * "incoming": no → set "document": the columns of "incoming_list", found as it is now, patient (FHIR id, of a match only), dropped_at; none when it neither waits nor was dropped. Set "notes", the newest
 * first: kind_of (corrected, dropped, restored), ground, at, by_name, reason, and of a correction what was typed before.
 */
static enum rc one_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct incoming in;
	struct item who = { .rid = 0 };
	bool found = false;
	const char *now = NULL;
	enum rc rc = one_of(v->db, v->arena, ST_HOSPITAL_INCOMING_GET, (int64_t)care_arg(v->args, "no"), &found, &in, p);
	if (rc != RC_OK || !found || !str_eq(in.state, "waits"))
		return rc;
	rc = exact_find(v->db, v->arena, &in, &now, &who, p);
	if (rc != RC_OK)
		return rc;
	in.found = str_of(now);
	rows_set(out, "document");
	rows_row(out);
	if (str_eq(in.found, "match") && !in.dropped_ms) {
		rows_patient(out, who.rid, TIER_MASKED);
		rows_col(out, "patient", who.id);
	}
	cols(v, out, &in, &people);
	rc = notes_rows(v, out, &in, &people, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "incoming_of": patient → set "filed": those that were filed into this record, the newest first, at most 50; set "waits" as "incoming_list". */
static enum rc of_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient")), last = 0;
	if (!patient)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_INCOMING_OF);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, FILED_SHOWN);
	enum rc rc = list(v, out, s, "filed", FILED_SHOWN, patient, &last, p);
	if (rc == RC_OK)
		rc = waits_rows(v, out, p);
	rows_set(out, "record");
	rows_row(out);
	rows_patient(out, patient, TIER_IDENTITY); /* that nothing was filed is an answer about this patient too */
	return rc;
}

static const struct choice SEXES[] = { { "male", "Male" }, { "female", "Female" }, { "unknown", "Undetermined" }, { NULL, NULL } };
static const struct choice GROUNDS[] = { { "nobody", "Of nobody of the house" }, { "twice", "Received twice" }, { "unreadable", "Not readable" }, { "elsewhere", "For another house" }, { NULL, NULL } };
#define TYPED_FIELDS \
	{ .name = "family",   .label = "Birth name",       .kind = FIELD_TEXT, .max = 100, .required = true }, \
	{ .name = "given",    .label = "First given name", .kind = FIELD_TEXT, .max = 100, .required = true }, \
	{ .name = "born_on",  .label = "Birth date",       .kind = FIELD_DATE, .required = true }, \
	{ .name = "sex",      .label = "Sex",              .kind = FIELD_CODE, .required = true, .choices = SEXES }, \
	{ .name = "ins",      .label = "INS",              .kind = FIELD_TEXT, .max = 30 }, \
	{ .name = "kind",     .label = "Kind",             .kind = FIELD_CODE, .required = true, .choices = letter_kinds }, \
	{ .name = "dated_on", .label = "Date",             .kind = FIELD_DATE, .required = true }, \
	{ .name = "author",   .label = "Author",           .kind = FIELD_TEXT, .max = 100, .required = true }
static const struct field ADD_FIELDS[] = {
	CARE_ONCE_FIELD, TYPED_FIELDS,
	{ .name = "file",     .label = "File",             .kind = FIELD_TOKEN, .max = 4 * ((int64_t)DOCUMENT_MOST + 2) / 3 + 4, .required = true }, /* base64 */
	FIELDS_END
};
#define PATIENT_FIELD { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define NO_FIELDS { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, { .name = "saved", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define REASON_FIELD(required_) { .name = "reason", .label = "Reason", .kind = FIELD_TEXT, .min = 3, .max = 200, .required = required_ }
static const struct field FILE_FIELDS[] = { PATIENT_FIELD, NO_FIELDS, REASON_FIELD(false), FIELDS_END };
static const struct field RETURN_FIELDS[] = { PATIENT_FIELD, NO_FIELDS, REASON_FIELD(true), FIELDS_END };
static const struct field CORRECT_FIELDS[] = { NO_FIELDS, TYPED_FIELDS, FIELDS_END };
static const struct field DROP_FIELDS[] = { NO_FIELDS, { .name = "ground", .label = "Why it is dropped", .kind = FIELD_CODE, .required = true, .choices = GROUNDS }, REASON_FIELD(false), FIELDS_END };
static const struct field RESTORE_FIELDS[] = { NO_FIELDS, FIELDS_END };

const struct view incoming_views[] = {
	{ .name = "incoming_list", .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_WORK_LIST,   .run = list_view },
	{ .name = "incoming",      .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_WORK_LIST,   .run = one_view },
	{ .name = "incoming_dropped", .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_WORK_LIST, .run = dropped_view },
	{ .name = "incoming_of",   .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_ONE_PATIENT, .run = of_view },
	{ .name = NULL },
};

const struct act incoming_acts[] = {
	{ .name = "incoming_add",    .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_META,        .fields = ADD_FIELDS,    .slow = true, .prepare = add_prepare, .run = add_run },
	{ .name = "incoming_file",   .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_ONE_PATIENT, .fields = FILE_FIELDS,   .run = file_run },
	{ .name = "incoming_correct", .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_META,       .fields = CORRECT_FIELDS, .slow = true, .prepare = correct_prepare, .run = correct_run },
	{ .name = "incoming_drop",   .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_META,        .fields = DROP_FIELDS,   .run = drop_run },
	{ .name = "incoming_restore", .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_META,       .fields = RESTORE_FIELDS, .run = restore_run },
	{ .name = "incoming_return", .may = MAY_FILE_DOCUMENT, .reveals = REVEALS_ONE_PATIENT, .fields = RETURN_FIELDS, .run = return_run },
	{ .name = NULL },
};
