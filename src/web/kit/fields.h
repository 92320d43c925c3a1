/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/fields.h: forms drawn from the same const rows that codec/form.h checks: label, hint, input of the right kind, error beside the field and in a
 * linked summary, typed data kept (secrets never echoed). After VERSION_CONFLICT what the record has by now (sheet.now) stands beside each field where something else is typed, and
 * the version that goes with the form is the one that was shown so. Every form is POST, carries the session's csrf token, and names its patient on the button. Pure.
 */
#ifndef HYGIE_KIT_FIELDS_H
#define HYGIE_KIT_FIELDS_H

#include "codec/form.h"
#include "kit/say.h"

struct fault { const char *field; enum why why; const char *about; /* of struct problem; NULL: nothing */ };      /* a problem found later than form_read: by the act */
struct sheet {                       /* one form on the page */
	struct str action;
	const char *id;                  /* unique on the page; prefixes the ids of its inputs */
	const char *class_;
	const struct field *fields;
	const struct form *form;         /* what was typed; NULL at first opening */
	const struct pair *now; size_t n_now;       /* present values by field name, for first opening */
	const struct fault *faults; size_t n_faults;
	bool focus;                      /* its first field takes the focus when the page opens */
	const char *region;              /* id of the element that live search refills; NULL none. Named beside wait: the form is sent so long after the last key and saves itself */
	const char *wait;                /* milliseconds; NULL: as a search, at once */
};
void fields_open(struct kit *k, const struct sheet *s);
void fields_close(struct kit *k);
/* The linked list of problems; nothing when there is none. Before the fields. */
void fields_summary(struct kit *k, const struct sheet *s);
struct look { const char *hint; const char *autocomplete; const char *inputmode; const char *key; bool as_radio, as_select, wide, autofocus, keyed, step, scan; /* keyed: choices numbered 1 … 9; step: a scanner's Enter goes on to the next one of the form; scan: what a scanner sends while no field has the focus goes here, and the form with it */
	const struct pair *options; size_t n_options; /* a select whose choices are data: code, label */
	unsigned rows; /* of several lines; 0: three */ };
void fields_input(struct kit *k, const struct sheet *s, const char *name, const struct look *look /* may be NULL */);
void fields_hidden(struct kit *k, const char *name, struct str value);
/* label: already translated and filled. kind: "primary", "danger", "sealed", "quiet". */
void fields_submit(struct kit *k, const char *kind, const char *symbol, struct str label);
/* One of several ways to send the open form: name and value go with it. Between el_open(k, H_P, "actions") and its close. */
void fields_submit_as(struct kit *k, const char *kind, const char *symbol, struct str label, const char *name, struct str value);
/*
 * A button that uses a passkey in the open form instead of what is typed; shown by the script where the browser knows passkeys. purpose: what is asked of the gate
 * ("sign_in", "unlock", "prove", "fresh", "cosign"), or "register": a new key of who is signed in.
 */
void fields_key(struct kit *k, const char *purpose, const char *kind, const char *msgid);
/* A form that is one button: sign out, review, restore. */
void fields_button_form(struct kit *k, struct str action, const char *kind, const char *symbol, struct str label, const struct pair *hidden, size_t n, const char *key);
struct str fields_value(const struct sheet *s, const char *name);
bool fields_has_faults(const struct sheet *s);
#endif
