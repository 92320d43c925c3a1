/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/gate/rows.c: prints the product's own tables as JSON lines, so that the tests of the gate are made from them and a new row cannot be forgotten:
 *   {"table":"role","role","may"}   {"table":"gate","kind","name","may","reveals"}   {"table":"page","method","path","may","reveals","surface","fields":[…]}
 * Rights are the bits of base/rights.h as a number, reveals its symbol. Called by tests/lib/gate_tables.py. Start at main.
 */
#include <stdio.h>

#include "api/api.h"
#include "codec/json.h"
#include "fhir/fhir.h"
#include "front/front.h"
#include "pages/pages.h"

static const char *const REVEALS[] = { "UNSAID", "NOTHING", "META", "MASKED", "WORK_LIST", "ONE_PATIENT", "MANY" };
static const char *const METHOD[] = { "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };
static const char *const KIND[] = { "", "text", "lines", "date", "int", "code", "id", "token", "secret", "flag", "file", "scan" };

static void
flush_line(struct buf *b)
{
	MUST(!b->failed);
	printf("%.*s\n", STR_ARG(buf_view(b)));
	buf_reset(b);
}

static void
put_may(struct jw *w, uint32_t may, enum reveals reveals)
{
	jw_key(w, "may");
	jw_i64(w, may);
	jw_member(w, "reveals", str_of(REVEALS[reveals]));
}

static void
put_roles(struct buf *b)
{
	for (unsigned role = ROLE_NONE; role < ROLE__END; role++) {
		struct jw w;
		jw_init(&w, b);
		jw_object(&w);
		jw_member(&w, "table", STR("role"));
		jw_member(&w, "role", str_of(role_code((enum role)role)));
		jw_key(&w, "may");
		jw_i64(&w, gate_role_may((enum role)role));
		jw_end(&w, '}');
		flush_line(b);
	}
}

static void
put_gate(struct buf *b)
{
	const struct gate_row *rows;
	size_t n = gate_rows(&rows);
	for (size_t i = 0; i < n; i++) {
		struct jw w;
		jw_init(&w, b);
		jw_object(&w);
		jw_member(&w, "table", STR("gate"));
		jw_member(&w, "kind", str_of(rows[i].kind));
		jw_member(&w, "name", str_of(rows[i].name));
		put_may(&w, rows[i].may, rows[i].reveals);
		jw_end(&w, '}');
		flush_line(b);
	}
}

static void
put_field(struct jw *w, const struct field *f)
{
	jw_object(w);
	jw_member(w, "name", str_of(f->name));
	jw_member(w, "kind", str_of(KIND[f->kind]));
	jw_key(w, "min");
	jw_i64(w, f->min);
	jw_key(w, "max");
	jw_i64(w, f->max);
	jw_key(w, "required");
	jw_bool(w, f->required);
	jw_key(w, "choices");
	jw_array(w);
	for (const struct choice *c = f->choices; c && c->code; c++)
		jw_z(w, c->code);
	jw_end(w, ']');
	jw_end(w, '}');
}

static void
put_pages(struct buf *b, const struct page *page)
{
	for (; page->path; page++) {
		struct jw w;
		jw_init(&w, b);
		jw_object(&w);
		jw_member(&w, "table", STR("page"));
		jw_member(&w, "method", str_of(METHOD[page->method]));
		jw_member(&w, "path", str_of(page->path));
		put_may(&w, page->may, page->reveals);
		jw_member(&w, "surface", page->surface == SURFACE_API ? STR("api") : page->lasting ? STR("stream") : STR("page"));
		jw_key(&w, "fields");
		jw_array(&w);
		for (const struct field *f = page->fields; f && f->name; f++)
			put_field(&w, f);
		jw_end(&w, ']');
		jw_end(&w, '}');
		flush_line(b);
	}
}

int
main(int argc, char **argv)
{
	struct buf b;
	if (argc > 1 && str_eq(str_of(argv[1]), "capability")) { /* for tools/gen_fhir_page.py: the statement of this build */
		buf_init(&b, 16u << 20);
		fhir_capability(&b, STR_NONE, STR_NONE, 0);
		flush_line(&b);
		buf_done(&b);
		return 0;
	}
	buf_init(&b, 1 << 20);
	put_roles(&b);
	put_gate(&b);
	for (const struct page *const *table = pages_all; *table; table++)
		put_pages(&b, *table);
	put_pages(&b, api_pages);
	buf_done(&b);
	return 0;
}
