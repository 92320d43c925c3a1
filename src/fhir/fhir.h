/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/fhir.h: FHIR R4 (4.0.1) as tables and pure functions: types, validation, extraction of search values, search plans, outcomes.
 * The tables are generated at build time from data/fhir_r4 by tools/gen_fhir.py. No I/O, no state, no per-resource code. Thread-safe.
 * A type or a parameter is named by a small number valid within this build only: what is stored maps names through record's vocabulary.
 * Start at fhir_type_of, then fhir_check, fhir_extract, fhir_plan_parse.
 */
#ifndef HYGIE_FHIR_FHIR_H
#define HYGIE_FHIR_FHIR_H

#include "codec/json.h"
#include "codec/url.h"

/* ---- types and search parameters ---- */
uint16_t fhir_type_of(struct str name);              /* concrete resource types only, from 1; 0 when none */
const char *fhir_type_name(uint16_t type);
uint16_t fhir_type_count(void);                      /* types are 1 … count */

enum param_kind { PARAM_NUMBER = 1, PARAM_DATE, PARAM_STRING, PARAM_TOKEN, PARAM_REFERENCE, PARAM_COMPOSITE, PARAM_QUANTITY, PARAM_URI, PARAM_SPECIAL };
struct fhir_param {
	uint16_t no;             /* 1 … fhir_param_count(), one for each (type, code) */
	uint16_t type;           /* the base it belongs to */
	const char *code;        /* "birthdate" */
	unsigned char kind;      /* enum param_kind */
	bool indexed;            /* false: expression not supported in this version; a search on it is refused, never ignored */
	const uint16_t *targets; /* PARAM_REFERENCE: allowed target types, 0-ended; empty = any */
	const char *url;         /* canonical of the SearchParameter */
	const char *expression;
};
const struct fhir_param *fhir_param_find(uint16_t type, struct str code);
const struct fhir_param *fhir_param_at(uint16_t no);
uint16_t fhir_param_count(void);
/* The reference parameters that put a resource of this type into a patient's compartment (data/fhir_r4/compartiment_patient.tsv). 0-ended list of param numbers. */
const uint16_t *fhir_compartment_params(uint16_t type);

/* ---- validation ---- */
/* One finding of a check; the first is in p too. where is the element path with indexes: "Patient.name[1].family". Values never appear. */
struct fhir_issue { enum why why; const char *where; const char *rule; /* INVARIANT: its key, "per-1"; else NULL */ struct fhir_issue *next; };
/*
 * Structure of one resource: known elements, types, cardinality, choice types, primitive formats and their regexes (HL7 R4 datatypes),
 * "no empty object, array or string", reference syntax and target types, required bindings whose codes are in data (codes_lies), `_element` siblings and
 * null alignment of primitive arrays, contained resources, narrative XHTML (allowed elements and attributes of the R4 narrative rules, no script, well formed).
 * text that FHIR forbids (control characters but TAB, LF, CR) is refused with its element. Depth and size are the parser's matter.
 * type_r gets the resource's type. RC_BAD_INPUT with all findings (at most 20) in *issues_r (arena).
 */
enum rc fhir_check(const struct json *resource, struct arena *a, uint16_t *type_r, struct fhir_issue **issues_r, struct problem *p) CHECKED;
bool fhir_is_id(struct str id);                      /* [A-Za-z0-9\-\.]{1,64} */

/* ---- dates ---- */
/* A FHIR date, dateTime or instant as the half-open interval it means, ms since 1970 UTC; no zone = Europe/Paris. */
enum rc fhir_date_range(struct str text, int64_t *low_r, int64_t *high_r) CHECKED;

