/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription.h: what the files of prescribing share: a patient's prescriptions as they stand, the basket, and what is checked about both. orders_clocks is for
 * the plan of care too. Private to hospital. Start at struct orders.
 */
#ifndef HYGIE_HOSPITAL_PRESCRIPTION_H
#define HYGIE_HOSPITAL_PRESCRIPTION_H

#include "hospital/drug.h"
#include "hospital/posology.h"
#include "hospital/show.h"

#define ORDER_BDPM "https://base-donnees-publique.medicaments.gouv.fr"
#define ORDER_ATC "http://www.whocc.no/atc"
#define ORDER_CATEGORY "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
#define ORDER_ALD "urn:hygie:order:ald"     /* extension of a line, valueBoolean: it belongs to the long illness, as the prescriber says */
#define ORDER_UNIT "urn:hygie:order:unit"   /* extension of a line for home outside of a discharge, valueReference: the Organization from which it was prescribed, for the head of the paper */
#define ORDER_ENDED "urn:hygie:order:ended" /* extension, valueDateTime: from when on nothing of it is due, when that is before it was recorded */
#define ORDER_REASONS "urn:hygie:order-stop" /* codes of why an order ended */
#define ORDER_WHY "http://hl7.org/fhir/StructureDefinition/request-statusReason" /* R4's extension of requests that have no such element */
#define ORDER_KINDS "urn:hygie:order-kind"  /* category of a ServiceRequest */
#define ORDERS_MOST 60          /* active prescriptions of one patient, and lines of one basket */

enum order_kind { ORDER_DRUG = 1, ORDER_LAB, ORDER_IMAGING, ORDER_CARE, ORDER_DIET, ORDER_KIND__END };
const char *order_kind_code(enum order_kind k);
enum order_kind order_kind_of(struct str code);              /* 0: none */

/* One line: signed (id, version, body) or in the basket (no, typed). */
struct order {
	enum order_kind kind;
	struct str id, status; uint32_t version; const struct json *body; int64_t at_ms; /* signed */
	int64_t no, made_ms; const struct json *typed;                                  /* of the basket */
	struct str replaces;                                      /* id of the one before */
	uint32_t cis; const struct drug *drug;                    /* NULL: no code, or no longer published */
	const struct posology *posology;                          /* NULL: its words are all there is, nothing is planned */
	bool home, ald; struct str home_of;                       /* for home (R4 category); of the long illness (ALD); the stay after which; empty: not said */
	bool out;                                                 /* for home at once, outside of a discharge (R4 category "community"): home_of is empty */
	struct str text;                                          /* of what is no medicine, or has no code: what it says itself */
};
struct orders { struct order at[2 * ORDERS_MOST]; size_t n, n_signed; bool more; };

/* The argument "patient". NOT_FOUND: there is none. */
enum rc order_patient(struct db_conn *c, const struct args *args, int64_t *rid_r, struct problem *p) CHECKED;
/* Of a MedicationRequest. LIMIT: the arena. */
enum rc order_of_request(struct arena *a, const struct item *it, struct order *o_r, struct problem *p) CHECKED;
/* Active and on hold, and not past their end, newest first. more: there are others than ORDERS_MOST. */
enum rc orders_active(struct db_conn *c, struct arena *a, struct str patient, int64_t now_ms, struct orders *o_r, struct problem *p) CHECKED;
/* One prescriber's lines, oldest first, behind what is in o already. Posologies are read as typed at now_ms; what cannot be read any more stays unplanned. */
enum rc orders_basket(struct db_conn *c, struct arena *a, uint32_t account, int64_t patient, int64_t now_ms, struct orders *o, struct problem *p) CHECKED;
/* On the writer: a line into the basket of who acts. The same form twice: the line that it made. LIMIT: full. typed: JSON of the fields as typed. */
struct order_line { struct str form, replaces, typed; enum order_kind kind; int64_t cis; };
enum rc order_line_add(struct act_ctx *x, int64_t patient, const struct order_line *l, int64_t *no_r, struct problem *p) CHECKED;
/* The Encounter in which the patient is now; id empty: none. */
enum rc order_stay(struct db_conn *c, struct arena *a, struct str patient, int64_t now_ms, struct stay *s_r, struct problem *p) CHECKED;
/* "paracétamol DOLIPRANE 500 mg, comprimé": substance in small letters first, then the name as authorised, never cut. */
void order_name(struct buf *b, const struct drug *d);
/* On the writer: a prescription ends, with a coded reason; CONFLICT, PRECONDITION: it is no longer the version that was read. status: "stopped", "entered-in-error". */
enum rc order_close(struct act_ctx *x, const struct item *it, const char *status, struct str reason, struct record_done *d_r, struct problem *p) CHECKED;
/* The same from an instant on that lies before now. 0: now. */
enum rc order_close_at(struct act_ctx *x, const struct item *it, const char *status, struct str reason, int64_t end_ms, struct record_done *d_r, struct problem *p) CHECKED;
/* For home: R4 medicationrequest-category outpatient, community or discharge. */
bool order_is_home(const struct json *request);
bool order_is_ald(const struct json *request);
/*
 * How much of a line for home is to be handed out (prescription_supply.c). days: how long the posology runs (0: no whole days are said); qsp_days: what the prescriber typed as « quantité suffisante
 * pour » (0: nothing); units: what its planned takes need, where units are counted one by one; renewals: as typed. No longest duration is known here: no data has one.
 */
