/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/letter.c: letters of a patient as they are written: begun from a template, saved as often as somebody presses, blocks of the record pulled in on demand, corrected as a new version,
 * cancelled. It must never save over what another saved meanwhile, nor bring a block up to date by itself. Signing is letter_sign.c. Called by the gate through the rows at the end.
 * Start at draft_run and save_run.
 */
#include "hospital/letter.h"

#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/unsealed.h"

#define CONTENT_MOST (1u << 20)
#define LETTERS_SHOWN 100

const struct choice letter_kinds[] = { { "discharge", "Discharge letter" }, { "consultation", "Consultation letter" }, { "free", "Free letter" }, { NULL, NULL } };

/* LOINC as in the CI-SIS example of a discharge letter (LDL-SES_2022.01) and HL7 France's value sets; the other kinds have none in the data at hand: their words alone are said. */
static const struct letter_type TYPES[] = {
	{ "discharge",    "11490-0", "Lettre de liaison à la sortie d'un établissement de soins" },
	{ "consultation", NULL,      "Lettre de consultation" },
	{ "free",         NULL,      "Courrier médical" },
};

const struct letter_type *letter_type(struct str kind)
{
	for (size_t i = 0; i < N_OF(TYPES); i++)
		if (str_eq(kind, TYPES[i].kind))
			return &TYPES[i];
	return &TYPES[N_OF(TYPES) - 1];
}

/* ---- kept form ---- */

enum rc letter_content(const struct letter *l, struct buf *out, struct problem *p)
{
	struct jw w;
	buf_reset(out);
	jw_init(&w, out);
	jw_object(&w);
	jw_member(&w, "title", l->title);
	jw_member(&w, "to", l->to);
	jw_member(&w, "text", l->text);
	jw_key(&w, "blocks");
	jw_array(&w);
	for (unsigned i = 0; i < l->n_blocks; i++) {
		const struct letter_block *b = l->block[i];
		jw_object(&w);
		jw_member(&w, "name", b->name);
		jw_key(&w, "at");
		jw_i64(&w, b->at_ms);
		jw_key(&w, "more");
		jw_bool(&w, b->more);
		jw_key(&w, "lines");
		jw_array(&w);
		for (unsigned k = 0; k < b->n; k++) {
			jw_array(&w);
			jw_str(&w, b->line[k].what);
			jw_str(&w, b->line[k].source);
			jw_str(&w, b->line[k].when);
			jw_end(&w, ']');
		}
		jw_end(&w, ']');
		jw_end(&w, '}');
	}
	jw_end(&w, ']');
	jw_end(&w, '}');
	return out->failed ? problem_set(p, RC_LIMIT, WHY_LETTER_LONG, "text", "content over %u bytes", CONTENT_MOST) : RC_OK;
}

static struct letter_block *block_read(struct arena *a, const struct json *j)
{
	struct letter_block *b = ARENA_NEW(a, struct letter_block);
	if (!b)
		return NULL;
	b->name = json_get_text(j, "name");
	(void)!str_i64(json_get_text(j, "at"), &b->at_ms);
	b->more = str_eq(json_get_text(j, "more"), "true");
	for json_each (line, json_get(j, "lines"))
		if (b->n < LETTER_LINES)
			b->line[b->n++] = (struct letter_line){ json_text(json_at(line, 0)), json_text(json_at(line, 1)), json_text(json_at(line, 2)) };
	return b;
}

static enum rc content_read(struct arena *a, struct str plain, struct letter *l, struct problem *p)
{
	const struct json *j = NULL;
	enum rc rc = json_parse(plain, a, &j, p);
	if (rc != RC_OK)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "letter %lld", (long long)l->no);
	l->title = json_get_text(j, "title");
	l->to = json_get_text(j, "to");
	l->text = json_get_text(j, "text");
	for json_each (b, json_get(j, "blocks"))
		if (l->n_blocks < LETTER_BLOCKS && (l->block[l->n_blocks] = block_read(a, b)) != NULL)
			l->n_blocks++;
	return arena_rc(a, p);
}

#define BOUND(l) (struct keys_bound){ SEALS_LETTER, (l)->once, (l)->saved }

