/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/gate.h: THE WAIST, and the only door to everything below. Whatever leaves the house about a patient left through here:
 * 1 resolve the session and authorise, 2 run the read or act under its limit, 3 price it, 4 append to the ledger and take the charge, wait for the flush,
 * 5 only then hand it over. Refusals are recorded before they are told.
 * A caller describes what it wants in an `asks` (a flat value), posts it, and gets a `release` (a flat value only the gate can make). Nothing else crosses.
 * Names only base and fhir types. Callers: front (pages, api), job, cli. Start at struct gate_call.
 */
#ifndef HYGIE_GATE_GATE_H
#define HYGIE_GATE_GATE_H

#include "base/arena.h"
#include "base/rights.h"
#include "base/rows.h"

struct gate;

enum surface { SURFACE_PAGE = 1, SURFACE_API, SURFACE_PRINT, SURFACE_IMPORT, SURFACE_CLI, SURFACE_JOB };

/* ---- asks: what one request wants, in one flat buffer. One optional act first, then reads; all one snapshot, one decision, one ledger entry. ---- */
struct asks { struct buf flat; unsigned n; };
void asks_init(struct asks *a);
void asks_done(struct asks *a);
/* A named view of hospital/ (see its table): rows arrive under the view's set names prefixed by nothing; name is only for problems. Then ask_arg. */
void ask_view(struct asks *a, const char *view);
void ask_arg(struct asks *a, const char *name, struct str value);      /* argument of the last view or act; repeatable */
/* A named act. At most one a call, before the reads. */
void ask_act(struct asks *a, const char *act);
/* FHIR reads. Rows: set = name; columns "type" "id" "version" "updated" (RFC 3339) "deleted" "body" (whole JSON). */
void ask_read(struct asks *a, const char *name, struct str type, struct str id);
void ask_vread(struct asks *a, const char *name, struct str type, struct str id, struct str version);
void ask_history(struct asks *a, const char *name, struct str type, struct str id, uint32_t limit, uint32_t before_version);
/* query: raw query string as received ("name=dur&birthdate=1957-02-14"). A row of set "<name>.page" has columns "next" (cursor), "total", "self", "cut" ("1": more would have been
 * included). A row that was included has column "mode" = "include". */
#define SEARCH_LENIENT 0x80000000u /* or-ed to limit: a parameter unknown by name is left out, and out of "self", instead of refused */
void ask_search(struct asks *a, const char *name, struct str type, struct str query, uint32_t limit);
/* The same for a screen: columns are the display texts of the top-level elements ("code", "code.code" = first code, "clinicalStatus", "onset", "recordedDate" …), no body. */
void ask_plan(struct asks *a, const char *name, struct str type, struct str query, uint32_t limit);
/*
 * Wider FHIR reads; rows and page as of ask_search, query: raw query string. compartment: resources of one type that are of one patient. everything: the patient
 * and all of it, by type, and of the house what these name (mode "include"); with_patient false: the chart only (a compartment's "*"). stay: an Encounter, its
 * Patient, what of the chart names it, and of the house what these name. lastn: the newest Observations of each code (max=). match: people
 * likely to be the Patient of body (Parameters or Patient): column "score" (per cent), "grade"; for a person masked lines, counted as a search.
 * changes: versions of all resources of a type, newest first; type empty: of all types. Columns "method" and "created" beside those of ask_history.
 */
void ask_compartment(struct asks *a, const char *name, struct str type, struct str patient, struct str query);
void ask_everything(struct asks *a, const char *name, struct str patient, struct str query, bool with_patient);
void ask_stay(struct asks *a, const char *name, struct str encounter, struct str query);
void ask_lastn(struct asks *a, const char *name, struct str query);
void ask_match(struct asks *a, const char *name, struct str body);
void ask_changes(struct asks *a, const char *name, struct str type, struct str query);
/*
 * What a page's form said, as one text, after all other asks; pages of who is signed in only. It is no read and no act: nothing becomes of it unless the call is refused because the session
 * is locked or over. Then the refusal has set "kept": text, sealed for the account whose session it was, for pages to carry to "unlock" or "sign_in". form: the token that the form carried,
 * by which a session that was signed out is known when the browser has no cookie any more. Nothing is kept of a session that nobody knows.
 */
#define KEEP_MAX      32768 /* bytes of a text */
#define KEEP_FORM_MAX 64
#define KEPT_MAX      44000 /* characters of a sealed one, base64url */
void ask_keep(struct asks *a, struct str form, struct str text);

