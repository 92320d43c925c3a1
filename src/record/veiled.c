/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/veiled.c: search values that would name a person, as keyed hashes: which parameters are veiled, the rows of a value (by_veiled), and the ranges
 * that a search value becomes. A hash only leads to candidates: match.c compares each with its unsealed facts.
 * Must never write a letter of a name or of a text about a person. Called by rows.c and walk.c. Start at veil_of, veil_rows, veil_ranges.
 *
 * name     names of persons: prefixes of 1, 2, 3 and 8 letters, the whole, each three letters in a row; a search of four letters or more asks for its threes too
 * place    addresses of persons and their towns: prefixes of 3, 4, 5, 8 and 12 letters (with 3 and 8 alone a small town leads to those of a large one that begins alike)
 * text     the sounds of names, and any other text of a type that may speak of a person (displays of codes too): prefixes of 3 and 8 letters
 * birth    date of birth: day, month, year; a date known to the month or the year only has a value that says so, for ranges that begin or end inside of it
 * Texts of the types in CLEAR stay in by_string, in order: they are about the house and its vocabulary.
 */
#include "record/inner.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "fhir/extra.h"

#include <stdio.h>
#include <string.h>

/* Open ranges of birth dates end here: what lies before or after has one value for all. With 150 years a range takes 194 values at most. */
#define YEAR_FIRST 1900
#define YEAR_LAST 2050
#define RANGES_MOST 200        /* a range of dates that needs more does not lead to candidates */
#define TRIGRAMS_MOST 80       /* of one value */
#define N_OF(array) (sizeof(array) / sizeof(array)[0])

/* Longest first: a search takes the first that its text is long enough for. Ended by 0. */
static const unsigned PREFIXES[][6] = { [VEIL_TEXT] = { 8, 3 }, [VEIL_NAME] = { 8, 3, 2, 1 }, [VEIL_PLACE] = { 12, 8, 5, 4, 3 } };

/* BARRIER: a date that the house chose to search persons by may be the date of birth under another name. */
static bool is_posted_date(uint16_t no)
{
	return no > fhir_param_count() && param_at(no)->kind == PARAM_DATE && extra_is_moments(record_params(), no);
}

enum veil veil_of_param(uint16_t fhir_param_no)
{
	static const char *const CLEAR[] = { "Organization", "Location", "HealthcareService", "Endpoint", "Medication", "MedicationKnowledge", "Substance", "CodeSystem",
		"ValueSet", "ConceptMap", "NamingSystem", "StructureDefinition", "StructureMap", "SearchParameter", "OperationDefinition", "CapabilityStatement",
		"ImplementationGuide", "GraphDefinition", "CompartmentDefinition", "MessageDefinition", "TerminologyCapabilities", "ActivityDefinition", "PlanDefinition",
		"Questionnaire", "Library", "Measure", "ObservationDefinition", "SpecimenDefinition", "InsurancePlan", "CatalogEntry" };
	static const char *const PERSON[] = { "Patient", "Person", "RelatedPerson", "Practitioner" };
	static const struct { const char *code; enum veil veil; } OF_PERSON[] = { { "name", VEIL_NAME }, { "family", VEIL_NAME }, { "given", VEIL_NAME }, { "address", VEIL_PLACE },
		{ "address-city", VEIL_PLACE } };
	const struct fhir_param *sp = param_at(fhir_param_no);
	const char *type = fhir_type_name(sp->type);
	if (strcmp(sp->code, "_text") == 0)
		return VEIL_TEXT; /* a narrative may speak of anybody */
	for (size_t i = 0; i < N_OF(CLEAR); i++)
		if (strcmp(type, CLEAR[i]) == 0)
			return VEIL_NONE;
	for (size_t i = 0; i < N_OF(PERSON); i++) {
		if (strcmp(type, PERSON[i]) != 0)
			continue;
		for (size_t k = 0; k < N_OF(OF_PERSON); k++)
			if (strcmp(sp->code, OF_PERSON[k].code) == 0)
				return OF_PERSON[k].veil;
		if (strcmp(sp->code, "birthdate") == 0 || is_posted_date(fhir_param_no))
			return VEIL_BIRTH;
	}
	return VEIL_TEXT;
}

