/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/traits.c: see traits.h. Must never let an INS out of an identity that is not qualified, never drop an element it does not know.
 * Called by identity.c, patient.c, chart.c, worklist.c, review.c. Start at traits_read and traits_write_over.
 */
#include "hospital/traits.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "codec/fold.h"

#include <string.h>

#define FRCORE "https://hl7.fr/ig/fhir/core/"
#define URL_RELIABILITY FRCORE "StructureDefinition/fr-core-identity-reliability"
#define URL_BIRTH_LIST FRCORE "StructureDefinition/fr-core-patient-birth-list-given-name"
#define URL_INSEE FRCORE "StructureDefinition/fr-core-address-insee-code"
#define URL_BIRTH_PLACE "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
#define SYSTEM_PROOF FRCORE "CodeSystem/fr-core-cs-mode-validation-identity"
#define SYSTEM_METHOD FRCORE "CodeSystem/fr-core-cs-method-collection"
#define SYSTEM_IDENTIFIER FRCORE "CodeSystem/fr-core-cs-v2-0203"
#define URL_PATIENT FRCORE "StructureDefinition/fr-core-patient"
#define URL_PATIENT_INS FRCORE "StructureDefinition/fr-core-patient-ins"
#define SYSTEM_0445 FRCORE "CodeSystem/fr-core-cs-v2-0445"
#define SYSTEM_COMMUNE "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
#define SYSTEM_0203 "http://terminology.hl7.org/CodeSystem/v2-0203"
/* INS by OID: NIR, NIA, and the test and demo NIR (FR Core PatientINS). */
static const char *const INS_SYSTEMS[] = { "urn:oid:1.2.250.1.213.1.4.8", "urn:oid:1.2.250.1.213.1.4.9", "urn:oid:1.2.250.1.213.1.4.10", "urn:oid:1.2.250.1.213.1.4.11" };

static const char *const TRUST[] = { [TRUST_PROV] = "PROV", [TRUST_RECUP] = "RECUP", [TRUST_VALI] = "VALI", [TRUST_QUAL] = "QUAL" };

const char *trust_code(enum trust trust)
{
	return TRUST[trust];
}

/* ---- reading ---- */

static bool is_ins(const struct json *identifier)
{
	struct str system = json_get_text(identifier, "system");
	for (size_t i = 0; i < N_OF(INS_SYSTEMS); i++)
		if (str_eq(system, INS_SYSTEMS[i]))
			return true;
	return false;
}

static bool is_ipp(const struct json *identifier)
{
	return str_eq(json_get_text(identifier, "system"), HOSPITAL_IPP_SYSTEM) || has_code(json_get(identifier, "type"), STR(SYSTEM_0203), STR("PI"));
}

static const struct json *extension(const struct json *element, const char *url)
{
	for json_each(e, json_get(element, "extension"))
		if (str_eq(json_get_text(e, "url"), url))
			return e;
	return NULL;
}

static void read_reliability(const struct json *patient, struct traits *t)
{
	for json_each(e, json_get(patient, "extension")) {
		if (!str_eq(json_get_text(e, "url"), URL_RELIABILITY))
			continue;
		struct str code = text_at(extension(e, "identityStatus"), "valueCoding.code");
		for (size_t i = 0; i < N_OF(TRUST); i++)
			if (str_eq(code, TRUST[i])) {
				t->trust = (enum trust)i;
				t->proof = text_at(extension(e, "validationMode"), "valueCoding.code");
				t->proof_on = json_get_text(extension(e, "validationDate"), "valueDate");
				t->method = text_at(extension(e, "methodCollection"), "valueCoding.code");
				t->collected_on = json_get_text(extension(e, "dateCollection"), "valueDate");
			}
		t->homonym = t->homonym || str_eq(code, "HOMA") || str_eq(code, "HOMD");
		t->doubtful = t->doubtful || str_eq(code, "DOUT");
		t->fictive = t->fictive || str_eq(code, "FICT");
	}
}

