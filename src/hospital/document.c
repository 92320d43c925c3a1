/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/document.c: the documents of a chart: the list of its DocumentReferences and the bytes of one. Lists read no bytes. It must never hand out a file but through the DocumentReference
 * that names it and the patient whose it is. Called by letter_sign.c and by the gate through the rows at the end. Start at documents_view and document_view.
 */
#include "hospital/document.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "codec/base64.h"
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/unsealed.h"

#define DOCUMENTS_SHOWN 200

static const struct { const char *format, *type; } FORMATS[] = { { "pdf", "application/pdf" }, { "text", "text/plain; charset=utf-8" }, { "cda", "text/xml; charset=utf-8" } };

static const char *type_of(const char *format)
{
	for (size_t i = 0; i < N_OF(FORMATS); i++)
		if (strcmp(format, FORMATS[i].format) == 0)
			return FORMATS[i].type;
	return "application/octet-stream";
}

/* ---- bytes ---- */

enum rc document_file_put(struct act_ctx *x, int64_t source, int64_t patient, enum document_part part, const char *format, struct str bytes, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, 3 * (size_t)DOCUMENT_MOST);
	enum rc rc = keys_seal(x->db, patient, (struct keys_bound){ SEALS_FILE, source, part }, bytes, &sealed, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_FILE_ADD);
		db_bind_i64(s, 1, source);
		db_bind_i64(s, 2, part);
		db_bind_i64(s, 3, patient);
		db_bind_str(s, 4, str_of(format));
		db_bind_i64(s, 5, x->now_ms);
		db_bind_blob(s, 6, buf_view(&sealed));
		rc = db_run(s, p);
	}
	buf_done(&sealed);
	return rc;
}

enum rc document_file_get(struct db_conn *c, struct arena *a, int64_t source, enum document_part part, struct str *format_r, struct str *bytes_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_FILE_GET);
	struct str plain;
	bool row = false;
	db_bind_i64(s, 1, source);
	db_bind_i64(s, 2, part);
	enum rc rc = db_step(s, &row, p);
	bool is = rc == RC_OK && row;
	if (is) {
		*format_r = arena_str(a, db_text(s, 1));
		rc = keys_unseal(c, db_i64(s, 0), (struct keys_bound){ SEALS_FILE, source, part }, db_text(s, 3), &plain, p);
		*bytes_r = rc == RC_OK ? arena_str(a, plain) : STR_NONE;
	}
	db_reset(s);
	if (rc == RC_OK && !is)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "part", "no file of this part");
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc document_file_drop(struct act_ctx *x, int64_t source, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_FILE_DROP);
	db_bind_i64(s, 1, source);
	return db_run(s, p);
}

void document_content(struct jw *w, struct str id, enum document_part part, const char *format, size_t bytes, struct str title, int64_t made_ms, struct str made_on)
{
	char url[120];
	(void)snprintf(url, sizeof url, "Binary/%.*s.%d", STR_ARG(id), (int)part);
	jw_object(w);
	jw_key(w, "attachment");
	jw_object(w);
	jw_member(w, "contentType", str_of(type_of(format)));
	jw_member(w, "language", STR("fr-FR"));
	jw_member(w, "url", str_of(url));
	jw_key(w, "size");
	jw_i64(w, (int64_t)bytes);
	jw_member(w, "title", title);
	if (made_on.n)
		jw_member(w, "creation", made_on);
	else
		compose_instant(w, "creation", made_ms);
	jw_end(w, '}');
	jw_end(w, '}');
}

/* ---- for FHIR ---- */

bool document_binary_id(struct str binary, struct str *document_r, enum document_part *part_r)
{
	char last = binary.n > 2 ? binary.p[binary.n - 1] : '\0';
	if (binary.n <= 2 || binary.p[binary.n - 2] != '.' || (last != '1' && last != '2'))
		return false;
	*document_r = (struct str){ binary.p, binary.n - 2 };
	*part_r = last == '1' ? DOCUMENT_READ : DOCUMENT_CDA;
	return true;
}

static void put_data(struct jw *w, struct str bytes)
{
	jw_key(w, "data");
	jw_raw(w, STR("\""));
	base64_put(w->out, bytes);
	buf_ch(w->out, '"');
}

