/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "base/clock.h"
#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static char text[1 << 20];

/* A file that is gone from its folder already. */
static int open_log(void)
{
	char name[] = "/tmp/hygie-log-XXXXXX";
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	unlink(name);
	fcntl(fd, F_SETFL, O_APPEND);
	log_to_fd(fd);
	return fd;
}

static size_t read_log(int fd)
{
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	close(fd);
	log_to_fd(2);
	return (size_t)n;
}

static void lines(void **state)
{
	(void)state;
	clock_set(INT64_C(1792890000000));
	int fd = open_log();
	log_event(LOG_WARN, "flush_slow", LOG_N("us", 42), LOG_Z("route", "/patients/{id}"), LOG_N("low", INT64_MIN), LOG_END);
	log_event(LOG_ERROR, "odd", LOG_Z("none", NULL), LOG_Z("q", "a\"b\\c\nd\x7F"), LOG_END);
	log_event(LOG_DEBUG, "hidden", LOG_END);
	log_min(LOG_DEBUG);
	log_event(LOG_DEBUG, "shown", LOG_END);
	log_min(LOG_ERROR);
	log_event(LOG_WARN, "hidden", LOG_END);
	log_min(LOG_INFO);
	read_log(fd);
	clock_set(0);
	assert_string_equal(text,
		"{\"time\":\"2026-10-25T01:00:00.000Z\",\"level\":\"warn\",\"event\":\"flush_slow\",\"us\":42,\"route\":\"/patients/{id}\",\"low\":-9223372036854775808}\n"
		"{\"time\":\"2026-10-25T01:00:00.000Z\",\"level\":\"error\",\"event\":\"odd\",\"none\":null,\"q\":\"a\\\"b\\\\c\\u000ad\\u007f\"}\n"
		"{\"time\":\"2026-10-25T01:00:00.000Z\",\"level\":\"debug\",\"event\":\"shown\"}\n");
}

static void problems(void **state)
{
	(void)state;
	struct problem p;
	assert_int_equal(problem_set(&p, RC_BAD_INPUT, WHY_BAD_JSON, "name[12].family\n1957", "byte %d", 12), RC_BAD_INPUT);
	int fd = open_log();
	log_problem(LOG_INFO, "refused", &p);
	read_log(fd);
	assert_non_null(strstr(text, "\"rc\":\"BAD_INPUT\",\"why\":\"BAD_JSON\",\"where\":\"name[].family?????\",\"detail\":\"byte 12\"}\n"));
}

static void long_line(void **state)
{
	(void)state;
	static char big[3000];
	memset(big, '\n', sizeof big - 1);
	int fd = open_log();
	log_event(LOG_INFO, "big", LOG_Z("a", big), LOG_N("b", 1), LOG_Z("c", "x"), LOG_END);
	static char wide[300];
	memset(wide, 'w', sizeof wide - 1);
	log_event(LOG_INFO, "many", LOG_Z("a", wide), LOG_Z("b", wide), LOG_Z("c", wide), LOG_Z("d", wide), LOG_Z("e", wide), LOG_Z("f", wide),
		LOG_Z("g", wide), LOG_Z("h", wide), LOG_Z("i", wide), LOG_Z("j", wide), LOG_Z("k", wide), LOG_Z("l", wide), LOG_Z("m", wide),
		LOG_Z("n", wide), LOG_Z("o", wide), LOG_N("end", 1), LOG_END);
	size_t n = read_log(fd);
	int count = 0;
	for (size_t i = 0, start = 0; i < n; i++)
		if (text[i] == '\n') {
			assert_true(i - start < 4096 && text[start] == '{' && text[i - 1] == '}');
			start = i + 1;
			count++;
		}
	assert_int_equal(count, 2);
}

static void *shout(void *z)
{
	for (int i = 0; i < 300; i++)
		log_event(LOG_INFO, "turn", LOG_Z("who", z), LOG_N("i", i), LOG_Z("again", z), LOG_END);
	return NULL;
}

static void whole_lines(void **state)
{
	(void)state;
	static char who[4][100];
	pthread_t t[4];
	int fd = open_log();
	for (int i = 0; i < 4; i++) {
		memset(who[i], 'a' + i, sizeof who[i] - 1);
		assert_int_equal(pthread_create(&t[i], NULL, shout, who[i]), 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	read_log(fd);
	int count = 0;
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, count++) {
		*end = '\0';
		char *a = strstr(line, "\"who\":\""), *b = strstr(line, "\"again\":\"");
		assert_true(line[0] == '{' && end[-1] == '}' && a && b && memcmp(a + 7, b + 9, 99) == 0);
	}
	assert_int_equal(count, 1200);
}

static void no_place_to_write(void **state)
{
	(void)state;
	log_to_fd(-1);
	log_event(LOG_ERROR, "lost", LOG_END);
	log_to_fd(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("an event is one JSON line with time, level, event and fields", lines),
		CASE("a problem is logged with the shape of its place only", problems),
		CASE("a line that is too long drops whole fields and stays JSON", long_line),
		CASE("lines of several threads never mix", whole_lines),
		CASE("a log that cannot be written stops nothing", no_place_to_write),
	};
	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
