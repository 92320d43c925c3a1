/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/export.h: exports by two people (SECURITY 7.5): what a ticket is, who may approve and take it, whom it holds, and how a line of it is written.
 * A ticket's hash covers all that it says and the patients that were found when it was asked for; every approval repeats it, and it is reckoned anew when the
 * export is taken. Called by the gate (ticket.c, stream.c) and the files export*.c of this room. Start at struct export_ticket and export_judge.
 */
#ifndef HYGIE_HOSPITAL_EXPORT_H
#define HYGIE_HOSPITAL_EXPORT_H

#include "base/map.h"
#include "hospital/hospital.h"
#include "codec/mark.h"
#include "codec/sha.h"

#define EXPORT_LEAST 51              /* patients: fewer need no ticket, and their number is not told; but charts of closed establishments, by their ids (export_of_closed) */
#define EXPORT_TWO 1000              /* above: two approvals, one of the DPO or the RSSI (the house has no role for the medical information department) */
#define EXPORT_COOL 10000            /* above: EXPORT_COOL_MS pass between the last approval and the taking */
#define EXPORT_COOL_MS (4 * 3600 * INT64_C(1000))
#define EXPORT_SPECIAL_TOLD 11       /* of specially sensitive charts fewer are said to be few: two counts of nearly the same people would else tell of one (SECURITY 7.10, k of 11) */
#define EXPORT_DAY_MS (24 * 3600 * INT64_C(1000))
#define EXPORT_APPROVALS 5           /* of one person in 24 hours */
#define EXPORT_COUNTS 20             /* cohorts that one person may count in 24 hours */
#define EXPORT_MOST 2000000          /* patients */
#define EXPORT_TYPES 400             /* bytes of the list of types */

struct export_ticket {
	int64_t no;
	uint32_t account, machine;
	enum role role;
	struct str unit, kind, types, purpose, cohort, group, recipient;
	int64_t asked_ms, until_ms, patients, ready_ms, started_ms, rows, number, ended_ms, fetched_ms, gone_ms, special; /* of the patients, how many held specially sensitive data when it was asked for */
	struct str ended;
	uint32_t ended_by;
	unsigned char cohort_hash[SHA_LEN], hash[SHA_LEN];
};
struct export_approval { uint32_t account; enum role role; struct str unit; int64_t at_ms; unsigned char hash[SHA_LEN]; };
#define EXPORT_APPROVED_MOST 4
struct export_approvals { struct export_approval at[EXPORT_APPROVED_MOST]; unsigned n; };

/* SEALED: the files are made and wait to be fetched; DELIVERED: they were. CUT: it ended on the way (a crash, its time, somebody who was stopped): what went is counted. */
enum export_state { EXPORT_ASKED, EXPORT_APPROVED, EXPORT_COOLING, EXPORT_READY, EXPORT_RUNNING, EXPORT_SEALED, EXPORT_DELIVERED, EXPORT_REFUSED, EXPORT_CANCELLED, EXPORT_CUT, EXPORT_EXPIRED, EXPORT_STATES };
const char *export_state_word(enum export_state s);          /* "asked" … */
enum export_state export_state(const struct export_ticket *t, unsigned approvals, int64_t now_ms);
unsigned export_needs(const struct export_ticket *t);        /* approvals: two above EXPORT_TWO patients, and where any holds specially sensitive data (SECURITY 7.5) */

/* RC_NOT_FOUND. Strings live in the arena. */
enum rc export_find(struct db_conn *c, struct arena *a, int64_t no, struct export_ticket *t_r, struct problem *p) CHECKED;
enum rc export_row(struct db_conn *c, struct db_stmt *s, struct arena *a, struct export_ticket *t_r, struct problem *p) CHECKED; /* of a statement that gives the columns of HOSPITAL_EXPORT_GET; purpose and cohort stay empty until export_read */
enum rc export_approved(struct db_conn *c, struct arena *a, int64_t no, struct export_approvals *k_r, struct problem *p) CHECKED;
void export_hash(const struct export_ticket *t, unsigned char hash[SHA_LEN]);

/*
 * Whom a cohort holds now: a search query of Patients ("birthdate=lt1950-01-01&gender=female"), judged as a search of that role is, or "Group/id". Ascending, each
 * once; or a file of the PMSI of a month ("PMSI/rum/ESTABLISHMENT/2026-11", pmsi.h: whether who asks may is asked before). *group_r: the Group's id, empty for a query. RC_BAD_INPUT EXPORT_COHORT or what the search says; DENIED for parameters that the role does not see.
 */
enum rc export_freeze(struct db_conn *c, struct arena *a, const struct judge *j, enum role role, struct str cohort, const int64_t **at_r, size_t *n_r, struct str *group_r, struct problem *p) CHECKED;
/*
 * Does a cohort name charts of closed establishments by their ids, and nothing else ("_id=…"), at and n being whom it holds? Such a ticket may be for one patient (decisions/0040), and its count is
 * told: by ids alone it says of nobody more than that the chart is closed.
 */
