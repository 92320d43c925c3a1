/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/document.c: the documents of a chart and the bytes of one. Bytes leave as a file to be saved, in a sandbox, under a name that says nothing of the person; never as a page of this house.
 * Called by front through the rows at the end. Start at list_show and file_show.
 */
#include "pages/letter.h"

#include "pages/bedside.h"
#include "pages/chart.h"

static const struct field file_fields[] = { { "part", N_("Part"), FIELD_INT, .min = 1, .max = 2, .required = true }, FIELDS_END };

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_head(rq, a);
	ask_view(a, "documents");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static void
cell_state(struct kit *k, struct row row)
{
	struct str status = row_get(row, "status");
	cell_open(k, NULL);
	if (str_eq(status, "superseded"))
		status_chip(k, "plain", "restore", N_("Replaced by a later version"));
	else if (str_eq(status, "entered-in-error"))
		status_chip(k, "critical", "trash", N_("Entered in error"));
	else
		status_chip(k, "ok", "check", N_("Current"));
	cell_close(k);
}

static void
cell_files(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct str base = screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/document/"), row_get(row, "id"));
	bool pdf = str_starts(row_get(row, "content_type"), STR("application/pdf"));
	cell_open(k, NULL);
	if (row_get(row, "file").n == 0)
		say(k, N_("The bytes are not here"));
	else
		link_to(k, NULL, screen_join(sc->rq, base, STR("?part=1")), pdf ? N_("PDF") : N_("Text"));
	if (row_get(row, "cda").n > 0) {
		html_z(&k->w, " · ");
		link_to(k, NULL, screen_join(sc->rq, base, STR("?part=2")), N_("CDA"));
	}
	cell_close(k);
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Document"), NULL }, { N_("Kind"), NULL }, { N_("State"), NULL }, { N_("Date"), "time" }, { N_("By"), NULL }, { N_("File"), NULL } };
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Documents"));
	struct kit *k = &sc.k;
	size_t n = rows_count(release_rows(rel), "documents");
	if (n == 0) {
		empty_state(k, N_("No document."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	state_line(k, n, N_("{1} document"), N_("{1} documents"), N_("the newest first"));
	if (row_is(release_set(rel, "more")))
		el(k, H_P, "note warn", N_("There are more documents than are shown here."));
	table_open(k, N_("Documents of the record"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "documents") {
		table_row(k);
		if (row_has(row, "letter")) {
			cell_link(k, screen_join(rq, screen_path(rq, rq->path.patient, "/letter?no="), row_get(row, "letter")), row_get(row, "title"));
		} else {
			cell_open(k, NULL);
			el_text(k, str_eq(row_get(row, "status"), "entered-in-error") ? H_S : H_STRONG, NULL, row_get(row, "title"));
			cell_close(k);
		}
		cell(k, row_get(row, "type"));
		cell_state(k, row);
		screen_cell_when(k, row, "dated");
		cell(k, row_get(row, "by_name"));
		cell_files(&sc, row);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

static enum rc
file_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "document");
	ask_arg(a, "patient", rq->path.patient);
	ask_arg(a, "id", rq->path.id);
	ask_arg(a, "part", form_get(&rq->form, "part"));
	return RC_OK;
}

static enum rc
file_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct { const char *format, *type, *name; } kinds[] = {
		{ "pdf", "application/pdf", "attachment; filename=\"document.pdf\"" }, { "text", "text/plain; charset=utf-8", "attachment; filename=\"document.txt\"" },
		{ "cda", "text/xml; charset=utf-8", "attachment; filename=\"document.xml\"" },
		{ "", "application/octet-stream", "attachment; filename=\"document.bin\"" }, /* whatever else there may be: never a page */
	};
	struct row file = release_set(rel, "file");
	if (!row_is(file)) {
		struct screen sc;
		out->status = 404;
		screen_init(&sc, rq, rel, out);
		screen_begin(&sc, N_("Documents"));
		el(&sc.k, H_H1, NULL, N_("Documents"));
		el(&sc.k, H_P, "note warn", N_("This record has no such document, or its bytes are not here."));
		return screen_end(&sc);
	}
	size_t k = 0;
	while (k + 1 < sizeof kinds / sizeof kinds[0] && !str_eq(row_get(file, "format"), kinds[k].format))
		k++;
	out->type = kinds[k].type;
	reply_header(out, "Content-Disposition", str_of(kinds[k].name));
	reply_header(out, "Content-Security-Policy", STR("sandbox; default-src 'none'"));
	buf_str(&out->body, row_get(file, "bytes"));
	return out->body.failed ? RC_LIMIT : RC_OK;
}

const struct page pages_document[] = {
	{ HTTP_GET, "/patient/:patient/documents",    MAY_READ_CHART, REVEALS_ONE_PATIENT, .ask = list_ask, .show = list_show, .menu = N_("Documents"), .icon = "doc", .key = "g h" },
	{ HTTP_GET, "/patient/:patient/document/:id", MAY_READ_CHART, REVEALS_ONE_PATIENT, .surface = SURFACE_PRINT, .fields = file_fields, .ask = file_ask, .show = file_show },
	{ .path = NULL },
};
