/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/hospital.h: the rules of the house as const rows: views (named reads) and acts (transactions), one file a matter
 * (account.c, relation.c, identity.c, chart.c, worklist.c, review.c …), and the live facts that join a person to a patient.
 * No HTTP, no HTML, no session, no decision about access: the gate calls these after it has decided. Start at struct view and struct act.
 */
#ifndef HYGIE_HOSPITAL_HOSPITAL_H
#define HYGIE_HOSPITAL_HOSPITAL_H

#include "base/rights.h"
#include "base/rows.h"
#include "codec/form.h"
#include "record/record.h"

/*
 * Conventions of every view's columns: names ending in _at are instants (ms since 1970 UTC), in _on dates (YYYY-MM-DD, or shorter as recorded); a column
 * that is not known is absent. "id" is the FHIR id. Flags are "1" or absent. Each view's sets and columns are listed above its function.
 * Lists (work lists, masked lines) carry TIER_MASKED marks, opened charts TIER_IDENTITY or TIER_CLINICAL.
 */
/* Who acts: resolved by the gate from the session, never from what a caller claims. */
#define ACTOR_UNITS 8
#define ACTOR_CALLS 4
enum work { WORK_OF_ROLE, WORK_EMERGENCY /* an emergency unit, replacements: its own budgets (SECURITY 7.3) */ };
struct on_call { struct str unit; int64_t from_ms, until_ms; }; /* on somebody else's list (entrust.c) */
enum factor { FACTOR_CODE, FACTOR_KEY, FACTOR_ACTIVATION }; /* stored: password and code; a passkey; a one-time code (recovery.h), which opens the making of a key only */
struct actor {
	uint32_t account;               /* account.no; 0 nobody */
	enum role role;
	struct str login, name, lang;
	struct str practitioner;        /* FHIR id of the Practitioner, empty when none */
	int64_t practitioner_rid;
	struct str unit;                /* FHIR id of the Organization (functional unit) worked in now */
	struct str units[ACTOR_UNITS]; unsigned n_units;   /* units the account may work in */
	enum work work;
	struct on_call calls[ACTOR_CALLS]; unsigned n_calls; /* that hold now or begin within a day: each is asked for its hours */
	uint64_t session;               /* short number */
	enum factor factor;             /* by which the session came in, or was unlocked or proven last */
	bool machine;
	bool blind;                     /* a machine whose ticket lets it write, not read */
	bool cohort;                    /* a machine held to its cohort: the patients that facts join it to, as a person */
};

/* What the gate alone knows and a rule of the house may have to ask (export.c). Any thread, also the writer's: quick, waits for nothing. */
struct judge {
	void *of;
	bool (*stopped)(void *of, uint32_t account);                     /* by the ladder, until a second person ends it */
	uint32_t (*may)(enum role role);
	bool (*sees)(enum role role, uint16_t type);                     /* anything of it */
	enum rc (*filters)(enum role role, struct plan *plan, struct problem *p); /* DENIED: a condition looks at what the role does not see */
};

struct args { const struct pair *at; size_t n; };
struct str args_get(const struct args *a, const char *name);

struct view_ctx { struct db_conn *db; const struct actor *who; const struct args *args; struct arena *arena; int64_t now_ms; uint32_t limit; const struct judge *judge; };
struct view {
	const char *name;
	uint32_t may;                                /* any of these rights suffices */
	enum reveals reveals;
	/* REVEALS_MASKED: a work list that goes on after the argument of this name. Its first page is what waits for these people, no search for persons; each page after it counts as one. NULL: no work list. */
	const char *work_after;
	/* REVEALS_ONE_PATIENT: the argument "patient" (FHIR id) names whom; the gate resolves and decides before run. */
	enum rc (*run)(struct view_ctx *v, struct rows *out, struct problem *p);
};

