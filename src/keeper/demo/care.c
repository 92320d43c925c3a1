/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/care.c: what happened to a synthetic patient: stays, appointments, allergies, problems, treatments, vital signs, letters.
 * Frequencies of problems are the national counts of diagnoses; all the rest is drawn roughly and claims no medical truth. Start at care_put.
 */
#include "keeper/demo/demo.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codec/base64.h"
#include "hospital/posology.h"

#define SCT "http://snomed.info/sct"
#define LOINC "http://loinc.org"
#define UCUM "http://unitsofmeasure.org"
#define ATC "http://www.whocc.no/atc"
#define BDPM "https://base-donnees-publique.medicaments.gouv.fr"
#define TERM "http://terminology.hl7.org/CodeSystem/"

struct care {
	struct demo *d;
	const struct demo_person *who;
	struct stream s;
	unsigned made[16];        /* resources of each kind so far, for ids */
	char encounter[40];       /* the stay being written, empty outside */
	unsigned unit, doctor;    /* where and by whom */
	int age;
	bool present;             /* the stay being written runs */
	struct demo_lived *lived; /* and looks lived in; NULL: it does not */
};

static void
next_id(struct care *c, enum demo_kind kind, char out[40])
{
	demo_id(out, c->d->ask->seed, kind, (uint64_t)c->who->number * 256 + c->made[kind]++);
}

static const struct demo_staff *
doctor_of(const struct care *c)
{
	return &c->d->staff[c->doctor];
}

static void
choose_unit(struct care *c, unsigned unit)
{
	c->unit = unit;
	unsigned n = c->d->n_unit_doctor[unit];
	c->doctor = n > 0 ? c->d->unit_doctor[unit][stream_below(&c->s, n)] : stream_below(&c->s, DEMO_DOCTORS);
}

static void
subject(struct care *c, struct jw *w, const char *key)
{
	compose_ref(w, key, "Patient", str_of(c->who->id), STR_NONE);
}

static void
encounter_ref(struct care *c, struct jw *w)
{
	if (c->encounter[0] != '\0')
		compose_ref(w, "encounter", "Encounter", str_of(c->encounter), STR_NONE);
}

static void
doctor_ref(struct care *c, struct jw *w, const char *key)
{
	char label[96];
	const struct demo_staff *doctor = doctor_of(c);

	snprintf(label, sizeof label, "Dr %s %s", doctor->given, doctor->family);
	compose_ref(w, key, "Practitioner", str_of(doctor->practitioner), str_of(label));
}

/* ---- stays ---- */
static enum rc
put_stay(struct care *c, unsigned bed, int64_t start, int64_t end /* 0: present */, struct problem *p)
{
	struct jw w;
	const struct demo_unit *unit = &c->d->unit[c->unit];
	char label[200];

	next_id(c, ID_ENCOUNTER, c->encounter);
	compose_begin(&w, &c->d->out, "Encounter", str_of(c->encounter), "fr-core-encounter");
	jw_member(&w, "status", end == 0 ? STR("in-progress") : STR("finished"));
	jw_key(&w, "class");
	if (unit->emergency)
		compose_coding(&w, TERM "v3-ActCode", STR("EMER"), STR("emergency"));
	else
		compose_coding(&w, TERM "v3-ActCode", STR("IMP"), STR("inpatient encounter"));
	subject(c, &w, "subject");
	jw_key(&w, "participant");
	jw_array(&w);
	jw_object(&w);
	jw_key(&w, "type");
	jw_array(&w);
	compose_concept(&w, NULL, TERM "v3-ParticipationType", STR("ATND"), STR("attender"), STR_NONE);
	jw_end(&w, ']');
	doctor_ref(c, &w, "individual");
	jw_end(&w, '}');
	jw_end(&w, ']');
	jw_key(&w, "period");
	jw_object(&w);
	compose_instant(&w, "start", start);
	if (end != 0)
		compose_instant(&w, "end", end);
	jw_end(&w, '}');
	if (bed != UINT_MAX) {
		snprintf(label, sizeof label, "Lit %s", c->d->bed[bed].label);
		jw_key(&w, "location");
		jw_array(&w);
		jw_object(&w);
		compose_ref(&w, "location", "Location", str_of(c->d->bed[bed].id), str_of(label));
		jw_member(&w, "status", end == 0 ? STR("active") : STR("completed"));
		jw_end(&w, '}');
		jw_end(&w, ']');
	}
	snprintf(label, sizeof label, "%s, %s", unit->name, c->d->site[unit->site].name);
	compose_ref(&w, "serviceProvider", "Organization", str_of(unit->id), str_of(label));
	jw_end(&w, '}');
	return demo_put(c->d, "Encounter", c->encounter, end == 0 ? start : end, p);
}

