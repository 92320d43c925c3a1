/* SPDX-License-Identifier: Apache-2.0 */
/* The shared hostile FHIR files and the FR Core examples: what is refused, and why the rest is not structure's matter. Skips loudly without them. */
#include "fhir_unit.h"

#include <dirent.h>

/* accepted: NULL when refused; else why it is not wrong against R4's structure. */
static const struct { const char *name; enum why why; const char *accepted; } T[] = {
	{ "attachment-with-wrong-size.json",                 WHY_NONE,            "the size differs from the data: content, not structure" },
	{ "bad-json-close-2.json",                           WHY_BAD_JSON,        NULL },
	{ "bad-markdown.json",                               WHY_NONE,            "markup in a markdown text is text: the page that shows it escapes it" },
	{ "bundle-document-versioned-references-bad.json",   WHY_NONE,            "versioned references inside a document: its own assembly rule, not structure" },
	{ "bundle-duplicate-id.json",                        WHY_NONE,            "two types may share an id; relative fullUrls are wrong only against a bundle's use" },
	{ "cdshooks-response-empty-bad.json",                WHY_CARDINALITY,     NULL },
	{ "contained-canonical-bad-2.json",                  WHY_NONE,            "compose.include.system is a uri, not a canonical: nothing to resolve in the structure" },
	{ "contained-canonical-bad.json",                    WHY_NONE,            "compose.include.system is a uri, not a canonical: nothing to resolve in the structure" },
	{ "cs-bad-prop-code.json",                           WHY_NONE,            "concept properties against the code system's own declarations: terminology" },
	{ "cs-bad-props.json",                               WHY_NONE,            "concept properties against the code system's own declarations: terminology" },
	{ "dr-bad-att-hash.json",                            WHY_UNKNOWN_ELEMENT, NULL },
	{ "filter-display-error-with-path-advisor.json",     WHY_CARDINALITY,     NULL },
	{ "filter-display-error-with-path-observation.json", WHY_NONE,            "the display of a LOINC code is not LOINC's: terminology" },
	{ "json-comma-bad-2.json",                           WHY_BAD_JSON,        NULL },
	{ "jv-patient-bad.json",                             WHY_NONE,            "wrong against a national profile only" },
	{ "list-bad-syntax.json",                            WHY_BAD_JSON,        NULL },
	{ "list-wrong-code.json",                            WHY_BAD_CODE,        NULL },
	{ "list-xhtml-wrongns1.json",                        WHY_UNKNOWN_ELEMENT, NULL },
	{ "mcode-pat-bad.json",                              WHY_BAD_JSON,        NULL },
	{ "obs-hgvs-bad.json",                               WHY_NONE,            "HGVS syntax inside a code: terminology" },
	{ "observation-xver-bad.json",                       WHY_WRONG_TYPE,      NULL },
	{ "observation-xver-bad2.json",                      WHY_WRONG_TYPE,      NULL },
	{ "parameters-profiled-resource-invalid.json",       WHY_NONE,            "the parameter's resource is wrong against a profile only" },
	{ "parameters-reference-bad.json",                   WHY_NONE,            "references between the parameters' resources: record's matter, not structure" },
	{ "pat-security-bad-xhtml.json",                     WHY_BAD_NARRATIVE,   NULL },
	{ "patient-duplicate-contained.json",                WHY_INVARIANT,       NULL },
	{ "patient-duplicate.json",                          WHY_DUPLICATE_KEY,   NULL },
	{ "patient-id-bad-3.json",                           WHY_FORMAT,          NULL },
	{ "qr-bad-ref1.json",                                WHY_NONE,            "the questionnaire's canonical is unknown: nothing is resolved over the network" },
	{ "qr-bad-ref2.json",                                WHY_NONE,            "the questionnaire's canonical names a value set: nothing is resolved over the network" },
	{ "resource-invalid-id-2.json",                      WHY_FORMAT,          NULL },
	{ "sdc-instance-bad.json",                           WHY_NONE,            "wrong against the SDC profile only" },
	{ "vs-bad-ecl.json",                                 WHY_NONE,            "a SNOMED CT expression inside a filter: terminology" },
	{ "vs-canonical-bad.json",                           WHY_NONE,            "relative canonical address of a value set: HL7's publishing rule, not a format rule" },
};

#define HOSTILE "data/entrees_hostiles/fhir"
#define FRENCH "data/fr_core/exemples"

