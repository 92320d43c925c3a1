/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/rights.h: the words for who may and what it reveals. A page, a view or an act without both does not build (no zero value is valid).
 * The gate alone decides; these are only the vocabulary that tables are written in.
 */
#ifndef HYGIE_BASE_RIGHTS_H
#define HYGIE_BASE_RIGHTS_H

#include <stdint.h>

enum role { ROLE_NONE, ROLE_CLERK, ROLE_NURSE, ROLE_PHYSICIAN, ROLE_PHARMACIST, ROLE_BILLING, ROLE_RSSI, ROLE_DPO, ROLE_ADMIN, ROLE_MACHINE, ROLE_OPERATOR, ROLE_TECHNICIAN, ROLE__END }; /* numbers are stored too: a new one stands last */

enum may {
	MAY_ANYONE         = 1u << 0,  /* no session: sign-in page, assets */
	MAY_SIGNED_IN      = 1u << 1,  /* every person with a live session: own accesses, own sessions, home */
	MAY_FIND_PATIENT   = 1u << 2,  /* identity search, masked lines */
	MAY_READ_IDENTITY  = 1u << 3,  /* identity, contacts, stays, appointments */
	MAY_READ_CHART     = 1u << 4,  /* clinical */
	MAY_WRITE_IDENTITY = 1u << 5,  /* create, edit, delete a patient */
	MAY_WRITE_CHART    = 1u << 6,  /* clinical writes; choose the treating physician */
	MAY_BREAK_GLASS    = 1u << 7,
	MAY_REVIEW         = 1u << 8,  /* break-glass, refusals, stops: RSSI and DPO */
	MAY_MANAGE         = 1u << 9,  /* accounts and settings */
	MAY_API_READ       = 1u << 10, /* FHIR reads and searches */
	MAY_API_WRITE      = 1u << 11, /* FHIR writes */
	MAY_IMPORT         = 1u << 12, /* operator on the machine */
	MAY_WORK_LIST      = 1u << 13, /* own unit's list, own agenda */
	MAY_RELEASE        = 1u << 14, /* end the stop of somebody else's account: RSSI and DPO of any, a physician of the same unit */
	MAY_EXPORT_ASK     = 1u << 15, /* ask for an export of more than 50 patients, and take it once approved: physicians, pharmacists, coders, DPO */
	MAY_EXPORT_APPROVE = 1u << 16, /* approve or refuse one of another unit: physicians, RSSI, DPO */
	MAY_PRESCRIBE      = 1u << 17, /* sign orders and letters for a patient: physicians */
	MAY_PHARMACY       = 1u << 18, /* give the pharmacist's opinion, keep the pharmacy's tables and its central store: pharmacists */
	MAY_ADMINISTER     = 1u << 19, /* give, refuse, correct; vital signs and transmissions: nurses, physicians */
	MAY_STOCK          = 1u << 20, /* draw on and count a store of one's unit: nurses, pharmacists */
	MAY_BILL           = 1u << 21, /* invoices, payments, coding: billing staff */
	MAY_MOVE           = 1u << 22, /* admit, transfer, discharge, and the bed board: clerks, nurses, physicians */
	MAY_BOOK           = 1u << 23, /* appointments: book, move, cancel, arrivals: clerks, nurses, physicians */
	MAY_AGENDA         = 1u << 24, /* keep the calendars of one's units, and book over what is taken there: clerks, physicians */
	MAY_FILE_DOCUMENT  = 1u << 25, /* take in documents from outside and file them into records: clerks, physicians */
	MAY_SUPPLY         = 1u << 26, /* goods of every store, no patient's name: receive, fill up, prepare kits, count: pharmacy technicians; a pharmacist by MAY_PHARMACY */
};

enum reveals {
	REVEALS_UNSAID = 0,   /* refuses to build a registry row */
	REVEALS_NOTHING,      /* no record data at all */
	REVEALS_META,         /* accounts, settings, counts: no patient */
	REVEALS_MASKED,       /* T0 lines: at most 10, 60 searches an hour, no draw; the first page of a work list is no search */
	REVEALS_WORK_LIST,    /* name, bed, task of explained patients: one ledger event, no draw */
	REVEALS_ONE_PATIENT,  /* one chart: a draw at the first opening in 24 h */
	REVEALS_MANY,         /* search results: a draw for each distinct patient */
};

const char *role_code(enum role role);          /* "nurse" … stable, stored */
enum role role_of(const char *code);            /* ROLE_NONE when unknown */
const char *role_label(enum role role);         /* English msgid */
#endif
