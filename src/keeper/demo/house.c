/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/house.c: the fictional group: 9 clinics, 5 health centres, 3 nursing homes, their functional units, rooms and beds, and 1,409 people of staff.
 * Names of sites are invented; towns are drawn among real ones of one region; no FINESS or RPPS number is given, since an invented one may be somebody's.
 * Start at house_make.
 */
#include "keeper/demo/demo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/fold.h"

static const char *const clinic_names[DEMO_CLINICS] = { "Clinique des Tilleuls", "Clinique du Clos Fleuri", "Clinique Val d'Aubépine", "Clinique de la Roseraie",
	"Clinique des Trois Ponts", "Clinique Belle Rive", "Clinique du Moulin Neuf", "Clinique Sainte-Cordée", "Clinique des Hauts Jardins" };
static const char *const centre_names[DEMO_CENTRES] = { "Centre de santé de la Gare", "Centre de santé des Acacias", "Centre de santé du Marché",
	"Centre de santé du Grand Pré", "Centre de santé de l'Écluse" };
static const char *const home_names[DEMO_HOMES] = { "Résidence Les Glycines", "Résidence Le Verger", "Résidence Les Capucines" };

struct unit_model { const char *name; unsigned beds; bool obstetric, emergency, consult; };
static const struct unit_model clinic_units[] = {
	{ "Médecine 2A",       24, false, false, false },
	{ "Médecine 2B",       24, false, false, false },
	{ "Chirurgie 3A",      24, false, false, false },
	{ "Chirurgie 3B",      24, false, false, false },
	{ "Maternité",         16, true,  false, false },
	{ "Soins de suite",    28, false, false, false },
	{ "Urgences",           8, false, true,  false },
	{ "Consultations",      0, false, false, true  },
};
static const struct unit_model centre_units[] = {
	{ "Consultations médicales", 0, false, false, true },
	{ "Soins infirmiers",        0, false, false, true },
};
static const struct unit_model home_units[] = {
	{ "Unité de vie Rez-de-jardin", 28, false, false, false },
	{ "Unité de vie Étage",         28, false, false, false },
	{ "Unité protégée",             14, false, false, false },
};

static enum rc
put_organization(struct demo *d, const char *id, const char *profile, const char *name, const char *code, const char *part_of, struct problem *p)
{
	struct jw w;

	compose_begin(&w, &d->out, "Organization", str_of(id), profile);
	jw_key(&w, "active");
	jw_bool(&w, true);
	if (code != NULL) {
		jw_key(&w, "type");
		jw_array(&w);
		compose_concept(&w, NULL, FRCORE_CS "fr-core-cs-v2-3307", str_of(code), STR_NONE, STR_NONE);
		jw_end(&w, ']');
	}
	jw_member(&w, "name", str_of(name));
	if (part_of != NULL)
		compose_ref(&w, "partOf", "Organization", str_of(part_of), STR_NONE);
	jw_end(&w, '}');
	return demo_put(d, "Organization", id, d->now_ms - 400 * DAY_MS, p);
}

static enum rc
put_location(struct demo *d, const char *id, const char *name, const char *code, const char *label, const char *unit, const char *part_of, struct problem *p)
{
	struct jw w;

	compose_begin(&w, &d->out, "Location", str_of(id), "fr-core-location");
	jw_member(&w, "status", STR("active"));
	jw_member(&w, "name", str_of(name));
	if (code != NULL) {
		jw_key(&w, "type");
		jw_array(&w);
		compose_concept(&w, NULL, FRCORE_CS "fr-core-cs-location-type", str_of(code), str_of(label), str_of(label));
		jw_end(&w, ']');
	}
	compose_ref(&w, "managingOrganization", "Organization", str_of(unit), STR_NONE);
	if (part_of != NULL)
		compose_ref(&w, "partOf", "Location", str_of(part_of), STR_NONE);
	jw_end(&w, '}');
	return demo_put(d, "Location", id, d->now_ms - 400 * DAY_MS, p);
}

