/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/import_read.c: see import.h. NDJSON is read line by line whatever its size; a JSON document is held whole (at most 1 GiB). In a bundle of entries
 * (collection, searchset …) each entry is one line; references between entries by urn:uuid or fullUrl become local references. Start at import_read.
 */
#include "cli/import.h"

#include <dirent.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/map.h"
#include "codec/base64.h"
#include "fhir/fhir.h"

enum { WHOLE_MAX = 1 << 30, TREE_MAX = 1 << 30, LINE_MAX_BYTES = 32 << 20 };

/* ---- finding ---- */
static void
add_file(struct import_files *f, const char *path, uint64_t bytes)
{
	f->at = realloc(f->at, (f->n + 1) * sizeof *f->at);
	MUST(f->at != NULL);
	f->at[f->n++] = (struct import_file){ strdup(path), bytes };
}

static bool
is_wanted(const char *name)
{
	static const char *const ends[] = { ".json", ".ndjson", ".json.gz", ".ndjson.gz" };

	if (str_ends(str_of(name), STR(".refused.ndjson")))
		return false;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (str_ends(str_of(name), str_of(ends[i])))
			return true;
	return false;
}

enum rc
import_find(const char *path, struct import_files *files, struct problem *p)
{
	struct stat st;
	struct dirent **names;

	if (stat(path, &st) != 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NO_FILE, "path", "none");
	if (!S_ISDIR(st.st_mode)) {
		add_file(files, path, (uint64_t)st.st_size);
		return RC_OK;
	}
	int n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		return problem_set(p, RC_BROKEN, WHY_NO_FILE, "path", "folder");
	enum rc rc = RC_OK;
	for (int i = 0; i < n; i++) {
		char below[4096];
		if (names[i]->d_name[0] != '.' && rc == RC_OK && (size_t)snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name) < sizeof below &&
		    stat(below, &st) == 0 && (S_ISDIR(st.st_mode) || is_wanted(names[i]->d_name)))
			rc = import_find(below, files, p);
		free(names[i]);
	}
	free(names);
	return rc;
}

void
import_files_done(struct import_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->at[i].path);
	free(files->at);
	*files = (struct import_files){ 0 };
}

/* ---- ids ---- */
static void
derive_id(const char *source, struct str what, char out[65])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct buf text;

	buf_init(&text, what.n + 4096);
	buf_z(&text, source);
	buf_ch(&text, '\0');
	buf_str(&text, what);
	SHA256((const unsigned char *)text.p, text.n, digest);
	buf_reset(&text);
	hex_put(&text, (struct str){ (const char *)digest, 20 });
	snprintf(out, 65, "%.*s", STR_ARG(buf_view(&text)));
	buf_done(&text);
}

/* The bytes of value copied, with strings of members named "reference" looked up in links (fullUrl → index of target text). */
struct links { struct maps *of; struct str *target; };

static void
copy_linked(struct buf *out, const struct json *v, const struct links *links)
{
	uint64_t at;

	switch (v->kind) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		buf_ch(out, v->kind == JSON_OBJECT ? '{' : '[');
		for json_each(c, v) {
			if (c != v->first)
				buf_ch(out, ',');
			if (v->kind == JSON_OBJECT) {
				json_str(out, c->name);
				buf_ch(out, ':');
			}
			copy_linked(out, c, links);
		}
		buf_ch(out, v->kind == JSON_OBJECT ? '}' : ']');
		break;
	case JSON_STRING:
		if (str_eq(v->name, "reference") && maps_find(links->of, v->text, &at)) {
			json_str(out, links->target[at]);
			break;
		}
		buf_str(out, v->raw);
		break;
	default:
		buf_str(out, v->raw);
	}
}

static bool
give_resource(struct import_sink *sink, uint64_t number, const struct json *resource, const char *source, struct str full_url, const struct links *links)
{
	struct buf line;
	char id[65], own[24];
	struct str body;

	buf_init(&line, LINE_MAX_BYTES + 4096);
	if (links != NULL)
		copy_linked(&line, resource, links);
	else
		json_minify(resource->raw, &line);
	body = buf_view(&line);
	bool more = true;
	if (json_get(resource, "id") == NULL && body.n > 2 && body.p[0] == '{') {
		struct buf with;
		snprintf(own, sizeof own, "#%llu", (unsigned long long)number);
		derive_id(source, full_url.n > 0 ? full_url : str_of(own), id);
		buf_init(&with, LINE_MAX_BYTES + 4096);
		buf_z(&with, "{\"id\":\"");
		buf_z(&with, id);
		buf_z(&with, "\",");
		buf_str(&with, (struct str){ body.p + 1, body.n - 1 });
		more = sink->line(sink, number, buf_view(&with));
		buf_done(&with);
	} else {
		more = sink->line(sink, number, body);
	}
	buf_done(&line);
	return more;
}

