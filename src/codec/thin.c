/* SPDX-License-Identifier: Apache-2.0 */
/* codec/thin.c: see thin.h. Every piece has a dash at a known place: dashes are sought, and what stands around them is looked at. Start at thin. */
#include "codec/thin.h"
#include "base/clock.h"

#include <string.h>

enum { UUID, INSTANT, OFFSET };
#define UUID_TEXT 36
#define INSTANT_TEXT 24
#define OFFSET_TEXT 25
#define DAY_SECONDS 86400
#define YEAR_0 (-719528) /* days of 0000-01-01 */

static const char HEX[] = "0123456789abcdef";

unsigned char *thin_number_put(unsigned char *at, uint64_t v)
{
	for (; v > 0x7f; v >>= 7)
		*at++ = (unsigned char)(v | 0x80);
	*at++ = (unsigned char)v;
	return at;
}

const unsigned char *thin_number(const unsigned char *at, const unsigned char *end, uint64_t *v_r)
{
	uint64_t v = 0;
	for (unsigned shift = 0; at < end && shift <= 28; shift += 7) {
		unsigned char x = *at++;
		v |= (uint64_t)(x & 0x7f) << shift;
		if (x < 0x80) {
			*v_r = v;
			return at;
		}
	}
	return NULL;
}

static void put_le(unsigned char *at, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (unsigned char)(v >> 8 * i);
}

static uint64_t get_le(const unsigned char *at, unsigned n)
{
	uint64_t v = 0;
	for (unsigned i = n; i-- > 0;)
		v = v << 8 | at[i];
	return v;
}

/* ---- UUIDs ---- */

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

