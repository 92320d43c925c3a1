/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/pg_text.c: the catalogue's statements as PostgreSQL takes them. One list of statements serves both: the differences are few and mechanical.
 *   ?1                              $1
 *   INSERT OR IGNORE INTO t …       INSERT INTO t … ON CONFLICT DO NOTHING
 *   INSERT INTO by_token VALUES(…)  and, in tables of value rows, the patient of the row's resource as one more column: it is in their keys, so that they can be
 *                                   sharded by patient (decisions/0006)
 *   ON CONFLICT(rid)                ON CONFLICT(rid, patient)
 *   UPDATE OR FAIL                  UPDATE
 *   CROSS JOIN … ON                 JOIN … ON         (in SQLite it fixes the order of the join; here the connection's settings do)
 *   SELECT c1, c2 FROM feed         SELECT c1, c2 FROM unnest($1, $2) AS feed(c1, c2)
 *   SELECT … WHERE k=?1             as well SELECT …, k … WHERE k=ANY($1): many at once, see pg_ahead.c
 *   INSERT INTO t … VALUES(?1, ?2)  as well INSERT INTO t … SELECT c1, c2 FROM unnest($1, $2): rows that were put aside, see pg_hold.c
 *   SELECT a, b … WHERE (a, b)>(?2, ?3) … ORDER BY a, b     … LIMIT $5: a walk; it comes in portions, so that none is ever held whole
 * Must never hold a statement of its own but BEGIN. Start at text_make.
 */
#include "db/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

/* Copies text with ? as $ and without the words PostgreSQL does not know; tells the highest parameter. */
static void translate(struct buf *out, const char *text, unsigned *params_r)
{
	static const struct { const char *from, *to; } WORDS[] = { { "INSERT OR IGNORE", "INSERT" }, { "UPDATE OR FAIL", "UPDATE" }, { "CROSS JOIN", "JOIN" },
		{ "ON CONFLICT(rid)", "ON CONFLICT(rid, patient)" } };
	unsigned most = 0;
	for (const char *at = text; *at;) {
		size_t i = 0, n = sizeof WORDS / sizeof WORDS[0];
		while (i < n && !starts(at, WORDS[i].from))
			i++;
		if (i < n) {
			buf_z(out, WORDS[i].to);
			at += strlen(WORDS[i].from);
		} else if (*at == '?') {
			unsigned v = (unsigned)strtoul(at + 1, NULL, 10);
			most = v > most ? v : most;
			buf_ch(out, '$');
			at++;
		} else {
			buf_ch(out, *at++);
		}
	}
	MUST(most < PG_PARAMS);
	*params_r = most;
}

/* Text without blanks, for comparing lists. */
static void squeeze(char *out, size_t max, const char *from, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < n && k + 1 < max; i++)
		if (from[i] != ' ')
			out[k++] = from[i];
	out[k] = '\0';
}

/* A walk: ordered by columns that lead the columns asked for, starting after a row of which these columns are given. */
static void walk_of(struct pg_text *t, const char *sql)
{
	char asked[300], order[300], where[600], start[340];
	const char *from = strstr(sql, " FROM "), *cond = strstr(sql, " WHERE "), *by = strstr(sql, " ORDER BY ");
	if (!starts(sql, "SELECT ") || !from || !cond || !by || strstr(sql, " LIMIT "))
		return;
	squeeze(asked, sizeof asked, sql + 7, (size_t)(from - sql) - 7);
	squeeze(where, sizeof where, cond + 7, (size_t)(by - cond) - 7);
	struct buf keys;
	buf_init(&keys, 300);
	for (const char *k = by + 10; *k; k++) {
		if (starts(k, " DESC"))
			k += 4;
		else if (*k != ' ')
			buf_ch(&keys, *k);
	}
	snprintf(order, sizeof order, "%.*s", STR_ARG(buf_view(&keys)));
	buf_done(&keys);
	size_t n = strlen(order);
	if (strncmp(asked, order, n) != 0 || (asked[n] != '\0' && asked[n] != ','))
		return;
	unsigned many = 1;
	for (const char *k = order; *k; k++)
		many += *k == ',';
	for (int way = 0; way < 2; way++) {
		snprintf(start, sizeof start, many > 1 ? "(%s)%c(?" : "%s%c?", order, way ? '<' : '>');
		const char *at = strstr(where, start);
		if (at && (at == where || strchr("D(", at[-1]))) { /* after AND */
			t->walk = true;
			t->keys = many;
			t->start = (unsigned)strtoul(at + strlen(start), NULL, 10);
			return;
		}
	}
}

/* PREFIX1, PREFIX2 … PREFIXn */
static void numbered(struct buf *out, const char *prefix, unsigned n)
{
	char one[24];
	for (unsigned i = 1; i <= n; i++) {
		snprintf(one, sizeof one, "%s%s%u", i > 1 ? ", " : "", prefix, i);
		buf_z(out, one);
	}
}