/* ---- bundles ---- */
static struct str
target_of(const struct json *resource, const char *source, struct str full_url, struct arena *a)
{
	char id[65], text[160];
	struct str own = json_get_text(resource, "id"), type = json_get_text(resource, "resourceType");

	if (own.n == 0) {
		derive_id(source, full_url, id);
		own = str_of(id);
	}
	if (type.n > 64 || own.n > 64)
		return STR_NONE;
	snprintf(text, sizeof text, "%.*s/%.*s", STR_ARG(type), STR_ARG(own));
	return arena_str(a, str_of(text));
}

/* A reference by urn to an entry that is not there: a transaction with one is refused, so its entry alone is here. */
static const struct json *
points_nowhere(const struct json *v, const struct links *links)
{
	uint64_t at;
	const struct json *found = NULL;

	if (v->kind == JSON_STRING)
		return str_eq(v->name, "reference") && str_starts(v->text, STR("urn:")) && !maps_find(links->of, v->text, &at) ? v : NULL;
	if (v->kind == JSON_OBJECT || v->kind == JSON_ARRAY)
		for json_each(c, v)
			if ((found = points_nowhere(c, links)) != NULL)
				break;
	return found;
}

static bool
give_entries(struct import_sink *sink, const struct json *bundle, bool strict, const char *source, struct arena *a)
{
	const struct json *entries = json_get(bundle, "entry");
	struct links links = { maps_new(), arena_array(a, entries != NULL ? entries->n + 1 : 1, sizeof(struct str)) };
	uint64_t n = 0;
	bool more = true;

	MUST(links.of != NULL);
	for json_each(e, entries) {
		const struct json *resource = json_get(e, "resource");
		struct str url = json_get_text(e, "fullUrl");
		if (resource != NULL && resource->kind == JSON_OBJECT && url.n > 0 && links.target != NULL && (links.target[n] = target_of(resource, source, url, a)).n > 0)
			MUST(maps_put(links.of, url, n));
		n++;
	}
	n = 0;
	for json_each(e, entries) {
		const struct json *resource = json_get(e, "resource");
		n++;
		bool absent = resource == NULL || resource->kind != JSON_OBJECT;
		if (absent || (strict && points_nowhere(resource, &links) != NULL)) {
			struct problem p = { 0 };
			char where[64];
			snprintf(where, sizeof where, "Bundle.entry[%llu].resource", (unsigned long long)(n - 1));
			(void)!problem_set(&p, RC_BAD_INPUT, absent ? WHY_CARDINALITY : WHY_UNRESOLVED, where, absent ? "absent" : "reference");
			sink->refused(sink, n, &p, e->raw);
			continue;
		}
		if (!(more = give_resource(sink, n, resource, source, json_get_text(e, "fullUrl"), &links)))
			break;
	}
	maps_free(&links.of);
	return more;
}

static bool
has_query(const struct json *v)
{
	if (v->kind == JSON_STRING)
		return str_eq(v->name, "reference") && memchr(v->text.p, '?', v->text.n) != NULL;
	if (v->kind == JSON_OBJECT || v->kind == JSON_ARRAY)
		for json_each(c, v)
			if (has_query(c))
				return true;
	return false;
}

/* Anything but a transaction of creates and updates that name what they write. alone: an entry has nobody to answer for its conditions on versions either. */
static bool
bundle_asks(const struct json *bundle, bool alone)
{
	if (!str_eq(json_get_text(bundle, "type"), "transaction"))
		return true;
	for json_each(e, json_get(bundle, "entry")) {
		const struct json *request = json_get(e, "request");
		struct str method = json_get_text(request, "method"), url = json_get_text(request, "url");
		if ((!str_eq(method, "POST") && !str_eq(method, "PUT")) || json_get(request, "ifNoneExist") != NULL ||
		    (alone && (json_get(request, "ifMatch") != NULL || json_get(request, "ifNoneMatch") != NULL)) || memchr(url.n > 0 ? url.p : "", '?', url.n) != NULL || has_query(e))
			return true;
	}
	return false;
}

static bool
give_document(struct import_sink *sink, uint64_t number, struct str text, const char *source)
{
	struct arena a;
	const struct json *root;
	struct problem p = { 0 };
	bool more = true;

	arena_init(&a, TREE_MAX);
	if (json_parse(text, &a, &root, &p) != RC_OK) {
		sink->refused(sink, number, &p, text);
	} else if (root->kind != JSON_OBJECT) {
		(void)!problem_set(&p, RC_BAD_INPUT, WHY_WRONG_TYPE, "resource", "not an object");
		sink->refused(sink, number, &p, text);
	} else if (!str_eq(json_get_text(root, "resourceType"), "Bundle")) {
		more = give_resource(sink, number, root, source, STR_NONE, NULL);
	} else {
		struct str type = json_get_text(root, "type");
		bool acts = str_eq(type, "transaction") || str_eq(type, "batch"), asks = acts && bundle_asks(root, sink->apart);
		if (acts && (asks || !sink->apart))
			more = sink->bundle(sink, number, text, asks);
		else if (acts || str_eq(type, "collection") || str_eq(type, "searchset") || str_eq(type, "history"))
			more = give_entries(sink, root, acts, source, &a);
		else
			more = give_resource(sink, number, root, source, STR_NONE, NULL); /* document, message: one resource */
	}
	arena_done(&a);
	return more;
}

