/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/letter_sign.c: a physician signs a letter: the PDF is drawn and the CDA written before the transaction, from the draft that was looked at; the transaction stores both, files the
 * DocumentReference and replaces the version before. The ledger's entry of the intent holds the PDF's SHA-256. It must never sign words that the signer did not see, nor change what was
 * signed. And a letter is cancelled, with a reason; it stays readable. Called by the gate through the rows at the end. Start at sign_prepare and sign_run.
 */
#include "hospital/letter.h"

#include <string.h>

#include "base/press.h"
#include "base/random.h"
#include "codec/base64.h"
#include "codec/sha.h"
#include "hospital/document.h"
#include "hospital/matters.h"
#include "record/keys.h"

#define VERSIONS_MOST 50

/* ---- who signs, for which house ---- */

struct str letter_identifier(const struct json *resource, const char *system)
{
	for json_each (i, json_get(resource, "identifier"))
		if (str_eq(json_get_text(i, "system"), system))
			return json_get_text(i, "value");
	return STR_NONE;
}

static enum rc signer_of(struct view_ctx *v, struct letter_signer *s_r, struct problem *p)
{
	struct item it;
	bool found = false;
	enum rc rc = v->who->practitioner.n ? item_find(v->db, v->arena, "Practitioner", v->who->practitioner, &found, &it, p) : RC_OK;
	*s_r = (struct letter_signer){ .name = v->who->name.n ? v->who->name : v->who->login, .rpps = rc == RC_OK && found ? letter_identifier(it.body, LETTER_RPPS) : STR_NONE };
	return rc;
}

enum rc letter_house_of(struct db_conn *c, struct arena *a, struct str unit, struct letter_house *h_r, struct problem *p)
{
	struct str id = unit;
	enum rc rc = RC_OK;
	*h_r = (struct letter_house){ .unit = STR_NONE };
	for (unsigned up = 0; up < 8 && id.n && rc == RC_OK; up++) {
		struct item it;
		bool found = false;
		rc = item_find(c, a, "Organization", id, &found, &it, p);
		id = STR_NONE;
		if (rc != RC_OK || !found)
			break;
		if (up == 0)
			h_r->unit = json_get_text(it.body, "name");
		h_r->site = json_get_text(it.body, "name");
		h_r->finess = letter_identifier(it.body, "urn:oid:1.2.250.1.71.4.2.2");
		(void)ref_of(json_get(it.body, "partOf"), "Organization", &id);
	}
	return rc;
}

/* Documents of the version before and of the first one. */
static enum rc chain_of(struct db_conn *c, struct arena *a, const struct letter *l, struct str *before_r, struct str *first_r, struct problem *p)
{
	int64_t no = l->replaces;
	enum rc rc = RC_OK;
	*before_r = *first_r = STR_NONE;
	for (unsigned i = 0; no && i < VERSIONS_MOST && rc == RC_OK; i++) {
		struct letter old;
		rc = letter_find(c, a, no, l->patient, &old, p);
		if (rc != RC_OK)
			break;
		if (i == 0)
			*before_r = old.document;
		*first_r = old.document;
		no = old.replaces;
	}
	return rc;
}

/* ---- before the transaction ---- */

struct signing { struct act_note head; char document[ID_LEN + 1]; struct str set, before, pdf, cda; unsigned char hash[SHA_LEN]; };

static enum rc signable(struct db_conn *c, struct arena *a, const struct args *args, const struct letter *l, struct problem *p)
{
	struct letter_missing miss[LETTER_MISSING];
	unsigned n = 0;
	if (!str_eq(l->state, "draft"))
		return problem_set(p, RC_CONFLICT, WHY_LETTER_STATE, "no", "letter %lld is no draft", (long long)l->no);
	if (l->saved != (int64_t)care_arg(args, "saved"))
		return problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "saved", "saved %lld times", (long long)l->saved);
	if (!str_trim(l->text).n)
		return problem_set(p, RC_BAD_INPUT, WHY_LETTER_EMPTY, "text", "no words");
	enum rc rc = letter_missing(c, a, l, miss, &n, p);
	return rc == RC_OK && n ? problem_set(p, RC_BAD_INPUT, WHY_LETTER_MISSING, "text", "%u things are missing", n) : rc;
}

static void note(struct signing *g)
{
	struct buf b;
	sha_two(g->hash, g->pdf.p, g->pdf.n, NULL, 0);
	buf_init(&b, sizeof g->head.text);
	hex_put(&b, (struct str){ (const char *)g->hash, SHA_LEN });
	MUST(!b.failed && b.n == sizeof g->head.text);
	memcpy(g->head.text, b.p, b.n);
	g->head.n = b.n;
	g->head.rows = 1;
	buf_done(&b);
}

