/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/stream.c: see stream.h. A run goes type by type over the ticket's patients; each step reads up to STREAM_CHUNK lines in one snapshot, judges the ticket
 * and its people once more, appends the entry that names who is in it, waits until that is durable, notes it in the base, and only then seals the lines into
 * the file. A run that a stop or a crash cut goes on behind its last whole file. Must never write a line whose entry is not durable, nor leave a plain byte on disk. Start at work, then step.
 */
#include "gate/stream.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "codec/age.h"
#include "codec/base64.h"
#include "db/dir.h"
#include "gate/canary.h"
#include "gate/fetch.h"
#include "gate/order.h"
#include "gate/wide.h"
#include "hospital/document.h"
#include "hospital/export.h"
#include "hospital/pmsi.h"
#include "hospital/special.h"

#define CHUNK_BYTES (1u << 20)       /* of a piece: more end it before its lines do */
#define CHUNK_MOST (80u << 20)
#define PATIENTS 1900                /* that one entry names: a line of several patients may bring a hundred */
#define TYPES 64
#define REREAD 20000u                /* entries before a crash in which the first piece of an export may stand */
#define SWEEP_S 60

/* The file being sealed. */
struct file { int fd; struct age *age; crypto_hash_sha256_state sha; struct export_file is; };

struct run {
	struct gate *g;
	struct export_ticket t;
	const struct export_set *set;
	const int64_t *who; size_t n;        /* the cohort */
	struct export_own *own; size_t n_own, at_own; /* its own canaries, and whose turn it is */
	uint16_t type[TYPES]; unsigned n_types;
	struct mark mark;
	struct arena life;                   /* of ticket and cohort */
	unsigned at_type, parts;
	size_t at; int64_t after;            /* where the next step goes on: the patient, and what of the chart was done */
	int64_t rows, number;
	struct file f;
	/* the step's */
	struct look l;
	struct buf plain, sealed;
	struct ledger_patient in[PATIENTS]; uint32_t n_in;
	uint32_t lines;
	enum tier tier;
	const struct json *patient; struct str patient_id; int64_t patient_is;
};

struct stream {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool started, stop, kicked;
	struct desk desk;
};

/* ---- what hospital asks ---- */

static bool is_stopped(void *of, uint32_t account)
{
	struct gate *g = of;
	order_lock(g);
	bool is = budget_standing(order_budget(g), account, order_now(g)).stopped != 0;
	order_unlock(g);
	return is;
}

static bool sees(enum role role, uint16_t type) { return authorise_type(role, type) != SIGHT_NONE; }

void stream_judge(struct gate *g, struct judge *j_r)
{
	*j_r = (struct judge){ .of = g, .stopped = is_stopped, .may = gate_role_may, .sees = sees, .filters = fetch_filters };
}

/* ---- files ---- */

void stream_path(const struct gate *g, int64_t no, unsigned part, char path[STREAM_PATH])
{
	(void)snprintf(path, STREAM_PATH, "%s/exports/%lld.%u.age", g->dir, (long long)no, part);
}

static void throw_away(struct gate *g, int64_t no, unsigned parts)
{
	char path[STREAM_PATH];
	for (unsigned i = 1; i <= parts; i++) {
		stream_path(g, no, i, path);
		(void)unlink(path);
	}
}

static enum rc write_sealed(struct run *r, struct problem *p)
{
	struct file *f = &r->f;
	for (size_t done = 0; done < r->sealed.n;) {
		ssize_t n = write(f->fd, r->sealed.p + done, r->sealed.n - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, "exports", "errno %d", errno);
		done += (size_t)n;
	}
	crypto_hash_sha256_update(&f->sha, (const unsigned char *)r->sealed.p, r->sealed.n);
	f->is.bytes += (int64_t)r->sealed.n;
	buf_reset(&r->sealed);
	return RC_OK;
}