struct act_ctx { struct db_conn *db; int64_t txn; const struct actor *who; const struct args *args; struct arena *arena; int64_t now_ms; void *prepared; const struct judge *judge; };
struct act_note { char text[64]; size_t n; int64_t rows; };
struct act_refused { uint32_t account; /* whose name it came under, proven or not; 0 nobody's */ const char *reason; /* a literal */ };
struct act {
	const char *name;
	uint32_t may;
	enum reveals reveals;                        /* of its result rows; ONE_PATIENT: argument "patient" is decided first */
	const struct field *fields;                  /* declared arguments, FIELDS_END; checked by the gate before anything */
	bool fresh;                                  /* asks for a fresh proof, which the gate checks and spends: argument "code" of the second factor, or "passkey" instead (ASVS 5.0, 7.5.3) */
	bool key;                                    /* gives rights or takes a limit back: by a session that a passkey opened only (ASVS 5.0, 6.3.3) */
	bool ends;                                   /* done, it ends all sessions of who acts */
	bool notes;                                  /* what prepare leaves begins with a struct act_note, which goes into the entry of its intent */
	bool slow;                                   /* prepare takes long: off the gate's workers */
	bool refusals;                               /* what prepare leaves with BAD_INPUT is a struct act_refused, which goes into the ledger: for acts of anybody, who has no session to be named by */
	bool ends_named;                             /* done, it ends all sessions of the account that the argument "login" names */
	bool ends_session;                           /* done, it ends the session that the argument "session" names: the act saw to it whose that is */
	/* Optional: off the writer, on a snapshot: parse, check, compute (hash a password, record_prepare). prepared_r lives in the arena. */
	enum rc (*prepare)(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p);
	/* On the writer, in its savepoint; re-runnable; touches nothing outside the database and out. NULL: the act is done by prepare (nothing to write). */
	enum rc (*run)(struct act_ctx *x, struct rows *out, struct problem *p);
};
/* The registries: one const array a file (its last row has no name), gathered in tables.c (the last array is NULL). */
extern const struct view *const hospital_views[];
extern const struct act *const hospital_acts[];
const struct view *view_find(struct str name);
const struct act *act_find(struct str name);
/* On the writer: runs it, and then what follows from what it wrote, once all of it stands: orders end with their stay, or come back with it (discharge_end.c). */
enum rc act_carry_out(const struct act *act, struct act_ctx *x, struct rows *out, struct problem *p) CHECKED;

/* Before the first write of a process: what every body is held to and marked with (record_rule_set, record_mark_set). */
void hospital_rules(void);
enum rc hospital_open(struct db *db, struct problem *p) CHECKED;    /* the rules, and the record's watch: relations are kept in the same transaction as the record */

/* ---- live facts (relation.c): table relation(patient, who, kind, since_ms, until_ms, made_by), derived from Encounter, Appointment, Patient.generalPractitioner,
 * MedicationRequest.requester, Observation.performer, DocumentReference.author, Task… in the writer's transaction. SECURITY 7.2. ---- */
enum fact_kind {
	FACT_PRESENT = 1, FACT_APPOINTMENT, FACT_AUTHOR, FACT_TREATING, FACT_ASKED, FACT_PLACE /* names a place: joins nobody, tells what to look at anew when the place changes */,
	FACT_TRANSFER /* a move to my unit that was announced */,
	FACT_ON_CALL, FACT_HANDED /* never stored there: what another person entrusted me with (entrust.c) */
};
struct fact { enum fact_kind kind; int64_t since_ms, until_ms; uint32_t made_by; /* account that made the fact; 0 import or device */ };
/*
 * The best live fact that joins the actor (its present unit and its practitioner) to a patient at now: present in my unit now or within 48 h; an appointment with me or
 * my unit within 7 days either side; I wrote, ordered or am asked, a task or a result waits for me or my unit; a move to my unit is announced; I am the treating
 * physician. Where that finds nothing that another made: I am on call for the patient's unit, or a colleague handed the patient over. Facts made by another identity come
 * before self-made ones. False when none. Cost: one range read of the patient's facts (typically < 20 rows); one more for each unit on call, and a probe, where it found none.
 */