enum rc export_of_closed(struct db_conn *c, struct arena *a, struct str cohort, const int64_t *at, size_t n, bool *is_r, struct problem *p) CHECKED;
/* Whom a ticket holds, as it was frozen. RC_DENIED EXPORT_CHANGED when it is not what was approved. */
enum rc export_cohort(struct db_conn *c, struct arena *a, const struct export_ticket *t, const int64_t **at_r, size_t *n_r, struct problem *p) CHECKED;
/*
 * Is the ticket still the one that was asked for and approved, by people who still may and who are not stopped? whole: the cohort is read and hashed again too.
 * RC_DENIED EXPORT_CHANGED, EXPORT_CLOSED, EXPORT_FROZEN, EXPORT_EXPIRED; RC_CONFLICT EXPORT_WAITS. Looks not at whether it has begun or is over.
 */
enum rc export_judge(struct db_conn *c, struct arena *a, const struct judge *j, const struct export_ticket *t, int64_t now_ms, bool whole, struct problem *p) CHECKED;

/* May who acts have the sealed files now? NOT_FOUND not theirs; CONFLICT EXPORT_OVER; DENIED EXPORT_EXPIRED, EXPORT_FROZEN. */
enum rc export_may_fetch(struct db_conn *c, struct arena *a, const struct judge *j, const struct actor *who, int64_t no, int64_t now_ms, struct export_ticket *t_r, struct problem *p) CHECKED;

/* ---- on the writer, for gate/stream.c ---- */
enum rc export_running(struct db_conn *c, int64_t *no_r, struct problem *p) CHECKED;   /* the first that was taken and is not over; 0 none. On any connection */
/* One that was never taken and whose time is over; 0 none. On any connection. */
enum rc export_spoiled(struct db_conn *c, int64_t now_ms, int64_t *no_r, struct problem *p) CHECKED;
enum rc export_went(struct db_conn *c, int64_t no, int64_t rows, int64_t number, struct problem *p) CHECKED;
/* Where a run stands: which type, which of the cohort, what of the chart was done, which own canary is next. */
struct export_place { unsigned type; int64_t at, after, own; };
struct export_file { unsigned part; struct str type; int64_t rows, bytes; unsigned char sha256[SHA_LEN]; struct export_place next; /* behind it */ };
enum rc export_file_add(struct db_conn *c, int64_t no, const struct export_file *f, struct problem *p) CHECKED;
/* what: "sealed", "refused", "cancelled", "cut", "expired"; by 0: nobody. Nothing when it is over already. Whom it held is dropped, but of what was sealed: a copy that turns up is joined to it by that. */
enum rc export_over(struct db_conn *c, int64_t no, const char *what, int64_t at_ms, uint32_t by, struct problem *p) CHECKED;
enum rc export_files(struct db_conn *c, struct arena *a, int64_t no, struct export_file **at_r, size_t *n_r, struct problem *p) CHECKED;

/* ---- an export's own canaries (export_own.c) ---- */
#define EXPORT_OWN 44                /* of so many 99 % of the leaks of a tenth hold one (SECURITY 7.6) */
#define EXPORT_OWN_LEAST 3
#define EXPORT_OWN_SHARE 20          /* one for so many patients, within those two */
struct export_own { int64_t before; /* the patient before whom its line stands */ struct str id, body; };
/*
 * On the writer, when an export begins: people made of the names of the house's canaries and of places and dates that the cohort has, kept with the ticket, sealed. One
 * more in the place of each canary of the house that the cohort holds, which itself is left out. A base without canaries gives none.
 */
enum rc export_own_make(struct db_conn *c, int64_t no, const int64_t *who, size_t n, const struct map64 *canaries, struct problem *p) CHECKED;
/* By `before`, ascending. */
enum rc export_own_read(struct db_conn *c, struct arena *a, int64_t no, struct export_own **at_r, size_t *n_r, struct problem *p) CHECKED;
/* Every export whose files were handed over or may be, ascending. */
enum rc export_sealed(struct db_conn *c, struct arena *a, const int64_t **at_r, size_t *n_r, struct problem *p) CHECKED;

/* ---- lines (export_rows.c) ---- */
struct export_set { const char *code, *label /* English msgid */, *type /* a line is one of these; "Patient": one a person */, *head /* NULL: no head and no marks: lines of a file of the PMSI (pmsi.h), whose places are fixed */; };
extern const struct export_set export_sets[];                /* ended by code NULL; the kind "fhir" is none of these */
const struct export_set *export_set_of(struct str kind);     /* NULL: fhir */
extern const struct choice export_kinds[];                   /* the sets and "fhir" */
/* What a file is marked with, so that a copy that turns up can be told from another: the export's number and a key of the house, the same for all. */
void export_mark_of(int64_t no, struct mark *m_r);
/* A Patient of NDJSON with its marks: town, telephone, street line, the order of birthDate and gender; all else byte for byte. In the arena. */
enum rc export_person(struct arena *a, const struct mark *m, struct str id, struct str body, struct str *marked_r, struct problem *p) CHECKED;
/* Any other resource: by the order of id and meta, drawn for its subject; of none: as it was. */
enum rc export_resource(struct arena *a, const struct mark *m, struct str body, struct str *marked_r, struct problem *p) CHECKED;
bool export_subject(const struct json *resource, struct str *id_r); /* subject or patient, when it is a Patient: whose mark a resource carries */
/* A CSV line (RFC 4180) of a set: patient: the person's resource as the role sees it, and its id; one: the line's own resource, NULL for a set of type Patient. */
enum rc export_line(struct db_conn *c, struct arena *a, const struct export_set *set, const struct mark *m, struct str id, const struct json *patient, const struct json *one, struct buf *out, struct problem *p) CHECKED;
#endif
