/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/known.c: the lines follow the Patients in the same transaction, a rebuild finds the same, searches read by date and name only. */
#include "house.h"

#include "base/random.h"
#include "hospital/known.h"
#include "hospital/relation.h"

static void dump_cell(void *b, int row, int col, const char *p, size_t n)
{
	(void)row;
	buf_ch(b, col ? '|' : '\n');
	buf_put(b, p ? p : "", n);
}

/* The derived tables as text, in key order. */
static char *dump(void)
{
	static const char *const ASK[] = { "SELECT born, patient, id, sex, trust, homonym, length(line) FROM known ORDER BY born, patient", "SELECT * FROM known_name ORDER BY born, key, patient", "SELECT patient, who, kind, source, made_by, born FROM relation ORDER BY 1, 2, 3, 4, 5" };
	struct buf b;
	buf_init(&b, 8u << 20);
	for (size_t i = 0; i < sizeof ASK / sizeof *ASK; i++) {
		test_base_sql(H.path, ASK[i], dump_cell, &b);
		buf_ch(&b, '\n');
	}
	buf_ch(&b, 0);
	assert_false(b.failed);
	return b.p;
}

static void rebuild(void)
{
	db_reader_close(&H.c);
	assert_int_equal(relation_rebuild(H.db, NULL, &H.p), RC_OK);
	assert_int_equal(db_reader(H.db, &H.c, &H.p), RC_OK);
}

