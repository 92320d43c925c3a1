/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/log.h: the operator's event log: JSON lines on stderr, or in a file. Takes literals, ids and numbers; never free text,
 * never a value that a person typed or that a record holds. Route templates, never URLs.
 *   log_event(LOG_WARN, "flush_slow", LOG_N("us", us), LOG_Z("route", route->path), LOG_END);
 */
#ifndef HYGIE_BASE_LOG_H
#define HYGIE_BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
struct log_field { const char *name; int kind; int64_t n; const char *z; };
#define LOG_N(name_, v) ((struct log_field){ "" name_ "", 1, (int64_t)(v), NULL })
#define LOG_Z(name_, literal_of_ours) ((struct log_field){ "" name_ "", 2, 0, (literal_of_ours) }) /* static strings of the program only */
#define LOG_END ((struct log_field){ NULL, 0, 0, NULL })
void log_event_(enum log_level level, const char *event, const struct log_field *f);
#define log_event(level, event, ...) log_event_((level), "" event "", (const struct log_field[]){ __VA_ARGS__ })
void log_problem(enum log_level level, const char *event, const struct problem *p); /* rc, why, where's shape, detail */
void log_to_fd(int fd);      /* default 2 */
void log_min(enum log_level level);

#endif
