/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front/health.c: what watches us asks: alive, ready, figures (Prometheus text exposition 0.0.4). No session, no patient, no label that names a person.
 * /metrics answers on the unix socket and on plain loopback only, and never through a proxy. Called by http through front's routes. Start at health_metrics.
 */
#include "front/inner.h"

static void
answer(struct http_req *rq, unsigned status, const char *type, struct str body)
{
	struct http_header_out h[] = { { "Content-Type", str_of(type) }, { "Cache-Control", STR("no-store") }, { "X-Content-Type-Options", STR("nosniff") } };
	struct http_answer a = { .status = status, .headers = h, .n_headers = 3, .body = body.p, .n_body = body.n };
	http_answer(rq, &a);
}

void
health_live(struct http_req *rq)
{
	answer(rq, 200, "text/plain; charset=utf-8", STR("alive\n"));
}

void
health_ready(struct http_req *rq)
{
	bool stopping = http_stopping(http_front_server(rq->front)), is_there = gate_is_there(front_current()->set.gate);
	answer(rq, stopping || !is_there ? 503 : 200, "text/plain; charset=utf-8", stopping ? STR("stopping\n") : is_there ? STR("ready\n") : STR("no records\n"));
}

static void
put(struct buf *b, const char *name, const char *kind, const char *help, const char *label, uint64_t v)
{
	if (help) {
		buf_z(b, "# HELP ");
		buf_z(b, name);
		buf_ch(b, ' ');
		buf_z(b, help);
		buf_z(b, "\n# TYPE ");
		buf_z(b, name);
		buf_ch(b, ' ');
		buf_z(b, kind);
		buf_ch(b, '\n');
	}
	buf_z(b, name);
	buf_z(b, label);
	buf_ch(b, ' ');
	buf_u64(b, v);
	buf_ch(b, '\n');
}

void
health_metrics(struct http_req *rq)
{
	struct buf b;
	struct http_answer no = { .status = 404 };
	if (rq->tls || !rq->local || http_header(rq, "X-Forwarded-For").n > 0 || http_header(rq, "Forwarded").n > 0) {
		front_fallback(rq, 404, &no);
		http_answer(rq, &no);
		return;
	}
	struct http_stats h = http_stats(http_front_server(rq->front));
	struct gate_stats g = gate_stats(front_current()->set.gate);
	buf_init(&b, 16384);
	put(&b, "hygie_http_requests_total", "counter", "Requests whose target was read.", "", h.requests);
	put(&b, "hygie_http_refused_framing_total", "counter", "Requests refused by the framing guard.", "", h.refused_framing);
	put(&b, "hygie_http_answers_total", "counter", "Answers by class of status.", "{class=\"2xx\"}", h.answers_2xx);
	put(&b, "hygie_http_answers_total", NULL, NULL, "{class=\"4xx\"}", h.answers_4xx);
	put(&b, "hygie_http_answers_total", NULL, NULL, "{class=\"5xx\"}", h.answers_5xx);
	put(&b, "hygie_http_answer_microseconds", "gauge", "Server time of an answer since start.", "{quantile=\"0.5\"}", h.us_p50);
	put(&b, "hygie_http_answer_microseconds", NULL, NULL, "{quantile=\"0.95\"}", h.us_p95);
	put(&b, "hygie_http_answer_microseconds", NULL, NULL, "{quantile=\"0.99\"}", h.us_p99);
	put(&b, "hygie_gate_calls_total", "counter", "Calls that reached the gate.", "", g.calls);
	put(&b, "hygie_gate_released_total", "counter", "Calls that the gate released.", "", g.released);
	put(&b, "hygie_gate_refused_total", "counter", "Calls that the gate refused.", "", g.refused);
	put(&b, "hygie_gate_decision_microseconds", "gauge", "Time of a decision since start.", "{quantile=\"0.5\"}", g.decision_us_p50);
	put(&b, "hygie_gate_decision_microseconds", NULL, NULL, "{quantile=\"0.99\"}", g.decision_us_p99);
	put(&b, "hygie_ledger_appended_total", "counter", "Entries of the access log.", "", g.ledger_appended);
	put(&b, "hygie_ledger_flushes_total", "counter", "Group flushes of the access log.", "", g.flushes);
	answer(rq, 200, "text/plain; version=0.0.4; charset=utf-8", buf_view(&b));
	buf_done(&b);
}
