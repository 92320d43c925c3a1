/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/serve.c: `hygie serve`: opens the vault, the front and the sockets in that order, says where it answers, and closes them in the other order: in processes
 * of their own (supervise.c), or with walls.fronts = 0 all in this one. What cannot start says why in one sentence and leaves nothing half-done. Start at command_serve.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/press.h"
#include "cli/presses.h"
#include "cli/serve.h"
#include "pages/pages.h"

const struct option_row options_serve[] = {
	{ "dir",       "DIR",  "data directory (var/demo when it is there, else the setting data.dir)" },
	{ "port",      "N",    "HTTPS port" },
	{ "http-port", "N",    "plain HTTP port on loopback" },
	{ "config",    "FILE", "settings file" },
	{ "data",      "DIR",  "tables that come with the program (HYGIE_DATA)" },
	OPTION_DB,
	OPTIONS_END,
};

bool
serve_settings(const struct options *o, struct server *s)
{
	struct stat st;
	const char *dir = option_get(o, "dir", NULL), *port = option_get(o, "port", NULL), *plain = option_get(o, "http-port", NULL);

	if (!config_read(option_get(o, "config", NULL), &s->config))
		return false;
	if (!option_has(o, "db") && !database_use(s->config.text[SET_DB]))
		return false;
	keeper_use_keys(s->config.text[SET_KEYS][0] != '\0' ? s->config.text[SET_KEYS] : NULL);
	if (dir == NULL && (stat("var/demo/hygie.db", &st) == 0 || stat("var/demo/base.url", &st) == 0))
		dir = "var/demo";
	if ((dir != NULL && !config_set(&s->config, SET_DIR, dir, "command line")) || (port != NULL && !config_set(&s->config, SET_PORT, port, "command line")) ||
	    (plain != NULL && !config_set(&s->config, SET_PLAIN_PORT, plain, "command line")))
		return false;
	s->dir = s->config.text[SET_DIR];
	s->tables = data_dir_option(o);
	const char *level = s->config.text[SET_LOG];
	log_min(strcmp(level, "debug") == 0 ? LOG_DEBUG : strcmp(level, "info") == 0 ? LOG_INFO : strcmp(level, "warn") == 0 ? LOG_WARN : LOG_ERROR);
	return true;
}

