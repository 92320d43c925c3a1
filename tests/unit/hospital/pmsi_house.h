/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the PMSI for tests of hospital/pmsi*.c: an establishment with two units, of which one has its number, somebody's stay, and what a file would hold of it. */
#ifndef HYGIE_TEST_PMSI_HOUSE_H
#define HYGIE_TEST_PMSI_HOUSE_H

#include "bill_house.h"

#include "hospital/pmsi.h"

static const char *of_stay = "e"; /* whose lines, and whose reason */

static inline void tables(void)
{
	static char at[600];
	(void)snprintf(at, sizeof at, "%s/data/pmsi", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".");
	pmsi_folder(at);
	assert_true(pmsi_known());
}

static inline const char *left_of(const char *file, const char *month)
{
	static char said[200];
	assert_int_equal(view("pmsi_month", "month", month, NULL), RC_OK);
	said[0] = 0;
	for (unsigned i = 0; i < count("left"); i++)
		if (str_eq(get("left", i, "file"), file) && str_eq(get("left", i, "stay"), of_stay))
			snprintf(said, sizeof said, "%s%s%s%s%s", getz("left", i, "why"), has("left", i, "zone") ? " " : "", getz("left", i, "zone"), has("left", i, "nth") ? " of " : "", getz("left", i, "nth"));
	return said;
}

static inline const char *lines_of(const char *file, const char *month)
{
	static char text[4000];
	struct pmsi_left left;
	struct pmsi_ask k;
	char cohort[100];
	struct buf out;
	const struct json *root;
	unsigned n;
	snprintf(cohort, sizeof cohort, "PMSI/%s/u1/%s", file, month);
	assert_true(pmsi_ask_of(str_of(cohort), &k));
	buf_init(&out, 10000);
	struct record_row row;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(record_read(H.c, fhir_type_of(STR("Encounter")), str_of(of_stay), &row, &H.p), RC_OK);
	struct str body = arena_str(&H.arena, row.body);
	row.body = body;
	row.id = str_of(of_stay);
	assert_int_equal(json_parse(body, &H.arena, &root, &H.p), RC_OK);
	bool clinical;
	(void)left;
	assert_int_equal(pmsi_record(H.c, &H.arena, str_of(cohort), &row, NULL, &out, &n, &clinical, &H.p), RC_OK);
	db_end(H.c);
	snprintf(text, sizeof text, "%.*s", (int)out.n, out.n ? out.p : "");
	buf_done(&out);
	return text;
}

static inline void known(void)
{
	people();
	tables();
	assert_int_equal(act("pmsi_place_set", "finess", "490000001", "vidhosp", "V015", "version", "0", NULL), RC_OK);
	assert_int_equal(act("pmsi_unit_set", "unit", "u3", "number", "0101", "finess", "490000002", "type", "29", "from", "2024-03-01", "beds", "30", "mode", "C", "version", "0", NULL), RC_OK);
}

/* The house of the tests has units that stand alone; here is one below an establishment. */
static inline void establishment(void)
{
	put("{\"resourceType\":\"Organization\",\"id\":\"u1\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"GEOGRAPHICAL-ENTITY\"}]}],\"name\":\"Clinique\"}");
	put("{\"resourceType\":\"Organization\",\"id\":\"u3\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"UF\"}]}],\"name\":\"Médecine 3\",\"partOf\":{\"reference\":\"Organization/u1\"}}");
	put("{\"resourceType\":\"Organization\",\"id\":\"u4\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"UF\"}]}],\"name\":\"Réanimation\",\"partOf\":{\"reference\":\"Organization/u1\"}}");
	put("{\"resourceType\":\"Location\",\"id\":\"b4\",\"name\":\"Lit 4\",\"managingOrganization\":{\"reference\":\"Organization/u4\"}}");
	put("{\"resourceType\":\"Location\",\"id\":\"b3\",\"name\":\"Lit 3\",\"managingOrganization\":{\"reference\":\"Organization/u3\"}}");
	known();
	encounter("e", "a", "u3", "b3", "finished", "2026-11-01T08:00:00+01:00", "2026-11-05T10:00:00+01:00");
}

#endif