static enum rc file_open(struct run *r, struct problem *p)
{
	unsigned char key[AGE_KEY];
	char path[STREAM_PATH];
	struct file *f = &r->f;
	if (!age_recipient(r->t.recipient, key))
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "recipient", "export %lld", (long long)r->t.no);
	*f = (struct file){ .fd = -1, .is = { .part = ++r->parts, .type = r->set ? r->t.kind : str_of(fhir_type_name(r->type[r->at_type])) } };
	crypto_hash_sha256_init(&f->sha);
	stream_path(r->g, r->t.no, f->is.part, path);
	if ((f->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
		return problem_set(p, RC_BROKEN, WHY_NO_DIR, "exports", "errno %d", errno);
	enum rc rc = age_new(key, &f->age, &r->sealed, p);
	if (rc == RC_OK && r->set && r->set->head) {
		rc = age_put(f->age, str_of(r->set->head), &r->sealed, p);
		if (rc == RC_OK)
			rc = age_put(f->age, STR("\r\n"), &r->sealed, p);
	}
	return rc == RC_OK ? write_sealed(r, p) : rc;
}

static void file_drop(struct file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	age_free(&f->age);
	f->fd = -1;
}

/* ---- the ledger and the base ---- */

struct note { struct db_job job; int64_t no, rows, number, at_ms; const char *over; const struct export_file *file; };
static enum rc note_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct note *k = (struct note *)(void *)job;
	(void)txn;
	enum rc rc = k->file ? export_file_add(c, k->no, k->file, p) : export_went(c, k->no, k->rows, k->number, p);
	return rc == RC_OK && k->over ? export_over(c, k->no, k->over, k->at_ms, 0, p) : rc;
}

static enum rc note(struct run *r, const char *over, const struct export_file *file, struct problem *p)
{
	struct note k = { .job = { .run = note_run, .needs = (uint64_t)r->number }, .no = r->t.no, .rows = r->rows, .number = r->number, .at_ms = clock_ms(), .over = over, .file = file };
	return db_write_now(r->g->db, &k.job, p);
}

static struct ledger_entry entry(const struct run *r, const char *what, int64_t rows)
{
	return (struct ledger_entry){ .kind = LEDGER_RELEASE, .surface = SURFACE_JOB, .reveals = REVEALS_META, .rows = (uint32_t)rows, .about = (uint64_t)r->t.no,
		.route = STR(STREAM_NOTE), .note = str_of(what), .account = r->t.account, .unit = r->t.unit };
}

static enum rc append(struct run *r, struct ledger_entry *e, struct problem *p)
{
	enum rc rc = order_append(r->g, e, r->t.role, p);
	if (rc == RC_OK && !ledger_sync(r->g->ledger, e->number))
		rc = problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "flush failed");
	if (rc == RC_OK)
		r->number = (int64_t)e->number;
	return rc;
}

static enum rc file_end(struct run *r, struct problem *p)
{
	struct file *f = &r->f;
	struct buf text;
	if (f->fd < 0)
		return RC_OK;
	enum rc rc = age_end(f->age, &r->sealed, p);
	if (rc == RC_OK)
		rc = write_sealed(r, p);
	if (rc == RC_OK && fsync(f->fd) != 0)
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "exports", "errno %d", errno);
	crypto_hash_sha256_final(&f->sha, f->is.sha256);
	file_drop(f);
	if (rc != RC_OK)
		return rc;
	buf_init(&text, 200);
	buf_fmt(&text, "%u ", f->is.part);
	hex_put(&text, (struct str){ (const char *)f->is.sha256, SHA_LEN });
	f->is.next = r->at == r->n ? (struct export_place){ r->at_type + 1, 0, 0, (int64_t)r->at_own } : (struct export_place){ r->at_type, (int64_t)r->at, r->after, (int64_t)r->at_own };
	struct ledger_entry e = entry(r, STREAM_FILE_NOTE, f->is.rows);
	e.text = buf_view(&text);
	rc = append(r, &e, p);
	buf_done(&text);
	return rc == RC_OK ? note(r, NULL, &f->is, p) : rc;
}

/* ---- lines ---- */

static bool holds(const struct run *r, int64_t patient)
{
	size_t low = 0, high = r->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (r->who[mid] < patient)
			low = mid + 1;
		else
			high = mid;
	}
	return low < r->n && r->who[low] == patient;
}