static struct str first_word(struct str s)
{
	struct str rest;
	return str_cut(str_trim(s), ' ', &rest);
}

static struct str join_given(struct arena *a, const struct json *name)
{
	const struct json *given = json_get(name, "given");
	if (!given || given->n == 1)
		return text_at(name, "given");
	struct buf b;
	buf_init(&b, 4000);
	for json_each(g, given) {
		if (b.n)
			buf_ch(&b, ' ');
		buf_str(&b, json_text(g));
	}
	struct str all = arena_str(a, buf_view(&b));
	buf_done(&b);
	return all;
}

/* The name of birth: official, else the first that is neither usual nor old, else the usual one. */
static const struct json *official_of(const struct json *patient)
{
	const struct json *usual = NULL, *any = NULL;
	for json_each(n, json_get(patient, "name")) {
		struct str use = json_get_text(n, "use");
		if (str_eq(use, "official"))
			return n;
		if (str_eq(use, "usual") && !usual)
			usual = n;
		else if (!any && !str_eq(use, "old") && !str_eq(use, "usual"))
			any = n;
	}
	return any ? any : usual;
}

static const struct json *usual_of(const struct json *patient)
{
	const struct json *official = official_of(patient);
	for json_each(n, json_get(patient, "name"))
		if (n != official && str_eq(json_get_text(n, "use"), "usual"))
			return n;
	return NULL;
}

static void read_names(const struct json *patient, struct arena *a, struct traits *t)
{
	const struct json *official = official_of(patient), *usual = usual_of(patient);
	t->birth_name = json_get_text(official, "family");
	if (!t->birth_name.n)
		t->birth_name = json_get_text(official, "text");
	t->given = text_at(official, "given");
	t->given_list = text_at(extension(official, URL_BIRTH_LIST), "valueString");
	if (!t->given_list.n)
		t->given_list = join_given(a, official);
	if (!t->given.n)
		t->given = first_word(t->given_list);
	t->used_name = json_get_text(usual, "family");
	t->used_given = text_at(usual, "given");
}

static const struct json *home_of(const struct json *patient)
{
	const struct json *any = NULL;
	for json_each(ad, json_get(patient, "address")) {
		if (str_eq(json_get_text(ad, "use"), "home"))
			return ad;
		if (!any && !str_eq(json_get_text(ad, "use"), "old"))
			any = ad;
	}
	return any;
}

static const struct json *contact_of(const struct json *patient, const char *system)
{
	for json_each(c, json_get(patient, "telecom"))
		if (str_eq(json_get_text(c, "system"), system) && !str_eq(json_get_text(c, "use"), "old"))
			return c;
	return NULL;
}

static const struct json *treating_of(const struct json *patient)
{
	struct str id;
	for json_each(g, json_get(patient, "generalPractitioner"))
		if (ref_of(g, "Practitioner", &id))
			return g;
	return NULL;
}

void traits_read(const struct item *it, struct arena *a, struct traits *t_r)
{
	const struct json *b = it->body;
	struct traits t = { .id = it->id, .rid = it->rid, .version = it->version, .born_on = json_get_text(b, "birthDate"), .sex = json_get_text(b, "gender") };
	read_names(b, a, &t);
	read_reliability(b, &t);
	const struct json *place = json_get(extension(b, URL_BIRTH_PLACE), "valueAddress");
	t.birth_code = text_at(extension(place, URL_INSEE), "valueCoding.code");
	t.birth_city = json_get_text(place, "city");
	if (!t.birth_city.n)
		t.birth_city = json_get_text(place, "country");
	for json_each(i, json_get(b, "identifier")) {
		if (!t.ins.n && is_ins(i)) {
			t.ins = json_get_text(i, "value");
			t.ins_system = json_get_text(i, "system");
		} else if (!t.ipp.n && is_ipp(i)) {
			t.ipp = json_get_text(i, "value");
		}
	}
	const struct json *home = home_of(b);
	t.line = text_at(home, "line");
	t.postal = json_get_text(home, "postalCode");
	t.city = json_get_text(home, "city");
	t.phone = json_get_text(contact_of(b, "phone"), "value");
	t.email = json_get_text(contact_of(b, "email"), "value");
	(void)ref_of(treating_of(b), "Practitioner", &t.treating);
	t.deceased_at = json_get_text(b, "deceasedDateTime");
	t.deceased = t.deceased_at.n || str_eq(json_get_text(b, "deceasedBoolean"), "true");
	*t_r = t;
}

