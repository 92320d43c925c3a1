/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/verify_main.c: hygie-verify, the auditor's binary: a ledger directory (or a copy of one) and a public key in, one verdict out. It is linked with
 * base, codec and ledger only, opens no network, writes nothing. Exit: 0 good, 1 bad, 2 could not be read.
 */
#include "ledger/publish.h"
#include "ledger/who.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NOTE_BYTES  16384       /* a checkpoint with its cosignatures */
#define REPORT_BYTES (64u << 20)
#define HEADS_BYTES (256u << 20) /* a receiver's file */

struct options { struct buf keys; /* of witnesses */ uint64_t quorum, fresh_s; bool any, all; const char *epochs; };

static int
usage(void)
{
	fputs("usage: hygie-verify LEDGER-DIRECTORY [PUBLIC-KEY-FILE [AT-LEAST]]\n"
	      "       hygie-verify --published DIRECTORY PUBLIC-KEY-FILE [CHECKPOINT-FILE] [WITNESSES]\n"
	      "       hygie-verify --proof FILE PUBLIC-KEY-FILE [WITNESSES]\n"
	      "       hygie-verify --grown FILE PUBLIC-KEY-FILE CHECKPOINT-FILE\n"
	      "       hygie-verify --head FILE PUBLIC-KEY-FILE DIRECTORY [HOURS]\n"
	      "       hygie-verify --who FILE PUBLIC-KEY-FILE [AT-LEAST] [WITNESSES]\n"
	      "       hygie-verify --patients LEDGER-DIRECTORY\n"
	      "       hygie-verify --report FILE PUBLIC-KEY-FILE\n"
	      "Reads every entry and says whether the access log is whole and unchanged.\n"
	      "PUBLIC-KEY-FILE: the copy of ledger.pub that you keep. Without it the one in the directory is used, which proves less.\n"
	      "AT-LEAST: the size on a checkpoint that you keep: the log must not be shorter.\n"
	      "--epochs FILE: the list of later keys among the published files, for --proof, --grown and --report; it need not be believed: each key is certified by the one\n"
	      "before, from the public key that you keep. A directory's own list is taken by itself.\n"
	      "--fresh SECONDS: the newest signature may not be older than that.\n"
	      "--published: static files of a log (hygie audit publish). CHECKPOINT-FILE: one that you keep; the log must begin with what it signed.\n"
	      "--proof: what hygie audit prove printed; says which entry stands under the key.\n"
	      "--grown: what hygie audit grown printed; proves that the log began as the checkpoint that you keep says.\n"
	      "--head: signed heads that left the house, in a checkpoint, a mail or a syslog receiver's file, against a ledger directory or static files; names the first\n"
	      "that contradicts. HOURS: so long at most between two of them and since the newest, by the times of the log itself: a head that never came is missed.\n"
	      "--who: what hygie audit who printed; lists the entries that name a record, and proves that there is no other up to the entry that it says. AT-LEAST: it must\n"
	      "reach so far; with --fresh it may not be older.\n"
	      "--patients: makes the map on which such proofs stand again from the entries, and compares.\n"
	      "--report: what hygie attribute printed; says whether the ledger's key signed it and no byte was changed since.\n"
	      "WITNESSES: --witness KEY for each witness that you trust, its public key or a file of such lines; --quorum N: so many of them must have signed the head\n"
	      "(all of them when not said); with --fresh not longer ago than that.\n"
	      "Exit status: 0 good, 1 bad, 2 could not be read.\n", stderr);
	return 2;
}

static int
unreadable(const struct problem *p)
{
	fprintf(stderr, "hygie-verify: cannot read: %s: %s\n", p->where, p->detail);
	return 2;
}

static int
verdict(const struct ledger_verdict *v, const struct options *w)
{
	int64_t age_s = v->signed_ms == INT64_MIN ? INT64_MAX : (clock_ms() - v->signed_ms) / 1000;
	bool stale = w->fresh_s && age_s > (int64_t)w->fresh_s;

	printf("%s\nentries %" PRIu64 "\ncheckpoints %" PRIu64 "\nepochs %u\nerased personal parts %" PRIu64 "\nhead %s\nroot %s\n", v->good && !stale ? "GOOD" : "BAD",
		v->entries, v->checkpoints, v->epochs + 1, v->erased, v->head, v->root);
	if (v->signed_ms != INT64_MIN)
		printf("last signature at %" PRId64 " ms, %" PRId64 " s ago\nentries after it %" PRIu64 "\n", v->signed_ms, age_s, v->unsigned_n);
	if (!v->good)
		printf("first bad entry %" PRIu64 ": %s\n", v->first_bad, v->what);
	else if (stale)
		printf("nothing was signed for %" PRId64 " s: stale\n", age_s);
	return v->good && !stale ? 0 : 1;
}