enum rc document_binary(struct db_conn *c, struct arena *a, int64_t source, struct str document, enum document_part part, uint32_t version, int64_t updated_ms, struct buf *out, struct problem *p)
{
	struct str format, bytes;
	struct jw w;
	char id[80], number[12];
	struct buf instant;
	(void)snprintf(id, sizeof id, "%.*s.%d", STR_ARG(document), (int)part);
	(void)snprintf(number, sizeof number, "%u", version);
	buf_init(out, 2 * (size_t)DOCUMENT_MOST);
	enum rc rc = document_file_get(c, a, source, part, &format, &bytes, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&instant, 64);
	buf_instant(&instant, updated_ms);
	jw_init(&w, out);
	jw_object(&w);
	jw_member(&w, "resourceType", STR("Binary"));
	jw_member(&w, "id", str_of(id));
	jw_key(&w, "meta");
	jw_object(&w);
	jw_member(&w, "versionId", str_of(number));
	jw_member(&w, "lastUpdated", buf_view(&instant));
	jw_end(&w, '}');
	jw_member(&w, "contentType", str_of(type_of(arena_z(a, format))));
	compose_ref(&w, "securityContext", "DocumentReference", document, STR_NONE);
	put_data(&w, bytes);
	jw_end(&w, '}');
	buf_done(&instant);
	return buf_rc(out, p);
}

/* The members of an object but one, byte for byte. */
static void keep_but(struct jw *w, struct arena *a, const struct json *object, const char *but)
{
	for json_each (m, object)
		if (!str_eq(m->name, but)) {
			jw_key(w, arena_z(a, m->name));
			jw_raw(w, m->raw);
		}
}

static enum rc put_attachment(struct db_conn *c, struct arena *a, int64_t source, struct jw *w, const struct json *attachment, struct problem *p)
{
	struct str rest, format, bytes = STR_NONE, document, url = json_get_text(attachment, "url");
	enum document_part part;
	enum rc rc = RC_OK;
	bool ours = str_eq(str_cut(url, '/', &rest), "Binary") && document_binary_id(rest, &document, &part) && !json_get(attachment, "data");
	if (ours)
		rc = document_file_get(c, a, source, part, &format, &bytes, p);
	if (rc == RC_NOT_FOUND) { /* the bytes left this record */
		rc = RC_OK;
		bytes = STR_NONE;
	}
	jw_key(w, "attachment");
	jw_object(w);
	keep_but(w, a, attachment, "");
	if (rc == RC_OK && bytes.n)
		put_data(w, bytes);
	jw_end(w, '}');
	return rc;
}

enum rc document_with_files(struct db_conn *c, struct arena *a, int64_t source, struct str body, struct str *body_r, struct problem *p)
{
	const struct json *root;
	struct buf out;
	struct jw w;
	*body_r = body;
	enum rc rc = json_parse(body, a, &root, p);
	if (rc != RC_OK || !json_get(root, "content"))
		return rc;
	buf_init(&out, body.n + 4 * (size_t)DOCUMENT_MOST);
	jw_init(&w, &out);
	jw_object(&w);
	keep_but(&w, a, root, "content");
	jw_key(&w, "content");
	jw_array(&w);
	for json_each (one, json_get(root, "content")) {
		jw_object(&w);
		keep_but(&w, a, one, "attachment");
		if (rc == RC_OK && json_get(one, "attachment"))
			rc = put_attachment(c, a, source, &w, json_get(one, "attachment"), p);
		jw_end(&w, '}');
	}
	jw_end(&w, ']');
	jw_end(&w, '}');
	if (rc == RC_OK)
		rc = buf_rc(&out, p);
	*body_r = rc == RC_OK ? arena_str(a, buf_view(&out)) : STR_NONE;
	buf_done(&out);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc document_of(struct db_conn *c, struct arena *a, struct str patient, struct str id, struct item *it_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { STR("_id"), id } };
	struct items s;
	enum rc rc = fhir_is_id(id) ? items_find(c, a, "DocumentReference", query, N_OF(query), 1, &s, p) : RC_NOT_FOUND;
	if (rc == RC_NOT_FOUND || (rc == RC_OK && !s.n))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no such document of this patient");
	if (rc == RC_OK)
		*it_r = s.at[0];
	return rc;
}

/* ---- the list ---- */

void document_row(struct rows *out, struct names *names, const struct item *it, int64_t patient)
{
	const struct json *d = it->body;
	struct str title = text_at(d, "content.attachment.title");
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col(out, "id", it->id);
	if (title.n)
		rows_col(out, "title", title);
	else
		col_display(out, "title", json_get(d, "type"));
	col_display(out, "type", json_get(d, "type"));
	col(out, "status", json_get_text(d, "status"));
	col(out, "content_type", text_at(d, "content.attachment.contentType"));
	col_when(out, "dated_at", "dated_on", json_get_text(d, "date"));
	col(out, "by_name", name_ref(names, json_at(json_get(d, "author"), 0)));
}