/* ---- entering (all by acts that need no session or their own): names and arguments ----
 * "sign_in"  login, password, code            → set "session": token, csrf_seed, role, login, name, needs ("" or "second_factor")
 * "passkey_ask" for (sign_in, unlock, prove, fresh, cosign, register; the last with a fresh proof: code or passkey) → sets "challenge", "keys" (gate/touch.h)
 * "passkey_add" label, made                    → set "key": label; after "passkey_ask" for register
 *   sign_in and unlock take "kept" (ask_keep) → set "kept": text, as it was, where it belongs to who came in and is younger than 12 h; else there is none, and nothing is said of it
 *   sign_in, unlock and prove take "passkey" instead of password and code, and acts that ask for a fresh proof take it instead of "code"
 * "activate" login, activation                → as sign_in: a session that takes passkey_ask for register and passkey_add only
 * "sign_out"                                  "lock"                       "unlock" password, code → new token
 * "prove" reason (unit, emergency, other), unit, text, code → new token, when PROOF_DUE was said; reads beside it are for a refusal of what was typed
 * "declare_unit" unit → new token               "break_glass" patient, reason, text → set "grant": until_at; then read as usual
 * Entering acts stand alone in their call: reads come with the next one.
 * FHIR writes: "fhir_create" type body, "fhir_update" type id body if_match, "fhir_delete" type id if_match → set "written": type id version updated created body;
 * "fhir_bundle" body → set "bundle": body (for the operator: set "results", and the same bundle twice changes nothing);
 * "import" source lines (NDJSON, each with its id) → set "results": n rc why where
 * Every other act and view is a row of hospital's tables.
 */

/* ---- the call ---- */
struct release;                        /* opaque; owns one flat buffer */
struct gate_lane;                      /* where a front's finished calls come back; one a front thread */

struct gate_call {
	enum surface surface;
	const char *route;                 /* template literal: "/patient/:patient" */
	struct str token;                  /* cookie or bearer bytes as received; empty for none. Never believed, only resolved */
	bool bearer;                       /* token came as a bearer token: machine accounts only come so */
	struct str from;                   /* remote address text */
	bool touch;                        /* counts as activity of the person (false for live refreshes) */
	struct asks asks;                  /* owned by the call; done by gate_call_done */
	struct release *release;           /* set when it comes back; never NULL then */
	void *owner;                       /* the caller's */
	struct gate_call *next;            /* link of a list */
};
struct gate_call *gate_call_new(void);
void gate_call_done(struct gate_call **call);   /* frees asks and release */

struct gate_lane *gate_lane_open(struct gate *g);
int gate_lane_fd(const struct gate_lane *lane);              /* eventfd, readable when calls are back */
struct gate_call *gate_lane_take(struct gate_lane *lane);    /* all finished calls, in order; NULL when none */
void gate_lane_close(struct gate_lane **lane);               /* waits for what is under way */
void gate_post(struct gate *g, struct gate_lane *lane, struct gate_call *list);  /* a whole turn's list at once */
void gate_run(struct gate *g, struct gate_call *call);       /* post one and wait: command line, jobs, tests */

/* ---- the release ---- */
enum rc release_rc(const struct release *r);                 /* of the whole call; on other than RC_OK there are no rows, but the findings (set "issues") of a refused act that no reads follow, and set "kept" (ask_keep) */
const struct problem *release_problem(const struct release *r);
enum rc release_act_rc(const struct release *r);             /* of the act when the reads went on after a RC_BAD_INPUT or RC_CONFLICT of it; RC_OK else */
/* all findings of a refused write or form: set "issues" with columns "why" (symbol), "where" */
struct str release_rows(const struct release *r);            /* flat rows: rows_first(release_rows(rel), "set") … */
#define release_each(row, rel, set) (struct row row = rows_first(release_rows(rel), (set)); row_is(row); row = rows_next(row))
/* Who is signed in, for the shell (set by the gate on every release of a live session). Empty role: nobody. */
struct release_who { enum role role; struct str login, name, unit, unit_name, lang; bool locked; uint32_t opened, opened_max; /* volume meter: distinct patients in 24 h and hard budget */ int64_t plan_until_ms; /* « plan blanc »; 0: none */ uint32_t notices, levels; /* unread words to the person; how many of them are of a store's thresholds */ };
const struct release_who *release_who(const struct release *r);
bool release_may(const struct release *r, enum may may);     /* role's rights, for menus only; the gate decides again on each call */
/* Why the chart may be seen: "unit", "appointment", "author", "treating", "self_made", "break_glass", "ticket", "created", "review", "emergency", "asked", "transfer", "on_call", "handed", or "" ; and until when (ms, 0 none). */
struct str release_explained(const struct release *r, int64_t *until_ms_r);
bool release_special(const struct release *r);               /* the chart holds specially sensitive data (hospital/special.h) */

uint64_t release_version(const struct release *r);           /* of all that was read for it: what a wait for a change of it begins from */

/*
 * ---- the fifth verb: waiting for a list to change ----
 * gate_watch makes a call, which asks for nothing else, a wait for a region (hospital/live.h: "beds" and "care" of a unit, "chart" of a patient, "queue" of the house) to be newer than since; posted like
 * any other. It comes back with set "watch": version, once the region changed, or after 20 s all the same (version may then be no newer: post another one); since 0: at once.
 * It names a region and says a number, nothing else: the page then reads again. Refused to who may not read the region; a session that ends, is locked, stopped or turned
 * gets its refusal at once. At most 4 waits of one session (RETRY BUSY).
 * gate_unwatch: nobody waits for this one any more; it still comes back.
 */
