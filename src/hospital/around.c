/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/around.c: the people around a patient: whom to tell, the trusted person (CSP art. L1111-6), who represents the patient by law, as Patient.contact in the form of FR Core. Who ended
 * stays in the list with the day. It must never leave two trusted persons standing, change what another system wrote of somebody beyond what the form says, nor write over a version that was not
 * seen. Codes: ValueSets fr-core-vs-patient-contact-role and fr-core-vs-relation-type (FR Core 2.2.0), French words of JDV_HL7_PersonalRelationshipRoleType_CISIS.
 * Called by chart.c and by the gate through the rows at the end. Start at person_read and put_run.
 */
#include "hospital/around.h"

#include <stdio.h>

#include "codec/fold.h"
#include "hospital/care.h"
#include "hospital/matters.h"
#include "hospital/merge.h"
#include "hospital/patient.h"

#define PEOPLE_MOST 10  /* who stand at once: more is a list that nobody calls */
#define ENDED_MOST  20  /* of those who ended the newest stay in the present version, the others in the versions before */
#define URL_CATEGORY COMPOSE_FRCORE "fr-core-patient-contact-relationship-category"
#define NOS "https://mos.esante.gouv.fr/NOS/"
#define SYSTEM_ROLE     NOS "TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass"
#define SYSTEM_LAW      NOS "TRE_R217-ProtectionJuridique/FHIR/TRE-R217-ProtectionJuridique"
#define SYSTEM_RELATION NOS "TRE_R216-HL7RoleCode/FHIR/TRE-R216-HL7RoleCode"
#define SYSTEM_BEFORE   "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-contact-relationship" /* role and relation in one set: before FR Core parted them */
#define TRUSTED "NOK"

struct code { const char *code, *system, *display; };
static const struct code ROLES[] = {
	{ "ECON",     SYSTEM_ROLE, "personne à prévenir en cas d'urgence" },
	{ TRUSTED,    SYSTEM_ROLE, "personne de confiance" },
	{ "GUARD",    SYSTEM_ROLE, "Responsable légal" },
	{ "TUTEUR",   SYSTEM_LAW,  "Tuteur" },
	{ "CURATEUR", SYSTEM_LAW,  "Curateur" },
	{ "MSVG",     SYSTEM_LAW,  "Mandataire de sauvegarde" },
};
/* What others write for the same. */
static const struct { const char *code, *system, *as; } ALSO[] = {
	{ "QUAL",  SYSTEM_ROLE,   TRUSTED },
	{ "K",     SYSTEM_BEFORE, TRUSTED },
	{ "CUR",   SYSTEM_BEFORE, "GUARD" },
	{ "GRD",   SYSTEM_BEFORE, "TUTEUR" },
	{ "CURTL", SYSTEM_BEFORE, "CURATEUR" },
};
static const struct code RELATIONS[] = {
	{ "SPS",       SYSTEM_RELATION, "Epoux ou épouse" },
	{ "DOMPART",   SYSTEM_RELATION, "Concubin(e) ou partenaire PACS" },
	{ "SIGOTHR",   SYSTEM_RELATION, "Conjoint" },
	{ "MTH",       SYSTEM_RELATION, "Mère" },
	{ "FTH",       SYSTEM_RELATION, "Père" },
	{ "PRN",       SYSTEM_RELATION, "Parent, au sens père ou mère" },
	{ "DAUC",      SYSTEM_RELATION, "Fille" },
	{ "SONC",      SYSTEM_RELATION, "Fils" },
	{ "CHILD",     SYSTEM_RELATION, "Enfant" },
	{ "SIS",       SYSTEM_RELATION, "Sœur" },
	{ "BRO",       SYSTEM_RELATION, "Frère" },
	{ "GRMTH",     SYSTEM_RELATION, "Grand-mère" },
	{ "GRFTH",     SYSTEM_RELATION, "Grand-père" },
	{ "GRNDCHILD", SYSTEM_RELATION, "Petit-enfant" },
	{ "AUNT",      SYSTEM_RELATION, "Tante" },
	{ "UNCLE",     SYSTEM_RELATION, "Oncle" },
	{ "NIECE",     SYSTEM_RELATION, "Nièce" },
	{ "NEPHEW",    SYSTEM_RELATION, "Neveu" },
	{ "COUSN",     SYSTEM_RELATION, "Cousin(e)" },
	{ "DAUINLAW",  SYSTEM_RELATION, "Belle-fille" },
	{ "SONINLAW",  SYSTEM_RELATION, "Gendre" },
	{ "FMRSPS",    SYSTEM_RELATION, "Ancien époux ou ancienne épouse" },
	{ "FAMMEMB",   SYSTEM_RELATION, "Autre membre de la famille" },
	{ "FRND",      SYSTEM_RELATION, "Autre proche" },
	{ "NBOR",      SYSTEM_RELATION, "Voisin(e)" },
	{ "ROOM",      SYSTEM_RELATION, "Personne vivant sous le même toit" },
	{ "RESPRSN",   SYSTEM_RELATION, "Responsable légal non membre de la famille" },
};

