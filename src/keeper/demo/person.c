/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/person.c: one synthetic identity from (seed, number), and its FR Core Patient. Planted on purpose: homonyms, twins, typing slips, married
 * names, provisional identities. An INS stands on RECUP and QUAL identities only (RNIV), under the test OID. Start at person_make.
 */
#include "keeper/demo/demo.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Share of a hospital's patients by age, per 5 years from 0; rough, invented for the demonstration. */
static const unsigned age_share[20] = { 60, 30, 26, 30, 38, 44, 52, 52, 48, 46, 48, 52, 56, 62, 70, 66, 56, 46, 28, 12 };

static struct civil
draw_birth(const struct demo *d, struct stream *s)
{
	unsigned total = 0, at, band = 0;

	for (unsigned i = 0; i < 20; i++)
		total += age_share[i];
	at = stream_below(s, total);
	while (at >= age_share[band])
		at -= age_share[band++];
	struct civil now = civil_utc(d->now_ms);
	int32_t today = days_of(now.year, now.month, now.day);
	return civil_of_days(today - 1 - (int32_t)(band * 1826 + stream_below(s, 1826)));
}

static unsigned
period_of(int year)
{
	return year < 1931 ? 0 : year < 1961 ? 1 : year < 1981 ? 2 : 3;
}

static struct str
draw_given_name(const struct demo *d, char sex, int year, struct stream *s)
{
	int decade = (year - 1900) / 10;

	decade = decade < 0 ? 0 : decade > 12 ? 12 : decade;
	return reference_cell(&d->first_names, draw_pick(&d->draw_given[sex == 'F'][decade], s), 1);
}

static void
draw_contacts(const struct demo *d, struct demo_person *who, struct stream *s)
{
	static const char *const prefixes[] = { "06 39 98", "06 39 98", "06 39 98", "01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49" };
	struct str rest;

	who->home_row = draw_pick(&d->draw_home, s);
	who->street_row = draw_pick(&d->draw_street, s);
	who->street_number = 1 + stream_below(s, 180);
	struct str codes = reference_cell(&d->communes, who->home_row, 6);
	snprintf(who->postal, sizeof who->postal, "%.*s", STR_ARG(str_cut(codes, ' ', &rest)));
	who->has_phone = stream_below(s, 100) < 92;
	snprintf(who->phone, sizeof who->phone, "%s %02u %02u", prefixes[stream_below(s, 8)], stream_below(s, 100), stream_below(s, 100));
	who->has_mail = stream_below(s, 100) < 55;
	snprintf(who->mail, sizeof who->mail, "hx%010llx@exemple.test", (unsigned long long)(stream_u64(s) >> 24));
}

static void
draw_status(struct demo_person *who, struct stream *s)
{
	unsigned at = stream_below(s, 100);

	snprintf(who->status, sizeof who->status, "%s", at < 62 ? "QUAL" : at < 74 ? "VALI" : at < 84 ? "RECUP" : "PROV");
}

void
person_placed(struct demo *d, struct demo_person *who, uint32_t place)
{
	who->place = place;
	demo_id(who->id, d->ask->seed, ID_PATIENT, place);
}

static void
draw_person(struct demo *d, uint32_t number, struct demo_person *who)
{
	struct stream s = stream_of(d->ask->seed, number);

	*who = (struct demo_person){ .number = number };
	person_placed(d, who, number);
	who->sex = stream_below(&s, 1000) < 520 ? 'F' : 'M';
	who->born = draw_birth(d, &s);
	who->family = reference_cell(&d->names, draw_pick(&d->draw_name[period_of(who->born.year)], &s), 0);
	who->n_given = 1 + (stream_below(&s, 100) < 45) + (stream_below(&s, 100) < 25);
	for (unsigned i = 0; i < who->n_given; i++)
		who->given[i] = draw_given_name(d, who->sex, who->born.year, &s);
	int age = age_years(who->born, civil_utc(d->now_ms));
	if (who->sex == 'F' && age > 24 && stream_below(&s, 100) < 42)
		who->used = reference_cell(&d->names, draw_pick(&d->draw_name[period_of(who->born.year)], &s), 0);
	who->abroad = stream_below(&s, 100) < 8;
	who->birth_row = who->abroad ? draw_pick(&d->draw_country, &s) : draw_pick(&d->draw_birth_place, &s);
	draw_contacts(d, who, &s);
	draw_status(who, &s);
	who->doctor = stream_below(&s, DEMO_DOCTORS);
	if (age > 60 && stream_below(&s, 1000) < (unsigned)(age - 50) * 2) {
		int32_t today = days_of(civil_utc(d->now_ms).year, civil_utc(d->now_ms).month, civil_utc(d->now_ms).day);
		who->dead = true;
		who->died = civil_of_days(today - 10 - (int32_t)stream_below(&s, 900));
	}
}