static bool same_letters(struct str a, struct str b)
{
	struct buf x, y;
	buf_init(&x, 4096);
	buf_init(&y, 4096);
	fold_key(&x, a);
	fold_key(&y, b);
	bool same = !x.failed && !y.failed && str_is(buf_view(&x), buf_view(&y));
	buf_done(&x);
	buf_done(&y);
	return same;
}

bool traits_strict_differ(const struct traits *a, const struct traits *b)
{
	return !same_letters(a->birth_name, b->birth_name) || !same_letters(a->given_list, b->given_list) || !str_is(a->born_on, b->born_on) ||
		!str_is(a->sex, b->sex) || !str_is(a->birth_code, b->birth_code);
}

bool traits_reliability_differ(const struct traits *a, const struct traits *b)
{
	return a->trust != b->trust || a->homonym != b->homonym || a->doubtful != b->doubtful || a->fictive != b->fictive || !str_is(a->ins, b->ins) || !str_is(a->proof, b->proof) ||
		!str_is(a->proof_on, b->proof_on) || !str_is(a->method, b->method) || !str_is(a->collected_on, b->collected_on);
}

/* ---- writing ---- */

static void member(struct jw *w, const char *name, struct str s)
{
	if (s.n)
		jw_member(w, name, s);
}

static void write_official(struct jw *w, const struct traits *t)
{
	jw_object(w);
	jw_key(w, "extension");
	jw_array(w);
	jw_object(w);
	jw_member(w, "url", STR(URL_BIRTH_LIST));
	jw_member(w, "valueString", t->given_list);
	jw_end(w, '}');
	jw_end(w, ']');
	jw_member(w, "use", STR("official"));
	jw_member(w, "family", t->birth_name);
	jw_key(w, "given");
	jw_array(w);
	jw_str(w, t->given);
	jw_end(w, ']');
	jw_end(w, '}');
}

static void write_usual(struct jw *w, const struct traits *t)
{
	jw_object(w);
	jw_member(w, "use", STR("usual"));
	jw_member(w, "family", t->used_name.n ? t->used_name : t->birth_name);
	jw_key(w, "given");
	jw_array(w);
	jw_str(w, t->used_given.n ? t->used_given : t->given);
	jw_end(w, ']');
	jw_end(w, '}');
}

static bool has_usual(const struct traits *t)
{
	return t->used_name.n || t->used_given.n;
}

static void write_coded(struct jw *w, const char *url, const char *system, struct str code)
{
	if (!code.n)
		return;
	jw_object(w);
	jw_member(w, "url", str_of(url));
	jw_key(w, "valueCoding");
	jw_object(w);
	jw_member(w, "system", str_of(system));
	jw_member(w, "code", code);
	jw_end(w, '}');
	jw_end(w, '}');
}

static void write_dated(struct jw *w, const char *url, struct str day)
{
	if (!day.n)
		return;
	jw_object(w);
	jw_member(w, "url", str_of(url));
	jw_member(w, "valueDate", day);
	jw_end(w, '}');
}

/* The status with what it stands on (of: NULL, an attribute alone). */
static void write_status(struct jw *w, struct str code, const struct traits *of)
{
	jw_object(w);
	jw_key(w, "extension");
	jw_array(w);
	write_coded(w, "identityStatus", SYSTEM_0445, code);
	if (of) {
		write_coded(w, "validationMode", SYSTEM_PROOF, of->proof);
		write_dated(w, "validationDate", of->proof_on);
		write_coded(w, "methodCollection", SYSTEM_METHOD, of->method);
		write_dated(w, "dateCollection", of->collected_on);
	}
	jw_end(w, ']');
	jw_member(w, "url", STR(URL_RELIABILITY));
	jw_end(w, '}');
}