static const struct code *code_of(const struct code *at, size_t n, struct str code)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(code, at[i].code))
			return &at[i];
	return NULL;
}

/* ---- reading ---- */

struct words_of { struct str family, given, phone, role, relation; };
struct person {
	const struct json *body;
	struct str ref;                       /* its id, else its place among the others */
	struct words_of says;
	struct str shown, role_text, relation_text; /* text: what another system called it, where the house has no such code */
	bool over;
};

static bool is_plain_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.'))
			return false;
	}
	return s.n > 0 && s.n <= 64 && !str_starts(s, STR("at-"));
}

static struct str place_of(struct arena *a, unsigned at)
{
	char text[16];
	int n = snprintf(text, sizeof text, "at-%u", at);
	return arena_str(a, (struct str){ text, (size_t)n });
}

static struct str role_in(const struct json *concept)
{
	for (size_t i = 0; i < N_OF(ROLES); i++)
		if (has_code(concept, str_of(ROLES[i].system), str_of(ROLES[i].code)))
			return str_of(ROLES[i].code);
	for (size_t i = 0; i < N_OF(ALSO); i++)
		if (has_code(concept, str_of(ALSO[i].system), str_of(ALSO[i].code)))
			return str_of(ALSO[i].as);
	return STR_NONE;
}

static bool is_relation(const struct json *concept)
{
	bool says = str_eq(text_at(concept, "coding.system"), SYSTEM_RELATION);
	for json_each (e, json_get(concept, "extension"))
		says = says || (str_eq(json_get_text(e, "url"), URL_CATEGORY) && str_eq(json_get_text(e, "valueCode"), "relationType"));
	return says;
}

/* One that says what somebody is, or how related, by no code of ours keeps its own words. */
static void relationships(const struct json *contact, struct arena *a, struct person *k)
{
	for json_each (r, json_get(contact, "relationship")) {
		struct str role = role_in(r);
		if (role.n) {
			if (!k->says.role.n)
				k->says.role = role;
		} else if (is_relation(r)) {
			const struct code *known = code_of(RELATIONS, N_OF(RELATIONS), text_at(r, "coding.code"));
			k->says.relation = known ? str_of(known->code) : k->says.relation;
			k->relation_text = known ? STR_NONE : concept_in_words(a, r);
		} else if (!k->role_text.n) {
			k->role_text = concept_in_words(a, r);
		}
	}
}

static const struct json *phone_of(const struct json *contact)
{
	for json_each (t, json_get(contact, "telecom"))
		if (str_eq(json_get_text(t, "system"), "phone") && !str_eq(json_get_text(t, "use"), "old"))
			return t;
	return NULL;
}

static struct str shown_name(struct arena *a, const struct words_of *s)
{
	struct buf b;
	buf_init(&b, 4096);
	fold_upper(&b, s->family);
	if (s->given.n) {
		buf_z(&b, b.n ? ", " : "");
		buf_str(&b, s->given);
	}
	struct str shown = b.failed ? s->family : arena_str(a, buf_view(&b));
	buf_done(&b);
	return shown;
}

