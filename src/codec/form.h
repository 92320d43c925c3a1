/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/form.h: declared input. A page or an act lists its fields as const rows; form_read parses, checks and normalises them before any handler
 * runs; a field that is not declared is refused. All problems of a form are reported at once, each with its field. Pure.
 * Text: line ends become LF, nothing else changes; control characters other than TAB and LF, and what FHIR forbids, are refused.
 * Dates are typed as the French do (140257, 14/2/57, 14/02/1957, 14.02.1957, 1957-02-14, j-3, j) and come out as YYYY-MM-DD;
 * two-digit years: the latest year that is not in the future.
 */
#ifndef HYGIE_CODEC_FORM_H
#define HYGIE_CODEC_FORM_H

#include "codec/url.h"

enum field_kind {
	FIELD_TEXT = 1,  /* one line */
	FIELD_LINES,     /* several lines */
	FIELD_DATE,
	FIELD_INT,       /* min, max are the range */
	FIELD_CODE,      /* one of choices */
	FIELD_ID,        /* FHIR id: [A-Za-z0-9.-]{1,64} */
	FIELD_TOKEN,     /* printable ASCII without blanks: csrf, codes */
	FIELD_SECRET,    /* password: any text, never echoed back */
	FIELD_FLAG,      /* present = true ("1") */
	FIELD_FILE,      /* bytes of any kind, max of them; never echoed back; makes the form a multipart one */
	FIELD_SCAN,      /* what a scanner types: printable ASCII without blanks, and GS (0x1D), which is FNC1 of a GS1 code */
};
struct choice { const char *code; const char *label; /* English msgid */ };
struct field {
	const char *name;
	const char *label;             /* English msgid */
	enum field_kind kind;
	int64_t min, max;              /* characters (code points) for texts, value for FIELD_INT; max 0: 4000 for LINES, 200 for others */
	bool required;
	bool many;                     /* may repeat */
	const struct choice *choices;  /* FIELD_CODE: ends with code NULL */
};
#define FIELDS_END { .name = NULL }

struct form_value { const struct field *field; struct str typed; /* as typed, LF line ends */ struct str value; /* normalised; p NULL when absent */ };
struct form_problem { const char *field; enum why why; };
struct form {
	struct form_value *at; size_t n;
	struct form_problem *bad; size_t n_bad;  /* 0: the form is good */
};
/* Fails only when the bytes themselves cannot be read or an undeclared field is there (RC_BAD_INPUT, FIELD_UNKNOWN names it only if it is [a-z_]{1,32}). */
enum rc form_read(const struct field *fields, const struct pairs *input, int64_t today_ms, struct arena *a, struct form *out_r, struct problem *p) CHECKED;
struct str form_get(const struct form *f, const char *name);    /* normalised; p NULL when absent */
struct str form_typed(const struct form *f, const char *name);
enum rc form_date(struct str typed, int64_t today_ms, char out[11]) CHECKED; /* YYYY-MM-DD */
#endif
