/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/ledger, read, places: open, append, wait, read, wipe, close. */
#include "house.h"

#include "base/clock.h"

#include <pthread.h>
#include <semaphore.h>

static char dir[DIR_MAX];

static int
set_up(void **state)
{
	(void)state;
	dir_make(dir);
	clock_set(0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	clock_set(0);
	dir_remove(dir);
	return 0;
}

static void
a_second_writer_is_refused(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	struct problem p;
	(void)state;

	assert_int_equal(open_fails(dir, &p), RC_CONFLICT);
	assert_int_equal(p.why, WHY_LEDGER_LOCKED);
	ledger_close(&l);
	assert_null(l);
	assert_int_equal(open_fails(dir, &p), RC_OK);
}

static void
a_missing_key_is_refused(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	char path[2 * DIR_MAX];
	struct problem p;
	(void)state;

	ledger_close(&l);
	(void)snprintf(path, sizeof path, "%s/ledger.key", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(open_fails(dir, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_CORRUPT);
}

static void
an_emptied_directory_with_its_checkpoint_left_is_refused(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	struct problem p;
	(void)state;

	add_many(l, 10);
	ledger_close(&l);
	struct file note = file_get(dir, "checkpoint"), key = file_get(dir, "ledger.key"), pub = file_get(dir, "ledger.pub");
	dir_empty(dir);
	file_put(dir, "checkpoint", note.p, note.n);
	file_put(dir, "ledger.key", key.p, key.n);
	file_put(dir, "ledger.pub", pub.p, pub.n);
	assert_int_equal(open_fails(dir, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_CORRUPT);
	free(note.p), free(key.p), free(pub.p);
}

static void
a_missing_checkpoint_file_is_refused(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	char path[2 * DIR_MAX];
	struct problem p;
	(void)state;

	add_many(l, 10);
	ledger_close(&l);
	(void)snprintf(path, sizeof path, "%s/checkpoint", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(open_fails(dir, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_CORRUPT);
}

static void
too_much_text_is_refused_and_takes_no_number(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	static char text[542];
	struct ledger_entry e = { .kind = LEDGER_RELEASE, .text = { text, sizeof text } };
	struct problem p;
	(void)state;

	uint64_t head = ledger_head(l);
	assert_int_equal(ledger_append(l, &e, &p), RC_LIMIT);
	assert_int_equal(ledger_head(l), head);
	ledger_close(&l);
}

struct fields { struct ledger_each each; unsigned met; };
static bool
check_fields(struct ledger_each *each, const struct ledger_entry *e)
{
	struct fields *f = (struct fields *)each;

	if (e->kind != LEDGER_INTENT)
		return true;
	f->met++;
	assert_true(e->surface == 9 && e->rc == RC_CONFLICT && e->tier == TIER_SPECIAL && e->reveals == REVEALS_MANY && e->why == WHY_DUPLICATE);
	assert_true(e->rows == 11 && e->draws == 12 && e->draws_unexplained == 13 && e->about == 14 && e->account == 15 && e->session == 16);
	assert_true(str_eq(e->route, "route") && str_eq(e->note, "note") && str_eq(e->unit, "unit") && str_eq(e->from, "from") && str_eq(e->text, "text"));
	assert_true(e->n_patients == 2000 && e->patients[1999].patient == 1999 && e->patients[1999].draw && e->patients[1999].explain == EXPLAIN_TICKET);
	assert_false(e->erased);
	return true;
}

static void
every_field_comes_back_from_the_disk(void **state)
{
	static struct ledger_patient patients[2000];
	struct ledger *l = open_at(dir, SMALL);
	struct fields f = { .each = { check_fields } };
	struct problem p;
	(void)state;

	for (int i = 0; i < 2000; i++)
		patients[i] = (struct ledger_patient){ .patient = i, .explain = EXPLAIN_TICKET, .tier = TIER_CLINICAL, .draw = true };
	for (int i = 0; i < 7; i++) { /* 20 KB each: over several segments */
		struct ledger_entry e = { .kind = LEDGER_INTENT, .surface = 9, .rc = RC_CONFLICT, .tier = TIER_SPECIAL, .reveals = REVEALS_MANY, .why = WHY_DUPLICATE, .rows = 11, .draws = 12,
			.draws_unexplained = 13, .about = 14, .route = STR("route"), .note = STR("note"), .account = 15, .session = 16, .unit = STR("unit"), .from = STR("from"), .text = STR("text"),
			.patients = patients, .n_patients = 2000 };
		assert_int_equal(ledger_append(l, &e, &p), RC_OK);
		assert_true(ledger_sync(l, e.number));
	}
	assert_int_equal(ledger_read(l, 1, &f.each, &p), RC_OK);
	assert_int_equal(f.met, 7);
	ledger_close(&l);
	verify_good(dir);
}

static void
reading_starts_anywhere_and_stops_when_asked(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	uint64_t last = add_many(l, 1500);
	(void)state;

	for (uint64_t first = 1; first <= last; first += 97) {
		struct count c = read_from(l, first);
		assert_int_equal(c.first, first);
		assert_true(c.last >= last);
	}
	assert_int_equal(read_from(l, ledger_durable(l) + 1).n, 0);
	ledger_close(&l);
	verify_good(dir);
}

static void
reopening_goes_on_where_it_ended(void **state)
{
	uint64_t last = 0;
	(void)state;

	for (unsigned i = 0; i < 6; i++) {
		struct ledger *l = open_at(dir, SMALL);
		if (i)
			assert_true(ledger_head(l) == last + 2); /* STOP and its signature */
		last = add_many(l, 300);
		ledger_close(&l);
		verify_good(dir);
	}
}

static void
a_lost_index_is_made_again(void **state)
{
	struct ledger_entry e;
	struct problem p;
	char path[2 * DIR_MAX];
	struct ledger *l = open_at(dir, SMALL);
	(void)state;

	add_many(l, 700);
	e = (struct ledger_entry){ .kind = LEDGER_SNAPSHOT, .note = STR("counters") };
	assert_int_equal(ledger_append(l, &e, &p), RC_OK);
	uint64_t first = e.number;
	e = (struct ledger_entry){ .kind = LEDGER_SNAPSHOT_END, .about = first };
	assert_int_equal(ledger_append(l, &e, &p), RC_OK);
	assert_true(ledger_sync(l, e.number));
	assert_int_equal(ledger_last_snapshot(l), first);
	add_many(l, 900);
	ledger_close(&l);
	for (unsigned i = 0; i < 3; i++) {
		l = open_at(dir, SMALL);
		assert_int_equal(ledger_last_snapshot(l), first);
		assert_true(read_from(l, 1).n >= 1600);
		ledger_close(&l);
		(void)snprintf(path, sizeof path, "%s/index", dir);
		if (i == 0)
			assert_int_equal(unlink(path), 0);
		else
			file_put(dir, "index", "not an index", 12);
	}
	verify_good(dir);
}

static void
a_snapshot_counts_only_once_it_is_durable_and_whole(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	struct ledger_entry e = { .kind = LEDGER_SNAPSHOT };
	struct problem p;
	(void)state;

	assert_int_equal(ledger_append(l, &e, &p), RC_OK);
	assert_true(ledger_sync(l, e.number));
	assert_int_equal(ledger_last_snapshot(l), 0);
	ledger_close(&l);
	l = open_at(dir, SMALL);
	assert_int_equal(ledger_last_snapshot(l), 0);
	ledger_close(&l);
}

static void
time_never_goes_back(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	struct problem p;
	int64_t now = clock_ms();
	(void)state;

	add_many(l, 3);
	for (int64_t back = 1; back < 1000000; back *= 10) {
		clock_set(now - back * 1000);
		struct ledger_entry e = { .kind = LEDGER_MARK };
		assert_int_equal(ledger_append(l, &e, &p), RC_OK);
		assert_true(e.at_ms >= now);
	}
	ledger_close(&l);
	clock_set(now - 86400000);
	l = open_at(dir, SMALL);
	add_many(l, 3);
	assert_false(read_from(l, 1).back);
	ledger_close(&l);
	clock_set(0);
	verify_good(dir);
}

/* Waits. */
struct noted { struct ledger_wait w; bool done, ok; };
static uint64_t order[4096];
static _Atomic unsigned n_order;
static void
note_done(struct ledger_wait *w, bool ok)
{
	struct noted *n = (struct noted *)w;

	n->ok = ok;
	n->done = true;
	order[n_order++ % COUNT(order)] = w->number;
}

static void
a_wait_for_an_entry_that_never_comes_is_answered_no_at_close(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	struct noted n = { .w = { .done = note_done, .number = ledger_head(l) + 1000 } };
	(void)state;

	ledger_when_durable(l, &n.w);
	assert_false(n.done);
	ledger_close(&l);
	assert_true(n.done && !n.ok);
}

static void
waits_are_answered_in_order_of_number(void **state)
{
	static struct noted n[1000];
	struct ledger *l = open_at(dir, 0);
	(void)state;

	uint64_t base = ledger_head(l);
	n_order = 0;
	for (unsigned i = 0; i < COUNT(n); i++) { /* asked for before they are given, in a mixed order */
		n[i] = (struct noted){ .w = { .done = note_done, .number = base + 1 + (i * 617) % COUNT(n) } };
		ledger_when_durable(l, &n[i].w);
	}
	uint64_t last = add_many(l, 1100);
	assert_true(last > base + COUNT(n));
	ledger_close(&l);
	assert_int_equal(n_order, COUNT(n));
	for (unsigned i = 0; i < COUNT(n); i++)
		assert_true(n[i].done && n[i].ok && order[i] == base + 1 + i);
}

static void
a_wait_for_a_durable_entry_is_answered_at_once(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	struct noted n = { .w = { .done = note_done, .number = add_many(l, 1) } };
	(void)state;

	ledger_when_durable(l, &n.w);
	assert_true(n.done && n.ok);
	ledger_close(&l);
}

struct many { pthread_t thread; struct ledger *l; bool ok; };
static void *
append_many(void *many)
{
	struct many *m = many;

	m->ok = true;
	for (unsigned i = 0; m->ok && i < 1000; i++) {
		uint64_t number = add(m->l, i);
		m->ok = number && ledger_sync(m->l, number) && ledger_durable(m->l) >= number;
	}
	return NULL;
}

static void *
read_many(void *many)
{
	struct many *m = many;

	m->ok = true;
	for (unsigned i = 0; m->ok && i < 20; i++) {
		struct count c = { .each = { count_entry } };
		m->ok = ledger_read(m->l, 1, &c.each, NULL) == RC_OK && !c.back;
	}
	return NULL;
}

static void
sixteen_threads_append_while_two_read(void **state)
{
	struct ledger *l = open_at(dir, SMALL * 4);
	struct many m[18];
	(void)state;

	for (unsigned i = 0; i < COUNT(m); i++) {
		m[i] = (struct many){ .l = l };
		assert_int_equal(pthread_create(&m[i].thread, NULL, i < 16 ? append_many : read_many, &m[i]), 0);
	}
	for (unsigned i = 0; i < COUNT(m); i++) {
		assert_int_equal(pthread_join(m[i].thread, NULL), 0);
		assert_true(m[i].ok);
	}
	assert_true(read_from(l, 1).n >= 16000);
	struct ledger_stats stats = ledger_stats(l);
	assert_true(stats.appended >= 16000 && stats.flushes > 0 && stats.flushes <= stats.appended);
	ledger_close(&l);
	verify_good(dir);
	assert_true(verdict_on(dir, NULL, 0).checkpoints >= 16000 / 4096);
}

/* Without it an entry that nobody waits for goes with the next signature. One of ten tries is enough: the machine may sleep for a second. */
static void
what_will_be_waited_for_goes_before_the_next_signature(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	bool before = false;
	(void)state;

	for (unsigned i = 0; i < 10 && !before; i++) {
		uint64_t last = add(l, i);
		ledger_want(l, last);
		while (ledger_durable(l) < last)
			usleep(100);
		before = ledger_head(l) == last;
	}
	assert_true(before);
	ledger_want(l, ledger_head(l)); /* durable already: nothing happens */
	ledger_close(&l);
}

static void
an_idle_ledger_is_signed_within_two_seconds(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	uint64_t last = add_many(l, 5);
	(void)state;

	for (unsigned i = 0; i < 40 && ledger_durable(l) == last; i++)
		usleep(50000);
	assert_int_equal(ledger_durable(l), last + 1); /* the signature, and then nothing more */
	usleep(1200000);
	assert_int_equal(ledger_durable(l), last + 1);
	struct file note = file_get(dir, "checkpoint");
	char size[32];
	(void)snprintf(size, sizeof size, "\n%llu\n", (unsigned long long)last + 1);
	note.p[note.n] = 0;
	assert_non_null(strstr((const char *)note.p, size));
	free(note.p);
	ledger_close(&l);
}

static void
reading_only_sees_everything_and_writes_nothing(void **state)
{
	struct ledger *l = open_at(dir, SMALL), *reader = NULL;
	struct ledger_settings s = { .dir = dir, .read_only = true };
	struct ledger_entry e = { .kind = LEDGER_MARK };
	struct problem p;
	uint64_t n;
	(void)state;

	uint64_t last = add_many(l, 600);
	assert_int_equal(ledger_open(&s, &reader, &p), RC_OK); /* beside the writer */
	assert_true(read_from(reader, 1).last >= last);
	assert_int_equal(ledger_append(reader, &e, &p), RC_BROKEN);
	assert_int_equal(ledger_erase_personal(reader, INT64_MAX, &n, &p), RC_BROKEN);
	assert_true(ledger_sync(reader, last));
	assert_false(ledger_sync(reader, last + 100000));
	ledger_close(&reader);
	ledger_close(&l);
	verify_good(dir);
}

/* Wiping. */
static void
wiping_leaves_the_chain_valid_and_the_text_gone(void **state)
{
	int64_t now = clock_ms();
	struct problem p;
	uint64_t n = 0;
	(void)state;

	clock_set(now - 1000000);
	struct ledger *l = open_at(dir, SMALL);
	struct ledger_entry e = { .kind = LEDGER_RELEASE, .account = 4242, .text = STR("MARKER-REASON-XYZZY"), .unit = STR("MARKER-UNIT") };
	add_many(l, 800);
	assert_int_equal(ledger_append(l, &e, &p), RC_OK);
	assert_true(ledger_sync(l, e.number));
	uint64_t old = ledger_head(l);
	clock_set(now);
	add_many(l, 10);
	assert_int_equal(ledger_erase_personal(l, now - 500000, &n, &p), RC_OK);
	assert_true(n >= old && n <= old + 2);
	struct count c = read_from(l, 1);
	assert_int_equal(c.erased, n);
	assert_int_equal(ledger_erase_personal(l, now - 500000, &n, &p), RC_OK); /* again: nothing is left to do */
	assert_int_equal(n, 0);
	ledger_close(&l);
	verify_good(dir);
	assert_int_equal(verdict_on(dir, NULL, 0).erased, c.erased);
	for (unsigned k = 1; k < 20; k++) {
		char name[32];
		char path[2 * DIR_MAX];
		(void)snprintf(name, sizeof name, "segment-%08u", k);
		(void)snprintf(path, sizeof path, "%s/%s", dir, name);
		if (access(path, R_OK) != 0)
			break;
		struct file f = file_get(dir, name);
		assert_null(memmem(f.p, f.n, "MARKER", 6));
		free(f.p);
	}
	l = open_at(dir, SMALL);
	assert_int_equal(read_from(l, 1).erased, c.erased);
	ledger_close(&l);
}

static void
wiping_never_reaches_the_present(void **state)
{
	struct problem p;
	uint64_t n = 99;
	struct ledger *l = open_at(dir, SMALL);
	(void)state;

	clock_set(clock_ms() + 1000);
	uint64_t last = add_many(l, 20);
	assert_int_equal(ledger_erase_personal(l, INT64_MAX, &n, &p), RC_OK);
	assert_true(n < last);
	assert_int_equal(ledger_erase_personal(l, 0, &n, &p), RC_OK);
	assert_int_equal(n, 0);
	ledger_close(&l);
	verify_good(dir);
}

static void
a_wipe_cut_short_is_finished_at_the_next_open(void **state)
{
	int64_t now = clock_ms();
	struct problem p;
	uint64_t n;
	char moment[32];
	(void)state;

	clock_set(now - 1000000);
	struct ledger *l = open_at(dir, SMALL);
	add_many(l, 100);
	clock_set(now);
	add_many(l, 5);
	assert_int_equal(ledger_erase_personal(l, now - 500000, &n, &p), RC_OK);
	ledger_close(&l);
	/* As a crash leaves it: the announcement is there, and one entry (the GENESIS: its personal part ends before the second record) is half wiped. */
	struct file f = file_get(dir, "segment-00000001");
	size_t leaf_n = (size_t)f.p[0] << 8 | f.p[1];
	file_poke(dir, "segment-00000001", 2 + leaf_n + 4 + 16, "\x01\x01", 2);
	assert_false(verdict_on(dir, NULL, 0).good);
	int len = snprintf(moment, sizeof moment, "%lld\n", (long long)now - 500000);
	file_put(dir, "wiping", moment, (size_t)len);
	l = open_at(dir, SMALL);
	ledger_close(&l);
	verify_good(dir);
	free(f.p);
}

static void
threads_append_and_read_while_personal_parts_are_wiped(void **state)
{
	struct many m[6];
	struct problem p;
	uint64_t n, all = 0;
	struct ledger *l = open_at(dir, SMALL);
	(void)state;

	for (unsigned i = 0; i < COUNT(m); i++) {
		m[i] = (struct many){ .l = l };
		assert_int_equal(pthread_create(&m[i].thread, NULL, i < 4 ? append_many : read_many, &m[i]), 0);
	}
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(ledger_erase_personal(l, INT64_MAX, &n, &p), RC_OK);
		all += n;
		usleep(5000);
	}
	for (unsigned i = 0; i < COUNT(m); i++) {
		assert_int_equal(pthread_join(m[i].thread, NULL), 0);
		assert_true(m[i].ok);
	}
	assert_true(all > 0);
	ledger_close(&l);
	verify_good(dir);
}

static void
a_big_ledger_opens_at_once(void **state)
{
	struct ledger *l = open_at(dir, UINT64_C(8) << 20);
	(void)state;

	for (unsigned i = 0; i < 20; i++)
		add_many(l, 5000);
	ledger_close(&l);
	uint64_t from = clock_ns();
	l = open_at(dir, 0);
	uint64_t took_ms = (clock_ns() - from) / 1000000;
	print_message("# opened in %llu ms\n", (unsigned long long)took_ms);
	assert_true(took_ms < 1000); /* the figure itself is the benchmark's matter: a shared machine may be slow */
	ledger_close(&l);
}

#define ROOM(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM("a second writer is refused", a_second_writer_is_refused),
		ROOM("a ledger whose key is missing is refused", a_missing_key_is_refused),
		ROOM("an emptied directory with its checkpoint left is refused", an_emptied_directory_with_its_checkpoint_left_is_refused),
		ROOM("a missing checkpoint file is refused", a_missing_checkpoint_file_is_refused),
		ROOM("too much text is refused and takes no number", too_much_text_is_refused_and_takes_no_number),
		ROOM("a wait for an entry that never comes is answered no at close", a_wait_for_an_entry_that_never_comes_is_answered_no_at_close),
		ROOM("a snapshot counts only once it is whole", a_snapshot_counts_only_once_it_is_durable_and_whole),
		ROOM("every field comes back from the disk", every_field_comes_back_from_the_disk),
		ROOM("reading starts anywhere", reading_starts_anywhere_and_stops_when_asked),
		ROOM("reopening goes on where it ended", reopening_goes_on_where_it_ended),
		ROOM("a lost or foreign index is made again", a_lost_index_is_made_again),
		ROOM("time never goes back, whatever the clock does", time_never_goes_back),
		ROOM("waits are answered in order of number", waits_are_answered_in_order_of_number),
		ROOM("a wait for a durable entry is answered at once", a_wait_for_a_durable_entry_is_answered_at_once),
		ROOM("sixteen threads append while two read", sixteen_threads_append_while_two_read),
		ROOM("what will be waited for goes before the next signature", what_will_be_waited_for_goes_before_the_next_signature),
		ROOM("an idle ledger is signed within two seconds, once", an_idle_ledger_is_signed_within_two_seconds),
		ROOM("reading only sees everything and writes nothing", reading_only_sees_everything_and_writes_nothing),
		ROOM("wiping leaves the chain valid and the text gone", wiping_leaves_the_chain_valid_and_the_text_gone),
		ROOM("wiping never reaches the present", wiping_never_reaches_the_present),
		ROOM("a wipe cut short is finished at the next open", a_wipe_cut_short_is_finished_at_the_next_open),
		ROOM("threads append and read while personal parts are wiped", threads_append_and_read_while_personal_parts_are_wiped),
		ROOM("a big ledger opens at once", a_big_ledger_opens_at_once),
	};
	return cmocka_run_group_tests_name("ledger/ledger", tests, NULL, NULL);
}
