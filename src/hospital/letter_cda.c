/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/letter_cda.c: a letter as HL7 CDA R2 of level 1: the header of the CI-SIS (order and elements as in the ANS example DOC_NON_STRUCTURE_CDA-R2-N1) around the PDF. It must never carry
 * an INS of an identity that is not qualified, nor a number that the house does not hold: what is not known is a nullFlavor. Called by letter_sign.c. Start at letter_cda.
 */
#include "hospital/letter.h"

#include <stdio.h>
#include <string.h>

#include "codec/xml.h"
#include "record/keys.h"

#define LOINC_OID   "2.16.840.1.113883.6.1"
#define RPPS_OID    "1.2.250.1.71.4.2.1"
#define FINESS_OID  "1.2.250.1.71.4.2.2"

static unsigned nibble(char c) { return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16; }

/* 128 bits as a decimal number: nine figures at a time. */
static void put_decimal(struct buf *out, const unsigned char bytes[16])
{
	uint32_t part[5] = { 0 };
	for (unsigned i = 0; i < 16; i++) {
		uint64_t carry = bytes[i];
		for (unsigned k = 0; k < 5; k++) {
			carry += (uint64_t)part[k] * 256;
			part[k] = (uint32_t)(carry % 1000000000u);
			carry /= 1000000000u;
		}
	}
	unsigned top = 4;
	while (top > 0 && !part[top])
		top--;
	buf_fmt(out, "%u", part[top]);
	while (top > 0)
		buf_fmt(out, "%09u", part[--top]);
}

void letter_oid(struct buf *out, struct str uuid)
{
	unsigned char bytes[16] = { 0 };
	unsigned n = 0;
	for (size_t i = 0; i < uuid.n && n < 32; i++)
		if (nibble(uuid.p[i]) < 16) {
			bytes[n / 2] |= (unsigned char)(nibble(uuid.p[i]) << (n % 2 ? 0 : 4));
			n++;
		}
	buf_z(out, "2.25.");
	put_decimal(out, bytes);
}

static void attr_oid(struct xml *x, const char *name, struct str uuid)
{
	struct buf b;
	buf_init(&b, 64);
	letter_oid(&b, uuid);
	xml_attr(x, name, buf_view(&b));
	buf_done(&b);
}

static void null_flavor(struct xml *x, const char *element, const char *why)
{
	xml_open(x, element);
	xml_attr_z(x, "nullFlavor", why);
	xml_close(x);
}

static void id_of(struct xml *x, const char *root, struct str extension)
{
	if (!extension.n) {
		null_flavor(x, "id", "UNK");
		return;
	}
	xml_open(x, "id");
	xml_attr_z(x, "root", root);
	xml_attr(x, "extension", extension);
	xml_close(x);
}

static void template_id(struct xml *x, const char *root)
{
	xml_open(x, "templateId");
	xml_attr_z(x, "root", root);
	xml_close(x);
}

/* 20260330140512+0200 */
static void time_of(struct xml *x, const char *element, int64_t ms)
{
	struct civil t = civil_paris(ms);
	long offset_h = (long)((civil_to_ms(t) - ms + CARE_HOUR_MS / 2) / CARE_HOUR_MS);
	char text[32];
	(void)snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02d+%02ld00", t.year, t.month, t.day, t.hour, t.minute, t.second, offset_h);
	xml_open(x, element);
	xml_attr_z(x, "value", text);
	xml_close(x);
}

/* A FHIR date as a TS: figures alone, as exact as it is recorded. */
static void date_of(struct xml *x, const char *element, struct str date)
{
	char text[9];
	unsigned n = 0;
	for (size_t i = 0; i < date.n && n < 8 && date.p[i] != 'T'; i++)
		if (date.p[i] >= '0' && date.p[i] <= '9')
			text[n++] = date.p[i];
	if (n != 4 && n != 6 && n != 8) {
		null_flavor(x, element, "UNK");
		return;
	}
	xml_open(x, element);
	xml_attr(x, "value", (struct str){ text, n });
	xml_close(x);
}

static void coded(struct xml *x, const char *element, const char *code, const char *display, const char *system, const char *system_name)
{
	xml_open(x, element);
	xml_attr_z(x, "code", code);
	if (display)
		xml_attr_z(x, "displayName", display);
	xml_attr_z(x, "codeSystem", system);
	if (system_name)
		xml_attr_z(x, "codeSystemName", system_name);
	xml_close(x);
}

static void qualified(struct xml *x, const char *element, const char *qualifier, struct str text)
{
	xml_open(x, element);
	if (qualifier)
		xml_attr_z(x, "qualifier", qualifier);
	xml_text(x, text);
	xml_close(x);
}

