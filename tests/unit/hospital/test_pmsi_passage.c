/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests of hospital/pmsi_passage.c and of what hangs on it: passages through medical units from movements and from places, codes of each passage, acts by their day and unit, a RUM for each,
 * byte for byte; and that a stay of which something is not known is not written in part.
 */
#include "pmsi_house.h"

#define UNIT(id, name, up) "{\"resourceType\":\"Organization\",\"id\":\"" id "\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"UF\"}]}],\"name\":\"" name "\",\"partOf\":{\"reference\":\"Organization/" up "\"}}"
#define BED(id, unit) "{\"resourceType\":\"Location\",\"id\":\"" id "\",\"status\":\"active\",\"name\":\"" id "\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-location-type\",\"code\":\"LIT\"}]}],\"managingOrganization\":{\"reference\":\"Organization/" unit "\"}}"
#define MONTH "2026-11"

static void fine(enum rc rc)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", why_row(H.p.why)->name, H.p.where, H.p.detail);
}

static char stay[80], move_no[24];

/* Three units: u3 is medical unit 0101 and u4 0102; u5 is a part of u3's. */
static void units(void)
{
	establishment();
	put(UNIT("u5", "Médecine 5", "u1"));
	put(BED("l1", "u3"));
	put(BED("l2", "u3"));
	fine(act("pmsi_unit_set", "unit", "u4", "number", "0102", "finess", "490000002", "type", "29", "from", "2024-03-01", "mode", "C", "version", "0", NULL));
	fine(act("pmsi_unit_part", "unit", "u5", "of", "u3", "version", "0", NULL));
}

static void moved(const char *as_unit, const char *what, const char *place_, const char *day, const char *time_)
{
	actor(ROLE_NURSE, 7, NULL, as_unit);
	fine(place_ ? act(what, "patient", "a", "stay", stay, "place", place_, "day", day, "time", time_, NULL) : act(what, "patient", "a", "stay", stay, "day", day, "time", time_, NULL));
	kept(move_no, "movement", "no");
	as(ROLE_BILLING, BILLER);
}

static void admitted(const char *place_)
{
	actor(ROLE_NURSE, 7, NULL, "u3");
	fine(act("stay_admit", "patient", "a", "kind", "inpatient", "place", place_, "day", "2026-11-10", "time", "0800", "mode", "8", "from", "5", NULL));
	snprintf(stay, sizeof stay, "%s", getz("movement", 0, "stay"));
	of_stay = stay;
	as(ROLE_BILLING, BILLER);
}

static void left(const char *as_unit)
{
	actor(ROLE_NURSE, 7, NULL, as_unit);
	fine(act("stay_discharge", "patient", "a", "stay", stay, "day", "2026-11-16", "time", "1000", "mode", "7", "to", "1", NULL));
	as(ROLE_BILLING, BILLER);
}

static void seen(void) { assert_int_equal(view("coding", "patient", "a", "stay", stay, NULL), RC_OK); }

static enum rc code(const char *nth_, const char *dp, const char *das, const char *done)
{
	char at[24];
	seen();
	kept(at, "coding", "version");
	return act("coding_save", "patient", "a", "stay", stay, "version", at, "nth", nth_, "dp", dp, "das", das, "entry", "8", "exit", "7", "done", done, NULL);
}

static enum rc captured(const char *code_, const char *day, const char *unit)
{
	as(ROLE_PHYSICIAN, 7);
	enum rc rc = act("act_capture", "patient", "a", "stay", stay, "act", code_, "activity", "1", "phase", "0", "day", day, "unit", unit, NULL);
	struct problem p = H.p;
	as(ROLE_BILLING, BILLER);
	H.p = p;
	return rc;
}

/* "0101 2026-11-10 2026-11-12 | 0102 …" */
static const char *passages(void)
{
	static char said[1000];
	seen();
	said[0] = 0;
	for (unsigned i = 0; i < count("passages"); i++)
		snprintf(said + strlen(said), sizeof said - strlen(said), "%s%s %s %s", i ? " | " : "", getz("passages", i, "number"), getz("passages", i, "from_on"), getz("passages", i, "until_on"));
	return said;
}

/* ---- passages ---- */