/* ---- extraction ---- */
enum value_kind { VALUE_STRING = 1, VALUE_TOKEN, VALUE_DATE, VALUE_NUMBER, VALUE_QUANTITY, VALUE_REFERENCE, VALUE_URI };
struct fhir_value {
	unsigned char kind;       /* enum value_kind */
	uint16_t param;           /* fhir_param.no; a composite's parts carry the composite's number, part and group */
	uint16_t group;           /* > 0: composite group within this resource and parameter */
	unsigned char part;       /* composite component index, from 0 */
	                          /* A Reference's identifier is a TOKEN under the reference parameter (for :identifier). An Identifier with a type
	                           * is a second TOKEN whose system is FHIR_TYPED, the type's system, '|', its code (for :of-type). */
	struct str a, b;          /* STRING: text as written | TOKEN: system, code | URI: uri | QUANTITY: system, code (or unit)
	                           * REFERENCE: as written (relative "Type/id", "urn:…", absolute, "#id" left out) */
	uint16_t ref_type;        /* REFERENCE: resolved local type, 0 when not local */
	struct str ref_id;        /* REFERENCE: local id */
	int64_t low, high;        /* DATE: [low, high) ms */
	double num_low, num_high; /* NUMBER, QUANTITY: implied range of the decimal as written */
	struct str text;          /* TOKEN: display or text, for :text */
};
struct fhir_values { struct fhir_value *at; size_t n; };
/* All search values of a checked resource by the table of its type (and Resource/DomainResource bases but _id, _lastUpdated, which record keeps itself). */
enum rc fhir_extract(uint16_t type, const struct json *resource, struct arena *a, struct fhir_values *out_r, struct problem *p) CHECKED;
/* The same with the parameters that the house posted too (fhir/extra.h; NULL: none). What is stored is extracted so. */
struct fhir_extra;
enum rc fhir_extract_with(const struct fhir_extra *x, uint16_t type, const struct json *resource, struct arena *a, struct fhir_values *out_r, struct problem *p) CHECKED;
/* Every Reference.reference in the resource in document order (for link rewriting in transactions and for integrity). */
struct fhir_refs { const struct json **at; size_t n; };
enum rc fhir_references(const struct json *resource, struct arena *a, struct fhir_refs *out_r, struct problem *p) CHECKED;

/* ---- search plans: what is asked, typed and checked; record/plan.c turns it into SQL ---- */
enum prefix { PREFIX_EQ, PREFIX_NE, PREFIX_GT, PREFIX_LT, PREFIX_GE, PREFIX_LE, PREFIX_SA, PREFIX_EB, PREFIX_AP };
enum modifier { MOD_NONE, MOD_EXACT, MOD_CONTAINS, MOD_TEXT, MOD_NOT, MOD_MISSING, MOD_IDENTIFIER, MOD_TYPE, MOD_ABOVE, MOD_BELOW, MOD_IN, MOD_NOT_IN, MOD_OF_TYPE };
/*
 * EQ, NE: low/high and num_low/num_high are what the text implies ("100" = [99.5, 100.5)). GT LT GE LE SA EB on numbers: num_low = num_high = the
 * exact number (R4: no implied precision there). AP on numbers: already widened by 10 %; AP on dates: not widened (it needs the clock).
 */
