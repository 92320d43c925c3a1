/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/event.c: see event.h. The tables say what an entry is for others; the two writers only spell it. Start at shape_of. */
#include "ledger/event.h"

#include "base/clock.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/syslog.h"

#include <sodium.h>
#include <string.h>

#define DCM     "http://dicom.nema.org/resources/ontology/DCM"
#define REST    "http://terminology.hl7.org/CodeSystem/audit-event-type"
#define ACTS    "http://hl7.org/fhir/restful-interaction"
#define ENTITY  "http://terminology.hl7.org/CodeSystem/audit-entity-type"
#define ROLE    "http://terminology.hl7.org/CodeSystem/object-role"
#define SOURCE  "http://terminology.hl7.org/CodeSystem/security-source-type"
#define PURPOSE "http://terminology.hl7.org/CodeSystem/v3-ActReason"
#define PERSON  "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
#define ABSENT  "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
#define BALP    "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
#define LIFE    "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
#define CUSTODY "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
#define EXPORT  "export" /* lines of an export going out (gate/stream.h) */
#define GLASS   "break_glass" /* the act that opens a chart without a care link (gate/act_fhir.c) */

struct code { const char *system, *code, *display; };
/*
 * What an entry is. event, more: of DICOM, for the message; type, subtype: of FHIR. client, server, user: roles of the two machines and of the person in it; without a
 * client it is an event of this house alone. role: of the data in it (object-role), NULL: there is none. profile: of BALP, for what succeeded.
 */
struct shape { struct code type, subtype, event, more; const char *action, *role, *profile, *patient_profile; struct code client, server; const char *user; };

#define SOURCE_ROLE      { DCM, "110153", "Source Role ID" }
#define DESTINATION_ROLE { DCM, "110152", "Destination Role ID" }
#define RECORD           { "DCM", "110110", "Patient Record" }
#define ALERT            { DCM, "110113", NULL }
#define ALERT_XML        { "DCM", "110113", "Security Alert" }

