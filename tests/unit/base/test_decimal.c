/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "base/decimal.h"
#include "base/random.h"

static struct decimal of(const char *z)
{
	struct decimal d;
	holds(decimal_parse(str_of(z), &d) == RC_OK, z);
	return d;
}

static void texts(void **state)
{
	(void)state;
	static const struct { const char *z; enum rc rc; const char *back; } T[] = {
		{ "0",                RC_OK, "0" },
		{ "-0",               RC_OK, "0" },
		{ "0.00",             RC_OK, "0.00" },
		{ "5.40",             RC_OK, "5.40" },
		{ "-0.05",            RC_OK, "-0.05" },
		{ "1e2",              RC_OK, "1e2" },
		{ "1E+2",             RC_OK, "1e2" },
		{ "1.50e-3",          RC_OK, "0.00150" },
		{ "12.5e1",           RC_OK, "125" },
		{ "1e-60",            RC_OK, "1e-60" },
		{ "123456789012345678901234567890123456",   RC_OK, "123456789012345678901234567890123456" },
		{ "0.00000000000000000000000000000000000000001", RC_OK, "1e-41" },
		{ "1234567890123456789012345678901234567",  RC_LIMIT, "" },
		{ "1e1000001",        RC_LIMIT, "" },
		{ "1e-99999999999999999999999", RC_LIMIT, "" },
		{ "",                 RC_BAD_INPUT, "" },
		{ "-",                RC_BAD_INPUT, "" },
		{ "+1",               RC_BAD_INPUT, "" },
		{ "01",               RC_BAD_INPUT, "" },
		{ "1.",               RC_BAD_INPUT, "" },
		{ ".5",               RC_BAD_INPUT, "" },
		{ "1.2.3",            RC_BAD_INPUT, "" },
		{ "1,5",              RC_BAD_INPUT, "" },
		{ "1e",               RC_BAD_INPUT, "" },
		{ "1e+",              RC_BAD_INPUT, "" },
		{ " 1",               RC_BAD_INPUT, "" },
		{ "1 ",               RC_BAD_INPUT, "" },
		{ "NaN",              RC_BAD_INPUT, "" },
		{ "0x1",              RC_BAD_INPUT, "" },
	};
	struct buf b;
	buf_init(&b, 100);
	for (size_t i = 0; i < COUNT(T); i++) {
		struct decimal d;
		holds(decimal_parse(str_of(T[i].z), &d) == T[i].rc, T[i].z);
		if (T[i].rc != RC_OK)
			continue;
		buf_reset(&b);
		buf_decimal(&b, d);
		same_text(buf_view(&b), T[i].back, T[i].z);
		struct decimal again = of(T[i].back);
		holds(again.coefficient == d.coefficient && again.exponent == d.exponent && again.negative == d.negative, T[i].z);
	}
	buf_done(&b);
}

static void order(void **state)
{
	(void)state;
	static const char *const UP[] = { "-1e1000000", "-100.1", "-100", "-0.001", "0", "1e-1000000", "0.000999", "0.001", "0.99", "1", "5.39", "5.4",
		"99999999999999999999999999999999999", "1e35", "123456789012345678901234567890123456", "1e36", "1e1000000" };
	for (size_t i = 0; i < COUNT(UP); i++)
		for (size_t j = 0; j < COUNT(UP); j++)
			holds(decimal_cmp(of(UP[i]), of(UP[j])) == (i > j) - (i < j), UP[i]);
	static const char *const SAME[][2] = { { "5.4", "5.400" }, { "1e2", "100" }, { "0", "-0.000" }, { "0e5", "0" }, { "-12.50", "-125e-1" },
		{ "1", "1.00000000000000000000000000000000000" } };
	for (size_t i = 0; i < COUNT(SAME); i++)
		holds(decimal_cmp(of(SAME[i][0]), of(SAME[i][1])) == 0, SAME[i][0]);
}

static void ranges(void **state)
{
	(void)state;
	static const struct { const char *z, *low, *high; } T[] = {
		{ "5.40",  "5.395",   "5.405" },
		{ "5.4",   "5.35",    "5.45" },
		{ "100",   "99.5",    "100.5" },
		{ "100.00", "99.995", "100.005" },
		{ "1e2",   "95",      "105" },
		{ "1.0e2", "95",      "105" },
		{ "1.00e2", "99.5",   "100.5" },
		{ "0",     "-0.5",    "0.5" },
		{ "-5.40", "-5.405",  "-5.395" },
		{ "0.0",   "-0.05",   "0.05" },
		{ "123456789012345678901234567890123456", "123456789012345678901234567890123455.5", "123456789012345678901234567890123456.5" },
	};
	struct buf b;
	buf_init(&b, 100);
	for (size_t i = 0; i < COUNT(T); i++) {
		struct decimal low, high, d = of(T[i].z);
		decimal_range(d, &low, &high);
		buf_reset(&b);
		buf_decimal(&b, low);
		if (i < COUNT(T) - 1) {
			holds(decimal_cmp(low, of(T[i].low)) == 0, T[i].z);
			holds(decimal_cmp(high, of(T[i].high)) == 0, T[i].z);
		} else {
			same_text(buf_view(&b), T[i].low, T[i].z); /* one digit more than can be parsed */
		}
		holds(decimal_cmp(low, d) < 0 && decimal_cmp(d, high) < 0, T[i].z);
	}
	buf_done(&b);
}

static void against_integers(void **state)
{
	(void)state;
	struct stream s = stream_of(5, 5);
	for (int i = 0; i < 20000; i++) {
		struct decimal a = { stream_below(&s, 2000), (int)stream_below(&s, 5) - 2, stream_below(&s, 2) };
		struct decimal b = { stream_below(&s, 2000), (int)stream_below(&s, 5) - 2, stream_below(&s, 2) };
		int64_t v[2] = { (int64_t)a.coefficient, (int64_t)b.coefficient };
		for (int k = -2; k < a.exponent; k++)
			v[0] *= 10;
		for (int k = -2; k < b.exponent; k++)
			v[1] *= 10;
		v[0] = a.negative ? -v[0] : v[0];
		v[1] = b.negative ? -v[1] : v[1];
		assert_int_equal(decimal_cmp(a, b), (v[0] > v[1]) - (v[0] < v[1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("only FHIR decimals parse, and they are written back with their precision", texts),
		CASE("decimals are ordered by value at any size", order),
		CASE("a decimal as written means half a unit each way", ranges),
		CASE("comparison agrees with integers", against_integers),
	};
	return cmocka_run_group_tests_name("base/decimal", tests, NULL, NULL);
}
