/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests of the files of the PMSI (hospital/pmsi*.c): each value stands at its zone's place and nowhere else, what does not fit is refused with the zone's name, the layout is without a
 * gap; what a stay brings to each file, and the reason of each stay that is not written.
 */
#include "pmsi_house.h"

#define LPP "3169952"        /* on the list since 2024-04-29 */
#define LPP_OVER "3171825"   /* off it since 2024-05-12 */

static struct buf line;
static const char *put_one(const char *file, const struct pmsi_value *at, size_t n, enum rc wanted)
{
	static char text[1200];
	buf_init(&line, 100000);
	memset(&H.p, 0, sizeof H.p);
	assert_int_equal(pmsi_put(file, at, n, &line, &H.p), wanted);
	snprintf(text, sizeof text, "%.*s", (int)line.n, line.n ? line.p : "");
	buf_done(&line);
	return text;
}

/* ---- the layout and the writer ---- */

static void zones_follow_each_other_without_a_gap(void **s)
{
	(void)s;
	tables();
	static const struct { const char *file; unsigned length; } LENGTH[] = { { "rum", 177 }, { "rum_da", 8 }, { "rum_dad", 8 }, { "rum_za", 29 }, { "vidhosp", 466 }, { "les", 105 }, { "dmi", 92 }, { "ficum", 28 } };
	for (size_t f = 0; f < N_OF(LENGTH); f++) {
		unsigned next = 1;
		const struct pmsi_zone *z;
		for (size_t i = 0; (z = pmsi_zone_at(i)) != NULL; i++)
			if (str_eq(z->file, LENGTH[f].file)) {
				assert_int_equal(z->at, next);
				assert_true(z->label.n > 0);
				next = z->at + z->size;
			}
		assert_int_equal(next - 1, LENGTH[f].length);
	}
}

static void each_value_stands_in_its_zone_and_the_rest_is_blank(void **s)
{
	(void)s;
	tables();
	const struct pmsi_zone *z;
	for (size_t i = 0; (z = pmsi_zone_at(i)) != NULL; i++) {
		char text[64], file[16], name[16];
		if (z->fixed.n || z->size >= sizeof text)
			continue;
		memset(text, '7', z->size);
		text[z->size] = 0;
		snprintf(file, sizeof file, "%.*s", STR_ARG(z->file));
		snprintf(name, sizeof name, "%.*s", STR_ARG(z->name));
		const struct pmsi_value one[] = { { name, str_of(text) } };
		const char *record = put_one(file, one, 1, RC_OK);
		for (unsigned c = 1; c <= strlen(record); c++) {
			bool in = c >= z->at && c < z->at + z->size, fixed = false;
			for (size_t k = 0; pmsi_zone_at(k); k++) {
				const struct pmsi_zone *o = pmsi_zone_at(k);
				fixed = fixed || (str_is(o->file, z->file) && o->fixed.n && c >= o->at && c < o->at + o->fixed.n);
			}
			if (in != (record[c - 1] == '7') && !fixed)
				fail_msg("%s %s: place %u is '%c'", file, name, c, record[c - 1]);
			if (!in && !fixed)
				assert_int_equal(record[c - 1], ' ');
		}
	}
}

static void a_short_value_is_framed_as_its_zone_says(void **s)
{
	(void)s;
	tables();
	const struct pmsi_value at[] = { { "FINESS", STR("123456789") }, { "NADL", STR("42") }, { "DTADM", STR("05112026") }, { "CUCD", STR("3400892388618") }, { "NBADM", STR("1500") } };
	assert_string_equal(put_one("les", at, 5, RC_OK), "1234567890642                  051120263400892388618  0000001500                                         ");
	const struct pmsi_value unit[] = { { "NUM", STR("12") }, { "TYAUT", STR("04") }, { "NBLITS", STR("7") } };
	assert_string_equal(put_one("ficum", unit, 3, RC_OK), "12           04         007 ");
	const struct pmsi_value none[] = { { "NBLITS", STR_NONE } };
	assert_string_equal(put_one("ficum", none, 1, RC_OK), "                            ");
}

