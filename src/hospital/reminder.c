/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/reminder.c: reminders on paper of what patients owe: who is to be reminded, one press that writes the batch, and each letter as it stood, for the press to draw again. Must never remind one claim
 * twice on a day, write a word of law, interest or threat of its own, nor name a patient whom no fact joins to the reader. What complementary and compulsory payers owe is not written to: the house
 * has no address of them. Called by the gate through the rows at the end. Start at make_run.
 */
#include <stdio.h>

#include "base/random.h"
#include "hospital/account.h"
#include "hospital/billing.h"
#include "hospital/letter.h"
#include "hospital/matters.h"
#include "hospital/relation.h"
#include "hospital/traits.h"
#include "hospital/unsealed.h"
#include "record/keys.h"

#define BATCH_MOST 60       /* letters of one press: a paper of as many pages is drawn in a second or two and stays under PAPER_MOST */
#define SHOWN 60
#define WORDS_MOST 2000
#define LETTER_MOST 16384   /* of what is sealed: words, names, an address */

/* The house's own words are typed into the table; these stand before that. No rule of law, no interest, no further step is named: none is in the data. */
static const char SHIPPED[] = "Madame, Monsieur,\n\n"
	"Sauf erreur de notre part, la somme ci-dessous nous reste due à ce jour.\n"
	"Si vous l’avez réglée entre-temps, merci de ne pas tenir compte de cette lettre.\n"
	"Pour toute question, ou si vous ne pouvez pas régler cette somme en une fois, vous pouvez vous adresser au bureau des factures de l’établissement.";

static struct keys_bound words_bound(int64_t made_ms) { return (struct keys_bound){ SEALS_BILLING, -made_ms, 0 }; }
static struct keys_bound letter_bound(int64_t invoice, int64_t nth) { return (struct keys_bound){ SEALS_BILLING, -invoice, nth * 4 + PAYER_PATIENT }; }

/* ---- the house's words ---- */

struct wording { int64_t no; /* 0: shipped */ struct str words; };

static enum rc wording_at(struct db_conn *c, struct arena *a, struct str here, struct str day, struct wording *w_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_REMINDER_WORDING_AT);
	bool row = false;
	*w_r = (struct wording){ 0, str_of(SHIPPED) };
	db_bind_str(s, 1, here);
	db_bind_str(s, 2, day);
	enum rc rc = db_step(s, &row, p);
	int64_t no = rc == RC_OK && row ? db_i64(s, 0) : 0, made_ms = no ? db_i64(s, 2) : 0;
	struct str sealed = no ? arena_str(a, db_text(s, 1)) : STR_NONE;
	db_reset(s);
	if (rc != RC_OK || !no)
		return rc;
	*w_r = (struct wording){ no, unsealed(c, a, 0, words_bound(made_ms), sealed) };
	return arena_rc(a, p);
}

/* "reminder_wording_add": from (day), words; fresh → set "wording": no. Of the establishment worked in, from that day on; a row is never changed, the newest of the latest day holds. */
static enum rc wording_add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str here, words = str_trim(args_get(x->args, "words"));
	struct buf sealed;
	enum rc rc = billing_establishment(x->db, x->arena, x->who->unit, &here, p);
	if (rc == RC_OK && !here.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "words", "no establishment");
	if (rc == RC_OK && !words.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "words", "blank");
	buf_init(&sealed, WORDS_MOST * 4 + SEAL_MORE);
	if (rc == RC_OK)
		rc = keys_seal(x->db, 0, words_bound(x->now_ms), words, &sealed, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REMINDER_WORDING_ADD);
		db_bind_str(s, 1, here);
		db_bind_str(s, 2, args_get(x->args, "from"));
		db_bind_blob(s, 3, buf_view(&sealed));
		db_bind_i64(s, 4, x->who->account);
		db_bind_i64(s, 5, x->now_ms);
		rc = db_run(s, p);
	}
	buf_done(&sealed);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "wording");
	rows_row(out);
	rows_col_i64(out, "no", db_last_rowid(x->db));
	return RC_OK;
}

/* ---- who is to be reminded ---- */

struct due { int64_t invoice, patient, year, number, reminders; struct str day, last; };

