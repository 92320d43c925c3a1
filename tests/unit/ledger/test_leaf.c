/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/leaf: entries as bytes. */
#include "house.h"

#include "base/random.h"
#include "ledger/leaf.h"

static struct ledger_patient all_patients[LEAF_PATIENTS];
static char long_text[600];

static struct ledger_entry
full_entry(void)
{
	for (unsigned i = 0; i < LEAF_PATIENTS; i++)
		all_patients[i] = (struct ledger_patient){ .patient = INT64_C(1) << (i % 63), .explain = (unsigned char)(i % 10), .tier = (unsigned char)(i % 5), .draw = i % 3 == 0 };
	memset(long_text, 'x', sizeof long_text);
	return (struct ledger_entry){ .kind = LEDGER_REFUSAL, .surface = 250, .rc = RC_OVER_BUDGET, .tier = TIER_SPECIAL, .reveals = REVEALS_MANY, .why = WHY_TOO_BIG,
		.rows = UINT32_MAX, .draws = 7, .draws_unexplained = 6, .about = UINT64_MAX - 1, .route = { long_text, LEAF_TEXT }, .note = { long_text, LEAF_TEXT },
		.account = UINT32_MAX, .session = UINT64_MAX, .unit = { long_text, LEAF_TEXT }, .from = { long_text, LEAF_TEXT }, .text = { long_text, LEAF_TYPED },
		.patients = all_patients, .n_patients = LEAF_PATIENTS };
}

static const unsigned char a_hash[SHA_LEN] = { 1, 2, 3 }, a_prev[SHA_LEN] = { 9, 8, 7 }, a_salt[LEAF_SALT] = { 5 };

static size_t
whole_record(const struct ledger_entry *e, struct str extra, unsigned char out[RECORD_MAX])
{
	static unsigned char personal[PERSONAL_MAX];
	unsigned char leaf[LEAF_MAX];
	size_t n = leaf_personal_size(e);

	leaf_personal_put(e, personal);
	size_t leaf_n = leaf_put(e, a_hash, n, extra, leaf);
	leaf_seal(leaf, leaf_n, 77, 1234567890123, 5, a_prev);
	leaf_record_put(out, leaf, leaf_n, a_salt, personal, n);
	return leaf_record_size(leaf_n, n);
}

static void
too_long_fields_are_refused(void **state)
{
	struct ledger_entry e = full_entry(), longer;
	struct problem p;
	(void)state;

	assert_int_equal(leaf_fits(&e, &p), RC_OK);
	longer = e, longer.route.n++;
	assert_int_equal(leaf_fits(&longer, &p), RC_LIMIT);
	longer = e, longer.note.n++;
	assert_int_equal(leaf_fits(&longer, &p), RC_LIMIT);
	longer = e, longer.unit.n++;
	assert_int_equal(leaf_fits(&longer, &p), RC_LIMIT);
	longer = e, longer.from.n++;
	assert_int_equal(leaf_fits(&longer, &p), RC_LIMIT);
	longer = e, longer.text.n++;
	assert_int_equal(leaf_fits(&longer, &p), RC_LIMIT);
	longer = e, longer.n_patients++;
	assert_int_equal(leaf_fits(&longer, &p), RC_LIMIT);
}

static void
every_cut_is_refused(void **state)
{
	static unsigned char bytes[RECORD_MAX];
	struct ledger_entry e = full_entry();
	struct record r;
	struct leaf leaf;
	(void)state;

	e.n_patients = 3;
	size_t n = whole_record(&e, STR_NONE, bytes);
	for (size_t i = 0; i < n; i++) {
		unsigned char *exact = malloc(i ? i : 1); /* so that a sanitizer sees a read beyond it */
		memcpy(exact, bytes, i);
		assert_int_not_equal(leaf_record_parse(exact, i, &r, &leaf), RC_OK);
		free(exact);
	}
	assert_int_equal(leaf_record_parse(bytes, n, &r, &leaf), RC_OK);
}

static void
every_changed_byte_of_an_entry_is_refused(void **state)
{
	static unsigned char bytes[RECORD_MAX];
	struct ledger_entry e = full_entry();
	struct record r;
	struct leaf leaf;
	(void)state;

	e.n_patients = 0;
	size_t n = whole_record(&e, STR_NONE, bytes), leaf_n = (size_t)bytes[0] << 8 | bytes[1];
	for (size_t i = 0; i < 2 + leaf_n + 4; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[i] ^= (unsigned char)(1u << bit);
			assert_int_not_equal(leaf_record_parse(bytes, n, &r, &leaf), RC_OK);
			bytes[i] ^= (unsigned char)(1u << bit);
		}
}

static void
a_personal_part_that_lies_about_its_lengths_is_refused(void **state)
{
	static unsigned char bytes[PERSONAL_MAX];
	static struct ledger_patient patients[LEAF_PATIENTS];
	struct ledger_entry e = full_entry(), got;
	(void)state;

	e.n_patients = 4;
	e.unit.n = 3, e.from.n = 4, e.text.n = 5;
	size_t n = leaf_personal_size(&e);
	leaf_personal_put(&e, bytes);
	assert_int_equal(leaf_personal_parse(bytes, n, &got, patients), RC_OK);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(leaf_personal_parse(bytes, cut, &got, patients), RC_BAD_INPUT);
	static const size_t lengths[] = { 13, 17, 22, 23, 29, 30, 31, 32 }; /* unit, from, text (2), patients (4) */
	for (size_t i = 0; i < COUNT(lengths); i++)
		for (unsigned v = 1; v < 256; v++) {
			unsigned char was = bytes[lengths[i]];
			bytes[lengths[i]] = (unsigned char)(was + v);
			assert_int_equal(leaf_personal_parse(bytes, n, &got, patients), RC_BAD_INPUT);
			bytes[lengths[i]] = was;
		}
	bytes[0] = 2;
	assert_int_equal(leaf_personal_parse(bytes, n, &got, patients), RC_BAD_INPUT);
}