static void name(struct run *r, int64_t patient, enum tier tier)
{
	if (r->l.d->specials && special_is(r->l.d->db, patient))
		r->tier = tier = TIER_SPECIAL;
	for (uint32_t i = r->n_in; i-- > 0;)
		if (r->in[i].patient == patient) {
			r->in[i].tier = (unsigned char)(tier > r->in[i].tier ? tier : r->in[i].tier);
			return;
		}
	if (r->n_in < PATIENTS)
		r->in[r->n_in++] = (struct ledger_patient){ .patient = patient, .explain = EXPLAIN_TICKET, .tier = (unsigned char)tier };
}

/* All whom a resource concerns must be in the cohort; a resource of others too stays. Names them. */
static enum rc opens(struct run *r, const struct record_row *row, bool *is_r, struct problem *p)
{
	const int64_t *at = &row->patient;
	size_t n = 1;
	enum tier tier = authorise_tier(row->type);
	enum rc rc = record_is_of_several(row) ? record_patients(r->l.d->db, row, &r->l.d->arena, &at, &n, p) : RC_OK;
	*is_r = rc == RC_OK && n > 0 && r->n_in + n <= PATIENTS;
	for (size_t i = 0; *is_r && i < n; i++)
		*is_r = holds(r, at[i]);
	for (size_t i = 0; *is_r && i < n; i++)
		name(r, at[i], tier);
	if (*is_r && tier > r->tier)
		r->tier = tier;
	return rc;
}

/* As a read by the requester shows it: fetch_row's own words. In the step's arena; empty: nothing is left to show. */
static enum rc seen(struct run *r, const struct record_row *row, struct str *body_r, struct problem *p)
{
	struct ask k = { .kind = ASK_READ, .type = str_of(fhir_type_name(row->type)) };
	struct rows out;
	struct record_row own = *row;
	struct fetch f = { .l = &r->l, .k = &k, .out = &out, .type = row->type, .sight = authorise_type(r->t.role, row->type) };
	own.body = arena_str(&r->l.d->arena, row->body);
	*body_r = STR_NONE;
	if (f.sight == SIGHT_NONE || row->deleted)
		return RC_OK;
	rows_init(&out, CHUNK_MOST);
	rows_set(&out, "row");
	enum rc rc = own.body.p ? fetch_row(&f, &own, p) : arena_rc(&r->l.d->arena, p);
	rows_end(&out);
	if (rc == RC_OK)
		rc = buf_rc(&out.out, p);
	if (rc == RC_OK)
		*body_r = arena_str(&r->l.d->arena, row_get(rows_first(buf_view(&out.out), "row"), "body"));
	rows_done(&out);
	return rc == RC_OK ? arena_rc(&r->l.d->arena, p) : rc;
}

