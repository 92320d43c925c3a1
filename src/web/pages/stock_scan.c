/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stock_scan.c: one field for a scanner on the forms of the stock. A form that is sent with a scan is not carried out: it comes back filled with what the pack says
 * (medicine, lot, expiry, serial number), whatever else was typed kept, and the field of the scan empty for the next one. A scan that is refused says why beside that field.
 * Called by the pages stock*.c. Start at stock_scan_sheet.
 */
#include "pages/stock.h"

#include <string.h>

bool
stock_scanned(const struct req *rq)
{
	return rq->method == HTTP_POST && str_trim(form_typed(&rq->form, "scan")).n > 0;
}

bool
stock_ask_scan(const struct req *rq, struct asks *a, const char *way, struct str store)
{
	if (!stock_scanned(rq) || form_get(&rq->form, "scan").n == 0)
		return false;
	ask_view(a, "stock_scan");
	ask_arg(a, "scan", form_get(&rq->form, "scan"));
	if (way != NULL)
		ask_arg(a, "way", str_of(way));
	if (store.n > 0)
		ask_arg(a, "store", store);
	return true;
}

/* YYYY-MM-DD as a form takes it. */
static struct str
typed_day(const struct req *rq, struct str on)
{
	char day[11];
	struct buf b = { .p = day, .cap = sizeof day, .max = sizeof day };
	if (on.n != 10)
		return STR_NONE;
	buf_str(&b, (struct str){ on.p + 8, 2 });
	buf_ch(&b, '/');
	buf_str(&b, (struct str){ on.p + 5, 2 });
	buf_ch(&b, '/');
	buf_str(&b, (struct str){ on.p, 4 });
	return arena_str(rq->arena, buf_view(&b));
}

static struct str
scanned_value(const struct screen *sc, struct row scan, const char *name)
{
	if (strcmp(name, "expires") == 0)
		return typed_day(sc->rq, row_get(scan, "expires_on"));
	for (size_t i = 0; i < 3; i++)
		if (strcmp(name, (const char *const[]){ "cis", "number", "serial" }[i]) == 0)
			return row_get(scan, name);
	return STR_NONE;
}

struct fault
stock_scan_fault(const struct screen *sc)
{
	struct row scan = release_set(sc->rel, "scan");
	if (!stock_scanned(sc->rq))
		return (struct fault){ NULL, WHY_NONE };
	if (form_get(&sc->rq->form, "scan").n == 0)
		return (struct fault){ "scan", WHY_SCAN_UNREADABLE };
	return row_has(scan, "why") ? (struct fault){ "scan", screen_why(row_get(scan, "why")) } : (struct fault){ NULL, WHY_NONE };
}

struct sheet
stock_scan_sheet(struct screen *sc, struct stock_filled *f, const char *action, const char *id, const struct field *fields)
{
	struct row scan = release_set(sc->rel, "scan");
	struct sheet s = stock_sheet(sc, f->faults, action, id, fields);
	f->filled = false;
	if (!stock_was_sent(sc, action) || !stock_scanned(sc->rq))
		return s;
	s.form = NULL;
	s.now = f->now;
	s.n_faults = 0;
	f->faults[0] = stock_scan_fault(sc);
	s.n_faults = f->faults[0].field != NULL;
	f->filled = s.n_faults == 0;
	for (const struct field *one = fields; one->name != NULL; one++) {
		struct str read = f->filled ? scanned_value(sc, scan, one->name) : STR_NONE;
		if (strcmp(one->name, "scan") != 0 && s.n_now < STOCK_FILLED)
			f->now[s.n_now++] = (struct pair){ str_of(one->name), read.n > 0 ? read : form_typed(&sc->rq->form, one->name) };
	}
	return s;
}

void
stock_scan_input(struct screen *sc, const struct sheet *s, const struct stock_filled *f)
{
	struct kit *k = &sc->k;
	struct row scan = release_set(sc->rel, "scan");
	fields_input(k, s, "scan", &(struct look){ .wide = true, .scan = true, .autofocus = f == NULL || !f->filled, .hint = N_("Point the scanner at the square code of the pack: it fills the fields below.") });
	if (f == NULL || !f->filled)
		return;
	struct words on = when_day(k, row_get(scan, "expires_on"));
	el_open(k, H_P, "note ok");
	html_attr_z(&k->w, "role", "status");
	html_text(&k->w, row_has(scan, "name") ? row_get(scan, "name") : row_get(scan, "cis"));
	if (row_has(scan, "number")) {
		html_z(&k->w, " · ");
		say_with(k, N_("lot {1}"), row_get(scan, "number"));
	}
	if (on.n > 0) {
		html_z(&k->w, " · ");
		say_with(k, N_("until {1}"), words_view(&on));
	}
	html_close(&k->w, H_P);
}
