/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/pmsi_format.c: see pmsi.h: the layouts, read once from their table, and the writer. Must never move a zone, cut a value or guess a place: what does not fit is refused
 * with the zone's name. Start at pmsi_put.
 */
#include "hospital/pmsi.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "hospital/reference.h"
#include "hospital/show.h"

#define ZONES 400
#define RECORD 1000

static char *folder_at;
static struct reference layout, types;
static struct pmsi_zone zone[ZONES];
static char names[ZONES][16];          /* as a problem names them */
static size_t n_zones;
static bool there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

void pmsi_folder(const char *folder)
{
	free(folder_at);
	folder_at = folder && folder[0] ? strdup(folder) : NULL;
}

static void read_all(void)
{
	enum { FILE_, ZONE, AT, SIZE, MUST_, FRAME, DECIMALS, FIXED, LABEL, COLUMNS };
	static const char *const COLUMN[COLUMNS] = { "fichier", "zone", "debut", "taille", "obligatoire", "cadrage", "decimales", "valeur", "libelle" };
	int at[COLUMNS];
	struct problem p;
	bool good = folder_at && reference_read(folder_at, "formats_mco_2024.tsv", &layout, &p) == RC_OK && reference_read(folder_at, "autorisations_um_mco.tsv", &types, &p) == RC_OK && types.columns >= 2;
	for (unsigned i = 0; good && i < COLUMNS; i++)
		good = (at[i] = reference_find(&layout, COLUMN[i])) >= 0;
	for (size_t row = 1; good && row < layout.rows && n_zones < ZONES; row++) {
		struct pmsi_zone *z = &zone[n_zones];
		int64_t from = 0, size = 0, decimals = -1;
		struct str cell[COLUMNS];
		for (unsigned i = 0; i < COLUMNS; i++)
			cell[i] = reference_cell(&layout, row, (unsigned)at[i]);
		good = str_i64(cell[AT], &from) == RC_OK && str_i64(cell[SIZE], &size) == RC_OK && from > 0 && size > 0 && from + size <= RECORD && cell[ZONE].n < sizeof names[0]
			&& (!cell[DECIMALS].n || str_i64(cell[DECIMALS], &decimals) == RC_OK);
		if (!good)
			break;
		memcpy(names[n_zones], cell[ZONE].p, cell[ZONE].n);
		*z = (struct pmsi_zone){ .file = cell[FILE_], .name = { names[n_zones], cell[ZONE].n }, .label = cell[LABEL], .fixed = cell[FIXED], .at = (unsigned)from, .size = (unsigned)size,
			.must = str_eq(cell[MUST_], "O"), .zeros = str_eq(cell[FRAME], "DZ"), .decimals = (int)decimals };
		n_zones++;
	}
	there = good && n_zones > 0 && n_zones < ZONES;
}

bool pmsi_known(void)
{
	(void)pthread_once(&once, read_all);
	return there;
}

const struct pmsi_zone *pmsi_zone_at(size_t i) { return pmsi_known() && i < n_zones ? &zone[i] : NULL; }

const struct pmsi_zone *pmsi_zone_find(struct str file, struct str name)
{
	for (size_t i = 0; pmsi_known() && i < n_zones; i++)
		if (str_is(zone[i].file, file) && str_is(zone[i].name, name))
			return &zone[i];
	return NULL;
}

static enum rc put_zone(const struct pmsi_zone *z, struct str text, char *record, struct problem *p)
{
	bool digits = true;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < ' ' || text.p[i] > '~')
			return problem_set(p, RC_BAD_INPUT, WHY_FIELD_CHARS, z->name.p, "byte %zu is not ASCII", i + 1);
		digits = digits && text.p[i] >= '0' && text.p[i] <= '9';
	}
	if (text.n > z->size)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_TOO_LONG, z->name.p, "%zu of %u", text.n, z->size);
	char *to = record + z->at - 1;
	if (!z->zeros || !text.n) {
		if (text.n)
			memcpy(to, text.p, text.n);
		return RC_OK;
	}
	if (!digits)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_CHARS, z->name.p, "no number");
	memset(to, '0', z->size - text.n);
	memcpy(to + z->size - text.n, text.p, text.n);
	return RC_OK;
}

enum rc pmsi_put(const char *file, const struct pmsi_value *at, size_t n, struct buf *out, struct problem *p)
{
	char record[RECORD];
	unsigned end = 0;
	enum rc rc = pmsi_known() ? RC_OK : problem_set(p, RC_BROKEN, WHY_NO_DATA, "pmsi", "no layouts");
	memset(record, ' ', sizeof record);
	for (size_t i = 0; rc == RC_OK && i < n_zones; i++)
		if (str_eq(zone[i].file, file)) {
			end = zone[i].at + zone[i].size - 1 > end ? zone[i].at + zone[i].size - 1 : end;
			rc = put_zone(&zone[i], zone[i].fixed, record, p);
		}
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct pmsi_zone *z = pmsi_zone_find(str_of(file), str_of(at[i].zone));
		MUST(z);
		rc = put_zone(z, at[i].text, record, p);
	}
	if (rc == RC_OK) {
		MUST(end > 0);
		buf_put(out, record, end);
		rc = buf_rc(out, p);
	}
	return rc;
}

struct str pmsi_type_label(struct str code)
{
	for (size_t i = 1; code.n && pmsi_known() && i < types.rows; i++)
		if (str_is(reference_cell(&types, i, 0), code))
			return reference_cell(&types, i, 1);
	return STR_NONE;
}

void pmsi_type_rows(struct rows *out)
{
	rows_set(out, "types");
	for (size_t i = 1; pmsi_known() && i < types.rows; i++) {
		rows_row(out);
		rows_col(out, "code", reference_cell(&types, i, 0));
		rows_col(out, "label", reference_cell(&types, i, 1));
	}
}

struct str pmsi_day(struct arena *a, struct str day)
{
	char *at = day.n == 10 && day.p[4] == '-' && day.p[7] == '-' ? arena_bytes(a, 9) : NULL;
	if (!at)
		return STR_NONE;
	memcpy(at, day.p + 8, 2);
	memcpy(at + 2, day.p + 5, 2);
	memcpy(at + 4, day.p, 4);
	return (struct str){ at, 8 };
}

/* ---- what is asked for ---- */

const char *const pmsi_files[] = { "rum", "vidhosp", "les", "dmi", NULL };

bool pmsi_ask_of(struct str cohort, struct pmsi_ask *k_r)
{
	struct str rest, month, file, place, head = str_cut(cohort, '/', &rest);
	*k_r = (struct pmsi_ask){ .file = NULL };
	if (!str_eq(head, "PMSI") || !rest.n)
		return false;
	file = str_cut(rest, '/', &rest);
	place = str_cut(rest, '/', &month);
	for (const char *const *f = pmsi_files; *f; f++)
		if (str_eq(file, *f))
			k_r->file = *f;
	bool good = k_r->file && fhir_is_id(place) && month.n == 7 && month.p[4] == '-';
	for (size_t i = 0; good && i < month.n; i++)
		good = i == 4 || (month.p[i] >= '0' && month.p[i] <= '9');
	k_r->establishment = place;
	k_r->month = month;
	return good && str_cmp((struct str){ month.p + 5, 2 }, STR("01")) >= 0 && str_cmp((struct str){ month.p + 5, 2 }, STR("12")) <= 0;
}
