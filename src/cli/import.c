/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/import.c: `hygie import PATH…`: real input, file by file. What it sends goes through the gate as the operator's own session; what is refused is
 * written beside its file with the reason; the rest is stored. Running twice changes nothing: entries without an id get one derived from source and
 * fullUrl. Reading a file into lines is import_read.c's matter. Start at command_import.
 */
#include "cli/import.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"

const struct option_row options_import[] = { { "dir", "DIR", "data directory (var/demo)" }, OPTION_DB, { "bulk", NULL, "a first load: a base that never held a resource, no server; all of it or nothing" }, OPTIONS_END };

/*
 * Two calls under way, so that one is checked beside the writing of the other. A call is one act of the writer: with a server running it is small, for
 * others wait behind it; alone it is large, for index pages are sought and changed once a call. It takes some twenty times its text while it is under way.
 */
enum { CALLS = 2, LINES_A_CALL = 400, BYTES_A_CALL = 4 << 20, LINES_A_CALL_ALONE = 8000, BYTES_A_CALL_ALONE = 16 << 20 };

struct call {
	struct gate_call *gate;         /* NULL: free */
	struct buf lines;               /* NDJSON */
	uint64_t number[LINES_A_CALL_ALONE];  /* place of each line in its file, from 1 */
	size_t at[LINES_A_CALL_ALONE + 1];    /* offset of each line */
	unsigned n;
	bool bundle;
};

struct importing {
	struct gate *gate;
	struct gate_lane *lane;
	struct buf token;
	struct call call[CALLS];
	struct call *open;              /* being filled */
	unsigned under_way;
	unsigned lines_a_call;
	size_t bytes_a_call;
	struct bar bar;
	const char *path;
	const char *source;             /* file name without folders: part of derived ids */
	struct import_refusals refused;
	uint64_t stored, refused_n, files, bytes_done, bytes_all;
	bool broken;
	struct problem problem;
};

/* ---- refused ---- */
enum rc
import_refused(struct import_refusals *r, const char *path, uint64_t number, struct str why, struct str where, struct str body, struct problem *p)
{
	char name[4200];
	struct buf out;
	struct jw w;
	enum rc rc = RC_OK;

	if (r->to == NULL) {
		snprintf(name, sizeof name, "%s.refused.ndjson", path);
		r->to = fopen(name, r->began ? "ae" : "we");
		if (r->to == NULL)
			return problem_set(p, RC_BROKEN, WHY_NO_FILE, "refused.ndjson", "cannot be written beside its file: errno %d", errno);
		r->began = true;
	}
	buf_init(&out, body.n + 4096);
	jw_init(&w, &out);
	jw_object(&w);
	jw_key(&w, "line");
	jw_i64(&w, (int64_t)number);
	jw_member(&w, "why", why);
	jw_member(&w, "where", where);
	struct arena a;
	const struct json *tree;
	arena_init(&a, 256u << 20);
	if (json_parse(body, &a, &tree, NULL) == RC_OK) {
		jw_key(&w, "entry");
		jw_raw(&w, str_trim(body));
	} else {
		jw_member(&w, "text", body);
	}
	arena_done(&a);
	jw_end(&w, '}');
	buf_ch(&out, '\n');
	if (out.failed || fwrite(out.p, 1, out.n, r->to) != out.n)
		rc = problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_NO_FILE, "refused.ndjson", "errno %d", errno);
	buf_done(&out);
	return rc;
}

enum rc
import_refused_end(struct import_refusals *r, struct problem *p)
{
	bool good = r->to == NULL || fclose(r->to) == 0;

	r->to = NULL;
	return good ? RC_OK : problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_NO_FILE, "refused.ndjson", "errno %d", errno);
}

static void
write_refused(struct importing *im, uint64_t number, struct str why, struct str where, struct str body)
{
	im->refused_n++;
	if (import_refused(&im->refused, im->path, number, why, where, body, &im->problem) != RC_OK)
		im->broken = true;
}

static struct str
sentence_of(struct str symbol)
{
	for (unsigned w = 0; w < WHY__END; w++)
		if (str_eq(symbol, why_row((enum why)w)->name))
			return str_of(why_row((enum why)w)->sentence);
	return symbol;
}

/* ---- calls ---- */
static struct str
line_of(const struct call *c, unsigned i)
{
	return str_trim((struct str){ c->lines.p + c->at[i], c->at[i + 1] - c->at[i] });
}

/* An entry of a batch: the others were stored. */
static void
write_refused_entry(struct importing *im, struct call *c, struct row row)
{
	char where[PROBLEM_WHERE + 40];
	struct arena a;
	const struct json *root = NULL;
	struct str body = STR("null"), at = row_get(row, "where");
	int64_t n = row_i64(row, "n");

	arena_init(&a, 1u << 30);
	if (json_parse(line_of(c, 0), &a, &root, NULL) == RC_OK && json_at(json_get(root, "entry"), (unsigned)n) != NULL)
		body = json_at(json_get(root, "entry"), (unsigned)n)->raw;
	snprintf(where, sizeof where, "Bundle.entry[%lld]%s%.*s", (long long)n, at.n > 0 ? ".resource: " : "", STR_ARG(at));
	write_refused(im, c->number[0], sentence_of(row_get(row, "why")), str_of(where), body);
	arena_done(&a);
}

