/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/cosign, publish: what witnesses sign under a checkpoint counts when it verifies, once a key, for this head only; nothing else is ever published. */
#include "house.h"

#include "base/clock.h"
#include "codec/base64.h"
#include "ledger/cosign.h"
#include "ledger/publish.h"
#include "ledger/witness.h"

#include <sodium.h>

#define NOW 1795000000

struct one { struct cosign_key key; unsigned char secret[SIGNING_SECRET]; };
static struct signing_key house, elsewhere;
static struct one w1, w2, stranger;
static unsigned char root[SHA_LEN] = { 1, 2, 3 };
static char dir[DIR_MAX], out[DIR_MAX];

static void
one_make(struct one *w, const char *name)
{
	unsigned char pub[SIGNING_PUB];

	crypto_sign_keypair(pub, w->secret);
	cosign_key_make(pub, str_of(name), &w->key);
}

static void
house_make(struct signing_key *key)
{
	char at[DIR_MAX];
	struct problem p;

	dir_make(at);
	int fd = open(at, O_RDONLY | O_DIRECTORY);
	assert_int_equal(signing_key_read(fd, true, key, &p), RC_OK);
	close(fd);
	dir_remove(at);
}

static int
set_up(void **state)
{
	(void)state;
	house_make(&house);
	house_make(&elsewhere);
	one_make(&w1, "essai.test/w1");
	one_make(&w2, "essai.test/w2");
	one_make(&stranger, "essai.test/w1"); /* the same name */
	dir_make(dir);
	dir_make(out);
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

static struct buf
note_of(const struct signing_key *key, uint64_t size)
{
	struct buf note;

	buf_init(&note, COSIGN_NOTE);
	signing_put(key, size, root, &note);
	return note;
}

static struct str
body_of(const struct buf *note)
{
	struct str rest = buf_view(note);

	for (unsigned i = 0; i < 3; i++)
		(void)str_cut(rest, '\n', &rest);
	return (struct str){ note->p, (size_t)(rest.p - note->p) };
}

/* Signs the body of `of` under `note`. */
static void
sign(struct buf *note, const struct one *w, const struct buf *of, int64_t at_s)
{
	struct buf line;

	buf_init(&line, 4096);
	cosign_put(&w->key, w->secret, body_of(of), at_s, &line);
	buf_str(note, buf_view(&line));
	buf_done(&line);
}

static enum cosign_is
judge(const struct buf *note, const struct one *w, const struct buf *old, int64_t not_before_s)
{
	struct cosign_note read;
	int64_t at_s;

	assert_int_equal(cosign_note_read(&house, buf_view(note), &read), RC_OK);
	enum cosign_is is = cosign_judge(&w->key, read.body, read.lines, old ? body_of(old) : STR_NONE, NOW, not_before_s, &at_s);
	assert_true((is == COSIGN_GOOD) <= (at_s > 0));
	return is;
}

static void
a_good_line_counts_and_a_missing_one_is_named(void **state)
{
	struct buf note = note_of(&house, 1000);
	struct cosign_note read;
	(void)state;

	sign(&note, &w1, &note, NOW - 5);
	assert_int_equal(judge(&note, &w1, NULL, INT64_MIN), COSIGN_GOOD);
	assert_int_equal(judge(&note, &w2, NULL, INT64_MIN), COSIGN_MISSING);
	assert_int_equal(judge(&note, &w1, NULL, NOW - 5), COSIGN_GOOD);
	assert_int_equal(judge(&note, &w1, NULL, NOW - 4), COSIGN_STALE);
	assert_int_equal(cosign_note_read(&house, buf_view(&note), &read), RC_OK);
	assert_int_equal(read.size, 1000);
	assert_memory_equal(read.root, root, SHA_LEN);
	struct buf alone = note_of(&house, 1000);
	assert_true(str_is((struct str){ read.own, read.own_n }, buf_view(&alone)));
	buf_done(&alone);
	buf_done(&note);
}

static void
a_line_of_another_key_head_or_ledger_is_false(void **state)
{
	struct buf note = note_of(&house, 1000), older = note_of(&house, 900), other = note_of(&elsewhere, 1000), got;
	(void)state;

	got = note_of(&house, 1000);
	sign(&got, &stranger, &note, NOW); /* wrong key under a known name: its key hash is another, so it is nobody's line */
	assert_int_equal(judge(&got, &w1, NULL, INT64_MIN), COSIGN_MISSING);
	buf_done(&got);

	got = note_of(&house, 1000);
	sign(&got, &w1, &other, NOW); /* wrong origin */
	assert_int_equal(judge(&got, &w1, NULL, INT64_MIN), COSIGN_FALSE);
	buf_done(&got);

	got = note_of(&house, 1000);
	sign(&got, &w1, &older, NOW); /* older size */
	assert_int_equal(judge(&got, &w1, NULL, INT64_MIN), COSIGN_FALSE);
	assert_int_equal(judge(&got, &w1, &older, INT64_MIN), COSIGN_STALE);
	buf_done(&got);

	root[0] ^= 1; /* another body under the same size */
	got = note_of(&house, 1000);
	root[0] ^= 1;
	sign(&got, &w1, &note, NOW);
	assert_int_equal(judge(&got, &w1, NULL, INT64_MIN), COSIGN_FALSE);
	buf_done(&got);

	got = note_of(&house, 1000);
	sign(&got, &w1, &note, NOW + COSIGN_AHEAD_S + 1); /* a clock that nobody has */
	assert_int_equal(judge(&got, &w1, NULL, INT64_MIN), COSIGN_FALSE);
	buf_done(&got);
	buf_done(&note);
	buf_done(&older);
	buf_done(&other);
}

/* Four bytes of key hash are soon met by chance or made by work: the line of another key may bear the name and the hash of this one. */
static void
a_collision_of_key_hashes_neither_counts_nor_hides_the_good_line(void **state)
{
	struct one forged = stranger;
	struct buf note = note_of(&house, 1000);
	(void)state;

	memcpy(forged.key.id, w1.key.id, sizeof forged.key.id);
	sign(&note, &forged, &note, NOW);
	assert_int_equal(judge(&note, &w1, NULL, INT64_MIN), COSIGN_FALSE);
	sign(&note, &w1, &note, NOW);
	sign(&note, &forged, &note, NOW);
	assert_int_equal(judge(&note, &w1, NULL, INT64_MIN), COSIGN_GOOD);
	buf_done(&note);
}

static void
a_witness_counts_once(void **state)
{
	struct cosign_keys keys;
	struct problem p;
	struct buf text, note = note_of(&house, 1000), kept;
	struct one alias = w1;
	(void)state;

	sign(&note, &w1, &note, NOW - 20);
	sign(&note, &w1, &note, NOW - 10);
	sign(&note, &w1, &note, NOW - 30);
	buf_init(&text, 4096);
	buf_init(&kept, COSIGN_NOTE);
	cosign_key_put(&w1.key, &text);
	cosign_key_put(&w2.key, &text);
	assert_int_equal(cosign_keys_parse(buf_view(&text), &keys, &p), RC_OK);
	struct cosign_note read;
	assert_int_equal(cosign_note_read(&house, buf_view(&note), &read), RC_OK);
	assert_int_equal(cosign_keep(&keys, read.body, read.lines, NOW, &kept), 1);
	struct buf newest;
	buf_init(&newest, 4096);
	cosign_put(&w1.key, w1.secret, read.body, NOW - 10, &newest);
	assert_true(str_is(buf_view(&kept), buf_view(&newest)));
	buf_done(&newest);

	cosign_key_put(&w1.key, &text);
	assert_int_equal(cosign_keys_parse(buf_view(&text), &keys, &p), RC_CONFLICT);
	buf_reset(&text);
	cosign_key_make(w1.key.pub, STR("essai.test/alias"), &alias.key);
	cosign_key_put(&w1.key, &text);
	cosign_key_put(&alias.key, &text);
	assert_int_equal(cosign_keys_parse(buf_view(&text), &keys, &p), RC_CONFLICT); /* one key, two names */
	buf_done(&text);
	buf_done(&kept);
	buf_done(&note);
}

static void
a_key_has_one_form(void **state)
{
	struct cosign_keys keys;
	struct problem p;
	struct buf text;
	(void)state;

	buf_init(&text, 1u << 16);
	cosign_key_put(&w1.key, &text);
	for (size_t i = 0; i + 1 < text.n; i++)
		for (unsigned bit = 0; bit < 7; bit++) {
			text.p[i] = (char)(text.p[i] ^ (1 << bit));
			assert_true(cosign_keys_parse(buf_view(&text), &keys, &p) != RC_OK || keys.n == 0); /* 0: the line became a comment */
			text.p[i] = (char)(text.p[i] ^ (1 << bit));
		}
	buf_z(&text, "\n# a comment\n\n");
	assert_int_equal(cosign_keys_parse(buf_view(&text), &keys, &p), RC_OK);
	assert_int_equal(keys.n, 1);
	buf_reset(&text);
	for (unsigned i = 0; i < COSIGN_KEYS + 1; i++) {
		struct one w;
		one_make(&w, "essai.test/many");
		cosign_key_put(&w.key, &text);
	}
	assert_int_equal(cosign_keys_parse(buf_view(&text), &keys, &p), RC_LIMIT);
	buf_done(&text);
}

static void
of_a_changed_note_nothing_changed_is_believed(void **state)
{
	struct buf note = note_of(&house, 1000);
	struct cosign_note read;
	int64_t at_s;
	(void)state;

	size_t own = note.n;
	sign(&note, &w1, &note, NOW);
	for (size_t i = 0; i < note.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			note.p[i] = (char)(note.p[i] ^ (1 << bit));
			enum rc rc = cosign_note_read(&house, buf_view(&note), &read);
			assert_true(i >= own || rc == RC_BAD_INPUT);
			assert_true(rc != RC_OK || cosign_judge(&w1.key, read.body, read.lines, STR_NONE, NOW, INT64_MIN, &at_s) != COSIGN_GOOD);
			note.p[i] = (char)(note.p[i] ^ (1 << bit));
		}
	for (size_t n = 0; n < note.n; n++)
		assert_true(cosign_note_read(&house, (struct str){ note.p, n }, &read) == (n == own ? RC_OK : RC_BAD_INPUT));
	assert_int_equal(cosign_note_read(&elsewhere, buf_view(&note), &read), RC_BAD_INPUT);
	struct buf again;
	buf_init(&again, COSIGN_NOTE);
	buf_str(&again, buf_view(&note));
	buf_put(&again, note.p + body_of(&note).n + 1, own - body_of(&note).n - 1); /* its own line twice */
	assert_int_equal(cosign_note_read(&house, buf_view(&again), &read), RC_BAD_INPUT);
	buf_done(&again);
	for (unsigned i = 0; i < COSIGN_LINES; i++)
		sign(&note, &w2, &note, NOW);
	assert_int_equal(cosign_note_read(&house, buf_view(&note), &read), RC_BAD_INPUT); /* too many */
	buf_done(&note);
}

/* ---- published ---- */

static void
grow(unsigned n)
{
	struct ledger *l = open_at(dir, SMALL);

	add_many(l, n);
	ledger_close(&l);
}

struct asks { struct ledger_asks in; /* first */ unsigned called; uint64_t from, size; };

/* Both witnesses sign, a stranger too, and some noise comes with it. */
static void
ask(struct ledger_asks *in, const struct ledger_head *h, struct buf *lines)
{
	struct asks *a = (struct asks *)in;
	struct buf note, body;
	struct problem p;

	a->called++;
	a->size = h->size;
	buf_init(&note, COSIGN_NOTE);
	buf_init(&body, COSIGN_NOTE);
	buf_str(&note, h->note);
	buf_z(lines, "\xE2\x80\x94 \n<html>\n\n");
	sign(lines, &w1, &note, clock_ms() / 1000);
	sign(lines, &stranger, &note, clock_ms() / 1000);
	sign(lines, &w2, &note, clock_ms() / 1000);
	buf_z(lines, "what is this\n");
	assert_int_equal(h->grown(h, a->from, &body, &p), RC_OK);
	assert_int_equal(h->grown(h, h->size + 1, &body, &p), RC_CONFLICT);
	buf_done(&body);
	buf_done(&note);
}

static void
quiet(struct ledger_asks *in, const struct ledger_head *h, struct buf *lines)
{
	(void)h, (void)lines;
	((struct asks *)in)->called++;
}

static struct ledger_witnessed
check(struct str keys, struct str old)
{
	struct file f = file_get(out, "checkpoint");
	char pub[2 * DIR_MAX];
	struct ledger_witnessed r;
	struct problem p = { 0 };

	(void)snprintf(pub, sizeof pub, "%s/ledger.pub", dir);
	assert_int_equal(ledger_cosignatures_check((struct str){ (const char *)f.p, f.n }, pub, NULL, keys, old, clock_ms() / 1000, 0, &r, &p), RC_OK);
	free(f.p);
	return r;
}

static void
what_is_published_keeps_what_belongs_to_its_head(void **state)
{
	struct buf keys, kept, lines;
	struct ledger_published r;
	struct ledger_verdict v;
	struct problem p;
	unsigned n;
	(void)state;

	buf_init(&keys, 4096);
	buf_init(&lines, 4096);
	cosign_key_put(&w1.key, &keys);
	cosign_key_put(&w2.key, &keys);
	grow(300);
	struct asks a = { { buf_view(&keys), ask }, 0, 0, 0 };
	assert_int_equal(ledger_publish(dir, out, &a.in, &r, &p), RC_OK);
	assert_int_equal(r.cosigned, 2);
	assert_int_equal(a.size, r.size);
	struct ledger_witnessed w = check(buf_view(&keys), STR_NONE);
	assert_int_equal(w.good, 2);
	assert_string_equal(w.of[1].name, "essai.test/w2");
	assert_int_equal(ledger_published_verify(out, NULL, STR_NONE, NULL, &v, &p), RC_OK);
	assert_true(v.good);

	a.in.ask = quiet; /* nobody answers: the same head keeps what it has */
	assert_int_equal(ledger_publish(dir, out, &a.in, &r, &p), RC_OK);
	assert_int_equal(r.cosigned, 2);
	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_OK);
	assert_int_equal(r.cosigned, 2);

	struct file f = file_get(out, "checkpoint");
	buf_init(&kept, COSIGN_NOTE);
	buf_put(&kept, f.p, f.n);
	free(f.p);
	grow(100); /* a further head: nothing of the old one stays */
	assert_int_equal(ledger_publish(dir, out, &a.in, &r, &p), RC_OK);
	assert_int_equal(r.cosigned, 0);
	w = check(buf_view(&keys), buf_view(&kept));
	assert_int_equal(w.good, 0);
	assert_int_equal(w.of[0].is, LEDGER_COSIGN_MISSING);

	struct cosign_note old;
	struct signing_key key;
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(signing_pub_read(fd, "ledger.pub", &key, &p), RC_OK);
	close(fd);
	assert_int_equal(cosign_note_read(&key, buf_view(&kept), &old), RC_OK);
	assert_int_equal(ledger_publish_cosigned(out, NULL, buf_view(&keys), old.lines, &n, &p), RC_BAD_INPUT); /* of the old head */
	f = file_get(out, "checkpoint");
	struct buf now;
	buf_init(&now, COSIGN_NOTE);
	buf_put(&now, f.p, f.n);
	free(f.p);
	sign(&lines, &w2, &now, clock_ms() / 1000);
	assert_int_equal(ledger_publish_cosigned(out, NULL, buf_view(&keys), buf_view(&lines), &n, &p), RC_OK);
	assert_int_equal(n, 1);
	buf_reset(&lines);
	sign(&lines, &w1, &now, clock_ms() / 1000);
	assert_int_equal(ledger_publish_cosigned(out, NULL, buf_view(&keys), buf_view(&lines), &n, &p), RC_OK);
	assert_int_equal(n, 2);
	assert_int_equal(check(buf_view(&keys), STR_NONE).good, 2);

	buf_str(&now, old.lines); /* somebody puts the lines of the old head under the new one */
	assert_int_equal(cosign_note_read(&key, buf_view(&now), &old), RC_BAD_INPUT); /* the ledger's own line is there twice */
	a.from = 250;
	a.in.ask = ask;
	assert_int_equal(ledger_publish(dir, out, &a.in, &r, &p), RC_OK);
	assert_int_equal(r.cosigned, 2);
	a.in.keys = STR("not a key\n");
	n = a.called;
	assert_int_equal(ledger_publish(dir, out, &a.in, &r, &p), RC_BAD_INPUT);
	assert_int_equal(a.called, n);
	buf_done(&now);
	buf_done(&kept);
	buf_done(&keys);
	buf_done(&lines);
}

#define EACH(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH("a good line counts and a missing one is named", a_good_line_counts_and_a_missing_one_is_named),
		EACH("a line of another key, head or ledger is false", a_line_of_another_key_head_or_ledger_is_false),
		EACH("a collision of key hashes neither counts nor hides the good line", a_collision_of_key_hashes_neither_counts_nor_hides_the_good_line),
		EACH("a witness counts once", a_witness_counts_once),
		EACH("a key has one form", a_key_has_one_form),
		EACH("of a changed note nothing that changed is believed", of_a_changed_note_nothing_changed_is_believed),
		EACH("what is published keeps what belongs to its head", what_is_published_keeps_what_belongs_to_its_head),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("ledger/cosign", tests, NULL, NULL);
}
