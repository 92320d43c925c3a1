/* SPDX-License-Identifier: Apache-2.0 */
/* codec/syslog.c: see syslog.h. Start at syslog_put. */
#include "codec/syslog.h"

#include "base/clock.h"

/* PRINTUSASCII, bounded as the field's rule says. */
static void
name_put(struct buf *out, const char *name, size_t max)
{
	buf_ch(out, ' ');
	if (!name || !*name) {
		buf_ch(out, '-');
		return;
	}
	for (size_t i = 0; i < max && name[i]; i++)
		buf_ch(out, name[i] > ' ' && name[i] <= '~' ? name[i] : '_');
}

void
syslog_put(struct buf *out, const struct syslog_message *m)
{
	bool ascii = true;

	buf_ch(out, '<');
	buf_u64(out, (uint64_t)m->facility * 8 + m->severity);
	buf_z(out, ">1 ");
	buf_instant(out, m->at_ms);
	name_put(out, m->host, 255);
	name_put(out, m->app, 48);
	name_put(out, m->process, 128);
	name_put(out, m->kind, 32);
	buf_z(out, " -");
	if (!m->text.n)
		return;
	buf_ch(out, ' ');
	for (size_t i = 0; i < m->text.n; i++)
		ascii = ascii && (unsigned char)m->text.p[i] < 0x80;
	if (!ascii)
		buf_z(out, "\xEF\xBB\xBF"); /* how the format says that it is UTF-8 */
	buf_str(out, m->text);
}

void
syslog_frame(struct buf *out, struct str message)
{
	buf_u64(out, message.n);
	buf_ch(out, ' ');
	buf_str(out, message);
}
