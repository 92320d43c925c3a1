/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/bare.c: the yardstick of read_vs_bare: the same HTTP library with the same flags, two threads, plain HTTP on loopback, answering every request with
 * the same bytes copied from memory and the same headers. No routing, no guard, no session, no gate. It must never do more than that, nor less.
 *   bare PORT BODY-FILE HEADER-FILE      (lines "Name: value") runs until it is killed; called by bench/run. Start at main.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS 2
#define BODY_MAX ((size_t)16 << 20)

static char *body;
static size_t n_body;
static struct { char line[512]; char *value; } headers[32]; /* line: the name, NUL, the value */
static int n_headers, port;

static enum MHD_Result
answer(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *upload, size_t *n_upload, void **seen)
{
	static int second;
	(void)cls, (void)url, (void)method, (void)version, (void)upload;
	*n_upload = 0;
	if (!*seen) { /* answer on the second call, as a server does that reads the body first and keeps the connection */
		*seen = &second;
		return MHD_YES;
	}
	struct MHD_Response *r = MHD_create_response_from_buffer(n_body, body, MHD_RESPMEM_MUST_COPY);
	for (int i = 0; i < n_headers; i++)
		(void)MHD_add_response_header(r, headers[i].line, headers[i].value);
	enum MHD_Result ok = MHD_queue_response(c, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return ok;
}

static void *
serve(void *arg)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), ep = epoll_create1(EPOLL_CLOEXEC);
	(void)arg;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 1024) != 0) {
		perror("bare: listen");
		exit(1);
	}
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ITC, 0, NULL, NULL, answer, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)65536, MHD_OPTION_CONNECTION_TIMEOUT, 75u, MHD_OPTION_END);
	struct epoll_event ev = { .events = EPOLLIN };
	if (!d || epoll_ctl(ep, EPOLL_CTL_ADD, MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &ev) != 0)
		exit(1);
	for (;;) {
		MHD_UNSIGNED_LONG_LONG left;
		int ms = MHD_get_timeout(d, &left) == MHD_YES ? (int)(left > 1000 ? 1000 : left) : 1000;
		(void)epoll_wait(ep, &ev, 1, ms);
		(void)MHD_run(d);
	}
	return NULL;
}

static void
read_headers(FILE *f)
{
	while (n_headers < 32 && fgets(headers[n_headers].line, sizeof headers[0].line, f)) {
		char *line = headers[n_headers].line, *colon = strchr(line, ':');
		line[strcspn(line, "\r\n")] = '\0';
		if (!colon)
			continue;
		*colon = '\0';
		headers[n_headers++].value = colon + 1 + strspn(colon + 1, " ");
	}
}

int
main(int argc, char **argv)
{
	FILE *f = argc == 4 ? fopen(argv[2], "rb") : NULL, *h = argc == 4 ? fopen(argv[3], "r") : NULL;
	if (!f || !h || (port = (int)strtol(argv[1], NULL, 10)) <= 0 || !(body = malloc(BODY_MAX))) {
		(void)fprintf(stderr, "usage: bare PORT BODY-FILE HEADER-FILE\n");
		return 2;
	}
	n_body = fread(body, 1, BODY_MAX, f);
	read_headers(h);
	(void)fclose(f);
	(void)fclose(h);
	pthread_t t[THREADS];
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, serve, NULL) != 0)
			return 1;
	return pthread_join(t[0], NULL);
}