/* ---- problems ---- */
static enum rc
put_problem(struct care *c, int64_t at, bool listed, struct problem *p)
{
	struct jw w;
	char id[40], dotted[16];
	const struct demo_problem *x = &c->d->problems[draw_pick(&c->d->draw_problem, &c->s)];

	for (unsigned tries = 0; tries < 20; tries++) { /* births are for women of that age only */
		char chapter = x->code.p[0];
		bool fits = chapter == 'O' ? c->who->sex == 'F' && c->age > 15 && c->age < 48 : chapter == 'P' ? c->age < 1 :
		            chapter == 'N' && (x->code.p[1] >= '7') ? c->who->sex == 'F' : true;
		if (fits)
			break;
		x = &c->d->problems[draw_pick(&c->d->draw_problem, &c->s)];
	}
	if (x->code.n > 3)
		snprintf(dotted, sizeof dotted, "%.3s.%.*s", x->code.p, (int)(x->code.n - 3), x->code.p + 3);
	else
		snprintf(dotted, sizeof dotted, "%.*s", STR_ARG(x->code));
	next_id(c, ID_CONDITION, id);
	compose_begin(&w, &c->d->out, "Condition", str_of(id), NULL);
	compose_concept(&w, "clinicalStatus", TERM "condition-clinical", STR("active"), STR_NONE, STR_NONE);
	compose_concept(&w, "verificationStatus", TERM "condition-ver-status", STR("confirmed"), STR_NONE, STR_NONE);
	jw_key(&w, "category");
	jw_array(&w);
	compose_concept(&w, NULL, TERM "condition-category", listed ? STR("problem-list-item") : STR("encounter-diagnosis"), STR_NONE, STR_NONE);
	jw_end(&w, ']');
	compose_concept(&w, "code", "http://hl7.org/fhir/sid/icd-10", str_of(dotted), x->label, STR_NONE);
	subject(c, &w, "subject");
	encounter_ref(c, &w);
	compose_date(&w, "onsetDateTime", civil_paris(at));
	compose_instant(&w, "recordedDate", at);
	doctor_ref(c, &w, "recorder");
	jw_end(&w, '}');
	return demo_put(c->d, "Condition", id, at, p);
}

/* ---- allergies ---- */
static const struct { const char *text, *category, *criticality; } allergens[] = {
	{ "Amoxicilline", "medication", "high" }, { "Pénicillines", "medication", "high" }, { "Acide acétylsalicylique", "medication", "low" },
	{ "Codéine", "medication", "low" }, { "Produits de contraste iodés", "medication", "high" }, { "Latex", "environment", "low" },
	{ "Arachide", "food", "high" }, { "Pollens de graminées", "environment", "low" }, { "Sulfamides", "medication", "low" },
};

