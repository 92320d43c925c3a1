/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/note.c: a note in R4 form, once, corrected and struck out by its author alone, each version readable; a consultation's is of its visit. */
#include "house.h"

static void someone(void)
{
	actor(ROLE_PHYSICIAN, 7, "p1", "u1");
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Martin", "Paul", "1960-01-01", "male", "VALI", NULL);
	encounter("s1", "a", "u1", NULL, "in-progress", "2026-11-16T08:00:00+01:00", NULL);
}

static enum rc add(const char *once, const char *kind, const char *conclusion)
{
	return act("note_add", "patient", "a", "once", once, "kind", kind, "reason", "Fièvre", "history", "Depuis hier.\nFrissons.", "exam", "Apyrétique", "conclusion", conclusion, NULL);
}

static const char *stored(const char *id) { return house_stored("ClinicalImpression", id); }
static void holds(const char *id, const char *text) { house_holds(stored(id), text); }

/* Of the newest, at the first row. */
static const char *newest(void)
{
	static char id[80];
	assert_int_equal(view("notes", "patient", "a", NULL), RC_OK);
	snprintf(id, sizeof id, "%s", getz("notes", 0, "id"));
	return id;
}

static void a_note_is_written_in_r4_form_within_the_stay_of_now(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "course", "Surveillance"), RC_OK);
	const char *id = newest();
	holds(id, "\"status\":\"completed\"");
	holds(id, "\"code\":\"course\"");
	holds(id, "\"encounter\":{\"reference\":\"Encounter/s1\"");
	holds(id, "\"assessor\":{\"reference\":\"Practitioner/p1\"");
	holds(id, "\"description\":\"Fièvre\"");
	holds(id, "\"summary\":\"Surveillance\"");
	holds(id, "{\"url\":\"urn:hygie:note:part\",\"valueCode\":\"exam\"}],\"text\":\"Apyrétique\"");
	assert_string_equal(getz("notes", 0, "history"), "Depuis hier.\nFrissons.");
	assert_string_equal(getz("notes", 0, "kind"), "course");
	assert_true(has("notes", 0, "mine") && !has("notes", 0, "corrected"));
	assert_int_equal(view("chart_timeline", "patient", "a", "kind", "note", NULL), RC_OK);
	assert_int_equal(count("lines"), 1);
	assert_string_equal(getz("lines", 0, "detail"), "Surveillance");
}

static void nothing_noted_is_no_note_and_one_form_is_one(void **s)
{
	(void)s;
	someone();
	assert_int_equal(act("note_add", "patient", "a", "once", "form1", "kind", "course", "conclusion", "  ", NULL), RC_BAD_INPUT);
	assert_why(WHY_NOTE_EMPTY);
	assert_int_equal(act("note_add", "patient", "a", "once", "form1", "kind", "course", "conclusion", "x", "day", "2026-11-19", "time", "8", NULL), RC_BAD_INPUT);
	assert_why(WHY_CARE_FUTURE);
	assert_int_equal(add("form1", "course", "Surveillance"), RC_OK);
	assert_int_equal(add("form1", "course", "Surveillance"), RC_OK);
	assert_true(has("note", 0, "again"));
	assert_int_equal(add("form1", "course", "Autre"), RC_CONFLICT);
	assert_why(WHY_CARE_SENT);
	assert_int_equal(add("form2", "course", "Surveillance"), RC_OK); /* the same words on the next round are another note */
	assert_int_equal(view("notes", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("notes"), 2);
}

static void its_author_corrects_it_and_what_stood_there_stays(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "entry", "Antibiotique"), RC_OK);
	const char *id = newest();
	assert_int_equal(act("note_correct", "patient", "a", "id", id, "version", "1", "conclusion", "", NULL), RC_BAD_INPUT);
	assert_int_equal(act("note_correct", "patient", "a", "id", id, "version", "7", "conclusion", "x", NULL), RC_PRECONDITION);
	assert_int_equal(act("note_correct", "patient", "b", "id", id, "version", "1", "conclusion", "x", NULL), RC_NOT_FOUND);
	assert_int_equal(act("note_correct", "patient", "a", "id", id, "version", "1", "reason", "Fièvre", "conclusion", "Pas d'antibiotique", NULL), RC_OK);
	assert_string_equal(newest(), id);
	assert_true(has("notes", 0, "corrected") && !has("notes", 0, "history"));
	assert_string_equal(getz("notes", 0, "conclusion"), "Pas d'antibiotique");
	assert_string_equal(getz("notes", 0, "kind"), "entry");
	holds(id, "\"encounter\"");
	assert_int_equal(view("note_versions", "patient", "a", "id", id, NULL), RC_OK);
	assert_int_equal(count("versions"), 2);
	assert_string_equal(getz("versions", 1, "conclusion"), "Antibiotique");
	assert_string_equal(getz("versions", 1, "history"), "Depuis hier.\nFrissons.");
	assert_int_equal(view("note_versions", "patient", "b", "id", id, NULL), RC_OK);
	assert_int_equal(count("versions"), 0);
	assert_int_equal(view("note_versions", "patient", "a", "id", "", NULL), RC_OK);
	assert_int_equal(count("versions"), 0);
}