/* The person of a line, once a step. found_r false: deleted or erased since. */
static enum rc person(struct run *r, bool *found_r, struct problem *p)
{
	struct record_row row;
	struct str body;
	int64_t patient = r->who[r->at];
	*found_r = true;
	if (r->patient_is == patient)
		return RC_OK;
	enum rc rc = record_by_rid(r->l.d->db, patient, &row, p);
	if (rc == RC_NOT_FOUND || rc == RC_GONE || (rc == RC_OK && row.deleted)) {
		*found_r = false;
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	r->patient_id = arena_str(&r->l.d->arena, row.id);
	rc = seen(r, &row, &body, p);
	if (rc == RC_OK && !body.n)
		*found_r = false;
	else if (rc == RC_OK)
		rc = json_parse(body, &r->l.d->arena, &r->patient, p);
	r->patient_is = rc == RC_OK && *found_r ? patient : 0;
	return rc;
}

/* id: of the line's own resource. */
static enum rc put_line(struct run *r, struct str id, struct str body, struct problem *p)
{
	const struct json *one = NULL;
	bool found = true;
	enum rc rc = RC_OK;
	if (!r->set) {
		if (r->type[r->at_type] == fhir_type_of(STR("Patient")))
			rc = export_person(&r->l.d->arena, &r->mark, id, body, &body, p);
		else
			rc = export_resource(&r->l.d->arena, &r->mark, body, &body, p);
		if (rc != RC_OK)
			return rc;
		buf_str(&r->plain, body);
		buf_ch(&r->plain, '\n');
		r->lines++;
		return buf_rc(&r->plain, p);
	}
	rc = person(r, &found, p);
	if (rc == RC_OK && found && !str_eq(str_of(r->set->type), "Patient"))
		rc = json_parse(body, &r->l.d->arena, &one, p);
	if (rc != RC_OK || !found)
		return rc;
	r->lines++;
	return export_line(r->l.d->db, &r->l.d->arena, r->set, &r->mark, r->patient_id, r->patient, one, &r->plain, p);
}

struct walk { struct record_each each; struct run *r; struct kept { int64_t rid; } kept[STREAM_CHUNK]; unsigned n; };

/* Only where they stand is kept: what a line needs asks the same connection. */
static enum rc on_walk(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct walk *w = (struct walk *)(void *)e;
	(void)p;
	if (w->n < STREAM_CHUNK)
		w->kept[w->n++].rid = row->rid;
	return RC_OK;
}

/* A stay's lines in a file of the PMSI, which carries no marks. Only who has a line is named; nobody who does not exist. */
static enum rc put_pmsi(struct run *r, const struct record_row *row, struct problem *p)
{
	unsigned n = 0;
	size_t before = r->plain.n;
	bool found = false, clinical = false, is = false;
	enum rc rc = canary_is(r->g, row->patient) ? RC_OK : person(r, &found, p);
	if (rc == RC_OK && found)
		rc = pmsi_record(r->l.d->db, &r->l.d->arena, r->t.cohort, row, r->patient, &r->plain, &n, &clinical, p);
	if (rc != RC_OK || !n)
		return rc;
	rc = opens(r, row, &is, p);
	if (rc != RC_OK || !is) {
		r->plain.n = before;
		return rc;
	}
	if (clinical) {
		name(r, row->patient, TIER_CLINICAL);
		r->tier = r->tier > TIER_CLINICAL ? r->tier : TIER_CLINICAL;
	}
	r->lines += n;
	return RC_OK;
}

static enum rc put_resource(struct run *r, int64_t rid, struct problem *p)
{
	struct record_row row;
	struct str id, body;
	bool is = false;
	enum rc rc = record_by_rid(r->l.d->db, rid, &row, p);
	if (rc == RC_NOT_FOUND || rc == RC_GONE || (rc == RC_OK && row.deleted))
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	id = arena_str(&r->l.d->arena, row.id);
	body = arena_str(&r->l.d->arena, row.body);
	if ((rc = arena_rc(&r->l.d->arena, p)) != RC_OK)
		return rc;
	row.id = id;
	row.body = body;
	if (r->set && !r->set->head)
		return put_pmsi(r, &row, p);
	rc = opens(r, &row, &is, p);
	if (rc == RC_OK && is)
		rc = seen(r, &row, &body, p);
	if (rc == RC_OK && is && body.n && !r->set && row.type == fhir_type_of(STR("DocumentReference"))) /* a letter goes with its bytes */
		rc = document_with_files(r->l.d->db, &r->l.d->arena, rid, body, &body, p);
	return rc == RC_OK && is && body.n ? put_line(r, id, body, p) : rc;
}

/* Somebody who does not exist: a line like the others', that no entry names. */
static enum rc put_own(struct run *r, const struct export_own *own, struct problem *p)
{
	struct record_row row = { .type = fhir_type_of(STR("Patient")), .id = own->id, .body = own->body, .version = 1, .updated_ms = clock_ms() };
	const struct json *one;
	struct str body;
	enum rc rc = seen(r, &row, &body, p);
	if (rc != RC_OK || !body.n)
		return rc;
	if (!r->set)
		return put_line(r, own->id, body, p);
	rc = json_parse(body, &r->l.d->arena, &one, p);
	if (rc == RC_OK)
		rc = export_line(r->l.d->db, &r->l.d->arena, r->set, &r->mark, own->id, one, NULL, &r->plain, p);
	r->lines += rc == RC_OK;
	return rc;
}

static bool is_full(const struct run *r) { return r->lines >= STREAM_CHUNK || r->plain.n >= CHUNK_BYTES || r->n_in >= PATIENTS - 100; }

/* Lines of one type, from where the last step stopped. In the desk's snapshot. */
static enum rc gather(struct run *r, struct problem *p)
{
	uint16_t type = r->type[r->at_type];
	enum rc rc = RC_OK;
	while (rc == RC_OK && r->at < r->n && !is_full(r)) {
		struct walk w = { .each = { on_walk }, .r = r };
		bool more = false;
		if (type == fhir_type_of(STR("Patient")) && r->at_own < r->n_own && r->own[r->at_own].before <= r->who[r->at]) {
			rc = put_own(r, &r->own[r->at_own++], p);
			continue;
		}
		if (type == fhir_type_of(STR("Patient"))) {
			rc = canary_is(r->g, r->who[r->at]) ? RC_OK : put_resource(r, r->who[r->at], p); /* the house's: one of the export's own stood in its place */
		} else {
			rc = record_compartment(r->l.d->db, r->who[r->at], type, r->after, STREAM_CHUNK - r->lines, &w.each, &more, p);
			if (rc == RC_GONE) /* erased since */
				rc = RC_OK;
			unsigned done = 0;
			for (; rc == RC_OK && done < w.n && !is_full(r); done++) {
				r->after = w.kept[done].rid;
				rc = put_resource(r, w.kept[done].rid, p);
			}
			more = more || done < w.n;
		}
		if (rc == RC_OK && !more) {
			r->at++;
			r->after = 0;
		}
	}
	return rc;
}

/* ---- a step ---- */

static enum rc judge(struct run *r, bool whole, struct problem *p)
{
	struct export_ticket now;
	struct desk *d = r->l.d;
	enum rc rc = export_find(d->db, &d->arena, r->t.no, &now, p);
	if (rc == RC_OK && now.ended_ms)
		rc = problem_set(p, RC_CONFLICT, WHY_EXPORT_OVER, "no", "export %lld", (long long)now.no);
	return rc == RC_OK ? export_judge(d->db, &d->arena, &r->g->judge, &now, clock_ms(), whole, p) : rc;
}

static enum rc step(struct run *r, struct problem *p)
{
	struct desk *d = r->l.d;
	r->lines = r->n_in = 0;
	r->tier = TIER_NONE;
	r->patient_is = 0;
	buf_reset(&r->plain);
	r->l.openings = NULL;
	r->l.n_openings = 0;
	enum rc rc = desk_begin(d, p);
	if (rc != RC_OK)
		return rc;
	rc = judge(r, false, p);
	if (rc == RC_OK)
		rc = gather(r, p);
	desk_end(d);
	if (rc == RC_OK && r->lines) {
		struct ledger_entry e = entry(r, STREAM_NOTE, r->lines);
		e.reveals = REVEALS_MANY;
		e.tier = (unsigned char)r->tier;
		e.patients = r->in;
		e.n_patients = r->n_in;
		rc = append(r, &e, p);
		r->rows += r->lines;
		if (rc == RC_OK)
			rc = note(r, NULL, NULL, p);
		if (rc == RC_OK && r->f.fd < 0)
			rc = file_open(r, p);
		if (rc == RC_OK)
			rc = age_put(r->f.age, buf_view(&r->plain), &r->sealed, p);
		if (rc == RC_OK)
			rc = write_sealed(r, p);
		r->f.is.rows += r->lines;
	}
	if (rc == RC_OK && (r->at == r->n || r->f.is.bytes >= STREAM_FILE))
		rc = file_end(r, p);
	if (rc == RC_OK && r->at == r->n) {
		r->at_type++;
		r->at = 0;
	}
	arena_reset(&d->arena);
	return rc;
}

/* ---- a run ---- */

static void types_of(struct run *r)
{
	if ((r->set = export_set_of(r->t.kind)) != NULL) {
		r->type[r->n_types++] = fhir_type_of(str_of(r->set->type));
		return;
	}
	for (struct str rest = r->t.types; rest.p && r->n_types < TYPES;) {
		uint16_t type = fhir_type_of(str_cut(rest, ',', &rest));
		if (type)
			r->type[r->n_types++] = type;
	}
}

static bool shows_people(const struct run *r)
{
	for (unsigned i = 0; i < r->n_types; i++)
		if (r->type[i] == fhir_type_of(STR("Patient")))
			return true;
	return false;
}

struct own_job { struct db_job job; const struct run *r; };
static enum rc own_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	const struct run *r = ((struct own_job *)(void *)job)->r;
	(void)txn;
	return export_own_make(c, r->t.no, r->who, r->n, &r->g->canaries, p);
}