static enum rc
put_allergy(struct care *c, bool none_known, int64_t at, struct problem *p)
{
	struct jw w;
	char id[40];
	unsigned which = stream_below(&c->s, sizeof allergens / sizeof allergens[0]);

	next_id(c, ID_ALLERGY, id);
	compose_begin(&w, &c->d->out, "AllergyIntolerance", str_of(id), NULL);
	compose_concept(&w, "clinicalStatus", TERM "allergyintolerance-clinical", STR("active"), STR_NONE, STR_NONE);
	compose_concept(&w, "verificationStatus", TERM "allergyintolerance-verification", STR("confirmed"), STR_NONE, STR_NONE);
	if (none_known) {
		compose_concept(&w, "code", SCT, STR("716186003"), STR("No known allergy"), STR("Aucune allergie connue"));
	} else {
		jw_member(&w, "type", STR("allergy"));
		jw_key(&w, "category");
		jw_array(&w);
		jw_z(&w, allergens[which].category);
		jw_end(&w, ']');
		jw_member(&w, "criticality", str_of(allergens[which].criticality));
		compose_concept(&w, "code", NULL, STR_NONE, STR_NONE, str_of(allergens[which].text));
	}
	subject(c, &w, "patient");
	compose_instant(&w, "recordedDate", at);
	doctor_ref(c, &w, "recorder");
	jw_end(&w, '}');
	return demo_put(c->d, "AllergyIntolerance", id, at, p);
}

/* ---- treatments ---- */
static const char *const posologies[] = { "1 le matin", "1 le soir", "1 matin et soir", "1 matin, midi et soir", "1 au coucher", "1 toutes les 8 heures si besoin", "1 un jour sur deux" };

/* "prednisone - CORTANCYL 5 mg, comprimé sécable": the substance first, in small letters (ASCII and Latin-1 capitals), then the product as its register has it. */
static void
drug_text(const struct demo_drug *drug, struct buf *out)
{
	for (size_t i = 0; i < drug->substance.n; i++) {
		unsigned char b = (unsigned char)drug->substance.p[i];
		bool after_c3 = i > 0 && (unsigned char)drug->substance.p[i - 1] == 0xc3;
		buf_ch(out, (char)((b >= 'A' && b <= 'Z') || (after_c3 && b >= 0x80 && b <= 0x9e && b != 0x97) ? b + 0x20 : b));
	}
	buf_z(out, " - ");
	buf_str(out, drug->name);
}

/* In a ward: exact moments, so that rounds have times; on demand: the words of posologies. */
static const char *const takes[TAKE_NEEDED] = { "matin", "soir", "matin soir", "matin midi soir", "coucher" };
/* Of some substances the draw is held to moments that nobody wonders at; it is no rule of prescribing. */
static const struct { const char *substance, *take; } taken[] = {
	{ "zopiclone", "coucher" }, { "atorvastatine", "soir" }, { "rosuvastatine", "soir" }, { "omeprazole", "matin" }, { "pantoprazole", "matin" }, { "levothyroxine", "matin" },
	{ "furosemide", "matin" }, { "prednisone", "matin" }, { "apixaban", "matin soir" }, { "metformine", "matin soir" }, { NULL, NULL },
};

static const char *
take_of(const struct demo_drug *drug, unsigned drawn)
{
	for (size_t i = 0; taken[i].substance != NULL; i++)
		if (demo_is_substance(drug->substance, taken[i].substance))
			return taken[i].take;
	return takes[drawn];
}

/* As its product is counted (pharmacy.c); of what is counted otherwise the stock is not asked. */
static struct str
unit_of(struct str name)
{
	static const struct { const char *word, *ucum; } units[] = { { "comprim", "{comprime}" }, { "lule", "{gelule}" }, { "sachet", "{sachet}" }, { "ampoule", "{ampoule}" } };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (memmem(name.p, name.n, units[i].word, strlen(units[i].word)) != NULL)
			return str_of(units[i].ucum);
	return STR("{dose}");
}

void
care_posology(const struct demo_drug *drug, unsigned take, int64_t begin_ms, struct posology *q_r)
{
	struct posology_bad bad[POSOLOGY_BAD];
	unsigned n = 0;
	struct posology_typed typed = { .kind = STR("moments"), .dose = STR("1"), .unit = unit_of(drug->name) };

	if (take == TAKE_NEEDED) {
		typed.kind = STR("as_needed");
		typed.gap = STR("8 h");
	} else {
		typed.take = str_of(take_of(drug, take));
	}
	posology_type(&typed, begin_ms, q_r, bad, &n);
	MUST(n == 0);
}

