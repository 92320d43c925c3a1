/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of gate/line.h and gate/door.h: a front's calls over sockets, both ends in this process. What is answered is what the vault's own gate answers; nothing is lost and nothing comes twice. */
#include "house.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/random.h"
#include "gate/door.h"
#include "gate/line.h"
#include "gate/wire.h"

static struct house h;
static struct gate *front;
static _Atomic int ended;

static void on_ended(int process)
{
	assert_int_equal(process, getpid());
	ended++;
}

static int open_house(void **state)
{
	(void)state;
	house_new(&h, 90);
	h.g->set.line_ended = on_ended;
	struct problem p;
	must_ok(gate_remote(2, &front, &p), &p);
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	gate_close(&front);
	house_done(&h);
	return 0;
}

/* Lines 0, 1 and the side line, anew. */
static void join_all(void)
{
	for (unsigned i = 0; i < 3; i++) {
		int pair[2];
		struct problem p;
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
		must_ok(gate_door(h.g, pair[0], getpid(), getuid(), &p), &p);
		must_ok(gate_line(front, i, pair[1], &p), &p);
	}
}

static struct gate_call *take_all(struct gate_lane *lane, unsigned n)
{
	struct gate_call *head = NULL, **tail = &head;
	for (unsigned got = 0; got < n;) {
		struct pollfd fd = { gate_lane_fd(lane), POLLIN, 0 };
		assert_true(poll(&fd, 1, 20000) > 0);
		for (*tail = gate_lane_take(lane); *tail; tail = &(*tail)->next)
			got++;
	}
	return head;
}

static void free_all(struct gate_call *list)
{
	for (struct gate_call *next; list; list = next) {
		next = list->next;
		gate_call_done(&list);
	}
}

static struct gate_call *machine_read(const char *id)
{
	struct gate_call *c = call_new(MACHINE_TOKEN, "/fhir/:type/:id");
	c->bearer = true;
	c->surface = SURFACE_API;
	ask_read(&c->asks, "r", STR("Patient"), str_of(id));
	return c;
}

static void what_is_answered_over_a_line_is_what_the_vault_answers(void **state)
{
	(void)state;
	char token[64];
	join_all();
	house_sign_in(&h, "nurse", token);
	for (int i = 0; i < 6; i++) {
		struct gate_call *c[2];
		for (int far = 0; far < 2; far++) {
			c[far] = i < 2 ? machine_read(i ? "p1" : "nobody") : call_new(i == 5 ? "not a token" : token, "/patient/:patient");
			if (i >= 2) {
				ask_view(&c[far]->asks, i == 3 ? "no_such_view" : "chart_head");
				ask_arg(&c[far]->asks, "patient", i == 4 ? STR("p89") : STR("p1"));
			}
			gate_run(far ? front : h.g, c[far]);
		}
		assert_int_equal(release_rc(c[0]->release), release_rc(c[1]->release));
		assert_int_equal(release_problem(c[0]->release)->why, release_problem(c[1]->release)->why);
		assert_true(str_is(release_rows(c[0]->release), release_rows(c[1]->release)));
		assert_true(str_is(release_who(c[0]->release)->login, release_who(c[1]->release)->login));
		assert_int_equal(release_who(c[0]->release)->opened, release_who(c[1]->release)->opened);
		gate_call_done(&c[0]);
		gate_call_done(&c[1]);
	}
}