static void person_read(const struct json *contact, unsigned at, int64_t now_ms, struct arena *a, struct person *k_r)
{
	struct str id = json_get_text(contact, "id"), end = text_at(contact, "period.end");
	const struct json *name = json_get(contact, "name");
	struct person k = { .body = contact, .ref = is_plain_id(id) ? id : place_of(a, at), .over = end.n && when_low(end) <= now_ms };
	k.says.family = json_get_text(name, "family");
	if (!k.says.family.n)
		k.says.family = json_get_text(name, "text");
	k.says.given = text_at(name, "given");
	k.says.phone = json_get_text(phone_of(contact), "value");
	k.shown = shown_name(a, &k.says);
	relationships(contact, a, &k);
	*k_r = k;
}

static bool is_trusted(const struct person *k) { return !k->over && str_eq(k->says.role, TRUSTED); }

struct people_list { struct person *at; unsigned n; };

static enum rc list_read(const struct json *patient, int64_t now_ms, struct arena *a, struct people_list *l_r, struct problem *p)
{
	const struct json *contacts = json_get(patient, "contact");
	unsigned n = contacts ? contacts->n : 0, i = 0;
	*l_r = (struct people_list){ .at = n ? arena_array(a, n, sizeof *l_r->at) : NULL };
	if (n && !l_r->at)
		return arena_rc(a, p);
	for json_each (c, contacts) {
		person_read(c, i, now_ms, a, &l_r->at[i]);
		i++;
	}
	l_r->n = i;
	return arena_rc(a, p);
}

static const struct person *trusted_of(const struct people_list *l)
{
	for (unsigned i = 0; i < l->n; i++)
		if (is_trusted(&l->at[i]))
			return &l->at[i];
	return NULL;
}

#define OF_AGE 18 /* Code civil, art. 388: a minor is who is not eighteen yet */

static bool is_minor(const struct care_patient *who, int64_t now_ms)
{
	int64_t born = care_born(who);
	return who->traits.born_on.n == 10 && born != INT64_MIN && age_years(civil_paris(born + CARE_DAY_MS / 2), civil_paris(now_ms)) < OF_AGE;
}

static bool is_represented(const struct people_list *l)
{
	for (unsigned i = 0; i < l->n; i++)
		if (!l->at[i].over && (str_eq(l->at[i].says.role, "GUARD") || str_eq(l->at[i].says.role, "TUTEUR")))
			return true;
	return false;
}

/* The next of the records that are read as one, but the one that is opened. */
static bool next_joined(struct str *ids, struct str opened, struct str *id_r)
{
	while (ids->n) {
		*id_r = str_cut(*ids, ',', ids);
		if (!str_is(*id_r, opened))
			return true;
	}
	return false;
}

enum rc around_trusted(struct db_conn *c, struct arena *a, const struct item *patient, int64_t now_ms, struct str *name_r, struct str *phone_r, struct problem *p)
{
	struct str ids = merge_ids(c, a, patient->id), id;
	struct people_list l;
	enum rc rc = list_read(patient->body, now_ms, a, &l, p);
	const struct person *k = rc == RC_OK ? trusted_of(&l) : NULL;
	while (rc == RC_OK && !k && next_joined(&ids, patient->id, &id)) {
		struct item it;
		bool found = false;
		rc = item_find(c, a, "Patient", id, &found, &it, p);
		if (rc == RC_OK && found)
			rc = list_read(it.body, now_ms, a, &l, p);
		k = rc == RC_OK && found ? trusted_of(&l) : NULL;
	}
	*name_r = k ? k->shown : STR_NONE;
	*phone_r = k ? k->says.phone : STR_NONE;
	return rc;
}

static void person_row(struct rows *out, const struct person *k, int64_t rid, bool other)
{
	rows_row(out);
	rows_patient(out, rid, TIER_IDENTITY);
	if (!other)
		col(out, "ref", k->ref);
	col(out, "name", k->shown);
	col(out, "family", k->says.family);
	col(out, "given", k->says.given);
	col(out, "phone", k->says.phone);
	col(out, "role", k->says.role);
	col(out, "role_text", k->says.role.n ? STR_NONE : k->role_text);
	col(out, "relation", k->says.relation);
	col(out, "relation_text", k->relation_text);
	col_when(out, "since_at", "since_on", text_at(k->body, "period.start"));
	col_when(out, "until_at", "until_on", text_at(k->body, "period.end"));
	col_flag(out, "over", k->over);
	col_flag(out, "other", other);
}