/* The first dose is one that is due after the demonstration is made: nothing stands late that nobody could give. Where a stay is lived in, lived.c accounts for those before. */
static void
put_dosage(struct care *c, const struct demo_drug *drug, unsigned take, struct jw *w)
{
	struct posology q;

	care_posology(drug, take, c->lived != NULL ? c->lived->begin_ms : c->d->begins_ms, &q);
	posology_write(w, &q);
}

/* drug, take: drawn before by the caller, in a ward. */
static enum rc
put_order(struct care *c, const struct demo_drug *drug, unsigned take, int64_t at, struct problem *p)
{
	struct jw w;
	char id[40];
	struct buf text;

	next_id(c, ID_REQUEST, id);
	if (c->lived != NULL)
		drug = lived_line(c->d, c->lived, drug, take, id);
	else if (c->present && c->d->unit[c->unit].site == 0) /* what is dispensed by name; the other draws on the ward's stock */
		pharmacy_line(c->d, c->who->id, id, c->unit, drug);
	compose_begin(&w, &c->d->out, "MedicationRequest", str_of(id), NULL);
	jw_member(&w, "status", STR("active"));
	jw_member(&w, "intent", STR("order"));
	jw_key(&w, "medicationCodeableConcept");
	jw_object(&w);
	jw_key(&w, "coding");
	jw_array(&w);
	compose_coding(&w, BDPM, drug->cis, drug->name);
	if (drug->atc.n > 0)
		compose_coding(&w, ATC, drug->atc, STR_NONE);
	jw_end(&w, ']');
	buf_init(&text, 1024);
	drug_text(drug, &text);
	jw_member(&w, "text", buf_view(&text));
	buf_done(&text);
	jw_end(&w, '}');
	subject(c, &w, "subject");
	encounter_ref(c, &w);
	compose_instant(&w, "authoredOn", at);
	doctor_ref(c, &w, "requester");
	jw_key(&w, "dosageInstruction");
	if (c->present) {
		put_dosage(c, drug, take, &w);
	} else {
		jw_array(&w);
		jw_object(&w);
		jw_member(&w, "text", str_of(posologies[stream_below(&c->s, sizeof posologies / sizeof posologies[0])]));
		jw_end(&w, '}');
		jw_end(&w, ']');
	}
	jw_end(&w, '}');
	return demo_put(c->d, "MedicationRequest", id, at, p);
}

static enum rc
put_treatment(struct care *c, int64_t at, struct problem *p)
{
	const struct demo_drug *drug = &c->d->drugs[stream_below(&c->s, c->d->n_drugs)];

	return put_order(c, drug, c->present ? stream_below(&c->s, TAKE_NEEDED) : 0, at, p);
}

/* ---- vital signs ---- */
enum vital { VITAL_BP, VITAL_PULSE, VITAL_TEMPERATURE, VITAL_SATURATION, VITAL_WEIGHT, VITAL__END };
static const struct { const char *code, *label, *unit, *ucum, *profile; double middle, spread; unsigned tenths; } vitals[VITAL__END] = {
	[VITAL_BP]          = { "85354-9", "Pression artérielle",      "mm[Hg]", "mm[Hg]", "fr-core-observation-bp",               128,  14,  0 },
	[VITAL_PULSE]       = { "8867-4",  "Fréquence cardiaque",      "/min",   "/min",   "fr-core-observation-heart-rate",        78,  11,  0 },
	[VITAL_TEMPERATURE] = { "8310-5",  "Température corporelle",   "°C",     "Cel",    "fr-core-observation-body-temperature",  37.0, 0.5, 1 },
	[VITAL_SATURATION]  = { "2708-6",  "Saturation en oxygène",    "%",      "%",      NULL,                                    96,   2,  0 },
	[VITAL_WEIGHT]      = { "29463-7", "Poids corporel",           "kg",     "kg",     "fr-core-observation-body-weight",       71,  13,  1 },
};

