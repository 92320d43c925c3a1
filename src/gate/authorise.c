/* SPDX-License-Identifier: Apache-2.0 */
/* gate/authorise.c: see authorise.h. A type or an element that no row names is not seen by persons: a new one must be judged, never inherited. */
#include "gate/authorise.h"

#include <pthread.h>
#include <string.h>

#define PERSON (MAY_ANYONE | MAY_SIGNED_IN)
#define CARE (PERSON | MAY_FIND_PATIENT | MAY_READ_IDENTITY | MAY_READ_CHART | MAY_WRITE_IDENTITY | MAY_WRITE_CHART | MAY_BREAK_GLASS | MAY_WORK_LIST)

/*
 * Rights by role, and which job's budgets it has (ladder.c: SECURITY 7.3, columns "B … hard q99.99" and "Bu … q99.99 a day" are its hard stops). Administrator, RSSI and operator: 0, rights over
 * settings are not rights over records (SECURITY 7.3.3); nor are rights over goods: a technician opens nobody. DPO: as coder (7.3, below the table).
 */
static const struct { uint32_t may; enum ladder_job job; bool by_ticket; } ROLE[ROLE__END] = {
	[ROLE_NONE]       = { MAY_ANYONE, JOB_NONE, false },
	[ROLE_CLERK]      = { PERSON | MAY_FIND_PATIENT | MAY_READ_IDENTITY | MAY_WRITE_IDENTITY | MAY_BREAK_GLASS | MAY_WORK_LIST | MAY_MOVE | MAY_BOOK | MAY_AGENDA | MAY_FILE_DOCUMENT, JOB_CLERK, false },
	[ROLE_NURSE]      = { CARE | MAY_ADMINISTER | MAY_STOCK | MAY_MOVE | MAY_BOOK, JOB_NURSE, false },
	[ROLE_PHYSICIAN]  = { CARE | MAY_PRESCRIBE | MAY_ADMINISTER | MAY_MOVE | MAY_BOOK | MAY_AGENDA | MAY_FILE_DOCUMENT | MAY_RELEASE | MAY_EXPORT_ASK | MAY_EXPORT_APPROVE, JOB_PHYSICIAN, false },
	[ROLE_PHARMACIST] = { (CARE & ~(unsigned)MAY_WRITE_IDENTITY) | MAY_PHARMACY | MAY_STOCK | MAY_EXPORT_ASK, JOB_LABORATORY, false },
	[ROLE_BILLING]    = { PERSON | MAY_FIND_PATIENT | MAY_READ_IDENTITY | MAY_BREAK_GLASS | MAY_WORK_LIST | MAY_BILL | MAY_EXPORT_ASK, JOB_CODER, false },
	[ROLE_RSSI]       = { PERSON | MAY_REVIEW | MAY_RELEASE | MAY_EXPORT_APPROVE, JOB_NONE, false },
	[ROLE_DPO]        = { PERSON | MAY_REVIEW | MAY_RELEASE | MAY_FIND_PATIENT | MAY_READ_IDENTITY | MAY_BREAK_GLASS | MAY_EXPORT_ASK | MAY_EXPORT_APPROVE, JOB_CODER, false },
	[ROLE_ADMIN]      = { PERSON | MAY_MANAGE, JOB_NONE, false },
	[ROLE_MACHINE]    = { MAY_API_READ | MAY_API_WRITE, JOB_NONE, true },
	[ROLE_OPERATOR]   = { PERSON | MAY_MANAGE | MAY_IMPORT, JOB_NONE, false },
	[ROLE_TECHNICIAN] = { PERSON | MAY_SUPPLY, JOB_NONE, false },
};

uint32_t gate_role_may(enum role role)
{
	return (unsigned)role < ROLE__END ? ROLE[role].may : 0;
}

struct limits authorise_limits(enum role role)
{
	enum ladder_job job = (unsigned)role < ROLE__END ? ROLE[role].job : JOB_NONE;
	const struct ladder_scale *s = ladder_scale(job);
	return (struct limits){ .all = s->all_stop, .unexplained = s->apart_stop, .by_ticket = (unsigned)role < ROLE__END && ROLE[role].by_ticket, .job = job,
		.all_pct = 100, .apart_pct = 100, .glass = LIMIT_GLASS };
}