bool relation_find(struct db_conn *c, const struct actor *who, int64_t patient, int64_t now_ms, struct fact *best_r);
/* The actor's explained set now: sorted surrogates, at most max (RC_LIMIT above). For searches. */
enum rc relation_set(struct db_conn *c, const struct actor *who, int64_t now_ms, uint32_t max, struct arena *a, const int64_t **at_r, size_t *n_r, struct problem *p) CHECKED;
/* Whoever lets a person write to the record (an act, the API) says first who it is, on the writer's thread, and 0 again after: facts that follow
 * from the write are then made by that account. Import, jobs and demo leave it 0. */
void relation_writer_set(uint32_t account);
uint32_t relation_writer(void); /* 0: nobody's */
/* Fills the table anew in one pass over the record, and the people known (known.c) after it: after a bulk load (which has no watch), and as an operator's verb. */
enum rc relation_rebuild(struct db *db, struct record_progress *g, struct problem *p) CHECKED;
/* Goes on with a rebuild that was cut, in the indexes or after them; nothing when none was (record_rebuild_due). RETRY STOPPED when g said stop. */
enum rc hospital_resume(struct db *db, struct record_progress *g, struct problem *p) CHECKED;
/* How long a stay explains after its end, and an appointment on either side (SECURITY 7.2). */
#define RELATION_AFTER_STAY_MS (48 * 3600 * INT64_C(1000))
#define RELATION_APPOINTMENT_MS (7 * 24 * 3600 * INT64_C(1000))
#define RELATION_TRANSFER_MS (48 * 3600 * INT64_C(1000))      /* a move, either side of the hour that was announced */
#define RELATION_HANDED_MS (24 * 3600 * INT64_C(1000))        /* a hand-over by a colleague: the shift to come */
#define RELATION_FOR_EVER INT64_MAX

/* On the writer, before record_erase: the line of a person among the people known goes, and what facts say of the birth date. */
enum rc patient_forget(struct db_conn *c, int64_t patient, struct problem *p) CHECKED;

/* ---- reasons that wait for review (review.c) ---- */
#define REVIEW_SORTED 50 /* so many of the oldest are sorted by their marks; a cursor of "review_list" is the number after which they begin, times this, and how many of them were shown */

/* ---- accounts (account.c) ---- */
struct account {
	uint32_t no; enum role role; bool disabled; int64_t until_ms, seen_ms; /* last sign-in, or when it was opened (again) */
	struct str login, name, lang, practitioner, unit; struct str units[ACTOR_UNITS]; unsigned n_units; int64_t practitioner_rid;
	struct str password;   /* libsodium Argon2id string */
	uint32_t patients;     /* of a machine's ticket: distinct ones a day; 0 no number of its own */
	enum work work; struct on_call calls[ACTOR_CALLS]; unsigned n_calls;
};
enum rc account_by_login(struct db_conn *c, struct str login, struct arena *a, struct account *acc_r, struct problem *p) CHECKED;
enum rc account_by_no(struct db_conn *c, uint32_t no, struct arena *a, struct account *acc_r, struct problem *p) CHECKED;
bool account_is_emergency(enum work work, const struct on_call *calls, unsigned n_calls, int64_t now_ms); /* an emergency unit, a replacement, or on call now */
bool account_is_open(const struct account *acc, int64_t now_ms);  /* a person's, neither disabled nor over */
struct rules;
bool account_is_asleep(const struct account *acc, const struct rules *rules, int64_t now_ms); /* nobody signed in for as long as the rules allow (account_life.c) */
bool login_is_shared(struct str login);                           /* names a place or a job and nobody: "urgences2", "ide.nuit" */
/* Second factors are a table (account, kind, secret, state): TOTP now. RC_DENIED when the code is wrong or its time step was used before; step_r to be stored on success. */
enum rc factor_check_totp(struct db_conn *c, uint32_t account, struct str code, int64_t now_ms, int64_t *factor_r, int64_t *step_r, struct problem *p) CHECKED;
/* New account: used by user add, demo, tests (inside the writer). */
struct account_new { struct str login, name, password_hash, lang, practitioner, unit; const struct str *units; unsigned n_units; enum role role; enum work work; int64_t until_ms; /* last moment of the contract; 0 none */ struct str totp_secret; /* raw bytes */ };
enum rc account_add(struct db_conn *c, const struct account_new *n, uint32_t *no_r, struct problem *p) CHECKED;
bool practitioner_exists(struct db_conn *c, struct str practitioner); /* FHIR id of a Practitioner of the record */
/* Machine accounts: token hash and ticket (cohort "all" only with kind demo). until_ms of the account is the end of the token where that is sooner. */
enum rc machine_by_token(struct db_conn *c, struct str token, int64_t now_ms, struct arena *a, struct account *acc_r, bool *cohort_all_r, uint32_t *api_may_r, struct problem *p) CHECKED;