static void what_does_not_fit_is_refused_with_the_name_of_its_zone(void **s)
{
	(void)s;
	tables();
	const struct pmsi_value over[] = { { "DP", STR("A00+12345") } };
	put_one("rum", over, 1, RC_BAD_INPUT);
	assert_why(WHY_FIELD_TOO_LONG);
	assert_string_equal(H.p.where, "DP");
	const struct pmsi_value accent[] = { { "IPP", STR("IPP-é1") } };
	put_one("vidhosp", accent, 1, RC_BAD_INPUT);
	assert_why(WHY_FIELD_CHARS);
	assert_string_equal(H.p.where, "IPP");
	const struct pmsi_value line_end[] = { { "IPP", STR("1\r\n2") } };
	put_one("vidhosp", line_end, 1, RC_BAD_INPUT);
	assert_why(WHY_FIELD_CHARS);
	const struct pmsi_value words[] = { { "CPRE", STR("2A00") } };
	put_one("rum", words, 1, RC_BAD_INPUT);
	assert_why(WHY_FIELD_CHARS);
	assert_string_equal(H.p.where, "CPRE");
}

static void a_cohort_of_a_month_is_read_or_refused(void **s)
{
	(void)s;
	struct pmsi_ask k;
	assert_true(pmsi_ask_of(STR("PMSI/rum/e-1/2026-11"), &k));
	assert_string_equal(k.file, "rum");
	assert_true(str_eq(k.establishment, "e-1") && str_eq(k.month, "2026-11"));
	static const char *const BAD[] = { "", "PMSI", "PMSI/", "PMSI/rum", "PMSI/rum/e", "PMSI/rum/e/", "PMSI/rum/e/2026-13", "PMSI/rum/e/2026-00", "PMSI/rum/e/2026-1", "PMSI/rum/e/2026-111", "PMSI/ficum/e/2026-11",
		"PMSI/rum_za/e/2026-11", "PMSI/rum//2026-11", "PMSI/rum/e f/2026-11", "pmsi/rum/e/2026-11", "PMSI/rum/e/20a6-11" };
	for (size_t i = 0; i < N_OF(BAD); i++)
		if (pmsi_ask_of(str_of(BAD[i]), &k))
			fail_msg("\"%s\" is read", BAD[i]);
}

/* ---- what a stay brings ---- */

static enum rc code(const char *version, const char *das, const char *exit_)
{
	return act("coding_save", "patient", "a", "stay", "e", "version", version, "dp", "A000", "das", das, "entry", "8", "exit", exit_, "done", "1", NULL);
}

static void a_coded_stay_is_a_RUM_zone_by_zone(void **s)
{
	(void)s;
	establishment();
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	assert_string_equal(left_of("rum", "2026-11"), "to_code");
	assert_int_equal(code("1", "I10 J189", "8"), RC_OK);
	assert_string_equal(left_of("rum", "2026-11"), "");
	const char *rum = lines_of("rum", "2026-11");
	assert_int_equal(strlen(rum), 177 + 2 * 8 + 29 + 2);
	static const struct { unsigned at, n; const char *is; } ZONE[] = {
		{ 1, 9, "490000001" }, { 10, 3, "022" }, { 13, 20, "1                   " }, { 33, 20, "1                   " }, { 53, 10, "1         " }, { 63, 8, "14021957" }, { 71, 1, "2" }, { 72, 4, "0101" },
		{ 76, 2, "  " }, { 78, 8, "01112026" }, { 86, 1, "8" }, { 87, 1, " " }, { 88, 8, "05112026" }, { 96, 1, "8" }, { 97, 1, " " }, { 98, 5, "49000" }, { 103, 16, "                " },
		{ 119, 2, "02" }, { 121, 2, "00" }, { 123, 3, "001" }, { 126, 8, "A000    " }, { 134, 8, "        " }, { 142, 36, "                                    " },
		{ 178, 8, "I10     " }, { 186, 8, "J189    " }, { 194, 8, "02112026" }, { 202, 7, "AAFA001" }, { 209, 3, "   " }, { 212, 2, "01" }, { 214, 7, "       " }, { 221, 2, "01" }, { 223, 2, "\r\n" },
	};
	for (size_t i = 0; i < N_OF(ZONE); i++)
		if (strncmp(rum + ZONE[i].at - 1, ZONE[i].is, ZONE[i].n) != 0)
			fail_msg("place %u: \"%.*s\", not \"%s\"", ZONE[i].at, (int)ZONE[i].n, rum + ZONE[i].at - 1, ZONE[i].is);
	assert_string_equal(lines_of("rum", "2026-10"), "");
	assert_string_equal(lines_of("rum", "2026-12"), "");
}

