/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/event: every entry that is an event for others becomes resources that the house's own checker takes, of the shapes of IHE BALP, and nobody is in them. */
#include "house.h"

#include "fhir/fhir.h"
#include "ledger/event.h"

static const struct event_as as = { { 1, 2, 3 }, "hygie/ledger/0123456789abcdef" };
static const struct ledger_patient one[] = { { 4711, EXPLAIN_UNIT, TIER_CLINICAL, true } }, glass[] = { { 4711, EXPLAIN_BREAK_GLASS, TIER_CLINICAL, true } },
	three[] = { { 4711, EXPLAIN_UNIT, TIER_CLINICAL, true }, { 4712, EXPLAIN_BREAK_GLASS, TIER_CLINICAL, true }, { 4713, EXPLAIN_UNIT, TIER_CLINICAL, false } };

#define OF(kind_, ...) { .kind = (kind_), .number = 77, .at_ms = 1795000000123, .account = 9001, .session = 5, .unit = STR("CARDIO"), .from = STR("10.1.2.3"), .text = STR("a reason"), __VA_ARGS__ }
#define PATIENTS(list) .patients = (list), .n_patients = COUNT(list)

static const struct { const char *name; struct ledger_entry e; unsigned events; const char *has[8]; const char *not[4]; } T[] = {
	{ "a chart that was read", OF(LEDGER_RELEASE, .reveals = REVEALS_ONE_PATIENT, .route = STR("/patient/:patient"), PATIENTS(one)), 1,
	  { "IHE.BasicAudit.PatientRead", "\"code\":\"rest\"", "\"code\":\"read\"", "\"action\":\"R\"", "\"outcome\":\"0\"", "\"code\":\"IRCP\"", "\"id\":\"0123456789abcdef-77\"" }, { "ETREAT", "\"query\"" } },
	{ "a search", OF(LEDGER_RELEASE, .reveals = REVEALS_MANY, .route = STR("/fhir/Observation"), PATIENTS(three)), 3,
	  { "IHE.BasicAudit.PatientQuery", "\"code\":\"search\"", "\"action\":\"E\"", "\"query\":\"L2ZoaXIvT2JzZXJ2YXRpb24=\"", "0123456789abcdef-77-2", "ETREAT", "\"code\":\"24\"" }, { "\"code\":\"read\"" } },
	{ "a search that found nobody", OF(LEDGER_RELEASE, .reveals = REVEALS_MASKED, .route = STR("/search")), 1, { "IHE.BasicAudit.Query\"" }, { "\"Patient\"" } },
	{ "a work list", OF(LEDGER_RELEASE, .reveals = REVEALS_WORK_LIST, .route = STR("/unit"), PATIENTS(three)), 3, { "IHE.BasicAudit.PatientQuery" }, { NULL } },
	{ "settings that were read", OF(LEDGER_RELEASE, .reveals = REVEALS_META, .route = STR("/accounts")), 1, { "IHE.BasicAudit.Read\"" }, { "\"Patient\"" } },
	{ "the broken glass in use", OF(LEDGER_RELEASE, .reveals = REVEALS_ONE_PATIENT, .route = STR("/patient/:patient"), PATIENTS(glass)), 1, { "ETREAT", "v3-ActReason" }, { NULL } },
	{ "a refusal", OF(LEDGER_REFUSAL, .reveals = REVEALS_ONE_PATIENT, .rc = RC_OVER_BUDGET, .why = WHY_OVER_BUDGET, .route = STR("/patient/:patient"), PATIENTS(one)), 1,
	  { "\"outcome\":\"4\"", "outcomeDesc", "as many charts" }, { "\"meta\"" } },
	{ "the glass being broken", OF(LEDGER_INTENT, .reveals = REVEALS_ONE_PATIENT, .route = STR("break_glass"), PATIENTS(one)), 1, { "110113", "110127", "ETREAT" }, { "\"meta\"" } },
	{ "a sign-in", OF(LEDGER_SESSION, .note = STR("sign_in"), .route = STR("/sign-in")), 1, { "110114", "110122", "\"outcome\":\"0\"" }, { "\"entity\"" } },
	{ "a sign-in that was refused", OF(LEDGER_SESSION, .note = STR("refused"), .rc = RC_DENIED), 1, { "110122", "\"outcome\":\"4\"" }, { NULL } },
	{ "a sign-out", OF(LEDGER_SESSION, .note = STR("sign_out")), 1, { "110123" }, { NULL } },
	{ "an alarm", OF(LEDGER_ALARM, .note = STR("stop"), .route = STR("draws")), 1, { "110113", "\"outcome\":\"4\"" }, { "110127" } },
	{ "a start", { .kind = LEDGER_START, .number = 2, .at_ms = 1795000000000, .note = STR("clean") }, 1, { "110100", "110120", "\"display\":\"Hygie\"" }, { "IRCP" } },
	{ "a stop", { .kind = LEDGER_STOP, .number = 3, .at_ms = 1795000000000 }, 1, { "110121" }, { NULL } },
	{ "a wiped entry", { .kind = LEDGER_RELEASE, .number = 4, .at_ms = 1795000000000, .reveals = REVEALS_ONE_PATIENT, .route = STR("/patient/:patient"), .erased = true }, 1, { "IHE.BasicAudit.Read\"" }, { "IRCP" } },
	{ "an intent", OF(LEDGER_INTENT, .route = STR("patient_create")), 0, { NULL }, { NULL } },
	{ "a patient who was made", OF(LEDGER_OUTCOME, .about = 76, .reveals = REVEALS_MASKED, .route = STR("patient_create"), PATIENTS(one)), 1,
	  { "IHE.BasicAudit.PatientCreate", "\"code\":\"create\"", "\"action\":\"C\"", "\"code\":\"AUT\"", "\"code\":\"110153\"" }, { "IRCP" } },
	{ "a resource of nobody that was made", OF(LEDGER_OUTCOME, .reveals = REVEALS_ONE_PATIENT, .route = STR("fhir_create")), 1, { "IHE.BasicAudit.Create\"" }, { "\"Patient\"" } },
	{ "a resource that was changed", OF(LEDGER_OUTCOME, .reveals = REVEALS_ONE_PATIENT, .route = STR("fhir_patch"), PATIENTS(one)), 1, { "IHE.BasicAudit.PatientUpdate", "\"code\":\"patch\"", "\"action\":\"U\"" }, { NULL } },
	{ "a resource that was deleted", OF(LEDGER_OUTCOME, .reveals = REVEALS_ONE_PATIENT, .route = STR("fhir_delete"), PATIENTS(one)), 1, { "IHE.BasicAudit.PatientDelete", "110150", "custodian", "\"action\":\"D\"" }, { NULL } },
	{ "an act that came to nothing", OF(LEDGER_OUTCOME, .rc = RC_CONFLICT, .why = WHY_VERSION_CONFLICT, .reveals = REVEALS_ONE_PATIENT, .route = STR("fhir_update")), 1, { "\"outcome\":\"4\"", "outcomeDesc" }, { "\"meta\"" } },
	{ "a bundle", OF(LEDGER_OUTCOME, .reveals = REVEALS_MANY, .route = STR("fhir_bundle"), PATIENTS(three)), 3, { "\"code\":\"transaction\"" }, { "\"meta\"" } },
	{ "lines of an export", OF(LEDGER_RELEASE, .reveals = REVEALS_META, .route = STR("export"), .note = STR("export"), .rows = 40, PATIENTS(three)), 3,
	  { "IHE.BasicAudit.PrivacyDisclosure.Source", "110106", "\"code\":\"disclose\"", "\"action\":\"R\"", "\"display\":\"recipient\"", "\"code\":\"3\"" }, { NULL } },
	{ "an export that is over", OF(LEDGER_RELEASE, .reveals = REVEALS_META, .route = STR("export"), .note = STR("export_end")), 1, { "110106", "\"code\":\"20\"" }, { "\"meta\"", "disclose" } },
	{ "an export that was approved", OF(LEDGER_OUTCOME, .route = STR("export_approve")), 1, { "110106", "export_approve", "\"code\":\"20\"" }, { "\"meta\"" } },
	{ "a ticket that was redeemed", OF(LEDGER_OUTCOME, .route = STR("export_take")), 1, { "110106", "export_take" }, { "\"meta\"" } },
	{ "an account that was made", OF(LEDGER_OUTCOME, .route = STR("account_add"), .reveals = REVEALS_META), 1, { "110113", "110136", "account_add", "\"code\":\"11\"" }, { NULL } },
	{ "a password that was set", OF(LEDGER_OUTCOME, .route = STR("account_set_password")), 1, { "110113", "110137" }, { NULL } },
	{ "an account that was let go on", OF(LEDGER_OUTCOME, .route = STR("stop_release")), 1, { "110137", "stop_release" }, { NULL } },
	{ "a rule that was signed", OF(LEDGER_OUTCOME, .route = STR("rule_sign"), .reveals = REVEALS_META), 1, { "110129", "rule_sign", "\"code\":\"13\"" }, { NULL } },
	{ "the plan blanc", OF(LEDGER_OUTCOME, .route = STR("plan_sign")), 1, { "110129", "plan_sign" }, { NULL } },
	{ "a review", OF(LEDGER_OUTCOME, .route = STR("break_glass_review")), 1, { "110101" }, { NULL } },
	{ "a machine that signs in", OF(LEDGER_OUTCOME, .route = STR("machine_token")), 1, { "110114", "110122" }, { NULL } },
	{ "an act that was refused", OF(LEDGER_REFUSAL, .rc = RC_DENIED, .why = WHY_NOT_ALLOWED, .route = STR("rule_set")), 1, { "110129", "\"outcome\":\"4\"" }, { NULL } },
	{ "something that was refused", OF(LEDGER_REFUSAL, .rc = RC_DENIED, .why = WHY_NOT_ALLOWED, .route = STR("/settings")), 1, { "110113", "110132", "\"outcome\":\"4\"" }, { NULL } },
	{ "a proof on the way", OF(LEDGER_SESSION, .note = STR("proved")), 1, { "110114", "\"outcome\":\"0\"" }, { "110122" } },
	{ "another key of the ledger", { .kind = LEDGER_EPOCH, .number = 5, .at_ms = 1795000000000, .about = 1, .note = STR("epoch") }, 1, { "110129", "\"display\":\"epoch\"" }, { "IRCP" } },
	{ "personal parts that were wiped", { .kind = LEDGER_MARK, .number = 6, .at_ms = 1795000000000, .note = STR("erase_personal") }, 1, { "110101", "\"action\":\"D\"" }, { NULL } },
	{ "an operator's verb", { .kind = LEDGER_MARK, .number = 7, .at_ms = 1795000000000, .route = STR("reindex"), .note = STR("operator") }, 1, { "110131", "reindex" }, { NULL } },
	{ "a first load", { .kind = LEDGER_MARK, .number = 8, .at_ms = 1795000000000, .route = STR("import_bulk"), .note = STR("operator") }, 1, { "110107" }, { NULL } },
	{ "a root of the patients' map", OF(LEDGER_BIND, .rows = 12), 0, { NULL }, { NULL } },
	{ "an outcome", OF(LEDGER_OUTCOME, .about = 76), 0, { NULL }, { NULL } },
	{ "a snapshot", OF(LEDGER_SNAPSHOT, .note = STR("draws")), 0, { NULL }, { NULL } },
	{ "a checkpoint", OF(LEDGER_CHECKPOINT, .rows = 0), 0, { NULL }, { NULL } },
	{ "whom an act's answer opens, told by its outcome", OF(LEDGER_RELEASE, .reveals = REVEALS_ONE_PATIENT, .route = STR("fhir_patch"), .note = STR(LEDGER_ANSWER_NOTE), PATIENTS(one)), 0, { NULL }, { NULL } },
	{ "a page that reveals nothing", OF(LEDGER_RELEASE, .reveals = REVEALS_NOTHING), 0, { NULL }, { NULL } },
};

