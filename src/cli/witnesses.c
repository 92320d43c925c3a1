/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/witnesses.c: see witnesses.h. The HTTP is libcurl's. BARRIER: an answer is a stranger's: bounded, never printed, and read here for one number only.
 * Start at witnesses_ask, then ask_one.
 */
#include "cli/witnesses.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define ANSWER_MAX 4000    /* some signature lines; of the longest kind one */
#define BODY_MAX   (4u << 20) /* the list of keys of thirty years; else 16 KiB */
#define URL_MAX    600
#define TRIES      3       /* the size we think of, the one that the witness names, and once more when somebody else published meanwhile */

struct asking {
	const struct witnesses *w;
	const struct keeper_head *head;
	const char *url;
	uint64_t until_ns;
	char full[URL_MAX];
	CURL *curl;
	struct buf body, answer;
	pthread_t thread;
	bool started, good, told_keys;
	char told[160];
};

bool
witnesses_add(struct witnesses *w, const char *url)
{
	if (w->n == WITNESSES) {
		say_err("at most %d witnesses are asked", WITNESSES);
		return false;
	}
	if ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) || strlen(url) > URL_MAX - 20) {
		say_err("the address of a witness begins with https:// (or http:// on the way to a tunnel)");
		return false;
	}
	w->urls[w->n++] = url;
	return true;
}

static size_t
take(char *bytes, size_t one, size_t n, void *at)
{
	struct buf *answer = at;

	(void)one; /* always 1 */
	buf_put(answer, bytes, n);
	return answer->failed ? 0 : n;
}

/* The status, or 0 with a sentence in told. */
static long
post(struct asking *a)
{
	uint64_t now_ns = clock_ns();
	long status = 0;

	buf_reset(&a->answer);
	if (now_ns + 1000000 > a->until_ns) {
		snprintf(a->told, sizeof a->told, "no answer in time");
		return 0;
	}
	(void)curl_easy_setopt(a->curl, CURLOPT_TIMEOUT_MS, (long)((a->until_ns - now_ns) / 1000000));
	(void)curl_easy_setopt(a->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)a->body.n);
	(void)curl_easy_setopt(a->curl, CURLOPT_POSTFIELDS, a->body.p);
	CURLcode code = curl_easy_perform(a->curl);
	if (code == CURLE_OK)
		(void)curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(a->told, sizeof a->told, "no answer in time");
	else if (code != CURLE_OK)
		snprintf(a->told, sizeof a->told, "cannot be asked: %s", curl_easy_strerror(code));
	else if (status == 0)
		snprintf(a->told, sizeof a->told, "no status in its answer");
	return status;
}

/* Where it stands, by a 409; false when that is no place to go on from, with a sentence in told. */
static bool
place_of(struct asking *a, uint64_t asked, uint64_t *old_r)
{
	struct str text = buf_view(&a->answer);
	uint64_t last;

	if (!str_ends(text, STR("\n")) || str_u64((struct str){ text.p, text.n - 1 }, &last) != RC_OK) {
		snprintf(a->told, sizeof a->told, "it answered 409 without a size");
		return false;
	}
	if (last == asked) {
		snprintf(a->told, sizeof a->told, "it has signed another past of %llu entries: one of the two is not this ledger's", (unsigned long long)last);
		return false;
	}
	if (last > a->head->size) {
		snprintf(a->told, sizeof a->told, "it has signed %llu entries already, more than the %llu of this head", (unsigned long long)last, (unsigned long long)a->head->size);
		return false;
	}
	*old_r = last;
	return true;
}

static const char *
meaning(long status)
{
	switch (status) {
	case 403: return "it does not know the key of this ledger's present epoch";
	case 404: return "it does not know this ledger";
	case 422: return "what it signed last is not the beginning of this head";
	default:  return "refused";
	}
}

