/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/ward_kit*.c, stock_scan.c and tall_name.c: kits of a ward, what a scan of a pack says, and names with tall letters. */
#include "stock_house.h"

/* ---- kits ---- */

/* A kit of the ward with a list: 10 tablets, 4 ampoules. */
static const char *a_kit(void)
{
	static char kit[24], version[24];
	done(act("stock_kit_add", "store", WARD, "label", "CHARIOT", NULL));
	snprintf(kit, sizeof kit, "%s", getz("kit", 0, "kit"));
	done(act("stock_kit_line", "kit", kit, "version", "1", "cis", DOLIPRANE, "quantity", "10", NULL));
	snprintf(version, sizeof version, "%d", 2);
	done(act("stock_kit_line", "kit", kit, "version", version, "cis", MORPHINE, "quantity", "4", NULL));
	return kit;
}

static enum rc prepare(const char *kit, const char *version)
{
	char seen[24];
	done(view("stock_kit", "kit", kit, "from", PUI, NULL));
	snprintf(seen, sizeof seen, "%s", getz("kit", 0, "seen"));
	return act("stock_kit_prepare", "key", key(), "kit", kit, "version", version, "from", PUI, "seen", seen, NULL);
}

static int64_t in_kit(const char *kit, const char *number)
{
	int64_t sum = 0;
	done(view("stock_kit", "kit", kit, NULL));
	for (unsigned i = 0; i < count("content"); i++)
		sum += str_eq(get("content", i, "number"), number) ? row_i64(nth("content", i), "milli") : 0;
	return sum;
}

static void a_kit_is_prepared_soonest_first_sealed_and_opened_into_the_ward(void **s)
{
	(void)s;
	const char *kit = a_kit();
	receive(PUI, DOLIPRANE, "LATE", "2029-01-31", "100", "10,00");
	receive(PUI, DOLIPRANE, "SOON", "2027-01-31", "3", "0,30");
	receive(PUI, DOLIPRANE, "OVER", "2026-11-18", "5", "0,50");
	receive(PUI, DOLIPRANE, "ASIDE", "2026-12-31", "5", "0,50");
	receive(PUI, MORPHINE, "M1", "2028-06-30", "9", "9,00");
	done(act("stock_lot_state", "lot", lot_no(PUI, "ASIDE"), "state", "quarantine", "reason", "quality", NULL));
	H.now_ms += 86400000; /* OVER is over */
	assert_int_equal(act("stock_kit_seal", "kit", kit, "version", "3", "number", "S1", NULL), RC_CONFLICT);
	assert_why(WHY_KIT_INCOMPLETE);
	assert_int_equal(prepare(kit, "2"), RC_CONFLICT);
	assert_why(WHY_VERSION_CONFLICT);
	done(prepare(kit, "3"));
	assert_int_equal(in_kit(kit, "SOON"), 3000);
	assert_int_equal(in_kit(kit, "LATE"), 7000);
	assert_int_equal(in_kit(kit, "M1"), 4000);
	assert_int_equal(in_kit(kit, "OVER") + in_kit(kit, "ASIDE"), 0);
	assert_int_equal(held(PUI, "LATE"), 93000);
	assert_int_equal(prepare(kit, "3"), RC_CONFLICT);
	assert_why(WHY_KIT_COMPLETE);
	done(act("stock_kit_seal", "kit", kit, "version", "3", "number", "S1", NULL));
	assert_string_equal(getz("kit", 0, "expires_on"), "2027-01-31");
	assert_int_equal(act("stock_kit_seal", "kit", kit, "version", "3", "number", "S2", NULL), RC_CONFLICT);
	assert_why(WHY_KIT_SEALED);
	assert_int_equal(draw("adm-kit", 60234100, 1000, 1).drawn_milli, 0); /* no dose is drawn on a kit */
	done(act("stock_kit_check", "kit", kit, "number", "S1", NULL));
	assert_string_equal(getz("check", 0, "outcome"), "ok");
	done(act("stock_kit_check", "kit", kit, "number", "S9", NULL));
	assert_string_equal(getz("check", 0, "outcome"), "seal");
	assert_int_equal(act("stock_kit_check", "kit", kit, NULL), RC_BAD_INPUT);
	assert_why(WHY_FIELD_REQUIRED);
	for (int i = 0; i < 2; i++) /* sent twice, opened once */
		done(act("stock_kit_open", "key", "open-once", "kit", kit, NULL));
	assert_int_equal(held(WARD, "LATE"), 7000);
	assert_int_equal(held(WARD, "M1"), 4000);
	done(view("stock_kit", "kit", kit, NULL));
	assert_int_equal(count("content"), 0);
	assert_false(has("kit", 0, "seal"));
	done(prepare(kit, "3"));
	assert_int_equal(act("stock_kit_seal", "kit", kit, "version", "3", "number", "S1", NULL), RC_CONFLICT);
	assert_why(WHY_KIT_SEAL_TAKEN);
	books_are_right();
}