static struct str day_before(struct arena *a, int64_t now_ms, int64_t days)
{
	struct civil c = civil_paris(now_ms), d = civil_of_days(days_of(c.year, c.month, c.day) - (int32_t)days);
	struct buf b;
	buf_init(&b, 16);
	buf_fmt(&b, "%04d-%02d-%02d", d.year, d.month, d.day);
	struct str day = arena_str(a, buf_view(&b));
	buf_done(&b);
	return day;
}

/* Posted so many days ago or earlier, and not reminded since: by the order of posting. */
static enum rc due_read(struct db_conn *c, struct arena *a, struct str here, int64_t now_ms, int64_t days, size_t most, struct due **at_r, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_REMINDER_DUE);
	struct due *at = arena_array(a, most, sizeof *at);
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(a, p);
	*n_r = 0;
	*at_r = at;
	db_bind_str(s, 1, here);
	db_bind_str(s, 2, day_before(a, now_ms, days));
	db_bind_i64(s, 3, (int64_t)most);
	db_bind_str(s, 4, day_of(a, now_ms)); /* nobody is written to twice on a day */
	while (rc == RC_OK && *n_r < most && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[(*n_r)++] = (struct due){ .invoice = db_i64(s, 0), .patient = db_i64(s, 1), .year = db_i64(s, 2), .number = db_i64(s, 3), .day = arena_str(a, db_text(s, 4)), .reminders = db_i64(s, 5),
			.last = arena_str(a, db_text(s, 6)) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* A letter can be sent: a street or the like, and a town. */
static bool has_address(const struct traits *t) { return str_trim(t->line).n && str_trim(t->city).n; }

/* Why nothing is written to somebody; NULL: it is. */
static const char *kept_back(const struct traits *t)
{
	return t->deceased ? "deceased" : has_address(t) ? NULL : "no_address";
}

static enum rc traits_of(struct db_conn *c, struct arena *a, int64_t patient, bool *found_r, struct traits *t_r, struct problem *p)
{
	struct item it;
	enum rc rc = item_by_rid(c, a, patient, found_r, &it, p);
	if (rc == RC_OK && *found_r)
		traits_read(&it, a, t_r);
	return rc;
}

/* ---- one letter ---- */

struct house { struct str here, day; struct wording wording; struct letter_house letter; };

static enum rc house_of(struct act_ctx *x, struct house *h, struct problem *p)
{
	h->day = day_of(x->arena, x->now_ms);
	enum rc rc = billing_establishment(x->db, x->arena, x->who->unit, &h->here, p);
	if (rc == RC_OK && !h->here.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "days", "no establishment");
	if (rc == RC_OK)
		rc = wording_at(x->db, x->arena, h->here, h->day, &h->wording, p);
	return rc == RC_OK ? letter_house_of(x->db, x->arena, h->here, &h->letter, p) : rc;
}

static void put_name(struct jw *w, const char *key, struct str given, struct str family)
{
	struct buf b;
	buf_init(&b, 2000);
	buf_str(&b, given);
	buf_z(&b, given.n && family.n ? " " : "");
	buf_str(&b, family);
	jw_member(w, key, buf_view(&b));
	buf_done(&b);
}

/* What is sealed: as it is printed, today and in ten years. */
static enum rc letter_body(const struct house *h, const struct traits *t, struct buf *out, struct problem *p)
{
	struct jw w;
	jw_init(&w, out);
	jw_object(&w);
	put_name(&w, "to", t->used_given.n ? t->used_given : t->given, t->used_name.n ? t->used_name : t->birth_name);
	jw_member(&w, "line", t->line);
	put_name(&w, "town", t->postal, t->city);
	jw_member(&w, "site", h->letter.unit); /* the establishment itself: letter_house reads the name it is asked with as its unit */
	if (h->letter.finess.n)
		jw_member(&w, "finess", h->letter.finess);
	jw_member(&w, "words", h->wording.words);
	jw_end(&w, '}');
	return buf_rc(out, p);
}

static enum rc letter_add(struct act_ctx *x, const struct house *h, int64_t batch, const struct claim *k, struct str body, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, LETTER_MOST + SEAL_MORE);
	enum rc rc = keys_seal(x->db, k->patient, letter_bound(k->invoice, k->reminders), body, &sealed, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REMINDER_ADD);
		db_bind_i64(s, 1, batch);
		db_bind_i64(s, 2, k->invoice);
		db_bind_i64(s, 3, k->payer);
		db_bind_i64(s, 4, k->reminders);
		db_bind_i64(s, 5, k->patient);
		db_bind_str(s, 6, h->day);
		db_bind_i64(s, 7, k->amount);
		db_bind_i64(s, 8, k->paid);
		db_bind_i64(s, 9, k->credited);
		db_bind_i64(s, 10, k->refunded);
		db_bind_i64(s, 11, claim_due(k));
		if (h->wording.no)
			db_bind_i64(s, 12, h->wording.no);
		else
			db_bind_null(s, 12);
		db_bind_blob(s, 13, buf_view(&sealed));
		rc = db_run(s, p);
	}
	buf_done(&sealed);
	return rc;
}