static void put_type(struct xml *x, const struct letter *l)
{
	const struct letter_type *t = letter_type(l->kind);
	if (t->loinc) {
		coded(x, "code", t->loinc, t->display, LOINC_OID, "LOINC");
		return;
	}
	xml_open(x, "code");
	xml_attr_z(x, "nullFlavor", "UNK");
	xml_leaf(x, "originalText", str_of(t->display));
	xml_close(x);
}

/* The house's own space of record numbers has no registered OID: one made of its keys, the same for ever in this base. */
static void ipp_of(struct xml *x, struct str ipp)
{
	char uuid[33];
	struct buf root;
	(void)snprintf(uuid, sizeof uuid, "%016llx%016llx", (unsigned long long)keys_house_hash(STR("cda:ipp:1")), (unsigned long long)keys_house_hash(STR("cda:ipp:2")));
	buf_init(&root, 64);
	letter_oid(&root, str_of(uuid));
	xml_open(x, "id");
	xml_attr(x, "root", buf_view(&root));
	xml_attr(x, "extension", ipp);
	xml_close(x);
	buf_done(&root);
}

static void put_patient(struct xml *x, const struct traits *t)
{
	static const struct str urn = { "urn:oid:", 8 };
	xml_open(x, "recordTarget");
	xml_open(x, "patientRole");
	if (t->trust == TRUST_QUAL && t->ins.n && str_starts(t->ins_system, urn)) { /* BARRIER: RNIV, a qualified identity only */
		xml_open(x, "id");
		xml_attr(x, "root", (struct str){ t->ins_system.p + urn.n, t->ins_system.n - urn.n });
		xml_attr(x, "extension", t->ins);
		xml_close(x);
	}
	if (t->ipp.n)
		ipp_of(x, t->ipp);
	else
		null_flavor(x, "id", "UNK");
	if (t->city.n || t->postal.n || t->line.n) {
		xml_open(x, "addr");
		if (t->line.n)
			xml_leaf(x, "streetAddressLine", t->line);
		if (t->postal.n)
			xml_leaf(x, "postalCode", t->postal);
		if (t->city.n)
			xml_leaf(x, "city", t->city);
		xml_close(x);
	} else {
		null_flavor(x, "addr", "NASK");
	}
	null_flavor(x, "telecom", "NASK");
	xml_open(x, "patient");
	xml_attr_z(x, "classCode", "PSN");
	xml_open(x, "name");
	qualified(x, "family", "BR", t->birth_name);
	qualified(x, "given", NULL, t->given_list.n ? t->given_list : t->given);
	qualified(x, "given", "BR", t->given);
	if (t->used_name.n)
		qualified(x, "family", "CL", t->used_name);
	if (t->used_given.n)
		qualified(x, "given", "CL", t->used_given);
	xml_close(x);
	bool female = str_eq(t->sex, "female"), male = str_eq(t->sex, "male");
	if (female || male)
		coded(x, "administrativeGenderCode", female ? "F" : "M", female ? "Féminin" : "Masculin", "2.16.840.1.113883.5.1", NULL);
	else
		null_flavor(x, "administrativeGenderCode", "UNK");
	date_of(x, "birthTime", t->born_on);
	if (t->birth_code.n || t->birth_city.n) {
		xml_open(x, "birthplace");
		xml_open(x, "place");
		xml_open(x, "addr");
		if (t->birth_code.n)
			xml_leaf(x, "county", t->birth_code);
		if (t->birth_city.n)
			xml_leaf(x, "city", t->birth_city);
		xml_close(x);
		xml_close(x);
		xml_close(x);
	}
	xml_close(x);
	xml_close(x);
	xml_close(x);
}

static void put_person(struct xml *x, const struct letter_out *o)
{
	xml_open(x, "assignedPerson");
	xml_open(x, "name");
	xml_leaf(x, "family", o->by.name);
	xml_close(x);
	xml_close(x);
}

static void put_house(struct xml *x, const struct letter_out *o, const char *element)
{
	xml_open(x, element);
	id_of(x, FINESS_OID, o->house.finess);
	xml_leaf(x, "name", o->house.site.n ? o->house.site : o->house.unit);
	null_flavor(x, "telecom", "NASK");
	null_flavor(x, "addr", "NASK");
	xml_close(x);
}