/* ---- hashes ---- */

/* What: 'p' and letters, 'w' whole, 't' trigram; 'd' 'm' 'y' a day, month, year; 'M' 'Y' known to the month, to the year only; 'e' outside of the years above. */
static int64_t veil_hash(uint16_t param, int64_t group, char what, struct str s)
{
	UNSET char text[1 + 2 + 8 + 256];
	size_t n = s.n < 256 ? s.n : 256;
	text[0] = what;
	text[1] = (char)(param >> 8);
	text[2] = (char)param;
	memcpy(text + 3, &group, 8);
	if (n)
		memcpy(text + 11, s.p, n);
	return short_hash(keys_hash((struct str){ text, 11 + n }));
}

static int64_t date_hash(uint16_t param, int64_t group, char what, int year, int month, int day)
{
	int32_t n = (year * 16 + month) * 32 + day;
	char bytes[4];
	memcpy(bytes, &n, 4);
	return veil_hash(param, group, what, (struct str){ bytes, 4 });
}

/* The first letters of a folded text; n 0 when it has fewer. */
static struct str letters(struct str s, unsigned want)
{
	size_t at = 0;
	uint32_t code;
	for (unsigned i = 0; i < want; i++)
		if (!utf8_next(s, &at, &code))
			return STR_NONE;
	return (struct str){ s.p, at };
}

static struct str after_first(struct str s)
{
	size_t at = 0;
	uint32_t code;
	return utf8_next(s, &at, &code) ? (struct str){ s.p + at, s.n - at } : STR_NONE;
}

/* ---- a value's rows ---- */

static void row(struct index_rows *out, uint16_t param, int64_t value, int64_t rid)
{
	rows_add(out, (struct index_row){ .table = BY_VEILED, .param = param, .value = value, .rid = rid });
}

void veil_text_rows(struct index_rows *out, enum veil veil, uint16_t param, int64_t group, struct str text, int64_t rid)
{
	for (const unsigned *prefix = PREFIXES[veil]; *prefix; prefix++) {
		struct str head = letters(text, *prefix);
		if (head.n)
			row(out, param, veil_hash(param, group, 'p', head), rid);
	}
	if (veil != VEIL_NAME)
		return;
	row(out, param, veil_hash(param, group, 'w', text), rid);
	for (unsigned i = 0; i < TRIGRAMS_MOST; i++, text = after_first(text)) {
		struct str three = letters(text, 3);
		if (!three.n)
			break;
		row(out, param, veil_hash(param, group, 't', three), rid);
	}
}

/* Dates are days of the house's civil time, as fhir reads them: see fhir/date.c. */
static struct civil day_at(int64_t ms) { return civil_paris(ms); }
static int64_t day_ms(int year, int month, int day) { return civil_paris_to_ms((struct civil){ .year = year, .month = month, .day = day }); }

static bool is_midnight(const struct civil *c) { return !c->hour && !c->minute && !c->second && !c->ms; }

/* 1 year, 2 month, 3 day; anything else counts as the day it begins on. */
static int precision_of(int64_t low, int64_t high, struct civil *c_r)
{
	struct civil c = *c_r = day_at(low);
	if (is_midnight(&c) && c.day == 1 && c.month == 1 && high == day_ms(c.year + 1, 1, 1))
		return 1;
	if (is_midnight(&c) && c.day == 1 && high == (c.month == 12 ? day_ms(c.year + 1, 1, 1) : day_ms(c.year, c.month + 1, 1)))
		return 2;
	return 3;
}