static bool
in(const struct buf *out, const char *text)
{
	return memmem(out->p, out->n, text, strlen(text)) != NULL;
}

static void
nobody_is_in(const struct buf *out, const char *name)
{
	static const char *const secret[] = { "4711", "4712", "4713", "9001", "CARDIO", "10.1.2.3", "a reason" };

	for (unsigned i = 0; i < COUNT(secret); i++)
		if (in(out, secret[i])) {
			print_error("%s: %s is in it\n", name, secret[i]);
			fail();
		}
}

static unsigned
members(const struct json *array, const char *system_code)
{
	unsigned n = 0;

	for json_each(entity, array)
		n += str_eq(json_get_text(json_get(entity, "type"), "code"), system_code);
	return n;
}

static void
each_is_a_resource_that_the_house_takes(void **state)
{
	struct arena a;
	struct buf out;
	(void)state;

	arena_init(&a, 1u << 22);
	buf_init(&out, 1u << 20);
	for (unsigned i = 0; i < COUNT(T); i++) {
		buf_reset(&out);
		assert_int_equal(event_fhir(&T[i].e, &as, &out), T[i].events);
		assert_false(out.failed);
		unsigned lines = 0;
		for (struct str rest = buf_view(&out); rest.n; lines++) {
			const struct json *root;
			struct fhir_issue *issues = NULL;
			struct problem p = { 0 };
			uint16_t type = 0;
			assert_int_equal(json_parse(str_cut(rest, '\n', &rest), &a, &root, &p), RC_OK);
			enum rc rc = fhir_check(root, &a, &type, &issues, &p);
			for (const struct fhir_issue *f = issues; f; f = f->next)
				print_error("%s: %s: %s\n", T[i].name, f->where, why_row(f->why)->name);
			assert_int_equal(rc, RC_OK);
			assert_string_equal(fhir_type_name(type), "AuditEvent");
			if (T[i].e.n_patients && T[i].e.kind == LEDGER_RELEASE) { /* PatientRead, PatientQuery: two entities at least, of them one patient */
				assert_int_equal(members(json_get(root, "entity"), "1"), 1);
				assert_int_equal(members(json_get(root, "entity"), "2"), 1);
			}
		}
		assert_int_equal(lines, T[i].events);
		for (unsigned k = 0; k < COUNT(T[i].has) && T[i].has[k]; k++)
			if (!in(&out, T[i].has[k])) {
				print_error("%s: lacks %s in %.*s\n", T[i].name, T[i].has[k], STR_ARG(buf_view(&out)));
				fail();
			}
		for (unsigned k = 0; k < COUNT(T[i].not) && T[i].not[k]; k++)
			if (in(&out, T[i].not[k])) {
				print_error("%s: has %s in %.*s\n", T[i].name, T[i].not[k], STR_ARG(buf_view(&out)));
				fail();
			}
		nobody_is_in(&out, T[i].name);
		const char *file = getenv("HYGIE_EVENTS"); /* for the check of BALP's profiles (tests/fault/test_events.py) */
		FILE *f = file ? fopen(file, "a") : NULL;
		if (f) {
			assert_int_equal(fwrite(out.p, 1, out.n, f), out.n);
			fclose(f);
		}
	}
	buf_done(&out);
	arena_done(&a);
}

