/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/send_syslog.c: one message to each syslog receiver. TLS is GnuTLS's, as for the listening socket: the receiver's certificate must be good for the name that
 * the settings give. Syslog has no receipt: what is told as sent was taken by the other end's connection, and no more. Start at send_syslog.
 */
#include "cli/send.h"

#include "base/clock.h"
#include "codec/syslog.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_BYTES 256
#define LAST_MS    2000 /* for the other end to say that it was not content, once all is written */
/* As the listening socket has them (http/req.h), for the same reasons. */
#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA"

struct receiver { bool tls; char host[HOST_BYTES], port[8]; uint64_t until_ns; int fd; const char *told; /* literal: why not */ };

/* [tls|tcp]://HOST:PORT, a numeric IPv6 host in brackets. */
static bool
receiver_parse(struct str text, struct receiver *r)
{
	struct str rest = { text.p + 6, text.n - 6 }, host, port;
	uint64_t n;

	r->tls = str_starts(text, STR("tls://"));
	if (rest.n > 0 && rest.p[0] == '[') {
		host = str_cut((struct str){ rest.p + 1, rest.n - 1 }, ']', &rest);
		if (rest.n == 0 || rest.p[0] != ':')
			return false;
		port = (struct str){ rest.p + 1, rest.n - 1 };
	} else {
		host = str_cut(rest, ':', &port);
	}
	if (host.n == 0 || host.n >= sizeof r->host || str_u64(port, &n) != RC_OK || n == 0 || n > 65535)
		return false;
	snprintf(r->host, sizeof r->host, "%.*s", STR_ARG(host));
	snprintf(r->port, sizeof r->port, "%u", (unsigned)n);
	return true;
}

static int
left_ms(const struct receiver *r)
{
	uint64_t now = clock_ns();

	return now >= r->until_ns ? 0 : (int)((r->until_ns - now) / 1000000);
}

static bool
ready(const struct receiver *r, short what)
{
	struct pollfd one = { .fd = r->fd, .events = what };
	int n;

	while ((n = poll(&one, 1, left_ms(r))) < 0 && errno == EINTR)
		continue;
	return n == 1;
}

static bool
connect_one(struct receiver *r, const struct addrinfo *a)
{
	int why = 0;
	socklen_t n = sizeof why;

	if ((r->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol)) < 0)
		return false;
	if (connect(r->fd, a->ai_addr, a->ai_addrlen) == 0 || (errno == EINPROGRESS && ready(r, POLLOUT) && getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &why, &n) == 0 && why == 0))
		return true;
	close(r->fd);
	r->fd = -1;
	return false;
}

static bool
connect_any(struct receiver *r)
{
	const struct addrinfo want = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;

	r->told = "its name is not known";
	if (getaddrinfo(r->host, r->port, &want, &found) != 0)
		return false;
	r->told = "it cannot be reached";
	for (const struct addrinfo *a = found; a && r->fd < 0; a = a->ai_next)
		(void)connect_one(r, a);
	freeaddrinfo(found);
	return r->fd >= 0;
}

/* ---- plain ---- */

/* Written, then read until the other end closes: a receiver that threw it away resets the connection. */
static bool
send_plain(struct receiver *r, struct str bytes)
{
	char answer[64];
	ssize_t n;

	r->told = "it closed before it had all, or took too long";
	while (bytes.n > 0) {
		n = send(r->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n < 0 && (errno == EINTR || (errno == EAGAIN && ready(r, POLLOUT))))
			continue;
		if (n <= 0)
			return false;
		bytes = (struct str){ bytes.p + n, bytes.n - (size_t)n };
	}
	(void)shutdown(r->fd, SHUT_WR);
	r->until_ns = clock_ns() + LAST_MS * 1000000ull;
	for (unsigned i = 0; i < 100 && ready(r, POLLIN); i++)
		if ((n = recv(r->fd, answer, sizeof answer, 0)) == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return n == 0;
	return true; /* it keeps the connection open: some do */
}

/* ---- TLS ---- */

/* A step of the library again until it is done or the time is over. */
static int
again(struct receiver *r, gnutls_session_t t, int (*step)(gnutls_session_t t, void *at), void *at)
{
	int code;

	while ((code = step(t, at)) == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED)
		if (!ready(r, gnutls_record_get_direction(t) ? POLLOUT : POLLIN))
			return GNUTLS_E_TIMEDOUT;
	return code;
}

static int
step_handshake(gnutls_session_t t, void *at)
{
	int code;

	(void)at;
	do
		code = gnutls_handshake(t);
	while (code < 0 && code != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(code));
	return code;
}

static int
step_send(gnutls_session_t t, void *at)
{
	struct str *bytes = at;

	while (bytes->n > 0) {
		ssize_t n = gnutls_record_send(t, bytes->p, bytes->n);
		if (n < 0)
			return (int)n;
		*bytes = (struct str){ bytes->p + n, bytes->n - (size_t)n };
	}
	return 0;
}

static int
step_bye(gnutls_session_t t, void *at)
{
	(void)at;
	return gnutls_bye(t, GNUTLS_SHUT_RDWR);
}

static bool
talk(struct receiver *r, gnutls_session_t t, struct str bytes)
{
	r->told = "TLS could not be agreed on";
	int code = again(r, t, step_handshake, NULL);
	if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR || code == GNUTLS_E_CERTIFICATE_ERROR)
		r->told = "its certificate is not good for this name";
	if (code == GNUTLS_E_TIMEDOUT)
		r->told = "no answer in time";
	if (code < 0)
		return false;
	r->told = "it closed before it had all, or took too long";
	if (again(r, t, step_send, &bytes) < 0)
		return false;
	r->until_ns = clock_ns() + LAST_MS * 1000000ull;
	code = again(r, t, step_bye, NULL); /* a refusal of our certificate comes only now (TLS 1.3) */
	r->told = "it refused the connection";
	return code != GNUTLS_E_FATAL_ALERT_RECEIVED;
}

