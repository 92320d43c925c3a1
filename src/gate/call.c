/* SPDX-License-Identifier: Apache-2.0 */
/* gate/call.c: making and ending calls, and the tables that menus, the access matrix and tests are made from. See gate.h. Start at gate_rows. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gate/act.h"
#include "gate/enter.h"
#include "gate/line.h"
#include "gate/own.h"
#include "gate/worker.h"

struct gate_call *gate_call_new(void)
{
	struct task *t = malloc(sizeof *t); /* not calloc: glibc's passes by what the thread has at hand */
	if (!t)
		return NULL;
	memset(t, 0, sizeof *t);
	asks_init(&t->call.asks);
	t->call.route = "";
	return &t->call;
}

void gate_call_done(struct gate_call **call)
{
	if (!*call)
		return;
	asks_done(&(*call)->asks);
	release_free(&(*call)->release);
	free(TASK_OF(*call));
	*call = NULL;
}

void gate_watch(struct asks *a, struct str region, struct str key, uint64_t since)
{
	char digits[20];
	size_t at = sizeof digits;
	for (uint64_t v = since; v > 0; v /= 10)
		digits[--at] = (char)('0' + v % 10);
	ask_view(a, "watch");
	ask_arg(a, "region", region);
	ask_arg(a, "key", key);
	if (since)
		ask_arg(a, "since", (struct str){ digits + at, sizeof digits - at });
}

struct gate_stats gate_stats(struct gate *g)
{
	if (g->lines)
		return line_figures(g);
	struct gate_stats s = worker_stats(g);
	if (g->remote)
		return s;
	struct ledger_stats l = ledger_stats(g->ledger);
	s.calls = atomic_load(&g->calls);
	s.released = atomic_load(&g->released);
	s.refused = atomic_load(&g->refused);
	s.ledger_appended = l.appended;
	s.flushes = l.flushes;
	return s;
}

#define ROWS_MAX 1024
static struct gate_row table[ROWS_MAX];
static size_t n_table;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void add(struct gate_row row)
{
	MUST(n_table < ROWS_MAX && row.may != 0 && row.reveals != REVEALS_UNSAID);
	table[n_table++] = row;
}

/* Who may read a type: told as rights, so that the matrix shows one language. */
static uint32_t type_may(uint16_t type)
{
	if (authorise_is_house(type))
		return MAY_SIGNED_IN | MAY_API_READ;
	uint32_t may = MAY_API_READ;
	if (authorise_type(ROLE_NURSE, type) != SIGHT_NONE)
		may |= MAY_READ_CHART;
	if (authorise_type(ROLE_CLERK, type) != SIGHT_NONE)
		may |= MAY_READ_IDENTITY;
	return may;
}

/* The reads that are wider than a search, by the name of their ask: what of them is shown follows each type's own row. */
static const struct gate_row wide[] = {
	{ "wide", "compartment", MAY_API_READ | MAY_READ_IDENTITY | MAY_READ_CHART, REVEALS_MANY },
	{ "wide", "everything",  MAY_API_READ | MAY_READ_IDENTITY | MAY_READ_CHART, REVEALS_MANY },
	{ "wide", "stay",        MAY_API_READ | MAY_READ_IDENTITY | MAY_READ_CHART, REVEALS_MANY },
	{ "wide", "lastn",       MAY_API_READ | MAY_READ_CHART,                     REVEALS_MANY },
	{ "wide", "match",       MAY_API_READ | MAY_FIND_PATIENT,                   REVEALS_MANY },
	{ "wide", "changes",     MAY_API_READ | MAY_READ_IDENTITY | MAY_READ_CHART, REVEALS_MANY },
};

static void fill(void)
{
	for (const struct view *const *t = hospital_views; *t; t++)
		for (const struct view *v = *t; v->name; v++)
			add((struct gate_row){ "view", v->name, v->may, v->reveals });
	for (const struct own_view *v = own_views; v->name; v++)
		add((struct gate_row){ "view", v->name, v->may, v->reveals });
	for (const struct act *const *t = hospital_acts; *t; t++)
		for (const struct act *a = *t; a->name; a++)
			add((struct gate_row){ "act", a->name, a->may, a->reveals });
	for (const struct act *a = act_own; a->name; a++)
		add((struct gate_row){ "act", a->name, a->may, a->reveals });
	struct gate_row entries[16];
	size_t n = enter_rows(entries, 16);
	for (size_t i = 0; i < n; i++)
		add(entries[i]);
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		add(wide[i]);
	for (uint16_t type = 1; type <= fhir_type_count(); type++)
		add((struct gate_row){ "fhir", fhir_type_name(type), type_may(type), authorise_is_house(type) ? REVEALS_META : REVEALS_MANY });
}

size_t gate_rows(const struct gate_row **rows_r)
{
	pthread_once(&once, fill);
	*rows_r = table;
	return n_table;
}
