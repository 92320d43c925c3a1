/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/supervise.c: `hygie serve` as several processes: one vault, some fronts, each the same program started anew under a word of its own, with nothing of this
 * one's memory. Opens the ports, hands them out, joins fronts and vault by lines, starts again what dies (fronts refuse while there is no vault), stops fronts first
 * and the vault last. It serves nobody and reads nothing that a front says but that it is ready. One thread, one loop. Start at supervise.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/control.h"
#include "cli/presses.h"
#include "cli/serve.h"
#include "cli/walls.h"

#define FRONTS_MOST 16
#define THREADS_MOST 64
#define STEADY_NS 5000000000ull      /* one that lived so long starts again at once */
#define AGAIN_MS 50                  /* else after this, twice as long each time */
#define AGAIN_MOST_MS 500
#define FRONT_STOP_NS 6000000000ull  /* a front lets its answers out for four seconds */
#define ARGUMENTS 128

enum state { GONE, STARTING, READY };
struct user { uid_t uid; gid_t gid; bool other; };
struct process {
	enum state state;
	pid_t pid;
	int control;
	unsigned tries;
	uint64_t since_ns, again_ns;
	bool was_ready;
};
struct house {
	struct server *s;
	const struct options *o;
	struct user vault_user, front_user;
	struct process vault, front[FRONTS_MOST];
	struct presses presses;
	unsigned n, threads;             /* fronts; threads of each */
	int tls[FRONTS_MOST * THREADS_MOST], plain[FRONTS_MOST * THREADS_MOST], unix_socket;
	int board[2];                    /* the fronts' counters: to write, to read */
	struct { struct letter l; char pem[2 * LETTER_TEXT]; } letter;
	bool open, told, stopping;       /* sockets listen; announced */
	int code;
};

/* ---- users ---- */

static bool
find_user(const char *name, const char *setting, struct user *u)
{
	const struct passwd *pw;

	*u = (struct user){ geteuid(), getegid(), false };
	if (name[0] == '\0')
		return true;
	if (geteuid() != 0) {
		say_err("walls.%s is for a server that is started as root", setting);
		return false;
	}
	if ((pw = getpwnam(name)) == NULL || pw->pw_uid == 0) {
		say_err("walls.%s: no such user, or root", setting);
		return false;
	}
	*u = (struct user){ pw->pw_uid, pw->pw_gid, true };
	return true;
}

static bool
find_users(struct house *h)
{
	const struct config *c = &h->s->config;

	if (!find_user(c->text[SET_WALLS_VAULT_USER], "vault_user", &h->vault_user) || !find_user(c->text[SET_WALLS_FRONT_USER], "front_user", &h->front_user))
		return false;
	return true;
}

static void
say_users(const struct house *h)
{
	bool apart = h->vault_user.uid != h->front_user.uid;

	log_event(apart ? LOG_INFO : LOG_WARN, "users", LOG_Z("vault_and_fronts", apart ? "apart" : "the_same"), LOG_N("vault", h->vault_user.uid), LOG_N("fronts", h->front_user.uid), LOG_END);
}

/* ---- starting ---- */

/* What a front may know of this one's surroundings: addresses of databases and folders of keys stand there too. */
static char **
front_environment(void)
{
	static const char *const names[] = { "TZ", "LANG", "LC_ALL", "PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS" };
	static char *kept[sizeof names / sizeof names[0] + 2], room[sizeof names / sizeof names[0] + 1][512];
	unsigned n = 0;

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && (size_t)snprintf(room[n], sizeof room[n], "%s=%s", names[i], value) < sizeof room[n]) {
			kept[n] = room[n];
			n++;
		}
	}
#ifdef HYGIE_TEST_PRELOAD /* builds for tests only (meson.build): hostile code for a front to hold */
	const char *hostile = getenv("HYGIE_TEST_PRELOAD");
	if (hostile != NULL && (size_t)snprintf(room[n], sizeof room[n], "LD_PRELOAD=%s", hostile) < sizeof room[n]) {
		kept[n] = room[n];
		n++;
	}
