/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker/finish.c: see draw.h. The drawing library (cairo 1.16) writes no language. A PDF may be changed by what is appended to it (ISO 32000-1, 7.5.6): the catalogue is written
 * once more with /Lang, and that a window shows the title, then a table that names its new place. Reads only what that library wrote. Start at finish_document.
 */
#include "worker/draw.h"

#include <stdio.h>
#include <string.h>

static enum rc
unlike(struct problem *p, const char *what)
{
	return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "finish: %s", what);
}

/* Where z stands last in the bytes before end; SIZE_MAX nowhere. */
static size_t
last(const struct buf *b, const char *z, size_t end)
{
	size_t n = strlen(z);

	for (size_t at = end >= n ? end - n + 1 : 0; at-- > 0;)
		if (memcmp(b->p + at, z, n) == 0)
			return at;
	return SIZE_MAX;
}

/* The number that follows z; false: none. */
static bool
number_after(const struct buf *b, const char *z, size_t from, uint64_t *v_r)
{
	size_t n = strlen(z), at = from;

	while (at + n < b->n && memcmp(b->p + at, z, n) != 0)
		at++;
	for (at += n; at < b->n && (b->p[at] == ' ' || b->p[at] == '\n'); at++)
		continue;
	size_t end = at;
	while (end < b->n && b->p[end] >= '0' && b->p[end] <= '9')
		end++;
	return end > at && str_u64((struct str){ b->p + at, end - at }, v_r) == RC_OK;
}

enum rc
finish_document(struct buf *pdf, struct str lang, struct problem *p)
{
	size_t trailer = last(pdf, "trailer", pdf->n), start = last(pdf, "startxref", pdf->n);
	uint64_t size, root, info, table, at;
	char key[64];

	if (trailer == SIZE_MAX || start == SIZE_MAX || !number_after(pdf, "/Size", trailer, &size) || !number_after(pdf, "/Root", trailer, &root) || !number_after(pdf, "/Info", trailer, &info) ||
	    !number_after(pdf, "startxref", start, &table) || table >= pdf->n || root >= size)
		return unlike(p, "trailer");
	snprintf(key, sizeof key, "\n%llu 0 obj\n<< /Type /Catalog", (unsigned long long)root);
	size_t catalogue = last(pdf, key, pdf->n), end = catalogue;
	if (catalogue == SIZE_MAX)
		return unlike(p, "catalogue");
	while (end < pdf->n - 6 && memcmp(pdf->p + end, "endobj", 6) != 0)
		end++;
	size_t open = catalogue + strlen(key);
	if (end >= pdf->n - 6 || end - open > 4000)
		return unlike(p, "catalogue's end");
	char rest[4001];
	memcpy(rest, pdf->p + open, end - open);
	at = pdf->n;
	buf_fmt(pdf, "%llu 0 obj\n<< /Type /Catalog\n   /Lang (%.*s)\n   /ViewerPreferences << /DisplayDocTitle true >>", (unsigned long long)root, STR_ARG(lang));
	buf_put(pdf, rest, end - open);
	buf_z(pdf, "endobj\n");
	size_t xref = pdf->n;
	buf_fmt(pdf, "xref\n%llu 1\n%010llu 00000 n \ntrailer\n<< /Size %llu\n   /Root %llu 0 R\n   /Info %llu 0 R\n   /Prev %llu\n>>\nstartxref\n%zu\n%%%%EOF\n", (unsigned long long)root, (unsigned long long)at,
		(unsigned long long)size, (unsigned long long)root, (unsigned long long)info, (unsigned long long)table, xref);
	return buf_rc(pdf, p);
}