static enum rc read_own(struct run *r, struct problem *p)
{
	enum rc rc = desk_begin(r->l.d, p);
	if (rc != RC_OK)
		return rc;
	rc = export_own_read(r->l.d->db, &r->life, r->t.no, &r->own, &r->n_own, p);
	desk_end(r->l.d);
	return rc;
}

/* Made once: an export that goes on has them already. */
static enum rc have_own(struct run *r, struct problem *p)
{
	struct own_job k = { .job = { .run = own_run }, .r = r };
	enum rc rc = read_own(r, p);
	if (rc != RC_OK || r->n_own > 0)
		return rc;
	rc = db_write_now(r->g->db, &k.job, p);
	return rc == RC_OK ? read_own(r, p) : rc;
}

/* Behind the last file that is whole. Nothing is kept of one that was not: its key is gone. */
static enum rc find_place(struct run *r, struct problem *p)
{
	struct export_file *at = NULL;
	size_t n = 0;
	enum rc rc = export_files(r->l.d->db, &r->life, r->t.no, &at, &n, p);
	r->rows = 0;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		r->rows += at[i].rows;
		r->at_type = at[i].next.type;
		r->at = (size_t)at[i].next.at;
		r->after = at[i].next.after;
		r->at_own = (size_t)at[i].next.own;
		r->parts = at[i].part;
	}
	return rc;
}