static void write_reliability(struct jw *w, const struct traits *t)
{
	write_status(w, str_of(trust_code(t->trust)), t);
	if (t->homonym)
		write_status(w, STR("HOMA"), NULL);
	if (t->doubtful)
		write_status(w, STR("DOUT"), NULL);
	if (t->fictive)
		write_status(w, STR("FICT"), NULL);
}

static void write_birth_place(struct jw *w, const struct traits *t)
{
	jw_object(w);
	jw_member(w, "url", STR(URL_BIRTH_PLACE));
	jw_key(w, "valueAddress");
	jw_object(w);
	jw_key(w, "extension");
	jw_array(w);
	jw_object(w);
	jw_member(w, "url", STR(URL_INSEE));
	jw_key(w, "valueCoding");
	jw_object(w);
	jw_member(w, "system", STR(SYSTEM_COMMUNE));
	jw_member(w, "code", t->birth_code);
	jw_end(w, '}');
	jw_end(w, '}');
	jw_end(w, ']');
	member(w, "city", t->birth_city);
	jw_end(w, '}');
	jw_end(w, '}');
}

static void write_ipp(struct jw *w, struct str ipp)
{
	jw_object(w);
	jw_member(w, "use", STR("usual"));
	jw_key(w, "type");
	jw_object(w);
	jw_key(w, "coding");
	jw_array(w);
	jw_object(w);
	jw_member(w, "system", STR(SYSTEM_0203));
	jw_member(w, "code", STR("PI"));
	jw_end(w, '}');
	jw_end(w, ']');
	jw_end(w, '}');
	jw_member(w, "system", STR(HOSPITAL_IPP_SYSTEM));
	jw_member(w, "value", ipp);
	jw_end(w, '}');
}

static void write_home(struct jw *w, const struct traits *t)
{
	jw_object(w);
	jw_member(w, "use", STR("home"));
	if (t->line.n) {
		jw_key(w, "line");
		jw_array(w);
		jw_str(w, t->line);
		jw_end(w, ']');
	}
	member(w, "city", t->city);
	member(w, "postalCode", t->postal);
	jw_end(w, '}');
}

static bool has_home(const struct traits *t)
{
	return t->line.n || t->postal.n || t->city.n;
}

static void write_contact(struct jw *w, const char *system, struct str value, const char *use)
{
	jw_object(w);
	jw_member(w, "system", str_of(system));
	jw_member(w, "value", value);
	jw_member(w, "use", str_of(use));
	jw_end(w, '}');
}

static void write_treating(struct jw *w, struct str practitioner)
{
	struct buf ref;
	buf_init(&ref, 100);
	buf_z(&ref, "Practitioner/");
	buf_str(&ref, practitioner);
	jw_object(w);
	jw_member(w, "reference", buf_view(&ref));
	jw_end(w, '}');
	buf_done(&ref);
}

static void write_profile(struct jw *w, bool qualified)
{
	jw_key(w, "profile");
	jw_array(w);
	jw_str(w, qualified ? STR(URL_PATIENT_INS) : STR(URL_PATIENT));
	jw_end(w, ']');
}

