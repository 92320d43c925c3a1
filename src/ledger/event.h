/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/event.h: entries of the ledger as other systems read audit trails: FHIR R4 AuditEvent in the shapes of IHE BALP 1.1 (Read, Query,
 * Create, Update, Delete, each with a patient or without, and PrivacyDisclosure.Source), and the audit message of DICOM PS3.15 A.5 that IHE ATNA carries by syslog. Pure: an entry in, texts out. It invents no code: each stands in
 * data/fhir_r4 or in SECURITY §2.1. Accounts and patients are pseudonyms under a key that the caller holds: nobody is in what comes out, and who has both key and
 * ledger can tell who it was. Search values are not in the ledger; the query of an event is its route. Called by keeper. Start at event_fhir.
 */
#ifndef HYGIE_LEDGER_EVENT_H
#define HYGIE_LEDGER_EVENT_H

#include "ledger/ledger.h"

#define EVENT_KEY 32
struct event_as { unsigned char key[EVENT_KEY]; const char *house; /* the ledger's origin */ };

/*
 * The events of one entry at the end of out, a line each: one for each patient, one when there is none; 0 of kinds that are no event for others (snapshots,
 * checkpoints, roots of the patients' map, intents but the breaking of the glass, acts that are in no row of the table). `from` and `text` of the entry are not looked at.
 */
unsigned event_fhir(const struct ledger_entry *e, const struct event_as *as, struct buf *out);
/* The same as syslog messages (RFC 5424), whose text is the XML of DICOM; a line each, without frame. */
unsigned event_syslog(const struct ledger_entry *e, const struct event_as *as, struct buf *out);
#endif