static void a_VID_HOSP_holds_what_the_record_knows_and_blanks(void **s)
{
	(void)s;
	establishment();
	assert_string_equal(left_of("vidhosp", "2026-11"), "to_code");
	assert_int_equal(code("1", "", "8"), RC_OK);
	const char *v = lines_of("vidhosp", "2026-11");
	assert_int_equal(strlen(v), 466 + 2);
	for (size_t i = 0; i < 466; i++) {
		static const struct { unsigned at, n; const char *is; } ZONE[] = { { 20, 8, "14021957" }, { 28, 1, "2" }, { 29, 1, "1" }, { 49, 4, "V015" }, { 53, 9, "490000001" }, { 162, 8, "01112026" }, { 181, 1, "1" },
			{ 275, 8, "01112026" }, { 283, 8, "05112026" }, { 354, 11, "IPP-a-77001" } };
		char is = ' ';
		for (size_t z = 0; z < N_OF(ZONE); z++)
			if (i + 1 >= ZONE[z].at && i + 1 < ZONE[z].at + ZONE[z].n)
				is = ZONE[z].is[i + 1 - ZONE[z].at];
		if (v[i] != is)
			fail_msg("place %zu is '%c', not '%c'", i + 1, v[i], is);
	}
	assert_int_equal(act("pmsi_place_set", "finess", "490000001", "version", "1", NULL), RC_OK);
	assert_string_equal(left_of("vidhosp", "2026-11"), "zone NFVH");
}

static void each_stay_that_is_not_written_has_its_reason(void **s)
{
	(void)s;
	establishment();
	assert_int_equal(view("pmsi_month", "month", "2026-11", NULL), RC_OK);
	assert_string_equal(getz("place", 0, "stays"), "2"); /* the other person's was of a unit that is the establishment now */
	assert_int_equal(code("1", "", ""), RC_OK);
	assert_string_equal(left_of("rum", "2026-11"), "zone MSUM");
	assert_int_equal(code("2", "", "8"), RC_OK);
	assert_string_equal(left_of("rum", "2026-11"), "");
	encounter("e", "a", "u4", "b3", "finished", "2026-11-01T08:00:00+01:00", "2026-11-05T10:00:00+01:00");
	assert_string_equal(left_of("rum", "2026-11"), "units");
	encounter("e", "a", "u4", "b4", "finished", "2026-11-01T08:00:00+01:00", "2026-11-05T10:00:00+01:00");
	assert_string_equal(left_of("rum", "2026-11"), "unit");
	encounter("e", "a", "u3", "b3", "in-progress", "2026-11-01T08:00:00+01:00", NULL);
	assert_string_equal(lines_of("rum", "2026-11"), "");
	encounter("e", "a", "u3", "b3", "finished", "2026-11-01T08:00:00+01:00", "2026-11-05T10:00:00+01:00");
	assert_true(strlen(lines_of("rum", "2026-11")) > 0);
	patient("a", "Durand", "Marie", "1957", "female", "VALI", NULL);
	assert_string_equal(left_of("rum", "2026-11"), "zone DNAIS");
	patient("a", "Durand", "Marie", "1957-02-14", "other", "VALI", NULL);
	assert_string_equal(left_of("rum", "2026-11"), "zone SEXE");
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	if (test_base_is_server())
		return; /* rows are taken out past the program, through SQLite's file */
	assert_true(sql("DELETE FROM pmsi_place"));
	assert_string_equal(left_of("rum", "2026-11"), "finess");
}