static enum rc
take_file(const char *path, struct buf *out, struct problem *p)
{
	char piece[4096];
	FILE *f = fopen(path, "rb");

	if (!f)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "file", "cannot be opened");
	for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
		buf_put(out, piece, n);
	bool good = !ferror(f);
	fclose(f);
	return good ? buf_rc(out, p) : problem_set(p, RC_BROKEN, WHY_BROKEN, "file", "cannot be read");
}

/* ---- witnesses ---- */

static bool
key_add(struct options *w, const char *word, struct problem *p)
{
	w->any = true;
	if (strchr(word, '+') && !strchr(word, '\n')) /* a key has two, and a file name hardly any */
		buf_z(&w->keys, word);
	else if (take_file(word, &w->keys, p) != RC_OK)
		return false;
	buf_ch(&w->keys, '\n');
	return true;
}

static const char *
said(enum ledger_cosigned is)
{
	switch (is) {
	case LEDGER_COSIGNED:       return "good";
	case LEDGER_COSIGN_MISSING: return "missing";
	case LEDGER_COSIGN_STALE:   return "stale";
	default:                    return "false";
	}
}

/* 0 when enough of them signed this head. */
static int
witnessed(const struct options *w, struct str note, const char *key, const char *epochs, struct str kept)
{
	struct ledger_witnessed r;
	struct problem p = { 0 };

	if (!w->any)
		return 0;
	enum rc rc = ledger_cosignatures_check(note, key, epochs, buf_view(&w->keys), kept, clock_ms() / 1000, (int64_t)w->fresh_s, &r, &p);
	uint64_t quorum = w->all ? r.n : w->quorum;
	if (rc == RC_OK && quorum > r.n)
		rc = problem_set(&p, RC_BAD_INPUT, WHY_FORMAT, "--quorum", "%u witnesses are named", r.n);
	if (rc != RC_OK)
		return unreadable(&p);
	for (unsigned i = 0; i < r.n; i++) {
		printf("witness %s %s", r.of[i].name, said(r.of[i].is));
		printf(r.of[i].at_s ? " at %" PRId64 "\n" : "\n", r.of[i].at_s);
	}
	printf("witnesses %u of %u, %" PRIu64 " asked for: %s\n", r.good, r.n, quorum, r.good >= quorum ? "enough" : "NOT ENOUGH");
	return r.good >= quorum ? 0 : 1;
}

static int
published(const char *dir, const char *key, const char *kept_path, const struct options *w)
{
	struct ledger_verdict v;
	struct problem p = { 0 };
	struct buf kept, note;
	char epochs[4096];

	buf_init(&kept, NOTE_BYTES);
	buf_init(&note, NOTE_BYTES);
	enum rc rc = kept_path ? take_file(kept_path, &kept, &p) : RC_OK;
	if (rc == RC_OK)
		rc = ledger_published_verify(dir, key, kept_path ? buf_view(&kept) : STR_NONE, &note, &v, &p);
	int code = rc == RC_OK ? verdict(&v, w) : unreadable(&p);
	if (rc == RC_OK) {
		snprintf(epochs, sizeof epochs, "%s/epochs", dir);
		int also = witnessed(w, buf_view(&note), key, epochs, kept_path ? buf_view(&kept) : STR_NONE);
		code = also > code ? also : code;
	}
	buf_done(&kept);
	buf_done(&note);
	return code;
}

static int
proof(const char *path, const char *key, const struct options *w)
{
	struct ledger_proven r;
	struct problem p = { 0 };
	struct buf text, hold;

	buf_init(&text, 1u << 20);
	buf_init(&hold, 1u << 17);
	enum rc rc = take_file(path, &text, &p);
	int code = rc == RC_OK ? 0 : unreadable(&p);
	if (rc == RC_OK)
		rc = ledger_proof_check(buf_view(&text), key, w->epochs, &hold, &r, &p);
	if (code == 0 && rc != RC_OK) {
		printf("BAD\n%s: %s\n", p.where, p.detail);
		code = rc == RC_BAD_INPUT ? 1 : 2;
	}
	if (rc == RC_OK) {
		printf("GOOD\nentry %" PRIu64 " of %" PRIu64 "\nkind %u\nat %" PRId64 " ms\nroute %.*s\nnote %.*s\n", r.e.number, r.size, r.e.kind, r.e.at_ms,
			(int)r.e.route.n, r.e.route.n ? r.e.route.p : "", (int)r.e.note.n, r.e.note.n ? r.e.note.p : "");
		code = witnessed(w, r.note, key, w->epochs, STR_NONE);
	}
	buf_done(&text);
	buf_done(&hold);
	return code;
}