/* BALP 1.1: the client of a read is where data go; of a query it is the source, of the question; of what is written, of the data. */
static const struct shape READ = { { REST, "rest", "RESTful Operation" }, { ACTS, "read", "read" }, RECORD, { NULL }, "R", "4", BALP "Read", BALP "PatientRead", DESTINATION_ROLE, SOURCE_ROLE, "IRCP" };
static const struct shape QUERY = { { REST, "rest", "RESTful Operation" }, { ACTS, "search", "search" }, { "DCM", "110112", "Query" }, { NULL }, "E", "24", BALP "Query", BALP "PatientQuery", SOURCE_ROLE, DESTINATION_ROLE, "IRCP" };
static const struct shape CREATE = { { REST, "rest", "RESTful Operation" }, { ACTS, "create", "create" }, RECORD, { NULL }, "C", "4", BALP "Create", BALP "PatientCreate", SOURCE_ROLE, DESTINATION_ROLE, "AUT" };
static const struct shape UPDATE = { { REST, "rest", "RESTful Operation" }, { ACTS, "update", "update" }, RECORD, { NULL }, "U", "4", BALP "Update", BALP "PatientUpdate", SOURCE_ROLE, DESTINATION_ROLE, "AUT" };
static const struct shape PATCH = { { REST, "rest", "RESTful Operation" }, { ACTS, "patch", "patch" }, RECORD, { NULL }, "U", "4", BALP "Update", BALP "PatientUpdate", SOURCE_ROLE, DESTINATION_ROLE, "AUT" };
static const struct shape DELETE = { { REST, "rest", "RESTful Operation" }, { ACTS, "delete", "delete" }, RECORD, { NULL }, "D", "4", BALP "Delete", BALP "PatientDelete", { DCM, "110150", "Application" }, { CUSTODY, "custodian", "Custodian" }, "AUT" };
static const struct shape BATCH = { { REST, "rest", "RESTful Operation" }, { ACTS, "transaction", "transaction" }, RECORD, { NULL }, "E", "4", NULL, NULL, SOURCE_ROLE, DESTINATION_ROLE, "AUT" };
/* Lines of an export, patient by patient: what goes out for good. The other acts of an export name nobody, and disclose nothing yet. */
static const struct shape DISCLOSE = { { DCM, "110106", "Export" }, { LIFE, "disclose", "Disclose Record Lifecycle Event" }, { "DCM", "110106", "Export" }, { NULL }, "R", "3", BALP "PrivacyDisclosure.Source", BALP "PrivacyDisclosure.Source", DESTINATION_ROLE, SOURCE_ROLE, "IRCP" };
static const struct shape TICKET = { { DCM, "110106", "Export" }, { NULL }, { "DCM", "110106", "Export" }, { NULL }, "E", "20" };
static const struct shape ARRIVED = { { DCM, "110107", "Import" }, { NULL }, { "DCM", "110107", "Import" }, { NULL }, "C", "20" };
static const struct shape STARTED = { { DCM, "110100" }, { DCM, "110120" }, { "DCM", "110100", "Application Activity" }, { "DCM", "110120", "Application Start" }, "E" };
static const struct shape STOPPED = { { DCM, "110100" }, { DCM, "110121" }, { "DCM", "110100", "Application Activity" }, { "DCM", "110121", "Application Stop" }, "E" };
static const struct shape AUTHENTICATED = { { DCM, "110114" }, { NULL }, { "DCM", "110114", "User Authentication" }, { NULL }, "E" };
static const struct shape LOGIN = { { DCM, "110114" }, { DCM, "110122" }, { "DCM", "110114", "User Authentication" }, { "DCM", "110122", "Login" }, "E" };
static const struct shape LOGOUT = { { DCM, "110114" }, { DCM, "110123" }, { "DCM", "110114", "User Authentication" }, { "DCM", "110123", "Logout" }, "E" };
static const struct shape ALARM = { ALERT, { NULL }, ALERT_XML, { NULL }, "E" };
static const struct shape OVERRIDE = { ALERT, { DCM, "110127" }, ALERT_XML, { "DCM", "110127", "Emergency Override Started" }, "E" };
static const struct shape RESTRICTED = { ALERT, { DCM, "110132" }, ALERT_XML, { "DCM", "110132", "Use of Restricted Function" }, "E", "13" };
static const struct shape SETTINGS = { ALERT, { DCM, "110129" }, ALERT_XML, { "DCM", "110129", "Security Configuration" }, "E", "13" };
static const struct shape SOFTWARE = { ALERT, { DCM, "110131" }, ALERT_XML, { "DCM", "110131", "Software Configuration" }, "E", "13" };
static const struct shape ROLES = { ALERT, { DCM, "110136" }, ALERT_XML, { "DCM", "110136", "Security Roles Changed" }, "E", "11" };
static const struct shape PERSON_SET = { ALERT, { DCM, "110137" }, ALERT_XML, { "DCM", "110137", "User Security Attributes Changed" }, "E", "11" };
static const struct shape LOG_USED = { { DCM, "110101", "Audit Log Used" }, { NULL }, { "DCM", "110101", "Audit Log Used" }, { NULL }, "R", "13" };
static const struct shape LOG_ERASED = { { DCM, "110101", "Audit Log Used" }, { NULL }, { "DCM", "110101", "Audit Log Used" }, { NULL }, "D", "13" };

