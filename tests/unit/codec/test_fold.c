/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/unit.h"
#include "../base/nth_alloc.h"
#include "base/random.h"
#include "base/utf8.h"
#include "codec/fold.h"

typedef void folder(struct buf *, struct str);

static struct buf *folded(folder *fold, const char *z)
{
	static struct buf b[2];
	static int turn;
	struct buf *out = &b[turn ^= 1];
	buf_done(out);
	buf_init(out, 10000);
	fold(out, str_of(z));
	return out;
}

static void keys(void **state)
{
	(void)state;
	/* Stored in indexes: a change here is a change of FOLD_VERSION. */
	static const struct { const char *z, *want; } T[] = {
		{ "",                                  "" },
		{ "Éléonore d'Arc-Œuf",                "eleonore d arc oeuf" },
		{ "E\xCC\x81le\xCC\x81onore",          "eleonore" }, /* decomposed */
		{ "  --Jean--  PIERRE!! ",             "jean pierre" },
		{ "Straße",                            "strasse" },
		{ "STRASSE",                           "strasse" },
		{ "Ægir Łódź Ðorđe Þór Søren Işık",    "aegir lodz dorde thor soren isik" },
		{ "Nguyễn Thị Minh",                   "nguyen thi minh" },
		{ "½ ² ① Ⅷ",                           "1 2 2 1 viii" },
		{ "ﬁn ℀ ™",                            "fin a c tm" },
		{ "N\xC2\xADguy\xE2\x80\x8D" "en",        "nguyen" },      /* soft hyphen, joiner */
		{ "a\xC2\xA0" "b\xE2\x80\x99" "c",     "a b c" },       /* no-break space, apostrophe */
		{ "Σίσυφος ΣΊΣΥΦΟΣ",                   "σισυφοσ σισυφοσ" },
		{ "Достоевский",                       "достоевскии" },
		{ "محمد",                              "محمد" },
		{ "李小龍",                            "李小龍" },
		{ "12-345",                            "12 345" },
		{ "\xFF\xC3",                          "" },
		{ "a\xFF" "b",                         "a b" },
		{ "😀",                                "" },
		{ "a\x01z",                            "a z" },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		struct buf *b = folded(fold_key, T[i].z);
		same_text(buf_view(b), T[i].want, T[i].z);
		struct buf *again = folded(fold_key, T[i].want);
		same_text(buf_view(again), T[i].want, T[i].z);
	}
	assert_true(FOLD_VERSION == 1);
}

static void bare_text_keeps_what_is_no_letter(void **state)
{
	(void)state;
	static const struct { const char *z, *want; } T[] = {
		{ "", "" }, { "Été 2024 !", "ete 2024 !" }, { "  A--b\xC2\xA0" "Œuf€", "  a--b oeuf€" }, { "M0tD&P@sse", "m0td&p@sse" }, { "E\xCC\x81", "e" }, { "ﬁn™", "fintm" }, { "😀", "😀" },
	};
	for (size_t i = 0; i < COUNT(T); i++)
		same_text(buf_view(folded(fold_bare, T[i].z)), T[i].want, T[i].z);
}

static void a_password_is_the_same_from_each_keyboard(void **state)
{
	(void)state;
	static const struct { const char *z, *want; } T[] = {
		{ "", "" }, { "Plain  text!", "Plain  text!" }, { "e\xCC\x81te\xCC\x81", "été" }, { "a\xC2\xA0" "b\xE2\x80\xAF" "c", "a b c" }, { "ﬁn ² Ⅷ", "ﬁn ² Ⅷ" }, { "É", "É" },
		{ "\xFFx", "\xFFx" },
	};
	for (size_t i = 0; i < COUNT(T); i++)
		same_text(buf_view(folded(fold_opaque, T[i].z)), T[i].want, T[i].z);
}

static void fast_path_agrees(void **state)
{
	(void)state;
	/* A long run over the held bytes, and ASCII text between accents. */
	char z[2000], want[2000];
	for (size_t i = 0; i < sizeof z - 1; i++) {
		z[i] = i % 10 == 9 ? '-' : (char)('A' + i % 26);
		want[i] = i % 10 == 9 ? ' ' : (char)('a' + i % 26);
	}
	z[sizeof z - 1] = want[sizeof want - 1] = '\0';
	want[sizeof want - 2] = want[sizeof want - 2] == ' ' ? '\0' : want[sizeof want - 2];
	same_text(buf_view(folded(fold_key, z)), want, "long");
}