static void what_a_kit_lacks_is_said_by_product_and_nothing_is_half_done(void **s)
{
	(void)s;
	const char *kit = a_kit();
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "100", NULL);
	receive(PUI, MORPHINE, "M1", "2028-06-30", "3", NULL);
	assert_int_equal(prepare(kit, "3"), RC_CONFLICT);
	assert_why(WHY_KIT_SHORT);
	done(view("stock_kit", "kit", kit, "from", PUI, NULL));
	unsigned row = row_with("lines", "cis", MORPHINE);
	assert_string_equal(getz("lines", row, "lacking"), "1000");
	assert_false(has("lines", row_with("lines", "cis", DOLIPRANE), "lacking"));
	assert_int_equal(count("content"), 0);
	assert_int_equal(held(PUI, "A1"), 100000);
	receive(PUI, MORPHINE, "M2", "2028-06-30", "3", NULL);
	done(view("stock_kit", "kit", kit, "from", PUI, NULL));
	char seen[24];
	snprintf(seen, sizeof seen, "%s", getz("kit", 0, "seen"));
	char lot[24];
	snprintf(lot, sizeof lot, "%s", lot_no(PUI, "M1"));
	done(act("stock_move", "key", key(), "store", PUI, "lot", lot, "kind", "transfer", "to", WARD, "quantity", "1", NULL)); /* somebody takes from it meanwhile */
	assert_int_equal(act("stock_kit_prepare", "key", key(), "kit", kit, "version", "3", "from", PUI, "seen", seen, NULL), RC_CONFLICT);
	assert_why(WHY_KIT_CHANGED);
	done(prepare(kit, "3"));
	books_are_right();
}

static void what_expired_or_was_called_back_in_a_kit_is_found_and_replaced(void **s)
{
	(void)s;
	char kit[24], lot[24];
	snprintf(kit, sizeof kit, "%s", a_kit());
	receive(PUI, DOLIPRANE, "A1", "2027-01-31", "10", NULL);
	receive(PUI, MORPHINE, "M1", "2028-06-30", "4", NULL);
	done(prepare(kit, "3"));
	done(act("stock_kit_seal", "kit", kit, "version", "3", "number", "S1", NULL));
	done(view("stock_kit", "kit", kit, NULL));
	snprintf(lot, sizeof lot, "%s", getz("content", row_with("content", "number", "M1"), "lot"));
	done(act("stock_lot_state", "lot", lot, "state", "recalled", "reason", "authority", NULL));
	done(view("stock_lot", "lot", lot, NULL));
	assert_string_equal(getz("where", 0, "code"), "CHARIOT");
	assert_true(has("where", 0, "of_store"));
	done(view("stock_kits", NULL));
	assert_string_equal(getz("kits", 0, "recalled"), "1");
	assert_false(has("kits", 0, "complete"));
	H.now_ms += INT64_C(86400000) * 120; /* A1 is over too */
	done(view("stock_kits", NULL));
	assert_string_equal(getz("kits", 0, "barred"), "2");
	assert_string_equal(getz("kits", 0, "missing"), "2");
	done(act("stock_kit_check", "kit", kit, "number", "S1", NULL));
	assert_string_equal(getz("check", 0, "outcome"), "content");
	receive(PUI, DOLIPRANE, "A2", "2029-01-31", "10", NULL);
	receive(PUI, MORPHINE, "M2", "2029-06-30", "4", NULL);
	assert_int_equal(prepare(kit, "3"), RC_CONFLICT);
	assert_why(WHY_KIT_SEALED);
	done(act("stock_kit_open", "key", key(), "kit", kit, NULL));
	assert_int_equal(held(WARD, "M1"), 4000);
	done(prepare(kit, "3"));
	assert_int_equal(in_kit(kit, "A2"), 10000);
	assert_int_equal(act("stock_kit_line", "kit", kit, "version", "2", "cis", DOLIPRANE, "quantity", "6", NULL), RC_CONFLICT); /* an old tab */
	assert_why(WHY_VERSION_CONFLICT);
	done(act("stock_kit_line", "kit", kit, "version", "3", "cis", DOLIPRANE, "quantity", "6", NULL));
	done(prepare(kit, "4")); /* what is too much goes back */
	assert_int_equal(in_kit(kit, "A2"), 6000);
	assert_int_equal(held(PUI, "A2"), 4000);
	books_are_right();
}