static void list_rows(struct rows *out, const struct people_list *l, int64_t rid, bool other)
{
	for (unsigned i = 0; i < l->n; i++)
		person_row(out, &l->at[i], rid, other);
}

/*
 * "people_around": patient → set "around", as they came into the record: ref (of this record; absent: of one that is joined to it, changed there), name, family, given, phone, role (ECON, NOK, GUARD,
 * TUTEUR, CURATEUR, MSVG) or role_text, relation or relation_text, since_at, since_on, until_at, until_on, over (flag), other (flag: of a joined record); set "around_state": version, trusted (name); set "around_alone": a row where a minor has nobody who represents by law.
 */
static enum rc around_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct people_list l;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	if (rc == RC_OK)
		rc = list_read(who.item.body, v->now_ms, v->arena, &l, p);
	if (rc != RC_OK)
		return rc;
	struct str ids = merge_ids(v->db, v->arena, who.item.id), id;
	rows_set(out, "around_state");
	rows_row(out);
	rows_patient(out, who.item.rid, TIER_IDENTITY);
	rows_col_i64(out, "version", who.item.version);
	const struct person *trusted = trusted_of(&l);
	if (trusted)
		col(out, "trusted", trusted->shown);
	rows_set(out, "around");
	list_rows(out, &l, who.item.rid, false);
	bool alone = is_minor(&who, v->now_ms) && !is_represented(&l);
	while (rc == RC_OK && next_joined(&ids, who.item.id, &id)) {
		struct item it;
		bool found = false;
		rc = item_find(v->db, v->arena, "Patient", id, &found, &it, p);
		if (rc == RC_OK && found)
			rc = list_read(it.body, v->now_ms, v->arena, &l, p);
		if (rc == RC_OK && found) {
			list_rows(out, &l, who.item.rid, true);
			alone = alone && !is_represented(&l);
		}
	}
	rows_set(out, "around_alone");
	if (alone) {
		rows_row(out);
		rows_patient(out, who.item.rid, TIER_IDENTITY);
		col_flag(out, "minor", true);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- writing ---- */

static void relationship(struct jw *w, const char *category, const struct code *code)
{
	jw_object(w);
	jw_key(w, "extension");
	jw_array(w);
	jw_object(w);
	jw_member(w, "url", STR(URL_CATEGORY));
	jw_member(w, "valueCode", str_of(category));
	jw_end(w, '}');
	jw_end(w, ']');
	jw_key(w, "coding");
	jw_array(w);
	compose_coding(w, code->system, str_of(code->code), str_of(code->display));
	jw_end(w, ']');
	jw_end(w, '}');
}

/* was: NULL, of somebody new. What does not change stays as it was written, also where it is in words that are not ours. */
static void put_relationships(struct jw *w, const struct person *was, const struct words_of *s)
{
	bool role = !was || !str_is(was->says.role, s->role), kin = !was || !str_is(was->says.relation, s->relation);
	const struct code *as = code_of(ROLES, N_OF(ROLES), s->role), *relation = code_of(RELATIONS, N_OF(RELATIONS), s->relation);
	jw_key(w, "relationship");
	jw_array(w);
	for json_each (r, was ? json_get(was->body, "relationship") : NULL)
		if (!role_in(r).n && is_relation(r) ? !kin : !role)
			jw_raw(w, r->raw);
	if (role && as)
		relationship(w, "role", as);
	if (kin && relation)
		relationship(w, "relationType", relation);
	jw_end(w, ']');
}

static void put_name(struct jw *w, const struct words_of *s)
{
	jw_key(w, "name");
	jw_object(w);
	jw_member(w, "family", s->family);
	if (s->given.n) {
		jw_key(w, "given");
		jw_array(w);
		jw_str(w, s->given);
		jw_end(w, ']');
	}
	jw_end(w, '}');
}

static void put_phone(struct jw *w, struct str phone)
{
	jw_object(w);
	jw_member(w, "system", STR("phone"));
	jw_member(w, "value", phone);
	jw_end(w, '}');
}

/* Every way to reach somebody but the one phone that changes stays as it was. */
static void put_telecom(struct jw *w, const struct json *contact, struct str phone)
{
	const struct json *was = phone_of(contact), *all = json_get(contact, "telecom");
	bool any = phone.n || (all && all->n > (was ? 1u : 0u));
	if (!any)
		return;
	jw_key(w, "telecom");
	jw_array(w);
	for json_each (t, all)
		if (t != was)
			jw_raw(w, t->raw);
	if (phone.n)
		put_phone(w, phone);
	jw_end(w, ']');
}

static void put_new(struct jw *w, struct str id, const struct words_of *s, int64_t now_ms)
{
	jw_object(w);
	jw_member(w, "id", id);
	put_relationships(w, NULL, s);
	put_name(w, s);
	put_telecom(w, NULL, s->phone);
	jw_key(w, "period");
	jw_object(w);
	compose_instant(w, "start", now_ms);
	jw_end(w, '}');
	jw_end(w, '}');
}

/* Members that say the same are kept byte for byte. */
static void put_changed(struct jw *w, const struct person *was, const struct words_of *s)
{
	const char *but[4];
	size_t n = 0;
	bool as = !str_is(was->says.role, s->role) || !str_is(was->says.relation, s->relation), name = !str_is(was->says.family, s->family) || !str_is(was->says.given, s->given), phone = !str_is(was->says.phone, s->phone);
	if (as)
		but[n++] = "relationship";
	if (name)
		but[n++] = "name";
	if (phone)
		but[n++] = "telecom";
	but[n] = NULL;
	jw_object(w);
	compose_keep(w, was->body, but);
	if (as)
		put_relationships(w, was, s);
	if (name)
		put_name(w, s);
	if (phone)
		put_telecom(w, was->body, s->phone);
	jw_end(w, '}');
}

static void put_ended(struct jw *w, const struct person *k, int64_t now_ms)
{
	static const char *const PERIOD[] = { "period", NULL }, *const END[] = { "end", NULL };
	jw_object(w);
	compose_keep(w, k->body, PERIOD);
	jw_key(w, "period");
	jw_object(w);
	compose_keep(w, json_get(k->body, "period"), END);
	compose_instant(w, "end", now_ms);
	jw_end(w, '}');
	jw_end(w, '}');
}

/* What one act does to the list: changes or ends the one at `at`, or adds; whom a new trusted person replaces ends. */
#define AT_NOBODY UINT32_MAX
struct change { struct people_list list; unsigned at; bool ends; struct words_of says; struct str id; };

static bool is_replaced(const struct change *k, unsigned i)
{
	return !k->ends && str_eq(k->says.role, TRUSTED) && i != k->at && is_trusted(&k->list.at[i]);
}

static void put_list(struct jw *w, const struct change *k, int64_t now_ms)
{
	unsigned over = 0, drop;
	for (unsigned i = 0; i < k->list.n; i++)
		if (k->list.at[i].over || is_replaced(k, i) || (k->ends && i == k->at))
			over++;
	drop = over > ENDED_MOST ? over - ENDED_MOST : 0;
	jw_key(w, "contact");
	jw_array(w);
	for (unsigned i = 0; i < k->list.n; i++) {
		const struct person *one = &k->list.at[i];
		if (one->over && drop) {
			drop--;
			continue;
		}
		if (is_replaced(k, i) || (k->ends && i == k->at))
			put_ended(w, one, now_ms);
		else if (i == k->at)
			put_changed(w, one, &k->says);
		else
			jw_raw(w, one->body->raw);
	}
	if (k->at == AT_NOBODY)
		put_new(w, k->id, &k->says, now_ms);
	jw_end(w, ']');
}

static enum rc put_patient(struct act_ctx *x, const struct item *it, const struct change *k, struct record_done *d_r, struct problem *p)
{
	static const char *const CONTACT[] = { "contact", NULL };
	struct record_if cond = patient_version(x->args);
	struct buf body;
	struct jw w;
	buf_init(&body, (size_t)1 << 24);
	jw_init(&w, &body);
	jw_object(&w);
	compose_keep(&w, it->body, CONTACT);
	put_list(&w, k, x->now_ms);
	jw_end(&w, '}');
	enum rc rc = compose_put(x, "Patient", it->id, &body, &cond, d_r, p);
	buf_done(&body);
	return rc;
}

static unsigned find(const struct people_list *l, struct str ref)
{
	for (unsigned i = 0; i < l->n; i++)
		if (ref.n && str_is(l->at[i].ref, ref))
			return i;
	return AT_NOBODY;
}

static bool same_words(const struct words_of *a, const struct words_of *b)
{
	return str_is(a->family, b->family) && str_is(a->given, b->given) && str_is(a->phone, b->phone) && str_is(a->role, b->role) && str_is(a->relation, b->relation);
}

static enum rc seen_first(const struct act_ctx *x, const struct item *it, struct problem *p)
{
	struct record_if cond = patient_version(x->args);
	return cond.has_version && cond.version == it->version ? RC_OK : problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, "version", "version %u is current", it->version);
}