void traits_write_new(struct buf *out, const struct traits *t)
{
	struct jw j, *w = &j;
	jw_init(w, out);
	jw_object(w);
	jw_member(w, "resourceType", STR("Patient"));
	jw_key(w, "meta");
	jw_object(w);
	write_profile(w, false);
	jw_end(w, '}');
	jw_key(w, "extension");
	jw_array(w);
	if (t->birth_code.n)
		write_birth_place(w, t);
	write_reliability(w, t);
	jw_end(w, ']');
	jw_key(w, "identifier");
	jw_array(w);
	write_ipp(w, t->ipp);
	jw_end(w, ']');
	jw_key(w, "active");
	jw_bool(w, true);
	jw_key(w, "name");
	jw_array(w);
	write_official(w, t);
	if (has_usual(t))
		write_usual(w, t);
	jw_end(w, ']');
	if (t->phone.n || t->email.n) {
		jw_key(w, "telecom");
		jw_array(w);
		if (t->phone.n)
			write_contact(w, "phone", t->phone, "mobile");
		if (t->email.n)
			write_contact(w, "email", t->email, "home");
		jw_end(w, ']');
	}
	jw_member(w, "gender", t->sex);
	jw_member(w, "birthDate", t->born_on);
	if (has_home(t)) {
		jw_key(w, "address");
		jw_array(w);
		write_home(w, t);
		jw_end(w, ']');
	}
	if (t->treating.n) {
		jw_key(w, "generalPractitioner");
		jw_array(w);
		write_treating(w, t->treating);
		jw_end(w, ']');
	}
	jw_end(w, '}');
}

/* One array member under change: elements that are not ours are copied; ours are replaced in place by `put`, or added at the end. An empty array
 * is not written at all (FHIR allows none). */
struct edit {
	struct jw *w;
	const char *name;
	bool open, done;
};

static void edit_open(struct edit *e)
{
	if (e->open)
		return;
	jw_key(e->w, e->name);
	jw_array(e->w);
	e->open = true;
}

static void edit_keep(struct edit *e, const struct json *v)
{
	edit_open(e);
	jw_raw(e->w, v->raw);
}

static void edit_end(struct edit *e)
{
	if (e->open)
		jw_end(e->w, ']');
}

static void over_extensions(struct jw *w, const struct json *patient, const struct traits *was, const struct traits *now)
{
	bool place = !str_is(was->birth_code, now->birth_code) || !str_is(was->birth_city, now->birth_city), trust = traits_reliability_differ(was, now);
	static const char *const OURS[] = { "PROV", "VALI", "RECUP", "QUAL", "HOMA", "HOMD", "DOUT", "FICT" };
	struct edit e = { .w = w, .name = "extension" };
	for json_each(x, json_get(patient, "extension")) {
		struct str url = json_get_text(x, "url");
		struct str code = text_at(extension(x, "identityStatus"), "valueCoding.code");
		if (place && str_eq(url, URL_BIRTH_PLACE))
			continue;
		bool ours = false;
		for (size_t i = 0; i < N_OF(OURS) && trust && str_eq(url, URL_RELIABILITY) && !ours; i++)
			ours = str_eq(code, OURS[i]);
		if (ours)
			continue;
		edit_keep(&e, x);
	}
	if (place && now->birth_code.n) {
		edit_open(&e);
		write_birth_place(w, now);
	}
	if (trust) {
		edit_open(&e);
		write_reliability(w, now);
	}
	edit_end(&e);
}

/* As PatientINS of FR Core has it. */
static void write_ins(struct jw *w, const struct traits *t)
{
	static const char *const CODES[] = { "INS-NIR", "INS-NIA", "INS-NIR-TEST", "INS-NIR-DEMO" };
	size_t i = 0;
	while (i < N_OF(INS_SYSTEMS) - 1 && !str_eq(t->ins_system, INS_SYSTEMS[i]))
		i++;
	jw_object(w);
	jw_member(w, "use", STR("official"));
	jw_key(w, "type");
	jw_object(w);
	jw_key(w, "coding");
	jw_array(w);
	jw_object(w);
	jw_member(w, "system", STR(SYSTEM_IDENTIFIER));
	jw_member(w, "code", str_of(CODES[i]));
	jw_end(w, '}');
	jw_end(w, ']');
	jw_end(w, '}');
	jw_member(w, "system", t->ins_system);
	jw_member(w, "value", t->ins);
	jw_end(w, '}');
}