static void one_can_sign_in_over_a_line_and_the_vault_keeps_the_session(void **state)
{
	(void)state;
	char code[8], token[64];
	house_wait(31000);
	code_now("physician", code);
	struct gate_call *c = call_new(NULL, "/sign-in");
	ask_act(&c->asks, "sign_in");
	ask_arg(&c->asks, "login", STR("physician"));
	ask_arg(&c->asks, "password", STR(PASSWORD));
	ask_arg(&c->asks, "code", str_of(code));
	gate_run(front, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	token_of(c, token);
	assert_int_equal(read_rc(&h, token, "Patient", "p1"), RC_OK);
}

/* More than sockets hold, both ways, on two lanes: whoever waits for the other to read would wait for ever. */
static void thousands_under_way_come_back_each_once(void **state)
{
	(void)state;
	enum { N = 3000 };
	static unsigned seen[2][N];
	struct gate_lane *lane[2] = { gate_lane_open(front), gate_lane_open(front) };
	assert_non_null(lane[0]);
	assert_non_null(lane[1]);
	assert_null(gate_lane_open(front));
	for (unsigned k = 0; k < 2; k++) {
		struct gate_call *list = NULL;
		for (unsigned i = N; i-- > 0;) {
			struct gate_call *c = machine_read("p1");
			if (i % 100 == 0) { /* a large ask, refused as a whole */
				static char filler[60000];
				memset(filler, 'x', sizeof filler);
				ask_view(&c->asks, "no_such_view");
				ask_arg(&c->asks, "text", (struct str){ filler, sizeof filler });
			}
			c->owner = &seen[k][i];
			c->next = list;
			list = c;
		}
		gate_post(front, lane[k], list);
	}
	for (unsigned k = 0; k < 2; k++) {
		struct gate_call *all = take_all(lane[k], N);
		for (struct gate_call *c = all; c; c = c->next) {
			unsigned *mine = c->owner;
			++*mine;
			assert_int_equal(release_rc(c->release), (mine - seen[k]) % 100 == 0 ? RC_BAD_INPUT : RC_OK);
		}
		free_all(all);
		for (unsigned i = 0; i < N; i++)
			assert_int_equal(seen[k][i], 1);
	}
	gate_lane_close(&lane[0]);
	gate_lane_close(&lane[1]);
}

static enum why why_of(struct gate_call *c)
{
	enum why why = release_problem(c->release)->why;
	assert_int_equal(release_rc(c->release), RC_RETRY);
	assert_int_equal(rows_count(release_rows(c->release), "r"), 0);
	gate_call_done(&c);
	return why;
}

/* The vault's end is ours, and says nothing: then it closes. */
static void without_a_vault_each_call_is_refused_and_none_is_lost(void **state)
{
	(void)state;
	struct gate *g = NULL;
	struct problem p;
	int pair[2];
	must_ok(gate_remote(1, &g, &p), &p);
	struct gate_lane *lane = gate_lane_open(g);
	assert_false(gate_is_there(g));
	gate_post(g, lane, machine_read("p1"));
	assert_int_equal(why_of(take_all(lane, 1)), WHY_VAULT_DOWN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	must_ok(gate_line(g, 0, pair[1], &p), &p);
	assert_true(gate_is_there(g));
	gate_post(g, lane, machine_read("p1"));
	gate_post(g, lane, machine_read("p2"));
	assert_null(gate_lane_take(lane));
	close(pair[0]);
	struct gate_call *two = take_all(lane, 2), *second = two->next;
	assert_int_equal(why_of(two), WHY_VAULT_LOST);
	assert_int_equal(why_of(second), WHY_VAULT_LOST);
	assert_false(gate_is_there(g));
	struct gate_call *c = machine_read("p1");
	gate_run(g, c);
	assert_int_equal(why_of(c), WHY_VAULT_DOWN);
	/* another vault: the same lane goes on */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	must_ok(gate_door(h.g, pair[0], getpid(), getuid(), &p), &p);
	must_ok(gate_line(g, 0, pair[1], &p), &p);
	gate_post(g, lane, machine_read("p1"));
	c = take_all(lane, 1);
	assert_int_equal(release_rc(c->release), RC_OK);
	gate_call_done(&c);
	gate_lane_close(&lane);
	gate_close(&g);
}

/* An answer that no vault gives: the line is given up, and its calls are refused, not guessed. */
static void an_answer_that_is_none_is_not_taken(void **state)
{
	(void)state;
	static const char *const WRONG[] = { "\4\0\0\0\0\0\0\0xxxx", "\0\0\0\0\0\0\0\0", "\1\0\0\0\7\0\0\0x", "\377\377\377\377\0\0\0\0" };
	static const size_t LENGTH[] = { 12, 8, 9, 8 };
	for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
		struct gate *g = NULL;
		struct problem p;
		int pair[2];
		must_ok(gate_remote(1, &g, &p), &p);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
		must_ok(gate_line(g, 0, pair[1], &p), &p);
		struct gate_lane *lane = gate_lane_open(g);
		gate_post(g, lane, machine_read("p1"));
		assert_int_equal(send(pair[0], WRONG[i], LENGTH[i], 0), LENGTH[i]);
		assert_int_equal(why_of(take_all(lane, 1)), WHY_VAULT_LOST);
		close(pair[0]);
		gate_lane_close(&lane);
		gate_close(&g);
	}
}

static bool closes(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char c;
	return poll(&p, 1, 10000) > 0 && recv(fd, &c, 1, 0) <= 0;
}

static void what_no_front_writes_ends_that_line_and_no_other(void **state)
{
	(void)state;
	struct stream r = stream_of(20, 1);
	int first = ended; /* the line of a test before may still be told to have ended: one more than these */
	for (int i = 0; i < 60; i++) {
		struct problem p;
		int pair[2];
		char bytes[64];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
		must_ok(gate_door(h.g, pair[0], getpid(), getuid(), &p), &p);
		for (size_t k = 0; k < sizeof bytes; k++)
			bytes[k] = (char)stream_below(&r, 256);
		bytes[0] = 20;
		bytes[1] = bytes[2] = bytes[3] = 0; /* a whole frame of something */
		assert_int_equal(send(pair[1], bytes, sizeof bytes, MSG_NOSIGNAL), sizeof bytes);
		assert_true(closes(pair[1]));
		close(pair[1]);
	}
	for (int turn = 0; turn < 10000 && ended < first + 60; turn++)
		usleep(1000);
	assert_true(ended >= first + 60);
	struct gate_call *c = machine_read("p1");
	gate_run(front, c);
	assert_int_equal(release_rc(c->release), RC_OK);
	gate_call_done(&c);
}

/* BARRIER: whoever else got hold of the descriptor. */
static void another_process_on_the_line_is_not_listened_to(void **state)
{
	(void)state;
	struct problem p;
	int pair[2], status;
	struct buf b;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	must_ok(gate_door(h.g, pair[0], getpid(), getuid(), &p), &p);
	struct gate_call *c = machine_read("p1");
	buf_init(&b, 4096);
	wire_u32(&b, 0);
	wire_u32(&b, 1);
	frame_write(c, &b);
	b.p[0] = (char)(b.n - 8);
	pid_t child = fork();
	if (child == 0)
		_exit(send(pair[1], b.p, b.n, MSG_NOSIGNAL) == (ssize_t)b.n ? 0 : 1);
	waitpid(child, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(closes(pair[1]));
	close(pair[1]);
	buf_done(&b);
	gate_call_done(&c);
}

static void figures_come_over_the_side_line(void **state)
{
	(void)state;
	struct gate_stats near = gate_stats(h.g), far = gate_stats(front);
	assert_true(near.calls > 0);
	assert_int_equal(near.calls, far.calls);
	assert_int_equal(near.released, far.released);
	assert_int_equal(near.ledger_appended, far.ledger_appended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_answered_over_a_line_is_what_the_vault_answers),
		cmocka_unit_test(one_can_sign_in_over_a_line_and_the_vault_keeps_the_session),
		cmocka_unit_test(thousands_under_way_come_back_each_once),
		cmocka_unit_test(without_a_vault_each_call_is_refused_and_none_is_lost),
		cmocka_unit_test(an_answer_that_is_none_is_not_taken),
		cmocka_unit_test(what_no_front_writes_ends_that_line_and_no_other),
		cmocka_unit_test(another_process_on_the_line_is_not_listened_to),
		cmocka_unit_test(figures_come_over_the_side_line),
	};
	return cmocka_run_group_tests(tests, open_house, close_house);
}