static void nfc_and_upper(void **state)
{
	(void)state;
	same_text(buf_view(folded(fold_nfc, "E\xCC\x81" "a")), "\xC3\x89" "a", "composed");
	same_text(buf_view(folded(fold_nfc, "plain")), "plain", "ascii");
	same_text(buf_view(folded(fold_nfc, "\xEF\xAC\x81")), "\xEF\xAC\x81", "fi stays");
	same_text(buf_view(folded(fold_nfc, "a\xFF\xC3\xA9")), "a\xEF\xBF\xBD\xC3\xA9", "repaired");
	same_text(buf_view(folded(fold_upper, "Éléonore d'Arc-œuf ß")), "ÉLÉONORE D'ARC-ŒUF SS", "upper");
	same_text(buf_view(folded(fold_upper, "\xFF")), "\xEF\xBF\xBD", "repaired");
}

static void sounds_alike(void **state)
{
	(void)state;
	/* Stored in indexes, as the keys above. */
	static const char *const FIXED[][2] = {
		{ "Lefebvre", "LEFEVR" }, { "Dupont", "DYP3" }, { "Philippe", "FILIP" }, { "Éléonore d'Arc-Œuf", "ELEONORDARKQF" }, { "Thibault", "TIBO" }, { "Guillaume", "GILOM" }, { "François", "FR1KUA" }, { "Nguyễn", "NGI2" }, { "Достоевский 3", "достоевскии3" }, { "Christophe", "KRISTOF" }, { "Michel", "MIXEL" },
	};
	for (size_t i = 0; i < COUNT(FIXED); i++)
		same_text(buf_view(folded(fold_phonetic, FIXED[i][0])), FIXED[i][1], FIXED[i][0]);
	static const char *const SAME[][2] = {
		{ "Lefèvre", "Lefebvre" }, { "Lefèvre", "Le Fèvre" }, { "Lefèvre", "LEFEVRE" }, { "Dupond", "Dupont" }, { "Philippe", "Filipe" },
		{ "Durand", "Durant" }, { "Thibault", "Tibo" }, { "Thibaud", "Thibaut" }, { "Renault", "Renaud" }, { "Arnauld", "Arnaud" },
		{ "Henry", "Henri" }, { "Mathieu", "Matthieu" }, { "Gauthier", "Gautier" }, { "Gauthié", "Gautier" }, { "Katherine", "Catherine" },
		{ "Christelle", "Cristèle" }, { "Christophe", "Kristof" }, { "Sylvie", "Silvy" }, { "Stéphane", "Stefane" }, { "Joseph", "Josef" },
		{ "Jean-Pierre", "Jean Pierre" }, { "Baptiste", "Batiste" }, { "Leclerc", "Leclair" }, { "Laëtitia", "Leticia" }, { "Laetitia", "Létitia" },
		{ "Michaël", "Mickael" }, { "Mikaël", "Michael" }, { "Raphaël", "Rafael" }, { "Guillaume", "Guilaume" }, { "Georges", "Jorge" },
		{ "Geoffroy", "Joffroi" }, { "Yves", "Ives" }, { "Denis", "Deny" }, { "Louis", "Loui" }, { "Roze", "Rose" }, { "Wagner", "Vagner" },
		{ "Alexandre", "Aleksandre" }, { "Leroux", "Leroud" }, { "Devaux", "Devaud" }, { "Deschamps", "Deschamp" }, { "Laurent", "Lorant" },
		{ "Schmitt", "Shmit" }, { "Chloé", "Cloé" }, { "Ghislaine", "Guislaine" }, { "Leroy", "Leroi" }, { "Julien", "Julyen" },
		{ "Bonnet", "Bonet" }, { "Moreau", "Moreaux" }, { "Martin", "Marthain" }, { "Leblanc", "Leblan" }, { "de la Tour", "Delatour" },
		{ "Mohammed", "Mohamed" }, { "Renée", "René" }, { "Maya", "Maïa" }, { "Benoît", "Benoit" }, { "Coeur", "Cœur" },
	};
	static const char *const APART[][2] = {
		{ "Martin", "Morin" }, { "Dupont", "Dumont" }, { "Petit", "Petot" }, { "Bernard", "Bertrand" }, { "Rose", "Rosse" }, { "Paul", "Paulin" },
		{ "Jean", "Jeanne" }, { "Louis", "Louise" }, { "Pascal", "Pascaline" }, { "Max", "Marc" }, { "Robert", "Roger" }, { "Simon", "Simone" },
		{ "Roussel", "Rousseau" }, { "Félix", "Félicie" }, { "Garnier", "Granier" }, { "Blanc", "Blanchard" }, { "Marie", "Maria" },
	};
	for (size_t i = 0; i < COUNT(SAME); i++) {
		struct buf *a = folded(fold_phonetic, SAME[i][0]), *b = folded(fold_phonetic, SAME[i][1]);
		same_text(buf_view(a), b->n ? (buf_ch(b, '\0'), b->p) : "", SAME[i][0]);
	}
	for (size_t i = 0; i < COUNT(APART); i++) {
		struct buf *a = folded(fold_phonetic, APART[i][0]), *b = folded(fold_phonetic, APART[i][1]);
		holds(!str_is(buf_view(a), buf_view(b)), APART[i][0]);
	}
}