/* Rooms of a unit: two singles for each double, beds F (window) and P (door). */
static enum rc
make_beds(struct demo *d, unsigned unit, uint64_t *number, struct problem *p)
{
	struct demo_unit *u = &d->unit[unit];
	char room_id[40], name[160];
	enum rc rc;

	demo_id(u->place, d->ask->seed, ID_LOCATION, (*number)++);
	if ((rc = put_location(d, u->place, u->name, NULL, NULL, u->id, NULL, p)) != RC_OK)
		return rc;
	u->first_bed = d->n_beds;
	for (unsigned made = 0, room = 201; made < u->n_beds; room++) {
		unsigned here = room % 3 == 0 && made + 2 <= u->n_beds ? 2 : 1;
		demo_id(room_id, d->ask->seed, ID_LOCATION, (*number)++);
		snprintf(name, sizeof name, "Chambre %u", room);
		if ((rc = put_location(d, room_id, name, "CHAM", "Chambre", u->id, u->place, p)) != RC_OK)
			return rc;
		for (unsigned b = 0; b < here; b++, made++) {
			struct demo_bed *bed = &d->bed[d->n_beds++];
			demo_id(bed->id, d->ask->seed, ID_LOCATION, (*number)++);
			snprintf(bed->label, sizeof bed->label, here == 2 ? (b == 0 ? "%u-F" : "%u-P") : "%u", room);
			bed->unit = unit;
			snprintf(name, sizeof name, "Lit %s", bed->label);
			if ((rc = put_location(d, bed->id, name, "LIT", "Lit", u->id, room_id, p)) != RC_OK)
				return rc;
		}
	}
	return RC_OK;
}

static void
pick_towns(struct demo *d)
{
	struct stream s = stream_of(d->ask->seed, UINT64_C(0x70776e));
	int type = reference_column(&d->communes, "type"), region = reference_column(&d->communes, "region");
	int population = reference_column(&d->communes, "population"), name = reference_column(&d->communes, "nom"), codes = reference_column(&d->communes, "codes_postaux");
	struct draw towns = { 0 };

	for (uint32_t r = 1; r < d->communes.rows; r++) {
		double people = reference_number(&d->communes, r, (unsigned)population);
		if (str_eq(reference_cell(&d->communes, r, (unsigned)type), "COM") && str_eq(reference_cell(&d->communes, r, (unsigned)region), "24") && people > 6000)
			draw_add(&towns, r, 1);
	}
	for (unsigned i = 0; i < DEMO_SITES; i++) {
		uint32_t r = draw_pick(&towns, &s);
		struct str rest, code = str_cut(reference_cell(&d->communes, r, (unsigned)codes), ' ', &rest);
		snprintf(d->site[i].city, sizeof d->site[i].city, "%.*s", STR_ARG(reference_cell(&d->communes, r, (unsigned)name)));
		snprintf(d->site[i].postal, sizeof d->site[i].postal, "%.*s", STR_ARG(code));
	}
	draw_done(&towns);
}

static enum rc
make_sites(struct demo *d, struct problem *p)
{
	char group[40];
	uint64_t organization = 0, location = 0;
	enum rc rc;

	pick_towns(d);
	demo_id(group, d->ask->seed, ID_ORGANIZATION, organization++);
	if ((rc = put_organization(d, group, "fr-core-organization", "Groupe de santé Aubeclair (démonstration)", NULL, NULL, p)) != RC_OK)
		return rc;
	d->bed = calloc((size_t)DEMO_SITES * 160, sizeof *d->bed);
	MUST(d->bed != NULL);
	for (unsigned i = 0; i < DEMO_SITES; i++) {
		struct demo_site *site = &d->site[i];
		const struct unit_model *model;
		site->kind = i < DEMO_CLINICS ? 'C' : i < DEMO_CLINICS + DEMO_CENTRES ? 'S' : 'N';
		const char *name = site->kind == 'C' ? clinic_names[i] : site->kind == 'S' ? centre_names[i - DEMO_CLINICS] : home_names[i - DEMO_CLINICS - DEMO_CENTRES];
		snprintf(site->name, sizeof site->name, "%s", name);
		demo_id(site->id, d->ask->seed, ID_ORGANIZATION, organization++);
		if ((rc = put_organization(d, site->id, "fr-core-organization", site->name, NULL, group, p)) != RC_OK)
			return rc;
		model = site->kind == 'C' ? clinic_units : site->kind == 'S' ? centre_units : home_units;
		site->n_units = site->kind == 'C' ? 8 : site->kind == 'S' ? 2 : 3;
		site->first_unit = d->n_units;
		for (unsigned u = 0; u < site->n_units; u++) {
			struct demo_unit *unit = &d->unit[d->n_units];
			demo_id(unit->id, d->ask->seed, ID_ORGANIZATION, organization++);
			snprintf(unit->name, sizeof unit->name, "%s", model[u].name);
			unit->site = i;
			unit->n_beds = model[u].beds;
			unit->obstetric = model[u].obstetric;
			unit->emergency = model[u].emergency;
			unit->consult = model[u].consult;
			if ((rc = put_organization(d, unit->id, "fr-core-organization-uf", unit->name, "UF", site->id, p)) != RC_OK ||
			    (rc = make_beds(d, d->n_units, &location, p)) != RC_OK)
				return rc;
			d->n_units++;
		}
	}
	if (d->ask->no_pharmacy || d->ask->ndjson != NULL)
		return RC_OK;
	demo_id(d->pharmacy, d->ask->seed, ID_ORGANIZATION, organization++);
	return put_organization(d, d->pharmacy, "fr-core-organization-uf", DEMO_PHARMACY, "UF", d->site[0].id, p);
}

