/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room share: a resource from its text, a check with its first finding, files of the shared data. */
#ifndef HYGIE_TEST_FHIR_UNIT_H
#define HYGIE_TEST_FHIR_UNIT_H

#include "../base/unit.h"

#include "fhir/fhir.h"

struct room { struct arena a; struct problem p; struct fhir_issue *issues; uint16_t type; };

static inline const struct json *parsed(struct room *r, struct str text)
{
	const struct json *root = NULL;

	r->p = (struct problem){ 0 };
	if (json_parse(text, &r->a, &root, &r->p) != RC_OK) {
		print_error("test data is no JSON: %.*s\n", STR_ARG(text));
		fail();
	}
	return root;
}

static inline enum rc checked(struct room *r, const char *text)
{
	r->issues = NULL;
	return fhir_check(parsed(r, str_of(text)), &r->a, &r->type, &r->issues, &r->p);
}

static inline const char *shared_dir(void)
{
	const char *dir = getenv("HYGIE_SHARED");

	return dir ? dir : "../shared";
}

/* The file's bytes in the arena; p NULL when there is no such file. */
static inline struct str file_bytes(struct room *r, const char *dir, const char *name)
{
	char path[512];
	FILE *f;
	long n;
	char *p;

	snprintf(path, sizeof path, "%s/%s/%s", shared_dir(), dir, name);
	f = fopen(path, "rb");
	if (f == NULL)
		return STR_NONE;
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	p = arena_bytes(&r->a, (size_t)n + 1);
	n = (long)fread(p, 1, (size_t)n, f);
	fclose(f);
	return (struct str){ p, (size_t)n };
}

#endif
