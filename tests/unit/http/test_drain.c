/* SPDX-License-Identifier: Apache-2.0 */
/* test_drain.c: waiting requests whose client leaves, whose server stops; ports taken; addresses refused; slow clients. */
#include "wire.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static bool
until(unsigned (*what)(struct server *), struct server *s, unsigned want)
{
	for (unsigned i = 0; i < 400 && what(s) != want; i++)
		(void)usleep(5000);
	return what(s) == want;
}

static void
leave_at_once(int fd)
{
	struct linger now = { 1, 0 };
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	(void)close(fd);
}

static void
a_client_that_leaves_while_its_request_waits_is_told_to_the_handler(void **state)
{
	struct server *s = server_up(false);
	(void)state;
	server_hold(s, true);
	int fd = wire_open(server_port(s));
	wire_z(fd, "GET /later/x HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(until(server_waiting, s, 1));
	leave_at_once(fd);
	assert_true(until(server_gone, s, 1));
	assert_int_equal(server_waiting(s), 0);
	server_hold(s, false);
	bool closed;
	assert_int_equal(wire_status(server_port(s), "GET /later/y HTTP/1.1\r\nHost: a\r\n\r\n", 35, &closed), 200);
	server_down(s, 500);
}

static void
a_request_that_waits_costs_no_processor_time(void **state)
{
	struct server *s = server_up(false);
	int fd[50];
	(void)state;
	server_hold(s, true);
	for (unsigned i = 0; i < 50; i++) {
		fd[i] = wire_open(server_port(s));
		wire_z(fd[i], "GET /later/x HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	assert_true(until(server_waiting, s, 50));
	(void)usleep(100000);
	clock_t before = clock();
	(void)usleep(1000000);
	assert_true(clock() - before < CLOCKS_PER_SEC / 10);
	server_hold(s, false);
	for (unsigned i = 0; i < 50; i++) {
		struct heard r = wire_read(fd[i], "\r\n\r\nnow", 1);
		assert_int_equal(count_of(r.text, "HTTP/1.1 200"), 2);
		free(r.text);
		(void)close(fd[i]);
	}
	server_down(s, 500);
}

/* A client may shut its sending side and still read. */
static void
a_client_that_only_shuts_its_sending_side_gets_its_answer(void **state)
{
	struct server *s = server_up(false);
	(void)state;
	server_hold(s, true);
	int fd = wire_open(server_port(s));
	wire_z(fd, "GET /later/half HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(until(server_waiting, s, 1));
	(void)shutdown(fd, SHUT_WR);
	(void)usleep(50000);
	server_hold(s, false);
	struct heard r = wire_read(fd, NULL, 0);
	assert_int_equal(status_of(r.text), 200);
	free(r.text);
	(void)close(fd);
	server_down(s, 500);
}

struct stop { struct server *s; unsigned drain_ms; };
static void *
stop(void *arg)
{
	struct stop *w = arg;
	server_down(w->s, w->drain_ms);
	return NULL;
}

static void
stopping_lets_waiting_answers_out_and_closes(void **state)
{
	struct server *s = server_up(false);
	struct stop w = { s, 3000 };
	uint16_t port = server_port(s);
	pthread_t t;
	(void)state;
	server_hold(s, true);
	int fd = wire_open(port);
	wire_z(fd, "GET /later/last HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(until(server_waiting, s, 1));
	assert_int_equal(pthread_create(&t, NULL, stop, &w), 0);
	(void)usleep(100000);
	assert_int_equal(wire_open(port), -1);
	server_hold(s, false);
	struct heard r = wire_read(fd, NULL, 0);
	assert_int_equal(status_of(r.text), 200);
	assert_non_null(strstr(r.text, "Connection: close"));
	assert_true(r.closed);
	(void)pthread_join(t, NULL);
	free(r.text);
	(void)close(fd);
}

static void
stopping_ends_in_its_time_though_requests_wait(void **state)
{
	struct server *s = server_up(false);
	int fd[20];
	(void)state;
	server_hold(s, true);
	for (unsigned i = 0; i < 20; i++) {
		fd[i] = wire_open(server_port(s));
		wire_z(fd[i], "GET /later/never HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	assert_true(until(server_waiting, s, 20));
	uint64_t before = clock_ns();
	server_down(s, 300);
	assert_true(clock_ns() - before < 1500000000u);
	for (unsigned i = 0; i < 20; i++) {
		struct heard r = wire_read(fd[i], NULL, 0);
		assert_true(r.closed && !strstr(r.text, "200"));
		free(r.text);
		(void)close(fd[i]);
	}
}

static void
stopping_does_not_wait_for_idle_connections(void **state)
{
	struct server *s = server_up(false);
	(void)state;
	int fd = wire_open(server_port(s)), half = wire_open(server_port(s));
	wire_z(half, "GET /now HTT");
	(void)usleep(50000);
	uint64_t before = clock_ns();
	server_down(s, 5000);
	assert_true(clock_ns() - before < 1000000000u);
	(void)close(fd);
	(void)close(half);
}

static void
many_clients_that_come_wait_and_leave_at_random_do_no_harm(void **state)
{
	struct server *s = server_up(false);
	unsigned seed = 7;
	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		int fd = wire_open(server_port(s));
		assert_true(fd >= 0);
		wire_z(fd, round % 3 ? "GET /later/r HTTP/1.1\r\nHost: a\r\n\r\nGET /later/r HTTP/1.1\r\nHost: a\r\n\r\n" : "POST /later/r HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
		if (rand_r(&seed) % 2)
			(void)usleep((unsigned)rand_r(&seed) % 300);
		server_hold(s, round % 7 == 0);
		if (rand_r(&seed) % 2)
			leave_at_once(fd);
		else
			(void)close(fd);
	}
	server_hold(s, false);
	assert_true(until(server_waiting, s, 0));
	server_down(s, 1000);
}

static void
a_taken_port_is_one_clear_problem(void **state)
{
	struct server *s = server_up(true);
	struct http_settings set = { .plain_port = server_port(s) };
	struct http_server *two = NULL;
	struct problem p = { 0 };
	(void)state;
	assert_int_equal(http_start(&set, &two, &p), RC_CONFLICT);
	assert_int_equal(p.why, WHY_PORT_TAKEN);
	set = (struct http_settings){ .socket_path = server_socket(s) };
	assert_int_equal(http_start(&set, &two, &p), RC_CONFLICT);
	assert_int_equal(p.why, WHY_PORT_TAKEN);
	assert_null(two);
	server_down(s, 100);
}

static void
bad_addresses_and_certificates_are_one_clear_problem(void **state)
{
	struct http_server *two = NULL;
	struct problem p = { 0 };
	struct http_settings set = { .address = "hygie.test", .port = free_port(), .cert_path = "/nonexistent", .key_path = "/nonexistent" };
	(void)state;
	assert_int_equal(http_start(&set, &two, &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_BAD_CERTIFICATE);
	set.cert_path = set.key_path = "/etc/passwd";
	assert_int_equal(http_start(&set, &two, &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_BAD_CERTIFICATE);
	assert_null(two);
}

static void
a_silent_client_is_let_go_after_the_idle_time(void **state)
{
	struct server *s = server_up_with((struct http_settings){ .plain_port = free_port(), .idle_s = 1 });
	(void)state;
	int fd = wire_open(server_port(s)), drip = wire_open(server_port(s));
	wire_z(drip, "GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
	struct heard r = wire_read(drip, "now", 1);
	free(r.text);
	uint64_t before = clock_ns();
	bool ended = false;
	for (unsigned i = 0; i < 40 && !ended; i++) { /* one byte every 100 ms: never idle, never done */
		ended = send(drip, "G", 1, MSG_NOSIGNAL) <= 0;
		(void)usleep(100000);
	}
	assert_true(ended);
	assert_true(clock_ns() - before < 3500000000u);
	r = wire_read(fd, NULL, 0);
	assert_true(r.closed);
	free(r.text);
	(void)close(fd);
	(void)close(drip);
	server_down(s, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_that_leaves_while_its_request_waits_is_told_to_the_handler),
		cmocka_unit_test(a_request_that_waits_costs_no_processor_time),
		cmocka_unit_test(a_client_that_only_shuts_its_sending_side_gets_its_answer),
		cmocka_unit_test(stopping_lets_waiting_answers_out_and_closes),
		cmocka_unit_test(stopping_ends_in_its_time_though_requests_wait),
		cmocka_unit_test(stopping_does_not_wait_for_idle_connections),
		cmocka_unit_test(many_clients_that_come_wait_and_leave_at_random_do_no_harm),
		cmocka_unit_test(a_taken_port_is_one_clear_problem),
		cmocka_unit_test(bad_addresses_and_certificates_are_one_clear_problem),
		cmocka_unit_test(a_silent_client_is_let_go_after_the_idle_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
