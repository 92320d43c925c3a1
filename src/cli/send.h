/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/send.h: the signed head of the ledger leaves the house, to where its administrators cannot write: as a syslog message (RFC 5424) over TLS (RFC 5425) or TCP
 * (RFC 6587) to receivers of the settings, and as a mail that the machine's sendmail takes. It holds a size, a hash and signatures; nobody is in it.
 * A receiver that is away is named on stderr and holds up none of the others. The direction is mailed of large exports the same way. Called by audit.c. Start at send_mail.
 */
#ifndef HYGIE_CLI_SEND_H
#define HYGIE_CLI_SEND_H

#include "cli/config.h"

struct sending { const struct config *c; uint64_t size; const char *origin; struct str line; /* hygie-head … */ unsigned tried, failed; };

bool send_settings_good(const struct config *c); /* prints each fault as one sentence */
bool send_has_receivers(const struct config *c);
void send_syslog(struct sending *s);             /* send_syslog.c */
bool send_has_export_receivers(const struct config *c);
bool send_export(const struct config *c, const struct keeper_export *e); /* the same, to exports.mail_to: how many patients, a fingerprint, a number; nobody is in it */
bool send_mail(struct sending *s);               /* true: the machine's mail took it. Nothing is tried where no address is set */
#endif