static void
quantity(struct jw *w, const char *key, double value, unsigned tenths, const char *unit, const char *ucum)
{
	char text[24];

	snprintf(text, sizeof text, tenths ? "%.1f" : "%.0f", value);
	jw_key(w, key);
	jw_object(w);
	jw_key(w, "value");
	jw_raw(w, str_of(text));
	jw_member(w, "unit", str_of(unit));
	jw_member(w, "system", STR(UCUM));
	jw_member(w, "code", str_of(ucum));
	jw_end(w, '}');
}

static void
pressure_part(struct jw *w, const char *code, const char *label, double value)
{
	jw_object(w);
	compose_concept(w, "code", LOINC, str_of(code), str_of(label), STR_NONE);
	quantity(w, "valueQuantity", value, 0, "mm[Hg]", "mm[Hg]");
	jw_end(w, '}');
}

/* base: this patient's own middle, so that a series looks like one person's */
static enum rc
put_vital(struct care *c, enum vital v, double base, int64_t at, struct problem *p)
{
	struct jw w;
	char id[40];
	double value = base + (stream_unit(&c->s) - 0.5) * vitals[v].spread * (v == VITAL_WEIGHT ? 0.05 : 0.6);

	if (v == VITAL_SATURATION && value > 100)
		value = 100;
	next_id(c, ID_OBSERVATION, id);
	compose_begin(&w, &c->d->out, "Observation", str_of(id), vitals[v].profile);
	jw_member(&w, "status", STR("final"));
	jw_key(&w, "category");
	jw_array(&w);
	compose_concept(&w, NULL, TERM "observation-category", STR("vital-signs"), STR_NONE, STR_NONE);
	jw_end(&w, ']');
	compose_concept(&w, "code", LOINC, str_of(vitals[v].code), str_of(vitals[v].label), STR_NONE);
	subject(c, &w, "subject");
	encounter_ref(c, &w);
	compose_instant(&w, "effectiveDateTime", at);
	jw_key(&w, "performer");
	jw_array(&w);
	compose_ref(&w, NULL, "Organization", str_of(c->d->unit[c->unit].id), str_of(c->d->unit[c->unit].name));
	if (c->lived != NULL) {
		const struct demo_staff *nurse = lived_nurse(c->d, c->unit, at);
		char name[96];
		snprintf(name, sizeof name, "%s %s", nurse->given, nurse->family);
		jw_object(&w);
		jw_member(&w, "display", str_of(name));
		jw_end(&w, '}');
	}
	jw_end(&w, ']');
	if (v == VITAL_BP) {
		jw_key(&w, "component");
		jw_array(&w);
		pressure_part(&w, "8480-6", "Pression artérielle systolique", value);
		pressure_part(&w, "8462-4", "Pression artérielle diastolique", value * 0.6 + 2);
		jw_end(&w, ']');
	} else {
		quantity(&w, "valueQuantity", value, vitals[v].tenths, vitals[v].unit, vitals[v].ucum);
	}
	jw_end(&w, '}');
	return demo_put(c->d, "Observation", id, at, p);
}

static double
own_base(struct care *c, enum vital v)
{
	double base = vitals[v].middle + (stream_unit(&c->s) - 0.5) * 2 * vitals[v].spread;

	if (v == VITAL_WEIGHT && c->age < 16)
		base = 3.5 + c->age * 3.2;
	if (v == VITAL_PULSE && c->age < 6)
		base += 35;
	if (v == VITAL_BP && c->age < 12)
		base = 95;
	return v == VITAL_SATURATION && base > 99 ? 99 : base;
}

