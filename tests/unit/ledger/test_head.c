/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/head, heads: a head that left the house comes back as the note it was, out of any text, and shows whether the ledger still begins with it. */
#include "house.h"

#include "ledger/cosign.h"
#include "ledger/head.h"
#include "ledger/publish.h"

static char dir[DIR_MAX], out[DIR_MAX], pub[2 * DIR_MAX];

static int
set_up(void **state)
{
	(void)state;
	dir_make(dir);
	dir_make(out);
	(void)snprintf(pub, sizeof pub, "%s/ledger.pub", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	dir_remove(dir);
	tree_of_files_remove(out);
	return 0;
}

static void
grow(unsigned n, uint64_t from)
{
	struct ledger *l = open_at(dir, SMALL);
	struct ledger_published r;
	struct problem p;

	for (unsigned i = 0; i < n; i++)
		assert_true(add(l, from + i) != 0);
	ledger_close(&l);
	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_OK);
}

/* The head of now, as a line with something around it. */
static uint64_t
kept_put(struct buf *text)
{
	struct buf note, line;
	struct ledger_head_of r;
	struct problem p;

	buf_init(&note, COSIGN_NOTE);
	buf_init(&line, 4096);
	assert_int_equal(ledger_head_read(out, NULL, &note, &line, &r, &p), RC_OK);
	buf_z(text, "<109>1 2026-11-29T10:00:00Z house hygie 7 ledger-head - ");
	buf_str(text, buf_view(&line));
	buf_z(text, "\r\n");
	buf_done(&note);
	buf_done(&line);
	return r.size;
}

static struct ledger_heads
check(struct str text, const char *folder, enum rc expected)
{
	struct ledger_heads r;
	struct problem p = { 0 };

	assert_int_equal(ledger_heads_check(text, pub, folder, 0, &r, &p), expected);
	return r;
}