static void a_kit_is_no_store_and_nothing_else_reaches_it(void **s)
{
	(void)s;
	char kit[24], lot[24];
	snprintf(kit, sizeof kit, "%s", a_kit());
	receive(PUI, DOLIPRANE, "A1", "2027-01-31", "10", NULL);
	snprintf(lot, sizeof lot, "%s", lot_no(PUI, "A1"));
	assert_int_equal(act("stock_receive", "key", key(), "store", kit, "cis", DOLIPRANE, "number", "A2", "expires", "2027-01-31", "quantity", "1", "source", "delivery", NULL), RC_CONFLICT);
	assert_why(WHY_KIT_ONLY);
	assert_int_equal(act("stock_move", "key", key(), "store", PUI, "lot", lot, "kind", "transfer", "to", kit, "quantity", "1", NULL), RC_CONFLICT);
	assert_why(WHY_KIT_ONLY);
	assert_int_equal(act("stock_move", "key", key(), "store", kit, "lot", lot, "kind", "loss", "reason", "broken", "quantity", "1", NULL), RC_CONFLICT);
	assert_why(WHY_KIT_ONLY);
	assert_int_equal(act("stock_count_open", "store", kit, NULL), RC_CONFLICT);
	assert_why(WHY_KIT_ONLY);
	assert_int_equal(act("stock_kit_add", "store", PUI, "label", "OTHER", NULL), RC_BAD_INPUT);
	assert_why(WHY_KIT_STORE);
	assert_int_equal(act("stock_kit_add", "store", WARD, "label", "CHARIOT", NULL), RC_CONFLICT);
	assert_why(WHY_STOCK_CODE_TAKEN);
	assert_int_equal(act("stock_kit_line", "kit", kit, "version", "3", "cis", "60002283", "quantity", "0", NULL), RC_BAD_INPUT);
	assert_why(WHY_KIT_NOT_LISTED);
	assert_int_equal(act("stock_kit_open", "key", key(), "kit", kit, NULL), RC_CONFLICT);
	assert_why(WHY_KIT_EMPTY);
	assert_int_equal(act("stock_kit_prepare", "key", key(), "kit", WARD, "version", "3", "from", PUI, "seen", "1", NULL), RC_NOT_FOUND);
	assert_int_equal(act("stock_store_close", "store", WARD, NULL), RC_CONFLICT);
	assert_why(WHY_KIT_LEFT);
	done(view("stock_stores", NULL));
	assert_int_equal(count("stores"), 2);
	done(act("stock_kit_end", "kit", kit, NULL));
	done(act("stock_store_close", "store", WARD, NULL));
	books_are_right();
}

/* ---- a scanner ---- */

#define GTIN "0103400935955838" /* of a pack of the first medicine */

static const char *scanned(const char *scan, const char *way, const char *store)
{
	done(view("stock_scan", "scan", scan, "way", way, "store", store, NULL));
	return has("scan", 0, "why") ? getz("scan", 0, "why") : "";
}

static void a_scan_says_what_stands_on_the_pack_and_what_speaks_against_it(void **s)
{
	(void)s;
	static const char *const SAME[] = { "]d2" GTIN "17290131" "10A1\x1D" "21S7", GTIN "10A1~17290131" "21S7", "(01)03400935955838(17)290131(10)A1(21)S7", "\x1D" GTIN "17290131" "10A1|21S7" };
	for (size_t i = 0; i < N_OF(SAME); i++) {
		assert_string_equal(scanned(SAME[i], "in", ""), "");
		assert_string_equal(getz("scan", 0, "cis"), DOLIPRANE);
		assert_string_equal(getz("scan", 0, "number"), "A1");
		assert_string_equal(getz("scan", 0, "serial"), "S7");
		assert_string_equal(getz("scan", 0, "expires_on"), "2029-01-31");
	}
	assert_string_equal(scanned("rien", "in", ""), "SCAN_UNREADABLE");
	assert_string_equal(scanned("0103400935955839" "10A1", "in", ""), "SCAN_UNREADABLE"); /* its check digit is wrong */
	assert_string_equal(scanned("0104006381333931" "10A1", "in", ""), "SCAN_UNKNOWN");
	assert_string_equal(scanned(GTIN "17261031" "10A1", "in", ""), "SCAN_EXPIRED");
	assert_string_equal(scanned(GTIN "17261031" "10A1", "out", ""), "SCAN_EXPIRED");
	assert_string_equal(scanned(GTIN "17261031" "10A1", "", ""), ""); /* to be returned or counted */
	receive(WARD, DOLIPRANE, "A1", "2029-01-31", "10", NULL);
	assert_string_equal(scanned(GTIN "17290131" "10A1", "", WARD), "");
	assert_string_equal(getz("scan", 0, "milli"), "10000");
	assert_string_equal(scanned(GTIN "17290131" "10A1", "", PUI), "SCAN_NOT_HELD");
	assert_string_equal(scanned(GTIN "17290228" "10A1", "in", ""), "SCAN_EXPIRY");
	assert_string_equal(scanned(GTIN "17290228" "10A1", "", WARD), "SCAN_EXPIRY");
	done(act("stock_lot_state", "lot", lot_no(WARD, "A1"), "state", "quarantine", "reason", "quality", NULL));
	assert_string_equal(scanned(GTIN "17290131" "10A1", "out", ""), "SCAN_BLOCKED");
	assert_string_equal(scanned(GTIN "17290131" "10A1", "", WARD), "");
}

