/* SPDX-License-Identifier: Apache-2.0 */
/* The medicines that come with the program, read whole: found, held against each other; and tables that are damaged. */
#include "hospital/drug.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static struct drugs *base;
static struct arena arena;

static const char *folder(void)
{
	static char at[600];
	(void)snprintf(at, sizeof at, "%s/data/medicaments", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".");
	return at;
}

static int open_all(void **state)
{
	struct problem p = { 0 };
	(void)state;
	arena_init(&arena, 64u << 20);
	base = drug_read(folder(), &p);
	if (!base)
		print_error("%s: %s\n", p.where, p.detail);
	return base ? 0 : -1;
}

static int close_all(void **state)
{
	(void)state;
	drug_free(&base);
	arena_done(&arena);
	return 0;
}

static const struct drug *first(const char *typed)
{
	const struct drug *at[1] = { NULL };
	assert_true(drug_find(base, str_of(typed), at, 1) > 0);
	return at[0];
}

static void assert_str(struct str is, const char *wanted)
{
	if (!str_eq(is, wanted))
		fail_msg("« %.*s » instead of « %s »", STR_ARG(is), wanted);
}

static void every_speciality_is_there_with_its_own_rows(void **state)
{
	size_t n = 0, packs = 0, parts = 0, conditions = 0, derived = 0;
	(void)state;
	for (const struct drug *one = drug_next(base, NULL); one; one = drug_next(base, one)) {
		n++;
		packs += one->n_packs;
		parts += one->n_parts;
		conditions += one->n_conditions;
		derived += one->atc_derived;
		assert_ptr_equal(drug_by_cis(base, one->cis), one);
	}
	/* The counts of the files (data/README.md); rows of specialities that are in no list hang nowhere. */
	assert_int_equal(n, 15799);
	assert_int_equal(parts, 32449);
	assert_in_range(packs, 20800, 20875);
	assert_in_range(conditions, 27700, 27856);
	assert_true(derived > 1000);
	assert_null(drug_by_cis(base, 1));
	assert_str(drug_edition(base, "ansm"), "2023-09-15");
	assert_str(drug_edition(base, "other"), "");
}

static void a_speciality_says_what_is_published(void **state)
{
	const struct drug *one = drug_by_cis(base, 60002283);
	(void)state;
	assert_non_null(one);
	assert_str(one->dci, "anastrozole");
	assert_str(one->part[0].dose, "1,00 mg");
	assert_int_equal(one->n_packs, 2);
	assert_str(one->pack[0].cip13, "3400949497294");
	assert_int_equal(one->pack[0].price_cents, 2536);
	assert_true(one->marketed);
}

static void words_are_found_in_any_order_without_accents_and_by_their_beginnings(void **state)
{
	const struct drug *at[200];
	size_t n = drug_find(base, STR("500 amoxicill"), at, 200), m = drug_find(base, STR("AMOXICILLINE 500"), at, 200);
	(void)state;
	assert_true(m > 5 && n >= m);
	assert_true(at[0]->marketed);
	assert_true(str_starts(at[0]->dci, STR("amoxicilline")));
	for (size_t i = 1; i < m; i++)
		assert_false(at[i]->marketed && !at[i - 1]->marketed);
	assert_int_equal(drug_find(base, STR("parace"), at, 0), drug_find(base, STR("Paracé"), at, 0));
	assert_str(first("doliprane 500")->dci, "paracétamol");
	/* Who types the salt finds it, and who types a substance finds it before what only holds it. */
	assert_true(str_starts(first("sulfate de morphine")->dci, STR("morphine")) || str_starts(first("sulfate de morphine")->dci, STR("sulfate de morphine")));
	assert_str(first("paracetamol 500")->dci, "paracétamol");
	assert_int_equal(drug_find(base, STR("ab"), at, 200), 0);
	assert_int_equal(drug_find(base, STR(""), at, 200), 0);
	assert_int_equal(drug_find(base, STR("zzzz"), at, 200), 0);
	assert_int_equal(drug_find(base, STR("\xff\xfe''; --"), at, 200), 0);
}

static struct drug_checked check(const char *const *typed, size_t n)
{
	const struct drug *list[30];
	struct drug_checked c;
	struct problem p = { 0 };
	for (size_t i = 0; i < n; i++)
		list[i] = first(typed[i]);
	arena_reset(&arena);
	assert_int_equal(drug_check(base, list, n, &arena, &c, &p), RC_OK);
	return c;
}