void gate_watch(struct asks *a, struct str region, struct str key, uint64_t since);
void gate_unwatch(struct gate_lane *lane, struct gate_call *call);

/* ---- opening the vault ---- */
struct gate_settings {
	const char *dir;                   /* data directory: db, ledger/, keys/ */
	const char *tables;                /* tables of others that come with the program (data/README.md); NULL: none */
	unsigned workers;                  /* default 2 */
	bool demo;                         /* found in the base; set by gate_open */
	int64_t idle_ms, absolute_ms;      /* 15 min, 12 h */
	/* Passkeys: the host name that they are made for (WebAuthn's rpId), and the origins that browsers reach this house by, parted by blanks. NULL or empty: none are taken. */
	const char *passkey_name, *passkey_origins;
	const char *insi;                  /* the national identity service: "simulator", "off"; NULL or empty: off, and a demonstration's simulator */
	uint64_t epoch_s;                  /* the ledger's key is replaced at opening and after so long; 0: never */
	uint64_t bind_s;                   /* between two roots of the patients' map in the ledger; 0: none is made */
	/* A front's line ended (gate_door) while this vault goes on: that process is gone, or is to be replaced. On the line's thread. NULL: nobody wants to know. */
	void (*line_ended)(int process);
	/* filled by gate_open: */
	uint64_t flush_us; bool crashed;
};
enum rc gate_open(struct gate_settings *s, struct gate **g_r, struct problem *p) CHECKED; /* one vault a directory: CONFLICT when another runs */
void gate_close(struct gate **g);                            /* drains, snapshot, checkpoint */
/* A server's vault also answers its operator's commands on DIR/gate.sock (same uid only, SO_PEERCRED); a command connects to it. Same calls, same checks. */
enum rc gate_listen(struct gate *g, struct problem *p) CHECKED;
enum rc gate_connect(const char *dir, struct gate **g_r, struct problem *p) CHECKED;      /* NOT_FOUND when no server runs there */
/*
 * The vault as a process of its own: HTTP, pages and API run in front processes that hold no base, no key and no session. A front's gate has a line for each of its
 * lanes, and one more (number `lanes`) for gate_run and figures; somebody who holds both ends gives them out: gate_line here, gate_door in the vault. A line without
 * a vault refuses: VAULT_DOWN before a call was sent, VAULT_LOST after. gate_line closes the line's old end and may come at any time, from any thread.
 */
enum rc gate_remote(unsigned lanes, struct gate **g_r, struct problem *p) CHECKED;
enum rc gate_line(struct gate *g, unsigned n, int fd, struct problem *p) CHECKED;         /* takes fd, whatever comes */
/* BARRIER: calls of pages and API only, from this process (SCM_CREDENTIALS of each piece) only; whoever writes anything else loses its line. Takes fd. */
enum rc gate_door(struct gate *g, int fd, int pid, unsigned uid, struct problem *p) CHECKED;
bool gate_is_there(struct gate *g);                          /* false: a front whose lines have no vault */
/* The operator's own session on this machine (role operator: import, audit verbs; no patient data): gives a token for gate_call.token. */
enum rc gate_operator(struct gate *g, struct buf *token_r, struct problem *p) CHECKED;

/*
 * Another instance key while the server works (record_keys_rotate): on the vault itself, or through DIR/gate.sock of the one that runs. Marks in the ledger before
 * and after. CONFLICT ROTATING when one is under way; RETRY STOPPED when stop was set, or the order's sender went away: goes on when called again.
 */
struct gate_progress { void (*at)(struct gate_progress *g, uint64_t done, uint64_t of); volatile bool stop; };
enum rc gate_keys_rotate(struct gate *g, struct gate_progress *progress, struct problem *p) CHECKED;

/*
 * Who, whom and why of all that is older than a moment are wiped: the personal parts of the ledger's entries, which stays valid, and the lines that the base made of them. A MARK
 * says so first. BAD_INPUT KEPT_LONGER: younger than six months. progress: rows of the base that went, of 0; at the end entries of the ledger, of as many. RETRY STOPPED: goes on when called again.
 */
enum rc gate_forget(struct gate *g, int64_t before_ms, struct gate_progress *progress, struct problem *p) CHECKED;

/* The tables, for menus, access matrix, CapabilityStatement, tests: every view, act and FHIR ask with who may and what it reveals. */
struct gate_row { const char *kind; /* "view" "act" "wide" "fhir" */ const char *name; uint32_t may; enum reveals reveals; };
size_t gate_rows(const struct gate_row **rows_r);
uint32_t gate_role_may(enum role role);
/* Search parameters that the house posted and that are in effect, for the CapabilityStatement; NULL none. In a front: asked of the vault once each time it came up. */
struct fhir_extra;
const struct fhir_extra *gate_params(void);

struct gate_stats { uint64_t calls, released, refused, ledger_appended, flushes; uint64_t decision_us_p50, decision_us_p99; };
struct gate_stats gate_stats(struct gate *g);
#endif