size_t veil_date_text(int64_t low, int64_t high, char text[VEIL_DATE_TEXT])
{
	struct civil c;
	int precision = precision_of(low, high, &c);
	if (precision == 3 && !date_is_day(low, high))
		return 0;
	int n = snprintf(text, VEIL_DATE_TEXT, "%04d-%02d-%02d", c.year, c.month, c.day);
	return n != VEIL_DATE_TEXT - 1 ? 0 : precision == 1 ? 4 : precision == 2 ? 7 : 10;
}

static bool year_known(int year) { return year >= YEAR_FIRST && year <= YEAR_LAST; }

void veil_date_rows(struct index_rows *out, uint16_t param, int64_t group, int64_t low, int64_t high, int64_t rid)
{
	struct civil c;
	int precision = precision_of(low, high, &c);
	row(out, param, date_hash(param, group, 'y', c.year, 0, 0), rid);
	if (!year_known(c.year))
		row(out, param, date_hash(param, group, 'e', 0, 0, 0), rid);
	if (precision == 1)
		row(out, param, date_hash(param, group, 'Y', c.year, 0, 0), rid);
	else
		row(out, param, date_hash(param, group, 'm', c.year, c.month, 0), rid);
	if (precision == 2)
		row(out, param, date_hash(param, group, 'M', c.year, c.month, 0), rid);
	if (precision == 3)
		row(out, param, date_hash(param, group, 'd', c.year, c.month, c.day), rid);
}

/* ---- a search value's ranges ---- */

static enum rc equal_add(struct ranges *out, uint16_t param, int64_t value, struct arena *a, struct problem *p)
{
	return ranges_add(out, (struct range){ .start = { .table = BY_VEILED, .param = param, .value = value, .i2 = INT64_MIN } }, a, p);
}

#define ALSO_MOST 5

/* Three letters in a row, from the second on, of what is sought: few names that begin alike have them all. The last come first: they are the rarest. */
static enum rc trigrams_also(struct range *r, uint16_t param, int64_t group, struct str text, struct arena *a, struct problem *p)
{
	int64_t at[TRIGRAMS_MOST - 1]; /* those that a value as long has rows of */
	size_t n = 0;
	for (text = after_first(text); n < N_OF(at) && letters(text, 3).n; text = after_first(text))
		at[n++] = veil_hash(param, group, 't', letters(text, 3));
	int64_t *also = n ? arena_array(a, ALSO_MOST, sizeof *also) : NULL;
	if (n && !also)
		return arena_rc(a, p);
	for (; n > 0 && r->n_also < ALSO_MOST; n--)
		also[r->n_also++] = at[n - 1];
	r->also = also;
	return RC_OK;
}

/* The rows of one value, narrowed by the trigrams of a name. */
static enum rc name_add(struct ranges *out, uint16_t param, int64_t group, int64_t value, struct str text, struct arena *a, struct problem *p)
{
	struct range r = { .start = { .table = BY_VEILED, .param = param, .value = value, .i2 = INT64_MIN } };
	enum rc rc = trigrams_also(&r, param, group, text, a, p);
	return rc == RC_OK ? ranges_add(out, r, a, p) : rc;
}

enum rc veil_text_ranges(struct ranges *out, enum veil veil, uint16_t param, int64_t group, struct str text, enum modifier m, struct arena *a, struct problem *p)
{
	if (veil == VEIL_NAME && m == MOD_EXACT && text.n)
		return equal_add(out, param, veil_hash(param, group, 'w', text), a, p);
	if (m == MOD_CONTAINS) {
		struct str three = veil == VEIL_NAME ? letters(text, 3) : STR_NONE;
		out->none = !three.n;
		return three.n ? equal_add(out, param, veil_hash(param, group, 't', three), a, p) : RC_OK;
	}
	for (const unsigned *prefix = PREFIXES[veil]; *prefix; prefix++) {
		struct str head = letters(text, *prefix);
		if (head.n && veil == VEIL_NAME)
			return name_add(out, param, group, veil_hash(param, group, 'p', head), text, a, p);
		if (head.n)
			return equal_add(out, param, veil_hash(param, group, 'p', head), a, p);
	}
	out->none = true; /* too short to lead anywhere */
	return RC_OK;
}

