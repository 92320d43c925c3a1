/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/letter_template.c: the templates of letters, with their versions, and the headings that a house requires. A text with merge fields of one closed list, never code; what a law asks
 * of a letter is not known here: the house says it, with its source, and until then nothing is required. Called by letter.c and by the gate through the rows at the end. Start at put_run.
 */
#include "hospital/letter.h"

#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/unsealed.h"
#include "letter_texts.h"

#define TEMPLATES_MOST 60
#define VERSIONS_SHOWN 20
#define CONTENT_MOST (1u << 18)

struct kept { int64_t no, version, made_ms; uint32_t made_by; struct str kind, name, text; };

static struct str shipped(struct arena *a, struct str kind)
{
	for (size_t i = 0; i < letter_texts_count; i++) {
		struct str name = str_of(letter_texts[i].name);
		if (str_starts(name, kind) && name.n == kind.n + 4)
			return arena_str(a, (struct str){ (const char *)letter_texts[i].bytes, letter_texts[i].n });
	}
	return STR_NONE;
}

/* Columns of HOSPITAL_TEMPLATE_LIST; the sealed text is bound to its template and version. */
static struct kept row_of(struct db_conn *c, struct db_stmt *s, struct arena *a)
{
	struct kept k = { .no = db_i64(s, 0), .kind = arena_str(a, db_text(s, 1)), .version = db_i64(s, 2), .made_ms = db_i64(s, 3), .made_by = (uint32_t)db_i64(s, 4) };
	struct str plain = unsealed(c, a, 0, (struct keys_bound){ SEALS_TEMPLATE, k.no, k.version }, db_text(s, 5));
	const struct json *j = NULL;
	struct problem ignored; /* one that cannot be read has no text, and says so by that */
	if (json_parse(plain, a, &j, &ignored) == RC_OK) {
		k.name = json_get_text(j, "name");
		k.text = json_get_text(j, "text");
	}
	return k;
}

static enum rc find(struct db_conn *c, struct arena *a, int64_t no, struct kept *k_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_TEMPLATE_GET);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	*k_r = rc == RC_OK && row ? row_of(c, s, a) : (struct kept){ .no = 0 };
	db_reset(s);
	if (rc == RC_OK && !k_r->no)
		rc = problem_set(p, RC_NOT_FOUND, WHY_LETTER_TEMPLATE, "template", "template %lld is not in use", (long long)no);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc letter_template(struct db_conn *c, struct arena *a, struct str kind, int64_t no, struct str *text_r, int64_t *version_r, struct problem *p)
{
	struct kept k;
	*version_r = 0;
	*text_r = shipped(a, kind);
	enum rc rc = no ? find(c, a, no, &k, p) : arena_rc(a, p);
	if (rc == RC_OK && no && !str_is(k.kind, kind))
		rc = problem_set(p, RC_NOT_FOUND, WHY_LETTER_TEMPLATE, "template", "template %lld is of another kind", (long long)no);
	if (rc == RC_OK && no) {
		*text_r = k.text;
		*version_r = k.version;
	}
	return rc;
}

/* ---- written ---- */

static enum rc seal(struct act_ctx *x, struct keys_bound bound, const struct pair *members, size_t n, struct str *sealed_r, struct problem *p)
{
	struct buf plain, sealed;
	struct jw w;
	buf_init(&plain, CONTENT_MOST);
	buf_init(&sealed, CONTENT_MOST + 1000);
	jw_init(&w, &plain);
	jw_object(&w);
	for (size_t i = 0; i < n; i++)
		jw_member(&w, arena_z(x->arena, members[i].name), members[i].value);
	jw_end(&w, '}');
	enum rc rc = buf_rc(&plain, p);
	if (rc == RC_OK)
		rc = keys_seal(x->db, 0, bound, buf_view(&plain), &sealed, p);
	*sealed_r = rc == RC_OK ? arena_str(x->arena, buf_view(&sealed)) : STR_NONE;
	buf_done(&plain);
	buf_done(&sealed);
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

static void answer(struct rows *out, int64_t no, int64_t version)
{
	rows_set(out, "template");
	rows_row(out);
	rows_col_i64(out, "no", no);
	rows_col_i64(out, "version", version);
}

static enum rc add_version(struct act_ctx *x, int64_t no, int64_t version, struct problem *p)
{
	const struct pair members[] = { { STR("name"), str_trim(args_get(x->args, "name")) }, { STR("text"), args_get(x->args, "text") } };
	struct str sealed;
	enum rc rc = seal(x, (struct keys_bound){ SEALS_TEMPLATE, no, version }, members, N_OF(members), &sealed, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_TEMPLATE_VERSION_ADD);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, version);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_i64(s, 4, x->who->account);
	db_bind_blob(s, 5, sealed);
	return db_run(s, p);
}

/*
 * "template_put": kind, name, text; template and version (the one that was looked at) for a new version of one, without them a new one → set "template": no, version.
 * BAD_INPUT LETTER_FIELD: the text names a field that is not in the list. CONFLICT VERSION_CONFLICT: somebody changed it meanwhile.
 */
