/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/bare.c: the yardstick of read_vs_bare: the same HTTP library with the same flags, two threads, plain HTTP on loopback, answering every request with
 * the same bytes copied from memory and the same headers. No routing, no guard, no session, no gate. It must never do more than that, nor less.
 *   bare PORT BODY-FILE [NAME:VALUE …]      runs until it is killed; called by bench/run. Start at main.
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
static char **headers;
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
	for (int i = 0; i < n_headers; i++) {
		char *colon = strchr(headers[i], ':');
		char name[64];
		size_t n = (size_t)(colon - headers[i]);
		memcpy(name, headers[i], n);
		name[n] = '\0';
		(void)MHD_add_response_header(r, name, colon + 1);
	}
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

int
main(int argc, char **argv)
{
	FILE *f = argc > 2 ? fopen(argv[2], "rb") : NULL;
	if (!f || (port = (int)strtol(argv[1], NULL, 10)) <= 0) {
		(void)fprintf(stderr, "usage: bare PORT BODY-FILE [NAME:VALUE ...]\n");
		return 2;
	}
	body = malloc(BODY_MAX);
	n_body = body ? fread(body, 1, BODY_MAX, f) : 0;
	(void)fclose(f);
	headers = argv + 3;
	n_headers = argc - 3;
	for (int i = 0; i < n_headers; i++)
		if (!strchr(headers[i], ':') || strchr(headers[i], ':') - headers[i] > 63) {
			(void)fprintf(stderr, "bare: headers are NAME:VALUE\n");
			return 2;
		}
	pthread_t t[THREADS];
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, serve, NULL) != 0)
			return 1;
	return pthread_join(t[0], NULL);
}