static bool
is_number(const char *host)
{
	struct addrinfo want = { .ai_flags = AI_NUMERICHOST }, *found = NULL;
	bool is = getaddrinfo(host, NULL, &want, &found) == 0;

	if (is)
		freeaddrinfo(found);
	return is;
}

static bool
send_tls(const struct config *c, struct receiver *r, struct str bytes)
{
	gnutls_certificate_credentials_t trust = NULL;
	gnutls_session_t t = NULL;
	const char *ca = c->text[SET_HEAD_CA];
	bool good = false;

	r->told = "the certificates to go by cannot be read";
	if (gnutls_certificate_allocate_credentials(&trust) < 0)
		return false;
	if ((ca[0] != '\0' ? gnutls_certificate_set_x509_trust_file(trust, ca, GNUTLS_X509_FMT_PEM) : gnutls_certificate_set_x509_system_trust(trust)) > 0 &&
	    (c->text[SET_HEAD_CERT][0] == '\0' || gnutls_certificate_set_x509_key_file(trust, c->text[SET_HEAD_CERT], c->text[SET_HEAD_CERT_KEY], GNUTLS_X509_FMT_PEM) >= 0)) {
		good = gnutls_init(&t, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) >= 0 && gnutls_priority_set_direct(t, PRIORITIES, NULL) >= 0 &&
		       gnutls_credentials_set(t, GNUTLS_CRD_CERTIFICATE, trust) >= 0 &&
		       (is_number(r->host) || gnutls_server_name_set(t, GNUTLS_NAME_DNS, r->host, strlen(r->host)) >= 0);
		if (good) {
			gnutls_session_set_verify_cert(t, r->host, 0);
			gnutls_transport_set_int(t, r->fd);
			good = talk(r, t, bytes);
		}
		if (t)
			gnutls_deinit(t);
	}
	gnutls_certificate_free_credentials(trust);
	return good;
}

/* ---- */

static bool
send_one(const struct config *c, struct receiver *r, struct str text, struct str frame)
{
	r->fd = -1;
	r->told = "this is no tls://HOST:PORT or tcp://HOST:PORT";
	if (!receiver_parse(text, r))
		return false;
	r->until_ns = clock_ns() + c->number[SET_HEAD_WAIT] * 1000000000ull;
	bool good = connect_any(r) && (r->tls ? send_tls(c, r, frame) : send_plain(r, frame));
	if (r->fd >= 0)
		close(r->fd);
	return good;
}

void
send_syslog(struct sending *s)
{
	char host[HOST_BYTES] = "", process[24];
	struct buf message, frame;

	if (gethostname(host, sizeof host - 1) != 0)
		host[0] = '\0';
	snprintf(process, sizeof process, "%ld", (long)getpid());
	struct syslog_message m = { SYSLOG_AUDIT, SYSLOG_NOTICE, clock_ms(), host, "hygie", process, "ledger-head", s->line };
	buf_init(&message, SYSLOG_MAX);
	buf_init(&frame, SYSLOG_MAX + 16);
	syslog_put(&message, &m);
	syslog_frame(&frame, buf_view(&message));
	for (struct str rest = str_trim(str_of(s->c->text[SET_HEAD_SYSLOG])); rest.n > 0;) {
		struct str one = str_cut(rest, ' ', &rest);
		struct receiver r;
		if (one.n == 0)
			continue;
		s->tried++;
		if (frame.failed || !send_one(s->c, &r, one, buf_view(&frame))) {
			s->failed++;
			say_err("heads: %.*s: %s", STR_ARG(one), frame.failed ? "too long" : r.told);
		}
	}
	buf_done(&message);
	buf_done(&frame);
}