static void assert_rebuild_changes_nothing(void)
{
	char *before = dump();
	rebuild();
	char *after = dump();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static int64_t raw_count(const char *sql) { return test_base_number(H.path, sql); }

/* Rows under what stands for this date. */
static int64_t born_count(const char *table, int64_t born)
{
	char ask[128];
	snprintf(ask, sizeof ask, "SELECT count(*) FROM %s WHERE born = %lld", table, (long long)known_key(born));
	return raw_count(ask);
}

static bool found(const char *born, const char *text, const char *id)
{
	assert_int_equal(view("patient_search", "birthdate", born, "text", text, NULL), RC_OK);
	return any_row("patients", "id", id);
}

static void a_deleted_patient_leaves_no_line_and_no_name(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_int_equal(born_count("relation", 19570214), 2); /* the unit, and the bed that it follows from */
	assert_int_equal(raw_count("SELECT count(*) FROM relation WHERE born = 19570214"), 0);
	del("Patient", "a");
	assert_int_equal(raw_count("SELECT count(*) FROM known"), 0);
	assert_int_equal(raw_count("SELECT count(*) FROM known_name"), 0);
	assert_int_equal(raw_count("SELECT count(*) FROM relation WHERE born > 0"), 0);
	assert_rebuild_changes_nothing();
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	assert_true(found("1957-02-14", "dur", "a"));
	assert_true(has("patients", 0, "name"));
	assert_rebuild_changes_nothing();
}

static void an_edit_moves_the_line_and_drops_the_old_names(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "PROV", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	patient("a", "Lemoine", "Marie", "1957-02-15", "female", "VALI", NULL);
	assert_false(found("1957-02-14", "", "a"));
	assert_false(found("1957-02-15", "dur", "a"));
	assert_true(found("1957-02-15", "lem", "a"));
	assert_string_equal(getz("patients", 0, "explained"), "unit");
	assert_int_equal(born_count("known_name", 19570214), 0);
	assert_int_equal(born_count("known_name", 19570215), 5); /* lem, mar, their sounds, the whole */
	assert_rebuild_changes_nothing();
}

static void acts_keep_the_lines(void **s)
{
	(void)s;
	actor(ROLE_CLERK, 3, NULL, "u1");
	assert_int_equal(act("patient_create", "birth_name", "Le Goff", "used_name", "Martin", "given_names", "Marie Anne", "birthdate", "1957-02-14", "sex", "female", NULL), RC_OK);
	assert_true(view("patient_search", "birthdate", "1957-02-14", "text", "mar", NULL) == RC_OK && count("patients") == 1);
	char id[80];
	snprintf(id, sizeof id, "%s", getz("patients", 0, "id"));
	assert_true(found("1957-02-14", "leg", id));
	assert_true(found("1957-02-14", "ann", id)); /* the second given name */
	assert_rebuild_changes_nothing();
	assert_int_equal(act("patient_delete", "patient", id, "version", "1", "reason", "error", "text", "saisie", NULL), RC_OK);
	assert_false(found("1957-02-14", "leg", id));
	assert_rebuild_changes_nothing();
}

static void facts_that_came_before_the_patient_learn_its_date(void **s)
{
	(void)s;
	encounter("e", "late", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	patient("late", "Tard", "Venu", "1990-01-01", "male", "PROV", NULL);
	assert_true(found("1990-01-01", "", "late"));
	assert_string_equal(getz("patients", 0, "explained"), "unit");
	assert_rebuild_changes_nothing();
}

static void homonyms_come_and_go(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 0);
	patient("b", "DURAND", "Marié", "1957-02-14", "female", "PROV", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 2);
	patient("c", "durand", "marie", "1957-02-14", "female", "PROV", NULL);
	patient("d", "durand", "marie", "1957-02-14", "female", "PROV", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 4);
	assert_rebuild_changes_nothing();
	del("Patient", "d");
	patient("c", "durand", "marine", "1957-02-14", "female", "PROV", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 2);
	patient("b", "Durand", "Marie", "1957-02-15", "female", "PROV", NULL);
	assert_int_equal(raw_count("SELECT count(*) FROM known WHERE homonym = 2"), 0);
	assert_rebuild_changes_nothing();
}

static void whom_i_know_comes_first_however_many_strangers_share_the_day(void **s)
{
	(void)s;
	char id[12];
	for (int i = 0; i < 40; i++) {
		snprintf(id, sizeof id, "p%d", i);
		patient(id, i % 2 ? "Aberlin" : "Zola", "Marie", "1957-02-14", "female", "VALI", NULL);
	}
	patient("mine", "Zolade", "Anne", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "mine", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	for (int i = 0; i < 2; i++) {
		assert_true(found("1957-02-14", i ? "zol" : "", "mine"));
		assert_string_equal(getz("patients", 0, "id"), "mine");
		assert_int_equal(count("patients"), 10);
		assert_string_equal(getz("search", 0, "more"), "1");
		assert_string_equal(getz("patients", 1, "id"), "p0"); /* then as they came */
	}
	assert_false(found("1957-02-14", "abe", "mine"));
	assert_true(found("1957-02-14", "ann", "mine"));
	assert_int_equal(count("patients"), 1);
}

static void a_duplicate_is_found_on_a_crowded_day(void **s)
{
	(void)s;
	char id[12], family[24];
	for (int i = 0; i < 430; i++) {
		snprintf(id, sizeof id, "p%d", i);
		snprintf(family, sizeof family, "Zub%c%cor", 'a' + i % 26, 'a' + i / 26);
		patient(id, family, "Omar", "1980-01-01", "male", "PROV", NULL);
	}
	patient("late", "Lefebvre", "Marie", "1980-01-01", "female", "PROV", NULL);
	assert_int_equal(view("patient_duplicates", "birth_name", "Lefèvre", "given_names", "Marie", "birthdate", "1980-01-01", "sex", "female", NULL), RC_OK);
	assert_true(any_row("duplicates", "id", "late"));
}

static void partial_and_missing_dates_and_odd_names_have_a_line(void **s)
{
	(void)s;
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"y\",\"name\":[{\"family\":\"Durand\"}],\"birthDate\":\"1957\"}");
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"n\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"ZZ-12345\"}]}");
	putf(0, "{\"resourceType\":\"Patient\",\"id\":\"o\",\"name\":[{\"family\":\"a/b ; c~d|'\",\"given\":[\"%%\",\"王伟\"]}],\"birthDate\":\"1957-01-01\"}");
	assert_int_equal(raw_count("SELECT count(*) FROM known"), 3);
	assert_int_equal(born_count("known", 19570000), 1);
	assert_false(found("1957-01-01", "", "y"));
	assert_true(found("1957-01-01", "abc", "o"));
	assert_int_equal(view("patient_search", "text", "ZZ-12345", NULL), RC_OK);
	assert_int_equal(count("patients"), 1);
	assert_rebuild_changes_nothing();
	del("Patient", "o");
	assert_int_equal(born_count("known_name", 19570101), 0);
}