static enum rc cols_files(struct db_conn *c, struct rows *out, const struct item *it, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_FILE_HAS);
	bool row = false, read = false, cda = false;
	enum rc rc;
	db_bind_i64(s, 1, it->rid);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		read = read || db_i64(s, 0) == DOCUMENT_READ;
		cda = cda || db_i64(s, 0) == DOCUMENT_CDA;
	}
	db_reset(s);
	col_flag(out, "file", read || text_at(it->body, "content.attachment.data").n > 0);
	col_flag(out, "cda", cda);
	return rc;
}

static enum rc cols_letter(struct db_conn *c, struct rows *out, struct str id, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_LETTER_BY_DOCUMENT);
	bool row = false;
	db_bind_str(s, 1, id);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		rows_col_i64(out, "letter", db_i64(s, 0));
		col(out, "letter_state", db_text(s, 1));
	}
	db_reset(s);
	return rc;
}

/*
 * "documents": set "documents", the newest first, at most 200: id, title, type, status (current, superseded, entered-in-error), content_type, dated_at or dated_on, by_name, file (flag: its
 * bytes are here), cda (flag), letter (number) and letter_state of one that was written here; set "more" when there are others.
 */
static enum rc documents_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), args_get(v->args, "patient") }, { STR("_sort"), STR("-date") } };
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient"));
	struct names names = { v->db, v->arena, NULL };
	struct items s;
	enum rc rc = patient ? items_find(v->db, v->arena, "DocumentReference", query, N_OF(query), DOCUMENTS_SHOWN, &s, p) : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	rows_set(out, "documents");
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		document_row(out, &names, &s.at[i], patient);
		rc = cols_files(v->db, out, &s.at[i], p);
		if (rc == RC_OK)
			rc = cols_letter(v->db, out, s.at[i].id, p);
	}
	if (rc == RC_OK && s.more) {
		rows_set(out, "more");
		rows_row(out);
		rows_patient(out, patient, TIER_CLINICAL);
		rows_col_i64(out, "n", DOCUMENTS_SHOWN);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- one ---- */

/* What came with the resource itself (an import, the API): text and PDF only, told by their first bytes and not by what they call themselves. */
static enum rc inline_bytes(struct arena *a, const struct item *it, struct str *format_r, struct str *bytes_r, struct problem *p)
{
	struct str data = text_at(it->body, "content.attachment.data"), type = text_at(it->body, "content.attachment.contentType");
	struct buf b;
	if (!data.n)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no bytes here");
	buf_init(&b, DOCUMENT_MOST);
	bool good = base64_get(data, &b) == RC_OK && !b.failed;
	*bytes_r = good ? arena_str(a, buf_view(&b)) : STR_NONE;
	buf_done(&b);
	bool pdf = str_starts(*bytes_r, STR("%PDF-"));
	if (!good || (!pdf && !str_starts(type, STR("text/plain"))))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "neither PDF nor text");
	*format_r = pdf ? STR("pdf") : STR("text");
	return arena_rc(a, p);
}

/* "document": id, part (1 what is read, 2 the CDA; none: 1) → set "file": id, format (pdf, text, cda), bytes; set "none" (one row) when there is no such file. One opening of the chart, as any page of it. */
static enum rc document_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	uint64_t part = DOCUMENT_READ;
	struct item it;
	struct str format, bytes;
	if (args_get(v->args, "part").n && (str_u64(args_get(v->args, "part"), &part) != RC_OK || (part != DOCUMENT_READ && part != DOCUMENT_CDA)))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "part", "no such part");
	enum rc rc = document_of(v->db, v->arena, args_get(v->args, "patient"), args_get(v->args, "id"), &it, p);
	if (rc == RC_OK)
		rc = document_file_get(v->db, v->arena, it.rid, (enum document_part)part, &format, &bytes, p);
	if (rc == RC_NOT_FOUND && part == DOCUMENT_READ && p->why == WHY_NOT_FOUND && str_eq(str_of(p->where), "part"))
		rc = inline_bytes(v->arena, &it, &format, &bytes, p);
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient"));
	if (rc != RC_OK && (rc != RC_NOT_FOUND || !patient))
		return rc;
	rows_set(out, rc == RC_OK ? "file" : "none"); /* that there is none is an answer about this patient too */
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	if (rc != RC_OK)
		return RC_OK;
	rows_col(out, "id", it.id);
	rows_col(out, "format", format);
	rows_col(out, "bytes", bytes);
	return RC_OK;
}

const struct view document_views[] = {
	{ .name = "documents", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = documents_view },
	{ .name = "document",  .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = document_view },
	{ .name = NULL },
};