#endif
	kept[n] = NULL;
	return kept;
}

_Noreturn static void
become(const char *word, const struct options *o, const struct user *u, int control, pid_t parent, char **environment)
{
	char *argv[ARGUMENTS], names[OPTIONS_GIVEN][40];
	unsigned n = 0;

	argv[n++] = (char *)(uintptr_t)"hygie";
	argv[n++] = (char *)(uintptr_t)word;
	for (unsigned i = 0; o != NULL && i < o->n_all; i++) {
		if (strcmp(o->all[i].name, "db") == 0) { /* by the environment: its password is no longer in our arguments, and should be in nobody's */
			(void)setenv("HYGIE_DATA_DB", database_in_use(), 1);
			continue;
		}
		snprintf(names[i], sizeof names[i], "--%s", o->all[i].name);
		argv[n++] = names[i];
		if (o->all[i].value[0] != '\0')
			argv[n++] = (char *)(uintptr_t)o->all[i].value;
	}
	argv[n] = NULL;
	if (u->other && (setgroups(0, NULL) != 0 || setresgid(u->gid, u->gid, u->gid) != 0 || setresuid(u->uid, u->uid, u->uid) != 0))
		_exit(EXIT_FAILED);
	/* The end of this process is the end of all: none may go on unwatched. Asked for after the change of user, which would take it back. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_FAILED);
	int kept = dup(control); /* clear of the number it goes to */
	if (kept < 0 || dup2(kept, CONTROL_FD) < 0 || close_range(CONTROL_FD + 1, ~0u, 0) != 0)
		_exit(EXIT_FAILED);
	execve("/proc/self/exe", argv, environment != NULL ? environment : environ);
	_exit(EXIT_FAILED);
}

static void
start(struct house *h, struct process *p, bool is_vault)
{
	int pair[2];
	pid_t parent = getpid();

	p->again_ns = clock_ns() + AGAIN_MOST_MS * 1000000ull; /* should what follows fail */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return;
	pid_t pid = fork();
	if (pid == 0)
		become(is_vault ? WORD_VAULT : WORD_FRONT, is_vault ? h->o : NULL, is_vault ? &h->vault_user : &h->front_user, pair[1], parent, is_vault ? NULL : front_environment());
	(void)close(pair[1]);
	if (pid < 0) {
		(void)close(pair[0]);
		return;
	}
	if (is_vault)
		(void)control_send(pair[0], (struct control){ CONTROL_COUNTER, 0, 0 }, NULL, 0, &h->presses.vault[0], 1);
	*p = (struct process){ .state = STARTING, .pid = pid, .control = pair[0], .tries = p->tries, .since_ns = clock_ns(), .was_ready = p->was_ready };
}

/* Both ends of each line of one front. A front or a vault that cannot take it is about to be seen as gone; a front that would wait for lines that cannot be made is ended. */
static void
join_lines(struct house *h, struct process *front)
{
	int pair[2], one = 1;

	for (unsigned i = 0; i <= h->threads; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 || setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one) != 0) {
			log_event(LOG_ERROR, "lines", LOG_N("errno", errno), LOG_END);
			(void)kill(front->pid, SIGKILL);
			return;
		}
		(void)control_send(h->vault.control, (struct control){ CONTROL_DOOR, front->pid, (int32_t)h->front_user.uid }, NULL, 0, &pair[0], 1);
		(void)control_send(front->control, (struct control){ CONTROL_LINE, (int32_t)i, 0 }, NULL, 0, &pair[1], 1);
		(void)close(pair[0]);
		(void)close(pair[1]);
	}
}