static struct letter letter_row(struct db_stmt *s, struct arena *a)
{
	return (struct letter){ .no = db_i64(s, 0), .patient = db_i64(s, 1), .once = db_i64(s, 2), .kind = arena_str(a, db_text(s, 3)), .template_no = db_i64(s, 4), .template_version = db_i64(s, 5),
		.state = arena_str(a, db_text(s, 6)), .saved = db_i64(s, 7), .version = db_i64(s, 8), .replaces = db_i64(s, 9), .document = arena_str(a, db_text(s, 10)), .made_ms = db_i64(s, 11),
		.made_by = (uint32_t)db_i64(s, 12), .saved_ms = db_i64(s, 13), .saved_by = (uint32_t)db_i64(s, 14), .signed_ms = db_i64(s, 15), .signed_by = (uint32_t)db_i64(s, 16),
		.ended_ms = db_i64(s, 17), .ended_by = (uint32_t)db_i64(s, 18), .hash = arena_str(a, db_text(s, 19)) };
}

enum rc letter_find(struct db_conn *c, struct arena *a, int64_t no, int64_t patient, struct letter *l_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_LETTER_GET);
	struct str sealed = STR_NONE;
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	*l_r = rc == RC_OK && row ? letter_row(s, a) : (struct letter){ .no = 0 };
	if (l_r->no)
		sealed = arena_str(a, db_text(s, 20));
	db_reset(s);
	if (rc == RC_OK && (!l_r->no || l_r->patient != patient))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such letter of this patient");
	if (rc == RC_OK)
		rc = arena_rc(a, p);
	struct str plain = rc == RC_OK ? unsealed(c, a, patient, BOUND(l_r), sealed) : STR_NONE;
	return rc == RC_OK ? content_read(a, plain, l_r, p) : rc;
}

const struct letter_block *letter_block_of(const struct letter *l, struct str name)
{
	for (unsigned i = 0; i < l->n_blocks; i++)
		if (str_is(l->block[i]->name, name))
			return l->block[i];
	return NULL;
}

static enum rc seal(struct act_ctx *x, const struct letter *l, struct str *sealed_r, struct problem *p)
{
	struct buf plain, sealed;
	buf_init(&plain, CONTENT_MOST);
	buf_init(&sealed, CONTENT_MOST + 1000);
	enum rc rc = letter_content(l, &plain, p);
	if (rc == RC_OK)
		rc = keys_seal(x->db, l->patient, BOUND(l), buf_view(&plain), &sealed, p);
	*sealed_r = rc == RC_OK ? arena_str(x->arena, buf_view(&sealed)) : STR_NONE;
	buf_done(&plain);
	buf_done(&sealed);
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

/* ---- begun ---- */

static void answer(struct rows *out, const struct letter *l, bool again)
{
	rows_set(out, "made");
	rows_row(out);
	rows_patient(out, l->patient, TIER_CLINICAL);
	rows_col_i64(out, "no", l->no);
	rows_col_i64(out, "saved", l->saved);
	col_flag(out, "again", again);
}

static void bind_or_null(struct db_stmt *s, int at, int64_t v)
{
	if (v)
		db_bind_i64(s, at, v);
	else
		db_bind_null(s, at);
}

static enum rc add(struct act_ctx *x, struct letter *l, struct problem *p)
{
	struct str sealed;
	enum rc rc = seal(x, l, &sealed, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_LETTER_ADD);
	db_bind_i64(s, 1, l->patient);
	db_bind_i64(s, 2, l->once);
	db_bind_str(s, 3, l->kind);
	bind_or_null(s, 4, l->template_no);
	bind_or_null(s, 5, l->template_version);
	db_bind_i64(s, 6, l->version);
	bind_or_null(s, 7, l->replaces);
	db_bind_i64(s, 8, x->now_ms);
	db_bind_i64(s, 9, x->who->account);
	db_bind_blob(s, 10, sealed);
	rc = db_run(s, p);
	l->no = rc == RC_OK ? db_last_rowid(x->db) : 0;
	return rc;
}

static enum rc once_of(struct db_conn *c, int64_t once, int64_t *no_r, int64_t *saved_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_LETTER_ONCE);
	bool row = false;
	db_bind_i64(s, 1, once);
	enum rc rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	*saved_r = *no_r ? db_i64(s, 1) : 0;
	db_reset(s);
	return rc;
}

static enum rc pull_into(struct act_ctx *x, struct letter_patient *k, struct letter *l, const struct letter_field *f, struct problem *p)
{
	struct letter_block *b = ARENA_NEW(x->arena, struct letter_block);
	unsigned at = 0;
	enum rc rc = b ? letter_pull(x->db, x->arena, k, f, x->now_ms, b, p) : arena_rc(x->arena, p);
	if (rc != RC_OK)
		return rc;
	while (at < l->n_blocks && !str_is(l->block[at]->name, b->name))
		at++;
	if (at == LETTER_BLOCKS)
		return problem_set(p, RC_LIMIT, WHY_LETTER_LONG, "pull", "more than %d blocks", LETTER_BLOCKS);
	l->n_blocks += at == l->n_blocks;
	l->block[at] = b;
	return RC_OK;
}