static void answer(struct rows *out, const struct item *it, uint32_t version, struct str ref, const struct person *replaced, bool again)
{
	rows_set(out, "person");
	rows_row(out);
	rows_patient(out, it->rid, TIER_IDENTITY);
	rows_col(out, "ref", ref);
	rows_col_i64(out, "version", version);
	if (replaced)
		col(out, "replaced", replaced->shown);
	col_flag(out, "again", again);
}

static const struct person *replaced_by(const struct change *k)
{
	for (unsigned i = 0; i < k->list.n; i++)
		if (is_replaced(k, i))
			return &k->list.at[i];
	return NULL;
}

static enum rc room_left(const struct change *k, struct problem *p)
{
	unsigned n = 0;
	for (unsigned i = 0; i < k->list.n; i++)
		if (!k->list.at[i].over && !is_replaced(k, i))
			n++;
	return k->at != AT_NOBODY || n < PEOPLE_MOST ? RC_OK : problem_set(p, RC_CONFLICT, WHY_AROUND_MOST, "family", "%u stand", n);
}

/*
 * "around_put": once, version (of the Patient that was looked at), ref (who changes; absent: somebody new), family, given, phone, role, relation → set "person": ref, version, replaced (the name of the
 * trusted person who was), again (flag: the same words stand already). PRECONDITION when somebody changed the record meanwhile; CONFLICT AROUND_GONE: not of this record, or ended; AROUND_MOST.
 */
