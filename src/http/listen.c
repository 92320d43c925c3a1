/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/listen.c: sockets that listen, and the certificate. It must never leave a socket open to more than was asked: the unix socket is 0600 from its birth.
 * A port that somebody else holds, or a certificate that cannot serve, is told in one clear problem before any thread starts.
 * Called by server.c. Start at listen_tcp.
 */
#include "http/req.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024 /* a shift change: two thousand browsers in a few seconds over two fronts */
#define PEM_MAX 65536

struct place { union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; } a; socklen_t n; };

static enum rc
place_of(const char *address, uint16_t port, struct place *pl_r, struct problem *p)
{
	struct place pl = { 0 };
	if (inet_pton(AF_INET, address, &pl.a.v4.sin_addr) == 1) {
		pl.a.v4.sin_family = AF_INET;
		pl.a.v4.sin_port = htons(port);
		pl.n = sizeof pl.a.v4;
	} else if (inet_pton(AF_INET6, address, &pl.a.v6.sin6_addr) == 1) {
		pl.a.v6.sin6_family = AF_INET6;
		pl.a.v6.sin6_port = htons(port);
		pl.n = sizeof pl.a.v6;
	} else {
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_ADDRESS, "address", "neither IPv4 nor IPv6");
	}
	*pl_r = pl;
	return RC_OK;
}

static enum rc
bind_tcp(const char *address, uint16_t port, bool shared, int *fd_r, struct problem *p)
{
	struct place pl;
	enum rc rc = place_of(address, port, &pl, p);
	if (rc != RC_OK)
		return rc;
	int one = 1, fd = socket(pl.a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return problem_set(p, RC_BROKEN, WHY_NO_LISTEN, "socket", "errno %d", errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (shared)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	if (pl.a.any.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, &pl.a.any, pl.n) == 0 && listen(fd, BACKLOG) == 0) {
		*fd_r = fd;
		return RC_OK;
	}
	int why = errno;
	(void)close(fd);
	if (why == EADDRINUSE)
		return problem_set(p, RC_CONFLICT, WHY_PORT_TAKEN, "port", "port %u", port);
	return problem_set(p, RC_BROKEN, WHY_NO_LISTEN, "port", "port %u, errno %d", port, why);
}

enum rc
listen_tcp(const char *address, uint16_t port, int *fd_r, struct problem *p)
{
	return bind_tcp(address, port, true, fd_r, p);
}

/* Without SO_REUSEPORT: another server of the same person would else share our port unnoticed. */
enum rc
listen_free(const char *address, uint16_t port, struct problem *p)
{
	int fd;
	enum rc rc = bind_tcp(address, port, false, &fd, p);
	if (rc == RC_OK)
		(void)close(fd);
	return rc;
}

enum rc
listen_unix(const char *path, int *fd_r, struct problem *p)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	size_t n = strlen(path);
	if (n >= sizeof a.sun_path)
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_ADDRESS, "socket", "path of %zu bytes", n);
	memcpy(a.sun_path, path, n + 1);
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (probe >= 0 && connect(probe, (struct sockaddr *)&a, sizeof a) == 0) {
		(void)close(probe);
		return problem_set(p, RC_CONFLICT, WHY_PORT_TAKEN, "socket", "answered");
	}
	if (probe >= 0)
		(void)close(probe);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Linux takes the mode of the new socket from fchmod on the unbound descriptor, so there is no moment at which others could connect. */
	if (fd >= 0 && fchmod(fd, 0600) == 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && chmod(path, 0600) == 0 && listen(fd, BACKLOG) == 0) {
		*fd_r = fd;
		return RC_OK;
	}
	int why = errno;
	if (fd >= 0)
		(void)close(fd);
	return problem_set(p, RC_BROKEN, WHY_NO_LISTEN, "socket", "errno %d", why);
}

static char *
read_pem(const char *path)
{
	char *z = malloc(PEM_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t n = 0;
	ssize_t got = -1;
	while (z && fd >= 0 && n <= PEM_MAX && (got = read(fd, z + n, PEM_MAX + 1 - n)) > 0)
		n += (size_t)got;
	if (fd >= 0)
		(void)close(fd);
	if (!z || got != 0 || n == 0 || n > PEM_MAX) {
		free(z);
		return NULL;
	}
	z[n] = '\0';
	return z;
}

enum rc
listen_credentials(struct http_server *srv, struct problem *p)
{
	const struct http_settings *s = &srv->set;
	gnutls_certificate_credentials_t cred = NULL;
	srv->cert = s->given ? strdup(s->given->cert) : s->cert_path ? read_pem(s->cert_path) : NULL;
	if (!srv->cert)
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_CERTIFICATE, "certificate", "cannot be read");
	srv->key = s->given ? strdup(s->given->key) : s->key_path ? read_pem(s->key_path) : NULL;
	if (!srv->key)
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_CERTIFICATE, "key", "cannot be read");
	gnutls_datum_t cert = { (unsigned char *)srv->cert, (unsigned)strlen(srv->cert) }, key = { (unsigned char *)srv->key, (unsigned)strlen(srv->key) };
	if (gnutls_certificate_allocate_credentials(&cred) != GNUTLS_E_SUCCESS)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "gnutls credentials");
	int e = gnutls_certificate_set_x509_key_mem2(cred, &cert, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
	gnutls_certificate_free_credentials(cred);
	if (e < 0)
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_CERTIFICATE, "certificate", "gnutls %d", e);
	if (gnutls_session_ticket_key_generate(&srv->ticket) != GNUTLS_E_SUCCESS)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "gnutls ticket key");
	return RC_OK;
}

bool
address_is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_UNIX)
		return true;
	if (a->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, a, sizeof v4);
		return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	}
	if (a->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, a, sizeof v6);
		return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) || (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
	}
	return false;
}

void
address_text(const struct sockaddr *a, char out[48])
{
	const char *z = NULL;
	if (a->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, a, sizeof v4);
		z = inet_ntop(AF_INET, &v4.sin_addr, out, 48);
	} else if (a->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, a, sizeof v6);
		z = inet_ntop(AF_INET6, &v6.sin6_addr, out, 48);
	}
	if (!z)
		memcpy(out, "local", 6);
}
