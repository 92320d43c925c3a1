/* SPDX-License-Identifier: Apache-2.0 */
/* The order of things: nothing leaves before its entry is durable, the last opening goes to one alone, and no crash gives any of it back. */
#include "house.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/map.h"
#include "gate/ladder.h"

/* ---- one counter for all sessions ---- */

#define THREADS 64
struct reader { struct house *h; const char *token; unsigned n, from, good, over, other; };

static void *read_many(void *ctx)
{
	struct reader *r = ctx;
	for (unsigned i = 0; i < r->n; i++) {
		char id[16];
		snprintf(id, sizeof id, "p%u", (r->from + i * 7) % r->n);
		enum rc rc = read_rc(r->h, r->token, "Patient", id);
		r->good += rc == RC_OK;
		r->over += rc == RC_STEP_UP;
		r->other += rc != RC_OK && rc != RC_STEP_UP;
	}
	return NULL;
}

static uint32_t opened_by(struct house *h, const char *token)
{
	struct gate_call *c = call_new(token, "/home");
	ask_read(&c->asks, "rows", STR("Organization"), STR("u1"));
	gate_run(h->g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	uint32_t n = release_who(c->release)->opened;
	gate_call_done(&c);
	return n;
}

static unsigned distinct_open(struct house *h, const char *token)
{
	unsigned n = 0;
	for (unsigned i = 0; i < 90; i++) {
		char id[16];
		snprintf(id, sizeof id, "p%u", i);
		n += read_rc(h, token, "Patient", id) == RC_OK;
	}
	return n;
}

static void sixty_four_readers_on_one_account_open_exactly_what_one_would(void **state)
{
	(void)state;
	struct house h;
	house_new(&h, 98); /* 90 in her unit, of which twenty within a minute: then a proof is asked for, once */
	char token[4][64];
	for (int i = 0; i < 4; i++)
		house_sign_in(&h, "nurse", token[i]);
	pthread_t thread[THREADS];
	static struct reader r[THREADS];
	for (unsigned i = 0; i < THREADS; i++) {
		r[i] = (struct reader){ .h = &h, .token = token[i % 4], .n = 90, .from = i * 13 };
		assert_int_equal(pthread_create(&thread[i], NULL, read_many, &r[i]), 0);
	}
	unsigned good = 0, over = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(r[i].other, 0);
		good += r[i].good;
		over += r[i].over;
	}
	assert_int_equal(opened_by(&h, token[0]), LADDER_RHYTHM);
	assert_true(good >= LADDER_RHYTHM && over > 0);
	assert_int_equal(distinct_open(&h, token[1]), LADDER_RHYTHM);
	/* a restart gives nothing back, nor does a clock set back by two days */
	gate_close(&h.g);
	clock_set(house_now - 2 * 86400000LL);
	house_open(&h);
	assert_int_equal(opened_by(&h, token[2]), LADDER_RHYTHM);
	assert_int_equal(distinct_open(&h, token[3]), LADDER_RHYTHM);
	clock_set(house_now);
	house_done(&h);
}

/* ---- a ledger that cannot be written ---- */

static unsigned break_ledger(const char *dir)
{
	char want[128], path[300], to[300];
	unsigned n = 0;
	snprintf(want, sizeof want, "%s/ledger/", dir);
	DIR *d = opendir("/proc/self/fd");
	int full = open("/dev/full", O_RDWR | O_CLOEXEC);
	for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
		snprintf(path, sizeof path, "/proc/self/fd/%s", e->d_name);
		ssize_t len = readlink(path, to, sizeof to - 1);
		if (len <= 0)
			continue;
		to[len] = 0;
		struct stat st;
		if (strncmp(to, want, strlen(want)) == 0 && stat(to, &st) == 0 && S_ISREG(st.st_mode)) {
			uint64_t fd;
			assert_int_equal(str_u64(str_of(e->d_name), &fd), RC_OK);
			n += dup2(full, (int)fd) >= 0;
		}
	}
	if (d)
		closedir(d);
	close(full);
	return n;
}