static enum rc put_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits t;
	struct record_done d;
	struct str ref = args_get(x->args, "ref");
	struct change k = { .at = AT_NOBODY, .id = care_id(x, "around", STR("")), .says = { .family = str_trim(args_get(x->args, "family")), .given = str_trim(args_get(x->args, "given")),
		.phone = str_trim(args_get(x->args, "phone")), .role = args_get(x->args, "role"), .relation = args_get(x->args, "relation") } };
	enum rc rc = patient_read(x, &it, &t, p);
	if (rc == RC_OK && (!name_has_letter(k.says.family) || (k.says.given.n && !name_has_letter(k.says.given))))
		rc = problem_set(p, RC_BAD_INPUT, WHY_NAME_LETTERS, name_has_letter(k.says.family) ? "given" : "family", "no letter");
	if (rc == RC_OK)
		rc = list_read(it.body, x->now_ms, x->arena, &k.list, p);
	if (rc != RC_OK)
		return rc;
	unsigned sent = find(&k.list, ref.n ? ref : k.id);
	if (sent != AT_NOBODY && !k.list.at[sent].over && same_words(&k.list.at[sent].says, &k.says)) {
		answer(out, &it, it.version, k.list.at[sent].ref, NULL, true);
		return RC_OK;
	}
	if (!ref.n && sent != AT_NOBODY)
		return problem_set(p, RC_CONFLICT, WHY_CARE_SENT, "family", "other words under one key");
	rc = seen_first(x, &it, p);
	if (rc == RC_OK && ref.n && (sent == AT_NOBODY || k.list.at[sent].over))
		rc = problem_set(p, RC_CONFLICT, WHY_AROUND_GONE, "family", "no such person");
	k.at = sent;
	if (rc == RC_OK)
		rc = room_left(&k, p);
	if (rc == RC_OK)
		rc = put_patient(x, &it, &k, &d, p);
	if (rc == RC_OK)
		answer(out, &it, d.version, ref.n ? ref : k.id, replaced_by(&k), false);
	return rc;
}

