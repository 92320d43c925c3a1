/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/account.h: what the files of this room share about accounts and units. Private to hospital. */
#ifndef HYGIE_HOSPITAL_ACCOUNT_H
#define HYGIE_HOSPITAL_ACCOUNT_H

#include "hospital/show.h"

/* Name and role of an account for a list; kept for the view, so that a person met fifty times is read once. */
struct people { struct db_conn *db; struct arena *arena; struct person_slot *first; };
struct person { struct str login, name; enum role role; };
struct person person_of(struct people *p, uint32_t account);

void account_named(struct rows *out, const struct account *acc);   /* an act's answer, set "account": no, login; the caller may go on with the row */
extern const struct choice account_works[];
enum work account_work_arg(const struct args *args);
const char *work_code(enum work work);   /* as stored; empty: as the role */
enum rc account_changed(struct db_conn *c, struct problem *p) CHECKED;   /* the next epoch */
enum rc account_told(struct db_conn *c, struct problem *p) CHECKED;      /* the same of what changed nobody's rights: sessions read their account again, live pages do not */
enum rc account_units_put(struct db_conn *c, uint32_t account, const struct str *units, unsigned n, struct problem *p) CHECKED;
/* The argument "until": a last day of work, as its end; 0 none. BAD_INPUT FIELD_DATE: not to come. */
enum rc account_until_arg(const struct args *args, int64_t now_ms, int64_t *until_r, struct problem *p) CHECKED;
enum rc account_add_by(struct db_conn *c, const struct account_new *n, uint32_t made_by, uint32_t *no_r, struct problem *p) CHECKED;

/* A stored login, unsealed into the arena. */
enum rc account_login(struct db_conn *c, int64_t login_key, struct str sealed, struct arena *a, struct str *login_r, struct problem *p) CHECKED;

struct str account_name(struct db_conn *c, int64_t login_key, struct str sealed, struct arena *a);   /* the same of a name; empty when it cannot be read */

/* A ticket that a machine got for its key: held to its cohort, and to so many patients a day. */
enum rc machine_ticket_own(struct db_conn *c, uint32_t account, struct str token, uint32_t api_may, uint32_t patients, int64_t until_ms, struct problem *p) CHECKED;

#endif