static void each_medical_unit_that_a_stay_passes_through_is_a_passage_and_coming_back_is_another(void **s)
{
	(void)s;
	units();
	admitted("u3");
	assert_string_equal(passages(), ""); /* of one: the page is as it always was */
	moved("u3", "stay_transfer", "u4", "2026-11-12", "1400");
	assert_string_equal(passages(), "0101 2026-11-10 2026-11-12 | 0102 2026-11-12 ");
	moved("u4", "stay_transfer", "u3", "2026-11-14", "0900");
	left("u3");
	assert_string_equal(passages(), "0101 2026-11-10 2026-11-12 | 0102 2026-11-12 2026-11-14 | 0101 2026-11-14 2026-11-16");
	assert_string_equal(getz("passages", 1, "unit_name"), "Réanimation");
}

static void a_leave_and_another_bed_of_the_unit_make_no_passage(void **s)
{
	(void)s;
	units();
	admitted("l1");
	moved("u3", "stay_transfer", "l2", "2026-11-11", "0900");
	moved("u3", "stay_leave", NULL, "2026-11-12", "0900");
	moved("u3", "stay_return", NULL, "2026-11-13", "1900");
	left("u3");
	assert_string_equal(passages(), "");
	fine(code("", "A000", "", "1"));
	assert_string_equal(left_of("rum", MONTH), "");
	assert_int_equal(strlen(lines_of("rum", MONTH)), 177 + 2);
}

static void a_transfer_that_was_called_off_did_not_happen_and_one_at_another_time_happened_then(void **s)
{
	(void)s;
	units();
	admitted("u3");
	moved("u3", "stay_transfer", "u4", "2026-11-12", "1400");
	actor(ROLE_NURSE, 7, NULL, "u3");
	fine(act("stay_retime", "patient", "a", "stay", stay, "no", move_no, "day", "2026-11-13", "time", "0700", "reason", "mistyped", NULL));
	kept(move_no, "movement", "no");
	as(ROLE_BILLING, BILLER);
	assert_string_equal(passages(), "0101 2026-11-10 2026-11-13 | 0102 2026-11-13 ");
	actor(ROLE_NURSE, 7, NULL, "u3");
	fine(act("stay_cancel", "patient", "a", "stay", stay, "no", move_no, "reason", "not_done", NULL));
	as(ROLE_BILLING, BILLER);
	assert_string_equal(passages(), "");
	left("u3");
	assert_string_equal(passages(), "");
}

static void two_units_of_the_house_that_are_one_medical_unit_are_one_passage(void **s)
{
	(void)s;
	units();
	admitted("u3");
	moved("u3", "stay_transfer", "u5", "2026-11-11", "1400");
	assert_string_equal(passages(), "");
	moved("u5", "stay_transfer", "u4", "2026-11-12", "1400");
	moved("u4", "stay_transfer", "u5", "2026-11-13", "1400");
	moved("u5", "stay_transfer", "u3", "2026-11-14", "1400");
	left("u3");
	assert_string_equal(passages(), "0101 2026-11-10 2026-11-12 | 0102 2026-11-12 2026-11-13 | 0101 2026-11-13 2026-11-16");
	assert_string_equal(getz("passages", 2, "unit_name"), "Médecine 5"); /* where it began */
	assert_int_equal(view("pmsi_ficum", NULL), RC_OK); /* a medical unit stands there once */
	assert_string_equal(getz("file", 0, "lines"), "2");
	assert_string_equal(getz("file", 0, "left"), "0");
}

#define DATED(place, from, until) "{\"location\":{\"reference\":\"Location/" place "\"},\"status\":\"completed\"" from until "}"
static void imported(const char *locations)
{
	putf(0, "{\"resourceType\":\"Encounter\",\"id\":\"i\",\"status\":\"finished\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/a\"},"
		"\"period\":{\"start\":\"2026-11-10T08:00:00+01:00\",\"end\":\"2026-11-16T10:00:00+01:00\"},\"location\":[%s],\"serviceProvider\":{\"reference\":\"Organization/u4\"}}", locations);
	snprintf(stay, sizeof stay, "i");
	of_stay = stay;
}

static void a_stay_of_another_system_has_passages_where_its_places_have_days_and_else_says_so(void **s)
{
	(void)s;
	units();
	imported(DATED("b3", ",\"period\":{\"start\":\"2026-11-10T08:00:00+01:00\"", "}") "," DATED("b4", ",\"period\":{\"start\":\"2026-11-13T08:00:00+01:00\"", "}"));
	assert_string_equal(passages(), "0101 2026-11-10 2026-11-13 | 0102 2026-11-13 2026-11-16");
	imported(DATED("b3", "", "") "," DATED("b4", "", ""));
	assert_string_equal(passages(), "");
	assert_true(has("coding", 0, "several"));
	fine(code("", "A000", "", "1"));
	assert_string_equal(left_of("rum", MONTH), "units");
	assert_string_equal(lines_of("rum", MONTH), "");
	imported(DATED("b4", "", "") "," DATED("b3", ",\"period\":{\"start\":\"2026-11-13T08:00:00+01:00\"", "}")); /* it ends in another unit than it says */
	assert_string_equal(left_of("rum", MONTH), "units");
	imported(DATED("b3", "", "") "," DATED("b4", ",\"period\":{\"start\":\"2026-11-20T08:00:00+01:00\"", "}")); /* after it ended */
	assert_string_equal(left_of("rum", MONTH), "units");
	assert_int_equal(code("2", "A000", "", ""), RC_CONFLICT);
	assert_why(WHY_BILL_STATE);
}

