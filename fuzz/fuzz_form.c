/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is posted, a value that comes out keeps the promise of its kind. */
#include "fuzz.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "codec/form.h"

static const struct choice CHOICES[] = { { "a", "A" }, { "bc", "B" }, { NULL, NULL } };
static const struct field FIELDS[] = {
	{ .name = "t", .kind = FIELD_TEXT, .min = 1, .max = 20, .required = true },
	{ .name = "l", .kind = FIELD_LINES, .max = 40, .many = true },
	{ .name = "d", .kind = FIELD_DATE, .many = true },
	{ .name = "i", .kind = FIELD_INT, .min = -10, .max = 1000 },
	{ .name = "c", .kind = FIELD_CODE, .choices = CHOICES },
	{ .name = "id", .kind = FIELD_ID },
	{ .name = "k", .kind = FIELD_TOKEN },
	{ .name = "scan", .kind = FIELD_SCAN, .max = 30 },
	{ .name = "s", .kind = FIELD_SECRET },
	{ .name = "f", .kind = FIELD_FLAG },
	{ .name = "b", .kind = FIELD_FILE, .max = 100 },
	FIELDS_END
};

static bool is_clean(struct str s, bool lines)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c < 0x20 && c != '\t' && !(lines && c == '\n')) || c == 0x7F)
			return false;
	}
	return true;
}

static void check_value(const struct form_value *v)
{
	int64_t i;
	struct str s = v->value;
	if (!s.p)
		return;
	MUST((v->field->kind == FIELD_FILE || utf8_valid(s)) && s.n > 0);
	switch (v->field->kind) {
	case FIELD_TEXT:
	case FIELD_LINES:
		MUST(is_clean(s, v->field->kind == FIELD_LINES) && utf8_count(s) <= (size_t)v->field->max);
		break;
	case FIELD_DATE: {
		uint64_t y, m, d;
		MUST(s.n == 10 && str_u64((struct str){ s.p, 4 }, &y) == RC_OK && str_u64((struct str){ s.p + 5, 2 }, &m) == RC_OK);
		MUST(str_u64((struct str){ s.p + 8, 2 }, &d) == RC_OK && s.p[4] == '-' && s.p[7] == '-' && date_exists((int)y, (int)m, (int)d));
		break;
	}
	case FIELD_INT: MUST(str_i64(s, &i) == RC_OK && i >= -10 && i <= 1000); break;
	case FIELD_CODE: MUST(str_eq(s, "a") || str_eq(s, "bc")); break;
	case FIELD_ID: MUST(s.n <= 64 && !memchr(s.p, '/', s.n)); break;
	case FIELD_TOKEN: MUST(is_clean(s, false) && !memchr(s.p, ' ', s.n)); break;
	case FIELD_SCAN: MUST(!memchr(s.p, ' ', s.n) && !memchr(s.p, '\n', s.n) && s.n <= (size_t)v->field->max); break;
	case FIELD_SECRET: MUST(v->typed.p == NULL); break;
	case FIELD_FILE: MUST(v->typed.p == NULL && s.n <= 100); break;
	case FIELD_FLAG: MUST(str_eq(s, "1")); break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct arena a;
	struct problem p;
	struct pairs ps;
	struct form f;
	char date[11];
	const int64_t today = INT64_C(1795348800000); /* 2026-11-22 */
	arena_init(&a, 64 << 20);
	if (form_date(in, today, date) == RC_OK) {
		char again[11];
		MUST(strlen(date) == 10 && form_date(str_of(date), today, again) == RC_OK && strcmp(date, again) == 0);
	}
	if (url_pairs(in, 64, &a, &ps, &p) == RC_OK) {
		enum rc rc = form_read(FIELDS, &ps, today, &a, &f, &p);
		if (rc == RC_OK) {
			MUST(f.n >= 10 && f.n <= 10 + ps.n && f.n_bad <= f.n);
			MUST(f.n_bad > 0 || form_get(&f, "t").p);
			for (size_t i = 0; i < f.n; i++)
				check_value(&f.at[i]);
		} else {
			MUST(rc == RC_BAD_INPUT && strspn(p.where, "abcdefghijklmnopqrstuvwxyz_") == strlen(p.where) && strlen(p.where) <= 32);
		}
	}
	arena_done(&a);
	return 0;
}