struct limits authorise_emergency(struct limits limits)
{
	if (limits.job != JOB_NURSE && limits.job != JOB_PHYSICIAN)
		return limits;
	const struct ladder_scale *s = ladder_scale(JOB_EMERGENCY);
	limits.job = JOB_EMERGENCY;
	limits.all = s->all_stop;
	limits.unexplained = s->apart_stop;
	limits.glass *= LIMIT_GLASS_TIMES;
	return limits;
}

static uint32_t part_of(uint32_t budget, unsigned pct)
{
	return (uint32_t)(((uint64_t)budget * pct + 99) / 100);
}

/* Means stay the job's: what a person is used to is learnt from them. */
struct ladder_scale authorise_scale(struct limits limits)
{
	struct ladder_scale s = *ladder_scale(limits.job);
	s.all_step = part_of(s.all_step, limits.all_pct);
	s.all_stop = part_of(s.all_stop, limits.all_pct);
	s.apart_step = part_of(s.apart_step, limits.apart_pct);
	s.apart_stop = part_of(s.apart_stop, limits.apart_pct);
	s.apart_month = part_of(s.apart_month, limits.apart_pct);
	return s;
}

/* What a type holds. HOUSE: nobody's record. IDENTITY: who, how to reach, who pays (T1). STAY: T1 with clinical elements in it. CHART: clinical (T2). */
enum matter { MATTER_CLOSED, MATTER_HOUSE, MATTER_IDENTITY, MATTER_STAY, MATTER_CHART };
static const struct { const char *type; enum matter matter; } TYPE[] = {
	{ "Practitioner", MATTER_HOUSE }, { "PractitionerRole", MATTER_HOUSE }, { "Organization", MATTER_HOUSE }, { "Location", MATTER_HOUSE },
	{ "HealthcareService", MATTER_HOUSE }, { "Medication", MATTER_HOUSE }, { "Schedule", MATTER_HOUSE }, { "Slot", MATTER_HOUSE },
	{ "ValueSet", MATTER_HOUSE }, { "CodeSystem", MATTER_HOUSE }, { "Questionnaire", MATTER_HOUSE }, { "ActivityDefinition", MATTER_HOUSE },
	{ "PlanDefinition", MATTER_HOUSE }, { "Substance", MATTER_HOUSE }, { "ObservationDefinition", MATTER_HOUSE }, { "SpecimenDefinition", MATTER_HOUSE },
	{ "Patient", MATTER_IDENTITY }, { "RelatedPerson", MATTER_IDENTITY }, { "Coverage", MATTER_IDENTITY }, { "Account", MATTER_IDENTITY },
	{ "Encounter", MATTER_STAY }, { "Appointment", MATTER_STAY }, { "AppointmentResponse", MATTER_STAY }, { "EpisodeOfCare", MATTER_STAY },
	{ "AllergyIntolerance", MATTER_CHART }, { "CarePlan", MATTER_CHART }, { "CareTeam", MATTER_CHART }, { "ClinicalImpression", MATTER_CHART },
	{ "Communication", MATTER_CHART }, { "CommunicationRequest", MATTER_CHART }, { "Composition", MATTER_CHART }, { "Condition", MATTER_CHART },
	{ "Consent", MATTER_CHART }, { "DetectedIssue", MATTER_CHART }, { "Device", MATTER_CHART }, { "DeviceRequest", MATTER_CHART },
	{ "DeviceUseStatement", MATTER_CHART }, { "DiagnosticReport", MATTER_CHART }, { "DocumentManifest", MATTER_CHART }, { "DocumentReference", MATTER_CHART },
	{ "FamilyMemberHistory", MATTER_CHART }, { "Flag", MATTER_CHART }, { "Goal", MATTER_CHART }, { "ImagingStudy", MATTER_CHART },
	{ "Immunization", MATTER_CHART }, { "ImmunizationEvaluation", MATTER_CHART }, { "ImmunizationRecommendation", MATTER_CHART }, { "List", MATTER_CHART },
	{ "Media", MATTER_CHART }, { "MedicationAdministration", MATTER_CHART }, { "MedicationDispense", MATTER_CHART }, { "MedicationRequest", MATTER_CHART },
	{ "MedicationStatement", MATTER_CHART }, { "MolecularSequence", MATTER_CHART }, { "NutritionOrder", MATTER_CHART }, { "Observation", MATTER_CHART },
	{ "Procedure", MATTER_CHART }, { "QuestionnaireResponse", MATTER_CHART }, { "RequestGroup", MATTER_CHART }, { "RiskAssessment", MATTER_CHART },
	{ "ServiceRequest", MATTER_CHART }, { "Specimen", MATTER_CHART }, { "SupplyDelivery", MATTER_CHART }, { "SupplyRequest", MATTER_CHART },
	{ "Task", MATTER_CHART }, { "VisionPrescription", MATTER_CHART },
};