/* Those that the text names and the letter has not. */
static enum rc pull_named(struct act_ctx *x, struct letter_patient *k, struct letter *l, struct problem *p)
{
	enum rc rc = RC_OK;
	for (const struct letter_field *f = letter_fields; rc == RC_OK && f->name; f++) {
		struct buf mark;
		buf_init(&mark, 100);
		buf_fmt(&mark, "{{%s}}", f->name);
		struct str m = buf_view(&mark);
		if (f->is_block && m.n && l->text.n >= m.n && memmem(l->text.p, l->text.n, m.p, m.n) && !letter_block_of(l, str_of(f->name)))
			rc = pull_into(x, k, l, f, p);
		buf_done(&mark);
	}
	return rc;
}

/* "letter_draft": once, kind, template (0 or absent: the one that is shipped) → set "made": no, saved, again (flag: this form had begun it before). */
static enum rc draft_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct letter_patient k;
	struct str text = STR_NONE;
	struct letter l = { .kind = args_get(x->args, "kind"), .template_no = (int64_t)care_arg(x->args, "template"), .saved = 1, .version = 1, .once = care_once(x, "letter", STR("")) };
	enum rc rc = letter_patient(x->db, x->arena, x->args, x->now_ms, &k, p);
	l.patient = rc == RC_OK ? k.who.item.rid : 0;
	if (rc == RC_OK)
		rc = once_of(x->db, l.once, &l.no, &l.saved, p);
	if (rc != RC_OK || l.no) {
		if (rc == RC_OK)
			answer(out, &l, true);
		return rc;
	}
	l.saved = 1;
	l.title = str_of(letter_type(l.kind)->display);
	rc = letter_template(x->db, x->arena, l.kind, l.template_no, &text, &l.template_version, p);
	if (rc == RC_OK)
		rc = letter_fill(x->db, x->arena, x->who, &k, x->now_ms, text, &l.text, p);
	if (rc == RC_OK)
		rc = pull_named(x, &k, &l, p);
	if (rc == RC_OK)
		rc = add(x, &l, p);
	if (rc == RC_OK)
		answer(out, &l, false);
	return rc;
}

/* ---- saved ---- */

static enum rc as_seen(struct act_ctx *x, struct letter *l, struct problem *p)
{
	if (!str_eq(l->state, "draft"))
		return problem_set(p, RC_CONFLICT, WHY_LETTER_STATE, "no", "letter %lld is no draft", (long long)l->no);
	if (l->saved != (int64_t)care_arg(x->args, "saved"))
		return problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "saved", "saved %lld times", (long long)l->saved);
	return RC_OK;
}

/*
 * "letter_save": no, saved (what was looked at), title, to, text; pull: a block that is read anew, or "fields": what has no value yet is filled where it has one now.
 * → set "made": no, saved. CONFLICT VERSION_CONFLICT when somebody saved meanwhile: neither is lost, the screen shows both. The same words over the same draft: saved once.
 */
static enum rc save_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct letter_patient k;
	struct letter l;
	struct str pull = args_get(x->args, "pull"), sealed;
	enum rc rc = letter_patient(x->db, x->arena, x->args, x->now_ms, &k, p);
	if (rc == RC_OK)
		rc = letter_find(x->db, x->arena, (int64_t)care_arg(x->args, "no"), k.who.item.rid, &l, p);
	if (rc != RC_OK)
		return rc;
	bool same = str_is(l.title, args_get(x->args, "title")) && str_is(l.to, args_get(x->args, "to")) && str_is(l.text, args_get(x->args, "text"));
	if (same && !pull.n && str_eq(l.state, "draft") && l.saved == (int64_t)care_arg(x->args, "saved") + 1 && l.saved_by == x->who->account) {
		answer(out, &l, true); /* the same request, come twice */
		return RC_OK;
	}
	rc = as_seen(x, &l, p);
	if (rc == RC_OK)
		rc = letter_text_check(args_get(x->args, "text"), "text", p);
	if (rc != RC_OK)
		return rc;
	l.title = args_get(x->args, "title");
	l.to = args_get(x->args, "to");
	l.text = args_get(x->args, "text");
	const struct letter_field *f = letter_field_of(pull);
	if (str_eq(pull, "fields"))
		rc = letter_fill(x->db, x->arena, x->who, &k, x->now_ms, l.text, &l.text, p);
	else if (f && f->is_block)
		rc = pull_into(x, &k, &l, f, p);
	else if (pull.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "pull", "no such block");
	l.saved++;
	if (rc == RC_OK)
		rc = seal(x, &l, &sealed, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_LETTER_SAVE);
	db_bind_i64(s, 1, l.no);
	db_bind_i64(s, 2, l.saved);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_i64(s, 4, x->who->account);
	db_bind_blob(s, 5, sealed);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, &l, false);
	return rc;
}

