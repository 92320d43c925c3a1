/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/relation.h: facts derived from one resource, shared by the watch, the rebuild and the work lists. Private to hospital. */
#ifndef HYGIE_HOSPITAL_RELATION_H
#define HYGIE_HOSPITAL_RELATION_H

#include "hospital/show.h"

/* Who a fact joins, as stored: a stable 64-bit hash of "Organization/ID" or "Practitioner/ID"; of a FACT_PLACE "Location/ID", "PractitionerRole/ID", "HealthcareService/ID". */
int64_t relation_unit(struct str organization_id);
int64_t relation_person(struct str practitioner_id);

int64_t relation_place(struct str type, struct str id);
/* At most this many facts follow from one resource; a note with a hundred authors explains the first sixty-four. */
#define RELATION_FACTS 64
struct relation_fact { int64_t who; enum fact_kind kind; bool stays; /* true for ever: survives a change of the resource */ int64_t since_ms, until_ms; };
struct relation_facts { struct relation_fact at[RELATION_FACTS]; unsigned n; };

/* Types that facts follow from. */
bool relation_concerns(uint16_t type);
bool relation_is_place(uint16_t type);   /* stands for a unit or a person: Location, PractitionerRole, HealthcareService */
/* Facts of one resource. names is asked only for Locations, PractitionerRoles and HealthcareServices met on the way. */
struct relation_places { struct db_conn *db; struct arena *arena; struct place_slot *slots[64]; };
void relation_derive(const struct json *resource, struct relation_places *places, struct relation_facts *out);

struct known_birth;
/* Brings the stored facts of one resource to `now`, for each of its patients (on the writer). fresh: nothing was stored for it. A span that did not grow keeps its
 * maker. n 0: none stays. of: NULL, or one who may be among the patients. */
enum rc relation_settle(struct db_conn *c, const int64_t *patients, size_t n, int64_t source, const struct relation_facts *now, bool fresh, uint32_t made_by, const struct known_birth *of, struct problem *p) CHECKED;

/* Patients born that day (known.born) whom a live fact may join to the actor; each once, at most max: relation_find tells which. One range read for the
 * unit and one for the person. */
enum rc relation_of_day(struct db_conn *c, const struct actor *who, int64_t born, int64_t now_ms, int64_t *patients, unsigned max, unsigned *n_r, struct problem *p) CHECKED;

/* relation_find will be asked of each of these for this actor before the snapshot ends: a server is asked once (db_ahead). */
void relation_ahead(struct db_conn *c, const struct actor *who, const int64_t *patients, size_t n, int64_t now_ms);

#endif