/* Acts by what became of them (OUTCOME), and operators' verbs (MARK). What is in no row is no event for others: a draft that was checked, a word that was read. */
static const struct { const char *route; const struct shape *is; } acts[] = {
	{ "fhir_create",            &CREATE     },
	{ "fhir_update",            &UPDATE     },
	{ "fhir_patch",             &PATCH      },
	{ "fhir_delete",            &DELETE     },
	{ "fhir_bundle",            &BATCH      },
	{ "fhir_export",            &TICKET     },
	{ "import",                 &ARRIVED    },
	{ "import_bulk",            &ARRIVED    },
	{ "patient_create",         &CREATE     },
	{ "patient_edit",           &UPDATE     },
	{ "patient_restore",        &UPDATE     },
	{ "patient_delete",         &DELETE     },
	{ "treating_physician_set", &UPDATE     },
	{ "export_count",           &TICKET     },
	{ "export_ask",             &TICKET     },
	{ "export_approve",         &TICKET     },
	{ "export_refuse",          &TICKET     },
	{ "export_cancel",          &TICKET     },
	{ "export_take",            &TICKET     },
	{ "export_start",           &TICKET     },
	{ "export_fetch",           &TICKET     },
	{ "account_add",            &ROLES      },
	{ "account_units",          &ROLES      },
	{ "account_disable",        &PERSON_SET },
	{ "account_enable",         &PERSON_SET },
	{ "account_until",          &PERSON_SET },
	{ "account_set_password",   &PERSON_SET },
	{ "account_key_revoke",     &PERSON_SET },
	{ "passkey_rename",         &PERSON_SET },
	{ "passkey_revoke",         &PERSON_SET },
	{ "recovery_ask",           &PERSON_SET },
	{ "recovery_give",          &PERSON_SET },
	{ "recovery_drop",          &PERSON_SET },
	{ "machine_key_add",        &PERSON_SET },
	{ "machine_key_revoke",     &PERSON_SET },
	{ "machine_token",          &LOGIN      },
	{ "stop_release",           &PERSON_SET },
	{ "stop_keep",              &PERSON_SET },
	{ "rule_set",               &SETTINGS   },
	{ "rule_sign",              &SETTINGS   },
	{ "rule_drop",              &SETTINGS   },
	{ "plan_ask",               &SETTINGS   },
	{ "plan_sign",              &SETTINGS   },
	{ "plan_end",               &SETTINGS   },
	{ "keys_rotate",            &SETTINGS   },
	{ "break_glass_review",     &LOG_USED   },
};

static const struct { const char *note; const struct shape *is; } sessions[] = {
	{ "sign_in",        &LOGIN  },
	{ "sign_in_key",    &LOGIN  },
	{ "refused",        &LOGIN  },
	{ "refused_key",    &LOGIN  },
	{ "unlock",         &LOGIN  },
	{ "unlock_key",     &LOGIN  },
	{ "unlock_refused", &LOGIN  },
	{ "sign_out",       &LOGOUT },
	{ "lock",           &LOGOUT },
	{ "idle",           &LOGOUT },
	{ "moved",          &LOGOUT },
	{ "over",           &LOGOUT },
	{ "ended",          &LOGOUT },
	{ "disabled",       &LOGOUT },
};

static const struct shape *
act_of(struct str route)
{
	for (unsigned i = 0; i < sizeof acts / sizeof *acts; i++)
		if (str_eq(route, acts[i].route))
			return acts[i].is;
	return NULL;
}

static const struct shape *
session_of(struct str note)
{
	for (unsigned i = 0; i < sizeof sessions / sizeof *sessions; i++)
		if (str_eq(note, sessions[i].note))
			return sessions[i].is;
	return &AUTHENTICATED; /* a proof on the way, a key added, a code that was none */
}

static const struct shape *
released_of(const struct ledger_entry *e)
{
	const struct shape *act = act_of(e->route);

	if (str_eq(e->route, EXPORT))
		return e->n_patients ? &DISCLOSE : &TICKET;
	if (act) /* refused before it began, or done by looking alone */
		return act;
	switch (e->reveals) {
	case REVEALS_ONE_PATIENT:
	case REVEALS_META:
		return &READ;
	case REVEALS_MASKED:
	case REVEALS_WORK_LIST:
	case REVEALS_MANY:
		return &QUERY;
	default:
		return e->kind == LEDGER_REFUSAL ? &RESTRICTED : NULL;
	}
}

