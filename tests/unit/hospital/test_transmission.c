/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/transmission.c: what is handed on once, who has read it, what is struck out; care done and taken back; and the unit's sheet, which has no word of it. */
#include "house.h"

static void someone(void)
{
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
}

static enum rc send(const char *once, const char *target, const char *data)
{
	return act("transmission_add", "patient", "a", "once", once, "target", target, "data", data, NULL);
}

static void a_transmission_is_written_once_and_read_by_each(void **s)
{
	(void)s;
	char no[24];
	someone();
	assert_int_equal(act("transmission_add", "patient", "a", "once", "f1", "target", "Douleur", "data", "EVA 6\nau repos", "action", "appel du médecin", "result", "EVA 2", NULL), RC_OK);
	snprintf(no, sizeof no, "%s", getz("transmission", 0, "no"));
	assert_int_equal(act("transmission_add", "patient", "a", "once", "f1", "target", "Douleur", "data", "EVA 6\nau repos", "action", "appel du médecin", "result", "EVA 2", NULL), RC_OK);
	assert_true(has("transmission", 0, "again"));
	assert_int_equal(send("f1", "Douleur", "autre chose"), RC_CONFLICT);
	assert_why(WHY_CARE_SENT);
	assert_int_equal(act("transmission_add", "patient", "a", "once", "f2", "target", "Douleur", NULL), RC_BAD_INPUT);
	assert_why(WHY_SENT_EMPTY);
	actor(ROLE_NURSE, 8, NULL, "u1");
	assert_int_equal(view("transmissions", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("transmissions"), 1);
	assert_string_equal(getz("transmissions", 0, "data"), "EVA 6\nau repos");
	assert_string_equal(getz("transmissions", 0, "result"), "EVA 2");
	assert_false(has("transmissions", 0, "read"));
	assert_int_equal(view("hand_over_sheet", NULL), RC_OK);
	assert_string_equal(getz("sheet", 0, "unread"), "1");
	assert_false(rows_hold("EVA"));
	assert_int_equal(act("transmissions_read", "patient", "a", "nos", no, NULL), RC_OK);
	assert_int_equal(act("transmissions_read", "patient", "a", "nos", no, NULL), RC_OK);
	assert_int_equal(view("transmissions", "patient", "a", NULL), RC_OK);
	assert_true(has("transmissions", 0, "read"));
	assert_string_equal(getz("transmissions", 0, "readers"), "1");
	assert_int_equal(view("hand_over_sheet", NULL), RC_OK);
	assert_string_equal(getz("sheet", 0, "unread"), "0");
	actor(ROLE_NURSE, 9, NULL, "u1");
	assert_int_equal(view("transmissions", "patient", "a", NULL), RC_OK);
	assert_false(has("transmissions", 0, "read")); /* read by another is not read by me */
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	assert_int_equal(act("transmissions_read", "patient", "b", "nos", no, NULL), RC_NOT_FOUND);
}

static void what_was_wrong_is_struck_out_by_who_wrote_it_and_stays(void **s)
{
	(void)s;
	char no[24];
	someone();
	assert_int_equal(send("f1", "Chute", "trouvée au sol"), RC_OK);
	snprintf(no, sizeof no, "%s", getz("transmission", 0, "no"));
	actor(ROLE_NURSE, 8, NULL, "u1");
	assert_int_equal(act("transmission_strike", "patient", "a", "no", no, "text", "autre patient", NULL), RC_NOT_FOUND);
	actor(ROLE_NURSE, 7, NULL, "u1");
	assert_int_equal(act("transmission_strike", "patient", "a", "no", no, "text", "autre patient", NULL), RC_OK);
	assert_int_equal(act("transmission_strike", "patient", "a", "no", no, "text", "autre patient", NULL), RC_CONFLICT);
	actor(ROLE_NURSE, 8, NULL, "u1");
	assert_int_equal(view("transmissions", "patient", "a", NULL), RC_OK);
	assert_true(has("transmissions", 0, "struck"));
	assert_string_equal(getz("transmissions", 0, "why"), "autre patient");
	assert_string_equal(getz("transmissions", 0, "data"), "trouvée au sol");
	assert_int_equal(view("hand_over_sheet", NULL), RC_OK);
	assert_string_equal(getz("sheet", 0, "unread"), "0");
}

static enum rc state(const char *no, const char *was, const char *to)
{
	return act("task_state", "patient", "a", "no", no, "was", was, "state", to, NULL);
}

static void care_is_done_once_and_taken_back(void **s)
{
	(void)s;
	char no[24];
	someone();
	assert_int_equal(act("task_add", "patient", "a", "once", "t1", "what", "Pansement du talon", "time", "16:00", NULL), RC_OK);
	snprintf(no, sizeof no, "%s", getz("task", 0, "no"));
	assert_int_equal(act("task_add", "patient", "a", "once", "t1", "what", "Pansement du talon", "time", "16:00", NULL), RC_OK);
	assert_true(has("task", 0, "again"));
	assert_int_equal(act("task_add", "patient", "a", "once", "t2", "what", "Hier", "day", "2026-11-16", "time", "16:00", NULL), RC_BAD_INPUT);
	assert_int_equal(view("care_tasks", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("open"), 1);
	assert_int_equal(row_i64(nth("open", 0), "due_at"), NOON + 6 * HOUR);
	assert_int_equal(state(no, "open", "done"), RC_OK);
	assert_int_equal(state(no, "open", "done"), RC_OK); /* twice: the same */
	assert_int_equal(state(no, "open", "dropped"), RC_CONFLICT); /* by somebody who still saw it open */
	assert_why(WHY_TASK_DONE);
	assert_int_equal(view("care_tasks", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("open"), 0);
	assert_string_equal(getz("ended", 0, "state"), "done");
	assert_int_equal(state(no, "done", "open"), RC_OK);
	assert_int_equal(state(no, "open", "dropped"), RC_OK);
	assert_int_equal(view("care_tasks", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("ended", 0, "state"), "dropped");
	house_now(NOON + 3 * DAY);
	assert_int_equal(view("care_tasks", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("ended"), 0);
}

static void the_sheet_has_who_lies_in_the_unit_and_nobody_else(void **s)
{
	(void)s;
	someone();
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	encounter("f", "b", "u2", NULL, "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	patient("c", "Petit", "Anne", "1970-01-01", "female", "VALI", NULL);
	encounter("g", "c", "u1", "b12", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	encounter("h", "a", "u1", "b2", "finished", "2026-11-01T08:00:00+01:00", "2026-11-09T08:00:00+01:00");
	assert_int_equal(act("task_add", "patient", "c", "once", "t1", "what", "Surveillance", "time", "11:00", NULL), RC_OK);
	assert_int_equal(view("hand_over_sheet", NULL), RC_OK);
	assert_int_equal(count("sheet"), 2);
	assert_string_equal(getz("sheet", 0, "bed"), "Lit 2-P"); /* as people count beds */
	assert_string_equal(getz("sheet", 1, "tasks"), "1");
	assert_false(rows_hold("Martin"));
	assert_false(rows_hold("Surveillance"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_transmission_is_written_once_and_read_by_each),
		HOUSE_TEST(what_was_wrong_is_struck_out_by_who_wrote_it_and_stays),
		HOUSE_TEST(care_is_done_once_and_taken_back),
		HOUSE_TEST(the_sheet_has_who_lies_in_the_unit_and_nobody_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