static void
print_look(struct ledger_who_each *each, const struct ledger_entry *e)
{
	(void)each;
	printf("entry %" PRIu64 " at %" PRId64 " ms kind %u rc %u route %.*s note %.*s\n", e->number, e->at_ms, e->kind, e->rc, (int)e->route.n, e->route.n ? e->route.p : "", (int)e->note.n,
		e->note.n ? e->note.p : "");
}

static int
who(const char *path, const char *key, uint64_t at_least, const struct options *w)
{
	struct ledger_who_each each = { print_look };
	struct ledger_who r;
	struct problem p = { 0 };
	struct buf text;

	buf_init(&text, LEDGER_WHO_BYTES);
	enum rc rc = take_file(path, &text, &p);
	int code = rc == RC_OK ? 0 : unreadable(&p);
	if (rc == RC_OK)
		rc = ledger_who_check(buf_view(&text), key, w->epochs, &each, &r, &p);
	if (code == 0 && rc != RC_OK) {
		printf("BAD\n%s: %s\n", p.where, p.detail);
		code = rc == RC_BAD_INPUT ? 1 : 2;
	}
	if (rc == RC_OK) {
		int64_t age_s = (clock_ms() - r.bound_ms) / 1000;
		bool short_of = r.covered < at_least, stale = w->fresh_s && age_s > (int64_t)w->fresh_s;
		printf("%s\nrecord %" PRId64 "\nentries that name it %" PRIu64 "\nno other from entry %" PRIu64 " to %" PRIu64 ", bound at %" PRId64 " ms, %" PRId64 " s ago\nnot spoken of: entries %" PRIu64 " to %" PRIu64 "\n",
			short_of || stale ? "BAD" : "GOOD", r.patient, r.n, r.since, r.covered, r.bound_ms, age_s, r.covered + 1, r.size);
		if (short_of || stale)
			printf("%s\n", short_of ? "it does not reach as far as asked" : "older than asked");
		code = short_of || stale ? 1 : witnessed(w, r.note, key, w->epochs, STR_NONE);
	}
	buf_done(&text);
	return code;
}

static int
patients(const char *dir)
{
	struct ledger_people_verdict r;
	struct problem p = { 0 };

	if (ledger_people_check(dir, &r, &p) != RC_OK)
		return unreadable(&p);
	printf("%s\nrecords %" PRIu64 "\nup to entry %" PRIu64 "\n", r.good ? "GOOD" : "BAD", r.patients, r.covered);
	if (!r.good)
		printf("first record that differs %" PRId64 "\n", r.patient);
	return r.good ? 0 : 1;
}

static int
grown(const char *path, const char *key, const char *kept_path, const struct options *w)
{
	struct ledger_grown r;
	struct problem p = { 0 };
	struct buf text, kept;

	buf_init(&text, 1u << 16);
	buf_init(&kept, NOTE_BYTES);
	enum rc rc = take_file(path, &text, &p);
	if (rc == RC_OK)
		rc = take_file(kept_path, &kept, &p);
	int code = rc == RC_OK ? 0 : unreadable(&p);
	if (rc == RC_OK)
		rc = ledger_growth_check(buf_view(&text), key, w->epochs, buf_view(&kept), &r, &p);
	if (code == 0 && rc != RC_OK) {
		printf("BAD\n%s: %s\n", p.where, p.detail);
		code = rc == RC_BAD_INPUT ? 1 : 2;
	}
	if (rc == RC_OK)
		printf("GOOD\nfrom %" PRIu64 " to %" PRIu64 " entries\n", r.before, r.size);
	buf_done(&text);
	buf_done(&kept);
	return code;
}

#define HOURS_MOST 87600 /* ten years */

static int
heads(const char *path, const char *key, const char *dir, uint64_t hours)
{
	struct ledger_heads r;
	struct problem p = { 0 };
	struct buf text;

	buf_init(&text, HEADS_BYTES);
	enum rc rc = take_file(path, &text, &p);
	if (rc == RC_OK)
		rc = ledger_heads_check(buf_view(&text), key, dir, (int64_t)hours * 3600000, &r, &p);
	buf_done(&text);
	if (rc != RC_OK)
		return unreadable(&p);
	printf("%s\nheads %" PRIu64 "\nof other ledgers %" PRIu64 "\nnot signed by it %" PRIu64 "\nfrom %" PRIu64 " to %" PRIu64 " entries\nthe directory has %" PRIu64 " entries\n", r.good && !r.gaps ? "GOOD" : "BAD", r.heads, r.others, r.unsigned_n,
		r.smallest, r.largest, r.size);
	if (!r.good)
		printf("first bad head %" PRIu64 ", of %" PRIu64 " entries: %s\n", r.bad_head, r.bad_size, r.what);
	if (r.gaps)
		printf("missing: %" PRIu64 " times longer than %" PRIu64 " h without a head, first from %" PRIu64 " to %" PRIu64 " entries, %" PRId64 " h\n", r.gaps, hours, r.gap_from, r.gap_to, r.gap_ms / 3600000);
	return r.good && !r.gaps ? 0 : 1;
}

