/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/demo.h: the parts of the demonstration generator and what they share. All data are invented by draws over public tables; identifiers use the
 * test INS OID, phones the prefixes reserved for fiction, mails the .test domain. house.c makes the group, person.c identities, care.c what happened to
 * them, calendar.c and pharmacy.c what stands in tables of their own, lived.c the last days of some stays, demo.c (keeper_demo) drives. Everything depends on (seed, patient number) only, but the order number of a NIR, which counts.
 */
#ifndef HYGIE_KEEPER_DEMO_DEMO_H
#define HYGIE_KEEPER_DEMO_DEMO_H

#include <stdio.h>

#include "base/clock.h"
#include "base/map.h"
#include "codec/json.h"
#include "hospital/compose.h"
#include "hospital/posology.h"
#include "keeper/canary.h"
#include "keeper/demo/draw.h"
#include "keeper/keeper.h"
#include "record/record.h"

#define FRCORE_CS "https://hl7.fr/ig/fhir/core/CodeSystem/"
#define NOS "https://mos.esante.gouv.fr/NOS/"
#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)

enum { DEMO_SITES = 17, DEMO_CLINICS = 9, DEMO_CENTRES = 5, DEMO_HOMES = 3, UNITS_PER_SITE = 8, DEMO_STAFF = 1409, DEMO_DOCTORS = 450, DEMO_PHARMACISTS = 50, DEMO_WAITS = 40, DEMO_PRESCRIBED = 400,
       DEMO_LIVED = 42, LIVED_A_WARD = 6, LIVED_LINES = 8, DEMO_NURSES = 5, DEMO_ROUNDS = 9 };

struct demo_unit { char id[40], place[40]; char name[80]; unsigned site; unsigned first_bed, n_beds; bool obstetric, child, emergency, consult; };
struct demo_bed { char id[40]; char label[16]; unsigned unit; };
struct demo_site { char id[40]; char name[80]; char city[64]; char postal[8]; unsigned first_unit, n_units; char kind; /* 'C' clinic 'S' health centre 'N' nursing home */ };
struct demo_staff {
	enum role role; char login[32]; char family[48], given[32]; char sex; char practitioner[40]; /* empty: no Practitioner */
	unsigned unit; unsigned site;
	uint32_t account;           /* once accounts are made */
};
struct demo_drug { struct str name, atc, cis, substance; };
struct demo_problem { struct str code, label; };
struct demo_wait { char task[40]; unsigned lines; int64_t since_ms; };                                              /* a patient in the pharmacists' queue */
struct demo_prescribed { char patient[40], request[40]; unsigned unit; const struct demo_drug *drug; };            /* a line of a running stay */

/* A running stay that looks lived in: its lines began days before, and what was due since is accounted for. */
struct demo_lived {
	char patient[40]; uint32_t number; unsigned unit; int64_t begin_ms;
	struct { char request[40]; const struct demo_drug *drug; unsigned take; } line[LIVED_LINES]; unsigned n_lines;
	bool waits;                 /* in the pharmacists' queue: only the first line was seen by one */
};

struct demo_canary { struct canary_new as; char id[40]; };

struct demo {
	const struct keeper_demo *ask;
	int64_t now_ms;             /* the last 10:00 of Paris that is over */
	int64_t made_ms;            /* now, or the day that was asked for */
	int64_t begins_ms;          /* the full hour after it is made: from then on orders in a ward have doses; of a stay that is lived in they began before */
	struct record_bulk *bulk;   /* or */
	FILE *lines;                /* NDJSON instead of a base */
	uint64_t n_lines;
	struct buf out;             /* the resource being written */
	/* tables */
	struct reference names, first_names, streets, communes, countries, cim10, frequencies, cis, compositions, atc;
	struct draw draw_name[4];   /* by period of birth */
	struct draw draw_given[2][13]; /* sex M, F; decade 1900 … 2020 */
	struct draw draw_birth_place, draw_home, draw_country, draw_street, draw_problem;
	struct demo_problem *problems;
	struct demo_drug drugs[64]; unsigned n_drugs;
	struct map64 nir_order;
	/* canaries, by the patient that they stand before */
	struct demo_canary *canary; size_t n_canaries; struct canary_names canary_names; struct arena canary_text;
	/* the group */
	struct demo_site site[DEMO_SITES]; struct demo_unit unit[DEMO_SITES * UNITS_PER_SITE]; unsigned n_units;
	struct demo_bed *bed; unsigned n_beds;
	struct demo_staff *staff; unsigned n_staff;
	char pharmacy[40]; uint32_t pharmacist[2]; /* empty: none is made; the unit, and the accounts of two who work in the first clinic */
	struct demo_drug narcotics[8]; unsigned n_narcotics;
	struct demo_wait wait[DEMO_WAITS]; unsigned n_waits;
	struct demo_prescribed prescribed[DEMO_PRESCRIBED]; unsigned n_prescribed;
	struct demo_lived lived[DEMO_LIVED]; unsigned n_lived, n_lived_in[UNITS_PER_SITE];
	unsigned unit_nurse[UNITS_PER_SITE][DEMO_NURSES], n_unit_nurse[UNITS_PER_SITE]; /* of the first clinic; staff indexes */
	unsigned unit_doctor[DEMO_SITES * UNITS_PER_SITE][16], n_unit_doctor[DEMO_SITES * UNITS_PER_SITE]; /* staff indexes */
};

