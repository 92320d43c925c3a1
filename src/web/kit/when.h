/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/when.h: dates, times, ages and numbers as the persons of the house read them (UX §2.1, §2.3). Pure; into small stack values.
 * French: « mer. 21 nov. 14:12 » for clinical times, 14/02/1957 to compare with identity papers, 14 févr. 1957 in the banner.
 * English: Wed 21-Nov 14:12, 14-Feb-1957. The year is written out where it is not this year. A date that cannot be read gives empty words.
 */
#ifndef HYGIE_KIT_WHEN_H
#define HYGIE_KIT_WHEN_H

#include "kit/say.h"

/* A FHIR date, dateTime or instant ("1957", "1957-02", "1957-02-14", "2026-11-21T14:12:07+01:00"), in Paris time when it has one. */
struct when { int year, month, day, hour, minute, second; bool has_month, has_day, has_time; int64_t ms; };
bool when_parse(struct str text, struct when *w_r);
bool when_of_ms(int64_t ms, struct when *w_r);

struct words when_clinical(const struct kit *k, struct when w);       /* mer. 21 nov. 14:12 */
struct words when_clinical_text(const struct kit *k, struct str text);
struct words when_clinical_ms(const struct kit *k, int64_t ms);
struct words when_day(const struct kit *k, struct str text);          /* 21 nov. 2025: a day without its time */
struct words when_short(const struct kit *k, struct str text);        /* 21 nov., with the year when it is another */
struct words when_hour(const struct kit *k, struct str text);         /* 14:12 */
struct words when_identity(const struct kit *k, struct str text);     /* 14/02/1957 */
struct words when_born(const struct kit *k, struct str text);         /* 14 févr. 1957 */
/* "69 ans", "14 mois", "9 jours"; at the day `on` (empty: now). Empty words when unknown. */
struct words when_age(const struct kit *k, struct str born, struct str on);
struct words when_ago(const struct kit *k, int64_t ms);               /* il y a 9 h */
void when_time_tag(struct kit *k, struct str text);                   /* <time datetime=…>mer. 21 nov. 14:12</time> */
void when_time_tag_ms(struct kit *k, int64_t ms);
/* "5.40" → "5,40" in French; what is no plain number stays as it is. */
struct words when_number(const struct kit *k, struct str text);
#endif