static bool
is_loopback(const char *address)
{
	struct in_addr four;
	struct in6_addr six;

	if (inet_pton(AF_INET, address, &four) == 1)
		return (ntohl(four.s_addr) >> 24) == 127;
	return inet_pton(AF_INET6, address, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

enum rc
serve_certificate(struct server *s, struct problem *p)
{
	char folder[560];
	struct stat st;

	if (s->config.text[SET_CERT][0] != '\0' || s->config.text[SET_KEY][0] != '\0') {
		snprintf(s->cert, sizeof s->cert, "%s", s->config.text[SET_CERT]);
		snprintf(s->key, sizeof s->key, "%s", s->config.text[SET_KEY]);
		return RC_OK;
	}
	snprintf(folder, sizeof folder, "%s/tls", s->dir);
	snprintf(s->cert, sizeof s->cert, "%s/cert.pem", folder);
	snprintf(s->key, sizeof s->key, "%s/key.pem", folder);
	if (stat(s->cert, &st) == 0 && stat(s->key, &st) == 0)
		return RC_OK;
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return problem_set(p, RC_BROKEN, WHY_NO_DIR, "tls", "errno %d", errno);
	return tls_make(s->cert, s->key, p);
}

/* A demonstration offers its people and their codes, so it serves loopback only. */
enum rc
serve_people(struct server *s, struct problem *p)
{
	enum rc rc;

	if (!s->demo)
		return RC_OK;
	if (!is_loopback(s->config.text[SET_ADDRESS]))
		return problem_set(p, RC_DENIED, WHY_DEMO_LOOPBACK, "http.address", "demo");
	if ((rc = demo_file_read(s->dir, &s->people_file, p)) != RC_OK)
		return rc;
	for (unsigned i = 0; i < s->people_file.n_people; i++) {
		const struct keeper_person *from = &s->people_file.people[i];
		struct demo_person *to = &s->people[i];
		to->role = from->role;
		memcpy(to->login, from->login, sizeof to->login);
		memcpy(to->password, from->password, sizeof to->password);
		memcpy(to->totp_secret, from->totp_secret, sizeof to->totp_secret);
		memcpy(to->name, from->name, sizeof to->name);
		memcpy(to->unit, from->unit, sizeof to->unit);
		memcpy(to->unit_name, from->unit_name, sizeof to->unit_name);
	}
	s->offered = (struct demo_people){ s->people, s->people_file.n_people };
	return RC_OK;
}

/* Whom passkeys are made for. A certificate that is still to be made will say localhost (tls_make); browsers take plain HTTP from there too. */
void
serve_site(struct server *s)
{
	const char *name = s->config.text[SET_PASSKEY_NAME], *origins = s->config.text[SET_PASSKEY_ORIGINS];
	unsigned port = (unsigned)s->config.number[SET_PORT], plain = (unsigned)s->config.number[SET_PLAIN_PORT];
	char cert[600], *to = s->passkey_origins;
	size_t room = sizeof s->passkey_origins, n;

	snprintf(cert, sizeof cert, "%s/tls/cert.pem", s->dir);
	if (s->config.text[SET_CERT][0] != '\0')
		snprintf(cert, sizeof cert, "%s", s->config.text[SET_CERT]);
	if (name[0] != '\0')
		snprintf(s->passkey_name, sizeof s->passkey_name, "%s", name);
	else if (!tls_host(cert, s->passkey_name, sizeof s->passkey_name))
		snprintf(s->passkey_name, sizeof s->passkey_name, "%s", s->config.text[SET_CERT][0] != '\0' ? "" : "localhost"); /* none: no passkeys */
	snprintf(to, room, "%s", origins);
	if (origins[0] != '\0')
		return;
	n = (size_t)snprintf(to, room, port == 443 || port == 0 /* a proxy's */ ? "https://%s" : "https://%s:%u", s->passkey_name, port);
	if (plain != 0 && strcmp(s->passkey_name, "localhost") == 0)
		snprintf(to + n, room - n, " http://localhost:%u", plain);
}

enum rc
serve_vault(struct server *s, struct problem *p)
{
	serve_site(s);
	struct gate_settings g = { .dir = s->dir, .tables = s->tables, .workers = (unsigned)s->config.number[SET_WORKERS],
		.idle_ms = (int64_t)s->config.number[SET_IDLE] * 60000, .absolute_ms = (int64_t)s->config.number[SET_ABSOLUTE] * 3600000,
		.passkey_name = s->passkey_name, .passkey_origins = s->passkey_origins, .insi = s->config.text[SET_INSI], .line_ended = s->line_ended,
		.epoch_s = s->config.number[SET_LEDGER_EPOCH] * 3600, .bind_s = s->config.number[SET_LEDGER_BIND] * 60 };
	enum rc rc = gate_open(&g, &s->gate, p);

	if (rc != RC_OK)
		return rc;
	s->demo = g.demo;
	log_event(LOG_INFO, "vault_open", LOG_N("flush_us", g.flush_us), LOG_N("crashed", g.crashed), LOG_END);
	if (g.flush_us < 20)
		say_err("warning: this disk confirms a flush in %llu µs: it probably keeps data in a volatile cache, and a power cut may lose what was acknowledged", (unsigned long long)g.flush_us);
	else if (g.flush_us > 20000)
		say_err("warning: this disk takes %llu µs to flush: every answer waits that long", (unsigned long long)g.flush_us);
	return gate_listen(s->gate, p);
}

enum rc
serve_front(struct server *s, struct problem *p)
{
	struct front_settings f = { .gate = s->gate, .page_voice = &pages_voice, .api_voice = &api_voice, .demo = s->demo, .demo_people = s->demo ? &s->offered : NULL,
		.assets = pages_assets };
	static const struct page *tables[256];
	size_t n = 0;

	for (size_t i = 0; pages_all[i] != NULL; i++) {
		MUST(n + 1 < sizeof tables / sizeof tables[0]);
		tables[n++] = pages_all[i];
	}
	tables[n++] = api_pages;
	f.pages = tables;
	f.n_pages = n;
	return front_open(&f, &s->front, p);
}

struct http_settings
serve_http(struct server *s)
{
	struct http_settings h = { .address = s->config.text[SET_ADDRESS], .port = (uint16_t)s->config.number[SET_PORT], .plain_port = (uint16_t)s->config.number[SET_PLAIN_PORT],
		.cert_path = s->cert, .key_path = s->key, .fronts = (unsigned)s->config.number[SET_FRONTS], .connections_max = (unsigned)s->config.number[SET_CONNECTIONS], .fallback = front_fallback };

	snprintf(s->socket_path, sizeof s->socket_path, "%s/http.sock", s->dir);
	h.socket_path = s->socket_path;
	return h;
}

static enum rc
open_sockets(struct server *s, struct problem *p)
{
	struct http_settings h = serve_http(s);

	h.hooks = front_hooks(s->front);
	h.tables = front_routes(s->front, &h.n_tables);
	return http_start(&h, &s->http, p);
}

enum rc
serve_marks(struct server *s, struct problem *p)
{
	char pid[32];
	struct demo_file *f = &s->people_file;

	snprintf(s->pid_path, sizeof s->pid_path, "%s/server.pid", s->dir);
	snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	enum rc rc = file_write(s->pid_path, str_of(pid), 0600, p);
	if (rc != RC_OK || !s->demo)
		return rc;
	snprintf(f->url, sizeof f->url, "https://%.60s:%u", s->config.text[SET_ADDRESS], (unsigned)s->config.number[SET_PORT]);
	f->http_url[0] = '\0';
	if (s->config.number[SET_PLAIN_PORT] != 0)
		snprintf(f->http_url, sizeof f->http_url, "http://127.0.0.1:%u", (unsigned)s->config.number[SET_PLAIN_PORT]);
	f->pid = (long)getpid();
	return demo_file_write(s->dir, f, p);
}

void
serve_announce(const struct server *s)
{
	if (s->config.number[SET_PORT] != 0)
		printf("Ready: https://%s:%u\n", s->config.text[SET_ADDRESS], (unsigned)s->config.number[SET_PORT]);
	else
		printf("Ready\n");
	if (s->config.number[SET_PORT] != 0 && strcmp(s->passkey_name, "localhost") == 0)
		printf("Passkeys are made for the name: https://localhost:%u\n", (unsigned)s->config.number[SET_PORT]);
	if (s->config.number[SET_PLAIN_PORT] != 0)
		printf("Plain HTTP for load tests: http://127.0.0.1:%u\n", (unsigned)s->config.number[SET_PLAIN_PORT]);
	if (s->demo) {
		printf("Demonstration. Who can sign in (the sign-in page gives their current code):\n");
		for (unsigned i = 0; i < s->people_file.n_people; i++)
			printf("  %-12s %-16s %s%s%s\n", role_code(s->people[i].role), s->people[i].login, s->people[i].name, s->people[i].unit_name[0] != '\0' ? ", " : "", s->people[i].unit_name);
	}
	fflush(stdout);
}

static void
wait_for_end(struct presses *presses)
{
	sigset_t set;
	struct signalfd_siginfo info;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	for (bool over = fd < 0; !over;) {
		struct pollfd one = { .fd = fd, .events = POLLIN };
		int status;
		(void)poll(&one, 1, presses_start_due(presses));
		while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
			over = over || info.ssi_signo != SIGCHLD;
		for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
			(void)presses_ended(presses, pid, status);
	}
	if (fd >= 0)
		close(fd);
}

void
serve_unmark(struct server *s)
{
	struct problem p = { 0 };

	if (s->pid_path[0] != '\0')
		unlink(s->pid_path);
	if (s->demo && s->pid_path[0] != '\0') {
		s->people_file.pid = 0;
		if (demo_file_write(s->dir, &s->people_file, &p) != RC_OK)
			log_problem(LOG_WARN, "demo_file", &p);
	}
	wipe(s->people, sizeof s->people);
	wipe(&s->people_file, sizeof s->people_file);
}

void
serve_block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* All in this process: whoever breaks into HTTP is beside the keys. */
static int
serve_all(struct server *s)
{
	struct problem p = { 0 };
	struct presses presses;
	int code = EXIT_FAILED;

	if (presses_open(&presses, s->config.text[SET_WALLS_SANDBOX]))
		press_use(presses.vault[0]); /* the one counter that there is need of */
	log_event(LOG_WARN, "walls", LOG_Z("of", "server"), LOG_Z("what", "all"), LOG_Z("state", "one_process"), LOG_END);
	if (serve_vault(s, &p) != RC_OK || serve_people(s, &p) != RC_OK || serve_certificate(s, &p) != RC_OK || serve_front(s, &p) != RC_OK || open_sockets(s, &p) != RC_OK ||
	    serve_marks(s, &p) != RC_OK) {
		fail("serve", &p);
	} else {
		serve_announce(s);
		wait_for_end(&presses);
		log_event(LOG_INFO, "stopping", LOG_END);
		code = EXIT_DONE;
	}
	http_stop(&s->http, 4000);
	front_close(&s->front);
	gate_close(&s->gate);
	presses_close(&presses);
	serve_unmark(s);
	return code;
}

int
command_serve(const struct options *o)
{
	struct server *s = calloc(1, sizeof *s);
	int code = EXIT_FAILED;

	MUST(s != NULL);
	serve_block_signals();
	if (serve_settings(o, s))
		code = s->config.number[SET_WALLS_FRONTS] > 0 ? supervise(o, s) : serve_all(s);
	free(s);
	return code;
}