static int
report(const char *path, const char *key, const struct options *w)
{
	struct problem p = { 0 };
	struct buf note;
	struct str text, rest;

	buf_init(&note, REPORT_BYTES);
	enum rc rc = take_file(path, &note, &p);
	int code = rc == RC_OK ? 0 : unreadable(&p);
	if (rc == RC_OK)
		rc = ledger_note_check(buf_view(&note), key, w->epochs, &text, &p);
	if (code == 0 && rc != RC_OK) {
		printf("BAD\n%s: %s\n", p.where, p.detail);
		code = rc == RC_BAD_INPUT && strcmp(p.where, "note") == 0 ? 1 : 2;
	}
	if (rc == RC_OK) {
		struct str head = str_cut(text, '\n', &rest);
		printf("GOOD\nreport %.*s of %zu bytes\n", STR_ARG(head), text.n);
	}
	buf_done(&note);
	return code;
}

/* Takes the options out of argv; the words that stay are counted in argc_r. */
static int
options_take(int argc, char **argv, int *argc_r, struct options *w)
{
	struct problem p = { 0 };
	int n = 1;

	w->all = true;
	for (int i = 1; i < argc; i++) {
		bool witness = strcmp(argv[i], "--witness") == 0, quorum = strcmp(argv[i], "--quorum") == 0, fresh = strcmp(argv[i], "--fresh") == 0, epochs = strcmp(argv[i], "--epochs") == 0;
		if (!witness && !quorum && !fresh && !epochs) {
			argv[n++] = argv[i];
			continue;
		}
		if (++i == argc)
			return usage();
		if (witness && !key_add(w, argv[i], &p))
			return unreadable(&p);
		if (epochs) {
			w->epochs = argv[i];
			continue;
		}
		if (!witness && str_u64(str_of(argv[i]), quorum ? &w->quorum : &w->fresh_s) != RC_OK)
			return usage();
		if (quorum)
			w->all = false;
	}
	*argc_r = n;
	return !w->all && !w->any ? usage() : 0;
}

static int
work(int argc, char **argv, const struct options *w)
{
	struct ledger_verdict v;
	struct problem p = { 0 };
	uint64_t at_least = 0;

	if (argc >= 4 && argc <= 5 && strcmp(argv[1], "--published") == 0)
		return published(argv[2], argv[3], argc > 4 ? argv[4] : NULL, w);
	if (argc == 4 && strcmp(argv[1], "--proof") == 0)
		return proof(argv[2], argv[3], w);
	if (argc >= 4 && argc <= 5 && strcmp(argv[1], "--who") == 0)
		return argc == 5 && str_u64(str_of(argv[4]), &at_least) != RC_OK ? usage() : who(argv[2], argv[3], at_least, w);
	if (w->any)
		return usage();
	if (argc == 3 && strcmp(argv[1], "--patients") == 0)
		return patients(argv[2]);
	if (w->fresh_s && (argc < 2 || argv[1][0] == '-'))
		return usage();
	if (argc == 4 && strcmp(argv[1], "--report") == 0)
		return report(argv[2], argv[3], w);
	if (argc >= 5 && argc <= 6 && strcmp(argv[1], "--head") == 0)
		return argc == 6 && (str_u64(str_of(argv[5]), &at_least) != RC_OK || at_least == 0 || at_least > HOURS_MOST) ? usage() : heads(argv[2], argv[3], argv[4], at_least);
	if (argc == 5 && strcmp(argv[1], "--grown") == 0)
		return grown(argv[2], argv[3], argv[4], w);
	if (argc < 2 || argc > 4 || argv[1][0] == '-' || (argc == 4 && str_u64(str_of(argv[3]), &at_least) != RC_OK))
		return usage();
	if (ledger_verify(argv[1], argc > 2 ? argv[2] : NULL, at_least, &v, &p) != RC_OK)
		return unreadable(&p);
	return verdict(&v, w);
}

int
main(int argc, char **argv)
{
	struct options w = { .quorum = 0 };

	buf_init(&w.keys, 1u << 16);
	int code = options_take(argc, argv, &argc, &w);
	if (code == 0)
		code = work(argc, argv, &w);
	buf_done(&w.keys);
	return code;
}