static void
start_front(struct house *h, unsigned i)
{
	struct process *p = &h->front[i];
	struct letter *l = &h->letter.l;
	int fds[CONTROL_FDS];
	unsigned n = 0;

	start(h, p, false);
	if (p->state != STARTING)
		return;
	for (unsigned t = 0; l->port != 0 && t < h->threads; t++)
		fds[n++] = h->tls[i * h->threads + t];
	for (unsigned t = 0; l->plain_port != 0 && t < h->threads; t++)
		fds[n++] = h->plain[i * h->threads + t];
	l->has_unix = i == 0;
	if (l->has_unix)
		fds[n++] = h->unix_socket;
	fds[n++] = h->board[0];
	fds[n++] = h->board[1];
	fds[n++] = h->presses.fronts[0];
	l->nth = i;
	l->has_lines = h->vault.state == READY;
	(void)control_send(p->control, (struct control){ CONTROL_LETTER, 0, 0 }, &h->letter, sizeof *l + l->n_cert + l->n_key, fds, n);
	if (l->has_lines)
		join_lines(h, p);
}

/* ---- what fronts are told ---- */

static enum rc
add_pem(struct house *h, const char *path, size_t *n_r, struct problem *p)
{
	struct buf text;

	buf_init(&text, LETTER_TEXT - 1);
	enum rc rc = file_read(path, &text, p);
	if (rc == RC_OK) {
		memcpy(h->letter.pem + h->letter.l.n_cert, text.p, text.n);
		h->letter.pem[h->letter.l.n_cert + text.n] = '\0';
		*n_r = text.n + 1;
	}
	buf_done_wiped(&text);
	return rc == RC_OK ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_BAD_CERTIFICATE, "certificate", "cannot be read, or over 64 KiB");
}

static enum rc
write_letter(struct house *h, struct problem *p)
{
	struct server *s = h->s;
	const struct config *c = &s->config;
	const char *level = c->text[SET_LOG];
	struct letter *l = &h->letter.l;

	snprintf(l->address, sizeof l->address, "%s", c->text[SET_ADDRESS]);
	snprintf(l->sandbox, sizeof l->sandbox, "%s", c->text[SET_WALLS_SANDBOX]);
	l->port = (uint16_t)c->number[SET_PORT];
	l->plain_port = (uint16_t)c->number[SET_PLAIN_PORT];
	l->threads = h->threads;
	l->fronts = h->n;
	l->connections = ((unsigned)c->number[SET_CONNECTIONS] + h->n - 1) / h->n;
	l->log_level = strcmp(level, "debug") == 0 ? LOG_DEBUG : strcmp(level, "info") == 0 ? LOG_INFO : strcmp(level, "warn") == 0 ? LOG_WARN : LOG_ERROR;
	l->demo = s->demo;
	memcpy(l->people, s->people, sizeof l->people);
	l->n_people = s->people_file.n_people;
	enum rc rc = l->port != 0 ? add_pem(h, s->cert, &l->n_cert, p) : RC_OK;
	return rc == RC_OK && l->port != 0 ? add_pem(h, s->key, &l->n_key, p) : rc;
}

/* The vault is there for the first time: what it said decides what is served. */
static enum rc
open_house(struct house *h, struct problem *p)
{
	struct server *s = h->s;
	enum rc rc;

	serve_site(s);
	if ((rc = serve_people(s, p)) != RC_OK || (rc = serve_certificate(s, p)) != RC_OK)
		return rc;
	struct http_settings http = serve_http(s);
	if ((rc = http_listen(&http, h->n * h->threads, h->tls, h->plain, &h->unix_socket, p)) != RC_OK || (rc = write_letter(h, p)) != RC_OK)
		return rc;
	h->open = true;
	for (unsigned i = 0; i < h->n; i++)
		start_front(h, i);
	return RC_OK;
}

/* ---- watching ---- */

static void
close_sockets(struct house *h)
{
	for (unsigned i = 0; h->open && i < h->n * h->threads; i++) {
		if (h->tls[i] >= 0)
			(void)close(h->tls[i]);
		if (h->plain[i] >= 0)
			(void)close(h->plain[i]);
	}
	if (h->open && h->unix_socket >= 0) {
		(void)close(h->unix_socket);
		(void)unlink(h->s->socket_path);
	}
	h->open = false;
}