static void
a_head_is_its_note_and_the_other_way_round(void **state)
{
	struct buf note, line, again;
	struct ledger_head_of r;
	struct problem p;
	(void)state;

	grow(10, 1000);
	buf_init(&note, COSIGN_NOTE);
	buf_init(&line, 4096);
	buf_init(&again, COSIGN_NOTE);
	assert_int_equal(ledger_head_read(dir, NULL, &note, &line, &r, &p), RC_OK); /* of the ledger itself */
	struct str rest = buf_view(&line);
	assert_true(head_next(&rest, &again));
	assert_true(str_is(buf_view(&again), buf_view(&note)));
	assert_false(head_next(&rest, &again));
	for (size_t i = 0; i < line.n; i++)
		assert_true(line.p[i] >= ' ' && line.p[i] <= '~');
	/* with twenty witnesses: as many as fit */
	for (unsigned i = 0; i < 20; i++)
		buf_z(&note, "\xE2\x80\x94 essai.test/w AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
	buf_reset(&line);
	assert_true(head_put(buf_view(&note), &line));
	assert_true(line.n <= HEAD_LINE && line.n > HEAD_LINE - 140);
	rest = buf_view(&line);
	assert_true(head_next(&rest, &again));
	assert_true(str_starts(buf_view(&note), buf_view(&again)));
	static const char *const bad[] = { "", "a\n", "a\n1\nb\n", "a\n1\nb\n\n", "a\n1\nb\nc\n\n\xE2\x80\x94 a x\n", "a\n1\nb\n\n\xE2\x80\x94 b x\n", "a b\n1\nc\n\n\xE2\x80\x94 a b x\n" };
	for (unsigned i = 0; i < COUNT(bad); i++) {
		buf_reset(&line);
		assert_false(head_put(str_of(bad[i]), &line));
	}
	buf_done(&note);
	buf_done(&line);
	buf_done(&again);
}

static void
a_text_of_many_heads_is_judged_whole(void **state)
{
	struct buf text;
	uint64_t first = 0, last = 0;
	(void)state;

	buf_init(&text, 1u << 20);
	buf_z(&text, "From: x\n\nhygie-head \nhygie-head a\nhygie-head hygie/ledger/0000000000000000 12 AAAA BBBB\n");
	for (unsigned i = 0; i < 6; i++) {
		grow(1 + 130 * i, 1000);
		last = kept_put(&text);
		first = first ? first : last;
	}
	(void)kept_put(&text); /* twice */
	const char *const folders[] = { dir, out };
	for (unsigned i = 0; i < 2; i++) {
		struct ledger_heads r = check(buf_view(&text), folders[i], RC_OK);
		assert_true(r.good);
		assert_int_equal(r.heads, 8);
		assert_int_equal(r.others, 1);
		assert_int_equal(r.smallest, first);
		assert_int_equal(r.largest, last);
		assert_true(r.size >= last);
		(void)check(STR("nothing here"), folders[i], RC_NOT_FOUND);
	}
	struct file f = file_get(out, "checkpoint"); /* a checkpoint as it is */
	struct ledger_heads r = check((struct str){ (const char *)f.p, f.n }, dir, RC_OK);
	assert_true(r.good && r.heads == 1 && r.largest == last);
	free(f.p);
	buf_done(&text);
}

static void
the_first_contradiction_is_named(void **state)
{
	char fork_dir[DIR_MAX];
	struct buf text;
	uint64_t sizes[4];
	(void)state;

	buf_init(&text, 1u << 20);
	grow(100, 1000);
	sizes[0] = kept_put(&text);
	dir_make(fork_dir);
	dir_copy(dir, fork_dir);
	char origin[30] = "";
	memcpy(origin, memmem(text.p, text.n, "hygie/ledger/", 13), 29);
	buf_fmt(&text, "hygie-head %s 77 AAAA BBBB\n", origin); /* noise in the house's name hides nothing */
	grow(300, 2000);
	sizes[1] = kept_put(&text);
	grow(300, 3000);
	sizes[2] = kept_put(&text);
	dir_copy(fork_dir, dir);
	tree_of_files_remove(out);
	grow(400, 5000); /* another past: longer than the second head, shorter than the third */
	const char *const folders[] = { dir, out };
	for (unsigned i = 0; i < 2; i++) {
		struct ledger_heads r = check(STR("hygie-head hygie/ledger/0000000000000000 1 AAAA BBBB"), folders[i], RC_NOT_FOUND);
		r = check(buf_view(&text), folders[i], RC_OK);
		assert_false(r.good);
		assert_int_equal(r.bad_head, 3);
		assert_int_equal(r.unsigned_n, 1);
		assert_int_equal(r.bad_size, sizes[1]);
		assert_string_equal(r.what, "rewritten");
		struct str end = buf_view(&text);
		const char *third = end.p + end.n - 100; /* the third alone: more than there is */
		while (memcmp(third, "hygie-head ", 11) != 0)
			third--;
		r = check((struct str){ third, end.n - (size_t)(third - end.p) }, folders[i], RC_OK);
		assert_false(r.good);
		assert_string_equal(r.what, "truncated");
		assert_int_equal(r.bad_size, sizes[2]);
	}
	dir_remove(fork_dir);
	buf_done(&text);
}

static void
no_changed_head_is_good(void **state)
{
	struct buf text;
	(void)state;

	buf_init(&text, 1u << 20);
	grow(50, 1000);
	(void)kept_put(&text);
	grow(50, 1000);
	size_t from = 0;
	while (memcmp(text.p + from, "hygie-head ", 11) != 0)
		from++;
	for (size_t i = from; i < text.n - 2; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct ledger_heads r;
			struct problem p;
			text.p[i] = (char)(text.p[i] ^ (1 << bit));
			enum rc rc = ledger_heads_check(buf_view(&text), pub, out, 0, &r, &p);
			assert_true(rc == RC_NOT_FOUND || (rc == RC_OK && !r.good));
			text.p[i] = (char)(text.p[i] ^ (1 << bit));
		}
	assert_true(check(buf_view(&text), out, RC_OK).good);
	buf_done(&text);
}

#define EACH(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH("a head is its note, and the other way round", a_head_is_its_note_and_the_other_way_round),
		EACH("a text of many heads is judged whole", a_text_of_many_heads_is_judged_whole),
		EACH("the first contradiction is named", the_first_contradiction_is_named),
		EACH("no changed head is good", no_changed_head_is_good),
	};
	return cmocka_run_group_tests_name("ledger/head", tests, NULL, NULL);
}
