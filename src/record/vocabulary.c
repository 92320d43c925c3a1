/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/vocabulary.c: the numbers under which types and search parameters are stored. A name keeps its number for the life of a base;
 * names that a newer build brings are added at record_open. One base a process: the last record_open holds.
 * Must never reuse or change a number. Called at start; read by every file of the room. Start at record_open.
 */
#include "record/inner.h"
#include "base/map.h"
#include "fhir/extra.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_TYPE = 1, WORD_PARAM = 2 };

static struct {
	uint16_t *type;        /* by this build's number */
	uint16_t *param;
	uint16_t *type_back;   /* by stored number */
	bool *phonetic;
	unsigned char *veil;   /* enum veil, by stored number */
	struct share { uint16_t stored, of[SHARED_MOST + 1]; } shared[8];
	size_t n_shared;
	uint16_t types, params, stored_types, stored_params;
	struct fhir_extra *extra; /* what the house posted */
} words;

uint16_t stored_type(uint16_t t)
{
	MUST(t >= 1 && t <= words.types);
	return words.type[t];
}

uint16_t stored_param(uint16_t no)
{
	MUST(no >= 1 && no <= words.params);
	return words.param[no];
}

uint16_t fhir_type_stored(uint16_t stored) { return stored <= words.stored_types ? words.type_back[stored] : 0; }
const struct fhir_extra *record_params(void) { return words.extra; }
uint16_t param_count(void) { return words.params; }
const struct fhir_param *param_at(uint16_t no) { return no <= fhir_param_count() ? fhir_param_at(no) : extra_at(words.extra, no); }
bool param_is_phonetic(uint16_t no) { return words.phonetic[no]; }
enum veil veil_of(uint16_t stored) { return stored <= words.stored_params ? (enum veil)words.veil[stored] : VEIL_TEXT; }

const uint16_t *rows_shared(uint16_t stored)
{
	for (size_t i = 0; i < words.n_shared; i++)
		if (words.shared[i].stored == stored)
			return words.shared[i].of;
	return NULL;
}

/* R4 defines these as the union of the two others. combo-value-quantity is not among them: it is walked in order of value, which two tables cannot give. */
static void shared_set(void)
{
	static const struct { const char *code, *of[SHARED_MOST]; } COMBO[] = {
		{ "combo-code",                { "code",                "component-code" } },
		{ "combo-data-absent-reason",  { "data-absent-reason",  "component-data-absent-reason" } },
		{ "combo-value-concept",       { "value-concept",       "component-value-concept" } },
		{ "combo-code-value-concept",  { "code-value-concept",  "component-code-value-concept" } },
		{ "combo-code-value-quantity", { "code-value-quantity", "component-code-value-quantity" } },
	};
	uint16_t type = fhir_type_of(STR("Observation"));
	words.n_shared = 0;
	for (size_t i = 0; i < sizeof COMBO / sizeof *COMBO; i++) {
		const struct fhir_param *combo = fhir_param_find(type, str_of(COMBO[i].code));
		struct share x = { .stored = combo && combo->indexed ? stored_param(combo->no) : 0 };
		for (size_t k = 0; k < SHARED_MOST && x.stored; k++) {
			const struct fhir_param *of = fhir_param_find(type, str_of(COMBO[i].of[k]));
			x.of[k] = of && of->indexed ? stored_param(of->no) : 0;
		}
		if (x.stored && x.of[0] && x.of[1])
			words.shared[words.n_shared++] = x;
	}
}

int64_t hash_of(struct str s)
{
	return keys_hash(s);
}

int64_t key_of(uint16_t type, struct str id)
{
	UNSET char text[160];
	struct str name = str_of(fhir_type_name(type));
	MUST(name.n + 1 + id.n < sizeof text);
	memcpy(text, name.p, name.n);
	text[name.n] = '/';
	if (id.n)
		memcpy(text + name.n + 1, id.p, id.n);
	int64_t h = (int64_t)hash_stable((struct str){ text, name.n + 1 + id.n });
	return h ? h : 1;
}

static void name_of(int kind, uint16_t no, char out[160])
{
	if (kind == WORD_TYPE)
		snprintf(out, 160, "%s", fhir_type_name(no));
	else
		snprintf(out, 160, "%s.%s", fhir_type_name(param_at(no)->type), param_at(no)->code);
}

struct reader { struct maps *known[3]; uint16_t top[3]; };

static enum rc read_known(struct db_conn *c, struct reader *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_WORDS);
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		int64_t kind = db_i64(s, 0), no = db_i64(s, 1);
		if ((kind != WORD_TYPE && kind != WORD_PARAM) || no < 1 || no > UINT16_MAX)
			continue;
		if (!maps_put(r->known[kind], db_text(s, 2), (uint64_t)no)) {
			rc = problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
			break;
		}
		if (no > r->top[kind])
			r->top[kind] = (uint16_t)no;
	}
	db_reset(s);
	return rc;
}