static void over_identifiers(struct jw *w, const struct json *patient, const struct traits *was, const struct traits *now)
{
	bool change = !str_is(was->ins, now->ins);
	struct edit e = { .w = w, .name = "identifier" };
	for json_each(i, json_get(patient, "identifier"))
		if (!is_ins(i) || (now->ins.n && !change)) /* a dropped status drops every INS */
			edit_keep(&e, i);
	if (change && now->ins.n) {
		edit_open(&e);
		write_ins(w, now);
	}
	edit_end(&e);
}

static void over_names(struct jw *w, const struct json *patient, const struct traits *was, const struct traits *now)
{
	bool official = !str_is(was->birth_name, now->birth_name) || !str_is(was->given, now->given) || !str_is(was->given_list, now->given_list);
	bool usual = !str_is(was->used_name, now->used_name) || !str_is(was->used_given, now->used_given);
	const struct json *old_official = official_of(patient), *old_usual = usual_of(patient);
	struct edit e = { .w = w, .name = "name" };
	for json_each(n, json_get(patient, "name"))
		if (!(n == old_official && official) && !(n == old_usual && usual))
			edit_keep(&e, n);
	if (official) {
		edit_open(&e);
		write_official(w, now);
	}
	if (usual && has_usual(now)) {
		edit_open(&e);
		write_usual(w, now);
	}
	edit_end(&e);
}

static void over_telecom(struct jw *w, const struct json *patient, const struct traits *was, const struct traits *now)
{
	const struct json *phone = contact_of(patient, "phone"), *email = contact_of(patient, "email");
	bool new_phone = !str_is(was->phone, now->phone), new_email = !str_is(was->email, now->email);
	struct edit e = { .w = w, .name = "telecom" };
	for json_each(c, json_get(patient, "telecom"))
		if (!(c == phone && new_phone) && !(c == email && new_email))
			edit_keep(&e, c);
	if (new_phone && now->phone.n) {
		edit_open(&e);
		write_contact(w, "phone", now->phone, "mobile");
	}
	if (new_email && now->email.n) {
		edit_open(&e);
		write_contact(w, "email", now->email, "home");
	}
	edit_end(&e);
}

static void over_address(struct jw *w, const struct json *patient, const struct traits *was, const struct traits *now)
{
	const struct json *home = home_of(patient);
	bool moved = !str_is(was->line, now->line) || !str_is(was->postal, now->postal) || !str_is(was->city, now->city);
	struct edit e = { .w = w, .name = "address" };
	for json_each(a, json_get(patient, "address")) {
		if (a == home && moved) {
			if (has_home(now)) {
				edit_open(&e);
				write_home(w, now);
			}
		} else {
			edit_keep(&e, a);
		}
	}
	if (!home && has_home(now)) {
		edit_open(&e);
		write_home(w, now);
	}
	edit_end(&e);
}

static void over_treating(struct jw *w, const struct json *patient, const struct traits *was, const struct traits *now)
{
	const struct json *treating = treating_of(patient);
	bool change = !str_is(was->treating, now->treating);
	struct edit e = { .w = w, .name = "generalPractitioner" };
	for json_each(g, json_get(patient, "generalPractitioner"))
		if (g != treating || !change)
			edit_keep(&e, g);
	if (change && now->treating.n) {
		edit_open(&e);
		write_treating(w, now->treating);
	}
	edit_end(&e);
}

/* PatientINS is claimed for a qualified identity whose document is one of ValueSet fr-core-vs-mode-validation-identity-ins (a required binding), or is not named. */
static bool claims_ins(const struct traits *t)
{
	return t->ins.n && t->trust == TRUST_QUAL && (!t->proof.n || str_eq(t->proof, "PA") || str_eq(t->proof, "CN") || str_eq(t->proof, "AN") || str_eq(t->proof, "LE"));
}