/* ---- corrected ---- */

static enum rc next_of(struct db_conn *c, int64_t no, int64_t *next_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_LETTER_NEXT);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	*next_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/* "letter_correct": no (a signed one), once → set "made": no of the draft that will replace it. The signed one stands until that is signed. */
static enum rc correct_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct letter l;
	int64_t next = 0, saved = 0, once = care_once(x, "letter", STR("correct"));
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = letter_find(x->db, x->arena, (int64_t)care_arg(x->args, "no"), who.item.rid, &l, p);
	if (rc == RC_OK)
		rc = once_of(x->db, once, &next, &saved, p);
	if (rc == RC_OK && next) {
		answer(out, &(struct letter){ .no = next, .saved = saved, .patient = who.item.rid }, true);
		return RC_OK;
	}
	if (rc == RC_OK && !str_eq(l.state, "signed"))
		rc = problem_set(p, RC_CONFLICT, WHY_LETTER_STATE, "no", "letter %lld is not signed", (long long)l.no);
	if (rc == RC_OK)
		rc = next_of(x->db, l.no, &next, p);
	if (rc == RC_OK && next)
		rc = problem_set(p, RC_CONFLICT, WHY_LETTER_NEXT, "no", "letter %lld replaces it", (long long)next);
	if (rc != RC_OK)
		return rc;
	l.replaces = l.no;
	l.version++;
	l.saved = 1;
	l.once = once;
	rc = add(x, &l, p);
	if (rc == RC_OK)
		answer(out, &l, false);
	return rc;
}

/* ---- reading ---- */

void letter_cols(struct rows *out, const struct letter *l, const char *by_name, struct str name)
{
	rows_row(out);
	rows_patient(out, l->patient, TIER_CLINICAL);
	rows_col_i64(out, "no", l->no);
	rows_col(out, "kind", l->kind);
	rows_col(out, "state", l->state);
	rows_col_i64(out, "saved", l->saved);
	rows_col_i64(out, "version", l->version);
	rows_col_i64(out, "saved_at", l->saved_ms);
	col(out, by_name, name);
	col(out, "document", l->document);
	col(out, "title", l->title);
	if (l->replaces)
		rows_col_i64(out, "replaces", l->replaces);
	if (l->signed_ms)
		rows_col_i64(out, "signed_at", l->signed_ms);
}

/* "letters": set "letters", the newest first, at most 100: no, kind, state, saved, version, saved_at, by_name, document, title, replaces, signed_at. */
static enum rc letters_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct care_patient who;
	struct letter *at = arena_array(v->arena, LETTERS_SHOWN, sizeof *at);
	struct str *sealed = arena_array(v->arena, LETTERS_SHOWN, sizeof *sealed);
	unsigned n = 0;
	bool row = false;
	enum rc rc = at && sealed ? care_patient(v->db, v->arena, v->args, &who, p) : arena_rc(v->arena, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_LETTER_LIST);
	db_bind_i64(s, 1, who.item.rid);
	db_bind_i64(s, 2, LETTERS_SHOWN);
	while (n < LETTERS_SHOWN && (rc = db_step(s, &row, p)) == RC_OK && row) {
		at[n] = letter_row(s, v->arena);
		sealed[n++] = arena_str(v->arena, db_text(s, 20));
	}
	db_reset(s);
	rows_set(out, "letters");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct str plain = unsealed(v->db, v->arena, who.item.rid, BOUND(&at[i]), sealed[i]);
		rc = content_read(v->arena, plain, &at[i], p);
		if (rc == RC_OK)
			letter_cols(out, &at[i], "by_name", person_of(&people, at[i].signed_by ? at[i].signed_by : at[i].saved_by).name);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static void rows_blocks(struct rows *out, const struct letter *l)
{
	rows_set(out, "blocks");
	for (unsigned i = 0; i < l->n_blocks; i++) {
		rows_row(out);
		rows_patient(out, l->patient, TIER_CLINICAL);
		rows_col(out, "name", l->block[i]->name);
		rows_col_i64(out, "at", l->block[i]->at_ms);
		rows_col_i64(out, "lines", l->block[i]->n);
		col_flag(out, "more", l->block[i]->more);
	}
	rows_set(out, "lines");
	for (unsigned i = 0; i < l->n_blocks; i++)
		for (unsigned j = 0; j < l->block[i]->n; j++) {
			rows_row(out);
			rows_patient(out, l->patient, TIER_CLINICAL);
			rows_col(out, "name", l->block[i]->name);
			rows_col(out, "what", l->block[i]->line[j].what);
			col(out, "source", l->block[i]->line[j].source);
			col_when(out, "when_at", "when_on", l->block[i]->line[j].when);
		}
}