static void
each_is_a_message_for_a_collector(void **state)
{
	struct buf out;
	(void)state;

	buf_init(&out, 1u << 20);
	for (unsigned i = 0; i < COUNT(T); i++) {
		buf_reset(&out);
		assert_int_equal(event_syslog(&T[i].e, &as, &out), T[i].events);
		unsigned lines = 0;
		for (struct str rest = buf_view(&out); rest.n; lines++) {
			struct str line = str_cut(rest, '\n', &rest);
			assert_true(str_starts(line, STR("<85>1 2026-11-18T11:06:40.")) || str_starts(line, STR("<84>1 2026-11-18T11:06:40.")));
			assert_non_null(memmem(line.p, line.n, " hygie/ledger/0123456789abcdef hygie - DICOM+RFC3881 - <?xml version=\"1.0\" encoding=\"UTF-8\"?><AuditMessage>", 107));
			assert_true(str_ends(line, STR("</AuditMessage>")));
		}
		assert_int_equal(lines, T[i].events);
		nobody_is_in(&out, T[i].name);
	}
	struct ledger_entry e = T[0].e;
	e.route = STR("/a<b>&\"'\x01");
	buf_reset(&out);
	assert_int_equal(event_syslog(&e, &as, &out), 1);
	assert_true(in(&out, "ParticipantObjectID=\"/a&#60;b&#62;&#38;&#34;&#39;?\""));
	buf_done(&out);
}

