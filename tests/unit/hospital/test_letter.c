/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/letter*.c and document.c: fields of one list, blocks with source and date, two who write at once, what is missing, signature, versions, cancelling, and the CDA. */
#include "house.h"

#include "base/press.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define PDF "%PDF-1.7 what a press would draw"
static struct { int counter; char paper[PAPER_MOST]; size_t n; atomic_bool over; } PRESS;

static void *press(void *arg)
{
	int answer;
	ssize_t n;
	struct press_answer head = { .state = PRESS_DONE, .n = sizeof PDF - 1 };
	(void)arg;
	while ((n = press_read(PRESS.counter, PRESS.paper, sizeof PRESS.paper, &answer)) < 0)
		if (atomic_load(&PRESS.over))
			return NULL;
		else
			usleep(1000);
	PRESS.n = (size_t)n;
	struct problem bad;
	assert_int_equal(paper_check((struct str){ PRESS.paper, PRESS.n }, &bad), RC_OK);
	assert_int_equal(write(answer, &head, sizeof head), sizeof head);
	assert_int_equal(write(answer, PDF, sizeof PDF - 1), sizeof PDF - 1);
	close(answer);
	return NULL;
}

/* Signs with a press that answers. */
static enum rc sign(const char *no, const char *saved)
{
	pthread_t t;
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	PRESS.counter = pair[1];
	atomic_store(&PRESS.over, false);
	press_use(pair[0]);
	assert_int_equal(pthread_create(&t, NULL, press, NULL), 0);
	enum rc rc = act("letter_sign", "patient", "a", "no", no, "saved", saved, NULL);
	if (rc != RC_OK)
		atomic_store(&PRESS.over, true); /* no paper comes */
	pthread_join(t, NULL);
	press_use(-1);
	close(pair[0]);
	close(pair[1]);
	return rc;
}

static bool paper_has(const char *text) { return memmem(PRESS.paper, PRESS.n, text, strlen(text)) != NULL; }

struct account_job { struct db_job job; struct account_new n; uint32_t no; };
static enum rc account_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct account_job *k = (struct account_job *)(void *)j;
	(void)txn;
	return account_add(c, &k->n, &k->no, p);
}

static uint32_t DOCTOR, OTHER;
static uint32_t a_physician(const char *login)
{
	struct str units[] = { STR("u1") };
	struct account_job k = { .job = { .run = account_run }, .n = { .login = str_of(login), .name = str_of(login), .role = ROLE_PHYSICIAN, .units = units, .n_units = 1, .password_hash = STR("$argon2id$x") } };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	return k.no;
}