static enum rc
put_series(struct care *c, int64_t from, int64_t to, unsigned rounds, struct problem *p)
{
	double base[VITAL__END];
	enum rc rc = RC_OK;

	for (unsigned v = 0; v < VITAL__END; v++)
		base[v] = own_base(c, v);
	for (unsigned r = 0; r < rounds && rc == RC_OK; r++) {
		int64_t at = rounds == 1 ? from : from + (to - from) / (rounds - 1) * r;
		for (unsigned v = 0; v < VITAL__END && rc == RC_OK; v++)
			if (v != VITAL_WEIGHT || r % 3 == 0)
				rc = put_vital(c, v, base[v], at, p);
	}
	return rc;
}

/* The last rounds of the ward in place of a series of nine: as many draws, so that all the rest stays as it is without a pharmacy. */
static enum rc
put_rounds(struct care *c, int64_t since, struct problem *p)
{
	double base[VITAL__END];
	int64_t at[DEMO_ROUNDS];
	enum rc rc = RC_OK;

	lived_rounds(c->d, c->who->number, at);
	for (unsigned v = 0; v < VITAL__END; v++)
		base[v] = own_base(c, v);
	for (unsigned r = 0; r < DEMO_ROUNDS && rc == RC_OK; r++)
		for (unsigned v = 0; v < VITAL__END && rc == RC_OK; v++) {
			if (v == VITAL_WEIGHT && r % 3 != 0)
				continue;
			if (at[r] >= since)
				rc = put_vital(c, v, base[v], at[r], p);
			else
				(void)stream_unit(&c->s); /* before this stay */
		}
	return rc;
}

/* ---- letters ---- */
static enum rc
put_letter(struct care *c, int64_t at, struct problem *p)
{
	struct jw w;
	char id[40], text[900];
	struct buf packed;
	const struct demo_unit *unit = &c->d->unit[c->unit];
	struct civil day = civil_paris(at);

	snprintf(text, sizeof text,
	         "%s\n%s\n\nLe %02d/%02d/%04d\n\nChère consœur, cher confrère,\n\nJ'ai suivi dans notre service votre patient(e) %.*s %.*s, né(e) le %02d/%02d/%04d. "
	         "Le séjour s'est déroulé sans incident. Le traitement de sortie figure sur l'ordonnance jointe. Une consultation de contrôle est prévue.\n\n"
	         "Document de démonstration: aucune information médicale réelle.\n\nDr %s %s\n",
	         c->d->site[unit->site].name, unit->name, day.day, day.month, day.year, STR_ARG(c->who->given[0]), STR_ARG(c->who->family),
	         c->who->born.day, c->who->born.month, c->who->born.year, doctor_of(c)->given, doctor_of(c)->family);
	buf_init(&packed, 4096);
	base64_put(&packed, str_of(text));
	next_id(c, ID_DOCUMENT, id);
	compose_begin(&w, &c->d->out, "DocumentReference", str_of(id), NULL);
	jw_member(&w, "status", STR("current"));
	compose_concept(&w, "type", LOINC, STR("11490-0"), STR_NONE, STR("Lettre de liaison à la sortie"));
	subject(c, &w, "subject");
	compose_instant(&w, "date", at);
	jw_key(&w, "author");
	jw_array(&w);
	doctor_ref(c, &w, NULL);
	jw_end(&w, ']');
	jw_key(&w, "content");
	jw_array(&w);
	jw_object(&w);
	jw_key(&w, "attachment");
	jw_object(&w);
	jw_member(&w, "contentType", STR("text/plain; charset=utf-8"));
	jw_member(&w, "language", STR("fr-FR"));
	jw_member(&w, "data", buf_view(&packed));
	jw_member(&w, "title", STR("Lettre de liaison"));
	compose_instant(&w, "creation", at);
	jw_end(&w, '}');
	jw_end(&w, '}');
	jw_end(&w, ']');
	if (c->encounter[0] != '\0') {
		jw_key(&w, "context");
		jw_object(&w);
		jw_key(&w, "encounter");
		jw_array(&w);
		compose_ref(&w, NULL, "Encounter", str_of(c->encounter), STR_NONE);
		jw_end(&w, ']');
		jw_end(&w, '}');
	}
	jw_end(&w, '}');
	buf_done(&packed);
	return demo_put(c->d, "DocumentReference", id, at, p);
}