static const struct shape *
shape_of(const struct ledger_entry *e)
{
	switch (e->kind) {
	case LEDGER_START:
		return &STARTED;
	case LEDGER_STOP:
		return &STOPPED;
	case LEDGER_ALARM:
		return &ALARM;
	case LEDGER_SESSION:
		return session_of(e->note);
	case LEDGER_INTENT: /* told at once, whatever becomes of it */
		return str_eq(e->route, GLASS) ? &OVERRIDE : NULL;
	case LEDGER_OUTCOME:
		return act_of(e->route);
	case LEDGER_MARK:
		return str_eq(e->note, "erase_personal") ? &LOG_ERASED : str_eq(e->note, "tail_cut") ? &ALARM : act_of(e->route) ? act_of(e->route) : &SOFTWARE;
	case LEDGER_EPOCH:
		return &SETTINGS;
	case LEDGER_RELEASE: /* an act is told by what became of it */
		return str_eq(e->note, LEDGER_ANSWER_NOTE) ? NULL : released_of(e);
	case LEDGER_REFUSAL:
		return released_of(e);
	default:
		return NULL;
	}
}

/* "4" of the table is a minor failure: somebody was refused, nothing of ours broke. */
static const char *
outcome_of(const struct ledger_entry *e)
{
	return e->kind == LEDGER_REFUSAL || e->kind == LEDGER_ALARM || e->rc != RC_OK ? "4" : "0";
}

static void
pseudonym(const struct event_as *as, const char *kind, uint64_t number, char out[33])
{
	unsigned char text[24] = { 0 }, sum[16];

	memcpy(text, kind, strlen(kind)); /* a literal of ours, under 16 bytes */
	for (unsigned i = 0; i < 8; i++)
		text[16 + i] = (unsigned char)(number >> 8 * i);
	MUST(crypto_generichash(sum, sizeof sum, text, sizeof text, as->key, EVENT_KEY) == 0);
	sodium_bin2hex(out, 33, sum, sizeof sum);
}

static bool
is_emergency(const struct shape *s, const struct ledger_patient *who)
{
	return s == &OVERRIDE || (who && (who->explain == EXPLAIN_BREAK_GLASS || who->explain == EXPLAIN_EMERGENCY));
}

/* ---- FHIR ---- */

static void
coding(struct jw *w, const struct code *c)
{
	jw_object(w);
	jw_member(w, "system", str_of(c->system));
	jw_member(w, "code", str_of(c->code));
	if (c->display)
		jw_member(w, "display", str_of(c->display));
	jw_end(w, '}');
}

static void
concept(struct jw *w, const char *name, const struct code *c)
{
	jw_key(w, name);
	jw_object(w);
	jw_key(w, "coding");
	jw_array(w);
	coding(w, c);
	jw_end(w, ']');
	jw_end(w, '}');
}

static void
named_coding(struct jw *w, const char *name, const char *system, const char *code, const char *display)
{
	jw_key(w, name);
	coding(w, &(struct code){ system, code, display });
}

/* A reference that names nobody by record: what it is called, or a pseudonym. */
static void
reference(struct jw *w, const char *name, const char *type, struct str display, const char *value)
{
	jw_key(w, name);
	jw_object(w);
	if (type)
		jw_member(w, "type", str_of(type));
	if (value) {
		jw_key(w, "identifier");
		jw_object(w);
		jw_member(w, "value", str_of(value));
		jw_end(w, '}');
	}
	if (display.n)
		jw_member(w, "display", display);
	jw_end(w, '}');
}