/* ---- the batch ---- */

struct batch { int64_t no, n, without; bool more; };

static void told(struct rows *out, const struct batch *b)
{
	rows_set(out, "batch");
	rows_row(out);
	rows_col_i64(out, "no", b->no);
	rows_col_i64(out, "n", b->n);
	rows_col_i64(out, "without", b->without);
	col_flag(out, "more", b->more);
}

static enum rc batch_before(struct act_ctx *x, struct batch *b, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REMINDER_BATCH_OF);
	bool row = false;
	db_bind_i64(s, 1, x->who->account);
	db_bind_str(s, 2, args_get(x->args, "form"));
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		b->no = db_i64(s, 0);
		b->n = db_i64(s, 1);
	}
	db_reset(s);
	return rc;
}

static enum rc batch_add(struct act_ctx *x, const struct house *h, int64_t days, struct batch *b, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REMINDER_BATCH_ADD);
	db_bind_str(s, 1, h->here);
	db_bind_str(s, 2, args_get(x->args, "form"));
	db_bind_str(s, 3, h->day);
	db_bind_i64(s, 4, days);
	db_bind_i64(s, 5, b->n);
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	enum rc rc = db_run(s, p);
	b->no = rc == RC_OK ? db_last_rowid(x->db) : 0;
	return rc;
}

/* Who of those that are due is written to, at most BATCH_MOST; the others are counted. */
static enum rc choose(struct act_ctx *x, const struct due *due, size_t n_due, struct traits *to, size_t *place, struct batch *b, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < n_due; i++) {
		bool found = false;
		if (b->n == BATCH_MOST) {
			b->more = true;
			break;
		}
		rc = traits_of(x->db, x->arena, due[i].patient, &found, &to[b->n], p);
		if (rc != RC_OK)
			break;
		if (!found || kept_back(&to[b->n])) {
			b->without++;
			continue;
		}
		place[b->n++] = i;
	}
	return rc;
}

static enum rc write_one(struct act_ctx *x, const struct house *h, int64_t batch, const struct due *one, const struct traits *to, struct problem *p)
{
	struct claim k;
	struct buf body;
	bool found = false;
	enum rc rc = claim_get(x->db, x->arena, one->invoice, PAYER_PATIENT, &found, &k, p);
	if (rc != RC_OK || !found)
		return rc == RC_OK ? problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "days", "a claim is gone") : rc;
	k.reminders++;
	buf_init(&body, LETTER_MOST);
	rc = letter_body(h, to, &body, p);
	if (rc == RC_OK)
		rc = letter_add(x, h, batch, &k, buf_view(&body), p);
	buf_done(&body);
	return rc == RC_OK ? claim_put(x, &k, p) : rc;
}

/*
 * "reminders_make": form (a key of this form: sent twice it is one batch), days → set "batch": no, n (letters), without (who has no address or has died: nothing is written), more (flag: press again).
 * Every patient's part that was posted so many days ago and not reminded since. BAD_INPUT REMINDER_NONE: nobody is to be reminded.
 */