static void a_thousand_random_writes_equal_a_rebuild(void **s)
{
	(void)s;
	static const char *const FAMILY[] = { "Durand", "Dupont", "Dupond", "Le Goff", "Œuf", "Petit" }, *const GIVEN[] = { "Marie", "Jean Paul", "Léa", "" };
	struct stream r = { 7, 7, 0 };
	for (int i = 0; i < 1000; i++) {
		char id[8], born[12];
		snprintf(id, sizeof id, "r%u", stream_below(&r, 60));
		snprintf(born, sizeof born, "1957-02-1%u", stream_below(&r, 3));
		uint32_t what = stream_below(&r, 10);
		if (what == 0 && raw_count("SELECT count(*) FROM known") > 0) {
			char ask[80];
			snprintf(ask, sizeof ask, "SELECT count(*) FROM known WHERE id = '%s'", id);
			if (raw_count(ask))
				del("Patient", id);
		} else if (what < 3) {
			char e[8];
			snprintf(e, sizeof e, "e%u", stream_below(&r, 60));
			encounter(e, id, stream_below(&r, 2) ? "u1" : "u2", NULL, "in-progress", "2026-11-10T08:00:00+01:00", NULL);
		} else {
			patient(id, FAMILY[stream_below(&r, 6)], GIVEN[stream_below(&r, 3)], born, stream_below(&r, 2) ? "female" : "male", "VALI", NULL);
		}
	}
	assert_true(raw_count("SELECT count(*) FROM known") > 20);
	assert_rebuild_changes_nothing();
}

static void an_emptied_table_is_filled_by_a_rebuild(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	char *before = dump();
	test_base_sql(H.path, "DELETE FROM known; DELETE FROM known_name; DELETE FROM relation", NULL, NULL);
	assert_false(found("1957-02-14", "", "a"));
	rebuild();
	char *after = dump();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* ---- many in one job, as an import puts them: groups that stand or fall together ---- */

struct together { struct db_job job; struct gather gather; struct { size_t end; bool undone; } group[4000]; size_t n; uint64_t trips; struct arena arena; };

static struct together *begin(void)
{
	struct together *t = calloc(1, sizeof *t);
	assert_non_null(t);
	house_gather = &t->gather;
	return t;
}

static void group(struct together *t, bool undone)
{
	t->group[t->n].end = t->gather.n;
	t->group[t->n++].undone = undone;
}

static enum rc group_put(struct together *t, struct record_batch *b, struct db_conn *c, int64_t txn, size_t from, size_t to, bool undone, struct problem *p)
{
	struct record_write *w[200];
	struct record_done done;
	assert_true(to - from <= 200);
	for (size_t i = from; i < to; i++) {
		const struct json *root;
		struct fhir_issue *issues;
		struct str body = arena_str(&t->arena, str_of(t->gather.body[i]));
		assert_int_equal(json_parse(body, &t->arena, &root, p), RC_OK);
		assert_int_equal(record_prepare(body, fhir_type_of(json_get_text(root, "resourceType")), json_get_text(root, "id"), &t->arena, &w[i - from], &issues, p), RC_OK);
		record_batch_expect(b, w[i - from]);
	}
	enum rc rc = record_batch_look(b, c, p);
	struct record_mark mark = record_batch_mark(b);
	if (rc == RC_OK)
		rc = db_savepoint(c, p);
	for (size_t i = from; i < to && rc == RC_OK; i++)
		rc = record_batch_put(b, c, txn, w[i - from], &(struct record_if){ .keep_if_same = true, .revive = true }, &done, p);
	if (rc != RC_OK)
		return rc;
	if (undone) {
		record_batch_undo(b, mark);
		return db_savepoint_undo(c, p);
	}
	rc = record_batch_settle(b, c, p);
	return rc == RC_OK ? db_savepoint_keep(c, p) : rc;
}

static enum rc together_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct together *t = (struct together *)(void *)job;
	struct record_batch *b = record_batch_new();
	enum rc rc = RC_OK;
	uint64_t before = db_traffic(c).trips;
	arena_reset(&t->arena);
	for (size_t i = 0; i < t->n && rc == RC_OK; i++)
		rc = group_put(t, b, c, txn, i ? t->group[i - 1].end : 0, t->group[i].end, t->group[i].undone, p);
	t->trips = db_traffic(c).trips - before;
	if (rc == RC_OK)
		rc = record_batch_end(b, c, p);
	record_batch_free(&b);
	return rc;
}

/* Tells how often a server was waited for, but for the index rows at the end. */
static uint64_t end(struct together *t)
{
	house_gather = NULL;
	t->job.run = together_run;
	arena_init(&t->arena, 256u << 20);
	if (db_write_now(H.db, &t->job, &H.p) != RC_OK)
		fail_msg("together: %s %s", why_row(H.p.why)->name, H.p.detail);
	for (size_t i = 0; i < t->gather.n; i++)
		free(t->gather.body[i]);
	arena_done(&t->arena);
	uint64_t trips = t->trips;
	free(t);
	return trips;
}

static int64_t homonyms(void) { return raw_count("SELECT count(*) FROM known WHERE homonym = 2"); }
static void marie(const char *id) { patient(id, "Durand", "Marie", "1957-02-14", "female", "PROV", NULL); }

