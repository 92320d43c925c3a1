/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/people, who: each entry that names a patient is proven, and that there is no other; what is left out, put in, changed or of before is found. */
#include "house.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "ledger/inner.h"
#include "ledger/people.h"
#include "ledger/publish.h"
#include "ledger/who.h"

#define PATIENTS 40 /* numbers 10, 20 … 400: room between, before and behind */
#define MOST     3000

static char dir[DIR_MAX], out[DIR_MAX];
static struct { int64_t patient; uint64_t number; } look[MOST];
static unsigned n_looks;
static struct stream dice;

static int
set_up(void **state)
{
	(void)state;
	dir_make(dir);
	dir_make(out);
	n_looks = 0;
	dice = stream_of(20261129, 3);
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
looked(int64_t patient, uint64_t number)
{
	for (unsigned i = 0; i < n_looks; i++)
		if (look[i].patient == patient && look[i].number == number)
			return; /* twice in one entry */
	assert_true(n_looks < MOST);
	look[n_looks].patient = patient;
	look[n_looks++].number = number;
}

static void
add_looks(struct ledger *l, unsigned n)
{
	struct problem p = { 0 };
	uint64_t last = 0;

	for (unsigned i = 0; i < n; i++) {
		struct ledger_patient of[3];
		struct ledger_entry e = { .kind = i % 5 == 3 ? LEDGER_REFUSAL : i % 5 == 4 ? LEDGER_INTENT : LEDGER_RELEASE, .tier = TIER_CLINICAL, .reveals = REVEALS_ONE_PATIENT,
			.route = STR("/patient/:patient"), .account = 1 + i % 7, .patients = of, .n_patients = stream_below(&dice, 4) };
		for (unsigned k = 0; k < e.n_patients; k++)
			of[k] = (struct ledger_patient){ .patient = 10 * (1 + stream_below(&dice, PATIENTS)), .explain = EXPLAIN_UNIT, .tier = TIER_CLINICAL };
		assert_int_equal(ledger_append(l, &e, &p), RC_OK);
		for (unsigned k = 0; k < e.n_patients; k++)
			looked(of[k].patient, e.number);
		last = e.number;
	}
	assert_true(ledger_sync(l, last));
}

/* A snapshot names whom an account opened: that is no look. */
static void
add_snapshot(struct ledger *l)
{
	struct ledger_patient of = { .patient = 10, .explain = EXPLAIN_UNIT, .tier = TIER_CLINICAL };
	struct ledger_entry e = { .kind = LEDGER_SNAPSHOT, .patients = &of, .n_patients = 1, .account = 1 }, end = { .kind = LEDGER_SNAPSHOT_END };
	struct problem p = { 0 };

	assert_int_equal(ledger_append(l, &e, &p), RC_OK);
	end.about = e.number;
	assert_int_equal(ledger_append(l, &end, &p), RC_OK);
	assert_true(ledger_sync(l, end.number));
}

static void
bind(struct ledger *l)
{
	struct problem p = { 0 };

	if (ledger_bind(l, &p) != RC_OK) {
		print_error("bind: %s: %s\n", p.where, p.detail);
		fail();
	}
}

static void
publish(void)
{
	struct ledger_published r;
	struct problem p = { 0 };

	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_OK);
}

static const char *
in(const char *at, const char *name)
{
	static char path[2][2 * DIR_MAX];
	static unsigned turn;

	turn = !turn;
	(void)snprintf(path[turn], sizeof path[turn], "%s/%s", at, name);
	return path[turn];
}

struct seen { struct ledger_who_each each; uint64_t number[MOST]; unsigned n; };
static void
see(struct ledger_who_each *each, const struct ledger_entry *e)
{
	struct seen *s = (struct seen *)each;

	assert_true(s->n < MOST);
	s->number[s->n++] = e->number;
}

static enum rc
check(struct str text, struct seen *s, struct ledger_who *r, struct problem *p)
{
	s->each.entry = see;
	s->n = 0;
	return ledger_who_check(text, in(dir, "ledger.pub"), in(out, "epochs"), &s->each, r, p);
}

static void
prove(int64_t patient, struct buf *text)
{
	struct problem p = { 0 };

	buf_init(text, LEDGER_WHO_BYTES);
	if (ledger_who_prove(dir, out, NULL, patient, text, &p) != RC_OK) {
		print_error("prove %lld: %s: %s\n", (long long)patient, p.where, p.detail);
		fail();
	}
}