/* ---- staff ---- */
bool
in_pharmacy(const struct demo *d, const struct demo_staff *s)
{
	return d->pharmacy[0] != '\0' && (s->role == ROLE_PHARMACIST || s->role == ROLE_TECHNICIAN);
}

static enum rc
put_practitioner(struct demo *d, struct demo_staff *s, unsigned number, struct problem *p)
{
	struct jw w;
	char mail[64], role_id[40];
	const char *profession = s->role == ROLE_PHYSICIAN ? "10" : "21"; /* TRE_G15: 10 médecin, 21 pharmacien */
	enum rc rc;

	demo_id(s->practitioner, d->ask->seed, ID_PRACTITIONER, number);
	compose_begin(&w, &d->out, "Practitioner", str_of(s->practitioner), "fr-core-practitioner");
	jw_key(&w, "active");
	jw_bool(&w, true);
	jw_key(&w, "name");
	jw_array(&w);
	jw_object(&w);
	jw_member(&w, "family", str_of(s->family));
	jw_key(&w, "given");
	jw_array(&w);
	jw_z(&w, s->given);
	jw_end(&w, ']');
	jw_key(&w, "suffix");
	jw_array(&w);
	jw_z(&w, "DR");
	jw_end(&w, ']');
	jw_end(&w, '}');
	jw_end(&w, ']');
	snprintf(mail, sizeof mail, "%s@aubeclair.test", s->login);
	jw_key(&w, "telecom");
	jw_array(&w);
	jw_object(&w);
	jw_member(&w, "system", STR("email"));
	jw_member(&w, "value", str_of(mail));
	jw_member(&w, "use", STR("work"));
	jw_end(&w, '}');
	jw_end(&w, ']');
	jw_key(&w, "qualification");
	jw_array(&w);
	jw_object(&w);
	compose_concept(&w, "code", NOS "TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante", str_of(profession), STR_NONE, STR_NONE);
	jw_end(&w, '}');
	jw_end(&w, ']');
	jw_end(&w, '}');
	if ((rc = demo_put(d, "Practitioner", s->practitioner, d->now_ms - 400 * DAY_MS, p)) != RC_OK)
		return rc;
	demo_id(role_id, d->ask->seed, ID_ROLE, number);
	compose_begin(&w, &d->out, "PractitionerRole", str_of(role_id), "fr-core-practitioner-role");
	jw_key(&w, "active");
	jw_bool(&w, true);
	compose_ref(&w, "practitioner", "Practitioner", str_of(s->practitioner), STR_NONE);
	compose_ref(&w, "organization", "Organization", str_of(in_pharmacy(d, s) ? d->pharmacy : d->unit[s->unit].id), STR_NONE);
	jw_end(&w, '}');
	return demo_put(d, "PractitionerRole", role_id, d->now_ms - 400 * DAY_MS, p);
}