/* The client's address lies sealed in the ledger: masked, as FHIR says it. */
static void
machine(struct jw *w, const struct code *role, struct str who, const char *address)
{
	jw_object(w);
	concept(w, "type", &(struct code){ role->system, role->code, NULL });
	reference(w, "who", NULL, who, NULL);
	jw_key(w, "requestor");
	jw_bool(w, false);
	jw_key(w, "network");
	jw_object(w);
	if (address) {
		jw_member(w, "address", str_of(address));
		jw_member(w, "type", STR("1"));
	} else {
		jw_key(w, "extension");
		jw_array(w);
		jw_object(w);
		jw_member(w, "url", STR(ABSENT));
		jw_member(w, "valueCode", STR("masked"));
		jw_end(w, '}');
		jw_end(w, ']');
	}
	jw_end(w, '}');
	jw_end(w, '}');
}

static void
agents(struct jw *w, const struct ledger_entry *e, const struct shape *s, const struct event_as *as)
{
	char name[33];

	jw_key(w, "agent");
	jw_array(w);
	if (s->client.code) {
		machine(w, &s->client, s == &DISCLOSE ? STR("recipient") : STR("client"), NULL);
		machine(w, &s->server, STR("Hygie"), as->house);
	}
	if (e->account || !s->client.code) {
		jw_object(w);
		if (e->account)
			concept(w, "type", &(struct code){ PERSON, s->user ? s->user : "IRCP", NULL });
		pseudonym(as, "account", e->account, name);
		reference(w, "who", NULL, e->account ? STR_NONE : STR("Hygie"), e->account ? name : NULL);
		jw_key(w, "requestor");
		jw_bool(w, e->account != 0);
		jw_end(w, '}');
	}
	jw_end(w, ']');
}

/* What it was done to or with, as the ledger calls it: a route, an act, a verb. */
static struct str
name_of(const struct ledger_entry *e)
{
	return e->route.n ? e->route : e->note.n ? e->note : STR("?");
}

static void
entities(struct jw *w, const struct ledger_entry *e, const struct shape *s, const struct event_as *as, const struct ledger_patient *who)
{
	bool query = s == &QUERY;
	struct buf asked;
	char name[33];

	if (!s->role && !who)
		return;
	jw_key(w, "entity");
	jw_array(w);
	if (who) {
		jw_object(w);
		pseudonym(as, "patient", (uint64_t)who->patient, name);
		reference(w, "what", "Patient", STR_NONE, name);
		named_coding(w, "type", ENTITY, "1", "Person");
		named_coding(w, "role", ROLE, "1", "Patient");
		jw_end(w, '}');
	}
	if (s->role) {
		jw_object(w);
		if (!query)
			reference(w, "what", NULL, name_of(e), NULL);
		named_coding(w, "type", ENTITY, "2", "System Object");
		named_coding(w, "role", ROLE, s->role, NULL);
		if (query) {
			buf_init(&asked, 1024);
			base64_put(&asked, name_of(e));
			jw_member(w, "query", buf_view(&asked));
			buf_done(&asked);
		}
		jw_end(w, '}');
	}
	jw_end(w, ']');
}

/* house-number, and the patient's place when there are several: the same entry gives the same ids each time. */
static void
id_put(struct jw *w, const struct ledger_entry *e, const struct event_as *as, uint32_t i)
{
	struct buf id;
	const char *hash = strrchr(as->house, '/');

	buf_init(&id, 64);
	buf_fmt(&id, "%.16s-%llu", hash ? hash + 1 : as->house, (unsigned long long)e->number);
	if (e->n_patients > 1)
		buf_fmt(&id, "-%u", i + 1);
	jw_member(w, "id", buf_view(&id));
	buf_done(&id);
}