/* Fronts first: an act under way is finished, and its answer goes out; the vault when the last of them is gone. */
static void
stop(struct house *h, int code)
{
	if (h->stopping)
		return;
	h->stopping = true;
	h->code = code;
	if (h->told)
		log_event(LOG_INFO, "stopping", LOG_END);
	close_sockets(h);
	for (unsigned i = 0; i < h->n; i++)
		if (h->front[i].state != GONE)
			(void)control_send(h->front[i].control, (struct control){ CONTROL_STOP, 0, 0 }, NULL, 0, NULL, 0);
}

static bool
fronts_are(const struct house *h, enum state state)
{
	for (unsigned i = 0; i < h->n; i++)
		if (h->front[i].state != state)
			return false;
	return true;
}

static void
on_vault_ready(struct house *h, bool demo)
{
	struct problem p = { 0 };

	if (!h->open) {
		h->s->demo = demo;
		if (open_house(h, &p) != RC_OK) {
			fail("serve", &p);
			stop(h, EXIT_FAILED);
		}
		return;
	}
	for (unsigned i = 0; i < h->n; i++)
		if (h->front[i].state != GONE)
			join_lines(h, &h->front[i]);
}

static void
on_front_ready(struct house *h)
{
	struct problem p = { 0 };

	if (h->told || h->stopping || !fronts_are(h, READY))
		return;
	h->told = true;
	say_users(h);
	if (serve_marks(h->s, &p) == RC_OK) {
		serve_announce(h->s);
		return;
	}
	fail("serve", &p);
	stop(h, EXIT_FAILED);
}

/* A front whose line to the vault broke while both lived can serve nobody any more, whoever's fault it was. */
static void
end_front(struct house *h, pid_t pid)
{
	for (unsigned i = 0; i < h->n && !h->stopping; i++)
		if (h->front[i].state != GONE && h->front[i].pid == pid)
			(void)kill(pid, SIGKILL); /* mostly it is dying already */
}

static void
on_control(struct house *h, struct process *p)
{
	struct control what = { 0 };
	ssize_t more = control_read(p->control, &what, NULL, 0, NULL, NULL);

	if (more == 0 && what.kind == CONTROL_ENDED && p == &h->vault) {
		end_front(h, what.a);
		return;
	}
	if (more != 0 || what.kind != CONTROL_READY || p->state != STARTING) {
		if (more >= 0)
			(void)kill(p->pid, SIGKILL); /* it has nothing else to say */
		(void)close(p->control);
		p->control = -1;
		return;
	}
	p->state = READY;
	p->was_ready = true;
	log_event_(LOG_INFO, p == &h->vault ? "vault_started" : "front_started", (const struct log_field[]){ LOG_N("process", p->pid), LOG_END });
	if (p == &h->vault)
		on_vault_ready(h, what.a != 0);
	else
		on_front_ready(h);
}

/* When it starts again; and what came of it that is for a person to know: a process that never was ready stops the rest at once, its own sentence is on stderr. */
static void
on_end(struct house *h, struct process *p, int status)
{
	bool is_vault = p == &h->vault;
	uint64_t now = clock_ns();
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0, by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (p->control >= 0)
		(void)close(p->control);
	p->control = -1;
	p->state = GONE;
	if (is_vault && h->stopping && (code != 0 || by != 0))
		h->code = EXIT_FAILED;
	if (h->stopping)
		return;
	if (!p->was_ready && by == 0) { /* its own sentence is on stderr */
		stop(h, code != 0 ? code : EXIT_FAILED);
		return;
	}
	log_event_(LOG_ERROR, is_vault ? "vault_ended" : "front_ended", (const struct log_field[]){ LOG_N("process", p->pid), LOG_N("code", code), LOG_N("signal", by), LOG_END });
	if (!p->was_ready) {
		say_err("serve: a process of the server was ended by signal %d before it was ready", by);
		stop(h, EXIT_FAILED);
		return;
	}
	p->tries = now - p->since_ns > STEADY_NS ? 0 : p->tries < 16 ? p->tries + 1 : p->tries;
	uint64_t wait_ms = p->tries == 0 ? 0 : (uint64_t)AGAIN_MS << (p->tries - 1);
	p->again_ns = now + (wait_ms < AGAIN_MOST_MS ? wait_ms : AGAIN_MOST_MS) * 1000000ull;
}