static void when_the_ledger_fails_nothing_is_released_any_more(void **state)
{
	(void)state;
	struct house h;
	char token[64];
	house_new(&h, 20);
	house_sign_in(&h, "nurse", token);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK);
	assert_true(break_ledger(h.dir) > 0);
	for (int i = 0; i < 3; i++) {
		struct gate_call *c = read_one(&h, token, "Patient", "p1");
		assert_int_equal(release_rc(c->release), RC_BROKEN);
		assert_int_equal(release_problem(c->release)->why, WHY_LEDGER_DOWN);
		assert_int_equal(rows_count(release_rows(c->release), "rows"), 0);
		assert_null(memmem(release_rows(c->release).p, release_rows(c->release).n, "MARKER", 6));
		gate_call_done(&c);
	}
	assert_int_equal(break_glass(&h, token, "p19"), RC_BROKEN);
	char code[8];
	house_wait(31000);
	code_now("clerk", code);
	struct gate_call *c = sign_in_as(&h, "clerk", PASSWORD, code);
	assert_int_equal(release_rc(c->release), RC_BROKEN);
	assert_int_equal(rows_count(release_rows(c->release), "session"), 0);
	gate_call_done(&c);
	house_done(&h);
}

/* ---- killed at any moment ---- */

struct told { unsigned opened, written; };

/* The child: a nurse opens charts, a machine writes, each answer is told to the parent. */
static _Noreturn void work_until_killed(struct house *h, int to)
{
	struct told t = { 0, 0 };
	char token[64], id[40], body[300];
	house_open(h);
	house_sign_in(h, "nurse", token);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(id, sizeof id, "p%u", i % 40);
		if (read_rc(h, token, "Patient", id) == RC_OK && i < 40)
			t.opened++;
		struct gate_call *c = call_new(MACHINE_TOKEN, "/fhir/:type/:id");
		c->bearer = true;
		snprintf(id, sizeof id, "kill-%d-%u", (int)getpid(), i);
		snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"birthDate\":\"1980-12-01\"}", id);
		ask_act(&c->asks, "fhir_update");
		ask_arg(&c->asks, "type", STR("Patient"));
		ask_arg(&c->asks, "id", str_of(id));
		ask_arg(&c->asks, "body", str_of(body));
		gate_run(h->g, c);
		t.written += release_rc(c->release) == RC_OK;
		gate_call_done(&c);
		if (write(to, &t, sizeof t) != sizeof t)
			break;
	}
	_exit(1);
}

struct counted { struct ledger_each each; uint64_t draws; struct map64 open; };
static bool count_entry(struct ledger_each *each, const struct ledger_entry *e)
{
	struct counted *k = (struct counted *)(void *)each;
	if (e->kind == LEDGER_RELEASE && e->account == 1)
		k->draws += e->draws;
	if (e->kind == LEDGER_INTENT)
		(void)map64_put(&k->open, e->number, 1);
	if (e->kind == LEDGER_OUTCOME)
		(void)map64_del(&k->open, e->about);
	return true;
}