/* Stores the step of a code that opened (on the writer). RC_DENIED when that step or a later one was stored meanwhile: the same code twice at once. */
enum rc factor_used(struct db_conn *c, int64_t factor, int64_t step, struct problem *p) CHECKED;
/* cohort_all only in a demo: the caller answers for it. */
enum rc machine_ticket_add(struct db_conn *c, uint32_t account, struct str token, bool cohort_all, uint32_t api_may, int64_t until_ms, struct problem *p) CHECKED;
/* Grows with each change of an account, its units, factors or password: a session whose epoch is old reads its account again. One index probe. */
int64_t account_epoch(struct db_conn *c);
bool unit_exists(struct db_conn *c, struct str unit);
/* The unit last worked in, kept for the next sign-in. RC_DENIED when it is none of the account's units. */
enum rc account_unit_remember(struct db_conn *c, uint32_t account, struct str unit, struct problem *p) CHECKED;

/* ---- break-glass (review.c): one grant is one account, one patient, one span of time ---- */
extern const struct choice break_glass_reasons[];       /* ends with code NULL */
#define BREAK_GLASS_MS (4 * 3600 * INT64_C(1000))       /* a grant's default span */
#define BREAK_GLASS_TEXT 500                            /* bytes of the typed reason */
struct glass { int64_t no; uint32_t account; int64_t patient; struct str unit, reason, text; int64_t at_ms, until_ms; uint32_t cosigned_by; /* 0: nobody */ };
enum rc break_glass_add(struct db_conn *c, const struct glass *g, int64_t *no_r, struct problem *p) CHECKED; /* on the writer; no is ignored. BAD_INPUT: unknown reason */
bool break_glass_live(struct db_conn *c, uint32_t account, int64_t patient, int64_t now_ms, int64_t *until_r);

/* ---- proofs and stops of the ladder (stop.c) ---- */
#define PROOF_TEXT 300                                  /* bytes of what is typed */
struct proof_given { uint32_t account; int64_t at_ms; struct str reason /* "unit", "emergency", "other" */, unit, text, sealed; };
extern const struct choice proof_reasons[];             /* ends with code NULL */
enum rc proof_add(struct db_conn *c, const struct proof_given *g, struct problem *p) CHECKED; /* on the writer; text is kept as sealed (SEALS_PROOF, at_ms, account) */

/* ---- « plan blanc » (plan_blanc.c): the act "plan_sign" by a second person is what the gate folds ---- */
#define PLAN_MS (12 * 3600 * INT64_C(1000))             /* how long a signed plan lasts */
#define PLAN_ASKED_MS (2 * 3600 * INT64_C(1000))        /* how long one that was asked for may be signed */

/* ---- access index (review.c): the ledger's disclosures by patient and by account. Filled by the gate from durable entries, in order. ---- */
struct access_row {
	uint64_t number; int64_t at_ms; int64_t patient; /* 0: an entry of no patient (refusal, stop) */
	uint32_t account; enum role role; struct str unit; unsigned char kind /* enum ledger_kind */, surface, explain, rc; struct str route;
	enum tier tier; bool draw; /* of this patient in this entry; not stored: what is to be reviewed is drawn by them (special_review.c) */
};
/* Is there an open line for this patient among those to be told (tell.c), and one that somebody else than account made? Explains an opening by who is to tell the person. */
bool tell_waits(struct db_conn *c, int64_t patient, uint32_t account, bool *of_another_r);
enum rc access_index_put(struct db_conn *c, const struct access_row *row, struct problem *p) CHECKED;   /* twice the same changes nothing */
uint64_t access_indexed(struct db_conn *c);                                                             /* last ledger number indexed */
enum rc access_indexed_set(struct db_conn *c, uint64_t number, struct problem *p) CHECKED;