static void
on_children(struct house *h)
{
	int status;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		if (presses_ended(&h->presses, pid, status))
			continue;
		if (pid == h->vault.pid)
			on_end(h, &h->vault, status);
		for (unsigned i = 0; i < h->n; i++)
			if (pid == h->front[i].pid)
				on_end(h, &h->front[i], status);
	}
}

/* Starts what is due; ms until the next is. */
static int
start_due(struct house *h)
{
	uint64_t now = clock_ns(), next = UINT64_MAX;

	for (unsigned i = 0; i <= h->n && !h->stopping; i++) {
		struct process *p = i < h->n ? &h->front[i] : &h->vault;
		if (p->state != GONE || !p->was_ready)
			continue;
		if (p->again_ns > now)
			next = p->again_ns < next ? p->again_ns : next;
		else if (i < h->n)
			start_front(h, i);
		else
			start(h, p, true);
	}
	int presses_ms = h->stopping ? -1 : presses_start_due(&h->presses), ms = next == UINT64_MAX ? -1 : (int)((next - now) / 1000000) + 1;
	return ms < 0 || (presses_ms >= 0 && presses_ms < ms) ? presses_ms : ms;
}

static void
on_signals(struct house *h, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			stop(h, EXIT_DONE);
	on_children(h);
}

static void
watch(struct house *h, int signals, int wait_ms)
{
	struct pollfd fd[FRONTS_MOST + 2] = { { .fd = signals, .events = POLLIN }, { .fd = h->vault.control, .events = POLLIN } };

	for (unsigned i = 0; i < h->n; i++)
		fd[2 + i] = (struct pollfd){ .fd = h->front[i].control, .events = POLLIN };
	if (poll(fd, h->n + 2, wait_ms) < 0)
		return;
	for (unsigned i = 0; i <= h->n; i++) {
		struct process *p = i == 0 ? &h->vault : &h->front[i - 1];
		if (fd[1 + i].revents != 0 && p->control == fd[1 + i].fd)
			on_control(h, p);
	}
	if (fd[0].revents != 0)
		on_signals(h, signals);
}

static void
run(struct house *h, int signals)
{
	uint64_t patience = 0;

	start(h, &h->vault, true);
	while (!h->stopping)
		watch(h, signals, start_due(h));
	for (patience = clock_ns() + FRONT_STOP_NS; !fronts_are(h, GONE) && clock_ns() < patience;)
		watch(h, signals, 100);
	for (unsigned i = 0; i < h->n; i++)
		if (h->front[i].state != GONE)
			(void)kill(h->front[i].pid, SIGKILL);
	while (!fronts_are(h, GONE))
		watch(h, signals, 100);
	if (h->vault.state != GONE)
		(void)control_send(h->vault.control, (struct control){ CONTROL_STOP, 0, 0 }, NULL, 0, NULL, 0);
	while (h->vault.state != GONE)
		watch(h, signals, -1);
}

/* ---- counters ---- */

/* A page or some for each front, in memory that has no name and keeps its size; and the same once more for those who only read. */
static bool
open_board(struct house *h)
{
	char again[40];

	h->board[0] = memfd_create("counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (h->board[0] < 0 || ftruncate(h->board[0], (off_t)(h->n * http_board_bytes(h->threads))) != 0 || fcntl(h->board[0], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return false;
	snprintf(again, sizeof again, "/proc/self/fd/%d", h->board[0]);
	h->board[1] = open(again, O_RDONLY | O_CLOEXEC);
	return h->board[1] >= 0;
}

/* ---- walls of its own ---- */

/* The loader that this program names: a program is started with it. */
static int
loader_of(struct dl_phdr_info *info, size_t n, void *path)
{
	(void)n;
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_INTERP)
			*(const char **)path = (const char *)(uintptr_t)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	return 1; /* the first is the program itself */
}