static enum rc draw(struct view_ctx *v, const struct letter_out *o, struct signing *g, struct problem *p)
{
	struct buf paper, pdf, cda;
	buf_init(&pdf, 1);
	buf_init(&cda, 2 * (size_t)PRESS_PDF_MOST);
	enum rc rc = letter_paper(o, &paper, p);
	if (rc == RC_OK)
		rc = press_pdf(buf_view(&paper), &pdf, p);
	if (rc == RC_OK && pdf.n > DOCUMENT_MOST)
		rc = problem_set(p, RC_LIMIT, WHY_LETTER_LONG, "text", "PDF of %zu bytes", pdf.n);
	if (rc == RC_OK)
		rc = letter_cda(o, buf_view(&pdf), &cda, p);
	if (rc == RC_OK) {
		g->pdf = arena_str(v->arena, buf_view(&pdf));
		g->cda = arena_str(v->arena, buf_view(&cda));
		rc = arena_rc(v->arena, p);
	}
	buf_done(&paper);
	buf_done(&pdf);
	buf_done(&cda);
	return rc;
}

static enum rc sign_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct signing *g = ARENA_NEW(v->arena, struct signing);
	struct letter_patient k;
	struct letter l;
	struct letter_out o = { .l = &l, .k = &k, .now_ms = v->now_ms };
	enum rc rc = g ? letter_patient(v->db, v->arena, v->args, v->now_ms, &k, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = letter_find(v->db, v->arena, (int64_t)care_arg(v->args, "no"), k.who.item.rid, &l, p);
	if (rc == RC_OK)
		rc = signable(v->db, v->arena, v->args, &l, p);
	if (rc == RC_OK)
		rc = signer_of(v, &o.by, p);
	if (rc == RC_OK)
		rc = letter_house_of(v->db, v->arena, k.stay.unit.n ? k.stay.unit : v->who->unit, &o.house, p);
	if (rc == RC_OK)
		rc = chain_of(v->db, v->arena, &l, &o.before, &o.set, p);
	if (rc == RC_OK) {
		random_id(g->document);
		o.document = str_of(g->document);
		if (!o.set.n)
			o.set = o.document;
		rc = draw(v, &o, g, p);
	}
	*prepared_r = g;
	if (rc == RC_OK) {
		g->set = o.set;
		g->before = o.before;
		note(g);
	} else if (p->rc == RC_NOT_FOUND || p->rc == RC_CONFLICT) {
		return RC_OK; /* nothing is drawn: the transaction finds the same and tells it, once the gate has decided */
	} else if (p->rc == RC_BAD_INPUT) {
		rows_set(issues, "issues");
		issue_row(issues, p->why, "text");
	}
	return rc;
}

/* ---- the transaction ---- */

static void identifier(struct jw *w, const char *key, struct str document)
{
	struct buf b;
	buf_init(&b, 100);
	buf_z(&b, "urn:oid:");
	letter_oid(&b, document);
	jw_key(w, key);
	jw_object(w);
	jw_member(w, "system", STR("urn:ietf:rfc:3986"));
	jw_member(w, "value", buf_view(&b));
	jw_end(w, '}');
	buf_done(&b);
}

static void put_list(struct jw *w, const char *key)
{
	jw_key(w, key);
	jw_array(w);
}

static void reference_body(struct buf *body, const struct act_ctx *x, const struct letter *l, const struct letter_patient *k, const struct signing *g)
{
	const struct letter_type *t = letter_type(l->kind);
	struct jw w;
	compose_begin(&w, body, "DocumentReference", str_of(g->document), NULL);
	identifier(&w, "masterIdentifier", str_of(g->document));
	jw_member(&w, "status", STR("current"));
	jw_member(&w, "docStatus", STR("final"));
	if (t->loinc)
		compose_concept(&w, "type", CARE_LOINC, str_of(t->loinc), STR_NONE, str_of(t->display));
	else
		compose_concept(&w, "type", NULL, STR_NONE, STR_NONE, str_of(t->display));
	compose_ref(&w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_instant(&w, "date", x->now_ms);
	put_list(&w, "author");
	care_who(&w, NULL, x->who);
	jw_end(&w, ']');
	care_who(&w, "authenticator", x->who);
	if (g->before.n) {
		put_list(&w, "relatesTo");
		jw_object(&w);
		jw_member(&w, "code", STR("replaces"));
		compose_ref(&w, "target", "DocumentReference", g->before, STR_NONE);
		jw_end(&w, '}');
		jw_end(&w, ']');
	}
	put_list(&w, "content");
	document_content(&w, str_of(g->document), DOCUMENT_READ, "pdf", g->pdf.n, l->title, x->now_ms, STR_NONE);
	document_content(&w, str_of(g->document), DOCUMENT_CDA, "cda", g->cda.n, l->title, x->now_ms, STR_NONE);
	jw_end(&w, ']');
	if (k->stay.id.n) {
		jw_key(&w, "context");
		jw_object(&w);
		put_list(&w, "encounter");
		compose_ref(&w, NULL, "Encounter", k->stay.id, STR_NONE);
		jw_end(&w, ']');
		jw_end(&w, '}');
	}
	jw_end(&w, '}');
}

static enum rc replace(struct act_ctx *x, const struct letter *l, struct str before, struct problem *p)
{
	struct item it;
	enum rc rc = document_of(x->db, x->arena, args_get(x->args, "patient"), before, &it, p);
	if (rc == RC_OK)
		rc = compose_status(x, "DocumentReference", &it, "superseded", p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_LETTER_REPLACED);
	db_bind_i64(s, 1, l->replaces);
	rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) != 1)
		rc = problem_set(p, RC_CONFLICT, WHY_LETTER_STATE, "no", "letter %lld was cancelled meanwhile", (long long)l->replaces);
	return rc;
}

