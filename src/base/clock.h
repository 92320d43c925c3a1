/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/clock.h: the one clock. Wall time in ms since 1970 UTC, never going backwards within the process; monotonic ns for durations;
 * civil dates. Tests set it with clock_set. Paris time is computed from the European rule (last Sundays of March and October, 01:00 UTC).
 */
#ifndef HYGIE_BASE_CLOCK_H
#define HYGIE_BASE_CLOCK_H

#include "base/str.h"

int64_t clock_ms(void);            /* wall, ms; monotone in this process */
uint64_t clock_ns(void);           /* monotonic, ns */
uint64_t clock_about_ns(void);     /* the same to within 10 ms and several times cheaper: for deadlines of seconds */
void clock_set(int64_t now_ms);    /* tests and simulations only; 0 gives the real clock back */

struct civil { int year, month, day, hour, minute, second, ms; };
struct civil civil_utc(int64_t ms);
struct civil civil_paris(int64_t ms);
int64_t civil_to_ms(struct civil c);           /* as UTC */
int64_t civil_paris_to_ms(struct civil c);
int32_t days_of(int year, int month, int day); /* days since 1970-01-01, proleptic Gregorian */
struct civil civil_of_days(int32_t days);
bool date_exists(int year, int month, int day);
/* "2026-11-22T14:12:07.123Z" */
void buf_instant(struct buf *b, int64_t ms);
/* whole years between two dates */
int age_years(struct civil born, struct civil on);

#endif