/* One letter doubled, dropped or swapped with its neighbour. */
static void
slip(struct demo_person *who, struct stream *s)
{
	size_t n = who->family.n < 60 ? who->family.n : 60, at;

	memcpy(who->typo_family, who->family.p, n);
	if (n >= 4) {
		at = 1 + stream_below(s, (uint32_t)n - 2);
		char c = who->typo_family[at];
		if (stream_below(s, 2) == 0) {
			who->typo_family[at] = who->typo_family[at - 1];
			who->typo_family[at - 1] = c;
		} else {
			memmove(who->typo_family + at, who->typo_family + at + 1, n - at - 1);
			n--;
		}
	}
	who->typo_family[n] = '\0';
	who->family = str_of(who->typo_family);
}

static void
provisional(struct demo_person *who)
{
	snprintf(who->status, sizeof who->status, "PROV");
}

void
person_make(struct demo *d, uint32_t number, struct demo_person *who)
{
	struct stream plant = stream_of(d->ask->seed ^ UINT64_C(0x91a27), number);
	unsigned chance = stream_below(&plant, 10000);
	struct demo_person other;

	draw_person(d, number, who);
	if (number == 0 || chance >= 180)
		return;
	draw_person(d, number - 1, &other);
	if (chance < 60) {                      /* twin: same birth, other first name */
		who->family = other.family;
		who->born = other.born;
		who->abroad = other.abroad;
		who->birth_row = other.birth_row;
		who->home_row = other.home_row;
		memcpy(who->postal, other.postal, sizeof who->postal);
		who->used = who->sex == 'F' && other.sex == 'F' ? who->used : STR_NONE;
		who->dead = false;
	} else if (chance < 120) {              /* homonym: same names, another day of the same year */
		who->family = other.family;
		who->given[0] = other.given[0];
		who->sex = other.sex;
		who->born.year = other.born.year;
		if (!date_exists(who->born.year, who->born.month, who->born.day))
			who->born.day = 28;
		who->dead = false;
	} else {                                /* the same person entered twice, the second time in a hurry */
		uint32_t keep = who->number;
		*who = other;
		who->number = keep;
		person_placed(d, who, keep);
		if (chance < 160)
			slip(who, &plant);
		else if (who->born.day <= 12)
			who->born = (struct civil){ .year = who->born.year, .month = who->born.day, .day = who->born.month };
		who->n_given = 1;
		who->has_mail = false;
		who->dead = false;
		provisional(who);
	}
}

/* Nobody treats a canary, and no service gave it a number. */
void
person_canary(struct demo *d, const struct canary_new *c, uint32_t place, struct demo_person *who)
{
	struct stream s = stream_of(d->ask->seed ^ UINT64_C(0xca9a7), place);

	*who = (struct demo_person){ .number = UINT32_MAX, .family = d->canary_names.family[c->family].shown, .n_given = 1, .sex = d->canary_names.given[c->given].sex,
		.born = civil_of_days(c->born), .birth_row = draw_pick(&d->draw_birth_place, &s), .doctor = UINT_MAX };
	who->given[0] = d->canary_names.given[c->given].shown;
	person_placed(d, who, place);
	draw_contacts(d, who, &s);
	provisional(who);
}

