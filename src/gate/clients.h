/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/clients.h: assertions of machines that were refused, so that each is in the ledger and no flood fills it: of each client and reason the first of a minute is an
 * entry, before it is told; the others of that minute are counted, and one entry says how many, once it is over. Clients that nobody registered are one client.
 * In memory, bounded; thread-safe. Called by act.c (clients_first), index.c (clients_tell), local.c. Start at clients_first.
 */
#ifndef HYGIE_GATE_CLIENTS_H
#define HYGIE_GATE_CLIENTS_H

#include "gate/inside.h"

#define CLIENTS_ROUTE "machine_token"
#define CLIENTS_NOTE "refused"              /* of a SESSION, as of a sign-in that was refused: text is the reason, a word of the program's, rows how many */
#define CLIENTS_MINUTE_MS INT64_C(60000)

struct clients *clients_new(void);            /* NULL: no memory */
void clients_free(struct clients **r);
/* One more, now. reason: a literal. true: it is the first of its minute, and its entry stands for *rows_r (those of a minute before that nobody told yet, too). */
bool clients_first(struct clients *r, uint32_t account, const char *reason, int64_t now_ms, uint32_t *rows_r);
/* The entries that are due: of minutes that are over; all of them at the end. Nothing else to do: quick. */
void clients_tell(struct gate *g, bool all);
#endif
