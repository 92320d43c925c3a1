/* SPDX-License-Identifier: Apache-2.0 */
/* codec/syslog.h: writes syslog messages (RFC 5424 §6) and their frames on a stream (octet counting: RFC 6587 §3.4.1, RFC 5425 §4.3). Pure. Called by cli. */
#ifndef HYGIE_CODEC_SYSLOG_H
#define HYGIE_CODEC_SYSLOG_H

#include "base/str.h"

#define SYSLOG_MAX 8192 /* what receivers should take; every one takes 2,048 (RFC 5424 §6.1) */
enum syslog_facility { SYSLOG_SECURITY = 10, SYSLOG_AUDIT = 13 };            /* RFC 5424 §6.2.1 */
enum syslog_severity { SYSLOG_WARNING = 4, SYSLOG_NOTICE = 5, SYSLOG_INFO = 6 };
/* Names of NULL or nothing are told as "-"; bytes that may not stand in one become "_", and what is too long is cut. No structured data. text: UTF-8. */
struct syslog_message { enum syslog_facility facility; enum syslog_severity severity; int64_t at_ms; const char *host, *app, *process, *kind; struct str text; };
void syslog_put(struct buf *out, const struct syslog_message *m);
void syslog_frame(struct buf *out, struct str message);
#endif
