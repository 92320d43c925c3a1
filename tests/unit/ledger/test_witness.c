/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/witness: signs what grew from what it signed last and nothing else, also when many ask at once. */
#include "house.h"

#include "ledger/publish.h"
#include "ledger/witness.h"

#include <sys/wait.h>

static char dir[DIR_MAX], out[DIR_MAX], state[DIR_MAX], path[4 * DIR_MAX];

static const char *
in(const char *folder, const char *name)
{
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void
grow(unsigned n)
{
	struct ledger_published r;
	struct problem p;
	struct ledger *l = open_at(dir, SMALL);

	add_many(l, n);
	ledger_close(&l);
	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_OK);
}

static struct buf
text_of(const char *folder, const char *name)
{
	struct file f = file_get(folder, name);
	struct buf text;

	buf_init(&text, 1u << 20);
	buf_put(&text, f.p, f.n);
	free(f.p);
	return text;
}

static struct buf
request(struct str old)
{
	struct buf body;
	struct problem p = { 0 };

	buf_init(&body, 1u << 16);
	if (ledger_prove_growth(out, NULL, old, &body, &p) != RC_OK)
		print_error("grown: %s: %s\n", p.where, p.detail);
	return body;
}

static enum rc
ask(struct str body, uint64_t *last_r)
{
	struct buf line;
	struct problem p = { 0 };

	buf_init(&line, 1024);
	enum rc rc = witness_cosign(state, body, 1795000000, &line, last_r, &p);
	assert_true(rc == RC_OK ? line.n > 100 : line.n == 0);
	buf_done(&line);
	return rc;
}

static int
set_up(void **at)
{
	struct problem p;
	(void)at;

	dir_make(dir);
	dir_make(out);
	dir_make(state);
	grow(300);
	assert_int_equal(witness_make(state, "essai.test/w1", &p), RC_OK);
	assert_int_equal(witness_make(state, "essai.test/w1", &p), RC_CONFLICT);
	return 0;
}

static int
tear_down(void **at)
{
	(void)at;
	dir_remove(dir);
	tree_of_files_remove(out);
	dir_remove(state);
	return 0;
}

static void
trust(void)
{
	struct problem p;

	assert_int_equal(witness_trust(state, in(dir, "ledger.pub"), &p), RC_OK);
	assert_int_equal(witness_trust(state, in(dir, "ledger.pub"), &p), RC_CONFLICT);
}

static void
what_grows_is_signed(void **at)
{
	uint64_t last;
	struct buf kept = { 0 }, body = request(STR_NONE);
	(void)at;

	assert_int_equal(ask(buf_view(&body), &last), RC_NOT_FOUND); /* not trusted yet */
	trust();
	assert_int_equal(ask(buf_view(&body), &last), RC_OK);
	assert_int_equal(ask(buf_view(&body), &last), RC_CONFLICT); /* old 0 once only */
	assert_true(last > 300);
	buf_done(&body);
	for (unsigned i = 0; i < 5; i++) {
		kept = text_of(out, "checkpoint");
		body = request(buf_view(&kept)); /* no growth: signed again, later */
		assert_int_equal(ask(buf_view(&body), &last), RC_OK);
		buf_done(&body);
		grow(1 + 170 * i);
		body = request(buf_view(&kept));
		assert_int_equal(ask(buf_view(&body), &last), RC_OK);
		assert_int_equal(ask(buf_view(&body), &last), RC_CONFLICT);
		buf_done(&body);
		buf_done(&kept);
	}
}

static void
no_changed_byte_is_signed(void **at)
{
	uint64_t last;
	struct buf first = request(STR_NONE), kept = text_of(out, "checkpoint");
	(void)at;

	trust();
	assert_int_equal(ask(buf_view(&first), &last), RC_OK);
	grow(400);
	struct buf body = request(buf_view(&kept));
	for (size_t i = 0; i < body.n; i++)
		for (unsigned bit = 0; bit < 8; bit += 3) {
			body.p[i] = (char)((unsigned char)body.p[i] ^ 1u << bit);
			assert_int_not_equal(ask(buf_view(&body), &last), RC_OK);
			body.p[i] = (char)((unsigned char)body.p[i] ^ 1u << bit);
		}
	for (size_t n = 0; n < body.n; n++)
		assert_int_not_equal(ask((struct str){ body.p, n }, &last), RC_OK);
	assert_int_equal(ask(buf_view(&body), &last), RC_OK);
	buf_done(&first);
	buf_done(&kept);
	buf_done(&body);
}

