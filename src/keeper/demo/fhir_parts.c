/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/demo/fhir_parts.c: the few FHIR shapes that every generated resource is made of. Start at fhir_begin. */
#include "keeper/demo/demo.h"

#include <stdio.h>
#include <string.h>

void
demo_id(char out[40], uint64_t seed, unsigned kind, uint64_t number)
{
	struct stream s = stream_of(seed ^ UINT64_C(0x1d5), ((uint64_t)kind << 40) ^ number);
	uint64_t tail = stream_u64(&s);
	uint64_t order = ((uint64_t)kind << 42) + number; /* 48 bits: sorts by kind, then number */

	snprintf(out, 40, "%08x-%04x-8%03x-%04x-%012llx", (unsigned)(order >> 16 & 0xffffffffu), (unsigned)(order & 0xffff),
	         (unsigned)(tail >> 52), (unsigned)(0x8000u | (tail >> 38 & 0x3fffu)), (unsigned long long)(tail & UINT64_C(0xffffffffffff)));
}

void
fhir_begin(struct jw *w, struct buf *out, const char *type, const char *id, const char *profile)
{
	buf_reset(out);
	jw_init(w, out);
	jw_object(w);
	jw_member(w, "resourceType", str_of(type));
	jw_member(w, "id", str_of(id));
	if (profile != NULL) {
		char url[160];
		snprintf(url, sizeof url, FRCORE "%s", profile);
		jw_key(w, "meta");
		jw_object(w);
		jw_key(w, "profile");
		jw_array(w);
		jw_z(w, url);
		jw_end(w, ']');
		jw_end(w, '}');
	}
}

void
fhir_coding(struct jw *w, const char *system, struct str code, struct str display)
{
	jw_object(w);
	if (system != NULL)
		jw_member(w, "system", str_of(system));
	jw_member(w, "code", code);
	if (display.n > 0)
		jw_member(w, "display", display);
	jw_end(w, '}');
}

void
fhir_concept(struct jw *w, const char *key, const char *system, struct str code, struct str display, struct str text)
{
	if (key != NULL)
		jw_key(w, key);
	jw_object(w);
	if (code.n > 0) {
		jw_key(w, "coding");
		jw_array(w);
		fhir_coding(w, system, code, display);
		jw_end(w, ']');
	}
	if (text.n > 0)
		jw_member(w, "text", text);
	jw_end(w, '}');
}

void
fhir_ref(struct jw *w, const char *key, const char *type, const char *id, struct str display)
{
	char ref[96];

	snprintf(ref, sizeof ref, "%s/%s", type, id);
	if (key != NULL)
		jw_key(w, key);
	jw_object(w);
	jw_member(w, "reference", str_of(ref));
	if (display.n > 0)
		jw_member(w, "display", display);
	jw_end(w, '}');
}

void
fhir_instant(struct jw *w, const char *key, int64_t ms)
{
	struct civil c = civil_paris(ms);
	long offset_h = (long)((civil_to_ms(c) - ms + HOUR_MS / 2) / HOUR_MS);
	char text[40];

	snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d+%02ld:00", c.year, c.month, c.day, c.hour, c.minute, c.second, offset_h);
	jw_member(w, key, str_of(text));
}

void
fhir_date(struct jw *w, const char *key, struct civil day)
{
	char text[16];

	snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
	jw_member(w, key, str_of(text));
}

enum rc
demo_put(struct demo *d, const char *type, const char *id, int64_t at_ms, struct problem *p)
{
	enum rc rc = buf_rc(&d->out, p);

	if (rc != RC_OK)
		return rc;
	if (d->lines != NULL) {
		d->n_lines++;
		return fwrite(d->out.p, 1, d->out.n, d->lines) == d->out.n && fputc('\n', d->lines) != EOF ? RC_OK : problem_set(p, RC_BROKEN, WHY_DISK_FULL, "ndjson", "write");
	}
	return record_bulk_put(d->bulk, fhir_type_of(str_of(type)), str_of(id), buf_view(&d->out), at_ms, p);
}
