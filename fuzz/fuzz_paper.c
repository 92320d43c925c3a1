/* SPDX-License-Identifier: Apache-2.0 */
/* A paper that is accepted is safe to walk to its end, each text within it, and written again by the writer it is the same bytes. */
#include "fuzz.h"
#include "base/paper.h"
#include "base/utf8.h"

static void write_again(struct buf *b, const struct paper_block *k)
{
	struct paper_column columns[PAPER_COLUMNS];
	switch (k->kind) {
	case PAPER_HEADING: paper_heading(b, k->level, k->text[0]); break;
	case PAPER_TEXT: paper_text(b, k->text[0]); break;
	case PAPER_STRONG: paper_strong(b, k->text[0]); break;
	case PAPER_SMALL: paper_small(b, k->text[0]); break;
	case PAPER_FIELD: paper_field(b, k->text[0], k->text[1]); break;
	case PAPER_ITEM: paper_item(b, k->text[0]); break;
	case PAPER_TABLE:
		for (unsigned i = 0; i < k->n; i++)
			columns[i] = (struct paper_column){ k->text[i], k->parts[i], k->right[i] };
		paper_table(b, columns, k->n);
		break;
	case PAPER_ROW: paper_row(b, k->text, k->n); break;
	case PAPER_TABLE_END: paper_table_end(b); break;
	case PAPER_ZONE: paper_zone(b, k->text[0]); break;
	case PAPER_ZONE_END: paper_zone_end(b); break;
	case PAPER_CODE: paper_code(b, k->text[0], k->text[1]); break;
	case PAPER_RULE: paper_rule(b); break;
	case PAPER_SIGNATURE: paper_signature(b, k->text[0], k->text[1]); break;
	case PAPER_FOOT: paper_foot(b, k->text[0]); break;
	case PAPER_BREAK: paper_break(b); break;
	case PAPER_KIND__END: abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str paper = { (const char *)data, n };
	struct paper_reader r;
	struct paper_head h;
	struct paper_block k;
	struct problem p;
	struct buf b;
	if (paper_check(paper, &p) != RC_OK) {
		MUST(p.why == WHY_PAPER_BAD || p.why == WHY_PAPER_LARGE);
		return 0;
	}
	paper_begin(paper, &h, &r);
	MUST(utf8_valid(h.title) && h.lang.n == 2);
	paper_open(&b, &h);
	while (paper_next(&r, &k)) {
		for (unsigned i = 0; i < k.n; i++)
			MUST(k.text[i].n == 0 || (k.text[i].p >= paper.p && k.text[i].p + k.text[i].n <= paper.p + n));
		write_again(&b, &k);
	}
	MUST(paper_close(&b, &p) == RC_OK && str_is(buf_view(&b), paper));
	buf_done(&b);
	return 0;
}
