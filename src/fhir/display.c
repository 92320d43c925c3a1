/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/display.c: a value as one line of plain text for a person: "DUPONT Marie", "72 kg", "Hypertension artérielle". Which datatype it is is
 * told by the members it has, so that a page needs to know only the element. Dates are left as FHIR writes them: a page says them in its language.
 * It must never write markup nor escape: the writer of the destination does. Called by gate's projections and web pages. Start at fhir_display.
 */
#include "internal.h"

#include "codec/fold.h"

#define GET(o, literal) model_get((o), literal, sizeof(literal) - 1)
#define TEXT(o, literal) json_text(GET(o, literal))

static void
spaced(struct buf *out, size_t start, struct str s)
{
	if (s.n == 0)
		return;
	if (out->n > start)
		buf_ch(out, ' ');
	buf_str(out, s);
}

static void
of_name(struct buf *out, const struct json *v)
{
	struct str family = TEXT(v, "family");
	size_t start = out->n;

	if (family.n == 0 && GET(v, "given") == NULL) {
		buf_str(out, TEXT(v, "text"));
		return;
	}
	fold_upper(out, family);
	for json_each(g, GET(v, "given"))
		spaced(out, start, json_text(g));
}

static void
of_quantity(struct buf *out, const struct json *v)
{
	struct str unit = TEXT(v, "unit"), code = TEXT(v, "code");
	size_t start;

	buf_str(out, TEXT(v, "comparator"));
	start = out->n - (out->n > 0);
	buf_str(out, TEXT(v, "value"));
	spaced(out, start, unit.n > 0 ? unit : code.n > 0 ? code : TEXT(v, "currency"));
}

/* low – high, start – end: an open side is left empty. */
static void
between(struct buf *out, const struct json *a, const struct json *b)
{
	fhir_display(out, a);
	buf_z(out, " – ");
	fhir_display(out, b);
}

static void
of_concept(struct buf *out, const struct json *v)
{
	struct str text = TEXT(v, "text");

	for json_each(c, GET(v, "coding")) {
		if (text.n == 0)
			text = TEXT(c, "display");
	}
	for json_each(c, GET(v, "coding")) {
		if (text.n == 0)
			text = TEXT(c, "code");
	}
	buf_str(out, text);
}

static void
of_reference(struct buf *out, const struct json *v)
{
	struct str display = TEXT(v, "display");

	if (display.n > 0)
		buf_str(out, display);
	else if (GET(v, "identifier") != NULL)
		fhir_display(out, GET(v, "identifier"));
	else
		buf_str(out, TEXT(v, "reference"));
}

static void
of_address(struct buf *out, const struct json *v)
{
	size_t start = out->n;

	if (GET(v, "city") == NULL && GET(v, "line") == NULL && GET(v, "postalCode") == NULL) {
		buf_str(out, TEXT(v, "text"));
		return;
	}
	for json_each(l, GET(v, "line"))
		spaced(out, start, json_text(l));
	spaced(out, start, TEXT(v, "postalCode"));
	spaced(out, start, TEXT(v, "city"));
	spaced(out, start, TEXT(v, "country"));
}

static void
of_ratio(struct buf *out, const struct json *v)
{
	fhir_display(out, GET(v, "numerator"));
	buf_z(out, " / ");
	fhir_display(out, GET(v, "denominator"));
}

static void
of_coding(struct buf *out, const struct json *v)
{
	struct str display = TEXT(v, "display");

	buf_str(out, display.n > 0 ? display : TEXT(v, "code"));
}

static void
of_object(struct buf *out, const struct json *v)
{
	if (GET(v, "coding"))
		of_concept(out, v);
	else if (GET(v, "reference") || GET(v, "identifier"))
		of_reference(out, v);
	else if (GET(v, "family") || GET(v, "given"))
		of_name(out, v);
	else if (GET(v, "line") || GET(v, "city") || GET(v, "postalCode"))
		of_address(out, v);
	else if (GET(v, "low") || GET(v, "high"))
		between(out, GET(v, "low"), GET(v, "high"));
	else if (GET(v, "start") || GET(v, "end"))
		between(out, GET(v, "start"), GET(v, "end"));
	else if (GET(v, "numerator"))
		of_ratio(out, v);
	else if (GET(v, "value") && (GET(v, "unit") || GET(v, "code") || GET(v, "currency") || GET(v, "comparator") || GET(v, "value")->kind == JSON_NUMBER))
		of_quantity(out, v);
	else if (GET(v, "value"))
		buf_str(out, TEXT(v, "value"));
	else if (GET(v, "display") || GET(v, "code"))
		of_coding(out, v);
	else
		buf_str(out, TEXT(v, "text"));
}

void
fhir_display(struct buf *out, const struct json *v)
{
	bool first = true;

	if (v == NULL)
		return;
	if (v->kind == JSON_OBJECT) {
		of_object(out, v);
	} else if (v->kind == JSON_ARRAY) {
		for json_each(e, v) {
			if (!first)
				buf_z(out, ", ");
			first = false;
			fhir_display(out, e);
		}
	} else {
		buf_str(out, json_text(v));
	}
}
