/* SPDX-License-Identifier: Apache-2.0 */
/* codec/syslog, codec/mail: what leaves as a message has the form that its receivers read, and nothing begins a field of its own. */
#include "../base/unit.h"
#include "codec/mail.h"
#include "codec/syslog.h"

#define AT 1795000000123 /* 2026-11-18T11:06:40.123Z */

static void
a_syslog_message(void **state)
{
	static const struct { struct syslog_message m; const char *want; } T[] = {
		{ { SYSLOG_AUDIT, SYSLOG_NOTICE, AT, "house.test", "hygie", "7", "ledger-head", { "hello", 5 } }, "<109>1 2026-11-18T11:06:40.123Z house.test hygie 7 ledger-head - hello" },
		{ { SYSLOG_SECURITY, SYSLOG_NOTICE, AT, "", NULL, "", "", { NULL, 0 } }, "<85>1 2026-11-18T11:06:40.123Z - - - - -" },
		{ { SYSLOG_AUDIT, SYSLOG_INFO, AT, "a b\n<1>", "h\xC3\xA9", "1", "0123456789012345678901234567890123456789", { "t\xC3\xAAte", 5 } },
		  "<110>1 2026-11-18T11:06:40.123Z a_b_<1> h__ 1 01234567890123456789012345678901 - \xEF\xBB\xBFt\xC3\xAAte" },
	};
	struct buf out, frame;
	(void)state;

	buf_init(&out, 8192);
	buf_init(&frame, 8192);
	for (unsigned i = 0; i < COUNT(T); i++) {
		buf_reset(&out);
		syslog_put(&out, &T[i].m);
		same_text(buf_view(&out), T[i].want, T[i].want);
	}
	syslog_frame(&frame, STR("<1>1 - - - - - -"));
	same_text(buf_view(&frame), "16 <1>1 - - - - - -", "frame");
	buf_done(&out);
	buf_done(&frame);
}

static void
addresses_are_judged(void **state)
{
	static const char *const good[] = { "dpo@hopital.test", "a.b+c@x-y.test", "a@b", "o'neil@x.test" };
	static const char *const bad[] = { "", "@", "a@", "@b", "a b@c", "a@b\n", "a@b,c@d", "<a@b>", "a@b@c", "-f@b", "a@-b", ".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c", "\"a\"@b", "a@b_c", "\xC3\xA9@b" };
	(void)state;

	for (unsigned i = 0; i < COUNT(good); i++)
		holds(mail_is_address(str_of(good[i])), good[i]);
	for (unsigned i = 0; i < COUNT(bad); i++)
		holds(!mail_is_address(str_of(bad[i])), bad[i]);
	assert_true(mail_are_addresses(STR("a@b  c@d ")));
	assert_false(mail_are_addresses(STR("  ")));
	assert_false(mail_are_addresses(STR("a@b\nBcc: c@d")));
}

static void
a_mail(void **state)
{
	struct mail m = { STR("hygie@hopital.test"), STR("dpo@hopital.test  rssi@hopital.test"), "Access log: head of 12 entries", "head-12", AT, STR("One.\n.\nTwo.\n") };
	struct buf out;
	(void)state;

	buf_init(&out, 8192);
	mail_put(&out, &m);
	same_text(buf_view(&out), "From: hygie@hopital.test\nTo: dpo@hopital.test,\n\trssi@hopital.test\nSubject: Access log: head of 12 entries\nDate: Wed, 18 Nov 2026 11:06:40 +0000\n"
		"Message-ID: <head-12@hopital.test>\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\nOne.\n.\nTwo.\n", "mail");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("a syslog message has its fields and no more", a_syslog_message),
		CASE("addresses are judged", addresses_are_judged),
		CASE("a mail is whole", a_mail),
	};
	return cmocka_run_group_tests_name("codec/letters", tests, NULL, NULL);
}