/* The proof of each patient lists what we know, up to where it speaks. */
static void
all_are_proven(uint64_t since)
{
	static struct seen s;
	struct ledger_who r;
	struct problem p = { 0 };
	struct buf text;

	for (int64_t patient = 5; patient <= 10 * PATIENTS + 5; patient += 5) {
		prove(patient, &text);
		if (check(buf_view(&text), &s, &r, &p) != RC_OK) {
			print_error("%lld: %s: %s\n", (long long)patient, p.where, p.detail);
			fail();
		}
		unsigned n = 0;
		for (unsigned i = 0; i < n_looks; i++)
			if (look[i].patient == patient && look[i].number <= r.covered)
				assert_int_equal(s.number[n++], look[i].number);
		assert_int_equal(n, s.n);
		assert_int_equal(r.n, n);
		assert_int_equal(r.patient, patient);
		assert_int_equal(r.since, since);
		assert_true(r.covered < r.size);
		buf_done(&text);
	}
}

static void
who_looked_is_proven_and_that_nobody_else_did(void **state)
{
	struct ledger_people_verdict v;
	struct problem p = { 0 };
	(void)state;

	struct ledger *l = open_at(dir, SMALL);
	for (unsigned i = 0; i < 4; i++) {
		add_looks(l, 120);
		add_snapshot(l);
		bind(l);
		if (i == 2)
			assert_int_equal(ledger_epoch_next(l, &p), RC_OK);
	}
	uint64_t to = look[n_looks - 1].number;
	add_looks(l, 20); /* not yet covered */
	ledger_close(&l);
	publish();
	all_are_proven(1);
	assert_int_equal(ledger_people_check(dir, &v, &p), RC_OK);
	assert_true(v.good && v.covered >= to && v.patients <= PATIENTS);
	verify_good(dir);
}

static void
nobody_at_all(void **state)
{
	static struct seen s;
	struct ledger_who r;
	struct problem p = { 0 };
	struct buf text;
	(void)state;

	struct ledger *l = open_at(dir, SMALL);
	buf_init(&text, LEDGER_WHO_BYTES);
	publish();
	assert_int_equal(ledger_who_prove(dir, out, NULL, 7, &text, &p), RC_NOT_FOUND); /* nothing was bound */
	bind(l);
	assert_int_equal(ledger_who_prove(dir, out, NULL, 7, &text, &p), RC_NOT_FOUND); /* not published yet */
	buf_done(&text);
	ledger_close(&l);
	publish();
	prove(7, &text);
	assert_int_equal(check(buf_view(&text), &s, &r, &p), RC_OK);
	assert_int_equal(r.n, 0);
	buf_done(&text);
}

/* From one line that begins so to the next line that begins with another section. */
static struct str
section(struct str text, const char *word, unsigned nth)
{
	const char *at = text.p;
	char mark[32];

	(void)snprintf(mark, sizeof mark, "\n%s ", word);
	for (unsigned i = 0; at && i <= nth; i++)
		at = (at = memmem(at + (i > 0), (size_t)(text.p + text.n - at - (i > 0)), mark, strlen(mark))) ? at : NULL;
	if (!at)
		return STR_NONE;
	const char *end = memmem(at + 1, (size_t)(text.p + text.n - at - 1), "\n\n", 2);
	return (struct str){ at + 1, (size_t)(end + 2 - at - 1) };
}

/* a, with its piece put for another: count said of entries too when given. */
static void
expect_refused(struct str text, struct str piece, struct str instead, int more, const char *what)
{
	static struct seen s;
	struct ledger_who r;
	struct problem p = { 0 };
	struct buf forged;
	struct str rest = text, line;
	uint64_t n;

	buf_init(&forged, LEDGER_WHO_BYTES);
	for (unsigned i = 0; i < 2; i++) {
		buf_str(&forged, str_cut(rest, '\n', &rest));
		buf_ch(&forged, '\n');
	}
	line = str_cut(rest, '\n', &rest);
	assert_int_equal(str_u64((struct str){ line.p + 8, line.n - 8 }, &n), RC_OK);
	buf_fmt(&forged, "entries %llu\n", (unsigned long long)n + (unsigned long long)more);
	buf_put(&forged, rest.p, (size_t)(piece.p - rest.p));
	buf_str(&forged, instead);
	buf_put(&forged, piece.p + piece.n, (size_t)(text.p + text.n - piece.p - piece.n));
	enum rc rc = check(buf_view(&forged), &s, &r, &p);
	if (rc != RC_BAD_INPUT) {
		print_error("%s: rc %d\n", what, rc);
		fail();
	}
	buf_done(&forged);
}