/* ---- places of birth by INSEE code: filled by demo and import ---- */
enum rc place_put(struct db_conn *c, struct str code, struct str name, struct problem *p) CHECKED;

/* The internal identifier (IPP) that patient_create gives: system and shape ("H" and digits). */
#define HOSPITAL_IPP_SYSTEM "urn:hygie:ipp"

/* ---- the INS number (ins.c; RNIV, FR Core PatientINS): kept on RECUP and QUAL identities only, told when QUAL only ---- */
/* Of a resource and what it contains. RC_BAD_INPUT INS_STATUS with the element; IDENTITY_ATTRIBUTES: a doubtful or fictive identity that is not provisional, or both; MASKED: what was read masked is written back. */
enum rc ins_check(const struct json *resource, struct arena *a, struct fhir_issue **issues_r, struct problem *p) CHECKED;
/* The mark that the record keeps with a body: INS_NOTHING_HIDES when ins_veil would change nothing in it. */
enum { INS_UNKNOWN, INS_NOTHING_HIDES };
unsigned char ins_mark(const struct json *resource);
/*
 * A body (of any resource, or a Bundle) as it may leave: body itself where there is nothing to hide. mark: of record_row, or INS_UNKNOWN. Cost: nothing when the
 * mark says so; else one search through the text, and a parse where an INS is.
 */
enum rc ins_veil(struct str body, unsigned char mark, struct arena *a, struct str *out_r, struct problem *p) CHECKED;

/* ---- who may this be (match.c; FHIR $match): candidates for the person that a Patient describes, best first ---- */
enum match_grade { MATCH_POSSIBLE, MATCH_PROBABLE, MATCH_CERTAIN };
#define MATCH_LINES 10
struct match_line { int64_t patient; struct str id; int score; /* per cent */ enum match_grade grade; };
/* RC_BAD_INPUT SEARCH_NEEDS_DATE: neither a whole birth date with a name nor an identifier. Knows no right: whoever calls shows them masked or judges each. */
enum rc match_find(struct db_conn *c, struct arena *a, const struct json *patient, int64_t now_ms, struct match_line out[MATCH_LINES], unsigned *n_r, struct problem *p) CHECKED;
/* One row as a masked line: id, masked, birth_year, sex, status, score, grade. */
enum rc match_masked(struct db_conn *c, struct arena *a, const struct match_line *m, struct rows *out, struct problem *p) CHECKED;
const char *match_grade(enum match_grade grade);          /* FHIR's code */

/* ---- two records of one person (merge.c), and who works on identities (identity_cell.c) ---- */
#define MERGE_MOST 8                                     /* joined to one record */
int64_t merge_kept(struct db_conn *c, int64_t patient);  /* the record that this one is joined to; else itself */
unsigned merge_group(struct db_conn *c, int64_t patient, int64_t at[MERGE_MOST]); /* all records of the same person but this one; 0: it is joined to nobody */
/*
 * Is this the chart of a closed establishment (closed_chart.c)? Of joined records: are all of them? No fact opens one; to the gate an emergency does, and a ticket by two people, and nothing
 * else. One probe once any establishment was closed since the base was opened, nothing before.
 */
bool closed_chart_is(struct db_conn *c, int64_t patient);
/* Is the account of the identity cell, and does something about this patient wait for the cell (a request to merge, a suspected collision, an answer of INSi)? *of_another_r: somebody
 * else made it. Explains an opening by who is to look. */
bool cell_waits(struct db_conn *c, int64_t patient, uint32_t account, bool *of_another_r);
/* ---- the national identity service (insi.c): "simulator"; "off" or empty: none. false: no such service. At opening. ---- */
bool insi_use_named(struct str name);

/* Masking: initials, birth year, sex (T0). */
void mask_name(struct buf *out, struct str family, struct str given);
#endif
