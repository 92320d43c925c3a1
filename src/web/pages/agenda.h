/* SPDX-License-Identifier: Apache-2.0 */
/* pages/agenda.h: calendars: the day and the week of a unit, what is kept of them (agenda.c), and a person's appointments (agenda_book.c). */
#ifndef HYGIE_PAGES_AGENDA_H
#define HYGIE_PAGES_AGENDA_H

#include "front/front.h"

extern const struct page pages_agenda[], pages_appointment[];
#endif