/* Two futures of one ledger, both signed by its key: the second finds no witness. */
static void
another_past_is_not_signed(void **at)
{
	char fork_dir[DIR_MAX];
	uint64_t last;
	struct problem p;
	struct ledger_published r;
	struct buf body = request(STR_NONE), begin = text_of(out, "checkpoint");
	(void)at;

	trust();
	assert_int_equal(ask(buf_view(&body), &last), RC_OK);
	buf_done(&body);
	dir_make(fork_dir);
	dir_copy(dir, fork_dir);
	grow(200);
	body = request(buf_view(&begin));
	assert_int_equal(ask(buf_view(&body), &last), RC_OK);
	buf_done(&body);
	struct buf seen = text_of(out, "checkpoint");

	dir_copy(fork_dir, dir);
	struct ledger *l = open_at(dir, SMALL);
	for (unsigned i = 0; i < 500; i++)
		assert_true(add(l, 90000 + i) != 0);
	ledger_close(&l);
	tree_of_files_remove(out);
	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_OK);
	body = request(buf_view(&begin)); /* it did grow from there, but that is not what was signed last */
	assert_int_equal(ask(buf_view(&body), &last), RC_CONFLICT);
	/* the same hashes under the size that was signed last */
	struct buf lie;
	buf_init(&lie, 1u << 16);
	struct str rest;
	(void)str_cut(buf_view(&body), '\n', &rest);
	buf_z(&lie, "old ");
	buf_i64(&lie, (int64_t)last);
	buf_ch(&lie, '\n');
	buf_str(&lie, rest);
	assert_int_equal(ask(buf_view(&lie), &last), RC_PRECONDITION);
	struct buf none;
	buf_init(&none, 1u << 16);
	assert_int_equal(ledger_prove_growth(out, NULL, buf_view(&seen), &none, &p), RC_CONFLICT);
	buf_done(&none);
	buf_done(&lie);
	buf_done(&body);
	buf_done(&begin);
	buf_done(&seen);
	dir_remove(fork_dir);
}

static void
of_many_at_once_one_is_signed(void **at)
{
	uint64_t last;
	struct buf first = request(STR_NONE), kept = text_of(out, "checkpoint");
	unsigned good = 0, conflicts = 0;
	(void)at;

	trust();
	assert_int_equal(ask(buf_view(&first), &last), RC_OK);
	grow(150);
	struct buf body = request(buf_view(&kept));
	for (unsigned i = 0; i < 16; i++)
		if (fork() == 0)
			_exit((int)ask(buf_view(&body), &last));
	for (int status; wait(&status) > 0;) {
		good += WIFEXITED(status) && WEXITSTATUS(status) == RC_OK;
		conflicts += WIFEXITED(status) && WEXITSTATUS(status) == RC_CONFLICT;
	}
	assert_int_equal(good, 1);
	assert_int_equal(conflicts, 15);
	buf_done(&first);
	buf_done(&kept);
	buf_done(&body);
}

static void
names_and_states_are_judged(void **at)
{
	static const char *const bad[] = { "", "a b", "a+b", "a\nb", "\xC3\xA9" };
	char other[DIR_MAX];
	uint64_t last;
	struct problem p;
	struct buf line;
	(void)at;

	dir_make(other);
	for (unsigned i = 0; i < COUNT(bad); i++)
		assert_int_equal(witness_make(other, bad[i], &p), RC_BAD_INPUT);
	buf_init(&line, 1024);
	assert_int_equal(witness_cosign(other, STR("old 0\n\n"), 1, &line, &last, &p), RC_BROKEN); /* no key */
	assert_int_equal(witness_trust(other, in(dir, "none"), &p), RC_NOT_FOUND);
	buf_done(&line);
	dir_remove(other);
}

#define EACH(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH("what grows is signed", what_grows_is_signed),
		EACH("no changed byte is signed", no_changed_byte_is_signed),
		EACH("another past is not signed", another_past_is_not_signed),
		EACH("of many at once one is signed", of_many_at_once_one_is_signed),
		EACH("names and states are judged", names_and_states_are_judged),
	};
	return cmocka_run_group_tests_name("ledger/witness", tests, NULL, NULL);
}
