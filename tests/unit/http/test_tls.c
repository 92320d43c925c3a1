/* SPDX-License-Identifier: Apache-2.0 */
/* test_tls.c: what the TLS door refuses, then what it serves: versions, tickets, keep-alive. The certificate is made here. */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct server *s;
static uint16_t port;
static char cert_path[64], key_path[64];
static gnutls_certificate_credentials_t cred;

static void
write_file(const char *path, const gnutls_datum_t *d)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(d->data, 1, d->size, f), d->size);
	(void)fclose(f);
}

static void
make_certificate(void)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t pem;
	(void)snprintf(cert_path, sizeof cert_path, "/tmp/hygie-test-%d.crt", (int)getpid());
	(void)snprintf(key_path, sizeof key_path, "/tmp/hygie-test-%d.key", (int)getpid());
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), 0);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_set_key(crt, key), 0);
	assert_int_equal(gnutls_x509_crt_set_version(crt, 3), 0);
	assert_int_equal(gnutls_x509_crt_set_serial(crt, "\1", 1), 0);
	assert_int_equal(gnutls_x509_crt_set_dn(crt, "CN=127.0.0.1", NULL), 0);
	assert_int_equal(gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60), 0);
	assert_int_equal(gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 3600), 0);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), 0);
	write_file(cert_path, &pem);
	gnutls_free(pem.data);
	assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), 0);
	write_file(key_path, &pem);
	gnutls_free(pem.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

/* 0 or the handshake's error. ticket: in, to resume; out, of this session. */
static int
handshake(const char *priorities, gnutls_session_t *t_r, int *fd_r, gnutls_datum_t *ticket)
{
	gnutls_session_t t;
	assert_int_equal(gnutls_init(&t, GNUTLS_CLIENT), 0);
	assert_int_equal(gnutls_priority_set_direct(t, priorities, NULL), 0);
	assert_int_equal(gnutls_credentials_set(t, GNUTLS_CRD_CERTIFICATE, cred), 0);
	if (ticket && ticket->data)
		assert_int_equal(gnutls_session_set_data(t, ticket->data, ticket->size), 0);
	*fd_r = wire_open(port);
	gnutls_transport_set_int(t, *fd_r);
	gnutls_handshake_set_timeout(t, 3000);
	int e;
	do
		e = gnutls_handshake(t);
	while (e < 0 && !gnutls_error_is_fatal(e));
	*t_r = t;
	return e;
}

static void
hang_up(gnutls_session_t t, int fd)
{
	gnutls_deinit(t);
	(void)close(fd);
}

static void
ask(gnutls_session_t t, const char *path, const char *end, char *text, size_t max)
{
	char z[256];
	ssize_t got;
	size_t n = 0;
	(void)snprintf(z, sizeof z, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
	assert_int_equal(gnutls_record_send(t, z, strlen(z)), strlen(z));
	gnutls_record_set_timeout(t, 2000);
	do {
		got = gnutls_record_recv(t, text + n, max - 1 - n);
		n += got > 0 ? (size_t)got : 0;
		text[n] = '\0';
	} while (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED || (got > 0 && !strstr(text, end)));
}

static void
old_versions_and_weak_ciphers_are_refused(void **state)
{
	static const char *const rows[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0:%VERIFY_ALLOW_BROKEN", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA" };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		gnutls_session_t t;
		int fd;
		assert_true(handshake(rows[i], &t, &fd, NULL) < 0);
		hang_up(t, fd);
	}
}

static void
plain_http_on_the_tls_port_gets_no_answer(void **state)
{
	bool closed;
	(void)state;
	assert_int_equal(wire_status(port, "GET /now HTTP/1.1\r\nHost: a\r\n\r\n", 30, &closed), 0);
	assert_true(closed);
}

static void
a_client_that_never_speaks_costs_no_processor_time(void **state)
{
	(void)state;
	int silent = wire_open(port), half = wire_open(port);
	wire_put(half, "\26\3\1\2\0\1\0", 7);
	(void)usleep(100000);
	clock_t before = clock();
	(void)usleep(1000000);
	assert_true(clock() - before < CLOCKS_PER_SEC / 10);
	(void)close(silent);
	(void)close(half);
}

static void
both_versions_are_served_at_once_and_later(void **state)
{
	static const struct { const char *priorities; gnutls_protocol_t version; } rows[] = {
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2", GNUTLS_TLS1_2 }, { "NORMAL:-VERS-ALL:+VERS-TLS1.3", GNUTLS_TLS1_3 }, { "NORMAL", GNUTLS_TLS1_3 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		gnutls_session_t t;
		char text[4096] = "";
		int fd;
		assert_int_equal(handshake(rows[i].priorities, &t, &fd, NULL), 0);
		assert_int_equal(gnutls_protocol_get_version(t), rows[i].version);
		ask(t, "/now", "\r\n\r\nnow", text, sizeof text);
		assert_int_equal(status_of(text), 200);
		ask(t, "/later/x", "\r\n\r\nx", text, sizeof text);
		assert_int_equal(status_of(text), 200);
		hang_up(t, fd);
	}
}

static void
a_second_connection_resumes_by_its_ticket_on_whatever_front(void **state)
{
	static const char *const rows[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3" };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		gnutls_datum_t ticket = { 0 };
		gnutls_session_t t;
		char text[4096] = "";
		int fd;
		assert_int_equal(handshake(rows[i], &t, &fd, NULL), 0);
		ask(t, "/now", "\r\n\r\nnow", text, sizeof text);
		assert_false(gnutls_session_is_resumed(t));
		assert_int_equal(gnutls_session_get_data2(t, &ticket), 0);
		hang_up(t, fd);
		for (unsigned again = 0; again < 6; again++) {
			assert_int_equal(handshake(rows[i], &t, &fd, &ticket), 0);
			assert_true(gnutls_session_is_resumed(t));
			ask(t, "/now", "\r\n\r\nnow", text, sizeof text);
			assert_int_equal(status_of(text), 200);
			hang_up(t, fd);
		}
		gnutls_free(ticket.data);
	}
}

static int
up(void **state)
{
	(void)state;
	make_certificate();
	port = free_port();
	s = server_up_with((struct http_settings){ .port = port, .cert_path = cert_path, .key_path = key_path });
	assert_string_not_equal(http_port_text(server_http(s)), "");
	return gnutls_certificate_allocate_credentials(&cred);
}

static int
down(void **state)
{
	(void)state;
	server_down(s, 500);
	gnutls_certificate_free_credentials(cred);
	(void)unlink(cert_path);
	(void)unlink(key_path);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_versions_and_weak_ciphers_are_refused),
		cmocka_unit_test(plain_http_on_the_tls_port_gets_no_answer),
		cmocka_unit_test(a_client_that_never_speaks_costs_no_processor_time),
		cmocka_unit_test(both_versions_are_served_at_once_and_later),
		cmocka_unit_test(a_second_connection_resumes_by_its_ticket_on_whatever_front),
	};
	return cmocka_run_group_tests(tests, up, down);
}
