/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness/serve.c: see serve.h. One front: requests are judged one after the other, and each waits for the disk on the loop's own thread, for a witness that answers
 * before its state is durable is none. A ledger asks once a minute or so: there is nothing that this holds up. The lock of the state does the same between processes.
 * BARRIER: everybody may ask. Start at serve_run, then add_checkpoint.
 */
#include "witness/serve.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/http.h"
#include "ledger/witness.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char *state; /* of the one server of this process; set before it starts */

unsigned
serve_status(enum rc rc)
{
	switch (rc) {
	case RC_BAD_INPUT:    return 400;
	case RC_DENIED:       return 403;
	case RC_NOT_FOUND:    return 404;
	case RC_CONFLICT:     return 409;
	case RC_PRECONDITION: return 422;
	default:              return 0;
	}
}

static void
answer(struct http_req *rq, unsigned status, struct str type, struct str body)
{
	const struct http_header_out headers[] = { { "Content-Type", type }, { "Cache-Control", STR("no-store") } };
	const struct http_answer a = { .status = status, .headers = headers, .n_headers = 2, .body = body.p, .n_body = body.n };

	http_answer(rq, &a);
}

static void
add_checkpoint(struct http_req *rq)
{
	struct problem p = { 0 };
	struct buf out;
	uint64_t last;

	buf_init(&out, 1024);
	enum rc rc = witness_cosign(state, rq->body, clock_ms() / 1000, &out, &last, &p);
	unsigned status = rc == RC_OK ? 200 : serve_status(rc) ? serve_status(rc) : 500;
	if (rc == RC_OK) {
		answer(rq, status, STR("text/plain; charset=utf-8"), buf_view(&out));
	} else if (rc == RC_CONFLICT) {
		buf_u64(&out, last);
		buf_ch(&out, '\n');
		answer(rq, status, STR("text/x.tlog.size"), buf_view(&out));
	} else {
		buf_z(&out, status == 500 ? "not signed: something failed here" : p.detail); /* our own words: of a problem nobody's bytes are part */
		buf_ch(&out, '\n');
		answer(rq, status, STR("text/plain; charset=utf-8"), buf_view(&out));
	}
	if (status == 500)
		log_problem(LOG_ERROR, "not_signed", &p);
	else
		log_event(LOG_INFO, "add_checkpoint", LOG_N("status", status), LOG_END);
	buf_done(&out);
}

/* Not of C2SP: there a witness's administrator is told of each new key by hand. What a key certified that is trusted needs no hand. */
static void
add_epochs(struct http_req *rq)
{
	struct problem p = { 0 };
	enum rc rc = witness_epochs(state, rq->body, &p);
	unsigned status = rc == RC_OK ? 200 : serve_status(rc) ? serve_status(rc) : 500;

	answer(rq, status, STR("text/plain; charset=utf-8"), rc == RC_OK ? STR_NONE : status == 500 ? STR("something failed here\n") : str_of(p.detail));
	if (status == 500)
		log_problem(LOG_ERROR, "no_epochs", &p);
	else
		log_event(LOG_INFO, "add_epochs", LOG_N("status", status), LOG_END);
}

static const struct http_route routes[] = {
	{ HTTP_POST, "/add-checkpoint", SERVE_BODY_MAX, add_checkpoint, NULL },
	{ HTTP_POST, "/add-epochs", SERVE_EPOCHS_MAX, add_epochs, NULL },
	{ .path = NULL },
};

static void
wait_for_end(const sigset_t *set)
{
	struct signalfd_siginfo info;
	int fd = signalfd(-1, set, SFD_CLOEXEC);

	while (fd >= 0 && read(fd, &info, sizeof info) < 0 && errno == EINTR)
		continue;
	if (fd >= 0)
		close(fd);
}

enum rc
serve_run(const struct serve *s, struct problem *p)
{
	static const struct http_route *const tables[] = { routes };
	struct http_settings h = { .address = s->address, .port = s->port, .plain_port = s->plain_port, .cert_path = s->certificate, .key_path = s->key, .fronts = 1,
		.connections_max = 200, .idle_s = 30, .address_max = 50, .tables = tables, .n_tables = 1 };
	struct http_server *server = NULL;
	struct buf pub;
	sigset_t ends, blocked;

	buf_init(&pub, 1024);
	enum rc rc = witness_pub(s->state, &pub, p); /* a state that cannot sign is told now, not to each who asks */
	buf_done(&pub);
	if (rc != RC_OK)
		return rc;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	blocked = ends;
	sigaddset(&blocked, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	state = s->state;
	rc = http_start(&h, &server, p);
	if (rc != RC_OK)
		return rc;
	if (s->port)
		printf("Ready: https://%s:%u\n", s->address, s->port);
	if (s->plain_port)
		printf("Ready: http://127.0.0.1:%u\n", s->plain_port);
	fflush(stdout);
	wait_for_end(&ends);
	http_stop(&server, 4000);
	return RC_OK;
}
