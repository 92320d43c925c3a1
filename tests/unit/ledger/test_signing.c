/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/signing: the key, signed notes, sealed texts. */
#include "house.h"

#include "ledger/signing.h"

static char dir[DIR_MAX];
static int dir_fd;

static int
set_up(void **state)
{
	(void)state;
	dir_make(dir);
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	return dir_fd < 0;
}

static int
tear_down(void **state)
{
	(void)state;
	close(dir_fd);
	dir_remove(dir);
	return 0;
}

static void
an_absent_key_is_not_made_unasked(void **state)
{
	struct signing_key key;
	struct problem p;
	(void)state;

	assert_int_equal(signing_key_read(dir_fd, false, &key, &p), RC_NOT_FOUND);
}

static void
a_key_and_a_public_key_that_do_not_belong_together_are_refused(void **state)
{
	struct signing_key key, other;
	struct problem p;
	(void)state;

	assert_int_equal(signing_key_read(dir_fd, true, &key, &p), RC_OK);
	struct file pub = file_get(dir, "ledger.pub");
	dir_empty(dir);
	assert_int_equal(signing_key_read(dir_fd, true, &other, &p), RC_OK);
	file_put(dir, "ledger.pub", pub.p, pub.n);
	assert_int_equal(signing_key_read(dir_fd, true, &key, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_CORRUPT);
	free(pub.p);
}

static void
any_changed_byte_of_a_public_key_file_is_refused(void **state)
{
	struct signing_key key, got;
	struct problem p;
	(void)state;

	assert_int_equal(signing_key_read(dir_fd, true, &key, &p), RC_OK);
	struct file pub = file_get(dir, "ledger.pub");
	for (size_t i = 0; i < pub.n; i++) {
		pub.p[i] ^= 1;
		file_put(dir, "other.pub", pub.p, pub.n);
		assert_int_equal(signing_pub_read(dir_fd, "other.pub", &got, &p), RC_BAD_INPUT);
		pub.p[i] ^= 1;
	}
	file_put(dir, "other.pub", pub.p, pub.n);
	assert_int_equal(signing_pub_read(dir_fd, "other.pub", &got, &p), RC_OK);
	assert_memory_equal(got.pub, key.pub, SIGNING_PUB);
	free(pub.p);
}

static void
any_changed_or_missing_byte_of_a_note_is_refused(void **state)
{
	struct signing_key key;
	struct problem p;
	struct buf note;
	unsigned char head[SHA_LEN] = { 7, 7, 7 }, got[SHA_LEN];
	uint64_t size = 0;
	(void)state;

	assert_int_equal(signing_key_read(dir_fd, true, &key, &p), RC_OK);
	buf_init(&note, 4096);
	signing_put(&key, 123456, head, &note);
	for (size_t i = 0; i < note.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			note.p[i] = (char)(note.p[i] ^ (1 << bit));
			assert_int_equal(signing_parse(&key, buf_view(&note), &size, got), RC_BAD_INPUT);
			note.p[i] = (char)(note.p[i] ^ (1 << bit));
		}
	for (size_t n = 0; n < note.n; n++)
		assert_int_equal(signing_parse(&key, (struct str){ note.p, n }, &size, got), RC_BAD_INPUT);
	assert_int_equal(signing_parse(&key, buf_view(&note), &size, got), RC_OK);
	assert_int_equal(size, 123456);
	assert_memory_equal(got, head, SHA_LEN);
	buf_done(&note);
}

static void
a_note_of_another_key_is_refused(void **state)
{
	struct signing_key key, other;
	struct problem p;
	struct buf note;
	unsigned char head[SHA_LEN] = { 1 };
	uint64_t size;
	(void)state;

	assert_int_equal(signing_key_read(dir_fd, true, &key, &p), RC_OK);
	dir_empty(dir);
	assert_int_equal(signing_key_read(dir_fd, true, &other, &p), RC_OK);
	buf_init(&note, 4096);
	signing_put(&other, 5, head, &note);
	assert_int_equal(signing_parse(&key, buf_view(&note), &size, head), RC_BAD_INPUT);
	buf_done(&note);
}

static void
any_changed_byte_of_a_sealed_text_is_refused(void **state)
{
	struct signing_key key;
	struct problem p;
	struct buf text;
	struct str body;
	(void)state;

	assert_int_equal(signing_key_read(dir_fd, true, &key, &p), RC_OK);
	buf_init(&text, 4096);
	buf_z(&text, "one\ntwo\n");
	signing_seal(&key, &text);
	for (size_t i = 0; i < text.n; i++) {
		text.p[i] = (char)(text.p[i] ^ 4);
		assert_int_equal(signing_unseal(&key, buf_view(&text), &body), RC_BAD_INPUT);
		text.p[i] = (char)(text.p[i] ^ 4);
	}
	assert_int_equal(signing_unseal(&key, buf_view(&text), &body), RC_OK);
	assert_true(str_eq(body, "one\ntwo\n"));
	assert_int_equal(signing_unseal(&key, STR("short"), &body), RC_BAD_INPUT);
	buf_done(&text);
}

static void
a_report_is_a_note_of_one_form_and_no_checkpoint(void **state)
{
	static const unsigned char root[SHA_LEN] = { 1 };
	unsigned char head[SHA_LEN];
	struct signing_key key;
	struct problem p;
	struct buf note, checkpoint;
	struct str text;
	uint64_t size;
	(void)state;

	assert_int_equal(signing_key_read(dir_fd, true, &key, &p), RC_OK);
	buf_init(&note, 4096);
	buf_init(&checkpoint, 4096);
	signing_note(&key, STR("hygie/attribution/v1\nrows 3\n\nmore\n"), &note);
	assert_int_equal(signing_note_check(&key, buf_view(&note), &text), RC_OK);
	assert_true(str_eq(text, "hygie/attribution/v1\nrows 3\n\nmore\n"));
	for (size_t i = 0; i < note.n; i++) {
		note.p[i] = (char)(note.p[i] ^ 4);
		assert_int_equal(signing_note_check(&key, buf_view(&note), &text), RC_BAD_INPUT);
		note.p[i] = (char)(note.p[i] ^ 4);
		assert_int_equal(signing_note_check(&key, (struct str){ note.p, i }, &text), RC_BAD_INPUT);
	}
	buf_ch(&note, '\n');
	assert_int_equal(signing_note_check(&key, buf_view(&note), &text), RC_BAD_INPUT);
	note.n--;
	assert_int_equal(signing_parse(&key, buf_view(&note), &size, head), RC_BAD_INPUT);
	signing_put(&key, 7, root, &checkpoint);
	assert_int_equal(signing_note_check(&key, buf_view(&checkpoint), &text), RC_BAD_INPUT);
	buf_done(&note);
	buf_done(&checkpoint);
}

static void
the_key_file_is_for_the_owner_alone(void **state)
{
	struct signing_key key, again;
	struct problem p;
	struct stat st;
	(void)state;

	assert_int_equal(signing_key_read(dir_fd, true, &key, &p), RC_OK);
	assert_int_equal(fstatat(dir_fd, "ledger.key", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0400);
	assert_int_equal(signing_key_read(dir_fd, false, &again, &p), RC_OK);
	assert_memory_equal(key.secret, again.secret, SIGNING_SECRET);
	assert_string_equal(key.origin, again.origin);
}

#define ROOM(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM("an absent key is not made unasked", an_absent_key_is_not_made_unasked),
		ROOM("a key and a public key that do not belong together are refused", a_key_and_a_public_key_that_do_not_belong_together_are_refused),
		ROOM("a public key file with any byte changed is refused", any_changed_byte_of_a_public_key_file_is_refused),
		ROOM("a note with any bit changed or any byte missing is refused", any_changed_or_missing_byte_of_a_note_is_refused),
		ROOM("a note of another key is refused", a_note_of_another_key_is_refused),
		ROOM("a sealed text with any byte changed is refused", any_changed_byte_of_a_sealed_text_is_refused),
		ROOM("a report is a note of one form and passes for no checkpoint, nor a checkpoint for it", a_report_is_a_note_of_one_form_and_no_checkpoint),
		ROOM("the key file is for its owner alone and stays the same", the_key_file_is_for_the_owner_alone),
	};
	return cmocka_run_group_tests_name("ledger/signing", tests, NULL, NULL);
}