/* One person is one pseudonym under one key, and another under another; an account and a patient of one number are two. */
static void
a_pseudonym_stays_under_its_key(void **state)
{
	struct event_as other = as;
	struct ledger_entry e = T[0].e;
	struct buf a, b, c;
	(void)state;

	buf_init(&a, 1u << 16);
	buf_init(&b, 1u << 16);
	buf_init(&c, 1u << 16);
	e.account = 4711;
	(void)event_fhir(&e, &as, &a);
	(void)event_fhir(&e, &as, &b);
	other.key[31] = 1;
	(void)event_fhir(&e, &other, &c);
	assert_true(str_is(buf_view(&a), buf_view(&b)));
	assert_false(str_is(buf_view(&a), buf_view(&c)));
	const char *first = memmem(a.p, a.n, "\"value\":\"", 9), *second = memmem(first + 9, a.n - (size_t)(first + 9 - a.p), "\"value\":\"", 9);
	assert_true(first && second);
	assert_memory_not_equal(first + 9, second + 9, 32);
	buf_done(&a);
	buf_done(&b);
	buf_done(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("each is a resource that the house takes", each_is_a_resource_that_the_house_takes),
		CASE("each is a message for a collector", each_is_a_message_for_a_collector),
		CASE("a pseudonym stays under its key", a_pseudonym_stays_under_its_key),
	};
	return cmocka_run_group_tests_name("ledger/event", tests, NULL, NULL);
}