static void put_people(struct xml *x, const struct letter_out *o)
{
	xml_open(x, "author");
	time_of(x, "time", o->now_ms);
	xml_open(x, "assignedAuthor");
	id_of(x, RPPS_OID, o->by.rpps);
	null_flavor(x, "addr", "NASK");
	null_flavor(x, "telecom", "NASK");
	put_person(x, o);
	put_house(x, o, "representedOrganization");
	xml_close(x);
	xml_close(x);
	xml_open(x, "custodian");
	xml_open(x, "assignedCustodian");
	put_house(x, o, "representedCustodianOrganization");
	xml_close(x);
	xml_close(x);
	xml_open(x, "legalAuthenticator");
	time_of(x, "time", o->now_ms);
	xml_open(x, "signatureCode");
	xml_attr_z(x, "code", "S");
	xml_close(x);
	xml_open(x, "assignedEntity");
	id_of(x, RPPS_OID, o->by.rpps);
	put_person(x, o);
	xml_close(x);
	xml_close(x);
}

static void put_stay(struct xml *x, const struct letter_out *o)
{
	xml_open(x, "documentationOf");
	xml_open(x, "serviceEvent");
	null_flavor(x, "code", "UNK");
	xml_open(x, "effectiveTime");
	if (o->k->stay.start.n) {
		date_of(x, "low", o->k->stay.start);
		if (o->k->stay.end.n)
			date_of(x, "high", o->k->stay.end);
	} else {
		time_of(x, "low", o->now_ms);
	}
	xml_close(x);
	xml_close(x);
	xml_close(x);
	if (o->before.n) {
		xml_open(x, "relatedDocument");
		xml_attr_z(x, "typeCode", "RPLC");
		xml_open(x, "parentDocument");
		xml_open(x, "id");
		attr_oid(x, "root", o->before);
		xml_close(x);
		xml_close(x);
		xml_close(x);
	}
	xml_open(x, "componentOf");
	xml_open(x, "encompassingEncounter");
	xml_open(x, "effectiveTime");
	if (o->k->stay.start.n)
		date_of(x, "low", o->k->stay.start);
	else
		time_of(x, "low", o->now_ms);
	if (o->k->stay.end.n)
		date_of(x, "high", o->k->stay.end);
	xml_close(x);
	xml_open(x, "location");
	xml_open(x, "healthCareFacility");
	id_of(x, FINESS_OID, o->house.finess);
	null_flavor(x, "code", "UNK");
	xml_close(x);
	xml_close(x);
	xml_close(x);
	xml_close(x);
}

enum rc letter_cda(const struct letter_out *o, struct str pdf, struct buf *out, struct problem *p)
{
	struct xml x;
	struct buf no;
	xml_begin(&x, out);
	xml_open(&x, "ClinicalDocument");
	xml_attr_z(&x, "xmlns", "urn:hl7-org:v3");
	xml_attr_z(&x, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
	xml_open(&x, "realmCode");
	xml_attr_z(&x, "code", "FR");
	xml_close(&x);
	xml_open(&x, "typeId");
	xml_attr_z(&x, "root", "2.16.840.1.113883.1.3");
	xml_attr_z(&x, "extension", "POCD_HD000040");
	xml_close(&x);
	template_id(&x, "2.16.840.1.113883.2.8.2.1");
	template_id(&x, "1.2.250.1.213.1.1.1.1");
	template_id(&x, "1.3.6.1.4.1.19376.1.2.20");
	xml_open(&x, "id");
	attr_oid(&x, "root", o->document);
	xml_close(&x);
	put_type(&x, o->l);
	xml_leaf(&x, "title", o->l->title);
	time_of(&x, "effectiveTime", o->now_ms);
	coded(&x, "confidentialityCode", "N", "Normal", "2.16.840.1.113883.5.25", "Confidentiality");
	xml_open(&x, "languageCode");
	xml_attr_z(&x, "code", "fr-FR");
	xml_close(&x);
	xml_open(&x, "setId");
	attr_oid(&x, "root", o->set);
	xml_close(&x);
	buf_init(&no, 32);
	buf_i64(&no, o->l->version);
	xml_open(&x, "versionNumber");
	xml_attr(&x, "value", buf_view(&no));
	xml_close(&x);
	buf_done(&no);
	put_patient(&x, &o->k->who.traits);
	put_people(&x, o);
	put_stay(&x, o);
	xml_open(&x, "component");
	xml_open(&x, "nonXMLBody");
	xml_open(&x, "text");
	xml_attr_z(&x, "mediaType", "application/pdf");
	xml_attr_z(&x, "representation", "B64");
	xml_base64(&x, pdf);
	xml_close(&x);
	xml_close(&x);
	xml_close(&x);
	xml_close(&x);
	return xml_end(&x, p);
}
