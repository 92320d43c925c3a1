/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/place_tree.h: the group's places: group › establishment › pole › unit, as Organizations and their partOf say (rooms and beds below a unit: bed.h).
 * An establishment is what stands right below the group; where there is no group, what stands on top. Private to hospital but for place_is_closed, which the gate asks of
 * the unit of each session. Start at place_tree_read.
 */
#ifndef HYGIE_HOSPITAL_PLACE_TREE_H
#define HYGIE_HOSPITAL_PLACE_TREE_H

#include "hospital/show.h"

#define PLACES_MOST 2000   /* Organizations of one house; more are not drawn, and the view says so */
struct place { struct str id, name, parent; const struct place *up, *site; unsigned depth; bool unit /* typed as a functional unit */, group /* on top, with establishments below */, active; };
struct places { struct place *at; size_t n; bool more; };
/* All Organizations, parents before children. One search; some 6 µs each. */
enum rc place_tree_read(struct db_conn *c, struct arena *a, struct places *t_r, struct problem *p) CHECKED;
const struct place *place_find(const struct places *t, struct str id);   /* NULL: none */

/* The establishment of a unit, itself where it stands alone; empty when the unit is not known. A read for each level. */
enum rc place_site_of(struct db_conn *c, struct arena *a, struct str unit, struct str *site_r, struct problem *p) CHECKED;
/* The unit's establishment is closed (or cannot be asked): nobody works there, nobody is admitted. One probe. */
bool place_is_closed(struct db_conn *c, struct str unit);
/* Its Organization says whether it is in service, for whoever reads the record. On the writer. */
enum rc place_say_active(struct act_ctx *x, struct str id, bool active, struct problem *p) CHECKED;
/* May who acts move patients in this unit: it is one of his own; or he registers people (reads no chart) and it is of an establishment he works in. */
enum rc place_may_move(struct db_conn *c, struct arena *a, const struct actor *who, const struct judge *judge, struct str unit, bool *may_r, struct problem *p) CHECKED;
#endif
