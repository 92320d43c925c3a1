/* SPDX-License-Identifier: Apache-2.0 */
/* codec/mail.h: writes a plain mail (RFC 5322) in ASCII, as programs hand one to sendmail: lines end with a line feed. Pure. Called by cli. */
#ifndef HYGIE_CODEC_MAIL_H
#define HYGIE_CODEC_MAIL_H

#include "base/str.h"

bool mail_is_address(struct str address); /* local@domain out of letters, digits and .!#$%&'*+-/=?^_`{|}~ (RFC 5322 dot-atom): no quotes, no names */
bool mail_are_addresses(struct str list); /* one or more, parted by blanks */
/* to: addresses parted by blanks; subject and text: ours, ASCII, no line over 998 bytes (MUST). The Message-ID is made of id and the sender's domain. */
struct mail { struct str from, to; const char *subject, *id; int64_t at_ms; struct str text; };
void mail_put(struct buf *out, const struct mail *m); /* MUST: the addresses were looked at */
#endif