static void answer(struct rows *out, int64_t patient, int64_t no, struct str document)
{
	rows_set(out, "made");
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col_i64(out, "no", no);
	col(out, "document", document);
}

/* "letter_sign": no, saved (what was looked at) → set "made": no, document. BAD_INPUT LETTER_MISSING names that the list beside the text says what. RETRY PRESS_AWAY: nothing was signed. */
static enum rc sign_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct signing *g = x->prepared;
	struct letter_patient k;
	struct letter l;
	struct buf body;
	struct record_done done = { .rid = 0 };
	enum rc rc = letter_patient(x->db, x->arena, x->args, x->now_ms, &k, p);
	if (rc == RC_OK)
		rc = letter_find(x->db, x->arena, (int64_t)care_arg(x->args, "no"), k.who.item.rid, &l, p);
	if (rc == RC_OK)
		rc = signable(x->db, x->arena, x->args, &l, p);
	if (rc == RC_OK && !g->pdf.n)
		rc = problem_set(p, RC_RETRY, WHY_BUSY, "", "the draft came after the drawing");
	if (rc != RC_OK)
		return rc;
	buf_init(&body, 1u << 18);
	reference_body(&body, x, &l, &k, g);
	rc = compose_put(x, "DocumentReference", str_of(g->document), &body, &(struct record_if){ .none_exists = true }, &done, p);
	buf_done(&body);
	if (rc == RC_OK)
		rc = document_file_put(x, done.rid, l.patient, DOCUMENT_READ, "pdf", g->pdf, p);
	if (rc == RC_OK)
		rc = document_file_put(x, done.rid, l.patient, DOCUMENT_CDA, "cda", g->cda, p);
	if (rc == RC_OK && g->before.n)
		rc = replace(x, &l, g->before, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_LETTER_SIGN);
	db_bind_i64(s, 1, l.no);
	db_bind_str(s, 2, str_of(g->document));
	db_bind_i64(s, 3, x->now_ms);
	db_bind_i64(s, 4, x->who->account);
	db_bind_blob(s, 5, (struct str){ (const char *)g->hash, SHA_LEN });
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, l.patient, l.no, str_of(g->document));
	return rc;
}

/* ---- cancelled ---- */

/* "letter_cancel": no, reason → set "made": no. A draft by whoever may write, a signed one by who signed it: its document stays, marked as entered in error. */
static enum rc cancel_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct letter l;
	struct item it;
	struct buf why;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = letter_find(x->db, x->arena, (int64_t)care_arg(x->args, "no"), who.item.rid, &l, p);
	bool is_signed = rc == RC_OK && str_eq(l.state, "signed");
	if (rc == RC_OK && !is_signed && !str_eq(l.state, "draft"))
		rc = problem_set(p, RC_CONFLICT, WHY_LETTER_STATE, "no", "letter %lld cannot be cancelled", (long long)l.no);
	if (is_signed && l.signed_by != x->who->account)
		rc = problem_set(p, RC_CONFLICT, WHY_LETTER_NOT_MINE, "no", "signed by account %u", l.signed_by);
	if (rc == RC_OK && is_signed)
		rc = document_of(x->db, x->arena, args_get(x->args, "patient"), l.document, &it, p);
	if (rc == RC_OK && is_signed)
		rc = compose_status(x, "DocumentReference", &it, "entered-in-error", p);
	if (rc != RC_OK)
		return rc;
	buf_init(&why, 8192);
	rc = keys_seal(x->db, l.patient, (struct keys_bound){ SEALS_LETTER, l.once, -l.saved }, args_get(x->args, "reason"), &why, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_LETTER_CANCEL);
		db_bind_i64(s, 1, l.no);
		db_bind_i64(s, 2, x->now_ms);
		db_bind_i64(s, 3, x->who->account);
		db_bind_blob(s, 4, buf_view(&why));
		rc = db_run(s, p);
	}
	buf_done(&why);
	if (rc == RC_OK)
		answer(out, l.patient, l.no, l.document);
	return rc;
}

#define PATIENT_FIELD { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define NO_FIELD { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
static const struct field SIGN_FIELDS[] = { PATIENT_FIELD, NO_FIELD, { .name = "saved", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field CANCEL_FIELDS[] = { PATIENT_FIELD, NO_FIELD, { .name = "reason", .label = "Reason", .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true }, FIELDS_END };

const struct act letter_sign_acts[] = {
	{ .name = "letter_sign",   .may = MAY_PRESCRIBE,   .reveals = REVEALS_ONE_PATIENT, .fields = SIGN_FIELDS, .notes = true, .slow = true, .prepare = sign_prepare, .run = sign_run },
	{ .name = "letter_cancel", .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = CANCEL_FIELDS, .run = cancel_run },
	{ .name = NULL },
};