static void
random_bytes_are_refused(void **state)
{
	struct stream s = stream_of(1, 2);
	static unsigned char bytes[1024];
	static struct ledger_patient patients[LEAF_PATIENTS];
	struct ledger_entry got;
	struct record r;
	struct leaf leaf;
	(void)state;

	for (unsigned round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (unsigned char)stream_u64(&s);
		bytes[0] = 0, bytes[2] = 1, bytes[3] = (unsigned char)(1 + round % 12);
		assert_int_not_equal(leaf_record_parse(bytes, sizeof bytes, &r, &leaf), RC_OK);
		bytes[0] = 1;
		assert_int_not_equal(leaf_personal_parse(bytes, stream_below(&s, sizeof bytes), &got, patients), RC_OK);
	}
}

static void
every_field_comes_back(void **state)
{
	static unsigned char bytes[RECORD_MAX];
	static struct ledger_patient patients[LEAF_PATIENTS];
	struct ledger_entry e = full_entry(), got;
	struct record r;
	struct leaf leaf;
	(void)state;

	size_t n = whole_record(&e, STR_NONE, bytes);
	assert_int_equal(leaf_record_parse(bytes, n, &r, &leaf), RC_OK);
	assert_int_equal(r.n, n);
	got = leaf.e;
	assert_int_equal(leaf_personal_parse(r.personal, r.personal_n, &got, patients), RC_OK);
	assert_true(got.kind == e.kind && got.surface == e.surface && got.rc == e.rc && got.tier == e.tier && got.reveals == e.reveals && got.why == e.why);
	assert_true(got.rows == e.rows && got.draws == e.draws && got.draws_unexplained == e.draws_unexplained && got.about == e.about);
	assert_true(str_is(got.route, e.route) && str_is(got.note, e.note) && str_is(got.unit, e.unit) && str_is(got.from, e.from) && str_is(got.text, e.text));
	assert_true(got.account == e.account && got.session == e.session && got.n_patients == e.n_patients);
	for (uint32_t i = 0; i < e.n_patients; i++)
		assert_true(got.patients[i].patient == e.patients[i].patient && got.patients[i].explain == e.patients[i].explain &&
			got.patients[i].tier == e.patients[i].tier && got.patients[i].draw == e.patients[i].draw);
	assert_true(got.number == 77 && got.at_ms == 1234567890123 && leaf.joined == 5);
	assert_memory_equal(leaf.prev, a_prev, SHA_LEN);
	assert_memory_equal(leaf.commitment, a_hash, SHA_LEN);
	assert_memory_equal(r.salt, a_salt, LEAF_SALT);
}

static void
every_kind_and_reason_comes_back(void **state)
{
	static unsigned char bytes[RECORD_MAX];
	unsigned char extra[LEAF_EXTRA] = { 3, 1 };
	struct record r;
	struct leaf leaf;
	(void)state;

	for (unsigned char kind = LEDGER_GENESIS; kind <= LEDGER_KIND_LAST; kind++) {
		struct ledger_entry e = { .kind = kind };
		size_t n_extra = kind == LEDGER_GENESIS ? 32 : kind == LEDGER_CHECKPOINT ? 64 : kind == LEDGER_EPOCH ? 96 : kind == LEDGER_BIND ? 40 : 0;
		size_t n = whole_record(&e, (struct str){ (const char *)extra, n_extra }, bytes);
		assert_int_equal(leaf_record_parse(bytes, n, &r, &leaf), RC_OK);
		assert_int_equal(leaf.e.kind, kind);
		assert_int_equal(leaf.extra.n, n_extra);
	}
	for (uint16_t why = 0; why < WHY__END; why++) {
		struct ledger_entry e = { .kind = LEDGER_REFUSAL, .why = why };
		size_t n = whole_record(&e, STR_NONE, bytes);
		assert_int_equal(leaf_record_parse(bytes, n, &r, &leaf), RC_OK);
		assert_int_equal(leaf.e.why, why);
	}
}

static void
an_entry_never_outgrows_its_length_field(void **state)
{
	(void)state;
	assert_true(LEAF_MAX <= 65535);
}

static void
the_crc_is_crc32c(void **state)
{
	(void)state;
	assert_int_equal(sha_crc32c("123456789", 9), 0xE3069283u); /* the usual check value, RFC 3720 */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("a field over its length is refused", too_long_fields_are_refused),
		CASE("a record cut at any byte is refused", every_cut_is_refused),
		CASE("an entry with any bit changed is refused", every_changed_byte_of_an_entry_is_refused),
		CASE("a personal part that lies about a length is refused", a_personal_part_that_lies_about_its_lengths_is_refused),
		CASE("random bytes are refused", random_bytes_are_refused),
		CASE("every field of the largest entry comes back", every_field_comes_back),
		CASE("every kind and every reason comes back", every_kind_and_reason_comes_back),
		CASE("an entry never outgrows its length field", an_entry_never_outgrows_its_length_field),
		CASE("the check is CRC-32C", the_crc_is_crc32c),
	};
	return cmocka_run_group_tests_name("ledger/leaf", tests, NULL, NULL);
}