static void
fhir_one(const struct ledger_entry *e, const struct shape *s, const struct event_as *as, uint32_t i, struct buf *out)
{
	const struct ledger_patient *who = i < e->n_patients ? &e->patients[i] : NULL;
	bool good = outcome_of(e)[0] == '0';
	struct buf at;
	struct jw w;

	buf_init(&at, 64);
	buf_instant(&at, e->at_ms);
	jw_init(&w, out);
	jw_object(&w);
	jw_member(&w, "resourceType", STR("AuditEvent"));
	id_put(&w, e, as, i);
	if (s->profile && good && (who || s != &DISCLOSE)) { /* the profiles are of what succeeded */
		jw_key(&w, "meta");
		jw_object(&w);
		jw_key(&w, "profile");
		jw_array(&w);
		jw_z(&w, who ? s->patient_profile : s->profile);
		jw_end(&w, ']');
		jw_end(&w, '}');
	}
	jw_key(&w, "type");
	coding(&w, &s->type);
	if (s->subtype.code) {
		jw_key(&w, "subtype");
		jw_array(&w);
		coding(&w, &s->subtype);
		jw_end(&w, ']');
	}
	jw_member(&w, "action", str_of(s->action));
	jw_member(&w, "recorded", buf_view(&at));
	jw_member(&w, "outcome", str_of(outcome_of(e)));
	if (!good && e->why != WHY_NONE)
		jw_member(&w, "outcomeDesc", str_of(why_row((enum why)e->why)->sentence));
	if (is_emergency(s, who)) {
		jw_key(&w, "purposeOfEvent");
		jw_array(&w);
		jw_object(&w);
		jw_key(&w, "coding");
		jw_array(&w);
		coding(&w, &(struct code){ PURPOSE, "ETREAT", "Emergency Treatment" });
		jw_end(&w, ']');
		jw_end(&w, '}');
		jw_end(&w, ']');
	}
	agents(&w, e, s, as);
	jw_key(&w, "source");
	jw_object(&w);
	jw_member(&w, "site", str_of(as->house));
	reference(&w, "observer", NULL, STR("Hygie"), NULL);
	jw_key(&w, "type");
	jw_array(&w);
	coding(&w, &(struct code){ SOURCE, "4", "Application Server" });
	jw_end(&w, ']');
	jw_end(&w, '}');
	entities(&w, e, s, as, who);
	jw_end(&w, '}');
	buf_ch(out, '\n');
	buf_done(&at);
}

/* ---- DICOM PS3.15 A.5 ---- */

/* Routes and notes are literals of ours; whatever they hold, no byte becomes markup. */
static void
attribute(struct buf *out, const char *name, struct str value)
{
	buf_fmt(out, " %s=\"", name);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		if (c < ' ' || c > '~' || c == '<' || c == '>' || c == '&' || c == '"' || c == '\'')
			buf_fmt(out, c < ' ' || c > '~' ? "?" : "&#%u;", (unsigned)c);
		else
			buf_ch(out, (char)c);
	}
	buf_ch(out, '"');
}

static void
element(struct buf *out, const char *name, const struct code *c)
{
	buf_fmt(out, "<%s", name);
	attribute(out, "csd-code", str_of(c->code));
	attribute(out, "codeSystemName", str_of(strcmp(c->system, DCM) == 0 ? "DCM" : c->system));
	attribute(out, "originalText", str_of(c->display));
	buf_z(out, "/>");
}

static void
participant(struct buf *out, struct str user, bool requestor, const struct code *role)
{
	buf_z(out, "<ActiveParticipant");
	attribute(out, "UserID", user);
	attribute(out, "UserIsRequestor", requestor ? STR("true") : STR("false"));
	buf_ch(out, '>');
	if (role)
		element(out, "RoleIDCode", role);
	buf_z(out, "</ActiveParticipant>");
}

static void
object(struct buf *out, struct str id, const char *type, const char *role, const struct code *kind, struct str query)
{
	buf_z(out, "<ParticipantObjectIdentification");
	attribute(out, "ParticipantObjectID", id);
	attribute(out, "ParticipantObjectTypeCode", str_of(type));
	attribute(out, "ParticipantObjectTypeCodeRole", str_of(role));
	buf_ch(out, '>');
	element(out, "ParticipantObjectIDTypeCode", kind);
	if (query.n) {
		buf_z(out, "<ParticipantObjectQuery>");
		base64_put(out, query);
		buf_z(out, "</ParticipantObjectQuery>");
	}
	buf_z(out, "</ParticipantObjectIdentification>");
}