/* Tables of value rows, and which of their columns is the resource. */
unsigned pg_owned(const char *table, size_t n)
{
	static const struct { const char *name; unsigned rid; } OWNED[] = { { "by_token", 4 }, { "by_string", 4 }, { "by_date", 5 }, { "by_date_end", 5 }, { "by_number", 5 },
		{ "by_reference", 3 }, { "by_uri", 3 }, { "by_veiled", 3 } };
	for (size_t i = 0; i < sizeof OWNED / sizeof OWNED[0]; i++)
		if (strlen(OWNED[i].name) == n && memcmp(OWNED[i].name, table, n) == 0)
			return OWNED[i].rid;
	return 0;
}

/* ", the patient of the resource that column says": mark is $ or c */
static void owner_put(struct buf *out, char mark, unsigned rid)
{
	char text[100];
	snprintf(text, sizeof text, ", coalesce((SELECT r.patient FROM resource r WHERE r.rid=%c%u), 0)", mark, rid);
	buf_z(out, text);
}

static void feed_of(struct pg_text *t, struct buf *out, const char *sql)
{
	const char *cells = strstr(sql, " SELECT c1"), *from = strstr(sql, " FROM feed");
	struct buf values;
	MUST(cells && from && !from[10]);
	t->feed = true;
	for (const char *k = cells; k < from; k++)
		t->cells += *k == 'c';
	MUST(t->cells >= 1 && t->cells <= DB_FEED_CELLS);
	buf_init(&values, 2000);
	buf_put(&values, out->p, out->n - strlen(from) - (size_t)(from - cells));
	buf_z(&values, " VALUES(");
	numbered(&values, "$", t->cells);
	buf_z(&values, ")");
	out->n -= strlen(from);
	if (t->owned)
		owner_put(out, 'c', t->owned);
	buf_z(out, " FROM unnest(");
	numbered(out, "$", t->cells);
	buf_z(out, ") AS feed(");
	numbered(out, "c", t->cells);
	buf_z(out, ")");
	buf_ch(&values, '\0');
	MUST(!values.failed);
	t->values = strdup(values.p);
	MUST(t->values != NULL);
	buf_done(&values);
	t->params = t->cells;
}

/* "SELECT a FROM t WHERE k=?1" → "SELECT a, k FROM t WHERE k=ANY($1)" */
static void many_of(struct pg_text *t, const char *made)
{
	struct buf out;
	const char *from = strstr(made, " FROM "), *cond = strstr(made, " WHERE "), *key = cond ? cond + 7 : NULL, *end = key ? strstr(key, "=$1") : NULL;
	if (t->params != 1 || !starts(made, "SELECT ") || !from || !end || end[3] != '\0' || memchr(key, ' ', (size_t)(end - key)))
		return;
	buf_init(&out, 4000);
	buf_put(&out, made, (size_t)(from - made));
	buf_z(&out, ", ");
	buf_put(&out, key, (size_t)(end - key));
	buf_put(&out, from, (size_t)(end - from));
	buf_z(&out, "=ANY($1)");
	buf_ch(&out, '\0');
	MUST(!out.failed);
	t->many = strdup(out.p);
	MUST(t->many != NULL);
	buf_done(&out);
}

/* ---- rows that are put aside ---- */

static enum stmt held[PG_HELD];
static unsigned n_held;

/* "INSERT INTO t(a, b) VALUES ($1, f($2))…" → "INSERT INTO t(a, b) SELECT c1, f(c2) FROM unnest($1, $2) AS feed(c1, c2)…" */
static void hold_of(struct pg_text *t, enum stmt id, const char *made)
{
	const char *values = strstr(made, " VALUES"), *end = values, *conflict = strstr(made, " ON CONFLICT");
	if (!t->quiet || t->owned || !starts(made, "INSERT INTO ") || !values || t->params > PG_ROW_CELLS || (conflict && strcmp(conflict, " ON CONFLICT DO NOTHING") != 0))
		return;
	struct buf out, plain;
	buf_init(&out, 4000);
	buf_init(&plain, 400);
	buf_put(&out, made, (size_t)(values - made));
	buf_z(&out, " SELECT ");
	end = conflict ? conflict : made + strlen(made);
	for (const char *k = strchr(values, '(') + 1; k < end - 1; k++)
		buf_ch(&out, *k == '$' ? 'c' : *k);
	buf_z(&out, " FROM unnest(");
	numbered(&out, "$", t->params);
	buf_z(&out, ") AS feed(");
	numbered(&out, "c", t->params);
	buf_ch(&out, ')');
	buf_z(&out, end);
	buf_ch(&out, '\0');
	buf_z(&plain, " VALUES(");
	numbered(&plain, "$", t->params);
	buf_z(&plain, ")");
	buf_ch(&plain, '\0');
	MUST(!out.failed && !plain.failed && n_held < PG_HELD);
	t->rows = strdup(out.p);
	MUST(t->rows != NULL);
	t->copies = strcmp(values, plain.p) == 0;
	t->hold = (uint64_t)1 << n_held;
	held[n_held++] = id;
	buf_done(&out);
	buf_done(&plain);
}

enum stmt pg_text_held(unsigned bit) { return held[bit]; }