/* ---- appointments ---- */
static unsigned
consult_unit(struct care *c)
{
	for (;;) {
		unsigned u = stream_below(&c->s, c->d->n_units);
		if (c->d->unit[u].consult)
			return u;
	}
}

static enum rc
put_appointment(struct care *c, int64_t at, struct problem *p)
{
	struct jw w;
	char id[40];
	const struct demo_unit *unit = &c->d->unit[c->unit];
	bool past = at < c->d->now_ms;

	next_id(c, ID_APPOINTMENT, id);
	compose_begin(&w, &c->d->out, "Appointment", str_of(id), "fr-core-appointment");
	jw_member(&w, "status", past ? STR("fulfilled") : STR("booked"));
	jw_member(&w, "description", STR("Consultation"));
	compose_instant(&w, "start", at);
	compose_instant(&w, "end", at + 20 * 60000);
	jw_key(&w, "participant");
	jw_array(&w);
	jw_object(&w);
	subject(c, &w, "actor");
	jw_member(&w, "status", STR("accepted"));
	jw_end(&w, '}');
	jw_object(&w);
	doctor_ref(c, &w, "actor");
	jw_member(&w, "status", STR("accepted"));
	jw_end(&w, '}');
	jw_object(&w);
	compose_ref(&w, "actor", "Location", str_of(unit->place), str_of(unit->name));
	jw_member(&w, "status", STR("accepted"));
	jw_end(&w, '}');
	jw_end(&w, ']');
	jw_end(&w, '}');
	return demo_put(c->d, "Appointment", id, past ? at : c->d->now_ms - 3 * DAY_MS, p);
}

/* ---- one patient ---- */
/* Of the first clinic's patients a third: no draw, so that all the rest stays as it is without a pharmacy. */
static bool
who_waits(const struct care *c)
{
	return c->who->number % 3 == 0;
}

static enum rc
present_stay(struct care *c, unsigned bed, struct problem *p)
{
	struct demo *d = c->d;
	bool home = d->site[d->unit[d->bed[bed].unit].site].kind == 'N';
	int64_t days = home ? 30 + stream_below(&c->s, 900) : 1 + stream_below(&c->s, 9);
	int64_t start = d->now_ms - days * DAY_MS + (int64_t)stream_below(&c->s, 8) * HOUR_MS;
	enum rc rc;

	choose_unit(c, d->bed[bed].unit);
	c->present = true;
	c->lived = c->age >= 18 ? lived_begin(d, c->who, c->unit, start) : NULL;
	rc = put_stay(c, bed, start, 0, p);
	for (unsigned i = 0, n = 1 + stream_below(&c->s, 2); i < n && rc == RC_OK; i++)
		rc = put_problem(c, start + HOUR_MS, false, p);
	unsigned lines = 3 + stream_below(&c->s, 4);
	for (unsigned i = 0; i < lines && rc == RC_OK; i++)
		rc = put_treatment(c, c->lived != NULL ? c->lived->begin_ms : start + 2 * HOUR_MS, p);
	if (rc == RC_OK && c->lived != NULL)
		rc = put_order(c, d->drugs, TAKE_NEEDED, c->lived->begin_ms, p);
	if (rc == RC_OK && d->pharmacy[0] != '\0' && d->unit[c->unit].site == 0 && who_waits(c)) {
		char task[40];
		next_id(c, ID_TASK, task);
		if (c->lived != NULL)
			c->lived->waits = d->n_waits < DEMO_WAITS;
		rc = pharmacy_wait(d, c->who->id, c->encounter, task, lines, d->now_ms - (1 + c->who->number % 11) * HOUR_MS, p);
	}
	int64_t from = days > 5 ? d->now_ms - 5 * DAY_MS : start + HOUR_MS;
	if (rc == RC_OK && c->lived != NULL)
		rc = put_rounds(c, start + HOUR_MS, p);
	else if (rc == RC_OK)
		rc = put_series(c, from, d->now_ms - HOUR_MS, home ? 3 : DEMO_ROUNDS, p);
	if (rc == RC_OK)
		rc = put_letter(c, start + 3 * HOUR_MS, p);
	c->present = false;
	c->lived = NULL;
	c->encounter[0] = '\0';
	return rc;
}