static void
make_login(struct demo_staff *s, struct maps *taken)
{
	struct buf key;
	char base[24];
	uint64_t n = 0;

	buf_init(&key, 256);
	fold_key(&key, str_of(s->given));
	char initial = key.n > 0 ? key.p[0] : 'x';
	buf_reset(&key);
	fold_key(&key, str_of(s->family));
	size_t at = 0;
	base[at++] = initial;
	for (size_t i = 0; i < key.n && at < 16; i++)
		if (key.p[i] != ' ')
			base[at++] = key.p[i];
	base[at] = '\0';
	buf_done(&key);
	(void)maps_find(taken, str_of(base), &n);
	MUST(maps_put(taken, str_of(base), n + 1));
	if (n == 0)
		snprintf(s->login, sizeof s->login, "%s", base);
	else
		snprintf(s->login, sizeof s->login, "%s%u", base, (unsigned)n + 1);
}

/* How many of each role: 1,409 in all, a technician a clinic; the first of each works in the first clinic, so that the demo people meet. */
static const struct { enum role role; unsigned n; } staff_plan[] = {
	{ ROLE_PHYSICIAN, DEMO_DOCTORS }, { ROLE_PHARMACIST, DEMO_PHARMACISTS }, { ROLE_NURSE, 640 }, { ROLE_CLERK, 160 },
	{ ROLE_BILLING, 85 }, { ROLE_ADMIN, 8 }, { ROLE_RSSI, 3 }, { ROLE_DPO, 4 }, { ROLE_TECHNICIAN, DEMO_CLINICS },
};

static enum rc
make_staff(struct demo *d, struct problem *p)
{
	struct maps *taken = maps_new();
	unsigned practitioner = 0;
	enum rc rc = RC_OK;

	d->staff = calloc(DEMO_STAFF, sizeof *d->staff);
	MUST(d->staff != NULL && taken != NULL);
	for (size_t k = 0; k < sizeof staff_plan / sizeof staff_plan[0]; k++)
		for (unsigned i = 0; i < staff_plan[k].n && rc == RC_OK; i++) {
			struct demo_staff *s = &d->staff[d->n_staff++];
			struct stream draw = stream_of(d->ask->seed ^ UINT64_C(0x57aff), d->n_staff);
			unsigned decade = 6 + stream_below(&draw, 4); /* born 1960 … 1999 */
			s->role = staff_plan[k].role;
			s->sex = stream_below(&draw, 100) < (s->role == ROLE_NURSE ? 86u : 52u) ? 'F' : 'M';
			struct str given = reference_cell(&d->first_names, draw_pick(&d->draw_given[s->sex == 'F'][decade], &draw), 1);
			struct str family = reference_cell(&d->names, draw_pick(&d->draw_name[2], &draw), 0);
			snprintf(s->given, sizeof s->given, "%.*s", STR_ARG(given));
			snprintf(s->family, sizeof s->family, "%.*s", STR_ARG(family));
			/* the first forty of a role fill the first clinic unit by unit; the others go round the group */
			s->unit = i < 40 ? i % d->site[0].n_units : stream_below(&draw, d->n_units);
			if (s->role == ROLE_TECHNICIAN)
				s->unit = d->site[i].first_unit;
			s->site = d->unit[s->unit].site;
			make_login(s, taken);
			if (s->role == ROLE_PHYSICIAN && d->n_unit_doctor[s->unit] < 16)
				d->unit_doctor[s->unit][d->n_unit_doctor[s->unit]++] = d->n_staff - 1;
			if (s->role == ROLE_NURSE && s->site == 0 && d->n_unit_nurse[s->unit] < DEMO_NURSES)
				d->unit_nurse[s->unit][d->n_unit_nurse[s->unit]++] = d->n_staff - 1;
			if (s->role == ROLE_PHYSICIAN || s->role == ROLE_PHARMACIST)
				rc = put_practitioner(d, s, practitioner++, p);
		}
	MUST(rc != RC_OK || d->n_staff == DEMO_STAFF);
	maps_free(&taken);
	return rc;
}

enum rc
house_make(struct demo *d, struct problem *p)
{
	enum rc rc = make_sites(d, p);

	return rc == RC_OK ? make_staff(d, p) : rc;
}