static void interactions_of_substances_and_of_classes_are_found_strongest_first(void **state)
{
	static const char *const both[] = { "coumadine", "daktarin gel" }, *const potassium[] = { "ramipril 5", "aldactone" };
	static const char *const three[] = { "coumadine", "doliprane 500", "daktarin gel" };
	struct drug_checked c = check(both, 2);
	(void)state;
	/* Thesaurus of September 2023: antivitamines K and miconazole, contre-indication. */
	assert_int_equal(c.n_hits, 1);
	assert_int_equal(c.hit[0].level, DRUG_CI);
	assert_str(c.hit[0].one, "ANTIVITAMINES K");
	assert_str(c.hit[0].other, "MICONAZOLE");
	assert_true(c.hit[0].mechanism.n > 0);
	c = check(potassium, 2);
	assert_true(c.n_hits >= 1);
	assert_int_equal(c.hit[0].level, DRUG_AD);
	c = check(three, 3);
	assert_true(c.n_hits >= 2);
	for (size_t i = 1; i < c.n_hits; i++)
		assert_true(c.hit[i - 1].level >= c.hit[i].level);
	assert_int_equal(c.hit[0].a, 0);
	assert_int_equal(c.hit[0].b, 2);
}

static void what_a_salt_is_bound_to_is_no_medicine(void **state)
{
	static const char *const pair[] = { "augmentin", "aldactone" }; /* clavulanate de potassium */
	(void)state;
	assert_int_equal(check(pair, 2).n_hits, 0);
}

static void another_of_the_same_class_is_not_the_medicine_itself(void **state)
{
	static const char *const itself[] = { "aldactone 25", "aldactone 50" }, *const other[] = { "aldactone 25", "amiloride" };
	struct drug_checked c = check(itself, 2);
	(void)state;
	for (size_t i = 0; i < c.n_hits; i++)
		assert_false(str_starts(c.hit[i].other, STR("AUTRES")) || str_starts(c.hit[i].one, STR("AUTRES")));
	assert_int_equal(c.n_twice, 1);
	assert_true(c.twice[0].substance);
	assert_true(check(other, 2).n_hits > 0);
}

static void the_same_substance_and_the_same_class_twice_are_told(void **state)
{
	static const char *const substance[] = { "doliprane 500", "dafalgan 500" }, *const class_[] = { "omeprazole 20", "esomeprazole 20" };
	struct drug_checked c = check(substance, 2);
	(void)state;
	assert_int_equal(c.n_twice, 1);
	assert_true(c.twice[0].substance);
	c = check(class_, 2);
	assert_int_equal(c.n_twice, 1);
	assert_false(c.twice[0].substance);
	assert_str(c.twice[0].name, "A02BC");
}

static void what_the_thesaurus_does_not_know_is_marked(void **state)
{
	const struct drug *known = first("coumadine"), *not_known = NULL;
	(void)state;
	assert_true(known->part[0].known);
	for (const struct drug *one = drug_next(base, NULL); one && !not_known; one = drug_next(base, one))
		if (one->n_parts == 1 && str_starts(one->part[0].name, STR("ARNICA MONTANA")))
			not_known = one;
	assert_non_null(not_known);
	assert_false(not_known->part[0].known);
}