static enum rc make_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct house h = { .here = STR_NONE };
	struct batch b = { .no = 0 };
	struct due *due;
	size_t n_due = 0, *place = arena_array(x->arena, BATCH_MOST, sizeof *place);
	struct traits *to = arena_array(x->arena, BATCH_MOST + 1, sizeof *to);
	int64_t days = billing_i64(x->args, "days");
	enum rc rc = place && to ? batch_before(x, &b, p) : arena_rc(x->arena, p);
	if (rc == RC_OK && b.no) {
		told(out, &b);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = house_of(x, &h, p);
	if (rc == RC_OK)
		rc = due_read(x->db, x->arena, h.here, x->now_ms, days, 4 * BATCH_MOST, &due, &n_due, p);
	if (rc == RC_OK)
		rc = choose(x, due, n_due, to, place, &b, p);
	if (rc == RC_OK && !b.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_REMINDER_NONE, "days", "nobody");
	if (rc == RC_OK)
		rc = batch_add(x, &h, days, &b, p);
	for (int64_t i = 0; rc == RC_OK && i < b.n; i++)
		rc = write_one(x, &h, b.no, &due[place[i]], &to[i], p);
	if (rc == RC_OK)
		told(out, &b);
	return rc;
}

/* ---- the page ---- */

static enum rc rows_wordings(struct view_ctx *v, struct rows *out, struct str here, struct str today, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct row_words { int64_t no, made_ms; uint32_t by; struct str from, sealed; } *at = arena_array(v->arena, SHOWN, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_REMINDER_WORDINGS);
	struct wording now = { .no = 0 };
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_str(s, 1, here);
	db_bind_i64(s, 2, SHOWN);
	while (rc == RC_OK && n < SHOWN && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct row_words){ db_i64(s, 0), db_i64(s, 3), (uint32_t)db_i64(s, 4), arena_str(v->arena, db_text(s, 1)), arena_str(v->arena, db_text(s, 2)) };
	db_reset(s);
	if (rc == RC_OK)
		rc = wording_at(v->db, v->arena, here, today, &now, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "wordings");
	for (size_t i = 0; i < n; i++) {
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		rows_col(out, "from_on", at[i].from);
		col(out, "words", unsealed(v->db, v->arena, 0, words_bound(at[i].made_ms), at[i].sealed));
		col(out, "by_name", person_of(&people, at[i].by).name);
		col_flag(out, "holds", at[i].no == now.no);
	}
	rows_set(out, "words");
	rows_row(out);
	rows_col(out, "words", now.words);
	col_flag(out, "shipped", !now.no);
	return arena_rc(v->arena, p);
}

static enum rc rows_batches(struct view_ctx *v, struct rows *out, struct str here, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct row_batch { int64_t no, days, n, at_ms; uint32_t by; struct str day; } at[30];
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_REMINDER_BATCHES);
	size_t n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, here);
	db_bind_i64(s, 2, N_OF(at));
	while (n < N_OF(at) && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct row_batch){ db_i64(s, 0), db_i64(s, 2), db_i64(s, 3), db_i64(s, 5), (uint32_t)db_i64(s, 4), arena_str(v->arena, db_text(s, 1)) };
	db_reset(s);
	rows_set(out, "batches");
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		rows_col(out, "day_on", at[i].day);
		rows_col_i64(out, "days", at[i].days);
		rows_col_i64(out, "n", at[i].n);
		col(out, "by_name", person_of(&people, at[i].by).name);
		rows_col_i64(out, "at", at[i].at_ms);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static enum rc row_due(struct view_ctx *v, struct rows *out, const struct due *one, struct problem *p)
{
	struct claim k;
	struct traits t;
	struct fact f;
	bool found = false, is = false;
	enum rc rc = claim_get(v->db, v->arena, one->invoice, PAYER_PATIENT, &found, &k, p);
	if (rc == RC_OK && found)
		rc = traits_of(v->db, v->arena, one->patient, &is, &t, p);
	if (rc != RC_OK || !found)
		return rc;
	rows_row(out);
	rows_col_i64(out, "invoice", one->invoice);
	rows_col_i64(out, "year", one->year);
	rows_col_i64(out, "number", one->number);
	rows_col(out, "day_on", one->day);
	col(out, "last_on", one->last);
	rows_col_i64(out, "reminders", one->reminders);
	rows_col_i64(out, "cents", claim_due(&k));
	if (is && relation_find(v->db, v->who, one->patient, v->now_ms, &f) && f.made_by != v->who->account)
		col_z(out, "kept_back", kept_back(&t) ? kept_back(&t) : "");
	return billing_who(v, out, one->patient, p);
}

