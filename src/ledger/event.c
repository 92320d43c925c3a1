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
#define GLASS   "break_glass" /* the act that opens a chart without a care link (gate/act_fhir.c) */

struct code { const char *system, *code, *display; };
/* What an entry is. event, more: of DICOM, for the message; type, subtype: of FHIR. */
struct shape { struct code type, subtype, event, more; const char *action, *profile, *patient_profile; bool query; };

static const struct shape READ = { { REST, "rest", "RESTful Operation" }, { ACTS, "read", "read" }, { "DCM", "110110", "Patient Record" }, { NULL }, "R", BALP "Read", BALP "PatientRead", false };
static const struct shape QUERY = { { REST, "rest", "RESTful Operation" }, { ACTS, "search", "search" }, { "DCM", "110112", "Query" }, { NULL }, "E", BALP "Query", BALP "PatientQuery", true };
static const struct shape STARTED = { { DCM, "110100" }, { DCM, "110120" }, { "DCM", "110100", "Application Activity" }, { "DCM", "110120", "Application Start" }, "E" };
static const struct shape STOPPED = { { DCM, "110100" }, { DCM, "110121" }, { "DCM", "110100", "Application Activity" }, { "DCM", "110121", "Application Stop" }, "E" };
static const struct shape LOGIN = { { DCM, "110114" }, { DCM, "110122" }, { "DCM", "110114", "User Authentication" }, { "DCM", "110122", "Login" }, "E" };
static const struct shape LOGOUT = { { DCM, "110114" }, { DCM, "110123" }, { "DCM", "110114", "User Authentication" }, { "DCM", "110123", "Logout" }, "E" };
static const struct shape ALARM = { { DCM, "110113" }, { NULL }, { "DCM", "110113", "Security Alert" }, { NULL }, "E" };
static const struct shape OVERRIDE = { { DCM, "110113" }, { DCM, "110127" }, { "DCM", "110113", "Security Alert" }, { "DCM", "110127", "Emergency Override Started" }, "E" };

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
	{ "over",           &LOGOUT },
	{ "ended",          &LOGOUT },
	{ "disabled",       &LOGOUT },
};

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
		for (unsigned i = 0; i < sizeof sessions / sizeof *sessions; i++)
			if (str_eq(e->note, sessions[i].note))
				return sessions[i].is;
		return NULL;
	case LEDGER_INTENT:
		return str_eq(e->route, GLASS) ? &OVERRIDE : NULL;
	case LEDGER_RELEASE:
	case LEDGER_REFUSAL:
		if (e->reveals == REVEALS_ONE_PATIENT || e->reveals == REVEALS_META)
			return &READ;
		return e->reveals == REVEALS_MASKED || e->reveals == REVEALS_WORK_LIST || e->reveals == REVEALS_MANY ? &QUERY : NULL;
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
machine(struct jw *w, const char *role, struct str who, const char *address)
{
	jw_object(w);
	concept(w, "type", &(struct code){ DCM, role, NULL });
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
	if (s->profile) { /* in a query the client is the source, of the question */
		machine(w, s->query ? "110153" : "110152", STR("client"), NULL);
		machine(w, s->query ? "110152" : "110153", STR("Hygie"), as->house);
	}
	if (e->account || !s->profile) {
		jw_object(w);
		if (e->account)
			concept(w, "type", &(struct code){ PERSON, "IRCP", NULL });
		pseudonym(as, "account", e->account, name);
		reference(w, "who", NULL, e->account ? STR_NONE : STR("Hygie"), e->account ? name : NULL);
		jw_key(w, "requestor");
		jw_bool(w, e->account != 0);
		jw_end(w, '}');
	}
	jw_end(w, ']');
}

static void
entities(struct jw *w, const struct ledger_entry *e, const struct shape *s, const struct event_as *as, const struct ledger_patient *who)
{
	struct buf query;
	char name[33];

	if (!s->profile && !who)
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
	if (s->profile) {
		jw_object(w);
		if (!s->query)
			reference(w, "what", NULL, e->route.n ? e->route : STR("?"), NULL);
		named_coding(w, "type", ENTITY, "2", "System Object");
		named_coding(w, "role", ROLE, s->query ? "24" : "4", s->query ? "Query" : "Domain Resource");
		if (s->query) {
			buf_init(&query, 1024);
			base64_put(&query, e->route.n ? e->route : STR("?"));
			jw_member(w, "query", buf_view(&query));
			buf_done(&query);
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
	if (s->profile && good) { /* the profiles are of what succeeded */
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
	attribute(out, "codeSystemName", str_of(c->system));
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
	static const struct code destination = { "DCM", "110152", "Destination Role ID" }, source = { "DCM", "110153", "Source Role ID" };
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
	if (s->profile) {
		participant(out, STR("client"), false, s->query ? &source : &destination);
		participant(out, STR("Hygie"), false, s->query ? &destination : &source);
	}
	if (e->account || !s->profile) {
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
	if (s->profile)
		object(out, e->route.n ? e->route : STR("?"), "2", s->query ? "24" : "4", &uri, s->query ? e->route : STR_NONE);
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
