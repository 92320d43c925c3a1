/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/insi.c: see insi.h: which service is in use, and the simulator. The simulator must never give a number of the real authorities. Called by identity_source.c.
 * Start at simulate.
 */
#include "hospital/insi.h"

static const struct insi *in_use;

const struct insi *insi_in_use(void) { return in_use; }

bool insi_use_named(struct str name)
{
	in_use = str_eq(name, insi_simulator.name) ? &insi_simulator : NULL;
	return in_use || !name.n || str_eq(name, "off");
}

#define TEST_AUTHORITY "urn:oid:1.2.250.1.213.1.4.10"

/* Invented. The key of each number is that of the NIR: 97 less the remainder of the first thirteen digits by 97. */
static const struct { const char *birth_name, *given_names, *born_on, *sex, *birth_place, *ins; } PEOPLE[] = {
	{ "DURAND",  "MARIE ANNE",   "1957-02-14", "female", "75115", "257027511504261" },
	{ "LEFEVRE", "PAUL",         "1948-07-30", "male",   "49007", "148074900700156" },
	{ "NGUYEN",  "MINH",         "1991-12-01", "male",   "99243", "191129924300274" },
	{ "BERNARD", "LEA",          "2003-05-05", "female", "69383", "203056938301149" }, /* two of them: the service answers that there are several */
	{ "BERNARD", "LEA",          "2003-05-05", "female", "69384", "203056938400228" },
};

static bool same(struct arena *a, struct str asked, const char *known) { return str_is(letters_of(a, asked), letters_of(a, str_of(known))); }

/* A birth place that was not asked by is nobody's difference; of given names the first decides, as when the service is asked with the first alone. */
static bool fits(struct arena *a, const struct insi_traits *t, size_t i)
{
	struct str rest, first = str_cut(str_trim(t->given_names), ' ', &rest), known = str_cut(str_of(PEOPLE[i].given_names), ' ', &rest);
	return same(a, t->birth_name, PEOPLE[i].birth_name) && str_is(letters_of(a, first), letters_of(a, known)) && str_eq(t->born_on, PEOPLE[i].born_on) && str_eq(t->sex, PEOPLE[i].sex) &&
		(!t->birth_place.n || str_eq(t->birth_place, PEOPLE[i].birth_place));
}

static enum rc simulate(const struct insi_traits *asked, struct arena *a, struct insi_answer *answer_r, struct problem *p)
{
	size_t n = 0, at = 0;
	*answer_r = (struct insi_answer){ .outcome = INSI_NONE };
	for (size_t i = 0; i < N_OF(PEOPLE); i++)
		if (fits(a, asked, i)) {
			n++;
			at = i;
		}
	if (n > 1)
		answer_r->outcome = INSI_SEVERAL;
	if (n == 1)
		*answer_r = (struct insi_answer){ INSI_FOUND, { str_of(PEOPLE[at].birth_name), str_of(PEOPLE[at].given_names), str_of(PEOPLE[at].born_on), str_of(PEOPLE[at].sex), str_of(PEOPLE[at].birth_place) },
			str_of(PEOPLE[at].ins), STR(TEST_AUTHORITY) };
	return arena_rc(a, p);
}

const struct insi insi_simulator = { "simulator", simulate };