static void killed_at_any_moment_nothing_told_is_lost_and_no_opening_comes_back(void **state)
{
	(void)state;
	for (int round = 0; round < 6; round++) {
		struct house h;
		struct told t = { 0, 0 }, last = { 0, 0 };
		int pipe_fd[2], status;
		house_new(&h, 60);
		gate_close(&h.g);
		assert_int_equal(pipe(pipe_fd), 0);
		pid_t child = fork();
		if (child == 0) {
			close(pipe_fd[0]);
			work_until_killed(&h, pipe_fd[1]);
		}
		close(pipe_fd[1]);
		for (int i = 0; i < 1 + round * 9 && read(pipe_fd[0], &t, sizeof t) == sizeof t; i++)
			last = t;
		usleep((useconds_t)(round * 700));
		kill(child, SIGKILL);
		while (read(pipe_fd[0], &t, sizeof t) == sizeof t)
			last = t;
		close(pipe_fd[0]);
		waitpid(child, &status, 0);
		assert_true(last.opened > 0);
		house_wait(60000);
		house_open(&h);
		assert_true(h.set.crashed);
		char token[64], id[40];
		house_sign_in(&h, "nurse", token);
		assert_true(opened_by(&h, token) >= last.opened);
		for (unsigned i = 0; i < last.written; i++) {
			snprintf(id, sizeof id, "kill-%d-%u", (int)child, i);
			struct gate_call *c = call_new(MACHINE_TOKEN, "/fhir/:type/:id");
			c->bearer = true;
			ask_read(&c->asks, "rows", STR("Patient"), str_of(id));
			gate_run(h.g, c);
			assert_int_equal(release_rc(c->release), RC_OK);
			gate_call_done(&c);
		}
		gate_close(&h.g);
		struct counted k = { .each = { count_entry } };
		struct ledger *l = NULL;
		struct problem p;
		struct dir d;
		must_ok(dir_name(h.dir, &d, &p), &p);
		must_ok(ledger_open(&(struct ledger_settings){ .dir = d.ledger, .read_only = true }, &l, &p), &p);
		map64_init(&k.open);
		must_ok(ledger_read(l, 1, &k.each, &p), &p);
		assert_true(k.draws >= last.opened);
		assert_int_equal(k.open.n, 0); /* every intent has its outcome */
		map64_done(&k.open);
		ledger_close(&l);
		test_folder_gone(h.dir);
	}
}

static void sessions_and_locks_outlive_a_restart(void **state)
{
	(void)state;
	struct house h;
	char token[64], locked[64], gone[64];
	house_new(&h, 20);
	house_sign_in(&h, "nurse", token);
	house_sign_in(&h, "physician", locked);
	house_sign_in(&h, "clerk", gone);
	assert_int_equal(act_rc(&h, locked, "lock", NULL, NULL), RC_OK);
	assert_int_equal(act_rc(&h, gone, "sign_out", NULL, NULL), RC_OK);
	gate_close(&h.g);
	house_open(&h);
	assert_false(h.set.crashed);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK);
	assert_int_equal(read_rc(&h, gone, "Patient", "p1"), RC_STEP_UP);
	struct gate_call *c = read_one(&h, locked, "Patient", "p1");
	assert_int_equal(release_problem(c->release)->why, WHY_LOCKED);
	gate_call_done(&c);
	house_done(&h);
}

static void a_list_comes_back_whole_and_in_order(void **state)
{
	(void)state;
	struct house h;
	char token[64];
	house_new(&h, 40);
	house_sign_in(&h, "nurse", token);
	struct gate_lane *lane = gate_lane_open(h.g);
	struct gate_call *head = NULL, **tail = &head;
	for (uintptr_t i = 0; i < 30; i++) {
		struct gate_call *c = call_new(token, "/fhir/:type/:id");
		ask_read(&c->asks, "rows", STR("Patient"), i % 3 ? STR("p1") : STR("p39"));
		c->owner = (void *)i;
		*tail = c;
		tail = &c->next;
	}
	gate_post(h.g, lane, head);
	uintptr_t next = 0;
	while (next < 30) {
		struct gate_call *list = gate_lane_take(lane);
		while (list) {
			struct gate_call *c = list;
			list = list->next;
			assert_int_equal((uintptr_t)c->owner, next);
			assert_int_equal(release_rc(c->release), next % 3 ? RC_OK : RC_DENIED);
			next++;
			gate_call_done(&c);
		}
	}
	gate_lane_close(&lane);
	house_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_moment_nothing_told_is_lost_and_no_opening_comes_back), /* first: it forks, so no thread may be there */
		cmocka_unit_test(when_the_ledger_fails_nothing_is_released_any_more),
		cmocka_unit_test(sixty_four_readers_on_one_account_open_exactly_what_one_would),
		cmocka_unit_test(sessions_and_locks_outlive_a_restart),
		cmocka_unit_test(a_list_comes_back_whole_and_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