static enum rc
past_stay(struct care *c, struct problem *p)
{
	struct demo *d = c->d;
	unsigned unit;
	enum rc rc;

	do
		unit = stream_below(&c->s, d->n_units);
	while (d->unit[unit].n_beds == 0 || d->unit[unit].obstetric || d->site[d->unit[unit].site].kind == 'N');
	choose_unit(c, unit);
	int64_t end = d->now_ms - (int64_t)(3 + stream_below(&c->s, 1400)) * DAY_MS;
	int64_t start = end - (int64_t)(1 + stream_below(&c->s, 8)) * DAY_MS;
	rc = put_stay(c, d->unit[unit].first_bed + stream_below(&c->s, d->unit[unit].n_beds), start, end, p);
	if (rc == RC_OK)
		rc = put_problem(c, start + HOUR_MS, false, p);
	if (rc == RC_OK)
		rc = put_series(c, start + HOUR_MS, start + HOUR_MS, 1, p);
	if (rc == RC_OK && stream_below(&c->s, 100) < 80)
		rc = put_letter(c, end, p);
	c->encounter[0] = '\0';
	return rc;
}

enum rc
care_put(struct demo *d, const struct demo_person *who, unsigned bed, struct problem *p)
{
	struct care c = { .d = d, .who = who, .s = stream_of(d->ask->seed ^ UINT64_C(0xca7e), who->number), .doctor = who->doctor };
	int64_t year_ago = d->now_ms - 360 * DAY_MS;
	enum rc rc = RC_OK;

	c.age = age_years(who->born, civil_utc(d->now_ms));
	unsigned doctor_unit = d->staff[who->doctor].unit;
	c.unit = doctor_unit;
	unsigned allergy = stream_below(&c.s, 100);
	if (bed != UINT_MAX && allergy >= 34)
		allergy = 12 + allergy % 22; /* somebody asks at admission */
	if (allergy < 12)
		rc = put_allergy(&c, false, year_ago, p);
	if (rc == RC_OK && allergy < 3)
		rc = put_allergy(&c, false, year_ago, p);
	if (rc == RC_OK && allergy >= 12 && allergy < 34)
		rc = put_allergy(&c, true, year_ago, p);
	if (stream_below(&c.s, 100) < (c.age > 50 ? 55u : 14u))
		for (unsigned i = 0, n = 1 + stream_below(&c.s, 2); i < n && rc == RC_OK; i++)
			rc = put_problem(&c, d->now_ms - (int64_t)(30 + stream_below(&c.s, 2500)) * DAY_MS, true, p);
	if (bed == UINT_MAX && !who->dead && stream_below(&c.s, 100) < (c.age > 50 ? 45u : 12u))
		for (unsigned i = 0, n = 1 + stream_below(&c.s, 3); i < n && rc == RC_OK; i++)
			rc = put_treatment(&c, d->now_ms - (int64_t)(1 + stream_below(&c.s, 80)) * DAY_MS, p);
	unsigned stays = d->ask->stays / 100 + (stream_below(&c.s, 100) < d->ask->stays % 100);
	for (unsigned i = 0; i < stays && rc == RC_OK; i++)
		rc = past_stay(&c, p);
	if (rc == RC_OK && bed != UINT_MAX)
		rc = present_stay(&c, bed, p);
	if (rc == RC_OK && !who->dead && stream_below(&c.s, 100) < 16) {
		choose_unit(&c, consult_unit(&c));
		int64_t day = (int64_t)stream_below(&c.s, 75) - 45;
		rc = put_appointment(&c, d->now_ms + day * DAY_MS + (int64_t)stream_below(&c.s, 24) * 20 * 60000 - 2 * HOUR_MS, p);
	}
	return rc;
}