static void over_meta(struct jw *w, const struct json *patient, const struct traits *was, const struct traits *now)
{
	bool change = claims_ins(was) != claims_ins(now) || (was->ins.n > 0 && !now->ins.n);
	jw_key(w, "meta");
	jw_object(w);
	bool profile = false;
	for json_each(m, json_get(patient, "meta")) {
		if (str_eq(m->name, "versionId") || str_eq(m->name, "lastUpdated"))
			continue;
		if (str_eq(m->name, "profile")) {
			profile = true;
			if (change) {
				write_profile(w, claims_ins(now));
				continue;
			}
		}
		struct str name = m->name;
		char key[64];
		if (name.n >= sizeof key)
			continue;
		memcpy(key, name.p, name.n);
		key[name.n] = 0;
		jw_key(w, key);
		jw_raw(w, m->raw);
	}
	if (!profile)
		write_profile(w, claims_ins(now));
	jw_end(w, '}');
}

void traits_write_over(struct buf *out, const struct json *patient, const struct traits *was, const struct traits *now)
{
	/* The members that traits touch are written in FHIR order first; everything else follows as it was. The generated narrative tells the old
	 * traits, so it goes when they change. */
	static const char *const OURS[] = { "resourceType", "id", "meta", "extension", "identifier", "name", "telecom", "gender", "birthDate", "address", "generalPractitioner", "text" };
	struct jw j, *w = &j;
	jw_init(w, out);
	jw_object(w);
	jw_member(w, "resourceType", STR("Patient"));
	jw_member(w, "id", now->id);
	over_meta(w, patient, was, now);
	over_extensions(w, patient, was, now);
	over_identifiers(w, patient, was, now);
	over_names(w, patient, was, now);
	over_telecom(w, patient, was, now);
	member(w, "gender", now->sex);
	member(w, "birthDate", now->born_on);
	over_address(w, patient, was, now);
	over_treating(w, patient, was, now);
	for json_each(m, patient) {
		bool ours = m->name.n > 60;
		for (size_t i = 0; i < N_OF(OURS) && !ours; i++)
			ours = str_eq(m->name, OURS[i]);
		if (ours)
			continue;
		char key[64];
		memcpy(key, m->name.p, m->name.n);
		key[m->name.n] = 0;
		jw_key(w, key);
		jw_raw(w, m->raw);
	}
	jw_end(w, '}');
}

/* ---- columns ---- */

static struct str shown_name(const struct traits *t)
{
	return t->used_name.n ? t->used_name : t->birth_name;
}

static struct str shown_given(const struct traits *t)
{
	return t->used_given.n ? t->used_given : t->given;
}

static void cols_flags(struct rows *out, const struct traits *t)
{
	rows_col(out, "status", str_of(trust_code(t->trust)));
	col_flag(out, "homonym", t->homonym);
	col_flag(out, "doubtful", t->doubtful);
	col_flag(out, "fictive", t->fictive);
	col_flag(out, "collision", t->collision);
}

void traits_masked(struct rows *out, const struct traits *t)
{
	rows_col(out, "id", t->id);
	traits_initials(out, t);
}

void traits_mask(struct buf *out, const struct traits *t)
{
	mask_name(out, shown_name(t), shown_given(t));
}

void traits_initials(struct rows *out, const struct traits *t)
{
	struct buf b;
	buf_init(&b, 64);
	traits_mask(&b, t);
	rows_col(out, "masked", buf_view(&b));
	buf_done(&b);
	if (t->born_on.n >= 4)
		rows_col(out, "birth_year", (struct str){ t->born_on.p, 4 });
	col(out, "sex", t->sex);
	cols_flags(out, t);
}

static bool civil_of(struct str date, struct civil *c_r)
{
	int64_t ms = when_low(date);
	if (ms == INT64_MIN)
		return false;
	*c_r = civil_paris(ms);
	return true;
}

