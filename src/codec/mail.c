/* SPDX-License-Identifier: Apache-2.0 */
/* codec/mail.c: see mail.h. Must never let an address or a subject begin a header of its own. Start at mail_put. */
#include "codec/mail.h"

#include "base/clock.h"

#include <string.h>

#define LINE_MAX_BYTES 998 /* RFC 5322 §2.1.1 */

bool
mail_is_address(struct str address)
{
	static const char marks[] = ".!#$%&'*+-/=?^_`{|}~";
	struct str domain, local = str_cut(address, '@', &domain);

	if (!local.n || local.n > 64 || !domain.n || domain.n > 253 || local.p[0] == '-' || domain.p[0] == '-') /* no option of a program's */
		return false;
	for (size_t i = 0; i < address.n; i++) {
		char c = address.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		bool good = letter || c == '-' || c == '.' || (i < local.n && memchr(marks, c, sizeof marks - 1)) || i == local.n;
		if (!good || (c == '.' && (i == 0 || i + 1 == address.n || i + 1 == local.n || address.p[i - 1] == '.' || address.p[i - 1] == '@')))
			return false;
	}
	return true;
}

bool
mail_are_addresses(struct str list)
{
	bool some = false;

	for (struct str rest = list; rest.n;) {
		struct str one = str_cut(rest, ' ', &rest);
		if (one.n && !mail_is_address(one))
			return false;
		some = some || one.n;
	}
	return some;
}

static void
date_put(struct buf *out, int64_t at_ms)
{
	static const char days[][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" }; /* day 0 is 1 January 1970 */
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c = civil_utc(at_ms);
	int32_t day = days_of(c.year, c.month, c.day);

	buf_fmt(out, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[(day % 7 + 7) % 7], c.day, months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

static bool
is_ours(struct str s, bool lines)
{
	size_t line = 0;

	for (size_t i = 0; i < s.n; i++) {
		line = s.p[i] == '\n' ? 0 : line + 1;
		if ((s.p[i] == '\n' && !lines) || (s.p[i] != '\n' && (s.p[i] < ' ' || s.p[i] > '~')) || line > LINE_MAX_BYTES)
			return false;
	}
	return true;
}

void
mail_put(struct buf *out, const struct mail *m)
{
	struct str domain, one;
	bool first = true;

	MUST(mail_is_address(m->from) && mail_are_addresses(m->to) && is_ours(str_of(m->subject), false) && is_ours(str_of(m->id), false) && is_ours(m->text, true));
	(void)str_cut(m->from, '@', &domain);
	buf_z(out, "From: ");
	buf_str(out, m->from);
	buf_z(out, "\nTo: ");
	for (struct str rest = m->to; rest.n;) {
		one = str_cut(rest, ' ', &rest);
		if (!one.n)
			continue;
		buf_z(out, first ? "" : ",\n\t");
		buf_str(out, one);
		first = false;
	}
	buf_z(out, "\nSubject: ");
	buf_z(out, m->subject);
	buf_z(out, "\nDate: ");
	date_put(out, m->at_ms);
	buf_z(out, "\nMessage-ID: <");
	buf_z(out, m->id);
	buf_ch(out, '@');
	buf_str(out, domain);
	buf_z(out, ">\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\n");
	buf_str(out, m->text);
}