static enum rc put_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t no = (int64_t)care_arg(x->args, "template"), version = 1;
	struct kept k = { .no = 0 };
	struct db_stmt *s;
	enum rc rc = letter_text_check(args_get(x->args, "text"), "text", p);
	if (rc == RC_OK && no)
		rc = find(x->db, x->arena, no, &k, p);
	if (rc == RC_OK && no && k.version != (int64_t)care_arg(x->args, "version"))
		rc = problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "version", "version %lld is current", (long long)k.version);
	if (rc != RC_OK)
		return rc;
	if (no) {
		version = k.version + 1;
		s = db_stmt(x->db, ST_HOSPITAL_TEMPLATE_NEXT);
		db_bind_i64(s, 1, no);
		db_bind_i64(s, 2, version);
	} else {
		s = db_stmt(x->db, ST_HOSPITAL_TEMPLATE_ADD);
		db_bind_str(s, 1, args_get(x->args, "kind"));
		db_bind_i64(s, 2, x->now_ms);
		db_bind_i64(s, 3, x->who->account);
	}
	rc = db_run(s, p);
	if (rc == RC_OK && !no)
		no = db_last_rowid(x->db);
	if (rc == RC_OK)
		rc = add_version(x, no, version, p);
	if (rc == RC_OK)
		answer(out, no, version);
	return rc;
}

/* "template_end": template → set "template": no. Letters that were begun by it stay as they are. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct kept k;
	enum rc rc = find(x->db, x->arena, (int64_t)care_arg(x->args, "template"), &k, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_TEMPLATE_END);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->now_ms);
	db_bind_i64(s, 3, x->who->account);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, k.no, k.version);
	return rc;
}

static void cols(struct rows *out, struct people *people, const struct kept *k)
{
	rows_row(out);
	rows_col_i64(out, "no", k->no);
	rows_col(out, "kind", k->kind);
	col(out, "name", k->name);
	rows_col(out, "text", k->text);
	rows_col_i64(out, "version", k->version);
	if (k->made_ms)
		rows_col_i64(out, "made_at", k->made_ms);
	col(out, "by_name", k->made_by ? person_of(people, k->made_by).name : STR_NONE);
}

static enum rc read(struct db_conn *c, struct arena *a, struct db_stmt *s, struct kept *at, unsigned most, unsigned *n_r, struct problem *p)
{
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	while (n < most && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = row_of(c, s, a);
	db_reset(s);
	*n_r = n;
	return rc;
}

/*
 * "letter_templates": sets "templates": no (0: shipped with the product), kind, name, text, version, made_at, by_name; "fields": name, is_block (flag);
 * "needs": no, kind, heading, source, made_at, by_name.
 */
static enum rc templates_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct kept *at = arena_array(v->arena, TEMPLATES_MOST, sizeof *at);
	struct letter_need *need = arena_array(v->arena, LETTER_MISSING, sizeof *need);
	unsigned n = 0;
	if (!at || !need)
		return arena_rc(v->arena, p);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_TEMPLATE_LIST);
	db_bind_i64(s, 1, TEMPLATES_MOST);
	enum rc rc = read(v->db, v->arena, s, at, TEMPLATES_MOST, &n, p);
	rows_set(out, "templates");
	for (const struct choice *k = letter_kinds; k->code && rc == RC_OK; k++)
		cols(out, &people, &(struct kept){ .kind = str_of(k->code), .text = shipped(v->arena, str_of(k->code)) });
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		cols(out, &people, &at[i]);
	rows_set(out, "fields");
	for (const struct letter_field *f = letter_fields; f->name; f++) {
		rows_row(out);
		rows_col(out, "name", str_of(f->name));
		col_flag(out, "is_block", f->is_block);
	}
	rows_set(out, "needs");
	for (const struct choice *k = letter_kinds; k->code && rc == RC_OK; k++) {
		rc = letter_needs(v->db, v->arena, str_of(k->code), need, LETTER_MISSING, &n, p);
		for (unsigned i = 0; i < n && rc == RC_OK; i++) {
			rows_row(out);
			rows_col_i64(out, "no", need[i].no);
			rows_col(out, "kind", need[i].kind);
			rows_col(out, "heading", need[i].heading);
			rows_col(out, "source", need[i].source);
			rows_col_i64(out, "made_at", need[i].made_ms);
			col(out, "by_name", person_of(&people, need[i].made_by).name);
		}
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "letter_template": template → set "versions", the newest first, at most 20: as "templates". */
static enum rc template_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct kept *at = arena_array(v->arena, VERSIONS_SHOWN, sizeof *at), k;
	unsigned n = 0;
	enum rc rc = at ? find(v->db, v->arena, (int64_t)care_arg(v->args, "template"), &k, p) : arena_rc(v->arena, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_TEMPLATE_VERSIONS);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, VERSIONS_SHOWN);
	rc = read(v->db, v->arena, s, at, VERSIONS_SHOWN, &n, p);
	rows_set(out, "versions");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		at[i].kind = k.kind;
		cols(out, &people, &at[i]);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- what a letter must have ---- */