void traits_named(struct rows *out, const struct traits *t, int64_t now_ms)
{
	struct buf b;
	buf_init(&b, 2000);
	fold_upper(&b, shown_name(t));
	if (shown_given(t).n) {
		buf_z(&b, ", ");
		buf_str(&b, shown_given(t));
	}
	rows_col(out, "id", t->id);
	rows_col(out, "name", buf_view(&b));
	buf_done(&b);
	if (t->used_name.n && !same_letters(t->used_name, t->birth_name))
		rows_col(out, "birth_name", t->birth_name);
	col(out, "born_on", t->born_on);
	if (t->born_on.n >= 4)
		rows_col(out, "birth_year", (struct str){ t->born_on.p, 4 });
	struct civil born, end = civil_paris(now_ms);
	if (t->deceased && t->deceased_at.n)
		(void)civil_of(t->deceased_at, &end);
	if (civil_of(t->born_on, &born))
		rows_col_i64(out, "age", age_years(born, end));
	col(out, "sex", t->sex);
	col_flag(out, "deceased", t->deceased);
	col_when(out, "deceased_at", "deceased_on", t->deceased_at);
	cols_flags(out, t);
}

void traits_full(struct rows *out, const struct traits *t, int64_t now_ms)
{
	traits_named(out, t, now_ms);
	rows_col_i64(out, "version", t->version);
	if (!(t->used_name.n && !same_letters(t->used_name, t->birth_name)))
		rows_col(out, "birth_name", t->birth_name);
	col(out, "given", t->given);
	col(out, "given_names", t->given_list);
	col(out, "used_name", t->used_name);
	col(out, "used_given", t->used_given);
	col(out, "birth_place", t->birth_code);
	col(out, "birth_city", t->birth_city);
	col(out, "ipp", t->ipp);
	if (t->trust == TRUST_QUAL) /* BARRIER: the matricule goes with a qualified identity only (FR Core PatientINS, RNIV) */
		col(out, "ins", t->ins);
	col(out, "address", t->line);
	col(out, "postal_code", t->postal);
	col(out, "city", t->city);
	col(out, "phone", t->phone);
	col(out, "email", t->email);
	col(out, "treating", t->treating);
}

void mask_name(struct buf *out, struct str family, struct str given)
{
	const struct str part[] = { family, given };
	for (size_t i = 0; i < N_OF(part); i++) {
		size_t at = 0;
		uint32_t code;
		/* The first letter or digit; a name of signs only gives nothing. */
		while (utf8_next(part[i], &at, &code)) {
			struct buf one, up;
			buf_init(&one, 16);
			buf_init(&up, 64);
			utf8_put(&one, code);
			if (name_has_letter(buf_view(&one)))
				fold_upper(&up, buf_view(&one));
			bool found = up.n > 0 && !up.failed;
			if (found) {
				if (i && out->n)
					buf_ch(out, ' ');
				buf_str(out, buf_view(&up));
				buf_ch(out, '.');
			}
			buf_done(&one);
			buf_done(&up);
			if (found)
				break;
		}
	}
}

/* ---- comparing ---- */

static struct str squeezed(struct arena *a, struct str s, void (*fold)(struct buf *, struct str))
{
	struct buf b;
	buf_init(&b, 8192);
	fold(&b, s);
	size_t n = 0;
	for (size_t i = 0; i < b.n && !b.failed; i++)
		if (b.p[i] != ' ')
			b.p[n++] = b.p[i];
	struct str out = arena_str(a, (struct str){ b.p, n });
	buf_done(&b);
	return out;
}

struct str letters_of(struct arena *a, struct str name)
{
	return squeezed(a, name, fold_key);
}

struct str sound_of(struct arena *a, struct str name)
{
	return squeezed(a, name, fold_phonetic);
}

bool name_has_letter(struct str name)
{
	struct buf b;
	buf_init(&b, 8192);
	fold_key(&b, name);
	bool has = false;
	for (size_t i = 0; i < b.n && !has; i++)
		has = b.p[i] != ' ' && !(b.p[i] >= '0' && b.p[i] <= '9');
	buf_done(&b);
	return has;
}