static enum rc run_begin(struct run *r, int64_t no, struct problem *p)
{
	struct desk *d = r->l.d;
	struct account acc;
	enum rc rc = desk_begin(d, p);
	if (rc != RC_OK)
		return rc;
	rc = export_find(d->db, &r->life, no, &r->t, p);
	if (rc == RC_OK)
		rc = find_place(r, p);
	if (rc == RC_OK)
		rc = judge(r, true, p);
	if (rc == RC_OK)
		rc = export_cohort(d->db, &r->life, &r->t, &r->who, &r->n, p);
	if (rc == RC_OK)
		rc = account_by_no(d->db, r->t.account, &r->life, &acc, p);
	if (rc == RC_OK)
		rc = seat_new(d->db, &acc, r->t.unit, 0, &r->life, &r->l.seat, p);
	desk_end(d);
	types_of(r);
	if (rc == RC_OK && shows_people(r))
		rc = have_own(r, p);
	export_mark_of(no, &r->mark);
	return rc;
}

/* Waits for so long, or until the gate closes: false. */
static bool pause_ms(struct stream *s, int64_t ms)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&s->lock);
	while (!s->stop && pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0)
		;
	bool on = !s->stop;
	pthread_mutex_unlock(&s->lock);
	return on;
}

static void cut(struct run *r)
{
	struct problem p;
	struct ledger_entry e = entry(r, STREAM_CUT_NOTE, r->rows);
	file_drop(&r->f);
	throw_away(r->g, r->t.no, r->parts);
	if (append(r, &e, &p) != RC_OK || note(r, "cut", NULL, &p) != RC_OK)
		log_problem(LOG_ERROR, "export_cut_not_recorded", &p);
}

/* Is a file still somebody's to fetch? */
static bool is_kept(struct desk *d, int64_t no, int64_t now_ms)
{
	struct export_ticket t;
	struct problem p;
	enum rc rc = export_find(d->db, &d->arena, no, &t, &p);
	return rc == RC_OK ? !t.ended_ms || (str_eq(t.ended, "sealed") && now_ms < t.until_ms && !t.gone_ms) : rc != RC_NOT_FOUND;
}

