/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/import_bulk.c: `hygie import --bulk PATH…`: the first load of a base that holds no resource, through keeper, without a server. Files are read once, and a
 * second time when a line came before its patient. All of it is there at the end, or nothing: what is cut is begun again. Start at import_bulk.
 */
#include "cli/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "cli/cli.h"

#define LINE_BITS 40 /* of a tag; the file's number above */

struct loading {
	struct keeper_load_to to;
	struct keeper_load *load;
	struct import_files files;
	struct import_refusals *refusals; /* by file */
	size_t file, writing;             /* being read; whose refusals are open */
	const char *step;
	uint64_t bytes_done, bytes_all, refused_n;
	struct bar bar;
	bool again, broken;
	struct problem problem;
};

static void
refuse(struct loading *l, uint64_t tag, const struct problem *why, struct str text)
{
	size_t file = (size_t)(tag >> LINE_BITS);
	struct problem p = { 0 };

	l->refused_n++;
	if (file != l->writing && import_refused_end(&l->refusals[l->writing], &p) != RC_OK)
		l->broken = true;
	l->writing = file;
	if (!l->broken && import_refused(&l->refusals[file], l->files.at[file].path, tag & ((UINT64_C(1) << LINE_BITS) - 1), str_of(why_row(why->why)->sentence), str_of(why->where), text, &p) != RC_OK)
		l->broken = true;
	if (l->broken && l->problem.rc == RC_OK)
		l->problem = p;
}

static void
told(struct keeper_load_to *to, uint64_t tag, const struct problem *why, struct str text)
{
	refuse((struct loading *)(void *)to, tag, why, text);
}

/* ---- what the reader gives ---- */

static uint64_t
tag_of(const struct loading *l, uint64_t number)
{
	return (uint64_t)l->file << LINE_BITS | number;
}

static bool
give_line(struct import_sink *sink, uint64_t number, struct str line)
{
	struct loading *l = sink->owner;

	if (!l->broken && keeper_load_line(l->load, tag_of(l, number), line, &l->problem) != RC_OK)
		l->broken = true;
	bar_at(&l->bar, l->step, l->bytes_done + sink->bytes_read, l->bytes_all);
	return !l->broken && !l->bar.in.stop;
}

static void
give_refused(struct import_sink *sink, uint64_t number, const struct problem *p, struct str text)
{
	struct loading *l = sink->owner;

	if (!l->again) /* said in the first pass */
		refuse(l, tag_of(l, number), p, text);
}

static bool
give_bundle(struct import_sink *sink, uint64_t number, struct str bundle, bool asks)
{
	struct problem p = { 0 };

	(void)asks; /* the others come as lines */
	(void)!problem_set(&p, RC_BAD_INPUT, WHY_LOAD_ASKS, "Bundle", "asks");
	give_refused(sink, number, &p, bundle);
	return true;
}

static void
one_file(struct loading *l)
{
	const struct import_file *file = &l->files.at[l->file];
	struct import_sink sink = { .owner = l, .line = give_line, .bundle = give_bundle, .refused = give_refused, .apart = true };
	const char *slash = strrchr(file->path, '/');
	struct problem p = { 0 };

	if (import_read(file->path, slash != NULL ? slash + 1 : file->path, &sink, &p) != RC_OK)
		give_refused(&sink, 0, &p, STR("null"));
	l->bytes_done += file->bytes;
}

static void
all_files(struct loading *l, const char *step)
{
	l->step = step;
	l->bytes_done = 0;
	for (l->file = 0; l->file < l->files.n && !l->broken && !l->bar.in.stop; l->file++)
		one_file(l);
}

/* ---- all ---- */

static bool
of_patients(const struct import_file *f)
{
	const char *slash = strrchr(f->path, '/');

	return str_starts(str_of(slash != NULL ? slash + 1 : f->path), STR("Patient"));
}

/* Files of patients first, else in their order: what names a patient who came before need not be read twice. */
static void
patients_first(struct import_files *files)
{
	struct import_file *at = calloc(files->n + 1, sizeof *at);
	size_t n = 0;

	MUST(at != NULL);
	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < files->n; i++)
			if (of_patients(&files->at[i]) != others)
				at[n++] = files->at[i];
	free(files->at);
	files->at = at;
}

static void
load_all(struct loading *l)
{
	bool again = false;

	all_files(l, "load");
	if (!l->broken && !l->bar.in.stop && keeper_load_again(l->load, &again, &l->problem) != RC_OK)
		l->broken = true;
	if (again && !l->broken) {
		l->again = true;
		all_files(l, "load again");
	}
}

static int
tell(struct loading *l, const struct keeper_loaded *n, double seconds)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	printf("%llu stored, %llu refused, %zu files, %.1f s, %.0f/s, peak memory %ld MB\n", (unsigned long long)n->stored, (unsigned long long)l->refused_n, l->files.n,
	       seconds, seconds > 0 ? (double)n->stored / seconds : 0.0, use.ru_maxrss / 1024);
	if (l->refused_n > 0)
		say_err("what was refused stands in PATH.refused.ndjson with its reason");
	return l->refused_n > 0 ? EXIT_PART : EXIT_DONE;
}

int
import_bulk(const struct options *o)
{
	struct loading *l = calloc(1, sizeof *l);
	struct keeper_loaded n = { 0 };
	struct problem p = { 0 };
	int code = EXIT_FAILED;

	MUST(l != NULL);
	l->to.refused = told;
	for (int i = 0; i < o->n_words; i++)
		if (import_find(o->words[i], &l->files, &p) != RC_OK) {
			say_err("%s cannot be read", o->words[i]);
			goto out;
		}
	patients_first(&l->files);
	l->refusals = calloc(l->files.n + 1, sizeof *l->refusals);
	MUST(l->refusals != NULL);
	for (size_t i = 0; i < l->files.n; i++)
		l->bytes_all += l->files.at[i].bytes;
	if (keeper_load_open(option_get(o, "dir", "var/demo"), &l->to, &l->load, &p) != RC_OK) {
		fail("import --bulk", &p);
		goto out;
	}
	bar_start(&l->bar);
	uint64_t started = clock_ns();
	load_all(l);
	if (!l->broken && !l->bar.in.stop && keeper_load_end(&l->load, &l->bar.in, &n, &l->problem) != RC_OK)
		l->broken = true;
	keeper_load_drop(&l->load);
	bar_end(&l->bar);
	if (l->files.n > 0 && import_refused_end(&l->refusals[l->writing], &p) != RC_OK && !l->broken) {
		l->broken = true;
		l->problem = p;
	}
	if (l->bar.in.stop && (!l->broken || l->problem.why == WHY_STOPPED))
		say_err("stopped; the base is as before: start the load again from its beginning");
	else if (l->broken)
		fail("import --bulk", &l->problem);
	else
		code = tell(l, &n, (double)(clock_ns() - started) / 1e9);
out:
	import_files_done(&l->files);
	free(l->refusals);
	free(l);
	return code;
}