static void an_act_whose_modifiers_do_not_fit_keeps_its_stay_out_and_says_which_zone(void **s)
{
	(void)s;
	establishment();
	if (test_base_is_server())
		return; /* no act would take them: they are put there through SQLite's file */
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	assert_int_equal(code("1", "", "8"), RC_OK);
	assert_true(sql("UPDATE billing_act SET modifiers = 'ABCDE'"));
	assert_string_equal(left_of("rum", "2026-11"), "overflow MODIF");
	assert_string_equal(lines_of("rum", "2026-11"), "");
}

static void medicines_beside_the_stay_are_those_of_posted_invoices(void **s)
{
	(void)s;
	establishment();
	assert_int_equal(code("1", "", "8"), RC_OK);
	assert_string_equal(left_of("les", "2026-11"), "");
	assert_string_equal(lines_of("les", "2026-11"), "");
	draft("a", "e");
	assert_int_equal(BILL("bill_line_add", "kind", "ucd", "what", "3400892388618", "day", "2026-11-03", "quantity", "1,5", NULL), RC_OK);
	assert_string_equal(left_of("les", "2026-11"), "draft");
	assert_int_equal(BILL("bill_line_set", "place", "1", "amount", "600", NULL), RC_OK);
	assert_int_equal(BILL("bill_share", "own", "0", NULL), RC_OK);
	assert_int_equal(BILL("bill_check", NULL), RC_OK);
	assert_int_equal(BILL("bill_post", NULL), RC_OK);
	kept(invoice_no, "bill", "invoice");
	assert_string_equal(left_of("les", "2026-11"), "");
	assert_string_equal(lines_of("les", "2026-11"), "490000001061                   031120263400892388618  0000001500                                         \r\n");
	assert_int_equal(act("invoice_credit", "patient", "a", "no", invoice_no, "code", "x", NULL), RC_OK);
	assert_string_equal(lines_of("les", "2026-11"), "");
}

static void devices_beside_the_stay_are_counted_whole_and_of_the_list(void **s)
{
	(void)s;
	establishment();
	assert_int_equal(code("1", "", "8"), RC_OK);
	draft("a", "e");
	assert_int_equal(BILL("bill_line_add", "kind", "lpp", "what", "9999999", "day", "2026-11-03", "quantity", "1", NULL), RC_BAD_INPUT);
	assert_why(WHY_BILL_CODE);
	assert_int_equal(BILL("bill_line_add", "kind", "lpp", "what", LPP, "day", "2026-11-03", "quantity", "1,5", NULL), RC_BAD_INPUT);
	assert_string_equal(H.p.where, "quantity");
	assert_int_equal(BILL("bill_line_add", "kind", "lpp", "what", LPP, "day", "2026-11-03", "quantity", "2", NULL), RC_OK);
	(void)version("a");
	assert_string_equal(getz("lines", 0, "block"), "no_table");
	assert_int_equal(BILL("bill_line_add", "kind", "lpp", "what", LPP_OVER, "day", "2026-11-03", NULL), RC_OK);
	(void)version("a");
	assert_string_equal(getz("lines", 1, "block"), "ended");
	assert_int_equal(BILL("bill_line_drop", "place", "2", NULL), RC_OK);
	assert_string_equal(left_of("dmi", "2026-11"), "draft");
	assert_int_equal(BILL("bill_line_set", "place", "1", "amount", "600", NULL), RC_OK);
	assert_int_equal(BILL("bill_share", "own", "0", NULL), RC_OK);
	assert_int_equal(BILL("bill_check", NULL), RC_OK);
	assert_int_equal(BILL("bill_post", NULL), RC_OK);
	assert_string_equal(lines_of("dmi", "2026-11"), "490000001" "02" "1                   " "          " "03112026" "        " LPP "        " "0000000002" "          \r\n");
	assert_string_equal(lines_of("les", "2026-11"), "");
}

