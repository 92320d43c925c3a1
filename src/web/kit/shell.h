/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/shell.h: the frame of every screen (UX §4): skip link, top bar with search and lock, banner place, rail, main, status strip, lock overlay.
 * shell_open writes up to and into <main>, the caller draws, shell_close ends the page. With bare, only what is inside <main> is written.
 * It knows no right: it draws the entries that it is given. Pure.
 */
#ifndef HYGIE_KIT_SHELL_H
#define HYGIE_KIT_SHELL_H

#include "kit/banner.h"
#include "kit/fields.h"

struct shell_entry { struct str href; const char *label, *icon, *key; bool current; };
struct shell {
	bool bare;                              /* fragment: main's content only */
	const char *css, *js;                   /* paths of the assets */
	struct str title;                       /* « Section — NOM, Prénom — Unité », composed by shell_title */
	const char *mode;                       /* class of body: "glass" (violet edge), "print", NULL */
	bool signed_in;
	struct str person, role, unit;          /* who works, as what, where; role is already translated */
	const struct shell_entry *menu; size_t n_menu;      /* my work and modules */
	const struct shell_entry *rail; size_t n_rail;      /* sections of the chart; none: the menu stands in the rail */
	const struct banner *banner;            /* NULL: no patient */
	struct str why; int64_t why_until_ms;   /* the relation that opens the chart: code */
	bool special;                           /* it holds specially sensitive data */
	uint32_t opened, opened_max;            /* volume meter; max 0: none */
	int64_t plan_until_ms;                  /* « plan blanc » is on until then; 0: it is not */
	uint32_t notices, levels;               /* unread words to the person; how many of them are of a store's thresholds */
	bool demo, can_search;
	bool print; struct str printed_by;
	struct str print_at;                    /* "?…&print=1": the same page with its filter, to print; empty: "?print=1" */
	const struct shell_entry *languages; size_t n_languages;
	struct str live;                        /* where changes of what the page shows are told (server-sent events); empty: nowhere */
	int64_t idle_s;                         /* the script locks after this long */
};
void shell_open(struct kit *k, const struct shell *s);
void shell_close(struct kit *k, const struct shell *s);
/* « Section — NOM, Prénom — Unité »; empty parts are left out. */
struct words shell_title(const struct kit *k, const char *section, struct str name, struct str unit);
/* The unlock form: used by the overlay of every page and by the lock page. carry: hidden inputs. */
void shell_unlock(struct kit *k, struct str person, const struct pair *carry, size_t n_carry, bool autofocus);
#endif