static bool uuid_take(const char *p, unsigned char out[16])
{
	if (p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-')
		return false;
	for (unsigned i = 0, at = 0; i < 16; i++, at += 2) {
		if (at == 8 || at == 13 || at == 18 || at == 23)
			at++;
		int high = nibble(p[at]), low = nibble(p[at + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static void uuid_give(unsigned char *out, const unsigned char *in)
{
	for (unsigned i = 0, at = 0; i < 16; i++, at += 2) {
		if (at == 8 || at == 13 || at == 18 || at == 23)
			out[at++] = '-';
		out[at] = (unsigned char)HEX[in[i] >> 4];
		out[at + 1] = (unsigned char)HEX[in[i] & 15];
	}
}

/* ---- times ---- */

static unsigned char *digits_put(unsigned char *at, unsigned v, unsigned n)
{
	for (unsigned i = n; i-- > 0; v /= 10)
		at[i] = (unsigned char)('0' + v % 10);
	return at + n;
}

/* Digits where the pattern has d; -1: something else. */
static int digits(const char *p, unsigned n)
{
	int v = 0;
	for (unsigned i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

/* YYYY-MM-DDThh:mm:ss of a day and a time that exist. */
static bool civil_take(const char *p, int64_t *day_r, int *seconds_r)
{
	if (p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':')
		return false;
	int year = digits(p, 4), month = digits(p + 5, 2), day = digits(p + 8, 2), hour = digits(p + 11, 2), minute = digits(p + 14, 2), second = digits(p + 17, 2);
	if (year < 0 || month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || !date_exists(year, month, day))
		return false;
	*day_r = days_of(year, month, day);
	*seconds_r = hour * 3600 + minute * 60 + second;
	return true;
}

static void civil_give(unsigned char *out, int64_t day, int seconds)
{
	struct civil c = civil_of_days((int32_t)day);
	out = digits_put(out, (unsigned)c.year, 4);
	*out++ = '-';
	out = digits_put(out, (unsigned)c.month, 2);
	*out++ = '-';
	out = digits_put(out, (unsigned)c.day, 2);
	*out++ = 'T';
	out = digits_put(out, (unsigned)seconds / 3600, 2);
	*out++ = ':';
	out = digits_put(out, (unsigned)seconds / 60 % 60, 2);
	*out++ = ':';
	digits_put(out, (unsigned)seconds % 60, 2);
}

static bool instant_take(const char *p, unsigned char out[6])
{
	int64_t day;
	int seconds, ms = p[19] == '.' && p[23] == 'Z' ? digits(p + 20, 3) : -1;
	if (ms < 0 || !civil_take(p, &day, &seconds) || day < 0)
		return false;
	put_le(out, (uint64_t)((day * DAY_SECONDS + seconds) * 1000 + ms), 6); /* the year 9999 ends before 2^48 ms */
	return true;
}

static bool offset_take(const char *p, unsigned char out[6])
{
	int64_t day;
	int seconds, hours, minutes;
	if ((p[19] != '+' && p[19] != '-') || p[22] != ':' || !civil_take(p, &day, &seconds))
		return false;
	hours = digits(p + 20, 2);
	minutes = digits(p + 23, 2);
	if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 || minutes % 15 || (p[19] == '-' && hours + minutes == 0))
		return false;
	put_le(out, (uint64_t)((day - YEAR_0) * DAY_SECONDS + seconds), 5);
	out[5] = (unsigned char)((hours * 4 + minutes / 15) * (p[19] == '-' ? -1 : 1));
	return true;
}

static bool instant_give(unsigned char *out, const unsigned char *in)
{
	int64_t ms = (int64_t)get_le(in, 6), seconds = ms / 1000, day = seconds / DAY_SECONDS;
	if (day > days_of(9999, 12, 31))
		return false;
	civil_give(out, day, (int)(seconds % DAY_SECONDS));
	out[19] = '.';
	digits_put(out + 20, (unsigned)(ms % 1000), 3);
	out[23] = 'Z';
	return true;
}

static bool offset_give(unsigned char *out, const unsigned char *in)
{
	int64_t seconds = (int64_t)get_le(in, 5), day = seconds / DAY_SECONDS + YEAR_0;
	int quarters = (int8_t)in[5], size = quarters < 0 ? -quarters : quarters;
	if (day > days_of(9999, 12, 31) || size > 59)
		return false;
	civil_give(out, day, (int)(seconds % DAY_SECONDS));
	out[19] = quarters < 0 ? '-' : '+';
	digits_put(out + 20, (unsigned)size / 4, 2);
	out[22] = ':';
	digits_put(out + 23, (unsigned)size % 4 * 15, 2);
	return true;
}

/* ---- both ways ---- */

static const unsigned char TEXT_N[] = { UUID_TEXT, INSTANT_TEXT, OFFSET_TEXT }, BYTES_N[] = { 16, 6, 6 };

/* The piece whose first dash is at `dash`: where it starts, NULL: none. from: what is before was given out already. */
static const char *piece(const char *from, const char *dash, const char *end, unsigned *kind_r, unsigned char bytes[16])
{
	if (dash - from >= 8 && end - dash >= UUID_TEXT - 8 && uuid_take(dash - 8, bytes)) {
		*kind_r = UUID;
		return dash - 8;
	}
	if (dash - from >= 4 && end - dash >= OFFSET_TEXT - 4 && offset_take(dash - 4, bytes)) {
		*kind_r = OFFSET;
		return dash - 4;
	}
	if (dash - from >= 4 && end - dash >= INSTANT_TEXT - 4 && instant_take(dash - 4, bytes)) {
		*kind_r = INSTANT;
		return dash - 4;
	}
	return NULL;
}

void thin(struct str plain, unsigned char *text, size_t *text_n_r, unsigned char *table, size_t *table_n_r)
{
	const char *from = plain.p, *seek = plain.p, *end = plain.p + plain.n, *dash;
	unsigned char *out = text, *to = table;
	while (seek < end && (dash = memchr(seek, '-', (size_t)(end - seek)))) {
		unsigned char bytes[16];
		unsigned kind = 0;
		const char *start = piece(from, dash, end, &kind, bytes);
		seek = dash + 1;
		if (!start || (size_t)(start - from) > UINT32_MAX)
			continue;
		size_t gap = (size_t)(start - from);
		memcpy(out, from, gap);
		out += gap;
		to = thin_number_put(to, (uint64_t)gap << 2 | kind);
		memcpy(to, bytes, BYTES_N[kind]);
		to += BYTES_N[kind];
		from = seek = start + TEXT_N[kind];
	}
	if (end > from)
		memcpy(out, from, (size_t)(end - from));
	*text_n_r = (size_t)(out - text) + (size_t)(end - from);
	*table_n_r = (size_t)(to - table);
}

bool thin_instant_set(unsigned char *table, size_t n, size_t at, int64_t ms)
{
	const unsigned char *here = table, *end = table + n;
	size_t plain = 0;
	while (here < end && plain <= at) {
		uint64_t v = 0;
		here = thin_number(here, end, &v);
		unsigned kind = v & 3;
		if (!here || kind > OFFSET || (size_t)(end - here) < BYTES_N[kind])
			return false;
		plain += (size_t)(v >> 2);
		if (plain == at && kind == INSTANT) {
			put_le(table + (here - table), (uint64_t)ms, BYTES_N[INSTANT]);
			return true;
		}
		plain += TEXT_N[kind];
		here += BYTES_N[kind];
	}
	return false;
}

bool thin_back(struct str text, struct str table, unsigned char *out, size_t n)
{
	const unsigned char *at = (const unsigned char *)table.p, *end = at + table.n;
	unsigned char *stop = out + n;
	while (at < end) {
		uint64_t v = 0;
		at = thin_number(at, end, &v);
		unsigned kind = v & 3;
		size_t gap = (size_t)(v >> 2);
		if (!at || kind > OFFSET || gap > text.n || (size_t)(end - at) < BYTES_N[kind] || (size_t)(stop - out) < gap || (size_t)(stop - out) - gap < TEXT_N[kind])
			return false;
		memcpy(out, text.p, gap);
		out += gap;
		text = (struct str){ text.p + gap, text.n - gap };
		if (kind == UUID)
			uuid_give(out, at);
		else if (!(kind == INSTANT ? instant_give : offset_give)(out, at))
			return false;
		out += TEXT_N[kind];
		at += BYTES_N[kind];
	}
	if ((size_t)(stop - out) != text.n)
		return false;
	if (text.n)
		memcpy(out, text.p, text.n);
	return true;
}