enum rc letter_needs(struct db_conn *c, struct arena *a, struct str kind, struct letter_need *at, unsigned most, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_REQUIRED_LIST);
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, kind);
	db_bind_i64(s, 2, most);
	while (n < most && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct letter_need k = { .no = db_i64(s, 0), .kind = arena_str(a, db_text(s, 1)), .made_ms = db_i64(s, 2), .made_by = (uint32_t)db_i64(s, 3) };
		struct str plain = unsealed(c, a, 0, (struct keys_bound){ SEALS_TEMPLATE, -k.made_ms, k.made_by }, db_text(s, 4));
		const struct json *j = NULL;
		rc = json_parse(plain, a, &j, p);
		if (rc != RC_OK)
			break;
		k.heading = json_get_text(j, "heading");
		k.source = json_get_text(j, "source");
		at[n++] = k;
	}
	db_reset(s);
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* "letter_need_add": kind, heading, source (where it is asked for: law, decree, decision of the house) → set "template": no. */
static enum rc need_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str heading = str_trim(args_get(x->args, "heading")), source = str_trim(args_get(x->args, "source")), kind = args_get(x->args, "kind"), sealed;
	const struct pair members[] = { { STR("heading"), heading }, { STR("source"), source } };
	struct letter_need at[LETTER_MISSING];
	unsigned n = 0;
	enum rc rc = letter_needs(x->db, x->arena, kind, at, LETTER_MISSING, &n, p);
	if (rc == RC_OK && n == LETTER_MISSING)
		rc = problem_set(p, RC_LIMIT, WHY_TOO_BIG, "heading", "%d headings", LETTER_MISSING);
	for (unsigned i = 0; rc == RC_OK && i < n; i++)
		if (str_is(at[i].heading, heading))
			rc = problem_set(p, RC_CONFLICT, WHY_LETTER_HEADING, "heading", "required already");
	if (rc == RC_OK)
		rc = seal(x, (struct keys_bound){ SEALS_TEMPLATE, -x->now_ms, x->who->account }, members, N_OF(members), &sealed, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REQUIRED_ADD);
	db_bind_str(s, 1, kind);
	db_bind_i64(s, 2, x->now_ms);
	db_bind_i64(s, 3, x->who->account);
	db_bind_blob(s, 4, sealed);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, db_last_rowid(x->db), 1);
	return rc;
}

/* "letter_need_end": no → set "template": no. Ended already: nothing more. */
static enum rc need_end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REQUIRED_END);
	int64_t no = (int64_t)care_arg(x->args, "no");
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->now_ms);
	db_bind_i64(s, 3, x->who->account);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, no, 1);
	return rc;
}

#define TEMPLATE_FIELD(must) { .name = "template", .label = "Template", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = must }
static const struct field PUT_FIELDS[] = {
	TEMPLATE_FIELD(false),
	{ .name = "version", .label = "Version", .kind = FIELD_INT,   .min = 1, .max = INT64_MAX },
	{ .name = "kind",    .label = "Kind",    .kind = FIELD_CODE,  .choices = letter_kinds, .required = true },
	{ .name = "name",    .label = "Name",    .kind = FIELD_TEXT,  .min = 3, .max = 80, .required = true },
	{ .name = "text",    .label = "Text",    .kind = FIELD_LINES, .max = LETTER_TEXT_MOST, .required = true },
	FIELDS_END,
};
static const struct field END_FIELDS[] = { TEMPLATE_FIELD(true), FIELDS_END };
static const struct field NEED_FIELDS[] = {
	{ .name = "kind",    .label = "Kind",    .kind = FIELD_CODE, .choices = letter_kinds, .required = true },
	{ .name = "heading", .label = "Heading", .kind = FIELD_TEXT, .min = 3, .max = 80,  .required = true },
	{ .name = "source",  .label = "Source",  .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true },
	FIELDS_END,
};
static const struct field NEED_END_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct view letter_template_views[] = {
	{ .name = "letter_templates", .may = MAY_WRITE_CHART | MAY_MANAGE, .reveals = REVEALS_META, .run = templates_view },
	{ .name = "letter_template",  .may = MAY_MANAGE,                   .reveals = REVEALS_META, .run = template_view },
	{ .name = NULL },
};
const struct act letter_template_acts[] = {
	{ .name = "template_put",    .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = PUT_FIELDS,      .run = put_run },
	{ .name = "template_end",    .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = END_FIELDS,      .run = end_run },
	{ .name = "letter_need_add", .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = NEED_FIELDS,     .run = need_run },
	{ .name = "letter_need_end", .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = NEED_END_FIELDS, .run = need_end_run },
	{ .name = NULL },
};