struct demo_person {
	uint32_t number; char id[40];
	uint32_t place;                              /* among all with the canaries: what id and internal number come from */
	struct str family; struct str used;          /* used empty: same as family */
	struct str given[3]; unsigned n_given;
	char sex;                                    /* 'M' 'F' 'I' */
	struct civil born; bool dead; struct civil died;
	uint32_t birth_row; bool abroad;             /* row in communes or countries */
	uint32_t home_row, street_row; unsigned street_number; char postal[8];
	char nir[16]; char status[8];                /* PROV RECUP VALI QUAL */
	char phone[20], mail[64]; bool has_mail, has_phone;
	unsigned doctor;                             /* staff index of the treating physician; UINT_MAX none */
	char typo_family[64];                        /* a planted slip or homonym's spelling; used when not empty */
};

/* an id that sorts by (kind, number) and says nothing: UUID form, version 8 bits (RFC 9562 §5.8) */
void demo_id(char out[40], uint64_t seed, unsigned kind, uint64_t number);
enum demo_kind { ID_ORGANIZATION = 1, ID_LOCATION, ID_PRACTITIONER, ID_ROLE, ID_PATIENT, ID_ENCOUNTER, ID_APPOINTMENT, ID_ALLERGY, ID_CONDITION, ID_REQUEST, ID_OBSERVATION, ID_DOCUMENT, ID_SCHEDULE, ID_TASK };

enum rc demo_put(struct demo *d, const char *type, const char *id, int64_t at_ms, struct problem *p) CHECKED;

enum rc house_make(struct demo *d, struct problem *p) CHECKED;
bool in_pharmacy(const struct demo *d, const struct demo_staff *s); /* works in the pharmacy's unit first, in those of the site after it */
#define DEMO_PHARMACY "Pharmacie à usage intérieur"
void person_make(struct demo *d, uint32_t number, struct demo_person *who);
void person_placed(struct demo *d, struct demo_person *who, uint32_t place); /* the same person at another place among all */
void person_canary(struct demo *d, const struct canary_new *c, uint32_t place, struct demo_person *who);
/* canaries.c: chosen before anybody is put; written down, sealed, once they are in the base. */
enum rc canaries_choose(struct demo *d, struct problem *p) CHECKED;
enum rc canaries_keep(struct demo *d, struct db *db, struct problem *p) CHECKED;
void canaries_done(struct demo *d);
enum rc person_put(struct demo *d, const struct demo_person *who, struct problem *p) CHECKED;
/* calendar.c: one calendar a physician, with hours, and what is booked in it from today on out of the appointments of the record; Schedules before, in the bulk. */
enum rc calendars_put(struct demo *d, struct problem *p) CHECKED;
enum rc calendars_keep(struct demo *d, struct db *db, struct problem *p) CHECKED;
/* pharmacy.c: told by care.c of running stays of the first clinic, kept once the record is whole. Nothing where there is no pharmacy. */
enum rc pharmacy_wait(struct demo *d, const char *patient, const char *stay, const char *id, unsigned lines, int64_t at_ms, struct problem *p) CHECKED;
void pharmacy_line(struct demo *d, const char *patient, const char *request, unsigned unit, const struct demo_drug *drug);
enum rc pharmacy_keep(struct demo *d, struct db *db, struct problem *p) CHECKED;
/* lived.c: the last days of some stays of the first clinic, told by care.c, kept after the pharmacy's stock. Nothing where there is no pharmacy. */
struct demo_lived *lived_begin(struct demo *d, const struct demo_person *who, unsigned unit, int64_t start_ms);   /* NULL: not this one; start_ms: when the stay began */
const struct demo_drug *lived_line(struct demo *d, struct demo_lived *s, const struct demo_drug *drawn, unsigned take, const char *request); /* what is ordered in place of what was drawn */
void lived_rounds(const struct demo *d, uint32_t number, int64_t at[DEMO_ROUNDS]);                               /* the last rounds before it is made, in order */
const struct demo_staff *lived_nurse(const struct demo *d, unsigned unit, int64_t at_ms);                        /* who was there then */
enum rc lived_keep(struct demo *d, struct db *db, struct problem *p) CHECKED;
/* A register's name of a substance begins with this one, written small and without accents. */
bool demo_is_substance(struct str name, const char *want);
/* Of a line: the nth of the house's ways to take it, or (TAKE_NEEDED) on demand. */
#define TAKE_NEEDED 5
void care_posology(const struct demo_drug *drug, unsigned take, int64_t begin_ms, struct posology *q_r);
/* deed.c: an act as whoever could have done it, at an instant that is past. No entry of the ledger goes with it: nobody went through the gate. */
struct demo_deed { struct db_conn *c; int64_t txn; const struct actor *who; int64_t at_ms; };
enum rc demo_do(const struct demo_deed *by, const struct act *acts, const char *name, const struct pair *args, size_t n, struct problem *p) CHECKED;
extern const struct judge demo_judge;
/* bed: UINT_MAX when not present now */
enum rc care_put(struct demo *d, const struct demo_person *who, unsigned bed, struct problem *p) CHECKED;
#endif