static enum why outcome_of(struct room *r, struct str text)
{
	const struct json *root = NULL;

	r->p = (struct problem){ 0 };
	if (json_parse(text, &r->a, &root, &r->p) == RC_OK && fhir_check(root, &r->a, &r->type, &r->issues, &r->p) == RC_OK)
		return WHY_NONE;
	return r->p.why;
}

static void each_hostile_file_is_refused_or_listed_with_a_reason(void **state)
{
	struct room *r = *state;
	unsigned refused = 0;

	for (size_t i = 0; i < COUNT(T); i++) {
		struct str text;

		arena_reset(&r->a);
		text = file_bytes(r, HOSTILE, T[i].name);
		if (text.p == NULL) {
			print_message("# SKIPPED: %s/%s is not there\n", shared_dir(), HOSTILE);
			return; /* loudly: cmocka's own skip() prints "not ok" */
		}
		holds((T[i].accepted != NULL) == (T[i].why == WHY_NONE), T[i].name);
		if (outcome_of(r, text) != T[i].why)
			print_error("%s: %s at %s\n", T[i].name, why_row(r->p.why)->name, r->p.where);
		holds(r->p.why == T[i].why || T[i].why == WHY_NONE, T[i].name);
		holds((r->p.rc == RC_OK) == (T[i].why == WHY_NONE), T[i].name);
		refused += T[i].why != WHY_NONE;
	}
	print_message("# %u of %zu refused, %zu accepted for the reasons listed\n", refused, COUNT(T), COUNT(T) - refused);
}

static void every_json_file_of_the_hostile_set_is_in_the_table(void **state)
{
	char path[512];
	DIR *d;
	struct dirent *e;

	(void)state;
	snprintf(path, sizeof path, "%s/%s", shared_dir(), HOSTILE);
	d = opendir(path);
	if (d == NULL) {
		print_message("# SKIPPED: %s is not there\n", path);
		return; /* loudly: cmocka's own skip() prints "not ok" */
	}
	while ((e = readdir(d)) != NULL) {
		bool listed = !str_ends(str_of(e->d_name), STR(".json"));

		for (size_t i = 0; i < COUNT(T); i++)
			listed = listed || strcmp(e->d_name, T[i].name) == 0;
		holds(listed, e->d_name);
	}
	closedir(d);
}

static void every_example_of_fr_core_is_accepted_and_indexed(void **state)
{
	struct room *r = *state;
	char path[512];
	DIR *d;
	struct dirent *e;
	unsigned n = 0;

	snprintf(path, sizeof path, "%s/%s", shared_dir(), FRENCH);
	d = opendir(path);
	if (d == NULL) {
		print_message("# SKIPPED: %s is not there\n", path);
		return; /* loudly: cmocka's own skip() prints "not ok" */
	}
	while ((e = readdir(d)) != NULL) {
		const struct json *root;
		struct fhir_values values;
		struct fhir_refs refs;

		if (!str_ends(str_of(e->d_name), STR(".json")))
			continue;
		arena_reset(&r->a);
		root = parsed(r, file_bytes(r, FRENCH, e->d_name));
		if (fhir_check(root, &r->a, &r->type, &r->issues, &r->p) != RC_OK)
			print_error("%s: %s at %s\n", e->d_name, why_row(r->p.why)->name, r->p.where);
		holds(r->p.rc == RC_OK, e->d_name);
		holds(fhir_extract(r->type, root, &r->a, &values, &r->p) == RC_OK && values.n > 0, e->d_name);
		holds(fhir_references(root, &r->a, &refs, &r->p) == RC_OK, e->d_name);
		n++;
	}
	closedir(d);
	assert_int_equal(n, 31);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		CASE("each hostile file is refused, or listed with a reason", each_hostile_file_is_refused_or_listed_with_a_reason),
		CASE("every JSON file of the hostile set is in the table", every_json_file_of_the_hostile_set_is_in_the_table),
		CASE("every example of FR Core is accepted and indexed", every_example_of_fr_core_is_accepted_and_indexed),
	};
	struct room r = { 0 };
	int failed;

	arena_init(&r.a, 1 << 24);
	for (size_t i = 0; i < COUNT(tests); i++)
		tests[i].initial_state = &r;
	failed = cmocka_run_group_tests_name("fhir/hostile", tests, NULL, NULL);
	arena_done(&r.a);
	return failed;
}