/* 13 figures and the key 97 - (NIR mod 97), with 2A as 19 and 2B as 18 for the computation. */
static bool
make_nir(struct demo *d, struct demo_person *who)
{
	struct str place = reference_cell(who->abroad ? &d->countries : &d->communes, who->birth_row, 0);
	char sexed[12], figures[24];
	uint64_t value, order = 0, key;

	if (place.n != 5)
		return false;
	snprintf(sexed, sizeof sexed, "%c%02d%02d%.5s", who->sex == 'F' ? '2' : '1', who->born.year % 100, who->born.month, place.p);
	key = hash_stable(str_of(sexed)) ^ (uint64_t)(who->born.year / 100);
	(void)map64_find(&d->nir_order, key, &order);
	if (++order > 990)
		return false;
	MUST(map64_put(&d->nir_order, key, order));
	snprintf(who->nir, sizeof who->nir, "%s%03u", sexed, (unsigned)order);
	snprintf(figures, sizeof figures, "%s", who->nir);
	if (figures[5] == '2' && (figures[6] == 'A' || figures[6] == 'B')) {
		figures[5] = '1';
		figures[6] = figures[6] == 'A' ? '9' : '8';
	}
	if (str_u64(str_of(figures), &value) != RC_OK)
		return false;
	snprintf(who->nir + 13, 3, "%02u", (unsigned)(97 - value % 97));
	return true;
}

static void
put_identifiers(struct demo *d, struct demo_person *who, struct jw *w)
{
	char ipp[24];

	snprintf(ipp, sizeof ipp, "8%09u", who->place);
	jw_key(w, "identifier");
	jw_array(w);
	jw_object(w);
	jw_member(w, "use", STR("usual"));
	compose_concept(w, "type", "http://terminology.hl7.org/CodeSystem/v2-0203", STR("PI"), STR_NONE, STR_NONE);
	jw_member(w, "system", STR("https://aubeclair.test/ipp"));
	jw_member(w, "value", str_of(ipp));
	jw_end(w, '}');
	if ((strcmp(who->status, "QUAL") == 0 || strcmp(who->status, "RECUP") == 0)) {
		if (make_nir(d, who)) {
			jw_object(w);
			jw_member(w, "use", STR("official"));
			compose_concept(w, "type", FRCORE_CS "fr-core-cs-v2-0203", STR("INS-NIR"), STR_NONE, STR_NONE);
			jw_member(w, "system", STR("urn:oid:1.2.250.1.213.1.4.10"));
			jw_member(w, "value", str_of(who->nir));
			jw_end(w, '}');
		} else {
			provisional(who);
		}
	}
	jw_end(w, ']');
}

static void
put_extensions(struct demo *d, const struct demo_person *who, struct jw *w)
{
	const struct reference *t = who->abroad ? &d->countries : &d->communes;

	jw_key(w, "extension");
	jw_array(w);
	jw_object(w);
	jw_member(w, "url", STR("http://hl7.org/fhir/StructureDefinition/patient-birthPlace"));
	jw_key(w, "valueAddress");
	jw_object(w);
	jw_key(w, "extension");
	jw_array(w);
	jw_object(w);
	jw_member(w, "url", STR(COMPOSE_FRCORE "fr-core-address-insee-code"));
	jw_key(w, "valueCoding");
	compose_coding(w, NOS "TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM", reference_cell(t, who->birth_row, 0), STR_NONE);
	jw_end(w, '}');
	jw_end(w, ']');
	jw_member(w, who->abroad ? "country" : "city", reference_cell(t, who->birth_row, 1));
	jw_end(w, '}');
	jw_end(w, '}');
	jw_object(w);
	jw_key(w, "extension");
	jw_array(w);
	jw_object(w);
	jw_member(w, "url", STR("identityStatus"));
	jw_key(w, "valueCoding");
	compose_coding(w, FRCORE_CS "fr-core-cs-v2-0445", str_of(who->status), STR_NONE);
	jw_end(w, '}');
	jw_end(w, ']');
	jw_member(w, "url", STR(COMPOSE_FRCORE "fr-core-identity-reliability"));
	jw_end(w, '}');
	jw_end(w, ']');
}