static void
take_results(struct importing *im, struct call *c)
{
	const struct release *rel = c->gate->release;
	enum rc rc = release_rc(rel);

	if (rc == RC_OK)
		rc = release_act_rc(rel);
	if (rc != RC_OK && (c->bundle || release_rc(rel) != RC_OK)) {
		const struct problem *p = release_problem(rel);
		if (rc == RC_BROKEN || rc == RC_RETRY || rc == RC_DENIED) {
			im->broken = true;
			im->problem = *p;
			return;
		}
		for (unsigned i = 0; i < c->n; i++)
			write_refused(im, c->number[i], str_of(why_row(p->why)->sentence), str_of(p->where), line_of(c, i));
		return;
	}
	uint64_t bad = 0, more = 0, all = c->bundle ? (uint64_t)rows_count(release_rows(rel), "results") : c->n;
	for release_each(row, rel, "results") {
		int64_t n = row_i64(row, "n");
		if (row_i64(row, "rc") == RC_OK && row_i64(row, "entries") > 0)
			more += (uint64_t)row_i64(row, "entries") - 1; /* a bundle is one line */
		if (row_i64(row, "rc") == RC_OK || n < 0 || n >= (int64_t)all)
			continue;
		if (c->bundle)
			write_refused_entry(im, c, row);
		else
			write_refused(im, c->number[n], sentence_of(row_get(row, "why")), row_get(row, "where"), line_of(c, (unsigned)n));
		bad++;
	}
	im->stored += all - bad + more;
}

static void
finish(struct importing *im, struct gate_call *done)
{
	for (unsigned i = 0; i < CALLS; i++)
		if (im->call[i].gate == done) {
			take_results(im, &im->call[i]);
			gate_call_done(&im->call[i].gate);
			im->under_way--;
		}
}