/* Files go when their ticket's time is over, when they were received, or when it was cut; whom tickets held that were never taken is forgotten. Between two steps of a run, or when nothing runs. */
static void sweep(struct gate *g)
{
	struct stream *s = g->stream;
	struct problem p;
	char path[STREAM_PATH];
	int64_t now = clock_ms(), no = 0;
	if (desk_begin(&s->desk, &p) != RC_OK)
		return;
	(void)snprintf(path, sizeof path, "%s/exports", g->dir);
	DIR *at = opendir(path);
	for (struct dirent *e; at && (e = readdir(at)) != NULL;) {
		struct str rest, name = str_cut(str_of(e->d_name), '.', &rest);
		if (str_i64(name, &no) == RC_OK && no > 0 && !is_kept(&s->desk, no, now))
			(void)unlinkat(dirfd(at), e->d_name, 0);
	}
	if (at)
		closedir(at);
	no = 0;
	if (export_spoiled(s->desk.db, now, &no, &p) != RC_OK)
		log_problem(LOG_WARN, "exports_over", &p);
	desk_end(&s->desk);
	arena_reset(&s->desk.arena);
	struct note k = { .job = { .run = note_run, .derived = true }, .no = no, .at_ms = now, .over = "expired" };
	if (no > 0 && db_write_now(g->db, &k.job, &p) != RC_OK)
		log_problem(LOG_WARN, "exports_over", &p);
}

static bool was_kicked(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	bool was = s->kicked;
	s->kicked = false;
	pthread_mutex_unlock(&s->lock);
	return was;
}

static void run_export(struct gate *g, int64_t no)
{
	struct stream *s = g->stream;
	struct run *r = calloc(1, sizeof *r);
	struct problem p;
	enum rc rc = RC_OK;
	bool on = true;
	if (!r)
		return;
	r->g = g;
	r->l.d = &s->desk;
	r->f.fd = -1;
	r->t.no = no;
	arena_init(&r->life, 256u << 20);
	buf_init(&r->plain, CHUNK_MOST);
	buf_init(&r->sealed, 2 * CHUNK_MOST);
	rc = run_begin(r, no, &p);
	while (rc == RC_OK && on && r->at_type < r->n_types) {
		uint64_t from = clock_ns();
		if (was_kicked(s))
			sweep(g);
		rc = step(r, &p);
		int64_t due = (int64_t)r->lines * 1000 / STREAM_ROWS_PER_S - (int64_t)((clock_ns() - from) / 1000000);
		on = due > 0 && rc == RC_OK ? pause_ms(s, due) : pause_ms(s, 0);
	}
	if (rc == RC_OK && on) {
		struct ledger_entry e = entry(r, STREAM_END_NOTE, r->rows);
		rc = append(r, &e, &p);
		if (rc == RC_OK)
			rc = note(r, "sealed", NULL, &p);
	}
	if (rc != RC_OK)
		log_problem(LOG_WARN, "export_cut", &p);
	if (rc != RC_OK)
		cut(r);
	else if (!on && file_end(r, &p) != RC_OK) /* the server ends: what is whole stays, and the next start goes on behind it */
		log_problem(LOG_WARN, "export_part_lost", &p);
	file_drop(&r->f);
	buf_done_wiped(&r->plain);
	buf_done(&r->sealed);
	seat_drop(&r->l.seat);
	arena_done(&r->life);
	arena_reset(&s->desk.arena);
	free(r);
}

/* ---- the thread ---- */

static enum rc next(struct gate *g, int64_t *no_r, struct problem *p)
{
	struct desk *d = &g->stream->desk;
	enum rc rc = desk_begin(d, p);
	*no_r = 0;
	if (rc != RC_OK)
		return rc;
	rc = export_running(d->db, no_r, p);
	desk_end(d);
	return rc;
}