static void homonyms_of_one_job_know_of_each_other_and_of_who_was_there(void **s)
{
	(void)s;
	marie("a");
	struct together *t = begin();
	marie("b");
	marie("c"); /* with the one who was alone: three */
	patient("p", "Petit", "Jean", "1960-03-01", "male", "PROV", NULL);
	group(t, false);
	patient("q", "Petit", "Jean", "1960-03-01", "male", "PROV", NULL); /* of the group before */
	patient("r", "Roux", "Paul", "1960-03-01", "male", "PROV", NULL);
	group(t, false);
	end(t);
	assert_int_equal(homonyms(), 5);
	assert_rebuild_changes_nothing();
	t = begin();
	marie("d");
	marie("e");
	group(t, false);
	end(t);
	assert_int_equal(homonyms(), 7);
	assert_rebuild_changes_nothing();
}

static void a_homonym_whose_group_is_undone_was_never_there(void **s)
{
	(void)s;
	marie("a");
	struct together *t = begin();
	marie("b");
	marie("c");
	group(t, true);
	patient("p", "Petit", "Jean", "1957-02-14", "male", "PROV", NULL); /* has the number that b had */
	group(t, false);
	end(t);
	assert_int_equal(homonyms(), 0);
	assert_rebuild_changes_nothing();
	t = begin();
	marie("b");
	group(t, true);
	marie("b");
	group(t, false);
	end(t);
	assert_int_equal(homonyms(), 2);
	assert_rebuild_changes_nothing();
}

static void people_who_take_the_name_of_a_new_one_in_its_job_are_homonyms_too(void **s)
{
	char id[8];
	(void)s;
	for (int i = 0; i < 3; i++) {
		snprintf(id, sizeof id, "u%d", i);
		patient(id, "Petit", "Jean", i ? "1960-03-01" : "1961-03-01", "male", "PROV", NULL);
	}
	marie("a"); /* alone, after those */
	struct together *t = begin();
	marie("n");
	marie("u0");
	marie("u1");
	marie("u2");
	group(t, false);
	end(t);
	assert_int_equal(homonyms(), 5);
	assert_rebuild_changes_nothing();
	t = begin();
	patient("u0", "Petit", "Jean", "1960-03-01", "male", "PROV", NULL);
	marie("m");
	patient("m", "Petit", "Jean", "1960-03-01", "male", "PROV", NULL); /* came and changed in one group */
	group(t, false);
	end(t);
	assert_int_equal(homonyms(), 6);
	assert_rebuild_changes_nothing();
}

static void place(const char *id, const char *unit)
{
	putf(0, "{\"resourceType\":\"Location\",\"id\":\"%s\",\"name\":\"Chambre\",\"managingOrganization\":{\"reference\":\"Organization/%s\"}}", id, unit);
}

static int64_t facts_of_unit(const char *unit)
{
	char ask[120];
	snprintf(ask, sizeof ask, "SELECT count(*) FROM relation WHERE kind = 1 AND who = %lld", (long long)relation_unit(str_of(unit)));
	return raw_count(ask);
}

static void a_ward_that_comes_in_the_job_of_its_stays_joins_them_to_its_unit(void **s)
{
	(void)s;
	struct together *t = begin();
	marie("a");
	encounter("e1", "a", "none", "late", "in-progress", "2026-11-10T08:00:00+01:00", NULL); /* asked for, and not there */
	place("late", "u2");
	encounter("e2", "a", "none", "late", "in-progress", "2026-11-11T08:00:00+01:00", NULL);
	group(t, false);
	encounter("e3", "a", "none", "late", "in-progress", "2026-11-12T08:00:00+01:00", NULL);
	group(t, false);
	end(t);
	assert_int_equal(facts_of_unit("u2"), 3);
	assert_rebuild_changes_nothing();
	t = begin();
	encounter("e4", "a", "none", "late", "in-progress", "2026-11-13T08:00:00+01:00", NULL);
	group(t, false);
	place("late", "u1");
	encounter("e5", "a", "none", "late", "in-progress", "2026-11-14T08:00:00+01:00", NULL);
	group(t, false);
	end(t);
	assert_int_equal(facts_of_unit("u2"), 0);
	assert_int_equal(facts_of_unit("u1"), 5);
	assert_rebuild_changes_nothing();
}