static void likeness(void **state)
{
	(void)state;
	static const struct { const char *a, *b; int want; /* × 10000 */ } T[] = {
		{ "martha", "marhta", 9611 }, { "dixon", "dicksonx", 8133 }, { "dwayne", "duane", 8400 }, { "", "", 10000 }, { "a", "", 0 }, { "abc", "xyz", 0 },
		{ "same", "same", 10000 }, { "a", "a", 10000 }, { "ab", "ba", 0 },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		double got = fold_jaro_winkler(str_of(T[i].a), str_of(T[i].b)), back = fold_jaro_winkler(str_of(T[i].b), str_of(T[i].a));
		holds((int)(got * 10000 + 0.5) == T[i].want && got == back, T[i].a);
	}
	char big[1000];
	memset(big, 'x', sizeof big);
	assert_true(fold_jaro_winkler((struct str){ big, 1000 }, (struct str){ big, 999 }) == 1);
}

/* The textbook table, for comparison. */
static unsigned plain_distance(struct str a, struct str b)
{
	static unsigned d[40][40];
	for (size_t i = 0; i <= a.n; i++)
		for (size_t j = 0; j <= b.n; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			unsigned best = d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
			best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
			best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[a.n][b.n];
}

static void distances(void **state)
{
	(void)state;
	struct stream s = stream_of(11, 11);
	for (int turn = 0; turn < 30000; turn++) {
		char z[2][20];
		struct str w[2];
		for (int k = 0; k < 2; k++) {
			size_t n = stream_below(&s, 12);
			for (size_t i = 0; i < n; i++)
				z[k][i] = (char)('a' + stream_below(&s, 3));
			w[k] = (struct str){ z[k], n };
		}
		unsigned want = plain_distance(w[0], w[1]), most = stream_below(&s, 14);
		assert_int_equal(fold_damerau(w[0], w[1], most), want <= most ? want : most + 1);
	}
	assert_int_equal(fold_damerau(STR_NONE, STR_NONE, 0), 0);
	assert_int_equal(fold_damerau(STR("durand"), STR("duradn"), 2), 1);
	assert_int_equal(fold_damerau(STR("durand"), STR("martin"), 2), 3);
	char a[300], b[300];
	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	assert_int_equal(fold_damerau((struct str){ a, 300 }, (struct str){ b, 300 }, 1000), FOLD_DAMERAU_MOST + 1);
	assert_int_equal(fold_damerau((struct str){ a, 300 }, (struct str){ b, 40 }, 64), 65);
	assert_int_equal(fold_damerau((struct str){ a, 40 }, (struct str){ b, 40 }, 64), 40);
}

static void any_bytes(void **state)
{
	(void)state;
	static folder *const FOLD[] = { fold_key, fold_nfc, fold_phonetic, fold_upper };
	struct stream s = stream_of(12, 12);
	for (int turn = 0; turn < 3000; turn++) {
		char z[400];
		size_t n = stream_below(&s, sizeof z);
		for (size_t i = 0; i < n; i++)
			z[i] = (char)(turn % 2 ? 'a' + stream_below(&s, 26) : stream_below(&s, 256));
		for (size_t k = 0; k < COUNT(FOLD); k++) {
			struct buf b;
			buf_init(&b, turn % 5 ? 10000 : 10);
			FOLD[k](&b, (struct str){ z, n });
			assert_true(b.failed || utf8_valid(buf_view(&b)));
			buf_done(&b);
		}
	}
	for (size_t k = 0; k < COUNT(FOLD); k++)
		for (long n = 1; n < 4; n++) {
			struct buf b;
			buf_init(&b, 10000);
			nth_alloc = n;
			FOLD[k](&b, STR("Éléonore \xFF"));
			assert_true(nth_alloc > 0 || b.failed);
			nth_alloc = 0;
			buf_done(&b);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("keys are folded as the indexes hold them, and folding again changes nothing", keys),
		CASE("bare text keeps what is no letter", bare_text_keeps_what_is_no_letter),
		CASE("a password is the same from each keyboard", a_password_is_the_same_from_each_keyboard),
		CASE("plain ASCII of any length is folded the same", fast_path_agrees),
		CASE("NFC and upper case keep the letters", nfc_and_upper),
		CASE("likely spellings of a name meet, other names stay apart", sounds_alike),
		CASE("the Jaro-Winkler likeness is the published one, both ways", likeness),
		CASE("the edit distance agrees with the textbook within its bound", distances),
		CASE("any bytes are folded to valid text or a failure", any_bytes),
	};
	return cmocka_run_group_tests_name("codec/fold", tests, NULL, NULL);
}
