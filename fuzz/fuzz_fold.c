/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are valid text, folding a key again changes nothing, the phonetic key depends on the key only; likenesses stay in their range. */
#include "fuzz.h"
#include "base/utf8.h"
#include "codec/fold.h"

static void check_key(struct str key)
{
	MUST(utf8_valid(key));
	MUST(key.n == 0 || (key.p[0] != ' ' && key.p[key.n - 1] != ' '));
	for (size_t i = 0; i < key.n; i++) {
		unsigned char c = (unsigned char)key.p[i];
		MUST(c >= 0x80 || c == ' ' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'));
		MUST(c != ' ' || key.p[i + 1] != ' ');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct buf b[6];
	for (int i = 0; i < 6; i++)
		buf_init(&b[i], n * 64 + 100);
	fold_key(&b[0], in);
	MUST(!b[0].failed);
	check_key(buf_view(&b[0]));
	fold_key(&b[1], buf_view(&b[0]));
	MUST(str_is(buf_view(&b[0]), buf_view(&b[1])));
	fold_phonetic(&b[2], in);
	fold_phonetic(&b[3], buf_view(&b[0]));
	MUST(!b[2].failed && utf8_valid(buf_view(&b[2])) && str_is(buf_view(&b[2]), buf_view(&b[3])));
	fold_nfc(&b[4], in);
	MUST(!b[4].failed && utf8_valid(buf_view(&b[4])));
	fold_nfc(&b[5], buf_view(&b[4]));
	MUST(str_is(buf_view(&b[4]), buf_view(&b[5])));
	buf_reset(&b[1]);
	fold_upper(&b[1], in);
	MUST(!b[1].failed && utf8_valid(buf_view(&b[1])));

	/* The two halves against each other. */
	struct str x = { in.p, n / 2 }, y = { in.p + n / 2, n - n / 2 };
	double like = fold_jaro_winkler(x, y);
	MUST(like >= 0 && like <= 1.0000001);
	unsigned most = n ? data[0] % 70 : 3, d = fold_damerau(x, y, most);
	if (n < 2000) {
		MUST(d == fold_damerau(y, x, most) && d <= (most > FOLD_DAMERAU_MOST ? FOLD_DAMERAU_MOST : most) + 1);
		MUST((d == 0) == str_is(x, y));
	}
	for (int i = 0; i < 6; i++)
		buf_done(&b[i]);
	return 0;
}