/* Fills words from what is known; gives new numbers to what is not, and stores them when c writes. */
static enum rc settle(struct db_conn *c, struct reader *r, int kind, uint16_t count, uint16_t *out, bool *missing_r, bool write, struct problem *p)
{
	for (uint16_t i = 1; i <= count; i++) {
		char name[160];
		uint64_t no = 0;
		name_of(kind, i, name);
		if (!maps_find(r->known[kind], str_of(name), &no)) {
			*missing_r = true;
			if (!write)
				continue;
			if (r->top[kind] == UINT16_MAX)
				return problem_set(p, RC_LIMIT, WHY_BROKEN, NULL, "vocabulary is full");
			no = ++r->top[kind];
			struct db_stmt *s = db_stmt(c, ST_RECORD_WORD_ADD);
			db_bind_i64(s, 1, kind);
			db_bind_i64(s, 2, (int64_t)no);
			db_bind_str(s, 3, str_of(name));
			enum rc rc = db_run(s, p);
			if (rc != RC_OK)
				return rc;
		}
		out[i] = (uint16_t)no;
	}
	return RC_OK;
}

static enum rc params_room(struct problem *p)
{
	words.params = (uint16_t)(fhir_param_count() + extra_count(words.extra));
	words.param = calloc((size_t)words.params + 1, sizeof *words.param);
	words.phonetic = calloc((size_t)words.params + 1, sizeof *words.phonetic);
	if (!words.param || !words.phonetic)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	for (uint16_t i = 1; i <= fhir_param_count(); i++)
		words.phonetic[i] = strcmp(fhir_param_at(i)->code, "phonetic") == 0;
	return RC_OK;
}

static enum rc types_back(uint16_t top, struct problem *p)
{
	free(words.type_back);
	words.stored_types = top;
	words.type_back = calloc((size_t)top + 1, sizeof *words.type_back);
	if (!words.type_back)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	for (uint16_t i = 1; i <= words.types; i++)
		words.type_back[words.type[i]] = i;
	return RC_OK;
}

static enum rc load(struct db_conn *c, bool write, bool *missing_r, struct problem *p)
{
	struct reader r = { .known = { NULL, maps_new(), maps_new() } };
	enum rc rc = r.known[1] && r.known[2] ? RC_OK : problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	if (rc == RC_OK)
		rc = read_known(c, &r, p);
	*missing_r = false;
	if (rc == RC_OK)
		rc = settle(c, &r, WORD_TYPE, words.types, words.type, missing_r, write, p);
	if (rc == RC_OK)
		rc = types_back(r.top[WORD_TYPE], p); /* what follows reads resources */
	if (rc == RC_OK && !words.param && (write || !*missing_r)) { /* resources are read when all types have their numbers */
		rc = posted_read(c, &words.extra, p);
		if (rc == RC_OK)
			rc = params_room(p);
	}
	if (rc == RC_OK && words.param)
		rc = settle(c, &r, WORD_PARAM, words.params, words.param, missing_r, write, p);
	if (rc == RC_OK && (write || !*missing_r)) {
		free(words.veil);
		words.stored_params = r.top[WORD_PARAM];
		words.veil = calloc((size_t)words.stored_params + 1, sizeof *words.veil);
		if (rc == RC_OK && !words.veil)
			rc = problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		for (uint16_t i = 1; rc == RC_OK && i <= words.params; i++)
			words.veil[words.param[i]] = (unsigned char)veil_of_param(i);
		if (rc == RC_OK)
			shared_set();
	}
	maps_free(&r.known[1]);
	maps_free(&r.known[2]);
	return rc;
}

static enum rc add_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	bool missing;
	(void)job, (void)txn;
	return load(c, true, &missing, p);
}

enum rc vocabulary_load(struct db *db, struct problem *p)
{
	words.types = fhir_type_count();
	free(words.type);
	free(words.param);
	free(words.phonetic);
	words.param = NULL;
	words.phonetic = NULL;
	extra_free(&words.extra);
	words.type = calloc((size_t)words.types + 1, sizeof *words.type);
	if (!words.type)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	struct db_conn *c = NULL;
	bool missing = false;
	enum rc rc = db_reader(db, &c, p);
	if (rc == RC_OK)
		rc = load(c, false, &missing, p);
	db_reader_close(&c);
	struct db_job job = { .run = add_run };
	if (rc == RC_OK && missing)
		rc = db_write_now(db, &job, p);
	return rc;
}

enum rc record_open(struct db *db, struct problem *p)
{
	enum rc rc = keys_open(db, p);
	return rc == RC_OK ? vocabulary_load(db, p) : rc;
}