#define ORDER_RENEWALS_MOST 99 /* two digits of a form's field; no rule of renewals is in the data */
struct order_supply { int32_t days, qsp_days, renewals; bool counted; struct decimal units; const char *unit; };
void order_supply(const struct order *o, struct order_supply *s_r);
/* The member dispenseRequest; nothing where nothing is said. */
void order_supply_write(struct jw *w, const struct order_supply *s);
/* French: « Quantité : 20 comprimés pour 10 jours. À renouveler 2 fois. », letters: numbers in words. Nothing where nothing is said. */
void order_supply_text(struct buf *b, const struct order_supply *s, bool letters);
/* A line as it could be typed again, as members into w; start empty: with the signature. False: its posology cannot be typed. */
bool order_typed_again(struct jw *w, const struct posology *q, struct str start);
/* On the writer: those whose time is past are completed, so that they do not pile up among those that stand. */
enum rc orders_close_over(struct act_ctx *x, struct str patient, struct problem *p) CHECKED;
/* The posology's fields of a basket line or a form. */
void order_typed(const struct json *typed, const struct drug *d, struct posology_typed *t_r);

/*
 * What a prescriber saw when he signs: changes when any line of the basket, any active prescription or any allergy does. Two who sign at once: the second sees the
 * first one's lines before his own are signed.
 */
struct str orders_seen(struct arena *a, const struct orders *o, const struct items *allergies);

/* ---- checks (prescription_check.c) ---- */

enum order_tier { ORDER_ICON = 1, ORDER_INLINE, ORDER_INTERRUPT /* goes on with a coded reason only */, ORDER_STOP /* does not go on */ };
struct order_alert {
	enum order_tier tier;
	const char *rule;                                         /* "interaction", "allergy", "allergy_class", "double", "double_class", "narcotic", "hospital_only", or an order_rule's */
	size_t a, b;                                              /* places in orders; b == a: of one line */
	struct str about;                                         /* codes of the medicines, in order: "60002283+61266250"; with the rule, what a reason is kept for */
	enum drug_level level;                                    /* of an interaction */
	struct str levels, what, other, why, advice;              /* as published; what, other: the names that met */
	struct str source, edition_on;
	bool derived;                                             /* by a class that was derived, not published */
	bool fresh;                                               /* a line of the basket is in it */
	struct str reason; int64_t reason_ms;                     /* given in this stay already */
};
/* A check that did not run, or not on this: said, never silence. check: "interaction", "allergy", "conditions", "dose_once", "dose_day", "renal", "pregnancy", "breastfeeding", "high_risk". */
struct order_unrun { const char *check; const char *because; /* "no_tables", "no_code", "unknown_substance", "allergy_unknown", "allergies_not_recorded", "not_provided", "no_weight", "no_gfr", "no_age", "no_status", "not_bounded", "other_unit", "too_many" */ size_t of; /* SIZE_MAX: of all */ struct str what; };
#define ORDER_ALERTS 300
struct order_checked { struct order_alert *alert; size_t n_alerts; struct order_unrun *unrun; size_t n_unrun; struct items allergies; bool none_known; };

/* All checks over o, strongest first. stay: id of the Encounter for reasons given. LIMIT: over ORDER_ALERTS. Cost: under 5 ms for 15 lines (test_prescription). */
enum rc order_check(struct db_conn *c, struct arena *a, struct str patient, int64_t patient_rid, struct str stay, int64_t now_ms, const struct orders *o, struct order_checked *k_r, struct problem *p) CHECKED;
/* Columns of the sets "alerts" and "unrun" (see prescription_basket.c). */
void order_checked_rows(struct rows *out, const struct orders *o, const struct order_checked *k, int64_t patient_rid);
bool order_rule_known(struct str rule);
/* On the writer: what became of an alert: "overridden" with its coded reason, or "heeded". */
enum rc order_alert_add(struct act_ctx *x, int64_t patient, struct str stay, const struct order_alert *one, const char *outcome, struct str reason, struct problem *p) CHECKED;

/* ---- settings (prescription_table.c) ---- */

/* All clocks that hold or held for a unit (its own rows over the house's), newest first: for posology_times. */
enum rc orders_clocks(struct db_conn *c, struct arena *a, struct str unit, const struct posology_clock **at_r, size_t *n_r, struct problem *p) CHECKED;
/* The pharmacy that sees what is signed in a unit; empty: none is set. */
enum rc order_pharmacy(struct db_conn *c, struct arena *a, struct str unit, struct str *pharmacy_r, struct problem *p) CHECKED;

/* ---- opinions (prescription_pharmacy.c) ---- */
struct order_opinion { int64_t no; struct str request, opinion, text; uint32_t version, account; int64_t at_ms; };
/* Newest first, at most max; the first one of a request is the one that counts. */
enum rc order_opinions(struct db_conn *c, struct arena *a, int64_t patient, struct order_opinion *at, size_t max, size_t *n_r, struct problem *p) CHECKED;
const struct order_opinion *order_opinion_of(const struct order_opinion *at, size_t n, struct str request);
/* Somebody gives an opinion on what is signed in the unit: a pharmacy is set for it, or there are pharmacists in its establishment. */
enum rc order_is_seen(struct db_conn *c, struct arena *a, struct str unit, int64_t now_ms, bool *is_r, struct problem *p) CHECKED;
/*
 * On the writer: so many lines more wait for the pharmacy of the unit, with the Task that lets it open the chart. Where no pharmacy is set: for each pharmacist of the unit's
 * establishment (of the house, where that is not known), a Task of his own.
 */
enum rc order_tell_pharmacy(struct act_ctx *x, int64_t patient_rid, struct str patient, const struct stay *s, int64_t lines, bool urgent, struct problem *p) CHECKED;
#endif