static void a_ward_whose_group_is_undone_is_as_it_was(void **s)
{
	(void)s;
	marie("a");
	struct together *t = begin();
	place("late", "u2");
	encounter("e1", "a", "none", "late", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	place("b2", "u2");
	encounter("e2", "a", "none", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	group(t, true);
	encounter("e1", "a", "none", "late", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	encounter("e2", "a", "none", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	group(t, false);
	end(t);
	assert_int_equal(facts_of_unit("u2"), 0);
	assert_int_equal(facts_of_unit("u1"), 1);
	assert_rebuild_changes_nothing();
}

static void what_is_asked_for_a_chart_does_not_cost_a_trip_each(void **s)
{
	(void)s;
	for (int part = 0; part < 3; part++) { /* at first, the server is asked for the types of each statement's parameters too; the last ones claim a bed, which one has at most */
		struct together *t = begin();
		for (int i = 0; i < 100; i++) {
			char id[16], stay[16], family[16];
			snprintf(id, sizeof id, "p%d-%d", part, i);
			snprintf(stay, sizeof stay, "e%d-%d", part, i);
			snprintf(family, sizeof family, "Zub%c%c", 'a' + i % 26, 'a' + i / 26);
			patient(id, family, "Omar", "1980-01-01", "male", "PROV", NULL);
			encounter(stay, id, "u1", part < 2 ? NULL : "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
			if (i % 50 == 49)
				group(t, false);
		}
		uint64_t trips = end(t);
		print_message("# a hundred charts in two groups: %llu trips\n", (unsigned long long)trips);
		if (part)
			assert_true(trips <= (part < 2 ? 60 : 260) && test_base_is_server() == (trips > 0));
	}
	assert_int_equal(homonyms(), 300);
	assert_rebuild_changes_nothing();
}

static void a_thousand_random_writes_in_jobs_equal_a_rebuild(void **s)
{
	(void)s;
	static const char *const FAMILY[] = { "Durand", "Dupont", "Petit" }, *const GIVEN[] = { "Marie", "Léa" }, *const WHERE[] = { "b2", "late0", "late1", "late2" };
	struct stream r = { 11, 11, 0 };
	for (int job = 0; job < 25; job++) {
		struct together *t = begin();
		for (int i = 0; i < 40; i++) {
			char id[8], born[12], e[8];
			snprintf(id, sizeof id, "r%u", stream_below(&r, 90));
			snprintf(e, sizeof e, "e%u", stream_below(&r, 90));
			snprintf(born, sizeof born, "1957-02-1%u", stream_below(&r, 2));
			uint32_t what = stream_below(&r, 10), where = stream_below(&r, 4);
			if (what == 0)
				place(WHERE[where], stream_below(&r, 2) ? "u1" : "u2");
			else if (what < 4)
				encounter(e, id, "none", WHERE[where], "in-progress", "2026-11-10T08:00:00+01:00", NULL);
			else
				patient(id, FAMILY[stream_below(&r, 3)], GIVEN[stream_below(&r, 2)], born, "female", "VALI", NULL);
			if (stream_below(&r, 4) == 0)
				group(t, stream_below(&r, 4) == 0);
		}
		group(t, false);
		end(t);
	}
	assert_true(raw_count("SELECT count(*) FROM known") > 50);
	assert_rebuild_changes_nothing();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_deleted_patient_leaves_no_line_and_no_name),
		HOUSE_TEST(an_edit_moves_the_line_and_drops_the_old_names),
		HOUSE_TEST(acts_keep_the_lines),
		HOUSE_TEST(facts_that_came_before_the_patient_learn_its_date),
		HOUSE_TEST(homonyms_come_and_go),
		HOUSE_TEST(whom_i_know_comes_first_however_many_strangers_share_the_day),
		HOUSE_TEST(a_duplicate_is_found_on_a_crowded_day),
		HOUSE_TEST(partial_and_missing_dates_and_odd_names_have_a_line),
		HOUSE_TEST(a_thousand_random_writes_equal_a_rebuild),
		HOUSE_TEST(an_emptied_table_is_filled_by_a_rebuild),
		HOUSE_TEST(homonyms_of_one_job_know_of_each_other_and_of_who_was_there),
		HOUSE_TEST(a_homonym_whose_group_is_undone_was_never_there),
		HOUSE_TEST(people_who_take_the_name_of_a_new_one_in_its_job_are_homonyms_too),
		HOUSE_TEST(a_ward_that_comes_in_the_job_of_its_stays_joins_them_to_its_unit),
		HOUSE_TEST(a_ward_whose_group_is_undone_is_as_it_was),
		HOUSE_TEST(what_is_asked_for_a_chart_does_not_cost_a_trip_each),
		HOUSE_TEST(a_thousand_random_writes_in_jobs_equal_a_rebuild),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