struct plan_value {
	unsigned char kind;       /* enum value_kind: what to compare with; a component of a composite has its own */
	enum prefix prefix;
	struct str a, b;          /* as in fhir_value; TOKEN: a is its system, b its code; p NULL: any; a.n 0 with p set: no system
	                           * MOD_TEXT: a is the text, kind VALUE_STRING | QUANTITY: p NULL any system, any unit | CLAUSE_ID: b is the id
	                           * MOD_IDENTIFIER: kind VALUE_TOKEN | REFERENCE by a bare id: ref_type 0 when any type may be meant */
	uint16_t ref_type; struct str ref_id;
	int64_t low, high;
	double num_low, num_high;
	struct plan_value *part;  /* composite: the value of the next component, same group; NULL after the last */
	struct plan_value *next;  /* comma: OR */
};
enum clause_what { CLAUSE_PARAM, CLAUSE_ID, CLAUSE_LAST_UPDATED, CLAUSE_HAS, CLAUSE_LIST };
struct plan_clause {          /* clauses are ANDed */
	enum clause_what what;
	uint16_t type;            /* of the resources that it is asked of */
	const struct fhir_param *param; /* CLAUSE_PARAM; CLAUSE_HAS: the reference of chain->type that must point here */
	enum modifier modifier;   /* IN, NOT_IN: values are the codes of the value set; ABOVE: the addresses that may be above; OF_TYPE: a is FHIR_TYPED, type's system, '|', its code */
	uint16_t mod_type;        /* MOD_TYPE */
	bool missing;             /* MOD_MISSING */
	struct plan_value *values;      /* CLAUSE_LIST: b is a List's id */
	struct plan_clause *chain;      /* subject:Patient.name=…: condition on the target. CLAUSE_HAS: on the resource that points here. values empty then */
	struct plan_clause *other;      /* inside a chain without a type: the same condition on the next type that the reference may lead to: OR */
	struct plan_clause *next;
};
struct plan_sort { const struct fhir_param *param; /* NULL with last_updated or id */ bool last_updated, id, descending; struct plan_sort *next; };
/* _include=source:param:target, _revinclude. iterate: of what was included too, not of matches only. */
struct plan_include {
	uint16_t source;          /* 0 any type (an iterated "*") */
	const struct fhir_param *param; /* NULL: every reference of the source */
	uint16_t target;          /* 0 any */
	bool reverse, iterate;
	struct plan_include *next;
};
struct subset;                /* fhir/subset.h */
struct plan {
	uint16_t type;
	struct plan_clause *clauses;
	struct plan_sort *sort;
	struct plan_include *includes;
	const struct subset *subset; /* _summary, _elements: NULL whole. What is included is cut by _summary alone */
	uint32_t count;           /* _count, default 20, at most 200 */
	bool summary_count;       /* _summary=count */
	bool total;               /* _total=accurate, estimate */
	struct str cursor;        /* opaque continuation made by record ("_cursor") */
	struct str self;          /* the query as understood, for the self link (values percent-coded again) */
};
#define FHIR_TYPED '\x02'      /* opens the system of a token that stands for an Identifier with its type (:of-type) */
/*
 * Parses a search query of one type. Unknown parameter, modifier, prefix or result parameter: RC_BAD_INPUT that names the parameter
 * (p->where = the name when it is known to the tables or is [A-Za-z0-9_:.-]{1,64}). Never ignored, but parameters unknown by name when lenient (they are then
 * not in self). Repeats are ANDs; \, \| \$ \\ escapes.
 */
enum rc fhir_plan_parse(uint16_t type, const struct pairs *query, struct arena *a, struct plan **plan_r, struct problem *p) CHECKED;
enum rc fhir_plan_parse_lenient(uint16_t type, const struct pairs *query, struct arena *a, struct plan **plan_r, struct problem *p) CHECKED;
/* The same with the parameters that the house posted too. The plan points into x. What comes from outside is parsed by record_plan_parse, which hands it over. */
enum rc fhir_plan_parse_with(const struct fhir_extra *x, uint16_t type, const struct pairs *query, bool lenient, struct arena *a, struct plan **plan_r, struct problem *p) CHECKED;

/* ---- outcome and capability ---- */
void fhir_outcome(struct buf *out, const struct problem *p, const struct fhir_issue *more); /* OperationOutcome JSON; names the element in expression */
void fhir_capability(struct buf *out, struct str base_url, struct str version, int64_t at_ms); /* CapabilityStatement generated from the tables */
void fhir_capability_with(const struct fhir_extra *x, struct buf *out, struct str base_url, struct str version, int64_t at_ms); /* and from what the house posted */

/* ---- texts for screens ---- */
/* The display of a value for a person: CodeableConcept, Coding, Quantity, Period, HumanName, Reference, Identifier, primitives. Plain text, in data's language. */
void fhir_display(struct buf *out, const struct json *value);
#endif