/* Projected sight of a stay: when, where, with whom; never why. */
static const char *const STAY_ELEMENT[] = {
	"resourceType", "id", "meta", "identifier", "status", "statusHistory", "class", "type", "subject", "patient", "participant", "period", "length",
	"location", "hospitalization", "serviceProvider", "partOf", "start", "end", "minutesDuration", "created", "appointment", "actor", "participantStatus",
	"participantType", "managingOrganization", "careManager",
};
static const char *const STAY_PARAM[] = {
	"patient", "subject", "date", "status", "class", "location", "service-provider", "participant", "practitioner", "actor", "identifier", "appointment", "organization",
};

#define TYPES_MAX 256
static unsigned char matter_of[TYPES_MAX], of_house[TYPES_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill(void)
{
	MUST(fhir_type_count() < TYPES_MAX);
	for (size_t i = 0; i < sizeof TYPE / sizeof *TYPE; i++) {
		uint16_t t = fhir_type_of(str_of(TYPE[i].type));
		if (t)
			matter_of[t] = (unsigned char)TYPE[i].matter;
		if (t)
			of_house[t] = TYPE[i].matter == MATTER_HOUSE;
	}
}

static enum matter matter(uint16_t type)
{
	pthread_once(&once, fill);
	return type < TYPES_MAX ? (enum matter)matter_of[type] : MATTER_CLOSED;
}

bool authorise_is_house(uint16_t type)
{
	return matter(type) == MATTER_HOUSE;
}

const unsigned char *authorise_house(void)
{
	pthread_once(&once, fill);
	return of_house;
}

enum tier authorise_tier(uint16_t type)
{
	switch (matter(type)) {
	case MATTER_HOUSE: return TIER_NONE;
	case MATTER_IDENTITY:
	case MATTER_STAY: return TIER_IDENTITY;
	case MATTER_CHART:
	case MATTER_CLOSED: break;
	}
	return TIER_CLINICAL;
}

enum sight authorise_type(enum role role, uint16_t type)
{
	uint32_t may = gate_role_may(role);
	if (may & MAY_API_READ) /* a machine sees by its ticket */
		return SIGHT_WHOLE;
	switch (matter(type)) {
	case MATTER_HOUSE: return may & MAY_SIGNED_IN ? SIGHT_WHOLE : SIGHT_NONE;
	case MATTER_IDENTITY: return may & MAY_READ_IDENTITY ? SIGHT_WHOLE : SIGHT_NONE;
	case MATTER_STAY: return may & MAY_READ_CHART ? SIGHT_WHOLE : may & MAY_READ_IDENTITY ? SIGHT_PROJECTED : SIGHT_NONE;
	case MATTER_CHART: return may & MAY_READ_CHART ? SIGHT_WHOLE : SIGHT_NONE;
	case MATTER_CLOSED: break;
	}
	return SIGHT_NONE;
}

bool authorise_element(uint16_t type, struct str element)
{
	(void)type; /* one list serves the four stay types: none of its names means why in any of them */
	for (size_t i = 0; i < sizeof STAY_ELEMENT / sizeof *STAY_ELEMENT; i++)
		if (str_eq(element, STAY_ELEMENT[i]))
			return true;
	return false;
}

bool authorise_param(uint16_t type, const struct fhir_param *param)
{
	(void)type;
	for (size_t i = 0; i < sizeof STAY_PARAM / sizeof *STAY_PARAM; i++)
		if (param->no <= fhir_param_count() && strcmp(param->code, STAY_PARAM[i]) == 0)
			return true;
	return false;
}
