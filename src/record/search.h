/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/search.h: what plan.c (which way) and hits.c (along it) share: one search under way. For these two files only. Start at struct search.
 */
#ifndef HYGIE_RECORD_SEARCH_H
#define HYGIE_RECORD_SEARCH_H

#include "record/inner.h"

/* A sort in memory: so many candidates; more matches than SORT_MATCHES are refused unless the parameter's own order can be walked. */
#define GATHER_ROWS 5000
#define SORT_MATCHES 1000

enum mode { MODE_STREAM = 1, MODE_SORTED, MODE_GATHER };
/* Sources that are not a clause's number. */
#define SOURCE_TYPE 0xFFFF
#define SOURCE_SCOPE 0xFFFE

struct hit { int64_t rid; uint16_t range; struct index_row row; struct str *keys; /* one per plan_sort; p NULL: no value */ };

struct search {
	struct db_conn *c;
	const struct plan *plan;
	const struct record_scope *scope;
	uint16_t type;                      /* stored */
	struct arena a;
	struct clause *clauses; size_t n_clauses;
	struct ranges *ranges;              /* per clause */
	uint16_t *looks; size_t n_looks;    /* stored parameters that clauses and order look at */
	struct ranges source;               /* what drives */
	uint16_t source_no;
	enum mode mode;
	size_t n_sort;
	struct cursor from;
	int64_t top;                        /* rids above came after the first page */
	uint64_t fingerprint;
	struct looker l;                    /* what else is read to judge a candidate */
	struct candidate k;
	struct index_rows rows;             /* scratch */
	struct hit *hits; size_t n_hits, cap_hits;
	bool more;
	uint64_t examined;
	/* The source's rows are the answer (answers_by_index): no candidate's facts are read. Of a code with a system, rows of that one; each body must hold these texts, or its facts decide. */
	bool by_index, of_system;
	int64_t system;                     /* short_hash */
	struct str holds[2];
};

/* Along the source's rows: each match is a hit until `want` are there (0: all are counted into *total_r, none is kept). */
enum rc hits_stream(struct search *s, size_t want, uint64_t *total_r, struct problem *p) CHECKED;
/* Is a resource a hit, by its facts? For one that was taken by its row alone. */
enum rc hit_judge(struct search *s, int64_t rid, bool *is_r, struct problem *p) CHECKED;
/* All candidates in memory, filtered, put in order; sort_limited: more than SORT_MATCHES matches are refused. */
enum rc hits_gather(struct search *s, size_t want, bool sort_limited, uint64_t *total_r, struct problem *p) CHECKED;

#endif