static void
xml_put(const struct ledger_entry *e, const struct shape *s, const struct event_as *as, const struct ledger_patient *who, struct buf *out)
{
	static const struct code patient = { "RFC-3881", "2", "Patient Number" }, uri = { "RFC-3881", "12", "URI" };
	char name[33];

	buf_z(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><AuditMessage><EventIdentification");
	attribute(out, "EventActionCode", str_of(s->action));
	buf_z(out, " EventDateTime=\"");
	buf_instant(out, e->at_ms);
	buf_ch(out, '"');
	attribute(out, "EventOutcomeIndicator", str_of(outcome_of(e)));
	buf_ch(out, '>');
	element(out, "EventID", &s->event);
	if (s->more.code)
		element(out, "EventTypeCode", &s->more);
	if (is_emergency(s, who))
		element(out, "PurposeOfUse", &(struct code){ PURPOSE, "ETREAT", "Emergency Treatment" });
	buf_z(out, "</EventIdentification>");
	if (s->client.code) {
		participant(out, s == &DISCLOSE ? STR("recipient") : STR("client"), false, &s->client);
		participant(out, STR("Hygie"), false, &s->server);
	}
	if (e->account || !s->client.code) {
		pseudonym(as, "account", e->account, name);
		participant(out, e->account ? str_of(name) : STR("Hygie"), e->account != 0, NULL);
	}
	buf_z(out, "<AuditSourceIdentification");
	attribute(out, "AuditSourceID", str_of(as->house));
	buf_z(out, "><AuditSourceTypeCode csd-code=\"4\"/></AuditSourceIdentification>");
	if (who) {
		pseudonym(as, "patient", (uint64_t)who->patient, name);
		object(out, str_of(name), "1", "1", &patient, STR_NONE);
	}
	if (s->role)
		object(out, name_of(e), "2", s->role, &uri, s == &QUERY ? e->route : STR_NONE);
	buf_z(out, "</AuditMessage>");
}

static void
syslog_one(const struct ledger_entry *e, const struct shape *s, const struct event_as *as, uint32_t i, struct buf *out)
{
	struct buf xml;

	buf_init(&xml, SYSLOG_MAX);
	xml_put(e, s, as, i < e->n_patients ? &e->patients[i] : NULL, &xml);
	enum syslog_severity severity = outcome_of(e)[0] == '0' ? SYSLOG_NOTICE : SYSLOG_WARNING;
	struct syslog_message m = { SYSLOG_SECURITY, severity, e->at_ms, as->house, "hygie", NULL, "DICOM+RFC3881", buf_view(&xml) }; /* facility, MSGID: DICOM PS3.15 A.6 */
	syslog_put(out, &m);
	buf_ch(out, '\n');
	buf_done(&xml);
}

/* ---- */

static unsigned
each(const struct ledger_entry *e, const struct event_as *as, struct buf *out, void (*one)(const struct ledger_entry *e, const struct shape *s, const struct event_as *as, uint32_t i, struct buf *out))
{
	const struct shape *s = shape_of(e);
	unsigned n = s ? e->n_patients ? e->n_patients : 1 : 0;

	for (uint32_t i = 0; i < n; i++)
		one(e, s, as, i, out);
	return n;
}

unsigned
event_fhir(const struct ledger_entry *e, const struct event_as *as, struct buf *out)
{
	return each(e, as, out, fhir_one);
}

unsigned
event_syslog(const struct ledger_entry *e, const struct event_as *as, struct buf *out)
{
	return each(e, as, out, syslog_one);
}