/*
 * Before the first child: what it starts inherits this and puts up walls of its own within. Files: the house's directory and key; of programs this one alone and its loader. The vault's
 * calls reach a database server, so connections are not forbidden here.
 */
static enum rc
wall_off(const struct house *h, struct problem *p)
{
	static const char *const read_only[] = { "/etc", "/usr", "/lib", "/lib64", "/proc", "/sys/devices/system/cpu", "/dev/urandom" };
	const struct config *c = &h->s->config;
	const char *how = c->text[SET_WALLS_SANDBOX], *home = getenv("HOME"), *loader = NULL;
	struct wall_path list[WALLS_PATHS] = { { NULL, 0 } };
	char passwords[600];
	unsigned n = 0;

	(void)dl_iterate_phdr(loader_of, &loader);
	snprintf(passwords, sizeof passwords, "%s/.pgpass", home != NULL ? home : "");
	walls_path(list, &n, h->s->dir, WALL_WRITE);
	walls_path(list, &n, c->text[SET_KEYS], WALL_WRITE);
	walls_path(list, &n, h->s->tables, WALL_READ);
	walls_path(list, &n, "/dev/null", WALL_WRITE);
	walls_path(list, &n, "/proc/self/exe", WALL_RUN);
	walls_path(list, &n, loader, WALL_RUN);
	walls_path(list, &n, presses_program(), WALL_RUN);
	walls_path(list, &n, c->text[SET_CERT], WALL_READ);
	walls_path(list, &n, c->text[SET_KEY], WALL_READ);
	walls_path(list, &n, option_get(h->o, "config", NULL), WALL_READ);
	walls_path(list, &n, getenv("CREDENTIALS_DIRECTORY"), WALL_READ);
	walls_path(list, &n, passwords, WALL_READ);
#ifdef HYGIE_TEST_PRELOAD
	walls_path(list, &n, getenv("HYGIE_TEST_PRELOAD"), WALL_READ);
	walls_path(list, &n, getenv("LD_PRELOAD"), WALL_READ);
#endif
	for (size_t i = 0; i < sizeof read_only / sizeof read_only[0]; i++)
		walls_path(list, &n, read_only[i], WALL_READ);
	enum rc rc = walls_files(WALLS_SUPERVISOR, how, list, true, p);
	return rc == RC_OK ? walls_calls(WALLS_SUPERVISOR, how, true, p) : rc;
}

int
supervise(const struct options *o, struct server *s)
{
	struct house *h = calloc(1, sizeof *h);
	struct problem p = { 0 };
	sigset_t set;
	int code = EXIT_FAILED;

	MUST(h != NULL);
	*h = (struct house){ .s = s, .o = o, .n = (unsigned)s->config.number[SET_WALLS_FRONTS], .code = EXIT_FAILED, .unix_socket = -1, .board = { -1, -1 }, .vault = { .control = -1 }, .presses = { .vault = { -1, -1 }, .fronts = { -1, -1 } } };
	h->threads = ((unsigned)s->config.number[SET_FRONTS] + h->n - 1) / h->n;
	for (unsigned i = 0; i < h->n; i++)
		h->front[i].control = -1;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals >= 0 && find_users(h)) {
		if (!presses_open(&h->presses, s->config.text[SET_WALLS_SANDBOX])) {
			say_err("serve: no sockets for the presses");
		} else if (!open_board(h)) {
			say_err("serve: no memory for the counters of the fronts");
		} else if (wall_off(h, &p) == RC_OK) {
			if (h->front_user.other) {
				h->presses.uid = h->front_user.uid;
				h->presses.gid = h->front_user.gid;
			}
			run(h, signals);
			code = h->code;
		} else {
			fail("serve", &p);
		}
	}
	presses_close(&h->presses);
	serve_unmark(s);
	close_sockets(h);
	for (unsigned i = 0; i < 2; i++)
		if (h->board[i] >= 0)
			(void)close(h->board[i]);
	if (signals >= 0)
		(void)close(signals);
	wipe(&h->letter, sizeof h->letter);
	free(h);
	return code;
}