/* That there is none is an answer about this patient too, and is decided and priced as one. */
static void none_row(struct rows *out, int64_t patient)
{
	rows_set(out, "none");
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
}

/*
 * "letter": no → set "none" (one row) when there is no such letter of this patient; else set "letter" as of "letters", and to, text, made_at, made_by_name, needs; "blocks": name, at (when it was read), lines, more (flag: there were more);
 * "lines": name, what, source, when_at or when_on; "missing" (of a draft): lack (field, block, heading), what, source. needs: how many headings the house requires.
 */
static enum rc letter_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	static const char *const LACKS[] = { "field", "block", "heading" };
	struct people people = { v->db, v->arena, NULL };
	struct letter_missing miss[LETTER_MISSING];
	struct letter_need need[LETTER_MISSING];
	struct care_patient who = { .item = { .rid = 0 } };
	struct letter l;
	unsigned n = 0, needs = 0;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	if (rc == RC_OK)
		rc = letter_find(v->db, v->arena, (int64_t)care_arg(v->args, "no"), who.item.rid, &l, p);
	if (rc == RC_NOT_FOUND && who.item.rid) {
		none_row(out, who.item.rid);
		return RC_OK;
	}
	if (rc == RC_OK && str_eq(l.state, "draft"))
		rc = letter_missing(v->db, v->arena, &l, miss, &n, p);
	if (rc == RC_OK)
		rc = letter_needs(v->db, v->arena, l.kind, need, LETTER_MISSING, &needs, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "letter");
	letter_cols(out, &l, "by_name", person_of(&people, l.signed_by ? l.signed_by : l.saved_by).name);
	rows_col(out, "to", l.to);
	rows_col(out, "text", l.text);
	rows_col_i64(out, "made_at", l.made_ms);
	col(out, "made_by_name", person_of(&people, l.made_by).name);
	rows_col_i64(out, "needs", needs);
	rows_blocks(out, &l);
	rows_set(out, "missing");
	for (unsigned i = 0; i < n; i++) {
		rows_row(out);
		rows_patient(out, l.patient, TIER_CLINICAL);
		rows_col(out, "lack", str_of(LACKS[miss[i].lack]));
		rows_col(out, "what", miss[i].what);
		col(out, "source", miss[i].source);
	}
	return arena_rc(v->arena, p);
}

#define PATIENT_FIELD { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define NO_FIELD { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
static const struct field DRAFT_FIELDS[] = {
	PATIENT_FIELD, CARE_ONCE_FIELD,
	{ .name = "kind",     .label = "Kind",     .kind = FIELD_CODE, .choices = letter_kinds, .required = true },
	{ .name = "template", .label = "Template", .kind = FIELD_INT,  .min = 0, .max = INT64_MAX },
	FIELDS_END,
};
static const struct field SAVE_FIELDS[] = {
	PATIENT_FIELD, NO_FIELD,
	{ .name = "saved", .label = "Version",    .kind = FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "title", .label = "Title",      .kind = FIELD_TEXT,  .min = 3, .max = LETTER_TITLE_MOST, .required = true },
	{ .name = "to",    .label = "Recipients", .kind = FIELD_LINES, .max = LETTER_TO_MOST },
	{ .name = "text",  .label = "Text",       .kind = FIELD_LINES, .max = LETTER_TEXT_MOST, .required = true },
	{ .name = "pull",  .label = "Block",      .kind = FIELD_TEXT,  .max = 40 },
	FIELDS_END,
};
static const struct field CORRECT_FIELDS[] = { PATIENT_FIELD, NO_FIELD, CARE_ONCE_FIELD, FIELDS_END };

const struct view letter_views[] = {
	{ .name = "letters", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = letters_view },
	{ .name = "letter",  .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = letter_view },
	{ .name = NULL },
};
const struct act letter_acts[] = {
	{ .name = "letter_draft",   .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = DRAFT_FIELDS,   .run = draft_run },
	{ .name = "letter_save",    .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = SAVE_FIELDS,    .run = save_run },
	{ .name = "letter_correct", .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = CORRECT_FIELDS, .run = correct_run },
	{ .name = NULL },
};
