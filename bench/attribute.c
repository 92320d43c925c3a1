/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/attribute.c: what it takes to name a leaked export among 10,000, and how far a thief walks before a canary: `name value unit` lines (SECURITY 7.6, X8 and X9).
 * Deterministic but for the seconds. Argument: people of the base that canaries are placed in (758,912).
 */
#include "base/clock.h"
#include "base/map.h"
#include "base/random.h"
#include "hospital/attribute.h"
#include "hospital/canary_place.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTS 10000u
#define SAMPLES 400

static struct arena A;

static void put(const char *name, double value, const char *unit) { printf("%s %.6g %s\n", name, value, unit); }
static double limit(void) { return log10(ATTRIBUTE_INNOCENT); }

/* ---- X8: one plain mark a row ---- */

/* Share of samples that prove their export, at so many rows with so many of a hundred marks overwritten. */
static double proven(unsigned rows, unsigned destroyed, struct stream *s)
{
	unsigned good = 0;
	for (unsigned i = 0; i < SAMPLES; i++) {
		unsigned agree = 0;
		for (unsigned r = 0; r < rows; r++)
			agree += stream_below(s, 100) >= destroyed || stream_below(s, 2);
		good += attribute_tail(rows, agree) + log10(EXPORTS) <= limit();
	}
	return (double)good / SAMPLES;
}

static unsigned rows_for(double share, unsigned destroyed)
{
	struct stream s = stream_of(8, destroyed);
	unsigned rows = 1;
	while (rows < 20000 && proven(rows, destroyed, &s) < share)
		rows += 1 + rows / 40;
	return rows;
}

static void marks(void)
{
	unsigned rows = 1;
	while (attribute_tail(rows, rows) + log10(EXPORTS) > limit())
		rows++;
	put("x8_rows_unaltered", rows, "rows");
	put("x8_rows_half_destroyed", rows_for(0.5, 50), "rows_for_half_of_samples");
	put("x8_rows_half_destroyed_sure", rows_for(0.99, 50), "rows_for_99_percent");
	put("x8_rows_quarter_destroyed", rows_for(0.5, 25), "rows_for_half_of_samples");
	put("x8_rows_three_quarters_destroyed", rows_for(0.5, 75), "rows_for_half_of_samples");
}

/* ---- collusion ---- */

static void mixed(unsigned coalition, unsigned rows)
{
	static unsigned char key[MARK_KEY];
	static struct attribute_export at[EXPORTS];
	struct stream s = stream_of(3, coalition * 100000 + rows);
	struct attribute_exports of = { .key = key, .at = at, .n = EXPORTS };
	struct attribute_suspect *out;
	struct problem p;
	unsigned found = 0, wrong = 0, samples = 4;
	char name[64];
	for (size_t i = 0; i < MARK_KEY; i++)
		key[i] = (unsigned char)(i * 37 + 11);
	for (unsigned i = 0; i < EXPORTS; i++)
		at[i] = (struct attribute_export){ .no = i + 1, .recipient = STR("x") };
	for (unsigned k = 0; k < samples; k++) {
		struct attribute_row *row = arena_array(&A, rows, sizeof *row);
		size_t n;
		MUST(row != NULL);
		for (unsigned i = 0; i < rows; i++) {
			char id[40];
			struct mark m = { .no = 100 + k * 1000 + 7 * stream_below(&s, coalition) };
			snprintf(id, sizeof id, "patient-%u-%u", k, i);
			memcpy(m.key, key, sizeof m.key);
			row[i] = (struct attribute_row){ .id = arena_str(&A, str_of(id)), .line = i };
			memset(row[i].seen, -1, sizeof row[i].seen);
			row[i].seen[MARK_STREET] = (signed char)mark_form(&m, row[i].id, MARK_STREET);
		}
		MUST(attribute_marks(&of, row, rows, &A, &out, &n, &p) == RC_OK);
		for (size_t i = 0; i < n; i++) {
			uint64_t no = at[out[i].export_].no - 100 - k * 1000;
			if (!out[i].by_code)
				continue;
			found += no % 7 == 0 && no / 7 < coalition;
			wrong += !(no % 7 == 0 && no / 7 < coalition);
		}
	}
	snprintf(name, sizeof name, "x8_mixed_by_%u_%u_rows_found", coalition, rows);
	put(name, 100.0 * found / (samples * coalition), "percent");
	snprintf(name, sizeof name, "x8_mixed_by_%u_%u_rows_wrong", coalition, rows);
	put(name, wrong, "exports");
}

/* ---- X9 ---- */

#define FAMILIES 30000u
#define GIVEN 1500u