/* Is this table named in the text? */
static bool names(const char *sql, struct str table)
{
	static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	for (const char *at = sql; (at = strchr(at, table.p[0])); at++)
		if (strncmp(at, table.p, table.n) == 0 && (at == sql || !strchr(LETTERS, at[-1])) && (!at[table.n] || !strchr(LETTERS, at[table.n])))
			return true;
	return false;
}

/* The table that a statement changes; n = 0: none. */
static struct str changes(const char *sql)
{
	static const char *const WAYS[] = { "INSERT INTO ", "UPDATE ", "DELETE FROM " };
	for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++)
		if (starts(sql, WAYS[i]))
			return (struct str){ sql + strlen(WAYS[i]), strcspn(sql + strlen(WAYS[i]), " (") };
	return STR("");
}

/* Of a resource's rows that are put aside none is sent without the others: who does not find its key among them may look it up in the base. */
static void meets_of(struct pg_text *all, enum stmt id)
{
	struct pg_text *t = &all[id];
	struct str table = changes(t->sql);
	uint64_t record = all[ST_RECORD_KEY_ADD].hold | all[ST_RECORD_ADD].hold | all[ST_RECORD_FACTS_NEW].hold;
	for (unsigned i = 0; i < n_held; i++) {
		const struct pg_text *h = &all[held[i]];
		if (t->utility || (t != h && (names(t->sql, changes(h->sql)) || (table.n && names(h->sql, table)))))
			t->meets |= h->hold;
	}
	t->by_key = starts(t->sql, "SELECT ") && strstr(t->sql, " FROM id_key ") && strstr(t->sql, "key=$1") && !(t->meets & ~record);
	t->meets |= t->meets & record ? record & ~t->hold : 0;
}

/* Who looks before he adds: a row that is there all the same is an error, which may be told later. */
static bool looks_first(enum stmt id)
{
	static const char *const WHO[] = { "RECORD_", "HOSPITAL_KNOWN_ADD", "GATE_IMPORT_DONE", "HOSPITAL_STOCK_MOVEMENT_ADD", "HOSPITAL_STOCK_POSTING_ADD", "HOSPITAL_STOCK_REGISTER_ADD", "HOSPITAL_STOCK_SHORTAGE_ADD" };
	for (size_t i = 0; i < sizeof WHO / sizeof WHO[0]; i++)
		if (starts(db_stmt_name(id), WHO[i]))
			return true;
	return false;
}

static void text_make(struct pg_text *t, enum stmt id)
{
	const char *sql = db_stmt_sql(id);
	struct buf out;
	if (id == ST_DB_BEGIN)
		sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
	else if (id == ST_DB_BEGIN_WRITE)
		sql = "BEGIN";
	buf_init(&out, 4000);
	translate(&out, sql, &t->params);
	t->utility = !starts(sql, "SELECT") && !starts(sql, "INSERT") && !starts(sql, "UPDATE") && !starts(sql, "DELETE");
	t->settles = starts(sql, "RELEASE") || starts(sql, "ROLLBACK") || starts(sql, "COMMIT");
	t->undoes = starts(sql, "ROLLBACK");
	if (starts(sql, "INSERT OR IGNORE INTO "))
		t->owned = pg_owned(sql + 22, strcspn(sql + 22, " ("));
	if (t->owned && out.n && out.p[out.n - 1] == ')') {
		out.n--;
		owner_put(&out, '$', t->owned);
		buf_ch(&out, ')');
	}
	if (strstr(sql, " FROM feed"))
		feed_of(t, &out, sql);
	else
		walk_of(t, sql);
	if (t->feed && starts(sql, "INSERT OR IGNORE")) {
		t->fresh = strndup(out.p, out.n);
		MUST(t->fresh != NULL);
	}
	if (starts(sql, "INSERT OR IGNORE"))
		buf_z(&out, " ON CONFLICT DO NOTHING");
	if (t->walk) {
		char limit[24];
		snprintf(limit, sizeof limit, " LIMIT $%u", ++t->params);
		buf_z(&out, limit);
	}
	/* A plain INSERT may meet a row that is there, which its caller wants to know at once. */
	bool change = starts(sql, "INSERT") || starts(sql, "UPDATE") || starts(sql, "DELETE");
	t->inserts = starts(sql, "INSERT INTO");
	bool tells = t->inserts && !strstr(sql, " ON CONFLICT") && !looks_first(id);
	t->quiet = !strstr(sql, " RETURNING ") && (change ? !tells : t->utility && !t->settles);
	buf_ch(&out, '\0');
	MUST(!out.failed);
	t->sql = strdup(out.p);
	MUST(t->sql != NULL);
	many_of(t, t->sql);
	hold_of(t, id, t->sql);
	buf_done(&out);
}

static struct pg_text texts[ST__END + 1];
static void make_all(void)
{
	for (int i = 0; i < ST__END; i++)
		text_make(&texts[i], (enum stmt)i);
	for (int i = 0; i < ST__END; i++)
		meets_of(texts, (enum stmt)i);
}

const struct pg_text *pg_text_of(enum stmt id)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_all);
	return &texts[id];
}