/* ---- files ---- */
static bool
token(struct str *s, const char *want)
{
	struct str t = str_of(want);

	*s = str_trim(*s);
	if (!str_starts(*s, t))
		return false;
	*s = (struct str){ s->p + t.n, s->n - t.n };
	return true;
}

/* {"resourceType":"X","id": and X no Bundle: it has its own id, and whoever takes it looks at the rest. */
static bool
is_ready(struct str line)
{
	if (!token(&line, "{") || !token(&line, "\"resourceType\"") || !token(&line, ":") || !token(&line, "\"") || str_starts(line, STR("Bundle\"")))
		return false;
	const char *end = memchr(line.p, '"', line.n);
	if (end == NULL)
		return false;
	line = (struct str){ end + 1, line.n - (size_t)(end + 1 - line.p) };
	return token(&line, ",") && token(&line, "\"id\"") && token(&line, ":");
}

static bool
give_text(struct import_sink *sink, uint64_t number, struct str line, const char *source)
{
	return sink->apart && is_ready(line) ? sink->line(sink, number, line) : give_document(sink, number, line, source);
}

/* A compressed file that ends before its end gives what it has, and says so only when asked. */
static bool
is_cut(gzFile in)
{
	int code = Z_OK;

	(void)gzerror(in, &code);
	return code == Z_BUF_ERROR;
}

/* gzopen reads plain files as they are. */
static enum rc
read_lines(gzFile in, const char *source, struct import_sink *sink, struct problem *p)
{
	struct buf line;
	char block[65536];
	uint64_t number = 0;
	bool more = true;
	int got = 0;

	buf_init(&line, LINE_MAX_BYTES);
	while (more && (got = gzread(in, block, sizeof block)) > 0) {
		struct str rest = { block, (size_t)got };
		while (more && rest.p != NULL) {
			bool ends = memchr(rest.p, '\n', rest.n) != NULL;
			buf_str(&line, str_cut(rest, '\n', &rest));
			if (!ends)
				break;
			number++;
			sink->bytes_read = (uint64_t)gzoffset(in);
			if (line.failed) {
				struct problem big = { 0 };
				(void)!problem_set(&big, RC_LIMIT, WHY_TOO_BIG, "line", "over 32 MiB");
				sink->refused(sink, number, &big, STR("null"));
			} else if (str_trim(buf_view(&line)).n > 0) {
				more = give_text(sink, number, buf_view(&line), source);
			}
			buf_reset(&line);
		}
	}
	if (more && got == 0 && !line.failed && str_trim(buf_view(&line)).n > 0)
		give_text(sink, number + 1, buf_view(&line), source);
	buf_done(&line);
	return got < 0 || (more && is_cut(in)) ? problem_set(p, RC_BAD_INPUT, WHY_BAD_GZIP, "file", "at line %llu", (unsigned long long)number) : RC_OK;
}

static enum rc
read_whole(gzFile in, const char *source, struct import_sink *sink, struct problem *p)
{
	struct buf text;
	char block[65536];
	int got;

	buf_init(&text, WHOLE_MAX);
	while ((got = gzread(in, block, sizeof block)) > 0)
		buf_put(&text, block, (size_t)got);
	enum rc rc = got < 0 || is_cut(in) ? problem_set(p, RC_BAD_INPUT, WHY_BAD_GZIP, "file", "gzip") : buf_rc(&text, p);
	if (rc == RC_OK)
		give_document(sink, 1, buf_view(&text), source);
	buf_done(&text);
	return rc;
}

enum rc
import_read(const char *path, const char *source, struct import_sink *sink, struct problem *p)
{
	gzFile in = gzopen(path, "rbe");
	enum rc rc;

	if (in == NULL)
		return problem_set(p, RC_NOT_FOUND, WHY_NO_FILE, "file", "cannot be opened");
	gzbuffer(in, 1 << 17);
	if (str_ends(str_of(path), STR(".ndjson")) || str_ends(str_of(path), STR(".ndjson.gz")))
		rc = read_lines(in, source, sink, p);
	else
		rc = read_whole(in, source, sink, p);
	gzclose_r(in);
	return rc;
}
