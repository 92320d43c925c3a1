/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/insi.h: the national identity service (téléservice INSi) behind one row: whoever connects a house to it writes another. None is in use unless insi_use names
 * one: the setting identity.insi, or a demonstration. Private to hospital but insi_use_named (hospital.h). Start at struct insi.
 */
#ifndef HYGIE_HOSPITAL_INSI_H
#define HYGIE_HOSPITAL_INSI_H

#include "hospital/traits.h"

enum insi_outcome { INSI_FOUND, INSI_NONE, INSI_SEVERAL };
struct insi_traits { struct str birth_name, given_names, born_on, sex, birth_place; /* birth_place may be empty in what is asked */ };
struct insi_answer { enum insi_outcome outcome; struct insi_traits traits; struct str ins, system; /* of FOUND */ };
struct insi {
	const char *name;
	/* Off the writer; may take seconds. Strings of the answer live in a. RC_RETRY: the service does not answer. */
	enum rc (*call)(const struct insi_traits *asked, struct arena *a, struct insi_answer *answer_r, struct problem *p);
};
extern const struct insi insi_simulator;         /* a few invented people, numbers of the test authority (urn:oid:1.2.250.1.213.1.4.10) only */
const struct insi *insi_in_use(void);            /* NULL: none */
#endif