/* ---- codes, acts and files ---- */

#define BLANK16 "                "
#define BLANK36 "                                    "
#define RUM(rum, unit, from, out, acts, das, dp) "490000001" "022" "1                   " "1                   " rum "14021957" "2" unit "  " from out "49000" BLANK16 das "00" acts dp "        " BLANK36
#define ACT(day) day "AAFA001" "   " "01" "       " "01"

static void two_passages(void)
{
	units();
	admitted("u3");
	moved("u3", "stay_transfer", "u4", "2026-11-12", "1400");
	left("u4");
}

static void each_passage_is_a_RUM_byte_for_byte_with_its_own_codes_and_acts(void **s)
{
	(void)s;
	two_passages();
	fine(captured("AAFA001", "2026-11-11", ""));
	fine(captured("AAFA001", "2026-11-12", "")); /* the day of the transfer: of the unit where it ended */
	fine(code("2", "J189", "I10", ""));
	fine(code("1", "A000", "", "1"));
	assert_string_equal(left_of("rum", MONTH), "");
	assert_string_equal(lines_of("rum", MONTH),
		RUM("1         ", "0101", "10112026" "8" "5", "12112026" "6" " ", "001", "00", "A000    ") ACT("11112026") "\r\n"
		RUM("2         ", "0102", "12112026" "6" " ", "16112026" "7" "1", "001", "01", "J189    ") "I10     " ACT("12112026") "\r\n");
	const char *v = lines_of("vidhosp", MONTH); /* one line a stay */
	assert_int_equal(strlen(v), 466 + 2);
	assert_true(strncmp(v + 274, "1011202616112026", 16) == 0);
	assert_int_equal(view("pmsi_month", "month", MONTH, NULL), RC_OK);
	assert_string_equal(getz("files", row_with("files", "file", "rum"), "lines"), "2");
}