static void the_file_of_units_names_units_only(void **s)
{
	(void)s;
	establishment();
	assert_int_equal(view("pmsi_ficum", NULL), RC_OK);
	assert_string_equal(getz("file", 0, "data"), "010149000000229 01032024030C\r\n");
	assert_string_equal(getz("file", 0, "left"), "1");
}

static void what_is_typed_is_checked_and_a_stale_form_is_refused(void **s)
{
	(void)s;
	establishment();
	assert_int_equal(act("pmsi_place_set", "finess", "49000000X", "version", "1", NULL), RC_BAD_INPUT);
	assert_string_equal(H.p.where, "finess");
	assert_int_equal(act("pmsi_place_set", "finess", "2A0000001", "vidhosp", "V15", "version", "1", NULL), RC_BAD_INPUT);
	assert_string_equal(H.p.where, "vidhosp");
	assert_int_equal(act("pmsi_place_set", "finess", "490000001", "version", "0", NULL), RC_CONFLICT);
	assert_why(WHY_BILL_STATE);
	assert_int_equal(act("pmsi_unit_set", "unit", "u4", "number", "0101", "finess", "490000002", "type", "29", "from", "2024-03-01", "mode", "C", "version", "0", NULL), RC_CONFLICT);
	assert_why(WHY_PMSI_NUMBER);
	assert_int_equal(act("pmsi_unit_set", "unit", "u4", "number", "0102", "finess", "490000002", "type", "ZZ", "from", "2024-03-01", "mode", "C", "version", "0", NULL), RC_BAD_INPUT);
	assert_string_equal(H.p.where, "type");
	assert_int_equal(act("pmsi_unit_set", "unit", "u2", "number", "0102", "finess", "490000002", "type", "29", "from", "2024-03-01", "mode", "C", "version", "0", NULL), RC_NOT_FOUND);
	assert_int_equal(act("pmsi_unit_set", "unit", "u3", "number", "0101", "finess", "490000002", "type", "29", "from", "2024-03-01", "mode", "C", "version", "0", NULL), RC_CONFLICT);
	assert_why(WHY_BILL_STATE);
}

static void zones_that_nothing_fills_are_told(void **s)
{
	(void)s;
	establishment();
	assert_int_equal(view("pmsi_month", "month", "2026-11", NULL), RC_OK);
	assert_true(any_row("never", "zone", "NIA") && any_row("never", "zone", "PXACH") && any_row("never", "zone", "XPMSI"));
	assert_false(any_row("never", "zone", "DP") || any_row("never", "zone", "VRUM") || any_row("never", "zone", "FILLER"));
	assert_int_equal(view("pmsi_month", "month", "2026-99", NULL), RC_BAD_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(zones_follow_each_other_without_a_gap),
		HOUSE_TEST(each_value_stands_in_its_zone_and_the_rest_is_blank),
		HOUSE_TEST(a_short_value_is_framed_as_its_zone_says),
		HOUSE_TEST(what_does_not_fit_is_refused_with_the_name_of_its_zone),
		HOUSE_TEST(a_cohort_of_a_month_is_read_or_refused),
		HOUSE_TEST(a_coded_stay_is_a_RUM_zone_by_zone),
		HOUSE_TEST(a_VID_HOSP_holds_what_the_record_knows_and_blanks),
		HOUSE_TEST(each_stay_that_is_not_written_has_its_reason),
		HOUSE_TEST(an_act_whose_modifiers_do_not_fit_keeps_its_stay_out_and_says_which_zone),
		HOUSE_TEST(medicines_beside_the_stay_are_those_of_posted_invoices),
		HOUSE_TEST(devices_beside_the_stay_are_counted_whole_and_of_the_list),
		HOUSE_TEST(the_file_of_units_names_units_only),
		HOUSE_TEST(what_is_typed_is_checked_and_a_stale_form_is_refused),
		HOUSE_TEST(zones_that_nothing_fills_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
