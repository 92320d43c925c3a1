/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/model.h: the shape of the generated tables (tools/gen_fhir.py writes tables.c and shapes.h) and the look-ups over them.
 * For this room only. It must never hold a rule about one resource type: those are rows. All strings are offsets into one pool, so the tables
 * need no relocation; all look-ups are binary searches. Start at struct shape and struct member.
 */
#ifndef HYGIE_FHIR_MODEL_H
#define HYGIE_FHIR_MODEL_H

#include "fhir/fhir.h"
#include "shapes.h"

/* What a member holds. 1 … 20 are the primitives in the order of gen_fhir.py's PRIMITIVES. */
enum kind {
	KIND_BASE64 = 1, KIND_BOOLEAN, KIND_CANONICAL, KIND_CODE, KIND_DATE, KIND_DATETIME, KIND_DECIMAL, KIND_ID, KIND_INSTANT, KIND_INTEGER,
	KIND_MARKDOWN, KIND_OID, KIND_POSITIVE, KIND_STRING, KIND_TIME, KIND_UNSIGNED, KIND_URI, KIND_URL, KIND_UUID, KIND_XHTML,
	KIND_COMPLEX = 32,     /* an object of member.shape */
	KIND_RESOURCE,         /* any resource */
	KIND_RESOURCE_TYPE,    /* the member resourceType itself */
};

/* An object: a resource, a datatype or a backbone element, under the path that defines it ("Patient.contact"). Numbers are enum shape_no. */
struct shape {
	uint32_t name;
	uint16_t member_first, member_n;     /* sorted by JSON name */
	uint16_t required_first, required_n;
	uint16_t type;                       /* enum type_no when the shape is a resource */
};
#define MEMBER_MANY 1u
#define MEMBER_CHOICE 2u
#define MEMBER_SUMMARY 4u   /* part of _summary=true */
struct member {
	uint32_t name;
	uint8_t len, kind;
	uint8_t slot;            /* the element within its shape; the variants of a choice share one */
	uint8_t flags;
	uint16_t shape;          /* KIND_COMPLEX */
	uint16_t targets;        /* Reference: target_runs row; 0 = any */
	uint16_t codes;          /* required binding: code_sets row; 0 = none */
};
#define SHAPE_SLOTS 128
struct required { uint32_t name; uint8_t slot; };
struct run { uint16_t first, n; };
struct code_set { uint16_t first, n; uint16_t system; /* the only system of the set, 0 when several */ };
struct set_code { uint32_t code; uint8_t len; uint16_t system; }; /* sorted by code, then system */
struct pool_str { uint32_t at; uint16_t n; };
struct type_row { uint32_t name; uint8_t len; uint16_t shape; };

/* Search expressions, resolved: unions of branches, each a run of steps from the resource (or composite context) to values of one datatype. */
enum step_op {
	STEP_MEMBER = 1,   /* go to member name; arrays are flattened */
	STEP_INDEX,        /* keep the arg-th of what the step before gave */
	STEP_WHERE,        /* keep where member name equals value */
	STEP_RESOLVE,      /* keep references to type arg */
	STEP_EXISTS,       /* last: one boolean: member value is there, or member name is true */
};
struct step { uint8_t op; uint16_t arg; uint8_t name_n, value_n; uint32_t name, value; };
struct branch {
	uint16_t step_first;
	uint8_t step_n, kind;      /* enum kind of the values */
	uint16_t shape;            /* KIND_COMPLEX */
	uint16_t system;           /* KIND_CODE: systems row the code belongs to by its binding; 0 unknown */
};
struct component { uint16_t branch_first; uint8_t branch_n; uint8_t kind; /* enum param_kind */ };
/* branch_n 0 of an indexed parameter: the words of the narrative (_text). */
struct program { uint16_t branch_first; uint8_t branch_n; uint16_t part_first; uint8_t part_n; };

bool model_is_words(const struct fhir_param *param);   /* _text */
/* Compiled search parameters: the table of R4 is one, what a house posted another (fhir/extra.h). */
struct code { const char *pool; const struct step *steps; const struct branch *branches; const struct component *components; };
extern const struct code model_code;
struct fhir_extra;
/* The code that a parameter's number belongs to, and its program there. */
const struct program *model_program(const struct fhir_extra *x, uint16_t no, const struct code **code_r);

/* ---- expression.c: an expression of a SearchParameter into branches ---- */
/* What grows while parameters are compiled, in an arena. Tables have a row 0 that stands for nothing. */
struct coding {
	struct arena *a;
	struct step *steps; size_t n_steps, cap_steps;
	struct branch *branches; size_t n_branches, cap_branches;
	struct component *components; size_t n_components, cap_components;
	char *pool; size_t n_pool, cap_pool;
};
/*
 * kind: enum param_kind of the values asked; PARAM_COMPOSITE: contexts, any object. bases: names of the other types that terms of a union may speak of.
 * shape: of what the expression starts from; base: its type's name. Branches are appended; *first_r and *n_r say where. WHY__END: all is well.
 * BUSY: the arena or a table is full.
 * targets: may be NULL; the types that references reached may name are marked in it (by type; [0]: any).
 */
enum why expression_compile(struct coding *k, uint16_t shape, const char *base, const struct json *bases, enum param_kind kind, struct str text, uint16_t *first_r, uint8_t *n_r, bool *targets);
void *coding_grow(struct arena *a, void *at, size_t n, size_t *cap, size_t size); /* room for one more; NULL: the arena is full */

extern const char model_pool[];
extern const struct shape model_shapes[];
extern const struct member model_members[];
extern const struct required model_required_members[];
extern const struct run model_target_runs[];
extern const uint16_t model_target_types[];
extern const struct code_set model_code_sets[];
extern const uint32_t model_set_urls[];           /* by set: canonical of the value set; 0 for set 0 */
extern const struct set_code model_set_codes[];
extern const struct pool_str model_systems[];
extern const struct type_row model_type_rows[];
extern const struct step model_steps[];
extern const struct branch model_branches[];
extern const struct component model_components[];
extern const struct program model_programs[];     /* by parameter number */
extern const uint16_t model_param_first[];        /* by type, one more at the end */
extern const uint16_t model_lists[], model_compartments[];
extern const struct fhir_param model_params[];

const struct member *model_member(const struct shape *shape, struct str name);
uint16_t model_set_of(struct str url);                 /* 0 when not among the tables */
/* Is the code in the set? system with p NULL: any. */
bool model_code_is(uint16_t set, struct str code, struct str system);
bool model_target_is(uint16_t targets, uint16_t type); /* true for any when targets is 0 */
struct str model_system(uint16_t no);                  /* p NULL for 0 */

/* A member of an object by name of known length; NULL when absent or not an object. */
const struct json *model_get(const struct json *object, const char *name, size_t n);

#endif