/* Days from a date up to another (excluded), as whole years, then months, then days. */
struct cover { struct ranges *out; uint16_t param; int64_t group; struct arena *a; struct problem *p; enum rc rc; };

static void cover_add(struct cover *k, char what, int year, int month, int day)
{
	if (k->rc == RC_OK && k->out->n <= RANGES_MOST)
		k->rc = equal_add(k->out, k->param, date_hash(k->param, k->group, what, year, month, day), k->a, k->p);
}

static void cover_month(struct cover *k, int year, int month, int from, int to)
{
	cover_add(k, 'M', year, month, 0);
	for (int day = from; day < to; day++)
		if (date_exists(year, month, day))
			cover_add(k, 'd', year, month, day);
}

/* [from, to) inside of one year; month and day 1 … 12, 1 … 31; to: month 13, day 1 is the year's end. */
static void cover_year(struct cover *k, int year, int from_month, int from_day, int to_month, int to_day)
{
	if (from_month == 1 && from_day == 1 && to_month == 13) {
		cover_add(k, 'y', year, 0, 0);
		return;
	}
	cover_add(k, 'Y', year, 0, 0);
	for (int month = from_month; month <= to_month && month <= 12; month++) {
		int from = month == from_month ? from_day : 1, to = month == to_month ? to_day : 32;
		if (from == 1 && to == 32)
			cover_add(k, 'm', year, month, 0);
		else if (from < to)
			cover_month(k, year, month, from, to);
		else
			cover_add(k, 'M', year, month, 0); /* a date known to the month lies on both sides */
	}
}

static enum rc cover(struct cover *k, int64_t low, int64_t high)
{
	struct civil from = { .year = YEAR_FIRST, .month = 1, .day = 1 }, to = { .year = YEAR_LAST, .month = 13, .day = 1 };
	bool open_low = low <= day_ms(YEAR_FIRST, 1, 1), open_high = high >= day_ms(YEAR_LAST + 1, 1, 1);
	if (!open_low)
		from = day_at(low);
	if (!open_high) { /* the day after the last one */
		to = day_at(high - 1);
		struct civil next = civil_of_days(days_of(to.year, to.month, to.day) + 1);
		to = next.year > to.year ? (struct civil){ .year = to.year, .month = 13, .day = 1 } : next;
	}
	if (open_low || open_high)
		cover_add(k, 'e', 0, 0, 0);
	for (int year = from.year; year <= to.year && k->out->n <= RANGES_MOST; year++)
		cover_year(k, year, year == from.year ? from.month : 1, year == from.year ? from.day : 1, year == to.year ? to.month : 13, year == to.year ? to.day : 1);
	k->out->none = k->out->n > RANGES_MOST;
	return k->rc;
}

enum rc veil_date_ranges(struct ranges *out, uint16_t param, int64_t group, const struct want *w, struct arena *a, struct problem *p)
{
	struct cover k = { out, param, group, a, p, RC_OK };
	struct civil c;
	switch (w->prefix) {
	case PREFIX_EQ:
		switch (precision_of(w->low, w->high, &c)) {
		case 1:  cover_add(&k, 'y', c.year, 0, 0); break;
		case 2:  cover_add(&k, 'm', c.year, c.month, 0); break;
		default: cover_add(&k, 'd', c.year, c.month, c.day);
		}
		return k.rc;
	case PREFIX_GT:
	case PREFIX_SA: return cover(&k, w->high, INT64_MAX);
	case PREFIX_GE: return cover(&k, w->low, INT64_MAX);
	case PREFIX_LT:
	case PREFIX_EB: return cover(&k, INT64_MIN, w->low);
	case PREFIX_LE: return cover(&k, INT64_MIN, w->high);
	case PREFIX_AP: return cover(&k, w->low, w->high);
	default:        out->none = true; return RC_OK; /* ne: nearly everything */
	}
}