static void
what_is_not_so_is_refused(void **state)
{
	struct buf a, b, old;
	struct str two;
	(void)state;

	struct ledger *l = open_at(dir, SMALL);
	add_looks(l, 200);
	bind(l);
	ledger_close(&l);
	publish();
	prove(10, &old);
	l = open_at(dir, SMALL);
	add_looks(l, 400);
	bind(l);
	ledger_close(&l);
	publish();
	prove(10, &a);
	prove(20, &b);
	struct str text = buf_view(&a), other = buf_view(&b);
	two = section(text, "entry", 1);
	assert_true(two.n > 0 && section(text, "entry", 5).n > 0);
	expect_refused(text, two, STR_NONE, -1, "an entry left out");
	expect_refused(text, section(text, "entry", 0), STR_NONE, -1, "the first entry left out");
	expect_refused(text, two, two, -1, "a count changed");
	expect_refused(text, two, two, 1, "a count changed upwards");
	for (unsigned i = 0; section(other, "entry", i + 1).n; i++) {
		struct buf both;
		buf_init(&both, 1u << 20);
		buf_str(&both, two);
		buf_str(&both, section(other, "entry", i));
		expect_refused(text, two, buf_view(&both), 1, "an entry of another patient put in");
		expect_refused(text, two, section(other, "entry", i), 0, "an entry of another patient for one of this");
		buf_done(&both);
	}
	expect_refused(text, section(text, "leaf", 0), section(other, "leaf", 0), 0, "another patient's place");
	/* The place and the root of before, under the head of now: the entries that came since are left out with them. */
	unsigned n_old = 0, n_now = 0;
	while (section(buf_view(&old), "entry", n_old + 1).n)
		n_old++;
	while (section(text, "entry", n_now + 1).n)
		n_now++;
	assert_true(n_old < n_now);
	expect_refused(text, section(text, "leaf", 0), section(buf_view(&old), "leaf", 0), 0, "the place of before");
	expect_refused(text, section(text, "entry", n_now), section(buf_view(&old), "entry", n_old), 0, "the root of before");
	/* A text of before is good for what it speaks of, which is told: it reaches less far. */
	static struct seen s;
	struct ledger_who r_old, r_now;
	struct problem p = { 0 };
	assert_int_equal(check(buf_view(&old), &s, &r_old, &p), RC_OK);
	assert_int_equal(check(text, &s, &r_now, &p), RC_OK);
	assert_true(r_old.covered < r_now.covered && r_old.size < r_now.size && r_old.n == n_old && r_now.n == n_now);
	for (size_t i = 0; i < a.n; i += 1 + stream_below(&dice, 7)) {
		a.p[i] ^= 2;
		assert_int_equal(check(text, &s, &r_now, &p), RC_BAD_INPUT);
		a.p[i] ^= 2;
		assert_int_equal(check((struct str){ a.p, i }, &s, &r_now, &p), RC_BAD_INPUT);
	}
	buf_done(&a);
	buf_done(&b);
	buf_done(&old);
}

static void
nobody_is_not_said_of_who_was_looked_at(void **state)
{
	struct buf a, b;
	(void)state;

	struct ledger *l = open_at(dir, SMALL);
	add_looks(l, 200);
	bind(l);
	ledger_close(&l);
	publish();
	prove(15, &a); /* nobody's: between 10 and 20 */
	static struct seen s;
	struct ledger_who r;
	struct problem p = { 0 };
	assert_int_equal(check(buf_view(&a), &s, &r, &p), RC_OK);
	struct str text = buf_view(&a), patient = section(text, "patient", 0);
	assert_true(patient.n > 0);
	for (int64_t of = 10; of <= 20; of += 5) { /* the same neighbours do not do for others */
		char line[32];
		struct buf forged;
		int n = snprintf(line, sizeof line, "hygie-who/v1\npatient %lld", (long long)of);
		buf_init(&forged, LEDGER_WHO_BYTES);
		buf_put(&forged, line, (size_t)n);
		const char *rest = strchr(strchr(a.p, '\n') + 1, '\n');
		buf_put(&forged, rest, (size_t)(a.p + a.n - rest));
		assert_int_equal(check(buf_view(&forged), &s, &r, &p), of == 15 ? RC_OK : RC_BAD_INPUT);
		buf_done(&forged);
	}
	prove(25, &b);
	expect_refused(text, section(text, "leaf", 1), section(buf_view(&b), "leaf", 1), 0, "neighbours that are none");
	expect_refused(text, section(text, "leaf", 1), STR_NONE, 0, "one neighbour");
	buf_done(&a);
	buf_done(&b);
}

static void
erasing_leaves_proofs_valid(void **state)
{
	struct ledger_people_verdict v;
	struct problem p = { 0 };
	int64_t now = clock_ms();
	uint64_t n;
	(void)state;

	clock_set(now - 1000000);
	struct ledger *l = open_at(dir, SMALL);
	add_looks(l, 150);
	bind(l);
	add_looks(l, 50); /* not bound when the wipe is asked for: it is then, first */
	clock_set(now);
	assert_int_equal(ledger_erase_personal(l, now - 500000, &n, &p), RC_OK);
	assert_true(n > 200);
	add_looks(l, 100);
	bind(l);
	ledger_close(&l);
	publish();
	all_are_proven(1);
	assert_int_equal(ledger_people_check(dir, &v, &p), RC_GONE);
	verify_good(dir);
	clock_set(0);
}