/* Asked: fifteen lines within 5 ms, a search within 5 ms. Printed, not asserted: the machine may be busy. */
static void times_are_printed(void **state)
{
	static const char *const chart[15] = { "coumadine", "doliprane", "aldactone", "ramipril", "furosemide", "bisoprolol", "amiodarone", "simvastatine", "clarithromycine", "metformine", "sertraline",
		"tramadol", "omeprazole", "lactulose", "prednisone" };
	static const char *const typed[] = { "a b c", "par", "comprime", "amoxicilline 500", "solution injectable", "chlorhydrate" };
	const struct drug *at[10];
	uint64_t worst = 0, from = clock_ns();
	struct drug_checked c = check(chart, 15);
	(void)state;
	print_message("check of 15: %llu us with its 15 searches, %zu rows\n", (unsigned long long)(clock_ns() - from) / 1000, c.n_hits);
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		from = clock_ns();
		(void)drug_find(base, str_of(typed[i]), at, 10);
		worst = clock_ns() - from > worst ? clock_ns() - from : worst;
	}
	print_message("slowest search: %llu us\n", (unsigned long long)worst / 1000);
	assert_true(c.n_hits > 0);
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* Asked: a search within 5 ms at the 99th percentile. Of every speciality, by the first letters of its name as somebody types them: three, six, all of the first word. Each is found. */
static void every_speciality_is_found_by_its_name_and_the_times_are_printed(void **state)
{
	enum { EACH = 3 };
	const struct drug *at[10];
	size_t n = 0, all = 0;
	(void)state;
	for (const struct drug *one = drug_next(base, NULL); one; one = drug_next(base, one))
		all++;
	uint64_t *took = calloc(all * EACH, sizeof *took);
	assert_non_null(took);
	for (const struct drug *one = drug_next(base, NULL); one; one = drug_next(base, one)) {
		size_t word = 0;
		while (word < one->name.n && one->name.p[word] != ' ' && one->name.p[word] != ',')
			word++;
		const size_t letters[EACH] = { 3, 6, word };
		for (size_t i = 0; i < EACH; i++) {
			struct str typed = { one->name.p, letters[i] < word ? letters[i] : word };
			if (typed.n < 3)
				continue;
			uint64_t from = clock_ns();
			size_t found = drug_find(base, typed, at, 10);
			took[n++] = clock_ns() - from;
			if (found == 0 && letters[i] == word && one->name.p[0] >= 'A' && one->name.p[0] <= 'Z')
				fail_msg("« %.*s » finds nothing", STR_ARG(typed));
		}
	}
	qsort(took, n, sizeof *took, by_time);
	print_message("%zu searches over %zu specialities: median %llu us, p99 %llu us, slowest %llu us\n", n, all, (unsigned long long)took[n / 2] / 1000, (unsigned long long)took[n * 99 / 100] / 1000, (unsigned long long)took[n - 1] / 1000);
	free(took);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[700];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void damaged_tables_are_told_by_name(void **state)
{
	char dir[] = "/tmp/hygie-drugs-XXXXXX";
	struct problem p = { 0 };
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_null(drug_read(dir, &p));
	assert_int_equal(p.why, WHY_NO_DATA);
	assert_string_equal(p.where, "edition.tsv");
	write_file(dir, "edition.tsv", "table\tedition\nbdpm\t2026-01-27\n");
	write_file(dir, "interactions_ansm_classes.tsv", "classe\tsubstance\nC1\ts1\n");
	write_file(dir, "interactions_ansm_voir_aussi.tsv", "entree\tclasse\ns1\tC1\n");
	write_file(dir, "interactions_ansm_index_substances_2020.tsv", "substance\tclasse\ns1\t\n");
	write_file(dir, "interactions_ansm.tsv", "protagoniste_1\tprotagoniste_2\tniveau_max\tniveaux\tmecanisme\tconduite\nC1\ts2\tXX\tXX\t\t\n");
	assert_null(drug_read(dir, &p));
	assert_string_equal(p.where, "interactions_ansm.tsv");
	write_file(dir, "interactions_ansm.tsv", "protagoniste_1\tprotagoniste_2\tniveau_max\n");
	assert_null(drug_read(dir, &p));
	assert_string_equal(p.where, "interactions_ansm.tsv");
	write_file(dir, "interactions_ansm.tsv", "protagoniste_1\tprotagoniste_2\tniveau_max\tniveaux\tmecanisme\tconduite\nC1\ts2\n");
	assert_null(drug_read(dir, &p));
	static const char *const names[] = { "edition.tsv", "interactions_ansm_classes.tsv", "interactions_ansm_voir_aussi.tsv", "interactions_ansm_index_substances_2020.tsv", "interactions_ansm.tsv" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[700];
		(void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void without_a_folder_there_is_no_base_and_the_reason_is_told(void **state)
{
	struct problem p = { 0 };
	(void)state;
	drug_folder(NULL);
	assert_null(drug_base(&p));
	assert_int_equal(p.why, WHY_NO_DATA);
	drug_folder(folder());
	const struct drugs *one = drug_base(&p), *again = drug_base(&p);
	assert_non_null(one);
	assert_ptr_equal(one, again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_speciality_is_there_with_its_own_rows),
		cmocka_unit_test(a_speciality_says_what_is_published),
		cmocka_unit_test(words_are_found_in_any_order_without_accents_and_by_their_beginnings),
		cmocka_unit_test(interactions_of_substances_and_of_classes_are_found_strongest_first),
		cmocka_unit_test(what_a_salt_is_bound_to_is_no_medicine),
		cmocka_unit_test(another_of_the_same_class_is_not_the_medicine_itself),
		cmocka_unit_test(the_same_substance_and_the_same_class_twice_are_told),
		cmocka_unit_test(what_the_thesaurus_does_not_know_is_marked),
		cmocka_unit_test(times_are_printed),
		cmocka_unit_test(every_speciality_is_found_by_its_name_and_the_times_are_printed),
		cmocka_unit_test(damaged_tables_are_told_by_name),
		cmocka_unit_test(without_a_folder_there_is_no_base_and_the_reason_is_told),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
