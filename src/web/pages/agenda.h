/* SPDX-License-Identifier: Apache-2.0 */
/* pages/agenda.h: calendars: the day and the week of a unit, what is kept of them (agenda.c), the list of a day as a paper (agenda_print.c), and a person's appointments (agenda_book.c). */
#ifndef HYGIE_PAGES_AGENDA_H
#define HYGIE_PAGES_AGENDA_H

#include "front/front.h"

const char *agenda_state(struct str state); /* msgid: booked, arrived … */
extern const struct page pages_agenda[], pages_agenda_print[], pages_appointment[];
#endif