static void
what_was_wiped_before_it_was_bound_is_said(void **state)
{
	struct problem p = { 0 };
	int64_t now = clock_ms();
	uint64_t n, last = 0;
	(void)state;

	clock_set(now - 1000000);
	struct ledger *l = open_at(dir, SMALL);
	add_looks(l, 150);
	last = ledger_head(l);
	n_looks = 0;
	clock_set(now);
	assert_int_equal(ledger_erase_personal(l, now - 500000, &n, &p), RC_OK);
	add_looks(l, 100);
	bind(l);
	ledger_close(&l);
	publish();
	all_are_proven(last + 1);
	clock_set(0);
}

static void
a_crash_in_the_middle_is_made_good(void **state)
{
	(void)state;
	struct ledger *l = open_at(dir, SMALL);
	add_looks(l, 100);
	bind(l);
	ledger_close(&l);
	struct file looks = file_get(dir, PEOPLE_LOOKS);
	unsigned char *longer = calloc(1, looks.n + 999);
	memcpy(longer, looks.p, looks.n);
	memset(longer + looks.n, 0xA5, 999);
	file_put(dir, PEOPLE_LOOKS, longer, looks.n + 999); /* looks of a map that did not come to be */
	file_put(dir, PEOPLE_FILE ".tmp", "half", 4);
	free(longer);
	free(looks.p);
	l = open_at(dir, SMALL);
	add_looks(l, 100);
	bind(l);
	ledger_close(&l);
	publish();
	all_are_proven(1);
}

static void
a_changed_map_is_found(void **state)
{
	struct ledger_people_verdict v;
	struct problem p = { 0 };
	unsigned found = 0, tried = 0;
	(void)state;

	struct ledger *l = open_at(dir, SMALL);
	add_looks(l, 100);
	bind(l);
	ledger_close(&l);
	publish();
	struct file map = file_get(dir, PEOPLE_FILE);
	for (size_t i = 64; i < 64 + 72 * (size_t)PATIENTS / 2; i += 5) {
		if ((i - 64) % 72 >= 16 && (i - 64) % 72 < 24) /* the place of the last look is not what the root is over */
			continue;
		map.p[i] ^= 1;
		file_put(dir, PEOPLE_FILE, map.p, map.n);
		map.p[i] ^= 1;
		tried++;
		found += ledger_people_check(dir, &v, &p) == RC_OK && !v.good;
	}
	assert_int_equal(found, tried);
	file_put(dir, PEOPLE_FILE, map.p, map.n);
	assert_int_equal(ledger_people_check(dir, &v, &p), RC_OK);
	assert_true(v.good);
	free(map.p);
}

static void
it_is_bound_by_itself(void **state)
{
	struct ledger_settings s = { .dir = dir, .segment_bytes = SMALL, .bind_s = 1 };
	struct ledger *l = NULL;
	struct problem p = { 0 };
	struct people map;
	bool good = false;
	(void)state;

	assert_int_equal(ledger_open(&s, &l, &p), RC_OK);
	add_looks(l, 50);
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	for (unsigned i = 0; i < 100 && !good; i++) {
		usleep(100000);
		if (people_open(fd, &map, &p) == RC_OK)
			good = map.head.n > 0;
		people_close(&map);
	}
	assert_true(good);
	close(fd);
	ledger_close(&l);
	publish();
	all_are_proven(1);
}

#define ROOM(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM("who looked is proven, and that nobody else did", who_looked_is_proven_and_that_nobody_else_did),
		ROOM("where nobody ever looked at anybody it is said", nobody_at_all),
		ROOM("an entry left out, one of another put in, a root of before, a changed count: each is refused", what_is_not_so_is_refused),
		ROOM("that nobody looked is not said of who was looked at", nobody_is_not_said_of_who_was_looked_at),
		ROOM("erasing personal parts leaves the proofs valid", erasing_leaves_proofs_valid),
		ROOM("what was wiped before it was bound is said", what_was_wiped_before_it_was_bound_is_said),
		ROOM("a crash in the middle is made good", a_crash_in_the_middle_is_made_good),
		ROOM("a map that was changed is found", a_changed_map_is_found),
		ROOM("the map is bound by itself after its time", it_is_bound_by_itself),
	};
	log_min(LOG_ERROR + 1);
	if (getenv("HYGIE_ONLY"))
		cmocka_set_test_filter(getenv("HYGIE_ONLY"));
	return cmocka_run_group_tests_name("ledger/people", tests, NULL, NULL);
}