static void nobody_else_corrects_or_strikes_it_out(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "course", "Surveillance"), RC_OK);
	const char *id = newest();
	actor(ROLE_PHYSICIAN, 8, "p2", "u1");
	assert_int_equal(view("notes", "patient", "a", NULL), RC_OK);
	assert_false(has("notes", 0, "mine"));
	assert_int_equal(act("note_correct", "patient", "a", "id", id, "version", "1", "conclusion", "x", NULL), RC_CONFLICT);
	assert_why(WHY_NOTE_OTHER);
	assert_int_equal(act("note_strike", "patient", "a", "id", id, "version", "1", "why", "autre patient", NULL), RC_CONFLICT);
	actor(ROLE_PHYSICIAN, 9, NULL, "u1"); /* nobody's Practitioner is nobody's author */
	assert_int_equal(act("note_strike", "patient", "a", "id", id, "version", "1", "why", "autre patient", NULL), RC_CONFLICT);
	assert_why(WHY_NOTE_OTHER);
	holds(id, "\"status\":\"completed\"");
}

static void a_slip_is_struck_out_with_its_reason_and_stays_readable(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "course", "Surveillance"), RC_OK);
	const char *id = newest();
	assert_int_equal(act("note_strike", "patient", "a", "id", id, "version", "1", "why", "autre patient", NULL), RC_OK);
	assert_string_equal(newest(), id);
	assert_true(has("notes", 0, "struck") && !has("notes", 0, "mine") && !has("notes", 0, "corrected"));
	assert_string_equal(getz("notes", 0, "why"), "autre patient");
	assert_string_equal(getz("notes", 0, "conclusion"), "Surveillance");
	assert_int_equal(act("note_strike", "patient", "a", "id", id, "version", "2", "why", "encore", NULL), RC_CONFLICT);
	assert_why(WHY_CARE_STRUCK);
	assert_int_equal(act("note_correct", "patient", "a", "id", id, "version", "2", "conclusion", "x", NULL), RC_CONFLICT);
	assert_int_equal(view("chart_timeline", "patient", "a", "kind", "note", NULL), RC_OK);
	assert_int_equal(count("lines"), 0);
}

static void a_consultation_is_of_the_visit_of_its_day(void **s)
{
	(void)s;
	actor(ROLE_PHYSICIAN, 7, "p1", "u1");
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	put("{\"resourceType\":\"Encounter\",\"id\":\"v1\",\"status\":\"finished\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"AMB\"},\"subject\":{\"reference\":\"Patient/a\"},"
		"\"period\":{\"start\":\"2026-11-18T09:00:00+01:00\",\"end\":\"2026-11-18T09:20:00+01:00\"},\"serviceProvider\":{\"reference\":\"Organization/u1\"}}");
	assert_int_equal(add("form1", "consultation", "Revoir dans un mois"), RC_OK);
	holds(newest(), "\"encounter\":{\"reference\":\"Encounter/v1\"");
	assert_int_equal(act("note_add", "patient", "a", "once", "form2", "kind", "consultation", "conclusion", "x", "day", "2026-11-12", "time", "8", NULL), RC_OK);
	assert_int_equal(view("notes", "patient", "a", NULL), RC_OK);
	assert_null(strstr(stored(getz("notes", 1, "id")), "\"encounter\"")); /* no visit on that day, and no stay */
}

static void another_systems_words_are_shown_and_left(void **s)
{
	(void)s;
	someone();
	put("{\"resourceType\":\"ClinicalImpression\",\"id\":\"theirs\",\"status\":\"completed\",\"code\":{\"text\":\"RCP\"},\"subject\":{\"reference\":\"Patient/a\"},\"effectiveDateTime\":\"2026-11-10\",\"assessor\":{\"reference\":\"Practitioner/p1\"},\"summary\":\"<b>x</b>\"}");
	assert_string_equal(newest(), "theirs");
	assert_string_equal(getz("notes", 0, "kind_text"), "RCP");
	assert_string_equal(getz("notes", 0, "conclusion"), "<b>x</b>");
	assert_false(has("notes", 0, "mine"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_note_is_written_in_r4_form_within_the_stay_of_now),
		HOUSE_TEST(nothing_noted_is_no_note_and_one_form_is_one),
		HOUSE_TEST(its_author_corrects_it_and_what_stood_there_stays),
		HOUSE_TEST(nobody_else_corrects_or_strikes_it_out),
		HOUSE_TEST(a_slip_is_struck_out_with_its_reason_and_stays_readable),
		HOUSE_TEST(a_consultation_is_of_the_visit_of_its_day),
		HOUSE_TEST(another_systems_words_are_shown_and_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