static void someone(const char *status)
{
	DOCTOR = a_physician("docteur");
	OTHER = a_physician("autre");
	actor(ROLE_PHYSICIAN, DOCTOR, "p1", "u1");
	patient("a", "Durand", "Marie", "1957-02-14", "female", status, strcmp(status, "QUAL") == 0 || strcmp(status, "RECUP") == 0 ? "257026912345674" : NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	put("{\"resourceType\":\"AllergyIntolerance\",\"id\":\"al\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},"
	    "\"code\":{\"text\":\"amoxicilline\"},\"patient\":{\"reference\":\"Patient/a\"},\"recordedDate\":\"2026-11-01T09:00:00+01:00\",\"recorder\":{\"display\":\"Dr Petit\"}}");
}

static const char *begun(const char *once, const char *kind)
{
	static char no[24];
	assert_int_equal(act("letter_draft", "patient", "a", "once", once, "kind", kind, NULL), RC_OK);
	snprintf(no, sizeof no, "%s", getz("made", 0, "no"));
	return no;
}

static enum rc save(const char *no, const char *saved, const char *text, const char *pull)
{
	return act("letter_save", "patient", "a", "no", no, "saved", saved, "title", "Lettre", "to", "Dr Petit", "text", text, "pull", pull, NULL);
}

static void a_draft_has_the_values_of_the_person_and_its_blocks_with_source_and_date(void **s)
{
	(void)s;
	someone("VALI");
	const char *no = begun("form1", "discharge");
	assert_int_equal(act("letter_draft", "patient", "a", "once", "form1", "kind", "discharge", NULL), RC_OK);
	assert_true(has("made", 0, "again"));
	assert_string_equal(getz("made", 0, "no"), no);
	assert_int_equal(view("letter", "patient", "a", "no", no, NULL), RC_OK);
	const char *text = getz("letter", 0, "text");
	assert_non_null(strstr(text, "Marie Durand"));
	assert_non_null(strstr(text, "14/02/1957"));
	assert_non_null(strstr(text, "10/11/2026 au {{sejour.sortie}}"));
	unsigned at = row_with("lines", "name", "bloc.allergies");
	assert_string_equal(getz("lines", at, "what"), "amoxicilline");
	assert_string_equal(getz("lines", at, "source"), "Dr Petit");
	assert_true(has("lines", at, "when_at"));
	assert_true(any_row("missing", "what", "sejour.sortie"));
	/* another person's letter is none */
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	assert_int_equal(view("letter", "patient", "b", "no", no, NULL), RC_OK);
	assert_int_equal(count("letter"), 0);
	assert_int_equal(count("none"), 1);
}

static void a_block_is_read_anew_only_when_somebody_asks(void **s)
{
	(void)s;
	someone("VALI");
	const char *no = begun("form1", "free");
	assert_int_equal(save(no, "1", "# Allergies\n{{bloc.allergies}}", "bloc.allergies"), RC_OK);
	put("{\"resourceType\":\"AllergyIntolerance\",\"id\":\"al2\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"code\":{\"text\":\"iode\"},\"patient\":{\"reference\":\"Patient/a\"}}");
	assert_int_equal(save(no, "2", "# Allergies\n{{bloc.allergies}} ", ""), RC_OK);
	assert_int_equal(view("letter", "patient", "a", "no", no, NULL), RC_OK);
	assert_false(any_row("lines", "what", "iode"));
	assert_int_equal(save(no, "3", "# Allergies\n{{bloc.allergies}}", "bloc.allergies"), RC_OK);
	assert_int_equal(view("letter", "patient", "a", "no", no, NULL), RC_OK);
	assert_true(any_row("lines", "what", "iode"));
}

static void who_saves_over_what_another_saved_is_told_and_nothing_is_lost(void **s)
{
	(void)s;
	someone("VALI");
	const char *no = begun("form1", "free");
	assert_int_equal(save(no, "1", "un", ""), RC_OK);
	assert_int_equal(save(no, "1", "un", ""), RC_OK); /* the same, come twice */
	assert_true(has("made", 0, "again"));
	assert_int_equal(save(no, "1", "deux", ""), RC_CONFLICT);
	assert_int_equal(view("letter", "patient", "a", "no", no, NULL), RC_OK);
	assert_string_equal(getz("letter", 0, "text"), "un");
	assert_int_equal(save(no, "2", "du {{patient.salaire}}", ""), RC_BAD_INPUT);
	assert_why(WHY_LETTER_FIELD);
	assert_int_equal(save(no, "2", "du {{patient.nom", ""), RC_BAD_INPUT);
	assert_int_equal(save(no, "2", "x", "bloc.salaire"), RC_BAD_INPUT);
}

static void what_is_missing_is_named_before_the_signature(void **s)
{
	(void)s;
	someone("VALI");
	const char *no = begun("form1", "free");
	assert_int_equal(act("letter_need_add", "kind", "free", "heading", "Suites", "source", "décision de la maison du 01/02/2026", NULL), RC_OK);
	assert_int_equal(act("letter_need_add", "kind", "free", "heading", "Suites", "source", "encore", NULL), RC_CONFLICT);
	assert_int_equal(save(no, "1", "# Suites\n\n# Fin\nmots", ""), RC_OK);
	assert_int_equal(sign(no, "2"), RC_BAD_INPUT);
	assert_why(WHY_LETTER_MISSING);
	assert_int_equal(view("letter", "patient", "a", "no", no, NULL), RC_OK);
	assert_string_equal(getz("missing", 0, "lack"), "heading");
	assert_string_equal(getz("missing", 0, "source"), "décision de la maison du 01/02/2026");
	assert_int_equal(save(no, "2", "# Suites\nrevoir\n# Fin\n{{bloc.problemes}}", ""), RC_OK);
	assert_int_equal(sign(no, "3"), RC_BAD_INPUT); /* a block that was never read */
	assert_int_equal(save(no, "3", "# Suites\nrevoir", ""), RC_OK);
	assert_int_equal(sign(no, "4"), RC_OK);
}

static void a_signed_letter_is_a_document_of_the_record_and_its_correction_a_new_version(void **s)
{
	(void)s;
	char first[24], document[80];
	someone("VALI");
	snprintf(first, sizeof first, "%s", begun("form1", "discharge"));
	assert_int_equal(save(first, "1", "# Allergies\n{{bloc.allergies}}\n- un\nà < b & c", "bloc.allergies"), RC_OK);
	assert_int_equal(act("letter_sign", "patient", "a", "no", first, "saved", "2", NULL), RC_RETRY); /* no press: nothing signed */
	assert_int_equal(sign(first, "1"), RC_CONFLICT);
	assert_int_equal(sign(first, "2"), RC_OK);
	snprintf(document, sizeof document, "%s", getz("made", 0, "document"));
	assert_true(paper_has("amoxicilline") && paper_has("Dr Petit") && paper_has("Extrait du dossier, lu le"));
	assert_int_equal(save(first, "2", "autre", ""), RC_CONFLICT);
	assert_int_equal(sign(first, "2"), RC_CONFLICT);
	assert_int_equal(view("documents", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("documents", 0, "status"), "current");
	assert_string_equal(getz("documents", 0, "letter"), first);
	assert_true(has("documents", 0, "cda"));
	assert_int_equal(view("document", "patient", "a", "id", document, "part", "1", NULL), RC_OK);
	assert_string_equal(getz("file", 0, "bytes"), PDF);
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	assert_int_equal(view("document", "patient", "b", "id", document, "part", "1", NULL), RC_OK);
	assert_int_equal(count("file"), 0);
	/* corrected */
	assert_int_equal(act("letter_correct", "patient", "a", "no", first, "once", "fix1", NULL), RC_OK);
	char next[24];
	snprintf(next, sizeof next, "%s", getz("made", 0, "no"));
	assert_int_equal(act("letter_correct", "patient", "a", "no", first, "once", "fix2", NULL), RC_CONFLICT);
	assert_why(WHY_LETTER_NEXT);
	assert_int_equal(view("letter", "patient", "a", "no", first, NULL), RC_OK);
	assert_string_equal(getz("letter", 0, "state"), "signed"); /* until the other is */
	assert_int_equal(sign(next, "1"), RC_OK);
	assert_true(paper_has("Version 2"));
	assert_int_equal(view("letter", "patient", "a", "no", first, NULL), RC_OK);
	assert_string_equal(getz("letter", 0, "state"), "replaced");
	assert_int_equal(view("document", "patient", "a", "id", document, "part", "1", NULL), RC_OK); /* still readable */
	assert_int_equal(view("documents", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("documents"), 2);
	assert_string_equal(getz("documents", row_with("documents", "id", document), "status"), "superseded");
	/* cancelled: by who signed, and it stays */
	actor(ROLE_PHYSICIAN, OTHER, "p2", "u1");
	assert_int_equal(act("letter_cancel", "patient", "a", "no", next, "reason", "autre patient", NULL), RC_CONFLICT);
	assert_why(WHY_LETTER_NOT_MINE);
	actor(ROLE_PHYSICIAN, DOCTOR, "p1", "u1");
	assert_int_equal(act("letter_cancel", "patient", "a", "no", next, "reason", "autre patient", NULL), RC_OK);
	assert_int_equal(view("documents", "patient", "a", NULL), RC_OK);
	assert_true(any_row("documents", "status", "entered-in-error"));
}

static const char *cda_of(const char *status)
{
	static char cda[20000];
	someone(status);
	const char *no = begun("form1", "discharge");
	assert_int_equal(save(no, "1", "Un <mot> & \"deux\"", ""), RC_OK);
	assert_int_equal(sign(no, "2"), RC_OK);
	char document[80];
	snprintf(document, sizeof document, "%s", getz("made", 0, "document"));
	assert_int_equal(view("document", "patient", "a", "id", document, "part", "2", NULL), RC_OK);
	snprintf(cda, sizeof cda, "%s", getz("file", 0, "bytes"));
	const char *keep = getenv("HYGIE_KEEP_CDA"); /* for tests/gate/test_letters.py, which has an XML parser */
	FILE *f = keep ? fopen(keep, "w") : NULL;
	if (f) {
		fputs(cda, f);
		fclose(f);
	}
	return cda;
}

static void the_cda_holds_the_ins_of_a_qualified_identity(void **s)
{
	(void)s;
	const char *cda = cda_of("QUAL");
	assert_non_null(strstr(cda, "extension=\"257026912345674\""));
	assert_non_null(strstr(cda, "<family qualifier=\"BR\">Durand</family>"));
	assert_non_null(strstr(cda, "JVBERi0xLjcg")); /* %PDF-1.7 */
	assert_true(paper_has("257026912345674"));
}

static void the_cda_and_the_paper_hold_no_ins_of_any_other(void **s)
{
	(void)s;
	const char *cda = cda_of("RECUP");
	assert_null(strstr(cda, "257026912345674"));
	assert_null(strstr(cda, "1.2.250.1.213.1.4."));
	assert_false(paper_has("257026912345674"));
}

static void a_template_has_versions_and_no_field_that_is_not_in_the_list(void **s)
{
	(void)s;
	someone("VALI");
	assert_int_equal(act("template_put", "kind", "free", "name", "Essai", "text", "de {{patient.nom}} {{patient.salaire}}", NULL), RC_BAD_INPUT);
	assert_why(WHY_LETTER_FIELD);
	assert_int_equal(act("template_put", "kind", "free", "name", "Essai", "text", "de {{patient.nom}}", NULL), RC_OK);
	char no[24];
	snprintf(no, sizeof no, "%s", getz("template", 0, "no"));
	assert_int_equal(act("template_put", "template", no, "version", "1", "kind", "free", "name", "Essai", "text", "du {{date.jour}}", NULL), RC_OK);
	assert_int_equal(act("template_put", "template", no, "version", "1", "kind", "free", "name", "Essai", "text", "perdu", NULL), RC_CONFLICT);
	assert_int_equal(view("letter_template", "template", no, NULL), RC_OK);
	assert_int_equal(count("versions"), 2);
	assert_string_equal(getz("versions", 1, "text"), "de {{patient.nom}}");
	assert_int_equal(act("letter_draft", "patient", "a", "once", "form1", "kind", "free", "template", no, NULL), RC_OK);
	assert_int_equal(act("letter_draft", "patient", "a", "once", "form2", "kind", "discharge", "template", no, NULL), RC_NOT_FOUND);
	assert_int_equal(act("template_end", "template", no, NULL), RC_OK);
	assert_int_equal(act("letter_draft", "patient", "a", "once", "form3", "kind", "free", "template", no, NULL), RC_NOT_FOUND);
	assert_int_equal(view("letter_templates", NULL), RC_OK);
	assert_int_equal(count("templates"), 3); /* those that are shipped */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_draft_has_the_values_of_the_person_and_its_blocks_with_source_and_date),
		HOUSE_TEST(a_block_is_read_anew_only_when_somebody_asks),
		HOUSE_TEST(who_saves_over_what_another_saved_is_told_and_nothing_is_lost),
		HOUSE_TEST(what_is_missing_is_named_before_the_signature),
		HOUSE_TEST(a_signed_letter_is_a_document_of_the_record_and_its_correction_a_new_version),
		HOUSE_TEST(the_cda_holds_the_ins_of_a_qualified_identity),
		HOUSE_TEST(the_cda_and_the_paper_hold_no_ins_of_any_other),
		HOUSE_TEST(a_template_has_versions_and_no_field_that_is_not_in_the_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
