/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/compose.c: how acts write FHIR resources. Contract in compose.h. Start at compose_begin. */
#include "hospital/compose.h"

#include "hospital/show.h"

#include <stdio.h>
#include <string.h>

#define HOUR_MS (3600 * INT64_C(1000))

void
compose_begin(struct jw *w, struct buf *out, const char *type, struct str id, const char *profile)
{
	buf_reset(out);
	jw_init(w, out);
	jw_object(w);
	jw_member(w, "resourceType", str_of(type));
	if (id.n > 0)
		jw_member(w, "id", id);
	if (profile != NULL) {
		char url[160];
		snprintf(url, sizeof url, COMPOSE_FRCORE "%s", profile);
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
compose_coding(struct jw *w, const char *system, struct str code, struct str display)
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
compose_concept(struct jw *w, const char *key, const char *system, struct str code, struct str display, struct str text)
{
	if (key != NULL)
		jw_key(w, key);
	jw_object(w);
	if (code.n > 0) {
		jw_key(w, "coding");
		jw_array(w);
		compose_coding(w, system, code, display);
		jw_end(w, ']');
	}
	if (text.n > 0)
		jw_member(w, "text", text);
	jw_end(w, '}');
}

void
compose_ref(struct jw *w, const char *key, const char *type, struct str id, struct str display)
{
	char ref[96];

	snprintf(ref, sizeof ref, "%s/%.*s", type, (int)id.n, id.p);
	if (key != NULL)
		jw_key(w, key);
	jw_object(w);
	jw_member(w, "reference", str_of(ref));
	if (display.n > 0)
		jw_member(w, "display", display);
	jw_end(w, '}');
}

void
compose_instant(struct jw *w, const char *key, int64_t ms)
{
	struct civil c = civil_paris(ms);
	long offset_h = (long)((civil_to_ms(c) - ms + HOUR_MS / 2) / HOUR_MS);
	char text[40];

	snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d+%02ld:00", c.year, c.month, c.day, c.hour, c.minute, c.second, offset_h);
	jw_member(w, key, str_of(text));
}

void
compose_date(struct jw *w, const char *key, struct civil day)
{
	char text[16];

	snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
	jw_member(w, key, str_of(text));
}

enum rc
compose_put(struct act_ctx *x, const char *type, struct str id, const struct buf *body, const struct record_if *cond, struct record_done *d_r, struct problem *p)
{
	static const struct record_if always = { .none_exists = false };
	struct record_write *w;
	struct fhir_issue *issues;
	enum rc rc = buf_rc(body, p);
	struct str text = rc == RC_OK ? arena_str(x->arena, buf_view(body)) : STR_NONE;

	if (rc == RC_OK)
		rc = arena_rc(x->arena, p);
	if (rc == RC_OK)
		rc = record_prepare(text, fhir_type_of(str_of(type)), id, x->arena, &w, &issues, p);
	if (rc != RC_OK)
		return rc;
	relation_writer_set(x->who->account);
	rc = record_put(x->db, x->txn, w, cond != NULL ? cond : &always, d_r, p);
	relation_writer_set(0);
	return rc;
}

static bool
is_named(struct str name, const char *const *list)
{
	for (size_t i = 0; list[i] != NULL; i++)
		if (str_eq(name, list[i]))
			return true;
	return false;
}

void
compose_keep(struct jw *w, const struct json *resource, const char *const *but)
{
	static const char *const given[] = { "versionId", "lastUpdated", NULL };

	for json_each (m, resource) {
		char key[64];
		if (m->name.n >= sizeof key || is_named(m->name, but))
			continue;
		bool meta = str_eq(m->name, "meta"), more = false;
		for json_each (part, meta ? m : NULL)
			more = more || !is_named(part->name, given);
		if (meta && !more)
			continue;
		memcpy(key, m->name.p, m->name.n);
		key[m->name.n] = '\0';
		jw_key(w, key);
		if (!meta) {
			jw_raw(w, m->raw);
			continue;
		}
		jw_object(w);
		compose_keep(w, m, given);
		jw_end(w, '}');
	}
}

enum rc compose_status(struct act_ctx *x, const char *type, const struct item *it, const char *status, struct problem *p)
{
	static const char *const STATUS[] = { "status", NULL };
	struct record_done done;
	struct buf body;
	struct jw w;
	buf_init(&body, 1u << 20);
	jw_init(&w, &body);
	jw_object(&w);
	compose_keep(&w, it->body, STATUS);
	jw_member(&w, "status", str_of(status));
	jw_end(&w, '}');
	enum rc rc = compose_put(x, type, it->id, &body, &(struct record_if){ .has_version = true, .version = it->version }, &done, p);
	buf_done(&body);
	return rc;
}