/* "around_end": version, ref → set "person": ref, version. As around_put; who ended stays in the record with the instant. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits t;
	struct record_done d;
	struct change k = { .ends = true };
	enum rc rc = patient_read(x, &it, &t, p);
	if (rc == RC_OK)
		rc = seen_first(x, &it, p);
	if (rc == RC_OK)
		rc = list_read(it.body, x->now_ms, x->arena, &k.list, p);
	k.at = rc == RC_OK ? find(&k.list, args_get(x->args, "ref")) : AT_NOBODY;
	if (rc == RC_OK && (k.at == AT_NOBODY || k.list.at[k.at].over))
		rc = problem_set(p, RC_CONFLICT, WHY_AROUND_GONE, "ref", "no such person");
	if (rc == RC_OK)
		rc = put_patient(x, &it, &k, &d, p);
	if (rc == RC_OK)
		answer(out, &it, d.version, k.list.at[k.at].ref, NULL, false);
	return rc;
}

static const struct choice ROLE_CHOICES[] = { { "ECON", "" }, { TRUSTED, "" }, { "GUARD", "" }, { "TUTEUR", "" }, { "CURATEUR", "" }, { "MSVG", "" }, { NULL, NULL } };
static const struct choice RELATION_CHOICES[] = {
	{ "SPS", "" }, { "DOMPART", "" }, { "SIGOTHR", "" }, { "MTH", "" }, { "FTH", "" }, { "PRN", "" }, { "DAUC", "" }, { "SONC", "" }, { "CHILD", "" }, { "SIS", "" }, { "BRO", "" }, { "GRMTH", "" }, { "GRFTH", "" },
	{ "GRNDCHILD", "" }, { "AUNT", "" }, { "UNCLE", "" }, { "NIECE", "" }, { "NEPHEW", "" }, { "COUSN", "" }, { "DAUINLAW", "" }, { "SONINLAW", "" }, { "FMRSPS", "" }, { "FAMMEMB", "" }, { "FRND", "" },
	{ "NBOR", "" }, { "ROOM", "" }, { "RESPRSN", "" }, { NULL, NULL },
};
#define PATIENT_FIELD { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define VERSION_FIELD { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = UINT32_MAX, .required = true }
static const struct field PUT_FIELDS[] = {
	PATIENT_FIELD, VERSION_FIELD, CARE_ONCE_FIELD,
	{ .name = "ref",      .label = "Person",     .kind = FIELD_ID },
	{ .name = "family",   .label = "Name",       .kind = FIELD_TEXT, .max = 100, .required = true },
	{ .name = "given",    .label = "Given name", .kind = FIELD_TEXT, .max = 100 },
	{ .name = "phone",    .label = "Phone",      .kind = FIELD_TEXT, .max = 30 },
	{ .name = "role",     .label = "Who it is",  .kind = FIELD_CODE, .required = true, .choices = ROLE_CHOICES },
	{ .name = "relation", .label = "Relation",   .kind = FIELD_CODE, .choices = RELATION_CHOICES },
	FIELDS_END,
};
static const struct field END_FIELDS[] = {
	PATIENT_FIELD, VERSION_FIELD,
	{ .name = "ref", .label = "Person", .kind = FIELD_ID, .required = true },
	FIELDS_END,
};

/* Names and phones of third people, who stand in this one chart: they are revealed as its identity is, and count as its opening. */
const struct view around_views[] = {
	{ .name = "people_around", .may = MAY_READ_IDENTITY | MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = around_view },
	{ .name = NULL },
};
const struct act around_acts[] = {
	{ .name = "around_put", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = PUT_FIELDS, .run = put_run },
	{ .name = "around_end", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = END_FIELDS, .run = end_run },
	{ .name = NULL },
};