static void *work(void *ctx)
{
	struct gate *g = ctx;
	struct stream *s = g->stream;
	struct problem p;
	for (;;) {
		int64_t no = 0;
		if (next(g, &no, &p) != RC_OK)
			log_problem(LOG_ERROR, "exports", &p);
		if (no > 0)
			run_export(g, no);
		else
			sweep(g);
		pthread_mutex_lock(&s->lock);
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += no > 0 ? 1 : SWEEP_S;
		while (!s->stop && !s->kicked && pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0)
			;
		bool stop = s->stop;
		s->kicked = false;
		pthread_mutex_unlock(&s->lock);
		if (stop)
			return NULL;
	}
}

void stream_wake(struct gate *g)
{
	struct stream *s = g->stream;
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->kicked = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

/* ---- what a crash left ---- */

/* Lines of an export whose entry is durable but which the base had not noted yet. */
struct left { struct ledger_each each; uint64_t no; int64_t rows, number; };
static bool on_left(struct ledger_each *each, const struct ledger_entry *e)
{
	struct left *k = (struct left *)(void *)each;
	if (e->kind == LEDGER_RELEASE && e->about == k->no && str_eq(e->note, STREAM_NOTE) && str_eq(e->route, STREAM_NOTE)) {
		k->rows += e->rows;
		k->number = (int64_t)e->number;
	}
	return true;
}

/* Lines behind the last whole file were in the ledger before they were sealed, and nobody can have them: the ledger says how many, and the export goes on before them. */
static enum rc go_on(struct run *r, int64_t went, struct problem *p)
{
	int64_t whole = r->rows;
	struct ledger_entry e = entry(r, STREAM_AGAIN_NOTE, went > whole ? went - whole : 0);
	char path[STREAM_PATH];
	stream_path(r->g, r->t.no, r->parts + 1, path);
	(void)unlink(path);
	enum rc rc = append(r, &e, p);
	return rc == RC_OK ? note(r, NULL, NULL, p) : rc;
}

/* Those that a stop or a crash left under way: one runs at a time, but each that was taken is one. */
static enum rc find_left(struct gate *g, struct problem *p)
{
	struct run *r = calloc(1, sizeof *r);
	uint64_t head = ledger_head(g->ledger);
	int64_t no = 0;
	enum rc rc = r ? next(g, &no, p) : problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for exports");
	if (rc == RC_OK && no > 0) {
		*r = (struct run){ .g = g, .l.d = &g->stream->desk, .f.fd = -1, .t.no = no };
		arena_init(&r->life, 4u << 20);
		if ((rc = desk_begin(r->l.d, p)) == RC_OK) {
			rc = export_find(r->l.d->db, &r->life, no, &r->t, p);
			if (rc == RC_OK)
				rc = find_place(r, p);
			desk_end(r->l.d);
		}
		struct left k = { .each = { on_left }, .no = (uint64_t)no, .rows = r->t.rows };
		if (rc == RC_OK)
			rc = ledger_read(g->ledger, r->t.number ? (uint64_t)r->t.number + 1 : head > REREAD ? head - REREAD : 1, &k.each, p);
		if (rc == RC_OK && k.rows > 0)
			rc = go_on(r, k.rows, p);
		arena_done(&r->life);
	}
	free(r);
	return rc;
}

/* ---- opening ---- */

enum rc stream_open(struct gate *g, struct problem *p)
{
	char path[STREAM_PATH];
	(void)snprintf(path, sizeof path, "%s/exports", g->dir);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return problem_set(p, RC_BROKEN, WHY_NO_DIR, "exports", "errno %d", errno);
	struct stream *s = calloc(1, sizeof *s);
	if (!s)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for exports");
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	g->stream = s;
	enum rc rc = desk_open(g, &s->desk, p);
	if (rc == RC_OK)
		rc = find_left(g, p);
	if (rc == RC_OK) {
		s->started = pthread_create(&s->thread, NULL, work, g) == 0;
		if (!s->started)
			rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no thread for exports");
	}
	return rc;
}

void stream_close(struct gate *g)
{
	struct stream *s = g->stream;
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
	if (s->started)
		pthread_join(s->thread, NULL);
	desk_done(&s->desk);
}

void stream_free(struct gate *g)
{
	if (!g->stream)
		return;
	pthread_mutex_destroy(&g->stream->lock);
	pthread_cond_destroy(&g->stream->wake);
	free(g->stream);
	g->stream = NULL;
}