static void
put_names(const struct demo_person *who, struct jw *w)
{
	struct buf list;

	buf_init(&list, 512);
	for (unsigned i = 0; i < who->n_given; i++) {
		if (i > 0)
			buf_ch(&list, ' ');
		buf_str(&list, who->given[i]);
	}
	jw_key(w, "name");
	jw_array(w);
	jw_object(w);
	jw_key(w, "extension");
	jw_array(w);
	jw_object(w);
	jw_member(w, "url", STR(COMPOSE_FRCORE "fr-core-patient-birth-list-given-name"));
	jw_member(w, "valueString", buf_view(&list));
	jw_end(w, '}');
	jw_end(w, ']');
	jw_member(w, "use", STR("official"));
	jw_member(w, "family", who->family);
	jw_key(w, "given");
	jw_array(w);
	for (unsigned i = 0; i < who->n_given; i++)
		jw_str(w, who->given[i]);
	jw_end(w, ']');
	jw_end(w, '}');
	if (who->used.n > 0) {
		jw_object(w);
		jw_member(w, "use", STR("usual"));
		jw_member(w, "family", who->used);
		jw_key(w, "given");
		jw_array(w);
		jw_str(w, who->given[0]);
		jw_end(w, ']');
		jw_end(w, '}');
	}
	jw_end(w, ']');
	buf_done(&list);
}

static void
put_contacts(struct demo *d, const struct demo_person *who, struct jw *w)
{
	char line[120];

	if (who->has_phone || who->has_mail) {
		jw_key(w, "telecom");
		jw_array(w);
		if (who->has_phone) {
			jw_object(w);
			jw_member(w, "system", STR("phone"));
			jw_member(w, "value", str_of(who->phone));
			jw_member(w, "use", who->phone[1] == '6' ? STR("mobile") : STR("home"));
			jw_end(w, '}');
		}
		if (who->has_mail) {
			jw_object(w);
			jw_member(w, "system", STR("email"));
			jw_member(w, "value", str_of(who->mail));
			jw_end(w, '}');
		}
		jw_end(w, ']');
	}
	struct str kind = reference_cell(&d->streets, who->street_row, 0), name = reference_cell(&d->streets, who->street_row, 1);
	snprintf(line, sizeof line, "%u %.*s %.*s", who->street_number, STR_ARG(kind), STR_ARG(name));
	jw_key(w, "address");
	jw_array(w);
	jw_object(w);
	jw_member(w, "use", STR("home"));
	jw_key(w, "line");
	jw_array(w);
	jw_z(w, line);
	jw_end(w, ']');
	jw_member(w, "city", reference_cell(&d->communes, who->home_row, 1));
	jw_member(w, "postalCode", str_of(who->postal));
	jw_end(w, '}');
	jw_end(w, ']');
}

enum rc
person_put(struct demo *d, const struct demo_person *given, struct problem *p)
{
	struct demo_person who = *given;
	struct jw w;
	struct buf ids;
	struct jw iw;

	/* identifiers first: a NIR that cannot be made turns the identity into a provisional one */
	buf_init(&ids, 4096);
	jw_init(&iw, &ids);
	jw_object(&iw);
	put_identifiers(d, &who, &iw);
	jw_end(&iw, '}');
	struct str members = buf_view(&ids); /* {"identifier":[…]} */
	bool ins = strcmp(who.status, "QUAL") == 0;

	compose_begin(&w, &d->out, "Patient", str_of(who.id), ins ? "fr-core-patient-ins" : "fr-core-patient");
	put_extensions(d, &who, &w);
	jw_key(&w, "identifier");
	jw_raw(&w, (struct str){ members.p + sizeof "{\"identifier\":" - 1, members.n - sizeof "{\"identifier\":" });
	buf_done(&ids);
	jw_key(&w, "active");
	jw_bool(&w, true);
	put_names(&who, &w);
	jw_member(&w, "gender", who.sex == 'F' ? STR("female") : STR("male"));
	compose_date(&w, "birthDate", who.born);
	if (who.dead)
		compose_date(&w, "deceasedDateTime", who.died);
	put_contacts(d, &who, &w);
	if (who.doctor != UINT_MAX) {
		const struct demo_staff *doctor = &d->staff[who.doctor];
		char label[96];
		jw_key(&w, "generalPractitioner");
		jw_array(&w);
		snprintf(label, sizeof label, "Dr %s %s", doctor->given, doctor->family);
		compose_ref(&w, NULL, "Practitioner", str_of(doctor->practitioner), str_of(label));
		jw_end(&w, ']');
	}
	jw_end(&w, '}');
	return demo_put(d, "Patient", who.id, d->now_ms - 300 * DAY_MS, p);
}