static bool
url_set(struct asking *a, const char *verb)
{
	char *slash = a->full + snprintf(a->full, sizeof a->full, "%s", a->url);

	while (slash > a->full && slash[-1] == '/')
		slash--;
	snprintf(slash, sizeof a->full - (size_t)(slash - a->full), "/%s", verb);
	return curl_easy_setopt(a->curl, CURLOPT_URL, a->full) == CURLE_OK;
}

/* Once: it may know an earlier key of this ledger only. One that is not of Hygie has no such verb: then its administrator is told by hand. */
static bool
keys_told(struct asking *a)
{
	if (a->told_keys || a->head->epochs.n == 0)
		return false;
	a->told_keys = true;
	buf_reset(&a->body);
	buf_str(&a->body, a->head->epochs);
	bool good = url_set(a, "add-epochs") && post(a) == 200;
	return url_set(a, "add-checkpoint") && good;
}

static bool
options_set(struct asking *a, struct curl_slist *headers)
{
	return url_set(a, "add-checkpoint") && curl_easy_setopt(a->curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(a->curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK && curl_easy_setopt(a->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK && curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	       curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, &a->answer) == CURLE_OK && curl_easy_setopt(a->curl, CURLOPT_USERAGENT, "hygie") == CURLE_OK &&
	       (a->w->ca == NULL || curl_easy_setopt(a->curl, CURLOPT_CAINFO, a->w->ca) == CURLE_OK);
}

static void
ask_with(struct asking *a)
{
	uint64_t old = a->head->before;
	struct problem p = { 0 };

	for (unsigned i = 0; i < TRIES; i++) {
		buf_reset(&a->body);
		if (a->head->grown(a->head, old, &a->body, &p) != RC_OK) {
			snprintf(a->told, sizeof a->told, "the proof from %llu entries cannot be made", (unsigned long long)old);
			return;
		}
		long status = post(a);
		if (status == 200) {
			a->good = true;
			return;
		}
		if (status == 403 && keys_told(a)) {
			i--;
			continue;
		}
		if (status == 0 || (status == 409 && !place_of(a, old, &old)))
			return;
		if (status != 409) {
			snprintf(a->told, sizeof a->told, "it answered %ld: %s", status, meaning(status));
			return;
		}
	}
	snprintf(a->told, sizeof a->told, "it named another size each time");
}

static void *
ask_one(void *at)
{
	struct asking *a = at;
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: text/plain; charset=utf-8");

	a->curl = curl_easy_init();
	if (a->curl != NULL && headers != NULL && options_set(a, headers))
		ask_with(a);
	else
		snprintf(a->told, sizeof a->told, "cannot be asked: its address, or the certificates, cannot be used");
	curl_slist_free_all(headers);
	curl_easy_cleanup(a->curl);
	return NULL;
}

void
witnesses_ask(struct keeper_asks *in, const struct keeper_head *h, struct buf *lines)
{
	struct witnesses *w = (struct witnesses *)(void *)in;
	struct asking all[WITNESSES];

	if (w->n == 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return;
	for (unsigned i = 0; i < w->n; i++) {
		all[i] = (struct asking){ .w = w, .head = h, .url = w->urls[i], .until_ns = clock_ns() + (uint64_t)w->wait_ms * 1000000 };
		buf_init(&all[i].body, BODY_MAX);
		buf_init(&all[i].answer, ANSWER_MAX);
		all[i].started = pthread_create(&all[i].thread, NULL, ask_one, &all[i]) == 0;
	}
	for (unsigned i = 0; i < w->n; i++) {
		if (all[i].started)
			(void)pthread_join(all[i].thread, NULL);
		if (all[i].good) {
			w->answered++;
			buf_str(lines, buf_view(&all[i].answer));
			if (!str_ends(buf_view(&all[i].answer), STR("\n"))) /* another's lines begin a line */
				buf_ch(lines, '\n');
		} else {
			say_err("witness %s: %s", w->urls[i], all[i].told);
		}
		buf_done(&all[i].body);
		buf_done(&all[i].answer);
	}
	curl_global_cleanup();
}