/* ---- names with tall letters ---- */

static void a_name_is_shown_with_the_letters_of_the_table_and_found_as_ever(void **s)
{
	(void)s;
	static const char *const BAD[] = { "", "ab", "doliprane", "DOLIPRANE", "doli PRANE", "doli-PRANE", "doli1PRANE", "d\xF0\x9F\x92\xA9X" };
	receive(WARD, DOLIPRANE, "A1", "2029-01-31", "10", NULL);
	done(view("stock", "store", WARD, NULL));
	assert_string_equal(getz("products", 0, "name"), "DOLIPRANE 1000 mg, comprim\xc3\xa9");
	assert_string_equal(getz("products", 0, "dci"), "parac\xc3\xa9tamol");
	done(view("tall_names", NULL));
	assert_int_equal(count("tall"), 0);
	for (size_t i = 0; i < N_OF(BAD); i++) {
		assert_int_equal(act("tall_name_add", "tall", BAD[i], "source", "liste d'essai", NULL), RC_BAD_INPUT);
		assert_why(WHY_TALL_LETTERS);
	}
	done(act("tall_name_add", "tall", "doliPRANE", "source", "liste d'essai", NULL));
	done(act("tall_name_add", "tall", "parac\xc3\x89Tamol", "source", "liste d'essai", NULL));
	assert_int_equal(act("tall_name_add", "tall", "DOLIprane", "source", "liste d'essai", NULL), RC_CONFLICT);
	assert_why(WHY_TALL_TWICE);
	done(view("stock", "store", WARD, NULL));
	assert_string_equal(getz("products", 0, "name"), "doliPRANE 1000 mg, comprim\xc3\xa9");
	assert_string_equal(getz("products", 0, "dci"), "parac\xc3\x89Tamol");
	static const char *const TYPED[] = { "doliprane", "DOLIPRANE", "doliPRANE", "paracetamol" };
	for (size_t i = 0; i < N_OF(TYPED); i++) {
		done(view("stock", "store", WARD, "text", TYPED[i], NULL));
		assert_int_equal(count("products"), 1);
	}
	done(view("tall_names", NULL));
	assert_int_equal(count("tall"), 2);
	char no[24];
	snprintf(no, sizeof no, "%s", getz("tall", row_with("tall", "tall", "doliPRANE"), "no"));
	done(act("tall_name_end", "no", no, NULL));
	assert_int_equal(act("tall_name_end", "no", no, NULL), RC_CONFLICT);
	assert_why(WHY_TALL_GONE);
	done(view("stock", "store", WARD, NULL));
	assert_string_equal(getz("products", 0, "name"), "DOLIPRANE 1000 mg, comprim\xc3\xa9");
	done(act("tall_name_add", "tall", "dolipRANE", "source", "liste d'essai", NULL));
}

#define STOCK_TEST(f) cmocka_unit_test_setup_teardown(f, stores, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STOCK_TEST(a_scan_says_what_stands_on_the_pack_and_what_speaks_against_it),
		STOCK_TEST(a_name_is_shown_with_the_letters_of_the_table_and_found_as_ever),
		STOCK_TEST(a_kit_is_prepared_soonest_first_sealed_and_opened_into_the_ward),
		STOCK_TEST(what_a_kit_lacks_is_said_by_product_and_nothing_is_half_done),
		STOCK_TEST(what_expired_or_was_called_back_in_a_kit_is_found_and_replaced),
		STOCK_TEST(a_kit_is_no_store_and_nothing_else_reaches_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