static void
wait_one(struct importing *im)
{
	uint64_t count;

	if (im->under_way == 0)
		return;
	struct pollfd told = { .fd = gate_lane_fd(im->lane), .events = POLLIN };
	if (poll(&told, 1, 1000) > 0 && read(told.fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
		usleep(200);
	for (struct gate_call *c = gate_lane_take(im->lane), *next; c != NULL; c = next) {
		next = c->next;
		finish(im, c);
	}
}

static void
post(struct importing *im)
{
	struct call *c = im->open;

	im->open = NULL;
	if (c == NULL || c->n == 0)
		return;
	c->gate = gate_call_new();
	MUST(c->gate != NULL);
	c->gate->surface = SURFACE_IMPORT;
	c->gate->route = "import";
	c->gate->token = buf_view(&im->token);
	ask_act(&c->gate->asks, c->bundle ? "fhir_bundle" : "import");
	if (!c->bundle)
		ask_arg(&c->gate->asks, "source", str_of(im->source));
	ask_arg(&c->gate->asks, c->bundle ? "body" : "lines", buf_view(&c->lines));
	im->under_way++;
	gate_post(im->gate, im->lane, c->gate);
}

static struct call *
free_call(struct importing *im)
{
	for (;;) {
		for (unsigned i = 0; i < CALLS; i++)
			if (im->call[i].gate == NULL) {
				buf_reset(&im->call[i].lines);
				im->call[i].n = 0;
				im->call[i].at[0] = 0;
				im->call[i].bundle = false;
				return &im->call[i];
			}
		wait_one(im);
	}
}

/* ---- what the reader gives ---- */
static void
line_end(struct importing *im, uint64_t number, const char *what)
{
	struct call *c = im->open;

	buf_ch(&c->lines, '\n');
	c->at[++c->n] = c->lines.n;
	if (c->lines.failed) {
		write_refused(im, number, str_of(why_row(WHY_TOO_BIG)->sentence), str_of(what), STR("null"));
		c->n--;
		buf_reset(&c->lines);
	}
	if (c->n == im->lines_a_call || c->lines.n >= im->bytes_a_call)
		post(im);
}

static bool
give_line(struct import_sink *sink, uint64_t number, struct str line)
{
	struct importing *im = sink->owner;

	if (im->open == NULL)
		im->open = free_call(im);
	struct call *c = im->open;
	c->number[c->n] = number;
	buf_str(&c->lines, line);
	line_end(im, number, "line");
	bar_at(&im->bar, "import", im->bytes_done + sink->bytes_read, im->bytes_all);
	return !im->broken && !im->bar.in.stop;
}

/* Whole, all or nothing. What asks comes after everything before it and is stored before anything after it; others go on together, as lines do. */
static bool
give_bundle(struct import_sink *sink, uint64_t number, struct str bundle, bool asks)
{
	struct importing *im = sink->owner;

	if (!asks) {
		if (bundle.n >= BYTES_A_CALL) /* a large one: a call of its own */
			post(im);
		if (im->open == NULL)
			im->open = free_call(im);
		struct call *c = im->open;
		c->number[c->n] = number;
		json_minify(bundle, &c->lines);
		line_end(im, number, "Bundle");
		bar_at(&im->bar, "import", im->bytes_done + sink->bytes_read, im->bytes_all);
		return !im->broken && !im->bar.in.stop;
	}
	post(im);
	while (im->under_way > 0)
		wait_one(im);
	struct call *c = im->open = free_call(im);
	c->bundle = true;
	c->number[0] = number;
	buf_str(&c->lines, bundle);
	c->at[c->n = 1] = c->lines.n;
	if (c->lines.failed)
		write_refused(im, number, str_of(why_row(WHY_TOO_BIG)->sentence), STR("Bundle"), STR("null"));
	else
		post(im);
	while (im->under_way > 0)
		wait_one(im);
	return !im->broken && !im->bar.in.stop;
}

static void
give_refused(struct import_sink *sink, uint64_t number, const struct problem *p, struct str text)
{
	write_refused(sink->owner, number, str_of(why_row(p->why)->sentence), str_of(p->where), text);
}

static void
one_file(struct importing *im, const char *path, uint64_t bytes)
{
	struct import_sink sink = { .owner = im, .line = give_line, .bundle = give_bundle, .refused = give_refused };
	const char *slash = strrchr(path, '/');

	im->path = path;
	im->source = slash != NULL ? slash + 1 : path;
	im->files++;
	struct problem p = { 0 };
	if (import_read(path, im->source, &sink, &p) != RC_OK)
		write_refused(im, 0, str_of(why_row(p.why)->sentence), str_of(p.where), STR("null"));
	post(im);
	while (im->under_way > 0)
		wait_one(im);
	im->bytes_done += bytes;
	if (import_refused_end(&im->refused, &im->problem) != RC_OK)
		im->broken = true;
	im->refused = (struct import_refusals){ 0 };
}

static enum rc
open_gate(struct importing *im, const char *dir, struct problem *p)
{
	struct gate_settings s = { .dir = dir };
	enum rc rc = gate_connect(dir, &im->gate, p);

	im->lines_a_call = rc == RC_OK ? LINES_A_CALL : LINES_A_CALL_ALONE;
	im->bytes_a_call = rc == RC_OK ? BYTES_A_CALL : BYTES_A_CALL_ALONE;
	if (rc == RC_NOT_FOUND)
		rc = gate_open(&s, &im->gate, p);
	if (rc == RC_OK)
		rc = gate_operator(im->gate, &im->token, p);
	if (rc == RC_OK && (im->lane = gate_lane_open(im->gate)) == NULL)
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "import", "no lane");
	return rc;
}

int
command_import(const struct options *o)
{
	if (option_has(o, "bulk"))
		return import_bulk(o);
	struct importing *im = calloc(1, sizeof *im);
	struct import_files files = { 0 };
	struct problem p = { 0 };
	int code = EXIT_FAILED;

	MUST(im != NULL);
	buf_init(&im->token, 256);
	for (unsigned i = 0; i < CALLS; i++)
		buf_init(&im->call[i].lines, 60u << 20);
	for (int i = 0; i < o->n_words; i++)
		if (import_find(o->words[i], &files, &p) != RC_OK) {
			say_err("%s cannot be read", o->words[i]);
			goto out;
		}
	if (open_gate(im, option_get(o, "dir", "var/demo"), &p) != RC_OK) {
		fail("import", &p);
		goto out;
	}
	for (size_t i = 0; i < files.n; i++)
		im->bytes_all += files.at[i].bytes;
	bar_start(&im->bar);
	uint64_t started = clock_ns();
	for (size_t i = 0; i < files.n && !im->broken && !im->bar.in.stop; i++)
		one_file(im, files.at[i].path, files.at[i].bytes);
	bar_end(&im->bar);
	double seconds = (double)(clock_ns() - started) / 1e9;
	printf("%llu stored or unchanged, %llu refused, %llu files, %.1f s, %.0f/s\n", (unsigned long long)im->stored, (unsigned long long)im->refused_n,
	       (unsigned long long)im->files, seconds, seconds > 0 ? (double)im->stored / seconds : 0.0);
	if (im->broken)
		fail("import", &im->problem);
	else if (im->bar.in.stop)
		say_err("stopped; start it again to go on: what is stored stays as it is");
	else
		code = im->refused_n > 0 ? EXIT_PART : EXIT_DONE;
	if (im->refused_n > 0 && !im->broken)
		say_err("what was refused stands in PATH.refused.ndjson with its reason");
out:
	gate_lane_close(&im->lane);
	gate_close(&im->gate);
	for (unsigned i = 0; i < CALLS; i++)
		buf_done(&im->call[i].lines);
	buf_done_wiped(&im->token);
	import_files_done(&files);
	free(im);
	return code;
}