static int by_letters(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static struct str word(struct stream *s, unsigned syllables)
{
	static const char *const PART[] = { "ba", "ber", "chan", "co", "da", "du", "fer", "gan", "gi", "lan", "le", "ma", "mar", "mo", "nar", "ni", "pe", "ri", "ro", "sa", "tal", "tin", "val", "vi" };
	char text[64] = "";
	for (unsigned i = 0; i < syllables; i++)
		strncat(text, PART[stream_below(s, sizeof PART / sizeof *PART)], sizeof text - strlen(text) - 1);
	return arena_str(&A, str_of(text));
}

static struct canary_names names_of(struct stream *s)
{
	struct canary_family *f = arena_array(&A, FAMILIES, sizeof *f);
	struct canary_given *g = arena_array(&A, GIVEN, sizeof *g);
	size_t n_f = 0, n_g = 0;
	MUST(f != NULL && g != NULL);
	for (unsigned i = 0; i < FAMILIES; i++)
		f[i].letters = f[i].shown = word(s, 3 + stream_below(s, 2));
	for (unsigned i = 0; i < GIVEN; i++)
		g[i] = (struct canary_given){ word(s, 2 + stream_below(s, 2)), STR_NONE, 'F' };
	qsort(f, FAMILIES, sizeof *f, by_letters);
	qsort(g, GIVEN, sizeof *g, by_letters);
	for (unsigned i = 0; i < FAMILIES; i++)
		if (n_f == 0 || !str_is(f[n_f - 1].letters, f[i].letters))
			f[n_f++] = f[i];
	for (unsigned i = 0; i < GIVEN; i++)
		if (n_g == 0 || !str_is(g[n_g - 1].letters, g[i].letters))
			g[n_g++] = g[i];
	return (struct canary_names){ f, n_f, g, n_g };
}

static uint64_t question(int32_t born, struct str name) { return (uint64_t)(uint32_t)born << 24 | (uint64_t)(unsigned char)name.p[0] << 16 | (uint64_t)(unsigned char)name.p[1] << 8 | (unsigned char)name.p[2]; }

static void walks(size_t n)
{
	struct stream s = stream_of(6, 6);
	struct canary_names names = names_of(&s);
	struct canary_row *at = calloc(n + n / 50 + 16, sizeof *at);
	struct canary_new *more = NULL;
	size_t n_more = 0;
	uint32_t gap[CANARY_ORDERS], worst = 0;
	struct problem p;
	struct map64 asked;
	int32_t today = days_of(2026, 11, 18);
	MUST(at != NULL);
	for (size_t i = 0; i < n; i++) {
		char id[65], name[130];
		uint64_t r = stream_u64(&s), ms = 0x19a00000000ull + i * 37;
		snprintf(id, sizeof id, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16), (unsigned)(ms & 0xffff), (unsigned)(r >> 52), (unsigned)(0x8000 | (r >> 38 & 0x3fff)), (unsigned long long)(r & 0xffffffffffffull));
		size_t f = stream_below(&s, 2) ? stream_below(&s, (uint32_t)names.n_family) : stream_below(&s, 200) * 97 % names.n_family;
		snprintf(name, sizeof name, "%.*s %.*s", STR_ARG(names.family[f].letters), STR_ARG(names.given[stream_below(&s, (uint32_t)names.n_given)].letters));
		at[i] = (struct canary_row){ arena_str(&A, str_of(id)), arena_str(&A, str_of(name)), today - (int32_t)stream_below(&s, 36000), false };
	}
	uint64_t from = clock_ns();
	MUST(canary_place(at, n, &names, today, 1, &more, &n_more, &p) == RC_OK && n_more < n / 50 + 16);
	put("canary_place_s", (double)(clock_ns() - from) / 1e9, "s");
	put("x9_canaries", (double)n_more, "people");
	map64_init(&asked);
	for (size_t i = 0; i < n_more; i++) {
		char name[130];
		snprintf(name, sizeof name, "%.*s %.*s", STR_ARG(names.family[more[i].family].letters), STR_ARG(names.given[more[i].given].letters));
		at[n + i] = (struct canary_row){ str_of(more[i].id), arena_str(&A, str_of(name)), more[i].born, true };
		MUST(map64_put(&asked, question(more[i].born, at[n + i].name), 1));
	}
	MUST(canary_gaps(at, n + n_more, gap, &p) == RC_OK);
	for (enum canary_order o = 0; o < CANARY_ORDERS; o++) {
		char name[64];
		snprintf(name, sizeof name, "x9_gap_by_%s", canary_order_name(o));
		put(name, gap[o], "people");
		worst = gap[o] > worst ? gap[o] : worst;
	}
	put("x9_gap_worst", worst, "people");
	uint64_t is;
	unsigned hits = 0, searches = 1000000;
	for (unsigned i = 0; i < searches; i++) { /* the birth date of somebody real, and three letters of the family name */
		const struct canary_row *row = &at[stream_below(&s, (uint32_t)n)];
		hits += map64_find(&asked, question(row->born, row->name), &is);
	}
	put("x9_lines_in_a_million_honest_searches", hits, "lines");
	map64_done(&asked);
	free(at);
	free(more);
}

int main(int argc, char **argv)
{
	uint64_t n = 758912;
	if (argc > 1 && str_u64(str_of(argv[1]), &n) != RC_OK)
		return 2;
	arena_init(&A, (size_t)4 << 30);
	marks();
	mixed(2, 1023);
	mixed(3, 1023);
	mixed(3, 10000);
	mixed(5, 10000);
	walks(n);
	arena_done(&A);
	return 0;
}