/*
 * "reminders": days (empty: nothing is looked for). Of the establishment worked in. Set "due" (the first 60, by the order of posting): invoice, year, number, day_on, last_on (last reminder on paper), reminders, cents,
 * kept_back (no_address, deceased: nothing is written; said of who is named only), and the columns of billing_who; set "due_page": more (flag), form (a key for the next form). Set "batches", newest
 * first: no, day_on, days, n, by_name, at. Set "words": words (what holds today), shipped (flag: the program's own). Set "wordings": no, from_on, words, by_name, holds (flag: today).
 */
static enum rc list_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct str here, today = day_of(v->arena, v->now_ms);
	struct due *due = NULL;
	unsigned char key[12];
	char form[2 * sizeof key + 1];
	size_t n = 0;
	int64_t days = billing_i64(v->args, "days");
	enum rc rc = billing_establishment(v->db, v->arena, v->who->unit, &here, p);
	if (rc == RC_OK && args_get(v->args, "days").n)
		rc = due_read(v->db, v->arena, here, v->now_ms, days, SHOWN + 1, &due, &n, p);
	rows_set(out, "due");
	for (size_t i = 0; rc == RC_OK && i < n && i < SHOWN; i++)
		rc = row_due(v, out, &due[i], p);
	rows_set(out, "due_page");
	rows_row(out);
	col_flag(out, "more", n > SHOWN);
	random_bytes(key, sizeof key);
	for (size_t i = 0; i < sizeof key; i++)
		snprintf(form + 2 * i, 3, "%02x", key[i]);
	col_z(out, "form", form);
	if (rc == RC_OK)
		rc = rows_batches(v, out, here, p);
	if (rc == RC_OK)
		rc = rows_wordings(v, out, here, today, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the papers ---- */

struct letter_row { int64_t no, invoice, nth, patient, amount, paid, credited, refunded, due, year, number, at_ms; struct str day, invoiced, sealed; };

static enum rc letters_read(struct db_conn *c, struct arena *a, enum stmt which, int64_t key, struct letter_row *at, size_t most, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, which);
	bool row = false;
	enum rc rc = RC_OK;
	*n_r = 0;
	db_bind_i64(s, 1, key);
	db_bind_i64(s, 2, (int64_t)most);
	while (*n_r < most && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[(*n_r)++] = (struct letter_row){ .no = db_i64(s, 0), .invoice = db_i64(s, 1), .nth = db_i64(s, 2), .patient = db_i64(s, 3), .day = arena_str(a, db_text(s, 4)), .amount = db_i64(s, 5),
			.paid = db_i64(s, 6), .credited = db_i64(s, 7), .refunded = db_i64(s, 8), .due = db_i64(s, 9), .sealed = arena_str(a, db_text(s, 10)), .year = db_i64(s, 11), .number = db_i64(s, 12),
			.invoiced = arena_str(a, db_text(s, 13)), .at_ms = db_i64(s, 14) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static enum rc row_letter(struct view_ctx *v, struct rows *out, const struct letter_row *l, struct problem *p)
{
	const struct json *body = NULL;
	struct str text;
	enum rc rc = keys_unseal(v->db, l->patient, letter_bound(l->invoice, l->nth), l->sealed, &text, p);
	if (rc == RC_OK)
		rc = json_parse(arena_str(v->arena, text), v->arena, &body, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_patient(out, l->patient, TIER_IDENTITY);
	rows_col_i64(out, "no", l->no);
	rows_col_i64(out, "nth", l->nth);
	rows_col(out, "day_on", l->day);
	rows_col_i64(out, "at", l->at_ms);
	rows_col_i64(out, "year", l->year);
	rows_col_i64(out, "number", l->number);
	rows_col(out, "invoiced_on", l->invoiced);
	rows_col_i64(out, "amount_cents", l->amount);
	rows_col_i64(out, "paid_cents", l->paid);
	rows_col_i64(out, "credited_cents", l->credited);
	rows_col_i64(out, "refunded_cents", l->refunded);
	rows_col_i64(out, "due_cents", l->due);
	static const char *const KEPT[] = { "to", "line", "town", "site", "finess", "words" };
	for (size_t i = 0; i < N_OF(KEPT); i++)
		col(out, KEPT[i], json_get_text(body, KEPT[i]));
	return RC_OK;
}

/*
 * "reminder_batch": batch. Set "letters", in the order in which they were written: no, nth, day_on, at, year, number, invoiced_on, amount_cents, paid_cents, credited_cents, refunded_cents, due_cents, to, line, town,
 * site, finess, words: as they stood. Set "letters_page": n (of the batch), left (letters to persons whom no fact joins to the reader: each is opened in its own record). NOT_FOUND: none of this establishment.
 */
static enum rc batch_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct letter_row *at = arena_array(v->arena, BATCH_MOST, sizeof *at);
	struct str here;
	struct fact f;
	size_t n = 0;
	int64_t left = 0;
	bool row = false;
	enum rc rc = at ? billing_establishment(v->db, v->arena, v->who->unit, &here, p) : arena_rc(v->arena, p);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_REMINDER_BATCH_GET);
	db_bind_i64(s, 1, billing_i64(v->args, "batch"));
	if (rc == RC_OK)
		rc = db_step(s, &row, p);
	bool mine = rc == RC_OK && row && str_is(db_text(s, 0), here);
	db_reset(s);
	if (rc == RC_OK && !mine)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "batch", "none of this establishment");
	if (rc == RC_OK)
		rc = letters_read(v->db, v->arena, ST_HOSPITAL_REMINDER_OF_BATCH, billing_i64(v->args, "batch"), at, BATCH_MOST, &n, p);
	rows_set(out, "letters");
	/* BARRIER: named are those only whom a fact of somebody else joins to the reader now. */
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		if (relation_find(v->db, v->who, at[i].patient, v->now_ms, &f) && f.made_by != v->who->account)
			rc = row_letter(v, out, &at[i], p);
		else
			left++;
	}
	rows_set(out, "letters_page");
	rows_row(out);
	rows_col_i64(out, "n", (int64_t)n);
	rows_col_i64(out, "left", left);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "reminders_of": patient, no (of an invoice), letter (optional: this one alone). Set "letters" as above, of the patient's part of this invoice. */
static enum rc of_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct letter_row *at = arena_array(v->arena, SHOWN, sizeof *at);
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient")), only = billing_i64(v->args, "letter");
	size_t n = 0;
	enum rc rc = at ? letters_read(v->db, v->arena, ST_HOSPITAL_REMINDER_OF_INVOICE, billing_i64(v->args, "no"), at, SHOWN, &n, p) : arena_rc(v->arena, p);
	rows_set(out, "letters");
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (at[i].patient == patient && (!only || at[i].no == only))
			rc = row_letter(v, out, &at[i], p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct field MAKE_FIELDS[] = {
	{ .name = "form", .label = "Form", .kind = FIELD_TOKEN, .min = 8, .max = 100, .required = true },
	{ .name = "days", .label = "Days", .kind = FIELD_INT,   .min = 0, .max = 3650, .required = true },
	FIELDS_END,
};
static const struct field WORDING_FIELDS[] = {
	{ .name = "from",  .label = "From",  .kind = FIELD_DATE,  .required = true },
	{ .name = "words", .label = "Words", .kind = FIELD_LINES, .max = WORDS_MOST, .required = true },
	{ .name = "code",  .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};

const struct view reminder_views[] = {
	{ .name = "reminders",      .may = MAY_BILL, .reveals = REVEALS_WORK_LIST,   .run = list_view },
	{ .name = "reminder_batch", .may = MAY_BILL, .reveals = REVEALS_MANY,        .run = batch_view },
	{ .name = "reminders_of",   .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .run = of_view },
	{ .name = NULL },
};
const struct act reminder_acts[] = {
	{ .name = "reminders_make",       .may = MAY_BILL, .reveals = REVEALS_META, .fields = MAKE_FIELDS,    .run = make_run },
	{ .name = "reminder_wording_add", .may = MAY_BILL, .reveals = REVEALS_META, .fields = WORDING_FIELDS, .fresh = true, .run = wording_add_run }, /* words on letters that leave the house: a stolen session does not change them */
	{ .name = NULL },
};