static void an_act_of_the_day_of_a_transfer_may_say_its_unit_and_no_unit_where_the_stay_was_not(void **s)
{
	(void)s;
	two_passages();
	assert_int_equal(captured("AAFA001", "2026-11-13", "u3"), RC_BAD_INPUT);
	assert_why(WHY_PMSI_ACT_UNIT);
	assert_string_equal(H.p.where, "unit");
	assert_int_equal(captured("AAFA001", "2026-11-12", "u2"), RC_BAD_INPUT);
	fine(captured("AAFA001", "2026-11-12", "u5")); /* another unit of the same medical unit */
	seen();
	assert_string_equal(getz("passages", 0, "acts"), "1");
	assert_string_equal(getz("passages", 1, "acts"), "0");
	assert_int_equal(view("acts_captured", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("acts", 0, "unit_name"), "Médecine 5");
	assert_int_equal(count("units"), 2);
	fine(code("2", "J189", "", ""));
	fine(code("1", "A000", "", "1"));
	assert_string_equal(left_of("rum", MONTH), "");
	fine(captured("AAFA001", "2026-11-01", "")); /* before it began: of neither */
	seen();
	assert_string_equal(getz("astray", 0, "acts"), "1");
	assert_string_equal(left_of("rum", MONTH), "act");
	assert_string_equal(lines_of("rum", MONTH), "");
}

static void a_stay_is_coded_once_each_passage_is_and_says_which_is_not(void **s)
{
	(void)s;
	two_passages();
	seen();
	assert_string_equal(getz("passages", 0, "lacks"), "dp");
	assert_string_equal(getz("passages", 1, "lacks"), "dp");
	assert_int_equal(code("1", "A000", "", "1"), RC_BAD_INPUT);
	assert_why(WHY_PMSI_PASSAGE);
	assert_string_equal(H.p.where, "done");
	assert_int_equal(code("2", "A00", "", ""), RC_BAD_INPUT); /* the same checks: a category */
	assert_why(WHY_BILL_OTHER);
	assert_int_equal(code("3", "A000", "", ""), RC_CONFLICT); /* there is no third */
	fine(code("2", "J189", "I10", ""));
	seen();
	assert_string_equal(getz("passages", 1, "lacks"), "");
	assert_string_equal(getz("passages", 0, "lacks"), "dp");
	assert_string_equal(getz("coding", 0, "state"), "to_code");
	assert_string_equal(left_of("rum", MONTH), "to_code");
	fine(code("1", "A000", "", "1"));
	seen();
	assert_string_equal(getz("coding", 0, "state"), "coded");
	fine(code("2", "J180", "", "")); /* another code: it stays whole */
	seen();
	assert_string_equal(getz("coding", 0, "state"), "coded");
	fine(code("2", "", "", "")); /* none: it is to be coded again */
	seen();
	assert_string_equal(getz("coding", 0, "state"), "to_code");
	assert_string_equal(getz("passages", 1, "lacks"), "dp");
	assert_int_equal(act("coding_save", "patient", "a", "stay", stay, "version", "1", "nth", "2", "dp", "A000", NULL), RC_CONFLICT);
}

static void codes_of_passages_that_movements_took_away_are_told_and_nothing_is_written_in_part(void **s)
{
	(void)s;
	units();
	admitted("u3");
	fine(code("", "A000", "", "1"));
	moved("u3", "stay_transfer", "u4", "2026-11-12", "1400");
	left("u4");
	assert_string_equal(left_of("rum", MONTH), "passage of 2"); /* coded while there was one */
	assert_string_equal(lines_of("rum", MONTH), "");
	fine(code("2", "J189", "", ""));
	assert_string_equal(left_of("rum", MONTH), "");
	actor(ROLE_NURSE, 7, NULL, "u4"); /* the discharge, then the transfer are called off: she left from u3 */
	assert_int_equal(view("stay_moves", "patient", "a", NULL), RC_OK);
	char out[24];
	snprintf(out, sizeof out, "%s", getz("moves", row_with("moves", "kind", "A03"), "no"));
	fine(act("stay_cancel", "patient", "a", "stay", stay, "no", out, "reason", "not_done", NULL));
	fine(act("stay_cancel", "patient", "a", "stay", stay, "no", move_no, "reason", "not_done", NULL));
	left("u3");
	seen();
	assert_int_equal(count("passages"), 0);
	assert_string_equal(getz("gone", 0, "nth"), "2");
	assert_string_equal(getz("gone", 0, "unit_name"), "Réanimation");
	assert_string_equal(left_of("rum", MONTH), "moved");
	fine(code("", "A000", "", "1"));
	seen();
	assert_int_equal(count("gone"), 0);
	assert_string_equal(left_of("rum", MONTH), "");
	assert_int_equal(strlen(lines_of("rum", MONTH)), 177 + 2);
}

static void a_passage_that_was_coded_for_another_unit_is_to_be_looked_at(void **s)
{
	(void)s;
	two_passages();
	fine(code("2", "J189", "", ""));
	fine(code("1", "A000", "", "1"));
	fine(act("pmsi_unit_set", "unit", "u5", "number", "0103", "finess", "490000002", "type", "29", "from", "2024-03-01", "mode", "C", "version", "1", NULL));
	actor(ROLE_NURSE, 7, NULL, "u4");
	assert_int_equal(view("stay_moves", "patient", "a", NULL), RC_OK);
	char out[24];
	snprintf(out, sizeof out, "%s", getz("moves", row_with("moves", "kind", "A03"), "no"));
	fine(act("stay_cancel", "patient", "a", "stay", stay, "no", out, "reason", "not_done", NULL));
	fine(act("stay_cancel", "patient", "a", "stay", stay, "no", move_no, "reason", "not_done", NULL));
	moved("u3", "stay_transfer", "u5", "2026-11-12", "1400"); /* it was this unit, not that one */
	left("u5");
	seen();
	assert_string_equal(getz("passages", 1, "lacks"), "moved");
	assert_string_equal(left_of("rum", MONTH), "moved of 2");
	fine(code("2", "J189", "", ""));
	assert_string_equal(left_of("rum", MONTH), "");
	assert_true(strncmp(lines_of("rum", MONTH) + 177 + 2 + 71, "0103", 4) == 0);
}

static void a_unit_without_a_number_or_of_another_establishment_keeps_the_whole_stay_out(void **s)
{
	(void)s;
	establishment();
	put("{\"resourceType\":\"Organization\",\"id\":\"x1\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"GEOGRAPHICAL-ENTITY\"}]}],\"name\":\"Autre\"}");
	put(UNIT("u9", "Ailleurs", "x1"));
	admitted("u3");
	moved("u3", "stay_transfer", "u4", "2026-11-12", "1400");
	moved("u4", "stay_transfer", "u9", "2026-11-13", "1400");
	moved("u9", "stay_transfer", "u3", "2026-11-14", "1400");
	left("u3");
	for (int i = 2; i <= 4; i++) {
		char at[4];
		snprintf(at, sizeof at, "%d", i);
		fine(code(at, "A000", "", ""));
	}
	fine(code("1", "A000", "", "1"));
	assert_string_equal(left_of("rum", MONTH), "unit of 2");
	fine(act("pmsi_unit_set", "unit", "u4", "number", "0102", "finess", "490000002", "type", "29", "from", "2024-03-01", "mode", "C", "version", "0", NULL));
	assert_string_equal(left_of("rum", MONTH), "unit of 3");
	actor(ROLE_BILLING, BILLER, NULL, "x1");
	fine(act("pmsi_unit_set", "unit", "u9", "number", "0901", "finess", "490000009", "type", "29", "from", "2024-03-01", "mode", "C", "version", "0", NULL));
	as(ROLE_BILLING, BILLER);
	assert_string_equal(left_of("rum", MONTH), "elsewhere of 3");
	assert_string_equal(lines_of("rum", MONTH), "");
}

static void a_unit_is_a_part_of_one_that_has_a_number_of_its_own(void **s)
{
	(void)s;
	units();
	assert_int_equal(act("pmsi_unit_part", "unit", "u4", "of", "u5", "version", "1", NULL), RC_BAD_INPUT); /* that is a part itself */
	assert_why(WHY_PMSI_PART);
	assert_int_equal(act("pmsi_unit_part", "unit", "u4", "of", "u4", "version", "1", NULL), RC_BAD_INPUT);
	assert_int_equal(act("pmsi_unit_part", "unit", "u3", "of", "u4", "version", "1", NULL), RC_CONFLICT); /* it has parts */
	assert_why(WHY_PMSI_PARTS);
	assert_int_equal(act("pmsi_unit_part", "unit", "u4", "of", "u2", "version", "1", NULL), RC_NOT_FOUND);
	assert_int_equal(act("pmsi_unit_part", "unit", "u5", "of", "u4", "version", "0", NULL), RC_CONFLICT);
	assert_why(WHY_BILL_STATE);
	fine(act("pmsi_unit_set", "unit", "u3", "number", "0110", "finess", "490000002", "type", "29", "from", "2024-03-01", "mode", "C", "version", "1", NULL));
	assert_int_equal(view("pmsi_places", NULL), RC_OK);
	assert_string_equal(getz("units", row_with("units", "unit", "u5"), "code"), "0110"); /* its parts follow */
	assert_string_equal(getz("units", row_with("units", "unit", "u5"), "part_of"), "u3");
	fine(act("pmsi_unit_part", "unit", "u5", "of", "u4", "version", "1", NULL));
	fine(act("pmsi_unit_part", "unit", "u3", "of", "u4", "version", "2", NULL)); /* it has none any more */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(each_medical_unit_that_a_stay_passes_through_is_a_passage_and_coming_back_is_another),
		HOUSE_TEST(a_leave_and_another_bed_of_the_unit_make_no_passage),
		HOUSE_TEST(a_transfer_that_was_called_off_did_not_happen_and_one_at_another_time_happened_then),
		HOUSE_TEST(two_units_of_the_house_that_are_one_medical_unit_are_one_passage),
		HOUSE_TEST(a_stay_of_another_system_has_passages_where_its_places_have_days_and_else_says_so),
		HOUSE_TEST(each_passage_is_a_RUM_byte_for_byte_with_its_own_codes_and_acts),
		HOUSE_TEST(an_act_of_the_day_of_a_transfer_may_say_its_unit_and_no_unit_where_the_stay_was_not),
		HOUSE_TEST(a_stay_is_coded_once_each_passage_is_and_says_which_is_not),
		HOUSE_TEST(codes_of_passages_that_movements_took_away_are_told_and_nothing_is_written_in_part),
		HOUSE_TEST(a_passage_that_was_coded_for_another_unit_is_to_be_looked_at),
		HOUSE_TEST(a_unit_without_a_number_or_of_another_establishment_keeps_the_whole_stay_out),
		HOUSE_TEST(a_unit_is_a_part_of_one_that_has_a_number_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
