/* SPDX-License-Identifier: Apache-2.0 */
/* kit/locale.h: the shape of the tables that tools/gen_locale.py makes from locale/<lang>.po. Only kit/say.c reads them. */
#ifndef HYGIE_KIT_LOCALE_H
#define HYGIE_KIT_LOCALE_H

#include <stddef.h>

struct locale_row { const char *msgid, *text; };
struct locale_table { const struct locale_row *at; size_t n; };
extern const struct locale_table locale_tables[];   /* by SAY_FR, SAY_EN */
#endif
